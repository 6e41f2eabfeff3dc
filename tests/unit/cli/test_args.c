/* The command line's parser over the real table. */
#include "tests/support/check.h"

#include "cli/cli.h"

static struct args args;
static struct vls_error err;

/* Splits words at single blanks; '_' stands for a blank within a word. */
static enum vls_code
parse(const char *line)
{
    static char text[512];
    static char *word[64];
    int n = 0;
    char *p;

    args_free(&args);
    snprintf(text, sizeof(text), "%s", line);
    for (p = strtok(text, " "); p != NULL; p = strtok(NULL, " ")) {
        word[n++] = p;
        for (; *p != '\0'; p++)
            if (*p == '_')
                *p = ' ';
    }
    return args_parse(&args, n, word, &err);
}

static int
teardown(void **state)
{
    (void)state;
    args_free(&args);
    return 0;
}

static void
finds_commands_of_one_and_two_words(void **state)
{
    (void)state;
    check_ok(parse("sync"), &err);
    assert_string_equal(args.cmd->verb, "sync");
    assert_null(args.kind);
    check_ok(parse("remote list"), &err);
    assert_string_equal(args.cmd->noun, "remote");
    check_ok(parse("trip show TRP-4Q9DM7H"), &err);
    assert_string_equal(args.cmd->noun, "KIND");
    assert_string_equal(args.kind->name, "trip");
    assert_string_equal(args.pos[0], "TRP-4Q9DM7H");
}

static void
takes_options_anywhere_after_the_command(void **state)
{
    static const char *const lines[] = {
        "person add Haddad --position Minister --home=/x",
        "person add --position Minister Haddad --home /x",
        "person add --position=Minister --home /x Haddad",
        "--home /x person add --position Minister Haddad",
        "--home=/x person --no-input add --position Minister -- Haddad",
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        check_ok(parse(lines[i]), &err);
        assert_int_equal(args.n, 1);
        assert_string_equal(args.pos[0], "Haddad");
        assert_string_equal(args_value(&args, "position"), "Minister");
        assert_string_equal(args_value(&args, "home"), "/x");
    }
}

static void
two_dashes_end_options_and_one_dash_is_an_argument(void **state)
{
    (void)state;
    check_ok(parse("person show -- --position"), &err);
    assert_string_equal(args.pos[0], "--position");
    check_ok(parse("person show -"), &err);
    assert_string_equal(args.pos[0], "-");
}

static void
letters_cluster(void **state)
{
    (void)state;
    check_ok(parse("sync -qny"), &err);
    assert_true(args_flag(&args, "quiet") && args_flag(&args, "dry-run") && args_flag(&args, "yes"));
    assert_false(args_flag(&args, "verbose"));
}

static void
repeated_options_keep_every_value_and_the_last_one_counts(void **state)
{
    (void)state;
    check_ok(parse("person add Haddad --tag a --tag b --tag=c"), &err);
    assert_string_equal(args_value(&args, "tag"), "c");
    assert_string_equal(args_each(&args, "tag", 0), "a");
    assert_string_equal(args_each(&args, "tag", 2), "c");
    assert_null(args_each(&args, "tag", 3));
    assert_null(args_value(&args, "position"));
}

static void
every_field_is_an_option_of_add_and_edit(void **state)
{
    size_t i, k, n;
    const struct vls_kind *kinds = vls_kinds(&n);
    char line[128];

    (void)state;
    for (k = 0; k < n; k++)
        for (i = 0; i < kinds[k].n_fields; i++) {
            snprintf(line, sizeof(line), "%s add --%s value", kinds[k].name, kinds[k].fields[i].name);
            if (kinds[k].fields[i].policy == VLS_P_DERIVED) { /* worked out, never typed */
                assert_int_equal(parse(line), VLS_EUSAGE);
                continue;
            }
            check_ok(parse(line), &err);
            assert_ptr_equal(args.got[0].opt->field, &kinds[k].fields[i]);
            snprintf(line, sizeof(line), "%s edit it --%s value", kinds[k].name, kinds[k].fields[i].name);
            check_ok(parse(line), &err);
        }
}

