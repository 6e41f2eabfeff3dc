/* Section V of the yearly report: category statements, and what keeps one from being drafted. Everybody is invented. */
#include "made_annual.h"

#define INFO 70
#define SENT 80
#define ACT  90

#define IN  "s:1630000000,0,1" /* 26 August 2021 */
#define OUT "s:1600000000,0,1" /* September 2020 */

static void
info(struct vls_annual *a, uint8_t id, const char *from, const char *received)
{
    an_add(a, "info", id, "from", from, "received", received, "claim", "t:potential", NULL);
}

static void
nothing_is_said_where_there_is_nothing(void **state)
{
    struct vls_annual *a = an_new("en");
    unsigned no;

    (void)state;
    info(a, INFO, "t:state-party", OUT);
    info(a, INFO + 1, "t:media", IN); /* nobody told it */
    info(a, INFO + 2, "t:own-observation", IN);
    an_add(a, "transmission", SENT, "covers", "r:70", "to", "t:group", "sent", OUT, NULL);
    an_add(a, "action", ACT, "actor", "t:President", "on", "d:2020-09-01", NULL);
    an_build(a);
    for (no = 27; no <= 31; no++)
        assert_null(an_para(a, no));
    vls_annual_close(a);
}

static void
only_kinds_of_source_that_occur_are_named(void **state)
{
    static const struct {
        const char *from;
        unsigned told;
        bool duty;
    } t[] = {
        {"t:court-prosecutor", VLS_TOLD_COURT, false},
        {"t:court-registry", VLS_TOLD_COURT, false},
        {"t:court-chamber", VLS_TOLD_COURT, false},
        {"t:state-party", VLS_TOLD_STATES_PARTIES, true},
        {"t:state-not-party", VLS_TOLD_OTHER_STATES, true},
        {"t:civil-society", VLS_TOLD_CIVIL_SOCIETY, true},
        {"t:international-organisation", VLS_TOLD_ORGANISATIONS, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        info(a, INFO, t[i].from, IN);
        an_build(a);
        an_state(a, 28, VLS_SAY_RECEIVED, VLS_PARA_READY, 1);
        assert_int_equal(an_para(a, 28)->told_by, t[i].told);
        if (t[i].duty) {
            an_state(a, 29, VLS_SAY_SHARED, VLS_PARA_GAP, 1);
            assert_int_equal(an_points(a, VLS_POINT_UNSHARED, 29, INFO), 1);
        } else {
            assert_null(an_para(a, 29));
        }
        vls_annual_close(a);
    }
}

static void
that_all_was_shared_is_said_only_when_it_was(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    info(a, INFO, "t:state-party", IN);
    info(a, INFO + 1, "t:civil-society", IN);
    an_add(a, "transmission", SENT, "covers", "r:70", "to", "t:court-registry", "sent", IN, NULL);
    an_add(a, "transmission", SENT + 1, "covers", "r:71", "to", "t:court", "sent", IN, "withheld-because", "t:asked so",
           NULL);
    an_add(a, "transmission", SENT + 2, "covers", "r:71", "to", "t:president", "sent", IN, NULL); /* not the Court */
    an_build(a);
    an_state(a, 29, VLS_SAY_SHARED, VLS_PARA_GAP, 2);
    assert_int_equal(an_points(a, VLS_POINT_UNSHARED, 29, 0), 0);
    assert_int_equal(an_points(a, VLS_POINT_LEFT_OUT, 29, INFO + 1), 1);
    vls_annual_close(a);

    a = an_new("en");
    info(a, INFO, "t:state-party", IN);
    info(a, INFO + 1, "t:civil-society", IN);
    an_add(a, "transmission", SENT, "covers", "r:70", "covers", "r:71", "to", "t:court", "sent", IN, NULL);
    an_build(a);
    an_state(a, 29, VLS_SAY_SHARED, VLS_PARA_READY, 2);
    vls_annual_close(a);
}

static void
what_was_withdrawn_does_not_count(void **state)
{
    struct vls_annual *a = an_new("en");
    unsigned no;

    (void)state;
    an_add(a, "info", INFO, "from", "t:state-party", "received", IN, "claim", "t:potential", "life", "t:retracted", NULL);
    an_add(a, "action", ACT, "actor", "t:President", "on", "d:2021-09-01", "life", "t:retracted", NULL);
    an_build(a);
    for (no = 27; no <= 31; no++)
        assert_null(an_para(a, no));
    vls_annual_close(a);
}

static void
a_matter_under_seal_feeds_nothing(void **state)
{
    struct vls_annual *a = an_new("en");
    unsigned no;

    (void)state;
    an_add(a, "trip", 20, "status", "t:announced", "caveat", "t:sealed-matter", NULL);
    an_add(a, "info", INFO, "from", "t:court-registry", "received", IN, "claim", "t:potential", "trip", "r:20", NULL);
    an_add(a, "info", INFO + 1, "from", "t:state-party", "received", IN, "claim", "t:potential", "caveat",
           "t:sealed-matter", NULL);
    an_add(a, "action", ACT, "actor", "t:Norway", "on", "d:2021-09-01", "told-focal-points", IN, "trip", "r:20", NULL);
    an_add(a, "action", ACT + 1, "actor", "t:President", "on", "d:2021-09-01", "caveat", "t:sealed-matter", NULL);
    an_build(a);
    for (no = 27; no <= 31; no++)
        assert_null(an_para(a, no));
    vls_annual_close(a);
}

static void
neither_does_a_person_of_whom_no_warrant_is_public(void **state)
{
    static const struct {
        const char *one, *other;
        bool said;
    } t[] = {
        {"t:under-seal", "t:under-seal", false}, {"t:public", "t:under-seal", true}, {"t:public", "t:public", true}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "person", 10, "display-name", "t:Idris al-Haddad", NULL);
        an_add(a, "warrant", 11, "person", "r:10", "case", "t:X", "publicity", t[i].one, NULL);
        an_add(a, "warrant", 12, "person", "r:10", "case", "t:Y", "publicity", t[i].other, NULL);
        an_add(a, "trip", 20, "person", "r:10", "status", "t:announced", NULL);
        an_add(a, "info", INFO, "from", "t:civil-society", "received", IN, "claim", "t:potential", "about", "r:10",
               NULL);
        an_add(a, "info", INFO + 1, "from", "t:state-party", "received", IN, "claim", "t:potential", "trip", "r:20",
               NULL);
        an_build(a);
        assert_int_equal(an_para(a, 28) != NULL, t[i].said);
        assert_int_equal(an_para(a, 29) != NULL, t[i].said);
        vls_annual_close(a);
    }
}

