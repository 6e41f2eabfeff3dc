/* How alike trips and persons are, and why. */
#include "tests/support/check.h"

#include "valise/reconcile.h"

/* "2027-04-12/2027-04-15", "" for unknown. */
static struct vls_days
days(const char *edtf)
{
    struct vls_days d = {VLS_DAY_MIN, VLS_DAY_MAX};
    struct vls_date date;

    if (*edtf != '\0') {
        assert_true(vls_edtf_bounds(&date, vls_slice_str(edtf)));
        d.first = date.first;
        d.last = date.last;
    }
    return d;
}

struct stop {
    const char *country, *place, *days;
};

struct journey {
    const char *person; /* a letter for each */
    const char *name;
    const char *days;
    struct stop stop[3];
    const char *occasion;
};

struct trip_case {
    const char *name;
    struct journey a, b;
    int per_mille;
    unsigned why;
};

#define SAME VLS_WHY_SAME_PERSON

static void
load(struct vls_match_trip *t, const struct journey *j, const uint8_t **ids, uint8_t (*bytes)[VLS_ID_LEN], struct vls_slice *name,
     struct vls_match_stage *stage)
{
    memset(t, 0, sizeof *t);
    for (size_t i = 0; j->person[i] != '\0'; i++) {
        memset(bytes[i], j->person[i], VLS_ID_LEN);
        ids[i] = bytes[i];
        t->n_persons++;
    }
    t->persons = ids;
    *name = vls_slice_str(j->name != NULL ? j->name : "");
    t->names = name;
    t->n_names = j->name != NULL;
    t->days = days(j->days);
    for (; t->n_stages < 3 && j->stop[t->n_stages].country != NULL; t->n_stages++) {
        const struct stop *s = &j->stop[t->n_stages];

        stage[t->n_stages] = (struct vls_match_stage){vls_slice_str(s->country), vls_slice_str(s->place), days(s->days)};
    }
    t->stages = stage;
    t->occasion = vls_slice_str(j->occasion != NULL ? j->occasion : "");
}

static struct vls_likeness
match(const struct journey *x, const struct journey *y)
{
    struct vls_match_stage stages[2][3];
    const uint8_t *ids[2][3];
    uint8_t bytes[2][3][VLS_ID_LEN];
    struct vls_slice names[2];
    struct vls_match_trip a, b;
    struct vls_likeness l, m;

    load(&a, x, ids[0], bytes[0], &names[0], stages[0]);
    load(&b, y, ids[1], bytes[1], &names[1], stages[1]);
    l = vls_match_trips(&a, &b);
    m = vls_match_trips(&b, &a);
    assert_int_equal(l.per_mille, m.per_mille);
    assert_int_equal(l.why, m.why);
    return l;
}

