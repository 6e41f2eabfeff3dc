/*
 * What our own key has sealed and yet must not be believed: older versions of the map, headers that do not follow,
 * stores that cannot be.
 */
#include "image.h"

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
        cmocka_unit_test(older_versions_of_the_map_are_refused),
        cmocka_unit_test(a_header_that_does_not_follow_is_none),
        cmocka_unit_test(authentic_but_impossible_stores_are_refused),
    };

    return cmocka_run_group_tests(tests, disk_setup, disk_teardown);
}
