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
    assert_int_equal(run((const char *const[]){"git", "-c", "safe.directory=*", "--git-dir", s->hub, "fsck",
                                               "--strict", "--full", NULL}),
                     0);
    (void)snprintf(copy, sizeof copy, "%s/copy", s->dir);
    assert_int_equal(run((const char *const[]){"git", "-c", "safe.directory=*", "clone", "-q", "--bare",
                                               s->hub, copy, NULL}),
                     0);
}

/* Every file below a hub, in a fixed order, with its bytes. */
static void
hub_dump(const char *hub, struct vls_buf *out)
{
    struct dirent **e;
    int n = scandir(hub, &e, NULL, alphasort);

    assert_true(n >= 0);
    for (int i = 0; i < n; i++) {
        char path[1024];
        struct stat st;

        (void)snprintf(path, sizeof path, "%s/%s", hub, e[i]->d_name);
        if (e[i]->d_name[0] != '.') {
            assert_int_equal(lstat(path, &st), 0);
            vls_buf_printf(out, "%s %o\n", e[i]->d_name, (unsigned)st.st_mode);
            if (S_ISDIR(st.st_mode)) {
                hub_dump(path, out);
            } else {
                uint8_t *at = vls_buf_extend(out, (size_t)st.st_size);
                int fd = open(path, O_RDONLY | O_CLOEXEC);

                assert_non_null(at);
                assert_int_equal(read(fd, at, (size_t)st.st_size), st.st_size);
                (void)close(fd);
            }
        }
        free(e[i]);
    }
    free(e);
}

static void
what_is_written_depends_on_the_blobs_alone(void **state)
{
    static const char *const planted[] = {
        "GIT_AUTHOR_NAME", "GIT_AUTHOR_DATE", "USER", "LOGNAME", "EMAIL", "HOME", "HOSTNAME"};
    struct scratch *s = *state;
    char config[256], host[128] = "";
    struct vls_buf dump[2];

    (void)snprintf(config, sizeof config, "%s/.gitconfig", s->dir);
    file_put(config, "[user]\n\tname = canary\n[core]\n\tsharedRepository = 0777\n", 55);
    for (int round = 0; round < 2; round++) {
        struct vls_remote *r;
        char tip[VLS_REMOTE_TIP_LEN + 1] = "";
        mode_t before;

        if (round == 1) {
            for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++)
                assert_int_equal(setenv(planted[i], "canary", 1), 0);
            assert_int_equal(setenv("HOME", s->dir, 1), 0);
            assert_int_equal(setenv("TZ", "Asia/Kathmandu", 1), 0);
            assert_int_equal(setenv("LC_ALL", "fr_FR.UTF-8", 1), 0);
        }
        before = umask(round == 1 ? 077 : 0);
        (void)snprintf(s->hub, sizeof s->hub, "%s/hub%d", s->dir, round);
        r = client_open(s, VLS_REMOTE_CREATE);
        check_ok(push_text(s, r, "first", tip, tip), &s->err);
        check_ok(push_text(s, r, "second", tip, tip), &s->err);
        vls_remote_close(r);
        (void)umask(before);
        vls_buf_init(&dump[round], 1 << 20);
        hub_dump(s->hub, &dump[round]);
        assert_int_equal(dump[round].bad, VLS_OK);
    }
    assert_true(vls_slice_eq(vls_buf_slice(&dump[0]), vls_buf_slice(&dump[1])));
    assert_null(memmem(dump[1].p, dump[1].n, "canary", 6));
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    if (strlen(host) > 3)
        assert_null(memmem(dump[1].p, dump[1].n, host, strlen(host)));
    vls_buf_clear(&dump[0]);
    vls_buf_clear(&dump[1]);
    for (size_t i = 0; i < sizeof planted / sizeof planted[0]; i++)
        (void)unsetenv(planted[i]);
    (void)unsetenv("TZ");
    (void)unsetenv("LC_ALL");
}

