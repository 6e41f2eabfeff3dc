/*
 * What is under seal: persons of whom every recorded warrant is, whoever and whatever carries the caveat, and the
 * travel of such persons. It feeds no report, not even a statement that there was something, and nobody of it is named.
 */
#include "annual_int.h"

static void
persons_seal(struct vls_annual *a, bool *open)
{
    const struct vls_report *r = a->r;
    size_t i, person;

    for (i = 0; i < r->list[RP_PERSON].n; i++) {
        if (vls__an_has_caveat(r->list[RP_PERSON].v[i], "sealed-matter"))
            a->sealed_person[r->persons.root[i]] = true;
    }
    for (i = 0; i < a->list[AN_WARRANT].n; i++) {
        const struct vls_record *w = a->list[AN_WARRANT].v[i];
        bool sealed = !vls__rp_has_text(w, "publicity", "public") || vls__an_has_caveat(w, "sealed-matter");

        person = vls__rp_person_of(r, vls__rp_ref(w, "person", 0));
        if (person != RP_NONE && (sealed || w->common)) /* what only some read unseals nothing */
            (sealed ? a->sealed_person : open)[person] = true;
    }
    for (i = 0; i < r->list[RP_PERSON].n; i++) /* a public warrant is public, whatever else there is */
        a->sealed_person[i] = a->sealed_person[i] && !open[i];
}

enum vls_code
vls__an_seals(struct vls_annual *a, struct vls_error *err)
{
    const struct vls_report *r = a->r;
    bool *open = vls__rp_alloc(&a->r->arena, r->list[RP_PERSON].n, sizeof *open);
    size_t i, k, person;

    a->sealed_person = vls__rp_alloc(&a->r->arena, r->list[RP_PERSON].n, sizeof *a->sealed_person);
    a->sealed_trip = vls__rp_alloc(&a->r->arena, r->list[RP_TRIP].n, sizeof *a->sealed_trip);
    if (open == NULL || a->sealed_person == NULL || a->sealed_trip == NULL)
        return rp_no_memory(err);
    persons_seal(a, open);
    for (i = 0; i < r->list[RP_TRIP].n; i++) {
        const struct vls_record *trip = r->list[RP_TRIP].v[i];
        bool sealed = vls__an_has_caveat(trip, "sealed-matter");

        for (k = 0; vls__rp_row(trip, "person", k) != NULL; k++) {
            person = vls__rp_person_of(r, vls__rp_ref(trip, "person", k));
            sealed = sealed || (person != RP_NONE && a->sealed_person[person]);
        }
        a->sealed_trip[r->trips.root[i]] = a->sealed_trip[r->trips.root[i]] || sealed;
    }
    return VLS_OK;
}

bool
vls__an_sealed(const struct vls_annual *a, const struct vls_record *rec)
{
    static const char *const REFERS[] = {"trip", "about", "covers"};
    const struct vls_report *r = a->r;
    size_t i, k, at;

    if (vls__an_has_caveat(rec, "sealed-matter"))
        return true;
    for (k = 0; k < sizeof REFERS / sizeof *REFERS; k++) {
        for (i = 0; vls__rp_row(rec, REFERS[k], i) != NULL; i++) {
            const uint8_t *id = vls__rp_ref(rec, REFERS[k], i);

            at = id == NULL ? RP_NONE : vls__rp_find(r, RP_TRIP, id);
            if (at != RP_NONE && a->sealed_trip[r->trips.root[at]])
                return true;
            at = vls__rp_person_of(r, id);
            if (at != RP_NONE && a->sealed_person[at])
                return true;
        }
    }
    return false;
}
