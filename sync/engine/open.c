/*
 * Opening and closing a valise: key file, store, our own keys and the membership as it stands in the
 * store. Nothing here talks to a remote.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_int.h"

#define SELF_MAX 1024

enum vls_code
vls__engine_path(char out[ENGINE_PATH_LEN], const char *folder, const char *name, struct vls_error *err)
{
    size_t a = strlen(folder), b = strlen(name);

    if (a + b + 2 > ENGINE_PATH_LEN)
        return VLS_FAIL(err, VLS_EUSAGE, "the path of the store is too long");
    memcpy(out, folder, a);
    out[a] = '/';
    memcpy(out + a + 1, name, b + 1);
    return VLS_OK;
}

enum vls_code
vls__engine_keys_path(char out[ENGINE_PATH_LEN], const struct vls_places *places, struct vls_error *err)
{
    return vls__engine_path(out, places->data, "keys", err);
}

bool
vls_engine_exists(const struct vls_places *places)
{
    char path[ENGINE_PATH_LEN];

    return vls__engine_keys_path(path, places, NULL) == VLS_OK && access(path, F_OK) == 0;
}

enum vls_code
vls_engine_store_id(const struct vls_places *places, uint8_t out[VLS_ID_LEN], struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc = vls__engine_keys_path(path, places, err);

    return rc != VLS_OK ? rc : vls_keyfile_store_id(out, path, err);
}

enum vls_code
vls_engine_unlock(struct vls_secret **master, const struct vls_places *places, const struct vls_secret *passphrase,
                  struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc;

    *master = NULL;
    if ((rc = vls__engine_keys_path(path, places, err)) != VLS_OK)
        return rc;
    return vls_keyfile_open(master, NULL, path, passphrase, err);
}

bool
vls_engine_key_fits(const struct vls_places *places, const struct vls_secret *master)
{
    struct vls_keyfile_info info;
    char path[ENGINE_PATH_LEN];

    return vls__engine_keys_path(path, places, NULL) == VLS_OK &&
           vls_keyfile_check(&info, path, master, NULL) == VLS_OK;
}

enum vls_code
vls_engine_new_passphrase(const struct vls_places *places, const struct vls_secret *master,
                          const struct vls_secret *passphrase, struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc = vls__engine_keys_path(path, places, err);

    return rc != VLS_OK ? rc : vls_keyfile_set_passphrase(path, master, passphrase, NULL, err);
}

enum vls_code
vls_engine_recovery(const struct vls_places *places, const struct vls_secret *master, struct vls_secret **text,
                    struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc = vls__engine_keys_path(path, places, err);

    *text = NULL;
    return rc != VLS_OK ? rc : vls_keyfile_set_recovery(text, path, master, err);
}

/* ---- the engine's parts ---- */

enum vls_code
vls__engine_new(struct vls_engine **out, const struct vls_places *places, struct vls_error *err)
{
    struct vls_engine *e = calloc(1, sizeof *e);

    *out = e;
    if (e != NULL) {
        vls_buf_init(&e->genesis_buf, VLS_GENESIS_MAX);
        e->anchor.fd = -1;
        e->data = strdup(places->data);
        e->courier = places->courier != NULL ? strdup(places->courier) : NULL;
        e->io = places->io != NULL ? places->io : vls_io_os();
        e->carrier = vls__engine_carrier(places);
        e->remote_flags = places->batch ? VLS_REMOTE_BATCH : 0;
    }
    if (e == NULL || e->data == NULL || (places->courier != NULL && e->courier == NULL))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to open the valise");
    return VLS_OK;
}

/* Forgets membership and the keys that came with it. */
static void
standing_clear(struct vls_engine *e)
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

void
vls_engine_close(struct vls_engine *e)
{
    if (e == NULL)
        return;
    vls__anchor_close(e);
    vls_store_close(e->store);
    vls_secret_free(e->kek);
    vls_secret_free(e->sign_sk);
    vls_secret_free(e->box_sk);
    standing_clear(e);
    vls_buf_clear(&e->genesis_buf);
    free(e->data);
    free(e->courier);
    vls_wipe(e, sizeof *e);
    free(e);
}

struct vls_store *
vls_engine_store(struct vls_engine *e)
{
    return e->store;
}

const struct vls_identity *
vls_engine_me(struct vls_engine *e)
{
    return &e->me;
}

enum vls_code
vls__engine_key_put(struct vls_engine *e, const char *purpose, struct vls_slice id, const struct vls_secret *key,
                    struct vls_error *err)
{
    struct vls_buf sealed;
    enum vls_code rc;

    vls_buf_init(&sealed, 256);
    if ((rc = vls_ring_seal(&sealed, e->kek, purpose, id, key, err)) == VLS_OK)
        rc = vls_store_key_put(e->store, purpose, id, vls_buf_slice(&sealed), err);
    vls_buf_clear(&sealed);
    return rc;
}

