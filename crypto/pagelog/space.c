/*
 * Which blocks are free. The bitmap is there when the first write needs it: as the SEAL tells it, or else built from
 * everything the durable state refers to; a block that two things refer to is refused then (PL17). Allocation goes
 * round the file (next fit), so that the blocks of one transaction tend to be neighbours and go out in one write.
 */
#include <stdlib.h>
#include <string.h>

#include "pagelog_int.h"

static bool
bit_get(const struct vls_pagelog *log, uint32_t block)
{
    return (log->used[block / 64] >> (block % 64) & 1) != 0;
}

bool
vls__pl_space_is_used(const struct vls_pagelog *log, uint32_t block)
{
    return block < log->end && bit_get(log, block);
}

static void
bit_set(struct vls_pagelog *log, uint32_t block)
{
    log->used[block / 64] |= UINT64_C(1) << (block % 64);
    log->n_used++;
    if (block >= log->end)
        log->end = block + 1;
}

static enum vls_code
used_grow(struct vls_pagelog *log, uint32_t blocks, struct vls_error *err)
{
    uint32_t cap = blocks + (64 - blocks % 64) % 64;
    uint64_t *p;

    if (blocks <= log->used_cap)
        return VLS_OK;
    if ((p = realloc(log->used, cap / 8)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the map of free blocks");
    memset(p + log->used_cap / 64, 0, (cap - log->used_cap) / 8);
    log->used = p;
    log->used_cap = cap;
    return VLS_OK;
}

/* One building of the bitmap. */
struct building {
    struct vls_pagelog *log;
    uint32_t limit; /* blocks that exist, or may be written next */
    bool torn;      /* the last transaction may refer beyond the end of a file whose growth was lost */
};

/* Marks what refers to a block as its only user. */
static enum vls_code
space_mark(const struct building *b, uint32_t block, const char *what, uint32_t number, struct vls_error *err)
{
    if (block >= b->limit) {
        if (b->torn)
            return VLS_OK;
        return VLS_FAIL(err, VLS_EAUTH, "block %u of %s %u lies beyond the end of the file", (unsigned)block, what,
                        (unsigned)number);
    }
    if (bit_get(b->log, block))
        return VLS_FAIL(err, VLS_EFORMAT, "block %u of %s %u is used twice", (unsigned)block, what, (unsigned)number);
    bit_set(b->log, block);
    return VLS_OK;
}

static enum vls_code
mark_leaf(const struct building *b, uint32_t leaf, struct vls_error *err)
{
    const struct pl_node *node = b->log->leaf[leaf];
    enum vls_code rc = VLS_OK;

    for (uint32_t i = 0; i < PL_FANOUT && rc == VLS_OK; i++) {
        uint32_t block = vls_load_le32(node->plain + (size_t)i * PL_REF_LEN);

        if (block != 0)
            rc = space_mark(b, block, "page", leaf * PL_FANOUT + i, err);
    }
    return rc;
}

static enum vls_code
mark_all(const struct building *b, struct vls_error *err)
{
    const struct vls_pagelog *log = b->log;
    uint32_t pages = log->pages > log->super.pages ? log->pages : log->super.pages;
    uint32_t leaves = vls__pl_leaves(pages), old_leaves = vls__pl_leaves(log->super.pages);
    enum vls_code rc;

    if ((rc = space_mark(b, 0, "slot", 0, err)) != VLS_OK || (rc = space_mark(b, 1, "slot", 1, err)) != VLS_OK ||
        (rc = space_mark(b, log->next, "the next header", 0, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < log->chain.n && rc == VLS_OK; i++)
        rc = space_mark(b, log->chain.at[i], "header", (uint32_t)i, err);
    for (uint32_t i = 0; i < log->super.n_root && rc == VLS_OK; i++)
        if (log->super.root[i].block != 0)
            rc = space_mark(b, log->super.root[i].block, "index", i, err);
    for (uint32_t i = 0; i < leaves && rc == VLS_OK; i++) {
        struct pl_ref ref = vls__pl_leaf_ref(log, i);

        if (i < old_leaves && ref.block != 0)
            rc = space_mark(b, ref.block, "leaf", i, err);
        if (rc == VLS_OK && log->leaf[i] != NULL)
            rc = mark_leaf(b, i, err);
    }
    return rc;
}

enum vls_code
vls__pl_space_build(struct vls_pagelog *log, bool torn, struct vls_error *err)
{
    struct building b = {.log = log, .limit = log->file_blocks < 2 ? 2 : log->file_blocks, .torn = torn};
    enum vls_code rc;

    log->space_ready = log->space_told = false;
    log->n_told = 0;
    log->end = log->n_used = 0;
    /* the promised block may lie just beyond the end of a file that was cut there */
    if (log->next >= b.limit && log->next - b.limit < 4 * log->step_blocks)
        b.limit = log->next + 1;
    if ((rc = vls__pl_map_load(log, err)) != VLS_OK || (rc = used_grow(log, b.limit, err)) != VLS_OK)
        return rc;
    memset(log->used, 0, log->used_cap / 8);
    if ((rc = mark_all(&b, err)) != VLS_OK)
        return rc;
    if (log->file_blocks < log->end)
        log->file_blocks = log->end;
    log->cursor = log->next + 1;
    log->runs = true;
    log->space_ready = !torn;
    return VLS_OK;
}

/* Takes room at the end of the file: a full step, or as little as will do when the disk is nearly full. */
static enum vls_code
space_extend(struct vls_pagelog *log, uint32_t need, struct vls_error *err)
{
    uint32_t step = log->step_blocks - log->file_blocks % log->step_blocks;
    enum vls_code rc;
    int sys;

    while (step < need)
        step += log->step_blocks;
    if (log->file_blocks > UINT32_MAX - 2 * step)
        return VLS_FAIL(err, VLS_ELIMIT, "the store has reached its largest size");
    sys = log->io->fallocate(log->io->ctx, log->file, (uint64_t)log->file_blocks * VLS_PAGELOG_BLOCK,
                             (uint64_t)step * VLS_PAGELOG_BLOCK);
    if (sys != 0 && step > need) {
        step = need;
        sys = log->io->fallocate(log->io->ctx, log->file, (uint64_t)log->file_blocks * VLS_PAGELOG_BLOCK,
                                 (uint64_t)step * VLS_PAGELOG_BLOCK);
    }
    if (sys != 0)
        return vls__pl_errno(sys, "making room in the store", err);
    if ((rc = used_grow(log, log->file_blocks + step, err)) != VLS_OK)
        return rc;
    log->file_blocks += step;
    log->runs = true;
    return VLS_OK;
}

enum vls_code
vls__pl_space_reserve(struct vls_pagelog *log, uint32_t count, struct vls_error *err)
{
    uint32_t room = log->file_blocks - log->n_used;

    if (room >= count)
        return VLS_OK;
    return space_extend(log, count - room, err);
}

/* The first free block in [from, to), or to. */
static uint32_t
find_free(const struct vls_pagelog *log, uint32_t from, uint32_t to)
{
    while (from < to) {
        uint64_t open = ~log->used[from / 64] >> (from % 64);

        if (open != 0) {
            from += (uint32_t)__builtin_ctzll(open);
            break;
        }
        from += 64 - from % 64;
    }
    return from < to ? from : to;
}

/* The first block of eight free neighbours (a zero byte of the bitmap) in [from, to), or to. */
static uint32_t
find_run(const struct vls_pagelog *log, uint32_t from, uint32_t to)
{
    const uint64_t low = UINT64_C(0x0101010101010101), high = low << 7;

    for (uint32_t word = from / 64 + 1; (word + 1) * 64 <= to; word++) {
        uint64_t x = log->used[word], zero_bytes = (x - low) & ~x & high;

        if (zero_bytes != 0) /* the lowest mark is exact; those above it may follow from a borrow */
            return word * 64 + (uint32_t)__builtin_ctzll(zero_bytes) / 8 * 8;
    }
    return to;
}

/*
 * Goes on behind the last block taken; else where eight neighbours are free, so that pages of one transaction go
 * out in few writes; else anywhere. Room has been reserved, so there is a free block.
 */
uint32_t
vls__pl_space_take(struct vls_pagelog *log)
{
    uint32_t block = log->cursor, n = log->file_blocks;

    if (block >= n || bit_get(log, block)) {
        block = n;
        if (log->runs && (block = find_run(log, log->cursor < n ? log->cursor : 0, n)) == n &&
            (block = find_run(log, 0, n)) == n)
            log->runs = false; /* until some are freed */
        if (block == n && log->cursor < n)
            block = find_free(log, log->cursor, n);
        if (block == n)
            block = find_free(log, PL_FIRST_BLOCK, n);
    }
    bit_set(log, block);
    log->cursor = block + 1;
    return block;
}

void
vls__pl_space_free(struct vls_pagelog *log, uint32_t block)
{
    if (bit_get(log, block)) {
        log->used[block / 64] &= ~(UINT64_C(1) << (block % 64));
        log->n_used--;
        log->runs = log->runs || (log->used[block / 64] >> (block % 64 & ~7u) & 0xff) == 0;
    }
}

/* ---- told by a SEAL ---- */

enum vls_code
vls__pl_space_tell(struct vls_pagelog *log, struct pl_header *seal, struct vls_error *err)
{
    uint32_t n = log->end / PL_SPACE_BITS + (log->end % PL_SPACE_BITS != 0);
    enum vls_code rc;

    if (!log->space_ready || vls__pl_leaves(log->pages) < log->tell_leaves || n > PL_ENTRIES_MAX ||
        log->file_blocks - log->n_used < n)
        return VLS_OK;
    for (uint32_t i = 0; i < n; i++)
        seal->entry[i].ref.block = vls__pl_space_take(log);
    for (uint32_t i = 0; i < n; i++) /* free to whoever opens: the next header overwrites the SEAL */
        vls__pl_space_free(log, seal->entry[i].ref.block);
    for (size_t i = 0; i < log->held.n; i++)
        vls__pl_space_free(log, log->held.at[i]);
    for (uint32_t i = 0; i < n; i++) {
        uint8_t plain[VLS_PAGELOG_PAGE] = {0};
        size_t from = (size_t)i * (PL_SPACE_BITS / 64), words = log->used_cap / 64 - from;

        vls_store_le64(plain, log->super.sequence);
        vls_store_le64(plain + 8, log->txn);
        for (size_t w = 0; w < words && w < PL_SPACE_BITS / 64; w++)
            vls_store_le64(plain + PL_SPACE_AT + w * 8, log->used[from + w]);
        vls__pl_seal(log->scratch, &log->keys, PL_SPACE, i, plain);
        seal->entry[i].page = i;
        memcpy(seal->entry[i].ref.tag, log->scratch + PL_TAG_AT, VLS_TAG_LEN);
        if ((rc = vls__pl_write(log, seal->entry[i].ref.block, 1, log->scratch, err)) != VLS_OK)
            return rc;
    }
    seal->n_entries = n;
    return VLS_OK;
}

/* Takes one space block over; *fits tells whether it is whole and belongs to this state. */
static enum vls_code
told_read(struct vls_pagelog *log, uint32_t i, bool *fits, struct vls_error *err)
{
    size_t from = (size_t)i * (PL_SPACE_BITS / 64), words = log->used_cap / 64;
    uint8_t plain[VLS_PAGELOG_PAGE];
    enum vls_code rc;

    *fits = false;
    if (log->told[i].block >= log->file_blocks)
        return VLS_OK;
    if ((rc = vls__pl_read(log, log->told[i].block, 1, log->scratch, err)) != VLS_OK)
        return rc;
    if (memcmp(log->scratch + PL_TAG_AT, log->told[i].tag, VLS_TAG_LEN) != 0 || /* public */
        !vls__pl_unseal(plain, &log->keys, PL_SPACE, i, log->scratch) || vls_load_le64(plain) != log->super.sequence ||
        vls_load_le64(plain + 8) != log->txn)
        return VLS_OK;
    for (size_t w = 0; w < PL_SPACE_BITS / 64; w++) {
        uint64_t bits = vls_load_le64(plain + PL_SPACE_AT + w * 8);

        if (from + w < words)
            log->used[from + w] = bits;
        else if (bits != 0)
            return VLS_OK;
        if (bits != 0)
            log->end = (uint32_t)(from + w) * 64 + 64 - (uint32_t)__builtin_clzll(bits);
        log->n_used += (uint32_t)__builtin_popcountll(bits);
    }
    *fits = true;
    return VLS_OK;
}

enum vls_code
vls__pl_space_load(struct vls_pagelog *log, struct vls_error *err)
{
    bool fits = log->sealed && log->n_told > 0;
    enum vls_code rc;

    if (!fits)
        return VLS_OK;
    if ((rc = used_grow(log, log->file_blocks, err)) != VLS_OK)
        return rc;
    memset(log->used, 0, log->used_cap / 8);
    log->end = log->n_used = 0;
    for (uint32_t i = 0; i < log->n_told && fits; i++)
        if ((rc = told_read(log, i, &fits, err)) != VLS_OK)
            return rc;
    log->n_told = 0; /* its blocks are free, and used soon */
    if (!fits || log->end > log->file_blocks || !bit_get(log, 0) || !bit_get(log, 1) || log->next >= log->end ||
        !bit_get(log, log->next))
        return VLS_OK;
    log->cursor = log->next + 1;
    log->runs = true;
    log->space_ready = log->space_told = true;
    return VLS_OK;
}

void
vls__pl_space_trim(struct vls_pagelog *log)
{
    uint32_t blocks;

    while (log->end > PL_FIRST_BLOCK && !bit_get(log, log->end - 1))
        log->end--;
    blocks = log->end + (log->step_blocks - log->end % log->step_blocks) % log->step_blocks;
    if (blocks < log->file_blocks &&
        log->io->ftruncate(log->io->ctx, log->file, (uint64_t)blocks * VLS_PAGELOG_BLOCK) == 0)
        log->file_blocks = blocks;
}
