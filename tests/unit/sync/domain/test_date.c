/* Dates as typed: what becomes EDTF, what stays words, and what is refused with both readings. */
#include "tests/support/check.h"

#include "valise/domain.h"

/* Sunday 2027-03-07, 23:30 in New York (UTC-5): the next day has begun in The Hague. */
static const struct vls_value_ctx ctx = {1804480200, -300, NULL, NULL};
static const struct vls_field field = {.no = 1, .name = "dates", .type = VLS_T_DATE, .policy = VLS_P_REFINE};

struct typed {
    const char *words, *edtf, *kept; /* kept NULL: the EDTF itself */
};

static void
check_typed(const struct typed *t)
{
    struct vls_buf out;
    struct vls_error err;
    struct vls_date d;

    vls_buf_init(&out, 1000);
    if (vls_value_parse(&out, &field, t->words, &ctx, &err) != VLS_OK)
        fail_msg("“%s” is refused: %s", t->words, err.text);
    assert_true(vls_value_ok(&field, vls_buf_slice(&out)));
    assert_true(vls_date_read(&d, vls_buf_slice(&out)));
    if (!vls_slice_eq(d.edtf, vls_slice_str(t->edtf)))
        fail_msg("“%s” became “%.*s”", t->words, (int)d.edtf.n, (const char *)d.edtf.p);
    if (!vls_slice_eq(d.words, vls_slice_str(t->kept != NULL ? t->kept : t->edtf)))
        fail_msg("“%s” is kept as “%.*s”", t->words, (int)d.words.n, (const char *)d.words.p);
    assert_int_equal(d.possible, t->edtf[0] != '\0');
    vls_buf_clear(&out);
}

#define CHECK_ALL(table)                                                                           \
    for (size_t i_ = 0; i_ < sizeof(table) / sizeof(table)[0]; i_++)                               \
    check_typed(&(table)[i_])

static void
edtf_is_taken_as_it_is(void **state)
{
    static const struct typed t[] = {
        {"2010-12-10/2010-12-31", "2010-12-10/2010-12-31", NULL},
        {"2025-01-06/..", "2025-01-06/..", NULL},
        {"../2025-01-06", "../2025-01-06", NULL},
        {"2021-08-12~", "2021-08-12~", NULL},
        {"2027-04-12?", "2027-04-12?", NULL},
        {"2021-02", "2021-02", NULL},
        {"2021", "2021", NULL},
        {" 2021\n", "2021", NULL},
        {"2027-04-12/15", "2027-04-12/2027-04-15", NULL},
        {"2027-04-12/05-02", "2027-04-12/2027-05-02", NULL},
        {"2027-04-12/15?", "2027-04-12/2027-04-15?", NULL},
        {"2027-04/05", "2027-04/2027-05", NULL},
        {"2027-04-12 / 2027-04-15", "2027-04-12/2027-04-15", NULL},
    };

    (void)state;
    CHECK_ALL(t);
}

static void
plain_english_and_french_become_edtf(void **state)
{
    static const struct typed t[] = {
        {"14 April 2027", "2027-04-14", "14 April 2027"},
        {"April 14, 2027", "2027-04-14", "April 14, 2027"},
        {"April 2027", "2027-04", "April 2027"},
        {"14th of April 2027", "2027-04-14", "14th of April 2027"},
        {"1er août 2027", "2027-08-01", "1er août 2027"},
        {"14 avril 2027", "2027-04-14", "14 avril 2027"},
        {"du 12 au 15 avril 2027", "2027-04-12/2027-04-15", "du 12 au 15 avril 2027"},
        {"12-15 April 2027", "2027-04-12/2027-04-15", "12-15 April 2027"},
        {"12–15 April 2027", "2027-04-12/2027-04-15", "12–15 April 2027"},
        {"April 12–15, 2027", "2027-04-12/2027-04-15", "April 12–15, 2027"},
        {"30 April to 2 May 2027", "2027-04-30/2027-05-02", "30 April to 2 May 2027"},
        {"from 30 December 2027 to 2 January 2028", "2027-12-30/2028-01-02", "from 30 December 2027 to 2 January 2028"},
        {"about 14 April 2027", "2027-04-14~", "about 14 April 2027"},
        {"vers avril 2027", "2027-04~", "vers avril 2027"},
        {"circa 2027", "2027~", "circa 2027"},
        {"Monday 12 April 2027", "2027-04-12", "Monday 12 April 2027"},
        {"lundi 12 avril 2027", "2027-04-12", "lundi 12 avril 2027"},
        {"FEBRUARY 29, 2028", "2028-02-29", "FEBRUARY 29, 2028"},
        {"Sept 2027", "2027-09", "Sept 2027"},
        {"14 April 2027?", "2027-04-14?", "14 April 2027?"},
        {"about April 2027 ?", "2027-04%", "about April 2027 ?"},
        {"14/April/2027", "2027-04-14", "14/April/2027"},
    };

    (void)state;
    CHECK_ALL(t);
}

