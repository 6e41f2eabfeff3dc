/* One thing that two posts recorded is told once in the yearly report. Everything is invented. */
#include "made_annual.h"

static void
what_two_posts_recorded_is_told_once(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "proceeding", 40, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:HU", NULL);
    an_add(a, "proceeding", 41, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-21", "state",
           "t:HU", NULL);
    an_add(a, "sc-report", 42, "resolution", "t:1593 (2005)", "ordinal", "i:33", "presented", "d:2021-06-09",
           "key-point", "t:A.", "key-point", "t:B.", NULL);
    an_add(a, "sc-report", 43, "resolution", "t:1593", "ordinal", "i:33", "presented", "d:2021-06-09", "key-point",
           "t:A.", "key-point", "t:C.", NULL);
    an_add(a, "meeting", 44, "kind", "t:bureau", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "meeting", 45, "kind", "t:bureau", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "appointment", 46, "state", "t:AR", "on", "d:2021-04-08", NULL);
    an_add(a, "appointment", 47, "state", "t:AR", "on", "d:2021-04-08", NULL);
    an_build(a);
    an_state(a, 17, VLS_SAY_PROCEEDINGS, VLS_PARA_READY, 1);
    an_state(a, 32, VLS_SAY_COUNCIL, VLS_PARA_READY, 4); /* the report, and A, B, C */
    an_state(a, 36, VLS_SAY_MEETINGS, VLS_PARA_READY, 1);
    an_state(a, 13, VLS_SAY_APPOINTED, VLS_PARA_READY, 1);
    assert_int_equal(an_points(a, VLS_POINT_TWICE, 17, 41), 1);
    assert_int_equal(an_points(a, VLS_POINT_TWICE, 32, 43), 1);
    assert_int_equal(an_points(a, VLS_POINT_TWICE, 36, 45), 1);
    assert_int_equal(an_points(a, VLS_POINT_TWICE, 13, 47), 1);
    vls_annual_close(a);
}

static void
what_only_resembles_stays_two(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "proceeding", 40, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:HU", NULL);
    an_add(a, "proceeding", 41, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
           "t:JO", NULL);
    an_add(a, "sc-report", 42, "resolution", "t:1593", "ordinal", "i:33", "presented", "d:2021-06-09", NULL);
    an_add(a, "sc-report", 43, "resolution", "t:1593", "ordinal", "i:34", "presented", "d:2021-06-09", NULL);
    an_add(a, "meeting", 44, "kind", "t:bureau", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "meeting", 45, "kind", "t:panel", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp", "t:clear",
           NULL);
    an_add(a, "meeting", 46, "kind", "t:bureau", "on", "d:2021-06-04", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "info", 50, "from", "t:state-party", "received", "s:1630000000,0,1", "claim", "t:potential", NULL);
    an_add(a, "info", 51, "from", "t:state-party", "received", "s:1630000000,0,1", "claim", "t:potential", NULL);
    an_build(a);
    an_state(a, 17, VLS_SAY_PROCEEDINGS, VLS_PARA_READY, 2);
    an_state(a, 32, VLS_SAY_COUNCIL, VLS_PARA_READY, 2);
    an_state(a, 36, VLS_SAY_MEETINGS, VLS_PARA_READY, 3);
    an_state(a, 28, VLS_SAY_RECEIVED, VLS_PARA_READY, 2);
    vls_annual_close(a);
}

static void
two_meetings_of_one_month_or_of_two_titles_are_two(void **state)
{
    static const struct {
        const char *on, *title, *other;
        size_t told;
    } t[] = {{"d:2021-05", "t:Bureau", "t:Bureau", 2},
             {"d:2021-05-12", "t:Bureau", "t:Second Bureau", 2},
             {"d:2021-05-12/2021-05-13", "t:Bureau", "t:Bureau", 2},
             {"d:2021-05-12", "t:Bureau", "t:BUREAU", 1}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "meeting", 40, "kind", "t:bureau", "title", t[i].title, "on", t[i].on, "may-appear-in-report",
               "t:yes", "tlp", "t:clear", NULL);
        an_add(a, "meeting", 41, "kind", "t:bureau", "title", t[i].other, "on", t[i].on, "may-appear-in-report",
               "t:yes", "tlp", "t:clear", NULL);
        an_build(a);
        an_state(a, 36, VLS_SAY_MEETINGS, VLS_PARA_READY, t[i].told);
        vls_annual_close(a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_two_posts_recorded_is_told_once),
        cmocka_unit_test(two_meetings_of_one_month_or_of_two_titles_are_two),
        cmocka_unit_test(what_only_resembles_stays_two),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
