/*
 * Another master key: what opened the valise before opens nothing of it afterwards (LL-08), everything else
 * is as it was, and a failing call or a death at any call leaves the old pair of key file and store or the
 * new one (I5).
 */
#include "two.h"

#include "valise/file.h"

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

/* ---- the laptop ---- */

static struct vls_secret *other; /* the passphrase after the change */
static uint8_t person[VLS_ID_LEN];

static int
open_all(void **state)
{
    struct two *t;

    if (two_open(state) != 0)
        return -1;
    t = *state;
    check_ok(vls_secret_copy(&other, "quite another passphrase", 24, &t->err), &t->err);
    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_person(t, NY, "Invented Person", person);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    return 0;
}

static int
close_all(void **state)
{
    vls_secret_free(other);
    return two_close(state);
}

static void
shut(struct two *t, int who)
{
    vls_engine_close(t->e[who]);
    t->e[who] = NULL;
}

static enum vls_code
unlock(struct two *t, int who, const struct vls_secret *passphrase, struct vls_secret **master)
{
    struct vls_places p = two_places(t, who);

    return vls_engine_unlock(master, &p, passphrase, &t->err);
}

static enum vls_code
open_with(struct two *t, int who, const struct vls_secret *master)
{
    struct vls_places p = two_places(t, who);

    return vls_engine_open(&t->e[who], &p, master, &t->err);
}

/* rekey with the shut valise, whose key in t->master becomes the new one. */
static enum vls_code
rekey(struct two *t, int who, const struct vls_secret *passphrase)
{
    struct vls_places p = two_places(t, who);
    struct vls_secret *fresh = NULL;
    enum vls_code rc = vls_engine_rekey(&fresh, &p, t->master[who], passphrase, &t->err);

    if (rc == VLS_OK) {
        vls_secret_free(t->master[who]);
        t->master[who] = fresh;
    } else {
        assert_null(fresh);
    }
    return rc;
}

static void
path_of(const struct two *t, int who, const char *name, char out[400])
{
    (void)snprintf(out, 400, "%s/%s", t->data[who], name);
}

static void
file_get(const struct two *t, int who, const char *name, struct vls_buf *out)
{
    char path[400];

    path_of(t, who, name, path);
    vls_buf_init(out, 64u << 20);
    assert_int_equal(vls_file_read(out, path, 0, NULL), VLS_OK);
}

static void
file_put(const struct two *t, int who, const char *name, const struct vls_buf *bytes)
{
    char path[400];
    int fd;

    path_of(t, who, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->p, bytes->n), bytes->n);
    assert_int_equal(close(fd), 0);
}

static bool
there(const struct two *t, int who, const char *name)
{
    char path[400];

    path_of(t, who, name, path);
    return access(path, F_OK) == 0;
}

static bool
has_person(struct two *t, int who)
{
    struct vls_record *r = NULL;
    enum vls_code rc = vls_store_record(vls_engine_store(t->e[who]), person, VLS_LOAD_LIVE, &r, &t->err);

    vls_record_free(r);
    return rc == VLS_OK;
}

/* ---- what it is for ---- */

static void
an_old_key_file_opens_nothing_of_todays_store(void **state)
{
    enum { N = 3 };
    struct two *t = *state;
    struct vls_buf keys[N], today;
    struct vls_secret *m, *code = NULL, *third;
    struct vls_places p = two_places(t, NY);
    unsigned still = 0, refused = 0;
    char path[400];

    shut(t, NY);
    check_ok(vls_secret_copy(&third, "a third passphrase here", 23, &t->err), &t->err);
    file_get(t, NY, "keys", &keys[0]);
    check_ok(vls_engine_recovery(&p, t->master[NY], &code, &t->err), &t->err);
    file_get(t, NY, "keys", &keys[1]);
    check_ok(vls_engine_new_passphrase(&p, t->master[NY], third, &t->err), &t->err);
    file_get(t, NY, "keys", &keys[2]);

    /* an ordinary change: the copies open today's store, which is what the command says */
    for (int i = 0; i < N; i++) {
        file_put(t, NY, "keys", &keys[i]);
        check_ok(unlock(t, NY, i < 2 ? t->passphrase : third, &m), &t->err);
        check_ok(open_with(t, NY, m), &t->err);
        still += has_person(t, NY);
        shut(t, NY);
        vls_secret_free(m);
    }
    assert_int_equal(still, N);

    check_ok(rekey(t, NY, other), &t->err);
    file_get(t, NY, "keys", &today);
    for (int i = 0; i < N; i++) {
        file_put(t, NY, "keys", &keys[i]);
        check_ok(unlock(t, NY, i < 2 ? t->passphrase : third, &m), &t->err); /* the copy itself, of course */
        refused += open_with(t, NY, m) == VLS_EAUTH;
        assert_null(t->e[NY]);
        vls_secret_free(m);
    }
    assert_int_equal(refused, N);
    file_put(t, NY, "keys", &today);
    assert_int_equal(unlock(t, NY, t->passphrase, &m), VLS_ELOCKED);
    assert_int_equal(unlock(t, NY, third, &m), VLS_ELOCKED);
    path_of(t, NY, "keys", path);
    assert_int_equal(vls_keyfile_open_recovery(&m, NULL, path, code, NULL), VLS_ELOCKED);
    check_ok(unlock(t, NY, other, &m), &t->err);
    check_ok(open_with(t, NY, m), &t->err);
    assert_true(has_person(t, NY));
    shut(t, NY);
    vls_secret_free(m);
    for (int i = 0; i < N; i++)
        vls_buf_clear(&keys[i]);
    vls_buf_clear(&today);
    vls_secret_free(code);
    vls_secret_free(third);
}

