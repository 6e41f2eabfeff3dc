/*
 * delegation list, device list, compartment list: who belongs, with which laptops, and who may read
 * what.
 */
#include <string.h>

#include "member.h"
#include "words.h"

struct members {
    struct cli *c;
    struct table t;
    json_t *list;
    bool by_delegation;
    char last[64];      /* delegation of the row that is gathered */
    char posts[256];
    size_t n_devices;
    int64_t news;
    bool me;
};

static void
delegation_flush(struct members *m)
{
    char devices[32], when[STAMP_TEXT];

    if (m->n_devices == 0)
        return;
    snprintf(devices, sizeof(devices), "%zu", m->n_devices);
    if (m->c->json) {
        json_t *one = json_object();

        json_object_set_new(one, "delegation", json_text(vls_slice_str(m->last)));
        json_object_set_new(one, "posts", json_text(vls_slice_str(m->posts)));
        json_object_set_new(one, "devices", json_integer((json_int_t)m->n_devices));
        json_object_set_new(one, "me", json_boolean(m->me));
        json_object_set_new(one, "last_news", json_instant(m->news));
        json_array_append_new(m->list, one);
    } else if (m->c->plain) {
        out_row(m->c, m->last, m->posts, devices, m->me ? "me" : "", m->news != 0 ? stamp_plain(when, m->news) : "",
                NULL);
    } else {
        table_row(&m->t, m->last, m->posts, m->me ? _("you") : m->news != 0 ? stamp(when, m->news) : _("no news yet"));
    }
    m->n_devices = 0;
    m->posts[0] = '\0';
    m->news = 0;
    m->me = false;
}

static void
delegation_gather(struct members *m, const struct vls_member *one)
{
    if (strcmp(m->last, one->delegation) != 0)
        delegation_flush(m);
    snprintf(m->last, sizeof(m->last), "%s", one->delegation);
    if (strstr(m->posts, one->post) == NULL) {
        if (m->posts[0] != '\0')
            strncat(m->posts, "; ", sizeof(m->posts) - strlen(m->posts) - 1);
        strncat(m->posts, one->post, sizeof(m->posts) - strlen(m->posts) - 1);
    }
    m->n_devices++;
    m->me = m->me || one->me;
    if (one->last_news_unix > m->news)
        m->news = one->last_news_unix;
}

static void
device_row(struct members *m, const struct vls_member *one)
{
    char id[2 * VLS_ID_LEN + 1], when[STAMP_TEXT];

    vls_hex(id, one->device, VLS_ID_LEN);
    if (m->c->json) {
        json_t *row = json_object();

        json_object_set_new(row, "device", json_string(id));
        json_object_set_new(row, "delegation", json_text(vls_slice_str(one->delegation)));
        json_object_set_new(row, "post", json_text(vls_slice_str(one->post)));
        json_object_set_new(row, "me", json_boolean(one->me));
        json_object_set_new(row, "last_news", json_instant(one->last_news_unix));
        json_array_append_new(m->list, row);
    } else if (m->c->plain) {
        out_row(m->c, id, one->delegation, one->post, one->me ? "me" : "",
                one->last_news_unix != 0 ? stamp_plain(when, one->last_news_unix) : "", NULL);
    } else {
        id[12] = '\0';
        table_row(&m->t, one->delegation, one->post, id,
                  one->me                   ? _("this laptop")
                  : one->last_news_unix != 0 ? stamp(when, one->last_news_unix)
                                             : _("no news yet"));
    }
}

static enum vls_code
member_row(void *ctx, const struct vls_member *one, struct vls_error *err)
{
    struct members *m = ctx;

    (void)err;
    if (m->by_delegation)
        delegation_gather(m, one);
    else
        device_row(m, one);
    return VLS_OK;
}

