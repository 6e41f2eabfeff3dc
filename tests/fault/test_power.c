/*
 * The power goes at any moment: every operation of every workload on the disk is a point to cut, and what was not
 * synced is lost, reordered, torn or misdirected in several ways. What comes back holds what was durable then or the
 * commit in flight, never another state, is in order, and can be written (PL1 to PL5, PL10, PL14, PL15).
 */
#include "workloads.h"

static struct {
    unsigned long points, snapshots, by[DAMAGES], old, new, before, refused, dropped, again, killed, compound, read;
} met;

static uint64_t the_seed; /* that replays the test */

/* The states that a cut at this moment may leave: the last one that was durable, and the next. */
static size_t
state_at(size_t op)
{
    size_t i = 0;

    while (i + 1 < n_states && states[i + 1].op <= op)
        i++;
    return i;
}

static bool
is_state(const struct look *l, size_t i)
{
    const struct state *s = &states[i];

    if (i >= n_states || s->there != l->there)
        return false;
    return !s->there || (s->key == l->key && s->txn == l->txn && memcmp(s->head, l->head, VLS_HASH_LEN) == 0 &&
                         memcmp(s->digest, l->digest, VLS_HASH_LEN) == 0);
}

/* A reader that may not write decides the same, and does not (PL15). */
static void
read_only(const struct workload *w, struct disk *d, const struct look *l)
{
    struct look r = {.key = l->key};
    sqlite3 *db = NULL;

    disk_now = d;
    disk_fail(d, 0, 0, 0, false);
    r.code = vls__db_open(&db, "store", l->key, VLS_DB_READONLY, &r.err);
    if (r.code == VLS_OK)
        vls__db_head(db, &r.txn, r.head);
    vls__db_close(db);
    disk_now = &the_disk;
    for (int i = 0; i < CALLS; i++)
        if (i != CALL_OPEN && i != CALL_READ && i != CALL_SIZE)
            assert_int_equal(d->met[i], 0);
    if (r.code != (l->there ? VLS_OK : VLS_ENOSTORE) || r.txn != l->txn || memcmp(r.head, l->head, VLS_HASH_LEN) != 0)
        fail_msg("VLS_SEED=%llu: %s: transaction %llu to a reader, %llu to a writer: %s", (unsigned long long)the_seed,
                 w->name, (unsigned long long)r.txn, (unsigned long long)l->txn, r.err.text);
    met.read++;
}

/* Judges what a cut left on a disk; said: what an opening had told somebody already, or NULL. */
static void
judge(const struct workload *w, struct disk *d, size_t op, enum damage damage, const struct look *said)
{
    struct image store = {NULL, 0}, beside = {NULL, 0};
    size_t low = state_at(op);
    bool twice = met.snapshots % 8 == 0;
    struct look l;

    if (twice) {
        store = disk_image(d, "store", false);
        beside = disk_image(d, "store.new", false);
    }
    look_at(d, true, &l);
    if (twice && (l.code == VLS_OK || !l.there)) {
        disk_load(d, &store, &beside);
        read_only(w, d, &l);
    }
    image_clear(&store);
    image_clear(&beside);
    met.snapshots++;
    met.by[damage]++;
    met.dropped += l.dropped > 0;
    if (damage == DAMAGE_ASTRAY && (l.code == VLS_EAUTH || l.code == VLS_EFORMAT)) {
        met.refused++; /* it fell on what was durable: seen, and that is all that can be done */
        return;
    }
    /*
     * On the last commit of a store that was not closed, damage cannot be told from a torn commit; when its header is
     * gone, the one before may lack pages whose blocks it had set free (schemas/store/pagelog.md section 7).
     */
    if (damage == DAMAGE_ASTRAY && l.code == VLS_OK && l.in_order &&
        ((low > 0 && is_state(&l, low - 1)) || (low > 1 && l.dropped > 0 && is_state(&l, low - 2)))) {
        met.before++;
        return;
    }
    if (l.there && l.code != VLS_OK)
        fail_msg("VLS_SEED=%llu: %s cut at %zu, %s: %s", (unsigned long long)the_seed, w->name, op,
                 damage_names[damage], l.err.text);
    if (l.there && !l.in_order)
        fail_msg("VLS_SEED=%llu: %s cut at %zu, %s: integrity_check", (unsigned long long)the_seed, w->name, op,
                 damage_names[damage]);
    if (!is_state(&l, low) && !is_state(&l, low + 1))
        fail_msg("VLS_SEED=%llu: %s cut at %zu, %s: transaction %llu is neither state %zu nor the next",
                 (unsigned long long)the_seed, w->name, op, damage_names[damage], (unsigned long long)l.txn, low);
    if (said != NULL && (said->txn != l.txn || memcmp(said->head, l.head, VLS_HASH_LEN) != 0))
        fail_msg("VLS_SEED=%llu: %s cut at %zu, %s: transaction %llu was said, %llu is found",
                 (unsigned long long)the_seed, w->name, op, damage_names[damage], (unsigned long long)said->txn,
                 (unsigned long long)l.txn);
    met.old += is_state(&l, low);
    met.new += !is_state(&l, low);
}

