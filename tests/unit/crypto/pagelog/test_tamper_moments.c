/*
 * LL-04 and LL-06 on a small store that is kept after each of its commits: every byte, every mixture of moments, commits
 * taken away. What comes back is one whole moment, or it is refused with the place named.
 */
#include "disk.h"

/* ---- a small store: every byte, every mixture ---- */

#define MOMENTS 9

/* A store after each of its commits, and what it held then. */
struct small {
    uint8_t *at[MOMENTS];
    size_t n[MOMENTS];
    struct model state[MOMENTS];
    uint32_t header[MOMENTS]; /* of the commit */
    uint32_t seal;
};

static struct small *
small_new(const struct vls_secret *k, uint32_t first, uint32_t ckpt, bool closed)
{
    struct small *s = calloc(1, sizeof *s);
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    struct model m = {0};

    assert_non_null(s);
    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", k, VLS_PAGELOG_CREATE, &err), &err);
    vls__pl_limits(log, ckpt, 4, 16);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t p = 0; p < 3; p++)
        check_ok(model_put(log, &m, p, first + p, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    check_ok(vls_pagelog_compact(log, NULL, &err), &err); /* gives back the first step of 1 MiB */
    for (uint32_t i = 0; i < MOMENTS; i++) {
        s->header[i] = log->next;
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(model_put(log, &m, i % 3, first + 100 + i, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        s->state[i] = m;
        if (closed) { /* at each moment */
            s->seal = log->next;
            vls_pagelog_close(log);
            s->at[i] = disk_keep(&s->n[i]);
            check_ok(vls_pagelog_open(&log, &disk.io, "store", k, 0, &err), &err);
            vls__pl_limits(log, ckpt, 4, 16);
        } else {
            s->at[i] = disk_keep(&s->n[i]);
        }
    }
    vls__pl_free(log);
    return s;
}

static void
small_free(struct small *s)
{
    for (int i = 0; i < MOMENTS; i++)
        free(s->at[i]);
    free(s);
}

#define REFUSED (-1)

/* The moment that these bytes are, or REFUSED with a reason; anything else fails. */
static int
judge(const struct small *s, const uint8_t *bytes, size_t n, const char *what)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    enum vls_code rc;
    int found = REFUSED;

    memio_load(&disk, "store", bytes, n);
    if ((rc = vls_pagelog_open(&log, &disk.io, "store", key, 0, &err)) != VLS_OK) {
        if (rc != VLS_EAUTH && rc != VLS_EFORMAT)
            fail_msg("%s: %s %s", what, vls_code_name(rc), err.text);
        assert_true(strstr(err.text, "block") != NULL || strstr(err.text, "page") != NULL);
        unchanged(bytes, n);
        return REFUSED;
    }
    rc = VLS_EVALUE;
    for (int i = MOMENTS - 1; i >= 0 && rc == VLS_EVALUE; i--)
        if ((rc = model_compare(log, &s->state[i], &err)) == VLS_OK)
            found = i;
    if (rc == VLS_EVALUE)
        fail_msg("%s: a state that never was: %s", what, err.text);
    if (rc != VLS_OK) { /* a page that is refused when it is asked for */
        assert_int_equal(rc, VLS_EAUTH);
        assert_non_null(strstr(err.text, "page"));
    }
    vls_pagelog_close(log);
    return found;
}

/* A bit of every byte. What is in use never differs unseen; what is not may hold anything. */
static void
every_byte_of_a_closed_store_LL_04(void **state)
{
    struct small *s = small_new(key, 10, 3, true);
    uint8_t *bytes = s->at[MOMENTS - 1];
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    uint64_t seed = check_seed(404);
    size_t blocks = s->n[MOMENTS - 1] / VLS_PAGELOG_BLOCK;
    unsigned refused = 0, same = 0;
    bool used[64] = {false}, every = getenv("VLS_TEST_LONG") != NULL;

    (void)state;
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    assert_true(blocks <= 64);
    memio_load(&disk, "store", bytes, s->n[MOMENTS - 1]);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY, &err), &err);
    check_ok(vls__pl_space_build(log, false, &err), &err);
    for (uint32_t b = 2; b < blocks; b++) /* the SEAL proves what the superblock proves already */
        used[b] = vls__pl_space_is_used(log, b) && b != s->seal;
    vls_pagelog_close(log);
    for (size_t at = 0; at < s->n[MOMENTS - 1];) {
        uint8_t bit = (uint8_t)(1u << check_random(&seed) % 8);
        size_t block = at / VLS_PAGELOG_BLOCK, in = at % VLS_PAGELOG_BLOCK;
        int got;

        bytes[at] ^= bit;
        got = judge(s, bytes, s->n[MOMENTS - 1], "one bit");
        bytes[at] ^= bit;
        if (got != REFUSED && got != MOMENTS - 1)
            fail_msg("byte %zu of block %zu: an older state", in, block);
        if (used[block] != (got == REFUSED))
            fail_msg("byte %zu of block %zu: %s", in, block, got == REFUSED ? "refused" : "not noticed");
        refused += got == REFUSED;
        same += got != REFUSED;
        if (every)
            at++;
        else if (block >= 2 && !used[block]) /* a sample of what nothing refers to */
            at += 1 + (size_t)(check_random(&seed) % 160);
        else /* the clear part, nonce and tag in full */
            at += in < 24 || in >= PL_NONCE_AT - 1 ? 1 : 1 + (size_t)(check_random(&seed) % 9);
    }
    print_message("refused %u, dead %u\n", refused, same);
    assert_true(refused > 3000 && same > 1000);
    small_free(s);
}

