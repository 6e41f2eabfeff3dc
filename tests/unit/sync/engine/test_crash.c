/*
 * A process that dies: at each of its calls that reach the disk or the pipe in turn, some of them half
 * done, and at random moments. What had been acknowledged is there, the rest is there or not, and what was
 * begun can be begun again (I5).
 */
#include "world.h"

#include <errno.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

/* ---- the calls, counted in the child ---- */

static struct {
    bool on;
    unsigned long n, at;
    bool half; /* the fatal call does part of its work first */
} knife;

struct shared {
    unsigned long acked, calls, round;
};

static bool
falls(void)
{
    return knife.on && ++knife.n == knife.at;
}

static void
die(void)
{
    (void)kill(getpid(), SIGKILL);
    for (;;)
        (void)pause();
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
    if (falls()) {
        if (knife.half)
            (void)syscall(SYS_pwrite64, fd, p, n / 2, off);
        die();
    }
    return syscall(SYS_pwrite64, fd, p, n, off);
}

ssize_t
write(int fd, const void *p, size_t n)
{
    if (falls()) {
        if (knife.half)
            (void)syscall(SYS_write, fd, p, n / 2);
        die();
    }
    return syscall(SYS_write, fd, p, n);
}

ssize_t
send(int fd, const void *p, size_t n, int flags)
{
    if (falls()) {
        if (knife.half)
            (void)syscall(SYS_sendto, fd, p, n / 2, flags, NULL, 0);
        die();
    }
    return syscall(SYS_sendto, fd, p, n, flags, NULL, 0);
}

/* Half of a call without bytes is that it was made and nobody heard of it. */
#define COUNTED(result, name, parameters, call)                                                                        \
    result name parameters                                                                                             \
    {                                                                                                                  \
        if (falls()) {                                                                                                 \
            if (knife.half)                                                                                            \
                (void)call;                                                                                            \
            die();                                                                                                     \
        }                                                                                                              \
        return (result)call;                                                                                           \
    }

COUNTED(int, fdatasync, (int fd), syscall(SYS_fdatasync, fd))
COUNTED(int, fsync, (int fd), syscall(SYS_fsync, fd))
COUNTED(int, ftruncate, (int fd, off_t n), syscall(SYS_ftruncate, fd, n))
COUNTED(int, fallocate, (int fd, int mode, off_t at, off_t n), syscall(SYS_fallocate, fd, mode, at, n))
COUNTED(int, rename, (const char *from, const char *to), syscall(SYS_rename, from, to))
COUNTED(int, renameat2, (int a, const char *from, int b, const char *to, unsigned flags),
        syscall(SYS_renameat2, a, from, b, to, flags))
COUNTED(int, unlink, (const char *path), syscall(SYS_unlink, path))
COUNTED(int, mkdir, (const char *path, mode_t mode), syscall(SYS_mkdir, path, mode))

/* ---- one attempt, one death ---- */

/* True when the child was cut down; false when the attempt ended before its at-th call. */
static bool
cut(struct world *w, const struct attempt *a, unsigned long at, bool half, struct shared *s)
{
    int status;
    pid_t child;

    s->acked = 0;
    if ((child = fork()) == 0) {
        struct vls_places p;

        if (a->who >= 0) {
            p = two_places(w->t, a->who);
            if (vls_engine_open(&w->t->e[a->who], &p, w->t->master[a->who], NULL) != VLS_OK)
                _exit(3);
        }
        knife.on = true;
        knife.at = at;
        knife.half = half;
        if (a->run(w, &w->t->err) != VLS_OK)
            _exit(4);
        s->acked = 1; /* from here on nothing may undo it */
        if (a->who >= 0)
            vls_engine_close(w->t->e[a->who]);
        knife.on = false;
        s->calls = knife.n;
        _exit(0);
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) != 0)
        fail_msg("%s, call %lu: the child gave up with %d", a->name, at, WEXITSTATUS(status));
    return WIFSIGNALED(status);
}

