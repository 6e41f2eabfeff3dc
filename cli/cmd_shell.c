/*
 * shell: one unlocked session. Lines go through the same table as command lines (run.c); each opens the store and
 * leaves it free for others afterwards, with the key that the session keeps. What locks it, and where its
 * memory goes then, is the watch's (watch.c).
 */
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "valise/unlock.h"

#include "fail.h"
#include "interrupt.h"
#include "line.h"
#include "open.h"
#include "run.h"
#include "session.h"
#include "watch.h"

#define IDLE_MINUTES     5
#define IDLE_MINUTES_MAX 60

struct shell {
    struct cli *c; /* of the command "shell" itself */
    struct session s;
    struct watch *w;
    char **argv; /* of a line: the program's name, the shell's own options, the line's words */
    size_t n_before;
    bool keep_going;
    bool first; /* the session that the shell begins with */
};

/* ---- the key ---- */

enum vls_code
session_keep(struct session *s, const struct vls_secret *master, struct vls_error *err)
{
    struct vls_secret *copy = NULL;
    enum vls_code rc;

    if ((rc = vls_secret_clone(&copy, master, err)) != VLS_OK)
        return rc;
    session_forget(s);
    vls_secret_hide(copy);
    s->master = copy;
    watch_unlocked();
    return VLS_OK;
}

enum vls_code
session_key(struct session *s, struct vls_secret **out)
{
    enum vls_code rc;

    *out = NULL;
    if (s->master == NULL)
        return VLS_ENOTFOUND;
    vls_secret_show(s->master);
    rc = vls_secret_clone(out, s->master, NULL);
    vls_secret_hide(s->master);
    return rc;
}

void
session_forget(struct session *s)
{
    vls_secret_free(s->master);
    s->master = NULL;
    vls_wipe(s->title, sizeof s->title);
}

void
session_clear_screen(const struct cli *c, const struct session *s)
{
    const char *term = getenv("TERM");

    if (!s->person || !c->out_tty || c->accessible || term == NULL || strcmp(term, "dumb") == 0)
        return;
    fputs("\033[H\033[2J\033[3J", stdout);
    fflush(stdout);
}

/* ---- one line ---- */

/* "Focal points> "; the title is a secret of the store, so a locked shell has none to show. */
static void
prompt_show(const struct shell *sh)
{
    struct vls_buf clean;

    vls_buf_init(&clean, 4096);
    if (sh->s.master == NULL)
        vls_buf_printf(&clean, "%s", _("locked"));
    else
        sanitise(&clean, vls_slice_str(sh->s.title[0] != '\0' ? sh->s.title : "valise"), false);
    if (vls_buf_str(&clean) != NULL)
        fprintf(stderr, "%s> ", vls_buf_str(&clean));
    vls_buf_clear(&clean);
    fflush(stderr);
}

/* Failures of the line itself are told like those of a command. */
static int
line_failed(const struct shell *sh, enum vls_code rc, struct vls_error *err)
{
    struct cli c = {.json = sh->c->json, .own_words = true, .lang = sh->c->lang};

    return fail_report(&c, rc, err);
}

/* Yields the exit status; *leave when the line ends the shell. */
static int
line_run(struct shell *sh, struct vls_buf *line, bool *leave)
{
    struct vls_error err = {.code = VLS_OK};
    char **words = sh->argv + sh->n_before;
    size_t n = 0;
    enum vls_code rc = line_split((char *)line->p, words, &n, &err);

    if (rc != VLS_OK)
        return line_failed(sh, rc, &err);
    if (n > 0 && strcmp(words[0], "valise") == 0) /* as the hints write it */
        memmove(words, words + 1, --n * sizeof *words);
    if (n == 0)
        return 0;
    if (n == 1 && (strcmp(words[0], "exit") == 0 || strcmp(words[0], "quit") == 0)) {
        *leave = true;
        return 0;
    }
    words[n] = NULL;
    interrupt_start();
    return cli_run(&sh->s, (int)(sh->n_before + n), sh->argv);
}

/* What a failing line means for what follows it. */
static void
line_judge(struct shell *sh, int status, bool *leave)
{
    int *first = watch_status(sh->w);

    if (status == 0 || sh->s.person)
        return;
    if (*first == 0)
        *first = status;
    if (sh->keep_going && status != 130)
        return;
    *leave = true;
    if (!sh->c->json)
        note(sh->c, _("Line %llu failed, and nothing after it was done."), (unsigned long long)*watch_lines(sh->w));
}

static enum watch_end
session_lines(struct shell *sh)
{
    struct vls_error err = {.code = VLS_OK};
    struct vls_buf line;
    bool leave = false;

    vls_buf_init(&line, LINE_MAX_LEN + 1);
    while (!leave && !sh->s.lock) {
        enum vls_code rc;
        enum watch_end due;

        watch_person(true); /* before anybody can see that we wait */
        if (sh->s.person)
            prompt_show(sh);
        rc = line_read(&line, STDIN_FILENO, &err);
        due = watch_due();
        watch_person(false);
        if (due != WATCH_LEFT) { /* what was typed meanwhile is not ours to do */
            vls_buf_clear(&line);
            return due;
        }
        if (rc == VLS_ENOTFOUND || (rc == VLS_EINTERRUPT && !sh->s.person)) {
            leave = true;
            line_judge(sh, rc == VLS_EINTERRUPT ? 130 : 0, &leave);
            if (sh->s.person)
                fputc('\n', stderr);
        } else if (rc == VLS_EINTERRUPT) {
            fputc('\n', stderr);
            interrupt_start();
        } else {
            ++*watch_lines(sh->w);
            line_judge(sh, rc == VLS_OK ? line_run(sh, &line, &leave) : line_failed(sh, rc, &err), &leave);
            if (sh->s.person)
                interrupt_start(); /* it was the line's */
        }
    }
    vls_buf_clear(&line);
    return sh->s.lock ? WATCH_LOCKED : WATCH_LEFT;
}

