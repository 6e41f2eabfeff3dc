/*
 * One change set in the making, see draft.h. Values are parsed by their field and written by their
 * field's policy, so that no kind needs code of its own here.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/cbor.h"

#include "consent.h"
#include "draft.h"
#include "home.h"
#include "kindopts.h"

#define SHOWN_MAX (4u << 20)
#define DAY_S     86400

enum vls_code
draft_begin(struct draft *d, struct cli *c, const char *compartment, struct vls_error *err)
{
    const char *cite = args_value(&c->args, "cite");
    enum vls_code rc;

    memset(d, 0, sizeof(*d));
    d->c = c;
    d->why.reason = args_value(&c->args, "reason");
    vls_buf_init(&d->shown, SHOWN_MAX);
    if (cite != NULL && (rc = draft_cite(d, cite, compartment, err)) != VLS_OK)
        return rc;
    return vls_edit_begin(&d->edit, cli_opened(c), compartment, err);
}

void
draft_clear(struct draft *d)
{
    if (d->edit != NULL)
        vls_edit_abort(d->edit);
    d->edit = NULL;
    free(d->cite_text);
    d->cite_text = NULL;
    for (size_t i = 0; i < d->n_elements; i++) {
        vls_wipe(d->element[i].text, strlen(d->element[i].text));
        free(d->element[i].text);
    }
    free(d->element);
    d->element = NULL;
    d->n_elements = d->cap_elements = 0;
    vls_buf_clear(&d->shown);
}

/* ---- records ---- */

static struct draft_record *
record_of(const struct draft *d, const uint8_t id[VLS_ID_LEN])
{
    size_t i;

    for (i = 0; i < d->n; i++)
        if (memcmp(d->record[i].id, id, VLS_ID_LEN) == 0)
            return (struct draft_record *)(uintptr_t)&d->record[i];
    return NULL;
}

enum vls_code
draft_touch(struct draft *d, const struct vls_kind *kind, const uint8_t id[VLS_ID_LEN], const char *action,
            struct vls_error *err)
{
    struct draft_record *r;

    if (record_of(d, id) != NULL)
        return VLS_OK;
    if (d->n == DRAFT_RECORDS_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, _("more than %d records at once"), DRAFT_RECORDS_MAX);
    r = &d->record[d->n++];
    memcpy(r->id, id, VLS_ID_LEN);
    r->kind = kind;
    r->action = action;
    vls_buf_printf(&d->shown, "%s\n", vls_label_in(kind->label, d->c->lang));
    return VLS_OK;
}

enum vls_code
draft_create(struct draft *d, const struct vls_kind *kind, uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    bool first = d->n == 0;
    enum vls_code rc;

    if ((rc = vls_edit_create(d->edit, kind, id, err)) != VLS_OK ||
        (rc = draft_touch(d, kind, id, N_("recorded"), err)) != VLS_OK)
        return rc;
    if (kind->tlp == NULL || (first && args_flag(&d->c->args, "tlp")))
        return VLS_OK;
    return draft_along(d, id, "tlp", kind->tlp, err);
}

bool
draft_has(const struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field)
{
    const struct draft_record *r = record_of(d, id);
    const char *at = r != NULL ? r->fields : "";
    size_t len = strlen(field);

    while ((at = strstr(at, field)) != NULL) {
        if ((at == r->fields || at[-1] == ' ') && (at[len] == '\0' || at[len] == ','))
            return true;
        at += len;
    }
    return false;
}

/* ---- values ---- */

void
draft_words_add(char list[DRAFT_FIELDS_TEXT], const char *word)
{
    if (word[0] != '\0' && list[0] != '\0')
        strncat(list, ", ", DRAFT_FIELDS_TEXT - strlen(list) - 1);
    strncat(list, word, DRAFT_FIELDS_TEXT - strlen(list) - 1);
}

static void
remember(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, struct vls_slice value)
{
    struct draft_record *r = record_of(d, id);
    struct vls_buf text;

    vls_buf_init(&text, DRAFT_VALUE_MAX);
    vls_buf_printf(&d->shown, "  %s: %s\n", vls_label_in(field->label, d->c->lang),
                   value_text(d->c, &text, field, value));
    vls_buf_clear(&text);
    if (r == NULL || draft_has(d, id, field->name))
        return;
    draft_words_add(r->fields, field->name);
}

