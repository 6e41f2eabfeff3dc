/* Sections II to IV of the yearly report: proceedings, nil returns, and what makes one void. All rulings are invented.
 */
#include "made_annual.h"

#define NIL      60
#define PRC      40
#define SAID     "m:at=t:2021-11-20;by=t:Croatia;how=t:asked"
#define ASSERTED "asserted", SAID

static void
nobody_is_taken_to_have_attested_anything(void **state)
{
    static const unsigned refused[] = {17, 19, 24, 26};
    struct vls_annual *a = an_new("en");
    size_t i;

    (void)state;
    an_build(a);
    for (i = 0; i < 4; i++) {
        an_state(a, refused[i], VLS_SAY_NIL, VLS_PARA_ATTEST, 0);
        assert_int_equal(an_points(a, VLS_POINT_NO_NIL, refused[i], 0), 1);
    }
    vls_annual_close(a);
}

static void
an_attestation_speaks_for_its_section_and_scope_alone(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "nil-return", NIL, "section", "t:security-council", "period", "t:per-20", "scope",
           "t:resolution 1593 (2005)", ASSERTED, NULL);
    an_add(a, "nil-return", NIL + 1, "section", "t:states-not-parties", "period", "t:SES-19/SES-20", ASSERTED, NULL);
    an_build(a);
    an_state(a, 17, VLS_SAY_NIL, VLS_PARA_ATTEST, 0);
    an_state(a, 19, VLS_SAY_NIL, VLS_PARA_READY, 1);
    an_state(a, 24, VLS_SAY_NIL, VLS_PARA_ATTEST, 0);
    an_state(a, 26, VLS_SAY_NIL, VLS_PARA_READY, 1);
    vls_annual_close(a);
}

static void
what_attests_nothing(void **state)
{
    static const struct {
        const char *period, *scope, *asserted;
    } t[] = {
        {"t:PER-19", "t:1593", SAID},        /* another period */
        {"t:SES-18/SES-19", "t:1593", SAID}, /* another one by its sessions */
        {"t:2021-01-01/2021-12-06", "t:1593", SAID},
        {"t:PER-20", "t:15930", SAID}, /* another number */
        {"t:PER-20", "t:Sudan", SAID}, /* no number */
        {"t:PER-20", NULL, SAID},      /* no scope */
        {"t:PER-20", "t:1593", NULL},  /* nobody asserted it */
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "nil-return", NIL, "section", "t:security-council", "period", t[i].period,
               t[i].scope != NULL ? "scope" : "tag", t[i].scope != NULL ? t[i].scope : "t:none",
               t[i].asserted != NULL ? "asserted" : "tag", t[i].asserted != NULL ? t[i].asserted : "t:nobody", NULL);
        an_build(a);
        if (an_para(a, 19)->state != VLS_PARA_ATTEST)
            fail_msg("case %zu attests", i);
        assert_int_equal(an_points(a, VLS_POINT_NIL_UNSAID, 19, NIL), t[i].asserted == NULL);
        assert_int_equal(an_points(a, VLS_POINT_NO_NIL, 19, 0), t[i].asserted != NULL);
        vls_annual_close(a);
    }
}

