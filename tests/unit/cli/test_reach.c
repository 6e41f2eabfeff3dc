/*
 * What a failure of a line means to a person: one sentence for each cause, in whatever words ssh, curl and hosts say
 * it; where there is no network at all, that, and nothing that somebody would look for in vain.
 */
#include "tests/support/check.h"

#include "cli/reach.h"

static bool off;

static bool
is_off(void)
{
    return off;
}

struct said {
    const char *why, *advice; /* part of the sentence */
    bool line;                /* a laptop without a network has no other trouble */
};

static const struct said all[] = {
    {"https://h/x: the proxy does not answer: curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms",
     "https_proxy", false},
    {"https://h/x: the proxy does not answer: curl: (7) Failed to connect to out.example port 3128", "https_proxy",
     true},
    {"https://h/x: the proxy is not found: curl: (5) Could not resolve proxy: out.example", "https_proxy", true},
    {"https://h/x: the proxy does not let us through (403)", "ask whoever runs the network", true},
    {"https://h/x: the proxy wants a name and password (407)", "http://NAME:PASSWORD@PROXY:PORT", false},
    {"https://h/x: the host wants another name and password (401)", "~/.netrc", false},
    {"https://h/x: curl: (6) Could not resolve host: h", "No host of that name", true},
    {"https://h/x: curl: (7) Failed to connect to h port 443 after 1 ms: Couldn't connect to server", "Nothing answers",
     true},
    {"https://127.0.0.1:9/x: curl: (7) Failed to connect to 127.0.0.1 port 9 after 0 ms", "Nothing answers", false},
    {"https://proxy.example/x: the host answers 404", "no such place", false},
    {"ssh://h/x: ssh: Could not resolve hostname h: Name or service not known", "No host of that name", true},
    {"ssh://h/x: ssh: Could not resolve hostname h: Temporary failure in name resolution", "No server for names", true},
    {"ssh://h/x: ssh: connect to host 192.0.2.1 port 22: Network is unreachable", "no way to the host", true},
    {"ssh://h/x: ssh: connect to host h port 22: No route to host", "no way to the host", true},
    {"ssh://h/x: ssh: connect to host h port 22: Connection timed out", "no way to the host", true},
    {"ssh://h/x: ssh: connect to host h port 22: Connection refused", "Nothing answers", false},
    {"ssh://h/x: on the way there: ssh: connect to host j port 22: Connection refused", "ProxyJump", true},
    {"ssh://h/x: joe@h: Permission denied (publickey).", "knows no key of this laptop", false},
    {"ssh://h/x: Host key verification failed.", "Compare its fingerprint", false},
    {"ssh://h/x: fatal: '/x' does not appear to be a git repository", "no such place", false},
    {"ssh://h/x: sh: 1: git-upload-pack: not found", "lacks the program", false},
    {"ssh://h/x: something new", "Check the address and the line", false},
    {"", "Check the address and the line", false},
};

#define N_ALL (sizeof all / sizeof *all)

static void
every_cause_has_its_sentence(void **state)
{
    (void)state;
    off = false;
    for (size_t i = 0; i < N_ALL; i++)
        if (strstr(reach_advice(all[i].why), all[i].advice) == NULL)
            fail_msg("“%s”: “%s” lacks “%s”", all[i].why, reach_advice(all[i].why), all[i].advice);
}

static void
without_a_network_that_is_said_first(void **state)
{
    unsigned n = 0;

    (void)state;
    off = true;
    for (size_t i = 0; i < N_ALL; i++) {
        const char *expected = all[i].line ? "on no network now" : all[i].advice;

        n += all[i].line;
        if (strstr(reach_advice(all[i].why), expected) == NULL)
            fail_msg("“%s”: “%s” lacks “%s”", all[i].why, reach_advice(all[i].why), expected);
    }
    assert_int_equal(n, 11);
}

static void
only_a_host_that_was_reached_has_no_place(void **state)
{
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < N_ALL; i++) {
        bool none = strcmp(all[i].advice, "no such place") == 0;

        n += none;
        assert_int_equal(reach_no_place(all[i].why), none);
    }
    assert_int_equal(n, 2);
}

static void
places_on_a_network_are_told_from_folders(void **state)
{
    static const char *const lines[] = {"ssh://h/x", "https://h/x", "joe@h:x", "h:/x"}, *const folders[] = {
                                                                                            "/media/usb/x", "x",
                                                                                            "./a:b", "file:///x",
                                                                                            "/a:b"};

    (void)state;
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        assert_true(reach_is_line(lines[i]));
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        assert_false(reach_is_line(folders[i]));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cause_has_its_sentence),
        cmocka_unit_test(without_a_network_that_is_said_first),
        cmocka_unit_test(only_a_host_that_was_reached_has_no_place),
        cmocka_unit_test(places_on_a_network_are_told_from_folders),
    };

    reach_offline = is_off;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
