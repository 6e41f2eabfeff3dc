/*
 * What a laptop was shown before, held against what it is shown now: whether it lacks anything that it knew to be
 * there.
 */
#include "sim.h"

#include "host.h"

struct ids {
    uint8_t (*id)[VLS_HASH_LEN];
    size_t n, cap;
};

static void
ids_add(struct ids *l, const uint8_t id[VLS_HASH_LEN])
{
    l->id = sim_room(l->id, l->n, &l->cap, sizeof *l->id);
    memcpy(l->id[l->n++], id, VLS_HASH_LEN);
}

static int
ids_order(const void *a, const void *b)
{
    return memcmp(a, b, VLS_HASH_LEN);
}

static bool
ids_has(const struct ids *l, const uint8_t id[VLS_HASH_LEN])
{
    return l->n > 0 && bsearch(id, l->id, l->n, sizeof *l->id, ids_order) != NULL;
}

static bool
ids_met(const struct ids *l, const uint8_t id[VLS_HASH_LEN])
{
    for (size_t i = l->n; i-- > 0;)
        if (memcmp(l->id[i], id, VLS_HASH_LEN) == 0)
            return true;
    return false;
}

/* False when one comes before the one that it follows. */
static bool
ids_of_packet(struct ids *l, struct vls_slice content)
{
    bool ordered = true;
    struct vls_cbor c = vls_cbor_of(content);

    while (!vls_cbor_done(&c)) {
        struct vls_slice one = vls_cbor_item(&c);
        struct vls_envelope env;

        if (vls_cbor_bad(&c))
            return ordered;
        if (vls_envelope_read(&env, one, NULL) != VLS_OK)
            continue;
        ordered = ordered && (env.seq == 1 || ids_met(l, env.prev));
        ids_add(l, env.id);
    }
    return ordered;
}

static bool
ids_of_view(struct ids *l, const struct host *h, const struct view *v, const struct vls_engine *e)
{
    struct vls_buf content;
    bool ordered = true;

    vls_buf_init(&content, 8u << 20);
    for (size_t i = 0; i < v->n; i++) {
        const struct piece *p = &h->piece[v->v[i].piece];

        for (size_t k = 0; k < e->n_epochs && !v->v[i].damaged; k++) {
            vls_buf_reset(&content);
            if (vls_packet_open(&content, e->epochs[k], e->door.group, vls_slice_of(p->p, p->n), NULL) == VLS_OK)
                ordered = ids_of_packet(l, vls_buf_slice(&content)) && ordered;
        }
    }
    vls_buf_clear(&content);
    if (l->n > 0)
        qsort(l->id, l->n, sizeof *l->id, ids_order);
    return ordered;
}

static enum vls_code
ids_note(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    (void)err;
    ids_add(ctx, s->id);
    return VLS_OK;
}

/* Another past that holds all that the laptop's store takes the hub to hold is not known from one that was replaced, as
 * long as no envelope comes before the one that it follows: a laptop that meets that may take it for less. */
enum shown
host_holds(struct sim *s, const struct view *v, int dev, int hub)
{
    static const char *const names[] = {"stick", "second"};
    struct device *d = &s->dev[dev];
    struct vls_engine *e = d->e;
    struct ids there = {NULL, 0, 0}, unsent = there, all = there;
    bool holds = true, ordered = ids_of_view(&there, s->host, v, e), broke = device_broke(d);
    enum vls_code rc;

    device_aside(d, true);
    rc = vls_store_to_send(e->store, names[hub], ids_note, &unsent, &s->err);
    if (rc == VLS_OK)
        rc = vls_store_envelopes(e->store, 0, 0, ids_note, &all, &s->err);
    device_aside(d, false);
    SIM_CHECK(s, device_broke(d) == broke, "what was to break an exchange broke the simulator's own reading");
    if (!broke) /* otherwise nobody will ask */
        SIM_OK(s, rc);
    if (unsent.n > 0)
        qsort(unsent.id, unsent.n, sizeof *unsent.id, ids_order);
    for (size_t i = 0; i < all.n; i++)
        holds = holds && (ids_has(&unsent, all.id[i]) || ids_has(&there, all.id[i]));
    free(there.id);
    free(unsent.id);
    free(all.id);
    return !holds ? SHOWN : ordered ? REPLACED : PERHAPS;
}
