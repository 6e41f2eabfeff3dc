/* Typed values of every type but dates (test_date.c): what is taken, and how refusals read. */
#include "tests/support/check.h"

#include "valise/cbor.h"
#include "valise/domain.h"

static enum vls_code
find_haddad(void *ctx, uint16_t ref_kind, const char *words, uint8_t out[16], struct vls_error *err)
{
    (void)ctx;
    if (ref_kind != 1 || strcmp(words, "haddad") != 0)
        return VLS_FAIL(err, VLS_ENOTFOUND, "nobody");
    memset(out, 7, 16);
    return VLS_OK;
}

static const struct vls_value_ctx ctx = {1804456815, 60, find_haddad, NULL};

static const struct vls_field *
field(const char *kind, const char *name)
{
    const struct vls_kind *k = vls_kind_by_name(kind);
    const struct vls_field *f = k != NULL ? vls_field_by_name(k, name) : NULL;

    if (f == NULL)
        fail_msg("no field %s of %s", name, kind);
    return f;
}

static const struct vls_field boolean = {.no = 1, .name = "b", .type = VLS_T_BOOL};
static const struct vls_field number = {.no = 1, .name = "n", .type = VLS_T_INT};

static void
typed_words_become_canonical_values(void **state)
{
    const struct {
        const struct vls_field *f;
        const char *words, *plain;
    } t[] = {
        {field("info", "text"), " Delegation list of the summit names him.\r\nTwo pages. ",
         "Delegation list of the summit names him.\nTwo pages."},
        {field("info", "from"), "civil-society", "civil-society"},
        {field("info", "from"), "Civil Society", "civil-society"},
        {field("info", "from"), "société civile", "civil-society"},
        {field("info", "from"), "SOCIETE CIVILE", "civil-society"},
        {field("trip", "status"), "en cours", "under-way"},
        {field("person", "tlp"), "AMBER+STRICT", "amber+strict"},
        {field("person", "tlp"), "amber", "amber"},
        {field("info", "credibility"), "3", "3"},
        {field("source", "reliability"), "B", "b"},
        {field("action", "kind"), "démarche bilatérale", "bilateral-demarche"},
        {field("leg", "country"), "et", "ET"},
        {field("leg", "country"), "Éthiopie", "ET"},
        {field("leg", "country"), "the Gambia", "GM"},
        {field("info", "received"), "2027-03-07T22:00Z", "2027-03-07T22:00:00Z"},
        {field("info", "received"), "2027-03-07 23:00", "2027-03-07T23:00:00+01:00"},
        {field("info", "received"), "now", "2027-03-07T23:00:00+01:00"},
        {field("info", "received"), "maintenant", "2027-03-07T23:00:00+01:00"},
        {field("info", "about"), "haddad", "PER-0W3GE1X"},
        {field("source", "origin-mark"), "00FFa0", "00ffa0"},
        {field("person", "custody"), "at large", "status=at large"},
        {field("person", "custody"), "status=at large; on=2021-03; citation=filing 12; page 3",
         "on=2021-03; status=at large; citation=filing 12; page 3"},
        {field("person", "comment"), "a = b; c = d", "a = b; c = d"},
        {field("person", "comment"), "text=x", "x"},
        {field("nil-return", "period"), "PER-0W3GE1X", "PER-0W3GE1X"},
        {field("nil-return", "period"), "PER-20", "PER-20"},
        {field("nil-return", "period"), "SES-19/SES-20", "SES-19/SES-20"},
        {field("nil-return", "period"), "XYZ-8159TQX", "XYZ-8159TQX"}, /* no kind's prefix: somebody else's number */
        {field("info", "text"), "see PRD-8159TQX", "see PRD-8159TQX"},
        {field("person", "comment"), "foo=bar", "foo=bar"}, /* plain words may hold anything */
        {field("person", "comment"), "and so on …", "and so on …"},
        {field("nil-return", "asserted"), "by=x; how=asked; 3 = 3", "by=x; how=asked; 3 = 3"},
        {&boolean, "Oui", "true"},
        {&boolean, "no", "false"},
        {&number, " -42 ", "-42"},
        {&number, "9223372036854775807", "9223372036854775807"},
    };
    struct vls_buf value, plain;
    struct vls_error err;

    (void)state;
    vls_buf_init(&value, 1000);
    vls_buf_init(&plain, 1000);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls_buf_reset(&value);
        vls_buf_reset(&plain);
        if (vls_value_parse(&value, t[i].f, t[i].words, &ctx, &err) != VLS_OK)
            fail_msg("“%s” is refused: %s", t[i].words, err.text);
        assert_true(vls_value_ok(t[i].f, vls_buf_slice(&value)));
        vls_value_plain(&plain, t[i].f, vls_buf_slice(&value));
        assert_string_equal(vls_buf_str(&plain), t[i].plain);
    }
    vls_buf_clear(&value);
    vls_buf_clear(&plain);
}

