/*
 * key safety-number, recovery, restore, passphrase. The recovery code goes from guarded memory straight to the
 * descriptor: it must lie in no buffer of ours.
 */
#include <string.h>
#include <unistd.h>

#include "valise/file.h"
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

/* The master key, from the cache or by passphrase; owned by the caller. */
static enum vls_code
master_get(struct cli *c, struct vls_secret **master, struct vls_error *err)
{
    uint8_t store[VLS_ID_LEN];
    enum vls_code rc = vls_engine_store_id(&c->places, store, err);

    *master = NULL;
    if (rc != VLS_OK || vls_unlock_get(master, store, NULL) == VLS_OK)
        return rc;
    return open_unlock(c, master, _("Passphrase: "), err);
}

static enum vls_code
write_all(const uint8_t *p, size_t n, struct vls_error *err)
{
    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, p, n);

        if (done <= 0)
            return VLS_FAIL(err, VLS_EIO, "standard output");
        p += done;
        n -= (size_t)done;
    }
    return VLS_OK;
}

enum vls_code
cmd_key_recovery(struct cli *c, struct vls_error *err)
{
    struct vls_secret *master = NULL, *text = NULL;
    enum vls_code rc = master_get(c, &master, err);

    if (rc != VLS_OK)
        return rc;
    if (c->json)
        rc = cli_fail(c, err, VLS_EUSAGE, _("the recovery code is for paper; it has no JSON form"));
    else
        rc = vls_engine_recovery(&c->places, master, &text, err);
    vls_secret_free(master);
    if (rc == VLS_OK) {
        note(c, "%s", _("Write these lines down, or print them, and lock them away. They open this valise without "
                        "the passphrase, and cannot be shown again. An earlier code no longer works."));
        out_flush(c);
        rc = write_all(text->bytes, strnlen((const char *)text->bytes, text->len), err);
    }
    vls_secret_free(text);
    return rc;
}

static enum vls_code
new_passphrase(struct cli *c, struct vls_secret **out, struct vls_error *err)
{
    struct passphrase_source src = {.file = args_value(&c->args, "new-passphrase-file"), .no_input = c->no_input};

    if (src.file != NULL)
        return passphrase_get(out, &src, _("New passphrase: "), true, err);
    return open_passphrase(c, out, _("New passphrase: "), true, err);
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
    json_t *doc;

    /* a laptop left unlocked on a table must not let a passer-by choose the passphrase */
    if ((rc = open_unlock(c, &master, _("Present passphrase: "), err)) == VLS_OK &&
        (rc = changed_passphrase(c, &passphrase, err)) == VLS_OK)
        rc = vls_engine_new_passphrase(&c->places, master, passphrase, err);
    vls_secret_free(passphrase);
    vls_secret_free(master);
    if (rc != VLS_OK)
        return rc;
    if (c->json) {
        doc = json_doc("passphrase");
        json_object_set_new(doc, "changed", json_true());
        out_json(c, doc);
    } else if (!c->quiet) {
        out_line(c, "%s", _("The passphrase is changed."));
        note(c, "%s", _("A copy of the key file that somebody took before still opens with the old one."));
    }
    return VLS_OK;
}

#define CODE_MAX 1024 /* four lines and whatever stands around them on a typed page */

/* The code as typed or as kept in a file, all its lines. */
static enum vls_code
code_get(struct cli *c, struct vls_secret **out, struct vls_error *err)
{
    const char *path = args_value(&c->args, "code-file");
    struct vls_buf text;
    enum vls_code rc;

    *out = NULL;
    if (path == NULL)
        return passphrase_ask(out, c->no_input, _("Recovery code, its four lines one after another: "), err);
    vls_buf_init(&text, CODE_MAX);
    if ((rc = vls_file_read(&text, path, 0, err)) == VLS_OK)
        rc = vls_secret_copy(out, text.p, text.n, err);
    vls_buf_clear(&text);
    return rc;
}

enum vls_code
cmd_key_restore(struct cli *c, struct vls_error *err)
{
    struct vls_secret *code = NULL, *passphrase = NULL, *master = NULL;
    bool cached = false;
    enum vls_code rc;
    json_t *doc;

    if ((rc = code_get(c, &code, err)) == VLS_OK && (rc = new_passphrase(c, &passphrase, err)) == VLS_OK &&
        (rc = vls_engine_restore(&master, &c->places, code, passphrase, err)) == VLS_OK)
        open_cache(c, master, 15 * 60, &cached);
    vls_secret_free(code);
    vls_secret_free(passphrase);
    vls_secret_free(master);
    if (rc != VLS_OK)
        return rc;
    if (c->json) {
        doc = json_doc("passphrase");
        json_object_set_new(doc, "changed", json_true());
        out_json(c, doc);
    } else if (!c->quiet) {
        out_line(c, "%s", _("Opened with the recovery code; the new passphrase holds from now on."));
        note(c, "%s", _("Make a new code, since this one has been used:  valise key recovery"));
    }
    return VLS_OK;
}
