#ifndef TESTS_BENCH_EXCHANGE_H
#define TESTS_BENCH_EXCHANGE_H

/* One exchange by each side: ours, command line git and libgit2, which move the same blobs. Each step is a process. */
#include "tests/bench/line.h"
#include "tests/bench/peers.h"
#include "tests/bench/scene.h"

#define BLOB   4096 /* what one change comes to at most, sealed and padded */
#define BELOW  1024 /* and one of those below */
#define MUCH   2000 /* changes sent at once, at most: 8.6 MB with their trees and commits */
#define ROUNDS 15   /* at most */

enum side { OURS, GIT, LIBGIT2, SIDES };
enum what { FETCH = 1, PUSH = 2 };

/* One exchange by one side. */
struct cost {
    double ms, cpu_ms;
    long peak_kib;
    struct line_count line;
    uint64_t blobs;
};

struct exchange {
    char dir[160], home[200], courier[512];
    char hub[SIDES][200], at[SIDES][200], url[SIDES][300];
    bool line;        /* not by a folder */
    size_t n, n_new;  /* commits below; what is new */
    size_t below_len; /* bytes of each blob below */
    size_t n_much;
    int what, rounds;
    enum side side;
    uint8_t *blobs;
    const char *const *names; /* of those beside valise, for the report */
    /* where valise stands, and whoever else pushes to each hub */
    struct common_tips {
        char known[VLS_REMOTE_TIP_LEN + 1], other[SIDES][VLS_REMOTE_TIP_LEN + 1];
    } * shared;
};

static inline enum vls_code
blob_count(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    (void)name;
    (void)blob;
    (void)err;
    ++*(uint64_t *)ctx;
    return VLS_OK;
}

static inline struct vls_remote *
remote_open(const struct exchange *x, const char *url, unsigned flags)
{
    struct vls_remote *r;
    struct vls_error err;

    bench_must(vls_remote_open(&r, x->courier, url, flags | VLS_REMOTE_BATCH, &err), &err, "remote");
    return r;
}

/* n new blobs of len random bytes each on tip. */
static inline void
blobs_push(struct exchange *x, struct vls_remote *r, size_t n, size_t len, char tip[VLS_REMOTE_TIP_LEN + 1])
{
    static struct vls_slice blobs[4096];
    struct vls_error err;

    for (size_t at = 0; at < n; at += 4096) {
        size_t some = n - at < 4096 ? n - at : 4096;

        vls_random(x->blobs, some * len);
        for (size_t i = 0; i < some; i++)
            blobs[i] = vls_slice_of(x->blobs + i * len, len);
        bench_must(vls_remote_push(r, blobs, NULL, some, tip, tip, &err), &err, "pushing");
    }
}

static inline void
remote_pull(struct vls_remote *r, char tip[VLS_REMOTE_TIP_LEN + 1], uint64_t *n)
{
    bool rewritten;
    struct vls_error err;

    bench_must(vls_remote_pull(r, tip, blob_count, n, tip, &rewritten, &err), &err, "pulling");
}

/* ---- the steps, each a process ---- */

static inline void
history_make(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    struct vls_remote *r = remote_open(x, x->hub[OURS], VLS_REMOTE_CREATE);
    char *tip = x->shared->known;

    (void)out;
    tip[0] = '\0';
    if (x->n > 0)
        blobs_push(x, r, x->n, x->below_len, tip);
    for (int s = 0; s < SIDES; s++)
        memcpy(x->shared->other[s], tip, VLS_REMOTE_TIP_LEN + 1);
    vls_remote_close(r);
}

/* Another device was faster. */
static inline void
other_pushes(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    struct vls_remote *r = remote_open(x, x->hub[x->side], 0);
    char *tip = x->shared->other[x->side];
    uint64_t n = 0;

    (void)out;
    remote_pull(r, tip, &n);
    blobs_push(x, r, x->n_new, BLOB, tip);
    vls_remote_close(r);
}

static inline void
ours_exchange(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();
    struct vls_remote *r = remote_open(x, x->url[OURS], 0);

    if ((x->what & FETCH) != 0 || x->n > 0)
        remote_pull(r, x->shared->known, &out->value[0]);
    if ((x->what & PUSH) != 0)
        blobs_push(x, r, x->n_new, BLOB, x->shared->known);
    vls_remote_close(r);
    bench_add(out, bench_now() - from);
}

/* All of it, by somebody who has nothing. */
static inline void
ours_first(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();
    struct vls_remote *r = remote_open(x, x->url[OURS], VLS_REMOTE_READONLY);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "";

    remote_pull(r, tip, &out->value[0]);
    vls_remote_close(r);
    bench_add(out, bench_now() - from);
    bench_check(out->value[0] == x->n, "all of it");
}

static inline void
command_first(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    const char *const argv[] = {"git", "clone", "-q", "--bare", "--no-local", x->url[GIT], x->at[GIT], NULL};

    bench_add(out, bench_command(NULL, argv, NULL));
}

static inline void
command_fetch(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    const char *const argv[] = {"git", "-C", x->at[GIT], "fetch", "-q", x->url[GIT], PEER_SPEC, NULL};

    bench_add(out, bench_command(NULL, argv, NULL));
}

static inline void
command_push(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    const char *const argv[] = {"git", "-C", x->at[GIT], "push", "-q", x->url[GIT], PEER_REF ":" PEER_REF, NULL};

    bench_add(out, bench_command(NULL, argv, NULL));
}

static inline void
libgit2_fetch(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();

    peer_fetch(x->at[LIBGIT2], x->url[LIBGIT2]);
    bench_add(out, bench_now() - from);
}

static inline void
libgit2_push(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();

    peer_push(x->at[LIBGIT2], x->url[LIBGIT2]);
    bench_add(out, bench_now() - from);
}

#endif
