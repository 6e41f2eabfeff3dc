#ifndef CLI_PASSPHRASE_H
#define CLI_PASSPHRASE_H

#include <stdbool.h>

#include "valise/unlock.h"

/* Where a passphrase may come from. Strings are borrowed; NULL: the option was not given, so its
 * variable VALISE_PASSPHRASE_FILE, _COMMAND or _FD is looked at. Options win over variables. */
struct passphrase_source {
    const char *file;
    const char *command;
    const char *fd; /* decimal, as typed */
    bool no_input;  /* never ask */
    bool given_only; /* a new one beside the present one: look at no variable */
    bool always;     /* asked for even while unlocked */
};

#define PASSPHRASE_CHARS_MIN 12 /* of a chosen one; a generated one is longer */

/**
 * Gets a passphrase: from the one explicit source, else from the controlling terminal (not standard
 * input), with echo off and restored whatever happens.
 *
 * prompt   translated, "Passphrase: ".
 * confirm  a new passphrase is chosen: its length is checked, it is asked for twice, and Enter alone
 *          offers a generated one.
 *
 * Errors: VLS_ELOCKED, no source and nobody to ask, or the source yields nothing; VLS_EUSAGE, several
 * sources, or a descriptor that is no number; VLS_EVALUE, a new one is too short; VLS_ECANCELLED, three
 * attempts to choose one failed; VLS_EINTERRUPT; VLS_ELIMIT; VLS_EIO; VLS_ENOMEM.
 */
enum vls_code passphrase_get(struct vls_secret **out, const struct passphrase_source *src, const char *prompt,
                             bool confirm, struct vls_error *err) VLS_MUST_USE;
/** True where passphrase_get would ask a person, who may mistype. */
bool passphrase_is_typed(const struct passphrase_source *src);
/** Another secret, asked for at the controlling terminal alone. Errors: those of passphrase_get. */
enum vls_code passphrase_ask(struct vls_secret **out, bool no_input, const char *prompt,
                             struct vls_error *err) VLS_MUST_USE;

#endif
