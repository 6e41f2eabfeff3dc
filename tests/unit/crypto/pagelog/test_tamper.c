/*
 * LL-04 and LL-06, the thief who brings the laptop back: pages exchanged, replaced by their own past, taken from other
 * stores, zeroed, cut off, commits taken away. Each attempt is refused with the place named or concerns bytes that
 * nothing refers to; it never gives other data, and a refused opening changes no byte of the file.
 */
#include "memio.h"
#include "model.h"

#define PAGES    200u
#define VERSIONS 6u

static struct vls_secret *key, *other_key;
static struct memio disk;

/* A closed store of 200 pages, each written six times, with all that it ever held. */
static struct {
    uint8_t *bytes;
    size_t n;
    struct pl_ref ref[PAGES];
    struct model last;
    uint8_t sealed[VERSIONS][PAGES][VLS_PAGELOG_BLOCK];
} big;

static uint8_t *
block_at(uint8_t *bytes, uint32_t block)
{
    return bytes + (size_t)block * VLS_PAGELOG_BLOCK;
}

static uint8_t *
image_keep(size_t *n)
{
    struct memio_file *f = memio_named(&disk, "store");
    uint8_t *p = malloc(f->n_now);

    assert_non_null(p);
    memcpy(p, f->now, f->n_now);
    *n = f->n_now;
    return p;
}

static void
big_new(void)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};

    memio_clear(&disk);
    memset(&big.last, 0, sizeof big.last);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    for (uint32_t v = 0; v < VERSIONS; v++) {
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t p = 0; p < PAGES; p++)
            check_ok(model_put(log, &big.last, p, 1000 * (v + 1) + p, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        for (uint32_t p = 0; p < PAGES; p++) {
            check_ok(vls__pl_map_get(log, p, &big.ref[p], &err), &err);
            memcpy(big.sealed[v][p], block_at(memio_named(&disk, "store")->now, big.ref[p].block), VLS_PAGELOG_BLOCK);
        }
    }
    vls_pagelog_close(log);
    big.bytes = image_keep(&big.n);
}

static int
setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    key = model_key(1);
    other_key = model_key(2);
    memio_init(&disk);
    big_new();
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    free(big.bytes);
    memio_clear(&disk);
    vls_secret_free(key);
    vls_secret_free(other_key);
    return 0;
}

/* The disk holds what it was given. */
static void
unchanged(const uint8_t *bytes, size_t n)
{
    const struct memio_file *f = memio_named(&disk, "store");

    assert_int_equal(f->n_now, n);
    if (n > 0 && memcmp(f->now, bytes, n) != 0)
        fail_msg("a refused store was changed");
}

/* One page of an open log that must not be handed out. */
static void
page_refused(struct vls_pagelog *log, uint32_t page, const char *why)
{
    static const uint8_t zeros[VLS_PAGELOG_PAGE];
    uint8_t out[VLS_PAGELOG_BLOCK];
    struct vls_error err = {0};
    char name[24];

    memset(out, 0xee, sizeof out);
    if (vls_pagelog_get(log, page, out, &err) != VLS_EAUTH)
        fail_msg("page %u, %s: %s", (unsigned)page, why, vls_code_name(err.code));
    (void)snprintf(name, sizeof name, "page %u", (unsigned)page);
    if (strstr(err.text, name) == NULL)
        fail_msg("page %u, %s: not named in: %s", (unsigned)page, why, err.text);
    assert_memory_equal(out, zeros, sizeof zeros);
}

/*
 * Every page at once gets another content, so that one opening serves 200 attempts; with the tag that the map expects
 * put under it or not. Yields how many attempts there were.
 */
