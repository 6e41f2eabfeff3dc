/*
 * LL-12: a schema made by somebody who had the key once, and brings the laptop back. What it holds does nothing when
 * the store is opened, and no statement through an open store reaches what acts.
 */
#include "sealed.h"

/* ---- LL-12 ---- */

/* Without our switches, as somebody can open it who has the key and another program. */
static void
switches_off(sqlite3 *db)
{
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 1, NULL);
    (void)sqlite3_db_config(db, SQLITE_DBCONFIG_WRITABLE_SCHEMA, 1, NULL);
}

static const char *const traps =
    "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE hits(what TEXT); CREATE TABLE base(a, b);"
    "INSERT INTO base VALUES(1, 'behind the view');"
    "CREATE TRIGGER t1 AFTER INSERT ON t BEGIN INSERT INTO hits VALUES('insert'); DELETE FROM base; END;"
    "CREATE TRIGGER t2 BEFORE UPDATE ON t BEGIN INSERT INTO hits VALUES('update'); SELECT RAISE(IGNORE); END;"
    "CREATE TRIGGER t3 AFTER DELETE ON t BEGIN INSERT INTO hits VALUES('delete'); END;"
    "CREATE VIEW v AS SELECT a, b FROM base;"
    "CREATE TRIGGER t4 INSTEAD OF INSERT ON v BEGIN INSERT INTO hits VALUES('view'); END;";

