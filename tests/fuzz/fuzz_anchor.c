/* A state file by anybody; and, since a seal stops nearly everything, the same bytes as the contents of a slot that was
 * sealed with the right key. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/anchor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PLAIN_LEN (VLS_ANCHOR_SLOT_LEN - 32 - VLS_SEAL_EXTRA)

static const uint8_t store_id[VLS_STORE_ID_LEN] = {7};
static struct vls_secret *key;

static void
start(void)
{
    static const uint8_t bytes[VLS_KEY_LEN] = {3};

    if (key == NULL && (vls_secret_start(NULL) != VLS_OK || vls_secret_copy(&key, bytes, sizeof bytes, NULL) != VLS_OK))
        abort();
}

/* What was believed must come out again when it is sealed anew. */
static void
same_again(const struct vls_anchor *a)
{
    uint8_t slot_bytes[VLS_ANCHOR_SLOT_LEN];
    struct vls_anchor b;
    unsigned slot;

    assert(a->generation > 0);
    vls_anchor_seal(slot_bytes, a, store_id, key);
    if (vls_anchor_read(&b, &slot, vls_slice_of(slot_bytes, sizeof slot_bytes), store_id, key, NULL) != VLS_OK ||
        memcmp(a, &b, sizeof b) != 0 || slot != 0)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t slot_bytes[VLS_ANCHOR_SLOT_LEN] = "valanch", plain[PLAIN_LEN] = {0};
    struct vls_anchor a = {.generation = 0};
    char words[VLS_STATE_WORDS];
    unsigned slot = 9;

    start();
    if (vls_anchor_read(&a, &slot, vls_slice_of(data, size), store_id, key, NULL) == VLS_OK) {
        assert(slot < VLS_ANCHOR_SLOTS);
        same_again(&a);
    } else {
        assert(a.generation == 0 && slot == 9);
    }
    memcpy(plain, data, size < sizeof plain ? size : sizeof plain);
    vls_store_le32(slot_bytes + 8, 1);
    vls_store_le32(slot_bytes + 12, VLS_SUITE);
    memcpy(slot_bytes + 16, store_id, sizeof store_id);
    vls_seal(slot_bytes + 32, key, "valise anchor", vls_slice_of(slot_bytes, 32), plain, sizeof plain);
    if (vls_anchor_read(&a, &slot, vls_slice_of(slot_bytes, sizeof slot_bytes), store_id, key, NULL) == VLS_OK) {
        same_again(&a);
        vls_state_words(words, a.txn, a.head);
        assert(strlen(words) < sizeof words);
    }
    return 0;
}
