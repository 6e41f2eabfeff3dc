/*
 * One conflict as rows for programs and as lines for people, see dispute_view.h. Every value stands with the delegation
 * that wrote it and the time, beside the one that all started from.
 */
#include <string.h>

#include "dispute_view.h"

#define WIDE 60 /* columns from which a value stands on lines of its own */

const char *
dispute_field_label(const struct cli *c, const struct vls_dispute *d, char out[WORDS_TEXT])
{
    if (d->field == NULL)
        snprintf(out, WORDS_TEXT, _("field %u of a newer version"), (unsigned)d->c.field);
    else
        snprintf(out, WORDS_TEXT, "%s", vls_label_in(d->field->label, c->lang));
    return out;
}

const char *
dispute_field_name(const struct vls_dispute *d)
{
    return d->field == NULL ? "" : d->field->name;
}

/* The first value that is not the one shown first; NULL when there is none. *n receives how many distinct. */
const struct vls_rival_row *
dispute_other(const struct vls_dispute *d, size_t *n)
{
    const struct vls_rival_row *first = NULL;
    size_t i, k;

    *n = 0;
    for (i = 1; i < d->n_rows && d->row[i].side != VLS_SIDE_BEFORE; i++) {
        for (k = 0; k < i && !vls_slice_eq(d->row[k].value, d->row[i].value); k++)
            ;
        if (k < i) /* the same value from another post is no other choice */
            continue;
        if (first == NULL)
            first = &d->row[i];
        ++*n;
    }
    return first;
}

/* ---- rows for programs ---- */

static const char *
side_name(enum vls_side side)
{
    return side == VLS_SIDE_SHOWN ? "shown" : side == VLS_SIDE_OTHER ? "other" : "before";
}

static const char *
attention_name(enum vls_attention attention)
{
    return attention == VLS_CONFLICT ? "conflict" : attention == VLS_NOTICE ? "notice" : "quiet";
}

/* The value shown first and the first other one, as text that stays until they are cleared. */
struct pair {
    struct vls_buf shown, other;
    const struct vls_rival_row *rival; /* whose the other is; NULL: there is none */
};

static void
pair_init(struct pair *p, const struct vls_dispute *d)
{
    size_t n;

    vls_buf_init(&p->shown, VALUE_MAX);
    vls_buf_init(&p->other, VALUE_MAX);
    p->rival = dispute_other(d, &n);
}

static void
pair_clear(struct pair *p)
{
    vls_buf_clear(&p->shown);
    vls_buf_clear(&p->other);
}

void
dispute_plain(struct cli *c, const struct vls_dispute *d)
{
    struct pair p;

    pair_init(&p, d);
    out_row(c, d->c.ref, d->record_ref, dispute_field_name(d), attention_name(d->c.attention), vls_rule_name(d->rule),
            d->n_rows == 0 ? "" : value_plain(c, &p.shown, d->field, d->row[0].value),
            d->n_rows == 0 ? "" : d->row[0].delegation,
            p.rival == NULL ? "" : value_plain(c, &p.other, d->field, p.rival->value),
            p.rival == NULL ? "" : p.rival->delegation, NULL);
    pair_clear(&p);
}

void
dispute_row(struct table *t, struct cli *c, const struct vls_dispute *d)
{
    char label[WORDS_TEXT];
    struct pair p;

    pair_init(&p, d);
    if (p.rival != NULL && d->n_passages != 0) /* the first place, instead of two long texts */
        table_row(t, d->c.ref, d->record_ref, d->title, dispute_field_label(c, d, label), d->passage[0].text[0],
                  d->passage[0].text[p.rival - d->row]);
    else
        table_row(t, d->c.ref, d->record_ref, d->title, dispute_field_label(c, d, label),
                  d->n_rows == 0 ? "" : value_text(c, &p.shown, d->field, d->row[0].value),
                  p.rival != NULL    ? value_text(c, &p.other, d->field, p.rival->value)
                  : d->n_unseen != 0 ? value_text(c, &p.other, d->unseen[0].field, d->unseen[0].value)
                                     : "");
    pair_clear(&p);
}

