#ifndef VALISE_TRANSPORT_H
#define VALISE_TRANSPORT_H

#include "valise/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Exchanging sealed blobs with a remote, through a courier: a separate process that knows git and
 * holds no key. Everything that comes back from it is hostile. Source: schemas/wire/remote.md (what
 * lies on a remote), schemas/wire/courier.md (what passes between the two processes).
 */

#define VLS_REMOTE_NAME_LEN 64 /* a blob's name: lower-case hex of its BLAKE2b-256 */
#define VLS_REMOTE_TIP_LEN 48  /* a tip: lower-case hex, opaque to everybody but the courier */
/* A blob is at most the largest padded envelope batch (4 MiB) and its framing. */
#define VLS_REMOTE_BLOB_MAX ((size_t)4 * 1024 * 1024 + 64 * 1024)

/* One remote and the courier that serves it. Not for use by two threads at a time. */
struct vls_remote;

enum {
    VLS_REMOTE_CREATE = 1,  /* make the remote if the place is empty or not there yet */
    VLS_REMOTE_READONLY = 2, /* the courier itself gives up the right to write */
    VLS_REMOTE_LOOK = 4,     /* over a line: dial at once, to know that it is there */
    VLS_REMOTE_BATCH = 8     /* nobody is asked anything on the terminal */
};

/* What the last pull met. */
struct vls_remote_counts {
    uint64_t blobs;   /* delivered */
    uint64_t bytes;   /* of them */
    uint64_t damaged; /* missing, unreadable, or not what their name says; not delivered */
    uint64_t ignored; /* outside the layout of a remote (names, modes, sizes); never read */
};

/**
 * Receives one blob, oldest first. Its bytes match its name; nothing else about them is known. The
 * same blob may come more than once, over several pulls or in one.
 *
 * name, blob  borrowed for the call.
 *
 * Anything but VLS_OK ends the pull, which passes the code and err on.
 */
typedef enum vls_code vls_remote_blob_fn(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1],
                                         struct vls_slice blob, struct vls_error *err);

/**
 * Hears how far a transfer is: done of total blobs (total 0: not known yet) and the bytes moved. Also
 * called when a signal interrupts the waiting, and every second of it, so that it can be said. Returning false ends the
 * transfer with VLS_EINTERRUPT.
 */
typedef bool vls_remote_progress_fn(void *ctx, uint64_t done, uint64_t total, uint64_t bytes);

