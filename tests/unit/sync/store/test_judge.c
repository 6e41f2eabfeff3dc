/* Judging what one change set brings at once: more records, and more values of one, than are gathered at a time. */
#include "tests/unit/sync/store/fixture.h"

#include "sync/store/store_int.h"

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

/* ---- what comes whole is judged as if it had been read back ---- */

#define N_SHAPES 14
#define N_WHOLE  6 /* the first of them come whole */
#define ROUNDS   6 /* 84 records: enough for the limits of every build */

struct scene {
    struct vls_store *store;
    struct set before, elsewhere, many;
};

static void
put_text(struct set *c, const uint8_t *record, const char *kind, const char *field, const char *text)
{
    set_put(c, record, field_no(kind, field), text, NULL, 0);
}

/* One record, alike in nothing but that it is new in the compartment. */
static void
put_shape(struct set *c, unsigned shape, const uint8_t *record, unsigned n, const struct vls_dot *old)
{
    char text[32];
    uint8_t other[VLS_ID_LEN];

    (void)snprintf(text, sizeof text, "Idris %u", n);
    id_of(other, n + 1);
    if (shape != 7) /* a create behind its values */
        set_create(c, record, shape == 1 ? "trip" : "info");
    switch (shape) {
    case 0: break;
    case 1:
        put_text(c, record, "trip", "occasion", text);
        set_ref(c, record, field_no("trip", "person"), other);
        set_date(c, record, field_no("trip", "window"), "2027-04-12/2027-04-15");
        break;
    case 2: /* fields of a later version, out of order */
        set_put(c, record, 60000, text, NULL, 0);
        set_add(c, record, 59999, "b");
        set_add(c, record, 59999, "a");
        put_text(c, record, "info", "sanitised", text);
        break;
    case 3: /* two values of one register, and of another one with a key */
        set_put(c, record, 60000, text, NULL, 0);
        set_put(c, record, 60000, "another", NULL, 0);
        set_value(c, record, VLS_OP_PUT, 60000, "k", vls_slice_of("\x61z", 2), NULL, 0);
        set_value(c, record, VLS_OP_PUT, 60000, "k", vls_slice_of("\x61y", 2), NULL, 0);
        set_value(c, record, VLS_OP_PUT, 60000, "ka", vls_slice_of("\x61x", 2), NULL, 0);
        break;
    case 4: put_text(c, record, "info", "sanitised", "a text\n\nof two paragraphs"); break;
    case 5:
        for (unsigned i = 20; i-- > 0;) {
            (void)snprintf(text, sizeof text, "%u", i);
            set_add(c, record, 59000 + i % 3, text);
        }
        break;
    /* what asks the tables */
    case 6:
        set_create(c, record, "meeting");
        set_put(c, record, 60000, text, NULL, 0);
        break;
    case 7:
        put_text(c, record, "info", "sanitised", text);
        set_create(c, record, "info");
        break;
    case 8: set_put(c, record, VLS_H_LIFE, "retracted", NULL, 0); break;
    case 9: /* texts that nobody put together */
        put_text(c, record, "info", "sanitised", "one\n\nand");
        put_text(c, record, "info", "sanitised", "two\n\nand");
        break;
    case 10: set_put(c, record, 60000, text, old, 1); break;
    case 11: set_remove(c, record, 59999, old, 1); break;
    case 12: set_value(c, record, VLS_OP_DECIDE, 60000, "", vls_slice_of("\x61q", 2), old, 1); break;
    case 13: put_text(c, record, "info", "sanitised", text); break; /* another compartment has one of this id */
    default: break;
    }
}

static void
scene_make(struct scene *t)
{
    uint8_t record[VLS_ID_LEN];
    struct vls_dot old;

    t->store = store_make();
    id_of(record, 999);
    set_begin(&t->before, FOCAL, 1, 1, 1);
    set_create(&t->before, record, "person");
    set_end(&t->before);
    old = dot_of(&t->before, 0);
    set_begin(&t->elsewhere, OWN, 1, 2, 1);
    set_begin(&t->many, FOCAL, 2, 1, 2);
    for (unsigned n = 0; n < N_SHAPES * ROUNDS; n++) {
        id_of(record, n);
        if (n % N_SHAPES == 13)
            set_create(&t->elsewhere, record, "info");
        put_shape(&t->many, n % N_SHAPES, record, n, &old);
    }
    set_end(&t->elsewhere);
    set_end(&t->many);
}

static void
scene_free(struct scene *t)
{
    vls_store_close(t->store);
    set_free(&t->before);
    set_free(&t->elsewhere);
    set_free(&t->many);
}

