/*
 * What people judged about pairs, and the groups that follow. A wrong join contaminates two files and
 * a missed one only costs time, so whatever disagrees joins nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/reconcile.h"

static const char *const terms[] = {
    [VLS_SAME_UNJUDGED] = "", [VLS_SAME_YES] = "same", [VLS_SAME_NO] = "different", [VLS_SAME_UNSURE] = "unsure",
};

enum vls_same
vls_same_of(struct vls_slice term)
{
    if (vls_slice_eq(term, vls_slice_str(terms[VLS_SAME_YES])))
        return VLS_SAME_YES;
    if (vls_slice_eq(term, vls_slice_str(terms[VLS_SAME_NO])))
        return VLS_SAME_NO;
    return VLS_SAME_UNSURE;
}

const char *
vls_same_term(enum vls_same v)
{
    return (size_t)v < sizeof terms / sizeof terms[0] ? terms[v] : "";
}

static enum vls_same
both(enum vls_same x, enum vls_same y)
{
    if (x == VLS_SAME_UNJUDGED || x == y)
        return y;
    return y == VLS_SAME_UNJUDGED ? x : VLS_SAME_UNSURE;
}

enum vls_same
vls_verdict_current(const enum vls_same *live, size_t n)
{
    enum vls_same v = VLS_SAME_UNJUDGED;

    for (size_t i = 0; i < n; i++)
        v = both(v, live[i]);
    return v;
}

/* ---- links ---- */

static int
id_cmp(const uint8_t *a, const uint8_t *b)
{
    return memcmp(a, b, VLS_ID_LEN); /* ids are public */
}

static int
link_cmp(const void *x, const void *y)
{
    const struct vls_link *a = x, *b = y;
    int c = id_cmp(a->a, b->a);

    return c != 0 ? c : id_cmp(a->b, b->b);
}

size_t
vls_links_settle(struct vls_link *links, size_t n)
{
    size_t n_kept = 0, n_out = 0;

    for (size_t i = 0; i < n; i++) {
        struct vls_link l = links[i];
        int c = id_cmp(l.a, l.b);

        if (c == 0)
            continue;
        if (c > 0) {
            memcpy(l.a, links[i].b, VLS_ID_LEN);
            memcpy(l.b, links[i].a, VLS_ID_LEN);
        }
        links[n_kept++] = l;
    }
    if (n_kept == 0)
        return 0;
    qsort(links, n_kept, sizeof *links, link_cmp); /* equal ones are then combined without regard to order */
    for (size_t i = 1; i < n_kept; i++) {
        if (link_cmp(&links[n_out], &links[i]) == 0)
            links[n_out].verdict = both(links[n_out].verdict, links[i].verdict);
        else
            links[++n_out] = links[i];
    }
    return n_out + 1;
}

enum vls_same
vls_links_verdict(const struct vls_link *links, size_t n, const uint8_t x[VLS_ID_LEN], const uint8_t y[VLS_ID_LEN])
{
    struct vls_link key;
    const struct vls_link *found;
    bool swap = id_cmp(x, y) > 0;

    if (n == 0)
        return VLS_SAME_UNJUDGED;
    memcpy(key.a, swap ? y : x, VLS_ID_LEN);
    memcpy(key.b, swap ? x : y, VLS_ID_LEN);
    found = bsearch(&key, links, n, sizeof *links, link_cmp);
    return found != NULL ? found->verdict : VLS_SAME_UNJUDGED;
}

/* ---- groups ---- */

static int
grouped_cmp(const void *x, const void *y)
{
    const struct vls_grouped *a = x, *b = y;

    return id_cmp(a->id, b->id);
}

static size_t
collect(struct vls_grouped *out, const struct vls_link *links, size_t n)
{
    size_t n_out = 0;

    if (n == 0)
        return 0;
    for (size_t i = 0; i < n; i++) {
        memset(&out[2 * i], 0, 2 * sizeof *out);
        memcpy(out[2 * i].id, links[i].a, VLS_ID_LEN);
        memcpy(out[2 * i + 1].id, links[i].b, VLS_ID_LEN);
    }
    qsort(out, 2 * n, sizeof *out, grouped_cmp);
    for (size_t i = 1; i < 2 * n; i++)
        if (grouped_cmp(&out[n_out], &out[i]) != 0)
            out[++n_out] = out[i];
    for (size_t i = 0; i <= n_out; i++)
        out[i].canonical = i;
    return n_out + 1;
}

static size_t
index_of(const struct vls_grouped *g, size_t n, const uint8_t *id)
{
    struct vls_grouped key = {{0}, 0, false};
    const struct vls_grouped *found;

    memcpy(key.id, id, VLS_ID_LEN);
    found = n > 0 ? bsearch(&key, g, n, sizeof *g, grouped_cmp) : NULL;
    return found != NULL ? (size_t)(found - g) : n;
}

/* Members are ordered by id, so the root with the lower index is the lower id; halving keeps paths short. */
static size_t
root(struct vls_grouped *g, size_t i)
{
    while (g[i].canonical != i) {
        g[i].canonical = g[g[i].canonical].canonical;
        i = g[i].canonical;
    }
    return i;
}

/* All that a chain of "same" reaches, whatever contradicts it. */
static size_t
chain(struct vls_grouped *out, const struct vls_link *links, size_t n)
{
    size_t n_out = collect(out, links, n);

    for (size_t i = 0; i < n; i++) {
        size_t a = root(out, index_of(out, n_out, links[i].a)), b = root(out, index_of(out, n_out, links[i].b));

        if (links[i].verdict != VLS_SAME_YES)
            continue;
        if (a < b)
            out[b].canonical = a;
        else
            out[a].canonical = b;
    }
    return n_out;
}

static bool
denies(enum vls_same verdict)
{
    return verdict == VLS_SAME_NO || verdict == VLS_SAME_UNSURE;
}

const struct vls_link *
vls_links_obstacle(struct vls_grouped *scratch, const struct vls_link *links, size_t n, const uint8_t x[VLS_ID_LEN],
                   const uint8_t y[VLS_ID_LEN])
{
    size_t n_ids = chain(scratch, links, n), a = index_of(scratch, n_ids, x), b = index_of(scratch, n_ids, y);

    if (a == n_ids || b == n_ids || root(scratch, a) != root(scratch, b))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (denies(links[i].verdict) && root(scratch, index_of(scratch, n_ids, links[i].a)) == root(scratch, a) &&
            root(scratch, index_of(scratch, n_ids, links[i].b)) == root(scratch, a))
            return &links[i];
    return NULL;
}

size_t
vls_links_group(struct vls_grouped *out, const struct vls_link *links, size_t n)
{
    size_t n_out = chain(out, links, n);

    for (size_t i = 0; i < n; i++) {
        size_t a = root(out, index_of(out, n_out, links[i].a)), b = root(out, index_of(out, n_out, links[i].b));

        if (a == b && denies(links[i].verdict))
            out[a].contested = true;
    }
    for (size_t i = 0; i < n_out; i++) {
        out[i].canonical = root(out, i);
        out[i].contested = out[out[i].canonical].contested;
    }
    for (size_t i = 0; i < n_out; i++)
        if (out[i].contested)
            out[i].canonical = i;
    return n_out;
}

const uint8_t *
vls_group_of(const struct vls_grouped *groups, size_t n, const uint8_t id[VLS_ID_LEN])
{
    size_t i = index_of(groups, n, id);

    return i < n ? groups[groups[i].canonical].id : id;
}
