/*
 * How long things took. Instants that are known to the hour or to the day stand for the whole of it,
 * so that a delay computed from them is a range and never pretends to minutes nobody noted.
 */
#include "valise/report.h"

enum { HOUR_S = 3600, DAY_S = 86400 };

/* Seconds after unix_s at which the instant may still lie. A minute counts as exact: that is how
 * receipts are noted, and both ends of a delay are noted alike. */
static int64_t
slack(const struct vls_instant *t)
{
    switch (t->precision) {
    case VLS_TO_DAY: return DAY_S - 1;
    case VLS_TO_HOUR: return HOUR_S - 1;
    case VLS_TO_MINUTE:
    case VLS_TO_SECOND: break;
    }
    return 0;
}

void
vls_span_between(struct vls_span *out, const struct vls_instant *from, const struct vls_instant *to)
{
    out->known = true;
    out->min_s = to->unix_s - (from->unix_s + slack(from));
    out->max_s = to->unix_s + slack(to) - from->unix_s;
    out->negative = out->max_s < 0;
    if (!out->negative && out->min_s < 0)
        out->min_s = 0;
}

const struct vls_instant *
vls_instant_earlier(const struct vls_instant *a, const struct vls_instant *b)
{
    if (a->unix_s != b->unix_s)
        return a->unix_s < b->unix_s ? a : b;
    return slack(a) <= slack(b) ? a : b; /* same start: the one known better */
}

enum vls_warning
vls_warning_of(const struct vls_span *age, bool has_arrival, int64_t to_arrival_s)
{
    /* The longest it may have lain: a receipt known to the day only must not hide a delay. */
    if (!age->known || age->negative)
        return VLS_WARN_NONE;
    if (has_arrival && to_arrival_s <= VLS_URGENT_ARRIVAL_S && age->max_s > VLS_URGENT_S)
        return VLS_WARN_URGENT;
    return age->max_s > VLS_LATE_S ? VLS_WARN_LATE : VLS_WARN_NONE;
}
