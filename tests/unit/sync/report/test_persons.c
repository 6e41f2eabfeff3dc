/* Which persons are proposed as the same. Name forms of annex D are public; other persons are invented. */
#include "made_up.h"

static size_t
n_pairs(const struct vls_report *r)
{
    size_t n;

    (void)vls_report_pairs(r, &n);
    return n;
}

static void
made_form(struct vls_report *r, uint8_t id, uint8_t person, const char *text, bool rejected)
{
    struct vls_buf b;
    struct made m;

    made_new(&m, "name", id, "Ireland");
    made_text(&m, "text", text);
    made_ref(&m, "person", person);
    vls_buf_init(&b, 16);
    vls_cbor_put_bool(&b, rejected);
    made_value(&m, "rejected", &b);
    made_feed(r, &m);
}

static void
spellings_of_one_name_are_proposed(void **state)
{
    static const char *const LIKE[][2] = {
        {"Ali Muhammad Ali Abd-Al Rahman", "Abd-Al-Rahman, Ali Muhammad Ali"},
        {"Abdelrahim Mohamed Hussein", "Abdel Raheem Muhammad Hussein"},
        {"Saif al-Islam Qadhafi", "Saif Al-Islam Gaddafi"},
        {"Almasri Najim", "Elmasry Njeem"},
        {"Idris al-Haddad", "Idriss Haddad"},
    };
    const struct vls_pair *p;
    size_t i, n;

    (void)state;
    for (i = 0; i < sizeof LIKE / sizeof *LIKE; i++) {
        struct vls_report *r = made_report("2027-03-08T10:00Z");

        made_person(r, 10, LIKE[i][0]);
        made_person(r, 11, LIKE[i][1]);
        made_build(r);
        p = vls_report_pairs(r, &n);
        if (n != 1)
            fail_msg("%s ~ %s is not proposed", LIKE[i][0], LIKE[i][1]);
        assert_int_equal(p->kind, VLS_PAIR_PERSON);
        assert_int_equal(p->a[0], 10);
        assert_string_equal(p->line[0].field, "name");
        vls_report_close(r);
    }
}

