/*
 * The handle: opening, closing, pages in and out, and the transaction's undo list. A page that the
 * transaction touches for the first time gets a new block and an entry in the undo list; afterwards it is
 * sealed again in its place, since nothing durable refers to that block (PL1).
 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pagelog_int.h"

#define CKPT_HEADERS 32  /* read at opening at about 10 us each; a checkpoint is some 4 blocks */
#define STEP_BLOCKS  256 /* 1 MiB: what the size of the file shows */
#define TELL_LEAVES  8   /* 6.5 MB: below, building the bitmap costs no more than reading it */

void
vls__pl_free(struct vls_pagelog *log)
{
    if (log == NULL)
        return;
    if (log->have_file)
        log->io->close(log->io->ctx, log->file);
    vls__pl_map_clear(log);
    vls__pl_list_clear(&log->chain);
    vls__pl_list_clear(&log->held);
    vls__pl_list_clear(&log->replaced);
    vls__pl_keys_clear(&log->keys);
    free(log->used);
    free(log->undo);
    free(log->batch);
    if (log->scratch != NULL)
        vls_wipe(log->scratch, PL_SCRATCH * VLS_PAGELOG_BLOCK);
    free(log->scratch);
    free(log->ahead);
    free(log->path);
    free(log->path_new);
    free(log);
}

enum vls_code
vls__pl_new(struct vls_pagelog **out, const struct vls_io *io, const char *path, struct vls_error *err)
{
    size_t n = strlen(path);
    struct vls_pagelog *log = calloc(1, sizeof *log);

    *out = NULL;
    if (log == NULL)
        goto nomem;
    log->io = io;
    log->ckpt_headers = CKPT_HEADERS;
    log->step_blocks = STEP_BLOCKS;
    log->batch_max = PL_BATCH;
    log->tell_leaves = TELL_LEAVES;
    if ((log->path = malloc(n + 1)) == NULL || (log->path_new = malloc(n + 5)) == NULL ||
        (log->scratch = malloc(PL_SCRATCH * VLS_PAGELOG_BLOCK)) == NULL)
        goto nomem;
    memcpy(log->path, path, n + 1);
    memcpy(log->path_new, path, n);
    memcpy(log->path_new + n, ".new", 5);
    *out = log;
    return VLS_OK;
nomem:
    vls__pl_free(log);
    return VLS_FAIL(err, VLS_ENOMEM, "no memory for a store handle");
}

/* Opens the file and takes its lock; a missing one is made when that was asked for. */
static enum vls_code
log_open_file(struct vls_pagelog *log, const struct vls_secret *key, unsigned flags, struct vls_error *err)
{
    int sys = log->io->open(log->io->ctx, &log->file, log->path, log->readonly ? VLS_IO_READONLY : 0);
    uint64_t size;

    if (sys == ENOENT && (flags & VLS_PAGELOG_CREATE) != 0 && !log->readonly)
        return vls__pl_create(log, key, err);
    if (sys != 0)
        return vls__pl_errno(sys, "opening the store", err);
    log->have_file = true;
    if ((sys = log->io->size(log->io->ctx, log->file, &size)) != 0)
        return vls__pl_errno(sys, "reading the size of the store", err);
    if (size / VLS_PAGELOG_BLOCK > UINT32_MAX / 2)
        return VLS_FAIL(err, VLS_ELIMIT, "the file has %llu bytes", (unsigned long long)size);
    log->file_blocks = (uint32_t)(size / VLS_PAGELOG_BLOCK);
    if (!log->readonly) {
        /* left over by a compaction that did not reach its rename (PL7); our lock says that nobody is at it */
        sys = log->io->unlink(log->io->ctx, log->path_new);
        if (sys != 0 && sys != ENOENT)
            return vls__pl_errno(sys, "removing what an interrupted compaction left", err);
    }
    return VLS_OK;
}

enum vls_code
vls_pagelog_open(struct vls_pagelog **out, const struct vls_io *io, const char *path, const struct vls_secret *key,
                 unsigned flags, struct vls_error *err)
{
    struct vls_pagelog *log = NULL;
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls__pl_new(&log, io, path, err)) != VLS_OK)
        goto out;
    log->readonly = (flags & VLS_PAGELOG_READONLY) != 0;
    if ((rc = log_open_file(log, key, flags, err)) != VLS_OK || (rc = vls__pl_recover(log, key, err)) != VLS_OK)
        goto out;
    *out = log;
    log = NULL;
