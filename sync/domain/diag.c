/*
 * Any value, for people and for machines that do not know its shape: CBOR diagnostic notation
 * (RFC 8949 section 8). Used for what another version, or a careless colleague, put into a record.
 */
#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

#define DIAG_BYTES_SHOWN 64 /* of one byte string: enough to compare hashes by eye */

static void
put_hex(struct vls_buf *out, struct vls_slice s)
{
    size_t n = s.n < DIAG_BYTES_SHOWN ? s.n : DIAG_BYTES_SHOWN;

    vls_buf_printf(out, "h'");
    for (size_t i = 0; i < n; i++)
        vls_buf_printf(out, "%02x", s.p[i]);
    vls_buf_printf(out, n < s.n ? "…'" : "'");
}

static void
put_quoted(struct vls_buf *out, struct vls_slice s)
{
    vls_buf_put_u8(out, '"');
    while (s.n > 0) {
        size_t n = 0;

        while (n < s.n && s.p[n] != '"' && s.p[n] != '\\' && s.p[n] != '\n' && s.p[n] != '\t')
            n++;
        vls__text_visible(out, vls_slice_of(s.p, n));
        if (n < s.n) {
            vls_buf_put_u8(out, '\\');
            vls_buf_put_u8(out, s.p[n] == '\n' ? 'n' : s.p[n] == '\t' ? 't' : s.p[n]);
            n++;
        }
        s.p += n;
        s.n -= n;
    }
    vls_buf_put_u8(out, '"');
}

/* The item was checked to the bottom, depth included, before anything is printed. */
static void
put_item(struct vls_buf *out, struct vls_cbor *c)
{
    size_t n;

    switch (vls_cbor_peek(c)) {
    case VLS_CBOR_UINT:
        vls_buf_printf(out, "%llu", (unsigned long long)vls_cbor_uint(c));
        break;
    case VLS_CBOR_NEGINT:
        vls_buf_printf(out, "%lld", (long long)vls_cbor_int(c));
        break;
    case VLS_CBOR_BYTES:
        put_hex(out, vls_cbor_bytes(c));
        break;
    case VLS_CBOR_TEXT:
        put_quoted(out, vls_cbor_text(c));
        break;
    case VLS_CBOR_ARRAY:
        vls_buf_put_u8(out, '[');
        n = vls_cbor_array(c, SIZE_MAX);
        for (size_t i = 0; i < n; i++) {
            if (i > 0)
                vls_buf_printf(out, ", ");
            put_item(out, c);
        }
        vls_buf_put_u8(out, ']');
        break;
    case VLS_CBOR_MAP:
        vls_buf_put_u8(out, '{');
        n = vls_cbor_map(c, SIZE_MAX);
        for (size_t i = 0; i < n; i++) {
            if (i > 0)
                vls_buf_printf(out, ", ");
            put_item(out, c);
            vls_buf_printf(out, ": ");
            put_item(out, c);
        }
        vls_buf_put_u8(out, '}');
        break;
    case VLS_CBOR_FALSE:
    case VLS_CBOR_TRUE:
        vls_buf_printf(out, vls_cbor_bool(c) ? "true" : "false");
        break;
    case VLS_CBOR_NULL:
        vls_cbor_null(c);
        vls_buf_printf(out, "null");
        break;
    case VLS_CBOR_BAD:
        vls_cbor_fail(c);
        break;
    }
}

void
vls__diag(struct vls_buf *out, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value), again = c;

    if (vls_cbor_item(&c).n == 0 || !vls_cbor_done(&c))
        put_hex(out, value);
    else
        put_item(out, &again);
}
