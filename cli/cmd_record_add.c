/*
 * KIND add: a record with what was given of it, and what comes along with a report or a trip, as one change set.
 */
#include <string.h>

#include "draft.h"
#include "help.h"
#include "home.h"
#include "kindopts.h"

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
    const char *compartment = args_value(&c->args, "compartment");
    uint8_t id[VLS_ID_LEN];
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, compartment, err)) == VLS_OK &&
        (rc = draft_create(&d, c->args.kind, id, err)) == VLS_OK && (rc = positional_take(&d, id, err)) == VLS_OK &&
        (rc = draft_options(&d, id, NULL, err)) == VLS_OK && (rc = draft_names(&d, id, err)) == VLS_OK &&
        (rc = add_trip(&d, id, err)) == VLS_OK && (rc = add_info(&d, id, err)) == VLS_OK &&
        (rc = required_check(&d, id, err)) == VLS_OK && (rc = home_settle(&d, compartment, err)) == VLS_OK &&
        (rc = draft_finish(&d, err)) == VLS_OK)
        add_hint(&d);
    draft_clear(&d);
    return rc;
}
