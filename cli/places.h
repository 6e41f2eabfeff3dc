#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include "cli.h"

/** Fills c->places. Errors: VLS_EUSAGE, neither --home nor HOME says where; VLS_ENOMEM. */
enum vls_code places_find(struct cli *c, struct vls_error *err) VLS_MUST_USE;
void places_clear(struct cli *c);

#endif