static void
an_attestation_that_does_not_say_who_when_and_how_attests_nothing(void **state)
{
    static const struct {
        const char *asserted, *lacks; /* NULL: nothing */
    } t[] = {
        {SAID, NULL},
        {"m:at=t:2021-11-20T10:00Z;by=t:Croatia;how=t:asked", NULL},
        {"m:at=t:2021-11-20;by=t:Croatia", "how"},
        {"m:by=t:foo", "at, how"},
        {"m:at=t:40 April;by=t:x;how=t:asked", "at"},
        {"m:at=t:2021-02-30;by=t:x;how=t:asked", "at"},
        {"m:at=t:2021;by=t:x;how=t:asked", "at"}, /* no day */
        {"m:at=t:today;by=t:x;how=t:asked", "at"},
        {"m:at=t:…;by=t:…;how=t:…", "by, at, how"}, /* recorded by an earlier version */
        {"m:at=i:3;by=i:3;how=i:3", "by, at, how"},
        {"m:at=t:2021-11-20;who=t:Croatia;how=t:asked", "by"},
    };
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:PER-20", "asserted", t[i].asserted,
               NULL);
        an_build(a);
        if (an_para(a, 17)->state != (t[i].lacks == NULL ? VLS_PARA_READY : VLS_PARA_ATTEST) ||
            an_points(a, VLS_POINT_NIL_LACKS, 17, NIL) != (t[i].lacks != NULL))
            fail_msg("%s", t[i].asserted);
        assert_int_equal(an_points(a, VLS_POINT_NO_NIL, 17, 0), 0); /* one gap is one gap */
        if (t[i].lacks != NULL)
            assert_string_equal(vls_annual_points(a, &n)[0].detail, t[i].lacks);
        vls_annual_close(a);
    }
}

static void
a_nil_return_on_the_councils_situations_has_to_say_which(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "nil-return", NIL, "section", "t:security-council", "period", "t:PER-20", ASSERTED, NULL);
    an_add(a, "nil-return", NIL + 1, "section", "t:security-council", "period", "t:PER-20", "scope", "t:1970", ASSERTED,
           NULL);
    an_build(a);
    assert_int_equal(an_points(a, VLS_POINT_NIL_SCOPE, 19, NIL), 1);
    assert_int_equal(an_points(a, VLS_POINT_NIL_SCOPE, 19, NIL + 1), 0);
    vls_annual_close(a);
}

static void
a_ruling_makes_a_nil_return_void_and_the_paragraph_is_made_of_it(void **state)
{
    struct vls_annual *a = an_new("en");
    const struct vls_para *p;
    size_t n;

    (void)state;
    an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:SES-19/SES-20", ASSERTED, NULL);
    an_add(a, "proceeding", PRC + 1, "decision", "t:ICC-99/2", "kind", "t:appeal", "decided", "d:2021-11-02", "state",
           "t:HU", NULL);
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:HU", "finding", "t:non-compliance", NULL);
    an_build(a);
    an_state(a, 17, VLS_SAY_PROCEEDINGS, VLS_PARA_READY, 2);
    p = an_para(a, 17);
    assert_string_equal(p->fact[0].text, "ICC-99/1"); /* by date, not by id */
    assert_string_equal(p->fact[1].text, "ICC-99/2");
    assert_string_equal(p->fact[0].country->code, "HU");
    assert_string_equal(p->fact[0].detail, "non-compliance");
    assert_int_equal(an_points(a, VLS_POINT_VOID, 17, NIL), 1);
    assert_int_equal(an_points(a, VLS_POINT_NO_NIL, 17, 0), 0);
    assert_string_equal(vls_annual_points(a, &n)[0].other, p->fact[0].ref);
    an_state(a, 26, VLS_SAY_NIL, VLS_PARA_ATTEST, 0); /* no other section is touched */
    vls_annual_close(a);
}

static void
what_leaves_a_nil_return_as_it_is(void **state)
{
    static const struct {
        const char *decided, *country;
    } t[] = {
        {"d:2020-12-13", "t:HU"}, /* the day before the period */
        {"d:2021-12-07", "t:HU"},
        {"d:2021-10-20", "t:SD"}, /* another section */
        {"d:2021-10-20", "t:KZ"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:PER-20", ASSERTED, NULL);
        an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", t[i].decided, "state",
               t[i].country, NULL);
        an_build(a);
        an_state(a, 17, VLS_SAY_NIL, VLS_PARA_READY, 1);
        assert_int_equal(an_points(a, VLS_POINT_VOID, 17, 0), 0);
        vls_annual_close(a);
    }
}

