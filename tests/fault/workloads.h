#ifndef TESTS_FAULT_WORKLOADS_H
#define TESTS_FAULT_WORKLOADS_H

/*
 * The workloads that everything bad happens to, and the stores they begin with. A step that comes back without a
 * failure is acknowledged: a person has been told.
 */
#include "play.h"

#define STEP(sql_text)                                                                                                 \
    do {                                                                                                               \
        if ((rc = play_sql(p, (sql_text), err)) != VLS_OK)                                                             \
            return rc;                                                                                                 \
        play_ack(p);                                                                                                   \
    } while (0)

static enum vls_code
run_insert(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("INSERT INTO t VALUES(101, 'one', zeroblob(300))");
    STEP("BEGIN; INSERT INTO t SELECT a + 200, b, c FROM t WHERE a < 8; INSERT INTO u VALUES('x', 1); COMMIT");
    return VLS_OK;
}

static enum vls_code
run_update(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("UPDATE t SET b = b || 'x' WHERE a % 3 = 0");
    STEP("UPDATE t SET a = a + 1000, c = zeroblob(20) WHERE a > 25; UPDATE u SET v = v + 1");
    return VLS_OK;
}

static enum vls_code
run_delete(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("DELETE FROM t WHERE a < 15");
    STEP("DELETE FROM t");
    return VLS_OK;
}

static const char *const big = "INSERT INTO t SELECT a + 2000, b || a, zeroblob(1500) FROM t WHERE a <= 40;"
                               "UPDATE t SET b = b || 'z' WHERE a % 4 = 0;"
                               "INSERT INTO t SELECT a + 4000, b, zeroblob(700) FROM t WHERE a > 2000";

static enum vls_code
run_spill(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = play_spills(p, err)) != VLS_OK || (rc = play_sql(p, "BEGIN", err)) != VLS_OK ||
        (rc = play_sql(p, big, err)) != VLS_OK)
        return rc;
    STEP("COMMIT");
    return VLS_OK;
}

static enum vls_code
run_rollback(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("BEGIN; UPDATE t SET b = 'gone'; DELETE FROM u; ROLLBACK");
    if ((rc = play_spills(p, err)) != VLS_OK || (rc = play_sql(p, "BEGIN", err)) != VLS_OK ||
        (rc = play_sql(p, big, err)) != VLS_OK)
        return rc;
    STEP("ROLLBACK");
    STEP("INSERT INTO t VALUES(101, 'after', NULL)");
    return VLS_OK;
}

static enum vls_code
run_savepoint(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = play_sql(p,
                       "BEGIN; INSERT INTO t VALUES(101, 'kept', NULL); SAVEPOINT s; UPDATE t SET c = zeroblob(900);"
                       "DELETE FROM u; ROLLBACK TO s; INSERT INTO u VALUES('s', 2); RELEASE s",
                       err)) != VLS_OK)
        return rc;
    STEP("COMMIT");
    return VLS_OK;
}

static enum vls_code
run_vacuum(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("DELETE FROM t WHERE a % 2 = 0");
    STEP("VACUUM");
    STEP("INSERT INTO t VALUES(101, 'after', NULL)");
    return VLS_OK;
}

static enum vls_code
run_compaction(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("DELETE FROM t WHERE a > 10");
    if ((rc = vls__db_compact(p->db, NULL, err)) != VLS_OK)
        return rc;
    play_ack(p);
    STEP("INSERT INTO t VALUES(101, 'after', NULL)");
    return VLS_OK;
}

/* Opening decides about a torn tail; then life goes on. */
static enum vls_code
run_recovery(struct play *p, struct vls_error *err)
{
    enum vls_code rc = play_open(p, 0, err);

    if (rc != VLS_OK)
        return rc;
    play_ack(p);
    STEP("INSERT INTO t VALUES(901, 'after', NULL)");
    return VLS_OK;
}

static enum vls_code
run_rekey(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("DELETE FROM t WHERE a > 20");
    if ((rc = vls__db_compact(p->db, key_two, err)) != VLS_OK)
        return rc;
    play_ack(p);
    STEP("INSERT INTO t VALUES(101, 'after', NULL)");
    return VLS_OK;
}

