/* The room that a replaced history took in a folder: given back, now or by a later call. */
#include "tests/support/check.h"

#include "two.h"

static struct vls_carrier by; /* the courier's, but for what a test puts in its place */

static enum vls_code
compact_as(struct two *t, int who, bool dry_run, struct vls_compacted *out)
{
    struct vls_sync_opts o = {.remote = "stick", .now_unix = 1800000200, .dry_run = dry_run};

    return vls_engine_remote_compact(t->e[who], &o, out, &t->result, &t->err);
}

/* A colleague, and a history of many small pieces. */
static void
long_history(struct two *t, uint8_t id[VLS_ID_LEN])
{
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    for (int i = 0; i < 6; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "Position %d", i);
        check_ok(two_set(t, i % 2 == 0 ? NY : HAGUE, id, "position", text), &t->err);
        check_ok(two_sync(t, NY), &t->err);
        check_ok(two_sync(t, HAGUE), &t->err);
    }
    check_ok(two_sync(t, NY), &t->err);
}

/* In a folder, the room of what was replaced is given back, also by a later call. */
static void
the_room_of_the_old_one_is_given_back(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is, again;

    long_history(t, id);
    check_ok(compact_as(t, NY, true, &is), &t->err);
    assert_true(is.room_before > 0 && is.room_after == is.room_before);
    by = *t->e[NY]->carrier;
    t->e[NY]->carrier = &by;
    by.tidy = NULL;
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced && is.room_before == 0 && is.room_after == 0);
    t->e[NY]->carrier = vls_carrier_courier();
    check_ok(compact_as(t, NY, true, &is), &t->err);
    assert_true(!is.replaced && is.pieces_after >= is.pieces_before && is.room_after < is.room_before);
    check_ok(compact_as(t, NY, false, &again), &t->err);
    assert_false(again.replaced);
    assert_int_equal(again.room_before, is.room_before);
    assert_int_equal(again.room_after, is.room_after);
    assert_false(again.room_foreign);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.rewritten);
    two_equal(t, NY, HAGUE);
}

static enum vls_code
tidy_fails(struct vls_remote *r, unsigned flags, struct vls_remote_room *out, struct vls_error *err)
{
    (void)r;
    (void)flags;
    memset(out, 0, sizeof *out);
    return VLS_FAIL(err, VLS_EIO, "the folder may not be written");
}

/* The history is another one by then, and everybody finds all of it. */
static void
that_room_is_not_given_back_is_no_failure_once_it_is_replaced(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;

    long_history(t, id);
    by = *t->e[NY]->carrier;
    t->e[NY]->carrier = &by;
    by.tidy = tidy_fails;
    assert_int_equal(compact_as(t, NY, true, &is), VLS_EIO);
    assert_false(is.replaced || is.room_failed);
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced && is.room_failed);
    assert_non_null(strstr(is.room_why.text, "may not be written"));
    assert_int_equal(t->result.code, VLS_OK);
    assert_int_equal(compact_as(t, NY, false, &is), VLS_EIO); /* which is all that it was called for */
    assert_false(is.replaced || is.room_failed);
    t->e[NY]->carrier = vls_carrier_courier();
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(!is.replaced && !is.room_failed && is.room_after < is.room_before);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_equal(t, NY, HAGUE);
}

#define WITH_TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(the_room_of_the_old_one_is_given_back),
        WITH_TWO(that_room_is_not_given_back_is_no_failure_once_it_is_replaced),
    };

    return cmocka_run_group_tests_name("room of a history", tests, NULL, NULL);
}
