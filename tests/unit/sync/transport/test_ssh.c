/*
 * Remotes over a line, with a program of ours in the place of ssh: it runs what would run on the host, or behaves as a
 * host should not. What is new is fetched and nothing else; a host that lies, refuses or goes away costs an error.
 */
#include "tests/support/check.h"

#include "tests/unit/sync/transport/line.h"

static void
what_is_pushed_is_pulled(void **state)
{
    struct line *l = *state;
    struct vls_remote *a = dial(l, 0), *b = dial(l, VLS_REMOTE_READONLY);
    char tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];

    check_ok(pull_seen(&l->s, a, "", tip), &l->s.err);
    assert_string_equal(tip, "");
    for (unsigned i = 0; i < 3; i++)
        check_ok(push_one(l, a, i, tip, tip), &l->s.err);
    assert_string_equal(tip + 40, "00000002"); /* its depth */
    check_ok(pull_seen(&l->s, b, "", got), &l->s.err);
    assert_int_equal(l->s.seen.n, 3);
    assert_string_equal(got, tip);
    assert_int_equal(push_one(l, b, 9, got, got), VLS_EREADONLY);
    check_ok(pull_seen(&l->s, b, got, got), &l->s.err);
    assert_int_equal(l->s.seen.n, 0);
    vls_remote_close(a);
    a = dial(l, 0); /* one that never saw the history builds on it */
    check_ok(push_one(l, a, 3, tip, tip), &l->s.err);
    assert_string_equal(tip + 40, "00000003");
    check_ok(pull_seen(&l->s, b, got, got), &l->s.err);
    assert_int_equal(l->s.seen.n, 1);
    assert_string_equal(got, tip);
    git_does(l, "fsck", "--strict", "--full");
    vls_remote_close(a);
    vls_remote_close(b);
}

/* Pulls from seen on, or pushes blob i on it when that is not 0, while the bytes of the line are kept in "up" and
 * "down". */
static void
recorded(struct line *l, const char *seen, unsigned i, char *tip)
{
    struct vls_remote *r;

    script_put(l, "#!/bin/sh\nfor a; do c=$a; done\n"
                  "tee $T/up | sh -c \"git -c safe.directory='*' ${c#git-}\" | tee $T/down\n");
    r = dial(l, 0);
    if (i == 0) {
        check_ok(pull_seen(&l->s, r, seen, tip), &l->s.err);
        assert_int_equal(l->s.seen.n, 1);
    } else {
        check_ok(push_one(l, r, i, seen, tip), &l->s.err);
    }
    vls_remote_close(r); /* waits for the end of the line */
    script_put(l, honest);
}

/* I9: what crosses the line is what is new, after ten steps and after three hundred. */
static void
only_what_is_new_crosses_the_line(void **state)
{
    struct line *l = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", seen[VLS_REMOTE_TIP_LEN + 1], next[VLS_REMOTE_TIP_LEN + 1];
    long down[2], up[2];
    struct vls_remote *r = dial(l, 0);

    for (unsigned round = 0; round < 2; round++) {
        struct vls_slice many[300];
        static uint8_t bytes[300][40];

        for (unsigned i = 0; i < 300; i++) {
            memset(bytes[i], (int)i, sizeof bytes[i]);
            bytes[i][0] = (uint8_t)round;
            bytes[i][1] = (uint8_t)(i >> 8);
            many[i] = vls_slice_of(bytes[i], sizeof bytes[i]);
        }
        check_ok(vls_remote_push(r, many, NULL, round == 0 ? 10 : 300, tip, seen, &l->s.err), &l->s.err);
        check_ok(push_one(l, r, 77 + round, seen, tip), &l->s.err);
        recorded(l, seen, 0, next);
        assert_string_equal(next, tip);
        down[round] = file_size(l, "down");
        recorded(l, tip, 99 + round, tip);
        up[round] = file_size(l, "up");
    }
    vls_remote_close(r);
    assert_in_range(down[0], 3000, 4500);
    assert_in_range(up[0], 3000, 4500);
    assert_in_range(down[1], 3000, (unsigned long)down[0] + 100);
    assert_in_range(up[1], 3000, (unsigned long)up[0] + 100);
}

