/*
 * What the way to a remote costs, without records: fetching what is new and sending one change below histories of any
 * length, fetching all of one, and sending much at once, by a folder and over a line. Beside it, in turns and in the
 * same run, command line git and libgit2 as it comes, moving the same blobs.
 */
#include "tests/bench/exchange.h"

/* ---- measuring ---- */

static void
cost_add(const struct exchange *x, struct cost *c, bench_fn *fn, void *ctx)
{
    char path[260];
    struct line_count l;
    struct bench_run *r;
    int fd;

    (void)snprintf(path, sizeof path, "%s/counted", x->home);
    (void)unlink(path);
    r = bench_child(fn, ctx);
    c->ms += bench_median(r);
    c->cpu_ms += r->cpu_ms;
    c->peak_kib = r->peak_kib > c->peak_kib ? r->peak_kib : c->peak_kib;
    c->blobs += r->value[0];
    if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
        return;
    while (read(fd, &l, sizeof l) == (ssize_t)sizeof l) {
        c->line.dials += l.dials;
        c->line.up += l.up;
        c->line.down += l.down;
        c->line.objects += l.objects;
    }
    (void)close(fd);
}

static struct cost
exchange_once(struct exchange *x, enum side side)
{
    static bench_fn *const fetch[] = {[GIT] = command_fetch, [LIBGIT2] = libgit2_fetch};
    static bench_fn *const push[] = {[GIT] = command_push, [LIBGIT2] = libgit2_push};
    struct cost c = {.ms = 0};

    x->side = side;
    if ((x->what & FETCH) != 0)
        (void)bench_child(other_pushes, x);
    if (side == OURS) {
        cost_add(x, &c, ours_exchange, x);
        bench_check((x->what & FETCH) == 0 || c.blobs == x->n_new, "what is new");
        return c;
    }
    if ((x->what & FETCH) != 0)
        cost_add(x, &c, fetch[side], x);
    if ((x->what & PUSH) != 0) {
        peer_commit(x->at[side], BLOB);
        cost_add(x, &c, push[side], x);
    }
    return c;
}

/* ---- reporting ---- */

static double
middle(double *v, size_t n)
{
    qsort(v, n, sizeof *v, bench__by_value);
    return n > 0 ? v[n / 2] : 0;
}

struct costs {
    struct cost of[SIDES][ROUNDS];
    size_t n; /* rounds */
    bool asked[SIDES];
};

static double
median_of(const struct costs *c, enum side s, bool cpu)
{
    double v[ROUNDS];

    for (size_t i = 0; i < c->n; i++)
        v[i] = cpu ? c->of[s][i].cpu_ms : c->of[s][i].ms;
    return middle(v, c->n);
}

/* Of neighbours in time. */
static double
ratio_of(const struct costs *c, enum side s, bool cpu)
{
    double v[ROUNDS];

    for (size_t i = 0; i < c->n; i++)
        v[i] = cpu ? c->of[OURS][i].cpu_ms / c->of[s][i].cpu_ms : c->of[OURS][i].ms / c->of[s][i].ms;
    return middle(v, c->n);
}

static void
costs_report(const struct exchange *x, const struct costs *c, const char *bench, const char *goal)
{
    const char *const *names = x->names;
    const struct cost *last = &c->of[OURS][c->n - 1];

    printf(
        "{\"bench\":\"exchange\",\"work\":\"%s\",\"by\":\"%s\",\"n\":%zu,\"new\":%zu,\"runs\":%zu,\"median_ms\":%.3f,"
        "\"cpu_ms\":%.3f,\"peak_kib\":%ld",
        bench, x->line ? "line" : "folder", x->n, x->n_new, c->n, median_of(c, OURS, false), median_of(c, OURS, true),
        last->peak_kib);
    if (last->blobs > 0)
        printf(",\"blobs\":%llu", (unsigned long long)last->blobs);
    for (unsigned s = OURS; s < SIDES && x->line; s++)
        if (c->asked[s]) {
            const struct line_count *l = &c->of[s][c->n - 1].line;

            printf(",\"%s%sdown\":%llu,\"%s%sup\":%llu,\"%s%sobjects\":%llu,\"%s%sdials\":%llu", names[s],
                   s > 0 ? "_" : "", (unsigned long long)l->down, names[s], s > 0 ? "_" : "", (unsigned long long)l->up,
                   names[s], s > 0 ? "_" : "", (unsigned long long)l->objects, names[s], s > 0 ? "_" : "",
                   (unsigned long long)l->dials);
        }
    for (unsigned s = GIT; s < SIDES; s++)
        if (c->asked[s])
            printf(",\"%s_ms\":%.3f,\"%s_cpu_ms\":%.3f,\"%s_peak_kib\":%ld,\"%s_ratio\":%.2f,\"%s_cpu_ratio\":%.2f",
                   names[s], median_of(c, s, false), names[s], median_of(c, s, true), names[s],
                   c->of[s][c->n - 1].peak_kib, names[s], ratio_of(c, s, false), names[s], ratio_of(c, s, true));
    if (goal != NULL)
        printf(",\"goal\":\"%s\"", goal);
    printf("}\n");
    (void)fflush(stdout);
}

