/*
 * Remotes: names and addresses, and how far each holds every chain. What one lacks is found from these
 * watermarks, so that it costs what is new and not the history (I9).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define TIP_MAX 64

static enum vls_code
remote_n(struct vls_store *s, const char *name, int64_t *n, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_REMOTE_FIND, err);

    *n = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, name);
    rc = vls__sql_int(&q, 1, INT64_MAX, n, err);
    if (rc == VLS_OK && *n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no remote “%s”", name);
    return rc;
}

static enum vls_code
run_on(struct vls_store *s, enum vls__sql id, int64_t n, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_remote_add(struct vls_store *s, const char *name, const char *url, struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n;
    enum vls_code rc = remote_n(s, name, &n, err);

    if (rc == VLS_OK)
        return VLS_FAIL(err, VLS_EEXIST, "there is a remote “%s” already", name);
    if (rc != VLS_ENOTFOUND || (rc = vls__sql_take(&q, s, VLS__SQL_REMOTE_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, name);
    vls__bind_text(&q, 2, url);
    return vls__sql_run(&q, NULL, err);
}

/* Forgets what is known of what it holds, and does one thing more. */
static enum vls_code
forget_and(struct vls_store *s, const char *name, enum vls__sql more, struct vls_error *err)
{
    int64_t n;
    bool own;
    enum vls_code rc = vls__scope_begin(s, &own, err);

    if (rc != VLS_OK)
        return rc;
    if ((rc = remote_n(s, name, &n, err)) == VLS_OK && (rc = run_on(s, VLS__SQL_REMOTE_LACKS, n, err)) == VLS_OK)
        rc = run_on(s, more, n, err);
    return vls__scope_end(s, own, rc, err);
}

enum vls_code
vls_store_remote_remove(struct vls_store *s, const char *name, struct vls_error *err)
{
    return forget_and(s, name, VLS__SQL_REMOTE_REMOVE, err);
}

enum vls_code
vls_store_remote_mark(struct vls_store *s, const char *name, const char *tip, int64_t contact_unix,
                      struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n;
    enum vls_code rc;

    if (strlen(tip) > TIP_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "a tip of %zu characters", strlen(tip));
    if ((rc = remote_n(s, name, &n, err)) != VLS_OK || (rc = vls__sql_take(&q, s, VLS__SQL_REMOTE_MARK, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    vls__bind_text(&q, 2, tip);
    vls__bind_int(&q, 3, contact_unix);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_remote_has(struct vls_store *s, const char *name, const uint8_t id[VLS_HASH_LEN], bool *rose,
                     struct vls_error *err)
{
    struct vls__stmt q;
    struct vls__place p;
    int64_t n;
    bool row;
    enum vls_code rc;

    if (rose != NULL)
        *rose = false;
    if ((rc = remote_n(s, name, &n, err)) != VLS_OK || (rc = vls__place(s, id, &p, err)) != VLS_OK || p.chain == 0 ||
        (rc = vls__sql_take(&q, s, VLS__SQL_REMOTE_HAS, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    vls__bind_int(&q, 2, p.chain);
    vls__bind_int(&q, 3, (int64_t)p.seq);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row && rose != NULL)
        *rose = vls__col_int(&q, 0, 0, INT64_MAX) == (int64_t)p.seq;
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_remote_reset(struct vls_store *s, const char *name, struct vls_error *err)
{
    return forget_and(s, name, VLS__SQL_REMOTE_TIP, err);
}

enum vls_code
vls_store_remote_recount(struct vls_store *s, const char *name, struct vls_error *err)
{
    int64_t n;
    enum vls_code rc = remote_n(s, name, &n, err);

    return rc != VLS_OK ? rc : run_on(s, VLS__SQL_REMOTE_ASIDE, n, err);
}

enum vls_code
vls_store_remote_recounted(struct vls_store *s, const char *name, uint64_t *missing, struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n, found = -1;
    enum vls_code rc;

    *missing = UINT64_MAX;
    if ((rc = remote_n(s, name, &n, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_REMOTE_MISSING, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    if ((rc = vls__sql_int(&q, 0, INT64_MAX, &found, err)) != VLS_OK)
        return rc;
    *missing = (uint64_t)found;
    return run_on(s, VLS__SQL_REMOTE_LACKS, -n, err);
}

static enum vls_code
count_to_send(struct vls_store *s, int64_t remote, uint64_t *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_TO_SEND_COUNT, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, remote);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        *out = (uint64_t)vls__col_int(&q, 0, 0, INT64_MAX);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_remotes(struct vls_store *s, vls_stored_remote_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls__arena arena = {0};
    const char *last = "";
    bool row;
    enum vls_code rc;

    do {
        struct vls_stored_remote r = {0};
        struct vls__stmt q;
        int64_t n = 0;

        if ((rc = vls__sql_take(&q, s, VLS__SQL_REMOTE_NEXT, err)) != VLS_OK)
            break;
        vls__bind_text(&q, 1, last);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            n = vls__col_int(&q, 0, 1, INT64_MAX);
            r.name = last = vls__arena_str(&arena, vls__col_text(&q, 1));
            r.url = vls__arena_str(&arena, vls__col_text(&q, 2));
            (void)snprintf(r.tip, sizeof r.tip, "%.64s", vls__col_text(&q, 3));
            r.last_contact_unix = vls__col_int(&q, 4, INT64_MIN, INT64_MAX);
            if ((rc = vls__sql_ok(&q, err)) == VLS_OK && arena.bad)
                rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a remote");
        }
        vls__sql_give(&q);
        if (rc == VLS_OK && row && (rc = count_to_send(s, n, &r.n_waiting, err)) == VLS_OK)
            rc = fn(ctx, &r, err);
    } while (rc == VLS_OK && row);
    vls__arena_clear(&arena);
    return rc;
}

/* Hands over the envelopes whose numbers a statement yields, and ends it. */
static enum vls_code
envelopes_by(struct vls_store *s, struct vls__stmt *q, vls_stored_fn *fn, void *ctx, struct vls_error *err)
{
    int64_t *all = NULL;
    size_t n = 0, cap = 0;
    bool row;
    enum vls_code rc;

    while ((rc = vls__sql_step(q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&all, &cap, n, 1, sizeof *all)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for what is to be sent");
            break;
        }
        all[n++] = vls__col_int(q, 0, 1, INT64_MAX);
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(q, err);
    vls__sql_give(q);
    if (rc == VLS_OK)
        rc = vls__envelopes_of(s, all, n, fn, ctx, err);
    free(all);
    return rc;
}

enum vls_code
vls_store_to_send(struct vls_store *s, const char *name, vls_stored_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls__stmt q;
    int64_t remote;
    enum vls_code rc;

    if ((rc = remote_n(s, name, &remote, err)) != VLS_OK || (rc = vls__sql_take(&q, s, VLS__SQL_TO_SEND, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, remote);
    return envelopes_by(s, &q, fn, ctx, err);
}

enum vls_code
vls_store_unconfirmed(struct vls_store *s, const uint8_t me[VLS_ID_LEN], vls_stored_fn *fn, void *ctx,
                      struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_UNCONFIRMED, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, me, VLS_ID_LEN);
    return envelopes_by(s, &q, fn, ctx, err);
}
