/*
 * Making anew what merging has made: everything derived goes and the envelopes stay, for the engine to merge them
 * again. What stood there is set aside first: nobody signed it, but somebody may have acted on it (I3).
 */
#include <string.h>

#include "valise/notes.h"

#include "store_int.h"

#define ROWS_MAX  (32u * 1024 * 1024)
#define ROW_PARTS 16

static void
put_blob(struct vls_buf *b, struct vls_slice s)
{
    vls_cbor_put_bytes(b, s.p, s.n);
}

static void
put_row(struct vls_buf *b, const struct vls_row *r)
{
    vls_cbor_put_array(b, ROW_PARTS);
    vls_cbor_put_uint(b, r->field);
    put_blob(b, r->key);
    put_blob(b, r->value);
    vls_cbor_put_uint(b, (uint64_t)r->type);
    vls_cbor_put_uint(b, (uint64_t)r->state);
    vls_cbor_put_uint(b, (uint64_t)r->cite);
    put_blob(b, r->cite_text);
    put_blob(b, r->reason);
    vls_cbor_put_bytes(b, r->dot.change, VLS_CHANGE_ID_LEN);
    vls_cbor_put_uint(b, r->dot.op);
    vls_cbor_put_bytes(b, r->by.change, VLS_CHANGE_ID_LEN);
    vls_cbor_put_uint(b, r->by.op);
    vls_cbor_put_uint(b, r->lamport);
    vls_cbor_put_int(b, r->wall_unix_s);
    put_blob(b, vls_slice_str(r->delegation));
    put_blob(b, vls_slice_str(r->post));
}

