/* Opening, migrating, transactions, and what happens when they are cut short (I5). */
#include "tests/unit/sync/store/people.h"

#include <unistd.h>

#include "sync/store/store_int.h"

static char folder[64], path[80];
static struct vls_secret *key;

static int
make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/valise-test-XXXXXX");
    if (vls_secret_start(&fixture_err) != VLS_OK || vls_secret_random(&key, VLS_KEY_LEN, &fixture_err) != VLS_OK ||
        mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/store", folder);
    return 0;
}

static int
remove_folder(void **state)
{
    (void)state;
    vls_secret_free(key);
    (void)unlink(path);
    return rmdir(folder);
}

static void
run(struct vls_store *s, const char *sql)
{
    if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(s->db));
}

static int64_t
number(struct vls_store *s, const char *sql)
{
    sqlite3_stmt *st = NULL;
    int64_t n;

    assert_int_equal(sqlite3_prepare_v2(s->db, sql, -1, &st, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    n = sqlite3_column_int64(st, 0);
    (void)sqlite3_finalize(st);
    return n;
}

/* What migration 5 made. */
/* Tables of migrations 5 and 6. */
#define WITHOUT_NOTES "DROP TABLE changed; DROP TABLE token; DROP TABLE pair; DROP TABLE pair_count; DROP TABLE duty;" \
                      "DROP TABLE aside;"

/* ---- opening ---- */

static void
a_sealed_store_is_made_closed_and_opened_again(void **state)
{
    struct vls_buf before, after;
    struct vls_secret *other = NULL;
    struct vls_store *s = NULL;
    struct set c;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    assert_int_equal(vls_store_open(&s, path, key, false, &fixture_err), VLS_ENOSTORE);
    assert_null(s);
    check_ok(vls_store_open(&s, path, key, true, &fixture_err), &fixture_err);
    assert_int_equal(number(s, "PRAGMA user_version"), vls__n_migrations);
    check_ok(vls_store_compartment_put(s, FOCAL, "focal-points", true, &fixture_err), &fixture_err);
    check_ok(vls_store_compartment_put(s, OWN, "own", false, &fixture_err), &fixture_err);
    check_ok(vls_store_compartment_put(s, COURT, "court", false, &fixture_err), &fixture_err);
    id_of(id, 1);
    set_begin(&c, FOCAL, 1, 1, 3);
    set_create(&c, id, "person");
    set_put(&c, id, field_no("person", "display-name"), "Idris al-Haddad", NULL, 0);
    set_end(&c);
    deliver(s, &c);
    check_ok(vls_store_meta_put(s, "title", vls_slice_str("Focal points"), &fixture_err), &fixture_err);
    check_ok(vls_store_verify(s, &fixture_err), &fixture_err);
    dump(s, &before);
    vls_store_close(s);

    check_ok(vls_secret_random(&other, VLS_KEY_LEN, &fixture_err), &fixture_err);
    assert_int_equal(vls_store_open(&s, path, other, false, &fixture_err), VLS_EAUTH);
    vls_secret_free(other);
    check_ok(vls_store_open(&s, path, key, false, &fixture_err), &fixture_err);
    dump(s, &after);
    assert_true(vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)));
    vls_buf_reset(&after);
    check_ok(vls_store_meta_get(s, "title", &after, &fixture_err), &fixture_err);
    assert_string_equal(vls_buf_str(&after), "Focal points");
    assert_int_equal(vls_store_meta_get(s, "none", &after, &fixture_err), VLS_ENOTFOUND);
    check_ok(vls_store_search(s, "haddad", 3, dump_record, &after, &fixture_err), &fixture_err);
    check_ok(vls_store_verify(s, &fixture_err), &fixture_err);
    vls_store_close(s);
    vls_buf_clear(&before);
    vls_buf_clear(&after);
    set_free(&c);
    vls_store_close(NULL);
}

static void
a_store_of_a_newer_version_is_left_alone(void **state)
{
    struct vls_store *s = NULL;

    (void)state;
    (void)unlink(path);
    check_ok(vls_store_open(&s, path, key, true, &fixture_err), &fixture_err);
    run(s, "PRAGMA user_version = 99");
    vls_store_close(s);
    assert_int_equal(vls_store_open(&s, path, key, false, &fixture_err), VLS_EVERSION);
    assert_null(s);
}

