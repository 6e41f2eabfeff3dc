/*
 * Asking for a passphrase on the controlling terminal, or taking it from where the user said. Whatever
 * ends the question, a signal included, the terminal echoes again afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <libintl.h>

#include "valise/prim.h"

#include "passphrase.h"
#include "watch.h"

#ifndef _
#define _(s) gettext(s)
#endif

#define ATTEMPTS 3

/* ---- the terminal ---- */

static const int caught[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU};
#define N_CAUGHT (sizeof caught / sizeof caught[0])

static volatile sig_atomic_t arrived;

static void
on_signal(int sig)
{
    arrived = sig;
}

static void
tty_say(int tty, const char *text)
{
    size_t n = strlen(text);

    while (n > 0) {
        ssize_t put = write(tty, text, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return; /* the answer will fail too, and say so */
        text += put;
        n -= (size_t)put;
    }
}

/* One line with echo off, while the signals of caught[] only end it. */
static enum vls_code
tty_line(struct vls_secret **out, int tty, const char *prompt, const sigset_t *open_mask, struct vls_error *err)
{
    struct termios before, quiet;
    struct pollfd wait = {tty, POLLIN, 0};
    enum vls_code rc;

    *out = NULL;
    if (tcgetattr(tty, &before) != 0)
        return VLS_FAIL_SYS(err, VLS_EIO, errno, _("the terminal does not answer"));
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= ICANON | ISIG;
    if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
        return arrived != 0 ? VLS_FAIL(err, VLS_EINTERRUPT, "interrupted")
                            : VLS_FAIL_SYS(err, VLS_EIO, errno, _("the terminal cannot be made silent"));
    tty_say(tty, prompt); /* only now: what is typed at once must not be shown, nor flushed */
    /* signals are let in only while we wait, so that none is lost between a look and the read */
    if (arrived != 0 || (ppoll(&wait, 1, NULL, open_mask) < 0 && errno == EINTR))
        rc = VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    else
        rc = vls_passphrase_read(out, tty, err);
    /* FLUSH: what is left of a line that was too long must not reach the shell */
    while (tcsetattr(tty, TCSAFLUSH, &before) != 0 && errno == EINTR && arrived != SIGTTOU)
        ;
    tty_say(tty, "\n");
    return rc;
}

/* Asks once; being stopped and continued asks again. An empty answer is VLS_ELOCKED. */
static enum vls_code
tty_ask(struct vls_secret **out, int tty, const char *prompt, struct vls_error *err)
{
    struct sigaction act, old[N_CAUGHT];
    sigset_t blocked, open_mask;
    enum vls_code rc;
    int sig;

    do {
        memset(&act, 0, sizeof act);
        act.sa_handler = on_signal;
        (void)sigemptyset(&act.sa_mask);
        (void)sigemptyset(&blocked);
        arrived = 0;
        /* not SIGTTIN and SIGTTOU: those interrupt the very call that reads or writes from the background */
        for (size_t i = 0; i < N_CAUGHT; i++)
            if (caught[i] != SIGTTIN && caught[i] != SIGTTOU)
                (void)sigaddset(&blocked, caught[i]);
        (void)sigprocmask(SIG_BLOCK, &blocked, &open_mask);
        for (size_t i = 0; i < N_CAUGHT; i++)
            (void)sigaction(caught[i], &act, &old[i]);
        watch_person(true);
        rc = tty_line(out, tty, prompt, &open_mask, err);
        watch_person(false);
        for (size_t i = 0; i < N_CAUGHT; i++)
            (void)sigaction(caught[i], &old[i], NULL);
        (void)sigprocmask(SIG_SETMASK, &open_mask, NULL);
        /* now the signal does what it would have done: end us, stop us, or tell the program's own handler */
        if ((sig = arrived) != 0) {
            vls_secret_free(*out);
            *out = NULL;
            (void)kill(getpid(), sig);
            rc = VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
        }
    } while (sig == SIGTSTP || sig == SIGTTIN || sig == SIGTTOU);
    return rc;
}

/* ---- choosing a new one ---- */

static enum vls_code
length_ok(const struct vls_secret *s, struct vls_error *err)
{
    size_t chars = 0;

    for (size_t i = 0; i < s->len; i++)
        chars += (s->bytes[i] & 0xc0) != 0x80; /* UTF-8 continuation bytes are not characters */
    if (chars < PASSPHRASE_CHARS_MIN)
        return VLS_FAIL(err, VLS_EVALUE, _("A passphrase has %d characters or more."), PASSPHRASE_CHARS_MIN);
    return VLS_OK;
}

static bool
same(const struct vls_secret *a, const struct vls_secret *b)
{
    return a->len == b->len && vls_equal(a->bytes, b->bytes, a->len);
}

/* One attempt. VLS_EVALUE: it may be tried again; the text says why. */
static enum vls_code
choose_once(struct vls_secret **out, int tty, const char *prompt, struct vls_error *err)
{
    struct vls_secret *first = NULL, *again = NULL;
    enum vls_code rc = tty_ask(&first, tty, prompt, err);

    if (rc == VLS_ELOCKED) { /* Enter alone */
        if ((rc = vls_passphrase_generate(&first, err)) != VLS_OK)
            goto out;
        tty_say(tty, "\n    ");
        tty_say(tty, (const char *)first->bytes);
        tty_say(tty, "\n\n");
        tty_say(tty, _("Write it on paper and keep it apart from the laptop. Then type it."));
        tty_say(tty, "\n");
    }
    if (rc != VLS_OK || (rc = length_ok(first, err)) != VLS_OK)
        goto out;
    if ((rc = tty_ask(&again, tty, _("Once more: "), err)) != VLS_OK && rc != VLS_ELOCKED)
        goto out;
    if (rc == VLS_ELOCKED || !same(first, again)) {
        rc = VLS_FAIL(err, VLS_EVALUE, "%s", _("They are not the same."));
        goto out;
    }
    *out = first;
    first = NULL;
out:
    vls_secret_free(first);
    vls_secret_free(again);
    return rc;
}

static enum vls_code
choose(struct vls_secret **out, int tty, const char *prompt, struct vls_error *err)
{
    struct vls_error why = {0};
    enum vls_code rc = VLS_EVALUE;

    tty_say(tty, _("Choose a passphrase for this laptop (12 characters or more, not shown), or press Enter for a "
                   "generated one of six words."));
    tty_say(tty, "\n");
    for (int i = 0; i < ATTEMPTS && rc == VLS_EVALUE; i++) {
        rc = choose_once(out, tty, prompt, &why);
        if (rc == VLS_EVALUE) {
            tty_say(tty, why.text);
            tty_say(tty, "\n");
        }
    }
    if (rc == VLS_EVALUE)
        return VLS_FAIL(err, VLS_ECANCELLED, "%s", _("No passphrase was chosen."));
    if (rc != VLS_OK && err != NULL)
        *err = why;
    return rc;
}

/* ---- the sources ---- */

static enum vls_code
from_fd(struct vls_secret **out, const char *text, struct vls_error *err)
{
    char *end;
    long fd;

    errno = 0;
    fd = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || fd < 0 || fd > INT_MAX)
        return VLS_FAIL(err, VLS_EUSAGE, _("“%s” is not the number of a descriptor."), text);
    return vls_passphrase_read(out, (int)fd, err);
}

