/* Where a remote is: absent, empty, somebody else's, read-only, full. Each has its own code and one
 * plain sentence, and leaves the place as it was. */
#include "tests/support/check.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "tests/unit/sync/transport/hub.h"

static enum vls_code
try_open(struct scratch *s, const char *url, unsigned flags)
{
    struct vls_remote *r = NULL;
    enum vls_code rc = vls_remote_open(&r, s->courier, url, flags, &s->err);

    assert_int_equal(rc == VLS_OK, r != NULL);
    if (rc != VLS_OK) {
        assert_int_equal(s->err.code, rc);
        assert_non_null(strstr(s->err.text, url)); /* says which */
        assert_null(strstr(s->err.text, "git_"));
    }
    vls_remote_close(r);
    return rc;
}

static void
an_absent_folder_is_not_an_empty_one(void **state)
{
    struct scratch *s = *state;
    char deep[256];

    assert_int_equal(try_open(s, s->hub, 0), VLS_EUNREACHABLE);
    assert_non_null(strstr(s->err.text, "not there"));
    assert_int_equal(try_open(s, s->hub, VLS_REMOTE_READONLY), VLS_EUNREACHABLE);
    assert_int_equal(access(s->hub, F_OK), -1); /* nothing came into being */
    (void)snprintf(deep, sizeof deep, "%s/a/b", s->hub);
    assert_int_equal(try_open(s, deep, VLS_REMOTE_CREATE), VLS_EUNREACHABLE);
    assert_int_equal(access(s->hub, F_OK), -1);
    assert_int_equal(try_open(s, s->hub, VLS_REMOTE_CREATE), VLS_OK);
    assert_int_equal(try_open(s, s->hub, 0), VLS_OK);
}

static void
an_empty_folder_is_written_to_only_when_created(void **state)
{
    struct scratch *s = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1], path[256];
    struct vls_remote *r;

    assert_int_equal(mkdir(s->hub, 0755), 0);
    hub_path(s, path, sizeof path, ".Trash-1000");
    assert_int_equal(mkdir(path, 0755), 0);
    r = client_open(s, 0);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_string_equal(tip, "");
    assert_int_equal(push_text(s, r, "x", "", tip), VLS_EUNREACHABLE);
    vls_remote_close(r);
    hub_path(s, path, sizeof path, "HEAD");
    assert_int_equal(access(path, F_OK), -1);
    r = client_open(s, VLS_REMOTE_CREATE);
    check_ok(push_text(s, r, "x", "", tip), &s->err);
    vls_remote_close(r);
}

static void
creation_that_was_cut_short_goes_on(void **state)
{
    static const char *const made[] = {"objects", "refs", "refs/heads", "config"};
    struct scratch *s = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1], path[256];
    struct vls_remote *r;

    assert_int_equal(mkdir(s->hub, 0755), 0);
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        hub_path(s, path, sizeof path, made[i]);
        if (strcmp(made[i], "config") == 0)
            file_put(path, "[core", 5);
        else
            assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(try_open(s, s->hub, 0), VLS_OK); /* still counts as empty */
    }
    r = client_open(s, VLS_REMOTE_CREATE);
    check_ok(push_text(s, r, "x", "", tip), &s->err);
    vls_remote_close(r);
    assert_int_equal(try_open(s, s->hub, VLS_REMOTE_CREATE), VLS_OK); /* creating again changes nothing */
    r = client_open(s, 0);
    check_ok(pull_seen(s, r, "", tip), &s->err);
    assert_int_equal(s->seen.n, 1);
    vls_remote_close(r);
}

static void
other_things_are_left_alone(void **state)
{
    static const struct {
        const char *make; /* a folder when it ends in / */
        enum vls_code code;
    } cases[] = {{"letter.txt", VLS_EFORMAT},
                 {".git/", VLS_EFORMAT},
                 {".gitmodules", VLS_EFORMAT},
                 {"HEAD", VLS_EFORMAT},
                 {"objects.txt", VLS_EFORMAT}};
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char path[256];
        size_t n;

        assert_int_equal(mkdir(s->hub, 0755), 0);
        hub_path(s, path, sizeof path, cases[i].make);
        n = strlen(path);
        if (path[n - 1] == '/')
            assert_int_equal(mkdir(path, 0755), 0);
        else
            file_put(path, "x", 1);
        assert_int_equal(try_open(s, s->hub, 0), cases[i].code);
        assert_int_equal(try_open(s, s->hub, VLS_REMOTE_CREATE), cases[i].code);
        assert_int_equal(remove(path), 0);
        assert_int_equal(rmdir(s->hub), 0); /* nothing else is in it */
    }
    file_put(s->hub, "x", 1);
    assert_int_equal(try_open(s, s->hub, 0), VLS_EFORMAT);
    assert_int_equal(try_open(s, s->hub, VLS_REMOTE_CREATE), VLS_EFORMAT);
}