/* What the disk holds is this moment, and stays it: what is written next overwrites none of its blocks. */
static void
goes_on(const struct model *state)
{
    static struct model m;
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    m = *state;
    for (uint32_t i = 0; i < 3; i++) {
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t p = 3; p < 7; p++)
            check_ok(model_put(log, &m, p, 5000 + 10 * i + p, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        check_ok(model_compare(log, &m, &err), &err);
        check_ok(vls_pagelog_verify(log, &err), &err);
        vls_pagelog_close(log);
    }
}

/*
 * Each block of one moment may come from any moment: the result is one whole moment, with which work can go on, or
 * refused.
 */
static void
no_mixture_of_moments_is_a_new_one_LL_04(void **state)
{
    struct small *s = small_new(key, 10, 3, true);
    size_t n = s->n[MOMENTS - 1];
    uint8_t *bytes = malloc(n);
    uint64_t seed = check_seed(405);
    unsigned refused = 0, newest = 0, older = 0;
    int rounds = getenv("VLS_TEST_LONG") != NULL ? 200000 : 1800;

    (void)state;
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    assert_non_null(bytes);
    for (int round = 0; round < rounds; round++) {
        uint64_t base = check_random(&seed) % MOMENTS, rate = 1 + check_random(&seed) % 12;
        int got;

        memset(bytes, 0, n);
        memcpy(bytes, s->at[base], s->n[base]);
        for (size_t b = 0; b < n / VLS_PAGELOG_BLOCK; b++) {
            uint64_t from = check_random(&seed) % MOMENTS;

            if (check_random(&seed) % rate == 0 && (b + 1) * VLS_PAGELOG_BLOCK <= s->n[from])
                memcpy(block_at(bytes, (uint32_t)b), block_at(s->at[from], (uint32_t)b), VLS_PAGELOG_BLOCK);
        }
        got = judge(s, bytes, n, "a mixture");
        refused += got == REFUSED;
        newest += got == MOMENTS - 1;
        older += got != REFUSED && got != MOMENTS - 1;
        if (got != REFUSED && round % 4 == 0)
            goes_on(&s->state[got]);
    }
    print_message("refused %u, a whole older moment %u, the newest %u\n", refused, older, newest);
    assert_true(refused > 400 && older > 50 && newest > 50);
    free(bytes);
    small_free(s);
}

/* Every block of another store in every place: with the same key, and with another. */
static void
no_block_of_another_store_is_taken_LL_04(void **state)
{
    struct small *s = small_new(key, 10, 3, true);
    size_t n = s->n[MOMENTS - 1], blocks = n / VLS_PAGELOG_BLOCK;
    uint8_t *bytes = malloc(n);
    unsigned refused = 0, tried = 0;

    (void)state;
    assert_non_null(bytes);
    for (int which = 0; which < 2; which++) {
        struct small *o = small_new(which ? other_key : key, 10, 3, true);

        for (uint32_t to = 0; to < blocks; to++)
            for (uint32_t from = 0; from < o->n[MOMENTS - 1] / VLS_PAGELOG_BLOCK; from++, tried++) {
                int got;

                memcpy(bytes, s->at[MOMENTS - 1], n);
                memcpy(block_at(bytes, to), block_at(o->at[MOMENTS - 1], from), VLS_PAGELOG_BLOCK);
                got = judge(s, bytes, n, "a block of another store");
                assert_true(got == REFUSED || got == MOMENTS - 1);
                refused += got == REFUSED;
            }
        /* both superblocks, and everything but them */
        memcpy(bytes, s->at[MOMENTS - 1], n);
        memcpy(bytes, o->at[MOMENTS - 1], (size_t)2 * VLS_PAGELOG_BLOCK);
        assert_int_equal(judge(s, bytes, n, "the superblocks of another store"), REFUSED);
        assert_int_equal(o->n[MOMENTS - 1], n);
        memcpy(bytes, o->at[MOMENTS - 1], n);
        memcpy(bytes, s->at[MOMENTS - 1], (size_t)2 * VLS_PAGELOG_BLOCK);
        assert_int_equal(judge(s, bytes, n, "another store under our superblocks"), REFUSED);
        small_free(o);
    }
    assert_true(tried >= 2 * 12 * 12 && refused > 100);
    free(bytes);
    small_free(s);
}

/* There is no WAL to delete: the newest commits are taken out of the log, with the mark of closing or without. */
static void
taking_away_the_newest_commits_is_noticed_LL_06(void **state)
{
    struct small *s = small_new(key, 10, 32, true);
    size_t n = s->n[MOMENTS - 1];
    uint8_t *bytes = malloc(n);
    unsigned tried = 0;

    (void)state;
    assert_non_null(bytes);
    for (int with_seal = 0; with_seal < 2; with_seal++)
        for (int zeros = 0; zeros < 2; zeros++)
            for (int k = 1; k < MOMENTS; k++, tried++) {
                memcpy(bytes, s->at[MOMENTS - 1], n);
                for (int i = 0; i < k; i++) {
                    uint32_t header = s->header[MOMENTS - 1 - i];
                    int before = MOMENTS - 1 - k;

                    if (zeros || (size_t)(header + 1) * VLS_PAGELOG_BLOCK > s->n[before])
                        memset(block_at(bytes, header), 0, VLS_PAGELOG_BLOCK);
                    else /* what lay there before those commits */
                        memcpy(block_at(bytes, header), block_at(s->at[before], header), VLS_PAGELOG_BLOCK);
                }
                if (!with_seal)
                    memset(block_at(bytes, s->seal), 0, VLS_PAGELOG_BLOCK);
                assert_int_equal(judge(s, bytes, n, "without its newest commits"), REFUSED);
            }
    assert_int_equal(tried, 4 * (MOMENTS - 1));
    free(bytes);
    small_free(s);
}

/* The block that the SEAL of a closed store names as its map of used blocks; plain receives what it says. */
static uint32_t
told_block(uint8_t *bytes, uint8_t plain[VLS_PAGELOG_PAGE])
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    uint8_t head[VLS_PAGELOG_PAGE];
    struct pl_header seal;

    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY, &err), &err);
    assert_true(vls__pl_unseal(head, &log->keys, PL_HEADER, log->next, block_at(bytes, log->next)));
    check_ok(vls__pl_header_decode(&seal, head, &err), &err);
    assert_true(seal.flags == PL_SEAL && seal.n_entries == 1);
    assert_true(vls__pl_unseal(plain, &log->keys, PL_SPACE, 0, block_at(bytes, seal.entry[0].ref.block)));
    vls_pagelog_close(log);
    return seal.entry[0].ref.block;
}

