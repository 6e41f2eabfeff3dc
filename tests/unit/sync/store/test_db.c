/*
 * No memory under SQLite: the n-th allocation fails while a store is opened, filled, searched and closed. No failure
 * may become anything but VLS_ENOMEM, and the transaction is there or it is not.
 */
#include <unistd.h>

#include "tests/support/check.h"
#include "tests/support/scarce.h"

#include "sync/store/db.h"

static struct vls_secret *key;
static char dir[32], path[64];

static int
setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    check_ok(vls_secret_random(&key, VLS_KEY_LEN, &err), &err);
    check_ok(vls__db_start(&err), &err);
    (void)strcpy(dir, "/tmp/valise-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/store", dir);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    vls_secret_free(key);
    (void)unlink(path);
    return rmdir(dir);
}

static const char *const schema = "CREATE TABLE IF NOT EXISTS t(a INTEGER PRIMARY KEY, b TEXT);"
                                  "CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(b)";
static const char *const work =
    "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) "
    "INSERT INTO t SELECT i, hex(zeroblob(200)) || i FROM n; INSERT INTO f SELECT b FROM t; DELETE FROM t WHERE a = 7;"
    "SELECT count(*) FROM (SELECT b FROM t ORDER BY b); SELECT count(*) FROM f WHERE f MATCH 'a'; COMMIT";

static enum vls_code
life(struct vls_error *err)
{
    sqlite3 *db = NULL;
    enum vls_code rc = vls__db_open(&db, path, key, VLS_DB_CREATE, err);

    if (rc == VLS_OK)
        rc = vls__db_error(db, sqlite3_exec(db, schema, NULL, NULL, NULL), err);
    if (rc == VLS_OK)
        rc = vls__db_error(db, sqlite3_exec(db, work, NULL, NULL, NULL), err);
    vls__db_close(db);
    return rc;
}

static int
count_rows(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int n = 0; /* no such table: nothing was committed */

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK && sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static void
any_failing_allocation_leaves_old_or_new(void **state)
{
    long n, step = getenv("VLS_TEST_LONG") != NULL ? 1 : 17;
    int refused = 0;

    (void)state;
    for (n = 1;; n += n < 500 ? 1 : step) { /* opening in full, the rest in samples */
        struct vls_error err = {0};
        sqlite3 *db = NULL;
        enum vls_code rc;
        unsigned long fired;
        long alive = scarce.alive;
        int rows;

        (void)unlink(path);
        scarce_at((unsigned long)n, false);
        rc = life(&err);
        fired = scarce_end();
        if (n > 1 && scarce.alive != alive) /* the first time SQLite keeps something for itself */
            fail_msg("allocation %ld: %ld blocks have leaked", n, scarce.alive - alive);
        if (fired == 0) {
            check_ok(rc, &err);
            break;
        }
        if (rc != VLS_OK && rc != VLS_ENOMEM)
            fail_msg("allocation %ld: %s: %s", n, vls_code_name(rc), err.text);
        refused += rc != VLS_OK;
        check_ok(vls__db_open(&db, path, key, VLS_DB_CREATE, &err), &err);
        check_ok(vls__db_verify(db, &err), &err);
        rows = count_rows(db, "SELECT count(*) FROM t");
        assert_true(rows == 59 || (rows == 0 && rc != VLS_OK));
        assert_int_equal(count_rows(db, "SELECT count(*) FROM f"), rows == 0 ? 0 : 60);
        assert_int_equal(count_rows(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
        vls__db_close(db);
    }
    print_message("%ld allocations, %d refused\n", n, refused);
    assert_true(n > 500 && refused > 30);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_failing_allocation_leaves_old_or_new),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
