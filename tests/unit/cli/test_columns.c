/* Tables on screens of every width, and read aloud. */
#include "tests/support/check.h"

#include "cli/cli.h"

/* What a table of these rows prints; owned by c. */
static const char *
printed(struct cli *c, struct table *t)
{
    vls_buf_clear(&c->held);
    vls_buf_init(&c->held, 1u << 20);
    c->hold = true;
    table_print(c, t);
    return vls_buf_str(&c->held) != NULL ? vls_buf_str(&c->held) : "";
}

static void
fill(struct table *t)
{
    table_init(t, 5, 0, 3);
    t->labelled = true;
    table_row(t, "Not yet shared", "2", "INF-256HGJX", "Ireland", "travel in 35 days");
    table_row(t, "", "", "INF-3VQ8N1K", "Croatia", "");
    table_row(t, "Addressees to be told", "1", "the Court", "sent before the withdrawal of consent was known",
              "valise share TRM-256HGJX --recall");
}

static void
a_wide_screen_changes_nothing(void **state)
{
    static const size_t COLUMNS[] = {0, 127, 200};
    static const char TEXT[] =
        "Not yet shared          2   INF-256HGJX   Ireland                                           travel in 35 days\n"
        "                            INF-3VQ8N1K   Croatia\n"
        "Addressees to be told   1   the Court     sent before the withdrawal of consent was known   valise share "
        "TRM-256HGJX --recall\n";
    struct cli c = {.columns = 0};
    struct table t;

    (void)state;
    for (size_t i = 0; i < sizeof(COLUMNS) / sizeof(COLUMNS[0]); i++) {
        c.columns = COLUMNS[i];
        fill(&t);
        assert_string_equal(printed(&c, &t), TEXT);
    }
    vls_buf_clear(&c.held);
}

static void
on_a_narrow_one_a_long_cell_goes_on_below_itself(void **state)
{
    struct cli c = {.columns = 80};
    struct table t;

    (void)state;
    fill(&t);
    assert_string_equal(printed(&c, &t), "Not yet shared          2   INF-256HGJX   Ireland   travel in 35 days\n"
                                         "                            INF-3VQ8N1K   Croatia\n"
                                         "Addressees to be told   1   the Court     sent before the withdrawal of consent\n"
                                         "                                          was known\n"
                                         "                                          valise share TRM-256HGJX --recall\n");
    c.columns = 40;
    fill(&t);
    assert_string_equal(printed(&c, &t), "Not yet shared   2   INF-256HGJX\n"
                                         "    Ireland   travel in 35 days\n"
                                         "    INF-3VQ8N1K   Croatia\n"
                                         "Addressees to be told   1   the Court\n"
                                         "    sent before the withdrawal of\n"
                                         "    consent was known\n"
                                         "    valise share TRM-256HGJX --recall\n");
    vls_buf_clear(&c.held);
}

/* Whatever the width: no word is lost, none is cut, and no line is wider unless one word alone is. */
static void
no_line_is_wider_and_no_word_is_lost(void **state)
{
    static const char *const WORD[] = {"INF-256HGJX", "Croatia", "withdrawal", "valise", "TRM-256HGJX", "--recall", "35"};
    struct cli c = {.columns = 0};
    struct table t;

    (void)state;
    for (c.columns = 20; c.columns < 130; c.columns++) {
        const char *text, *line, *end;

        fill(&t);
        text = printed(&c, &t);
        for (size_t i = 0; i < sizeof(WORD) / sizeof(WORD[0]); i++)
            assert_non_null(strstr(text, WORD[i]));
        for (line = text; (end = strchr(line, '\n')) != NULL; line = end + 1)
            assert_true((size_t)(end - line) <= c.columns || (size_t)(end - line) <= strlen("Addressees to be told"));
    }
    vls_buf_clear(&c.held);
}

static void
a_word_that_fits_nowhere_stands_alone(void **state)
{
    struct cli c = {.columns = 20};
    struct table t;

    (void)state;
    table_init(&t, 2, 0, 3);
    table_row(&t, "a", "one two-hundred-and-twenty-two three");
    assert_string_equal(printed(&c, &t), "a\n    one\n    two-hundred-and-twenty-two\n    three\n");
    vls_buf_clear(&c.held);
}

static void
what_belongs_apart_is_parted_there(void **state)
{
    struct cli c = {.columns = 50};
    struct table t;

    (void)state;
    table_init(&t, 2, 4, 3);
    table_row(&t, "Court", "not told        valise share TRP-4VB6DA4 --to court");
    assert_string_equal(printed(&c, &t), "    Court   not told\n            valise share TRP-4VB6DA4 --to court\n");
    vls_buf_clear(&c.held);
}

static void
read_aloud_each_line_says_what_it_is_about(void **state)
{
    struct cli c = {.accessible = true, .columns = 40};
    struct table t;

    (void)state;
    fill(&t);
    assert_string_equal(printed(&c, &t), "Not yet shared: 2, INF-256HGJX, Ireland, travel in 35 days\n"
                                         "Not yet shared: INF-3VQ8N1K, Croatia\n"
                                         "Addressees to be told: 1, the Court, sent before the withdrawal of consent was "
                                         "known, valise share TRM-256HGJX --recall\n");
    vls_buf_clear(&c.held);
}

static void
no_cell_writes_to_the_terminal(void **state)
{
    struct cli c = {.columns = 20};
    struct table t;

    (void)state;
    table_init(&t, 2, 0, 3);
    table_row(&t, "a\x1b[2J", "b\nc\xff");
    assert_string_equal(printed(&c, &t), "a^[[2J   b^Jc<FF>\n");
    vls_buf_clear(&c.held);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wide_screen_changes_nothing),
        cmocka_unit_test(on_a_narrow_one_a_long_cell_goes_on_below_itself),
        cmocka_unit_test(no_line_is_wider_and_no_word_is_lost),
        cmocka_unit_test(a_word_that_fits_nowhere_stands_alone),
        cmocka_unit_test(what_belongs_apart_is_parted_there),
        cmocka_unit_test(read_aloud_each_line_says_what_it_is_about),
        cmocka_unit_test(no_cell_writes_to_the_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
