/*
 * The lies of a host: pieces changed, forged, repeated, withheld and put in another order, other pasts, emptied and
 * replaced hubs; and what makes it honest again.
 */
#include "sim.h"

#include "host.h"

/* A piece that was changed on the way and named anew. */
static size_t
changed_piece(struct sim *s, size_t piece, bool flip)
{
    struct host *h = s->host;
    size_t n = h->piece[piece].n, made;
    uint8_t *copy = calloc(1, n + 4096);

    assert_non_null(copy);
    memcpy(copy, h->piece[piece].p, n);
    if (flip)
        copy[sim_below(s, n)] ^= (uint8_t)(1u << sim_below(s, 8));
    else if (sim_chance(s, 50))
        n = 1 + sim_below(s, n - 1); /* whole, it would be no lie */
    else
        n += 1 + sim_below(s, 4000);
    made = host_piece(h, copy, n, false);
    free(copy);
    return made;
}

/* A packet that opens, as a member who helps the host can make one: with an envelope in the name of another, one
 * from far ahead, or no envelope at all. */
static size_t
forged_piece(struct sim *s)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];
    struct device *by = sim_member(s), *as = sim_member(s);
    struct vls_envelope_draft d = {.kind = VLS_ENV_ACK, .group = by->e->door.group};
    uint8_t prev[VLS_HASH_LEN], id[VLS_HASH_LEN], junk[200];
    struct vls_buf env, blob;
    struct vls_secret *sk = NULL;
    uint8_t pk[VLS_SIGN_PK_LEN];
    size_t made;

    vls_buf_init(&env, VLS_ENVELOPE_MAX);
    vls_buf_init(&blob, 1 << 20);
    SIM_OK(s, vls_sign_keypair(pk, &sk, &s->err));
    d.device = as->e->me.device;
    d.incarnation = as->e->incarnation;
    SIM_OK(s, vls_store_chain_head(by->e->store, d.device, d.incarnation, &d.seq, prev, &s->err));
    d.seq += 1 + (sim_chance(s, 30) ? sim_below(s, 1000000) : 0);
    d.prev = prev;
    d.wall_unix_s = INT64_MAX;
    SIM_OK(s, vls_envelope_write(&env, id, &d, sk, NULL, vls_slice_of(NULL, 0), &s->err));
    vls_random(junk, sizeof junk);
    if (sim_chance(s, 25))
        vls_buf_put(&env, junk, 1 + sim_below(s, sizeof junk));
    SIM_OK(s,
           vls_packet_seal(&blob, vls__engine_newest(by->e, zeros), by->e->door.group, vls_buf_slice(&env), &s->err));
    made = host_piece(s->host, blob.p, blob.n, false);
    vls_secret_free(sk);
    vls_buf_clear(&env);
    vls_buf_clear(&blob);
    return made;
}

static size_t
some_piece(struct sim *s, const struct hub *hub)
{
    return hub->n_left > 0 ? hub->left[sim_below(s, hub->n_left)] : s->host->other[1];
}

static const enum sim_event lie_events[N_LIES] = {EV_ROLLBACKS, EV_FREEZES,  EV_FORKS,      EV_WITHHELD,    EV_SPLICES,
                                                  EV_REPEATS,   EV_REORDERS, EV_FLIPS,      EV_TRUNCATIONS, EV_DAMAGES,
                                                  EV_FORGERIES, EV_EMPTIED,  EV_OTHER_GROUP, EV_PUT_BACK, EV_TOLD_ANEW};

/* The part of a view that its laptop has not been shown yet, told again with changes. */
static void
tell_anew(struct sim *s, struct hub *hub, struct view *v, const size_t *tail, size_t n, enum lie lie)
{
    struct host *h = s->host;

    for (size_t i = 0; i < n; i++) {
        size_t k = lie == LIE_REORDER ? n - 1 - i : i;

        switch (lie) {
        case LIE_WITHHOLD:
            if (sim_chance(s, 50))
                continue;
            break;
        case LIE_FLIP: host_view_add(h, v, changed_piece(s, tail[k], true), false); continue;
        case LIE_TRUNCATE: host_view_add(h, v, changed_piece(s, tail[k], false), false); continue;
        case LIE_DAMAGE: host_view_add(h, v, tail[k], sim_chance(s, 60)); continue;
        default: break;
        }
        host_view_add(h, v, tail[k], false);
    }
    for (size_t i = 0; i < 2; i++)
        switch (lie) {
        case LIE_SPLICE:
            host_view_add(h, v,
                     sim_chance(s, 50) ? h->other[sim_below(s, OTHERS)] : some_piece(s, &h->hub[1 - (hub - h->hub)]),
                     false);
            break;
        case LIE_REPEAT: host_view_add(h, v, some_piece(s, hub), false); break;
        case LIE_FLIP: host_view_add(h, v, changed_piece(s, some_piece(s, hub), true), false); break;
        case LIE_TRUNCATE: host_view_add(h, v, changed_piece(s, some_piece(s, hub), false), false); break;
        case LIE_FORGE: host_view_add(h, v, forged_piece(s), false); break;
        default: break;
        }
}

