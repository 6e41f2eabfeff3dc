/*
 * remote add, list, show, remove: the places where changes are exchanged. Nothing is created without
 * --create, so that a mistyped path or an unplugged stick is never taken for an empty remote.
 */
#include <string.h>

#include "reach.h"

struct remotes {
    struct cli *c;
    const char *only; /* NULL: all of them */
    struct table t;
    json_t *list;
    size_t n;
};

static json_t *
remote_json(const char *name, const char *url, int64_t last_contact, uint64_t waiting)
{
    json_t *one = json_object();

    json_object_set_new(one, "name", json_text(vls_slice_str(name)));
    json_object_set_new(one, "url", json_text(vls_slice_str(url)));
    json_object_set_new(one, "last_contact", json_instant(last_contact));
    json_object_set_new(one, "waiting", json_integer((json_int_t)waiting));
    return one;
}

static enum vls_code
remote_row(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct remotes *l = ctx;
    char when[STAMP_TEXT] = "", waiting[64];

    (void)err;
    if (l->only != NULL && strcmp(l->only, r->name) != 0)
        return VLS_OK;
    l->n++;
    if (l->c->json) {
        json_array_append_new(l->list, remote_json(r->name, r->url, r->last_contact_unix, r->n_waiting));
    } else if (l->c->plain) {
        snprintf(waiting, sizeof(waiting), "%llu", (unsigned long long)r->n_waiting);
        out_row(l->c, r->name, r->url, r->last_contact_unix != 0 ? stamp_plain(when, r->last_contact_unix) : "",
                waiting, NULL);
    } else {
        snprintf(waiting, sizeof(waiting),
                 r->n_waiting == 0 ? _("nothing to send")
                                   : P_("%llu change to send", "%llu changes to send", r->n_waiting),
                 (unsigned long long)r->n_waiting);
        table_row(&l->t, r->name, r->url, r->last_contact_unix != 0 ? stamp(when, r->last_contact_unix) : _("never"),
                  waiting);
    }
    return VLS_OK;
}

static enum vls_code
remotes_show(struct cli *c, const char *only, struct vls_error *err)
{
    struct remotes l = {.c = c, .only = only, .list = c->json ? json_array() : NULL};
    enum vls_code rc;
    json_t *doc;

    table_init(&l.t, 4, 0, 2);
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
        json_object_set_new(doc, "remotes", json_pack("[o]", remote_json(name, url, 0, 0)));
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
