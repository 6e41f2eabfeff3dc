/*
 * Lines between programs that cannot be trusted: a courier that was taken over asks for lines it needs for nothing, a
 * program in the place of ssh does not end or says too much. For the first this program plays the courier.
 */
#include "tests/support/check.h"

#include <sys/socket.h>

#include "tests/unit/sync/transport/hub.h"

#include "valise/prim.h"

#include "sync/transport/transport_int.h"

/* ---- a courier that was taken over ---- */

enum part { ENDLESS = 1, SENDS, DEAF };

static void
say(const struct vls__msg *msg)
{
    struct vls_buf b;

    vls_buf_init(&b, 4096);
    vls__msg_encode(&b, msg);
    if (write(1, b.p, b.n) != (ssize_t)b.n)
        _exit(9);
    vls_buf_clear(&b);
}

static void
ask_for(enum vls__line service)
{
    const struct vls__msg dial = {.type = VLS__F_DIAL, .u.dial.service = (uint8_t)service};

    say(&dial);
}

static int
play_courier(enum part part)
{
    const struct vls__msg hello = {.type = VLS__F_HELLO, .u.hello.version = VLS__PIPE_VERSION},
                          go = {.type = VLS__F_GO};
    char some[65536];

    if (read(0, some, sizeof some) <= 0)
        return 1;
    say(&hello);
    if (read(0, some, VLS__FRAME_HEAD + 64) <= 0)
        return 1;
    switch (part) {
    case ENDLESS:
        for (;;)
            ask_for(VLS__LINE_UPLOAD);
    case SENDS: ask_for(VLS__LINE_RECEIVE); break;
    case DEAF: /* takes nothing of what it is sent, and asks in the middle of it */
        say(&go);
        ask_for(VLS__LINE_RECEIVE);
        break;
    }
    for (;;)
        (void)pause();
}

/* ---- what stands around it ---- */

struct place {
    struct scratch s;
    char courier[200], log[200], path[300];
};

static void
program_put(struct place *p, const char *name, const char *text)
{
    char file[300], whole[2048];

    (void)snprintf(file, sizeof file, "%s/%s", p->s.dir, name);
    (void)snprintf(whole, sizeof whole, "#!/bin/sh\nT=%s\n%s\n", p->s.dir, text);
    file_put(file, whole, strlen(whole));
    assert_int_equal(chmod(file, 0755), 0);
}

static int
place_new(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    void *inner = NULL;

    assert_non_null(p);
    assert_int_equal(scratch_open(&inner), 0);
    p->s = *(struct scratch *)inner;
    free(inner);
    (void)snprintf(p->courier, sizeof p->courier, "%s/courier", p->s.dir);
    (void)snprintf(p->log, sizeof p->log, "%s/log", p->s.dir);
    (void)snprintf(p->path, sizeof p->path, "%s:/usr/local/bin:/usr/bin:/bin", p->s.dir);
    assert_int_equal(setenv("PATH", p->path, 1), 0);
    program_put(p, "ssh", "for a; do c=$a; done; echo \"$c\" >>\"$T/log\"; exec cat >/dev/null");
    *state = p;
    return 0;
}

static int
place_free(void **state)
{
    struct place *p = *state;
    struct scratch *s = malloc(sizeof *s);
    void *inner = s;

    assert_non_null(s);
    *s = p->s;
    free(p);
    return scratch_close(&inner);
}

/* A remote whose courier plays that part. */
static struct vls_remote *
taken_over(struct place *p, enum part part, unsigned flags)
{
    struct vls_remote *r = NULL;
    char self[512], text[700];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    assert_true(n > 0);
    self[n] = '\0';
    (void)snprintf(text, sizeof text, "exec '%s' courier %d", self, (int)part);
    program_put(p, "courier", text);
    check_ok(vls_remote_open(&r, p->courier, "ssh://host.example/x", flags | VLS_REMOTE_BATCH, &p->s.err), &p->s.err);
    r->stall_ms = 2000;
    return r;
}

static void
nobody_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* ---- couriers ---- */

