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
vls__fill(struct vls_buf *plain, size_t *blob_len, struct vls_slice content, size_t extra, struct vls_error *err)
{
    *blob_len = vls_bucket(content.n + 4 + extra);
    vls_buf_init(plain, *blob_len);
    vls_buf_put_le32(plain, (uint32_t)content.n);
    vls_buf_put_slice(plain, content);
    vls_buf_put_zeros(plain, *blob_len - extra - 4 - content.n);
    return vls_buf_ok(plain, err);
}

/* The padding is inside the seal, so only a member can have put anything else there. */
bool
vls__unfill(struct vls_slice *content, struct vls_slice plain)
{
    uint32_t n = vls_load_le32(plain.p);

    if (n > plain.n - 4 || !vls_all_zero(plain.p + 4 + n, plain.n - 4 - n))
        return false;
    *content = vls_slice_of(plain.p + 4, n);
    return true;
}

enum vls_code
vls_packet_seal(struct vls_buf *out, const struct vls_epoch *group_epoch, const uint8_t group[VLS_HASH_LEN],
                struct vls_slice content, struct vls_error *err)
{
    struct vls_buf plain;
    size_t blob_len;
    uint8_t *at;
    enum vls_code rc;

    if ((rc = vls__fill(&plain, &blob_len, content, VLS_SEAL_EXTRA, err)) != VLS_OK)
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

enum vls_code
vls_packet_open(struct vls_buf *out, const struct vls_epoch *group_epoch, const uint8_t group[VLS_HASH_LEN],
                struct vls_slice blob, struct vls_error *err)
{
    struct vls_slice content;
    struct vls_buf plain;
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
    if (!vls__unfill(&content, vls_buf_slice(&plain)))
        rc = VLS_FAIL(err, VLS_EFORMAT, "a packet of %zu bytes is not filled as it should be", blob.n);
    else
        rc = vls__packet_unfold(out, content, err);
out:
    vls_buf_clear(&plain);
    return rc;
}
