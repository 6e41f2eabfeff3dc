/*
 * Several records shown as one. Fields of joined trips go through the same policies as the rivals of
 * one record, so that a trip entered twice and judged the same reads as if it had been entered once
 * and edited by both. Stages are united when they can only be the same stay.
 */
#include <stdlib.h>

#include "report_int.h"

enum vls_code
vls__rp_merge(struct vls_report *r, struct rp_merged *out, const struct vls_record *const *recs, size_t n,
              const char *field, struct vls_error *err)
{
    size_t i, k, most = 0;

    memset(out, 0, sizeof *out);
    for (i = 0; i < n; i++)
        most += recs[i]->n_rows;
    out->rival = vls__rp_alloc(&r->arena, most, sizeof *out->rival);
    if (out->rival == NULL)
        return rp_no_memory(err);
    for (i = 0; i < n; i++) {
        const struct vls_field *f = vls__rp_field(recs[i], field);

        if (f == NULL)
            continue;
        out->field = f;
        for (k = 0; k < recs[i]->n_rows; k++) {
            const struct vls_row *row = &recs[i]->rows[k];

            if (row->field != f->no || row->type == VLS_OP_REMOVE)
                continue;
            out->open = out->open || row->attention == VLS_CONFLICT;
            out->rival[out->n++] = (struct vls_rival){row->dot, row->lamport, row->cite, vls_row_typed(row)};
        }
    }
    vls_merge(&out->verdict, out->field, out->rival, out->n);
    out->differs = !out->open && out->verdict.attention == VLS_CONFLICT;
    return VLS_OK;
}

const char *
vls__rp_differs_name(unsigned i)
{
    static const char *const NAME[] = {"person", "dates", "status", "occasion", "place", "country", "arrive", "depart"};

    return i < sizeof NAME / sizeof *NAME ? NAME[i] : NULL;
}

bool
vls__rp_read_shown(const struct rp_merged *m, struct vls_date *out)
{
    return m->verdict.n_shown != 0 && vls_date_read(out, m->rival[0].value);
}

struct vls_slice
vls__rp_shown(const struct rp_merged *m, size_t i)
{
    return i < m->verdict.n_shown ? m->rival[i].value : vls_slice_of(NULL, 0);
}

void
vls__rp_date_print(struct vls_buf *out, const struct vls_date *d)
{
    if (d->possible && d->edtf.n != 0)
        vls_edtf_short(out, d->edtf);
    else
        vls_buf_put_slice(out, d->words);
}

bool
vls__rp_dates_meet(const struct vls_date *a, const struct vls_date *b)
{
    return a->first <= b->last && b->first <= a->last;
}

/* ---- stages ---- */

/* A stage with the legs it is made of. */
struct making {
    struct vls_stage s;
    const struct vls_record **leg;
    size_t n_legs, cap_legs;
};

static bool
leg_days(const struct vls_record *leg, struct vls_date *out)
{
    const struct vls_row *arrive = vls__rp_row(leg, "arrive", 0), *depart = vls__rp_row(leg, "depart", 0);
    struct vls_date a, d;
    bool has_a = arrive != NULL && vls_date_read(&a, arrive->value);
    bool has_d = depart != NULL && vls_date_read(&d, depart->value);

    if (!has_a && !has_d)
        return false;
    memset(out, 0, sizeof *out);
    out->first = has_a ? a.first : d.first;
    out->last = has_d ? d.last : a.last;
    if (out->last < out->first) /* typed the wrong way round: an interval all the same */
        out->last = out->first;
    return true;
}

/* True when the country or the place of two stages could be the same. */
static bool
same_stay(const struct vls_record *a, const struct vls_record *b)
{
    struct vls_slice country_a, country_b, place_a = vls__rp_text(a, "place"), place_b = vls__rp_text(b, "place");
    struct vls_date days_a, days_b;
    bool shared = false;
    size_t i, k;

    for (i = 0; vls__rp_row(a, "country", i) != NULL; i++) {
        country_a = vls__rp_item_text(vls__rp_row(a, "country", i)->value);
        for (k = 0; vls__rp_row(b, "country", k) != NULL; k++) {
            country_b = vls__rp_item_text(vls__rp_row(b, "country", k)->value);
            shared = shared || vls_slice_eq(country_a, country_b);
        }
    }
    if (!shared && vls__rp_row(a, "country", 0) != NULL && vls__rp_row(b, "country", 0) != NULL)
        return false;
    if (place_a.n != 0 && place_b.n != 0 && vls_place_likeness(place_a, place_b) < VLS_LIKELY)
        return false;
    return !leg_days(a, &days_a) || !leg_days(b, &days_b) || vls__rp_dates_meet(&days_a, &days_b);
}

static bool
same_trip(const struct vls_record *a, const struct vls_record *b)
{
    const uint8_t *x = vls__rp_ref(a, "trip", 0), *y = vls__rp_ref(b, "trip", 0);

    return x != NULL && y != NULL && rp_same_id(x, y);
}

static bool
fits(const struct making *s, const struct vls_record *leg, bool single)
{
    size_t i;

    for (i = 0; i < s->n_legs; i++) {
        if (same_trip(s->leg[i], leg)) /* one post's two stages are two */
            return false;
    }
    return single || same_stay(s->leg[0], leg);
}

/* True when no member has two stages: then all of them tell of one stay, whatever the country is
 * (domain.md case 4: one source misprints Mongolia as Moldova). */
