/*
 * SQLite's view of the sealed page log: one main database file and nothing else. Every other kind of
 * file is refused, so that a journal, a WAL or a temporary file cannot come into being whatever SQL asks for.
 * A commit is made on SQLITE_FCNTL_SYNC, which SQLite sends after the last page of a transaction even
 * when syncing is switched off.
 */
#include <string.h>

#include "vfs.h"

/* Offsets in page 1 of the SQLite file format. */
#define P1_PAGE_SIZE     16
#define P1_WRITE_VERSION 18
#define P1_READ_VERSION  19
#define P1_RESERVED      20
#define P1_PAGE_COUNT    28

struct vfs_file {
    sqlite3_file base;
    struct vls_pagelog *log;
    struct vls_error err; /* the last failure */
    bool broken;          /* a write failed: everything fails from then on */
    uint32_t page_count;  /* what the last page 1 written says, 0 when none was in this transaction */
    bool have_first;
    uint8_t first[VLS_PAGELOG_BLOCK]; /* page 1 in clear: SQLite reads its head before it reads it whole */
};

static _Thread_local struct vls_pagelog *offered;
static _Thread_local struct vls_error *offered_err;

bool
vls__vfs_offer(struct vls_pagelog *log, struct vls_error *err)
{
    bool pending = offered != NULL;

    offered = log;
    offered_err = err;
    return pending;
}

static struct vfs_file *
file_of(sqlite3_file *f)
{
    return (struct vfs_file *)f;
}

/* The SQLite code for the last failure of the log; otherwise names the kind of call that failed. */
static int
code_of(const struct vfs_file *f, int otherwise)
{
    switch (f->err.code) {
    case VLS_ENOMEM: return SQLITE_IOERR_NOMEM;
    case VLS_EFULL: return SQLITE_FULL;
    case VLS_EREADONLY: return SQLITE_READONLY;
    case VLS_EAUTH:
    case VLS_EFORMAT: return SQLITE_IOERR_DATA;
    default: return otherwise;
    }
}

/*
 * After a failed write the cache above may hold pages that the log has forgotten, so nothing may be read or written
 * any more. Running out of memory is the exception: SQLite recovers from it, and the log is unchanged.
 */
static int
fail_write(struct vfs_file *f, int otherwise)
{
    if (f->err.code != VLS_ENOMEM || vls_pagelog_dead(f->log))
        f->broken = true;
    return code_of(f, otherwise);
}

static int
vfs_close(sqlite3_file *file)
{
    struct vfs_file *f = file_of(file);

    vls_wipe(f->first, sizeof f->first);
    vls_pagelog_close(f->log);
    f->log = NULL;
    return SQLITE_OK;
}

/* Bytes of page 1 before SQLite knows the page size. */
static int
read_first(struct vfs_file *f, uint8_t *out, size_t n, size_t off)
{
    if (!f->have_first) {
        if (vls_pagelog_get(f->log, 0, f->first, &f->err) != VLS_OK)
            return code_of(f, SQLITE_IOERR_READ);
        f->have_first = true;
    }
    memcpy(out, f->first + off, n);
    return SQLITE_OK;
}

static int
vfs_read(sqlite3_file *file, void *p, int n, sqlite3_int64 off)
{
    struct vfs_file *f = file_of(file);

    if (f->broken)
        return code_of(f, SQLITE_IOERR_READ);
    if (n < 0 || off < 0)
        return SQLITE_IOERR_READ;
    if (off >= (sqlite3_int64)vls_pagelog_pages(f->log) * VLS_VFS_PAGE) {
        memset(p, 0, (size_t)n);
        return SQLITE_IOERR_SHORT_READ;
    }
    if (off + n <= VLS_VFS_PAGE && (n < VLS_VFS_PAGE || f->have_first))
        return read_first(f, p, (size_t)n, (size_t)off);
    if (n != VLS_VFS_PAGE || off % VLS_VFS_PAGE != 0)
        return SQLITE_IOERR_READ;
    if (vls_pagelog_get(f->log, (uint32_t)(off / VLS_VFS_PAGE), p, &f->err) != VLS_OK)
        return code_of(f, SQLITE_IOERR_READ);
    return SQLITE_OK;
}

/*
 * Only pages as we have set them up: reserved bytes zero, and a page 1 that neither turns WAL on nor changes
 * size or reserve. PRAGMA journal_mode=WAL would otherwise commit a page 1 that can never be written again.
 */