static void
blobs_of_every_size_arrive_whole(void **state)
{
    static const size_t sizes[] = {
        1, 2, 255, 4096, 65534, 65535, 65536, 131070, 131071, 1 << 20, VLS_REMOTE_BLOB_MAX};
    enum { N = sizeof sizes / sizeof sizes[0] };
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_slice blobs[N];
    uint8_t *large = malloc(VLS_REMOTE_BLOB_MAX + 1);
    uint64_t seed = 7;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    size_t bytes = 0;
    struct vls_remote_counts counts;

    assert_non_null(large);
    for (size_t i = 0; i < VLS_REMOTE_BLOB_MAX + 1; i++)
        large[i] = (uint8_t)check_random(&seed);
    for (size_t i = 0; i < N; i++) {
        blobs[i] = vls_slice_of(large, sizes[i]);
        bytes += sizes[i];
    }
    check_ok(vls_remote_push(r, blobs, NULL, N, "", tip, &s->err), &s->err);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    vls_remote_counts(r, &counts);
    assert_int_equal(s->seen.n, N);
    assert_int_equal(counts.blobs, N);
    assert_int_equal(counts.bytes, bytes);
    assert_int_equal(counts.damaged + counts.ignored, 0);
    blobs[0].n = VLS_REMOTE_BLOB_MAX + 1;
    assert_int_equal(vls_remote_push(r, blobs, NULL, 1, tip, tip, &s->err), VLS_ELIMIT);
    blobs[0].n = 0;
    assert_int_equal(vls_remote_push(r, blobs, NULL, 1, tip, tip, &s->err), VLS_ELIMIT);
    vls_remote_close(r);
    free(large);
}

static void
blobs_of_one_push_come_in_its_order(void **state)
{
    enum { N = 12 };
    static const char *const texts[N] = {"m", "a", "z", "k", "b", "y", "c", "x", "d", "w", "e", "v"};
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_slice blobs[N + 1];
    char tip[VLS_REMOTE_TIP_LEN + 1];

    for (size_t i = 0; i < N; i++)
        blobs[i] = vls_slice_str(texts[i]);
    blobs[N] = blobs[3]; /* sent once */
    check_ok(vls_remote_push(r, blobs, NULL, N + 1, "", tip, &s->err), &s->err);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_int_equal(s->seen.n, N);
    for (size_t i = 0; i < N; i++)
        assert_true(seen_text(s, i, texts[i]));
    vls_remote_close(r);
}

static void
many_blobs_go_in_several_steps(void **state)
{
    enum { N = 4100 }; /* more than one commit holds */
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_slice *blobs = calloc(N, sizeof *blobs);
    char(*names)[VLS_REMOTE_NAME_LEN + 1] = calloc(N, sizeof *names);
    uint32_t *bytes = calloc(N, sizeof *bytes);
    char tip[VLS_REMOTE_TIP_LEN + 1];
    struct vls_remote_counts counts;

    assert_true(blobs != NULL && names != NULL && bytes != NULL);
    for (uint32_t i = 0; i < N; i++) {
        bytes[i] = i < N - 2 ? i : 5; /* the last two repeat another */
        blobs[i] = vls_slice_of(&bytes[i], sizeof bytes[i]);
        vls_remote_name(names[i], blobs[i]);
    }
    check_ok(vls_remote_push(r, blobs, (const char(*)[VLS_REMOTE_NAME_LEN + 1]) names, N, "", tip, &s->err),
             &s->err);
    assert_int_equal(vls_remote_pull(r, "", seen_add, &s->seen, tip, NULL, &s->err),
                     VLS_ELIMIT); /* the test's own */
    s->seen.n = 0;
    check_ok(vls_remote_push(r, blobs, NULL, 2, tip, tip, &s->err),
             &s->err); /* once more, in a new courier */
    assert_int_equal(vls_remote_pull(r, "", seen_add, &s->seen, tip, NULL, &s->err), VLS_ELIMIT);
    vls_remote_counts(r, &counts);
    assert_int_equal(counts.blobs, SEEN_MAX);
    memset(names[1], '0', 8);
    assert_int_equal(
        vls_remote_push(r, blobs, (const char(*)[VLS_REMOTE_NAME_LEN + 1]) names, 2, tip, tip, &s->err),
        VLS_EFORMAT);
    vls_remote_close(r);
    free(blobs);
    free(names);
    free(bytes);
}

