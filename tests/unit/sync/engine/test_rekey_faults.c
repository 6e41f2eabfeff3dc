/*
 * A failing call, a death at any call or an allocation that fails while the master key is changed leaves the old pair of
 * key file and store or the new one (I5).
 */
#include "rekey.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "tests/support/scarce.h"

/* ---- the calls that reach the disk: the at-th fails, or is the last one ---- */

static struct {
    bool on, sticky, deadly, half;
    unsigned long n, at, fired;
    unsigned long keys_named, keys_synced, store_named; /* when a name changed or its folder was synced; 0: not yet */
} knife;

static bool
falls(void)
{
    if (!knife.on)
        return false;
    knife.n++;
    if (knife.at == 0 || (knife.n != knife.at && !(knife.sticky && knife.n > knife.at)))
        return false;
    knife.fired++;
    errno = EIO;
    return true;
}

static int
fallen(void)
{
    if (knife.deadly)
        (void)kill(getpid(), SIGKILL);
    errno = EIO;
    return -1;
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
    if (falls()) {
        if (knife.half)
            (void)syscall(SYS_pwrite64, fd, p, n / 2, off);
        return fallen();
    }
    return syscall(SYS_pwrite64, fd, p, n, off);
}

ssize_t
write(int fd, const void *p, size_t n)
{
    if (falls()) {
        if (knife.half)
            (void)syscall(SYS_write, fd, p, n / 2);
        return fallen();
    }
    return syscall(SYS_write, fd, p, n);
}

int
rename(const char *from, const char *to)
{
    bool fell = falls();
    int r = -1;

    if (!fell || knife.half)
        r = (int)syscall(SYS_rename, from, to);
    if (knife.on && !fell && strstr(from, "/rekey/keys") != NULL && strstr(to, "/rekey/") == NULL)
        knife.keys_named = knife.n;
    if (knife.on && !fell && strstr(from, "/rekey/store") != NULL && strstr(to, "/rekey/") == NULL)
        knife.store_named = knife.n;
    return fell ? fallen() : r;
}

int
fsync(int fd)
{
    bool fell = falls();

    if (knife.on && !fell && knife.keys_named > 0 && knife.keys_synced == 0)
        knife.keys_synced = knife.n;
    return fell ? fallen() : (int)syscall(SYS_fsync, fd);
}

/* Half of a call without bytes is that it was made and nobody heard of it. */
#define COUNTED(name, parameters, call)                                                                                \
    int name parameters                                                                                                \
    {                                                                                                                  \
        bool fell = falls();                                                                                           \
        int r = !fell || knife.half ? (int)call : -1;                                                                  \
        return fell ? fallen() : r;                                                                                    \
    }

COUNTED(fdatasync, (int fd), syscall(SYS_fdatasync, fd))
COUNTED(ftruncate, (int fd, off_t n), syscall(SYS_ftruncate, fd, n))
COUNTED(fallocate, (int fd, int mode, off_t at, off_t n), syscall(SYS_fallocate, fd, mode, at, n))
COUNTED(mkdir, (const char *path, mode_t mode), syscall(SYS_mkdir, path, mode))
COUNTED(rmdir, (const char *path), syscall(SYS_rmdir, path))
COUNTED(unlink, (const char *path), syscall(SYS_unlink, path))

/* ---- faults and deaths ---- */

struct tally {
    unsigned old, fresh, between;
};

/* One of the two passphrases opens key file and store; says which. */
static bool
one_of_two(struct two *t, const char *what, struct tally *n)
{
    struct vls_secret *before = NULL, *after = NULL, *m;
    enum vls_code rc_old = unlock(t, NY, t->passphrase, &before), rc_new = unlock(t, NY, other, &after);
    bool is_new = rc_new == VLS_OK, pending = is_new && there(t, NY, "rekey/store");
    enum vls_code rc;

    if ((rc_old == VLS_OK) == (rc_new == VLS_OK))
        fail_msg("%s: the passphrases yield %s and %s", what, vls_code_name(rc_old), vls_code_name(rc_new));
    m = is_new ? after : before;
    if ((rc = open_with(t, NY, m)) != VLS_OK)
        fail_msg("%s: the %s key file does not open its store: %s", what, is_new ? "new" : "old", t->err.text);
    assert_true(has_person(t, NY));
    assert_false(there(t, NY, "rekey"));
    check_ok(vls_store_verify(t->e[NY]->store, &t->err), &t->err);
    shut(t, NY);
    n->old += !is_new;
    n->fresh += is_new;
    n->between += pending;
    vls_secret_free(before);
    vls_secret_free(after);
    return is_new;
}

