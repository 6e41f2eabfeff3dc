/*
 * The way of git's protocol over a line that the parent opened: a socket whose other end is the system's ssh. The
 * courier learns neither address nor user, starts no program and makes no connection; libgit2 believes in a host
 * called "line".
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/transport.h>

#include "sync/courier/net.h"

struct line {
    git_smart_subtransport base;
    struct line_stream {
        git_smart_subtransport_stream base;
        int fd;
    } * stream; /* of the conversation that is open; NULL when none is */
};

static int
stream_read(git_smart_subtransport_stream *base, char *out, size_t cap, size_t *got)
{
    ssize_t n;

    do
        n = recv(((struct line_stream *)(void *)base)->fd, out, cap, 0);
    while (n < 0 && errno == EINTR);
    *got = n > 0 ? (size_t)n : 0;
    if (n <= 0)
        git_error_set_str(GIT_ERROR_NET, "the line ended");
    return n > 0 ? 0 : -1;
}

static int
stream_write(git_smart_subtransport_stream *base, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = send(((struct line_stream *)(void *)base)->fd, p, n, MSG_NOSIGNAL);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            git_error_set_str(GIT_ERROR_NET, "the line ended");
            return -1;
        }
        p += put;
        n -= (size_t)put;
    }
    return 0;
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
    (void)close(s->fd);
    free(s);
}

/* The listing opens the line, the service itself goes on over it. */
static int
line_action(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
            git_smart_service_t action)
{
    struct line *line = (struct line *)(void *)base;
    bool receive = action == GIT_SERVICE_RECEIVEPACK_LS;

    (void)url;
    *out = NULL;
    if (action == GIT_SERVICE_UPLOADPACK || action == GIT_SERVICE_RECEIVEPACK) {
        if (line->stream == NULL)
            return -1;
        *out = &line->stream->base;
        return 0;
    }
    if (line->stream != NULL || (line->stream = calloc(1, sizeof *line->stream)) == NULL)
        return -1;
    line->stream->base.subtransport = base;
    line->stream->base.read = stream_read;
    line->stream->base.write = stream_write;
    line->stream->base.free = stream_free;
    if ((line->stream->fd = pipe_take_line(receive ? VLS__LINE_RECEIVE : VLS__LINE_UPLOAD)) < 0) {
        free(line->stream);
        line->stream = NULL;
        git_error_set_str(GIT_ERROR_NET, "no line");
        return -1;
    }
    *out = &line->stream->base;
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
    (void)param;
    if (line == NULL)
        return -1;
    line->base.action = line_action;
    line->base.close = line_close;
    line->base.free = line_free;
    *out = &line->base;
    return 0;
}

int
line_transport(git_transport **out, git_remote *owner, void *param)
{
    static git_smart_subtransport_definition definition = {.callback = line_new};

    (void)param;
    return git_transport_smart(out, owner, &definition);
}
