/* What a laptop says of itself: each thing that came is confirmed once (E6), whatever it came with. */
#include "back.h"

static size_t
pieces(struct two *t)
{
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    size_t n = 0;

    check_ok(vls_remote_open(&r, t->courier, t->hub, VLS_REMOTE_READONLY, &t->err), &t->err);
    check_ok(vls_remote_pull(r, "", two_ignore, &n, tip, NULL, &t->err), &t->err);
    vls_remote_close(r);
    return n;
}

static void
what_came_is_confirmed_once(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    size_t before;

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(two_set(t, NY, id, "position", "Minister"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    before = pieces(t);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(pieces(t), before + 1);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(pieces(t), before + 1);
}

/* A laptop that was put back gets its own confirmation together with what it confirmed: nothing is left to say. */
static void
a_laptop_put_back_does_not_confirm_for_ever(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    size_t before;

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    check_ok(two_sync(t, HAGUE), &t->err);
    back_keep(t, HAGUE, 0);
    check_ok(two_set(t, NY, id, "position", "Minister"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err); /* received, and confirmed */
    back_put(t, HAGUE, 0, BACK_ALL);
    back_open(t, HAGUE);
    check_ok(two_sync(t, HAGUE), &t->err);
    before = pieces(t);
    for (int i = 0; i < 3; i++)
        check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(pieces(t), before);
    two_equal(t, NY, HAGUE);
}

#define WRITE(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WRITE(what_came_is_confirmed_once),
        WRITE(a_laptop_put_back_does_not_confirm_for_ever),
    };

    return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
