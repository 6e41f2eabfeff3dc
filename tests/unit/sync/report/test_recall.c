/* What addressees should be told since, and whether they were. Sources and persons are invented. */
#include "made_up.h"

#include "valise/prim.h"

#define TRIP   20
#define INFO   40
#define SENT   50
#define NOTICE 52
#define SOURCE 60

struct scene {
    struct made source, info, sent, notice;
};

static void
entry(struct made *m, const char *given, const char *scope, const char *renews)
{
    struct vls_buf b;

    vls_buf_init(&b, MADE_BYTES);
    vls_cbor_put_map(&b, renews != NULL ? 3 : 2);
    vls_cbor_put_str(&b, "given");
    vls_cbor_put_str(&b, given);
    vls_cbor_put_str(&b, "scope");
    vls_cbor_put_str(&b, scope);
    if (renews != NULL) {
        vls_cbor_put_str(&b, "renews");
        vls_cbor_put_str(&b, renews);
    }
    (void)made_value(m, "consent", &b);
}

/* A source and what it told; nothing is sent yet. */
static void
begin(struct scene *s)
{
    made_new(&s->source, "source", SOURCE, "Croatia");
    made_text(&s->source, "codename", "BLUEFIELD");
    entry(&s->source, "given", "tell regional groups", NULL);
    made_new(&s->info, "info", INFO, "Ireland");
    made_text(&s->info, "from", "civil-society");
    made_text(&s->info, "source", "BLUEFIELD");
    made_text(&s->info, "tlp", "green");
    made_ref(&s->info, "informant", SOURCE);
    made_instant(&s->info, "received", "2027-03-07T22:00Z");
}

static void
send(struct scene *s, const char *to)
{
    made_new(&s->sent, "transmission", SENT, "Ireland");
    made_ref(&s->sent, "covers", INFO);
    made_text(&s->sent, "to", to);
    if (strcmp(to, "group") == 0)
        made_text(&s->sent, "to-detail", "EEG");
    made_instant(&s->sent, "sent", "2027-03-09T12:00Z");
}

static void
notify(struct scene *s, const char *what)
{
    struct vls_row *said;

    made_new(&s->notice, "transmission", NOTICE, "Croatia");
    made_ref(&s->notice, "covers", SENT);
    made_ref(&s->notice, "correction-of", SENT);
    said = made_text(&s->notice, "recall", what);
    memcpy(said->dot.change, said[-1].dot.change, sizeof said->dot.change); /* both in one change set */
    said->dot.op = 1;
    made_text(&s->notice, "to", "group");
    made_text(&s->notice, "to-detail", "EEG");
    made_instant(&s->notice, "sent", "2027-03-10T12:00Z");
}

/* Drops a field of the notice, or gives it another text. */
static void
notice_says(struct scene *s, const char *field, const char *text)
{
    struct made *m = &s->notice;
    size_t n = 0;

    for (size_t i = 0; i < m->rec.n_rows; i++)
        if (m->row[i].field != vls_field_by_name(m->rec.kind, field)->no)
            m->row[n++] = m->row[i];
    m->rec.n_rows = n;
    if (text != NULL)
        made_text(m, field, text);
}

/* A report of it all, fed in one order or the other: the same comes of it. */
static struct vls_report *
report_of(struct scene *s, bool back)
{
    struct vls_report *r = made_report("2027-03-11T10:00Z");
    struct made *const all[] = {&s->source, &s->info, &s->sent, &s->notice};

    for (size_t i = 0; i < 4; i++) {
        struct made *m = all[back ? 3 - i : i];

        if (m->rec.kind != NULL)
            made_feed(r, m);
    }
    made_build(r);
    return r;
}

/* "sent-unaware open, withdrawn told TRM-…" in both orders; "" when there is nothing. */
static void
comes_of_it(struct scene *s, const char *want)
{
    for (int back = 0; back < 2; back++) {
        struct vls_report *r = report_of(s, back);
        const struct vls_recall *recall;
        struct vls_buf got;
        bool open = false;
        size_t n;

        vls_buf_init(&got, 4096);
        recall = vls_report_recalls(r, &n);
        assert_true(n <= 1);
        for (size_t i = 0; n == 1 && i < recall->n_causes; i++) {
            const struct vls_recall_cause *c = &recall->cause[i];

            vls_buf_printf(&got, "%s%s %s", i > 0 ? ", " : "", vls_recall_since(c),
                           *c->told_ref != '\0' ? "told"
                           : c->over            ? "over"
                                                : "open");
            open = open || (*c->told_ref == '\0' && !c->over);
            if (*c->told_ref != '\0')
                assert_string_equal(c->told_ref, s->notice.rec.ref);
        }
        assert_string_equal(got.n > 0 ? vls_buf_str(&got) : "", want);
        if (n == 1) {
            assert_int_equal(recall->open, open);
            assert_string_equal(recall->ref, s->sent.rec.ref);
            assert_string_equal(recall->addressee, vls__rp_has_text(&s->sent.rec, "to", "group") ? "one regional group EEG" : "focal points");
        }
        vls_buf_clear(&got);
        vls_report_close(r);
    }
}