static void
an_interrupted_migration_is_finished(void **state)
{
    struct vls_store *s = NULL;

    (void)state;
    (void)unlink(path);
    check_ok(vls_store_open(&s, path, key, true, &fixture_err), &fixture_err);
    run(s, "DROP TABLE waiting; DROP TABLE seen; DROP TABLE key; DROP TABLE remote; DROP TABLE remote_chain; DROP "
           "TABLE named; DROP TABLE owned; " WITHOUT_NOTES "PRAGMA user_version = 1");
    vls_store_close(s);
    check_ok(vls_store_open(&s, path, key, false, &fixture_err), &fixture_err);
    assert_int_equal(number(s, "PRAGMA user_version"), vls__n_migrations);
    assert_int_equal(number(s, "SELECT count(*) FROM remote_chain"), 0);
    vls_store_close(s);
}

static void
a_store_of_before_knows_that_names_are_to_be_learned(void **state)
{
    struct vls_store *s = NULL;
    uint8_t id[VLS_ID_LEN];
    struct set c;

    (void)state;
    (void)unlink(path);
    check_ok(vls_store_open(&s, path, key, true, &fixture_err), &fixture_err);
    assert_int_equal(number(s, "SELECT count(*) FROM meta WHERE name = 'unnamed'"), 0);
    check_ok(vls_store_compartment_put(s, FOCAL, "focal-points", true, &fixture_err), &fixture_err);
    id_of(id, 1);
    set_begin(&c, FOCAL, 1, 1, 1);
    set_create(&c, id, "person");
    set_end(&c);
    deliver(s, &c);
    set_free(&c);
    run(s, "DROP TABLE named; DROP TABLE owned; " WITHOUT_NOTES "PRAGMA user_version = 2");
    vls_store_close(s);
    check_ok(vls_store_open(&s, path, key, false, &fixture_err), &fixture_err);
    assert_int_equal(number(s, "SELECT count(*) FROM meta WHERE name = 'unnamed' AND value = x'01'"), 1);
    vls_store_close(s);
}

/* ---- transactions ---- */

static void
a_rollback_leaves_nothing_also_not_in_memory(void **state)
{
    struct vls_store *s = people();
    struct vls_buf before, after;
    struct set c;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    dump(s, &before);
    id_of(id, 500);
    set_begin(&c, FOCAL, 8, 1, 99);
    set_create(&c, id, "person");
    set_put(&c, id, field_no("person", "position"), "x", NULL, 0);
    set_end(&c);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    assert_int_equal(vls_store_begin(s, &fixture_err), VLS_EBUSY);
    deliver(s, &c);
    check_ok(vls_store_device_put(s, c.device, "X", "Y", &fixture_err), &fixture_err);
    dump(s, &after); /* judges, and fills every copy */
    assert_false(vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)));
    vls_buf_clear(&after);
    vls_store_rollback(s);
    dump(s, &after);
    assert_true(vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)));
    assert_int_equal(vls_store_apply(s, c.id, FOCAL, vls_buf_slice(&c.bytes), &fixture_err), VLS_ENOTFOUND);
    assert_int_equal(vls_store_commit(s, &fixture_err), VLS_EUSAGE);
    deliver(s, &c);
    vls_buf_clear(&before);
    vls_buf_clear(&after);
    set_free(&c);
    vls_store_close(s);
}

static int
stop(void *ctx)
{
    int *left = ctx;

    return --*left == 0; /* once */
}

/* Stands for whatever could keep SQLite from rolling back, such as no memory. */
static int
no_rollback(void *ctx, int action, const char *what, const char *b, const char *c, const char *d)
{
    (void)ctx;
    (void)b;
    (void)c;
    (void)d;
    return action == SQLITE_TRANSACTION && strcmp(what, "ROLLBACK") == 0 ? SQLITE_DENY : SQLITE_OK;
}

