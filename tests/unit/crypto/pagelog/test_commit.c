/*
 * Commits that are interrupted: by a power cut after any call, by an error of any call, by SIGKILL. What
 * comes back is the last acknowledged state or the one in flight, never another, and it can be written again.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "disk.h"

static int64_t
now_ms(void)
{
    struct timespec ts;

    (void)clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* A run of transactions that something will interrupt. */
struct run {
    struct model acked, flying; /* the last state that was promised, and the one that may have been reached */
    uint64_t txn;               /* of acked */
    uint8_t head[VLS_HASH_LEN];
    const struct vls_secret *key;
    bool created;
};

/*
 * Opens, commits, compacts, changes nothing, closes and goes on until a call fails; what failed is the caller's
 * doing, so its code is only returned. Everything random comes from seed.
 */
static enum vls_code
run_until_failure(struct run *r, int steps, uint64_t seed, struct vls_error *err)
{
    struct vls_pagelog *log = NULL;
    enum vls_code rc = vls_pagelog_open(&log, &disk.io, "store", r->key, VLS_PAGELOG_CREATE, err);

    for (int i = 0; i < steps && rc == VLS_OK; i++) {
        r->created = true;
        vls__pl_limits(log, 1 + (uint32_t)(check_random(&seed) % 5), 4, 2 + (uint32_t)(check_random(&seed) % 12));
        r->flying = r->acked;
        switch (check_random(&seed) % 10) {
        case 0: rc = vls_pagelog_compact(log, NULL, err); continue;
        case 1:
            vls_pagelog_close(log);
            log = NULL;
            rc = vls_pagelog_open(&log, &disk.io, "store", r->key, 0, err);
            continue;
        default: break;
        }
        rc = model_step(log, &r->flying, check_random(&seed) % 10 == 0 ? 400 : 8, &seed, err);
        if (rc == VLS_OK && check_random(&seed) % 8 == 0) {
            vls_pagelog_rollback(log);
            continue;
        }
        if (rc != VLS_OK || (rc = vls_pagelog_commit(log, err)) != VLS_OK)
            break;
        r->acked = r->flying;
        vls_pagelog_head(log, &r->txn, r->head);
    }
    if (rc == VLS_OK)
        vls_pagelog_close(log);
    else
        vls__pl_free(log); /* the process is gone */
    return rc;
}

