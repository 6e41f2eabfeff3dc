/* The recovery code as text: what a person may do to it without harm, and what must be found. */
#include "tests/support/check.h"

#include <unistd.h>

#include "valise/keyfile.h"

#define SIGNS "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

static struct vls_error err;
static const uint8_t store_id[VLS_STORE_ID_LEN] = {0x51, 0x3a, 9};

static int
setup(void **state)
{
    (void)state;
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

static struct vls_secret *
code_of(uint64_t *seed)
{
    struct vls_secret *code;

    check_ok(vls_secret_new(&code, VLS_RECOVERY_LEN, &err), &err);
    for (size_t i = 0; i < VLS_RECOVERY_LEN; i++)
        code->bytes[i] = (uint8_t)check_random(seed);
    return code;
}

static void
print(char out[VLS_RECOVERY_TEXT], const struct vls_secret *code)
{
    struct vls_secret *text;

    check_ok(vls_recovery_print(&text, store_id, code, &err), &err);
    assert_int_equal(text->len, VLS_RECOVERY_TEXT);
    memcpy(out, text->bytes, VLS_RECOVERY_TEXT);
    vls_secret_free(text);
}

/* Parses; when it succeeds the code must be the expected one. */
static enum vls_code
parse(const char *typed, const struct vls_secret *expect)
{
    struct vls_secret *in, *code = NULL;
    enum vls_code rc;

    check_ok(vls_secret_copy(&in, typed, strlen(typed), &err), &err);
    rc = vls_recovery_parse(&code, store_id, in, &err);
    if (rc == VLS_OK) {
        assert_int_equal(code->len, VLS_RECOVERY_LEN);
        assert_memory_equal(code->bytes, expect->bytes, VLS_RECOVERY_LEN);
    } else
        assert_null(code);
    vls_secret_free(code);
    vls_secret_free(in);
    return rc;
}

static bool
names_line(size_t line)
{
    char words[16];

    snprintf(words, sizeof words, "line %zu ", line);
    return strstr(err.text, words) != NULL;
}

static void
what_is_printed_is_read_again(void **state)
{
    uint64_t seed = check_seed(1), s = seed;

    (void)state;
    for (int round = 0; round < 50; round++) {
        struct vls_secret *code = code_of(&s);
        char text[VLS_RECOVERY_TEXT];

        print(text, code);
        for (size_t i = 0; i < VLS_RECOVERY_TEXT - 1; i++)
            if (i % 12 == 11)
                assert_int_equal(text[i], '\n');
            else if (i % 12 == 4 || i % 12 == 9)
                assert_int_equal(text[i], '-');
            else
                assert_non_null(strchr(SIGNS, text[i]));
        if (parse(text, code) != VLS_OK)
            fail_msg("%s; VLS_SEED=%llu", err.text, (unsigned long long)seed);
        vls_secret_free(code);
    }
}

/* Computed by hand from keyfile.md section 4: zeros, whose tag and checks remain. */
static void
a_code_of_zeros_has_checks_of_powers_of_two(void **state)
{
    struct vls_secret *code;
    char text[VLS_RECOVERY_TEXT];

    (void)state;
    check_ok(vls_secret_new(&code, VLS_RECOVERY_LEN, &err), &err);
    print(text, code);
    assert_memory_equal(text, "0000-0000-1\n0000-0000-2\n0000-0000-4\n0", 37);
    vls_secret_free(code);
}

static void
case_spacing_and_lookalikes_do_not_matter(void **state)
{
    struct vls_secret *code, *with_nul, *out;
    char text[VLS_RECOVERY_TEXT], typed[4 * VLS_RECOVERY_TEXT], *p;

    (void)state;
    check_ok(vls_secret_new(&code, VLS_RECOVERY_LEN, &err), &err);
    code->bytes[0] = 0x00, code->bytes[1] = 0x42, code->bytes[2] = 0x10; /* 0s and 1s */
    print(text, code);

    p = typed; /* lower case, l and o, no separator at all */
    for (const char *t = text; *t != '\0'; t++)
        if (*t != '-' && *t != '\n')
            *p++ = *t == '1' ? 'l' : *t == '0' ? 'o' : (char)(*t >= 'A' && *t <= 'Z' ? *t + 32 : *t);
    *p = '\0';
    assert_non_null(strchr(typed, 'l'));
    assert_non_null(strchr(typed, 'o'));
    check_ok(parse(typed, code), &err);

    p = typed; /* every separator everywhere, I and O */
    for (const char *t = text; *t != '\0'; t++) {
        *p++ = *t == '1' ? 'I' : *t == '0' ? 'O' : *t;
        *p++ = " \t.-"[(t - text) % 4];
    }
    memcpy(p, "\r\n\r\n\n", 6);
    check_ok(parse(typed, code), &err);

    check_ok(vls_secret_copy(&with_nul, text, sizeof text, &err), &err);
    check_ok(vls_recovery_parse(&out, store_id, with_nul, &err), &err);
    vls_secret_free(out);
    vls_secret_free(with_nul);
    vls_secret_free(code);
}

/* LL-09 and ux: one wrong sign, anywhere, any other sign: found, with its line. */
static void
every_single_wrong_sign_is_found_and_its_line_named(void **state)
{
    uint64_t seed = check_seed(2), s = seed;
    struct vls_secret *code = code_of(&s);
    char text[VLS_RECOVERY_TEXT], bad[VLS_RECOVERY_TEXT];
    unsigned n = 0;

    (void)state;
    print(text, code);
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (strchr(SIGNS, text[i]) == NULL)
            continue;
        for (const char *other = SIGNS; *other != '\0'; other++) {
            if (*other == text[i])
                continue;
            memcpy(bad, text, sizeof bad);
            bad[i] = *other;
            if (parse(bad, code) != VLS_EVALUE || !names_line(i / 12 + 1))
                fail_msg("%c for sign %zu: %s; VLS_SEED=%llu", *other, i, err.text, (unsigned long long)seed);
            n++;
        }
    }
    assert_int_equal(n, 36 * 31);
    vls_secret_free(code);
}

