/*
 * Which trips may be the same, and the list of all such pairs. Trips are compared only with trips of
 * the same person whose days meet or nearly meet, so the work follows the size of a bucket and not the
 * square of the store (domain.md W9). A person decides, always.
 */
#include <stdio.h>
#include <stdlib.h>

#include "report_int.h"

#define NEAR_DAYS 2 /* the matcher still finds trips alike that lie so far apart */

const char *
vls_remark_name(enum vls_remark remark)
{
    static const char *const NAME[] = {
        [VLS_REMARK_SAME] = "same",
        [VLS_REMARK_DIFFERENT] = "different",
        [VLS_REMARK_ONE_ONLY] = "one-only",
        [VLS_REMARK_SAME_PLACE] = "same-place",
        [VLS_REMARK_SAME_COUNTRY] = "same-country",
        [VLS_REMARK_NARROWER_SHOWN] = "narrower-shown",
        [VLS_REMARK_ALARMING_SHOWN] = "alarming-shown",
        [VLS_REMARK_BOTH_KEPT] = "both-kept",
        [VLS_REMARK_ALIKE] = "alike",
    };

    return (size_t)remark < sizeof NAME / sizeof *NAME ? NAME[remark] : "";
}

enum vls_code
vls__rp_pair_add(struct vls_report *r, const struct vls_pair *p, struct vls_error *err)
{
    void *room = vls__rp_room(&r->arena, r->pair, r->n_pairs, &r->cap_pairs, sizeof *r->pair);

    if (room == NULL)
        return rp_no_memory(err);
    r->pair = room;
    r->pair[r->n_pairs++] = *p;
    return VLS_OK;
}

/* ---- lines of the comparison ---- */

enum vls_code
vls__rp_line_add(struct vls_report *r, struct rp_lines *l, const char *field, const char *a, const char *b,
                 enum vls_remark remark, struct vls_error *err)
{
    void *room;

    if (*a == '\0' && *b == '\0')
        return VLS_OK;
    if ((room = vls__rp_room(&r->arena, l->v, l->n, &l->cap, sizeof *l->v)) == NULL)
        return rp_no_memory(err);
    l->v = room;
    l->v[l->n++] = (struct vls_pair_line){field, a, b, remark};
    return VLS_OK;
}

enum vls_remark
vls__rp_same_or(const char *a, const char *b, enum vls_remark otherwise)
{
    return strcmp(a, b) == 0 ? VLS_REMARK_SAME : *a == '\0' || *b == '\0' ? VLS_REMARK_ONE_ONLY : otherwise;
}

/* ---- trips ---- */

/* A trip row with what comparing needs. */
struct candidate {
    size_t person; /* position of the person's group */
    const struct vls_trip *t;
    struct vls_days days;
    struct vls_match_trip match;
    const uint8_t *persons[1]; /* what match points to */
};

static int
by_person_and_day(const void *x, const void *y)
{
    const struct candidate *a = x, *b = y;

    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    if (a->days.first != b->days.first)
        return a->days.first < b->days.first ? -1 : 1;
    return memcmp(a->t->id, b->t->id, VLS_ID_LEN);
}

/* Everything that was said between the members of two groups. "Same" that did not join them is a
 * contradiction, which counts as unsure. */
static enum vls_same
judged_between(const struct rp_groups *g, const struct vls_trip *a, const struct vls_trip *b)
{
    enum vls_same all = VLS_SAME_UNJUDGED, one;
    size_t i, k;

    for (i = 0; i < a->n_members; i++) {
        for (k = 0; k < b->n_members; k++) {
            one = vls__rp_judgement(g, a->member[i], b->member[k]);
            if (one == VLS_SAME_NO)
                return one;
            if (one != VLS_SAME_UNJUDGED)
                all = VLS_SAME_UNSURE;
        }
    }
    return all;
}

struct vls_days
vls__rp_days_of(bool known, const struct vls_date *d)
{
    return (struct vls_days){known ? d->first : VLS_DAY_MIN, known ? d->last : VLS_DAY_MAX};
}

/* A stage with two rival countries is two stages to the matcher. */
static enum vls_code
match_fill(struct vls_report *r, struct candidate *c, struct vls_error *err)
{
    const struct vls_trip *t = c->t;
    struct vls_match_stage *stages;
    size_t i, k, n = 0;

    for (i = 0; i < t->n_stages; i++)
        n += t->stage[i].n_countries > 0 ? t->stage[i].n_countries : 1;
    if ((stages = vls__rp_alloc(&r->arena, n, sizeof *stages)) == NULL)
        return rp_no_memory(err);
    c->match.stages = stages;
    for (i = 0; i < t->n_stages; i++) {
        const struct vls_stage *s = &t->stage[i];
        struct vls_date first = s->has_arrive ? s->arrive : s->depart, last = s->has_depart ? s->depart : s->arrive;

        for (k = 0; k == 0 || k < s->n_countries; k++) {
            stages->country = vls_slice_str(s->n_countries == 0 ? "" : s->country[k]);
            stages->place = vls_slice_str(s->place);
            stages->days = vls__rp_days_of(s->has_arrive || s->has_depart, &first);
            if (s->has_arrive || s->has_depart)
                stages->days.last = last.last;
            stages++;
        }
    }
    c->persons[0] = t->person;
    c->match.persons = c->persons;
    c->match.n_persons = 1;
    c->match.days = c->days;
    c->match.n_stages = n;
    c->match.occasion = vls_slice_str(t->occasion);
    return VLS_OK;
}

