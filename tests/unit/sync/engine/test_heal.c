/* A store whose merged rows are not what its change sets say: it is found, mended and kept as it stood. */
#include "two.h"

#include "sync/store/store_int.h"

static void
sql(struct two *t, const char *text)
{
    if (sqlite3_exec(t->e[NY]->store->db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(t->e[NY]->store->db));
    if (sqlite3_changes(t->e[NY]->store->db) == 0)
        fail_msg("%s: nothing was damaged", text);
}

/* Two laptops with a conflict, a set, a removal, a log and a link between records. */
static void
some_records(struct two *t, uint8_t id[VLS_ID_LEN])
{
    uint8_t second[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_person(t, NY, "Mariam Osei", second);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(two_set(t, NY, id, "position", "Minister"), &t->err);
    check_ok(two_set(t, HAGUE, id, "position", "Former Minister"), &t->err);
    check_ok(two_set(t, HAGUE, id, "birth-place", "Khartoum"), &t->err);
    check_ok(two_set(t, HAGUE, id, "summary", "One."), &t->err);
    check_ok(two_set(t, HAGUE, id, "summary", "One.\n\nTwo."), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    two_equal(t, NY, HAGUE);
}

struct named {
    char refs[8][VLS_REF_TEXT];
    size_t n;
};

static enum vls_code
note_ref(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct named *n = ctx;

    (void)err;
    if (n->n < 8)
        (void)snprintf(n->refs[n->n], sizeof n->refs[0], "%s", r->ref);
    n->n++;
    return VLS_OK;
}

struct aside {
    uint8_t id[VLS_ID_LEN];
    const char *words;
    size_t n, n_found;
    int64_t at;
};

static enum vls_code
look_aside(void *ctx, const struct vls_record *r, int64_t at_unix_s, struct vls_error *err)
{
    struct aside *a = ctx;

    (void)err;
    a->n++;
    a->at = at_unix_s;
    for (size_t i = 0; i < r->n_rows; i++)
        a->n_found += memcmp(r->id, a->id, VLS_ID_LEN) == 0 &&
                      memmem(r->rows[i].value.p, r->rows[i].value.n, a->words, strlen(a->words)) != NULL;
    return VLS_OK;
}

static void
agrees(struct two *t)
{
    struct vls_check c;

    check_ok(vls_engine_check(t->e[NY], &c, NULL, NULL, &t->err), &t->err);
    assert_int_equal(c.n_differ + c.n_bad + c.n_missing, 0);
    assert_false(c.rest_differs);
    two_equal(t, NY, HAGUE);
}

/* Every way in which a derived row can be wrong and still be read. */
static void
each_damage_is_found_and_mended(void **state)
{
    static const char *const damage[] = {
        "UPDATE live SET value = x'6161' WHERE field = 2",
        "DELETE FROM live WHERE field = 2",
        "DELETE FROM live",
        "UPDATE live SET op = op + 1 WHERE field = 1",
        "UPDATE live SET field = 6 WHERE field = 2",
        "INSERT INTO live SELECT record, 7, key, envelope, op + 100, 5, cite, value, NULL, NULL FROM live WHERE field "
        "= 1",
        "INSERT INTO past SELECT record, field, key, envelope, op, type, cite, value, cite_text, reason, envelope, op "
        "FROM "
        "live WHERE field = 6",
        "DELETE FROM record",
        "UPDATE record SET kind = 2",
        "UPDATE record SET digest = zeroblob(32)",
        /* no record shows these, and all that comes later would be wrong */
        "DELETE FROM head",
        "UPDATE compartment SET lamport = lamport + 1 WHERE lamport > 0",
        "UPDATE compartment SET lanes = zeroblob(2048) WHERE lamport > 0",
        "DELETE FROM conflict",
        "DELETE FROM words WHERE rowid = 1",
        "UPDATE words SET body = 'spoofed' WHERE rowid = 1",
        "UPDATE record SET withdrawn = 1 - withdrawn",
        "INSERT INTO awaited SELECT id, 1 FROM envelope WHERE kind = 1",
        "DELETE FROM named",
    };
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    some_records(t, id);
    two_state(t, NY, before);
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++) {
        struct named named = {.n = 0};
        struct vls_check c;

        sql(t, damage[i]);
        check_ok(vls_engine_heal(t->e[NY], 1800000500, &c, note_ref, &named, &t->err), &t->err);
        if ((c.n_differ == 0 && !c.rest_differs) || named.n != c.n_differ || !c.healed)
            fail_msg("%s: %d differ, %s", damage[i], (int)c.n_differ, c.healed ? "healed" : "not healed");
        assert_int_equal(c.n_bad, 0);
        two_state(t, NY, after);
        assert_string_equal(before, after);
        agrees(t);
    }
    /* and it goes on as if nothing had been */
    check_ok(two_set(t, NY, id, "position", "Adviser"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    agrees(t);
}

static void
what_stood_there_is_kept(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct aside a = {.words = "Nobody said this", .n = 0};
    struct vls_check c;

    some_records(t, id);
    memcpy(a.id, id, VLS_ID_LEN);
    sql(t, "UPDATE live SET value = x'704e6f626f647920736169642074686973' WHERE field = 6"); /* "Nobody said this" */
    check_ok(vls_engine_heal(t->e[NY], 1800000500, &c, NULL, NULL, &t->err), &t->err);
    assert_true(c.healed);
    assert_int_equal(c.n_differ, 1);
    assert_int_equal(c.n_aside, 1);
    check_ok(vls_store_asides(vls_engine_store(t->e[NY]), look_aside, &a, &t->err), &t->err);
    assert_int_equal(a.n, 1);
    assert_int_equal(a.n_found, 1);
    assert_int_equal(a.at, 1800000500);
    agrees(t);
}

static void
a_sound_store_is_left_alone(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct aside a = {.words = "x", .n = 0};
    struct vls_check c;

    some_records(t, id);
    check_ok(vls_engine_heal(t->e[NY], 1800000500, &c, NULL, NULL, &t->err), &t->err);
    assert_false(c.healed);
    assert_int_equal(c.n_differ, 0);
    check_ok(vls_store_asides(vls_engine_store(t->e[NY]), look_aside, &a, &t->err), &t->err);
    assert_int_equal(a.n, 0);
}

/* What a change set said may be in the records alone when it no longer verifies. */
static void
nothing_is_mended_from_what_does_not_verify(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct aside a = {.words = "x", .n = 0};
    struct vls_check c;

    some_records(t, id);
    /* another last byte, whatever it was */
    sql(t, "UPDATE sealed SET bytes = substr(bytes, 1, length(bytes) - 1) || iif(substr(bytes, -1) = x'00', x'01', x'00') "
           "WHERE n = (SELECT n FROM envelope WHERE kind = 1 LIMIT 1)");
    sql(t, "DELETE FROM live WHERE field = 2");
    check_ok(vls_engine_heal(t->e[NY], 1800000500, &c, NULL, NULL, &t->err), &t->err);
    assert_int_equal(c.n_bad, 1);
    assert_true(c.n_differ > 0);
    assert_false(c.healed);
    check_ok(vls_store_asides(vls_engine_store(t->e[NY]), look_aside, &a, &t->err), &t->err);
    assert_int_equal(a.n, 0);
}

#define HEAL(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HEAL(each_damage_is_found_and_mended),
        HEAL(what_stood_there_is_kept),
        HEAL(a_sound_store_is_left_alone),
        HEAL(nothing_is_mended_from_what_does_not_verify),
    };

    return cmocka_run_group_tests_name("heal", tests, NULL, NULL);
}
