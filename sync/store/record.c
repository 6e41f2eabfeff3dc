/*
 * One record, read whole: its live values, merged on the spot so that what is shown never depends on a
 * judgement that is still to come, and its past ones when asked for. Everything lies in one arena.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

/* What the caller gets, with the memory it lies in. */
struct owned {
    struct vls_record pub; /* first: the caller's pointer is ours */
    struct vls__arena arena;
};

struct rows {
    struct vls_row *v;
    size_t n, cap;
};

/* ---- small readings ---- */

const uint8_t *
vls__ref_of(struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    const uint8_t *id = vls_cbor_fixed(&c, VLS_ID_LEN);

    return vls_cbor_done(&c) ? id : NULL;
}

struct vls_slice
vls__text_of(struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice text;

    if (vls_cbor_peek(&c) != VLS_CBOR_TEXT)
        return vls_slice_of(NULL, 0);
    text = vls_cbor_text(&c);
    return vls_cbor_done(&c) ? text : vls_slice_of(NULL, 0);
}

const char *
vls__prefix(uint32_t kind_no)
{
    const struct vls_kind *kind = kind_no <= VLS__KIND_MAX ? vls_kind_by_no((uint16_t)kind_no) : NULL;

    return kind != NULL ? kind->prefix : "REC";
}

bool
vls__life_withdraws(struct vls_slice value)
{
    struct vls_slice life = vls__text_of(value);

    return vls_slice_eq(life, vls_slice_str("retracted")) || vls_slice_eq(life, vls_slice_str("purged"));
}

/* ---- reading rows ---- */

static enum vls_code
read_row(struct vls_store *s, struct vls__arena *a, struct vls__stmt *q, bool past, struct vls_row *row,
         struct vls_error *err)
{
    int64_t by = vls__col_int(q, 9, 0, INT64_MAX);
    struct vls__envelope e;
    const char *delegation, *post;
    enum vls_code rc;

    *row = (struct vls_row){.field = (uint32_t)vls__col_int(q, 0, 1, UINT16_MAX)};
    row->key = vls__arena_copy(a, vls__col_blob(q, 1));
    row->type = (enum vls_op_type)vls__col_int(q, 4, VLS_OP_PUT, VLS_OP_DECIDE);
    row->cite = (enum vls_cite)vls__col_int(q, 5, VLS_CITE_NONE, VLS_CITE_OFFICIAL);
    row->value = vls__arena_copy(a, vls__col_blob(q, 6));
    row->cite_text = vls__arena_copy(a, vls__col_blob(q, 7));
    row->reason = vls__arena_copy(a, vls__col_blob(q, 8));
    row->state = past ? VLS_ROW_PAST : VLS_ROW_SHOWN;
    if ((rc = vls__envelope_by_n(s, vls__col_int(q, 2, 1, INT64_MAX), &e, err)) != VLS_OK ||
        (rc = vls__device_names(s, e.device, &delegation, &post, err)) != VLS_OK)
        return rc;
    memcpy(row->dot.change, e.id, sizeof row->dot.change);
    row->dot.op = (uint32_t)vls__col_int(q, 3, 0, UINT32_MAX);
    row->lamport = e.lamport;
    row->wall_unix_s = e.wall_unix_s;
    row->delegation = vls__arena_str(a, delegation);
    row->post = vls__arena_str(a, post);
    if (past && by != 0) {
        if ((rc = vls__envelope_by_n(s, by, &e, err)) != VLS_OK)
            return rc;
        memcpy(row->by.change, e.id, sizeof row->by.change);
        row->by.op = (uint32_t)vls__col_int(q, 10, 0, UINT32_MAX);
    }
    return VLS_OK;
}

/* The last field that a title is made of, for kinds that are called by a name; 0 for others. */
static uint32_t
last_of_title(const struct vls_kind *kind)
{
    uint32_t last = 0;
    bool named = false;

    for (size_t i = 0; kind != NULL && i < kind->n_fields; i++) {
        named = named || (kind->fields[i].flags & VLS_F_NAME) != 0;
        if ((kind->fields[i].flags & (VLS_F_NAME | VLS_F_TITLE)) != 0 && kind->fields[i].no > last)
            last = kind->fields[i].no;
    }
    return named ? last : 0;
}

_Static_assert(VLS_H_LIFE == 1001, "where the header begins in the statement");