/* What else happens to what a cut left, before the next look at it. */
typedef void sequel(const struct workload *w, struct disk *d, size_t op, uint64_t seed);

/*
 * The power goes again, while the first cut is recovered from and after it: whatever the first opening decided must
 * be found by the second, whenever it came to say so.
 */
static void
cut_again(const struct workload *w, struct disk *d, size_t op, uint64_t seed)
{
    struct image before = disk_image(d, "store", false), beside = disk_image(d, "store.new", false);
    struct film film;
    struct player player;
    struct look first;
    static struct disk other;

    disk_init(&other);
    disk_load(d, &before, &beside); /* files get their numbers */
    d->film.on = true;
    look_at(d, false, &first);
    film = d->film;
    memset(&d->film, 0, sizeof d->film);
    player_init(&player, &film);
    player_start(&player, &before, &beside);
    for (;;) {
        enum damage damage = (enum damage)(check_random(&seed) % DAMAGE_ASTRAY);

        player_cut(&player, damage, &seed, &other);
        judge(w, &other, op, damage, first.there && player.at >= first.opened ? &first : NULL);
        met.again++;
        if (player.at == film.n)
            break;
        player_step(&player);
    }
    player_clear(&player);
    film_clear(&film);
    image_clear(&before);
    image_clear(&beside);
    disk_clear(&other);
}

/* A file of the second process under the number that it had in the first. */
static int
number_before(int file, int store, int beside)
{
    if (store >= 0 && file == 0)
        return store;
    if (beside >= 0 && file == (store >= 0 ? 1 : 0))
        return beside;
    return file + MEMIO_FILES / 2; /* made by the second */
}

/*
 * The process is killed at this moment, and the power goes while or after another one opens the store: what the first
 * had not synced still is not, unless the second did it before it told anybody (PL15).
 */
static void
cut_after_kill(const struct workload *w, const struct player *killed, uint64_t seed)
{
    struct memio_name names[MEMIO_NAMES];
    struct film second, both = {.n = killed->at};
    struct player player;
    struct look first;
    int store, beside;
    static struct disk other;

    disk_init(&other);
    memcpy(names, killed->names, sizeof names);
    for (size_t i = 0; i < killed->n_pending_names; i++)
        names_apply(names, &killed->film->op[killed->pending_names[i]]);
    store = memio_find(names, "store")->file;
    beside = memio_find(names, "store.new")->file;
    player_cut(killed, DAMAGE_ALL_KEPT, &seed, &other);
    other.film.on = true;
    look_at(&other, false, &first);
    second = other.film;
    memset(&other.film, 0, sizeof other.film);
    both.op = malloc((killed->at + second.n + 1) * sizeof *both.op);
    assert_non_null(both.op);
    if (killed->at > 0)
        memcpy(both.op, killed->film->op, killed->at * sizeof *both.op);
    for (size_t i = 0; i < second.n; i++) {
        both.op[both.n] = second.op[i];
        both.op[both.n++].file = number_before(second.op[i].file, store, beside);
    }
    player_init(&player, &both);
    player_start(&player, &bases[w->base], NULL);
    while (player.at < killed->at)
        player_step(&player);
    for (;; player_step(&player)) {
        for (int i = 0; i < 2; i++) {
            enum damage damage = i == 0 ? DAMAGE_NOTHING_KEPT : (enum damage)(check_random(&seed) % DAMAGE_ASTRAY);

            player_cut(&player, damage, &seed, &other);
            judge(w, &other, killed->at, damage, first.there && player.at >= killed->at + first.opened ? &first : NULL);
            met.killed++;
        }
        if (player.at == both.n)
            break;
    }
    player_clear(&player);
    film_clear(&second);
    free(both.op);
    disk_clear(&other);
}

