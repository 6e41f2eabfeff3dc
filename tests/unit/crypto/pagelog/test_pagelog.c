/* The page log as its callers see it: pages, transactions, holes, limits and the head. */
#include "disk.h"

static int
empty_disk(void **state)
{
    (void)state;
    memio_clear(&disk);
    return 0;
}

static struct vls_pagelog *
open_log(unsigned flags)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, flags, &err), &err);
    return log;
}

static void
a_missing_store_is_made_only_when_asked(void **state)
{
    struct vls_pagelog *log = NULL;

    (void)state;
    assert_int_equal(vls_pagelog_open(&log, &disk.io, "store", key, 0, NULL), VLS_ENOSTORE);
    assert_null(log);
    assert_int_equal(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY | VLS_PAGELOG_CREATE, NULL),
                     VLS_ENOSTORE);
    assert_null(memio_named(&disk, "store"));
    vls_pagelog_close(open_log(VLS_PAGELOG_CREATE));
    assert_non_null(memio_named(&disk, "store"));
    assert_null(memio_named(&disk, "store.new"));
    vls_pagelog_close(open_log(VLS_PAGELOG_CREATE)); /* there already: opened */
    vls_pagelog_close(NULL);
}

static void
a_new_store_is_empty_with_a_head_of_zeros(void **state)
{
    static const uint8_t zeros[VLS_HASH_LEN];
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t head[VLS_HASH_LEN], page[VLS_PAGELOG_BLOCK];
    uint64_t txn;

    (void)state;
    vls_pagelog_head(log, &txn, head);
    assert_int_equal(txn, 0);
    assert_memory_equal(head, zeros, sizeof head);
    assert_int_equal(vls_pagelog_pages(log), 0);
    assert_int_equal(vls_pagelog_get(log, 0, page, NULL), VLS_ENOTFOUND);
    vls_pagelog_close(log);
}

static void
two_stores_with_one_key_have_different_ids(void **state)
{
    uint8_t id[PL_STORE_ID_LEN];

    (void)state;
    vls_pagelog_close(open_log(VLS_PAGELOG_CREATE));
    memcpy(id, memio_named(&disk, "store")->now + PL_ID_AT, sizeof id);
    memio_clear(&disk);
    vls_pagelog_close(open_log(VLS_PAGELOG_CREATE));
    assert_memory_not_equal(id, memio_named(&disk, "store")->now + PL_ID_AT, sizeof id);
}

