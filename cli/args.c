/*
 * Splits a command line by the one table. getopt_long cannot know which options are allowed before
 * the words of the command have been seen, and options of record kinds come from the kinds' fields,
 * so this is a small parser of its own with the same manners.
 */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

struct parser {
    struct args *a;
    const char *noun;
    int argc, at;
    char **argv;
    bool ended; /* "--" was seen */
};

size_t
word_distance(const char *a, const char *b)
{
    enum { MAX = 32 };
    size_t d[MAX + 1][MAX + 1];
    size_t i, j, n = strlen(a), m = strlen(b), best;

    if (n > MAX || m > MAX)
        return SIZE_MAX;
    for (i = 0; i <= n; i++)
        d[i][0] = i;
    for (j = 0; j <= m; j++)
        d[0][j] = j;
    for (i = 1; i <= n; i++) {
        for (j = 1; j <= m; j++) {
            best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    }
    return d[n][m];
}

/* ---- options ---- */

void
opts_grow(struct opt_list *to, const struct opt *add)
{
    if (to->n == to->cap) {
        size_t cap = to->cap == 0 ? 32 : 2 * to->cap;
        struct opt *v = realloc(to->v, cap * sizeof(*v));

        if (v == NULL)
            return; /* the option is then unknown, which is said when it is used */
        to->v = v;
        to->cap = cap;
    }
    to->v[to->n++] = *add;
}

static bool
opt_is(const struct opt *o, char letter, const char *name, size_t len)
{
    if (letter != '\0')
        return o->letter == letter;
    return strlen(o->name) == len && strncmp(o->name, name, len) == 0;
}

static const struct opt *
opt_find(const struct args *a, char letter, const char *name, size_t len)
{
    const struct opt *o;
    size_t i;

    for (i = 0; i < a->own.n; i++)
        if (opt_is(&a->own.v[i], letter, name, len))
            return &a->own.v[i];
    for (o = opt_globals; o->name != NULL; o++)
        if (opt_is(o, letter, name, len))
            return o;
    return NULL;
}

static enum vls_code
opt_unknown(const struct args *a, const char *name, size_t len, struct vls_error *err)
{
    const char *near = NULL;
    const struct opt *o;
    char word[33];
    size_t i, d, best = 3;

    if (len >= sizeof(word))
        return VLS_FAIL(err, VLS_EUSAGE, _("unknown option --%.40s…"), name);
    memcpy(word, name, len);
    word[len] = '\0';
    for (i = 0; i < a->own.n; i++)
        if ((d = word_distance(word, a->own.v[i].name)) < best) {
            best = d;
            near = a->own.v[i].name;
        }
    for (o = opt_globals; o->name != NULL; o++)
        if ((d = word_distance(word, o->name)) < best) {
            best = d;
            near = o->name;
        }
    if (near != NULL)
        return VLS_FAIL(err, VLS_EUSAGE, _("unknown option --%s; did you mean --%s?"), word, near);
    return VLS_FAIL(err, VLS_EUSAGE, _("unknown option --%s"), word);
}

static enum vls_code
got_add(struct args *a, const struct opt *o, const char *value, struct vls_error *err)
{
    if ((a->n_got & (a->n_got + 1)) == 0) { /* full at 0, 1, 3, 7 …: room for twice as many and one */
        struct got *got = realloc(a->got, (2 * a->n_got + 1) * sizeof(*got));

        if (got == NULL)
            return VLS_FAIL(err, VLS_ENOMEM, "options");
        a->got = got;
    }
    a->got[a->n_got++] = (struct got){o, value};
    if (strcmp(o->name, "help") == 0)
        a->help = true;
    if (strcmp(o->name, "version") == 0)
        a->version = true;
    return VLS_OK;
}

/* --name, --name=value, --name value */
static enum vls_code
take_long(struct parser *p, const char *text, struct vls_error *err)
{
    const char *eq = strchr(text, '=');
    size_t len = eq != NULL ? (size_t)(eq - text) : strlen(text);
    const struct opt *o = opt_find(p->a, '\0', text, len);

    if (o == NULL)
        return opt_unknown(p->a, text, len, err);
    if (o->arg == NULL)
        return eq == NULL ? got_add(p->a, o, NULL, err)
                          : VLS_FAIL(err, VLS_EUSAGE, _("option --%s takes no value"), o->name);
    if (eq != NULL)
        return got_add(p->a, o, eq + 1, err);
    if (p->at >= p->argc)
        return VLS_FAIL(err, VLS_EUSAGE, _("option --%s needs a value: %s"), o->name, _(o->arg));
    return got_add(p->a, o, p->argv[p->at++], err);
}

/* -q, -qn */
static enum vls_code
take_letters(struct parser *p, const char *text, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    const struct opt *o;

    for (; *text != '\0' && rc == VLS_OK; text++) {
        if ((o = opt_find(p->a, *text, NULL, 0)) == NULL)
            return VLS_FAIL(err, VLS_EUSAGE, _("unknown option -%.4s"), text);
        rc = got_add(p->a, o, NULL, err); /* no option with a letter takes a value: a test holds this */
    }
    return rc;
}

/* ---- words ---- */

static enum vls_code
word_unknown(const char *noun, const char *word, struct vls_error *err)
{
    const char *near = cmd_nearest(noun, word);
    const struct vls_kind *kind;

    if (noun == NULL && cmd_find("person", word, &kind) != NULL)
        return VLS_FAIL(err, VLS_EUSAGE, _("“%.40s” of what? A kind of record comes first, as in:  valise person %.40s"),
                        word, word);
    if (noun == NULL)
        return near != NULL
                   ? VLS_FAIL(err, VLS_EUSAGE, _("unknown command “%.40s”; did you mean “%s”?"), word, near)
                   : VLS_FAIL(err, VLS_EUSAGE, _("unknown command “%.40s”"), word);
    return near != NULL ? VLS_FAIL(err, VLS_EUSAGE, _("“%s” has no “%.40s”; did you mean “%s”?"), noun, word, near)
                        : VLS_FAIL(err, VLS_EUSAGE, _("“%s” has no “%.40s”"), noun, word);
}

static void
args_settle(struct args *a, const struct cmd *cmd)
{
    const struct opt *o;

    a->cmd = cmd;
    for (o = cmd->opts; o != NULL && o->name != NULL; o++)
        opts_grow(&a->own, o);
    if (cmd->more != NULL)
        cmd->more(&a->own, a->kind);
}

static enum vls_code
take_word(struct parser *p, const char *word, struct vls_error *err)
{
    struct args *a = p->a;
    const struct cmd *cmd;

    if (a->cmd != NULL) {
        a->pos[a->n++] = word;
        return VLS_OK;
    }
    if ((cmd = cmd_find(p->noun, word, &a->kind)) != NULL) {
        args_settle(a, cmd);
        return VLS_OK;
    }
    if (p->noun == NULL && cmd_is_noun(word)) {
        p->noun = a->noun = word;
        return VLS_OK;
    }
    return word_unknown(p->noun, word, err);
}

/* A record is not made of nothing: "valise person add" alone asks how, like any missing argument. */
static bool
says_nothing(const struct args *a)
{
    size_t i;

    for (i = 0; i < a->n_got; i++)
        if (a->got[i].opt >= a->own.v && a->got[i].opt < a->own.v + a->own.n)
            return false;
    return a->kind != NULL && a->cmd->more != NULL && a->n == 0;
}

static enum vls_code
args_counted(const struct args *a, struct vls_error *err)
{
    if (a->help || a->version)
        return VLS_OK;
    if (a->cmd == NULL)
        return a->noun == NULL ? VLS_OK : VLS_FAIL(err, VLS_EUSAGE, _("“%s” needs a verb"), a->noun);
    if (says_nothing(a) && a->cmd->n_min == 0)
        return VLS_FAIL(err, VLS_EUSAGE, _("missing: what is to be recorded"));
    if (a->n < a->cmd->n_min)
        return VLS_FAIL(err, VLS_EUSAGE, _("missing argument: %s"), _(a->cmd->params));
    if (a->n > a->cmd->n_max)
        return VLS_FAIL(err, VLS_EUSAGE, _("one argument too many: “%.40s”"), a->pos[a->cmd->n_max]);
    return VLS_OK;
}

enum vls_code
args_parse(struct args *out, int argc, char **argv, struct vls_error *err)
{
    struct parser p = {.a = out, .argc = argc, .argv = argv};
    enum vls_code rc = VLS_OK;

    memset(out, 0, sizeof(*out));
    if ((out->pos = calloc((size_t)argc + 1, sizeof(*out->pos))) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "arguments");
    while (p.at < argc && rc == VLS_OK) {
        const char *word = argv[p.at++];

        if (p.ended || word[0] != '-' || word[1] == '\0')
            rc = take_word(&p, word, err);
        else if (strcmp(word, "--") == 0)
            p.ended = true;
        else if (word[1] == '-')
            rc = take_long(&p, word + 2, err);
        else
            rc = take_letters(&p, word + 1, err);
    }
    return rc == VLS_OK ? args_counted(out, err) : rc;
}

void
args_free(struct args *a)
{
    free(a->pos);
    free(a->got);
    free(a->own.v);
    memset(a, 0, sizeof(*a));
}

/* ---- what was given ---- */

const char *
args_value(const struct args *a, const char *name)
{
    const char *value = NULL;
    size_t i;

    for (i = 0; i < a->n_got; i++)
        if (strcmp(a->got[i].opt->name, name) == 0)
            value = a->got[i].value;
    return value;
}

const char *
args_each(const struct args *a, const char *name, size_t i)
{
    size_t at;

    for (at = 0; at < a->n_got; at++)
        if (strcmp(a->got[at].opt->name, name) == 0 && i-- == 0)
            return a->got[at].value;
    return NULL;
}

bool
args_flag(const struct args *a, const char *name)
{
    size_t i;

    for (i = 0; i < a->n_got; i++)
        if (strcmp(a->got[i].opt->name, name) == 0)
            return true;
    return false;
}

enum vls_code
max_wanted(struct cli *c, size_t *out, size_t preset, size_t most, struct vls_error *err)
{
    const char *text = args_value(&c->args, "max");
    unsigned long n;
    char *end;

    *out = preset;
    if (text == NULL)
        return VLS_OK;
    n = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || n < 1 || n > most)
        return cli_fail(c, err, VLS_EUSAGE, _("--max is a number from 1 to %zu"), most);
    *out = n;
    return VLS_OK;
}
