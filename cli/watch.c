/*
 * The watch over a shell's session: a child process that holds key and text, and a parent that looks once
 * a second whether the laptop slept (the clock that stands still in sleep fell behind the one that goes
 * on) or nobody typed for too long, and then ends the child and whatever it started. The two share a page
 * with numbers, nothing else.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "watch.h"

#define TICK_MS   1000
#define SLEEP_MS  2000 /* the two clocks are read one after the other; a suspend takes longer */
#define GRACE_MS  3000 /* to wipe an editor's text and set the terminal right, after SIGTERM */
#define ORPHAN_MS 300
#define N_ROUNDS  16 /* of ending what children left behind */

struct watch {
    int64_t idle_ms;
    _Atomic int64_t waiting_since; /* monotonic; -1: busy */
    _Atomic int64_t slept;         /* boottime less monotonic when the session began */
    _Atomic bool unlocked;
    _Atomic int end; /* enum watch_end */
    int status;
    uint64_t lines;
};

static struct watch *watching; /* by the session's process */

/* ---- clocks ---- */

static int64_t
clock_ms(clockid_t which)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t
system_monotonic(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_MONOTONIC);
}

static int64_t
system_boottime(void *ctx)
{
    (void)ctx;
    return clock_ms(CLOCK_BOOTTIME);
}

static const struct watch_clock system_clock = {system_monotonic, system_boottime, TICK_MS, NULL};
const struct watch_clock *watch_clock = &system_clock;

static int64_t
now_ms(void)
{
    return watch_clock->monotonic_ms(watch_clock->ctx);
}

static int64_t
slept_ms(void)
{
    return watch_clock->boottime_ms(watch_clock->ctx) - now_ms();
}

/* ---- the shared page ---- */

