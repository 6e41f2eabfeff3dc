/*
 * KIND add, edit, withdraw, restore: one change set each. The options that were given are the fields
 * that are written; nothing else of the record is touched, so that two people can edit it at once.
 */
#include <string.h>

#include "draft.h"
#include "editor.h"
#include "help.h"
#include "joined.h"
#include "kindopts.h"

/* As everywhere, the last one counts, unless the field holds any number of values. */
static bool
overruled(const struct args *a, size_t i)
{
    const struct vls_field *f = a->got[i].opt->field;

    if (f == NULL || field_repeats(f))
        return f == NULL;
    while (++i < a->n_got)
        if (a->got[i].opt->field == f)
            return true;
    return false;
}

static const char *
got_words(const struct got *g)
{
    return g->value != NULL ? g->value : g->opt->name;
}

/* A switch and another word for the same field are two answers to one question: neither is a slip of the other. */
static enum vls_code
switches_check(struct cli *c, struct vls_error *err)
{
    const struct args *a = &c->args;
    size_t i, j;

    for (i = 0; i < a->n_got; i++) {
        const struct got *g = &a->got[i];

        for (j = i + 1; g->opt->field != NULL && !field_repeats(g->opt->field) && j < a->n_got; j++)
            if (a->got[j].opt->field == g->opt->field && (g->value == NULL || a->got[j].value == NULL) &&
                strcmp(got_words(g), got_words(&a->got[j])) != 0)
                return cli_fail(c, err, VLS_EUSAGE, _("--%s and --%s exclude each other"), g->opt->name,
                                a->got[j].opt->name);
    }
    return VLS_OK;
}

/* Every option that stands for a field; one without a value is a term of its field (--public). */
static enum vls_code
fields_take(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    enum vls_code rc = switches_check(d->c, err);
    size_t i;

    for (i = 0; i < a->n_got && rc == VLS_OK; i++)
        if (!overruled(a, i))
            rc = draft_typed(d, id, a->got[i].opt->field, got_words(&a->got[i]), err);
    return rc;
}

static enum vls_code
names_take(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const char *tagged;
    enum vls_code rc = VLS_OK;
    size_t i;

    if (strcmp(d->c->args.kind->name, "person") != 0)
        return VLS_OK;
    for (i = 0; rc == VLS_OK && (tagged = args_each(&d->c->args, "name", i)) != NULL; i++)
        rc = draft_name(d, id, tagged, err);
    return rc;
}

/* ---- add ---- */

static enum vls_code
positional_take(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    const struct vls_field *f = field_positional(a->kind);

    if (a->n == 0)
        return VLS_OK;
    if (f == NULL)
        return cli_fail(d->c, err, VLS_EUSAGE, _("one argument too many: “%.40s”"), a->pos[0]);
    return draft_typed(d, id, f, a->pos[0], err);
}

static enum vls_code
add_trip(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    const char *dates = args_value(a, "dates"), *place;
    enum vls_code rc = VLS_OK;
    unsigned i;

    if (strcmp(a->kind->name, "trip") != 0)
        return VLS_OK;
    if (dates != NULL)
        rc = draft_named(d, id, "window", dates, err);
    for (i = 0; rc == VLS_OK && (place = args_each(a, "to", i)) != NULL; i++)
        rc = draft_stage(d, id, place, i + 1, err);
    return rc;
}

/* Refuses what no field of type DATE would take. */
static enum vls_code
date_try(struct cli *c, const char *words, struct vls_error *err)
{
    const struct vls_kind *trip = vls_kind_by_name("trip");
    const struct vls_field *window = trip != NULL ? vls_field_by_name(trip, "window") : NULL;
    struct vls_value_ctx ctx = value_ctx(c);
    struct vls_buf value;
    enum vls_code rc;

    if (window == NULL)
        return VLS_OK;
    vls_buf_init(&value, 4096);
    if ((rc = vls_value_parse(&value, window, words, &ctx, err)) == VLS_OK && !args_flag(&c->args, "trip-to"))
        rc = draft_date_check(c, window, vls_buf_slice(&value), err); /* a trip's own window says it else */
    vls_buf_clear(&value);
    return rc;
}

/* What was said is kept as it was said, beside the trip that is believed. A date that can be read in
 * two ways is refused even where only its words are kept. */
