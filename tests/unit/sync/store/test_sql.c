/*
 * Statements when memory runs out: the n-th allocation of everything that a command does fails, for ever
 * greater n. Each call then says so, nothing leaks, no part of a transaction stays, and the same store goes on.
 */
#include "tests/unit/sync/store/people.h"

#include "sync/store/store_int.h"

#include "tests/support/scarce.h"

#if !VLS_SANITIZED

/* ---- what a command does ---- */

struct sets {
    struct set v[3];
};

static enum vls_code
write_all(struct vls_store *s, struct sets *sets)
{
    struct vls_error err;
    enum vls_code rc = vls_store_begin(s, &err);

    for (size_t i = 0; i < 3 && rc == VLS_OK; i++) {
        struct set *c = &sets->v[i];
        struct vls_stored_envelope e = {.seq = 1, .kind = 1, .wall_unix_s = c->wall, .state = VLS_ENV_DONE, .why = "",
                                        .bytes = vls_buf_slice(&c->bytes)};

        memcpy(e.id, c->id, sizeof e.id);
        memcpy(e.device, c->device, sizeof e.device);
        memcpy(e.incarnation, c->incarnation, sizeof e.incarnation);
        if ((rc = vls_store_envelope_put(s, &e, &err)) == VLS_OK)
            rc = vls_store_apply(s, c->id, c->compartment, e.bytes, &err);
        if (rc == VLS_OK)
            rc = vls_store_device_put(s, c->device, "Ireland", "New York", &err);
        if (rc == VLS_OK)
            rc = vls_store_seen(s, c->device, c->id, 5, &err);
    }
    if (s->in_tx) {
        enum vls_code end = rc == VLS_OK ? vls_store_commit(s, &err) : (vls_store_rollback(s), rc);

        rc = end;
    }
    return rc;
}

static enum vls_code
count_record(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct vls_store *s = ctx;
    struct vls_buf title;

    (void)err;
    vls_buf_init(&title, 4096);
    vls_record_title(&title, s, r, "en"); /* shorter when memory runs out, never wrong memory */
    vls_buf_clear(&title);
    return VLS_OK;
}

static enum vls_code
count_conflict(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    (void)ctx;
    (void)c;
    (void)err;
    return VLS_OK;
}

static enum vls_code
count_receipt(void *ctx, const struct vls_receipt *r, struct vls_error *err)
{
    (void)ctx;
    (void)err;
    assert_non_null(r->delegation);
    return VLS_OK;
}

static enum vls_code
read_all(struct vls_store *s, struct sets *sets)
{
    struct vls_filter f = {.load = VLS_LOAD_PAST};
    struct vls_dot dot = dot_of(&sets->v[0], 0);
    uint8_t id[VLS_ID_LEN];
    char state[VLS_STATE_TEXT];
    struct vls_error err;
    uint64_t n, differ;
    enum vls_code rc;

    if ((rc = vls_store_list(s, &f, count_record, s, &err)) != VLS_OK ||
        (rc = vls_store_find(s, 0, "haddad", id, count_record, s, &err)) != VLS_OK ||
        (rc = vls_store_search(s, "idris", 9, count_record, s, &err)) != VLS_OK ||
        (rc = vls_store_conflicts(s, count_conflict, NULL, &err)) != VLS_OK ||
        (rc = vls_store_receipts(s, &dot, count_receipt, NULL, &err)) != VLS_OK ||
        (rc = vls_store_state(s, NULL, state, &err)) != VLS_OK)
        return rc;
    return vls_store_compare(s, s, count_record, s, &n, &differ, &err);
}

static void
no_memory_at_any_point_is_said_and_survived(void **state)
{
    static enum vls_code (*const commands[])(struct vls_store *, struct sets *) = {write_all, read_all};
    uint32_t position = field_no("person", "position");
    struct vls_dot nobody = {.op = 7};
    struct sets sets;
    uint8_t id[VLS_ID_LEN];
    long held;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        set_begin(&sets.v[i], FOCAL, 20 + i, 1, 99);
        id_of(id, i == 2 ? 600 : IDRIS);
        set_create(&sets.v[i], id, "person");
        set_put(&sets.v[i], id, position, i == 0 ? "Consul" : "Envoy", &nobody, 1);
        set_end(&sets.v[i]);
    }
    for (int i = 0; i < 2; i++) { /* what SQLite keeps for the process settles with its second user */
        struct vls_store *warm = people();

        assert_int_equal(write_all(warm, &sets), VLS_OK);
        assert_int_equal(read_all(warm, &sets), VLS_OK);
        vls_store_close(warm);
    }
    held = scarce.alive;
    for (size_t k = 0; k < 2; k++) {
        unsigned n_failed = 0;

        scarce.fired = 1;
        for (long at = 1; scarce.fired > 0; at += 1 + at / 15) {
            struct vls_store *s = people();
            struct vls_buf before, after;
            enum vls_code rc;

            if (k == 1)
                assert_int_equal(write_all(s, &sets), VLS_OK);
            dump(s, &before);
            vls__store_forget(s); /* so that every copy is made again */
            scarce_at((unsigned long)at, false);
            rc = commands[k](s, &sets);
            if (scarce_end() > 0 && rc != VLS_OK) { /* some caches can do without */
                assert_int_equal(rc, VLS_ENOMEM);
                n_failed++;
            } else
                assert_int_equal(rc, VLS_OK);
            if (rc != VLS_OK || k == 1) {
                dump(s, &after);
                if (!vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)))
                    fail_msg("allocation %ld leaves a part", at);
                vls_buf_clear(&after);
            }
            if (rc != VLS_OK)
                assert_int_equal(commands[k](s, &sets), VLS_OK);
            vls_buf_clear(&before);
            vls_store_close(s);
            if (scarce.alive != held)
                fail_msg("allocation %ld leaks %ld", at, scarce.alive - held);
        }
        assert_true(n_failed > 20);
    }
    for (unsigned i = 0; i < 3; i++)
        set_free(&sets.v[i]);
}