static void
different_names_are_not(void **state)
{
    static const char *const UNLIKE[][2] = {
        {"Muammar Gaddafi", "Saif Al-Islam Gaddafi"},
        {"Abd-Al-Rahman", "Abu Rahman"},
        {"Muhammad", "Mahmoud"},
        {"Idris al-Haddad", "Teodor Vance"},
        {"علي", "محمد"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < sizeof UNLIKE / sizeof *UNLIKE; i++) {
        struct vls_report *r = made_report("2027-03-08T10:00Z");

        made_person(r, 10, UNLIKE[i][0]);
        made_person(r, 11, UNLIKE[i][1]);
        made_build(r);
        if (n_pairs(r) != 0)
            fail_msg("%s ~ %s is proposed", UNLIKE[i][0], UNLIKE[i][1]);
        vls_report_close(r);
    }
}

static void
a_form_learned_elsewhere_brings_two_files_together_unless_rejected(void **state)
{
    int rejected;

    (void)state;
    for (rejected = 0; rejected < 2; rejected++) {
        struct vls_report *r = made_report("2027-03-08T10:00Z");

        made_person(r, 10, "Idris al-Haddad");
        made_person(r, 11, "Abu Salim");
        made_form(r, 20, 10, "Abu Saleem", rejected != 0);
        made_build(r);
        assert_int_equal(n_pairs(r), rejected != 0 ? 0 : 1);
        vls_report_close(r);
    }
}

static void
a_judgement_is_remembered_and_unsure_comes_back(void **state)
{
    static const struct {
        const char *verdict;
        size_t n;
    } CASE[] = {{"same", 0}, {"different", 0}, {"unsure", 1}};
    size_t i;

    (void)state;
    for (i = 0; i < 3; i++) {
        struct vls_report *r = made_report("2027-03-08T10:00Z");

        made_person(r, 10, "Idris al-Haddad");
        made_person(r, 11, "Idriss Haddad");
        made_link(r, 60, "identity-link", 10, 11, CASE[i].verdict);
        made_build(r);
        assert_int_equal(n_pairs(r), CASE[i].n);
        vls_report_close(r);
    }
}

/* Case 7: one post says same, the other different. */
static void
answers_that_disagree_leave_both_files_and_ask_again(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    uint8_t b[VLS_ID_LEN] = {11};
    const struct vls_pair *p;
    struct made m;
    size_t n;

    (void)state;
    made_person(r, 10, "Ali Muhammad Ali Abd-Al-Rahman");
    made_person(r, 11, "Ali Kosheib");
    made_new(&m, "identity-link", 60, "Ireland");
    made_ref(&m, "a", 10);
    made_ref(&m, "b", 11);
    made_text(&m, "verdict", "same");
    made_text(&m, "verdict", "different"); /* MV: both stand side by side */
    made_feed(r, &m);
    made_build(r);
    p = vls_report_pairs(r, &n);
    assert_int_equal(n, 1);
    assert_true(p->unsure);
    assert_int_equal(vls_report_person_of(r, b)[0], 11);
    vls_report_close(r);
}

static void
a_shared_identifier_is_enough(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    struct made m;
    uint8_t id;

    (void)state;
    for (id = 10; id < 12; id++) {
        made_new(&m, "person", id, "Ireland");
        made_text(&m, "display-name", id == 10 ? "Idris al-Haddad" : "Teodor Vance");
        made_text(&m, "identifier", "passport:XX0000001");
        made_feed(r, &m);
    }
    made_build(r);
    assert_int_equal(n_pairs(r), 1);
    vls_report_close(r);
}

static void
names_that_fold_to_nothing_meet_nobody(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");

    (void)state;
    made_person(r, 10, "''");
    made_person(r, 11, "-");
    made_person(r, 12, "al");
    made_person(r, 13, "el");
    made_build(r);
    assert_int_equal(n_pairs(r), 0);
    vls_report_close(r);
}

/* 200 persons of one very common name: those who share another token meet, the rest do not. */
static void
a_very_common_token_brings_nobody_together_by_itself(void **state)
{
    struct vls_report *r = made_report("2027-03-08T10:00Z");
    char name[64];
    struct made m;
    size_t n;
    int i;

    (void)state;
    for (i = 0; i < 200; i++) {
        made_new(&m, "person", (uint8_t)i, "Ireland");
        snprintf(name, sizeof name, "Mohamed B%c%cr", 'a' + i % 26, "bcdfghjklmnp"[i / 26]);
        if (i == 7)
            snprintf(name, sizeof name, "Mohamed Zalikh");
        if (i == 150)
            snprintf(name, sizeof name, "Muhammad Zaleekh");
        made_text(&m, "display-name", name);
        made_feed(r, &m);
    }
    made_build(r);
    assert_true(vls_report_pairs_compared(r) < 4000); /* all pairs would be 19,900 */
    for (i = 0; i < (int)n_pairs(r); i++) {
        const struct vls_pair *p = &vls_report_pairs(r, &n)[i];

        if (p->a[0] == 7 && p->b[0] == 150)
            break;
    }
    assert_true(i < (int)n_pairs(r));
    vls_report_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings_of_one_name_are_proposed),
        cmocka_unit_test(different_names_are_not),
        cmocka_unit_test(a_form_learned_elsewhere_brings_two_files_together_unless_rejected),
        cmocka_unit_test(a_judgement_is_remembered_and_unsure_comes_back),
        cmocka_unit_test(answers_that_disagree_leave_both_files_and_ask_again),
        cmocka_unit_test(a_shared_identifier_is_enough),
        cmocka_unit_test(a_very_common_token_brings_nobody_together_by_itself),
        cmocka_unit_test(names_that_fold_to_nothing_meet_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