static void
nothing_to_push_changes_nothing(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1], next[VLS_REMOTE_TIP_LEN + 1];

    check_ok(push_text(s, r, "x", "", tip), &s->err);
    check_ok(vls_remote_push(r, NULL, NULL, 0, tip, next, &s->err), &s->err);
    assert_string_equal(next, tip);
    check_ok(pull_seen(s, r, tip, next), &s->err);
    assert_string_equal(next, tip);
    vls_remote_close(r);
}

static enum vls_code
aside_text(struct scratch *s, struct vls_remote *r, const char *text, const char *on, char *tip)
{
    struct vls_slice blob = vls_slice_str(text);

    return vls_remote_push_aside(r, &blob, 1, on, tip, &s->err);
}

static void
another_history_is_put_aside_and_shown_at_once(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE), *other;
    char tip[VLS_REMOTE_TIP_LEN + 1], anew[VLS_REMOTE_TIP_LEN + 1], seen[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten = false;

    check_ok(push_text(s, r, "one", "", tip), &s->err);
    check_ok(push_text(s, r, "two", tip, tip), &s->err);
    check_ok(aside_text(s, r, "one and", "", anew), &s->err);
    check_ok(pull_seen(s, r, "", seen), &s->err);
    assert_int_equal(s->seen.n, 2);
    assert_string_equal(seen, tip);
    check_ok(aside_text(s, r, "two", anew, anew), &s->err);
    other = client_open(s, 0);
    check_ok(vls_remote_move(r, tip, anew, &s->err), &s->err);
    assert_int_equal(pull_seen(s, other, tip, seen), VLS_ETRUST);
    s->seen.n = 0;
    check_ok(vls_remote_pull(other, tip, seen_add, &s->seen, seen, &rewritten, &s->err), &s->err);
    assert_true(rewritten);
    assert_string_equal(seen, anew);
    assert_int_equal(s->seen.n, 2);
    assert_true(seen_text(s, 0, "one and") && seen_text(s, 1, "two"));
    check_ok(push_text(s, other, "three", anew, seen), &s->err);
    assert_int_equal(run((const char *const[]){"git", "-c", "safe.directory=*", "--git-dir", s->hub, "fsck", "--strict",
                                               "--no-dangling", NULL}),
                     0);
    vls_remote_close(other);
    vls_remote_close(r);
}

static void
a_history_that_has_grown_is_not_replaced(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE), *other = client_open(s, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], anew[VLS_REMOTE_TIP_LEN + 1], now[VLS_REMOTE_TIP_LEN + 1],
        gone[] = "00112233445566778899aabbccddeeff0011223300000000";

    check_ok(push_text(s, r, "one", "", tip), &s->err);
    check_ok(aside_text(s, r, "anew", "", anew), &s->err);
    check_ok(push_text(s, other, "two", tip, now), &s->err);
    assert_int_equal(vls_remote_move(r, tip, anew, &s->err), VLS_ERACE);
    assert_int_equal(vls_remote_move(r, "", anew, &s->err), VLS_ERACE);
    assert_int_equal(vls_remote_move(r, now, gone, &s->err), VLS_ERACE); /* to what is not there */
    assert_int_equal(vls_remote_move(r, now, "", &s->err), VLS_EUSAGE);
    assert_int_equal(vls_remote_move(r, "x", anew, &s->err), VLS_EUSAGE);
    assert_int_equal(aside_text(s, r, "on nothing", gone, anew), VLS_ERACE);
    vls_remote_close(r);
    check_ok(vls_remote_open(&r, s->courier, s->hub, VLS_REMOTE_READONLY, &s->err), &s->err);
    assert_int_equal(aside_text(s, r, "three", "", anew), VLS_EREADONLY);
    assert_int_equal(vls_remote_move(r, now, tip, &s->err), VLS_EREADONLY);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_string_equal(tip, now);
    assert_int_equal(s->seen.n, 2);
    vls_remote_close(r);
    vls_remote_close(other);
}

