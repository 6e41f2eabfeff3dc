/*
 * What travelling costs: first sync, many change sets from a colleague, and concurrent edits; through the real
 * courier, on a hub in a folder. Beside it, in the same run, plain SQLite doing what it can of the same work.
 */
#include "tests/bench/scene.h"

/* ---- what bytes are spent on ---- */

/* What the bytes of change sets are spent on. */
struct spent {
    struct vls_engine *e;
    uint64_t n, all, signatures, ids, pointers, blinded, seals, inner_pointers, records, values, rest;
};

static void
count_change(struct spent *t, struct vls_slice plain)
{
    struct vls_change c;
    struct vls_op op;
    struct vls_error err;
    const uint8_t *last = NULL;

    bench_must(vls_change_open(&c, plain, &err), &err, "change set");
    t->inner_pointers += (c.n_deps + c.n_refs) * (VLS_HASH_LEN + 2);
    while (vls_change_next(&c, &op)) {
        t->values += op.value.n;
        t->records += last == NULL || memcmp(last, op.record, VLS_ID_LEN) != 0 ? VLS_ID_LEN + 1 : 0;
        last = op.record;
    }
}

static enum vls_code
count_envelope(void *ctx, const struct vls_stored_envelope *stored, struct vls_error *err)
{
    struct spent *t = ctx;
    struct vls_envelope env;
    struct vls_buf plain;

    bench_must(vls_envelope_read(&env, stored->bytes, err), err, "envelope");
    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    for (size_t i = 0; i < t->e->n_epochs && plain.n == 0; i++)
        if (vls_envelope_is_under(&env, t->e->epochs[i]))
            bench_must(vls_envelope_open(&plain, &env, t->e->epochs[i], err), err, "opening");
    t->n++;
    t->all += stored->bytes.n;
    t->signatures += VLS_SIG_LEN + 2;
    t->ids += VLS_HASH_LEN + 2 + 2 * (VLS_DEVICE_LEN + 1);
    t->pointers += (1 + env.n_member_heads) * (VLS_HASH_LEN + 2);
    t->blinded += VLS_ENVELOPE_TAG_LEN + 1 + VLS_HASH_LEN + 2;
    t->seals += VLS_SEAL_EXTRA;
    count_change(t, vls_buf_slice(&plain));
    vls_buf_clear(&plain);
    return VLS_OK;
}

static void
spent_on(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct spent t = {.e = laptop_open(&s->l, NY)};
    struct vls_error err;

    bench_must(vls_store_envelopes(vls_engine_store(t.e), VLS_ENV_CHANGE, VLS_ENV_DONE, count_envelope, &t, &err), &err,
               "envelopes");
    t.rest = t.all - t.signatures - t.ids - t.pointers - t.blinded - t.seals - t.inner_pointers - t.records - t.values;
    memcpy(out->spent, &t.n, sizeof out->spent);
    vls_engine_close(t.e);
}

static void
spent_report(const char *of, size_t n, const uint64_t before[11], const uint64_t now[11], uint64_t hub)
{
    static const char *const names[] = {
        "change_sets",   "envelopes",      "signatures", "ids",    "hash_pointers", "tags_and_commitments",
        "payload_seals", "inner_pointers", "record_ids", "values", "other"};

    printf("{\"bench\":\"bytes of %s\",\"n\":%zu", of, n);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        printf(",\"%s\":%llu", names[i], (unsigned long long)(now[i] - before[i]));
    printf(",\"padding_less_followers\":%lld}\n", (long long)hub - (long long)(now[1] - before[1]));
}

/* ---- first sync ---- */

static void
record_each(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    records_create(&s->l, e, s->n, 1, out);
    vls_engine_close(e);
}

