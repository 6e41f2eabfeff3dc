/* Countries: codes, names in two languages, membership on a day, and places that name one. */
#include "tests/support/check.h"

#include "valise/domain.h"

#include "sync/domain/domain_int.h"

static int32_t
day(int y, int m, int d)
{
    int32_t out = 0;

    assert_true(vls_day_of(&out, y, m, d));
    return out;
}

static size_t
parties(const char *group, int32_t on)
{
    size_t n = 0;

    for (size_t i = 0; i < vls__n_countries; i++)
        n += vls_country_party_on(&vls__countries[i], on) &&
             (group == NULL || strcmp(vls__countries[i].group, group) == 0);
    return n;
}

static void
the_table_has_every_code_once(void **state)
{
    (void)state;
    assert_int_equal(vls__n_countries, 249);
    for (size_t i = 0; i < vls__n_countries; i++) {
        const struct vls_country *c = &vls__countries[i];

        assert_ptr_equal(vls_country_by_code(vls_slice_str(c->code)), c);
        assert_ptr_equal(vls_country_find(vls_slice_str(c->code)), c);
        if (strcmp(c->code, "CG") == 0) /* its short name is that of two */
            assert_null(vls_country_find(vls_slice_str(c->name.en)));
        else if (vls_country_find(vls_slice_str(c->name.en)) != c || vls_country_find(vls_slice_str(c->name.fr)) != c)
            fail_msg("%s is not found by its name", c->code);
        assert_true(c->party_from < c->party_until || c->party_from == VLS_DAY_MAX);
    }
    for (size_t i = 0; i < vls__n_country_aliases; i++)
        assert_ptr_equal(vls_country_find(vls_slice_str(vls__country_aliases[i].name)),
                         &vls__countries[vls__country_aliases[i].at]);
}

static void
unknown_countries_are_not_found(void **state)
{
    static const char *const no[] = {"", " ", "XX", "E", "ETH", "Eth", "Atlantis", "Korea", "the", "le ", ",", "\xff",
                                     "Ethiopia, Ethiopia"};

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_null(vls_country_find(vls_slice_str(no[i])));
    assert_null(vls_country_by_code(vls_slice_str("et")));
    assert_null(vls_country_by_code(vls_slice_str("ETX")));
    assert_null(vls_country_by_code(vls_slice_of(NULL, 0)));
}

static void
people_write_countries_in_many_ways(void **state)
{
    static const struct {
        const char *words, *code;
    } t[] = {
        {"ethiopia", "ET"},     {"ETHIOPIE", "ET"},        {"The Gambia", "GM"},   {"l'Italie", "IT"},
        {"L’Italie", "IT"},     {"les Pays-Bas", "NL"},    {"Ivory Coast", "CI"},  {"cote d'ivoire", "CI"},
        {"Turkey", "TR"},       {"Turquie", "TR"},         {"turkiye", "TR"},      {"DRC", "CD"},
        {"RDC", "CD"},          {"Russia", "RU"},          {"Palestine", "PS"},    {"South Korea", "KR"},
        {"la Réunion", "RE"},   {"uk", "GB"},              {"Sao Tome and Principe", "ST"}, {" et ", "ET"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const struct vls_country *c = vls_country_find(vls_slice_str(t[i].words));

        if (c == NULL || strcmp(c->code, t[i].code) != 0)
            fail_msg("“%s” is %s", t[i].words, c != NULL ? c->code : "unknown");
    }
}

static void
a_name_of_two_countries_is_refused_with_both(void **state)
{
    static const char *const no[] = {"Congo",    "congo",           " CONGO ",          "the Congo",
                                     "le Congo", "Kinshasa, Congo", "Kinshasa (Congo)", "Brazzaville, le Congo"};
    static const struct {
        const char *words, *code;
    } t[] = {{"Kinshasa, CD", "CD"},       {"Brazzaville, CG", "CG"},
             {"Kinshasa, DR Congo", "CD"}, {"Kinshasa, Democratic Republic of the Congo", "CD"},
             {"Congo-Brazzaville", "CG"},  {"Brazzaville (Republic of the Congo)", "CG"}};
    const struct vls_country *c;
    struct vls_slice place;
    struct vls_error err;

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        assert_null(vls_country_find(vls_slice_str(no[i])));
        memset(&err, 0, sizeof err);
        assert_int_equal(vls_place_parse(&place, &c, vls_slice_str(no[i]), &err), VLS_EVALUE);
        if (c != NULL || strstr(err.text, "CD") == NULL || strstr(err.text, "CG") == NULL)
            fail_msg("“%s”: %s", no[i], err.text);
    }
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        check_ok(vls_place_parse(&place, &c, vls_slice_str(t[i].words), &err), &err);
        assert_string_equal(c->code, t[i].code);
    }
}

