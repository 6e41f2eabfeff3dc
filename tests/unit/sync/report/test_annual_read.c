/* What a record says by itself to the yearly report: its day, its marking. Everything is invented. */
#include "made_annual.h"

static void
odd_dates_are_named_and_left_alone(void **state)
{
    static const struct {
        const char *date;
        bool told;
        int point; /* -1: none */
    } t[] = {
        {"x:2021-05-12|12 May", true, VLS_POINT_YEAR_INFERRED},
        {"x:2021-05-12|le 12 mai", true, VLS_POINT_YEAR_INFERRED},
        {"x:2021-05-12|12 May 2021", true, -1},
        {"x:2021-05-12|12/05/2021", true, -1},
        {"x:2021-05-12|today", true, -1},
        {"d:2021-05-12", true, -1},
        {"d:2021-05", true, -1},
        {"d:2020-12-14", true, -1}, /* the first and the last day belong to it */
        {"d:2021-12-06", true, -1},
        {"d:2020-12-13", false, VLS_POINT_OUTSIDE},
        {"x:2020-10-17|17 October", false, VLS_POINT_OUTSIDE},
        {"d:2021-12-07", false, VLS_POINT_OUTSIDE},
        {"d:2016-05-12", false, -1}, /* long ago */
        {"d:2021", true, VLS_POINT_STRADDLES},
        {"d:2021-12", true, VLS_POINT_STRADDLES},
        {"d:2021-05-12/..", true, VLS_POINT_STRADDLES},
        {"w:40 April", false, VLS_POINT_IMPOSSIBLE},
        {"w:soon", false, VLS_POINT_IMPOSSIBLE},
    };
    static const enum vls_point_kind odd[] = {VLS_POINT_YEAR_INFERRED, VLS_POINT_OUTSIDE, VLS_POINT_STRADDLES,
                                              VLS_POINT_IMPOSSIBLE};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "agreement", 40, "kind", "t:memorandum", "subject", "t:On evidence", "signed", t[i].date, NULL);
        an_build(a);
        if ((an_para(a, 20) != NULL) != t[i].told)
            fail_msg("%s is%s told", t[i].date, t[i].told ? " not" : "");
        for (k = 0; k < sizeof odd / sizeof *odd; k++) {
            if (an_points(a, odd[k], 20, 40) != (t[i].point == (int)odd[k]))
                fail_msg("%s: %s", t[i].date, vls_point_name(odd[k]));
        }
        vls_annual_close(a);
    }
}

static void
only_what_is_marked_clear_lends_its_words(void **state)
{
    static const struct {
        const char *tlp, *caveat;
        bool lends;
    } t[] = {{"t:clear", NULL, true},
             {"t:green", NULL, false},
             {"t:amber", NULL, false},
             {"t:amber+strict", NULL, false},
             {"t:red", NULL, false},
             {"t:ultra", NULL, false}, /* of a newer version */
             {"t:clear", "t:court-only", false},
             {"t:clear", "t:newer", false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "agreement", 40, "kind", "t:memorandum", "subject", "t:On evidence", "signed", "d:2021-05-12", "tlp",
               t[i].tlp, t[i].caveat != NULL ? "caveat" : "tag", t[i].caveat != NULL ? t[i].caveat : "t:none", NULL);
        an_build(a);
        an_state(a, 20, VLS_SAY_VISITS, t[i].lends ? VLS_PARA_READY : VLS_PARA_GAP, t[i].lends);
        assert_int_equal(an_points(a, VLS_POINT_NOT_CLEAR, 20, 40), !t[i].lends);
        vls_annual_close(a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_dates_are_named_and_left_alone),
        cmocka_unit_test(only_what_is_marked_clear_lends_its_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
