/* What a withdrawal did not know of, and that somebody is told of it. */
#include "tests/unit/sync/store/fixture.h"

static uint8_t record[VLS_ID_LEN];

/* The steps that the cases share. */
struct steps {
    struct set create, edit, note, withdraw;
};

/* Whoever withdraws names the n dots in named. */
static void
withdraw(struct set *c, const char *life, const struct vls_dot *named, size_t n)
{
    set_begin(c, FOCAL, 1, 2, 5);
    set_put(c, record, VLS_H_LIFE, life, named, n);
    set_put(c, record, VLS_H_LIFE_REASON, "a wrong file", NULL, 0);
    set_end(c);
}

static void
steps_begin(struct steps *t)
{
    id_of(record, 1);
    set_begin(&t->create, FOCAL, 1, 1, 1);
    set_create(&t->create, record, "person");
    set_put(&t->create, record, field_no("person", "position"), "Mayor", NULL, 0);
    set_put(&t->create, record, VLS_H_LIFE, "active", NULL, 0);
    set_end(&t->create);
    set_begin(&t->edit, FOCAL, 2, 1, 2);
    set_put(&t->edit, record, field_no("person", "birth-place"), "Elsewhere", NULL, 0);
    set_end(&t->edit);
    set_begin(&t->note, FOCAL, 3, 1, 2);
    set_add(&t->note, record, VLS_H_TAG, "x");
    set_end(&t->note);
}

static void
steps_end(struct steps *t)
{
    set_free(&t->create);
    set_free(&t->edit);
    set_free(&t->note);
    set_free(&t->withdraw);
}

/* In every order of arrival: n_unseen rows are unseen, and only then is there a conflict, about life. */
static void
announces(struct steps *t, size_t n_unseen, bool withdrawn)
{
    struct set *const all[] = {&t->create, &t->edit, &t->note, &t->withdraw};

    for (uint64_t seed = 1; seed <= 16; seed++) {
        struct vls_store *s = store_make();
        struct vls_record *r;
        uint64_t random = seed, conflicts, notices;
        size_t order[4], n = 0;

        for (size_t i = 0; i < 4; i++) {
            size_t k = (size_t)(check_random(&random) % (i + 1));

            order[i] = order[k];
            order[k] = i;
        }
        for (size_t i = 0; i < 4; i++)
            deliver(s, all[order[i]]);
        r = record_get(s, record, VLS_LOAD_PAST);
        for (size_t i = 0; i < r->n_rows; i++) {
            n += r->rows[i].unseen;
            if (r->rows[i].field == VLS_H_LIFE)
                assert_int_equal(r->rows[i].attention, n_unseen > 0 ? VLS_CONFLICT : VLS_QUIET);
            else
                assert_int_equal(r->rows[i].attention, VLS_QUIET);
        }
        if (n != n_unseen)
            fail_msg("VLS_SEED=%u: %zu unseen", (unsigned)seed, n);
        assert_int_equal(r->withdrawn, withdrawn);
        check_ok(vls_store_conflict_count(s, &conflicts, &notices, &fixture_err), &fixture_err);
        assert_int_equal(conflicts, n_unseen > 0);
        assert_int_equal(notices, 0);
        vls_record_free(r);
        vls_store_close(s);
    }
}

static void
a_withdrawal_that_knows_everything_is_quiet(void **state)
{
    struct vls_dot named[4];
    struct steps t;

    (void)state;
    steps_begin(&t);
    named[0] = dot_of(&t.create, 2);
    named[1] = dot_of(&t.create, 1);
    named[2] = dot_of(&t.edit, 0);
    named[3] = dot_of(&t.note, 0);
    withdraw(&t.withdraw, "retracted", named, 4);
    announces(&t, 0, true);
    steps_end(&t);
}

