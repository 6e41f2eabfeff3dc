/*
 * Free blocks: the bitmap that a SEAL tells is the one that the references make, and whatever is wrong with
 * it costs time only, never a block that is in use (PL21).
 */
#include "disk.h"

static struct vls_pagelog *
reopen(struct vls_pagelog *log, unsigned flags)
{
    struct vls_error err = {0};

    vls_pagelog_close(log);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, flags, &err), &err);
    vls__pl_limits(log, 3, 16, 8);
    return log;
}

static void
step(struct vls_pagelog *log, struct model *m, uint32_t most, uint64_t *seed)
{
    struct vls_error err = {0};

    check_ok(model_step(log, m, most, seed, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
}

/* A closed store of some transactions, and what it holds. */
static void
make_store(struct model *m, uint64_t seed)
{
    struct vls_pagelog *log = reopen(NULL, VLS_PAGELOG_CREATE);

    memset(m, 0, sizeof *m);
    for (int i = 0; i < 12; i++)
        step(log, m, 60, &seed);
    vls_pagelog_close(log);
}

/* Begins a transaction; true when the bitmap came from the SEAL. It must be the one that is built. */
static bool
begins_as_built(struct vls_pagelog *log)
{
    struct vls_error err = {0};
    uint32_t n_used, end;
    uint64_t *used;
    bool told;

    check_ok(vls_pagelog_begin(log, &err), &err);
    told = log->space_told;
    vls_pagelog_rollback(log);
    n_used = log->n_used;
    end = log->end;
    assert_non_null(used = malloc(log->used_cap / 8));
    memcpy(used, log->used, log->used_cap / 8);
    check_ok(vls__pl_space_build(log, false, &err), &err);
    assert_int_equal(log->n_used, n_used);
    assert_int_equal(log->end, end);
    assert_memory_equal(log->used, used, (log->end + 63) / 64 * 8);
    free(used);
    log->space_ready = false;
    return told;
}

static void
the_bitmap_that_a_seal_tells_is_the_one_that_is_built(void **state)
{
    uint64_t seed = check_seed(0x5eal), round = 0;
    struct vls_error err = {0};
    struct model m;
    size_t n_told = 0;

    (void)state;
    for (; round < 12; round++) {
        struct vls_pagelog *log = NULL;

        make_store(&m, check_random(&seed));
        for (int i = 0; i < 25; i++) {
            log = reopen(log, 0);
            n_told += begins_as_built(log);
            for (uint64_t k = check_random(&seed) % 4; k > 0; k--)
                step(log, &m, 30, &seed);
            if (check_random(&seed) % 9 == 0)
                check_ok(vls_pagelog_compact(log, NULL, &err), &err);
        }
        check_ok(vls_pagelog_verify(log, &err), &err);
        check_ok(model_compare(log, &m, &err), &err);
        vls_pagelog_close(log);
        memio_clear(&disk);
        memio_init(&disk);
    }
    if (n_told < 150)
        fail_msg("only %zu of 300 openings were told", n_told);
}

/* The open log of a closed store, its SEAL decoded. */
static struct vls_pagelog *
open_at_seal(struct pl_header *seal)
{
    struct vls_pagelog *log = reopen(NULL, 0);
    uint8_t plain[VLS_PAGELOG_PAGE];
    struct vls_error err = {0};
    const uint8_t *block = memio_named(&disk, "store")->now + (size_t)log->next * VLS_PAGELOG_BLOCK;

    assert_true(log->sealed);
    assert_true(vls__pl_unseal(plain, &log->keys, PL_HEADER, log->next, block));
    check_ok(vls__pl_header_decode(seal, plain, &err), &err);
    assert_int_equal(seal->flags, PL_SEAL);
    assert_int_equal(seal->n_entries, 1);
    return log;
}

/* A store whose SEAL tells nothing that can be used is built, and goes on. */
static void
check_not_told(struct model *m, const char *what)
{
    struct vls_pagelog *log = reopen(NULL, 0);
    struct vls_error err = {0};
    uint64_t seed = 3;

    if (begins_as_built(log))
        fail_msg("%s: was believed", what);
    step(log, m, 40, &seed);
    check_ok(vls_pagelog_verify(log, &err), &err);
    check_ok(model_compare(log, m, &err), &err);
    log = reopen(log, 0);
    assert_true(begins_as_built(log)); /* told again */
    vls_pagelog_close(log);
}

static void
a_damaged_space_block_costs_time_only(void **state)
{
    struct model m;
    struct pl_header seal;

    (void)state;
    make_store(&m, 1);
    for (size_t at = 0; at < VLS_PAGELOG_BLOCK; at += 117) {
        struct vls_pagelog *log = open_at_seal(&seal);

        vls__pl_free(log); /* as it is */
        memio_named(&disk, "store")->now[(size_t)seal.entry[0].ref.block * VLS_PAGELOG_BLOCK + at] ^= 4;
        check_not_told(&m, "a flipped bit");
    }
}

static void
a_space_block_of_another_state_is_not_believed(void **state)
{
    static const char *const what[] = {"another checkpoint", "another transaction",   "the next header free",
                                       "a superblock free",  "blocks beyond the end", "another number",
                                       "nothing there"};
    struct model m;
    struct pl_header seal;

    (void)state;
    make_store(&m, 2);
    for (size_t i = 0; i < sizeof what / sizeof what[0]; i++) {
        struct vls_pagelog *log = open_at_seal(&seal);
        uint8_t *file = memio_named(&disk, "store")->now, plain[VLS_PAGELOG_PAGE];
        uint8_t *space = file + (size_t)seal.entry[0].ref.block * VLS_PAGELOG_BLOCK;
        uint8_t *bits = plain + PL_SPACE_AT;

        assert_true(vls__pl_unseal(plain, &log->keys, PL_SPACE, 0, space));
        switch (i) {
        case 0: plain[0]++; break;
        case 1: plain[8]++; break;
        case 2: bits[log->next / 8] &= (uint8_t) ~(1u << log->next % 8); break;
        case 3: bits[0] &= 0xfe; break;
        case 4: bits[log->file_blocks / 8 + 1] |= 1; break;
        default: break;
        }
        vls__pl_seal(space, &log->keys, PL_SPACE, i == 5, plain);
        memcpy(seal.entry[0].ref.tag, space + PL_TAG_AT, VLS_TAG_LEN);
        if (i == 6)
            memset(&seal.entry[0].ref, 0, sizeof seal.entry[0].ref);
        vls__pl_header_encode(plain, &seal);
        vls__pl_seal(file + (size_t)log->next * VLS_PAGELOG_BLOCK, &log->keys, PL_HEADER, log->next, plain);
        vls__pl_free(log);
        check_not_told(&m, what[i]);
    }
}

static void
a_rollback_that_wrote_over_what_was_told_is_survived(void **state)
{
    struct vls_pagelog *log;
    struct vls_error err = {0};
    struct pl_header seal;
    struct model m, forgotten;
    uint64_t seed = 11;

    (void)state;
    make_store(&m, 3);
    log = open_at_seal(&seal);
    for (int i = 0; i < 6; i++) { /* pages that spill, and go */
        forgotten = m;
        check_ok(model_step(log, &forgotten, 400, &seed, &err), &err);
        vls_pagelog_rollback(log);
    }
    log = reopen(log, 0);
    (void)begins_as_built(log);
    step(log, &m, 30, &seed);
    check_ok(model_compare(log, &m, &err), &err);
    check_ok(vls_pagelog_verify(log, &err), &err);
    vls_pagelog_close(log);
}

static void
a_small_store_tells_nothing(void **state)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};

    (void)state;
    for (uint32_t pages = 300; pages <= 2000; pages += 1700) {
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t i = 0; i < pages; i++)
            check_ok(vls_pagelog_put(log, i, plain, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        vls_pagelog_close(log);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        assert_int_equal(log->n_told, pages > 300);
        vls_pagelog_close(log);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_bitmap_that_a_seal_tells_is_the_one_that_is_built, disk_setup,
                                        disk_teardown),
        cmocka_unit_test_setup_teardown(a_damaged_space_block_costs_time_only, disk_setup, disk_teardown),
        cmocka_unit_test_setup_teardown(a_space_block_of_another_state_is_not_believed, disk_setup, disk_teardown),
        cmocka_unit_test_setup_teardown(a_rollback_that_wrote_over_what_was_told_is_survived, disk_setup, disk_teardown),
        cmocka_unit_test_setup_teardown(a_small_store_tells_nothing, disk_setup, disk_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
