/*
 * SQLite over the sealed page log, compared with SQLite in memory; and what the disk shows: one file, without a word of
 * what was stored. What must be refused is test_vfs_refused.
 */
#include "sealed.h"

#include <sys/uio.h>

/* A hash over all rows of a query, with types and order. */
static void
digest(sqlite3 *db, const char *sql, uint8_t out[VLS_HASH_LEN])
{
    sqlite3_stmt *st = NULL;
    struct vls_buf b;
    struct vls_error err = {0};
    int rc;

    vls_buf_init(&b, (size_t)64 << 20);
    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    while ((rc = sqlite3_step(st)) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(st); i++) {
            vls_buf_put_u8(&b, (uint8_t)sqlite3_column_type(st, i));
            vls_buf_put_le32(&b, (uint32_t)sqlite3_column_bytes(st, i));
            vls_buf_put(&b, sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
        }
    if (rc != SQLITE_DONE)
        fail_msg("%s: %d %s", sql, rc, sqlite3_errmsg(db));
    (void)sqlite3_finalize(st);
    check_ok(vls_buf_ok(&b, &err), &err);
    vls_hash1(out, "test rows", b.p, b.n);
    vls_buf_clear(&b);
}

static void
same_content(sqlite3 *db, sqlite3 *mem, const char *where)
{
    static const char *const queries[] = {"SELECT * FROM t ORDER BY a", "SELECT b, a FROM t ORDER BY b, a",
                                          "SELECT rowid FROM f WHERE f MATCH 'w1 OR w7' ORDER BY rowid"};
    uint8_t a[VLS_HASH_LEN], b[VLS_HASH_LEN];

    for (size_t i = 0; i < sizeof queries / sizeof queries[0]; i++) {
        digest(db, queries[i], a);
        digest(mem, queries[i], b);
        if (memcmp(a, b, sizeof a) != 0)
            fail_msg("%s differs %s", queries[i], where);
    }
}

/* One random statement, the same for both; both must succeed or fail alike. */
static void
random_statement(sqlite3 *db, sqlite3 *mem, uint64_t *seed, int *failed)
{
    char sql[400];
    unsigned k = (unsigned)(check_random(seed) % 400), len = (unsigned)(check_random(seed) % 3000);
    int a, b;

    switch (check_random(seed) % 14) {
    case 0:
    case 1:
    case 2:
        (void)snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO t VALUES(%u, 'w%u', zeroblob(%u))", k, len % 50, len);
        break;
    case 3: (void)snprintf(sql, sizeof sql, "INSERT INTO t VALUES(%u, 'w%u', NULL)", k, len % 50); break; /* may fail */
    case 4:
        (void)snprintf(sql, sizeof sql, "UPDATE t SET b = b || 'x', c = zeroblob(%u) WHERE a %% 7 = %u", len, k % 7);
        break;
    case 5: (void)snprintf(sql, sizeof sql, "DELETE FROM t WHERE a BETWEEN %u AND %u", k, k + 20); break;
    case 6: (void)snprintf(sql, sizeof sql, "INSERT INTO f(b) VALUES('w%u w%u')", k % 9, len % 9); break;
    case 7: (void)snprintf(sql, sizeof sql, "DELETE FROM f WHERE rowid %% 5 = %u", k % 5); break;
    case 8: (void)snprintf(sql, sizeof sql, "SAVEPOINT s"); break;
    case 9: (void)snprintf(sql, sizeof sql, "ROLLBACK TO s"); break; /* fails without a savepoint */
    case 10: (void)snprintf(sql, sizeof sql, "RELEASE s"); break;
    case 11:
        (void)snprintf(
            sql, sizeof sql,
            "INSERT INTO t SELECT a + 1000 + %u, b, c FROM t WHERE a < 100 AND a + 1000 + %u NOT IN (SELECT a FROM t)",
            k, k);
        break;
    case 12: (void)snprintf(sql, sizeof sql, "DELETE FROM t WHERE a > 1000 + %u AND %u %% 3 = 0", k, k); break;
    default:
        (void)snprintf(sql, sizeof sql, "UPDATE t SET a = a + 1 WHERE a > %u", k); /* fails half way through */
        break;
    }
    a = sqlite3_exec(db, sql, NULL, NULL, NULL);
    b = sqlite3_exec(mem, sql, NULL, NULL, NULL);
    if ((a & 0xff) != (b & 0xff)) /* the connections report more and less detail */
        fail_msg("%s: %d here, %d in memory", sql, a, b);
    *failed += a != SQLITE_OK;
}

static void
random_sql_gives_what_sqlite_in_memory_gives(void **state)
{
    uint64_t seed = check_seed(77);
    sqlite3 *db = db_open(), *mem = NULL;
    int rounds = getenv("VLS_TEST_LONG") != NULL ? 4000 : 400, failed = 0;

    (void)state;
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    assert_int_equal(sqlite3_open_v2(":memory:", &mem, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    run(db, schema);
    run(mem, schema);
    for (int r = 0; r < rounds; r++) {
        int statements = 1 + (int)(check_random(&seed) % 12), spill = check_random(&seed) % 3 == 0;

        if (spill) { /* pages reach the log before the commit, and a rollback must take them back */
            (void)sqlite3_set_authorizer(db, NULL, NULL);
            run(db, "PRAGMA cache_size=12; PRAGMA cache_spill=12");
        }
        run(db, "BEGIN");
        run(mem, "BEGIN");
        for (int i = 0; i < statements; i++)
            random_statement(db, mem, &seed, &failed);
        assert_int_equal(sqlite3_get_autocommit(db), sqlite3_get_autocommit(mem));
        if (!sqlite3_get_autocommit(db)) {
            const char *end = check_random(&seed) % 3 == 0 ? "ROLLBACK" : "COMMIT";

            run(db, end);
            run(mem, end);
        }
        switch (check_random(&seed) % 12) {
        case 0:
            vls__db_close(db);
            db = db_open();
            break;
        case 1: run(db, "VACUUM"); break;
        case 2: {
            struct vls_error err = {0};

            check_ok(vls__db_compact(db, NULL, &err), &err);
            break;
        }
        default: break;
        }
        if (r % 10 == 0)
            same_content(db, mem, "on the way");
    }
    vls__db_close(db);
    db = db_open();
    same_content(db, mem, "at the end");
    print_message("%d statements failed, %lld rows, %lld pages\n", failed,
                  (long long)number(db, "SELECT count(*) FROM t"), (long long)number(db, "PRAGMA page_count"));
    assert_true(failed > rounds / 4 && number(db, "SELECT count(*) FROM t") > 50);
    assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    {
        struct vls_error err = {0};

        check_ok(vls__db_verify(db, &err), &err);
    }
    vls__db_close(db);
    (void)sqlite3_close(mem);
}

static void
a_transaction_larger_than_the_cache_commits_and_rolls_back(void **state)
{
    sqlite3 *db = db_open();
    uint8_t before[VLS_HASH_LEN], after[VLS_HASH_LEN];

    (void)state;
    run(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)");
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    run(db, "PRAGMA cache_size=50; PRAGMA cache_spill=50");
    run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
            "INSERT INTO t SELECT i, randomblob(900) FROM n");
    digest(db, "SELECT * FROM t ORDER BY a", before);
    run(db, "BEGIN; UPDATE t SET b = randomblob(1200); DELETE FROM t WHERE a % 3 = 0; ROLLBACK");
    digest(db, "SELECT * FROM t ORDER BY a", after);
    assert_memory_equal(before, after, sizeof before);
    vls__db_close(db);
    db = db_open();
    digest(db, "SELECT * FROM t ORDER BY a", after);
    assert_memory_equal(before, after, sizeof before);
    assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    vls__db_close(db);
}

static void
the_file_shrinks_after_much_is_deleted(void **state)
{
    sqlite3 *db = db_open();
    struct stat large, small;

    (void)state;
    run(db, "PRAGMA auto_vacuum=FULL; CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)");
    run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 8000) "
            "INSERT INTO t SELECT i, randomblob(1500) FROM n");
    assert_int_equal(stat(path, &large), 0);
    run(db, "DELETE FROM t WHERE a > 100"); /* auto_vacuum truncates after the sync */
    assert_in_range(number(db, "PRAGMA page_count"), 20, 200);
    vls__db_close(db);
    assert_int_equal(stat(path, &small), 0);
    assert_true(large.st_size > 12 << 20 && small.st_size <= 2 << 20);
    db = db_open();
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 100);
    assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
    vls__db_close(db);
}

