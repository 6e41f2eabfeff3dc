/* Two stores side by side: what is not alike is named. */
#include "tests/unit/sync/store/people.h"

#include "sync/store/store_int.h"

static struct set sets[6];
#define N_SETS (sizeof sets / sizeof sets[0])

static int
make_sets(void **state)
{
    uint32_t position = field_no("person", "position");
    struct vls_dot named;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        id_of(id, i);
        set_begin(&sets[i], i == 3 ? COURT : FOCAL, i, 1, 1);
        set_create(&sets[i], id, "person");
        set_put(&sets[i], id, position, "first", NULL, 0);
        set_end(&sets[i]);
    }
    named = dot_of(&sets[0], 1);
    for (unsigned i = 4; i < 6; i++) {
        id_of(id, 0);
        set_begin(&sets[i], FOCAL, i, 1, 2);
        set_put(&sets[i], id, position, i == 4 ? "second" : "third", &named, 1);
        set_end(&sets[i]);
    }
    return 0;
}

static int
free_sets(void **state)
{
    (void)state;
    for (size_t i = 0; i < N_SETS; i++)
        set_free(&sets[i]);
    return 0;
}

static struct vls_store *
filled(bool backwards)
{
    struct vls_store *s = store_make();

    for (size_t i = 0; i < N_SETS; i++)
        deliver(s, &sets[backwards ? N_SETS - 1 - i : i]);
    return s;
}

struct found {
    size_t n;
    uint8_t id[VLS_ID_LEN];
};

static enum vls_code
note(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct found *f = ctx;

    (void)err;
    f->n++;
    memcpy(f->id, r->id, VLS_ID_LEN);
    return VLS_OK;
}

static void
equal_stores_do_not_differ(void **state)
{
    struct vls_store *a = filled(false), *b = filled(true);
    uint64_t n, differ;

    (void)state;
    check_ok(vls_store_compare(a, b, note, NULL, &n, &differ, &fixture_err), &fixture_err);
    assert_int_equal(n, 4);
    assert_int_equal(differ, 0);
    /* Authors' names are not merged. */
    check_ok(vls_store_device_put(b, sets[0].device, "Ireland", "", &fixture_err), &fixture_err);
    check_ok(vls_store_compare(a, b, note, NULL, &n, &differ, &fixture_err), &fixture_err);
    assert_int_equal(differ, 0);
    vls_store_close(a);
    vls_store_close(b);
}

static void
every_manipulation_is_found(void **state)
{
    static const char *const damage[] = {
        "UPDATE live SET cite = 2 WHERE record = (SELECT n FROM record WHERE id = ?)",
        "UPDATE live SET value = x'6178' WHERE record = (SELECT n FROM record WHERE id = ?)",
        "UPDATE live SET type = 6 WHERE record = (SELECT n FROM record WHERE id = ?)",
        "UPDATE live SET reason = x'61' WHERE record = (SELECT n FROM record WHERE id = ?)",
        "UPDATE past SET value = x'6178' WHERE record = (SELECT n FROM record WHERE id = ?)",
        "UPDATE past SET by_op = 60 WHERE record = (SELECT n FROM record WHERE id = ?)",
        "DELETE FROM past WHERE record = (SELECT n FROM record WHERE id = ?)",
        "DELETE FROM live WHERE record = (SELECT n FROM record WHERE id = ?)",
        "DELETE FROM record WHERE id = ?",
        "UPDATE record SET kind = 14 WHERE id = ?",
        "UPDATE record SET digest = zeroblob(32) WHERE id = ?",
        "INSERT INTO past SELECT *, envelope, 0 FROM live WHERE record = (SELECT n FROM record WHERE id = ?)",
    };
    uint8_t id[VLS_ID_LEN];

    (void)state;
    id_of(id, 0);
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++)
        for (int side = 0; side < 2; side++) {
            struct vls_store *a = filled(false), *b = filled(true), *hurt = side ? a : b;
            struct found found = {0};
            sqlite3_stmt *st = NULL;
            uint64_t n, differ;

            assert_int_equal(sqlite3_prepare_v2(hurt->db, damage[i], -1, &st, NULL), SQLITE_OK);
            assert_int_equal(sqlite3_bind_blob(st, 1, id, sizeof id, SQLITE_STATIC), SQLITE_OK);
            assert_int_equal(sqlite3_step(st), SQLITE_DONE);
            assert_true(sqlite3_changes(hurt->db) > 0);
            (void)sqlite3_finalize(st);
            check_ok(vls_store_compare(a, b, note, &found, &n, &differ, &fixture_err), &fixture_err);
            if (differ != 1 || found.n != 1)
                fail_msg("%s goes unnoticed", damage[i]);
            assert_memory_equal(found.id, id, VLS_ID_LEN);
            vls_store_close(a);
            vls_store_close(b);
        }
}

static void
what_only_one_has_is_found_on_both_sides(void **state)
{
    struct vls_store *a = filled(false), *b = store_make();
    struct found found = {0};
    uint64_t n, differ;

    (void)state;
    check_ok(vls_store_compare(a, b, note, &found, &n, &differ, &fixture_err), &fixture_err);
    assert_int_equal(n, 4);
    assert_int_equal(differ, 4);
    check_ok(vls_store_compare(b, a, note, &found, &n, &differ, &fixture_err), &fixture_err);
    assert_int_equal(n, 0);
    assert_int_equal(differ, 4);
    assert_int_equal(found.n, 8);
    vls_store_close(a);
    vls_store_close(b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_stores_do_not_differ),
        cmocka_unit_test(every_manipulation_is_found),
        cmocka_unit_test(what_only_one_has_is_found_on_both_sides),
    };

    return cmocka_run_group_tests(tests, make_sets, free_sets);
}