static unsigned
all_pages_refused(const uint8_t *(*content)(uint32_t page, uint32_t how), uint32_t how, const char *why)
{
    uint8_t *bytes = malloc(big.n);
    struct vls_error err = {0};
    unsigned n = 0;

    assert_non_null(bytes);
    for (int right_tag = 0; right_tag < 2; right_tag++) {
        struct vls_pagelog *log = NULL;

        memcpy(bytes, big.bytes, big.n);
        for (uint32_t p = 0; p < PAGES; p++) {
            uint8_t *block = block_at(bytes, big.ref[p].block);

            memcpy(block, content(p, how), VLS_PAGELOG_BLOCK);
            if (right_tag)
                memcpy(block + PL_TAG_AT, big.ref[p].tag, VLS_TAG_LEN);
        }
        memio_load(&disk, "store", bytes, big.n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err); /* the map is whole */
        for (uint32_t p = 0; p < PAGES; p++, n++)
            page_refused(log, p, why);
        assert_int_equal(vls_pagelog_verify(log, &err), VLS_EAUTH);
        vls_pagelog_close(log);
        unchanged(bytes, big.n);
    }
    free(bytes);
    return n;
}

static const uint8_t *
page_beside(uint32_t page, uint32_t how)
{
    return big.sealed[VERSIONS - 1][(page + how) % PAGES];
}

static void
no_page_stands_for_any_other_LL_04(void **state)
{
    unsigned n = 0;

    (void)state;
    for (uint32_t shift = 1; shift < PAGES; shift++)
        n += all_pages_refused(page_beside, shift, "another page of the store");
    assert_int_equal(n, 2 * PAGES * (PAGES - 1));
}

static const uint8_t *
page_before(uint32_t page, uint32_t how)
{
    return big.sealed[how][page];
}

static void
no_page_stands_for_itself_as_it_was_LL_04(void **state)
{
    unsigned n = 0;

    (void)state;
    for (uint32_t v = 0; v < VERSIONS - 1; v++)
        n += all_pages_refused(page_before, v, "an older version of itself");
    assert_int_equal(n, 2 * PAGES * (VERSIONS - 1));
}

static const uint8_t *
page_blank(uint32_t page, uint32_t how)
{
    static uint8_t block[VLS_PAGELOG_BLOCK];

    (void)page;
    if (how < 2)
        memset(block, how == 0 ? 0 : 0xff, sizeof block);
    else
        vls_random(block, sizeof block);
    return block;
}

static void
no_blank_page_is_taken_for_a_hole_LL_04(void **state)
{
    unsigned n = 0;

    (void)state;
    for (uint32_t how = 0; how < 3; how++)
        n += all_pages_refused(page_blank, how, "zeroed, filled or noise");
    assert_int_equal(n, 2 * PAGES * 3);
}

static uint8_t (*elsewhere)[VLS_PAGELOG_BLOCK]; /* the pages of another store */

static const uint8_t *
page_elsewhere(uint32_t page, uint32_t how)
{
    return elsewhere[(page + how) % PAGES];
}

