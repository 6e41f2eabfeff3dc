/* What holds under every policy, and what is done with fields and values of other versions. */
#include "tests/unit/sync/merge/rivals.h"

static const struct vls_term terms[] = {{"low", {"", ""}}, {"high", {"", ""}}};

/* One field for each policy, of a type that it is used with. */
static const struct vls_field fields[] = {
    {.type = VLS_T_TEXT, .policy = VLS_P_IMM},
    {.type = VLS_T_TEXT, .policy = VLS_P_LWW},
    {.type = VLS_T_TEXT, .policy = VLS_P_CITE},
    {.type = VLS_T_DATE, .policy = VLS_P_REFINE},
    {.type = VLS_T_TEXT, .policy = VLS_P_MV},
    {.type = VLS_T_ENUM, .policy = VLS_P_RESTRICT, .terms = terms, .n_terms = 2},
    {.type = VLS_T_ENUM, .policy = VLS_P_RESTRICT, .flags = VLS_F_RELEASE, .terms = terms, .n_terms = 2},
    {.type = VLS_T_ENUM, .policy = VLS_P_ALERT, .terms = terms, .n_terms = 2},
    {.type = VLS_T_DATE, .policy = VLS_P_EARLY},
    {.type = VLS_T_ENUM, .policy = VLS_P_FWD, .terms = terms, .n_terms = 2},
    {.type = VLS_T_TEXT, .policy = VLS_P_AWS},
    {.type = VLS_T_TEXT, .policy = VLS_P_GSET},
    {.type = VLS_T_TEXT, .policy = VLS_P_RWS},
    {.type = VLS_T_ENTRY, .policy = VLS_P_LOG},
    {.type = VLS_T_TEXT, .policy = VLS_P_PARA},
    {.type = VLS_T_TEXT, .policy = VLS_P_MAP},
    {.type = VLS_T_TEXT, .policy = VLS_P_REFDATA},
    {.type = VLS_T_ENUM, .policy = VLS_P_DERIVED, .terms = terms, .n_terms = 2},
};
#define N_FIELDS (sizeof fields / sizeof fields[0])

static void
an_empty_register_shows_nothing(void **state)
{
    struct vls_verdict v;

    (void)state;
    for (size_t i = 0; i < N_FIELDS; i++) {
        memset(&v, 0xff, sizeof v);
        vls_merge(&v, &fields[i], NULL, 0);
        assert_int_equal(v.n_shown, 0);
        assert_int_equal(v.n_kept, 0);
        assert_int_equal(v.attention, VLS_QUIET);
        assert_int_equal(v.policy, fields[i].policy);
    }
    vls_merge(&v, NULL, NULL, 0);
    assert_int_equal(v.policy, VLS_P_LWW);
}

static void
a_single_value_is_quiet_and_shown_unless_it_comes_from_elsewhere(void **state)
{
    static const char *const values[] = {"t:low", "t:between", "d:2027-04", "w:40 April", "i:-1", "b:0", "b:1", "a:x,y", "a:", "m:at=t:soon"};

    (void)state;
    for (size_t i = 0; i <= N_FIELDS; i++)
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            const struct vls_field *f = i < N_FIELDS ? &fields[i] : NULL;
            bool shows = f == NULL || (f->policy != VLS_P_REFDATA && f->policy != VLS_P_DERIVED);
            struct merge_case one = {"one", f, {{'a', 1, VLS_CITE_NONE, values[k]}}, shows ? "a|" : "|a", VLS_QUIET};
            struct merge_case same = {"same twice",
                                      f,
                                      {{'b', 1, VLS_CITE_NONE, values[k]}, {'b', 1, VLS_CITE_NONE, values[k]}},
                                      shows ? "b|b" : "|bb",
                                      VLS_QUIET};

            check_cases(&one, 1);
            check_cases(&same, 1);
        }
}

