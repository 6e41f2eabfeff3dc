/*
 * review: what the rules settled and a person should look at. Every value stands with the delegation
 * that wrote it and the time, beside the one that all started from; a decision is itself a change with
 * an author, so it travels and wins everywhere.
 */
#include <string.h>

#include "dispute_view.h"

#define LIFE_ACTIVE    "active"
#define LIFE_WITHDRAWN "retracted"

const struct opt opts_review[] = {
    {"list", 0, NULL, N_("list what waits, ask nothing"), NULL},
    {"notices", 0, NULL, N_("list also what needs no decision"), NULL},
    {"keep", 0, NULL, N_("what is shown stays"), NULL},
    {"take-other", 0, NULL, N_("take the other value"), NULL},
    {"value", 0, N_("TEXT"), N_("write another value"), NULL},
    {"reason", 0, N_("TEXT"), N_("why"), NULL},
    {"check", 0, NULL, N_("exit with 6 when something waits"), NULL},
    {0},
};

/* ---- what waits ---- */

struct waiting {
    char (*ref)[VLS_REF_TEXT];
    size_t n, cap, n_conflicts, n_notices;
    bool notices; /* list them too */
};

static enum vls_code
waiting_add(void *ctx, const struct vls_conflict *conflict, struct vls_error *err)
{
    struct waiting *w = ctx;

    w->n_conflicts += conflict->attention == VLS_CONFLICT;
    w->n_notices += conflict->attention == VLS_NOTICE;
    if (conflict->attention != VLS_CONFLICT && !w->notices)
        return VLS_OK;
    if (w->n == w->cap) {
        size_t cap = 2 * w->cap + 16;
        void *more = realloc(w->ref, cap * sizeof *w->ref);

        if (more == NULL)
            return VLS_FAIL(err, VLS_ENOMEM, "no memory for the list");
        w->ref = more;
        w->cap = cap;
    }
    memcpy(w->ref[w->n++], conflict->ref, sizeof conflict->ref);
    return VLS_OK;
}

static enum vls_code
dispute_by_ref(struct cli *c, const char *ref, struct vls_dispute *out, struct vls_error *err)
{
    struct vls_conflict conflict;
    enum vls_code rc = vls_store_conflict(cli_store(c), ref, &conflict, err);

    if (rc == VLS_ENOTFOUND)
        return cli_fail(c, err, rc, _("no open conflict “%.20s”; see: valise review --list"), ref);
    if (rc != VLS_OK)
        return rc;
    return vls_dispute_load(out, cli_store(c), &conflict, c->lang, err);
}

/* ---- deciding ---- */

static void
decision_report(struct cli *c, const struct vls_dispute *d, struct vls_slice value, bool kept)
{
    struct vls_buf text;
    json_t *doc;

    vls_buf_init(&text, VALUE_MAX);
    if (c->json) {
        doc = json_doc("decision");
        json_object_set_new(doc, "conflict", json_string(d->c.ref));
        json_object_set_new(doc, "record", json_string(d->record_ref));
        json_object_set_new(doc, "field", json_string(dispute_field_name(d)));
        json_object_set_new(doc, "value", json_text(vls_slice_str(value_plain(c, &text, d->field, value))));
        json_object_set_new(doc, "dry_run", json_boolean(c->dry_run));
        out_json(c, doc);
    } else if (c->plain) {
        out_row(c, d->c.ref, d->record_ref, dispute_field_name(d), value_plain(c, &text, d->field, value), NULL);
    } else if (c->quiet) {
        out_line(c, "%s", d->c.ref);
    } else if (c->dry_run) {
        out_line(c, _("%s  would be closed with “%s”; nothing was changed"), d->c.ref,
                 value_text(c, &text, d->field, value));
    } else if (kept) {
        out_line(c, _("%s  closed, “%s” stays"), d->c.ref, value_text(c, &text, d->field, value));
    } else {
        out_line(c, _("%s  closed, “%s” is taken"), d->c.ref, value_text(c, &text, d->field, value));
    }
    vls_buf_clear(&text);
}

