#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "cli.h"

/** Help for what the command line named: a command, a noun, or everything. */
enum vls_code help_show(struct cli *c, struct vls_error *err) VLS_MUST_USE;
/** Usage and an example of the command that could not be understood, on stderr. */
void help_advise(struct cli *c);
/** "valise person add NAME [options]" appended to out. */
void help_usage(struct vls_buf *out, const struct cmd *cmd, const struct vls_kind *kind);


/** A whole command line that could be typed, appended to out. */
void help_example(struct vls_buf *out, const struct cmd *cmd, const struct vls_kind *kind);

#define VALISE_VERSION "0.1.0"

#endif
