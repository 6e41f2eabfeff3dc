/*
 * key safety-number, passphrase, rekey: what is compared by phone, and what opens the valise. The recovery code is
 * cmd_recovery.c.
 */
#include "valise/unlock.h"

#include "member.h"
#include "open.h"
#include "passphrase.h"

enum vls_code
cmd_key_safety_number(struct cli *c, struct vls_error *err)
{
    const char *delegation = c->args.n > 0 ? c->args.pos[0] : NULL;
    char digits[VLS_SAFETY_TEXT], shown[SAFETY_SHOWN];
    enum vls_code rc;
    json_t *doc;

    if (delegation == NULL && vls_engine_me(cli_opened(c))->admitted)
        return cli_fail(c, err, VLS_EUSAGE, _("whose? as in:  valise key safety-number Croatia"));
    if ((rc = vls_engine_safety_number(cli_opened(c), delegation, digits, err)) != VLS_OK)
        return rc;
    safety_groups(shown, digits);
    if (c->json) {
        doc = json_doc("safety-number");
        json_object_set_new(doc, "safety_number", json_string(digits));
        out_json(c, doc);
    } else {
        out_line(c, "%s", c->plain ? digits : shown);
    }
    return VLS_OK;
}

/* The options and variables name the present one; without --new-passphrase-file the new one is typed. */
static enum vls_code
changed_passphrase(struct cli *c, struct vls_secret **out, struct vls_error *err)
{
    struct passphrase_source src = {
        .file = args_value(&c->args, "new-passphrase-file"), .no_input = c->no_input, .given_only = true};

    return passphrase_get(out, &src, _("New passphrase: "), true, err);
}

enum vls_code
cmd_key_passphrase(struct cli *c, struct vls_error *err)
{
    struct vls_secret *master = NULL, *passphrase = NULL;
    enum vls_code rc;

    /* a laptop left unlocked on a table must not let a passer-by choose the passphrase */
    if ((rc = open_unlock(c, &master, _("Present passphrase: "), err)) == VLS_OK &&
        (rc = changed_passphrase(c, &passphrase, err)) == VLS_OK)
        rc = vls_engine_new_passphrase(&c->places, master, passphrase, err);
    vls_secret_free(passphrase);
    vls_secret_free(master);
    if (rc != VLS_OK)
        return rc;
    open_passphrase_changed(
        c, _("The passphrase is changed."),
        _("Whoever has an older copy of the key file still opens with the old passphrase an older copy of the "
          "store, and today's store too. What ends that:  valise key rekey"));
    return VLS_OK;
}

/* ---- another master key ---- */

#define MB            1000000u
#define LARGE         (32u * MB) /* from here on it takes long enough to be said */
#define ROOM_FOR_MORE (8u * MB)  /* what the copy may need beyond the store's size: its map, steps of 1 MiB */

static unsigned long long
megabytes(uint64_t bytes)
{
    return (unsigned long long)(bytes / MB + (bytes % MB != 0));
}

static void
rekey_report(struct cli *c, uint64_t bytes)
{
    json_t *doc;

    if (c->json) {
        doc = json_doc("rekey");
        json_object_set_new(doc, "changed", json_boolean(!c->dry_run));
        json_object_set_new(doc, "store_bytes", json_integer((json_int_t)bytes));
        out_json(c, doc);
        return;
    }
    if (c->quiet)
        return;
    if (c->dry_run) {
        out_line(c, _("%llu MB would be sealed anew under another key; there is room for it. Nothing was changed."),
                 megabytes(bytes));
        return;
    }
    out_line(c, "%s", _("The key is changed, and the store sealed anew under it."));
    note(c, "%s",
         _("Older copies of the key file open nothing of it any more, whatever passphrase or recovery code comes with "
           "them. Whoever has an older copy of the store as well keeps what was in it."));
    note(c, "%s", _("The old recovery code is void. Make a new one:  valise key recovery"));
}

/* The new key takes the old one's place in the keyring; where that fails, the old one at least goes. */
static void
rekey_cache(struct cli *c, const struct vls_secret *fresh)
{
    uint8_t store[VLS_ID_LEN];
    bool cached;

    open_cache(c, fresh, OPEN_CACHE_SECONDS, &cached);
    if ((!cached || c->session != NULL) && vls_engine_store_id(&c->places, store, NULL) == VLS_OK &&
        vls_unlock_revoke(store, NULL) == VLS_OK && !cached)
        note(c, "%s", _("Locked."));
}

static enum vls_code
rekey_room(struct cli *c, uint64_t *bytes, struct vls_error *err)
{
    uint64_t available;
    enum vls_code rc = vls_engine_room(&c->places, bytes, &available, err);

    if (rc == VLS_OK && available < *bytes + ROOM_FOR_MORE)
        rc = cli_fail(c, err, VLS_EFULL, _("a second store is written first, and there is no room for its %llu MB"),
                      megabytes(*bytes + ROOM_FOR_MORE));
    return rc;
}

enum vls_code
cmd_key_rekey(struct cli *c, struct vls_error *err)
{
    struct vls_secret *present = NULL, *chosen = NULL, *master = NULL, *fresh = NULL;
    bool keep = args_flag(&c->args, "keep-passphrase");
    uint64_t bytes = 0;
    enum vls_code rc;

    if (keep && args_value(&c->args, "new-passphrase-file") != NULL)
        return cli_fail(c, err, VLS_EUSAGE, _("--keep-passphrase and --new-passphrase-file exclude each other"));
    if ((rc = rekey_room(c, &bytes, err)) != VLS_OK ||
        (rc = open_unlock_with(c, &master, &present, _("Present passphrase: "), err)) != VLS_OK)
        goto out;
    if (c->dry_run)
        goto out;
    if (!keep && (rc = changed_passphrase(c, &chosen, err)) != VLS_OK)
        goto out;
    if (bytes >= LARGE)
        note(c, _("Sealing %llu MB anew. A cut leaves the old key or the new one, never neither."), megabytes(bytes));
    if ((rc = vls_engine_rekey(&fresh, &c->places, master, keep ? present : chosen, err)) == VLS_OK)
        rekey_cache(c, fresh);
out:
    vls_secret_free(present);
    vls_secret_free(chosen);
    vls_secret_free(master);
    vls_secret_free(fresh);
    if (rc == VLS_OK)
        rekey_report(c, bytes);
    return rc;
}
