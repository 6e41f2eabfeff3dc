/*
 * The sealed store against plain SQLite: the same work by both, one JSON line each (README.md has the members). Usage:
 * store_bench [FOLDER [WORK [SIDE]]]; the folder should be on the disk that matters. With WORK, a part of a name,
 * only what is called so is measured, and with SIDE, "full" or "sealed", it is done once by that side without a
 * line: for a profiler.
 */
#include "tests/bench/versus.h"

#define ROWS     60000
#define WIDE     900 /* bytes of text in a row of the stores that only have to be large */
#define LOOKUPS  40000
#define FTS_ROWS 15000
#define MIB      (1024.0 * 1024.0)

static void
run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK)
        return;
    (void)fprintf(stderr, "%s: %s\n", sql, sqlite3_errmsg(db));
    exit(1);
}

static sqlite3_stmt *
prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;

    bench_check(sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK, sql);
    return st;
}

static int64_t
number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = prepare(db, sql);
    int64_t n;

    bench_check(sqlite3_step(st) == SQLITE_ROW, sql);
    n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

/* Plain SQLite as a program would set it up, with the cache of the sealed store; cache_kib 0: that one. */
static sqlite3 *
db_open(enum side side, int cache_kib)
{
    struct vls_error err = {VLS_OK, 0, 0, ""};
    sqlite3 *db = NULL;
    char path[300], sql[100];

    versus_path(path, side, "");
    if (side == SEALED) {
        bench_must(vls__db_open(&db, path, versus.key, VLS_DB_CREATE, &err), &err, path);
    } else {
        bench_check(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                                    "unix") == SQLITE_OK,
                    path);
        run(db, side == FULL ? "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768"
                             : "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32768");
    }
    if (cache_kib > 0) {
        (void)sqlite3_set_authorizer(db, NULL, NULL);
        (void)snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d; PRAGMA cache_spill=1", cache_kib);
        run(db, sql);
    }
    return db;
}

static void
db_close(enum side side, sqlite3 *db, struct figures *f)
{
    f->live_bytes = (uint64_t)(number(db, "PRAGMA page_count") - number(db, "PRAGMA freelist_count")) * 4096;
    if (side == SEALED)
        vls__db_close(db);
    else
        (void)sqlite3_close(db);
}

static uint32_t
next_random(uint32_t *s)
{
    *s = *s * 1664525u + 1013904223u;
    return *s >> 8;
}

/* Rows with an index and text, as a record store has them. */
static void
fill(sqlite3 *db, int n, int each)
{
    sqlite3_stmt *st;
    uint32_t seed = 8;
    char text[120];

    run(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c TEXT); CREATE INDEX tb ON t(b)");
    st = prepare(db, "INSERT INTO t VALUES(?1, ?2, ?3)");
    for (int i = 0; i < n; i++) {
        if (i % each == 0)
            run(db, "BEGIN");
        (void)snprintf(text, sizeof text, "%08x-%08x-%08x", next_random(&seed), next_random(&seed), next_random(&seed));
        (void)sqlite3_bind_int(st, 1, i + 1);
        (void)sqlite3_bind_text(st, 2, text, -1, SQLITE_TRANSIENT);
        (void)snprintf(text, sizeof text, "%0100u", next_random(&seed));
        (void)sqlite3_bind_text(st, 3, text, -1, SQLITE_TRANSIENT);
        bench_check(sqlite3_step(st) == SQLITE_DONE, "insert");
        (void)sqlite3_reset(st);
        if ((i + 1) % each == 0 || i + 1 == n)
            run(db, "COMMIT");
    }
    (void)sqlite3_finalize(st);
}

/* ---- writing ---- */

static void
insert(enum side side, struct figures *f, int cache_kib, int n, int each)
{
    sqlite3 *db;

    versus_start(f);
    db = db_open(side, cache_kib);
    fill(db, n, each);
    db_close(side, db, f);
    versus_stop(f);
}

static void
one_row_commits(enum side side, struct figures *f)
{
    insert(side, f, 0, 400, 1);
}

static void
hundred_row_commits(enum side side, struct figures *f)
{
    insert(side, f, 0, 12000, 100);
}

static void
bulk(enum side side, struct figures *f)
{
    insert(side, f, 0, ROWS, 10000);
}

