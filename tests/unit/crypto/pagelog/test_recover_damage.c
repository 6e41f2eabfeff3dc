/*
 * Bytes that somebody or something has changed: bits, cuts, blocks exchanged or of another store. One of the known
 * states comes back, or the store is refused; anything else, and any wrong data, fails.
 */
#include "image.h"

/* One random bit of every byte or of every third; VLS_TEST_LONG tries all. */
static void
flips(int closed)
{
    struct image *im = image_new(3, closed, closed ? 2 : 32);
    uint64_t seed = check_seed(5);
    int last = im->n_states - 1, refused = 0, same = 0, previous = 0;
    size_t step = getenv("VLS_TEST_LONG") != NULL ? 1 : 29;

    for (size_t bit = 0; bit < im->n * 8; bit += 1 + (step > 1 ? (size_t)(check_random(&seed) % (2 * step)) : 0)) {
        int got;

        im->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        got = judge(im, im->bytes, im->n);
        im->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        if (got == last) {
            same++;
        } else if (got == REFUSED(VLS_EAUTH)) {
            refused++;
        } else if (!closed && got == last - 1) {
            previous++; /* taken for a torn commit, which it may have been */
        } else {
            fail_msg("bit %zu of block %zu: %d", bit % 32768, bit / 32768, got);
        }
    }
    assert_true(refused > 100 && same > 100);
    assert_true(closed ? previous == 0 : previous > 10);
    print_message("same %d, refused %d, previous %d\n", same, refused, previous);
    image_free(im);
}

static void
a_flipped_bit_of_a_closed_store_is_harmless_or_refused(void **state)
{
    (void)state;
    flips(1);
}

static void
a_flipped_bit_of_an_open_store_never_gives_wrong_data(void **state)
{
    (void)state;
    flips(0);
}

static void
every_cut_of_a_closed_store_is_harmless_or_refused(void **state)
{
    struct image *im = image_new(6, 1, 4);
    int last = im->n_states - 1, same = 0;

    (void)state;
    for (size_t n = 0; n < im->n; n += n % 4096 < 3 || n % 4096 > 4092 ? 1 : 61) {
        int got = judge(im, im->bytes, n);

        if (got == last)
            same++;
        else if (got != REFUSED(VLS_EAUTH))
            fail_msg("cut at %zu: %d", n, got);
    }
    assert_true(same > 0); /* behind the last block in use */
    image_free(im);
}

