/*
 * What the history costs: one small change to a colleague after few and after many syncs, and very many devices
 * at one hub. Nothing here may grow with what was exchanged before (I9). Beside it git, a file per record.
 */
#include "tests/bench/scene.h"

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

/* One cell of a plain file, durably, on both sides. */
static void
rounds_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    sqlite3 *db = plain_open(s->plain[0]);
    sqlite3_stmt *st = plain_prepare(db, PLAIN_PUT);

    for (size_t i = 0; i < 30; i++) {
        double from = bench_now();

        plain_put(st, i * 7919 % s->n, 1, s->version + (unsigned)i);
        plain_put(st, i * 7919 % s->n, 1, s->version + (unsigned)i + 1);
        bench_add(out, bench_now() - from);
    }
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
}

static void
small_change(struct scene *s, size_t after, double git_ms, double plain_ms)
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
        struct bench_line line = {.n = s->n, .against_ms = ways[i].program ? git_ms : plain_ms, .note = ways[i].note};
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
        line.against = ways[i].program ? "git, a file per record: commit, push, pull"
                                       : "plain SQLite, two durable commits of a cell";
        line.goal = "<= 30 ms for the whole; <= 1.2 x from 1,000 to 10,000 syncs";
        if (!ways[i].program)
            line.bytes = (bench_size(s->l.hub, NULL) - before) / s->rounds;
        (void)bench_report(&line, r);
    }
}

/* ---- many devices ---- */

#define WHOLE_SYNCS 50 /* devices that sync as users do; those behind them only push, or it would take n^2 */

/* What a device that takes nothing in has to send, as one blob at the tip that it is told. */
struct only_push {
    struct vls__packer pack;
    struct vls_buf blobs;
    char tip[VLS_REMOTE_TIP_LEN + 1];
};

static enum vls_code
push_packet(void *ctx, struct vls_slice packet, struct vls_error *err)
{
    struct only_push *p = ctx;

    vls_buf_put_slice(&p->blobs, packet);
    return vls_buf_ok(&p->blobs, err);
}

static enum vls_code
push_envelope(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    struct only_push *p = ctx;

    return vls__packer_add(&p->pack, e->bytes, err);
}

static void
only_push(struct scene *s, struct vls_engine *e, struct only_push *p)
{
    struct vls_remote *remote = NULL;
    struct vls_slice blob;
    struct vls_error err;

    vls_buf_init(&p->blobs, VLS_REMOTE_BLOB_MAX);
    bench_must(vls__packer_init(&p->pack, e, push_packet, p, &err), &err, "packing");
    bench_must(vls_store_to_send(vls_engine_store(e), "stick", push_envelope, p, &err), &err, "what there is to send");
    bench_must(vls__packer_end(&p->pack, &err), &err, "packing");
    blob = vls_buf_slice(&p->blobs);
    bench_must(e->carrier->open(&remote, e->courier, s->l.hub, 0, NULL, NULL, &err), &err, "hub");
    bench_must(e->carrier->push(remote, &blob, NULL, 1, p->tip, p->tip, &err), &err, "pushing");
    e->carrier->close(remote);
    vls__packer_clear(&p->pack);
    vls_buf_clear(&p->blobs);
}

static enum vls_code
keep_tip(void *ctx, const struct vls_stored_remote *r, struct vls_error *err)
{
    struct only_push *p = ctx;

    (void)err;
    (void)snprintf(p->tip, sizeof p->tip, "%.*s", VLS_REMOTE_TIP_LEN, r->tip);
    return VLS_OK;
}

/* Copies of one laptop, each with a chain of its own: what so many devices write without sight of each
 * other. The device is the same for all of them, since admitting fifty takes fifty safety numbers. */
static void
devices_write(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    static struct only_push p;
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
        if (d < WHOLE_SYNCS) {
            struct vls_error err;

            laptop_sync(e, NULL);
            bench_add(out, bench_now() - from);
            bench_must(vls_store_remotes(vls_engine_store(e), keep_tip, &p, &err), &err, "tip");
        } else {
            only_push(s, e, &p);
        }
        vls_engine_close(e);
    }
    bench_remove(kept);
}

/* The same cells into a plain file. */
static void
devices_plain(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    double from = bench_now();
    sqlite3 *db = plain_open(s->plain[0]);
    sqlite3_stmt *st = plain_prepare(db, PLAIN_PUT);

    plain_run(db, "BEGIN");
    for (size_t d = 0; d < s->n_devices; d++)
        for (size_t i = 0; i < 20; i++)
            plain_put(st, (d * 20 + i * 7) % s->n, 1, 60 + (unsigned)d);
    plain_run(db, "COMMIT");
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    bench_add(out, bench_now() - from);
}

static enum vls_code
blob_none(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    (void)ctx;
    (void)name;
    (void)blob;
    (void)err;
    return VLS_OK;
}