static void
a_courier_gets_no_more_lines_than_it_can_need(void **state)
{
    struct place *p = *state;
    struct vls_remote *r = taken_over(p, ENDLESS, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1];

    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EIO);
    assert_non_null(strstr(p->s.err.text, "unexpected"));
    vls_remote_close(r);
    nobody_left();
}

static void
where_nothing_is_sent_no_line_for_sending_is_given(void **state)
{
    struct place *p = *state;
    struct vls_remote *r = taken_over(p, SENDS, VLS_REMOTE_READONLY);
    char tip[VLS_REMOTE_TIP_LEN + 1];

    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EIO);
    assert_int_equal(access(p->log, F_OK), -1); /* ssh was not started */
    vls_remote_close(r);
    nobody_left();
}

/* CP4: with any number of blobs on their way, the pipe full behind one of them. */
static void
a_courier_that_takes_nothing_cannot_hold_us(void **state)
{
    struct place *p = *state;
    static uint8_t bytes[30000]; /* sent at once */
    struct vls_slice blobs[9];
    const int room = 100000; /* of which Linux makes twice as much */
    unsigned n_refused = 0, n_stalled = 0;

    for (size_t n = 5; n <= sizeof blobs / sizeof *blobs; n++) {
        struct vls_remote *r = taken_over(p, DEAF, 0);
        char tip[VLS_REMOTE_TIP_LEN + 1];
        enum vls_code rc;

        r->stall_ms = 200;
        assert_int_equal(setsockopt(r->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof room), 0);
        for (size_t i = 0; i < n; i++)
            blobs[i] = vls_slice_of(bytes + i, sizeof bytes - i);
        (void)alarm(30); /* the end of this program, should it wait for ever */
        rc = vls_remote_push(r, blobs, NULL, n, "", tip, &p->s.err);
        (void)alarm(0);
        n_refused += rc == VLS_EIO;
        n_stalled += rc == VLS_EUNREACHABLE;
        assert_true(rc == VLS_EIO || rc == VLS_EUNREACHABLE);
        vls_remote_close(r);
        nobody_left();
    }
    assert_true(n_refused > 0 && n_stalled > 0); /* the pipe was full behind the last blob, and before it */
}

/* ---- programs ---- */

static struct vls_remote *
ssh_remote(struct place *p)
{
    struct vls_remote *r = NULL;

    check_ok(vls_remote_open(&r, p->s.courier, "ssh://host.example/x", VLS_REMOTE_BATCH, &p->s.err), &p->s.err);
    return r;
}

static void
a_program_that_does_not_end_is_ended(void **state)
{
    struct place *p = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    program_put(p, "ssh", "trap '' TERM; exec sleep 600");
    r = ssh_remote(p);
    r->stall_ms = 300;
    (void)alarm(60);
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EUNREACHABLE);
    vls_remote_close(r);
    (void)alarm(0);
    nobody_left();
}

/* A host's notice of two pages comes before what went wrong. */
static void
the_last_words_are_the_last(void **state)
{
    struct place *p = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    program_put(p, "ssh",
                "for i in $(seq 300); do echo 'Unauthorised access is forbidden here.'; done >&2\n"
                "echo 'joe@host.example: Permission denied (publickey).' >&2; exit 255");
    r = ssh_remote(p);
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EUNREACHABLE);
    assert_non_null(strstr(p->s.err.text, "Permission denied"));
    assert_null(strstr(p->s.err.text, "Unauthorised"));
    vls_remote_close(r);
    nobody_left();
}

/* In the place of ssh: what runs on the host, and before it, in the middle of what it answers and at its end 10 MiB of
 * words on the standard error, more than any pipe holds. Each that was said to its end leaves a line in the log. */
static const char chatty_host[] =
    "for a; do c=$a; done\n"
    "chat() { head -c 10485760 /dev/zero | tr '\\0' x >&2 && echo \"$1\" >>\"$T/log\"; }\n"
    "chat before\n"
    "sh -c \"git -c safe.directory='*' ${c#git-}\" | { dd bs=1 count=20 status=none; chat during; cat; }\n"
    "chat after";

