/* Which trips are proposed as the same, and that the work follows the buckets, not the square. */
#include "made_up.h"

#define PERSON 10
#define A      20
#define B      30

static size_t
n_pairs(const struct vls_report *r)
{
    size_t n;

    (void)vls_report_pairs(r, &n);
    return n;
}

static void
one_journey_entered_twice_is_proposed_with_its_reasons(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_pair *p;
    size_t n;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, B, PERSON, "Addis-Abeba", "ET", "2027-04-12/2027-04-14", "confirmed", "Croatia");
    made_trip(r, A, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_info(r, 1, A, "civil-society", "GREENLAKE", "2027-03-01T10:00Z", "Ireland");
    made_build(r);
    p = vls_report_pairs(r, &n);
    assert_int_equal(n, 1);
    assert_int_equal(p->kind, VLS_PAIR_TRIP);
    assert_int_equal(p->a[0], A);
    assert_int_equal(p->b[0], B);
    assert_string_equal(p->by_a, "Ireland");
    assert_string_equal(p->by_b, "Croatia");
    assert_true(p->likeness >= VLS_LIKELY_TRIP && p->likeness <= 1000);
    assert_true((p->why & VLS_WHY_SAME_PERSON) != 0 && (p->why & VLS_WHY_SAME_COUNTRY) != 0);
    assert_false(p->unsure);
    assert_int_equal(p->n_lines, 4);
    assert_string_equal(p->line[0].field, "to");
    assert_int_equal(p->line[0].remark, VLS_REMARK_SAME_PLACE);
    assert_string_equal(p->line[1].field, "dates");
    assert_int_equal(p->line[1].remark, VLS_REMARK_NARROWER_SHOWN);
    assert_int_equal(p->line[2].remark, VLS_REMARK_ALARMING_SHOWN);
    assert_string_equal(p->line[3].field, "told-by");
    assert_string_equal(p->line[3].a, "GREENLAKE (civil society)");
    assert_int_equal(p->line[3].remark, VLS_REMARK_ONE_ONLY);
    vls_report_close(r);
}

