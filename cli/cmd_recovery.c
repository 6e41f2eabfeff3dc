/*
 * key recovery and restore: a code on paper that opens the valise without its passphrase. The code goes from
 * guarded memory straight to the descriptor, and from the terminal or a file straight into guarded memory: it
 * lies in no buffer of ours, in no argument and in no variable.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "valise/unlock.h"

#include "open.h"
#include "passphrase.h"

#define LINE_TEXT  ((VLS_RECOVERY_TEXT - 1) / VLS_RECOVERY_LINES) /* with its line end */
#define STORE_TEXT 15
#define TRIES      5 /* of one line, before somebody looks for another paper */

/* The master key, from the cache or by passphrase; owned by the caller. */
static enum vls_code
master_get(struct cli *c, struct vls_secret **master, struct vls_error *err)
{
    uint8_t store[VLS_ID_LEN];
    enum vls_code rc = vls_engine_store_id(&c->places, store, err);

    *master = NULL;
    if (rc != VLS_OK || open_key(c, store, master) == VLS_OK)
        return rc;
    return open_unlock(c, master, _("Passphrase: "), err);
}

/* "5F2C-91AB-77D0": which of several laptops a paper is for. */
static void
store_text(const struct cli *c, char out[STORE_TEXT])
{
    uint8_t id[VLS_ID_LEN];

    if (vls_engine_store_id(&c->places, id, NULL) == VLS_OK)
        snprintf(out, STORE_TEXT, "%02X%02X-%02X%02X-%02X%02X", id[0], id[1], id[2], id[3], id[4], id[5]);
    else
        out[0] = '\0';
}

static enum vls_code
write_all(const void *bytes, size_t n, struct vls_error *err)
{
    const uint8_t *p = bytes;

    while (n > 0) {
        ssize_t done = write(STDOUT_FILENO, p, n);

        if (done < 0 && errno == EINTR && !cli_interrupted())
            continue;
        if (done <= 0)
            return VLS_FAIL_SYS(err, VLS_EIO, errno, "standard output");
        p += done;
        n -= (size_t)done;
    }
    return VLS_OK;
}

/* ---- the page ---- */

static void
page_head(struct cli *c, const struct vls_identity *me)
{
    char at[STAMP_TEXT], store[STORE_TEXT], who[sizeof me->delegation + sizeof me->post + 3];
    struct table t;

    store_text(c, store);
    stamp(at, c->now);
    at[strcspn(at, " ")] = '\0'; /* the day */
    snprintf(who, sizeof who, "%s, %s", me->delegation, me->post);
    out_line(c, "%s", _("RECOVERY CODE OF A VALISE"));
    out_line(c, "%s", "");
    table_init(&t, 2, 0, 3);
    if (me->title[0] != '\0')
        table_row(&t, _("Valise"), me->title);
    table_row(&t, _("Laptop"), who);
    table_row(&t, _("Made on"), at);
    table_row(&t, _("Store"), store);
    table_print(c, &t);
    out_line(c, "%s", "");
}

static enum vls_code
page_lines(const struct vls_secret *text, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    char number[16];

    for (size_t i = 0; i < VLS_RECOVERY_LINES && rc == VLS_OK; i++) {
        int n = snprintf(number, sizeof number, "    %zu    ", i + 1);

        if ((rc = write_all(number, (size_t)n, err)) == VLS_OK)
            rc = write_all(text->bytes + i * LINE_TEXT, LINE_TEXT, err);
    }
    return rc;
}

static void
page_foot(struct cli *c)
{
    out_line(c, "%s", "");
    out_line(c, "%s", _("The last sign of each line is its check."));
    out_line(c, "%s", _("Whoever has this page and the laptop, or a copy of its disk, reads everything."));
    out_line(c, "%s", _("Lock it away, apart from the laptop. Destroy earlier pages: they open nothing any more."));
    out_line(c, "%s", _("To use it, type on the laptop:  valise key restore"));
    out_line(c, "%s", _("Then print another one, and destroy this page."));
}

enum vls_code
cmd_key_recovery(struct cli *c, struct vls_error *err)
{
    struct vls_secret *master = NULL, *text = NULL;
    bool bare = c->plain || c->quiet; /* the four lines alone */
    enum vls_code rc;

    if (c->json)
        return cli_fail(c, err, VLS_EUSAGE, _("the recovery code is for paper; it has no JSON form"));
    /* opened first: what cannot be opened shall keep the code it has */
    if ((rc = master_get(c, &master, err)) == VLS_OK && (rc = open_engine(c, master, err)) == VLS_OK)
        rc = vls_engine_recovery(&c->places, master, &text, err);
    vls_secret_free(master);
    if (rc != VLS_OK)
        return open_failed(c, rc, err);
    note(c, "%s",
         _("Print this page, or write it down, and lock it away. It cannot be shown again. An earlier code no longer "
           "works."));
    if (!bare)
        page_head(c, vls_engine_me(c->engine_));
    out_flush(c);
    rc = bare ? write_all(text->bytes, text->len - 1, err) : page_lines(text, err);
    vls_secret_free(text);
    if (rc == VLS_OK && !bare)
        page_foot(c);
    return rc;
}

