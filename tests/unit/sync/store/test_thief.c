/*
 * The thief of a locked laptop, and the one who brings it back: what the disk shows after every crash (LL-01), files
 * planted beside the store (LL-05), its size (LL-10), and a schema made by somebody who had the key once (LL-12).
 */
#include "sealed.h"

#include <ftw.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* ---- the calls that change the disk; the n-th may be the last one of the process ---- */

static long calls, die_at;

ssize_t pwrite(int fd, const void *p, size_t n, off_t at);
int fdatasync(int fd);
int ftruncate(int fd, off_t n);
int fallocate(int fd, int mode, off_t at, off_t n);
int rename(const char *from, const char *to);

static bool
dies(void)
{
    return ++calls == die_at;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (dies()) {
        (void)syscall(SYS_pwrite64, fd, p, n / 2, at);
        (void)raise(SIGKILL);
    }
    return (ssize_t)syscall(SYS_pwrite64, fd, p, n, at);
}

int
fdatasync(int fd)
{
    if (dies())
        (void)raise(SIGKILL);
    return (int)syscall(SYS_fdatasync, fd);
}

int
ftruncate(int fd, off_t n)
{
    if (dies())
        (void)raise(SIGKILL);
    return (int)syscall(SYS_ftruncate, fd, n);
}

int
fallocate(int fd, int mode, off_t at, off_t n)
{
    if (dies())
        (void)raise(SIGKILL);
    return (int)syscall(SYS_fallocate, fd, mode, at, n);
}

int
rename(const char *from, const char *to)
{
    if (dies())
        (void)raise(SIGKILL);
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* ---- LL-01 ---- */

#define STEM "Qzkwjv" /* in every planted word */

struct disguise {
    uint8_t bytes[64];
    size_t n;
};

#define DISGUISES_MAX 16

static struct disguise disguises[DISGUISES_MAX];
static size_t n_disguises;
static unsigned n_files, n_found;

static void
disguise_put(const void *p, size_t n)
{
    struct disguise *d = &disguises[n_disguises++];

    assert_true(n_disguises <= DISGUISES_MAX && n <= sizeof d->bytes);
    memcpy(d->bytes, p, n);
    d->n = n;
}

static void
base64_put(size_t shift)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(STEM), first = (8 * shift + 5) / 6, last = 8 * (shift + n) / 6;
    uint8_t in[16] = {0};
    char out[16];

    memcpy(in + shift, STEM, n);
    for (size_t i = first; i < last; i++) { /* the digits that depend on the word alone */
        unsigned bit = (unsigned)(6 * i), pair = (unsigned)in[bit / 8] << 8 | in[bit / 8 + 1];

        out[i - first] = digits[pair >> (10 - bit % 8) & 63];
    }
    disguise_put(out, last - first);
}

static void
disguises_make(void)
{
    static const char *const forms[] = {STEM, "qzkwjv", "QZKWJV"};
    char hex[32], wide[32] = {0};

    n_disguises = 0;
    for (size_t f = 0; f < 3; f++) {
        disguise_put(forms[f], strlen(STEM));
        for (size_t i = 0; i < strlen(STEM); i++) /* without the last zero: either byte order */
            wide[2 * i] = forms[f][i];
        disguise_put(wide, 2 * strlen(STEM) - 1);
        vls_hex(hex, (const uint8_t *)forms[f], strlen(STEM));
        disguise_put(hex, 2 * strlen(STEM));
    }
    for (size_t i = 0; hex[i] != '\0'; i++)
        hex[i] = (char)(hex[i] >= 'a' ? hex[i] - 32 : hex[i]);
    disguise_put(hex, 2 * strlen(STEM));
    disguise_put("vjwkzQ", strlen(STEM));
    for (size_t shift = 0; shift < 3; shift++)
        base64_put(shift);
}

