/*
 * A shell on a pseudo terminal, under clocks that the test turns: it locks when nothing is typed and when the
 * laptop slept (UL-01), and then no process of it holds the key, the passphrase or a word of the store. Every
 * word is made after the shell was started, so that it has none of them from us.
 */
#include "shell.h"

static void
sleep_for(int64_t ms)
{
    atomic_fetch_add(&turned->boottime, ms);
}

/* ---- the cases ---- */

/* The next line asks for the passphrase, and is done; then the shell is left. */
static void
opens_again(struct shell *s)
{
    type(s, "person list");
    type_passphrase(s, s->words);
    expect(s, s->person);
    unlocked(s);
    type(s, "exit");
    finish(s, 0);
}

static void
after_five_idle_minutes_nothing_is_left_in_memory(void **state)
{
    struct shell s;
    struct needles f;
    pid_t session;

    (void)state;
    session = at_work(&s, "5", &quick);
    pass(4 * MINUTE);
    if (!scan_all(&s, &f)) { /* another user's rights, or a kernel that lets nobody look */
        type(&s, "exit");
        finish(&s, 0);
        skip();
    }
    assert_true(f.key > 0 && f.title > 0);     /* what is there is found */
    expect_in_time(&s, 5 * MINUTE, "\033[3J"); /* the screen too */
    expect(&s, "nothing was typed");
    expect(&s, "locked> ");
    nothing_is_left(&s, session);
    type(&s, "person list");
    expect(&s, "Passphrase: ");
    nothing_is_left(&s, session); /* nor in the one that goes on asking for the passphrase */
    for (int i = 0; i < 2; i++) {
        type(&s, "a wrong passphrase");
        expect(&s, "Wrong passphrase. Try again");
        expect(&s, "Passphrase: ");
    }
    type(&s, "a wrong passphrase");
    expect(&s, "wrong passphrase");
    expect(&s, "locked> ");
    nothing_is_left(&s, session);
    opens_again(&s);
}

static void
typing_and_time_that_passes_while_it_works_count(void **state)
{
    struct shell s;
    pid_t session, now[16];

    (void)state;
    session = at_work(&s, "3", &quick);
    for (int i = 0; i < 4; i++) { /* ten minutes, but never three without a line */
        pass(5 * MINUTE / 2);
        type(&s, "help dates");
        expect(&s, "2027-04-12");
        unlocked(&s);
    }
    assert_int_equal(children(s.pid, now), 1);
    assert_int_equal(now[0], session);
    expect_in_time(&s, 3 * MINUTE, "locked> ");
    type(&s, "exit");
    finish(&s, 0);
}

static void
a_question_that_nobody_answers_locks_too(void **state)
{
    struct shell s;
    char line[64];
    pid_t session;

    (void)state;
    session = at_work(&s, "5", &quick);
    type(&s, "person withdraw Qz --reason mistake");
    expect(&s, "/N]");
    expect_in_time(&s, 5 * MINUTE, "locked> ");
    nothing_is_left(&s, session);
    type(&s, "key passphrase");
    expect(&s, "Present passphrase: ");
    pass(50 * MINUTE); /* nothing to lock */
    type(&s, s.words);
    expect(&s, "New passphrase: ");
    assert_int_equal(write(s.tty, "\003", 1), 1);
    expect(&s, "interrupted");
    expect(&s, "\r\nlocked> ");
    type(&s, "exit");
    rest_of_line(&s, line, sizeof line);
    assert_string_equal(line, "exit"); /* the interrupt was the question's, not the next line's too */
    finish(&s, 0);
}

static void
a_laptop_that_slept_is_locked(void **state)
{
    struct shell s;
    pid_t session;

    (void)state;
    session = at_work(&s, "60", &quick);
    sleep_for(1000); /* the clocks are not read at one moment */
    type(&s, "help dates");
    expect(&s, "2027-04-12");
    unlocked(&s);
    sleep_for(2000);
    expect(&s, "was asleep");
    expect(&s, "locked> ");
    nothing_is_left(&s, session);
    type(&s, "exit");
    finish(&s, 0);
}

/* A watch that stands still would lock nothing, for as long as it does. */
static void
what_is_stopped_at_its_prompt_is_locked(void **state)
{
    struct shell s;
    pid_t session;

    (void)state;
    session = at_work(&s, "60", &quick);
    assert_int_equal(write(s.tty, "\032", 1), 1);
    expect(&s, "in the background");
    expect(&s, "locked> "); /* there is nobody here who could continue it: it goes on at once */
    nothing_is_left(&s, session);
    assert_int_equal(write(s.tty, "\032", 1), 1); /* locked already */
    opens_again(&s);
}

/* The watch has not looked yet: the session itself must not do what is typed in that moment. */
static void
a_line_typed_at_the_moment_of_waking_is_not_done(void **state)
{
    struct shell s;

    (void)state;
    (void)at_work(&s, "60", &drowsy);
    sleep_for(8 * 60 * MINUTE);
    type(&s, "person list --plain");
    expect(&s, "locked> ");
    assert_null(strstr(s.said, s.person));
    type(&s, "exit");
    finish(&s, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(after_five_idle_minutes_nothing_is_left_in_memory),
        cmocka_unit_test(typing_and_time_that_passes_while_it_works_count),
        cmocka_unit_test(a_question_that_nobody_answers_locks_too),
        cmocka_unit_test(a_laptop_that_slept_is_locked),
        cmocka_unit_test(what_is_stopped_at_its_prompt_is_locked),
        cmocka_unit_test(a_line_typed_at_the_moment_of_waking_is_not_done),
    };

    return cmocka_run_group_tests_name("shell", tests, setup, NULL);
}