static void
bulk_with_spill(enum side side, struct figures *f)
{
    insert(side, f, 2048, ROWS, 10000);
}

static void
update_commits(enum side side, struct figures *f)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    uint32_t seed = 9u + (uint32_t)versus.round;
    char text[40];

    versus_start(f);
    db = db_open(side, 0);
    st = prepare(db, "UPDATE t SET b = ?1 WHERE a = ?2");
    for (int i = 0; i < 40; i++) {
        run(db, "BEGIN");
        for (int k = 0; k < 100; k++) {
            (void)snprintf(text, sizeof text, "u%u", next_random(&seed));
            (void)sqlite3_bind_text(st, 1, text, -1, SQLITE_TRANSIENT);
            (void)sqlite3_bind_int(st, 2, (int)(next_random(&seed) % ROWS) + 1);
            bench_check(sqlite3_step(st) == SQLITE_DONE, "update");
            (void)sqlite3_reset(st);
        }
        run(db, "COMMIT");
    }
    (void)sqlite3_finalize(st);
    db_close(side, db, f);
    versus_stop(f);
}

static void
fts_build(enum side side, struct figures *f)
{
    sqlite3 *db;
    char sql[120];

    versus_start(f);
    db = db_open(side, 0);
    run(db, "DROP TABLE IF EXISTS f; CREATE VIRTUAL TABLE f USING fts5(b, c); BEGIN");
    (void)snprintf(sql, sizeof sql, "INSERT INTO f SELECT b, c FROM t WHERE a <= %d; COMMIT", FTS_ROWS);
    run(db, sql);
    db_close(side, db, f);
    versus_stop(f);
}

/* ---- reading ---- */

static void
lookups(enum side side, struct figures *f, int cache_kib)
{
    sqlite3 *db;
    sqlite3_stmt *st;
    uint32_t seed = 5;

    versus_start(f);
    db = db_open(side, cache_kib);
    st = prepare(db, "SELECT b, c FROM t WHERE a = ?1");
    for (int i = 0; i < LOOKUPS; i++) {
        (void)sqlite3_bind_int(st, 1, (int)(next_random(&seed) % ROWS) + 1);
        bench_check(sqlite3_step(st) == SQLITE_ROW, "lookup");
        (void)sqlite3_reset(st);
    }
    (void)sqlite3_finalize(st);
    db_close(side, db, f);
    versus_stop(f);
}

static void
lookups_small_cache(enum side side, struct figures *f)
{
    lookups(side, f, 2048);
}

static void
lookups_large_cache(enum side side, struct figures *f)
{
    lookups(side, f, 65536);
}

static void
scan(enum side side, struct figures *f)
{
    sqlite3 *db;

    versus_start(f);
    db = db_open(side, 2048);
    for (int i = 0; i < 4; i++)
        bench_check(number(db, "SELECT sum(length(b) + length(c)) FROM t NOT INDEXED") > 0, "scan");
    db_close(side, db, f);
    versus_stop(f);
}

/* The first words of rows that are there, so that each query finds one. */
static void
fts_queries(enum side side, struct figures *f)
{
    sqlite3 *db;
    sqlite3_stmt *words, *st;
    int64_t found = 0;

    versus_start(f);
    db = db_open(side, 0);
    words = prepare(db, "SELECT '\"' || substr(b, 1, instr(b || '-', '-') - 1) || '\"' FROM t WHERE a = ?1");
    st = prepare(db, "SELECT count(*) FROM f WHERE f MATCH ?1");
    for (int i = 0; i < 1000; i++) {
        (void)sqlite3_bind_int(words, 1, i * (FTS_ROWS / 1000) + 1);
        bench_check(sqlite3_step(words) == SQLITE_ROW, "words");
        (void)sqlite3_bind_value(st, 1, sqlite3_column_value(words, 0));
        bench_check(sqlite3_step(st) == SQLITE_ROW, "query");
        found += sqlite3_column_int64(st, 0);
        (void)sqlite3_reset(st);
        (void)sqlite3_reset(words);
    }
    (void)sqlite3_finalize(words);
    (void)sqlite3_finalize(st);
    bench_check(found >= 900, "too few found");
    db_close(side, db, f);
    versus_stop(f);
}

