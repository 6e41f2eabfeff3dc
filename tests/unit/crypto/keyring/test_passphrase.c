/* Passphrases from descriptors, files and commands, and generated ones. */
#include "tests/support/check.h"

#include <fcntl.h>
#include <unistd.h>

#include "valise/unlock.h"

#include "crypto/keyring/words.h"

static struct vls_error err;
static char path[64];

static int
setup(void **state)
{
    int fd;

    (void)state;
    snprintf(path, sizeof path, "/tmp/valise-passphrase-XXXXXX");
    if (vls_secret_start(&err) != VLS_OK || (fd = mkstemp(path)) < 0)
        return -1;
    return close(fd);
}

static int
teardown(void **state)
{
    (void)state;
    return unlink(path);
}

static void
file_put(const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_TRUNC);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), n);
    assert_int_equal(close(fd), 0);
}

static void
the_first_line_is_taken_without_its_end(void **state)
{
    static const struct {
        const char *in, *out;
    } cases[] = {{"word\n", "word"},       {"word", "word"},           {"word\r\n", "word"}, {"word\nmore\n", "word"},
                 {" two words \n", " two words "}, {"\xc3\xa9t\xc3\xa9\n", "\xc3\xa9t\xc3\xa9"}, {"a\rb\n", "a\rb"},   {"\tx", "\tx"}};
    struct vls_secret *s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        file_put(cases[i].in, strlen(cases[i].in));
        check_ok(vls_passphrase_read_file(&s, path, &err), &err);
        assert_int_equal(s->len, strlen(cases[i].out));
        assert_memory_equal(s->bytes, cases[i].out, s->len);
        vls_secret_free(s);
    }
}

static void
the_cap_is_exact(void **state)
{
    char text[VLS_PASSPHRASE_MAX + 8];
    struct vls_secret *s;

    (void)state;
    for (size_t n = VLS_PASSPHRASE_MAX - 1; n <= VLS_PASSPHRASE_MAX + 3; n++)
        for (int end = 0; end < 3; end++) {
            static const char *const ends[] = {"", "\n", "\r\n"};
            enum vls_code rc;

            memset(text, 'x', n);
            memcpy(text + n, ends[end], strlen(ends[end]));
            file_put(text, n + strlen(ends[end]));
            rc = vls_passphrase_read_file(&s, path, &err);
            assert_int_equal(rc, n <= VLS_PASSPHRASE_MAX ? VLS_OK : VLS_ELIMIT);
            if (rc == VLS_OK)
                assert_int_equal(s->len, n);
            else
                assert_null(s);
            vls_secret_free(s);
        }
}

static void
nothing_usable_is_refused(void **state)
{
    struct vls_secret *s;

    (void)state;
    file_put("", 0);
    assert_int_equal(vls_passphrase_read_file(&s, path, &err), VLS_ELOCKED);
    file_put("\nword\n", 6);
    assert_int_equal(vls_passphrase_read_file(&s, path, &err), VLS_ELOCKED);
    file_put("\r\n", 2);
    assert_int_equal(vls_passphrase_read_file(&s, path, &err), VLS_ELOCKED);
    file_put("wo\0rd\n", 6);
    assert_int_equal(vls_passphrase_read_file(&s, path, &err), VLS_EVALUE);
    assert_int_equal(vls_passphrase_read_file(&s, "/nonexistent", &err), VLS_ELOCKED);
    assert_int_equal(vls_passphrase_read_file(&s, "/", &err), VLS_EIO);
    assert_int_equal(vls_passphrase_read(&s, -1, &err), VLS_EIO);
    assert_null(s);
}

static void
a_descriptor_may_yield_the_line_in_pieces(void **state)
{
    struct vls_secret *s;
    int ends[2];
    pid_t pid;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    if ((pid = fork()) == 0) {
        for (const char *p = "six short words\n"; *p != '\0'; p++)
            if (write(ends[1], p, 1) != 1)
                _exit(1);
        _exit(0);
    }
    (void)close(ends[1]);
    check_ok(vls_passphrase_read(&s, ends[0], &err), &err);
    assert_int_equal(s->len, 15);
    assert_memory_equal(s->bytes, "six short words", 15);
    vls_secret_free(s);
    assert_int_equal(fcntl(ends[0], F_GETFD) >= 0, 1); /* stays the caller's */
    (void)close(ends[0]);
}

