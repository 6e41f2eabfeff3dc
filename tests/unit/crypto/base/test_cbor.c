/*
 * Deterministic CBOR: one encoding per value. The writer is held against the examples of RFC 8949
 * appendix A, the reader against everything that is not shortest, sorted, valid or complete.
 */
#include "cbor_out.h"

static bool
hex_ok(const char *hex)
{
    size_t n;
    uint8_t *p = bytes_of(hex, &n);
    bool ok = item_ok(p, n);

    free(p);
    return ok;
}

static void
check_out(const char *hex)
{
    char got[200];

    assert_true(out.n < sizeof got / 2);
    vls_hex(got, out.p, out.n);
    assert_string_equal(got, hex);
    assert_true(hex_ok(hex));
    vls_buf_reset(&out);
}

static void
numbers_take_their_shortest_form(void **state)
{
    static const struct {
        uint64_t v;
        const char *hex;
    } cases[] = {{0, "00"},
                 {23, "17"},
                 {24, "1818"},
                 {255, "18ff"},
                 {256, "190100"},
                 {65535, "19ffff"},
                 {65536, "1a00010000"},
                 {4294967295, "1affffffff"},
                 {4294967296, "1b0000000100000000"},
                 {1000000000000, "1b000000e8d4a51000"},
                 {UINT64_MAX, "1bffffffffffffffff"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vls_cbor c;

        vls_cbor_put_uint(&out, cases[i].v);
        c = vls_cbor_of(vls_buf_slice(&out));
        assert_int_equal(vls_cbor_peek(&c), VLS_CBOR_UINT);
        assert_true(vls_cbor_uint(&c) == cases[i].v);
        assert_true(vls_cbor_done(&c));
        c = vls_cbor_of(vls_buf_slice(&out)); /* as a signed one, where it fits */
        assert_true(vls_cbor_int(&c) == (cases[i].v <= INT64_MAX ? (int64_t)cases[i].v : 0));
        assert_int_equal(vls_cbor_bad(&c), cases[i].v > INT64_MAX);
        check_out(cases[i].hex);
    }
}

static void
negative_numbers_reach_the_least_int64_and_no_further(void **state)
{
    static const struct {
        int64_t v;
        const char *hex;
    } cases[] = {{-1, "20"},         {-24, "37"},       {-25, "3818"},
                 {-100, "3863"},     {-256, "38ff"},    {-257, "390100"},
                 {-1000, "3903e7"},  {-65537, "3a00010000"}, {INT64_MIN, "3b7fffffffffffffff"}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vls_cbor c;

        vls_cbor_put_int(&out, cases[i].v);
        c = vls_cbor_of(vls_buf_slice(&out));
        assert_int_equal(vls_cbor_peek(&c), VLS_CBOR_NEGINT);
        assert_true(vls_cbor_int(&c) == cases[i].v);
        assert_true(vls_cbor_done(&c));
        c = vls_cbor_of(vls_buf_slice(&out));
        assert_true(vls_cbor_uint(&c) == 0 && vls_cbor_bad(&c));
        check_out(cases[i].hex);
    }
    vls_cbor_put_int(&out, 7);
    check_out("07");
    assert_false(hex_ok("3b8000000000000000"));
    assert_false(hex_ok("3bffffffffffffffff"));
}

static void
other_items_are_written_as_the_rfc_has_them(void **state)
{
    (void)state;
    vls_cbor_put_bytes(&out, "\1\2\3\4", 4);
    check_out("4401020304");
    vls_cbor_put_bytes(&out, NULL, 0);
    check_out("40");
    vls_cbor_put_str(&out, "IETF");
    check_out("6449455446");
    vls_cbor_put_str(&out, "\xe6\xb0\xb4");
    check_out("63e6b0b4");
    vls_cbor_put_bool(&out, false);
    check_out("f4");
    vls_cbor_put_bool(&out, true);
    check_out("f5");
    vls_cbor_put_null(&out);
    check_out("f6");
    vls_cbor_put_array(&out, 3); /* [1, [2, 3], [4, 5]] */
    vls_cbor_put_uint(&out, 1);
    for (uint64_t i = 2; i <= 4; i += 2) {
        vls_cbor_put_array(&out, 2);
        vls_cbor_put_uint(&out, i);
        vls_cbor_put_uint(&out, i + 1);
    }
    check_out("8301820203820405");
    vls_cbor_put_map(&out, 2); /* {"a": 1, "b": [2, 3]} */
    vls_cbor_put_str(&out, "a");
    vls_cbor_put_uint(&out, 1);
    vls_cbor_put_str(&out, "b");
    vls_cbor_put_array(&out, 2);
    vls_cbor_put_uint(&out, 2);
    vls_cbor_put_uint(&out, 3);
    check_out("a26161016162820203");
}

/* Each argument in each longer form than its shortest, in every major type. */
static void
longer_forms_than_the_shortest_are_refused(void **state)
{
    static const uint64_t values[] = {0, 1, 23, 24, 255, 256, 65535, 65536, 4294967295, 4294967296};
    unsigned n_refused = 0;

    (void)state;
    for (unsigned major = 0; major < 6; major++)
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
            for (unsigned form = 0; form < 4; form++) {
                unsigned width = 8u << form;
                bool fits = width == 64 || values[i] < (uint64_t)1 << width;
                bool shortest = values[i] >= (form == 0 ? 24 : (uint64_t)1 << width / 2);
                uint8_t item[9] = {(uint8_t)(major << 5 | (24 + form))};
                struct vls_cbor c;

                if (!fits || shortest)
                    continue;
                for (unsigned k = 0; k < width / 8; k++)
                    item[1 + k] = (uint8_t)(values[i] >> (width - 8 - 8 * k));
                c = vls_cbor_of(vls_slice_of(item, 1 + width / 8));
                if (major == 0)
                    assert_true(vls_cbor_uint(&c) == 0);
                else if (major == 1)
                    assert_true(vls_cbor_int(&c) == 0);
                else if (major <= 3)
                    assert_int_equal((major == 2 ? vls_cbor_bytes(&c) : vls_cbor_text(&c)).n, 0);
                else
                    assert_int_equal(major == 4 ? vls_cbor_array(&c, SIZE_MAX) : vls_cbor_map(&c, SIZE_MAX), 0);
                assert_true(vls_cbor_bad(&c));
                assert_false(item_ok(item, 1 + width / 8));
                n_refused++;
            }
    assert_int_equal(n_refused, 6 * (3 * 4 + 2 * 3 + 2 * 2 + 2 * 1)); /* values of each shortest form, longer forms */
}

/* What the subset leaves out: tags, floats, indefinite lengths, other simple values, reserved heads. */
static void
every_head_byte_outside_the_subset_is_refused(void **state)
{
    (void)state;
    for (unsigned h = 0; h < 256; h++) {
        unsigned major = h >> 5, info = h & 31;
        bool known = h == 0xf4 || h == 0xf5 || h == 0xf6 || (major <= 5 && info <= 27);
        uint8_t item[64] = {(uint8_t)h};
        struct vls_cbor c = vls_cbor_of(vls_slice_of(item, sizeof item));

        if (!known) {
            (void)vls_cbor_item(&c);
            assert_true(vls_cbor_bad(&c));
            for (size_t n = 1; n < sizeof item; n++)
                assert_false(item_ok(item, n));
        }
        if (major >= 6)
            assert_int_equal(vls_cbor_peek(&c), h == 0xf4   ? VLS_CBOR_FALSE
                                                : h == 0xf5 ? VLS_CBOR_TRUE
                                                : h == 0xf6 ? VLS_CBOR_NULL
                                                            : VLS_CBOR_BAD);
    }
}

static void
maps_must_ascend(void **state)
{
    static const struct {
        const char *hex;
        bool ok;
    } cases[] = {{"a0", true},
                 {"a10001", true},
                 {"a200000100", true},
                 {"a201000000", false},       /* descending */
                 {"a201000100", false},       /* twice */
                 {"a2181800181900", true},
                 {"a20a00181800", true},      /* 10 before 24 */
                 {"a2181800 0a00", false},
                 {"a2200018ff00", false},     /* -1 before 255: 0x20 > 0x18 */
                 {"a218ff002000", true},
                 {"a2616100616200", true},
                 {"a26162006161 00", false},
                 {"a2616100616100", false},
                 {"a26261610061 6200", false},/* "aa" before "b": longer text has the greater head */
                 {"a26162006261 6100", true},
                 {"a240004000", false},
                 {"a2f500f400", false},
                 {"a2f400f500", true},
                 {"a3000001000200", true},
                 {"a3000002000100", false},
                 {"a2800080 00", false},
                 {"a1a000", true},            /* a map as a key is odd, but one encoding all the same */
                 {"81a201000000", false},     /* below */
                 {"a1 00a201000000", false},
                 {"a1a20100000000", false}};  /* in a key */

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char hex[64], *to = hex;

        for (const char *from = cases[i].hex; *from != '\0'; from++)
            if (*from != ' ')
                *to++ = *from;
        *to = '\0';
        if (hex_ok(hex) != cases[i].ok)
            fail_msg("%s", cases[i].hex);
    }
}

