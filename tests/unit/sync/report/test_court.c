/* Was the Court told, and when: domain.md W4 and case 9, with invented persons and sources. */
#include "made_up.h"

#define PERSON 10
#define TRIP   20
#define TRIP_B 30
#define INFO   40
#define INFO_B 41
#define SENT   50
#define SENT_B 51

static void
the_delay_of_a_report_runs_to_the_first_transmission_that_covers_it(void **state)
{
    struct vls_report *r = made_report("2027-03-09T00:00Z");
    uint8_t info[VLS_ID_LEN] = {INFO}, other[VLS_ID_LEN] = {INFO_B};
    struct vls_span s;

    (void)state;
    made_info(r, INFO, 0, "civil-society", "GREENLAKE", "2027-03-07T22:00Z", "Ireland");
    made_info(r, INFO_B, 0, "state-party", "Note 114", "2027-03-08T08:00Z", "Croatia");
    made_transmission(r, SENT, INFO, "court-registry", "", "2027-03-08T11:00Z");
    made_transmission(r, SENT_B, INFO, "court-prosecutor", "", "2027-03-08T09:10Z");
    made_transmission(r, 52, INFO, "president", "", "2027-03-07T22:01Z"); /* the President is not the Court */
    made_build(r);
    assert_true(vls_report_delay(r, info, &s));
    assert_true(s.known && !s.negative);
    assert_int_equal(s.min_s, 11 * 3600 + 10 * 60);
    assert_int_equal(s.max_s, s.min_s);
    assert_false(vls_report_delay(r, other, &s)); /* its own clock runs on */
    vls_report_close(r);
}

static void
a_transmission_before_the_receipt_is_an_error_shown_as_such(void **state)
{
    struct vls_report *r = made_report("2027-03-09T00:00Z");
    uint8_t info[VLS_ID_LEN] = {INFO};
    struct vls_span s;

    (void)state;
    made_info(r, INFO, 0, "civil-society", "GREENLAKE", "2027-03-08T10:00Z", "Ireland");
    made_transmission(r, SENT, INFO, "court", "", "2027-03-08T09:59Z");
    made_build(r);
    assert_true(vls_report_delay(r, info, &s));
    assert_true(s.negative);
    assert_int_equal(s.max_s, -60);
    vls_report_close(r);
}

static void
a_transmission_deliberately_withheld_tells_nobody(void **state)
{
    struct vls_report *r = made_report("2027-03-09T00:00Z");
    struct made m;
    size_t n;

    (void)state;
    made_info(r, INFO, 0, "civil-society", "GREENLAKE", "2027-03-08T10:00Z", "Ireland");
    made_new(&m, "transmission", SENT, "Ireland");
    made_ref(&m, "covers", INFO);
    made_text(&m, "to", "court");
    made_instant(&m, "sent", "2027-03-08T11:00Z");
    made_text(&m, "withheld-because", "the Court told us the same day");
    made_feed(r, &m);
    made_build(r);
    (void)vls_report_unshared(r, &n);
    assert_int_equal(n, 0); /* the reason is on record: nobody is asked again */
    assert_int_equal(vls_report_left_out(r), 1);
    assert_false(vls_report_delay(r, (uint8_t[VLS_ID_LEN]){INFO}, &(struct vls_span){0}));
    vls_report_close(r);
}

/* Case 9: HAG received at 08:00 and sent at 09:10, NYC had received at 22:00 the evening before and sent
 * at 11:00. Each report keeps its delay, the trip's runs from the first receipt to the first sending. */
static void
the_delay_of_a_trip_runs_from_first_receipt_to_first_transmission(void **state)
{
    struct vls_report *r = made_report("2027-03-09T00:00Z");
    uint8_t hag[VLS_ID_LEN] = {INFO}, nyc[VLS_ID_LEN] = {INFO_B};
    const struct vls_trip *t;
    struct vls_span s;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_info(r, INFO, TRIP, "state-party", "Note 114", "2027-03-08T08:00Z", "Croatia");
    made_info(r, INFO_B, TRIP, "civil-society", "GREENLAKE", "2027-03-07T22:00Z", "Ireland");
    made_transmission(r, SENT, INFO, "court", "", "2027-03-08T09:10Z");
    made_transmission(r, SENT_B, INFO_B, "court", "", "2027-03-08T11:00Z");
    made_build(r);
    assert_true(vls_report_delay(r, hag, &s));
    assert_int_equal(s.max_s, 70 * 60);
    assert_true(vls_report_delay(r, nyc, &s));
    assert_int_equal(s.max_s, 13 * 3600);
    t = made_row(r, TRIP);
    assert_non_null(t);
    assert_int_equal(t->court, VLS_COURT_TOLD);
    assert_int_equal(t->delay.min_s, 11 * 3600 + 10 * 60);
    assert_int_equal(t->delay.max_s, t->delay.min_s);
    vls_report_close(r);
}

