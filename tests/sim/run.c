/*
 * One run: a group that somebody has begun already, steps that the seed chooses, a host that becomes honest again,
 * and an exchange until everybody is quiet.
 */
#include <unistd.h>

#include "sim.h"

#include "sync/store/store_int.h"

#define ROUNDS 16

/* ---- steps ---- */

static struct device *
some_device(struct sim *s)
{
    struct device *d;

    do
        d = &s->dev[sim_below(s, (size_t)s->n_dev)];
    while (!d->begun);
    return d;
}

/* Whoever is told that a hub is not what it was may add it anew, or leave it for now. */
static void
after_distrust(struct sim *s, struct device *d)
{
    for (int hub = 0; hub < SIM_HUBS; hub++)
        if (d->stick[hub] && !host_clean(s, hub) && sim_chance(s, 60))
            work_readd(s, d, hub);
}

static void
step_sync(struct sim *s)
{
    struct device *d = some_device(s);
    size_t dice = sim_below(s, 100);
    enum line line = dice < 4 ? LINE_DOWN : dice < 8 ? LINE_CUTS_PULL : dice < 12 ? LINE_LOSES_ANSWER : LINE_GOOD;

    s->doing = "an exchange";
    if (dice >= 12 && dice < 16)
        line = LINE_TAKES_PART;
    host_line(s, line, sim_below(s, 3));
    sim_count(s, EV_OFFLINE, line == LINE_DOWN);
    if (dice >= 16 && dice < 26) {
        struct device *other = some_device(s);

        if (other != d)
            host_race(s, other->no);
    }
    if (!work_sync(s, d, false))
        after_distrust(s, d);
    host_race(s, -1);
    host_line(s, LINE_GOOD, 0);
    if (sim_chance(s, 25))
        truth_sets(s, d);
}

static void
step_crash_sync(struct sim *s)
{
    struct device *d = some_device(s);

    s->doing = "an exchange that is cut off";
    (void)device_on(s, d);
    device_break(s, d, 1 + sim_below(s, 16), false);
    (void)work_sync(s, d, true);
    if (!device_broke(d)) {
        device_mend(d);
        return;
    }
    device_power_cut(s, d);
    truth_own(s, d);
    truth_sets(s, d);
    sim_count(s, EV_CRASH_SYNCS, 1);
}

static void
step_crash_open(struct sim *s)
{
    struct device *d = some_device(s);

    s->doing = "opening that is cut off";
    if (sim_chance(s, 50))
        device_off(d);
    else if (d->e != NULL)
        device_power_cut(s, d);
    device_break(s, d, 1 + sim_below(s, 12), false);
    (void)device_try_on(s, d);
    if (device_broke(d)) {
        device_power_cut(s, d);
        sim_count(s, EV_CRASH_OPENS, 1);
    }
    device_mend(d);
    truth_own(s, d);
}

static void
step_cut_at_rest(struct sim *s)
{
    struct device *d = some_device(s);

    s->doing = "a power cut";
    (void)device_on(s, d);
    device_power_cut(s, d);
    truth_own(s, d);
    sim_count(s, EV_CUTS_AT_REST, 1);
}

static void
step_join(struct sim *s)
{
    struct device *d;

    s->doing = "a request to join";
    if (s->n_dev >= s->most_dev)
        return;
    host_line(s, LINE_GOOD, 0);
    if ((d = device_new(s, (int)sim_below(s, SIM_DELEGATIONS))) == NULL)
        return;
    if (host_has_door(s, 0, d) && device_join(s, d)) {
        sim_count(s, EV_JOINS, 1);
    } else {
        device_free(d); /* nobody's yet */
        s->n_dev--;
        memset(d, 0, sizeof *d);
    }
    (void)host_shown(s);
    if (sim_chance(s, 30)) /* whoever hears of it and has no right to answer */
        work_usurp(s, some_device(s));
}

/* Whoever may answer the request mostly does; its letter and its envelopes may not arrive together. */
static void
step_admit(struct sim *s)
{
    struct device *d = sim_chance(s, 60) ? &s->dev[0] : some_device(s);

    s->doing = "an admission";
    if (sim_chance(s, 80) && !work_sync(s, d, false))
        return;
    if (!work_admit(s, d, sim_chance(s, 30)) || sim_chance(s, 20))
        return;
    host_line(s, LINE_TAKES_PART, 0);
    (void)work_sync(s, d, false);
    host_line(s, LINE_GOOD, 0);
}

