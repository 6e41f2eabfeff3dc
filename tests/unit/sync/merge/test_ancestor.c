/* What several values started from. Values are letters; "AB" in a table says that A names B. */
#include "tests/support/check.h"

#include "valise/merge.h"

#define MAX 16

static struct vls_dot
dot(char letter)
{
    struct vls_dot d = {.op = 7};

    d.change[0] = (uint8_t)letter;
    return d;
}

struct start {
    const char *name, *naming[MAX], *rivals, *want;
};

static void
check_start(const struct start *s, bool backwards)
{
    struct vls_naming naming[MAX];
    struct vls_rival rival[MAX] = {{.lamport = 0}};
    struct vls_dot out[MAX + 1];
    struct vls_error err = {0};
    size_t n = 0, n_rivals = strlen(s->rivals), n_out = 99;
    char got[MAX + 1] = "";

    while (s->naming[n] != NULL)
        n++;
    for (size_t i = 0; i < n; i++) {
        const char *pair = s->naming[backwards ? n - 1 - i : i];

        naming[i] = (struct vls_naming){dot(pair[0]), dot(pair[1])};
    }
    for (size_t i = 0; i < n_rivals; i++)
        rival[i].dot = dot(s->rivals[backwards ? n_rivals - 1 - i : i]);
    check_ok(vls_merge_ancestors(out, &n_out, naming, n, rival, n_rivals, &err), &err);
    assert_true(n_out <= n);
    for (size_t i = 0; i < n_out; i++)
        got[i] = (char)out[i].change[0];
    if (strcmp(got, s->want) != 0)
        fail_msg("%s: \"%s\" instead of \"%s\"", s->name, got, s->want);
}

static void
what_all_of_them_started_from_is_found(void **state)
{
    static const struct start table[] = {
        {"one step", {"bA", "cA"}, "bc", "A"},
        {"three rivals", {"bA", "cA", "dA"}, "bcd", "A"},
        {"one went on", {"bA", "cA", "db"}, "dc", "A"},
        {"both went on", {"bA", "cA", "db", "ec"}, "de", "A"},
        {"the nearest of a row", {"BA", "CB", "dC", "eC"}, "de", "C"},
        {"both saw two", {"BA", "CA", "dB", "dC", "eB", "eC"}, "de", "BC"},
        {"one saw both, one of them one", {"BA", "CA", "dB", "dC", "eB"}, "de", "B"},
        {"one ancestor is the other's", {"BA", "cA", "cB", "dA", "dB"}, "cd", "B"},
        {"a long way round", {"BA", "CB", "DC", "eD", "eA", "fB"}, "ef", "B"},
        {"one alone started from what it names", {"bA"}, "b", "A"},
        {"what is not here counts by what names it", {"bZ", "cZ"}, "bc", "Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        check_start(&table[i], false);
        check_start(&table[i], true);
    }
}

static void
values_without_a_common_beginning_have_none(void **state)
{
    static const struct start table[] = {
        {"nobody names anything", {NULL}, "ab", ""},
        {"one names nothing", {"bA"}, "bc", ""},
        {"two beginnings", {"bA", "dC"}, "bd", ""},
        {"two of three", {"bA", "cA", "eD"}, "bce", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        check_start(&table[i], false);
        check_start(&table[i], true);
    }
}

/* Hashes forbid circles; whoever reads one all the same comes to an end. */
static void
a_circle_ends(void **state)
{
    struct vls_naming naming[] = {
        {dot('a'), dot('b')}, {dot('b'), dot('a')}, {dot('c'), dot('c')}, {dot('c'), dot('a')}};
    struct vls_rival rival[2] = {{.dot = dot('a')}, {.dot = dot('c')}};
    struct vls_dot out[4];
    struct vls_error err = {0};
    size_t n = 99;

    (void)state;
    check_ok(vls_merge_ancestors(out, &n, naming, 4, rival, 2, &err), &err);
    assert_true(n <= 4);
}

static void
the_number_of_the_operation_tells_values_of_one_change_set_apart(void **state)
{
    struct vls_dot first = dot('a'), second = dot('a');
    struct vls_dot out[2];
    struct vls_rival rival[2] = {{.dot = dot('b')}, {.dot = dot('c')}};
    struct vls_error err = {0};
    size_t n = 99;

    (void)state;
    second.op = 8;
    {
        const struct vls_naming apart[] = {{dot('b'), first}, {dot('c'), second}};
        const struct vls_naming together[] = {{dot('b'), second}, {dot('c'), second}};

        check_ok(vls_merge_ancestors(out, &n, apart, 2, rival, 2, &err), &err);
        assert_int_equal(n, 0);
        check_ok(vls_merge_ancestors(out, &n, together, 2, rival, 2, &err), &err);
        assert_int_equal(n, 1);
        assert_int_equal(out[0].op, 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_all_of_them_started_from_is_found),
        cmocka_unit_test(values_without_a_common_beginning_have_none),
        cmocka_unit_test(a_circle_ends),
        cmocka_unit_test(the_number_of_the_operation_tells_values_of_one_change_set_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
