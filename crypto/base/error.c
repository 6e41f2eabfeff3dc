/*
 * The error chain: one code decided where the failure happens, and a text to which each level adds
 * what it was doing. The text has a fixed size, so that failing never allocates and never fails.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "valise/error.h"

static const char *(*words_in)(const char *fmt, bool frame);

void
vls_error_words(const char *(*words)(const char *fmt, bool frame))
{
    words_in = words;
}

static const char *__attribute__((format_arg(1)))
translated(const char *fmt, bool frame)
{
    return words_in != NULL ? words_in(fmt, frame) : fmt;
}

static void VLS_PRINTF(2, 0)
error_put(struct vls_error *err, const char *fmt, va_list ap)
{
    int n = vsnprintf(err->text, sizeof err->text, fmt, ap);

    if (n < 0)
        n = 0;
    err->len = (size_t)n < sizeof err->text ? (size_t)n : sizeof err->text - 1;
    err->text[err->len] = '\0';
}

void
vls_error_set(struct vls_error *err, enum vls_code code, const char *fmt, ...)
{
    va_list ap;

    if (err == NULL)
        return;
    err->code = code;
    err->sys = 0;
    va_start(ap, fmt);
    error_put(err, translated(fmt, false), ap);
    va_end(ap);
}

void
vls_error_set_sys(struct vls_error *err, enum vls_code code, int sys, const char *fmt, ...)
{
    va_list ap;

    if (err == NULL)
        return;
    err->code = code;
    err->sys = sys;
    va_start(ap, fmt);
    error_put(err, translated(fmt, false), ap);
    va_end(ap);
    if (sys != 0 && err->len + 3 < sizeof err->text) {
        int n = snprintf(err->text + err->len, sizeof err->text - err->len, ": %s", strerror(sys));

        if (n > 0)
            err->len += (size_t)n;
        if (err->len >= sizeof err->text)
            err->len = sizeof err->text - 1;
    }
}

void
vls_while(struct vls_error *err, const char *fmt, ...)
{
    char old[VLS_ERROR_TEXT];
    va_list ap;

    if (err == NULL)
        return;
    memcpy(old, err->text, err->len + 1);
    va_start(ap, fmt);
    error_put(err, translated(fmt, true), ap);
    va_end(ap);
    if (old[0] != '\0') {
        int n = snprintf(err->text + err->len, sizeof err->text - err->len, ": %s", old);

        if (n > 0)
            err->len += (size_t)n;
        if (err->len >= sizeof err->text)
            err->len = sizeof err->text - 1;
    }
}

const char *
vls_code_name(enum vls_code code)
{
    switch (code) {
    case VLS_OK: return "ok";
    case VLS_ENOMEM: return "out-of-memory";
    case VLS_EIO: return "input-output";
    case VLS_EFORMAT: return "malformed";
    case VLS_EAUTH: return "not-authentic";
    case VLS_EUSAGE: return "usage";
    case VLS_ENOTFOUND: return "not-found";
    case VLS_EAMBIGUOUS: return "ambiguous";
    case VLS_ECANCELLED: return "cancelled";
    case VLS_EPARTIAL: return "partly-done";
    case VLS_EATTENTION: return "attention-needed";
    case VLS_ETRUST: return "trust";
    case VLS_ENOSTORE: return "no-valise";
    case VLS_EBUSY: return "busy";
    case VLS_ELOCKED: return "wrong-passphrase";
    case VLS_ENOTADMITTED: return "not-admitted";
    case VLS_EINTERRUPT: return "interrupted";
    case VLS_EVALUE: return "invalid-value";
    case VLS_EVERSION: return "newer-version";
    case VLS_ELIMIT: return "too-large";
    case VLS_EUNREACHABLE: return "unreachable";
    case VLS_EFULL: return "disk-full";
    case VLS_EREADONLY: return "read-only";
    case VLS_EEXIST: return "exists";
    case VLS_ERACE: return "lost-race";
    }
    return "unknown";
}
