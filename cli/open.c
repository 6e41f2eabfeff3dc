/*
 * Opening the valise: the key from the unlock cache when there is one, else derived from a passphrase
 * and cached for a quarter of an hour.
 */
#include "valise/unlock.h"

#include "open.h"
#include "passphrase.h"
#include "session.h"
#include "watch.h"

#define TRIES 3 /* of a person who types; whatever else gives a passphrase gives the same again */

static struct passphrase_source
source(const struct cli *c)
{
    return (struct passphrase_source){
        .file = args_value(&c->args, "passphrase-file"),
        .command = args_value(&c->args, "passphrase-command"),
        .fd = args_value(&c->args, "passphrase-fd"),
        .no_input = c->no_input,
        .always = c->args.cmd->need != NEED_STORE,
    };
}

enum vls_code
open_passphrase(struct cli *c, struct vls_secret **out, const char *prompt, bool confirm, struct vls_error *err)
{
    const struct passphrase_source src = source(c);

    out_flush(c);
    return passphrase_get(out, &src, prompt, confirm, err);
}

void
open_cache(struct cli *c, const struct vls_secret *master, int64_t seconds, bool *cached)
{
    uint8_t store[VLS_ID_LEN];

    if (c->session != NULL) { /* which needs no keyring */
        *cached = session_keep(c->session, master, NULL) == VLS_OK;
        return;
    }
    *cached = vls_engine_store_id(&c->places, store, NULL) == VLS_OK &&
              vls_unlock_put(store, master, (unsigned)seconds, NULL) == VLS_OK;
}

/* What was put back is said once, where it is found: the next sync shows the rest. */
static void
notice_say(struct cli *c)
{
    switch (vls_engine_notice(c->engine_)) {
    case VLS_NOTICE_NONE: break;
    case VLS_NOTICE_OLDER:
        note(c, "%s",
             _("An older copy of this valise was put back here. It goes on as a new copy; what had been sent since "
               "comes back with  valise sync  and what had not is gone."));
        break;
    case VLS_NOTICE_NO_STATE:
        note(c, "%s",
             _("The state file of this valise is gone, so this may be an older copy. It goes on as a new copy. If it "
               "is one, what had been sent since comes back with  valise sync  and what had not is gone."));
        break;
    }
}

enum vls_code
open_failed(struct cli *c, enum vls_code rc, struct vls_error *err)
{
    if ((rc == VLS_EAUTH || rc == VLS_EREADONLY) && c->verbose)
        note(c, "  %s", err->text);
    if (rc == VLS_EAUTH) {
        cli_advise(c,
                   _("Put %s/store and its key file back from one copy. Without one, ask to join again:  valise --home DIR join "
                     "PLACE"),
                   c->places.data);
        return cli_fail(c, err, rc, _("the store does not open: it is damaged, or its key file is of another time"));
    }
    if (rc == VLS_EREADONLY) {
        cli_advise(c, _("Make %s writable, or copy it to a place that is:  valise --home DIR …"), c->places.data);
        return cli_fail(c, err, rc, _("a valise must be able to write in its folder, to be read too"));
    }
    return rc;
}

enum vls_code
open_engine(struct cli *c, const struct vls_secret *master, struct vls_error *err)
{
    enum vls_code rc = vls_engine_open(&c->engine_, &c->places, master, err);

    if (rc == VLS_OK)
        notice_say(c);
    return rc;
}

enum vls_code
open_key(const struct cli *c, const uint8_t store[VLS_ID_LEN], struct vls_secret **master)
{
    *master = NULL;
    if (c->session == NULL || c->session->keyring)
        return vls_unlock_get(master, store, NULL);
    return session_key(c->session, master);
}

/* A cached key that is not that of the key file (the folder was replaced) is no key of ours: away with it. */
static bool
open_cached(struct cli *c, const uint8_t store[VLS_ID_LEN], enum vls_code *rc, struct vls_error *err)
{
    struct vls_secret *master = NULL;
    bool ours;

    if (open_key(c, store, &master) != VLS_OK)
        return false;
    *rc = open_engine(c, master, err);
    ours = *rc != VLS_EAUTH || vls_engine_key_fits(&c->places, master); /* a damaged store needs no other key */
    if (ours && *rc == VLS_OK && c->session != NULL && c->session->keyring)
        *rc = session_keep(c->session, master, err);
    if (!ours && c->session != NULL)
        session_forget(c->session);
    vls_secret_free(master);
    return ours || (vls_unlock_revoke(store, NULL) != VLS_OK && c->session == NULL);
}

