#ifndef TESTS_CLI_SHELL_H
#define TESTS_CLI_SHELL_H

/* A shell on a pseudo terminal under clocks that the test turns, and what is in the memory of its processes. */

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

static inline int64_t
turned_monotonic(void *ctx)
{
    (void)ctx;
    return atomic_load(&turned->monotonic);
}

static inline int64_t
turned_boottime(void *ctx)
{
    (void)ctx;
    return atomic_load(&turned->boottime);
}

static inline void
pass(int64_t ms)
{
    atomic_fetch_add(&turned->boottime, ms); /* in this order: the other would look like time running backwards */
    atomic_fetch_add(&turned->monotonic, ms);
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

static inline void
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
static inline void
word_make(char out[40])
{
    uint8_t r[30];

    vls_random(r, sizeof r);
    memcpy(out, "Qz", 2);
    for (size_t i = 0; i < sizeof r; i++)
        out[2 + i] = (char)('a' + r[i] % 26);
    out[32] = '\0';
}

static inline void
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

static inline void
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
static inline bool
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

static inline void
expect(struct shell *s, const char *text)
{
    if (!hears(s, text)) {
        (void)kill(s->pid, SIGKILL);
        fail_msg("“%s” was not said, but “%s”", text, s->said);
    }
}

/* What follows in the same line. */
static inline void
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
static inline void
expect_in_time(struct shell *s, int64_t ms, const char *text)
{
    struct pollfd p = {s->tty, POLLIN, 0};

    do
        pass(ms);
    while (memmem(s->said, s->n, text, strlen(text)) == NULL && poll(&p, 1, 50) == 0);
    expect(s, text);
}

static inline void
type(struct shell *s, const char *text)
{
    assert_int_equal(write(s->tty, text, strlen(text)), strlen(text));
    assert_int_equal(write(s->tty, "\n", 1), 1);
}

/* At a passphrase: echo must be off before it is typed. */
static inline void
type_passphrase(struct shell *s, const char *text)
{
    struct termios t;

    expect(s, "Passphrase: ");
    assert_int_equal(tcgetattr(s->tty, &t), 0);
    assert_int_equal(t.c_lflag & ECHO, 0);
    type(s, text);
}

static inline void
unlocked(struct shell *s)
{
    char prompt[48];

    snprintf(prompt, sizeof prompt, "%s> ", s->title);
    expect(s, prompt);
}

static inline int
unlink_one(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

/* The terminal hangs up when the shell and all that it started are gone. */
static inline void
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

static inline size_t
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

static inline unsigned
occurrences(const uint8_t *p, size_t n, const void *needle, size_t len)
{
    unsigned count = 0;

    for (const uint8_t *at = p; (at = memmem(at, n - (size_t)(at - p), needle, len)) != NULL; at++)
        count++;
    return count;
}

/* Adds what is found in one process. False: we may not look. */
static inline bool
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
static inline bool
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

static inline void
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
static inline pid_t
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

static inline int
setup(void **state)
{
    (void)state;
    turned = mmap(NULL, sizeof *turned, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(turned != MAP_FAILED);
    pass(1000 * MINUTE);
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

#endif
