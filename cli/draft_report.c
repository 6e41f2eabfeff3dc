/*
 * What a change set did, said for every command in one way: what would be recorded, one line a record, rows or a
 * document.
 */
#include <string.h>

#include "draft.h"

/* The fields of a record with those of its parts; a new part by its kind. True: there are new parts only. */
static bool
fields_of(const struct draft *d, const struct draft_record *r, char list[DRAFT_FIELDS_TEXT])
{
    bool added = r->fields[0] == '\0' && d->n > 1;
    size_t i;

    snprintf(list, DRAFT_FIELDS_TEXT, "%s", r->fields);
    for (i = 1; r == &d->record[0] && r->action == NULL && i < d->n; i++) {
        const struct draft_record *part = &d->record[i];

        if (part->kind->no == r->kind->no) /* what follows belongs to the next one */
            break;
        if (part->kind->parent != r->kind->no)
            continue;
        added = added && part->action != NULL;
        draft_words_add(list, part->action != NULL ? part->kind->name : part->fields);
    }
    return added;
}

static const char *
action_of(const struct draft *d, const struct draft_record *r, bool changed, char *out, size_t size)
{
    char fields[DRAFT_FIELDS_TEXT];
    bool added;

    if (r->action != NULL && d->home != NULL) {
        snprintf(out, size, _("%s, in “%s”"), _(r->action), d->home);
        return out;
    }
    if (r->action != NULL)
        return _(r->action);
    added = fields_of(d, r, fields);
    snprintf(out, size, !changed ? _("%s as it was") : added ? _("%s added") : _("%s changed"), fields);
    return out;
}

/* Machine word for the action. */
static const char *
action_word(const struct draft_record *r, bool changed)
{
    return r->action != NULL ? r->action : changed ? "changed" : "unchanged";
}

static void
report_json(struct draft *d, bool changed)
{
    json_t *doc = json_doc("change"), *list = json_array();
    struct vls_buf title;
    size_t i;

    vls_buf_init(&title, DRAFT_VALUE_MAX);
    for (i = 0; i < d->n; i++) {
        json_t *one = json_object();
        char ref[VLS_REF_TEXT];

        vls_ref_print(ref, d->record[i].kind->prefix, d->record[i].id);
        json_object_set_new(one, "ref", json_string(ref));
        json_object_set_new(one, "kind", json_string(d->record[i].kind->name));
        json_object_set_new(one, "title", json_string(title_by_id(d->c, &title, d->record[i].id)));
        json_object_set_new(one, "action", json_string(action_word(&d->record[i], changed)));
        json_object_set_new(one, "fields", json_string(d->record[i].fields));
        json_array_append_new(list, one);
    }
    json_object_set_new(doc, "dry_run", json_boolean(d->c->dry_run));
    json_object_set_new(doc, "records", list);
    vls_buf_clear(&title);
    out_json(d->c, doc);
}

/* "potential travel of Idris al-Haddad  received 2027-03-07 22:00 UTC"; other kinds by their title. */
static const char *
headline(struct draft *d, struct vls_buf *buf, const struct draft_record *of)
{
    struct vls_buf claim, about, received;
    struct vls_record *r = NULL;

    vls_buf_reset(buf);
    if (strcmp(of->kind->name, "info") != 0 ||
        vls_store_record(cli_store(d->c), of->id, VLS_LOAD_LIVE, &r, NULL) != VLS_OK)
        return title_by_id(d->c, buf, of->id);
    vls_buf_init(&claim, DRAFT_VALUE_MAX);
    vls_buf_init(&about, DRAFT_VALUE_MAX);
    vls_buf_init(&received, DRAFT_VALUE_MAX);
    vls_record_print(&claim, r, "claim", d->c->lang);
    vls_record_print(&received, r, "received", d->c->lang);
    record_ref_title(d->c, &about, r, "about");
    if (about.n > 0)
        vls_buf_printf(buf, _("%s travel of %s  received %s"), vls_buf_str(&claim), vls_buf_str(&about),
                       vls_buf_str(&received));
    else
        vls_buf_printf(buf, _("%s travel  received %s"), vls_buf_str(&claim), vls_buf_str(&received));
    vls_record_free(r);
    vls_buf_clear(&claim);
    vls_buf_clear(&about);
    vls_buf_clear(&received);
    return vls_buf_str(buf) != NULL ? vls_buf_str(buf) : "";
}

/* Parts (names, stages) are said by their whole; with -q the first record stands for all. */
static void
report_lines(struct draft *d, bool changed)
{
    char ref[VLS_REF_TEXT], action[DRAFT_FIELDS_TEXT + 64];
    struct vls_buf title;
    size_t i;

    vls_buf_init(&title, DRAFT_VALUE_MAX);
    for (i = 0; i < d->n && !(d->c->quiet && i > 0); i++) {
        const struct draft_record *r = &d->record[i];

        vls_ref_print(ref, r->kind->prefix, r->id);
        if (i > 0 && r->kind->parent != 0)
            continue;
        if (d->c->quiet)
            out_line(d->c, "%s", ref);
        else if (d->c->plain)
            out_row(d->c, ref, action_word(r, changed), r->fields, NULL);
        else
            out_line(d->c, "%s  %s  %s", ref, headline(d, &title, r), action_of(d, r, changed, action, sizeof(action)));
    }
    vls_buf_clear(&title);
}

static void
report_dry(struct draft *d)
{
    if (!d->c->quiet)
        out_line(d->c, "%s", _("This would be recorded; nothing was changed:"));
    if (!d->c->quiet && d->home != NULL)
        out_line(d->c, _("  In “%s”"), d->home);
    out_text(d->c, 2, vls_buf_slice(&d->shown));
}

void
draft_report(struct draft *d, bool changed)
{
    if (d->c->json)
        report_json(d, changed);
    else if (d->c->dry_run)
        report_dry(d);
    else
        report_lines(d, changed);
}
