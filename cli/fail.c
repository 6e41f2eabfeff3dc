/*
 * How a command ends: the exit status of every error code, and the words and the advice that go with
 * it. The library's messages are exact; one that is not in the catalogue follows the table's sentence.
 */
#include <string.h>

#include "fail.h"
#include "language.h"

struct ending {
    enum vls_code code;
    int status;
    const char *words;  /* what happened */
    const char *advice; /* N_() what to type next, NULL: nothing general */
    bool enough;        /* the words say it better than the library's message, which --verbose adds */
};

static const struct ending endings[] = {
    {VLS_OK, 0, N_("done"), NULL, false},
    {VLS_ENOMEM, 1, N_("not enough memory"), NULL, false},
    {VLS_EIO, 1, N_("the disk refused"), NULL, false},
    {VLS_EFORMAT, 1, N_("not what its format allows"), NULL, false},
    {VLS_EAUTH, 7, N_("damaged or forged: a signature or a seal does not verify"), N_("See:  valise check"), false},
    {VLS_EUSAGE, 2, N_("this cannot be understood"), NULL, false},
    {VLS_ENOTFOUND, 3, N_("nothing of that name"), NULL, false},
    {VLS_EAMBIGUOUS, 3, N_("several of that name"), NULL, false},
    {VLS_ECANCELLED, 4, N_("cancelled"), NULL, false},
    {VLS_EPARTIAL, 5, N_("partly done"), NULL, false},
    {VLS_EATTENTION, 6, N_("something needs your attention"), NULL, false},
    {VLS_ETRUST, 7, N_("this is not what was agreed"), NULL, false},
    {VLS_ENOSTORE, 10, N_("there is no valise here"),
     N_("Make one:  valise init TITLE     or ask to join one:  valise join URL"), true},
    {VLS_EBUSY, 11, N_("another command is using the store"),
     N_("A question or an editor may be open in another window: finish it there. Or a sync waits for a line, which ends "
        "by itself. Then run this again."),
     true},
    {VLS_ELOCKED, 12, N_("the passphrase is wrong or not available"), N_("See:  valise help environment"), false},
    {VLS_ENOTADMITTED, 13, N_("not admitted, or access was revoked"), N_("See:  valise sync"), false},
    {VLS_EINTERRUPT, 130, N_("interrupted"), NULL, false},
    {VLS_EVALUE, 2, N_("the field does not allow this value"), NULL, false},
    {VLS_EVERSION, 1, N_("written by a newer version"), NULL, false},
    {VLS_ELIMIT, 1, N_("larger than the format allows"), NULL, false},
    {VLS_EUNREACHABLE, 5, N_("not there"), NULL, false},
    {VLS_EFULL, 1, N_("no space left"), N_("Make room on the disk, and run this again."), false},
    {VLS_EREADONLY, 1, N_("it can be read but not written"), NULL, false},
    {VLS_EEXIST, 1, N_("it is there already"), NULL, false},
    {VLS_ERACE, 1, N_("somebody else was faster; please try again"), NULL, false},
};

static const struct ending *
ending_of(enum vls_code code)
{
    size_t i;

    for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
        if (endings[i].code == code)
            return &endings[i];
    return NULL;
}

int
exit_status(enum vls_code code, bool partly)
{
    const struct ending *e = ending_of(code);

    if (partly && (code == VLS_EFULL || code == VLS_EREADONLY))
        return 5;
    if (partly && code == VLS_EFORMAT) /* a damaged remote: not what was left there */
        return 7;
    return e != NULL ? e->status : 1;
}

enum vls_code
cli_fail(struct cli *c, struct vls_error *err, enum vls_code code, const char *fmt, ...)
{
    char text[VLS_ERROR_TEXT];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    vls_error_set(err, code, "%s", text);
    c->own_words = true;
    return code;
}

void
cli_advise(struct cli *c, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(c->hint, sizeof(c->hint), fmt, ap);
    va_end(ap);
}

/*
 * The failure in the user's language. A library message may have a second line that says what to do;
 * it becomes the advice unless the command has a better one.
 */
static void
words_of(struct cli *c, const struct ending *e, const struct vls_error *err, struct vls_buf *out)
{
    /* with remotes it matters whose space it was */
    bool enough = e != NULL && (e->enough || (e->code == VLS_EFULL && !c->exchanging));
    const char *text = err->text, *lf = strchr(text, '\n');
    int n = lf != NULL ? (int)(lf - text) : (int)strlen(text);

    if (lf != NULL && c->hint[0] == '\0')
        cli_advise(c, "%s", lf + 1);
    if (n == 0 || (enough && !c->own_words && !c->verbose))
        vls_buf_printf(out, "%s", e != NULL ? _(e->words) : _("failed"));
    else if (e == NULL || c->own_words || ((strcmp(c->lang, "en") == 0 || language_has_last()) && !enough))
        vls_buf_printf(out, "%.*s", n, text);
    else
        vls_buf_printf(out, "%s (%.*s)", _(e->words), n, text);
}

static void
fail_json(enum vls_code code, int status, const char *words, const char *advice)
{
    json_t *error = json_object(), *doc = json_object();
    char *text;
    struct vls_buf safe;

    json_object_set_new(error, "code", json_string(vls_code_name(code)));
    json_object_set_new(error, "exit", json_integer(status));
    json_object_set_new(error, "message", json_text(vls_slice_str(words)));
    if (advice != NULL)
        json_object_set_new(error, "hint", json_text(vls_slice_str(advice)));
    json_object_set_new(doc, "error", error);
    vls_buf_init(&safe, 64 * VLS_ERROR_TEXT);
    if ((text = json_dumps(doc, 0)) != NULL)
        json_escape(&safe, vls_slice_str(text));
    if (vls_buf_str(&safe) != NULL)
        fprintf(stderr, "%s\n", vls_buf_str(&safe));
    vls_buf_clear(&safe);
    free(text);
    json_decref(doc);
}

int
fail_report(struct cli *c, enum vls_code code, const struct vls_error *err)
{
    const struct ending *e = ending_of(code);
    const char *advice;
    int status = exit_status(code, c->exchanging);
    struct vls_buf words, clean;

    if (c->said && !c->json)
        return status;
    vls_buf_init(&words, 4096);
    vls_buf_init(&clean, 32768);
    words_of(c, e, err, &words);
    advice = c->hint[0] != '\0' ? c->hint : e != NULL && e->advice != NULL ? _(e->advice) : NULL;
    sanitise(&clean, vls_buf_slice(&words), false);
    if (c->json) {
        fail_json(code, status, vls_buf_str(&clean), advice);
    } else {
        fprintf(stderr, "valise: %s\n", vls_buf_str(&clean));
        if (advice != NULL) {
            vls_buf_reset(&clean);
            sanitise(&clean, vls_slice_str(advice), true);
            fprintf(stderr, "%s\n", vls_buf_str(&clean));
        }
    }
    vls_buf_clear(&words);
    vls_buf_clear(&clean);
    return status;
}
