/*
 * Lines of a shell, from descriptor to words. Read byte by byte: what stands behind a line belongs to the
 * command that reads next, or to the process that goes on after a lock.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "line.h"

/* Until there is something to read; an interrupt that comes just before the wait ends it too. */
static bool
readable(int fd)
{
    struct pollfd p = {fd, POLLIN, 0};
    sigset_t interrupt, before;
    bool ok;

    (void)sigemptyset(&interrupt);
    (void)sigaddset(&interrupt, SIGINT);
    (void)sigprocmask(SIG_BLOCK, &interrupt, &before);
    do
        ok = !cli_interrupted() && ppoll(&p, 1, NULL, &before) >= 0;
    while (!ok && !cli_interrupted() && errno == EINTR);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    return ok || !cli_interrupted();
}

enum vls_code
line_read(struct vls_buf *line, int fd, struct vls_error *err)
{
    bool any = false, zero = false;
    size_t n = 0;
    char ch;

    vls_buf_reset(line);
    if (!readable(fd))
        return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    for (;;) {
        ssize_t got = read(fd, &ch, 1);

        if (got < 0 && errno == EINTR && !cli_interrupted())
            continue;
        if (got < 0)
            return errno == EINTR ? VLS_FAIL(err, VLS_EINTERRUPT, "interrupted")
                                  : VLS_FAIL_SYS(err, VLS_EIO, errno, "reading a line");
        if (got == 0 && !any)
            return VLS_ENOTFOUND;
        if (got == 0 || ch == '\n')
            break;
        any = true;
        zero = zero || ch == '\0';
        if (n++ < LINE_MAX_LEN)
            vls_buf_put_u8(line, (uint8_t)ch);
    }
    if (n > LINE_MAX_LEN)
        return VLS_FAIL(err, VLS_ELIMIT, _("a line has at most %u bytes"), LINE_MAX_LEN);
    if (zero)
        return VLS_FAIL(err, VLS_EVALUE, "%s", _("there is a zero byte in the line"));
    vls_buf_put_u8(line, 0); /* a C string from here on */
    return vls_buf_ok(line, err);
}

static bool
blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\r';
}

/* One word, moved together to where it begins; *at comes to stand behind it. */
static enum vls_code
word_take(char **at, struct vls_error *err)
{
    char *from = *at, *to = *at, quote = '\0';

    for (; *from != '\0' && (quote != '\0' || !blank(*from)); from++) {
        if (quote == '\0' && (*from == '\'' || *from == '"')) {
            quote = *from;
        } else if (quote != '\0' && *from == quote) {
            quote = '\0';
        } else if (*from == '\\' && (quote == '\0' || (quote == '"' && (from[1] == '"' || from[1] == '\\')))) {
            if (*++from == '\0')
                return VLS_FAIL(err, VLS_EUSAGE, "%s", _("a backslash at the end of a line means nothing here"));
            *to++ = *from;
        } else {
            *to++ = *from;
        }
    }
    if (quote != '\0')
        return VLS_FAIL(err, VLS_EUSAGE, _("the quotation mark %c has no partner"), quote);
    *at = *from != '\0' ? from + 1 : from;
    *to = '\0';
    return VLS_OK;
}

enum vls_code
line_split(char *text, char **words, size_t *n, struct vls_error *err)
{
    enum vls_code rc;

    *n = 0;
    for (;;) {
        while (blank(*text))
            text++;
        if (*text == '\0' || *text == '#')
            return VLS_OK;
        if (*n == LINE_WORDS_MAX)
            return VLS_FAIL(err, VLS_EUSAGE, _("a line has at most %u words"), LINE_WORDS_MAX);
        words[(*n)++] = text;
        if ((rc = word_take(&text, err)) != VLS_OK)
            return rc;
    }
}
