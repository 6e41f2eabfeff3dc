/* What leaves, what stays, and what is refused: domain.md W3, with invented persons and sources. */
#include "made_up.h"

#define PERSON 10
#define TRIP   20
#define INFO   40

static struct vls_address
to(const char *words)
{
    struct vls_error err = {0};
    struct vls_address a;

    check_ok(vls_address_parse(&a, words, &err), &err);
    return a;
}

static struct vls_preview
preview(struct vls_report *r, uint8_t id, const char *words)
{
    uint8_t bytes[VLS_ID_LEN] = {id};
    struct vls_address a = to(words);
    struct vls_error err = {0};
    struct vls_preview p;

    check_ok(vls_report_preview(r, bytes, "Ireland", &a, &p, &err), &err);
    return p;
}

static bool
leaves(const struct vls_preview *p, const char *text)
{
    size_t i;

    for (i = 0; i < p->n_leaves; i++) {
        if (strstr(p->leaves[i].text, text) != NULL)
            return true;
    }
    return strstr(p->text, text) != NULL;
}

static void
made_full_info(struct vls_report *r, const char *caveat, const char *tlp)
{
    struct made m;

    made_new(&m, "info", INFO, "Ireland");
    made_text(&m, "from", "civil-society");
    made_text(&m, "source", "GREENLAKE");
    made_text(&m, "by", "telephone");
    made_instant(&m, "received", "2027-03-07T22:00Z");
    made_text(&m, "claim", "potential");
    made_text(&m, "text", "verbatim words of the informant");
    made_text(&m, "sender-reference", "ref-of-sender");
    made_text(&m, "person-as-written", "hadad");
    made_ref(&m, "about", PERSON);
    made_ref(&m, "trip", TRIP);
    if (*caveat != '\0')
        made_text(&m, "caveat", caveat);
    if (*tlp != '\0')
        made_text(&m, "tlp", tlp);
    made_feed(r, &m);
}

static struct vls_report *
shared(const char *caveat, const char *tlp)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");

    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-14", "potential", "Ireland");
    made_full_info(r, caveat, tlp);
    made_build(r);
    return r;
}

static void
source_channel_and_words_as_told_never_leave(void **state)
{
    static const char *const TO[] = {"court", "president", "focal-points", "group:EEG", "all-groups", "state:IE"};
    static const char *const SECRET[] = {"GREENLAKE", "telephone", "verbatim", "ref-of-sender", "civil", "hadad"};
    size_t i, k;

    (void)state;
    for (i = 0; i < sizeof TO / sizeof *TO; i++) {
        struct vls_report *r = shared("", "");
        struct vls_preview p = preview(r, INFO, TO[i]);

        assert_int_equal(p.refusal, VLS_MAY_SHARE);
        for (k = 0; k < sizeof SECRET / sizeof *SECRET; k++) {
            if (leaves(&p, SECRET[k]))
                fail_msg("%s would leave to %s", SECRET[k], TO[i]);
        }
        assert_true(leaves(&p, "Idris al-Haddad"));
        assert_true(leaves(&p, "Addis Ababa ET 2027-04-12/14"));
        assert_int_equal(p.n_stays, 4);
        assert_string_equal(p.stays[0].text, "GREENLAKE, civil society");
        assert_string_equal(p.country, "ET");
        assert_string_equal(p.place, "Addis Ababa");
        assert_true(p.has_received);
        vls_report_close(r);
    }
}

struct refusal_case {
    const char *caveat, *tlp, *to;
    enum vls_refusal refusal;
};

