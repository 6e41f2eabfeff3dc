/*
 * What recovery accepts, drops and refuses. Each test makes a small store, keeps its bytes, changes them in
 * one way and asks which of the known states comes back; anything else, and any wrong data, fails.
 */
#include "memio.h"
#include "model.h"

#define STATES 24

static struct vls_secret *key, *other_key;
static struct memio disk;

/* A store's bytes and every state it has been in, the newest last. */
struct image {
    uint8_t *bytes;
    size_t n;
    struct model state[STATES];
    int n_states;
    uint32_t last_header, last_page, seal; /* blocks: of the last transaction, and where the chain goes on */
};

static int
setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    key = model_key(1);
    other_key = model_key(2);
    memio_init(&disk);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    memio_clear(&disk);
    vls_secret_free(key);
    vls_secret_free(other_key);
    return 0;
}

static void
image_keep(struct image *im)
{
    struct memio_file *f = memio_named(&disk, "store");

    free(im->bytes);
    im->bytes = malloc(f->n_now);
    im->n = f->n_now;
    memcpy(im->bytes, f->now, f->n_now);
}

static void
image_free(struct image *im)
{
    free(im->bytes);
    free(im);
}

/* A store of a few pages and commits, small enough to try everything; ckpt is the number of headers kept. */
static struct image *
image_new(int commits, int closed, uint32_t ckpt)
{
    struct image *im = calloc(1, sizeof *im);
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    struct model *m = &im->state[0];
    struct pl_ref ref;

    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    vls__pl_limits(log, ckpt, 4, 16);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 4; i++)
        check_ok(model_put(log, m, i, 100 + i, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    check_ok(vls_pagelog_compact(log, NULL, &err), &err); /* gives back the first step of 1 MiB */
    im->n_states = 1;
    for (int c = 0; c < commits; c++) {
        m = &im->state[im->n_states];
        *m = im->state[im->n_states - 1];
        im->last_header = log->next;
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(model_put(log, m, 0, 1000 + (uint32_t)c, &err), &err);
        check_ok(model_put(log, m, 1 + (uint32_t)c % 4, 2000 + (uint32_t)c, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        im->n_states++;
    }
    check_ok(vls__pl_map_get(log, 0, &ref, &err), &err);
    im->last_page = ref.block;
    im->seal = log->next;
    if (closed)
        vls_pagelog_close(log);
    else
        vls__pl_free(log);
    image_keep(im);
    return im;
}

/* Which state the bytes on the disk are: its number, or -1 - code when they were refused. */
static int
judge_with(const struct image *im, const struct vls_secret *k, unsigned flags)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    enum vls_code rc = vls_pagelog_open(&log, &disk.io, "store", k, flags, &err);
    int found = -1;

    if (rc != VLS_OK) {
        assert_null(log);
        assert_true(err.text[0] != '\0');
        return -1 + (int)rc;
    }
    rc = VLS_EVALUE;
    for (int i = im->n_states - 1; i >= 0 && rc == VLS_EVALUE; i--)
        if ((rc = model_compare(log, &im->state[i], &err)) == VLS_OK)
            found = i;
    if (rc == VLS_EVALUE)
        fail_msg("a state that never was: %s", err.text);
    vls_pagelog_close(log);
    return rc == VLS_OK ? found : -1 + (int)rc;
}

#define REFUSED(code) (-1 + (int)(code))

static int
judge(const struct image *im, const uint8_t *bytes, size_t n)
{
    memio_load(&disk, "store", bytes, n);
    return judge_with(im, key, 0);
}

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

/* The map's own blocks: each replaced by an older version of itself, whose pages are all still there (PL16). */
static void
older_versions_of_the_map_are_refused(void **state)
{
    (void)state;
    for (int what = 0; what < 3; what++) { /* leaf, index, page */
        struct image *im = calloc(1, sizeof *im);
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        uint8_t old[VLS_PAGELOG_BLOCK], page[VLS_PAGELOG_BLOCK];
        struct pl_ref ref = {0, {0}};
        enum vls_code rc;

        memio_clear(&disk);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
        vls__pl_limits(log, 0, 256, 256); /* a checkpoint with every commit */
        for (uint32_t i = 0; i < 2; i++) {
            if (i == 1)
                memcpy(old, memio_named(&disk, "store")->now + (size_t)ref.block * VLS_PAGELOG_BLOCK, sizeof old);
            check_ok(vls_pagelog_begin(log, &err), &err);
            check_ok(model_put(log, &im->state[0], 0, 70 + i, &err), &err);
            check_ok(vls_pagelog_commit(log, &err), &err);
            if (what == 0)
                ref = vls__pl_leaf_ref(log, 0);
            else if (what == 1)
                ref = log->super.root[0];
            else
                check_ok(vls__pl_map_get(log, 0, &ref, &err), &err);
        }
        vls_pagelog_close(log);
        image_keep(im);
        memcpy(im->bytes + (size_t)ref.block * VLS_PAGELOG_BLOCK, old, sizeof old);
        memio_load(&disk, "store", im->bytes, im->n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY, &err), &err);
        rc = vls_pagelog_get(log, 0, page, &err);
        if (rc != VLS_EAUTH)
            fail_msg("case %d: %d, value %u", what, (int)rc, (unsigned)vls_load_le32(page));
        assert_non_null(strstr(err.text, "block"));
        vls_pagelog_close(log);
        image_free(im);
    }
}

/* Authentic headers that do not follow the last one are the end of the chain, whatever they say (PL9, PL12). */
static void
a_header_that_does_not_follow_is_none(void **state)
{
    (void)state;
    for (int what = 0; what < 6; what++) {
        struct image *im = image_new(2, 1, 32);
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        struct vls_pagelog_stat stat;
        struct pl_header h = {.flags = PL_COMMIT, .pages = 2}; /* it would drop two pages */
        uint8_t plain[VLS_PAGELOG_PAGE];

        memio_load(&disk, "store", im->bytes, im->n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        h.sequence = log->sequence;
        h.txn = log->txn + 1;
        h.next = im->seal + 1;
        memcpy(h.previous, log->head, sizeof h.previous);
        switch (what) {
        case 0: h.sequence++; break;
        case 1: h.sequence--; break;
        case 2: h.previous[31] ^= 1; break;
        case 3: h.txn--; break;
        default: /* a SEAL of another transaction, and a SEAL where a transaction should end */
            h.flags = what == 4 ? PL_SEAL : 0;
            h.txn -= what == 4 ? 2 : 0;
            h.next = what == 4 ? 0 : h.next;
            break;
        }
        vls__pl_header_encode(plain, &h);
        vls__pl_seal(im->bytes + (size_t)im->seal * VLS_PAGELOG_BLOCK, &log->keys, PL_HEADER, im->seal, plain);
        if (what == 5) {
            im->bytes = realloc(im->bytes, im->n + (size_t)4 * VLS_PAGELOG_BLOCK);
            memset(im->bytes + im->n, 0, (size_t)4 * VLS_PAGELOG_BLOCK);
            im->n += (size_t)4 * VLS_PAGELOG_BLOCK;
            vls__pl_chain(h.previous, im->bytes + (size_t)im->seal * VLS_PAGELOG_BLOCK);
            h.sequence++;
            h.txn--;
            h.flags = PL_SEAL;
            h.next = 0;
            vls__pl_header_encode(plain, &h);
            vls__pl_seal(im->bytes + (size_t)(im->seal + 1) * VLS_PAGELOG_BLOCK, &log->keys, PL_HEADER, im->seal + 1,
                         plain);
        }
        vls__pl_free(log);
        memio_load(&disk, "store", im->bytes, im->n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        vls_pagelog_stat(log, &stat);
        if (stat.was_sealed || log->txn != 3)
            fail_msg("case %d: sealed %d, transaction %llu", what, stat.was_sealed, (unsigned long long)log->txn);
        check_ok(model_compare(log, &im->state[2], &err), &err);
        vls_pagelog_close(log);
        image_free(im);
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

/* What our own key can seal and yet must not be believed (PL17). */
static void
authentic_but_impossible_stores_are_refused(void **state)
{
    (void)state;
    for (int what = 0; what < 8; what++) {
        struct image *im = image_new(1, 1, 32);
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        struct pl_super s;
        struct pl_header h = {.flags = PL_COMMIT};
        uint8_t plain[VLS_PAGELOG_PAGE];
        uint32_t a, b;
        enum vls_code want = VLS_EFORMAT, rc;

        memio_load(&disk, "store", im->bytes, im->n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(vls__pl_space_reserve(log, 3, &err), &err);
        a = vls__pl_space_take(log); /* free blocks of the file */
        b = vls__pl_space_take(log);
        image_keep(im);
        s = log->super;
        s.generation += 2;
        h.sequence = log->sequence;
        h.txn = log->txn + 1;
        h.pages = 4;
        h.next = vls__pl_space_take(log);
        memcpy(h.previous, log->head, sizeof h.previous);
        switch (what) {
        case 0: /* two pages in one block */
            h.n_entries = 2;
            h.entry[0].page = 0;
            h.entry[1].page = 1;
            h.entry[0].ref.block = h.entry[1].ref.block = a;
            break;
        case 1: /* one page twice in a transaction */
            h.n_entries = 2;
            h.entry[0].ref.block = a;
            h.entry[1].ref.block = b;
            break;
        case 2: /* a page in the block of a header */
            h.n_entries = 1;
            h.entry[0].ref.block = im->last_header;
            break;
        case 3: /* the chain goes on far beyond the file */
            h.next = 1u << 30;
            want = VLS_EAUTH; /* not torn: a transaction without pages has nothing to lose */
            break;
        case 4: /* a page far beyond the file: torn, and so dropped */
            h.n_entries = 1;
            h.entry[0].ref.block = 1u << 30;
            want = VLS_OK;
            break;
        case 5: /* the chain goes on in a live page */ h.next = im->last_page; break;
        case 6: /* a superblock that proves what is not there */
            s.proven = log->txn + 5;
            want = VLS_EAUTH;
            break;
        default: /* and one in the wrong slot */ s.generation += 1; break;
        }
        if (what < 6) {
            vls__pl_header_encode(plain, &h);
            vls__pl_seal(im->bytes + (size_t)im->seal * VLS_PAGELOG_BLOCK, &log->keys, PL_HEADER, im->seal, plain);
        } else {
            uint32_t slot = log->super.generation & 1;

            vls__pl_super_encode(plain, &s);
            vls__pl_seal(im->bytes + (size_t)slot * VLS_PAGELOG_BLOCK, &log->keys, PL_SUPER, slot, plain);
        }
        vls__pl_free(log);
        memio_load(&disk, "store", im->bytes, im->n);
        rc = vls_pagelog_open(&log, &disk.io, "store", key, 0, &err);
        if (rc != want)
            fail_msg("case %d: %d, %s", what, (int)rc, err.text);
        if (rc == VLS_OK)
            check_ok(model_compare(log, &im->state[1], &err), &err);
        vls_pagelog_close(log);
        log = NULL;
        image_free(im);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_opens_unchanged),
        cmocka_unit_test(a_flipped_bit_of_a_closed_store_is_harmless_or_refused),
        cmocka_unit_test(a_flipped_bit_of_an_open_store_never_gives_wrong_data),
        cmocka_unit_test(every_cut_of_a_closed_store_is_harmless_or_refused),
        cmocka_unit_test(every_cut_in_the_last_commit_gives_the_state_before),
        cmocka_unit_test(swapped_and_older_blocks_never_give_wrong_data),
        cmocka_unit_test(another_key_opens_nothing),
        cmocka_unit_test(blocks_of_another_store_with_the_same_key_are_refused),
        cmocka_unit_test(either_superblock_alone_is_enough),
        cmocka_unit_test(both_superblocks_gone_is_refused),
        cmocka_unit_test(a_torn_last_commit_of_an_open_store_is_dropped_once_and_for_all),
        cmocka_unit_test(a_closed_store_never_loses_its_last_commit),
        cmocka_unit_test(damage_before_the_last_commit_is_refused_even_in_an_open_store),
        cmocka_unit_test(a_header_in_flight_proves_the_commit_before),
        cmocka_unit_test(what_recovery_accepts_is_durable),
        cmocka_unit_test(older_versions_of_the_map_are_refused),
        cmocka_unit_test(a_header_that_does_not_follow_is_none),
        cmocka_unit_test(newer_versions_are_left_alone),
        cmocka_unit_test(reading_decides_the_same_and_writes_nothing),
        cmocka_unit_test(an_error_of_the_device_is_not_damage),
        cmocka_unit_test(authentic_but_impossible_stores_are_refused),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
