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

/* The first point of a kind about a record. */
static const struct vls_point *
point_of(const struct vls_annual *a, enum vls_point_kind kind, uint8_t id)
{
    size_t i, n;
    const struct vls_point *p = vls_annual_points(a, &n);

    for (i = 0; i < n; i++) {
        if (p[i].kind == kind && p[i].id[0] == id)
            return &p[i];
    }
    return NULL;
}

static void
a_point_of_what_is_not_clear_carries_its_reference_only(void **state)
{
    static const char *const tlp[] = {"t:clear", "t:green", "t:amber", "t:red", "t:ultra"};
    size_t i, bare = 0;

    (void)state;
    for (i = 0; i < sizeof tlp / sizeof *tlp; i++) {
        struct vls_annual *a = an_new("en");
        const struct vls_point *p, *q, *r;

        an_add(a, "meeting", 40, "title", "t:Dinner", "on", "w:31 February with a guest", "may-appear-in-report",
               "t:yes", "tlp", tlp[i], NULL);
        an_add(a, "meeting", 41, "title", "t:Dinner", "on", "d:2021", "may-appear-in-report", "t:yes", "tlp", tlp[i],
               NULL);
        an_add(a, "nil-return", 42, "section", "t:states-parties", "period", "t:The year of a guest", "tlp", tlp[i],
               NULL);
        an_build(a);
        p = point_of(a, VLS_POINT_IMPOSSIBLE, 40);
        q = point_of(a, VLS_POINT_STRADDLES, 41);
        r = point_of(a, VLS_POINT_NIL_PERIOD, 42);
        if (p == NULL || q == NULL || r == NULL)
            fail_msg("no point (%s)", tlp[i]);
        assert_true(p->ref[0] != '\0' && q->ref[0] != '\0' && r->ref[0] != '\0');
        assert_int_equal(p->detail[0] != '\0', i == 0);
        assert_int_equal(q->has_date, i == 0);
        assert_int_equal(q->date.edtf.n != 0, i == 0);
        assert_int_equal(r->detail[0] != '\0', i == 0);
        bare += p->detail[0] == '\0';
        vls_annual_close(a);
    }
    assert_int_equal(bare, 4);
}

static void
what_is_under_seal_makes_no_point(void **state)
{
    struct vls_annual *a = an_new("en");
    size_t i, n;
    const struct vls_point *p;

    (void)state;
    an_add(a, "meeting", 40, "title", "t:Dinner", "on", "w:31 February", "may-appear-in-report", "t:yes", "tlp",
           "t:red", "caveat", "t:sealed-matter", NULL);
    an_add(a, "meeting", 41, "title", "t:Dinner", "on", "d:2021-05-08", "may-appear-in-report", "t:yes", "tlp",
           "t:clear", "caveat", "t:sealed-matter", NULL);
    an_add(a, "nil-return", 42, "section", "t:states-parties", "period", "t:Of a guest", "caveat", "t:sealed-matter",
           NULL);
    an_add(a, "report-recommendation", 43, "text", "t:Go on.", "paragraph", "i:38", "period", "r:1", "tlp", "t:clear",
           "caveat", "t:sealed-matter", NULL);
    an_add(a, "agreement", 44, "kind", "t:memorandum", "subject", "t:S", "signed", "d:2021", "tlp", "t:red", "caveat",
           "t:sealed-matter", NULL);
    an_add(a, "meeting", 45, "title", "t:Dinner", "on", "w:31 February", "may-appear-in-report", "t:yes", NULL);
    an_build(a);
    p = vls_annual_points(a, &n);
    for (i = 0; i < n; i++) {
        if (p[i].id[0] >= 40 && p[i].id[0] <= 44)
            fail_msg("%s of %u", vls_point_name(p[i].kind), p[i].id[0]);
    }
    assert_int_equal(an_points(a, VLS_POINT_IMPOSSIBLE, 36, 45), 1);
    assert_null(an_para(a, 36));
    assert_null(an_para(a, 38));
    assert_null(an_para(a, 20));
    vls_annual_close(a);
}

static void
a_word_of_a_list_that_is_not_known_is_never_printed(void **state)
{
    static const struct {
        const char *kind, *finding, *referral;
        bool known;
    } t[] = {{"t:finding", "t:non-compliance", "t:referred", true},
             {"t:idris-haddad", "t:non-compliance", "t:referred", false},
             {"t:finding", "t:idris-haddad", "t:referred", false},
             {"t:finding", "t:non-compliance", "t:idris-haddad", false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "proceeding", 40, "decision", "t:ICC v. X", "kind", t[i].kind, "finding", t[i].finding, "referral",
               t[i].referral, "decided", "d:2021-06-09", "state", "t:HU", "tlp", "t:clear", NULL);
        an_add(a, "meeting", 41, "title", "t:M", "on", "d:2021-05-12", "kind", t[i].known ? "t:bureau" : "t:dinner",
               "may-appear-in-report", "t:yes", "tlp", "t:clear", NULL);
        an_build(a);
        an_state(a, 17, VLS_SAY_PROCEEDINGS, t[i].known ? VLS_PARA_READY : VLS_PARA_GAP, t[i].known);
        an_state(a, 36, VLS_SAY_MEETINGS, t[i].known ? VLS_PARA_READY : VLS_PARA_GAP, t[i].known);
        assert_int_equal(an_points(a, VLS_POINT_UNKNOWN_TERM, 17, 40), !t[i].known);
        assert_int_equal(an_points(a, VLS_POINT_UNKNOWN_TERM, 36, 41), !t[i].known);
        vls_annual_close(a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_dates_are_named_and_left_alone),
        cmocka_unit_test(only_what_is_marked_clear_lends_its_words),
        cmocka_unit_test(a_point_of_what_is_not_clear_carries_its_reference_only),
        cmocka_unit_test(what_is_under_seal_makes_no_point),
        cmocka_unit_test(a_word_of_a_list_that_is_not_known_is_never_printed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
