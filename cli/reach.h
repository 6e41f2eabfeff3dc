#ifndef CLI_REACH_H
#define CLI_REACH_H

#include "cli.h"

/** True when a place is reached over a network, not by a folder. Borrowed. */
bool reach_is_line(const char *place);

/** True when the host was reached and holds no such place. why is what VLS_EUNREACHABLE came with; borrowed. */
bool reach_no_place(const char *why);

/** Whether this laptop is on no network but its own. A variable, so that tests can put something else there. */
extern bool (*reach_offline)(void);

/** What the failure of a line means here and what to do about it, in the user's language. Never NULL. */
const char *reach_advice(const char *why);

/**
 * The failure of a line to a place that is named for the first time, as one sentence with its advice. What the far
 * side says of its own tools is kept for --verbose. Yields rc; other failures and folders are left as they are.
 */
enum vls_code reach_failed(struct cli *c, const char *place, enum vls_code rc, struct vls_error *err);

#endif
