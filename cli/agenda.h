#ifndef CLI_AGENDA_H
#define CLI_AGENDA_H

#include "report_signed.h"

/* What waits for a person after an exchange: conflicts, possible duplicates, reports that the Court does not know, and nil
 * returns that are void, tasks that are due, and texts that
 * were changed after somebody signed them. */
struct agenda {
    uint64_t n_conflicts, n_pairs, n_unshared, n_voids, n_recalls, n_tasks;
    char conflict[128], pair[64], oldest[SPAN_TEXT], voided[64], recall[96], task[VLS_REF_TEXT + SPAN_TEXT];
    struct report_changed changed; /* for people only */
    char state[VLS_STATE_TEXT];
    struct vls_unread unread;
};

/** Counts only what somebody will read: with --plain or -q the state and what cannot be read. */
enum vls_code agenda_load(struct cli *c, struct agenda *a, struct vls_error *err) VLS_MUST_USE;
/** A line for each sort of thing that waits, or that there is nothing; then the state. */
void agenda_show(struct cli *c, const struct agenda *a);

#endif
