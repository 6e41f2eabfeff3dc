/*
 * What goes over a line beside the pieces: the words of a hostile host, which are shown escaped or not at all (GH-21),
 * and what a user has around, of which nothing is sent (GH-22, NW-07).
 */
#include "play.h"

/* ---- GH-21: words of the host ---- */

#define EVIL                                                                                                           \
    "\x1b]0;evil\x07\x1b[2J\xc2\x9b"                                                                                   \
    "31m"

static void
words_of_a_host_are_shown_escaped_or_not_at_all_GH_21(void **state)
{
    struct line *l = *state;
    struct vls_remote *r = dial(l, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
    unsigned n = 0;
    uint8_t id[VLS__OID];

    check_ok(push_one(l, r, 1, "", tip), &l->s.err);
    (void)snprintf(got, sizeof got, "%.40s", tip);
    assert_true(vls_unhex(id, sizeof id, got));
    for (int way = 0; way < 5; way++, n++) {
        struct vls_buf advert, answer;
        enum vls_code rc;

        vls_buf_init(&advert, 4096);
        vls_buf_init(&answer, 4096);
        if (way == 0) /* in place of a list */
            pkt(&advert, "ERR " EVIL "\n", sizeof "ERR " EVIL);
        else
            ref(&advert, way == 4 ? id : made_up, VLS__REF,
                way == 4   ? "report-status agent=" EVIL
                : way == 2 ? "side-band-64k agent=" EVIL
                           : "agent=" EVIL);
        if (way == 3) /* names */
            ref(&advert, made_up, "refs/heads/" EVIL, NULL);
        flush(&advert);
        if (way == 2) { /* on the side, and as the reason of an end */
            pkt(&answer, "NAK\n", 4);
            pkt(&answer, "\2" EVIL, sizeof EVIL);
            pkt(&answer, "\3" EVIL, sizeof EVIL);
        } else if (way == 4) { /* as the reason of a refusal */
            pkt(&answer, "unpack ok\n", 10);
            pkt(&answer, "ng " VLS__REF " " EVIL "\n", sizeof "ng " VLS__REF " " EVIL);
            flush(&answer);
        } else {
            pkt(&answer, "ERR " EVIL "\n", sizeof "ERR " EVIL);
        }
        part(l, "advert", &advert);
        part(l, "answer", &answer);
        script_put(l, way == 4 ? "#!/bin/sh\necho x >>$T/played\ncat $T/advert\nhead -c 1 >$T/request\necho x "
                                 ">>$T/asked\ncat $T/answer\ncat >/dev/null\n"
                               : played);
        memcpy(got, "same", 5);
        rc = way == 4 ? push_one(l, r, 2, tip, got) : pull_seen(&l->s, r, "", got);
        assert_int_equal(rc, way == 4 ? VLS_EREADONLY : VLS_EUNREACHABLE);
        assert_string_equal(got, "same");
        assert_null(strstr(l->s.err.text, "evil"));
        l->s.seen.n = 0;
        survives(l, r, rc, "words of the host");
    }
    assert_int_equal(times(l, "played"), n);
    assert_int_equal(times(l, "asked"), n - 1);
    vls_remote_close(r);
}

/* ---- GH-22, NW-07: what a user has around ---- */

static const char *const around[][2] = {
    {"LC_ALL", "fr_FR.UTF-8"},
    {"LANG", "ar_EG.UTF-8"},
    {"TZ", "Asia/Kathmandu"},
    {"USER", "canary"},
    {"LOGNAME", "canary"},
    {"EMAIL", "canary@example.org"},
    {"GIT_AUTHOR_NAME", "canary"},
    {"GIT_COMMITTER_EMAIL", "canary"},
    {"GIT_DIR", "/canary"},
    {"GIT_SSH_COMMAND", "canary"},
    {"GIT_CONFIG_COUNT", "1"},
    {"GIT_CONFIG_KEY_0", "http.sslVerify"},
    {"GIT_CONFIG_VALUE_0", "false"},
    {"GIT_SSL_NO_VERIFY", "1"},
    {"GIT_TRACE", "1"},
    {"GIT_PROXY_COMMAND", "canary"},
    {"GIT_ALTERNATE_OBJECT_DIRECTORIES", "/canary"},
};
#define N_AROUND (sizeof around / sizeof around[0])

/* In place of ssh: what goes up, the words it was started with and its environment, of every conversation. */
static const char ssh_noted[] = "#!/bin/sh\n"
                                "trap '' TERM\n" /* whoever hangs up waits until all is noted */
                                "for a; do c=$a; done\n"
                                "printf '%s\\n' \"$@\" >>$T/args\nenv >>$T/env\n"
                                "tee -pa $T/up | sh -c \"git -c safe.directory='*' ${c#git-}\"\n";

/* In place of curl: the same, and git's own program for web servers behind it. */
static const char curl_noted[] =
    "#!/bin/sh\n"
    "trap '' TERM\n"
    "for a; do u=$a; done\n"
    "printf '%s\\n' \"$@\" >>$T/args\nenv >>$T/env\n"
    "m=GET q= t=\n"
    "case $u in *\\?*) q=${u#*\\?} ;; *) m=POST t=application/x-${u##*/}-request ;; esac\n"
    "p=${u#https://host.example} p=${p%%\\?*}\n"
    "{ [ $m = GET ] || tee -pa $T/up; } | env -i PATH=/usr/bin:/bin GIT_PROJECT_ROOT=/ GIT_HTTP_EXPORT_ALL=1 "
    "REMOTE_USER=x \\\n"
    "  GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' PATH_INFO=$p REQUEST_METHOD=$m \\\n"
    "  QUERY_STRING=$q CONTENT_TYPE=$t REMOTE_ADDR=x git http-backend | LC_ALL=C sed '1,/^\\r$/d'\n"
    "printf '\\nHTTP 200\\n' >&2\n";

/* Two blobs and a look, as one user; into is where the hub and what was noted are put aside. */
static void
as_a_user(struct line *l, const char *scheme, int round, struct vls_buf into[2])
{
    static const char *const noted[] = {"up", "args"};
    char from[400], to[400], tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1], *text = calloc(1, 1 << 20);
    struct vls_remote *r;

    assert_non_null(text);
    assert_int_equal(run((const char *const[]){"git", "init", "-q", "--bare", l->s.hub, NULL}), 0);
    (void)snprintf(l->url, sizeof l->url, "%s://host.example%s", scheme, l->s.hub);
    r = dial(l, 0);
    check_ok(pull_seen(&l->s, r, "", tip), &l->s.err);
    check_ok(push_one(l, r, 1, tip, tip), &l->s.err);
    check_ok(push_one(l, r, 2, tip, tip), &l->s.err);
    vls_remote_close(r);
    r = dial(l, 0);
    check_ok(pull_seen(&l->s, r, "", got), &l->s.err);
    assert_int_equal(l->s.seen.n, 2);
    vls_remote_close(r);
    for (size_t i = 0; i < 2; i++) {
        vls_buf_init(&into[i], 1 << 20);
        assert_in_range(file_size(l, noted[i]), 100, (1 << 20) - 1);
        (void)snprintf(from, sizeof from, "%s/%s", l->s.dir, noted[i]);
        {
            FILE *f = fopen(from, "r");
            size_t n;

            assert_non_null(f);
            n = fread(text, 1, 1 << 20, f);
            (void)fclose(f);
            vls_buf_put(&into[i], text, n);
        }
        assert_int_equal(unlink(from), 0);
    }
    file_get(l, "env", text, 1 << 20);
    if (round == 1)
        for (size_t i = 0; i < N_AROUND; i++)
            if (strncmp(around[i][0], "USER", 4) != 0 && strncmp(around[i][0], "LOGNAME", 7) != 0) {
                (void)snprintf(from, sizeof from, "\n%s=", around[i][0]);
                if (strstr(text, from) != NULL)
                    fail_msg("%s reached %s", around[i][0], scheme);
            }
    (void)snprintf(from, sizeof from, "%s/env", l->s.dir);
    assert_int_equal(unlink(from), 0);
    (void)snprintf(to, sizeof to, "%s/aside-%s-%d", l->s.dir, scheme, round);
    assert_int_equal(rename(l->s.hub, to), 0);
    free(text);
}