static void
trips_are_alike_by_person_dates_and_place(void **state)
{
    static const struct trip_case cases[] = {
        {"itself", {"p", NULL, "2027-04-12/2027-04-15", {{"ET", "Addis Ababa", ""}}, NULL},
         {"p", NULL, "2027-04-12/2027-04-15", {{"ET", "Addis Ababa", ""}}, NULL}, 1000,
         SAME | VLS_WHY_SAME_DATES | VLS_WHY_SAME_COUNTRY | VLS_WHY_SAME_PLACE},
        {"two spellings, nested dates", {"p", NULL, "2027-04-12/2027-04-15", {{"ET", "Addis Ababa", ""}}, NULL},
         {"p", NULL, "2027-04-12/2027-04-14", {{"ET", "Addis-Abeba", ""}}, NULL}, 940,
         SAME | VLS_WHY_NESTED_DATES | VLS_WHY_SAME_COUNTRY | VLS_WHY_SAME_PLACE},
        {"another person", {"p", "Idris al-Haddad", "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL},
         {"q", "Omar Bashir", "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL}, 0, 0},
        {"another person without a name", {"p", NULL, "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL},
         {"q", NULL, "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL}, 0, 0},
        {"nobody", {"", NULL, "2027-04-12", {{"ET", "", ""}}, NULL}, {"", NULL, "2027-04-12", {{"ET", "", ""}}, NULL}, 0, 0},
        {"a contested person", {"pq", NULL, "2027-04-12", {{"ET", "", ""}}, NULL}, {"qr", NULL, "2027-04-12", {{"ET", "", ""}}, NULL},
         890, SAME | VLS_WHY_SAME_DATES | VLS_WHY_SAME_COUNTRY},
        {"overlapping", {"p", NULL, "2027-04-10/2027-04-14", {{"ET", "", ""}}, NULL},
         {"p", NULL, "2027-04-12/2027-04-16", {{"ET", "", ""}}, NULL}, (480 * 464 + 300 * 1000 + 220 * 500) / 1000,
         SAME | VLS_WHY_OVERLAPPING_DATES | VLS_WHY_SAME_COUNTRY},
        {"two days apart", {"p", NULL, "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL},
         {"p", NULL, "2027-04-14", {{"ET", "Addis Ababa", ""}}, NULL}, 712,
         SAME | VLS_WHY_NEAR_DATES | VLS_WHY_SAME_COUNTRY | VLS_WHY_SAME_PLACE},
        {"three days apart", {"p", NULL, "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL},
         {"p", NULL, "2027-04-15", {{"ET", "Addis Ababa", ""}}, NULL}, 520,
         SAME | VLS_WHY_OTHER_DATES | VLS_WHY_SAME_COUNTRY | VLS_WHY_SAME_PLACE},
        {"a misprinted country", {"p", NULL, "2027-04-12", {{"MN", "Ulaanbaatar", ""}}, NULL},
         {"p", NULL, "2027-04-12", {{"MD", "Ulaanbaatar", ""}}, NULL}, 700,
         SAME | VLS_WHY_SAME_DATES | VLS_WHY_OTHER_COUNTRY | VLS_WHY_SAME_PLACE},
        {"another country", {"p", NULL, "2027-04-12", {{"MN", "Ulaanbaatar", ""}}, NULL},
         {"p", NULL, "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL}, 480, SAME | VLS_WHY_SAME_DATES | VLS_WHY_OTHER_COUNTRY},
        {"nothing known", {"p", NULL, "", {{NULL, NULL, NULL}}, NULL}, {"p", NULL, "", {{NULL, NULL, NULL}}, NULL}, 500, SAME},
        {"destination not known", {"p", NULL, "2027-04-12", {{NULL, NULL, NULL}}, NULL},
         {"p", NULL, "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL}, 740, SAME | VLS_WHY_SAME_DATES},
        {"the best pair of stages", {"p", NULL, "2027-04", {{"MN", "Ulaanbaatar", "2027-04-02"}, {"ET", "Addis Ababa", "2027-04-12"}}, NULL},
         {"p", NULL, "2027-04", {{"ET", "Addis Ababa", "2027-04-12"}}, NULL}, 1000,
         SAME | VLS_WHY_SAME_DATES | VLS_WHY_SAME_COUNTRY | VLS_WHY_SAME_PLACE},
        {"span of the stages as window", {"p", NULL, "", {{"ET", "", "2027-04-12"}, {"ET", "", "2027-04-14"}}, NULL},
         {"p", NULL, "2027-04-12/2027-04-14", {{NULL, NULL, NULL}}, NULL}, 740, SAME | VLS_WHY_SAME_DATES},
        {"one occasion", {"p", NULL, "2027-04-12", {{NULL, NULL, NULL}}, "summit"}, {"p", NULL, "2027-04-12", {{NULL, NULL, NULL}}, "summit"},
         826, SAME | VLS_WHY_SAME_DATES | VLS_WHY_SAME_OCCASION},
        {"no occasion is no reason", {"p", NULL, "2027-04-12", {{NULL, NULL, NULL}}, ""}, {"p", NULL, "2027-04-12", {{NULL, NULL, NULL}}, ""},
         740, SAME | VLS_WHY_SAME_DATES},
        {"open end", {"p", NULL, "2027-04-12/..", {{"ET", "", ""}}, NULL}, {"p", NULL, "2027-04-12", {{"ET", "", ""}}, NULL}, 650,
         SAME | VLS_WHY_NESTED_DATES | VLS_WHY_SAME_COUNTRY},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vls_likeness l = match(&cases[i].a, &cases[i].b);

        if (l.per_mille != cases[i].per_mille || l.why != cases[i].why)
            fail_msg("%s: %d for %#x instead of %d for %#x", cases[i].name, l.per_mille, l.why, cases[i].per_mille, cases[i].why);
    }
}

static void
trips_of_files_that_nobody_has_linked_count_by_name(void **state)
{
    struct journey a = {"p", "Abdelrahim Mohamed Hussein", "2027-04-12", {{"ET", "Addis Ababa", ""}}, NULL}, b = a;
    struct vls_likeness l;

    (void)state;
    b.person = "q";
    b.name = "Abdel Raheem Muhammad Hussein";
    l = match(&a, &b);
    assert_true(l.per_mille >= VLS_LIKELY_TRIP && l.per_mille <= 1000);
    assert_true((l.why & VLS_WHY_LIKE_PERSON) != 0 && (l.why & SAME) == 0);
    b.name = "Harun Hussein";
    assert_int_equal(match(&a, &b).per_mille, 0);
}

/* ---- persons ---- */

struct file {
    const char *name[4];
    const char *identifier[2];
    const char *nationality[2];
    const char *birth;
};

/* Names that were taken apart before the comparison give the same as names that were not. */
static void
apart_is_the_same(struct vls_match_person p[2], struct vls_likeness want)
{
    const struct vls_name_parts *parts[2][4];
    struct vls_name_parts *made[2][4];
    struct vls_likeness l;

    for (size_t i = 0; i < 2; i++) {
        for (size_t k = 0; k < p[i].n_names; k++) {
            assert_non_null(made[i][k] = malloc(vls_name_parts_size()));
            vls_name_take_apart(made[i][k], p[i].names[k]);
            parts[i][k] = made[i][k];
        }
        p[i].parts = parts[i];
        l = vls_match_persons(&p[0], &p[1]); /* one of them only, then both */
        assert_int_equal(l.per_mille, want.per_mille);
        assert_int_equal(l.why, want.why);
    }
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < p[i].n_names; k++)
            free(made[i][k]);
}

static struct vls_likeness
match_files(const struct file *x, const struct file *y)
{
    struct vls_slice name[2][4], identifier[2][2], nationality[2][2];
    const struct file *f[2] = {x, y};
    struct vls_match_person p[2];
    struct vls_likeness l, m;

    memset(p, 0, sizeof p);
    for (size_t i = 0; i < 2; i++) {
        for (; p[i].n_names < 4 && f[i]->name[p[i].n_names] != NULL; p[i].n_names++)
            name[i][p[i].n_names] = vls_slice_str(f[i]->name[p[i].n_names]);
        for (; p[i].n_identifiers < 2 && f[i]->identifier[p[i].n_identifiers] != NULL; p[i].n_identifiers++)
            identifier[i][p[i].n_identifiers] = vls_slice_str(f[i]->identifier[p[i].n_identifiers]);
        for (; p[i].n_nationalities < 2 && f[i]->nationality[p[i].n_nationalities] != NULL; p[i].n_nationalities++)
            nationality[i][p[i].n_nationalities] = vls_slice_str(f[i]->nationality[p[i].n_nationalities]);
        p[i].names = name[i];
        p[i].identifiers = identifier[i];
        p[i].nationalities = nationality[i];
        p[i].birth = days(f[i]->birth != NULL ? f[i]->birth : "");
    }
    l = vls_match_persons(&p[0], &p[1]);
    m = vls_match_persons(&p[1], &p[0]);
    assert_int_equal(l.per_mille, m.per_mille);
    assert_int_equal(l.why, m.why);
    assert_true(l.per_mille >= 0 && l.per_mille <= 1000);
    apart_is_the_same(p, l);
    return l;
}

/* Annex D of the domain: pairs that must be proposed, and pairs that must not. */
static void
spellings_of_one_name_are_proposed(void **state)
{
    static const struct file pairs[][2] = {
        {{.name = {"Ali Muhammad Ali Abd-Al Rahman"}}, {.name = {"Abd-Al-Rahman, Ali Muhammad Ali"}}},
        {{.name = {"Ali Kosheib", "Ali Muhammad Ali Abd-Al Rahman"}}, {.name = {"Ali Kosheib"}}},
        {{.name = {"Abdelrahim Mohamed Hussein"}}, {.name = {"Abdel Raheem Muhammad Hussein"}}},
        {{.name = {"Saif al-Islam Qadhafi"}}, {.name = {"Saif Al-Islam Gaddafi"}}},
        {{.name = {"Almasri Najim"}}, {.name = {"Elmasry Njeem"}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (match_files(&pairs[i][0], &pairs[i][1]).per_mille < VLS_LIKELY_PERSON)
            fail_msg("%s ~ %s: %d", pairs[i][0].name[0], pairs[i][1].name[0], match_files(&pairs[i][0], &pairs[i][1]).per_mille);
}

static void
other_names_are_not(void **state)
{
    static const struct file pairs[][2] = {
        {{.name = {"Muammar Gaddafi"}}, {.name = {"Saif Al-Islam Gaddafi"}}},
        {{.name = {"Abd-Al-Rahman"}}, {.name = {"Abu Rahman"}}},
        {{.name = {"Muhammad"}}, {.name = {"Mahmoud"}}},
        {{.name = {"Harun"}}, {.name = {"Hussein"}}},
        {{.name = {NULL}}, {.name = {"Harun"}}},
        {{.name = {""}}, {.name = {""}}},
    };

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (match_files(&pairs[i][0], &pairs[i][1]).per_mille >= VLS_LIKELY_PERSON)
            fail_msg("pair %zu: %d", i, match_files(&pairs[i][0], &pairs[i][1]).per_mille);
}

static void
other_facts_speak_for_and_against(void **state)
{
    struct file a = {.name = {"Idris al-Haddad"}}, b = {.name = {"Idriss Haddad"}}, c = {.name = {"Omar Bashir"}};
    int plain = match_files(&a, &b).per_mille;
    struct vls_likeness l;

    (void)state;
    assert_true(plain > 0);
    a.birth = "1944";
    b.birth = "1944-01-01";
    l = match_files(&a, &b);
    assert_int_equal(l.per_mille, plain + (1000 - plain) / 4);
    assert_true((l.why & VLS_WHY_SAME_BIRTH) != 0);
    b.birth = "1961";
    l = match_files(&a, &b);
    assert_int_equal(l.per_mille, plain - plain / 4);
    assert_true((l.why & VLS_WHY_OTHER_BIRTH) != 0);
    a.birth = b.birth = NULL;
    a.nationality[0] = "SD";
    b.nationality[0] = "ET";
    assert_int_equal(match_files(&a, &b).per_mille, plain);
    b.nationality[1] = "SD";
    l = match_files(&a, &b);
    assert_int_equal(l.per_mille, plain + (1000 - plain) / 10);
    assert_true((l.why & VLS_WHY_SAME_NATIONALITY) != 0);
    /* Without a like name other facts propose nothing; a common identifier does. */
    c.nationality[0] = "SD";
    assert_int_equal(match_files(&a, &c).per_mille, 0);
    a.identifier[0] = c.identifier[0] = "ICC-02/05-01/07";
    l = match_files(&a, &c);
    assert_true(l.per_mille >= 900 && (l.why & VLS_WHY_SAME_IDENTIFIER) != 0);
    a.identifier[0] = c.identifier[0] = "";
    assert_int_equal(match_files(&a, &c).per_mille, 0);
}

static void
reasons_have_names(void **state)
{
    (void)state;
    assert_string_equal(vls_why_name(VLS_WHY_SAME_PERSON), "same-person");
    assert_string_equal(vls_why_name(VLS_WHY_SAME_IDENTIFIER), "same-identifier");
    assert_string_equal(vls_why_name(VLS_WHY_OTHER_COUNTRY), "other-country");
    for (unsigned i = 0; i < VLS_N_WHY; i++)
        assert_non_null(vls_why_name(1u << i));
    assert_null(vls_why_name(0));
    assert_null(vls_why_name(3));
    assert_null(vls_why_name(1u << VLS_N_WHY));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trips_are_alike_by_person_dates_and_place),
        cmocka_unit_test(trips_of_files_that_nobody_has_linked_count_by_name),
        cmocka_unit_test(spellings_of_one_name_are_proposed),
        cmocka_unit_test(other_names_are_not),
        cmocka_unit_test(other_facts_speak_for_and_against),
        cmocka_unit_test(reasons_have_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
