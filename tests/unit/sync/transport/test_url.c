/* What may be written as the place of a remote. */
#include "tests/support/check.h"

#include <unistd.h>

#include "sync/transport/transport_int.h"

static void
folders_become_absolute_paths(void **state)
{
    static const char *const cases[][2] = {
        {"/media/usb", "file:/media/usb"},
        {"/media/usb/", "file:/media/usb"},
        {"/", "file:/"},
        {"/a//b", "file:/a//b"},
        {"file:///media/usb", "file:/media/usb"},
        {"file://localhost/media/usb", "file:/media/usb"},
        {"file:///a%20b%25", "file:/a b%"},
        {"/with:colon", "file:/with:colon"},
        {"/\xc3\xa9t\xc3\xa9", "file:/\xc3\xa9t\xc3\xa9"},
        {"-rf", "file:/-rf"},
        {"stick", "file:/stick"},
        {"./a:b", "file:/./a:b"},
    };
    char out[VLS__URL_MAX + 1], here[4096];
    struct vls_error err = {0};

    (void)state;
    assert_non_null(getcwd(here, sizeof here));
    assert_int_equal(chdir("/"), 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_ok(vls__url_resolve(out, cases[i][0], &err), &err);
        if (cases[i][0][0] == '/' || strncmp(cases[i][0], "file", 4) == 0)
            assert_string_equal(out, cases[i][1]);
        else /* below the root the joining slash is doubled */
            assert_string_equal(out + 6, cases[i][1] + 5);
    }
    assert_int_equal(chdir(here), 0);
}

static void
other_forms_are_refused_clearly(void **state)
{
    static const char *const cases[] = {
        "",
        "https://example.org/x.git",
        "ssh://host/x",
        "git@host:x.git",
        "host:x",
        "ext::sh -c id",
        "git://h/x",
        "FILE:///x",
        "file://",
        "file://host/x",
        "file:relative",
        "file:///a%00b",
        "file:///a%1bb",
        "file:///a%zz",
        "file:///a%2",
        "/a\nb",
        "/a\x1b[2J",
        "/a\x7f",
        "file://localhost",
    };
    char out[VLS__URL_MAX + 1];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct vls_error err = {0};

        assert_int_equal(vls__url_resolve(out, cases[i], &err), VLS_EUSAGE);
        assert_null(strchr(err.text, 0x1b));
        assert_true(err.len > 0);
    }
}

static void
a_path_that_is_too_long_is_refused(void **state)
{
    char url[8192], out[VLS__URL_MAX + 1];

    (void)state;
    for (size_t n = 3800; n < sizeof url; n += 97) {
        memset(url, 'a', n);
        url[0] = '/';
        url[n] = '\0';
        assert_int_equal(vls__url_resolve(out, url, NULL), n + 5 <= 3900 ? VLS_OK : VLS_EUSAGE);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_become_absolute_paths),
        cmocka_unit_test(other_forms_are_refused_clearly),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
