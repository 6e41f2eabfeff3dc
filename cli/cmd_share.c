/*
 * share: information is passed on and the proof kept. The sanitised copy goes into the addressee's
 * compartment, the transmission with its hash stays with the focal points; the official channel itself
 * is not replaced (domain.md W3 to W5).
 */
#include <string.h>

#include "home.h"
#include "put.h"
#include "sending.h"
#include "words.h"

#define COURT_COMPARTMENT "court"
#define TEXT_LABEL        "valise view v1"

const struct opt opts_share[] = {
    {"to", 0, N_("ADDRESSEE"), N_("court, president, focal-points, group:AFR, all-groups, state:IE, secretariat"),
     NULL},
    {"channel", 0, N_("WORD"), N_("how it goes: secure-mail, note-verbale, telephone, …"), NULL},
    {"sent", 0, N_("TIME"), N_("when it went; now unless said"), NULL},
    {"leave-out", 0, N_("REASON"), N_("record that this addressee is deliberately not told"), NULL},
    {"recall", 0, NULL, N_("of a transmission: record that its addressee was told what has come to be known since"),
     NULL},
    {0},
};

struct sharing {
    struct cli *c;
    struct vls_report *report;
    struct vls_preview p;
    const char *channel;  /* machine value */
    const char *left_out; /* reason, NULL: it is sent */
    struct vls_instant sent;
    struct vls_span delay;
    uint8_t hash[VLS_HASH_LEN];
    uint8_t transmission[VLS_ID_LEN], view[VLS_ID_LEN];
    bool has_view;
    char kept_ref[VLS_REF_TEXT],
        kept_home[HOME_TEXT]; /* what it rests on that not every member reads; "" when all do */
};

/* ---- what was asked for ---- */

static enum vls_code
asked_for(struct sharing *s, struct vls_address *to, struct vls_error *err)
{
    const char *words = args_value(&s->c->args, "to");

    if (words == NULL)
        return cli_fail(s->c, err, VLS_EUSAGE, _("to whom? For instance: --to court, --to group:AFR, --to president"));
    if (vls_address_parse(to, words, err) != VLS_OK)
        return cli_fail(s->c, err, VLS_EUSAGE,
                        _("“%.40s” is no addressee; write court, president, focal-points, group:AFR (APG, EEG, GRULAC, "
                          "WEOG), all-groups, state:IE or secretariat"),
                        words);
    s->left_out = args_value(&s->c->args, "leave-out");
    return sending_time(s->c, &s->sent, err);
}

static enum vls_code
preview_load(struct sharing *s, struct vls_error *err)
{
    const char *lang = s->c->dry_run && s->c->plain ? "en" : s->c->lang; /* rows are never translated */
    struct vls_address to;
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc;

    if ((rc = asked_for(s, &to, err)) != VLS_OK ||
        (rc = record_find(s->c, NULL, s->c->args.pos[0], id, err)) != VLS_OK ||
        (rc = vls_report_open(&s->report, cli_store(s->c), s->c->now, lang, err)) != VLS_OK)
        return rc;
    rc = vls_report_preview(s->report, id, vls_engine_me(cli_opened(s->c))->delegation, &to, &s->p, err);
    if (rc == VLS_EVALUE)
        return cli_fail(s->c, err, VLS_EUSAGE, _("a report or a trip can be shared, nothing else"));
    if (rc != VLS_OK)
        return rc;
    vls_hash1(s->hash, TEXT_LABEL, s->p.text, strlen(s->p.text));
    if (s->p.has_received)
        vls_span_between(&s->delay, &s->p.received, &s->sent);
    for (size_t i = 0; i < s->p.n_rests_on && *s->kept_ref == '\0'; i++)
        (void)home_of_narrow(s->c, s->p.rests_on[i], s->kept_ref, s->kept_home);
    return VLS_OK;
}

/* ---- what is shown before it leaves ---- */

static const char *
line_label(const char *name)
{
    static const struct label LABEL[] = {
        {"person", N_("person")},
        {"trip", N_("trip")},
        {"place", N_("place")},
        {"dates", N_("dates")},
        {"claim", N_("claim")},
        {"status", N_("status")},
        {"sanitised", N_("words")},
        {"source", N_("source")},
        {"channel", N_("channel")},
        {"text", N_("text")},
        {"sender-reference", N_("reference")},
    };

    return words_label(LABEL, sizeof LABEL / sizeof *LABEL, name);
}

