/* Several writers, interrupted writers, and readers while packs are folded: what was acknowledged is on
 * the remote, and git finds nothing to complain about. */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/file.h>
#include <utime.h>

#include "tests/unit/sync/transport/hub.h"

#include "sync/transport/transport_int.h"

#define LOCK "refs/heads/valise.lock"

static void
created(struct scratch *s)
{
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);

    vls_remote_close(r);
}

static void
git_is_content(struct scratch *s)
{
    int rc = run((const char *const[]){"git", "-c", "safe.directory=*", "--git-dir", s->hub, "fsck",
                                       "--strict", "--full", NULL});

    assert_true(rc == 0 || rc == 127); /* 127: no git here */
}

/* No temporary file, no lock. */
#define STEM 45 /* of a pack's name */

static void
hub_is_tidy(const struct scratch *s)
{
    char path[256];
    struct dirent *e;
    DIR *d;

    hub_path(s, path, sizeof path, LOCK);
    assert_int_equal(access(path, F_OK), -1);
    hub_path(s, path, sizeof path, "objects/pack");
    assert_non_null(d = opendir(path));
    while ((e = readdir(d)) != NULL)
        assert_true(strncmp(e->d_name, "tmp_", 4) != 0);
    (void)closedir(d);
}

static void
a_push_on_an_old_tip_loses_and_leaves_nothing(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *a = client_open(s, VLS_REMOTE_CREATE), *b = client_open(s, 0);
    char one[VLS_REMOTE_TIP_LEN + 1], two[VLS_REMOTE_TIP_LEN + 1], path[256];
    unsigned before;

    check_ok(push_text(s, a, "a", "", one), &s->err);
    hub_path(s, path, sizeof path, "objects/pack");
    before = count_files(path, "");
    memcpy(two, "same", 5);
    assert_int_equal(push_text(s, b, "b", "", two), VLS_ERACE);
    assert_string_equal(two, "same");
    assert_int_equal(count_files(path, ""), before);
    check_ok(pull_seen(s, b, "", two), &s->err);
    check_ok(push_text(s, b, "b", two, two), &s->err); /* the same courier goes on */
    assert_int_equal(push_text(s, a, "c", one, one), VLS_ERACE);
    hub_is_tidy(s);
    vls_remote_close(a);
    vls_remote_close(b);
}

#define PUSHERS 4
#define EACH 12

static int
push_many(struct scratch *s, int who)
{
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[32];
    struct vls_remote *r;

    if (vls_remote_open(&r, s->courier, s->hub, 0, &s->err) != VLS_OK) {
        print_error("pusher %d opens: %s\n", who, s->err.text);
        return 1;
    }
    for (int i = 0; i < EACH; i++) {
        struct vls_slice blob;

        (void)snprintf(text, sizeof text, "%d says %d", who, i);
        blob = vls_slice_str(text);
        s->seen.n = 0;
        if (push_through(s, r, &blob, tip) != VLS_OK) {
            print_error("pusher %d: %s\n", who, s->err.text);
            return 2;
        }
    }
    vls_remote_close(r);
    return 0;
}

static void
all_racing_pushers_get_through(void **state)
{
    struct scratch *s = *state;
    pid_t pid[PUSHERS];
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    created(s);
    for (int i = 0; i < PUSHERS; i++)
        if ((pid[i] = fork()) == 0)
            _exit(push_many(s, i));
    for (int i = 0; i < PUSHERS; i++) {
        int status;

        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        assert_int_equal(status, 0);
    }
    r = client_open(s, 0);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    vls_remote_close(r);
    assert_int_equal(s->seen.n, PUSHERS * EACH);
    for (int i = 0; i < PUSHERS; i++)
        for (int k = 0; k < EACH; k++) {
            char text[32];
            bool found = false;

            (void)snprintf(text, sizeof text, "%d says %d", i, k);
            for (size_t at = 0; at < s->seen.n && !found; at++)
                found = seen_text(s, at, text);
            assert_true(found);
        }
    hub_is_tidy(s);
    git_is_content(s);
}

