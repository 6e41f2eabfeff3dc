/*
 * How a shell on a pseudo terminal ends, and what ends with it: lock, the end of input, an interrupt, the death of its
 * session or of the process that watches it, a passphrase that is wrong.
 */
#include "shell.h"

static void
lock_locks_and_end_of_input_leaves(void **state)
{
    char words[128], again[128];
    struct shell s;
    pid_t session;

    (void)state;
    session = at_work(&s, "5", &quick);
    type(&s, "lock");
    expect(&s, "\033[3J"); /* first, so that what follows can be noted */
    expect(&s, "Locked. ");
    expect(&s, "before: ");
    rest_of_line(&s, words, sizeof words);
    expect(&s, "locked> ");
    nothing_is_left(&s, session);
    type(&s, "help dates"); /* needs no key */
    expect(&s, "2027-04-12");
    expect(&s, "locked> ");
    type(&s, "unlock --for 0");
    expect(&s, "at most 24h");
    expect(&s, "locked> ");
    type(&s, "person list");
    type_passphrase(&s, s.words);
    expect(&s, "State words: ");
    rest_of_line(&s, again, sizeof again);
    assert_string_equal(words, again);
    unlocked(&s);
    assert_int_equal(write(s.tty, "\004", 1), 1);
    finish(&s, 0);
}

static void
an_interrupt_ends_the_line_and_not_the_shell(void **state)
{
    struct shell s;

    (void)state;
    (void)at_work(&s, "5", &quick);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(write(s.tty, "half a li\003", 10), 10);
        unlocked(&s);
    }
    type(&s, "person list");
    expect(&s, s.person);
    unlocked(&s);
    type(&s, "exit");
    finish(&s, 0);
}

/* A pager stands for whatever a session has started: it shows records, and reads the terminal. */
static void
what_a_session_started_ends_with_it(void **state)
{
    char pager[128], line[32];
    struct shell s;
    pid_t session, reader = 0;
    FILE *f;

    (void)state;
    snprintf(pager, sizeof pager, "cat >/dev/null; echo pager $$ runs; exec sleep 1000");
    (void)setenv("VALISE_PAGER", pager, 1);
    session = at_work(&s, "5", &quick);
    type(&s, "help person add"); /* longer than this terminal */
    expect(&s, "pager ");
    rest_of_line(&s, line, sizeof line);
    assert_int_equal(sscanf(line, "%d runs", &reader), 1);
    snprintf(line, sizeof line, "/proc/%d/comm", (int)reader);
    f = fopen(line, "re");
    assert_non_null(f);
    (void)fclose(f);
    expect_in_time(&s, 5 * MINUTE, "locked> ");
    nothing_is_left(&s, session);
    assert_int_equal(kill(reader, 0), -1);
    type(&s, "exit");
    finish(&s, 0);
    (void)unsetenv("VALISE_PAGER");
}

static void
a_session_that_dies_leaves_a_locked_shell(void **state)
{
    struct shell s;
    pid_t session;

    (void)state;
    session = at_work(&s, "5", &quick);
    assert_int_equal(kill(session, SIGKILL), 0);
    expect(&s, "broken off by signal 9");
    expect(&s, "locked> ");
    nothing_is_left(&s, session);
    type(&s, "exit");
    finish(&s, 0);
}

/* And a shell that dies takes its session along. */
static void
a_session_does_not_outlive_its_shell(void **state)
{
    struct shell s;
    pid_t session;
    struct pollfd p = {-1, POLLIN, 0};
    int status;

    (void)state;
    session = at_work(&s, "5", &quick);
    p.fd = (int)syscall(SYS_pidfd_open, session, 0);
    assert_true(p.fd >= 0);
    assert_int_equal(kill(s.pid, SIGKILL), 0);
    assert_int_equal(waitpid(s.pid, &status, 0), s.pid);
    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    (void)close(p.fd);
    (void)close(s.tty);
    vls_secret_free(s.master);
    (void)nftw(s.home, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void
a_wrong_passphrase_begins_no_shell(void **state)
{
    struct shell s;

    (void)state;
    start(&s, "5", &quick);
    for (int i = 0; i < 3; i++)
        type_passphrase(&s, "not the right one");
    finish(&s, 12);
    start(&s, "61", &quick);
    finish(&s, 2);
    start(&s, "0", &quick);
    finish(&s, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_wrong_passphrase_begins_no_shell),
        cmocka_unit_test(lock_locks_and_end_of_input_leaves),
        cmocka_unit_test(an_interrupt_ends_the_line_and_not_the_shell),
        cmocka_unit_test(what_a_session_started_ends_with_it),
        cmocka_unit_test(a_session_that_dies_leaves_a_locked_shell),
        cmocka_unit_test(a_session_does_not_outlive_its_shell),
    };

    return cmocka_run_group_tests_name("shell", tests, setup, NULL);
}
