/* Whole files: caps, kinds of file, and what a failed write leaves. */
#include "tests/support/check.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "valise/file.h"

static struct vls_error err;
static char folder[64];

static int
setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/valise-file-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
    (void)state;
    return rmdir(folder); /* fails when something was left */
}

static const char *
at(const char *name)
{
    static char path[4][256];
    static unsigned i;

    i = (i + 1) % 4;
    snprintf(path[i], sizeof path[i], "%s/%s", folder, name);
    return path[i];
}

static size_t
entries(const char *path)
{
    DIR *d = opendir(path);
    size_t n = 0;

    assert_non_null(d);
    while (readdir(d) != NULL)
        n++;
    (void)closedir(d);
    return n - 2; /* itself and its parent */
}

static void
put(const char *name, const void *p, size_t n)
{
    check_ok(vls_file_write(at(name), vls_slice_of(p, n), 0600, 0, &err), &err);
}

static enum vls_code
get(const char *path, size_t max, unsigned flags, const char *expected)
{
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, max);
    vls_buf_put_u8(&b, '>');
    rc = vls_file_read(&b, path, flags, &err);
    assert_int_equal(b.bad, VLS_OK);
    assert_string_equal(vls_buf_str(&b), rc == VLS_OK ? expected : ">"); /* as before on failure */
    vls_buf_clear(&b);
    return rc;
}

static void
the_cap_is_exact(void **state)
{
    static uint8_t big[10000];
    struct vls_buf b;

    (void)state;
    put("f", "12345", 5);
    check_ok(get(at("f"), 6, 0, ">12345"), &err);
    assert_int_equal(get(at("f"), 5, 0, NULL), VLS_ELIMIT);
    assert_int_equal(get(at("f"), 1, 0, NULL), VLS_ELIMIT);
    put("f", "", 0);
    check_ok(get(at("f"), 1, 0, ">"), &err);

    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (uint8_t)(i * 31);
    for (size_t n = 4094; n < 4099; n++) { /* around the size of one read */
        put("f", big, n);
        vls_buf_init(&b, n);
        check_ok(vls_file_read(&b, at("f"), 0, &err), &err);
        assert_int_equal(b.n, n);
        assert_memory_equal(b.p, big, n);
        vls_buf_clear(&b);
        vls_buf_init(&b, n - 1);
        assert_int_equal(vls_file_read(&b, at("f"), 0, &err), VLS_ELIMIT);
        assert_int_equal(b.n, 0);
        vls_buf_clear(&b);
    }
    assert_int_equal(get("/proc/self/mem", 100, 0, NULL), VLS_EIO); /* opens, and cannot be read at 0 */
    assert_int_equal(unlink(at("f")), 0);
}

static void
only_regular_files_are_read(void **state)
{
    (void)state;
    assert_int_equal(get(at("none"), 100, 0, NULL), VLS_ENOTFOUND);
    assert_int_equal(get(at("none/below"), 100, 0, NULL), VLS_ENOTFOUND);
    assert_int_equal(get(folder, 100, 0, NULL), VLS_EFORMAT);
    assert_int_equal(get("/dev/zero", 100, 0, NULL), VLS_EFORMAT);
    assert_int_equal(mkfifo(at("pipe"), 0600), 0);
    assert_int_equal(get(at("pipe"), 100, 0, NULL), VLS_EFORMAT); /* and does not wait */
    assert_int_equal(unlink(at("pipe")), 0);

    put("f", "text", 4);
    assert_int_equal(symlink("f", at("link")), 0);
    check_ok(get(at("link"), 100, 0, ">text"), &err);
    assert_int_equal(get(at("link"), 100, VLS_FILE_NOFOLLOW, NULL), VLS_EFORMAT);
    check_ok(get(at("f"), 100, VLS_FILE_NOFOLLOW, ">text"), &err);
    assert_int_equal(get(at("f/below"), 100, 0, NULL), VLS_EIO);
    assert_non_null(strstr(err.text, "f/below"));
    assert_int_equal(unlink(at("link")), 0);
    assert_int_equal(unlink(at("f")), 0);
}

static void
a_write_replaces_contents_and_mode(void **state)
{
    struct stat before, after;
    mode_t old = umask(077);

    (void)state;
    put("f", "old", 3);
    assert_int_equal(stat(at("f"), &before), 0);
    assert_int_equal(before.st_mode & 07777, 0600);
    check_ok(vls_file_write(at("f"), vls_slice_str("newer"), 0644, 0, &err), &err);
    assert_int_equal(stat(at("f"), &after), 0);
    assert_int_equal(after.st_mode & 07777, 0644); /* the umask does not count */
    assert_int_not_equal(before.st_ino, after.st_ino);
    check_ok(get(at("f"), 100, 0, ">newer"), &err);
    assert_int_equal(entries(folder), 1);
    (void)umask(old);
    assert_int_equal(unlink(at("f")), 0);
}

static void
a_link_is_replaced_and_its_target_kept(void **state)
{
    (void)state;
    put("target", "kept", 4);
    assert_int_equal(symlink("target", at("link")), 0);
    put("link", "new", 3);
    check_ok(get(at("target"), 100, VLS_FILE_NOFOLLOW, ">kept"), &err);
    check_ok(get(at("link"), 100, VLS_FILE_NOFOLLOW, ">new"), &err);
    assert_int_equal(unlink(at("link")), 0);
    assert_int_equal(unlink(at("target")), 0);
}