static void
every_exchange_of_signs_or_lines_is_found(void **state)
{
    uint64_t seed = check_seed(3), s = seed;
    unsigned n = 0;

    (void)state;
    for (int round = 0; round < 5; round++) {
        struct vls_secret *code = code_of(&s);
        char text[VLS_RECOVERY_TEXT], bad[VLS_RECOVERY_TEXT];

        print(text, code);
        for (size_t i = 0; text[i] != '\0'; i++)
            for (size_t k = i + 1; k / 12 == i / 12; k++) {
                if (text[i] == text[k] || strchr(SIGNS, text[i]) == NULL || strchr(SIGNS, text[k]) == NULL)
                    continue;
                memcpy(bad, text, sizeof bad);
                bad[i] = text[k], bad[k] = text[i];
                if (parse(bad, code) != VLS_EVALUE || !names_line(i / 12 + 1))
                    fail_msg("signs %zu and %zu; VLS_SEED=%llu", i, k, (unsigned long long)seed);
                n++;
            }
        for (size_t i = 0; i < 4; i++)
            for (size_t k = i + 1; k < 4; k++) {
                memcpy(bad, text, sizeof bad);
                memcpy(bad + 12 * i, text + 12 * k, 12);
                memcpy(bad + 12 * k, text + 12 * i, 12);
                if (parse(bad, code) != VLS_EVALUE || !names_line(i + 1))
                    fail_msg("lines %zu and %zu; VLS_SEED=%llu", i, k, (unsigned long long)seed);
            }
        vls_secret_free(code);
    }
    assert_true(n > 500);
}

static void
a_missing_or_extra_sign_is_found_and_its_line_named(void **state)
{
    uint64_t s = check_seed(4);
    struct vls_secret *code = code_of(&s);
    char text[VLS_RECOVERY_TEXT], bad[VLS_RECOVERY_TEXT + 1];

    (void)state;
    print(text, code);
    for (size_t i = 0; text[i] != '\0'; i++) {
        if (strchr(SIGNS, text[i]) == NULL)
            continue;
        memcpy(bad, text, i);
        memcpy(bad + i, text + i + 1, sizeof text - i - 1);
        assert_int_equal(parse(bad, code), VLS_EVALUE);
        assert_true(names_line(i / 12 + 1));
        memcpy(bad, text, i);
        bad[i] = text[i];
        memcpy(bad + i + 1, text + i, sizeof text - i);
        assert_int_equal(parse(bad, code), VLS_EVALUE);
        assert_true(names_line(i / 12 + 1));
    }
    assert_int_equal(parse("", code), VLS_EVALUE);
    assert_int_equal(parse("\n\n", code), VLS_EVALUE);
    text[36] = '\0'; /* three lines */
    assert_int_equal(parse(text, code), VLS_EVALUE);
    vls_secret_free(code);
}