static void
ssh_sees_nothing_that_is_not_its_business(void **state)
{
    static const char expected[] = "-T\n-x\n-a\n-o\nClearAllForwardings=yes\n-o\nPermitLocalCommand=no\n-o\n"
                                   "RemoteCommand=none\n-o\nSessionType=default\n-o\nStdinNull=no\n-o\n"
                                   "ForkAfterAuthentication=no\n-o\nBatchMode=yes\n-p\n2222\n-l\njoe\n--\nhost.example\ngit-upload-pack '";
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], text[4096];

    check_ok(pull_seen(&l->s, r, "", tip), &l->s.err);
    file_get(l, "env", text, sizeof text);
    assert_non_null(strstr(text, "PATH="));
    assert_null(strstr(text, "VALISE"));
    assert_null(strstr(text, "secret"));
    assert_null(strstr(text, "LANG"));
    file_get(l, "args", text, sizeof text);
    assert_memory_equal(text, expected, sizeof expected - 1);
    assert_non_null(strstr(text, l->s.hub));
    file_get(l, "fds", text, sizeof text);
    assert_in_range(atoi(text), 4, 6); /* "total", three, and what ls opened for itself */
    vls_remote_close(r);
}

static void
another_past_is_noticed(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[6][VLS_REMOTE_TIP_LEN + 1] = {""}, id[41], got[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten;

    for (unsigned i = 1; i < 6; i++)
        check_ok(push_one(l, r, i, tip[i - 1], tip[i]), &l->s.err);
    vls_remote_close(r);
    for (int back = 1; back < 5; back++) {
        (void)snprintf(id, sizeof id, "%.40s", tip[back]);
        git_does(l, "update-ref", "refs/heads/valise", id);
        r = dial(l, 0);
        memcpy(got, "same", 5);
        assert_int_equal(pull_seen(&l->s, r, tip[5], got), VLS_ETRUST);
        assert_string_equal(got, "same");
        assert_int_equal(l->s.seen.n, 0);
        rewritten = false;
        check_ok(vls_remote_pull(r, tip[5], seen_add, &l->s.seen, got, &rewritten, &l->s.err), &l->s.err);
        assert_true(rewritten);
        assert_int_equal(l->s.seen.n, back);
        vls_remote_close(r);
    }
    git_does(l, "update-ref", "-d", "refs/heads/valise");
    r = dial(l, 0);
    assert_int_equal(pull_seen(&l->s, r, tip[5], got), VLS_ETRUST);
    check_ok(pull_seen(&l->s, r, "", got), &l->s.err);
    check_ok(push_one(l, r, 50, "", got), &l->s.err); /* begun anew: another root */
    assert_int_equal(pull_seen(&l->s, r, tip[5], got), VLS_ETRUST);
    vls_remote_close(r);
}

/* GH-03: the two pasts share their beginning and both lie on the host, which leaves that beginning out. */
static void
a_fork_of_the_past_is_noticed(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[6][VLS_REMOTE_TIP_LEN + 1] = {""}, id[41], other[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n = 0;
    bool rewritten;

    for (unsigned i = 1; i < 6; i++)
        check_ok(push_one(l, r, i, tip[i - 1], tip[i]), &l->s.err);
    vls_remote_close(r);
    for (unsigned back = 1; back < 5; back++, n++) {
        (void)snprintf(id, sizeof id, "%.40s", tip[back]);
        git_does(l, "update-ref", "refs/heads/valise", id);
        r = dial(l, 0);
        check_ok(push_one(l, r, 50 + back, tip[back], other), &l->s.err);
        check_ok(push_one(l, r, 60 + back, other, other), &l->s.err);
        vls_remote_close(r);
        r = dial(l, 0);
        memcpy(got, "same", 5);
        assert_int_equal(pull_seen(&l->s, r, tip[5], got), VLS_ETRUST);
        assert_string_equal(got, "same");
        assert_int_equal(l->s.seen.n, 0);
        rewritten = false;
        check_ok(vls_remote_pull(r, tip[5], seen_add, &l->s.seen, got, &rewritten, &l->s.err), &l->s.err);
        assert_true(rewritten);
        assert_string_equal(got, other);
        assert_int_equal(l->s.seen.n, back + 2);
        vls_remote_close(r);
    }
    assert_int_equal(n, 4);
}

static void
another_repository_is_refused(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], id[41];

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    (void)snprintf(id, sizeof id, "%.40s", tip);
    git_does(l, "update-ref", "refs/heads/main", id);
    git_does(l, "update-ref", "-d", "refs/heads/valise");
    assert_int_equal(pull_seen(&l->s, r, "", tip), VLS_ETRUST);
    assert_int_equal(push_one(l, r, 2, "", tip), VLS_ETRUST);
    vls_remote_close(r);
}

static void
the_faster_one_wins_the_race(void **state)
{
    struct line *l = *state;
    struct vls_remote *a = dial(l, 0), *b = dial(l, 0);
    char one[VLS_REMOTE_TIP_LEN + 1], two[VLS_REMOTE_TIP_LEN + 1] = "same";

    check_ok(push_one(l, a, 1, "", one), &l->s.err);
    assert_int_equal(push_one(l, b, 2, "", two), VLS_ERACE);
    assert_string_equal(two, "same");
    check_ok(pull_seen(&l->s, b, "", two), &l->s.err);
    check_ok(push_one(l, b, 2, two, two), &l->s.err);
    assert_int_equal(push_one(l, a, 3, one, one), VLS_ERACE);
    check_ok(pull_seen(&l->s, a, one, one), &l->s.err);
    assert_int_equal(l->s.seen.n, 1);
    check_ok(push_one(l, a, 3, one, one), &l->s.err);
    git_does(l, "fsck", "--strict", "--full");
    vls_remote_close(a);
    vls_remote_close(b);
}

static void
what_ssh_says_explains_a_failure(void **state)
{
    static const struct {
        const char *say, *exit;
        enum vls_code code;
        const char *text;
    } cases[] = {
        {"joe@host.example: Permission denied (publickey).", "255", VLS_EUNREACHABLE, "Permission denied (publickey)."},
        {"Host key verification failed.", "255", VLS_EUNREACHABLE, "Host key verification failed."},
        {"@ WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED! @\\nbla\\nHost key verification failed.", "255",
         VLS_ETRUST, "another key"},
        {"first\\nssh: connect to host h port 22: Connection refused\\n\\n", "255", VLS_EUNREACHABLE,
         "Connection refused"},
        {"ssh: connect to host jump port 22: Connection refused\\nkex_exchange_identification: Connection closed by "
         "remote "
         "host\\nConnection closed by UNKNOWN port 65535",
         "255", VLS_EUNREACHABLE, "on the way there: ssh: connect to host jump port 22: Connection refused"},
        {"Connection closed by UNKNOWN port 65535", "255", VLS_EUNREACHABLE,
         "on the way there: Connection closed by UNKNOWN port 65535"},
        {"kex_exchange_identification: x\\nConnection closed by UNKNOWN port 65535", "255", VLS_EUNREACHABLE,
         "on the way there: Connection closed by UNKNOWN port 65535"},
        {"Connection closed by 192.0.2.1 port 22", "255", VLS_EUNREACHABLE, "/hub: Connection closed by 192.0.2.1"},
        {"fatal: '/x' does not appear to be a git repository", "128", VLS_EUNREACHABLE, "does not appear"},
        {"\\033]0;evil\\007\\033[2J", "255", VLS_EUNREACHABLE, "\\x1b]0;evil\\x07\\x1b[2J"},
    };
    struct line *l = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    unsigned n = 0;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++, n++) {
        struct vls_remote *r = dial(l, 0);

        char script[1024];

        (void)snprintf(script, sizeof script, "#!/bin/sh\nprintf '%%b\\n' \"%s\" >&2; exit %s\n", cases[i].say,
                       cases[i].exit);
        script_put(l, script);
        assert_int_equal(pull_seen(&l->s, r, "", tip), cases[i].code);
        if (strstr(l->s.err.text, cases[i].text) == NULL)
            fail_msg("“%s” lacks “%s”", l->s.err.text, cases[i].text);
        assert_null(strchr(l->s.err.text, 0x1b));
        script_put(l, honest);
        check_ok(pull_seen(&l->s, r, "", tip), &l->s.err); /* the same courier, once it works again */
        vls_remote_close(r);
    }
    assert_int_equal(n, 10);
}

