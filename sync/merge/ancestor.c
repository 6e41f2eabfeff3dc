/*
 * What several values started from. Values that name others make a graph without circles, since a name
 * holds the hash of what it names; a graph that has circles all the same is walked like any other.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/merge.h"

#define NOWHERE SIZE_MAX

/* The graph by numbers: dots ascending, the namings of a dot in a row. */
struct graph {
    struct vls_dot *dot;
    size_t n_dots;
    size_t *first; /* of each dot: where its named ones begin in to; one more at the end */
    size_t *to;
    size_t *count; /* of how many rivals it is an ancestor */
    size_t *stamp; /* the rival it was last met from, plus one */
    size_t *stack;
};

static int
dot_cmp(const void *a, const void *b)
{
    return vls_dot_cmp(a, b);
}

static size_t
find(const struct graph *g, const struct vls_dot *dot)
{
    const struct vls_dot *at = g->n_dots > 0 ? bsearch(dot, g->dot, g->n_dots, sizeof *g->dot, dot_cmp) : NULL;

    return at != NULL ? (size_t)(at - g->dot) : NOWHERE;
}

static void
graph_clear(struct graph *g)
{
    free(g->dot);
    free(g->first);
    free(g->to);
    free(g->count);
    free(g->stamp);
    free(g->stack);
}

static bool
graph_init(struct graph *g, const struct vls_naming *namings, size_t n)
{
    size_t n_max = 2 * n + 1;

    g->dot = calloc(n_max, sizeof *g->dot);
    g->first = calloc(n_max + 1, sizeof *g->first);
    g->to = calloc(n + 1, sizeof *g->to);
    g->count = calloc(n_max, sizeof *g->count);
    g->stamp = calloc(n_max, sizeof *g->stamp);
    g->stack = calloc(n_max, sizeof *g->stack);
    if (g->dot == NULL || g->first == NULL || g->to == NULL || g->count == NULL || g->stamp == NULL || g->stack == NULL)
        return false;
    for (size_t i = 0; i < n; i++) {
        g->dot[2 * i] = namings[i].by;
        g->dot[2 * i + 1] = namings[i].named;
    }
    qsort(g->dot, 2 * n, sizeof *g->dot, dot_cmp);
    for (size_t i = 0; i < 2 * n; i++)
        if (i == 0 || vls_dot_cmp(&g->dot[i], &g->dot[g->n_dots - 1]) != 0)
            g->dot[g->n_dots++] = g->dot[i];
    /* Counting sort by who names: first[d + 1] counts, then sums up, then moves back as the rows are filled. */
    for (size_t i = 0; i < n; i++)
        g->first[find(g, &namings[i].by) + 1]++;
    for (size_t d = 0; d < g->n_dots; d++)
        g->first[d + 1] += g->first[d];
    for (size_t i = n; i-- > 0;)
        g->to[--g->first[find(g, &namings[i].by) + 1]] = find(g, &namings[i].named);
    memmove(g->first, g->first + 1, g->n_dots * sizeof *g->first);
    g->first[g->n_dots] = n;
    return true;
}

/* Counts every ancestor of start once. */
static void
walk(struct graph *g, size_t start, size_t stamp)
{
    size_t n = 0;

    g->stack[n++] = start;
    while (n > 0) {
        size_t d = g->stack[--n];

        for (size_t i = g->first[d]; i < g->first[d + 1]; i++) {
            size_t t = g->to[i];

            if (g->stamp[t] == stamp)
                continue;
            g->stamp[t] = stamp;
            g->count[t]++;
            g->stack[n++] = t;
        }
    }
}

enum vls_code
vls_merge_ancestors(struct vls_dot *out, size_t *n_out, const struct vls_naming *namings, size_t n_namings,
                    const struct vls_rival *rivals, size_t n_rivals, struct vls_error *err)
{
    struct graph g = {.dot = NULL};
    enum vls_code rc = VLS_OK;

    *n_out = 0;
    if (!graph_init(&g, namings, n_namings)) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory to see what a text started from");
        goto out;
    }
    for (size_t i = 0; i < n_rivals; i++) {
        size_t at = find(&g, &rivals[i].dot);

        if (at == NOWHERE) /* it names nothing */
            goto out;
        walk(&g, at, i + 1);
    }
    /* Between a common ancestor and one of its own ancestors every value is common too: so only what a
     * common one names directly has to step back. */
    for (size_t d = 0; d < g.n_dots; d++)
        for (size_t i = g.first[d]; g.count[d] == n_rivals && i < g.first[d + 1]; i++)
            g.stamp[g.to[i]] = NOWHERE;
    for (size_t d = 0; d < g.n_dots; d++)
        if (g.count[d] == n_rivals && g.stamp[d] != NOWHERE)
            out[(*n_out)++] = g.dot[d];
out:
    graph_clear(&g);
    return rc;
}
