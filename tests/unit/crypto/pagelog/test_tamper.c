/*
 * LL-04 and LL-06, the thief who brings the laptop back: pages exchanged, replaced by their own past, taken from other
 * stores, zeroed, cut off, commits taken away. Each attempt is refused with the place named or concerns bytes that
 * nothing refers to; it never gives other data, and a refused opening changes no byte of the file.
 */
#include "disk.h"

#define PAGES    200u
#define VERSIONS 6u

/* A closed store of 200 pages, each written six times, with all that it ever held. */
static struct {
    uint8_t *bytes;
    size_t n;
    struct pl_ref ref[PAGES];
    struct model last;
    uint8_t sealed[VERSIONS][PAGES][VLS_PAGELOG_BLOCK];
} big;

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
    big.bytes = disk_keep(&big.n);
}

static int
setup(void **state)
{
    int rc = disk_setup(state);

    big_new();
    return rc;
}

static int
teardown(void **state)
{
    free(big.bytes);
    return disk_teardown(state);
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
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
