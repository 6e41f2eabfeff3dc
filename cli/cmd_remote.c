/*
 * remote add, list, show, remove, compact: the places where changes are exchanged. Nothing is created without
 * --create, so that a mistyped path or an unplugged stick is never taken for an empty remote.
 */
#include <string.h>

#include "progress.h"
#include "reach.h"
#include "silence.h"

struct remotes {
    struct cli *c;
    const char *only; /* NULL: all of them */
    struct table t;
    json_t *list;
    struct silence silence;
    size_t n;
};

static json_t *
remote_json(const char *name, const char *url, int64_t last_contact, int64_t last_news, uint64_t waiting)
{
    json_t *one = json_object();

    json_object_set_new(one, "name", json_text(vls_slice_str(name)));
    json_object_set_new(one, "url", json_text(vls_slice_str(url)));
    json_object_set_new(one, "last_contact", json_instant(last_contact));
    json_object_set_new(one, "last_news", json_instant(last_news));
    json_object_set_new(one, "waiting", json_integer((json_int_t)waiting));
    return one;
}

static enum vls_code
remote_row(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct remotes *l = ctx;
    char when[STAMP_TEXT] = "", news[STAMP_TEXT] = "", waiting[64], age[SPAN_TEXT], quiet[64] = "";

    (void)err;
    if (l->only != NULL && strcmp(l->only, r->name) != 0)
        return VLS_OK;
    l->n++;
    if (l->c->json) {
        json_array_append_new(l->list,
                              remote_json(r->name, r->url, r->last_contact_unix, r->last_news_unix, r->n_waiting));
    } else if (l->c->plain) {
        snprintf(waiting, sizeof(waiting), "%llu", (unsigned long long)r->n_waiting);
        out_row(l->c, r->name, r->url, r->last_contact_unix != 0 ? stamp_plain(when, r->last_contact_unix) : "",
                waiting, r->last_news_unix != 0 ? stamp_plain(news, r->last_news_unix) : "", NULL);
    } else {
        snprintf(waiting, sizeof(waiting),
                 r->n_waiting == 0 ? _("nothing to send")
                                   : P_("%llu change to send", "%llu changes to send", r->n_waiting),
                 (unsigned long long)r->n_waiting);
        if (silence_of_remote(&l->silence, r))
            snprintf(quiet, sizeof(quiet), _("nothing new for %s"),
                     span(age, r->last_contact_unix - r->last_news_unix));
        table_row(&l->t, r->name, r->url, r->last_contact_unix != 0 ? stamp(when, r->last_contact_unix) : _("never"),
                  waiting, quiet);
    }
    return VLS_OK;
}

static enum vls_code
remotes_show(struct cli *c, const char *only, struct vls_error *err)
{
    struct remotes l = {.c = c, .only = only, .list = c->json ? json_array() : NULL};
    enum vls_code rc;
    json_t *doc;

    table_init(&l.t, 5, 0, 2);
    if ((rc = silence_load(&l.silence, c, err)) == VLS_OK)
        rc = vls_engine_remote_list(cli_opened(c), remote_row, &l, err);
    table_print(c, &l.t);
    if (rc == VLS_OK && only != NULL && l.n == 0)
        rc = cli_fail(c, err, VLS_ENOTFOUND, _("there is no remote “%.40s”"), only);
    if (rc == VLS_OK && l.n == 0)
        hint(c, _("No remote yet:  %s"), "valise remote add stick /media/usb/valise.git --create");
    if (c->json && rc == VLS_OK) {
        doc = json_doc("remotes");
        json_object_set(doc, "remotes", l.list);
        out_json(c, doc);
    }
    json_decref(l.list);
    return rc;
}

enum vls_code
cmd_remote_list(struct cli *c, struct vls_error *err)
{
    return remotes_show(c, NULL, err);
}

enum vls_code
cmd_remote_show(struct cli *c, struct vls_error *err)
{
    return remotes_show(c, c->args.pos[0], err);
}