/* ---- typing it ---- */

static enum vls_code
new_passphrase(struct cli *c, struct vls_secret **out, struct vls_error *err)
{
    struct passphrase_source src = {.file = args_value(&c->args, "new-passphrase-file"), .no_input = c->no_input};

    if (src.file != NULL)
        return passphrase_get(out, &src, _("New passphrase: "), true, err);
    return open_passphrase(c, out, _("New passphrase: "), true, err);
}

/* One line, tested at once. *whole: all of the code was typed into it. */
static enum vls_code
line_ask(struct cli *c, struct vls_secret **out, size_t line, bool *whole, struct vls_error *err)
{
    char prompt[64];
    enum vls_code rc = VLS_EVALUE;

    *whole = false;
    snprintf(prompt, sizeof prompt, _("Line %zu of %d: "), line + 1, VLS_RECOVERY_LINES);
    for (int i = 0; i < TRIES && rc == VLS_EVALUE; i++) {
        if ((rc = passphrase_ask(out, c->no_input, prompt, err)) != VLS_OK)
            return rc;
        if (line == 0 && vls_recovery_whole(*out)) {
            *whole = true;
            return VLS_OK;
        }
        if ((rc = vls_recovery_check_line(line, *out, err)) == VLS_OK)
            return VLS_OK;
        vls_secret_free(*out);
        *out = NULL;
        if (i + 1 < TRIES)
            note(c, _("Line %zu is mistyped. Look at it sign by sign and type it again."), line + 1);
    }
    return rc;
}

/* The code as typed line by line. */
static enum vls_code
code_ask(struct cli *c, struct vls_secret **out, struct vls_error *err)
{
    struct vls_secret *lines[VLS_RECOVERY_LINES] = {NULL};
    char store[STORE_TEXT];
    bool whole = false;
    enum vls_code rc = VLS_OK;

    *out = NULL;
    store_text(c, store);
    if (!c->no_input)
        note(c, _("The page for this laptop says: Store %s. What you type is not shown."), store);
    for (size_t i = 0; i < VLS_RECOVERY_LINES && rc == VLS_OK && !whole; i++)
        rc = line_ask(c, &lines[i], i, &whole, err);
    if (rc == VLS_OK && whole) {
        *out = lines[0];
        lines[0] = NULL;
    } else if (rc == VLS_OK) {
        rc = vls_recovery_join(out, lines, err);
    }
    for (size_t i = 0; i < VLS_RECOVERY_LINES; i++)
        vls_secret_free(lines[i]);
    return rc;
}

static enum vls_code
code_get(struct cli *c, struct vls_secret **out, struct vls_error *err)
{
    const char *path = args_value(&c->args, "code-file");

    return path != NULL ? vls_recovery_read_file(out, path, err) : code_ask(c, out, err);
}

static enum vls_code
restore(struct cli *c, struct vls_secret **master, const struct vls_secret *code, const struct vls_secret *passphrase,
        struct vls_error *err)
{
    enum vls_code rc = vls_engine_restore(master, &c->places, code, passphrase, err);

    if (rc != VLS_ELOCKED)
        return rc;
    cli_advise(c, "%s", _("Only the page printed last opens it; each new code and  valise key rekey  void the ones before."));
    return cli_fail(c, err, rc, _("this recovery code does not open this valise"));
}

enum vls_code
cmd_key_restore(struct cli *c, struct vls_error *err)
{
    struct vls_secret *code = NULL, *passphrase = NULL, *master = NULL;
    uint8_t store[VLS_ID_LEN];
    bool cached = false;
    enum vls_code rc;

    if ((rc = vls_engine_store_id(&c->places, store, err)) == VLS_OK && /* before anything is typed for nothing */
        (rc = code_get(c, &code, err)) == VLS_OK && (rc = new_passphrase(c, &passphrase, err)) == VLS_OK &&
        (rc = restore(c, &master, code, passphrase, err)) == VLS_OK)
        open_cache(c, master, OPEN_CACHE_SECONDS, &cached);
    vls_secret_free(code);
    vls_secret_free(passphrase);
    vls_secret_free(master);
    if (rc != VLS_OK)
        return rc;
    open_passphrase_changed(c, _("Opened with the recovery code; the new passphrase holds from now on."),
                            _("Make a new code, since this one has been used:  valise key recovery"));
    return VLS_OK;
}