static json_t *
row_json(struct cli *c, const struct vls_dispute *d, const struct vls_rival_row *row)
{
    struct vls_buf text, plain;
    json_t *o;

    vls_buf_init(&text, VALUE_MAX);
    vls_buf_init(&plain, VALUE_MAX);
    o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "side", side_name(row->side), "value",
                  json_text(vls_slice_str(value_plain(c, &plain, d->field, row->value))), "text",
                  json_text(vls_slice_str(value_text(c, &text, d->field, row->value))), "delegation",
                  json_text(vls_slice_str(row->delegation)), "post", json_text(vls_slice_str(row->post)), "time",
                  json_instant(row->wall_unix_s), "cite", json_text(vls_slice_str(row->cite)), "reason",
                  json_text(vls_slice_str(row->reason)));
    vls_buf_clear(&text);
    vls_buf_clear(&plain);
    return o;
}

/* Passages that several changed: what was there, and what each has. */
static json_t *
passages_json(const struct vls_dispute *d)
{
    json_t *all = json_array(), *texts;
    size_t p, i;

    for (p = 0; p < d->n_passages; p++) {
        texts = json_array();
        for (i = 0; i < d->n_texts; i++)
            json_array_append_new(texts, json_text(vls_slice_str(d->passage[p].text[i])));
        json_array_append_new(
            all, json_pack("{s:o, s:o}", "before", json_text(vls_slice_str(d->passage[p].before)), "texts", texts));
    }
    return all;
}

static json_t *
unseen_json(struct cli *c, const struct vls_dispute *d)
{
    json_t *all = json_array();
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, VALUE_MAX);
    for (i = 0; i < d->n_unseen; i++) {
        const struct vls_unseen_row *u = &d->unseen[i];

        json_array_append_new(all,
                              json_pack("{s:s, s:o, s:o, s:o, s:o}", "field", u->field == NULL ? "" : u->field->name,
                                        "value", json_text(vls_slice_str(value_plain(c, &text, u->field, u->value))),
                                        "delegation", json_text(vls_slice_str(u->delegation)), "post",
                                        json_text(vls_slice_str(u->post)), "time", json_instant(u->wall_unix_s)));
    }
    vls_buf_clear(&text);
    return all;
}

json_t *
dispute_json(struct cli *c, const struct vls_dispute *d)
{
    char label[WORDS_TEXT];
    json_t *values = json_array();
    size_t i;

    for (i = 0; i < d->n_rows; i++)
        json_array_append_new(values, row_json(c, d, &d->row[i]));
    return json_pack("{s:s, s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "conflict", d->c.ref, "record",
                     d->record_ref, "title", json_text(vls_slice_str(d->title)), "field", dispute_field_name(d),
                     "label", json_text(vls_slice_str(dispute_field_label(c, d, label))), "attention",
                     attention_name(d->c.attention), "rule", vls_rule_name(d->rule), "compartment", d->compartment,
                     "values", values, "passages", passages_json(d), "unseen", unseen_json(c, d));
}

/* ---- one conflict for people ---- */

static const char *
side_label(enum vls_side side)
{
    return side == VLS_SIDE_SHOWN ? _("kept") : side == VLS_SIDE_OTHER ? _("other") : _("before");
}

/* "Croatia, The Hague" and "2027-03-08 10:22 UTC", or what the value is to the others. */
static void
origin_words(const struct vls_rival_row *row, char who[WORDS_TEXT], char when[2 * WORDS_TEXT])
{
    char at[STAMP_TEXT];

    if (row->side == VLS_SIDE_BEFORE) {
        snprintf(who, WORDS_TEXT, "%s", _("both started from this"));
        when[0] = '\0';
        return;
    }
    words_who(who, row->delegation, row->post);
    if (*row->cite != '\0')
        snprintf(when, 2 * WORDS_TEXT, _("%s, citing %.120s"), stamp(at, row->wall_unix_s), row->cite);
    else
        snprintf(when, 2 * WORDS_TEXT, "%s", stamp(at, row->wall_unix_s));
}

static bool
is_long(const char *value)
{
    return strchr(value, '\n') != NULL || text_width(value) > WIDE;
}