static void
first_sync(struct scene *s, const char *how, bench_fn *record)
{
    struct bench_line line = {.n = s->n, .n_values = (double)s->n * FIELDS};
    uint64_t before = bench_size(s->l.hub, NULL), spent[11];
    char name[80];
    struct bench_run *r;

    memcpy(spent, bench_child(spent_on, s)->spent, sizeof spent);
    r = bench_child(record, s);
    if (record == record_each)
        report("record one new person", s->n, r, 0, NULL, NULL);
    r = bench_child(sync_ny, s);
    (void)snprintf(name, sizeof name, "first sync, sending, %s", how);
    line.bench = name;
    line.bytes = bench_size(s->l.hub, NULL) - before;
    (void)bench_report(&line, r);
    spent_report("that first sync", s->n, spent, bench_child(spent_on, s)->spent, line.bytes);
    bench_against(&line, "plain SQLite, same cells in one transaction", first_plain, s);
    r = bench_child(sync_hague, s);
    (void)snprintf(name, sizeof name, "first sync, %s", how);
    line.store_bytes = bench_size(s->l.data[HAGUE], NULL);
    line.goal = s->n > 10000 ? "100k: <= 12 s, <= 2.6 x, <= 46.8 MB, <= 64 MiB, >= 100,000 values/s"
                             : "10k: <= 1300 ms, <= 2.6 x, <= 4.6 MB, <= 64 MiB, >= 100,000 values/s";
    (void)bench_report(&line, r);
    bench_check(r->value[1] > 0 && r->value[2] == 0, "what was received");
    equal(s);
}

static const size_t position[] = {1};

/* ---- many change sets from a colleague ---- */

static void
edit_many(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    for (size_t i = 0; i < s->n_edits; i++) {
        double from = bench_now();

        record_edit(&s->l, e, i % s->n, position, 1, 1 + (unsigned)(i / s->n));
        bench_add(out, bench_now() - from);
    }
    vls_engine_close(e);
}

static void
edit_many_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    double from = bench_now();
    sqlite3 *db = plain_open(s->plain[0]);
    sqlite3_stmt *st = plain_prepare(db, PLAIN_PUT);

    plain_run(db, "BEGIN");
    for (size_t i = 0; i < s->n_edits; i++)
        plain_put(st, i % s->n, 1, 1 + (unsigned)(i / s->n));
    plain_run(db, "COMMIT");
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    bench_add(out, bench_now() - from);
}

static void
merge_many(struct scene *s)
{
    struct bench_line line = {.n = s->n_edits, .n_values = (double)s->n_edits};
    uint64_t before = bench_size(s->l.hub, NULL);
    struct bench_run *r = bench_child(edit_many, s);

    report("edit one field", s->n, r, 0, NULL, NULL);
    r = bench_child(sync_ny, s);
    line.bench = "send change sets of one edit";
    line.bytes = bench_size(s->l.hub, NULL) - before;
    (void)bench_report(&line, r);
    bench_against(&line, "plain SQLite, same cells in one transaction", edit_many_plain, s);
    r = bench_child(sync_hague, s);
    line.bench = "take in change sets of one edit";
    line.note = "floor: 95 us each for the signature";
    (void)bench_report(&line, r);
    bench_check(r->value[1] == s->n_edits && r->value[2] == 0, "what was received");
    equal(s);
}

/* ---- concurrent edits ---- */

static const size_t edits_of[N_LAPTOPS][3] = {{1, 0, 10}, {1, 5, 9}};

/* The i-th record that a laptop edits: a tenth each, half of them edited by both. */
static size_t
edited(int who, size_t i)
{
    return who == NY ? i * 10 : i * 20 / 2 * 2 / 2 + (i % 2 == 0 ? 0 : 5);
}

/* A change set for each record that is edited, or one for all. */
static void
edit_apart(struct scene *s, size_t per_set)
{
    for (int who = 0; who < N_LAPTOPS; who++) {
        struct vls_engine *e = laptop_open(&s->l, who);

        for (size_t i = 0; i < s->n / 10; i += per_set) {
            struct vls_error err;
            struct vls_edit *d;

            bench_must(vls_edit_begin(&d, e, NULL, &err), &err, "edit");
            for (size_t j = i; j < i + per_set && j < s->n / 10; j++)
                for (size_t f = 0; f < 3; f++)
                    record_put(d, s->l.shared->ids[edited(who, j)], edited(who, j), edits_of[who][f],
                               50 + (unsigned)who);
            bench_must(vls_edit_commit(d, AT, &err), &err, "commit");
        }
        vls_engine_close(e);
    }
}

static void
edit_apart_each(void *ctx, struct bench_run *out)
{
    (void)out;
    edit_apart(ctx, 1);
}

static void
edit_apart_all(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    (void)out;
    edit_apart(s, s->n);
}

