/* Admissions beside what others do at the same moment: nobody chose to keep a key from the newcomer, so it gets it. */
#include "two.h"

/* The Hague makes an epoch of the common compartment and writes under it, not knowing who has just come. */
static void
rotates_and_writes(struct two *t, uint8_t id[VLS_ID_LEN])
{
    struct vls_engine *e = t->e[HAGUE];
    const uint8_t *room = vls__engine_compartment(e, DEFAULT_COMPARTMENT)->id;
    uint8_t compartment[VLS_COMPARTMENT_LEN], before[VLS_HASH_LEN];
    struct vls_buf ops;

    memcpy(compartment, room, sizeof compartment);
    memcpy(before, vls_epoch_id(vls__engine_epoch_for(e, compartment)), sizeof before);
    vls_buf_init(&ops, VLS_MEMBER_PAYLOAD_MAX);
    /* of several the lowest id is written under */
    while (memcmp(vls_epoch_id(vls__engine_epoch_for(e, compartment)), before, sizeof before) == 0) {
        vls_buf_reset(&ops);
        check_ok(vls__engine_start(e, &t->err), &t->err);
        check_ok(vls__engine_rotate(e, &ops, compartment, NULL, &t->err), &t->err);
        check_ok(vls__engine_end(e, vls__engine_say(e, vls_buf_slice(&ops), 1, 1800000003, &t->err), &t->err), &t->err);
    }
    two_person(t, HAGUE, "Mariam Osei", id);
    vls_buf_clear(&ops);
}

static void
apart(struct two *t, bool share_history, uint8_t id[VLS_ID_LEN])
{
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_join(t, NAIROBI, "Kenya", "Nairobi");
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[NAIROBI], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], "Kenya", number, share_history, 1800000002, &shared, &t->err), &t->err);
    rotates_and_writes(t, id);
}

static void
a_newcomer_gets_the_epoch_that_was_made_meanwhile(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    apart(t, true, id);
    two_meet_all(t);
    assert_int_equal(two_count(t, NAIROBI), 1);
    two_equal(t, NY, HAGUE);
    two_equal(t, NY, NAIROBI);
}

/* Read from now on: what was written at the same moment is now. */
static void
also_one_that_reads_from_now_on(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    apart(t, false, id);
    two_meet_all(t);
    assert_int_equal(two_count(t, NAIROBI), 1);
}

/* Whoever admitted from now on knew the epochs of before, and chose to keep them. */
static void
what_was_kept_on_purpose_stays_kept(void **state)
{
    struct two *t = *state;
    uint8_t before[VLS_ID_LEN], after[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", before);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    rotates_and_writes(t, after);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", false);
    two_meet_all(t);
    assert_int_equal(two_count(t, NAIROBI), 0);
}

/* ---- requests ---- */

struct seen_request {
    size_t n;
    bool may;
    char by[80];
};

static enum vls_code
see_request(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct seen_request *s = ctx;

    (void)err;
    s->n++;
    s->may = r->may;
    (void)snprintf(s->by, sizeof s->by, "%s, %s", r->by_delegation, r->by_post);
    return VLS_OK;
}

static void
asks(struct two *t, int who, size_t n, bool may, const char *by)
{
    struct seen_request s = {0};

    check_ok(vls_engine_requests(t->e[who], see_request, &s, &t->err), &t->err);
    assert_int_equal(s.n, n);
    if (n > 0) {
        assert_int_equal(s.may, may);
        assert_string_equal(s.by, by);
    }
}

static void
who_may_not_admit_is_told_who_may(void **state)
{
    struct two *t = *state;
    char number[VLS_SAFETY_TEXT], post[VLS_POST_TEXT];

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_join(t, NAIROBI, "Kenya", "Nairobi");
    two_meet(t);
    asks(t, NY, 1, true, ", ");
    asks(t, HAGUE, 1, false, "Ireland, New York");
    check_ok(vls_engine_safety_number(t->e[NAIROBI], NULL, number, &t->err), &t->err);
    assert_int_equal(vls_engine_who_asks(t->e[HAGUE], "Kenya", number, post, &t->err), VLS_ENOTADMITTED);
    assert_string_equal(post, "");
    check_ok(vls_engine_who_asks(t->e[NY], "Kenya", number, post, &t->err), &t->err);
    assert_string_equal(post, "Nairobi");
}

static void
a_further_laptop_is_for_its_own_delegation_to_admit(void **state)
{
    struct two *t = *state;

    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_join(t, NAIROBI, "Croatia", "Nairobi");
    two_meet(t);
    asks(t, NY, 1, false, "Croatia, The Hague");
    asks(t, HAGUE, 1, true, ", ");
}

/* It lies on the remote still, and comes again with every reading from the start. */
static void
a_refused_request_does_not_come_back(void **state)
{
    struct two *t = *state;
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;
    size_t n;

    two_found(t);
    two_join(t, HAGUE, "Crotia", "The Hague");
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    assert_int_equal(vls_engine_refuse(t->e[NY], "Kenya", NULL, &n, &t->err), VLS_ENOTFOUND);
    assert_int_equal(vls_engine_refuse(t->e[NY], "Crotia", "000000000000000000000000000000", &n, &t->err), VLS_ETRUST);
    assert_int_equal(n, 0);
    asks(t, NY, 1, true, ", ");
    check_ok(vls_engine_refuse(t->e[NY], "Crotia", number, &n, &t->err), &t->err);
    assert_int_equal(n, 1);
    asks(t, NY, 0, false, "");
    check_ok(vls_engine_remote_remove(t->e[NY], "stick", &t->err), &t->err);
    check_ok(vls_engine_remote_add(t->e[NY], "stick", t->hub, false, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    asks(t, NY, 0, false, "");
    assert_int_equal(vls_engine_admit(t->e[NY], "Crotia", number, true, 1800000002, &shared, &t->err), VLS_ENOTFOUND);
    assert_int_equal(vls_engine_refuse(t->e[NY], "Crotia", NULL, &n, &t->err), VLS_ENOTFOUND);
}

#define ADMIT(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ADMIT(a_newcomer_gets_the_epoch_that_was_made_meanwhile),
        ADMIT(also_one_that_reads_from_now_on),
        ADMIT(what_was_kept_on_purpose_stays_kept),
        ADMIT(who_may_not_admit_is_told_who_may),
        ADMIT(a_further_laptop_is_for_its_own_delegation_to_admit),
        ADMIT(a_refused_request_does_not_come_back),
    };

    return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
