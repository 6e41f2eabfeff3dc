#ifndef VALISE_BYTES_H
#define VALISE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "valise/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Borrowed bytes. p may be NULL only when n is 0. */
struct vls_slice {
    const uint8_t *p;
    size_t n;
};

VLS_API struct vls_slice vls_slice_of(const void *p, size_t n);
VLS_API struct vls_slice vls_slice_str(const char *s);
VLS_API bool vls_slice_eq(struct vls_slice a, struct vls_slice b);
/** True for n zero bytes; takes as long whatever they are. */
VLS_API bool vls_all_zero(const uint8_t *p, size_t n);
/** Bytewise order, the shorter first when one is a prefix of the other; <0, 0 or >0. Public data only. */
VLS_API int vls_slice_cmp(struct vls_slice a, struct vls_slice b);

/*
 * A growing buffer with a maximum. A failed append leaves what was there and marks the buffer bad, so
 * that a writer may append many times and look once (vls_buf_ok). Memory is wiped when it moves and
 * when it is freed, since buffers carry plaintext.
 */
struct vls_buf {
    uint8_t *p;
    size_t n, cap, max;
    enum vls_code bad; /* VLS_OK, VLS_ENOMEM or VLS_ELIMIT */
};

/** Makes an empty buffer that will hold at most max bytes. Never allocates. */
VLS_API void vls_buf_init(struct vls_buf *b, size_t max);
/** Wipes, frees and leaves an empty buffer with the same maximum. */
VLS_API void vls_buf_clear(struct vls_buf *b);
/** Forgets the contents, keeps the memory. */
VLS_API void vls_buf_reset(struct vls_buf *b);
VLS_API void vls_buf_put(struct vls_buf *b, const void *p, size_t n);
VLS_API void vls_buf_put_slice(struct vls_buf *b, struct vls_slice s);
VLS_API void vls_buf_put_u8(struct vls_buf *b, uint8_t v);
VLS_API void vls_buf_put_le32(struct vls_buf *b, uint32_t v);
VLS_API void vls_buf_put_le64(struct vls_buf *b, uint64_t v);
VLS_API void vls_buf_put_zeros(struct vls_buf *b, size_t n);
VLS_API void vls_buf_printf(struct vls_buf *b, const char *fmt, ...) VLS_PRINTF(2, 3);
/** Appends n bytes of unspecified content and returns where they are, NULL when it cannot grow. */
VLS_API uint8_t *vls_buf_extend(struct vls_buf *b, size_t n);
/** The contents as a NUL-terminated string (the NUL is not counted), or NULL when it cannot grow. */
VLS_API const char *vls_buf_str(struct vls_buf *b);
VLS_API struct vls_slice vls_buf_slice(const struct vls_buf *b);
/** VLS_OK, or the first failure with a message that names the maximum. */
VLS_API enum vls_code vls_buf_ok(const struct vls_buf *b, struct vls_error *err) VLS_MUST_USE;

/* A reader over borrowed bytes that stays bad after its first short read; reads then yield zeros. */
struct vls_rd {
    const uint8_t *p;
    size_t left;
    bool bad;
};

VLS_API struct vls_rd vls_rd_of(const void *p, size_t n);
VLS_API uint8_t vls_rd_u8(struct vls_rd *r);
VLS_API uint32_t vls_rd_le32(struct vls_rd *r);
VLS_API uint64_t vls_rd_le64(struct vls_rd *r);
/** The next n bytes, borrowed from the input; NULL and bad when there are fewer. */
VLS_API const uint8_t *vls_rd_take(struct vls_rd *r, size_t n);
/** True when everything was read and nothing was short. */
VLS_API bool vls_rd_done(const struct vls_rd *r);

VLS_API void vls_store_le32(uint8_t *p, uint32_t v);
VLS_API void vls_store_le64(uint8_t *p, uint64_t v);
VLS_API uint32_t vls_load_le32(const uint8_t *p);
VLS_API uint64_t vls_load_le64(const uint8_t *p);

/** Overwrites memory in a way the compiler keeps. */
VLS_API void vls_wipe(void *p, size_t n);
/**
 * Makes room in a growing array for more elements of each bytes beyond those it has. at: where the pointer to the array is
 * kept, NULL for an array that has not begun; *cap: for how many there is room. What a move leaves behind is wiped, and
 * the array is freed with free. False without memory; nothing has changed then.
 */
VLS_API bool vls_room(void *at, size_t *cap, size_t have, size_t more, size_t each) VLS_MUST_USE;
/** Wipes n bytes and frees them; NULL does nothing. For memory that held names or text of people. */
VLS_API void vls_wipe_free(void *p, size_t n);
/** The same for a string; NULL does nothing. */
VLS_API void vls_wipe_free_str(char *s);

/** Lower-case hex of n bytes, NUL-terminated; out holds 2 * n + 1 chars. */
VLS_API void vls_hex(char *out, const uint8_t *p, size_t n);
/** Reads exactly n bytes of hex (either case) from the NUL-terminated s; false for anything else. */
VLS_API bool vls_unhex(uint8_t *out, size_t n, const char *s);

#ifdef __cplusplus
}
#endif
#endif
