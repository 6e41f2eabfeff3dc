/* The records around some records: groups come whole, nothing comes twice, and what is withdrawn stays away. */
#include "tests/support/check.h"

#include "sync/report/report_int.h"
#include "tests/unit/sync/store/people.h"

static struct vls_error err;

static void
made(struct vls_store *s, unsigned record, const char *kind, const char *field, const char *to, const char *field_2,
     const char *to_2)
{
    const char *const fields[] = {field, to, field_2, to_2, NULL};

    people_put(s, 1, record, kind, fields, NULL, 0);
}

/* Persons 1 to 4, of whom 1, 2 and 3 are linked in a row; trips 20 of 1, 21 of 3, 22 of 4; 20 and 22 are linked. */
static struct vls_store *
store_of_groups(void)
{
    struct vls_store *s = store_make();
    char name[24];

    for (unsigned i = 1; i <= 4; i++) {
        (void)snprintf(name, sizeof name, "Person %u", i);
        made(s, i, "person", "display-name", name, NULL, NULL);
    }
    made(s, 10, "identity-link", "a", "1", "b", "2");
    made(s, 11, "identity-link", "a", "3", "b", "2");
    made(s, 20, "trip", "person", "1", NULL, NULL);
    made(s, 21, "trip", "person", "3", NULL, NULL);
    made(s, 22, "trip", "person", "4", NULL, NULL);
    made(s, 30, "leg", "trip", "22", NULL, NULL);
    made(s, 40, "name", "person", "2", "text", "Another spelling");
    return s;
}

static void
want(struct rp_gather *g, struct rp_ids *into, unsigned record)
{
    uint8_t id[VLS_ID_LEN];

    id_of(id, record);
    check_ok(vls__rp_ids_add(&g->r->arena, into, id, &err), &err);
}

static bool
fed(const struct rp_gather *g, unsigned record)
{
    uint8_t id[VLS_ID_LEN];

    id_of(id, record);
    return vls__rp_ids_have(&g->fed, id);
}

static void
ids_are_kept_once_and_in_order(void **state)
{
    struct rp_gather g;
    struct rp_ids x = {.n = 0};
    uint8_t id[VLS_ID_LEN];

    (void)state;
    check_ok(vls__rp_gather_new(&g, NULL, 0, "en", &err), &err);
    for (unsigned round = 0; round < 3; round++)
        for (unsigned i = 0; i < 500; i++) {
            id_of(id, i);
            assert_int_equal(vls__rp_ids_have(&x, id), round > 0);
            check_ok(vls__rp_ids_add(&g.r->arena, &x, id, &err), &err);
        }
    assert_int_equal(x.n, 500);
    id_of(id, 77);
    assert_memory_equal(x.v[77], id, VLS_ID_LEN);
    vls__rp_gather_clear(&g);
}

static void
a_group_of_persons_comes_whole(void **state)
{
    struct vls_store *s = store_of_groups();
    struct rp_gather g;

    (void)state;
    for (unsigned from = 1; from <= 3; from++) {
        check_ok(vls__rp_gather_new(&g, s, 0, "en", &err), &err);
        want(&g, &g.persons, from);
        check_ok(vls__rp_gather_persons(&g, &err), &err);
        check_ok(vls__rp_gather_names(&g, &err), &err);
        assert_true(fed(&g, 1) && fed(&g, 2) && fed(&g, 3) && fed(&g, 10) && fed(&g, 11) && fed(&g, 40));
        assert_int_equal(g.fed.n, 6);
        assert_int_equal(g.r->list[RP_PERSON].n, 3); /* each once */
        vls__rp_gather_clear(&g);
    }
    vls_store_close(s);
}

static void
travel_is_followed_from_persons_to_trips_and_back(void **state)
{
    struct vls_store *s = store_of_groups();
    struct rp_gather g;

    (void)state;
    check_ok(vls__rp_gather_new(&g, s, 0, "en", &err), &err);
    want(&g, &g.trips, 21);
    check_ok(vls__rp_gather_travel(&g, &err), &err);
    assert_true(fed(&g, 21) && fed(&g, 3) && fed(&g, 1) && fed(&g, 20));
    assert_false(fed(&g, 4) || fed(&g, 22) || fed(&g, 30)); /* nothing leads there yet */
    vls__rp_gather_clear(&g);

    made(s, 12, "trip-link", "a", "20", "b", "22");
    check_ok(vls__rp_gather_new(&g, s, 0, "en", &err), &err);
    want(&g, &g.trips, 21);
    check_ok(vls__rp_gather_travel(&g, &err), &err);
    assert_true(fed(&g, 22) && fed(&g, 4) && fed(&g, 30) && fed(&g, 12));
    vls__rp_gather_clear(&g);
    vls_store_close(s);
}

static void
what_is_not_there_or_withdrawn_is_passed_over(void **state)
{
    struct vls_store *s = store_of_groups();
    const char *const retracted[] = {"life", "retracted", NULL};
    struct rp_gather g;
    struct vls_dot none = {.op = 0};

    (void)state;
    people_put(s, 1, 2, "person", retracted, &none, 0);
    check_ok(vls__rp_gather_new(&g, s, 0, "en", &err), &err);
    want(&g, &g.persons, 2);
    want(&g, &g.persons, 999);
    check_ok(vls__rp_gather_persons(&g, &err), &err);
    assert_false(fed(&g, 2) || fed(&g, 999));
    assert_true(fed(&g, 1) && fed(&g, 3)); /* whom it had joined: their groups may have changed */
    vls__rp_gather_clear(&g);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ids_are_kept_once_and_in_order),
        cmocka_unit_test(a_group_of_persons_comes_whole),
        cmocka_unit_test(travel_is_followed_from_persons_to_trips_and_back),
        cmocka_unit_test(what_is_not_there_or_withdrawn_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
