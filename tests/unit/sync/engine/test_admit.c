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
meet(struct two *t)
{
    static const int order[] = {NY, HAGUE, NAIROBI, NY, HAGUE, NAIROBI};

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        check_ok(two_sync(t, order[i]), &t->err);
}

static void
a_newcomer_gets_the_epoch_that_was_made_meanwhile(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    apart(t, true, id);
    meet(t);
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
    meet(t);
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
    meet(t);
    assert_int_equal(two_count(t, NAIROBI), 0);
}

#define ADMIT(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        ADMIT(a_newcomer_gets_the_epoch_that_was_made_meanwhile),
        ADMIT(also_one_that_reads_from_now_on),
        ADMIT(what_was_kept_on_purpose_stays_kept),
    };

    return cmocka_run_group_tests_name("admit", tests, NULL, NULL);
}
