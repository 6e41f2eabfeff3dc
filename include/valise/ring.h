#ifndef VALISE_RING_H
#define VALISE_RING_H

#include "valise/prim.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Sealing one secret under another, so that keys can lie in the record store without ever being in
 * its page cache in clear. Source: schemas/store/keyfile.md, "keys in the store".
 */

#define VLS_RING_EXTRA VLS_SEAL_EXTRA

/** Appends s sealed under kek, bound to purpose (at most 64 bytes) and id (at most 64 bytes). */
VLS_API enum vls_code vls_ring_seal(struct vls_buf *out, const struct vls_secret *kek, const char *purpose,
                                    struct vls_slice id, const struct vls_secret *s,
                                    struct vls_error *err) VLS_MUST_USE;
/** Opens such bytes; owned by the caller. Errors: VLS_EAUTH. */
VLS_API enum vls_code vls_ring_unseal(struct vls_secret **out, const struct vls_secret *kek, const char *purpose,
                                      struct vls_slice id, struct vls_slice sealed,
                                      struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
