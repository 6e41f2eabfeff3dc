/* One line about a record. */
#include "tests/unit/sync/store/people.h"

static void
check_title(struct vls_store *s, unsigned record, const char *lang, const char *expected)
{
    struct vls_record *r;
    struct vls_buf out;
    uint8_t id[VLS_ID_LEN];

    id_of(id, record);
    r = record_get(s, id, VLS_LOAD_LIVE);
    vls_buf_init(&out, 4096);
    vls_record_title(&out, s, r, lang);
    assert_string_equal(vls_buf_str(&out), expected);
    vls_buf_clear(&out);
    vls_record_free(r);
}

static void
records_are_called_by_what_they_are(void **state)
{
    struct vls_store *s = people();
    char ref[VLS_REF_TEXT], line[64];
    uint8_t id[VLS_ID_LEN];

    (void)state;
    check_title(s, IDRIS, "en", "Idris al-Haddad");
    check_title(s, FORM, "en", "Idrissou Elhadad");
    check_title(s, WARRANT, "en", "ICC-99/99-01/27  Idris al-Haddad");
    check_title(s, TRIP, "en", "Idris al-Haddad → Addis Ababa ET; Kigali RW  2027-04-12/15  potential");
    check_title(s, TRIP, "fr", "Idris al-Haddad → Addis Ababa ET; Kigali RW  2027-04-12/15  potentiel");
    check_title(s, LEG_1, "en", "Addis Ababa ET");
    /* Whose record is not here is called by its reference. */
    id_of(id, 77);
    vls_ref_print(ref, "PER", id);
    (void)snprintf(line, sizeof line, "%s  cancelled", ref);
    check_title(s, UNNAMED_TRIP, "en", line);
    vls_store_close(s);
}

static void
a_trip_without_dates_takes_those_of_its_stages(void **state)
{
    struct vls_store *s = people();

    (void)state;
    PUT(s, 40, "trip", "person", "3", "status", "announced");
    check_title(s, 40, "en", "Margit Ångström  announced");
    PUT(s, 41, "leg", "trip", "40", "country", "MN", "arrive", "2024-09-02", "depart", "2024-09-03", "order-key", "a");
    check_title(s, 40, "en", "Margit Ångström → MN  2024-09-02/03  announced");
    PUT(s, 42, "leg", "trip", "40", "country", "MD", "arrive", "2024-08-31", "order-key", "b");
    check_title(s, 40, "en", "Margit Ångström → MN; MD  2024-08-31/09-03  announced");
    vls_store_close(s);
}

static void
rival_countries_stand_side_by_side(void **state)
{
    struct vls_store *s = people();
    struct vls_dot nobody = {.op = 9};

    (void)state;
    PUT(s, 50, "trip", "person", "3", "status", "announced");
    PUT(s, 51, "leg", "trip", "50", "country", "MN", "order-key", "a");
    people_put(s, 2, 51, "leg", (const char *const[]){"country", "MD", NULL}, &nobody, 1);
    check_title(s, 50, "en", "Margit Ångström → MD / MN  announced");
    vls_store_close(s);
}

static void
only_what_passes_through_is_shown_when_there_is_nothing_else(void **state)
{
    struct vls_store *s = people();

    (void)state;
    PUT(s, 60, "trip", "person", "3");
    PUT(s, 61, "leg", "trip", "60", "country", "GR", "kind", "overflight", "order-key", "a");
    check_title(s, 60, "en", "Margit Ångström → GR");
    PUT(s, 62, "leg", "trip", "60", "country", "US", "kind", "visit", "order-key", "b");
    check_title(s, 60, "en", "Margit Ångström → US");
    vls_store_close(s);
}

static void
of_prose_a_title_has_the_first_line(void **state)
{
    struct vls_store *s = people();

    (void)state;
    PUT(s, 80, "document", "title", "Resolution", "symbol", "ICC-99/Res.1", "body", "assembly", "dated", "2026-12");
    PUT(s, 81, "citation", "document", "80", "pinpoint", "para. 30", "class", "official");
    PUT(s, 82, "task", "what", "Ask the Registry\n\nIts second paragraph\nis long.", "due", "2027-04-01");
    PUT(s, 83, "task", "what", "Ask again");
    PUT(s, 84, "event", "what", "Change of government\n", "where", "SD", "on", "2026-10-25");
    check_title(s, 81, "en", "Resolution  ICC-99/Res.1  2026-12  para. 30");
    check_title(s, 82, "en", "Ask the Registry …  2027-04-01");
    check_title(s, 83, "en", "Ask again");
    check_title(s, 84, "en", "Change of government … SD  2026-10-25");
    vls_store_close(s);
}

/* Two trips as legs of one another, and links onto oneself, must not make titles go round. */
static void
records_that_name_each_other_have_titles(void **state)
{
    struct vls_store *s = people();
    struct vls_record *r;
    struct vls_buf out;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    PUT(s, 70, "outcome", "about", "71", "result", "unknown");
    PUT(s, 71, "trip", "person", "71", "status", "announced");
    PUT(s, 72, "identity-link", "a", "72", "b", "72", "verdict", "same");
    for (unsigned i = 70; i < 73; i++) {
        id_of(id, i);
        r = record_get(s, id, VLS_LOAD_LIVE);
        vls_buf_init(&out, 4096);
        vls_record_title(&out, s, r, "en");
        assert_int_equal(vls_buf_ok(&out, &fixture_err), VLS_OK);
        assert_true(out.n > 0);
        vls_buf_clear(&out);
        vls_record_free(r);
    }
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_called_by_what_they_are),
        cmocka_unit_test(a_trip_without_dates_takes_those_of_its_stages),
        cmocka_unit_test(rival_countries_stand_side_by_side),
        cmocka_unit_test(only_what_passes_through_is_shown_when_there_is_nothing_else),
        cmocka_unit_test(of_prose_a_title_has_the_first_line),
        cmocka_unit_test(records_that_name_each_other_have_titles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
