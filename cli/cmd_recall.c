/*
 * share --recall: whoever got something is told that it no longer stands, by the channel that is used anyway; here the
 * proof is kept, as a further transmission that corrects the first. Nothing that was sent is undone by it.
 */
#include <string.h>

#include "put.h"
#include "recall_view.h"
#include "sending.h"

struct telling {
    struct cli *c;
    struct vls_report *report;
    const struct vls_recall *recall;
    const char *channel;
    struct vls_instant sent;
    uint8_t notice[VLS_ID_LEN];
};

static bool
is_open(const struct vls_recall_cause *cause)
{
    return !cause->over && *cause->told_ref == '\0';
}

static enum vls_code
load(struct telling *t, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("transmission");
    uint8_t id[VLS_ID_LEN];
    char ref[VLS_REF_TEXT];
    enum vls_code rc;
    size_t n;

    if (args_value(&t->c->args, "to") != NULL || args_value(&t->c->args, "leave-out") != NULL)
        return cli_fail(t->c, err, VLS_EUSAGE, _("--recall goes to whoever got the transmission: leave out --to"));
    if ((rc = sending_time(t->c, &t->sent, err)) != VLS_OK ||
        (rc = record_find(t->c, kind, t->c->args.pos[0], id, err)) != VLS_OK ||
        (rc = vls_report_open_recall(&t->report, cli_store(t->c), id, t->c->now, t->c->lang, err)) != VLS_OK)
        return rc;
    t->recall = vls_report_recalls(t->report, &n);
    record_ref(t->c, ref, id);
    if (n == 0)
        return cli_fail(t->c, err, VLS_EVALUE,
                        _("nothing has come to be known that the addressee of %s should be told"), ref);
    if (!t->recall->open)
        return cli_fail(t->c, err, VLS_EVALUE, _("%s was told already; see: valise transmission show %s"),
                        t->recall->addressee, ref);
    return VLS_OK;
}

static const char *
told_words(const struct cli *c, const struct vls_recall_cause *cause)
{
    const struct vls_field *recall = sending_field("recall");
    int rank = vls_term_rank(recall, vls_slice_str(vls_recall_term(cause->why)));

    return rank < 0 ? vls_recall_term(cause->why) : vls_label_in(recall->terms[rank].label, c->lang);
}

static void
show(const struct telling *t)
{
    size_t i;

    out_line(t->c, _("%s got %s. Tell them:"), t->recall->addressee, t->recall->ref);
    for (i = 0; i < t->recall->n_causes; i++)
        if (is_open(&t->recall->cause[i]))
            out_line(t->c, "  %s (%s)", told_words(t->c, &t->recall->cause[i]), t->recall->cause[i].record_ref);
}

/* It says that its author knew of what it tells: by that it counts. */
static enum vls_code
write_notice(struct telling *t, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("transmission");
    const struct vls_recall *r = t->recall;
    struct vls_dot *known = calloc(r->n_causes, sizeof *known);
    bool told[3] = {false, false, false};
    struct put p;
    size_t i, n = 0;
    enum vls_code rc;

    if (known == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a notice");
    if ((rc = put_begin(&p, t->c, NULL, err)) != VLS_OK)
        goto out;
    put_create(&p, kind, kind->tlp);
    memcpy(t->notice, p.id, VLS_ID_LEN);
    put_ref(&p, "covers", r->id);
    put_ref(&p, "correction-of", r->id);
    for (i = 0; i < r->n_causes; i++) {
        known[n++] = r->cause[i].dot;
        if (is_open(&r->cause[i]) && !told[r->cause[i].why])
            put_text(&p, "recall", vls_recall_term(r->cause[i].why));
        told[r->cause[i].why] = told[r->cause[i].why] || is_open(&r->cause[i]);
    }
    put_text_knowing(&p, "to", r->to, known, n);
    put_text(&p, "to-detail", r->to_detail);
    put_text(&p, "channel", t->channel);
    put_instant(&p, "sent", &t->sent);
    rc = put_commit(&p);
out:
    free(known);
    return rc;
}

static void
say(const struct telling *t)
{
    char ref[VLS_REF_TEXT], at[STAMP_TEXT], sent[WORDS_TEXT];
    json_t *doc;

    record_ref(t->c, ref, t->notice);
    if (t->c->json) {
        doc = json_doc("recall");
        json_object_set_new(doc, "transmission", json_string(t->recall->ref));
        json_object_set_new(doc, "notice", t->c->dry_run ? json_null() : json_string(ref));
        json_object_set_new(doc, "to", json_string(t->recall->to));
        json_object_set_new(doc, "to_detail", json_string(t->recall->to_detail));
        json_object_set_new(doc, "sent", json_instant(t->sent.unix_s));
        json_object_set_new(doc, "causes", recall_causes_json(t->recall));
        out_json(t->c, doc);
    } else if (t->c->dry_run && t->c->plain) {
        out_row(t->c, "would-tell", t->recall->ref, t->recall->to, t->recall->to_detail,
                stamp_plain(at, t->sent.unix_s), NULL);
    } else if (t->c->dry_run) {
        out_line(t->c, "%s", _("Nothing was changed."));
    } else if (t->c->quiet) {
        out_line(t->c, "%s", ref);
    } else if (t->c->plain) {
        out_row(t->c, ref, t->recall->ref, t->recall->to, t->recall->to_detail, stamp_plain(at, t->sent.unix_s), NULL);
    } else {
        out_line(t->c, _("%s  %s was told %s"), ref, t->recall->addressee, words_instant(sent, &t->sent));
    }
}

enum vls_code
share_recall(struct cli *c, struct vls_error *err)
{
    struct telling t = {.c = c};
    enum vls_code rc = load(&t, err);

    if (rc == VLS_OK && !c->dry_run)
        rc = sending_channel(c, &t.channel, err);
    if (rc == VLS_OK && !c->dry_run)
        rc = sending_check(c, t.channel, t.recall->marking, err);
    if (rc == VLS_OK && !c->json && !c->plain && !c->quiet)
        show(&t);
    if (rc == VLS_OK && !c->dry_run && (rc = prompt_yes(c, _("Were they told?"), err)) == VLS_OK)
        rc = write_notice(&t, err);
    if (rc == VLS_OK)
        say(&t);
    vls_report_close(t.report);
    return rc;
}
