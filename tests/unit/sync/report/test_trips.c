/* Trips as rows: joined ones once, fields by their policies over all rivals, stages united. */
#include "made_up.h"

#define PERSON 10
#define A      20
#define B      30
#define C      40

static void
two_trips_of_one_journey(struct vls_report *r)
{
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, B, PERSON, "Addis-Abeba", "ET", "2027-04-12/2027-04-14", "confirmed", "Croatia");
    made_trip(r, A, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
}

static void
trips_that_nobody_joined_stand_apart(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    size_t n;

    (void)state;
    two_trips_of_one_journey(r);
    made_build(r);
    (void)vls_report_trips(r, &n);
    assert_int_equal(n, 2);
    assert_int_equal(made_row(r, A)->n_members, 1);
    assert_string_equal(made_row(r, A)->dates_text, "2027-04-12/15");
    assert_string_equal(made_row(r, A)->status, "potential");
    vls_report_close(r);
}

static void
joined_trips_stand_once_under_the_lowest_id_with_fields_by_policy(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_trip *t;
    size_t n;

    (void)state;
    two_trips_of_one_journey(r);
    made_link(r, 60, "trip-link", A, B, "same");
    made_build(r);
    t = vls_report_trips(r, &n);
    assert_int_equal(n, 1);
    assert_int_equal(t->id[0], A);
    assert_int_equal(t->n_alias, 1);
    assert_ptr_equal(made_row(r, B), t);                 /* the other id still leads to it */
    assert_string_equal(t->dates_text, "2027-04-12/14"); /* REFINE: the narrower */
    assert_string_equal(t->status, "confirmed");         /* ALERT: the more alarming */
    assert_int_equal(t->n_stages, 1);                    /* one stay, spelled twice */
    assert_int_equal(t->n_countries, 1);
    assert_string_equal(t->country[0], "ET");
    assert_int_equal(t->days, 35);
    assert_int_equal(t->n_differs, 2); /* the dates nest */
    assert_string_equal(t->differs[0], "status");
    assert_string_equal(t->differs[1], "place");
    vls_report_close(r);
}

static void
answers_that_disagree_join_nothing(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    size_t n;

    (void)state;
    two_trips_of_one_journey(r);
    made_link(r, 60, "trip-link", A, B, "same");
    made_link(r, 61, "trip-link", B, A, "different"); /* the other post, the other way round */
    made_build(r);
    (void)vls_report_trips(r, &n);
    assert_int_equal(n, 2);
    vls_report_close(r);
}

static void
a_contradiction_in_a_chain_leaves_all_apart(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    size_t n;

    (void)state;
    two_trips_of_one_journey(r);
    made_trip(r, C, PERSON, "Addis", "ET", "2027-04-12", "announced", "Ireland");
    made_link(r, 60, "trip-link", A, B, "same");
    made_link(r, 61, "trip-link", B, C, "same");
    made_link(r, 62, "trip-link", A, C, "different");
    made_build(r);
    (void)vls_report_trips(r, &n);
    assert_int_equal(n, 3);
    vls_report_close(r);
}

static void
a_link_to_a_withdrawn_trip_joins_nothing(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    size_t n;

    (void)state;
    two_trips_of_one_journey(r);
    made_link(r, 60, "trip-link", 5, A, "same"); /* no live trip has the id 5, though it is lower */
    made_build(r);
    (void)vls_report_trips(r, &n);
    assert_int_equal(n, 2);
    assert_int_equal(made_row(r, A)->id[0], A);
    vls_report_close(r);
}

/* Case 4: one account says MN, another misprints it as MD. Once joined both stand side by side. */
static void
single_stays_of_joined_trips_with_two_countries_are_contested(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_trip *t;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, A, PERSON, "", "MN", "2027-04-12", "confirmed", "Ireland");
    made_trip(r, B, PERSON, "", "MD", "2027-04-12", "confirmed", "Croatia");
    made_link(r, 60, "trip-link", A, B, "same");
    made_build(r);
    t = made_row(r, A);
    assert_true(t->contested);
    assert_false(t->conflict); /* people joined them knowing it; no record is in conflict with itself */
    assert_int_equal(t->n_differs, 1);
    assert_string_equal(t->differs[0], "country");
    assert_string_equal(t->to, "MD / MN");
    assert_int_equal(t->n_countries, 2);
    vls_report_close(r);
}

static void
two_stages_of_one_post_stay_two_and_an_overflight_is_no_presence(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_trip *t;
    struct made m;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, A, PERSON, "Cairo", "EG", "2027-04-12/2027-04-15", "confirmed", "Ireland");
    made_new(&m, "leg", 70, "Ireland");
    made_ref(&m, "trip", A);
    made_text(&m, "country", "GR");
    made_text(&m, "kind", "overflight");
    made_text(&m, "order-key", "0");
    made_feed(r, &m);
    made_new(&m, "leg", 71, "Ireland");
    made_ref(&m, "trip", A);
    made_text(&m, "place", "Luxor");
    made_text(&m, "country", "EG");
    made_text(&m, "order-key", "2");
    made_feed(r, &m);
    made_build(r);
    t = made_row(r, A);
    assert_int_equal(t->n_stages, 3);
    assert_int_equal(t->n_countries, 1);
    assert_string_equal(t->country[0], "EG");
    assert_null(strstr(t->to, "GR"));
    assert_non_null(strstr(t->to, "Luxor EG"));
    vls_report_close(r);
}

