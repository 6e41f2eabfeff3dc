/*
 * Which walls stand around a courier, on this kernel and on such as lack one or both: this program takes their calls
 * away from itself by a filter and becomes the courier.
 */
#include "tests/support/check.h"

#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "tests/unit/sync/transport/hub.h"

#include "sync/transport/transport_int.h"

enum lacks { NO_LANDLOCK = 1, NO_FILTER = 2, NO_BOND = 4 };

/* ---- kernels that lack something ---- */

#define LOAD(field)      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(number)   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (number))
#define UNLESS(value, n) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (n))

static void
filter(struct sock_filter *code, size_t n)
{
    struct sock_fprog prog = {.len = (unsigned short)n, .filter = code};

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) != 0)
        _exit(8);
}

/* As a kernel that was built without it: the calls are unknown (ENOSYS), or say no (EINVAL). */
static int
become_courier(const char *path, unsigned lacks)
{
    struct sock_filter no_landlock[] = {LOAD(nr), UNLESS(SYS_landlock_create_ruleset, 1), ANSWER(ENOSYS),
                                        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
                       no_filter[] = {LOAD(nr),       UNLESS(SYS_prctl, 3),
                                      LOAD(args[0]),  UNLESS(PR_SET_SECCOMP, 1),
                                      ANSWER(EINVAL), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)},
                       no_bond[] = {LOAD(nr),       UNLESS(SYS_prctl, 3),
                                    LOAD(args[0]),  UNLESS(PR_SET_PDEATHSIG, 1),
                                    ANSWER(EINVAL), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};

    if ((lacks & NO_BOND) != 0)
        filter(no_bond, sizeof no_bond / sizeof *no_bond);
    if ((lacks & NO_LANDLOCK) != 0)
        filter(no_landlock, sizeof no_landlock / sizeof *no_landlock);
    if ((lacks & NO_FILTER) != 0)
        filter(no_filter, sizeof no_filter / sizeof *no_filter);
    (void)execl(path, "valise-courier", (char *)NULL);
    return 9;
}

/* Puts a program in the place of the courier that makes it run on such a kernel. */
static void
kernel_lacks(struct scratch *s, unsigned lacks, char out[300])
{
    char self[512], text[1500];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    assert_true(n > 0);
    self[n] = '\0';
    (void)snprintf(text, sizeof text, "#!/bin/sh\nexec '%s' courier '%s' %u\n", self, s->courier, lacks);
    (void)snprintf(out, 300, "%s/courier-%u", s->dir, lacks);
    file_put(out, text, strlen(text));
    assert_int_equal(chmod(out, 0755), 0);
}

/* What this kernel has, asked without a courier. */
static unsigned
landlock_here(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    return abi < 1 ? 0 : (unsigned)abi;
}

#if defined(__x86_64__) || defined(__aarch64__)
#define FILTER_HERE 1
#else
#define FILTER_HERE 0
#endif

/* No courier, and none of the folders that were made for one. */
static void
nothing_left(const struct scratch *s)
{
    DIR *d = opendir(s->dir);
    const struct dirent *e;

    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        assert_int_not_equal(strncmp(e->d_name, "valise-line-", 12), 0);
    (void)closedir(d);
}

static int
here(void **state)
{
    int rc = scratch_open(state);

    if (rc == 0)
        rc = setenv("TMPDIR", ((struct scratch *)*state)->dir, 1);
    return rc;
}

static int
away(void **state)
{
    (void)unsetenv("TMPDIR");
    return scratch_close(state);
}

/* ---- tests ---- */

static void
the_courier_says_what_this_kernel_has(void **state)
{
    struct scratch *s = *state;
    struct vls_walls w = {.landlock = 99};

    check_ok(vls_courier_walls(&w, s->courier, &s->err), &s->err);
    assert_int_equal(w.landlock, landlock_here());
    assert_int_equal(w.calls, FILTER_HERE);
    nothing_left(s);
}

