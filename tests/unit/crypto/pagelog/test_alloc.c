/*
 * No memory: the n-th allocation of a whole life of a log fails, for every n. The answer is VLS_ENOMEM, nothing is
 * lost, and a log that did not say that it is dead goes on.
 */
#include "memio.h"
#include "model.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

static long armed, count; /* the allocation that fails, 0 for none; allocations since */

#if !SANITIZED
/* In place of the C library's own, which they call; a sanitizer has taken these names for itself. */
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void *malloc(size_t n);
void *calloc(size_t n, size_t each);
void *realloc(void *p, size_t n);

static bool
fails(void)
{
    return armed > 0 && ++count == armed;
}

void *
malloc(size_t n)
{
    return fails() ? NULL : __libc_malloc(n);
}

void *
calloc(size_t n, size_t each)
{
    return fails() ? NULL : __libc_calloc(n, each);
}

void *
realloc(void *p, size_t n)
{
    return fails() ? NULL : __libc_realloc(p, n);
}
#endif

static struct vls_secret *key;
static struct memio disk;
static struct model acked, flying;

static int
setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    key = model_key(1);
    memio_init(&disk);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    memio_clear(&disk);
    vls_secret_free(key);
    return 0;
}

/* The disk's own memory must not be what fails. */

static int
quiet_open(void *ctx, int *file, const char *path, unsigned flags)
{
    long was = armed;
    int sys;

    armed = 0;
    sys = memio_open(ctx, file, path, flags);
    armed = was;
    return sys;
}

static int
quiet_pwrite(void *ctx, int file, const void *p, size_t n, uint64_t off)
{
    long was = armed;
    int sys;

    armed = 0;
    sys = memio_pwrite(ctx, file, p, n, off);
    armed = was;
    return sys;
}

static int
quiet_ftruncate(void *ctx, int file, uint64_t size)
{
    long was = armed;
    int sys;

    armed = 0;
    sys = memio_ftruncate(ctx, file, size);
    armed = was;
    return sys;
}

static int
quiet_fallocate(void *ctx, int file, uint64_t off, uint64_t n)
{
    long was = armed;
    int sys;

    armed = 0;
    sys = memio_fallocate(ctx, file, off, n);
    armed = was;
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
    if (SANITIZED)
        skip(); /* the sanitizer owns malloc; the other variants run this */
    for (n = 1;; n++) {
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        enum vls_code rc;
        bool fired;

        memio_clear(&disk);
        disk.io.open = quiet_open;
        disk.io.pwrite = quiet_pwrite;
        disk.io.ftruncate = quiet_ftruncate;
        disk.io.fallocate = quiet_fallocate;
        memset(&acked, 0, sizeof acked);
        flying = acked;
        count = 0;
        armed = n;
        rc = life(&err);
        fired = count >= n;
        armed = 0;
        if (!fired) {
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

    return cmocka_run_group_tests(tests, setup, teardown);
}