static void
every_call(struct two *t, bool deadly, struct tally *tally)
{
    struct vls_buf keys, store;
    unsigned long calls = 0, hits = 0, n;
    uint64_t seed = check_seed(4);

    shut(t, NY);
    file_get(t, NY, "keys", &keys);
    file_get(t, NY, "store", &store);
    for (n = 0; n == 0 || n <= calls; n++) {
        struct vls_secret *master = t->master[NY];
        char what[64];
        int status = 0;
        enum vls_code rc = VLS_OK;
        pid_t child = 0;

        check_ok(vls_secret_copy(&t->master[NY], master->bytes, master->len, &t->err), &t->err);
        memset(&knife, 0, sizeof knife);
        knife.at = n;
        knife.sticky = !deadly && check_random(&seed) % 2 == 0;
        knife.half = check_random(&seed) % 2 == 0;
        (void)snprintf(what, sizeof what, "call %lu of %lu%s%s", n, calls, knife.half ? ", half" : "",
                       knife.sticky ? " and all later" : "");
        if (deadly && n > 0 && (child = fork()) == 0) {
            knife.on = knife.deadly = true;
            _exit(rekey(t, NY, other) == VLS_OK ? 0 : 1);
        }
        if (child > 0) {
            assert_int_equal(waitpid(child, &status, 0), child);
            hits += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
        } else {
            knife.on = true;
            rc = rekey(t, NY, other);
            knife.on = false;
            hits += knife.fired > 0;
            if (rc != VLS_OK && rc != VLS_EIO && rc != VLS_EFULL)
                fail_msg("%s: %s: %s", what, vls_code_name(rc), t->err.text);
        }
        if (n == 0) {
            calls = knife.n;
            assert_true(knife.keys_named > 0 && knife.keys_synced > knife.keys_named);
            assert_true(knife.store_named > knife.keys_synced); /* what a power cut may undo is undone in order */
        }
        if (!one_of_two(t, what, tally))
            assert_true(rc != VLS_OK || child > 0);
        vls_secret_free(t->master[NY]);
        t->master[NY] = master;
        file_put(t, NY, "keys", &keys);
        file_put(t, NY, "store", &store);
    }
    print_message("%lu calls, %lu hit; %u times the old pair, %u the new one, of them %u put together on opening\n",
                  calls, hits, tally->old, tally->fresh, tally->between);
    assert_true(calls > 20 && hits + 3 >= calls);
    assert_true(tally->old > 15 && tally->fresh > 3 && tally->between > 0);
    vls_buf_clear(&keys);
    vls_buf_clear(&store);
}

static void
a_failing_call_leaves_the_old_pair_or_the_new_one(void **state)
{
    every_call(*state, false, &(struct tally){0, 0, 0});
}

static void
a_death_at_any_call_leaves_the_old_pair_or_the_new_one(void **state)
{
    every_call(*state, true, &(struct tally){0, 0, 0});
}

/* No memory, at one allocation or from one on: the old pair or the new one, and nothing is kept for ever. */
static void
without_memory_the_old_pair_or_the_new_one_is_left(void **state)
{
    enum { TAIL = 40 }; /* the last allocations, where the files are exchanged: each of them */
    struct two *t = *state;
    struct tally tally = {0, 0, 0};
    struct vls_buf keys, store;
    unsigned long all, step, refused = 0;
    uint64_t seed = check_seed(6);

    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    shut(t, NY);
    file_get(t, NY, "keys", &keys);
    file_get(t, NY, "store", &store);
    scarce_at(0, false);
    check_ok(rekey(t, NY, other), &t->err);
    (void)scarce_end();
    all = scarce.n;
    step = getenv("VLS_TEST_LONG") != NULL ? 1 : all / 70 + 1;
    for (unsigned long n = 1 + check_random(&seed) % step; n <= all; n += n + TAIL < all ? step : 1) {
        struct vls_places p = two_places(t, NY);
        struct vls_secret *fresh = NULL, *before = NULL;
        char what[64];
        enum vls_code rc;
        long alive;

        file_put(t, NY, "keys", &keys);
        file_put(t, NY, "store", &store);
        check_ok(unlock(t, NY, t->passphrase, &before), &t->err);
        (void)snprintf(what, sizeof what, "allocation %lu of %lu", n, all);
        alive = scarce.alive;
        scarce_at(n, check_random(&seed) % 2 == 0);
        rc = vls_engine_rekey(&fresh, &p, before, other, &t->err);
        if (scarce_end() == 0 || (rc != VLS_OK && rc != VLS_ENOMEM))
            fail_msg("%s: %s: %s", what, vls_code_name(rc), t->err.text);
        assert_true((rc == VLS_OK) == (fresh != NULL));
        vls_secret_free(fresh);
        if (scarce.alive > alive)
            fail_msg("%s: %ld blocks have leaked", what, scarce.alive - alive);
        refused += rc != VLS_OK;
        if (!one_of_two(t, what, &tally))
            assert_int_not_equal(rc, VLS_OK);
        vls_secret_free(before);
    }
    print_message("%lu allocations, every %lu. and the last ones, %lu refused; %u times the old pair, %u the new one\n",
                  all, step, refused, tally.old, tally.fresh);
    assert_true(refused > 20 && tally.old > 20);
    vls_buf_clear(&keys);
    vls_buf_clear(&store);
}

int
main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)
    const struct CMUnitTest tests[] = {
        CASE(a_failing_call_leaves_the_old_pair_or_the_new_one),
        CASE(a_death_at_any_call_leaves_the_old_pair_or_the_new_one),
        CASE(without_memory_the_old_pair_or_the_new_one_is_left),
    };

    return cmocka_run_group_tests_name("rekey_faults", tests, NULL, NULL);
}