/* SQLite is interrupted after ever more steps, in everything a sync does: all of it is there, or nothing. */
static void
a_transaction_cut_at_any_step_is_whole_or_nothing(void **state)
{
    struct vls_buf before, after, expected = {0};
    uint32_t position = field_no("person", "position");
    struct vls_dot nobody = {.op = 7};
    struct set c[3];
    uint8_t id[VLS_ID_LEN];
    unsigned n_failed = 0;
    bool done = false;

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        set_begin(&c[i], i == 1 ? COURT : FOCAL, 20 + i, 1, 99);
        id_of(id, i == 2 ? 600 : IDRIS);
        set_create(&c[i], id, "person");
        set_put(&c[i], id, position, i == 0 ? "Consul" : "Envoy", &nobody, 1);
        set_end(&c[i]);
    }
    for (int steps = 1; !done; steps += 1 + steps / 12) {
        struct vls_store *s = people();
        enum vls_code rc;
        int left = steps;

        dump(s, &before);
        sqlite3_progress_handler(s->db, 1, stop, &left);
        rc = vls_store_begin(s, &fixture_err);
        for (unsigned i = 0; i < 3 && rc == VLS_OK; i++) {
            struct vls_stored_envelope e = {.seq = 1,
                                            .kind = 1,
                                            .wall_unix_s = c[i].wall,
                                            .state = VLS_ENV_DONE,
                                            .why = "",
                                            .bytes = vls_buf_slice(&c[i].bytes)};

            memcpy(e.id, c[i].id, sizeof e.id);
            memcpy(e.device, c[i].device, sizeof e.device);
            memcpy(e.incarnation, c[i].incarnation, sizeof e.incarnation);
            if ((rc = vls_store_envelope_put(s, &e, &fixture_err)) == VLS_OK)
                rc = vls_store_apply(s, c[i].id, c[i].compartment, e.bytes, &fixture_err);
        }
        /* Whoever goes on after a failure must not keep a part. */
        if (s->in_tx) {
            enum vls_code end = vls_store_commit(s, &fixture_err);

            if (rc != VLS_OK)
                assert_int_not_equal(end, VLS_OK);
            rc = rc == VLS_OK ? end : rc;
        }
        sqlite3_progress_handler(s->db, 0, NULL, NULL);
        assert_false(s->in_tx);
        assert_true(sqlite3_get_autocommit(s->db));
        dump(s, &after);
        done = rc == VLS_OK;
        if (!done) {
            assert_int_equal(rc, VLS_EINTERRUPT);
            n_failed++;
            if (!vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)))
                fail_msg("a part remains after %d steps", steps);
            for (unsigned i = 0; i < 3; i++) /* and the same store takes all of it now */
                deliver(s, &c[i]);
            vls_buf_clear(&after);
            dump(s, &after);
        }
        if (expected.n > 0)
            assert_true(vls_slice_eq(vls_buf_slice(&expected), vls_buf_slice(&after)));
        vls_buf_clear(&expected);
        expected = after;
        vls_buf_clear(&before);
        vls_store_close(s);
    }
    assert_true(n_failed > 50);
    vls_buf_clear(&expected);
    for (unsigned i = 0; i < 3; i++)
        set_free(&c[i]);
}

static void
a_store_that_cannot_roll_back_does_nothing_until_it_can(void **state)
{
    struct vls_store *s = people();
    struct vls_record *r = NULL;
    struct vls_buf value;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    id_of(id, IDRIS);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    check_ok(vls_store_meta_put(s, "a", vls_slice_str("b"), &fixture_err), &fixture_err);
    assert_int_equal(sqlite3_set_authorizer(s->db, no_rollback, NULL), SQLITE_OK);
    vls_store_rollback(s);
    assert_int_equal(vls_store_record(s, id, 0, &r, &fixture_err), VLS_EIO);
    assert_int_equal(vls_store_meta_put(s, "c", vls_slice_str("d"), &fixture_err), VLS_EIO);
    assert_int_equal(vls_store_begin(s, &fixture_err), VLS_EIO);
    assert_int_equal(sqlite3_set_authorizer(s->db, NULL, NULL), SQLITE_OK);
    check_ok(vls_store_record(s, id, 0, &r, &fixture_err), &fixture_err); /* every step tries once more */
    vls_record_free(r);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    vls_buf_init(&value, 10);
    assert_int_equal(vls_store_meta_get(s, "a", &value, &fixture_err), VLS_ENOTFOUND);
    assert_int_equal(vls_store_meta_get(s, "c", &value, &fixture_err), VLS_ENOTFOUND);
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    vls_store_close(s);
}

/* ---- rules ---- */

static void
other_rules_judge_every_record_anew(void **state)
{
    struct vls_store *s = people();
    struct vls_dot nobody = {.op = 7};
    struct vls_buf before, after;

    (void)state;
    people_put(s, 2, IDRIS, "person", (const char *const[]){"position", "Consul", NULL}, &nobody, 1);
    dump(s, &before);
    run(s, "DELETE FROM conflict; DELETE FROM words; DELETE FROM link;"
           "UPDATE record SET words = 0, links = x'', conflicts = 0, withdrawn = 0");
    check_ok(vls__store_begin_use(s, &fixture_err), &fixture_err);
    assert_int_equal(number(s, "SELECT count(*) FROM conflict"), 0); /* the same rules: nothing is done */
    check_ok(vls_store_meta_put(s, "rules", vls_slice_str("those of 2031"), &fixture_err), &fixture_err);
    check_ok(vls__store_begin_use(s, &fixture_err), &fixture_err);
    dump(s, &after);
    assert_true(vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)));
    assert_int_equal(number(s, "SELECT count(*) FROM conflict"), 1);
    vls_buf_clear(&before);
    vls_buf_clear(&after);
    vls_store_close(s);
}

