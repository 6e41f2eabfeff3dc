/* REFINE: intervals that contain others are set aside. */
#include "tests/unit/sync/merge/rivals.h"

static const struct vls_field window = {.no = 1, .type = VLS_T_DATE, .policy = VLS_P_REFINE};
static const struct vls_field moment = {.no = 2, .type = VLS_T_INSTANT, .policy = VLS_P_REFINE};

static void
REFINE_the_narrower_shows_quietly(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &window, {{'a', 1, 0, "d:2010-12"}}, "a|", VLS_QUIET},
        {"month and day", &window, {{'a', 9, 3, "d:2010-12"}, {'b', 1, 0, "d:2010-12-15"}}, "b|a", VLS_QUIET},
        {"three nested", &window,
         {{'a', 9, 3, "d:2010"}, {'b', 5, 2, "d:2010-12-10/2010-12-31"}, {'c', 1, 0, "d:2010-12-15"}}, "c|ab", VLS_QUIET},
        {"same beginning", &window, {{'a', 9, 0, "d:2027-04-12/2027-04-15"}, {'b', 1, 0, "d:2027-04-12/2027-04-14"}}, "b|a",
         VLS_QUIET},
        {"same end", &window, {{'a', 9, 0, "d:2027-04-12/2027-04-15"}, {'b', 1, 0, "d:2027-04-13/2027-04-15"}}, "b|a",
         VLS_QUIET},
        {"open end", &window, {{'a', 9, 0, "d:2027-04-12/.."}, {'b', 1, 0, "d:2027-04-13/2027-04-15"}}, "b|a", VLS_QUIET},
        {"one containing two apart", &window, {{'a', 9, 3, "d:2027-04"}, {'b', 1, 0, "d:2027-04-13"}, {'c', 2, 0, "d:2027-04-20"}},
         "c|ba", VLS_CONFLICT},
        {"precision of moments", &moment, {{'a', 9, 3, "s:1804464000,0,3"}, {'b', 1, 0, "s:1804496400,0,1"}}, "b|a", VLS_QUIET},
        {"other moments", &moment, {{'a', 9, 3, "s:1804464000,0,1"}, {'b', 1, 0, "s:1804496400,0,1"}}, "a|b", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
REFINE_what_remains_goes_by_document_then_tie_break(void **state)
{
    static const struct merge_case cases[] = {
        {"official over press", &window, {{'a', 1, 3, "d:2013-07-16"}, {'b', 9, 1, "d:2013-07-15"}}, "a|b", VLS_CONFLICT},
        {"tie-break", &window, {{'a', 1, 1, "d:2013-07-16"}, {'b', 9, 1, "d:2013-07-15"}}, "b|a", VLS_CONFLICT},
        {"overlapping", &window, {{'a', 1, 0, "d:2025-04-03/2025-04-06"}, {'b', 9, 0, "d:2025-04-02/2025-04-05"}}, "b|a",
         VLS_CONFLICT},
        {"a wide official one is set aside all the same", &window, {{'a', 9, 3, "d:2013-07"}, {'b', 1, 0, "d:2013-07-15"}},
         "b|a", VLS_QUIET},
        {"three apart", &window, {{'a', 1, 0, "d:2013-07-14"}, {'b', 2, 1, "d:2013-07-15"}, {'c', 3, 0, "d:2013-07-16"}},
         "b|ca", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
REFINE_equal_intervals_are_one(void **state)
{
    static const struct merge_case cases[] = {
        {"other form", &window, {{'a', 1, 0, "d:2013-07-14"}, {'b', 9, 0, "d:2013-07-14/2013-07-14"}}, "b|a", VLS_QUIET},
        {"backed", &window, {{'a', 1, 3, "d:2013-07-14"}, {'b', 9, 0, "d:2013-07-14/2013-07-14"}}, "a|b", VLS_QUIET},
        {"less qualified", &window, {{'a', 1, 0, "d:2013-07-14"}, {'b', 9, 0, "d:2013-07-14~"}, {'c', 8, 0, "d:2013-07-14?"}},
         "a|bc", VLS_QUIET},
        {"document before qualifier", &window, {{'a', 1, 0, "d:2013-07-14"}, {'b', 1, 2, "d:2013-07-14~"}}, "b|a", VLS_QUIET},
        {"within a wider one", &window,
         {{'a', 1, 0, "d:2013-07-14"}, {'b', 9, 0, "d:2013-07-14/2013-07-14"}, {'c', 10, 3, "d:2013"}}, "b|ac", VLS_QUIET},
        {"two wide ones", &window, {{'a', 1, 0, "d:2013-07"}, {'b', 9, 0, "d:2013-07-01/2013-07-31"}, {'c', 2, 0, "d:2013-07-05"}},
         "c|ba", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
REFINE_words_without_a_day_need_a_person(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &window, {{'a', 1, 0, "w:40 April"}}, "a|", VLS_QUIET},
        {"two", &window, {{'a', 1, 0, "w:40 April"}, {'b', 2, 0, "w:41 April"}}, "ba|", VLS_CONFLICT},
        {"the same words", &window, {{'a', 1, 0, "w:40 April"}, {'b', 2, 0, "w:40 April"}}, "b|a", VLS_QUIET},
        {"beside a day", &window, {{'a', 9, 3, "w:40 April"}, {'b', 2, 0, "d:2027-04-30"}}, "b|a", VLS_CONFLICT},
        {"beside nested days", &window, {{'a', 9, 3, "w:40 April"}, {'b', 2, 0, "d:2027-04-30"}, {'c', 3, 0, "d:2027-04"}},
         "b|ca", VLS_CONFLICT},
        {"two corrections", &window, {{'a', 1, 0, "d:2027-04-30"}, {'b', 2, 0, "d:2027-04-04"}}, "b|a", VLS_CONFLICT},
        {"a misfit after words", &window, {{'a', 1, 0, "w:40 April"}, {'b', 9, 3, "i:4"}}, "a|b", VLS_CONFLICT},
        {"a misfit beside nested", &window, {{'a', 1, 0, "d:2027"}, {'b', 2, 0, "d:2027-04"}, {'c', 9, 3, "i:4"}}, "b|ac",
         VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(REFINE_the_narrower_shows_quietly),
        cmocka_unit_test(REFINE_what_remains_goes_by_document_then_tie_break),
        cmocka_unit_test(REFINE_equal_intervals_are_one),
        cmocka_unit_test(REFINE_words_without_a_day_need_a_person),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
