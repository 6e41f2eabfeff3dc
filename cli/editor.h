#ifndef CLI_EDITOR_H
#define CLI_EDITOR_H

#include "cli.h"

#define EDITOR_TEXT_MAX (1u << 20)

/**
 * Lets a person change text in their editor. The file lies in memory only, in a folder of its own, and is wiped
 * with whatever the editor left beside it, also when a signal ends us.
 *
 * Errors: VLS_EIO, no place in memory, or the editor cannot be started; VLS_ECANCELLED, it ended with a failure;
 * VLS_EINTERRUPT; VLS_ELIMIT, larger than EDITOR_TEXT_MAX; VLS_ENOMEM.
 */
enum vls_code editor_run(struct cli *c, struct vls_buf *text, struct vls_error *err) VLS_MUST_USE;

/** Wipes what runs that were killed in an editor left in memory; says so. */
void editor_sweep(struct cli *c);

/* ---- a record as text (template.c) ---- */

struct draft;

/** Appends the record as lines "field: value", with comments that say what may be written. */
void template_write(struct cli *c, struct vls_buf *out, const struct vls_record *r);
/**
 * Writes what differs between the template as it was given and as it came back into the draft.
 *
 * Errors: VLS_EVALUE, with the line; those of draft_typed and draft_remove.
 */
enum vls_code template_apply(struct draft *d, const struct vls_record *r, struct vls_slice before,
                             struct vls_slice after, struct vls_error *err) VLS_MUST_USE;

#endif