static void
another_git_repository_is_refused(void **state)
{
    struct scratch *s = *state;
    char path[256];
    static const char line[] = "# pack-refs\n0123456789012345678901234567890123456789 refs/heads/main\n";

    assert_int_equal(try_open(s, s->hub, VLS_REMOTE_CREATE), VLS_OK);
    hub_path(s, path, sizeof path, "packed-refs");
    file_put(path, line, sizeof line - 1);
    assert_int_equal(try_open(s, s->hub, 0), VLS_ETRUST);
    assert_int_equal(try_open(s, s->hub, VLS_REMOTE_CREATE), VLS_ETRUST);
    assert_int_equal(unlink(path), 0);
    hub_path(s, path, sizeof path, "refs/tags/v1");
    file_put(path, "x", 1);
    assert_int_equal(try_open(s, s->hub, 0), VLS_ETRUST);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(try_open(s, s->hub, 0), VLS_OK); /* unused: may become ours */
}

static void
addresses_that_nothing_reaches_are_refused_by_name(void **state)
{
    static const char *const urls[] = {"http://example.org/x.git", "git://example.org/x", "ext::sh -c id",
                                       "ftp://example.org/x", "rsync://example.org/x"};
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        assert_int_equal(try_open(s, urls[i], 0), VLS_EUSAGE);
        assert_int_equal(try_open(s, urls[i], VLS_REMOTE_CREATE), VLS_EUSAGE);
    }
}

/* A copy of the courier that another user can start, wherever the build lies. */
static void
courier_for_everybody(struct scratch *s)
{
    static char block[65536];
    char path[128];
    FILE *from = fopen(s->courier, "rb"), *to;
    size_t n;

    (void)snprintf(path, sizeof path, "%s/courier", s->dir);
    to = fopen(path, "wb");
    assert_non_null(from);
    assert_non_null(to);
    while ((n = fread(block, 1, sizeof block, from)) > 0)
        assert_int_equal(fwrite(block, 1, n, to), n);
    assert_int_equal(fclose(to), 0);
    assert_int_equal(fclose(from), 0);
    assert_int_equal(chmod(path, 0755), 0);
    (void)snprintf(s->courier, sizeof s->courier, "%s", path);
}

/* Runs body in a process of its own, which may give up rights; its assertions fail the test. */
static void
apart(struct scratch *s, int (*body)(struct scratch *))
{
    pid_t pid;
    int status;

    courier_for_everybody(s);
    if ((pid = fork()) == 0)
        _exit(body(s));
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("the part apart ended with %d", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

static int
reader_without_rights(struct scratch *s)
{
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 10;
    if (vls_remote_open(&r, s->courier, s->hub, 0, &s->err) != VLS_OK)
        return 11;
    if (pull_seen(s, r, "", tip) != VLS_OK || s->seen.n != 1)
        return 12;
    if (push_text(s, r, "more", tip, tip) != VLS_EREADONLY)
        return 13;
    if (pull_seen(s, r, "", tip) != VLS_OK || s->seen.n != 1) /* the courier serves on */
        return 14;
    vls_remote_close(r);
    return 0;
}

static int
set_mode(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    (void)type;
    return chmod(path, S_ISDIR(st->st_mode) ? 0555 : 0444);
}

static int
set_back(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)ftw;
    (void)type;
    return chmod(path, S_ISDIR(st->st_mode) ? 0755 : 0644);
}

static void
read_only_media_can_be_read(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1];

    check_ok(push_text(s, r, "there", "", tip), &s->err);
    vls_remote_close(r);
    assert_int_equal(nftw(s->hub, set_mode, 16, FTW_DEPTH | FTW_PHYS), 0);
    apart(s, reader_without_rights);
    assert_int_equal(nftw(s->hub, set_back, 16, FTW_PHYS), 0);
}

static int
creator_without_rights(struct scratch *s)
{
    struct vls_remote *r;

    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 10;
    return vls_remote_open(&r, s->courier, s->hub, VLS_REMOTE_CREATE, &s->err) == VLS_EREADONLY ? 0 : 12;
}

static void
creating_where_one_may_not_write_is_said(void **state)
{
    struct scratch *s = *state;

    assert_int_equal(chmod(s->dir, 0555), 0);
    apart(s, creator_without_rights);
    assert_int_equal(chmod(s->dir, 0755), 0);
    assert_int_equal(access(s->hub, F_OK), -1);
}

static void
a_remote_opened_for_reading_refuses_a_push(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1], other[VLS_REMOTE_TIP_LEN + 1];

    check_ok(push_text(s, r, "there", "", tip), &s->err);
    vls_remote_close(r);
    r = client_open(s, VLS_REMOTE_READONLY);
    assert_int_equal(push_text(s, r, "more", tip, other), VLS_EREADONLY);
    check_ok(pull_seen(s, r, "", other), &s->err);
    assert_string_equal(tip, other);
    assert_int_equal(s->seen.n, 1);
    vls_remote_close(r);
    assert_int_equal(
        vls_remote_open(&r, s->courier, s->hub, VLS_REMOTE_READONLY | VLS_REMOTE_CREATE, &s->err),
        VLS_EUSAGE);
    assert_null(r);
}