static const struct refusal_case REFUSALS[] = {
    {"", "red", "court", VLS_MAY_SHARE},
    {"", "red", "president", VLS_MAY_SHARE},
    {"", "red", "group:EEG", VLS_REFUSED_RED},
    {"", "red", "all-groups", VLS_REFUSED_RED},
    {"", "red", "state:IE", VLS_REFUSED_RED},
    {"", "red", "focal-points", VLS_REFUSED_RED},
    {"", "a-marking-of-a-newer-version", "focal-points", VLS_REFUSED_RED},
    {"", "amber+strict", "focal-points", VLS_MAY_SHARE},
    {"sealed-matter", "", "focal-points", VLS_REFUSED_SEALED},
    {"", "a-marking-of-a-newer-version", "group:EEG", VLS_REFUSED_RED},
    {"", "amber+strict", "group:EEG", VLS_MAY_SHARE},
    {"sealed-matter", "", "court", VLS_MAY_SHARE},
    {"sealed-matter", "", "president", VLS_REFUSED_SEALED},
    {"sealed-matter", "", "group:EEG", VLS_REFUSED_SEALED},
    {"court-only", "", "court", VLS_MAY_SHARE},
    {"court-only", "", "president", VLS_REFUSED_COURT_ONLY},
    {"court-only", "", "focal-points", VLS_REFUSED_COURT_ONLY},
    {"focal-points-only", "", "focal-points", VLS_MAY_SHARE},
    {"focal-points-only", "", "court", VLS_REFUSED_FOCAL_ONLY},
    {"focal-points-only", "", "group:EEG", VLS_REFUSED_FOCAL_ONLY},
    {"not-to-destination", "", "state:ET", VLS_REFUSED_DESTINATION},
    {"not-to-destination", "", "state:IE", VLS_MAY_SHARE},
    {"not-to-destination", "", "group:EEG", VLS_MAY_SHARE},
    {"not-to-destination", "", "court", VLS_MAY_SHARE},
    {"no-attribution", "", "group:EEG", VLS_MAY_SHARE},
};

static void
caveats_and_markings_refuse_what_they_say(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof REFUSALS / sizeof *REFUSALS; i++) {
        const struct refusal_case *c = &REFUSALS[i];
        struct vls_report *r = shared(c->caveat, c->tlp);
        struct vls_preview p = preview(r, INFO, c->to);

        if (p.refusal != c->refusal)
            fail_msg("%s%s to %s: %s instead of %s", c->caveat, c->tlp, c->to, vls_refusal_name(p.refusal),
                     vls_refusal_name(c->refusal));
        assert_int_equal(p.no_attribution, strcmp(c->caveat, "no-attribution") == 0);
        vls_report_close(r);
    }
}

/* Kenya sits in the African group: the group of the destination is refused, another is not. */
static void
the_group_of_the_destination_is_refused(void **state)
{
    static const struct {
        const char *to;
        enum vls_refusal refusal;
    } CASE[] = {{"group:AFR", VLS_REFUSED_DESTINATION},
                {"all-groups", VLS_REFUSED_DESTINATION},
                {"group:WEOG", VLS_MAY_SHARE},
                {"state:KE", VLS_REFUSED_DESTINATION}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        struct vls_report *r = made_report("2027-03-08T10:00Z");
        struct vls_preview p;

        made_person(r, PERSON, "Idris al-Haddad");
        made_trip(r, TRIP, PERSON, "Nairobi", "KE", "2027-04-12", "potential", "Ireland");
        made_full_info(r, "not-to-destination", "");
        made_build(r);
        p = preview(r, TRIP, CASE[i].to); /* the report's caveat holds for the trip it speaks of */
        assert_int_equal(p.refusal, CASE[i].refusal);
        vls_report_close(r);
    }
}

static void
a_contested_country_goes_to_no_state(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    struct vls_preview p;
    struct made m;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "", "", "2027-04-12", "potential", "Ireland");
    made_new(&m, "leg", 21, "Ireland");
    made_ref(&m, "trip", TRIP);
    made_text(&m, "country", "MN");
    made_text(&m, "country", "MD");
    made_feed(r, &m);
    made_build(r);
    assert_int_equal(preview(r, TRIP, "group:APG").refusal, VLS_REFUSED_CONTESTED);
    assert_int_equal(preview(r, TRIP, "state:MN").refusal, VLS_REFUSED_CONTESTED);
    p = preview(r, TRIP, "court");
    assert_int_equal(p.refusal, VLS_MAY_SHARE);
    assert_true(leaves(&p, "MD / MN"));
    assert_string_equal(p.country, "");
    vls_report_close(r);
}

