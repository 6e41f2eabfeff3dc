/*
 * LL-12, further: a store by somebody who had the key once. Whole tables are gone, replaced or empty, pages are
 * authentic and hold nonsense. Opening and every use end, with a code where something is wrong, and leave nothing
 * beside it.
 */
#include "people.h"

#include "sealed.h"

#include "sync/store/store_int.h"

static struct {
    uint8_t *bytes;
    size_t n;
    char table[64][40];
    unsigned n_tables;
} whole;

static void
image_put(void)
{
    int fd = open(path, O_RDWR | O_CREAT, 0600);

    assert_true(fd >= 0 && pwrite(fd, whole.bytes, whole.n, 0) == (ssize_t)whole.n);
    assert_int_equal(ftruncate(fd, (off_t)whole.n), 0);
    (void)close(fd);
}

static int
stores_new(void **state)
{
    struct vls_store *s = NULL;
    sqlite3_stmt *st = NULL;

    assert_int_equal(setup(state), 0);
    (void)folder_new(state);
    check_ok(vls_store_open(&s, path, key, true, &fixture_err), &fixture_err);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    check_ok(vls_store_compartment_put(s, FOCAL, "focal-points", true, &fixture_err), &fixture_err);
    for (unsigned i = 1; i <= 40; i++)
        people_put(s, 1 + i % 3, i, "person",
                   (const char *const[]){"display-name", "Idris al-Haddad", "position", "Envoy", NULL}, NULL, 0);
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    assert_int_equal(sqlite3_prepare_v2(s->db, "SELECT name FROM sqlite_schema WHERE type = 'table'", -1, &st, NULL),
                     SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW && whole.n_tables < 64)
        (void)snprintf(whole.table[whole.n_tables++], sizeof whole.table[0], "%s", sqlite3_column_text(st, 0));
    (void)sqlite3_finalize(st);
    vls_store_close(s);
    whole.bytes = whole_file(&whole.n);
    assert_in_range(whole.n_tables, 10, 63);
    return 0;
}

static int
stores_gone(void **state)
{
    free(whole.bytes);
    (void)teardown(state);
    return folder_gone(state);
}

static enum vls_code
count_one(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    unsigned *n = ctx;

    (void)err;
    *n += r->kind != NULL && vls_record_value(r, "display-name").n > 0;
    return VLS_OK;
}

/* Everything that looks and something that writes; yields whether all of it went well. */
static bool
use(struct vls_error *err)
{
    struct vls_filter everything = {.load = VLS_LOAD_PAST};
    struct vls_store *s = NULL;
    uint64_t count;
    unsigned n = 0;
    bool ok;
    uint8_t hash[VLS_HASH_LEN] = {7};

    memset(err, 0, sizeof *err);
    if (vls_store_open(&s, path, key, false, err) != VLS_OK) {
        assert_null(s);
        assert_true(err->text[0] != '\0');
        return false;
    }
    ok = vls_store_list(s, &everything, count_one, &n, err) == VLS_OK;
    ok = vls_store_count(s, 0, &count, err) == VLS_OK && ok;
    ok = vls_store_search(s, "haddad", 50, count_one, &n, err) == VLS_OK && ok;
    ok = vls_store_verify(s, err) == VLS_OK && ok;
    ok = vls_store_begin(s, err) == VLS_OK && ok;
    if (s->in_tx) {
        ok = vls_store_device_put(s, hash, "Chile", "Santiago", err) == VLS_OK && ok;
        ok = vls_store_meta_put(s, "planted", vls_slice_str("x"), err) == VLS_OK && ok;
        ok = vls_store_commit(s, err) == VLS_OK && ok;
    }
    vls_store_close(s);
    return ok;
}

static void
a_store_without_one_of_its_tables_is_said_LL_12(void **state)
{
    static const char *const forge[] = {
        "DROP TABLE \"%w\"",
        "DROP TABLE \"%w\"; CREATE TABLE \"%w\"(x)",
        "DROP TABLE \"%w\"; CREATE VIEW \"%w\" AS SELECT 1 AS id, 2 AS n",
        "DELETE FROM \"%w\"",
        "ALTER TABLE \"%w\" RENAME TO planted_elsewhere",
    };
    unsigned said = 0, passed = 0;
    struct vls_error err = {0};

    (void)state;
    for (unsigned t = 0; t < whole.n_tables; t++)
        for (size_t i = 0; i < sizeof forge / sizeof forge[0]; i++) {
            char *sql = sqlite3_mprintf(forge[i], whole.table[t], whole.table[t]);
            sqlite3 *db = NULL;

            image_put();
            check_ok(vls__db_open(&db, path, key, 0, &err), &err);
            (void)sqlite3_set_authorizer(db, NULL, NULL);
            (void)sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 0, NULL);
            (void)sqlite3_exec(db, sql, NULL, NULL, NULL); /* of FTS5's own tables some may refuse */
            vls__db_close(db);
            sqlite3_free(sql);
            if (use(&err))
                passed++;
            else
                said++;
            assert_int_equal(other_files(), 0);
        }
    print_message("%u forged, %u of them said\n", said + passed, said);
    assert_true(said > whole.n_tables && said + passed == whole.n_tables * (sizeof forge / sizeof forge[0]));
    image_put();
    assert_true(use(&err)); /* and the store itself is in order */
}

/* Authentic pages with random damage, as a bug or a holder of the key leaves them: SQLite and we end with a code. */
static void
authentic_nonsense_crashes_nothing_LL_12(void **state)
{
    uint64_t seed = check_seed(1212);
    unsigned said = 0, passed = 0, rounds = getenv("VLS_TEST_LONG") != NULL ? 20000 : 150;
    struct vls_error err = {0};

    (void)state;
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < rounds; round++) {
        struct vls_pagelog *log = NULL;
        uint8_t page[VLS_PAGELOG_BLOCK];
        uint32_t n = 1 + (uint32_t)(check_random(&seed) % 8), no;

        image_put();
        check_ok(vls_pagelog_open(&log, vls_io_os(), path, key, 0, &err), &err);
        check_ok(vls_pagelog_begin(log, &err), &err);
        for (uint32_t i = 0; i < n; i++) {
            no = (uint32_t)(check_random(&seed) % vls_pagelog_pages(log));
            check_ok(vls_pagelog_get(log, no, page, &err), &err);
            for (uint64_t k = 1 + check_random(&seed) % 6; k > 0; k--) {
                size_t most = check_random(&seed) % 2 ? 120 : VLS_PAGELOG_PAGE; /* the head of a page decides most */
                size_t at = (size_t)(check_random(&seed) % most);
                bool noise = check_random(&seed) % 3 != 0;

                page[at] = (uint8_t)(noise ? check_random(&seed) : 0xff);
            }
            check_ok(vls_pagelog_put(log, no, page, &err), &err);
        }
        check_ok(vls_pagelog_commit(log, &err), &err);
        vls_pagelog_close(log);
        if (use(&err))
            passed++;
        else
            said++;
        assert_int_equal(other_files(), 0);
    }
    print_message("%u damaged, %u of them said\n", said + passed, said);
    assert_true(said > rounds / 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_without_one_of_its_tables_is_said_LL_12),
        cmocka_unit_test(authentic_nonsense_crashes_nothing_LL_12),
    };

    return cmocka_run_group_tests(tests, stores_new, stores_gone);
}
