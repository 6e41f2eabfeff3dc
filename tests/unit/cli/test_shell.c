/*
 * A shell on a pseudo terminal, under clocks that the test turns: it locks when nothing is typed and when the
 * laptop slept (UL-01), and then no process of it holds the key, the passphrase or a word of the store. Every
 * word is made after the shell was started, so that it has none of them from us.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "cli/run.h"
#include "cli/watch.h"
#include "valise/engine.h"

#define WAIT_MS 30000 /* for an answer that normally takes some milliseconds */
#define MINUTE  60000

/* ---- clocks that the test turns ---- */

static struct turned {
    _Atomic int64_t monotonic, boottime;
} * turned;

static int64_t
turned_monotonic(void *ctx)
{
    (void)ctx;
    return atomic_load(&turned->monotonic);
}

static int64_t
turned_boottime(void *ctx)
{
    (void)ctx;
    return atomic_load(&turned->boottime);
}

static void
pass(int64_t ms)
{
    atomic_fetch_add(&turned->boottime, ms); /* in this order: the other would look like time running backwards */
    atomic_fetch_add(&turned->monotonic, ms);
}

static void
sleep_for(int64_t ms)
{
    atomic_fetch_add(&turned->boottime, ms);
}

/* ---- the shell ---- */

struct shell {
    char home[64], title[40], person[40], words[40]; /* made up at random; words: the passphrase */
    struct vls_secret *master;
    pid_t pid;
    int tty, go;
    char said[65536];
    size_t n;
};

static struct vls_error err;

static void
shell_child(int go, const char *home, const char *idle, const struct watch_clock *clock)
{
    char prog[] = "valise", verb[] = "shell", opt[] = "--idle", minutes[8], lang[] = "--lang=en";
    char *argv[] = {prog, verb, opt, minutes, lang, NULL};
    char byte;

    snprintf(minutes, sizeof minutes, "%s", idle);
    if (read(go, &byte, 1) != 1) /* the valise is there, and what we know of it is a path */
        _exit(90);
    (void)close(go);
    (void)setenv("VALISE_HOME", home, 1);
    (void)setenv("TERM", "xterm", 1);
    (void)setenv("VALISE_PAGER", "cat", 0);
    watch_clock = clock;
    _exit(cli_run(NULL, 5, argv));
}

/* "Qz" and thirty random letters: found in memory, it came from nowhere else. */
static void
word_make(char out[40])
{
    uint8_t r[30];

    vls_random(r, sizeof r);
    memcpy(out, "Qz", 2);
    for (size_t i = 0; i < sizeof r; i++)
        out[2 + i] = (char)('a' + r[i] % 26);
    out[32] = '\0';
}

static void
valise_make(struct shell *s)
{
    char data[96], state[96];
    struct vls_places p = {.data = data, .state = state};
    struct vls_new n = {.title = s->title, .delegation = "Ireland", .post = "New York", .now_unix = 1800000000};
    struct vls_secret *passphrase;
    struct vls_engine *e;

    word_make(s->title);
    word_make(s->person);
    word_make(s->words);
    snprintf(data, sizeof data, "%s/data", s->home);
    snprintf(state, sizeof state, "%s/state", s->home);
    check_ok(vls_secret_copy(&passphrase, s->words, strlen(s->words), &err), &err);
    check_ok(vls_engine_init(&e, &s->master, &p, &n, passphrase, &err), &err);
    vls_engine_close(e);
    vls_secret_free(passphrase);
}

static const struct watch_clock quick = {turned_monotonic, turned_boottime, 5, NULL};
static const struct watch_clock drowsy = {turned_monotonic, turned_boottime, 3600 * 1000, NULL};

static void
start(struct shell *s, const char *idle, const struct watch_clock *clock)
{
    char home[] = "/tmp/valise-shell-XXXXXX";
    int go[2];

    memset(s, 0, sizeof *s);
    assert_non_null(mkdtemp(home));
    memcpy(s->home, home, sizeof home);
    assert_int_equal(pipe(go), 0);
    s->pid = forkpty(&s->tty, NULL, NULL, NULL);
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        (void)close(go[1]);
        shell_child(go[0], home, idle, clock);
    }
    (void)close(go[0]);
    valise_make(s);
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(close(go[1]), 0);
}

