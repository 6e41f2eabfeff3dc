/*
 * What travelling costs: first sync, one small change after few and after many syncs, many change sets
 * from a colleague, concurrent edits, and fifty devices at one hub; through the real courier, on a hub
 * in a folder. Beside it, in the same run, plain SQLite and git doing what they can of the same work.
 */
#include "sync/engine/engine_int.h"

#include "tests/bench/plain.h"

struct scene {
    struct laptops l;
    size_t n;       /* shared records */
    size_t n_edits; /* change sets of the merge of many */
    size_t n_devices;
    size_t rounds, many; /* syncs before a small change is measured */
    unsigned version;
    uint64_t *hub_bytes; /* shared with children */
    char plain[2][200], work[200];
};

static void
report(const char *bench, size_t n, struct bench_run *r, double against_ms, const char *against, const char *goal)
{
    struct bench_line line = {.bench = bench, .n = n, .against_ms = against_ms, .against = against, .goal = goal};

    (void)bench_report(&line, r);
}

/* What a measured whole is made of, for whoever asks with VLS_BENCH_PARTS=1. */
static void
parts(const char *first, double a, double b, double c)
{
    if (getenv("VLS_BENCH_PARTS") != NULL)
        fprintf(stderr, "%s %.1f, then %.1f and %.1f\n", first, a, b, c);
}

/* ---- first sync ---- */

static void
record_import(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    records_create(&s->l, e, s->n, 1000, out);
    vls_engine_close(e);
}

static void
record_each(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e = laptop_open(&s->l, NY);

    records_create(&s->l, e, s->n, 1, out);
    vls_engine_close(e);
}

/* Opening, one sync and closing, as the program does. value: sent, received, waiting, refused. */
static void
sync_once(struct scene *s, int who, struct bench_run *out)
{
    struct vls_sync_result result;
    double from = bench_now();
    struct vls_engine *e = laptop_open(&s->l, who);

    laptop_sync(e, &result);
    vls_engine_close(e);
    bench_add(out, bench_now() - from);
    out->value[0] = result.sent;
    out->value[1] = result.received;
    out->value[2] = result.waiting + result.refused + result.foreign;
}

static void
sync_ny(void *ctx, struct bench_run *out)
{
    sync_once(ctx, NY, out);
}

static void
sync_hague(void *ctx, struct bench_run *out)
{
    sync_once(ctx, HAGUE, out);
}

static void
first_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    sqlite3 *db;
    double from;

    (void)unlink(s->plain[0]);
    from = bench_now();
    db = plain_open(s->plain[0]);
    plain_insert(db, 0, s->n);
    (void)sqlite3_close(db);
    bench_add(out, bench_now() - from);
}

static void
states(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    char text[N_LAPTOPS][VLS_STATE_TEXT];
    struct vls_error err;

    for (int i = 0; i < N_LAPTOPS; i++) {
        struct vls_engine *e = laptop_open(&s->l, i);

        bench_must(vls_store_state(vls_engine_store(e), NULL, text[i], &err), &err, "state");
        if (i == 0)
            bench_must(vls_store_conflict_count(vls_engine_store(e), &out->value[0], &out->value[1], &err), &err,
                       "conflicts");
        vls_engine_close(e);
    }
    bench_check(strcmp(text[0], text[1]) == 0, "the two laptops differ");
}

static void
equal(struct scene *s)
{
    (void)bench_child(states, s);
}

static void
first_sync(struct scene *s, const char *how, bench_fn *record, double plain_ms)
{
    struct bench_line line = {.n = s->n, .n_values = (double)s->n * FIELDS};
    uint64_t before = bench_size(s->l.hub, NULL);
    char name[80];
    struct bench_run *r = bench_child(record, s);

    if (record == record_each)
        report("record one new person", s->n, r, 0, NULL, NULL);
    r = bench_child(sync_ny, s);
    (void)snprintf(name, sizeof name, "first sync, sending, %s", how);
    line.bench = name;
    line.bytes = bench_size(s->l.hub, NULL) - before;
    (void)bench_report(&line, r);
    r = bench_child(sync_hague, s);
    (void)snprintf(name, sizeof name, "first sync, %s", how);
    line.against_ms = plain_ms;
    line.against = "plain SQLite, same cells in one transaction";
    line.goal = s->n > 10000 ? "100k: <= 12 s, <= 2.6 x, <= 46.8 MB, <= 64 MiB, >= 100,000 values/s"
                             : "10k: <= 1300 ms, <= 2.6 x, <= 4.6 MB, <= 64 MiB, >= 100,000 values/s";
    (void)bench_report(&line, r);
    bench_check(r->value[1] > 0 && r->value[2] == 0, "what was received");
    equal(s);
}

