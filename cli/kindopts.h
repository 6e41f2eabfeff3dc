#ifndef CLI_KINDOPTS_H
#define CLI_KINDOPTS_H

#include "cli.h"

/** Options of "KIND add" and "KIND edit": short cuts, fields of the kind, of the header, backing. */
more_fn more_add, more_edit;

/** True for fields that hold any number of values. */
bool field_repeats(const struct vls_field *f);
/** The field that may be given without its option name, NULL when the kind has none. */
const struct vls_field *field_positional(const struct vls_kind *kind);

#endif
