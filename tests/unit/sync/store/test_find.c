/* What people type, as records. */
#include "tests/unit/sync/store/people.h"

static uint32_t
kind_no(const char *kind)
{
    return kind[0] != '\0' ? vls_kind_by_name(kind)->no : 0;
}

/* expected 0: nothing is found. */
static void
check_find(struct vls_store *s, const char *kind, const char *words, unsigned expected)
{
    uint8_t out[VLS_ID_LEN], id[VLS_ID_LEN];
    enum vls_code rc = vls_store_find(s, kind_no(kind), words, out, NULL, NULL, &fixture_err);

    if (expected == 0) {
        if (rc != VLS_ENOTFOUND)
            fail_msg("“%s” among %s gives %s", words, kind, vls_code_name(rc));
        return;
    }
    if (rc != VLS_OK)
        fail_msg("“%s” among %s: %s", words, kind, fixture_err.text);
    id_of(id, expected);
    if (memcmp(out, id, VLS_ID_LEN) != 0)
        fail_msg("“%s” among %s is another record", words, kind);
}

static enum vls_code
add_ref(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct vls_buf *out = ctx;

    (void)err;
    vls_buf_printf(out, "%s ", r->ref);
    return VLS_OK;
}

static void
references_in_every_spelling(void **state)
{
    struct vls_store *s = people();
    char ref[VLS_REF_TEXT], typed[40], hex[2 * VLS_ID_LEN + 1];
    uint8_t id[VLS_ID_LEN], out[VLS_ID_LEN];

    (void)state;
    id_of(id, IDRIS);
    vls_ref_print(ref, "PER", id);
    check_find(s, "", ref, IDRIS);
    check_find(s, "person", ref, IDRIS);
    check_find(s, "person", ref + 4, IDRIS);
    check_find(s, "trip", ref, 0);
    for (size_t i = 0; ref[i] != '\0'; i++)
        typed[i] = (char)(ref[i] >= 'A' && ref[i] <= 'Z' ? ref[i] - 'A' + 'a' : ref[i] == '0' ? 'O' : ref[i]);
    typed[strlen(ref)] = '\0';
    check_find(s, "", typed, IDRIS);
    memcpy(typed, ref, sizeof ref);
    memcpy(typed, "TRP", 3); /* of another kind than it says */
    check_find(s, "", typed, 0);
    memcpy(typed, ref, sizeof ref);
    typed[10] = typed[10] == 'Z' ? '0' : 'Z';
    assert_int_equal(vls_store_find(s, 0, typed, out, NULL, NULL, &fixture_err), VLS_EVALUE);
    vls_hex(hex, id, VLS_ID_LEN);
    check_find(s, "", hex, IDRIS);
    id_of(id, 78); /* nobody */
    vls_ref_print(ref, "PER", id);
    check_find(s, "", ref, 0);
    id_of(id, GONE); /* withdrawn, but asked for */
    vls_ref_print(ref, "PER", id);
    check_find(s, "", ref, GONE);
    vls_store_close(s);
}

static void
beginnings_of_the_words_of_names(void **state)
{
    struct vls_store *s = people();

    (void)state;
    check_find(s, "person", "haddad", IDRIS);
    check_find(s, "person", "HADD", IDRIS);
    check_find(s, "person", "al-haddad", IDRIS);
    check_find(s, "person", "haddad idris", IDRIS);
    check_find(s, "person", "angstrom", MARGIT);
    check_find(s, "person", "Ångström", MARGIT);
    check_find(s, "person", "idrissou", IDRIS); /* a name form leads to its person */
    check_find(s, "name", "idrissou", FORM);
    check_find(s, "", "elhadad", IDRIS);
    check_find(s, "person", "minister", 0); /* what somebody does is no name */
    check_find(s, "person", "idris", IDRIS);/* the withdrawn one steps back */
    check_find(s, "person", "idris gone", GONE);
    check_find(s, "person", "gone", GONE);
    check_find(s, "warrant", "ICC-99/99", WARRANT);
    check_find(s, "warrant", "haddad", WARRANT);
    check_find(s, "trip", "haddad", TRIP);
    check_find(s, "trip", "addis", TRIP);
    check_find(s, "trip", "kigali", TRIP);
    check_find(s, "meeting", "haddad", 0);
    vls_store_close(s);
}