static void
step_copy(struct sim *s)
{
    struct device *d = some_device(s);

    s->doing = "a copy of a disk";
    device_off(d);
    free(d->copy);
    d->copy = device_image(d, &d->n_copy);
    d->met = false;
}

/* What no laptop holds any more, since the only one that did was put back: lost with its disk, and nothing can help. */
static void
forget_lost(struct sim *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->n_value; i++) {
        const struct value *v = &s->value[i];
        bool here = false;

        for (int k = 0; k < s->n_dev && !here; k++) {
            enum vls_envelope_state state;

            if (s->dev[k].begun)
                SIM_OK(s, vls_store_envelope_find(device_on(s, &s->dev[k])->store, v->change, &here, &state, &s->err));
        }
        if (here)
            s->value[kept++] = *v;
    }
    s->n_value = kept;
}

/* How an older copy comes back. */
enum back {
    BACK_SYNCED,  /* all that was written since is on an honest hub, and fetched before anything is written */
    BACK_NOTICED, /* the state file has told, and another life has begun */
    BACK_UNKNOWN  /* nobody has told: the laptop may write numbers that another copy of it has used */
};

static enum vls_code
note_stick(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct device *d = ctx;

    (void)err;
    d->stick[r->url[strlen(r->url) - 1] - '0'] = true;
    return VLS_OK;
}

static void
put_back(struct sim *s, struct device *d, enum back how)
{
    device_off(d);
    device_load(d, d->copy, d->n_copy);
    (void)device_on(s, d);
    if (how != BACK_SYNCED || !d->met)
        forget_lost(s);
    memset(d->stick, 0, sizeof d->stick); /* a remote may have come since */
    SIM_OK(s, vls_engine_remote_list(d->e, note_stick, d, &s->err));
    d->behind = how != BACK_SYNCED;
    if (how == BACK_NOTICED) {
        SIM_OK(s, vls__engine_new_incarnation(d->e, &s->err));
        sim_count(s, EV_NEW_LIVES, 1);
    } else if (how == BACK_SYNCED) {
        (void)work_sync(s, d, false);
        truth_own(s, d);
        sim_count(s, EV_RESTORES, 1);
    } else {
        sim_count(s, EV_TWINS, 1);
    }
}

static void
step_restore(struct sim *s)
{
    struct device *d = some_device(s);
    enum back how = sim_chance(s, 50) ? BACK_NOTICED : BACK_SYNCED;

    for (int i = 0; i < s->n_dev && d->copy == NULL; i++)
        d = &s->dev[i];
    s->doing = "an older copy put back";
    if ((s->flags & SIM_TWINS) != 0 && sim_chance(s, 50))
        how = BACK_UNKNOWN;
    if (d->copy == NULL || (how == BACK_SYNCED && (d->stick[1] || !host_clean(s, 0))))
        return;
    host_line(s, LINE_GOOD, 0);
    if (how == BACK_SYNCED && d->met && !work_sync(s, d, false))
        sim_fail(s, "a trust failure on an honest hub");
    put_back(s, d, how);
}

/* A laptop puts a short history in the place of a hub's long one; the line, another laptop or its disk get in the way. */
static void
step_compact(struct sim *s, bool hostile)
{
    struct device *d = some_device(s), *other = some_device(s);
    static const enum line lines[] = {LINE_GOOD,       LINE_GOOD,    LINE_GOOD,       LINE_GOOD, LINE_CUTS_PULL,
                                      LINE_CUTS_ASIDE, LINE_REFUSES, LINE_LOSES_MOVE, LINE_DOWN};
    bool crash = sim_chance(s, 25);
    int hub = sim_chance(s, 90) ? 0 : 1;

    s->doing = "a short history";
    if (sim_chance(s, 40))
        work_edit(s, d, false);
    host_line(s, crash ? LINE_GOOD : lines[sim_below(s, sizeof lines / sizeof *lines)], sim_below(s, 8));
    if (other != d && sim_chance(s, 25)) {
        work_edit(s, other, false);
        host_race(s, other->no);
    }
    work_compact(s, d, hub, crash);
    host_race(s, -1);
    host_line(s, LINE_GOOD, 0);
    truth_sets(s, d);
    if (!hostile || !sim_chance(s, 50))
        return;
    for (int i = 0; i < 2; i++) { /* the occasion that a host may wait for */
        work_edit(s, d, false);
        if (!work_sync(s, d, false))
            after_distrust(s, d);
        host_lie(s, hub, LIE_BEFORE);
    }
    for (int i = 0; i < s->n_dev; i++)
        if (s->dev[i].begun && !work_sync(s, &s->dev[i], false))
            after_distrust(s, &s->dev[i]);
}

