/*
 * SQLite over the sealed page log: what must be refused, by SQL, by the VFS itself and by the store, and what its
 * errors say.
 */
#include "sealed.h"

#include <sys/wait.h>

static void
dangerous_sql_is_refused(void **state)
{
    static const char *const refused[] = {
        "PRAGMA journal_mode=WAL",
        "PRAGMA journal_mode=DELETE",
        "PRAGMA journal_mode=OFF",
        "PRAGMA main.journal_mode=wal",
        "PRAGMA synchronous=OFF",
        "PRAGMA locking_mode=NORMAL",
        "PRAGMA temp_store=FILE",
        "PRAGMA temp_store_directory='/tmp'",
        "PRAGMA mmap_size=100000000",
        "PRAGMA page_size=8192",
        "PRAGMA writable_schema=ON",
        "PRAGMA trusted_schema=ON",
        "PRAGMA cache_spill=1",
        "PRAGMA key='x'",
        "PRAGMA wal_checkpoint",
        "PRAGMA schema_version=7",
        "ATTACH 'other.db' AS o",
        "ATTACH ':memory:' AS o",
        "ATTACH 'file:x?mode=memory' AS o",
        "ATTACH 'o' || 'ther.db' AS o",
        "VACUUM INTO 'copy.db'",
        "SELECT load_extension('x')",
        "SELECT fts3_tokenizer('simple')",
        "UPDATE sqlite_schema SET sql = NULL",
        "DELETE FROM f_data",
        "SELECT * FROM t WHERE b = \"not a column\"",
    };
    sqlite3 *db = db_open();
    char *message = NULL;

    (void)state;
    run(db, schema);
    run(db, "INSERT INTO t VALUES(1, 'one', NULL)");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        int rc = sqlite3_exec(db, refused[i], NULL, NULL, &message);

        if (rc == SQLITE_OK)
            fail_msg("%s is allowed", refused[i]);
        sqlite3_free(message);
        message = NULL;
    }
    run(db, "INSERT INTO t VALUES(2, 'two', NULL)"); /* and nothing has come of them */
    vls__db_close(db);
    db = db_open();
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 2);
    vls__db_close(db);
}

static void
harmless_sql_is_allowed(void **state)
{
    sqlite3 *db = db_open();

    (void)state;
    run(db, schema);
    run(db, "PRAGMA foreign_keys=ON; PRAGMA user_version=3; PRAGMA table_info(t); PRAGMA integrity_check; PRAGMA "
            "optimize; VACUUM");
    assert_int_equal(number(db, "PRAGMA user_version"), 3);
    assert_int_equal(number(db, "PRAGMA page_size"), 4096);
    assert_int_equal(number(db, "PRAGMA temp_store"), 2);
    assert_int_equal(number(db, "SELECT journal_mode = 'memory' FROM pragma_journal_mode"), 1);
    assert_int_equal(number(db, "SELECT locking_mode = 'exclusive' FROM pragma_locking_mode"), 1);
    run(db, "CREATE TEMP TABLE q AS SELECT * FROM t ORDER BY b; CREATE INDEX temp.qb ON q(b); DROP TABLE q");
    vls__db_close(db);
}

/* Even without the authorizer nothing but the one file can come into being (LL-01). */
static void
the_vfs_refuses_every_other_file_by_itself(void **state)
{
    static const int kinds[] = {SQLITE_OPEN_TEMP_DB,      SQLITE_OPEN_TRANSIENT_DB, SQLITE_OPEN_MAIN_JOURNAL,
                                SQLITE_OPEN_TEMP_JOURNAL, SQLITE_OPEN_SUBJOURNAL,   SQLITE_OPEN_SUPER_JOURNAL,
                                SQLITE_OPEN_WAL,          SQLITE_OPEN_MAIN_DB};
    sqlite3_vfs *vfs;
    sqlite3 *db = db_open();
    uint8_t room[8192];
    struct vls_error err = {0};

    (void)state;
    assert_non_null(vfs = sqlite3_vfs_find(VLS_VFS_NAME));
    assert_true((size_t)vfs->szOsFile <= sizeof room);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) /* the last: a database without an offer */
        assert_int_equal(vfs->xOpen(vfs, "x", (sqlite3_file *)(void *)room, kinds[i] | SQLITE_OPEN_CREATE, NULL),
                         SQLITE_CANTOPEN);
    assert_int_equal(vfs->xDelete(vfs, path, 0), SQLITE_IOERR_DELETE);
    run(db, schema);
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    assert_int_not_equal(sqlite3_exec(db, "ATTACH 'other.db' AS o; CREATE TABLE o.t(a)", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(db, "VACUUM INTO 'copy.db'", NULL, NULL, NULL), SQLITE_OK);
    run(db, "INSERT INTO t VALUES(1, 'one', NULL)");
    /* a page 1 that asks for WAL is refused before it is committed, and the store can be opened again */
    (void)sqlite3_exec(db, "PRAGMA journal_mode=WAL", NULL, NULL, NULL);
    (void)sqlite3_exec(db, "INSERT INTO t VALUES(2, 'two', NULL)", NULL, NULL, NULL);
    vls__db_close(db);
    db = NULL;
    check_ok(vls__db_open(&db, path, key, 0, &err), &err);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE a = 1"), 1);
    run(db, "INSERT INTO t VALUES(3, 'three', NULL)");
    vls__db_close(db);
    assert_int_equal(access("other.db", F_OK), -1);
    assert_int_equal(access("copy.db", F_OK), -1);
}