static void
the_section_is_that_of_the_states_standing_on_the_day_of_the_conduct(void **state)
{
    /* A trip to the country on that day; decided in October 2021 all the same. */
    static const struct {
        const char *country, *day;
        unsigned para;
    } t[] = {
        {"t:HU", "d:2020-05-04", 17}, {"t:SD", "d:2020-05-04", 19},
        {"t:SD", "d:2005-03-30", 26}, /* the day before resolution 1593 */
        {"t:SD", "d:2005-03-31", 19}, {"t:LY", "d:2011-02-26", 24},
        {"t:LY", "d:2011-02-25", 26}, {"t:PH", "d:2019-03-16", 17}, /* the last day as a State Party */
        {"t:PH", "d:2019-03-17", 26}, {"t:BI", "d:2017-10-26", 17},
        {"t:BI", "d:2017-10-27", 26}, {"t:AM", "d:2020-05-04", 26}, /* not yet one */
    };
    static const unsigned all[] = {17, 19, 24, 26};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "trip", 20, "status", "t:completed", "window", "d:2020-06", NULL);
        an_add(a, "leg", 21, "trip", "r:20", "country", "t:FR", "arrive", "d:2001-01-01", NULL);
        an_add(a, "leg", 22, "trip", "r:20", "country", t[i].country, "arrive", t[i].day, NULL);
        an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
               t[i].country, "conduct", "r:20", NULL);
        an_build(a);
        for (k = 0; k < 4; k++) {
            if ((an_para(a, all[k])->say == VLS_SAY_PROCEEDINGS) != (all[k] == t[i].para))
                fail_msg("case %zu in paragraph %u", i, all[k]);
        }
        assert_int_equal(an_points(a, VLS_POINT_NO_CONDUCT, t[i].para, 0), 0);
        vls_annual_close(a);
    }
}

static void
a_stage_that_was_struck_out_is_no_conduct(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "trip", 20, "status", "t:completed", "window", "d:2019-04", NULL);
    an_add(a, "leg", 21, "trip", "r:20", "country", "t:PH", "arrive", "d:2019-03-01", "life", "t:retracted", NULL);
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:PH", "conduct", "r:20", NULL);
    an_add(a, "trip", 22, "status", "t:completed", "window", "d:2019-03-01", "life", "t:retracted", NULL);
    an_add(a, "proceeding", PRC + 1, "decision", "t:ICC-99/2", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:PH", "conduct", "r:22", NULL);
    an_build(a);
    an_state(a, 26, VLS_SAY_PROCEEDINGS, VLS_PARA_READY, 2); /* in April it was no Party any more */
    assert_int_equal(an_points(a, VLS_POINT_NO_CONDUCT, 26, PRC), 0);
    assert_int_equal(an_points(a, VLS_POINT_NO_CONDUCT, 26, PRC + 1), 1);
    vls_annual_close(a);
}

static void
without_the_conduct_the_day_of_the_decision_counts_and_that_is_said(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "trip", 20, "status", "t:completed", NULL); /* no day at all */
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:PH", "conduct", "r:20", NULL);
    an_build(a);
    an_state(a, 26, VLS_SAY_PROCEEDINGS, VLS_PARA_READY, 1);
    assert_int_equal(an_points(a, VLS_POINT_NO_CONDUCT, 26, PRC), 1);
    vls_annual_close(a);
}

static void
a_ruling_that_is_not_clear_is_neither_told_nor_denied(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:PER-20", ASSERTED, NULL);
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:HU", "tlp", "t:amber", NULL);
    an_add(a, "proceeding", PRC + 1, "decision", "t:ICC-99/2", "kind", "t:finding", "decided", "d:2021-10-21", "state",
           "t:HU", "caveat", "t:sealed-matter", NULL);
    an_build(a);
    an_state(a, 17, VLS_SAY_PROCEEDINGS, VLS_PARA_GAP, 0);
    assert_int_equal(an_points(a, VLS_POINT_NOT_CLEAR, 17, 0), 2);
    assert_int_equal(an_points(a, VLS_POINT_VOID, 17, NIL), 1);
    vls_annual_close(a);
}

