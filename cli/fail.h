#ifndef CLI_FAIL_H
#define CLI_FAIL_H

#include "cli.h"

/** Says on stderr what went wrong and what to do next (as JSON with --json) and yields the exit status. */
int fail_report(struct cli *c, enum vls_code code, const struct vls_error *err);

#endif