static void
touch_all(struct vls_store *s)
{
    struct vls__stmt q;
    int64_t n = 0;
    bool row = true;

    while (row) {
        check_ok(vls__sql_take(&q, s, VLS__SQL_RECORD_AFTER, &fixture_err), &fixture_err);
        vls__bind_int(&q, 1, n);
        check_ok(vls__sql_step(&q, &row, &fixture_err), &fixture_err);
        n = row ? vls__col_int(&q, 0, 1, INT64_MAX) : 0;
        vls__sql_give(&q);
        if (row)
            check_ok(vls__touch(s, n, &fixture_err), &fixture_err);
    }
}

static enum vls_code
count_found(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    (void)r;
    (void)err;
    ++*(size_t *)ctx;
    return VLS_OK;
}

static void
what_comes_whole_is_judged_as_if_it_were_read_back(void **state)
{
    struct scene t;
    struct vls_buf at_once, again;
    uint64_t n_conflicts, n_notices;
    sqlite3_int64 changes;
    size_t n_found = 0;

    (void)state;
    scene_make(&t);
    deliver(t.store, &t.before);
    deliver(t.store, &t.elsewhere);
    check_ok(vls_store_begin(t.store, &fixture_err), &fixture_err);
    deliver(t.store, &t.many);
    assert_int_equal(t.store->n_touched, (N_SHAPES - N_WHOLE) * ROUNDS + ROUNDS /* the twins of those */);
    check_ok(vls_store_commit(t.store, &fixture_err), &fixture_err);
    dump(t.store, &at_once);
    check_ok(vls_store_conflict_count(t.store, &n_conflicts, &n_notices, &fixture_err), &fixture_err);
    assert_true(n_conflicts + n_notices > 0);
    check_ok(vls_store_search(t.store, "paragraphs", 100, count_found, &n_found, &fixture_err), &fixture_err);
    assert_int_equal(n_found, ROUNDS);

    /* a second look finds nothing to write but the conflicts, which it writes anew */
    changes = sqlite3_total_changes64(t.store->db);
    touch_all(t.store);
    assert_int_equal(t.store->n_touched, N_SHAPES * ROUNDS + ROUNDS + 1);
    check_ok(vls__judge(t.store, &fixture_err), &fixture_err);
    assert_int_equal(sqlite3_total_changes64(t.store->db) - changes, 2 * (n_conflicts + n_notices));
    dump(t.store, &again);
    assert_true(vls_slice_eq(vls_buf_slice(&at_once), vls_buf_slice(&again)));
    vls_buf_clear(&at_once);
    vls_buf_clear(&again);
    scene_free(&t);
}

/* A value that was replaced before it came: what the change set brings has to be compared with the tables. */
static void
what_was_partly_replaced_before_it_came_is_not_whole(void **state)
{
    struct scene t;
    struct set later;
    uint8_t record[VLS_ID_LEN];
    struct vls_record *r;
    struct vls_dot named;

    (void)state;
    scene_make(&t);
    id_of(record, 2);
    named = dot_of(&t.many, UINT32_MAX);
    for (unsigned pass = 0; pass < 2; pass++) { /* the number of the operation is known once it is here */
        struct vls_store *s = store_make();

        deliver(s, &t.before);
        if (pass == 1)
            deliver(s, &later);
        check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
        deliver(s, &t.many);
        if (pass == 1)
            assert_int_equal(s->n_touched, N_SHAPES * ROUNDS);
        check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
        r = record_get(s, record, VLS_LOAD_PAST);
        for (size_t i = 0; i < r->n_rows; i++)
            if (r->rows[i].field == 60000 && pass == 0) {
                named = r->rows[i].dot;
                set_begin(&later, FOCAL, 3, 1, 3);
                set_put(&later, record, 60000, "newer", &named, 1);
                set_end(&later);
            } else if (r->rows[i].field == 60000) {
                bool is_old = vls_dot_cmp(&r->rows[i].dot, &named) == 0;

                assert_int_equal(r->rows[i].state, is_old ? VLS_ROW_PAST : VLS_ROW_SHOWN);
            }
        vls_record_free(r);
        vls_store_close(s);
    }
    set_free(&later);
    scene_free(&t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(more_records_than_gather_at_once_are_judged_alike),
        cmocka_unit_test(any_number_of_values_in_one_change_set_is_kept),
        cmocka_unit_test(what_comes_whole_is_judged_as_if_it_were_read_back),
        cmocka_unit_test(what_was_partly_replaced_before_it_came_is_not_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
