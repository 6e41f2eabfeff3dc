/*
 * The record store against a plain SQLite table that takes in the same rows in the same run: first sync of
 * N records with 12 values each, concurrent edits of a tenth of them, one small change, one record, a
 * list, a search. JSON lines on standard output; VLS_BENCH_RECORDS sets N, VLS_BENCH_ROUNDS the repetitions.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <sqlite3.h>

#include "valise/store_write.h"

#define FIELDS 12
#define SET_BYTES (850u * 1024)
#define ROUNDS_MAX 16

static const uint8_t HOME[VLS_ID_LEN] = {1};
static struct vls_error err;

static void
must(enum vls_code rc, const char *what)
{
    if (rc == VLS_OK)
        return;
    fprintf(stderr, "%s: %s\n", what, err.text);
    exit(1);
}

static void
must_sql(int rc, sqlite3 *db)
{
    if (rc == SQLITE_OK || rc == SQLITE_ROW || rc == SQLITE_DONE)
        return;
    fprintf(stderr, "plain SQLite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

static double
now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static uint64_t
splitmix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void
record_id(uint8_t out[VLS_ID_LEN], size_t i)
{
    uint64_t state = i * 2654435761u + 12345;

    vls_store_le64(out, splitmix(&state));
    vls_store_le64(out + 8, splitmix(&state));
}

/* ---- change sets ---- */

struct sets {
    struct vls_buf *bytes;
    uint8_t (*id)[VLS_HASH_LEN];
    size_t n, cap;
};

static void
sets_add(struct sets *to, struct vls_change_writer *w, uint64_t lamport)
{
    const uint8_t *dep = to->n > 0 ? to->id[to->n - 1] : NULL;

    if (to->n == to->cap) {
        to->cap = to->cap > 0 ? 2 * to->cap : 16;
        to->bytes = realloc(to->bytes, to->cap * sizeof *to->bytes);
        to->id = realloc(to->id, to->cap * sizeof *to->id);
        if (to->bytes == NULL || to->id == NULL)
            abort();
    }
    vls_buf_init(&to->bytes[to->n], VLS_CHANGE_MAX);
    must(vls_change_finish(w, &to->bytes[to->n], lamport, 1800000000, dep, dep != NULL, &err), "change set");
    vls_hash1(to->id[to->n], "bench change", to->bytes[to->n].p, to->bytes[to->n].n);
    to->n++;
}

static void
sets_free(struct sets *s)
{
    for (size_t i = 0; i < s->n; i++)
        vls_buf_clear(&s->bytes[i]);
    free(s->bytes);
    free(s->id);
}

/* What one record holds: names and texts that are indexed, dates, terms, sets, a reference. */
static void
field_value(struct vls_buf *out, size_t record, size_t f, unsigned version, enum vls_op_type *type, uint32_t *field)
{
    static const struct {
        const char *name;
        enum vls_op_type type;
    } fields[FIELDS] = {
        {"display-name", VLS_OP_PUT}, {"position", VLS_OP_PUT},    {"kind", VLS_OP_PUT},  {"nationality", VLS_OP_ADD},
        {"born", VLS_OP_PUT},         {"birth-place", VLS_OP_PUT}, {"situation", VLS_OP_ADD}, {"case", VLS_OP_ADD},
        {"identifier", VLS_OP_ADD},   {"travel-pattern", VLS_OP_PUT}, {"summary", VLS_OP_PUT}, {"tag", VLS_OP_ADD},
    };
    const struct vls_field *d = vls_field_by_name(vls_kind_by_name("person"), fields[f].name);
    uint64_t state = record * 64 + f;
    char text[96];

    *type = fields[f].type;
    *field = d->no;
    (void)snprintf(text, sizeof text, "%s of %06u is %08x v%u", d->name, (unsigned)record, (unsigned)splitmix(&state),
                   version);
    vls_buf_reset(out);
    if (f == 2)
        vls_cbor_put_str(out, "official");
    else if (f == 3)
        vls_cbor_put_str(out, "ET");
    else if (f == 4)
        vls_date_put(out, vls_slice_str("1961-02-03"), vls_slice_str("3 February 1961"));
    else
        vls_cbor_put_str(out, text);
}