/* SQLite reads the head of page 1 by itself; what it gets must not be older than the last write. */
static void
the_head_of_page_1_is_always_the_newest(void **state)
{
    sqlite3 *db = db_open();
    sqlite3_file *file = NULL;
    uint8_t head[4][16], whole[4096];

    (void)state;
    run(db, schema);
    assert_int_equal(sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file), SQLITE_OK);
    for (int i = 0; i < 4; i++) {
        run(db, "INSERT INTO t(b, c) VALUES('x', zeroblob(9000))"); /* page 1 holds the number of pages */
        assert_int_equal(file->pMethods->xRead(file, head[i], 16, 24), SQLITE_OK);
        assert_int_equal(file->pMethods->xRead(file, whole, 4096, 0), SQLITE_OK);
        assert_memory_equal(head[i], whole + 24, 16);
        assert_true(i == 0 || memcmp(head[i], head[i - 1], 16) != 0);
    }
    assert_int_equal(file->pMethods->xRead(file, whole, 100, 4096 * 3 + 8), SQLITE_IOERR_READ); /* nobody asks so */
    assert_int_equal(file->pMethods->xRead(file, whole, 4096, (sqlite3_int64)4096 * 100000), SQLITE_IOERR_SHORT_READ);
    memset(whole, 0, sizeof whole);
    assert_int_equal(file->pMethods->xWrite(file, whole, 4095, 4096), SQLITE_IOERR_WRITE);
    assert_int_equal(file->pMethods->xWrite(file, whole, 4096, 4097), SQLITE_IOERR_WRITE);
    whole[4095] = 1; /* a reserved byte: it would be lost */
    assert_int_not_equal(file->pMethods->xWrite(file, whole, 4096, 4096), SQLITE_OK);
    vls__db_close(db);
}