struct key_wanted {
    struct vls_engine *e;
    const char *purpose;
    struct vls_secret **out;
};

static enum vls_code
take_key(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err)
{
    struct key_wanted *w = ctx;

    vls_secret_free(*w->out);
    return vls_ring_unseal(w->out, w->e->kek, w->purpose, id, sealed, err);
}

/* The newest key of a purpose; *out stays NULL when there is none. */
static enum vls_code
key_load(struct vls_engine *e, const char *purpose, struct vls_secret **out, struct vls_error *err)
{
    struct key_wanted w = {e, purpose, out};

    return vls_store_keys(e->store, purpose, take_key, &w, err);
}

struct vls_epoch *
vls__engine_epoch(struct vls_engine *e, const uint8_t *compartment, const uint8_t *id)
{
    for (size_t i = 0; i < e->n_epochs; i++)
        if (memcmp(vls_epoch_compartment(e->epochs[i]), compartment, VLS_COMPARTMENT_LEN) == 0 &&
            memcmp(vls_epoch_id(e->epochs[i]), id, VLS_HASH_LEN) == 0)
            return e->epochs[i];
    return NULL;
}

struct vls_epoch *
vls__engine_epoch_for(struct vls_engine *e, const uint8_t *compartment)
{
    struct vls_epoch *best = NULL;

    for (size_t i = 0; i < e->n_epochs; i++) {
        struct vls_epoch *k = e->epochs[i];

        if (memcmp(vls_epoch_compartment(k), compartment, VLS_COMPARTMENT_LEN) == 0 &&
            vls_members_epoch_covers(e->members, compartment, vls_epoch_id(k)) &&
            (best == NULL || memcmp(vls_epoch_id(k), vls_epoch_id(best), VLS_HASH_LEN) < 0))
            best = k;
    }
    return best;
}

struct vls_epoch *
vls__engine_newest(struct vls_engine *e, const uint8_t *compartment)
{
    for (size_t i = e->n_epochs; i-- > 0;)
        if (memcmp(vls_epoch_compartment(e->epochs[i]), compartment, VLS_COMPARTMENT_LEN) == 0)
            return e->epochs[i];
    return NULL;
}

static struct vls_slice
epoch_name(uint8_t out[VLS_COMPARTMENT_LEN + VLS_HASH_LEN], const struct vls_epoch *epoch)
{
    memcpy(out, vls_epoch_compartment(epoch), VLS_COMPARTMENT_LEN);
    memcpy(out + VLS_COMPARTMENT_LEN, vls_epoch_id(epoch), VLS_HASH_LEN);
    return vls_slice_of(out, VLS_COMPARTMENT_LEN + VLS_HASH_LEN);
}

enum vls_code
vls__engine_hold(struct vls_engine *e, struct vls_epoch *epoch, bool keep, bool *added, struct vls_error *err)
{
    uint8_t name[VLS_COMPARTMENT_LEN + VLS_HASH_LEN];
    enum vls_code rc;

    if (added != NULL)
        *added = false;
    if (vls__engine_epoch(e, vls_epoch_compartment(epoch), vls_epoch_id(epoch)) != NULL) {
        vls_epoch_free(epoch);
        return VLS_OK;
    }
    if (e->n_epochs == e->cap_epochs) {
        size_t cap = e->cap_epochs > 0 ? e->cap_epochs * 2 : 16;
        struct vls_epoch **p = realloc(e->epochs, cap * sizeof(struct vls_epoch *));

        if (p == NULL) {
            vls_epoch_free(epoch);
            return VLS_FAIL(err, VLS_ENOMEM, "no memory for an epoch");
        }
        e->epochs = p;
        e->cap_epochs = cap;
    }
    if (keep &&
        (rc = vls__engine_key_put(e, KEY_EPOCH, epoch_name(name, epoch), vls_epoch_key(epoch), err)) != VLS_OK) {
        vls_epoch_free(epoch);
        return rc;
    }
    e->epochs[e->n_epochs++] = epoch;
    if (added != NULL)
        *added = true;
    return VLS_OK;
}

static enum vls_code
load_epoch(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err)
{
    struct vls_engine *e = ctx;
    struct vls_secret *key = NULL;
    struct vls_epoch *epoch = NULL;
    enum vls_code rc;

    if (id.n != VLS_COMPARTMENT_LEN + VLS_HASH_LEN)
        return VLS_FAIL(err, VLS_EFORMAT, "an epoch key with a name of %zu bytes", id.n);
    if ((rc = vls_ring_unseal(&key, e->kek, KEY_EPOCH, id, sealed, err)) == VLS_OK)
        rc = vls_epoch_new(&epoch, key, e->door.group, id.p, err);
    vls_secret_free(key);
    return rc != VLS_OK ? rc : vls__engine_hold(e, epoch, false, NULL, err);
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
        (rc = vls_store_keys(e->store, KEY_EPOCH, load_epoch, e, err)) != VLS_OK)
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

