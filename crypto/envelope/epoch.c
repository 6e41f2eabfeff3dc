/*
 * Keys of one epoch. The key itself seals nothing: each use has a subkey, and the epoch's name is a
 * keyed hash of group and compartment, so that a name fits one key only (the AEAD alone would let a
 * member craft one ciphertext for two keys).
 */
#include <stdlib.h>
#include <string.h>

#include "envelope_int.h"

#define L_EPOCH_ID   "vls epoch id"
#define L_EPOCH_WRAP "vls epoch wrap"
#define N_PARTS      4

/* The next 32 bytes of the epoch's region: a subkey as vls_kdf makes it, or the key itself. */
static void
part_make(struct vls_epoch *e, struct vls_secret *part, size_t i, const char *label, const struct vls_secret *key,
          struct vls_slice ctx)
{
    part->bytes = e->all->bytes + i * VLS_KEY_LEN;
    part->len = VLS_KEY_LEN;
    if (label != NULL)
        vls_mac(part->bytes, part->len, label, key, &ctx, 1);
    else
        memcpy(part->bytes, key->bytes, key->len);
}

enum vls_code
vls_epoch_new(struct vls_epoch **out, const struct vls_secret *key, const uint8_t group[VLS_HASH_LEN],
              const uint8_t compartment[VLS_COMPARTMENT_LEN], struct vls_error *err)
{
    uint8_t where[VLS_HASH_LEN + VLS_COMPARTMENT_LEN];
    struct vls_slice ctx;
    struct vls_epoch *e;
    enum vls_code rc;

    *out = NULL;
    if (key->len != VLS_KEY_LEN)
        return VLS_FAIL(err, VLS_EFORMAT, "an epoch key of %zu bytes", key->len);
    if ((e = calloc(1, sizeof *e)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for an epoch");
    memcpy(where, group, VLS_HASH_LEN);
    memcpy(where + VLS_HASH_LEN, compartment, VLS_COMPARTMENT_LEN);
    ctx = vls_slice_of(where, sizeof where);
    memcpy(e->compartment, compartment, sizeof e->compartment);
    vls_mac(e->id, sizeof e->id, L_EPOCH_ID, key, &ctx, 1);
    if ((rc = vls_secret_new(&e->all, N_PARTS * VLS_KEY_LEN, err)) != VLS_OK) {
        vls_epoch_free(e);
        return rc;
    }
    part_make(e, &e->key, 0, NULL, key, ctx);
    part_make(e, &e->seal, 1, "vls epoch seal", key, ctx);
    part_make(e, &e->tag, 2, "vls epoch tag", key, ctx);
    part_make(e, &e->commit, 3, "vls epoch commit", key, ctx);
    *out = e;
    return VLS_OK;
}

void
vls_epoch_free(struct vls_epoch *e)
{
    if (e == NULL)
        return;
    vls_secret_free(e->all);
    free(e);
}

const uint8_t *
vls_epoch_id(const struct vls_epoch *e)
{
    return e->id;
}

const uint8_t *
vls_epoch_compartment(const struct vls_epoch *e)
{
    return e->compartment;
}

const struct vls_secret *
vls_epoch_key(const struct vls_epoch *e)
{
    return &e->key;
}

#define WRAP_AAD_LEN (VLS_HASH_LEN + VLS_COMPARTMENT_LEN + VLS_HASH_LEN + VLS_DEVICE_LEN)

static struct vls_slice
wrap_aad(uint8_t out[WRAP_AAD_LEN], const uint8_t *group, const uint8_t *compartment, const uint8_t *epoch_id,
         const uint8_t *device)
{
    uint8_t *p = out;

    memcpy(p, group, VLS_HASH_LEN);
    p += VLS_HASH_LEN;
    memcpy(p, compartment, VLS_COMPARTMENT_LEN);
    p += VLS_COMPARTMENT_LEN;
    memcpy(p, epoch_id, VLS_HASH_LEN);
    p += VLS_HASH_LEN;
    memcpy(p, device, VLS_DEVICE_LEN);
    return vls_slice_of(out, WRAP_AAD_LEN);
}

enum vls_code
vls_epoch_wrap(uint8_t out[VLS_EPOCH_WRAP_LEN], const struct vls_epoch *e, const uint8_t group[VLS_HASH_LEN],
               const uint8_t device[VLS_DEVICE_LEN], const uint8_t box_pk[VLS_BOX_PK_LEN], const struct vls_secret *psk,
               struct vls_error *err)
{
    uint8_t aad[WRAP_AAD_LEN];

    return vls_wrap(out, box_pk, psk, L_EPOCH_WRAP, wrap_aad(aad, group, e->compartment, e->id, device), e->key.bytes,
                    e->key.len, err);
}

enum vls_code
vls_epoch_unwrap(struct vls_epoch **out, const uint8_t wrap[VLS_EPOCH_WRAP_LEN], const uint8_t group[VLS_HASH_LEN],
                 const uint8_t compartment[VLS_COMPARTMENT_LEN], const uint8_t epoch_id[VLS_HASH_LEN],
                 const uint8_t device[VLS_DEVICE_LEN], const struct vls_secret *box_sk, const struct vls_secret *psk,
                 struct vls_error *err)
{
    uint8_t aad[WRAP_AAD_LEN];
    struct vls_secret *key = NULL;
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls_secret_new(&key, VLS_KEY_LEN, err)) != VLS_OK)
        return rc;
    rc = vls_unwrap(key->bytes, box_sk, psk, L_EPOCH_WRAP, wrap_aad(aad, group, compartment, epoch_id, device), wrap,
                    VLS_EPOCH_WRAP_LEN, err);
    if (rc == VLS_OK)
        rc = vls_epoch_new(out, key, group, compartment, err);
    if (rc == VLS_OK && !vls_equal((*out)->id, epoch_id, VLS_HASH_LEN)) {
        vls_epoch_free(*out);
        *out = NULL;
        rc = VLS_FAIL(err, VLS_EAUTH, "a wrapped key is not the one its epoch commits to");
    }
    vls_secret_free(key);
    return rc;
}
