/*
 * Every call that can fail does, at the level of the opened store: each allocation, read, write, sync, change of size,
 * rename and removal of a workload fails once and for good, the disk fills up at every block, the machine has no
 * randomness. After each the right code has come back, nothing has leaked, and the store holds the state before or
 * after the step, whole, and can be written.
 */
#include <sodium.h>
#include <sys/random.h>
#include <sys/wait.h>

#include "workloads.h"

static struct {
    unsigned long allocations, calls[CALLS], full, random; /* injections that met something */
    unsigned long refused, unseen, went_on; /* a code came back; nothing to say; the same connection was used again */
} met;

/* Which points of a sweep are tried: all in long runs, a sample under sanitizers. */
static unsigned long
stride(unsigned long quick, unsigned long sanitized)
{
#if VLS_SANITIZED
    (void)quick;
    return is_long() ? 7 : sanitized;
#else
    (void)sanitized;
    return is_long() ? 1 : quick;
#endif
}

/* What must hold after a disturbed run that came to p->acks of total acknowledgements. */
static void
check_after(const struct workload *w, size_t acks, size_t total, enum vls_code rc, const char *what, unsigned long n)
{
    size_t low = ack_state[acks], high = acks < total ? ack_state[acks + 1] : n_states - 1;
    struct look l;
    bool known = false;

    disk_fail(&the_disk, 0, 0, 0, false);
    if (rc == VLS_OK)
        low = high = n_states - 1;
    if (memio_named(&the_disk.m, "copy") != NULL)
        look_at_copy(what, states[n_states - 1].digest);
    else if (w->run == run_copy && rc == VLS_OK)
        fail_msg("%s %lu: no copy", what, n);
    look_at(&the_disk, true, &l);
    if (!l.there) {
        if (states[low].there)
            fail_msg("%s, %s %lu: the store is gone", w->name, what, n);
        return;
    }
    if (l.code != VLS_OK)
        fail_msg("%s, %s %lu: %s: %s", w->name, what, n, vls_code_name(l.code), l.err.text);
    if (!l.in_order)
        fail_msg("%s, %s %lu: integrity_check", w->name, what, n);
    for (size_t i = low; i <= high; i++)
        known = known ||
                (states[i].there && states[i].key == l.key && memcmp(states[i].digest, l.digest, VLS_HASH_LEN) == 0);
    if (!known)
        fail_msg("%s, %s %lu: neither of the states %zu to %zu (%zu acknowledged, %s)", w->name, what, n, low, high,
                 acks, vls_code_name(rc));
    assert_null(memio_named(&the_disk.m, "store.new"));
}

/* The fault is over: the same connection holds old or new and goes on. After a call that failed it may refuse to. */
static void
check_goes_on(const struct workload *w, struct play *p, size_t total, const char *what, unsigned long n, bool must)
{
    size_t low = ack_state[p->acks], high = p->acks < total ? ack_state[p->acks + 1] : n_states - 1;
    struct look l = {.there = true};
    bool known = false;

    if (p->db == NULL || !w->goes_on || vls_pagelog_dead(vls__vfs_log(p->db)))
        return;
    if (!sqlite3_get_autocommit(p->db))
        (void)sqlite3_exec(p->db, "ROLLBACK", NULL, NULL, NULL);
    if (look_inside(p->db, &l) != VLS_OK) {
        if (must)
            fail_msg("%s goes on after %s %lu: %s", w->name, what, n, l.err.text);
        return;
    }
    for (size_t i = low; i <= high; i++)
        known = known || memcmp(states[i].digest, l.digest, VLS_HASH_LEN) == 0;
    if (!known || !l.in_order)
        fail_msg("%s goes on after %s %lu with another state (%d)", w->name, what, n, l.in_order);
    met.went_on++;
}

