/*
 * One line about a record. Persons and what else has a name are called by it; a trip is its person, its
 * stages, its dates and its status; others are put together from the fields that their kind marks.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define LEGS_MAX 16 /* shown in one line */
#define DEPTH_MAX 1 /* a title names other records, but not those that they name */

static const struct vls_slice ANY = {NULL, 0};

static void
put_str(struct vls_buf *out, const char *s)
{
    vls_buf_put(out, s, strlen(s));
}

/* Between two parts of a title, nothing before the first. */
static void
separate(struct vls_buf *out, size_t start, const char *by)
{
    if (out->n > start)
        put_str(out, by);
}

static const struct vls_row *
shown(const struct vls_record *r, const struct vls_field *field, size_t i)
{
    return field != NULL ? vls_record_row(r, field->no, ANY, i) : NULL;
}

static const struct vls_row *
shown_by_name(const struct vls_record *r, const char *field, size_t i)
{
    return shown(r, vls_field_by_name(r->kind, field), i);
}

static void title(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang, int depth);

/* A record that is referred to: its name, or its reference when it has none or is a proof, which would say again to whom
 * and when. Nothing of one that is not here and may be of any kind: its number alone tells nobody anything. */
static void
put_ref(struct vls_buf *out, struct vls_store *s, const struct vls_field *field, const uint8_t *id, const char *lang,
        int depth)
{
    struct vls_record *r = NULL;
    char ref[VLS_REF_TEXT];
    size_t before = out->n;

    vls_ref_print(ref, field->ref_kind != 0 ? vls__prefix(field->ref_kind) : "", id);
    if (vls_store_record(s, id, VLS_LOAD_LIVE, &r, NULL) == VLS_OK) {
        const struct vls_kind *kind = r->kind;
        bool named = false;

        memcpy(ref, r->ref, sizeof ref);
        for (size_t i = 0; kind != NULL && i < kind->n_fields; i++)
            named = named || (kind->fields[i].flags & VLS_F_NAME) != 0;
        if (named || (depth < DEPTH_MAX && !(kind != NULL && strcmp(kind->name, "transmission") == 0)))
            title(out, s, r, lang, depth + 1);
    } else if (field->ref_kind == 0) {
        return;
    }
    if (out->n == before)
        put_str(out, ref);
    vls_record_free(r);
}

static void
put_value(struct vls_buf *out, struct vls_store *s, const struct vls_field *field, struct vls_slice value,
          const char *lang, int depth)
{
    const uint8_t *id = field->type == VLS_T_REF ? vls__ref_of(value) : NULL;
    size_t start = out->n;
    const uint8_t *stop;
    struct vls_date date;

    if (id != NULL)
        put_ref(out, s, field, id, lang, depth);
    else if (field->type == VLS_T_DATE && vls_date_read(&date, value) && date.edtf.n > 0)
        vls_edtf_short(out, date.edtf);
    else if (field->type == VLS_T_COUNTRY)
        vls_value_plain(out, field, value); /* the code: short, and the same in every language */
    else
        vls_value_print(out, field, value, lang);
    /* Of prose the first line: a title has no more. */
    if (field->policy == VLS_P_PARA && out->n > start &&
        (stop = memchr(out->p + start, '\n', out->n - start)) != NULL) {
        out->n = (size_t)(stop - out->p);
        put_str(out, " …");
    }
}

/* All shown values of a field, rivals that stand side by side set apart by a slash. */
static bool
put_field(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const struct vls_field *field,
          const char *lang, int depth)
{
    const struct vls_row *row;
    size_t start = out->n;

    for (size_t i = 0; (row = shown(r, field, i)) != NULL; i++) {
        separate(out, start, field->policy == VLS_P_MV ? " / " : ", ");
        put_value(out, s, field, row->value, lang, depth);
    }
    return out->n > start;
}

/* Parts of a title in field order, two blanks between them; only one between a place and its country. */
static void
put_marked(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang, int depth)
{
    const struct vls_kind *kind = r->kind;
    const struct vls_field *last = NULL;
    size_t start = out->n;

    for (size_t i = 0; i < kind->n_fields; i++) {
        const struct vls_field *field = &kind->fields[i];
        size_t before = out->n;

        if ((field->flags & VLS_F_TITLE) == 0 || shown(r, field, 0) == NULL)
            continue;
        separate(out, start, field->type == VLS_T_COUNTRY && last != NULL && last->type == VLS_T_TEXT ? " " : "  ");
        if (put_field(out, s, r, field, lang, depth))
            last = field;
        else
            out->n = before;
    }
}

/* ---- trips ---- */

struct leg {
    char order[64];
    uint8_t id[VLS_ID_LEN];
    struct vls_buf text;
    bool passing; /* way home or over a country: shown only when there is nothing else */
};

struct legs {
    struct vls_store *store;
    const char *lang;
    struct leg v[LEGS_MAX];
    size_t n;
    struct vls_date dates; /* from the first to the last day of all */
    bool has_dates, more;
};

static void
widen(struct legs *legs, const struct vls_record *leg, const char *field)
{
    const struct vls_row *row = shown_by_name(leg, field, 0);
    struct vls_date d;

    if (row == NULL || !vls_date_read(&d, row->value) || !d.possible)
        return;
    if (!legs->has_dates || d.first < legs->dates.first)
        legs->dates.first = d.first;
    if (!legs->has_dates || d.last > legs->dates.last)
        legs->dates.last = d.last;
    legs->has_dates = true;
}

