/*
 * Progress of a transfer: one line that updates itself on a terminal, a plain line now and then elsewhere, so that a
 * log of a slow night says what was going on.
 */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "progress.h"

#define SOON_MS  2000 /* before this a rate says nothing */
#define TICK_MS  250
#define PLAIN_MS 10000
#define WAIT_MS  3000 /* most answer before this */
#define AGAIN_MS 1000

/* Appends, as far as there is room. */
static void add(char out[PROGRESS_TEXT], const char *fmt, ...) VLS_PRINTF(2, 3);

static void
add(char out[PROGRESS_TEXT], const char *fmt, ...)
{
    size_t n = strlen(out);
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(out + n, PROGRESS_TEXT - n, fmt, args);
    va_end(args);
}

void
progress_text(char out[PROGRESS_TEXT], const struct progress *p, uint64_t done, uint64_t total, uint64_t bytes,
              int64_t now_ms)
{
    int64_t passed = now_ms - p->start_ms;
    uint64_t moved = bytes > p->first_bytes ? bytes - p->first_bytes : 0;
    char left[SPAN_TEXT];
    struct vls_buf name;
    uint64_t seconds;

    out[0] = '\0';
    vls_buf_init(&name, 8 * sizeof(p->remote));
    sanitise(&name, vls_slice_str(p->remote), false); /* a file may have been named by anybody */
    add(out, "%s", vls_buf_str(&name) != NULL ? vls_buf_str(&name) : "");
    vls_buf_clear(&name);
    if (total > 0)
        add(out, "  %llu / %llu", (unsigned long long)done, (unsigned long long)total);
    add(out, "  %llu KiB", (unsigned long long)(bytes / 1024));
    if (passed < SOON_MS || moved == 0)
        return;
    add(out, "  %llu KiB/s", (unsigned long long)(moved / 1024 * 1000 / (uint64_t)passed));
    if (total <= done || done == 0)
        return;
    seconds =
        (uint64_t)passed / 1000 * ((total - done) / done) + (uint64_t)passed / 1000 * ((total - done) % done) / done;
    if (seconds < 60)
        snprintf(left, sizeof(left), "%llu s", (unsigned long long)seconds);
    else
        span(left, (int64_t)seconds);
    add(out, _("  about %s left"), left);
}

bool
progress_due(const struct progress *p, bool terminal, int64_t now_ms)
{
    if (terminal)
        return p->shown_ms == 0 || now_ms - p->shown_ms >= TICK_MS;
    return now_ms - (p->shown_ms == 0 ? p->start_ms : p->shown_ms) >= PLAIN_MS;
}

static int64_t
now_ms(void)
{
    struct timespec t = {0, 0};

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

bool
progress_wait_due(const struct progress *p, bool terminal, int64_t now_ms)
{
    if (terminal)
        return now_ms - p->wait_ms >= WAIT_MS && (p->wait_shown_ms == 0 || now_ms - p->wait_shown_ms >= AGAIN_MS);
    return p->wait_shown_ms == 0 && now_ms - p->wait_ms >= PLAIN_MS;
}

/* Nothing has come of this remote yet. */
static void
wait_step(struct cli *c, struct progress *p, const char *remote, bool terminal, int64_t now)
{
    char text[2 * PROGRESS_TEXT], left[SPAN_TEXT], name[sizeof(p->awaited)];
    int64_t seconds;
    struct vls_buf clean;

    snprintf(name, sizeof(name), "%.20s", remote);
    if (strcmp(p->awaited, name) != 0) {
        memcpy(p->awaited, name, sizeof(name));
        p->wait_ms = now;
        p->wait_shown_ms = 0;
    }
    if (!progress_wait_due(p, terminal, now))
        return;
    p->wait_shown_ms = now;
    seconds = (now - p->wait_ms) / 1000;
    if (seconds < 60)
        snprintf(left, sizeof(left), "%lld s", (long long)seconds);
    else
        span(left, seconds);
    snprintf(text, sizeof(text), _("%s: no answer for %s; Ctrl-C ends the waiting"), name, left);
    if (!terminal) {
        note(c, "%s", text);
        return;
    }
    p->stands = true;
    vls_buf_init(&clean, 8 * sizeof(text));
    sanitise(&clean, vls_slice_str(text), false); /* a file may have been named by anybody */
    fprintf(stderr, "\r%-78s", vls_buf_str(&clean) != NULL ? vls_buf_str(&clean) : "");
    fflush(stderr);
    vls_buf_clear(&clean);
}

void
progress_step(struct cli *c, struct progress *p, const char *remote, uint64_t done, uint64_t total, uint64_t bytes)
{
    bool terminal = c->err_tty && !c->accessible;
    char text[PROGRESS_TEXT], name[sizeof(p->remote)];
    int64_t now = now_ms();

    if (c->quiet || c->json || c->plain)
        return;
    if (total == 0 && bytes == 0) {
        wait_step(c, p, remote, terminal, now);
        return;
    }
    snprintf(name, sizeof(name), "%.20s", remote);
    if (strcmp(p->remote, name) != 0 || bytes < p->first_bytes) {
        p->start_ms = now;
        p->shown_ms = 0;
        p->first_bytes = bytes;
        memcpy(p->remote, name, sizeof(name));
    }
    if (!progress_due(p, terminal, now))
        return;
    progress_text(text, p, done, total, bytes, now);
    p->shown_ms = now;
    p->stands = terminal;
    if (terminal)
        fprintf(stderr, "\r%-78s", text);
    else
        note(c, "%s", text);
    fflush(stderr);
}

void
progress_clear(struct progress *p)
{
    if (p->stands)
        fprintf(stderr, "\r%78s\r", "");
    p->stands = false;
}
