#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include "cli.h"

/*
 * What a shell keeps from one line to the next: the master key, in guarded memory of the one process that runs the
 * lines, which ends when the shell locks (watch.h).
 */
struct session {
    struct vls_secret *master; /* NULL: locked. Hidden but for session_key */
    char title[160];           /* of the valise, for the prompt; "" while locked */
    bool keyring;              /* a key in the kernel's keyring will do: until something has locked */
    bool lock;                 /* a command asked for it */
    bool person;               /* somebody types; otherwise it is a script */
    size_t n_given;            /* options that the shell itself was given, which stand before each line's own */
};

/** Keeps a copy of the master key, for the following lines. Errors: VLS_ENOMEM. */
enum vls_code session_keep(struct session *s, const struct vls_secret *master, struct vls_error *err) VLS_MUST_USE;
/** A copy of it, owned by the caller. Errors: VLS_ENOTFOUND, locked; VLS_ENOMEM. */
enum vls_code session_key(struct session *s, struct vls_secret **out) VLS_MUST_USE;
void session_forget(struct session *s);
/** What a person's screen shows is as secret as what it was made of; with what was scrolled away. */
void session_clear_screen(const struct cli *c, const struct session *s);

#endif
