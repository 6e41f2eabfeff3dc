/*
 * How the log changes: pages gather in a batch, a commit seals headers that chain to the one before and
 * syncs once, and now and then the same sync carries a checkpoint of the map (PL1 to PL6). Everything that
 * can be refused for want of room or memory is asked for before the first header is sealed.
 */
#include <string.h>

#include "pagelog_int.h"

uint8_t *
vls__pl_batch_find(struct vls_pagelog *log, uint32_t block)
{
    for (size_t i = 1; i < log->n_batch; i++)
        if (log->batch_block[i] == block)
            return log->batch + i * VLS_PAGELOG_BLOCK;
    return NULL;
}

void
vls__pl_batch_drop(struct vls_pagelog *log, uint32_t block)
{
    for (size_t i = 1; i < log->n_batch; i++)
        if (log->batch_block[i] == block)
            log->batch_block[i] = 0;
}

void
vls__pl_batch_reset(struct vls_pagelog *log)
{
    log->batch_block[0] = 0;
    log->n_batch = 1; /* slot 0 waits for the first header */
}

enum vls_code
vls__pl_batch_flush(struct vls_pagelog *log, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0, j; i < log->n_batch && rc == VLS_OK; i = j) {
        j = i + 1;
        if (log->batch_block[i] == 0)
            continue;
        while (j < log->n_batch && log->batch_block[j] == log->batch_block[i] + (uint32_t)(j - i))
            j++;
        rc = vls__pl_write(log, log->batch_block[i], (uint32_t)(j - i), log->batch + i * VLS_PAGELOG_BLOCK, err);
    }
    vls__pl_batch_reset(log);
    return rc;
}

enum vls_code
vls__pl_batch_slot(struct vls_pagelog *log, uint32_t block, uint8_t **out, struct vls_error *err)
{
    enum vls_code rc;

    if (log->n_batch == log->batch_max && (rc = vls__pl_batch_flush(log, err)) != VLS_OK)
        return rc;
    log->batch_block[log->n_batch] = block;
    *out = log->batch + log->n_batch * VLS_PAGELOG_BLOCK;
    log->n_batch++;
    return VLS_OK;
}

enum vls_code
vls__pl_super_write(struct vls_pagelog *log, struct vls_error *err)
{
    uint8_t plain[PL_SUPER_PLAIN];
    enum vls_code rc;

    /* a slot that may not be durable is written again rather than the one that is (PL4) */
    log->super.generation += log->super_unsynced ? 2 : 1;
    log->super.proven = log->txn;
    vls__pl_super_encode(plain, &log->super);
    vls__pl_seal(log->scratch, &log->keys, PL_SUPER, log->super.generation & 1, plain);
    if ((rc = vls__pl_write(log, (uint32_t)(log->super.generation & 1), 1, log->scratch, err)) == VLS_OK)
        log->super_unsynced = true;
    return rc;
}

void
vls__pl_super_durable(struct vls_pagelog *log)
{
    log->super_unsynced = false;
    for (size_t i = 0; i < log->held.n; i++)
        vls__pl_space_free(log, log->held.at[i]);
    log->held.n = 0;
}

static void
header_seal(struct vls_pagelog *log, const struct pl_header *h, uint32_t block, uint8_t *out)
{
    uint8_t plain[VLS_PAGELOG_PAGE];

    vls__pl_header_encode(plain, h);
    vls__pl_seal(out, &log->keys, PL_HEADER, block, plain);
}

enum vls_code
vls__pl_mark_closed(struct vls_pagelog *log, bool tell, struct vls_error *err)
{
    struct pl_header h;
    enum vls_code rc;

    h.sequence = log->sequence;
    h.txn = log->txn;
    h.flags = PL_SEAL;
    h.pages = log->pages;
    h.next = h.n_entries = 0;
    memcpy(h.previous, log->head, VLS_HASH_LEN);
    if (tell && (rc = vls__pl_space_tell(log, &h, err)) != VLS_OK)
        return rc;
    header_seal(log, &h, log->next, log->scratch);
    if ((rc = vls__pl_write(log, log->next, 1, log->scratch, err)) != VLS_OK)
        return rc;
    log->sealed = true;
    if (!log->super_unsynced)
        log->mirrored = true; /* the other slot gets the same checkpoint */
    return vls__pl_super_write(log, err);
}

