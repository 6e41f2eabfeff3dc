#ifndef VALISE_ANCHOR_H
#define VALISE_ANCHOR_H

#include "valise/keyfile.h"
#include "valise/prim.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The sealed state file: how far the store had come, kept where a copy of the store's folder does not
 * reach. Bytes only; reading, writing and judging is the engine's. Source: schemas/store/anchor.md.
 */

#define VLS_ANCHOR_FILE_LEN 8192
#define VLS_ANCHOR_SLOTS 2
#define VLS_ANCHOR_SLOT_LEN 256
#define VLS_ANCHOR_SLOT_AT 4096 /* slot i lies at i times that */
#define VLS_ANCHOR_ID_LEN 16    /* of a device, of an incarnation */

struct vls_anchor {
    uint64_t generation; /* 1 for the first writing */
    uint64_t txn;        /* last durable transaction of the page log */
    uint8_t head[VLS_HASH_LEN];
    uint8_t device[VLS_ANCHOR_ID_LEN], incarnation[VLS_ANCHOR_ID_LEN];
    uint64_t seq; /* newest envelope of that incarnation, 0: none */
    uint8_t envelope[VLS_HASH_LEN];
};

/** One slot of the file; key: the subkey VLS_SUBKEY_ANCHOR. */
VLS_API void vls_anchor_seal(uint8_t out[VLS_ANCHOR_SLOT_LEN], const struct vls_anchor *a,
                             const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *key);
/**
 * The newest slot of a file that is this store's; *slot receives its number. Both untouched on failure.
 *
 * Errors: VLS_ENOTFOUND, no slot is of this store; VLS_EAUTH, those that are do not open or are not in order;
 * VLS_EVERSION, of a newer version.
 */
VLS_API enum vls_code vls_anchor_read(struct vls_anchor *out, unsigned *slot, struct vls_slice file,
                                      const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *key,
                                      struct vls_error *err) VLS_MUST_USE;

/** The four state words, "able abode abroad absorb", NUL-terminated. */
#define VLS_STATE_WORDS 32
VLS_API void vls_state_words(char out[VLS_STATE_WORDS], uint64_t txn, const uint8_t head[VLS_HASH_LEN]);

#ifdef __cplusplus
}
#endif
#endif
