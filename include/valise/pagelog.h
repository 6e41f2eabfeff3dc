#ifndef VALISE_PAGELOG_H
#define VALISE_PAGELOG_H

#include "valise/prim.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The sealed page log: one file of sealed, numbered pages with transactions. It knows no SQL. One
 * handle, one thread, one process at a time. Source of format, recovery and all invariants (PL1..):
 * schemas/store/pagelog.md.
 */

#define VLS_PAGELOG_BLOCK     4096     /* bytes of a block on disk, and of a buffer handed to get */
#define VLS_PAGELOG_PAGE      4056     /* plaintext bytes of a page: a block less nonce and tag */
#define VLS_PAGELOG_PAGES_MAX 7834368u /* what a superblock can refer to: 192 * 202 * 202 */

/* Flags of vls_io.open. */
#define VLS_IO_CREATE   1u /* make the file when it is not there */
#define VLS_IO_READONLY 2u /* open for reading; the lock is shared with other readers */

/*
 * The operating system as the log needs it, so that tests can stand in for it. Every function answers 0
 * or an errno value. Offsets and lengths are in bytes; file is what open gave.
 *
 * open      opens path and takes a lock on it that dies with the process: EWOULDBLOCK when another holds it.
 * pread     reads up to n bytes; *got < n only at the end of the file.
 * pwrite    writes all n bytes or fails.
 * fdatasync makes what was written durable, and the size that it needs.
 * ftruncate sets the size.
 * fallocate takes room for [off, off + n) and extends the file over it.
 * dirsync   makes the folder of path durable: names created, renamed or removed in it.
 */
struct vls_io {
    void *ctx;
    int (*open)(void *ctx, int *file, const char *path, unsigned flags);
    void (*close)(void *ctx, int file);
    int (*pread)(void *ctx, int file, void *p, size_t n, uint64_t off, size_t *got);
    int (*pwrite)(void *ctx, int file, const void *p, size_t n, uint64_t off);
    int (*fdatasync)(void *ctx, int file);
    int (*ftruncate)(void *ctx, int file, uint64_t size);
    int (*fallocate)(void *ctx, int file, uint64_t off, uint64_t n);
    int (*size)(void *ctx, int file, uint64_t *out);
    int (*rename)(void *ctx, const char *from, const char *to);
    int (*unlink)(void *ctx, const char *path);
    int (*dirsync)(void *ctx, const char *path);
};

/** The real operating system; static. open waits up to 2 s for the lock. */
VLS_API const struct vls_io *vls_io_os(void);

struct vls_pagelog;

#define VLS_PAGELOG_CREATE   1u /* make the store when there is no file of that name */
#define VLS_PAGELOG_READONLY 2u /* write nothing at all, not even what recovery decided */

/**
 * Opens a log, recovers it, and removes what an interrupted compaction or creation left beside it.
 *
 * out    receives the handle, owned by the caller; NULL on failure.
 * io     borrowed until vls_pagelog_close.
 * path   of the file; copied.
 * key    the store key, 32 bytes; borrowed for the call.
 * flags  VLS_PAGELOG_CREATE and VLS_PAGELOG_READONLY.
 *
 * Errors: VLS_ENOSTORE, no such file; VLS_EBUSY, another process has it open; VLS_EAUTH, another key, damaged or
 * forged (the message names the block); VLS_EFORMAT, authentic but impossible; VLS_EVERSION, of a newer
 * version; VLS_EREADONLY; VLS_EFULL; VLS_EIO; VLS_ENOMEM.
 * Source: schemas/store/pagelog.md section 6.
 */
VLS_API enum vls_code vls_pagelog_open(struct vls_pagelog **out, const struct vls_io *io, const char *path,
                                       const struct vls_secret *key, unsigned flags,
                                       struct vls_error *err) VLS_MUST_USE;

/**
 * Drops an unfinished transaction, gives back unused room at the end of the file, marks the store as closed
 * and frees the handle; NULL does nothing. Never fails: whatever was committed is durable already.
 */
VLS_API void vls_pagelog_close(struct vls_pagelog *log);

/** Number of pages, the unfinished transaction included. */
VLS_API uint32_t vls_pagelog_pages(const struct vls_pagelog *log);

/**
 * Reads a page: VLS_PAGELOG_PAGE bytes of plaintext and then zeros up to VLS_PAGELOG_BLOCK. The unfinished
 * transaction's own pages are seen. All zeros on failure, and for a hole.
 *
 * Errors: VLS_EAUTH, the page or the map block that leads to it does not verify; VLS_ENOTFOUND, beyond the last page;
 * VLS_EIO; VLS_ENOMEM.
 */