/* After the interruption: old or new (I5), whole, and good for another commit. */
static void
check_after(struct run *r, const char *what, uint64_t n)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    enum vls_code rc = vls_pagelog_open(&log, &disk.io, "store", r->key, 0, &err);
    uint8_t head[VLS_HASH_LEN];
    uint64_t txn, seed = n;

    if (rc == VLS_ENOSTORE && !r->created)
        return;
    if (rc != VLS_OK)
        fail_msg("%s %llu: %s", what, (unsigned long long)n, err.text);
    vls_pagelog_head(log, &txn, head);
    if (txn == r->txn)
        assert_memory_equal(head, r->head, VLS_HASH_LEN);
    else
        assert_int_equal(txn, r->txn + 1);
    if ((rc = model_compare(log, txn == r->txn ? &r->acked : &r->flying, &err)) != VLS_OK ||
        (rc = vls_pagelog_verify(log, &err)) != VLS_OK)
        fail_msg("%s %llu: %s", what, (unsigned long long)n, err.text);
    if (txn != r->txn)
        r->acked = r->flying;
    r->flying = r->acked;
    check_ok(model_step(log, &r->flying, 20, &seed, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    r->acked = r->flying;
    vls_pagelog_head(log, &r->txn, r->head);
    vls_pagelog_close(log);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", r->key, VLS_PAGELOG_READONLY, &err), &err);
    check_ok(model_compare(log, &r->acked, &err), &err);
    assert_null(memio_named(&disk, "store.new"));
    vls_pagelog_close(log);
}

/*
 * The power goes at some call, comes back, and the same store goes on to the next cut: 40 stores with 25 cuts each,
 * ten times as many with VLS_TEST_LONG.
 */
static void
a_power_cut_leaves_old_or_new(void **state)
{
    uint64_t seed = check_seed(1);
    int stores = getenv("VLS_TEST_LONG") != NULL ? 400 : 40, cuts = 0;
    int64_t end = now_ms() + (getenv("VLS_TEST_LONG") != NULL ? 600000 : 5000);
    static struct run r;

    (void)state;
    for (int s = 0; s < stores && now_ms() < end; s++) {
        uint64_t store_seed = check_random(&seed);

        memio_clear(&disk);
        memset(&r, 0, sizeof r);
        r.key = key;
        for (int c = 0; c < 25; c++) {
            uint64_t here = store_seed + (uint64_t)c, what = here;
            struct vls_error err = {0};

            disk.calls = disk.fired = 0;
            disk.fail_at = 1 + (long)(check_random(&what) % 250);
            disk.fail_errno = EIO;
            disk.fail_always = 1;
            disk.torn_write = (int)(check_random(&what) & 1);
            (void)run_until_failure(&r, 60, here, &err);
            cuts += disk.fired > 0;
            memio_power_cut(&disk, check_random, &what);
            check_after(&r, "store seed", here);
        }
    }
    print_message("%d power cuts\n", cuts);
    assert_true(cuts > 200);
}

/* Every call fails once, and then again with all calls after it. */
static void
faults(int sys, int always, int torn, enum vls_code want)
{
    long n = 1, step = getenv("VLS_TEST_LONG") != NULL ? 1 : 3;
    int seen = 0;
    static struct run r;

    for (;; n += step) {
        struct vls_error err = {0};
        enum vls_code rc;
        long fired;

        memio_clear(&disk);
        memset(&r, 0, sizeof r);
        r.key = key;
        disk.fail_at = n;
        disk.fail_errno = sys;
        disk.fail_always = always;
        disk.torn_write = torn;
        rc = run_until_failure(&r, 40, 11, &err);
        fired = disk.fired;
        disk.fail_at = 0;
        if (fired == 0) {
            check_ok(rc, &err);
            break;
        }
        /* a failed mark of closing, a refused trim or a step that was too large may pass unseen */
        if (rc != VLS_OK && rc != want && rc != VLS_EIO)
            fail_msg("call %ld: %s: %s", n, vls_code_name(rc), err.text);
        seen += rc == want;
        check_after(&r, "fault at call", (uint64_t)n);
    }
    assert_true(n > 150 && seen > 40);
}

static void
any_failing_call_leaves_old_or_new(void **state)
{
    (void)state;
    faults(EIO, 0, 0, VLS_EIO);
    faults(EIO, 1, 1, VLS_EIO);
}

static void
a_disk_that_fills_up_leaves_old_or_new(void **state)
{
    (void)state;
    faults(ENOSPC, 1, 1, VLS_EFULL);
}

/* PL6. */
static void
after_a_failed_write_or_sync_the_handle_is_dead(void **state)
{
    (void)state;
    for (long n = 1; n <= 2; n++) { /* the write and the sync of one commit */
        struct vls_pagelog *log = NULL;
        uint8_t plain[VLS_PAGELOG_PAGE] = {1}, page[VLS_PAGELOG_BLOCK], head[2][VLS_HASH_LEN];
        struct vls_error err = {0};
        uint64_t txn[2];
        long calls;

        memio_clear(&disk);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
        for (int i = 0; i < 2; i++) { /* twice, since the first commit also writes the mirror */
            check_ok(vls_pagelog_begin(log, &err), &err);
            check_ok(vls_pagelog_put(log, 0, plain, &err), &err);
            check_ok(vls_pagelog_commit(log, &err), &err);
        }
        vls_pagelog_head(log, &txn[0], head[0]);
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(vls_pagelog_put(log, 0, plain, &err), &err);
        disk.calls = 0;
        disk.fail_at = n;
        disk.fail_errno = EIO;
        assert_int_equal(vls_pagelog_commit(log, NULL), VLS_EIO);
        assert_true(vls_pagelog_dead(log));
        vls_pagelog_head(log, &txn[1], head[1]);
        assert_int_equal(txn[0], txn[1]); /* nothing is promised that may not be there */
        assert_memory_equal(head[0], head[1], VLS_HASH_LEN);
        calls = disk.calls;
        vls_pagelog_rollback(log);
        assert_int_equal(vls_pagelog_begin(log, NULL), VLS_EIO);
        assert_int_equal(vls_pagelog_get(log, 0, page, NULL), VLS_EIO);
        assert_int_equal(vls_pagelog_compact(log, NULL, NULL), VLS_EIO);
        vls_pagelog_close(log);
        assert_int_equal(disk.calls, calls); /* the disk is left alone (PL6) */
    }
}

/* A large transaction writes before it commits; a failure there leaves the handle dead as well. */
static void
a_failed_spill_leaves_the_handle_dead(void **state)
{
    struct vls_pagelog *log = NULL;
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};
    struct vls_error err = {0};
    enum vls_code rc = VLS_OK;

    (void)state;
    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    vls__pl_limits(log, 32, 4, 8);
    check_ok(vls_pagelog_begin(log, &err), &err);
    disk.fail_writes_only = 1;
    disk.calls = 0;
    disk.fail_at = 1;
    disk.fail_errno = EIO;
    for (uint32_t i = 0; i < 100 && rc == VLS_OK; i++)
        rc = vls_pagelog_put(log, i, plain, &err);
    assert_int_equal(rc, VLS_EIO);
    assert_true(vls_pagelog_dead(log));
    assert_int_equal(vls_pagelog_commit(log, NULL), VLS_EIO);
    vls_pagelog_rollback(log);
    assert_int_equal(vls_pagelog_begin(log, NULL), VLS_EIO);
    vls_pagelog_close(log);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    assert_int_equal(vls_pagelog_pages(log), 0);
    vls_pagelog_close(log);
}

