/*
 * Remotes as the rest of valise sees them. Names are hashes that only this side computes and checks, so
 * that neither a remote nor its courier can pass one blob off as another.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "valise/prim.h"
#include "valise/transport.h"

#include "sync/transport/layout.h"
#include "sync/transport/transport_int.h"

/* Longer than a slow stick needs for one sync of what it has been given (8 MiB). */
#define STALL_MS (120 * 1000)
#define CLOSE_GRACE_MS 2000
#define RACE_PAUSE_MS 8u /* the first; about what one push takes */
#define RACE_PAUSE_MAX_MS 4000u

_Static_assert(VLS_REMOTE_BLOB_MAX == VLS__BLOB_MAX, "the pipe carries every blob");
_Static_assert((int)VLS_REMOTE_TIDY_COUNT == (int)VLS__TIDY_COUNT, "one meaning");
_Static_assert((int)VLS_REMOTE_TIDY_SHARED == (int)VLS__TIDY_SHARED, "one meaning");
_Static_assert(VLS_HASH_LEN == VLS__NAME, "names are hashes");

void
vls_remote_name(char out[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob)
{
    uint8_t hash[VLS_HASH_LEN];

    vls_hash1(hash, VLS__BLOB_LABEL, blob.p, blob.n);
    vls_hex(out, hash, sizeof hash);
}

static void
tip_text(char out[VLS_REMOTE_TIP_LEN + 1], const struct vls__tip *tip)
{
    out[0] = '\0';
    if (!tip->set)
        return;
    vls_hex(out, tip->id, sizeof tip->id);
    (void)snprintf(out + 2 * sizeof tip->id, VLS_REMOTE_TIP_LEN + 1 - 2 * sizeof tip->id, "%08lx",
                   (unsigned long)tip->depth);
}

static enum vls_code
tip_read(struct vls__tip *out, const char *text, struct vls_error *err)
{
    uint8_t both[VLS__TIP_LEN];

    memset(out, 0, sizeof *out);
    if (text[0] == '\0')
        return VLS_OK;
    out->set = vls_unhex(both, sizeof both, text);
    if (out->set) {
        memcpy(out->id, both, sizeof out->id);
        out->depth = (uint32_t)both[20] << 24 | (uint32_t)both[21] << 16 | (uint32_t)both[22] << 8 | both[23];
    }
    return out->set ? VLS_OK : VLS_FAIL(err, VLS_EUSAGE, "not a tip");
}

enum vls_code
vls__remote_start(struct vls_remote *r, struct vls_error *err)
{
    struct vls__msg msg = {.type = VLS__F_OPEN};
    enum vls_code rc;

    if (r->fd >= 0)
        return VLS_OK;
    if ((r->host.name[0] != '\0' && (rc = vls__scratch_make(r, err)) != VLS_OK) ||
        (rc = vls__courier_start(r, err)) != VLS_OK)
        return rc;
    msg.u.open.version = VLS__PIPE_VERSION;
    msg.u.open.flags = (uint8_t)(r->flags & ~(unsigned)VLS_REMOTE_BATCH);
    msg.u.open.url = vls_slice_str(r->url);
    if ((rc = vls__link_send_msg(r, &msg, err)) == VLS_OK && (rc = vls__link_next(r, &msg, err)) == VLS_OK &&
        (msg.type != VLS__F_HELLO || msg.u.hello.version != VLS__PIPE_VERSION))
        rc = vls__link_nonsense(r, err);
    if (rc != VLS_OK) {
        (void)vls__courier_stop(r, CLOSE_GRACE_MS);
        return rc;
    }
    r->walls = (struct vls_walls){.landlock = msg.u.hello.landlock, .calls = msg.u.hello.seccomp > 0};
    return VLS_OK;
}

enum vls_code
vls__remote_new(struct vls_remote **out, const char *courier_path, unsigned flags, struct vls_error *err)
{
    struct vls_remote *r = calloc(1, sizeof *r);
    enum vls_code rc = VLS_OK;

    *out = r;
    if (r == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a remote");
    r->fd = r->line.words = -1;
    r->flags = flags;
    r->stall_ms = STALL_MS;
    vls_buf_init(&r->in, VLS__FRAME_HEAD + VLS__FRAME_BLOB_MAX + (size_t)512 * 1024);
    if (courier_path != NULL)
        (void)snprintf(r->courier, sizeof r->courier, "%s", courier_path);
    else
        rc = vls__courier_find(r->courier, err);
    if (rc != VLS_OK) {
        vls_remote_close(r);
        *out = NULL;
    }
    return rc;
}

enum vls_code
vls_remote_open(struct vls_remote **out, const char *courier_path, const char *url, unsigned flags,
                struct vls_error *err)
{
    return vls_remote_open_with(out, courier_path, url, flags, NULL, NULL, err);
}

enum vls_code
vls_remote_open_with(struct vls_remote **out, const char *courier_path, const char *url, unsigned flags,
                     vls_remote_progress_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls_remote *r;
    enum vls_code rc;

    *out = NULL;
    if ((flags & ~(unsigned)(VLS_REMOTE_CREATE | VLS_REMOTE_READONLY | VLS_REMOTE_LOOK | VLS_REMOTE_BATCH)) != 0 ||
        (flags & (VLS_REMOTE_CREATE | VLS_REMOTE_READONLY)) == (VLS_REMOTE_CREATE | VLS_REMOTE_READONLY))
        return VLS_FAIL(err, VLS_EUSAGE, "a remote is created or opened for reading only, not both");
    if ((rc = vls__remote_new(&r, courier_path, flags, err)) != VLS_OK)
        return rc;
    vls_remote_progress(r, fn, ctx);
    (void)snprintf(r->shown, sizeof r->shown, "%s", url);
    if ((rc = vls__url_resolve(r->url, &r->host, url, err)) != VLS_OK || (rc = vls__remote_start(r, err)) != VLS_OK)
        goto out;
    r->flags &= ~(unsigned)(VLS_REMOTE_CREATE | VLS_REMOTE_LOOK); /* a later courier does not do it again */
    *out = r;
    r = NULL;
out:
    vls_remote_close(r);
    return rc;
}

void
vls_remote_close(struct vls_remote *r)
{
    if (r == NULL)
        return;
    (void)vls__courier_stop(r, CLOSE_GRACE_MS);
    vls__line_hang_up(r, CLOSE_GRACE_MS);
    vls_buf_clear(&r->in);
    free(r);
}

void
vls_remote_progress(struct vls_remote *r, vls_remote_progress_fn *fn, void *ctx)
{
    r->progress = fn;
    r->progress_ctx = ctx;
}

void
vls_remote_counts(const struct vls_remote *r, struct vls_remote_counts *out)
{
    *out = r->counts;
}

/* One blob from the courier: delivered when it is what its name says. */
static enum vls_code
blob_deliver(struct vls_remote *r, const struct vls__msg *msg, vls_remote_blob_fn *blob, void *ctx,
             struct vls_error *err)
{
    uint8_t hash[VLS_HASH_LEN];
    char name[VLS_REMOTE_NAME_LEN + 1];
    enum vls_code rc;

    r->done++;
    r->bytes += msg->u.blob.bytes.n;
    if (r->done > VLS__PULL_BLOBS || r->bytes > VLS__PULL_BYTES)
        return vls__link_nonsense(r, err); /* the courier has the same budget */
    vls_hash1(hash, VLS__BLOB_LABEL, msg->u.blob.bytes.p, msg->u.blob.bytes.n);
    if (memcmp(hash, msg->u.blob.name, sizeof hash) != 0) { /* public: a name on the remote */
        r->counts.damaged++;
        return VLS_OK;
    }
    vls_hex(name, hash, sizeof hash);
    if ((rc = blob(ctx, name, msg->u.blob.bytes, err)) != VLS_OK) {
        (void)vls__courier_stop(r, 0); /* it is in the middle of its list */
        return rc;
    }
    r->counts.blobs++;
    r->counts.bytes += msg->u.blob.bytes.n;
    return vls__link_tell(r, err);
}

enum vls_code
vls_remote_pull(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob, void *ctx,
                char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten, struct vls_error *err)
{
    struct vls__msg msg = {.type = VLS__F_PULL};
    enum vls_code rc;

    memset(&r->counts, 0, sizeof r->counts);
    r->done = r->total = r->bytes = 0;
    r->line.n = 0;
    msg.u.pull.flags = rewritten != NULL ? VLS__PULL_REWRITTEN : 0;
    if ((rc = tip_read(&msg.u.pull.known, known_tip, err)) != VLS_OK ||
        (rc = vls__remote_start(r, err)) != VLS_OK || (rc = vls__link_send_msg(r, &msg, err)) != VLS_OK)
        return rc;
    for (;;) {
        if ((rc = vls__link_next(r, &msg, err)) != VLS_OK)
            return rc;
        if (msg.type == VLS__F_PULLED)
            break;
        if (msg.type != VLS__F_BLOB)
            return vls__link_nonsense(r, err);
        if ((rc = blob_deliver(r, &msg, blob, ctx, err)) != VLS_OK)
            return rc;
    }
    r->counts.damaged += msg.u.pulled.damaged;
    r->counts.ignored = msg.u.pulled.ignored;
    if (msg.u.pulled.rewritten && rewritten == NULL)
        return VLS_FAIL(err, VLS_ETRUST,
                        "what was there before is no longer part of it (rolled back or rewritten): %s",
                        r->shown);
    if (rewritten != NULL)
        *rewritten = msg.u.pulled.rewritten;
    tip_text(new_tip, &msg.u.pulled.tip);
    return VLS_OK;
}

/* What a push sends: every blob once, in the caller's order. */
struct item {
    uint8_t name[VLS_HASH_LEN];
    struct vls_slice blob;
    size_t at; /* in the caller's order */
};

static int
by_name(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int c = memcmp(x->name, y->name, sizeof x->name);

    return c != 0 ? c : x->at < y->at ? -1 : x->at > y->at;
}

static int
by_order(const void *a, const void *b)
{
    const struct item *x = a, *y = b;

    return x->at < y->at ? -1 : x->at > y->at;
}

static enum vls_code
items_make(struct item *item, size_t *n, const struct vls_slice *blobs,
           const char (*names)[VLS_REMOTE_NAME_LEN + 1], struct vls_error *err)
{
    size_t kept = 0;

    for (size_t i = 0; i < *n; i++) {
        char name[VLS_REMOTE_NAME_LEN + 1];

        if (blobs[i].n == 0 || blobs[i].n > VLS_REMOTE_BLOB_MAX)
            return VLS_FAIL(err, VLS_ELIMIT, "a blob of %zu bytes", blobs[i].n);
        item[i].blob = blobs[i];
        item[i].at = i;
        vls_hash1(item[i].name, VLS__BLOB_LABEL, blobs[i].p, blobs[i].n);
        vls_hex(name, item[i].name, VLS_HASH_LEN);
        if (names != NULL && memcmp(name, names[i], sizeof name) != 0) /* public */
            return VLS_FAIL(err, VLS_EFORMAT, "a blob does not have the name %.16s", names[i]);
    }
    qsort(item, *n, sizeof *item, by_name);
    for (size_t i = 0; i < *n; i++)
        if (kept == 0 || memcmp(item[i].name, item[kept - 1].name, VLS_HASH_LEN) != 0)
            item[kept++] = item[i];
    qsort(item, kept, sizeof *item, by_order);
    *n = kept;
    return VLS_OK;
}

/* One commit's worth. */
static enum vls_code
push_some(struct vls_remote *r, const struct item *item, size_t n, uint64_t bytes, uint8_t flags, struct vls__tip *tip,
          struct vls_error *err)
{
    struct vls__msg msg = {.type = VLS__F_PUSH};
    enum vls_code rc;

    r->line.n = 0;
    msg.u.push.flags = flags;
    msg.u.push.on = *tip;
    msg.u.push.n = (uint32_t)n;
    msg.u.push.bytes = bytes;
    if ((rc = vls__link_send_msg(r, &msg, err)) != VLS_OK || (rc = vls__link_next(r, &msg, err)) != VLS_OK)
        return rc;
    if (msg.type != VLS__F_GO)
        return vls__link_nonsense(r, err);
    for (size_t i = 0; i < n; i++) {
        uint8_t head[VLS__FRAME_HEAD + VLS_HASH_LEN];
        struct vls_slice parts[2] = {{head, sizeof head}, item[i].blob};

        vls__blob_head(head, item[i].name, item[i].blob.n);
        if ((rc = vls__link_send(r, parts, 2, err)) != VLS_OK)
            return rc;
        r->done++;
        r->bytes += item[i].blob.n;
        if ((rc = vls__link_tell(r, err)) != VLS_OK)
            return rc;
    }
    if ((rc = vls__link_next(r, &msg, err)) != VLS_OK)
        return rc;
    if (msg.type != VLS__F_PUSHED || !msg.u.pushed.tip.set)
        return vls__link_nonsense(r, err);
    *tip = msg.u.pushed.tip;
    return VLS_OK;
}

static enum vls_code
push_all(struct vls_remote *r, const struct vls_slice *blobs, const char (*names)[VLS_REMOTE_NAME_LEN + 1], size_t n,
         uint8_t flags, const char *on_tip, char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    struct item *item = NULL;
    struct vls__tip tip;
    enum vls_code rc;
    size_t at = 0;

    if ((rc = tip_read(&tip, on_tip, err)) != VLS_OK)
        return rc;
    if (n > 0 && (item = calloc(n, sizeof *item)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a list of %zu blobs", n);
    if (n > 0 &&
        ((rc = items_make(item, &n, blobs, names, err)) != VLS_OK || (rc = vls__remote_start(r, err)) != VLS_OK))
        goto out;
    r->done = r->bytes = 0;
    r->total = n;
    while (at < n) {
        uint64_t bytes = 0;
        size_t some = 0;

        while (at + some < n && some < VLS__TREE_ENTRIES &&
               (some == 0 || bytes + item[at + some].blob.n <= VLS__PUSH_BYTES))
            bytes += item[at + some++].blob.n;
        if ((rc = push_some(r, item + at, some, bytes, flags, &tip, err)) != VLS_OK)
            goto out;
        at += some;
    }
    tip_text(new_tip, &tip);
out:
    free(item);
    return rc;
}

enum vls_code
vls_remote_push(struct vls_remote *r, const struct vls_slice *blobs, const char (*names)[VLS_REMOTE_NAME_LEN + 1],
                size_t n, const char *on_tip, char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    return push_all(r, blobs, names, n, 0, on_tip, new_tip, err);
}

enum vls_code
vls_remote_push_aside(struct vls_remote *r, const struct vls_slice *blobs, size_t n, const char *on_tip,
                      char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    return push_all(r, blobs, NULL, n, VLS__PUSH_ASIDE, on_tip, new_tip, err);
}

enum vls_code
vls_remote_move(struct vls_remote *r, const char *from_tip, const char *to_tip, struct vls_error *err)
{
    struct vls__msg msg = {.type = VLS__F_MOVE};
    struct vls__tip to;
    enum vls_code rc;

    if ((rc = tip_read(&msg.u.move.from, from_tip, err)) != VLS_OK || (rc = tip_read(&to, to_tip, err)) != VLS_OK)
        return rc;
    if (!to.set)
        return VLS_FAIL(err, VLS_EUSAGE, "a remote is not emptied");
    msg.u.move.to = to;
    if (r->fd < 0) /* with the courier went what it had put aside over a line */
        return VLS_FAIL(err, VLS_EIO, "the courier has ended: %s", r->shown);
    r->done = r->total = r->bytes = 0;
    r->line.n = 0;
    if ((rc = vls__link_send_msg(r, &msg, err)) != VLS_OK || (rc = vls__link_next(r, &msg, err)) != VLS_OK)
        return rc;
    if (msg.type != VLS__F_PUSHED || !msg.u.pushed.tip.set || memcmp(msg.u.pushed.tip.id, to.id, sizeof to.id) != 0)
        return vls__link_nonsense(r, err); /* public: what git shows to everybody */
    return VLS_OK;
}

enum vls_code
vls_remote_tidy(struct vls_remote *r, unsigned flags, struct vls_remote_room *out, struct vls_error *err)
{
    struct vls__msg msg = {.type = VLS__F_TIDY, .u.tidy.flags = (uint8_t)flags};
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((flags & ~(unsigned)(VLS_REMOTE_TIDY_COUNT | VLS_REMOTE_TIDY_SHARED)) != 0)
        return VLS_FAIL(err, VLS_EUSAGE, "no such way of tidying up");
    if ((rc = vls__remote_start(r, err)) != VLS_OK)
        return rc;
    r->done = r->total = r->bytes = 0;
    r->line.n = 0;
    if ((rc = vls__link_send_msg(r, &msg, err)) != VLS_OK || (rc = vls__link_next(r, &msg, err)) != VLS_OK)
        return rc;
    if (msg.type != VLS__F_TIDIED)
        return vls__link_nonsense(r, err);
    out->before = msg.u.tidied.before;
    out->after = msg.u.tidied.after;
    out->waiting = msg.u.tidied.waiting;
    out->foreign = msg.u.tidied.foreign;
    return VLS_OK;
}

void
vls_remote_pause(unsigned race)
{
    unsigned most = RACE_PAUSE_MS << (race < 9 ? race : 9);
    uint32_t random = 0;
    struct timespec t;

    if (most > RACE_PAUSE_MAX_MS)
        most = RACE_PAUSE_MAX_MS;
    (void)!getrandom(&random, sizeof random, 0);
    random %= most * 1000; /* microseconds */
    t.tv_sec = random / 1000000;
    t.tv_nsec = (long)(random % 1000000) * 1000;
    (void)nanosleep(&t, NULL); /* a signal cuts it short; the next transfer asks for it */
}

const struct vls_carrier *
vls_carrier_courier(void)
{
    static const struct vls_carrier courier = {
        .open = vls_remote_open_with,
        .close = vls_remote_close,
        .counts = vls_remote_counts,
        .pull = vls_remote_pull,
        .push = vls_remote_push,
        .push_aside = vls_remote_push_aside,
        .move = vls_remote_move,
        .tidy = vls_remote_tidy,
        .pause = vls_remote_pause,
    };

    return &courier;
}
