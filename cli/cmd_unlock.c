/*
 * unlock and lock: the key in the kernel's keyring for a while, and out of it at once. Where there is
 * no keyring every command asks for the passphrase, which is said.
 */
#include "valise/unlock.h"

#include "open.h"

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
    char text[SPAN_TEXT];
    json_t *doc;

    if (c->json) {
        doc = json_doc("unlock");
        json_object_set_new(doc, "seconds", json_integer(seconds));
        out_json(c, doc);
    } else if (!c->quiet) {
        out_line(c, _("Unlocked for %s."), span(text, seconds));
    }
}

/* With a key in the cache its time is set anew without deriving it again, unless a passphrase is offered: that must
 * be the right one. */
static enum vls_code
unlock_key(struct cli *c, const uint8_t store[VLS_ID_LEN], struct vls_secret **master, struct vls_error *err)
{
    enum vls_code rc;

    if (!open_source_given(c) && vls_unlock_get(master, store, NULL) == VLS_OK) {
        rc = vls_engine_open(&c->engine_, &c->places, *master, err);
        if (rc != VLS_EAUTH)
            return rc;
        vls_secret_free(*master);
    }
    if ((rc = open_unlock(c, master, _("Passphrase: "), err)) != VLS_OK)
        return rc;
    return vls_engine_open(&c->engine_, &c->places, *master, err);
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
    if ((rc = unlock_key(c, store, &master, err)) == VLS_OK)
        rc = vls_unlock_put(store, master, (unsigned)seconds, err);
    vls_secret_free(master);
    if (rc == VLS_EUNREACHABLE)
        rc = cli_fail(c, err, VLS_EIO, _("this system offers no keyring; every command needs the passphrase"));
    if (rc == VLS_OK)
        unlock_report(c, seconds);
    return rc;
}

enum vls_code
cmd_lock(struct cli *c, struct vls_error *err)
{
    uint8_t store[VLS_ID_LEN];
    enum vls_code rc = vls_engine_store_id(&c->places, store, err);
    json_t *doc;

    if (rc != VLS_OK)
        return rc;
    rc = vls_unlock_revoke(store, err);
    if (rc != VLS_OK && rc != VLS_ENOTFOUND && rc != VLS_EUNREACHABLE)
        return rc;
    if (c->json) {
        doc = json_doc("lock");
        json_object_set_new(doc, "was_unlocked", json_boolean(rc == VLS_OK));
        out_json(c, doc);
    } else if (!c->quiet) {
        out_line(c, "%s", rc == VLS_OK ? _("Locked.") : _("It was locked."));
    }
    return VLS_OK;
}
