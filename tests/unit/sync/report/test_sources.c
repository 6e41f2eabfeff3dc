/* Independent sources: echoes, copies and unnamed sources of one kind count once. */
#include "made_up.h"

#define TRIP 20

static size_t
sources(struct vls_report *r)
{
    size_t n;

    made_build(r);
    n = made_row(r, TRIP)->n_sources;
    vls_report_close(r);
    return n;
}

static struct vls_report *
with_trip(void)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");

    made_person(r, 10, "Idris al-Haddad");
    made_trip(r, TRIP, 10, "", "EG", "2027-04-12", "potential", "Ireland");
    return r;
}

static void
named_sources_count_by_name_and_kind(void **state)
{
    struct vls_report *r = with_trip();

    (void)state;
    made_info(r, 1, TRIP, "civil-society", "GREENLAKE", "2027-03-01T10:00Z", "Ireland");
    made_info(r, 2, TRIP, "civil-society", "Greenlake", "2027-03-02T10:00Z", "Croatia"); /* the same, heard twice */
    made_info(r, 3, TRIP, "civil-society", "REDROCK", "2027-03-02T10:00Z", "Croatia");
    made_info(r, 4, TRIP, "media", "GREENLAKE", "2027-03-02T10:00Z", "Croatia");
    assert_int_equal(sources(r), 3);
}

static void
unnamed_sources_of_one_kind_count_once(void **state)
{
    struct vls_report *r = with_trip();

    (void)state;
    made_info(r, 1, TRIP, "media", "", "2027-03-01T10:00Z", "Ireland");
    made_info(r, 2, TRIP, "media", "", "2027-03-02T10:00Z", "Croatia");
    made_info(r, 3, TRIP, "open-source", "", "2027-03-02T10:00Z", "Croatia");
    assert_int_equal(sources(r), 2);
}

static void
copies_of_one_another_count_once_through_any_of_them(void **state)
{
    struct vls_report *r = with_trip();
    struct made m;

    (void)state;
    made_info(r, 1, TRIP, "media", "radio", "2027-03-01T10:00Z", "Ireland");
    made_info(r, 2, TRIP, "state-party", "Note 1", "2027-03-02T10:00Z", "Croatia");
    made_info(r, 3, TRIP, "civil-society", "GREENLAKE", "2027-03-02T10:00Z", "Croatia");
    made_new(&m, "info", 4, "Ireland"); /* it quotes the radio and the note: they are one now */
    made_text(&m, "from", "open-source");
    made_text(&m, "source", "bulletin");
    made_ref(&m, "trip", TRIP);
    made_ref(&m, "derived-from", 1);
    made_ref(&m, "derived-from", 2);
    made_feed(r, &m);
    assert_int_equal(sources(r), 2);
}

static void
one_mark_means_one_informant(void **state)
{
    struct vls_report *r = with_trip();
    struct vls_buf mark;
    struct made m;
    uint8_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        made_new(&m, "source", (uint8_t)(90 + i), "Ireland");
        made_text(&m, "codename", i == 0 ? "ALDER" : i == 1 ? "BIRCH" : "CEDAR");
        vls_buf_init(&mark, 64);
        vls_cbor_put_bytes(&mark, i < 2 ? "one-mark" : "other-mk", 8);
        made_value(&m, "origin-mark", &mark);
        made_feed(r, &m);
        made_new(&m, "info", (uint8_t)(1 + i), "Ireland");
        made_text(&m, "from", "civil-society");
        made_ref(&m, "trip", TRIP);
        made_ref(&m, "informant", (uint8_t)(90 + i));
        made_feed(r, &m);
    }
    assert_int_equal(sources(r), 2);
}

static void
retracted_reports_corroborate_nothing(void **state)
{
    struct vls_report *r = with_trip();
    struct made m;

    (void)state;
    made_info(r, 1, TRIP, "media", "radio", "2027-03-01T10:00Z", "Ireland");
    made_new(&m, "info", 2, "Ireland");
    made_text(&m, "from", "civil-society");
    made_text(&m, "source", "GREENLAKE");
    made_ref(&m, "trip", TRIP);
    m.rec.withdrawn = true;
    made_feed(r, &m);
    assert_int_equal(sources(r), 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_sources_count_by_name_and_kind),
        cmocka_unit_test(unnamed_sources_of_one_kind_count_once),
        cmocka_unit_test(copies_of_one_another_count_once_through_any_of_them),
        cmocka_unit_test(one_mark_means_one_informant),
        cmocka_unit_test(retracted_reports_corroborate_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