static void
groups_were_informed_unless_they_were_left_out(void **state)
{
    static const struct {
        const char *to, *withheld;
        bool said;
    } t[] = {{"t:group", NULL, true},
             {"t:all-groups", NULL, true},
             {"t:group", "t:the destination sits in it", false},
             {"t:state", NULL, false},
             {"t:court", NULL, false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "transmission", SENT, "to", t[i].to, "sent", IN, t[i].withheld != NULL ? "withheld-because" : "tag",
               t[i].withheld != NULL ? t[i].withheld : "t:none", NULL);
        an_build(a);
        assert_int_equal(an_para(a, 30) != NULL, t[i].said);
        vls_annual_close(a);
    }
}

static void
actions_count_by_who_acted(void **state)
{
    static const struct {
        const char *actor, *attribution;
        bool president, told;
    } t[] = {
        {"t:President of the Assembly", "t:may-be-named", true, false},
        {"t:Présidence de l’Assemblée", "t:category-only", true, false},
        {"t:President of the Assembly", "t:not-to-be-mentioned", false, false},
        {"t:Norway", "t:may-be-named", false, true},
        {"t:NO", "t:category-only", false, true},
        {"t:Norway", "t:not-to-be-mentioned", false, false},
        {"t:Ethiopia", "t:may-be-named", false, false}, /* no State Party */
        {"t:the focal points", "t:may-be-named", false, false},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "action", ACT, "actor", t[i].actor, "attribution", t[i].attribution, "on", "d:2021-09-01",
               "told-focal-points", IN, NULL);
        an_build(a);
        if ((an_para(a, 27) != NULL) != t[i].president || (an_para(a, 31) != NULL) != t[i].told)
            fail_msg("case %zu", i);
        vls_annual_close(a);
    }
}

static void
an_action_of_nobody_known_is_not_counted_and_said(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "action", ACT, "on", "d:2021-09-01", "told-focal-points", IN, NULL);
    an_build(a);
    assert_null(an_para(a, 31));
    assert_int_equal(an_points(a, VLS_POINT_NO_ACTOR, 31, ACT), 1);
    vls_annual_close(a);
}

static void
what_came_in_after_the_cut_off_belongs_to_the_next_report(void **state)
{
    struct vls_error err = {0};
    struct vls_annual *a;

    (void)state;
    check_ok(vls__an_new(&a, NULL, 1638000000, "en", &err), &err);
    an_add(a, "period", PERIOD, "name", "t:P", "opens", "d:2020-12-14", "closes", "d:2021-12-06", "cut-off",
           "s:1630000060,0,1", NULL);
    info(a, INFO, "t:state-party", "s:1630000000,0,1");
    info(a, INFO + 1, "t:civil-society", "s:1630000120,0,1");
    an_build(a);
    an_state(a, 28, VLS_SAY_RECEIVED, VLS_PARA_READY, 1);
    assert_int_equal(an_para(a, 28)->told_by, VLS_TOLD_STATES_PARTIES);
    vls_annual_close(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_said_where_there_is_nothing),
        cmocka_unit_test(only_kinds_of_source_that_occur_are_named),
        cmocka_unit_test(that_all_was_shared_is_said_only_when_it_was),
        cmocka_unit_test(what_was_withdrawn_does_not_count),
        cmocka_unit_test(a_matter_under_seal_feeds_nothing),
        cmocka_unit_test(neither_does_a_person_of_whom_no_warrant_is_public),
        cmocka_unit_test(groups_were_informed_unless_they_were_left_out),
        cmocka_unit_test(actions_count_by_who_acted),
        cmocka_unit_test(an_action_of_nobody_known_is_not_counted_and_said),
        cmocka_unit_test(what_came_in_after_the_cut_off_belongs_to_the_next_report),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
