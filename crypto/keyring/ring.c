/*
 * Secrets at rest inside the record store: each sealed under a subkey of the master key and bound to
 * what it is for, so that a row cannot stand in for another.
 */
#include <string.h>

#include "valise/ring.h"

#define L_RING "vls ring"
#define PART_MAX 64

static bool
ring_aad(uint8_t out[2 + 2 * PART_MAX], size_t *n, const char *purpose, struct vls_slice id)
{
    size_t len = strlen(purpose);

    if (len > PART_MAX || id.n > PART_MAX)
        return false;
    out[0] = (uint8_t)len;
    memcpy(out + 1, purpose, len);
    out[1 + len] = (uint8_t)id.n;
    if (id.n > 0)
        memcpy(out + 2 + len, id.p, id.n);
    *n = 2 + len + id.n;
    return true;
}

enum vls_code
vls_ring_seal(struct vls_buf *out, const struct vls_secret *kek, const char *purpose, struct vls_slice id,
              const struct vls_secret *s, struct vls_error *err)
{
    uint8_t aad[2 + 2 * PART_MAX], *at;
    size_t n;

    if (!ring_aad(aad, &n, purpose, id))
        return VLS_FAIL(err, VLS_ELIMIT, "a key's name is too long");
    if ((at = vls_buf_extend(out, s->len + VLS_RING_EXTRA)) == NULL)
        return vls_buf_ok(out, err);
    vls_seal(at, kek, L_RING, vls_slice_of(aad, n), s->bytes, s->len);
    return VLS_OK;
}

enum vls_code
vls_ring_unseal(struct vls_secret **out, const struct vls_secret *kek, const char *purpose, struct vls_slice id,
                struct vls_slice sealed, struct vls_error *err)
{
    uint8_t aad[2 + 2 * PART_MAX];
    size_t n;
    enum vls_code rc;

    *out = NULL;
    if (!ring_aad(aad, &n, purpose, id) || sealed.n < VLS_RING_EXTRA)
        return VLS_FAIL(err, VLS_EAUTH, "a sealed key of %zu bytes", sealed.n);
    if ((rc = vls_secret_new(out, sealed.n - VLS_RING_EXTRA, err)) != VLS_OK)
        return rc;
    rc = vls_unseal((*out)->bytes, kek, L_RING, vls_slice_of(aad, n), sealed.p, sealed.n, err);
    if (rc != VLS_OK) {
        vls_secret_free(*out);
        *out = NULL;
    }
    return rc;
}