static void
exchange(struct exchange *x, int what, size_t n_new, const char *bench, const char *goal)
{
    static struct costs c;

    c = (struct costs){.n = 0, .asked = {true, true, true}};
    x->what = what;
    x->n_new = n_new;
    for (c.n = 0; c.n < (size_t)x->rounds; c.n++)
        for (int s = 0; s < SIDES; s++)
            c.of[s][c.n] = exchange_once(x, (enum side)s);
    costs_report(x, &c, bench, goal);
}

/* ---- scenarios ---- */

/* Where each side's hub and copy lie, and how they are reached. */
static void
places(struct exchange *x, bool line)
{
    static const char *const names[] = {"ours", "git", "libgit2"};

    x->line = line;
    for (int s = 0; s < SIDES; s++) {
        (void)snprintf(x->hub[s], sizeof x->hub[s], "%s/hub-%s", x->dir, names[s]);
        (void)snprintf(x->at[s], sizeof x->at[s], "%s/at-%s", x->dir, names[s]);
        (void)snprintf(x->url[s], sizeof x->url[s], "%s%s", line ? "ssh://host.example" : "", x->hub[s]);
    }
}

static void
places_clear(const struct exchange *x)
{
    for (int s = 0; s < SIDES; s++) {
        bench_remove(x->hub[s]);
        bench_remove(x->at[s]);
    }
}

/* Files are only ever replaced as a whole by all three, so that copies may share them. */
static void
copy_shared(const char *from, const char *to)
{
    const char *const argv[] = {"cp", "-rl", from, to, NULL};

    bench_remove(to);
    (void)bench_command(NULL, argv, NULL);
}

static void
all_of_it(struct exchange *x)
{
    static struct costs c;
    size_t rounds = x->n > 20000 ? 1 : 3;

    c = (struct costs){.n = 0, .asked = {true, true, false}};
    x->n_new = x->n;
    for (c.n = 0; c.n < rounds; c.n++) {
        bench_remove(x->at[GIT]);
        c.of[OURS][c.n] = (struct cost){.ms = 0};
        c.of[GIT][c.n] = (struct cost){.ms = 0};
        cost_add(x, &c.of[OURS][c.n], ours_first, x);
        cost_add(x, &c.of[GIT][c.n], command_first, x);
    }
    costs_report(x, &c, "fetch all of a history", "the same memory at every length");
    copy_shared(x->at[GIT], x->at[LIBGIT2]);
}

static void
below(struct exchange *x, size_t n)
{
    x->n = n;
    for (int line = 0; line < 2; line++) {
        places(x, line != 0);
        places_clear(x);
        (void)bench_child(history_make, x);
        copy_shared(x->hub[OURS], x->hub[GIT]);
        copy_shared(x->hub[OURS], x->hub[LIBGIT2]);
        all_of_it(x);
        exchange(x, FETCH, 1, "fetch one change",
                 line ? "down <= 1.1 x git's; the same at every length" : "the same at every length");
        exchange(x, FETCH, 40, "fetch 40 changes", line ? "down <= 1.1 x git's" : NULL);
        exchange(x, PUSH, 1, "look, and push one change",
                 line ? "the same at every length" : "<= 1.3 x libgit2's push; the same at every length");
        exchange(x, FETCH | PUSH, 1, "fetch one change and push one",
                 line ? "<= 1.2 x libgit2; <= 12 kB; <= 2 dials" : "the same at every length");
    }
    places_clear(x);
}

