#ifndef TESTS_BENCH_LAPTOPS_H
#define TESTS_BENCH_LAPTOPS_H

/*
 * Two laptops and a hub, with records of 12 values and about 380 bytes, made from a number alone. All
 * persons in them are invented. Folders stand below "now", which a scenario copies and moves as a whole,
 * so that every path in the stores stays true.
 */
#include "tests/bench/bench.h"

#include "valise/engine.h"
#include "valise/unlock.h"

#define FIELDS 12
#define AT     1800000000

enum { NY, HAGUE, N_LAPTOPS };

struct laptops {
    char dir[128], now[160], hub[200], home[N_LAPTOPS][200], data[N_LAPTOPS][240], state[N_LAPTOPS][240];
    char variable[N_LAPTOPS][240]; /* VALISE_HOME=… for the program */
    char valise[512], courier[512];
    /* shared between the processes of a scenario */
    struct common {
        uint8_t master[N_LAPTOPS][64];
        size_t master_len[N_LAPTOPS];
        bool cached; /* the program finds its keys in the kernel's keyring */
        size_t n_ids;
        uint8_t ids[][VLS_ID_LEN];
    } * shared;
};

/* ---- opening ---- */

static inline struct vls_places
laptop_places(const struct laptops *l, int who)
{
    return (struct vls_places){.data = l->data[who], .state = l->state[who], .courier = l->courier};
}

static inline void
laptops_start(struct laptops *l, size_t max_records)
{
    static const char *const names[] = {"ny", "hague"};
    struct vls_error err;
    ssize_t n = readlink("/proc/self/exe", l->valise, sizeof l->valise - 32);
    char *at;

    bench_must(vls_secret_start(&err), &err, "starting");
    bench_check(n > 0, "own path");
    l->valise[n] = '\0';
    bench_check((at = strstr(l->valise, "/tests/bench/")) != NULL, "build folder");
    *at = '\0';
    (void)snprintf(l->courier, sizeof l->courier, "%.480s/valise-courier", l->valise);
    (void)snprintf(at, 16, "/valise");
    (void)snprintf(l->dir, sizeof l->dir, "/tmp/valise-bench-XXXXXX");
    bench_check(mkdtemp(l->dir) != NULL, "folder");
    (void)snprintf(l->now, sizeof l->now, "%s/now", l->dir);
    bench_check(mkdir(l->now, 0700) == 0, "folder");
    (void)snprintf(l->hub, sizeof l->hub, "%s/hub.git", l->now);
    for (int i = 0; i < N_LAPTOPS; i++) {
        (void)snprintf(l->home[i], sizeof l->home[i], "%s/%s", l->now, names[i]);
        (void)snprintf(l->data[i], sizeof l->data[i], "%s/data", l->home[i]);
        (void)snprintf(l->state[i], sizeof l->state[i], "%s/state", l->home[i]);
        (void)snprintf(l->variable[i], sizeof l->variable[i], "VALISE_HOME=%s", l->home[i]);
    }
    l->shared = bench_shared(sizeof *l->shared + max_records * VLS_ID_LEN);
}

/* Scenarios begin from a state that was kept under a name. */
static inline void
laptops_keep(const struct laptops *l, const char *name)
{
    char kept[200];

    (void)snprintf(kept, sizeof kept, "%s/%s", l->dir, name);
    bench_remove(kept);
    bench_copy(l->now, kept);
}

static inline void
laptops_back_to(const struct laptops *l, const char *name)
{
    char kept[200];

    (void)snprintf(kept, sizeof kept, "%s/%s", l->dir, name);
    bench_remove(l->now);
    bench_copy(kept, l->now);
}

static inline struct vls_engine *
laptop_open(const struct laptops *l, int who)
{
    struct vls_places p = laptop_places(l, who);
    struct vls_secret *master = NULL;
    struct vls_engine *e = NULL;
    struct vls_error err;

    bench_must(vls_secret_copy(&master, l->shared->master[who], l->shared->master_len[who], &err), &err, "key");
    bench_must(vls_engine_open(&e, &p, master, &err), &err, "opening");
    vls_secret_free(master);
    return e;
}

static inline void
laptop__keep_result(void *ctx, const char *remote, const struct vls_sync_result *r)
{
    (void)remote;
    *(struct vls_sync_result *)ctx = *r;
}

static inline void
laptop_sync(struct vls_engine *e, struct vls_sync_result *result)
{
    struct vls_sync_opts o = {.now_unix = AT};
    struct vls_sync_result r;
    struct vls_error err;

    bench_must(vls_engine_sync(e, &o, laptop__keep_result, result != NULL ? result : &r, &err), &err, "syncing");
}

/* ---- founding ---- */

static inline void
laptop__keep_master(struct laptops *l, int who, const struct vls_secret *master)
{
    bench_check(master->len <= sizeof l->shared->master[who], "length of a key");
    memcpy(l->shared->master[who], master->bytes, master->len);
    l->shared->master_len[who] = master->len;
}