/* What must be true right after, and after doing it (again). */
static void
aftermath(struct world *w, const struct attempt *a, bool acked)
{
    struct two *t = w->t;
    bool there;
    enum vls_code rc;

    if (a->run == try_init || a->run == try_join) {
        struct vls_places p = two_places(t, NY);
        char data[400];

        (void)snprintf(data, sizeof data, "%s/fourth/data", w->live);
        p.data = p.state = data;
        there = vls_engine_exists(&p);
        assert_true(there || !acked);
        rc = a->run(w, &t->err);
        if (there)
            assert_int_equal(rc, VLS_EEXIST);
        else
            check_ok(rc, &t->err);
        vls_engine_close(w->begun);
        w->begun = NULL;
        world_begun(w);
        return;
    }
    if (a->run == try_passphrase) {
        if (try_unlock(w, NULL) != VLS_OK) {
            struct vls_places p = two_places(t, NY);
            struct vls_secret *master;

            check_ok(vls_engine_unlock(&master, &p, w->other, &t->err), &t->err);
            vls_secret_free(master);
        } else {
            assert_false(acked);
        }
    }
    world_reopen(w, a->who >= 0 ? a->who : NY);
    there = true;
    if (a->run == try_edit)
        there = holds(t, NY, w->person, w->envoy, w->envoy_len);
    else if (a->run == try_admit || a->run == try_admit_from_now)
        there = vls_members_n_devices(t->e[NY]->members) == 3;
    assert_true(there || !acked);
    if (a->run == try_open)
        return;
    rc = a->run(w, &t->err);
    if (!(a->again_is_refused && (rc == VLS_EEXIST || rc == VLS_ENOTFOUND)))
        check_ok(rc, &t->err);
    if (a->run == try_edit)
        assert_true(holds(t, NY, w->person, w->envoy, w->envoy_len));
}

static void
a_death_at_every_call_leaves_old_or_new(void **state)
{
    struct world *w = *state;
    struct shared *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t seed = check_seed(61);
    bool all = getenv("VLS_TEST_LONG") != NULL;
    unsigned long kills = 0;

    assert_true(s != MAP_FAILED);
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    for (size_t i = 0; i < N_ATTEMPTS; i++) {
        const struct attempt *a = &attempts[i];
        unsigned long at = 1, here = 0;
        bool was_cut = true;

        if (!a->writes)
            continue;
        /* the first dozen one by one, the later ones of a long attempt in steps that the seed chooses */
        for (; was_cut; at += at < 12 || all ? 1 : 1 + check_random(&seed) % 3) {
            world_back(w, a->when);
            was_cut = cut(w, a, at, check_random(&seed) % 2 == 1, s);
            aftermath(w, a, s->acked != 0);
            here += was_cut;
            if (check_random(&seed) % 8 == 0)
                world_settles(w, a);
        }
        world_settles(w, a);
        print_message("%s: %lu deaths\n", a->name, here);
        kills += here;
        if (a->run != try_open && a->run != try_passphrase)
            assert_true(here >= 4); /* a test that cuts nothing shows nothing */
    }
    assert_true(kills >= 80);
    (void)munmap(s, 4096);
}

/* ---- at random moments ---- */

static void
child_works(struct world *w, struct shared *s)
{
    struct two *t = w->t;
    struct vls_places p[2] = {two_places(t, NY), two_places(t, HAGUE)};

    for (;; s->round++) {
        int who = (int)(s->round % 2);
        char words[32];

        if (vls_engine_open(&t->e[who], &p[who], t->master[who], &t->err) != VLS_OK)
            _exit(3);
        for (int i = 0; i < 3; i++) {
            (void)snprintf(words, sizeof words, "Edit %lu", s->acked + 1);
            if (two_set(t, who, w->person, "position", words) != VLS_OK)
                _exit(4);
            s->acked++;
        }
        if (sync_of(w, who, &t->err) != VLS_OK)
            _exit(5);
        vls_engine_close(t->e[who]);
        t->e[who] = NULL;
    }
}