bool
open_source_given(const struct cli *c)
{
    const struct args *a = &c->args;

    return args_flag(a, "passphrase-file") || args_flag(a, "passphrase-command") || args_flag(a, "passphrase-fd");
}

enum vls_code
open_unlock_with(struct cli *c, struct vls_secret **master, struct vls_secret **passphrase, const char *prompt,
                 struct vls_error *err)
{
    const struct passphrase_source src = source(c);
    int left = passphrase_is_typed(&src) ? TRIES : 1;
    enum vls_code rc;

    *master = NULL;
    for (;;) {
        if ((rc = open_passphrase(c, passphrase, prompt, false, err)) != VLS_OK)
            return rc;
        if (c->err_tty && !c->quiet && !c->json)
            note(c, _("Unlocking…"));
        rc = vls_engine_unlock(master, &c->places, *passphrase, err);
        if (rc != VLS_ELOCKED || --left == 0 || cli_interrupted())
            break;
        complain(c, "%s", _("Wrong passphrase. Try again, or check the keyboard layout."));
        vls_secret_free(*passphrase);
        *passphrase = NULL;
    }
    if (rc == VLS_ELOCKED)
        cli_advise(c, "%s", _("Try again, or check the keyboard layout."));
    if (rc == VLS_OK && cli_interrupted())
        rc = VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    return rc;
}

enum vls_code
open_unlock(struct cli *c, struct vls_secret **master, const char *prompt, struct vls_error *err)
{
    struct vls_secret *passphrase = NULL;
    enum vls_code rc = open_unlock_with(c, master, &passphrase, prompt, err);

    vls_secret_free(passphrase);
    return rc;
}

/* For a shell's prompt; and what a person compares with the last lock, when it was locked before. */
static void
session_opened(struct cli *c, bool was_locked)
{
    struct session *s = c->session;
    char words[VLS_WORDS_TEXT];

    (void)snprintf(s->title, sizeof s->title, "%s", vls_engine_me(c->engine_)->title);
    if (!was_locked || !s->person || c->json)
        return;
    vls_engine_words(c->engine_, words);
    note(c, _("State words: %s"), words);
}

enum vls_code
cli_engine(struct cli *c, struct vls_engine **out, struct vls_error *err)
{
    struct vls_secret *master = NULL;
    uint8_t store[VLS_ID_LEN];
    enum vls_code rc = VLS_OK;
    bool cached, was_locked = c->session != NULL && c->session->master == NULL;

    *out = c->engine_;
    if (c->engine_ != NULL)
        return VLS_OK;
    if ((rc = vls_engine_store_id(&c->places, store, err)) != VLS_OK)
        return rc;
    if (!open_cached(c, store, &rc, err)) {
        if ((rc = open_unlock(c, &master, _("Passphrase: "), err)) == VLS_OK)
            rc = open_engine(c, master, err);
        if (rc == VLS_OK)
            open_cache(c, master, OPEN_CACHE_SECONDS, &cached);
        vls_secret_free(master);
    }
    rc = open_failed(c, rc, err);
    if (rc == VLS_OK && c->session != NULL)
        session_opened(c, was_locked);
    *out = c->engine_;
    return rc;
}

void
open_passphrase_changed(struct cli *c, const char *said, const char *next)
{
    json_t *doc;

    if (c->json) {
        doc = json_doc("passphrase");
        json_object_set_new(doc, "changed", json_true());
        out_json(c, doc);
    } else if (!c->quiet) {
        out_line(c, "%s", said);
        note(c, "%s", next);
    }
}

struct vls_engine *
cli_opened(struct cli *c)
{
    return c->engine_;
}

struct vls_store *
cli_store(struct cli *c)
{
    return c->engine_ != NULL ? vls_engine_store(c->engine_) : NULL;
}

void
cli_close(struct cli *c)
{
    vls_engine_close(c->engine_);
    c->engine_ = NULL;
}