static void
a_rollback_is_noticed(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[5][VLS_REMOTE_TIP_LEN + 1] = {""}, text[16], path[256], line[48], got[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten;

    for (int i = 1; i < 5; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        check_ok(push_text(s, r, text, tip[i - 1], tip[i]), &s->err);
    }
    hub_path(s, path, sizeof path, "refs/heads/valise");
    for (int back = 1; back < 4; back++) {
        (void)snprintf(line, sizeof line, "%.40s\n", tip[back]);
        file_put(path, line, strlen(line));
        memcpy(got, "same", 5);
        assert_int_equal(pull_seen(s, r, tip[4], got), VLS_ETRUST);
        assert_string_equal(got, "same");
        assert_int_equal(s->seen.n, 0);
        rewritten = false;
        check_ok(vls_remote_pull(r, tip[4], seen_add, &s->seen, got, &rewritten, &s->err), &s->err);
        assert_true(rewritten);
        assert_int_equal(s->seen.n, back);
        assert_string_equal(got, tip[back]);
    }
    assert_int_equal(unlink(path), 0);
    assert_int_equal(pull_seen(s, r, tip[4], got), VLS_ETRUST);
    (void)snprintf(line, sizeof line, "%.40s\n", tip[4]);
    file_put(path, line, strlen(line));
    rewritten = true;
    check_ok(vls_remote_pull(r, tip[3], seen_add, &s->seen, got, &rewritten, &s->err), &s->err);
    assert_false(rewritten);
    vls_remote_close(r);
}

static void
lock_put(const struct scratch *s, time_t age)
{
    struct utimbuf then = {time(NULL) - age, time(NULL) - age};
    char path[256];

    hub_path(s, path, sizeof path, LOCK);
    file_put(path, "left over", 9);
    assert_int_equal(utime(path, &then), 0);
}

static void
a_stale_lock_is_taken_over(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[16];
    static const time_t ages[] = {301, 3600 * 24 * 400, -3600};

    for (size_t i = 0; i < sizeof ages / sizeof ages[0]; i++) {
        lock_put(s, ages[i]);
        (void)snprintf(text, sizeof text, "%zu", i);
        check_ok(push_text(s, r, text, tip, tip), &s->err);
        hub_is_tidy(s);
    }
    vls_remote_close(r);
    git_is_content(s);
}

static void
a_fresh_or_living_lock_is_respected(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", path[256];
    int fd;

    lock_put(s, 10);
    assert_int_equal(push_text(s, r, "x", "", tip), VLS_EBUSY);
    assert_non_null(strstr(s->err.text, "5 minutes"));
    lock_put(s, 3600); /* old, but somebody holds it */
    hub_path(s, path, sizeof path, LOCK);
    assert_true((fd = open(path, O_RDWR | O_CLOEXEC)) >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(push_text(s, r, "x", "", tip), VLS_ERACE);
    assert_int_equal(access(path, F_OK), 0); /* still its owner's */
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    check_ok(push_text(s, r, "x", "", tip), &s->err);
    hub_is_tidy(s);
    assert_int_equal(symlink("/etc/passwd", path), 0); /* a lock that is a link locks nobody in */
    assert_true(push_text(s, r, "y", tip, tip) != VLS_OK);
    assert_int_equal(unlink(path), 0);
    vls_remote_close(r);
}

static void
many_small_packs_are_folded(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *a = client_open(s, VLS_REMOTE_CREATE), *b = client_open(s, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", known[VLS_REMOTE_TIP_LEN + 1] = "", text[16], path[256];
    unsigned most = 0;
    size_t total = 0;

    hub_path(s, path, sizeof path, "objects/pack");
    for (unsigned i = 0; i < 120; i++) {
        unsigned packs;

        (void)snprintf(text, sizeof text, "%u", i);
        check_ok(push_text(s, a, text, tip, tip), &s->err);
        packs = count_files(path, ".pack");
        most = packs > most ? packs : most;
        assert_int_equal(packs, count_files(path, ".idx"));
        if (i % 7 == 6) { /* a reader that has packs open which are gone by the next time */
            check_ok(pull_seen(s, b, known, known), &s->err);
            total += s->seen.n;
        }
    }
    assert_in_range(most, 8, 14);
    check_ok(pull_seen(s, b, known, known), &s->err);
    assert_int_equal(total + s->seen.n, 120);
    check_ok(pull_seen(s, b, "", known), &s->err);
    assert_int_equal(s->seen.n, 120);
    for (unsigned i = 0; i < 120; i++) {
        (void)snprintf(text, sizeof text, "%u", i);
        assert_true(seen_text(s, i, text));
    }
    vls_remote_close(a);
    vls_remote_close(b);
    hub_is_tidy(s);
    git_is_content(s);
}

static void
packs_that_git_tends_are_not_folded(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[16], path[256], keep[600];
    struct dirent *e;
    DIR *d;

    check_ok(push_text(s, r, "kept", tip, tip), &s->err);
    hub_path(s, path, sizeof path, "objects/pack");
    assert_non_null(d = opendir(path));
    while ((e = readdir(d)) != NULL)
        if (strstr(e->d_name, ".pack") != NULL)
            (void)snprintf(keep, sizeof keep, "%s/%.45s.keep", path, e->d_name);
    (void)closedir(d);
    file_put(keep, "", 0);
    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof text, "%u", i);
        check_ok(push_text(s, r, text, tip, tip), &s->err);
    }
    memcpy(strrchr(keep, '.'), ".idx", 5);
    assert_int_equal(access(keep, F_OK), 0);
    assert_true(count_files(path, ".pack") < 20);
    hub_path(s, path, sizeof path, "objects/pack/multi-pack-index");
    file_put(path, "", 0);
    hub_path(s, path, sizeof path, "objects/pack");
    for (unsigned i = 0; i < 20; i++) {
        (void)snprintf(text, sizeof text, "again %u", i);
        check_ok(push_text(s, r, text, tip, tip), &s->err);
    }
    assert_true(count_files(path, ".pack") > 20);
    vls_remote_close(r);
}

/* Copies a file of the hub, all of it or its beginning. */
static void
cut_copy(const struct scratch *s, const char *from, const char *to, size_t most)
{
    char path[256], bytes[65536];
    size_t n;
    FILE *f;

    hub_path(s, path, sizeof path, from);
    assert_non_null(f = fopen(path, "rb"));
    n = fread(bytes, 1, sizeof bytes, f);
    (void)fclose(f);
    hub_path(s, path, sizeof path, to);
    file_put(path, bytes, n < most ? n : most);
}

/* Files that were being named when a stick was pulled, cut at any length: they lead to nothing that is needed. */
static void
what_a_repair_of_FAT_leaves_keeps_nothing_from_being_folded(void **state)
{
    static const size_t cuts[][2] = {{0, 65536}, {65536, 0}, {0, 0}, {512, 65536}, {1200, 65536}, {65536, 512}};
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[16], path[256], stem[STEM + 1] = "", from[2][80], to[80];
    struct dirent *e;
    DIR *d;

    check_ok(push_text(s, r, "first of all, and long enough to be cut in the middle of what it says", tip, tip), &s->err);
    hub_path(s, path, sizeof path, "objects/pack");
    assert_non_null(d = opendir(path));
    while ((e = readdir(d)) != NULL)
        if (strstr(e->d_name, ".pack") != NULL)
            (void)snprintf(stem, sizeof stem, "%.*s", STEM, e->d_name);
    (void)closedir(d);
    (void)snprintf(from[0], sizeof from[0], "objects/pack/%s.idx", stem);
    (void)snprintf(from[1], sizeof from[1], "objects/pack/%s.pack", stem);
    for (unsigned i = 0; i < 2 * sizeof cuts / sizeof cuts[0]; i++) {
        (void)snprintf(to, sizeof to, "objects/pack/pack-%040x.idx", i + 1);
        cut_copy(s, from[0], to, cuts[i / 2][0]);
        (void)snprintf(to, sizeof to, "objects/pack/pack-%040x.pack", i + 1);
        cut_copy(s, from[1], to, cuts[i / 2][1]);
    }
    for (unsigned i = 0; i < 40; i++) {
        (void)snprintf(text, sizeof text, "%u", i);
        check_ok(push_text(s, r, text, tip, tip), &s->err);
    }
    assert_in_range(count_files(path, ".pack"), 12, 12 + 14);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_int_equal(s->seen.n, 41);
    vls_remote_close(r);
}

/* Pushes text while a process that was waiting for it kills the courier some time later. */
static enum vls_code
push_killed(struct scratch *s, struct vls_remote *r, const char *text, char *tip, long after_us)
{
    int gate[2], status;
    enum vls_code rc;
    pid_t killer;

    assert_int_equal(pipe(gate), 0);
    if ((killer = fork()) == 0) {
        struct timespec t = {.tv_nsec = after_us * 1000};
        char go;

        (void)close(gate[1]);
        (void)!read(gate[0], &go, 1);
        (void)nanosleep(&t, NULL);
        (void)kill(r->pid, SIGKILL);
        _exit(0);
    }
    (void)close(gate[0]);
    (void)close(gate[1]); /* off it goes */
    rc = push_text(s, r, text, tip, tip);
    assert_int_equal(waitpid(killer, &status, 0), killer);
    return rc;
}

/* At a random moment of each of many pushes; what was acknowledged stays, in order. */
static void
a_crash_at_any_moment_leaves_old_or_new(void **state)
{
    struct scratch *s = *state;
    uint64_t seed = check_seed(20260311);
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[32], path[256];
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    size_t acknowledged = 1, crashed = 0;
    double start = now_s();
    uint64_t span_us;

    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    check_ok(push_text(s, r, "first", tip, tip), &s->err);
    span_us = (uint64_t)((now_s() - start) * 1e6) + 200;
    vls_remote_close(r);
    hub_path(s, path, sizeof path, LOCK);
    for (unsigned i = 0; i < 50; i++) {
        enum vls_code rc;

        r = client_open(s, 0);
        (void)snprintf(text, sizeof text, "blob %u", i);
        rc = push_killed(s, r, text, tip, (long)(check_random(&seed) % span_us));
        vls_remote_close(r);
        assert_true(rc == VLS_OK || rc == VLS_EIO);
        acknowledged += rc == VLS_OK;
        crashed += rc != VLS_OK;
        if (access(path, F_OK) == 0)
            lock_put(s, 3600); /* minutes later */
        r = client_open(s, 0);
        check_ok(pull_seen(s, r, tip, tip), &s->err); /* the old tip is still part of it */
        acknowledged += s->seen.n;                    /* done, but the word got lost */
        vls_remote_close(r);
    }
    assert_true(crashed > 0);
    r = client_open(s, 0);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    vls_remote_close(r);
    assert_int_equal(s->seen.n, acknowledged);
    git_is_content(s);
}

static void
left_over_files_are_cleared_after_a_day(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct utimbuf then = {time(NULL) - 90000, time(NULL) - 90000};
    struct utimbuf ahead = {time(NULL) + 2 * 86400, time(NULL) + 2 * 86400};
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", old[256], young[256], running[256];

    hub_path(s, old, sizeof old, "objects/pack/tmp_pack_0000000000000000");
    hub_path(s, young, sizeof young, "objects/pack/tmp_idx_0000000000000000");
    file_put(old, "x", 1);
    file_put(young, "x", 1);
    hub_path(s, running, sizeof running, "objects/pack/tmp_pack_1111111111111111");
    file_put(running, "x", 1);
    assert_int_equal(utime(running, &ahead), 0); /* by somebody's clock, when it is ours that is two days behind */
    assert_int_equal(utime(old, &then), 0);
    check_ok(push_text(s, r, "x", tip, tip), &s->err);
    assert_int_equal(access(running, F_OK), 0);
    assert_int_equal(access(old, F_OK), -1);
    assert_int_equal(access(young, F_OK), 0);
    vls_remote_close(r);
}

static void
two_who_rebuild_the_same_remote_lose_nothing(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *a = client_open(s, VLS_REMOTE_CREATE), *b = client_open(s, 0);
    char one[VLS_REMOTE_TIP_LEN + 1], two[VLS_REMOTE_TIP_LEN + 1] = "";

    check_ok(push_text(s, a, "same", "", one), &s->err);
    assert_int_equal(push_text(s, b, "same", "", two), VLS_ERACE);
    s->seen.n = 0;
    two[0] = '\0';
    check_ok(push_through(s, b, &(struct vls_slice){(const uint8_t *)"same", 4}, two), &s->err);
    assert_int_equal(s->seen.n, 1);
    check_ok(pull_seen(s, a, "", one), &s->err);
    assert_string_equal(one, two);
    assert_int_equal(s->seen.n, 2); /* once more, which does no harm */
    vls_remote_close(a);
    vls_remote_close(b);
    hub_is_tidy(s);
    git_is_content(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_push_on_an_old_tip_loses_and_leaves_nothing, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(all_racing_pushers_get_through, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_rollback_is_noticed, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_stale_lock_is_taken_over, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_fresh_or_living_lock_is_respected, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(many_small_packs_are_folded, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(packs_that_git_tends_are_not_folded, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(what_a_repair_of_FAT_leaves_keeps_nothing_from_being_folded, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_crash_at_any_moment_leaves_old_or_new, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(left_over_files_are_cleared_after_a_day, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(two_who_rebuild_the_same_remote_lose_nothing, scratch_open,
                                        scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