static inline void
laptops__found(void *ctx, struct bench_run *out)
{
    static const char *const delegations[] = {"Ireland", "Croatia"}, *const posts[] = {"New York", "The Hague"};
    struct laptops *l = ctx;
    struct vls_secret *passphrase = NULL, *master[N_LAPTOPS];
    struct vls_engine *e[N_LAPTOPS];
    char number[VLS_SAFETY_TEXT];
    struct vls_error err;
    uint64_t shared;

    (void)out;
    bench_must(vls_secret_copy(&passphrase, "correct horse", 13, &err), &err, "passphrase");
    for (int i = 0; i < N_LAPTOPS; i++) {
        struct vls_places p = laptop_places(l, i);
        struct vls_new n = {.title = "Focal points",
                            .delegation = delegations[i],
                            .post = posts[i],
                            .remote_url = l->hub,
                            .remote_name = "stick",
                            .now_unix = AT};

        bench_check(mkdir(l->home[i], 0700) == 0, "folder");
        if (i == NY) {
            bench_must(vls_engine_init(&e[i], &master[i], &p, &n, passphrase, &err), &err, "init");
            bench_must(vls_engine_remote_add(e[i], "stick", l->hub, true, &err), &err, "remote");
            laptop_sync(e[i], NULL);
        } else {
            bench_must(vls_engine_join(&e[i], &master[i], &p, &n, passphrase, &err), &err, "join");
        }
        laptop__keep_master(l, i, master[i]);
        l->shared->cached = true;
    }
    laptop_sync(e[NY], NULL);
    bench_must(vls_engine_safety_number(e[HAGUE], NULL, number, &err), &err, "safety number");
    bench_must(vls_engine_admit(e[NY], "Croatia", number, true, AT, &shared, &err), &err, "admit");
    laptop_sync(e[NY], NULL);
    laptop_sync(e[HAGUE], NULL);
    laptop_sync(e[NY], NULL);
    for (int i = 0; i < N_LAPTOPS; i++)
        vls_engine_close(e[i]);
}

static inline bool
laptops__cache(struct laptops *l, int who)
{
    struct vls_places p = laptop_places(l, who);
    uint8_t store[VLS_ID_LEN];
    struct vls_secret *master = NULL;
    struct vls_error err;
    bool ok;

    bench_must(vls_engine_store_id(&p, store, &err), &err, "store id");
    bench_must(vls_secret_copy(&master, l->shared->master[who], l->shared->master_len[who], &err), &err, "key");
    ok = vls_unlock_put(store, master, 3600, &err) == VLS_OK;
    vls_secret_free(master);
    return ok;
}

/* Both are members and the program finds both unlocked. */
static inline void
laptops_found(struct laptops *l)
{
    (void)bench_child(laptops__found, l);
    l->shared->cached = laptops__cache(l, NY) && laptops__cache(l, HAGUE);
    if (!l->shared->cached)
        fprintf(stderr, "no keyring here: whole commands are not measured\n");
}

/* Takes the keys out of the keyring again. */
static inline void
laptops_lock(struct laptops *l)
{
    for (int i = 0; i < N_LAPTOPS; i++) {
        struct vls_places p = laptop_places(l, i);
        uint8_t store[VLS_ID_LEN];

        if (vls_engine_store_id(&p, store, NULL) == VLS_OK && vls_unlock_revoke(store, NULL) != VLS_OK)
            continue; /* nothing was there */
    }
}

static inline void
laptops_end(struct laptops *l)
{
    laptops_lock(l);
    bench_remove(l->dir);
}

/* valise WORDS… on one laptop */
static inline double
laptop_command(const struct laptops *l, int who, long *peak_kib, const char *a, const char *b, const char *c,
               const char *d, const char *e)
{
    const char *const argv[] = {l->valise, "--no-input", a, b, c, d, e, NULL};

    return bench_command(l->variable[who], argv, peak_kib);
}

/* ---- invented records ---- */

static const struct {
    const char *name;
    bool set;
} field_table[FIELDS] = {
    {"display-name", false}, {"position", false},       {"kind", false},     {"nationality", true},
    {"born", false},         {"birth-place", false},    {"situation", true}, {"case", true},
    {"identifier", true},    {"travel-pattern", false}, {"summary", false},  {"tag", true},
};

static inline uint32_t
record_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (uint32_t)((z ^ (z >> 31)) >> 16);
}

static inline void
record__words(char *out, size_t cap, uint64_t *state, size_t n)
{
    static const char *const words[] = {"summit", "visit", "delegation", "airport", "border",  "minister", "report",
                                        "press",  "route", "transit",    "harbour", "invited", "expected", "plane",
                                        "party",  "court", "council",    "seen",    "private", "meeting"};
    size_t at = 0;

    out[0] = '\0';
    for (size_t i = 0; i < n && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s%s", i > 0 ? " " : "",
                               words[record_random(state) % (sizeof words / sizeof *words)]);
}

