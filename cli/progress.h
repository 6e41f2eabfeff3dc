#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli.h"

/* How far one transfer is. */
struct progress {
    int64_t start_ms, shown_ms; /* monotonic; shown_ms 0: nothing was shown yet */
    uint64_t first_bytes;       /* where it stood at the start */
    char remote[24];
    bool stands; /* a line stands on the terminal */
    char awaited[24];               /* of whom nothing has come yet; "" nobody */
    int64_t wait_ms, wait_shown_ms; /* since when; shown 0: nothing was said of it */
};

#define PROGRESS_TEXT 96

/**
 * "stick  12 / 40  96 KiB  12 KiB/s  about 20 s left": rate and remaining time from the third second on, when they mean
 * something; total 0 is not known.
 */
void progress_text(char out[PROGRESS_TEXT], const struct progress *p, uint64_t done, uint64_t total, uint64_t bytes,
                   int64_t now_ms);
/** True when it is time to show it again: four times a second on a terminal, every ten seconds elsewhere. */
bool progress_due(const struct progress *p, bool terminal, int64_t now_ms);

/** The same of a remote that has not answered at all: after three seconds on a terminal, then every second; elsewhere
 *  after ten, once. */
bool progress_wait_due(const struct progress *p, bool terminal, int64_t now_ms);

/** Notes how far a transfer is, and shows it on stderr where somebody looks. */
void progress_step(struct cli *c, struct progress *p, const char *remote, uint64_t done, uint64_t total,
                   uint64_t bytes);
/** Takes the line off the terminal. */
void progress_clear(struct progress *p);

#endif