struct epochs {
    struct two *t;
    unsigned n;
};

static enum vls_code
unsealed(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err)
{
    struct epochs *e = ctx;
    struct vls_secret *key = NULL;
    enum vls_code rc = vls_ring_unseal(&key, e->t->e[NY]->kek, KEY_EPOCH, id, sealed, err);

    e->n += rc == VLS_OK;
    vls_secret_free(key);
    return rc;
}

static unsigned
n_epochs(struct two *t)
{
    struct epochs e = {t, 0};

    check_ok(vls_store_keys(vls_engine_store(t->e[NY]), KEY_EPOCH, unsealed, &e, &t->err), &t->err);
    return e.n;
}

static void
everything_else_is_as_it_was_in_another_life(void **state)
{
    struct two *t = *state;
    uint8_t before[VLS_ID_LEN], head[2][VLS_HASH_LEN], id[VLS_ID_LEN];
    struct vls_check c;
    uint64_t seq[2];
    unsigned epochs = n_epochs(t);

    memcpy(before, t->e[NY]->incarnation, sizeof before);
    check_ok(vls_store_chain_head(t->e[NY]->store, t->e[NY]->me.device, before, &seq[0], head[0], &t->err), &t->err);
    shut(t, NY);
    check_ok(rekey(t, NY, t->passphrase), &t->err); /* the same passphrase does: the key is another one */
    assert_false(there(t, NY, "rekey"));
    check_ok(open_with(t, NY, t->master[NY]), &t->err);
    assert_memory_not_equal(before, t->e[NY]->incarnation, sizeof before);
    check_ok(vls_store_chain_head(t->e[NY]->store, t->e[NY]->me.device, before, &seq[1], head[1], &t->err), &t->err);
    assert_int_equal(seq[0], seq[1]);
    assert_memory_equal(head[0], head[1], VLS_HASH_LEN);
    assert_true(epochs > 3);
    assert_int_equal(n_epochs(t), epochs);
    check_ok(vls_engine_check(t->e[NY], &c, NULL, NULL, &t->err), &t->err);
    assert_true(c.store_ok && c.n_bad == 0 && c.n_differ == 0 && c.n_missing == 0);

    /* writes that colleagues take, reads theirs, and opens the door to a newcomer */
    check_ok(two_set(t, NY, person, "position", "Minister after the change"), &t->err);
    two_person(t, HAGUE, "Another Invented", id);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    two_equal(t, NY, HAGUE);
    assert_int_equal(t->result.refused, 0);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", true);
    two_equal(t, NY, NAIROBI);
}

static void
a_wrong_key_or_passphrase_changes_nothing(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    struct vls_secret *wrong, *fresh, *empty;
    struct vls_buf before, after;

    check_ok(vls_secret_random(&wrong, VLS_MASTER_LEN, &t->err), &t->err);
    check_ok(vls_secret_new(&empty, 0, &t->err), &t->err);
    assert_int_equal(vls_engine_rekey(&fresh, &p, t->master[NY], other, &t->err), VLS_EBUSY); /* it is open */
    shut(t, NY);
    file_get(t, NY, "keys", &before);
    assert_int_equal(vls_engine_rekey(&fresh, &p, wrong, other, &t->err), VLS_EAUTH);
    assert_null(fresh);
    assert_int_equal(vls_engine_rekey(&fresh, &p, t->master[NY], empty, &t->err), VLS_EVALUE);
    assert_null(fresh);
    p.data = p.state = "/nonexistent";
    assert_int_equal(vls_engine_rekey(&fresh, &p, t->master[NY], other, &t->err), VLS_ENOSTORE);
    file_get(t, NY, "keys", &after);
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.p, after.p, before.n);
    assert_false(there(t, NY, "rekey"));
    check_ok(open_with(t, NY, t->master[NY]), &t->err);
    vls_buf_clear(&before);
    vls_buf_clear(&after);
    vls_secret_free(wrong);
    vls_secret_free(empty);
}

