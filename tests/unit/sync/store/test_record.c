/* One record, read whole. */
#include "tests/unit/sync/store/people.h"

static void
rows_come_in_order_and_are_found(void **state)
{
    struct vls_store *s = people();
    uint32_t position = field_no("person", "position"), nationality = field_no("person", "nationality");
    struct vls_dot nobody = {.op = 1};
    struct vls_record *r;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    people_put(s, 2, IDRIS, "person", (const char *const[]){"position", "Consul", NULL}, &nobody, 1);
    people_put(s, 2, IDRIS, "person", (const char *const[]){"nationality", "SD", NULL}, &nobody, 1);
    id_of(id, IDRIS);
    r = record_get(s, id, VLS_LOAD_PAST);
    assert_string_equal(r->kind->name, "person");
    assert_int_equal(r->kind_no, r->kind->no);
    assert_memory_equal(r->id, id, VLS_ID_LEN);
    assert_memory_equal(r->compartment, FOCAL, VLS_ID_LEN);
    assert_string_equal(r->compartment_name, "focal-points");
    assert_memory_equal(r->ref, "PER-", 4);
    assert_false(r->withdrawn);
    for (size_t i = 1; i < r->n_rows; i++) {
        assert_true(r->rows[i - 1].field <= r->rows[i].field);
        if (r->rows[i - 1].field == r->rows[i].field)
            assert_true(r->rows[i - 1].state <= r->rows[i].state);
    }
    assert_true(vls_slice_eq(text_in(vls_record_row(r, position, vls_slice_of(NULL, 0), 0)->value),
                             vls_slice_str("Consul"))); /* the greater Lamport counter */
    assert_null(vls_record_row(r, position, vls_slice_of(NULL, 0), 1)); /* kept, not shown */
    assert_null(vls_record_row(r, position, vls_slice_str("k"), 0));
    assert_non_null(vls_record_row(r, position, vls_slice_of("", 0), 0));
    assert_non_null(vls_record_row(r, nationality, vls_slice_of(NULL, 0), 1)); /* a set shows all */
    assert_null(vls_record_row(r, nationality, vls_slice_of(NULL, 0), 2));
    assert_int_equal(vls_record_value(r, "no-such-field").n, 0);
    assert_int_equal(vls_record_value(r, "summary").n, 0);
    vls_record_free(r);
    vls_record_free(NULL);
    vls_store_close(s);
}

static void
values_print_for_people(void **state)
{
    struct vls_store *s = people();
    struct vls_record *r;
    char ref[VLS_REF_TEXT];
    struct vls_buf out;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    id_of(id, TRIP);
    r = record_get(s, id, VLS_LOAD_LIVE);
    vls_buf_init(&out, 1024);
    vls_record_print(&out, r, "status", "fr");
    assert_string_equal(vls_buf_str(&out), "potentiel");
    vls_buf_reset(&out);
    vls_record_print(&out, r, "person", "en");
    id_of(id, IDRIS);
    vls_ref_print(ref, "PER", id);
    assert_string_equal(vls_buf_str(&out), ref);
    vls_buf_reset(&out);
    vls_record_print(&out, r, "occasion", "en");
    vls_record_print(&out, r, "nonsense", "en");
    assert_int_equal(out.n, 0);
    vls_buf_clear(&out);
    vls_record_free(r);
    vls_store_close(s);
}

static void
life_withdraws_a_record_and_a_later_edit_brings_it_back(void **state)
{
    struct vls_store *s = people();
    struct vls_record *r;
    struct vls_dot dot;
    uint8_t id[VLS_ID_LEN];
    uint64_t before, after;

    (void)state;
    id_of(id, GONE);
    check_ok(vls_store_count(s, 0, &before, &fixture_err), &fixture_err);
    r = record_get(s, id, VLS_LOAD_LIVE);
    assert_true(r->withdrawn);
    dot = vls_record_row(r, VLS_H_LIFE, vls_slice_of(NULL, 0), 0)->dot;
    vls_record_free(r);
    people_put(s, 1, GONE, "person", (const char *const[]){"life", "active", NULL}, &dot, 1);
    r = record_get(s, id, VLS_LOAD_LIVE);
    assert_false(r->withdrawn);
    vls_record_free(r);
    check_ok(vls_store_count(s, 0, &after, &fixture_err), &fixture_err);
    assert_int_equal(after, before + 1);
    vls_store_close(s);
}

