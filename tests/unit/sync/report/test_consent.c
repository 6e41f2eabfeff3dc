/* What a source allows to be passed on: withdrawn beats given until a consent is logged with knowledge of the
 * withdrawal, and words that are not known do neither. Sources are invented. */
#include "made_up.h"

#define INFO   40
#define SOURCE 60
#define TRIP   20

/* informed: logged as a person types it, who has what stands before it in the list. */
struct said {
    const char *scope, *given;
    bool informed;
};

static void
typed_entry(struct vls_buf *b, const char *scope, const char *given)
{
    vls_buf_init(b, MADE_BYTES);
    vls_cbor_put_map(b, 2);
    vls_cbor_put_str(b, "given");
    vls_cbor_put_str(b, given);
    vls_cbor_put_str(b, "scope");
    vls_cbor_put_str(b, scope);
}

static void
made_entry(struct made *m, const struct said *said)
{
    struct vls_row *row;
    struct vls_error err = {0};
    struct vls_buf typed, kept;
    size_t n;

    typed_entry(&typed, said->scope, said->given);
    vls_buf_init(&kept, MADE_BYTES);
    if (said->informed)
        check_ok(vls_consent_entry(&kept, vls_buf_slice(&typed), &m->rec, &n, &err), &err);
    else
        vls_buf_put_slice(&kept, vls_buf_slice(&typed));
    vls_buf_clear(&typed);
    row = made_value(m, "consent", &kept);
    for (struct vls_row *before = m->row; before < row; before++) /* of equal entries one is shown */
        if (before->field == row->field && vls_slice_eq(before->value, row->value))
            row->state = VLS_ROW_KEPT;
}

/* A source with its log, and a report of it about a trip. by_name: the report names the codename alone. */
static struct vls_report *
logged(const struct said *said, size_t n, bool by_name)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    struct made m;

    made_person(r, 10, "Idris al-Haddad");
    made_trip(r, TRIP, 10, "Addis Ababa", "ET", "2027-04-12/2027-04-14", "potential", "Ireland");
    made_new(&m, "source", SOURCE, "Croatia");
    made_text(&m, "codename", "GREENLAKE");
    for (size_t i = 0; i < n; i++)
        made_entry(&m, &said[i]);
    made_feed(r, &m);
    made_new(&m, "info", INFO, "Ireland");
    made_text(&m, "from", "civil-society");
    made_text(&m, "source", by_name ? "Greenlake" : "somebody");
    made_text(&m, "claim", "potential");
    made_instant(&m, "received", "2027-03-07T22:00Z");
    if (!by_name)
        made_ref(&m, "informant", SOURCE);
    made_ref(&m, "about", 10);
    made_ref(&m, "trip", TRIP);
    made_feed(r, &m);
    made_build(r);
    return r;
}

static struct vls_preview
asked(struct vls_report *r, uint8_t id, const char *to)
{
    uint8_t bytes[VLS_ID_LEN] = {id};
    struct vls_error err = {0};
    struct vls_address a;
    struct vls_preview p;

    check_ok(vls_address_parse(&a, to, &err), &err);
    check_ok(vls_report_preview(r, bytes, "Ireland", &a, &p, &err), &err);
    return p;
}

static void
nothing_logged_hinders_nothing(void **state)
{
    struct vls_report *r = logged(NULL, 0, false);

    (void)state;
    assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_MAY_SHARE);
    assert_int_equal(asked(r, INFO, "court").refusal, VLS_MAY_SHARE);
    vls_report_close(r);
}

static void
a_consent_is_for_what_it_says(void **state)
{
    static const struct said said[] = {{"tell Court content", "given", false}, {"publish", "given", false}};

    (void)state;
    for (int by_name = 0; by_name < 2; by_name++) {
        struct vls_report *r = logged(said, 2, by_name);

        assert_int_equal(asked(r, INFO, "court").refusal, VLS_MAY_SHARE);
        assert_int_equal(asked(r, INFO, "court:prosecutor").refusal, VLS_MAY_SHARE);
        assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_REFUSED_NO_CONSENT);
        assert_int_equal(asked(r, INFO, "state:IE").refusal, VLS_REFUSED_NO_CONSENT);
        assert_int_equal(asked(r, INFO, "president").refusal, VLS_REFUSED_NO_CONSENT);
        vls_report_close(r);
    }
}

