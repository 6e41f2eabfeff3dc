/*
 * Opening, migrating and closing a store, transactions, and its small named values. A transaction
 * either commits with everything judged, or leaves nothing: also nothing in the copies kept in memory.
 */
#include <stdlib.h>
#include <string.h>

#include "db.h"
#include "store_int.h"
#include "vfs.h"

#define CONFLICT_KEY_MAX (1u << 20)

/* ---- schema ---- */

static enum vls_code
exec(struct vls_store *s, const char *sql, struct vls_error *err)
{
    int rc = sqlite3_exec(s->db, sql, NULL, NULL, NULL);

    return rc == SQLITE_OK ? VLS_OK : vls__sql_fail(s, sqlite3_extended_errcode(s->db), "preparing the store", err);
}

static enum vls_code
schema_version(struct vls_store *s, int *version, struct vls_error *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->db, "PRAGMA user_version", -1, &st, NULL);

    if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        *version = sqlite3_column_int(st, 0);
        rc = SQLITE_OK;
    }
    (void)sqlite3_finalize(st);
    return rc == SQLITE_OK ? VLS_OK : vls__sql_fail(s, rc, "reading the version of the store", err);
}

/* Each migration is one transaction, so an interrupted one is begun again. */
static enum vls_code
migrate(struct vls_store *s, struct vls_error *err)
{
    char pragma[48];
    int version = 0;
    enum vls_code rc;

    if ((rc = schema_version(s, &version, err)) != VLS_OK)
        return rc;
    if (version < 0 || version > vls__n_migrations)
        return VLS_FAIL(err, VLS_EVERSION, "the store has format %d, this version knows %d", version,
                        vls__n_migrations);
    for (; version < vls__n_migrations; version++) {
        if ((rc = exec(s, "BEGIN IMMEDIATE", err)) != VLS_OK)
            return rc;
        for (const char *const *sql = vls__migrations[version]; *sql != NULL && rc == VLS_OK; sql++)
            rc = exec(s, *sql, err);
        (void)sqlite3_snprintf(sizeof pragma, pragma, "PRAGMA user_version = %d", version + 1);
        if (rc != VLS_OK || (rc = exec(s, pragma, err)) != VLS_OK || (rc = exec(s, "COMMIT", err)) != VLS_OK) {
            (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
            vls_while(err, "migration %d", version + 1);
            return rc;
        }
    }
    return VLS_OK;
}

/* ---- opening ---- */

static enum vls_code
store_new(struct vls_store **out, struct vls_error *err)
{
    struct vls_store *s = calloc(1, sizeof *s);

    *out = s;
    if (s == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a store");
    s->n_waiting = s->noting = -1;
    vls_buf_init(&s->conflict_key, CONFLICT_KEY_MAX);
    return VLS_OK;
}

enum vls_code
vls__store_begin_use(struct vls_store *s, struct vls_error *err)
{
    enum vls_code rc = migrate(s, err);

    return rc != VLS_OK ? rc : vls__judge_by_new_rules(s, err);
}

enum vls_code
vls_store_open(struct vls_store **out, const char *path, const struct vls_secret *key, bool create,
               struct vls_error *err)
{
    return vls_store_open_on(out, NULL, path, key, create, err);
}

enum vls_code
vls_store_open_on(struct vls_store **out, const struct vls_io *io, const char *path, const struct vls_secret *key,
                  bool create, struct vls_error *err)
{
    struct vls_store *s = NULL;
    enum vls_code rc;

    *out = NULL;
    if ((rc = store_new(&s, err)) != VLS_OK)
        return rc;
    if ((rc = vls__db_open_on(&s->db, io != NULL ? io : vls_io_os(), path, key, create ? VLS_DB_CREATE : 0, err)) ==
        VLS_OK) {
        vls__db_head(s->db, &s->found.txn, s->found.head);
        rc = vls__store_begin_use(s, err);
    }
    if (rc != VLS_OK) {
        vls_store_close(s);
        vls_while(err, "opening %s", path);
        return rc;
    }
    *out = s;
    return VLS_OK;
}

void
vls_store_place(struct vls_store *s, struct vls_store_place *now, struct vls_store_place *found)
{
    *now = *found = s->found;
    if (!s->in_memory)
        vls__db_head(s->db, &now->txn, now->head);
}

enum vls_code
vls_store_memory(struct vls_store **out, struct vls_error *err)
{
    struct vls_store *s = NULL;
    enum vls_code rc;
    int rc_sql;

    *out = NULL;
    if ((rc = vls__db_start(err)) != VLS_OK || (rc = store_new(&s, err)) != VLS_OK)
        return rc;
    s->in_memory = true;
    rc_sql = sqlite3_open_v2(":memory:", &s->db,
                             SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX,
                             NULL);
    if (rc_sql != SQLITE_OK || s->db == NULL) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a store");
        goto fail;
    }
    /* Sorts of a store that must never be on disk stay in memory too. */
    if ((rc = exec(s, "PRAGMA temp_store = MEMORY", err)) != VLS_OK || (rc = vls__store_begin_use(s, err)) != VLS_OK)
        goto fail;
    *out = s;
    return VLS_OK;
fail:
    vls_store_close(s);
    return rc;
}

void
vls_store_close(struct vls_store *s)
{
    if (s == NULL)
        return;
    if (s->in_tx)
        vls_store_rollback(s);
    for (size_t i = 0; i < VLS__SQL_COUNT; i++)
        (void)sqlite3_finalize(s->cached[i]);
    if (s->in_memory)
        (void)sqlite3_close(s->db);
    else
        vls__db_close(s->db);
    vls__store_forget(s);
    vls__judge_free(s->judge);
    vls_buf_clear(&s->conflict_key);
    free(s);
}

/* ---- transactions ---- */

void
vls__store_forget(struct vls_store *s)
{
    memset(s->by_n, 0, sizeof s->by_n);
    memset(s->by_id, 0, sizeof s->by_id);
    memset(s->touched_slot, 0, sizeof s->touched_slot);
    s->n_touched = 0;
    s->n_waiting = s->noting = -1;
    vls__compartments_forget(s);
    vls__devices_forget(s);
}

static enum vls_code
plain(struct vls_store *s, enum vls__sql id, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    return rc != VLS_OK ? rc : vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_begin(struct vls_store *s, struct vls_error *err)
{
    enum vls_code rc;

    if (s->in_tx)
        return VLS_FAIL(err, VLS_EBUSY, "a transaction of this store is open already");
    rc = plain(s, VLS__SQL_BEGIN, err);
    s->in_tx = true;
    s->doomed = rc;
    if (rc != VLS_OK)
        vls_store_rollback(s); /* it may have begun before it failed */
    return rc;
}

enum vls_code
vls_store_commit(struct vls_store *s, struct vls_error *err)
{
    enum vls_code rc = s->doomed;

    if (!s->in_tx)
        return VLS_FAIL(err, VLS_EUSAGE, "no transaction is open");
    if (rc != VLS_OK)
        vls_error_set(err, rc, "nothing was kept, since a step before had failed");
    else if ((rc = vls__judge(s, err)) == VLS_OK && (rc = vls__compartments_save(s, err)) == VLS_OK)
        rc = plain(s, VLS__SQL_COMMIT, err);
    if (rc != VLS_OK) {
        vls_store_rollback(s);
        return rc;
    }
    s->in_tx = false;
    return VLS_OK;
}

/*
 * FTS5 keeps totals in memory, and in SQLite 3.40 a failure while it reads them leaves them wrong in spite of the
 * rollback; the next commit would make them durable and the index damaged. Reading the schema again makes every
 * virtual table anew.
 */
void
vls__store_go_back(struct vls_store *s)
{
    if (!sqlite3_get_autocommit(s->db)) /* otherwise SQLite has rolled back by itself */
        (void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
    s->broken = !sqlite3_get_autocommit(s->db) ||
                sqlite3_exec(s->db, "PRAGMA writable_schema = RESET", NULL, NULL, NULL) != SQLITE_OK;
}

void
vls_store_rollback(struct vls_store *s)
{
    if (!s->in_tx)
        return;
    s->in_tx = false;
    vls__store_go_back(s);
    s->doomed = VLS_OK;
    vls__store_forget(s);
}

enum vls_code
vls__scope_begin(struct vls_store *s, bool *own, struct vls_error *err)
{
    *own = !s->in_tx;
    return *own ? vls_store_begin(s, err) : VLS_OK;
}

enum vls_code
vls__scope_end(struct vls_store *s, bool own, enum vls_code rc, struct vls_error *err)
{
    if (!own)
        return rc;
    if (rc == VLS_OK)
        return vls_store_commit(s, err);
    vls_store_rollback(s);
    return rc;
}

/* ---- small named values ---- */

enum vls_code
vls_store_meta_put(struct vls_store *s, const char *name, struct vls_slice value, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_META_PUT, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, name);
    vls__bind_blob(&q, 2, value.p, value.n);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_meta_get(struct vls_store *s, const char *name, struct vls_buf *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_META_GET, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, name);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && !row)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "the store holds no %s", name);
    if (rc == VLS_OK) {
        vls_buf_put_slice(out, vls__col_blob(&q, 0));
        rc = vls_buf_ok(out, err);
    }
    vls__sql_give(&q);
    return rc;
}

