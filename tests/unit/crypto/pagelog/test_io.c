/*
 * The operating system behind the log: the lock between processes, names that change under it, calls that come back
 * early.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/check.h"

#include "valise/pagelog.h"

static char dir[32], path[64], path_new[64];

/* ---- calls to the system that come back early ---- */

static struct {
    bool on;
    int sys;     /* every other call fails with this, 0: none */
    size_t most; /* bytes that one call moves */
    unsigned long calls, early;
} rough;

static bool
falls_short(void)
{
    if (!rough.on)
        return false;
    rough.early += rough.sys != 0 && rough.calls % 2 == 0;
    errno = rough.sys;
    return rough.calls++ % 2 == 0 && rough.sys != 0;
}

static size_t
part_of(size_t n)
{
    if (!rough.on || n <= rough.most)
        return n;
    rough.early++;
    return rough.most;
}

VLS_API ssize_t pread(int fd, void *p, size_t n, off_t off);
VLS_API ssize_t pwrite(int fd, const void *p, size_t n, off_t off);
VLS_API int fallocate(int fd, int mode, off_t at, off_t n);
VLS_API int fdatasync(int fd);

ssize_t
pread(int fd, void *p, size_t n, off_t off)
{
    return falls_short() ? -1 : syscall(SYS_pread64, fd, p, part_of(n), off);
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
    return falls_short() ? -1 : syscall(SYS_pwrite64, fd, p, part_of(n), off);
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
    return falls_short() ? -1 : (int)syscall(SYS_fallocate, fd, mode, at, n);
}

int
fdatasync(int fd)
{
    return falls_short() ? -1 : (int)syscall(SYS_fdatasync, fd);
}

static void
rough_from(int sys, size_t most)
{
    memset(&rough, 0, sizeof rough);
    rough.sys = sys;
    rough.most = most;
    rough.on = true;
}

static int
setup(void **state)
{
    (void)state;
    (void)strcpy(dir, "/tmp/valise-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/store", dir);
    (void)snprintf(path_new, sizeof path_new, "%s/store.new", dir);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    (void)unlink(path_new);
    return rmdir(dir);
}

static void
pause_ms(long ms)
{
    struct timespec ts = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&ts, NULL);
}

static atomic_int *going; /* of the last holder: it is about to end */

/* A child that holds the file open with flags and tells through a pipe that it does. */
static pid_t
holder(unsigned flags, long ms)
{
    int ready[2];
    char c;
    pid_t child;

    if (going == NULL)
        going = mmap(NULL, sizeof *going, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(going != MAP_FAILED);
    *going = 0;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int file;

        if (vls_io_os()->open(NULL, &file, path, flags) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause_ms(ms);
        *going = 1;
        _exit(0);
    }
    (void)close(ready[1]);
    assert_int_equal(read(ready[0], &c, 1), 1);
    (void)close(ready[0]);
    return child;
}

static void
a_missing_file_is_made_only_when_asked(void **state)
{
    const struct vls_io *io = vls_io_os();
    struct stat st;
    int file;

    (void)state;
    assert_int_equal(io->open(NULL, &file, path, 0), ENOENT);
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_CREATE), 0);
    assert_int_equal(fstat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600); /* nobody else's business */
    io->close(NULL, file);
}

static void
reads_and_writes_are_whole(void **state)
{
    const struct vls_io *io = vls_io_os();
    char text[16] = {0};
    uint64_t size;
    size_t got;
    int file;

    (void)state;
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_CREATE), 0);
    assert_int_equal(io->pwrite(NULL, file, "0123456789", 10, 5), 0);
    assert_int_equal(io->fdatasync(NULL, file), 0);
    assert_int_equal(io->pread(NULL, file, text, 16, 8, &got), 0);
    assert_int_equal(got, 7);
    assert_memory_equal(text, "3456789", 7);
    assert_int_equal(io->pread(NULL, file, text, 16, 100, &got), 0);
    assert_int_equal(got, 0);
    assert_int_equal(io->fallocate(NULL, file, 15, 1000), 0);
    assert_int_equal(io->size(NULL, file, &size), 0);
    assert_int_equal(size, 1015);
    assert_int_equal(io->ftruncate(NULL, file, 3), 0);
    assert_int_equal(io->size(NULL, file, &size), 0);
    assert_int_equal(size, 3);
    assert_int_equal(io->dirsync(NULL, path), 0);
    assert_int_equal(io->dirsync(NULL, "/nowhere/at/all"), ENOENT);
    io->close(NULL, file);
}

