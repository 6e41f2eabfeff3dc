/*
 * Rules that hold between records: what a careful reader of the draft would ask. Each finding names the record and the
 * paragraph; nothing is corrected.
 */
#include "annual_int.h"

#define FOCAL_POINTS 4 /* a fifth one needs the President's request (Procedures, as quoted in the report) */

/* ---- what is cited ---- */

const struct vls_record *
vls__an_cited(const struct vls_annual *a, const struct vls_record *rec, const char *field, size_t i)
{
    const struct vls_record *named = field == NULL ? NULL : vls__an_find(a, AN_DOCUMENT, vls__rp_ref(rec, field, 0));
    const struct vls_record *citation, *document;
    size_t k;

    if (named != NULL && i-- == 0)
        return named;
    for (k = 0; vls__rp_row(rec, "cites", k) != NULL; k++) {
        citation = vls__an_find(a, AN_CITATION, vls__rp_ref(rec, "cites", k));
        document = citation == NULL ? NULL : vls__an_find(a, AN_DOCUMENT, vls__rp_ref(citation, "document", 0));
        if (document != NULL && i-- == 0)
            return document;
    }
    return NULL;
}

/* The document that has taken the place of another; NULL: none. */
static const struct vls_record *
revised_by(const struct vls_annual *a, const struct vls_record *document)
{
    size_t i;

    for (i = 0; i < a->list[AN_DOCUMENT].n; i++) {
        const uint8_t *revises = vls__rp_ref(a->list[AN_DOCUMENT].v[i], "revises", 0);

        if (revises != NULL && rp_same_id(revises, document->id))
            return a->list[AN_DOCUMENT].v[i];
    }
    return NULL;
}

static const struct vls_record *
record_of(const struct vls_annual *a, const uint8_t id[VLS_ID_LEN])
{
    const struct vls_record *rec = NULL;
    size_t k;

    for (k = 0; k < AN_N_KINDS && rec == NULL; k++)
        rec = vls__an_find(a, (enum an_kind)k, id);
    return rec;
}

static void
superseded(struct vls_annual *a)
{
    const struct vls_record *document, *newer;
    struct vls_point *point;
    size_t i, k, n;

    for (i = 0; i < a->n_paras; i++) {
        for (k = 0; k < a->para[i].n_facts; k++) {
            const struct vls_record *rec = record_of(a, a->para[i].fact[k].id);

            for (n = 0; rec != NULL && (document = vls__an_cited(a, rec, NULL, n)) != NULL; n++) {
                newer = revised_by(a, document);
                if (newer != NULL && (point = vls__an_point(a, VLS_POINT_CITED_SUPERSEDED, a->para[i].no, rec)) != NULL)
                    point->other = newer->ref;
            }
        }
    }
}

/* ---- appointments ---- */

static void
older_decision(struct vls_annual *a, const struct vls_record *appointment, const struct vls_date *on)
{
    const struct vls_record *document;
    struct vls_point *point;
    struct vls_date dated;
    size_t i;

    for (i = 0; (document = vls__an_cited(a, appointment, "decision", i)) != NULL; i++) {
        if (vls__an_date(document, "dated", &dated) && dated.possible && on->possible && dated.last < on->first &&
            (point = vls__an_point(a, VLS_POINT_CITED_OLDER, 13, appointment)) != NULL) {
            point->other = document->ref;
            point->has_date = vls__an_clear(document);
            point->date = dated;
        }
    }
}

/* Another one of the same regional group; of two, the one that is named second. The President's own region counts. */
static void
same_group(struct vls_annual *a, size_t i)
{
    const struct vls_record *rec = a->list[AN_APPOINTMENT].v[i];
    const struct vls_country *c = vls_country_by_code(vls__rp_text(rec, "state")), *other;
    struct vls_point *point;
    struct vls_date on;
    size_t k;

    for (k = 0; c != NULL && *c->group != '\0' && k < i; k++) {
        const struct vls_record *before = a->list[AN_APPOINTMENT].v[k];

        other = vls_country_by_code(vls__rp_text(before, "state"));
        if (other == c &&
            vls__rp_has_text(before, "basis", "ex-officio") == vls__rp_has_text(rec, "basis", "ex-officio"))
            continue; /* entered twice */
        if (other != NULL && strcmp(other->group, c->group) == 0 && vls__an_date(before, "on", &on) &&
            vls__an_when(a, &on) == AN_INSIDE && (point = vls__an_point(a, VLS_POINT_GROUP_TWICE, 13, rec)) != NULL)
            point->other = before->ref;
    }
}

/* Another post recorded the same State's appointment. */
static bool
counted_before(const struct vls_annual *a, size_t i)
{
    struct vls_date on;
    size_t k;

    for (k = 0; k < i; k++) {
        if (vls_slice_eq(vls__rp_text(a->list[AN_APPOINTMENT].v[k], "state"),
                         vls__rp_text(a->list[AN_APPOINTMENT].v[i], "state")) &&
            !vls__rp_has_text(a->list[AN_APPOINTMENT].v[k], "basis", "ex-officio") &&
            vls__an_date(a->list[AN_APPOINTMENT].v[k], "on", &on) && vls__an_when(a, &on) == AN_INSIDE)
            return true;
    }
    return false;
}

