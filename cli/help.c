/*
 * Help, out of the one table: an overview, one page a command, one a noun, and a few topics. None of
 * it needs a valise, a passphrase or a network.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "consent.h"
#include "help.h"
#include "kindopts.h"
#include "topics.h"

#define HELP_TEXT 65536
#define HELP_COLUMNS 80 /* where the width of the screen is not known */

static const char *const group_titles[N_GROUPS] = {
    [IN_START] = N_("START"), [IN_RECORDS] = N_("RECORDS"),   [IN_DECIDE] = N_("DECIDE"), [IN_SHARE] = N_("SHARE"),
    [IN_READ] = N_("READ"),   [IN_EXCHANGE] = N_("EXCHANGE"), [IN_TRUST] = N_("TRUST"),   [IN_REPAIR] = N_("HELP"),
};

/* gettext yields the catalogue's header for "". */
static const char *
translated(const char *text)
{
    return text[0] != '\0' ? _(text) : "";
}

/* ---- pieces ---- */

/* For the catalogue: what put_positional makes of the names of kinds and fields. */
static const char *const positionals[] = {
    N_("CODENAME"), N_("DECISION"), N_("DOCUMENT"), N_("KIND"),       N_("NAME"),    N_("NUMBER"),
    N_("OFFICE"),   N_("PERIOD"),   N_("PERSON"),   N_("PLACE"),      N_("SECTION"), N_("STATE"),
    N_("SUBJECT"),  N_("TEXT"),     N_("TITLE"),    N_("RESOLUTION"), N_("TRIP"),    N_("WHAT"),
};

/* What stands for the field that needs no option name: PERSON, NAME, TITLE. */
static void
put_positional(struct vls_buf *out, const struct vls_field *f)
{
    const struct vls_kind *of = f->ref_kind != 0 ? vls_kind_by_no(f->ref_kind) : NULL;
    const char *dash = strrchr(f->name, '-'), *name = of != NULL ? of->name : dash != NULL ? dash + 1 : f->name;
    size_t i;

    for (i = 0; i < sizeof(positionals) / sizeof(positionals[0]); i++)
        if (strcasecmp(positionals[i], name) == 0) {
            vls_buf_printf(out, "%s", _(positionals[i]));
            return;
        }
    for (; *name != '\0'; name++)
        vls_buf_put_u8(out, (uint8_t)toupper((unsigned char)*name));
}

void
help_usage(struct vls_buf *out, const struct cmd *cmd, const struct vls_kind *kind)
{
    const struct vls_field *f = kind != NULL ? field_positional(kind) : NULL;

    vls_buf_printf(out, "valise %s%s%s", kind != NULL ? kind->name : cmd->noun != NULL ? cmd->noun : "",
                   cmd->noun != NULL ? " " : "", cmd->verb);
    if (cmd->params[0] != '\0')
        vls_buf_printf(out, " %s", _(cmd->params));
    if (cmd->more == more_add && f != NULL) {
        vls_buf_put_u8(out, ' ');
        put_positional(out, f);
    }
    if (cmd->opts != NULL || cmd->more != NULL)
        vls_buf_printf(out, " %s", _("[options]"));
}

static void
put_sample(struct vls_buf *out, const struct vls_field *f)
{
    const struct vls_kind *of = f->ref_kind != 0 ? vls_kind_by_no(f->ref_kind) : NULL;

    switch (f->type) {
    case VLS_T_ENUM: /* nothing grave for an example, where there is a choice */
        vls_buf_printf(out, "%s", vls_term_rank(f, vls_slice_str("potential")) >= 0 ? "potential" : f->terms[0].name);
        break;
    case VLS_T_BOOL: vls_buf_printf(out, "yes"); break;
    case VLS_T_INT: vls_buf_printf(out, "1"); break;
    case VLS_T_DATE: vls_buf_printf(out, "2027-04-12"); break;
    case VLS_T_INSTANT: vls_buf_printf(out, "2027-03-07T22:00Z"); break;
    case VLS_T_COUNTRY: vls_buf_printf(out, "ET"); break;
    case VLS_T_REF:
        if (of != NULL && strcmp(of->name, "person") != 0)
            vls_buf_printf(out, "%s-4Q9DM7H", of->prefix);
        else
            vls_buf_printf(out, "haddad");
        break;
    default: vls_buf_printf(out, "\"…\""); break;
    }
}