static void
other_words_are_refused_and_leave_nothing(void **state)
{
    const struct {
        const struct vls_field *f;
        const char *words;
    } t[] = {
        {field("info", "text"), ""},
        {field("info", "text"), " \n"},
        {field("info", "text"), "\xff"},
        {field("info", "text"), "x\xe2\x80\xaey"},
        {field("info", "from"), ""},
        {field("info", "from"), "-"},
        {field("info", "from"), "civil"},
        {field("info", "from"), "civil-society2"},
        {field("trip", "status"), "disputed"},
        {field("person", "tlp"), "white"},
        {field("person", "tlp"), "amber strict"},
        {field("info", "credibility"), "7"},
        {field("leg", "country"), ""},
        {field("leg", "country"), "XX"},
        {field("leg", "country"), "Atlantis"},
        {field("leg", "country"), "Ethiopia Ethiopia"},
        {field("info", "received"), ""},
        {field("info", "received"), "yesterday evening"},
        {field("info", "received"), "2027-03-07T25:00Z"},
        {field("info", "received"), "03/04/2027"},
        {field("info", "received"), "2027-03-07T22:00Z 2027-03-07T22:00Z 2027-03-07T22:00Z 2027-03-07T22:00Z"},
        {field("info", "about"), "nobody"},
        {field("source", "origin-mark"), ""},
        {field("source", "origin-mark"), "abc"},
        {field("source", "origin-mark"), "zz"},
        {field("source", "origin-mark"), "00 11"},
        {field("person", "custody"), ""},
        {field("person", "custody"), "status="},
        {field("person", "custody"), "status=a; status=b"},
        {field("person", "custody"), "status=\x01"},
        {field("person", "custody"), "foo=bar"},
        {field("nil-return", "asserted"), "by=…;at=…;how=…"}, /* an example, pasted as it was printed */
        {field("nil-return", "asserted"), "by=x;at=2021-11-20;how= … "},
        {field("nil-return", "asserted"), "by=x;at=...;how=asked"},
        {field("nil-return", "asserted"), "…"},
        {field("nil-return", "asserted"), "foo=bar;by=x"},
        {field("nil-return", "asserted"), "by=x;foo=bar"},
        {field("nil-return", "asserted"), "by=x;manière=bar"},
        {field("info", "text"), "…"},
        {field("info", "text"), " ... "},
        {field("nil-return", "period"), "PRD-8159TQX"}, /* its last sign does not fit */
        {field("nil-return", "period"), " per-0w3ge1y "},
        {&boolean, ""},
        {&boolean, "maybe"},
        {&boolean, "1"},
        {&number, ""},
        {&number, "1.5"},
        {&number, "twelve"},
        {&number, "9223372036854775808"},
        {&number, "1 2"},
    };
    struct vls_buf value;
    struct vls_error err;

    (void)state;
    vls_buf_init(&value, 1000);
    vls_buf_put_u8(&value, 'x');
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        enum vls_code rc = vls_value_parse(&value, t[i].f, t[i].words, &ctx, &err);

        if (rc != (t[i].f->type == VLS_T_REF ? VLS_ENOTFOUND : VLS_EVALUE))
            fail_msg("“%s”: %d", t[i].words, rc);
        assert_int_equal(value.n, 1);
        assert_int_equal(err.code, rc);
    }
    vls_buf_clear(&value);
}

static void
a_refused_term_names_the_known_ones(void **state)
{
    struct vls_term many[40];
    struct vls_field crowded = {.no = 1, .name = "crowded", .type = VLS_T_ENUM, .terms = many, .n_terms = 40};
    struct vls_buf value;
    struct vls_error err;

    (void)state;
    for (size_t i = 0; i < 40; i++)
        many[i] = (struct vls_term){"fifteen-letters", {"fifteen letters", "quinze lettres"}};
    vls_buf_init(&value, 100);
    assert_int_equal(vls_value_parse(&value, field("info", "claim"), "rumoured", &ctx, &err), VLS_EVALUE);
    assert_string_equal(err.text, "“rumoured” is no value of “claim”\n"
                                  "Write one of: potential, announced, confirmed, observed, cancelled");
    assert_int_equal(vls_value_parse(&value, &crowded, "x", &ctx, &err), VLS_EVALUE);
    assert_true(err.len < VLS_ERROR_TEXT - 1);
    assert_string_equal(err.text + err.len - strlen(", …"), ", …");
    vls_buf_clear(&value);
}

static void
a_record_without_a_resolver_needs_its_whole_id(void **state)
{
    static const struct vls_value_ctx alone = {0, 0, NULL, NULL};
    const struct vls_field *f = field("info", "about");
    struct vls_buf value;
    struct vls_error err;

    (void)state;
    vls_buf_init(&value, 100);
    check_ok(vls_value_parse(&value, f, "00000004000000000000000000000000", &alone, &err), &err);
    assert_true(vls_value_ok(f, vls_buf_slice(&value)));
    assert_int_equal(vls_value_parse(&value, f, "PER-0000012", &alone, &err), VLS_EVALUE);
    assert_int_equal(vls_value_parse(&value, f, "0000000400000000000000000000000", &alone, &err), VLS_EVALUE);
    vls_buf_clear(&value);
}

static void
a_full_buffer_is_said(void **state)
{
    struct vls_buf value;
    struct vls_error err;

    (void)state;
    vls_buf_init(&value, 4);
    assert_int_equal(vls_value_parse(&value, field("info", "text"), "longer than that", &ctx, &err), VLS_ELIMIT);
    vls_buf_clear(&value);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(typed_words_become_canonical_values),
        cmocka_unit_test(other_words_are_refused_and_leave_nothing),
        cmocka_unit_test(a_refused_term_names_the_known_ones),
        cmocka_unit_test(a_record_without_a_resolver_needs_its_whole_id),
        cmocka_unit_test(a_full_buffer_is_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