/* One opening that something fails in. True when it did. */
static bool
opening_fails(struct disk *d, bool memory, unsigned long n, bool for_good)
{
    const enum vls_code want = memory ? VLS_ENOMEM : VLS_EIO;
    long alive = scarce.alive;
    enum vls_code rc[2];
    bool fired;

    disk_now = d;
    disk_fail(d, memory ? 0 : CALL_ALL, n, EIO, for_good);
    if (memory)
        scarce_at(n, for_good);
    for (int i = 0; i < 2; i++) { /* under one key or the other */
        sqlite3 *db = NULL;

        rc[i] = vls__db_open(&db, "store", i == 0 ? key_one : key_two, 0, NULL);
        vls__db_close(db);
    }
    fired = memory ? scarce_end() > 0 : d->n_fired > 0;
    disk_now = &the_disk;
    for (int i = 0; i < 2; i++)
        if (rc[i] != VLS_OK && rc[i] != VLS_EAUTH && rc[i] != VLS_ENOSTORE && rc[i] != want)
            fail_msg("an opening that fails at %lu says %s", n, vls_code_name(rc[i]));
    assert_int_equal(scarce.alive, alive);
    assert_int_equal(disk_handles(d), 0);
    return fired;
}

/* Recovery from the cut fails at every call and for want of memory, and is begun again. */
static void
fail_again(const struct workload *w, struct disk *d, size_t op, uint64_t seed)
{
    struct image before = disk_image(d, "store", false), beside = disk_image(d, "store.new", false);

    for (int how = 0; how < 4; how++) {
        bool memory = how >= 2;
        unsigned long n = 1, step = memory ? (is_long() ? 23 : 41) : 1;

        if (memory)
            n += seed % step;
        for (;; n += step) {
            bool fired;

            disk_load(d, &before, &beside);
            fired = opening_fails(d, memory, n, how % 2 == 1);
            disk_fail(d, 0, 0, 0, false);
            judge(w, d, op, DAMAGE_ALL_KEPT, NULL);
            met.compound += fired;
            if (!fired)
                break;
        }
    }
    image_clear(&before);
    image_clear(&beside);
}

/* Cuts a workload at each step-th moment in several ways. */
static void
cut_everywhere(const struct workload *w, uint64_t *seed, unsigned random_ones, size_t step, sequel *then)
{
    struct player player;
    static struct disk found;
    struct film film;

    disk_init(&found);
    (void)play_learn(w);
    film = the_disk.film;
    memset(&the_disk.film, 0, sizeof the_disk.film);
    player_init(&player, &film);
    player_start(&player, &bases[w->base], NULL);
    for (;; player_step(&player)) {
        for (unsigned i = 0; i < 3 + random_ones && player.at % step == 0; i++) {
            uint64_t here = check_random(seed), rnd = here;
            enum damage damage = i < 2                 ? (enum damage)i
                                 : i < 2 + random_ones ? (enum damage)(DAMAGE_PREFIX + here % 4)
                                                       : DAMAGE_ASTRAY;

            player_cut(&player, damage, &rnd, &found);
            if (then != NULL && damage != DAMAGE_ASTRAY) {
                then(w, &found, player.at, here);
                rnd = here;
                player_cut(&player, damage, &rnd, &found);
            }
            judge(w, &found, player.at, damage, NULL);
        }
        if (then == NULL && player.at % (is_long() ? 1 : is_sample() ? 8 : 4) == 0)
            cut_after_kill(w, &player, check_random(seed));
        met.points += player.at % step == 0;
        if (player.at == film.n)
            break;
    }
    player_clear(&player);
    film_clear(&film);
    disk_clear(&found);
}

