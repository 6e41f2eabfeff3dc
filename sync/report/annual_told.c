/*
 * What CLEAR records tell in full: visits and agreements, the Prosecutor's reports to the Security Council, meetings
 * that may appear, recommendations and proposed language.
 */
#include <stdlib.h>

#include "valise/cbor.h"

#include "annual_int.h"

static void
para_done(struct vls_annual *a, size_t at, const struct an_facts *facts)
{
    struct vls_para *p = &a->para[at];

    p->fact = facts->v;
    p->n_facts = facts->n;
    if (facts->n == 0 && p->state == VLS_PARA_READY) /* nothing to say: the paragraph is left out */
        a->n_paras = at;
}

/* ---- visits and agreements ---- */

/* "Khartoum, Darfur": all places of a visit. */
static const char *
places(struct vls_annual *a, const struct vls_record *visit)
{
    const struct vls_row *row;
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, RP_TEXT_MAX);
    for (i = 0; (row = vls__rp_row(visit, "place", i)) != NULL; i++) {
        vls_buf_printf(&text, i == 0 ? "" : ", ");
        vls_buf_put_slice(&text, vls__rp_item_text(row->value));
    }
    return vls__rp_take(&a->r->arena, &text);
}

static const char *
person_name(struct vls_annual *a, const uint8_t *id)
{
    size_t i = id == NULL ? RP_NONE : vls__rp_find(a->r, RP_PERSON, id);

    return i == RP_NONE || !a->r->list[RP_PERSON].v[i]->common || !vls__an_clear(a->r->list[RP_PERSON].v[i])
               ? ""
               : vls__an_text(a, a->r->list[RP_PERSON].v[i], "display-name");
}

static void
visits_take(struct vls_annual *a, struct vls_para *p, struct an_facts *facts)
{
    struct vls_date d;
    struct vls_fact *f;
    size_t i;

    for (i = 0; i < a->list[AN_VISIT].n; i++) {
        const struct vls_record *rec = a->list[AN_VISIT].v[i];

        if (!vls__an_belongs(a, p->no, rec, "dates", &d) || !vls__an_lends(a, p, rec) ||
            (f = vls__an_fact(a, facts, VLS_FACT_VISIT, rec)) == NULL)
            continue;
        f->has_date = true;
        f->date = d;
        f->text = person_name(a, vls__rp_ref(rec, "visitor", 0));
        f->detail = places(a, rec);
        f->country = vls_country_by_code(vls__rp_text(rec, "country"));
    }
}

static void
agreements_take(struct vls_annual *a, struct vls_para *p, struct an_facts *facts)
{
    struct vls_date d;
    struct vls_fact *f;
    size_t i;

    for (i = 0; i < a->list[AN_AGREEMENT].n; i++) {
        const struct vls_record *rec = a->list[AN_AGREEMENT].v[i];

        if (!vls__an_belongs(a, p->no, rec, "signed", &d) || !vls__an_lends(a, p, rec) ||
            (f = vls__an_fact(a, facts, VLS_FACT_AGREEMENT, rec)) == NULL)
            continue;
        f->has_date = true;
        f->date = d;
        f->term = vls__an_text(a, rec, "kind");
        f->label = vls__an_label(a, rec, "kind");
        f->text = vls__an_text(a, rec, "subject");
    }
}

void
vls__an_visits(struct vls_annual *a)
{
    struct an_facts facts = {0};
    size_t at = a->n_paras;
    struct vls_para *p = vls__an_para(a, 20, VLS_SECTION_COUNCIL, VLS_SAY_VISITS);

    if (p == NULL)
        return;
    visits_take(a, p, &facts);
    agreements_take(a, p, &facts);
    vls__an_facts_sort(&facts);
    para_done(a, at, &facts);
    if (facts.n != 0)
        (void)vls__an_para(a, 22, VLS_SECTION_COUNCIL, VLS_SAY_ENCOURAGE);
}

/* ---- reports to the Security Council ---- */

static int
by_ordinal(const void *x, const void *y)
{
    const struct vls_fact *a = x, *b = y;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    return memcmp(a->id, b->id, VLS_ID_LEN);
}