/* --cite and --reason are about what the person typed, not about what comes along with it. */
static const struct vls_backing unbacked;

static enum vls_code
element_add(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, struct vls_slice value,
            bool out, bool only, struct vls_error *err)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice text = vls_cbor_text(&c);
    bool room = vls_room(&d->element, &d->cap_elements, d->n_elements, 1, sizeof *d->element);
    char *copy = room ? malloc(text.n + 1) : NULL;

    if (copy == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for an entry");
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    d->element[d->n_elements] = (struct draft_element){.field = field, .text = copy, .out = out, .only = only};
    memcpy(d->element[d->n_elements++].id, id, VLS_ID_LEN);
    return VLS_OK;
}

/* All elements of the register of the one at first, in one go. */
static enum vls_code
elements_write(struct draft *d, size_t first, struct vls_error *err)
{
    const struct draft_element *of = &d->element[first];
    struct vls_slice *in = calloc(2 * d->n_elements, sizeof *in), *out = in + d->n_elements;
    struct vls_members m = {.in = in, .out = out};
    enum vls_code rc;

    if (in == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a list");
    for (size_t i = first; i < d->n_elements; i++) {
        const struct draft_element *e = &d->element[i];

        if (e->field != of->field || memcmp(e->id, of->id, VLS_ID_LEN) != 0)
            continue;
        m.only = m.only || e->only;
        if (e->out)
            out[m.n_out++] = vls_slice_str(e->text);
        else
            in[m.n_in++] = vls_slice_str(e->text);
    }
    rc = vls_edit_members(d->edit, of->id, of->field, &m, &d->why, err);
    free(in);
    return rc;
}

static enum vls_code
elements_flush(struct draft *d, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < d->n_elements && rc == VLS_OK; i++) {
        size_t k = 0;

        while (k < i && (d->element[k].field != d->element[i].field ||
                         memcmp(d->element[k].id, d->element[i].id, VLS_ID_LEN) != 0))
            k++;
        if (k == i)
            rc = elements_write(d, i, err);
    }
    return rc;
}

static enum vls_code
value_write(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, struct vls_slice value,
            const struct vls_backing *why, struct vls_error *err)
{
    struct vls_slice key = {NULL, 0};

    switch (field->policy) {
    case VLS_P_AWS:
    case VLS_P_GSET: return vls_edit_add(d->edit, id, field, value, why, err);
    case VLS_P_RWS: return element_add(d, id, field, value, false, false, err);
    case VLS_P_REFDATA: /* a proposal */
    case VLS_P_LOG:
        return vls_edit_append(d->edit, id, field, value, err);
    case VLS_P_MAP: /* one value for each assessor: ours */
        key = vls_slice_str(vls_engine_me(cli_opened(d->c))->delegation);
        break;
    default:
        break;
    }
    return vls_edit_put(d->edit, id, field, key, value, why, err);
}

static enum vls_code
value_keep(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, struct vls_slice value,
           const struct vls_backing *why, struct vls_error *err)
{
    enum vls_code rc = value_write(d, id, field, value, why, err);

    if (rc == VLS_OK)
        rc = home_refers(d, field, value, err);
    if (rc == VLS_OK)
        remember(d, id, field, value);
    if (rc == VLS_OK && why == &d->why && record_of(d, id) != NULL)
        record_of(d, id)->backed = true;
    return rc;
}

/* What is most likely a slip: never refused, since it may be what somebody said, but a person is asked once. */
static enum vls_code
ask_meant(struct cli *c, struct vls_error *err)
{
    enum vls_code rc;

    if (!c->ask || c->yes || c->dry_run)
        return VLS_OK;
    rc = prompt_yes(c, _("Is it meant so?"), err);
    if (rc == VLS_ECANCELLED) /* an editor comes back with it */
        return cli_fail(c, err, VLS_EVALUE, _("nothing was changed"));
    return rc;
}

/* "2027-04-15/2027-04-12": two days, each possible, in the wrong order. */
static bool
ends_before_it_begins(struct vls_slice words)
{
    const uint8_t *slash = words.n > 0 ? memchr(words.p, '/', words.n) : NULL;
    struct vls_date from, to;
    size_t n = slash != NULL ? (size_t)(slash - words.p) : 0;

    return slash != NULL && vls_edtf_bounds(&from, vls_slice_of(words.p, n)) &&
           vls_edtf_bounds(&to, vls_slice_of(slash + 1, words.n - n - 1)) && to.last < from.first;
}

