/*
 * What one person waits for: listing, showing and adding records, by the program from its start to its
 * end and inside one process, for two sizes of the store, beside a plain SQLite file of the same cells.
 */
#include "tests/bench/plain.h"

struct scene {
    struct laptops l;
    size_t n, rounds;
    char plain[200];
};

/* ---- the two stores ---- */

static void
found(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_places p = laptop_places(&s->l, NY);
    struct vls_new n = {.title = "Focal points", .delegation = "Ireland", .post = "New York", .now_unix = AT};
    struct vls_secret *passphrase = NULL, *master = NULL;
    struct vls_engine *e = NULL;
    struct vls_error err;

    (void)out;
    bench_check(mkdir(s->l.home[NY], 0700) == 0, "folder");
    bench_must(vls_secret_copy(&passphrase, "correct horse", 13, &err), &err, "passphrase");
    bench_must(vls_engine_init(&e, &master, &p, &n, passphrase, &err), &err, "init");
    laptop__keep_master(&s->l, NY, master);
    vls_engine_close(e);
}

static void
fill(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    records_create(&s->l, e, s->n, 1000, out);
    vls_engine_close(e);
}

static void
fill_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    sqlite3 *db = plain_open(s->plain);

    for (size_t i = 0; i < s->n; i += 1000) {
        double from = bench_now();

        plain_insert(db, i, i + 1000 < s->n ? i + 1000 : s->n);
        bench_add(out, bench_now() - from);
    }
    (void)sqlite3_close(db);
}

/* ---- inside one process, opened and closed each time ---- */

struct titles {
    struct vls_store *store;
    struct vls_buf text;
};

static enum vls_code
take_title(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct titles *t = ctx;

    (void)err;
    vls_buf_reset(&t->text);
    vls_record_title(&t->text, t->store, r, "en");
    return VLS_OK;
}

static void
list_inside(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct titles t = {.store = NULL};
    struct vls_error err;

    vls_buf_init(&t.text, 4096);
    for (size_t i = 0; i < s->rounds; i++) {
        struct vls_filter f = {.kind_no = vls_kind_by_name("person")->no};
        double from = bench_now();
        struct vls_engine *e = laptop_open(&s->l, NY);

        t.store = vls_engine_store(e);
        bench_must(vls_store_list(t.store, &f, take_title, &t, &err), &err, "list");
        vls_engine_close(e);
        bench_add(out, bench_now() - from);
    }
}

static void
show_inside(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_buf title;
    struct vls_error err;

    vls_buf_init(&title, 4096);
    for (size_t i = 0; i < 4 * s->rounds; i++) {
        double from = bench_now();
        struct vls_engine *e = laptop_open(&s->l, NY);
        struct vls_record *r = NULL;

        bench_must(vls_store_record(vls_engine_store(e), s->l.shared->ids[i * 7919 % s->n], VLS_LOAD_PAST, &r, &err),
                   &err, "show");
        vls_buf_reset(&title);
        vls_record_title(&title, vls_engine_store(e), r, "en");
        vls_record_free(r);
        vls_engine_close(e);
        bench_add(out, bench_now() - from);
    }
}

static void
add_inside(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++) {
        double from = bench_now();
        struct vls_engine *e = laptop_open(&s->l, NY);

        records_create(&s->l, e, 1, 1, NULL);
        vls_engine_close(e);
        bench_add(out, bench_now() - from);
    }
}

/* Without opening: what every further record of an import or a session costs. */
static void
add_more(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    for (size_t i = 0; i < 20 * s->rounds; i++)
        records_create(&s->l, e, 1, 1, out);
    vls_engine_close(e);
}

static void
list_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < s->rounds; i++) {
        double from = bench_now();
        sqlite3 *db = plain_open(s->plain);

        (void)plain_read(db, "SELECT * FROM cell");
        (void)sqlite3_close(db);
        bench_add(out, bench_now() - from);
    }
}

static void
show_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++) {
        double from = bench_now();
        sqlite3 *db = plain_open(s->plain);
        char sql[80];

        (void)snprintf(sql, sizeof sql, "SELECT * FROM cell WHERE record = %zu", i * 7919 % s->n);
        (void)plain_read(db, sql);
        (void)sqlite3_close(db);
        bench_add(out, bench_now() - from);
    }
}

static void
add_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++) {
        double from = bench_now();
        sqlite3 *db = plain_open(s->plain);

        plain_insert(db, s->n + i, s->n + i + 1);
        (void)sqlite3_close(db);
        bench_add(out, bench_now() - from);
    }
}

static void
add_more_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    sqlite3 *db = plain_open(s->plain);

    for (size_t i = 0; i < 20 * s->rounds; i++) {
        double from = bench_now();

        plain_insert(db, s->n + 1000 + i, s->n + 1001 + i);
        bench_add(out, bench_now() - from);
    }
    (void)sqlite3_close(db);
}

/* ---- whole commands ---- */

static void
list_command(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < s->rounds; i++)
        bench_add(out, laptop_command(&s->l, NY, NULL, "person", "list", "--plain", NULL, NULL));
}

static void
show_command(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++) {
        char ref[VLS_REF_TEXT];

        vls_ref_print(ref, "PER", s->l.shared->ids[i * 7919 % s->n]);
        bench_add(out, laptop_command(&s->l, NY, NULL, "person", "show", ref, "--plain", NULL));
    }
}

