#ifndef TESTS_SUPPORT_CBOR_AGAIN_H
#define TESTS_SUPPORT_CBOR_AGAIN_H

#include "valise/cbor.h"

/*
 * Reads one item with the typed readers and writes it with the writers: what vls_cbor_item accepts must
 * come out as the same bytes, and what it refuses must be refused here.
 */
static inline void
cbor_again(struct vls_buf *out, struct vls_cbor *c, int depth)
{
    enum vls_cbor_type type = vls_cbor_peek(c);
    size_t n;

    if (depth <= 0) {
        vls_cbor_fail(c);
        return;
    }
    switch (type) {
    case VLS_CBOR_UINT:
        vls_cbor_put_uint(out, vls_cbor_uint(c));
        break;
    case VLS_CBOR_NEGINT:
        vls_cbor_put_int(out, vls_cbor_int(c));
        break;
    case VLS_CBOR_BYTES: {
        struct vls_slice s = vls_cbor_bytes(c);

        vls_cbor_put_bytes(out, s.p, s.n);
        break;
    }
    case VLS_CBOR_TEXT:
        vls_cbor_put_text(out, vls_cbor_text(c));
        break;
    case VLS_CBOR_ARRAY:
        n = vls_cbor_array(c, SIZE_MAX);
        vls_cbor_put_array(out, n);
        for (size_t i = 0; i < n && !vls_cbor_bad(c); i++)
            cbor_again(out, c, depth - 1);
        break;
    case VLS_CBOR_MAP: {
        size_t last = 0, last_n = 0;

        n = vls_cbor_map(c, SIZE_MAX);
        vls_cbor_put_map(out, n);
        for (size_t i = 0; i < n && !vls_cbor_bad(c); i++) {
            size_t key = out->n;

            cbor_again(out, c, depth - 1);
            /* keys ascend as bytes of their encodings, so none comes twice */
            if (i > 0 && !vls_cbor_bad(c) &&
                vls_slice_cmp(vls_slice_of(out->p + last, last_n), vls_slice_of(out->p + key, out->n - key)) >= 0)
                vls_cbor_fail(c);
            last = key;
            last_n = out->n - key;
            cbor_again(out, c, depth - 1);
        }
        break;
    }
    case VLS_CBOR_FALSE:
    case VLS_CBOR_TRUE:
        vls_cbor_put_bool(out, vls_cbor_bool(c));
        break;
    case VLS_CBOR_NULL:
        vls_cbor_null(c);
        vls_cbor_put_null(out);
        break;
    case VLS_CBOR_BAD:
        vls_cbor_fail(c);
        break;
    }
}

#endif
