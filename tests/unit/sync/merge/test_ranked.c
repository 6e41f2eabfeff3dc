/* RESTRICT, ALERT, FWD and EARLY. */
#include "tests/unit/sync/merge/rivals.h"

static const struct vls_term tlp_terms[] = {
    {"clear", {"", ""}}, {"green", {"", ""}}, {"amber", {"", ""}}, {"amber+strict", {"", ""}}, {"red", {"", ""}},
};
static const struct vls_term publicity_terms[] = {{"public", {"", ""}}, {"under-seal", {"", ""}}};
static const struct vls_term status_terms[] = {
    {"cancelled", {"", ""}}, {"potential", {"", ""}}, {"announced", {"", ""}}, {"confirmed", {"", ""}},
};
static const struct vls_term stage_terms[] = {{"open", {"", ""}}, {"waiting", {"", ""}}, {"reported", {"", ""}}, {"closed", {"", ""}}};

static const struct vls_field tlp = {.no = 1, .type = VLS_T_ENUM, .policy = VLS_P_RESTRICT, .terms = tlp_terms, .n_terms = 5};
static const struct vls_field publicity = {.no = 2, .type = VLS_T_ENUM, .policy = VLS_P_RESTRICT, .flags = VLS_F_RELEASE,
                                           .terms = publicity_terms, .n_terms = 2};
static const struct vls_field status = {.no = 3, .type = VLS_T_ENUM, .policy = VLS_P_ALERT, .terms = status_terms, .n_terms = 4};
static const struct vls_field stage = {.no = 4, .type = VLS_T_ENUM, .policy = VLS_P_FWD, .terms = stage_terms, .n_terms = 4};
static const struct vls_field hidden = {.no = 5, .type = VLS_T_BOOL, .policy = VLS_P_RESTRICT};
static const struct vls_field epoch = {.no = 6, .type = VLS_T_INT, .policy = VLS_P_FWD};
static const struct vls_field due = {.no = 7, .type = VLS_T_DATE, .policy = VLS_P_EARLY};
static const struct vls_field told = {.no = 8, .type = VLS_T_INSTANT, .policy = VLS_P_EARLY};

static void
RESTRICT_the_most_restrictive_wins(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &tlp, {{'a', 1, 0, "t:green"}}, "a|", VLS_QUIET},
        {"red", &tlp, {{'a', 9, 3, "t:green"}, {'b', 1, 0, "t:red"}}, "b|a", VLS_NOTICE},
        {"in the middle of the list", &tlp, {{'a', 9, 3, "t:amber"}, {'b', 1, 0, "t:amber+strict"}, {'c', 3, 0, "t:clear"}},
         "b|ac", VLS_NOTICE},
        {"agreed", &tlp, {{'a', 9, 0, "t:red"}, {'b', 1, 0, "t:red"}}, "a|b", VLS_QUIET},
        {"unknown terms are the strictest", &tlp, {{'a', 9, 0, "t:red"}, {'b', 1, 0, "t:black"}, {'c', 2, 0, "t:aubergine"}},
         "c|ba", VLS_NOTICE},
        {"misfit", &tlp, {{'a', 1, 0, "t:clear"}, {'b', 9, 0, "i:4"}}, "a|b", VLS_NOTICE},
        {"true", &hidden, {{'a', 9, 0, "b:0"}, {'b', 1, 0, "b:1"}}, "b|a", VLS_NOTICE},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
