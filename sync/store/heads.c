/*
 * Heads of a compartment: the change sets that the next one depends on.
 */
#include "store_int.h"

static enum vls_code
with_compartment(struct vls_store *s, enum vls__sql id, int64_t compartment, int64_t envelope, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, compartment);
    vls__bind_int(&q, 2, envelope);
    return vls__sql_run(&q, NULL, err);
}

static enum vls_code
with_change(struct vls_store *s, enum vls__sql id, const uint8_t *change, int64_t compartment, int *n_changed,
            struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, change, VLS_CHANGE_ID_LEN);
    vls__bind_int(&q, 2, compartment);
    return vls__sql_run(&q, n_changed, err);
}

/* A head is a change set merged here that no other one merged here depends on. A dependency that was not
 * merged yet (sealed before we could read, for instance) is awaited, and is no head when it comes. */
enum vls_code
vls__heads_update(struct vls_store *s, int64_t compartment, const struct vls__envelope *e, const struct vls_change *c,
                  struct vls_error *err)
{
    struct vls__envelope dep;
    int awaited = 0;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < c->n_deps && rc == VLS_OK; i++) {
        const uint8_t *id = vls_change_dep(c, i);

        if ((rc = vls__envelope_by_id(s, id, &dep, err)) != VLS_OK)
            break;
        if (dep.n != 0 && dep.lamport != 0)
            rc = with_compartment(s, VLS__SQL_HEAD_DROP, compartment, dep.n, err);
        else
            rc = with_change(s, VLS__SQL_AWAIT, id, compartment, NULL, err);
    }
    if (rc == VLS_OK)
        rc = with_change(s, VLS__SQL_AWAITED_DROP, e->id, compartment, &awaited, err);
    if (rc == VLS_OK && awaited == 0)
        rc = with_compartment(s, VLS__SQL_HEAD_ADD, compartment, e->n, err);
    return rc;
}

enum vls_code
vls_store_heads(struct vls_store *s, const uint8_t compartment[VLS_ID_LEN], struct vls_buf *out, uint64_t *lamport,
                struct vls_error *err)
{
    struct vls__compartment *home = NULL;
    struct vls__stmt q;
    uint8_t id[VLS_HASH_LEN];
    bool row;
    enum vls_code rc;

    if ((rc = vls__compartment_by_id(s, compartment, &home, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_HEADS, err)) != VLS_OK)
        return rc;
    *lamport = home->lamport;
    vls__bind_int(&q, 1, home->n);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        vls__col_fixed(&q, 0, id, sizeof id);
        vls_buf_put(out, id, sizeof id);
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK)
        rc = vls_buf_ok(out, err);
    vls__sql_give(&q);
    return rc;
}
