/*
 * KIND show and list. show tells everything that is known now: every field, rivals side by side with
 * author and time, names and stages within, and what refers here. Other scripts stand last on a line
 * of their own, since few terminals can align them.
 */
#include <string.h>

#include "valise/annual.h"

#include "joined.h"
#include "member.h"

#include "recall_view.h"
#include "record_view.h"
#include "tasks.h"

#define CELL_WIDE 44 /* columns; longer values get lines of their own below */

/* ---- what refers to a record ---- */

static enum vls_code
referring_add(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct referring *list = ctx;

    if (list->n == list->cap) {
        size_t cap = 2 * list->cap + 16;
        void *id = realloc(list->id, cap * sizeof(*list->id));

        if (id == NULL)
            return VLS_FAIL(err, VLS_ENOMEM, "%zu records", cap);
        list->id = id;
        list->cap = cap;
    }
    memcpy(list->id[list->n++], r->id, VLS_ID_LEN);
    return VLS_OK;
}

enum vls_code
referring_load(struct cli *c, struct referring *out, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct vls_filter f = {.refers_to = id};

    *out = (struct referring){.n = 0};
    return vls_store_list(cli_store(c), &f, referring_add, out, err);
}

void
referring_clear(struct referring *r)
{
    free(r->id);
    *r = (struct referring){.n = 0};
}

static const uint8_t *
ref_in(const struct vls_record *r, const struct vls_field *f)
{
    const struct vls_row *row = vls_record_row(r, f->no, (struct vls_slice){NULL, 0}, 0);
    struct vls_cbor c;

    if (row == NULL || f->type != VLS_T_REF || !vls_value_ok(f, row->value))
        return NULL;
    c = vls_cbor_of(row->value);
    return vls_cbor_fixed(&c, VLS_ID_LEN);
}

bool
record_part_of(const struct vls_record *r, const uint8_t id[VLS_ID_LEN])
{
    size_t i;

    for (i = 0; r->kind != NULL && i < r->kind->n_fields; i++) {
        const struct vls_field *f = &r->kind->fields[i];
        const uint8_t *whole = (f->flags & VLS_F_PARENT) != 0 ? ref_in(r, f) : NULL;

        if (whole != NULL && memcmp(whole, id, VLS_ID_LEN) == 0)
            return true;
    }
    return false;
}

/* ---- show ---- */

/* Text that gets lines of its own: prose, and scripts that run from right to left. */
static bool
needs_lines(const char *text)
{
    return strchr(text, '\n') != NULL || text_width(text) > CELL_WIDE || text_rtl(text);
}

static void
author(char *out, size_t size, const struct vls_row *row)
{
    snprintf(out, size, "%s%s%s", row->delegation, row->post[0] != '\0' ? ", " : "", row->post);
}

/* "kept, to review; official: ICC press release 12; as on its site" */
static const char *
row_remark(const struct cli *c, const struct vls_field *f, const struct vls_row *row, struct vls_buf *out)
{
    vls_buf_reset(out);
    if (row->state == VLS_ROW_KEPT)
        vls_buf_printf(out, "%s",
                       f != NULL && f->policy == VLS_P_REFDATA ? _("proposed")
                       : row->attention == VLS_CONFLICT        ? _("kept, to review")
                                                               : _("kept"));
    else if (row->type == VLS_OP_DECIDE)
        vls_buf_printf(out, "%s", _("decided"));
    if (row->cite != VLS_CITE_NONE) {
        vls_buf_printf(out, "%s%s%s", out->n > 0 ? "; " : "", cite_words(c, row->cite),
                       row->cite_text.n > 0 ? ": " : "");
        vls_buf_put_slice(out, row->cite_text);
    }
    if (row->reason.n > 0) {
        vls_buf_printf(out, "%s", out->n > 0 ? "; " : "");
        vls_buf_put_slice(out, row->reason);
    }
    return vls_buf_str(out) != NULL ? vls_buf_str(out) : "";
}