out:
    vls__pl_free(log);
    if (rc != VLS_OK)
        vls_while(err, "opening the sealed store");
    return rc;
}

void
vls_pagelog_close(struct vls_pagelog *log)
{
    if (log == NULL)
        return;
    if (log->writing)
        vls_pagelog_rollback(log);
    if (!log->dead && !log->readonly && !log->sealed) {
        vls__pl_space_trim(log);
        if (vls__pl_mark_closed(log, true, NULL) != VLS_OK)
            log->dead = true; /* nothing is lost: the next opening verifies more */
    }
    vls__pl_free(log);
}

uint32_t
vls_pagelog_pages(const struct vls_pagelog *log)
{
    return log->pages;
}

bool
vls_pagelog_writing(const struct vls_pagelog *log)
{
    return log->writing;
}

bool
vls_pagelog_dead(const struct vls_pagelog *log)
{
    return log->dead;
}

void
vls_pagelog_head(const struct vls_pagelog *log, uint64_t *txn, uint8_t head[VLS_HASH_LEN])
{
    *txn = log->txn;
    memcpy(head, log->head, VLS_HASH_LEN);
}

void
vls_pagelog_stat(const struct vls_pagelog *log, struct vls_pagelog_stat *out)
{
    memset(out, 0, sizeof *out);
    out->blocks = log->file_blocks;
    out->free_blocks = log->space_ready ? log->file_blocks - log->n_used : 0;
    out->pages = log->pages;
    out->headers = (uint32_t)log->chain.n;
    out->dropped = log->dropped;
    out->was_sealed = log->was_sealed;
}

enum vls_code
vls__pl_page_open(struct vls_pagelog *log, uint32_t page, const struct pl_ref *ref, uint8_t room[VLS_PAGELOG_BLOCK],
                  const uint8_t **sealed, uint8_t *plain, struct vls_error *err)
{
    enum vls_code rc;

    *sealed = vls__pl_touched(log, page) ? vls__pl_batch_find(log, ref->block) : NULL;
    if (*sealed == NULL && (rc = vls__pl_read_page(log, ref->block, room, sealed, err)) != VLS_OK) {
        vls_while(err, "page %u", (unsigned)page);
        return rc;
    }
    if (memcmp(*sealed + PL_TAG_AT, ref->tag, VLS_TAG_LEN) != 0 || /* both are public */
        !vls__pl_unseal(plain, &log->keys, PL_PAGE, page, *sealed))
        return VLS_FAIL(err, VLS_EAUTH, "page %u in block %u does not verify: damaged or forged", (unsigned)page,
                        (unsigned)ref->block);
    return VLS_OK;
}

enum vls_code
vls_pagelog_get(struct vls_pagelog *log, uint32_t page, uint8_t out[VLS_PAGELOG_BLOCK], struct vls_error *err)
{
    struct pl_ref ref = {0, {0}};
    const uint8_t *sealed;
    enum vls_code rc = VLS_OK;

    if (page >= log->pages)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "page %u of %u", (unsigned)page, (unsigned)log->pages);
    else if ((rc = vls__pl_map_get(log, page, &ref, err)) == VLS_OK && ref.block != 0)
        rc = vls__pl_page_open(log, page, &ref, out, &sealed, out, err);
    if (rc != VLS_OK || ref.block == 0) /* a hole is zeros because the map says so (PL18) */
        memset(out, 0, VLS_PAGELOG_PAGE);
    memset(out + VLS_PAGELOG_PAGE, 0, VLS_PAGELOG_BLOCK - VLS_PAGELOG_PAGE);
    return rc;
}