static void
nesting_ends_at_its_limit(void **state)
{
    uint8_t deep[VLS_CBOR_DEPTH_MAX + 4];

    (void)state;
    for (size_t n = 1; n <= sizeof deep; n++) {
        memset(deep, 0x81, n - 1); /* [[[…0…]]] */
        deep[n - 1] = 0;
        assert_int_equal(item_ok(deep, n), n <= VLS_CBOR_DEPTH_MAX);
        deep[n - 1] = 0x80;
        assert_int_equal(item_ok(deep, n), n <= VLS_CBOR_DEPTH_MAX);
    }
    {
        static uint8_t abyss[1 << 20]; /* must not follow it down */

        memset(abyss, 0x81, sizeof abyss);
        assert_false(item_ok(abyss, sizeof abyss));
    }
    {
        uint8_t maps[2 * VLS_CBOR_DEPTH_MAX + 4];

        for (size_t n = 1; 2 * n < sizeof maps; n++) { /* {0: {0: … 0}} */
            for (size_t i = 0; i + 1 < n; i++)
                maps[2 * i] = 0xa1, maps[2 * i + 1] = 0;
            maps[2 * (n - 1)] = 0;
            assert_int_equal(item_ok(maps, 2 * n - 1), n <= VLS_CBOR_DEPTH_MAX);
        }
    }
}