static void
no_ssh_is_said(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], scratch[256];

    (void)snprintf(scratch, sizeof scratch, "%s", r->scratch);
    assert_int_equal(access(scratch, F_OK), 0);
    assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
    assert_int_equal(pull_seen(&l->s, r, "", tip), VLS_ENOTFOUND);
    assert_int_equal(setenv("PATH", l->path, 1), 0);
    check_ok(pull_seen(&l->s, r, "", tip), &l->s.err);
    vls_remote_close(r);
    assert_int_equal(access(scratch, F_OK), -1);
}

static void
a_silent_host_ends(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1];
    double start = now_s();

    script_put(l, "#!/bin/sh\nexec sleep 60\n");
    r->stall_ms = 300;
    assert_int_equal(pull_seen(&l->s, r, "", tip), VLS_EUNREACHABLE);
    vls_remote_close(r);
    assert_true(now_s() - start < 30);
}

/* NW-08: cut at many points of what comes; nothing is delivered, or all of it. */
static void
a_line_cut_while_fetching_delivers_nothing(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], script[512], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n_cut = 0, n_whole = 0;

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    vls_remote_close(r);
    for (unsigned at = 0; at < 4800; at += at < 400 ? 37 : 331) {
        enum vls_code rc;

        (void)snprintf(script, sizeof script,
                       "#!/bin/sh\nfor a; do c=$a; done\n"
                       "exec setsid --wait sh -c \"git -c safe.directory='*' ${c#git-} | { dd bs=1 count=%u "
                       "status=none; kill -9 0; }\"\n",
                       at); /* a real ssh goes with its line */
        script_put(l, script);
        r = dial(l, 0);
        memcpy(got, "same", 5);
        rc = pull_seen(&l->s, r, "", got);
        if (rc == VLS_OK) {
            n_whole++;
            assert_int_equal(l->s.seen.n, 1);
        } else {
            n_cut++;
            assert_true(rc == VLS_EUNREACHABLE || rc == VLS_EFORMAT);
            assert_int_equal(l->s.seen.n, 0);
            assert_string_equal(got, "same");
        }
        vls_remote_close(r);
    }
    assert_true(n_cut >= 12 && n_whole >= 1);
}