/* Reads until text has been said since the last call, and forgets what came before its end. False: the shell ended. */
static bool
hears(struct shell *s, const char *text)
{
    for (;;) {
        struct pollfd p = {s->tty, POLLIN, 0};
        ssize_t got = -1;
        char *at;

        s->said[s->n] = '\0';
        if ((at = memmem(s->said, s->n, text, strlen(text))) != NULL) {
            at += strlen(text);
            s->n -= (size_t)(at - s->said);
            memmove(s->said, at, s->n + 1);
            return true;
        }
        if (poll(&p, 1, WAIT_MS) == 1)
            got = read(s->tty, s->said + s->n, sizeof s->said - 1 - s->n);
        if (got <= 0)
            return false;
        s->n += (size_t)got;
    }
}

static void
expect(struct shell *s, const char *text)
{
    if (!hears(s, text)) {
        (void)kill(s->pid, SIGKILL);
        fail_msg("“%s” was not said, but “%s”", text, s->said);
    }
}

/* What follows in the same line. */
static void
rest_of_line(struct shell *s, char *out, size_t cap)
{
    struct pollfd p = {s->tty, POLLIN, 0};
    size_t n;

    while (memchr(s->said, '\r', s->n) == NULL) {
        ssize_t got = poll(&p, 1, WAIT_MS) == 1 ? read(s->tty, s->said + s->n, sizeof s->said - 1 - s->n) : -1;

        assert_true(got > 0);
        s->n += (size_t)got;
    }
    n = (size_t)((char *)memchr(s->said, '\r', s->n) - s->said);
    assert_true(n < cap);
    memcpy(out, s->said, n);
    out[n] = '\0';
}

/* Lets time pass until text is said. Once is not enough: what was typed just now counts when the watch sees it. */
static void
expect_in_time(struct shell *s, int64_t ms, const char *text)
{
    struct pollfd p = {s->tty, POLLIN, 0};

    do
        pass(ms);
    while (memmem(s->said, s->n, text, strlen(text)) == NULL && poll(&p, 1, 50) == 0);
    expect(s, text);
}

static void
type(struct shell *s, const char *text)
{
    assert_int_equal(write(s->tty, text, strlen(text)), strlen(text));
    assert_int_equal(write(s->tty, "\n", 1), 1);
}

/* At a passphrase: echo must be off before it is typed. */
static void
type_passphrase(struct shell *s, const char *text)
{
    struct termios t;

    expect(s, "Passphrase: ");
    assert_int_equal(tcgetattr(s->tty, &t), 0);
    assert_int_equal(t.c_lflag & ECHO, 0);
    type(s, text);
}

static void
unlocked(struct shell *s)
{
    char prompt[48];

    snprintf(prompt, sizeof prompt, "%s> ", s->title);
    expect(s, prompt);
}

static int
unlink_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

