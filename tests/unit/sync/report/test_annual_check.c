/* Rules between the records of a yearly report: what is found, and what is not taken for it. Everything is invented. */
#include "made_annual.h"

static void
appoint(struct vls_annual *a, uint8_t id, const char *state, const char *on)
{
    an_add(a, "appointment", id, "state", state, "basis", "t:ad-country", "on", on, NULL);
}

static void
a_fifth_focal_point_needs_a_request(void **state)
{
    static const char *const state_of[] = {"t:AR", "t:HR", "t:IE", "t:TL", "t:CI"};
    size_t n, requested;
    uint8_t i;

    (void)state;
    for (n = 4; n <= 5; n++) {
        for (requested = 0; requested < 2; requested++) {
            struct vls_annual *a = an_new("en");

            for (i = 0; i < n; i++)
                appoint(a, (uint8_t)(40 + i), state_of[i], i == 4 ? "d:2021-05-12" : "d:2021-04-08");
            an_add(a, "appointment", 39, "state", requested != 0 ? "t:BR" : "t:AR", "basis", "t:ex-officio", "on", "d:2021-02-13",
                   requested != 0 ? "requested-by" : "tag", "t:President", NULL);
            an_build(a);
            assert_int_equal(an_points(a, VLS_POINT_FIFTH, 13, 0), n == 5);
            assert_int_equal(an_points(a, VLS_POINT_FIFTH, 13, 44), n == 5);
            assert_int_equal(an_points(a, VLS_POINT_GROUP_TWICE, 13, 40), 1); /* the President’s own */
            assert_int_equal(an_points(a, VLS_POINT_GROUP_TWICE, 13, 0), 1);
            vls_annual_close(a);
        }
    }
    {
        struct vls_annual *a = an_new("en");

        for (i = 0; i < 4; i++)
            appoint(a, (uint8_t)(40 + i), state_of[i], "d:2021-04-08");
        an_add(a, "appointment", 44, "state", "t:CI", "on", "d:2021-05-12", "requested-by", "t:President", NULL);
        an_build(a);
        assert_int_equal(an_points(a, VLS_POINT_FIFTH, 13, 0), 0);
        vls_annual_close(a);
    }
}

static void
a_state_that_two_posts_recorded_counts_once(void **state)
{
    static const char *const state_of[] = {"t:AR", "t:HR", "t:IE", "t:TL"};
    struct vls_annual *a = an_new("en");
    uint8_t i;

    (void)state;
    for (i = 0; i < 8; i++)
        appoint(a, (uint8_t)(40 + i), state_of[i % 4], "d:2021-04-08");
    an_build(a);
    assert_int_equal(an_points(a, VLS_POINT_FIFTH, 13, 0), 0);
    assert_int_equal(an_points(a, VLS_POINT_GROUP_TWICE, 13, 0), 0);
    assert_int_equal(an_points(a, VLS_POINT_TWICE, 13, 0), 4);
    vls_annual_close(a);
}

static void
a_document_cannot_be_older_than_what_it_decides(void **state)
{
    static const struct {
        const char *dated;
        bool found;
    } t[] = {{"d:2020-02-25", true},
             {"d:2021-04-07", true},
             {"d:2021-04-08", false},
             {"d:2021-04", false},
             {"w:40 April", false}};
    size_t i;

    (void)state;
    for (i = 0; i < 2 * sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "document", 30, "title", "t:Decision", "dated", t[i / 2].dated, NULL);
        an_add(a, "citation", 31, "document", "r:30", NULL);
        an_add(a, "appointment", 40, "state", "t:AR", "on", "d:2021-04-08", i % 2 != 0 ? "cites" : "decision",
               i % 2 != 0 ? "r:31" : "r:30", NULL);
        an_build(a);
        assert_int_equal(an_points(a, VLS_POINT_CITED_OLDER, 13, 40), t[i / 2].found);
        vls_annual_close(a);
    }
}