/* ---- one session: a process of its own ---- */

static enum watch_end
session_body(void *ctx)
{
    struct shell *sh = ctx;
    struct vls_error err = {.code = VLS_OK};
    struct vls_engine *engine;
    enum watch_end end;
    enum vls_code rc = VLS_OK;

    if (sh->first) { /* the shell begins unlocked, or not at all */
        sh->c->session = &sh->s;
        sh->s.keyring = true;
        rc = cli_engine(sh->c, &engine, &err);
        cli_close(sh->c);
        sh->c->session = NULL;
        sh->s.keyring = false;
        if (rc != VLS_OK)
            *watch_status(sh->w) = fail_report(sh->c, rc, &err);
    }
    end = rc == VLS_OK ? session_lines(sh) : WATCH_LEFT;
    session_forget(&sh->s);
    return end;
}

static void
lock_say(const struct shell *sh, enum watch_end end, int sig)
{
    uint8_t store[VLS_ID_LEN];

    if (vls_engine_store_id(&sh->c->places, store, NULL) == VLS_OK)
        (void)!vls_unlock_revoke(store, NULL); /* there may be none, or no keyring */
    if (end != WATCH_LOCKED)                   /* the command has done it, before it said something */
        session_clear_screen(sh->c, &sh->s);
    if (end == WATCH_IDLE)
        note(sh->c, "%s", _("Locked, since nothing was typed for a while."));
    else if (end == WATCH_SLEPT)
        note(sh->c, "%s", _("Locked, since the laptop was asleep."));
    else if (end == WATCH_STOPPED)
        note(sh->c, "%s", _("Locked, since it was put in the background."));
    else if (end == WATCH_DIED)
        note(sh->c, _("The session was broken off by signal %d; it is locked."), sig);
}

static enum vls_code
sessions(struct shell *sh, struct vls_error *err)
{
    int sig = 0;

    for (sh->first = true;; sh->first = false) {
        enum watch_end end = watch_run(sh->w, session_body, sh, &sig, err);

        switch (end) {
        case WATCH_BROKEN: return err->code;
        case WATCH_LEFT: sh->c->status = *watch_status(sh->w); return VLS_OK;
        case WATCH_DIED:
            lock_say(sh, end, sig);
            if (sh->s.person && watch_had_key(sh->w))
                break;
            sh->c->status = sig == SIGINT ? 130 : 1;
            return VLS_OK;
        case WATCH_LOCKED:
        case WATCH_IDLE:
        case WATCH_SLEPT: lock_say(sh, end, 0); break;
        case WATCH_STOPPED:
            lock_say(sh, end, 0);
            watch_stop();
            break;
        }
    }
}

/* ---- the command ---- */

static enum vls_code
idle_wanted(struct cli *c, int64_t *minutes, struct vls_error *err)
{
    const char *text = args_value(&c->args, "idle");
    char *end;

    *minutes = IDLE_MINUTES;
    if (text == NULL)
        return VLS_OK;
    *minutes = strtol(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || *minutes < 1 || *minutes > IDLE_MINUTES_MAX)
        return cli_fail(c, err, VLS_EUSAGE, _("--idle is a number of minutes from 1 to %d"), IDLE_MINUTES_MAX);
    return VLS_OK;
}

/* The options that hold for every command hold for every line. */
static enum vls_code
argv_prepare(struct shell *sh, struct vls_error *err)
{
    const struct args *a = &sh->c->args;
    size_t n = 0;

    if ((sh->argv = calloc(1 + 2 * a->n_got + LINE_WORDS_MAX + 1, sizeof *sh->argv)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "arguments");
    if ((sh->argv[n++] = strdup("valise")) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "arguments");
    for (size_t i = 0; i < a->n_got; i++) {
        const struct got *g = &a->got[i];

        if (g->opt >= a->own.v && g->opt < a->own.v + a->own.n)
            continue;
        if (asprintf(&sh->argv[n], g->value != NULL ? "--%s=%s" : "--%s", g->opt->name, g->value) < 0) {
            sh->argv[n] = NULL;
            return VLS_FAIL(err, VLS_ENOMEM, "arguments");
        }
        n++;
        sh->s.n_given++;
    }
    sh->n_before = n;
    return VLS_OK;
}

enum vls_code
cmd_shell(struct cli *c, struct vls_error *err)
{
    struct shell sh = {.c = c, .s.person = isatty(STDIN_FILENO) != 0, .keep_going = args_flag(&c->args, "keep-going")};
    uint8_t store[VLS_ID_LEN];
    int64_t minutes;
    enum vls_code rc;

    if (c->session != NULL)
        return cli_fail(c, err, VLS_EUSAGE, _("this is a shell already"));
    if ((rc = idle_wanted(c, &minutes, err)) != VLS_OK ||
        (rc = vls_engine_store_id(&c->places, store, err)) != VLS_OK || (rc = argv_prepare(&sh, err)) != VLS_OK)
        goto out;
    if ((sh.w = watch_new(minutes * 60 * 1000)) == NULL)
        rc = VLS_FAIL(err, VLS_ENOMEM, "a shell");
    else
        rc = sessions(&sh, err);
out:
    watch_free(sh.w);
    for (size_t i = 0; sh.argv != NULL && i < sh.n_before; i++)
        free(sh.argv[i]);
    free(sh.argv);
    return rc;
}