static void
what_was_put_is_got_now_and_after_reopening(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    static struct model m;
    struct vls_error err = {0};

    (void)state;
    memset(&m, 0, sizeof m);
    check_ok(vls_pagelog_begin(log, &err), &err);
    assert_true(vls_pagelog_writing(log));
    for (uint32_t i = 0; i < 500; i++)
        check_ok(model_put(log, &m, i, 1000 + i, &err), &err);
    check_ok(model_compare(log, &m, &err), &err); /* half of them are still in the batch */
    for (uint32_t i = 0; i < 500; i += 3)
        check_ok(model_put(log, &m, i, 5000 + i, &err), &err); /* in their place */
    check_ok(model_compare(log, &m, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    assert_false(vls_pagelog_writing(log));
    check_ok(model_compare(log, &m, &err), &err);
    check_ok(vls_pagelog_verify(log, &err), &err);
    vls_pagelog_close(log);
    log = open_log(0);
    check_ok(model_compare(log, &m, &err), &err);
    check_ok(vls_pagelog_verify(log, &err), &err);
    vls_pagelog_close(log);
}

static void
a_get_never_leaves_more_than_the_page(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t page[VLS_PAGELOG_BLOCK], plain[VLS_PAGELOG_PAGE];
    static const uint8_t zeros[VLS_PAGELOG_BLOCK];
    struct vls_error err = {0};

    (void)state;
    memset(plain, 0x5a, sizeof plain);
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(vls_pagelog_put(log, 0, plain, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    memset(page, 0xa5, sizeof page);
    check_ok(vls_pagelog_get(log, 0, page, &err), &err);
    assert_memory_equal(page, plain, sizeof plain);
    assert_memory_equal(page + VLS_PAGELOG_PAGE, zeros, VLS_PAGELOG_BLOCK - VLS_PAGELOG_PAGE);
    memset(page, 0xa5, sizeof page);
    assert_int_equal(vls_pagelog_get(log, 1, page, NULL), VLS_ENOTFOUND);
    assert_memory_equal(page, zeros, sizeof page);
    vls_pagelog_close(log);
}

/* PL18. */
static void
pages_that_were_skipped_are_holes(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    static struct model m;
    struct vls_error err = {0};

    (void)state;
    memset(&m, 0, sizeof m);
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(model_put(log, &m, 450, 7, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
    log = open_log(0);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

/* A page that a transaction drops and brings back as a hole must not show its old content after recovery. */
static void
what_is_dropped_and_grown_again_is_a_hole(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    static struct model m;
    struct vls_error err = {0};

    (void)state;
    memset(&m, 0, sizeof m);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 300; i++)
        check_ok(model_put(log, &m, i, 10 + i, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(model_put(log, &m, 290, 9999, &err), &err);
    check_ok(model_truncate(log, &m, 150, &err), &err);
    check_ok(model_put(log, &m, 299, 4, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls__pl_free(log); /* not closed: recovery replays the header */
    log = open_log(0);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

static void
a_rollback_leaves_nothing(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    static struct model m, before;
    uint8_t head[2][VLS_HASH_LEN];
    struct vls_pagelog_stat stat[2];
    uint64_t txn[2], seed = check_seed(7);
    struct vls_error err = {0};

    (void)state;
    memset(&m, 0, sizeof m);
    check_ok(model_step(log, &m, 60, &seed, &err), &err);
    check_ok(model_put(log, &m, 5, 5, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    before = m;
    vls_pagelog_head(log, &txn[0], head[0]);
    vls_pagelog_stat(log, &stat[0]);
    for (int i = 0; i < 40; i++) {
        check_ok(model_step(log, &m, 60, &seed, &err), &err);
        vls_pagelog_rollback(log);
        m = before;
        check_ok(model_compare(log, &m, &err), &err);
    }
    vls_pagelog_rollback(log); /* without a transaction: nothing */
    vls_pagelog_head(log, &txn[1], head[1]);
    vls_pagelog_stat(log, &stat[1]);
    assert_int_equal(txn[0], txn[1]);
    assert_memory_equal(head[0], head[1], VLS_HASH_LEN);
    assert_int_equal(stat[0].free_blocks, stat[1].free_blocks); /* no block leaks */
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(model_put(log, &m, 0, 3, &err), &err);
    vls_pagelog_close(log); /* drops what is unfinished */
    log = open_log(0);
    check_ok(model_compare(log, &before, &err), &err);
    vls_pagelog_close(log);
}

static void
the_head_moves_with_every_commit_and_only_then(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t head[60][VLS_HASH_LEN], now[VLS_HASH_LEN], plain[VLS_PAGELOG_PAGE] = {1};
    uint64_t txn;
    struct vls_error err = {0};

    (void)state;
    for (uint64_t i = 0; i < 60; i++) { /* crosses a checkpoint */
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(vls_pagelog_put(log, 0, plain, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        vls_pagelog_head(log, &txn, head[i]);
        assert_int_equal(txn, i + 1);
        for (uint64_t j = 0; j < i; j++)
            assert_memory_not_equal(head[i], head[j], VLS_HASH_LEN);
        check_ok(vls_pagelog_begin(log, &err), &err); /* no change, no transaction */
        check_ok(vls_pagelog_commit(log, &err), &err);
        if (i % 7 == 0) {
            vls_pagelog_close(log);
            log = open_log(0);
        }
        vls_pagelog_head(log, &txn, now);
        assert_int_equal(txn, i + 1);
        assert_memory_equal(now, head[i], VLS_HASH_LEN);
    }
    vls_pagelog_close(log);
}

static void
random_transactions_match_a_model(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    static struct model m, before;
    uint64_t seed = check_seed(20), replay = seed;
    struct vls_error err = {0};

    (void)state;
    memset(&m, 0, sizeof m);
    print_message("VLS_SEED=%llu\n", (unsigned long long)replay);
    for (int i = 0; i < 600; i++) {
        vls__pl_limits(log, 1 + (uint32_t)(check_random(&seed) % 6), 4, 2 + (uint32_t)(check_random(&seed) % 30));
        before = m;
        check_ok(model_step(log, &m, check_random(&seed) % 20 == 0 ? 700 : 12, &seed, &err), &err);
        if (check_random(&seed) % 6 == 0) {
            vls_pagelog_rollback(log);
            m = before;
        } else {
            check_ok(vls_pagelog_commit(log, &err), &err);
        }
        switch (check_random(&seed) % 12) {
        case 0:
            vls_pagelog_close(log);
            log = open_log(0);
            break;
        case 1:
            vls__pl_free(log); /* as if the process had been killed */
            log = open_log(0);
            break;
        case 2: check_ok(vls_pagelog_compact(log, NULL, &err), &err); break;
        default: break;
        }
        if (i % 5 == 0)
            check_ok(model_compare(log, &m, &err), &err);
    }
    check_ok(model_compare(log, &m, &err), &err);
    check_ok(vls_pagelog_verify(log, &err), &err);
    vls_pagelog_close(log);
}

static void
pages_beyond_the_format_are_refused(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t plain[VLS_PAGELOG_PAGE] = {0};
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_pagelog_begin(log, &err), &err);
    assert_int_equal(vls_pagelog_put(log, VLS_PAGELOG_PAGES_MAX, plain, NULL), VLS_ELIMIT);
    assert_int_equal(vls_pagelog_put(log, UINT32_MAX, plain, NULL), VLS_ELIMIT);
    assert_int_equal(vls_pagelog_truncate(log, VLS_PAGELOG_PAGES_MAX + 1, NULL), VLS_ELIMIT);
    assert_int_equal(vls_pagelog_pages(log), 0);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
}

/* The last page that a superblock can refer to, with holes before it. */
static void
the_largest_page_number_works(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t plain[VLS_PAGELOG_PAGE] = {42}, page[VLS_PAGELOG_BLOCK];
    struct vls_error err = {0};

    (void)state;
    vls__pl_limits(log, 0, 256, 256);
    check_ok(vls_pagelog_begin(log, &err), &err);
    check_ok(vls_pagelog_put(log, PL_FANOUT * PL_FANOUT * 3 - 1, plain, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
    log = open_log(VLS_PAGELOG_READONLY);
    check_ok(vls_pagelog_get(log, PL_FANOUT * PL_FANOUT * 3 - 1, page, &err), &err);
    assert_int_equal(page[0], 42);
    check_ok(vls_pagelog_get(log, PL_FANOUT * PL_FANOUT, page, &err), &err);
    assert_int_equal(page[0], 0);
    vls_pagelog_close(log);
}

static void
a_read_only_log_refuses_to_write(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    long calls;

    (void)state;
    vls_pagelog_close(log);
    log = open_log(VLS_PAGELOG_READONLY);
    disk.fail_writes_only = 1;
    calls = disk.calls;
    assert_int_equal(vls_pagelog_begin(log, NULL), VLS_EREADONLY);
    assert_int_equal(vls_pagelog_compact(log, NULL, NULL), VLS_EREADONLY);
    vls_pagelog_close(log);
    assert_int_equal(disk.calls, calls); /* not one write */
}

static void
a_full_disk_refuses_and_the_store_goes_on(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    static struct model m, before;
    uint64_t seed = check_seed(3);
    struct vls_error err = {0};
    enum vls_code rc = VLS_OK;
    int full = 0;

    (void)state;
    memset(&m, 0, sizeof m);
    check_ok(model_step(log, &m, 50, &seed, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    disk.full_at = (size_t)1 << 20;
    for (int i = 0; i < 60; i++) {
        before = m;
        rc = model_step(log, &m, 400, &seed, &err);
        if (rc == VLS_OK)
            rc = vls_pagelog_commit(log, &err);
        if (rc != VLS_OK) {
            assert_int_equal(rc, VLS_EFULL);
            assert_false(vls_pagelog_dead(log)); /* asked for before anything was written */
            vls_pagelog_rollback(log);
            m = before;
            full++;
        }
        check_ok(model_compare(log, &m, &err), &err);
    }
    assert_true(full > 5 && full < 55);
    disk.full_at = 0;
    check_ok(model_step(log, &m, 400, &seed, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
    log = open_log(0);
    check_ok(model_compare(log, &m, &err), &err);
    vls_pagelog_close(log);
}

/* PL2: pages, headers, one sync. */
static void
one_commit_takes_one_sync_and_neighbours_go_out_together(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};
    struct vls_error err = {0};
    long before;

    (void)state;
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 20; i++)
        check_ok(vls_pagelog_put(log, i, plain, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    disk.fail_writes_only = 1; /* counts writes and syncs only */
    before = disk.calls;
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 20; i++)
        check_ok(vls_pagelog_put(log, i, plain, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    assert_int_equal(disk.calls - before, 2); /* header and 20 pages in one write, one sync */
    vls_pagelog_close(log);
}

/* PL1, PL2: but only those that nothing durable refers to. */
static void
blocks_are_used_again(void **state)
{
    struct vls_pagelog *log = open_log(VLS_PAGELOG_CREATE);
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};
    struct vls_error err = {0};

    (void)state;
    for (int i = 0; i < 2000; i++) {
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t p = 0; p < 3; p++)
            check_ok(vls_pagelog_put(log, p + (uint32_t)i % 20, plain, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
    }
    assert_int_equal(memio_named(&disk, "store")->n_now, 1 << 20); /* it never outgrew its first step */
    vls_pagelog_close(log);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_missing_store_is_made_only_when_asked, empty_disk),
        cmocka_unit_test_setup(a_new_store_is_empty_with_a_head_of_zeros, empty_disk),
        cmocka_unit_test_setup(two_stores_with_one_key_have_different_ids, empty_disk),
        cmocka_unit_test_setup(what_was_put_is_got_now_and_after_reopening, empty_disk),
        cmocka_unit_test_setup(a_get_never_leaves_more_than_the_page, empty_disk),
        cmocka_unit_test_setup(pages_that_were_skipped_are_holes, empty_disk),
        cmocka_unit_test_setup(what_is_dropped_and_grown_again_is_a_hole, empty_disk),
        cmocka_unit_test_setup(a_rollback_leaves_nothing, empty_disk),
        cmocka_unit_test_setup(the_head_moves_with_every_commit_and_only_then, empty_disk),
        cmocka_unit_test_setup(random_transactions_match_a_model, empty_disk),
        cmocka_unit_test_setup(pages_beyond_the_format_are_refused, empty_disk),
        cmocka_unit_test_setup(the_largest_page_number_works, empty_disk),
        cmocka_unit_test_setup(a_read_only_log_refuses_to_write, empty_disk),
        cmocka_unit_test_setup(a_full_disk_refuses_and_the_store_goes_on, empty_disk),
        cmocka_unit_test_setup(one_commit_takes_one_sync_and_neighbours_go_out_together, empty_disk),
        cmocka_unit_test_setup(blocks_are_used_again, empty_disk),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