/* The same while sending: the host is before the push or after it, and the next try is exact. */
static void
a_line_cut_while_sending_leaves_old_or_new(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], script[512], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n_old = 0, n_new = 0, i = 0;

    check_ok(push_one(l, r, 0, "", tip), &l->s.err);
    vls_remote_close(r);
    for (unsigned at = 0; at < 4400; at += at < 300 ? 61 : 419) {
        (void)snprintf(script, sizeof script,
                       "#!/bin/sh\nfor a; do c=$a; done\ndd bs=1 count=%u status=none | sh -c \"git -c "
                       "safe.directory='*' ${c#git-}\"\n",
                       at);
        script_put(l, script);
        r = dial(l, 0);
        (void)push_one(l, r, ++i, tip, got);
        vls_remote_close(r);
        script_put(l, honest);
        r = dial(l, 0);
        check_ok(pull_seen(&l->s, r, tip, got), &l->s.err);
        if (l->s.seen.n == 0) {
            n_old++;
            assert_string_equal(got, tip);
            check_ok(push_one(l, r, i, tip, got), &l->s.err);
        } else {
            n_new++;
            assert_int_equal(l->s.seen.n, 1);
        }
        memcpy(tip, got, sizeof tip);
        vls_remote_close(r);
    }
    git_does(l, "fsck", "--strict", "--full");
    assert_true(n_old >= 10);
    assert_true(n_old + n_new == i);
}

static void
altered_bytes_are_refused(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], script[512], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n = 0;

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    vls_remote_close(r);
    for (unsigned at = 700; at < 3600; at += 293, n++) { /* within the pack */
        enum vls_code rc;

        (void)snprintf(
            script, sizeof script,
            "#!/bin/sh\nfor a; do c=$a; done\nsh -c \"git -c safe.directory='*' ${c#git-}\" | { dd bs=1 count=%u "
            "status=none; dd bs=1 count=3 status=none >/dev/null; printf XYZ; cat; }\n",
            at);
        script_put(l, script);
        r = dial(l, 0);
        rc = pull_seen(&l->s, r, "", got);
        assert_true(rc == VLS_EUNREACHABLE || rc == VLS_EFORMAT || rc == VLS_EIO);
        assert_int_equal(l->s.seen.n, 0);
        vls_remote_close(r);
    }
    assert_true(n >= 9);
}