/* A store that somebody puts where an interrupted change leaves its own takes no other's place. */
static void
a_planted_store_is_not_taken(void **state)
{
    struct two *t = *state;
    struct vls_buf ours, theirs, broken;
    char folder[400];

    shut(t, NY);
    shut(t, HAGUE);
    path_of(t, NY, "rekey", folder);
    file_get(t, NY, "store", &ours);
    file_get(t, HAGUE, "store", &theirs);
    assert_int_equal(mkdir(folder, 0700), 0);
    file_put(t, NY, "rekey/store", &theirs);
    file_put(t, NY, "rekey/store.new", &theirs);
    check_ok(open_with(t, NY, t->master[NY]), &t->err);
    assert_true(has_person(t, NY));
    assert_false(there(t, NY, "rekey")); /* and is gone */
    shut(t, NY);

    file_get(t, NY, "store", &broken);
    memset(broken.p, 0xa5, 3 * 4096); /* now the store opens no more */
    file_put(t, NY, "store", &broken);
    assert_int_equal(mkdir(folder, 0700), 0);
    file_put(t, NY, "rekey/store", &theirs);
    assert_int_not_equal(open_with(t, NY, t->master[NY]), VLS_OK);
    assert_true(there(t, NY, "rekey/store")); /* nobody's decision but a person's */
    file_put(t, NY, "store", &ours);
    check_ok(open_with(t, NY, t->master[NY]), &t->err);
    check_ok(open_with(t, HAGUE, t->master[HAGUE]), &t->err);
    vls_buf_clear(&ours);
    vls_buf_clear(&theirs);
    vls_buf_clear(&broken);
}

/* A link in the folder's place leads to somebody's files: they stay, the link goes, and the change goes on. */
static void
a_link_in_place_of_the_folder_leads_nowhere(void **state)
{
    struct two *t = *state;
    struct vls_buf keys;
    char target[400], link[400];

    shut(t, NY);
    file_get(t, NY, "keys", &keys);
    path_of(t, HAGUE, "papers", target);
    path_of(t, NY, "rekey", link);
    assert_int_equal(mkdir(target, 0700), 0);
    file_put(t, HAGUE, "papers/keys", &keys);
    file_put(t, HAGUE, "papers/store", &keys);
    file_put(t, HAGUE, "papers/letter", &keys);
    assert_int_equal(symlink(target, link), 0);
    check_ok(rekey(t, NY, other), &t->err);
    assert_true(there(t, HAGUE, "papers/keys") && there(t, HAGUE, "papers/store") && there(t, HAGUE, "papers/letter"));
    assert_int_equal(readlink(link, target, sizeof target), -1);
    assert_false(there(t, NY, "rekey"));

    assert_int_equal(mkdir(link, 0700), 0); /* and what is no work of ours stays in a folder of that name */
    file_put(t, NY, "rekey/letter", &keys);
    file_put(t, NY, "rekey/keys.AbCdEf", &keys);
    check_ok(open_with(t, NY, t->master[NY]), &t->err);
    assert_true(there(t, NY, "rekey/letter"));
    assert_false(there(t, NY, "rekey/keys.AbCdEf"));
    vls_buf_clear(&keys);
}

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
        CASE(a_wrong_key_or_passphrase_changes_nothing),
        CASE(a_planted_store_is_not_taken),
        CASE(a_link_in_place_of_the_folder_leads_nowhere),
        CASE(an_old_key_file_opens_nothing_of_todays_store),
        CASE(everything_else_is_as_it_was_in_another_life),
        CASE(a_failing_call_leaves_the_old_pair_or_the_new_one),
        CASE(a_death_at_any_call_leaves_the_old_pair_or_the_new_one),
        CASE(without_memory_the_old_pair_or_the_new_one_is_left),
    };

    return cmocka_run_group_tests_name("rekey", tests, NULL, NULL);
}
