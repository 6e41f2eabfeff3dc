/* Calendar days and EDTF bounds: edges of the calendar, and everything that is nearly EDTF. */
#include "tests/support/check.h"

#include "valise/cbor.h"
#include "valise/domain.h"

static int32_t
day(int y, int m, int d)
{
    int32_t out = 0;

    if (!vls_day_of(&out, y, m, d))
        fail_msg("%d-%d-%d is a day", y, m, d);
    return out;
}

static void
days_count_from_1970(void **state)
{
    (void)state;
    assert_int_equal(day(1970, 1, 1), 0);
    assert_int_equal(day(1970, 1, 2), 1);
    assert_int_equal(day(1969, 12, 31), -1);
    assert_int_equal(day(2000, 2, 29), 11016);
    assert_int_equal(day(2027, 4, 12), 20920);
    assert_int_equal(day(0, 1, 1), -719528);
    assert_int_equal(day(9999, 12, 31), 2932896);
}

static void
every_day_of_ten_thousand_years_comes_back(void **state)
{
    int32_t last = day(9999, 12, 31), d = day(0, 1, 1), weekday = vls_day_weekday(d);

    (void)state;
    assert_int_equal(weekday, 5); /* 0000-01-01 was a Saturday */
    for (; d <= last; d++, weekday = (weekday + 1) % 7) {
        int y, m, md;
        int32_t again;

        vls_day_civil(d, &y, &m, &md);
        assert_true(vls_day_of(&again, y, m, md));
        assert_int_equal(again, d);
        assert_int_equal(vls_day_weekday(d), weekday);
    }
}

static void
days_that_do_not_exist_are_refused(void **state)
{
    static const int no[][3] = {{2021, 2, 29}, {2021, 2, 30}, {1900, 2, 29}, {2100, 2, 29}, {2021, 4, 31}, {2021, 6, 31},
                                {2021, 0, 1},  {2021, 13, 1}, {2021, 1, 0},  {2021, 1, 32}, {-1, 1, 1},    {10000, 1, 1},
                                {2021, -1, 1}, {2021, 1, -1}, {2021, 12, 32}};
    int32_t out = 7;

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(vls_day_of(&out, no[i][0], no[i][1], no[i][2]));
    assert_int_equal(out, 7);
    assert_true(vls_day_of(&out, 2000, 2, 29) && vls_day_of(&out, 2024, 2, 29) && vls_day_of(&out, 0, 2, 29));
}

static void
far_days_have_a_civil_date(void **state)
{
    int y, m, d;

    (void)state;
    vls_day_civil(VLS_DAY_MAX, &y, &m, &d);
    assert_int_equal(y, 5881580);
    vls_day_civil(VLS_DAY_MIN, &y, &m, &d);
    assert_true(m >= 1 && m <= 12 && d >= 1 && d <= 31);
    assert_true(vls_day_weekday(VLS_DAY_MIN) >= 0 && vls_day_weekday(VLS_DAY_MAX) <= 6);
}

static void
supported_forms_have_bounds(void **state)
{
    static const struct {
        const char *edtf;
        int first[3], last[3];
        bool uncertain, approximate;
    } t[] = {
        {"2021", {2021, 1, 1}, {2021, 12, 31}, false, false},
        {"2021-02", {2021, 2, 1}, {2021, 2, 28}, false, false},
        {"2020-02", {2020, 2, 1}, {2020, 2, 29}, false, false},
        {"2020-02-29", {2020, 2, 29}, {2020, 2, 29}, false, false},
        {"0000", {0, 1, 1}, {0, 12, 31}, false, false},
        {"0000-02-29", {0, 2, 29}, {0, 2, 29}, false, false},
        {"9999-12-31", {9999, 12, 31}, {9999, 12, 31}, false, false},
        {"2021-08-12~", {2021, 8, 12}, {2021, 8, 12}, false, true},
        {"2027-04-12?", {2027, 4, 12}, {2027, 4, 12}, true, false},
        {"2027-04%", {2027, 4, 1}, {2027, 4, 30}, true, true},
        {"2027~", {2027, 1, 1}, {2027, 12, 31}, false, true},
        {"2010-12-10/2010-12-31", {2010, 12, 10}, {2010, 12, 31}, false, false},
        {"2010-12/2011", {2010, 12, 1}, {2011, 12, 31}, false, false},
        {"2010-12-10~/2010-12-31?", {2010, 12, 10}, {2010, 12, 31}, true, true},
        {"2021-02-15/2021-02", {2021, 2, 15}, {2021, 2, 28}, false, false},
        {"2021-02-15/2021-02-15", {2021, 2, 15}, {2021, 2, 15}, false, false},
    };
    struct vls_date d;

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        if (!vls_edtf_bounds(&d, vls_slice_str(t[i].edtf)))
            fail_msg("%s is refused", t[i].edtf);
        assert_int_equal(d.first, day(t[i].first[0], t[i].first[1], t[i].first[2]));
        assert_int_equal(d.last, day(t[i].last[0], t[i].last[1], t[i].last[2]));
        assert_int_equal(d.uncertain, t[i].uncertain);
        assert_int_equal(d.approximate, t[i].approximate);
        assert_true(d.possible);
    }
    assert_true(vls_edtf_bounds(&d, vls_slice_str("2025-01-06/..")));
    assert_int_equal(d.first, day(2025, 1, 6));
    assert_int_equal(d.last, VLS_DAY_MAX);
    assert_true(vls_edtf_bounds(&d, vls_slice_str("../2025-01")));
    assert_int_equal(d.first, VLS_DAY_MIN);
    assert_int_equal(d.last, day(2025, 1, 31));
}