/* The terminal hangs up when the shell and all that it started are gone. */
static void
finish(struct shell *s, int status)
{
    struct pollfd p = {s->tty, POLLIN, 0};
    int got;

    while (poll(&p, 1, WAIT_MS) == 1 && read(s->tty, s->said, sizeof s->said) > 0)
        ;
    if (p.revents == 0) {
        (void)kill(s->pid, SIGKILL);
        fail_msg("the shell does not end");
    }
    assert_int_equal(waitpid(s->pid, &got, 0), s->pid);
    assert_true(WIFEXITED(got));
    assert_int_equal(WEXITSTATUS(got), status);
    (void)close(s->tty);
    vls_secret_free(s->master);
    (void)nftw(s->home, unlink_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- what is in memory ---- */

static size_t
children(pid_t pid, pid_t out[16])
{
    char path[64], text[512];
    ssize_t n;
    size_t count = 0;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    if ((fd = open(path, O_RDONLY)) < 0)
        return 0;
    n = read(fd, text, sizeof text - 1);
    (void)close(fd);
    text[n > 0 ? n : 0] = '\0';
    for (char *at = text, *end; count < 16 && (out[count] = (pid_t)strtol(at, &end, 10), end != at); at = end)
        count++;
    return count;
}

struct needles {
    unsigned key, title, person, words;
    size_t bytes; /* looked at */
};

static unsigned
occurrences(const uint8_t *p, size_t n, const void *needle, size_t len)
{
    unsigned count = 0;

    for (const uint8_t *at = p; (at = memmem(at, n - (size_t)(at - p), needle, len)) != NULL; at++)
        count++;
    return count;
}

/* Adds what is found in one process. False: we may not look. */
static bool
scan(pid_t pid, const struct shell *s, struct needles *found)
{
    enum { CHUNK = 1 << 20, OVERLAP = 64 };
    uint8_t *chunk = malloc(CHUNK + OVERLAP);
    char path[64], line[512];
    FILE *maps;
    int mem;

    assert_non_null(chunk);
    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    mem = open(path, O_RDONLY | O_CLOEXEC);
    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    maps = fopen(path, "re");
    while (mem >= 0 && maps != NULL && fgets(line, sizeof line, maps) != NULL) {
        unsigned long long from, to, at;
        char rights[8];

        if (sscanf(line, "%llx-%llx %7s", &from, &to, rights) != 3 || to - from > 1ull << 32) /* a sanitizer's shadow */
            continue;
        for (at = from; at < to; at += CHUNK) { /* regions without rights too: guarded keys may be hidden */
            size_t want = (size_t)(to - at < CHUNK + OVERLAP ? to - at : CHUNK + OVERLAP);
            ssize_t got = pread(mem, chunk, want, (off_t)at);

            if (got <= 0)
                break;
            found->bytes += (size_t)got;
            found->key += occurrences(chunk, (size_t)got, s->master->bytes, s->master->len);
            found->title += occurrences(chunk, (size_t)got, s->title, 32);
            found->person += occurrences(chunk, (size_t)got, s->person, 32);
            found->words += occurrences(chunk, (size_t)got, s->words, 32);
        }
    }
    if (maps != NULL)
        (void)fclose(maps);
    free(chunk);
    return mem >= 0 && close(mem) == 0 && found->bytes > 0;
}

/* In all processes of the shell. */
static bool
scan_all(const struct shell *s, struct needles *found)
{
    pid_t pid[16];
    size_t n = children(s->pid, pid);
    bool ok;

    memset(found, 0, sizeof *found);
    ok = scan(s->pid, s, found);
    for (size_t i = 0; i < n; i++)
        ok = scan(pid[i], s, found) && ok;
    return ok && n == 1;
}

static void
nothing_is_left(const struct shell *s, pid_t before)
{
    struct needles f;

    assert_int_equal(kill(before, 0), -1); /* that process is gone, and its memory with it */
    assert_int_equal(errno, ESRCH);
    assert_true(scan_all(s, &f));
    assert_true(f.bytes > 100000);
    if (f.key + f.title + f.person + f.words != 0)
        fail_msg("left in memory: key %u, title %u, person %u, passphrase %u", f.key, f.title, f.person, f.words);
}

/* A shell that was unlocked and has worked; its session's process. */
static pid_t
at_work(struct shell *s, const char *idle, const struct watch_clock *clock)
{
    char line[96];
    pid_t pid[16];

    start(s, idle, clock);
    type_passphrase(s, s->words);
    unlocked(s);
    snprintf(line, sizeof line, "person add %s", s->person);
    type(s, line);
    expect(s, "recorded");
    unlocked(s);
    assert_int_equal(children(s->pid, pid), 1);
    return pid[0];
}

static int
setup(void **state)
{
    (void)state;
    turned = mmap(NULL, sizeof *turned, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(turned != MAP_FAILED);
    pass(1000 * MINUTE);
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

/* ---- the cases ---- */

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
    type(&s, "a wrong passphrase");
    expect(&s, "wrong passphrase");
    expect(&s, "locked> ");
    nothing_is_left(&s, session);
    type(&s, "person list");
    type_passphrase(&s, s.words);
    expect(&s, s.person);
    unlocked(&s);
    type(&s, "exit");
    finish(&s, 0);
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
    type(&s, "person list");
    type_passphrase(&s, s.words);
    expect(&s, s.person);
    unlocked(&s);
    type(&s, "exit");
    finish(&s, 0);
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
        cmocka_unit_test(after_five_idle_minutes_nothing_is_left_in_memory),
        cmocka_unit_test(typing_and_time_that_passes_while_it_works_count),
        cmocka_unit_test(a_question_that_nobody_answers_locks_too),
        cmocka_unit_test(a_laptop_that_slept_is_locked),
        cmocka_unit_test(what_is_stopped_at_its_prompt_is_locked),
        cmocka_unit_test(a_line_typed_at_the_moment_of_waking_is_not_done),
        cmocka_unit_test(lock_locks_and_end_of_input_leaves),
        cmocka_unit_test(an_interrupt_ends_the_line_and_not_the_shell),
        cmocka_unit_test(what_a_session_started_ends_with_it),
        cmocka_unit_test(a_session_that_dies_leaves_a_locked_shell),
        cmocka_unit_test(a_session_does_not_outlive_its_shell),
    };

    return cmocka_run_group_tests_name("shell", tests, setup, NULL);
}