static void
add_command(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++) {
        char name[64];

        (void)snprintf(name, sizeof name, "Invented person %zu", i);
        bench_add(out,
                  laptop_command(&s->l, NY, NULL, "person", "add", name, "--position", "Minister of nothing at all"));
    }
}

/* A hub that has everything: what comes next is what a sync or a look costs that brings little. */
static void
connect(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);
    struct vls_error err;

    (void)out;
    bench_must(vls_engine_remote_add(e, "hub", s->l.hub, true, &err), &err, "hub");
    laptop_sync(e, NULL);
    vls_engine_close(e);
}

static void
first_look_command(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    bench_add(out, laptop_command(&s->l, NY, NULL, "status", NULL, NULL, NULL, NULL));
}

static void
status_command(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++)
        bench_add(out, laptop_command(&s->l, NY, NULL, "status", NULL, NULL, NULL, NULL));
}

/* One new person before each; only what comes after it is timed. */
static void
after_one_more(struct scene *s, struct bench_run *out, const char *command)
{
    for (size_t i = 0; i < 4 * s->rounds; i++) {
        char name[64];

        (void)snprintf(name, sizeof name, "Another invented person %zu", i);
        (void)laptop_command(&s->l, NY, NULL, "person", "add", name, NULL, NULL);
        bench_add(out, laptop_command(&s->l, NY, NULL, command, NULL, NULL, NULL, NULL));
    }
}

static void
status_after_command(void *ctx, struct bench_run *out)
{
    after_one_more(ctx, out, "status");
}

static void
sync_command(void *ctx, struct bench_run *out)
{
    after_one_more(ctx, out, "sync");
}

static void
start_command(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (size_t i = 0; i < 4 * s->rounds; i++)
        bench_add(out, laptop_command(&s->l, NY, NULL, "--version", NULL, NULL, NULL, NULL));
}

/* ---- one size ---- */

/* Measures a twin and the operation, and reports the operation beside it. */
static void
pair(struct scene *s, const char *bench, bench_fn *op, double against_ms, const char *against, const char *goal)
{
    struct bench_line line = {.bench = bench, .n = s->n, .against_ms = against_ms, .against = against, .goal = goal};

    (void)bench_report(&line, bench_child(op, s));
}

static void
measure(struct scene *s)
{
    static const char *const plain = "plain SQLite, opened and closed";
    static const char *const flat = "the same for any number of records (I9)";
    struct bench_line line = {.n = s->n};
    struct bench_run *r;
    double list, show, add, more;

    bench_say("records: filling a store");
    s->l.shared->n_ids = 0;
    bench_remove(s->l.home[NY]);
    bench_remove(s->l.hub);
    (void)unlink(s->plain);
    r = bench_child(fill_plain, s);
    add = bench_median(r);
    (void)bench_child(found, s); /* apart: key derivation needs 256 MiB */
    r = bench_child(fill, s);
    line.bench = "record 1,000 new persons at once";
    line.against_ms = add;
    line.against = "plain SQLite, one transaction";
    line.n_values = (double)(s->n < 1000 ? s->n : 1000) * FIELDS;
    (void)bench_report(&line, r);
    memset(r, 0, sizeof *r);
    line = (struct bench_line){.bench = "size of the store", .n = s->n, .bytes = bench_size(s->l.home[NY], NULL)};
    (void)bench_report(&line, r);
    line = (struct bench_line){.bench = "size of plain SQLite", .n = s->n, .bytes = bench_size(s->plain, NULL)};
    (void)bench_report(&line, r);
    s->l.shared->cached = laptops__cache(&s->l, NY);

    bench_say("records: reading and adding");
    list = bench_median(bench_child(list_plain, s));
    show = bench_median(bench_child(show_plain, s));
    add = bench_median(bench_child(add_plain, s));
    more = bench_median(bench_child(add_more_plain, s));
    pair(s, "open and list, inside", list_inside, list, plain, NULL);
    pair(s, "open and show one, inside", show_inside, show, plain, "<= 1.0 x; the same for any number of records");
    pair(s, "open and add one, inside", add_inside, add, plain, "<= 1.1 x");
    pair(s, "add one more, inside", add_more, more, "plain SQLite, one transaction", "<= 1.1 x");
    if (!s->l.shared->cached)
        return;
    pair(s, "start the program", start_command, 0, NULL, NULL);
    pair(s, "valise person list", list_command, list, plain, NULL);
    pair(s, "valise person show", show_command, show, plain, flat);
    pair(s, "valise person add", add_command, add, plain, flat);
    bench_say("records: looking and syncing");
    (void)bench_child(connect, s);
    pair(s, "valise status, the first", first_look_command, 0, NULL, NULL);
    pair(s, "valise status", status_command, 0, NULL, flat);
    pair(s, "valise status after one change", status_after_command, 0, NULL,
         "<= 30 ms; the same for any number of records (I9)");
    pair(s, "valise sync as typed, one change", sync_command, 0, NULL,
         "<= 30 ms; the same for any number of records (I9)");
}

int
main(void)
{
    struct scene s = {.rounds = bench_quick() ? 3 : 5};
    size_t sizes[] = {1000, bench_setting("VLS_BENCH_MANY", bench_quick() ? 10000 : 100000)};

    laptops_start(&s.l, sizes[1] + 1000);
    (void)snprintf(s.plain, sizeof s.plain, "%s/plain", s.l.dir);
    for (size_t i = 0; i < 2; i++) {
        s.n = sizes[i];
        measure(&s);
        laptops_lock(&s.l);
    }
    laptops_end(&s.l);
    return 0;
}
