/* search: the full-text index over every field that holds words, in any script, accents aside; and ids. */
#include <string.h>

#include "member.h"

#define SEARCH_MAX_PRESET 50
#define SEARCH_MAX 10000

struct hits {
    struct cli *c;
    struct table t;
    json_t *list;
    struct vls_buf title;
    size_t n;
};

static enum vls_code
hit(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct hits *h = ctx;
    const char *kind = r->kind != NULL ? r->kind->name : "", *title;

    (void)err;
    vls_buf_reset(&h->title);
    title = record_title(h->c, &h->title, r);
    h->n++;
    if (h->c->json)
        json_array_append_new(h->list, json_pack("{s:s, s:s, s:o, s:b}", "ref", r->ref, "kind", kind, "title",
                                                 json_text(vls_slice_str(title)), "withdrawn", (int)r->withdrawn));
    else if (h->c->quiet)
        out_line(h->c, "%s", r->ref);
    else if (h->c->plain)
        out_row(h->c, r->ref, kind, title, r->withdrawn ? "withdrawn" : NULL, NULL);
    else
        table_row(&h->t, r->ref, title, r->withdrawn ? _("withdrawn") : "");
    return VLS_OK;
}

enum vls_code
cmd_search(struct cli *c, struct vls_error *err)
{
    struct hits h = {.c = c};
    struct vls_buf words;
    size_t i, max;
    enum vls_code rc = max_wanted(c, &max, SEARCH_MAX_PRESET, SEARCH_MAX, err);

    if (rc != VLS_OK)
        return rc;
    vls_buf_init(&words, 65536);
    vls_buf_init(&h.title, 1u << 20);
    table_init(&h.t, 3, 0, 2);
    h.list = c->json ? json_array() : NULL;
    for (i = 0; i < c->args.n; i++)
        vls_buf_printf(&words, "%s%s", i > 0 ? " " : "", c->args.pos[i]);
    if ((rc = vls_buf_ok(&words, err)) == VLS_OK)
        rc = vls_store_search(cli_store(c), vls_buf_str(&words), max, hit, &h, err);
    table_print(c, &h.t);
    if (rc == VLS_OK && c->json) {
        json_t *doc = json_doc("search");

        json_object_set(doc, "records", h.list);
        out_json(c, doc);
    } else if (rc == VLS_OK && h.n == 0 && !waiting_say(c)) {
        note(c, "%s", _("No record holds these words."));
    }
    json_decref(h.list);
    vls_buf_clear(&h.title);
    vls_buf_clear(&words);
    return rc;
}
