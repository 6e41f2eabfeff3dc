#ifndef TESTS_UNIT_SYNC_STORE_SEALED_H
#define TESTS_UNIT_SYNC_STORE_SEALED_H

/* A sealed database in a throw-away folder, which must hold nothing else afterwards. */
#include "tests/support/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/store/db.h"
#include "sync/store/vfs.h"

static struct vls_secret *key, *other_key;
static char dir[32], path[64];

static inline int
setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    check_ok(vls_secret_random(&key, VLS_KEY_LEN, &err), &err);
    check_ok(vls_secret_random(&other_key, VLS_KEY_LEN, &err), &err);
    check_ok(vls__db_start(&err), &err); /* before the connections in memory */
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    vls_secret_free(key);
    vls_secret_free(other_key);
    return 0;
}

static inline int
folder_new(void **state)
{
    (void)state;
    (void)strcpy(dir, "/tmp/valise-test-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/store", dir);
    return 0;
}

/* Names in the folder other than the store's. */
static inline int
other_files(void)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0 && strcmp(e->d_name, "store") != 0;
    (void)closedir(d);
    return n;
}

static inline int
folder_gone(void **state)
{
    (void)state;
    assert_int_equal(other_files(), 0);
    (void)unlink(path);
    return rmdir(dir);
}

static inline sqlite3 *
db_open(void)
{
    struct vls_error err = {0};
    sqlite3 *db = NULL;

    check_ok(vls__db_open(&db, path, key, VLS_DB_CREATE, &err), &err);
    return db;
}

static inline void
run(sqlite3 *db, const char *sql)
{
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);

    if (rc != SQLITE_OK)
        fail_msg("%s: %d %s", sql, rc, sqlite3_errmsg(db));
}

static inline int64_t
number(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n;

    if (sqlite3_prepare_v2(db, sql, -1, &st, NULL) != SQLITE_OK || sqlite3_step(st) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
    n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

static inline uint8_t *
whole_file(size_t *n)
{
    struct stat st;
    uint8_t *p;
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    *n = (size_t)st.st_size;
    p = malloc(*n);
    assert_int_equal(read(fd, p, *n), (ssize_t)*n);
    (void)close(fd);
    return p;
}

static const char *const schema = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB);"
                                  "CREATE INDEX tb ON t(b);"
                                  "CREATE VIRTUAL TABLE f USING fts5(b);";

#endif