static void
a_host_that_refuses_says_so(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "same", hook[256];
    static const char refuse[] = "#!/bin/sh\necho no >&2\nexit 1\n";

    (void)snprintf(hook, sizeof hook, "%s/hooks/pre-receive", l->s.hub);
    file_put(hook, refuse, sizeof refuse - 1);
    assert_int_equal(chmod(hook, 0755), 0);
    assert_int_equal(push_one(l, r, 1, "", tip), VLS_EREADONLY);
    assert_string_equal(tip, "same");
    assert_int_equal(unlink(hook), 0);
    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    script_put(l, "#!/bin/sh\nfor a; do c=$a; done\ncase $c in *receive*) echo 'joe may only read' >&2; exit 1;; esac\n"
                  "exec sh -c \"git -c safe.directory='*' ${c#git-}\"\n");
    check_ok(pull_seen(&l->s, r, tip, tip), &l->s.err);
    assert_int_equal(push_one(l, r, 2, tip, tip), VLS_EREADONLY);
    assert_non_null(strstr(l->s.err.text, "joe may only read"));
    vls_remote_close(r);
}

static enum vls_code
aside_text(struct line *l, struct vls_remote *r, const char *text, const char *on, char *tip)
{
    struct vls_slice blob = vls_slice_str(text);

    return vls_remote_push_aside(r, &blob, 1, on, tip, &l->s.err);
}

static void
another_history_takes_the_place_of_the_old(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0), *other = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], anew[VLS_REMOTE_TIP_LEN + 1], seen[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten = false;

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    check_ok(push_one(l, r, 2, tip, tip), &l->s.err);
    check_ok(aside_text(l, r, "one", "", anew), &l->s.err);
    check_ok(aside_text(l, r, "two", anew, anew), &l->s.err);
    check_ok(pull_seen(&l->s, other, tip, seen), &l->s.err);
    assert_string_equal(seen, tip); /* nothing has crossed the line */
    check_ok(vls_remote_move(r, tip, anew, &l->s.err), &l->s.err);
    assert_int_equal(pull_seen(&l->s, other, tip, seen), VLS_ETRUST);
    l->s.seen.n = 0;
    check_ok(vls_remote_pull(other, tip, seen_add, &l->s.seen, seen, &rewritten, &l->s.err), &l->s.err);
    assert_true(rewritten);
    assert_int_equal(l->s.seen.n, 2);
    assert_true(seen_text(&l->s, 0, "one") && seen_text(&l->s, 1, "two"));
    check_ok(push_one(l, other, 3, seen, seen), &l->s.err);
    check_ok(pull_seen(&l->s, r, anew, tip), &l->s.err);
    assert_int_equal(l->s.seen.n, 1);
    git_does(l, "fsck", "--strict", "--no-dangling");
    vls_remote_close(other);
    vls_remote_close(r);
}

/* The host takes pieces that both histories have for known to whoever names the old tip, who has nothing of it. */
static void
pieces_of_both_histories_arrive(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0), *other = dial(l, 0);
    static const char *const old[] = {"door", "letter", "packet", "another"}, *const anew[][3] = {
                                                                                  {"door", "all", "letter"},
                                                                                  {"all", "letter", "door"},
                                                                                  {"x", "y", "packet"}};
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", next[VLS_REMOTE_TIP_LEN + 1], seen[VLS_REMOTE_TIP_LEN + 1];
    struct vls_remote_counts counts;

    for (size_t i = 0; i < 4; i++)
        check_ok(push_text(&l->s, r, old[i], tip, tip), &l->s.err);
    for (size_t k = 0; k < 3; k++) {
        bool rewritten = false;

        next[0] = '\0';
        for (size_t i = 0; i < 3; i++)
            check_ok(aside_text(l, r, anew[k][i], next, next), &l->s.err);
        check_ok(vls_remote_move(r, tip, next, &l->s.err), &l->s.err);
        assert_int_equal(pull_seen(&l->s, other, tip, seen), VLS_ETRUST);
        l->s.seen.n = 0;
        check_ok(vls_remote_pull(other, "", seen_add, &l->s.seen, seen, &rewritten, &l->s.err), &l->s.err);
        vls_remote_counts(other, &counts);
        assert_int_equal(counts.damaged + counts.ignored, 0);
        assert_int_equal(l->s.seen.n, 3);
        for (size_t i = 0; i < 3; i++)
            assert_true(seen_text(&l->s, i, anew[k][i]));
        memcpy(tip, next, sizeof tip);
    }
    vls_remote_close(other);
    vls_remote_close(r);
}

