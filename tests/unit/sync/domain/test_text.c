/* Typed text: what is let in and in which form, and what folding makes equal. */
#include "tests/support/check.h"

#include "valise/domain.h"

#include "sync/domain/domain_int.h"

static void
text_is_stored_in_one_form(void **state)
{
    static const struct {
        const char *typed, *kept;
    } t[] = {
        {"Idris al-Haddad", "Idris al-Haddad"},
        {"e\xcc\x81", "\xc3\xa9"},
        {"a\r\nb\rc\nd\te", "a\nb\nc\nd\te"},
        {"\r\n", "\n"},
        {"\xef\xbb\xbfwith a mark", "with a mark"},
        {"إدريس الحداد", "إدريس الحداد"},
        {"\xd9\x85\xe2\x80\x8c\xd9\x87", "\xd9\x85\xe2\x80\x8c\xd9\x87"}, /* Persian needs its joiner */
        {"a\xe2\x80\x8f" "b", "a\xe2\x80\x8f" "b"},                         /* and Arabic its direction mark */
        {"\xe2\x84\xab", "\xc3\x85"},                                     /* the sign of the angstrom */
        {"\xea\xb0\x80\xe1\x86\xa8", "\xea\xb0\x81"},
        {"", ""},
    };
    struct vls_buf out;
    struct vls_error err;

    (void)state;
    vls_buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls_buf_reset(&out);
        check_ok(vls_text_clean(&out, vls_slice_str(t[i].typed), &err), &err);
        assert_true(vls_slice_eq(vls_buf_slice(&out), vls_slice_str(t[i].kept)));
        assert_true(vls__text_ok(vls_buf_slice(&out)));
    }
    vls_buf_clear(&out);
}

static void
dangerous_text_is_refused(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } no[] = {
        {"a\0b", 3},          {"\x1b[31m", 5},          {"\x07", 1},             {"\x7f", 1},
        {"\xc2\x9b", 2},      {"\xc2\x85", 2},          {"\xe2\x80\xae", 3},     {"\xe2\x80\xaa", 3},
        {"\xe2\x81\xa6", 3},  {"\xe2\x81\xa9", 3},      {"\xe2\x80\xa8", 3},     {"\xe2\x80\xa9", 3},
        {"a\xef\xbb\xbf", 4}, {"\xef\xbf\xbe", 3},      {"\xf3\xa0\x81\xa1", 4}, {"\xff", 1},
        {"\xc0\xaf", 2},      {"\xed\xa0\x80", 3},      {"\xf4\x90\x80\x80", 4}, {"\xe2\x82", 2},
        {"\x80", 1},          {"\xf8\x88\x80\x80\x80", 5}, {"ok\xe2\x80\xac", 5}, {"\xef\xbf\xb9", 3},
    };
    struct vls_buf out;
    struct vls_error err;

    (void)state;
    vls_buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++) {
        struct vls_slice s = vls_slice_of(no[i].bytes, no[i].n);

        if (vls_text_clean(&out, s, &err) != VLS_EVALUE)
            fail_msg("case %zu is taken", i);
        assert_int_equal(out.n, 0);
        assert_false(vls__text_ok(s));
    }
    vls_buf_clear(&out);
}

static void
text_in_another_form_is_not_ok(void **state)
{
    static const char *const no[] = {"e\xcc\x81", "\xe2\x84\xab", "a\r\nb", "\r", "\xef\xbb\xbfwith a mark"};

    (void)state;
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        assert_false(vls__text_ok(vls_slice_str(no[i])));
    assert_true(vls__text_ok(vls_slice_of(NULL, 0)));
}