/* title: the last field that is read before the header, 0 for all. */
static enum vls_code
read_rows(struct vls_store *s, struct vls__arena *a, int64_t record, bool past, uint32_t title, struct rows *out,
          struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(
        &q, s, past ? VLS__SQL_LOAD_PAST : title != 0 ? VLS__SQL_LOAD_TITLE : VLS__SQL_LOAD_LIVE, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, record);
    if (title != 0)
        vls__bind_int(&q, 2, title);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&out->v, &out->cap, out->n, 1, sizeof *out->v)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
            break;
        }
        if ((rc = read_row(s, a, &q, past, &out->v[out->n], err)) != VLS_OK)
            break;
        out->n++;
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK && a->bad)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
    vls__sql_give(&q);
    return rc;
}

/* ---- merging ---- */

static int
register_cmp(const struct vls_row *a, const struct vls_row *b)
{
    if (a->field != b->field)
        return a->field < b->field ? -1 : 1;
    return vls_slice_cmp(a->key, b->key);
}

static int
dot_cmp(const void *a, const void *b)
{
    const struct vls_row *x = a, *y = b;

    return vls_dot_cmp(&x->dot, &y->dot);
}

static int
newest_first(const void *a, const void *b)
{
    const struct vls_row *x = a, *y = b;

    if (x->lamport != y->lamport)
        return x->lamport > y->lamport ? -1 : 1;
    return -dot_cmp(a, b);
}

/* What merging one record needs. */
struct merging {
    struct vls_store *s;
    struct vls__arena *arena;
    int64_t record;
    const struct vls_kind *kind;
    struct vls_rival *rivals; /* room for all */
    struct vls__prose prose;
};

/* The merged text takes the place of the shown one. */
static enum vls_code
merge_prose(struct merging *m, struct vls_row *shown, struct vls_verdict *v, struct vls_error *err)
{
    enum vls_code rc = vls__prose_merge(m->s, m->record, shown->field, shown->key, m->rivals, v, &m->prose, err);
    struct vls_buf value;

    if (rc != VLS_OK)
        return rc;
    vls_buf_init(&value, VLS_TEXT_MAX + 16);
    if (m->prose.merged.n == 0)
        vls_cbor_put_null(&value);
    else
        vls_cbor_put_text(&value, vls_buf_slice(&m->prose.merged));
    if ((rc = vls_buf_ok(&value, err)) == VLS_OK) {
        shown->typed = shown->value;
        shown->value = vls__arena_copy(m->arena, vls_buf_slice(&value));
        shown->base = vls__arena_copy(m->arena, vls_buf_slice(&m->prose.base));
        shown->n_texts = v->n_texts;
        shown->n_clashes = m->prose.n_clashes;
    }
    vls_buf_clear(&value);
    return rc;
}

/* Puts the live rows of one register into out, shown ones first. */
static enum vls_code
merge_register(struct merging *m, struct vls_row *rows, size_t n, struct vls_row *out, enum vls_attention *attention,
               struct vls_error *err)
{
    struct vls_rival *rivals = m->rivals;
    const struct vls_field *field = vls_field_by_no(m->kind, (uint16_t)rows->field);
    struct vls_verdict v;
    enum vls_code rc = VLS_OK;

    *attention = VLS_QUIET;
    if (n == 1) {
        *out = *rows;
        out->state = vls_merge_shows(field) ? VLS_ROW_SHOWN : VLS_ROW_KEPT;
        return VLS_OK;
    }
    qsort(rows, n, sizeof *rows, dot_cmp); /* so that each rival's row is found again */
    for (size_t i = 0; i < n; i++)
        rivals[i] = (struct vls_rival){rows[i].dot, rows[i].lamport, rows[i].cite, rows[i].value};
    vls_merge(&v, field, rivals, n);
    for (size_t i = 0; i < n; i++) {
        const struct vls_row key = {.dot = rivals[i].dot};

        out[i] = *(const struct vls_row *)bsearch(&key, rows, n, sizeof *rows, dot_cmp);
        out[i].state = i < v.n_shown ? VLS_ROW_SHOWN : VLS_ROW_KEPT;
    }
    if (v.n_texts > 1)
        rc = merge_prose(m, out, &v, err);
    for (size_t i = 0; i < n; i++)
        out[i].attention = v.attention;
    *attention = v.attention;
    return rc;
}

static size_t
register_end(const struct rows *r, size_t from)
{
    size_t at = from;

    while (at < r->n && register_cmp(&r->v[from], &r->v[at]) == 0)
        at++;
    return at;
}

