/*
 * Who we are and where we stand: our own labels and keys, the founding document and the membership, as the store has
 * them and as they are kept beside it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

#define SELF_MAX 1024

void
vls__engine_standing_clear(struct vls_engine *e)
{
    vls_secret_free(e->door_sk);
    e->door_sk = NULL;
    vls_members_free(e->members);
    e->members = NULL;
    for (size_t i = 0; i < e->n_epochs; i++)
        vls_epoch_free(e->epochs[i]);
    free(e->epochs);
    e->epochs = NULL;
    e->n_epochs = e->cap_epochs = e->last_epoch = 0;
    e->me.admitted = e->me.root = false;
    e->me.title[0] = '\0';
}

const struct vls_member_compartment *
vls__engine_compartment(struct vls_engine *e, const char *name)
{
    const struct vls_member_compartment *found = NULL;

    for (size_t i = 0; e->members != NULL && i < vls_members_n_compartments(e->members); i++) {
        const struct vls_member_compartment *c = vls_members_compartment_at(e->members, i);

        /* a common one is made by the root alone; any other counts only if it is our delegation's, whatever
         * somebody else calls theirs and grants us. Of several the lowest id, so that all our devices agree */
        if (strcmp(c->name, name) == 0 && (c->common || strcmp(c->owner, e->me.delegation) == 0) &&
            (found == NULL || (c->common && !found->common) ||
             (c->common == found->common && memcmp(c->id, found->id, VLS_COMPARTMENT_LEN) < 0)))
            found = c;
    }
    return found;
}

static enum vls_code
precedes(void *ctx, const uint8_t id[VLS_HASH_LEN], const struct vls_envelope *e, bool *out, struct vls_error *err)
{
    const struct vls_engine *engine = ctx;

    *out = false;
    return e->seq > 1 ? vls_store_precedes(engine->store, id, e->prev, out, err) : VLS_OK;
}

enum vls_code
vls__engine_found(struct vls_engine *e, struct vls_slice genesis, bool keep, struct vls_error *err)
{
    const struct vls_genesis *g;
    enum vls_code rc;

    vls_buf_reset(&e->genesis_buf);
    vls_buf_put_slice(&e->genesis_buf, genesis);
    if ((rc = vls_buf_ok(&e->genesis_buf, err)) != VLS_OK)
        return rc;
    e->genesis = vls_buf_slice(&e->genesis_buf);
    vls_members_free(e->members);
    e->members = NULL;
    if ((rc = vls_members_new(&e->members, e->genesis, err)) != VLS_OK)
        return rc;
    vls_members_forks(e->members, precedes, e);
    g = vls_members_genesis(e->members);
    memcpy(e->me.title, g->title, sizeof g->title);
    memcpy(e->door.group, vls_members_group(e->members), VLS_HASH_LEN);
    memcpy(e->door.pk, g->door_pk, VLS_BOX_PK_LEN);
    return keep ? vls_store_meta_put(e->store, META_GENESIS, e->genesis, err) : VLS_OK;
}

struct wraps_ctx {
    struct vls_engine *e;
    bool any;
};

static enum vls_code
take_wrap(void *ctx, const uint8_t *compartment, const uint8_t *epoch_id, const uint8_t *wrap, struct vls_error *err)
{
    struct wraps_ctx *w = ctx;
    struct vls_engine *e = w->e;
    struct vls_epoch *epoch = NULL;
    bool added = false;
    enum vls_code rc;

    if (vls__engine_epoch(e, compartment, epoch_id) != NULL)
        return VLS_OK;
    rc = vls_epoch_unwrap(&epoch, wrap, e->door.group, compartment, epoch_id, e->me.device, e->box_sk, NULL, err);
    if (rc == VLS_EAUTH)
        return VLS_OK; /* a colleague made a bad wrap: that epoch stays closed to us, nothing else does */
    if (rc == VLS_OK)
        rc = vls__engine_hold(e, epoch, true, &added, err);
    w->any = w->any || added;
    return rc;
}

enum vls_code
vls__engine_room(const struct vls_engine *e, struct vls_store *store, const struct vls_member_compartment *c,
                 struct vls_error *err)
{
    char name[sizeof c->owner + sizeof c->name + 1];

    if (c->common || strcmp(c->owner, e->me.delegation) == 0)
        (void)snprintf(name, sizeof name, "%s", c->name);
    else
        (void)snprintf(name, sizeof name, "%s/%s", c->owner, c->name);
    return vls_store_compartment_put(store, c->id, name, c->common, err);
}

enum vls_code
vls__engine_refresh(struct vls_engine *e, bool *new_epochs, struct vls_error *err)
{
    struct wraps_ctx w = {e, false};
    const struct vls_member_device *me;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < vls_members_n_devices(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_device *d = vls_members_device_at(e->members, i);

        rc = vls_store_device_put(e->store, d->id, d->delegation, d->post, err);
    }
    for (size_t i = 0; i < vls_members_n_compartments(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_compartment *c = vls_members_compartment_at(e->members, i);

        if (vls_members_reads(e->members, e->me.device, c->id))
            rc = vls__engine_room(e, e->store, c, err);
    }
    if (rc == VLS_OK)
        rc = vls_members_wraps(e->members, e->me.device, take_wrap, &w, err);
    me = vls_members_device(e->members, e->me.device);
    e->me.admitted = me != NULL && memcmp(me->sign_pk, e->sign_pk, VLS_SIGN_PK_LEN) == 0;
    e->me.root = e->me.admitted && me->root;
    if (new_epochs != NULL)
        *new_epochs = w.any;
    return rc;
}

/* ---- ourselves, as the store keeps us ---- */

enum vls_code
vls__engine_self_save(struct vls_engine *e, struct vls_error *err)
{
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, SELF_MAX);
    vls_cbor_put_array(&b, 6);
    vls_cbor_put_str(&b, e->me.delegation);
    vls_cbor_put_str(&b, e->me.post);
    vls_cbor_put_bytes(&b, e->me.device, VLS_ID_LEN);
    vls_cbor_put_bytes(&b, e->incarnation, VLS_ID_LEN);
    vls_cbor_put_bytes(&b, e->sign_pk, sizeof e->sign_pk);
    vls_cbor_put_bytes(&b, e->box_pk, sizeof e->box_pk);
    if ((rc = vls_buf_ok(&b, err)) == VLS_OK)
        rc = vls_store_meta_put(e->store, META_SELF, vls_buf_slice(&b), err);
    vls_buf_clear(&b);
    return rc;
}