static void
lie_to_one(struct sim *s, struct hub *hub, int dev, enum lie lie)
{
    struct host *h = s->host;
    int from = hub->of[dev], no;
    size_t known = hub->served[dev] < hub->view[from].n ? hub->served[dev] : hub->view[from].n;
    size_t n_tail = hub->view[from].n - known, *tail = calloc(n_tail + 1, sizeof *tail);
    struct view *v;

    assert_non_null(tail);
    for (size_t i = 0; i < n_tail; i++)
        tail[i] = hub->view[from].v[known + i].piece;
    if (lie == LIE_ROLLBACK)
        known = sim_below(s, known + 1);
    if (lie == LIE_EMPTY || lie == LIE_OTHER_GROUP || lie == LIE_BEFORE || lie == LIE_ANEW)
        known = 0;
    v = host_view_clone(h, hub, from, lie == LIE_FREEZE || lie == LIE_FORK ? hub->view[from].n : known, &no);
    hub->of[dev] = no;
    if (lie == LIE_FREEZE)
        v->alone = true;
    else if (lie == LIE_OTHER_GROUP)
        for (size_t i = 0; i < OTHERS; i++)
            host_view_add(h, v, h->other[i], false);
    else if (lie == LIE_BEFORE || lie == LIE_ANEW)
        short_lie(s, hub, v, from, lie);
    else if (lie != LIE_ROLLBACK && lie != LIE_EMPTY && lie != LIE_FORK)
        tell_anew(s, hub, v, tail, n_tail, lie);
    if (lie == LIE_FORK) { /* with whoever saw the same so far, by half */
        v->alone = true;
        for (int i = 0; i < s->n_dev; i++)
            if (hub->of[i] == from && sim_chance(s, 40))
                hub->of[i] = no;
    }
    free(tail);
}

void
host_lie(struct sim *s, int hub_no, enum lie lie)
{
    struct hub *hub = &s->host->hub[hub_no];
    int dev = (int)sim_below(s, (size_t)s->n_dev);

    if (lie == LIE_BEFORE && hub->before.n == 0)
        lie = LIE_ANEW; /* nothing was replaced yet */
    else if ((lie == LIE_ANEW || lie == LIE_ROLLBACK) && hub->before.n > 0 && sim_chance(s, 50))
        lie = LIE_BEFORE;
    sim_count(s, lie_events[lie], 1);
    hub->lied = hub->spoilt = true;
    lie_to_one(s, hub, dev, lie);
    if ((lie == LIE_ROLLBACK || lie == LIE_BEFORE || lie == LIE_ANEW) && sim_chance(s, 30)) /* put back for everybody */
        for (int i = 0; i < s->n_dev; i++)
            hub->of[i] = hub->of[dev];
}

void
host_weighs(struct sim *s, bool on)
{
    s->host->weighs = on;
}

void
host_drops(struct sim *s)
{
    s->host->drops = true;
}

void
host_litter(struct sim *s, int hub_no, const struct device *d)
{
    static const enum lie kinds[] = {LIE_FLIP, LIE_TRUNCATE, LIE_FORGE};
    struct hub *hub = &s->host->hub[hub_no];
    int no;
    struct view *v = host_view_clone(s->host, hub, hub->of[d->no], SIZE_MAX, &no);

    hub->of[d->no] = no;
    hub->lied = hub->spoilt = true;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        tell_anew(s, hub, v, NULL, 0, kinds[i]);
    for (size_t i = 1; i < OTHERS; i++) /* another door as well would be a reason to refuse the hub */
        host_view_add(s->host, v, s->host->other[i], false);
}

void
host_repent(struct sim *s, int hub_no)
{
    struct hub *hub = &s->host->hub[hub_no];

    if (!hub->lied)
        return;
    hub->view[0].n = 0;
    hub->view[0].alone = hub->view[0].put_back = false;
    for (size_t i = 0; i < hub->n_left; i++)
        host_view_add(s->host, &hub->view[0], hub->left[i], false);
    memset(hub->of, 0, sizeof hub->of);
    memset(hub->served, 0, sizeof hub->served);
    hub->lied = false;
}

void
host_lose_all(struct sim *s, int hub_no)
{
    struct hub *hub = &s->host->hub[hub_no];

    hub->n_left = 0;
    hub->lied = hub->spoilt = true;
    host_repent(s, hub_no);
}

void
host_sabotage(struct sim *s, const struct device *d, bool word)
{
    struct view *v = host_view_of(s->host, 0, d->no);

    if (word)
        (void)host_piece(s->host, (const uint8_t *)"x" SIM_PLANT "x", sizeof "x" SIM_PLANT "x", false);
    else
        for (int i = 0; i < 8; i++)
            host_view_add(s->host, v, forged_piece(s), false);
}
