#ifndef SYNC_TRANSPORT_TRANSPORT_INT_H
#define SYNC_TRANSPORT_TRANSPORT_INT_H

#include <sys/types.h>

#include "valise/transport.h"

#include "sync/transport/frame.h"

/* Under which a blob is hashed to its name, on a remote and in a bag. */
#define VLS__BLOB_LABEL "valise blob"

#define VLS__HOST_PATH 1024
#define VLS__WORDS_KEPT ((size_t)4096) /* of what ssh or curl say */

/* Where a line leads; every part from an alphabet without anything that a shell, ssh or curl would read otherwise. */
struct vls__host {
    char user[64], name[256], port[6], path[VLS__HOST_PATH]; /* name "": no such remote */
    bool by_curl;                                            /* https; otherwise ssh */
};

struct vls_remote {
    char courier[VLS__URL_MAX + 1]; /* the program */
    char url[VLS__URL_MAX + 1];     /* as the courier gets it: "file:", "line:" or "request:", and an absolute path */
    struct vls__host host;
    char scratch[256]; /* the courier's own folder for a line, "" for none */
    struct {
        pid_t pid;  /* of ssh or curl, 0 when none runs */
        int words;  /* what it says on its standard error, -1 for none */
        char end[2 * VLS__WORDS_KEPT + 1]; /* NUL-terminated; of what it said */
        size_t n_end;
        unsigned n; /* dialled for the question at hand */
        char said[VLS__TEXT_MAX + 1]; /* its last words, escaped */
        int http;   /* the number of the host's answer, 0 for none */
        int proxy;  /* the same of a proxy before it */
        bool midway; /* said by an ssh on the way to the host, as a ProxyJump has it */
        int status; /* its exit status, -1 when it was ended */
        bool changed; /* it complained that the host's key is another one */
    } line;
    char shown[VLS__URL_MAX + 1];   /* as the caller wrote it */
    unsigned flags;
    int fd;    /* both directions, -1 when no courier runs */
    pid_t pid; /* 0 when no courier runs */
    struct vls_walls walls; /* of the courier that ran last, by its own word */
    int stall_ms;      /* how long it may say nothing */
    int64_t until;     /* milliseconds of the monotonic clock: when the present wait ends */
    struct vls_buf in; /* received, from in_at on not yet used */
    size_t in_at;
    vls_remote_progress_fn *progress;
    void *progress_ctx;
    uint64_t done, total, bytes; /* what progress was told last */
    struct vls_remote_counts counts;
};

/**
 * Turns what a person wrote into its one form, in out of VLS__URL_MAX + 1 bytes: "file:" and an absolute path, or
 * "ssh://" or "https://", where host receives its parts. Errors: VLS_EUSAGE.
 */
enum vls_code vls__url_resolve(char *out, struct vls__host *host, const char *url, struct vls_error *err) VLS_MUST_USE;

/** Opens a line for the courier that asked. Errors: VLS_ENOTFOUND, no ssh or curl; VLS_EIO. The courier is then gone. */
enum vls_code vls__line_dial(struct vls_remote *r, enum vls__line service, struct vls_error *err) VLS_MUST_USE;
/** Ends the line, giving the program grace_ms to end by itself, and keeps its last words. */
void vls__line_hang_up(struct vls_remote *r, int grace_ms);
/** Takes in what the program says on its standard error, so that it never waits for us, and keeps the end of it. */
void vls__line_hear(struct vls_remote *r);
/** A failure that the courier reported, as ssh or curl explain it; ends the line. */
enum vls_code vls__line_explain(struct vls_remote *r, enum vls_code code, struct vls_error *err);

/** Where the courier program is, in out of VLS__URL_MAX + 1 bytes. Errors: VLS_ENOTFOUND. */
enum vls_code vls__courier_find(char *out, struct vls_error *err) VLS_MUST_USE;
/** A program, and all that it gets: no other descriptor, no signal settings. */
struct vls__spawn {
    const char *program;
    bool search; /* on PATH; otherwise it is a path */
    char *const *argv, *const *env;
    int line;     /* its standard input and output */
    int words;    /* its standard error; -1: it has none */
    bool session; /* of its own, without a terminal */
};
/** Starts it. Returns 0 and its pid, or an errno value. */
int vls__spawn(pid_t *pid, const struct vls__spawn *what);

/** A remote of nowhere yet, with a courier that is found. Errors: VLS_ENOMEM; VLS_ENOTFOUND. */
enum vls_code vls__remote_new(struct vls_remote **out, const char *courier_path, unsigned flags,
                              struct vls_error *err) VLS_MUST_USE;
/** Starts a courier when none runs and lets it open r->url. */
enum vls_code vls__remote_start(struct vls_remote *r, struct vls_error *err) VLS_MUST_USE;
/** Starts r->courier with an empty environment; sets fd and pid. Errors: VLS_ENOTFOUND, VLS_EIO. */
enum vls_code vls__courier_start(struct vls_remote *r, struct vls_error *err) VLS_MUST_USE;
/** An empty folder for the courier of a line, removed when it ends. Errors: VLS_EFULL, VLS_EIO. */
enum vls_code vls__scratch_make(struct vls_remote *r, struct vls_error *err) VLS_MUST_USE;
void vls__scratch_remove(struct vls_remote *r);
/** Closes the pipe and reaps; after grace_ms the process is killed. Returns its wait status, -1 if none. */
int vls__courier_stop(struct vls_remote *r, int grace_ms);

/** Sends bytes, part by part. Errors: VLS_EIO, VLS_EUNREACHABLE, VLS_EINTERRUPT; the courier is then gone. */
enum vls_code vls__link_send(struct vls_remote *r, const struct vls_slice *parts, size_t n,
                             struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__link_send_msg(struct vls_remote *r, const struct vls__msg *msg,
                                 struct vls_error *err) VLS_MUST_USE;
/**
 * The next message that is neither PROGRESS (told to r->progress) nor ERROR (returned as a failure; the
 * courier stays). out borrows until the next call. Errors: as for sending, and what a courier may report.
 */
enum vls_code vls__link_next(struct vls_remote *r, struct vls__msg *out, struct vls_error *err) VLS_MUST_USE;
/** Milliseconds of the monotonic clock. */
int64_t vls__link_now_ms(void);
/** Tells r->progress; VLS_EINTERRUPT ends the courier. */
enum vls_code vls__link_tell(struct vls_remote *r, struct vls_error *err) VLS_MUST_USE;
/** Ends a courier that broke the protocol. Yields VLS_EIO. */
enum vls_code vls__link_nonsense(struct vls_remote *r, struct vls_error *err);

#endif
