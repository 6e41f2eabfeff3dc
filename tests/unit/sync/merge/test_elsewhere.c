/* Fields whose value no operation gives: REFDATA and DERIVED. */
#include "tests/unit/sync/merge/rivals.h"

static const struct vls_term terms[] = {{"low", {"", ""}}, {"high", {"", ""}}};
static const struct vls_field parts = {.no = 1, .type = VLS_T_TEXT, .policy = VLS_P_REFDATA};
static const struct vls_field since = {.no = 2, .type = VLS_T_DATE, .policy = VLS_P_REFDATA};
static const struct vls_field flag = {.no = 3, .type = VLS_T_ENUM, .policy = VLS_P_DERIVED, .terms = terms, .n_terms = 2};
static const struct vls_field sum = {.no = 4, .type = VLS_T_INT, .policy = VLS_P_DERIVED};

static void
proposals_are_kept_in_the_order_of_writing_and_none_is_shown(void **state)
{
    static const struct merge_case cases[] = {
        {"one", &parts, {{'a', 1, 0, "t:x"}}, "|a", VLS_QUIET},
        {"one, official", &parts, {{'a', 1, 3, "t:x"}}, "|a", VLS_QUIET},
        {"the first stands first", &parts, {{'a', 5, 3, "t:x"}, {'b', 2, 0, "t:y"}, {'c', 9, 0, "t:z"}}, "|bac", VLS_QUIET},
        {"equal ones count once", &parts, {{'a', 5, 0, "t:x"}, {'b', 2, 0, "t:x"}, {'c', 3, 0, "t:y"}}, "|bca", VLS_QUIET},
        {"alike ones do not", &since, {{'a', 1, 0, "d:2027-04-12"}, {'b', 2, 0, "d:2027-04-12/2027-04-12"}}, "|ab", VLS_QUIET},
        {"of another shape, behind", &parts, {{'a', 1, 0, "i:1"}, {'b', 2, 0, "t:x"}, {'c', 3, 0, "n:"}}, "|bca", VLS_QUIET},
        {"of another shape alone", &since, {{'a', 1, 0, "t:soon"}, {'b', 2, 0, "n:"}}, "|ba", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
what_is_written_to_a_derived_field_counts_for_nothing(void **state)
{
    static const struct merge_case cases[] = {
        {"one", &flag, {{'a', 1, 0, "t:high"}}, "|a", VLS_QUIET},
        {"one, official", &flag, {{'a', 1, 3, "t:low"}}, "|a", VLS_QUIET},
        {"no rank, no class, no attention", &flag, {{'a', 1, 3, "t:high"}, {'b', 2, 0, "t:low"}, {'c', 3, 1, "t:newer"}}, "|cba", VLS_QUIET},
        {"emptied", &flag, {{'a', 9, 0, "n:"}, {'b', 2, 0, "t:low"}}, "|ba", VLS_QUIET},
        {"equal", &sum, {{'a', 1, 0, "i:7"}, {'b', 2, 0, "i:7"}, {'c', 3, 0, "i:8"}}, "|cba", VLS_QUIET},
        {"of another shape alone", &sum, {{'a', 1, 0, "t:x"}, {'b', 2, 0, "b:1"}}, "|ba", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
a_proposal_cannot_be_taken_back_and_a_derived_value_can(void **state)
{
    static const struct vls_field text = {.type = VLS_T_TEXT, .policy = VLS_P_LWW};

    (void)state;
    assert_true(vls_merge_permanent(&parts));
    assert_false(vls_merge_permanent(&flag));
    assert_false(vls_merge_shows(&parts));
    assert_false(vls_merge_shows(&flag));
    assert_true(vls_merge_shows(&text));
    assert_true(vls_merge_shows(NULL)); /* of a newer version: shown as it is */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals_are_kept_in_the_order_of_writing_and_none_is_shown),
        cmocka_unit_test(what_is_written_to_a_derived_field_counts_for_nothing),
        cmocka_unit_test(a_proposal_cannot_be_taken_back_and_a_derived_value_can),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
