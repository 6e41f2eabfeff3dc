#ifndef CLI_WALLS_H
#define CLI_WALLS_H

#include "valise/transport.h"

#include "cli.h"

/* Which walls the kernel of this machine keeps the courier behind, as the courier itself says. */
struct walls {
    struct vls_walls stand;
    bool known; /* a courier ran; else why says what is wrong with it */
    struct vls_error why;
};

/** Asks a courier; never fails. */
void walls_load(struct walls *w, struct cli *c);

/** The courier's line of a table, in the user's language; static, or in out of size bytes. */
const char *walls_text(const struct walls *w, char *out, size_t size);

/** What follows where a wall is missing, and what to do about it; nothing where all stand. */
void walls_say(struct cli *c, const struct walls *w);

/** The same for programs, in one word. */
void walls_row(struct cli *c, const struct walls *w);

/** An object, or null when no courier runs here. Owned by the caller. */
json_t *walls_json(const struct walls *w);

#endif