/* A given and a family name of syllables: about as many persons share one as in a telephone book. */
static inline void
record__name(char *out, size_t cap, uint64_t *state)
{
    static const char *const syllables[] = {"ba",  "lo",  "mi",  "ter", "sun", "ka",  "rod", "vel", "gu",  "han", "pi",
                                            "nos", "zar", "fe",  "dim", "ju",  "wes", "tol", "ar",  "bin", "cho", "ek",
                                            "lim", "our", "sha", "tan", "un",  "vor", "yel", "zi",  "mak", "qua"};
    size_t at = 0;

    for (size_t i = 0; i < 5 && at < cap; i++)
        at += (size_t)snprintf(out + at, cap - at, "%s%s", i == 2 ? " " : "",
                               syllables[record_random(state) % (sizeof syllables / sizeof *syllables)]);
}

/* The text of one field; another version has another text. */
static inline void
record_text(char *out, size_t cap, size_t record, size_t field, unsigned version)
{
    static const char *const countries[] = {"IE", "HR", "KE", "BR", "JP", "CA", "NG", "PE"};
    uint64_t state = (uint64_t)record * 1024 + field * 64 + version;
    uint32_t r = record_random(&state);
    char more[240];

    switch (field) {
    case 0: record__name(out, cap, &state); return;
    case 2: (void)snprintf(out, cap, "%s", (r & 1) != 0 ? "official" : "other"); return;
    case 3: (void)snprintf(out, cap, "%s", countries[r % 8]); return;
    case 4: (void)snprintf(out, cap, "%04u-%02u-%02u", 1930 + r % 60, 1 + r / 64 % 12, 1 + r / 1024 % 28); return;
    default:
        record__words(more, sizeof more, &state, field == 10 ? 24 : field == 9 ? 6 : 2);
        (void)snprintf(out, cap, "%s %06zu.%u", more, record, version);
    }
}

static inline void
record_put(struct vls_edit *d, const uint8_t id[VLS_ID_LEN], size_t record, size_t field, unsigned version)
{
    const struct vls_field *f = vls_field_by_name(vls_kind_by_name("person"), field_table[field].name);
    struct vls_value_ctx ctx = {.now_unix = AT};
    struct vls_error err;
    struct vls_buf v;
    char text[320];

    vls_buf_init(&v, 4096);
    record_text(text, sizeof text, record, field, version);
    bench_must(vls_value_parse(&v, f, text, &ctx, &err), &err, "value");
    if (field_table[field].set)
        bench_must(vls_edit_add(d, id, f, vls_buf_slice(&v), NULL, &err), &err, "edit");
    else
        bench_must(vls_edit_put(d, id, f, vls_slice_str(""), vls_buf_slice(&v), NULL, &err), &err, "edit");
    vls_buf_clear(&v);
}

/* One new record in d; its id is noted for later scenarios. */
static inline void
record_create(struct laptops *l, struct vls_edit *d, size_t record)
{
    struct vls_error err;
    uint8_t id[VLS_ID_LEN];

    bench_must(vls_edit_create(d, vls_kind_by_name("person"), id, &err), &err, "record");
    for (size_t f = 0; f < FIELDS; f++)
        record_put(d, id, record, f, 0);
    memcpy(l->shared->ids[record], id, VLS_ID_LEN);
    if (l->shared->n_ids <= record)
        l->shared->n_ids = record + 1;
}

/* n records in change sets of per_set; without samples in out when it is NULL. */
static inline void
records_create(struct laptops *l, struct vls_engine *e, size_t n, size_t per_set, struct bench_run *out)
{
    struct vls_error err;
    struct vls_edit *d;

    for (size_t i = 0; i < n; i += per_set) {
        double from = bench_now();

        bench_must(vls_edit_begin(&d, e, NULL, &err), &err, "edit");
        for (size_t j = i; j < i + per_set && j < n; j++)
            record_create(l, d, j);
        bench_must(vls_edit_commit(d, AT, &err), &err, "commit");
        if (out != NULL)
            bench_add(out, bench_now() - from);
    }
}

/* One change set that gives some fields of a record another version. */
static inline void
record_edit(const struct laptops *l, struct vls_engine *e, size_t record, const size_t *fields, size_t n_fields,
            unsigned version)
{
    struct vls_error err;
    struct vls_edit *d;

    bench_must(vls_edit_begin(&d, e, NULL, &err), &err, "edit");
    for (size_t i = 0; i < n_fields; i++)
        record_put(d, l->shared->ids[record], record, fields[i], version);
    bench_must(vls_edit_commit(d, AT, &err), &err, "commit");
}

#endif
