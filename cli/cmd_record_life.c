/*
 * KIND withdraw and restore: the life of a record, one change set each. What is already as it shall be is said, and not
 * written again.
 */
#include <string.h>

#include "draft.h"
#include "joined.h"

/* True when the record is already what it shall be, and nobody says otherwise; *out is then owned by the caller. */
static enum vls_code
life_same(struct cli *c, const uint8_t id[VLS_ID_LEN], bool withdraw, struct vls_record **out, struct vls_error *err)
{
    enum vls_code rc = vls_store_record(cli_store(c), id, VLS_LOAD_LIVE, out, err);
    const struct vls_row *row;
    bool same;

    if (rc != VLS_OK)
        return rc;
    row = vls_record_row(*out, VLS_H_LIFE, (struct vls_slice){NULL, 0}, 0);
    if (row != NULL && row->attention == VLS_CONFLICT)
        same = false;
    else
        same = withdraw ? (*out)->withdrawn : row == NULL || value_is(row->value, "active");
    if (!same) {
        vls_record_free(*out);
        *out = NULL;
    }
    return VLS_OK;
}

static void
life_same_report(struct cli *c, const struct vls_record *r, bool withdraw)
{
    json_t *doc, *list, *one;
    struct vls_buf title;

    if (!c->json) {
        if (c->plain && !c->quiet)
            out_row(c, r->ref, "unchanged", "", NULL);
        if (withdraw)
            note(c, _("%s is withdrawn already; nothing was changed."), r->ref);
        else
            note(c, _("%s is not withdrawn; nothing was changed."), r->ref);
        return;
    }
    vls_buf_init(&title, 4096);
    doc = json_doc("change");
    list = json_array();
    one = json_pack("{s:s, s:s, s:s, s:s, s:s}", "ref", r->ref, "kind", r->kind->name, "title",
                    title_by_id(c, &title, r->id), "action", "unchanged", "fields", "");
    json_array_append_new(list, one);
    json_object_set_new(doc, "dry_run", json_boolean(c->dry_run));
    json_object_set_new(doc, "records", list);
    vls_buf_clear(&title);
    out_json(c, doc);
}

static enum vls_code
life_set(struct cli *c, const uint8_t id[VLS_ID_LEN], const char *life, const char *reason, const char *action,
         struct vls_error *err)
{
    struct draft d;
    enum vls_code rc;

    if ((rc = draft_begin(&d, c, vls_engine_home_of(cli_opened(c), id), err)) == VLS_OK &&
        (rc = draft_touch(&d, c->args.kind, id, action, err)) == VLS_OK &&
        (rc = draft_named(&d, id, "life", life, err)) == VLS_OK &&
        (reason == NULL || (rc = draft_named(&d, id, "life-reason", reason, err)) == VLS_OK))
        rc = draft_finish(&d, err);
    draft_clear(&d);
    return rc;
}

enum vls_code
cmd_record_withdraw(struct cli *c, struct vls_error *err)
{
    const char *reason = args_value(&c->args, "reason");
    char line[PROMPT_LINE_MAX], ref[VLS_REF_TEXT];
    struct vls_record *same = NULL;
    uint8_t id[VLS_ID_LEN];
    struct vls_buf title;
    enum vls_code rc;

    if ((rc = record_find(c, c->args.kind, c->args.pos[0], id, err)) != VLS_OK ||
        (rc = life_same(c, id, true, &same, err)) != VLS_OK)
        return rc;
    if (same != NULL) {
        life_same_report(c, same, true);
        vls_record_free(same);
        return VLS_OK;
    }
    if ((rc = joined_alone_note(c, id, true, err)) != VLS_OK)
        return rc;
    if (reason == NULL || reason[0] == '\0') {
        if ((rc = prompt_line(c, line, _("Why is it withdrawn?"),
                              c->yes || c->dry_run ? "--reason TEXT" : "--reason TEXT --yes", err)) != VLS_OK)
            return rc;
        if (line[0] == '\0')
            return cli_fail(c, err, VLS_ECANCELLED, _("without a reason nothing is withdrawn"));
        reason = line;
    }
    if (c->ask && !c->yes) {
        vls_buf_init(&title, 4096);
        record_ref(c, ref, id);
        note(c, "%s  %s", ref, title_by_id(c, &title, id));
        vls_buf_clear(&title);
    }
    if (!c->dry_run &&
        (rc = prompt_yes(c, _("Withdraw it? It is hidden everywhere, and can be restored."), err)) != VLS_OK)
        return rc;
    return life_set(c, id, "retracted", reason, N_("withdrawn"), err);
}

enum vls_code
cmd_record_restore(struct cli *c, struct vls_error *err)
{
    struct vls_record *same = NULL;
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc = record_find(c, c->args.kind, c->args.pos[0], id, err);

    if (rc != VLS_OK || (rc = life_same(c, id, false, &same, err)) != VLS_OK)
        return rc;
    if (same != NULL) {
        life_same_report(c, same, false);
        vls_record_free(same);
        return VLS_OK;
    }
    return life_set(c, id, "active", args_value(&c->args, "reason"), N_("restored"), err);
}