/* An example of adding a record of any kind: what is required, with a value of the right shape. */
static void
put_add_example(struct vls_buf *out, const struct vls_kind *kind)
{
    size_t i;

    vls_buf_printf(out, "valise %s add", kind->name);
    for (i = 0; i < kind->n_fields; i++) {
        const struct vls_field *f = &kind->fields[i];

        if ((f->flags & VLS_F_REQUIRED) == 0)
            continue;
        if ((f->flags & VLS_F_SWITCH) != 0) {
            vls_buf_printf(out, " --%s", f->terms[0].name);
            continue;
        }
        vls_buf_put_u8(out, ' ');
        if ((f->flags & VLS_F_POSITIONAL) == 0)
            vls_buf_printf(out, "--%s ", f->name);
        put_sample(out, f);
    }
}

/* The table's example where it is of this very kind, else one that is put together. */
void
help_example(struct vls_buf *out, const struct cmd *cmd, const struct vls_kind *kind)
{
    size_t len = kind != NULL ? strlen(kind->name) : 0;
    const char *of = cmd->example + strlen("valise ");

    if (kind == NULL || (strncmp(of, kind->name, len) == 0 && of[len] == ' ')) {
        vls_buf_printf(out, "%s", cmd->example);
        return;
    }
    if (cmd->more == more_add) {
        put_add_example(out, kind);
        return;
    }
    vls_buf_printf(out, "valise %s %s", kind->name, cmd->verb);
    if (cmd->n_min > 0)
        vls_buf_printf(out, " %s-4Q9DM7H", kind->prefix);
    if (cmd->more == more_edit) {
        vls_buf_printf(out, " --%s ", kind->fields[kind->n_fields - 1].name);
        put_sample(out, &kind->fields[kind->n_fields - 1]);
    }
}

static void
buf_line(struct cli *c, struct vls_buf *buf)
{
    if (vls_buf_str(buf) != NULL)
        out_line(c, "%s", vls_buf_str(buf));
    vls_buf_reset(buf);
}

/* ---- options ---- */

/* "Status: disproved, did-not-occur, …", "Marking (repeatable)" */
static void
put_field_help(struct cli *c, struct vls_buf *out, const struct opt *o, bool adding)
{
    const struct vls_field *f = o->field;
    size_t i;

    vls_buf_printf(out, "%s", vls_label_in(f->label, c->lang));
    if (o->arg == NULL) {
        vls_buf_printf(out, "%s%s", _(": "), o->name);
    } else if (consent_is(f)) {
        vls_buf_printf(out, "%s", _(": "));
        consent_help(out);
    } else if (f->type == VLS_T_ENUM || f->type == VLS_T_ENTRY) {
        for (i = 0; i < f->n_terms; i++)
            vls_buf_printf(out, "%s%s", i > 0 ? ", " : _(": "), f->terms[i].name);
    }
    if (field_repeats(f))
        vls_buf_printf(out, " %s", _("(repeatable)"));
    if (adding && (f->flags & VLS_F_REQUIRED) != 0 && o->arg != NULL)
        vls_buf_printf(out, " %s", _("(required)"));
}

static void
option_row(struct cli *c, struct table *t, const struct opt *o, bool adding)
{
    struct vls_buf left, right;

    vls_buf_init(&left, HELP_TEXT);
    vls_buf_init(&right, HELP_TEXT);
    if (o->letter != '\0')
        vls_buf_printf(&left, "-%c, ", o->letter);
    vls_buf_printf(&left, "--%s%s%s", o->name, o->arg != NULL ? " " : "", o->arg != NULL ? _(o->arg) : "");
    if (o->field != NULL)
        put_field_help(c, &right, o, adding);
    else
        vls_buf_printf(&right, "%s", _(o->help));
    table_row(t, vls_buf_str(&left), vls_buf_str(&right));
    vls_buf_clear(&left);
    vls_buf_clear(&right);
}

static void
options_show(struct cli *c, const struct cmd *cmd, const struct vls_kind *kind)
{
    struct opt_list list = {.n = 0};
    const struct opt *o;
    struct table t;
    size_t i;

    for (o = cmd->opts; o != NULL && o->name != NULL; o++)
        opts_grow(&list, o);
    if (cmd->more != NULL && kind != NULL)
        cmd->more(&list, kind);
    if (list.n > 0) {
        out_line(c, "%s", "");
        out_line(c, "%s", _("Options"));
        table_init(&t, 2, 2, 2);
        t.wrap = HELP_COLUMNS;
        for (i = 0; i < list.n; i++)
            option_row(c, &t, &list.v[i], cmd->more == more_add);
        table_print(c, &t);
    }
    free(list.v);
}

