/*
 * Envelopes that came before what they build on. They are tried chain by chain in the order of their
 * numbers, so that a whole history in any order costs each of them one more look, and not one for
 * every other: the order in which a host hands things out must not be able to keep us busy (I8, I9).
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

struct waiter {
    uint8_t device[VLS_ID_LEN], incarnation[VLS_ID_LEN], id[VLS_HASH_LEN], prev[VLS_HASH_LEN];
    uint64_t seq;
};

struct room {
    struct waiter *v;
    size_t n, cap;
};

static enum vls_code
room_add(void *ctx, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes, struct vls_error *err)
{
    struct room *room = ctx;
    struct vls_envelope env;
    struct waiter *w;

    if (vls_envelope_read(&env, bytes, NULL) != VLS_OK)
        return VLS_OK; /* a newer version will know what to do with it */
    if (!vls_room(&room->v, &room->cap, room->n, 1, sizeof *room->v))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for what waits");
    w = &room->v[room->n++];
    memcpy(w->device, env.device, sizeof w->device);
    memcpy(w->incarnation, env.incarnation, sizeof w->incarnation);
    memcpy(w->id, id, sizeof w->id);
    memcpy(w->prev, env.prev, sizeof w->prev);
    w->seq = env.seq;
    return VLS_OK;
}

static int
chain_order(const void *a, const void *b)
{
    const struct waiter *x = a, *y = b;
    int c = memcmp(x->device, y->device, VLS_ID_LEN);

    return c != 0 ? c : memcmp(x->incarnation, y->incarnation, VLS_ID_LEN);
}

static int
waiter_order(const void *a, const void *b)
{
    const struct waiter *x = a, *y = b;
    int c = chain_order(a, b);

    if (c != 0)
        return c;
    return x->seq != y->seq ? (x->seq < y->seq ? -1 : 1) : memcmp(x->id, y->id, VLS_HASH_LEN);
}

static enum vls_code
try_one(struct receiver *r, const struct waiter *w, struct vls_buf *bytes, bool *waits, struct vls_error *err)
{
    enum vls_code rc;

    vls_buf_reset(bytes);
    if ((rc = vls_store_wait_get(r->e->store, w->id, bytes, err)) != VLS_OK ||
        (rc = vls__receive_again(r, vls_buf_slice(bytes), waits, err)) != VLS_OK || *waits)
        return rc;
    return vls_store_wait_done(r->e->store, w->id, err);
}

/* Whether the one before w is among the first n, which are sorted. */
static bool
waits_behind(const struct waiter *w, const struct waiter *v, size_t n)
{
    struct waiter before = *w;

    before.seq = w->seq - 1;
    memcpy(before.id, w->prev, sizeof before.id);
    return n > 0 && w->seq > 1 && bsearch(&before, v, n, sizeof *v, waiter_order) != NULL;
}

/* Goes once through all that wait and keeps those that still do. Behind one that waits nothing of its
 * branch can go; other branches of the chain can. */
static enum vls_code
try_all(struct receiver *r, struct room *room, struct vls_buf *bytes, bool *moved, struct vls_error *err)
{
    size_t kept = 0;
    enum vls_code rc = VLS_OK;

    *moved = false;
    for (size_t i = 0; i < room->n && rc == VLS_OK; i++) {
        struct waiter *w = &room->v[i];
        bool waits = waits_behind(w, room->v, kept);

        if (!waits)
            rc = try_one(r, w, bytes, &waits, err);
        if (waits)
            room->v[kept++] = *w;
        else
            *moved = true;
    }
    room->n = kept;
    return rc;
}

/* What could be opened once, but lacked what it builds on, is looked at again; nothing else is (I9). */
static enum vls_code
retry_unreadable(struct vls_engine *e, struct vls_error *err)
{
    struct vls_buf flag;
    bool wanted;
    enum vls_code rc;

    vls_buf_init(&flag, 16);
    rc = vls_store_meta_get(e->store, META_RETRY, &flag, err);
    wanted = rc == VLS_OK && flag.n > 0;
    vls_buf_clear(&flag);
    if (!wanted)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc;
    rc = vls_store_meta_put(e->store, META_RETRY, vls_slice_of(NULL, 0), err);
    return rc != VLS_OK ? rc : vls__receive_unreadable(e, err);
}