static void
what_stands_needs_nothing(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    comes_of_it(&s, "");
    entry(&s.source, "given", "tell Court content", NULL);
    comes_of_it(&s, "");
}

static void
a_consent_withdrawn_later_was_not_known(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    entry(&s.source, "withdrawn", "tell regional groups", NULL);
    comes_of_it(&s, "sent-unaware open");
    notify(&s, "withdrawn"); /* told something else */
    comes_of_it(&s, "sent-unaware open");
    notify(&s, "consent-withdrawn");
    comes_of_it(&s, "sent-unaware told");
}

/* Counters of one compartment alone cannot show that it was known, and those of two show nothing. */
static void
nothing_is_said_of_knowledge_that_cannot_be_seen(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    entry(&s.source, "withdrawn", "tell regional groups", NULL);
    send(&s, "group");
    comes_of_it(&s, "consent-withdrawn open");
    s.source.rec.compartment[0] = 7;
    comes_of_it(&s, "consent-withdrawn open");
}

static void
a_withdrawal_concerns_those_it_names(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    entry(&s.source, "withdrawn", "tell Court content", NULL);
    comes_of_it(&s, "");
    entry(&s.source, "perhaps", "tell regional groups", NULL); /* nobody withdrew it */
    entry(&s.source, "The groups may have everything", "", NULL);
    comes_of_it(&s, "");
    entry(&s.source, "withdrawn", "everything", NULL); /* a scope that cannot be read concerns everybody */
    comes_of_it(&s, "sent-unaware open");
}

static void
a_consent_that_names_the_withdrawal_ends_it_and_the_mark_stays(void **state)
{
    struct scene s = {0};
    const struct vls_row *row;
    uint8_t dot[VLS_CHANGE_ID_LEN + 4], hash[VLS_HASH_LEN];
    char name[9];

    (void)state;
    begin(&s);
    send(&s, "group");
    entry(&s.source, "withdrawn", "tell regional groups", NULL);
    row = &s.source.row[s.source.rec.n_rows - 1];
    memcpy(dot, row->dot.change, VLS_CHANGE_ID_LEN);
    vls_store_le32(dot + VLS_CHANGE_ID_LEN, row->dot.op);
    vls_hash1(hash, "vls consent", dot, sizeof dot);
    vls_hex(name, hash, 4);
    entry(&s.source, "given", "tell regional groups", "00000000");
    comes_of_it(&s, "sent-unaware open");
    entry(&s.source, "given", "tell regional groups", name);
    comes_of_it(&s, "sent-unaware over");
}

static void
a_notice_written_before_the_withdrawal_tells_nothing_of_it(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    notify(&s, "consent-withdrawn");
    entry(&s.source, "withdrawn", "tell regional groups", NULL);
    comes_of_it(&s, "sent-unaware open");
    notify(&s, "consent-withdrawn");
    comes_of_it(&s, "sent-unaware told");
}

static void
what_was_sent_is_withdrawn(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    made_text(&s.info, "life", "retracted");
    s.info.rec.withdrawn = true;
    comes_of_it(&s, "withdrawn open");
    entry(&s.source, "withdrawn", "tell regional groups", NULL);
    comes_of_it(&s, "sent-unaware open, withdrawn open");
    notify(&s, "withdrawn");
    comes_of_it(&s, "sent-unaware open, withdrawn told");
}