/* Pushes until the place is full; what was there before stays, and small pushes still work after. */
static int
fill_up(struct scratch *s)
{
    static uint8_t large[1 << 20];
    struct vls_slice blob = {large, sizeof large};
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", before[VLS_REMOTE_TIP_LEN + 1];
    struct vls_remote *r;
    enum vls_code rc = VLS_OK;
    size_t pushed = 0;

    if (vls_remote_open(&r, s->courier, s->hub, VLS_REMOTE_CREATE, &s->err) != VLS_OK)
        return 20;
    for (; rc == VLS_OK && pushed < 64; pushed++) {
        memcpy(before, tip, sizeof before);
        large[0] = (uint8_t)pushed;
        rc = vls_remote_push(r, &blob, NULL, 1, tip, tip, &s->err);
    }
    if (rc != VLS_EFULL)
        return 21;
    if (strcmp(before, tip) != 0 || pull_seen(s, r, "", tip) != VLS_OK || strcmp(before, tip) != 0 ||
        s->seen.n != pushed - 1)
        return 22;
    vls_remote_close(r);
    return 0;
}

static int
file_limit(struct scratch *s)
{
    struct rlimit limit = {512 * 1024, 512 * 1024};

    return setrlimit(RLIMIT_FSIZE, &limit) != 0 ? 30 : fill_up(s);
}

static void
a_file_limit_counts_as_full(void **state)
{
    struct scratch *s = *state;
    char path[512];

    apart(s, file_limit);
    hub_path(s, path, sizeof path, "objects/pack");
    assert_int_equal(count_files(path, ""), 0); /* no half file stays */
}

static int
small_disk(struct scratch *s)
{
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("none", s->dir, "tmpfs", 0, "size=5m") != 0)
        return 77;
    return fill_up(s);
}

static void
a_full_disk_is_said_and_loses_nothing(void **state)
{
    struct scratch *s = *state;
    pid_t pid = fork();
    int status;

    if (pid == 0)
        _exit(small_disk(s));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77)
        skip(); /* may not mount */
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int
set_owner(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return lchown(path, 12345, 12345);
}

static int
use_foreign(struct scratch *s)
{
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 40;
    if (vls_remote_open(&r, s->courier, s->hub, 0, &s->err) != VLS_OK || pull_seen(s, r, "", tip) != VLS_OK ||
        s->seen.n != 1 || push_text(s, r, "from another", tip, tip) != VLS_OK)
        return 41;
    vls_remote_close(r);
    return 0;
}

static void
a_stick_of_another_user_works(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    if (geteuid() != 0)
        skip();
    assert_int_equal(mkdir(s->hub, 0700), 0);
    assert_int_equal(chmod(s->hub, 0777), 0); /* shared on purpose; what is created follows */
    r = client_open(s, VLS_REMOTE_CREATE);
    check_ok(push_text(s, r, "mine", "", tip), &s->err);
    assert_int_equal(nftw(s->hub, set_owner, 16, FTW_PHYS), 0);
    apart(s, use_foreign);
    check_ok(pull_seen(s, r, tip, tip), &s->err);
    assert_int_equal(s->seen.n, 1);
    vls_remote_close(r);
}

static void
a_folder_that_vanishes_is_not_an_empty_one(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1], same[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten = false;

    check_ok(push_text(s, r, "there", "", tip), &s->err);
    assert_int_equal(nftw(s->hub, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS), 0);
    memcpy(same, tip, sizeof same);
    assert_int_equal(pull_seen(s, r, tip, same), VLS_EUNREACHABLE); /* gone under an open courier */
    assert_int_equal(push_text(s, r, "more", tip, same), VLS_EUNREACHABLE);
    assert_string_equal(same, tip);
    vls_remote_close(r);
    assert_int_equal(try_open(s, s->hub, 0), VLS_EUNREACHABLE);
    assert_int_equal(mkdir(s->hub, 0755), 0); /* the mount point of a stick that is not in */
    r = client_open(s, 0);
    assert_int_equal(pull_seen(s, r, tip, same), VLS_ETRUST);
    check_ok(vls_remote_pull(r, tip, seen_add, &s->seen, same, &rewritten, &s->err), &s->err);
    assert_true(rewritten);
    assert_string_equal(same, "");
    vls_remote_close(r);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_absent_folder_is_not_an_empty_one, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(an_empty_folder_is_written_to_only_when_created, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(creation_that_was_cut_short_goes_on, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(other_things_are_left_alone, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(another_git_repository_is_refused, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(addresses_that_nothing_reaches_are_refused_by_name, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(read_only_media_can_be_read, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(creating_where_one_may_not_write_is_said, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_remote_opened_for_reading_refuses_a_push, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_file_limit_counts_as_full, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_full_disk_is_said_and_loses_nothing, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_stick_of_another_user_works, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_folder_that_vanishes_is_not_an_empty_one, scratch_open,
                                        scratch_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
