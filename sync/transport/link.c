/*
 * Messages to and from a courier that may stall, die or talk nonsense at any byte. Every wait has an
 * end, everything received has a maximum, and after a failure of the link no courier is left running.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "sync/transport/layout.h"
#include "sync/transport/transport_int.h"

#define READ_AHEAD ((size_t)256 * 1024) /* asked of the socket at once */
#define LOOK_MS      1000                 /* so often whoever waits hears that nothing came */
#define PATIENCE 10                     /* times the stall limit that mere signs of life may stretch a wait */
#define RENEWS ((uint64_t)1024 * 1024)  /* bytes of a transfer that are more than a sign of life */
#define RENEWALS_MAX (VLS__PULL_BYTES / RENEWS)

int64_t
vls__link_now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum vls_code
vls__link_tell(struct vls_remote *r, struct vls_error *err)
{
    if (r->progress == NULL || r->progress(r->progress_ctx, r->done, r->total, r->bytes))
        return VLS_OK;
    (void)vls__courier_stop(r, 0);
    return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
}

enum vls_code
vls__link_nonsense(struct vls_remote *r, struct vls_error *err)
{
    (void)vls__courier_stop(r, 0);
    return VLS_FAIL(err, VLS_EIO, "the courier sent something unexpected: %s", r->shown);
}

/* The other end is closed: says how the process ended. */
static enum vls_code
link_lost(struct vls_remote *r, struct vls_error *err)
{
    int status = vls__courier_stop(r, 100);

    if (status != -1 && WIFSIGNALED(status))
        return VLS_FAIL(err, VLS_EIO, "the courier was ended by signal %d: %s", WTERMSIG(status), r->shown);
    return VLS_FAIL(err, VLS_EIO, "the courier ended early (status %d): %s",
                    status != -1 && WIFEXITED(status) ? WEXITSTATUS(status) : -1, r->shown);
}

/* Waits until the socket can be written or read. What the program at a line says meanwhile is taken in, and lengthens
 * nothing: one whose words nobody takes stands still, and the line with it. */
static enum vls_code
link_wait(struct vls_remote *r, short events, struct vls_error *err)
{
    for (;;) {
        struct pollfd p[2] = {{.fd = r->fd, .events = events}, {.fd = r->line.words, .events = POLLIN}};
        int64_t left = r->until - vls__link_now_ms();
        enum vls_code rc;
        int n;

        if (left <= 0) {
            (void)vls__courier_stop(r, 0);
            return VLS_FAIL(err, VLS_EUNREACHABLE, "does not answer: %s", r->shown);
        }
        n = poll(p, 2, left > LOOK_MS ? LOOK_MS : (int)left);
        if (n > 0 && p[1].revents != 0)
            vls__line_hear(r);
        if (n > 0 && p[0].revents != 0)
            return VLS_OK;
        if (n < 0 && errno != EINTR && errno != EAGAIN) {
            int sys = errno;

            (void)vls__courier_stop(r, 0);
            return VLS_FAIL_SYS(err, VLS_EIO, sys, "waiting for the courier");
        }
        if ((rc = vls__link_tell(r, err)) != VLS_OK) /* also while nothing comes: somebody waits and looks */
            return rc;
    }
}

enum vls_code
vls__link_send(struct vls_remote *r, const struct vls_slice *parts, size_t n, struct vls_error *err)
{
    for (size_t i = 0; i < n; i++) {
        struct vls_slice left = parts[i];

        r->until = vls__link_now_ms() + r->stall_ms;
        while (left.n > 0) {
            ssize_t put = send(r->fd, left.p, left.n, MSG_NOSIGNAL | MSG_DONTWAIT);
            enum vls_code rc;

            if (put >= 0) {
                left.p += put;
                left.n -= (size_t)put;
                r->until = vls__link_now_ms() + r->stall_ms;
            } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
                if ((rc = link_wait(r, POLLOUT, err)) != VLS_OK)
                    return rc;
            } else {
                return link_lost(r, err);
            }
        }
    }
    return VLS_OK;
}

enum vls_code
vls__link_send_msg(struct vls_remote *r, const struct vls__msg *msg, struct vls_error *err)
{
    struct vls_slice part;
    struct vls_buf b;
    enum vls_code rc;

    if ((rc = vls__link_tell(r, err)) != VLS_OK) /* interrupted since the last one, while nobody waited for the courier */
        return rc;
    vls_buf_init(&b, VLS__FRAME_HEAD + VLS__FRAME_SMALL_MAX);
    vls__msg_encode(&b, msg);
    part = vls_buf_slice(&b);
    if ((rc = vls_buf_ok(&b, err)) == VLS_OK)
        rc = vls__link_send(r, &part, 1, err);
    vls_buf_clear(&b);
    return rc;
}