static const char *
told_by(struct vls_report *r, const struct vls_trip *t)
{
    size_t i, n, root = r->trips.root[vls__rp_find(r, RP_TRIP, t->id)];
    const struct rp_edge *e = vls__rp_edges(&r->infos, root, &n);
    struct vls_buf text;

    vls_buf_init(&text, RP_TEXT_MAX);
    for (i = 0; i < n; i++) {
        const struct vls_record *info = r->list[RP_INFO].v[e[i].to];
        const struct vls_row *from = vls__rp_row(info, "from", 0);
        struct vls_slice source = vls__rp_text(info, "source");

        if (info->withdrawn)
            continue;
        if (text.n != 0)
            vls_buf_put(&text, "; ", 2);
        vls_buf_put_slice(&text, source);
        if (from != NULL && source.n != 0)
            vls_buf_put(&text, " (", 2);
        if (from != NULL)
            vls_value_print(&text, vls__rp_field(info, "from"), from->value, r->lang);
        if (from != NULL && source.n != 0)
            vls_buf_put(&text, ")", 1);
    }
    return vls__rp_take(&r->arena, &text);
}

static const char *
edtf_of(struct vls_report *r, const struct vls_trip *t)
{
    struct vls_slice text = t->dates.possible && t->dates.edtf.n != 0 ? t->dates.edtf : t->dates.words;

    return vls__rp_strn(&r->arena, text.p, text.n);
}

static enum vls_remark
dates_remark(const struct candidate *a, const struct candidate *b)
{
    const struct vls_days *x = &a->days, *y = &b->days;
    bool y_in_x = x->first <= y->first && y->last <= x->last, x_in_y = y->first <= x->first && x->last <= y->last;

    if (!a->t->has_dates || !b->t->has_dates)
        return VLS_REMARK_ONE_ONLY;
    if (y_in_x && x_in_y)
        return VLS_REMARK_SAME;
    return y_in_x || x_in_y ? VLS_REMARK_NARROWER_SHOWN : VLS_REMARK_DIFFERENT;
}

static enum vls_remark
place_remark(unsigned why)
{
    if ((why & (VLS_WHY_SAME_PLACE | VLS_WHY_LIKE_PLACE)) != 0)
        return VLS_REMARK_SAME_PLACE;
    return (why & VLS_WHY_SAME_COUNTRY) != 0 ? VLS_REMARK_SAME_COUNTRY : VLS_REMARK_DIFFERENT;
}

static enum vls_code
trip_lines(struct vls_report *r, struct vls_pair *p, const struct candidate *a, const struct candidate *b,
           struct vls_error *err)
{
    const struct vls_trip *x = a->t, *y = b->t;
    const char *told_x = told_by(r, x), *told_y = told_by(r, y);
    struct rp_lines l = {NULL, 0, 0};
    enum vls_code rc;

    if ((rc = vls__rp_line_add(r, &l, "to", x->to, y->to, vls__rp_same_or(x->to, y->to, place_remark(p->why)), err)) !=
            VLS_OK ||
        (rc = vls__rp_line_add(r, &l, "dates", edtf_of(r, x), edtf_of(r, y), dates_remark(a, b), err)) != VLS_OK ||
        (rc = vls__rp_line_add(r, &l, "status", x->status_label, y->status_label,
                               vls__rp_same_or(x->status, y->status, VLS_REMARK_ALARMING_SHOWN), err)) != VLS_OK ||
        (rc = vls__rp_line_add(r, &l, "occasion", x->occasion, y->occasion,
                               vls__rp_same_or(x->occasion, y->occasion, VLS_REMARK_DIFFERENT), err)) != VLS_OK ||
        (rc = vls__rp_line_add(r, &l, "told-by", told_x, told_y, vls__rp_same_or(told_x, told_y, VLS_REMARK_BOTH_KEPT),
                               err)) != VLS_OK)
        return rc;
    p->line = l.v;
    p->n_lines = l.n;
    return VLS_OK;
}

