#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

/*
 * Measuring: each operation runs in a process of its own, so that its peak memory is its own and no
 * operation finds another one's caches in our memory. One JSON line per operation on standard output.
 */
#include <ftw.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "valise/error.h"

#define BENCH_SAMPLES 4096

/* What an operation reports, in memory shared with its process. */
struct bench_run {
    double ms[BENCH_SAMPLES];
    size_t n;
    uint64_t value[8], spent[11];
    long peak_kib;
    double cpu_ms; /* of the whole process and its courier */
};

typedef void bench_fn(void *ctx, struct bench_run *out);

extern char **environ;

static inline void
bench_must(enum vls_code rc, const struct vls_error *err, const char *what)
{
    if (rc == VLS_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, err->text);
    exit(1);
}

static inline void
bench_check(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    exit(1);
}

static inline double
bench_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static inline void
bench_add(struct bench_run *r, double ms)
{
    if (r->n < BENCH_SAMPLES)
        r->ms[r->n++] = ms;
}

static inline void *
bench_shared(size_t n)
{
    void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    bench_check(p != MAP_FAILED, "shared memory");
    return p;
}

/* The exit of a process, and the most memory that it or one of its own children had. */
static inline long
bench_wait(pid_t pid, const char *what, double *cpu_ms)
{
    struct rusage use;
    int status;

    bench_check(wait4(pid, &status, 0, &use) == pid, what);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "%s: ended with status %d\n", what, status);
        exit(1);
    }
    if (cpu_ms != NULL)
        *cpu_ms = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1e3 +
                  (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e3;
    return use.ru_maxrss;
}

/* Runs fn in a process of its own. The answer is valid until the next call. */
static inline struct bench_run *
bench_child(bench_fn *fn, void *ctx)
{
    static struct bench_run *run;
    pid_t pid;

    if (run == NULL)
        run = bench_shared(sizeof *run);
    memset(run, 0, sizeof *run);
    (void)fflush(stdout);
    bench_check((pid = fork()) >= 0, "fork");
    if (pid == 0) {
        fn(ctx, run);
        (void)fflush(stdout);
        _exit(0);
    }
    run->peak_kib = bench_wait(pid, "a measured process", &run->cpu_ms);
    return run;
}

/* Runs a program without output, with one more variable in its environment; the milliseconds it took. */
static inline double
bench_command(const char *variable, const char *const *argv, long *peak_kib)
{
    posix_spawn_file_actions_t files;
    char *env[256];
    size_t n = 0;
    double from;
    long peak;
    pid_t pid;

    if (variable != NULL)
        env[n++] = (char *)(uintptr_t)variable;
    for (char **e = environ; *e != NULL && n < 255; e++)
        env[n++] = *e;
    env[n] = NULL;
    (void)posix_spawn_file_actions_init(&files);
    (void)posix_spawn_file_actions_addopen(&files, 0, "/dev/null", 0, 0);
    (void)posix_spawn_file_actions_addopen(&files, 1, "/dev/null", 1, 0);
    from = bench_now();
    bench_check(posix_spawnp(&pid, argv[0], &files, NULL, (char *const *)(uintptr_t)argv, env) == 0, argv[0]);
    (void)posix_spawn_file_actions_destroy(&files);
    peak = bench_wait(pid, argv[0], NULL);
    if (peak_kib != NULL && *peak_kib < peak)
        *peak_kib = peak;
    return bench_now() - from;
}

/* ---- files ---- */

static uint64_t bench__bytes, bench__files;

static inline int
bench__count(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)path;
    (void)where;
    if (kind == FTW_F) {
        bench__bytes += (uint64_t)st->st_size;
        bench__files++;
    }
    return 0;
}

/* Bytes of all files below a folder, and how many they are. */
static inline uint64_t
bench_size(const char *folder, uint64_t *n_files)
{
    bench__bytes = bench__files = 0;
    (void)nftw(folder, bench__count, 16, FTW_PHYS);
    if (n_files != NULL)
        *n_files = bench__files;
    return bench__bytes;
}

static inline int
bench__unlink(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    return remove(path);
}