static void
globals_show(struct cli *c)
{
    const struct opt *o;
    struct table t;

    out_line(c, "%s", "");
    out_line(c, "%s", _("Options of every command"));
    table_init(&t, 2, 2, 2);
    for (o = opt_globals; o->name != NULL; o++)
        option_row(c, &t, o, false);
    table_print(c, &t);
}

/* ---- pages ---- */

static void
command_page(struct cli *c, const struct cmd *cmd, const struct vls_kind *kind)
{
    struct vls_buf text;

    vls_buf_init(&text, HELP_TEXT);
    help_usage(&text, cmd, kind);
    buf_line(c, &text);
    out_line(c, "  %s", _(cmd->summary));
    options_show(c, cmd, kind);
    out_line(c, "%s", "");
    out_line(c, "%s", _("Example"));
    vls_buf_printf(&text, "  ");
    help_example(&text, cmd, kind);
    buf_line(c, &text);
    out_line(c, "%s", "");
    out_line(c, "%s", _("Options of every command:  valise help"));
    vls_buf_clear(&text);
}

/* noun NULL: the single verbs of a group. */
static void
commands_rows(struct table *t, const char *noun, const struct vls_kind *kind, enum group group)
{
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, HELP_TEXT);
    for (i = 0; i < cmd_table_n; i++) {
        const struct cmd *cmd = &cmd_table[i];

        if (noun == NULL ? cmd->group != group
                         : cmd->noun == NULL || (strcmp(cmd->noun, noun) != 0 &&
                                                 !(kind != NULL && strcmp(cmd->noun, "KIND") == 0)))
            continue;
        vls_buf_reset(&text);
        vls_buf_printf(&text, "%s%s%s %s", cmd->noun == NULL ? "" : kind != NULL ? kind->name : cmd->noun,
                       cmd->noun != NULL ? " " : "", cmd->verb, translated(cmd->params));
        table_row(t, vls_buf_str(&text), _(cmd->summary));
    }
    vls_buf_clear(&text);
}

static void
noun_page(struct cli *c, const char *noun)
{
    const struct vls_kind *kind = vls_kind_by_name(noun);
    struct table t;

    if (kind != NULL)
        out_line(c, "%s, %s-…: %s", kind->name, kind->prefix, vls_label_in(kind->label, c->lang));
    table_init(&t, 2, 2, 2);
    commands_rows(&t, noun, kind, IN_RECORDS);
    table_print(c, &t);
    out_line(c, "%s", "");
    out_line(c, _("More:  valise help %s VERB"), noun);
}

/* "KIND is one of: person, name, …", broken where a line is full. */
static void
kinds_show(struct cli *c)
{
    const struct vls_kind *k;
    struct vls_buf line;
    size_t i, n, width;

    k = vls_kinds(&n);
    vls_buf_init(&line, HELP_TEXT);
    vls_buf_printf(&line, _("  KIND is one of: %s"), k[0].name);
    for (i = 1, width = text_width(vls_buf_str(&line)); i < n; i++) {
        width += strlen(k[i].name) + 2;
        if (width >= (c->columns > 0 ? c->columns : HELP_COLUMNS)) {
            vls_buf_printf(&line, ",");
            buf_line(c, &line);
            width = 4 + strlen(k[i].name);
            vls_buf_printf(&line, "    %s", k[i].name);
        } else {
            vls_buf_printf(&line, ", %s", k[i].name);
        }
    }
    buf_line(c, &line);
    vls_buf_clear(&line);
}

static void
overview(struct cli *c)
{
    struct vls_buf topics;
    struct table t;
    size_t i;

    out_line(c, "%s",
             _("valise keeps confidential records on this laptop, encrypted, and exchanges them with colleagues."));
    vls_buf_init(&topics, HELP_TEXT);
    for (i = 0; i < N_GROUPS; i++) {
        out_line(c, "%s", "");
        out_line(c, "%s", _(group_titles[i]));
        table_init(&t, 2, 2, 2);
        commands_rows(&t, NULL, NULL, (enum group)i);
        table_print(c, &t);
        if (i == IN_RECORDS)
            kinds_show(c);
    }
    for (i = 0; i < topics_n; i++)
        vls_buf_printf(&topics, "%s%s", i > 0 ? ", " : "", topics_table[i].name);
    out_line(c, _("  Topics: %s"), vls_buf_str(&topics));
    globals_show(c);
    vls_buf_clear(&topics);
}

enum vls_code
help_show(struct cli *c, struct vls_error *err)
{
    (void)err;
    if (c->args.cmd != NULL)
        command_page(c, c->args.cmd, c->args.kind);
    else if (c->args.noun != NULL)
        noun_page(c, c->args.noun);
    else
        overview(c);
    return VLS_OK;
}