static void
numbers_with_one_reading_become_edtf(void **state)
{
    static const struct typed t[] = {
        {"13/04/2027", "2027-04-13", "13/04/2027"},
        {"04/13/2027", "2027-04-13", "04/13/2027"},
        {"04/04/2027", "2027-04-04", "04/04/2027"},
        {"31.12.2027", "2027-12-31", "31.12.2027"},
        {"2027/4/3", "2027-04-03", "2027/4/3"},
        {"2027-4-3", "2027-04-03", "2027-4-3"},
    };

    (void)state;
    CHECK_ALL(t);
}

static void
the_words_as_written_may_stand_behind_a_date(void **state)
{
    static const struct typed t[] = {
        {"2021-05-12 (12 May)", "2021-05-12", "12 May"},
        {"2021-08-12~(at the conclusion of this visit)", "2021-08-12~", "at the conclusion of this visit"},
        {"2021-05-28/06-02 ( 28 May to 2 June )", "2021-05-28/2021-06-02", "28 May to 2 June"},
        {"2021-05-12 (40 April (sic))", "2021-05-12", "40 April (sic)"},
        /* and what is no such thing stays words */
        {"2021-02-30 (30 February)", "", "2021-02-30 (30 February)"},
        {"2021-05-12 ()", "", "2021-05-12 ()"},
        {"2021-05-12 (12 May", "", "2021-05-12 (12 May"},
        {"(12 May)", "", "(12 May)"},
        {"()", "", "()"},
        {"12 May (2021-05-12)", "", "12 May (2021-05-12)"},
        {"2021-05-12 (12 May) or so", "", "2021-05-12 (12 May) or so"},
    };

    (void)state;
    CHECK_ALL(t);
}