/* synchronous=OFF leaves xSync out; a commit must be one all the same. */
static void
a_commit_does_not_depend_on_the_sync_pragma(void **state)
{
    sqlite3 *db = db_open();

    (void)state;
    run(db, schema);
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    run(db, "PRAGMA synchronous=OFF");
    run(db, "INSERT INTO t VALUES(1, 'one', NULL)");
    (void)sqlite3_exec(db, "BEGIN; INSERT INTO t VALUES(2, 'two', NULL)", NULL, NULL, NULL);
    vls__db_close(db); /* with a transaction open */
    db = db_open();
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    vls__db_close(db);
}

static void
the_head_moves_with_commits_and_survives_compaction_and_a_new_key(void **state)
{
    sqlite3 *db = db_open();
    uint8_t head[4][VLS_HASH_LEN];
    struct vls_error err = {0};
    uint64_t txn[4];

    (void)state;
    run(db, schema);
    vls__db_head(db, &txn[0], head[0]);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    vls__db_head(db, &txn[1], head[1]);
    assert_int_equal(txn[0], txn[1]);
    run(db, "INSERT INTO t VALUES(1, 'one', NULL)");
    vls__db_head(db, &txn[2], head[2]);
    assert_int_equal(txn[2], txn[1] + 1);
    assert_memory_not_equal(head[1], head[2], VLS_HASH_LEN);
    run(db, "BEGIN; INSERT INTO t VALUES(2, 'two', NULL)");
    assert_int_equal(vls__db_compact(db, NULL, &err), VLS_EBUSY);
    run(db, "ROLLBACK");
    check_ok(vls__db_compact(db, other_key, &err), &err);
    vls__db_close(db);
    assert_int_equal(vls__db_open(&db, path, key, 0, &err), VLS_EAUTH);
    check_ok(vls__db_open(&db, path, other_key, 0, &err), &err);
    vls__db_head(db, &txn[3], head[3]);
    assert_int_equal(txn[3], txn[2]);
    assert_memory_equal(head[3], head[2], VLS_HASH_LEN);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    assert_int_equal(vls__db_dropped(db), 0);
    vls__db_close(db);
}