static unsigned
logged(const struct place *p, const char *word)
{
    char line[200];
    unsigned n = 0;
    FILE *f = fopen(p->log, "r");

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        n += strncmp(line, word, strlen(word)) == 0;
    if (f != NULL)
        (void)fclose(f);
    return n;
}

static void
chatter_of_any_length_holds_nobody_up(void **state)
{
    struct place *p = *state;
    struct vls_remote *r = NULL;
    static uint8_t bytes[65536];
    struct vls_slice blob = vls_slice_of(bytes, sizeof bytes);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", got[VLS_REMOTE_TIP_LEN + 1], url[300];

    vls_random(bytes, sizeof bytes);
    assert_int_equal(run((const char *const[]){"git", "init", "-q", "--bare", p->s.hub, NULL}), 0);
    program_put(p, "ssh", chatty_host);
    (void)snprintf(url, sizeof url, "ssh://host.example%s", p->s.hub);
    check_ok(vls_remote_open(&r, p->s.courier, url, VLS_REMOTE_BATCH, &p->s.err), &p->s.err);
    r->stall_ms = 20000;
    check_ok(vls_remote_push(r, &blob, NULL, 1, "", tip, &p->s.err), &p->s.err);
    check_ok(pull_seen(&p->s, r, "", got), &p->s.err);
    assert_string_equal(got, tip);
    assert_int_equal(p->s.seen.n, 1);
    vls_remote_close(r);
    assert_int_equal(logged(p, "before"), 2);
    assert_int_equal(logged(p, "during"), 2);
    nobody_left();
}

/* What went wrong stands behind it, and is shown, escaped. */
static void
the_last_words_are_found_behind_any_chatter(void **state)
{
    struct place *p = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    program_put(p, "ssh",
                "head -c 10485760 /dev/zero | tr '\\0' x >&2 && echo before >>\"$T/log\"\n"
                "printf '\\n\\033[2Jno\\0way in\\n\\n' >&2; exit 255");
    r = ssh_remote(p);
    r->stall_ms = 20000;
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EUNREACHABLE);
    assert_int_equal(logged(p, "before"), 1);
    assert_string_equal(p->s.err.text, "ssh://host.example/x: \\x1b[2Jno\\x00way in");
    vls_remote_close(r);
    nobody_left();
}

/* Nor does a warning drown in what comes after it, or behind a byte that ends a text. */
static void
a_changed_key_is_seen_before_any_chatter(void **state)
{
    struct place *p = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    program_put(p, "ssh",
                "{ printf 'a\\0b\\n@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\\n'\n"
                "head -c 1048576 /dev/zero && echo after >>\"$T/log\"; } >&2; exit 255");
    r = ssh_remote(p);
    r->stall_ms = 20000;
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_ETRUST);
    assert_int_equal(logged(p, "after"), 1);
    program_put(p, "ssh", "echo no >&2; exit 255"); /* the next line has a word of its own */
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EUNREACHABLE);
    vls_remote_close(r);
    nobody_left();
}

/* Words without end are no sign of life. */
static void
endless_chatter_ends(void **state)
{
    struct place *p = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    program_put(p, "ssh", "echo begun >>\"$T/log\"; while :; do head -c 100000 /dev/zero; sleep 0.02; done >&2");
    r = ssh_remote(p);
    r->stall_ms = 300;
    (void)alarm(60);
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_EUNREACHABLE);
    vls_remote_close(r);
    (void)alarm(0);
    assert_int_equal(logged(p, "begun"), 1);
    nobody_left();
}