static void
put_op(struct vls_change_writer *w, size_t record, size_t f, unsigned version)
{
    uint8_t id[VLS_ID_LEN];
    struct vls_op op = {.record = id};
    struct vls_buf value;
    enum vls_op_type type;

    vls_buf_init(&value, 4096);
    record_id(id, record);
    field_value(&value, record, f, version, &type, &op.field);
    op.type = type;
    op.value = vls_buf_slice(&value);
    must(vls_change_add(w, &op, NULL, 0, &err), "operation");
    vls_buf_clear(&value);
}

static void
make_first(struct sets *out, size_t n_records)
{
    struct vls_change_writer *w = NULL;

    for (size_t i = 0; i < n_records; i++) {
        uint8_t id[VLS_ID_LEN];
        struct vls_op create = {.type = VLS_OP_CREATE, .record = id, .kind = vls_kind_by_name("person")->no};

        if (w == NULL)
            must(vls_change_writer_new(&w, &err), "writer");
        record_id(id, i);
        must(vls_change_add(w, &create, NULL, 0, &err), "operation");
        for (size_t f = 0; f < FIELDS; f++)
            put_op(w, i, f, 1);
        if (vls_change_size(w) > SET_BYTES || i + 1 == n_records) {
            sets_add(out, w, out->n + 1);
            vls_change_writer_free(w);
            w = NULL;
        }
    }
}

/* A tenth of the records, half of these twice without sight of each other: rivals that are kept and listed. */
static void
make_edits(struct sets *out, size_t n_records)
{
    struct vls_change_writer *w = NULL;

    for (unsigned version = 2; version < 4; version++) {
        must(vls_change_writer_new(&w, &err), "writer");
        for (size_t i = 0; i < n_records; i += version == 2 ? 10 : 20)
            put_op(w, i, 1, version);
        sets_add(out, w, 1000000 + version);
        vls_change_writer_free(w);
    }
}

/* ---- the two stores ---- */

static struct vls_secret *key;
static char folder[] = "/tmp/valise-bench-XXXXXX";
static char sealed_path[64], plain_path[64];

static struct vls_store *
store_new(void)
{
    struct vls_store *s = NULL;

    (void)unlink(sealed_path);
    must(vls_store_open(&s, sealed_path, key, true, &err), "opening");
    must(vls_store_compartment_put(s, HOME, "focal-points", true, &err), "compartment");
    return s;
}

static void
apply_all(struct vls_store *s, const struct sets *sets, uint64_t *seq)
{
    struct vls_stored_envelope e = {.kind = 1, .state = VLS_ENV_DONE, .why = ""};

    must(vls_store_begin(s, &err), "begin");
    for (size_t i = 0; i < sets->n; i++) {
        memcpy(e.id, sets->id[i], sizeof e.id);
        e.seq = ++*seq;
        e.bytes = vls_buf_slice(&sets->bytes[i]);
        must(vls_store_envelope_put(s, &e, &err), "envelope");
        must(vls_store_apply(s, e.id, HOME, e.bytes, &err), "apply");
    }
    must(vls_store_commit(s, &err), "commit");
}

static sqlite3 *
plain_new(void)
{
    sqlite3 *db = NULL;

    (void)unlink(plain_path);
    must_sql(sqlite3_open(plain_path, &db), db);
    must_sql(sqlite3_exec(db,
                          "PRAGMA page_size=4096; PRAGMA cache_size=-32768; PRAGMA journal_mode=MEMORY;"
                          "PRAGMA locking_mode=EXCLUSIVE; CREATE TABLE value (record BLOB, field INTEGER, value BLOB, "
                          "PRIMARY KEY (record, field)) WITHOUT ROWID;"
                          "CREATE VIRTUAL TABLE words USING fts5 (text);",
                          NULL, NULL, NULL),
             db);
    return db;
}