bool
vls__engine_label(char *out, size_t cap, struct vls_slice s)
{
    if (s.n >= cap)
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

enum vls_code
vls__engine_self_load(struct vls_engine *e, struct vls_error *err)
{
    const uint8_t *device, *incarnation, *sign_pk, *box_pk;
    struct vls_slice delegation, post;
    struct vls_cbor c;
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, SELF_MAX);
    if ((rc = vls_store_meta_get(e->store, META_SELF, &b, err)) != VLS_OK)
        goto out;
    c = vls_cbor_of(vls_buf_slice(&b));
    if (vls_cbor_array(&c, 6) != 6)
        vls_cbor_fail(&c);
    delegation = vls_cbor_text(&c);
    post = vls_cbor_text(&c);
    device = vls_cbor_fixed(&c, VLS_ID_LEN);
    incarnation = vls_cbor_fixed(&c, VLS_ID_LEN);
    sign_pk = vls_cbor_fixed(&c, VLS_SIGN_PK_LEN);
    box_pk = vls_cbor_fixed(&c, VLS_BOX_PK_LEN);
    if (!vls_cbor_done(&c) || !vls__engine_label(e->me.delegation, sizeof e->me.delegation, delegation) ||
        !vls__engine_label(e->me.post, sizeof e->me.post, post)) {
        rc = VLS_FAIL(err, VLS_EFORMAT, "the store does not say whose it is");
        goto out;
    }
    memcpy(e->me.device, device, VLS_ID_LEN);
    memcpy(e->incarnation, incarnation, VLS_ID_LEN);
    memcpy(e->sign_pk, sign_pk, VLS_SIGN_PK_LEN);
    memcpy(e->box_pk, box_pk, VLS_BOX_PK_LEN);
out:
    vls_buf_clear(&b);
    return rc;
}

/* A stored value if there is one: VLS_OK with an empty buffer when there is none. */
static enum vls_code
meta_maybe(struct vls_engine *e, const char *name, struct vls_buf *out, struct vls_error *err)
{
    enum vls_code rc = vls_store_meta_get(e->store, name, out, err);

    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

static enum vls_code
load_member(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct vls_engine *e = ctx;
    struct vls_envelope env;
    enum vls_code rc;

    if ((rc = vls_envelope_read(&env, s->bytes, err)) != VLS_OK)
        return rc;
    rc = vls_members_feed(e->members, &env, NULL, err);
    return rc == VLS_EFORMAT ? VLS_OK : rc; /* void when it came, void now */
}

static enum vls_code
membership_load(struct vls_engine *e, struct vls_error *err)
{
    const struct vls_member_device *me;
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, VLS_GENESIS_MAX);
    if ((rc = meta_maybe(e, META_GENESIS, &b, err)) != VLS_OK || b.n == 0)
        goto out;
    if ((rc = vls__engine_found(e, vls_buf_slice(&b), false, err)) != VLS_OK ||
        (rc = vls_store_envelopes(e->store, VLS_ENV_MEMBER, (enum vls_envelope_state)0, load_member, e, err)) !=
            VLS_OK ||
        (rc = vls__engine_epochs_load(e, err)) != VLS_OK)
        goto out;
    me = vls_members_device(e->members, e->me.device);
    e->me.admitted = me != NULL && memcmp(me->sign_pk, e->sign_pk, VLS_SIGN_PK_LEN) == 0;
    e->me.root = e->me.admitted && me->root;
out:
    vls_buf_clear(&b);
    return rc;
}

static enum vls_code
request_load(struct vls_engine *e, struct vls_error *err)
{
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, VLS_JOIN_BODY_MAX);
    if ((rc = meta_maybe(e, META_DOOR, &b, err)) != VLS_OK)
        goto out;
    if (b.n == VLS_HASH_LEN + VLS_BOX_PK_LEN) {
        memcpy(e->door.group, b.p, VLS_HASH_LEN);
        memcpy(e->door.pk, b.p + VLS_HASH_LEN, VLS_BOX_PK_LEN);
    }
    vls_buf_reset(&b);
    if ((rc = meta_maybe(e, META_REQUEST, &b, err)) == VLS_OK && b.n > 0)
        rc = vls_join_body_read(&e->request, e->door.group, vls_buf_slice(&b), err);
out:
    vls_buf_clear(&b);
    return rc;
}

enum vls_code
vls__engine_standing_load(struct vls_engine *e, struct vls_error *err)
{
    enum vls_code rc;

    vls__engine_standing_clear(e);
    if ((rc = vls__engine_self_load(e, err)) == VLS_OK && (rc = vls__engine_key_load(e, KEY_DOOR, &e->door_sk, err)) == VLS_OK &&
        (rc = request_load(e, err)) == VLS_OK)
        rc = membership_load(e, err);
    e->stale = rc != VLS_OK;
    if (rc != VLS_OK)
        vls__engine_standing_clear(e); /* half of a membership is worse than none */
    return rc;
}
