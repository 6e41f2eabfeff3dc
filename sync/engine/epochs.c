/*
 * Keys as the store keeps them, sealed, and the epochs that they open: those that this laptop holds, and which of them to
 * write under.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

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

enum vls_code
vls__engine_key_load(struct vls_engine *e, const char *purpose, struct vls_secret **out, struct vls_error *err)
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

/* The group's own epochs seal packets, never a change set. */
static bool
fits(const struct vls_engine *e, size_t i, const struct vls_envelope *env)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];

    return i < e->n_epochs && memcmp(vls_epoch_compartment(e->epochs[i]), whole_group, VLS_COMPARTMENT_LEN) != 0 &&
           vls_envelope_is_under(env, e->epochs[i]);
}

struct vls_epoch *
vls__engine_epoch_under(struct vls_engine *e, const struct vls_envelope *env)
{
    if (fits(e, e->last_epoch, env))
        return e->epochs[e->last_epoch];
    for (size_t i = e->n_epochs; i-- > 0;)
        if (fits(e, i, env)) {
            e->last_epoch = i;
            return e->epochs[i];
        }
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

enum vls_code
vls__engine_epochs_load(struct vls_engine *e, struct vls_error *err)
{
    return vls_store_keys(e->store, KEY_EPOCH, load_epoch, e, err);
}
