#ifndef SYNC_ENGINE_RUN_INT_H
#define SYNC_ENGINE_RUN_INT_H

#include "engine_int.h"

#define PUSH_BYTES (8u * 1024 * 1024) /* one push at most, so that a first sync needs no more memory */

/* Sees a blob after it was received; settled: all that it holds is in the store. */
typedef enum vls_code vls__also_fn(void *ctx, bool settled, struct vls_slice blob, struct vls_error *err);

/* One exchange with one remote. */
struct run {
    struct vls_engine *e;
    const struct vls_sync_opts *o;
    struct vls_sync_result *result;
    struct vls_remote *remote;
    char name[128], url[4096];
    char tip[65];     /* where the remote stands: what the next push builds on */
    char known[65];   /* how far everything there was read whole: what the store keeps */
    char reached[65]; /* where the pull at hand ended */
    bool has_door;
    unsigned n_replaced; /* histories that came in between while one was read whole */
    vls__also_fn *also; /* when set, a pull reads all that is there, and lets it see every blob */
    void *also_ctx;
};

/* Opens the remote; whoever succeeded closes r->remote. result is filled by what follows, and outlives r. */
enum vls_code vls__run_open(struct run *r, struct vls_engine *e, const struct vls_stored_remote *s,
                            const struct vls_sync_opts *o, struct vls_sync_result *result, struct vls_error *err);
/* Pulls and judges in one transaction. */
enum vls_code vls__run_pull(struct run *r, struct vls_error *err);
enum vls_code vls__run_exchange(struct run *r, struct vls_error *err);
/* Sends one load (push.c). *more: something is left for another. Errors: VLS_ERACE, somebody was faster. */
enum vls_code vls__run_push(struct run *r, bool *more, struct vls_error *err);
/* The meta-table name that is there once our door lies at a remote (remotes.c). */
void vls__door_name(char *out, size_t cap, const char *remote);

#endif