static void
empty_hub(const struct exchange *x, enum side s)
{
    bench_remove(x->hub[s]);
    peer_shell("git init -q --bare -b valise $1", x->hub[s], "", "");
}

/* Onto empty hubs, from repositories that hold the same. */
static void
much_at_once(struct exchange *x)
{
    static bench_fn *const fns[] = {ours_exchange, command_push, libgit2_push};
    static struct costs c;

    places(x, false);
    places_clear(x);
    x->n = x->n_much;
    x->below_len = BLOB;
    (void)bench_child(history_make, x);
    peer_shell("git clone -q --bare --no-local $1 $2", x->hub[OURS], x->at[GIT], "");
    copy_shared(x->at[GIT], x->at[LIBGIT2]);
    x->n = 0;
    x->n_new = x->n_much;
    x->what = PUSH;
    for (int line = 0; line < 2; line++) {
        places(x, line != 0);
        c = (struct costs){.n = 0, .asked = {true, true, true}};
        for (c.n = 0; c.n < (x->n_much == MUCH ? 3 : 1); c.n++)
            for (int s = 0; s < SIDES; s++) {
                c.of[s][c.n] = (struct cost){.ms = 0};
                empty_hub(x, (enum side)s);
                x->shared->known[0] = '\0';
                cost_add(x, &c.of[s][c.n], fns[s], x);
            }
        costs_report(x, &c, "push much at once",
                     line ? "<= 0.45 x libgit2; <= 2.8 x git" : "<= 0.45 x libgit2; <= 1.0 x git");
    }
    places_clear(x);
}

/* ---- writing objects ---- */

static void
ours_write(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();
    struct vls_remote *r = remote_open(x, x->hub[OURS], VLS_REMOTE_CREATE);
    struct vls_secret *key = NULL;
    struct vls_slice blobs[MUCH];
    char tip[VLS_REMOTE_TIP_LEN + 1] = "";
    struct vls_error err;

    bench_must(vls_secret_new(&key, VLS_KEY_LEN, &err), &err, "key");
    for (size_t i = 0; i < x->n_much; i++) {
        uint8_t plain[BLOB - VLS_SEAL_EXTRA] = {(uint8_t)i};

        vls_seal(x->blobs + i * BLOB, key, "bench", vls_slice_of(NULL, 0), plain, sizeof plain);
        blobs[i] = vls_slice_of(x->blobs + i * BLOB, BLOB);
    }
    bench_must(vls_remote_push(r, blobs, NULL, x->n_much, tip, tip, &err), &err, "pushing");
    vls_remote_close(r);
    vls_secret_free(key);
    bench_add(out, bench_now() - from);
}

static void
loose_write(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();

    peer_write(x->hub[GIT], false, x->blobs, BLOB, x->n_much);
    bench_add(out, bench_now() - from);
}

static void
mempack_write(void *ctx, struct bench_run *out)
{
    struct exchange *x = ctx;
    double from = bench_now();

    peer_write(x->hub[LIBGIT2], true, x->blobs, BLOB, x->n_much);
    bench_add(out, bench_now() - from);
}

static void
writing(struct exchange *x)
{
    static const char *const names[] = {"", "loose", "mempack"};
    static bench_fn *const fns[] = {ours_write, loose_write, mempack_write};
    const char *const *kept = x->names;
    static struct costs c;

    places(x, false);
    x->names = names;
    vls_random(x->blobs, x->n_much * BLOB);
    c = (struct costs){.n = 0, .asked = {true, true, true}};
    for (c.n = 0; c.n < (x->n_much == MUCH ? 3 : 1); c.n++)
        for (int s = 0; s < SIDES; s++) {
            places_clear(x);
            c.of[s][c.n] = (struct cost){.ms = 0};
            cost_add(x, &c.of[s][c.n], fns[s], x);
        }
    x->n = 0;
    x->n_new = x->n_much;
    costs_report(x, &c, "seal and write commits of 4 KiB", "<= 150 us each, <= 0.17 x mempack, <= 0.05 x loose");
    places_clear(x);
    x->names = kept;
}