/* Values side by side in columns; long ones below their author instead. */
static void
values_show(struct cli *c, const struct vls_dispute *d)
{
    char who[WORDS_TEXT], when[2 * WORDS_TEXT];
    struct vls_buf text;
    struct table t;
    bool wide = false;
    size_t i;

    vls_buf_init(&text, VALUE_MAX);
    for (i = 0; i < d->n_rows; i++)
        wide = wide || is_long(value_text(c, &text, d->field, d->row[i].value));
    table_init(&t, 4, 2, 3);
    for (i = 0; i < d->n_rows; i++) {
        const char *value = value_text(c, &text, d->field, d->row[i].value);

        origin_words(&d->row[i], who, when);
        if (!wide) {
            table_row(&t, side_label(d->row[i].side), value, who, when);
            continue;
        }
        out_line(c, "  %s   %s   %s", side_label(d->row[i].side), who, when);
        out_text(c, 6, vls_slice_str(value));
    }
    if (!wide)
        table_print(c, &t);
    vls_buf_clear(&text);
}

/* One place of a text: what each who changed it has there, then what was there. */
static void
passage_show(struct cli *c, const struct vls_dispute *d, const struct vls_passage *p)
{
    char who[WORDS_TEXT], when[2 * WORDS_TEXT];
    size_t i;

    for (i = 0; i < d->n_texts; i++) {
        if (strcmp(p->text[i], p->before) == 0)
            continue;
        origin_words(&d->row[i], who, when);
        out_line(c, "  %s   %s   %s", side_label(d->row[i].side), who, when);
        out_text(c, 6, vls_slice_str(p->text[i][0] != '\0' ? p->text[i] : _("(taken out)")));
    }
    if (p->before[0] != '\0') {
        out_line(c, "  %s   %s", side_label(VLS_SIDE_BEFORE), _("both started from this"));
        out_text(c, 6, vls_slice_str(p->before));
    }
}

/* Only what several changed is shown; the rest of the text is agreed. */
static void
prose_show(struct cli *c, const struct vls_dispute *d)
{
    char who[WORDS_TEXT], when[2 * WORDS_TEXT];
    struct vls_buf text;
    size_t i;

    for (i = 0; i < d->n_passages; i++) {
        out_line(c, _("  passage %zu of %zu"), i + 1, d->n_passages);
        passage_show(c, d, &d->passage[i]);
    }
    if (d->n_passages != 0)
        return;
    for (i = 0; i < d->n_texts; i++) {
        origin_words(&d->row[i], who, when);
        out_line(c, "  %s   %s", who, when);
    }
    vls_buf_init(&text, VALUE_MAX);
    out_line(c, "  %s", _("merged"));
    out_text(c, 6, vls_slice_str(value_text(c, &text, d->field, d->row[0].value)));
    vls_buf_clear(&text);
}

/* What colleagues wrote without sight of the withdrawal. */
static void
unseen_show(struct cli *c, const struct vls_dispute *d)
{
    char who[WORDS_TEXT], at[STAMP_TEXT], no[WORDS_TEXT];
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, VALUE_MAX);
    for (i = 0; i < d->n_unseen; i++) {
        const struct vls_unseen_row *u = &d->unseen[i];

        snprintf(no, sizeof no, _("field %u of a newer version"), (unsigned)u->field_no);
        words_who(who, u->delegation, u->post);
        out_line(c, "  %s   %s   %s   %s", _("unseen"), u->field == NULL ? no : vls_label_in(u->field->label, c->lang),
                 who, stamp(at, u->wall_unix_s));
        out_text(c, 6, vls_slice_str(value_text(c, &text, u->field, u->value)));
    }
    vls_buf_clear(&text);
}

/* The rule stands below the values, its words where theirs begin. */
static void
rule_show(struct cli *c, const struct vls_dispute *d)
{
    const char *label = _("rule");
    size_t i, width = text_width(label), widest = width;

    for (i = 0; i < d->n_rows; i++) {
        if (text_width(side_label(d->row[i].side)) > widest)
            widest = text_width(side_label(d->row[i].side));
    }
    out_line(c, "  %s%*s%s", label, (int)(widest - width + 3), "", words_rule(d->rule));
}

void
dispute_show(struct cli *c, const struct vls_dispute *d, size_t no, size_t n)
{
    char label[WORDS_TEXT];

    out_line(c, _("Conflict %zu of %zu    %s    %s %s    %s"), no, n, d->c.ref, d->record_ref, d->title,
             dispute_field_label(c, d, label));
    out_line(c, "%s", "");
    if (d->n_texts != 0)
        prose_show(c, d);
    else
        values_show(c, d);
    unseen_show(c, d);
    rule_show(c, d);
}
