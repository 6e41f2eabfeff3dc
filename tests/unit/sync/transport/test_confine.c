/* What the filter on system calls refuses, tried in a process of its own: the courier is as good as taken over there. */
#include "tests/support/check.h"

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/courier/confine.c" /* the program it belongs to is not linked here */

static int
tries(const char *path)
{
    char name[] = "true";
    char *const argv[] = {name, NULL};
    char *const env[] = {NULL};
    siginfo_t none = {0};
    struct rlimit limit;
    int n = 0;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || !confine_calls())
        return 200;
    n += truncate(path, 0) == -1 && errno == EPERM; /* no right of Landlock before version 3 */
    n += socket(AF_INET, SOCK_STREAM, 0) == -1 && errno == EPERM;
    n += socket(AF_UNIX, SOCK_STREAM, 0) == -1 && errno == EPERM;
    n += execve("/bin/true", argv, env) == -1 && errno == EPERM;
    n += syscall(SYS_io_uring_setup, 1, NULL) == -1 && errno == EPERM;
    n += syscall(SYS_process_vm_readv, getppid(), NULL, 0, NULL, 0, 0) == -1 && errno == EPERM;
    n += kill(getppid(), 0) == -1 && errno == EPERM;
    n += syscall(SYS_rt_sigqueueinfo, getppid(), 0, &none) == -1 && errno == EPERM;
    n += prlimit(getppid(), RLIMIT_CPU, NULL, &limit) == -1 && errno == EPERM;
    n += getrlimit(RLIMIT_CPU, &limit) == 0; /* its own it may ask */
    return n;
}

static void
a_courier_that_was_taken_over_cannot(void **state)
{
#ifdef THIS_ARCH
    char path[] = "/tmp/valise-test-XXXXXX";
    struct stat st;
    int fd = mkstemp(path), status;
    pid_t pid;

    (void)state;
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a sealed store", 14), 14);
    if ((pid = fork()) == 0)
        _exit(tries(path));
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(fstat(fd, &st), 0);
    (void)unlink(path);
    (void)close(fd);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 10); /* every one of them was refused */
    assert_int_equal(st.st_size, 14);
#else
    (void)state;
    skip(); /* no filter for this machine */
#endif
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_courier_that_was_taken_over_cannot),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