/* Seals the headers of the transaction into the batch and moves sequence, head and next along. */
static enum vls_code
headers_put(struct vls_pagelog *log, size_t n_headers, struct vls_error *err)
{
    struct pl_header h;
    enum vls_code rc;
    size_t u = 0;

    h.txn = log->txn + 1;
    h.pages = log->pages;
    for (size_t i = 0; i < n_headers; i++) {
        uint8_t *slot = log->batch; /* the first header's place, before the pages that follow it on disk */

        h.sequence = log->sequence;
        memcpy(h.previous, log->head, VLS_HASH_LEN);
        for (h.n_entries = 0; u < log->n_undo && h.n_entries < PL_ENTRIES_MAX; u++) {
            uint32_t page = log->undo[u].page;

            if (page >= log->pages)
                continue; /* dropped by the smaller number of pages */
            h.entry[h.n_entries].page = page;
            if ((rc = vls__pl_map_get(log, page, &h.entry[h.n_entries].ref, err)) != VLS_OK)
                return rc;
            h.n_entries++;
        }
        if (i > 0 && (rc = vls__pl_batch_slot(log, log->next, &slot, err)) != VLS_OK)
            return rc;
        if (i == 0)
            log->batch_block[0] = log->next;
        h.flags = i + 1 == n_headers ? PL_COMMIT : 0;
        h.next = vls__pl_space_take(log);
        header_seal(log, &h, log->next, slot);
        vls__pl_chain(log->head, slot);
        vls__pl_list_put(&log->chain, log->next);
        log->next = h.next;
        log->sequence++;
    }
    return VLS_OK;
}

static size_t
count_entries(const struct vls_pagelog *log)
{
    size_t n = 0;

    for (size_t i = 0; i < log->n_undo; i++)
        n += log->undo[i].page < log->pages;
    return n;
}

/* What the transaction replaced is free now that it is durable (PL2). */
static void
undo_release(struct vls_pagelog *log)
{
    for (size_t i = 0; i < log->n_undo; i++) {
        if (log->undo[i].old.block != 0)
            vls__pl_space_free(log, log->undo[i].old.block);
        vls__pl_touch(log, log->undo[i].page, false);
    }
    log->n_undo = 0;
    log->writing = false;
}

/* After the sync of a checkpoint: headers and replaced nodes wait for the superblock that no longer needs them. */
static void
checkpoint_adopt(struct vls_pagelog *log)
{
    log->super.sequence = log->sequence;
    log->super.txn = log->txn;
    log->super.next = log->next;
    memcpy(log->super.head, log->head, VLS_HASH_LEN);
    for (size_t i = 0; i < log->replaced.n; i++)
        vls__pl_list_put(&log->held, log->replaced.at[i]);
    for (size_t i = 0; i < log->chain.n; i++)
        vls__pl_list_put(&log->held, log->chain.at[i]);
    log->replaced.n = log->chain.n = 0;
    log->mirrored = false;
}

/* Asks for all room and memory that the rest of the commit will use. */
static enum vls_code
commit_reserve(struct vls_pagelog *log, size_t n_headers, bool checkpoint, struct vls_error *err)
{
    uint32_t nodes = checkpoint ? vls__pl_map_dirty(log) : 0;
    enum vls_code rc;

    if ((rc = vls__pl_list_reserve(&log->chain, n_headers, err)) != VLS_OK)
        return rc;
    if (checkpoint) {
        size_t most = log->held.n + log->chain.n + n_headers + nodes;

        if ((rc = vls__pl_list_reserve(&log->replaced, nodes, err)) != VLS_OK ||
            (rc = vls__pl_list_reserve(&log->held, most, err)) != VLS_OK)
            return rc;
    }
    return vls__pl_space_reserve(log, (uint32_t)n_headers + nodes, err);
}

enum vls_code
vls_pagelog_commit(struct vls_pagelog *log, struct vls_error *err)
{
    size_t n_entries = count_entries(log), n_headers = n_entries / PL_ENTRIES_MAX + (n_entries % PL_ENTRIES_MAX != 0);
    uint8_t head[VLS_HASH_LEN];
    bool checkpoint;
    enum vls_code rc;

    if (!log->writing)
        return VLS_OK;
    if (log->n_undo == 0 && log->pages == log->pages_before) {
        log->writing = false;
        return VLS_OK;
    }
    if (n_headers == 0)
        n_headers = 1;
    checkpoint = log->chain.n + n_headers > log->ckpt_headers;
    if ((rc = commit_reserve(log, n_headers, checkpoint, err)) != VLS_OK)
        goto out;
    memcpy(head, log->head, VLS_HASH_LEN);
    if ((rc = headers_put(log, n_headers, err)) != VLS_OK ||
        (checkpoint && (rc = vls__pl_map_checkpoint(log, err)) != VLS_OK) ||
        (rc = vls__pl_batch_flush(log, err)) != VLS_OK || (rc = vls__pl_sync(log, err)) != VLS_OK) {
        memcpy(log->head, head, VLS_HASH_LEN); /* what is handed out stays what is known to be durable */
        log->dead = true;
        goto out;
    }
    log->txn++;
    log->sealed = false;
    undo_release(log);
    vls__pl_super_durable(log);
    if (checkpoint) {
        log->super.pages = log->pages;
        checkpoint_adopt(log);
    }
    if (checkpoint || !log->mirrored) {
        log->mirrored = !checkpoint;
        if (vls__pl_super_write(log, NULL) != VLS_OK)
            log->dead = true; /* the commit stands; the next call will say so */
    }
out:
    if (rc != VLS_OK)
        vls_while(err, "committing transaction %llu", (unsigned long long)log->txn + 1);
    return rc;
}
