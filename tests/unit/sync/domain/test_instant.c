/* Instants: what is typed, what is stored, what is shown, and the edges of the calendar. */
#include "tests/support/check.h"

#include "valise/domain.h"

static void
typed_forms_are_understood(void **state)
{
    static const struct {
        const char *words;
        int64_t unix_s;
        int offset;
        enum vls_precision precision;
    } t[] = {
        {"2027-03-07T22:00Z", 1804456800, 0, VLS_TO_MINUTE},
        {"2027-03-07T22:00:00Z", 1804456800, 0, VLS_TO_SECOND},
        {"2027-03-07T22:00:00.999Z", 1804456800, 0, VLS_TO_SECOND},
        {"2027-03-07t22:00:05z", 1804456805, 0, VLS_TO_SECOND},
        {"2027-03-07 22:00", 1804456800 + 300 * 60, -300, VLS_TO_MINUTE},
        {"2027-03-07 22:00 UTC", 1804456800, 0, VLS_TO_MINUTE},
        {"2027-03-07", 1804377600 + 300 * 60, -300, VLS_TO_DAY},
        {"2027-03-07T22Z", 1804456800, 0, VLS_TO_HOUR},
        {"2027-03-07T23:00+01:00", 1804456800, 60, VLS_TO_MINUTE},
        {"2027-03-07T23:00+0100", 1804456800, 60, VLS_TO_MINUTE},
        {"2027-03-07T23:00+01", 1804456800, 60, VLS_TO_MINUTE},
        {"2027-03-07T17:00-05:00", 1804456800, -300, VLS_TO_MINUTE},
        {"2027-03-08T03:30+05:30", 1804456800, 330, VLS_TO_MINUTE},
        {"1970-01-01T00:00:00Z", 0, 0, VLS_TO_SECOND},
        {"1969-12-31T23:59:59Z", -1, 0, VLS_TO_SECOND},
        {"0000-01-01T00:00:00Z", -62167219200, 0, VLS_TO_SECOND},
        {"9999-12-31T23:59:59Z", 253402300799, 0, VLS_TO_SECOND},
    };
    struct vls_instant got;

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        if (!vls_instant_parse(&got, t[i].words, -300))
            fail_msg("%s is refused", t[i].words);
        assert_int_equal(got.unix_s, t[i].unix_s);
        assert_int_equal(got.offset_min, t[i].offset);
        assert_int_equal(got.precision, t[i].precision);
    }
}

static void
other_forms_are_refused(void **state)
{
    static const char *const no[] = {
        "",                        "2027",                   "2027-03",                "2027-03-07T",
        "2027-03-07T2",            "2027-03-07T24:00Z",      "2027-03-07T22:60Z",      "2027-03-07T22:00:60Z",
        "2027-03-07T22:0Z",        "2027-03-07T22:00:0Z",    "2027-03-07T22:00:00.Z",  "2027-03-07T22:00Zulu",
        "2027-03-07T22:00+24:00",  "2027-03-07T22:00+01:60", "2027-03-07T22:00+1",     "2027-03-07T22:00+01:",
        "2027-03-07T22:00 +01:00", "2027-03-07  22:00",      "2027-02-29T10:00Z",      "2027-13-01T10:00Z",
        "2027-03-07Z",             "2027-03-07/2027-03-08",  "2027-03-07~",            " 2027-03-07",
        "2027-03-07 ",             "07/03/2027 22:00",       "22:00",                  "today",
        "10000-01-01T00:00Z",      "9999-12-31T23:59-01:00", "0000-01-01T00:00+01:00", "2027-03-07T22:00ZZ",
        "2027-03-07T22.00Z",       "2027-03-07T-1:00Z",      "2027-03-07T22:00−05:00", "2027-3-7T22:00Z",
    };
    struct vls_instant got = {5, 6, VLS_TO_DAY};

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (vls_instant_parse(&got, no[i], 0))
            fail_msg("“%s” is taken", no[i]);
    assert_true(got.unix_s == 5 && got.offset_min == 6);
}

