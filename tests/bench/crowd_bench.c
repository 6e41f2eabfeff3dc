/*
 * Many devices: how long fifty or three hundred that sync at one moment take until all are through, how often they
 * lose the race for the branch, and what one small change costs when very many devices have written before.
 * Beside it command line git, whose users do the same with a file each.
 */
#include <fcntl.h>

#include "tests/bench/scene.h"

#define CROWD_MAX 2000

static const size_t position[] = {1};

/* ---- a crowd at one moment ---- */

/* What those who wait for each other share. */
struct gate {
    unsigned ready, races, worst;
};

struct crowd {
    struct scene *s;
    size_t n;
    struct gate *gate; /* shared */
    int in[2];         /* closing its end lets everybody go */
};

static unsigned races; /* of this process */

static void
pause_counted(unsigned race)
{
    races++;
    vls_remote_pause(race);
}

/* A copy of one laptop with a chain of its own (see rounds_bench.c), at a place of its own. */
static void
place_of(const struct scene *s, size_t who, struct laptops *l)
{
    *l = s->l;
    (void)snprintf(l->home[NY], sizeof l->home[NY], "%s/crowd/%zu", s->l.dir, who);
    (void)snprintf(l->data[NY], sizeof l->data[NY], "%.180s/data", l->home[NY]);
    (void)snprintf(l->state[NY], sizeof l->state[NY], "%.180s/state", l->home[NY]);
}

static void
wait_for_all(struct crowd *c)
{
    char none;

    (void)close(c->in[1]);
    (void)__atomic_add_fetch(&c->gate->ready, 1, __ATOMIC_RELAXED);
    while (read(c->in[0], &none, 1) > 0)
        ;
}

