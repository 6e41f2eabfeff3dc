#ifndef TESTS_BENCH_PLAIN_H
#define TESTS_BENCH_PLAIN_H

/*
 * The same cells in a plain SQLite file: what all sealing, signing, merging and history is measured
 * against. Run in processes that never open a sealed store, so that SQLite has its own settings.
 */
#include <sqlite3.h>

#include "tests/bench/laptops.h"

static inline void
plain_must(int rc, sqlite3 *db)
{
    if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "plain SQLite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static inline void
plain_run(sqlite3 *db, const char *sql)
{
    plain_must(sqlite3_exec(db, sql, NULL, NULL, NULL), db);
}

/* As durable as the sealed store: each commit is on the disk. */
static inline sqlite3 *
plain_open(const char *path)
{
    sqlite3 *db = NULL;

    plain_must(sqlite3_open(path, &db), db);
    plain_run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768;"
                  "CREATE TABLE IF NOT EXISTS cell (record INTEGER, field INTEGER, value TEXT, "
                  "PRIMARY KEY (record, field)) WITHOUT ROWID");
    return db;
}

static inline sqlite3_stmt *
plain_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;

    plain_must(sqlite3_prepare_v2(db, sql, -1, &st, NULL), db);
    return st;
}

static inline void
plain_put(sqlite3_stmt *st, size_t record, size_t field, unsigned version)
{
    char text[320];

    record_text(text, sizeof text, record, field, version);
    (void)sqlite3_bind_int64(st, 1, (sqlite3_int64)record);
    (void)sqlite3_bind_int64(st, 2, (sqlite3_int64)field);
    (void)sqlite3_bind_text(st, 3, text, -1, SQLITE_STATIC);
    plain_must(sqlite3_step(st), sqlite3_db_handle(st));
    (void)sqlite3_reset(st);
}

#define PLAIN_PUT "INSERT OR REPLACE INTO cell VALUES (?, ?, ?)"

/* Records from first to last, all of their cells, in one transaction. */
static inline void
plain_insert(sqlite3 *db, size_t first, size_t last)
{
    sqlite3_stmt *st = plain_prepare(db, PLAIN_PUT);

    plain_run(db, "BEGIN");
    for (size_t i = first; i < last; i++)
        for (size_t f = 0; f < FIELDS; f++)
            plain_put(st, i, f, 0);
    plain_run(db, "COMMIT");
    (void)sqlite3_finalize(st);
}

/* Reads cells; the sum of their lengths, so that nothing is left out. */
static inline size_t
plain_read(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = plain_prepare(db, sql);
    size_t sum = 0;

    while (sqlite3_step(st) == SQLITE_ROW) {
        (void)sqlite3_column_text(st, 2);
        sum += (size_t)sqlite3_column_bytes(st, 2);
    }
    (void)sqlite3_finalize(st);
    return sum;
}

#endif