static inline void
bench_remove(const char *folder)
{
    (void)nftw(folder, bench__unlink, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void
bench_copy(const char *from, const char *to)
{
    const char *const argv[] = {"cp", "-r", from, to, NULL};

    (void)bench_command(NULL, argv, NULL);
}

/* ---- reporting ---- */

struct bench_line {
    const char *bench;
    size_t n;
    double against_ms;   /* the same work by somebody else in the same run, 0: nobody */
    double against_cpu_ms; /* 0: not known */
    const char *against; /* who */
    uint64_t bytes;      /* that travelled; 0: not meaningful */
    uint64_t store_bytes;/* of one laptop's store afterwards; 0: not meaningful */
    double n_values;     /* for values per second, 0: not meaningful */
    const char *goal, *note;
};

static inline int
bench__by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static inline double
bench_median(struct bench_run *r)
{
    qsort(r->ms, r->n, sizeof r->ms[0], bench__by_value);
    return r->n > 0 ? r->ms[r->n / 2] : 0;
}

/* What a line is compared with: fn, which takes one sample, in three processes; the medians. */
static inline void
bench_against(struct bench_line *l, const char *who, bench_fn *fn, void *ctx)
{
    double ms[3], cpu_ms[3];

    for (int i = 0; i < 3; i++) {
        struct bench_run *r = bench_child(fn, ctx);

        ms[i] = bench_median(r);
        cpu_ms[i] = r->cpu_ms;
    }
    qsort(ms, 3, sizeof ms[0], bench__by_value);
    qsort(cpu_ms, 3, sizeof cpu_ms[0], bench__by_value);
    l->against = who;
    l->against_ms = ms[1];
    l->against_cpu_ms = cpu_ms[1];
}

/* spread: from the first to the last decile, all of it for fewer than ten samples. */
static inline double
bench_report(const struct bench_line *l, struct bench_run *r)
{
    double m = bench_median(r);
    size_t cut = r->n / 10;

    printf("{\"bench\":\"%s\",\"n\":%zu", l->bench, l->n);
    if (r->n > 0)
        printf(",\"runs\":%zu,\"median_ms\":%.3f,\"spread_ms\":%.3f,\"min_ms\":%.3f", r->n, m,
               r->ms[r->n - 1 - cut] - r->ms[cut], r->ms[0]);
    if (r->n > 0 && r->cpu_ms > 0)
        printf(",\"cpu_ms\":%.3f", r->cpu_ms / (double)r->n);
    if (l->against_ms > 0)
        printf(",\"ratio\":%.2f", m / l->against_ms);
    if (l->against_cpu_ms > 0 && r->n == 1)
        printf(",\"cpu_ratio\":%.2f", r->cpu_ms / l->against_cpu_ms);
    if (l->against != NULL)
        printf(",\"against\":\"%s\"", l->against);
    if (l->n_values > 0)
        printf(",\"values_per_s\":%.0f", l->n_values / m * 1e3);
    if (l->bytes > 0)
        printf(",\"bytes\":%llu", (unsigned long long)l->bytes);
    if (l->store_bytes > 0)
        printf(",\"store_bytes\":%llu", (unsigned long long)l->store_bytes);
    if (r->peak_kib > 0)
        printf(",\"peak_kib\":%ld", r->peak_kib);
    if (l->goal != NULL)
        printf(",\"goal\":\"%s\"", l->goal);
    if (l->note != NULL)
        printf(",\"note\":\"%s\"", l->note);
    printf("}\n");
    (void)fflush(stdout);
    return m;
}

static inline void
bench_say(const char *what)
{
    static double from;

    if (from <= 0)
        from = bench_now();
    fprintf(stderr, "%6.1f s  %s\n", (bench_now() - from) / 1e3, what);
}

static inline size_t
bench_setting(const char *name, size_t preset)
{
    const char *text = getenv(name);
    unsigned long v = text != NULL ? strtoul(text, NULL, 10) : preset;

    return v < 1 ? 1 : v > 1000000 ? 1000000 : v;
}

/* git finds an author, and no configuration of the user's or the machine's. */
static inline void
bench_git_settle(void)
{
    (void)setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    (void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    (void)setenv("GIT_AUTHOR_NAME", "a", 1);
    (void)setenv("GIT_AUTHOR_EMAIL", "a@invalid", 1);
    (void)setenv("GIT_COMMITTER_NAME", "a", 1);
    (void)setenv("GIT_COMMITTER_EMAIL", "a@invalid", 1);
}

static inline bool
bench_quick(void)
{
    const char *text = getenv("BENCH_QUICK");

    return text != NULL && strcmp(text, "1") == 0;
}

#endif