static void
a_citation_of_what_was_revised_is_found_where_it_is_used(void **state)
{
    struct vls_annual *a = an_new("en");

    (void)state;
    an_add(a, "document", 30, "title", "t:Old", NULL);
    an_add(a, "document", 32, "title", "t:New", "revises", "r:30", NULL);
    an_add(a, "citation", 31, "document", "r:30", NULL);
    an_add(a, "citation", 33, "document", "r:32", NULL);
    an_add(a, "report-recommendation", 40, "text", "t:Go on.", "paragraph", "i:37", "period", "r:1", "cites", "r:31",
           NULL);
    an_add(a, "report-recommendation", 41, "text", "t:Go on.", "paragraph", "i:38", "period", "r:1", "cites", "r:33",
           NULL);
    an_build(a);
    assert_int_equal(an_points(a, VLS_POINT_CITED_SUPERSEDED, 37, 40), 1);
    assert_int_equal(an_points(a, VLS_POINT_CITED_SUPERSEDED, 38, 41), 0);
    vls_annual_close(a);
}

static void
two_prosecutors_are_not_one(void **state)
{
    static const struct {
        const char *day;
        bool two;
    } t[] = {{"d:2021-06-15", false}, {"d:2021-06-16", true}};
    size_t i;

    (void)state;
    for (i = 0; i < 2; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "person", 10, "display-name", "t:Nora One", NULL);
        an_add(a, "person", 11, "display-name", "t:Ola Two", NULL);
        an_add(a, "office-holding", 12, "office", "t:Prosecutor", "person", "r:10", "from", "d:../2021-06-15", "to",
               "d:2021-06-15", NULL);
        an_add(a, "office-holding", 13, "office", "t:Prosecutor", "person", "r:11", "from", "d:2021-06-16", NULL);
        an_add(a, "office-holding", 14, "office", "t:Registrar", "person", "r:10", "from", "d:2000", NULL);
        an_add(a, "sc-report", 42, "resolution", "t:1970", "ordinal", "i:21", "presented", "d:2021-05-17", NULL);
        an_add(a, "sc-report", 43, "resolution", "t:1970", "ordinal", "i:22", "presented", t[i].day, NULL);
        an_build(a);
        assert_string_equal(an_para(a, 34)->fact[0].text, "Nora One");
        assert_string_equal(an_para(a, 34)->fact[1].text, t[i].two ? "Ola Two" : "Nora One");
        assert_int_equal(an_points(a, VLS_POINT_PRESENTERS, 34, 43), t[i].two);
        vls_annual_close(a);
    }
}

static void
what_is_decided_a_year_after_it_was_considered(void **state)
{
    static const struct {
        const char *considered, *held;
        bool found;
    } t[] = {{"d:2021", "d:2022", true},
             {"d:2022", "d:2022-12-05", false}, {"d:2021/2022", "d:2022", false},
             {"d:2021/..", "d:2022", false},
             {"w:soon", "d:2022", false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "session", 20, "number", "i:21", "held", t[i].held, NULL);
        an_add(a, "review-recommendation", 40, "number", "t:R999", "considered", t[i].considered, "decision-at", "r:20",
               NULL);
        an_build(a);
        assert_int_equal(an_points(a, VLS_POINT_CONSIDERED, 45, 40), t[i].found);
        vls_annual_close(a);
    }
}

static void
an_event_that_the_narrative_leaves_out(void **state)
{
    static const struct {
        const char *where, *on, *text;
        bool found;
    } t[] = {{"t:SD", "d:2021-10-25", NULL, true},
             {"t:HU", "d:2021-10-25", NULL, false}, /* section III is not about it */
             {"t:SD", "d:2017-10-25", NULL, false},
             {"t:SD", "d:2021-10-25", "t:The focal points note the takeover.", false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        struct vls_annual *a = an_new("en");

        an_add(a, "event", 40, "what", "t:Takeover", "where", t[i].where, "on", t[i].on, NULL);
        an_add(a, "report-draft", 50, "period", "r:1", NULL);
        if (t[i].text != NULL)
            an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:22", "in", "t:en", "text", t[i].text, NULL);
        an_build(a);
        assert_int_equal(an_points(a, VLS_POINT_EVENT, 22, 40), t[i].found);
        vls_annual_close(a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fifth_focal_point_needs_a_request),
        cmocka_unit_test(a_state_that_two_posts_recorded_counts_once),
        cmocka_unit_test(a_document_cannot_be_older_than_what_it_decides),
        cmocka_unit_test(a_citation_of_what_was_revised_is_found_where_it_is_used),
        cmocka_unit_test(two_prosecutors_are_not_one),
        cmocka_unit_test(what_is_decided_a_year_after_it_was_considered),
        cmocka_unit_test(an_event_that_the_narrative_leaves_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
