/* Stored values: which bytes have the shape of a type, and what people and machines are shown. */
#include "tests/support/check.h"

#include "valise/cbor.h"
#include "valise/domain.h"

#define B(s) {(const uint8_t *)(s), sizeof(s) - 1}

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
static const struct vls_field any_ref = {.no = 1, .name = "r", .type = VLS_T_REF};

static void
each_type_has_its_shape(void **state)
{
    const struct vls_field *text = field("info", "text"), *status = field("trip", "status"),
                           *country = field("leg", "country"), *mark = field("source", "origin-mark"),
                           *custody = field("person", "custody"), *about = field("info", "about");
    const struct {
        const struct vls_field *f;
        struct vls_slice value;
        bool ok;
    } t[] = {
        {text, B("\x62hi"), true},
        {text, B("\x60"), false},                       /* empty: a field is removed, not emptied */
        {text, B("\x42hi"), false},
        {text, B("\x62hi\x00"), false},
        {text, B("\x61\x07"), false},
        {text, B("\x63" "e\xcc\x81"), false},
        {text, B(""), false},
        {status, B("\x69" "confirmed"), true},
        {status, B("\x67later-9"), true},               /* a term of a newer version */
        {status, B("\x69" "Confirmed"), false},
        {status, B("\x62- "), false},
        {status, B("\x62-a"), false},
        {status, B("\x60"), false},
        {status, B("\x18\x20"), false},
        {country, B("\x62" "ET"), true},
        {country, B("\x62" "ZZ"), true},                /* kept, although nobody lives there yet */
        {country, B("\x62" "et"), false},
        {country, B("\x63" "ETH"), false},
        {country, B("\x61" "E"), false},
        {mark, B("\x40"), true},
        {mark, B("\x42\x00\xff"), true},
        {mark, B("\x60"), false},
        {about, B("\x50" "0123456789abcdef"), true},
        {about, B("\x4f" "0123456789abcde"), false},
        {about, B("\x51" "0123456789abcdefg"), false},
        {about, B("\x70" "0123456789abcdef"), false},
        {custody, B("\xa1\x66status\x68" "at large"), true},
        {custody, B("\xa1\x61k\x82\x01\xa0"), true},    /* what a newer version may put there */
        {custody, B("\xa0"), false},
        {custody, B("\xa1\x01\x01"), false},
        {custody, B("\xa2\x61" "b\x01\x61" "a\x01"), false},
        {custody, B("\xa2\x61" "a\x01\x61" "a\x01"), false},
        {custody, B("\xa1\x61\x07\x01"), false},
        {custody, B("\x80"), false},
        {custody, B("\xa1\x61k"), false},
        {&boolean, B("\xf5"), true},
        {&boolean, B("\xf4"), true},
        {&boolean, B("\xf6"), false},
        {&boolean, B("\x01"), false},
        {&boolean, B("\xf5\xf5"), false},
        {&number, B("\x01"), true},
        {&number, B("\x20"), true},
        {&number, B("\x1b\xff\xff\xff\xff\xff\xff\xff\xff"), false},
        {&number, B("\x18\x01"), false},
        {&number, B("\xf9\x3c\x00"), false},
        {NULL, B("\x01"), false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++)
        if (vls_value_ok(t[i].f, t[i].value) != t[i].ok)
            fail_msg("case %zu is %s", i, t[i].ok ? "refused" : "taken");
}

static void
people_and_machines_see_their_form(void **state)
{
    const struct {
        const struct vls_field *f;
        struct vls_slice value;
        const char *en, *fr, *plain;
    } t[] = {
        {field("info", "text"), B("\x62hi"), "hi", "hi", "hi"},
        {field("trip", "status"), B("\x69under-way"), "under way", "en cours", "under-way"},
        {field("trip", "status"), B("\x67later-9"), "later-9", "later-9", "later-9"},
        {field("leg", "country"), B("\x62" "ET"), "Ethiopia", "Éthiopie", "ET"},
        {field("leg", "country"), B("\x62" "ZZ"), "ZZ", "ZZ", "ZZ"},
        {field("trip", "window"), B("\x82\x67" "2027-04\x6a" "April 2027"), "2027-04", "2027-04", "2027-04"},
        {field("trip", "window"), B("\x82\x60\x68" "40 April"), "40 April", "40 April", "40 April"},
        {field("info", "received"), B("\x83\x1a\x6b\x8d\xd3\x60\x18\x3c\x01"), "2027-03-07 22:00 UTC",
         "2027-03-07 22:00 UTC", "2027-03-07T23:00:00+01:00"},
        {field("info", "about"), B("\x50\0\0\0\x04" "456789abcdef"), "PER-0000012", "PER-0000012", "PER-0000012"},
        {&any_ref, B("\x50\0\0\0\x04" "456789abcdef"), "0000012", "0000012", "0000012"},
        {field("source", "origin-mark"), B("\x48\1\2\3\4\5\6\7\x8"), "010203040506…", "010203040506…",
         "0102030405060708"},
        {field("person", "custody"), B("\xa2\x62on\x67" "2021-03\x66status\x68" "at large"),
         "on: 2021-03; status: at large", "le: 2021-03; état: at large", "on=2021-03; status=at large"},
        {field("person", "comment"), B("\xa1\x64text\x62hi"), "hi", "hi", "hi"},
        {field("person", "custody"), B("\xa1\x61k\x82\x01\xf6"), "k: [1, null]", "k: [1, null]", "k=[1, null]"},
        {&boolean, B("\xf5"), "yes", "oui", "true"},
        {&boolean, B("\xf4"), "no", "non", "false"},
        {&number, B("\x38\x63"), "-100", "-100", "-100"},
    };
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        const char *const lang[] = {"en", "fr_CH", NULL};

        for (size_t k = 0; k < 3; k++) {
            vls_buf_reset(&b);
            vls_value_print(&b, t[i].f, t[i].value, lang[k]);
            assert_string_equal(vls_buf_str(&b), k == 1 ? t[i].fr : t[i].en);
        }
        vls_buf_reset(&b);
        vls_value_plain(&b, t[i].f, t[i].value);
        assert_string_equal(vls_buf_str(&b), t[i].plain);
    }
    vls_buf_clear(&b);
}

