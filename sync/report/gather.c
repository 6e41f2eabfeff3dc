/*
 * The records around some records: a report of a part of the store that answers for this part what the
 * report of the whole would answer. Groups are followed over every link, whatever it says, so that none
 * is cut in two.
 */
#include <stdlib.h>

#include "report_int.h"

static const char *const LINKED[] = {"a", "b", NULL}, *const PERSON[] = {"person", NULL};

/* ---- ids, each once ---- */

static size_t
slot_of(const struct rp_ids *x, const uint8_t id[VLS_ID_LEN])
{
    uint64_t h = vls_load_le64(id) ^ vls_load_le64(id + 8);
    size_t at = (size_t)(h * UINT64_C(0x9e3779b97f4a7c15) >> 32) & (x->n_slots - 1);

    while (x->slot[at] != 0 && !rp_same_id(x->v[x->slot[at] - 1], id))
        at = (at + 1) & (x->n_slots - 1);
    return at;
}

bool
vls__rp_ids_have(const struct rp_ids *x, const uint8_t id[VLS_ID_LEN])
{
    return x->n_slots != 0 && x->slot[slot_of(x, id)] != 0;
}

enum vls_code
vls__rp_ids_add(struct rp_arena *a, struct rp_ids *x, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    void *room;
    size_t i;

    if (vls__rp_ids_have(x, id))
        return VLS_OK;
    if ((room = vls__rp_room(a, x->v, x->n, &x->cap, sizeof *x->v)) == NULL)
        return rp_no_memory(err);
    x->v = room;
    if (2 * (x->n + 1) > x->n_slots) {
        x->n_slots = x->n_slots != 0 ? 2 * x->n_slots : 64;
        if ((x->slot = vls__rp_alloc(a, x->n_slots, sizeof *x->slot)) == NULL) {
            x->n_slots = 0;
            return rp_no_memory(err);
        }
        for (i = 0; i < x->n; i++)
            x->slot[slot_of(x, x->v[i])] = i + 1;
    }
    i = slot_of(x, id);
    memcpy(x->v[x->n++], id, VLS_ID_LEN);
    x->slot[i] = x->n;
    return VLS_OK;
}

/* ---- feeding ---- */

enum vls_code
vls__rp_gather_new(struct rp_gather *g, struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    memset(g, 0, sizeof *g);
    return vls__rp_new(&g->r, s, now_unix, lang, err);
}

void
vls__rp_gather_clear(struct rp_gather *g)
{
    vls_report_close(g->r);
    memset(g, 0, sizeof *g);
}

static enum vls_code
feed(struct rp_gather *g, const struct vls_record *rec, struct vls_error *err)
{
    enum vls_code rc;

    if (vls__rp_ids_have(&g->fed, rec->id) ||
        (rec->withdrawn && vls__rp_kind_of(rec) != RP_INFO && vls__rp_kind_of(rec) != RP_SOURCE))
        return VLS_OK;
    if ((rc = vls__rp_ids_add(&g->r->arena, &g->fed, rec->id, err)) != VLS_OK)
        return rc;
    return vls__rp_feed(g->r, rec, err);
}

/* What a record refers to by fields, into ids. */
static enum vls_code
refs_add(struct rp_gather *g, const struct vls_record *rec, const char *const *fields, struct rp_ids *ids,
         struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (; *fields != NULL; fields++) {
        for (size_t i = 0; rc == VLS_OK && vls__rp_row(rec, *fields, i) != NULL; i++) {
            const uint8_t *id = vls__rp_ref(rec, *fields, i);

            if (id != NULL)
                rc = vls__rp_ids_add(&g->r->arena, ids, id, err);
        }
    }
    return rc;
}