/* Live and past rows, each ordered by (field, key), become one list in the order of the contract. */
static enum vls_code
merge_all(struct merging *m, struct rows *live, struct rows *past, struct vls_row *out, struct vls_error *err)
{
    size_t l = 0, p = 0;
    enum vls_code rc = VLS_OK;

    while (rc == VLS_OK && (l < live->n || p < past->n)) {
        int c = l == live->n ? 1 : p == past->n ? -1 : register_cmp(&live->v[l], &past->v[p]);
        enum vls_attention attention = VLS_QUIET;

        if (c <= 0) {
            size_t end = register_end(live, l);

            rc = merge_register(m, live->v + l, end - l, out, &attention, err);
            out += end - l;
            l = end;
        }
        if (c >= 0) {
            size_t end = register_end(past, p);

            qsort(past->v + p, end - p, sizeof *past->v, newest_first);
            for (; p < end; p++) {
                *out = past->v[p];
                out++->attention = attention;
            }
        }
    }
    return rc;
}

/* ---- loading ---- */

static enum vls_code
read_head(struct vls_store *s, int64_t n, struct owned *o, struct vls_error *err)
{
    const struct vls__compartment *home = NULL;
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    if ((rc = vls__compartments(s, err)) != VLS_OK || (rc = vls__sql_take(&q, s, VLS__SQL_LOAD_RECORD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && !row)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no such record");
    if (rc == VLS_OK) {
        vls__col_fixed(&q, 0, o->pub.id, sizeof o->pub.id);
        home = vls__compartment_by_n(s, vls__col_int(&q, 1, 1, INT64_MAX));
        o->pub.kind_no = (uint32_t)vls__col_int(&q, 2, 0, VLS__KIND_MAX);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    if (rc != VLS_OK)
        return rc;
    if (home == NULL)
        return VLS_FAIL(err, VLS_EAUTH, "a record of a compartment that is not in the store");
    memcpy(o->pub.compartment, home->id, VLS_ID_LEN);
    o->pub.compartment_name = vls__arena_str(&o->arena, home->name);
    o->pub.common = home->common;
    o->pub.kind = vls_kind_by_no((uint16_t)o->pub.kind_no);
    vls_ref_print(o->pub.ref, vls__prefix(o->pub.kind_no), o->pub.id);
    return VLS_OK;
}

/* Elements of lists from which removals take at once: in, or outside. */
static void
look_at_lists(struct vls_record *r, struct vls_row *rows)
{
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct vls_field *field = vls_field_by_no(r->kind, (uint16_t)rows[i].field);

        if (field == NULL || field->policy != VLS_P_RWS || rows[i].key.n == 0 || rows[i].state != VLS_ROW_SHOWN)
            continue;
        rows[i].outside = rows[i].value.n != 1 || rows[i].value.p[0] != 0xf5; /* CBOR true */
        for (size_t k = i; k-- > 0 && rows[k].field == rows[i].field;)        /* narrowings come before the elements */
            if (rows[k].key.n == 0 && rows[k].state == VLS_ROW_SHOWN)
                rows[i].outside = rows[i].outside || !vls_merge_narrowing_names(rows[k].value, rows[i].key);
    }
}

/* Whether the record is withdrawn, and what its withdrawal did not know of. */
static enum vls_code
look_at_life(struct vls_store *s, int64_t n, struct vls_record *r, struct vls_row *rows, struct vls_error *err)
{
    struct vls_row *life = NULL;
    struct vls__seen seen;
    bool any = false;
    enum vls_code rc;

    for (size_t i = 0; i < r->n_rows && life == NULL; i++)
        if (rows[i].field == VLS_H_LIFE && rows[i].key.n == 0 && rows[i].state == VLS_ROW_SHOWN)
            life = &rows[i];
    r->withdrawn = life != NULL && vls__life_withdraws(life->value);
    if (!r->withdrawn)
        return VLS_OK;
    if ((rc = vls__seen_load(s, n, &life->dot, &seen, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < r->n_rows; i++) {
        rows[i].unseen = rows[i].state != VLS_ROW_PAST && vls__unseen(&seen, r->kind, rows[i].field, &rows[i].dot);
        any = any || rows[i].unseen;
    }
    for (size_t i = 0; i < r->n_rows && any; i++)
        if (rows[i].field == VLS_H_LIFE && rows[i].key.n == 0)
            rows[i].attention = VLS_CONFLICT;
    vls__seen_clear(&seen);
    return VLS_OK;
}

enum vls_code
vls__record_load(struct vls_store *s, int64_t n, unsigned load, struct vls_record **out, struct vls_error *err)
{
    struct rows live = {0}, past = {0};
    struct merging m = {.s = s, .record = n};
    struct vls_row *rows;
    struct owned *o = calloc(1, sizeof *o);
    uint32_t title = 0;
    enum vls_code rc;

    *out = NULL;
    vls__prose_init(&m.prose);
    if (o == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
    if ((rc = read_head(s, n, o, err)) != VLS_OK)
        goto out;
    if (load == VLS_LOAD_TITLE)
        title = last_of_title(o->pub.kind);
    if ((rc = read_rows(s, &o->arena, n, false, title, &live, err)) != VLS_OK ||
        ((load & VLS_LOAD_PAST) != 0 && (rc = read_rows(s, &o->arena, n, true, 0, &past, err)) != VLS_OK))
        goto out;
    rows = vls__arena_alloc(&o->arena, (live.n + past.n) * sizeof *rows);
    m.rivals = calloc(live.n + 1, sizeof *m.rivals);
    if (m.rivals == NULL || o->arena.bad) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
        goto out;
    }
    m.arena = &o->arena;
    m.kind = o->pub.kind;
    if ((rc = merge_all(&m, &live, &past, rows, err)) != VLS_OK)
        goto out;
    if (o->arena.bad) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
        goto out;
    }
    o->pub.rows = rows;
    o->pub.n_rows = live.n + past.n;
    look_at_lists(&o->pub, rows);
    if ((rc = look_at_life(s, n, &o->pub, rows, err)) != VLS_OK)
        goto out;
    *out = &o->pub;
    o = NULL;
out:
    vls__prose_clear(&m.prose);
    free(m.rivals);
    free(live.v); /* borrowed text only */
    free(past.v);
    vls_record_free(o != NULL ? &o->pub : NULL);
    return rc;
}

void
vls_record_free(struct vls_record *r)
{
    struct owned *o = (struct owned *)r;

    if (o == NULL)
        return;
    vls__arena_clear(&o->arena);
    free(o);
}

enum vls_code
vls__record_n(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RECORD_SHOWN, err);

    *n = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    return vls__sql_int(&q, 1, INT64_MAX, n, err);
}

enum vls_code
vls__record_home(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n, int64_t *compartment,
                 struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RECORD_HOME, err);

    *n = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        *n = vls__col_int(&q, 0, 1, INT64_MAX);
        if (compartment != NULL)
            *compartment = vls__col_int(&q, 1, 1, INT64_MAX);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_record(struct vls_store *s, const uint8_t id[VLS_ID_LEN], unsigned load, struct vls_record **out,
                 struct vls_error *err)
{
    char ref[VLS_REF_TEXT];
    int64_t n;
    enum vls_code rc = vls__record_n(s, id, &n, err);

    *out = NULL;
    if (rc != VLS_OK)
        return rc;
    if (n == 0) {
        vls_ref_print(ref, "", id);
        return VLS_FAIL(err, VLS_ENOTFOUND, "no record %s", ref);
    }
    return vls__record_load(s, n, load, out, err);
}

/* ---- what a record says ---- */

struct vls_slice
vls_row_typed(const struct vls_row *row)
{
    return row->typed.n > 0 ? row->typed : row->value;
}

const struct vls_row *
vls_record_row(const struct vls_record *r, uint32_t field, struct vls_slice key, size_t i)
{
    for (size_t k = 0; k < r->n_rows; k++) {
        const struct vls_row *row = &r->rows[k];

        if (row->field == field && row->state == VLS_ROW_SHOWN && (key.p == NULL || vls_slice_eq(row->key, key)) &&
            i-- == 0)
            return row;
    }
    return NULL;
}

struct vls_slice
vls_record_value(const struct vls_record *r, const char *field_name)
{
    const struct vls_field *field = vls_field_by_name(r->kind, field_name);
    const struct vls_row *row = field != NULL ? vls_record_row(r, field->no, vls_slice_of(NULL, 0), 0) : NULL;

    return row != NULL && !vls_value_emptied(row->value) ? row->value : vls_slice_of(NULL, 0);
}

void
vls_record_print(struct vls_buf *out, const struct vls_record *r, const char *field_name, const char *lang)
{
    const struct vls_field *field = vls_field_by_name(r->kind, field_name);
    struct vls_slice value = vls_record_value(r, field_name);
    const uint8_t *id = field != NULL && field->type == VLS_T_REF && field->ref_kind != 0 ? vls__ref_of(value) : NULL;
    char ref[VLS_REF_TEXT];

    if (value.n == 0)
        return;
    if (id == NULL) {
        vls_value_print(out, field, value, lang);
        return;
    }
    vls_ref_print(ref, vls__prefix(field->ref_kind), id);
    vls_buf_put(out, ref, strlen(ref));
}