static void
what_came_from_the_court_does_not_go_back(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");

    (void)state;
    made_info(r, INFO, 0, "court-registry", "Registry", "2027-03-07T22:00Z", "Ireland");
    made_build(r);
    assert_int_equal(preview(r, INFO, "court").refusal, VLS_REFUSED_RETURN);
    assert_int_equal(preview(r, INFO, "president").refusal, VLS_MAY_SHARE);
    vls_report_close(r);
}

static void
a_trip_told_to_the_court_covers_our_own_reports_only(void **state)
{
    struct vls_report *r = made_report("2027-03-09T10:00Z");
    struct vls_preview p;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "", "ET", "2027-04-12", "potential", "Ireland");
    made_info(r, 1, TRIP, "media", "radio", "2027-03-08T10:00Z", "Ireland");
    made_info(r, 2, TRIP, "media", "paper", "2027-03-07T10:00Z", "Croatia");
    made_info(r, 3, TRIP, "court-registry", "Registry", "2027-03-06T10:00Z", "Ireland");
    made_build(r);
    p = preview(r, TRIP, "court");
    assert_int_equal(p.n_covers, 2);
    assert_int_equal(p.covers[0][0], TRIP);
    assert_int_equal(p.covers[1][0], 1);
    assert_int_equal(preview(r, TRIP, "group:EEG").n_covers, 1);
    vls_report_close(r);
}

static void
a_text_for_a_group_is_green_at_most(void **state)
{
    struct vls_report *r = shared("", "amber+strict");

    (void)state;
    assert_string_equal(preview(r, INFO, "group:EEG").marking, "green");
    assert_string_equal(preview(r, INFO, "court").marking, "amber+strict");
    vls_report_close(r);
}
/* Two reports of one journey that was entered twice and joined: 12 to 14 April in Addis Ababa. */
static struct vls_report *
joined(const char *place, const char *dates, const char *status)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    struct made m;

    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-14", status, "Ireland");
    made_trip(r, TRIP + 4, PERSON, "Addis-Abeba", "ET", "2027-04-12", status, "Croatia");
    made_link(r, 60, "trip-link", TRIP, TRIP + 4, "same");
    made_new(&m, "info", INFO, "Ireland");
    made_text(&m, "from", "state-party");
    made_instant(&m, "received", "2027-03-07T22:00Z");
    made_text(&m, "claim", "confirmed");
    if (*place != '\0')
        made_text(&m, "place-as-written", place);
    if (*dates != '\0')
        made_text(&m, "dates-as-written", dates);
    made_ref(&m, "about", PERSON);
    made_ref(&m, "trip", TRIP);
    made_feed(r, &m);
    return r;
}

static void
what_a_report_said_leaves_not_what_another_said_of_the_same_trip(void **state)
{
    static const struct {
        const char *place, *dates, *own, *not_own;
        bool otherwise;
    } T[] = {
        {"Addis Ababa, ET", "2027-04-12/2027-04-14", "dates: 2027-04-12/2027-04-14", "trip:", true},
        {"Addis Ababa, ET", "12-14 April 2027", "place: Addis Ababa, ET", "trip:", true},
        {"", "2027-04-13", "dates: 2027-04-13", "trip:", true},
        {"Nairobi, KE", "2027-04-12", "place: Nairobi, KE", "ET", true},
        {"Gondar, ET", "", "place: Gondar, ET", "Addis", true},
        {"Addis-Abeba, ET", "2027-04-12", "ET 2027-04-12", "place:", false}, /* another spelling says nothing else */
        {"", "", "ET 2027-04-12", "dates:", false},
        {"somewhere in the east", "after the summit", "ET 2027-04-12", "summit", false},
    };
    struct vls_preview p;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof T / sizeof *T; i++) {
        struct vls_report *r = joined(T[i].place, T[i].dates, "confirmed");

        made_build(r);
        p = preview(r, INFO, "court");
        if (p.told_otherwise != T[i].otherwise || strstr(p.text, T[i].own) == NULL ||
            strstr(p.text, T[i].not_own) != NULL)
            fail_msg("“%s”, “%s”: %s", T[i].place, T[i].dates, p.text);
        assert_non_null(strstr(p.text, "confirmed"));
        vls_report_close(r);
    }
}