static void
what_it_did_not_know_is_a_conflict_and_stays_inside(void **state)
{
    struct vls_dot named[3];
    struct steps t;

    (void)state;
    steps_begin(&t);
    named[0] = dot_of(&t.create, 2);
    named[1] = dot_of(&t.create, 1);
    withdraw(&t.withdraw, "retracted", named, 2);
    announces(&t, 2, true);
    set_free(&t.withdraw);
    named[2] = dot_of(&t.note, 0);
    withdraw(&t.withdraw, "purged", named, 3);
    announces(&t, 1, true);
    steps_end(&t);
}

/* Versions that wrote no such names withdraw without saying what they knew. */
static void
a_withdrawal_that_names_its_own_register_alone_says_nothing(void **state)
{
    struct vls_dot named[1];
    struct steps t;

    (void)state;
    steps_begin(&t);
    named[0] = dot_of(&t.create, 2);
    withdraw(&t.withdraw, "retracted", named, 1);
    announces(&t, 0, true);
    steps_end(&t);
}

/* What it named may have been replaced meanwhile: the newer value is the one that it did not know. */
static void
a_value_that_took_the_place_of_a_known_one_is_unseen(void **state)
{
    struct vls_dot named[2];
    struct steps t;

    (void)state;
    steps_begin(&t);
    set_free(&t.edit);
    set_free(&t.note);
    named[0] = dot_of(&t.create, 1);
    set_begin(&t.edit, FOCAL, 2, 1, 2);
    set_put(&t.edit, record, field_no("person", "position"), "Governor", named, 1);
    set_end(&t.edit);
    set_begin(&t.note, FOCAL, 3, 1, 2);
    set_end(&t.note);
    named[1] = dot_of(&t.create, 2);
    withdraw(&t.withdraw, "retracted", named, 2);
    announces(&t, 1, true);
    steps_end(&t);
}

static void
a_record_that_is_not_withdrawn_has_nothing_unseen(void **state)
{
    struct vls_dot named[2];
    struct steps t;

    (void)state;
    steps_begin(&t);
    named[0] = dot_of(&t.create, 2);
    named[1] = dot_of(&t.create, 1);
    withdraw(&t.withdraw, "superseded", named, 2);
    announces(&t, 0, false);
    steps_end(&t);
}

/* Whoever writes to a derived field, whatever it is: nothing comes of it, and nothing of it is lost. */
static void
what_is_written_to_a_derived_field_counts_for_nothing(void **state)
{
    const uint32_t since = field_no("transmission", "since"), to = field_no("transmission", "to");
    struct set create, forged, again, away;
    struct vls_dot named[3];

    (void)state;
    id_of(record, 1);
    set_begin(&create, FOCAL, 1, 1, 1);
    set_create(&create, record, "transmission");
    set_put(&create, record, to, "court", NULL, 0);
    set_end(&create);
    set_begin(&forged, FOCAL, 2, 1, 2);
    set_put(&forged, record, since, "sent-unaware", NULL, 0);
    set_end(&forged);
    set_begin(&again, FOCAL, 3, 1, 9);
    set_put(&again, record, since, "of-a-newer-version", NULL, 0);
    set_add(&again, record, since, "withdrawn");
    set_end(&again);
    set_begin(&away, FOCAL, 1, 2, 2); /* knows the proof, and nothing of what was forged */
    named[0] = dot_of(&create, 1);
    set_put(&away, record, VLS_H_LIFE, "retracted", named, 1);
    set_end(&away);
    {
        struct set *const order[3][4] = {
            {&create, &forged, &again, &away}, {&away, &again, &forged, &create}, {&forged, &away, &create, &again}};
        char states[3][VLS_STATE_TEXT];

        for (int k = 0; k < 3; k++) {
            struct vls_store *s = store_make();
            struct vls_record *r;
            uint64_t conflicts, notices;
            size_t kept = 0;

            for (int i = 0; i < 4; i++)
                deliver(s, order[k][i]);
            r = record_get(s, record, VLS_LOAD_PAST);
            assert_null(vls_record_row(r, since, vls_slice_of(NULL, 0), 0));
            assert_int_equal(vls_record_value(r, "since").n, 0);
            for (size_t i = 0; i < r->n_rows; i++) {
                assert_false(r->rows[i].unseen);
                assert_int_equal(r->rows[i].attention, VLS_QUIET);
                kept += r->rows[i].field == since && r->rows[i].state == VLS_ROW_KEPT;
            }
            assert_int_equal(kept, 3);
            assert_true(r->withdrawn);
            check_ok(vls_store_conflict_count(s, &conflicts, &notices, &fixture_err), &fixture_err);
            assert_int_equal(conflicts + notices, 0);
            check_ok(vls_store_state(s, "focal-points", states[k], &fixture_err), &fixture_err);
            assert_string_equal(states[k], states[0]);
            vls_record_free(r);
            vls_store_close(s);
        }
    }
    set_free(&create);
    set_free(&forged);
    set_free(&again);
    set_free(&away);
}

