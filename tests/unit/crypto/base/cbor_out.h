#ifndef TESTS_CRYPTO_BASE_CBOR_OUT_H
#define TESTS_CRYPTO_BASE_CBOR_OUT_H

/* A buffer to write to, and what a reader says of bytes. */

#include "tests/support/check.h"

#include "valise/cbor.h"

#include "tests/support/cbor_again.h"

static struct vls_buf out;

static inline int
setup(void **state)
{
    (void)state;
    vls_buf_init(&out, 1 << 20);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    vls_buf_clear(&out);
    return 0;
}

/* Bytes of a hex string at exact size, so that one too many is seen; freed by the caller. */
static inline uint8_t *
bytes_of(const char *hex, size_t *n)
{
    uint8_t *p;

    *n = strlen(hex) / 2;
    assert_non_null(p = malloc(*n));
    assert_true(vls_unhex(p, *n, hex));
    return p;
}

static inline bool
item_ok(const uint8_t *p, size_t n)
{
    struct vls_cbor c = vls_cbor_of(vls_slice_of(p, n));
    struct vls_slice s = vls_cbor_item(&c);

    if (vls_cbor_bad(&c)) {
        assert_null(s.p);
        assert_int_equal(s.n, 0);
        assert_false(vls_cbor_done(&c));
        return false;
    }
    return vls_cbor_done(&c) && s.p == p && s.n == n;
}

#endif
