/*
 * The ways of git's protocol over lines that the parent opened: sockets whose other end is the system's ssh, one for a
 * conversation, or curl, one for each request. The courier learns neither address nor user, starts no program and makes
 * no connection; libgit2 believes in a host called "line".
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/transport.h>

#include "sync/courier/net.h"

#define UPLOAD_FLOOR 4096u /* bytes a second: no slower line is waited for */
#define REQUEST_MAX ((size_t)16 * 1024 * 1024) /* a push of the largest load, and what it is wrapped in */

struct line {
    git_smart_subtransport base;
    bool requests;              /* a line for each request */
    struct line_stream *stream; /* of the conversation that is open; NULL when none is */
};

struct line_stream {
    git_smart_subtransport_stream base;
    enum vls__line service;
    int fd;              /* -1: not dialled yet, since the request is still being written */
    unsigned patience_s; /* for what was sent to reach the host, before the first of its answer */
    size_t listing;      /* what is left of the budget while the host says what it has, 0 behind that */
    struct vls_buf request;
};

static bool flooded;

bool
line_is_flooded(void)
{
    return flooded;
}

static int
failed(const char *why)
{
    git_error_set_str(GIT_ERROR_NET, why);
    return -1;
}

static int
put_all(int fd, const uint8_t *p, size_t n)
{
    while (n > 0) {
        ssize_t put = send(fd, p, n, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return failed("the line ended");
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

/* A request is complete when its answer is asked for. */
static int
request_send(struct line_stream *s)
{
    if ((s->fd = pipe_take_line(s->service)) < 0)
        return failed("no line");
    if (put_all(s->fd, s->request.p, s->request.n) != 0)
        return -1;
    s->patience_s = (unsigned)(s->request.n / UPLOAD_FLOOR);
    vls_buf_clear(&s->request);
    return shutdown(s->fd, SHUT_WR) == 0 ? 0 : failed("the line ended");
}

/* curl takes a request at once and says nothing while it is on its way: the parent is told that we live. */
static int
answer_await(struct line_stream *s)
{
    struct pollfd p = {.fd = s->fd, .events = POLLIN};

    for (; s->patience_s > 0 && poll(&p, 1, 1000) == 0; s->patience_s--)
        if (!pipe_send_progress(0, 0, 0))
            return failed("nobody listens");
    s->patience_s = 0;
    return 0;
}

static int
stream_read(git_smart_subtransport_stream *base, char *out, size_t cap, size_t *got)
{
    struct line_stream *s = (struct line_stream *)(void *)base;
    ssize_t n;

    *got = 0;
    if ((s->fd < 0 && request_send(s) != 0) || answer_await(s) != 0)
        return -1;
    do
        n = recv(s->fd, out, cap, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return failed("the line ended");
    if (s->listing > 0) { /* libgit2 would keep all of it */
        flooded = (size_t)n >= s->listing;
        s->listing = flooded ? 0 : s->listing - (size_t)n;
        if (flooded)
            return failed("the list is too long");
    }
    *got = (size_t)n; /* 0: libgit2 knows whether that is too early */
    return 0;
}

static int
stream_write(git_smart_subtransport_stream *base, const char *p, size_t n)
{
    struct line_stream *s = (struct line_stream *)(void *)base;

    if (!((struct line *)(void *)base->subtransport)->requests)
        return put_all(s->fd, (const uint8_t *)p, n);
    if (s->fd >= 0)
        return failed("a request goes on behind its answer");
    vls_buf_put(&s->request, p, n);
    return s->request.bad == VLS_OK ? 0 : failed("a request is too long");
}

static void
stream_free(git_smart_subtransport_stream *base)
{
    struct line_stream *s = (struct line_stream *)(void *)base;
    struct line *line;

    if (s == NULL)
        return;
    line = (struct line *)(void *)s->base.subtransport;
    if (line->stream == s)
        line->stream = NULL;
    if (s->fd >= 0)
        (void)close(s->fd);
    vls_buf_clear(&s->request);
    free(s);
}

static struct line_stream *
stream_new(struct line *line, enum vls__line service)
{
    struct line_stream *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->base.subtransport = &line->base;
    s->base.read = stream_read;
    s->base.write = stream_write;
    s->base.free = stream_free;
    s->service = service;
    s->fd = -1;
    vls_buf_init(&s->request, REQUEST_MAX);
    line->stream = s;
    return s;
}

/* With one line for all, the listing opens it and the service goes on over it. */
static int
line_action(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
            git_smart_service_t action)
{
    static const enum vls__line services[] = {
        [GIT_SERVICE_UPLOADPACK_LS] = VLS__LINE_UPLOAD,
        [GIT_SERVICE_UPLOADPACK] = VLS__LINE_UPLOAD_REQUEST,
        [GIT_SERVICE_RECEIVEPACK_LS] = VLS__LINE_RECEIVE,
        [GIT_SERVICE_RECEIVEPACK] = VLS__LINE_RECEIVE_REQUEST,
    };
    struct line *line = (struct line *)(void *)base;
    bool listing = action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_RECEIVEPACK_LS;
    struct line_stream *s = line->stream;

    (void)url;
    *out = NULL;
    if (!listing && !line->requests) {
        if (s == NULL)
            return failed("no line");
        s->listing = 0;
        *out = &s->base;
        return 0;
    }
    if ((s = stream_new(line, services[action])) == NULL)
        return failed("no memory for a line");
    flooded = false;
    s->listing = listing ? VLS__LISTING_BYTES : 0;
    if (listing && !line->requests && (s->fd = pipe_take_line(s->service)) < 0) {
        stream_free(&s->base);
        return failed("no line");
    }
    *out = &s->base;
    return 0;
}

static int
line_close(git_smart_subtransport *base)
{
    struct line *line = (struct line *)(void *)base;

    if (line->stream != NULL)
        stream_free(&line->stream->base);
    return 0;
}

static void
line_free(git_smart_subtransport *base)
{
    (void)line_close(base);
    free(base);
}

static int
line_new(git_smart_subtransport **out, git_transport *owner, void *param)
{
    struct line *line = calloc(1, sizeof *line);

    (void)owner;
    if (line == NULL)
        return -1;
    line->base.action = line_action;
    line->base.close = line_close;
    line->base.free = line_free;
    line->requests = *(const bool *)param;
    *out = &line->base;
    return 0;
}

static bool one_line = false, requests = true;

int
line_transport(git_transport **out, git_remote *owner, void *param)
{
    static git_smart_subtransport_definition definition = {.callback = line_new, .param = &one_line};

    (void)param;
    return git_transport_smart(out, owner, &definition);
}

int
request_transport(git_transport **out, git_remote *owner, void *param)
{
    static git_smart_subtransport_definition definition = {.callback = line_new, .rpc = 1, .param = &requests};

    (void)param;
    return git_transport_smart(out, owner, &definition);
}
