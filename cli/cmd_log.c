/*
 * log: who changed what, the latest first. "Latest" follows what the authors had seen (I6), so that a
 * laptop with a wrong clock does not jump to the top; the clock is shown beside it.
 */
#include <string.h>

#include "record_view.h"

#define LOG_MAX_PRESET 50
#define LOG_MAX 1000000
#define LOG_FIELDS 512

/* What one change set did to one record. */
struct log_line {
    uint8_t change[VLS_CHANGE_ID_LEN];
    uint64_t lamport;
    int64_t wall_unix_s;
    char *who, *title, *fields;
    char ref[VLS_REF_TEXT];
};

struct log {
    struct cli *c;
    struct log_line *line;
    size_t n, cap;
};

static struct log_line *
line_new(struct log *l, struct vls_error *err)
{
    if (l->n == l->cap) {
        size_t cap = 2 * l->cap + 64;
        struct log_line *line = realloc(l->line, cap * sizeof(*line));

        if (line == NULL) {
            vls_error_set(err, VLS_ENOMEM, "%zu lines", cap);
            return NULL;
        }
        l->line = line;
        l->cap = cap;
    }
    memset(&l->line[l->n], 0, sizeof(l->line[l->n]));
    return &l->line[l->n++];
}

/* Names of the fields that one change set wrote in this record, each once. */
static void
fields_of(const struct cli *c, const struct vls_record *r, const uint8_t *change, char out[LOG_FIELDS])
{
    const struct vls_row *last = NULL;
    size_t i, n = 0;

    out[0] = '\0';
    for (i = 0; i < r->n_rows; i++) {
        const struct vls_row *row = &r->rows[i];
        const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)row->field);
        const char *name = f == NULL ? "…" : c->json || c->plain ? f->name : vls_label_in(f->label, c->lang);
        size_t len = strlen(name);

        if (memcmp(row->dot.change, change, VLS_CHANGE_ID_LEN) != 0 || (last != NULL && last->field == row->field))
            continue;
        last = row;
        if (n + len + 3 > LOG_FIELDS)
            return;
        n += (size_t)snprintf(out + n, LOG_FIELDS - n, "%s%s", n > 0 ? ", " : "", name);
    }
}

static bool
seen_before(const struct vls_record *r, size_t i)
{
    size_t at;

    for (at = 0; at < i; at++)
        if (memcmp(r->rows[at].dot.change, r->rows[i].dot.change, VLS_CHANGE_ID_LEN) == 0)
            return true;
    return false;
}

static enum vls_code
log_record(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct log *l = ctx;
    char fields[LOG_FIELDS], who[256];
    struct vls_buf title;
    enum vls_code rc = VLS_OK;
    size_t i;

    if (cli_interrupted())
        return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    vls_buf_init(&title, RECORD_TEXT_MAX);
    record_title(l->c, &title, r);
    for (i = 0; i < r->n_rows && rc == VLS_OK; i++) {
        const struct vls_row *row = &r->rows[i];
        struct log_line *line;

        if (seen_before(r, i))
            continue;
        if ((line = line_new(l, err)) == NULL) {
            rc = VLS_ENOMEM;
            break;
        }
        fields_of(l->c, r, row->dot.change, fields);
        snprintf(who, sizeof(who), "%s, %s", row->delegation, row->post);
        memcpy(line->change, row->dot.change, VLS_CHANGE_ID_LEN);
        line->lamport = row->lamport;
        line->wall_unix_s = row->wall_unix_s;
        memcpy(line->ref, r->ref, sizeof(line->ref));
        line->who = strdup(who);
        line->title = strdup(vls_buf_str(&title) != NULL ? vls_buf_str(&title) : "");
        line->fields = strdup(fields);
        if (line->who == NULL || line->title == NULL || line->fields == NULL)
            rc = VLS_FAIL(err, VLS_ENOMEM, "the log");
    }
    vls_buf_clear(&title);
    return rc;
}

static int
latest_first(const void *va, const void *vb)
{
    const struct log_line *a = va, *b = vb;
    int order;

    if (a->lamport != b->lamport)
        return a->lamport > b->lamport ? -1 : 1;
    order = memcmp(a->change, b->change, VLS_CHANGE_ID_LEN);
    return order != 0 ? order : strcmp(a->ref, b->ref);
}

static void
log_show(struct log *l, size_t max)
{
    json_t *list = l->c->json ? json_array() : NULL, *doc;
    char when[STAMP_TEXT], change[2 * VLS_CHANGE_ID_LEN + 1];
    struct table t;
    size_t i;

    table_init(&t, 5, 0, 2);
    for (i = 0; i < l->n && i < max; i++) {
        const struct log_line *line = &l->line[i];

        vls_hex(change, line->change, VLS_CHANGE_ID_LEN);
        if (l->c->json)
            json_array_append_new(list, json_pack("{s:s, s:s, s:o, s:o, s:s, s:s}", "ref", line->ref, "change", change,
                                                  "author", json_text(vls_slice_str(line->who)), "at",
                                                  json_instant(line->wall_unix_s), "title", line->title, "fields",
                                                  line->fields));
        else if (l->c->plain)
            out_row(l->c, line->ref, change, stamp_plain(when, line->wall_unix_s), line->who, line->fields, NULL);
        else
            table_row(&t, stamp(when, line->wall_unix_s), line->who, line->ref, line->title, line->fields);
    }
    table_print(l->c, &t);
    if (l->c->json) {
        doc = json_doc("log");
        json_object_set_new(doc, "lines", list);
        out_json(l->c, doc);
    }
}

enum vls_code
cmd_log(struct cli *c, struct vls_error *err)
{
    struct vls_filter f = {.withdrawn = true, .load = VLS_LOAD_PAST};
    struct log l = {.c = c};
    uint8_t id[VLS_ID_LEN];
    size_t i, max;
    enum vls_code rc;

    if ((rc = max_wanted(c, &max, LOG_MAX_PRESET, LOG_MAX, err)) != VLS_OK)
        return rc;
    if (c->args.n > 0) {
        struct vls_record *r = NULL;

        if ((rc = record_find(c, NULL, c->args.pos[0], id, err)) == VLS_OK &&
            (rc = vls_store_record(cli_store(c), id, VLS_LOAD_PAST, &r, err)) == VLS_OK)
            rc = log_record(&l, r, err);
        vls_record_free(r);
    } else {
        rc = vls_store_list(cli_store(c), &f, log_record, &l, err);
    }
    if (rc == VLS_OK && l.n > 0)
        qsort(l.line, l.n, sizeof(*l.line), latest_first);
    if (rc == VLS_OK)
        log_show(&l, max);
    for (i = 0; i < l.n; i++) {
        free(l.line[i].who);
        free(l.line[i].title);
        free(l.line[i].fields);
    }
    free(l.line);
    return rc;
}
