#ifndef TESTS_BENCH_VERSUS_H
#define TESTS_BENCH_VERSUS_H

/*
 * The same work by plain SQLite and by the sealed store, in turns, each run in a process of its own with that side's
 * own settings; one line for each work, with the medians of both and of the ratios pair by pair.
 */
#include "sync/store/db.h"
#include "tests/bench/bench.h"

#define ROUNDS_MAX 99

/* FULL loses nothing that was committed, as the sealed store; NORMAL may lose the last commits with the power. */
enum side { FULL, NORMAL, SEALED, SIDES };

/* What a run reports to the process that started it. */
struct figures {
    double wall_ms, cpu_ms; /* of what the work says is measured; of all of it otherwise */
    uint64_t live_bytes;    /* pages in use, 0 when the work does not say */
    long peak_kib;
};

struct work {
    const char *name;
    size_t n;
    void (*run)(enum side side, struct figures *f);
    const char *goal; /* of the ratio named in it; NULL: none */
    bool fresh;       /* begins without a file */
    bool writes;      /* NORMAL is asked too, and sizes are told */
    int rounds;       /* 0: as usual */
};

struct versus {
    char folder[200], tag[32]; /* the files are those of a tag */
    struct vls_secret *key;
    int rounds,
        round; /* SQLite does not write a value that is there already: works that change rows ask which round it is */
};

static struct versus versus;

static void
versus_path(char out[300], enum side side, const char *tail)
{
    static const char *const name[] = {[FULL] = "full", [NORMAL] = "normal", [SEALED] = "sealed"};

    (void)snprintf(out, 300, "%s/%s-%s%s", versus.folder, name[side], versus.tag, tail);
}

static uint64_t
versus_bytes(enum side side)
{
    struct stat st;
    char path[300];

    versus_path(path, side, "");
    return stat(path, &st) == 0 ? (uint64_t)st.st_size : 0;
}

static void
versus_remove(enum side side)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".new"};
    char path[300];

    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        versus_path(path, side, tails[i]);
        (void)unlink(path);
    }
}

static double
versus_cpu(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* What lies between these two is measured. */
static void
versus_start(struct figures *f)
{
    f->wall_ms = bench_now();
    f->cpu_ms = versus_cpu();
}

static void
versus_stop(struct figures *f)
{
    f->cpu_ms = versus_cpu() - f->cpu_ms;
    f->wall_ms = bench_now() - f->wall_ms;
}

/* One run of one side. */
static struct figures
versus_once(const struct work *w, enum side side)
{
    static struct figures *shared;
    struct figures f;
    pid_t pid;

    if (shared == NULL)
        shared = bench_shared(sizeof *shared);
    memset(shared, 0, sizeof *shared);
    if (w->fresh)
        versus_remove(side);
    (void)fflush(stdout);
    bench_check((pid = fork()) >= 0, "fork");
    if (pid == 0) {
        w->run(side, shared);
        _exit(0);
    }
    f.peak_kib = bench_wait(pid, w->name, NULL);
    f.wall_ms = shared->wall_ms;
    f.cpu_ms = shared->cpu_ms;
    f.live_bytes = shared->live_bytes;
    return f;
}

struct spread {
    double median, spread;
};

static struct spread
versus_median(const double *v, int n)
{
    double sorted[ROUNDS_MAX];
    int cut = n / 10;

    memcpy(sorted, v, (size_t)n * sizeof *v);
    qsort(sorted, (size_t)n, sizeof *sorted, bench__by_value);
    return (struct spread){sorted[n / 2], sorted[n - 1 - cut] - sorted[cut]};
}

struct column {
    double wall[ROUNDS_MAX], cpu[ROUNDS_MAX], wall_ratio[ROUNDS_MAX], cpu_ratio[ROUNDS_MAX], beyond[ROUNDS_MAX];
    long peak_kib;
    uint64_t bytes, live_bytes;
};

static void
versus_print(const struct work *w, const struct column *c, int n)
{
    struct spread wall = versus_median(c[SEALED].wall, n), cpu = versus_median(c[SEALED].cpu, n);
    struct spread wall_ratio = versus_median(c[FULL].wall_ratio, n), cpu_ratio = versus_median(c[FULL].cpu_ratio, n);

    printf("{\"bench\":\"store\",\"work\":\"%s\",\"n\":%zu,\"runs\":%d,\"median_ms\":%.3f,\"spread_ms\":%.3f,"
           "\"cpu_ms\":%.3f,\"cpu_spread_ms\":%.3f",
           w->name, w->n, n, wall.median, wall.spread, cpu.median, cpu.spread);
    printf(",\"against\":\"SQLite, WAL, synchronous=FULL\",\"against_ms\":%.3f,\"against_cpu_ms\":%.3f",
           versus_median(c[FULL].wall, n).median, versus_median(c[FULL].cpu, n).median);
    printf(",\"ratio\":%.2f,\"ratio_spread\":%.2f,\"cpu_ratio\":%.2f,\"cpu_ratio_spread\":%.2f,"
           "\"cpu_beyond_ms\":%.3f",
           wall_ratio.median, wall_ratio.spread, cpu_ratio.median, cpu_ratio.spread,
           versus_median(c[FULL].beyond, n).median);
    if (w->writes)
        printf(",\"normal_ratio\":%.2f,\"normal_cpu_ratio\":%.2f", versus_median(c[NORMAL].wall_ratio, n).median,
               versus_median(c[NORMAL].cpu_ratio, n).median);
    printf(",\"peak_kib\":%ld,\"against_peak_kib\":%ld", c[SEALED].peak_kib, c[FULL].peak_kib);
    if (w->writes)
        printf(",\"bytes\":%llu,\"against_bytes\":%llu,\"live_bytes\":%llu,\"size_ratio\":%.2f,"
               "\"size_goal\":\"bytes <= 1.25 against_bytes + 1 MiB\"",
               (unsigned long long)c[SEALED].bytes, (unsigned long long)c[FULL].bytes,
               (unsigned long long)c[SEALED].live_bytes, (double)c[SEALED].bytes / (double)c[FULL].bytes);
    if (w->goal != NULL)
        printf(",\"goal\":\"%s\"", w->goal);
    printf("}\n");
    (void)fflush(stdout);
}

/* All rounds of a work, sides in turns, so that a slow moment meets each of them. */
static void
versus_measure(const struct work *w)
{
    static struct column c[SIDES];
    int n = w->rounds > 0 ? w->rounds : versus.rounds;

    memset(c, 0, sizeof c);
    bench_say(w->name);
    for (int r = 0; r < n; r++) {
        versus.round = r + 1;
        for (int k = 0; k < SIDES; k++) {
            enum side side = (enum side)((k + r) % SIDES);
            struct figures f;

            if (side == NORMAL && !w->writes)
                continue;
            f = versus_once(w, side);
            c[side].wall[r] = f.wall_ms;
            c[side].cpu[r] = f.cpu_ms;
            c[side].peak_kib = f.peak_kib > c[side].peak_kib ? f.peak_kib : c[side].peak_kib;
            c[side].bytes = versus_bytes(side);
            c[side].live_bytes = f.live_bytes;
        }
        for (int side = FULL; side < SEALED; side++) {
            c[side].wall_ratio[r] = c[SEALED].wall[r] / c[side].wall[r];
            c[side].cpu_ratio[r] = c[SEALED].cpu[r] / c[side].cpu[r];
            c[side].beyond[r] = c[SEALED].cpu[r] - c[side].cpu[r];
        }
    }
    versus_print(w, c, n);
}

#endif
