/*
 * Exchange by a file that somebody carries. Out goes what colleagues have not confirmed to have, since nobody tells
 * where a file ends up; in comes whatever arrived whole, judged like what a remote brings, as often and in whatever
 * order it is read. Source: schemas/wire/bag.md.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/bag.h"

#include "engine_int.h"

struct writing {
    struct vls_engine *e;
    struct vls_bag *bag;
    struct vls__packer pack;
    struct vls_bag_written *out;
};

static enum vls_code
put_blob(void *ctx, struct vls_slice blob, struct vls_error *err)
{
    struct writing *w = ctx;

    w->out->bytes += blob.n;
    return w->bag != NULL ? vls_bag_put(w->bag, blob, err) : VLS_OK;
}

static enum vls_code
put_letter(void *ctx, struct vls_slice device, struct vls_slice letter, struct vls_error *err)
{
    struct writing *w = ctx;
    bool needed;
    enum vls_code rc = vls__letter_needed(w->e, device, &needed, err);

    if (rc != VLS_OK || !needed)
        return rc;
    w->out->n_letters++;
    return put_blob(w, letter, err);
}

/* ---- writing ---- */

static enum vls_code
put_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct writing *w = ctx;
    enum vls_code rc = vls__packer_room(&w->pack, s->bytes.n, err);

    w->out->n_changes += s->kind == VLS_ENV_CHANGE;
    return rc != VLS_OK ? rc : vls__packer_add(&w->pack, s->bytes, err);
}

static enum vls_code
put_envelopes(struct writing *w, bool all, struct vls_error *err)
{
    enum vls_code rc = vls__packer_init(&w->pack, w->e, put_blob, w, err);

    if (rc == VLS_OK)
        rc = all ? vls_store_envelopes(w->e->store, 0, 0, put_envelope, w, err)
                 : vls_store_unconfirmed(w->e->store, w->e->me.device, put_envelope, w, err);
    if (rc == VLS_OK)
        rc = vls__packer_end(&w->pack, err);
    vls__packer_clear(&w->pack);
    return rc;
}

enum vls_code
vls_engine_bag_write(struct vls_engine *e, const char *path, bool all, int64_t now_unix, struct vls_bag_written *out,
                     struct vls_error *err)
{
    struct writing w = {.e = e, .out = out};
    struct vls_buf door;
    char outbox[32];
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    vls_buf_init(&door, 4096);
    vls__outbox_name(outbox, sizeof outbox, BAG_REMOTE);
    if ((rc = vls_door_write(&door, &e->door, err)) != VLS_OK ||
        (path != NULL && (rc = vls_bag_create(&w.bag, path, vls_buf_slice(&door), err)) != VLS_OK))
        goto out;
    if (e->me.admitted && path != NULL && (rc = vls__engine_answer(e, now_unix, err)) != VLS_OK)
        goto out;
    if ((rc = vls_store_keys(e->store, outbox, put_letter, &w, err)) != VLS_OK ||
        (e->me.admitted && (rc = put_envelopes(&w, all, err)) != VLS_OK) || path == NULL)
        goto out;
    vls_buf_init(&out->path, 8192);
    vls_buf_put_slice(&out->path, vls_slice_str(vls_bag_path(w.bag)));
    if ((rc = vls_buf_ok(&out->path, err)) == VLS_OK) {
        rc = vls_bag_finish(w.bag, err);
        w.bag = NULL;
    }
out:
    vls_bag_abort(w.bag);
    vls_buf_clear(&door);
    if (rc != VLS_OK)
        vls_bag_written_clear(out);
    return rc;
}

void
vls_bag_written_clear(struct vls_bag_written *out)
{
    vls_buf_clear(&out->path);
}

/* ---- reading ---- */

struct reading {
    const char *path;
    const struct vls_sync_opts *o;
    struct vls_bag_counts counts;
};

static bool
on_progress(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    const struct reading *r = ctx;

    return r->o->progress == NULL || r->o->progress(r->o->ctx, r->path, done, total, bytes);
}

static enum vls_code
read_once(void *ctx, struct receiver *rx, bool from_start, struct vls_error *err)
{
    struct reading *r = ctx;

    (void)from_start; /* there is nothing else */
    return vls_bag_read(r->path, vls__receive_named, rx, &r->counts, on_progress, r, err);
}

enum vls_code
vls_engine_bag_read(struct vls_engine *e, const char *path, const struct vls_sync_opts *o,
                    struct vls_sync_result *result, struct vls_error *err)
{
    struct reading r = {.path = path, .o = o};
    struct receiver rx = {.e = e, .result = result};
    enum vls_code rc;

    memset(result, 0, sizeof *result);
    if ((rc = vls__engine_start(e, err)) == VLS_OK) {
        if ((rc = vls__receive_all(&rx, read_once, &r, err)) == VLS_OK && !rx.door_seen)
            rc = VLS_FAIL(err, VLS_EFORMAT, "it is no file of changes, or its beginning is damaged");
        if (rc == VLS_OK)
            rc = vls__news_note(&rx, o->now_unix, err);
        if (rc == VLS_OK && o->dry_run)
            vls__engine_drop(e);
        else
            rc = vls__engine_end(e, rc, err);
        vls_buf_clear(&rx.packet);
    }
    result->damaged = r.counts.damaged + rx.n_turned_away;
    result->cut = r.counts.cut;
    result->code = rc;
    if (rc != VLS_OK && err != NULL)
        result->why = *err;
    return rc;
}