static void
traps_in_the_schema_do_not_spring_LL_12(void **state)
{
    struct vls_error err = {0};
    sqlite3 *db = db_open();

    (void)state;
    switches_off(db);
    run(db, traps);
    /* they are live: with the switches off they do what they say */
    run(db, "INSERT INTO t VALUES(1, 'one'); INSERT INTO v VALUES(2, 'two')");
    assert_int_equal(number(db, "SELECT count(*) FROM hits"), 2);
    assert_int_equal(number(db, "SELECT count(*) FROM v"), 0);
    run(db, "DELETE FROM hits; INSERT INTO base VALUES(1, 'again')");
    vls__db_close(db);

    check_ok(vls__db_open(&db, path, key, 0, &err), &err);
    run(db, "INSERT INTO t VALUES(2, 'two'); UPDATE t SET b = 'changed' WHERE a = 2; DELETE FROM t WHERE a = 1");
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE b = 'changed'"), 1);
    assert_int_equal(number(db, "SELECT count(*) FROM hits"), 0);
    assert_int_equal(number(db, "SELECT count(*) FROM base"), 1);
    assert_int_not_equal(sqlite3_exec(db, "SELECT * FROM v", NULL, NULL, NULL), SQLITE_OK);
    assert_int_not_equal(sqlite3_exec(db, "INSERT INTO v VALUES(3, 'three')", NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(number(db, "SELECT count(*) FROM hits"), 0);
    vls__db_close(db);
}

static int n_called;

/* Stands for any function that does more than calculate. */
static void
acting(sqlite3_context *ctx, int n, sqlite3_value **v)
{
    (void)n;
    (void)v;
    n_called++;
    sqlite3_result_int(ctx, 1);
}

static int
acting_register(sqlite3 *db, char **message, const struct sqlite3_api_routines *api)
{
    (void)message;
    (void)api;
    return sqlite3_create_function(db, "acting", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, acting, NULL, NULL);
}

/* Functions that act may be called by us, never by what the schema says: in a check, a default, a column, an index. */
static void
a_schema_calls_no_function_that_acts_LL_12(void **state)
{
    static const char *const tables[] = {
        "CREATE TABLE t(a CHECK(acting(a)), b)",
        "CREATE TABLE t(a, b DEFAULT (acting(1)))",
        "CREATE TABLE t(a, b AS (acting(a)) STORED)",
        "CREATE TABLE t(a, b); CREATE INDEX i ON t(acting(a))",
        "CREATE TABLE t(a, b); CREATE INDEX i ON t(a) WHERE acting(a)",
    };

    unsigned opened = 0, refused = 0;
    struct vls_error err = {0};

    (void)state;
    /* it is there before the schema is read, as one of SQLite's own would be */
    assert_int_equal(sqlite3_auto_extension((void (*)(void))acting_register), SQLITE_OK);
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        sqlite3 *db;

        (void)unlink(path);
        db = db_open();
        switches_off(db);
        run(db, tables[i]);
        n_called = 0;
        run(db, "INSERT INTO t(a) VALUES(1)");
        assert_true(n_called > 0); /* with the switches off it is called */
        vls__db_close(db);
        n_called = 0;
        if (vls__db_open(&db, path, key, 0, &err) != VLS_OK) { /* a schema that SQLite does not even read */
            assert_int_equal(err.code, VLS_EFORMAT);
            refused++;
        } else {
            assert_int_not_equal(sqlite3_exec(db, "INSERT INTO t(a) VALUES(2)", NULL, NULL, NULL), SQLITE_OK);
            assert_int_equal(n_called, 0);
            assert_int_equal(number(db, "SELECT acting(1)"), 1); /* by us it may be called */
            opened++;
        }
        assert_int_equal(n_called, db != NULL);
        vls__db_close(db);
    }
    print_message("%u opened, %u refused\n", opened, refused);
    assert_int_equal(opened + refused, sizeof tables / sizeof tables[0]);
    assert_int_equal(sqlite3_cancel_auto_extension((void (*)(void))acting_register), 1);
}

/* Schemas that a program should survive: whatever they say, opening ends with a code, and nothing outside happens. */
static void
forged_schemas_do_no_harm_LL_12(void **state)
{
    static const char *const forged[] = {
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a); ATTACH ''other.db'' AS o' WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a CHECK(load_extension(''./evil.so'')), b)' WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a DEFAULT (fts3_tokenizer(''simple'')), b)' WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a, b AS (load_extension(''./evil.so'')))' WHERE name = 't'",
        "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 't'",
        "UPDATE sqlite_schema SET rootpage = 99999 WHERE name = 't'",
        "UPDATE sqlite_schema SET rootpage = -1 WHERE name = 't'",
        "UPDATE sqlite_schema SET type = 'view', rootpage = 0, sql = 'CREATE VIEW t AS SELECT load_extension(''x'')'",
        "UPDATE sqlite_schema SET rootpage = 0, sql = 'CREATE VIRTUAL TABLE t USING fts3tokenize(''simple'')'",
        "UPDATE sqlite_schema SET rootpage = 0, sql = 'CREATE VIRTUAL TABLE t USING csv(filename=/etc/passwd)'",
        "UPDATE sqlite_schema SET rootpage = 0, sql = 'CREATE VIRTUAL TABLE t USING dbstat(main)'",
        "UPDATE sqlite_schema SET rootpage = 0, sql = 'CREATE VIRTUAL TABLE t USING fts4(content=t)'",
        "UPDATE sqlite_schema SET sql = 'CREATE TABLE t(a' WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = NULL WHERE name = 't'",
        "UPDATE sqlite_schema SET sql = zeroblob(2000000) WHERE name = 't'",
        "UPDATE sqlite_schema SET name = 'sqlite_sequence', tbl_name = 'sqlite_sequence' WHERE name = 't'",
        "INSERT INTO sqlite_schema VALUES('table', 't', 't', 2, 'CREATE TABLE t(x)')",
        "INSERT INTO sqlite_schema VALUES('index', 'i', 't', 2, 'CREATE INDEX i ON t(load_extension(a))')",
        "INSERT INTO sqlite_schema VALUES('trigger','r','t',0,'CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1;END')",
        "PRAGMA application_id = -1; PRAGMA user_version = -2147483648",
    };
    unsigned opened = 0, refused = 0;

    (void)state;
    for (size_t i = 0; i < sizeof forged / sizeof forged[0]; i++) {
        static const char *const use[] = {"INSERT INTO t(a) VALUES(5)", "SELECT * FROM t",
                                          "UPDATE t SET a = 6",         "DELETE FROM t",
                                          "PRAGMA integrity_check",     "VACUUM"};
        struct vls_error err = {0};
        sqlite3 *db;

        (void)unlink(path);
        db = db_open();
        run(db, "CREATE TABLE t(a, b); INSERT INTO t(a) VALUES(1)");
        switches_off(db);
        run(db, forged[i]);
        vls__db_close(db);
        db = NULL;
        if (vls__db_open(&db, path, key, 0, &err) != VLS_OK) {
            assert_null(db);
            assert_true(err.text[0] != '\0');
            refused++;
            continue;
        }
        opened++;
        for (size_t k = 0; k < sizeof use / sizeof use[0]; k++) {
            int rc = sqlite3_exec(db, use[k], NULL, NULL, NULL);

            if (rc != SQLITE_OK) /* a code of ours, and no word of the schema in it */
                assert_true(vls__db_error(db, rc, &err) != VLS_OK && strstr(err.text, "evil") == NULL);
        }
        vls__db_close(db);
        assert_int_equal(other_files(), 0);
        assert_int_equal(access("other.db", F_OK), -1);
    }
    print_message("%u opened, %u refused\n", opened, refused);
    assert_true(opened >= 5 && refused >= 3 && opened + refused == sizeof forged / sizeof forged[0]);
}