/* In the place of curl: git's own program for web servers, which answers a push after three seconds. */
static const char slow_host[] =
    "for a; do u=$a; done; rest=${u#https://host.example}; path=${rest%%\\?*}; query=${rest#\"$path\"}\n"
    "case $path in\n"
    "*/info/refs) export REQUEST_METHOD=GET ;;\n"
    "*) cat >\"$T/body\"; exec <\"$T/body\"; export REQUEST_METHOD=POST CONTENT_LENGTH=$(wc -c <\"$T/body\")\n"
    "   export CONTENT_TYPE=application/x-${path##*/}-request\n"
    "   case $path in *receive-pack) echo \"$path\" >>\"$T/log\"; sleep 3 ;; esac ;;\n"
    "esac\n"
    "export PATH_INFO=$path QUERY_STRING=${query#\\?} GIT_PROJECT_ROOT=/ GIT_HTTP_EXPORT_ALL=1 REMOTE_USER=joe\n"
    "export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'\n"
    "git http-backend | LC_ALL=C sed '1,/^\r$/d'";

static void
what_was_sent_may_be_slow_to_arrive(void **state)
{
    struct place *p = *state;
    struct vls_remote *r = NULL;
    static uint8_t bytes[65536];
    struct vls_slice blob = vls_slice_of(bytes, sizeof bytes);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", got[VLS_REMOTE_TIP_LEN + 1], url[300];

    vls_random(bytes, sizeof bytes);
    assert_int_equal(run((const char *const[]){"git", "init", "-q", "--bare", p->s.hub, NULL}), 0);
    program_put(p, "curl", slow_host);
    (void)snprintf(url, sizeof url, "https://host.example%s", p->s.hub);
    check_ok(vls_remote_open(&r, p->s.courier, url, VLS_REMOTE_BATCH, &p->s.err), &p->s.err);
    r->stall_ms = 2000;
    check_ok(vls_remote_push(r, &blob, NULL, 1, "", tip, &p->s.err), &p->s.err);
    assert_int_equal(access(p->log, F_OK), 0);
    check_ok(pull_seen(&p->s, r, "", got), &p->s.err);
    assert_string_equal(got, tip);
    assert_int_equal(p->s.seen.n, 1);
    vls_remote_close(r);
    nobody_left();
}

/* What curl says when it does not get through, with its exit status and the answers of host and proxy; in each the
 * sentence says whose failure it is. */
