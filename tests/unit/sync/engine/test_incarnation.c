/* Stores that were put back or copied, and what others have of their chain: LL-07 and SD-01 of the threat catalogue
 * through real exchanges. Whatever happens, nothing that was sent or typed vanishes, no number is used again once the
 * other copy is known, all end up the same, and colleagues are told and not alarmed. */
#include "back.h"

enum { STEPS = 6, END = STEPS, STRIDE = BACK_SAMPLE(1, 3) };

static struct two *t; /* one story, put back for each case */
static uint8_t person[VLS_ID_LEN];

static void
step(int i)
{
    char words[32];

    (void)snprintf(words, sizeof words, "Step %d", i);
    switch (i % 3) {
    case 0: check_ok(two_set(t, NY, person, "position", words), &t->err); break;
    case 1: check_ok(two_sync(t, NY), &t->err); break;
    default:
        check_ok(two_sync(t, HAGUE), &t->err);
        check_ok(two_set(t, HAGUE, person, "position", words), &t->err);
        check_ok(two_sync(t, HAGUE), &t->err);
        check_ok(two_sync(t, NY), &t->err);
    }
}

static int
live(void **state)
{
    back_two_open(state);
    t = *state;
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", person);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    for (int i = 0; i < STEPS; i++) {
        char hub[32];

        back_keep(t, NY, i);
        back_keep(t, HAGUE, i);
        (void)snprintf(hub, sizeof hub, "hub-%d", i);
        back_hub(t, "hub", hub);
        step(i);
    }
    check_ok(two_sync(t, HAGUE), &t->err);
    back_keep(t, NY, END);
    back_keep(t, HAGUE, END);
    back_hub(t, "hub", "hub-6");
    return 0;
}

/* Everybody as they were at an age. */
static void
all_back(int age)
{
    char hub[32];

    (void)snprintf(hub, sizeof hub, "hub-%d", age);
    back_shut(t, NAIROBI);
    back_hub(t, hub, "hub");
    back_put(t, HAGUE, age, BACK_ALL);
    back_put(t, NY, age, BACK_ALL);
    back_open(t, HAGUE);
}

static void
all_well(const int *who, int n, const char *const *typed, int n_typed, int n_steps)
{
    char words[32];

    for (int k = 0; k < n; k++) {
        two_equal(t, who[0], who[k]);
        for (int i = 0; i < n_steps; i++) {
            (void)snprintf(words, sizeof words, "Step %d", i);
            if (i % 3 != 1 && !back_holds(t, who[k], person, words))
                fail_msg("%s is gone on %d", words, who[k]);
        }
        for (int i = 0; i < n_typed; i++)
            if (!back_holds(t, who[k], person, typed[i]))
                fail_msg("%s is gone on %d", typed[i], who[k]);
        back_sound(t, who[k]);
        assert_int_equal(back_incidents(t, who[k], VLS_INCIDENT_TWINS), 0);
        assert_true(back_incidents(t, who[k], VLS_INCIDENT_NEW_COPY) >= 1);
    }
}

/* ---- LL-07 ---- */

struct met {
    unsigned n, at_open, at_sync, used_again;
};

