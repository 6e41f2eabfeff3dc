/*
 * Listing what is new: from the tip back to the last one seen, then forwards, blob by blob. A step of
 * history that cannot be read ends the pull; a blob that cannot is counted and left out.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/courier/courier.h"

#define SIGN_OF_LIFE 2048 /* steps between two words to the parent, well below a second */

/* The trees of the steps from the tip back, newest first. */
struct walk {
    uint8_t (*tree)[VLS__OID];
    size_t n, cap;
    bool met; /* it ended at the known tip */
};

static enum vls_code
commit_read(struct hub *hub, const uint8_t id[VLS__OID], struct vls__commit *out, struct vls_error *err)
{
    struct vls_slice bytes;

    if (object_read(hub, id, OBJECT_COMMIT, VLS__COMMIT_MAX, &bytes) != OBJECT_OK)
        return VLS_FAIL(err, VLS_EFORMAT, "its history is damaged");
    return vls__commit_decode(out, bytes, err);
}

static bool
walk_add(struct walk *w, const uint8_t tree[VLS__OID])
{
    if (w->n == w->cap) {
        size_t cap = w->cap == 0 ? 256 : 2 * w->cap;
        uint8_t(*more)[VLS__OID] = realloc(w->tree, cap * sizeof *more);

        if (more == NULL)
            return false;
        w->tree = more;
        w->cap = cap;
    }
    memcpy(w->tree[w->n++], tree, VLS__OID);
    return true;
}

static enum vls_code
walk_back(struct hub *hub, struct vls__tip *tip, const struct vls__tip *known, struct walk *w, struct vls_error *err)
{
    struct vls__commit c = {.has_parent = tip->set};
    enum vls_code rc;

    memcpy(c.parent, tip->id, VLS__OID);
    while (c.has_parent) {
        uint8_t at[VLS__OID];

        memcpy(at, c.parent, VLS__OID);
        if (known->set && memcmp(at, known->id, VLS__OID) == 0) {
            w->met = true;
            if (w->n == 0)
                tip->depth = known->depth;
            return VLS_OK;
        }
        if (w->n == VLS__COMMITS)
            return VLS_FAIL(err, VLS_ELIMIT, "its history is longer than valise reads");
        if ((rc = commit_read(hub, at, &c, err)) != VLS_OK)
            return rc;
        if (w->n == 0)
            tip->depth = (uint32_t)c.depth; /* at most VLS__DEPTH_MAX */
        if (!walk_add(w, c.tree))
            return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
        if (w->n % SIGN_OF_LIFE == 0 && !pipe_send_progress(0, 0, 0))
            return VLS_FAIL(err, VLS_EIO, "nobody listens");
    }
    return VLS_OK;
}

/* The allowed entries of one step, copied, since reading the blobs overwrites the tree. */
static enum vls_code
tree_load(struct hub *hub, const uint8_t tree[VLS__OID], struct vls_buf *out, struct vls__msg *reply,
          struct vls_error *err)
{
    struct vls_slice bytes;
    enum object_found found;

    vls_buf_reset(out);
    found = object_read(hub, tree, OBJECT_TREE, VLS__TREE_MAX, &bytes);
    if (found == OBJECT_OK)
        vls_buf_put_slice(out, bytes);
    else if (found == OBJECT_ODD)
        reply->u.pulled.ignored++;
    else
        reply->u.pulled.damaged++;
    return vls_buf_ok(out, err);
}

struct totals {
    uint64_t done, total, bytes; /* total: a blob for each step, as valise writes them; others may hold more */
};

