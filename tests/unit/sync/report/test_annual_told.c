/* What CLEAR records tell in the yearly report: in which order, and which of them do not. Everything is invented. */
#include "made_annual.h"

static void
meetings_stand_by_kind_then_date(void **state)
{
    struct vls_annual *a = an_new("en");
    const struct vls_para *p;

    (void)state;
    an_add(a, "meeting", 40, "kind", "t:review-mechanism", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "meeting", 41, "kind", "t:strategic-planning", "on", "d:2021-10-08", "may-appear-in-report", "t:yes",
           "tlp", "t:clear", NULL);
    an_add(a, "meeting", 42, "kind", "t:strategic-planning", "on", "d:2021-05-15", "may-appear-in-report", "t:yes",
           "tlp", "t:clear", NULL);
    an_add(a, "meeting", 43, "kind", "t:consultation", "on", "d:2021-05-17", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "meeting", 44, "kind", "t:bureau", "on", "d:2021-05-17", "may-appear-in-report", "t:no", "tlp", "t:clear",
           NULL);
    an_add(a, "meeting", 45, "kind", "t:bureau", "on", "d:2021-05-17", "tlp", "t:clear",
           NULL); /* nobody said that it may */
    an_add(a, "meeting", 46, "kind", "t:bureau", "on", "d:2022-05-17", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_build(a);
    an_state(a, 36, VLS_SAY_MEETINGS, VLS_PARA_READY, 3);
    p = an_para(a, 36);
    assert_int_equal(p->fact[0].id[0], 42);
    assert_int_equal(p->fact[1].id[0], 41);
    assert_int_equal(p->fact[2].id[0], 40);
    an_state(a, 35, VLS_SAY_CONSULTED, VLS_PARA_READY, 1);
    assert_int_equal(an_points(a, VLS_POINT_WEEKEND, 36, 42), 1);
    assert_int_equal(an_points(a, VLS_POINT_WEEKEND, 36, 0), 1);
    assert_int_equal(an_points(a, VLS_POINT_OUTSIDE, 36, 46), 1);
    vls_annual_close(a);
}

static void
a_meeting_that_may_appear_and_is_not_clear_holds_the_paragraph_back(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "meeting", 40, "kind", "t:bureau", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", NULL);
    an_add(a, "meeting", 41, "kind", "t:bureau", "on", "d:2021-06-04", "may-appear-in-report", "t:yes",
           NULL); /* green */
    an_build(a);
    an_state(a, 36, VLS_SAY_MEETINGS, VLS_PARA_GAP, 1);
    assert_int_equal(an_points(a, VLS_POINT_NOT_CLEAR, 36, 41), 1);
    vls_annual_close(a);
}

static void
reports_to_the_council_stand_by_resolution_and_number(void **state)
{
    struct vls_annual *a = an_new("en");
    const struct vls_para *p;

    (void)state;
    an_add(a, "sc-report", 42, "resolution", "t:1593 (2005)", "ordinal", "i:33", "presented", "d:2021-02-09",
           "key-point", "t:A.", NULL);
    an_add(a, "sc-report", 43, "resolution", "t:1593", "ordinal", "i:32", "presented", "d:2021-06-09", NULL);
    an_add(a, "sc-report", 44, "resolution", "t:1970 (2011)", "ordinal", "i:21", "presented", "d:2021-05-17", NULL);
    an_add(a, "sc-report", 45, "resolution", "t:2222 (2025)", "ordinal", "i:1", "presented", "d:2021-05-17", NULL);
    an_build(a);
    an_state(a, 32, VLS_SAY_COUNCIL, VLS_PARA_READY, 3);
    p = an_para(a, 32);
    assert_int_equal(p->fact[0].number, 32);
    assert_int_equal(p->fact[1].number, 33);
    assert_int_equal(p->fact[2].kind, VLS_FACT_KEY_POINT);
    an_state(a, 34, VLS_SAY_COUNCIL, VLS_PARA_READY, 1);
    an_state(a, 33, VLS_SAY_COUNCIL, VLS_PARA_READY, 1); /* one that the template does not know is told all the same */
    vls_annual_close(a);
}

static void
visits_and_agreements_stand_by_date(void **state)
{
    struct vls_annual *a = an_new("fr");
    const struct vls_para *p;

    (void)state;
    an_add(a, "person", 10, "display-name", "t:Nora Prosecutor", NULL);
    an_add(a, "official-visit", 44, "visitor", "r:10", "dates", "d:2021-05-28/2021-06-02", "place", "t:Khartoum", NULL);
    an_add(a, "agreement", 45, "kind", "t:memorandum", "subject", "t:On evidence", "signed", "d:2021-02", NULL);
    an_add(a, "agreement", 46, "kind", "t:memorandum", "subject", "t:Secret", "signed", "d:2021-03", "tlp", "t:red",
           NULL);
    an_build(a);
    an_state(a, 20, VLS_SAY_VISITS, VLS_PARA_GAP, 2);
    p = an_para(a, 20);
    assert_string_equal(p->fact[0].text, "On evidence");
    assert_string_equal(p->fact[0].label, "mémorandum d’accord");
    assert_string_equal(p->fact[1].text, "Nora Prosecutor");
    assert_int_equal(an_points(a, VLS_POINT_NOT_CLEAR, 20, 46), 1);
    vls_annual_close(a);
}

static void
language_is_quoted_from_the_session_before_and_proposed_for_the_next(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "mandate-text", 50, "place", "t:Res.6, para. 24", "order", "i:4", "session", "i:19", "text", "t:Recalls",
           "state", "t:adopted", NULL);
    an_add(a, "mandate-text", 51, "place", "t:Res.5, para. 24", "order", "i:5", "session", "i:18", "text", "t:Old",
           "state", "t:adopted", NULL);
    an_add(a, "mandate-text", 52, "place", "t:Res.6, para. 25", "order", "i:6", "session", "i:19", "text", "t:Draft",
           "state", "t:proposed", NULL);
    an_add(a, "mandate-text", 53, "place", "t:1", "order", "i:1", "session", "i:20", "text", "t:Recalls again", "state",
           "t:proposed", "previous", "r:50", NULL);
    an_add(a, "mandate-text", 55, "place", "t:annex I, para. 3 (k)", "order", "i:11", "session", "i:19", "text",
           "t:Requests", "state", "t:adopted", NULL);
    an_add(a, "mandate-text", 54, "place", "t:annex I, para. 3 (l)", "order", "i:11", "session", "i:19", "text",
           "t:Requests", "state", "t:adopted", NULL);
    an_build(a);
    an_state(a, 11, VLS_SAY_QUOTE, VLS_PARA_READY, 2);
    assert_int_equal(an_para(a, 11)->fact[0].id[0], 55); /* (k) before (l), whatever the ids */
    an_state(a, 4, VLS_SAY_QUOTE, VLS_PARA_READY, 1);
    assert_null(an_para(a, 5));
    assert_null(an_para(a, 6));
    an_state(a, 101, VLS_SAY_LANGUAGE, VLS_PARA_READY, 1);
    assert_string_equal(an_para(a, 101)->fact[0].second, "Recalls");
    vls_annual_close(a);
}

