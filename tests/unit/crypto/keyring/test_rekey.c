/* A key file for another master key in the old one's place. */
#include "keyfile_fixture.h"

static char beside[96];

static int
setup_beside(void **state)
{
    int r = setup(state);

    snprintf(beside, sizeof beside, "%s/keys.next", folder);
    return r;
}

static enum vls_code
rekey(const struct vls_secret *master, const struct vls_secret *fresh, const char *passphrase)
{
    struct vls_secret *p = secret(passphrase);
    enum vls_code rc = vls_keyfile_rekey(path, beside, master, fresh, p, NULL, &err);

    vls_secret_free(p);
    assert_int_equal(access(beside, F_OK), -1);
    return rc;
}

static void
nothing_of_before_opens_the_new_file(void **state)
{
    struct vls_secret *m, *fresh, *code, *got = NULL;
    struct vls_keyfile_info before, after;
    uint8_t old[2 * COPY], now[2 * COPY];

    (void)state;
    make("the old passphrase", &m, NULL);
    check_ok(vls_keyfile_set_recovery(&code, path, m, &err), &err);
    check_ok(try_open("the old passphrase", m, &before), &err);
    image_get(old);
    check_ok(vls_secret_random(&fresh, VLS_MASTER_LEN, &err), &err);
    check_ok(rekey(m, fresh, "the new passphrase"), &err);

    assert_int_equal(try_open("the old passphrase", NULL, NULL), VLS_ELOCKED);
    assert_int_equal(vls_keyfile_open_recovery(&got, NULL, path, code, &err), VLS_ELOCKED);
    assert_int_equal(vls_keyfile_check(&after, path, m, &err), VLS_EAUTH);
    check_ok(try_open("the new passphrase", fresh, &after), &err);
    assert_memory_equal(before.store_id, after.store_id, VLS_STORE_ID_LEN);
    assert_int_equal(after.generation, before.generation + 1);
    assert_false(after.degraded);
    image_get(now);
    assert_memory_equal(now, now + COPY, COPY);
    for (size_t slot = 0; slot < 8; slot++) /* no slot was carried over */
        assert_memory_not_equal(old + SLOT(slot), now + SLOT(slot), 128);

    /* mixed with a copy of the old file, the new one is the file, and only for its own key */
    memcpy(now + COPY, old, COPY);
    image_put(now, sizeof now);
    check_ok(try_open("the new passphrase", fresh, &after), &err);
    assert_true(after.degraded);
    check_ok(vls_keyfile_set_recovery(&got, path, fresh, &err), &err);
    assert_int_equal(try_open("the old passphrase", NULL, NULL), VLS_ELOCKED); /* the next change drove it out */
    vls_secret_free(got);
    vls_secret_free(code);
    vls_secret_free(m);
    vls_secret_free(fresh);
}

static void
the_same_passphrase_is_sealed_anew(void **state)
{
    struct vls_secret *m, *fresh;

    (void)state;
    make("one passphrase for both", &m, NULL);
    check_ok(vls_secret_random(&fresh, VLS_MASTER_LEN, &err), &err);
    check_ok(rekey(m, fresh, "one passphrase for both"), &err);
    check_ok(try_open("one passphrase for both", fresh, NULL), &err);
    vls_secret_free(m);
    vls_secret_free(fresh);
}

static void
what_is_refused_leaves_the_file_as_it_was(void **state)
{
    struct vls_argon2 weak = {VLS_ARGON2_FLOOR_OPS, VLS_ARGON2_FLOOR_KIB - 1};
    struct vls_secret *m, *fresh, *p = secret("another one");
    uint8_t before[2 * COPY], after[2 * COPY];
    int fd;

    (void)state;
    make("the old passphrase", &m, before);
    check_ok(vls_secret_random(&fresh, VLS_MASTER_LEN, &err), &err);
    assert_int_equal(rekey(fresh, m, "another one"), VLS_EAUTH);
    assert_int_equal(rekey(m, fresh, ""), VLS_EVALUE);
    assert_int_equal(vls_keyfile_rekey(path, beside, m, fresh, p, &weak, &err), VLS_EVALUE);
    assert_int_equal(vls_keyfile_rekey(path, "/nonexistent/keys", m, fresh, p, NULL, &err), VLS_ENOTFOUND);
    assert_int_equal(vls_keyfile_rekey("/nonexistent/keys", beside, m, fresh, p, NULL, &err), VLS_ENOSTORE);
    assert_true((fd = open(path, O_RDWR | O_CLOEXEC)) >= 0);
    assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
    assert_int_equal(rekey(m, fresh, "another one"), VLS_EBUSY);
    assert_int_equal(close(fd), 0);
    image_get(after);
    assert_memory_equal(before, after, sizeof before);
    check_ok(try_open("the old passphrase", m, NULL), &err);
    vls_secret_free(m);
    vls_secret_free(fresh);
    vls_secret_free(p);
}

/* Another name of the old file shows what became of it. */
static void
the_old_file_is_overwritten_where_it_lay(void **state)
{
    struct vls_secret *m, *fresh;
    uint8_t before[2 * COPY], after[2 * COPY];
    size_t same = 0;
    char kept[96];
    int fd;

    (void)state;
    make("the old passphrase", &m, before);
    snprintf(kept, sizeof kept, "%s/kept", folder);
    assert_int_equal(link(path, kept), 0);
    check_ok(vls_secret_random(&fresh, VLS_MASTER_LEN, &err), &err);
    check_ok(rekey(m, fresh, "the new passphrase"), &err);
    fd = open(kept, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(read(fd, after, sizeof after), sizeof after);
    assert_int_equal(close(fd), 0);
    assert_int_equal(unlink(kept), 0);
    for (size_t i = 0; i < sizeof after; i++)
        same += before[i] == after[i];
    assert_true(same < sizeof after / 64);
    vls_secret_free(m);
    vls_secret_free(fresh);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_refused_leaves_the_file_as_it_was, setup_beside, teardown),
        cmocka_unit_test_setup_teardown(nothing_of_before_opens_the_new_file, setup_beside, teardown),
        cmocka_unit_test_setup_teardown(the_same_passphrase_is_sealed_anew, setup_beside, teardown),
        cmocka_unit_test_setup_teardown(the_old_file_is_overwritten_where_it_lay, setup_beside, teardown),
    };

    return cmocka_run_group_tests_name("rekey", tests, NULL, NULL);
}