static bool
page_allowed(const uint8_t *p, sqlite3_int64 off)
{
    if (!vls_all_zero(p + VLS_PAGELOG_PAGE, VLS_VFS_PAGE - VLS_PAGELOG_PAGE))
        return false;
    return off != 0 || (p[P1_PAGE_SIZE] == VLS_VFS_PAGE >> 8 && p[P1_PAGE_SIZE + 1] == 0 && p[P1_WRITE_VERSION] == 1 &&
                        p[P1_READ_VERSION] == 1 && p[P1_RESERVED] == VLS_VFS_RESERVED);
}

static int
need_transaction(struct vfs_file *f)
{
    if (vls_pagelog_writing(f->log))
        return SQLITE_OK;
    f->page_count = 0;
    return vls_pagelog_begin(f->log, &f->err) == VLS_OK ? SQLITE_OK : fail_write(f, SQLITE_IOERR_WRITE);
}

static int
vfs_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 off)
{
    struct vfs_file *f = file_of(file);
    const uint8_t *page = p;
    int rc;

    if (f->broken)
        return fail_write(f, SQLITE_IOERR_WRITE);
    if (n != VLS_VFS_PAGE || off < 0 || off % VLS_VFS_PAGE != 0 || off / VLS_VFS_PAGE >= VLS_PAGELOG_PAGES_MAX)
        return SQLITE_IOERR_WRITE;
    if (!page_allowed(page, off)) {
        vls_error_set(&f->err, VLS_EFORMAT, "a database page that the store does not allow");
        return fail_write(f, SQLITE_IOERR_WRITE);
    }
    if ((rc = need_transaction(f)) != SQLITE_OK)
        return rc;
    if (off == 0) {
        f->have_first = false;
        f->page_count = (uint32_t)page[P1_PAGE_COUNT] << 24 | (uint32_t)page[P1_PAGE_COUNT + 1] << 16 |
                        (uint32_t)page[P1_PAGE_COUNT + 2] << 8 | page[P1_PAGE_COUNT + 3];
    }
    if (vls_pagelog_put(f->log, (uint32_t)(off / VLS_VFS_PAGE), page, &f->err) != VLS_OK)
        return fail_write(f, SQLITE_IOERR_WRITE);
    return SQLITE_OK;
}

static int
vfs_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct vfs_file *f = file_of(file);
    uint32_t pages;
    int rc;

    if (f->broken)
        return fail_write(f, SQLITE_IOERR_TRUNCATE);
    if (size < 0 || size / VLS_VFS_PAGE > VLS_PAGELOG_PAGES_MAX)
        return SQLITE_IOERR_TRUNCATE;
    pages = (uint32_t)(size / VLS_VFS_PAGE) + (size % VLS_VFS_PAGE != 0);
    if (pages >= vls_pagelog_pages(f->log))
        return SQLITE_OK; /* the commit has taken the new size from page 1 already */
    if ((rc = need_transaction(f)) != SQLITE_OK)
        return rc;
    if (pages == 0)
        f->have_first = false;
    if (vls_pagelog_truncate(f->log, pages, &f->err) != VLS_OK)
        return fail_write(f, SQLITE_IOERR_TRUNCATE);
    return SQLITE_OK;
}

/*
 * The commit. A shrinking transaction calls xTruncate only after this, and no sync follows it, so the size comes
 * from page 1, which such a transaction always writes.
 */
static int
vfs_commit(struct vfs_file *f)
{
    if (f->broken)
        return fail_write(f, SQLITE_IOERR_FSYNC);
    if (!vls_pagelog_writing(f->log))
        return SQLITE_OK;
    if (f->page_count > 0 && f->page_count < vls_pagelog_pages(f->log) &&
        vls_pagelog_truncate(f->log, f->page_count, &f->err) != VLS_OK)
        return fail_write(f, SQLITE_IOERR_FSYNC);
    if (vls_pagelog_commit(f->log, &f->err) != VLS_OK)
        return fail_write(f, SQLITE_IOERR_FSYNC);
    return SQLITE_OK;
}

static int
vfs_sync(sqlite3_file *file, int flags)
{
    (void)flags;
    return vfs_commit(file_of(file));
}

static int
vfs_file_size(sqlite3_file *file, sqlite3_int64 *out)
{
    *out = (sqlite3_int64)vls_pagelog_pages(file_of(file)->log) * VLS_VFS_PAGE;
    return SQLITE_OK;
}

/* The lock on the file was taken when it was opened and lasts as long as the handle. */
static int
vfs_lock(sqlite3_file *file, int level)
{
    (void)file;
    (void)level;
    return SQLITE_OK;
}

static int
vfs_check_reserved(sqlite3_file *file, int *out)
{
    (void)file;
    *out = 0;
    return SQLITE_OK;
}

static int
vfs_control(sqlite3_file *file, int op, void *arg)
{
    (void)arg;
    return op == SQLITE_FCNTL_SYNC ? vfs_commit(file_of(file)) : SQLITE_NOTFOUND;
}

