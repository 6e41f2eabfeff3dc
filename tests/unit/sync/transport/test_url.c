/* What may be written as the place of a remote. */
#include "tests/support/check.h"

#include <unistd.h>

#include "sync/transport/transport_int.h"

static struct vls__host host;

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
        check_ok(vls__url_resolve(out, &host, cases[i][0], &err), &err);
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
        "http://example.org/x.git",
        "https://joe@example.org/x.git",
        "https://joe:secret@example.org/x.git",
        "https://example.org",
        "https://example.org/",
        "https://example.org:0/x",
        "https://example.org/x?y",
        "https://example.org/x#y",
        "https://exam{p,q}le.org/x",
        "https://-x/y",
        "https:///x",
        "HTTPS://example.org/x",
        "ssh://",
        "ssh://host",
        "ssh://host/",
        "ssh:///x",
        "ssh://@host/x",
        "ssh://-oProxyCommand=id/x",
        "ssh://-l@host/x",
        "ssh://host:0/x",
        "ssh://host:022/x",
        "ssh://host:123456/x",
        "ssh://host:/x",
        "ssh://host:22x/x",
        "ssh://user:secret@host/x",
        "ssh://host/x y",
        "ssh://host/x'y",
        "ssh://host/$(id)",
        "ssh://host/`id`",
        "ssh://host/a;b",
        "ssh://host/a\\b",
        "ssh://host/\xc3\xa9",
        "ssh://ho st/x",
        "ssh://ho'st/x",
        "ssh://[::1/x",
        "ssh://[]/x",
        "SSH://host/x",
        "git+ssh://host/x",
        "-oProxyCommand=id:x",
        "user@-host:x",
        "host:",
        "host:-x",
        "host::x",
        "@host:x",
        "host:a b",
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

        if (vls__url_resolve(out, &host, cases[i], &err) != VLS_EUSAGE)
            fail_msg("%s is taken for %s", cases[i], out);
        assert_null(strchr(err.text, 0x1b));
        assert_true(err.len > 0);
    }
}

static void
hosts_are_taken_apart(void **state)
{
    static const struct {
        const char *url, *whole, *user, *name, *port, *path;
    } cases[] = {
        {"ssh://host/srv/x.git", "ssh://host/srv/x.git", "", "host", "", "/srv/x.git"},
        {"ssh://git@host.example:2222/x", "ssh://git@host.example:2222/x", "git", "host.example", "2222", "/x"},
        {"ssh://a.b+c_d@h-1/~joe/x", "ssh://a.b+c_d@h-1/~joe/x", "a.b+c_d", "h-1", "", "~joe/x"},
        {"ssh://[fe80::1%eth0]:22/x", "ssh://[fe80::1%eth0]:22/x", "", "fe80::1%eth0", "22", "/x"},
        {"git@host:mission/x.git", "ssh://git@host/~/mission/x.git", "git", "host", "", "mission/x.git"},
        {"host:/srv/x", "ssh://host/srv/x", "", "host", "", "/srv/x"},
        {"https://host.example:8443/a/x.git", "https://host.example:8443/a/x.git", "", "host.example", "8443",
         "/a/x.git"},
        {"https://[::1]/x", "https://[::1]/x", "", "::1", "", "/x"},
        {"host:~/x", "ssh://host/~/x", "", "host", "", "~/x"},
    };
    char out[VLS__URL_MAX + 1];
    struct vls_error err = {0};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check_ok(vls__url_resolve(out, &host, cases[i].url, &err), &err);
        assert_string_equal(out, cases[i].whole);
        assert_string_equal(host.user, cases[i].user);
        assert_string_equal(host.name, cases[i].name);
        assert_string_equal(host.port, cases[i].port);
        assert_string_equal(host.path, cases[i].path);
        assert_int_equal(host.by_curl, cases[i].url[0] == 'h' && cases[i].url[4] == 's');
        check_ok(vls__url_resolve(out, &host, cases[i].whole, &err), &err); /* what is kept can be read again */
        assert_string_equal(out, cases[i].whole);
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
        assert_int_equal(vls__url_resolve(out, &host, url, NULL), n + 5 <= 3900 ? VLS_OK : VLS_EUSAGE);
    }
}

/* NW-06: every byte at every place of a host's address: what is taken is from the alphabet, and no word of a command
 * line begins with a dash. */
static void
no_byte_of_an_address_is_read_otherwise_NW_06(void **state)
{
    static const char *const urls[] = {"ssh://joe@host:22/srv/x.git", "https://host:8443/a/x.git", "joe@host:srv/x"};
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._~+@=,-";
    unsigned n_taken = 0, n_refused = 0;
    char out[VLS__URL_MAX + 1];

    (void)state;
    for (size_t k = 0; k < sizeof urls / sizeof urls[0]; k++)
        for (size_t at = 0; urls[k][at] != '\0'; at++)
            for (unsigned byte = 1; byte < 256; byte++) {
                char url[64];

                (void)snprintf(url, sizeof url, "%s", urls[k]);
                url[at] = (char)byte;
                if (vls__url_resolve(out, &host, url, NULL) != VLS_OK || host.name[0] == '\0') {
                    n_refused++; /* or a folder of that odd name */
                    continue;
                }
                n_taken++;
                if (strspn(host.path, alphabet) != strlen(host.path) || host.path[0] == '-' ||
                    strspn(host.user, alphabet) != strlen(host.user) || host.user[0] == '-' ||
                    strspn(host.name, alphabet) != strlen(host.name) || host.name[0] == '-' ||
                    strspn(host.port, "0123456789") != strlen(host.port))
                    fail_msg("“%s” is taken", url);
            }
    assert_true(n_taken > 1000 && n_refused > 3 * n_taken / 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_become_absolute_paths),
        cmocka_unit_test(other_forms_are_refused_clearly),
        cmocka_unit_test(hosts_are_taken_apart),
        cmocka_unit_test(no_byte_of_an_address_is_read_otherwise_NW_06),
        cmocka_unit_test(a_path_that_is_too_long_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