static enum vls_code
add_info(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    const char *dates = args_value(a, "dates"), *place = args_value(a, "trip-to");
    enum vls_code rc = VLS_OK;

    if (strcmp(a->kind->name, "info") != 0)
        return VLS_OK;
    if (dates != NULL && (rc = date_try(d->c, dates, err)) != VLS_OK)
        return rc;
    if (dates != NULL && !draft_has(d, id, "dates-as-written"))
        rc = draft_named(d, id, "dates-as-written", dates, err);
    if (rc == VLS_OK && place != NULL && !draft_has(d, id, "place-as-written"))
        rc = draft_named(d, id, "place-as-written", place, err);
    return rc == VLS_OK ? draft_info_trip(d, id, err) : rc;
}

/* A field that has to be given, with what may be given. */
static enum vls_code
missing(struct cli *c, const struct vls_field *f, struct vls_error *err)
{
    struct vls_buf terms;

    vls_buf_init(&terms, 512);
    for (size_t i = 0; f->type == VLS_T_ENUM && i < f->n_terms; i++)
        vls_buf_printf(&terms, "%s%s", i > 0 ? ", " : _(": "), f->terms[i].name);
    (void)cli_fail(c, err, VLS_EUSAGE, _("missing: --%s (%s)%s"), f->name, vls_label_in(f->label, c->lang),
                   terms.n > 0 && vls_buf_str(&terms) != NULL ? vls_buf_str(&terms) : "");
    vls_buf_clear(&terms);
    return VLS_EUSAGE;
}

static enum vls_code
required_check(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct vls_kind *kind = d->c->args.kind;
    size_t i;

    for (i = 0; i < kind->n_fields; i++) {
        const struct vls_field *f = &kind->fields[i];

        if ((f->flags & VLS_F_REQUIRED) == 0 || draft_has(d, id, f->name))
            continue;
        help_advise(d->c);
        if ((f->flags & VLS_F_POSITIONAL) != 0)
            return cli_fail(d->c, err, VLS_EUSAGE, _("missing: %s"), vls_label_in(f->label, d->c->lang));
        return missing(d->c, f, err);
    }
    return VLS_OK;
}

/* Whoever told the Court, it was not told by us yet; unless it was the Court that told us. */
static void
add_hint(struct draft *d)
{
    const char *from = args_value(&d->c->args, "from");
    char ref[VLS_REF_TEXT];

    if (d->c->dry_run || strcmp(d->c->args.kind->name, "info") != 0 || (from != NULL && strncmp(from, "court", 5) == 0))
        return;
    vls_ref_print(ref, d->record[0].kind->prefix, d->record[0].id);
    hint(d->c, _("Not yet shared with the Court:  valise share %s --to court"), ref);
}

enum vls_code
cmd_record_add(struct cli *c, struct vls_error *err)
{
    uint8_t id[VLS_ID_LEN];
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, args_value(&c->args, "compartment"), err)) == VLS_OK &&
        (rc = draft_create(&d, c->args.kind, id, err)) == VLS_OK &&
        (rc = positional_take(&d, id, err)) == VLS_OK && (rc = fields_take(&d, id, err)) == VLS_OK &&
        (rc = names_take(&d, id, err)) == VLS_OK && (rc = add_trip(&d, id, err)) == VLS_OK &&
        (rc = add_info(&d, id, err)) == VLS_OK && (rc = required_check(&d, id, err)) == VLS_OK &&
        (rc = draft_finish(&d, err)) == VLS_OK)
        add_hint(&d);
    draft_clear(&d);
    return rc;
}

/* ---- edit ---- */

struct legs {
    uint8_t id[VLS_ID_LEN];
    size_t n;
};

static enum vls_code
leg_count(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct legs *legs = ctx;

    (void)err;
    memcpy(legs->id, r->id, VLS_ID_LEN);
    legs->n++;
    return VLS_OK;
}

