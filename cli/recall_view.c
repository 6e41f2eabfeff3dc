/*
 * What has come to be known of a transmission since, see recall_view.h. Nothing of it is stored.
 */
#include <string.h>

#include "recall_view.h"

const char *
recall_words(const struct cli *c, const struct vls_recall_cause *cause)
{
    const struct vls_field *since = vls_field_by_name(vls_kind_by_name("transmission"), "since");
    int rank = vls_term_rank(since, vls_slice_str(vls_recall_since(cause)));

    return rank < 0 ? vls_recall_since(cause) : vls_label_in(since->terms[rank].label, c->lang);
}

static const char *
state_name(const struct vls_recall_cause *cause)
{
    return *cause->told_ref != '\0' ? "told" : cause->over ? "over" : "open";
}

const char *
recall_state(const struct vls_recall_cause *cause, char out[WORDS_TEXT])
{
    if (*cause->told_ref != '\0')
        snprintf(out, WORDS_TEXT, _("told by %s"), cause->told_ref);
    else
        snprintf(out, WORDS_TEXT, "%s", cause->over ? _("consented again since") : _("the addressee is to be told"));
    return out;
}

static enum vls_code
load(struct cli *c, const struct vls_record *r, struct vls_report **report, const struct vls_recall **out,
     struct vls_error *err)
{
    enum vls_code rc;
    size_t n;

    *report = NULL;
    *out = NULL;
    if (r->kind == NULL || strcmp(r->kind->name, "transmission") != 0)
        return VLS_OK;
    if ((rc = vls_report_open_recall(report, cli_store(c), r->id, c->now, c->lang, err)) != VLS_OK)
        return rc;
    *out = vls_report_recalls(*report, &n);
    if (n == 0)
        *out = NULL;
    return VLS_OK;
}

enum vls_code
recall_rows(struct cli *c, const struct vls_record *r, struct table *t, struct vls_error *err)
{
    char text[3 * WORDS_TEXT], who[WORDS_TEXT], at[STAMP_TEXT], state[WORDS_TEXT];
    const struct vls_recall *recall;
    struct vls_report *report;
    enum vls_code rc = load(c, r, &report, &recall, err);

    for (size_t i = 0; recall != NULL && i < recall->n_causes; i++) {
        const struct vls_recall_cause *cause = &recall->cause[i];
        const struct vls_field *since = vls_field_by_name(r->kind, "since");

        snprintf(text, sizeof text, "%s (%s)", recall_words(c, cause), cause->record_ref);
        table_row(t, i == 0 ? vls_label_in(since->label, c->lang) : "", text,
                  words_who(who, cause->delegation, cause->post), stamp(at, cause->wall_unix_s),
                  recall_state(cause, state));
    }
    vls_report_close(report);
    return rc;
}

enum vls_code
recall_plain(struct cli *c, const struct vls_record *r, struct vls_error *err)
{
    char at[STAMP_TEXT];
    const struct vls_recall *recall;
    struct vls_report *report;
    enum vls_code rc = load(c, r, &report, &recall, err);

    for (size_t i = 0; recall != NULL && i < recall->n_causes; i++) {
        const struct vls_recall_cause *cause = &recall->cause[i];

        out_row(c, r->ref, "since", cause->record_ref, "derived", vls_recall_since(cause), cause->delegation,
                cause->post, stamp_plain(at, cause->wall_unix_s), state_name(cause), NULL);
    }
    vls_report_close(report);
    return rc;
}

json_t *
recall_causes_json(const struct vls_recall *recall)
{
    json_t *all = json_array();

    for (size_t i = 0; i < recall->n_causes; i++) {
        const struct vls_recall_cause *cause = &recall->cause[i];

        json_array_append_new(all, json_pack("{s:s, s:s, s:o, s:o, s:o, s:s, s:o}", "since", vls_recall_since(cause),
                                             "record", cause->record_ref, "delegation",
                                             json_text(vls_slice_str(cause->delegation)), "post",
                                             json_text(vls_slice_str(cause->post)), "at",
                                             json_instant(cause->wall_unix_s), "state", state_name(cause), "told_by",
                                             *cause->told_ref != '\0' ? json_string(cause->told_ref) : json_null()));
    }
    return all;
}

enum vls_code
recall_json(struct cli *c, const struct vls_record *r, json_t **out, struct vls_error *err)
{
    const struct vls_recall *recall;
    struct vls_report *report;
    enum vls_code rc = load(c, r, &report, &recall, err);

    *out = recall != NULL ? recall_causes_json(recall) : json_array();
    vls_report_close(report);
    return rc;
}