static void
remote_report(struct cli *c, const char *name, const char *url, const char *what)
{
    json_t *doc;

    if (c->json) {
        doc = json_doc("remotes");
        json_object_set_new(doc, "remotes", json_pack("[o]", remote_json(name, url, 0, 0, 0)));
        out_json(c, doc);
    } else if (c->plain || c->quiet) {
        out_row(c, name, NULL);
    } else {
        out_line(c, url[0] != '\0' ? "%s  %s  %s" : "%s%s  %s", name, url, what);
    }
}

enum vls_code
cmd_remote_add(struct cli *c, struct vls_error *err)
{
    const char *name = c->args.pos[0], *url = c->args.pos[1];
    bool create = args_flag(&c->args, "create");
    enum vls_code rc;

    c->exchanging = true;
    if (c->dry_run) {
        remote_report(c, name, url, _("would be added"));
        return VLS_OK;
    }
    rc = vls_engine_remote_add(cli_opened(c), name, url, create, err);
    if (rc == VLS_OK)
        remote_report(c, name, url, create ? _("created, empty") : _("added"));
    else if (rc == VLS_EUNREACHABLE && reach_is_line(url))
        return reach_failed(c, url, rc, err);
    else if (rc == VLS_EUNREACHABLE && create)
        cli_advise(c, "%s", _("The folder that it is to lie in is not there. Plug the stick in, or make the folder."));
    else if (rc == VLS_EUNREACHABLE)
        cli_advise(c, _("If it is to be made:  valise remote add %s … --create"), name);
    return rc;
}

enum vls_code
cmd_remote_remove(struct cli *c, struct vls_error *err)
{
    const char *name = c->args.pos[0];
    enum vls_code rc;

    if (c->dry_run) {
        remote_report(c, name, "", _("would be removed"));
        return VLS_OK;
    }
    if ((rc = vls_engine_remote_remove(cli_opened(c), name, err)) == VLS_OK)
        remote_report(c, name, "", _("removed here; what lies there stays"));
    return rc;
}

/* ---- a short history in the place of a long one ---- */

struct shortening {
    struct cli *c;
    const char *name;
    struct progress progress;
    struct vls_compacted is;
};

static bool
on_progress(void *ctx, const char *remote, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct shortening *x = ctx;

    progress_step(x->c, &x->progress, remote, done, total, bytes);
    return !cli_interrupted();
}

static enum vls_code
shorten(struct shortening *x, bool dry_run, struct vls_error *err)
{
    const struct vls_sync_opts o = {
        .remote = x->name, .dry_run = dry_run, .now_unix = x->c->now, .progress = on_progress, .ctx = x};
    struct vls_sync_result result;
    enum vls_code rc = vls_engine_remote_compact(cli_opened(x->c), &o, &x->is, &result, err);

    progress_clear(&x->progress);
    if (rc == VLS_ENOTFOUND)
        return cli_fail(x->c, err, rc, _("there is no remote “%.40s”"), x->name);
    if (rc == VLS_ETRUST)
        cli_advise(x->c, _("Nothing was replaced. What to do about the place:  valise sync %s"), x->name);
    else if (rc == VLS_ENOTADMITTED)
        cli_advise(x->c, "%s", _("Read your safety number to a member:  valise key safety-number"));
    else if (rc == VLS_EREADONLY)
        cli_advise(
            x->c,
            _("The old history stays. Ask whoever runs the place to allow that a history is replaced there, then:  "
              "valise remote compact %s"),
            x->name);
    else if (rc == VLS_EUNREACHABLE && (dry_run || x->is.pieces_before == 0)) /* nothing was sent yet */
        cli_advise(x->c,
                   _("The old history stays. Plug the stick in, or wait for the line; then:  valise remote compact %s"),
                   x->name);
    else if (rc != VLS_OK)
        cli_advise(x->c, _("The old history is there or the new one, whole. Try again:  valise remote compact %s"),
                   x->name);
    return rc;
}

static unsigned long long
kib(uint64_t bytes)
{
    return (unsigned long long)(bytes / 1024 + (bytes % 1024 != 0));
}