/* --to changes the one stage, or makes the first; of several the person must say which. */
static enum vls_code
edit_stage(struct draft *d, const uint8_t trip[VLS_ID_LEN], const char *place, struct vls_error *err)
{
    const struct vls_kind *leg = vls_kind_by_name("leg");
    struct vls_filter f = {.kind_no = leg != NULL ? leg->no : 0, .refers_to = trip};
    struct legs legs = {.n = 0};
    enum vls_code rc;

    if ((rc = vls_store_list(cli_store(d->c), &f, leg_count, &legs, err)) != VLS_OK)
        return rc;
    if (legs.n == 0)
        return draft_stage(d, trip, place, 1, err);
    if (legs.n > 1)
        return cli_fail(d->c, err, VLS_EAMBIGUOUS,
                        _("this trip has %zu stages; edit one of them:  valise leg list --of TRIP"), legs.n);
    if ((rc = draft_touch(d, leg, legs.id, NULL, err)) != VLS_OK)
        return rc;
    return draft_stage_place(d, legs.id, place, err);
}

static enum vls_code
edit_trip(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    const char *dates = args_value(a, "dates"), *place = args_value(a, "to");
    enum vls_code rc = VLS_OK;

    if (strcmp(a->kind->name, "trip") != 0)
        return VLS_OK;
    if (dates != NULL)
        rc = draft_named(d, id, "window", dates, err);
    if (rc == VLS_OK && place != NULL)
        rc = edit_stage(d, id, place, err);
    return rc;
}

/* What is shown of trips that were judged the same comes from all of them: the alarming status would stay, and the trip
 * with it, if one of them alone were cancelled. */
static bool
shown_of_all(const struct vls_field *f)
{
    static const char *const NAME[] = {"person", "status", "window", "occasion"};
    size_t i;

    for (i = 0; f != NULL && i < sizeof NAME / sizeof *NAME; i++)
        if (strcmp(f->name, NAME[i]) == 0)
            return true;
    return false;
}

/* The same edit on a trip that was judged the same, as far as it can be seen there. */
static enum vls_code
edit_alias(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    const struct args *a = &d->c->args;
    const char *dates = args_value(a, "dates"), *place = args_value(a, "to");
    const struct vls_kind *leg = vls_kind_by_name("leg");
    struct vls_filter f = {.kind_no = leg != NULL ? leg->no : 0, .refers_to = id};
    struct legs legs = {.n = 0};
    enum vls_code rc = draft_touch(d, a->kind, id, NULL, err);
    size_t i;

    for (i = 0; i < a->n_got && rc == VLS_OK; i++)
        if (!overruled(a, i) && shown_of_all(a->got[i].opt->field))
            rc = draft_typed(d, id, a->got[i].opt->field, got_words(&a->got[i]), err);
    if (rc == VLS_OK && dates != NULL)
        rc = draft_named(d, id, "window", dates, err);
    if (rc == VLS_OK && place != NULL && (rc = vls_store_list(cli_store(d->c), &f, leg_count, &legs, err)) == VLS_OK &&
        legs.n == 1)
        rc = edit_stage(d, id, place, err);
    return rc;
}

static bool
alias_concerned(const struct args *a)
{
    bool concerned = args_value(a, "dates") != NULL || args_value(a, "to") != NULL;
    size_t i;

    for (i = 0; i < a->n_got; i++)
        concerned = concerned || shown_of_all(a->got[i].opt->field);
    return concerned;
}

/* A change set stays in one compartment: of a trip that lies in another, the person is told. */
static enum vls_code
edit_aliases(struct draft *d, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct vls_engine *e = cli_opened(d->c);
    const char *home = vls_engine_home_of(e, id), *other;
    const struct vls_trip *t;
    char ref[VLS_REF_TEXT], alias[VLS_REF_TEXT];
    struct joined j;
    enum vls_code rc;
    size_t i;

    if (strcmp(d->c->args.kind->name, "trip") != 0 || !alias_concerned(&d->c->args))
        return VLS_OK;
    if ((rc = joined_load(&j, d->c, d->c->args.kind, err)) != VLS_OK)
        return rc;
    t = joined_trip(&j, id);
    record_ref(d->c, ref, id);
    for (i = 0; t != NULL && i < t->n_members && rc == VLS_OK; i++) {
        if (memcmp(t->member[i], id, VLS_ID_LEN) == 0)
            continue;
        other = vls_engine_home_of(e, t->member[i]);
        record_ref(d->c, alias, t->member[i]);
        if (home == NULL || other == NULL || strcmp(home, other) == 0) {
            note(d->c, _("%s and %s are one trip: both are changed."), ref, alias);
            rc = edit_alias(d, t->member[i], err);
        } else {
            note(d->c, _("%s is shown together with %s, which is not changed by this:  valise trip edit %s"), ref,
                 alias, alias);
        }
    }
    joined_clear(&j);
    return rc;
}

