/* Guarded memory: what it holds, that it is guarded, and that random bytes do not repeat in a child. */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "valise/secret.h"

static struct vls_error err;

static int
setup(void **state)
{
    (void)state;
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

static void
starting_closes_the_process_to_dumps(void **state)
{
    struct rlimit core;

    (void)state;
    assert_int_equal(prctl(PR_GET_DUMPABLE), 0);
    assert_int_equal(getrlimit(RLIMIT_CORE, &core), 0);
    assert_int_equal(core.rlim_cur, 0);
    assert_int_equal(core.rlim_max, 0);
    check_ok(vls_secret_start(&err), &err); /* a second start does no harm */
}

/* Runs fn in a child with core files and sanitizer reports out of the way; yields its wait status. */
static int
in_child(void (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0) {
        (void)signal(SIGSEGV, SIG_DFL);
        (void)signal(SIGABRT, SIG_DFL);
        fn();
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

static void
start_without_lockable_memory(void)
{
    const struct rlimit none = {0, 0};

    if (setrlimit(RLIMIT_MEMLOCK, &none) != 0 || (geteuid() == 0 && setuid(65534) != 0))
        _exit(2);
    _exit(vls_secret_start(&err) == VLS_ENOMEM && strstr(err.text, "ulimit -l") != NULL ? 7 : 1);
}

static void
memory_that_cannot_be_locked_is_refused_at_start(void **state)
{
    int status = in_child(start_without_lockable_memory);

    (void)state;
    assert_true(WIFEXITED(status));
#ifdef SANITIZED
    assert_int_equal(WEXITSTATUS(status), 1); /* the sanitizer answers mlock by itself, with success */
#else
    assert_int_equal(WEXITSTATUS(status), 7);
#endif
}

static void
a_new_secret_is_zeros_of_its_length(void **state)
{
    (void)state;
    for (size_t len = 0; len <= 100; len++) {
        struct vls_secret *s;

        check_ok(vls_secret_new(&s, len, &err), &err);
        assert_int_equal(s->len, len);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(s->bytes[i], 0);
        memset(s->bytes, 0xff, len);
        vls_secret_free(s);
    }
    vls_secret_free(NULL);
}

static void
a_copy_is_apart_from_its_source(void **state)
{
    uint8_t source[3] = {1, 2, 3};
    struct vls_secret *s;

    (void)state;
    check_ok(vls_secret_copy(&s, source, sizeof source, &err), &err);
    source[0] = 9;
    assert_memory_equal(s->bytes, ((uint8_t[]){1, 2, 3}), 3);
    vls_secret_free(s);
    check_ok(vls_secret_copy(&s, NULL, 0, &err), &err);
    assert_int_equal(s->len, 0);
    vls_secret_free(s);
}

static void
random_secrets_differ(void **state)
{
    struct vls_secret *s[16];

    (void)state;
    for (size_t i = 0; i < 16; i++) {
        check_ok(vls_secret_random(&s[i], 32, &err), &err);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(s[i]->bytes, s[k]->bytes, 32);
    }
    for (size_t i = 0; i < 16; i++)
        vls_secret_free(s[i]);
}

static void
too_much_is_refused(void **state)
{
    struct vls_secret *s = (struct vls_secret *)(void *)&err;

    (void)state;
    assert_int_equal(vls_secret_new(&s, SIZE_MAX / 4, &err), VLS_ENOMEM);
    assert_null(s);
    assert_int_equal(vls_secret_new(&s, SIZE_MAX - 8, &err), VLS_ENOMEM);
    assert_null(s);
    assert_int_equal(vls_secret_new(&s, SIZE_MAX, &err), VLS_ENOMEM);
    assert_null(s);
}

static void
write_behind_the_end(void)
{
    struct vls_secret *s;
    volatile uint8_t *p;

    if (vls_secret_new(&s, 32, &err) != VLS_OK)
        _exit(2);
    p = s->bytes;
    p[32] = 1; /* the guard page begins here */
    _exit(0);
}

static void
read_after_free(void)
{
    struct vls_secret *s;
    volatile uint8_t *p;

    if (vls_secret_new(&s, 32, &err) != VLS_OK)
        _exit(2);
    p = s->bytes;
    vls_secret_free(s);
    _exit(p[0]);
}

static void
a_step_outside_ends_the_process(void **state)
{
    (void)state;
    assert_true(WIFSIGNALED(in_child(write_behind_the_end)));
    assert_true(WIFSIGNALED(in_child(read_after_free)));
}

/* ---- vls_random ---- */

static void
random_bytes_cover_every_length(void **state)
{
    static uint8_t big[20000];

    (void)state;
    for (size_t n = 0; n < 80; n++) {
        uint8_t b[82];

        memset(b, 0xaa, sizeof b);
        vls_random(b + 1, n);
        assert_int_equal(b[0], 0xaa);
        assert_int_equal(b[n + 1], 0xaa);
    }
    vls_random(big, sizeof big); /* several fillings of the pool */
    for (size_t i = 0; i + 64 <= sizeof big; i += 32)
        assert_memory_not_equal(big + i, big + i + 32, 32);
}

/* Every byte value appears about equally often, and no 16 bytes twice. Bounds at more than 8 sigma. */
static void
random_bytes_are_spread(void **state)
{
    static uint8_t b[1 << 16];
    unsigned count[256] = {0};

    (void)state;
    vls_random(b, sizeof b);
    for (size_t i = 0; i < sizeof b; i++)
        count[b[i]]++;
    for (size_t i = 0; i < 256; i++)
        assert_in_range(count[i], 256 - 128, 256 + 128);
}

static void
a_child_does_not_repeat_its_parents_bytes(void **state)
{
    uint8_t mine[32], theirs[32];
    int ends[2], status;
    pid_t pid;

    (void)state;
    vls_random(mine, sizeof mine); /* the pool is filled before the fork */
    assert_int_equal(pipe(ends), 0);
    if ((pid = fork()) == 0) {
        vls_random(theirs, sizeof theirs);
        _exit(write(ends[1], theirs, sizeof theirs) == sizeof theirs ? 0 : 1);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], theirs, sizeof theirs), sizeof theirs);
    vls_random(mine, sizeof mine);
    assert_memory_not_equal(mine, theirs, sizeof mine);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starting_closes_the_process_to_dumps),
        cmocka_unit_test(memory_that_cannot_be_locked_is_refused_at_start),
        cmocka_unit_test(a_new_secret_is_zeros_of_its_length),
        cmocka_unit_test(a_copy_is_apart_from_its_source),
        cmocka_unit_test(random_secrets_differ),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(a_step_outside_ends_the_process),
        cmocka_unit_test(random_bytes_cover_every_length),
        cmocka_unit_test(random_bytes_are_spread),
        cmocka_unit_test(a_child_does_not_repeat_its_parents_bytes),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
