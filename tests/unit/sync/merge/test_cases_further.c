/*
 * Further cases that merging decides, beside the fifteen of test_cases, with the real kinds: what is emptied, taken
 * back, decided twice or said in words that this version does not know. At the end of a case all posts show the same.
 */
#include "cases.h"

static void
further_a_removal_beats_an_addition_that_did_not_know_of_it(void **state)
{
    struct world *w = *state;
    struct edit in = {.type = VLS_OP_PUT, .kind = "sharing-group", .field = "member", .key = "clerk", .value = "b:1"};
    struct edit out = in, again = in;
    const struct vls_rival *r;
    struct vls_verdict v;

    create(w, HAG, 'g', "sharing-group");
    in.names[0] = out.names[0] = commit(w, HAG, 'g', &in);
    sync_all(w);
    out.value = "b:0";
    out.n_names = in.n_names = 1;
    again.names[0] = commit(w, HAG, 'g', &out);
    in.cite = VLS_CITE_OFFICIAL;
    again.names[1] = commit(w, NYC, 'g', &in);
    sync_all(w);
    assert_int_equal(
        replica_register(w->post[CAP], rec('g'), no_of("sharing-group", "member"), vls_slice_str("clerk"), &r, &v), 2);
    assert_int_equal(v.attention, VLS_NOTICE);
    assert_int_equal(r[0].value.p[0], 0xf4); /* out */
    again.n_names = 2;
    commit(w, NYC, 'g', &again);
    sync_all(w);
    assert_int_equal(
        replica_register(w->post[HAG], rec('g'), no_of("sharing-group", "member"), vls_slice_str("clerk"), &r, &v), 1);
    assert_int_equal(r[0].value.p[0], 0xf5);
}

static void
further_a_stage_goes_forward_and_what_is_left_out_is_said(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'm', "matter");
    put(w, HAG, 'm', "matter", "status", "t:open", VLS_CITE_NONE);
    sync_all(w);
    put(w, HAG, 'm', "matter", "status", "t:waiting-for-state", VLS_CITE_NONE);
    put(w, NYC, 'm', "matter", "status", "t:reported", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 'm', "matter", "status", "reported | waiting-for-state", VLS_NOTICE);
    decide(w, CAP, 'm', "matter", "status", "t:open"); /* reopened */
    sync_all(w);
    shows(w, 'm', "matter", "status", "open", VLS_QUIET);
}

static void
further_presented_and_published_are_two_days(void **state)
{
    struct world *w = *state;

    create(w, HAG, 's', "sc-report");
    sync_all(w);
    put(w, HAG, 's', "sc-report", "presented", "d:2021-11-23", VLS_CITE_NONE);
    put(w, NYC, 's', "sc-report", "published", "d:2021-11-24", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 's', "sc-report", "presented", "2021-11-23", VLS_QUIET);
    shows(w, 's', "sc-report", "published", "2021-11-24", VLS_QUIET);
}

static void
further_what_is_emptied_stands_behind_what_was_typed_meanwhile(void **state)
{
    struct world *w = *state;
    struct edit e = {.type = VLS_OP_PUT, .kind = "person", .field = "position", .n_names = 1};
    const uint8_t null = 0xf6;
    const struct vls_rival *r;
    struct vls_verdict v;

    create(w, HAG, 'p', "person");
    e.names[0] = put(w, HAG, 'p', "person", "position", "t:Mayor", VLS_CITE_NONE);
    sync_all(w);
    e.value = "n:";
    commit(w, HAG, 'p', &e);
    assert_int_equal(replica_register(w->post[HAG], rec('p'), no_of("person", "position"), vls_slice_str(""), &r, &v),
                     1);
    assert_true(vls_slice_eq(r[0].value, vls_slice_of(&null, 1)));
    assert_int_equal(v.attention, VLS_QUIET);
    e.value = "t:Governor";
    commit(w, NYC, 'p', &e);
    sync_all(w);
    assert_int_equal(replica_register(w->post[CAP], rec('p'), no_of("person", "position"), vls_slice_str(""), &r, &v),
                     2);
    assert_true(vls_slice_eq(r[1].value, vls_slice_of(&null, 1)));
    assert_int_equal(v.n_shown, 1);
    assert_int_equal(v.attention, VLS_CONFLICT);
}