static void
signs_of_no_code_are_refused(void **state)
{
    uint64_t s = check_seed(5);
    struct vls_secret *code = code_of(&s), *typed, *out;
    char text[VLS_RECOVERY_TEXT];

    (void)state;
    print(text, code);
    for (int c = 1; c < 256; c++) {
        char bad[VLS_RECOVERY_TEXT];

        if (strchr(SIGNS "abcdefghjkmnpqrstvwxyzOoIiLl -.\t\r\n", c) != NULL)
            continue;
        memcpy(bad, text, sizeof bad);
        bad[14] = (char)c;
        assert_int_equal(parse(bad, code), VLS_EVALUE);
        assert_true(names_line(2));
    }
    check_ok(vls_secret_copy(&typed, text, sizeof text, &err), &err);
    typed->bytes[14] = '\0'; /* a NUL before the end is no end */
    assert_int_equal(vls_recovery_parse(&out, store_id, typed, &err), VLS_EVALUE);
    assert_null(out);
    vls_secret_free(typed);
    vls_secret_free(code);
}

static void
a_code_of_another_valise_is_named_as_such(void **state)
{
    uint64_t s = check_seed(6);
    struct vls_secret *code = code_of(&s), *text, *out;
    uint8_t other[VLS_STORE_ID_LEN];

    (void)state;
    check_ok(vls_recovery_print(&text, store_id, code, &err), &err);
    for (size_t bit = 0; bit < VLS_STORE_ID_LEN * 8; bit++) {
        memcpy(other, store_id, sizeof other);
        other[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vls_recovery_parse(&out, other, text, &err), VLS_ETRUST);
        assert_null(out);
    }
    vls_secret_free(text);
    vls_secret_free(code);
}

/* ---- one line, a page, a file ---- */

static enum vls_code
check_line(size_t line, const char *typed)
{
    struct vls_secret *in;
    enum vls_code rc;

    check_ok(vls_secret_copy(&in, typed, strlen(typed), &err), &err);
    rc = vls_recovery_check_line(line, in, &err);
    vls_secret_free(in);
    return rc;
}

static void
one_line_is_proved_by_itself(void **state)
{
    uint64_t seed = check_seed(11);
    struct vls_secret *code = code_of(&seed);
    char text[VLS_RECOVERY_TEXT], line[16], other[16];

    (void)state;
    print(text, code);
    for (size_t i = 0; i < VLS_RECOVERY_LINES; i++) {
        snprintf(line, sizeof line, "%.11s", text + 12 * i);
        for (size_t at = 0; at < 11; at++)
            for (const char *sign = SIGNS; *sign != '\0' && line[at] != '-'; sign++) {
                memcpy(other, line, sizeof other);
                other[at] = *sign;
                assert_int_equal(check_line(i, other), *sign == line[at] ? VLS_OK : VLS_EVALUE);
                assert_true(*sign == line[at] || names_line(i + 1));
            }
        for (size_t n = 0; n < VLS_RECOVERY_LINES; n++) /* it knows its place */
            assert_int_equal(check_line(n, line), n == i ? VLS_OK : VLS_EVALUE);
        snprintf(other, sizeof other, " %.4s %.4s.%.1s\t", line, line + 5, line + 10);
        assert_int_equal(check_line(i, other), VLS_OK);
        line[10] = '\0';
        assert_int_equal(check_line(i, line), VLS_EVALUE);
        snprintf(other, sizeof other, "%.11s0", text + 12 * i);
        assert_int_equal(check_line(i, other), VLS_EVALUE);
    }
    assert_int_equal(check_line(0, ""), VLS_EVALUE);
    assert_int_equal(check_line(0, "AAAA-AAAA-!"), VLS_EVALUE);
    assert_int_equal(check_line(0, "AAAA-AAAA-\xc3\xa9"), VLS_EVALUE);
    vls_secret_free(code);
}

