/*
 * check: every page and every signature verified, everything merged afresh and compared with what the
 * store shows. What it finds is a trust failure, never a warning that scrolls by.
 */
#include <string.h>

#include "cli.h"

struct differing {
    struct cli *c;
    json_t *refs;
    struct table t;
};

static enum vls_code
differs(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct differing *d = ctx;

    (void)err;
    json_array_append_new(d->refs, json_string(r->ref));
    table_row(&d->t, r->ref);
    return VLS_OK;
}

static bool
sound(const struct vls_check *k)
{
    return k->n_bad == 0 && k->n_missing == 0 && k->n_differ == 0 && k->store_ok;
}

static void
changes_text(const struct vls_check *k, char *out, size_t size)
{
    char devices[64], bad[96], missing[64];

    snprintf(devices, sizeof(devices), P_("%llu device", "%llu devices", k->n_devices),
             (unsigned long long)k->n_devices);
    if (k->n_bad == 0)
        snprintf(bad, sizeof(bad), "%s", _("every signature valid"));
    else
        snprintf(bad, sizeof(bad), P_("%llu DOES NOT VERIFY", "%llu DO NOT VERIFY", k->n_bad),
                 (unsigned long long)k->n_bad);
    if (k->n_missing == 0)
        snprintf(missing, sizeof(missing), "%s", _("none missing"));
    else
        snprintf(missing, sizeof(missing), P_("%llu MISSING", "%llu MISSING", k->n_missing),
                 (unsigned long long)k->n_missing);
    snprintf(out, size, _("%llu from %s, %s, %s"), (unsigned long long)k->n_changes, devices, bad, missing);
}

static enum vls_code
remote_name(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct vls_buf *names = ctx;

    (void)err;
    vls_buf_printf(names, "%s%s", names->n > 0 ? ", " : "", r->name);
    return VLS_OK;
}

static enum vls_code
check_text(struct cli *c, const struct vls_check *k, struct differing *d, struct vls_error *err)
{
    char changes[400], impossible[32];
    struct vls_buf names, remotes;
    struct table t;
    enum vls_code rc;

    vls_buf_init(&names, 65536);
    vls_buf_init(&remotes, 65536);
    if ((rc = vls_engine_remote_list(cli_opened(c), remote_name, &names, err)) == VLS_OK) {
        table_init(&t, 2, 0, 3);
        changes_text(k, changes, sizeof(changes));
        table_row(&t, _("Change sets"), changes);
        table_row(&t, _("Store"),
                  !k->store_ok      ? _("DAMAGED: a page does not verify")
                  : k->n_differ > 0 ? _("sealed, but DIFFERS from the change sets merged afresh")
                                    : _("sealed, agrees with the change sets when merged afresh"));
        if (names.n > 0) {
            vls_buf_printf(&remotes, _("%s: ciphertext only"), vls_buf_str(&names));
            table_row(&t, _("Remotes"), vls_buf_str(&remotes));
        }
        snprintf(impossible, sizeof(impossible), "%llu", (unsigned long long)k->n_dates_impossible);
        if (k->n_dates_impossible > 0)
            table_row(&t, _("Dates kept as words"), impossible);
        table_print(c, &t);
        table_print(c, &d->t);
    }
    vls_buf_clear(&names);
    vls_buf_clear(&remotes);
    return rc;
}

static void
check_json(struct cli *c, const struct vls_check *k, json_t *refs)
{
    json_t *doc = json_doc("check");

    json_object_set_new(doc, "sound", json_boolean(sound(k)));
    json_object_set_new(doc, "changes", json_integer((json_int_t)k->n_changes));
    json_object_set_new(doc, "devices", json_integer((json_int_t)k->n_devices));
    json_object_set_new(doc, "missing", json_integer((json_int_t)k->n_missing));
    json_object_set_new(doc, "bad", json_integer((json_int_t)k->n_bad));
    json_object_set_new(doc, "records", json_integer((json_int_t)k->n_records));
    json_object_set_new(doc, "differing", json_incref(refs));
    json_object_set_new(doc, "store_ok", json_boolean(k->store_ok));
    json_object_set_new(doc, "impossible_dates", json_integer((json_int_t)k->n_dates_impossible));
    out_json(c, doc);
}

enum vls_code
cmd_check(struct cli *c, struct vls_error *err)
{
    struct differing d = {.c = c, .refs = json_array()};
    struct vls_check k = {.n_changes = 0};
    enum vls_code rc;

    table_init(&d.t, 1, 2, 0);
    if ((rc = vls_engine_check(cli_opened(c), &k, differs, &d, err)) == VLS_OK) {
        if (c->json)
            check_json(c, &k, d.refs);
        else if (!c->quiet)
            rc = check_text(c, &k, &d, err);
    }
    table_clear(&d.t);
    json_decref(d.refs);
    if (rc == VLS_OK && !sound(&k)) {
        cli_advise(c, "%s",
                   _("Keep this folder as it is, and ask another member for their state:  valise status --state"));
        return cli_fail(c, err, VLS_EAUTH, _("this valise is not sound"));
    }
    return rc;
}