static void
the_view_of_a_report_holds_its_own_days_and_place(void **state)
{
    struct vls_report *r = joined("Nairobi, KE", "2027-04-12/2027-04-14", "confirmed");
    struct vls_preview p;

    (void)state;
    made_build(r);
    p = preview(r, INFO, "court");
    assert_string_equal(p.place, "Nairobi");
    assert_string_equal(p.country, "KE");
    assert_true(p.has_dates && p.dates.possible);
    assert_int_equal(p.dates.last - p.dates.first, 2);
    assert_memory_equal(p.dates.edtf.p, "2027-04-12/2027-04-14", p.dates.edtf.n);
    assert_false(preview(r, TRIP, "court").told_otherwise); /* what is believed is shared as the trip */
    vls_report_close(r);
}

static void
what_was_told_before_is_found_for_that_addressee_alone(void **state)
{
    struct vls_report *r = joined("", "", "confirmed");
    struct vls_instant last;
    struct vls_preview p;

    (void)state;
    made_transmission(r, 70, INFO, "court", "", "2027-03-08T09:00Z");
    made_transmission(r, 71, INFO, "court", "", "2027-03-08T09:30Z");
    made_transmission(r, 72, INFO, "group", "AFR", "2027-03-08T09:40Z");
    made_build(r);
    assert_true(vls_instant_parse(&last, "2027-03-08T09:30Z", 0));
    p = preview(r, INFO, "court");
    assert_true(p.sent_before && p.has_sent_before_at);
    assert_int_equal(p.sent_before_at.unix_s, last.unix_s);
    assert_int_equal(strncmp(p.sent_before_ref, "TRM-", 4), 0);
    assert_true(preview(r, INFO, "group:AFR").sent_before);
    p = preview(r, INFO, "group:EEG");
    assert_false(p.sent_before);
    assert_string_equal(p.sent_before_ref, "");
    assert_false(preview(r, INFO, "president").sent_before);
    vls_report_close(r);
}

static void
a_trip_that_is_off_is_known_to_be_off(void **state)
{
    static const struct {
        const char *status;
        bool off;
    } T[] = {{"cancelled", true},  {"did-not-occur", true}, {"disproved", true}, {"completed", true},
             {"potential", false}, {"announced", false},    {"confirmed", false}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof T / sizeof *T; i++) {
        struct vls_report *r = joined("", "", T[i].status);

        made_build(r);
        if ((preview(r, INFO, "court").trip_off != NULL) != T[i].off ||
            (preview(r, TRIP, "court").trip_off != NULL) != T[i].off)
            fail_msg("%s", T[i].status);
        vls_report_close(r);
    }
}

static void
persons_are_not_shared(void **state)
{
    struct vls_report *r = shared("", "");
    uint8_t id[VLS_ID_LEN] = {PERSON};
    struct vls_address a = to("court");
    struct vls_preview p;

    (void)state;
    assert_int_equal(vls_report_preview(r, id, "Ireland", &a, &p, NULL), VLS_EVALUE);
    vls_report_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(source_channel_and_words_as_told_never_leave),
        cmocka_unit_test(caveats_and_markings_refuse_what_they_say),
        cmocka_unit_test(the_group_of_the_destination_is_refused),
        cmocka_unit_test(a_contested_country_goes_to_no_state),
        cmocka_unit_test(what_came_from_the_court_does_not_go_back),
        cmocka_unit_test(a_trip_told_to_the_court_covers_our_own_reports_only),
        cmocka_unit_test(a_text_for_a_group_is_green_at_most),
        cmocka_unit_test(what_a_report_said_leaves_not_what_another_said_of_the_same_trip),
        cmocka_unit_test(the_view_of_a_report_holds_its_own_days_and_place),
        cmocka_unit_test(what_was_told_before_is_found_for_that_addressee_alone),
        cmocka_unit_test(a_trip_that_is_off_is_known_to_be_off),
        cmocka_unit_test(persons_are_not_shared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