static enum vls_code
decide(struct cli *c, const struct vls_dispute *d, struct vls_slice value, struct vls_error *err)
{
    const char *reason = args_value(&c->args, "reason");
    struct vls_edit *edit;
    enum vls_code rc;

    if (!c->dry_run) {
        if ((rc = vls_edit_begin(&edit, cli_opened(c), d->compartment, err)) != VLS_OK)
            return rc;
        if ((rc = vls_edit_decide(edit, &d->c, value, reason == NULL ? "" : reason, err)) != VLS_OK) {
            vls_edit_abort(edit);
            return rc;
        }
        if ((rc = vls_edit_commit(edit, c->now, err)) != VLS_OK)
            return rc;
    }
    decision_report(c, d, value, d->n_rows != 0 && vls_slice_eq(value, d->row[0].value));
    return VLS_OK;
}

static enum vls_code
decide_typed(struct cli *c, const struct vls_dispute *d, const char *words, struct vls_error *err)
{
    struct vls_value_ctx ctx = value_ctx(c);
    struct vls_buf value;
    enum vls_code rc;

    if (d->field == NULL)
        return cli_fail(c, err, VLS_EVALUE, _("this field comes from a newer version; keep a value or take the other"));
    if (d->rule == VLS_RULE_WITHDRAWN && strcmp(words, LIFE_ACTIVE) != 0 && strcmp(words, LIFE_WITHDRAWN) != 0)
        return cli_fail(c, err, VLS_EVALUE, _("%s was withdrawn: write %s to restore it, or %s to leave it so"),
                        d->record_ref, LIFE_ACTIVE, LIFE_WITHDRAWN);
    vls_buf_init(&value, VALUE_MAX);
    if ((rc = vls_value_parse(&value, d->field, words, &ctx, err)) == VLS_OK &&
        (rc = vls_buf_ok(&value, err)) == VLS_OK)
        rc = decide(c, d, vls_buf_slice(&value), err);
    vls_buf_clear(&value);
    return rc;
}

static enum vls_code
decide_other(struct cli *c, const struct vls_dispute *d, struct vls_error *err)
{
    size_t n;
    const struct vls_rival_row *other = dispute_other(d, &n);

    if (other == NULL && d->rule == VLS_RULE_WITHDRAWN) /* the other of "withdrawn" is the record as it was edited */
        return decide_typed(c, d, LIFE_ACTIVE, err);
    if (other == NULL)
        return cli_fail(c, err, VLS_EUSAGE, _("%s has no other value; write one with --value"), d->c.ref);
    if (n > 1)
        return cli_fail(c, err, VLS_EUSAGE, _("%s has %zu other values; write the one you mean with --value"), d->c.ref,
                        n);
    return decide(c, d, other->value, err);
}

static enum vls_code
decide_by_option(struct cli *c, const struct vls_dispute *d, struct vls_error *err)
{
    const char *value = args_value(&c->args, "value");

    if (value != NULL)
        return decide_typed(c, d, value, err);
    if (args_flag(&c->args, "take-other"))
        return decide_other(c, d, err);
    if (d->n_rows == 0)
        return cli_fail(c, err, VLS_EUSAGE, _("%s has no value to keep"), d->c.ref);
    return decide(c, d, d->row[0].value, err);
}

/* ---- asking ---- */

static void
help_show_withdrawn(struct cli *c)
{
    out_line(c, "%s", _("1  it stays withdrawn, and everybody sees that as decided"));
    out_line(c, "%s", _("2  it is shown again, with what was written to it meanwhile"));
    out_line(c, "%s", _("3  nothing is decided now; it stays in this list"));
}

static void
help_show_choices(struct cli *c)
{
    out_line(c, "%s", _("1  what is shown stays, and everybody sees it as decided"));
    out_line(c, "%s", _("2  the other value is shown from now on, everywhere"));
    out_line(c, "%s", _("3  you type a third value"));
    out_line(c, "%s", _("4  nothing is decided now; it stays in this list"));
    out_line(c, "%s", _("No value is lost: all of them stay in the history of the record."));
}