static void
lines_are_joined_to_what_was_printed(void **state)
{
    uint64_t seed = check_seed(12);
    struct vls_secret *code = code_of(&seed), *lines[VLS_RECOVERY_LINES], *whole, *got;
    char text[VLS_RECOVERY_TEXT];

    (void)state;
    print(text, code);
    for (size_t i = 0; i < VLS_RECOVERY_LINES; i++)
        check_ok(vls_secret_copy(&lines[i], text + 12 * i, 11, &err), &err);
    check_ok(vls_recovery_join(&whole, lines, &err), &err);
    assert_true(vls_recovery_whole(whole));
    assert_false(vls_recovery_whole(lines[0]));
    check_ok(vls_recovery_parse(&got, store_id, whole, &err), &err);
    assert_memory_equal(got->bytes, code->bytes, VLS_RECOVERY_LEN);
    for (size_t i = 0; i < VLS_RECOVERY_LINES; i++)
        vls_secret_free(lines[i]);
    vls_secret_free(whole);
    vls_secret_free(got);
    vls_secret_free(code);
}

static void
a_page_is_read_when_exactly_four_words_are_lines(void **state)
{
    uint64_t seed = check_seed(13);
    struct vls_secret *code = code_of(&seed);
    char text[VLS_RECOVERY_TEXT], page[1024];

    (void)state;
    print(text, code);
    snprintf(page, sizeof page,
             "CODE DE SECOURS\n\nStore 5F2C-91AB-77D0 2027-03-08\n 1 %.11s\n 2\t%.11s\r\n3) %.11s\n4 %.11s\n!", text,
             text + 12, text + 24, text + 36);
    assert_int_equal(parse(page, code), VLS_OK);
    snprintf(page, sizeof page, "1 %.11s 2 %.11s 3 %.11s", text, text + 12, text + 24);
    assert_int_equal(parse(page, code), VLS_EVALUE);
    snprintf(page, sizeof page, "page: %.11s %.11s %.11s %.11s %.11s", text, text + 12, text + 24, text + 36, text);
    assert_int_equal(parse(page, code), VLS_EVALUE);
    snprintf(page, sizeof page, "page: %.11s %.11s %.11s %.11s", text + 12, text, text + 24, text + 36);
    assert_int_equal(parse(page, code), VLS_EVALUE);
    assert_true(names_line(1));
    vls_secret_free(code);
}

static void
a_file_is_read_up_to_its_cap(void **state)
{
    char name[] = "/tmp/valise-page-XXXXXX";
    struct vls_secret *s;
    char *bytes = malloc(VLS_RECOVERY_PAGE_MAX + 1);
    int fd = mkstemp(name);

    (void)state;
    assert_non_null(bytes);
    assert_true(fd >= 0);
    memset(bytes, 'x', VLS_RECOVERY_PAGE_MAX + 1);
    assert_int_equal(vls_recovery_read_file(&s, "/nonexistent/page", &err), VLS_ELOCKED);
    assert_null(s);
    assert_int_equal(vls_recovery_read_file(&s, name, &err), VLS_ELOCKED);
    assert_int_equal(vls_recovery_read_file(&s, "/tmp", &err), VLS_EIO);
    assert_int_equal(write(fd, bytes, VLS_RECOVERY_PAGE_MAX), VLS_RECOVERY_PAGE_MAX);
    check_ok(vls_recovery_read_file(&s, name, &err), &err);
    assert_int_equal(s->len, VLS_RECOVERY_PAGE_MAX);
    vls_secret_free(s);
    assert_int_equal(write(fd, "x", 1), 1);
    assert_int_equal(vls_recovery_read_file(&s, name, &err), VLS_ELIMIT);
    assert_null(s);
    (void)close(fd);
    assert_int_equal(unlink(name), 0);
    free(bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_printed_is_read_again),
        cmocka_unit_test(a_code_of_zeros_has_checks_of_powers_of_two),
        cmocka_unit_test(case_spacing_and_lookalikes_do_not_matter),
        cmocka_unit_test(every_single_wrong_sign_is_found_and_its_line_named),
        cmocka_unit_test(every_exchange_of_signs_or_lines_is_found),
        cmocka_unit_test(a_missing_or_extra_sign_is_found_and_its_line_named),
        cmocka_unit_test(signs_of_no_code_are_refused),
        cmocka_unit_test(one_line_is_proved_by_itself),
        cmocka_unit_test(lines_are_joined_to_what_was_printed),
        cmocka_unit_test(a_page_is_read_when_exactly_four_words_are_lines),
        cmocka_unit_test(a_file_is_read_up_to_its_cap),
        cmocka_unit_test(a_code_of_another_valise_is_named_as_such),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