static void
a_second_process_waits_and_then_has_it(void **state)
{
    const struct vls_io *io = vls_io_os();
    pid_t child;
    int file, status;

    (void)state;
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_CREATE), 0);
    io->close(NULL, file);
    child = holder(0, 200);
    assert_int_equal(io->open(NULL, &file, path, 0), 0);
    assert_int_equal(*going, 1); /* not before; whether the child can be waited for already is another matter */
    assert_int_equal(waitpid(child, &status, 0), child);
    io->close(NULL, file);
}

static void
the_lock_dies_with_its_process(void **state)
{
    const struct vls_io *io = vls_io_os();
    pid_t child;
    int file, status;

    (void)state;
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_CREATE), 0);
    io->close(NULL, file);
    child = holder(0, 60000);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(io->open(NULL, &file, path, 0), 0);
    io->close(NULL, file);
}

static void
readers_share_and_writers_do_not(void **state)
{
    const struct vls_io *io = vls_io_os();
    pid_t child;
    int file, status;

    (void)state;
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_CREATE), 0);
    io->close(NULL, file);
    child = holder(VLS_IO_READONLY, 60000);
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_READONLY), 0);
    io->close(NULL, file);
    assert_int_equal(io->open(NULL, &file, path, 0), EWOULDBLOCK); /* after two seconds */
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
}

/* Who waits for the lock of a file that is renamed over must get the new file, not the one without a name. */
static void
a_file_that_was_renamed_over_is_not_opened(void **state)
{
    const struct vls_io *io = vls_io_os();
    char text[4] = {0};
    pid_t child;
    int file, status, ready[2];
    size_t got;
    char c;

    (void)state;
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_CREATE), 0);
    io->close(NULL, file);
    assert_int_equal(pipe(ready), 0);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) { /* what compaction does */
        int old, fresh;

        if (io->open(NULL, &old, path, 0) != 0 || write(ready[1], "x", 1) != 1)
            _exit(1);
        pause_ms(100); /* meanwhile the parent has opened the old file and waits for its lock */
        if (io->open(NULL, &fresh, path_new, VLS_IO_CREATE) != 0 || io->pwrite(NULL, fresh, "new", 3, 0) != 0 ||
            io->rename(NULL, path_new, path) != 0)
            _exit(1);
        io->close(NULL, old);
        pause_ms(100);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &c, 1), 1);
    assert_int_equal(io->open(NULL, &file, path, 0), 0);
    assert_int_equal(io->pread(NULL, file, text, 3, 0, &got), 0);
    assert_string_equal(text, "new");
    io->close(NULL, file);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 0);
    (void)close(ready[0]);
    (void)close(ready[1]);
}

