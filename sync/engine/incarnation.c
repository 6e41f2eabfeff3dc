/*
 * Lives of a store: a chain of envelopes belongs to one of them. A store that was put back, copied or opened
 * with its recovery code must not go on with numbers that another copy of it may have used. What others have of
 * our own chain shows it, and what we have of theirs is told to people.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

/* The newest envelope that is here of the present incarnation; none: the one noted before stays. */
static enum vls_code
newest_here(struct vls_engine *e, uint8_t head[VLS_HASH_LEN], bool *any, struct vls_error *err)
{
    uint64_t seq = 0;
    enum vls_code rc = vls_store_chain_head(e->store, e->me.device, e->incarnation, &seq, head, err);

    *any = seq > 0;
    return rc;
}

enum vls_code
vls__engine_new_life(struct vls_engine *e, const uint8_t *former, struct vls_error *err)
{
    uint8_t head[VLS_HASH_LEN];
    bool any = former != NULL;
    enum vls_code rc = VLS_OK;

    if (any)
        memcpy(head, former, sizeof head);
    else
        rc = newest_here(e, head, &any, err);
    if (rc == VLS_OK && any)
        rc = vls_store_meta_put(e->store, META_FORMER, vls_slice_of(head, sizeof head), err);
    if (rc != VLS_OK)
        return rc;
    vls_random(e->incarnation, sizeof e->incarnation);  /* going back loads the former one again */
    if ((rc = vls__engine_self_save(e, err)) == VLS_OK) /* the next sync says it, whatever else it has to say */
        rc = vls_store_meta_put(e->store, META_UNACKED, vls_slice_str("1"), err);
    return rc;
}

/* ---- our own chain, as others have it ---- */

static bool
is_present_life(const struct vls_engine *e, const uint8_t *device, const uint8_t *incarnation)
{
    /* a life that is over may lie about in several copies; public values */
    return memcmp(device, e->me.device, VLS_ID_LEN) == 0 && memcmp(incarnation, e->incarnation, VLS_ID_LEN) == 0;
}

enum vls_code
vls__own_news(struct receiver *r, const struct vls_head *h, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    bool found = false;
    enum vls_code rc;

    if (!is_present_life(e, h->device, h->incarnation))
        return VLS_OK;
    if ((rc = vls_store_envelope_find(e->store, h->id, &found, NULL, err)) != VLS_OK || found)
        return rc;
    if (r->own.seq == 0 && (rc = vls_store_chain_head(e->store, e->me.device, e->incarnation, &r->own_head.seq,
                                                      r->own_head.id, err)) != VLS_OK)
        return rc;
    if (h->seq > r->own.seq)
        r->own = *h;
    return VLS_OK;
}

struct branches {
    const struct vls_engine *e;
    bool open; /* one that came from elsewhere, and no later life has named it */
};

static enum vls_code
branch_look(void *ctx, const struct vls_life *l, struct vls_error *err)
{
    struct branches *b = ctx;

    (void)err;
    if (l->fork > 0 && !l->owned && is_present_life(b->e, l->device, l->incarnation))
        b->open = true;
    return VLS_OK;
}

/* Another copy of this store has taken another life and has named what it had said under ours: then this one, whose own
 * branch nobody went on with, may keep it. */
static enum vls_code
may_go_on(const struct receiver *r, bool *out, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct branches b = {e, false};
    uint8_t head[VLS_HASH_LEN];
    uint64_t seq = 0;
    bool found = false;
    enum vls_code rc;

    *out = false;
    if ((rc = vls_store_envelope_find(e->store, r->own.id, &found, NULL, err)) != VLS_OK || !found ||
        (rc = vls_store_chain_head(e->store, e->me.device, e->incarnation, &seq, head, err)) != VLS_OK ||
        (rc = vls_store_lives(e->store, branch_look, &b, err)) != VLS_OK)
        return rc;
    *out = !b.open && seq == r->own_head.seq && memcmp(head, r->own_head.id, sizeof head) == 0;
    return VLS_OK;
}

enum vls_code
vls__own_settle(struct receiver *r, struct vls_error *err)
{
    bool keeps = false;
    enum vls_code rc;

    if (r->own.seq == 0)
        return VLS_OK;
    if ((rc = may_go_on(r, &keeps, err)) != VLS_OK || keeps)
        return rc;
    if ((rc = vls__engine_new_life(r->e, r->own.id, err)) == VLS_OK)
        r->result->was_older = true;
    return rc;
}

enum vls_code
vls__engine_new_incarnation(struct vls_engine *e, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = vls_store_begin(e->store, err)) != VLS_OK)
        return rc;
    if ((rc = vls__engine_new_life(e, NULL, err)) == VLS_OK)
        return vls_store_commit(e->store, err);
    vls_store_rollback(e->store);
    return rc;
}

/* ---- what is told about it ---- */

struct lives {
    struct vls_life *v;
    size_t n, cap;
};

static enum vls_code
live_add(void *ctx, const struct vls_life *l, struct vls_error *err)
{
    struct lives *all = ctx;

    if (!vls_room(&all->v, &all->cap, all->n, 1, sizeof *all->v))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the chains");
    all->v[all->n++] = *l;
    return VLS_OK;
}

static int
life_order(const void *a, const void *b)
{
    const struct vls_life *x = *(const struct vls_life *const *)a, *y = *(const struct vls_life *const *)b;
    int c = memcmp(x->device, y->device, VLS_ID_LEN); /* public values */

    if (c == 0)
        c = memcmp(x->incarnation, y->incarnation, VLS_ID_LEN);
    return c != 0 ? c : (x->n > y->n) - (x->n < y->n);
}