/* --remove FIELD=VALUE and --only FIELD=VALUE */
static enum vls_code
edit_lists(struct draft *d, const uint8_t id[VLS_ID_LEN], bool only, struct vls_error *err)
{
    const char *given;
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; rc == VLS_OK && (given = args_each(&d->c->args, only ? "only" : "remove", i)) != NULL; i++) {
        const char *eq = strchr(given, '=');
        char name[64] = "";
        const struct vls_field *f;

        if (eq != NULL && (size_t)(eq - given) < sizeof(name))
            memcpy(name, given, (size_t)(eq - given));
        f = vls_field_by_name(d->c->args.kind, name);
        if (only && (f == NULL || f->policy != VLS_P_RWS))
            return cli_fail(d->c, err, VLS_EUSAGE, _("--only is FIELD=VALUE, for a list that can be narrowed"));
        if (f == NULL || !field_repeats(f))
            return cli_fail(d->c, err, VLS_EUSAGE, _("--remove is FIELD=VALUE, for a field that holds a list"));
        rc = only ? draft_only(d, id, f, eq + 1, err) : draft_remove(d, id, f, eq + 1, err);
    }
    return rc;
}

static bool
edit_given(const struct cli *c)
{
    const struct opt_list *own = &c->args.own;
    size_t i, at;

    for (i = 0; i < c->args.n_got; i++)
        for (at = 0; at < own->n; at++)
            if (c->args.got[i].opt == &own->v[at] && strcmp(own->v[at].name, "cite") != 0 &&
                strcmp(own->v[at].name, "reason") != 0)
                return true;
    return false;
}

static enum vls_code
edit_by_options(struct cli *c, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, vls_engine_home_of(cli_opened(c), id), err)) == VLS_OK &&
        (rc = draft_touch(&d, c->args.kind, id, NULL, err)) == VLS_OK && (rc = fields_take(&d, id, err)) == VLS_OK &&
        (rc = edit_lists(&d, id, false, err)) == VLS_OK && (rc = edit_lists(&d, id, true, err)) == VLS_OK &&
        (rc = names_take(&d, id, err)) == VLS_OK && (rc = edit_trip(&d, id, err)) == VLS_OK &&
        (rc = edit_aliases(&d, id, err)) == VLS_OK && (rc = vls_edit_still_withdrawn(d.edit, id, err)) == VLS_OK)
        rc = draft_finish(&d, err);
    draft_clear(&d);
    return rc;
}

/* One round: what came back is written, or refused as a whole. */
static enum vls_code
edit_apply(struct cli *c, const struct vls_record *r, struct vls_slice before, struct vls_slice after,
           struct vls_error *err)
{
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, vls_engine_home_of(cli_opened(c), r->id), err)) == VLS_OK &&
        (rc = draft_touch(&d, r->kind, r->id, NULL, err)) == VLS_OK &&
        (rc = template_apply(&d, r, before, after, err)) == VLS_OK &&
        (rc = vls_edit_still_withdrawn(d.edit, r->id, err)) == VLS_OK)
        rc = vls_edit_empty(d.edit) ? cli_fail(c, err, VLS_ECANCELLED, _("nothing was changed")) : draft_finish(&d, err);
    draft_clear(&d);
    return rc;
}

/* What cannot be taken goes back into the editor with the reason on top; nothing typed is thrown away unasked. */
static enum vls_code
edit_again(struct cli *c, struct vls_buf *text, const struct vls_error *why, struct vls_error *err)
{
    struct vls_buf with;
    enum vls_code rc;
    char answer;

    note(c, "%s", why->text);
    note(c, "%s", _("1 edit again   2 give up"));
    if ((rc = prompt_choice(c, &answer, _("Choice:"), 2, "", err)) != VLS_OK)
        return rc;
    if (answer == '2')
        return cli_fail(c, err, VLS_ECANCELLED, _("nothing was changed"));
    vls_buf_init(&with, 2 * EDITOR_TEXT_MAX);
    vls_buf_printf(&with, "# ! %.*s\n", (int)strcspn(why->text, "\n"), why->text);
    vls_buf_put_slice(&with, vls_buf_slice(text));
    vls_buf_reset(text);
    vls_buf_put_slice(text, vls_buf_slice(&with));
    vls_buf_clear(&with);
    return vls_buf_ok(text, err);
}

