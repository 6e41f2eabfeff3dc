#ifndef CLI_HOME_H
#define CLI_HOME_H

#include "draft.h"

#define HOME_EVERYBODY "focal-points" /* the compartment that every member reads, and the usual one */

#define HOME_TEXT 256

/** Whether some members do not read what lies in a compartment; by the name that records carry. */
bool home_is_narrow(const char *compartment);
/** Of a record and of the persons it is about, the one that some members do not read; false: there is none. Both outputs are
 * owned by the caller. */
bool home_of_narrow(struct cli *c, const uint8_t id[VLS_ID_LEN], char ref[VLS_REF_TEXT], char home[HOME_TEXT]);
/** A value of the draft is written that refers to a record: where that lies is remembered. */
enum vls_code home_refers(struct draft *d, const struct vls_field *field, struct vls_slice value,
                          struct vls_error *err) VLS_MUST_USE;
/** A draft of new records goes where what it refers to is read, and no further unless --compartment (given; NULL: not)
 * says so. Errors: VLS_EVALUE, several such places, or one that is not ours. */
enum vls_code home_settle(struct draft *d, const char *given, struct vls_error *err) VLS_MUST_USE;

#endif
