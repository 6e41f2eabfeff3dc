#ifndef SYNC_STORE_DB_H
#define SYNC_STORE_DB_H

#include <sqlite3.h>

#include "valise/pagelog.h"

/*
 * SQLite over the sealed page log. This is the only way to a connection: it sets every switch that keeps
 * plaintext off the disk and a hostile file harmless. One connection, one thread, one process.
 *
 * After VLS_EIO, VLS_EFULL or VLS_EAUTH from a write the connection only fails; close it and open it again to go on
 * from the last commit.
 */

#define VLS_DB_CREATE   1u /* make the store when there is no file of that name */
#define VLS_DB_READONLY 2u /* write nothing at all */

/**
 * Configures SQLite for the process: memory is wiped when freed, and our VFS is registered. vls__db_open does it
 * too; a program that uses SQLite otherwise calls this before.
 *
 * Errors: VLS_EIO, SQLite was in use already and cannot be configured any more.
 */
enum vls_code vls__db_start(struct vls_error *err) VLS_MUST_USE;

/**
 * Opens the database in a sealed store.
 *
 * out    receives the connection, owned by the caller (vls__db_close); NULL on failure.
 * path   the store's file. Nothing else is ever created, but for path.new during compaction and creation.
 * key    the store key, 32 bytes; borrowed for the call.
 * flags  VLS_DB_CREATE, VLS_DB_READONLY.
 *
 * What an interrupted compaction left is removed, and a torn last commit of a store that was not closed is
 * dropped, in here.
 *
 * Errors: VLS_ENOSTORE; VLS_EBUSY, another process has had it open for two seconds; VLS_EAUTH, wrong key, damaged or
 * forged (the message names the place); VLS_EFORMAT; VLS_EVERSION; VLS_EREADONLY; VLS_EFULL; VLS_EIO; VLS_ENOMEM.
 */
enum vls_code vls__db_open(sqlite3 **out, const char *path, const struct vls_secret *key, unsigned flags,
                           struct vls_error *err) VLS_MUST_USE;
/** The same over another file system than the operating system's; io is borrowed until vls__db_close. */
enum vls_code vls__db_open_on(sqlite3 **out, const struct vls_io *io, const char *path, const struct vls_secret *key,
                              unsigned flags, struct vls_error *err) VLS_MUST_USE;

/**
 * Finalizes statements that are left, rolls back, compacts when more than a quarter and 4 MiB of the file are free,
 * marks the store as closed and frees the connection; NULL does nothing.
 */
void vls__db_close(sqlite3 *db);

/**
 * Turns a failed SQLite call into an error: the page log's own code and message when the failure came from there
 * (VLS_EAUTH with the page, VLS_EFULL, VLS_EIO), a translation of rc otherwise. Never SQLite's message, which may quote
 * content. Yields VLS_OK for SQLITE_OK, SQLITE_ROW and SQLITE_DONE.
 */
enum vls_code vls__db_error(sqlite3 *db, int rc, struct vls_error *err) VLS_MUST_USE;

/** The last durable transaction and the chain head after it: the anchor to keep elsewhere. */
void vls__db_head(sqlite3 *db, uint64_t *txn, uint8_t head[VLS_HASH_LEN]);

/**
 * Rewrites the store without its free space; outside a transaction. new_key may be NULL; otherwise everything is sealed
 * anew under it, which is what makes deleted content unreadable for good.
 *
 * Errors: as vls_pagelog_compact; VLS_EBUSY, a transaction is open.
 */
enum vls_code vls__db_compact(sqlite3 *db, const struct vls_secret *new_key, struct vls_error *err) VLS_MUST_USE;

/**
 * A copy under another key and name, meant to take the store's place; this connection only reads from then on.
 *
 * Errors: as vls_pagelog_copy; VLS_EBUSY, a transaction is open.
 */
enum vls_code vls__db_copy(sqlite3 *db, const char *path, const struct vls_secret *new_key,
                           struct vls_error *err) VLS_MUST_USE;

/** Checks every page, the page map and the chain. Errors: VLS_EAUTH or VLS_EFORMAT naming the place; VLS_EIO;
 * VLS_ENOMEM. */
enum vls_code vls__db_verify(sqlite3 *db, struct vls_error *err) VLS_MUST_USE;

/** The number of a torn transaction that opening dropped, 0 when there was none. */
uint64_t vls__db_dropped(sqlite3 *db);

#endif
