/* Replaced values: what names them, what keeps them, and what comes in another order. */
#include "tests/unit/sync/store/fixture.h"

#define N 4

/* Applies the sets in every order; all must end with the same dump. Yields the last store. */
static struct vls_store *
every_order(struct set *const sets[], size_t n)
{
    size_t order[N] = {0, 1, 2, 3}, c[N] = {0}, i = 0;
    struct vls_store *s = NULL;
    struct vls_buf first = {0}, now;

    for (bool more = true; more;) { /* Heap's algorithm */
        vls_store_close(s);
        s = store_make();
        for (size_t k = 0; k < n; k++)
            deliver(s, sets[order[k]]);
        dump(s, &now);
        if (first.n == 0)
            first = now;
        else {
            assert_true(vls_slice_eq(vls_buf_slice(&first), vls_buf_slice(&now)));
            vls_buf_clear(&now);
        }
        while (i < n && c[i] >= i)
            c[i++] = 0;
        more = i < n;
        if (more) {
            size_t a = i % 2 == 0 ? 0 : c[i], t = order[a];

            order[a] = order[i];
            order[i] = t;
            c[i]++;
            i = 0;
        }
    }
    vls_buf_clear(&first);
    return s;
}

static size_t
count(const struct vls_record *r, uint32_t field, enum vls_row_state state)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_rows; i++)
        n += r->rows[i].field == field && r->rows[i].state == state;
    return n;
}

static void
a_value_retired_before_it_came_is_past_at_once(void **state)
{
    uint32_t tag = VLS_H_TAG, position = field_no("person", "position");
    struct set create, old, replace, take_out;
    struct set *const sets[] = {&create, &old, &replace, &take_out};
    uint8_t record[VLS_ID_LEN];
    struct vls_dot named[2];
    struct vls_record *r;
    struct vls_store *s;

    (void)state;
    id_of(record, 1);
    set_begin(&create, FOCAL, 1, 1, 1);
    set_create(&create, record, "person");
    set_end(&create);
    set_begin(&old, FOCAL, 2, 1, 1);
    set_put(&old, record, position, "old", NULL, 0);
    set_add(&old, record, tag, "x");
    set_end(&old);
    named[0] = dot_of(&old, 0);
    set_begin(&replace, FOCAL, 3, 1, 2);
    set_put(&replace, record, position, "new", named, 1);
    set_end(&replace);
    named[0] = dot_of(&old, 1);
    set_begin(&take_out, FOCAL, 4, 1, 2);
    set_remove(&take_out, record, tag, named, 1);
    set_end(&take_out);
    s = every_order(sets, 4);
    r = record_get(s, record, VLS_LOAD_PAST);
    assert_true(says(r, "position", "new"));
    assert_int_equal(count(r, position, VLS_ROW_PAST), 1);
    assert_int_equal(count(r, tag, VLS_ROW_SHOWN), 0);
    assert_int_equal(count(r, tag, VLS_ROW_PAST), 2); /* the addition and its removal */
    for (size_t i = 0; i < r->n_rows; i++)
        if (r->rows[i].field == tag && r->rows[i].type == VLS_OP_ADD)
            assert_memory_equal(r->rows[i].by.change, take_out.id, VLS_HASH_LEN);
        else if (r->rows[i].field == tag)
            assert_int_equal(r->rows[i].value.n, 0);
    vls_record_free(r);
    r = record_get(s, record, VLS_LOAD_LIVE);
    assert_int_equal(r->n_rows, 1);
    vls_record_free(r);
    vls_store_close(s);
    for (size_t i = 0; i < 4; i++)
        set_free(sets[i]);
}

static void
an_addition_that_a_removal_did_not_see_stays(void **state)
{
    struct set create, seen, unseen, take_out;
    struct set *const sets[] = {&create, &seen, &unseen, &take_out};
    uint8_t record[VLS_ID_LEN];
    struct vls_dot named;
    struct vls_record *r;
    struct vls_store *s;

    (void)state;
    id_of(record, 2);
    set_begin(&create, FOCAL, 1, 1, 1);
    set_create(&create, record, "person");
    set_end(&create);
    set_begin(&seen, FOCAL, 2, 1, 1);
    set_add(&seen, record, VLS_H_TAG, "x");
    set_end(&seen);
    set_begin(&unseen, FOCAL, 3, 1, 1);
    set_add(&unseen, record, VLS_H_TAG, "x");
    set_end(&unseen);
    named = dot_of(&seen, 0);
    set_begin(&take_out, FOCAL, 4, 1, 2);
    set_remove(&take_out, record, VLS_H_TAG, &named, 1);
    set_end(&take_out);
    s = every_order(sets, 4);
    r = record_get(s, record, VLS_LOAD_LIVE);
    assert_int_equal(count(r, VLS_H_TAG, VLS_ROW_SHOWN), 1);
    vls_record_free(r);
    vls_store_close(s);
    for (size_t i = 0; i < 4; i++)
        set_free(sets[i]);
}

