#ifndef TESTS_FAULT_PLAY_H
#define TESTS_FAULT_PLAY_H

/*
 * What is done to a store while things go wrong, and what it may hold afterwards. A workload is first played without
 * faults: each sync then makes a state durable, and the list of these states is what any later, disturbed run of it is
 * judged by.
 */
#include "damage.h"

#include "crypto/pagelog/pagelog_int.h"
#include "sync/store/db.h"
#include "sync/store/store_int.h"
#include "sync/store/vfs.h"

#define STATES_MAX  96
#define ANY_CHANGES SIZE_MAX
#define ACKS_MAX    24

enum base { BASE_NONE, BASE_ROWS, BASE_TEXT, BASE_SHRINKS, BASE_TORN, BASE_FLYING, BASE_OLD, BASE_PRODUCT, BASES };

/* A durable state of a workload. */
struct state {
    struct image image; /* what a reader finds when everything else is lost */
    size_t op;          /* operations filmed by then */
    bool there;         /* a store has been made at all */
    const struct vls_secret *key;
    uint64_t txn;
    uint8_t head[VLS_HASH_LEN], digest[VLS_HASH_LEN];
};

struct play {
    sqlite3 *db;
    struct vls_store *store;
    const struct vls_secret *key;
    size_t acks; /* steps that were acknowledged */
};

struct workload {
    const char *name;
    enum base base;
    bool opens;   /* opening is part of it */
    bool goes_on; /* the same connection is good after a lack of memory */
    size_t
        changes; /* contents that it goes through, the first included, so that none goes blind; 0: each migration's */
    enum vls_code (*run)(struct play *p, struct vls_error *err);
    bool much; /* so many allocations that a quick run takes a sample */
};

static struct vls_secret *key_one, *key_two;
static struct disk the_disk;
static struct image bases[BASES];
static struct state states[STATES_MAX];
static size_t n_states, ack_state[ACKS_MAX + 1]; /* the state that the n-th acknowledgement promised */

/* make check-long tries every point, with more seeds. */
static inline bool
is_long(void)
{
    return getenv("VLS_TEST_LONG") != NULL;
}

/* Sanitizers make all of it ten times dearer: a quick run takes a sample. */
static inline bool
is_sample(void)
{
#if VLS_SANITIZED
    return !is_long();
#else
    return false;
#endif
}

/* ---- what a workload does ---- */

static void
play_limits(struct play *p)
{
    vls__pl_limits(vls__vfs_log(p->db), 2, 4, 6);
}

static enum vls_code
play_open(struct play *p, unsigned flags, struct vls_error *err)
{
    enum vls_code rc = vls__db_open(&p->db, "store", p->key, flags, err);

    if (rc == VLS_OK) {
        (void)sqlite3_set_authorizer(p->db, NULL, NULL); /* workloads do more than the program may */
        play_limits(p);
    }
    return rc;
}

static void
play_close(struct play *p)
{
    if (p->store != NULL)
        vls_store_close(p->store); /* with its connection */
    else
        vls__db_close(p->db);
    p->store = NULL;
    p->db = NULL;
}

static enum vls_code
play_sql(struct play *p, const char *sql, struct vls_error *err)
{
    return vls__db_error(p->db, sqlite3_exec(p->db, sql, NULL, NULL, NULL), err);
}

/* A small cache that spills. */
static enum vls_code
play_spills(struct play *p, struct vls_error *err)
{
    return play_sql(p, "PRAGMA cache_size=10; PRAGMA cache_spill=10", err);
}

/* What was done so far is promised: a person has been told. */
static void
play_ack(struct play *p)
{
    p->acks++;
    if (the_disk.after != NULL) {
        assert_true(p->acks <= ACKS_MAX);
        ack_state[p->acks] = n_states - 1;
    }
}

/* ---- playing ---- */

static inline void
play_begin(struct play *p, const struct workload *w)
{
    struct vls_error err = {0};

    memset(p, 0, sizeof *p);
    p->key = key_one;
    disk_load(&the_disk, &bases[w->base], NULL);
    if (!w->opens)
        check_ok(play_open(p, 0, &err), &err);
}

/* ---- looking ---- */

/* Types and values of all rows. SQLite's own failure comes back as a code. */
static int
digest_rows(sqlite3 *db, const char *sql, struct vls_buf *b)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);

    if (rc == SQLITE_OK)
        while ((rc = sqlite3_step(st)) == SQLITE_ROW)
            for (int i = 0; i < sqlite3_column_count(st); i++) {
                vls_buf_put_u8(b, (uint8_t)sqlite3_column_type(st, i));
                vls_buf_put_le32(b, (uint32_t)sqlite3_column_bytes(st, i));
                vls_buf_put(b, sqlite3_column_blob(st, i), (size_t)sqlite3_column_bytes(st, i));
            }
    (void)sqlite3_finalize(st);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Schema, version and rows of everything but the table that looking leaves behind. */
