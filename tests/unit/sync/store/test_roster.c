/* Devices, compartments, and the state that people compare. */
#include "tests/unit/sync/store/fixture.h"

static void
one_record(struct set *c, const uint8_t *home, unsigned device, unsigned record, const char *kind, const char *text)
{
    uint8_t id[VLS_ID_LEN];

    id_of(id, record);
    set_begin(c, home, device, 1, 1);
    if (kind != NULL)
        set_create(c, id, kind);
    set_put(c, id, field_no("person", "position"), text, NULL, 0);
    set_end(c);
}

static void
the_common_state_covers_the_common_compartments_only(void **state)
{
    char empty[VLS_STATE_TEXT], before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    struct vls_store *s = store_make();
    struct set own, focal;

    (void)state;
    one_record(&own, OWN, 1, 1, "person", "x");
    one_record(&focal, FOCAL, 2, 2, "person", "x");
    check_ok(vls_store_state(s, NULL, empty, &fixture_err), &fixture_err);
    assert_int_equal(strlen(empty), VLS_STATE_TEXT - 1);
    assert_int_equal(empty[4], '-');
    assert_int_equal(empty[9], '-');
    check_ok(vls_store_state(s, "own", before, &fixture_err), &fixture_err);
    deliver(s, &own);
    check_ok(vls_store_state(s, "own", after, &fixture_err), &fixture_err);
    assert_string_not_equal(before, after);
    check_ok(vls_store_state(s, NULL, after, &fixture_err), &fixture_err);
    assert_string_equal(empty, after);
    deliver(s, &focal);
    check_ok(vls_store_state(s, NULL, after, &fixture_err), &fixture_err);
    assert_string_not_equal(empty, after);
    check_ok(vls_store_state(s, "focal-points", before, &fixture_err), &fixture_err);
    assert_string_equal(before, after);
    assert_int_equal(vls_store_state(s, "no such", after, &fixture_err), VLS_ENOTFOUND);
    check_ok(vls_store_compartment_put(s, COURT, "court", true, &fixture_err), &fixture_err);
    check_ok(vls_store_state(s, NULL, after, &fixture_err), &fixture_err);
    assert_string_not_equal(before, after);
    set_free(&own);
    set_free(&focal);
    vls_store_close(s);
}