RESTRICT_an_official_document_lifts_the_seal(void **state)
{
    static const struct merge_case cases[] = {
        {"without document", &publicity, {{'a', 9, 0, "t:public"}, {'b', 1, 0, "t:under-seal"}}, "b|a", VLS_NOTICE},
        {"press is no document", &publicity, {{'a', 9, 1, "t:public"}, {'b', 1, 0, "t:under-seal"}}, "b|a", VLS_NOTICE},
        {"nor is a note", &publicity, {{'a', 9, 2, "t:public"}, {'b', 1, 0, "t:under-seal"}}, "b|a", VLS_NOTICE},
        {"unsealing decision", &publicity, {{'a', 1, 3, "t:public"}, {'b', 9, 0, "t:under-seal"}}, "a|b", VLS_NOTICE},
        {"both cite", &publicity, {{'a', 1, 3, "t:public"}, {'b', 9, 3, "t:under-seal"}}, "a|b", VLS_NOTICE},
        {"only the seal cites", &publicity, {{'a', 9, 0, "t:public"}, {'b', 1, 3, "t:under-seal"}}, "b|a", VLS_NOTICE},
        {"a rival without document does not weaken it", &publicity,
         {{'a', 1, 3, "t:public"}, {'b', 9, 0, "t:public"}, {'c', 9, 0, "t:under-seal"}}, "a|cb", VLS_NOTICE},
        {"an unknown term lifts nothing", &publicity, {{'a', 1, 3, "t:leaked"}, {'b', 9, 3, "t:under-seal"}}, "b|a", VLS_NOTICE},
        {"not on other fields", &tlp, {{'a', 1, 3, "t:clear"}, {'b', 9, 0, "t:red"}}, "b|a", VLS_NOTICE},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
ALERT_the_most_alarming_wins_and_a_person_looks(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &status, {{'a', 1, 0, "t:confirmed"}}, "a|", VLS_QUIET},
        {"confirmed over cancelled", &status, {{'a', 9, 3, "t:cancelled"}, {'b', 1, 0, "t:confirmed"}}, "b|a", VLS_CONFLICT},
        {"three", &status, {{'a', 9, 3, "t:cancelled"}, {'b', 1, 0, "t:potential"}, {'c', 1, 0, "t:announced"}}, "c|ba",
         VLS_CONFLICT},
        {"agreed", &status, {{'a', 9, 0, "t:cancelled"}, {'b', 1, 3, "t:cancelled"}}, "a|b", VLS_QUIET},
        {"unknown is alarming", &status, {{'a', 1, 0, "t:imminent"}, {'b', 9, 0, "t:confirmed"}}, "a|b", VLS_CONFLICT},
        {"misfit", &status, {{'a', 1, 0, "t:cancelled"}, {'b', 9, 0, "b:1"}}, "a|b", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
FWD_the_further_stage_wins(void **state)
{
    static const struct merge_case cases[] = {
        {"next", &stage, {{'a', 9, 0, "t:open"}, {'b', 1, 0, "t:waiting"}}, "b|a", VLS_QUIET},
        {"chain", &stage, {{'a', 9, 0, "t:open"}, {'b', 1, 0, "t:waiting"}, {'c', 1, 0, "t:reported"}}, "c|ba", VLS_QUIET},
        {"skipped", &stage, {{'a', 9, 0, "t:open"}, {'b', 1, 0, "t:reported"}}, "b|a", VLS_NOTICE},
        {"skipped below", &stage, {{'a', 9, 0, "t:open"}, {'b', 1, 0, "t:reported"}, {'c', 1, 0, "t:closed"}}, "c|ba",
         VLS_NOTICE},
        {"unknown", &stage, {{'a', 9, 0, "t:closed"}, {'b', 1, 0, "t:archived"}}, "b|a", VLS_NOTICE},
        {"two unknown", &stage, {{'a', 9, 0, "t:burnt"}, {'b', 1, 0, "t:archived"}}, "a|b", VLS_NOTICE},
        {"agreed", &stage, {{'a', 9, 0, "t:closed"}, {'b', 1, 0, "t:closed"}}, "a|b", VLS_QUIET},
        {"numbers", &epoch, {{'a', 9, 0, "i:-3"}, {'b', 1, 0, "i:-2"}}, "b|a", VLS_QUIET},
        {"numbers far apart", &epoch, {{'a', 9, 0, "i:-9223372036854775808"}, {'b', 1, 0, "i:9223372036854775807"}}, "b|a",
         VLS_NOTICE},
        {"misfit", &epoch, {{'a', 9, 0, "t:many"}, {'b', 1, 0, "i:1"}}, "b|a", VLS_NOTICE},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
EARLY_the_earliest_wins(void **state)
{
    static const struct merge_case cases[] = {
        {"deadline", &due, {{'a', 9, 3, "d:2027-05-14"}, {'b', 1, 0, "d:2027-05-10"}}, "b|a", VLS_NOTICE},
        {"same beginning", &due, {{'a', 9, 3, "d:2027-05"}, {'b', 1, 0, "d:2027-05-01"}}, "b|a", VLS_NOTICE},
        {"words only are last", &due, {{'a', 9, 3, "w:40 April"}, {'b', 1, 0, "d:2027-05-10"}}, "b|a", VLS_NOTICE},
        {"words alone", &due, {{'a', 9, 3, "w:40 April"}, {'b', 1, 0, "w:41 April"}}, "a|b", VLS_NOTICE},
        {"agreed", &due, {{'a', 9, 3, "d:2027-05-10"}, {'b', 1, 0, "d:2027-05-10/2027-05-10"}}, "a|b", VLS_QUIET},
        {"moments", &told, {{'a', 9, 0, "s:1804496460,0,1"}, {'b', 1, 0, "s:1804496400,-300,1"}}, "b|a", VLS_NOTICE},
        {"one moment", &told, {{'a', 9, 0, "s:1804496400,0,1"}, {'b', 1, 0, "s:1804496400,-300,1"}}, "a|b", VLS_QUIET},
        {"misfit", &told, {{'a', 9, 0, "t:noon"}, {'b', 1, 0, "s:1804496400,-300,1"}}, "b|a", VLS_NOTICE},
    };

    (void)state;
    CHECK_CASES(cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(RESTRICT_the_most_restrictive_wins),
        cmocka_unit_test(RESTRICT_an_official_document_lifts_the_seal),
        cmocka_unit_test(ALERT_the_most_alarming_wins_and_a_person_looks),
        cmocka_unit_test(FWD_the_further_stage_wins),
        cmocka_unit_test(EARLY_the_earliest_wins),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