static int
file_search(const char *name, const struct stat *st, int kind, struct FTW *where)
{
    uint8_t *p;
    int fd;

    if (strstr(name + where->base, STEM) != NULL)
        n_found++;
    if (kind != FTW_F || st->st_size == 0)
        return 0;
    n_files++;
    p = malloc((size_t)st->st_size);
    fd = open(name, O_RDONLY);
    assert_true(p != NULL && fd >= 0 && read(fd, p, (size_t)st->st_size) == st->st_size);
    (void)close(fd);
    for (size_t i = 0; i < n_disguises; i++)
        n_found += memmem(p, (size_t)st->st_size, disguises[i].bytes, disguises[i].n) != NULL;
    free(p);
    return 0;
}

static unsigned
folder_search(void)
{
    n_files = n_found = 0;
    assert_int_equal(nftw(dir, file_search, 8, FTW_PHYS), 0);
    return n_found;
}

/* What a laptop does: single edits, a sort, a search, an import larger than the cache, VACUUM, compaction, an end. */
static int
day_of_work(void)
{
    static const char *const steps[] = {
        "CREATE TABLE IF NOT EXISTS " STEM "_t(a INTEGER PRIMARY KEY, b TEXT, c BLOB)",
        "CREATE INDEX IF NOT EXISTS " STEM "_i ON " STEM "_t(b)",
        "CREATE VIRTUAL TABLE IF NOT EXISTS f USING fts5(b)",
        "INSERT INTO " STEM "_t(b) VALUES('" STEM "0001 one edit')",
        "INSERT INTO f VALUES('" STEM "0002 found later')",
        "UPDATE " STEM "_t SET b = b || '" STEM "0003' WHERE a = 1",
        "BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) INSERT INTO " STEM
        "_t(b, c) SELECT '" STEM "' || i, hex(zeroblob(300)) || '" STEM "' FROM n; COMMIT",
        "SELECT count(*) FROM (SELECT b FROM " STEM "_t ORDER BY c DESC, b || a)",
        "SELECT count(*) FROM f WHERE f MATCH '" STEM "0002'",
        "CREATE TEMP TABLE q AS SELECT * FROM " STEM "_t ORDER BY b; DROP TABLE q",
        "DELETE FROM " STEM "_t WHERE a % 2 = 0",
        "VACUUM",
    };
    struct vls_error err = {0};
    sqlite3 *db = NULL;

    if (vls__db_open(&db, path, key, VLS_DB_CREATE, &err) != VLS_OK)
        return 1;
    (void)sqlite3_set_authorizer(db, NULL, NULL);
    if (sqlite3_exec(db, "PRAGMA cache_size=20; PRAGMA cache_spill=20", NULL, NULL, NULL) != SQLITE_OK)
        return 2;
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (sqlite3_exec(db, steps[i], NULL, NULL, NULL) != SQLITE_OK)
            return 2;
    if (vls__db_compact(db, NULL, &err) != VLS_OK)
        return 3;
    vls__db_close(db);
    return 0;
}

