#ifndef VALISE_MEMBER_INT_H
#define VALISE_MEMBER_INT_H

#include "valise/member.h"

/* Operation numbers of schemas/wire/member.md. 7 to 15 are reserved for removal, suspension, demotion,
 * revocation, lifting, adoption and checkpoints; a reader of this version finds them invalid. */
enum member_op { MEMBER_ADD = 2, MEMBER_COMPARTMENT = 3, MEMBER_GRANT = 4, MEMBER_ROTATE = 5, MEMBER_SHARE = 6 };

/* Copies a label of 1..max bytes; false for any other length. */
bool vls__label_take(char *out, size_t max, struct vls_slice s);

#endif