static void
terms_of_a_switch_are_options(void **state)
{
    (void)state;
    check_ok(parse("warrant add haddad --public"), &err);
    assert_string_equal(args.got[0].opt->name, "public");
    assert_string_equal(args.got[0].opt->field->name, "publicity");
    assert_null(args.got[0].value);
}

static void
what_cannot_be_understood_is_usage(void **state)
{
    static const struct {
        const char *line, *said;
    } cases[] = {
        {"persn add x", "did you mean “person”"},
        {"person ad x", "did you mean “add”"},
        {"snyc", "did you mean “sync”"},
        {"frobnicate", "unknown command “frobnicate”"},
        {"show PER-AAAAAAA", "A kind of record comes first, as in:  valise person show"},
        {"KIND add x", "unknown command “KIND”"},
        {"person", "needs a verb"},
        {"remote", "needs a verb"},
        {"invite", "unknown command"},
        {"person add x --positon y", "did you mean --position"},
        {"person add x --to y", "unknown option --to"},
        {"--position y person add x", "unknown option --position"},
        {"sync --create", "unknown option --create"},
        {"sync -Q", "unknown option -Q"},
        {"sync -q=1", "unknown option -="},
        {"sync --quiet=yes", "takes no value"},
        {"sync --home", "needs a value"},
        {"person add x --position", "needs a value"},
        {"person show", "missing argument"},
        {"person add", "missing"},
        {"person add -n", "missing"},
        {"remote add stick", "missing argument"},
        {"person show a b", "too many: “b”"},
        {"sync a b", "too many"},
        {"--hom /x sync", "did you mean --home"},
        {"--", ""},
        {"-- person show", "missing argument"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        enum vls_code rc = parse(cases[i].line);

        if (cases[i].said[0] == '\0') {
            assert_int_equal(rc, VLS_OK);
            assert_null(args.cmd);
            continue;
        }
        assert_int_equal(rc, VLS_EUSAGE);
        if (strstr(err.text, cases[i].said) == NULL)
            fail_msg("%s: %s", cases[i].line, err.text);
    }
}

static void
an_abbreviation_is_never_taken(void **state)
{
    (void)state;
    assert_int_equal(parse("stat"), VLS_EUSAGE);
    assert_int_equal(parse("pers show x"), VLS_EUSAGE);
    assert_int_equal(parse("sync --qui"), VLS_EUSAGE);
    assert_int_equal(parse("person show x --hom y"), VLS_EUSAGE);
}

static void
help_needs_no_arguments(void **state)
{
    (void)state;
    check_ok(parse("person show --help"), &err);
    assert_true(args.help);
    check_ok(parse("person -h"), &err);
    assert_string_equal(args.noun, "person");
    assert_null(args.cmd);
    check_ok(parse("--version"), &err);
    assert_true(args.version);
}

static void
a_thousand_options_are_all_there(void **state)
{
    enum { N = 1000 };
    static char *word[2 * N + 3];
    static char value[N][16];
    static char name[] = "--tag", person[] = "person", add[] = "add", who[] = "x";
    int i;

    (void)state;
    args_free(&args);
    word[0] = person;
    word[1] = add;
    word[2] = who;
    for (i = 0; i < N; i++) {
        snprintf(value[i], sizeof(value[i]), "%d", i);
        word[3 + 2 * i] = name;
        word[4 + 2 * i] = value[i];
    }
    check_ok(args_parse(&args, 2 * N + 3, word, &err), &err);
    for (i = 0; i < N; i++)
        assert_string_equal(args_each(&args, "tag", (size_t)i), value[i]);
}

static void
distance_counts_changes_and_swaps(void **state)
{
    (void)state;
    assert_int_equal(word_distance("sync", "sync"), 0);
    assert_int_equal(word_distance("snyc", "sync"), 1);
    assert_int_equal(word_distance("syn", "sync"), 1);
    assert_int_equal(word_distance("", "abc"), 3);
    assert_int_equal(word_distance("person", "trip"), 5);
    assert_true(word_distance("this-is-much-longer-than-any-word-we-have", "sync") == SIZE_MAX);
}

/* ---- the table itself ---- */

static void
every_command_has_words_and_an_example_that_parses(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < cmd_table_n; i++) {
        const struct cmd *cmd = &cmd_table[i];
        const struct vls_kind *kind;
        char expected[64];
        int n = 0;
        static char text[512];
        static char *word[32];
        char *p = text;

        assert_true(cmd->summary != NULL && cmd->summary[0] != '\0');
        assert_non_null(cmd->run);
        assert_non_null(cmd->params);
        assert_true(cmd->n_min <= cmd->n_max);
        snprintf(expected, sizeof(expected), "valise ");
        assert_memory_equal(cmd->example, expected, 7);
        snprintf(text, sizeof(text), "%s", cmd->example + 7);
        while (*p != '\0') { /* words, "quoted ones" in one */
            bool quoted = *p == '"';

            p += quoted;
            word[n++] = p;
            p += strcspn(p, quoted ? "\"" : " ");
            if (*p != '\0')
                *p++ = '\0';
            p += strspn(p, " ");
        }
        args_free(&args);
        check_ok(args_parse(&args, n, word, &err), &err);
        assert_ptr_equal(args.cmd, cmd);
        if (cmd->noun == NULL || strcmp(cmd->noun, "KIND") != 0)
            assert_ptr_equal(cmd_find(cmd->noun, cmd->verb, &kind), cmd);
    }
}