static enum vls_code
collect_dot(void *ctx, const struct vls_dot *dot, struct vls_error *err)
{
    struct vls_dot **at = ctx;

    (void)err;
    *(*at)++ = *dot;
    return VLS_OK;
}

static void
a_value_says_what_its_author_knew(void **state)
{
    struct vls_store *s = store_make();
    struct vls_dot out[4], *at = out, named[2], value;
    const uint32_t to = field_no("transmission", "to");
    struct set before, proof;
    uint8_t other[VLS_ID_LEN];

    (void)state;
    id_of(record, 1);
    id_of(other, 2);
    set_begin(&before, FOCAL, 1, 1, 1);
    set_create(&before, other, "info");
    set_put(&before, other, VLS_H_TLP, "green", NULL, 0);
    set_end(&before);
    set_begin(&proof, FOCAL, 2, 1, 2);
    set_create(&proof, record, "transmission");
    named[0] = dot_of(&before, 1);
    memset(named[1].change, 0xee, VLS_CHANGE_ID_LEN); /* nobody has it */
    named[1].op = 3;
    set_put(&proof, record, to, "court", named, 2);
    set_end(&proof);
    value = dot_of(&proof, 1);
    check_ok(vls_store_named(s, record, to, &value, collect_dot, &at, &fixture_err), &fixture_err);
    assert_ptr_equal(at, out); /* it has not come */
    deliver(s, &proof);
    deliver(s, &before);
    check_ok(vls_store_named(s, record, to, &value, collect_dot, &at, &fixture_err), &fixture_err);
    assert_int_equal(at - out, 2);
    for (int i = 0; i < 2; i++)
        assert_true(vls_dot_cmp(&out[i], &named[0]) == 0 || vls_dot_cmp(&out[i], &named[1]) == 0);
    at = out;
    value.op = 0;
    check_ok(vls_store_named(s, record, to, &value, collect_dot, &at, &fixture_err), &fixture_err);
    value.op = 1;
    check_ok(vls_store_named(s, other, to, &value, collect_dot, &at, &fixture_err), &fixture_err);
    check_ok(vls_store_named(s, record, to + 1, &value, collect_dot, &at, &fixture_err), &fixture_err);
    assert_ptr_equal(at, out);
    {
        struct vls_record *r = record_get(s, other, VLS_LOAD_LIVE); /* what is named elsewhere is not replaced */

        assert_non_null(vls_record_row(r, VLS_H_TLP, vls_slice_of(NULL, 0), 0));
        vls_record_free(r);
    }
    set_free(&before);
    set_free(&proof);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_withdrawal_that_knows_everything_is_quiet),
        cmocka_unit_test(what_it_did_not_know_is_a_conflict_and_stays_inside),
        cmocka_unit_test(a_withdrawal_that_names_its_own_register_alone_says_nothing),
        cmocka_unit_test(a_value_that_took_the_place_of_a_known_one_is_unseen),
        cmocka_unit_test(a_record_that_is_not_withdrawn_has_nothing_unseen),
        cmocka_unit_test(what_is_written_to_a_derived_field_counts_for_nothing),
        cmocka_unit_test(a_value_says_what_its_author_knew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