static void
further_the_earlier_deadline_holds(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'a', "action");
    sync_all(w);
    put(w, HAG, 'a', "action", "told-focal-points", "s:1804496400,60,1", VLS_CITE_NONE);
    put(w, NYC, 'a', "action", "told-focal-points", "s:1804492800,-300,1", VLS_CITE_OFFICIAL);
    sync_all(w);
    {
        const struct vls_rival *r;
        struct vls_instant t;
        struct vls_verdict v;

        assert_int_equal(
            replica_register(w->post[HAG], rec('a'), no_of("action", "told-focal-points"), vls_slice_str(""), &r, &v),
            2);
        assert_int_equal(v.attention, VLS_NOTICE);
        assert_true(vls_instant_read(&t, r[0].value));
        assert_int_equal(t.unix_s, 1804492800);
    }
}

static void
further_of_two_deadlines_and_two_ceilings_the_safer_holds(void **state)
{
    struct world *w = *state;

    create(w, HAG, 's', "step");
    create(w, HAG, 'o', "officer");
    put(w, HAG, 'o', "officer", "ceiling", "t:red", VLS_CITE_NONE);
    sync_all(w);
    put(w, HAG, 's', "step", "due", "d:2027-05-14", VLS_CITE_OFFICIAL);
    put(w, NYC, 's', "step", "due", "d:2027-05-10", VLS_CITE_NONE);
    put(w, HAG, 'o', "officer", "ceiling", "t:amber", VLS_CITE_OFFICIAL);
    put(w, NYC, 'o', "officer", "ceiling", "t:green", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 's', "step", "due", "2027-05-10 | 2027-05-14", VLS_NOTICE);
    shows(w, 'o', "officer", "ceiling", "green | amber", VLS_NOTICE);
}

static void
further_what_is_written_to_a_derived_field_counts_for_nothing(void **state)
{
    struct world *w = *state;
    const struct vls_rival *r;
    struct vls_verdict v;

    create(w, HAG, 't', "transmission");
    sync_all(w);
    put(w, HAG, 't', "transmission", "since", "t:sent-unaware", VLS_CITE_NONE); /* no honest program writes this */
    put(w, NYC, 't', "transmission", "since", "t:newer", VLS_CITE_OFFICIAL);
    sync_all(w);
    assert_int_equal(
        replica_register(w->post[CAP], rec('t'), no_of("transmission", "since"), vls_slice_str(""), &r, &v), 2);
    assert_int_equal(v.n_shown, 0);
    assert_int_equal(v.attention, VLS_QUIET);
}

static void
further_a_sealed_warrant_needs_its_document(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'w', "warrant");
    create(w, HAG, 'x', "warrant");
    sync_all(w);
    put(w, HAG, 'w', "warrant", "publicity", "t:under-seal", VLS_CITE_NONE);
    put(w, NYC, 'w', "warrant", "publicity", "t:public", VLS_CITE_PRESS);
    put(w, HAG, 'x', "warrant", "publicity", "t:under-seal", VLS_CITE_NONE);
    put(w, NYC, 'x', "warrant", "publicity", "t:public", VLS_CITE_OFFICIAL);
    sync_all(w);
    shows(w, 'w', "warrant", "publicity", "under-seal | public", VLS_NOTICE);
    shows(w, 'x', "warrant", "publicity", "public | under-seal", VLS_NOTICE);
}

static void
further_two_corrections_of_an_impossible_date(void **state)
{
    struct world *w = *state;
    struct vls_dot as_written, by;
    struct vls_slice value;

    create(w, HAG, 't', "trip");
    as_written = put(w, HAG, 't', "trip", "window", "w:40 April", VLS_CITE_NONE);
    sync_all(w);
    put(w, HAG, 't', "trip", "window", "d:2027-04-30", VLS_CITE_NONE);
    put(w, NYC, 't', "trip", "window", "d:2027-04-04", VLS_CITE_PRESS);
    sync_all(w);
    shows(w, 't', "trip", "window", "2027-04-04 | 2027-04-30", VLS_CONFLICT);
    assert_int_equal(replica_value(w->post[NYC], &as_written, &value, &by), REPLICA_PAST);
}

static void
further_an_unknown_term_survives_an_edit_elsewhere(void **state)
{
    struct world *w = *state;

    create(w, HAG, 't', "trip");
    put(w, HAG, 't', "trip", "purpose", "t:space-flight", VLS_CITE_NONE);
    sync_all(w);
    put(w, NYC, 't', "trip", "occasion", "t:launch", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 't', "trip", "purpose", "space-flight", VLS_QUIET);
}

