#ifndef VALISE_SECRET_H
#define VALISE_SECRET_H

#include "valise/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Key material from first byte to last: guarded, locked pages kept out of core dumps and wiped when
 * freed. Only crypto/ looks inside; everybody else passes it on.
 */
struct vls_secret {
    uint8_t *bytes; /* in guarded pages */
    size_t len;
};

/**
 * Prepares the process before any secret exists: starts libsodium, makes the process not dumpable,
 * switches core files off and proves that memory can be locked.
 *
 * Errors: VLS_ENOMEM, memory cannot be locked (the message names the limit); VLS_EIO, no randomness.
 */
VLS_API enum vls_code vls_secret_start(struct vls_error *err) VLS_MUST_USE;

/** A zeroed secret of len bytes, owned by the caller; NULL on VLS_ENOMEM. */
VLS_API enum vls_code vls_secret_new(struct vls_secret **out, size_t len, struct vls_error *err) VLS_MUST_USE;
/** A fresh random secret of len bytes, owned by the caller. */
VLS_API enum vls_code vls_secret_random(struct vls_secret **out, size_t len, struct vls_error *err) VLS_MUST_USE;
/** A copy of len bytes; the source stays the caller's to wipe. */
VLS_API enum vls_code vls_secret_copy(struct vls_secret **out, const void *p, size_t len,
                                      struct vls_error *err) VLS_MUST_USE;
/** The same secret once more, owned by the caller. */
VLS_API enum vls_code vls_secret_clone(struct vls_secret **out, const struct vls_secret *s,
                                       struct vls_error *err) VLS_MUST_USE;
/** Takes its pages out of reach until vls_secret_show: a stray read ends the process. A hidden one is only shown or freed. */
VLS_API void vls_secret_hide(struct vls_secret *s);
VLS_API void vls_secret_show(struct vls_secret *s);
/** Wipes and frees, a hidden one too; NULL does nothing. */
VLS_API void vls_secret_free(struct vls_secret *s);

/** n bytes from the kernel's generator through a buffered pool with fast key erasure. */
VLS_API void vls_random(void *out, size_t n);

#ifdef __cplusplus
}
#endif
#endif