static enum vls_code
members_show(struct cli *c, bool by_delegation, struct vls_error *err)
{
    struct members m = {.c = c, .by_delegation = by_delegation, .list = c->json ? json_array() : NULL};
    enum vls_code rc;
    json_t *doc;

    table_init(&m.t, by_delegation ? 3 : 4, 0, 2);
    if ((rc = vls_engine_members(cli_opened(c), member_row, &m, err)) == VLS_OK)
        delegation_flush(&m);
    table_print(c, &m.t);
    if (c->json && rc == VLS_OK) {
        doc = json_doc(by_delegation ? "delegations" : "devices");
        json_object_set(doc, by_delegation ? "delegations" : "devices", m.list);
        out_json(c, doc);
    }
    json_decref(m.list);
    return rc;
}

enum vls_code
cmd_delegation_list(struct cli *c, struct vls_error *err)
{
    return members_show(c, true, err);
}

enum vls_code
cmd_device_list(struct cli *c, struct vls_error *err)
{
    return members_show(c, false, err);
}

/* ---- compartments ---- */

/* The compartments of a new valise, design.md section 7. */
static const struct {
    const char *name, *readers;
} compartments[] = {
    {"focal-points", N_("every member")},
    {"own", N_("the posts of your delegation")},
    {"court", N_("the Court’s contact point and every member")},
};

enum vls_code
cmd_compartment_list(struct cli *c, struct vls_error *err)
{
    json_t *list = c->json ? json_array() : NULL, *doc;
    char state[VLS_STATE_TEXT];
    enum vls_code rc = VLS_OK;
    struct table t;
    size_t i;

    table_init(&t, 3, 0, 2);
    for (i = 0; i < sizeof(compartments) / sizeof(compartments[0]); i++) {
        const char *name = compartments[i].name;

        if ((rc = vls_store_state(cli_store(c), name, state, err)) == VLS_ENOTFOUND) {
            rc = VLS_OK;
            continue;
        }
        if (rc != VLS_OK)
            break;
        if (c->json)
            json_array_append_new(list, json_pack("{s:s, s:s}", "name", name, "state", state));
        else if (c->plain)
            out_row(c, name, state, NULL);
        else
            table_row(&t, name, state, _(compartments[i].readers));
    }
    table_print(c, &t);
    if (c->json && rc == VLS_OK) {
        doc = json_doc("compartments");
        json_object_set(doc, "compartments", list);
        out_json(c, doc);
    }
    json_decref(list);
    return rc;
}

/* ---- what was recorded before this laptop was admitted ---- */

bool
waiting_say(struct cli *c)
{
    if (vls_engine_me(cli_opened(c))->admitted)
        return false;
    if (!c->json && !c->plain)
        note(c, "%s",
             _("Your request to join waits for a member, so there is nothing to read yet. What to read them by phone:  "
               "valise key safety-number"));
    return true;
}

void
unread_say(struct cli *c, const struct vls_unread *u)
{
    const char *me = vls_engine_me(cli_opened(c))->delegation;
    const char *quote = strpbrk(me, " \t'\"\\$") != NULL ? "\"" : "";
    char who[WORDS_TEXT];

    if (u->n_changes == 0)
        return;
    out_line(c,
             P_("%llu change set here was recorded before you were admitted, and you may not read it. Ask %s to run:  "
                "valise admit %s%s%s --share-history",
                "%llu change sets here were recorded before you were admitted, and you may not read them. Ask %s to "
                "run:  valise admit %s%s%s --share-history",
                u->n_changes),
             (unsigned long long)u->n_changes, words_who(who, u->delegation, u->post), quote, me, quote);
}

void
unread_row(struct cli *c, const struct vls_unread *u)
{
    char n[32];

    snprintf(n, sizeof(n), "%llu", (unsigned long long)u->n_changes);
    if (u->n_changes != 0)
        out_row(c, "unread", n, u->delegation, u->post, NULL);
}

json_t *
unread_json(const struct vls_unread *u)
{
    if (u->n_changes == 0)
        return json_null();
    return json_pack("{s:I, s:o, s:o}", "changes", (json_int_t)u->n_changes, "ask_delegation",
                     json_text(vls_slice_str(u->delegation)), "ask_post", json_text(vls_slice_str(u->post)));
}