static enum vls_code
find(struct vls_store *s, const uint8_t id[VLS_ID_LEN], const uint8_t compartment[VLS_ID_LEN], int64_t *n,
     struct vls_error *err)
{
    struct vls__compartment *home = NULL;
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    *n = 0;
    if ((rc = vls__compartment_by_id(s, compartment, &home, err)) != VLS_OK)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_RECORD_BY_ID, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        if (vls__col_int(&q, 1, 1, INT64_MAX) == home->n)
            *n = vls__col_int(&q, 0, 1, INT64_MAX);
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_set_aside(struct vls_store *s, const uint8_t id[VLS_ID_LEN], const uint8_t compartment[VLS_ID_LEN],
                    int64_t wall_unix_s, bool *there, struct vls_error *err)
{
    struct vls_record *r = NULL;
    struct vls_buf rows;
    struct vls__stmt q;
    int64_t n;
    enum vls_code rc;

    *there = false;
    if ((rc = find(s, id, compartment, &n, err)) != VLS_OK || n == 0)
        return rc;
    vls_buf_init(&rows, ROWS_MAX);
    if ((rc = vls__record_load(s, n, VLS_LOAD_PAST, &r, err)) != VLS_OK)
        goto out;
    vls_cbor_put_array(&rows, r->n_rows);
    for (size_t i = 0; i < r->n_rows; i++)
        put_row(&rows, &r->rows[i]);
    if ((rc = vls_buf_ok(&rows, err)) != VLS_OK || (rc = vls__sql_take(&q, s, VLS__SQL_ASIDE_ADD, err)) != VLS_OK)
        goto out;
    vls__bind_int(&q, 1, wall_unix_s);
    vls__bind_blob(&q, 2, id, VLS_ID_LEN);
    vls__bind_blob(&q, 3, compartment, VLS_ID_LEN);
    vls__bind_int(&q, 4, r->kind_no);
    vls__bind_blob(&q, 5, rows.p, rows.n);
    rc = vls__sql_run(&q, NULL, err);
    *there = rc == VLS_OK;
out:
    vls_record_free(r);
    vls_buf_clear(&rows); /* it held record text */
    return rc;
}

/* ---- showing ---- */

static struct vls_slice
take_text(struct vls_cbor *c, struct vls__arena *a)
{
    return vls__arena_copy(a, vls_cbor_bytes(c)); /* with a NUL behind it */
}

static void
take_row(struct vls_cbor *c, struct vls__arena *a, struct vls_row *r)
{
    const uint8_t *change, *by;

    if (vls_cbor_array(c, ROW_PARTS) != ROW_PARTS)
        vls_cbor_fail(c);
    r->field = (uint32_t)vls_cbor_uint(c);
    r->key = take_text(c, a);
    r->value = take_text(c, a);
    r->type = (enum vls_op_type)vls_cbor_uint(c);
    r->state = (enum vls_row_state)vls_cbor_uint(c);
    r->cite = (enum vls_cite)vls_cbor_uint(c);
    r->cite_text = take_text(c, a);
    r->reason = take_text(c, a);
    change = vls_cbor_fixed(c, VLS_CHANGE_ID_LEN);
    r->dot.op = (uint32_t)vls_cbor_uint(c);
    by = vls_cbor_fixed(c, VLS_CHANGE_ID_LEN);
    r->by.op = (uint32_t)vls_cbor_uint(c);
    r->lamport = vls_cbor_uint(c);
    r->wall_unix_s = vls_cbor_int(c);
    r->delegation = (const char *)take_text(c, a).p;
    r->post = (const char *)take_text(c, a).p;
    if (vls_cbor_bad(c))
        return;
    memcpy(r->dot.change, change, VLS_CHANGE_ID_LEN);
    memcpy(r->by.change, by, VLS_CHANGE_ID_LEN);
}

/* One kept record as it stood; in memory of its own. */
static enum vls_code
take_aside(struct vls__stmt *q, struct vls__arena *a, struct vls_record *r, int64_t *wall, struct vls_error *err)
{
    struct vls_slice bytes = vls__col_blob(q, 5);
    struct vls_cbor c = vls_cbor_of(bytes);
    size_t n = vls_cbor_array(&c, bytes.n);
    struct vls_row *rows = vls__arena_alloc(a, (n + 1) * sizeof *rows);
    enum vls_code rc;

    *wall = vls__col_int(q, 1, INT64_MIN, INT64_MAX);
    vls__col_fixed(q, 2, r->id, VLS_ID_LEN);
    vls__col_fixed(q, 3, r->compartment, VLS_ID_LEN);
    r->kind_no = (uint32_t)vls__col_int(q, 4, 0, VLS__KIND_MAX);
    for (size_t i = 0; rows != NULL && i < n && !vls_cbor_bad(&c); i++)
        take_row(&c, a, &rows[i]);
    if ((rc = vls__sql_ok(q, err)) != VLS_OK)
        return rc;
    if (rows == NULL || a->bad)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
    if (!vls_cbor_done(&c))
        return VLS_FAIL(err, VLS_EAUTH, "a record that was set aside cannot be read");
    r->kind = vls_kind_by_no((uint16_t)r->kind_no);
    vls_ref_print(r->ref, r->kind != NULL ? r->kind->prefix : "REC", r->id);
    r->compartment_name = "";
    r->rows = rows;
    r->n_rows = n;
    return VLS_OK;
}

enum vls_code
vls_store_asides(struct vls_store *s, vls_aside_fn *fn, void *ctx, struct vls_error *err)
{
    int64_t n = 0, wall = 0;
    bool row = true;
    enum vls_code rc = VLS_OK;

    while (rc == VLS_OK && row) {
        struct vls__arena arena = {0};
        struct vls_record r = {.n_rows = 0};
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, VLS__SQL_ASIDE_NEXT, err)) != VLS_OK)
            return rc;
        vls__bind_int(&q, 1, n);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            n = vls__col_int(&q, 0, 1, INT64_MAX);
            rc = take_aside(&q, &arena, &r, &wall, err);
        }
        vls__sql_give(&q);
        if (rc == VLS_OK && row)
            rc = fn(ctx, &r, wall, err);
        vls__arena_clear(&arena);
    }
    return rc;
}

/* ---- forgetting what was derived ---- */

enum vls_code
vls_store_unmerge(struct vls_store *s, struct vls_error *err)
{
    static const enum vls__sql all[] = {
        VLS__SQL_UNMERGE_WORDS,   VLS__SQL_UNMERGE_LINKS,   VLS__SQL_UNMERGE_CONFLICTS, VLS__SQL_UNMERGE_NAMED,
        VLS__SQL_UNMERGE_RETIRED, VLS__SQL_UNMERGE_PAST,    VLS__SQL_UNMERGE_LIVE,      VLS__SQL_UNMERGE_RECORDS,
        VLS__SQL_UNMERGE_HEADS,   VLS__SQL_UNMERGE_AWAITED, VLS__SQL_UNMERGE_ENVELOPES, VLS__SQL_UNMERGE_COMPARTMENTS};
    enum vls_code rc = VLS_OK;

    if (!s->in_tx)
        return VLS_FAIL(err, VLS_EUSAGE, "no transaction is open");
    for (size_t i = 0; i < sizeof all / sizeof *all && rc == VLS_OK; i++) {
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, all[i], err)) == VLS_OK)
            rc = vls__sql_run(&q, NULL, err);
    }
    if (rc == VLS_OK)
        rc = vls_notes_forget(s, err);
    if (rc != VLS_OK)
        s->doomed = rc; /* half of it is gone */
    vls__store_forget(s);
    return rc;
}