/* ---- stores of a size ---- */

static size_t wide_rows;

/* The rows of a large store: long, and without a random index, so that making it takes seconds. */
static void
build(enum side side, struct figures *f)
{
    sqlite3 *db = db_open(side, 0);
    sqlite3_stmt *st;

    run(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)");
    st = prepare(db, "INSERT INTO t VALUES(?1, ?2)");
    for (size_t i = 1; i <= wide_rows; i++) {
        char text[WIDE + 1];

        if (i % 10000 == 1)
            run(db, "BEGIN");
        (void)snprintf(text, sizeof text, "%0*zu", WIDE, i);
        (void)sqlite3_bind_int64(st, 1, (sqlite3_int64)i);
        (void)sqlite3_bind_text(st, 2, text, WIDE, SQLITE_TRANSIENT);
        bench_check(sqlite3_step(st) == SQLITE_DONE, "insert");
        (void)sqlite3_reset(st);
        if (i % 10000 == 0 || i == wide_rows)
            run(db, "COMMIT");
    }
    (void)sqlite3_finalize(st);
    db_close(side, db, f);
}

static void
open_and_query(enum side side, struct figures *f)
{
    sqlite3 *db;
    char sql[80];

    (void)snprintf(sql, sizeof sql, "SELECT length(b) FROM t WHERE a = %zu", wide_rows / 2);
    versus_start(f);
    db = db_open(side, 0);
    bench_check(number(db, sql) == WIDE, "query");
    versus_stop(f);
    db_close(side, db, f);
}

/* As a command does it that changes one record: the process opens, commits once and closes. */
static void
command(enum side side, struct figures *f)
{
    sqlite3 *db;
    char sql[120];

    (void)snprintf(sql, sizeof sql, "UPDATE t SET b = printf('%%0*d', %d, %d) WHERE a = %zu", WIDE, versus.round,
                   wide_rows / 3);
    versus_start(f);
    db = db_open(side, 0);
    run(db, sql);
    bench_check(sqlite3_changes(db) == 1, "update");
    if (side == SEALED)
        vls__db_close(db);
    else
        (void)sqlite3_close(db);
    versus_stop(f);
}

