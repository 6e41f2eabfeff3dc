/*
 * One push: blobs, a tree and a commit for each in one pack, then the branch; or the branch later, for many of them at
 * once. Until it moves the hub is as it was; a push that fails leaves at most a temporary file, which fold.c and git
 * clear away.
 */
#include <stdlib.h>
#include <string.h>

#include "sync/courier/pack.h"

struct sent {
    uint8_t name[VLS__NAME], id[VLS__OID];
};

static int
sent_order(const void *a, const void *b)
{
    const struct sent *x = a, *y = b;

    return memcmp(x->name, y->name, VLS__NAME);
}

/* Takes all n blobs off the pipe even after a failure, so that both ends agree where the next message
 * begins. rc is VLS_EIO with nobody to tell when the pipe itself fails. */
static enum vls_code
blobs_take(struct pack *pack, struct sent *sent, uint32_t n, uint64_t bytes, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (uint32_t i = 0; i < n; i++) {
        struct vls__msg msg;

        if (pipe_next(&msg) != PIPE_OK || msg.type != VLS__F_BLOB || msg.u.blob.bytes.n > bytes)
            exit(2); /* the parent has gone or is not ours */
        bytes -= msg.u.blob.bytes.n;
        if (rc != VLS_OK)
            continue;
        memcpy(sent[i].name, msg.u.blob.name, VLS__NAME);
        rc = pack_add(pack, OBJECT_BLOB, msg.u.blob.bytes.p, msg.u.blob.bytes.n, sent[i].id, err);
    }
    return rc;
}

static enum vls_code
sent_once(const struct sent *sent, uint32_t n, struct vls_error *err)
{
    struct sent *sorted = malloc(n * sizeof *sorted);
    enum vls_code rc = VLS_OK;

    if (sorted == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    memcpy(sorted, sent, n * sizeof *sorted);
    qsort(sorted, n, sizeof *sorted, sent_order);
    for (uint32_t i = 1; i < n && rc == VLS_OK; i++)
        if (sent_order(&sorted[i - 1], &sorted[i]) == 0)
            rc = VLS_FAIL(err, VLS_EFORMAT, "a blob was sent twice");
    free(sorted);
    return rc;
}

/* One step of history: a tree with one blob, and its commit, which becomes id. */
static enum vls_code
step_add(struct pack *pack, const struct sent *sent, struct vls__commit *c, uint8_t id[VLS__OID], struct vls_error *err)
{
    struct vls_buf text;
    enum vls_code rc;

    vls_buf_init(&text, 1024);
    vls__tree_put(&text, sent->name, sent->id);
    if ((rc = vls_buf_ok(&text, err)) == VLS_OK &&
        (rc = pack_add(pack, OBJECT_TREE, text.p, text.n, c->tree, err)) == VLS_OK) {
        vls_buf_reset(&text);
        vls__commit_encode(&text, c);
        if ((rc = vls_buf_ok(&text, err)) == VLS_OK)
            rc = pack_add(pack, OBJECT_COMMIT, text.p, text.n, id, err);
    }
    vls_buf_clear(&text);
    return rc;
}

/* The entries of one tree come in the order of their names, which is none, so that readers would meet
 * what builds on something before it. Steps keep the order in which the blobs were handed over. */
static enum vls_code
steps_add(struct pack *pack, const struct sent *sent, uint32_t n, const struct vls__commit *first, struct vls__tip *tip,
          struct vls_error *err)
{
    struct vls__commit c = *first;
    enum vls_code rc = sent_once(sent, n, err);

    for (uint32_t i = 0; i < n && rc == VLS_OK; i++) {
        rc = step_add(pack, &sent[i], &c, tip->id, err);
        tip->depth = (uint32_t)(c.depth < VLS__DEPTH_MAX ? c.depth : VLS__DEPTH_MAX);
        memcpy(c.parent, tip->id, VLS__OID);
        c.has_parent = true;
        c.depth++;
    }
    return rc;
}

static enum vls_code
write_check(struct hub *hub, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    if (!hub->writable)
        return VLS_FAIL(err, VLS_EREADONLY, "was opened for reading only");
    if (!hub->made && (rc = hub_look(hub, false, err)) != VLS_OK)
        return rc;
    return hub->made ? VLS_OK : VLS_FAIL(err, VLS_EUNREACHABLE, "the folder is empty, no remote was created in it");
}

static bool
is_aside(const struct vls__msg *push)
{
    return (push->u.push.flags & VLS__PUSH_ASIDE) != 0;
}

/* What was put aside may be cleared away as left over, and a history may be replaced at any moment: lost races. */
static enum vls_code
on_is_gone(const struct hub *hub, const struct vls__msg *push, struct vls_error *err)
{
    const struct vls__tip *on = &push->u.push.on;
    struct vls__tip now;
    enum vls_code rc;

    if (is_aside(push))
        return VLS_FAIL(err, VLS_ERACE, "what was put aside there was cleared away");
    if ((rc = ref_read(hub, &now, NULL, err)) != VLS_OK)
        return rc;
    if (!now.set || memcmp(now.id, on->id, VLS__OID) != 0)
        return VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
    return VLS_FAIL(err, VLS_EFORMAT, "its history is damaged");
}

/* What can be known before the blobs come: that the push is in order, and on the newest tip. */
static enum vls_code
push_check(struct hub *hub, const struct vls__msg *push, struct vls__commit *out, struct vls_error *err)
{
    const struct vls__tip *on = &push->u.push.on;
    uint32_t n = push->u.push.n;
    struct vls_slice text;
    struct vls__tip now;
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = write_check(hub, err)) != VLS_OK)
        return rc;
    if (n == 0 || n > VLS__TREE_ENTRIES || push->u.push.bytes > VLS__PUSH_BYTES + VLS__BLOB_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "too much for one transfer");
    if (!is_aside(push) && (rc = ref_read(hub, &now, NULL, err)) != VLS_OK)
        return rc;
    if (!is_aside(push) && (now.set != on->set || (on->set && memcmp(now.id, on->id, VLS__OID) != 0)))
        return VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
    if (!on->set)
        return VLS_OK;
    if (hub->net != NULL) { /* what lies on the host need not lie here */
        out->depth = on->depth;
    } else {
        if (object_read(hub, on->id, OBJECT_COMMIT, VLS__COMMIT_MAX, &text) != OBJECT_OK)
            return on_is_gone(hub, push, err);
        if ((rc = vls__commit_decode(out, text, err)) != VLS_OK)
            return rc;
    }
    out->depth++;
    out->has_parent = true;
    memcpy(out->parent, on->id, VLS__OID);
    return VLS_OK;
}