static void
no_two_options_of_a_command_share_a_name(void **state)
{
    size_t i, j, k, at, n;
    const struct vls_kind *kinds = vls_kinds(&n);
    const struct opt *o;

    (void)state;
    for (i = 0; i < cmd_table_n; i++) {
        for (k = 0; k < (cmd_table[i].more != NULL ? n : 1); k++) {
            struct opt_list list = {.n = 0};

            for (o = cmd_table[i].opts; o != NULL && o->name != NULL; o++)
                opts_grow(&list, o);
            if (cmd_table[i].more != NULL)
                cmd_table[i].more(&list, &kinds[k]);
            for (o = opt_globals; o->name != NULL; o++)
                opts_grow(&list, o);
            for (j = 0; j < list.n; j++) {
                assert_true(list.v[j].letter == '\0' || list.v[j].arg == NULL); /* take_letters counts on it */
                assert_true(list.v[j].field != NULL || list.v[j].help != NULL);
                for (at = j + 1; at < list.n; at++)
                    if (strcmp(list.v[j].name, list.v[at].name) == 0)
                        fail_msg("%s %s has two options --%s", kinds[k].name, cmd_table[i].verb, list.v[j].name);
            }
            free(list.v);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(finds_commands_of_one_and_two_words, teardown),
        cmocka_unit_test_teardown(takes_options_anywhere_after_the_command, teardown),
        cmocka_unit_test_teardown(two_dashes_end_options_and_one_dash_is_an_argument, teardown),
        cmocka_unit_test_teardown(letters_cluster, teardown),
        cmocka_unit_test_teardown(repeated_options_keep_every_value_and_the_last_one_counts, teardown),
        cmocka_unit_test_teardown(every_field_is_an_option_of_add_and_edit, teardown),
        cmocka_unit_test_teardown(terms_of_a_switch_are_options, teardown),
        cmocka_unit_test_teardown(what_cannot_be_understood_is_usage, teardown),
        cmocka_unit_test_teardown(an_abbreviation_is_never_taken, teardown),
        cmocka_unit_test_teardown(help_needs_no_arguments, teardown),
        cmocka_unit_test_teardown(a_thousand_options_are_all_there, teardown),
        cmocka_unit_test(distance_counts_changes_and_swaps),
        cmocka_unit_test_teardown(every_command_has_words_and_an_example_that_parses, teardown),
        cmocka_unit_test_teardown(no_two_options_of_a_command_share_a_name, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
