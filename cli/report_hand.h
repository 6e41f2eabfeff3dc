#ifndef CLI_REPORT_HAND_H
#define CLI_REPORT_HAND_H

#include "report_words.h"

/** A paragraph in the person's editor; what comes back stands in its place, in this language. Errors: VLS_EUSAGE,
 * nobody can be asked; VLS_ENOTFOUND, no such paragraph; VLS_EVALUE, it names somebody; those of editor_run and of the
 * draft. */
enum vls_code report_edit(struct cli *c, const struct vls_annual *a, const char *number,
                          struct vls_error *err) VLS_MUST_USE;
/** Puts on record that this delegation has signed the text of this hash. Errors: those of the draft. */
enum vls_code report_sign(struct cli *c, const struct vls_annual *a, const char *hash,
                          struct vls_error *err) VLS_MUST_USE;

#endif
