/*
 * From a command line to an exit status: language, arguments, places, the command, and what to say
 * when it failed. Commands and options stand in table.c. A shell's lines come this way too.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "editor.h"
#include "fail.h"
#include "help.h"
#include "interrupt.h"
#include "language.h"
#include "places.h"
#include "run.h"
#include "session.h"

#define COLUMNS_MIN 20 /* below this nothing can be read, and it is an accident */
#define COLUMNS_MAX 1000

/* Looked for before anything is parsed, so that even "unknown option" is said in the right way. */
static const char *
early(int argc, char **argv, const char *name, bool takes_value)
{
    size_t len = strlen(name);
    const char *found = NULL;
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], name, len) != 0)
            continue;
        if (argv[i][len] == '\0')
            found = !takes_value ? "" : i + 1 < argc ? argv[i + 1] : found;
        else if (argv[i][len] == '=' && takes_value)
            found = argv[i] + len + 1;
    }
    return found;
}

static enum vls_code
clock_start(struct cli *c, struct vls_error *err)
{
    const char *now = getenv("VALISE_NOW");
    struct vls_instant t;

    c->now = (int64_t)time(NULL);
    if (now == NULL || now[0] == '\0')
        return VLS_OK;
    if (!vls_instant_parse(&t, now, 0))
        return cli_fail(c, err, VLS_EUSAGE, _("VALISE_NOW is not an instant such as 2027-03-08T09:10:00Z"));
    c->now = t.unix_s;
    return VLS_OK;
}

/* COLUMNS where somebody set it, else what the terminal says. */
static size_t
columns_find(const struct cli *c)
{
    const char *text = getenv("COLUMNS");
    struct winsize ws;
    char *end = NULL;
    unsigned long n = text != NULL ? strtoul(text, &end, 10) : 0;

    if (end == NULL || end == text || *end != '\0')
        n = c->out_tty && ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 ? ws.ws_col : 0;
    return n < COLUMNS_MIN || n > COLUMNS_MAX ? 0 : (size_t)n;
}

static enum vls_code
globals_take(struct cli *c, struct vls_error *err)
{
    const struct args *a = &c->args;
    const char *color = args_value(a, "color"), *lang = args_value(a, "lang");
    const char *accessible = getenv("ACCESSIBLE");

    c->json = args_flag(a, "json");
    c->plain = args_flag(a, "plain");
    c->quiet = args_flag(a, "quiet");
    c->verbose = args_flag(a, "verbose");
    c->dry_run = args_flag(a, "dry-run");
    c->yes = args_flag(a, "yes");
    c->no_input = args_flag(a, "no-input");
    c->accessible = accessible != NULL && accessible[0] != '\0' && strcmp(accessible, "0") != 0;
    c->columns = columns_find(c);
    c->ask = !c->no_input && isatty(STDIN_FILENO) && c->err_tty;
    c->hold = c->out_tty && !c->json && !c->plain && !args_flag(a, "no-pager");
    if (lang != NULL && strcmp(lang, "en") != 0 && strcmp(lang, "fr") != 0)
        return cli_fail(c, err, VLS_EUSAGE, _("--lang is en or fr"));
    if (color != NULL && strcmp(color, "auto") != 0 && strcmp(color, "always") != 0 && strcmp(color, "never") != 0)
        return cli_fail(c, err, VLS_EUSAGE, _("--color is auto, always or never"));
    if (c->json && c->plain)
        return cli_fail(c, err, VLS_EUSAGE, _("--json and --plain exclude each other"));
    return VLS_OK;
}

static enum vls_code
command_run(struct cli *c, struct vls_error *err)
{
    const struct cmd *cmd = c->args.cmd;
    struct vls_engine *engine;
    enum vls_code rc;

    if (c->args.version)
        return cmd_version(c, err);
    if (c->args.help || cmd == NULL)
        return help_show(c, err);
    if ((rc = clock_start(c, err)) != VLS_OK || cmd->need == NEED_NOTHING)
        return rc == VLS_OK ? cmd->run(c, err) : rc;
    if (c->dry_run && cmd->need == NEED_PLACES) /* keys and beginnings are made or not made */
        return cli_fail(c, err, VLS_EUSAGE, _("this cannot be tried out with --dry-run; nothing was changed"));
    if ((rc = vls_secret_start(err)) != VLS_OK || (rc = places_find(c, err)) != VLS_OK)
        return rc;
    editor_sweep(c);
    if (cmd->need == NEED_STORE && (rc = cli_engine(c, &engine, err)) != VLS_OK)
        return rc;
    return cmd->run(c, err);
}

/* A line is for the valise whose key the session holds. */
static enum vls_code
line_stays(struct cli *c, struct vls_error *err)
{
    for (size_t i = c->session->n_given; i < c->args.n_got; i++)
        if (strcmp(c->args.got[i].opt->name, "home") == 0)
            return cli_fail(c, err, VLS_EUSAGE, _("a shell stays with its valise; leave it first:  exit"));
    return VLS_OK;
}

static enum vls_code
run(struct cli *c, int argc, char **argv, struct vls_error *err)
{
    enum vls_code rc = args_parse(&c->args, argc - 1, argv + 1, err);

    if (rc != VLS_OK) {
        c->own_words = true;
        help_advise(c);
        return rc;
    }
    if ((rc = globals_take(c, err)) != VLS_OK || (c->session != NULL && (rc = line_stays(c, err)) != VLS_OK))
        return rc;
    return command_run(c, err);
}

/* Output that could not be written is a failure too; a reader that went away (head) is none of ours. */
static enum vls_code
output_done(struct cli *c, struct vls_error *err)
{
    out_flush(c);
    if (!ferror(stdout))
        return VLS_OK;
    if (errno == EPIPE) {
        signal(SIGPIPE, SIG_DFL);
        raise(SIGPIPE);
    }
    return VLS_FAIL_SYS(err, VLS_EIO, errno, "standard output");
}

int
cli_run(struct session *session, int argc, char **argv)
{
    struct cli c = {.out_tty = isatty(STDOUT_FILENO) != 0, .err_tty = isatty(STDERR_FILENO) != 0, .session = session};
    struct vls_error err = {.code = VLS_OK};
    enum vls_code rc;
    int status;

    c.lang = language_start(early(argc, argv, "--lang", true));
    c.json = early(argc, argv, "--json", false) != NULL;
    vls_buf_init(&c.held, SIZE_MAX / 2);
    rc = run(&c, argc, argv, &err);
    cli_close(&c);
    if (rc == VLS_OK || !cli_interrupted()) {
        enum vls_code written = output_done(&c, &err);

        rc = rc == VLS_OK ? written : rc;
    }
    status = rc == VLS_OK ? c.status : fail_report(&c, rc, &err);
    vls_buf_clear(&c.held);
    places_clear(&c);
    args_free(&c.args);
    return status;
}