enum vls_code
draft_date_check(struct cli *c, const struct vls_field *field, struct vls_slice value, struct vls_error *err)
{
    struct vls_date date;

    if (field->type != VLS_T_DATE || !vls_date_read(&date, value) || date.possible)
        return VLS_OK;
    note(c,
         ends_before_it_begins(date.words) ? _("Attention: “%.*s” is kept as words: it ends before it begins.")
                                           : _("Attention: “%.*s” is kept as words: no possible date."),
         (int)(date.words.n < 80 ? date.words.n : 80), (const char *)date.words.p);
    return ask_meant(c, err);
}

/* Nothing was received or sent tomorrow; a day is left for clocks and zones that differ. */
static enum vls_code
instant_check(struct cli *c, const struct vls_field *field, struct vls_slice value, struct vls_error *err)
{
    bool past = strcmp(field->name, "received") == 0 || strcmp(field->name, "sent") == 0;
    struct vls_instant at;
    struct vls_buf text;

    if (!past || field->type != VLS_T_INSTANT || !vls_instant_read(&at, value) || at.unix_s <= c->now + DAY_S)
        return VLS_OK;
    vls_buf_init(&text, DRAFT_VALUE_MAX);
    note(c, _("Attention: %s lies in the future: %s"), vls_label_in(field->label, c->lang),
         value_text(c, &text, field, value));
    vls_buf_clear(&text);
    return ask_meant(c, err);
}

/* A value is taken back without another in its place: it stays in the history. */
enum vls_code
draft_empty(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, struct vls_error *err)
{
    struct vls_buf value;
    enum vls_code rc;

    if (field_repeats(field))
        return cli_fail(d->c, err, VLS_EVALUE, _("%s is a list; take entries out with --remove %s=VALUE"), field->name,
                        field->name);
    if (!vls_field_empties(field))
        return cli_fail(d->c, err, VLS_EVALUE, _("%s cannot be emptied; write another value"), field->name);
    vls_buf_init(&value, 8);
    vls_cbor_put_null(&value);
    if ((rc = vls_buf_ok(&value, err)) == VLS_OK)
        rc = value_keep(d, id, field, vls_buf_slice(&value), &d->why, err);
    vls_buf_clear(&value);
    return rc;
}

static enum vls_code
typed(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, const char *words,
      const struct vls_backing *why, struct vls_error *err)
{
    struct vls_value_ctx ctx = value_ctx(d->c);
    struct vls_buf value;
    enum vls_code rc;

    vls_buf_init(&value, DRAFT_VALUE_MAX);
    if ((rc = vls_value_parse(&value, field, words, &ctx, err)) == VLS_OK &&
        (!consent_is(field) || (rc = consent_typed(d->c, id, &value, err)) == VLS_OK) &&
        (rc = value_keep(d, id, field, vls_buf_slice(&value), why, err)) == VLS_OK &&
        (rc = draft_date_check(d->c, field, vls_buf_slice(&value), err)) == VLS_OK)
        rc = instant_check(d->c, field, vls_buf_slice(&value), err);
    vls_buf_clear(&value);
    return rc;
}

static enum vls_code
typed_named(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field, const char *words,
            const struct vls_backing *why, struct vls_error *err)
{
    const struct draft_record *r = record_of(d, id);
    const struct vls_field *f = r != NULL ? vls_field_by_name(r->kind, field) : NULL;

    if (f == NULL)
        return VLS_FAIL(err, VLS_ENOTFOUND, "field %s", field);
    return typed(d, id, f, words, why, err);
}

enum vls_code
draft_typed(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, const char *words,
            struct vls_error *err)
{
    const struct draft_record *r = record_of(d, id);

    if (words[0] == '\0' && r != NULL && r->action == NULL) /* an edit */
        return draft_empty(d, id, field, err);
    return typed(d, id, field, words, &d->why, err);
}

enum vls_code
draft_named(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field, const char *words, struct vls_error *err)
{
    return typed_named(d, id, field, words, &d->why, err);
}