static void
both_printed_forms_follow_the_precision(void **state)
{
    static const struct {
        struct vls_instant t;
        const char *people, *plain;
    } t[] = {
        {{1804456800, 0, VLS_TO_MINUTE}, "2027-03-07 22:00 UTC", "2027-03-07T22:00:00Z"},
        {{1804456800, 60, VLS_TO_MINUTE}, "2027-03-07 22:00 UTC", "2027-03-07T23:00:00+01:00"},
        {{1804456805, -300, VLS_TO_SECOND}, "2027-03-07 22:00:05 UTC", "2027-03-07T17:00:05-05:00"},
        {{1804456800, 0, VLS_TO_HOUR}, "2027-03-07 22 h UTC", "2027-03-07T22:00:00Z"},
        {{1804458600, 330, VLS_TO_HOUR}, "2027-03-07 22:30 UTC", "2027-03-08T04:00:00+05:30"},
        {{1804377600 + 18000, -300, VLS_TO_DAY}, "2027-03-07", "2027-03-07"},
        {{1804377600 - 3600, 60, VLS_TO_DAY}, "2027-03-07", "2027-03-07"},
        {{-1, 0, VLS_TO_SECOND}, "1969-12-31 23:59:59 UTC", "1969-12-31T23:59:59Z"},
        {{INT64_MAX, 0, VLS_TO_SECOND}, "@9223372036854775807", "@9223372036854775807"},
        {{0, 99999, VLS_TO_SECOND}, "@0", "@0"},
    };
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 200);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls_buf_reset(&b);
        vls_instant_print(&b, &t[i].t);
        assert_string_equal(vls_buf_str(&b), t[i].people);
        vls_buf_reset(&b);
        vls_instant_plain(&b, &t[i].t);
        assert_string_equal(vls_buf_str(&b), t[i].plain);
    }
    vls_buf_clear(&b);
}

static void
stored_instants_come_back(void **state)
{
    uint64_t seed = check_seed(3);
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 100);
    for (int i = 0; i < 20000; i++) {
        struct vls_instant t, got;

        t.unix_s = (int64_t)(check_random(&seed) % 300000000000) - 60000000000;
        if (t.unix_s > 253402200000)
            continue;
        t.offset_min = (int)(check_random(&seed) % 2879) - 1439;
        t.precision = (enum vls_precision)(check_random(&seed) % 4);
        vls_buf_reset(&b);
        vls_instant_put(&b, &t);
        assert_true(vls_instant_read(&got, vls_buf_slice(&b)));
        assert_true(got.unix_s == t.unix_s && got.offset_min == t.offset_min && got.precision == t.precision);
        for (size_t cut = 0; cut < b.n; cut++)
            assert_false(vls_instant_read(&got, vls_slice_of(b.p, cut)));
        if (t.precision == VLS_TO_SECOND) { /* the plain form can be typed in again */
            vls_buf_reset(&b);
            vls_instant_plain(&b, &t);
            assert_true(vls_instant_parse(&got, vls_buf_str(&b), 77));
            assert_true(got.unix_s == t.unix_s && got.offset_min == t.offset_min);
        }
    }
    vls_buf_clear(&b);
}

static void
values_of_another_shape_are_no_instants(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } no[] = {
        {"", 0},
        {"\x83\x00\x00", 3},
        {"\x83\x00\x00\x04", 4},                                 /* a precision of another version */
        {"\x83\x00\x19\x05\xa0\x00", 6},                         /* an offset of 24 hours */
        {"\x83\x00\x39\x05\x9f\x00", 6},                         /* and one of -24 */
        {"\x84\x00\x00\x00\x00", 5},
        {"\x83\x00\x00\x00\x00", 5},
        {"\x83\x60\x00\x00", 4},
        {"\x83\x00\x00\x20", 4},
        {"\x83\x1b\x00\x00\x00\x3b\x00\x00\x00\x00\x00\x00", 12}, /* the year 10000 and later */
        {"\x83\x18\x00\x00\x00", 5},                             /* a head longer than needed */
    };
    struct vls_instant got;

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (vls_instant_read(&got, vls_slice_of(no[i].bytes, no[i].n)))
            fail_msg("case %zu is taken", i);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_forms_are_understood),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(both_printed_forms_follow_the_precision),
        cmocka_unit_test(stored_instants_come_back),
        cmocka_unit_test(values_of_another_shape_are_no_instants),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
