/* What an attestation says by itself. Everything is invented. */
#include "made_annual.h"

static void
attest(const char *first, const char *second, bool counts, const char *lacks)
{
    const char *const said[] = {first, second};
    char got[AN_LACKS];
    struct made m;
    size_t i;

    made_new(&m, "nil-return", 60, "Croatia");
    for (i = 0; i < 2 && said[i] != NULL; i++) {
        struct vls_buf b;

        vls_buf_init(&b, MADE_BYTES);
        value_put(&b, said[i]);
        made_value(&m, "asserted", &b);
    }
    assert_int_equal(vls__an_attested(&m.rec, got), counts);
    assert_string_equal(got, lacks);
}

static void
one_whole_entry_is_enough_and_two_halves_are_none(void **state)
{
    (void)state;
    attest(NULL, NULL, false, "");
    attest("m:at=t:2021-11-20;by=t:x;how=t:y", NULL, true, "");
    attest("m:by=t:x", "m:at=t:2021-11-20;by=t:x;how=t:y", true, "");
    attest("m:at=t:2021-11-20;by=t:x", "m:how=t:y", false, "how");
    attest("m:how=t:y", "m:at=t:2021-11-20;by=t:x", false, "how"); /* the better of the two, wherever it stands */
}

static void
what_is_no_entry_lacks_everything(void **state)
{
    (void)state;
    attest("t:yes", NULL, false, "by, at, how");
    attest("n:", NULL, false, "by, at, how");
    attest("m:at=t:0000000000000000000000000000000000000000;by=t:x;how=t:y", NULL, false, "at");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_whole_entry_is_enough_and_two_halves_are_none),
        cmocka_unit_test(what_is_no_entry_lacks_everything),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