/* One run with one fault. True when the fault happened. */
static bool
one(const struct workload *w, size_t total, unsigned kinds, unsigned long n, int sys, bool for_good)
{
    const char *what = kinds == 0 ? "allocation" : sys == ENOSPC ? "call without space" : "call";
    struct vls_error err = {0};
    struct play p;
    long alive = scarce.alive;
    unsigned long fired;
    enum vls_code rc;

    play_begin(&p, w);
    disk_fail(&the_disk, kinds, n, sys, for_good);
    if (kinds == 0)
        scarce_at(n, for_good);
    rc = w->run(&p, &err);
    if (!for_good && rc != VLS_OK) {
        (void)scarce_end();
        check_goes_on(w, &p, total, what, n, kinds == 0);
    }
    play_close(&p);
    fired = kinds == 0 ? scarce_end() : the_disk.n_fired;
    for (int i = 0; i < CALLS; i++)
        met.calls[i] += the_disk.fired[i] > 0;
    if (fired == 0) {
        check_ok(rc, &err);
        assert_int_equal(p.acks, total);
    }
    /* the last step of all may be done when only closing or giving room back fails */
    if (rc != VLS_OK &&
        rc != (kinds == 0      ? VLS_ENOMEM
               : sys == ENOSPC ? VLS_EFULL
                               : VLS_EIO) &&
        !(sys == ENOSPC && rc == VLS_EIO))
        fail_msg("%s, %s %lu: %s: %s", w->name, what, n, vls_code_name(rc), err.text);
    met.refused += rc != VLS_OK;
    met.unseen += rc == VLS_OK && fired > 0;
    if (scarce.alive != alive)
        fail_msg("%s, %s %lu: %ld blocks have leaked", w->name, what, n, scarce.alive - alive);
    if (disk_handles(&the_disk) != 0)
        fail_msg("%s, %s %lu: the file stays open", w->name, what, n);
    check_after(w, p.acks, total, rc, what, n);
    return fired > 0;
}

/* From the first to the last point that the workload meets. Yields how many were tried. */
static unsigned long
sweep(const struct workload *w, size_t total, unsigned kinds, int sys, bool for_good, unsigned long step)
{
    unsigned long n, tried = 0;

    for (n = 1 + (for_good ? step / 2 : 0); one(w, total, kinds, n, sys, for_good); n += step)
        tried++;
    return tried;
}

static void
allocations(bool for_good, unsigned long much, unsigned long sanitized)
{
    for (size_t i = 0; i < N_WORKLOADS; i++) {
        const struct workload *w = &workloads[i];
        size_t total = play_learn(w);
        unsigned long step = stride(w->much ? much : 1, sanitized), tried = sweep(w, total, 0, 0, for_good, step);

        print_message("# %s: %lu allocations, every %lu\n", w->name, tried, step);
        if (tried * step < 60)
            fail_msg("%s meets %lu allocations only", w->name, tried * step);
        met.allocations += tried;
    }
}

static void
any_allocation_fails_once(void **state)
{
    (void)state;
    allocations(false, 4, 16);
}

static void
any_allocation_and_all_after_it_fail(void **state)
{
    (void)state;
    allocations(true, 7, 45);
}

static void
any_call_to_the_disk_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_WORKLOADS; i++) {
        const struct workload *w = &workloads[i];
        size_t total = play_learn(w);
        unsigned long step = stride(1, 3), once = sweep(w, total, CALL_ALL, EIO, false, step),
                      good = sweep(w, total, CALL_ALL, EIO, true, step),
                      full = sweep(w, total, 1u << CALL_WRITE | 1u << CALL_ALLOCATE, ENOSPC, true, step), kind = 0;

        /* one kind of call alone works no more: a disk that only reads, one that never syncs */
        for (unsigned k = 0; k < CALLS; k++)
            kind += sweep(w, total, 1u << k, EIO, true, step);
        print_message("# %s: %lu calls once, %lu for good, %lu of one kind, %lu without space\n", w->name, once, good,
                      kind, full);
        if (once + 1 < good || good + 1 < once || once * step < 6)
            fail_msg("%s meets %lu calls once and %lu for good", w->name, once, good);
        met.full += full;
    }
}

/* Not a call that fails, but a disk of every size from too small to large enough. */
static void
the_disk_fills_up_at_any_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_WORKLOADS; i++) {
        const struct workload *w = &workloads[i];
        size_t total = play_learn(w), most = the_disk.m.file[0].n_now, tried = 0;

        for (int k = 0; k < the_disk.m.n_files; k++)
            most = the_disk.m.file[k].n_now > most ? the_disk.m.file[k].n_now : most;
        if (w->base == BASE_NONE || w->base == BASE_FLYING)
            continue; /* 1 MiB from the first block on */
        for (size_t full = VLS_PAGELOG_BLOCK * 4; full <= most; full += VLS_PAGELOG_BLOCK * stride(2, 12)) {
            struct vls_error err = {0};
            struct play p;
            long alive = scarce.alive;
            enum vls_code rc;

            play_begin(&p, w);
            the_disk.m.full_at = full;
            rc = w->run(&p, &err);
            play_close(&p);
            the_disk.m.full_at = 0;
            if (rc != VLS_OK && rc != VLS_EFULL)
                fail_msg("%s on a disk of %zu: %s: %s", w->name, full, vls_code_name(rc), err.text);
            assert_int_equal(scarce.alive, alive);
            check_after(w, p.acks, total, rc, "size of the disk", full);
            tried += rc == VLS_EFULL;
        }
        met.full += tried;
    }
}

/* ---- no randomness ---- */