static void
step_lie(struct sim *s)
{
    int hub = sim_chance(s, 80) ? 0 : 1;

    s->doing = "a lie";
    host_lie(s, hub, (enum lie)sim_below(s, N_LIES));
}

static void
step(struct sim *s, bool hostile)
{
    size_t dice = sim_below(s, 100);

    s->step++;
    s->now += (int64_t)sim_below(s, 3 * 86400);
    s->doing = "an edit";
    if (dice < 26)
        work_edit(s, some_device(s), false);
    else if (dice < 31)
        work_duel(s, some_device(s), some_device(s));
    else if (dice < 57)
        step_sync(s);
    else if (dice < 59)
        step_compact(s, hostile);
    else if (dice < 62)
        work_decide(s, some_device(s));
    else if (dice < 65)
        work_edit(s, some_device(s), true);
    else if (dice < 68)
        step_crash_sync(s);
    else if (dice < 70)
        step_crash_open(s);
    else if (dice < 72)
        step_cut_at_rest(s);
    else if (dice < 73)
        work_edit_on_full_disk(s, some_device(s));
    else if (dice < 76)
        step_join(s);
    else if (dice < 80)
        step_admit(s);
    else if (dice < 83)
        step_copy(s);
    else if (dice < 86)
        step_restore(s);
    else if (dice < 87)
        work_add_stick(s, some_device(s), 1);
    else if (dice < 89) {
        some_device(s)->clock = (int64_t)(sim_below(s, 80) * 31557600) - 1262304000;
        sim_count(s, EV_CLOCK_JUMPS, 1);
    } else if (!hostile)
        step_sync(s);
    else if (dice < 91)
        work_compare_rejection(s, some_device(s));
    else
        step_lie(s);
}

/* ---- quiet ---- */

static void
heal_one(struct sim *s, struct device *d)
{
    if (work_sync(s, d, false))
        return;
    for (int hub = 0; hub < SIM_HUBS; hub++)
        if (d->stick[hub])
            work_readd(s, d, hub);
    SIM_CHECK(s, work_sync(s, d, false), "no trust in a hub that was added anew and does not lie");
}

/* Exchanges until a whole round leaves nothing new anywhere. */
static void
settle(struct sim *s)
{
    bool quiet = false;

    s->doing = "settling";
    for (int round = 0; round < ROUNDS && !quiet; round++) {
        size_t before = host_pieces(s);
        bool admitted = false;

        for (int i = 0; i < s->n_dev; i++) {
            heal_one(s, &s->dev[i]);
            while (work_admit(s, &s->dev[i], false))
                admitted = true; /* a request that was left again came after the last exchange */
        }
        quiet = round > 0 && host_pieces(s) == before && !admitted;
    }
    SIM_CHECK(s, quiet, "still not quiet after %d rounds with an honest host", ROUNDS);
}