static void
a_value_of_another_register_is_not_touched(void **state)
{
    uint32_t position = field_no("person", "position"), summary = field_no("person", "summary");
    struct set a, b, other_field, other_home;
    struct set *const sets[] = {&a, &b, &other_field, &other_home};
    uint8_t mine[VLS_ID_LEN], theirs[VLS_ID_LEN];
    struct vls_dot named[2];
    struct vls_record *r;
    struct vls_store *s;

    (void)state;
    id_of(mine, 3);
    id_of(theirs, 4);
    set_begin(&a, FOCAL, 1, 1, 1);
    set_create(&a, mine, "person");
    set_put(&a, mine, position, "stays", NULL, 0);
    set_end(&a);
    set_begin(&b, FOCAL, 2, 1, 1);
    set_create(&b, theirs, "person");
    set_put(&b, theirs, position, "stays too", NULL, 0);
    set_end(&b);
    named[0] = dot_of(&a, 1);
    named[1] = dot_of(&b, 1);
    set_begin(&other_field, FOCAL, 3, 1, 2); /* another field of one, another record than the other */
    set_put(&other_field, mine, summary, "mine", named, 2);
    set_end(&other_field);
    set_begin(&other_home, COURT, 4, 1, 2); /* the same place, in another compartment */
    set_put(&other_home, mine, position, "elsewhere", named, 1);
    set_end(&other_home);
    s = every_order(sets, 4);
    r = record_get(s, mine, VLS_LOAD_PAST);
    assert_true(says(r, "position", "stays"));
    assert_true(says(r, "summary", "mine"));
    assert_int_equal(r->n_rows, 2);
    vls_record_free(r);
    r = record_get(s, theirs, VLS_LOAD_PAST);
    assert_true(says(r, "position", "stays too"));
    assert_int_equal(r->n_rows, 1);
    vls_record_free(r);
    vls_store_close(s);
    for (size_t i = 0; i < 4; i++)
        set_free(sets[i]);
}

static void
nobody_takes_back_what_was_said(void **state)
{
    uint32_t text = field_no("name", "text"); /* IMM */
    struct set create, first, second, removal;
    struct set *const sets[] = {&create, &first, &second, &removal};
    uint8_t record[VLS_ID_LEN];
    struct vls_dot named;
    struct vls_record *r;
    struct vls_store *s;

    (void)state;
    id_of(record, 5);
    set_begin(&create, FOCAL, 1, 1, 1);
    set_create(&create, record, "name");
    set_end(&create);
    set_begin(&first, FOCAL, 2, 1, 1);
    set_put(&first, record, text, "as written", NULL, 0);
    set_end(&first);
    named = dot_of(&first, 0);
    set_begin(&second, FOCAL, 3, 1, 2);
    set_put(&second, record, text, "another", &named, 1);
    set_end(&second);
    set_begin(&removal, FOCAL, 4, 1, 3);
    set_remove(&removal, record, text, &named, 1);
    set_end(&removal);
    s = every_order(sets, 4); /* in half of them the kind comes after it was named */
    r = record_get(s, record, VLS_LOAD_PAST);
    assert_true(says(r, "text", "as written"));
    assert_int_equal(count(r, text, VLS_ROW_KEPT), 1);
    assert_int_equal(count(r, text, VLS_ROW_PAST), 1); /* the removal itself */
    vls_record_free(r);
    vls_store_close(s);
    for (size_t i = 0; i < 4; i++)
        set_free(sets[i]);
}

/* Field 1 is IMM for a name and CITE for a person. */
static void
the_smaller_of_two_creates_decides_what_is_kept(void **state)
{
    struct set person, name, first, second;
    struct set *const sets[] = {&person, &name, &first, &second};
    const char *kind;
    uint8_t record[VLS_ID_LEN];
    struct vls_dot named;
    struct vls_record *r;
    struct vls_store *s;
    bool a_name;

    (void)state;
    for (unsigned i = 0; i < 4; i++) { /* ids differ, so both outcomes come up */
        id_of(record, 60 + i);
        set_begin(&person, FOCAL, 1, 1, 1);
        set_create(&person, record, "person");
        set_end(&person);
        set_begin(&name, FOCAL, 2, 1, 1);
        set_create(&name, record, "name");
        set_end(&name);
        set_begin(&first, FOCAL, 3, 1, 1);
        set_put(&first, record, 1, "as written", NULL, 0);
        set_end(&first);
        named = dot_of(&first, 0);
        set_begin(&second, FOCAL, 4, 1, 2);
        set_put(&second, record, 1, "another", &named, 1);
        set_end(&second);
        s = every_order(sets, 4);
        a_name = memcmp(name.id, person.id, VLS_HASH_LEN) < 0;
        kind = a_name ? "name" : "person";
        r = record_get(s, record, VLS_LOAD_PAST);
        assert_string_equal(r->kind->name, kind);
        assert_int_equal(count(r, 1, VLS_ROW_KEPT), a_name ? 1 : 0);
        assert_int_equal(count(r, 1, VLS_ROW_PAST), a_name ? 0 : 1);
        vls_record_free(r);
        vls_store_close(s);
        for (size_t k = 0; k < 4; k++)
            set_free(sets[k]);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_retired_before_it_came_is_past_at_once),
        cmocka_unit_test(an_addition_that_a_removal_did_not_see_stays),
        cmocka_unit_test(a_value_of_another_register_is_not_touched),
        cmocka_unit_test(nobody_takes_back_what_was_said),
        cmocka_unit_test(the_smaller_of_two_creates_decides_what_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