static void
a_ruling_whose_day_or_state_cannot_be_told_keeps_everybody_from_denying_it(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:PER-20", ASSERTED, NULL);
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "w:40 April", "state",
           "t:HU", NULL);
    an_build(a);
    assert_int_equal(an_para(a, 17)->state, VLS_PARA_GAP);
    assert_int_equal(an_points(a, VLS_POINT_IMPOSSIBLE, 17, PRC), 1);
    assert_int_equal(an_points(a, VLS_POINT_UNPLACED, 17, PRC), 1);
    vls_annual_close(a);

    a = an_new("en");
    an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:PER-20", ASSERTED, NULL);
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:??", NULL);
    an_build(a);
    assert_int_equal(an_para(a, 17)->state, VLS_PARA_GAP);
    assert_int_equal(an_points(a, VLS_POINT_NO_STATE, 17, PRC), 1);
    vls_annual_close(a);

    a = an_new("en"); /* "2021": some day of it lies in the period */
    an_add(a, "nil-return", NIL, "section", "t:states-parties", "period", "t:PER-20", ASSERTED, NULL);
    an_add(a, "proceeding", PRC, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021", "state", "t:HU",
           NULL);
    an_build(a);
    assert_int_equal(an_points(a, VLS_POINT_VOID, 17, NIL), 1);
    assert_int_equal(an_points(a, VLS_POINT_STRADDLES, 17, PRC), 1);
    vls_annual_close(a);
}

static void
the_states_of_the_two_resolutions_are_those_of_the_table(void **state)
{
    struct vls_annual *a = an_new("en");
    char number[24];
    size_t i, n, seen = 0;
    const struct vls_para *p;

    (void)state;
    an_build(a);
    p = vls_annual_paras(a, &n);
    for (i = 0; i < n; i++) {
        if (p[i].say != VLS_SAY_NIL || p[i].number == 0)
            continue;
        snprintf(number, sizeof number, "%lld", (long long)p[i].number);
        assert_string_equal(p[i].country->resolution, number);
        seen++;
    }
    assert_int_equal(seen, 2);
    vls_annual_close(a);
}

static void
a_nil_return_on_no_recorded_period_is_named(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "nil-return", NIL, "section", "t:states-not-parties", "period", "t:PER-02", ASSERTED, NULL);
    an_add(a, "nil-return", NIL + 1, "section", "t:states-not-parties", "period", "t:PER-20", ASSERTED, NULL);
    an_add(a, "nil-return", NIL + 2, "section", "t:security-council", "period", "t:PER-02", ASSERTED, NULL);
    an_build(a);
    assert_int_equal(an_points(a, VLS_POINT_NIL_PERIOD, 26, NIL), 1);
    assert_int_equal(an_points(a, VLS_POINT_NIL_PERIOD, 26, 0), 1);
    assert_int_equal(an_points(a, VLS_POINT_NIL_PERIOD, 19, NIL + 2), 1);
    vls_annual_close(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_taken_to_have_attested_anything),
        cmocka_unit_test(an_attestation_speaks_for_its_section_and_scope_alone),
        cmocka_unit_test(what_attests_nothing),
        cmocka_unit_test(an_attestation_that_does_not_say_who_when_and_how_attests_nothing),
        cmocka_unit_test(a_nil_return_on_the_councils_situations_has_to_say_which),
        cmocka_unit_test(a_ruling_makes_a_nil_return_void_and_the_paragraph_is_made_of_it),
        cmocka_unit_test(what_leaves_a_nil_return_as_it_is),
        cmocka_unit_test(the_section_is_that_of_the_states_standing_on_the_day_of_the_conduct),
        cmocka_unit_test(a_stage_that_was_struck_out_is_no_conduct),
        cmocka_unit_test(without_the_conduct_the_day_of_the_decision_counts_and_that_is_said),
        cmocka_unit_test(a_ruling_that_is_not_clear_is_neither_told_nor_denied),
        cmocka_unit_test(a_ruling_whose_day_or_state_cannot_be_told_keeps_everybody_from_denying_it),
        cmocka_unit_test(a_nil_return_on_no_recorded_period_is_named),
        cmocka_unit_test(the_states_of_the_two_resolutions_are_those_of_the_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
