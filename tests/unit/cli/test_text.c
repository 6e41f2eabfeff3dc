/* What may reach a terminal, widths, instants and durations. */
#include "tests/support/check.h"

#include "valise/cbor.h"

#include "cli/cli.h"

static const char *
clean(struct vls_buf *buf, const void *p, size_t n, bool keep_lf)
{
    vls_buf_reset(buf);
    sanitise(buf, vls_slice_of(p, n), keep_lf);
    return vls_buf_str(buf);
}

static void
controls_become_visible(void **state)
{
    struct vls_buf buf;
    int c;

    (void)state;
    vls_buf_init(&buf, 4096);
    assert_string_equal(clean(&buf, "\033[31mred\a", 9, false), "^[[31mred^G");
    assert_string_equal(clean(&buf, "a\0b", 3, false), "a^@b");
    assert_string_equal(clean(&buf, "\177", 1, false), "^?");
    assert_string_equal(clean(&buf, "\302\233" "31m", 5, false), "^[31m"); /* C1: CSI in one character */
    assert_string_equal(clean(&buf, "a\nb\tc", 5, false), "a^Jb^Ic");
    assert_string_equal(clean(&buf, "a\nb\tc\r", 6, true), "a\nb\tc^M");
    for (c = 0; c < 0xa0; c++) { /* every C0, DEL and C1 */
        uint8_t utf8[2] = {(uint8_t)(c < 0x80 ? c : 0xc2), (uint8_t)c};
        const char *text;

        if (c >= 0x20 && c < 0x7f)
            continue;
        text = clean(&buf, utf8, c < 0x80 ? 1 : 2, false);
        assert_int_equal(strlen(text), 2);
        assert_int_equal(text[0], '^');
        assert_true(text[1] >= '?' && text[1] <= '_');
    }
    vls_buf_clear(&buf);
}

static void
reordering_marks_become_visible(void **state)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"\342\200\256x", "<U+202E>x"}, {"\342\200\252", "<U+202A>"}, {"\342\200\217", "<U+200F>"},
        {"\342\201\246", "<U+2066>"},   {"\342\201\251", "<U+2069>"}, {"\330\234", "<U+061C>"},
        {"\342\200\250", "<U+2028>"},   {"\342\200\251", "<U+2029>"},
    };
    struct vls_buf buf;
    size_t i;

    (void)state;
    vls_buf_init(&buf, 4096);
    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(clean(&buf, cases[i].text, strlen(cases[i].text), true), cases[i].shown);
    vls_buf_clear(&buf);
}

static void
broken_utf8_is_shown_as_bytes_and_good_text_is_left_alone(void **state)
{
    static const char many[] = "إدريس Đặng 𝒜 “—”";
    struct vls_buf buf;

    (void)state;
    vls_buf_init(&buf, 4096);
    assert_string_equal(clean(&buf, "a\377b", 3, false), "a<FF>b");
    assert_string_equal(clean(&buf, "\355\240\200", 3, false), "<ED><A0><80>"); /* a surrogate */
    assert_string_equal(clean(&buf, "\300\257", 2, false), "<C0><AF>");         /* an overlong '/' */
    assert_string_equal(clean(&buf, "\303", 1, false), "<C3>");
    assert_string_equal(clean(&buf, many, strlen(many), false), many);
    vls_buf_clear(&buf);
}

/* Whatever bytes come in, what goes out holds no control and is valid UTF-8. */
static void
any_bytes_come_out_harmless(void **state)
{
    uint64_t seed = check_seed(20270308), random = seed;
    struct vls_buf buf;
    uint8_t bytes[64];
    int round;

    (void)state;
    vls_buf_init(&buf, 4096);
    for (round = 0; round < 5000; round++) {
        size_t n = check_random(&random) % sizeof(bytes), i;
        const char *text;

        for (i = 0; i < n; i++)
            bytes[i] = (uint8_t)check_random(&random);
        text = clean(&buf, bytes, n, false);
        for (i = 0; text[i] != '\0'; i++)
            if ((uint8_t)text[i] < 0x20 || text[i] == 0x7f || ((uint8_t)text[i] == 0xc2 && (uint8_t)text[i + 1] < 0xa0))
                fail_msg("VLS_SEED=%llu round %d", (unsigned long long)seed, round);
        if (!vls_utf8_valid(vls_slice_of(text, buf.n)))
            fail_msg("VLS_SEED=%llu round %d: no UTF-8", (unsigned long long)seed, round);
    }
    vls_buf_clear(&buf);
}