/* Half of the rows go, then the file gives their room back; afterwards everything verifies and is there. */
static void
compaction(enum side side, struct figures *f)
{
    struct vls_error err = {VLS_OK, 0, 0, ""};
    int64_t rows;
    sqlite3 *db = db_open(side, 0);

    run(db, "DELETE FROM t WHERE a % 8 < 4");
    rows = number(db, "SELECT count(*) FROM t");
    if (side == SEALED) { /* SQLite's pages have to come together first, as VACUUM does for both */
        run(db, "VACUUM");
        versus_start(f);
        bench_must(vls__db_compact(db, NULL, &err), &err, "compact");
        versus_stop(f);
        bench_must(vls__db_verify(db, &err), &err, "verify");
    } else {
        versus_start(f);
        run(db, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)");
        versus_stop(f);
    }
    bench_check(number(db, "SELECT count(*) FROM t") == rows, "rows are missing");
    bench_check(number(db, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'") == 1,
                "integrity");
    db_close(side, db, f);
}

/* ---- all ---- */

static const char *only, *only_side;

static void
measure(const struct work *w)
{
    if (only != NULL && strstr(w->name, only) == NULL)
        return;
    if (only_side == NULL)
        versus_measure(w);
    else
        (void)versus_once(w, strcmp(only_side, "sealed") == 0 ? SEALED : FULL);
}

static void
small_store(void)
{
    static const struct work works[] = {
        {"insert, 1 row a commit", 400, one_row_commits, "ratio <= 1.0", true, true, 0},
        {"insert, 100 rows a commit", 12000, hundred_row_commits, "cpu_ratio <= 1.15", true, true, 0},
        {"bulk insert with spill, 2 MiB cache", ROWS, bulk_with_spill, "cpu_ratio <= 1.6", true, true, 0},
        {"bulk insert, 10000 rows a commit", ROWS, bulk, "cpu_ratio <= 1.0", true, true, 0},
        {"random lookups, 2 MiB cache", LOOKUPS, lookups_small_cache, "cpu_ratio <= 1.35", false, false, 0},
        {"random lookups, 64 MiB cache", LOOKUPS, lookups_large_cache, "cpu_ratio <= 0.6", false, false, 0},
        {"full scan, 2 MiB cache, 4 times", ROWS, scan, "cpu_ratio <= 1.3", false, false, 0},
        {"update, 100 rows a commit", 4000, update_commits, "cpu_ratio <= 1.15", false, true, 0},
        {"full-text build", FTS_ROWS, fts_build, "cpu_ratio <= 1.0", false, true, 0},
        {"full-text queries", 1000, fts_queries, "cpu_ratio <= 1.0", false, false, 0},
    };
    static const struct work prepare_bulk = {"(rows to work on)", ROWS, bulk, NULL, true, true, 0};
    static const struct work prepare_fts = {"(words to find)", FTS_ROWS, fts_build, NULL, false, true, 0};

    (void)snprintf(versus.tag, sizeof versus.tag, "small.db");
    if (only != NULL)
        for (int side = 0; side < SIDES; side++) {
            (void)versus_once(&prepare_bulk, (enum side)side);
            (void)versus_once(&prepare_fts, (enum side)side);
        }
    for (size_t i = 0; i < sizeof works / sizeof works[0]; i++)
        measure(&works[i]);
    for (int side = 0; side < SIDES; side++)
        versus_remove((enum side)side);
}

/* goals: of opening, of one command; NULL: none at this size. */
static void
sized_store(size_t mib, const char *open_goal, const char *command_goal, bool compact)
{
    char name[3][64];
    const struct work w_build = {"(building)", mib, build, NULL, true, true, 1};
    const struct work w_open = {name[0], mib, open_and_query, open_goal, false, false, 15};
    const struct work w_command = {name[1], mib, command, command_goal, false, false, 15};
    const struct work w_compact = {name[2], mib, compaction, NULL, false, true, 1};

    (void)snprintf(name[0], sizeof name[0], "open and first query, %zu MiB", mib);
    (void)snprintf(name[1], sizeof name[1], "open, one update, close, %zu MiB", mib);
    (void)snprintf(name[2], sizeof name[2], "compaction by half, %zu MiB", mib);
    if (only != NULL && strstr(name[0], only) == NULL && strstr(name[1], only) == NULL && strstr(name[2], only) == NULL)
        return;
    (void)snprintf(versus.tag, sizeof versus.tag, "%zu.db", mib);
    wide_rows = (size_t)((double)mib * MIB / (WIDE + 100.0));
    for (int side = 0; side < SIDES; side++)
        if (side != NORMAL || compact)
            (void)versus_once(&w_build, (enum side)side);
    measure(&w_open);
    measure(&w_command);
    if (compact)
        measure(&w_compact);
    for (int side = 0; side < SIDES; side++)
        versus_remove((enum side)side);
}

int
main(int argc, char **argv)
{
    struct vls_error err = {VLS_OK, 0, 0, ""};
    const char *rounds = getenv("VLS_BENCH_ROUNDS"), *large = getenv("LONG");

    only = argc > 2 ? argv[2] : NULL;
    only_side = argc > 3 ? argv[3] : NULL;
    versus.rounds = rounds != NULL ? atoi(rounds) : 5;
    bench_check(versus.rounds >= 1 && versus.rounds <= ROUNDS_MAX, "VLS_BENCH_ROUNDS: 1 to 99");
    bench_must(vls_secret_start(&err), &err, "start");
    bench_must(vls_secret_random(&versus.key, VLS_KEY_LEN, &err), &err, "key");
    (void)snprintf(versus.folder, sizeof versus.folder, "%s/valise-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    bench_check(mkdtemp(versus.folder) != NULL, versus.folder);
    small_store();
    sized_store(1, NULL, NULL, false);
    sized_store(24, "cpu_beyond_ms <= 0.4", "ratio <= 0.5", true);
    if (!bench_quick()) {
        sized_store(100, NULL, NULL, true);
        sized_store(400, "cpu_beyond_ms <= 3", "ratio <= 0.65", false);
    }
    if (large != NULL && strcmp(large, "1") == 0)
        sized_store(1024, NULL, NULL, false);
    vls_secret_free(versus.key);
    bench_check(rmdir(versus.folder) == 0, versus.folder);
    return 0;
}