static void
every_wall_that_is_missing_is_said(void **state)
{
    struct scratch *s = *state;
    unsigned n_landlock = 0, n_calls = 0;

    for (unsigned lacks = 1; lacks < 4; lacks++) {
        struct vls_walls w = {.landlock = 99, .calls = true};
        char courier[300];

        kernel_lacks(s, lacks, courier);
        check_ok(vls_courier_walls(&w, courier, &s->err), &s->err);
        assert_int_equal(w.landlock, (lacks & NO_LANDLOCK) != 0 ? 0 : landlock_here());
        assert_int_equal(w.calls, (lacks & NO_FILTER) != 0 ? 0 : FILTER_HERE);
        n_landlock += w.landlock == 0;
        n_calls += !w.calls;
        nothing_left(s);
    }
    assert_true(n_landlock >= 2 && n_calls >= 2);
}

/* A kernel that has neither serves remotes all the same. */
static void
without_walls_remotes_are_served(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = NULL;
    char courier[300], tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];

    kernel_lacks(s, NO_LANDLOCK | NO_FILTER, courier);
    check_ok(vls_remote_open(&r, courier, s->hub, VLS_REMOTE_CREATE, &s->err), &s->err);
    assert_int_equal(r->walls.landlock, 0);
    assert_false(r->walls.calls);
    check_ok(push_text(s, r, "sealed", "", tip), &s->err);
    check_ok(pull_seen(s, r, "", got), &s->err);
    assert_string_equal(got, tip);
    assert_true(seen_text(s, 0, "sealed"));
    vls_remote_close(r);
    nothing_left(s);
}

/* What every courier gives up is no wall that may be missing: without it, here the end with its parent, none runs. */
static void
without_its_limits_no_courier_runs(void **state)
{
    struct scratch *s = *state;
    struct vls_walls w = {.landlock = 99, .calls = true};
    char courier[300];

    kernel_lacks(s, NO_BOND, courier);
    assert_int_equal(vls_courier_walls(&w, courier, &s->err), VLS_EIO);
    assert_non_null(strstr(s->err.text, "status 3"));
    assert_true(w.landlock == 0 && !w.calls);
    nothing_left(s);
}

static void
a_courier_that_cannot_be_asked_is_a_failure(void **state)
{
    struct scratch *s = *state;
    static const char *const scripts[] = {"#!/bin/sh\nexit 0\n", "#!/bin/sh\necho no >&1\n", "#!/bin/sh\ncat\n"};
    struct vls_walls w = {.landlock = 99, .calls = true};
    char courier[300];

    assert_int_equal(vls_courier_walls(&w, "/nowhere/valise-courier", &s->err), VLS_ENOTFOUND);
    assert_true(w.landlock == 0 && !w.calls);
    (void)snprintf(courier, sizeof courier, "%s/courier", s->dir);
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        file_put(courier, scripts[i], strlen(scripts[i]));
        assert_int_equal(chmod(courier, 0755), 0);
        assert_int_equal(vls_courier_walls(&w, courier, &s->err), VLS_EIO);
        nothing_left(s);
    }
    assert_int_equal(setenv("TMPDIR", "/nowhere", 1), 0);
    assert_int_equal(vls_courier_walls(&w, s->courier, &s->err), VLS_EIO);
    assert_int_equal(setenv("TMPDIR", s->dir, 1), 0);
    nothing_left(s);
}

#define HERE(f) cmocka_unit_test_setup_teardown(f, here, away)

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        HERE(the_courier_says_what_this_kernel_has),
        HERE(every_wall_that_is_missing_is_said),
        HERE(without_walls_remotes_are_served),
        HERE(without_its_limits_no_courier_runs),
        HERE(a_courier_that_cannot_be_asked_is_a_failure),
    };

    if (argc == 4 && strcmp(argv[1], "courier") == 0)
        return become_courier(argv[2], (unsigned)atoi(argv[3]));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