/* A small document of every type: cut anywhere it is refused, and one byte behind it is seen. */
static void
truncated_and_trailing_bytes_are_refused(void **state)
{
    static const char doc[] = "a5001903e8013863024401020304036568c3a96c6c0483f4f5f6";
    size_t n;
    uint8_t *p = bytes_of(doc, &n), *longer;
    struct vls_cbor c;

    (void)state;
    assert_true(item_ok(p, n));
    for (size_t cut = 0; cut < n; cut++) {
        uint8_t *exact = malloc(cut);

        memcpy(exact, p, cut);
        assert_false(item_ok(exact, cut));
        free(exact);
    }
    longer = malloc(n + 1);
    memcpy(longer, p, n);
    longer[n] = 0;
    c = vls_cbor_of(vls_slice_of(longer, n + 1));
    assert_int_equal(vls_cbor_item(&c).n, n);
    assert_false(vls_cbor_bad(&c));
    assert_false(vls_cbor_done(&c));
    free(longer);
    free(p);
    c = vls_cbor_of(vls_slice_of(NULL, 0));
    assert_true(vls_cbor_done(&c));
    assert_int_equal(vls_cbor_peek(&c), VLS_CBOR_BAD);
    (void)vls_cbor_item(&c);
    assert_true(vls_cbor_bad(&c));
}

static void
counts_beyond_the_input_are_refused_at_once(void **state)
{
    static const char *const heads[] = {"9a7fffffff00",         "9bffffffffffffffff00", "ba7fffffff0000",
                                        "bbffffffffffffffff00", "5a7fffffff00",         "5bffffffffffffffff00",
                                        "7bffffffffffffffff00", "8200",                 "a200000100ff",
                                        "a10000ff",             "a3000001",             "4200"};

    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        assert_false(hex_ok(heads[i]));
}

static void
limits_of_the_caller_hold(void **state)
{
    struct vls_cbor c;

    (void)state;
    c = vls_cbor_of(vls_slice_of("\x82\x00\x00", 3));
    assert_int_equal(vls_cbor_array(&c, 2), 2);
    c = vls_cbor_of(vls_slice_of("\x82\x00\x00", 3));
    assert_int_equal(vls_cbor_array(&c, 1), 0);
    assert_true(vls_cbor_bad(&c));
    c = vls_cbor_of(vls_slice_of("\xa1\x00\x00", 3));
    assert_int_equal(vls_cbor_map(&c, 0), 0);
    assert_true(vls_cbor_bad(&c));
    c = vls_cbor_of(vls_slice_of("\x42\x01\x02", 3));
    assert_non_null(vls_cbor_fixed(&c, 2));
    for (size_t n = 0; n < 4; n++) {
        c = vls_cbor_of(vls_slice_of("\x42\x01\x02", 3));
        assert_int_equal(vls_cbor_fixed(&c, n) != NULL, n == 2);
        assert_int_equal(vls_cbor_bad(&c), n != 2);
    }
}