static void
an_arabic_article_matters_to_nobody(void **state)
{
    struct vls_store *s = people();
    enum { BARE = 31, WITH, GOD };

    (void)state;
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    PUT(s, WITH, "person", "display-name", "إدريس الحداد");
    PUT(s, BARE, "person", "display-name", "ليلى نجار");
    PUT(s, GOD, "person", "display-name", "سمير الله");
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    check_find(s, "person", "حداد", WITH);
    check_find(s, "person", "الحداد", WITH);
    check_find(s, "person", "حدا", WITH); /* beginnings do, with it and without */
    check_find(s, "person", "ادريس حداد", WITH);
    check_find(s, "person", "نجار", BARE);
    check_find(s, "person", "النجار", BARE);
    check_find(s, "person", "ليلى النجار", BARE);
    check_find(s, "person", "الله", GOD);
    check_find(s, "person", "حداد نجار", 0);
    check_find(s, "person", "داد", 0); /* the middle of a word is not its beginning */
    check_find(s, "person", "النجارين", 0);
    check_find(s, "person", "adda", 0);
    vls_store_close(s);
}

static void
typing_that_means_nothing_finds_nothing(void **state)
{
    static const char *const nothing[] = {"",      " ",      "\"",    "*",        "-",        "\"\"",  "()",
                                          "- ' \"", "OR",     "NOT",   "AND",      "title:x",  "x NEAR y",
                                          "{a b}",  "^x",     "\x01",  "\xff\xfe", "haddad\"xyz", "title : (haddad)"};
    struct vls_store *s = people();
    char *longest = malloc(100001);
    struct vls_buf out;

    (void)state;
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        check_find(s, "", nothing[i], 0);
    vls_buf_init(&out, 65536);
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++)
        check_ok(vls_store_search(s, nothing[i], 10, add_ref, &out, &fixture_err), &fixture_err);
    assert_int_equal(out.n, 0);
    memset(longest, 'a', 100000);
    longest[100000] = '\0';
    check_find(s, "", longest, 0);
    for (size_t i = 1; i < 100000; i += 2)
        longest[i] = ' ';
    check_find(s, "", longest, 0);
    vls_buf_clear(&out);
    free(longest);
    vls_store_close(s);
}

static void
several_are_listed_and_a_whole_name_is_enough(void **state)
{
    struct vls_store *s = people();
    uint8_t out[VLS_ID_LEN];
    struct vls_buf refs;

    (void)state;
    PUT(s, 80, "person", "display-name", "Idris al-Haddad the Younger");
    vls_buf_init(&refs, 4096);
    assert_int_equal(vls_store_find(s, kind_no("person"), "haddad", out, add_ref, &refs, &fixture_err), VLS_EAMBIGUOUS);
    assert_int_equal(refs.n, 2 * strlen("PER-7K3MQ2V "));
    assert_int_equal(vls_store_find(s, kind_no("person"), "haddad", out, NULL, NULL, &fixture_err), VLS_EAMBIGUOUS);
    check_find(s, "person", "Idris al-Haddad", IDRIS);
    check_find(s, "person", "younger", 80);
    vls_buf_clear(&refs);
    vls_store_close(s);
}

static void
seven_letters_may_be_a_name(void **state)
{
    struct vls_store *s = people();
    uint8_t out[VLS_ID_LEN];

    (void)state;
    PUT(s, 81, "source", "codename", "R2D2XYZ");
    check_find(s, "", "R2D2XYZ", 81); /* looks like a mistyped reference, and is a name */
    assert_int_equal(vls_store_find(s, 0, "R2D2XYW", out, NULL, NULL, &fixture_err), VLS_EVALUE);
    check_find(s, "", "Gaddafi", 0);
    vls_store_close(s);
}

/* ---- full text ---- */

static void
check_search(struct vls_store *s, const char *words, const unsigned *expected, size_t n)
{
    struct vls_buf got, want;
    uint8_t id[VLS_ID_LEN];

    vls_buf_init(&got, 65536);
    vls_buf_init(&want, 65536);
    for (size_t i = 0; i < n; i++) {
        struct vls_record *r;

        id_of(id, expected[i]);
        r = record_get(s, id, VLS_LOAD_LIVE);
        vls_buf_printf(&want, "%s ", r->ref);
        vls_record_free(r);
    }
    check_ok(vls_store_search(s, words, 20, add_ref, &got, &fixture_err), &fixture_err);
    if (strcmp(vls_buf_str(&got), vls_buf_str(&want)) != 0)
        fail_msg("“%s” gives %s, not %s", words, vls_buf_str(&got), vls_buf_str(&want));
    vls_buf_clear(&got);
    vls_buf_clear(&want);
}

