/* Progress of a transfer: what the line says, and when it is said. */
#include "tests/support/check.h"

#include "cli/progress.h"

static void
a_rate_is_told_when_it_means_something(void **state)
{
    static const struct {
        int64_t now_ms;
        uint64_t done, total, bytes;
        const char *text;
    } cases[] = {
        {0, 0, 40, 0, "stick  0 / 40  0 KiB"},
        {1000, 1, 40, 10240, "stick  1 / 40  10 KiB"},
        {1999, 10, 40, 102400, "stick  10 / 40  100 KiB"},
        {2000, 10, 40, 102400, "stick  10 / 40  100 KiB  50 KiB/s  about 6 s left"},
        {10000, 39, 40, 399360, "stick  39 / 40  390 KiB  39 KiB/s  about 0 s left"},
        {10000, 40, 40, 409600, "stick  40 / 40  400 KiB  40 KiB/s"},
        {5000, 0, 0, 51200, "stick  50 KiB  10 KiB/s"},
        {5000, 3, 40, 0, "stick  3 / 40  0 KiB"},
    };
    struct progress p = {.remote = "stick"};
    char text[PROGRESS_TEXT];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        progress_text(text, &p, cases[i].done, cases[i].total, cases[i].bytes, cases[i].now_ms);
        assert_string_equal(text, cases[i].text);
    }
}

static void
a_line_never_outgrows_its_room(void **state)
{
    struct progress p = {.remote = "a name of twenty lett"};
    char text[PROGRESS_TEXT];

    (void)state;
    progress_text(text, &p, UINT64_MAX - 1, UINT64_MAX, UINT64_MAX, 100000);
    assert_true(strlen(text) < PROGRESS_TEXT);
}

/* GH-21: of a file that somebody brought, too. */
static void
no_name_writes_to_the_terminal(void **state)
{
    struct progress p = {.remote = "\x1b]0;x\a\x1b[2J\xe2\x80"};
    char text[PROGRESS_TEXT];

    (void)state;
    progress_text(text, &p, 1, 2, 3072, 0);
    assert_string_equal(text, "^[]0;x^G^[[2J<E2><80>  1 / 2  3 KiB");
}

static void
a_long_name_begins_once(void **state)
{
    const char *name = "/media/stick/from-the-hague.bag";
    struct progress p = {.remote = ""};
    struct cli c = {.err_tty = false};

    (void)state;
    progress_step(&c, &p, name, 1, 9, 1000);
    progress_step(&c, &p, name, 2, 9, 2000);
    assert_int_equal(p.first_bytes, 1000);
    progress_step(&c, &p, "another", 1, 9, 3000);
    assert_int_equal(p.first_bytes, 3000);
}

static void
it_is_shown_often_on_a_terminal_and_rarely_elsewhere(void **state)
{
    struct progress p = {.start_ms = 1000};

    (void)state;
    assert_true(progress_due(&p, true, 1000));
    assert_false(progress_due(&p, false, 1000));
    assert_false(progress_due(&p, false, 10999));
    assert_true(progress_due(&p, false, 11000));
    p.shown_ms = 11000;
    assert_false(progress_due(&p, true, 11249));
    assert_true(progress_due(&p, true, 11250));
    assert_false(progress_due(&p, false, 20999));
    assert_true(progress_due(&p, false, 21000));
}

static void
who_does_not_answer_is_named_soon_on_a_terminal_and_once_elsewhere(void **state)
{
    struct progress p = {.wait_ms = 1000};

    (void)state;
    assert_false(progress_wait_due(&p, true, 3999));
    assert_true(progress_wait_due(&p, true, 4000));
    assert_false(progress_wait_due(&p, false, 10999));
    assert_true(progress_wait_due(&p, false, 11000));
    p.wait_shown_ms = 11000;
    assert_false(progress_wait_due(&p, true, 11999));
    assert_true(progress_wait_due(&p, true, 12000));
    assert_false(progress_wait_due(&p, false, 600000));
}

static void
another_remote_is_waited_for_anew(void **state)
{
    struct progress p = {.remote = ""};
    struct cli c = {.err_tty = false};
    int64_t since;

    (void)state;
    progress_step(&c, &p, "host", 0, 0, 0);
    assert_string_equal(p.awaited, "host");
    since = p.wait_ms;
    progress_step(&c, &p, "host", 0, 0, 0);
    assert_true(p.wait_ms == since && p.wait_shown_ms == 0);
    p.wait_shown_ms = 1;
    progress_step(&c, &p, "stick", 0, 0, 0);
    assert_string_equal(p.awaited, "stick");
    assert_int_equal(p.wait_shown_ms, 0);
    assert_string_equal(p.remote, ""); /* no transfer has begun */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rate_is_told_when_it_means_something),
        cmocka_unit_test(a_line_never_outgrows_its_room),
        cmocka_unit_test(no_name_writes_to_the_terminal),
        cmocka_unit_test(a_long_name_begins_once),
        cmocka_unit_test(it_is_shown_often_on_a_terminal_and_rarely_elsewhere),
        cmocka_unit_test(who_does_not_answer_is_named_soon_on_a_terminal_and_once_elsewhere),
        cmocka_unit_test(another_remote_is_waited_for_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
