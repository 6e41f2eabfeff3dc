/* Creating, pushing and pulling through a real courier on a folder. */
#include "tests/support/check.h"

#include "tests/unit/sync/transport/hub.h"

static void
a_created_remote_is_empty(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "x";

    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_string_equal(tip, "");
    assert_int_equal(s->seen.n, 0);
    vls_remote_close(r);
}

static void
a_second_client_receives_what_the_first_sent(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *a = client_open(s, VLS_REMOTE_CREATE), *b;
    char one[VLS_REMOTE_TIP_LEN + 1], two[VLS_REMOTE_TIP_LEN + 1], tip[VLS_REMOTE_TIP_LEN + 1];

    check_ok(push_text(s, a, "first", "", one), &s->err);
    check_ok(push_text(s, a, "second", one, two), &s->err);
    b = client_open(s, 0);
    check_ok(pull_seen(s, b, "", tip), &s->err);
    assert_string_equal(tip, two);
    assert_int_equal(s->seen.n, 2);
    assert_true(seen_text(s, 0, "first") && seen_text(s, 1, "second"));
    check_ok(pull_seen(s, b, one, tip), &s->err);
    assert_int_equal(s->seen.n, 1);
    assert_true(seen_text(s, 0, "second"));
    check_ok(pull_seen(s, b, two, tip), &s->err);
    assert_int_equal(s->seen.n, 0);
    assert_string_equal(tip, two);
    vls_remote_close(a);
    vls_remote_close(b);
}

static void
git_accepts_what_was_pushed(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *a = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[32], copy[128];

    for (int i = 0; i < 3; i++) {
        (void)snprintf(text, sizeof text, "blob %d", i);
        check_ok(push_text(s, a, text, tip, tip), &s->err);
    }
    vls_remote_close(a);
    if (run((const char *const[]){"git", "version", NULL}) == 127)
        skip();
    assert_int_equal(run((const char *const[]){"git", "-c", "safe.directory=*", "--git-dir", s->hub, "fsck", "--strict", "--full", NULL}), 0);
    (void)snprintf(copy, sizeof copy, "%s/copy", s->dir);
    assert_int_equal(run((const char *const[]){"git", "-c", "safe.directory=*", "clone", "-q", "--bare", s->hub, copy, NULL}), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_created_remote_is_empty, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_second_client_receives_what_the_first_sent, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(git_accepts_what_was_pushed, scratch_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