static void
a_new_file_never_replaces_one(void **state)
{
    (void)state;
    check_ok(vls_file_write(at("f"), vls_slice_str("first"), 0600, VLS_FILE_NEW, &err), &err);
    assert_int_equal(vls_file_write(at("f"), vls_slice_str("second"), 0600, VLS_FILE_NEW, &err), VLS_EEXIST);
    check_ok(get(at("f"), 100, 0, ">first"), &err);
    assert_int_equal(entries(folder), 1);
    assert_int_equal(unlink(at("f")), 0);
    assert_int_equal(symlink("nowhere", at("f")), 0); /* a dangling link is something too */
    assert_int_equal(vls_file_write(at("f"), vls_slice_str("second"), 0600, VLS_FILE_NEW, &err), VLS_EEXIST);
    assert_int_equal(entries(folder), 1);
    assert_int_equal(unlink(at("f")), 0);
}

/* A full disk, as far as an ordinary process can have one: files may not grow beyond 100 bytes. */
static int
write_beyond_the_limit(void)
{
    const struct rlimit small = {100, 100};
    uint8_t bytes[101] = {0};

    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &small) != 0)
        return 1;
    if (vls_file_write(at("f"), vls_slice_of(bytes, sizeof bytes), 0600, 0, &err) != VLS_EFULL)
        return 2;
    return vls_file_write(at("g"), vls_slice_of(bytes, 100), 0600, 0, &err) == VLS_OK ? 0 : 3;
}

/* A folder that is root's: only looked at, or with no rights at all. */
static int
write_where_it_is_forbidden(void)
{
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
        return 1;
    if (vls_file_write("/valise-test", vls_slice_str("x"), 0600, 0, &err) != VLS_EREADONLY ||
        vls_file_folder("/valise-test", &err) != VLS_EREADONLY)
        return 2;
    return 0;
}

static void
in_child(int (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void
a_failed_write_leaves_everything_as_it_was(void **state)
{
    (void)state;
    put("f", "old", 3);
    in_child(write_beyond_the_limit);
    in_child(write_where_it_is_forbidden);
    assert_int_equal(unlink(at("g")), 0);
    assert_int_equal(vls_file_write(at("none/f"), vls_slice_str("x"), 0600, 0, &err), VLS_ENOTFOUND);
    assert_int_equal(mkdir(at("d"), 0700), 0);
    assert_int_not_equal(vls_file_write(at("d"), vls_slice_str("x"), 0600, 0, &err), VLS_OK); /* a folder is there */
    assert_int_equal(vls_file_write("/proc/valise", vls_slice_str("x"), 0600, 0, &err), VLS_ENOTFOUND);
    assert_int_equal(entries(folder), 2);
    check_ok(get(at("f"), 100, 0, ">old"), &err);
    assert_int_equal(rmdir(at("d")), 0);
    assert_int_equal(unlink(at("f")), 0);
}

static void
folders_are_made_private_with_all_above(void **state)
{
    struct stat st;
    mode_t old = umask(0);

    (void)state;
    check_ok(vls_file_folder(at("a//b/c/"), &err), &err);
    for (const char *const *p = (const char *const[]){"a", "a/b", "a/b/c", NULL}; *p != NULL; p++) {
        assert_int_equal(stat(at(*p), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0700);
    }
    assert_int_equal(chmod(at("a/b"), 0755), 0);
    check_ok(vls_file_folder(at("a/b"), &err), &err); /* is left as it is */
    assert_int_equal(stat(at("a/b"), &st), 0);
    assert_int_equal(st.st_mode & 07777, 0755);
    check_ok(vls_file_folder("/", &err), &err);
    (void)umask(old);

    put("a/f", "", 0);
    assert_int_equal(vls_file_folder(at("a/f"), &err), VLS_EFORMAT);
    assert_int_not_equal(vls_file_folder(at("a/f/g"), &err), VLS_OK);
    assert_int_not_equal(vls_file_folder("", &err), VLS_OK);
    assert_int_equal(symlink("nowhere", at("a/dangling")), 0);
    assert_int_not_equal(vls_file_folder(at("a/dangling"), &err), VLS_OK);
    for (const char *const *p = (const char *const[]){"a/dangling", "a/f", NULL}; *p != NULL; p++)
        assert_int_equal(unlink(at(*p)), 0);
    for (const char *const *p = (const char *const[]){"a/b/c", "a/b", "a", NULL}; *p != NULL; p++)
        assert_int_equal(rmdir(at(*p)), 0);
}

static void
the_parent_is_found_in_every_path(void **state)
{
    (void)state;
    check_ok(vls_file_sync_parent("name", &err), &err);
    check_ok(vls_file_sync_parent("/name", &err), &err);
    check_ok(vls_file_sync_parent(at("name"), &err), &err);
    assert_int_equal(vls_file_sync_parent(at("none/name"), &err), VLS_ENOTFOUND);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cap_is_exact),
        cmocka_unit_test(only_regular_files_are_read),
        cmocka_unit_test(a_write_replaces_contents_and_mode),
        cmocka_unit_test(a_link_is_replaced_and_its_target_kept),
        cmocka_unit_test(a_new_file_never_replaces_one),
        cmocka_unit_test(a_failed_write_leaves_everything_as_it_was),
        cmocka_unit_test(folders_are_made_private_with_all_above),
        cmocka_unit_test(the_parent_is_found_in_every_path),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