/* Packs that no history names yet outlast the joining of small ones that others' pushes set off. */
static void
what_is_put_aside_outlasts_folding(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE), *other = client_open(s, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", anew[VLS_REMOTE_TIP_LEN + 1], text[16], cmd[400];
    unsigned n = 0;
    FILE *f;

    check_ok(push_text(s, r, "zero", "", tip), &s->err);
    check_ok(aside_text(s, r, "anew", "", anew), &s->err);
    for (int i = 0; i < 40; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        check_ok(push_text(s, other, text, tip, tip), &s->err);
    }
    (void)snprintf(cmd, sizeof cmd, "ls %s/objects/pack/*.pack | wc -l", s->hub);
    assert_non_null(f = popen(cmd, "r"));
    assert_int_equal(fscanf(f, "%u", &n), 1);
    (void)pclose(f);
    assert_in_range(n, 1, 20); /* they were joined */
    check_ok(aside_text(s, r, "and more", anew, anew), &s->err);
    check_ok(vls_remote_move(r, tip, anew, &s->err), &s->err);
    check_ok(pull_seen(s, other, "", tip), &s->err);
    assert_int_equal(s->seen.n, 2);
    vls_remote_close(other);
    vls_remote_close(r);
}

static void
tips_that_are_no_tips_are_refused(void **state)
{
    static const char *const bad[] = {"x",
                                      "0123",
                                      "HEAD",
                                      "refs/heads/valise",
                                      "../../x",
                                      "00112233445566778899aabbccddeeff0011223344",
                                      "zz112233445566778899aabbccddeeff00112233"};
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1];

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(pull_seen(s, r, bad[i], tip), VLS_EUSAGE);
        assert_int_equal(push_text(s, r, "x", bad[i], tip), VLS_EUSAGE);
    }
    check_ok(pull_seen(s, r, "", tip), &s->err);
    vls_remote_close(r);
}

struct told {
    uint64_t calls, done, total, bytes;
};

static bool
progress_told(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct told *t = ctx;

    t->calls++;
    t->done = done;
    t->total = total;
    t->bytes = bytes;
    return true;
}

static void
progress_counts_to_its_total(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_slice blobs[3] = {vls_slice_str("one"), vls_slice_str("two"), vls_slice_str("three")};
    char tip[VLS_REMOTE_TIP_LEN + 1];
    struct told t = {0};

    vls_remote_progress(r, progress_told, &t);
    check_ok(vls_remote_push(r, blobs, NULL, 3, "", tip, &s->err), &s->err);
    assert_true(t.calls >= 3 && t.done == 3 && t.total == 3 && t.bytes == 11);
    t = (struct told){0};
    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_true(t.calls >= 3 && t.done == 3 && t.total == 3 && t.bytes == 11);
    vls_remote_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_created_remote_is_empty, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_second_client_receives_what_the_first_sent, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(git_accepts_what_was_pushed, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(what_is_written_depends_on_the_blobs_alone, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(blobs_of_every_size_arrive_whole, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(blobs_of_one_push_come_in_its_order, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(many_blobs_go_in_several_steps, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(nothing_to_push_changes_nothing, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(another_history_is_put_aside_and_shown_at_once, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_history_that_has_grown_is_not_replaced, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(what_is_put_aside_outlasts_folding, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(tips_that_are_no_tips_are_refused, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(progress_counts_to_its_total, scratch_open, scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