static void
what_comes_back_early_is_gone_on_with(void **state)
{
    static const size_t parts[] = {1, 511, 4096, 5000};
    const struct vls_io *io = vls_io_os();
    uint8_t out[12289], in[sizeof out];
    uint64_t size;
    size_t got;
    int file;

    (void)state;
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (uint8_t)(i * 7 + i / 256);
    assert_int_equal(io->open(io->ctx, &file, path, VLS_IO_CREATE), 0);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        rough_from(EINTR, parts[i]);
        memset(in, 0, sizeof in);
        assert_int_equal(io->fallocate(io->ctx, file, 0, sizeof out), 0);
        assert_int_equal(io->pwrite(io->ctx, file, out, sizeof out, 0), 0);
        assert_int_equal(io->pread(io->ctx, file, in, sizeof in, 0, &got), 0);
        rough.on = false;
        assert_true(rough.early > 4);
        assert_int_equal(got, sizeof in);
        assert_memory_equal(in, out, sizeof in);
        assert_int_equal(io->ftruncate(io->ctx, file, 0), 0);
    }
    /* a file system without fallocate: the size grows all the same, and only then */
    rough_from(EOPNOTSUPP, sizeof out);
    assert_int_equal(io->fallocate(io->ctx, file, 100, 900), 0);
    rough.on = false;
    assert_int_equal(io->size(io->ctx, file, &size), 0);
    assert_int_equal(size, 1000);
    rough_from(EOPNOTSUPP, sizeof out);
    assert_int_equal(io->fallocate(io->ctx, file, 0, 10), 0);
    rough.on = false;
    assert_int_equal(io->size(io->ctx, file, &size), 0);
    assert_int_equal(size, 1000);
    io->close(io->ctx, file);
}

/* A sync that failed once may have lost what it was for: it is not tried again (PL6), whatever the reason. */
static void
an_error_comes_back_as_it_is_and_no_sync_is_repeated(void **state)
{
    static const int errors[] = {EIO, ENOSPC, EDQUOT, EROFS};
    const struct vls_io *io = vls_io_os();
    uint8_t b[100] = {1};
    size_t got = 7;
    int file;

    (void)state;
    assert_int_equal(io->open(io->ctx, &file, path, VLS_IO_CREATE), 0);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        rough_from(errors[i], sizeof b);
        assert_int_equal(io->pread(io->ctx, file, b, sizeof b, 0, &got), errors[i]);
        assert_int_equal(got, 0);
        rough_from(errors[i], sizeof b);
        assert_int_equal(io->pwrite(io->ctx, file, b, sizeof b, 0), errors[i]);
        rough_from(errors[i], sizeof b);
        assert_int_equal(io->fallocate(io->ctx, file, 0, 4096), errors[i]);
        rough.on = false;
    }
    rough_from(EINTR, sizeof b);
    assert_int_equal(io->fdatasync(io->ctx, file), EINTR);
    assert_int_equal(rough.calls, 1);
    rough.on = false;
    io->close(io->ctx, file);
}

/* A write that moves nothing and names no error must not go on for ever. */
static void
a_write_of_nothing_is_a_full_disk(void **state)
{
    const struct vls_io *io = vls_io_os();
    uint8_t b[100] = {1};
    int file;

    (void)state;
    assert_int_equal(io->open(io->ctx, &file, path, VLS_IO_CREATE), 0);
    rough_from(0, 0);
    assert_int_equal(io->pwrite(io->ctx, file, b, sizeof b, 0), ENOSPC);
    rough.on = false;
    io->close(io->ctx, file);
}

static void
only_a_regular_file_is_opened(void **state)
{
    const struct vls_io *io = vls_io_os();
    int file;

    (void)state;
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_READONLY), ELOOP);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(io->open(NULL, &file, dir, VLS_IO_READONLY), EINVAL);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(io->open(NULL, &file, path, 0), EINVAL);
    assert_int_equal(io->open(NULL, &file, path, VLS_IO_READONLY), EINVAL); /* and does not wait for a writer */
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_missing_file_is_made_only_when_asked, setup, teardown),
        cmocka_unit_test_setup_teardown(reads_and_writes_are_whole, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_process_waits_and_then_has_it, setup, teardown),
        cmocka_unit_test_setup_teardown(the_lock_dies_with_its_process, setup, teardown),
        cmocka_unit_test_setup_teardown(readers_share_and_writers_do_not, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_that_was_renamed_over_is_not_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(only_a_regular_file_is_opened, setup, teardown),
        cmocka_unit_test_setup_teardown(what_comes_back_early_is_gone_on_with, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_comes_back_as_it_is_and_no_sync_is_repeated, setup, teardown),
        cmocka_unit_test_setup_teardown(a_write_of_nothing_is_a_full_disk, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
