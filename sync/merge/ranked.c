/*
 * Policies under which one end of an order wins: RESTRICT (most restrictive), ALERT (most alarming),
 * FWD (furthest stage) by the order of the field's terms, EARLY by time. Being wrong at the winning
 * end does the least harm, so a term that only a newer version knows ranks there.
 */
#include "merge_int.h"

#define RANK_UNKNOWN INT64_MAX

static int64_t
rank(const struct vls_field *field, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    int64_t v;
    int place;

    switch (vls_cbor_peek(&c)) {
    case VLS_CBOR_TEXT:
        if (field->type != VLS_T_ENUM)
            return 0;
        place = vls_term_rank(field, vls_cbor_text(&c));
        return place < 0 ? RANK_UNKNOWN : place;
    case VLS_CBOR_TRUE:
        return 1;
    case VLS_CBOR_UINT:
    case VLS_CBOR_NEGINT:
        v = vls_cbor_int(&c);
        return vls_cbor_bad(&c) ? 0 : v;
    default:
        return 0;
    }
}

int
vls__order_rank(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    int64_t ra = rank(field, a->value), rb = rank(field, b->value);

    if (ra != rb)
        return ra > rb ? -1 : 1;
    return vls__merge_tie(a, b);
}

/* A document that lifts a restriction cannot be cited before it exists, so on fields that say so a
 * value with an official document is the later legal act and beats more restrictive ones. */
int
vls__order_restrict(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    bool oa = a->cite == VLS_CITE_OFFICIAL, ob = b->cite == VLS_CITE_OFFICIAL;
    int64_t ra, rb;

    if ((field->flags & VLS_F_RELEASE) == 0 || (!oa && !ob))
        return vls__order_rank(field, a, b);
    if (oa != ob)
        return oa ? -1 : 1;
    ra = rank(field, a->value);
    rb = rank(field, b->value);
    if (ra != rb)
        return ra < rb ? -1 : 1;
    return vls__merge_tie(a, b);
}

/* Intervals by their beginning, then their end; what has no possible day comes after all others. */
int
vls__order_early(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    struct vls__span sa = vls__merge_span(a->value), sb = vls__merge_span(b->value);

    (void)field;
    if (sa.possible != sb.possible)
        return sa.possible ? -1 : 1;
    if (sa.first != sb.first)
        return sa.first < sb.first ? -1 : 1;
    if (sa.last != sb.last)
        return sa.last < sb.last ? -1 : 1;
    return vls__merge_tie(a, b);
}

void
vls__settle_restrict(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_restrict, field, rivals, n);
    out->n_shown = 1;
    out->attention = n > 1 ? VLS_NOTICE : VLS_QUIET;
}

void
vls__settle_alert(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_rank, field, rivals, n);
    out->n_shown = 1;
    out->attention = n > 1 ? VLS_CONFLICT : VLS_QUIET;
}

/* Neighbouring stages are the ordinary course of things; a stage left out, or one that this version
 * does not know, is said once. */
void
vls__settle_fwd(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_rank, field, rivals, n);
    out->n_shown = 1;
    out->attention = VLS_QUIET;
    for (size_t i = 1; i < n; i++) {
        int64_t above = rank(field, rivals[i - 1].value), below = rank(field, rivals[i].value);

        if (above == RANK_UNKNOWN || above == below || above - 1 != below)
            out->attention = VLS_NOTICE;
    }
}

void
vls__settle_early(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_early, field, rivals, n);
    out->n_shown = 1;
    out->attention = vls__merge_agree(field, rivals, n) ? VLS_QUIET : VLS_NOTICE;
}
