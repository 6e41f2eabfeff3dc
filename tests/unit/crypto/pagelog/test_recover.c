/*
 * What recovery accepts, drops and refuses. Each test makes a small store, keeps its bytes, changes them in
 * one way and asks which of the known states comes back; anything else, and any wrong data, fails.
 */
#include "image.h"

static void
it_opens_unchanged(void **state)
{
    (void)state;
    for (int closed = 0; closed < 2; closed++) {
        struct image *im = image_new(7, closed, 4);

        assert_int_equal(judge(im, im->bytes, im->n), 7);
        assert_int_equal(judge_with(im, key, 0), 7); /* and again, after recovery wrote */
        image_free(im);
    }
}

static void
zero_block(struct image *im, uint32_t block)
{
    memset(im->bytes + (size_t)block * VLS_PAGELOG_BLOCK, 0, VLS_PAGELOG_BLOCK);
}

/* PL4, PL8. */
static void
either_superblock_alone_is_enough(void **state)
{
    (void)state;
    for (uint32_t slot = 0; slot < 2; slot++)
        for (int closed = 0; closed < 2; closed++)
            for (int commits = 1; commits < 9; commits++) { /* before, at and after a checkpoint and its mirror */
                struct image *im = image_new(commits, closed, 2);

                zero_block(im, slot);
                assert_int_equal(judge(im, im->bytes, im->n), commits);
                image_free(im);
            }
}

/* PL8. */
static void
both_superblocks_gone_is_refused(void **state)
{
    struct image *im = image_new(2, 1, 4);

    (void)state;
    zero_block(im, 0);
    zero_block(im, 1);
    assert_int_equal(judge(im, im->bytes, im->n), REFUSED(VLS_EAUTH));
    assert_int_equal(judge(im, im->bytes, 0), REFUSED(VLS_EAUTH)); /* an empty file is no store either */
    image_free(im);
}

/* PL10, PL14, PL15. */
static void
a_torn_last_commit_of_an_open_store_is_dropped_once_and_for_all(void **state)
{
    struct image *im = image_new(5, 0, 32);
    struct vls_pagelog *log = NULL;
    struct vls_pagelog_stat stat;
    struct vls_error err = {0};
    uint8_t *whole = malloc(im->n);

    (void)state;
    for (int what = 0; what < 2; what++) {
        uint32_t block = what == 0 ? im->last_header : im->last_page;

        memcpy(whole, im->bytes, im->n);
        memset(whole + (size_t)block * VLS_PAGELOG_BLOCK + 512, 0, 512); /* one sector did not make it */
        memio_load(&disk, "store", whole, im->n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        vls_pagelog_stat(log, &stat);
        assert_int_equal(stat.dropped, what == 0 ? 0 : 6); /* a header that does not open never was one */
        assert_false(stat.was_sealed);
        check_ok(model_compare(log, &im->state[4], &err), &err);
        vls__pl_free(log);
        /* the sector comes back, as it may after a bus error: the decision stands (PL15) */
        memcpy(memio_named(&disk, "store")->now + (size_t)im->last_page * VLS_PAGELOG_BLOCK,
               im->bytes + (size_t)im->last_page * VLS_PAGELOG_BLOCK, VLS_PAGELOG_BLOCK);
        assert_int_equal(judge_with(im, key, 0), 4);
    }
    free(whole);
    image_free(im);
}

/* PL5, PL12. */
static void
a_closed_store_never_loses_its_last_commit(void **state)
{
    struct image *im = image_new(5, 1, 32);

    (void)state;
    zero_block(im, im->seal); /* the SEAL goes, and then the last commit */
    assert_int_equal(judge(im, im->bytes, im->n), 5);
    zero_block(im, im->last_header);
    assert_int_equal(judge(im, im->bytes, im->n), REFUSED(VLS_EAUTH)); /* the superblock knows (PL11) */
    image_free(im);
}

static void
damage_before_the_last_commit_is_refused_even_in_an_open_store(void **state)
{
    struct image *im = calloc(1, sizeof *im);
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    uint32_t header[6];
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};

    (void)state;
    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    for (int i = 0; i < 6; i++) {
        header[i] = log->next;
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(vls_pagelog_put(log, 0, plain, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
    }
    vls__pl_free(log);
    image_keep(im);
    for (int i = 0; i < 5; i++) { /* a later header proves that these were durable (PL13) */
        uint8_t *byte = im->bytes + (size_t)header[i] * VLS_PAGELOG_BLOCK + 99;

        *byte ^= 4;
        memio_load(&disk, "store", im->bytes, im->n);
        assert_int_equal(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), VLS_EAUTH);
        assert_non_null(strstr(err.text, "block"));
        assert_int_equal(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY, &err), VLS_EAUTH);
        assert_memory_equal(memio_named(&disk, "store")->now, im->bytes, im->n); /* refused, not "repaired" */
        *byte ^= 4;
    }
    image_free(im);
}

