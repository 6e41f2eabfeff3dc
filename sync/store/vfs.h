#ifndef SYNC_STORE_VFS_H
#define SYNC_STORE_VFS_H

#include <sqlite3.h>

#include "valise/pagelog.h"

/* The VFS that keeps SQLite's one file in a sealed page log; for db.c and its test only. */

#define VLS_VFS_NAME     "valise"
#define VLS_VFS_PAGE     4096 /* SQLite's page, of which the last 40 bytes are reserved and zero */
#define VLS_VFS_RESERVED 40

/** Registers the VFS; SQLite must be configured by then. Yields an SQLite code. */
int vls__vfs_register(void);

/**
 * Hands over the log that the next xOpen of this thread takes; NULL takes the offer back. Keys and logs never travel
 * in a file name. xOpen reads page 1 and leaves in err why it could not: SQLite would forget. True when the offer
 * before had not been taken.
 */
bool vls__vfs_offer(struct vls_pagelog *log, struct vls_error *err);

/** The log behind a connection's main database, borrowed; NULL for a connection of another VFS. */
struct vls_pagelog *vls__vfs_log(sqlite3 *db);

/** The last failure of the log behind a connection, borrowed; its code is VLS_OK when there was none. */
const struct vls_error *vls__vfs_error(sqlite3 *db);

/** Forgets the last failure, so that the next question is about what happens from now on. */
void vls__vfs_forget_error(sqlite3 *db);

#endif