struct view {
    struct cli *c;
    struct table t;
    struct vls_buf value, remark;
};

static const char *
label_of(const struct cli *c, const struct vls_record *r, const struct vls_row *row, char *out, size_t size)
{
    const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)row->field);

    if (f == NULL)
        snprintf(out, size, _("field %u"), (unsigned)row->field);
    else if (row->key.n > 0 && f->policy != VLS_P_RWS)
        snprintf(out, size, "%s (%.*s)", vls_label_in(f->label, c->lang), (int)row->key.n, (const char *)row->key.p);
    else
        snprintf(out, size, "%s", vls_label_in(f->label, c->lang));
    return out;
}

static bool
row_visible(const struct vls_field *f, const struct vls_row *row)
{
    return (f == NULL || f->policy != VLS_P_DERIVED) && row->state != VLS_ROW_PAST && row->type != VLS_OP_REMOVE;
}

/* Of a list in which every element has a register of its own: the element, or to what it was narrowed. */
static const char *
element_text(struct view *v, const struct vls_field *f, const struct vls_row *row)
{
    struct vls_cbor c = vls_cbor_of(row->value);
    int rank = vls_term_rank(f, row->key);
    size_t n;

    vls_buf_reset(&v->value);
    vls_buf_put_slice(&v->value, rank >= 0 ? vls_slice_str(vls_label_in(f->terms[rank].label, v->c->lang)) : row->key);
    if (row->key.n == 0 && vls_cbor_peek(&c) == VLS_CBOR_ARRAY) {
        n = vls_cbor_array(&c, SIZE_MAX);
        vls_buf_printf(&v->value, "%s", _("only:"));
        for (size_t i = 0; i < n; i++) {
            struct vls_cbor item = vls_cbor_of(vls_cbor_item(&c));

            vls_buf_printf(&v->value, i > 0 ? ", " : " ");
            vls_buf_put_slice(&v->value, vls_cbor_text(&item));
        }
    }
    return vls_buf_str(&v->value) != NULL ? vls_buf_str(&v->value) : "";
}

/* Short values in columns first, then prose with its lines. */
static void
show_rows(struct view *v, const struct vls_record *r, bool prose)
{
    const struct vls_row *last = NULL;
    size_t i;

    for (i = 0; i < r->n_rows; i++) {
        const struct vls_row *row = &r->rows[i];
        const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)row->field);
        char who[256], label[256], when[STAMP_TEXT];
        const char *text, *name;

        if (!row_visible(f, row) || row->outside || (f != NULL && (f->flags & VLS_F_PARENT) != 0))
            continue;
        text =
            f != NULL && f->policy == VLS_P_RWS ? element_text(v, f, row) : value_text(v->c, &v->value, f, row->value);
        if (needs_lines(text) != prose)
            continue;
        author(who, sizeof(who), row);
        stamp(when, row->wall_unix_s);
        name = last != NULL && row_same_register(last, row) && !prose ? ""
                                                                      : label_of(v->c, r, row, label, sizeof(label));
        last = row;
        if (!prose) {
            table_row(&v->t, name, text, who, when, row_remark(v->c, f, row, &v->remark));
            continue;
        }
        out_line(v->c, "  %s   %s  %s  %s", name, who, when, row_remark(v->c, f, row, &v->remark));
        out_text(v->c, 6, vls_slice_str(text));
    }
}

static enum vls_code
show_one(struct view *v, const struct vls_record *r, struct vls_error *err)
{
    struct vls_buf text;
    enum vls_code rc;

    vls_buf_init(&text, RECORD_TEXT_MAX);
    out_line(v->c, "%s  %s", r->ref, record_title(v->c, &text, r));
    vls_buf_reset(&text);
    vls_record_print(&text, r, "tlp", v->c->lang);
    out_line(v->c, "  %s, %s%s%s%s%s", r->kind != NULL ? vls_label_in(r->kind->label, v->c->lang) : _("unknown kind"),
             r->compartment_name != NULL ? r->compartment_name : "", text.n > 0 ? ", " : "",
             text.n > 0 ? vls_buf_str(&text) : "", r->withdrawn ? ", " : "", r->withdrawn ? _("WITHDRAWN") : "");
    vls_buf_clear(&text);
    out_line(v->c, "%s", "");
    table_init(&v->t, 5, 2, 2);
    show_rows(v, r, false);
    rc = recall_rows(v->c, r, &v->t, err);
    table_print(v->c, &v->t);
    show_rows(v, r, true);
    return rc;
}