static void
judged_pairs_are_asked_again_only_when_unsure(void **state)
{
    static const struct {
        const char *verdict;
        size_t n;
    } CASE[] = {{"same", 0}, {"different", 0}, {"unsure", 1}, {"a-word-of-a-newer-version", 1}};
    size_t i;

    (void)state;
    for (i = 0; i < sizeof CASE / sizeof *CASE; i++) {
        struct vls_report *r = made_report("2027-03-08T10:00Z");
        size_t n;

        made_person(r, PERSON, "Idris al-Haddad");
        made_trip(r, A, PERSON, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
        made_trip(r, B, PERSON, "Addis-Abeba", "ET", "2027-04-12/2027-04-14", "confirmed", "Croatia");
        made_link(r, 60, "trip-link", B, A, CASE[i].verdict);
        made_build(r);
        assert_int_equal(n_pairs(r), CASE[i].n);
        if (CASE[i].n == 1)
            assert_true(vls_report_pairs(r, &n)->unsure);
        vls_report_close(r);
    }
}

static void
other_persons_other_times_and_other_countries_are_not_proposed(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");

    (void)state;
    made_person(r, 10, "Idris al-Haddad");
    made_person(r, 11, "Teodor Vance");
    made_trip(r, 20, 10, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_trip(r, 30, 11, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_trip(r, 40, 10, "Addis Ababa", "ET", "2027-09-12/2027-09-15", "potential", "Ireland");
    made_trip(r, 50, 10, "Cairo", "EG", "2027-04-14", "potential", "Ireland");
    made_build(r);
    assert_int_equal(n_pairs(r), 0);
    vls_report_close(r);
}

/* December 2010: one report speaks of a window of three weeks and of a day within it, elsewhere. */
static void
a_day_elsewhere_within_a_long_window_is_another_journey(void **state)
{
    struct vls_report *r = made_report("2010-12-09T10:00Z");

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, A, PERSON, "", "SN", "2010-12-10/2010-12-31", "potential", "Ireland");
    made_trip(r, B, PERSON, "", "ZM", "2010-12-15", "potential", "Ireland");
    made_build(r);
    assert_int_equal(n_pairs(r), 0);
    vls_report_close(r);
}

static void
files_judged_one_person_bring_their_trips_together(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");

    (void)state;
    made_person(r, 10, "Idris al-Haddad");
    made_person(r, 11, "Abu Salim");
    made_trip(r, A, 10, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_trip(r, B, 11, "Addis Ababa", "ET", "2027-04-12/2027-04-15", "potential", "Croatia");
    made_link(r, 60, "identity-link", 10, 11, "same");
    made_build(r);
    assert_int_equal(n_pairs(r), 1);
    vls_report_close(r);
}

/* 40 persons with 20 trips each, a month apart: every trip meets itself only. */
static void
comparisons_follow_the_buckets_and_not_the_square(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    char name[32], day[32];
    struct made m;
    size_t i, n;
    int p, t;

    (void)state;
    for (p = 0; p < 40; p++) {
        made_new(&m, "person", (uint8_t)p, "Ireland");
        snprintf(name, sizeof name, "N%c%cq Z%c%cx", 'b' + p % 8, 'c' + p / 8, 'd' + p % 7, 'f' + p / 7);
        made_text(&m, "display-name", name);
        made_feed(r, &m);
        for (t = 0; t < 20; t++) {
            made_new(&m, "trip", (uint8_t)p, "Ireland");
            m.rec.id[1] = (uint8_t)(t + 1);
            made_ref(&m, "person", (uint8_t)p);
            snprintf(day, sizeof day, "20%02d-%02d-03", 10 + t / 12, t % 12 + 1);
            made_date(&m, "window", day);
            made_text(&m, "status", "potential");
            made_feed(r, &m);
        }
    }
    made_build(r);
    for (i = 0; i < n_pairs(r); i++)
        assert_int_equal(vls_report_pairs(r, &n)[i].kind, VLS_PAIR_PERSON);
    assert_true(vls_report_pairs_compared(r) < 400); /* all pairs of trips would be 319,600 */
    vls_report_close(r);
}

static void
the_likeliest_stands_first_and_unsure_ones_last(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    const struct vls_pair *p;
    size_t n;

    (void)state;
    made_person(r, PERSON, "Idris al-Haddad");
    made_trip(r, 20, PERSON, "Cairo", "EG", "2027-04-12/2027-04-15", "potential", "Ireland");
    made_trip(r, 30, PERSON, "Cairo", "EG", "2027-04-12/2027-04-15", "potential", "Croatia");
    made_trip(r, 40, PERSON, "Lagos", "NG", "2027-06-12/2027-06-19", "potential", "Ireland");
    made_trip(r, 50, PERSON, "Lagos", "NG", "2027-06-12/2027-06-15", "potential", "Croatia");
    made_trip(r, 70, PERSON, "Rabat", "MA", "2027-08-12", "potential", "Ireland");
    made_trip(r, 80, PERSON, "Rabat", "MA", "2027-08-12", "potential", "Croatia");
    made_link(r, 60, "trip-link", 70, 80, "unsure");
    made_build(r);
    p = vls_report_pairs(r, &n);
    assert_int_equal(n, 3);
    assert_int_equal(p[0].a[0], 20);
    assert_int_equal(p[1].a[0], 40);
    assert_true(p[0].likeness >= p[1].likeness);
    assert_int_equal(p[2].a[0], 70);
    assert_true(p[2].unsure);
    vls_report_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_journey_entered_twice_is_proposed_with_its_reasons),
        cmocka_unit_test(judged_pairs_are_asked_again_only_when_unsure),
        cmocka_unit_test(other_persons_other_times_and_other_countries_are_not_proposed),
        cmocka_unit_test(a_day_elsewhere_within_a_long_window_is_another_journey),
        cmocka_unit_test(files_judged_one_person_bring_their_trips_together),
        cmocka_unit_test(comparisons_follow_the_buckets_and_not_the_square),
        cmocka_unit_test(the_likeliest_stands_first_and_unsure_ones_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