/* VLS_EVALUE: no answer that can be taken; the person was told, and is asked again. */
static enum vls_code
pick_other(struct cli *c, const struct vls_dispute *d, struct vls_error *err)
{
    char line[PROMPT_LINE_MAX];
    struct vls_buf text;
    enum vls_code rc;
    char *end;
    unsigned long no;
    size_t i, n;

    if (dispute_other(d, &n) == NULL) {
        note(c, "%s", _("There is no other value; 3 writes one."));
        return VLS_EVALUE;
    }
    if (n <= 1)
        return decide_other(c, d, err);
    vls_buf_init(&text, VALUE_MAX);
    for (i = 1; i < d->n_rows && d->row[i].side != VLS_SIDE_BEFORE; i++)
        out_line(c, "%zu  %s", i, value_text(c, &text, d->field, d->row[i].value));
    vls_buf_clear(&text);
    if ((rc = prompt_line(c, line, _("Which one? Number:"), "--value", err)) != VLS_OK)
        return rc;
    no = strtoul(line, &end, 10);
    if (*end != '\0' || no < 1 || no >= i) {
        note(c, _("Please type a number from 1 to %d."), (int)i - 1);
        return VLS_EVALUE;
    }
    return decide(c, d, d->row[no].value, err);
}

/* A failure that is no end: what is wrong, and on the next line what to write. */
static void
slip_note(struct cli *c, const struct vls_error *err)
{
    size_t n = strcspn(err->text, "\n");

    note(c, "%.*s", (int)n, err->text);
    if (err->text[n] != '\0')
        note(c, "%s", err->text + n + 1);
}

/* Typing slips are said and asked again: what a person typed is not worth losing the place for. */
static enum vls_code
write_another(struct cli *c, const struct vls_dispute *d, struct vls_error *err)
{
    char line[PROMPT_LINE_MAX];
    enum vls_code rc;

    for (;;) {
        if ((rc = prompt_line(c, line, _("Value:"), "--value", err)) != VLS_OK)
            return rc;
        if (line[0] == '\0')
            return VLS_OK;
        rc = decide_typed(c, d, line, err);
        if (rc != VLS_EVALUE && rc != VLS_ENOTFOUND && rc != VLS_EAMBIGUOUS)
            return rc;
        slip_note(c, err);
    }
}

/* Withdrawn by somebody who did not see what was written to it: it stays so, or it comes back. */
static enum vls_code
ask_withdrawn(struct cli *c, const struct vls_dispute *d, bool *quit, struct vls_error *err)
{
    const struct menu menu = {.line = _("1 leave it withdrawn   2 restore it   3 later   q quit   ? help"),
                              .n = 3,
                              .apart = true,
                              .help = help_show_withdrawn};
    enum vls_code rc;
    char answer;

    if ((rc = prompt_menu(c, &answer, &menu, quit, err)) != VLS_OK || answer == MENU_LATER)
        return rc;
    return answer == '1' ? decide(c, d, d->row[0].value, err) : decide_typed(c, d, LIFE_ACTIVE, err);
}

static enum vls_code
ask_one(struct cli *c, const struct vls_dispute *d, bool *quit, struct vls_error *err)
{
    const struct menu menu = {.line = _("1 keep   2 take the other   3 write another   4 later   q quit   ? help"),
                              .n = 4,
                              .apart = true,
                              .help = help_show_choices};
    enum vls_code rc;
    char answer;

    if (d->rule == VLS_RULE_WITHDRAWN)
        return ask_withdrawn(c, d, quit, err);
    for (;;) {
        if ((rc = prompt_menu(c, &answer, &menu, quit, err)) != VLS_OK || answer == MENU_LATER)
            return rc;
        if (answer == '1')
            return decide(c, d, d->row[0].value, err);
        if (answer == '3')
            return write_another(c, d, err);
        if ((rc = pick_other(c, d, err)) != VLS_EVALUE)
            return rc;
    }
}