static void
two_users_send_the_same_bytes_GH_22_NW_07(void **state)
{
    static const char *const schemes[] = {"ssh", "https"};
    static const char config[] =
        "[user]\n\tname = canary\n[url \"file:///canary/\"]\n\tinsteadOf = ssh://\n\tinsteadOf = "
        "https://\n[http]\n\tsslVerify = false\n\tproxy = http://canary\n[core]\n\tsshCommand = "
        "canary\n\tgitProxy = canary\n[credential]\n\thelper = canary\n[protocol]\n\tversion = 2\n";
    struct line *l = *state;
    char path[400], old_home[600];
    unsigned n = 0;

    (void)snprintf(old_home, sizeof old_home, "%s", getenv("HOME") != NULL ? getenv("HOME") : "/");
    (void)snprintf(path, sizeof path, "%s/.gitconfig", l->s.dir);
    file_put(path, config, sizeof config - 1);
    assert_int_equal(symlink("ssh", (snprintf(path, sizeof path, "%s/curl", l->bin), path)), 0);
    for (size_t k = 0; k < 2; k++) {
        struct vls_buf got[2][2];

        script_put(l, k == 0 ? ssh_noted : curl_noted);
        for (int round = 0; round < 2; round++) {
            (void)snprintf(path, sizeof path, "%s", l->s.hub);
            (void)nftw(path, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
            if (round == 1) {
                for (size_t i = 0; i < N_AROUND; i++)
                    assert_int_equal(setenv(around[i][0], around[i][1], 1), 0);
                assert_int_equal(setenv("HOME", l->s.dir, 1), 0);
                (void)sleep(1); /* another time, in seconds as git keeps it */
                n++;
            }
            as_a_user(l, schemes[k], round, got[round]);
        }
        for (size_t i = 0; i < N_AROUND; i++)
            (void)unsetenv(around[i][0]);
        assert_int_equal(setenv("HOME", old_home, 1), 0);
        for (size_t i = 0; i < 2; i++)
            if (!vls_slice_eq(vls_buf_slice(&got[0][i]), vls_buf_slice(&got[1][i])))
                fail_msg("%s: what %s is not the same", schemes[k], i == 0 ? "goes up" : "it is started with");
        assert_null(memmem(got[1][0].p, got[1][0].n, "canary", 6));
        assert_null(memmem(got[1][1].p, got[1][1].n, "canary", 6));
        if (k == 1) { /* NW-05: elsewhere is nowhere, and nothing but TLS */
            assert_non_null(memmem(got[0][1].p, got[0][1].n, "\n--proto\n=https\n", 16));
            assert_non_null(memmem(got[0][1].p, got[0][1].n, "\n--max-redirs\n0\n", 16));
            assert_null(memmem(got[0][1].p, got[0][1].n, "\n-L\n", 4));
            assert_non_null(memmem(got[0][1].p, got[0][1].n, "\n-A\ngit/2\n", 10));
        }
        for (size_t i = 0; i < 4; i++)
            vls_buf_clear(&got[i / 2][i % 2]);
    }
    assert_int_equal(n, 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_A_LINE(words_of_a_host_are_shown_escaped_or_not_at_all_GH_21),
        OVER_A_LINE(two_users_send_the_same_bytes_GH_22_NW_07),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
