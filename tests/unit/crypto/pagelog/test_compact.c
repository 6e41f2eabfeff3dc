/* Compaction and creation: what stays, what goes, what a new key means, and what an interruption leaves. */
#include "disk.h"

static struct model m;

/* A store with many free blocks: 800 pages written, 700 of them dropped again. */
static struct vls_pagelog *
wasteful_store(void)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    memio_clear(&disk);
    memset(&m, 0, sizeof m);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 800; i++)
        check_ok(model_put(log, &m, i, 100 + i, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    for (int round = 0; round < 3; round++) {
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t i = 0; i < 800; i += 1 + (uint32_t)round)
            check_ok(model_put(log, &m, i, 9000 + i, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
    }
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(model_truncate(log, &m, 100, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    return log;
}

static void
it_keeps_everything_and_gives_room_back(void **state)
{
    struct vls_pagelog *log = wasteful_store();
    uint8_t head[2][VLS_HASH_LEN];
    uint64_t txn[2], seed = check_seed(2);
    struct vls_error err = {0};

    (void)state;
    assert_true(vls_pagelog_wants_compaction(log));
    assert_true(memio_named(&disk, "store")->n_now > 800 * VLS_PAGELOG_BLOCK);
    vls_pagelog_head(log, &txn[0], head[0]);
    check_ok(vls_pagelog_compact(log, NULL, &err), &err);
    assert_false(vls_pagelog_wants_compaction(log));
    assert_int_equal(memio_named(&disk, "store")->n_now, 1 << 20);
    assert_null(memio_named(&disk, "store.new"));
    vls_pagelog_head(log, &txn[1], head[1]);
    assert_int_equal(txn[0], txn[1]);
    assert_memory_equal(head[0], head[1], VLS_HASH_LEN);
    check_ok(model_compare(log, &m, &err), &err);
    check_ok(vls_pagelog_verify(log, &err), &err);
    check_ok(model_step(log, &m, 30, &seed, &err), &err); /* and goes on */
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

static void
closing_gives_back_the_unused_end_of_the_file(void **state)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    (void)state;
    memio_clear(&disk);
    memset(&m, 0, sizeof m);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(model_put(log, &m, 0, 1, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 800; i++)
        check_ok(model_put(log, &m, i, 5, &err), &err);
    vls_pagelog_rollback(log);
    m.n = 1;
    m.value[0] = 1;
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(model_put(log, &m, 0, 2, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    assert_true(memio_named(&disk, "store")->n_now > 3u << 20);
    vls_pagelog_close(log);
    assert_true(memio_named(&disk, "store")->n_now < 800 * VLS_PAGELOG_BLOCK);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

static void
a_new_key_leaves_nothing_for_the_old_one(void **state)
{
    struct vls_pagelog *log = wasteful_store();
    uint8_t head[2][VLS_HASH_LEN], plain[VLS_PAGELOG_PAGE];
    struct memio_file *f;
    struct pl_keys old;
    uint64_t txn[2];
    struct vls_error err = {0};
    size_t opened = 0;

    (void)state;
    vls_pagelog_head(log, &txn[0], head[0]);
    check_ok(vls__pl_keys_copy(&old, &log->keys, &err), &err);
    check_ok(vls_pagelog_compact(log, other_key, &err), &err);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
    f = memio_named(&disk, "store");
    for (size_t block = 0; block < f->n_now / VLS_PAGELOG_BLOCK; block++)
        for (uint32_t page = 0; page < 100; page++)
            opened += vls__pl_unseal(plain, &old, PL_PAGE, page, f->now + block * VLS_PAGELOG_BLOCK);
    assert_int_equal(opened, 0);
    vls__pl_keys_clear(&old);
    assert_int_equal(vls_pagelog_open(&log, &disk.io, "store", key, 0, NULL), VLS_EAUTH);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", other_key, 0, &err), &err);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_head(log, &txn[1], head[1]);
    assert_int_equal(txn[0], txn[1]);
    assert_memory_equal(head[0], head[1], VLS_HASH_LEN); /* the anchor survives */
    vls_pagelog_close(log);
}

/* A copy under another key and name; the original only reads from then on, and its end touches nothing. */
static void
a_copy_under_a_new_key_stands_beside_the_old_store(void **state)
{
    struct vls_pagelog *log = wasteful_store(), *copy;
    uint8_t head[2][VLS_HASH_LEN];
    uint64_t txn[2];
    struct vls_error err = {0};
    size_t len;

    (void)state;
    check_ok(vls_pagelog_begin(log, &err), &err);
    assert_int_equal(vls_pagelog_copy(log, "copy", other_key, &err), VLS_EIO);
    vls_pagelog_rollback(log);
    vls_pagelog_head(log, &txn[0], head[0]);
    check_ok(vls_pagelog_copy(log, "copy", other_key, &err), &err);
    assert_null(memio_named(&disk, "copy.new"));
    check_ok(model_compare(log, &m, &err), &err);
    assert_int_equal(vls_pagelog_begin(log, &err), VLS_EREADONLY);
    assert_int_equal(vls_pagelog_compact(log, NULL, &err), VLS_EREADONLY);
    len = memio_named(&disk, "store")->n_now;
    disk.calls = 0;
    disk.fail_writes_only = 1;
    vls_pagelog_close(log);
    assert_int_equal(disk.calls, 0); /* no SEAL, and not cut to its size */
    disk.fail_writes_only = 0;
    assert_int_equal(memio_named(&disk, "store")->n_now, len);
    assert_int_equal(vls_pagelog_open(&copy, &disk.io, "copy", key, 0, NULL), VLS_EAUTH);
    check_ok(vls_pagelog_open(&copy, &disk.io, "copy", other_key, 0, &err), &err);
    check_ok(model_compare(copy, &m, &err), &err);
    check_ok(vls_pagelog_verify(copy, &err), &err);
    vls_pagelog_head(copy, &txn[1], head[1]);
    assert_int_equal(txn[0], txn[1]);
    assert_memory_equal(head[0], head[1], VLS_HASH_LEN);
    vls_pagelog_close(copy);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

static void
a_copy_that_fails_leaves_none_and_the_store_goes_on(void **state)
{
    unsigned failed = 0;

    (void)state;
    for (long n = 1;; n++) {
        struct vls_pagelog *log = wasteful_store();
        struct vls_error err = {0};
        enum vls_code rc;
        long fired;

        disk.fail_writes_only = 1;
        disk.calls = disk.fired = 0;
        disk.fail_at = n;
        disk.fail_errno = EIO;
        disk.fail_always = 0;
        rc = vls_pagelog_copy(log, "copy", other_key, &err);
        fired = disk.fired;
        disk.fail_at = 0;
        if (rc != VLS_OK) {
            assert_null(memio_named(&disk, "copy"));
            assert_null(memio_named(&disk, "copy.new"));
            check_ok(vls_pagelog_begin(log, &err), &err);
            vls_pagelog_rollback(log);
            failed++;
        }
        check_ok(model_compare(log, &m, &err), &err);
        vls_pagelog_close(log);
        if (fired == 0)
            break;
    }
    assert_true(failed > 5);
}

static void
damage_is_not_copied(void **state)
{
    struct vls_pagelog *log = wasteful_store();
    struct memio_file *f = memio_named(&disk, "store");
    struct pl_ref ref;
    uint8_t page[VLS_PAGELOG_BLOCK];
    struct vls_error err = {0};

    (void)state;
    check_ok(vls__pl_map_get(log, 50, &ref, &err), &err);
    f->now[(size_t)ref.block * VLS_PAGELOG_BLOCK + 7] ^= 1;
    assert_int_equal(vls_pagelog_compact(log, NULL, &err), VLS_EAUTH);
    assert_non_null(strstr(err.text, "page 50"));
    assert_int_equal(vls_pagelog_verify(log, &err), VLS_EAUTH);
    assert_non_null(strstr(err.text, "page 50"));
    assert_null(memio_named(&disk, "store.new"));
    check_ok(vls_pagelog_get(log, 49, page, &err), &err); /* the log goes on as it was */
    vls_pagelog_close(log);
}

static void
it_is_refused_inside_a_transaction(void **state)
{
    struct vls_pagelog *log = wasteful_store();
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_pagelog_begin(log, &err), &err);
    assert_int_not_equal(vls_pagelog_compact(log, NULL, NULL), VLS_OK);
    vls_pagelog_rollback(log);
    check_ok(vls_pagelog_compact(log, NULL, &err), &err);
    vls_pagelog_close(log);
}

static void
a_full_disk_stops_it_without_harm(void **state)
{
    struct vls_pagelog *log = wasteful_store();
    struct vls_error err = {0};
    uint64_t seed = 5;

    (void)state;
    disk.full_at = 64 * VLS_PAGELOG_BLOCK;
    assert_int_equal(vls_pagelog_compact(log, NULL, NULL), VLS_EFULL);
    assert_null(memio_named(&disk, "store.new"));
    disk.full_at = 0;
    check_ok(model_step(log, &m, 30, &seed, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

/* PL7. Every call of a change of key fails; the name leads to the whole old store or to the whole new one. */
static void
an_interruption_leaves_the_old_file_or_the_new_one(void **state)
{
    int old_ones = 0, new_ones = 0;
    uint64_t seed = check_seed(8);

    (void)state;
    for (int cut = 0; cut < 2; cut++)
        for (long n = 1;; n++) {
            struct vls_pagelog *log = wasteful_store();
            struct vls_error err = {0};
            enum vls_code rc;
            long fired;

            vls_pagelog_close(log);
            check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
            disk.fail_writes_only = 1;
            disk.calls = disk.fired = 0;
            disk.fail_at = n;
            disk.fail_always = cut;
            disk.fail_errno = EIO;
            rc = vls_pagelog_compact(log, other_key, &err);
            fired = disk.fired;
            disk.fail_at = 0;
            if (cut)
                memio_power_cut(&disk, check_random, &seed);
            vls__pl_free(log);
            if (vls_pagelog_open(&log, &disk.io, "store", other_key, 0, &err) == VLS_OK) {
                new_ones++;
            } else {
                check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
                assert_int_not_equal(rc, VLS_OK);
                old_ones++;
            }
            check_ok(model_compare(log, &m, &err), &err);
            check_ok(vls_pagelog_verify(log, &err), &err);
            assert_null(memio_named(&disk, "store.new"));
            vls_pagelog_close(log);
            if (fired == 0)
                break;
        }
    assert_true(old_ones > 5 && new_ones >= 3);
}

/* PL7. */
static void
leftovers_are_removed_at_opening(void **state)
{
    struct vls_pagelog *log = wasteful_store();
    struct vls_error err = {0};
    int file;

    (void)state;
    vls_pagelog_close(log);
    assert_int_equal(disk.io.open(&disk, &file, "store.new", VLS_IO_CREATE), 0);
    assert_int_equal(disk.io.pwrite(&disk, file, "rubbish", 7, 0), 0);
    disk.io.close(&disk, file);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY, &err), &err);
    vls_pagelog_close(log);
    assert_non_null(memio_named(&disk, "store.new")); /* not by a reader */
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    assert_null(memio_named(&disk, "store.new"));
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

static void
a_creation_that_was_interrupted_can_be_repeated(void **state)
{
    uint64_t seed = check_seed(9);

    (void)state;
    for (long n = 1;; n++) {
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        enum vls_code rc;
        long fired;

        memio_clear(&disk);
        disk.fail_at = n;
        disk.fail_always = 1;
        disk.fail_errno = EIO;
        disk.torn_write = 1;
        rc = vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err);
        fired = disk.fired;
        memio_power_cut(&disk, check_random, &seed);
        vls__pl_free(log);
        if (fired == 0) {
            check_ok(rc, &err);
            assert_true(n > 8);
            break;
        }
        assert_int_not_equal(rc, VLS_OK);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
        assert_int_equal(vls_pagelog_pages(log), 0);
        vls_pagelog_close(log);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_everything_and_gives_room_back),
        cmocka_unit_test(closing_gives_back_the_unused_end_of_the_file),
        cmocka_unit_test(a_new_key_leaves_nothing_for_the_old_one),
        cmocka_unit_test(a_copy_under_a_new_key_stands_beside_the_old_store),
        cmocka_unit_test(a_copy_that_fails_leaves_none_and_the_store_goes_on),
        cmocka_unit_test(damage_is_not_copied),
        cmocka_unit_test(it_is_refused_inside_a_transaction),
        cmocka_unit_test(a_full_disk_stops_it_without_harm),
        cmocka_unit_test(an_interruption_leaves_the_old_file_or_the_new_one),
        cmocka_unit_test(leftovers_are_removed_at_opening),
        cmocka_unit_test(a_creation_that_was_interrupted_can_be_repeated),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