/* Receives something; at least need bytes are wanted from in_at on. */
static enum vls_code
link_receive(struct vls_remote *r, size_t need, struct vls_error *err)
{
    size_t have = r->in.n - r->in_at, more;
    uint8_t *at;

    if (r->in_at > 0) {
        if (have > 0)
            memmove(r->in.p, r->in.p + r->in_at, have);
        r->in.n = have;
        r->in_at = 0;
    }
    more = need - have > READ_AHEAD ? need - have : READ_AHEAD;
    if ((at = vls_buf_extend(&r->in, more)) == NULL) {
        (void)vls__courier_stop(r, 0);
        return vls_buf_ok(&r->in, err);
    }
    for (;;) {
        ssize_t got = recv(r->fd, at, more, MSG_DONTWAIT);
        enum vls_code rc;

        if (got > 0) {
            r->in.n = have + (size_t)got;
            return VLS_OK;
        }
        if (got == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR))
            return link_lost(r, err);
        if ((rc = link_wait(r, POLLIN, err)) != VLS_OK)
            return rc;
    }
}

static enum vls_code
frame_next(struct vls_remote *r, struct vls__frame *out, struct vls_error *err)
{
    for (;;) {
        struct vls_slice in =
            r->in.p == NULL ? vls_slice_of(NULL, 0) : vls_slice_of(r->in.p + r->in_at, r->in.n - r->in_at);
        size_t before = in.n, need;
        enum vls_code rc;

        switch (vls__frame_take(&in, out, &need)) {
        case VLS__FRAME_OK: r->in_at += before - in.n; return VLS_OK;
        case VLS__FRAME_BAD: return vls__link_nonsense(r, err);
        case VLS__FRAME_SHORT:
            if ((rc = link_receive(r, need, err)) != VLS_OK)
                return rc;
        }
    }
}

static enum vls_code
reported(struct vls_remote *r, const struct vls__msg *msg, struct vls_error *err)
{
    char text[VLS__TEXT_MAX + 1];

    vls__escape(text, msg->u.error.text);
    vls_error_set(err, msg->u.error.code, "%s: %s", text, r->shown);
    if (err != NULL)
        err->sys = msg->u.error.sys;
    return vls__line_explain(r, msg->u.error.code, err);
}

/* How long mere signs of life are enough. */
struct patience {
    int64_t last;
    uint64_t bytes; /* of the transfer when it began anew */
    unsigned n;
};

/* A slow line may take as long as it needs, as long as it brings something. */
static void
patience_renew(struct patience *p, const struct vls_remote *r, uint64_t bytes)
{
    if (bytes < p->bytes)
        p->bytes = 0; /* another transfer */
    if (bytes - p->bytes < RENEWS || p->n >= RENEWALS_MAX)
        return;
    p->bytes = bytes;
    p->last = vls__link_now_ms() + (int64_t)r->stall_ms * PATIENCE;
    p->n++;
}

enum vls_code
vls__link_next(struct vls_remote *r, struct vls__msg *out, struct vls_error *err)
{
    struct patience p = {.last = vls__link_now_ms() + (int64_t)r->stall_ms * PATIENCE};
    struct vls__frame frame;
    enum vls_code rc;

    for (;;) {
        r->until = vls__link_now_ms() + r->stall_ms;
        if (r->until > p.last)
            r->until = p.last;
        if ((rc = frame_next(r, &frame, err)) != VLS_OK)
            return rc;
        if (vls__msg_decode(out, &frame, NULL) != VLS_OK)
            return vls__link_nonsense(r, err);
        if (out->type == VLS__F_ERROR)
            return reported(r, out, err);
        if (out->type == VLS__F_DIAL) {
            if ((rc = vls__line_dial(r, (enum vls__line)out->u.dial.service, err)) != VLS_OK)
                return rc;
            continue;
        }
        if (out->type != VLS__F_PROGRESS)
            return VLS_OK;
        if (out->u.progress.total > 0) { /* without a total it is only a sign of life */
            r->done = out->u.progress.done;
            r->total = out->u.progress.total;
            r->bytes = out->u.progress.bytes;
            patience_renew(&p, r, r->bytes);
        }
        if ((rc = vls__link_tell(r, err)) != VLS_OK)
            return rc;
        if (vls__link_now_ms() >= p.last) {
            (void)vls__courier_stop(r, 0);
            return VLS_FAIL(err, VLS_EUNREACHABLE, "does not answer: %s", r->shown);
        }
    }
}
