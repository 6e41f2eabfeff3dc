/* Slices, capped buffers, sticky readers and hex. */
#include "tests/support/check.h"

#include "valise/bytes.h"

static struct vls_error err;

static void
slices_compare_as_bytes_then_by_length(void **state)
{
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {{"", "", 0}, {"", "a", -1}, {"a", "", 1}, {"a", "b", -1}, {"ab", "a", 1}, {"a", "ab", -1},
                 {"\x7f", "\x80", -1}, {"b", "ab", 1}, {"same", "same", 0}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vls_slice a = vls_slice_str(cases[i].a), b = vls_slice_str(cases[i].b);
        int c = vls_slice_cmp(a, b);

        assert_int_equal((c > 0) - (c < 0), cases[i].order);
        assert_int_equal(vls_slice_eq(a, b), cases[i].order == 0);
    }
    assert_int_equal(vls_slice_str(NULL).n, 0);
    assert_true(vls_slice_eq(vls_slice_of(NULL, 0), vls_slice_of("x", 0)));
}

static void
zeros_are_zeros_up_to_the_last_byte_and_none_beyond(void **state)
{
    uint8_t bytes[9] = {0};

    (void)state;
    for (size_t at = 0; at < sizeof bytes; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            bytes[at] = (uint8_t)(1u << bit);
            for (size_t n = 0; n <= sizeof bytes; n++)
                assert_int_equal(vls_all_zero(bytes, n), at >= n);
        }
        bytes[at] = 0;
    }
}

static void
a_buffer_takes_exactly_its_maximum(void **state)
{
    (void)state;
    for (size_t max = 0; max < 700; max = max * 2 + 1) {
        struct vls_buf b;

        vls_buf_init(&b, max);
        for (size_t i = 0; i < max; i++)
            vls_buf_put_u8(&b, (uint8_t)i);
        check_ok(vls_buf_ok(&b, &err), &err);
        assert_int_equal(b.n, max);
        vls_buf_put_u8(&b, 0);
        assert_int_equal(vls_buf_ok(&b, &err), VLS_ELIMIT);
        assert_int_equal(b.n, max); /* what was there stays */
        for (size_t i = 0; i < max; i++)
            assert_int_equal(b.p[i], (uint8_t)i);
        vls_buf_clear(&b);
        assert_int_equal(b.max, max);
    }
}

static void
a_buffer_stays_bad_until_reset(void **state)
{
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 4);
    vls_buf_put(&b, "abc", 3);
    vls_buf_put(&b, "de", 2); /* too long: not even a part of it goes in */
    vls_buf_put(&b, "f", 1);  /* would fit, but the first failure stays */
    assert_int_equal(b.n, 3);
    assert_int_equal(vls_buf_ok(&b, &err), VLS_ELIMIT);
    assert_non_null(strstr(err.text, "4 bytes"));
    assert_null(vls_buf_extend(&b, 0));
    assert_null(vls_buf_str(&b));
    vls_buf_reset(&b);
    vls_buf_put(&b, "wxyz", 4);
    check_ok(vls_buf_ok(&b, &err), &err);
    assert_string_equal(vls_buf_str(&b), "wxyz"); /* its NUL needs no room within the maximum */
    vls_buf_clear(&b);
}

static void
absurd_sizes_are_refused_before_allocating(void **state)
{
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 100);
    assert_null(vls_buf_extend(&b, SIZE_MAX));
    vls_buf_reset(&b);
    vls_buf_put_u8(&b, 1);
    assert_null(vls_buf_extend(&b, SIZE_MAX));
    assert_int_equal(b.bad, VLS_ELIMIT);
    vls_buf_clear(&b);
    vls_buf_put_zeros(&b, 101);
    assert_int_equal(b.bad, VLS_ELIMIT);
    vls_buf_clear(&b);
}

static void
a_buffer_without_a_maximum_grows(void **state)
{
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < 1000; i++)
        vls_buf_put_u8(&b, (uint8_t)i);
    check_ok(vls_buf_ok(&b, &err), &err);
    assert_int_equal(b.n, 1000);
    assert_int_equal(b.p[999], 999 % 256);
    assert_null(vls_buf_extend(&b, SIZE_MAX - 1000)); /* the NUL behind the contents would not fit */
    assert_int_not_equal(vls_buf_ok(&b, &err), VLS_OK);
    vls_buf_clear(&b);
}

static void
numbers_are_little_endian(void **state)
{
    static const uint8_t expect[] = {0x2a, 0x04, 0x03, 0x02, 0x01, 0x08, 0x07, 0x06, 0x05, 0x04, 0x03, 0x02, 0x81, 0, 0};
    struct vls_buf b;
    struct vls_rd r;
    uint8_t raw[8];

    (void)state;
    vls_buf_init(&b, 100);
    vls_buf_put_u8(&b, 0x2a);
    vls_buf_put_le32(&b, 0x01020304);
    vls_buf_put_le64(&b, 0x8102030405060708);
    vls_buf_put_zeros(&b, 2);
    assert_int_equal(b.n, sizeof expect);
    assert_memory_equal(b.p, expect, sizeof expect);
    r = vls_rd_of(b.p, b.n);
    assert_int_equal(vls_rd_u8(&r), 0x2a);
    assert_int_equal(vls_rd_le32(&r), 0x01020304);
    assert_true(vls_rd_le64(&r) == 0x8102030405060708);
    assert_false(vls_rd_done(&r));
    assert_non_null(vls_rd_take(&r, 2));
    assert_true(vls_rd_done(&r));
    vls_store_le64(raw, 0xfedcba9876543210);
    assert_true(vls_load_le64(raw) == 0xfedcba9876543210);
    vls_store_le32(raw, 0xfedcba98);
    assert_int_equal(vls_load_le32(raw), 0xfedcba98);
    vls_buf_clear(&b);
}