static void
unknown_shapes_are_shown_but_cannot_steer_a_terminal(void **state)
{
    static const struct {
        struct vls_slice value;
        const char *shown;
    } t[] = {
        {B("\x62\x1b["), "\"<U+001B>[\""},
        {B("\x63\xe2\x80\xae"), "\"<U+202E>\""},
        {B("\x64" "a\"\\\n"), "\"a\\\"\\\\\\n\""},
        {B("\xff"), "h'ff'"},
        {B(""), "h''"},
        {B("\x18\x01"), "h'1801'"},
        {B("\xa2\x01\x20\x61k\x43\0\1\2"), "{1: -1, \"k\": h'000102'}"},
        {B("\x84\x80\xa0\xf5\xf4"), "[[], {}, true, false]"},
        {B("\x1b\x7f\xff\xff\xff\xff\xff\xff\xff"), "9223372036854775807"},
    };
    struct vls_buf b;

    (void)state;
    vls_buf_init(&b, 1000);
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        vls_buf_reset(&b);
        vls_value_print(&b, field("trip", "window"), t[i].value, "en");
        assert_string_equal(vls_buf_str(&b), t[i].shown);
        vls_buf_reset(&b);
        vls_value_plain(&b, NULL, t[i].value); /* a field of a newer version */
        assert_string_equal(vls_buf_str(&b), t[i].shown);
    }
    vls_buf_clear(&b);
}

static void
what_was_emptied_on_purpose_is_shown_as_nothing_and_has_no_shape(void **state)
{
    static const enum vls_type types[] = {VLS_T_TEXT, VLS_T_ENUM, VLS_T_DATE, VLS_T_REF, VLS_T_BOOL, VLS_T_ENTRY};
    const uint8_t null[] = {0xf6, 0xf6};
    struct vls_slice emptied = vls_slice_of(null, 1);
    struct vls_buf out;

    (void)state;
    vls_buf_init(&out, 64);
    assert_true(vls_value_emptied(emptied));
    assert_false(vls_value_emptied(vls_slice_of(null, 2)));
    assert_false(vls_value_emptied(vls_slice_of(null, 0)));
    assert_false(vls_value_emptied(vls_slice_str("\xf5")));
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        const struct vls_field f = {.type = types[i], .policy = VLS_P_LWW};

        assert_false(vls_value_ok(&f, emptied));
        vls_value_print(&out, &f, emptied, "en");
        vls_value_plain(&out, &f, emptied);
        assert_int_equal(out.n, 0);
    }
    vls_buf_clear(&out);
}

static void
only_what_a_record_can_do_without_may_be_emptied(void **state)
{
    static const struct {
        const char *kind, *field;
        bool may;
    } table[] = {
        {"person", "position", true},      {"person", "born", true},     {"person", "summary", true},
        {"person", "display-name", false}, {"person", "tag", false},     {"person", "tlp", false},
        {"person", "life", false},         {"trip", "status", false},    {"info", "text", false},
        {"info", "credibility", true},     {"person", "custody", false}, {"action", "attribution", false},
        {"leg", "country", false},         {"action", "target", true},   {"transmission", "covers", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct vls_field *f = vls_field_by_name(vls_kind_by_name(table[i].kind), table[i].field);

        assert_non_null(f);
        if (vls_field_empties(f) != table[i].may)
            fail_msg("%s.%s", table[i].kind, table[i].field);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_has_its_shape),
        cmocka_unit_test(people_and_machines_see_their_form),
        cmocka_unit_test(unknown_shapes_are_shown_but_cannot_steer_a_terminal),
        cmocka_unit_test(what_was_emptied_on_purpose_is_shown_as_nothing_and_has_no_shape),
        cmocka_unit_test(only_what_a_record_can_do_without_may_be_emptied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