/* Bytes that no writer would have let through must not lead anywhere else than to the end of the queue. */
static void
bytes_that_are_no_value_are_kept(void **state)
{
    static const uint8_t junk[][3] = {{0xff, 0xff, 0xff}, {0x63, 'a', 'b'}, {0x82, 0x60, 0xf7}, {0xa1, 0x62, 'a'}, {0x1b, 0, 0}};
    uint8_t good[16];
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, sizeof good);
    for (size_t i = 0; i < N_FIELDS; i++)
        for (size_t k = 0; k < sizeof junk / sizeof junk[0]; k++) {
            struct vls_rival r[2];
            struct vls_verdict v;

            memset(r, 0, sizeof r);
            vls_buf_reset(&b);
            value_put(&b, fields[i].type == VLS_T_DATE ? "d:2027" : fields[i].type == VLS_T_ENTRY ? "m:a=t:b" : "t:low");
            r[0].dot.change[0] = 1;
            r[0].lamport = 9;
            r[0].cite = VLS_CITE_OFFICIAL;
            r[0].value = vls_slice_of(junk[k], sizeof junk[k]);
            r[1].lamport = 1;
            r[1].value = vls_buf_slice(&b);
            vls_merge(&v, &fields[i], r, 2);
            assert_int_equal(v.n_shown + v.n_kept, 2);
            if (fields[i].policy != VLS_P_RWS)
                assert_int_equal(r[0].lamport, 1); /* the value comes first */
        }
    vls_buf_clear(&b);
}

static void
a_policy_of_a_newer_version_merges_like_no_policy(void **state)
{
    static const struct vls_field newer = {.type = VLS_T_TEXT, .policy = (enum vls_policy)99};
    static const struct merge_case cases[] = {
        {"newer policy", &newer, {{'a', 5, 3, "t:x"}, {'b', 6, 0, "t:y"}}, "b|a", VLS_CONFLICT},
    };
    struct vls_verdict v;

    (void)state;
    CHECK_CASES(cases);
    vls_merge(&v, &newer, NULL, 0);
    assert_int_equal(v.policy, VLS_P_LWW);
    assert_false(vls_merge_permanent(&newer));
}

static void
what_was_said_cannot_be_taken_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_FIELDS; i++) {
        enum vls_policy p = fields[i].policy;

        assert_int_equal(vls_merge_permanent(&fields[i]),
                         p == VLS_P_IMM || p == VLS_P_GSET || p == VLS_P_LOG || p == VLS_P_REFDATA);
    }
    assert_false(vls_merge_permanent(NULL));
}

static void
operations_of_one_change_set_rank_by_number(void **state)
{
    static const uint8_t x[] = {0x61, 'x'}, y[] = {0x61, 'y'};
    struct vls_rival r[2];
    struct vls_verdict v;

    (void)state;
    memset(r, 0, sizeof r);
    r[0].value = vls_slice_of(x, 2);
    r[1].value = vls_slice_of(y, 2);
    r[1].dot.op = 70000;
    r[0].dot.op = 69999;
    vls_merge(&v, NULL, r, 2);
    assert_int_equal(r[0].dot.op, 70000);
}

/* A member can put tens of thousands of rivals into one register; that must cost no more than sorting. */
static void
many_rivals_are_sorted_in_place(void **state)
{
    enum { N = 20000 };
    struct vls_rival *r = calloc(N, sizeof *r);
    uint8_t (*values)[8] = calloc(N, sizeof *values);
    struct vls_verdict v;

    (void)state;
    assert_non_null(r);
    assert_non_null(values);
    for (size_t f = 0; f < N_FIELDS; f++) {
        for (size_t i = 0; i < N; i++) {
            char digits[8];

            values[i][0] = 0x65;
            (void)snprintf(digits, sizeof digits, "%05zu", (i * 7919 + f) % (N / 2));
            memcpy(values[i] + 1, digits, 5);
            memset(&r[i], 0, sizeof r[i]);
            r[i].dot.op = (uint32_t)i;
            r[i].lamport = (i * 31) % 977;
            r[i].cite = (enum vls_cite)(i % 4);
            r[i].value = vls_slice_of(values[i], 6);
        }
        vls_merge(&v, &fields[f], r, N);
        assert_int_equal(v.n_shown + v.n_kept, N);
        assert_true(v.n_shown == 1 || v.n_shown == N / 2 || (v.n_shown == 0 && !vls_merge_shows(&fields[f])));
        for (size_t i = N / 2 + 1; i < N; i++) /* duplicates, in tie-break order */
            assert_true(r[i - 1].lamport >= r[i].lamport);
    }
    free(values);
    free(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_register_shows_nothing),
        cmocka_unit_test(a_single_value_is_quiet_and_shown_unless_it_comes_from_elsewhere),
        cmocka_unit_test(bytes_that_are_no_value_are_kept),
        cmocka_unit_test(a_policy_of_a_newer_version_merges_like_no_policy),
        cmocka_unit_test(what_was_said_cannot_be_taken_back),
        cmocka_unit_test(operations_of_one_change_set_rank_by_number),
        cmocka_unit_test(many_rivals_are_sorted_in_place),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
