/*
 * The sealed store against plain SQLite (WAL, synchronous=FULL), both in the same run and interleaved. One JSON line
 * for each piece of work: medians of wall and processor time in milliseconds and their ratios. Usage: store_bench
 * [FOLDER [ROUNDS]]; the folder should be on the disk that matters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sync/store/db.h"

#define ROUNDS_MAX 15
#define ROWS       60000

enum side { PLAIN, SEALED, SIDES };

static struct vls_secret *key;
static char folder[256];
static int rounds = 3;

static void
die(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static double
clock_ms(clockid_t id)
{
    struct timespec ts;

    (void)clock_gettime(id, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void
path_of(char out[300], enum side side, const char *tail)
{
    (void)snprintf(out, 300, "%s/%s%s", folder, side == PLAIN ? "plain.db" : "sealed.db", tail);
}

static void
run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die(sql, sqlite3_errmsg(db));
}

/* Plain SQLite as a program would set it up that wants to lose nothing, with the same cache. */
static sqlite3 *
db_open(enum side side, int cache_kib)
{
    struct vls_error err = {VLS_OK, 0, 0, ""};
    sqlite3 *db = NULL;
    char path[300], sql[100];

    path_of(path, side, "");
    if (side == SEALED && vls__db_open(&db, path, key, VLS_DB_CREATE, &err) != VLS_OK)
        die(path, err.text);
    if (side == PLAIN) {
        if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix") !=
            SQLITE_OK)
            die(path, "cannot open");
        run(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32768");
    }
    if (cache_kib > 0) {
        (void)sqlite3_set_authorizer(db, NULL, NULL);
        (void)snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d; PRAGMA cache_spill=1", cache_kib);
        run(db, sql);
    }
    return db;
}

static void
db_close(enum side side, sqlite3 *db)
{
    if (side == SEALED)
        vls__db_close(db);
    else
        (void)sqlite3_close(db);
}

static void
db_remove(enum side side)
{
    static const char *const tails[] = {"", "-wal", "-shm", ".new"};
    char path[300];

    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        path_of(path, side, tails[i]);
        (void)unlink(path);
    }
}

static uint32_t
next_random(uint32_t *s)
{
    *s = *s * 1664525u + 1013904223u;
    return *s >> 8;
}

/* Rows with an index and text, as a record store has them. */
static void
fill(sqlite3 *db, int from, int n, int each)
{
    sqlite3_stmt *st = NULL;
    uint32_t seed = (uint32_t)from + 7;
    char text[120];

    run(db, "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b TEXT, c TEXT)");
    run(db, "CREATE INDEX IF NOT EXISTS tb ON t(b)");
    if (sqlite3_prepare_v2(db, "INSERT INTO t VALUES(?1, ?2, ?3)", -1, &st, NULL) != SQLITE_OK)
        die("prepare", sqlite3_errmsg(db));
    for (int i = 0; i < n; i++) {
        if (i % each == 0)
            run(db, "BEGIN");
        (void)snprintf(text, sizeof text, "%08x-%08x-%08x", next_random(&seed), next_random(&seed), next_random(&seed));
        (void)sqlite3_bind_int(st, 1, from + i);
        (void)sqlite3_bind_text(st, 2, text, -1, SQLITE_TRANSIENT);
        (void)snprintf(text, sizeof text, "%0100u", next_random(&seed));
        (void)sqlite3_bind_text(st, 3, text, -1, SQLITE_TRANSIENT);
        if (sqlite3_step(st) != SQLITE_DONE)
            die("insert", sqlite3_errmsg(db));
        (void)sqlite3_reset(st);
        if ((i + 1) % each == 0 || i + 1 == n)
            run(db, "COMMIT");
    }
    (void)sqlite3_finalize(st);
}

static void
one_row_commits(enum side side)
{
    sqlite3 *db = db_open(side, 0);

    fill(db, 1, 400, 1);
    db_close(side, db);
}

static void
hundred_row_commits(enum side side)
{
    sqlite3 *db = db_open(side, 0);

    fill(db, 1, 12000, 100);
    db_close(side, db);
}

static void
bulk(enum side side)
{
    sqlite3 *db = db_open(side, 0);

    fill(db, 1, ROWS, 10000);
    db_close(side, db);
}

static void
bulk_with_spill(enum side side)
{
    sqlite3 *db = db_open(side, 2048);

    fill(db, 1, ROWS, 10000);
    db_close(side, db);
}

static void
lookups(enum side side, int cache_kib)
{
    sqlite3 *db = db_open(side, cache_kib);
    sqlite3_stmt *st = NULL;
    uint32_t seed = 5;

    if (sqlite3_prepare_v2(db, "SELECT b, c FROM t WHERE a = ?1", -1, &st, NULL) != SQLITE_OK)
        die("prepare", sqlite3_errmsg(db));
    for (int i = 0; i < 40000; i++) {
        (void)sqlite3_bind_int(st, 1, (int)(next_random(&seed) % ROWS) + 1);
        if (sqlite3_step(st) != SQLITE_ROW)
            die("lookup", sqlite3_errmsg(db));
        (void)sqlite3_reset(st);
    }
    (void)sqlite3_finalize(st);
    db_close(side, db);
}

static void
lookups_small_cache(enum side side)
{
    lookups(side, 2048);
}

static void
lookups_large_cache(enum side side)
{
    lookups(side, 0);
}

static void
scan(enum side side)
{
    sqlite3 *db = db_open(side, 2048);

    for (int i = 0; i < 4; i++)
        run(db, "SELECT sum(length(c)) FROM t NOT INDEXED");
    db_close(side, db);
}

