/* Verdicts on pairs and the groups that follow. */
#include "tests/support/check.h"

#include "valise/reconcile.h"

/* A link is written "a=b", "a!b" or "a?b", records being letters. */
static struct vls_link
link_of(const char *s)
{
    struct vls_link l;

    memset(l.a, s[0], VLS_ID_LEN);
    memset(l.b, s[2], VLS_ID_LEN);
    l.verdict = s[1] == '=' ? VLS_SAME_YES : s[1] == '!' ? VLS_SAME_NO : s[1] == '?' ? VLS_SAME_UNSURE : VLS_SAME_UNJUDGED;
    return l;
}

static size_t
links_of(struct vls_link *out, const char *s)
{
    size_t n = 0;

    for (; *s != '\0'; s += s[3] == ' ' ? 4 : 3)
        out[n++] = link_of(s);
    return n;
}

static void
links_are(const char *written, const char *settled)
{
    struct vls_link l[16], want[16];
    size_t n = vls_links_settle(l, links_of(l, written)), n_want = links_of(want, settled);

    if (n != n_want)
        fail_msg("%s: %zu links", written, n);
    for (size_t i = 0; i < n; i++)
        if (memcmp(&l[i], &want[i], sizeof l[i]) != 0)
            fail_msg("%s: link %zu is %c%d%c", written, i, l[i].a[0], (int)l[i].verdict, l[i].b[0]);
}

/* Groups as "stands-for" letters of the named records in order, contested ones in capitals. */
static void
groups_are(const char *written, const char *want)
{
    struct vls_link l[16];
    struct vls_grouped g[32];
    char got[33];
    size_t n = vls_links_settle(l, links_of(l, written));

    n = vls_links_group(g, l, n);
    for (size_t i = 0; i < n; i++) {
        got[i] = (char)g[g[i].canonical].id[0];
        if (g[i].contested)
            got[i] = (char)(got[i] - 'a' + 'A');
        assert_true(i == 0 || memcmp(g[i - 1].id, g[i].id, VLS_ID_LEN) < 0);
        assert_memory_equal(vls_group_of(g, n, g[i].id), g[g[i].canonical].id, VLS_ID_LEN);
    }
    got[n] = '\0';
    if (strcmp(got, want) != 0)
        fail_msg("%s: %s instead of %s", written, got, want);
}

static void
verdicts_that_differ_make_unsure(void **state)
{
    static const enum vls_same y = VLS_SAME_YES, n = VLS_SAME_NO, u = VLS_SAME_UNSURE, z = VLS_SAME_UNJUDGED;

    (void)state;
    assert_int_equal(vls_verdict_current(NULL, 0), z);
    assert_int_equal(vls_verdict_current((enum vls_same[]){y}, 1), y);
    assert_int_equal(vls_verdict_current((enum vls_same[]){n}, 1), n);
    assert_int_equal(vls_verdict_current((enum vls_same[]){u}, 1), u);
    assert_int_equal(vls_verdict_current((enum vls_same[]){y, y, y}, 3), y);
    assert_int_equal(vls_verdict_current((enum vls_same[]){n, n}, 2), n);
    assert_int_equal(vls_verdict_current((enum vls_same[]){y, n}, 2), u);
    assert_int_equal(vls_verdict_current((enum vls_same[]){n, y, y}, 3), u);
    assert_int_equal(vls_verdict_current((enum vls_same[]){y, n, y}, 3), u);
    assert_int_equal(vls_verdict_current((enum vls_same[]){y, u}, 2), u);
    assert_int_equal(vls_verdict_current((enum vls_same[]){z, y}, 2), y);
    assert_int_equal(vls_verdict_current((enum vls_same[]){y, z}, 2), y);
    assert_int_equal(vls_verdict_current((enum vls_same[]){z, z}, 2), z);
}