static const char *
addressee_words(const struct sharing *s, char out[WORDS_TEXT])
{
    return sending_addressee(s->c, s->p.to.term, s->p.to.detail, out);
}

/* TLP labels are upper case in every language. */
static const char *
marking_words(const char *marking, char out[WORDS_TEXT])
{
    size_t i;

    for (i = 0; marking[i] != '\0' && i + 1 < WORDS_TEXT; i++)
        out[i] = marking[i] >= 'a' && marking[i] <= 'z' ? (char)(marking[i] - 'a' + 'A') : marking[i];
    out[i] = '\0';
    return out;
}

/* "  person  Idris al-Haddad", with the labels of its side in one width. */
static const char *
side_cell(const struct vls_share_line *v, size_t n, size_t i, struct vls_buf *out)
{
    size_t k, w, widest = 0;

    vls_buf_reset(out);
    for (k = 0; k < n; k++) {
        w = text_width(line_label(v[k].name));
        widest = w > widest ? w : widest;
    }
    if (i < n) {
        w = text_width(line_label(v[i].name));
        vls_buf_printf(out, "  %s%*s%s", line_label(v[i].name), (int)(widest - w + 3), "",
                       strcmp(v[i].name, "text") == 0 ? _("as told") : v[i].text);
    }
    return out->n == 0 ? "" : vls_buf_str(out);
}

/* ---- what must be known before it leaves ---- */

struct contested {
    const struct sharing *s;
    char ref[VLS_REF_TEXT]; /* of the first conflict about what leaves, "" when there is none */
    const char *label;      /* of its field */
};

static bool
field_leaves(const struct vls_field *field)
{
    static const char *const NAME[] = {"status", "window", "arrive", "depart", "country", "place", "person"};
    size_t i;

    for (i = 0; i < sizeof NAME / sizeof *NAME; i++) {
        if (strcmp(field->name, NAME[i]) == 0)
            return true;
    }
    return false;
}

static enum vls_code
contested_note(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    struct contested *to = ctx;
    const struct vls_preview *p = &to->s->p;
    const struct vls_field *field;
    struct vls_record *r = NULL;
    enum vls_code rc;
    size_t i;

    for (i = 0; i < p->n_rests_on && memcmp(p->rests_on[i], c->record, VLS_ID_LEN) != 0; i++)
        ;
    if (*to->ref != '\0' || i == p->n_rests_on || c->attention != VLS_CONFLICT || c->field > UINT16_MAX)
        return VLS_OK;
    if ((rc = vls_store_record(cli_store(to->s->c), c->record, VLS_LOAD_LIVE, &r, err)) != VLS_OK)
        return rc;
    field = vls_field_by_no(r->kind, (uint16_t)c->field);
    if (field != NULL && field_leaves(field)) {
        memcpy(to->ref, c->ref, sizeof to->ref);
        to->label = vls_label_in(field->label, to->s->c->lang);
    }
    vls_record_free(r);
    return VLS_OK;
}

/* What the addressee may know already, and what the text that leaves does not say. */
static void
history_show(const struct sharing *s)
{
    const struct vls_preview *p = &s->p;
    char to[WORDS_TEXT], at[WORDS_TEXT];

    if (p->sent_before && p->has_sent_before_at)
        note(s->c, _("%s was told already, on %s (%s)."), addressee_words(s, to), words_instant(at, &p->sent_before_at),
             p->sent_before_ref);
    else if (p->sent_before)
        note(s->c, _("%s was told already (%s)."), addressee_words(s, to), p->sent_before_ref);
    if (p->trip_off != NULL)
        note(s->c, _("The status of %s is: %s."), p->trip_off->ref, p->trip_off->status_label);
    if (p->told_otherwise)
        note(s->c, _("This report says something else than %s shows now (%s %s, %s); what the report says leaves."),
             p->trip->ref, p->trip->to, p->trip->dates_text, p->trip->status_label);
}

