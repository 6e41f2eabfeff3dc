/*
 * Another master key: what opened the valise before opens nothing of it afterwards (LL-08), and everything else is as it
 * was.
 */
#include "rekey.h"

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
    };

    return cmocka_run_group_tests_name("rekey", tests, NULL, NULL);
}
