#ifndef CLI_CONSENT_H
#define CLI_CONSENT_H

#include "draft.h"

/** True for the log of consent in a source's file. */
bool consent_is(const struct vls_field *field);
/** The words that count, for a line of help. */
void consent_help(struct vls_buf *out);
/** value, an entry as it was typed, becomes the one that is kept. Errors: VLS_EVALUE, other words. */
enum vls_code consent_typed(struct cli *c, const uint8_t source[VLS_ID_LEN], struct vls_buf *value,
                            struct vls_error *err) VLS_MUST_USE;

#endif