/* The options, or where there is none the variables. An empty variable is none. */
static struct passphrase_source
source_of(const struct passphrase_source *given)
{
    static const char *const name[] = {"VALISE_PASSPHRASE_FILE", "VALISE_PASSPHRASE_COMMAND", "VALISE_PASSPHRASE_FD"};
    struct passphrase_source s = *given;
    const char **field[] = {&s.file, &s.command, &s.fd};

    if (s.given_only || s.file != NULL || s.command != NULL || s.fd != NULL)
        return s;
    for (size_t i = 0; i < 3; i++) {
        const char *v = getenv(name[i]);

        *field[i] = v != NULL && *v != '\0' ? v : NULL;
    }
    return s;
}

bool
passphrase_is_typed(const struct passphrase_source *src)
{
    struct passphrase_source s = source_of(src);

    return !s.no_input && s.file == NULL && s.command == NULL && s.fd == NULL;
}

static enum vls_code
from_terminal(struct vls_secret **out, const char *prompt, bool confirm, const struct passphrase_source *s,
              struct vls_error *err)
{
    int tty = s->no_input ? -1 : open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    enum vls_code rc;

    if (tty < 0)
        return VLS_FAIL(err, VLS_ELOCKED, "%s",
                        confirm && s->given_only
                            ? _("A new passphrase is needed and nobody can be asked. Use --new-passphrase-file.")
                        : confirm || s->always
                                ? _("A passphrase is needed and nobody can be asked. Use --passphrase-file, "
                                    "--passphrase-command or --passphrase-fd.")
                                : _("A passphrase is needed and nobody can be asked. Use --passphrase-file, "
                                    "--passphrase-command or --passphrase-fd, or first:  valise unlock"));
    rc = confirm ? choose(out, tty, prompt, err) : tty_ask(out, tty, prompt, err);
    (void)close(tty);
    return rc;
}

enum vls_code
passphrase_get(struct vls_secret **out, const struct passphrase_source *src, const char *prompt, bool confirm,
               struct vls_error *err)
{
    struct passphrase_source s = source_of(src);
    int n = (s.file != NULL) + (s.command != NULL) + (s.fd != NULL);
    enum vls_code rc;

    *out = NULL;
    if (n > 1)
        return VLS_FAIL(err, VLS_EUSAGE, "%s", _("A passphrase comes from one source; several are named."));
    if (n == 0)
        return from_terminal(out, prompt, confirm, &s, err);
    rc = s.file != NULL      ? vls_passphrase_read_file(out, s.file, err)
         : s.command != NULL ? vls_passphrase_read_command(out, s.command, err)
                             : from_fd(out, s.fd, err);
    if (rc == VLS_OK && confirm && (rc = length_ok(*out, err)) != VLS_OK) {
        vls_secret_free(*out);
        *out = NULL;
    }
    return rc;
}

enum vls_code
passphrase_ask(struct vls_secret **out, bool no_input, const char *prompt, struct vls_error *err)
{
    const struct passphrase_source nowhere_else = {.no_input = no_input, .always = true};

    *out = NULL;
    return from_terminal(out, prompt, false, &nowhere_else, err);
}
