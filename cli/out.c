/*
 * Where output goes: results to stdout, everything else to stderr. Text for people is held back while
 * a pager may be wanted; rows and documents for programs go straight out.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli.h"
#include "watch.h"

#define LINE_MAX_BYTES (4u << 20) /* one value of a record is far below */
#define HELD_MAX (64u << 20)      /* what a person might page through; more is printed as it comes */
#define N_HINTS_MAX 2

void
out_raw(struct cli *c, const char *text)
{
    size_t n = strlen(text);

    if (c->hold && c->held.n + n <= HELD_MAX) {
        vls_buf_put(&c->held, text, n);
        return;
    }
    out_flush(c);
    fwrite(text, 1, n, stdout);
}

/* One formatted and sanitised line to out_raw or to a stream. */
static void VLS_PRINTF(4, 0)
line_to(struct cli *c, FILE *to, bool keep_lf, const char *fmt, va_list ap)
{
    struct vls_buf clean;
    char *text = NULL;
    int n = vasprintf(&text, fmt, ap);

    if (n < 0)
        return;
    vls_buf_init(&clean, LINE_MAX_BYTES);
    sanitise(&clean, vls_slice_of(text, (size_t)n), keep_lf);
    while (clean.n > 0 && clean.p[clean.n - 1] == ' ')
        clean.n--;
    vls_buf_put_u8(&clean, '\n');
    if (vls_buf_str(&clean) != NULL) {
        if (to == NULL)
            out_raw(c, vls_buf_str(&clean));
        else
            fputs(vls_buf_str(&clean), to);
    }
    vls_buf_clear(&clean);
    vls_wipe(text, (size_t)n);
    free(text);
}

void
out_line(struct cli *c, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line_to(c, NULL, false, fmt, ap);
    va_end(ap);
}

void
out_text(struct cli *c, size_t indent, struct vls_slice text)
{
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) : text.n;

        out_line(c, "%*s%.*s", (int)indent, "", (int)n, (const char *)text.p);
        n += end != NULL;
        text.p += n;
        text.n -= n;
    }
}

void
row_init(struct row *row)
{
    vls_buf_init(&row->text, LINE_MAX_BYTES);
    row->n = 0;
}

void
row_clear(struct row *row)
{
    vls_buf_clear(&row->text);
    row->n = 0;
}

void
row_cell(struct row *row, const char *cell)
{
    if (row->n++ > 0)
        vls_buf_put_u8(&row->text, '\t');
    for (; cell != NULL && *cell != '\0'; cell++) {
        switch (*cell) {
        case '\t': vls_buf_printf(&row->text, "\\t"); break;
        case '\n': vls_buf_printf(&row->text, "\\n"); break;
        case '\\': vls_buf_printf(&row->text, "\\\\"); break;
        default: vls_buf_put_u8(&row->text, (uint8_t)*cell);
        }
    }
}

void
row_print(struct cli *c, struct row *row)
{
    struct vls_buf clean;

    vls_buf_init(&clean, LINE_MAX_BYTES);
    sanitise(&clean, vls_buf_slice(&row->text), true);
    vls_buf_put_u8(&clean, '\n');
    if (vls_buf_str(&clean) != NULL)
        out_raw(c, vls_buf_str(&clean));
    vls_buf_clear(&clean);
    row->n = 0;
    vls_buf_reset(&row->text);
}

void
out_row(struct cli *c, const char *first, ...)
{
    const char *cell;
    struct row row;
    va_list ap;

    row_init(&row);
    va_start(ap, first);
    for (cell = first; cell != NULL; cell = va_arg(ap, const char *))
        row_cell(&row, cell);
    va_end(ap);
    row_print(c, &row);
    row_clear(&row);
}

/* ---- the pager ---- */

static size_t
n_lines(struct vls_slice text)
{
    size_t i, n = 0;

    for (i = 0; i < text.n; i++)
        n += text.p[i] == '\n';
    return n;
}

static size_t
screen_lines(void)
{
    struct winsize ws;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 ? ws.ws_row : 24;
}

/* Records go to less through a pipe: no history file, no shell escape, no editor. */
static bool
page(struct vls_slice text)
{
    const char *pager = getenv("VALISE_PAGER");
    char less[256];
    void (*before)(int);
    FILE *to;

    if (pager == NULL || *pager == '\0')
        pager = getenv("PAGER");
    if (pager == NULL || *pager == '\0')
        pager = less;
    /* its prompt: ours has neither quotes nor what less or the shell reads as more than text */
    (void)snprintf(less, sizeof less, "less -FRX -Ps'%s'", _("q leaves, space goes on"));
    setenv("LESSHISTFILE", "-", 1);
    setenv("LESSSECURE", "1", 1);
    before = signal(SIGINT, SIG_IGN); /* an interrupt is the pager's to handle */
    if ((to = popen(pager, "w")) != NULL) {
        watch_person(true);
        fwrite(text.p, 1, text.n, to);
        pclose(to);
        watch_person(false);
    }
    signal(SIGINT, before);
    return to != NULL;
}

void
out_flush(struct cli *c)
{
    struct vls_slice text = vls_buf_slice(&c->held);

    if (c->hold) {
        c->hold = false;
        if (text.n > 0 && (n_lines(text) < screen_lines() || !page(text)))
            fwrite(text.p, 1, text.n, stdout);
        vls_buf_clear(&c->held);
    }
    fflush(stdout);
}

/* ---- messages ---- */

void
note(struct cli *c, const char *fmt, ...)
{
    va_list ap;

    if (c->quiet)
        return;
    va_start(ap, fmt);
    line_to(c, stderr, false, fmt, ap);
    va_end(ap);
}

void
hint(struct cli *c, const char *fmt, ...)
{
    va_list ap;

    if (c->quiet || c->json || c->plain || !c->err_tty || !c->out_tty || c->n_hints == N_HINTS_MAX)
        return;
    c->n_hints++;
    out_flush(c);
    va_start(ap, fmt);
    line_to(c, stderr, false, fmt, ap);
    va_end(ap);
}

void
complain(struct cli *c, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    line_to(c, stderr, false, fmt, ap);
    va_end(ap);
}
