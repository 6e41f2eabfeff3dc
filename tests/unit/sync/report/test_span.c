/* How long things took: exact to the minute, ranges where only the day is known, errors as such. */
#include "made_up.h"

struct span_case {
    const char *from, *to;
    bool negative;
    int64_t min_s, max_s;
};

#define H(n) ((int64_t)(n)*3600)
#define M(n) ((int64_t)(n)*60)

static const struct span_case SPANS[] = {
    {"2027-03-07T22:00Z", "2027-03-08T09:10Z", false, H(11) + M(10), H(11) + M(10)},
    {"2027-03-08T08:00Z", "2027-03-08T09:10Z", false, H(1) + M(10), H(1) + M(10)},
    {"2027-03-08T08:00Z", "2027-03-08T08:00Z", false, 0, 0},
    /* New York writes -05:00, The Hague +01:00: one instant, whatever the offset. */
    {"2027-03-07T17:00-05:00", "2027-03-08T10:10+01:00", false, H(11) + M(10), H(11) + M(10)},
    /* Over the night on which New York's clocks go forward. */
    {"2027-03-13T22:00-05:00", "2027-03-14T22:00-04:00", false, H(23), H(23)},
    {"2027-02-28T23:00Z", "2027-03-01T01:00Z", false, H(2), H(2)},
    {"2027-03-07T22:00Z", "2027-03-07T21:59Z", true, -M(1), -M(1)},
    /* Received some time on the 7th, sent on the 8th at 09:10: between 9 h 10 and 33 h 10. */
    {"2027-03-07", "2027-03-08T09:10Z", false, H(9) + M(10) + 1, H(33) + M(10)},
    {"2027-03-07T22:00Z", "2027-03-08", false, H(2), H(26) - 1},
    /* Both on one day: at least nothing, at most nearly a day. */
    {"2027-03-08", "2027-03-08", false, 0, H(24) - 1},
    {"2027-03-08T12:00Z", "2027-03-08", false, 0, H(12) - 1},
    /* Sent the day before, whatever the hour: cannot be. */
    {"2027-03-08", "2027-03-07", true, -H(48) + 1, -1},
};

static void
spans_follow_the_precision_of_both_ends(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof SPANS / sizeof *SPANS; i++) {
        struct vls_instant from, to;
        struct vls_span s;

        assert_true(vls_instant_parse(&from, SPANS[i].from, 0));
        assert_true(vls_instant_parse(&to, SPANS[i].to, 0));
        vls_span_between(&s, &from, &to);
        assert_true(s.known);
        assert_int_equal(s.negative, SPANS[i].negative);
        if (SPANS[i].negative) {
            assert_true(s.max_s < 0);
        } else {
            assert_int_equal(s.min_s, SPANS[i].min_s);
        }
        assert_int_equal(s.max_s, SPANS[i].max_s);
    }
}

static void
the_earlier_of_two_is_the_one_known_better_when_they_begin_together(void **state)
{
    struct vls_instant day, exact, later;

    (void)state;
    assert_true(vls_instant_parse(&day, "2027-03-08", 0));
    assert_true(vls_instant_parse(&exact, "2027-03-08T00:00Z", 0));
    assert_true(vls_instant_parse(&later, "2027-03-08T09:10Z", 0));
    assert_ptr_equal(vls_instant_earlier(&day, &exact), &exact);
    assert_ptr_equal(vls_instant_earlier(&exact, &day), &exact);
    assert_ptr_equal(vls_instant_earlier(&day, &later), &day);
    assert_ptr_equal(vls_instant_earlier(&later, &exact), &exact);
}

static void
warnings_begin_past_their_level_and_never_for_what_is_unknown(void **state)
{
    struct vls_span s = {true, false, 0, 0};

    (void)state;
    s.max_s = VLS_LATE_S;
    assert_int_equal(vls_warning_of(&s, false, 0), VLS_WARN_NONE);
    s.max_s = VLS_LATE_S + 1;
    assert_int_equal(vls_warning_of(&s, false, 0), VLS_WARN_LATE);
    assert_int_equal(vls_warning_of(&s, true, VLS_URGENT_ARRIVAL_S + 1), VLS_WARN_LATE);
    assert_int_equal(vls_warning_of(&s, true, VLS_URGENT_ARRIVAL_S), VLS_WARN_URGENT);
    s.max_s = VLS_URGENT_S;
    assert_int_equal(vls_warning_of(&s, true, 3600), VLS_WARN_NONE);
    s.max_s = VLS_URGENT_S + 1;
    assert_int_equal(vls_warning_of(&s, true, 3600), VLS_WARN_URGENT);
    assert_int_equal(vls_warning_of(&s, true, -86400), VLS_WARN_URGENT); /* travel has begun */
    assert_int_equal(vls_warning_of(&s, false, 0), VLS_WARN_NONE);
    s.known = false;
    s.max_s = INT64_MAX;
    assert_int_equal(vls_warning_of(&s, true, 0), VLS_WARN_NONE);
    s = (struct vls_span){true, true, -10, -5};
    assert_int_equal(vls_warning_of(&s, true, 0), VLS_WARN_NONE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spans_follow_the_precision_of_both_ends),
        cmocka_unit_test(the_earlier_of_two_is_the_one_known_better_when_they_begin_together),
        cmocka_unit_test(warnings_begin_past_their_level_and_never_for_what_is_unknown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
