/*
 * Policies under which one value stands for the register: IMM, LWW+K (also MAP, whose keys make
 * registers of their own, and PARA), CITE; and MV, under which nobody but a person chooses.
 */
#include "merge_int.h"

int
vls__order_imm(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    (void)field;
    return vls__merge_tie(b, a); /* the first one written stays */
}

int
vls__order_tie(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    (void)field;
    return vls__merge_tie(a, b);
}

int
vls__order_cite(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    (void)field;
    if (a->cite != b->cite)
        return a->cite > b->cite ? -1 : 1;
    return vls__merge_tie(a, b);
}

void
vls__settle_imm(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_imm, field, rivals, n);
    out->n_shown = 1;
    out->attention = VLS_QUIET;
}

void
vls__settle_lww(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_tie, field, rivals, n);
    out->n_shown = 1;
    out->attention = vls__merge_agree(field, rivals, n) ? VLS_QUIET : VLS_CONFLICT;
}

void
vls__settle_cite(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_cite, field, rivals, n);
    out->n_shown = 1;
    out->attention = vls__merge_agree(field, rivals, n) ? VLS_QUIET : VLS_CONFLICT;
}

void
vls__settle_mv(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    bool agree = vls__merge_agree(field, rivals, n);

    vls__merge_sort(vls__order_cite, field, rivals, n);
    out->n_shown = agree ? 1 : n;
    out->attention = agree ? VLS_QUIET : VLS_CONFLICT;
}