void
help_advise(struct cli *c)
{
    struct vls_buf text;

    if (c->args.cmd == NULL) {
        if (c->args.noun != NULL)
            cli_advise(c, _("See:  valise help %s"), c->args.noun);
        else
            cli_advise(c, "%s", _("See:  valise help"));
        return;
    }
    vls_buf_init(&text, HELP_TEXT);
    vls_buf_printf(&text, "%s ", _("Usage:"));
    help_usage(&text, c->args.cmd, c->args.kind);
    vls_buf_printf(&text, "\n%s ", _("Example:"));
    help_example(&text, c->args.cmd, c->args.kind);
    if (vls_buf_str(&text) != NULL)
        cli_advise(c, "%s", vls_buf_str(&text));
    vls_buf_clear(&text);
}

/* ---- the table itself, for programs ---- */

static void
table_plain(struct cli *c)
{
    size_t i;

    for (i = 0; i < cmd_table_n; i++)
        out_row(c, cmd_table[i].noun != NULL ? cmd_table[i].noun : "", cmd_table[i].verb, cmd_table[i].params,
                cmd_table[i].summary, cmd_table[i].example, NULL);
}

static json_t *
options_json(const struct cmd *cmd)
{
    json_t *list = json_array();
    const struct opt *o;

    for (o = cmd->opts; o != NULL && o->name != NULL; o++)
        json_array_append_new(list, json_string(o->name));
    return list;
}

static void
table_json(struct cli *c)
{
    json_t *doc = json_doc("commands"), *list = json_array(), *kinds = json_array();
    const struct vls_kind *k;
    size_t i, n;

    for (i = 0; i < cmd_table_n; i++) {
        const struct cmd *cmd = &cmd_table[i];

        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:o}",
                                              "noun", cmd->noun != NULL ? cmd->noun : "", "verb", cmd->verb,
                                              "arguments", cmd->params, "summary", cmd->summary,
                                              "example", cmd->example, "options", options_json(cmd)));
    }
    k = vls_kinds(&n);
    for (i = 0; i < n; i++)
        json_array_append_new(kinds, json_string(k[i].name));
    json_object_set_new(doc, "commands", list);
    json_object_set_new(doc, "kinds", kinds);
    out_json(c, doc);
}

/* ---- the commands ---- */

enum vls_code
cmd_help(struct cli *c, struct vls_error *err)
{
    const char *first = c->args.n > 0 ? c->args.pos[0] : NULL;
    const char *second = c->args.n > 1 ? c->args.pos[1] : NULL, *near;
    const struct vls_kind *kind = NULL;
    const struct cmd *cmd;
    size_t i;

    if (first == NULL) {
        (c->json ? table_json : c->plain ? table_plain : overview)(c);
        return VLS_OK;
    }
    for (i = 0; second == NULL && i < topics_n; i++)
        if (strcmp(topics_table[i].name, first) == 0) {
            out_raw(c, _(topics_table[i].text));
            return VLS_OK;
        }
    cmd = second != NULL ? cmd_find(first, second, &kind) : cmd_find(NULL, first, &kind);
    if (cmd != NULL) {
        command_page(c, cmd, kind);
        return VLS_OK;
    }
    if (second == NULL && cmd_is_noun(first)) {
        noun_page(c, first);
        return VLS_OK;
    }
    for (i = 0; second == NULL && i < cmd_table_n; i++) /* what goes with every kind of record */
        if (cmd_table[i].noun != NULL && strcmp(cmd_table[i].noun, "KIND") == 0 &&
            strcmp(cmd_table[i].verb, first) == 0) {
            command_page(c, &cmd_table[i], NULL);
            return VLS_OK;
        }
    near = second != NULL ? cmd_nearest(first, second) : cmd_nearest(NULL, first);
    cli_advise(c, "%s", _("See:  valise help"));
    if (near != NULL)
        return cli_fail(c, err, VLS_EUSAGE, _("no help on “%.40s”; did you mean “%s”?"),
                        second != NULL ? second : first, near);
    return cli_fail(c, err, VLS_EUSAGE, _("no help on “%.40s”"), second != NULL ? second : first);
}

enum vls_code
cmd_version(struct cli *c, struct vls_error *err)
{
    json_t *doc;

    (void)err;
    if (c->json) {
        doc = json_doc("version");
        json_object_set_new(doc, "version", json_string(VALISE_VERSION));
        out_json(c, doc);
    } else {
        out_line(c, "valise %s", VALISE_VERSION);
    }
    return VLS_OK;
}
