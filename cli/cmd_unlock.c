/*
 * unlock and lock: the key in the kernel's keyring for a while, and out of it at once. Where there is
 * no keyring every command asks for the passphrase, which is said. Both show the state words, so that a person
 * can notice that something happened in between.
 */
#include "valise/unlock.h"

#include "open.h"
#include "session.h"

static enum vls_code
seconds_wanted(struct cli *c, int64_t *out, struct vls_error *err)
{
    const char *text = args_value(&c->args, "for");

    *out = OPEN_CACHE_SECONDS;
    if (text == NULL)
        return VLS_OK;
    if (!span_parse(out, text) || *out > (int64_t)VLS_UNLOCK_SECONDS_MAX)
        return cli_fail(c, err, VLS_EUSAGE, _("--for is a time such as 15m or 1h, at most 24h"));
    return VLS_OK;
}

static void
unlock_report(struct cli *c, int64_t seconds)
{
    char text[SPAN_TEXT], words[VLS_WORDS_TEXT];
    json_t *doc;

    vls_engine_words(cli_opened(c), words);
    if (c->json) {
        doc = json_doc("unlock");
        json_object_set_new(doc, "seconds", json_integer(seconds));
        json_object_set_new(doc, "state_words", json_string(words));
        out_json(c, doc);
    } else if (c->plain) {
        out_row(c, "state-words", words, NULL);
    } else if (!c->quiet) {
        out_line(c, _("Unlocked for %s. State words: %s"), span(text, seconds), words);
    }
}

/* With a key in the cache its time is set anew without deriving it again, unless a passphrase is offered: that must
 * be the right one. */
static enum vls_code
unlock_key(struct cli *c, const uint8_t store[VLS_ID_LEN], struct vls_secret **master, struct vls_error *err)
{
    enum vls_code rc;

    if (!open_source_given(c) && open_key(c, store, master) == VLS_OK) {
        rc = open_engine(c, *master, err);
        if (rc != VLS_EAUTH)
            return rc;
        vls_secret_free(*master);
    }
    if ((rc = open_unlock(c, master, _("Passphrase: "), err)) != VLS_OK)
        return rc;
    return open_engine(c, *master, err);
}

enum vls_code
cmd_unlock(struct cli *c, struct vls_error *err)
{
    struct vls_secret *master = NULL;
    uint8_t store[VLS_ID_LEN];
    int64_t seconds;
    enum vls_code rc;

    if ((rc = seconds_wanted(c, &seconds, err)) != VLS_OK ||
        (rc = vls_engine_store_id(&c->places, store, err)) != VLS_OK)
        return rc;
    if ((rc = unlock_key(c, store, &master, err)) == VLS_OK && c->session != NULL)
        rc = session_keep(c->session, master, err);
    if (rc == VLS_OK)
        rc = vls_unlock_put(store, master, (unsigned)seconds, err);
    else
        rc = open_failed(c, rc, err);
    vls_secret_free(master);
    if (rc == VLS_EUNREACHABLE)
        rc = cli_fail(c, err, VLS_EIO, _("this system offers no keyring; every command needs the passphrase"));
    if (rc == VLS_OK)
        unlock_report(c, seconds);
    return rc;
}

/* The words of the state file, which take no opening: locking waits for nobody. False where there are none to be had.
 */
static bool
words_left(struct cli *c, const uint8_t store[VLS_ID_LEN], char words[VLS_WORDS_TEXT])
{
    struct vls_secret *master = NULL;
    bool any =
        open_key(c, store, &master) == VLS_OK && vls_engine_words_left(&c->places, master, words, NULL) == VLS_OK;

    vls_secret_free(master);
    return any;
}

enum vls_code
cmd_lock(struct cli *c, struct vls_error *err)
{
    char words[VLS_WORDS_TEXT];
    uint8_t store[VLS_ID_LEN];
    enum vls_code rc = vls_engine_store_id(&c->places, store, err);
    bool any;
    json_t *doc;

    if (rc != VLS_OK)
        return rc;
    any = words_left(c, store, words);
    rc = vls_unlock_revoke(store, err);
    if (c->session != NULL) {
        rc = c->session->master != NULL ? VLS_OK : rc;
        c->session->lock = true; /* after this line the process that holds the key ends */
        session_clear_screen(c, c->session);
    }
    if (rc != VLS_OK && rc != VLS_ENOTFOUND && rc != VLS_EUNREACHABLE)
        return rc;
    if (c->json) {
        doc = json_doc("lock");
        json_object_set_new(doc, "was_unlocked", json_boolean(rc == VLS_OK));
        json_object_set_new(doc, "state_words", any ? json_string(words) : json_null());
        out_json(c, doc);
    } else if (c->plain) {
        out_row(c, rc == VLS_OK ? "locked" : "was-locked", any ? words : "", NULL);
    } else if (!c->quiet && any) {
        out_line(c, _("Locked. The next unlock shows the same state words, unless something happens here before: %s"),
                 words);
    } else if (!c->quiet) {
        out_line(c, "%s", rc == VLS_OK ? _("Locked.") : _("It was locked."));
    }
    return VLS_OK;
}
