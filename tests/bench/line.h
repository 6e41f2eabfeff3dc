#ifndef TESTS_BENCH_LINE_H
#define TESTS_BENCH_LINE_H

/*
 * A host at the other end of a line, on this machine: the benchmark under the name ssh runs the command for the host
 * and counts what passes, for valise, git and libgit2 alike.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "tests/bench/bench.h"

#define LINE_NAME "ssh" /* under this name the benchmark is the line */

/* From now on it is found by whoever looks for ssh; home also takes the counts. */
static inline void
line_start(const char *home)
{
    char self[512], path[1200], link[300];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    bench_check(n > 0 && mkdir(home, 0700) == 0, home);
    self[n] = '\0';
    (void)snprintf(link, sizeof link, "%.280s/" LINE_NAME, home);
    (void)snprintf(path, sizeof path, "%.280s:%.900s", home, getenv("PATH"));
    bench_check(symlink(self, link) == 0 && setenv("PATH", path, 1) == 0 && setenv("TMPDIR", home, 1) == 0, link);
}

/* git calls it by its whole path. */
static inline bool
line_is(const char *argv0)
{
    const char *slash = strrchr(argv0, '/');

    return strcmp(slash != NULL ? slash + 1 : argv0, LINE_NAME) == 0;
}

/* What one line carried; appended to $HOME/counted when it ends. */
struct line_count {
    uint64_t dials, up, down, objects; /* objects: in the packs, either way */
};

/* Finds the head of a pack in a stream. */
struct pack_watch {
    uint8_t last[12];
};

static inline uint64_t
watch(struct pack_watch *w, const uint8_t *p, size_t n)
{
    uint64_t objects = 0;

    for (size_t i = 0; i < n; i++) {
        memmove(w->last, w->last + 1, sizeof w->last - 1);
        w->last[sizeof w->last - 1] = p[i];
        if (memcmp(w->last, "PACK\0\0\0\2", 8) == 0)
            objects +=
                (uint64_t)w->last[8] << 24 | (uint64_t)w->last[9] << 16 | (uint64_t)w->last[10] << 8 | w->last[11];
    }
    return objects;
}

/* Hands on what came; 0 at its end. */
static inline size_t
line__pump(int from, int to, struct pack_watch *w, uint64_t *objects)
{
    static uint8_t buf[65536];
    ssize_t n = read(from, buf, sizeof buf);

    for (ssize_t at = 0; at < n;) {
        ssize_t put = write(to, buf + at, (size_t)(n - at));

        if (put <= 0)
            return 0;
        at += put;
    }
    *objects += n > 0 ? watch(w, buf, (size_t)n) : 0;
    return n > 0 ? (size_t)n : 0;
}

/* Starts the command for the host, as nobody's child, so that what the host spends is not counted as ours. */
static inline void
line__host(const char *command, int in, int out)
{
    pid_t pid = fork();

    bench_check(pid >= 0, "fork");
    if (pid > 0) {
        (void)waitpid(pid, NULL, 0);
        return;
    }
    if (fork() != 0)
        _exit(0);
    (void)dup2(in, 0);
    (void)dup2(out, 1);
    (void)execlp("sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

/* As ssh: the last word is the command for the host. */
static inline int
line_main(const char *command)
{
    struct line_count c = {.dials = 1};
    struct pack_watch watched[2] = {{{0}}, {{0}}};
    struct pollfd p[2] = {{.fd = 0, .events = POLLIN}, {.events = POLLIN}};
    int in[2], out[2], fd;
    char path[400];

    (void)signal(SIGTERM, SIG_IGN); /* whoever hangs up waits for the count */
    (void)signal(SIGPIPE, SIG_IGN);
    bench_check(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "line");
    line__host(command, in[0], out[1]);
    (void)close(in[0]);
    (void)close(out[1]);
    p[1].fd = out[0];
    while (p[1].fd >= 0 && poll(p, 2, -1) >= 0) {
        size_t n;

        if (p[0].revents != 0) {
            c.up += n = line__pump(0, in[1], &watched[0], &c.objects);
            if (n == 0) {
                (void)close(in[1]);
                p[0].fd = -1;
            }
        }
        if (p[1].revents != 0) {
            c.down += n = line__pump(out[0], 1, &watched[1], &c.objects);
            p[1].fd = n == 0 ? -1 : out[0];
        }
    }
    (void)snprintf(path, sizeof path, "%.380s/counted", getenv("HOME"));
    if ((fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600)) < 0 || write(fd, &c, sizeof c) < 0)
        return 1;
    return 0;
}

#endif