static bool
same(const struct vls_life *a, const struct vls_life *b, bool incarnation)
{
    return memcmp(a->device, b->device, VLS_ID_LEN) == 0 &&
           (!incarnation || memcmp(a->incarnation, b->incarnation, VLS_ID_LEN) == 0);
}

/* How many of n in order are of the first one's device, or incarnation. */
static size_t
run_of(const struct vls_life *const *v, size_t n, bool incarnation)
{
    size_t i = 1;

    while (i < n && same(v[0], v[i], incarnation))
        i++;
    return i;
}

#define NO_INCIDENT 0xff

/* The branches of one incarnation, of which another one of the device became known before: number 0 for none. Of a
 * forked chain the newest branch stands for all. */
static void
judge_branches(uint8_t *kinds, const struct vls_life *first, const struct vls_life *const *v, size_t n, int64_t other)
{
    size_t n_open = 0;

    for (size_t i = 0; i < n; i++)
        n_open += !v[i]->owned;
    for (size_t i = 0; i < n; i++) {
        bool twins = v[i]->fork > 0 && i + 1 == n && n_open > 1;
        bool copy = v[i]->fork == 0 && other != 0 && other < v[i]->n;

        kinds[v[i] - first] = (uint8_t)(twins ? VLS_INCIDENT_TWINS : copy ? VLS_INCIDENT_NEW_COPY : NO_INCIDENT);
    }
}

static void
judge_device(uint8_t *kinds, const struct vls_life *first, const struct vls_life *const *v, size_t n)
{
    int64_t oldest = 0, second = 0; /* the numbers of the two incarnations that became known first */

    for (size_t at = 0; at < n; at += run_of(v + at, n - at, true)) {
        if (oldest == 0 || v[at]->n < oldest) {
            second = oldest;
            oldest = v[at]->n;
        } else if (second == 0 || v[at]->n < second) {
            second = v[at]->n;
        }
    }
    for (size_t at = 0, len; at < n; at += len) {
        len = run_of(v + at, n - at, true);
        judge_branches(kinds, first, v + at, len, v[at]->n == oldest ? second : oldest);
    }
}

/* What each life means beside the others; in kinds, NO_INCIDENT for nothing. A member can make any number of them, so
 * they are not compared each with each. */
static enum vls_code
lives_judge(const struct lives *all, uint8_t *kinds, struct vls_error *err)
{
    const struct vls_life **v = malloc((all->n + 1) * sizeof *v);

    if (v == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the chains");
    for (size_t i = 0; i < all->n; i++)
        v[i] = &all->v[i];
    qsort(v, all->n, sizeof *v, life_order);
    for (size_t at = 0, len; at < all->n; at += len) {
        len = run_of(v + at, all->n - at, false);
        judge_device(kinds, all->v, v + at, len);
    }
    free(v);
    return VLS_OK;
}

enum vls_code
vls_engine_incidents(struct vls_engine *e, int64_t since, int64_t *newest, vls_incident_fn *fn, void *ctx,
                     struct vls_error *err)
{
    struct lives all = {NULL, 0, 0};
    uint8_t *kinds = NULL;
    enum vls_code rc = vls__engine_fresh(e, err);

    if (newest != NULL)
        *newest = 0;
    if (rc == VLS_OK)
        rc = vls_store_lives(e->store, live_add, &all, err);
    if (rc == VLS_OK && newest != NULL && all.n > 0)
        *newest = all.v[all.n - 1].n;
    if (rc == VLS_OK && fn != NULL)
        rc = (kinds = malloc(all.n + 1)) != NULL ? lives_judge(&all, kinds, err)
                                                 : VLS_FAIL(err, VLS_ENOMEM, "no memory for the chains");
    for (size_t i = 0; fn != NULL && e->members != NULL && i < all.n && rc == VLS_OK; i++) {
        const struct vls_life *l = &all.v[i];
        const struct vls_member_device *d = vls_members_device(e->members, l->device);
        struct vls_incident in = {.n = l->n, .wall_unix_s = l->wall_unix_s};

        if (l->n <= since || d == NULL || kinds[i] == NO_INCIDENT)
            continue;
        in.kind = (enum vls_incident_kind)kinds[i];
        in.delegation = d->delegation;
        in.post = d->post;
        in.me = memcmp(l->device, e->me.device, VLS_ID_LEN) == 0;
        in.elsewhere = in.me && memcmp(l->incarnation, e->incarnation, VLS_ID_LEN) != 0;
        rc = fn(ctx, &in, err);
    }
    free(kinds);
    free(all.v);
    return rc;
}

enum vls_code
vls_engine_restore(struct vls_secret **master, const struct vls_places *places, const struct vls_secret *code,
                   const struct vls_secret *passphrase, struct vls_error *err)
{
    struct vls_engine *e = NULL;
    char keys[ENGINE_PATH_LEN];
    enum vls_code rc;

    *master = NULL;
    if ((rc = vls__engine_keys_path(keys, places, err)) != VLS_OK ||
        (rc = vls_keyfile_open_recovery(master, NULL, keys, code, err)) != VLS_OK ||
        (rc = vls_engine_open(&e, places, *master, err)) != VLS_OK)
        goto out;
    /* opening may have begun one already */
    if (e->notice == VLS_NOTICE_NONE)
        rc = vls__engine_new_incarnation(e, err);
    if (rc == VLS_OK)
        rc = vls_keyfile_set_passphrase(keys, *master, passphrase, NULL, err);
out:
    vls_engine_close(e);
    if (rc != VLS_OK) {
        vls_secret_free(*master);
        *master = NULL;
    }
    return rc;
}