/* What a change of the master key does: a copy under another name and key, and the store stays as it is. */
static enum vls_code
run_copy(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("DELETE FROM t WHERE a > 20");
    if ((rc = vls__db_copy(p->db, "copy", key_two, err)) != VLS_OK)
        return rc;
    play_ack(p);
    return play_sql(p, "SELECT count(*) FROM t", err);
}

static enum vls_code
run_creation(struct play *p, struct vls_error *err)
{
    enum vls_code rc = play_open(p, VLS_DB_CREATE, err);

    if (rc != VLS_OK)
        return rc;
    play_ack(p);
    STEP("CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB)");
    STEP("INSERT INTO t VALUES(1, 'first', NULL)");
    return VLS_OK;
}

static enum vls_code
run_text(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("INSERT INTO f(b) VALUES('new words here')");
    STEP("BEGIN; DELETE FROM f WHERE rowid % 2 = 0; UPDATE f SET b = b || ' more' WHERE rowid = 3; COMMIT");
    return play_sql(p, "SELECT count(*) FROM f WHERE f MATCH 'words OR more'", err);
}

static enum vls_code
run_shrinking(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("DELETE FROM t WHERE a < 30");
    STEP("DELETE FROM t");
    return VLS_OK;
}

/* More pages than one header holds, and as many given back: two headers, two leaves, a smaller database. */
static enum vls_code
run_large(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("INSERT INTO t SELECT a + 500, b, zeroblob(18000 + a) FROM t");
    STEP("DELETE FROM t WHERE a > 500");
    STEP("INSERT INTO t VALUES(101, 'after', NULL)");
    return VLS_OK;
}

/* A new shape of the tables; and a statement that fails half way, so that SQLite takes back what it did. */
static enum vls_code
run_schema(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    STEP("CREATE INDEX tc ON t(c, b)");
    STEP("BEGIN; ALTER TABLE t ADD COLUMN d DEFAULT 7; CREATE TABLE w(x UNIQUE); INSERT INTO w SELECT a FROM t;"
         "CREATE TRIGGER r AFTER DELETE ON t BEGIN DELETE FROM w WHERE x = old.a; END; COMMIT");
    STEP("DELETE FROM t WHERE a > 30");
    rc = play_sql(p, "UPDATE t SET a = CASE WHEN a < 20 THEN a + 100 ELSE 1 END", err);
    if (rc != VLS_EVALUE)
        return rc != VLS_OK ? rc : VLS_FAIL(err, VLS_EVALUE, "a key that is there twice");
    STEP("INSERT INTO t(a, b) VALUES(3, 'new') ON CONFLICT(a) DO UPDATE SET b = excluded.b || t.b; DROP TABLE w");
    return VLS_OK;
}

/* So many commits that checkpoints come and go, each in the other slot (PL3, PL4). */
static enum vls_code
run_checkpoints(struct play *p, struct vls_error *err)
{
    enum vls_code rc;

    for (int i = 0; i < 8; i++)
        STEP(i % 2 == 0 ? "UPDATE u SET v = v + 7" : "UPDATE t SET b = b || 'c' WHERE a % 11 = 0");
    return VLS_OK;
}

/* One commit for each opening, as the program is used; so a close comes right behind a checkpoint too (PL4, PL5). */
static enum vls_code
run_reopening(struct play *p, struct vls_error *err)
{
    for (int i = 0; i < 7; i++) {
        enum vls_code rc = play_open(p, 0, err);

        if (rc != VLS_OK)
            return rc;
        STEP("UPDATE u SET v = v + 3 WHERE k < 'k2'");
        if (i < 6)
            play_close(p);
    }
    return VLS_OK;
}

static enum vls_code
run_reading(struct play *p, struct vls_error *err)
{
    enum vls_code rc = play_open(p, 0, err);

    if (rc != VLS_OK)
        return rc;
    return play_sql(p,
                    "SELECT count(*) FROM (SELECT b, c FROM t ORDER BY c, b DESC);"
                    "SELECT sum(length(c)) FROM t; SELECT v FROM u WHERE k = 'k7'; PRAGMA integrity_check",
                    err);
}