static void
membership_depends_on_the_day(void **state)
{
    static const struct {
        const char *code;
        int y, m, d;
        bool party;
    } t[] = {
        {"IE", 2002, 6, 30, false}, {"IE", 2002, 7, 1, true},  {"BI", 2017, 10, 26, true},  {"BI", 2017, 10, 27, false},
        {"PH", 2019, 3, 16, true},  {"PH", 2019, 3, 17, false}, {"AM", 2024, 1, 31, false}, {"AM", 2024, 2, 1, true},
        {"UA", 2024, 12, 31, false}, {"UA", 2025, 1, 1, true}, {"HU", 2026, 6, 1, true},    {"HU", 2026, 6, 2, false},
        {"US", 2021, 1, 1, false},  {"ET", 2027, 4, 12, false}, {"MN", 2024, 9, 3, true},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
        assert_int_equal(vls_country_party_on(vls_country_by_code(vls_slice_str(t[i].code)), day(t[i].y, t[i].m, t[i].d)),
                         t[i].party);
    assert_int_equal(parties(NULL, day(2021, 11, 1)), 123); /* totals published for these days */
    assert_int_equal(parties(NULL, day(2025, 1, 2)), 125);
    assert_int_equal(parties("AFR", day(2025, 1, 2)), 33);
    assert_int_equal(parties("APG", day(2025, 1, 2)), 19);
    assert_int_equal(parties("EEG", day(2025, 1, 2)), 20);
    assert_int_equal(parties("GRULAC", day(2025, 1, 2)), 28);
    assert_int_equal(parties("WEOG", day(2025, 1, 2)), 25);
    assert_int_equal(parties(NULL, day(2002, 6, 30)), 0);
}

static void
places_name_their_country(void **state)
{
    static const struct {
        const char *words, *place, *code;
    } t[] = {
        {"Addis Ababa, ET", "Addis Ababa", "ET"},      {"Addis-Abeba, Éthiopie", "Addis-Abeba", "ET"},
        {"Addis Ababa ET", "Addis Ababa", "ET"},       {"Addis Ababa (Ethiopia)", "Addis Ababa", "ET"},
        {"ET", "", "ET"},                              {"Ethiopia", "", "ET"},
        {" Rome , it ", "Rome", "IT"},                 {"Washington, D.C., US", "Washington, D.C.", "US"},
        {"Saint Helena, Ascension and Tristan da Cunha", "", "SH"},
    };
    static const char *const no[] = {"",          ",",            "Addis Ababa",   "Addis Ababa, ",  "Addis Ababa, XX",
                                     "Rome it",   "Paris (x)",    "Addis Ababa et", "Addis Ababa XX", "\xff, ET",
                                     "(Ethiopia, XX", "Addis, Ababa"};
    const struct vls_country *c;
    struct vls_slice place;
    struct vls_error err;

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        check_ok(vls_place_parse(&place, &c, vls_slice_str(t[i].words), &err), &err);
        if (!vls_slice_eq(place, vls_slice_str(t[i].place)) || strcmp(c->code, t[i].code) != 0)
            fail_msg("“%s” is “%.*s” in %s", t[i].words, (int)place.n, (const char *)place.p, c->code);
    }
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        if (vls_place_parse(&place, &c, vls_slice_str(no[i]), &err) != VLS_EVALUE)
            fail_msg("“%s” is taken", no[i]);
        assert_true(c == NULL && place.n == 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_has_every_code_once),
        cmocka_unit_test(unknown_countries_are_not_found),
        cmocka_unit_test(people_write_countries_in_many_ways),
        cmocka_unit_test(a_name_of_two_countries_is_refused_with_both),
        cmocka_unit_test(membership_depends_on_the_day),
        cmocka_unit_test(places_name_their_country),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
