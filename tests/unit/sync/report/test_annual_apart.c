/* What not every member reads feeds no text, and is named to those who read it. Everything is invented. */
#include "made_annual.h"

#define OWN "compartment", "own"

static void
what_is_kept_apart_lends_nothing_and_is_named(void **state)
{
    static const struct {
        const char *kind, *field[6];
        unsigned told, named; /* the paragraph that a common one would be in; the one where it is named */
    } t[] = {
        {"agreement", {"kind", "t:memorandum", "subject", "t:On evidence", "signed", "d:2021-05-12"}, 20, 20},
        {"official-visit", {"country", "t:SD", "dates", "d:2021-05-12", "place", "t:Khartoum"}, 20, 20},
        {"meeting", {"kind", "t:panel", "on", "d:2021-05-12", "may-appear-in-report", "t:yes"}, 36, 36},
        {"appointment", {"state", "t:HR", "basis", "t:ad-country", "on", "d:2021-05-12"}, 13, 13},
        {"sc-report", {"resolution", "t:1593", "ordinal", "i:32", "presented", "d:2021-05-12"}, 32, 32},
        {"report-recommendation", {"text", "t:Go on.", "paragraph", "i:37", "period", "r:1"}, 37, 37},
        {"info", {"from", "t:state-party", "received", "s:1630000000,0,1", "claim", "t:potential"}, 28, 28},
        {"action", {"actor", "t:President", "on", "d:2021-05-12", "kind", "t:public-statement"}, 27, 27},
        {"transmission", {"to", "t:group", "to-detail", "t:WEOG", "sent", "s:1630000000,0,1"}, 30, 30},
    };
    size_t i, own;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        for (own = 0; own < 2; own++) {
            struct vls_annual *a = an_new("en");
            const char *const *f = t[i].field;

            an_add(a, t[i].kind, 40, f[0], f[1], f[2], f[3], f[4], f[5], "tlp", "t:clear", own ? "compartment" : NULL,
                   "own", NULL);
            an_build(a);
            if ((an_para(a, t[i].told) != NULL) == (own != 0) || an_points(a, VLS_POINT_APART, t[i].named, 40) != own ||
                an_points(a, VLS_POINT_APART, t[i].named, 0) != own)
                fail_msg("%s, %s", t[i].kind, own ? "own" : "common");
            vls_annual_close(a);
        }
    }
}

static void
what_lies_outside_the_period_is_not_named(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "meeting", 40, "kind", "t:panel", "on", "d:2019-05-12", OWN, NULL);
    an_add(a, "nil-return", 41, "section", "t:states-parties", "period", "t:PER-19", OWN, NULL);
    an_build(a);
    assert_int_equal(an_points(a, VLS_POINT_APART, 36, 0) + an_points(a, VLS_POINT_APART, 17, 0), 0);
    vls_annual_close(a);
}

static void
an_attestation_that_colleagues_cannot_read_attests_nothing(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "nil-return", 60, "section", "t:security-council", "scope", "t:1970", "period", "t:PER-20", "asserted",
           "m:at=t:2021-11-20;by=t:Croatia;how=t:asked", OWN, NULL);
    an_build(a);
    an_state(a, 24, VLS_SAY_NIL, VLS_PARA_ATTEST, 0);
    assert_int_equal(an_points(a, VLS_POINT_APART, 24, 60), 1);
    vls_annual_close(a);
}

static void
a_ruling_that_colleagues_cannot_read_is_neither_told_nor_denied(void **state)
{
    static const char *const decided[] = {"d:2021-10-20", "w:40 April", "d:2019-10-20"};
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "nil-return", 60, "section", "t:states-parties", "period", "t:PER-20", "asserted",
               "m:at=t:2021-11-20;by=t:Croatia;how=t:asked", NULL);
        an_add(a, "trip", 20, "status", "t:completed", "window", "d:2020-05", NULL);
        an_add(a, "proceeding", 40, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", decided[i], "state",
               "t:HU", "conduct", "r:20", OWN, NULL);
        an_build(a);
        assert_string_equal(vls_say_name(an_para(a, 17)->say), "nil");
        assert_int_equal(an_para(a, 17)->state, i < 2 ? VLS_PARA_GAP : VLS_PARA_READY);
        assert_int_equal(an_points(a, VLS_POINT_APART_HOLDS, 17, 40), i < 2);
        assert_int_equal(an_points(a, VLS_POINT_VOID, 17, 0), 0); /* at every post alike */
        vls_annual_close(a);
    }
}

static void
a_text_by_hand_that_colleagues_cannot_read_does_not_stand(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "report-draft", 49, "period", "r:1", OWN, NULL);
    an_add(a, "report-draft", 50, "period", "r:1", NULL);
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:16", "in", "t:en", "text", "t:Ours.", OWN, NULL);
    an_build(a);
    assert_string_equal(an_para(a, 16)->by_hand, "");
    assert_int_equal(an_points(a, VLS_POINT_APART, 16, 51), 1);
    assert_int_equal(vls_annual_period(a)->draft[0], 50); /* the next one is written where all read it */
    vls_annual_close(a);
}

static void
the_day_of_a_visit_that_colleagues_cannot_read_moves_no_ruling(void **state)
{
    size_t own;

    (void)state;
    for (own = 0; own < 2; own++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "trip", 20, "status", "t:completed", "window", "d:2019-03-16", own ? "compartment" : NULL, "own",
               NULL);
        an_add(a, "proceeding", 40, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state",
               "t:PH", "conduct", "r:20", NULL);
        an_build(a);
        an_state(a, own ? 26 : 17, VLS_SAY_PROCEEDINGS, VLS_PARA_READY, 1);
        assert_int_equal(an_points(a, VLS_POINT_NO_CONDUCT, 26, 40), own);
        vls_annual_close(a);
    }
}

static void
a_seal_holds_wherever_it_is_kept_and_is_not_broken_apart(void **state)
{
    static const struct {
        const char *sealed_in, *public_in;
        bool told;
    } t[] = {{"own", NULL, false}, {NULL, "own", false}, {"own", "", true}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");
        bool apart = t[i].public_in != NULL && *t[i].public_in != '\0';

        an_add(a, "person", 10, "display-name", "t:Nora One", NULL);
        an_add(a, "warrant", 11, "person", "r:10", "publicity", "t:under-seal",
               t[i].sealed_in != NULL ? "compartment" : NULL, "own", NULL);
        if (t[i].public_in != NULL)
            an_add(a, "warrant", 12, "person", "r:10", "publicity", "t:public", apart ? "compartment" : NULL, "own",
                   NULL);
        an_add(a, "info", 70, "from", "t:state-party", "received", "s:1630000000,0,1", "about", "r:10", NULL);
        an_build(a);
        assert_int_equal(an_para(a, 28) != NULL, t[i].told);
        vls_annual_close(a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_kept_apart_lends_nothing_and_is_named),
        cmocka_unit_test(what_lies_outside_the_period_is_not_named),
        cmocka_unit_test(an_attestation_that_colleagues_cannot_read_attests_nothing),
        cmocka_unit_test(a_ruling_that_colleagues_cannot_read_is_neither_told_nor_denied),
        cmocka_unit_test(a_text_by_hand_that_colleagues_cannot_read_does_not_stand),
        cmocka_unit_test(the_day_of_a_visit_that_colleagues_cannot_read_moves_no_ruling),
        cmocka_unit_test(a_seal_holds_wherever_it_is_kept_and_is_not_broken_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
