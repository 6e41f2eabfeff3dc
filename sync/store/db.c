/*
 * A connection with every switch set: journal, sorts and temporary tables in memory, exclusive locking, a defensive
 * SQLite without extensions, an authorizer that knows which pragmas are harmless, and an allocator that
 * wipes what it frees. SQLite never sees a key and never names a file but the store's.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "vfs.h"

/* The allocator: a size in front of each block, so that it can be wiped in whole. */

#define HEAD 16 /* keeps the alignment of malloc */

static void *
mem_malloc(int n)
{
    uint8_t *p = n > 0 ? malloc((size_t)n + HEAD) : NULL;

    if (p == NULL)
        return NULL;
    memcpy(p, &n, sizeof n);
    return p + HEAD;
}

static int
mem_size(void *p)
{
    int n = 0;

    if (p != NULL)
        memcpy(&n, (uint8_t *)p - HEAD, sizeof n);
    return n;
}

static void
mem_free(void *p)
{
    if (p == NULL)
        return;
    vls_wipe(p, (size_t)mem_size(p));
    free((uint8_t *)p - HEAD);
}

static void *
mem_realloc(void *p, int n)
{
    void *q = mem_malloc(n);
    int old = mem_size(p);

    if (q == NULL)
        return NULL;
    memcpy(q, p, (size_t)(old < n ? old : n));
    mem_free(p);
    return q;
}

static int
mem_roundup(int n)
{
    return n > INT_MAX - 7 ? n : (n + 7) & ~7;
}

static int
mem_init(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void
mem_shutdown(void *ctx)
{
    (void)ctx;
}

static int started = SQLITE_MISUSE;

static void
start_once(void)
{
    static const sqlite3_mem_methods mem = {
        .xMalloc = mem_malloc,
        .xFree = mem_free,
        .xRealloc = mem_realloc,
        .xSize = mem_size,
        .xRoundup = mem_roundup,
        .xInit = mem_init,
        .xShutdown = mem_shutdown,
    };

    if ((started = sqlite3_config(SQLITE_CONFIG_MALLOC, &mem)) == SQLITE_OK &&
        (started = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0)) == SQLITE_OK &&
        (started = sqlite3_config(SQLITE_CONFIG_URI, 0)) == SQLITE_OK &&
        (started = sqlite3_config(SQLITE_CONFIG_MMAP_SIZE, (sqlite3_int64)0, (sqlite3_int64)0)) == SQLITE_OK &&
        (started = sqlite3_initialize()) == SQLITE_OK)
        started = vls__vfs_register();
}

enum vls_code
vls__db_start(struct vls_error *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    (void)pthread_once(&once, start_once);
    if (started != SQLITE_OK)
        return VLS_FAIL(err, VLS_EIO, "SQLite cannot be configured (%d): it was in use before", started);
    return VLS_OK;
}

/* Pragmas that only look, or that set something harmless. */
static bool
pragma_allowed(const char *name, const char *value)
{
    static const char *const any[] = {
        "application_id",     "analysis_limit", "auto_vacuum",        "collation_list",  "compile_options",
        "data_version",       "database_list",  "defer_foreign_keys", "encoding",        "foreign_key_check",
        "foreign_key_list",   "foreign_keys",   "freelist_count",     "function_list",   "incremental_vacuum",
        "index_info",         "index_list",     "index_xinfo",        "integrity_check", "module_list",
        "optimize",           "page_count",     "pragma_list",        "query_only",      "quick_check",
        "recursive_triggers", "shrink_memory",  "table_info",         "table_list",      "table_xinfo",
        "user_version",
    };
    static const char *const look[] = {
        "cache_size",     "cache_spill",   "journal_mode", "locking_mode", "mmap_size",      "page_size",
        "schema_version", "secure_delete", "synchronous",  "temp_store",   "trusted_schema", "cell_size_check",
    };

    if (sqlite3_stricmp(name, "writable_schema") == 0) /* reads the schema again; turning it on is not harmless */
        return value != NULL && sqlite3_stricmp(value, "RESET") == 0;
    for (size_t i = 0; i < sizeof any / sizeof any[0]; i++)
        if (sqlite3_stricmp(name, any[i]) == 0)
            return true;
    for (size_t i = 0; value == NULL && i < sizeof look / sizeof look[0]; i++)
        if (sqlite3_stricmp(name, look[i]) == 0)
            return true;
    return false;
}