/* In any order and whoever logged it; what the withdrawal does not concern goes on. */
static void
withdrawn_beats_given_in_any_order(void **state)
{
    static const struct said forth[] = {{"tell regional groups", "given", false},
                                        {"tell Court content", "given", false},
                                        {"tell regional groups", "withdrawn", false}},
                             back[] = {{"tell regional groups", "withdrawn", false},
                                       {"tell Court content", "given", false},
                                       {"tell regional groups", "given", false}};
    struct vls_report *a = logged(forth, 3, false), *b = logged(back, 3, true);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct vls_report *r = i == 0 ? a : b;

        assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        assert_int_equal(asked(r, INFO, "all-groups").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        assert_int_equal(asked(r, TRIP, "group:EEG").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        assert_int_equal(asked(r, INFO, "court").refusal, VLS_MAY_SHARE);
        assert_true(strncmp(asked(r, INFO, "group:EEG").source_ref, "SRC-", 4) == 0);
    }
    vls_report_close(a);
    vls_report_close(b);
}

static enum vls_refusal
refusal_of(const struct said *said, size_t n, const char *to)
{
    struct vls_report *r = logged(said, n, false);
    enum vls_refusal refusal = asked(r, INFO, to).refusal;

    vls_report_close(r);
    return refusal;
}

static void
a_consent_logged_with_knowledge_of_every_withdrawal_renews_them_at_once(void **state)
{
    static const struct said said[] = {
        {"tell regional groups", "withdrawn", false}, {"tell regional groups", "withdrawn on the phone", false},
        {"tell Court content", "withdrawn", false},   {"my own words", "withdrawn", false},
        {"Tell Regional Groups", "yes", true},        {"tell regional groups", "withdrawn", false}};

    (void)state;
    assert_int_equal(refusal_of(said, 4, "group:EEG"), VLS_REFUSED_CONSENT_WITHDRAWN);
    assert_int_equal(refusal_of(said, 5, "group:EEG"), VLS_MAY_SHARE);
    assert_int_equal(refusal_of(said, 5, "court"), VLS_REFUSED_CONSENT_WITHDRAWN); /* another scope */
    assert_int_equal(refusal_of(said, 6, "group:EEG"), VLS_REFUSED_CONSENT_WITHDRAWN);
}

/* Two entries in the same words are two: the second withdrawal came after the consent that renewed the first. */
static void
a_withdrawal_in_the_same_words_after_a_renewal_stands(void **state)
{
    static const struct said said[] = {{"tell Court content", "withdrawn", false},
                                       {"tell Court content", "given", true},
                                       {"tell Court content", "withdrawn", false},
                                       {"tell Court content", "given", false},
                                       {"tell Court content", "given", true}};

    (void)state;
    assert_int_equal(refusal_of(said, 2, "court"), VLS_MAY_SHARE);
    assert_int_equal(refusal_of(said, 3, "court"), VLS_REFUSED_CONSENT_WITHDRAWN);
    assert_int_equal(refusal_of(said, 4, "court"), VLS_REFUSED_CONSENT_WITHDRAWN); /* without sight of it */
    assert_int_equal(refusal_of(said, 5, "court"), VLS_MAY_SHARE);
}

/* They give nothing, and what they may have meant waits; but nobody withdrew. */
static void
unknown_words_give_nothing_and_withdraw_nothing(void **state)
{
    static const struct said odd[] = {{"The Court may have everything", "", false},
                                      {"tell court content", "perhaps", false},
                                      {"court", "yes", false},
                                      {"", "", false}};
    static const enum vls_refusal with_consent[] = {VLS_REFUSED_CONSENT_UNREAD, VLS_REFUSED_CONSENT_UNREAD,
                                                    VLS_MAY_SHARE, VLS_REFUSED_CONSENT_UNREAD};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct said said[] = {odd[i], {"Tell Court Content ", "GIVEN", false}, {"tell court content", "oui", true}};
        enum vls_refusal alone = refusal_of(said, 1, "court");

        assert_true(alone == VLS_REFUSED_CONSENT_UNREAD || alone == VLS_REFUSED_NO_CONSENT);
        assert_int_equal(refusal_of(said, 2, "court"), with_consent[i]);
        assert_int_equal(refusal_of(said, 3, "court"), VLS_MAY_SHARE);
    }
    assert_string_equal(vls_refusal_name(VLS_REFUSED_CONSENT_UNREAD), "consent-unread");
}

