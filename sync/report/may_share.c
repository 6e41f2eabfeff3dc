/*
 * Whether a report or a trip may be passed on, and how it is marked. Markings and caveats found on anything the record
 * rests on hold for all of it, and so does the consent of every source.
 */
#include "preview_int.h"

const char *
vls_refusal_name(enum vls_refusal refusal)
{
    static const char *const NAME[] = {
        [VLS_MAY_SHARE] = "",
        [VLS_REFUSED_RED] = "red",
        [VLS_REFUSED_SEALED] = "sealed-matter",
        [VLS_REFUSED_COURT_ONLY] = "court-only",
        [VLS_REFUSED_FOCAL_ONLY] = "focal-points-only",
        [VLS_REFUSED_DESTINATION] = "not-to-destination",
        [VLS_REFUSED_CONTESTED] = "contested-country",
        [VLS_REFUSED_WITHDRAWN] = "withdrawn",
        [VLS_REFUSED_RETURN] = "came-from-addressee",
        [VLS_REFUSED_CONSENT_WITHDRAWN] = "consent-withdrawn",
        [VLS_REFUSED_NO_CONSENT] = "no-consent",
        [VLS_REFUSED_CONSENT_UNREAD] = "consent-unread",
    };

    return (size_t)refusal < sizeof NAME / sizeof *NAME ? NAME[refusal] : "";
}

#define RED   4 /* rank in the field's order: clear green amber amber+strict red */
#define GREEN 1

/* The machine value of a rank; a newer version's order begins with ours. */
static const char *
marking(int rank)
{
    const struct vls_field *field = vls_field_by_no(NULL, VLS_H_TLP);

    return field == NULL || rank < 0 || (size_t)rank >= field->n_terms ? "red" : field->terms[rank].name;
}

static void
add_marking(struct sharing *s, const struct vls_record *rec)
{
    const struct vls_field *field = vls_field_by_no(rec->kind, VLS_H_TLP);
    struct vls_slice term = vls__rp_text(rec, "tlp");
    int rank;

    if (term.n == 0)
        term = vls_slice_str(rec->kind->tlp == NULL ? "amber" : rec->kind->tlp);
    rank = field == NULL ? -1 : vls_term_rank(field, term);

    if (rank < 0) /* a marking of a newer version: as strict as can be */
        rank = RED;
    s->tlp = rank > s->tlp ? rank : s->tlp;
}

static void
add_caveats(struct sharing *s, const struct vls_record *rec)
{
    const struct vls_row *row;
    struct vls_slice term;
    size_t i;

    for (i = 0; (row = vls__rp_row(rec, "caveat", i)) != NULL; i++) {
        term = vls__rp_item_text(row->value);
        s->court_only = s->court_only || vls_slice_eq(term, vls_slice_str("court-only"));
        s->focal_only = s->focal_only || vls_slice_eq(term, vls_slice_str("focal-points-only"));
        s->not_to_destination = s->not_to_destination || vls_slice_eq(term, vls_slice_str("not-to-destination"));
        s->sealed = s->sealed || vls_slice_eq(term, vls_slice_str("sealed-matter"));
        s->p->no_attribution = s->p->no_attribution || vls_slice_eq(term, vls_slice_str("no-attribution"));
    }
}

static void
add_trip_rules(struct sharing *s, const struct vls_trip *t)
{
    size_t i, n, at;
    const struct rp_edge *e;

    for (i = 0; i < t->n_members; i++) {
        at = vls__rp_find(s->r, RP_TRIP, t->member[i]);
        add_marking(s, s->r->list[RP_TRIP].v[at]);
        add_caveats(s, s->r->list[RP_TRIP].v[at]);
    }
    e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, t->id)], &n);
    for (i = 0; i < n; i++) { /* a marking or caveat added anywhere must hold everywhere */
        const struct vls_record *info = s->r->list[RP_INFO].v[e[i].to];

        if (!info->withdrawn) {
            add_marking(s, info);
            add_caveats(s, info);
        }
    }
}

