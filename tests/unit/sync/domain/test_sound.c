/* Words by sound, and places across languages. */
#include "tests/support/check.h"

#include "sync/domain/name_int.h"

static void
words_are_compared_through_their_consonants(void **state)
{
    static const struct {
        const char *a, *b;
        int want;
    } t[] = {
        {"kushayb", "kushayb", 1000}, {"kushayb", "kosheib", 950},  {"kushayb", "kousayb", 850},
        {"njeem", "najim", 850},      {"masri", "masry", 950},      {"osama", "usama", 950},
        {"osama", "sama", 0},         {"fatima", "fatimah", 850},   {"qasim", "kasim", 850},
        {"yusuf", "youssef", 850},    {"netanyahu", "netanyahou", 950}, {"philip", "filip", 950},
        {"werfalli", "warfali", 850}, {"werfalli", "werfali", 950}, {"belgrade", "belgrad", 850},
        {"salim", "halim", 0},        {"ali", "ala", 0},            {"omar", "amir", 720},
        {"ab", "ba", 0},              {"", "", 1000},               {"", "a", 0},
        {"lubanga", "katanga", 0},    {"ntaganda", "tanganda", 700}, {"bosco", "basko", 720},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        int there = vls__sound_likeness(t[i].a, t[i].b), back = vls__sound_likeness(t[i].b, t[i].a);

        if (there != back || there != t[i].want)
            fail_msg("%s and %s: %d, %d", t[i].a, t[i].b, there, back);
    }
}

static void
places_are_compared_across_languages(void **state)
{
    static const struct {
        const char *a, *b;
        bool likely;
    } t[] = {
        {"Addis Ababa", "Addis-Abeba", true},
        {"ADDIS ABABA", "Addis Ababa", true},
        {"The Hague", "La Haye", true},
        {"Den Haag", "la haye", true},
        {"Kiev", "Kyiv", true},
        {"Genève", "Geneva", true},
        {"Djeddah", "Jeddah", true},
        {"Khartoum", "Khartum", true},
        {"Oulan-Bator", "Ulaanbaatar", true},
        {"São Paulo", "Sao Paulo", true},
        {"Addis Ababa", "Asmara", false},
        {"Abuja", "Abidjan", false},
        {"Kinshasa", "Kigali", false},
        {"New York", "New Delhi", false},
        {"New York", "York", false},
        {"Tripoli", "Tunis", false},
        {"Rome", "Riyadh", false},
        {"", "", false},
        {"", "Rome", false},
        {"–", "–", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof t / sizeof t[0]; i++) {
        int there = vls_place_likeness(vls_slice_str(t[i].a), vls_slice_str(t[i].b));
        int back = vls_place_likeness(vls_slice_str(t[i].b), vls_slice_str(t[i].a));

        if (there != back || (there >= VLS_LIKELY) != t[i].likely)
            fail_msg("“%s” and “%s”: %d, %d", t[i].a, t[i].b, there, back);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_compared_through_their_consonants),
        cmocka_unit_test(places_are_compared_across_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
