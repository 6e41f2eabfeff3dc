/*
 * A short history in the place of a long one: everything that a remote holds, in few full packets, put beside what is
 * there and shown at once. What this device cannot account for is carried over as it is, so that nobody who knew it to
 * be there misses it. Source: schemas/wire/remote.md sections 10 and 11.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_int.h"

#define RACES_MAX   12
#define CARRIED_MAX ((size_t)64 * 1024 * 1024) /* held in memory: letters, and what others may read */

/* What was read, and what is written. */
struct compaction {
    struct run r;
    struct vls_compacted *out;
    struct vls_buf carried; /* blobs, each behind its length */
    struct vls__packer pack;
    struct vls_buf blobs; /* one load, one after another */
    size_t ends[1024], n;
    bool send; /* false: they are only counted */
    char tip[VLS_REMOTE_TIP_LEN + 1];
};

static enum vls_code
carry(void *ctx, bool settled, struct vls_slice blob, struct vls_error *err)
{
    struct compaction *c = ctx;

    c->out->pieces_before++;
    c->out->bytes_before += blob.n;
    if (settled)
        return VLS_OK;
    vls_buf_put_le32(&c->carried, (uint32_t)blob.n);
    vls_buf_put_slice(&c->carried, blob);
    return c->carried.bad == VLS_ELIMIT
               ? VLS_FAIL(err, VLS_ELIMIT, "too much lies there that cannot be read here; let another device do it")
               : vls_buf_ok(&c->carried, err);
}

/* ---- writing ---- */

static enum vls_code
load_send(struct compaction *c, struct vls_error *err)
{
    struct vls_slice blobs[sizeof c->ends / sizeof *c->ends];
    enum vls_code rc;

    if (c->n == 0)
        return VLS_OK;
    for (size_t i = 0; i < c->n; i++) {
        size_t from = i > 0 ? c->ends[i - 1] : 0;

        blobs[i] = vls_slice_of(c->blobs.p + from, c->ends[i] - from);
    }
    rc = c->r.e->carrier->push_aside(c->r.remote, blobs, c->n, c->tip, c->tip, err);
    vls_buf_reset(&c->blobs);
    c->n = 0;
    return rc;
}

static enum vls_code
put(void *ctx, struct vls_slice blob, struct vls_error *err)
{
    struct compaction *c = ctx;
    enum vls_code rc;

    c->out->pieces_after++;
    c->out->bytes_after += blob.n;
    if (!c->send)
        return VLS_OK;
    vls_buf_put_slice(&c->blobs, blob);
    if ((rc = vls_buf_ok(&c->blobs, err)) != VLS_OK)
        return rc;
    c->ends[c->n++] = c->blobs.n;
    return c->blobs.n >= PUSH_BYTES / 2 || c->n == sizeof c->ends / sizeof *c->ends ? load_send(c, err) : VLS_OK;
}

static enum vls_code
put_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct compaction *c = ctx;
    enum vls_code rc = vls__packer_room(&c->pack, s->bytes.n, err);

    return rc != VLS_OK ? rc : vls__packer_add(&c->pack, s->bytes, err);
}

/* The door before anything else, chains from their beginning, then what may build on them. */
static enum vls_code
put_all(struct compaction *c, bool send, struct vls_error *err)
{
    struct vls_engine *e = c->r.e;
    struct vls_rd rd = vls_rd_of(c->carried.p, c->carried.n);
    struct vls_buf door;
    enum vls_code rc;

    c->send = send;
    c->tip[0] = '\0';
    c->out->pieces_after = c->out->bytes_after = 0;
    vls_buf_init(&door, 4096);
    if ((rc = vls_door_write(&door, &e->door, err)) == VLS_OK)
        rc = put(c, vls_buf_slice(&door), err);
    if (rc == VLS_OK && (rc = vls__packer_init(&c->pack, e, put, c, err)) == VLS_OK &&
        (rc = vls_store_envelopes(e->store, 0, 0, put_envelope, c, err)) == VLS_OK)
        rc = vls__packer_end(&c->pack, err);
    vls__packer_clear(&c->pack);
    while (rc == VLS_OK && rd.left > 0) {
        uint32_t n = vls_rd_le32(&rd);

        rc = put(c, vls_slice_of(vls_rd_take(&rd, n), n), err);
    }
    if (rc == VLS_OK && send)
        rc = load_send(c, err);
    vls_buf_clear(&door);
    return rc;
}

/* ---- the whole ---- */

