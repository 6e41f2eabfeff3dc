/*
 * Blocks of the open file, and lists of block numbers. Every failed write or sync makes the handle dead
 * right here (PL6), so that no caller can forget to, and an error of the device is never mistaken
 * for damage (PL19): only a short read is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "pagelog_int.h"

enum vls_code
vls__pl_errno(int sys, const char *what, struct vls_error *err)
{
    switch (sys) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return VLS_FAIL_SYS(err, VLS_EFULL, sys, "%s", what);
    case EROFS:
    case EACCES:
    case EPERM: return VLS_FAIL_SYS(err, VLS_EREADONLY, sys, "%s", what);
    case EWOULDBLOCK: return VLS_FAIL(err, VLS_EBUSY, "another process is using the store");
    case ENOENT: return VLS_FAIL_SYS(err, VLS_ENOSTORE, sys, "%s", what);
    case ENOMEM: return VLS_FAIL_SYS(err, VLS_ENOMEM, sys, "%s", what);
    default: return VLS_FAIL_SYS(err, VLS_EIO, sys, "%s", what);
    }
}

static enum vls_code
dead(struct vls_error *err)
{
    return VLS_FAIL(err, VLS_EIO, "an earlier write failed; the store must be opened again");
}

enum vls_code
vls__pl_read(struct vls_pagelog *log, uint32_t block, uint32_t n, uint8_t *out, struct vls_error *err)
{
    size_t len = (size_t)n * VLS_PAGELOG_BLOCK, got;
    int sys;

    if (log->dead)
        return dead(err);
    sys = log->io->pread(log->io->ctx, log->file, out, len, (uint64_t)block * VLS_PAGELOG_BLOCK, &got);
    if (sys != 0)
        return VLS_FAIL_SYS(err, VLS_EIO, sys, "reading block %u", (unsigned)block);
    if (got < len)
        return VLS_FAIL(err, VLS_EAUTH, "block %u lies beyond the end of the file",
                        (unsigned)(block + (uint32_t)(got / VLS_PAGELOG_BLOCK)));
    return VLS_OK;
}

/*
 * A scan asks for neighbouring blocks one by one; from the second on they are read in pieces of PL_SCRATCH. What was
 * read ahead is forgotten at the first write, so it can never be older than the file.
 */
enum vls_code
vls__pl_read_page(struct vls_pagelog *log, uint32_t block, uint8_t *room, const uint8_t **out, struct vls_error *err)
{
    bool in_a_row = block == log->last_read + 1;
    uint32_t n = log->file_blocks > block ? log->file_blocks - block : 0;

    log->last_read = block;
    if (log->dead)
        return dead(err);
    if (in_a_row && block - log->ahead_block >= log->ahead_n && n > 1) {
        if (log->ahead == NULL)
            log->ahead = malloc((size_t)PL_SCRATCH * VLS_PAGELOG_BLOCK);
        log->ahead_n = 0;
        n = n < PL_SCRATCH ? n : PL_SCRATCH;
        if (log->ahead != NULL && vls__pl_read(log, block, n, log->ahead, NULL) == VLS_OK) {
            log->ahead_block = block;
            log->ahead_n = n;
        }
    }
    *out = room;
    if (block - log->ahead_block >= log->ahead_n)
        return vls__pl_read(log, block, 1, room, err);
    *out = log->ahead + (size_t)(block - log->ahead_block) * VLS_PAGELOG_BLOCK;
    return VLS_OK;
}

enum vls_code
vls__pl_write(struct vls_pagelog *log, uint32_t block, uint32_t n, const uint8_t *p, struct vls_error *err)
{
    enum vls_code rc;
    int sys;

    log->ahead_n = 0;
    if (log->dead)
        return dead(err);
    sys =
        log->io->pwrite(log->io->ctx, log->file, p, (size_t)n * VLS_PAGELOG_BLOCK, (uint64_t)block * VLS_PAGELOG_BLOCK);
    if (sys == 0)
        return VLS_OK;
    log->dead = true;
    rc = vls__pl_errno(sys, "the write failed", err);
    vls_while(err, "writing block %u", (unsigned)block);
    return rc;
}

enum vls_code
vls__pl_sync(struct vls_pagelog *log, struct vls_error *err)
{
    int sys;

    if (log->dead)
        return dead(err);
    if ((sys = log->io->fdatasync(log->io->ctx, log->file)) == 0)
        return VLS_OK;
    log->dead = true;
    return vls__pl_errno(sys, "syncing the store", err);
}

enum vls_code
vls__pl_list_reserve(struct pl_list *l, size_t more, struct vls_error *err)
{
    size_t cap = l->cap;
    uint32_t *at;

    if (l->n + more <= cap)
        return VLS_OK;
    while (cap < l->n + more)
        cap = cap < 64 ? 64 : cap * 2;
    if ((at = realloc(l->at, cap * sizeof *at)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for %zu block numbers", cap);
    l->at = at;
    l->cap = cap;
    return VLS_OK;
}

void
vls__pl_list_put(struct pl_list *l, uint32_t block)
{
    l->at[l->n++] = block;
}

void
vls__pl_list_clear(struct pl_list *l)
{
    free(l->at);
    memset(l, 0, sizeof *l);
}