static void
terms_read_back_and_new_ones_are_unsure(void **state)
{
    (void)state;
    for (int v = VLS_SAME_YES; v <= VLS_SAME_UNSURE; v++)
        assert_int_equal(vls_same_of(vls_slice_str(vls_same_term((enum vls_same)v))), v);
    assert_string_equal(vls_same_term(VLS_SAME_UNJUDGED), "");
    assert_string_equal(vls_same_term((enum vls_same)9), "");
    assert_int_equal(vls_same_of(vls_slice_str("perhaps")), VLS_SAME_UNSURE);
    assert_int_equal(vls_same_of(vls_slice_str("")), VLS_SAME_UNSURE);
    assert_int_equal(vls_same_of(vls_slice_str("Same")), VLS_SAME_UNSURE);
}

static void
links_on_one_pair_become_one(void **state)
{
    (void)state;
    links_are("", "");
    links_are("a=b", "a=b");
    links_are("b=a", "a=b");
    links_are("a=a", "");
    links_are("a=a b!b c=d", "c=d");
    links_are("a=b b=a", "a=b");
    links_are("a=b b!a", "a?b");
    links_are("a!b a!b b!a", "a!b");
    links_are("a?b a=b", "a?b");
    links_are("a.b b=a", "a=b");
    links_are("c=d a!b b=c d=c", "a!b b=c c=d");
}

static void
a_verdict_is_found_in_either_order(void **state)
{
    struct vls_link l[4];
    struct vls_link p = link_of("a=c"), q = link_of("x=y");
    size_t n = vls_links_settle(l, links_of(l, "c!a b=d a?b"));

    (void)state;
    assert_int_equal(vls_links_verdict(l, n, p.a, p.b), VLS_SAME_NO);
    assert_int_equal(vls_links_verdict(l, n, p.b, p.a), VLS_SAME_NO);
    assert_int_equal(vls_links_verdict(l, n, q.a, q.b), VLS_SAME_UNJUDGED);
    assert_int_equal(vls_links_verdict(l, n, p.a, p.a), VLS_SAME_UNJUDGED);
    assert_int_equal(vls_links_verdict(NULL, 0, p.a, p.b), VLS_SAME_UNJUDGED);
}

static void
the_lowest_id_stands_for_a_group(void **state)
{
    (void)state;
    groups_are("", "");
    groups_are("a=b", "aa");
    groups_are("a!b", "ab");
    groups_are("a?b", "ab");
    groups_are("c=b b=a", "aaa");
    groups_are("e=d b=c", "bbdd");
    groups_are("a=d b=c c=d", "aaaa");
    groups_are("a=b c=d e=f b=f", "aaccaa");
    groups_are("a=b b!c", "aac");
    groups_are("h=g g=f f=e e=d d=c c=b b=a", "aaaaaaaa");
}

static void
a_contradicted_chain_is_not_joined_at_all(void **state)
{
    (void)state;
    groups_are("a=b b=c a!c", "ABC");
    groups_are("a=b b=c a?c", "ABC");
    groups_are("a=b b=c c=d a!d", "ABCD");
    groups_are("a=b b=c a!c d=e", "ABCdd");
    groups_are("a=b b=c a=c", "aaa");
    groups_are("a=b b=c a=c a!c", "ABC"); /* said both ways: unsure */
    groups_are("a=b b=c a.c", "aaa");
    groups_are("a=b a!b", "ab"); /* unsure joins nothing, so there is no chain to contest */
}

