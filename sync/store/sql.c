/*
 * Prepared statements: taken from a cache, bound, stepped, given back. A statement that is in use is
 * prepared a second time, so that a callback may ask the store anything. Every failure of SQLite
 * becomes one of our codes here, and dooms the transaction it happens in.
 */
#include <string.h>

#include "db.h"
#include "store_int.h"

#define STATEMENT_TEXT(id, text) text,
static const char *const statements[] = {VLS__STATEMENTS(STATEMENT_TEXT)};
#undef STATEMENT_TEXT

enum vls_code
vls__sql_fail(struct vls_store *s, int rc, const char *what, struct vls_error *err)
{
    enum vls_code code = vls__db_error(s->db, rc, err);

    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: /* every page was authentic, so it was our own version that wrote nonsense */
        if (code == VLS_EFORMAT)
            code = VLS_FAIL(err, VLS_EAUTH, "the store is damaged (%d)", rc);
        break;
    case SQLITE_CONSTRAINT:
        code = VLS_FAIL(err, VLS_EEXIST, "it is in the store already (%d)", rc);
        break;
    default:
        break;
    }
    vls_while(err, "%s", what);
    /* A violated constraint takes back its own statement only; after anything else it is not known
     * what the transaction still holds. */
    if (s->in_tx && (rc & 0xff) != SQLITE_CONSTRAINT && s->doomed == VLS_OK)
        s->doomed = code;
    return code;
}

enum vls_code
vls__sql_take(struct vls__stmt *q, struct vls_store *s, enum vls__sql id, struct vls_error *err)
{
    int rc;

    *q = (struct vls__stmt){.store = s, .id = id, .st = s->cached[id]};
    if (s->broken)
        vls__store_go_back(s); /* what it lacked then (memory) may be there now */
    if (s->broken) {
        q->st = NULL;
        return VLS_FAIL(err, VLS_EIO, "a transaction could not be rolled back");
    }
    /* When SQLite gave a transaction up by itself, further writes would be committed one by one. */
    if (s->in_tx && id != VLS__SQL_BEGIN && sqlite3_get_autocommit(s->db)) {
        if (s->doomed == VLS_OK)
            s->doomed = VLS_EIO;
        q->st = NULL;
        return VLS_FAIL(err, s->doomed, "the transaction was given up");
    }
    s->cached[id] = NULL;
    if (q->st != NULL)
        return VLS_OK;
    rc = sqlite3_prepare_v3(s->db, statements[id], -1, SQLITE_PREPARE_PERSISTENT, &q->st, NULL);
    if (rc != SQLITE_OK)
        return vls__sql_fail(s, sqlite3_extended_errcode(s->db), "preparing a question to the store", err);
    return VLS_OK;
}

void
vls__sql_give(struct vls__stmt *q)
{
    if (q->st == NULL)
        return;
    (void)sqlite3_reset(q->st); /* the failure of the last step was reported by it */
    (void)sqlite3_clear_bindings(q->st);
    if (q->store->cached[q->id] == NULL)
        q->store->cached[q->id] = q->st;
    else
        (void)sqlite3_finalize(q->st);
    q->st = NULL;
}

static void
bound(struct vls__stmt *q, int rc)
{
    if (q->rc == SQLITE_OK)
        q->rc = rc;
}

void
vls__bind_int(struct vls__stmt *q, int i, int64_t v)
{
    bound(q, sqlite3_bind_int64(q->st, i, v));
}

void
vls__bind_blob(struct vls__stmt *q, int i, const void *p, size_t n)
{
    bound(q, sqlite3_bind_blob64(q->st, i, n > 0 ? p : "", n, SQLITE_STATIC)); /* NULL would be no value */
}

void
vls__bind_slice_or_null(struct vls__stmt *q, int i, struct vls_slice s)
{
    if (s.n > 0)
        vls__bind_blob(q, i, s.p, s.n);
}

void
vls__bind_text(struct vls__stmt *q, int i, const char *s)
{
    bound(q, sqlite3_bind_text(q->st, i, s, -1, SQLITE_STATIC));
}

void
vls__bind_chars(struct vls__stmt *q, int i, struct vls_slice utf8)
{
    bound(q, sqlite3_bind_text64(q->st, i, utf8.n > 0 ? (const char *)utf8.p : "", utf8.n, SQLITE_STATIC, SQLITE_UTF8));
}

enum vls_code
vls__sql_step(struct vls__stmt *q, bool *row, struct vls_error *err)
{
    int rc = q->rc;

    *row = false;
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q->st);
    if (rc == SQLITE_ROW)
        *row = true;
    else if (rc != SQLITE_DONE)
        return vls__sql_fail(q->store, q->rc != SQLITE_OK ? rc : sqlite3_extended_errcode(q->store->db),
                             "using the store", err);
    return VLS_OK;
}

enum vls_code
vls__sql_run(struct vls__stmt *q, int *n_changed, struct vls_error *err)
{
    bool row;
    enum vls_code rc = vls__sql_step(q, &row, err);

    if (n_changed != NULL)
        *n_changed = rc == VLS_OK ? sqlite3_changes(q->store->db) : 0;
    vls__sql_give(q);
    return rc;
}

enum vls_code
vls__sql_int(struct vls__stmt *q, int64_t min, int64_t max, int64_t *out, struct vls_error *err)
{
    bool row;
    enum vls_code rc = vls__sql_step(q, &row, err);

    if (rc == VLS_OK && row) {
        *out = vls__col_int(q, 0, min, max);
        rc = vls__sql_ok(q, err);
    }
    vls__sql_give(q);
    return rc;
}

int64_t
vls__col_int(struct vls__stmt *q, int col, int64_t min, int64_t max)
{
    int64_t v = sqlite3_column_int64(q->st, col);

    if (sqlite3_column_type(q->st, col) != SQLITE_INTEGER || v < min || v > max) {
        q->bad = true;
        return min;
    }
    return v;
}

void
vls__col_fixed(struct vls__stmt *q, int col, uint8_t *out, size_t n)
{
    const void *p = sqlite3_column_blob(q->st, col);

    if (p == NULL || (size_t)sqlite3_column_bytes(q->st, col) != n) {
        q->bad = true;
        memset(out, 0, n);
        return;
    }
    memcpy(out, p, n);
}

struct vls_slice
vls__col_blob(struct vls__stmt *q, int col)
{
    const void *p = sqlite3_column_blob(q->st, col);

    return p == NULL ? vls_slice_of("", 0) : vls_slice_of(p, (size_t)sqlite3_column_bytes(q->st, col));
}

const char *
vls__col_text(struct vls__stmt *q, int col)
{
    const unsigned char *p = sqlite3_column_text(q->st, col);

    if (p == NULL) /* no column of the store is without text: there was no memory to hand it out */
        q->bad = true;
    return p == NULL ? "" : (const char *)p;
}

enum vls_code
vls__sql_ok(struct vls__stmt *q, struct vls_error *err)
{
    if (q->bad && (sqlite3_errcode(q->store->db) & 0xff) == SQLITE_NOMEM)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to read the store");
    return q->bad ? VLS_FAIL(err, VLS_EAUTH, "the store holds a malformed row") : VLS_OK;
}