/* ---- one small change ---- */

static const size_t position[] = {1};

/* Edit, one laptop's sync, the other's: inside one process each, sampled apart. */
static void
rounds_inside(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e[N_LAPTOPS] = {laptop_open(&s->l, NY), laptop_open(&s->l, HAGUE)};

    for (size_t i = 0; i < s->rounds; i++) {
        double from = bench_now(), edited, sent;

        record_edit(&s->l, e[NY], i * 7919 % s->n, position, 1, s->version + (unsigned)i);
        edited = bench_now();
        laptop_sync(e[NY], NULL);
        sent = bench_now();
        laptop_sync(e[HAGUE], NULL);
        bench_add(out, bench_now() - from);
        parts("edit", edited - from, sent - edited, bench_now() - sent);
    }
    for (int i = 0; i < N_LAPTOPS; i++)
        vls_engine_close(e[i]);
}

static void
rounds_of_commands(struct scene *s, const char *quiet, struct bench_run *out)
{
    for (size_t i = 0; i < 15; i++) {
        char ref[VLS_REF_TEXT], text[64];
        double edit, send, take;

        vls_ref_print(ref, "PER", s->l.shared->ids[i * 104729 % s->n]);
        (void)snprintf(text, sizeof text, "--position=Minister %u.%zu", s->version, i);
        edit = laptop_command(&s->l, NY, NULL, "person", "edit", ref, text, quiet);
        send = laptop_command(&s->l, NY, NULL, "sync", quiet, NULL, NULL, NULL);
        take = laptop_command(&s->l, HAGUE, NULL, "sync", quiet, NULL, NULL, NULL);
        bench_add(out, edit + send + take);
        parts("edit", edit, send, take);
    }
}

static void
rounds_command(void *ctx, struct bench_run *out)
{
    rounds_of_commands(ctx, NULL, out);
}

static void
rounds_quiet(void *ctx, struct bench_run *out)
{
    rounds_of_commands(ctx, "-q", out);
}

static void
small_change(struct scene *s, size_t after, double git_ms)
{
    static const struct {
        const char *how, *note;
        bench_fn *rounds;
        bool program;
    } ways[] = {
        {"inside", "bytes: growth of the hub per round", rounds_inside, false},
        {"commands", "person edit, sync, and sync there, each from its start", rounds_command, true},
        {"quiet commands", "the same with -q: without looking for what is to be reviewed", rounds_quiet, true},
    };

    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        struct bench_line line = {.n = s->n, .against_ms = git_ms, .note = ways[i].note};
        uint64_t before = bench_size(s->l.hub, NULL);
        struct bench_run *r;
        char name[96];

        if (ways[i].program && !s->l.shared->cached)
            continue;
        s->rounds = 15;
        s->version += 1000;
        r = bench_child(ways[i].rounds, s);
        (void)snprintf(name, sizeof name, "one change to the other laptop after %zu syncs, %s", after, ways[i].how);
        line.bench = name;
        line.against = "git, a file per record: commit, push, pull";
        line.goal = "<= 30 ms for the whole; <= 1.2 x from 1,000 to 10,000 syncs";
        if (!ways[i].program)
            line.bytes = (bench_size(s->l.hub, NULL) - before) / s->rounds;
        (void)bench_report(&line, r);
    }
}

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
    double plain_ms = bench_median(bench_child(edit_many_plain, s));
    struct bench_line line = {.n = s->n_edits, .n_values = (double)s->n_edits};
    uint64_t before = bench_size(s->l.hub, NULL);
    struct bench_run *r = bench_child(edit_many, s);

    report("edit one field", s->n, r, 0, NULL, NULL);
    r = bench_child(sync_ny, s);
    line.bench = "send change sets of one edit";
    line.bytes = bench_size(s->l.hub, NULL) - before;
    (void)bench_report(&line, r);
    r = bench_child(sync_hague, s);
    line.bench = "take in change sets of one edit";
    line.against_ms = plain_ms;
    line.against = "plain SQLite, same cells in one transaction";
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