/*
 * Two histories from one moment, as after a restored backup: checkpoint and transaction have the same numbers, and
 * other blocks are in use. Whoever puts the map of one into the other must not make us write over what is in use there.
 */
static void
a_map_of_used_blocks_of_another_history_is_not_believed_LL_04(void **state)
{
    static uint8_t plain[2][VLS_PAGELOG_PAGE];
    uint8_t *base, *end[2];
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    struct model m[2] = {{0}, {0}};
    uint32_t block[2];
    size_t base_n, n[2];

    (void)state;
    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    vls__pl_limits(log, 0, 4, 16); /* a checkpoint with every commit */
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t p = 0; p < 30; p++)
        check_ok(model_put(log, &m[0], p, 100 + p, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    vls_pagelog_close(log);
    base = disk_keep(&base_n);
    m[1] = m[0];
    for (uint32_t h = 0; h < 2; h++) {
        memio_load(&disk, "store", base, base_n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        vls__pl_limits(log, 0, 4, 16);
        for (uint32_t i = 0; i < 3; i++) {
            check_ok(vls_pagelog_begin(log, &err), &err);
            for (uint32_t p = 0; p < 4 + 6 * h; p++)
                check_ok(model_put(log, &m[h], 20 * h + p, 1000 * (h + 1) + 100 * i + p, &err), &err);
            check_ok(vls_pagelog_commit(log, &err), &err);
        }
        vls_pagelog_close(log);
        end[h] = disk_keep(&n[h]);
        block[h] = told_block(end[h], plain[h]);
    }
    assert_memory_equal(plain[0], plain[1], PL_SPACE_AT); /* nothing in it tells one from the other */
    assert_memory_not_equal(plain[0], plain[1], VLS_PAGELOG_PAGE);

    for (uint32_t h = 0; h < 2; h++) {
        uint8_t mine[VLS_PAGELOG_BLOCK];

        memcpy(mine, block_at(end[h], block[h]), sizeof mine);
        memcpy(block_at(end[h], block[h]), block_at(end[1 - h], block[1 - h]), VLS_PAGELOG_BLOCK);
        memio_load(&disk, "store", end[h], n[h]);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        assert_false(log->space_told);
        vls_pagelog_rollback(log);
        vls_pagelog_close(log);
        goes_on(&m[h]);
        memcpy(block_at(end[h], block[h]), mine, sizeof mine);
    }
    free(base);
    free(end[0]);
    free(end[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_of_a_closed_store_LL_04),
        cmocka_unit_test(no_mixture_of_moments_is_a_new_one_LL_04),
        cmocka_unit_test(no_block_of_another_store_is_taken_LL_04),
        cmocka_unit_test(a_map_of_used_blocks_of_another_history_is_not_believed_LL_04),
        cmocka_unit_test(taking_away_the_newest_commits_is_noticed_LL_06),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
