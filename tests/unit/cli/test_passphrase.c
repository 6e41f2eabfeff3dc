/*
 * Asking on a terminal: each case runs in a child whose controlling terminal is a pseudo terminal that
 * the test types on.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/passphrase.h"

#define WAIT_MS 5000 /* for an answer that normally takes a millisecond */

struct child {
    pid_t pid;
    int tty;    /* master side */
    char said[8192];
    size_t n;
};

static struct vls_error err;

static int
setup(void **state)
{
    (void)state;
    (void)unsetenv("VALISE_PASSPHRASE_FILE");
    (void)unsetenv("VALISE_PASSPHRASE_COMMAND");
    (void)unsetenv("VALISE_PASSPHRASE_FD");
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

static const struct passphrase_source nowhere;

static void
on_interrupt(int sig)
{
    (void)sig;
}

/* The child: asks, then reports on the terminal "[code|passphrase|echo]". */
static void
child_run(bool confirm, bool own_handler)
{
    struct vls_secret *s = NULL;
    struct termios t;
    enum vls_code rc;
    char line[2048];
    int n, left;

    if (own_handler)
        (void)signal(SIGINT, on_interrupt);
    rc = passphrase_get(&s, &nowhere, "Passphrase: ", confirm, &err);
    if (tcgetattr(STDIN_FILENO, &t) != 0)
        _exit(3);
    if (ioctl(STDIN_FILENO, FIONREAD, &left) != 0 || left != 0)
        _exit(5); /* something typed would reach the shell */
    n = snprintf(line, sizeof line, "[%s|%.*s|%s]\n", vls_code_name(rc), s != NULL ? (int)s->len : 0,
                 s != NULL ? (const char *)s->bytes : "", (t.c_lflag & ECHO) != 0 ? "echo" : "silent");
    _exit(write(STDOUT_FILENO, line, (size_t)n) == n ? 0 : 4);
}

static void
start(struct child *c, bool confirm, bool own_handler)
{
    memset(c, 0, sizeof *c);
    c->pid = forkpty(&c->tty, NULL, NULL, NULL);
    assert_true(c->pid >= 0);
    if (c->pid == 0)
        child_run(confirm, own_handler);
}

/* Reads until text has been said since the last call, and forgets what came before its end. Yields how
 * many bytes that was. */
static size_t
expect(struct child *c, const char *text)
{
    for (;;) {
        struct pollfd p = {c->tty, POLLIN, 0};
        char *at;
        ssize_t got = -1;

        c->said[c->n] = '\0';
        if ((at = strstr(c->said, text)) != NULL) {
            size_t skipped = (size_t)(at - c->said);

            at += strlen(text);
            c->n -= skipped + strlen(text);
            memmove(c->said, at, c->n + 1);
            return skipped;
        }
        if (poll(&p, 1, WAIT_MS) == 1)
            got = read(c->tty, c->said + c->n, sizeof c->said - 1 - c->n);
        if (got <= 0) {
            (void)kill(c->pid, SIGKILL);
            fail_msg("“%s” was not said, but “%s”", text, c->said);
        }
        c->n += (size_t)got;
    }
}

static void
type(struct child *c, const char *text)
{
    /* The prompt is said after echo is off, but only after; keys typed before it are flushed. */
    for (int i = 0; i < WAIT_MS; i++) {
        struct termios t;

        assert_int_equal(tcgetattr(c->tty, &t), 0);
        if ((t.c_lflag & ECHO) == 0)
            break;
        usleep(1000);
    }
    assert_int_equal(write(c->tty, text, strlen(text)), strlen(text));
}

static void
finish(struct child *c, int expect_status)
{
    int status;

    assert_int_equal(waitpid(c->pid, &status, 0), c->pid);
    assert_int_equal(status, expect_status);
    (void)close(c->tty);
}

static void
what_is_typed_is_taken_and_not_shown(void **state)
{
    struct child c;

    (void)state;
    start(&c, false, false);
    expect(&c, "Passphrase: ");
    type(&c, "open sesame\n");
    assert_int_equal(expect(&c, "\r\n[ok|open sesame|echo]"), 0);
    finish(&c, 0);
}

static void
a_new_one_is_asked_for_twice(void **state)
{
    struct child c;

    (void)state;
    start(&c, true, false);
    expect(&c, "Passphrase: ");
    type(&c, "too short\n");
    expect(&c, "12 characters or more.");
    expect(&c, "Passphrase: ");
    type(&c, "twelve letters\n");
    expect(&c, "Once more: ");
    type(&c, "twelve lettres\n");
    expect(&c, "not the same");
    expect(&c, "Passphrase: ");
    type(&c, "twelve letters\n");
    expect(&c, "Once more: ");
    type(&c, "twelve letters\n");
    expect(&c, "[ok|twelve letters|echo]");
    finish(&c, 0);
}

static void
three_failures_to_choose_end_it(void **state)
{
    struct child c;

    (void)state;
    start(&c, true, false);
    for (int i = 0; i < 3; i++) {
        expect(&c, "Passphrase: ");
        type(&c, "short\n");
    }
    expect(&c, "[cancelled||echo]");
    finish(&c, 0);
}

static void
enter_alone_generates_one(void **state)
{
    struct child c;
    char words[128], report[160];
    size_t n;

    (void)state;
    start(&c, true, false);
    expect(&c, "Passphrase: ");
    type(&c, "\n");
    expect(&c, "\r\n    ");
    while (strchr(c.said, '\n') == NULL) {
        ssize_t got = read(c.tty, c.said + c.n, sizeof c.said - 1 - c.n);

        assert_true(got > 0);
        c.n += (size_t)got;
        c.said[c.n] = '\0';
    }
    n = strcspn(c.said, "\r\n");
    assert_true(n > 20 && n < sizeof words - 2);
    memcpy(words, c.said, n);
    words[n] = '\0';
    snprintf(report, sizeof report, "[ok|%s|echo]", words);
    memcpy(words + n, "\n", 2);
    expect(&c, "Once more: ");
    type(&c, words);
    expect(&c, report);
    finish(&c, 0);
}

static void
an_empty_answer_unlocks_nothing(void **state)
{
    struct child c;

    (void)state;
    start(&c, false, false);
    expect(&c, "Passphrase: ");
    type(&c, "\n");
    expect(&c, "[wrong-passphrase||echo]");
    finish(&c, 0);
    start(&c, false, false);
    expect(&c, "Passphrase: ");
    type(&c, "\x04"); /* end of input */
    expect(&c, "[wrong-passphrase||echo]");
    finish(&c, 0);
}

static void
an_interrupt_restores_echo_and_goes_on_to_the_program(void **state)
{
    struct child c;
    struct termios t;

    (void)state;
    start(&c, false, true); /* a program with a handler of its own hears of it and goes on */
    expect(&c, "Passphrase: ");
    type(&c, "half a pass\x03");
    expect(&c, "[interrupted||echo]");
    finish(&c, 0);

    start(&c, false, false); /* one without ends by the signal */
    expect(&c, "Passphrase: ");
    type(&c, "\x03");
    {
        int status, slave = open(ptsname(c.tty), O_RDWR | O_NOCTTY);

        assert_true(slave >= 0);
        assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
        assert_int_equal(tcgetattr(slave, &t), 0);
        assert_true((t.c_lflag & ECHO) != 0);
        (void)close(slave);
    }
    (void)close(c.tty);
}

static void
being_stopped_and_continued_asks_again(void **state)
{
    struct child c;

    (void)state;
    start(&c, false, false);
    expect(&c, "Passphrase: ");
    /* the child leads an orphaned group, which the kernel does not stop: it is as if continued at once */
    type(&c, "half a pass\x1a");
    expect(&c, "Passphrase: ");
    type(&c, "open sesame\n");
    expect(&c, "[ok|open sesame|echo]");
    finish(&c, 0);
}

static void
a_line_that_is_too_long_is_refused_and_does_not_reach_the_shell(void **state)
{
    struct child c;
    char line[VLS_PASSPHRASE_MAX + 64];

    (void)state;
    memset(line, 'x', sizeof line);
    memcpy(line + sizeof line - 6, " ls\n", 5);
    start(&c, false, false);
    expect(&c, "Passphrase: ");
    type(&c, line);
    expect(&c, "[too-large||echo]");
    finish(&c, 0);
}

/* ---- sources other than the terminal ---- */

static enum vls_code
from(const struct passphrase_source *src, bool confirm, const char *expected)
{
    struct vls_secret *s = NULL;
    enum vls_code rc = passphrase_get(&s, src, "Passphrase: ", confirm, &err);

    if (rc == VLS_OK) {
        assert_non_null(expected);
        assert_int_equal(s->len, strlen(expected));
        assert_memory_equal(s->bytes, expected, s->len);
    } else
        assert_null(s);
    vls_secret_free(s);
    return rc;
}

static void
one_explicit_source_wins_and_several_are_refused(void **state)
{
    struct passphrase_source a = {.command = "echo by option", .no_input = true}, none = {.no_input = true}, bad = none;

    (void)state;
    check_ok(from(&a, false, "by option"), &err);
    assert_int_equal(from(&none, false, NULL), VLS_ELOCKED);
    assert_non_null(strstr(err.text, "--passphrase-file"));

    (void)setenv("VALISE_PASSPHRASE_COMMAND", "echo by variable", 1);
    check_ok(from(&none, false, "by variable"), &err);
    check_ok(from(&a, false, "by option"), &err);
    (void)setenv("VALISE_PASSPHRASE_FILE", "/dev/null", 1);
    assert_int_equal(from(&none, false, NULL), VLS_EUSAGE);
    check_ok(from(&a, false, "by option"), &err);
    (void)setenv("VALISE_PASSPHRASE_COMMAND", "", 1);
    assert_int_equal(from(&none, false, NULL), VLS_ELOCKED); /* the file, which is empty */
    (void)unsetenv("VALISE_PASSPHRASE_COMMAND");
    (void)unsetenv("VALISE_PASSPHRASE_FILE");

    a.file = "/dev/null";
    assert_int_equal(from(&a, false, NULL), VLS_EUSAGE);
    for (size_t i = 0; i < 5; i++) {
        static const char *const fds[] = {"x", "-1", "3x", "", "99999999999999999999"};

        bad.fd = fds[i];
        assert_int_equal(from(&bad, false, NULL), VLS_EUSAGE);
    }
}

static void
a_new_one_from_a_source_must_be_long_enough(void **state)
{
    /* eleven characters in 22 bytes, then twelve */
    struct passphrase_source eleven = {.command = "printf '\\303\\251\\303\\251\\303\\251\\303\\251\\303\\251\\303\\251"
                                                  "\\303\\251\\303\\251\\303\\251\\303\\251\\303\\251'"},
                             twelve = {.command = "echo twelvetwelve"};

    (void)state;
    assert_int_equal(from(&eleven, true, NULL), VLS_EVALUE);
    check_ok(from(&twelve, true, "twelvetwelve"), &err);
}

static void
a_descriptor_is_read(void **state)
{
    struct passphrase_source s = {.no_input = true};
    char number[16];
    int ends[2];

    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "by descriptor\n", 14), 14);
    snprintf(number, sizeof number, "%d", ends[0]);
    s.fd = number;
    check_ok(from(&s, false, "by descriptor"), &err);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_typed_is_taken_and_not_shown),
        cmocka_unit_test(a_new_one_is_asked_for_twice),
        cmocka_unit_test(three_failures_to_choose_end_it),
        cmocka_unit_test(enter_alone_generates_one),
        cmocka_unit_test(an_empty_answer_unlocks_nothing),
        cmocka_unit_test(an_interrupt_restores_echo_and_goes_on_to_the_program),
        cmocka_unit_test(being_stopped_and_continued_asks_again),
        cmocka_unit_test(a_line_that_is_too_long_is_refused_and_does_not_reach_the_shell),
        cmocka_unit_test(one_explicit_source_wins_and_several_are_refused),
        cmocka_unit_test(a_new_one_from_a_source_must_be_long_enough),
        cmocka_unit_test(a_descriptor_is_read),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