enum vls_code
vls__pl_batch_new(struct vls_pagelog *log, struct vls_error *err)
{
    if (log->batch == NULL && (log->batch = malloc((size_t)PL_BATCH * VLS_PAGELOG_BLOCK)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for writing");
    return VLS_OK;
}

enum vls_code
vls_pagelog_begin(struct vls_pagelog *log, struct vls_error *err)
{
    enum vls_code rc;

    assert(!log->writing);
    if (log->readonly)
        return VLS_FAIL(err, VLS_EREADONLY, "the store was opened for reading");
    if (log->dead)
        return VLS_FAIL(err, VLS_EIO, "an earlier write failed; the store must be opened again");
    if ((rc = vls__pl_batch_new(log, err)) != VLS_OK)
        return rc;
    if (!log->space_ready) {
        /* what the older slot refers to may be reused only when the newer one is durable (PL4) */
        if (!log->mirrored && log->super_unsynced) {
            if ((rc = vls__pl_sync(log, err)) != VLS_OK)
                return rc;
            vls__pl_super_durable(log);
        }
        if ((rc = vls__pl_space_load(log, err)) != VLS_OK ||
            (!log->space_ready && (rc = vls__pl_space_build(log, false, err)) != VLS_OK))
            return rc;
    }
    vls__pl_batch_reset(log);
    log->writing = true;
    log->pages_before = log->pages;
    return VLS_OK;
}

enum vls_code
vls__pl_undo_reserve(struct vls_pagelog *log, size_t more, struct vls_error *err)
{
    size_t cap = log->cap_undo < 256 ? 256 : log->cap_undo;
    struct pl_undo *p;

    if (log->n_undo + more <= log->cap_undo)
        return VLS_OK;
    while (cap < log->n_undo + more)
        cap *= 2;
    if ((p = realloc(log->undo, cap * sizeof *p)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a transaction of %zu pages", log->n_undo + more);
    log->undo = p;
    log->cap_undo = cap;
    return VLS_OK;
}

/* Remembers what a page was; room has been reserved. */
static void
undo_put(struct vls_pagelog *log, uint32_t page, const struct pl_ref *old)
{
    log->undo[log->n_undo].page = page;
    log->undo[log->n_undo].old = *old;
    log->n_undo++;
    vls__pl_touch(log, page, true);
}

enum vls_code
vls_pagelog_put(struct vls_pagelog *log, uint32_t page, const uint8_t *plain, struct vls_error *err)
{
    struct pl_ref ref;
    uint8_t *slot = NULL;
    enum vls_code rc;

    assert(log->writing);
    if (log->dead)
        return VLS_FAIL(err, VLS_EIO, "an earlier write failed; the store must be opened again");
    if (page >= VLS_PAGELOG_PAGES_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "page %u is beyond the largest store", (unsigned)page);
    if ((rc = vls__pl_map_get(log, page, &ref, err)) != VLS_OK || (rc = vls__pl_undo_reserve(log, 1, err)) != VLS_OK ||
        (rc = vls__pl_space_reserve(log, 1, err)) != VLS_OK)
        return rc;
    if (!vls__pl_touched(log, page)) {
        undo_put(log, page, &ref);
        ref.block = vls__pl_space_take(log);
    } else if (ref.block == 0) {
        ref.block = vls__pl_space_take(log);
    } else {
        slot = vls__pl_batch_find(log, ref.block);
    }
    if (slot == NULL && (rc = vls__pl_batch_slot(log, ref.block, &slot, err)) != VLS_OK)
        return rc;
    vls__pl_seal(slot, &log->keys, PL_PAGE, page, plain);
    memcpy(ref.tag, slot + PL_TAG_AT, VLS_TAG_LEN);
    vls__pl_map_set(log, page, &ref);
    if (page >= log->pages)
        log->pages = page + 1;
    return VLS_OK;
}

/* Loads what will change and makes room to undo it, before anything does change. */
static enum vls_code
truncate_reserve(struct vls_pagelog *log, uint32_t pages, struct vls_error *err)
{
    size_t n = 0;
    enum vls_code rc;

    for (uint32_t page = pages;; page++, n++) {
        if ((rc = vls__pl_map_next(log, &page, log->pages, err)) != VLS_OK)
            return rc;
        if (page >= log->pages)
            break;
        if ((rc = vls__pl_map_reach(log, page, err)) != VLS_OK)
            return rc;
    }
    return vls__pl_undo_reserve(log, n, err);
}

enum vls_code
vls_pagelog_truncate(struct vls_pagelog *log, uint32_t pages, struct vls_error *err)
{
    const struct pl_ref none = {0, {0}};
    enum vls_code rc;

    assert(log->writing);
    if (pages > VLS_PAGELOG_PAGES_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "%u pages are more than the largest store holds", (unsigned)pages);
    if (pages >= log->pages) {
        if (pages > log->pages && (rc = vls__pl_map_reach(log, pages - 1, err)) != VLS_OK)
            return rc;
        log->pages = pages;
        return VLS_OK;
    }
    if ((rc = truncate_reserve(log, pages, err)) != VLS_OK)
        return rc;
    for (uint32_t page = pages;; page++) {
        struct pl_ref ref;

        if ((rc = vls__pl_map_next(log, &page, log->pages, err)) != VLS_OK)
            return rc;
        if (page >= log->pages)
            break;
        if ((rc = vls__pl_map_get(log, page, &ref, err)) != VLS_OK)
            return rc;
        if (!vls__pl_touched(log, page)) {
            undo_put(log, page, &ref);
        } else if (ref.block != 0) { /* of this transaction: nothing durable refers to it */
            vls__pl_batch_drop(log, ref.block);
            vls__pl_space_free(log, ref.block);
        }
        vls__pl_map_set(log, page, &none);
    }
    log->pages = pages;
    return VLS_OK;
}

void
vls_pagelog_rollback(struct vls_pagelog *log)
{
    if (!log->writing)
        return;
    while (log->n_undo > 0 && !log->dead) {
        const struct pl_undo *u = &log->undo[--log->n_undo];
        struct pl_ref now;

        if (vls__pl_map_get(log, u->page, &now, NULL) == VLS_OK && now.block != 0)
            vls__pl_space_free(log, now.block);
        vls__pl_map_set(log, u->page, &u->old);
        vls__pl_touch(log, u->page, false);
    }
    log->n_undo = 0;
    log->pages = log->pages_before;
    log->cursor = log->next + 1; /* so that the next pages are the header's neighbours again */
    log->writing = false;
}

/* Reads the headers since the checkpoint again: they must still chain to the head. */
static enum vls_code
chain_verify(struct vls_pagelog *log, struct vls_error *err)
{
    uint8_t head[VLS_HASH_LEN], plain[VLS_PAGELOG_PAGE];
    enum vls_code rc;

    memcpy(head, log->super.head, VLS_HASH_LEN);
    for (size_t i = 0; i < log->chain.n; i++) {
        uint32_t block = log->chain.at[i];

        if ((rc = vls__pl_read(log, block, 1, log->scratch, err)) != VLS_OK)
            return rc;
        if (!vls__pl_unseal(plain, &log->keys, PL_HEADER, block, log->scratch))
            return VLS_FAIL(err, VLS_EAUTH, "the header in block %u does not verify", (unsigned)block);
        vls__pl_chain(head, log->scratch);
    }
    if (memcmp(head, log->head, VLS_HASH_LEN) != 0) /* public */
        return VLS_FAIL(err, VLS_EAUTH, "the headers do not chain to the head of transaction %llu",
                        (unsigned long long)log->txn);
    return VLS_OK;
}

enum vls_code
vls_pagelog_verify(struct vls_pagelog *log, struct vls_error *err)
{
    uint8_t page[VLS_PAGELOG_BLOCK];
    enum vls_code rc = VLS_OK;

    /* what the SEAL told is not believed here: every reference is looked at (PL17) */
    if ((!log->space_ready || (log->space_told && !log->writing)) &&
        (rc = vls__pl_space_build(log, false, err)) == VLS_OK)
        log->space_ready = false; /* begin has more to do before blocks may be reused */
    if (rc == VLS_OK)
        rc = chain_verify(log, err);
    for (uint32_t i = 0; i < log->pages && rc == VLS_OK; i++)
        if ((rc = vls__pl_map_next(log, &i, log->pages, err)) == VLS_OK && i < log->pages)
            rc = vls_pagelog_get(log, i, page, err);
    vls_wipe(page, sizeof page);
    if (rc != VLS_OK)
        vls_while(err, "verifying the store");
    return rc;
}

bool
vls_pagelog_wants_compaction(const struct vls_pagelog *log)
{
    uint32_t spare = log->space_ready ? log->file_blocks - log->n_used : 0;

    return spare > (4u << 20) / VLS_PAGELOG_BLOCK && spare > log->file_blocks / 4;
}

void
vls__pl_limits(struct vls_pagelog *log, uint32_t ckpt_headers, uint32_t step_blocks, uint32_t batch_max)
{
    log->ckpt_headers = ckpt_headers;
    log->step_blocks = step_blocks;
    log->batch_max = batch_max;
    log->tell_leaves = 0;
}
