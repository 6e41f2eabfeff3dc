/* Notes: what is listed as changed and when, and that nothing of a look that failed remains. */
#include "tests/unit/sync/store/people.h"

#include "valise/notes.h"

struct ids {
    size_t n;
    uint8_t v[64][VLS_ID_LEN];
};

static enum vls_code
take_id(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct ids *all = ctx;

    (void)err;
    assert_true(all->n < 64);
    memcpy(all->v[all->n++], id, VLS_ID_LEN);
    return VLS_OK;
}

static bool
has(const struct ids *all, unsigned record)
{
    uint8_t id[VLS_ID_LEN];

    id_of(id, record);
    for (size_t i = 0; i < all->n; i++)
        if (memcmp(all->v[i], id, VLS_ID_LEN) == 0)
            return true;
    return false;
}

static struct ids
changed(struct vls_store *s)
{
    struct ids all = {.n = 0};

    check_ok(vls_notes_changed(s, take_id, &all, &fixture_err), &fixture_err);
    return all;
}

static enum vls_notes_state
look(struct vls_store *s, uint32_t version)
{
    enum vls_notes_state state;

    check_ok(vls_notes_look(s, version, &state, &fixture_err), &fixture_err);
    return state;
}

static void
noted(struct vls_store *s)
{
    check_ok(vls_notes_begin(s, false, &fixture_err), &fixture_err);
    check_ok(vls_notes_end(s, 7, VLS_OK, &fixture_err), &fixture_err);
}

static void
person(struct vls_store *s, unsigned record, const char *name)
{
    const char *const fields[] = {"display-name", name, NULL};

    people_put(s, 1, record, "person", fields, NULL, 0);
}

static void
trip(struct vls_store *s, unsigned record, const char *of)
{
    const char *const fields[] = {"person", of, NULL};

    people_put(s, 1, record, "trip", fields, NULL, 0);
}

static void
changes_are_listed_only_while_there_are_notes(void **state)
{
    struct vls_store *s = store_make();

    (void)state;
    person(s, 1, "Idris al-Haddad");
    assert_int_equal(look(s, 7), VLS_NOTES_NONE);
    assert_int_equal(changed(s).n, 0);
    noted(s);
    assert_int_equal(look(s, 7), VLS_NOTES_CURRENT);
    assert_int_equal(look(s, 8), VLS_NOTES_NONE);
    person(s, 2, "Margit Orsova");
    assert_int_equal(look(s, 7), VLS_NOTES_BEHIND);
    assert_int_equal(changed(s).n, 1);
    check_ok(vls_notes_forget(s, &fixture_err), &fixture_err);
    assert_int_equal(changed(s).n, 0);
    person(s, 3, "Tomas Ruiz");
    assert_int_equal(changed(s).n, 0);
    assert_int_equal(look(s, 7), VLS_NOTES_NONE);
    vls_store_close(s);
}

static void
what_a_change_refers_to_is_listed_too(void **state)
{
    struct vls_store *s = store_make();
    struct ids all;

    (void)state;
    person(s, 1, "Idris al-Haddad");
    noted(s);
    trip(s, 20, "1");
    all = changed(s);
    assert_int_equal(all.n, 2);
    assert_true(has(&all, 1) && has(&all, 20));
    noted(s);
    trip(s, 21, "99"); /* somebody who is not here */
    all = changed(s);
    assert_int_equal(all.n, 2);
    assert_true(has(&all, 21) && has(&all, 99));
    vls_store_close(s);
}

static void
a_rollback_takes_its_changes_back(void **state)
{
    struct vls_store *s = store_make();

    (void)state;
    noted(s);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    person(s, 1, "Idris al-Haddad");
    vls_store_rollback(s);
    people_seq--;
    assert_int_equal(look(s, 7), VLS_NOTES_CURRENT);
    vls_store_close(s);
}

static enum vls_code
count_pair(void *ctx, const struct vls_note_pair *p, struct vls_error *err)
{
    (void)p;
    (void)err;
    ++*(size_t *)ctx;
    return VLS_OK;
}

static void
a_look_that_fails_leaves_the_notes_as_they_were(void **state)
{
    struct vls_note_pair p = {.a = {1}, .b = {2}, .kind = 1, .likeness = 800};
    struct vls_store *s = store_make();
    size_t sure, unsure, n = 0;

    (void)state;
    check_ok(vls_notes_begin(s, true, &fixture_err), &fixture_err);
    check_ok(vls_notes_pair_put(s, &p, &fixture_err), &fixture_err);
    check_ok(vls_notes_token_add(s, vls_slice_str("vlkn"), p.a, &fixture_err), &fixture_err);
    check_ok(vls_notes_end(s, 7, VLS_OK, &fixture_err), &fixture_err);
    person(s, 1, "Idris al-Haddad");
    for (int anew = 0; anew < 2; anew++) {
        struct ids holders = {.n = 0};

        check_ok(vls_notes_begin(s, anew != 0, &fixture_err), &fixture_err);
        check_ok(vls_notes_pair_drop(s, p.b, NULL, &fixture_err), &fixture_err);
        check_ok(vls_notes_tokens_drop(s, p.a, &fixture_err), &fixture_err);
        assert_int_equal(vls_notes_end(s, 7, VLS_EIO, &fixture_err), VLS_EIO);
        assert_int_equal(look(s, 7), VLS_NOTES_BEHIND);
        check_ok(vls_notes_pair_count(s, &sure, &unsure, &fixture_err), &fixture_err);
        assert_int_equal(sure, 1);
        check_ok(vls_notes_token_persons(s, vls_slice_str("vlkn"), 5, take_id, &holders, &fixture_err), &fixture_err);
        assert_int_equal(holders.n, 1);
    }
    p.unsure = true; /* replaces the one that stands there */
    check_ok(vls_notes_begin(s, false, &fixture_err), &fixture_err);
    check_ok(vls_notes_pair_put(s, &p, &fixture_err), &fixture_err);
    check_ok(vls_notes_end(s, 7, VLS_OK, &fixture_err), &fixture_err);
    check_ok(vls_notes_pair_count(s, &sure, &unsure, &fixture_err), &fixture_err);
    assert_int_equal(sure, 0);
    assert_int_equal(unsure, 1);
    check_ok(vls_notes_pairs(s, p.b, 9, count_pair, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 0); /* b is no first side */
    check_ok(vls_notes_pairs(s, p.a, 9, count_pair, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 1);
    vls_store_close(s);
}

/* An eighth of everything, but at least 2000 changes. */
static void
after_very_many_changes_all_is_made_anew(void **state)
{
    struct vls_store *s = store_make();

    (void)state;
    noted(s);
    for (unsigned i = 0; i < 2001; i++) {
        struct set c;
        uint8_t id[VLS_ID_LEN];

        id_of(id, 5000 + i);
        people_seq++;
        set_begin(&c, FOCAL, 1, people_seq, people_seq);
        set_create(&c, id, "person");
        set_end(&c);
        deliver(s, &c);
        set_free(&c);
        if (i == 1999)
            assert_int_equal(look(s, 7), VLS_NOTES_BEHIND);
    }
    assert_int_equal(look(s, 7), VLS_NOTES_NONE);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(changes_are_listed_only_while_there_are_notes),
        cmocka_unit_test(what_a_change_refers_to_is_listed_too),
        cmocka_unit_test(a_rollback_takes_its_changes_back),
        cmocka_unit_test(a_look_that_fails_leaves_the_notes_as_they_were),
        cmocka_unit_test(after_very_many_changes_all_is_made_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