static enum vls_code
standing_load(struct vls_engine *e, struct vls_error *err)
{
    enum vls_code rc;

    standing_clear(e);
    if ((rc = vls__engine_self_load(e, err)) == VLS_OK && (rc = key_load(e, KEY_DOOR, &e->door_sk, err)) == VLS_OK &&
        (rc = request_load(e, err)) == VLS_OK)
        rc = membership_load(e, err);
    e->stale = rc != VLS_OK;
    if (rc != VLS_OK)
        standing_clear(e); /* half of a membership is worse than none */
    return rc;
}

/* ---- transactions ---- */

enum vls_code
vls__engine_fresh(struct vls_engine *e, struct vls_error *err)
{
    return e->stale ? standing_load(e, err) : VLS_OK;
}

enum vls_code
vls__engine_start(struct vls_engine *e, struct vls_error *err)
{
    enum vls_code rc = vls__engine_fresh(e, err);

    return rc != VLS_OK ? rc : vls_store_begin(e->store, err);
}

void
vls__engine_drop(struct vls_engine *e)
{
    vls_store_rollback(e->store);
    (void)!standing_load(e, NULL); /* stale when it failed: tried again before the next transaction */
}

enum vls_code
vls__engine_end(struct vls_engine *e, enum vls_code rc, struct vls_error *err)
{
    if (rc == VLS_OK)
        rc = vls_store_commit(e->store, err);
    if (rc != VLS_OK)
        vls__engine_drop(e);
    else
        vls__anchor_write(e);
    return rc;
}

enum vls_code
vls__engine_derive(struct vls_engine *e, const uint8_t *store_id, const struct vls_secret *master,
                   struct vls_secret **page, struct vls_error *err)
{
    enum vls_code rc = vls_keyfile_subkey(page, master, store_id, VLS_SUBKEY_PAGE_LOG, err);

    return rc != VLS_OK ? rc : vls_keyfile_subkey(&e->kek, master, store_id, VLS_SUBKEY_DEVICE, err);
}

enum vls_code
vls__engine_open_by_id(struct vls_engine **out, const struct vls_places *places, const uint8_t *store_id,
                       const struct vls_secret *master, struct vls_error *err)
{
    struct vls_secret *page = NULL;
    struct vls_engine *e = NULL;
    char store[ENGINE_PATH_LEN];
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls__engine_path(store, places->data, "store", err)) != VLS_OK ||
        (rc = vls__engine_new(&e, places, err)) != VLS_OK ||
        (rc = vls__engine_derive(e, store_id, master, &page, err)) != VLS_OK ||
        (rc = vls_store_open_on(&e->store, e->io, store, page, false, err)) != VLS_OK ||
        (rc = key_load(e, KEY_SIGN, &e->sign_sk, err)) != VLS_OK ||
        (rc = key_load(e, KEY_BOX, &e->box_sk, err)) != VLS_OK || (rc = standing_load(e, err)) != VLS_OK)
        goto out;
    if (e->sign_sk == NULL || e->box_sk == NULL) {
        rc = VLS_FAIL(err, VLS_EFORMAT, "the store lacks this device's keys");
        goto out;
    }
    if ((rc = vls__anchor_open(e, places, store_id, master, err)) != VLS_OK ||
        (rc = vls__engine_learn_names(e, err)) != VLS_OK)
        goto out;
    *out = e;
    e = NULL;
out:
    vls_secret_free(page);
    vls_engine_close(e);
    return rc;
}

enum vls_code
vls_engine_open(struct vls_engine **out, const struct vls_places *places, const struct vls_secret *master,
                struct vls_error *err)
{
    struct vls_keyfile_info info;
    char keys[ENGINE_PATH_LEN];
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls__engine_keys_path(keys, places, err)) == VLS_OK && (rc = vls__engine_settle(places, err)) == VLS_OK &&
        (rc = vls_keyfile_check(&info, keys, master, err)) == VLS_OK) {
        rc = vls__engine_open_by_id(out, places, info.store_id, master, err);
        if (rc == VLS_EAUTH && vls__engine_rekey_settle(places, info.store_id, master))
            rc = vls__engine_open_by_id(out, places, info.store_id, master, err);
    }
    if (rc == VLS_OK) {
        vls__engine_tidy(places);
        vls__engine_rekey_tidy(places);
    }
    if (rc != VLS_OK)
        vls_while(err, "opening the valise");
    return rc;
}