/* Said on the error stream, so that programs that say --yes leave a trace of it too. */
static enum vls_code
warnings_show(const struct sharing *s, struct vls_error *err)
{
    struct contested about = {.s = s};
    char here[WORDS_TEXT], leaves[WORDS_TEXT];
    enum vls_code rc = vls_store_conflicts(cli_store(s->c), contested_note, &about, err);

    if (rc != VLS_OK)
        return rc;
    if (*about.ref != '\0')
        note(s->c, _("%s is contested: review %s first"), about.label, about.ref);
    if (strcmp(s->p.marking_here, s->p.marking) != 0)
        note(s->c, _("Marking %s here; it leaves as %s."), marking_words(s->p.marking_here, here),
             marking_words(s->p.marking, leaves));
    history_show(s);
    if (*s->kept_ref != '\0')
        note(s->c, _("%s is read in “%s” alone; what leaves is kept as a copy that every member of this valise reads."),
             s->kept_ref, s->kept_home);
    if (!s->p.to_destination)
        return VLS_OK;
    note(s->c, _("%s is the destination."), vls_label_in(s->p.to.state->name, s->c->lang));
    if (s->c->yes || s->c->dry_run)
        return VLS_OK;
    return cli_fail(s->c, err, VLS_EVALUE, _("%s goes to the State it travels to only with --yes"), s->p.ref);
}

static void
preview_show(const struct sharing *s)
{
    const struct vls_preview *p = &s->p;
    char to[WORDS_TEXT], marking[WORDS_TEXT];
    struct vls_buf left, right;
    struct table t;
    size_t i;

    vls_buf_init(&left, VLS_TEXT_MAX + WORDS_TEXT);
    vls_buf_init(&right, VLS_TEXT_MAX + WORDS_TEXT);
    table_init(&t, 2, 0, 4);
    table_row(&t, _("What leaves"), _("What stays"));
    for (i = 0; i < p->n_leaves || i < p->n_stays; i++)
        table_row(&t, side_cell(p->leaves, p->n_leaves, i, &left), side_cell(p->stays, p->n_stays, i, &right));
    table_print(s->c, &t);
    vls_buf_clear(&left);
    vls_buf_clear(&right);
    if (p->no_attribution)
        out_line(s->c, "%s", _("No attribution: do not say who told you, nor that your delegation was told."));
    if (s->delay.known && s->delay.negative)
        out_line(s->c, "%s", _("The time of sending lies before the time of receipt: one of the two is wrong."));
    out_line(s->c,
             *s->kept_ref != '\0' ? _("Marking %s. Reader: %s, and every member of this valise.")
                                  : _("Marking %s. Reader: %s."),
             marking_words(p->marking, marking), addressee_words(s, to));
}

/* ---- what is recorded ---- */

static void
view_fields(struct put *p, const struct sharing *s)
{
    char to[WORDS_TEXT];
    size_t i;

    put_ref(p, "of", s->p.id);
    put_text(p, "person", s->p.person);
    put_text(p, "place", s->p.place);
    put_text(p, "country", s->p.country);
    if (s->p.has_dates)
        put_date(p, "dates", &s->p.dates);
    put_text(p, "claim", s->p.claim);
    put_text(p, "status", s->p.status);
    put_text(p, "text", s->p.free_text);
    for (i = 0; i < s->p.n_stays; i++)
        put_text(p, "withheld", s->p.stays[i].name);
    snprintf(to, sizeof to, "%s%s%s", s->p.to.term, *s->p.to.detail != '\0' ? ":" : "", s->p.to.detail);
    put_text(p, "addressee", to);
    put_bytes(p, "text-hash", s->hash, sizeof s->hash);
}

static enum vls_code
view_write(struct sharing *s, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("view");
    struct put p;
    enum vls_code rc = VLS_ENOTFOUND;

    if (kind == NULL)
        return VLS_OK;
    if (s->p.to.to == VLS_TO_COURT)
        rc = put_begin(&p, s->c, COURT_COMPARTMENT, err);
    if (rc == VLS_ENOTFOUND) /* others have no compartment of their own here */
        rc = put_begin(&p, s->c, NULL, err);
    if (rc != VLS_OK)
        return rc;
    put_create(&p, kind, s->p.marking);
    memcpy(s->view, p.id, VLS_ID_LEN);
    s->has_view = true;
    view_fields(&p, s);
    return put_commit(&p);
}