static bool
gains(const struct shortening *x)
{
    return x->is.pieces_after < x->is.pieces_before;
}

static void
shortened_line(const struct shortening *x, const char *what)
{
    out_line(x->c, _("%s  %s: pieces %llu → %llu, KiB %llu → %llu"), x->name, what,
             (unsigned long long)x->is.pieces_before, (unsigned long long)x->is.pieces_after, kib(x->is.bytes_before),
             kib(x->is.bytes_after));
}

/* What a folder takes, with all that lies there of older histories. */
static void
room_lines(const struct shortening *x)
{
    struct cli *c = x->c;

    if (x->is.room_after < x->is.room_before)
        out_line(c, c->dry_run ? _("%s  would give back room: KiB %llu → %llu in the folder")
                               : _("%s  gives back room: KiB %llu → %llu in the folder"),
                 x->name, kib(x->is.room_before), kib(x->is.room_after));
    if (x->is.room_waiting > 0)
        note(c, _("%llu KiB of older history stay there for now, since others may be reading or writing. "
                  "To have them back, a day later:  valise remote compact %s"),
             kib(x->is.room_waiting), x->name);
    if (x->is.room_foreign)
        note(c, _("%s holds more than valise put there, so that its folder is left as it is"), x->name);
}

static void
shortened_report(const struct shortening *x)
{
    const uint64_t of[6] = {x->is.pieces_before, x->is.bytes_before, x->is.pieces_after,
                            x->is.bytes_after,   x->is.room_before,  x->is.room_after};
    static const char *const names[6] = {"pieces_before", "bytes_before", "pieces_after",
                                         "bytes_after",   "room_before",  "room_after"};
    char text[6][24];
    struct cli *c = x->c;

    if (c->json) {
        json_t *doc = json_doc("compact");

        json_object_set_new(doc, "remote", json_text(vls_slice_str(x->name)));
        json_object_set_new(doc, "replaced", json_boolean(x->is.replaced));
        json_object_set_new(doc, "room_waiting", json_integer((json_int_t)x->is.room_waiting));
        for (size_t i = 0; i < 6; i++)
            json_object_set_new(doc, names[i], json_integer((json_int_t)of[i]));
        out_json(c, doc);
    } else if (c->plain) {
        for (size_t i = 0; i < 6; i++)
            snprintf(text[i], sizeof(text[i]), "%llu", (unsigned long long)of[i]);
        out_row(c, x->name, x->is.replaced ? "replaced" : "", text[0], text[1], text[2], text[3], text[4],
                text[5], NULL);
    } else if (c->quiet) {
        return;
    } else if (!gains(x)) {
        out_line(c, _("%s  is short already; nothing was replaced"), x->name);
    } else {
        shortened_line(x, x->is.replaced ? _("replaced") : _("would be replaced"));
    }
    if (!c->json && !c->plain && !c->quiet)
        room_lines(x);
    if (x->is.room_failed)
        note(c,
             _("the history of %s was replaced, but its old one still takes room (%s). To have that back:  "
               "valise remote compact %s"),
             x->name, x->is.room_why.text, x->name);
}

enum vls_code
cmd_remote_compact(struct cli *c, struct vls_error *err)
{
    struct shortening x = {.c = c, .name = c->args.pos[0]};
    char question[256];
    enum vls_code rc;

    c->exchanging = true;
    if (c->dry_run || !c->yes) {
        if ((rc = shorten(&x, true, err)) != VLS_OK)
            return rc;
        if (!c->dry_run && gains(&x)) {
            if (c->ask)
                shortened_line(&x, _("would be replaced"));
            snprintf(question, sizeof(question),
                     _("Put a short history in the place of that of “%.40s”? Nothing that it holds is lost."), x.name);
            if ((rc = prompt_yes(c, question, err)) != VLS_OK)
                return rc;
        }
    }
    if (!c->dry_run && (c->yes || gains(&x) || x.is.room_after < x.is.room_before) && (rc = shorten(&x, false, err)) != VLS_OK)
        return rc;
    shortened_report(&x);
    return VLS_OK;
}