/* ---- rows that no version writes ---- */

static void
malformed_rows_are_refused_not_believed(void **state)
{
    static const char *const damage[] = {
        "UPDATE live SET envelope = 999999",  "UPDATE live SET op = -1",
        "UPDATE live SET field = 70000",      "UPDATE live SET cite = 9",
        "UPDATE live SET type = 17",          "UPDATE live SET op = 'x'",
        "UPDATE record SET compartment = 99", "UPDATE record SET kind = 700000",
        "UPDATE envelope SET lamport = -4",   "UPDATE envelope SET id = x'00' || substr(id, 3)",
        "UPDATE envelope SET chain = 77",     "UPDATE compartment SET lanes = x'00'",
        "UPDATE compartment SET common = 7",
    };
    uint8_t id[VLS_ID_LEN];

    (void)state;
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        struct vls_store *s = people();
        struct vls_record *r = NULL;
        enum vls_code rc;

        id_of(id, IDRIS);
        vls__store_forget(s);
        run(s, damage[i]);
        vls__store_forget(s);
        rc = vls_store_record(s, id, VLS_LOAD_PAST, &r, &fixture_err);
        if (rc != VLS_EAUTH)
            fail_msg("after %s: %s", damage[i], vls_code_name(rc));
        assert_null(r);
        vls_store_close(s);
    }
}

/* What a store of before knew of its chains it still knows: number, head, who saw it. */
static void
chains_of_before_they_could_fork_are_kept(void **state)
{
    struct vls_store *s = NULL;
    struct vls_stored_envelope e = {
        .seq = 1, .kind = 1, .state = VLS_ENV_DONE, .why = "", .bytes = vls_slice_str("sealed bytes")};
    uint8_t head[VLS_HASH_LEN];
    uint64_t seq;

    (void)state;
    (void)unlink(path);
    check_ok(vls_store_open(&s, path, key, true, &fixture_err), &fixture_err);
    id_of(e.device, 1);
    id_of(e.incarnation, 51);
    vls_hash1(e.id, "test envelope", "a", 1);
    check_ok(vls_store_envelope_put(s, &e, &fixture_err), &fixture_err);
    check_ok(vls_store_seen(s, e.incarnation, e.id, 5, &fixture_err), &fixture_err);
    run(s, WITHOUT_NOTES
        "DROP TABLE owned; CREATE TABLE chain_old (n INTEGER PRIMARY KEY, device INTEGER NOT NULL, incarnation BLOB "
        "NOT NULL, seq INTEGER NOT NULL, head INTEGER NOT NULL, UNIQUE (device, incarnation));"
        "INSERT INTO chain_old SELECT n, device, incarnation, seq, head FROM chain; DROP TABLE chain;"
        "ALTER TABLE chain_old RENAME TO chain; PRAGMA user_version = 3");
    vls_store_close(s);
    check_ok(vls_store_open(&s, path, key, false, &fixture_err), &fixture_err);
    assert_int_equal(number(s, "PRAGMA user_version"), vls__n_migrations);
    check_ok(vls_store_chain_head(s, e.device, e.incarnation, &seq, head, &fixture_err), &fixture_err);
    assert_int_equal(seq, 1);
    assert_memory_equal(head, e.id, sizeof head);
    check_ok(vls_store_seen_of(s, e.incarnation, e.id, &seq, &fixture_err), &fixture_err);
    assert_int_equal(seq, 1);
    check_ok(vls_store_verify(s, &fixture_err), &fixture_err);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sealed_store_is_made_closed_and_opened_again),
        cmocka_unit_test(a_store_of_a_newer_version_is_left_alone),
        cmocka_unit_test(an_interrupted_migration_is_finished),
        cmocka_unit_test(chains_of_before_they_could_fork_are_kept),
        cmocka_unit_test(a_store_of_before_knows_that_names_are_to_be_learned),
        cmocka_unit_test(a_rollback_leaves_nothing_also_not_in_memory),
        cmocka_unit_test(a_transaction_cut_at_any_step_is_whole_or_nothing),
        cmocka_unit_test(a_store_that_cannot_roll_back_does_nothing_until_it_can),
        cmocka_unit_test(other_rules_judge_every_record_anew),
        cmocka_unit_test(malformed_rows_are_refused_not_believed),
    };

    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
