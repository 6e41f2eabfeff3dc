/*
 * What belongs to what: stages, reports, actions and outcomes to the trips that people joined, and
 * transmissions to what they cover. Sorted arrays, so that each question costs a binary search.
 */
#include <stdlib.h>

#include "report_int.h"

static int
by_edge(const void *x, const void *y)
{
    const struct rp_edge *a = x, *b = y;

    if (a->from != b->from)
        return a->from < b->from ? -1 : 1;
    return a->to < b->to ? -1 : a->to > b->to;
}

static enum vls_code
edge_add(struct vls_report *r, struct rp_index *x, size_t from, size_t to, struct vls_error *err)
{
    void *room = vls__rp_room(&r->arena, x->v, x->n, &x->cap, sizeof *x->v);

    if (room == NULL)
        return rp_no_memory(err);
    x->v = room;
    x->v[x->n++] = (struct rp_edge){from, to};
    return VLS_OK;
}

/* Sorted, each edge once: a report that names two joined trips is one report of their group. */
static void
edges_sort(struct rp_index *x)
{
    size_t i, n = 0;

    if (x->n == 0)
        return;
    qsort(x->v, x->n, sizeof *x->v, by_edge);
    for (i = 0; i < x->n; i++) {
        if (n == 0 || by_edge(&x->v[n - 1], &x->v[i]) != 0)
            x->v[n++] = x->v[i];
    }
    x->n = n;
}

const struct rp_edge *
vls__rp_edges(const struct rp_index *x, size_t from, size_t *n)
{
    size_t lo = 0, hi = x->n, end;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (x->v[mid].from < from)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (end = lo; end < x->n && x->v[end].from == from; end++)
        ;
    *n = end - lo;
    return *n == 0 ? NULL : &x->v[lo];
}

/* Edges from the roots of trips to the records of a kind that name them in a field. */
static enum vls_code
index_trips(struct vls_report *r, struct rp_index *x, enum rp_kind kind, const char *field, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    const uint8_t *id;
    size_t i, k, trip;

    for (i = 0; i < r->list[kind].n && rc == VLS_OK; i++) {
        for (k = 0; rc == VLS_OK && vls__rp_row(r->list[kind].v[i], field, k) != NULL; k++) {
            id = vls__rp_ref(r->list[kind].v[i], field, k);
            trip = id == NULL ? RP_NONE : vls__rp_find(r, RP_TRIP, id);
            if (trip != RP_NONE)
                rc = edge_add(r, x, r->trips.root[trip], i, err);
        }
    }
    edges_sort(x);
    return rc;
}

static int
by_covered(const void *x, const void *y)
{
    const struct rp_cover *a = x, *b = y;
    int c = memcmp(a->covered, b->covered, VLS_ID_LEN);

    return c != 0 ? c : memcmp(a->transmission->id, b->transmission->id, VLS_ID_LEN);
}

static enum vls_code
index_covers(struct vls_report *r, struct vls_error *err)
{
    size_t i, k;

    for (i = 0; i < r->list[RP_TRANSMISSION].n; i++) {
        const struct vls_record *t = r->list[RP_TRANSMISSION].v[i];

        for (k = 0; vls__rp_row(t, "covers", k) != NULL; k++) {
            const uint8_t *id = vls__rp_ref(t, "covers", k);
            void *room;

            if (id == NULL)
                continue;
            room = vls__rp_room(&r->arena, r->cover, r->n_covers, &r->cap_covers, sizeof *r->cover);
            if (room == NULL)
                return rp_no_memory(err);
            r->cover = room;
            r->cover[r->n_covers++] = (struct rp_cover){id, t};
        }
    }
    if (r->n_covers != 0)
        qsort(r->cover, r->n_covers, sizeof *r->cover, by_covered);
    return VLS_OK;
}

const struct rp_cover *
vls__rp_covers(const struct vls_report *r, const uint8_t id[VLS_ID_LEN], size_t *n)
{
    size_t lo = 0, hi = r->n_covers, end;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (memcmp(r->cover[mid].covered, id, VLS_ID_LEN) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (end = lo; end < r->n_covers && rp_same_id(r->cover[end].covered, id); end++)
        ;
    *n = end - lo;
    return *n == 0 ? NULL : &r->cover[lo];
}

/* The other way round: trips (roots) by the report that names them. */
static enum vls_code
index_back(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < r->infos.n && rc == VLS_OK; i++)
        rc = edge_add(r, &r->trips_of, r->infos.v[i].to, r->infos.v[i].from, err);
    edges_sort(&r->trips_of);
    return rc;
}

/* The files of each person, so that none has to look for them among all. */
static enum vls_code
index_files(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < r->list[RP_PERSON].n && rc == VLS_OK; i++)
        rc = edge_add(r, &r->files, r->persons.root[i], i, err);
    edges_sort(&r->files);
    return rc;
}

enum vls_code
vls__rp_indexes(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = index_trips(r, &r->legs, RP_LEG, "trip", err)) != VLS_OK ||
        (rc = index_trips(r, &r->infos, RP_INFO, "trip", err)) != VLS_OK ||
        (rc = index_trips(r, &r->actions, RP_ACTION, "trip", err)) != VLS_OK ||
        (rc = index_trips(r, &r->outcomes, RP_OUTCOME, "about", err)) != VLS_OK ||
        (rc = index_back(r, err)) != VLS_OK || (rc = index_files(r, err)) != VLS_OK)
        return rc;
    return index_covers(r, err);
}