static void
a_store_without_memory_is_not_opened(void **state)
{
    struct vls_store *s = NULL;
    long held = scarce.alive;
    unsigned n_failed = 0;

    (void)state;
    scarce.fired = 1;
    for (long at = 1; scarce.fired > 0; at += 1 + at / 15) {
        enum vls_code rc;

        scarce_at((unsigned long)at, false);
        rc = vls_store_memory(&s, &fixture_err);
        (void)scarce_end();
        if (rc != VLS_OK) {
            assert_int_equal(rc, VLS_ENOMEM);
            assert_null(s);
            n_failed++;
        }
        vls_store_close(s);
        assert_int_equal(scarce.alive, held);
    }
    assert_true(n_failed > 10);
}

#endif

/* ---- statements in use ---- */

static void
a_statement_can_be_taken_twice_at_once(void **state)
{
    struct vls_store *s = people();
    struct vls__stmt a, b;
    bool row;

    (void)state;
    check_ok(vls__sql_take(&a, s, VLS__SQL_COMPARTMENTS, &fixture_err), &fixture_err);
    check_ok(vls__sql_step(&a, &row, &fixture_err), &fixture_err);
    assert_true(row);
    check_ok(vls__sql_take(&b, s, VLS__SQL_COMPARTMENTS, &fixture_err), &fixture_err);
    assert_ptr_not_equal(a.st, b.st);
    check_ok(vls__sql_step(&b, &row, &fixture_err), &fixture_err);
    assert_true(row);
    check_ok(vls__sql_step(&a, &row, &fixture_err), &fixture_err);
    assert_true(row);
    vls__sql_give(&b);
    vls__sql_give(&a);
    vls__sql_give(&a); /* nothing more to give */
    assert_non_null(s->cached[VLS__SQL_COMPARTMENTS]);
    vls_store_close(s);
}

static void
every_statement_can_be_prepared_and_none_scans_what_grows(void **state)
{
    /* Those that look at everything by their nature. */
    static const enum vls__sql whole[] = {VLS__SQL_DEVICES, VLS__SQL_COMPARTMENTS, VLS__SQL_WAIT_COUNT,
                                          VLS__SQL_CONFLICTS, VLS__SQL_CONFLICT_COUNT, VLS__SQL_COUNT_ALL,
                                          VLS__SQL_RECORD_TWINS, VLS__SQL_TO_SEND, VLS__SQL_TO_SEND_COUNT,
                                          VLS__SQL_UNCONFIRMED, VLS__SQL_RECEIPTS, VLS__SQL_COMPARE_NEXT,
                                          VLS__SQL_CHANGED_COUNT /* up to a bound */,
                                          VLS__SQL_REST_RECORDS, VLS__SQL_REST_CONFLICTS, VLS__SQL_REST_LINKS,
                                          VLS__SQL_REST_RETIRED, VLS__SQL_REST_NAMED, VLS__SQL_REST_HEADS,
                                          VLS__SQL_REST_AWAITED, VLS__SQL_REST_COMPARTMENTS, VLS__SQL_REST_WORDS,
                                          VLS__SQL_UNMERGE_ENVELOPES, VLS__SQL_UNMERGE_COMPARTMENTS};
    struct vls_store *s = people();
    int n_bad = 0;

    (void)state;
    for (int id = 0; id < VLS__SQL_COUNT; id++) {
        struct vls__stmt q;
        sqlite3_stmt *plan = NULL;
        char sql[4096];
        bool may_scan = false;

        check_ok(vls__sql_take(&q, s, (enum vls__sql)id, &fixture_err), &fixture_err);
        (void)snprintf(sql, sizeof sql, "EXPLAIN QUERY PLAN %s", sqlite3_sql(q.st));
        for (size_t i = 0; i < sizeof whole / sizeof whole[0]; i++)
            may_scan = may_scan || whole[i] == (enum vls__sql)id;
        if (sqlite3_prepare_v2(s->db, sql, -1, &plan, NULL) != SQLITE_OK)
            fail_msg("%s", sql);
        while (!may_scan && sqlite3_step(plan) == SQLITE_ROW) {
            const char *step = (const char *)sqlite3_column_text(plan, 3);

            if ((strncmp(step, "SCAN", 4) == 0 && strstr(step, "VIRTUAL TABLE") == NULL &&
                 strstr(step, "CONSTANT ROWS") == NULL && /* those that are to be added */
                 strstr(step, "USING COVERING INDEX record_listed") == NULL) ||
                (strstr(step, "TEMP B-TREE FOR ORDER BY") != NULL && id != VLS__SQL_SEARCH && id != VLS__SQL_HEADS &&
                 id != VLS__SQL_RECORD_RIVALS))
                n_bad += (print_error("%s: %s\n", sqlite3_sql(q.st), step), 1);
        }
        (void)sqlite3_finalize(plan);
        vls__sql_give(&q);
    }
    assert_int_equal(n_bad, 0);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_statement_can_be_taken_twice_at_once),
        cmocka_unit_test(every_statement_can_be_prepared_and_none_scans_what_grows),
#if !VLS_SANITIZED
        cmocka_unit_test(no_memory_at_any_point_is_said_and_survived),
        cmocka_unit_test(a_store_without_memory_is_not_opened),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
