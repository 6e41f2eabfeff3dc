/*
 * init and join: how a laptop gets its valise. Both choose a passphrase, leave the key in the unlock
 * cache for a quarter of an hour and say what to do next.
 */
#include <string.h>

#include "valise/bag.h"

#include "member.h"
#include "open.h"
#include "reach.h"

static enum vls_code
member_options(struct cli *c, struct vls_new *n, struct vls_error *err)
{
    n->delegation = args_value(&c->args, "delegation");
    n->post = args_value(&c->args, "post");
    n->now_unix = c->now;
    if (n->delegation == NULL || n->delegation[0] == '\0')
        return cli_fail(c, err, VLS_EUSAGE, _("missing: --delegation NAME, as in --delegation Ireland"));
    if (n->post == NULL || n->post[0] == '\0')
        return cli_fail(c, err, VLS_EUSAGE, _("missing: --post PLACE, as in --post \"New York\""));
    return VLS_OK;
}

static enum vls_code
not_here_yet(struct cli *c, struct vls_error *err)
{
    if (!vls_engine_exists(&c->places))
        return VLS_OK;
    cli_advise(c, "%s", _("A second one needs a folder of its own:  --home DIR"));
    return cli_fail(c, err, VLS_EEXIST, _("there is a valise here already"));
}

static json_t *
identity_json(const char *name, const struct vls_identity *me)
{
    json_t *doc = json_doc(name);

    json_object_set_new(doc, "title", json_text(vls_slice_str(me->title)));
    json_object_set_new(doc, "delegation", json_text(vls_slice_str(me->delegation)));
    json_object_set_new(doc, "post", json_text(vls_slice_str(me->post)));
    json_object_set_new(doc, "admitted", json_boolean(me->admitted));
    return doc;
}

/* The passphrase is made into a key, which takes its time on purpose. */
static void
patience(struct cli *c)
{
    if (c->err_tty && !c->quiet && !c->json)
        note(c, "%s", _("Making the keys…"));
}

enum vls_code
cmd_init(struct cli *c, struct vls_error *err)
{
    struct vls_new n = {.title = c->args.pos[0]};
    struct vls_secret *passphrase = NULL, *master = NULL;
    const struct vls_identity *me;
    enum vls_code rc;
    bool cached;

    if ((rc = member_options(c, &n, err)) != VLS_OK || (rc = not_here_yet(c, err)) != VLS_OK ||
        (rc = open_passphrase(c, &passphrase, _("Passphrase: "), true, err)) != VLS_OK)
        return rc;
    patience(c);
    rc = vls_engine_init(&c->engine_, &master, &c->places, &n, passphrase, err);
    vls_secret_free(passphrase);
    if (rc != VLS_OK)
        return rc;
    open_cache(c, master, OPEN_CACHE_SECONDS, &cached);
    vls_secret_free(master);
    me = vls_engine_me(c->engine_);
    if (c->json) {
        out_json(c, identity_json("init", me));
    } else if (!c->quiet) {
        out_line(c, _("Created “%s”. You are %s, %s."), me->title, me->delegation, me->post);
        if (cached)
            out_line(c, "%s",
                     _("Unlocked for 15 minutes. Print the recovery code and lock it away:  valise key recovery"));
        else
            out_line(c, "%s", _("Print the recovery code and lock it away:  valise key recovery"));
    }
    return VLS_OK;
}

void
safety_groups(char out[SAFETY_SHOWN], const char digits[VLS_SAFETY_TEXT])
{
    size_t i, n = 0;

    for (i = 0; digits[i] != '\0' && n + 2 < SAFETY_SHOWN; i++) {
        if (i > 0 && i % 5 == 0)
            out[n++] = ' ';
        out[n++] = digits[i];
    }
    out[n] = '\0';
}

static enum vls_code
join_report(struct cli *c, bool by_file, struct vls_error *err)
{
    char digits[VLS_SAFETY_TEXT], shown[SAFETY_SHOWN];
    enum vls_code rc = vls_engine_safety_number(c->engine_, NULL, digits, err);
    json_t *doc;

    if (rc != VLS_OK)
        return rc;
    safety_groups(shown, digits);
    if (c->json) {
        doc = identity_json("join", vls_engine_me(c->engine_));
        json_object_set_new(doc, "safety_number", json_string(digits));
        out_json(c, doc);
    } else if (c->plain || c->quiet) {
        out_line(c, "%s", digits);
    } else {
        out_line(c, "%s",
                 by_file ? _("Your request is ready. Read this safety number to a member by phone:")
                         : _("Your request is on the remote. Read this safety number to a member by phone:"));
        out_line(c, "%s", "");
        out_line(c, "    %s", shown);
        out_line(c, "%s", "");
        if (by_file)
            out_line(c, "%s", _("Write it to a file for them:  valise sync --to-file FILE"));
        out_line(c, "%s",
                 by_file ? _("When they have admitted you:  valise sync --from-file FILE")
                         : _("When they have admitted you:  valise sync"));
    }
    return VLS_OK;
}

enum vls_code
cmd_join(struct cli *c, struct vls_error *err)
{
    struct vls_new n = {.remote_url = c->args.pos[0], .remote_name = args_value(&c->args, "remote")};
    struct vls_secret *passphrase = NULL, *master = NULL;
    enum vls_code rc;
    bool cached;

    if (n.remote_name == NULL && strstr(n.remote_url, "://") != NULL && strncmp(n.remote_url, "file:", 5) != 0)
        n.remote_name = "host"; /* nobody plugs it in */
    if ((rc = member_options(c, &n, err)) != VLS_OK || (rc = not_here_yet(c, err)) != VLS_OK ||
        (rc = open_passphrase(c, &passphrase, _("Passphrase: "), true, err)) != VLS_OK)
        return rc;
    c->exchanging = true;
    patience(c);
    rc = vls_engine_join(&c->engine_, &master, &c->places, &n, passphrase, err);
    vls_secret_free(passphrase);
    if (rc != VLS_OK)
        return reach_failed(c, n.remote_url, rc, err);
    open_cache(c, master, OPEN_CACHE_SECONDS, &cached);
    vls_secret_free(master);
    return join_report(c, vls_bag_is_file(n.remote_url), err);
}
