/*
 * REFINE: of rival intervals those that contain another one are set aside, since the narrower only
 * says more; what remains is decided by CITE. Values without a possible day ("40 April") contain
 * nothing and are contained in nothing: beside any other value they need a person.
 */
#include "merge_int.h"

struct vls__span
vls__merge_span(struct vls_slice value)
{
    static const int64_t length[] = {1, 60, 3600, 86400}; /* by enum vls_precision */
    struct vls__span s = {0, 0, 0, false};
    struct vls_instant t;
    struct vls_date d;

    if (vls_date_read(&d, value)) {
        s.first = d.first;
        s.last = d.last;
        s.vague = (unsigned)d.uncertain + (unsigned)d.approximate;
        s.possible = d.possible;
    } else if (vls_instant_read(&t, value)) {
        s.first = t.unix_s;
        s.last = t.unix_s <= INT64_MAX - 86400 ? t.unix_s + length[t.precision] - 1 : t.unix_s;
        s.possible = true;
    }
    return s;
}

/* CITE, with the less qualified of two equally backed values first. */
int
vls__order_refine(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    struct vls__span sa, sb;

    (void)field;
    if (a->cite != b->cite)
        return a->cite > b->cite ? -1 : 1;
    sa = vls__merge_span(a->value);
    sb = vls__merge_span(b->value);
    if (sa.vague != sb.vague)
        return sa.vague < sb.vague ? -1 : 1;
    return vls__merge_tie(a, b);
}

/* Late beginnings first, short ones first among equal beginnings: whatever an interval contains
 * strictly has come before it. */
static int
order_contained_first(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    struct vls__span sa = vls__merge_span(a->value), sb = vls__merge_span(b->value);

    if (sa.possible != sb.possible)
        return sa.possible ? -1 : 1;
    if (sa.first != sb.first)
        return sa.first > sb.first ? -1 : 1;
    if (sa.last != sb.last)
        return sa.last < sb.last ? -1 : 1;
    return vls__order_refine(field, a, b);
}

/* Brings the rivals whose interval contains no other to the front and returns how many they are.
 * Equal intervals do not contain each other; n_intervals receives how many different ones remain. */
static size_t
minimal_first(struct vls_rival *r, size_t n, size_t *n_intervals)
{
    struct vls__span last = {0, 0, 0, false};
    int64_t least = INT64_MAX; /* earliest end among the intervals before the present one */
    bool last_minimal = false;
    size_t n_minimal = 0;

    *n_intervals = 0;
    for (size_t i = 0; i < n; i++) {
        struct vls__span s = vls__merge_span(r[i].value);

        if (i == 0 || s.first != last.first || s.last != last.last) {
            last_minimal = i == 0 || least > s.last;
            *n_intervals += last_minimal;
            if (least > s.last)
                least = s.last;
            last = s;
        }
        if (last_minimal)
            vls__merge_swap(&r[n_minimal++], &r[i]);
    }
    return n_minimal;
}

void
vls__settle_refine(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    size_t n_possible = 0, n_intervals = 0, n_minimal;

    vls__merge_sort(order_contained_first, field, rivals, n);
    while (n_possible < n && vls__merge_span(rivals[n_possible].value).possible)
        n_possible++;
    n_minimal = minimal_first(rivals, n_possible, &n_intervals);
    vls__merge_sort(vls__order_refine, field, rivals, n_minimal);
    vls__merge_sort(vls__order_refine, field, rivals + n_minimal, n_possible - n_minimal);
    out->n_shown = n_possible > 0 ? 1 : n;
    out->attention = n_intervals + (n - n_possible) > 1 ? VLS_CONFLICT : VLS_QUIET;
}