static bool
all_single(const struct vls_report *r, const struct rp_edge *e, size_t n)
{
    size_t i, k;

    for (i = 0; i < n; i++) {
        for (k = 0; k < i; k++) {
            if (same_trip(r->list[RP_LEG].v[e[i].to], r->list[RP_LEG].v[e[k].to]))
                return false;
        }
    }
    return true;
}

static int
by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static enum vls_code
stage_fill(struct vls_report *r, struct making *m, unsigned *differs, struct vls_error *err)
{
    struct rp_merged place, country, kind, arrive, depart;
    struct vls_slice text;
    const char **code;
    enum vls_code rc;
    size_t i;

    if ((rc = vls__rp_merge(r, &place, m->leg, m->n_legs, "place", err)) != VLS_OK ||
        (rc = vls__rp_merge(r, &country, m->leg, m->n_legs, "country", err)) != VLS_OK ||
        (rc = vls__rp_merge(r, &kind, m->leg, m->n_legs, "kind", err)) != VLS_OK ||
        (rc = vls__rp_merge(r, &arrive, m->leg, m->n_legs, "arrive", err)) != VLS_OK ||
        (rc = vls__rp_merge(r, &depart, m->leg, m->n_legs, "depart", err)) != VLS_OK)
        return rc;
    text = vls__rp_item_text(vls__rp_shown(&place, 0));
    m->s.place = vls__rp_strn(&r->arena, text.p, text.n);
    text = vls__rp_item_text(vls__rp_shown(&kind, 0));
    m->s.kind = vls__rp_strn(&r->arena, text.p, text.n);
    m->s.has_arrive = vls__rp_read_shown(&arrive, &m->s.arrive);
    m->s.has_depart = vls__rp_read_shown(&depart, &m->s.depart);
    m->s.conflict = place.open || country.open || kind.open || arrive.open || depart.open;
    *differs |= (place.differs ? RP_DIFFER_PLACE : 0u) | (country.differs ? RP_DIFFER_COUNTRY : 0u) |
                (arrive.differs ? RP_DIFFER_ARRIVE : 0u) | (depart.differs ? RP_DIFFER_DEPART : 0u);
    if ((code = vls__rp_alloc(&r->arena, country.verdict.n_shown, sizeof *code)) == NULL)
        return rp_no_memory(err);
    for (i = 0; i < country.verdict.n_shown; i++) {
        text = vls__rp_item_text(country.rival[i].value);
        code[m->s.n_countries++] = vls__rp_strn(&r->arena, text.p, text.n);
    }
    if (m->s.n_countries > 1)
        qsort(code, m->s.n_countries, sizeof *code, by_text);
    m->s.country = code;
    return VLS_OK;
}

/* Order of stages: the typed order first, then the days, then the id of the first leg. */
static int
leg_order(const struct vls_record *a, const struct vls_record *b)
{
    int c = vls_slice_cmp(vls__rp_text(a, "order-key"), vls__rp_text(b, "order-key"));
    struct vls_date x, y;

    if (c == 0 && leg_days(a, &x) && leg_days(b, &y) && x.first != y.first)
        c = x.first < y.first ? -1 : 1;
    return c != 0 ? c : memcmp(a->id, b->id, VLS_ID_LEN);
}

/* Legs that are one stay come together; then the stages are put in order. */
static enum vls_code
gather(struct vls_report *r, const struct rp_edge *e, size_t n_edges, struct making *m, size_t *n,
       struct vls_error *err)
{
    bool single = all_single(r, e, n_edges);
    size_t i, k;

    for (i = 0; i < n_edges; i++) {
        const struct vls_record *leg = r->list[RP_LEG].v[e[i].to];
        void *room;

        for (k = 0; k < *n && !fits(&m[k], leg, single); k++)
            ;
        *n += k == *n;
        room = vls__rp_room(&r->arena, m[k].leg, m[k].n_legs, &m[k].cap_legs, sizeof *m[k].leg);
        if (room == NULL)
            return rp_no_memory(err);
        m[k].leg = room;
        m[k].leg[m[k].n_legs++] = leg;
    }
    for (i = 1; i < *n; i++) { /* few */
        struct making one = m[i];

        for (k = i; k > 0 && leg_order(one.leg[0], m[k - 1].leg[0]) < 0; k--)
            m[k] = m[k - 1];
        m[k] = one;
    }
    return VLS_OK;
}

enum vls_code
vls__rp_stages(struct vls_report *r, size_t trip_root, const struct vls_stage **out, size_t *n, unsigned *differs,
               struct vls_error *err)
{
    size_t n_edges, i;
    const struct rp_edge *e = vls__rp_edges(&r->legs, trip_root, &n_edges);
    struct making *m = vls__rp_alloc(&r->arena, n_edges, sizeof *m);
    struct vls_stage *stages = vls__rp_alloc(&r->arena, n_edges, sizeof *stages);
    enum vls_code rc;

    *n = 0;
    *out = stages;
    if (m == NULL || stages == NULL)
        return rp_no_memory(err);
    if ((rc = gather(r, e, n_edges, m, n, err)) != VLS_OK)
        return rc;
    for (i = 0; i < *n; i++) {
        if ((rc = stage_fill(r, &m[i], differs, err)) != VLS_OK)
            return rc;
        stages[i] = m[i].s;
    }
    return VLS_OK;
}
