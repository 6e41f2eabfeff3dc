/*
 * What the sweeps and the cuts have found, each by name, in the fewest steps that show it.
 */
#include "workloads.h"

/* integrity_check calls a page bad that it could not read; that was handed on as a damaged store. */
static void
an_error_of_the_device_is_not_a_damaged_table(void **state)
{
    unsigned long n;

    (void)state;
    for (n = 1;; n++) {
        struct play p = {.key = key_one};
        struct vls_error err = {0};
        unsigned long fired;
        enum vls_code rc;

        disk_load(&the_disk, &bases[BASE_PRODUCT], NULL);
        check_ok(store_open(&p, false, &err), &err);
        disk_fail(&the_disk, 1u << CALL_READ, n, EIO, true);
        rc = vls_store_verify(p.store, &err);
        fired = the_disk.n_fired;
        disk_fail(&the_disk, 0, 0, 0, false);
        play_close(&p);
        if (fired == 0) {
            check_ok(rc, &err);
            break;
        }
        assert_int_equal(rc, VLS_EIO);
        assert_int_equal(err.sys, EIO);
    }
    assert_true(n > 5);
}

/* Damage stays damage, whatever had failed before. */
static void
a_damaged_table_is_said_after_an_error_of_the_device(void **state)
{
    struct play p = {.key = key_one};
    struct vls_error err = {0};

    (void)state;
    disk_load(&the_disk, &bases[BASE_PRODUCT], NULL);
    check_ok(store_open(&p, false, &err), &err);
    (void)sqlite3_set_authorizer(p.db, NULL, NULL);
    assert_int_equal(sqlite3_db_config(p.db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL), SQLITE_OK);
    check_ok(play_sql(&p,
                      "CREATE TABLE x(a, b); CREATE INDEX xa ON x(a); INSERT INTO x VALUES(1, 2);"
                      "PRAGMA writable_schema=ON;"
                      "UPDATE sqlite_schema SET sql = 'CREATE INDEX xa ON x(b)' WHERE name = 'xa'",
                      &err),
             &err);
    play_close(&p);
    check_ok(store_open(&p, false, &err), &err);
    disk_fail(&the_disk, 1u << CALL_READ, 1, EIO, true);
    assert_int_equal(vls_store_verify(p.store, NULL), VLS_EIO);
    disk_fail(&the_disk, 0, 0, 0, false);
    assert_int_equal(vls_store_verify(p.store, NULL), VLS_EAUTH);
    play_close(&p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_error_of_the_device_is_not_a_damaged_table),
        cmocka_unit_test(a_damaged_table_is_said_after_an_error_of_the_device),
    };

    return cmocka_run_group_tests(tests, fault_setup, fault_teardown);
}
