#ifndef CLI_HOME_H
#define CLI_HOME_H

#include "draft.h"

#define HOME_EVERYBODY "focal-points" /* the compartment that every member reads, and the usual one */

/** Whether some members do not read what lies in a compartment; by the name that records carry. */
bool home_is_narrow(const char *compartment);
/** A value of the draft is written that refers to a record: where that lies is remembered. */
enum vls_code home_refers(struct draft *d, const struct vls_field *field, struct vls_slice value,
                          struct vls_error *err) VLS_MUST_USE;
/** A draft of new records goes where what it refers to is read, and no further unless --compartment (given; NULL: not)
 * says so. Errors: VLS_EVALUE, several such places, or one that is not ours. */
enum vls_code home_settle(struct draft *d, const char *given, struct vls_error *err) VLS_MUST_USE;

#endif