bool
vls__share_reaches_destination(const struct sharing *s)
{
    const struct vls_address *to = &s->p->to;
    size_t i, k;

    for (i = 0; i < s->n_trips; i++) {
        for (k = 0; k < s->trip[i]->n_countries; k++) {
            const struct vls_country *c = vls_country_by_code(vls_slice_str(s->trip[i]->country[k]));

            if (c == NULL)
                continue;
            if ((to->to == VLS_TO_ALL_GROUPS && *c->group != '\0') ||
                (to->to == VLS_TO_GROUP && strcmp(c->group, vls_group_name(to->group)) == 0) ||
                (to->to == VLS_TO_STATE && strcmp(c->code, to->state->code) == 0))
                return true;
        }
    }
    return false;
}

static enum vls_refusal
ask_source(const struct sharing *s, const struct vls_record *info)
{
    const struct vls_record *source;
    enum rp_consent consent = vls__rp_consent(s->r, info, s->p->to.to, &source);

    if (consent == RP_CONSENT_FREE || info->withdrawn)
        return VLS_MAY_SHARE;
    s->p->source_ref = source->ref;
    return consent == RP_CONSENT_WITHDRAWN ? VLS_REFUSED_CONSENT_WITHDRAWN
           : consent == RP_CONSENT_UNREAD  ? VLS_REFUSED_CONSENT_UNREAD
                                           : VLS_REFUSED_NO_CONSENT;
}

/* A report needs its own source's consent; a trip that of every source that told of it, since what it says may be
 * anybody's. */
static enum vls_refusal
ask_sources(const struct sharing *s)
{
    enum vls_refusal refusal = s->info != NULL ? ask_source(s, s->info) : VLS_MAY_SHARE;
    const struct rp_edge *e;
    size_t n, i, k;

    for (i = 0; s->info == NULL && i < s->n_trips; i++) {
        e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, s->trip[i]->id)], &n);
        for (k = 0; k < n && refusal == VLS_MAY_SHARE; k++)
            refusal = ask_source(s, s->r->list[RP_INFO].v[e[k].to]);
    }
    return refusal;
}

/* RED is for officers who are named; the focal points together are a group like any other (domain.md W3). */
bool
vls__rp_to_several(enum vls_addressee to)
{
    return to == VLS_TO_GROUP || to == VLS_TO_ALL_GROUPS || to == VLS_TO_STATE || to == VLS_TO_FOCAL_POINTS;
}

enum vls_refusal
vls__share_decide(const struct sharing *s)
{
    enum vls_addressee to = s->p->to.to;
    enum vls_refusal consent;
    bool to_states = to == VLS_TO_GROUP || to == VLS_TO_ALL_GROUPS || to == VLS_TO_STATE;
    size_t i;

    if (s->info != NULL && s->info->withdrawn)
        return VLS_REFUSED_WITHDRAWN;
    if ((consent = ask_sources(s)) != VLS_MAY_SHARE)
        return consent;
    if (to == VLS_TO_COURT)
        return s->info != NULL && vls__rp_from_court(s->info) ? VLS_REFUSED_RETURN
               : s->focal_only                                ? VLS_REFUSED_FOCAL_ONLY
                                                              : VLS_MAY_SHARE;
    if (s->sealed)
        return VLS_REFUSED_SEALED;
    if (s->court_only)
        return VLS_REFUSED_COURT_ONLY;
    if (s->focal_only && to != VLS_TO_FOCAL_POINTS)
        return VLS_REFUSED_FOCAL_ONLY;
    if (s->tlp >= RED && vls__rp_to_several(to))
        return VLS_REFUSED_RED;
    if (s->not_to_destination && vls__share_reaches_destination(s))
        return VLS_REFUSED_DESTINATION;
    for (i = 0; i < s->n_trips && to_states; i++) {
        if (s->trip[i]->contested)
            return VLS_REFUSED_CONTESTED;
    }
    return VLS_MAY_SHARE;
}

void
vls__share_rules(struct sharing *s)
{
    if (s->info != NULL) {
        add_marking(s, s->info);
        add_caveats(s, s->info);
    }
    for (size_t i = 0; i < s->n_trips; i++)
        add_trip_rules(s, s->trip[i]);
}

void
vls__share_mark(const struct sharing *s)
{
    enum vls_addressee to = s->p->to.to;
    int tlp = s->tlp;

    s->p->marking_here = marking(tlp);
    if (to == VLS_TO_GROUP || to == VLS_TO_ALL_GROUPS)
        tlp = tlp < GREEN ? tlp : GREEN; /* one text per group at GREEN or lower: domain.md W5 */
    s->p->marking = marking(tlp);
}
