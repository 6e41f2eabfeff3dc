/*
 * Chains and what is known about who has seen them: heads and receipts; and the sealed keys. Where a chain
 * forks is fork.c.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

static enum vls_code
chain_find(struct vls_store *s, int64_t device, const uint8_t incarnation[VLS_ID_LEN], int64_t *n,
           struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_CHAIN_FIND, err);

    *n = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, device);
    vls__bind_blob(&q, 2, incarnation, VLS_ID_LEN);
    return vls__sql_int(&q, 1, INT64_MAX, n, err);
}

enum vls_code
vls__chain_n(struct vls_store *s, const uint8_t device[VLS_ID_LEN], const uint8_t incarnation[VLS_ID_LEN], bool make,
             int64_t *n, struct vls_error *err)
{
    struct vls__stmt q;
    int64_t device_n = 0;
    enum vls_code rc;

    *n = 0;
    rc = make ? vls__device_n(s, device, &device_n, err) : vls__device_find(s, device, &device_n, err);
    if (rc != VLS_OK || device_n == 0)
        return rc;
    if ((rc = chain_find(s, device_n, incarnation, n, err)) != VLS_OK || *n != 0 || !make)
        return rc;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_CHAIN_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, device_n);
    vls__bind_blob(&q, 2, incarnation, VLS_ID_LEN);
    vls__bind_int(&q, 3, 0);
    vls__bind_int(&q, 4, 0);
    rc = vls__sql_run(&q, NULL, err);
    *n = sqlite3_last_insert_rowid(s->db);
    return rc;
}

enum vls_code
vls_store_chain_head(struct vls_store *s, const uint8_t device[VLS_ID_LEN], const uint8_t incarnation[VLS_ID_LEN],
                     uint64_t *seq, uint8_t head[VLS_HASH_LEN], struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n = 0;
    bool row;
    enum vls_code rc = vls__chain_n(s, device, incarnation, false, &n, err);

    *seq = 0;
    memset(head, 0, VLS_HASH_LEN);
    if (rc != VLS_OK || n == 0)
        return rc;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_CHAIN_HEAD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        *seq = (uint64_t)vls__col_int(&q, 0, 1, INT64_MAX);
        vls__col_fixed(&q, 1, head, VLS_HASH_LEN);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    return rc;
}

/* ---- who has seen what ---- */

static enum vls_code
seen_of(struct vls_store *s, int64_t chain, int64_t by, uint64_t *seq, struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n = 0;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_SEEN_OF, err);

    *seq = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, chain);
    vls__bind_int(&q, 2, by);
    rc = vls__sql_int(&q, 0, INT64_MAX, &n, err);
    *seq = (uint64_t)n;
    return rc;
}

static enum vls_code
seen_add(struct vls_store *s, const struct vls__place *p, int64_t by, int64_t wall_unix_s, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_SEEN_ADD, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, p->chain);
    vls__bind_int(&q, 2, by);
    vls__bind_int(&q, 3, (int64_t)p->seq);
    vls__bind_int(&q, 4, wall_unix_s);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_seen(struct vls_store *s, const uint8_t by[VLS_ID_LEN], const uint8_t id[VLS_HASH_LEN], int64_t wall_unix_s,
               struct vls_error *err)
{
    struct vls__place p;
    uint64_t before = 0;
    int64_t by_n = 0;
    bool own;
    enum vls_code rc;

    if ((rc = vls__place(s, id, &p, err)) != VLS_OK || p.chain == 0 || (rc = vls__scope_begin(s, &own, err)) != VLS_OK)
        return rc;
    if ((rc = vls__device_n(s, by, &by_n, err)) == VLS_OK)
        rc = seen_add(s, &p, by_n, wall_unix_s, err);
    /* a branch was seen with everything below it */
    while (rc == VLS_OK && (rc = vls__chain_leaves(s, &p.chain, &p.seq, err)) == VLS_OK && p.seq > 0 &&
           (rc = seen_of(s, p.chain, by_n, &before, err)) == VLS_OK && before < p.seq)
        rc = seen_add(s, &p, by_n, wall_unix_s, err);
    return vls__scope_end(s, own, rc, err);
}