static enum vls_code
blob_send(struct hub *hub, const struct vls__entry *e, struct totals *t, struct vls__msg *reply, struct vls_error *err)
{
    struct vls_slice bytes;
    enum object_found found = object_read(hub, e->oid, OBJECT_BLOB, VLS__BLOB_MAX, &bytes);

    if (++t->done > VLS__PULL_BLOBS)
        return VLS_FAIL(err, VLS_ELIMIT, "it lists more than valise reads");
    if (t->done > t->total)
        t->total = t->done;
    if (found == OBJECT_OK && bytes.n == 0)
        found = OBJECT_ODD;
    if (found != OBJECT_OK) {
        if (found == OBJECT_ODD)
            reply->u.pulled.ignored++;
        else
            reply->u.pulled.damaged++;
        if (t->done % SIGN_OF_LIFE == 0 && !pipe_send_progress(t->done, t->total, t->bytes))
            return VLS_FAIL(err, VLS_EIO, "nobody listens");
        return VLS_OK;
    }
    if ((t->bytes += bytes.n) > VLS__PULL_BYTES)
        return VLS_FAIL(err, VLS_ELIMIT, "it holds more than valise reads");
    if (!pipe_send_blob(e->name, bytes.p, bytes.n))
        return VLS_FAIL(err, VLS_EIO, "nobody listens");
    return VLS_OK;
}

static enum vls_code
blobs_send(struct hub *hub, const struct walk *w, struct totals *t, struct vls__msg *reply, struct vls_error *err)
{
    struct vls_buf tree;
    enum vls_code rc = VLS_OK;

    vls_buf_init(&tree, VLS__TREE_MAX);
    for (size_t i = w->n; i-- > 0 && rc == VLS_OK;) {
        struct vls__tree_rd rd;
        struct vls__entry e;

        if ((rc = tree_load(hub, w->tree[i], &tree, reply, err)) != VLS_OK)
            break;
        for (rd = vls__tree_of(vls_buf_slice(&tree)); rc == VLS_OK && vls__tree_next(&rd, &e);)
            rc = blob_send(hub, &e, t, reply, err);
        reply->u.pulled.ignored += rd.ignored;
        if (rc == VLS_OK && i % SIGN_OF_LIFE == SIGN_OF_LIFE - 1 && !pipe_send_progress(t->done, t->total, t->bytes))
            rc = VLS_FAIL(err, VLS_EIO, "nobody listens");
    }
    vls_buf_clear(&tree);
    return rc;
}

static enum vls_code
pull_once(struct hub *hub, bool all, const struct vls__tip *known, struct vls__msg *reply, struct vls_error *err)
{
    struct totals t = {0};
    struct walk w = {0};
    enum vls_code rc;

    if ((rc = walk_back(hub, &reply->u.pulled.tip, known, &w, err)) != VLS_OK)
        goto out;
    reply->u.pulled.rewritten = known->set && !w.met;
    if (reply->u.pulled.rewritten && !all)
        goto out;
    t.total = w.n;
    if (!pipe_send_progress(0, t.total, 0)) {
        rc = VLS_FAIL(err, VLS_EIO, "nobody listens");
        goto out;
    }
    rc = blobs_send(hub, &w, &t, reply, err);
out:
    free(w.tree);
    return rc;
}

/* What was begun to be read may be another history by now, and the old one gone: then nothing is damaged. */
static bool
moved_on(const struct hub *hub, const struct vls__tip *from)
{
    struct vls__tip now;

    return ref_read(hub, &now, NULL, NULL) == VLS_OK &&
           (now.set != from->set || (now.set && memcmp(now.id, from->id, VLS__OID) != 0));
}

enum vls_code
hub_pull(struct hub *hub, bool all, const struct vls__tip *known, struct vls__msg *reply,
         struct vls_error *err)
{
    struct vls__tip from;
    enum vls_code rc;

    reply->type = VLS__F_PULLED;
    if (!hub->made && (rc = hub_look(hub, false, err)) != VLS_OK)
        return rc; /* somebody may have created it since */
    if (hub->made && (rc = ref_read(hub, &reply->u.pulled.tip, NULL, err)) != VLS_OK)
        return rc;
    from = reply->u.pulled.tip;
    rc = pull_once(hub, all, known, reply, err);
    if ((rc == VLS_EFORMAT || (rc == VLS_OK && reply->u.pulled.damaged > 0)) && moved_on(hub, &from))
        rc = VLS_FAIL(err, VLS_ERACE, "its history was replaced while it was read");
    return rc;
}