struct watch *
watch_new(int64_t idle_ms)
{
    struct watch *w = mmap(NULL, sizeof *w, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (w == MAP_FAILED)
        return NULL;
    w->idle_ms = idle_ms;
    return w;
}

void
watch_free(struct watch *w)
{
    if (w != NULL)
        (void)munmap(w, sizeof *w);
}

int *
watch_status(struct watch *w)
{
    return &w->status;
}

uint64_t *
watch_lines(struct watch *w)
{
    return &w->lines;
}

bool
watch_had_key(const struct watch *w)
{
    return atomic_load(&w->unlocked);
}

/* ---- inside ---- */

void
watch_person(bool waits)
{
    if (watching != NULL)
        atomic_store(&watching->waiting_since, waits ? now_ms() : -1);
}

void
watch_unlocked(void)
{
    if (watching != NULL)
        atomic_store(&watching->unlocked, true);
}

/* last: when a key was pressed, as far as the terminal tells. */
static enum watch_end
due(struct watch *w, int64_t last)
{
    int64_t since = atomic_load(&w->waiting_since);

    if (!atomic_load(&w->unlocked))
        return WATCH_LEFT; /* nothing to lock */
    if (slept_ms() - atomic_load(&w->slept) >= SLEEP_MS)
        return WATCH_SLEPT;
    if (since >= 0 && now_ms() - (last > since ? last : since) >= w->idle_ms)
        return WATCH_IDLE;
    return WATCH_LEFT;
}

enum watch_end
watch_due(void)
{
    return watching != NULL ? due(watching, INT64_MIN) : WATCH_LEFT;
}

/* ---- outside ---- */

/* True when the descriptor's other end is closed within that time, which happens when the session is gone. */
static bool
gone_within(int life, int ms)
{
    struct pollfd p = {life, POLLIN, 0};

    return poll(&p, 1, ms) == 1;
}

/* When a terminal was read last, as a number to compare with itself. */
static int64_t
tty_read_at(int tty)
{
    struct stat st;

    return tty >= 0 && fstat(tty, &st) == 0 ? (int64_t)st.st_atim.tv_sec * 1000 + st.st_atim.tv_nsec / 1000000 : 0;
}

static volatile sig_atomic_t stop_asked;

static void
on_stop(int sig)
{
    (void)sig;
    stop_asked = 1;
}

void
watch_stop(void)
{
    struct sigaction stop = {.sa_handler = SIG_DFL}, before;

    (void)sigaction(SIGTSTP, &stop, &before);
    (void)raise(SIGTSTP);
    (void)sigaction(SIGTSTP, &before, NULL);
}

/* What a stop means: at its prompt nobody knows for how long, and a watch that stands still locks nothing; in the
 * middle of something, an editor above all, it goes on later. */
static enum watch_end
stopped(const struct watch *w)
{
    stop_asked = 0;
    if (atomic_load(&w->unlocked) && atomic_load(&w->waiting_since) >= 0)
        return WATCH_STOPPED;
    watch_stop();
    return WATCH_LEFT;
}

/* Waits for the session; ends it when it is due. */
static enum watch_end
watch_over(struct watch *w, pid_t pid, int life, int tty)
{
    int64_t seen = tty_read_at(tty), last = INT64_MIN;
    enum watch_end why;

    while (!gone_within(life, watch_clock->tick_ms)) {
        int64_t read_at = tty_read_at(tty);

        if (read_at != seen) {
            seen = read_at;
            last = now_ms();
        }
        if ((why = stop_asked ? stopped(w) : due(w, last)) == WATCH_LEFT)
            continue;
        (void)kill(pid, SIGTERM);
        (void)kill(pid, SIGCONT);
        if (!gone_within(life, GRACE_MS))
            (void)kill(pid, SIGKILL);
        return why;
    }
    return (enum watch_end)atomic_load(&w->end);
}

/* Pagers, couriers and editors of a session that is gone have become our children: they end too. */
static void
orphans_end(void)
{
    char path[64], pids[4096];
    ssize_t n;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    for (int round = 0; round < N_ROUNDS; round++) {
        if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
            return;
        n = read(fd, pids, sizeof pids - 1);
        (void)close(fd);
        if (n <= 0)
            return;
        pids[n] = '\0';
        for (char *at = pids, *end; *at != '\0'; at = end) {
            long pid = strtol(at, &end, 10);

            if (end == at)
                break;
            (void)kill((pid_t)pid, round == 0 ? SIGTERM : SIGKILL);
        }
        (void)poll(NULL, 0, round == 0 ? ORPHAN_MS : 10);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

/* The terminal's interrupts are the session's; a stop is the watch's business too. */
static const int held[] = {SIGINT, SIGQUIT, SIGTTOU, SIGTSTP};
#define N_HELD (sizeof held / sizeof *held)

static _Noreturn void
session_begin(struct watch *w, watch_body_fn *body, void *ctx, pid_t parent, const struct sigaction before[N_HELD])
{
    for (size_t i = 0; i < N_HELD; i++)
        (void)sigaction(held[i], &before[i], NULL);
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(1);
    interrupt_start();
    watching = w;
    atomic_store(&w->end, body(ctx));
    _exit(0);
}

enum watch_end
watch_run(struct watch *w, watch_body_fn *body, void *ctx, int *signal, struct vls_error *err)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, stop = {.sa_handler = on_stop}, before[N_HELD];
    int ends[2], status = 0, tty = isatty(STDIN_FILENO) ? STDIN_FILENO : -1;
    pid_t pid, parent = getpid();
    enum watch_end end = WATCH_BROKEN;
    struct termios shape;
    bool shaped = tty >= 0 && tcgetattr(tty, &shape) == 0;

    *signal = 0;
    if (pipe2(ends, O_CLOEXEC) != 0) {
        vls_error_set_sys(err, VLS_EIO, errno, "no pipe for a session");
        return end;
    }
    atomic_store(&w->waiting_since, -1);
    atomic_store(&w->slept, slept_ms());
    atomic_store(&w->unlocked, false);
    atomic_store(&w->end, WATCH_DIED);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    stop_asked = 0;
    for (size_t i = 0; i < N_HELD; i++)
        (void)sigaction(held[i], held[i] == SIGTSTP ? &stop : &ignore, &before[i]);
    if ((pid = fork()) == 0) {
        (void)close(ends[0]);
        session_begin(w, body, ctx, parent, before);
    }
    (void)close(ends[1]);
    if (pid > 0) {
        end = watch_over(w, pid, ends[0], tty);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            ;
        if (end == WATCH_DIED)
            *signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
        orphans_end();
    } else {
        vls_error_set_sys(err, VLS_EIO, errno, "no process for a session");
    }
    if (shaped)
        (void)tcsetattr(tty, TCSANOW, &shape);
    (void)close(ends[0]);
    for (size_t i = 0; i < N_HELD; i++)
        (void)sigaction(held[i], &before[i], NULL);
    return end;
}