/*
 * What SQL may do at all (LL-12). Views and triggers are not used here; whoever finds one in a schema finds the work of
 * somebody who had the key once, and it must not run.
 */
static int
authorize(void *ctx, int action, const char *a, const char *b, const char *schema, const char *trigger)
{
    (void)ctx;
    (void)schema;
    (void)trigger;
    switch (action) {
    case SQLITE_ATTACH: /* VACUUM attaches a nameless database, which lives in memory */
        return a != NULL && a[0] == '\0' ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_PRAGMA: return a != NULL && pragma_allowed(a, b) ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return b != NULL && (sqlite3_stricmp(b, "load_extension") == 0 || sqlite3_stricmp(b, "fts3_tokenizer") == 0)
                   ? SQLITE_DENY
                   : SQLITE_OK;
    case SQLITE_CREATE_VTABLE:
    case SQLITE_DROP_VTABLE: return b != NULL && sqlite3_stricmp(b, "fts5") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_INSERT:
    case SQLITE_UPDATE:
    case SQLITE_DELETE:
    case SQLITE_TRANSACTION:
    case SQLITE_SAVEPOINT:
    case SQLITE_RECURSIVE:
    case SQLITE_CREATE_TABLE:
    case SQLITE_CREATE_INDEX:
    case SQLITE_CREATE_TEMP_TABLE:
    case SQLITE_CREATE_TEMP_INDEX:
    case SQLITE_DROP_TABLE:
    case SQLITE_DROP_INDEX:
    case SQLITE_DROP_TEMP_TABLE:
    case SQLITE_DROP_TEMP_INDEX:
    case SQLITE_ALTER_TABLE:
    case SQLITE_REINDEX:
    case SQLITE_ANALYZE: return SQLITE_OK;
    default: return SQLITE_DENY; /* views, triggers, DETACH, and what later versions bring */
    }
}

/* Runs a pragma whose only row must be the given text, or NULL for no matter what. */
static enum vls_code
pragma(sqlite3 *db, const char *sql, const char *expect, struct vls_error *err)
{
    sqlite3_stmt *st = NULL;
    const char *got = NULL;
    enum vls_code rc;
    int s;

    if ((s = sqlite3_prepare_v2(db, sql, -1, &st, NULL)) != SQLITE_OK) {
        rc = vls__db_error(db, s, err);
        goto out;
    }
    s = sqlite3_step(st);
    if (s == SQLITE_ROW && expect != NULL && (got = (const char *)sqlite3_column_text(st, 0)) == NULL)
        s = sqlite3_errcode(db); /* no memory for the text */
    if (s != SQLITE_ROW && s != SQLITE_DONE) {
        rc = vls__db_error(db, s, err);
        goto out;
    }
    rc = VLS_OK;
    if (expect != NULL && (got == NULL || strcmp(got, expect) != 0))
        rc = VLS_FAIL(err, VLS_EIO, "SQLite does not take the setting %s", sql);
out:
    (void)sqlite3_finalize(st);
    return rc;
}

static enum vls_code
set_limits(sqlite3 *db, struct vls_error *err)
{
    static const struct {
        int id, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, 64 << 20},  {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},       {SQLITE_LIMIT_COLUMN, 200},
        {SQLITE_LIMIT_EXPR_DEPTH, 200},   {SQLITE_LIMIT_COMPOUND_SELECT, 100},      {SQLITE_LIMIT_ATTACHED, 1},
        {SQLITE_LIMIT_TRIGGER_DEPTH, 16}, {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000}, {SQLITE_LIMIT_WORKER_THREADS, 0},
    };
    static const struct {
        int id, value;
    } switches[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0},
        {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
        {SQLITE_DBCONFIG_ENABLE_FTS3_TOKENIZER, 0},
        {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        (void)sqlite3_limit(db, limits[i].id, limits[i].value);
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        int now = -1;

        if (sqlite3_db_config(db, switches[i].id, switches[i].value, &now) != SQLITE_OK || now != switches[i].value)
            return VLS_FAIL(err, VLS_EIO, "SQLite does not take switch %d", switches[i].id);
    }
    return VLS_OK;
}