/* ---- anything ---- */

static uint64_t random_seed = 1;

/* One statement; a violated constraint is an answer, too. */
static enum vls_code
random_statement(struct play *p, uint64_t *seed, struct vls_error *err)
{
    unsigned k = (unsigned)(check_random(seed) % 60), len = (unsigned)(check_random(seed) % 6000);
    char sql[256];
    enum vls_code rc;

    switch (check_random(seed) % 8) {
    case 0:
    case 1:
        (void)snprintf(sql, sizeof sql, "INSERT OR REPLACE INTO t VALUES(%u, 'w%u', zeroblob(%u))", k, len % 20, len);
        break;
    case 2: (void)snprintf(sql, sizeof sql, "INSERT INTO t VALUES(%u, 'w%u', NULL)", k, len % 20); break;
    case 3: (void)snprintf(sql, sizeof sql, "UPDATE t SET b = b || 'x' WHERE a %% 7 = %u", k % 7); break;
    case 4: (void)snprintf(sql, sizeof sql, "DELETE FROM t WHERE a BETWEEN %u AND %u", k, k + 9); break;
    case 5: (void)snprintf(sql, sizeof sql, "UPDATE t SET a = a + 1 WHERE a > %u", k); break;
    case 6: (void)snprintf(sql, sizeof sql, "UPDATE u SET v = v + %u WHERE k > 'k%u'", len, k); break;
    default:
        (void)snprintf(sql, sizeof sql, "SAVEPOINT s; DELETE FROM u WHERE v %% 5 = %u; ROLLBACK TO s", k % 5);
        break;
    }
    rc = play_sql(p, sql, err);
    return rc == VLS_EVALUE ? VLS_OK : rc;
}

/* Transactions that end one way or the other, with and without room, and what else is done to a store. */
static enum vls_code
run_random(struct play *p, struct vls_error *err)
{
    uint64_t seed = random_seed;
    enum vls_code rc = play_open(p, 0, err);

    for (int i = 0; i < 10 && rc == VLS_OK; i++) {
        unsigned kind = (unsigned)(check_random(&seed) % 10), n = 1 + (unsigned)(check_random(&seed) % 6);

        if (kind == 0) {
            rc = vls__db_compact(p->db, NULL, err);
        } else if (kind == 1) {
            rc = play_sql(p, "VACUUM", err);
        } else if (kind == 2) {
            play_close(p);
            rc = play_open(p, 0, err);
        } else {
            if (kind == 3)
                rc = play_spills(p, err);
            if (rc == VLS_OK)
                rc = play_sql(p, "BEGIN", err);
            for (; n > 0 && rc == VLS_OK; n--)
                rc = random_statement(p, &seed, err);
            if (rc == VLS_OK && !sqlite3_get_autocommit(p->db))
                rc = play_sql(p, check_random(&seed) % 4 == 0 ? "ROLLBACK" : "COMMIT", err);
        }
        if (rc == VLS_OK)
            play_ack(p);
    }
    return rc;
}

/* ---- the product's own ---- */

static enum vls_code
store_open(struct play *p, bool create, struct vls_error *err)
{
    enum vls_code rc = vls_store_open(&p->store, "store", p->key, create, err);

    if (rc == VLS_OK) {
        p->db = p->store->db;
        play_limits(p);
    }
    return rc;
}

/* From a store of the first schema to one of today. */
static enum vls_code
run_migration(struct play *p, struct vls_error *err)
{
    enum vls_code rc = store_open(p, false, err);

    if (rc == VLS_OK)
        play_ack(p);
    return rc;
}

