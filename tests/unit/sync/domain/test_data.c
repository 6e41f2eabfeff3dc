/*
 * The public facts of tests/data through the domain layer: every date, country and term is understood,
 * and every other form of a person's name is proposed for that person and for nobody else. Runs from
 * the root of the source tree.
 */
#include "tests/support/check.h"

#include "valise/domain.h"

#define COLUMNS 9
#define ROWS 60

struct row {
    char line[1000];
    const char *col[COLUMNS];
};

static struct row people[ROWS], trips[ROWS];
static size_t n_people, n_trips;

static size_t
load(struct row *rows, const char *path)
{
    FILE *f = fopen(path, "r");
    size_t n = 0;

    assert_non_null(f);
    while (n < ROWS && fgets(rows[n].line, sizeof rows[n].line, f) != NULL) {
        char *p = rows[n].line;

        p[strcspn(p, "\n")] = '\0';
        if (*p == '#' || *p == '\0')
            continue;
        for (size_t c = 0; c < COLUMNS; c++) {
            rows[n].col[c] = p;
            p += strcspn(p, "\t");
            if (*p == '\t')
                *p++ = '\0';
        }
        n++;
    }
    assert_int_equal(fclose(f), 0);
    return n;
}

static int
load_both(void **state)
{
    (void)state;
    n_people = load(people, "tests/data/people.tsv");
    n_trips = load(trips, "tests/data/trips.tsv");
    return 0;
}

/* Cuts the next part of a list at ';'; false at its end. */
static bool
next_part(const char **list, char *part, size_t room)
{
    size_t n = strcspn(*list, ";");

    if (n == 0)
        return false;
    assert_true(n < room);
    memcpy(part, *list, n);
    part[n] = '\0';
    *list += n;
    *list += **list == ';';
    return true;
}

static void
dates_countries_and_terms_are_understood(void **state)
{
    const struct vls_field *status = vls_field_by_name(vls_kind_by_name("trip"), "status");
    const struct vls_field *kind = vls_field_by_name(vls_kind_by_name("leg"), "kind");
    struct vls_date d;
    char part[100];

    (void)state;
    assert_int_equal(n_people, 15);
    assert_int_equal(n_trips, 16);
    for (size_t i = 0; i < n_people; i++)
        for (size_t c = 3; c <= 5; c++)
            for (const char *list = people[i].col[c]; next_part(&list, part, sizeof part);)
                if (!vls_edtf_bounds(&d, vls_slice_str(part)))
                    fail_msg("%s: %s", people[i].col[0], part);
    for (size_t i = 0; i < n_trips; i++) {
        const struct row *r = &trips[i];

        assert_true(vls_edtf_bounds(&d, vls_slice_str(r->col[5])));
        assert_non_null(vls_country_by_code(vls_slice_str(r->col[2])));
        assert_true(vls_term_rank(kind, vls_slice_str(r->col[4])) >= 0);
        assert_true(r->col[6][0] == '\0' || vls_term_rank(status, vls_slice_str(r->col[6])) >= 0);
        assert_true(r->col[8][0] == '\0' || strcmp(r->col[8], "official") == 0 || strcmp(r->col[8], "press") == 0 ||
                    strcmp(r->col[8], "state") == 0);
    }
}

static void
travellers_are_known_persons(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_trips; i++) {
        bool known = false;

        for (size_t k = 0; k < n_people; k++)
            known = known || strcmp(trips[i].col[1], people[k].col[0]) == 0;
        if (!known)
            fail_msg("%s is not in people.tsv", trips[i].col[1]);
    }
}

/* A form alone may lack what it shares with the full name ("Almasri" has one token of three). */
static bool
is_proposed(size_t person, const char *form)
{
    const char *list = people[person].col[1];
    char other[200];

    if (vls_name_likeness(vls_slice_str(people[person].col[0]), vls_slice_str(form)) >= VLS_LIKELY)
        return true;
    while (next_part(&list, other, sizeof other))
        if (strcmp(other, form) != 0 && vls_name_likeness(vls_slice_str(other), vls_slice_str(form)) >= VLS_LIKELY)
            return true;
    return false;
}

static void
forms_lead_to_their_person_and_to_nobody_else(void **state)
{
    char form[200];

    (void)state;
    for (size_t i = 0; i < n_people; i++)
        for (const char *list = people[i].col[1]; next_part(&list, form, sizeof form);)
            for (size_t k = 0; k < n_people; k++) {
                bool alias_alone = strcmp(form, "Abou Fadl") == 0; /* shares nothing with the name it stands for */

                if (is_proposed(k, form) != (i == k && !alias_alone))
                    fail_msg("“%s” and %s", form, people[k].col[0]);
            }
}

static void
persons_are_not_proposed_for_one_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_people; i++)
        for (size_t k = i + 1; k < n_people; k++)
            if (vls_name_likeness(vls_slice_str(people[i].col[0]), vls_slice_str(people[k].col[0])) >= VLS_LIKELY)
                fail_msg("%s and %s", people[i].col[0], people[k].col[0]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_countries_and_terms_are_understood),
        cmocka_unit_test(travellers_are_known_persons),
        cmocka_unit_test(forms_lead_to_their_person_and_to_nobody_else),
        cmocka_unit_test(persons_are_not_proposed_for_one_another),
    };

    return cmocka_run_group_tests(tests, load_both, NULL);
}
