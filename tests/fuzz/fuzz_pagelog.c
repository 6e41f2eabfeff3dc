/*
 * Opening and recovery of the page log under hostile bytes. The first byte says how the rest is meant:
 *
 *   even  the rest is a file as it stands;
 *   odd   the rest are edits, five bytes each, of the plaintexts of a small valid store: block, offset (2 bytes,
 * little-endian), how (0 set, 1 add, 2 xor, 3 copy from the block in value), value. Then every block is sealed again,
 * references and chain follow their new tags (unless bit 1 of the first byte is set, then only the tags), so that the
 * edit gets past the seal. With bit 2 the store had been closed: there is a SEAL that tells which blocks are in use.
 *
 * Nothing may crash; a store that opens must open again with the same state (PL15), and go on.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/crypto/pagelog/memio.h"

#include "crypto/pagelog/pagelog_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FILE_MAX (64u * VLS_PAGELOG_BLOCK)
#define BLOCKS   32

static struct memio disk;
static struct vls_secret *key;

/* A valid store, opened block by block. */
static struct image {
    struct pl_keys keys;
    uint8_t bytes[BLOCKS * VLS_PAGELOG_BLOCK];
    size_t n_blocks;
    struct {
        enum pl_kind kind; /* 0: nothing known */
        uint32_t number;
        uint8_t plain[VLS_PAGELOG_PAGE];
    } block[BLOCKS];
} valid, closed, edited;

static void
must(enum vls_code rc)
{
    if (rc != VLS_OK)
        abort();
}

/* Six pages, a checkpoint, three commits after it, one of them shrinking, not closed; and the same closed. */
static void
valid_make(struct image *as)
{
    struct vls_pagelog *log = NULL;
    uint8_t plain[VLS_PAGELOG_PAGE] = {1};
    struct memio_file *f;

    memio_clear(&disk);
    must(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, NULL));
    vls__pl_limits(log, 2, 4, 8);
    for (uint32_t i = 0; i < 2; i++) {
        must(vls_pagelog_begin(log, NULL));
        for (uint32_t page = 0; page < 6; page++)
            must(vls_pagelog_put(log, page, plain, NULL));
        must(vls_pagelog_commit(log, NULL));
        if (i == 0)
            must(vls_pagelog_compact(log, NULL, NULL));
    }
    vls__pl_limits(log, 32, 4, 8);
    must(vls_pagelog_begin(log, NULL));
    must(vls_pagelog_put(log, 3, plain, NULL));
    must(vls_pagelog_truncate(log, 5, NULL));
    must(vls_pagelog_commit(log, NULL));
    must(vls_pagelog_begin(log, NULL));
    must(vls_pagelog_put(log, 0, plain, NULL));
    must(vls_pagelog_put(log, 7, plain, NULL));
    must(vls_pagelog_commit(log, NULL));
    must(vls__pl_keys_copy(&as->keys, &log->keys, NULL));
    if (as == &closed)
        vls_pagelog_close(log);
    else
        vls__pl_free(log);
    f = memio_named(&disk, "store");
    if (f->n_now > sizeof as->bytes)
        abort();
    memcpy(as->bytes, f->now, f->n_now);
    as->n_blocks = f->n_now / VLS_PAGELOG_BLOCK;
}

static void
valid_open(struct image *as)
{
    for (uint32_t b = 0; b < as->n_blocks; b++)
        for (int kind = PL_SUPER; kind < PL_KINDS && as->block[b].kind == 0; kind++)
            for (uint32_t number = 0; number < BLOCKS; number++)
                if (vls__pl_unseal(as->block[b].plain, &as->keys, (enum pl_kind)kind, number,
                                   as->bytes + (size_t)b * VLS_PAGELOG_BLOCK)) {
                    as->block[b].kind = (enum pl_kind)kind;
                    as->block[b].number = number;
                    break;
                }
}

static void
start(void)
{
    const uint8_t bytes[VLS_KEY_LEN] = {7};

    if (key != NULL)
        return;
    must(vls_secret_start(NULL));
    must(vls_secret_copy(&key, bytes, sizeof bytes, NULL));
    memio_init(&disk);
    valid_make(&valid);
    valid_open(&valid);
    valid_make(&closed);
    valid_open(&closed);
}

/* Wherever a block's old tag stands in a reference, its new one goes. */
static void
tags_follow(const uint8_t *was, const uint8_t *is)
{
    for (size_t b = 0; b < edited.n_blocks; b++) {
        uint8_t *plain = edited.block[b].plain, *hit;

        if (edited.block[b].kind == 0 || edited.block[b].kind == PL_PAGE)
            continue;
        for (size_t at = 0; at + VLS_TAG_LEN <= VLS_PAGELOG_PAGE; at = (size_t)(hit - plain) + VLS_TAG_LEN) {
            if ((hit = memmem(plain + at, VLS_PAGELOG_PAGE - at, was, VLS_TAG_LEN)) == NULL)
                break;
            memcpy(hit, is, VLS_TAG_LEN);
        }
    }
}

