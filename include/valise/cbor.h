#ifndef VALISE_CBOR_H
#define VALISE_CBOR_H

#include "valise/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Deterministic CBOR (RFC 8949 section 4.2.1), the subset of schemas/wire/README.md: integers that
 * fit 64 bits, byte strings, valid UTF-8 text, definite arrays and maps, false, true, null. No tags,
 * floats, indefinite lengths or other simple values. The reader refuses everything that the writer
 * would not have written, allocates nothing and stays bad after its first failure.
 */

#define VLS_CBOR_DEPTH_MAX 16 /* nesting that vls_cbor_item accepts; the deepest format needs 7 */

enum vls_cbor_type {
    VLS_CBOR_UINT = 0,
    VLS_CBOR_NEGINT = 1,
    VLS_CBOR_BYTES = 2,
    VLS_CBOR_TEXT = 3,
    VLS_CBOR_ARRAY = 4,
    VLS_CBOR_MAP = 5,
    VLS_CBOR_FALSE = 20,
    VLS_CBOR_TRUE = 21,
    VLS_CBOR_NULL = 22,
    VLS_CBOR_BAD = -1
};

VLS_API void vls_cbor_put_uint(struct vls_buf *b, uint64_t v);
VLS_API void vls_cbor_put_int(struct vls_buf *b, int64_t v);
VLS_API void vls_cbor_put_bytes(struct vls_buf *b, const void *p, size_t n);
/** The head alone, for a body of n bytes that the caller writes in place. */
VLS_API void vls_cbor_put_bytes_head(struct vls_buf *b, size_t n);
VLS_API void vls_cbor_put_text(struct vls_buf *b, struct vls_slice utf8);
VLS_API void vls_cbor_put_str(struct vls_buf *b, const char *utf8);
VLS_API void vls_cbor_put_array(struct vls_buf *b, size_t n_items);
/** n_pairs pairs must follow; the caller writes its keys in bytewise order of their encodings. */
VLS_API void vls_cbor_put_map(struct vls_buf *b, size_t n_pairs);
VLS_API void vls_cbor_put_bool(struct vls_buf *b, bool v);
VLS_API void vls_cbor_put_null(struct vls_buf *b);

struct vls_cbor {
    struct vls_rd rd;
};

VLS_API struct vls_cbor vls_cbor_of(struct vls_slice s);
/** The type of the next item, VLS_CBOR_BAD at the end or after a failure. Reads nothing. */
VLS_API enum vls_cbor_type vls_cbor_peek(const struct vls_cbor *c);
VLS_API uint64_t vls_cbor_uint(struct vls_cbor *c);
VLS_API int64_t vls_cbor_int(struct vls_cbor *c);
VLS_API struct vls_slice vls_cbor_bytes(struct vls_cbor *c);
/** A byte string of exactly n bytes; NULL and bad for any other. */
VLS_API const uint8_t *vls_cbor_fixed(struct vls_cbor *c, size_t n);
VLS_API struct vls_slice vls_cbor_text(struct vls_cbor *c);
/** Number of items; bad when it exceeds max or what the input could hold. */
VLS_API size_t vls_cbor_array(struct vls_cbor *c, size_t max);
VLS_API size_t vls_cbor_map(struct vls_cbor *c, size_t max);
VLS_API bool vls_cbor_bool(struct vls_cbor *c);
VLS_API void vls_cbor_null(struct vls_cbor *c);
/**
 * Reads one whole item of any type, checks it to the bottom (canonical heads, UTF-8, maps with
 * strictly ascending keys, depth) and yields its encoding, borrowed.
 */
VLS_API struct vls_slice vls_cbor_item(struct vls_cbor *c);
VLS_API bool vls_cbor_bad(const struct vls_cbor *c);
/** True when the input was read to its end without a failure. */
VLS_API bool vls_cbor_done(const struct vls_cbor *c);
/** Marks the reader bad, for a caller that found a value out of range. */
VLS_API void vls_cbor_fail(struct vls_cbor *c);

/** True for well-formed UTF-8 (no surrogates, no overlong forms, at most U+10FFFF) without NUL. */
VLS_API bool vls_utf8_valid(struct vls_slice s);

#ifdef __cplusplus
}
#endif
#endif