/* ---- two laptops over a line ---- */

static void
over_a_line(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    char url[260];
    struct vls_error err;

    (void)out;
    (void)snprintf(url, sizeof url, "ssh://host.example%s", s->l.hub);
    for (int i = 0; i < N_LAPTOPS; i++) {
        struct vls_engine *e = laptop_open(&s->l, i);

        bench_must(vls_engine_remote_remove(e, "stick", &err), &err, "remote");
        bench_must(vls_engine_remote_add(e, "host", url, false, &err), &err, "remote");
        laptop_sync(e, NULL);
        laptop_sync(e, NULL);
        vls_engine_close(e);
    }
}

static void
rounds_over_a_line(void *ctx, struct bench_run *out)
{
    static const size_t position[] = {1};
    struct scene *s = ctx;

    for (size_t i = 0; i < s->rounds; i++) {
        struct vls_engine *e = laptop_open(&s->l, NY);
        double from = bench_now();

        record_edit(&s->l, e, i % s->n, position, 1, s->version + (unsigned)i);
        laptop_sync(e, NULL);
        vls_engine_close(e);
        e = laptop_open(&s->l, HAGUE);
        laptop_sync(e, NULL);
        vls_engine_close(e);
        bench_add(out, bench_now() - from);
    }
}

static void
between_laptops(struct exchange *x, struct scene *s)
{
    struct bench_line line = {.bench = "one change to the other laptop over a line", .n = s->n};
    struct cost c = {.ms = 0};
    char note[160];

    (void)bench_child(over_a_line, s);
    s->version = 500;
    s->rounds = bench_quick() ? 3 : 15;
    cost_add(x, &c, rounds_over_a_line, s);
    line.bytes = (c.line.up + c.line.down) / s->rounds;
    (void)snprintf(note, sizeof note, "%.1f dials and %llu objects for the two syncs and what confirms them",
                   (double)c.line.dials / (double)s->rounds, (unsigned long long)(c.line.objects / s->rounds));
    line.note = note;
    line.goal = "<= 12 kB and <= 2 dials a sync";
    s->version += 500;
    (void)bench_report(&line, bench_child(rounds_over_a_line, s));
}

/* ---- all of it ---- */

/* VLS_BENCH_ONLY names the scenarios to run: below much laptops. All without it. */
static bool
wanted(const char *scenario)
{
    const char *only = getenv("VLS_BENCH_ONLY");

    return only == NULL || strstr(only, scenario) != NULL;
}

int
main(int argc, char **argv)
{
    static const size_t lengths[] = {10, 1000, 10000, 100000};
    static const char *const names[] = {"", "git", "libgit2"};
    static struct exchange x = {.names = names};
    static struct scene s;
    bool quick = bench_quick();
    size_t most = bench_setting("VLS_BENCH_COMMITS", quick ? 1000 : 100000);

    if (line_is(argv[0]))
        return line_main(argv[argc - 1]);
    scene_start(&s);
    (void)snprintf(x.dir, sizeof x.dir, "%s", s.l.dir);
    (void)snprintf(x.courier, sizeof x.courier, "%s", s.l.courier);
    (void)snprintf(x.home, sizeof x.home, "%s/home", s.l.dir);
    line_start(x.home);
    peer_start(x.home);
    bench_check((x.blobs = malloc((size_t)4096 * BLOB)) != NULL, "memory");
    x.shared = bench_shared(sizeof *x.shared);
    x.n_much = quick ? 300 : MUCH;
    x.rounds = (int)bench_setting("VLS_BENCH_ROUNDS", quick ? 3 : 5);
    x.rounds = x.rounds > ROUNDS ? ROUNDS : x.rounds;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths && lengths[i] <= most && wanted("below"); i++) {
        bench_say("exchange below a history");
        x.below_len = BELOW;
        below(&x, lengths[i]);
    }
    if (wanted("much")) {
        bench_say("much at once");
        much_at_once(&x);
        writing(&x);
    }
    if (wanted("laptops")) {
        bench_say("two laptops over a line");
        scene_share(&s, 200);
        between_laptops(&x, &s);
    }
    free(x.blobs);
    laptops_end(&s.l);
    bench_say("done");
    return 0;
}
