/* What was recorded before somebody was admitted: counted where it lies unread, handed over afterwards, and once. */
#include "two.h"

static void
hands_over(struct two *t, int who, const char *delegation, uint64_t devices, uint64_t epochs, uint64_t records)
{
    struct vls_shared shared;

    check_ok(vls_engine_share_history(t->e[who], delegation, 1800000050, &shared, &t->err), &t->err);
    assert_int_equal(shared.n_devices, devices);
    assert_int_equal(shared.n_epochs, epochs);
    assert_int_equal(shared.n_records, records);
}

static void
unread(struct two *t, int who, uint64_t n, const char *ask)
{
    struct vls_unread u;

    check_ok(vls_engine_unread(t->e[who], &u, &t->err), &t->err);
    assert_int_equal(u.n_changes, n);
    assert_string_equal(u.delegation, ask);
}

static uint64_t
n_envelopes(struct two *t, int who)
{
    struct vls_bag_written w;

    check_ok(vls_engine_bag_write(t->e[who], NULL, true, 1800000060, &w, &t->err), &t->err);
    vls_bag_written_clear(&w);
    return w.bytes;
}

static void
what_was_kept_can_be_handed_over_later(void **state)
{
    struct two *t = *state;
    uint8_t id[3][VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id[0]);
    two_person(t, NY, "Mariam Osei", id[1]);
    check_ok(two_set(t, NY, id[0], "position", "Minister"), &t->err);
    two_admit(t, HAGUE, "Croatia", "The Hague", false);
    two_person(t, HAGUE, "Amina Yusuf", id[2]);
    two_meet(t);
    assert_int_equal(two_count(t, HAGUE), 1);
    unread(t, HAGUE, 3, "Ireland");
    unread(t, NY, 0, "");
    hands_over(t, NY, "Croatia", 1, 2, 2);
    unread(t, HAGUE, 3, "Ireland"); /* it has not come yet */
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    unread(t, HAGUE, 0, "");
    assert_int_equal(two_count(t, HAGUE), 3);
    check_ok(two_sync(t, NY), &t->err);
    two_equal(t, NY, HAGUE);
}

static void
handing_over_twice_says_nothing_new(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    uint64_t before;

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", false);
    hands_over(t, NY, "Croatia", 1, 2, 1);
    before = n_envelopes(t, NY);
    hands_over(t, NY, "Croatia", 0, 0, 0);
    assert_int_equal(n_envelopes(t, NY), before);
}

static void
is_sound(struct two *t, int who)
{
    struct vls_check c;

    check_ok(vls_engine_check(t->e[who], &c, NULL, NULL, &t->err), &t->err);
    assert_true(c.store_ok && !c.rest_differs);
    assert_int_equal(c.n_bad + c.n_differ + c.n_missing, 0);
}

/* Edits from after the admission speak of a record whose beginning cannot be read; they count once it can. */
static void
later_edits_of_what_could_not_be_read_show_then(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    check_ok(two_set(t, NY, id, "position", "Minister"), &t->err);
    two_admit(t, HAGUE, "Croatia", "The Hague", false);
    check_ok(two_set(t, NY, id, "position", "Former minister"), &t->err);
    two_meet(t);
    assert_int_equal(two_count(t, HAGUE), 0);
    unread(t, HAGUE, 2, "Ireland");
    is_sound(t, HAGUE);
    hands_over(t, NY, "Croatia", 1, 2, 1);
    two_meet(t);
    unread(t, HAGUE, 0, "");
    assert_int_equal(two_count(t, HAGUE), 1);
    is_sound(t, HAGUE);
    two_equal(t, NY, HAGUE);
    check_ok(two_set(t, HAGUE, id, "position", "Envoy"), &t->err);
    two_meet(t);
    two_equal(t, NY, HAGUE);
}

/* Admitted with history: there is nothing to hand over, nor to ask for, whatever others keep for themselves. */
static void
who_got_the_history_is_told_of_nothing(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    hands_over(t, NY, "Croatia", 0, 0, 0);
    unread(t, HAGUE, 0, "");
}

/* A laptop of one's own gets what only the delegation reads, too. */
static void
a_second_laptop_of_ones_own_is_mended(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Ireland", "The Hague", false);
    unread(t, HAGUE, 1, "Ireland");
    hands_over(t, NY, "Ireland", 1, 3, 1);
    two_meet(t);
    assert_int_equal(two_count(t, HAGUE), 1);
    two_equal(t, NY, HAGUE);
}

/* Croatia reads what is common, so it may hand that over to Kenya, which it did not admit. */
static void
any_member_may_hand_over_what_it_reads(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", false);
    two_meet_all(t);
    unread(t, NAIROBI, 1, "Ireland");
    hands_over(t, HAGUE, "Kenya", 1, 2, 1);
    two_meet_all(t);
    unread(t, NAIROBI, 0, "");
    two_equal(t, NY, NAIROBI);
}

static void
who_has_no_history_hands_none_over(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", false);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", false);
    two_meet_all(t);
    /* what Croatia has since its own admission, and no more */
    hands_over(t, HAGUE, "Kenya", 1, 2, 0);
    two_meet_all(t);
    unread(t, NAIROBI, 1, "Ireland");
    assert_int_equal(two_count(t, NAIROBI), 0);
}

static void
nothing_is_handed_to_who_is_no_member(void **state)
{
    struct two *t = *state;
    struct vls_shared shared;

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(vls_engine_share_history(t->e[NY], "Croatia", 1800000050, &shared, &t->err), VLS_ENOTFOUND);
    assert_int_equal(vls_engine_share_history(t->e[NY], "Ireland", 1800000050, &shared, &t->err), VLS_ENOTFOUND);
    assert_int_equal(vls_engine_share_history(t->e[HAGUE], "Ireland", 1800000050, &shared, &t->err), VLS_ENOTADMITTED);
    unread(t, HAGUE, 0, "");
}

#define HISTORY(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HISTORY(what_was_kept_can_be_handed_over_later),
        HISTORY(handing_over_twice_says_nothing_new),
        HISTORY(later_edits_of_what_could_not_be_read_show_then),
        HISTORY(who_got_the_history_is_told_of_nothing),
        HISTORY(a_second_laptop_of_ones_own_is_mended),
        HISTORY(any_member_may_hand_over_what_it_reads),
        HISTORY(who_has_no_history_hands_none_over),
        HISTORY(nothing_is_handed_to_who_is_no_member),
    };

    return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