static void
what_is_in_the_way_of_a_chain_is_named(void **state)
{
    static const struct {
        const char *links, *pair, *way;
    } t[] = {
        {"a=b b=c a!c", "ab", "a!c"},
        {"a=b b=c a!c", "bc", "a!c"},
        {"a=b b=c a!c", "ca", "a!c"},
        {"a=b b=c c=d b?d", "ad", "b?d"},
        {"a=b b=c a!c d=e", "de", ""},
        {"a=b b=c a!c d!e", "ab", "a!c"},
        {"a=b b=c a=c", "ab", ""},
        {"a=b c=d b!c", "ab", ""},
        {"a!b", "ab", ""},
        {"a=b b=c c=d a?d b!d", "cd", "a?d"},
        {"a=b b=c a=c a!c", "ab", "a?c"},
        {"a=b", "ax", ""},
        {"", "ab", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        struct vls_link l[16], want;
        struct vls_grouped scratch[32];
        size_t n = vls_links_settle(l, links_of(l, t[i].links));
        uint8_t x[VLS_ID_LEN], y[VLS_ID_LEN];
        const struct vls_link *way;

        memset(x, t[i].pair[0], sizeof x);
        memset(y, t[i].pair[1], sizeof y);
        way = vls_links_obstacle(scratch, l, n, x, y);
        if (*t[i].way != '\0')
            want = link_of(t[i].way);
        if ((way != NULL) != (*t[i].way != '\0') || (way != NULL && memcmp(way, &want, sizeof want) != 0))
            fail_msg("%s: %s", t[i].links, t[i].pair);
    }
}

static void
a_record_that_nobody_judged_stands_for_itself(void **state)
{
    struct vls_link l = link_of("a=b"), other = link_of("x=y");
    struct vls_grouped g[2];
    size_t n = vls_links_group(g, &l, 1);

    (void)state;
    assert_ptr_equal(vls_group_of(g, n, other.a), other.a);
    assert_ptr_equal(vls_group_of(NULL, 0, other.a), other.a);
    assert_memory_equal(vls_group_of(g, n, l.b), l.a, VLS_ID_LEN);
}

/* Any order of links gives the same groups. */
static void
order_of_links_does_not_matter(void **state)
{
    uint64_t random = check_seed(1), seed = random;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct vls_link l[24], m[24];
        struct vls_grouped g[48], h[48];
        size_t n = 1 + (size_t)(check_random(&random) % 24), n_l, n_m;

        for (size_t i = 0; i < n; i++) {
            char s[] = {(char)('a' + check_random(&random) % 9), "===!"[check_random(&random) % 4],
                        (char)('a' + check_random(&random) % 9), '\0'};

            l[i] = link_of(s);
        }
        for (size_t i = 0; i < n; i++) {
            size_t k = (size_t)(check_random(&random) % (i + 1));

            m[i] = m[k];
            m[k] = l[i];
            if (check_random(&random) % 2 == 0) {
                memcpy(m[k].a, l[i].b, VLS_ID_LEN);
                memcpy(m[k].b, l[i].a, VLS_ID_LEN);
            }
        }
        n_l = vls_links_settle(l, n);
        n_m = vls_links_settle(m, n);
        memset(g, 0, sizeof g);
        memset(h, 0, sizeof h);
        if (n_l != n_m || vls_links_group(g, l, n_l) != vls_links_group(h, m, n_m) || memcmp(l, m, n_l * sizeof *l) != 0)
            fail_msg("VLS_SEED=%llu round %d", (unsigned long long)seed, round);
        for (size_t i = 0; i < 2 * n_l; i++)
            if (memcmp(g[i].id, h[i].id, VLS_ID_LEN) != 0 || g[i].canonical != h[i].canonical || g[i].contested != h[i].contested)
                fail_msg("VLS_SEED=%llu round %d", (unsigned long long)seed, round);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verdicts_that_differ_make_unsure),
        cmocka_unit_test(terms_read_back_and_new_ones_are_unsure),
        cmocka_unit_test(links_on_one_pair_become_one),
        cmocka_unit_test(a_verdict_is_found_in_either_order),
        cmocka_unit_test(the_lowest_id_stands_for_a_group),
        cmocka_unit_test(a_contradicted_chain_is_not_joined_at_all),
        cmocka_unit_test(what_is_in_the_way_of_a_chain_is_named),
        cmocka_unit_test(a_record_that_nobody_judged_stands_for_itself),
        cmocka_unit_test(order_of_links_does_not_matter),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