static void
printed_text_fits_or_fails_whole(void **state)
{
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 10);
    vls_buf_printf(&b, "%d-%s", 12, "abc");
    vls_buf_printf(&b, "%s", "");
    assert_string_equal(vls_buf_str(&b), "12-abc");
    vls_buf_printf(&b, "%s", "vier");
    assert_string_equal(vls_buf_str(&b), "12-abcvier");
    vls_buf_printf(&b, "!");
    assert_int_equal(b.bad, VLS_ELIMIT);
    assert_int_equal(b.n, 10);
    vls_buf_clear(&b);
}

static void
a_reader_stops_at_the_end(void **state)
{
    static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

    (void)state;
    for (size_t n = 0; n <= 8; n++) {
        uint8_t *exact = malloc(n);
        struct vls_rd r;

        memcpy(exact, bytes, n);
        r = vls_rd_of(exact, n);
        assert_int_equal(vls_rd_le64(&r) != 0, n == 8);
        assert_int_equal(vls_rd_done(&r), n == 8);
        assert_int_equal(r.bad, n != 8);
        assert_int_equal(vls_rd_u8(&r), 0); /* bad, or at the end: zeros from now on */
        assert_true(r.bad);
        assert_null(vls_rd_take(&r, 0));
        assert_int_equal(vls_rd_le32(&r), 0);
        assert_false(vls_rd_done(&r));
        free(exact);
    }
    {
        struct vls_rd r = vls_rd_of(bytes, 8);

        assert_null(vls_rd_take(&r, SIZE_MAX));
        assert_true(r.bad);
        r = vls_rd_of(NULL, 0);
        assert_true(vls_rd_done(&r));
        (void)vls_rd_take(&r, 0);
        assert_true(vls_rd_done(&r));
        assert_int_equal(vls_rd_u8(&r), 0);
        assert_false(vls_rd_done(&r));
    }
}

static void
hex_is_read_as_written_and_nothing_else(void **state)
{
    static const char *const bad[] = {"", "0", "000", "0g", "g0", " 0", "0 ", "0x", "00 ", "-1", "+1", "\xc3\xa9"};
    uint8_t all[256], back[256], one;
    char text[513];

    (void)state;
    for (size_t i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    vls_hex(text, all, 256);
    assert_int_equal(strlen(text), 512);
    assert_int_equal(strspn(text, "0123456789abcdef"), 512);
    assert_true(vls_unhex(back, 256, text));
    assert_memory_equal(all, back, 256);
    assert_true(vls_unhex(&one, 1, "aF"));
    assert_int_equal(one, 0xaf);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(vls_unhex(&one, 1, bad[i]));
    vls_hex(text, all, 0);
    assert_string_equal(text, "");
    assert_true(vls_unhex(&one, 0, ""));
}

static void
an_array_grows_and_keeps_what_it_holds(void **state)
{
    static const size_t MORE[] = {1, 1, 6, 1, 0, 40, 7, 1000};
    uint32_t *v = NULL;
    size_t cap = 0, n = 0;

    (void)state;
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++) {
        assert_true(vls_room(&v, &cap, n, MORE[i], sizeof *v));
        assert_true(cap >= n + MORE[i]);
        for (size_t k = 0; k < MORE[i]; k++, n++)
            v[n] = (uint32_t)(n * n);
    }
    for (size_t i = 0; i < n; i++)
        assert_int_equal(v[i], i * i);
    free(v);
}

static void
an_array_beyond_all_memory_stays_as_it_is(void **state)
{
    static const size_t MORE[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX / 2, SIZE_MAX / 8};
    uint64_t *v = NULL, *before;
    size_t cap = 0, room;

    (void)state;
    assert_true(vls_room(&v, &cap, 0, 1, sizeof *v));
    v[0] = 7;
    before = v;
    room = cap;
    for (size_t i = 0; i < sizeof MORE / sizeof *MORE; i++)
        assert_false(vls_room(&v, &cap, 1, MORE[i], sizeof *v));
    assert_ptr_equal(v, before);
    assert_int_equal(cap, room);
    assert_int_equal(v[0], 7);
    free(v);
}

static void
wiping_leaves_zeros(void **state)
{
    uint8_t b[32];

    (void)state;
    memset(b, 0xaa, sizeof b);
    vls_wipe(b + 1, 30);
    assert_int_equal(b[0], 0xaa);
    assert_int_equal(b[31], 0xaa);
    for (size_t i = 1; i < 31; i++)
        assert_int_equal(b[i], 0);
    vls_wipe(NULL, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slices_compare_as_bytes_then_by_length),
        cmocka_unit_test(zeros_are_zeros_up_to_the_last_byte_and_none_beyond),
        cmocka_unit_test(a_buffer_takes_exactly_its_maximum),
        cmocka_unit_test(a_buffer_stays_bad_until_reset),
        cmocka_unit_test(absurd_sizes_are_refused_before_allocating),
        cmocka_unit_test(a_buffer_without_a_maximum_grows),
        cmocka_unit_test(numbers_are_little_endian),
        cmocka_unit_test(printed_text_fits_or_fails_whole),
        cmocka_unit_test(a_reader_stops_at_the_end),
        cmocka_unit_test(hex_is_read_as_written_and_nothing_else),
        cmocka_unit_test(an_array_grows_and_keeps_what_it_holds),
        cmocka_unit_test(an_array_beyond_all_memory_stays_as_it_is),
        cmocka_unit_test(wiping_leaves_zeros),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