static enum vls_code
transmission_write(struct sharing *s, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_name("transmission");
    struct put p;
    size_t i;
    /* nothing has left of what is left out: that it is there stays where it is */
    enum vls_code rc = put_begin(&p, s->c, s->left_out != NULL && *s->kept_ref != '\0' ? s->kept_home : NULL, err);

    if (rc != VLS_OK)
        return rc;
    put_create(&p, kind, kind->tlp);
    memcpy(s->transmission, p.id, VLS_ID_LEN);
    for (i = 0; i < s->p.n_covers; i++)
        put_ref(&p, "covers", s->p.covers[i]);
    for (i = 0; i < s->p.n_beneath; i++)
        put_ref(&p, "rests-on", s->p.beneath[i]);
    put_text_knowing(&p, "to", s->p.to.term, s->p.known, s->p.n_known);
    put_text(&p, "to-detail", s->p.to.detail);
    put_instant(&p, "sent", &s->sent);
    if (s->left_out != NULL) {
        put_text(&p, "withheld-because", s->left_out);
    } else {
        put_text(&p, "channel", s->channel);
        put_bytes(&p, "text-hash", s->hash, sizeof s->hash);
        put_text(&p, "tlp-at-sending", s->p.marking);
    }
    if (s->has_view)
        put_ref(&p, "view", s->view);
    return put_commit(&p);
}

/* ---- what is said ---- */

static json_t *
lines_json(const struct vls_share_line *v, size_t n)
{
    json_t *all = json_array();
    size_t i;

    for (i = 0; i < n; i++)
        json_array_append_new(all,
                              json_pack("{s:s, s:o}", "name", v[i].name, "text", json_text(vls_slice_str(v[i].text))));
    return all;
}

static void
done_json(const struct sharing *s)
{
    char ref[VLS_REF_TEXT];
    json_t *doc = json_doc("share"), *covers = json_array();
    size_t i;

    for (i = 0; i < s->p.n_covers; i++) {
        record_ref(s->c, ref, s->p.covers[i]);
        json_array_append_new(covers, json_string(ref));
    }
    record_ref(s->c, ref, s->transmission);
    json_object_set_new(doc, "record", json_string(s->p.ref));
    json_object_set_new(doc, "transmission", s->c->dry_run ? json_null() : json_string(ref));
    record_ref(s->c, ref, s->view);
    json_object_set_new(doc, "view", s->has_view ? json_string(ref) : json_null());
    json_object_set_new(doc, "to", json_string(s->p.to.term));
    json_object_set_new(doc, "to_detail", json_string(s->p.to.detail));
    json_object_set_new(doc, "channel", s->channel == NULL ? json_null() : json_string(s->channel));
    json_object_set_new(doc, "sent", json_instant(s->sent.unix_s));
    json_object_set_new(doc, "delay", words_delay_json(&s->delay));
    json_object_set_new(doc, "marking", json_string(s->p.marking));
    json_object_set_new(doc, "covers", covers);
    json_object_set_new(doc, "leaves", lines_json(s->p.leaves, s->p.n_leaves));
    json_object_set_new(doc, "stays", lines_json(s->p.stays, s->p.n_stays));
    out_json(s->c, doc);
}

/* What would leave and what would stay, side by side for people, one below the other for programs. */
static void
trial_rows(const struct sharing *s)
{
    char delay[WORDS_TEXT], at[STAMP_TEXT];
    size_t i;

    out_row(s->c, s->left_out != NULL ? "would-leave-out" : "would-send", s->p.ref, s->p.to.term, s->p.to.detail,
            stamp_plain(at, s->sent.unix_s), words_delay_plain(delay, &s->delay), s->p.marking, NULL);
    for (i = 0; s->left_out == NULL && i < s->p.n_leaves; i++)
        out_row(s->c, "leaves", s->p.leaves[i].name, s->p.leaves[i].text, NULL);
    for (i = 0; s->left_out == NULL && i < s->p.n_stays; i++)
        out_row(s->c, "stays", s->p.stays[i].name, s->p.stays[i].text, NULL);
}

