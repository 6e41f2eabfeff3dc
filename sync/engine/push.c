/*
 * What one remote does not have yet, packed and sent load by load, and noted with the tip that holds it.
 */
#include <stdlib.h>
#include <string.h>

#include "run_int.h"

/* Blobs of one push and what they hold. */
struct load {
    struct run *r;
    struct vls__packer pack;
    struct vls_buf blobs; /* sealed blobs, one after another */
    size_t ends[1024], n; /* where each ends */
    struct sent {
        uint8_t id[VLS_HASH_LEN];
    } * sent;
    size_t n_sent, cap_sent;
    uint64_t n_counted, n_membership;
    size_t n_letters;
    bool full;
};

static enum vls_code
load_blob_done(struct load *l, struct vls_error *err)
{
    enum vls_code rc = vls_buf_ok(&l->blobs, err);

    if (rc == VLS_OK) {
        l->ends[l->n++] = l->blobs.n;
        l->full = l->blobs.n >= PUSH_BYTES / 2 || l->n == sizeof l->ends / sizeof *l->ends;
    }
    return rc;
}

static enum vls_code
load_packet(void *ctx, struct vls_slice packet, struct vls_error *err)
{
    struct load *l = ctx;

    vls_buf_put_slice(&l->blobs, packet);
    return load_blob_done(l, err);
}

static enum vls_code
load_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct load *l = ctx;
    enum vls_code rc;

    if (l->full)
        return VLS_OK;
    if ((rc = vls__packer_room(&l->pack, s->bytes.n, err)) != VLS_OK || l->full)
        return rc;
    if (!vls_room(&l->sent, &l->cap_sent, l->n_sent, 1, sizeof *l->sent))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to send");
    memcpy(l->sent[l->n_sent++].id, s->id, VLS_HASH_LEN);
    l->n_counted += s->kind == VLS_ENV_CHANGE;
    l->n_membership += s->kind == VLS_ENV_MEMBER;
    return vls__packer_add(&l->pack, s->bytes, err);
}

static enum vls_code
load_letter(void *ctx, struct vls_slice id, struct vls_slice blob, struct vls_error *err)
{
    struct load *l = ctx;

    (void)id;
    if (l->full)
        return VLS_OK;
    vls_buf_put_slice(&l->blobs, blob);
    l->n_letters++;
    return load_blob_done(l, err);
}

static enum vls_code
load_fill(struct load *l, struct vls_error *err)
{
    struct run *r = l->r;
    char outbox[160];
    enum vls_code rc = VLS_OK;

    vls__outbox_name(outbox, sizeof outbox, r->name);
    if (r->e->me.admitted && !r->has_door) {
        if ((rc = vls_door_write(&l->blobs, &r->e->door, err)) == VLS_OK)
            rc = load_blob_done(l, err);
    }
    if (rc == VLS_OK)
        rc = vls_store_keys(r->e->store, outbox, load_letter, l, err);
    if (rc != VLS_OK || !r->e->me.admitted)
        return rc;
    if ((rc = vls__packer_init(&l->pack, r->e, load_packet, l, err)) == VLS_OK &&
        (rc = vls_store_to_send(r->e->store, r->name, load_envelope, l, err)) == VLS_OK && !l->full)
        rc = vls__packer_end(&l->pack, err);
    return rc;
}

struct forget {
    struct vls_engine *e;
    const char *outbox;
    size_t n; /* the oldest that many */
};

static enum vls_code
forget_letter(void *ctx, struct vls_slice id, struct vls_slice blob, struct vls_error *err)
{
    struct forget *f = ctx;

    (void)blob;
    return f->n == 0 ? VLS_OK : (f->n--, vls_store_key_put(f->e->store, f->outbox, id, vls_slice_of(NULL, 0), err));
}

/* What was pushed is noted with the tip that holds it. */
static enum vls_code
load_note(struct load *l, const char *tip, struct vls_error *err)
{
    struct run *r = l->r;
    char outbox[160], door[160];
    struct forget f = {r->e, outbox, l->n_letters};
    bool whole = r->result->damaged == 0;
    enum vls_code rc;

    vls__outbox_name(outbox, sizeof outbox, r->name);
    vls__door_name(door, sizeof door, r->name);
    if ((rc = vls__engine_start(r->e, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < l->n_sent && rc == VLS_OK; i++)
        rc = vls_store_remote_has(r->e->store, r->name, l->sent[i].id, NULL, err);
    if (rc == VLS_OK)
        rc = vls_store_keys(r->e->store, outbox, forget_letter, &f, err);
    if (rc == VLS_OK && r->e->me.admitted)
        rc = vls_store_meta_put(r->e->store, door, vls_slice_str("1"), err);
    if (rc == VLS_OK) /* sending does not make up for what has not arrived whole */
        rc = vls_store_remote_mark(r->e->store, r->name, whole ? tip : r->known, r->o->now_unix, err);
    if ((rc = vls__engine_end(r->e, rc, err)) == VLS_OK) {
        memcpy(r->tip, tip, VLS_REMOTE_TIP_LEN + 1);
        if (whole)
            memcpy(r->known, tip, VLS_REMOTE_TIP_LEN + 1);
        r->has_door = r->has_door || r->e->me.admitted;
        r->result->sent += l->n_counted;
        r->result->membership += l->n_membership;
    }
    return rc;
}

enum vls_code
vls__run_push(struct run *r, bool *more, struct vls_error *err)
{
    struct load *l = calloc(1, sizeof *l);
    struct vls_slice *blobs = NULL;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    enum vls_code rc;

    *more = false;
    if (l == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to send");
    l->r = r;
    vls_buf_init(&l->blobs, PUSH_BYTES);
    if ((rc = load_fill(l, err)) != VLS_OK)
        goto out;
    if (r->o->dry_run) {
        r->result->sent += l->n_counted;
        r->result->membership += l->n_membership;
        goto out;
    }
    if (l->n == 0)
        goto out;
    if ((blobs = calloc(l->n, sizeof *blobs)) == NULL) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory to send");
        goto out;
    }
    for (size_t i = 0; i < l->n; i++) {
        size_t from = i > 0 ? l->ends[i - 1] : 0;

        blobs[i] = vls_slice_of(l->blobs.p + from, l->ends[i] - from);
    }
    if ((rc = r->e->carrier->push(r->remote, blobs, NULL, l->n, r->tip, tip, err)) == VLS_OK)
        rc = load_note(l, tip, err);
    *more = l->full;
out:
    free(blobs);
    free(l->sent);
    vls__packer_clear(&l->pack);
    vls_buf_clear(&l->blobs);
    free(l);
    return rc;
}
