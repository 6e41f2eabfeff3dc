#ifndef CLI_WATCH_H
#define CLI_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "valise/error.h"

/*
 * One unlocked session is one process; the one that watches it holds no key and sees no text. Locking ends the
 * session's process: what it held in memory, in every library and every buffer, goes back to the kernel with it.
 */

/* Time as the watch needs it, in milliseconds; tests put another one in before a session starts. */
struct watch_clock {
    int64_t (*monotonic_ms)(void *ctx); /* stands still while the laptop sleeps */
    int64_t (*boottime_ms)(void *ctx);  /* goes on */
    int tick_ms;                        /* how often the watch looks */
    void *ctx;
};
extern const struct watch_clock *watch_clock;

enum watch_end {
    WATCH_DIED, /* of itself, by a signal */
    WATCH_LEFT, /* the person or the script is done */
    WATCH_LOCKED,
    WATCH_IDLE,    /* nothing was typed for too long */
    WATCH_SLEPT,   /* the laptop was asleep */
    WATCH_STOPPED, /* it is to stand still, and nobody would watch; the caller stops (watch_stop) */
    WATCH_BROKEN   /* there is no process for a session: see the error */
};

struct watch;

/** For the session. What it returns ends it. */
typedef enum watch_end watch_body_fn(void *ctx);

/** Room that both processes see; NULL without memory. idle_ms counts while a person is waited for. */
struct watch *watch_new(int64_t idle_ms);
void watch_free(struct watch *w);
/**
 * Runs body in a process of its own until it ends or is ended. Its children end with it. A terminal is as before
 * afterwards. *signal is what it died of, 0 otherwise.
 */
enum watch_end watch_run(struct watch *w, watch_body_fn *body, void *ctx, int *signal, struct vls_error *err);

/** Stops this process until it is continued, where there is somebody to do so. */
void watch_stop(void);

/** True when the last session had a key. */
bool watch_had_key(const struct watch *w);

/* ---- two numbers that outlive a session ---- */

int *watch_status(struct watch *w); /* of the first line that failed */
uint64_t *watch_lines(struct watch *w);

/* ---- for what runs inside; nothing happens where no session is watched ---- */

/** A person is waited for from now on, or no longer. */
void watch_person(bool waits);
/** There is a key: from now on locking means something. */
void watch_unlocked(void);
/** WATCH_IDLE or WATCH_SLEPT when the session should have been ended by now and the watch has not looked yet: the
 * laptop woke a moment ago. WATCH_LEFT: it should not. */
enum watch_end watch_due(void);

#endif