static enum vls_code
edit_in_editor(struct cli *c, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct vls_error why = {.code = VLS_OK};
    struct vls_record *r = NULL;
    struct vls_buf before, text;
    enum vls_code rc = vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, err);

    if (rc != VLS_OK)
        return rc;
    vls_buf_init(&before, EDITOR_TEXT_MAX);
    vls_buf_init(&text, EDITOR_TEXT_MAX);
    template_write(c, &before, r);
    vls_buf_put_slice(&text, vls_buf_slice(&before));
    if ((rc = vls_buf_ok(&text, err)) == VLS_OK)
        rc = editor_run(c, &text, err);
    while (rc == VLS_OK) {
        rc = edit_apply(c, r, vls_buf_slice(&before), vls_buf_slice(&text), &why);
        if (rc != VLS_EVALUE && rc != VLS_ENOTFOUND && rc != VLS_EAMBIGUOUS) {
            *err = why;
            break;
        }
        if ((rc = edit_again(c, &text, &why, err)) == VLS_OK)
            rc = editor_run(c, &text, err);
    }
    vls_buf_clear(&before);
    vls_buf_clear(&text);
    vls_record_free(r);
    return rc;
}

static void
withdrawn_note(struct cli *c, const uint8_t id[VLS_ID_LEN])
{
    struct vls_record *r = NULL;

    if (vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, &r, NULL) != VLS_OK)
        return;
    if (r->withdrawn)
        note(c, _("%s is withdrawn, and stays so."), r->ref);
    vls_record_free(r);
}

/* One of several trips that are shown as one: what is about to happen to it happens to no other. */
static enum vls_code
alone_note(struct cli *c, const uint8_t id[VLS_ID_LEN], bool withdraw, struct vls_error *err)
{
    char alias[VLS_REF_TEXT];
    const struct vls_trip *t;
    struct joined j;
    enum vls_code rc = joined_load(&j, c, c->args.kind, err);
    size_t i;

    if (rc != VLS_OK)
        return rc;
    t = joined_trip(&j, id);
    for (i = 0; t != NULL && i < t->n_members; i++) {
        if (memcmp(t->member[i], id, VLS_ID_LEN) == 0)
            continue;
        record_ref(c, alias, t->member[i]);
        if (withdraw)
            note(c, _("%s was judged the same trip and stays:  valise trip withdraw %s"), alias, alias);
        else
            note(c, _("%s was judged the same trip and is not changed by this:  valise trip edit %s"), alias, alias);
    }
    joined_clear(&j);
    return VLS_OK;
}

enum vls_code
cmd_record_edit(struct cli *c, struct vls_error *err)
{
    uint8_t id[VLS_ID_LEN];
    bool given = edit_given(c);
    enum vls_code rc;

    if (!given && !c->ask) {
        help_advise(c);
        return cli_fail(c, err, VLS_EUSAGE, _("nothing to change; say which field, as in --%s"),
                        c->args.kind->fields[0].name);
    }
    if ((rc = record_find(c, c->args.kind, c->args.pos[0], id, err)) != VLS_OK)
        return rc;
    withdrawn_note(c, id);
    if (!given && (rc = alone_note(c, id, false, err)) != VLS_OK)
        return rc;
    return given ? edit_by_options(c, id, err) : edit_in_editor(c, id, err);
}

/* ---- withdraw and restore ---- */

/* True when the record is already what it shall be, and nobody says otherwise; *out is then owned by the caller. */
static enum vls_code
life_same(struct cli *c, const uint8_t id[VLS_ID_LEN], bool withdraw, struct vls_record **out, struct vls_error *err)
{
    enum vls_code rc = vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, out, err);
    const struct vls_row *row;
    bool same;

    if (rc != VLS_OK)
        return rc;
    row = vls_record_row(*out, VLS_H_LIFE, (struct vls_slice){NULL, 0}, 0);
    if (row != NULL && row->attention == VLS_CONFLICT)
        same = false;
    else
        same = withdraw ? (*out)->withdrawn : row == NULL || value_is(row->value, "active");
    if (!same) {
        vls_record_free(*out);
        *out = NULL;
    }
    return VLS_OK;
}