/* Each report is followed by its key points, in the order of their words. */
static void
with_key_points(struct vls_annual *a, const struct an_facts *reports, struct an_facts *all)
{
    const struct vls_row *row;
    size_t i, k;

    for (i = 0; i < reports->n; i++) {
        const struct vls_record *rec = vls__an_find(a, AN_COUNCIL, reports->v[i].id);
        struct vls_fact *f = rec == NULL ? NULL : vls__an_fact(a, all, VLS_FACT_COUNCIL, rec);

        if (f == NULL)
            return;
        *f = reports->v[i];
        for (k = 0; (row = vls__rp_row(rec, "key-point", k)) != NULL; k++) {
            struct vls_slice text = vls__rp_item_text(row->value);

            if ((f = vls__an_fact(a, all, VLS_FACT_KEY_POINT, rec)) != NULL)
                f->text = vls__rp_strn(&a->r->arena, text.p, text.n);
        }
    }
}

/* The reports under one resolution; others = under any that has no paragraph of its own. */
static void
council_para(struct vls_annual *a, unsigned no, int64_t resolution, const int64_t *known, size_t n_known)
{
    struct an_facts reports = {0}, all = {0};
    size_t i, k, at = a->n_paras;
    struct vls_para *p = vls__an_para(a, no, VLS_SECTION_COUNCIL_REPORTS, VLS_SAY_COUNCIL);

    if (p == NULL)
        return;
    p->number = resolution;
    for (i = 0; i < a->list[AN_COUNCIL].n; i++) {
        const struct vls_record *rec = a->list[AN_COUNCIL].v[i];
        int64_t its = vls__an_leading_number(vls__rp_text(rec, "resolution"));
        struct vls_fact *f;
        struct vls_date d;

        for (k = 0; resolution == 0 && k < n_known && known[k] != its; k++)
            ;
        if ((resolution != 0 ? its != resolution : k < n_known) || !vls__an_belongs(a, no, rec, "presented", &d) ||
            !vls__an_lends(a, p, rec) || (f = vls__an_fact(a, &reports, VLS_FACT_COUNCIL, rec)) == NULL)
            continue;
        f->has_date = true;
        f->date = d;
        f->text = vls__an_text(a, rec, "presenter");
        if (f->text[0] == '\0' && d.possible && vls__an_prosecutor(a, d.first) != NULL)
            f->text = person_name(a, vls__an_prosecutor(a, d.first)->id);
        f->detail = vls__an_text(a, rec, "resolution");
        (void)vls__an_int(rec, "ordinal", &f->number);
    }
    if (reports.n > 1)
        qsort(reports.v, reports.n, sizeof *reports.v, by_ordinal);
    with_key_points(a, &reports, &all);
    para_done(a, at, &all);
}

void
vls__an_council(struct vls_annual *a)
{
    static const int64_t known[] = {1593, 1970};

    council_para(a, 32, known[0], known, 2);
    council_para(a, 34, known[1], known, 2);
    council_para(a, 33, 0, known, 2);
}

/* ---- meetings ---- */

static int
by_kind(const void *x, const void *y)
{
    const struct vls_fact *a = x, *b = y;

    if (a->number != b->number)
        return a->number < b->number ? -1 : 1;
    if (a->date.first != b->date.first)
        return a->date.first < b->date.first ? -1 : 1;
    return memcmp(a->id, b->id, VLS_ID_LEN);
}

/* Saturday or Sunday, where the day is known. */
static bool
on_weekend(const struct vls_date *d)
{
    return d->possible && d->first == d->last && vls_day_weekday(d->first) >= 5;
}