static enum vls_code
read_all(struct compaction *c, struct vls_error *err)
{
    enum vls_code rc;

    vls_buf_reset(&c->carried);
    c->out->pieces_before = c->out->bytes_before = 0;
    c->r.also = carry;
    c->r.also_ctx = c;
    rc = vls__run_pull(&c->r, err);
    c->r.also = NULL;
    if (rc == VLS_OK && c->r.result->damaged > 0)
        rc = VLS_FAIL(err, VLS_EFORMAT, "something there does not arrive whole; nothing was replaced");
    return rc;
}

static enum vls_code
replace_noted(struct compaction *c, struct vls_error *err)
{
    struct vls_engine *e = c->r.e;
    enum vls_code rc;

    c->out->replaced = true;
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    return vls__engine_end(e, vls_store_remote_mark(e->store, c->r.name, c->tip, c->r.o->now_unix, err), err);
}

/* Everything is read and weighed; *gains says whether a short history would be one. Errors: VLS_ERACE, another history
 * came in between. */
static enum vls_code
weigh(struct compaction *c, bool *gains, struct vls_error *err)
{
    enum vls_code rc;

    *gains = false;
    if ((rc = vls__run_exchange(&c->r, err)) != VLS_OK || (rc = read_all(c, err)) != VLS_OK ||
        (rc = put_all(c, false, err)) != VLS_OK)
        return rc;
    *gains = c->out->pieces_after < c->out->pieces_before;
    return VLS_OK;
}

static enum vls_code
replace(struct compaction *c, struct vls_error *err)
{
    const struct vls_carrier *by = c->r.e->carrier;
    bool gains;
    enum vls_code rc;

    for (unsigned races = 0;; races++) {
        if ((rc = weigh(c, &gains, err)) == VLS_OK) {
            if (c->r.o->dry_run || !gains)
                return VLS_OK;
            if ((rc = put_all(c, true, err)) == VLS_OK && (rc = by->move(c->r.remote, c->r.tip, c->tip, err)) == VLS_OK)
                return replace_noted(c, err);
        }
        if (rc != VLS_ERACE || races == RACES_MAX)
            return rc;
        by->pause(races);
    }
}

/* What was replaced, now or before, gives its room back; what hinders that now is made good by the next time. */
static enum vls_code
compact(struct compaction *c, struct vls_error *err)
{
    const struct vls_carrier *by = c->r.e->carrier;
    struct vls_remote_room room;
    enum vls_code rc;

    if ((rc = replace(c, err)) != VLS_OK || by->tidy == NULL)
        return rc;
    if ((rc = by->tidy(c->r.remote, c->r.o->dry_run ? VLS_REMOTE_TIDY_COUNT : 0, &room, &c->out->room_why)) != VLS_OK) {
        c->out->room_failed = c->out->replaced;
        return c->out->replaced ? VLS_OK : VLS_FAIL(err, rc, "%s", c->out->room_why.text);
    }
    c->out->room_before = room.before;
    c->out->room_after = room.after;
    c->out->room_waiting = room.waiting;
    c->out->room_foreign = room.foreign;
    return VLS_OK;
}

struct search {
    const char *name;
    struct vls_stored_remote found;
};

static enum vls_code
find_remote(void *ctx, const struct vls_stored_remote *s, struct vls_error *err)
{
    struct search *x = ctx;

    if (strcmp(x->name, s->name) != 0)
        return VLS_OK;
    x->found = *s;
    x->found.name = x->name;
    x->found.url = strdup(s->url);
    return x->found.url != NULL ? VLS_OK : VLS_FAIL(err, VLS_ENOMEM, "no memory for a remote");
}

enum vls_code
vls_engine_remote_compact(struct vls_engine *e, const struct vls_sync_opts *o, struct vls_compacted *out,
                          struct vls_sync_result *result, struct vls_error *err)
{
    struct search x = {.name = o->remote};
    struct compaction *c = calloc(1, sizeof *c);
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    memset(result, 0, sizeof *result);
    if (c == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to replace a history");
    c->out = out;
    vls_buf_init(&c->carried, CARRIED_MAX);
    vls_buf_init(&c->blobs, PUSH_BYTES + VLS_REMOTE_BLOB_MAX);
    if (e->carrier->push_aside == NULL || e->carrier->move == NULL)
        rc = VLS_FAIL(err, VLS_EUSAGE, "no history can be replaced there");
    else if ((rc = vls_store_remotes(e->store, find_remote, &x, err)) == VLS_OK && x.found.url == NULL)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no remote “%s”", o->remote);
    if (rc == VLS_OK && (rc = vls__run_open(&c->r, e, &x.found, o, result, err)) == VLS_OK) {
        rc = compact(c, err);
        e->carrier->close(c->r.remote);
    }
    free((char *)(uintptr_t)x.found.url);
    vls_buf_clear(&c->carried);
    vls_buf_clear(&c->blobs);
    free(c);
    result->code = rc;
    return rc;
}