/* Works in a child that dies at its n-th call; 0: it lives. Yields its wait status. */
static int
day_in_child(long n)
{
    int status;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (chdir(dir) != 0 || setenv("TMPDIR", dir, 1) != 0 || setenv("SQLITE_TMPDIR", dir, 1) != 0)
            _exit(9);
        calls = 0;
        die_at = n;
        status = day_of_work();
        _exit(status != 0 ? status : calls < 250 ? (int)calls : 250);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void
the_search_finds_every_disguise_LL_01(void **state)
{
    uint8_t noise[300];
    char name[80];
    int fd;

    (void)state;
    disguises_make();
    (void)snprintf(name, sizeof name, "%s/planted", dir);
    for (size_t i = 0; i < n_disguises; i++) {
        vls_random(noise, sizeof noise);
        memcpy(noise + 101, disguises[i].bytes, disguises[i].n);
        fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_true(fd >= 0 && write(fd, noise, sizeof noise) == sizeof noise);
        (void)close(fd);
        assert_int_equal(folder_search(), 1);
    }
    assert_int_equal(unlink(name), 0);
    assert_int_equal(n_disguises, 14);
}

static void
a_crash_at_any_call_leaves_no_word_on_the_disk_LL_01(void **state)
{
    bool every = getenv("VLS_TEST_LONG") != NULL;
    unsigned died = 0, looked = 0;
    int status, n_calls;
    char left[80];

    (void)state;
    disguises_make();
    status = day_in_child(0);
    assert_true(WIFEXITED(status));
    n_calls = WEXITSTATUS(status);
    assert_in_range(n_calls, 40, 249);
    assert_int_equal(folder_search(), 0);
    for (long n = 1; n <= n_calls; n += every || n < 20 || n > n_calls - 12 ? 1 : 2) {
        struct vls_error err = {0};
        sqlite3 *db = NULL;

        (void)unlink(path);
        status = day_in_child(n);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
        died++;
        if (folder_search() > 0)
            fail_msg("killed at call %ld of %d", n, n_calls);
        looked += n_files;
        (void)snprintf(left, sizeof left, "%s.new", path);
        (void)unlink(left); /* of a creation or compaction that did not come to its end */
        assert_int_equal(other_files(), 0);
        check_ok(vls__db_open(&db, path, key, VLS_DB_CREATE, &err), &err);
        assert_int_equal(number(db, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
        vls__db_close(db);
        assert_int_equal(folder_search(), 0);
    }
    print_message("%u crashes, %u files searched\n", died, looked);
    assert_true(died >= 40 && looked >= died);
}

/* ---- LL-05 ---- */

#define PLANTS 5

static const char *const plant_name[PLANTS] = {"journal", "wal", "shm", "mj0", "wal2"};

static void
copy_file(const char *from, const char *to)
{
    static char bytes[1 << 20];
    int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t n = in >= 0 ? read(in, bytes, sizeof bytes) : -1;

    if (n <= 0 || n == sizeof bytes || out < 0)
        fail_msg("%s: %zd bytes", from, n);
    assert_int_equal(write(out, bytes, (size_t)n), n);
    (void)close(in);
    (void)close(out);
}

static sqlite3 *
plain_open(const char *name)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open_v2(name, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "unix"), SQLITE_OK);
    return db;
}

/* A hot journal and a WAL as stock SQLite writes them, beside the sealed store; the journal must be a live one. */
static void
plant(char planted[PLANTS][80])
{
    char plain[80], from[96], to[96];
    sqlite3 *db;

    (void)snprintf(plain, sizeof plain, "%s/plain", dir);
    db = plain_open(plain);
    run(db, "PRAGMA journal_mode=WAL; CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 'from the WAL')");
    for (int i = 1; i < 3; i++) {
        (void)snprintf(from, sizeof from, "%s-%s", plain, plant_name[i]);
        copy_file(from, planted[i]);
    }
    run(db, "PRAGMA journal_mode=DELETE; PRAGMA cache_size=5; DELETE FROM t; BEGIN;"
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) "
            "INSERT INTO t SELECT i, zeroblob(900) FROM n; COMMIT; BEGIN; UPDATE t SET b = zeroblob(901)");
    (void)snprintf(from, sizeof from, "%s-journal", plain);
    copy_file(from, planted[0]);
    for (int i = 3; i < PLANTS; i++)
        copy_file(from, planted[i]);
    /* M5: stock SQLite rolls a database back by such a file */
    (void)snprintf(to, sizeof to, "%s/control", dir);
    copy_file(plain, to);
    (void)snprintf(to, sizeof to, "%s/control-journal", dir);
    copy_file(from, to);
    (void)sqlite3_close(db);
    (void)snprintf(to, sizeof to, "%s/control", dir);
    db = plain_open(to);
    assert_int_equal(number(db, "SELECT count(*) FROM t WHERE length(b) = 900"), 300);
    (void)sqlite3_close(db);
    (void)snprintf(to, sizeof to, "%s/control-journal", dir);
    assert_int_equal(access(to, F_OK), -1); /* it was used up */
    (void)snprintf(to, sizeof to, "%s/control", dir);
    assert_int_equal(unlink(to), 0);
    assert_int_equal(unlink(plain), 0);
}