/* "Not sent at all", or to somebody else, silenced a recall for whoever got the first. */
static void
a_notice_that_did_not_reach_this_addressee_tells_nothing(void **state)
{
    static const struct {
        const char *field, *text;
    } t[] = {
        {"withheld-because", "not sent at all"},
        {"sent", NULL},
        {"to", "president"},
        {"to", "all-groups"},
        {"to", NULL},
        {"to-detail", "AFR"},
        {"to-detail", NULL},
        {"correction-of", NULL},
        {"recall", NULL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct scene s = {0};

        begin(&s);
        send(&s, "group");
        made_text(&s.info, "life", "retracted");
        s.info.rec.withdrawn = true;
        notify(&s, "withdrawn");
        comes_of_it(&s, "withdrawn told");
        notice_says(&s, t[i].field, t[i].text);
        comes_of_it(&s, "withdrawn open");
        notify(&s, "withdrawn");
        s.notice.rec.withdrawn = true;
        comes_of_it(&s, "withdrawn open");
    }
}

/* The set only grows, so that whoever could put it there would silence a transmission for ever. */
static void
what_is_put_on_a_transmission_later_makes_no_notice_of_it(void **state)
{
    struct scene s = {0};
    struct vls_row *said;

    (void)state;
    begin(&s);
    send(&s, "group");
    made_text(&s.info, "life", "retracted");
    s.info.rec.withdrawn = true;
    made_text(&s.sent, "recall", "withdrawn");
    comes_of_it(&s, "withdrawn open");
    made_ref(&s.sent, "correction-of", NOTICE); /* as it would be for a text sent again without its mistake */
    comes_of_it(&s, "withdrawn open");
    notify(&s, "restricted");
    comes_of_it(&s, "withdrawn open");
    said = made_text(&s.notice, "recall", "withdrawn");
    comes_of_it(&s, "withdrawn open");
    memcpy(said->dot.change, vls__rp_row(&s.notice.rec, "correction-of", 0)->dot.change, sizeof said->dot.change);
    said->dot.op = 2;
    comes_of_it(&s, "withdrawn told");
}

static void
a_notice_written_before_the_record_was_withdrawn_tells_nothing_of_it(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    notify(&s, "withdrawn");
    made_text(&s.info, "life", "retracted");
    s.info.rec.withdrawn = true;
    comes_of_it(&s, "withdrawn open");
    notify(&s, "withdrawn");
    comes_of_it(&s, "withdrawn told");
}

static void
a_marking_raised_since(void **state)
{
    static const struct {
        const char *field, *value, *to, *want;
    } t[] = {
        {"tlp", "amber", "group", ""},
        {"tlp", "red", "group", "restricted open"},
        {"tlp", "red", "focal-points", "restricted open"},
        {"tlp", "red", "president", ""},
        {"tlp", "scarlet", "group", "restricted open"}, /* of a newer version: as strict as can be */
        {"caveat", "court-only", "group", "restricted open"},
        {"caveat", "focal-points-only", "group", "restricted open"},
        {"caveat", "sealed-matter", "group", "restricted open"},
        {"caveat", "no-attribution", "group", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
        struct scene s = {0};

        begin(&s);
        send(&s, t[i].to);
        if (strcmp(t[i].field, "tlp") == 0)
            s.info.row[2].state = VLS_ROW_PAST; /* the marking before */
        made_text(&s.info, t[i].field, t[i].value);
        comes_of_it(&s, t[i].want);
    }
}

static void
what_was_not_sent_or_is_a_notice_itself_is_not_recalled(void **state)
{
    struct scene s = {0};

    (void)state;
    begin(&s);
    send(&s, "group");
    made_text(&s.sent, "withheld-because", "it sits in the group");
    made_text(&s.info, "life", "retracted");
    s.info.rec.withdrawn = true;
    comes_of_it(&s, "");
    notify(&s, "withdrawn");
    s.sent = s.notice;
    s.sent.rec.rows = s.sent.row;
    s.sent.rec.id[0] = SENT;
    made_ref(&s.sent, "covers", INFO);
    memset(&s.notice, 0, sizeof s.notice);
    comes_of_it(&s, "");
    send(&s, "group");
    comes_of_it(&s, "withdrawn open");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_stands_needs_nothing),
        cmocka_unit_test(a_consent_withdrawn_later_was_not_known),
        cmocka_unit_test(nothing_is_said_of_knowledge_that_cannot_be_seen),
        cmocka_unit_test(a_withdrawal_concerns_those_it_names),
        cmocka_unit_test(a_consent_that_names_the_withdrawal_ends_it_and_the_mark_stays),
        cmocka_unit_test(a_notice_written_before_the_withdrawal_tells_nothing_of_it),
        cmocka_unit_test(what_was_sent_is_withdrawn),
        cmocka_unit_test(a_notice_that_did_not_reach_this_addressee_tells_nothing),
        cmocka_unit_test(what_is_put_on_a_transmission_later_makes_no_notice_of_it),
        cmocka_unit_test(a_notice_written_before_the_record_was_withdrawn_tells_nothing_of_it),
        cmocka_unit_test(a_marking_raised_since),
        cmocka_unit_test(what_was_not_sent_or_is_a_notice_itself_is_not_recalled),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
