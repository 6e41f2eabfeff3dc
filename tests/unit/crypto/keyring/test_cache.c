/*
 * The unlock cache against the kernel at hand. Where the kernel refuses keyrings the tests of a working
 * cache cannot run: the refusal itself is then what is tested, and they are counted as skipped.
 */
#include "tests/support/check.h"

#include <errno.h>
#include <limits.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <keyutils.h>

#include "valise/prim.h"
#include "valise/unlock.h"

static struct vls_error err;
static struct vls_secret *master;
static uint8_t store_id[VLS_STORE_ID_LEN];
static bool refused; /* what a bare system call says, not what our code says */

static int
setup(void **state)
{
    key_serial_t probe;

    (void)state;
    if (vls_secret_start(&err) != VLS_OK || vls_secret_random(&master, VLS_MASTER_LEN, &err) != VLS_OK)
        return -1;
    vls_random(store_id, sizeof store_id);
    probe = add_key("user", "valise-test-probe", "x", 1, KEY_SPEC_THREAD_KEYRING);
    refused = probe < 0 && errno != EDQUOT;
    if (probe > 0)
        (void)keyctl_unlink(probe, KEY_SPEC_THREAD_KEYRING);
    print_message("kernel keyring: %s\n", refused ? "REFUSED here; only the refusal is tested" : "available");
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)!vls_unlock_revoke(store_id, NULL);
    vls_secret_free(master);
    return 0;
}

/* What get must answer while nothing is cached. */
static enum vls_code
when_locked(void)
{
    return refused ? VLS_EUNREACHABLE : VLS_ENOTFOUND;
}

static enum vls_code
get(void)
{
    struct vls_secret *s = NULL;
    enum vls_code rc = vls_unlock_get(&s, store_id, &err);

    if (rc == VLS_OK) {
        assert_int_equal(s->len, master->len);
        assert_memory_equal(s->bytes, master->bytes, master->len);
    } else
        assert_null(s);
    vls_secret_free(s);
    return rc;
}

/* Puts the key; where the kernel refuses, checks that this is said, and yields false. */
static bool
put(unsigned seconds)
{
    enum vls_code rc = vls_unlock_put(store_id, master, seconds, &err);

    if (refused) {
        assert_int_equal(rc, VLS_EUNREACHABLE);
        assert_int_not_equal(err.sys, 0);
        return false;
    }
    check_ok(rc, &err);
    return true;
}

static void
nothing_is_there_before(void **state)
{
    (void)state;
    assert_int_equal(get(), when_locked());
    assert_int_equal(vls_unlock_revoke(store_id, &err), when_locked());
}

static void
a_time_out_of_range_is_refused(void **state)
{
    (void)state;
    assert_int_equal(vls_unlock_put(store_id, master, 0, &err), VLS_EVALUE);
    assert_int_equal(vls_unlock_put(store_id, master, VLS_UNLOCK_SECONDS_MAX + 1, &err), VLS_EVALUE);
    assert_int_equal(vls_unlock_put(store_id, master, UINT_MAX, &err), VLS_EVALUE);
    assert_int_equal(get(), when_locked());
}

static void
put_get_revoke(void **state)
{
    uint8_t other[VLS_STORE_ID_LEN];
    struct vls_secret *s;

    (void)state;
    if (!put(60))
        skip(); /* after the refusal was checked */
    assert_int_equal(get(), VLS_OK);
    memcpy(other, store_id, sizeof other);
    other[0] ^= 1;
    assert_int_equal(vls_unlock_get(&s, other, &err), VLS_ENOTFOUND);
    assert_int_equal(vls_unlock_revoke(other, &err), VLS_ENOTFOUND);
    check_ok(vls_unlock_revoke(store_id, &err), &err);
    assert_int_equal(get(), VLS_ENOTFOUND);
    assert_int_equal(vls_unlock_revoke(store_id, &err), VLS_ENOTFOUND);
}

static void
a_second_put_replaces_and_revokes_the_first(void **state)
{
    struct vls_secret *first;
    char name[8 + 64], hex[65];
    uint8_t hash[32];
    key_serial_t old;

    (void)state;
    check_ok(vls_secret_random(&first, VLS_MASTER_LEN, &err), &err);
    vls_hash1(hash, "valise cache", store_id, sizeof store_id);
    vls_hex(hex, hash, sizeof hash);
    snprintf(name, sizeof name, "valise:%s", hex);
    if (!refused) {
        check_ok(vls_unlock_put(store_id, first, 60, &err), &err);
        old = (key_serial_t)keyctl_search(KEY_SPEC_USER_KEYRING, "user", name, 0);
        assert_true(old > 0);
        assert_true(put(60));
        assert_int_equal(get(), VLS_OK); /* the second one's bytes */
        assert_int_equal(keyctl_read(old, hex, sizeof hex), -1);
        check_ok(vls_unlock_revoke(store_id, &err), &err);
    } else
        assert_false(put(60));
    vls_secret_free(first);
}