static void
json_escapes_change_no_value(void **state)
{
    static const char text[] = "a\302\233b\342\200\256c\177d إ \342\201\247 \342\200\223";
    json_t *doc = json_pack("{s:s}", "t", text), *back;
    char *dumped = json_dumps(doc, 0);
    struct vls_buf safe;
    size_t i;

    (void)state;
    vls_buf_init(&safe, 4096);
    json_escape(&safe, vls_slice_str(dumped));
    for (i = 0; i < safe.n; i++)
        assert_true(safe.p[i] != 0x7f && !(safe.p[i] == 0xc2 && safe.p[i + 1] < 0xa0) &&
                    !(safe.p[i] == 0xe2 && safe.p[i + 1] == 0x80 && safe.p[i + 2] == 0xae));
    back = json_loads(vls_buf_str(&safe), 0, NULL);
    assert_non_null(back);
    assert_true(json_equal(doc, back));
    json_decref(back);
    json_decref(doc);
    free(dumped);
    vls_buf_clear(&safe);
}

static void
widths_count_columns(void **state)
{
    (void)state;
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("Đặng"), 4);
    assert_int_equal(text_width("D\314\203a"), 2); /* a combining mark takes no room */
    assert_int_equal(text_width("漢字"), 4);
    assert_int_equal(text_width(""), 0);
    assert_true(text_rtl("x إدريس"));
    assert_true(text_rtl("עברית"));
    assert_false(text_rtl("Đặng 漢字"));
}

static void
instants_are_shown_in_utc(void **state)
{
    char out[STAMP_TEXT];

    (void)state;
    assert_string_equal(stamp(out, 1804497000), "2027-03-08 09:10 UTC");
    assert_string_equal(stamp_plain(out, 1804497000), "2027-03-08T09:10:00Z");
    assert_string_equal(stamp_plain(out, -1), "1969-12-31T23:59:59Z");
    assert_string_equal(stamp_plain(out, 951782400), "2000-02-29T00:00:00Z");
}

static void
durations_are_read(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"15m", 900}, {"1h", 3600}, {"90s", 90}, {"1h30m", 5400}, {"2d", 172800}, {"1d2h3m4s", 93784}};
    static const char *const bad[] = {"",    "15",    "m",   "-5m", "+5m", "1.5h", "1h30",       "30m1h",
                                      "1h1h", "1 h", "1H", "0m",  "0h0m", "x",   "1hx", "9999999s", "١h"};
    int64_t seconds;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(span_parse(&seconds, good[i].text));
        assert_int_equal(seconds, good[i].seconds);
    }
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (span_parse(&seconds, bad[i]))
            fail_msg("“%s” was taken for %lld s", bad[i], (long long)seconds);
}

static void
durations_are_shown(void **state)
{
    char out[SPAN_TEXT];

    (void)state;
    assert_string_equal(span(out, 900), "15 minutes");
    assert_string_equal(span(out, 60), "1 minute");
    assert_string_equal(span(out, 3600), "1 hour");
    assert_string_equal(span(out, 40200), "11 hours 10 min");
    assert_string_equal(span(out, 35 * 86400), "35 days");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(controls_become_visible),
        cmocka_unit_test(reordering_marks_become_visible),
        cmocka_unit_test(broken_utf8_is_shown_as_bytes_and_good_text_is_left_alone),
        cmocka_unit_test(any_bytes_come_out_harmless),
        cmocka_unit_test(json_escapes_change_no_value),
        cmocka_unit_test(widths_count_columns),
        cmocka_unit_test(instants_are_shown_in_utc),
        cmocka_unit_test(durations_are_read),
        cmocka_unit_test(durations_are_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