/* SQLite's own look at its tables: VLS_OK with *good false when it has found something. */
static enum vls_code
tables_look(struct vls_store *s, bool *good, struct vls_error *err)
{
    sqlite3_stmt *st = NULL;
    const char *verdict = NULL;
    enum vls_code rc = VLS_OK;
    int rc_sql;

    vls__vfs_forget_error(s->db);
    rc_sql = sqlite3_prepare_v2(s->db, "PRAGMA integrity_check(1)", -1, &st, NULL);
    if (rc_sql == SQLITE_OK)
        rc_sql = sqlite3_step(st);
    if (rc_sql == SQLITE_ROW && (verdict = (const char *)sqlite3_column_text(st, 0)) == NULL)
        rc_sql = SQLITE_NOMEM;
    if (rc_sql != SQLITE_ROW)
        rc = vls__sql_fail(s, rc_sql, "checking the tables", err);
    *good = rc == VLS_OK && strcmp(verdict, "ok") == 0;
    (void)sqlite3_finalize(st);
    return rc;
}

enum vls_code
vls_store_copy(struct vls_store *s, const char *path, const struct vls_secret *new_key, struct vls_error *err)
{
    if (s->in_memory || s->in_tx)
        return VLS_FAIL(err, VLS_EBUSY, "this store cannot be copied now");
    return vls__db_copy(s->db, path, new_key, err);
}

enum vls_code
vls_store_verify(struct vls_store *s, struct vls_error *err)
{
    const struct vls_error *below;
    enum vls_code rc = VLS_OK;
    bool good;

    if (!s->in_memory && (rc = vls__db_verify(s->db, err)) != VLS_OK)
        return rc;
    /* a look that finds no memory for a page says that the page is bad: only what is said twice is believed */
    if ((rc = tables_look(s, &good, err)) != VLS_OK || (!good && (rc = tables_look(s, &good, err)) != VLS_OK))
        return rc;
    below = vls__vfs_error(s->db);
    if (!good && below->code != VLS_OK) { /* it calls a page bad that could not be read; the page log knows why (PL19) */
        if (err != NULL)
            *err = *below;
        return below->code;
    }
    if (!good)
        return VLS_FAIL(err, VLS_EAUTH, "every page is authentic, but a table is not in order");
    return exec(s, "INSERT INTO words (words) VALUES ('integrity-check')", err); /* the first look does not enter it */
}
