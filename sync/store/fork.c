/*
 * Where chains fork: two envelopes with one number are two branches, each a row of its own, so that everything
 * that is kept for a chain is kept for a branch. Which of them came first here means nothing elsewhere.
 */
#include <string.h>

#include "store_int.h"

enum vls_code
vls__place(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls__place *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_PLACE, err);

    *out = (struct vls__place){.chain = 0};
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        out->chain = vls__col_int(&q, 0, 1, INT64_MAX);
        out->seq = (uint64_t)vls__col_int(&q, 1, 1, INT64_MAX);
        out->is_head = out->seq == (uint64_t)vls__col_int(&q, 2, 1, INT64_MAX);
        vls__col_fixed(&q, 3, out->device, sizeof out->device);
        vls__col_fixed(&q, 4, out->incarnation, sizeof out->incarnation);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    return rc;
}

static bool
is_before(const struct vls__place *p, const uint8_t *device, const uint8_t *incarnation, uint64_t seq)
{
    return p->seq + 1 == seq && memcmp(p->device, device, VLS_ID_LEN) == 0 &&
           memcmp(p->incarnation, incarnation, VLS_ID_LEN) == 0;
}

enum vls_code
vls_store_follows(struct vls_store *s, const uint8_t device[VLS_ID_LEN], const uint8_t incarnation[VLS_ID_LEN],
                  uint64_t seq, const uint8_t prev[VLS_HASH_LEN], enum vls_follows *out, struct vls_error *err)
{
    struct vls__place p;
    enum vls_code rc;

    *out = VLS_FOLLOWS;
    if (seq == 1)
        return VLS_OK;
    if ((rc = vls__place(s, prev, &p, err)) == VLS_OK && p.chain == 0)
        *out = VLS_FOLLOWS_LATER;
    else if (rc == VLS_OK && !is_before(&p, device, incarnation, seq))
        *out = VLS_FOLLOWS_NEVER;
    return rc;
}

/* A row for a branch that leaves another one behind place p, or begins anew. */
static enum vls_code
branch_add(struct vls_store *s, const struct vls_stored_envelope *e, const struct vls__place *p, int64_t *chain,
           struct vls_error *err)
{
    struct vls__stmt q;
    int64_t device;
    enum vls_code rc;

    if ((rc = vls__device_n(s, e->device, &device, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_CHAIN_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, device);
    vls__bind_blob(&q, 2, e->incarnation, VLS_ID_LEN);
    vls__bind_int(&q, 3, p->chain);
    vls__bind_int(&q, 4, (int64_t)p->seq);
    if ((rc = vls__sql_run(&q, NULL, err)) == VLS_OK)
        *chain = sqlite3_last_insert_rowid(s->db);
    return rc;
}

enum vls_code
vls__branch_for(struct vls_store *s, const struct vls_stored_envelope *e, int64_t *chain, struct vls_error *err)
{
    struct vls__place p = {.chain = 0};
    uint8_t head[VLS_HASH_LEN];
    uint64_t seq = 0;
    enum vls_code rc;

    if ((rc = vls__chain_n(s, e->device, e->incarnation, true, chain, err)) != VLS_OK || e->prev == NULL)
        return rc;
    if (e->seq == 1) {
        rc = vls_store_chain_head(s, e->device, e->incarnation, &seq, head, err);
        return rc != VLS_OK || seq == 0 ? rc : branch_add(s, e, &p, chain, err);
    }
    if ((rc = vls__place(s, e->prev, &p, err)) != VLS_OK)
        return rc;
    if (p.chain == 0 || !is_before(&p, e->device, e->incarnation, e->seq))
        return VLS_FAIL(err, VLS_EFORMAT, "envelope %llu without the one before it", (unsigned long long)e->seq);
    *chain = p.chain;
    return p.is_head ? VLS_OK : branch_add(s, e, &p, chain, err);
}

enum vls_code
vls__chain_leaves(struct vls_store *s, int64_t *chain, uint64_t *seq, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_CHAIN_LEAVES, err);

    *seq = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, *chain);
    *chain = 0;
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        *chain = vls__col_int(&q, 0, 0, INT64_MAX);
        *seq = (uint64_t)vls__col_int(&q, 1, 0, INT64_MAX);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_precedes(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], const uint8_t tip[VLS_HASH_LEN], bool *out,
                   struct vls_error *err)
{
    struct vls__place p, t;
    enum vls_code rc;

    *out = false;
    if ((rc = vls__place(s, id, &p, err)) != VLS_OK || p.chain == 0)
        return rc;
    rc = vls__place(s, tip, &t, err);
    while (rc == VLS_OK && t.chain != 0 && t.seq >= p.seq && !*out) {
        *out = t.chain == p.chain;
        if (!*out)
            rc = vls__chain_leaves(s, &t.chain, &t.seq, err);
    }
    return rc;
}

enum vls_code
vls_store_own_up(struct vls_store *s, const uint8_t device[VLS_ID_LEN], const uint8_t id[VLS_HASH_LEN],
                 struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n;
    enum vls_code rc;

    if ((rc = vls__device_n(s, device, &n, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_OWN_UP, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    vls__bind_blob(&q, 2, id, VLS_HASH_LEN);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_lives(struct vls_store *s, vls_life_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls_life l = {.n = 0};
    bool row;
    enum vls_code rc;

    do {
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, VLS__SQL_LIVES, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, l.n);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            l.n = vls__col_int(&q, 0, 1, INT64_MAX);
            vls__col_fixed(&q, 1, l.device, sizeof l.device);
            vls__col_fixed(&q, 2, l.incarnation, sizeof l.incarnation);
            l.fork = (unsigned)vls__col_int(&q, 3, 0, INT32_MAX);
            l.wall_unix_s = vls__col_int(&q, 4, INT64_MIN, INT64_MAX);
            l.owned = vls__col_int(&q, 5, 0, 1) == 1;
            rc = vls__sql_ok(&q, err);
        }
        vls__sql_give(&q);
        if (rc == VLS_OK && row)
            rc = fn(ctx, &l, err);
    } while (rc == VLS_OK && row);
    return rc;
}
