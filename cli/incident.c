/*
 * What sync and status say about stores that were put back, copied, or used to deceive: a sentence that is no
 * alarm for the former, and one that is for the latter.
 */
#include <stdlib.h>
#include <string.h>

#include "incident.h"
#include "words.h"

static enum vls_code
incident_add(void *ctx, const struct vls_incident *in, struct vls_error *err)
{
    struct incidents *all = ctx;
    struct incident *to = NULL;
    size_t i;

    for (i = 0; i < all->n && to == NULL; i++)
        if (all->v[i].kind == in->kind && all->v[i].elsewhere == in->elsewhere &&
            strcmp(all->v[i].delegation, in->delegation) == 0 && strcmp(all->v[i].post, in->post) == 0)
            to = &all->v[i];
    if (to == NULL) {
        struct incident *more = realloc(all->v, (all->n + 1) * sizeof *more);

        if (more == NULL)
            return VLS_FAIL(err, VLS_ENOMEM, "no memory for what became known");
        all->v = more;
        to = &more[all->n++];
        memset(to, 0, sizeof *to);
    }
    to->kind = in->kind;
    to->me = in->me;
    to->elsewhere = in->elsewhere;
    to->unix_s = in->wall_unix_s;
    snprintf(to->delegation, sizeof to->delegation, "%s", in->delegation);
    snprintf(to->post, sizeof to->post, "%s", in->post);
    return VLS_OK;
}

enum vls_code
incidents_load(struct incidents *all, struct cli *c, int64_t since, struct vls_error *err)
{
    *all = (struct incidents){.c = c};
    return vls_engine_incidents(cli_opened(c), since, &all->newest, incident_add, all, err);
}

void
incidents_clear(struct incidents *all)
{
    vls_wipe_free(all->v, all->n * sizeof *all->v);
    all->v = NULL;
    all->n = 0;
}

bool
incidents_alarm(const struct incidents *all)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->v[i].kind == VLS_INCIDENT_TWINS)
            return true;
    return false;
}

void
incidents_say(const struct incidents *all)
{
    char who[WORDS_TEXT];
    size_t i;

    for (i = 0; i < all->n; i++) {
        const struct incident *in = &all->v[i];

        words_who(who, in->delegation, in->post);
        if (in->kind == VLS_INCIDENT_TWINS)
            out_line(
                all->c,
                _("%s signed two versions of its work: its valise was copied unnoticed, or somebody deceives. Both are "
                  "kept, here and everywhere; ask them."),
                who);
        else if (in->elsewhere)
            out_line(all->c, "%s",
                     _("This valise goes on in another copy too: on a second laptop, or before it was put back here."));
        else if (!in->me)
            out_line(all->c, _("%s goes on as a new copy: its valise was put back, copied, or given a new key."), who);
    }
}

static const char *
kind_name(enum vls_incident_kind kind)
{
    return kind == VLS_INCIDENT_TWINS ? "two-versions" : "new-copy";
}

void
incidents_rows(const struct incidents *all)
{
    char at[STAMP_TEXT];
    size_t i;

    for (i = 0; i < all->n; i++) {
        const struct incident *in = &all->v[i];

        out_row(all->c, kind_name(in->kind), in->delegation, in->post, stamp_plain(at, in->unix_s),
                in->elsewhere ? "elsewhere"
                : in->me      ? "here"
                              : "",
                NULL);
    }
}

json_t *
incidents_json(const struct incidents *all)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < all->n; i++) {
        const struct incident *in = &all->v[i];

        json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:b, s:b, s:o}", "kind", kind_name(in->kind),
                                              "delegation", json_text(vls_slice_str(in->delegation)), "post",
                                              json_text(vls_slice_str(in->post)), "me", in->me, "elsewhere",
                                              in->elsewhere, "at", json_instant(in->unix_s)));
    }
    return list;
}