static void
races_add(struct crowd *c, unsigned mine)
{
    unsigned worst = __atomic_load_n(&c->gate->worst, __ATOMIC_RELAXED);

    (void)__atomic_add_fetch(&c->gate->races, mine, __ATOMIC_RELAXED);
    while (mine > worst &&
           !__atomic_compare_exchange_n(&c->gate->worst, &worst, mine, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

/* One of the crowd: an edit while nobody looks, then with all others a sync. */
static void
one_syncs(struct crowd *c, size_t who)
{
    struct vls_carrier carrier = *vls_carrier_courier();
    struct vls_engine *e;
    struct laptops l;

    place_of(c->s, who, &l);
    e = laptop_open(&l, NY);
    vls_random(e->incarnation, sizeof e->incarnation);
    carrier.pause = pause_counted;
    e->carrier = &carrier;
    record_edit(&l, e, who % c->s->n, position, 1, 60 + (unsigned)who);
    wait_for_all(c);
    laptop_sync(e, NULL);
    vls_engine_close(e);
    races_add(c, races);
}

/* git's users: push, and when somebody was faster, pull onto it and push again. */
static void
one_pushes(struct crowd *c, size_t who)
{
    static const char script[] =
        "cd $1/git/$2; n=0; until git push -q origin main 2>/dev/null; do n=$((n+1)); "
        "[ $n -lt 1000 ] && git pull -q --rebase 2>/dev/null || true; done; exit $((n>250?250:n))";
    char number[24];
    int status = 0;
    pid_t pid;

    (void)snprintf(number, sizeof number, "%zu", who);
    wait_for_all(c);
    bench_check((pid = fork()) >= 0, "fork");
    if (pid == 0) {
        (void)execl("/bin/sh", "sh", "-c", script, "sh", c->s->l.dir, number, (char *)NULL);
        _exit(255);
    }
    bench_check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) < 251, "git");
    races_add(c, (unsigned)WEXITSTATUS(status));
}

typedef void one_fn(struct crowd *c, size_t who);

/* All in processes of their own; the time from the moment on which all are ready until the last is through. */
static void
crowd_go(struct crowd *c, one_fn *one, struct bench_run *out)
{
    const struct timespec look = {.tv_nsec = 1000000};
    static pid_t pid[CROWD_MAX];
    double from;

    *c->gate = (struct gate){.ready = 0};
    bench_check(pipe2(c->in, O_CLOEXEC) == 0, "gate");
    for (size_t i = 0; i < c->n; i++) {
        bench_check((pid[i] = fork()) >= 0, "fork");
        if (pid[i] == 0) {
            one(c, i);
            _exit(0);
        }
    }
    while (__atomic_load_n(&c->gate->ready, __ATOMIC_RELAXED) < c->n)
        (void)nanosleep(&look, NULL);
    from = bench_now();
    (void)close(c->in[0]);
    (void)close(c->in[1]);
    for (size_t i = 0; i < c->n; i++)
        (void)bench_wait(pid[i], "one of the crowd", NULL);
    bench_add(out, bench_now() - from);
    out->value[0] = c->gate->races;
    out->value[1] = c->gate->worst;
}

static void
crowd_syncs(void *ctx, struct bench_run *out)
{
    crowd_go(ctx, one_syncs, out);
}

static void
crowd_pushes(void *ctx, struct bench_run *out)
{
    crowd_go(ctx, one_pushes, out);
}

static void
crowd_prepare(void *ctx, struct bench_run *out)
{
    struct crowd *c = ctx;
    char kept[260];

    (void)out;
    (void)snprintf(kept, sizeof kept, "%s/crowd", c->s->l.dir);
    bench_remove(kept);
    bench_check(mkdir(kept, 0700) == 0, kept);
    for (size_t i = 0; i < c->n; i++) {
        struct laptops l;

        place_of(c->s, i, &l);
        bench_copy(c->s->l.home[NY], l.home[NY]);
    }
}

static void
git_prepare(struct crowd *c)
{
    static const char script[] =
        "rm -rf $1/git; mkdir $1/git; cd $1/git\n"
        "git init -q --bare -b main hub; git clone -q hub first 2>/dev/null; cd first; echo 1 >file; git add file\n"
        "git commit -qm 1; git push -q origin main; cd ..; i=0\n"
        "while [ $i -lt $2 ]; do git clone -q hub $i; cd $i; head -c 2000 /dev/urandom >$i; git add $i; git commit -qm "
        "2\n"
        "cd ..; i=$((i+1)); done";
    char n[24];
    const char *const argv[] = {"sh", "-ec", script, "sh", c->s->l.dir, n, NULL};

    (void)snprintf(n, sizeof n, "%zu", c->n);
    (void)bench_command(NULL, argv, NULL);
}

static void
crowd(struct scene *s, size_t n, bool git)
{
    struct crowd c = {.s = s, .n = n, .gate = bench_shared(sizeof *c.gate)};
    struct bench_line line = {.bench = "all of a crowd sync at one moment, one change each", .n = n};
    char note[240], peer[96] = "";
    uint64_t n_files;
    struct bench_run *r;

    laptops_back_to(&s->l, "shared");
    (void)bench_child(crowd_prepare, &c);
    if (git) {
        git_prepare(&c);
        r = bench_child(crowd_pushes, &c);
        (void)snprintf(peer, sizeof peer, "; git: %llu, %llu", (unsigned long long)r->value[0],
                       (unsigned long long)r->value[1]);
        line.against = "git, a file each: push, and pull --rebase until it is through";
        line.against_ms = r->ms[0];
        line.against_cpu_ms = r->cpu_ms;
    }
    r = bench_child(crowd_syncs, &c);
    (void)bench_size(s->l.hub, &n_files);
    (void)snprintf(note, sizeof note, "%llu races lost in all, %llu by one%s; %llu files on the hub",
                   (unsigned long long)r->value[0], (unsigned long long)r->value[1], peer, (unsigned long long)n_files);
    line.note = note;
    line.goal = "all get through";
    (void)bench_report(&line, r);
    r = bench_child(sync_hague, s);
    bench_check(r->value[1] == n && r->value[2] == 0, "what the crowd sent");
    (void)munmap(c.gate, sizeof *c.gate);
}

/* ---- one change where many have written ---- */

/* Copies of one laptop, each with a chain of its own, push an edit each, all of them from one store, one after another.
 */
static void
many_write(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;

    (void)out;
    for (size_t d = 0; d < s->n_devices; d++) {
        struct vls_engine *e = laptop_open(&s->l, NY);

        vls_random(e->incarnation, sizeof e->incarnation);
        record_edit(&s->l, e, d % s->n, position, 1, 60 + (unsigned)d);
        laptop_sync(e, NULL);
        vls_engine_close(e);
    }
}

static void
round_each(void *ctx, struct bench_run *out)
{
    struct scene *s = ctx;
    struct vls_engine *e[N_LAPTOPS] = {laptop_open(&s->l, NY), laptop_open(&s->l, HAGUE)};

    for (size_t i = 0; i < s->rounds; i++) {
        double from = bench_now();

        record_edit(&s->l, e[NY], i * 7919 % s->n, position, 1, s->version + (unsigned)i);
        laptop_sync(e[NY], NULL);
        laptop_sync(e[HAGUE], NULL);
        bench_add(out, bench_now() - from);
    }
    for (int i = 0; i < N_LAPTOPS; i++)
        vls_engine_close(e[i]);
}

static void
among(struct scene *s, size_t n)
{
    struct bench_line line = {.bench = "one change to the other laptop, when so many devices have written", .n = n};
    uint64_t before;
    struct bench_run *r;

    laptops_back_to(&s->l, "shared");
    s->n_devices = n;
    (void)bench_child(many_write, s);
    (void)bench_child(sync_hague, s);
    s->rounds = 15;
    s->version += 5000;
    before = bench_size(s->l.hub, NULL);
    r = bench_child(round_each, s);
    line.bytes = (bench_size(s->l.hub, NULL) - before) / s->rounds;
    line.note = "bytes: growth of the hub per round";
    line.goal = "the same for any number of devices";
    (void)bench_report(&line, r);
}

/* VLS_BENCH_ONLY names the scenarios to run: crowd among. All without it. */
static bool
wanted(const char *scenario)
{
    const char *only = getenv("VLS_BENCH_ONLY");

    return only == NULL || strstr(only, scenario) != NULL;
}

int
main(void)
{
    static const size_t sizes[] = {1, 300, 1125};
    bool quick = bench_quick();
    size_t most = bench_setting("VLS_BENCH_DEVICES", quick ? 10 : 1125);
    struct scene s = {.version = 100};

    scene_start(&s);
    bench_git_settle();
    scene_share(&s, 100);
    if (wanted("crowd")) {
        bench_say("a crowd at one moment");
        crowd(&s, quick ? 10 : 50, true);
        if (!quick)
            crowd(&s, 300, getenv("LONG") != NULL);
    }
    for (size_t i = 0; i < 3 && sizes[i] <= most && wanted("among"); i++) {
        bench_say("one change among many devices");
        among(&s, sizes[i]);
    }
    laptops_end(&s.l);
    bench_say("done");
    return 0;
}