static void
it_opens_only_with_its_key_and_only_when_there(void **state)
{
    struct vls_error err = {0};
    sqlite3 *db = NULL;

    (void)state;
    assert_int_equal(vls__db_open(&db, path, key, 0, &err), VLS_ENOSTORE);
    assert_null(db);
    db = db_open();
    run(db, schema);
    vls__db_close(db);
    assert_int_equal(vls__db_open(&db, path, other_key, VLS_DB_CREATE, &err), VLS_EAUTH);
    assert_null(db);
    vls__db_close(NULL);
    db = db_open();
    vls__db_close(db);
}

static void
a_read_only_database_refuses_to_write(void **state)
{
    struct vls_error err = {0};
    sqlite3 *db = db_open();
    int rc;

    (void)state;
    run(db, schema);
    vls__db_close(db);
    db = NULL;
    check_ok(vls__db_open(&db, path, key, VLS_DB_READONLY, &err), &err);
    rc = sqlite3_exec(db, "INSERT INTO t VALUES(1, 'one', NULL)", NULL, NULL, NULL);
    assert_int_equal(vls__db_error(db, rc, &err), VLS_EREADONLY);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 0);
    vls__db_close(db);
}

static void
a_second_process_is_told_that_it_is_busy(void **state)
{
    sqlite3 *db = db_open();
    int status;
    pid_t child = fork();

    (void)state;
    assert_true(child >= 0);
    if (child == 0) {
        struct vls_error err = {0};
        sqlite3 *second = NULL;

        _exit(vls__db_open(&second, path, key, 0, &err) == VLS_EBUSY && second == NULL ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    run(db, schema);
    vls__db_close(db);
}

static void
damage_names_the_page_and_other_pages_stay_readable(void **state)
{
    sqlite3 *db = db_open();
    struct vls_error err = {0};
    uint8_t *p;
    size_t n;
    int refused = 0, fd, rc;

    (void)state;
    run(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB); CREATE TABLE u(a)");
    run(db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) "
            "INSERT INTO t SELECT i, randomblob(1000) FROM n");
    run(db, "INSERT INTO u VALUES(5)");
    vls__db_close(db);
    p = whole_file(&n);
    fd = open(path, O_RDWR);
    assert_true(fd >= 0);
    for (size_t block = 2; block < n / 4096; block += 3) {
        uint8_t bad = (uint8_t)(p[block * 4096 + 1000] ^ 1);

        assert_int_equal(pwrite(fd, &bad, 1, (off_t)(block * 4096 + 1000)), 1);
        if (vls__db_open(&db, path, key, VLS_DB_READONLY, &err) != VLS_OK) {
            if (err.code != VLS_EAUTH)
                fail_msg("block %zu: %s", block, err.text);
            refused++;
        } else {
            rc = sqlite3_exec(db, "SELECT sum(length(b)) FROM t", NULL, NULL, NULL);
            if (rc != SQLITE_OK) {
                assert_int_equal(rc, SQLITE_IOERR_DATA);
                assert_int_equal(vls__db_error(db, rc, &err), VLS_EAUTH);
                assert_non_null(strstr(err.text, "block"));
                assert_int_equal(vls__db_verify(db, &err), VLS_EAUTH);
                assert_int_equal(number(db, "SELECT a FROM u"), 5);
                refused++;
            } else {
                assert_int_equal(number(db, "SELECT sum(length(b)) FROM t"), 200000);
            }
            vls__db_close(db);
        }
        assert_int_equal(pwrite(fd, p + block * 4096 + 1000, 1, (off_t)(block * 4096 + 1000)), 1);
    }
    (void)close(fd);
    free(p);
    assert_true(refused >= 5);
}

static void
errors_become_codes_without_content(void **state)
{
    static const struct {
        const char *sql;
        enum vls_code code;
    } cases[] = {
        {"SELECT 1", VLS_OK},
        {"INSERT INTO t VALUES(1, 'again', NULL)", VLS_EVALUE},
        {"SELECT Zanzibarisch FROM t", VLS_EFORMAT},
        {"SELECT zeroblob(1000000000)", VLS_ELIMIT},
    };
    struct vls_error err = {0};
    sqlite3 *db = db_open();

    (void)state;
    run(db, schema);
    run(db, "INSERT INTO t VALUES(1, 'one', NULL)");
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int rc = sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL);

        assert_int_equal(vls__db_error(db, rc, &err), cases[i].code);
        assert_null(strstr(err.text, "Zanzibarisch"));
    }
    vls__db_close(db);
}

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_gone)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(dangerous_sql_is_refused),
        IN_FOLDER(harmless_sql_is_allowed),
        IN_FOLDER(the_vfs_refuses_every_other_file_by_itself),
        IN_FOLDER(it_opens_only_with_its_key_and_only_when_there),
        IN_FOLDER(a_read_only_database_refuses_to_write),
        IN_FOLDER(a_second_process_is_told_that_it_is_busy),
        IN_FOLDER(damage_names_the_page_and_other_pages_stay_readable),
        IN_FOLDER(errors_become_codes_without_content),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
