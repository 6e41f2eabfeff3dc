#ifndef VALISE_ENVELOPE_INT_H
#define VALISE_ENVELOPE_INT_H

#include "valise/envelope.h"

struct vls_epoch {
    uint8_t id[VLS_HASH_LEN];
    uint8_t compartment[VLS_COMPARTMENT_LEN];
    struct vls_secret *all;                   /* one guarded region, since each costs half a dozen system calls */
    struct vls_secret key, seal, tag, commit; /* parts of it, never freed themselves */
};

/* True for n zero bytes. */
bool vls__padding_ok(const uint8_t *p, size_t n);

/* Appends the envelopes that the content of a packet stands for. Errors: VLS_EFORMAT, more than VLS_PACKET_UNFOLDED_MAX. */
enum vls_code vls__packet_unfold(struct vls_buf *out, struct vls_slice content, struct vls_error *err);

#endif
