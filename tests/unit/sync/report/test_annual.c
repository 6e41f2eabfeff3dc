/* The yearly report as a whole: its order, and what happens when memory runs out while it is made. Everything is invented. */
#include "made_annual.h"

#include "tests/support/scarce.h"

static struct vls_annual *
whole(void)
{
    struct vls_annual *a = an_new("en");

    an_add(a, "person", 10, "display-name", "t:Idris al-Haddad", NULL);
    an_add(a, "trip", 20, "person", "r:10", "status", "t:announced", "window", "d:2021-09", NULL);
    an_add(a, "leg", 21, "trip", "r:20", "place", "t:Addis Ababa", "country", "t:ET", NULL);
    an_add(a, "info", 30, "from", "t:civil-society", "received", "s:1630000000,0,1", "claim", "t:potential", "trip", "r:20", NULL);
    an_add(a, "nil-return", 60, "section", "t:states-parties", "period", "t:PER-20", "asserted", "m:by=t:Croatia", NULL);
    an_add(a, "proceeding", 40, "decision", "t:ICC-99/1", "kind", "t:finding", "decided", "d:2021-10-20", "state", "t:HU", "conduct",
           "r:20", NULL);
    an_add(a, "sc-report", 42, "resolution", "t:1593", "ordinal", "i:33", "presented", "d:2021-06-09", "key-point", "t:A.", NULL);
    an_add(a, "meeting", 44, "kind", "t:bureau", "on", "d:2021-06-03", "may-appear-in-report", "t:yes", "tlp", "t:clear", NULL);
    an_add(a, "appointment", 46, "state", "t:AR", "on", "d:2021-04-08", NULL);
    an_add(a, "report-draft", 50, "period", "r:1", "sign-off", "m:hash=t:ab;language=t:en", NULL);
    an_add(a, "report-paragraph", 51, "draft", "r:50", "number", "i:22", "in", "t:en", "text", "t:Ours.", NULL);
    an_add(a, "report-recommendation", 52, "text", "t:Of Haddad.", "paragraph", "i:37", "period", "r:1", NULL);
    return a;
}

static void
paragraphs_and_points_stand_in_order(void **state)
{
    struct vls_annual *a = whole();
    const struct vls_para *p;
    const struct vls_point *q;
    size_t i, n;

    (void)state;
    an_build(a);
    p = vls_annual_paras(a, &n);
    assert_true(n > 12);
    for (i = 1; i < n; i++)
        assert_true(p[i - 1].no < p[i].no && p[i - 1].section <= p[i].section);
    q = vls_annual_points(a, &n);
    assert_true(n > 4);
    for (i = 1; i < n; i++)
        assert_true(q[i - 1].para < q[i].para ||
                    (q[i - 1].para == q[i].para && vls_point_is_gap(q[i - 1].kind) >= vls_point_is_gap(q[i].kind)));
    vls_annual_close(a);
}

static void
every_kind_of_point_has_a_name_of_its_own(void **state)
{
    int i, k;

    (void)state;
    for (i = 0; i < VLS_N_POINTS; i++) {
        assert_true(*vls_point_name((enum vls_point_kind)i) != '\0');
        for (k = 0; k < i; k++)
            assert_string_not_equal(vls_point_name((enum vls_point_kind)i), vls_point_name((enum vls_point_kind)k));
    }
    assert_string_equal(vls_point_name(VLS_N_POINTS), "");
}

/* Blocks of the arena and buffers both fail here; what was given out before goes back with the report. */
static void
without_memory_there_is_no_report_and_nothing_leaks(void **state)
{
    unsigned long n, fired = 1, failures = 0;

    (void)state;
    for (n = 1; fired != 0; n++) {
        struct vls_error err = {0};
        struct vls_annual *a = whole();
        long alive = scarce.alive;
        enum vls_code rc;

        scarce_at(n, n % 2 == 0);
        rc = vls__an_index(a, &err);
        if (rc == VLS_OK)
            rc = vls__an_build(a, NULL, &err);
        fired = scarce_end();
        if (fired != 0) {
            assert_int_equal(rc, VLS_ENOMEM);
            failures++;
        } else {
            assert_int_equal(rc, VLS_OK);
        }
        vls_annual_close(a);
        assert_true(scarce.alive <= alive);
    }
    assert_true(failures > 20);
}

static void
no_two_texts_have_one_hash(void **state)
{
    static const struct {
        unsigned no;
        enum vls_para_state state;
        const char *text;
    } t[][2] = {{{50, VLS_PARA_READY, "alpha\n51 beta"}, {0, VLS_PARA_READY, NULL}},
                {{50, VLS_PARA_READY, "alpha"}, {51, VLS_PARA_READY, "beta"}},
                {{50, VLS_PARA_READY, "alpha"}, {52, VLS_PARA_READY, "beta"}},
                {{50, VLS_PARA_READY, "alphabeta"}, {51, VLS_PARA_READY, ""}},
                {{50, VLS_PARA_READY, ""}, {51, VLS_PARA_READY, "alphabeta"}},
                {{50, VLS_PARA_READY, ""}, {51, VLS_PARA_READY, ""}},
                {{50, VLS_PARA_READY, ""}, {51, VLS_PARA_GAP, ""}},
                {{50, VLS_PARA_READY, ""}, {51, VLS_PARA_WITHHELD, ""}},
                {{51, VLS_PARA_READY, "beta"}, {50, VLS_PARA_READY, "alpha"}},
                {{50, VLS_PARA_READY, "alpha"}, {0, VLS_PARA_READY, NULL}}};
    uint8_t hash[2 * sizeof t / sizeof *t][VLS_HASH_LEN];
    size_t i, k, n = 0, pairs = 0;

    (void)state;
    for (i = 0; i < sizeof t / sizeof *t; i++) {
        for (k = 0; k < 2; k++, n++) {
            vls_annual_hash_begin(hash[n], k == 0 ? "en" : "fr");
            for (size_t m = 0; m < 2 && t[i][m].text != NULL; m++) {
                struct vls_para p = {.no = t[i][m].no, .state = t[i][m].state};

                vls_annual_hash_add(hash[n], &p, vls_slice_str(t[i][m].text));
            }
        }
    }
    for (i = 0; i < n; i++) {
        for (k = 0; k < i; k++, pairs++) {
            if (memcmp(hash[i], hash[k], VLS_HASH_LEN) == 0)
                fail_msg("texts %zu and %zu have one hash", k / 2, i / 2);
        }
    }
    assert_int_equal(pairs, 190);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_two_texts_have_one_hash),
        cmocka_unit_test(paragraphs_and_points_stand_in_order),
        cmocka_unit_test(every_kind_of_point_has_a_name_of_its_own),
        cmocka_unit_test(without_memory_there_is_no_report_and_nothing_leaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