enum vls_code
vls__receive_waiting(struct receiver *r, struct vls_error *err)
{
    struct room room = {NULL, 0, 0};
    struct vls_buf bytes;
    bool moved = true;
    uint64_t n = 0;
    enum vls_code rc;

    vls_buf_init(&bytes, VLS_ENVELOPE_MAX);
    if ((rc = vls_store_waiting(r->e->store, room_add, &room, &n, err)) == VLS_OK && room.n > 0)
        qsort(room.v, room.n, sizeof *room.v, waiter_order);
    while (rc == VLS_OK && moved && room.n > 0)
        rc = try_all(r, &room, &bytes, &moved, err);
    if (rc == VLS_OK)
        rc = retry_unreadable(r->e, err);
    if (rc == VLS_OK)
        rc = vls_store_waiting(r->e->store, NULL, NULL, &n, err);
    r->result->waiting = n;
    free(room.v);
    vls_buf_clear(&bytes);
    return rc;
}

/* ---- what is lacking ---- */

/* What w lacks of its chain: from behind what is here or waits, at least the one before it. *any: false when it lacks
 * something else. */
static enum vls_code
gap_of(struct vls_engine *e, const struct room *room, size_t i, struct vls_gap *gap, bool *any, struct vls_error *err)
{
    const struct waiter *w = &room->v[i];
    enum vls_follows follows = VLS_FOLLOWS;
    uint8_t head[VLS_HASH_LEN];
    uint64_t have = 0;
    enum vls_code rc;

    *any = false;
    if (waits_behind(w, room->v, i))
        return VLS_OK;
    rc = vls_store_follows(e->store, w->device, w->incarnation, w->seq, w->prev, &follows, err);
    if (rc != VLS_OK || follows != VLS_FOLLOWS_LATER)
        return rc;
    if (i > 0 && chain_order(&room->v[i - 1], w) == 0)
        have = room->v[i - 1].seq; /* a hole between two that wait */
    else if ((rc = vls_store_chain_head(e->store, w->device, w->incarnation, &have, head, err)) != VLS_OK)
        return rc;
    gap->last = w->seq - 1;
    gap->first = have < gap->last ? have + 1 : gap->last;
    *any = true;
    return VLS_OK;
}

struct naming {
    struct vls_engine *e;
    const struct room *room;
    vls_gap_fn *fn;
    void *ctx;
    size_t n;      /* named so far */
    uint64_t more; /* not named */
};

/* Of one device, or of all that nobody knows here: v[from] up to v[to]. */
static enum vls_code
name_some(struct naming *g, size_t from, size_t to, const struct vls_member_device *d, size_t *of_it,
          struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = from; i < to && rc == VLS_OK; i++) {
        struct vls_gap gap = {.delegation = d != NULL ? d->delegation : "", .post = d != NULL ? d->post : ""};
        bool any;

        if ((rc = gap_of(g->e, g->room, i, &gap, &any, err)) != VLS_OK || !any)
            continue;
        if (*of_it == VLS_GAPS_EACH || g->n == VLS_GAPS_MAX) {
            g->more++;
            continue;
        }
        ++*of_it;
        g->n++;
        rc = g->fn(g->ctx, &gap, err);
    }
    return rc;
}

/* Those of colleagues, or those of strangers: whoever makes up devices or lives without end hides nobody else's. */
static enum vls_code
name_gaps(struct naming *g, bool colleagues, struct vls_error *err)
{
    size_t of_strangers = 0;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0, to; i < g->room->n && rc == VLS_OK; i = to) {
        const struct waiter *v = g->room->v;
        const struct vls_member_device *d =
            g->e->members != NULL ? vls_members_device(g->e->members, v[i].device) : NULL;
        size_t of_it = 0;

        for (to = i + 1; to < g->room->n && memcmp(v[to].device, v[i].device, VLS_ID_LEN) == 0;)
            to++;
        if ((d != NULL) == colleagues)
            rc = name_some(g, i, to, d, d != NULL ? &of_it : &of_strangers, err);
    }
    return rc;
}

/* Before the first that waits of each branch; what waits behind it lacks nothing else of it that could be named. */
enum vls_code
vls_engine_gaps(struct vls_engine *e, vls_gap_fn *fn, void *ctx, uint64_t *more, struct vls_error *err)
{
    struct room room = {NULL, 0, 0};
    struct naming g = {.e = e, .room = &room, .fn = fn, .ctx = ctx};
    uint64_t n = 0;
    enum vls_code rc = vls_store_waiting(e->store, room_add, &room, &n, err);

    if (rc == VLS_OK && room.n > 0)
        qsort(room.v, room.n, sizeof *room.v, waiter_order);
    if (rc == VLS_OK && (rc = name_gaps(&g, true, err)) == VLS_OK)
        rc = name_gaps(&g, false, err);
    *more = g.more;
    free(room.v);
    return rc;
}