static void
what_names_no_possible_date_is_kept_as_words(void **state)
{
    static const struct typed t[] = {
        {"40 April", "", "40 April"},
        {"40 April 2021", "", "40 April 2021"},
        {"2021-02-30", "", "2021-02-30"},
        {"2021-13", "", "2021-13"},
        {"31/02/2027", "", "31/02/2027"},
        {"30 February 2027", "", "30 February 2027"},
        {"29 February 2027", "", "29 February 2027"},
        {"mid-April", "", "mid-April"},
        {"mid-April 2027", "", "mid-April 2027"},
        {"early 2027", "", "early 2027"},
        {"14 April", "", "14 April"},
        {"after Easter", "", "after Easter"},
        {"2027-04-15/2027-04-12", "", "2027-04-15/2027-04-12"},
        {"15-12 April 2027", "", "15-12 April 2027"},
        {"2027-04-12/", "", "2027-04-12/"},
        {"Tuesday 12 April 2027", "", "Tuesday 12 April 2027"}, /* a Monday: one of the two is wrong */
        {"14 14 April 2027 2028", "", "14 14 April 2027 2028"},
        {"about about 2027", "", "about about 2027"},
        {"April", "", "April"},
        {"../..", "", "../.."},
        {"99/99/99", "", "99/99/99"},
        {"20270412", "", "20270412"},
        {"2027-04-12T10:00", "", "2027-04-12T10:00"},
        {"1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16", "", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16"},
        {"１４ April 2027", "2027-04-14", "１４ April 2027"}, /* compatibility digits are digits */
        {"14, 16 April 2027", "", "14, 16 April 2027"},
        {"14 and 16 April 2027", "", "14 and 16 April 2027"},
        {"> 14 April 2027", "", "> 14 April 2027"},
        {"not 14 April 2027", "", "not 14 April 2027"},
        {"April 14, 20270", "", "April 14, 20270"},
        {"13/04/2027 to 15/04/2027", "", "13/04/2027 to 15/04/2027"},
        {"1/13/04/2027", "", "1/13/04/2027"},
        {"2021-02-30/2021-03-02", "", "2021-02-30/2021-03-02"},
        {"e\xcc\x81te 2027", "", "\xc3\xa9te 2027"},
    };

    (void)state;
    CHECK_ALL(t);
}

static void
refused(const char *words, const char *text)
{
    struct vls_buf out;
    struct vls_error err;

    vls_buf_init(&out, 1000);
    vls_buf_put_u8(&out, 'x');
    if (vls_value_parse(&out, &field, words, &ctx, &err) != VLS_EVALUE)
        fail_msg("“%s” is taken", words);
    if (text != NULL)
        assert_string_equal(err.text, text);
    assert_int_equal(out.n, 1); /* what was there before, and nothing half-written */
    vls_buf_clear(&out);
}

static void
two_readings_are_refused_with_both(void **state)
{
    (void)state;
    refused("03/04/2027", "“03/04/2027” can be read as 3 April or 4 March.\n"
                          "Write 2027-04-03 or 2027-03-04. About that time: 2027-04~     See: valise help dates");
    refused("3.4.2027", "“3.4.2027” can be read as 3 April or 4 March.\n"
                        "Write 2027-04-03 or 2027-03-04. About that time: 2027-04~     See: valise help dates");
    refused("12-11-2027", NULL);
    refused("between 03/04/2027 and 09/04/2027", "“03/04/2027” can be read as 3 April or 4 March.\n"
                                                 "Write 2027-04-03 or 2027-03-04. About that time: 2027-04~     See: valise help dates");
    refused("13/04/2027-05/06/2027", NULL);
    refused("03/04/27", NULL);
    refused("13/04/27", NULL);
    refused("01/02/03", NULL);
}

static void
nothing_and_dangerous_text_are_refused(void **state)
{
    static const char *const no[] = {"", " \n\t", "\xff", "2027\x01", "2027\xe2\x80\xae", "\xc0\x80", "2027\x7f"};

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        refused(no[i], NULL);
}

static void
relative_words_mean_the_local_day(void **state)
{
    static const struct typed t[] = {
        {"today", "2027-03-07", NULL},      {"Yesterday", "2027-03-06", NULL}, {"tomorrow", "2027-03-08", NULL},
        {"aujourd’hui", "2027-03-07", NULL}, {"hier", "2027-03-06", NULL},      {"demain", "2027-03-08", NULL},
        {"today?", "", "today?"},           {"today or tomorrow", "", "today or tomorrow"},
    };

    (void)state;
    CHECK_ALL(t);
}

static void
a_text_instead_of_a_date_is_refused(void **state)
{
    char words[2000];
    struct vls_buf out;
    struct vls_error err;

    (void)state;
    memset(words, 'a', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    vls_buf_init(&out, 10000);
    assert_int_equal(vls_value_parse(&out, &field, words, &ctx, &err), VLS_ELIMIT);
    assert_int_equal(out.n, 0);
    vls_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edtf_is_taken_as_it_is),
        cmocka_unit_test(plain_english_and_french_become_edtf),
        cmocka_unit_test(numbers_with_one_reading_become_edtf),
        cmocka_unit_test(the_words_as_written_may_stand_behind_a_date),
        cmocka_unit_test(what_names_no_possible_date_is_kept_as_words),
        cmocka_unit_test(two_readings_are_refused_with_both),
        cmocka_unit_test(nothing_and_dangerous_text_are_refused),
        cmocka_unit_test(relative_words_mean_the_local_day),
        cmocka_unit_test(a_text_instead_of_a_date_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