static void
edit_apart(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (int who = 0; who < N_LAPTOPS; who++) {
        struct vls_engine *e = laptop_open(&s->l, who);

        for (size_t i = 0; i < s->n / 10; i++)
            record_edit(&s->l, e, edited(who, i), edits_of[who], 3, 50 + (unsigned)who);
        vls_engine_close(e);
    }
    (void)out;
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
merge_apart(struct scene *s)
{
    double plain_ms;
    struct bench_line line = {.bench = "merge of 10 % concurrent edits", .n = s->n};
    struct bench_run *r;
    uint64_t before;
    char note[128];

    bench_copy(s->plain[0], s->plain[1]);
    plain_ms = bench_median(bench_child(merge_plain, s));
    (void)bench_child(edit_apart, s);
    before = bench_size(s->l.hub, NULL);
    r = bench_child(merge_three_syncs, s);
    line.against_ms = plain_ms;
    line.against = "plain SQLite, same cells into both files";
    line.bytes = bench_size(s->l.hub, NULL) - before;
    line.goal = "10k: <= 1000 ms cold, <= 345 kB, every loser listed";
    line.note = "three syncs, opened and closed; a change set for each edited record";
    (void)bench_report(&line, r);
    equal(s);
    r = bench_child(states, s);
    (void)snprintf(note, sizeof note, "%llu conflicts and %llu notices listed", (unsigned long long)r->value[0],
                   (unsigned long long)r->value[1]);
    r->n = 0;
    r->peak_kib = 0;
    line = (struct bench_line){.bench = "conflicts of that merge", .n = s->n, .note = note};
    (void)bench_report(&line, r);
}

/* ---- many devices ---- */

/* Copies of one laptop, each with a chain of its own: what so many devices write without sight of each
 * other. The device is the same for all of them, since admitting fifty takes fifty safety numbers. */
static void
devices_write(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    char kept[240];

    (void)snprintf(kept, sizeof kept, "%s/one", s->l.dir);
    bench_remove(kept);
    bench_copy(s->l.home[NY], kept);
    for (size_t d = 0; d < s->n_devices; d++) {
        struct vls_engine *e;
        double from;

        bench_remove(s->l.home[NY]);
        bench_copy(kept, s->l.home[NY]);
        e = laptop_open(&s->l, NY);
        vls_random(e->incarnation, sizeof e->incarnation);
        for (size_t i = 0; i < 20; i++)
            record_edit(&s->l, e, (d * 20 + i * 7) % s->n, position, 1, 60 + (unsigned)d);
        from = bench_now();
        laptop_sync(e, NULL);
        bench_add(out, bench_now() - from);
        vls_engine_close(e);
    }
    bench_remove(kept);
}

static void
fan_in(struct scene *s)
{
    struct bench_line line = {.n = s->n_devices};
    uint64_t before = bench_size(s->l.hub, NULL), n_files;
    struct bench_run *r = bench_child(devices_write, s);

    line.bench = "fan-in: sync of one of many devices, 20 edits each";
    line.bytes = bench_size(s->l.hub, &n_files) - before;
    line.goal = "<= 1.3 x bare libgit2 push (7 ms for 50)";
    line.note = "each takes in what those before it wrote";
    (void)bench_report(&line, r);
    fprintf(stderr, "          %llu files on the hub, goal <= 40\n", (unsigned long long)n_files);
    r = bench_child(sync_hague, s);
    line = (struct bench_line){.bench = "fan-in: one device takes in the edits of all", .n = s->n_devices};
    line.goal = "50 devices: <= 200 ms";
    (void)bench_report(&line, r);
    bench_check(r->value[1] == s->n_devices * 20 && r->value[2] == 0, "what was received");
}

/* ---- git as a peer ---- */

static double
git_shell(struct scene *s, const char *script)
{
    const char *const argv[] = {"sh", "-ec", script, "sh", s->work, NULL};

    return bench_command(NULL, argv, NULL);
}

static bool
git_start(struct scene *s)
{
    FILE *f;
    char path[260];

    if (access("/usr/bin/git", X_OK) != 0)
        return false;
    (void)setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    (void)setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    (void)setenv("GIT_AUTHOR_NAME", "a", 1);
    (void)setenv("GIT_AUTHOR_EMAIL", "a@invalid", 1);
    (void)setenv("GIT_COMMITTER_NAME", "a", 1);
    (void)setenv("GIT_COMMITTER_EMAIL", "a@invalid", 1);
    (void)git_shell(s, "mkdir $1; cd $1; git init -q --bare -b main hub; git clone -q hub a 2>/dev/null; cd a; "
                       "git checkout -q -b main");
    for (size_t i = 0; i < s->n; i++) {
        (void)snprintf(path, sizeof path, "%s/a/%06zu", s->work, i);
        bench_check((f = fopen(path, "w")) != NULL, path);
        for (size_t k = 0; k < FIELDS; k++) {
            char text[320];

            record_text(text, sizeof text, i, k, 0);
            fprintf(f, "%s: %s\n", field_table[k].name, text);
        }
        (void)fclose(f);
    }
    (void)git_shell(s, "cd $1/a; git add .; git commit -qm 1; git push -q origin main; cd ..; git clone -q hub b");
    return true;
}

static void
git_rounds(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    for (int i = 0; i < 5; i++)
        bench_add(out, git_shell(s, "cd $1/a; date +%N >> 000042; git commit -qam 2; git push -q origin main; cd ../b; "
                                    "git pull -q"));
}

/* ---- all of it ---- */

static void
small_changes(struct scene *s)
{
    double git_ms = 0;

    bench_say("sync: small changes");
    if (git_start(s)) {
        struct bench_run *r = bench_child(git_rounds, s);

        r->peak_kib = 0;
        git_ms = bench_median(r);
        report("git, a file per record: commit, push, pull", s->n, r, 0, NULL, NULL);
        bench_remove(s->work);
    }
    s->rounds = 10;
    (void)bench_child(rounds_inside, s);
    small_change(s, 10, git_ms);
    bench_say("sync: many syncs");
    s->rounds = s->many;
    s->version += 1000;
    (void)bench_child(rounds_inside, s);
    small_change(s, s->many, git_ms);
}

/* VLS_BENCH_ONLY names the scenarios to run: first apart many devices small large. All without it. */
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
    double plain_ms;

    s.n_edits = bench_setting("VLS_BENCH_EDITS", s.n);
    s.many = bench_setting("VLS_BENCH_SYNCS", quick ? 60 : 1000);
    s.n_devices = bench_setting("VLS_BENCH_DEVICES", quick ? 10 : 50);
    laptops_start(&s.l, 1000000); /* as many as a setting may name; memory is taken as it is used */
    for (int i = 0; i < 2; i++)
        (void)snprintf(s.plain[i], sizeof s.plain[i], "%s/plain%d", s.l.dir, i);
    (void)snprintf(s.work, sizeof s.work, "%s/git", s.l.dir);

    bench_say("sync: founding");
    laptops_found(&s.l);
    laptops_keep(&s.l, "empty");
    plain_ms = bench_median(bench_child(first_plain, &s));

    if (wanted("first")) {
        bench_say("sync: first sync of records that were typed one by one");
        first_sync(&s, "a change set each", record_each, plain_ms);
        laptops_back_to(&s.l, "empty");
    }
    bench_say("sync: first sync of an import");
    first_sync(&s, "imported", record_import, plain_ms);
    laptops_keep(&s.l, "shared");
    if (wanted("apart")) {
        bench_say("sync: concurrent edits");
        merge_apart(&s);
        laptops_back_to(&s.l, "shared");
    }
    if (wanted("many")) {
        bench_say("sync: many change sets");
        merge_many(&s);
        laptops_back_to(&s.l, "shared");
    }
    if (wanted("devices")) {
        bench_say("sync: many devices");
        fan_in(&s);
        laptops_back_to(&s.l, "shared");
    }
    if (wanted("small"))
        small_changes(&s);
    if (wanted("large") && !quick) {
        bench_say("sync: first sync of a large import");
        laptops_back_to(&s.l, "empty");
        s.n = bench_setting("VLS_BENCH_MANY", 100000);
        plain_ms = bench_median(bench_child(first_plain, &s));
        first_sync(&s, "imported", record_import, plain_ms);
    }
    laptops_end(&s.l);
    bench_say("sync: done");
    return 0;
}