static void
open_and_query(enum side side)
{
    for (int i = 0; i < 20; i++) {
        sqlite3 *db = db_open(side, 0);

        run(db, "SELECT b FROM t WHERE a = 77");
        db_close(side, db);
    }
}

static void
open_commit_close(enum side side)
{
    for (int i = 0; i < 20; i++) {
        sqlite3 *db = db_open(side, 0);
        char sql[80];

        (void)snprintf(sql, sizeof sql, "UPDATE t SET c = 'x%d' WHERE a = %d", i, i * 1000 + 1);
        run(db, sql);
        db_close(side, db);
    }
}

static void
update_commits(enum side side)
{
    sqlite3 *db = db_open(side, 0);
    char sql[120];
    uint32_t seed = 9;

    for (int i = 0; i < 40; i++) {
        run(db, "BEGIN");
        for (int k = 0; k < 100; k++) {
            (void)snprintf(sql, sizeof sql, "UPDATE t SET b = 'u%u' WHERE a = %u", next_random(&seed),
                           next_random(&seed) % ROWS + 1);
            run(db, sql);
        }
        run(db, "COMMIT");
    }
    db_close(side, db);
}

static void
fts_build(enum side side)
{
    sqlite3 *db = db_open(side, 0);

    run(db, "DROP TABLE IF EXISTS f; CREATE VIRTUAL TABLE f USING fts5(b, c); BEGIN; INSERT INTO f SELECT b, c FROM t "
            "WHERE a < 15000; COMMIT");
    db_close(side, db);
}

static int
by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *v)
{
    qsort(v, (size_t)rounds, sizeof *v, by_size);
    return v[rounds / 2];
}

/* fresh: the work starts with no database; otherwise with the one that bulk left. */
static void
measure(const char *name, void (*work)(enum side), int fresh)
{
    double wall[SIDES][ROUNDS_MAX], cpu[SIDES][ROUNDS_MAX], w[SIDES], c[SIDES];

    for (int r = 0; r < rounds; r++)
        for (int k = 0; k < SIDES; k++) {
            enum side side = (enum side)((k + r) % SIDES);

            if (fresh)
                db_remove(side);
            wall[side][r] = clock_ms(CLOCK_MONOTONIC);
            cpu[side][r] = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
            work(side);
            wall[side][r] = clock_ms(CLOCK_MONOTONIC) - wall[side][r];
            cpu[side][r] = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - cpu[side][r];
        }
    for (int side = 0; side < SIDES; side++) {
        w[side] = median(wall[side]);
        c[side] = median(cpu[side]);
    }
    (void)printf("{\"bench\":\"store\",\"work\":\"%s\",\"rounds\":%d,\"plain_wall_ms\":%.2f,\"sealed_wall_ms\":%.2f,"
                 "\"plain_cpu_ms\":%.2f,\"sealed_cpu_ms\":%.2f,\"wall_ratio\":%.2f,\"cpu_ratio\":%.2f}\n",
                 name, rounds, w[PLAIN], w[SEALED], c[PLAIN], c[SEALED], w[SEALED] / w[PLAIN], c[SEALED] / c[PLAIN]);
    (void)fflush(stdout);
}

static void
sizes(const char *when)
{
    struct stat st[SIDES];
    char path[300];

    for (int side = 0; side < SIDES; side++) {
        path_of(path, (enum side)side, "");
        if (stat(path, &st[side]) != 0)
            die(path, "is not there");
    }
    (void)printf(
        "{\"bench\":\"store\",\"work\":\"size after %s\",\"plain_bytes\":%lld,\"sealed_bytes\":%lld,\"ratio\":%.2f}\n",
        when, (long long)st[PLAIN].st_size, (long long)st[SEALED].st_size,
        (double)st[SEALED].st_size / (double)st[PLAIN].st_size);
}

int
main(int argc, char **argv)
{
    struct vls_error err = {VLS_OK, 0, 0, ""};

    (void)snprintf(folder, sizeof folder, "%s/valise-bench-XXXXXX", argc > 1 ? argv[1] : "/tmp");
    if (getenv("VLS_BENCH_ROUNDS") != NULL)
        rounds = atoi(getenv("VLS_BENCH_ROUNDS"));
    if (rounds < 1 || rounds > ROUNDS_MAX)
        die("rounds", "1 to 15");
    if (vls_secret_start(&err) != VLS_OK || vls_secret_random(&key, VLS_KEY_LEN, &err) != VLS_OK ||
        vls__db_start(&err) != VLS_OK)
        die("start", err.text);
    if (mkdtemp(folder) == NULL)
        die(folder, "cannot be made");
    measure("insert, 1 row a commit", one_row_commits, 1);
    measure("insert, 100 rows a commit", hundred_row_commits, 1);
    measure("bulk with spill, 2 MiB cache", bulk_with_spill, 1);
    sizes("bulk with spill");
    measure("bulk, 10000 rows a commit", bulk, 1);
    sizes("bulk");
    measure("lookups, 2 MiB cache", lookups_small_cache, 0);
    measure("lookups, 32 MiB cache", lookups_large_cache, 0);
    measure("full scan, 2 MiB cache", scan, 0);
    measure("update, 100 rows a commit", update_commits, 0);
    sizes("updates");
    measure("open and first query, 20 times", open_and_query, 0);
    measure("open, one commit, close, 20 times", open_commit_close, 0);
    measure("full-text build", fts_build, 0);
    sizes("everything");
    db_remove(PLAIN);
    db_remove(SEALED);
    vls_secret_free(key);
    return rmdir(folder) == 0 ? 0 : 1;
}
