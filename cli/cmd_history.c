/*
 * KIND history: every value a record ever had, who wrote it and when, what replaced it and why. This
 * is where a colleague finds what a rule set aside or an edit wrote over; nothing is ever left out.
 */
#include <string.h>

#include "record_view.h"

struct history {
    struct cli *c;
    const struct vls_record *r;
    struct vls_buf value;
};

static const struct vls_row *
row_by_dot(const struct vls_record *r, const struct vls_dot *dot)
{
    size_t i;

    for (i = 0; i < r->n_rows; i++)
        if (vls_dot_cmp(&r->rows[i].dot, dot) == 0)
            return &r->rows[i];
    return NULL;
}

/* "replaced 2027-03-08 10:22 UTC by Croatia, The Hague" */
static void
fate(const struct history *h, const struct vls_row *row, char *out, size_t size)
{
    const struct vls_row *by;
    char when[STAMP_TEXT];

    out[0] = '\0';
    if (row->type == VLS_OP_REMOVE)
        snprintf(out, size, "%s", _("taken out"));
    else if (row->state == VLS_ROW_SHOWN)
        snprintf(out, size, "%s", row->type == VLS_OP_DECIDE ? _("shown, decided") : _("shown"));
    else if (row->state == VLS_ROW_KEPT)
        snprintf(out, size, "%s", row->attention == VLS_CONFLICT ? _("kept, to review") : _("kept"));
    else if ((by = row_by_dot(h->r, &row->by)) != NULL)
        snprintf(out, size, by->type == VLS_OP_REMOVE ? _("taken out %s by %s, %s") : _("replaced %s by %s, %s"),
                 stamp(when, by->wall_unix_s), by->delegation, by->post);
    else
        snprintf(out, size, "%s", _("replaced"));
}

static void
history_row(struct history *h, const struct vls_field *f, const struct vls_row *row)
{
    const char *text = value_text(h->c, &h->value, f, vls_row_typed(row));
    bool below = strchr(text, '\n') != NULL || text_rtl(text);
    char when[STAMP_TEXT], what[512];

    fate(h, row, what, sizeof(what));
    out_line(h->c, "    %s  %s, %s  %s", stamp(when, row->wall_unix_s), row->delegation, row->post, what);
    if (below)
        out_text(h->c, 6, vls_slice_str(text));
    else
        out_line(h->c, "      %s", text);
    if (row->cite != VLS_CITE_NONE)
        out_line(h->c, "      %s: %s %.*s", _("source"), cite_words(h->c, row->cite), (int)row->cite_text.n,
                 (const char *)row->cite_text.p);
    if (row->reason.n > 0)
        out_line(h->c, "      %s: %.*s", _("reason"), (int)row->reason.n, (const char *)row->reason.p);
}

static void
history_show(struct history *h)
{
    const struct vls_record *r = h->r;
    struct vls_buf title;
    size_t i;

    vls_buf_init(&title, RECORD_TEXT_MAX);
    out_line(h->c, "%s  %s", r->ref, record_title(h->c, &title, r));
    vls_buf_clear(&title);
    for (i = 0; i < r->n_rows; i++) {
        const struct vls_row *row = &r->rows[i];
        const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)row->field);

        if (i == 0 || !row_same_register(&r->rows[i - 1], row)) {
            if (f == NULL)
                out_line(h->c, _("  field %u"), (unsigned)row->field);
            else if (row->key.n > 0)
                out_line(h->c, "  %s (%.*s)", vls_label_in(f->label, h->c->lang), (int)row->key.n,
                         (const char *)row->key.p);
            else
                out_line(h->c, "  %s", vls_label_in(f->label, h->c->lang));
        }
        history_row(h, f, row);
    }
}

