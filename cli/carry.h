#ifndef CLI_CARRY_H
#define CLI_CARRY_H

#include "cli.h"

/** sync --to-file: writes what colleagues may lack, and says what it holds. */
enum vls_code carry_write(struct cli *c, const char *path, struct vls_error *err) VLS_MUST_USE;

/* ---- a file that was read ---- */

/** What a file is called in reports: the last part of its path. */
const char *carry_name(const char *path);
/** Says why a file could not be taken in, and what to do. */
enum vls_code carry_failed(struct cli *c, const char *path, enum vls_code rc, struct vls_error *err);
/** Says on stderr what of a file did not arrive whole. */
void carry_trouble(struct cli *c, const char *name, const struct vls_sync_result *r);
/** Names the numbers that have not come and from whom. VLS_EPARTIAL when the file itself was cut or damaged. */
enum vls_code carry_lacking(struct cli *c, const struct vls_sync_result *r, struct vls_error *err) VLS_MUST_USE;
/** The same numbers for programs; owned by the caller. */
json_t *gaps_json(struct cli *c, uint64_t *more); /* more: beyond what is named */

#endif
