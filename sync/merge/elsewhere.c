/*
 * Policies under which the value comes from elsewhere: REFDATA, out of the tables of the release, and DERIVED, worked
 * out from other records. What operations bring is kept, so that nothing is lost and every laptop agrees, and none of
 * it is shown.
 */
#include "merge_int.h"

static void
settle(struct vls_verdict *out)
{
    out->n_shown = 0;
    out->attention = VLS_QUIET;
}

/* Proposals, in the order in which they can have been written. */
void
vls__settle_refdata(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_imm, field, rivals, n);
    settle(out);
}

void
vls__settle_derived(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_tie, field, rivals, n);
    settle(out);
}

bool
vls_merge_shows(const struct vls_field *field)
{
    return field == NULL || (field->policy != VLS_P_REFDATA && field->policy != VLS_P_DERIVED);
}
