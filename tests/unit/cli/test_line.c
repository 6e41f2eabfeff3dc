/* A shell's line: what is read, what is left for the next reader, and where words begin and end. */
#include "tests/support/check.h"

#include <signal.h>
#include <unistd.h>

#include "cli/interrupt.h"
#include "cli/line.h"

static struct vls_error err;

/* The words of a line joined by '|', or the refusal's code. */
static const char *
split(const char *text)
{
    static char out[4096];
    char line[4096], *words[LINE_WORDS_MAX];
    enum vls_code rc;
    size_t n, at = 0;

    snprintf(line, sizeof line, "%s", text);
    if ((rc = line_split(line, words, &n, &err)) != VLS_OK)
        return vls_code_name(rc);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        at += (size_t)snprintf(out + at, sizeof out - at, "%s%s", i > 0 ? "|" : "", words[i]);
    return out;
}

static void
what_cannot_be_split_is_refused(void **state)
{
    static const char *const bad[] = {"'",    "\"",      "a 'b",     "a \"b c", "a\\",    "'a' \"",
                                      "\"\\", "\"a\\\"", "'it\\'s'", "a b\\",   "\"'\"'", "x '#"};

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_string_equal(split(bad[i]), "usage");
}

static void
words_are_what_a_person_means(void **state)
{
    static const char *const lines[][2] = {
        {"", ""},
        {" \t ", ""},
        {"# all of it a remark 'unfinished", ""},
        {"sync", "sync"},
        {"  person   add\tx\r", "person|add|x"},
        {"person add 'Idris al-Haddad'", "person|add|Idris al-Haddad"},
        {"--position \"Minister of \\\"Defence\\\"\"", "--position|Minister of \"Defence\""},
        {"a\\ b c\\\\d \\'e", "a b|c\\d|'e"},
        {"'' \"\" x", "||x"},
        {"--name=ar='إدريس الحداد'", "--name=ar=إدريس الحداد"},
        {"a'b c'd\"e f\"", "ab cde f"},
        {"x#y # z", "x#y"},
        {"'a\\b' \"a\\b\" \"a\\\\b\"", "a\\b|a\\b|a\\b"},
        {"$HOME `x` $(y) * ~ ; | & > <", "$HOME|`x`|$(y)|*|~|;|||&|>|<"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_string_equal(split(lines[i][0]), lines[i][1]);
}

static void
the_most_words_are_exact(void **state)
{
    static char line[2 * LINE_WORDS_MAX + 8];
    char *words[LINE_WORDS_MAX];
    size_t n;

    (void)state;
    for (size_t i = 0; i < LINE_WORDS_MAX; i++)
        memcpy(line + 2 * i, "x ", 3);
    assert_int_equal(line_split(line, words, &n, &err), VLS_OK);
    assert_int_equal(n, LINE_WORDS_MAX);
    for (size_t i = 0; i <= LINE_WORDS_MAX; i++)
        memcpy(line + 2 * i, "x ", 3);
    assert_int_equal(line_split(line, words, &n, &err), VLS_EUSAGE);
}

static int
pipe_of(const void *bytes, size_t n)
{
    int ends[2];

    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], bytes, n), n);
    assert_int_equal(close(ends[1]), 0);
    return ends[0];
}

static void
a_line_is_read_and_not_a_byte_more(void **state)
{
    struct vls_buf line;
    char rest[16];
    int fd = pipe_of("one\ntwo\r\nthree", 14);

    (void)state;
    vls_buf_init(&line, LINE_MAX_LEN + 1);
    check_ok(line_read(&line, fd, &err), &err);
    assert_string_equal((char *)line.p, "one");
    assert_int_equal(read(fd, rest, 4), 4); /* what another process finds */
    assert_memory_equal(rest, "two\r", 4);
    check_ok(line_read(&line, fd, &err), &err);
    assert_string_equal((char *)line.p, "");
    check_ok(line_read(&line, fd, &err), &err);
    assert_string_equal((char *)line.p, "three");
    assert_int_equal(line_read(&line, fd, &err), VLS_ENOTFOUND);
    assert_int_equal(line_read(&line, fd, &err), VLS_ENOTFOUND);
    close(fd);
    vls_buf_clear(&line);
}

static void
too_long_and_zero_bytes_are_refused_and_passed_over(void **state)
{
    static char longest[LINE_MAX_LEN];
    struct vls_buf line;
    int ends[2], fd = pipe_of("a\0b\nnext\n", 9);

    (void)state;
    vls_buf_init(&line, LINE_MAX_LEN + 1);
    assert_int_equal(line_read(&line, fd, &err), VLS_EVALUE);
    check_ok(line_read(&line, fd, &err), &err);
    assert_string_equal((char *)line.p, "next");
    close(fd);

    for (int more = 0; more < 2; more++) {
        pid_t child;

        memset(longest, 'x', sizeof longest);
        assert_int_equal(pipe(ends), 0);
        if ((child = fork()) == 0) { /* more than a pipe holds */
            bool ok = write(ends[1], longest, sizeof longest) == sizeof longest;

            ok = ok && (!more || write(ends[1], "x", 1) == 1) && write(ends[1], "\nnext\n", 6) == 6;
            _exit(ok ? 0 : 1);
        }
        close(ends[1]);
        assert_int_equal(line_read(&line, ends[0], &err), more ? VLS_ELIMIT : VLS_OK);
        check_ok(line_read(&line, ends[0], &err), &err);
        assert_string_equal((char *)line.p, "next");
        close(ends[0]);
    }
    vls_buf_clear(&line);
}

static void
an_interrupt_ends_the_wait(void **state)
{
    struct vls_buf line;
    int ends[2];

    (void)state;
    vls_buf_init(&line, LINE_MAX_LEN + 1);
    assert_int_equal(pipe(ends), 0);
    interrupt_start();
    if (fork() == 0) /* before or while the other waits: both end the wait */
        _exit(kill(getppid(), SIGINT) == 0 ? 0 : 1);
    assert_int_equal(line_read(&line, ends[0], &err), VLS_EINTERRUPT);
    assert_true(cli_interrupted());
    interrupt_start();
    assert_false(cli_interrupted());
    close(ends[0]);
    close(ends[1]);
    vls_buf_clear(&line);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_split_is_refused),
        cmocka_unit_test(words_are_what_a_person_means),
        cmocka_unit_test(the_most_words_are_exact),
        cmocka_unit_test(a_line_is_read_and_not_a_byte_more),
        cmocka_unit_test(too_long_and_zero_bytes_are_refused_and_passed_over),
        cmocka_unit_test(an_interrupt_ends_the_wait),
    };

    return cmocka_run_group_tests_name("line", tests, NULL, NULL);
}