static void
other_forms_are_refused(void **state)
{
    static const char *const no[] = {
        "",           " ",           "21",          "202",          "02021",         "2021-2",        "2021-02-3",
        "2021-13",    "2021-00",     "2021-02-30",  "2021-02-00",   "2021-02-29",    "2021-02-01 ",   " 2021",
        "2021/",      "/2021",       "/",           "../..",        "..",            "2021-..",       "2021~?",
        "~2021",      "2021-~02",    "2021-02-1~",  "2021-0a",      "2021.02",       "20210212",      "2021-02-12T10:00",
        "2021-21",    "2021-1X",     "20XX",        "Y20210",       "-0001",         "+2021",         "2021-02-12/15",
        "2021/2020",  "2021-03-02/2021-03-01",      "2021-03/2021-02-28",            "2021/2022/2023", "2021//2022",
        "2021-02-30/2021-03-02",     "2021/..~",    "..~/2021",     "…/2021",        "2021-02-12-",   "2021 02 12",
        "1e+3",       "2021\n",      "2021-02-12/", "{2021}",       "[2021,2022]",   "２０２１",
    };
    struct vls_date d;

    (void)state;
    memset(&d, 0x5a, sizeof d);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (vls_edtf_bounds(&d, vls_slice_str(no[i])))
            fail_msg("“%s” is taken", no[i]);
    assert_int_equal(d.first, 0x5a5a5a5a); /* untouched */
    assert_false(vls_edtf_bounds(&d, vls_slice_of("2021\0", 5)));
    assert_false(vls_edtf_bounds(&d, vls_slice_of(NULL, 0)));
}

static void
the_form_for_lists_drops_what_repeats(void **state)
{
    static const struct {
        const char *edtf, *list;
    } t[] = {
        {"2027-04-12/2027-04-15", "2027-04-12/15"},
        {"2027-04-12/2027-05-02", "2027-04-12/05-02"},
        {"2027-12-30/2028-01-02", "2027-12-30/2028-01-02"},
        {"2027-04-12", "2027-04-12"},
        {"2027-04-12~/2027-04-15", "2027-04-12~/2027-04-15"},
        {"2027-04-12/..", "2027-04-12/.."},
        {"2027-04/2027-05", "2027-04/2027-05"},
        {"", ""},
    };
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 100);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls_buf_reset(&b);
        vls_edtf_short(&b, vls_slice_str(t[i].edtf));
        assert_string_equal(vls_buf_str(&b), t[i].list);
    }
    vls_buf_clear(&b);
}

static void
ends_are_split_at_the_slash(void **state)
{
    struct vls_slice a, b;

    (void)state;
    vls_edtf_ends(vls_slice_str("2021-02/.."), &a, &b);
    assert_true(vls_slice_eq(a, vls_slice_str("2021-02")) && vls_slice_eq(b, vls_slice_str("..")));
    vls_edtf_ends(vls_slice_str("2021"), &a, &b);
    assert_true(vls_slice_eq(a, vls_slice_str("2021")) && vls_slice_eq(b, vls_slice_str("2021")));
    vls_edtf_ends(vls_slice_of(NULL, 0), &a, &b);
    assert_int_equal(a.n + b.n, 0);
}

static void
values_of_another_shape_are_no_dates(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } no[] = {
        {"", 0},
        {"\x80", 1},
        {"\x81\x60", 2},
        {"\x82\x60\x60", 3},                                   /* neither date nor words */
        {"\x82\x60\x61", 3},                                   /* short */
        {"\x82\x64" "2021\x60\x00", 8},                        /* a byte too many */
        {"\x83\x64" "2021\x60\x60", 8},
        {"\x82\x64" "2021\x40", 7},                            /* bytes for words */
        {"\x82\x01\x61" "a", 4},
        {"\x82\x64" "20X1\x60", 7},                            /* EDTF of another level */
        {"\x82\x60\x63\xe2\x80\xae", 6},                       /* an override in the words */
        {"\x82\x60\x63" "e\xcc\x81", 6},                       /* words that are not NFC */
        {"\x82\x78\x04" "2021\x60", 8},                        /* a head longer than needed */
    };
    struct vls_date d;

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        if (vls_date_read(&d, vls_slice_of(no[i].bytes, no[i].n)))
            fail_msg("case %zu is taken", i);
    assert_true(vls_date_read(&d, vls_slice_of("\x82\x64" "2021\x60", 7)));
    assert_true(d.possible && d.words.n == 0);
    assert_true(vls_date_read(&d, vls_slice_of("\x82\x60\x68" "40 April", 11)));
    assert_false(d.possible);
    assert_true(d.first == VLS_DAY_MIN && d.last == VLS_DAY_MAX && d.words.n == 8);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_count_from_1970),
        cmocka_unit_test(every_day_of_ten_thousand_years_comes_back),
        cmocka_unit_test(days_that_do_not_exist_are_refused),
        cmocka_unit_test(far_days_have_a_civil_date),
        cmocka_unit_test(supported_forms_have_bounds),
        cmocka_unit_test(other_forms_are_refused),
        cmocka_unit_test(the_form_for_lists_drops_what_repeats),
        cmocka_unit_test(ends_are_split_at_the_slash),
        cmocka_unit_test(values_of_another_shape_are_no_dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
