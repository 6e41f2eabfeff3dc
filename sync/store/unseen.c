/*
 * Edits that a withdrawal did not know of. A withdrawal names, beside the values of its own register,
 * every other value of its record that its author had; what it does not name was written without sight
 * of it, or after it. A transmission says in the same way what its author knew. Source: schemas/domain/merge.md
 * section 1.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

static int
dot_cmp(const void *a, const void *b)
{
    return vls_dot_cmp(a, b);
}

void
vls__seen_clear(struct vls__seen *seen)
{
    free(seen->dot);
    *seen = (struct vls__seen){.dot = NULL};
}

static enum vls_code
read_names(struct vls_store *s, int64_t record, uint32_t field, const struct vls__envelope *e, uint32_t op,
           struct vls__seen *out, struct vls_error *err)
{
    size_t cap = 0;
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_NAMED_BY_VALUE, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, record);
    vls__bind_int(&q, 2, field);
    vls__bind_blob(&q, 3, "", 0);
    vls__bind_int(&q, 4, e->n);
    vls__bind_int(&q, 5, op);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&out->dot, &cap, out->n, 1, sizeof *out->dot)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for what a withdrawal names");
            break;
        }
        vls__col_fixed(&q, 0, out->dot[out->n].change, sizeof out->dot->change);
        out->dot[out->n++].op = (uint32_t)vls__col_int(&q, 1, 0, UINT32_MAX);
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_named(struct vls_store *s, const uint8_t record[VLS_ID_LEN], uint32_t field, const struct vls_dot *value,
                vls_dot_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls__seen names = {.dot = NULL};
    struct vls__envelope e;
    int64_t n = 0;
    enum vls_code rc;

    if ((rc = vls__record_n(s, record, &n, err)) != VLS_OK || n == 0 ||
        (rc = vls__envelope_by_id(s, value->change, &e, err)) != VLS_OK || e.n == 0)
        return rc;
    rc = read_names(s, n, field, &e, value->op, &names, err);
    for (size_t i = 0; i < names.n && rc == VLS_OK; i++)
        rc = fn(ctx, &names.dot[i], err);
    vls__seen_clear(&names);
    return rc;
}

/* Whether a dot is a value of the register that says whether the record is withdrawn. */
static enum vls_code
is_of_life(struct vls_store *s, int64_t record, const struct vls_dot *dot, bool *out, struct vls_error *err)
{
    struct vls__envelope e;
    struct vls__stmt q;
    enum vls_code rc = vls__envelope_by_id(s, dot->change, &e, err);

    *out = false;
    if (rc != VLS_OK || e.n == 0 || (rc = vls__sql_take(&q, s, VLS__SQL_PAST_VALUE, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, record);
    vls__bind_int(&q, 2, VLS_H_LIFE);
    vls__bind_blob(&q, 3, "", 0);
    vls__bind_int(&q, 4, e.n);
    vls__bind_int(&q, 5, dot->op);
    rc = vls__sql_step(&q, out, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls__seen_load(struct vls_store *s, int64_t record, const struct vls_dot *withdrawal, struct vls__seen *out,
               struct vls_error *err)
{
    struct vls__envelope e;
    enum vls_code rc;

    *out = (struct vls__seen){.dot = NULL};
    memcpy(out->change, withdrawal->change, sizeof out->change);
    if ((rc = vls__envelope_by_id(s, withdrawal->change, &e, err)) != VLS_OK || e.n == 0 ||
        (rc = read_names(s, record, VLS_H_LIFE, &e, withdrawal->op, out, err)) != VLS_OK)
        goto out;
    for (size_t i = 0; i < out->n && !out->speaks && rc == VLS_OK; i++) {
        bool own;

        rc = is_of_life(s, record, &out->dot[i], &own, err);
        out->speaks = !own;
    }
    if (out->n > 1)
        qsort(out->dot, out->n, sizeof *out->dot, dot_cmp);
out:
    if (rc != VLS_OK)
        vls__seen_clear(out);
    return rc;
}

bool
vls__unseen(const struct vls__seen *seen, const struct vls_kind *kind, uint32_t field, const struct vls_dot *dot)
{
    const struct vls_field *f = vls_field_by_no(kind, (uint16_t)field);

    if (f != NULL && f->policy == VLS_P_DERIVED) /* says nothing that could be hidden */
        return false;
    if (!seen->speaks || field == VLS_H_LIFE || field == VLS_H_LIFE_REASON ||
        memcmp(dot->change, seen->change, sizeof seen->change) == 0)
        return false;
    return bsearch(dot, seen->dot, seen->n, sizeof *seen->dot, dot_cmp) == NULL;
}
