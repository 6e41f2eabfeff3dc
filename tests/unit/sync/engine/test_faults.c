/*
 * No memory, at one allocation after another: the right code comes back, nothing is half done in the
 * store or beside it in memory, and the same open valise does it all when memory is there again. The points are chosen
 * from a run without faults: one for each way by which our code comes to an allocation.
 */
#include "world.h"

#include <execinfo.h>

#include "tests/support/scarce.h"

/* ---- memory, and by which ways our code comes to it ---- */

/* Deriving keys takes 64 MiB and 0.1 s where limits are not lowered for tests; its strength is no subject here. */
int crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *passwd, unsigned long long passwd_len,
                  const unsigned char *salt, unsigned long long ops, size_t mem, int alg);

#define POINTS_MAX 65536
#define FRAMES     7
#define OURS       3 /* frames: learn, and the allocator by which it is called */

static struct {
    uint64_t seen[POINTS_MAX]; /* ways, as hashes of their frames */
    unsigned long first[POINTS_MAX];
    size_t n_ways;
} fault;

static void
learn(void)
{
    void *frame[FRAMES + OURS];
    uint64_t way = 0;
    int n;

    scarce.quiet++; /* the unwinder may allocate itself */
    n = backtrace(frame, FRAMES + OURS);
    scarce.quiet--;
    for (int i = OURS; i < n; i++)
        way = (way ^ (uint64_t)(uintptr_t)frame[i]) * 0x9e3779b97f4a7c15u;
    for (size_t i = 0; i < fault.n_ways; i++)
        if (fault.seen[i] == way)
            return;
    if (fault.n_ways < POINTS_MAX) {
        fault.seen[fault.n_ways] = way;
        fault.first[fault.n_ways++] = scarce.n;
    }
}

int
crypto_pwhash(unsigned char *out, unsigned long long out_len, const char *passwd, unsigned long long passwd_len,
              const unsigned char *salt, unsigned long long ops, size_t mem, int alg)
{
    struct vls_slice parts[] = {{(const uint8_t *)passwd, (size_t)passwd_len}, {salt, 16}};
    uint8_t hash[VLS_HASH_LEN];
    void *p = malloc(64); /* so that it can fail like the real one */

    (void)ops;
    (void)mem;
    (void)alg;
    if (p == NULL)
        return -1;
    free(p);
    vls_hash(hash, "test pwhash", parts, 2);
    for (size_t i = 0; i < out_len; i++)
        out[i] = hash[i % sizeof hash];
    return 0;
}

/* ---- one attempt ---- */

static enum vls_code
run_with(struct world *w, const struct attempt *a, unsigned long at, bool sticky, struct vls_error *err)
{
    enum vls_code rc;

    memset(err, 0, sizeof *err);
    scarce_at(at, sticky);
    rc = a->run(w, err);
    (void)scarce_end();
    return rc;
}

static void
prepare(struct world *w, const struct attempt *a)
{
    world_back(w, a->when);
    if (a->who >= 0)
        world_reopen(w, a->who);
}

/* The points where this attempt allocates, as numbers of the allocation. */
static void
learn_points(struct world *w, const struct attempt *a)
{
    struct vls_error err;

    prepare(w, a);
    fault.n_ways = 0;
    scarce.met = learn;
    check_ok(run_with(w, a, 0, false, &err), &err);
    scarce.met = NULL;
}

/* The same valise goes on where the attempt failed, and everybody agrees in the end. */
static void
goes_on(struct world *w, const struct attempt *a, const char *what, enum vls_code first, bool settle)
{
    struct two *t = w->t;
    char state[VLS_STATE_TEXT];
    enum vls_code rc;

    vls_engine_close(w->begun);
    w->begun = NULL;
    vls_secret_free(w->begun_master);
    w->begun_master = NULL;
    if (a->run == try_open) {
        vls_engine_close(t->e[NY]);
        t->e[NY] = NULL;
    }
    rc = a->run(w, &t->err);
    if (first == VLS_OK && a->again_is_refused)
        assert_true(rc == VLS_EEXIST || rc == VLS_ENOTFOUND);
    else if (rc != VLS_OK)
        fail_msg("%s again: %s: %s", what, vls_code_name(rc), t->err.text);
    if (a->run == try_edit)
        assert_true(holds(t, NY, w->person, w->envoy, w->envoy_len));
    if (a->run == try_record)
        assert_true(holds(t, NY, w->made, w->envoy, w->envoy_len));
    if (a->run == try_init || a->run == try_join) {
        vls_engine_close(w->begun);
        w->begun = NULL;
        world_begun(w);
    }
    if (!settle)
        return;
    world_settles(w, a);
    if (a->who >= 0) { /* what is on the disk is what was in memory */
        two_state(t, a->who, state);
        world_reopen(w, a->who);
        world_clean(w, a->who);
    }
}

static void
fail_at(struct world *w, const struct attempt *a, unsigned long at, bool sticky, bool settle, unsigned *failed)
{
    struct vls_error err;
    char before[VLS_STATE_TEXT] = "", after[VLS_STATE_TEXT] = "";
    char what[80];
    enum vls_code rc;

    (void)snprintf(what, sizeof what, "%s, allocation %lu%s", a->name, at, sticky ? " and all later" : "");
    prepare(w, a);
    if (a->changes_records)
        two_state(w->t, NY, before);
    rc = run_with(w, a, at, sticky, &err);
    if (rc != VLS_OK && rc != VLS_ENOMEM)
        fail_msg("%s: %s: %s", what, vls_code_name(rc), err.text);
    if (rc != VLS_OK && scarce.fired == 0)
        fail_msg("%s: failed without a fault: %s", a->name, err.text);
    if (a->changes_records) {
        two_state(w->t, NY, after);
        if ((rc == VLS_OK) == (strcmp(before, after) == 0))
            fail_msg("%s: %s, but the state went from %s to %s", what, vls_code_name(rc), before, after);
    }
    *failed += rc != VLS_OK;
    goes_on(w, a, what, rc, settle);
}

static void
no_memory_at_any_point(void **state)
{
    struct world *w = *state;
    uint64_t seed = check_seed(3);
    bool all = getenv("VLS_TEST_LONG") != NULL;
    size_t most = 60;

#if VLS_SANITIZED
    most = 20;
#endif
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    (void)backtrace((void *[1]){NULL}, 1); /* its library is loaded now, not later */
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        const struct attempt *a = &attempts[i];
        unsigned failed = 0;
        size_t n, step;

        learn_points(w, a);
        n = fault.n_ways;
        step = all || n <= most ? 1 : (n + most - 1) / most;
        for (size_t p = step > 1 ? check_random(&seed) % step : 0; p < n; p += step)
            fail_at(w, a, fault.first[p], check_random(&seed) % 2 == 1,
                    all || a->run == try_sync || a->run == try_welcome || check_random(&seed) % 6 == 0, &failed);
        print_message("%s: %zu ways to an allocation, every %zu. of them, %u failures\n", a->name, n, step, failed);
        assert_true(n >= 2 && failed >= 2);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(no_memory_at_any_point)};

    return cmocka_run_group_tests_name("faults", tests, world_open, world_close);
}