/* PL3. */
static void
a_checkpoint_bounds_what_opening_reads(void **state)
{
    struct vls_pagelog *log = NULL;
    struct vls_pagelog_stat stat;
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};
    struct vls_error err = {0};
    uint32_t most = 0;
    int64_t resets = 0;

    (void)state;
    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    for (uint32_t i = 0; i < 300; i++) {
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(vls_pagelog_put(log, i % 50, plain, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        vls_pagelog_stat(log, &stat);
        most = stat.headers > most ? stat.headers : most;
        resets += stat.headers == 0;
    }
    assert_in_range(most, 10, 40);
    assert_in_range(resets, 5, 20);
    vls_pagelog_close(log);
}

/* The child commits and says so in shared memory; it is killed at a moment that differs each time. */
static void
child_commits(const char *path, volatile uint64_t *acked)
{
    struct vls_pagelog *log = NULL;
    uint8_t plain[VLS_PAGELOG_PAGE] = {0}, head[VLS_HASH_LEN];
    uint64_t txn;

    if (vls_pagelog_open(&log, vls_io_os(), path, key, VLS_PAGELOG_CREATE, NULL) != VLS_OK)
        _exit(3);
    vls__pl_limits(log, 4, 16, 8);
    vls_pagelog_head(log, &txn, head);
    for (;;) {
        txn++;
        if (vls_pagelog_begin(log, NULL) != VLS_OK)
            _exit(4);
        vls_store_le64(plain, txn);
        for (uint32_t i = 0; i < 1 + txn % 13; i++) /* page 0 always, the others now and then */
            if (vls_pagelog_put(log, i, plain, NULL) != VLS_OK)
                _exit(5);
        if (vls_pagelog_commit(log, NULL) != VLS_OK)
            _exit(6);
        *acked = txn;
        if (txn % 50 == 0 && vls_pagelog_compact(log, NULL, NULL) != VLS_OK)
            _exit(7);
    }
}

static void
a_killed_process_loses_nothing_acknowledged(void **state)
{
    char dir[] = "/tmp/valise-test-XXXXXX", path[64], left[80];
    volatile uint64_t *acked = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t seed = check_seed(4), first = 0;
    int64_t end = now_ms() + 4000;
    int kills = 0, most = getenv("VLS_TEST_LONG") != NULL ? 5000 : 200;

    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/store", dir);
    *acked = 0;
    for (; kills < most && (most > 200 || now_ms() < end); kills++) {
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        uint8_t page[VLS_PAGELOG_BLOCK], head[VLS_HASH_LEN];
        struct timespec pause = {0, (long)(500000 + check_random(&seed) % 9000000)};
        uint64_t txn;
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            child_commits(path, acked);
        if (kills == 0) /* the first one makes the store */
            while (*acked == 0)
                (void)nanosleep(&pause, NULL);
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSIGNALED(status))
            fail_msg("the child gave up with %d", WEXITSTATUS(status));
        check_ok(vls_pagelog_open(&log, vls_io_os(), path, key, 0, &err), &err);
        vls_pagelog_head(log, &txn, head);
        if (txn != *acked && txn != *acked + 1)
            fail_msg("kill %d: transaction %llu, acknowledged %llu", kills, (unsigned long long)txn,
                     (unsigned long long)*acked);
        for (uint32_t i = 0; i < vls_pagelog_pages(log); i++) {
            uint64_t want = txn;

            while (1 + want % 13 <= i)
                want--;
            check_ok(vls_pagelog_get(log, i, page, &err), &err);
            assert_int_equal(vls_load_le64(page), want);
        }
        check_ok(vls_pagelog_verify(log, &err), &err);
        *acked = txn;
        vls_pagelog_close(log);
        first = first == 0 ? txn : first;
    }
    print_message("%d kills, %llu transactions\n", kills, (unsigned long long)*acked);
    assert_true(kills >= 50 && *acked > first);
    (void)munmap((void *)(uintptr_t)acked, 4096);
    (void)snprintf(left, sizeof left, "%s.new", path);
    (void)unlink(left);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_cut_leaves_old_or_new),
        cmocka_unit_test(any_failing_call_leaves_old_or_new),
        cmocka_unit_test(a_disk_that_fills_up_leaves_old_or_new),
        cmocka_unit_test(after_a_failed_write_or_sync_the_handle_is_dead),
        cmocka_unit_test(a_failed_spill_leaves_the_handle_dead),
        cmocka_unit_test(a_checkpoint_bounds_what_opening_reads),
        cmocka_unit_test(a_killed_process_loses_nothing_acknowledged),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