enum vls_code
vls_store_seen_of(struct vls_store *s, const uint8_t by[VLS_ID_LEN], const uint8_t id[VLS_HASH_LEN], uint64_t *seq,
                  struct vls_error *err)
{
    struct vls__place p;
    int64_t by_n = 0;
    enum vls_code rc;

    *seq = 0;
    if ((rc = vls__device_find(s, by, &by_n, err)) != VLS_OK || by_n == 0 || (rc = vls__place(s, id, &p, err)) != VLS_OK ||
        p.chain == 0)
        return rc;
    return seen_of(s, p.chain, by_n, seq, err);
}

enum vls_code
vls_store_receipts(struct vls_store *s, const struct vls_dot *dot, vls_receipt_fn *fn, void *ctx,
                   struct vls_error *err)
{
    struct vls__arena arena = {0};
    struct vls_receipt *all = NULL;
    struct vls__stmt q;
    size_t n = 0, cap = 0;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RECEIPTS, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, dot->change, VLS_CHANGE_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&all, &cap, n, 1, sizeof *all)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for receipts");
            break;
        }
        all[n].delegation = vls__arena_str(&arena, vls__col_text(&q, 0));
        all[n].post = vls__arena_str(&arena, vls__col_text(&q, 1));
        all[n].wall_unix_s = vls__col_int(&q, 2, INT64_MIN, INT64_MAX);
        n++;
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK && arena.bad)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for receipts");
    vls__sql_give(&q);
    for (size_t i = 0; i < n && rc == VLS_OK; i++)
        rc = fn(ctx, &all[i], err);
    free(all);
    vls__arena_clear(&arena);
    return rc;
}

/* ---- keys ---- */

enum vls_code
vls_store_key_put(struct vls_store *s, const char *purpose, struct vls_slice id, struct vls_slice sealed,
                  struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, sealed.n > 0 ? VLS__SQL_KEY_PUT : VLS__SQL_KEY_DROP, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, purpose);
    vls__bind_blob(&q, 2, id.p, id.n);
    if (sealed.n > 0)
        vls__bind_blob(&q, 3, sealed.p, sealed.n);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_key_has(struct vls_store *s, const char *purpose, struct vls_slice id, bool *out, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_KEY_HAS, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, purpose);
    vls__bind_blob(&q, 2, id.p, id.n);
    rc = vls__sql_step(&q, out, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_key_count(struct vls_store *s, const char *purpose, uint64_t *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_KEY_COUNT, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, purpose);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        *out = (uint64_t)vls__col_int(&q, 0, 0, INT64_MAX);
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_keys(struct vls_store *s, const char *purpose, vls_key_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls__arena arena = {0};
    int64_t n = 0;
    bool row;
    enum vls_code rc;

    do {
        struct vls_slice id = {NULL, 0}, sealed = {NULL, 0};
        struct vls__stmt q;

        vls__arena_clear(&arena);
        if ((rc = vls__sql_take(&q, s, VLS__SQL_KEY_NEXT, err)) != VLS_OK)
            break;
        vls__bind_text(&q, 1, purpose);
        vls__bind_int(&q, 2, n);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            n = vls__col_int(&q, 0, 1, INT64_MAX);
            id = vls__arena_copy(&arena, vls__col_blob(&q, 1));
            sealed = vls__arena_copy(&arena, vls__col_blob(&q, 2));
            if ((rc = vls__sql_ok(&q, err)) == VLS_OK && arena.bad)
                rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a key");
        }
        vls__sql_give(&q);
        if (rc == VLS_OK && row)
            rc = fn(ctx, id, sealed, err);
    } while (rc == VLS_OK && row);
    vls__arena_clear(&arena);
    return rc;
}