/* "same as" and "different from", out of the judgements on pairs. */
static const char *
verdict_of(const struct vls_record *r, const uint8_t id[VLS_ID_LEN], const uint8_t **other)
{
    const struct vls_field *a, *b;
    const uint8_t *first, *second;
    struct vls_slice verdict;

    if (r->kind == NULL || (a = vls_field_by_name(r->kind, "a")) == NULL ||
        (b = vls_field_by_name(r->kind, "b")) == NULL || vls_field_by_name(r->kind, "verdict") == NULL)
        return NULL;
    first = ref_in(r, a);
    second = ref_in(r, b);
    if (first == NULL || second == NULL)
        return NULL;
    *other = memcmp(first, id, VLS_ID_LEN) == 0 ? second : first;
    verdict = vls_record_value(r, "verdict");
    if (value_is(verdict, "same"))
        return _("same as");
    return value_is(verdict, "different") ? _("different from") : _("perhaps the same as");
}

static void
show_reference(struct view *v, const struct vls_record *r, const uint8_t id[VLS_ID_LEN])
{
    const uint8_t *other = NULL;
    const char *verdict = verdict_of(r, id, &other);
    struct vls_buf title;
    char ref[VLS_REF_TEXT];

    vls_buf_init(&title, RECORD_TEXT_MAX);
    if (verdict != NULL) {
        record_ref(v->c, ref, other);
        table_row(&v->t, verdict, ref, title_by_id(v->c, &title, other));
    } else {
        table_row(&v->t, r->kind != NULL ? vls_label_in(r->kind->label, v->c->lang) : "", r->ref,
                  record_title(v->c, &title, r));
    }
    vls_buf_clear(&title);
}

/* Parts are shown whole below their record, everything else in one line. */
static enum vls_code
show_referring(struct view *v, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct referring list;
    enum vls_code rc = referring_load(v->c, &list, id, err);
    struct table others;
    size_t i;

    table_init(&others, 3, 2, 2);
    for (i = 0; i < list.n && rc == VLS_OK; i++) {
        struct vls_record *r = NULL;

        if ((rc = vls_store_record(cli_store(v->c), list.id[i], VLS_LOAD_LIVE, &r, err)) != VLS_OK)
            break;
        if (record_part_of(r, id)) {
            out_line(v->c, "%s", "");
            rc = show_one(v, r, err);
        } else {
            struct table mine = v->t;

            v->t = others;
            show_reference(v, r, id);
            others = v->t;
            v->t = mine;
        }
        vls_record_free(r);
    }
    if (others.n_cells > 0)
        out_line(v->c, "%s", "");
    table_print(v->c, &others);
    referring_clear(&list);
    return rc;
}

static enum vls_code
show_json(struct cli *c, const struct vls_record *r, struct vls_error *err)
{
    json_t *doc = json_doc("record"), *parts = json_array(), *references = json_array(), *since = NULL;
    struct referring list;
    enum vls_code rc = referring_load(c, &list, r->id, err);
    size_t i;

    json_object_set_new(doc, "record", record_json(c, r));
    for (i = 0; i < list.n && rc == VLS_OK; i++) {
        struct vls_record *other = NULL;

        if ((rc = vls_store_record(cli_store(c), list.id[i], VLS_LOAD_LIVE, &other, err)) == VLS_OK)
            json_array_append_new(record_part_of(other, r->id) ? parts : references, record_json(c, other));
        vls_record_free(other);
    }
    if (rc == VLS_OK && (rc = recall_json(c, r, &since, err)) == VLS_OK)
        json_object_set_new(doc, "since", since);
    json_object_set_new(doc, "parts", parts);
    json_object_set_new(doc, "references", references);
    referring_clear(&list);
    if (rc == VLS_OK)
        out_json(c, doc);
    else
        json_decref(doc);
    return rc;
}