/* --plain: ref, field, key, state, value, delegation, post, time, class and text of the source, reason */
static void
history_plain(struct history *h)
{
    struct row cells;
    struct vls_buf text;
    size_t i;

    row_init(&cells);
    vls_buf_init(&text, RECORD_TEXT_MAX);
    for (i = 0; i < h->r->n_rows; i++) {
        const struct vls_row *row = &h->r->rows[i];
        const struct vls_field *f = vls_field_by_no(h->r->kind, (uint16_t)row->field);
        const struct vls_slice slices[] = {row->cite_text, row->reason};
        char no[24], when[STAMP_TEXT];
        size_t s;

        snprintf(no, sizeof(no), "%u", (unsigned)row->field);
        row_cell(&cells, h->r->ref);
        row_cell(&cells, f != NULL ? f->name : no);
        vls_buf_reset(&text);
        vls_buf_put_slice(&text, row->key);
        row_cell(&cells, vls_buf_str(&text));
        row_cell(&cells, row_state_name(row));
        row_cell(&cells, value_plain(h->c, &h->value, f, vls_row_typed(row)));
        row_cell(&cells, row->delegation);
        row_cell(&cells, row->post);
        row_cell(&cells, stamp_plain(when, row->wall_unix_s));
        row_cell(&cells, cite_name(row->cite));
        for (s = 0; s < 2; s++) {
            vls_buf_reset(&text);
            vls_buf_put_slice(&text, slices[s]);
            row_cell(&cells, vls_buf_str(&text));
        }
        row_print(h->c, &cells);
    }
    vls_buf_clear(&text);
    row_clear(&cells);
}

void
history_print(struct cli *c, const struct vls_record *r)
{
    struct history h = {.c = c, .r = r};

    vls_buf_init(&h.value, RECORD_TEXT_MAX);
    if (c->plain)
        history_plain(&h);
    else
        history_show(&h);
    vls_buf_clear(&h.value);
}

static enum vls_code
history_one(struct history *h, const uint8_t id[VLS_ID_LEN], json_t *records, struct vls_error *err)
{
    struct vls_record *r = NULL;
    enum vls_code rc = vls_store_record(cli_store(h->c), id, VLS_LOAD_PAST, &r, err);

    if (rc != VLS_OK)
        return rc;
    h->r = r;
    if (records != NULL)
        json_array_append_new(records, record_json(h->c, r));
    else if (h->c->plain)
        history_plain(h);
    else
        history_show(h);
    vls_record_free(r);
    return VLS_OK;
}

/* Names and stages are part of the story of their record. */
static enum vls_code
history_parts(struct history *h, const uint8_t id[VLS_ID_LEN], json_t *records, struct vls_error *err)
{
    struct referring list;
    enum vls_code rc = referring_load(h->c, &list, id, err);
    size_t i;

    for (i = 0; i < list.n && rc == VLS_OK; i++) {
        struct vls_record *r = NULL;
        bool part;

        if ((rc = vls_store_record(cli_store(h->c), list.id[i], VLS_LOAD_LIVE, &r, err)) != VLS_OK)
            break;
        part = record_part_of(r, id);
        vls_record_free(r);
        if (!part)
            continue;
        if (records == NULL && !h->c->plain)
            out_line(h->c, "%s", "");
        rc = history_one(h, list.id[i], records, err);
    }
    referring_clear(&list);
    return rc;
}

enum vls_code
cmd_record_history(struct cli *c, struct vls_error *err)
{
    struct history h = {.c = c};
    json_t *doc = NULL, *records = NULL;
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc;

    if ((rc = record_find(c, c->args.kind, c->args.pos[0], id, err)) != VLS_OK)
        return rc;
    if (c->json) {
        doc = json_doc("history");
        records = json_array();
        json_object_set_new(doc, "records", records);
    }
    vls_buf_init(&h.value, RECORD_TEXT_MAX);
    if ((rc = history_one(&h, id, records, err)) == VLS_OK)
        rc = history_parts(&h, id, records, err);
    vls_buf_clear(&h.value);
    if (rc == VLS_OK && doc != NULL)
        out_json(c, doc);
    else
        json_decref(doc);
    return rc;
}