/* The same pages with the same content, of a store with the same key, and of one with its own. */
static void
no_page_of_another_store_is_taken_LL_04(void **state)
{
    unsigned n = 0;

    (void)state;
    elsewhere = malloc((size_t)PAGES * VLS_PAGELOG_BLOCK);
    assert_non_null(elsewhere);
    for (int which = 0; which < 2; which++) {
        struct vls_pagelog *log = NULL;
        struct vls_error err = {0};
        struct model m = {0};
        struct pl_ref ref;

        memio_clear(&disk);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", which ? other_key : key, VLS_PAGELOG_CREATE, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t p = 0; p < PAGES; p++)
            check_ok(model_put(log, &m, p, 1000 * VERSIONS + p, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        for (uint32_t p = 0; p < PAGES; p++) {
            check_ok(vls__pl_map_get(log, p, &ref, &err), &err);
            memcpy(elsewhere[p], block_at(memio_named(&disk, "store")->now, ref.block), VLS_PAGELOG_BLOCK);
        }
        vls_pagelog_close(log);
        for (uint32_t shift = 0; shift < 3; shift++)
            n += all_pages_refused(page_elsewhere, shift, "a page of another store");
    }
    assert_int_equal(n, 2 * PAGES * 3 * 2);
    free(elsewhere);
}

/* One at a time: what was exchanged is refused, everything else stays readable. */
static void
one_exchanged_page_spoils_no_other_LL_04(void **state)
{
    uint8_t *bytes = malloc(big.n), out[VLS_PAGELOG_BLOCK], want[VLS_PAGELOG_PAGE];
    struct vls_error err = {0};
    unsigned n = 0;

    (void)state;
    assert_non_null(bytes);
    for (uint32_t p = 0; p < PAGES; p += 3, n++) {
        struct vls_pagelog *log = NULL;

        memcpy(bytes, big.bytes, big.n);
        memcpy(block_at(bytes, big.ref[p].block), big.sealed[VERSIONS - 2][p], VLS_PAGELOG_BLOCK);
        memio_load(&disk, "store", bytes, big.n);
        check_ok(vls_pagelog_open(&log, &disk.io, "store", key, 0, &err), &err);
        for (uint32_t q = 0; q < PAGES; q++) {
            if (q == p) {
                page_refused(log, q, "the version before");
                continue;
            }
            check_ok(vls_pagelog_get(log, q, out, &err), &err);
            model_page(want, big.last.value[q]);
            assert_memory_equal(out, want, sizeof want);
        }
        vls_pagelog_close(log);
        unchanged(bytes, big.n);
    }
    assert_int_equal(n, (PAGES + 2) / 3);
    free(bytes);
}

/* Every length in blocks, and lengths within: refused, or only dead blocks were cut off. */
static void
every_cut_is_refused_or_cuts_nothing_LL_04(void **state)
{
    static const size_t inside[] = {0, 1, 2048, 4095};
    unsigned at_open = 0, at_page = 0, harmless = 0;
    struct vls_error err = {0};

    (void)state;
    for (size_t block = 0; block < big.n / VLS_PAGELOG_BLOCK; block++)
        for (size_t i = 0; i < sizeof inside / sizeof inside[0]; i++) {
            size_t n = block * VLS_PAGELOG_BLOCK + inside[i];
            struct vls_pagelog *log = NULL;
            enum vls_code rc;
            unsigned lost = 0;

            memio_load(&disk, "store", big.bytes, n);
            rc = vls_pagelog_open(&log, &disk.io, "store", key, 0, &err);
            if (rc != VLS_OK) {
                assert_int_equal(rc, VLS_EAUTH);
                assert_true(strstr(err.text, "block") != NULL || strstr(err.text, "leaf") != NULL);
                unchanged(big.bytes, n);
                at_open++;
                continue;
            }
            assert_int_equal(vls_pagelog_pages(log), PAGES); /* no older state either */
            for (uint32_t p = 0; p < PAGES; p++)
                if (big.ref[p].block >= block) {
                    page_refused(log, p, "cut off");
                    lost++;
                }
            if (lost == 0 && i == 0)
                check_ok(model_compare(log, &big.last, &err), &err);
            vls_pagelog_close(log);
            at_page += lost > 0;
            harmless += lost == 0;
        }
    print_message("refused at opening %u, at the page %u, harmless %u\n", at_open, at_page, harmless);
    assert_true(at_open > 8 && at_page + at_open > 200 && harmless > 100);
}

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
            s->at[i] = image_keep(&s->n[i]);
            check_ok(vls_pagelog_open(&log, &disk.io, "store", k, 0, &err), &err);
            vls__pl_limits(log, ckpt, 4, 16);
        } else {
            s->at[i] = image_keep(&s->n[i]);
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
    base = image_keep(&base_n);
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
        end[h] = image_keep(&n[h]);
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
        cmocka_unit_test(no_page_stands_for_any_other_LL_04),
        cmocka_unit_test(no_page_stands_for_itself_as_it_was_LL_04),
        cmocka_unit_test(no_blank_page_is_taken_for_a_hole_LL_04),
        cmocka_unit_test(no_page_of_another_store_is_taken_LL_04),
        cmocka_unit_test(one_exchanged_page_spoils_no_other_LL_04),
        cmocka_unit_test(every_cut_is_refused_or_cuts_nothing_LL_04),
        cmocka_unit_test(every_byte_of_a_closed_store_LL_04),
        cmocka_unit_test(no_mixture_of_moments_is_a_new_one_LL_04),
        cmocka_unit_test(no_block_of_another_store_is_taken_LL_04),
        cmocka_unit_test(a_map_of_used_blocks_of_another_history_is_not_believed_LL_04),
        cmocka_unit_test(taking_away_the_newest_commits_is_noticed_LL_06),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