static struct {
    unsigned long n, at;
    int pid;
} draws;
/* What the child leaves: its disk, and how many steps it had acknowledged. */
static struct {
    bool there;
    size_t acks, n;
    uint8_t bytes[4u << 20];
} * shared;
static const struct play *playing;

VLS_API pid_t getpid(void);

/* The pool of random bytes asks who it is before each use: another answer makes it draw anew, so every use is a call.
 */
pid_t
getpid(void)
{
    return draws.at > 0 ? ++draws.pid : (pid_t)syscall(SYS_getpid);
}

static const char *
source_name(void)
{
    return "test";
}

static void
source_draw(void *const out, const size_t n)
{
    if (draws.at > 0 && ++draws.n == draws.at) {
        const struct memio_name *name = memio_find(the_disk.m.now, "store");
        const struct memio_file *f = name->file < 0 ? NULL : &the_disk.m.file[name->file];

        /* libsodium ends a process that it can get no randomness for: what was written stays */
        shared->acks = playing->acks;
        shared->there = f != NULL;
        shared->n = f != NULL ? f->n_now : 0;
        if (shared->n > sizeof shared->bytes)
            _exit(43);
        if (f != NULL)
            memcpy(shared->bytes, f->now, f->n_now);
        _exit(42);
    }
    if (getrandom(out, n, 0) != (ssize_t)n)
        abort();
}

static uint32_t
source_word(void)
{
    uint32_t v;

    source_draw(&v, sizeof v);
    return v;
}

static void
without_randomness_the_process_ends_and_leaves_old_or_new(void **state)
{
    static randombytes_implementation source = {
        .implementation_name = source_name, .random = source_word, .buf = source_draw};

    (void)state;
    assert_int_equal(randombytes_set_implementation(&source), 0);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    for (size_t i = 0; i < N_WORKLOADS; i++) {
        const struct workload *w = &workloads[i];
        size_t total = play_learn(w);
        unsigned long n, step = stride(3, 30);

        for (n = 1;; n += step) {
            struct image left = {NULL, 0};
            int status;
            pid_t child = fork();

            assert_true(child >= 0);
            if (child == 0) {
                struct play p;

                play_begin(&p, w);
                playing = &p;
                draws.pid = 2;
                draws.at = n;
                _exit(w->run(&p, NULL) == VLS_OK ? 0 : 1);
            }
            assert_int_equal(waitpid(child, &status, 0), child);
            assert_true(WIFEXITED(status) && (WEXITSTATUS(status) == 42 || WEXITSTATUS(status) == 0));
            if (WEXITSTATUS(status) == 0)
                break;
            if (shared->there)
                left = image_of(shared->bytes, shared->n);
            disk_load(&the_disk, &left, NULL);
            image_clear(&left);
            check_after(w, shared->acks, total, VLS_EIO, "drawing of random bytes", n);
            met.random++;
        }
        assert_true(n > 1 || w->changes == 1);
    }
    (void)munmap(shared, sizeof *shared);
}

/* A sweep that meets little proves little. Under sanitizers a sample is tried. */
static void
the_sweeps_met_enough(void **state)
{
    static const unsigned long least_calls[CALLS] = {25, 400, 700, 100, 30, 150, 12, 8, 45, 8};
    unsigned long all = met.allocations + met.full + met.random, calls = 0, share = is_sample() ? 4 : 1;

    (void)state;
    for (int i = 0; i < CALLS; i++) {
        print_message("# %lu runs in which a call failed: %s\n", met.calls[i], call_names[i]);
        calls += met.calls[i];
    }
    print_message("# %lu injections: %lu allocations, %lu without space, %lu without randomness, %lu of calls; "
                  "%lu refused, %lu went unseen, %lu connections went on\n",
                  all + calls, met.allocations, met.full, met.random, calls, met.refused, met.unseen, met.went_on);
    for (int i = 0; i < CALLS; i++)
        if (met.calls[i] < least_calls[i] / share)
            fail_msg("only %lu runs in which a call failed: %s", met.calls[i], call_names[i]);
    assert_true(all + calls >= (share == 1 ? 20000 : 2000) && met.full >= 300 / share &&
                met.random >= 80 / (share * 3));
    assert_true(met.refused >= (all + calls) / 5 * 4 && met.went_on >= (share == 1 ? 4000 : 500));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_allocation_fails_once),
        cmocka_unit_test(any_allocation_and_all_after_it_fail),
        cmocka_unit_test(any_call_to_the_disk_fails),
        cmocka_unit_test(the_disk_fills_up_at_any_block),
        cmocka_unit_test(without_randomness_the_process_ends_and_leaves_old_or_new),
        cmocka_unit_test(the_sweeps_met_enough),
    };

    return cmocka_run_group_tests(tests, fault_setup, fault_teardown);
}
