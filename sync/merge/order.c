/*
 * What all policies share: the tie-break, sorting in place, finding equal values, and looking at the
 * shape of a value. Every order here is total, so that the outcome depends on the set of rivals and
 * never on how they came.
 */
#include <string.h>

#include "merge_int.h"

int
vls__merge_tie(const struct vls_rival *a, const struct vls_rival *b)
{
    if (a->lamport != b->lamport)
        return a->lamport > b->lamport ? -1 : 1;
    return vls_dot_cmp(&b->dot, &a->dot);
}

void
vls__merge_swap(struct vls_rival *a, struct vls_rival *b)
{
    struct vls_rival t = *a;

    *a = *b;
    *b = t;
}

/* An order, optionally within equal values only. */
struct sorting {
    vls__order_fn *order;
    const struct vls_field *field;
    bool by_value;
};

static int
compare(const struct sorting *s, const struct vls_rival *a, const struct vls_rival *b)
{
    int c = s->by_value ? vls_slice_cmp(a->value, b->value) : 0;

    return c != 0 ? c : s->order(s->field, a, b);
}

static void
sift(const struct sorting *s, struct vls_rival *r, size_t root, size_t n)
{
    for (;;) {
        size_t child = 2 * root + 1;

        if (child >= n)
            return;
        if (child + 1 < n && compare(s, &r[child], &r[child + 1]) < 0)
            child++;
        if (compare(s, &r[root], &r[child]) >= 0)
            return;
        vls__merge_swap(&r[root], &r[child]);
        root = child;
    }
}

/* Heap sort: the C library's qsort may allocate, and may be quadratic on hostile input. */
static void
sort(const struct sorting *s, struct vls_rival *r, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift(s, r, i, n);
    for (size_t i = n; i-- > 1;) {
        vls__merge_swap(&r[0], &r[i]);
        sift(s, r, 0, i);
    }
}

void
vls__merge_sort(vls__order_fn *order, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    struct sorting s = {order, field, false};

    sort(&s, rivals, n);
}

size_t
vls__merge_distinct(vls__order_fn *order, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    struct sorting s = {order, field, true};
    size_t n_distinct = 1;

    if (n < 2)
        return n;
    sort(&s, rivals, n);
    /* Swapping brings an already passed duplicate to place i; its value is that of an earlier group,
     * so the comparison has to be with the group's first, which stands at n_distinct - 1. */
    for (size_t i = 1; i < n; i++)
        if (!vls_slice_eq(rivals[n_distinct - 1].value, rivals[i].value))
            vls__merge_swap(&rivals[n_distinct++], &rivals[i]);
    vls__merge_sort(vls__order_tie, field, rivals + n_distinct, n - n_distinct);
    return n_distinct;
}

bool
vls__merge_shaped(const struct vls_field *field, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);

    if (field == NULL || field->policy == VLS_P_RWS)
        return true;
    if (field->type != VLS_T_ENUM)
        return vls_value_ok(field, value);
    (void)vls_cbor_text(&c);
    return vls_cbor_done(&c);
}

bool
vls__merge_alike(const struct vls_field *field, struct vls_slice a, struct vls_slice b)
{
    struct vls_instant ta, tb;
    struct vls_date da, db;

    if (vls_slice_eq(a, b))
        return true;
    if (field != NULL && field->type == VLS_T_DATE && vls_date_read(&da, a) && vls_date_read(&db, b))
        return da.possible && db.possible && da.first == db.first && da.last == db.last &&
               da.uncertain == db.uncertain && da.approximate == db.approximate;
    if (field != NULL && field->type == VLS_T_INSTANT && vls_instant_read(&ta, a) && vls_instant_read(&tb, b))
        return ta.unix_s == tb.unix_s && ta.precision == tb.precision;
    return false;
}

bool
vls__merge_agree(const struct vls_field *field, const struct vls_rival *rivals, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (!vls__merge_alike(field, rivals[0].value, rivals[i].value))
            return false;
    return true;
}