static void
a_failure_of_the_proxy_is_told_from_one_of_the_host(void **state)
{
    static const struct {
        const char *said;
        int status, host, proxy;
        enum vls_code code;
        const char *text;
    } cases[] = {
        {"(7) Failed to connect to 127.0.0.1 port 1 after 0 ms: Couldn't connect to server", 7, 0, 0, VLS_EUNREACHABLE,
         ": the proxy does not answer: curl: (7)"},
        {"(28) Failed to connect to out.example port 3128 after 30000 ms: Timeout was reached", 28, 0, 0,
         VLS_EUNREACHABLE, ": the proxy does not answer: curl: (28)"},
        {"(7) Failed to connect to host.example port 80 after 0 ms: Couldn't connect to server", 7, 0, 0,
         VLS_EUNREACHABLE, ": the proxy does not answer"}, /* on the same machine */
        {"(7) Failed to connect to host.example port 443 after 0 ms: Couldn't connect to server", 7, 0, 0,
         VLS_EUNREACHABLE, "x: curl: (7) Failed"},
        {"(28) Failed to connect to Host.Example port 443 after 30000 ms: Timeout was reached", 28, 0, 0,
         VLS_EUNREACHABLE, "x: curl: (28) Failed"},
        {"(28) Operation timed out after 30000 milliseconds with 0 bytes received", 28, 0, 0, VLS_EUNREACHABLE,
         "x: curl: (28) Operation"},
        {"(5) Could not resolve proxy: out.example", 5, 0, 0, VLS_EUNREACHABLE, ": the proxy is not found: curl: (5)"},
        {"(6) Could not resolve host: host.example", 6, 0, 0, VLS_EUNREACHABLE, "x: curl: (6)"},
        {"(22) The requested URL returned error: 407", 22, 0, 407, VLS_EUNREACHABLE,
         ": the proxy wants a name and password (407)"},
        {"(22) The requested URL returned error: 403", 22, 0, 403, VLS_EUNREACHABLE,
         ": the proxy does not let us through (403)"},
        {"(22) The requested URL returned error: 502", 22, 0, 502, VLS_EUNREACHABLE,
         ": the proxy does not let us through (502)"},
        {"(22) The requested URL returned error: 403", 22, 403, 200, VLS_EUNREACHABLE,
         ": the host does not let us (403)"},
        {"(22) The requested URL returned error: 401", 22, 401, 200, VLS_EUNREACHABLE,
         ": the host wants another name and password (401)"},
        {"(56) CONNECT tunnel failed, response 0", 56, 0, 0, VLS_EUNREACHABLE, ": the proxy breaks off: curl: (56)"},
        {"(56) Proxy CONNECT aborted", 56, 0, 0, VLS_EUNREACHABLE, ": the proxy breaks off: curl: (56)"},
        {"(56) Recv failure: Connection reset by peer", 56, 0, 200, VLS_EUNREACHABLE, "x: curl: (56) Recv"},
        {"(97) connection to proxy closed", 97, 0, 0, VLS_EUNREACHABLE,
         ": the proxy does not let us through: curl: (97)"},
        {"(60) SSL certificate problem: self-signed certificate", 60, 0, 200, VLS_ETRUST, "cannot show who it is"},
    };
    struct place *p = *state;
    struct vls_remote *r = NULL;
    char tip[VLS_REMOTE_TIP_LEN + 1], text[600];
    unsigned n = 0;

    check_ok(vls_remote_open(&r, p->s.courier, "https://host.example/x", VLS_REMOTE_BATCH, &p->s.err), &p->s.err);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++, n++) {
        (void)snprintf(text, sizeof text, "printf '%%s\\n\\nHTTP %%03d %%03d\\n' \"curl: %s\" %d %d >&2; exit %d",
                       cases[i].said, cases[i].host, cases[i].proxy, cases[i].status);
        program_put(p, "curl", text);
        assert_int_equal(pull_seen(&p->s, r, "", tip), cases[i].code);
        if (strstr(p->s.err.text, cases[i].text) == NULL)
            fail_msg("“%s” lacks “%s”", p->s.err.text, cases[i].text);
    }
    vls_remote_close(r);
    assert_int_equal(n, 18);
    nobody_left();
}

static void
a_courier_that_cannot_be_started_leaves_no_folder(void **state)
{
    struct place *p = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1], folder[256];

    r = ssh_remote(p);
    (void)vls__courier_stop(r, 1000);
    (void)snprintf(r->courier, sizeof r->courier, "/nowhere/valise-courier");
    assert_int_equal(pull_seen(&p->s, r, "", tip), VLS_ENOTFOUND);
    (void)snprintf(folder, sizeof folder, "%s", r->scratch);
    vls_remote_close(r);
    assert_true(folder[0] == '\0' || access(folder, F_OK) != 0);
    nobody_left();
}

#define IN_A_PLACE(f) cmocka_unit_test_setup_teardown(f, place_new, place_free)

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        IN_A_PLACE(a_courier_gets_no_more_lines_than_it_can_need),
        IN_A_PLACE(where_nothing_is_sent_no_line_for_sending_is_given),
        IN_A_PLACE(a_courier_that_takes_nothing_cannot_hold_us),
        IN_A_PLACE(a_program_that_does_not_end_is_ended),
        IN_A_PLACE(the_last_words_are_the_last),
        IN_A_PLACE(chatter_of_any_length_holds_nobody_up),
        IN_A_PLACE(the_last_words_are_found_behind_any_chatter),
        IN_A_PLACE(a_changed_key_is_seen_before_any_chatter),
        IN_A_PLACE(endless_chatter_ends),
        IN_A_PLACE(what_was_sent_may_be_slow_to_arrive),
        IN_A_PLACE(a_failure_of_the_proxy_is_told_from_one_of_the_host),
        IN_A_PLACE(a_courier_that_cannot_be_started_leaves_no_folder),
    };

    if (argc == 3 && strcmp(argv[1], "courier") == 0)
        return play_courier((enum part)atoi(argv[2]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
