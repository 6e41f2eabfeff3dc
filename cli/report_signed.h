#ifndef CLI_REPORT_SIGNED_H
#define CLI_REPORT_SIGNED_H

#include "report_words.h"

/* Whether a text that was signed off still stands. */

#define REPORT_HASH_SHOWN 12 /* digits of a text's hash that people see */

/**
 * The hash of the text as it stands, in the language of this run: numbers, states and words, no footnotes. Fails on a
 * paragraph that is too long.
 */
enum vls_code report_hash(struct cli *c, const struct vls_annual *a, char out[2 * VLS_HASH_LEN + 1],
                          struct vls_error *err) VLS_MUST_USE;
/** Of the i-th sign-off: another text than hash was signed in this language, and nothing by the same delegation since.
 */
bool report_sign_off_stale(const struct cli *c, const struct vls_period *p, size_t i, const char *hash);
/** "Signed off by Ireland, …: ANOTHER TEXT (…); it was changed since" */
void report_stale_print(struct vls_buf *out, const struct vls_sign_off *s);

struct report_changed {
    size_t n;          /* sign-offs in this language of a text that was changed since, of reports not submitted yet */
    char example[160]; /* the period and who signed */
    char command[64];  /* "valise report PRD-…" */
};
/** Reads everything that a report is made of, but only where there is a signature. Errors: those of vls_annual_open. */
enum vls_code report_changed_load(struct report_changed *out, struct cli *c, struct vls_error *err) VLS_MUST_USE;

#endif
