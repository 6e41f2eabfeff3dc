/* Who something can be passed on to, and what is no addressee. */
#include "made_up.h"

static struct vls_address
to(const char *words)
{
    struct vls_error err = {0};
    struct vls_address a;

    check_ok(vls_address_parse(&a, words, &err), &err);
    return a;
}

static void
addressees_are_words_that_exist(void **state)
{
    static const char *const BAD[] = {"",       "Court of Justice", "group:", "group:XYZ", "group:AFRI",
                                      "state:", "state:XX9",        "courtx", "group AFR", "AFR"};
    struct vls_address a;
    size_t i;

    (void)state;
    for (i = 0; i < sizeof BAD / sizeof *BAD; i++) {
        if (vls_address_parse(&a, BAD[i], NULL) != VLS_EUSAGE)
            fail_msg("“%s” is taken for an addressee", BAD[i]);
    }
    assert_string_equal(to("Court").term, "court");
    assert_string_equal(to("court:registry").term, "court-registry");
    assert_string_equal(to("group:afr").detail, "AFR");
    assert_string_equal(to("state:Ireland").detail, "IE");
    assert_string_equal(to("groups").term, "all-groups");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addressees_are_words_that_exist),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