void
vls__an_meetings(struct vls_annual *a)
{
    struct an_facts facts = {0}, consulted = {0};
    const struct vls_field *kind;
    struct vls_point *point;
    struct vls_para *p;
    struct vls_fact *f;
    struct vls_date d;
    size_t i, at = a->n_paras;

    if ((p = vls__an_para(a, 36, VLS_SECTION_CONSULTATIONS, VLS_SAY_MEETINGS)) == NULL)
        return;
    for (i = 0; i < a->list[AN_MEETING].n; i++) {
        const struct vls_record *rec = a->list[AN_MEETING].v[i];
        bool consultation = vls__rp_has_text(rec, "kind", "consultation");

        if (!vls__rp_has_text(rec, "may-appear-in-report", "yes") || !vls__an_belongs(a, 36, rec, "on", &d))
            continue;
        if (on_weekend(&d) && (point = vls__an_point(a, VLS_POINT_WEEKEND, 36, rec)) != NULL) {
            point->has_date = true;
            point->date = d;
        }
        if (!vls__an_lends(a, p, rec) ||
            (f = vls__an_fact(a, consultation ? &consulted : &facts, VLS_FACT_MEETING, rec)) == NULL)
            continue;
        f->has_date = true;
        f->date = d;
        f->term = vls__an_text(a, rec, "kind");
        f->label = vls__an_label(a, rec, "kind");
        kind = vls__rp_field(rec, "kind");
        f->number = kind == NULL ? 0 : vls_term_rank(kind, vls__rp_text(rec, "kind"));
    }
    if (facts.n > 1)
        qsort(facts.v, facts.n, sizeof *facts.v, by_kind);
    para_done(a, at, &facts);
    if (consulted.n != 0 && (p = vls__an_para(a, 35, VLS_SECTION_CONSULTATIONS, VLS_SAY_CONSULTED)) != NULL) {
        p->fact = consulted.v;
        p->n_facts = consulted.n;
    }
}

/* ---- recommendations, and the language that is proposed ---- */

#define RECOMMENDATIONS 37
#define ANNEX           100
#define ANNEX_II        200
#define ANNEX_III       300

void
vls__an_recommendations(struct vls_annual *a)
{
    const struct vls_record *before;
    int64_t no, session;
    struct vls_fact *f;
    size_t i;

    (void)vls__an_para(a, ANNEX_II, VLS_SECTION_POINTERS, VLS_SAY_PROCEDURES);
    (void)vls__an_para(a, ANNEX_III, VLS_SECTION_POINTERS, VLS_SAY_TOOLKIT);
    for (i = 0; i < a->list[AN_RECOMMENDATION].n + a->list[AN_MANDATE].n; i++) {
        bool language = i >= a->list[AN_RECOMMENDATION].n;
        const struct vls_record *rec =
            language ? a->list[AN_MANDATE].v[i - a->list[AN_RECOMMENDATION].n] : a->list[AN_RECOMMENDATION].v[i];
        const uint8_t *period = vls__rp_ref(rec, "period", 0);
        struct an_facts facts = {0};
        struct vls_para *p;

        if (language ? !vls__rp_has_text(rec, "state", "proposed") || !vls__an_int(rec, "session", &session) ||
                           !a->period.has_sessions || session != a->period.to_session
                     : period == NULL || !rp_same_id(period, a->period.id))
            continue;
        if (!vls__an_int(rec, language ? "order" : "paragraph", &no) || no < (language ? 1 : RECOMMENDATIONS) ||
            no > 99 || vls__an_passed_over(rec))
            continue;
        p = vls__an_para(a, (unsigned)(language ? ANNEX + no : no),
                         language ? VLS_SECTION_ANNEX : VLS_SECTION_RECOMMENDATIONS,
                         language ? VLS_SAY_LANGUAGE : VLS_SAY_RECOMMEND);
        if (p == NULL || !vls__an_lends(a, p, rec) || vls__rp_text(rec, "text").n == 0 ||
            (f = vls__an_fact(a, &facts, VLS_FACT_TEXT, rec)) == NULL)
            continue;
        f->text = vls__an_text(a, rec, "text");
        f->detail = language ? vls__an_text(a, rec, "place") : "";
        before = language ? vls__an_find(a, AN_MANDATE, vls__rp_ref(rec, "previous", 0)) : NULL;
        f->second = before == NULL ? "" : vls__an_text(a, before, "text");
        p->fact = facts.v;
        p->n_facts = facts.n;
    }
}