/* Everything that must hold before the first page is read or made. */
static enum vls_code
set_up(sqlite3 *db, struct vls_error *err)
{
    static const struct {
        const char *sql, *expect;
    } pragmas[] = {
        {"PRAGMA page_size=4096", NULL},
        {"PRAGMA temp_store=MEMORY", NULL},
        {"PRAGMA mmap_size=0", NULL},
        {"PRAGMA cell_size_check=ON", NULL},
        {"PRAGMA cache_size=-32768", NULL}, /* KiB */
        /* Pages, 32 MiB: a spilled page may be written again. A multiple of 256 would count as "off". */
        {"PRAGMA cache_spill=8191", NULL},
        {"PRAGMA cache_spill", "8191"},
        {"PRAGMA locking_mode=EXCLUSIVE", "exclusive"},
        {"PRAGMA journal_mode=MEMORY", "memory"},
        {"PRAGMA temp_store", "2"},
    };
    int reserve = VLS_VFS_RESERVED;
    enum vls_code rc;

    if ((rc = set_limits(db, err)) != VLS_OK)
        return rc;
    if (sqlite3_extended_result_codes(db, 1) != SQLITE_OK ||
        sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve) != SQLITE_OK)
        return VLS_FAIL(err, VLS_EIO, "SQLite does not reserve bytes in its pages");
    for (size_t i = 0; i < sizeof pragmas / sizeof pragmas[0]; i++)
        if ((rc = pragma(db, pragmas[i].sql, pragmas[i].expect, err)) != VLS_OK)
            return rc;
    if ((rc = pragma(db, "SELECT count(*) FROM sqlite_schema", NULL, err)) != VLS_OK) /* page 1 is a database */
        return rc;
    (void)sqlite3_set_authorizer(db, authorize, NULL);
    return VLS_OK;
}

enum vls_code
vls__db_open(sqlite3 **out, const char *path, const struct vls_secret *key, unsigned flags, struct vls_error *err)
{
    return vls__db_open_on(out, vls_io_os(), path, key, flags, err);
}