static void
the_period_that_is_open_is_the_present_one(void **state)
{
    struct vls_error err = {0};
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "period", 2, "name", "t:PER-21", "opens", "d:2021-12-06", NULL); /* opens ten days later */
    an_add(a, "period", 3, "name", "t:PER-19", "opens", "d:2019-12-02", "closes", "d:2020-12-14", NULL);
    an_build(a);
    assert_string_equal(vls_annual_period(a)->name, "PER-20");
    vls_annual_close(a);

    check_ok(vls__an_new(&a, NULL, 1638000000, "en", &err), &err);
    check_ok(vls__an_index(a, &err), &err);
    assert_int_equal(vls__an_build(a, NULL, &err), VLS_ENOTFOUND);
    vls_annual_close(a);
}

static void
what_lies_in_another_period_is_not_missed_here(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "period", 3, "name", "t:PER-19", "opens", "d:2019-12-02", "closes", "d:2020-12-13", NULL);
    an_add(a, "sc-report", 42, "resolution", "t:1593", "ordinal", "i:32", "presented", "d:2020-12-10", NULL);
    an_add(a, "sc-report", 43, "resolution", "t:1593", "ordinal", "i:34", "presented", "d:2021-12-10", NULL);
    an_add(a, "sc-report", 44, "resolution", "t:1593", "ordinal", "i:1", "presented", "d:2005-06-29",
           NULL); /* long ago */
    an_build(a);
    assert_null(an_para(a, 32));
    assert_int_equal(an_points(a, VLS_POINT_OUTSIDE, 32, 0), 1);
    assert_int_equal(an_points(a, VLS_POINT_OUTSIDE, 32, 43), 1);
    vls_annual_close(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meetings_stand_by_kind_then_date),
        cmocka_unit_test(a_meeting_that_may_appear_and_is_not_clear_holds_the_paragraph_back),
        cmocka_unit_test(reports_to_the_council_stand_by_resolution_and_number),
        cmocka_unit_test(visits_and_agreements_stand_by_date),
        cmocka_unit_test(language_is_quoted_from_the_session_before_and_proposed_for_the_next),
        cmocka_unit_test(the_period_that_is_open_is_the_present_one),
        cmocka_unit_test(what_lies_in_another_period_is_not_missed_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