static void
files_planted_beside_the_store_are_never_opened_LL_05(void **state)
{
    char planted[PLANTS][80], event[4096] __attribute__((aligned(8)));
    int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC), fd;
    struct vls_error err = {0};
    sqlite3 *db = db_open();

    (void)state;
    assert_true(watch >= 0);
    run(db, "CREATE TABLE t(a, b); INSERT INTO t VALUES(1, 'ours')");
    vls__db_close(db);
    for (int i = 0; i < PLANTS; i++)
        (void)snprintf(planted[i], sizeof planted[i], "%s-%s", path, plant_name[i]);
    plant(planted);
    for (int i = 0; i < PLANTS; i++)
        assert_true(inotify_add_watch(watch, planted[i], IN_ALL_EVENTS) >= 0);
    for (int round = 0; round < 3; round++) { /* one of them read-only */
        check_ok(vls__db_open(&db, path, key, round == 1 ? VLS_DB_READONLY : 0, &err), &err);
        assert_int_equal(number(db, "SELECT count(*) FROM t WHERE b = 'ours'"), 1);
        assert_int_equal(number(db, "SELECT count(*) FROM t"), 1 + (round > 0));
        if (round == 0) {
            run(db, "BEGIN; INSERT INTO t VALUES(2, 'rolled back'); ROLLBACK; INSERT INTO t VALUES(3, 'also ours')");
            run(db, "VACUUM");
            check_ok(vls__db_compact(db, NULL, &err), &err);
        }
        vls__db_close(db);
    }
    assert_int_equal(read(watch, event, sizeof event), -1); /* nobody touched one */
    for (int i = 0; i < PLANTS; i++) {
        fd = open(planted[i], O_RDONLY);
        assert_true(fd >= 0);
        (void)close(fd);
        assert_true(read(watch, event, sizeof event) > 0); /* or it would have been seen */
        assert_int_equal(unlink(planted[i]), 0);
    }
    (void)close(watch);
}

/* ---- LL-10 ---- */

#define STEP ((off_t)1 << 20)

static void
the_size_of_the_file_tells_no_more_than_mebibytes_LL_10(void **state)
{
    uint64_t seed = check_seed(1010);
    sqlite3 *db = db_open();
    struct vls_error err = {0};
    off_t last = 0;
    unsigned looked = 0, grown = 0;

    (void)state;
    run(db, "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)");
    for (int round = 0; round < 60; round++) {
        struct stat st;
        char sql[96];

        (void)snprintf(sql, sizeof sql, "INSERT INTO t(b) VALUES(randomblob(%u))",
                       (unsigned)(1 + check_random(&seed) % (round % 8 == 0 ? 900000 : 30000)));
        run(db, sql);
        if (round % 20 == 13)
            run(db, "DELETE FROM t WHERE a % 2 = 0");
        if (round % 20 == 14)
            check_ok(vls__db_compact(db, NULL, &err), &err);
        if (round % 15 == 7) {
            vls__db_close(db);
            db = db_open();
        }
        assert_int_equal(stat(path, &st), 0);
        if (st.st_size % STEP != 0)
            fail_msg("%lld bytes after round %d", (long long)st.st_size, round);
        assert_int_equal(other_files(), 0); /* one file, whatever is in it */
        grown += st.st_size > last;
        last = st.st_size;
        looked++;
    }
    vls__db_close(db);
    assert_true(looked == 60 && grown >= 4 && last >= 4 * STEP);
}

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
        IN_FOLDER(the_search_finds_every_disguise_LL_01),
        IN_FOLDER(a_crash_at_any_call_leaves_no_word_on_the_disk_LL_01),
        IN_FOLDER(files_planted_beside_the_store_are_never_opened_LL_05),
        IN_FOLDER(the_size_of_the_file_tells_no_more_than_mebibytes_LL_10),
        IN_FOLDER(traps_in_the_schema_do_not_spring_LL_12),
        IN_FOLDER(a_schema_calls_no_function_that_acts_LL_12),
        IN_FOLDER(forged_schemas_do_no_harm_LL_12),
        IN_FOLDER(the_authorizer_knows_what_is_allowed_LL_12),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