/* The same rows and words, last writer wins. */
static void
plain_insert(sqlite3 *db, size_t n_records, bool with_words)
{
    sqlite3_stmt *st = NULL, *words = NULL;
    struct vls_buf value, text;
    uint8_t id[VLS_ID_LEN];

    vls_buf_init(&value, 4096);
    vls_buf_init(&text, 65536);
    must_sql(sqlite3_exec(db, "BEGIN", NULL, NULL, NULL), db);
    must_sql(sqlite3_prepare_v2(db, "INSERT OR REPLACE INTO value VALUES (?, ?, ?)", -1, &st, NULL), db);
    must_sql(sqlite3_prepare_v2(db, "INSERT INTO words VALUES (?)", -1, &words, NULL), db);
    for (size_t i = 0; i < n_records; i++) {
        record_id(id, i);
        vls_buf_reset(&text);
        for (size_t f = 0; f < FIELDS; f++) {
            enum vls_op_type type;
            uint32_t field;

            field_value(&value, i, f, 1, &type, &field);
            (void)sqlite3_bind_blob(st, 1, id, sizeof id, SQLITE_STATIC);
            (void)sqlite3_bind_int64(st, 2, field);
            (void)sqlite3_bind_blob(st, 3, value.p, (int)value.n, SQLITE_STATIC);
            must_sql(sqlite3_step(st), db);
            (void)sqlite3_reset(st);
            if (f != 2 && f != 3 && f != 4 && f != 6) {
                struct vls_cbor c = vls_cbor_of(vls_buf_slice(&value));

                vls_buf_put_slice(&text, vls_cbor_text(&c));
                vls_buf_put_u8(&text, ' ');
            }
        }
        if (!with_words)
            continue;
        (void)sqlite3_bind_text(words, 1, (const char *)text.p, (int)text.n, SQLITE_STATIC);
        must_sql(sqlite3_step(words), db);
        (void)sqlite3_reset(words);
    }
    must_sql(sqlite3_exec(db, "COMMIT", NULL, NULL, NULL), db);
    (void)sqlite3_finalize(st);
    (void)sqlite3_finalize(words);
    vls_buf_clear(&value);
    vls_buf_clear(&text);
}

/* ---- measuring ---- */

struct samples {
    double v[ROUNDS_MAX];
    size_t n;
};