static void
a_command_counts_only_when_it_succeeds(void **state)
{
    static const struct {
        const char *command;
        enum vls_code rc;
    } cases[] = {{"echo word", VLS_OK},
                 {"printf word", VLS_OK},
                 {"printf 'word\\nmore\\n'; exit 0", VLS_OK},
                 {"echo word; sleep 0.05; echo more", VLS_OK}, /* is not broken off */
                 {"echo word; yes", VLS_ELOCKED},
                 {"echo word; exit 1", VLS_ELOCKED},
                 {"echo word; kill -9 $$", VLS_ELOCKED},
                 {"exit 0", VLS_ELOCKED},
                 {"nonexistent-command 2>/dev/null", VLS_ELOCKED},
                 {"head -c 2000 /dev/zero | tr '\\0' x", VLS_ELIMIT}};
    struct vls_secret *s;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        enum vls_code rc = vls_passphrase_read_command(&s, cases[i].command, &err);

        if (rc != cases[i].rc)
            fail_msg("%s: %s", cases[i].command, vls_code_name(rc));
        if (rc == VLS_OK) {
            assert_int_equal(s->len, 4);
            assert_memory_equal(s->bytes, "word", 4);
        } else
            assert_null(s);
        vls_secret_free(s);
        assert_null(strstr(err.text, "word"));
    }
}

static bool
is_word(const char *p, size_t n)
{
    for (size_t i = 0; i < VLS__N_WORDS; i++)
        if (strlen(vls__words[i]) == n && memcmp(vls__words[i], p, n) == 0)
            return true;
    return false;
}

static void
generated_ones_are_six_words_and_never_the_same(void **state)
{
    enum { N = 40 };
    struct vls_secret *s[N];

    (void)state;
    for (size_t i = 0; i < N; i++) {
        const char *p;
        size_t words = 1;

        check_ok(vls_passphrase_generate(&s[i], &err), &err);
        p = (const char *)s[i]->bytes;
        assert_int_equal(strlen(p), s[i]->len);
        for (;; words++) {
            size_t n = strcspn(p, " ");

            assert_true(is_word(p, n));
            if (p[n] == '\0')
                break;
            p += n + 1;
        }
        assert_int_equal(words, VLS_PASSPHRASE_WORDS);
        for (size_t k = 0; k < i; k++)
            assert_false(s[k]->len == s[i]->len && memcmp(s[k]->bytes, s[i]->bytes, s[i]->len) == 0);
    }
    for (size_t i = 0; i < N; i++)
        vls_secret_free(s[i]);
}

/* Six words are 66 bits only when each is drawn evenly: no word is missing, and the counts scatter as they should. The
 * limits are eight deviations away, so that a sound generator passes. */
static void
each_word_is_drawn_as_often_as_any_other(void **state)
{
    enum { N = 12000, DRAWN = N * VLS_PASSPHRASE_WORDS };
    static unsigned count[VLS__N_WORDS];
    double even = (double)DRAWN / VLS__N_WORDS, scatter = 0;

    (void)state;
    assert_int_equal(VLS__N_WORDS, 1 << 11);
    assert_int_equal(VLS_PASSPHRASE_WORDS * 11, 66);
    for (size_t i = 0; i < N; i++) {
        struct vls_secret *s;
        char text[8 * VLS_PASSPHRASE_WORDS], *at = text, *word;

        check_ok(vls_passphrase_generate(&s, &err), &err);
        assert_true(s->len < sizeof text);
        memcpy(text, s->bytes, s->len + 1);
        while ((word = strsep(&at, " ")) != NULL) {
            size_t low = 0, high = VLS__N_WORDS; /* ascending */

            while (high - low > 1) {
                size_t middle = (low + high) / 2;

                if (strcmp(vls__words[middle], word) <= 0)
                    low = middle;
                else
                    high = middle;
            }
            assert_string_equal(vls__words[low], word);
            count[low]++;
        }
        vls_secret_free(s);
    }
    for (size_t i = 0; i < VLS__N_WORDS; i++) {
        assert_true(count[i] > 0);
        scatter += (count[i] - even) * (count[i] - even) / even;
    }
    print_message("%d words drawn, chi squared %.0f of %d expected\n", DRAWN, scatter, VLS__N_WORDS - 1);
    assert_true(scatter > 2047 - 8 * 64 && scatter < 2047 + 8 * 64);
}

/* The list gives 11 bits a word only when no two are the same; four letters name each. */
static void
words_differ_in_their_first_four_letters(void **state)
{
    (void)state;
    for (size_t i = 0; i < VLS__N_WORDS; i++) {
        size_t n = strlen(vls__words[i]);

        assert_true(n >= 4 && n <= 7);
        assert_int_equal(strspn(vls__words[i], "abcdefghijklmnopqrstuvwxyz"), n);
        if (i > 0)
            assert_true(strncmp(vls__words[i - 1], vls__words[i], 4) < 0);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_taken_without_its_end),
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(nothing_usable_is_refused),
        cmocka_unit_test(a_descriptor_may_yield_the_line_in_pieces),
        cmocka_unit_test(a_command_counts_only_when_it_succeeds),
        cmocka_unit_test(generated_ones_are_six_words_and_never_the_same),
        cmocka_unit_test(each_word_is_drawn_as_often_as_any_other),
        cmocka_unit_test(words_differ_in_their_first_four_letters),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