static void
long_text_has_a_limit(void **state)
{
    char *text = malloc(VLS_TEXT_MAX + 1);
    struct vls_buf out;
    struct vls_error err;

    (void)state;
    assert_non_null(text);
    memset(text, 'a', VLS_TEXT_MAX + 1);
    vls_buf_init(&out, VLS_TEXT_MAX);
    check_ok(vls_text_clean(&out, vls_slice_of(text, VLS_TEXT_MAX), &err), &err);
    vls_buf_clear(&out);
    assert_int_equal(vls_text_clean(&out, vls_slice_of(text, VLS_TEXT_MAX + 1), &err), VLS_ELIMIT);
    assert_false(vls__text_ok(vls_slice_of(text, VLS_TEXT_MAX + 1)));
    vls_buf_init(&out, 10); /* what does not fit the caller's buffer is said */
    assert_int_equal(vls_text_clean(&out, vls_slice_of(text, 11), &err), VLS_ELIMIT);
    vls_buf_clear(&out);
    free(text);
}

static void
folding_makes_spellings_equal(void **state)
{
    static const struct {
        const char *text, *folded;
    } t[] = {
        {"HADDAD", "haddad"},     {"Ḥaddād", "haddad"},  {"Straße", "strasse"}, {"Łódź", "lodz"},
        {"København", "kobenhavn"}, {"Œuvre", "oeuvre"}, {"ﬁn", "fin"},         {"İstanbul", "istanbul"},
        {"Đorđe", "dorde"},       {"أحمد", "احمد"},      {"إدريس", "ادريس"},    {"فاطمة", "فاطمه"},
        {"محـــمد", "محمد"},       {"٢٠٢٧", "2027"},     {"Ｗｉｄｅ", "wide"},  {"a b\nc", "a b\nc"},
        {"", ""},                 {"\xff", ""},
    };
    struct vls_buf out;

    (void)state;
    vls_buf_init(&out, 1000);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls_buf_reset(&out);
        vls_text_fold(&out, vls_slice_str(t[i].text));
        if (!vls_slice_eq(vls_buf_slice(&out), vls_slice_str(t[i].folded)))
            fail_msg("“%s” folds to “%s”", t[i].text, vls_buf_str(&out));
    }
    vls_buf_clear(&out);
}

static void
words_for_lookups_have_single_spaces(void **state)
{
    static const struct {
        const char *text, *words;
    } t[] = {
        {"Côte d’Ivoire", "cote divoire"}, {"  Under -- Seal! ", "under seal"}, {"AMBER+STRICT", "amber+strict"},
        {"d`e´f'gʿh", "defgh"},            {"", ""},                             {"–—", ""},
    };
    struct vls__words w;
    char text[1000];

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls__words_split(&w, vls_slice_str(t[i].text));
        assert_string_equal(w.text, t[i].words);
        assert_int_equal(w.n, strlen(t[i].words));
    }
    for (size_t i = 0; i < sizeof text; i += 2)
        memcpy(text + i, "\xc3\xa9", 2);
    vls__words_split(&w, vls_slice_of(text, sizeof text)); /* cut, between characters */
    assert_true(w.n < sizeof w.text && w.text[0] == 'e');
    assert_false(vls__words_eq(&w, vls_slice_str("e")));
    vls__words_split(&w, vls_slice_str(""));
    assert_false(vls__words_eq(&w, vls_slice_str("")));
}

static void
what_is_shown_cannot_steer_a_terminal(void **state)
{
    struct vls_buf out;

    (void)state;
    vls_buf_init(&out, 200);
    vls__text_visible(&out, vls_slice_str("a\x1b[1m\xe2\x80\xae\xff\xc2\x9b" "b\n"));
    assert_string_equal(vls_buf_str(&out), "a<U+001B>[1m<U+202E><FF><U+009B>b\n");
    vls_buf_clear(&out);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_stored_in_one_form),
        cmocka_unit_test(dangerous_text_is_refused),
        cmocka_unit_test(text_in_another_form_is_not_ok),
        cmocka_unit_test(long_text_has_a_limit),
        cmocka_unit_test(folding_makes_spellings_equal),
        cmocka_unit_test(words_for_lookups_have_single_spaces),
        cmocka_unit_test(what_is_shown_cannot_steer_a_terminal),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
