/* UTF-8 in CBOR text: held against a plain reading of its rules, byte by byte. */
#include "cbor_out.h"

/* ---- UTF-8 ---- */

/* The straightforward reading of RFC 3629 as numbers, to hold the table-like one against. */
static bool
utf8_plain(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n;) {
        uint32_t v = p[i];
        size_t more = v < 0x80 ? 0 : v >> 5 == 6 ? 1 : v >> 4 == 14 ? 2 : v >> 3 == 30 ? 3 : 4;

        if (more == 4 || more >= n - i)
            return false;
        v &= more == 0 ? 0x7fu : 0x3fu >> more;
        for (size_t k = 1; k <= more; k++) {
            if (p[i + k] >> 6 != 2)
                return false;
            v = v << 6 | (p[i + k] & 0x3fu);
        }
        if (v == 0 || (more == 1 && v < 0x80) || (more == 2 && v < 0x800) || (more == 3 && v < 0x10000) ||
            v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
            return false;
        i += more + 1;
    }
    return true;
}

static void
utf8_agrees_with_the_plain_reading(void **state)
{
    static const uint8_t tail[] = {0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x9f, 0xa0, 0xbe, 0xbf, 0xc0, 0xff};
    size_t n_valid = 0;

    (void)state;
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++) {
            uint8_t two[2] = {(uint8_t)a, (uint8_t)b};

            assert_int_equal(vls_utf8_valid(vls_slice_of(two, 1)), utf8_plain(two, 1));
            assert_int_equal(vls_utf8_valid(vls_slice_of(two, 2)), utf8_plain(two, 2));
            for (size_t c = 0; c < sizeof tail; c++)
                for (size_t d = 0; d < sizeof tail; d++) {
                    uint8_t four[4] = {(uint8_t)a, (uint8_t)b, tail[c], tail[d]};
                    bool ok = vls_utf8_valid(vls_slice_of(four, 4));

                    assert_int_equal(ok, utf8_plain(four, 4));
                    assert_int_equal(vls_utf8_valid(vls_slice_of(four, 3)), utf8_plain(four, 3));
                    n_valid += ok;
                }
        }
    assert_true(n_valid > 10000);
    assert_true(vls_utf8_valid(vls_slice_of(NULL, 0)));
}

static void
utf8_in_long_text_is_judged_like_in_short(void **state)
{
    size_t n_valid = 0, n_not = 0;

    (void)state;
    for (size_t n = 6; n <= 26; n++)
        for (size_t at = 0; at < n; at++)
            for (unsigned b = 0; b < 256; b++) {
                uint8_t *p = malloc(n); /* of exact size: a sanitizer sees a byte too many */

                assert_non_null(p);
                memset(p, b % 3 == 0 ? 0x7f : 1, n);
                p[at] = (uint8_t)b;
                if (at + 1 < n && b >= 0xc2)
                    p[at + 1] = 0x80;
                assert_int_equal(vls_utf8_valid(vls_slice_of(p, n)), utf8_plain(p, n));
                *(utf8_plain(p, n) ? &n_valid : &n_not) += 1;
                free(p);
            }
    assert_true(n_valid > 40000 && n_not > 30000);
}

static void
text_that_is_no_utf8_is_refused(void **state)
{
    static const char *const bad[] = {"6100",       "6180",     "61ff",     "62c080",       "62c1bf",
                                      "63e08080",   "63eda080", "63edbfbf", "62c3c3",       "64f0808080",
                                      "64f4908080", "61c3",     "63e282",   "65f8808080 80"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char hex[32], *to = hex;
        size_t n;
        uint8_t *p;
        struct vls_cbor c;

        for (const char *from = bad[i]; *from != '\0'; from++)
            if (*from != ' ')
                *to++ = *from;
        *to = '\0';
        p = bytes_of(hex, &n);
        c = vls_cbor_of(vls_slice_of(p, n));
        assert_null(vls_cbor_text(&c).p);
        assert_true(vls_cbor_bad(&c));
        assert_false(item_ok(p, n));
        p[0] = (uint8_t)((p[0] & 31) | 0x40); /* as a byte string it is fine, where it is whole */
        assert_int_equal(item_ok(p, n), (p[0] & 31u) == n - 1);
        free(p);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_agrees_with_the_plain_reading),
        cmocka_unit_test(utf8_in_long_text_is_judged_like_in_short),
        cmocka_unit_test(text_that_is_no_utf8_is_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
