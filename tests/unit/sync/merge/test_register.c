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
IMM_the_first_written_stays(void **state)
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
LWW_the_tie_break_picks_and_the_other_is_kept(void **state)
{
    static const struct merge_case cases[] = {
        {"alone", &lww, {{'a', 5, 0, "t:x"}}, "a|", VLS_QUIET},
        {"greater counter", &lww, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_CONFLICT},
        {"greater id", &lww, {{'a', 5, 3, "t:x"}, {'b', 5, 0, "t:y"}}, "b|a", VLS_CONFLICT},
        {"equal values", &lww, {{'a', 5, 0, "t:x"}, {'b', 6, 0, "t:x"}, {'c', 1, 0, "t:x"}}, "b|ac", VLS_QUIET},
        {"two of three equal",
         &lww,
         {{'a', 5, 0, "t:x"}, {'b', 6, 0, "t:y"}, {'c', 7, 0, "t:x"}},
         "c|ba",
         VLS_CONFLICT},
        {"misfit last", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "t:y"}, {'c', 7, 0, "t:x"}}, "c|ba", VLS_CONFLICT},
        {"misfit beside one", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "t:y"}}, "b|a", VLS_CONFLICT},
        {"one misfit alone", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "i:1"}}, "a|b", VLS_QUIET},
        {"misfits alone", &lww, {{'a', 9, 0, "i:1"}, {'b', 6, 0, "i:2"}}, "a|b", VLS_CONFLICT},
        {"text is told apart by bytes", &lww, {{'a', 1, 0, "t:x"}, {'b', 2, 0, "t:x "}}, "b|a", VLS_CONFLICT},
        {"unknown field", NULL, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "i:4"}}, "a|b", VLS_CONFLICT},
        {"unknown field, equal", NULL, {{'a', 6, 0, "i:4"}, {'b', 5, 3, "i:4"}}, "a|b", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
MAP_within_one_key_is_as_LWW(void **state)
{
    static const struct merge_case cases[] = {
        {"two laptops of one delegation", &map, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_CONFLICT},
        {"the same from both", &map, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:x"}}, "a|b", VLS_QUIET},
        {"misfit last", &map, {{'a', 9, 0, "i:1"}, {'b', 5, 3, "t:x"}}, "b|a", VLS_CONFLICT},
    };

    (void)state;
    CHECK_CASES(cases);
}

/* What the texts are merged to is for paragraph.c; here they are put in order and counted. */
static void
PARA_texts_are_put_in_order_and_counted(void **state)
{
    static const struct merge_case cases[] = {
        {"two texts", &para, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:y"}}, "a|b", VLS_CONFLICT},
        {"no document counts",
         &para,
         {{'a', 6, 0, "t:x"}, {'b', 7, 0, "t:y"}, {'c', 5, 3, "t:z"}},
         "b|ac",
         VLS_CONFLICT},
        {"equal texts", &para, {{'a', 6, 0, "t:x"}, {'b', 5, 3, "t:x"}}, "a|b", VLS_QUIET},
        {"emptied meanwhile", &para, {{'a', 6, 0, "n:"}, {'b', 5, 3, "t:x"}}, "b|a", VLS_CONFLICT},
        {"emptied", &para, {{'a', 6, 0, "n:"}}, "a|", VLS_QUIET},
    };
    static const struct {
        const char *value[4];
        size_t n_texts, n_misfits;
    } counts[] = {
        {{"t:x"}, 1, 0},       {{"t:x", "t:y"}, 2, 0}, {{"t:x", "t:x"}, 1, 0},
        {{"n:"}, 0, 1},        {{"t:x", "n:"}, 1, 1},  {{"t:x", "n:", "t:y"}, 2, 1},
        {{"n:", "i:4"}, 0, 2}, {{"n:", "n:"}, 0, 1},   {{"t:x", "t:x", "i:1", "i:1"}, 1, 1},
    };

    (void)state;
    CHECK_CASES(cases);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct vls_rival r[4] = {{.lamport = 0}};
        struct vls_buf value[4];
        struct vls_verdict v;
        size_t n = 0;

        for (; n < 4 && counts[i].value[n] != NULL; n++) {
            vls_buf_init(&value[n], 64);
            value_put(&value[n], counts[i].value[n]);
            r[n].value = vls_buf_slice(&value[n]);
            r[n].dot.op = (uint32_t)n;
        }
        vls_merge(&v, &para, r, n);
        if (v.n_texts != counts[i].n_texts || v.n_misfits != counts[i].n_misfits)
            fail_msg("row %zu: %zu texts, %zu misfits", i, v.n_texts, v.n_misfits);
        vls_merge(&v, &lww, r, n);
        assert_int_equal(v.n_texts + v.n_misfits, 0); /* of prose alone */
        for (size_t k = 0; k < n; k++)
            vls_buf_clear(&value[k]);
    }
}

static void
LWW_one_moment_with_two_offsets_is_no_conflict(void **state)
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
CITE_the_better_document_wins(void **state)
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
MV_all_values_stand_until_a_person_picks_one(void **state)
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
        cmocka_unit_test(IMM_the_first_written_stays),
        cmocka_unit_test(LWW_the_tie_break_picks_and_the_other_is_kept),
        cmocka_unit_test(MAP_within_one_key_is_as_LWW),
        cmocka_unit_test(PARA_texts_are_put_in_order_and_counted),
        cmocka_unit_test(LWW_one_moment_with_two_offsets_is_no_conflict),
        cmocka_unit_test(CITE_the_better_document_wins),
        cmocka_unit_test(MV_all_values_stand_until_a_person_picks_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