/* The copy of one age is put back after the whole story; something is typed before the first exchange, or not. */
static void
put_back(int age, bool whole_home, bool typed, struct met *met)
{
    static const char *const words[] = {"Typed afterwards", "Typed before the exchange"};
    static const int who[] = {NY, HAGUE};
    uint8_t old[VLS_ID_LEN];
    unsigned again;
    bool at_open;

    all_back(END);
    back_open(t, NY);
    memcpy(old, t->e[NY]->incarnation, sizeof old);
    back_put(t, NY, age, whole_home ? BACK_ALL : BACK_STORE);
    back_open(t, NY);
    at_open = vls_engine_notice(t->e[NY]) == VLS_NOTICE_OLDER;
    assert_int_equal(at_open, !whole_home);
    if (typed)
        check_ok(two_set(t, NY, person, "position", words[1]), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    assert_memory_not_equal(t->e[NY]->incarnation, old, sizeof old);
    assert_true(at_open != t->result.was_older); /* noticed by then, once */
    again = back_used_again(t, NY, t->e[NY]->me.device);
    assert_int_equal(again > 0, whole_home && typed);
    check_ok(two_set(t, NY, person, "position", words[0]), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    assert_false(t->result.was_older);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.refused, 0);
    check_ok(two_sync(t, NY), &t->err);
    for (int k = 0; k < 2; k++)
        assert_int_equal(back_used_again(t, who[k], t->e[NY]->me.device), again);
    all_well(who, 2, words, typed ? 2 : 1, STEPS);
    met->n++;
    met->at_open += at_open;
    met->at_sync += !at_open;
    met->used_again += again > 0;
}

static void
a_store_put_back_at_any_age_comes_back_whole(void **state)
{
    struct met met = {0, 0, 0, 0};

    (void)state;
    for (int age = 0; age < STEPS; age += STRIDE)
        for (int how = 0; how < 4; how++)
            put_back(age, how & 1, how & 2, &met);
    print_message("%u put back: %u noticed when opened, %u at the first exchange; %u had typed under a used number\n",
                  met.n, met.at_open, met.at_sync, met.used_again);
    assert_int_equal(met.n, 4 * STEPS / STRIDE);
    assert_int_equal(met.at_open, met.n / 2);
    assert_int_equal(met.at_sync, met.n / 2);
    assert_int_equal(met.used_again, met.n / 4); /* a whole home, typed in before the exchange */
}

/* ---- SD-01 ---- */

#define COPY NAIROBI /* the second machine with NY's home */

static void
copied_at(int age, int order, unsigned *used_again, unsigned *new_lives)
{
    static const char *const words[] = {"Copy 0", "Copy 1", "Later 0", "Later 1"};
    static const int who[] = {NY, HAGUE, COPY};
    int first = order & 1 ? COPY : NY, second = order & 1 ? NY : COPY;
    uint8_t old[VLS_ID_LEN];
    char place[400];
    unsigned again, n_changed;

    all_back(age);
    back_place(t, NY, age, place);
    back_copy(place, t->data[COPY], BACK_ALL);
    if (t->master[COPY] == NULL)
        check_ok(vls_secret_copy(&t->master[COPY], t->master[NY]->bytes, t->master[NY]->len, &t->err), &t->err);
    back_open(t, NY);
    back_open(t, COPY);
    memcpy(old, t->e[NY]->incarnation, sizeof old);
    assert_memory_equal(t->e[COPY]->incarnation, old, sizeof old);
    check_ok(two_set(t, first, person, "position", words[0]), &t->err);
    if (order & 2) /* the second writes before the first exchange, or after it */
        check_ok(two_set(t, second, person, "position", words[1]), &t->err);
    check_ok(two_sync(t, first), &t->err);
    assert_false(t->result.was_older);
    check_ok(two_sync(t, second), &t->err); /* first contact */
    assert_true(t->result.was_older);
    n_changed = memcmp(t->e[first]->incarnation, old, sizeof old) != 0;
    n_changed += memcmp(t->e[second]->incarnation, old, sizeof old) != 0;
    assert_int_equal(n_changed, 1);
    again = back_used_again(t, second, t->e[NY]->me.device);
    assert_int_equal(again > 0, (order & 2) != 0);
    if (!(order & 2))
        check_ok(two_set(t, second, person, "position", words[1]), &t->err);
    for (int round = 0; round < 2; round++) { /* both go on, as two */
        check_ok(two_set(t, first, person, "position", words[2]), &t->err);
        check_ok(two_set(t, second, person, "position", words[3]), &t->err);
        check_ok(two_sync(t, second), &t->err);
        check_ok(two_sync(t, first), &t->err);
        assert_false(t->result.was_older); /* the other one has taken another life already */
        check_ok(two_sync(t, HAGUE), &t->err);
    }
    check_ok(two_sync(t, second), &t->err);
    assert_memory_not_equal(t->e[first]->incarnation, t->e[second]->incarnation, VLS_ID_LEN);
    for (int k = 0; k < 3; k++)
        assert_int_equal(back_used_again(t, who[k], t->e[NY]->me.device), again);
    all_well(who, 3, words, 4, 0);
    *used_again += again > 0;
    *new_lives += n_changed;
}

static void
a_copied_home_takes_another_life_at_first_contact(void **state)
{
    unsigned n = 0, used_again = 0, new_lives = 0;

    (void)state;
    for (int age = 0; age < STEPS; age += 2 * STRIDE)
        for (int order = 0; order < 4; order++, n++)
            copied_at(age, order, &used_again, &new_lives);
    print_message("%u copied: %u times one of them began another life, %u had written under one number before\n", n,
                  new_lives, used_again);
    assert_int_equal(n, 4 * BACK_SAMPLE(3, 1));
    assert_int_equal(new_lives, n);
    assert_int_equal(used_again, n / 2);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_store_put_back_at_any_age_comes_back_whole),
        cmocka_unit_test(a_copied_home_takes_another_life_at_first_contact),
    };

    return cmocka_run_group_tests_name("incarnation", tests, live, two_close);
}
