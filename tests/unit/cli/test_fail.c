/* Exit statuses are a contract: each code's is written down here a second time, from the manual. */
#include "tests/support/check.h"

#include "cli/cli.h"
#include "cli/topics.h"

static const struct {
    enum vls_code code;
    int status;
} table[] = {
    {VLS_OK, 0},           {VLS_ENOMEM, 1},     {VLS_EIO, 1},        {VLS_EFORMAT, 1},      {VLS_EAUTH, 7},
    {VLS_EUSAGE, 2},       {VLS_ENOTFOUND, 3},  {VLS_EAMBIGUOUS, 3}, {VLS_ECANCELLED, 4},   {VLS_EPARTIAL, 5},
    {VLS_EATTENTION, 6},   {VLS_ETRUST, 7},     {VLS_ENOSTORE, 10},  {VLS_EBUSY, 11},       {VLS_ELOCKED, 12},
    {VLS_ENOTADMITTED, 13}, {VLS_EINTERRUPT, 130}, {VLS_EVALUE, 2},   {VLS_EVERSION, 1},     {VLS_ELIMIT, 1},
    {VLS_EUNREACHABLE, 5}, {VLS_EFULL, 1},      {VLS_EREADONLY, 1},  {VLS_EEXIST, 1},       {VLS_ERACE, 1},
};

static void
every_code_has_its_exit_status(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        assert_int_equal(exit_status(table[i].code, false), table[i].status);
    assert_int_equal(sizeof(table) / sizeof(table[0]), 1 - VLS_ERACE); /* a new code needs a line here */
    assert_int_equal(exit_status((enum vls_code)-1000, false), 1);
}

static void
a_full_remote_is_partly_done(void **state)
{
    (void)state;
    assert_int_equal(exit_status(VLS_EFULL, true), 5);
    assert_int_equal(exit_status(VLS_EREADONLY, true), 5);
    assert_int_equal(exit_status(VLS_EIO, true), 1);
    assert_int_equal(exit_status(VLS_ETRUST, true), 7);
    assert_int_equal(exit_status(VLS_OK, true), 0);
}

static void
help_lists_every_exit_status(void **state)
{
    const char *text = NULL;
    char line[8];
    size_t i;

    (void)state;
    for (i = 0; i < topics_n; i++)
        if (strcmp(topics_table[i].name, "exit-codes") == 0)
            text = topics_table[i].text;
    assert_non_null(text);
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        snprintf(line, sizeof(line), "  %-5d", table[i].status);
        if (strstr(text, line) == NULL)
            fail_msg("exit status %d is not in valise help exit-codes", table[i].status);
    }
}

static void
topics_fit_a_terminal(void **state)
{
    size_t i;

    (void)state;
    for (i = 0; i < topics_n; i++) {
        const char *line = topics_table[i].text, *end;

        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            char copy[256];

            assert_true((size_t)(end - line) < sizeof(copy));
            snprintf(copy, sizeof(copy), "%.*s", (int)(end - line), line);
            assert_true(text_width(copy) <= 80);
        }
        assert_int_equal(*line, '\0');
    }
}

/* ---- words from below in another language ---- */

static const char *
shouting(const char *fmt, bool frame)
{
    if (strcmp(fmt, "%d apples") == 0)
        return "%d APPLES";
    return frame && strcmp(fmt, "in basket %d") == 0 ? "IN BASKET %d" : fmt;
}

static void
messages_from_below_can_be_translated(void **state)
{
    struct vls_error err = {.code = VLS_OK};

    (void)state;
    vls_error_words(shouting);
    vls_error_set(&err, VLS_EVALUE, "%d apples", 3);
    vls_while(&err, "in basket %d", 2);
    vls_while(&err, "on table %d", 1);
    assert_string_equal(err.text, "on table 1: IN BASKET 2: 3 APPLES");
    assert_int_equal(err.len, strlen(err.text));
    vls_error_set(&err, VLS_EVALUE, "in basket %d", 2); /* not a frame */
    assert_string_equal(err.text, "in basket 2");
    vls_error_set(NULL, VLS_EVALUE, "%d apples", 3);
    vls_error_words(NULL);
    vls_error_set(&err, VLS_EVALUE, "%d apples", 3);
    assert_string_equal(err.text, "3 apples");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_its_exit_status),
        cmocka_unit_test(a_full_remote_is_partly_done),
        cmocka_unit_test(help_lists_every_exit_status),
        cmocka_unit_test(topics_fit_a_terminal),
        cmocka_unit_test(messages_from_below_can_be_translated),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
