/*
 * The id of a conflict: a hash of its place and of the rivals as a set. The rivals' dots are summed
 * like record digests, so that neither an order nor memory is needed, and two versions that order
 * rivals differently still name the conflict alike.
 */
#include <string.h>

#include "valise/merge.h"
#include "valise/prim.h"

void
vls_conflict_id(uint8_t out[VLS_ID_LEN], const uint8_t record[VLS_ID_LEN], uint32_t field, struct vls_slice key,
                const struct vls_rival *rivals, size_t n)
{
    uint8_t dot[VLS_CHANGE_ID_LEN + 4], digest[VLS_HASH_LEN], sum[VLS_HASH_LEN], head[8];
    struct vls_slice parts[4] = {{record, VLS_ID_LEN}, {head, sizeof head}, key, {sum, sizeof sum}};
    struct vls_state s;

    vls_state_init(&s);
    for (size_t i = 0; i < n; i++) {
        memcpy(dot, rivals[i].dot.change, VLS_CHANGE_ID_LEN);
        vls_store_le32(dot + VLS_CHANGE_ID_LEN, rivals[i].dot.op);
        vls_hash1(digest, "valise dot", dot, sizeof dot);
        vls_state_add(&s, digest);
    }
    vls_state_digest(sum, &s);
    vls_store_le32(head, field);
    vls_store_le32(head + 4, (uint32_t)key.n);
    vls_hash(digest, "valise conflict", parts, 4);
    memcpy(out, digest, VLS_ID_LEN);
}
