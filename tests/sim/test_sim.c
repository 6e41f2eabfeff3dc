/*
 * Thousands of runs, each from one seed. VLS_SEED=n replays one; VLS_SIM_SEEDS=n and VLS_SIM_FROM=m run others;
 * VLS_SIM_LONG=1 makes them long and wide; VLS_SIM_TWINS=0 leaves out the older copies that come back unnoticed.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "sim.h"

#include "crypto/base/sanitized.h"

#if VLS_SANITIZED
#define SEEDS 200
#else
#define SEEDS 2000
#endif

static uint64_t
setting(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text != NULL ? strtoull(text, NULL, 0) : otherwise;
}

static unsigned
flags_wanted(void)
{
    return (setting("VLS_SIM_TWINS", 1) != 0 ? SIM_TWINS : 0) | (setting("VLS_SIM_LONG", 0) != 0 ? SIM_LONG : 0);
}

static const struct {
    const char *text;
    uint64_t least; /* in a thousand runs */
} events[N_EVENTS] = {
#define X(name, text, least) {text, least},
    SIM_EVENTS(X)
#undef X
};

static void
every_run_keeps_what_is_promised(void **state)
{
    uint64_t total[N_EVENTS] = {0}, from = setting("VLS_SIM_FROM", 1),
             n = setting("VLS_SIM_SEEDS", getenv("VLS_TEST_LONG") != NULL ? 10 * SEEDS : SEEDS);

    (void)state;
    if (getenv("VLS_SEED") != NULL) {
        sim_run(check_seed(0), flags_wanted(), total);
        return;
    }
    for (uint64_t seed = from; seed < from + n; seed++)
        sim_run(seed, flags_wanted(), total);
    for (int i = 0; i < N_EVENTS; i++)
        print_message("# %8llu %s\n", (unsigned long long)total[i], events[i].text);
    for (int i = 0; i < N_EVENTS && n >= 1000; i++) /* fewer may miss what is rare */
        if (total[i] < events[i].least * n / 1000)
            fail_msg("%llu %s in %llu runs: what was not tried shows nothing", (unsigned long long)total[i],
                     events[i].text, (unsigned long long)n);
}

static void
a_seed_replays_exactly(void **state)
{
    (void)state;
    for (uint64_t seed = 13; seed < 18; seed++) {
        uint8_t a[VLS_HASH_LEN], b[VLS_HASH_LEN];

        sim_random_replay(true); /* each of them is run thrice here */
        sim_fingerprint(seed, 0, a);
        sim_fingerprint(seed, 0, b);
        sim_random_replay(false);
        assert_memory_equal(a, b, sizeof a);
    }
}

static void
plant(uint64_t seed, int what)
{
    pid_t child = fork();
    int status;

    assert_true(child >= 0);
    if (child == 0) {
        sim_random_replay(true); /* the table of nonces is shared with its parent */
        sim_sabotage(seed, what);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != SIM_FOUND)
        fail_msg("planted fault %d of seed %d was not found (status %d)", what, (int)seed, status);
}

/* A simulator that finds nothing because it looks at nothing would pass for ever. With whatever seed: what people do
 * besides changes with every kind of record, and must not be what hides a fault. */
static void
planted_faults_are_found(void **state)
{
    int n = getenv("VLS_TEST_LONG") != NULL ? 100 : 4;

    (void)state;
    for (int what = 0; what < SIM_SABOTAGES; what++)
        for (int seed = 1; seed <= n; seed++)
            plant((uint64_t)seed, what);
}

static int
start(void **state)
{
    struct vls_error err;

    (void)state;
    sim_random_start();
    check_ok(vls_secret_start(&err), &err);
    return 0;
}

static int
stop(void **state)
{
    (void)state;
    sim_forget();
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seed_replays_exactly), /* first: the beginnings that it makes are its children's too */
        cmocka_unit_test(planted_faults_are_found),
        cmocka_unit_test(every_run_keeps_what_is_promised),
    };

    return cmocka_run_group_tests_name("sim", tests, start, stop);
}
