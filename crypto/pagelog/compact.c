/*
 * New files: an empty store, and the compacted copy of one. Both are written under the name with ".new" behind
 * it, synced, and renamed (PL7), so that the name always leads to a whole store. Compaction fills a
 * second handle through the ordinary map and space functions and then exchanges the two.
 */
#include <errno.h>
#include <string.h>

#include "pagelog_int.h"

/* Opens the new file, empty and locked. */
static enum vls_code
new_open(struct vls_pagelog *log, struct vls_error *err)
{
    int sys = log->io->open(log->io->ctx, &log->file, log->path_new, VLS_IO_CREATE);

    if (sys != 0)
        return vls__pl_errno(sys, "making a new file beside the store", err);
    log->have_file = true;
    if ((sys = log->io->ftruncate(log->io->ctx, log->file, 0)) != 0)
        return vls__pl_errno(sys, "making a new file beside the store", err);
    log->file_blocks = 0;
    return VLS_OK;
}

/*
 * Ends a new file: both slots hold the checkpoint, a SEAL closes it, one sync for all, then the name. *named tells
 * whether the name leads to the new file, whatever came after.
 */
static enum vls_code
new_finish(struct vls_pagelog *log, bool *named, struct vls_error *err)
{
    enum vls_code rc;
    int sys;

    *named = false;
    log->super_unsynced = false; /* so that the two writes go to two slots */
    if ((rc = vls__pl_super_write(log, err)) != VLS_OK)
        return rc;
    log->super_unsynced = false;
    if ((rc = vls__pl_mark_closed(log, false, err)) != VLS_OK || (rc = vls__pl_sync(log, err)) != VLS_OK)
        return rc;
    log->super_unsynced = false;
    if ((sys = log->io->rename(log->io->ctx, log->path_new, log->path)) != 0)
        return vls__pl_errno(sys, "renaming the new store", err);
    *named = true;
    if ((sys = log->io->dirsync(log->io->ctx, log->path)) != 0)
        return VLS_FAIL_SYS(err, VLS_EIO, sys, "syncing the folder of the store");
    return VLS_OK;
}

enum vls_code
vls__pl_create(struct vls_pagelog *log, const struct vls_secret *key, struct vls_error *err)
{
    uint8_t id[PL_STORE_ID_LEN];
    enum vls_code rc;
    bool named = false;
    int probe, sys;

    vls_random(id, sizeof id);
    if ((rc = new_open(log, err)) != VLS_OK)
        goto out;
    /* somebody else may have been faster before we had the lock */
    sys = log->io->open(log->io->ctx, &probe, log->path, VLS_IO_READONLY);
    if (sys == 0)
        log->io->close(log->io->ctx, probe);
    if (sys != ENOENT) {
        rc = vls__pl_errno(sys == 0 ? EWOULDBLOCK : sys, "looking for the store", err);
        goto out;
    }
    log->next = PL_FIRST_BLOCK;
    log->super.next = PL_FIRST_BLOCK;
    if ((rc = vls__pl_keys_new(&log->keys, key, id, err)) != VLS_OK ||
        (rc = vls__pl_space_build(log, false, err)) != VLS_OK || (rc = vls__pl_space_reserve(log, 1, err)) != VLS_OK ||
        (rc = new_finish(log, &named, err)) != VLS_OK)
        goto out;
    log->space_ready = false;
out:
    vls__pl_keys_clear(&log->keys); /* recovery reads the file like any other */
    if (rc != VLS_OK && log->have_file && !named)
        (void)log->io->unlink(log->io->ctx, log->path_new);
    return rc;
}

/* Moves one page into the copy: verified, and as it is unless the key changes. */
static enum vls_code
page_copy(struct vls_pagelog *to, struct vls_pagelog *from, uint32_t page, bool anew, uint8_t *plain,
          struct vls_error *err)
{
    struct pl_ref ref;
    const uint8_t *sealed;
    enum vls_code rc;
    uint8_t *slot;

    if ((rc = vls__pl_map_get(from, page, &ref, err)) != VLS_OK || ref.block == 0)
        return rc;
    if ((rc = vls__pl_map_reach(to, page, err)) != VLS_OK || (rc = vls__pl_space_reserve(to, 1, err)) != VLS_OK)
        return rc;
    {
        uint32_t block = vls__pl_space_take(to);

        if ((rc = vls__pl_batch_slot(to, block, &slot, err)) != VLS_OK ||
            (rc = vls__pl_page_open(from, page, &ref, slot, &sealed, plain, err)) != VLS_OK)
            return rc;
        if (sealed != slot)
            memcpy(slot, sealed, VLS_PAGELOG_BLOCK);
        ref.block = block;
    }
    if (anew) {
        vls__pl_seal(slot, &to->keys, PL_PAGE, page, plain);
        memcpy(ref.tag, slot + PL_TAG_AT, VLS_TAG_LEN);
    }
    vls__pl_map_set(to, page, &ref);
    return VLS_OK;
}

