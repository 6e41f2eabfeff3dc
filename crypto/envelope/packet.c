/*
 * Packets: what a remote sees. Envelopes one after another, padded to a few sizes and sealed for the
 * whole group, so that the host learns neither authors nor order nor how many changes there are.
 */
#include <string.h>

#include "envelope_int.h"

#define L_PACKET    "vls packet"
#define KIB         1024u
#define LAST_BUCKET (256u * KIB)

size_t
vls_bucket(size_t n)
{
    for (size_t size = KIB; size <= LAST_BUCKET; size *= 4)
        if (n <= size)
            return size;
    return (n + LAST_BUCKET - 1) / LAST_BUCKET * LAST_BUCKET;
}

enum vls_code
vls_packet_seal(struct vls_buf *out, const struct vls_epoch *group_epoch, const uint8_t group[VLS_HASH_LEN],
                struct vls_slice content, struct vls_error *err)
{
    size_t blob_len = vls_bucket(content.n + 4 + VLS_SEAL_EXTRA);
    struct vls_buf plain;
    uint8_t *at;
    enum vls_code rc;

    vls_buf_init(&plain, blob_len);
    vls_buf_put_le32(&plain, (uint32_t)content.n);
    vls_buf_put_slice(&plain, content);
    vls_buf_put_zeros(&plain, blob_len - VLS_SEAL_EXTRA - 4 - content.n);
    if ((rc = vls_buf_ok(&plain, err)) != VLS_OK)
        goto out;
    if ((at = vls_buf_extend(out, blob_len)) == NULL) {
        rc = vls_buf_ok(out, err);
        goto out;
    }
    vls_seal(at, &group_epoch->seal, L_PACKET, vls_slice_of(group, VLS_HASH_LEN), plain.p, plain.n);
out:
    vls_buf_clear(&plain);
    return rc;
}

/* The padding is inside the seal, so only a member can have put anything else there. */
bool
vls__padding_ok(const uint8_t *p, size_t n)
{
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

enum vls_code
vls_packet_open(struct vls_buf *out, const struct vls_epoch *group_epoch, const uint8_t group[VLS_HASH_LEN],
                struct vls_slice blob, struct vls_error *err)
{
    struct vls_buf plain;
    uint32_t n;
    enum vls_code rc;

    if (blob.n < KIB || blob.n != vls_bucket(blob.n))
        return VLS_FAIL(err, VLS_EAUTH, "a blob of %zu bytes is no packet", blob.n);
    vls_buf_init(&plain, blob.n - VLS_SEAL_EXTRA);
    if (vls_buf_extend(&plain, blob.n - VLS_SEAL_EXTRA) == NULL) {
        rc = vls_buf_ok(&plain, err);
        goto out;
    }
    rc = vls_unseal(plain.p, &group_epoch->seal, L_PACKET, vls_slice_of(group, VLS_HASH_LEN), blob.p, blob.n, err);
    if (rc != VLS_OK)
        goto out;
    n = vls_load_le32(plain.p);
    if (n > plain.n - 4 || !vls__padding_ok(plain.p + 4 + n, plain.n - 4 - n))
        rc = VLS_FAIL(err, VLS_EFORMAT, "a packet of %zu bytes is not filled as it should be", blob.n);
    else
        rc = vls__packet_unfold(out, vls_slice_of(plain.p + 4, n), err);
out:
    vls_buf_clear(&plain);
    return rc;
}