static void
appointments(struct vls_annual *a)
{
    const struct vls_record *fifth = NULL;
    struct vls_date on, latest = {0};
    size_t i, n = 0;
    bool requested = false;

    for (i = 0; i < a->list[AN_APPOINTMENT].n; i++) {
        const struct vls_record *rec = a->list[AN_APPOINTMENT].v[i];

        if (!vls__an_date(rec, "on", &on) || vls__an_when(a, &on) != AN_INSIDE)
            continue;
        older_decision(a, rec, &on);
        same_group(a, i);
        if (vls__rp_has_text(rec, "basis", "ex-officio"))
            continue;
        requested = requested || vls__rp_text(rec, "requested-by").n != 0;
        if (counted_before(a, i))
            continue;
        n++;
        if (fifth == NULL || on.first >= latest.first) {
            fifth = rec;
            latest = on;
        }
    }
    if (n > FOCAL_POINTS && !requested)
        (void)vls__an_point(a, VLS_POINT_FIFTH, 13, fifth);
}

/* ---- who was Prosecutor ---- */

static bool
is_prosecutor(const struct vls_annual *a, const struct vls_record *office)
{
    struct vls_slice text = vls__rp_text(office, "office");

    return vls__an_same_folded(a, text, vls_slice_str("Prosecutor")) ||
           vls__an_same_folded(a, text, vls_slice_str("Procureur")) ||
           vls__an_same_folded(a, text, vls_slice_str("Procureure"));
}

const struct vls_record *
vls__an_prosecutor(const struct vls_annual *a, int32_t day)
{
    const struct vls_record *found = NULL;
    struct vls_date from, to;
    size_t i, person;

    for (i = 0; i < a->list[AN_OFFICE].n; i++) {
        const struct vls_record *office = a->list[AN_OFFICE].v[i];
        const uint8_t *id = vls__rp_ref(office, "person", 0);

        if (!is_prosecutor(a, office) || !vls__an_date(office, "from", &from) || !from.possible || from.first > day ||
            (vls__an_date(office, "to", &to) && to.possible && to.last < day))
            continue;
        person = id == NULL ? RP_NONE : vls__rp_find(a->r, RP_PERSON, id);
        if (person == RP_NONE)
            continue;
        if (found != NULL && found != a->r->list[RP_PERSON].v[person])
            return NULL;
        found = a->r->list[RP_PERSON].v[person];
    }
    return found;
}

/* "The Prosecutor" of one sentence is one person: reports of two are told with their names. */
static void
presenters(struct vls_annual *a)
{
    size_t i, k;

    for (i = 0; i < a->n_paras; i++) {
        const struct vls_fact *before = NULL;

        for (k = 0; a->para[i].say == VLS_SAY_COUNCIL && k < a->para[i].n_facts; k++) {
            const struct vls_fact *f = &a->para[i].fact[k];
            const struct vls_record *rec = vls__an_find(a, AN_COUNCIL, f->id);

            if (f->kind != VLS_FACT_COUNCIL)
                continue;
            if (before != NULL && rec != NULL && before->text[0] != '\0' && f->text[0] != '\0' &&
                strcmp(before->text, f->text) != 0)
                (void)vls__an_point(a, VLS_POINT_PRESENTERS, a->para[i].no, rec);
            before = f;
        }
    }
}

/* ---- recommendations of the experts, events ---- */

static int
year_of(int32_t day)
{
    int year, month, mday;

    vls_day_civil(day, &year, &month, &mday);
    return year;
}

static void
considered(struct vls_annual *a)
{
    const struct vls_record *session;
    struct vls_date until, held;
    struct vls_point *point;
    size_t i;

    for (i = 0; i < a->list[AN_REVIEW].n; i++) {
        const struct vls_record *rec = a->list[AN_REVIEW].v[i];

        session = vls__an_find(a, AN_SESSION, vls__rp_ref(rec, "decision-at", 0));
        if (session == NULL || !vls__an_date(session, "held", &held) || !held.possible || held.first == VLS_DAY_MIN ||
            !vls__an_date(rec, "considered", &until) || !until.possible || until.last == VLS_DAY_MAX)
            continue;
        if (year_of(until.last) < year_of(held.first) &&
            (point = vls__an_point(a, VLS_POINT_CONSIDERED, 45, rec)) != NULL) {
            point->detail = vls__rp_strn(&a->r->arena, until.edtf.p, until.edtf.n);
            point->other = session->ref;
        }
    }
}

/* Somebody has written the section by hand: that they know of the event is taken for granted. */
static bool
written_by_hand(const struct vls_annual *a, enum vls_section section)
{
    size_t i;

    for (i = 0; i < a->n_paras; i++) {
        if (a->para[i].section == section && a->para[i].by_hand[0] != '\0')
            return true;
    }
    return false;
}

static void
events(struct vls_annual *a)
{
    const struct vls_country *where;
    struct vls_point *point;
    struct vls_date on;
    size_t i;

    for (i = 0; i < a->list[AN_EVENT].n; i++) {
        const struct vls_record *rec = a->list[AN_EVENT].v[i];

        where = vls_country_by_code(vls__rp_text(rec, "where"));
        if (where == NULL || *where->resolution == '\0' || written_by_hand(a, VLS_SECTION_COUNCIL) ||
            !vls__an_belongs(a, 22, rec, "on", &on))
            continue;
        if ((point = vls__an_point(a, VLS_POINT_EVENT, 22, rec)) != NULL) {
            point->has_date = true;
            point->date = on;
        }
    }
}

void
vls__an_checks(struct vls_annual *a)
{
    superseded(a);
    appointments(a);
    presenters(a);
    considered(a);
    events(a);
}