static void
merge_three_syncs(void *ctx, struct bench_run *out)
{
    struct bench_run steps = {.n = 0};
    double sum = 0;

    sync_once(ctx, NY, &steps);
    sync_once(ctx, HAGUE, &steps);
    sync_once(ctx, NY, &steps);
    for (size_t i = 0; i < steps.n; i++)
        sum += steps.ms[i];
    parts("first", steps.ms[0], steps.ms[1], steps.ms[2]);
    bench_add(out, sum);
}

/* Both files get the cells that the other one changed; the later one keeps what both changed. */
static void
merge_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    double from = bench_now();

    for (int who = 0; who < N_LAPTOPS; who++) {
        sqlite3 *db = plain_open(s->plain[who]);
        sqlite3_stmt *st = plain_prepare(db, PLAIN_PUT);

        plain_run(db, "BEGIN");
        for (size_t i = 0; i < s->n / 10; i++)
            for (size_t f = 0; f < 3; f++)
                plain_put(st, edited(1 - who, i), edits_of[1 - who][f], 50 + (unsigned)(1 - who));
        plain_run(db, "COMMIT");
        (void)sqlite3_finalize(st);
        (void)sqlite3_close(db);
    }
    bench_add(out, bench_now() - from);
}

static void
merge_apart(struct scene *s, bench_fn *edit, const char *note)
{
    struct bench_line line = {.bench = "merge of 10 % concurrent edits", .n = s->n, .note = note};
    uint64_t before, spent[11];
    struct bench_run *r;
    char listed[128];

    bench_copy(s->plain[0], s->plain[1]);
    bench_against(&line, "plain SQLite, same cells into both files", merge_plain, s);
    memcpy(spent, bench_child(spent_on, s)->spent, sizeof spent);
    (void)bench_child(edit, s);
    before = bench_size(s->l.hub, NULL);
    r = bench_child(merge_three_syncs, s);
    line.bytes = bench_size(s->l.hub, NULL) - before;
    line.goal = "10k: <= 1000 ms cold, <= 345 kB, every loser listed";
    (void)bench_report(&line, r);
    spent_report("that merge", s->n, spent, bench_child(spent_on, s)->spent, line.bytes);
    equal(s);
    r = bench_child(states, s);
    (void)snprintf(listed, sizeof listed, "%llu conflicts and %llu notices listed", (unsigned long long)r->value[0],
                   (unsigned long long)r->value[1]);
    r->n = 0;
    r->peak_kib = 0;
    line = (struct bench_line){.bench = "conflicts of that merge", .n = s->n, .note = listed};
    (void)bench_report(&line, r);
}

/* ---- all of it ---- */

/* VLS_BENCH_ONLY names the scenarios to run: first apart many large. All without it. */
static bool
wanted(const char *scenario)
{
    const char *only = getenv("VLS_BENCH_ONLY");

    return only == NULL || strstr(only, scenario) != NULL;
}

int
main(void)
{
    bool quick = bench_quick();
    struct scene s = {.n = bench_setting("VLS_BENCH_RECORDS", quick ? 1000 : 10000), .version = 100};

    s.n_edits = bench_setting("VLS_BENCH_EDITS", s.n);
    scene_start(&s);
    if (wanted("first")) {
        bench_say("first sync of records that were typed one by one");
        first_sync(&s, "a change set each", record_each);
        laptops_back_to(&s.l, "empty");
    }
    bench_say("first sync of an import");
    first_sync(&s, "imported", record_import);
    laptops_keep(&s.l, "shared");
    if (wanted("apart")) {
        bench_say("concurrent edits");
        merge_apart(&s, edit_apart_each, "three syncs, opened and closed; a change set for each edited record");
        laptops_back_to(&s.l, "shared");
        merge_apart(&s, edit_apart_all, "three syncs, opened and closed; one change set for all that a laptop edited");
        laptops_back_to(&s.l, "shared");
    }
    if (wanted("many")) {
        bench_say("many change sets");
        merge_many(&s);
    }
    if (wanted("large") && !quick) {
        bench_say("first sync of a large import");
        laptops_back_to(&s.l, "empty");
        s.n = bench_setting("VLS_BENCH_MANY", 100000);
        first_sync(&s, "imported", record_import);
    }
    laptops_end(&s.l);
    bench_say("done");
    return 0;
}