static enum vls_code
db_digest(sqlite3 *db, uint8_t out[VLS_HASH_LEN], struct vls_error *err)
{
    sqlite3_stmt *st = NULL;
    char sql[200];
    struct vls_buf b;
    int rc;

    vls_buf_init(&b, (size_t)8 << 20);
    if ((rc = digest_rows(db, "PRAGMA user_version", &b)) == SQLITE_OK &&
        (rc = digest_rows(db, "SELECT type, name, sql FROM sqlite_schema WHERE tbl_name <> 'looked' ORDER BY name",
                          &b)) == SQLITE_OK)
        rc = sqlite3_prepare_v2(db,
                                "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0 AND "
                                "name <> 'looked' ORDER BY name",
                                -1, &st, NULL);
    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        (void)sqlite3_snprintf(sizeof sql, sql, "SELECT * FROM \"%w\"", sqlite3_column_text(st, 0));
        rc = digest_rows(db, sql, &b);
    }
    (void)sqlite3_finalize(st);
    vls_hash1(out, "test state", b.p, b.n);
    vls_buf_clear(&b);
    return vls__db_error(db, rc == SQLITE_DONE ? SQLITE_OK : rc, err);
}

/* What a store on a disk says of itself. */
struct look {
    enum vls_code code;
    struct vls_error err;
    const struct vls_secret *key;
    bool there, in_order;
    uint64_t txn, dropped;
    size_t opened; /* operations filmed when the opening came back */
    uint8_t head[VLS_HASH_LEN], digest[VLS_HASH_LEN];
};

/* Content, pages and tables of an open connection. */
static enum vls_code
look_inside(sqlite3 *db, struct look *l)
{
    struct vls_buf verdict;
    enum vls_code rc;

    vls_buf_init(&verdict, 1 << 16);
    if ((rc = vls__db_verify(db, &l->err)) == VLS_OK && (rc = db_digest(db, l->digest, &l->err)) == VLS_OK &&
        (rc = vls__db_error(db, digest_rows(db, "PRAGMA integrity_check", &verdict), &l->err)) == VLS_OK)
        l->in_order = verdict.n == 7 && memcmp(verdict.p + 5, "ok", 2) == 0;
    vls_buf_clear(&verdict);
    return rc;
}

/* One more commit, which must be found again. */
static enum vls_code
look_write(sqlite3 **db, const struct look *before, struct vls_error *err)
{
    struct look l = {.there = true};
    enum vls_code rc = vls__db_error(
        *db, sqlite3_exec(*db, "CREATE TABLE IF NOT EXISTS looked(a); INSERT INTO looked VALUES(1)", NULL, NULL, NULL),
        err);

    vls__db_close(*db);
    *db = NULL;
    if (rc != VLS_OK || (rc = vls__db_open(db, "store", before->key, VLS_DB_READONLY, err)) != VLS_OK)
        return rc;
    if ((rc = look_inside(*db, &l)) != VLS_OK) {
        *err = l.err;
        return rc;
    }
    vls__db_head(*db, &l.txn, l.head);
    if (!l.in_order || memcmp(l.digest, before->digest, VLS_HASH_LEN) != 0 || l.txn <= before->txn)
        return VLS_FAIL(err, VLS_EVALUE, "another commit changed what was there");
    return VLS_OK;
}

/* A copy that has its name is whole, whatever came of making it. */
static inline void
look_at_copy(const char *what, const uint8_t digest[VLS_HASH_LEN])
{
    struct look l = {.key = key_two};
    sqlite3 *db = NULL;

    if ((l.code = vls__db_open(&db, "copy", key_two, 0, &l.err)) == VLS_OK)
        l.code = look_inside(db, &l);
    vls__db_close(db);
    if (l.code != VLS_OK || !l.in_order || memcmp(l.digest, digest, VLS_HASH_LEN) != 0)
        fail_msg("%s: the copy: %s", what, l.code != VLS_OK ? l.err.text : "of something else");
}

