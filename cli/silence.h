#ifndef CLI_SILENCE_H
#define CLI_SILENCE_H

#include "cli.h"

#define SILENCE_S ((int64_t)7 * 86400) /* for so long a group may have nothing to say */

/* That nothing new by anybody else's hand has come for long: they are quiet, or somebody keeps it back. */
struct silence {
    bool is;
    int64_t since, seconds; /* when something came last, 0: there is nobody else; how long ago that is */
};

enum vls_code silence_load(struct silence *s, struct cli *c, struct vls_error *err) VLS_MUST_USE;

/** A remote that was reached when it had brought nothing for that long. */
bool silence_of_remote(const struct silence *s, const struct vls_remote_info *r);

/** After an exchange: a sentence, where there is silence. */
void silence_say(struct cli *c, const struct silence *s);
/** A row that begins with silence, where there is. */
void silence_plain(struct cli *c, const struct silence *s);
/** An object, or null. Owned by the caller. */
json_t *silence_json(const struct silence *s);

#endif