static int
by_value(const void *a, const void *b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static double
median(struct samples *s)
{
    qsort(s->v, s->n, sizeof s->v[0], by_value);
    return s->v[s->n / 2];
}

/* against: median seconds of the plain store for the same work, 0 for none. */
static double
report(const char *op, size_t n, struct samples *s, double against)
{
    double m = median(s);

    printf("{\"bench\":\"merge\",\"op\":\"%s\",\"n\":%zu,\"rounds\":%zu,\"median_s\":%.6f,\"min_s\":%.6f,\"max_s\":%.6f,"
           "\"per_s\":%.0f",
           op, n, s->n, m, s->v[0], s->v[s->n - 1], (double)n / m);
    if (against > 0)
        printf(",\"ratio\":%.2f", m / against);
    printf("}\n");
    (void)fflush(stdout);
    return m;
}

static enum vls_code
count_rows(void *ctx, const struct vls_record *r, struct vls_error *e)
{
    size_t *n = ctx;

    (void)e;
    *n += r->n_rows;
    return VLS_OK;
}

static void
measure_reading(struct vls_store *s, size_t n_records, size_t rounds)
{
    struct samples one = {.n = rounds}, list = {.n = rounds}, search = {.n = rounds}, find = {.n = rounds};
    uint64_t state = 7;

    for (size_t r = 0; r < rounds; r++) {
        struct vls_filter f = {0};
        uint8_t id[VLS_ID_LEN];
        size_t n = 0;
        double t = now();

        for (size_t i = 0; i < 1000; i++) {
            struct vls_record *rec = NULL;

            record_id(id, splitmix(&state) % n_records);
            must(vls_store_record(s, id, VLS_LOAD_PAST, &rec, &err), "record");
            vls_record_free(rec);
        }
        one.v[r] = now() - t;
        t = now();
        must(vls_store_list(s, &f, count_rows, &n, &err), "list");
        list.v[r] = now() - t;
        t = now();
        for (size_t i = 0; i < 100; i++) {
            char words[64];

            (void)snprintf(words, sizeof words, "%06u", (unsigned)(splitmix(&state) % n_records));
            must(vls_store_search(s, words, 10, count_rows, &n, &err), "search");
        }
        search.v[r] = now() - t;
        t = now();
        for (size_t i = 0; i < 100; i++) {
            char words[64];

            err.code = VLS_OK;
            (void)snprintf(words, sizeof words, "%06u", (unsigned)(splitmix(&state) % n_records));
            if (vls_store_find(s, 0, words, id, NULL, NULL, &err) != VLS_EAMBIGUOUS) /* other digits may begin alike */
                must(err.code, "find");
        }
        find.v[r] = now() - t;
    }
    (void)report("record", 1000, &one, 0);
    (void)report("list", n_records, &list, 0);
    (void)report("search", 100, &search, 0);
    (void)report("find", 100, &find, 0);
}

/* One edit of one record in a transaction of its own, durable. */
static void
measure_small(struct vls_store *s, size_t n_records, size_t rounds, uint64_t *seq)
{
    struct samples small = {.n = rounds};
    uint64_t state = 99;

    for (size_t r = 0; r < rounds; r++) {
        struct sets sets = {0};
        double t = 0;

        for (size_t i = 0; i < 20; i++) {
            struct vls_change_writer *w = NULL;

            must(vls_change_writer_new(&w, &err), "writer");
            put_op(w, splitmix(&state) % n_records, 1, (unsigned)(100 + *seq));
            sets_add(&sets, w, 2000000 + *seq);
            vls_change_writer_free(w);
        }
        for (size_t i = 0; i < sets.n; i++) {
            const struct sets single = {&sets.bytes[i], &sets.id[i], 1, 1};
            double from = now();

            apply_all(s, &single, seq);
            t += now() - from;
        }
        small.v[r] = t;
        sets_free(&sets);
    }
    (void)report("one change", 20, &small, 0);
}

static void
measure(size_t n_records, size_t rounds)
{
    struct samples first = {.n = rounds}, edits = {.n = rounds}, plain = {.n = rounds}, words = {.n = rounds};
    struct sets a = {0}, b = {0};
    struct vls_store *s = NULL;
    struct rusage use;
    uint64_t seq = 0, conflicts, notices;
    double against;

    make_first(&a, n_records);
    make_edits(&b, n_records);
    for (size_t r = 0; r < rounds; r++) {
        sqlite3 *db = plain_new();
        double t = now();

        plain_insert(db, n_records, false);
        plain.v[r] = now() - t;
        (void)sqlite3_close(db);
        db = plain_new();
        t = now();
        plain_insert(db, n_records, true);
        words.v[r] = now() - t;
        (void)sqlite3_close(db);
        vls_store_close(s);
        s = store_new();
        seq = 0;
        t = now();
        apply_all(s, &a, &seq);
        first.v[r] = now() - t;
        t = now();
        apply_all(s, &b, &seq);
        edits.v[r] = now() - t;
    }
    must(vls_store_conflict_count(s, &conflicts, &notices, &err), "conflicts");
    against = report("plain insert", n_records * FIELDS, &plain, 0);
    (void)report("plain insert with words", n_records * FIELDS, &words, against);
    (void)report("first sync", n_records * FIELDS, &first, against);
    (void)report("concurrent edits", n_records / 10 + n_records / 20, &edits, 0);
    printf("{\"bench\":\"merge\",\"op\":\"conflicts listed\",\"n\":%llu}\n", (unsigned long long)conflicts);
    measure_small(s, n_records, rounds, &seq);
    measure_reading(s, n_records, rounds);
    (void)getrusage(RUSAGE_SELF, &use);
    printf("{\"bench\":\"merge\",\"op\":\"peak memory\",\"n\":%zu,\"kib\":%ld}\n", n_records, use.ru_maxrss);
    vls_store_close(s);
    sets_free(&a);
    sets_free(&b);
}

static size_t
setting(const char *name, size_t preset, size_t max)
{
    const char *text = getenv(name);
    unsigned long v = text != NULL ? strtoul(text, NULL, 10) : preset;

    return v < 1 ? 1 : v > max ? max : v;
}

int
main(void)
{
    struct vls_store *first = NULL;

    must(vls_secret_start(&err), "start");
    must(vls_secret_random(&key, VLS_KEY_LEN, &err), "key");
    must(vls_store_memory(&first, &err), "memory"); /* both sides run under the store's configuration of SQLite */
    vls_store_close(first);
    if (mkdtemp(folder) == NULL)
        return 1;
    (void)snprintf(sealed_path, sizeof sealed_path, "%s/store", folder);
    (void)snprintf(plain_path, sizeof plain_path, "%s/plain", folder);
    measure(setting("VLS_BENCH_RECORDS", 10000, 1000000), setting("VLS_BENCH_ROUNDS", 3, ROUNDS_MAX));
    (void)unlink(sealed_path);
    (void)unlink(plain_path);
    (void)rmdir(folder);
    vls_secret_free(key);
    return 0;
}