/* The product's own transactions. */
static enum vls_code
run_product(struct play *p, struct vls_error *err)
{
    enum vls_code rc = store_open(p, false, err);

    if (rc != VLS_OK || (rc = vls_store_begin(p->store, err)) != VLS_OK)
        return rc;
    if ((rc = vls_store_meta_put(p->store, "tried", vls_slice_str("once"), err)) != VLS_OK ||
        (rc = vls_store_commit(p->store, err)) != VLS_OK) {
        vls_store_rollback(p->store);
        return rc;
    }
    play_ack(p);
    return vls_store_verify(p->store, err);
}

static const struct workload workloads[] = {
    {"insert", BASE_ROWS, false, true, 3, run_insert, false},
    {"update", BASE_ROWS, false, true, 4, run_update, false},
    {"delete", BASE_ROWS, false, true, 3, run_delete, false},
    {"spill", BASE_ROWS, false, true, 2, run_spill, false},
    {"rollback", BASE_ROWS, false, true, 2, run_rollback, false},
    {"savepoint", BASE_ROWS, false, true, 2, run_savepoint, false},
    {"vacuum", BASE_ROWS, false, true, 3, run_vacuum, false},
    {"compaction", BASE_ROWS, false, true, 3, run_compaction, false},
    {"opening after a torn commit", BASE_TORN, true, true, 2, run_recovery, false},
    {"opening with a commit in flight", BASE_FLYING, true, true, 2, run_recovery, false},
    {"change of key", BASE_ROWS, false, true, 4, run_rekey, false},
    {"copy under another key", BASE_ROWS, false, true, 2, run_copy, false},
    {"creation", BASE_NONE, true, true, 4, run_creation, false},
    {"full text", BASE_TEXT, false, false, 3, run_text, false}, /* FTS5 keeps totals that a rollback does not reach */
    {"shrinking", BASE_SHRINKS, false, true, 3, run_shrinking, false},
    {"two headers", BASE_SHRINKS, false, true, 3, run_large, true},
    {"schema", BASE_ROWS, false, true, 6, run_schema, false},
    {"checkpoints", BASE_ROWS, false, true, 9, run_checkpoints, false},
    {"reopening", BASE_ROWS, true, true, 8, run_reopening, true},
    {"reading", BASE_ROWS, true, true, 1, run_reading, false},
    {"migration", BASE_OLD, true, false, 0, run_migration, true},
    {"product", BASE_PRODUCT, true, false, 2, run_product, true},
    {"anything", BASE_ROWS, true, true, ANY_CHANGES, run_random, true}, /* the last one: it changes with random_seed */
};
#define N_WORKLOADS (sizeof workloads / sizeof workloads[0])

/* ---- where workloads begin ---- */

static const char *const rows = "CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT, c BLOB); CREATE INDEX tb ON t(b);"
                                "CREATE TABLE u(k TEXT PRIMARY KEY, v INTEGER) WITHOUT ROWID;"
                                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) "
                                "INSERT INTO t SELECT i, 'word ' || i * i % 17, zeroblob(100 + i * 7) FROM n;"
                                "INSERT INTO u SELECT 'k' || a, a * 3 FROM t";
static const char *const text = "CREATE VIRTUAL TABLE f USING fts5(b);"
                                "INSERT INTO f(b) VALUES('some words'), ('other words'), ('nothing'), ('words again')";

static void
base_make(enum base base, const char *before, const char *sql)
{
    struct vls_error err = {0};
    struct play p = {.key = key_one};

    disk_load(&the_disk, &bases[BASE_NONE], NULL);
    check_ok(play_open(&p, VLS_DB_CREATE, &err), &err);
    check_ok(play_sql(&p, before, &err), &err);
    check_ok(play_sql(&p, sql, &err), &err);
    check_ok(vls__db_compact(p.db, NULL, &err), &err); /* small: what follows copies it thousands of times */
    check_ok(play_sql(&p, "PRAGMA user_version = 5", &err), &err); /* so that closing tells what is free (PL21) */
    play_close(&p);
    bases[base] = disk_image(&the_disk, "store", false);
}

/*
 * Stores with a tail to judge: a whole commit, and behind it one that the cut caught. Of many cuts the first with that
 * effect: the last commit is dropped as torn, or headers without their COMMIT are destroyed.
 */