static void
the_state_can_be_read_inside_a_transaction(void **state)
{
    char inside[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    struct vls_store *s = store_make();
    struct set focal;

    (void)state;
    one_record(&focal, FOCAL, 2, 2, "person", "x");
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    deliver(s, &focal);
    check_ok(vls_store_state(s, NULL, inside, &fixture_err), &fixture_err);
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    check_ok(vls_store_state(s, NULL, after, &fixture_err), &fixture_err);
    assert_string_equal(inside, after);
    set_free(&focal);
    vls_store_close(s);
}

/* What a compartment says of a record never mixes with what another one says of the same id. */
static void
a_record_of_two_compartments_is_kept_apart(void **state)
{
    char both[VLS_STATE_TEXT], alone[VLS_STATE_TEXT];
    uint8_t id[VLS_ID_LEN], home[VLS_ID_LEN];
    struct set focal, court, late;
    uint64_t n;

    (void)state;
    id_of(id, 7);
    one_record(&focal, FOCAL, 1, 7, "person", "focal");
    one_record(&court, COURT, 2, 7, "person", "court");
    one_record(&late, OWN, 3, 7, NULL, "not created there");
    for (unsigned order = 0; order < 6; order++) {
        static const unsigned orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        const struct set *sets[] = {&focal, &court, &late};
        struct vls_store *s = store_make(), *other = store_make();
        struct vls_filter f = {.refers_to = NULL};
        struct vls_record *r;
        struct vls_buf rows;

        for (unsigned i = 0; i < 3; i++)
            deliver(s, sets[orders[order][i]]);
        deliver(other, &focal);
        check_ok(vls_store_state(s, "focal-points", both, &fixture_err), &fixture_err);
        check_ok(vls_store_state(other, "focal-points", alone, &fixture_err), &fixture_err);
        assert_string_equal(both, alone);
        /* The common one is shown: nobody can put another before it for one reader alone. */
        check_ok(vls_store_compartment_of(s, id, home, &fixture_err), &fixture_err);
        assert_memory_equal(home, FOCAL, VLS_ID_LEN);
        r = record_get(s, id, VLS_LOAD_PAST);
        assert_true(says(r, "position", "focal"));
        assert_string_equal(r->compartment_name, "focal-points");
        assert_int_equal(r->n_rows, 1);
        vls_record_free(r);
        check_ok(vls_store_count(s, 0, &n, &fixture_err), &fixture_err);
        assert_int_equal(n, 1);
        vls_buf_init(&rows, 65536);
        check_ok(vls_store_search(s, "court", 10, dump_record, &rows, &fixture_err), &fixture_err);
        assert_int_equal(rows.n, 0);
        check_ok(vls_store_list(s, &f, dump_record, &rows, &fixture_err), &fixture_err);
        assert_int_not_equal(rows.n, 0);
        /* The order changes with what is common. */
        check_ok(vls_store_compartment_put(s, COURT, "court", true, &fixture_err), &fixture_err);
        check_ok(vls_store_compartment_put(s, FOCAL, "focal-points", false, &fixture_err), &fixture_err);
        r = record_get(s, id, VLS_LOAD_LIVE);
        assert_true(says(r, "position", "court"));
        vls_record_free(r);
        vls_buf_reset(&rows);
        check_ok(vls_store_search(s, "focal", 10, dump_record, &rows, &fixture_err), &fixture_err);
        assert_int_equal(rows.n, 0);
        check_ok(vls_store_search(s, "court", 10, dump_record, &rows, &fixture_err), &fixture_err);
        assert_int_not_equal(rows.n, 0);
        vls_buf_clear(&rows);
        vls_store_close(s);
        vls_store_close(other);
    }
    set_free(&focal);
    set_free(&court);
    set_free(&late);
}

static void
authors_have_the_names_they_were_given_last(void **state)
{
    struct vls_store *s = store_make();
    struct vls_record *r;
    uint8_t id[VLS_ID_LEN];
    struct set c;

    (void)state;
    id_of(id, 3);
    one_record(&c, FOCAL, 1, 3, "person", "x");
    deliver(s, &c);
    r = record_get(s, id, VLS_LOAD_LIVE);
    assert_string_equal(r->rows[0].delegation, "");
    assert_string_equal(r->rows[0].post, "");
    vls_record_free(r);
    check_ok(vls_store_device_put(s, c.device, "Ireland", "Dublin", &fixture_err), &fixture_err);
    check_ok(vls_store_device_put(s, c.device, "Ireland", "New York", &fixture_err), &fixture_err);
    r = record_get(s, id, VLS_LOAD_LIVE);
    assert_string_equal(r->rows[0].delegation, "Ireland");
    assert_string_equal(r->rows[0].post, "New York");
    assert_int_equal(r->rows[0].wall_unix_s, c.wall);
    vls_record_free(r);
    set_free(&c);
    vls_store_close(s);
}

static void
a_name_of_any_length_is_not_taken(void **state)
{
    struct vls_store *s = store_make();
    char name[400];

    (void)state;
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = '\0';
    assert_int_equal(vls_store_compartment_put(s, OWN, name, false, &fixture_err), VLS_ELIMIT);
    assert_int_equal(vls_store_compartment_of(s, OWN, (uint8_t[VLS_ID_LEN]){0}, &fixture_err), VLS_ENOTFOUND);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_common_state_covers_the_common_compartments_only),
        cmocka_unit_test(the_state_can_be_read_inside_a_transaction),
        cmocka_unit_test(a_record_of_two_compartments_is_kept_apart),
        cmocka_unit_test(authors_have_the_names_they_were_given_last),
        cmocka_unit_test(a_name_of_any_length_is_not_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
