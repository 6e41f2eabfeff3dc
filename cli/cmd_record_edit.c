/*
 * KIND edit, by options or in an editor: one change set. Nothing but the fields that were given is touched, so that two
 * people can edit a record at once.
 */
#include <string.h>

#include "draft.h"
#include "editor.h"
#include "help.h"
#include "joined.h"
#include "kindopts.h"

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

    if (rc == VLS_OK)
        rc = draft_options(d, id, shown_of_all, err);
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
            if (c->args.got[i].opt == &own->v[at] &&
                (own->v[at].field != NULL || /* a judgement's own "reason" */
                 (strcmp(own->v[at].name, "cite") != 0 && strcmp(own->v[at].name, "reason") != 0)))
                return true;
    return false;
}

static enum vls_code
edit_by_options(struct cli *c, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, vls_engine_home_of(cli_opened(c), id), err)) == VLS_OK &&
        (rc = draft_touch(&d, c->args.kind, id, NULL, err)) == VLS_OK &&
        (rc = draft_options(&d, id, NULL, err)) == VLS_OK && (rc = edit_lists(&d, id, false, err)) == VLS_OK &&
        (rc = edit_lists(&d, id, true, err)) == VLS_OK && (rc = draft_names(&d, id, err)) == VLS_OK &&
        (rc = edit_trip(&d, id, err)) == VLS_OK && (rc = edit_aliases(&d, id, err)) == VLS_OK &&
        (rc = vls_edit_still_withdrawn(d.edit, id, err)) == VLS_OK)
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
        rc =
            vls_edit_empty(d.edit) ? cli_fail(c, err, VLS_ECANCELLED, _("nothing was changed")) : draft_finish(&d, err);
    draft_clear(&d);
    return rc;
}

/* What cannot be taken goes back into the editor with the reason on top; nothing typed is thrown away unasked. */
static enum vls_code
edit_again(struct cli *c, struct vls_buf *text, const struct vls_error *why, struct vls_error *err)
{
    const char *line;
    struct vls_buf with;
    enum vls_code rc;
    size_t n;
    char answer;

    for (line = why->text; *line != '\0'; line += n + (line[n] == '\n')) { /* the second says what to do */
        n = strcspn(line, "\n");
        note(c, "%.*s", (int)n, line);
    }
    note(c, "%s", _("1 edit again   2 give up (or q)"));
    if ((rc = prompt_choice(c, &answer, _("Choice:"), 2, "q", err)) != VLS_OK)
        return rc;
    if (answer != '1')
        return cli_fail(c, err, VLS_ECANCELLED, _("nothing was changed"));
    vls_buf_init(&with, 2 * EDITOR_TEXT_MAX);
    for (line = why->text; *line != '\0'; line += n + (line[n] == '\n')) {
        n = strcspn(line, "\n");
        vls_buf_printf(&with, "# ! %.*s\n", (int)n, line);
    }
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
    if (!given && (rc = joined_alone_note(c, id, false, err)) != VLS_OK)
        return rc;
    return given ? edit_by_options(c, id, err) : edit_in_editor(c, id, err);
}
