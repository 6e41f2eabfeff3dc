/*
 * No memory: the n-th allocation of a whole life of a log fails, for every n. The answer is VLS_ENOMEM, nothing is
 * lost, and a log that did not say that it is dead goes on.
 */
#include "disk.h"
#include "tests/support/scarce.h"

static struct model acked, flying;

/* The disk's own memory must not be what fails. */

static int
quiet_open(void *ctx, int *file, const char *path, unsigned flags)
{
    int sys;

    scarce.quiet++;
    sys = memio_open(ctx, file, path, flags);
    scarce.quiet--;
    return sys;
}

static int
quiet_pwrite(void *ctx, int file, const void *p, size_t n, uint64_t off)
{
    int sys;

    scarce.quiet++;
    sys = memio_pwrite(ctx, file, p, n, off);
    scarce.quiet--;
    return sys;
}

static int
quiet_ftruncate(void *ctx, int file, uint64_t size)
{
    int sys;

    scarce.quiet++;
    sys = memio_ftruncate(ctx, file, size);
    scarce.quiet--;
    return sys;
}

static int
quiet_fallocate(void *ctx, int file, uint64_t off, uint64_t n)
{
    int sys;

    scarce.quiet++;
    sys = memio_fallocate(ctx, file, off, n);
    scarce.quiet--;
    return sys;
}

/* Commits, a rollback, a truncation over several leaves, a compaction and an opening that must recover. */
static enum vls_code
life(struct vls_error *err)
{
    struct vls_pagelog *log = NULL;
    uint64_t seed = 3;
    enum vls_code rc = vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, err);

    for (int i = 0; i < 12 && rc == VLS_OK; i++) {
        vls__pl_limits(log, 3, 4, 8);
        flying = acked;
        if ((rc = model_step(log, &flying, i == 3 ? 500 : 10, &seed, err)) != VLS_OK)
            break;
        if (i == 5)
            rc = model_truncate(log, &flying, 3, err);
        if (i == 7) {
            vls_pagelog_rollback(log);
            continue;
        }
        if (rc != VLS_OK || (rc = vls_pagelog_commit(log, err)) != VLS_OK)
            break;
        acked = flying;
        if (i == 8)
            rc = vls_pagelog_compact(log, NULL, err);
        if (i == 9) {
            vls__pl_free(log);
            log = NULL;
            rc = vls_pagelog_open(&log, &disk.io, "store", key, 0, err);
        }
    }
    vls_pagelog_close(log);
    return rc;
}

static void
any_failing_allocation_is_survived(void **state)
{
    long n;

    (void)state;
    for (n = 1;; n++) {
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        enum vls_code rc;
        unsigned long fired;
        long alive;

        memio_clear(&disk);
        disk.io.open = quiet_open;
        disk.io.pwrite = quiet_pwrite;
        disk.io.ftruncate = quiet_ftruncate;
        disk.io.fallocate = quiet_fallocate;
        memset(&acked, 0, sizeof acked);
        flying = acked;
        alive = scarce.alive;
        scarce_at((unsigned long)n, false);
        rc = life(&err);
        fired = scarce_end();
        if (scarce.alive != alive)
            fail_msg("allocation %ld: %ld blocks have leaked", n, scarce.alive - alive);
        if (fired == 0) {
            check_ok(rc, &err);
            break;
        }
        /* an allocation that only reads ahead, or only marks the end, may fail unseen */
        if (rc != VLS_OK && rc != VLS_ENOMEM)
            fail_msg("allocation %ld: %s: %s", n, vls_code_name(rc), err.text);
        if (vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err) != VLS_OK)
            fail_msg("after allocation %ld: %s", n, err.text);
        if (model_compare(log, &acked, &err) != VLS_OK)
            check_ok(model_compare(log, &flying, &err), &err);
        check_ok(vls_pagelog_verify(log, &err), &err);
        vls_pagelog_close(log);
    }
    print_message("%ld allocations\n", n - 1);
    assert_true(n > 40);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_failing_allocation_is_survived),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
