/* AWS, GSET, LOG and RWS. */
#include "tests/unit/sync/merge/rivals.h"

static const struct vls_field tags = {.no = 1, .type = VLS_T_TEXT, .policy = VLS_P_AWS};
static const struct vls_field copies = {.no = 2, .type = VLS_T_TEXT, .policy = VLS_P_GSET};
static const struct vls_field entries = {.no = 3, .type = VLS_T_ENTRY, .policy = VLS_P_LOG};
static const struct vls_field members = {.no = 4, .type = VLS_T_TEXT, .policy = VLS_P_RWS};

static void
AWS_and_GSET_every_element_is_shown_once(void **state)
{
    static const struct merge_case cases[] = {
        {"in order of bytes", &tags, {{'a', 1, 0, "t:cc"}, {'b', 2, 0, "t:bb"}, {'c', 3, 0, "t:aa"}}, "cba|", VLS_QUIET},
        {"the latest stands for equals", &tags, {{'a', 1, 0, "t:bb"}, {'b', 2, 0, "t:bb"}, {'c', 3, 0, "t:aa"}}, "cb|a", VLS_QUIET},
        {"misfits at the end", &tags, {{'a', 1, 0, "t:bb"}, {'b', 2, 0, "i:1"}, {'c', 3, 0, "i:2"}}, "acb|", VLS_QUIET},
        {"grow-only", &copies, {{'a', 1, 0, "t:bb"}, {'b', 2, 0, "t:bb"}, {'c', 3, 0, "t:aa"}}, "cb|a", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
LOG_is_read_in_declared_order(void **state)
{
    static const struct merge_case cases[] = {
        {"without times: as written", &entries, {{'a', 3, 0, "m:text=t:x"}, {'b', 2, 0, "m:text=t:y"}, {'c', 2, 0, "m:text=t:z"}},
         "bca|", VLS_QUIET},
        {"a date as text", &entries, {{'a', 1, 0, "m:on=t:2027-03-08"}, {'b', 2, 0, "m:on=t:2027-03-07"}}, "ba|", VLS_QUIET},
        {"a date", &entries, {{'a', 1, 0, "m:on=d:2027-03-08"}, {'b', 2, 0, "m:on=d:2027-03"}}, "ba|", VLS_QUIET},
        {"an instant", &entries, {{'a', 1, 0, "m:at=s:1804496460,0,1"}, {'b', 2, 0, "m:at=s:1804496400,-300,1"}}, "ba|", VLS_QUIET},
        {"an instant as text", &entries, {{'a', 1, 0, "m:at=t:2027-03-08T09:11Z"}, {'b', 2, 0, "m:at=t:2027-03-08T09:10Z"}}, "ba|",
         VLS_QUIET},
        {"a day's first second", &entries, {{'a', 1, 0, "m:at=t:2027-03-08"}, {'b', 2, 0, "m:at=t:2027-03-07T23:59Z"}}, "ba|",
         VLS_QUIET},
        {"at before on", &entries,
         {{'a', 1, 0, "m:at=t:2027-03-08;on=t:2020-01-01"}, {'b', 2, 0, "m:at=t:2027-03-07;on=t:2026-01-01"}}, "ba|", VLS_QUIET},
        {"an unreadable at leaves on", &entries, {{'a', 1, 0, "m:at=t:soon;on=t:2027-03-08"}, {'b', 2, 0, "m:on=t:2027-03-07"}}, "ba|",
         VLS_QUIET},
        {"undeclared last", &entries, {{'a', 1, 0, "m:text=t:x"}, {'b', 9, 0, "m:on=t:2027-03-07"}}, "ba|", VLS_QUIET},
        {"impossible is undeclared", &entries, {{'a', 1, 0, "m:on=w:40 April"}, {'b', 9, 0, "m:on=t:2027-03-07"}}, "ba|", VLS_QUIET},
        {"said twice", &entries, {{'a', 1, 0, "m:text=t:x"}, {'b', 9, 0, "m:text=t:x"}}, "a|b", VLS_QUIET},
        {"misfits at the end", &entries, {{'a', 1, 0, "t:x"}, {'b', 9, 0, "m:text=t:y"}}, "ba|", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
RWS_out_beats_in(void **state)
{
    static const struct merge_case cases[] = {
        {"in", &members, {{'a', 1, 0, "b:1"}}, "a|", VLS_QUIET},
        {"removed elsewhere", &members, {{'a', 9, 3, "b:1"}, {'b', 1, 0, "b:0"}}, "b|a", VLS_NOTICE},
        {"agreed", &members, {{'a', 9, 0, "b:1"}, {'b', 1, 0, "b:1"}}, "a|b", VLS_QUIET},
        {"something else too", &members, {{'a', 9, 3, "t:yes"}, {'b', 1, 0, "b:1"}}, "b|a", VLS_NOTICE},
        {"one narrowing", &members, {{'a', 1, 0, "a:x,y"}}, "a|", VLS_QUIET},
        {"two narrowings hold both", &members, {{'a', 1, 0, "a:yy,zz"}, {'b', 2, 0, "a:xx,yy"}}, "ba|", VLS_NOTICE},
        {"plain elements", &members, {{'a', 1, 0, "t:zz"}, {'b', 2, 0, "t:yy"}}, "ba|", VLS_QUIET},
    };

    (void)state;
    CHECK_CASES(cases);
}

static void
RWS_a_narrowing_names_its_elements_and_keeps_all_others_out(void **state)
{
    static const struct {
        const char *narrowing, *element;
        bool named;
    } table[] = {
        {"a:x,y", "x", true}, {"a:x,y", "y", true}, {"a:x,y", "z", false}, {"a:x,y", "xy", false}, {"a:x", "", false},
        {"a:", "x", false},   {"b:1", "x", true},   {"b:0", "x", true},    {"t:y", "x", true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        struct vls_buf value;

        vls_buf_init(&value, 256);
        value_put(&value, table[i].narrowing);
        if (vls_merge_narrowing_names(vls_buf_slice(&value), vls_slice_str(table[i].element)) != table[i].named)
            fail_msg("%s and %s", table[i].narrowing, table[i].element);
        vls_buf_clear(&value);
    }
    /* What a hostile member may write as one: numbers and lists are no elements. */
    assert_false(vls_merge_narrowing_names(vls_slice_of("\x82\x01\x80", 3), vls_slice_str("x")));
    assert_true(vls_merge_narrowing_names(vls_slice_of("\x83\x01\x80\x61x", 5), vls_slice_str("x")));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(AWS_and_GSET_every_element_is_shown_once),
        cmocka_unit_test(LOG_is_read_in_declared_order),
        cmocka_unit_test(RWS_out_beats_in),
        cmocka_unit_test(RWS_a_narrowing_names_its_elements_and_keeps_all_others_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
