#ifndef VALISE_ERROR_H
#define VALISE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VLS_MUST_USE __attribute__((warn_unused_result))
#define VLS_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define VLS_API __attribute__((visibility("default")))
#else
#define VLS_MUST_USE
#define VLS_PRINTF(f, a)
#define VLS_API
#endif

/*
 * One code space for the whole program. Numbers are stable (exit statuses and JSON are derived from
 * them by one table in cli/): add, never renumber.
 */
enum vls_code {
    VLS_OK = 0,
    VLS_ENOMEM = -1,       /* no memory, or no guarded page left */
    VLS_EIO = -2,          /* the operating system refused a read, write, sync or rename */
    VLS_EFORMAT = -3,      /* bytes that are not what their specification allows */
    VLS_EAUTH = -4,        /* a tag, signature or commitment does not verify: damaged or forged */
    VLS_EUSAGE = -5,       /* the command line cannot be understood */
    VLS_ENOTFOUND = -6,    /* nothing of that name */
    VLS_EAMBIGUOUS = -7,   /* several of that name */
    VLS_ECANCELLED = -8,   /* a person said no */
    VLS_EPARTIAL = -9,     /* partly done */
    VLS_EATTENTION = -10,  /* a --check form found something that needs a person */
    VLS_ETRUST = -11,      /* authentic or not, it is not what was agreed: wrong valise, rollback, number differs */
    VLS_ENOSTORE = -12,    /* no valise here */
    VLS_EBUSY = -13,       /* another process is using the store */
    VLS_ELOCKED = -14,     /* passphrase wrong or not available */
    VLS_ENOTADMITTED = -15,/* not admitted, or access revoked */
    VLS_EINTERRUPT = -16,  /* interrupted by the user */
    VLS_EVALUE = -17,      /* a well-formed value that its field does not allow */
    VLS_EVERSION = -18,    /* written by a newer version */
    VLS_ELIMIT = -19,      /* larger than a limit of the format */
    VLS_EUNREACHABLE = -20,/* a remote is not there */
    VLS_EFULL = -21,       /* no space left */
    VLS_EREADONLY = -22,   /* the place can be read but not written */
    VLS_EEXIST = -23,      /* it is there already */
    VLS_ERACE = -24        /* somebody else was faster; try again */
};

#define VLS_ERROR_TEXT 512

struct vls_error {
    enum vls_code code;
    int sys;    /* errno or library code at the root, 0 when none */
    size_t len; /* of text, without its NUL */
    char text[VLS_ERROR_TEXT]; /* outermost frame first; fixed size, so that failing never allocates */
};

/**
 * Starts a new failure: code and message replace whatever err held. err may be NULL.
 * Messages hold ids, sizes and places, never record contents or keys.
 */
VLS_API void vls_error_set(struct vls_error *err, enum vls_code code, const char *fmt, ...) VLS_PRINTF(3, 4);

/** Like vls_error_set, and keeps errno value sys with its text at the end of the message. */
VLS_API void vls_error_set_sys(struct vls_error *err, enum vls_code code, int sys, const char *fmt, ...)
    VLS_PRINTF(4, 5);

/** Puts what the caller was attempting in front of the chain; the code stays. err may be NULL. */
VLS_API void vls_while(struct vls_error *err, const char *fmt, ...) VLS_PRINTF(2, 3);

/* Records a failure and yields its code, which stays a literal that the analyzers can follow. */
#define VLS_FAIL(err, code, ...) (vls_error_set((err), (code), __VA_ARGS__), (code))
#define VLS_FAIL_SYS(err, code, sys, ...) (vls_error_set_sys((err), (code), (sys), __VA_ARGS__), (code))

/**
 * Lets the command line speak another language: words gets every format from below and yields it or a
 * translation with the same conversions; frame tells those of vls_while. Set once at the start; NULL: none.
 */
VLS_API void vls_error_words(const char *(*words)(const char *fmt, bool frame));

/** The stable, lower-case name of a code, such as "wrong-passphrase"; never NULL, static. */
VLS_API const char *vls_code_name(enum vls_code code);

#ifdef __cplusplus
}
#endif
#endif