static enum vls_code
ask_all(struct cli *c, const struct waiting *w, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    struct vls_dispute d;
    bool quit = false;
    size_t i;

    for (i = 0; i < w->n && rc == VLS_OK && !quit; i++) {
        rc = dispute_by_ref(c, w->ref[i], &d, err);
        if (rc == VLS_ENOTFOUND) { /* closed with one before it: two fields may be decided at once */
            rc = VLS_OK;
            continue;
        }
        if (rc != VLS_OK)
            break;
        dispute_show(c, &d, i + 1, w->n);
        if (d.n_rows != 0)
            rc = ask_one(c, &d, &quit, err);
        out_line(c, "%s", "");
        vls_dispute_clear(&d);
    }
    return rc;
}

/* ---- listing ---- */

static enum vls_code
list_all(struct cli *c, const struct waiting *w, struct vls_error *err)
{
    json_t *doc = NULL, *all = NULL;
    enum vls_code rc = VLS_OK;
    struct vls_dispute d;
    struct table t;
    size_t i;

    table_init(&t, 6, 0, 2);
    if (c->json) {
        doc = json_doc("review");
        all = json_array();
        json_object_set_new(doc, "conflicts", all);
        json_object_set_new(doc, "notices", json_integer((json_int_t)w->n_notices));
    }
    for (i = 0; i < w->n && rc == VLS_OK; i++) {
        if ((rc = dispute_by_ref(c, w->ref[i], &d, err)) != VLS_OK)
            break;
        if (c->json)
            json_array_append_new(all, dispute_json(c, &d));
        else if (c->plain)
            dispute_plain(c, &d);
        else if (c->quiet)
            out_line(c, "%s", d.c.ref);
        else
            dispute_row(&t, c, &d);
        vls_dispute_clear(&d);
    }
    table_print(c, &t);
    if (rc != VLS_OK)
        json_decref(doc);
    else if (c->json)
        out_json(c, doc);
    else if (w->n == 0 && !c->plain && !c->quiet)
        out_line(c, "%s", _("Nothing to review."));
    return rc;
}

static enum vls_code
review_one(struct cli *c, const char *ref, bool decided, struct vls_error *err)
{
    struct vls_dispute d;
    json_t *doc;
    bool quit = false;
    enum vls_code rc = dispute_by_ref(c, ref, &d, err);

    if (rc != VLS_OK)
        return rc;
    if (decided) {
        rc = decide_by_option(c, &d, err);
    } else if (c->json) {
        doc = json_doc("review");
        json_object_set_new(doc, "conflicts", json_pack("[o]", dispute_json(c, &d)));
        json_object_set_new(doc, "notices", json_integer(0));
        out_json(c, doc);
    } else if (c->plain) {
        dispute_plain(c, &d);
    } else {
        dispute_show(c, &d, 1, 1);
        if (c->ask && d.n_rows != 0)
            rc = ask_one(c, &d, &quit, err);
    }
    vls_dispute_clear(&d);
    return rc;
}

enum vls_code
cmd_review(struct cli *c, struct vls_error *err)
{
    const struct args *a = &c->args;
    int choices = args_flag(a, "keep") + args_flag(a, "take-other") + (args_value(a, "value") != NULL);
    bool list = args_flag(a, "list"), check = args_flag(a, "check");
    struct waiting w = {.notices = args_flag(a, "notices")};
    enum vls_code rc;

    if (choices > 1)
        return cli_fail(c, err, VLS_EUSAGE, _("--keep, --take-other and --value exclude each other"));
    if (a->n == 0 && choices != 0)
        return cli_fail(c, err, VLS_EUSAGE, _("which conflict? See: valise review --list"));
    if (a->n == 1)
        return review_one(c, a->pos[0], choices == 1, err);
    rc = vls_store_conflicts(cli_store(c), waiting_add, &w, err);
    if (rc == VLS_OK && (list || !check))
        rc = c->ask && !list && !c->json && !c->plain && w.n != 0 ? ask_all(c, &w, err) : list_all(c, &w, err);
    if (rc == VLS_OK && check && w.n_conflicts != 0)
        rc = cli_fail(c, err, VLS_EATTENTION,
                      P_("%zu conflict waits: valise review", "%zu conflicts wait: valise review", w.n_conflicts),
                      w.n_conflicts);
    free(w.ref);
    return rc;
}