/* --plain: ref, field, key, state, value, delegation, post, time */
static void
show_plain(struct cli *c, const struct vls_record *r)
{
    struct vls_buf value, key;
    size_t i;

    vls_buf_init(&value, RECORD_TEXT_MAX);
    vls_buf_init(&key, RECORD_TEXT_MAX);
    for (i = 0; i < r->n_rows; i++) {
        const struct vls_row *row = &r->rows[i];
        const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)row->field);
        char no[24], when[STAMP_TEXT];

        if (!row_visible(f, row))
            continue;
        snprintf(no, sizeof(no), "%u", (unsigned)row->field);
        vls_buf_reset(&key);
        vls_buf_put_slice(&key, row->key);
        out_row(c, r->ref, f != NULL ? f->name : no, vls_buf_str(&key), row_state_name(row),
                value_plain(c, &value, f, row->value), row->delegation, row->post,
                stamp_plain(when, row->wall_unix_s), NULL);
    }
    vls_buf_clear(&value);
    vls_buf_clear(&key);
}

/* What is shown here is this one record; people that were shown several as one would take it for all of them. */
static enum vls_code
show_joined(struct cli *c, const struct vls_record *r, struct vls_error *err)
{
    char words[WORDS_TEXT];
    struct joined j;
    enum vls_code rc = joined_load(&j, c, r->kind, err);
    const struct vls_trip *t;

    if (rc != VLS_OK)
        return rc;
    t = joined_trip(&j, r->id);
    if (*joined_words(&j, r->id, words) != '\0')
        out_line(c, _("  judged the same as another: %s"), words);
    if (t != NULL)
        out_line(c, _("  together they are: %s %s, %s"), t->to, t->dates_text, t->status_label);
    joined_clear(&j);
    return VLS_OK;
}

/* A nil return that something stands against: nobody should rest on it. */
static enum vls_code
show_void(struct cli *c, const struct vls_record *r, struct vls_error *err)
{
    struct vls_void *voids;
    size_t i, n;
    enum vls_code rc;

    if (r->kind == NULL || strcmp(r->kind->name, "nil-return") != 0)
        return VLS_OK;
    if ((rc = vls_annual_voids(&voids, &n, cli_store(c), err)) != VLS_OK)
        return rc;
    for (i = 0; i < n; i++) {
        if (memcmp(voids[i].nil, r->id, VLS_ID_LEN) == 0)
            out_line(c, _("  void since %s"), voids[i].since_ref);
    }
    free(voids);
    return VLS_OK;
}

enum vls_code
cmd_record_show(struct cli *c, struct vls_error *err)
{
    struct vls_record *r = NULL;
    struct view v = {.c = c};
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc;

    if ((rc = record_find(c, c->args.kind, c->args.pos[0], id, err)) != VLS_OK ||
        (rc = vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, err)) != VLS_OK)
        return rc;
    vls_buf_init(&v.value, RECORD_TEXT_MAX);
    vls_buf_init(&v.remark, RECORD_TEXT_MAX);
    if (c->json) {
        rc = show_json(c, r, err);
    } else if (c->plain) {
        show_plain(c, r);
        rc = recall_plain(c, r, err);
    } else {
        if ((rc = show_one(&v, r, err)) == VLS_OK && (rc = show_joined(c, r, err)) == VLS_OK &&
            (rc = show_void(c, r, err)) == VLS_OK)
            rc = show_referring(&v, id, err);
    }
    vls_buf_clear(&v.value);
    vls_buf_clear(&v.remark);
    vls_record_free(r);
    return rc;
}

/* ---- list ---- */