#define SEARCH(s, words, ...)                                                                                          \
    check_search(s, words, (const unsigned[]){__VA_ARGS__}, sizeof((const unsigned[]){__VA_ARGS__}) / sizeof(unsigned))

static void
words_anywhere_are_found_and_follow_changes(void **state)
{
    struct vls_store *s = people();
    struct vls_record *r;
    struct vls_dot dot;
    uint8_t id[VLS_ID_LEN];
    uint32_t position = field_no("person", "position");
    char ref[VLS_REF_TEXT];

    (void)state;
    SEARCH(s, "defense", IDRIS);
    SEARCH(s, "minis", IDRIS);
    SEARCH(s, "Éthiopie", TRIP); /* a stage stands for its trip, a country for its code */
    SEARCH(s, "ethiopia", TRIP);
    SEARCH(s, "kigali", TRIP);
    SEARCH(s, "elhadad", IDRIS);
    SEARCH(s, "idris", IDRIS, GONE); /* the withdrawn one last */
    id_of(id, WARRANT);
    vls_ref_print(ref, "WAR", id);
    SEARCH(s, ref, WARRANT); /* an id is found too, with its prefix and without, and only as what it is */
    SEARCH(s, ref + 4, WARRANT);
    memcpy(ref, "TRP", 3);
    check_search(s, ref, NULL, 0);
    check_search(s, "nobody", NULL, 0);
    check_search(s, "minister envoy", NULL, 0);

    id_of(id, IDRIS);
    r = record_get(s, id, VLS_LOAD_LIVE);
    dot = vls_record_row(r, position, vls_slice_of(NULL, 0), 0)->dot;
    vls_record_free(r);
    people_put(s, 1, IDRIS, "person", (const char *const[]){"position", "Ambassador", NULL}, &dot, 1);
    check_search(s, "defense", NULL, 0);
    SEARCH(s, "ambassador", IDRIS);
    people_put(s, 1, MARGIT, "person", (const char *const[]){"position", "سفير المدينة", NULL}, NULL, 0);
    SEARCH(s, "مدينة", MARGIT); /* its article aside */
    SEARCH(s, "السفير المدينة", MARGIT);
    check_search(s, "دينة", NULL, 0);
    vls_store_close(s);
}

static void
what_a_rule_set_aside_is_found_too(void **state)
{
    struct vls_store *s = people();
    struct vls_dot nobody = {.op = 1};

    (void)state;
    people_put(s, 2, IDRIS, "person", (const char *const[]){"position", "Consul", NULL}, &nobody, 1);
    people_put(s, 2, IDRIS, "person", (const char *const[]){"display-name", "Edris Hadad", NULL}, &nobody, 1);
    SEARCH(s, "consul", IDRIS);
    SEARCH(s, "defense", IDRIS);
    check_find(s, "person", "edris", IDRIS);
    check_find(s, "person", "haddad", IDRIS);
    vls_store_close(s);
}

static void
a_search_stops_at_its_maximum_and_at_an_error(void **state)
{
    struct vls_store *s = people();
    struct vls_buf out;

    (void)state;
    vls_buf_init(&out, 4096);
    check_ok(vls_store_search(s, "idris", 1, add_ref, &out, &fixture_err), &fixture_err);
    assert_int_equal(out.n, strlen("PER-7K3MQ2V "));
    check_ok(vls_store_search(s, "idris", 0, add_ref, &out, &fixture_err), &fixture_err);
    assert_int_equal(out.n, strlen("PER-7K3MQ2V "));
    vls_buf_clear(&out);
    vls_buf_init(&out, 1);
    assert_int_equal(vls_store_search(s, "idris", 5, dump_record, &out, &fixture_err), VLS_ELIMIT);
    vls_buf_clear(&out);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_in_every_spelling),
        cmocka_unit_test(beginnings_of_the_words_of_names),
        cmocka_unit_test(an_arabic_article_matters_to_nobody),
        cmocka_unit_test(typing_that_means_nothing_finds_nothing),
        cmocka_unit_test(several_are_listed_and_a_whole_name_is_enough),
        cmocka_unit_test(seven_letters_may_be_a_name),
        cmocka_unit_test(words_anywhere_are_found_and_follow_changes),
        cmocka_unit_test(what_a_rule_set_aside_is_found_too),
        cmocka_unit_test(a_search_stops_at_its_maximum_and_at_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