enum vls_code
hub_push(struct hub *hub, const struct vls__msg *push, struct vls__msg *reply, struct vls_error *err)
{
    const struct vls__msg go = {.type = VLS__F_GO};
    struct pack pack = PACK_CLOSED;
    struct vls__commit commit;
    struct sent *sent = NULL;
    uint32_t n = push->u.push.n;
    enum vls_code rc;

    if ((rc = push_check(hub, push, &commit, err)) != VLS_OK)
        return rc;
    if ((sent = calloc(n, sizeof *sent)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    if ((rc = pack_begin(&pack, hub, 3 * n, err)) != VLS_OK)
        goto out;
    if (!pipe_send(&go)) {
        rc = VLS_FAIL(err, VLS_EIO, "nobody listens");
        goto out;
    }
    reply->type = VLS__F_PUSHED;
    reply->u.pushed.tip.set = true;
    if ((rc = blobs_take(&pack, sent, n, push->u.push.bytes, err)) != VLS_OK ||
        (rc = steps_add(&pack, sent, n, &commit, &reply->u.pushed.tip, err)) != VLS_OK ||
        (rc = pack_finish(&pack, err)) != VLS_OK)
        goto out;
    if (is_aside(push)) {
        rc = pack_publish(&pack, err);
        objects_close(hub); /* the next of them builds on it */
    } else if ((rc = ref_move(hub, &push->u.push.on, reply->u.pushed.tip.id, &pack, err)) == VLS_OK) {
        hub_fold(hub);
    }
out:
    pack_abort(&pack);
    free(sent);
    return rc;
}

enum vls_code
hub_move(struct hub *hub, const struct vls__tip *from, const struct vls__tip *to, struct vls__msg *reply,
         struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = write_check(hub, err)) != VLS_OK)
        return rc;
    if ((rc = ref_move(hub, from, to->id, NULL, err)) != VLS_OK)
        return rc;
    reply->type = VLS__F_PUSHED;
    reply->u.pushed.tip = *to;
    hub_fold(hub);
    return VLS_OK;
}