/* What SQL may not do through an open store, beyond what test_vfs tries. */
static void
the_authorizer_knows_what_is_allowed_LL_12(void **state)
{
    static const char *const refused[] = {
        "CREATE VIEW v AS SELECT 1",
        "CREATE TEMP VIEW v AS SELECT 1",
        "CREATE TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE TEMP TRIGGER r AFTER INSERT ON t BEGIN SELECT 1; END",
        "CREATE VIRTUAL TABLE x USING rtree(a, b, c)",
        "CREATE VIRTUAL TABLE x USING fts4(a)",
        "CREATE VIRTUAL TABLE x USING fts3tokenize",
        "CREATE VIRTUAL TABLE x USING dbstat",
        "CREATE VIRTUAL TABLE x USING csv",
        "DETACH main",
        "ATTACH '' || 'x' AS y",
        "ATTACH 'file:y?vfs=unix' AS y",
        "VACUUM INTO 'copy.db'",
        "VACUUM main INTO 'file:copy.db?vfs=unix'",
        "PRAGMA writable_schema=1",
        "PRAGMA trusted_schema=1",
        "PRAGMA secure_delete=0",
        "PRAGMA cell_size_check=0",
        "PRAGMA ignore_check_constraints=1",
        "PRAGMA journal_size_limit=0",
        "PRAGMA cache_size=1000000",
        "PRAGMA case_sensitive_like=1",
        "PRAGMA data_store_directory='/tmp'",
        "PRAGMA hexkey='00'",
        "PRAGMA max_page_count=10",
        "PRAGMA threads=4",
        "PRAGMA temp_store=0",
        "PRAGMA no_such_pragma",
        "INSERT INTO sqlite_schema VALUES('table', 'x', 'x', 2, 'CREATE TABLE x(a)')",
        "UPDATE sqlite_schema SET rootpage = 1",
        "DELETE FROM sqlite_schema",
        "DROP TABLE sqlite_schema",
        "INSERT INTO f_content VALUES(1, 'x')",
        "UPDATE f_data SET block = x'00'",
        "SELECT load_extension('/tmp/x.so', 'entry')",
        "SELECT LOAD_EXTENSION('x')",
        "SELECT fts3_tokenizer('simple', x'0000000000000000')",
    };
    sqlite3 *db = db_open();
    int64_t before;

    (void)state;
    run(db, "CREATE TABLE t(a); CREATE VIRTUAL TABLE f USING fts5(b); INSERT INTO t VALUES(1)");
    before = number(db, "SELECT count(*) FROM sqlite_schema");
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (sqlite3_exec(db, refused[i], NULL, NULL, NULL) == SQLITE_OK)
            fail_msg("%s is allowed", refused[i]);
    assert_int_equal(number(db, "SELECT count(*) FROM sqlite_schema"), before);
    assert_int_equal(number(db, "SELECT count(*) FROM t"), 1);
    assert_int_not_equal(sqlite3_load_extension(db, "x", NULL, NULL), SQLITE_OK); /* the C interface too */
    vls__db_close(db);
    assert_int_equal(access("copy.db", F_OK), -1);
}

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_gone)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(traps_in_the_schema_do_not_spring_LL_12),
        IN_FOLDER(a_schema_calls_no_function_that_acts_LL_12),
        IN_FOLDER(forged_schemas_do_no_harm_LL_12),
        IN_FOLDER(the_authorizer_knows_what_is_allowed_LL_12),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