enum vls_code
vls__db_open_on(sqlite3 **out, const struct vls_io *io, const char *path, const struct vls_secret *key, unsigned flags,
                struct vls_error *err)
{
    int mode = (flags & VLS_DB_READONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
               SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    struct vls_error page_1 = {VLS_OK, 0, 0, ""};
    struct vls_pagelog *log = NULL;
    sqlite3 *db = NULL;
    enum vls_code rc;
    int s;

    *out = NULL;
    if ((rc = vls__db_start(err)) != VLS_OK)
        return rc;
    if ((rc = vls_pagelog_open(&log, io, path, key,
                               (flags & VLS_DB_CREATE ? VLS_PAGELOG_CREATE : 0) |
                                   (flags & VLS_DB_READONLY ? VLS_PAGELOG_READONLY : 0),
                               err)) != VLS_OK)
        return rc;
    (void)vls__vfs_offer(log, &page_1);
    s = sqlite3_open_v2(path, &db, mode, VLS_VFS_NAME);
    if (vls__vfs_offer(NULL, NULL))
        vls_pagelog_close(log); /* SQLite gave up before it took the log */
    if (page_1.code != VLS_OK) {
        rc = page_1.code;
        if (err != NULL)
            *err = page_1;
        goto out;
    }
    if (s != SQLITE_OK) {
        rc = db == NULL ? VLS_FAIL(err, VLS_ENOMEM, "no memory for SQLite") : vls__db_error(db, s, err);
        goto out;
    }
    if ((rc = set_up(db, err)) != VLS_OK)
        goto out;
    *out = db;
    db = NULL;
out:
    if (db != NULL)
        (void)sqlite3_close(db);
    return rc;
}

/* A store that could not be compacted is whole all the same, only larger. */
static void
compact_when_worthwhile(struct vls_pagelog *log)
{
    if (log == NULL || vls_pagelog_writing(log) || !vls_pagelog_wants_compaction(log))
        return;
    if (vls_pagelog_compact(log, NULL, NULL) != VLS_OK)
        return;
}

void
vls__db_close(sqlite3 *db)
{
    sqlite3_stmt *st;

    if (db == NULL)
        return;
    if (!sqlite3_get_autocommit(db))
        (void)sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    compact_when_worthwhile(vls__vfs_log(db));
    /* The first attempt lets virtual tables finalize their own statements; what is left then is nobody's. */
    if (sqlite3_close(db) != SQLITE_BUSY)
        return;
    while ((st = sqlite3_next_stmt(db, NULL)) != NULL)
        (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
}

/* Codes that the VFS yields when the log has failed. */
static bool
from_below(int primary)
{
    return primary == SQLITE_IOERR || primary == SQLITE_FULL || primary == SQLITE_READONLY ||
           primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB;
}

enum vls_code
vls__db_error(sqlite3 *db, int rc, struct vls_error *err)
{
    const struct vls_error *below = vls__vfs_error(db);

    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return VLS_OK;
    case SQLITE_NOMEM: return VLS_FAIL(err, VLS_ENOMEM, "no memory for the database");
    case SQLITE_INTERRUPT: return VLS_FAIL(err, VLS_EINTERRUPT, "the database was interrupted");
    default: break;
    }
    if (below->code != VLS_OK && from_below(rc & 0xff)) {
        if (err != NULL)
            *err = *below;
        return below->code;
    }
    switch (rc & 0xff) {
    case SQLITE_FULL: return VLS_FAIL(err, VLS_EFULL, "no space left for the database");
    case SQLITE_READONLY: return VLS_FAIL(err, VLS_EREADONLY, "the database can only be read");
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return VLS_FAIL(err, VLS_EBUSY, "the database is busy");
    case SQLITE_TOOBIG: return VLS_FAIL(err, VLS_ELIMIT, "a value is too large for the database");
    case SQLITE_CONSTRAINT: return VLS_FAIL(err, VLS_EVALUE, "the database does not allow it (%d)", rc);
    case SQLITE_IOERR:
        if (rc == SQLITE_IOERR_NOMEM)
            return VLS_FAIL(err, VLS_ENOMEM, "no memory for the database");
        return VLS_FAIL(err, VLS_EIO, "the database cannot be read or written (%d)", rc);
    case SQLITE_CANTOPEN: return VLS_FAIL(err, VLS_EIO, "the database cannot be opened (%d)", rc);
    default: return VLS_FAIL(err, VLS_EFORMAT, "the database failed: %s (%d)", sqlite3_errstr(rc), rc);
    }
}

void
vls__db_head(sqlite3 *db, uint64_t *txn, uint8_t head[VLS_HASH_LEN])
{
    vls_pagelog_head(vls__vfs_log(db), txn, head);
}

enum vls_code
vls__db_compact(sqlite3 *db, const struct vls_secret *new_key, struct vls_error *err)
{
    if (!sqlite3_get_autocommit(db))
        return VLS_FAIL(err, VLS_EBUSY, "a transaction is open");
    return vls_pagelog_compact(vls__vfs_log(db), new_key, err);
}

enum vls_code
vls__db_copy(sqlite3 *db, const char *path, const struct vls_secret *new_key, struct vls_error *err)
{
    if (!sqlite3_get_autocommit(db))
        return VLS_FAIL(err, VLS_EBUSY, "a transaction is open");
    return vls_pagelog_copy(vls__vfs_log(db), path, new_key, err);
}

enum vls_code
vls__db_verify(sqlite3 *db, struct vls_error *err)
{
    return vls_pagelog_verify(vls__vfs_log(db), err);
}

uint64_t
vls__db_dropped(sqlite3 *db)
{
    struct vls_pagelog_stat st;

    vls_pagelog_stat(vls__vfs_log(db), &st);
    return st.dropped;
}
