#ifndef VALISE_PREVIEW_INT_H
#define VALISE_PREVIEW_INT_H

#include "report_int.h"

/* What is being shared, while it is found out what would leave. */
struct sharing {
    struct vls_report *r;
    struct vls_preview *p;
    const struct vls_record *info; /* NULL: a trip is shared */
    const struct vls_trip **trip;
    size_t n_trips;
    int tlp; /* the strictest of what leaves */
    bool court_only, focal_only, not_to_destination, sealed;
    struct vls_share_line *leaves, *stays;
    size_t n_leaves, cap_leaves, n_stays, cap_stays;
};

/* ---- may_share.c ---- */

/* Takes over the marking and the caveats of everything that the record rests on. */
void vls__share_rules(struct sharing *s);
/* Needs the rules. */
enum vls_refusal vls__share_decide(const struct sharing *s);
/* True when the State of destination would be among the readers. */
bool vls__share_reaches_destination(const struct sharing *s);
/* The markings, as machine values: here, and of what leaves. */
void vls__share_mark(const struct sharing *s);

#endif
