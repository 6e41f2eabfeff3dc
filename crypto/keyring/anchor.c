/*
 * The bytes of the sealed state file and the words that stand for it. Two slots, so that a write that was
 * cut off leaves the one before; the one with the greatest generation counts.
 */
#include <stdio.h>
#include <string.h>

#include "valise/anchor.h"

#include "words.h"

#define L_ANCHOR  "valise anchor"
#define L_WORDS   "vls state words"
#define VERSION   1u
#define HEAD_LEN  32
#define PLAIN_LEN 184
#define USED_LEN  120 /* of it; the rest is reserved */

static const uint8_t magic[8] = "valanch";

_Static_assert(HEAD_LEN + VLS_SEAL_EXTRA + PLAIN_LEN == VLS_ANCHOR_SLOT_LEN, "anchor.md section 1");

void
vls_anchor_seal(uint8_t out[VLS_ANCHOR_SLOT_LEN], const struct vls_anchor *a, const uint8_t store_id[VLS_STORE_ID_LEN],
                const struct vls_secret *key)
{
    uint8_t plain[PLAIN_LEN] = {0};

    memcpy(out, magic, sizeof magic);
    vls_store_le32(out + 8, VERSION);
    vls_store_le32(out + 12, VLS_SUITE);
    memcpy(out + 16, store_id, VLS_STORE_ID_LEN);
    vls_store_le64(plain, a->generation);
    vls_store_le64(plain + 8, a->txn);
    memcpy(plain + 16, a->head, VLS_HASH_LEN);
    memcpy(plain + 48, a->device, VLS_ANCHOR_ID_LEN);
    memcpy(plain + 64, a->incarnation, VLS_ANCHOR_ID_LEN);
    vls_store_le64(plain + 80, a->seq);
    memcpy(plain + 88, a->envelope, VLS_HASH_LEN);
    vls_seal(out + HEAD_LEN, key, L_ANCHOR, vls_slice_of(out, HEAD_LEN), plain, sizeof plain);
}

static bool
plain_read(struct vls_anchor *a, const uint8_t plain[PLAIN_LEN])
{
    static const uint8_t zeros[VLS_HASH_LEN], reserved[PLAIN_LEN - USED_LEN];

    a->generation = vls_load_le64(plain);
    a->txn = vls_load_le64(plain + 8);
    memcpy(a->head, plain + 16, VLS_HASH_LEN);
    memcpy(a->device, plain + 48, VLS_ANCHOR_ID_LEN);
    memcpy(a->incarnation, plain + 64, VLS_ANCHOR_ID_LEN);
    a->seq = vls_load_le64(plain + 80);
    memcpy(a->envelope, plain + 88, VLS_HASH_LEN);
    /* both public here: the seal has verified */
    return a->generation > 0 && memcmp(plain + USED_LEN, reserved, sizeof reserved) == 0 &&
           (a->seq > 0 || memcmp(a->envelope, zeros, sizeof zeros) == 0);
}

/* One slot: VLS_ENOTFOUND, nothing of this store. */
static enum vls_code
slot_read(struct vls_anchor *a, struct vls_slice slot, const uint8_t store_id[VLS_STORE_ID_LEN],
          const struct vls_secret *key)
{
    uint8_t plain[PLAIN_LEN];

    if (slot.n < VLS_ANCHOR_SLOT_LEN || memcmp(slot.p, magic, sizeof magic) != 0 || vls_load_le32(slot.p + 8) == 0 ||
        memcmp(slot.p + 16, store_id, VLS_STORE_ID_LEN) != 0)
        return VLS_ENOTFOUND;
    if (vls_load_le32(slot.p + 8) != VERSION || vls_load_le32(slot.p + 12) != VLS_SUITE)
        return VLS_EVERSION;
    if (vls_unseal(plain, key, L_ANCHOR, vls_slice_of(slot.p, HEAD_LEN), slot.p + HEAD_LEN,
                   VLS_ANCHOR_SLOT_LEN - HEAD_LEN, NULL) != VLS_OK)
        return VLS_EAUTH;
    return plain_read(a, plain) ? VLS_OK : VLS_EAUTH;
}

enum vls_code
vls_anchor_read(struct vls_anchor *out, unsigned *slot, struct vls_slice file, const uint8_t store_id[VLS_STORE_ID_LEN],
                const struct vls_secret *key, struct vls_error *err)
{
    enum vls_code rc[VLS_ANCHOR_SLOTS];
    struct vls_anchor best = {.generation = 0};

    for (unsigned i = 0; i < VLS_ANCHOR_SLOTS; i++) {
        size_t at = (size_t)i * VLS_ANCHOR_SLOT_AT;
        struct vls_anchor a;

        rc[i] = at >= file.n ? VLS_ENOTFOUND : slot_read(&a, vls_slice_of(file.p + at, file.n - at), store_id, key);
        if (rc[i] == VLS_OK && a.generation > best.generation) {
            best = a;
            *slot = i;
        }
    }
    if (best.generation > 0) {
        *out = best;
        return VLS_OK;
    }
    if (rc[0] == VLS_EVERSION || rc[1] == VLS_EVERSION)
        return VLS_FAIL(err, VLS_EVERSION, "the state file is of a newer version");
    if (rc[0] == VLS_EAUTH || rc[1] == VLS_EAUTH)
        return VLS_FAIL(err, VLS_EAUTH, "the state file is damaged");
    return VLS_FAIL(err, VLS_ENOTFOUND, "no state file of this store");
}

void
vls_state_words(char out[VLS_STATE_WORDS], uint64_t txn, const uint8_t head[VLS_HASH_LEN])
{
    uint8_t in[8 + VLS_HASH_LEN], h[VLS_HASH_LEN];
    uint64_t bits = 0;

    vls_store_le64(in, txn);
    memcpy(in + 8, head, VLS_HASH_LEN);
    vls_hash1(h, L_WORDS, in, sizeof in);
    for (size_t i = 0; i < 6; i++)
        bits = bits << 8 | h[i];
    bits >>= 4; /* 44 of 48 */
    (void)snprintf(out, VLS_STATE_WORDS, "%s %s %s %s", vls__words[bits >> 33 & 2047], vls__words[bits >> 22 & 2047],
                   vls__words[bits >> 11 & 2047], vls__words[bits & 2047]);
}