static void
values_before_their_create_wait_for_it(void **state)
{
    struct vls_store *s = store_make();
    struct vls_record *r = NULL;
    uint8_t id[VLS_ID_LEN], home[VLS_ID_LEN];
    struct vls_filter f = {.withdrawn = true};
    struct set early, create;
    struct vls_buf out;
    uint64_t n;
    bool taken;

    (void)state;
    id_of(id, 9);
    set_begin(&early, FOCAL, 1, 1, 1);
    set_put(&early, id, field_no("person", "position"), "early", NULL, 0);
    set_end(&early);
    set_begin(&create, FOCAL, 2, 1, 1);
    set_create(&create, id, "person");
    set_end(&create);
    deliver(s, &early);
    assert_int_equal(vls_store_record(s, id, 0, &r, &fixture_err), VLS_ENOTFOUND);
    assert_null(r);
    check_ok(vls_store_count(s, 0, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 0);
    vls_buf_init(&out, 4096);
    check_ok(vls_store_list(s, &f, dump_record, &out, &fixture_err), &fixture_err);
    check_ok(vls_store_search(s, "early", 5, dump_record, &out, &fixture_err), &fixture_err);
    assert_int_equal(out.n, 0);
    check_ok(vls_store_ref_taken(s, id, &taken, &fixture_err), &fixture_err);
    assert_true(taken);
    check_ok(vls_store_compartment_of(s, id, home, &fixture_err), &fixture_err);
    assert_memory_equal(home, FOCAL, VLS_ID_LEN);
    deliver(s, &create);
    r = record_get(s, id, 0);
    assert_true(says(r, "position", "early"));
    vls_record_free(r);
    check_ok(vls_store_search(s, "early", 5, dump_record, &out, &fixture_err), &fixture_err);
    assert_int_not_equal(out.n, 0);
    vls_buf_clear(&out);
    set_free(&early);
    set_free(&create);
    vls_store_close(s);
}

/* Kinds and fields of a newer version are kept and listed. */
static void
an_unknown_kind_is_listed_as_such(void **state)
{
    struct vls_store *s = store_make();
    struct vls_filter f = {.kind_no = 4711};
    struct vls_record *r;
    uint8_t id[VLS_ID_LEN];
    struct set c;
    struct vls_op op = {.type = VLS_OP_CREATE, .record = id, .kind = 4711};
    struct vls_buf out;
    uint64_t n;

    (void)state;
    id_of(id, 9);
    set_begin(&c, FOCAL, 1, 1, 1);
    set_op(&c, &op, NULL, 0);
    set_put(&c, id, 3, "a value", NULL, 0);
    set_end(&c);
    deliver(s, &c);
    r = record_get(s, id, 0);
    assert_null(r->kind);
    assert_int_equal(r->kind_no, 4711);
    assert_memory_equal(r->ref, "REC-", 4);
    assert_int_equal(r->n_rows, 1);
    assert_int_equal(vls_record_value(r, "display-name").n, 0);
    vls_buf_init(&out, 4096);
    vls_record_title(&out, s, r, "en");
    assert_string_equal(vls_buf_str(&out), r->ref);
    vls_record_free(r);
    vls_buf_reset(&out);
    check_ok(vls_store_list(s, &f, dump_record, &out, &fixture_err), &fixture_err);
    assert_int_not_equal(out.n, 0);
    check_ok(vls_store_count(s, 4711, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 1);
    vls_buf_clear(&out);
    set_free(&c);
    vls_store_close(s);
}

static void
what_backs_a_value_comes_with_it(void **state)
{
    struct vls_store *s = store_make();
    struct vls_record *r;
    struct vls_buf value;
    uint8_t id[VLS_ID_LEN];
    struct set c;
    struct vls_op op = {.type = VLS_OP_PUT, .record = id, .cite = VLS_CITE_OFFICIAL,
                        .cite_text = vls_slice_str("ICC-ASP/20/23"), .reason = vls_slice_str("as published")};

    (void)state;
    id_of(id, 9);
    vls_buf_init(&value, 64);
    vls_cbor_put_str(&value, "Name");
    op.field = field_no("person", "display-name");
    op.value = vls_buf_slice(&value);
    set_begin(&c, FOCAL, 1, 1, 12);
    set_create(&c, id, "person");
    set_op(&c, &op, NULL, 0);
    set_end(&c);
    deliver(s, &c);
    r = record_get(s, id, 0);
    assert_int_equal(r->rows[0].cite, VLS_CITE_OFFICIAL);
    assert_true(vls_slice_eq(r->rows[0].cite_text, vls_slice_str("ICC-ASP/20/23")));
    assert_true(vls_slice_eq(r->rows[0].reason, vls_slice_str("as published")));
    assert_int_equal(r->rows[0].lamport, 12);
    assert_memory_equal(r->rows[0].dot.change, c.id, VLS_HASH_LEN);
    assert_int_equal(r->rows[0].dot.op, 1);
    vls_record_free(r);
    vls_buf_clear(&value);
    set_free(&c);
    vls_store_close(s);
}

static void
a_register_with_many_values_is_read_whole(void **state)
{
    enum { MANY = 3000 };
    struct vls_store *s = store_make();
    struct vls_record *r;
    uint8_t id[VLS_ID_LEN];
    struct set c;

    (void)state;
    id_of(id, 9);
    set_begin(&c, FOCAL, 1, 1, 1);
    set_create(&c, id, "person");
    for (int i = 0; i < MANY; i++) {
        char text[16];

        (void)snprintf(text, sizeof text, "%d", i % (MANY / 2)); /* every value twice: once shown */
        set_add(&c, id, VLS_H_TAG, text);
    }
    set_end(&c);
    deliver(s, &c);
    r = record_get(s, id, 0);
    assert_int_equal(r->n_rows, MANY);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(r->rows[i].state, i < MANY / 2 ? VLS_ROW_SHOWN : VLS_ROW_KEPT);
    vls_record_free(r);
    set_free(&c);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_come_in_order_and_are_found),
        cmocka_unit_test(values_print_for_people),
        cmocka_unit_test(life_withdraws_a_record_and_a_later_edit_brings_it_back),
        cmocka_unit_test(values_before_their_create_wait_for_it),
        cmocka_unit_test(an_unknown_kind_is_listed_as_such),
        cmocka_unit_test(what_backs_a_value_comes_with_it),
        cmocka_unit_test(a_register_with_many_values_is_read_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