/* Each typed reader on each type of item: only its own, and nothing more once it is bad. */
static void
readers_take_their_own_type_only_and_stay_bad(void **state)
{
    static const char *const item[] = {"05", "24", "4101", "6161", "8105", "a10505", "f4", "f5", "f6", "f7", "c105"};
    static const int accepts[] = {/* uint */ 1 << 0, /* int */ 3, /* bytes */ 1 << 2, /* text */ 1 << 3,
                                  /* array */ 1 << 4, /* map */ 1 << 5, /* bool */ 3 << 6, /* null */ 1 << 8};

    (void)state;
    for (int i = 0; i < 11; i++)
        for (int r = 0; r < 8; r++) {
            size_t n;
            uint8_t *p = bytes_of(item[i], &n);
            struct vls_cbor c = vls_cbor_of(vls_slice_of(p, n));

            switch (r) {
            case 0: (void)vls_cbor_uint(&c); break;
            case 1: (void)vls_cbor_int(&c); break;
            case 2: (void)vls_cbor_bytes(&c); break;
            case 3: (void)vls_cbor_text(&c); break;
            case 4: (void)vls_cbor_array(&c, 10); break;
            case 5: (void)vls_cbor_map(&c, 10); break;
            case 6: (void)vls_cbor_bool(&c); break;
            default: vls_cbor_null(&c); break;
            }
            if (vls_cbor_bad(&c) == ((accepts[r] >> i & 1) != 0))
                fail_msg("item %s, reader %d", item[i], r);
            if (vls_cbor_bad(&c)) {
                assert_int_equal(vls_cbor_peek(&c), VLS_CBOR_BAD);
                assert_true(vls_cbor_uint(&c) == 0 && vls_cbor_int(&c) == 0);
                assert_int_equal(vls_cbor_bytes(&c).n + vls_cbor_text(&c).n + vls_cbor_array(&c, 9), 0);
                assert_false(vls_cbor_bool(&c));
                assert_null(vls_cbor_fixed(&c, 0));
                assert_null(vls_cbor_item(&c).p);
            }
            free(p);
        }
}

static void
a_caller_may_fail_it(void **state)
{
    struct vls_cbor c = vls_cbor_of(vls_slice_of("\x05", 1));

    (void)state;
    vls_cbor_fail(&c);
    assert_true(vls_cbor_bad(&c));
    assert_true(vls_cbor_uint(&c) == 0);
    assert_false(vls_cbor_done(&c));
}

/* ---- everything small, and much at random ---- */

/* item() accepts exactly what reading and writing again reproduces. */
static bool
agree(const uint8_t *p, size_t n)
{
    struct vls_cbor c = vls_cbor_of(vls_slice_of(p, n)), again = c;
    struct vls_slice s = vls_cbor_item(&c);

    vls_buf_reset(&out);
    cbor_again(&out, &again, VLS_CBOR_DEPTH_MAX);
    if (vls_cbor_bad(&c) != vls_cbor_bad(&again))
        return false;
    return vls_cbor_bad(&c) || vls_slice_eq(s, vls_buf_slice(&out));
}

static void
every_input_of_two_bytes_and_many_of_four_agree(void **state)
{
    uint64_t seed = check_seed(99), s = seed;
    unsigned n_ok = 0;

    (void)state;
    for (unsigned v = 0; v < 0x10000; v++) {
        uint8_t p[2] = {(uint8_t)(v >> 8), (uint8_t)v};

        if (!agree(p, 2) || !agree(p, 1))
            fail_msg("%02x%02x", p[0], p[1]);
        n_ok += item_ok(p, 2);
    }
    /* 1818..18ff, 3818..38ff, 41 xx, 61 01..7f, 81 with one of 24+24+6, a0 never alone … */
    assert_int_equal(n_ok, 232 + 232 + 256 + 127 + (24 + 24 + 1 + 1 + 1 + 1 + 3));
    for (unsigned i = 0; i < 200000; i++) {
        static const uint8_t starts[] = {0x81, 0x82, 0xa1, 0xa2, 0x18, 0x19, 0x38, 0x41, 0x61, 0x62, 0xf4, 0x00};
        uint8_t p[6];
        uint64_t r = check_random(&s);

        for (size_t k = 0; k < sizeof p; k++, r >>= 8)
            p[k] = r & 1 ? starts[(r >> 1) % sizeof starts] : (uint8_t)r;
        if (!agree(p, sizeof p))
            fail_msg("VLS_SEED=%llu", (unsigned long long)seed);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_take_their_shortest_form),
        cmocka_unit_test(negative_numbers_reach_the_least_int64_and_no_further),
        cmocka_unit_test(other_items_are_written_as_the_rfc_has_them),
        cmocka_unit_test(longer_forms_than_the_shortest_are_refused),
        cmocka_unit_test(every_head_byte_outside_the_subset_is_refused),
        cmocka_unit_test(maps_must_ascend),
        cmocka_unit_test(nesting_ends_at_its_limit),
        cmocka_unit_test(truncated_and_trailing_bytes_are_refused),
        cmocka_unit_test(counts_beyond_the_input_are_refused_at_once),
        cmocka_unit_test(limits_of_the_caller_hold),
        cmocka_unit_test(readers_take_their_own_type_only_and_stay_bad),
        cmocka_unit_test(a_caller_may_fail_it),
        cmocka_unit_test(every_input_of_two_bytes_and_many_of_four_agree),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
