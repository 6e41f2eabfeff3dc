#ifndef SYNC_MERGE_MERGE_INT_H
#define SYNC_MERGE_MERGE_INT_H

#include "valise/merge.h"

/* Order of two rivals under a policy: negative when a comes first. Total whenever the dots differ. */
typedef int vls__order_fn(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b);

/*
 * Settles n >= 1 rivals with distinct values of the field's shape: puts them in their final order and
 * sets n_shown and attention.
 */
typedef void vls__settle_fn(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n);

/* ---- order.c ---- */

/* Greater Lamport counter, change-set id, operation number first (I6). */
int vls__merge_tie(const struct vls_rival *a, const struct vls_rival *b);
/* In place, O(n log n), nothing allocated. */
void vls__merge_sort(vls__order_fn *order, const struct vls_field *field, struct vls_rival *rivals, size_t n);
/* Brings one rival of each value to the front, the first in the policy's order; the others follow in
 * tie-break order. Returns how many values there are. */
size_t vls__merge_distinct(vls__order_fn *order, const struct vls_field *field, struct vls_rival *rivals, size_t n);
void vls__merge_swap(struct vls_rival *a, struct vls_rival *b);
/* The value has the shape of the field's type; an unknown enum term has. field may be NULL. */
bool vls__merge_shaped(const struct vls_field *field, struct vls_slice value);
/* Different bytes that say the same: one moment with two offsets, one interval in other words. */
bool vls__merge_alike(const struct vls_field *field, struct vls_slice a, struct vls_slice b);
/* All n are alike. */
bool vls__merge_agree(const struct vls_field *field, const struct vls_rival *rivals, size_t n);

/* ---- register.c: one value stands ---- */
vls__order_fn vls__order_imm, vls__order_tie, vls__order_cite;
vls__settle_fn vls__settle_imm, vls__settle_lww, vls__settle_cite, vls__settle_mv;

/* ---- ranked.c: one end of an order wins ---- */
vls__order_fn vls__order_rank, vls__order_restrict, vls__order_early;
vls__settle_fn vls__settle_restrict, vls__settle_alert, vls__settle_fwd, vls__settle_early;

/* ---- refine.c: intervals ---- */
vls__order_fn vls__order_refine;
vls__settle_fn vls__settle_refine;

/* ---- set.c: every value stands ---- */
vls__order_fn vls__order_set, vls__order_log, vls__order_rws;
vls__settle_fn vls__settle_set, vls__settle_log, vls__settle_rws;

/* ---- elsewhere.c: no value stands ---- */
vls__settle_fn vls__settle_refdata, vls__settle_derived;

/* An interval of days or seconds, inclusive. */
struct vls__span {
    int64_t first, last;
    unsigned vague; /* number of qualifiers: uncertain, approximate */
    bool possible;  /* false: only words, or no interval at all */
};
struct vls__span vls__merge_span(struct vls_slice value);

#endif