static void
what_was_withdrawn_of_an_unknown_scope_is_withdrawn(void **state)
{
    static const struct said everything[] = {{"tell court content", "donné", false}, {"everything", "retiré", false}},
                             identity[] = {{"tell court content", "donné", false},
                                           {"tell Court identity", "withdrawn", false}};

    (void)state;
    assert_int_equal(refusal_of(everything, 2, "court"), VLS_REFUSED_CONSENT_WITHDRAWN);
    assert_int_equal(refusal_of(identity, 2, "court"), VLS_MAY_SHARE); /* the identity never leaves */
}

/* What is typed is kept in the words that every laptop reads, or refused. */
static void
only_words_that_count_are_taken(void **state)
{
    static const struct {
        const char *scope, *given, *kept_scope, *kept_given;
    } CASE[] = {
        {"tell court content", "OUI", "tell Court content", "given"},
        {"Publish", "Retiré", "publish", "withdrawn"},
        {"tell Court identity", "no", "tell Court identity", "withdrawn"},
        {"court", "yes", NULL, NULL},
        {"tell Court", "given", NULL, NULL},
        {"tell Court content too", "given", NULL, NULL},
        {"tell Court content", "", NULL, NULL},
        {"tell Court content", "perhaps", NULL, NULL},
        {"", "given", NULL, NULL},
    };
    size_t i, n, n_refused = 0;

    (void)state;
    for (i = 0; i < sizeof CASE / sizeof CASE[0]; i++) {
        struct vls_error err = {0};
        struct vls_buf typed, kept, wanted;
        enum vls_code rc;

        typed_entry(&typed, CASE[i].scope, CASE[i].given);
        vls_buf_init(&kept, MADE_BYTES);
        rc = vls_consent_entry(&kept, vls_buf_slice(&typed), NULL, &n, &err);
        if (CASE[i].kept_scope == NULL) {
            assert_int_equal(rc, VLS_EVALUE);
            assert_int_equal(kept.n, 0);
            n_refused++;
        } else {
            check_ok(rc, &err);
            typed_entry(&wanted, CASE[i].kept_scope, CASE[i].kept_given);
            assert_true(vls_slice_eq(vls_buf_slice(&kept), vls_buf_slice(&wanted)));
            vls_buf_clear(&wanted);
        }
        vls_buf_clear(&typed);
        vls_buf_clear(&kept);
    }
    assert_int_equal(n_refused, 6);
    for (n = 0; vls_consent_scope(n) != NULL; n++)
        ;
    assert_int_equal(n, 5);
    assert_string_equal(vls_consent_scope_of(VLS_TO_COURT), "tell Court content");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_logged_hinders_nothing),
        cmocka_unit_test(a_consent_is_for_what_it_says),
        cmocka_unit_test(withdrawn_beats_given_in_any_order),
        cmocka_unit_test(a_consent_logged_with_knowledge_of_every_withdrawal_renews_them_at_once),
        cmocka_unit_test(a_withdrawal_in_the_same_words_after_a_renewal_stands),
        cmocka_unit_test(unknown_words_give_nothing_and_withdraw_nothing),
        cmocka_unit_test(what_was_withdrawn_of_an_unknown_scope_is_withdrawn),
        cmocka_unit_test(only_words_that_count_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
