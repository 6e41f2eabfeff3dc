/* What people write by hand into the yearly report, and sign. Everybody is invented. */
#include "made_annual.h"

static struct vls_annual *
with_draft(const char *lang)
{
    struct vls_annual *a = an_new(lang);

    an_add(a, "report-draft", 50, "period", "r:1", "sign-off", "m:by=t:Iceland;at=t:2021-11-05;hash=t:ab;language=t:en",
           NULL);
    return a;
}

static void
a_text_stands_in_its_paragraph_and_language(void **state)
{
    struct vls_annual *a = with_draft("en");

    (void)state;
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:16", "in", "t:en", "text", "t:Ours.", "hold",
           "t:locked", NULL);
    an_add(a, "report-paragraph", 52, "draft", "r:50", "number", "i:18", "in", "t:fr", "text", "t:Le nôtre.", NULL);
    an_add(a, "report-paragraph", 53, "draft", "r:50", "number", "i:60", "in", "t:en", "text", "t:One more.", NULL);
    an_build(a);
    assert_string_equal(an_para(a, 16)->by_hand, "Ours.");
    assert_true(an_para(a, 16)->locked);
    assert_string_equal(an_para(a, 18)->by_hand, "");
    assert_string_equal(an_para(a, 60)->by_hand, "One more.");
    assert_int_equal(an_para(a, 60)->section, VLS_SECTION_RECOMMENDATIONS);
    assert_false(an_para(a, 60)->locked);
    vls_annual_close(a);
}

static void
nobody_can_write_that_there_was_nothing_where_nobody_attests_it(void **state)
{
    struct vls_annual *a = with_draft("en");

    (void)state;
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:17", "in", "t:en", "text", "t:There was nothing.",
           NULL);
    an_build(a);
    assert_int_equal(an_para(a, 17)->state, VLS_PARA_ATTEST);
    vls_annual_close(a);
}

static void
a_gap_is_closed_by_a_text_and_stays_on_the_list(void **state)
{
    struct vls_annual *a = with_draft("en");
    size_t i, n;

    (void)state;
    an_add(a, "nil-return", 60, "section", "t:states-parties", "period", "t:PER-20", "asserted",
           "m:at=t:2021-11-20;by=t:Croatia;how=t:asked", NULL);
    an_add(a, "proceeding", 40, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "w:40 April", "state", "t:HU",
           NULL);
    an_add(a, "info", 70, "from", "t:state-party", "received", "s:1630000000,0,1", "claim", "t:potential", NULL);
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:29", "in", "t:en", "text",
           "t:Most of it was shared.", NULL);
    an_build(a);
    assert_int_equal(an_para(a, 29)->state, VLS_PARA_READY);
    assert_int_equal(an_points(a, VLS_POINT_UNSHARED, 29, 70), 1);
    for (i = 0; vls_annual_points(a, &n)[i].para != 29; i++)
        assert_false(vls_annual_points(a, &n)[i].settled); /* paragraph 17 nobody wrote */
    assert_true(vls_annual_points(a, &n)[i].settled);
    vls_annual_close(a);
}

static void
what_is_withheld_is_withheld(void **state)
{
    struct vls_annual *a = with_draft("en");

    (void)state;
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:16", "in", "t:en", "hold", "t:withheld", "text",
           "t:Ours.", NULL);
    an_build(a);
    assert_int_equal(an_para(a, 16)->state, VLS_PARA_WITHHELD);
    assert_string_equal(an_para(a, 16)->by_hand, "");
    vls_annual_close(a);
}

static void
of_two_texts_the_first_stands_and_texts_of_other_periods_never(void **state)
{
    struct vls_annual *a = with_draft("en");

    (void)state;
    an_add(a, "period", 2, "name", "t:PER-21", "opens", "d:2021-12-06", NULL);
    an_add(a, "report-draft", 49, "period", "r:2", NULL);
    an_add(a, "report-paragraph", 60, "draft", "r:49", "number", "i:16", "in", "t:en", "text", "t:Next year’s.", NULL);
    an_add(a, "report-paragraph", 59, "draft", "r:50", "number", "i:16", "in", "t:en", "text", "t:First.", NULL);
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:16", "in", "t:en", "text", "t:Second.", NULL);
    an_build(a);
    assert_string_equal(an_para(a, 16)->by_hand, "First.");
    assert_int_equal(an_points(a, VLS_POINT_TWO_TEXTS, 16, 51), 1);
    assert_int_equal(an_points(a, VLS_POINT_TWO_TEXTS, 16, 0), 1);
    vls_annual_close(a);
}

static void
a_signature_is_that_of_its_author_whoever_it_names(void **state)
{
    struct vls_annual *a = with_draft("en");
    const struct vls_period *p;

    (void)state;
    an_build(a);
    p = vls_annual_period(a);
    assert_true(p->has_draft);
    assert_int_equal(p->n_sign_offs, 1);
    assert_string_equal(p->sign_off[0].by, "Croatia");
    assert_string_equal(p->sign_off[0].hash, "ab");
    vls_annual_close(a);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_stands_in_its_paragraph_and_language),
        cmocka_unit_test(nobody_can_write_that_there_was_nothing_where_nobody_attests_it),
        cmocka_unit_test(a_gap_is_closed_by_a_text_and_stays_on_the_list),
        cmocka_unit_test(what_is_withheld_is_withheld),
        cmocka_unit_test(of_two_texts_the_first_stands_and_texts_of_other_periods_never),
        cmocka_unit_test(a_signature_is_that_of_its_author_whoever_it_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