static int
vfs_sector_size(sqlite3_file *file)
{
    (void)file;
    return VLS_PAGELOG_BLOCK;
}

static int
vfs_characteristics(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int
vfs_open(sqlite3_vfs *vfs, sqlite3_filename name, sqlite3_file *file, int flags, int *out_flags)
{
    static const sqlite3_io_methods methods = {
        .iVersion = 1, /* no shared memory, so no WAL; no mmap */
        .xClose = vfs_close,
        .xRead = vfs_read,
        .xWrite = vfs_write,
        .xTruncate = vfs_truncate,
        .xSync = vfs_sync,
        .xFileSize = vfs_file_size,
        .xLock = vfs_lock,
        .xUnlock = vfs_lock,
        .xCheckReservedLock = vfs_check_reserved,
        .xFileControl = vfs_control,
        .xSectorSize = vfs_sector_size,
        .xDeviceCharacteristics = vfs_characteristics,
    };
    struct vfs_file *f = file_of(file);

    (void)vfs;
    file->pMethods = NULL;
    if (name == NULL || (flags & SQLITE_OPEN_MAIN_DB) == 0 || offered == NULL)
        return SQLITE_CANTOPEN;
    memset(f, 0, sizeof *f);
    if (vls_pagelog_pages(offered) > 0) {
        if (vls_pagelog_get(offered, 0, f->first, offered_err) != VLS_OK)
            return SQLITE_CANTOPEN;
        f->have_first = true;
    }
    f->log = offered;
    offered = NULL;
    f->base.pMethods = &methods;
    if (out_flags != NULL)
        *out_flags = flags;
    return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    (void)vfs;
    (void)name;
    (void)sync_dir;
    return SQLITE_IOERR_DELETE;
}

/* There is no other file: no hot journal, no WAL. */
static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *out = 0;
    return SQLITE_OK;
}

static int
vfs_full_pathname(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    size_t len = strlen(name);

    (void)vfs;
    if (n <= 0 || len >= (size_t)n)
        return SQLITE_CANTOPEN;
    memcpy(out, name, len + 1);
    return SQLITE_OK;
}

static int
vfs_randomness(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    if (n > 0)
        vls_random(out, (size_t)n);
    return n;
}

static sqlite3_vfs *
base_vfs(sqlite3_vfs *vfs)
{
    return vfs->pAppData;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int us)
{
    return base_vfs(vfs)->xSleep(base_vfs(vfs), us);
}

static int
vfs_time(sqlite3_vfs *vfs, double *out)
{
    return base_vfs(vfs)->xCurrentTime(base_vfs(vfs), out);
}

static int
vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *out)
{
    return base_vfs(vfs)->xCurrentTimeInt64(base_vfs(vfs), out);
}

static int
vfs_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    if (n > 0)
        *out = '\0';
    return 0;
}

int
vls__vfs_register(void)
{
    static sqlite3_vfs vfs = {
        .iVersion = 2,
        .szOsFile = sizeof(struct vfs_file),
        .mxPathname = 4096,
        .zName = VLS_VFS_NAME,
        .xOpen = vfs_open,
        .xDelete = vfs_delete,
        .xAccess = vfs_access,
        .xFullPathname = vfs_full_pathname,
        .xRandomness = vfs_randomness,
        .xSleep = vfs_sleep,
        .xCurrentTime = vfs_time,
        .xGetLastError = vfs_last_error,
        .xCurrentTimeInt64 = vfs_time64,
    };

    if ((vfs.pAppData = sqlite3_vfs_find("unix")) == NULL)
        return SQLITE_ERROR;
    return sqlite3_vfs_register(&vfs, 0);
}

static struct vfs_file *
file_behind(sqlite3 *db)
{
    sqlite3_vfs *vfs = NULL;
    sqlite3_file *file = NULL;

    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_VFS_POINTER, &vfs) != SQLITE_OK || vfs == NULL ||
        strcmp(vfs->zName, VLS_VFS_NAME) != 0 ||
        sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || file == NULL ||
        file->pMethods == NULL)
        return NULL;
    return file_of(file);
}

struct vls_pagelog *
vls__vfs_log(sqlite3 *db)
{
    struct vfs_file *f = file_behind(db);

    return f != NULL ? f->log : NULL;
}

const struct vls_error *
vls__vfs_error(sqlite3 *db)
{
    static const struct vls_error none;
    const struct vfs_file *f = file_behind(db);

    return f != NULL ? &f->err : &none;
}

void
vls__vfs_forget_error(sqlite3 *db)
{
    struct vfs_file *f = file_behind(db);

    if (f != NULL && !f->broken)
        memset(&f->err, 0, sizeof f->err);
}