static void
nothing_that_was_stored_is_on_the_disk(void **state)
{
    static const char *const words[] = {"Zanzibarisch", "SQLite format", "CREATE TABLE", "treaty_body", "xylophon"};
    sqlite3 *db = db_open();

    (void)state;
    run(db, "CREATE TABLE treaty_body(a INTEGER PRIMARY KEY, b TEXT)");
    run(db, "CREATE VIRTUAL TABLE f USING fts5(b)");
    for (int round = 0; round < 2; round++) {
        uint8_t *p;
        size_t n;

        run(db, "INSERT INTO treaty_body(b) VALUES('Zanzibarisch'); INSERT INTO f VALUES('xylophon Zanzibarisch')");
        run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                "INSERT INTO treaty_body(b) SELECT 'Zanzibarisch' || i FROM n");
        assert_true(number(db, "SELECT count(*) FROM (SELECT b FROM treaty_body ORDER BY b || a DESC)") > 3000);
        run(db, "UPDATE treaty_body SET b = upper(b) WHERE a % 2 = 0; VACUUM");
        if (round == 1)
            vls__db_close(db);
        p = whole_file(&n);
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (memmem(p, n, words[i], strlen(words[i])) != NULL)
                fail_msg("%s is on the disk", words[i]);
        free(p);
        assert_int_equal(other_files(), 0);
    }
}

/* SQLite frees its copies without wiping them; the allocator below it must do it (C24). */
static void
freed_memory_is_wiped(void **state)
{
    static char seen[4000];
    char *p = sqlite3_malloc(5000), *q;
    struct iovec local = {seen, sizeof seen}, remote = {p + 500, sizeof seen};

    (void)state;
    memset(p, 'k', 5000);
    assert_int_equal(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), (ssize_t)sizeof seen);
    assert_non_null(memchr(seen, 'k', sizeof seen));
    q = sqlite3_realloc(p, 9000); /* moves it */
    assert_int_equal(q[4999], 'k');
    /* what was freed may not be touched, so the kernel reads it for us */
    assert_int_equal(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), (ssize_t)sizeof seen);
    assert_null(memchr(seen, 'k', sizeof seen));
    remote.iov_base = q + 500;
    sqlite3_free(q);
    assert_int_equal(process_vm_readv(getpid(), &local, 1, &remote, 1, 0), (ssize_t)sizeof seen);
    assert_null(memchr(seen, 'k', sizeof seen));
    sqlite3_free(NULL);
}

/* FTS5 keeps statements of its own; they are its to finalize, ours are ours. */
static void
closing_releases_what_is_left_open(void **state)
{
    struct vls_error err = {0};
    sqlite3_stmt *left = NULL;
    sqlite3 *db = db_open();

    (void)state;
    run(db, schema);
    for (int i = 0; i < 30; i++)
        run(db, "INSERT INTO f(b) VALUES('w1 w2 w3'); DELETE FROM f WHERE rowid % 3 = 0;"
                "SELECT count(*) FROM f WHERE f MATCH 'w2'; INSERT INTO f(f) VALUES('optimize')");
    run(db, "BEGIN; INSERT INTO t VALUES(1, 'one', NULL)");
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT * FROM f WHERE f MATCH 'w1'", -1, &left, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(left), SQLITE_ROW);
    vls__db_close(db);
    check_ok(vls__db_open(&db, path, key, 0, &err), &err); /* the lock is gone, so the handle is */
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM f WHERE f MATCH 'w3'"), 2);
    vls__db_close(db);
}

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_gone)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(random_sql_gives_what_sqlite_in_memory_gives),
        IN_FOLDER(a_transaction_larger_than_the_cache_commits_and_rolls_back),
        IN_FOLDER(the_file_shrinks_after_much_is_deleted),
        IN_FOLDER(the_head_of_page_1_is_always_the_newest),
        IN_FOLDER(a_commit_does_not_depend_on_the_sync_pragma),
        IN_FOLDER(the_head_moves_with_commits_and_survives_compaction_and_a_new_key),
        IN_FOLDER(nothing_that_was_stored_is_on_the_disk),
        IN_FOLDER(freed_memory_is_wiped),
        IN_FOLDER(closing_releases_what_is_left_open),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
