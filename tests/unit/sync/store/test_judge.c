/* Judging what one change set brings at once: more records, and more values of one, than are gathered at a time. */
#include "tests/unit/sync/store/fixture.h"

#define MANY (4096 + 300) /* VLS__TOUCHED_MAX and some more */

static void
more_records_than_gather_at_once_are_judged_alike(void **state)
{
    struct vls_store *big = store_make(), *small = store_make();
    uint8_t record[VLS_ID_LEN];
    struct vls_buf a, b;
    struct set *sets = calloc(4, sizeof *sets);
    uint64_t n;

    (void)state;
    for (unsigned k = 0; k < 4; k++) {
        set_begin(&sets[k], FOCAL, k, 1, 1 + k / 2);
        for (unsigned i = 0; i < MANY; i++) {
            char text[16];

            id_of(record, i);
            (void)snprintf(text, sizeof text, "%u", i % 97 + k);
            if (k == 0)
                set_create(&sets[k], record, "person");
            set_put(&sets[k], record, field_no("person", "position"), text, NULL, 0);
        }
        set_end(&sets[k]);
    }
    check_ok(vls_store_begin(big, &fixture_err), &fixture_err);
    for (unsigned k = 0; k < 4; k++) {
        deliver(big, &sets[k]);
        deliver(small, &sets[3 - k]);
    }
    check_ok(vls_store_commit(big, &fixture_err), &fixture_err);
    check_ok(vls_store_count(big, 0, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, MANY);
    dump(big, &a);
    dump(small, &b);
    assert_true(vls_slice_eq(vls_buf_slice(&a), vls_buf_slice(&b)));
    vls_buf_clear(&a);
    vls_buf_clear(&b);
    for (unsigned k = 0; k < 4; k++)
        set_free(&sets[k]);
    free(sets);
    vls_store_close(big);
    vls_store_close(small);
}

/* Values go into their table several at a time (VLS__LIVE_ROWS): one more or fewer makes no difference, nor does a
 * create behind them, which asks for those that wait, nor a value among them that was replaced before it came. */
static void
any_number_of_values_in_one_change_set_is_kept(void **state)
{
    uint32_t tag = field_no("person", "tag"), position = field_no("person", "position");
    size_t n_past = 0;

    (void)state;
    for (unsigned n = 1; n <= 50; n++) {
        struct vls_store *s = store_make();
        uint8_t record[VLS_ID_LEN];
        struct set values, later;
        struct vls_record *r;
        struct vls_dot named;

        id_of(record, n);
        set_begin(&values, FOCAL, 1, 1, 1);
        for (unsigned i = 0; i < n; i++) {
            char text[16];

            (void)snprintf(text, sizeof text, "%u", i);
            if (i == n / 2)
                set_put(&values, record, position, "Minister", NULL, 0);
            else
                set_add(&values, record, tag, text);
        }
        set_create(&values, record, "person");
        set_end(&values);
        named = dot_of(&values, n / 2);
        set_begin(&later, FOCAL, 2, 1, 2);
        set_dep(&later, &values);
        set_put(&later, record, position, "Former Minister", &named, 1);
        set_end(&later);
        if (n % 2 == 0)
            deliver(s, &later);
        deliver(s, &values);
        if (n % 2 != 0)
            deliver(s, &later);
        r = record_get(s, record, VLS_LOAD_PAST);
        assert_int_equal(r->n_rows, n + 1);
        assert_true(says(r, "position", "Former Minister"));
        for (size_t i = 0; i < r->n_rows; i++) {
            const struct vls_row *row = &r->rows[i];
            char text[16];

            if (row->field != tag) {
                n_past += row->state == VLS_ROW_PAST;
                continue;
            }
            (void)snprintf(text, sizeof text, "%u", (unsigned)row->dot.op);
            assert_memory_equal(row->dot.change, values.id, VLS_HASH_LEN);
            assert_true(vls_slice_eq(text_in(row->value), vls_slice_str(text)));
        }
        vls_record_free(r);
        set_free(&values);
        set_free(&later);
        vls_store_close(s);
    }
    assert_int_equal(n_past, 50);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_records_than_gather_at_once_are_judged_alike),
        cmocka_unit_test(any_number_of_values_in_one_change_set_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