static void
a_power_cut_at_any_moment_leaves_old_or_new(void **state)
{
    uint64_t seed = the_seed = check_seed(20260501);
    unsigned rounds = is_long() ? 10 : 1;

    (void)state;
    print_message("# VLS_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned r = 0; r < rounds; r++)
        for (size_t i = 0; i < N_WORKLOADS; i++) {
            unsigned long before = met.points, snapshots = met.snapshots;

            cut_everywhere(&workloads[i], &seed, is_long() ? 6 : 3, is_sample() ? 4 : 1, NULL);
            if (r == 0)
                print_message("# %s: %lu moments, %lu cuts\n", workloads[i].name, met.points - before,
                              met.snapshots - snapshots);
            if (met.points - before < (is_sample() ? 2 : 6) && workloads[i].changes != 1)
                fail_msg("%s has %lu moments only", workloads[i].name, met.points - before);
        }
}

static void
a_power_cut_in_anything_leaves_old_or_new(void **state)
{
    uint64_t seed = the_seed = check_seed(33);

    (void)state;
    for (int i = is_long() ? 200 : is_sample() ? 2 : 6; i > 0; i--) {
        random_seed = check_random(&seed);
        cut_everywhere(&workloads[N_WORKLOADS - 1], &seed, 2, 1, NULL);
    }
    random_seed = 1;
}

static void
a_power_cut_while_recovering_from_one_does_no_more(void **state)
{
    uint64_t seed = the_seed = check_seed(7);

    (void)state;
    for (size_t i = 0; i < N_WORKLOADS; i++)
        if (is_long() || i % 6 == 3)
            cut_everywhere(&workloads[i], &seed, is_long() ? 2 : 0, 1, cut_again);
}

static void
a_fault_while_recovering_from_a_cut_does_no_more(void **state)
{
    uint64_t seed = the_seed = check_seed(11);

    (void)state;
    for (size_t i = 0; i < N_WORKLOADS; i++)
        if (is_long() || i % 6 == 1)
            cut_everywhere(&workloads[i], &seed, is_long() ? 1 : 0, is_long() ? 2 : 7, fail_again);
}

static void
the_cuts_met_enough(void **state)
{
    unsigned long part = is_sample() ? 5 : 1;

    (void)state;
    for (int i = 0; i < DAMAGES; i++)
        print_message("# %lu snapshots: %s\n", met.by[i], damage_names[i]);
    print_message("# %lu crash snapshots at %lu moments: %lu at a second cut, %lu after a kill\n", met.snapshots,
                  met.points, met.again, met.killed);
    print_message("# %lu after a recovery that failed, %lu seen by one who may only read, too\n", met.compound,
                  met.read);
    print_message("# %lu old, %lu new, %lu torn commits dropped; of those astray %lu refused, %lu fell on the last "
                  "commit\n",
                  met.old, met.new, met.dropped, met.refused, met.before);
    assert_true(met.snapshots >= 2000 / part && met.points >= 900 / part && met.again >= 300 / part);
    assert_true(met.killed >= 800 / part && met.compound >= 900 / part && met.read >= 600 / part);
    assert_true(met.new >= 300 / part &&met.dropped >= 200 / part &&met.refused >= 100 / part);
    for (int i = 0; i < DAMAGES; i++)
        assert_true(met.by[i] >= 300 / part);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_power_cut_at_any_moment_leaves_old_or_new),
        cmocka_unit_test(a_power_cut_in_anything_leaves_old_or_new),
        cmocka_unit_test(a_power_cut_while_recovering_from_one_does_no_more),
        cmocka_unit_test(a_fault_while_recovering_from_a_cut_does_no_more),
        cmocka_unit_test(the_cuts_met_enough),
    };

    return cmocka_run_group_tests(tests, fault_setup, fault_teardown);
}