static void
seal_again(enum pl_kind kind)
{
    for (size_t b = 0; b < edited.n_blocks; b++) {
        uint8_t *block = edited.bytes + b * VLS_PAGELOG_BLOCK, was[VLS_TAG_LEN];

        if (edited.block[b].kind != kind)
            continue;
        memcpy(was, block + PL_TAG_AT, VLS_TAG_LEN);
        vls__pl_seal(block, &edited.keys, kind, edited.block[b].number, edited.block[b].plain);
        tags_follow(was, block + PL_TAG_AT);
    }
}

/* Headers in the order of their sequence numbers, each with the head that the one before makes. */
static void
chain_follows(bool fix)
{
    uint8_t head[VLS_HASH_LEN];
    const uint8_t *newest = NULL;
    uint64_t sequence;

    for (size_t b = 0; b < 2; b++)
        if (newest == NULL || vls_load_le64(edited.block[b].plain) > vls_load_le64(newest))
            newest = edited.block[b].plain;
    memcpy(head, newest + 32, VLS_HASH_LEN);
    sequence = vls_load_le64(newest + 16);
    for (int round = 0; round < BLOCKS; round++, sequence++)
        for (size_t b = 0; b < edited.n_blocks; b++) {
            uint8_t *plain = edited.block[b].plain;

            if (edited.block[b].kind != PL_HEADER || vls_load_le64(plain) != sequence)
                continue;
            if (fix)
                memcpy(plain + 32, head, VLS_HASH_LEN);
            vls__pl_seal(edited.bytes + b * VLS_PAGELOG_BLOCK, &edited.keys, PL_HEADER, edited.block[b].number, plain);
            vls__pl_chain(head, edited.bytes + b * VLS_PAGELOG_BLOCK);
        }
}

static size_t
edit(uint8_t how, const uint8_t *p, size_t n)
{
    edited = (how & 4) != 0 ? closed : valid;
    for (; n >= 5; p += 5, n -= 5) {
        size_t b = p[0] % edited.n_blocks, at = (size_t)(p[1] | p[2] << 8) % VLS_PAGELOG_PAGE;
        uint8_t *to = &edited.block[b].plain[at];

        switch (p[3] % 4) {
        case 0: *to = p[4]; break;
        case 1: *to = (uint8_t)(*to + p[4]); break;
        case 2: *to ^= p[4]; break;
        default: memcpy(edited.block[b].plain, edited.block[p[4] % edited.n_blocks].plain, VLS_PAGELOG_PAGE); break;
        }
    }
    seal_again(PL_PAGE);
    seal_again(PL_LEAF);
    seal_again(PL_INDEX);
    seal_again(PL_SPACE);
    seal_again(PL_HEADER);
    chain_follows((how & 2) == 0);
    seal_again(PL_SUPER);
    return edited.n_blocks * VLS_PAGELOG_BLOCK;
}

/* A log that opened: its state must survive being read, written and opened again. */
static void
use(struct vls_pagelog *log)
{
    uint8_t page[VLS_PAGELOG_BLOCK], head[2][VLS_HASH_LEN];
    uint32_t pages = vls_pagelog_pages(log), n = pages < 300 ? pages : 300;
    uint64_t txn[2];
    enum vls_code rc;
    bool told;

    vls_pagelog_head(log, &txn[0], head[0]);
    for (uint32_t i = 0; i < n; i++)
        if (vls_pagelog_get(log, i, page, NULL) != VLS_OK)
            for (size_t k = 0; k < sizeof page; k++)
                assert(page[k] == 0); /* nothing unverified is handed out */
    vls__pl_free(log);
    must(vls_pagelog_open(&log, &disk.io, "store", key, 0, NULL)); /* decided once */
    vls_pagelog_head(log, &txn[1], head[1]);
    assert(txn[0] == txn[1] && memcmp(head[0], head[1], VLS_HASH_LEN) == 0);
    assert(vls_pagelog_pages(log) == pages);
    rc = vls_pagelog_verify(log, NULL);
    assert(rc == VLS_OK || rc == VLS_EAUTH || rc == VLS_EFORMAT);
    if (vls_pagelog_begin(log, NULL) == VLS_OK) {
        told = log->space_told; /* by somebody who has the key and lies: not even what he wrote need remain */
        rc = vls_pagelog_put(log, 1, page, NULL);
        if (rc == VLS_OK && vls_pagelog_truncate(log, 4, NULL) == VLS_OK && vls_pagelog_commit(log, NULL) == VLS_OK) {
            vls_pagelog_close(log);
            log = NULL;
            rc = vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_READONLY, NULL);
            assert(rc == VLS_OK || told);
            assert(told || (log->txn == txn[0] + 1 && vls_pagelog_pages(log) == 4));
        }
    }
    vls_pagelog_close(log);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    enum vls_code rc;

    start();
    if (size == 0 || size > FILE_MAX)
        return 0;
    if ((data[0] & 1) == 0)
        memio_load(&disk, "store", data + 1, size - 1);
    else
        memio_load(&disk, "store", edited.bytes, edit(data[0], data + 1, size - 1));
    rc = vls_pagelog_open(&log, &disk.io, "store", key, 0, &err);
    if (rc == VLS_OK) {
        use(log);
    } else {
        assert(log == NULL && err.code == rc);
        assert(rc == VLS_EAUTH || rc == VLS_EFORMAT || rc == VLS_EVERSION);
    }
    return 0;
}