static enum vls_code
take_leg(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct legs *legs = ctx;
    const struct vls_field *place = vls_field_by_name(r->kind, "place"),
                           *country = vls_field_by_name(r->kind, "country");
    struct vls_slice order = vls__text_of(vls_record_value(r, "order-key")),
                     kind = vls__text_of(vls_record_value(r, "kind"));
    struct leg *leg;

    (void)err;
    if (legs->n == LEGS_MAX) {
        legs->more = true;
        return VLS_OK;
    }
    leg = &legs->v[legs->n++];
    vls_buf_init(&leg->text, 4096);
    memcpy(leg->id, r->id, VLS_ID_LEN);
    memcpy(leg->order, order.p != NULL ? order.p : (const uint8_t *)"",
           order.n < sizeof leg->order ? order.n : sizeof leg->order - 1);
    leg->passing = vls_slice_eq(kind, vls_slice_str("overflight")) || vls_slice_eq(kind, vls_slice_str("return"));
    if (place != NULL)
        (void)put_field(&leg->text, legs->store, r, place, legs->lang, DEPTH_MAX);
    if (country != NULL && shown(r, country, 0) != NULL) {
        separate(&leg->text, 0, " ");
        (void)put_field(&leg->text, legs->store, r, country, legs->lang, DEPTH_MAX);
    }
    widen(legs, r, "arrive");
    widen(legs, r, "depart");
    return VLS_OK;
}

static int
leg_order(const void *a, const void *b)
{
    const struct leg *x = a, *y = b;
    int c = strcmp(x->order, y->order);

    return c != 0 ? c : memcmp(x->id, y->id, VLS_ID_LEN);
}

static void
put_day(struct vls_buf *out, int32_t day)
{
    int year, month, mday;

    vls_day_civil(day, &year, &month, &mday);
    vls_buf_printf(out, "%04d-%02d-%02d", year, month, mday);
}

static void
put_span(struct vls_buf *out, const struct vls_date *d)
{
    struct vls_buf edtf;

    vls_buf_init(&edtf, 64);
    if (d->first > VLS_DAY_MIN)
        put_day(&edtf, d->first);
    else
        put_str(&edtf, "..");
    if (d->last != d->first) {
        vls_buf_put_u8(&edtf, '/');
        if (d->last < VLS_DAY_MAX)
            put_day(&edtf, d->last);
        else
            put_str(&edtf, "..");
    }
    vls_edtf_short(out, vls_buf_slice(&edtf));
    vls_buf_clear(&edtf);
}

static void
put_legs(struct vls_buf *out, const struct legs *legs)
{
    size_t start, n_staying = 0;

    for (size_t i = 0; i < legs->n; i++)
        n_staying += !legs->v[i].passing && legs->v[i].text.n > 0;
    put_str(out, " → ");
    start = out->n;
    for (size_t i = 0; i < legs->n; i++)
        if (legs->v[i].text.n > 0 && (n_staying == 0 || !legs->v[i].passing)) {
            separate(out, start, "; ");
            vls_buf_put_slice(out, vls_buf_slice(&legs->v[i].text));
        }
    if (legs->more)
        put_str(out, " …");
    if (out->n == start)
        put_str(out, "?");
}

static void
put_trip(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang, int depth)
{
    const struct vls_kind *leg = vls_kind_by_name("leg");
    const struct vls_field *person = vls_field_by_name(r->kind, "person"),
                           *window = vls_field_by_name(r->kind, "window"),
                           *status = vls_field_by_name(r->kind, "status");
    struct vls_filter f = {.kind_no = leg != NULL ? leg->no : 0, .refers_to = r->id};
    struct legs *legs = calloc(1, sizeof *legs);

    if (legs == NULL)
        return;
    legs->store = s;
    legs->lang = lang;
    if (person == NULL || !put_field(out, s, r, person, lang, depth))
        put_str(out, "?");
    if (leg != NULL && vls_store_list(s, &f, take_leg, legs, NULL) == VLS_OK && legs->n > 0) {
        qsort(legs->v, legs->n, sizeof legs->v[0], leg_order);
        put_legs(out, legs);
    }
    if (window != NULL && shown(r, window, 0) != NULL) {
        put_str(out, "  ");
        (void)put_field(out, s, r, window, lang, depth);
    } else if (legs->has_dates) {
        put_str(out, "  ");
        put_span(out, &legs->dates);
    }
    if (status != NULL && shown(r, status, 0) != NULL) {
        put_str(out, "  ");
        (void)put_field(out, s, r, status, lang, depth);
    }
    for (size_t i = 0; i < legs->n; i++)
        vls_buf_clear(&legs->v[i].text);
    free(legs);
}

/* ---- transmissions ---- */

/* What was deliberately not sent must not read like what was. */
static void
put_withheld(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang, int depth)
{
    const struct vls_field *reason = vls_field_by_name(r->kind, "withheld-because");
    const struct vls_label told = {"not told: ", "non informé\u202f: "};

    if (reason == NULL || shown(r, reason, 0) == NULL)
        return;
    put_str(out, "  ");
    put_str(out, vls_label_in(told, lang));
    (void)put_field(out, s, r, reason, lang, depth);
}

/* ---- any record ---- */

static void
title(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang, int depth)
{
    size_t start = out->n;

    if (r->kind != NULL) {
        for (size_t i = 0; i < r->kind->n_fields && out->n == start; i++)
            if ((r->kind->fields[i].flags & VLS_F_NAME) != 0)
                (void)put_field(out, s, r, &r->kind->fields[i], lang, depth);
        if (out->n == start && strcmp(r->kind->name, "trip") == 0)
            put_trip(out, s, r, lang, depth);
        else if (out->n == start)
            put_marked(out, s, r, lang, depth);
        if (strcmp(r->kind->name, "transmission") == 0)
            put_withheld(out, s, r, lang, depth);
    }
    if (out->n == start)
        put_str(out, r->ref);
}

void
vls_record_title(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang)
{
    title(out, s, r, lang, 0);
}