static void
what_came_meanwhile_is_not_replaced(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0), *other = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], anew[VLS_REMOTE_TIP_LEN + 1], now[VLS_REMOTE_TIP_LEN + 1];

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    check_ok(aside_text(l, r, "anew", "", anew), &l->s.err);
    check_ok(push_one(l, other, 2, tip, now), &l->s.err);
    assert_int_equal(vls_remote_move(r, tip, anew, &l->s.err), VLS_ERACE);
    check_ok(pull_seen(&l->s, other, now, anew), &l->s.err);
    assert_string_equal(anew, now);
    check_ok(aside_text(l, r, "anew", "", anew), &l->s.err);
    (void)vls__courier_stop(r, 0); /* with what it had put aside */
    assert_int_equal(vls_remote_move(r, now, anew, &l->s.err), VLS_EIO);
    check_ok(pull_seen(&l->s, r, now, tip), &l->s.err);
    assert_int_equal(vls_remote_move(r, now, anew, &l->s.err), VLS_ERACE);
    vls_remote_close(other);
    vls_remote_close(r);
}

static void
a_host_that_keeps_its_history_says_so(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], anew[VLS_REMOTE_TIP_LEN + 1], seen[VLS_REMOTE_TIP_LEN + 1];

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    git_does(l, "config", "receive.denyNonFastForwards", "true");
    check_ok(aside_text(l, r, "anew", "", anew), &l->s.err);
    assert_int_equal(vls_remote_move(r, tip, anew, &l->s.err), VLS_EREADONLY);
    assert_non_null(strstr(l->s.err.text, "does not let a history be replaced"));
    check_ok(pull_seen(&l->s, r, tip, seen), &l->s.err);
    assert_string_equal(seen, tip);
    check_ok(push_one(l, r, 2, tip, tip), &l->s.err); /* it goes on */
    git_does(l, "config", "receive.denyNonFastForwards", "false");
    check_ok(aside_text(l, r, "anew", "", anew), &l->s.err);
    check_ok(vls_remote_move(r, tip, anew, &l->s.err), &l->s.err);
    vls_remote_close(r);
}

#define OVER_A_LINE(f) cmocka_unit_test_setup_teardown(f, line_new, line_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_A_LINE(what_is_pushed_is_pulled),
        OVER_A_LINE(only_what_is_new_crosses_the_line),
        OVER_A_LINE(ssh_sees_nothing_that_is_not_its_business),
        OVER_A_LINE(another_past_is_noticed),
        OVER_A_LINE(a_fork_of_the_past_is_noticed),
        OVER_A_LINE(another_repository_is_refused),
        OVER_A_LINE(the_faster_one_wins_the_race),
        OVER_A_LINE(what_ssh_says_explains_a_failure),
        OVER_A_LINE(no_ssh_is_said),
        OVER_A_LINE(a_silent_host_ends),
        OVER_A_LINE(a_line_cut_while_fetching_delivers_nothing),
        OVER_A_LINE(a_line_cut_while_sending_leaves_old_or_new),
        OVER_A_LINE(altered_bytes_are_refused),
        OVER_A_LINE(a_host_that_refuses_says_so),
        OVER_A_LINE(another_history_takes_the_place_of_the_old),
        OVER_A_LINE(pieces_of_both_histories_arrive),
        OVER_A_LINE(what_came_meanwhile_is_not_replaced),
        OVER_A_LINE(a_host_that_keeps_its_history_says_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