VLS_API enum vls_code vls_pagelog_get(struct vls_pagelog *log, uint32_t page, uint8_t out[VLS_PAGELOG_BLOCK],
                                      struct vls_error *err) VLS_MUST_USE;

/** Starts a transaction. Errors: VLS_EREADONLY; VLS_EIO, the handle is dead; those of reading the whole map. */
VLS_API enum vls_code vls_pagelog_begin(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/** True between begin and commit or rollback. */
VLS_API bool vls_pagelog_writing(const struct vls_pagelog *log);

/**
 * Writes VLS_PAGELOG_PAGE bytes as one page of the transaction; pages skipped on the way up are holes.
 *
 * Errors: VLS_EFULL, no room (when nothing was written the transaction goes on unchanged, see vls_pagelog_dead);
 * VLS_ELIMIT, page number; VLS_EIO, the handle is dead; VLS_ENOMEM, VLS_EAUTH as for get.
 */
VLS_API enum vls_code vls_pagelog_put(struct vls_pagelog *log, uint32_t page, const uint8_t *plain,
                                      struct vls_error *err) VLS_MUST_USE;
/** Makes the database pages pages long in this transaction; growing leaves holes. */
VLS_API enum vls_code vls_pagelog_truncate(struct vls_pagelog *log, uint32_t pages, struct vls_error *err) VLS_MUST_USE;

/**
 * Makes the transaction durable and ends it; one without changes leaves the head as it was.
 *
 * Errors: VLS_EFULL before anything was written: the transaction is still open. Any other failure: the handle is
 * dead, and whether the transaction happened is known only after opening again.
 */
VLS_API enum vls_code vls_pagelog_commit(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/** Forgets the transaction; nothing of it will ever be seen. */
VLS_API void vls_pagelog_rollback(struct vls_pagelog *log);
/** True after a failed write or sync: everything but close answers VLS_EIO from then on (PL6). */
VLS_API bool vls_pagelog_dead(const struct vls_pagelog *log);

/** The number of the last durable transaction and the chain head after it: the anchor to keep elsewhere. */
VLS_API void vls_pagelog_head(const struct vls_pagelog *log, uint64_t *txn, uint8_t head[VLS_HASH_LEN]);

struct vls_pagelog_stat {
    uint32_t blocks;      /* of the file */
    uint32_t free_blocks; /* of them, those that may be used or given back; 0 before the first write */
    uint32_t pages;
    uint32_t headers; /* read at the next opening */
    uint64_t dropped; /* transaction that recovery dropped as torn, 0 when none */
    bool was_sealed;  /* the store had been closed properly */
};
VLS_API void vls_pagelog_stat(const struct vls_pagelog *log, struct vls_pagelog_stat *out);

/**
 * Checks every node of the map, every page and that no block is used twice.
 * Errors: VLS_EAUTH, VLS_EFORMAT naming the block; VLS_EIO; VLS_ENOMEM.
 */
VLS_API enum vls_code vls_pagelog_verify(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;

/**
 * Writes the live pages, verified and in order, to a new file and puts it in the old one's place. Transaction number
 * and head stay.
 *
 * new_key  NULL, or a new store key under which everything is sealed anew; borrowed.
 *
 * Errors: VLS_EFULL, VLS_EAUTH, VLS_EIO before the new file took the name: the log goes on as it was. VLS_EIO when only
 * the folder's sync failed: the handle is dead.
 */
VLS_API enum vls_code vls_pagelog_compact(struct vls_pagelog *log, const struct vls_secret *new_key,
                                          struct vls_error *err) VLS_MUST_USE;
/**
 * Writes the live pages, verified and in order, to a new file of another name, sealed anew under new_key. Transaction
 * number and head stay. The copy is meant to take this store's place: on success this handle only reads from then on,
 * and closing it neither marks nor compacts the file.
 *
 * path     of the copy, on the same io; a file of that name is replaced.
 * new_key  the copy's store key, 32 bytes; borrowed.
 *
 * Errors: VLS_EFULL, VLS_EAUTH, VLS_EIO, VLS_ENOMEM: there is no copy, and the log goes on as it was.
 */
VLS_API enum vls_code vls_pagelog_copy(struct vls_pagelog *log, const char *path, const struct vls_secret *new_key,
                                       struct vls_error *err) VLS_MUST_USE;
/** True when more than 4 MiB and a quarter of the file are free. */
VLS_API bool vls_pagelog_wants_compaction(const struct vls_pagelog *log);

#ifdef __cplusplus
}
#endif
#endif
