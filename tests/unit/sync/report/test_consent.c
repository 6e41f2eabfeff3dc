/* What a source allows to be passed on: withdrawn beats given until a consent names the withdrawal. Sources are
 * invented. */
#include "made_up.h"

#define INFO   40
#define SOURCE 60
#define TRIP   20

struct said {
    const char *scope, *given, *renews;
};

static void
made_entry(struct made *m, const struct said *said)
{
    struct vls_buf b;

    vls_buf_init(&b, MADE_BYTES);
    vls_cbor_put_map(&b, said->renews != NULL ? 3 : 2);
    vls_cbor_put_str(&b, "given");
    vls_cbor_put_str(&b, said->given);
    vls_cbor_put_str(&b, "scope");
    vls_cbor_put_str(&b, said->scope);
    if (said->renews != NULL) {
        vls_cbor_put_str(&b, "renews");
        vls_cbor_put_str(&b, said->renews);
    }
    (void)made_value(m, "consent", &b);
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
    static const struct said said[] = {{"tell Court content", "given", NULL}, {"publish", "given", NULL}};

    (void)state;
    for (int by_name = 0; by_name < 2; by_name++) {
        struct vls_report *r = logged(said, 2, by_name);

        assert_int_equal(asked(r, INFO, "court").refusal, VLS_MAY_SHARE);
        assert_int_equal(asked(r, INFO, "court:prosecutor").refusal, VLS_MAY_SHARE);
        assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_REFUSED_NO_CONSENT);
        assert_int_equal(asked(r, INFO, "state:IE").refusal, VLS_REFUSED_NO_CONSENT);
        assert_int_equal(asked(r, INFO, "president").refusal, VLS_REFUSED_NO_CONSENT);
        assert_string_equal(asked(r, INFO, "president").withdrawal, "");
        vls_report_close(r);
    }
}

/* In any order and whoever logged it; what the withdrawal does not concern goes on. */
static void
withdrawn_beats_given_in_any_order(void **state)
{
    static const struct said forth[] = {{"tell regional groups", "given", NULL},
                                        {"tell Court content", "given", NULL},
                                        {"tell regional groups", "withdrawn", NULL}},
                             back[] = {{"tell regional groups", "withdrawn", NULL},
                                       {"tell Court content", "given", NULL},
                                       {"tell regional groups", "given", NULL}};
    struct vls_report *a = logged(forth, 3, false), *b = logged(back, 3, true);

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct vls_report *r = i == 0 ? a : b;

        assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        assert_int_equal(asked(r, INFO, "all-groups").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        assert_int_equal(asked(r, TRIP, "group:EEG").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        assert_int_equal(asked(r, INFO, "court").refusal, VLS_MAY_SHARE);
        assert_int_equal(strlen(asked(r, INFO, "group:EEG").withdrawal), 8);
        assert_true(strncmp(asked(r, INFO, "group:EEG").source_ref, "SRC-", 4) == 0);
    }
    vls_report_close(a);
    vls_report_close(b);
}

static void
a_consent_that_names_the_withdrawal_renews_it(void **state)
{
    struct said said[] = {{"tell regional groups", "withdrawn", NULL}, {"tell regional groups", "given", NULL}};
    struct said other[] = {{"tell regional groups", "withdrawn", NULL},
                           {"tell regional groups", "given", NULL},
                           {"tell regional groups", "withdrawn on the phone", NULL}};
    struct vls_report *r = logged(said, 2, false);
    char name[9];

    (void)state;
    memcpy(name, asked(r, INFO, "group:EEG").withdrawal, sizeof name);
    vls_report_close(r);
    said[1].renews = "00000000";
    r = logged(said, 2, false);
    assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
    vls_report_close(r);
    said[1].renews = name;
    r = logged(said, 2, false);
    assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_MAY_SHARE);
    vls_report_close(r);
    other[1].renews = name; /* a second withdrawal, which that consent did not know */
    r = logged(other, 3, false);
    assert_int_equal(asked(r, INFO, "group:EEG").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
    assert_string_not_equal(asked(r, INFO, "group:EEG").withdrawal, name);
    vls_report_close(r);
}

static void
other_words_are_read_as_a_withdrawal(void **state)
{
    static const struct said odd[] = {
        {"everything", "withdrawn", NULL}, {"tell court content", "perhaps", NULL}, {"", "", NULL}};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        struct said said[] = {{"Tell Court Content ", "GIVEN", NULL}, odd[i]};
        struct vls_report *r = logged(said, 2, false);

        assert_int_equal(asked(r, INFO, "court").refusal, VLS_REFUSED_CONSENT_WITHDRAWN);
        vls_report_close(r);
    }
    {
        struct said said[] = {{"tell court content", "donné", NULL}, {"tell Court identity", "withdrawn", NULL}};
        struct vls_report *r = logged(said, 2, false);

        assert_int_equal(asked(r, INFO, "court").refusal, VLS_MAY_SHARE); /* the identity never leaves */
        vls_report_close(r);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_logged_hinders_nothing),
        cmocka_unit_test(a_consent_is_for_what_it_says),
        cmocka_unit_test(withdrawn_beats_given_in_any_order),
        cmocka_unit_test(a_consent_that_names_the_withdrawal_renews_it),
        cmocka_unit_test(other_words_are_read_as_a_withdrawal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