/* Opens what is on the disk as anybody would, looks, and writes to it when asked. */
static void
look_at(struct disk *d, bool write, struct look *l)
{
    const struct vls_secret *keys[] = {key_one, key_two};
    struct disk *was = disk_now;
    sqlite3 *db = NULL;

    memset(l, 0, sizeof *l);
    disk_now = d;
    l->key = keys[0];
    if ((l->code = vls__db_open(&db, "store", keys[0], 0, &l->err)) == VLS_EAUTH &&
        vls__db_open(&db, "store", keys[1], 0, NULL) == VLS_OK) {
        l->key = keys[1];
        l->code = VLS_OK;
    }
    l->there = l->code != VLS_ENOSTORE;
    if (l->code == VLS_OK) {
        l->opened = d->film.n;
        vls__db_head(db, &l->txn, l->head);
        l->dropped = vls__db_dropped(db);
        l->code = look_inside(db, l);
        if (l->code == VLS_OK && write)
            l->code = look_write(&db, l, &l->err);
    }
    vls__db_close(db);
    assert_int_equal(disk_handles(d), 0);
    disk_now = was;
}

/* ---- the states of a workload ---- */

static void
states_clear(void)
{
    for (size_t i = 0; i < n_states; i++)
        image_clear(&states[i].image);
    n_states = 0;
    memset(ack_state, 0, sizeof ack_state);
}

static void
state_add(struct disk *d, enum call call)
{
    (void)call;
    assert_true(n_states < STATES_MAX);
    memset(&states[n_states], 0, sizeof states[0]);
    states[n_states].image = disk_image(d, "store", true);
    states[n_states++].op = d->film.n;
}

/* Looks at every state, and drops those that are the one before. */
static void
states_look(const char *name)
{
    static struct disk other;
    size_t kept = 0, now[STATES_MAX];

    disk_init(&other);
    for (size_t i = 0; i < n_states; i++) {
        struct state *s = &states[i], *last = kept > 0 ? &states[kept - 1] : NULL;
        struct look l;

        disk_load(&other, &s->image, NULL);
        look_at(&other, false, &l);
        if (l.code != VLS_OK && l.there)
            fail_msg("%s: state %zu: %s", name, i, l.err.text);
        s->there = l.there;
        s->key = l.key;
        s->txn = l.txn;
        memcpy(s->head, l.head, VLS_HASH_LEN);
        memcpy(s->digest, l.digest, VLS_HASH_LEN);
        if (last != NULL && last->there == s->there && last->key == s->key && last->txn == s->txn &&
            memcmp(last->head, s->head, VLS_HASH_LEN) == 0 && memcmp(last->digest, s->digest, VLS_HASH_LEN) == 0) {
            image_clear(&s->image);
        } else {
            struct state moved = *s;

            memset(s, 0, sizeof *s);
            states[kept++] = moved;
        }
        now[i] = kept - 1;
    }
    n_states = kept;
    for (size_t i = 1; i <= ACKS_MAX; i++)
        ack_state[i] = now[ack_state[i]];
    disk_clear(&other);
}

/* How many different contents there were on the way. */
static size_t
states_contents(void)
{
    size_t n = 0;

    for (size_t i = 0; i < n_states; i++) {
        bool known = false;

        for (size_t k = 0; k < i; k++)
            known = known || (states[k].there == states[i].there && states[k].key == states[i].key &&
                              memcmp(states[k].digest, states[i].digest, VLS_HASH_LEN) == 0);
        n += !known;
    }
    return n;
}

/* Plays it without faults, filmed; fills states and acknowledgements. Yields how many there were of these. */
static inline size_t
play_learn(const struct workload *w)
{
    struct vls_error err = {0};
    struct play p;
    size_t want = w->changes > 0 ? w->changes : (size_t)vls__n_migrations + 1; /* from the first; then the new rules */
    enum vls_code rc;

    states_clear();
    memset(&p, 0, sizeof p);
    p.key = key_one;
    scarce.quiet++;
    film_clear(&the_disk.film);
    scarce.quiet--;
    disk_load(&the_disk, &bases[w->base], NULL);
    the_disk.film.on = true;
    state_add(&the_disk, CALL_SYNC);
    the_disk.after = state_add;
    if (!w->opens)
        check_ok(play_open(&p, 0, &err), &err);
    if ((rc = w->run(&p, &err)) != VLS_OK)
        fail_msg("%s: %s", w->name, err.text);
    play_close(&p);
    the_disk.after = NULL;
    the_disk.film.on = false;
    assert_int_equal(disk_handles(&the_disk), 0);
    states_look(w->name);
    if (want != ANY_CHANGES && states_contents() != want)
        fail_msg("%s goes through %zu contents, not %zu", w->name, states_contents(), want);
    return p.acks;
}

#endif