struct listing {
    struct cli *c;
    struct table t;
    json_t *records;
    struct vls_buf text, cell;
    struct row row;
    struct joined joined;
    size_t n;
    bool tasks, open; /* of tasks, those that are open come first */
};

/* All shown values of one field, " | " between rivals and members of a set. */
static void
cell_values(struct listing *l, const struct vls_record *r, const struct vls_field *f)
{
    const struct vls_row *row;
    size_t i;

    for (i = 0; (row = vls_record_row(r, f->no, (struct vls_slice){NULL, 0}, i)) != NULL; i++)
        vls_buf_printf(&l->cell, "%s%s", i > 0 ? " | " : "", value_plain(l->c, &l->text, f, row->value));
}

/* --plain: the id, then the fields that make the title, in the order of their kind. */
static void
list_plain(struct listing *l, const struct vls_record *r)
{
    size_t i;

    row_cell(&l->row, r->ref);
    for (i = 0; r->kind != NULL && i < r->kind->n_fields; i++) {
        if ((r->kind->fields[i].flags & VLS_F_TITLE) == 0)
            continue;
        vls_buf_reset(&l->cell);
        cell_values(l, r, &r->kind->fields[i]);
        row_cell(&l->row, vls_buf_str(&l->cell));
    }
    if (r->withdrawn)
        row_cell(&l->row, "withdrawn");
    row_print(l->c, &l->row);
}

static enum vls_code
list_record(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct listing *l = ctx;
    char same[WORDS_TEXT];

    if (l->tasks && task_is_open(r) != l->open)
        return VLS_OK;
    l->n++;
    if (cli_interrupted())
        return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    if (l->c->json) {
        json_array_append_new(l->records, record_json(l->c, r));
    } else if (l->c->quiet) {
        out_line(l->c, "%s", r->ref);
    } else if (l->c->plain) {
        list_plain(l, r);
    } else {
        vls_buf_reset(&l->text);
        table_row(&l->t, r->ref, record_title(l->c, &l->text, r),
                  r->withdrawn ? _("withdrawn") : joined_words(&l->joined, r->id, same));
    }
    return VLS_OK;
}

enum vls_code
cmd_record_list(struct cli *c, struct vls_error *err)
{
    const char *of = args_value(&c->args, "of");
    struct vls_filter f = {.kind_no = c->args.kind->no,
                           .withdrawn = args_flag(&c->args, "withdrawn"),
                           .load = c->json ? VLS_LOAD_LIVE : VLS_LOAD_TITLE};
    struct listing l = {.c = c, .records = c->json ? json_array() : NULL};
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc = VLS_OK;

    if (of != NULL) {
        if ((rc = record_find(c, NULL, of, id, err)) != VLS_OK)
            return rc;
        f.refers_to = id;
    }
    if ((rc = joined_load(&l.joined, c, c->json || c->plain || c->quiet ? NULL : c->args.kind, err)) != VLS_OK)
        return rc;
    table_init(&l.t, 3, 0, 2);
    vls_buf_init(&l.text, RECORD_TEXT_MAX);
    vls_buf_init(&l.cell, RECORD_TEXT_MAX);
    row_init(&l.row);
    l.tasks = l.open = strcmp(c->args.kind->name, "task") == 0;
    rc = vls_store_list(cli_store(c), &f, list_record, &l, err);
    l.open = false;
    if (rc == VLS_OK && l.tasks)
        rc = vls_store_list(cli_store(c), &f, list_record, &l, err);
    table_print(c, &l.t);
    if (rc == VLS_OK && l.n == 0)
        (void)waiting_say(c);
    if (c->json && rc == VLS_OK) {
        json_t *doc = json_doc("records");

        json_object_set(doc, "records", l.records);
        out_json(c, doc);
    }
    json_decref(l.records);
    vls_buf_clear(&l.text);
    vls_buf_clear(&l.cell);
    row_clear(&l.row);
    joined_clear(&l.joined);
    return rc;
}