/* An unclosed file that ends with its last commit: the state before it until the last byte is there. */
static void
every_cut_in_the_last_commit_gives_the_state_before(void **state)
{
    struct image *im = calloc(1, sizeof *im);
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    size_t before, after;

    (void)state;
    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    vls__pl_limits(log, 32, 4, 16);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 4; i++)
        check_ok(model_put(log, &im->state[0], i, 100 + i, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    im->state[1] = im->state[0];
    before = (size_t)log->next * VLS_PAGELOG_BLOCK;
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 4; i++)
        check_ok(model_put(log, &im->state[1], i, 200 + i, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    im->n_states = 2;
    after = (size_t)(log->end - 1) * VLS_PAGELOG_BLOCK; /* without the block promised to the next header */
    assert_int_equal(after - before, 5 * VLS_PAGELOG_BLOCK);
    vls__pl_free(log);
    image_keep(im);
    for (size_t n = before; n <= after; n += after - n > 40 ? 37 : 1) {
        int got = judge(im, im->bytes, n);

        if (got != (n == after))
            fail_msg("cut at %zu of %zu: %d", n - before, after - before, got);
    }
    image_free(im);
}

/* Every block overwritten with every other one, and with what it held after each earlier commit. */
static void
swapped_and_older_blocks_never_give_wrong_data(void **state)
{
    struct image *older = image_new(2, 1, 2), *im;
    uint8_t *bytes, *old_bytes;
    size_t blocks, old_n;
    int refused = 0, last, same = 0;
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    (void)state;
    /* continue that very store, so that the older image is one of its own past */
    im = calloc(1, sizeof *im);
    memcpy(im->state, older->state, sizeof im->state);
    im->n_states = older->n_states;
    old_bytes = older->bytes;
    old_n = older->n;
    memio_load(&disk, "store", old_bytes, old_n);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
    vls__pl_limits(log, 2, 4, 16);
    for (int c = 0; c < 4; c++) {
        im->state[im->n_states] = im->state[im->n_states - 1];
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t p = 0; p < 3; p++)
            check_ok(model_put(log, &im->state[im->n_states], p, 7000 + (uint32_t)c * 10 + p, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        im->n_states++;
    }
    vls_pagelog_close(log);
    image_keep(im);
    last = im->n_states - 1;
    blocks = im->n / VLS_PAGELOG_BLOCK;
    bytes = malloc(im->n);
    for (size_t to = 0; to < blocks; to++)
        for (size_t from = 0; from < blocks + old_n / VLS_PAGELOG_BLOCK; from++) {
            const uint8_t *src =
                from < blocks ? im->bytes + from * VLS_PAGELOG_BLOCK : old_bytes + (from - blocks) * VLS_PAGELOG_BLOCK;
            int got;

            if (from == to)
                continue;
            memcpy(bytes, im->bytes, im->n);
            memcpy(bytes + to * VLS_PAGELOG_BLOCK, src, VLS_PAGELOG_BLOCK);
            got = judge(im, bytes, im->n);
            if (got != last && got != REFUSED(VLS_EAUTH) && got != REFUSED(VLS_EFORMAT))
                fail_msg("block %zu becomes %zu (of %zu): %d", to, from, blocks, got);
            refused += got != last;
            same += got == last;
        }
    assert_true(refused > 50 && same > 50);
    free(bytes);
    image_free(older);
    image_free(im);
}

static void
another_key_opens_nothing(void **state)
{
    struct image *im = image_new(3, 1, 4);
    uint8_t *after;

    (void)state;
    memio_load(&disk, "store", im->bytes, im->n);
    assert_int_equal(judge_with(im, other_key, 0), REFUSED(VLS_EAUTH));
    after = memio_named(&disk, "store")->now;
    assert_memory_equal(after, im->bytes, im->n); /* and harms nothing */
    assert_int_equal(judge_with(im, key, 0), 3);
    image_free(im);
}

/* Pages, map and chain of another store that was made with the same key. */
static void
blocks_of_another_store_with_the_same_key_are_refused(void **state)
{
    struct image *a = image_new(4, 1, 9), *b = image_new(4, 1, 9);
    uint8_t *bytes = malloc(a->n);
    int refused = 0;

    (void)state;
    assert_int_equal(a->n, b->n);
    for (size_t block = 0; block < a->n / VLS_PAGELOG_BLOCK; block++) {
        int got;

        memcpy(bytes, a->bytes, a->n);
        memcpy(bytes + block * VLS_PAGELOG_BLOCK, b->bytes + block * VLS_PAGELOG_BLOCK, VLS_PAGELOG_BLOCK);
        got = judge(a, bytes, a->n);
        if (block < 2)
            assert_int_equal(got, REFUSED(VLS_EFORMAT)); /* two stores in one file */
        else if (got != 4 && got != REFUSED(VLS_EAUTH))
            fail_msg("block %zu: %d", block, got);
        refused += got != 4;
    }
    assert_true(refused >= 8);
    free(bytes);
    image_free(a);
    image_free(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_flipped_bit_of_a_closed_store_is_harmless_or_refused),
        cmocka_unit_test(a_flipped_bit_of_an_open_store_never_gives_wrong_data),
        cmocka_unit_test(every_cut_of_a_closed_store_is_harmless_or_refused),
        cmocka_unit_test(every_cut_in_the_last_commit_gives_the_state_before),
        cmocka_unit_test(swapped_and_older_blocks_never_give_wrong_data),
        cmocka_unit_test(another_key_opens_nothing),
        cmocka_unit_test(blocks_of_another_store_with_the_same_key_are_refused),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
