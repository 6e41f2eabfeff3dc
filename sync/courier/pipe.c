/*
 * The courier's end of the pipe: one message in memory at a time, blocking reads and writes. A parent
 * that has gone or talks nonsense ends the process; there is nobody to explain it to.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sync/courier/courier.h"

static struct vls_buf in = {.max = VLS__FRAME_HEAD + VLS__FRAME_BLOB_MAX};

/* Fills in up to n bytes; 1 done, 0 end of input, -1 failure. */
static int
fill(size_t n)
{
    while (in.n < n) {
        size_t at = in.n, want = n - at;
        uint8_t *p = vls_buf_extend(&in, want);
        ssize_t got;

        if (p == NULL)
            return -1;
        do
            got = read(STDIN_FILENO, p, want);
        while (got < 0 && errno == EINTR);
        in.n = at + (got > 0 ? (size_t)got : 0);
        if (got <= 0)
            return (int)got;
    }
    return 1;
}

enum pipe_state
pipe_next(struct vls__msg *out)
{
    struct vls__frame frame;
    struct vls_slice all;
    size_t need = VLS__FRAME_HEAD;
    int got;

    vls_buf_reset(&in);
    for (;;) {
        if ((got = fill(need)) <= 0)
            return got == 0 && in.n == 0 ? PIPE_END : PIPE_BAD;
        all = vls_buf_slice(&in);
        switch (vls__frame_take(&all, &frame, &need)) {
        case VLS__FRAME_SHORT: break;
        case VLS__FRAME_BAD: return PIPE_BAD;
        case VLS__FRAME_OK: return vls__msg_decode(out, &frame, NULL) == VLS_OK ? PIPE_OK : PIPE_BAD;
        }
    }
}

/* The parent's next frame is LINE with a descriptor, or nothing at all. */
int
pipe_take_line(enum vls__line service)
{
    const struct vls__msg ask = {.type = VLS__F_DIAL, .u.dial.service = (uint8_t)service};
    union {
        char bytes[CMSG_SPACE(sizeof(int))];
        struct cmsghdr align;
    } control;
    uint8_t frame[VLS__FRAME_HEAD] = {0};
    struct iovec part = {frame, sizeof frame};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control};
    struct cmsghdr *c;
    ssize_t got;
    int fd = -1;

    if (!pipe_send(&ask))
        return -1;
    do
        got = recvmsg(STDIN_FILENO, &m, MSG_WAITALL | MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    for (c = CMSG_FIRSTHDR(&m); got > 0 && c != NULL; c = CMSG_NXTHDR(&m, c))
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(sizeof fd))
            memcpy(&fd, CMSG_DATA(c), sizeof fd);
    if (got != (ssize_t)sizeof frame || frame[4] != VLS__F_LINE || vls_load_le32(frame) != 0)
        exit(2); /* the parent has gone or is not ours */
    return fd;
}

static bool
send_parts(struct iovec *part, int n)
{
    while (n > 0) {
        ssize_t put = writev(STDOUT_FILENO, part, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return false;
        while (n > 0 && (size_t)put >= part->iov_len) {
            put -= (ssize_t)part->iov_len;
            part++;
            n--;
        }
        if (n > 0) {
            part->iov_base = (uint8_t *)part->iov_base + put;
            part->iov_len -= (size_t)put;
        }
    }
    return true;
}

bool
pipe_send(const struct vls__msg *msg)
{
    struct vls_buf b;
    struct iovec part;
    bool ok;

    vls_buf_init(&b, VLS__FRAME_HEAD + VLS__FRAME_SMALL_MAX);
    vls__msg_encode(&b, msg);
    part = (struct iovec){b.p, b.n};
    ok = b.bad == VLS_OK && send_parts(&part, 1);
    vls_buf_clear(&b);
    return ok;
}

bool
pipe_send_blob(const uint8_t name[VLS__NAME], const void *p, size_t n)
{
    uint8_t head[VLS__FRAME_HEAD + VLS__NAME];
    union {
        const void *in;
        void *out; /* writev reads only; its type cannot say so */
    } bytes = {p};
    struct iovec part[2] = {{head, sizeof head}, {bytes.out, n}};

    vls__blob_head(head, name, n);
    return send_parts(part, 2);
}

bool
pipe_send_error(const struct vls_error *err)
{
    struct vls__msg msg = {.type = VLS__F_ERROR};

    msg.u.error.code = err->code;
    msg.u.error.sys = err->sys;
    msg.u.error.text = vls_slice_of(err->text, err->len);
    return pipe_send(&msg);
}

bool
pipe_send_progress(uint64_t done, uint64_t total, uint64_t bytes)
{
    struct vls__msg msg = {.type = VLS__F_PROGRESS};

    msg.u.progress.done = done;
    msg.u.progress.total = total;
    msg.u.progress.bytes = bytes;
    return pipe_send(&msg);
}