static void
life_same_report(struct cli *c, const struct vls_record *r, bool withdraw)
{
    json_t *doc, *list, *one;
    struct vls_buf title;

    if (!c->json) {
        if (c->plain && !c->quiet)
            out_row(c, r->ref, "unchanged", "", NULL);
        if (withdraw)
            note(c, _("%s is withdrawn already; nothing was changed."), r->ref);
        else
            note(c, _("%s is not withdrawn; nothing was changed."), r->ref);
        return;
    }
    vls_buf_init(&title, 4096);
    doc = json_doc("change");
    list = json_array();
    one = json_pack("{s:s, s:s, s:s, s:s, s:s}", "ref", r->ref, "kind", r->kind->name, "title",
                    title_by_id(c, &title, r->id), "action", "unchanged", "fields", "");
    json_array_append_new(list, one);
    json_object_set_new(doc, "dry_run", json_boolean(c->dry_run));
    json_object_set_new(doc, "records", list);
    vls_buf_clear(&title);
    out_json(c, doc);
}

static enum vls_code
life_set(struct cli *c, const uint8_t id[VLS_ID_LEN], const char *life, const char *reason, const char *action,
         struct vls_error *err)
{
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, vls_engine_home_of(cli_opened(c), id), err)) == VLS_OK &&
        (rc = draft_touch(&d, c->args.kind, id, action, err)) == VLS_OK &&
        (rc = draft_named(&d, id, "life", life, err)) == VLS_OK &&
        (reason == NULL || (rc = draft_named(&d, id, "life-reason", reason, err)) == VLS_OK))
        rc = draft_finish(&d, err);
    draft_clear(&d);
    return rc;
}

enum vls_code
cmd_record_withdraw(struct cli *c, struct vls_error *err)
{
    const char *reason = args_value(&c->args, "reason");
    char line[PROMPT_LINE_MAX], ref[VLS_REF_TEXT];
    struct vls_record *same = NULL;
    uint8_t id[VLS_ID_LEN];
    struct vls_buf title;
    enum vls_code rc;

    if ((rc = record_find(c, c->args.kind, c->args.pos[0], id, err)) != VLS_OK ||
        (rc = life_same(c, id, true, &same, err)) != VLS_OK)
        return rc;
    if (same != NULL) {
        life_same_report(c, same, true);
        vls_record_free(same);
        return VLS_OK;
    }
    if ((rc = alone_note(c, id, true, err)) != VLS_OK)
        return rc;
    if (reason == NULL || reason[0] == '\0') {
        if ((rc = prompt_line(c, line, _("Why is it withdrawn?"), c->yes || c->dry_run ? "--reason TEXT" : "--reason TEXT --yes",
                              err)) != VLS_OK)
            return rc;
        if (line[0] == '\0')
            return cli_fail(c, err, VLS_ECANCELLED, _("without a reason nothing is withdrawn"));
        reason = line;
    }
    if (c->ask && !c->yes) {
        vls_buf_init(&title, 4096);
        record_ref(c, ref, id);
        note(c, "%s  %s", ref, title_by_id(c, &title, id));
        vls_buf_clear(&title);
    }
    if (!c->dry_run &&
        (rc = prompt_yes(c, _("Withdraw it? It is hidden everywhere, and can be restored."), err)) != VLS_OK)
        return rc;
    return life_set(c, id, "retracted", reason, N_("withdrawn"), err);
}

enum vls_code
cmd_record_restore(struct cli *c, struct vls_error *err)
{
    struct vls_record *same = NULL;
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc = record_find(c, c->args.kind, c->args.pos[0], id, err);

    if (rc != VLS_OK || (rc = life_same(c, id, false, &same, err)) != VLS_OK)
        return rc;
    if (same != NULL) {
        life_same_report(c, same, false);
        vls_record_free(same);
        return VLS_OK;
    }
    return life_set(c, id, "active", args_value(&c->args, "reason"), N_("restored"), err);
}