/* Fills the copy: pages in order, the map, and the block where the chain goes on. */
static enum vls_code
copy_fill(struct vls_pagelog *to, struct vls_pagelog *from, bool anew, struct vls_error *err)
{
    uint8_t plain[VLS_PAGELOG_PAGE];
    enum vls_code rc = VLS_OK;
    uint32_t nodes;

    vls__pl_batch_reset(to);
    for (uint32_t page = 0; page < from->pages && rc == VLS_OK; page++)
        if ((rc = vls__pl_map_next(from, &page, from->pages, err)) == VLS_OK && page < from->pages)
            rc = page_copy(to, from, page, anew, plain, err);
    vls_wipe(plain, sizeof plain);
    if (rc != VLS_OK)
        return rc;
    to->pages = from->pages;
    nodes = vls__pl_map_dirty(to);
    if ((rc = vls__pl_list_reserve(&to->replaced, nodes, err)) != VLS_OK ||
        (rc = vls__pl_space_reserve(to, nodes, err)) != VLS_OK || (rc = vls__pl_map_checkpoint(to, err)) != VLS_OK ||
        (rc = vls__pl_batch_flush(to, err)) != VLS_OK)
        return rc;
    to->super.pages = from->pages;
    return VLS_OK;
}

/* A handle for a copy under this name that stands where the original stands, but for its space. */
static enum vls_code
copy_begin(struct vls_pagelog **out, const struct vls_pagelog *log, const char *path, const struct vls_secret *new_key,
           struct vls_error *err)
{
    struct vls_pagelog *to;
    enum vls_code rc = vls__pl_new(out, log->io, path, err);

    if (rc != VLS_OK)
        return rc;
    to = *out;
    rc = new_key != NULL ? vls__pl_keys_new(&to->keys, new_key, log->keys.store_id, err)
                         : vls__pl_keys_copy(&to->keys, &log->keys, err);
    if (rc != VLS_OK || (rc = vls__pl_batch_new(to, err)) != VLS_OK || (rc = new_open(to, err)) != VLS_OK)
        return rc;
    vls__pl_limits(to, log->ckpt_headers, log->step_blocks, log->batch_max);
    to->was_sealed = log->was_sealed;
    to->dropped = log->dropped;
    to->txn = to->super.txn = log->txn;
    to->sequence = to->super.sequence = log->sequence;
    memcpy(to->head, log->head, VLS_HASH_LEN);
    memcpy(to->super.head, log->head, VLS_HASH_LEN);
    to->super.generation = log->super.generation + 1;
    to->next = to->super.next = PL_FIRST_BLOCK;
    return vls__pl_space_build(to, false, err);
}

enum vls_code
vls_pagelog_compact(struct vls_pagelog *log, const struct vls_secret *new_key, struct vls_error *err)
{
    struct vls_pagelog *to = NULL;
    bool named = false;
    enum vls_code rc;

    if (log->readonly || log->writing || log->dead)
        return VLS_FAIL(err, log->readonly ? VLS_EREADONLY : VLS_EIO, "the store cannot be compacted now");
    if ((rc = copy_begin(&to, log, log->path, new_key, err)) != VLS_OK ||
        (rc = copy_fill(to, log, new_key != NULL, err)) != VLS_OK)
        goto out;
    vls__pl_space_trim(to);
    rc = new_finish(to, &named, err);
out:
    if (named) { /* the new file is the store, whatever came of the folder's sync */
        struct vls_pagelog old = *log;

        *log = *to;
        *to = old;
        log->dead = rc != VLS_OK;
    } else if (to != NULL && to->have_file) {
        (void)log->io->unlink(log->io->ctx, log->path_new);
    }
    vls__pl_free(to);
    if (rc != VLS_OK)
        vls_while(err, "compacting the store");
    return rc;
}

enum vls_code
vls_pagelog_copy(struct vls_pagelog *log, const char *path, const struct vls_secret *new_key, struct vls_error *err)
{
    struct vls_pagelog *to = NULL;
    bool named = false;
    enum vls_code rc;

    if (log->writing || log->dead)
        return VLS_FAIL(err, VLS_EIO, "the store cannot be copied now");
    if ((rc = copy_begin(&to, log, path, new_key, err)) == VLS_OK && (rc = copy_fill(to, log, true, err)) == VLS_OK) {
        vls__pl_space_trim(to);
        rc = new_finish(to, &named, err);
    }
    if (rc == VLS_OK)
        log->readonly = true; /* the copy is the store from here on: nothing may be written beside it */
    else if (to != NULL && to->have_file)
        (void)log->io->unlink(log->io->ctx, named ? path : to->path_new);
    vls__pl_free(to);
    if (rc != VLS_OK)
        vls_while(err, "copying the store");
    return rc;
}