/* Headers of the transaction in flight prove the one before: its damage is damage, not a torn tail (PL14). */
static void
a_header_in_flight_proves_the_commit_before(void **state)
{
    (void)state;
    for (int which = 0; which < 2; which++) { /* found by the scan, and by following the chain */
        struct image *im = calloc(1, sizeof *im);
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        uint8_t page[VLS_PAGELOG_BLOCK];
        struct pl_ref ref;
        uint32_t header[2];

        memio_clear(&disk);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
        for (int i = 0; i < 3; i++) {
            check_ok(vls_pagelog_begin(log, &err), &err);
            check_ok(model_put(log, &im->state[0], 0, 40 + (uint32_t)i, &err), &err);
            check_ok(vls_pagelog_commit(log, &err), &err);
        }
        check_ok(vls__pl_map_get(log, 0, &ref, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t i = 1; i < 250; i++)
            check_ok(model_put(log, &im->state[0], i, 3, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err); /* two headers */
        for (size_t i = 0; i < 2; i++)
            header[i] = log->chain.at[log->chain.n - 2 + i];
        vls__pl_free(log);
        image_keep(im);
        zero_block(im, header[which]);
        zero_block(im, ref.block);
        memio_load(&disk, "store", im->bytes, im->n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        assert_int_equal(log->txn, 3);
        assert_int_equal(log->dropped, 0);
        assert_int_equal(vls_pagelog_get(log, 0, page, &err), VLS_EAUTH);
        assert_non_null(strstr(err.text, "page 0"));
        vls__pl_free(log);
        if (which == 0) /* what was found of the transaction in flight has been destroyed */
            assert_int_equal(memio_named(&disk, "store")->now[(size_t)header[1] * VLS_PAGELOG_BLOCK + 99], 0);
        image_free(im);
    }
}

/* What a process left in the page cache only must be on the disk before anybody hears of it (PL15). */
static void
what_recovery_accepts_is_durable(void **state)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};
    uint64_t seed = check_seed(6);
    struct memio_file *f;

    (void)state;
    for (int round = 0; round < 20; round++) {
        memio_clear(&disk);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
        for (int i = 0; i < 2; i++) {
            check_ok(vls_pagelog_begin(log, &err), &err);
            check_ok(vls_pagelog_put(log, 0, plain, &err), &err);
            if (i == 1) { /* killed between its writes and its sync */
                disk.fail_writes_only = 1;
                disk.calls = 0;
                disk.fail_at = 2;
                disk.fail_errno = EIO;
                assert_int_equal(vls_pagelog_commit(log, NULL), VLS_EIO);
                disk.fail_at = 0;
            } else {
                check_ok(vls_pagelog_commit(log, &err), &err);
            }
        }
        vls__pl_free(log);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        assert_int_equal(log->txn, 2); /* seen */
        vls__pl_free(log);
        memio_power_cut(&disk, check_random, &seed);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        assert_int_equal(log->txn, 2); /* and still there */
        vls_pagelog_close(log);
        f = memio_named(&disk, "store");
        assert_true(f->n_now > 0);
    }
}

/* PL20. */
static void
newer_versions_are_left_alone(void **state)
{
    struct image *im = image_new(2, 1, 4);

    (void)state;
    for (size_t at = 8; at <= 10; at += 2) {
        im->bytes[at] = im->bytes[VLS_PAGELOG_BLOCK + at] = 2;
        assert_int_equal(judge(im, im->bytes, im->n), REFUSED(VLS_EVERSION));
        assert_memory_equal(memio_named(&disk, "store")->now, im->bytes, im->n);
        im->bytes[at] = 1; /* a superblock of our own version that opens: damage in the other */
        assert_int_equal(judge(im, im->bytes, im->n), 2);
        im->bytes[VLS_PAGELOG_BLOCK + at] = 1;
    }
    im->bytes[8] = im->bytes[VLS_PAGELOG_BLOCK + 8] = 0; /* an older one that never was */
    assert_int_equal(judge(im, im->bytes, im->n), REFUSED(VLS_EAUTH));
    image_free(im);
}

static void
reading_decides_the_same_and_writes_nothing(void **state)
{
    (void)state;
    for (int torn = 0; torn < 2; torn++) {
        struct image *im = image_new(5, 0, 32);

        if (torn)
            zero_block(im, im->last_page);
        memio_load(&disk, "store", im->bytes, im->n);
        assert_int_equal(judge_with(im, key, VLS_PAGELOG_READONLY), 5 - torn);
        assert_memory_equal(memio_named(&disk, "store")->now, im->bytes, im->n);
        assert_int_equal(judge_with(im, key, 0), 5 - torn);
        image_free(im);
    }
}

/* PL19. */
static void
an_error_of_the_device_is_not_damage(void **state)
{
    struct image *im = image_new(5, 0, 32);
    long n;

    (void)state;
    for (n = 1;; n++) {
        int got;

        memio_load(&disk, "store", im->bytes, im->n);
        disk.fail_at = n;
        disk.fail_errno = EIO;
        disk.fired = 0;
        got = judge_with(im, key, 0);
        disk.fail_at = 0;
        if (disk.fired == 0)
            break;
        if (got != REFUSED(VLS_EIO) && got != 5) /* marking it closed may fail unseen */
            fail_msg("call %ld: %d", n, got);
        assert_int_equal(judge_with(im, key, 0), 5);
    }
    assert_true(n > 15);
    image_free(im);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_unchanged),
        cmocka_unit_test(either_superblock_alone_is_enough),
        cmocka_unit_test(both_superblocks_gone_is_refused),
        cmocka_unit_test(a_torn_last_commit_of_an_open_store_is_dropped_once_and_for_all),
        cmocka_unit_test(a_closed_store_never_loses_its_last_commit),
        cmocka_unit_test(damage_before_the_last_commit_is_refused_even_in_an_open_store),
        cmocka_unit_test(a_header_in_flight_proves_the_commit_before),
        cmocka_unit_test(what_recovery_accepts_is_durable),
        cmocka_unit_test(newer_versions_are_left_alone),
        cmocka_unit_test(reading_decides_the_same_and_writes_nothing),
        cmocka_unit_test(an_error_of_the_device_is_not_damage),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