static void
base_cut(enum base base, bool torn, const char *caught)
{
    struct vls_error err = {0};
    struct play p = {.key = key_one};
    struct player player;
    struct disk other;
    uint64_t seed = 1;
    size_t last = 0;
    bool found = false;

    disk_init(&other);
    disk_load(&the_disk, &bases[BASE_ROWS], NULL);
    the_disk.film.on = true;
    check_ok(play_open(&p, 0, &err), &err);
    check_ok(play_sql(&p, "INSERT INTO t VALUES(102, 'kept', NULL)", &err), &err);
    check_ok(play_sql(&p, caught, &err), &err);
    the_disk.film.on = false;
    for (size_t i = 0; i < the_disk.film.n; i++)
        if (the_disk.film.op[i].call == CALL_SYNC)
            last = i;
    player_init(&player, &the_disk.film);
    player_start(&player, &bases[BASE_ROWS], NULL);
    while (player.at < last)
        player_step(&player);
    for (int i = 0; i < 500 && !found; i++) {
        struct look l;

        player_cut(&player, DAMAGE_SUBSET, &seed, &other);
        bases[base] = disk_image(&other, "store", false);
        look_at(&other, false, &l);
        check_ok(l.code, &l.err);
        /* a SEAL and a superblock are written in any case */
        found = torn ? l.dropped > 0 : l.dropped == 0 && other.met[CALL_WRITE] > 2;
        if (!found)
            image_clear(&bases[base]);
    }
    assert_true(found);
    player_clear(&player);
    play_close(&p);
    disk_clear(&other);
    scarce.quiet++;
    film_clear(&the_disk.film);
    scarce.quiet--;
}

static void
base_product(void)
{
    struct vls_error err = {0};
    struct play p = {.key = key_one};
    const char *const *sql;

    disk_load(&the_disk, &bases[BASE_NONE], NULL);
    check_ok(store_open(&p, true, &err), &err);
    check_ok(vls__db_compact(p.db, NULL, &err), &err);
    play_close(&p);
    bases[BASE_PRODUCT] = disk_image(&the_disk, "store", false);
    disk_load(&the_disk, &bases[BASE_NONE], NULL);
    check_ok(play_open(&p, VLS_DB_CREATE, &err), &err);
    for (sql = vls__migrations[0]; *sql != NULL; sql++)
        check_ok(play_sql(&p, *sql, &err), &err);
    check_ok(play_sql(&p, "PRAGMA user_version = 1", &err), &err);
    check_ok(vls__db_compact(p.db, NULL, &err), &err);
    play_close(&p);
    bases[BASE_OLD] = disk_image(&the_disk, "store", false);
}

static int
fault_setup(void **state)
{
    const uint8_t one[VLS_KEY_LEN] = {1}, two[VLS_KEY_LEN] = {2};
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    check_ok(vls_secret_copy(&key_one, one, sizeof one, &err), &err);
    check_ok(vls_secret_copy(&key_two, two, sizeof two, &err), &err);
    /* SQLite's own store of small pieces would hide most allocations */
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_LOOKASIDE, 0, 0), SQLITE_OK);
    check_ok(vls__db_start(&err), &err);
    disk_init(&the_disk);
    disk_now = &the_disk;
    base_make(BASE_ROWS, "", rows);
    base_make(BASE_TEXT, "", text);
    base_make(BASE_SHRINKS, "PRAGMA auto_vacuum=FULL", rows);
    base_cut(BASE_TORN, true, "INSERT INTO t SELECT a + 500, b, zeroblob(2000) FROM t");
    base_cut(BASE_FLYING, false, "INSERT INTO t SELECT a + 500, b, zeroblob(20000) FROM t");
    base_product();
    return 0;
}

static int
fault_teardown(void **state)
{
    (void)state;
    states_clear();
    for (int i = 0; i < BASES; i++)
        image_clear(&bases[i]);
    disk_clear(&the_disk);
    vls_secret_free(key_one);
    vls_secret_free(key_two);
    return 0;
}

#endif