enum vls_code
vls__rp_gather_one(struct rp_gather *g, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct vls_record *rec = NULL;
    enum vls_code rc;

    if (vls__rp_ids_have(&g->fed, id))
        return VLS_OK;
    rc = vls_store_record(g->r->store, id, VLS_LOAD_LIVE, &rec, err);
    if (rc == VLS_OK)
        rc = feed(g, rec, err);
    vls_record_free(rec);
    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

struct referring {
    struct rp_gather *g;
    const char *const *fields;
    struct rp_ids *refs;
};

static enum vls_code
refers(void *ctx, const struct vls_record *rec, struct vls_error *err)
{
    struct referring *f = ctx;
    enum vls_code rc = feed(f->g, rec, err);

    return rc == VLS_OK && f->refs != NULL ? refs_add(f->g, rec, f->fields, f->refs, err) : rc;
}

enum vls_code
vls__rp_gather_referring(struct rp_gather *g, enum rp_kind kind, const uint8_t target[VLS_ID_LEN],
                         const char *const *fields, struct rp_ids *refs, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = vls__rp_kind_no(kind)};
    struct referring ctx = {g, fields, refs};
    uint8_t copy[VLS_ID_LEN];

    memcpy(copy, target, sizeof copy); /* of a list that may move */
    f.refers_to = copy;
    return f.kind_no != 0 ? vls_store_list(g->r->store, &f, refers, &ctx, err) : VLS_OK;
}

/* ---- groups ---- */

static enum vls_code
persons_from(struct rp_gather *g, size_t *at, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (; *at < g->persons.n && rc == VLS_OK; ++*at) {
        if ((rc = vls__rp_gather_one(g, g->persons.v[*at], err)) == VLS_OK)
            rc = vls__rp_gather_referring(g, RP_IDENTITY_LINK, g->persons.v[*at], LINKED, &g->persons, err);
    }
    return rc;
}

static enum vls_code
trips_from(struct rp_gather *g, size_t *at, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (; *at < g->trips.n && rc == VLS_OK; ++*at) {
        if ((rc = vls__rp_gather_one(g, g->trips.v[*at], err)) != VLS_OK ||
            (rc = vls__rp_gather_referring(g, RP_LEG, g->trips.v[*at], NULL, NULL, err)) != VLS_OK)
            return rc;
        rc = vls__rp_gather_referring(g, RP_TRIP_LINK, g->trips.v[*at], LINKED, &g->trips, err);
    }
    return rc;
}

enum vls_code
vls__rp_gather_persons(struct rp_gather *g, struct vls_error *err)
{
    size_t at = 0;

    return persons_from(g, &at, err);
}

enum vls_code
vls__rp_gather_trips(struct rp_gather *g, struct vls_error *err)
{
    size_t at = 0;

    return trips_from(g, &at, err);
}

/* The persons of trips that were read since seen. */
static enum vls_code
travellers(struct rp_gather *g, size_t *seen, struct vls_error *err)
{
    const struct rp_list *trips = &g->r->list[RP_TRIP];
    enum vls_code rc = VLS_OK;

    for (; *seen < trips->n && rc == VLS_OK; ++*seen)
        rc = refs_add(g, trips->v[*seen], PERSON, &g->persons, err);
    return rc;
}

enum vls_code
vls__rp_gather_travel(struct rp_gather *g, struct vls_error *err)
{
    size_t person = 0, trip = 0, asked = 0, seen = 0;
    enum vls_code rc;

    do {
        if ((rc = persons_from(g, &person, err)) != VLS_OK)
            return rc;
        for (; asked < g->persons.n && rc == VLS_OK; asked++) {
            size_t first = g->r->list[RP_TRIP].n;

            rc = vls__rp_gather_referring(g, RP_TRIP, g->persons.v[asked], NULL, NULL, err);
            for (; rc == VLS_OK && first < g->r->list[RP_TRIP].n; first++)
                rc = vls__rp_ids_add(&g->r->arena, &g->trips, g->r->list[RP_TRIP].v[first]->id, err);
        }
        if (rc != VLS_OK || (rc = trips_from(g, &trip, err)) != VLS_OK || (rc = travellers(g, &seen, err)) != VLS_OK)
            return rc;
    } while (person < g->persons.n || asked < g->persons.n || trip < g->trips.n);
    return VLS_OK;
}

enum vls_code
vls__rp_gather_names(struct rp_gather *g, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < g->persons.n && rc == VLS_OK; i++)
        rc = vls__rp_gather_referring(g, RP_NAME, g->persons.v[i], NULL, NULL, err);
    return rc;
}
