/*
 * SD-04: the same nonce under one key, ever. The registry of test builds sees a repeat wherever it happens, and a
 * fork, the classic way to one, makes none.
 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "crypto/prim/prim_int.h"

#define CHILDREN 24
#define SEALS    40

static struct vls_error err;
static struct vls_secret *key, *other_key;

static int
setup(void **state)
{
    (void)state;
    if (vls_secret_start(&err) != VLS_OK || vls_secret_random(&key, VLS_KEY_LEN, &err) != VLS_OK ||
        vls_secret_random(&other_key, VLS_KEY_LEN, &err) != VLS_OK)
        return -1;
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    vls_secret_free(key);
    vls_secret_free(other_key);
    return 0;
}

/* A source of randomness that gives every process the same bytes. */
static void
same_bytes(void *const out, const size_t n)
{
    memset(out, 0x5a, n);
}

static uint32_t
same_word(void)
{
    return 0x5a5a5a5a;
}

static const char *
same_name(void)
{
    return "the same";
}

static void
break_the_source(void)
{
    static struct randombytes_implementation broken = {
        .implementation_name = same_name, .random = same_word, .buf = same_bytes};

    assert_int_equal(randombytes_set_implementation(&broken), 0);
}

static void
seal_once(const struct vls_secret *k, bool detached)
{
    uint8_t out[4 + VLS_SEAL_EXTRA], nonce[VLS_NONCE_LEN], tag[VLS_TAG_LEN];

    if (detached)
        vls_seal_at(out, nonce, tag, k, "label", vls_slice_str("page 7"), "text", 4);
    else
        vls_seal(out, k, "label", vls_slice_str(""), "text", 4);
}

/* Seals n times in a child whose source is broken; yields its wait status and what it said. */
static int
child_seals(const struct vls_secret *k, int n, bool detached, char said[512])
{
    int ends[2], status;
    size_t len = 0;
    ssize_t got;
    pid_t pid;

    assert_int_equal(pipe(ends), 0);
    if ((pid = fork()) == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        (void)dup2(ends[1], STDERR_FILENO);
        break_the_source();
        for (int i = 0; i < n; i++)
            seal_once(k, detached);
        _exit(0);
    }
    (void)close(ends[1]);
    while (len < 511 && (got = read(ends[0], said + len, 511 - len)) > 0)
        len += (size_t)got;
    said[len] = '\0';
    (void)close(ends[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
a_nonce_repeated_under_one_key_ends_the_process_SD_04(void **state)
{
    uint64_t before = vls__nonces_seen();
    char said[512];

    (void)state;
    /* the first child uses the bytes, the second gets the same ones; twice, for either way of sealing */
    assert_int_equal(child_seals(key, 5, false, said), 0);
    assert_int_equal(vls__nonces_seen(), before + 5); /* one table for all of them */
    for (int detached = 0; detached < 2; detached++) {
        int status = child_seals(key, 5, detached, said);

        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        assert_non_null(strstr(said, "SD-04"));
        assert_int_equal(vls__nonces_seen(), before + 5); /* at its first seal */
    }
    /* the same nonces under another key are none of its business */
    assert_int_equal(child_seals(other_key, 5, false, said), 0);
    assert_int_equal(vls__nonces_seen(), before + 10);
}

static int
order(const void *a, const void *b)
{
    return memcmp(a, b, VLS_NONCE_LEN);
}

static void
no_fork_repeats_a_nonce_SD_04(void **state)
{
    static uint8_t nonce[(CHILDREN + 1) * SEALS][VLS_NONCE_LEN];
    uint64_t before = vls__nonces_seen();
    uint8_t out[4 + VLS_SEAL_EXTRA];
    pid_t child[CHILDREN];
    int ends[2], status;
    size_t n = 0;

    (void)state;
    assert_int_equal(pipe(ends), 0);
    seal_once(key, false); /* the pool is filled before the first fork */
    for (int c = 0; c < CHILDREN; c++) {
        if ((child[c] = fork()) != 0)
            continue;
        (void)signal(SIGABRT, SIG_DFL);
        for (int i = 0; i < SEALS; i++) {
            vls_seal(out, key, "label", vls_slice_str(""), "text", 4);
            if (write(ends[1], out, VLS_NONCE_LEN) != VLS_NONCE_LEN) /* the pipe holds them all */
                _exit(1);
        }
        _exit(0);
    }
    for (; n < SEALS; n++) { /* while they run */
        vls_seal(out, key, "label", vls_slice_str(""), "text", 4);
        memcpy(nonce[n], out, VLS_NONCE_LEN);
    }
    for (int c = 0; c < CHILDREN; c++) {
        assert_int_equal(waitpid(child[c], &status, 0), child[c]);
        assert_int_equal(status, 0);
    }
    for (; n < sizeof nonce / sizeof nonce[0]; n++)
        assert_int_equal(read(ends[0], nonce[n], VLS_NONCE_LEN), VLS_NONCE_LEN);
    (void)close(ends[0]);
    (void)close(ends[1]);
    assert_int_equal(vls__nonces_seen(), before + 1 + n); /* the registry met every one of them, and let them pass */
    qsort(nonce, n, VLS_NONCE_LEN, order);
    for (size_t i = 1; i < n; i++)
        assert_memory_not_equal(nonce[i], nonce[i - 1], VLS_NONCE_LEN);
}

/* P3: the nonce of a wrap is constant, so its key must be new each time. */
static void
no_wrap_key_is_used_twice_SD_04(void **state)
{
    uint8_t pk[VLS_BOX_PK_LEN], wrapped[4 + VLS_WRAP_EXTRA];
    uint64_t before = vls__nonces_seen();
    struct vls_secret *sk;

    (void)state;
    check_ok(vls_box_keypair(pk, &sk, &err), &err);
    for (int i = 0; i < SEALS; i++)
        check_ok(vls_wrap(wrapped, pk, NULL, "label", vls_slice_str(""), "text", 4, &err), &err);
    assert_int_equal(vls__nonces_seen(), before + SEALS);
    vls_secret_free(sk);
}

/* More than the table holds: it forgets, but never takes two nonces for one. */
static void
a_full_table_goes_on_SD_04(void **state)
{
    uint8_t nonce[VLS_NONCE_LEN] = {1};
    uint64_t before = vls__nonces_seen();
    uint32_t n = 5u << 19; /* a quarter more than there are places */
    int status;
    pid_t pid = fork();

    (void)state;
    if (pid == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        for (uint32_t i = 0; i < n; i++) {
            vls_store_le32(nonce + 8, i);
            vls__nonce_used(other_key, nonce);
        }
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(vls__nonces_seen(), before + n);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_nonce_repeated_under_one_key_ends_the_process_SD_04),
        cmocka_unit_test(no_fork_repeats_a_nonce_SD_04),
        cmocka_unit_test(no_wrap_key_is_used_twice_SD_04),
        cmocka_unit_test(a_full_table_goes_on_SD_04),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
