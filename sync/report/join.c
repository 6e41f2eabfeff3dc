/*
 * Which records people joined. The rules are the matcher's (valise/reconcile.h); here the links of
 * the store are handed to it and its groups turned into positions of the report's lists.
 */
#include "report_int.h"

static enum vls_same
link_verdict(const struct vls_record *link)
{
    enum vls_same all = VLS_SAME_UNJUDGED, two[2];
    const struct vls_row *row;
    size_t i;

    for (i = 0; (row = vls__rp_row(link, "verdict", i)) != NULL; i++) {
        two[0] = all;
        two[1] = vls_same_of(vls__rp_item_text(row->value));
        all = vls_verdict_current(two, 2);
    }
    return all;
}

enum vls_same
vls__rp_judgement(const struct rp_groups *g, const uint8_t a[VLS_ID_LEN], const uint8_t b[VLS_ID_LEN])
{
    return vls_links_verdict(g->link, g->n_links, a, b);
}

static enum vls_code
join(struct vls_report *r, struct rp_groups *g, enum rp_kind kind, enum rp_kind links, struct vls_error *err)
{
    struct vls_grouped *grouped;
    size_t i, n_grouped, n = r->list[kind].n;

    g->link = vls__rp_alloc(&r->arena, r->list[links].n, sizeof *g->link);
    g->root = vls__rp_alloc(&r->arena, n, sizeof *g->root);
    if (g->link == NULL || g->root == NULL)
        return rp_no_memory(err);
    for (i = 0; i < r->list[links].n; i++) {
        const struct vls_record *link = r->list[links].v[i];
        const uint8_t *a = vls__rp_ref(link, "a", 0), *b = vls__rp_ref(link, "b", 0);

        /* What is withdrawn, or of another kind, stands for nobody. */
        if (a == NULL || b == NULL || vls__rp_find(r, kind, a) == RP_NONE || vls__rp_find(r, kind, b) == RP_NONE)
            continue;
        memcpy(g->link[g->n_links].a, a, VLS_ID_LEN);
        memcpy(g->link[g->n_links].b, b, VLS_ID_LEN);
        g->link[g->n_links++].verdict = link_verdict(link);
    }
    g->n_links = vls_links_settle(g->link, g->n_links);
    grouped = vls__rp_alloc(&r->arena, 2 * g->n_links, sizeof *grouped);
    if (grouped == NULL)
        return rp_no_memory(err);
    n_grouped = vls_links_group(grouped, g->link, g->n_links);
    for (i = 0; i < n; i++)
        g->root[i] = vls__rp_find(r, kind, vls_group_of(grouped, n_grouped, r->list[kind].v[i]->id));
    return VLS_OK;
}

enum vls_code
vls__rp_join(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = join(r, &r->trips, RP_TRIP, RP_TRIP_LINK, err);

    return rc != VLS_OK ? rc : join(r, &r->persons, RP_PERSON, RP_IDENTITY_LINK, err);
}

size_t
vls__rp_person_of(const struct vls_report *r, const uint8_t *person)
{
    size_t i = person == NULL ? RP_NONE : vls__rp_find(r, RP_PERSON, person);

    return i == RP_NONE ? RP_NONE : r->persons.root[i];
}

const uint8_t *
vls_report_person_of(const struct vls_report *r, const uint8_t person[VLS_ID_LEN])
{
    size_t i = vls__rp_person_of(r, person);

    return i == RP_NONE ? NULL : r->list[RP_PERSON].v[i]->id;
}

bool
vls_report_obstacle(struct vls_report *r, enum vls_pair_kind kind, const uint8_t a[VLS_ID_LEN],
                    const uint8_t b[VLS_ID_LEN], struct vls_obstacle *out)
{
    const struct rp_groups *g = kind == VLS_PAIR_TRIP ? &r->trips : &r->persons;
    enum rp_kind records = kind == VLS_PAIR_TRIP ? RP_TRIP : RP_PERSON;
    struct vls_grouped *scratch = vls__rp_alloc(&r->arena, 2 * g->n_links, sizeof *scratch);
    const struct vls_link *way = scratch == NULL ? NULL : vls_links_obstacle(scratch, g->link, g->n_links, a, b);

    if (way == NULL)
        return false;
    out->ref_a = r->list[records].v[vls__rp_find(r, records, way->a)]->ref;
    out->ref_b = r->list[records].v[vls__rp_find(r, records, way->b)]->ref;
    out->different = way->verdict == VLS_SAME_NO;
    return true;
}