static void
further_two_decisions_that_differ_reopen(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'l', "leg");
    sync_all(w);
    put(w, HAG, 'l', "leg", "country", "t:MN", VLS_CITE_NONE);
    put(w, NYC, 'l', "leg", "country", "t:MD", VLS_CITE_NONE);
    sync_all(w);
    decide(w, HAG, 'l', "leg", "country", "t:MN");
    decide(w, NYC, 'l', "leg", "country", "t:MD");
    sync_all(w);
    {
        const struct vls_rival *r;
        struct vls_verdict v;

        assert_int_equal(replica_register(w->post[HAG], rec('l'), no_of("leg", "country"), vls_slice_str(""), &r, &v),
                         2);
        assert_int_equal(v.attention, VLS_CONFLICT);
    }
    /* Decisions that agree do not. */
    decide(w, HAG, 'l', "leg", "country", "t:MN");
    decide(w, NYC, 'l', "leg", "country", "t:MN");
    sync_all(w);
    shows(w, 'l', "leg", "country", "MN | MN", VLS_QUIET);
}

static void
further_a_value_that_came_meanwhile_outlives_a_decision(void **state)
{
    struct world *w = *state;

    create(w, HAG, 't', "trip");
    sync_all(w);
    put(w, HAG, 't', "trip", "occasion", "t:summit", VLS_CITE_NONE);
    put(w, NYC, 't', "trip", "occasion", "t:visit", VLS_CITE_NONE);
    replica_pull(w->post[HAG], w->post[NYC]);
    put(w, CAP, 't', "trip", "occasion", "t:funeral", VLS_CITE_NONE);
    decide(w, HAG, 't', "trip", "occasion", "t:summit");
    sync_all(w);
    shows(w, 't', "trip", "occasion", "summit | funeral", VLS_CONFLICT);
}

static void
further_nobody_takes_back_what_was_said(void **state)
{
    struct world *w = *state;
    struct edit e = {.type = VLS_OP_PUT, .kind = "leg", .field = "order-key", .value = "t:z"};

    create(w, HAG, 'l', "leg");
    e.names[0] = put(w, HAG, 'l', "leg", "order-key", "t:a", VLS_CITE_NONE);
    e.n_names = 1;
    sync_all(w);
    commit(w, NYC, 'l', &e); /* no honest program writes this */
    sync_all(w);
    shows(w, 'l', "leg", "order-key", "a | z", VLS_QUIET);
}

static void
further_a_name_in_another_register_has_no_effect(void **state)
{
    struct world *w = *state;
    struct edit e = {.type = VLS_OP_PUT, .kind = "trip", .field = "purpose", .value = "t:private"};
    struct vls_dot by;
    struct vls_slice value;

    create(w, HAG, 't', "trip");
    e.names[0] = put(w, HAG, 't', "trip", "occasion", "t:summit", VLS_CITE_NONE);
    e.n_names = 1;
    sync_all(w);
    commit(w, NYC, 't', &e);
    sync_all(w);
    shows(w, 't', "trip", "occasion", "summit", VLS_QUIET);
    assert_int_equal(replica_value(w->post[HAG], &e.names[0], &value, &by), REPLICA_LIVE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(further_a_removal_beats_an_addition_that_did_not_know_of_it),
        CASE(further_a_stage_goes_forward_and_what_is_left_out_is_said),
        CASE(further_presented_and_published_are_two_days),
        CASE(further_what_is_emptied_stands_behind_what_was_typed_meanwhile),
        CASE(further_the_earlier_deadline_holds),
        CASE(further_of_two_deadlines_and_two_ceilings_the_safer_holds),
        CASE(further_what_is_written_to_a_derived_field_counts_for_nothing),
        CASE(further_a_sealed_warrant_needs_its_document),
        CASE(further_two_corrections_of_an_impossible_date),
        CASE(further_an_unknown_term_survives_an_edit_elsewhere),
        CASE(further_two_decisions_that_differ_reopen),
        CASE(further_a_value_that_came_meanwhile_outlives_a_decision),
        CASE(further_nobody_takes_back_what_was_said),
        CASE(further_a_name_in_another_register_has_no_effect),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
