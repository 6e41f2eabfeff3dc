/*
 * The thief of a locked laptop, and the one who brings it back: what the disk shows after every crash (LL-01), files
 * planted beside the store (LL-05), and its size (LL-10). A schema made by somebody who had the key is test_thief_schema.
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

int
main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_new, folder_gone)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_search_finds_every_disguise_LL_01),
        IN_FOLDER(a_crash_at_any_call_leaves_no_word_on_the_disk_LL_01),
        IN_FOLDER(files_planted_beside_the_store_are_never_opened_LL_05),
        IN_FOLDER(the_size_of_the_file_tells_no_more_than_mebibytes_LL_10),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