enum vls_code
draft_along(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field, const char *words, struct vls_error *err)
{
    return typed_named(d, id, field, words, &unbacked, err);
}

enum vls_code
draft_link(struct draft *d, const uint8_t id[VLS_ID_LEN], const char *field, const uint8_t to[VLS_ID_LEN],
           struct vls_error *err)
{
    const struct draft_record *r = record_of(d, id);
    const struct vls_field *f = r != NULL ? vls_field_by_name(r->kind, field) : NULL;
    struct vls_buf value;
    enum vls_code rc;

    if (f == NULL || f->type != VLS_T_REF)
        return VLS_FAIL(err, VLS_ENOTFOUND, "reference %s", field);
    vls_buf_init(&value, 64);
    vls_cbor_put_bytes(&value, to, VLS_ID_LEN);
    rc = value_keep(d, id, f, vls_buf_slice(&value), &unbacked, err);
    vls_buf_clear(&value);
    return rc;
}

enum vls_code
draft_remove(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, const char *words,
             struct vls_error *err)
{
    struct vls_value_ctx ctx = value_ctx(d->c);
    struct vls_buf value;
    enum vls_code rc;

    vls_buf_init(&value, DRAFT_VALUE_MAX);
    if ((rc = vls_value_parse(&value, field, words, &ctx, err)) == VLS_OK)
        rc = field->policy == VLS_P_RWS ? element_add(d, id, field, vls_buf_slice(&value), true, false, err)
                                        : vls_edit_remove(d->edit, id, field, vls_buf_slice(&value), &d->why, err);
    if (rc == VLS_OK)
        remember(d, id, field, vls_buf_slice(&value));
    vls_buf_clear(&value);
    return rc;
}

enum vls_code
draft_only(struct draft *d, const uint8_t id[VLS_ID_LEN], const struct vls_field *field, const char *words,
           struct vls_error *err)
{
    struct vls_value_ctx ctx = value_ctx(d->c);
    struct vls_buf value;
    enum vls_code rc;

    vls_buf_init(&value, DRAFT_VALUE_MAX);
    if ((rc = vls_value_parse(&value, field, words, &ctx, err)) == VLS_OK &&
        (rc = element_add(d, id, field, vls_buf_slice(&value), false, true, err)) == VLS_OK)
        remember(d, id, field, vls_buf_slice(&value));
    vls_buf_clear(&value);
    return rc;
}

/* ---- the end ---- */
/* Open conflicts about what is about to be written: a write names all rivals, so it may settle them. */
#define RIVALRIES_MAX 32

struct rivalries {
    const struct draft *d;
    char ref[RIVALRIES_MAX][VLS_REF_TEXT];
    size_t n;
};

static enum vls_code
rivalry_add(void *ctx, const struct vls_conflict *conflict, struct vls_error *err)
{
    struct rivalries *open = ctx;

    (void)err;
    if (conflict->attention == VLS_CONFLICT && open->n < RIVALRIES_MAX && record_of(open->d, conflict->record) != NULL)
        memcpy(open->ref[open->n++], conflict->ref, VLS_REF_TEXT);
    return VLS_OK;
}

static void
settled_note(struct cli *c, const struct rivalries *open)
{
    struct vls_conflict conflict;
    size_t i;

    for (i = 0; i < open->n; i++)
        if (vls_store_conflict(cli_store(c), open->ref[i], &conflict, NULL) == VLS_ENOTFOUND)
            note(c, _("This settles %s."), open->ref[i]);
}

enum vls_code
draft_finish(struct draft *d, struct vls_error *err)
{
    struct rivalries open = {.d = d};
    enum vls_code rc = elements_flush(d, err);
    bool changed;

    if (rc != VLS_OK || (rc = draft_cite_finish(d, err)) != VLS_OK)
        return rc;
    changed = !vls_edit_empty(d->edit);
    if (!d->c->dry_run) {
        if ((rc = vls_store_conflicts(cli_store(d->c), rivalry_add, &open, err)) != VLS_OK)
            return rc;
        rc = vls_edit_commit(d->edit, d->c->now, err);
        d->edit = NULL;
    }
    if (rc != VLS_OK)
        return rc;
    draft_report(d, changed);
    settled_note(d->c, &open);
    return VLS_OK;
}
