/*
 * The table of policies and the one way through it: equal values become one, values of another shape
 * step back, the policy orders the rest. Source: schemas/domain/merge.md.
 */
#include "merge_int.h"

struct rule {
    vls__order_fn *order;
    vls__settle_fn *settle;
    enum vls_attention misfit; /* attention when values of another shape stand beside others */
    bool all;                  /* sets and logs: misfits are shown too, after the others */
    bool permanent;            /* values are never replaced */
};

static const struct rule rules[] = {
    [VLS_P_IMM] = {vls__order_imm, vls__settle_imm, VLS_QUIET, false, true},
    [VLS_P_LWW] = {vls__order_tie, vls__settle_lww, VLS_CONFLICT, false, false},
    [VLS_P_CITE] = {vls__order_cite, vls__settle_cite, VLS_CONFLICT, false, false},
    [VLS_P_REFINE] = {vls__order_refine, vls__settle_refine, VLS_CONFLICT, false, false},
    [VLS_P_MV] = {vls__order_cite, vls__settle_mv, VLS_CONFLICT, false, false},
    [VLS_P_RESTRICT] = {vls__order_restrict, vls__settle_restrict, VLS_NOTICE, false, false},
    [VLS_P_ALERT] = {vls__order_rank, vls__settle_alert, VLS_CONFLICT, false, false},
    [VLS_P_EARLY] = {vls__order_early, vls__settle_early, VLS_NOTICE, false, false},
    [VLS_P_FWD] = {vls__order_rank, vls__settle_fwd, VLS_NOTICE, false, false},
    [VLS_P_AWS] = {vls__order_set, vls__settle_set, VLS_QUIET, true, false},
    [VLS_P_GSET] = {vls__order_set, vls__settle_set, VLS_QUIET, true, true},
    [VLS_P_RWS] = {vls__order_rws, vls__settle_rws, VLS_QUIET, true, false},
    [VLS_P_LOG] = {vls__order_log, vls__settle_log, VLS_QUIET, true, true},
    [VLS_P_PARA] = {vls__order_tie, vls__settle_lww, VLS_CONFLICT, false, false},
    [VLS_P_MAP] = {vls__order_tie, vls__settle_lww, VLS_CONFLICT, false, false},
    [VLS_P_REFDATA] = {vls__order_imm, vls__settle_refdata, VLS_QUIET, false, true},
    [VLS_P_DERIVED] = {vls__order_tie, vls__settle_derived, VLS_QUIET, false, false},
};

static enum vls_policy
policy_of(const struct vls_field *field)
{
    if (field == NULL || (size_t)field->policy >= sizeof rules / sizeof rules[0])
        return VLS_P_LWW;
    return field->policy;
}

bool
vls_merge_permanent(const struct vls_field *field)
{
    return rules[policy_of(field)].permanent;
}

/* Brings the values of the field's shape to the front. */
static size_t
shaped_first(const struct vls_field *field, struct vls_rival *r, size_t n)
{
    size_t n_shaped = 0;

    for (size_t i = 0; i < n; i++)
        if (vls__merge_shaped(field, r[i].value))
            vls__merge_swap(&r[n_shaped++], &r[i]);
    return n_shaped;
}

void
vls_merge(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    const struct rule *rule = &rules[policy_of(field)];
    size_t n_values, n_shaped;

    *out = (struct vls_verdict){.policy = policy_of(field)};
    if (n == 0)
        return;
    n_values = vls__merge_distinct(rule->order, field, rivals, n);
    n_shaped = n_values == 1 ? 1 : shaped_first(field, rivals, n_values);
    if (n_shaped > 0)
        rule->settle(out, field, rivals, n_shaped);
    if (out->policy == VLS_P_PARA) {
        out->n_texts = n_shaped != 1 || vls__merge_shaped(field, rivals[0].value) ? n_shaped : 0;
        out->n_misfits = n_values - out->n_texts;
    }
    if (n_shaped < n_values) {
        vls__merge_sort(vls__order_tie, field, rivals + n_shaped, n_values - n_shaped);
        if (rule->all)
            out->n_shown = n_values;
        else if (n_shaped == 0 && vls_merge_shows(field))
            out->n_shown = 1;
        if (out->attention < rule->misfit)
            out->attention = rule->misfit;
    }
    out->n_kept = n - out->n_shown;
}
