/* The error chain: order of its frames, its codes, and what happens when the text is full. */
#include "tests/support/check.h"

#include <errno.h>

static void
a_failure_starts_the_chain_and_frames_go_in_front(void **state)
{
    struct vls_error err = {0};

    (void)state;
    assert_int_equal(VLS_FAIL(&err, VLS_EAUTH, "page %d does not verify", 7), VLS_EAUTH);
    assert_int_equal(err.code, VLS_EAUTH);
    assert_int_equal(err.sys, 0);
    vls_while(&err, "opening %s", "the store");
    vls_while(&err, "unlocking");
    assert_string_equal(err.text, "unlocking: opening the store: page 7 does not verify");
    assert_int_equal(err.len, strlen(err.text));
    assert_int_equal(err.code, VLS_EAUTH);

    assert_int_equal(VLS_FAIL(&err, VLS_EIO, "anew"), VLS_EIO); /* a new failure forgets the old one */
    assert_string_equal(err.text, "anew");
}

static void
a_system_error_keeps_its_number_and_adds_its_text(void **state)
{
    struct vls_error err = {0};

    (void)state;
    assert_int_equal(VLS_FAIL_SYS(&err, VLS_EIO, ENOENT, "reading %s", "x"), VLS_EIO);
    assert_int_equal(err.sys, ENOENT);
    assert_string_equal(err.text, "reading x: No such file or directory");
    vls_while(&err, "here");
    assert_int_equal(err.sys, ENOENT);
    (void)VLS_FAIL_SYS(&err, VLS_EIO, 0, "no number");
    assert_string_equal(err.text, "no number");
    (void)VLS_FAIL(&err, VLS_EFORMAT, "later");
    assert_int_equal(err.sys, 0);
}

static void
nobody_to_tell_is_no_problem(void **state)
{
    (void)state;
    assert_int_equal(VLS_FAIL(NULL, VLS_EIO, "%s", "x"), VLS_EIO);
    assert_int_equal(VLS_FAIL_SYS(NULL, VLS_EFULL, ENOSPC, "%s", "x"), VLS_EFULL);
    vls_while(NULL, "x");
}

/* Texts of every length around the limit: always ended, never longer, the outermost frame kept. */
static void
a_full_text_is_cut_and_stays_a_string(void **state)
{
    static char longer[2 * VLS_ERROR_TEXT];

    (void)state;
    for (size_t n = VLS_ERROR_TEXT - 40; n < VLS_ERROR_TEXT + 40; n++) {
        struct {
            struct vls_error err;
            char behind[8];
        } box = {{0}, "guarded"};

        memset(longer, 'x', n);
        longer[n] = '\0';
        vls_error_set(&box.err, VLS_EIO, "%s", longer);
        assert_int_equal(box.err.len, n < VLS_ERROR_TEXT ? n : VLS_ERROR_TEXT - 1);
        assert_int_equal(strlen(box.err.text), box.err.len);
        vls_error_set_sys(&box.err, VLS_EIO, ENOENT, "%s", longer);
        assert_int_equal(strlen(box.err.text), box.err.len);
        vls_while(&box.err, "outermost");
        assert_int_equal(strlen(box.err.text), box.err.len);
        assert_int_equal(strncmp(box.err.text, "outermost: xxx", 14), 0);
        vls_while(&box.err, "%s", longer);
        assert_int_equal(strlen(box.err.text), box.err.len);
        assert_string_equal(box.behind, "guarded");
    }
}

static void
every_code_has_a_name_of_its_own(void **state)
{
    (void)state;
    for (int a = 0; a >= VLS_ERACE; a--) {
        assert_string_not_equal(vls_code_name((enum vls_code)a), "unknown");
        for (int b = 0; b > a; b--)
            assert_string_not_equal(vls_code_name((enum vls_code)a), vls_code_name((enum vls_code)b));
    }
    assert_string_equal(vls_code_name((enum vls_code)(VLS_ERACE - 1)), "unknown");
    assert_string_equal(vls_code_name((enum vls_code)1), "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_failure_starts_the_chain_and_frames_go_in_front),
        cmocka_unit_test(a_system_error_keeps_its_number_and_adds_its_text),
        cmocka_unit_test(nobody_to_tell_is_no_problem),
        cmocka_unit_test(a_full_text_is_cut_and_stays_a_string),
        cmocka_unit_test(every_code_has_a_name_of_its_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