/* Case 2: a window of three weeks, then an arrival on one day. */
static void
an_arrival_says_more_than_the_window(void **state)
{
    struct vls_report *r = made_report("2010-12-01T10:00Z");
    struct made m;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_new(&m, "trip", A, "Ireland");
    made_ref(&m, "person", PERSON);
    made_date(&m, "window", "2010-12-10/2010-12-31");
    made_text(&m, "status", "announced");
    made_feed(r, &m);
    made_new(&m, "leg", 70, "Ireland");
    made_ref(&m, "trip", A);
    made_text(&m, "country", "SN");
    made_date(&m, "arrive", "2010-12-15");
    made_feed(r, &m);
    made_build(r);
    assert_string_equal(made_row(r, A)->dates_text, "2010-12-15");
    assert_int_equal(made_row(r, A)->days, 14);
    vls_report_close(r);
}

static void
words_of_an_impossible_date_are_shown_and_count_as_no_day(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    struct vls_buf b;
    struct made m;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_new(&m, "trip", A, "Ireland");
    made_ref(&m, "person", PERSON);
    vls_buf_init(&b, 256);
    vls_date_put(&b, vls_slice_str(""), vls_slice_str("40 April"));
    made_value(&m, "window", &b);
    made_text(&m, "status", "announced");
    made_feed(r, &m);
    made_build(r);
    assert_string_equal(made_row(r, A)->dates_text, "40 April");
    assert_false(made_row(r, A)->has_dates);
    vls_report_close(r);
}

static void
rows_go_by_day_and_those_without_come_last(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_trip *t;
    size_t n;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, 20, PERSON, "", "EG", "", "potential", "Ireland");
    made_trip(r, 30, PERSON, "", "EG", "2027-05", "potential", "Ireland");
    made_trip(r, 40, PERSON, "", "EG", "2027-04-12", "potential", "Ireland");
    made_build(r);
    t = vls_report_trips(r, &n);
    assert_int_equal(n, 3);
    assert_int_equal(t[0].id[0], 40);
    assert_int_equal(t[1].id[0], 30);
    assert_int_equal(t[2].id[0], 20);
    vls_report_close(r);
}

static void
groups_are_informed_left_out_or_open(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_trip *t;
    struct made m;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, A, PERSON, "", "EG", "2027-04-12", "potential", "Ireland");
    made_transmission(r, 50, A, "group", "EEG", "2027-03-08T09:00Z");
    made_new(&m, "transmission", 51, "Ireland");
    made_ref(&m, "covers", A);
    made_text(&m, "to", "group");
    made_text(&m, "to-detail", "AFR");
    made_text(&m, "withheld-because", "the destination sits in the group");
    made_instant(&m, "sent", "2027-03-08T09:00Z");
    made_feed(r, &m);
    made_build(r);
    t = made_row(r, A);
    assert_int_equal(t->group[0], VLS_LEFT_OUT);
    assert_int_equal(t->group[1], VLS_NOT_INFORMED);
    assert_int_equal(t->group[2], VLS_INFORMED);
    assert_int_equal(t->court, VLS_COURT_NO_REPORT);
    vls_report_close(r);
}

/* Case 11 and W8: what rested on retracted reports alone falls back, what had another ground does not. */
static void
a_trip_that_rested_on_retracted_reports_alone_falls_back(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    struct made m;
    uint8_t id;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, A, PERSON, "", "EG", "2027-04-12", "confirmed", "Ireland");
    made_trip(r, B, PERSON, "", "EG", "2027-06-12", "confirmed", "Ireland");
    made_trip(r, C, PERSON, "", "EG", "2027-08-12", "cancelled", "Ireland");
    made_info(r, 80, B, "media", "radio", "2027-03-01T10:00Z", "Ireland");
    for (id = 81; id <= 83; id++) {
        made_new(&m, "info", id, "Ireland");
        made_text(&m, "from", "media");
        made_ref(&m, "trip", id == 81 ? A : id == 82 ? B : C);
        m.rec.withdrawn = true;
        made_feed(r, &m);
    }
    made_build(r);
    assert_string_equal(made_row(r, A)->status, "potential");
    assert_true(made_row(r, A)->fell_back);
    assert_string_equal(made_row(r, B)->status, "confirmed");
    assert_false(made_row(r, B)->fell_back);
    assert_string_equal(made_row(r, C)->status, "cancelled"); /* already less alarming */
    vls_report_close(r);
}

static void
files_of_one_person_are_one_traveller(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_trip *t;

    (void)state;
    made_person(r, 10, "Idris al-Haddad");
    made_person(r, 11, "I. Haddad");
    made_trip(r, A, 11, "", "EG", "2027-04-12", "confirmed", "Ireland");
    made_link(r, 60, "identity-link", 11, 10, "same");
    made_build(r);
    t = made_row(r, A);
    assert_int_equal(t->person[0], 10);
    assert_false(t->conflict);
    vls_report_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trips_that_nobody_joined_stand_apart),
        cmocka_unit_test(joined_trips_stand_once_under_the_lowest_id_with_fields_by_policy),
        cmocka_unit_test(answers_that_disagree_join_nothing),
        cmocka_unit_test(a_contradiction_in_a_chain_leaves_all_apart),
        cmocka_unit_test(a_link_to_a_withdrawn_trip_joins_nothing),
        cmocka_unit_test(single_stays_of_joined_trips_with_two_countries_are_contested),
        cmocka_unit_test(two_stages_of_one_post_stay_two_and_an_overflight_is_no_presence),
        cmocka_unit_test(an_arrival_says_more_than_the_window),
        cmocka_unit_test(words_of_an_impossible_date_are_shown_and_count_as_no_day),
        cmocka_unit_test(rows_go_by_day_and_those_without_come_last),
        cmocka_unit_test(groups_are_informed_left_out_or_open),
        cmocka_unit_test(a_trip_that_rested_on_retracted_reports_alone_falls_back),
        cmocka_unit_test(files_of_one_person_are_one_traveller),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