static void
heal(struct sim *s)
{
    s->doing = "healing";
    host_line(s, LINE_GOOD, 0);
    for (int hub = 0; hub < SIM_HUBS; hub++)
        if (hub == 0 && !s->must_fail && sim_chance(s, 10)) /* a fault that was planted there would go with it */
            host_lose_all(s, hub);
        else
            host_repent(s, hub);
    for (int i = 0; i < s->n_dev; i++) {
        /* whoever is left with the second stick alone would meet nobody */
        work_add_stick(s, &s->dev[i], 0);
        if (sim_chance(s, 30))
            device_off(&s->dev[i]);
    }
    if (sim_chance(s, 20)) { /* everybody else comes late */
        s->doing = "a short history";
        work_compact(s, sim_member(s), 0, false);
    }
    settle(s);
    if (sim_chance(s, 70))
        return;
    s->doing = "decisions"; /* of what everybody sees, some of it by two */
    for (int i = 0; i < s->n_dev; i++)
        work_decide(s, &s->dev[i]);
    settle(s);
}

static void
play(struct sim *s)
{
    bool hostile = sim_chance(s, 65);
    size_t n = (s->flags & SIM_LONG) != 0 ? 200 + sim_below(s, 200) : 6 + sim_below(s, 22);

    for (size_t i = 0; i < n; i++)
        step(s, hostile);
    heal(s);
    truth_end(s);
    sim_count(s, EV_RUNS, 1);
}

void
sim_run(uint64_t seed, unsigned flags, uint64_t total[N_EVENTS])
{
    struct sim *s = calloc(1, sizeof *s);

    assert_non_null(s);
    sim_begin(s, seed, flags);
    play(s);
    for (int i = 0; i < N_EVENTS; i++)
        total[i] += s->count[i];
    sim_stop(s);
    free(s);
}

void
sim_fingerprint(uint64_t seed, unsigned flags, uint8_t out[VLS_HASH_LEN])
{
    struct sim *s = calloc(1, sizeof *s);

    assert_non_null(s);
    sim_begin(s, seed, flags);
    play(s);
    memset(out, 0, VLS_HASH_LEN);
    for (int i = 0; i < s->n_dev; i++) {
        size_t n;
        const uint8_t *p = device_disk(&s->dev[i], &n);
        struct vls_slice parts[] = {{out, VLS_HASH_LEN}, {p, n}, {(const uint8_t *)s->count, sizeof s->count}};
        uint8_t sum[VLS_HASH_LEN];

        vls_hash(sum, "sim run", parts, 3);
        memcpy(out, sum, sizeof sum);
    }
    sim_stop(s);
    free(s);
}

/* ---- the simulator tested ---- */

static void
damage_store(struct sim *s, const char *sql)
{
    struct device *d = sim_member(s);

    assert_int_equal(sqlite3_exec(d->e->store->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

void
sim_sabotage(uint64_t seed, int what)
{
    struct sim *s = calloc(1, sizeof *s);
    struct device *d;

    assert_non_null(s);
    sim_begin(s, seed, 0);
    s->must_fail = true;
    for (int i = 0; i < 12; i++)
        work_edit(s, some_device(s), false);
    d = sim_member(s);
    switch (what) {
    case 0: damage_store(s, "DELETE FROM live WHERE field < 1000"); break; /* a value vanishes */
    case 1: damage_store(s, "UPDATE live SET value = x'6161'"); break;     /* a value changes */
    case 2: host_sabotage(s, d, true); break;                              /* a word gets out */
    case 3: host_sabotage(s, d, false); break;                             /* an honest hub that is none */
    case 4:                                                                /* an acknowledged edit is taken back */
        device_off(d);
        d->copy = device_image(d, &d->n_copy);
        for (int i = 0; i < 6; i++)
            work_edit(s, d, false);
        device_off(d);
        device_load(d, d->copy, d->n_copy);
        break;
    case 5: /* a short history lacks something */
        host_drops(s);
        work_compact(s, d, 0, false);
        break;
    case 6: /* nobody misses what a host took away */
        for (int i = 0; i < s->n_dev; i++)
            (void)work_sync(s, &s->dev[i], false);
        short_blind(-1);
        for (int i = 0; i < 8 * s->n_dev; i++) {
            host_repent(s, 0); /* who is told that a piece is gone by what builds on it stays away */
            host_lie(s, 0, LIE_ANEW);
            (void)work_sync(s, &s->dev[i % s->n_dev], false);
        }
        break;
    case 7: /* a short history is taken for a lie */
        short_blind(1);
        work_compact(s, d, 0, false);
        break;
    default: break;
    }
    heal(s);
    truth_end(s);
    _exit(0);
}