static enum vls_code
compare_trips(struct vls_report *r, const struct candidate *a, const struct candidate *b, struct vls_error *err)
{
    const struct candidate *lo = memcmp(a->t->id, b->t->id, VLS_ID_LEN) < 0 ? a : b, *hi = lo == a ? b : a;
    enum vls_same judged = judged_between(&r->trips, a->t, b->t);
    struct vls_likeness likeness;
    struct vls_pair p;
    enum vls_code rc;

    if (judged == VLS_SAME_NO)
        return VLS_OK;
    likeness = vls_match_trips(&a->match, &b->match);
    r->n_compared++;
    if (likeness.per_mille < VLS_LIKELY_TRIP && judged == VLS_SAME_UNJUDGED)
        return VLS_OK;
    memset(&p, 0, sizeof p);
    p.kind = VLS_PAIR_TRIP;
    p.likeness = likeness.per_mille;
    p.why = likeness.why;
    p.unsure = judged != VLS_SAME_UNJUDGED;
    memcpy(p.a, lo->t->id, VLS_ID_LEN);
    memcpy(p.b, hi->t->id, VLS_ID_LEN);
    p.ref_a = lo->t->ref;
    p.ref_b = hi->t->ref;
    p.by_a = vls__rp_origin_name(r->list[RP_TRIP].v[vls__rp_find(r, RP_TRIP, p.a)]);
    p.by_b = vls__rp_origin_name(r->list[RP_TRIP].v[vls__rp_find(r, RP_TRIP, p.b)]);
    p.subject_ref = lo->t->person_ref;
    p.subject = lo->t->person_name;
    if ((rc = trip_lines(r, &p, lo, hi, err)) != VLS_OK)
        return rc;
    return vls__rp_pair_add(r, &p, err);
}

enum vls_code
vls__rp_pair_trips(struct vls_report *r, struct vls_error *err)
{
    struct candidate *c = vls__rp_alloc(&r->arena, r->n_trips, sizeof *c);
    enum vls_code rc = VLS_OK;
    size_t i, k, n = 0;

    if (c == NULL)
        return rp_no_memory(err);
    for (i = 0; i < r->n_trips; i++) {
        const struct vls_trip *t = &r->trip[i];

        if (!t->has_person)
            continue;
        c[n].person = vls__rp_person_of(r, t->person);
        c[n].t = t;
        c[n++].days = vls__rp_days_of(t->has_dates, &t->dates);
    }
    if (n != 0)
        qsort(c, n, sizeof *c, by_person_and_day);
    for (i = 0; i < n && rc == VLS_OK; i++)
        rc = match_fill(r, &c[i], err);
    for (i = 0; i < n && rc == VLS_OK; i++) {
        /* Those that begin well after this one ends cannot meet it, nor can any later one. */
        for (k = i + 1; k < n && rc == VLS_OK && c[k].person == c[i].person &&
                        (int64_t)c[k].days.first <= (int64_t)c[i].days.last + NEAR_DAYS;
             k++)
            rc = compare_trips(r, &c[i], &c[k], err);
    }
    return rc;
}

/* ---- all ---- */

static int
by_likeness(const void *x, const void *y)
{
    const struct vls_pair *a = x, *b = y;
    int c;

    if (a->unsure != b->unsure)
        return a->unsure ? 1 : -1;
    if (a->likeness != b->likeness)
        return a->likeness > b->likeness ? -1 : 1;
    c = memcmp(a->a, b->a, VLS_ID_LEN);
    return c != 0 ? c : memcmp(a->b, b->b, VLS_ID_LEN);
}

enum vls_code
vls__rp_pairs(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = vls__rp_pair_trips(r, err)) != VLS_OK || (rc = vls__rp_pair_persons(r, err)) != VLS_OK)
        return rc;
    if (r->n_pairs != 0)
        qsort(r->pair, r->n_pairs, sizeof *r->pair, by_likeness);
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

const struct vls_pair *
vls_report_pairs(const struct vls_report *r, size_t *n)
{
    *n = r->n_pairs;
    return r->pair;
}

void
vls_report_pair_count(const struct vls_report *r, struct vls_pair_count *out)
{
    size_t i;

    if (r->from_notes) {
        *out = r->noted;
        return;
    }
    memset(out, 0, sizeof *out);
    for (i = 0; i < r->n_pairs; i++) {
        out->n_sure += !r->pair[i].unsure;
        out->n_unsure += r->pair[i].unsure;
    }
    if (out->n_sure != 0) {
        memcpy(out->a, r->pair[0].a, VLS_ID_LEN);
        memcpy(out->b, r->pair[0].b, VLS_ID_LEN);
        (void)snprintf(out->ref_a, sizeof out->ref_a, "%s", r->pair[0].ref_a);
        (void)snprintf(out->ref_b, sizeof out->ref_b, "%s", r->pair[0].ref_b);
    }
}

uint64_t
vls_report_pairs_compared(const struct vls_report *r)
{
    return r->n_compared;
}