static void
only_owner_and_possessor_have_rights_and_the_name_hides_the_id(void **state)
{
    char *text = NULL, id_hex[2 * VLS_STORE_ID_LEN + 1], hex[65], name[8 + 64];
    uint8_t hash[32];
    unsigned perm = 0;
    key_serial_t key;

    (void)state;
    if (!put(60))
        skip(); /* after the refusal was checked */
    vls_hash1(hash, "valise cache", store_id, sizeof store_id);
    vls_hex(hex, hash, sizeof hash);
    snprintf(name, sizeof name, "valise:%s", hex);
    key = (key_serial_t)keyctl_search(KEY_SPEC_USER_KEYRING, "user", name, 0);
    assert_true(key > 0);
    assert_true(keyctl_describe_alloc(key, &text) > 0);
    assert_int_equal(sscanf(text, "user;%*d;%*d;%x;", &perm), 1);
    assert_int_equal(perm & 0xffff, 0); /* group and others */
    vls_hex(id_hex, store_id, sizeof store_id);
    assert_null(strstr(text, id_hex));
    free(text);
    check_ok(vls_unlock_revoke(store_id, &err), &err);
}

/* Runs fn in a child, which answers 0 when all is well. */
static void
in_child(int (*fn)(void))
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        _exit(fn());
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static int
other_session(void)
{
    struct vls_secret *s = NULL;

    if (keyctl_join_session_keyring(NULL) < 0)
        return 2;
    return vls_unlock_get(&s, store_id, NULL) == VLS_OK && memcmp(s->bytes, master->bytes, VLS_MASTER_LEN) == 0 &&
                   vls_unlock_put(store_id, master, 30, NULL) == VLS_OK &&
                   vls_unlock_revoke(store_id, NULL) == VLS_OK
               ? 0
               : 1;
}

/* A later command of the same user, in a session of its own that is not linked to the user's keyring. */
static void
another_process_without_our_session_reads_it(void **state)
{
    (void)state;
    if (!put(60))
        skip(); /* after the refusal was checked */
    in_child(other_session);
    assert_int_equal(get(), VLS_ENOTFOUND); /* it also locked */
}

static void
the_time_runs_out_and_a_later_put_starts_it_again(void **state)
{
    uint8_t other[VLS_STORE_ID_LEN];
    struct vls_secret *s;

    (void)state;
    if (!put(1))
        skip(); /* after the refusal was checked */
    assert_int_equal(get(), VLS_OK);
    memcpy(other, store_id, sizeof other);
    other[15] ^= 1;
    check_ok(vls_unlock_put(other, master, 1, &err), &err);
    check_ok(vls_unlock_put(other, master, 60, &err), &err);
    usleep(2100 * 1000); /* the kernel counts whole seconds */
    assert_int_equal(get(), VLS_ENOTFOUND);
    check_ok(vls_unlock_get(&s, other, &err), &err);
    vls_secret_free(s);
    check_ok(vls_unlock_revoke(other, &err), &err);
    assert_true(put(60)); /* an expired one stands in nobody's way */
    assert_int_equal(get(), VLS_OK);
    check_ok(vls_unlock_revoke(store_id, &err), &err);
}

static int
ordinary_user(void)
{
    struct vls_secret *s;
    bool ok;

    if (setgid(65534) != 0 || setuid(65534) != 0)
        return 2;
    ok = vls_unlock_put(store_id, master, 60, NULL) == VLS_OK && vls_unlock_get(&s, store_id, NULL) == VLS_OK &&
         memcmp(s->bytes, master->bytes, VLS_MASTER_LEN) == 0 && vls_unlock_revoke(store_id, NULL) == VLS_OK &&
         vls_unlock_get(&s, store_id, NULL) == VLS_ENOTFOUND;
    return ok ? 0 : 1;
}

/* As root: once more as a user with no rights, inside root's session. Others are such a user already. */
static void
an_ordinary_user_has_a_cache_apart_from_roots(void **state)
{
    (void)state;
    if (!put(60))
        skip(); /* after the refusal was checked */
    if (geteuid() != 0) {
        check_ok(vls_unlock_revoke(store_id, &err), &err);
        return; /* every other test here ran as one */
    }
    in_child(ordinary_user);
    assert_int_equal(get(), VLS_OK);
    check_ok(vls_unlock_revoke(store_id, &err), &err);
}

/* What a container's filter does: keyring calls fail with EPERM. */
static int
filtered(void)
{
    struct sock_filter code[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
                                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_add_key, 1, 0),
                                 BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_keyctl, 0, 1),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
                                 BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
    struct sock_fprog program = {sizeof code / sizeof code[0], code};
    struct vls_secret *s = master;

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return 2;
    if (vls_unlock_put(store_id, master, 60, &err) != VLS_EUNREACHABLE || err.sys != EPERM)
        return 3;
    if (vls_unlock_get(&s, store_id, NULL) != VLS_EUNREACHABLE || s != NULL)
        return 4;
    return vls_unlock_revoke(store_id, NULL) == VLS_EUNREACHABLE ? 0 : 5;
}

static void
a_kernel_that_refuses_keyrings_is_not_taken_for_locked(void **state)
{
    (void)state;
    in_child(filtered);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_there_before),
        cmocka_unit_test(a_time_out_of_range_is_refused),
        cmocka_unit_test(put_get_revoke),
        cmocka_unit_test(a_second_put_replaces_and_revokes_the_first),
        cmocka_unit_test(only_owner_and_possessor_have_rights_and_the_name_hides_the_id),
        cmocka_unit_test(another_process_without_our_session_reads_it),
        cmocka_unit_test(the_time_runs_out_and_a_later_put_starts_it_again),
        cmocka_unit_test(an_ordinary_user_has_a_cache_apart_from_roots),
        cmocka_unit_test(a_kernel_that_refuses_keyrings_is_not_taken_for_locked),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
