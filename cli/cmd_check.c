/*
 * check: every page and every signature verified, everything merged afresh and compared with what the
 * store shows. What it finds is a trust failure, never a warning that scrolls by.
 */
#include <string.h>

#include "member.h"
#include "record_view.h"
#include "walls.h"

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
    return k->n_bad == 0 && k->n_missing == 0 && ((k->n_differ == 0 && !k->rest_differs) || k->healed) && k->store_ok;
}

/* How the merged records stand to the change sets. */
static const char *
store_text(const struct vls_check *k, char *out, size_t size)
{
    if (!k->store_ok)
        return _("DAMAGED: a page does not verify");
    if (k->healed && k->n_differ == 0)
        return _("sealed; what is derived from the records DIFFERED and was made anew");
    if (k->healed) {
        snprintf(out, size,
                 P_("sealed; %llu record DIFFERED from the change sets and was merged anew",
                    "sealed; %llu records DIFFERED from the change sets and were merged anew", k->n_differ),
                 (unsigned long long)k->n_differ);
        return out;
    }
    return k->n_differ > 0 || k->rest_differs ? _("sealed, but DIFFERS from the change sets merged afresh")
                                              : _("sealed, agrees with the change sets when merged afresh");
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

/* What each remote holds, looked at now; the remotes' own line in words, and how many hold more than
 * sealed bytes. */
struct remotes {
    struct cli *c;
    struct vls_buf words;
    json_t *list;
    uint64_t n_plain, n_damaged, n_foreign;
};

static enum vls_code
remote_look(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct remotes *all = ctx;
    struct vls_remote_check k;
    struct vls_error why = {VLS_OK, 0, 0, ""};
    enum vls_code looked = vls_engine_check_remote(cli_opened(all->c), r->name, &k, &why);
    bool reached = looked == VLS_OK;
    bool emptied = reached && k.n_blobs == 0 && r->last_contact_unix != 0;
    bool damaged = emptied || looked == VLS_EFORMAT || looked == VLS_ETRUST ||
                   (reached && k.n_damaged > 0);
    json_t *one;

    if (cli_interrupted()) /* what the courier says then is of the interrupt, not of the remote */
        return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    one = json_object();
    vls_buf_printf(&all->words, "%s", all->words.n > 0 ? ", " : "");
    if (!reached && damaged)
        vls_buf_printf(&all->words, _("%s: DAMAGED, or not what it was"), r->name);
    else if (!reached)
        vls_buf_printf(&all->words, _("%s: not there, not looked at"), r->name);
    else if (k.foreign)
        vls_buf_printf(&all->words, _("%s: HOLDS A DIFFERENT VALISE"), r->name);
    else if (emptied)
        vls_buf_printf(&all->words, _("%s: HOLDS NOTHING ANY MORE"), r->name);
    else if (k.n_damaged > 0)
        vls_buf_printf(&all->words, P_("%s: %llu PIECE IS DAMAGED", "%s: %llu PIECES ARE DAMAGED", k.n_damaged), r->name,
                       (unsigned long long)k.n_damaged);
    else if (k.n_plain == 0)
        vls_buf_printf(&all->words, _("%s: ciphertext only"), r->name);
    else
        vls_buf_printf(&all->words, P_("%s: %llu PIECE IS NOT SEALED", "%s: %llu PIECES ARE NOT SEALED", k.n_plain),
                       r->name, (unsigned long long)k.n_plain);
    all->n_plain += reached ? k.n_plain : 0;
    all->n_damaged += damaged;
    all->n_foreign += reached && k.foreign;
    json_object_set_new(one, "remote", json_string(r->name));
    json_object_set_new(one, "reached", json_boolean(reached));
    json_object_set_new(one, "pieces", json_integer((json_int_t)(reached ? k.n_blobs : 0)));
    json_object_set_new(one, "plain", json_integer((json_int_t)(reached ? k.n_plain : 0)));
    json_object_set_new(one, "damaged", json_integer((json_int_t)(reached ? k.n_damaged : 0)));
    json_object_set_new(one, "foreign", json_boolean(reached && k.foreign));
    json_array_append_new(all->list, one);
    return VLS_OK;
}

static void
check_text(struct cli *c, const struct vls_check *k, const struct vls_unread *unread, struct differing *d,
           struct remotes *remotes, const struct walls *walls)
{
    char changes[400], impossible[32], store[200], courier[VLS_ERROR_TEXT + 40];
    struct table t;

    table_init(&t, 2, 0, 3);
    t.labelled = true;
    changes_text(k, changes, sizeof(changes));
    table_row(&t, _("Change sets"), changes);
    table_row(&t, _("Store"), store_text(k, store, sizeof(store)));
    if (remotes->words.n > 0)
        table_row(&t, _("Remotes"), vls_buf_str(&remotes->words));
    table_row(&t, _("Courier"), walls_text(walls, courier, sizeof(courier)));
    snprintf(impossible, sizeof(impossible), "%llu", (unsigned long long)k->n_dates_impossible);
    if (k->n_dates_impossible > 0)
        table_row(&t, _("Dates kept as words"), impossible);
    table_print(c, &t);
    table_print(c, &d->t);
    walls_say(c, walls);
    unread_say(c, unread);
}

static void
check_json(struct cli *c, const struct vls_check *k, const struct vls_unread *unread, json_t *refs, json_t *remotes,
           const struct walls *walls)
{
    json_t *doc = json_doc("check");

    json_object_set_new(doc, "sound", json_boolean(sound(k)));
    json_object_set_new(doc, "changes", json_integer((json_int_t)k->n_changes));
    json_object_set_new(doc, "devices", json_integer((json_int_t)k->n_devices));
    json_object_set_new(doc, "missing", json_integer((json_int_t)k->n_missing));
    json_object_set_new(doc, "bad", json_integer((json_int_t)k->n_bad));
    json_object_set_new(doc, "records", json_integer((json_int_t)k->n_records));
    json_object_set_new(doc, "differing", json_incref(refs));
    json_object_set_new(doc, "mended", json_boolean(k->healed));
    json_object_set_new(doc, "set_aside", json_integer((json_int_t)k->n_aside));
    json_object_set_new(doc, "store_ok", json_boolean(k->store_ok));
    json_object_set_new(doc, "remotes", json_incref(remotes));
    json_object_set_new(doc, "courier", walls_json(walls));
    json_object_set_new(doc, "impossible_dates", json_integer((json_int_t)k->n_dates_impossible));
    json_object_set_new(doc, "unread", unread_json(unread));
    out_json(c, doc);
}

/* ---- for programs: the word in the first column says what kind of row it is ---- */

static void
count_row(struct cli *c, const char *name, uint64_t n)
{
    char text[24];

    snprintf(text, sizeof(text), "%llu", (unsigned long long)n);
    out_row(c, name, text, NULL);
}

static const char *
store_plain(const struct vls_check *k)
{
    if (!k->store_ok)
        return "damaged";
    if (k->healed)
        return k->n_differ == 0 ? "derived-made-anew" : "merged-anew";
    return k->n_differ > 0 || k->rest_differs ? "differs" : "sound";
}

static const char *
remote_plain(const json_t *one, json_int_t pieces, json_int_t plain)
{
    bool reached = json_is_true(json_object_get(one, "reached")),
         damaged = json_is_true(json_object_get(one, "damaged"));

    if (!reached)
        return damaged ? "damaged" : "not-reached";
    if (json_is_true(json_object_get(one, "foreign")))
        return "foreign";
    if (damaged)
        return pieces == 0 ? "emptied" : "damaged";
    return plain > 0 ? "not-sealed" : "sealed";
}

static void
check_plain(struct cli *c, const struct vls_check *k, const struct vls_unread *unread, const json_t *refs,
            const json_t *remotes, const struct walls *walls)
{
    char n[2][24];
    size_t i;

    out_row(c, "check", sound(k) ? "sound" : "not-sound", NULL);
    count_row(c, "changes", k->n_changes);
    count_row(c, "devices", k->n_devices);
    count_row(c, "bad", k->n_bad);
    count_row(c, "missing", k->n_missing);
    out_row(c, "store", store_plain(k), NULL);
    for (i = 0; i < json_array_size(refs); i++)
        out_row(c, "differs", json_string_value(json_array_get(refs, i)), NULL);
    for (i = 0; i < json_array_size(remotes); i++) {
        const json_t *one = json_array_get(remotes, i);
        json_int_t pieces = json_integer_value(json_object_get(one, "pieces"));
        json_int_t plain = json_integer_value(json_object_get(one, "plain"));

        snprintf(n[0], sizeof(n[0]), "%lld", (long long)pieces);
        snprintf(n[1], sizeof(n[1]), "%lld", (long long)plain);
        out_row(c, "remote", json_string_value(json_object_get(one, "remote")), remote_plain(one, pieces, plain), n[0],
                n[1], NULL);
    }
    walls_row(c, walls);
    count_row(c, "impossible-dates", k->n_dates_impossible);
    unread_row(c, unread);
}

/* ---- check --aside ---- */

struct asides {
    struct cli *c;
    json_t *list;
    size_t n;
};

static enum vls_code
aside_show(void *ctx, const struct vls_record *r, int64_t at_unix_s, struct vls_error *err)
{
    struct asides *a = ctx;
    char when[STAMP_TEXT];
    json_t *one;

    (void)err;
    if (a->list != NULL) {
        one = json_object();
        json_object_set_new(one, "at", json_instant(at_unix_s));
        json_object_set_new(one, "record", record_json(a->c, r));
        json_array_append_new(a->list, one);
    } else if (a->c->plain) {
        history_print(a->c, r);
    } else {
        out_line(a->c, "%s%s  %s", a->n > 0 ? "\n" : "", stamp(when, at_unix_s), _("as it stood before it was mended:"));
        history_print(a->c, r);
    }
    a->n++;
    return VLS_OK;
}

static enum vls_code
asides(struct cli *c, struct vls_error *err)
{
    struct asides a = {.c = c};
    json_t *doc = NULL;
    enum vls_code rc;

    if (c->json) {
        doc = json_doc("aside");
        a.list = json_array();
        json_object_set_new(doc, "records", a.list);
    }
    rc = vls_store_asides(cli_store(c), aside_show, &a, err);
    if (rc == VLS_OK && doc != NULL)
        out_json(c, doc);
    else
        json_decref(doc);
    if (rc == VLS_OK && a.n == 0 && !c->json && !c->plain)
        note(c, "%s", _("Nothing was ever set aside."));
    return rc;
}

enum vls_code
cmd_check(struct cli *c, struct vls_error *err)
{
    struct differing d = {.c = c, .refs = json_array()};
    struct remotes remotes = {.c = c, .list = json_array()};
    struct vls_check k = {.n_changes = 0};
    struct vls_unread unread;
    struct walls walls;
    enum vls_code rc;

    if (args_flag(&c->args, "aside"))
        return asides(c, err);
    table_init(&d.t, 1, 2, 0);
    vls_buf_init(&remotes.words, 65536);
    if ((rc = vls_engine_heal(cli_opened(c), c->now, &k, differs, &d, err)) == VLS_OK &&
        (rc = vls_engine_unread(cli_opened(c), &unread, err)) == VLS_OK &&
        (rc = vls_engine_remote_list(cli_opened(c), remote_look, &remotes, err)) == VLS_OK) {
        walls_load(&walls, c);
        if (cli_interrupted())
            rc = VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
        else if (c->json)
            check_json(c, &k, &unread, d.refs, remotes.list, &walls);
        else if (c->plain)
            check_plain(c, &k, &unread, d.refs, remotes.list, &walls);
        else if (!c->quiet)
            check_text(c, &k, &unread, &d, &remotes, &walls);
    }
    table_clear(&d.t);
    json_decref(d.refs);
    json_decref(remotes.list);
    vls_buf_clear(&remotes.words);
    if (rc == VLS_OK && sound(&k) && remotes.n_foreign > 0) {
        cli_advise(c, "%s", _("If another stick lies there, take it out; see:  valise remote list"));
        return cli_fail(c, err, VLS_ETRUST, _("a remote holds a different valise"));
    }
    if (rc == VLS_OK && sound(&k) && remotes.n_damaged > 0) {
        cli_advise(c, "%s", _("If the place stays damaged, make another:  valise remote add NAME PLACE --create"));
        return cli_fail(c, err, VLS_ETRUST, _("a remote is damaged, or not what it was"));
    }
    if (rc == VLS_OK && sound(&k) && remotes.n_plain > 0) {
        cli_advise(c, "%s", _("Somebody else writes there, or the place is not what it was:  valise remote list"));
        return cli_fail(c, err, VLS_ETRUST, _("a remote holds something that is not sealed"));
    }
    if (rc == VLS_OK && sound(&k) && k.healed && k.n_differ == 0)
        return cli_fail(c, err, VLS_EATTENTION,
                        _("what is derived from the records was not what the change sets say, and was made anew"));
    if (rc == VLS_OK && sound(&k) && k.healed) {
        cli_advise(c, "%s", _("What stood there before is kept; look whether it was acted on:  valise check --aside"));
        return cli_fail(c, err, VLS_EATTENTION,
                        P_("%llu record was not what its change sets say, and was merged anew",
                           "%llu records were not what their change sets say, and were merged anew", k.n_differ),
                        (unsigned long long)k.n_differ);
    }
    if (rc == VLS_OK && !sound(&k)) {
        cli_advise(c, "%s",
                   _("Keep this folder as it is, and ask another member for their state:  valise status --state"));
        return cli_fail(c, err, VLS_EAUTH, _("this valise is not sound"));
    }
    return rc;
}