static void
a_receipt_known_to_the_day_gives_a_range(void **state)
{
    struct vls_report *r = made_report("2027-03-09T00:00Z");
    uint8_t info[VLS_ID_LEN] = {INFO};
    struct vls_span s;

    (void)state;
    made_info(r, INFO, 0, "media", "daily paper", "2027-03-07", "Ireland");
    made_transmission(r, SENT, INFO, "court", "", "2027-03-08T09:00Z");
    made_build(r);
    assert_true(vls_report_delay(r, info, &s));
    assert_true(s.max_s - s.min_s >= 86400 - 60);
    assert_int_equal(s.max_s, 33 * 3600);
    vls_report_close(r);
}

static void
only_what_the_court_has_not_heard_is_listed_most_pressing_first(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_unshared *u;
    struct made m;
    size_t n;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_trip(r, TRIP_B, PERSON, "Cairo", "EG", "2027-03-10", "confirmed", "Ireland");
    made_info(r, 1, TRIP, "civil-society", "GREENLAKE", "2027-03-07T22:00Z", "Ireland"); /* 12 h, 35 days */
    made_info(r, 2, TRIP_B, "media", "daily paper", "2027-03-08T07:00Z", "Croatia");     /* 3 h, 2 days */
    made_info(r, 3, TRIP, "state-party", "Note 1", "2027-03-06T10:00Z", "Croatia");      /* 48 h, 35 days */
    made_info(r, 4, TRIP, "court-registry", "Registry", "2027-03-01T10:00Z", "Ireland"); /* from the Court */
    made_info(r, 5, TRIP, "media", "radio", "2027-03-01T10:00Z", "Ireland");             /* told below */
    made_transmission(r, SENT, 5, "court", "", "2027-03-01T11:00Z");
    made_new(&m, "info", 6, "Ireland"); /* retracted */
    made_text(&m, "from", "media");
    made_instant(&m, "received", "2027-03-01T10:00Z");
    m.rec.withdrawn = true;
    made_feed(r, &m);
    made_build(r);
    u = vls_report_unshared(r, &n);
    assert_int_equal(n, 3);
    assert_int_equal(u[0].id[0], 2);
    assert_int_equal(u[0].warning, VLS_WARN_URGENT);
    assert_int_equal(u[0].days_to_travel, 2);
    assert_int_equal(u[1].id[0], 3);
    assert_int_equal(u[1].warning, VLS_WARN_LATE);
    assert_int_equal(u[2].id[0], 1);
    assert_int_equal(u[2].warning, VLS_WARN_NONE);
    assert_int_equal(u[2].days_to_travel, 35);
    assert_int_equal(u[2].age.max_s, 12 * 3600);
    assert_string_equal(u[2].delegation, "Ireland");
    vls_report_close(r);
}

static void
an_acknowledgement_by_the_court_is_its_receipt(void **state)
{
    struct vls_report *r = made_report("2027-03-09T00:00Z");
    const struct vls_trip *t;
    struct vls_buf entry;
    struct made m;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, TRIP, PERSON, "Addis Ababa", "ET", "2027-04-12", "potential", "Ireland");
    made_new(&m, "transmission", SENT, "Ireland");
    made_ref(&m, "covers", TRIP);
    made_text(&m, "to", "court");
    made_instant(&m, "sent", "2027-03-08T09:10Z");
    vls_buf_init(&entry, 256);
    vls_cbor_put_map(&entry, 2);
    vls_cbor_put_str(&entry, "at");
    vls_cbor_put_str(&entry, "2027-03-08T09:31Z");
    vls_cbor_put_str(&entry, "by");
    vls_cbor_put_str(&entry, "Registry");
    made_value(&m, "acknowledgement", &entry);
    made_feed(r, &m);
    made_build(r);
    t = made_row(r, TRIP);
    assert_true(t->has_receipt);
    assert_int_equal(t->receipt.unix_s - t->sent.unix_s, 21 * 60);
    assert_false(t->delay.known); /* nobody reported it: there is no first word to count from */
    vls_report_close(r);
}

static void
the_court_is_known_by_its_name_in_either_language(void **state)
{
    (void)state;
    assert_true(vls_delegation_is_court("Court"));
    assert_true(vls_delegation_is_court("COUR"));
    assert_true(vls_delegation_is_court("Cour pénale internationale"));
    assert_false(vls_delegation_is_court("Courtland"));
    assert_false(vls_delegation_is_court("Ireland"));
    assert_false(vls_delegation_is_court(""));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_delay_of_a_report_runs_to_the_first_transmission_that_covers_it),
        cmocka_unit_test(a_transmission_before_the_receipt_is_an_error_shown_as_such),
        cmocka_unit_test(a_transmission_deliberately_withheld_tells_nobody),
        cmocka_unit_test(the_delay_of_a_trip_runs_from_first_receipt_to_first_transmission),
        cmocka_unit_test(a_receipt_known_to_the_day_gives_a_range),
        cmocka_unit_test(only_what_the_court_has_not_heard_is_listed_most_pressing_first),
        cmocka_unit_test(an_acknowledgement_by_the_court_is_its_receipt),
        cmocka_unit_test(the_court_is_known_by_its_name_in_either_language),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