static void
done_report(const struct sharing *s)
{
    char ref[VLS_REF_TEXT], sent[WORDS_TEXT], delay[WORDS_TEXT], to[WORDS_TEXT], at[STAMP_TEXT];

    record_ref(s->c, ref, s->transmission);
    words_instant(sent, &s->sent);
    if (s->c->json)
        done_json(s);
    else if (s->c->dry_run && s->c->plain)
        trial_rows(s);
    else if (s->c->dry_run)
        out_line(s->c, "%s", _("Nothing was changed."));
    else if (s->c->quiet)
        out_line(s->c, "%s", ref);
    else if (s->c->plain)
        out_row(s->c, ref, s->p.ref, s->p.to.term, s->p.to.detail, stamp_plain(at, s->sent.unix_s),
                words_delay_plain(delay, &s->delay), NULL);
    else if (s->left_out != NULL)
        out_line(s->c, _("%s  recorded: %s deliberately not told"), ref, addressee_words(s, to));
    else if (!s->delay.known)
        out_line(s->c, _("%s  sent %s"), ref, sent);
    else if (s->delay.negative)
        out_line(s->c, _("%s  sent %s, %s"), ref, sent, words_delay(delay, &s->delay));
    else
        out_line(s->c, _("%s  sent %s, %s after it was received"), ref, sent, words_delay(delay, &s->delay));
}

/* What to record once the source has been asked again. */
static void
consent_advise(struct sharing *s)
{
    if (s->p.refusal != VLS_REFUSED_CONSENT_WITHDRAWN && s->p.refusal != VLS_REFUSED_CONSENT_UNREAD &&
        s->p.refusal != VLS_REFUSED_NO_CONSENT)
        return;
    cli_advise(s->c, _("Ask the source. If it consents:  valise source edit %s --consent \"scope=%s;given=given\""),
               s->p.source_ref, vls_consent_scope_of(s->p.to.to));
}

static enum vls_code
share(struct sharing *s, struct vls_error *err)
{
    char to[WORDS_TEXT];
    enum vls_code rc = preview_load(s, err);

    if (rc != VLS_OK)
        return rc;
    if (s->left_out != NULL && s->p.sent_before)
        return cli_fail(s->c, err, VLS_EVALUE, _("%s was already sent to %s; it cannot be recorded as not told"),
                        s->p.ref, addressee_words(s, to));
    if (s->left_out != NULL && *s->p.left_out_ref != '\0')
        return cli_fail(s->c, err, VLS_EVALUE,
                        _("%s is recorded already as not told to %s; for another reason first:  valise transmission "
                          "withdraw %s"),
                        s->p.ref, addressee_words(s, to), s->p.left_out_ref);
    if (s->left_out == NULL && s->p.refusal != VLS_MAY_SHARE)
        consent_advise(s);
    if (s->left_out == NULL && s->p.refusal != VLS_MAY_SHARE)
        return cli_fail(s->c, err, VLS_EVALUE, _("%s does not go to %s: %s"), s->p.ref, addressee_words(s, to),
                        words_refusal(s->p.refusal));
    if (s->left_out == NULL && !s->c->dry_run &&
        ((rc = sending_channel(s->c, &s->channel, err)) != VLS_OK ||
         (rc = sending_check(s->c, s->channel, s->p.marking, err)) != VLS_OK))
        return rc;
    if (s->left_out == NULL && !s->c->json && !s->c->plain && !s->c->quiet)
        preview_show(s);
    if (s->left_out == NULL && (rc = warnings_show(s, err)) != VLS_OK)
        return rc;
    if (!s->c->dry_run) {
        if (s->left_out == NULL &&
            ((rc = prompt_yes(s->c, *s->kept_ref != '\0' ? _("Go ahead, for every member to read it?") : _("Go ahead?"),
                              err)) != VLS_OK ||
             (rc = view_write(s, err)) != VLS_OK))
            return rc;
        if ((rc = transmission_write(s, err)) != VLS_OK)
            return rc;
    }
    done_report(s);
    return VLS_OK;
}

enum vls_code
cmd_share(struct cli *c, struct vls_error *err)
{
    struct sharing s = {.c = c};
    enum vls_code rc;

    if (args_flag(&c->args, "recall"))
        return share_recall(c, err);
    rc = share(&s, err);

    vls_report_close(s.report);
    return rc;
}
