/* IMM, LWW+K, MAP, PARA, CITE and MV. */
#include "tests/unit/sync/merge/rivals.h"

static const struct vls_field imm = {.no = 1, .type = VLS_T_TEXT, .policy = VLS_P_IMM};
static const struct vls_field lww = {.no = 2, .type = VLS_T_TEXT, .policy = VLS_P_LWW};
static const struct vls_field map = {.no = 3, .type = VLS_T_TEXT, .policy = VLS_P_MAP};
static const struct vls_field para = {.no = 4, .type = VLS_T_TEXT, .policy = VLS_P_PARA};
static const struct vls_field cite = {.no = 5, .type = VLS_T_TEXT, .policy = VLS_P_CITE};
static const struct vls_field mv = {.no = 6, .type = VLS_T_COUNTRY, .policy = VLS_P_MV};
static const struct vls_field held = {.no = 9, .type = VLS_T_DATE, .policy = VLS_P_MV};
static const struct vls_field told = {.no = 7, .type = VLS_T_INSTANT, .policy = VLS_P_LWW};
static const struct vls_field born = {.no = 8, .type = VLS_T_DATE, .policy = VLS_P_CITE};

static void
the_first_written_stays(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &imm, {{'a', 5, 0, "t:x"}}, "a|", VLS_QUIET},
        {"earlier counter", &imm, {{'a', 5, 3, "t:x"}, {'b', 4, 0, "t:y"}}, "b|a", VLS_QUIET},
        {"smaller id", &imm, {{'a', 5, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_QUIET},
        {"equal values", &imm, {{'a', 5, 0, "t:x"}, {'b', 4, 0, "t:x"}}, "b|a", VLS_QUIET},
        {"misfit is later", &imm, {{'a', 1, 0, "i:7"}, {'b', 4, 0, "t:x"}}, "b|a", VLS_QUIET},
        {"misfits alone", &imm, {{'a', 1, 0, "i:7"}, {'b', 4, 0, "i:8"}}, "b|a", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
the_tie_break_picks_and_the_other_is_kept(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &lww, {{'a', 5, 0, "t:x"}}, "a|", VLS_QUIET},
        {"greater counter", &lww, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_CONFLICT},
        {"greater id", &lww, {{'a', 5, 3, "t:x"}, {'b', 5, 0, "t:y"}}, "b|a", VLS_CONFLICT},
        {"equal values", &lww, {{'a', 5, 0, "t:x"}, {'b', 6, 0, "t:x"}, {'c', 1, 0, "t:x"}}, "b|ac", VLS_QUIET},
        {"two of three equal", &lww, {{'a', 5, 0, "t:x"}, {'b', 6, 0, "t:y"}, {'c', 7, 0, "t:x"}}, "c|ba", VLS_CONFLICT},
        {"misfit last", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "t:y"}, {'c', 7, 0, "t:x"}}, "c|ba", VLS_CONFLICT},
        {"misfit beside one", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "t:y"}}, "b|a", VLS_CONFLICT},
        {"one misfit alone", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "i:1"}}, "a|b", VLS_QUIET},
        {"misfits alone", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "i:2"}}, "a|b", VLS_CONFLICT},
        {"text is told apart by bytes", &lww, {{'a', 1, 0, "t:x"}, {'b', 2, 0, "t:x "}}, "b|a", VLS_CONFLICT},
        {"map", &map, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_CONFLICT},
        {"prose", &para, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_CONFLICT},
        {"unknown field", NULL, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "i:4"}}, "a|b", VLS_CONFLICT},
        {"unknown field, equal", NULL, {{'a', 6, 0, "i:4"}, {'b', 5, 3, "i:4"}}, "a|b", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
one_moment_with_two_offsets_is_no_conflict(void **state)
{
    static const struct merge_case cases[] = {
        {"offsets", &told, {{'a', 1, 0, "s:1804496400,0,1"}, {'b', 2, 0, "s:1804496400,-300,1"}}, "b|a", VLS_QUIET},
        {"precision", &told, {{'a', 1, 0, "s:1804496400,0,1"}, {'b', 2, 0, "s:1804496400,0,2"}}, "b|a", VLS_CONFLICT},
        {"moments", &told, {{'a', 1, 0, "s:1804496400,0,1"}, {'b', 2, 0, "s:1804496460,0,1"}}, "b|a", VLS_CONFLICT},
        {"interval or day", &born, {{'a', 1, 0, "d:1944-01-01"}, {'b', 2, 0, "d:1944-01-01/1944-01-01"}}, "b|a", VLS_QUIET},
        {"qualifier", &born, {{'a', 1, 0, "d:1944-01-01"}, {'b', 2, 0, "d:1944-01-01~"}}, "b|a", VLS_CONFLICT},
        {"words", &born, {{'a', 1, 0, "w:40 April"}, {'b', 2, 0, "w:41 April"}}, "b|a", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
the_better_document_wins(void **state)
{
    static const struct merge_case cases[] = {
        {"official", &cite, {{'a', 9, 2, "t:x"}, {'b', 1, 3, "t:y"}}, "b|a", VLS_CONFLICT},
        {"state over press", &cite, {{'a', 9, 1, "t:x"}, {'b', 1, 2, "t:y"}}, "b|a", VLS_CONFLICT},
        {"press over none", &cite, {{'a', 9, 0, "t:x"}, {'b', 1, 1, "t:y"}}, "b|a", VLS_CONFLICT},
        {"same class", &cite, {{'a', 9, 2, "t:x"}, {'b', 1, 2, "t:y"}}, "a|b", VLS_CONFLICT},
        {"all four", &cite, {{'a', 1, 2, "t:w"}, {'b', 1, 0, "t:x"}, {'c', 1, 3, "t:y"}, {'d', 1, 1, "t:z"}}, "c|adb",
         VLS_CONFLICT},
        {"the backed one stands for equals", &cite, {{'a', 1, 3, "t:x"}, {'b', 8, 0, "t:x"}, {'c', 9, 2, "t:y"}}, "a|cb",
         VLS_CONFLICT},
        {"agreed", &cite, {{'a', 1, 3, "t:x"}, {'b', 8, 0, "t:x"}}, "a|b", VLS_QUIET},
        {"a backed misfit", &cite, {{'a', 1, 3, "i:1"}, {'b', 8, 0, "t:x"}}, "b|a", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
all_values_stand_until_a_person_picks_one(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &mv, {{'a', 1, 0, "t:MN"}}, "a|", VLS_QUIET},
        {"two", &mv, {{'a', 1, 0, "t:MN"}, {'b', 2, 0, "t:MD"}}, "ba|", VLS_CONFLICT},
        {"three, better document first", &mv, {{'a', 1, 1, "t:MN"}, {'b', 2, 0, "t:MD"}, {'c', 3, 0, "t:ET"}}, "acb|",
         VLS_CONFLICT},
        {"agreed", &mv, {{'a', 1, 0, "t:MN"}, {'b', 2, 0, "t:MN"}}, "b|a", VLS_QUIET},
        {"two of three agreed", &mv, {{'a', 1, 0, "t:MN"}, {'b', 2, 0, "t:MD"}, {'c', 3, 0, "t:MN"}}, "cb|a", VLS_CONFLICT},
        {"a misfit is kept", &mv, {{'a', 1, 0, "t:MN"}, {'b', 2, 0, "i:4"}}, "a|b", VLS_CONFLICT},
        {"alike", &held, {{'a', 1, 0, "d:2027-04-12"}, {'b', 2, 0, "d:2027-04-12/2027-04-12"}}, "b|a", VLS_QUIET},
        {"two of three alike", &held,
         {{'a', 1, 0, "d:2027-04-12"}, {'b', 2, 0, "d:2027-04-12/2027-04-12"}, {'c', 3, 0, "d:2027-04-13"}}, "cba|", VLS_CONFLICT},
        {"misfits alone", &mv, {{'a', 1, 0, "i:3"}, {'b', 2, 0, "i:4"}}, "b|a", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_written_stays),
        cmocka_unit_test(the_tie_break_picks_and_the_other_is_kept),
        cmocka_unit_test(one_moment_with_two_offsets_is_no_conflict),
        cmocka_unit_test(the_better_document_wins),
        cmocka_unit_test(all_values_stand_until_a_person_picks_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
