#ifndef VALISE_ENVELOPE_INT_H
#define VALISE_ENVELOPE_INT_H

#include "valise/envelope.h"

struct vls_epoch {
    uint8_t id[VLS_HASH_LEN];
    uint8_t compartment[VLS_COMPARTMENT_LEN];
    struct vls_secret *all;                   /* one guarded region, since each costs half a dozen system calls */
    struct vls_secret key, seal, tag, commit; /* parts of it, never freed themselves */
};

/* What lies under a seal, so that a blob has one of a few sizes: a length, content, zeros. blob_len receives the size of the
 * blob whose seal takes extra bytes. Clear plain also on failure. */
enum vls_code vls__fill(struct vls_buf *plain, size_t *blob_len, struct vls_slice content, size_t extra,
                        struct vls_error *err) VLS_MUST_USE;
/* The content, borrowed from plain, which has 4 bytes at least; false when that is not filled so. */
bool vls__unfill(struct vls_slice *content, struct vls_slice plain);

/* Appends the envelopes that the content of a packet stands for. Errors: VLS_EFORMAT, more than VLS_PACKET_UNFOLDED_MAX. */
enum vls_code vls__packet_unfold(struct vls_buf *out, struct vls_slice content, struct vls_error *err);

#endif