static void
nothing_acknowledged_is_lost_at_random_moments(void **state)
{
    struct world *w = *state;
    struct two *t = w->t;
    struct shared *s = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    uint64_t seed = check_seed(7);
    unsigned long most = getenv("VLS_TEST_LONG") != NULL ? 2000 : 40;

    assert_true(s != MAP_FAILED);
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    world_back(w, ASKED);
    for (unsigned long kills = 0; kills < most; kills++) {
        struct timespec pause = {0, (long)(1000000 + check_random(&seed) % 150000000)};
        int status;
        pid_t child = fork();

        assert_true(child >= 0);
        if (child == 0)
            child_works(w, s);
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        if (!WIFSIGNALED(status))
            fail_msg("kill %lu: the child gave up with %d", kills, WEXITSTATUS(status));
        if (kills % 5 != 4)
            continue;
        world_settles(w, &attempts[0]);
        for (unsigned long i = 1; i <= s->acked; i++) {
            char words[32];
            int n = snprintf(words, sizeof words, "Edit %lu", i);

            if (!holds(t, NY, w->person, words, (size_t)n))
                fail_msg("kill %lu: %s was acknowledged and is gone", kills, words);
        }
        world_shut(w);
    }
    print_message("%lu kills, %lu edits, %lu exchanges\n", most, s->acked, s->round);
    assert_true(s->acked >= most && s->round >= most / 10);
    (void)munmap(s, 4096);
}

/* Whoever has lost the key file may still find a copy: nothing may take the store's place, or remove it. */
static void
a_store_without_its_key_file_is_not_touched(void **state)
{
    struct world *w = *state;
    struct vls_places p = two_places(w->t, NY);
    struct vls_new n = {.title = "Another", .delegation = "Chile", .post = "Santiago"};
    char keys[400], kept[400];

    world_back(w, ASKED);
    (void)snprintf(keys, sizeof keys, "%s/keys", p.data);
    (void)snprintf(kept, sizeof kept, "%s/keys", w->live);
    assert_int_equal(rename(keys, kept), 0);
    assert_int_equal(vls_engine_init(&w->begun, &w->begun_master, &p, &n, w->t->passphrase, NULL), VLS_EEXIST);
    n.remote_url = w->t->hub;
    assert_int_equal(vls_engine_join(&w->begun, &w->begun_master, &p, &n, w->t->passphrase, NULL), VLS_EEXIST);
    assert_int_equal(rename(kept, keys), 0);
    world_settles(w, &attempts[0]);
}

/* One process in the middle of making a valise; a second one waits for nothing and breaks nothing. */
static void
two_beginnings_do_not_mix(void **state)
{
    struct world *w = *state;
    char data[400], work[430];
    int fd;

    world_back(w, ASKED);
    (void)snprintf(data, sizeof data, "%s/fourth", w->live);
    assert_int_equal(mkdir(data, 0700), 0);
    (void)snprintf(data, sizeof data, "%s/fourth/data", w->live);
    assert_int_equal(mkdir(data, 0700), 0);
    (void)snprintf(work, sizeof work, "%s/begun", data);
    assert_int_equal(mkdir(work, 0700), 0);
    assert_true((fd = open(work, O_RDONLY | O_DIRECTORY)) >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(try_init(w, NULL), VLS_EBUSY);
    assert_int_equal(try_join(w, NULL), VLS_EBUSY);
    (void)close(fd);
    check_ok(try_init(w, &w->t->err), &w->t->err);
    assert_int_equal(access(work, F_OK), -1);
    world_shut(w);
    world_begun(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_without_its_key_file_is_not_touched),
        cmocka_unit_test(two_beginnings_do_not_mix),
        cmocka_unit_test(a_death_at_every_call_leaves_old_or_new),
        cmocka_unit_test(nothing_acknowledged_is_lost_at_random_moments),
    };

    return cmocka_run_group_tests_name("crash", tests, world_open, world_close);
}