/** The name of a blob: hex of its hash under the label "valise blob". */
VLS_API void vls_remote_name(char out[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob);

/** Appends the place that url means from here, in the absolute form to be remembered. Errors: VLS_EUSAGE; VLS_EIO. */
VLS_API enum vls_code vls_remote_place(struct vls_buf *out, const char *url, struct vls_error *err) VLS_MUST_USE;

/**
 * Starts a courier on a remote and lets it look whether a remote is there.
 *
 * out           owned by the caller (vls_remote_close); NULL on failure.
 * courier_path  the program to start; NULL looks beside the running program, then in
 *               ../libexec/valise/, then where the build installs it.
 * url           a folder, absolute or relative, file://, ssh://[user@]host[:port]/path or [user@]host:path; borrowed.
 * flags         VLS_REMOTE_CREATE (over a line it must be there already), VLS_REMOTE_READONLY,
 *               VLS_REMOTE_LOOK, VLS_REMOTE_BATCH.
 *
 * An empty folder and a repository without our branch are remotes without blobs, not failures.
 *
 * Errors: VLS_EUSAGE, url has a form this version does not carry; VLS_EUNREACHABLE, nothing is there;
 * VLS_EFORMAT, the folder holds other things, nothing was touched; VLS_ETRUST, it is another git
 * repository; VLS_EREADONLY and VLS_EFULL, it could not be created; VLS_ENOTFOUND, no courier
 * program; VLS_EIO, the courier failed.
 */
VLS_API enum vls_code vls_remote_open(struct vls_remote **out, const char *courier_path, const char *url,
                                      unsigned flags, struct vls_error *err) VLS_MUST_USE;
/** The same, and from the first wait on fn is asked whether to go on (see vls_remote_progress). */
VLS_API enum vls_code vls_remote_open_with(struct vls_remote **out, const char *courier_path, const char *url,
                                           unsigned flags, vls_remote_progress_fn *fn, void *ctx,
                                           struct vls_error *err) VLS_MUST_USE;

/** Ends the courier and frees; returns when the process is gone. r may be NULL. */
VLS_API void vls_remote_close(struct vls_remote *r);

/** Sets who hears about progress from now on; fn may be NULL. ctx is borrowed until it is replaced. */
VLS_API void vls_remote_progress(struct vls_remote *r, vls_remote_progress_fn *fn, void *ctx);

/*
 * What the kernel keeps a courier from, beyond what every courier gives up (new privileges, memory, time: without these
 * it does not run).
 */
struct vls_walls {
    unsigned landlock; /* its version in force: all files outside one folder; 0: this kernel has none of it */
    bool calls;        /* a filter on system calls: other programs, connections, what belongs to other processes */
};

/**
 * Lets a courier put its walls up around an empty folder of its own, and say which stand.
 *
 * courier_path  as for vls_remote_open.
 *
 * Errors: VLS_ENOTFOUND, no courier program; VLS_EFULL, no room for a folder; VLS_EIO, the courier failed.
 */
VLS_API enum vls_code vls_courier_walls(struct vls_walls *out, const char *courier_path,
                                        struct vls_error *err) VLS_MUST_USE;

/** The counts of the last pull, also of one that failed. */
VLS_API void vls_remote_counts(const struct vls_remote *r, struct vls_remote_counts *out);

/**
 * Delivers every blob that is on the remote and was not there at known_tip.
 *
 * known_tip  where an earlier pull or push left off; "" for everything.
 * blob, ctx  who receives them.
 * new_tip    where this pull ended, "" for a remote without blobs; untouched on failure. When counts
 *            show damage, keeping the old tip makes a later pull try again.
 * rewritten  set to true when the remote's history no longer contains known_tip (rolled back,
 *            rewritten, emptied); then all of it is delivered. NULL makes that a failure.
 *
 * Errors: VLS_ETRUST, rewritten is NULL and history was rewritten, nothing was delivered;
 * VLS_EFORMAT, the branch is damaged or not in the layout; VLS_ELIMIT, it exceeds a budget;
 * VLS_EUNREACHABLE, it is gone or does not answer; VLS_EINTERRUPT; VLS_EIO, the courier failed; and
 * what blob returns. After any of them the next call starts a new courier.
 */
VLS_API enum vls_code vls_remote_pull(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob,
                                      void *ctx, char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten,
                                      struct vls_error *err) VLS_MUST_USE;

/**
 * Puts n blobs on the remote as the successors of on_tip, durably: when it returns VLS_OK, a stick may
 * be taken out.
 *
 * blobs, names  parallel arrays, borrowed; names may be NULL and is then computed. Repeated blobs are
 *               sent once. With n = 0 nothing happens and new_tip is on_tip.
 * on_tip        the tip the caller last saw, "" for a remote without blobs.
 * new_tip       receives the tip that holds them; untouched on failure.
 *
 * Very many blobs go in several steps; a failure may leave the first of them on the remote, so that
 * repeating the push adds them a second time, which does no harm.
 *
 * Errors: VLS_ERACE, the tip is no longer on_tip: pull, then push again; VLS_EREADONLY; VLS_EFULL;
 * VLS_EUNREACHABLE; VLS_ELIMIT, a blob is empty or longer than VLS_REMOTE_BLOB_MAX; VLS_EFORMAT, a
 * name is not that of its blob; VLS_EINTERRUPT; VLS_EIO.
 */
VLS_API enum vls_code vls_remote_push(struct vls_remote *r, const struct vls_slice *blobs,
                                      const char (*names)[VLS_REMOTE_NAME_LEN + 1], size_t n,
                                      const char *on_tip, char new_tip[VLS_REMOTE_TIP_LEN + 1],
                                      struct vls_error *err) VLS_MUST_USE;

/**
 * Puts n blobs beside the history of the remote, as the successors of on_tip ("" for the first of another history),
 * which an earlier call returned: the remote stays as it is, and nobody finds them before vls_remote_move. What is
 * never moved to is waste there.
 *
 * Errors: those of vls_remote_push; VLS_ERACE here means that what was put aside before was cleared away as left over.
 */
VLS_API enum vls_code vls_remote_push_aside(struct vls_remote *r, const struct vls_slice *blobs, size_t n,
                                            const char *on_tip, char new_tip[VLS_REMOTE_TIP_LEN + 1],
                                            struct vls_error *err) VLS_MUST_USE;

/**
 * Makes what vls_remote_push_aside put there under to_tip the history of the remote, in the place of the one that ends
 * at from_tip, durably; or does nothing. By the same vls_remote, without a failure in between.
 *
 * Errors: VLS_ERACE, the remote is no longer at from_tip, or to_tip is not there whole; VLS_EREADONLY, also a host that
 * does not allow a history to be replaced; those of vls_remote_push. After VLS_EUNREACHABLE, VLS_EINTERRUPT and
 * VLS_EIO it may have been done.
 */
VLS_API enum vls_code vls_remote_move(struct vls_remote *r, const char *from_tip, const char *to_tip,
                                      struct vls_error *err) VLS_MUST_USE;

/* Bytes that the remote takes in its place, before and after. All 0 over a line: a host tidies up in its own time. */
struct vls_remote_room {
    uint64_t before, after;
    uint64_t waiting; /* could go, but others may be reading or writing */
    bool foreign;     /* nothing goes: more than valise can follow lies there, or git tends it */
};
enum { VLS_REMOTE_TIDY_COUNT = 1, VLS_REMOTE_TIDY_SHARED = 2 };
/**
 * Removes from a folder what valise wrote there and nothing leads to any more: histories that were replaced, transfers
 * that were cut off. Everything that any reference leads to stays, and so does everything that valise did not write.
 *
 * flags  VLS_REMOTE_TIDY_COUNT: nothing is removed, out says how it would be; VLS_REMOTE_TIDY_SHARED: as if several
 *        machines had the folder at the same time, which is found out otherwise: a history that was replaced stays a day.
 *
 * Errors: VLS_EREADONLY; VLS_EIO; VLS_EUNREACHABLE; VLS_EINTERRUPT. After each of them all that is needed is there.
 */
VLS_API enum vls_code vls_remote_tidy(struct vls_remote *r, unsigned flags, struct vls_remote_room *out,
                                      struct vls_error *err) VLS_MUST_USE;

/** Waits before the next try after the race-th lost race (VLS_ERACE), counted from 0: a random time that
 *  grows, so that many posts do not meet again. */
VLS_API void vls_remote_pause(unsigned race);

/*
 * The calls above as a table: whoever exchanges goes through one, so that something else than a courier can stand
 * behind a remote (the simulator puts a lying host in memory there). Contracts are those of the functions.
 */
struct vls_carrier {
    enum vls_code (*open)(struct vls_remote **out, const char *courier_path, const char *url, unsigned flags,
                          vls_remote_progress_fn *fn, void *ctx, struct vls_error *err);
    void (*close)(struct vls_remote *r);
    void (*counts)(const struct vls_remote *r, struct vls_remote_counts *out);
    enum vls_code (*pull)(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob, void *ctx,
                          char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten, struct vls_error *err);
    enum vls_code (*push)(struct vls_remote *r, const struct vls_slice *blobs,
                          const char (*names)[VLS_REMOTE_NAME_LEN + 1], size_t n, const char *on_tip,
                          char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err);
    /* the next two may be NULL together: histories are never replaced that way */
    enum vls_code (*push_aside)(struct vls_remote *r, const struct vls_slice *blobs, size_t n, const char *on_tip,
                                char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err);
    enum vls_code (*move)(struct vls_remote *r, const char *from_tip, const char *to_tip, struct vls_error *err);
    /* may be NULL: nothing is ever given back */
    enum vls_code (*tidy)(struct vls_remote *r, unsigned flags, struct vls_remote_room *out, struct vls_error *err);
    void (*pause)(unsigned race);
};

/** The courier; static. */
VLS_API const struct vls_carrier *vls_carrier_courier(void);

#ifdef __cplusplus
}
#endif
#endif
