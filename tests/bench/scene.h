#ifndef TESTS_BENCH_SCENE_H
#define TESTS_BENCH_SCENE_H

/*
 * Two laptops that share records by a hub in a folder, and the steps that several benchmarks of exchange have
 * in common: an import, one whole sync, the same cells in plain SQLite, both laptops ending alike.
 */
#include "sync/engine/engine_int.h"

#include "tests/bench/plain.h"

struct scene {
    struct laptops l;
    size_t n;       /* shared records */
    size_t n_edits; /* change sets of the merge of many */
    size_t n_devices;
    size_t rounds, many; /* syncs before a small change is measured */
    unsigned version;
    char plain[2][200], work[200];
};

static inline void
report(const char *bench, size_t n, struct bench_run *r, double against_ms, const char *against, const char *goal)
{
    struct bench_line line = {.bench = bench, .n = n, .against_ms = against_ms, .against = against, .goal = goal};

    (void)bench_report(&line, r);
}

/* What a measured whole is made of, for whoever asks with VLS_BENCH_PARTS=1. */
static inline void
parts(const char *first, double a, double b, double c)
{
    if (getenv("VLS_BENCH_PARTS") != NULL)
        fprintf(stderr, "%s %.1f, then %.1f and %.1f\n", first, a, b, c);
}

/* ---- steps, each a process ---- */

static inline void
record_import(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    records_create(&s->l, e, s->n, 1000, out);
    vls_engine_close(e);
}

/* Opening, one sync and closing, as the program does. value: sent, received, waiting, refused. */
static inline void
sync_once(struct scene *s, int who, struct bench_run *out)
{
    struct vls_sync_result result;
    double from = bench_now();
    struct vls_engine *e = laptop_open(&s->l, who);

    laptop_sync(e, &result);
    vls_engine_close(e);
    bench_add(out, bench_now() - from);
    out->value[0] = result.sent;
    out->value[1] = result.received;
    out->value[2] = result.waiting + result.refused + result.foreign;
}

static inline void
sync_ny(void *ctx, struct bench_run *out)
{
    sync_once(ctx, NY, out);
}

static inline void
sync_hague(void *ctx, struct bench_run *out)
{
    sync_once(ctx, HAGUE, out);
}

static inline void
first_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    sqlite3 *db;
    double from;

    (void)unlink(s->plain[0]);
    from = bench_now();
    db = plain_open(s->plain[0]);
    plain_insert(db, 0, s->n);
    (void)sqlite3_close(db);
    bench_add(out, bench_now() - from);
}

static inline void
states(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    char text[N_LAPTOPS][VLS_STATE_TEXT];
    struct vls_error err;

    for (int i = 0; i < N_LAPTOPS; i++) {
        struct vls_engine *e = laptop_open(&s->l, i);

        bench_must(vls_store_state(vls_engine_store(e), NULL, text[i], &err), &err, "state");
        if (i == 0)
            bench_must(vls_store_conflict_count(vls_engine_store(e), &out->value[0], &out->value[1], &err), &err,
                       "conflicts");
        vls_engine_close(e);
    }
    bench_check(strcmp(text[0], text[1]) == 0, "the two laptops differ");
}

static inline void
equal(struct scene *s)
{
    (void)bench_child(states, s);
}

/* Both are members of a new valise; nothing is recorded. */
static inline void
scene_start(struct scene *s)
{
    laptops_start(&s->l, 1000000); /* as many as a setting may name; memory is taken as it is used */
    for (int i = 0; i < 2; i++)
        (void)snprintf(s->plain[i], sizeof s->plain[i], "%s/plain%d", s->l.dir, i);
    (void)snprintf(s->work, sizeof s->work, "%s/git", s->l.dir);
    bench_say("founding");
    laptops_found(&s->l);
    laptops_keep(&s->l, "empty");
}

/* From there: n records of which both have everything. */
static inline void
scene_share(struct scene *s, size_t n)
{
    laptops_back_to(&s->l, "empty");
    s->n = n;
    (void)bench_child(record_import, s);
    (void)bench_child(sync_ny, s);
    (void)bench_child(sync_hague, s);
    (void)bench_child(first_plain, s);
    laptops_keep(&s->l, "shared");
}

#endif