/* How much that is sealed lies on the hub. */
static void
hub_sealed(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    struct vls_remote_counts counts;
    struct vls_remote *r;
    struct vls_error err;
    bool rewritten;

    bench_must(vls_remote_open(&r, s->l.courier, s->l.hub, VLS_REMOTE_READONLY, &err), &err, "hub");
    bench_must(vls_remote_pull(r, "", blob_none, NULL, tip, &rewritten, &err), &err, "pulling");
    vls_remote_counts(r, &counts);
    out->value[0] = counts.bytes;
    vls_remote_close(r);
}

static void
fan_in(struct scene *s)
{
    struct bench_line line = {.n = s->n_devices};
    uint64_t before = bench_size(s->l.hub, NULL), sealed = bench_child(hub_sealed, s)->value[0], n_files;
    static struct bench_run wrote;
    struct bench_run *r;
    char note[160];

    wrote = *bench_child(devices_write, s);
    line.bytes = bench_size(s->l.hub, &n_files) - before;
    sealed = bench_child(hub_sealed, s)->value[0] - sealed;
    line.bench = "fan-in: sync of one of many devices, 20 edits each";
    line.goal = "hub: <= 1.5 x the sealed bytes, <= 40 files";
    (void)snprintf(
        note, sizeof note,
        "the first 50, each takes in what those before it wrote; %llu sealed bytes of those on the hub, %llu files",
        (unsigned long long)sealed, (unsigned long long)n_files);
    line.note = note;
    (void)bench_report(&line, &wrote);
    line = (struct bench_line){.bench = "fan-in: one device takes in the edits of all", .n = s->n_devices};
    line.n_values = (double)s->n_devices * 20;
    bench_against(&line, "plain SQLite, same cells in one transaction", devices_plain, s);
    r = bench_child(sync_hague, s);
    line.goal = "50 devices: <= 200 ms; 300: <= 1300 ms";
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
    bench_git_settle();
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

/* What the hub and both stores have grown by, for each sync since the last look. */
struct growth {
    uint64_t hub, store[N_LAPTOPS];
    size_t syncs;
};

static void
growth_report(const struct scene *s, struct growth *last, size_t syncs)
{
    struct growth now = {.syncs = syncs};
    size_t n = syncs - last->syncs;
    uint64_t files;

    now.hub = bench_size(s->l.hub, &files);
    for (int i = 0; i < N_LAPTOPS; i++)
        now.store[i] = bench_size(s->l.data[i], NULL);
    printf(
        "{\"bench\":\"growth for each of the syncs before\",\"n\":%zu,\"syncs\":%zu,\"hub_bytes\":%llu,"
        "\"store_bytes\":%llu,\"other_store_bytes\":%llu,\"hub_files\":%llu,\"goal\":\"the same at every step; <= 40 "
        "files\"}\n",
        s->n, syncs, (unsigned long long)((now.hub - last->hub) / n),
        (unsigned long long)((now.store[NY] - last->store[NY]) / n),
        (unsigned long long)((now.store[HAGUE] - last->store[HAGUE]) / n), (unsigned long long)files);
    *last = now;
}

static void
small_changes(struct scene *s)
{
    static const size_t steps[] = {10, 100, 1000, 10000};
    double git_ms = 0, plain_ms = bench_median(bench_child(rounds_plain, s));
    struct growth last = {.syncs = 0};
    size_t done = 0;

    if (git_start(s)) {
        struct bench_run *r = bench_child(git_rounds, s);

        r->peak_kib = 0;
        git_ms = bench_median(r);
        report("git, a file per record: commit, push, pull", s->n, r, 0, NULL, NULL);
        bench_remove(s->work);
    }
    last.hub = bench_size(s->l.hub, NULL);
    for (int i = 0; i < N_LAPTOPS; i++)
        last.store[i] = bench_size(s->l.data[i], NULL);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && steps[i] <= s->many; i++) {
        s->rounds = steps[i] > done ? steps[i] - done : 1;
        s->version += 20000;
        (void)bench_child(rounds_inside, s);
        growth_report(s, &last, done + s->rounds);
        small_change(s, steps[i], git_ms, plain_ms);
        done = steps[i] + 45;
    }
}

/* VLS_BENCH_ONLY names the scenarios to run: devices small. All without it. */
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
    struct scene s = {.version = 100};

    s.many = bench_setting("VLS_BENCH_SYNCS", quick ? 100 : 10000);
    s.n_devices = bench_setting("VLS_BENCH_DEVICES", quick ? 10 : 300);
    scene_start(&s);
    if (wanted("devices")) {
        bench_say("many devices");
        scene_share(&s, quick ? 200 : 1000);
        if (s.n_devices > WHOLE_SYNCS) {
            size_t all = s.n_devices;

            s.n_devices = WHOLE_SYNCS;
            fan_in(&s);
            s.n_devices = all;
            laptops_back_to(&s.l, "shared");
        }
        fan_in(&s);
    }
    if (wanted("small")) {
        bench_say("one small change after more and more syncs");
        scene_share(&s, bench_setting("VLS_BENCH_RECORDS", quick ? 1000 : 10000));
        small_changes(&s);
    }
    laptops_end(&s.l);
    bench_say("done");
    return 0;
}
