/*
 * The fifteen cases of the domain as far as merging decides them, by their numbers there, with the real kinds. HAG, NYC
 * and CAP are posts; each is a replica. At the end of a case all of them hold the same change sets and must show the
 * same, whatever order they came in.
 */
#include "cases.h"

#include "valise/reconcile.h"

#include "sync/report/annual_int.h"

static struct vls_dot
add(struct world *w, int post, char record, const char *kind, const char *field, const char *value)
{
    return commit(w, post, record, &(struct edit){.type = VLS_OP_ADD, .kind = kind, .field = field, .value = value});
}

static void
case_1_the_stricter_marking_holds_and_the_new_text_is_kept(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'r', "info");
    put(w, HAG, 'r', "info", "tlp", "t:green", VLS_CITE_NONE);
    put(w, HAG, 'r', "info", "sanitised", "t:First.", VLS_CITE_NONE);
    sync_all(w);
    put(w, HAG, 'r', "info", "tlp", "t:red", VLS_CITE_NONE);
    put(w, NYC, 'r', "info", "tlp", "t:amber", VLS_CITE_OFFICIAL); /* a document lifts no marking */
    put(w, NYC, 'r', "info", "sanitised", "t:First, and second.", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 'r', "info", "tlp", "red | amber", VLS_NOTICE);
    shows(w, 'r', "info", "sanitised", "First, and second.", VLS_QUIET);
    /* Lowered again only by somebody who saw it. */
    put(w, HAG, 'r', "info", "tlp", "t:amber", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 'r', "info", "tlp", "amber", VLS_QUIET);
}

static void
case_2_nested_dates_are_no_conflict(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'l', "leg");
    put(w, HAG, 'l', "leg", "arrive", "d:2010-12-10/2010-12-31", VLS_CITE_NONE);
    sync_all(w);
    /* Both refine what they saw; neither saw the other. */
    put(w, HAG, 'l', "leg", "arrive", "d:2010-12-15", VLS_CITE_PRESS);
    put(w, NYC, 'l', "leg", "arrive", "d:2010-12", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 'l', "leg", "arrive", "2010-12-15 | 2010-12", VLS_QUIET);
}

static void
case_3_the_official_date_shows_until_a_person_decides(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'l', "leg");
    sync_all(w);
    put(w, HAG, 'l', "leg", "arrive", "d:2013-07-14", VLS_CITE_OFFICIAL);
    put(w, HAG, 'l', "leg", "depart", "d:2013-07-16", VLS_CITE_OFFICIAL);
    put(w, NYC, 'l', "leg", "arrive", "d:2013-07-14", VLS_CITE_PRESS);
    put(w, NYC, 'l', "leg", "depart", "d:2013-07-15", VLS_CITE_PRESS);
    sync_all(w);
    shows(w, 'l', "leg", "arrive", "2013-07-14 | 2013-07-14", VLS_QUIET);
    shows(w, 'l', "leg", "depart", "2013-07-16 | 2013-07-15", VLS_CONFLICT);
    decide(w, NYC, 'l', "leg", "depart", "d:2013-07-15");
    sync_all(w);
    shows(w, 'l', "leg", "depart", "2013-07-15", VLS_QUIET);
}

static void
case_4_two_countries_stand_until_one_is_picked(void **state)
{
    struct world *w = *state;
    struct vls_dot wrong, by, decision;
    struct vls_slice value;

    create(w, HAG, 'l', "leg");
    sync_all(w);
    put(w, HAG, 'l', "leg", "country", "t:MN", VLS_CITE_NONE);
    wrong = put(w, NYC, 'l', "leg", "country", "t:MD", VLS_CITE_NONE);
    sync_all(w);
    {
        const struct vls_rival *r;
        struct vls_verdict v;

        assert_int_equal(replica_register(w->post[CAP], rec('l'), no_of("leg", "country"), vls_slice_str(""), &r, &v), 2);
        assert_int_equal(v.n_shown, 2);
        assert_int_equal(v.attention, VLS_CONFLICT);
    }
    decision = decide(w, CAP, 'l', "leg", "country", "t:MN");
    sync_all(w);
    shows(w, 'l', "leg", "country", "MN", VLS_QUIET);
    assert_int_equal(replica_value(w->post[HAG], &wrong, &value, &by), REPLICA_PAST);
    assert_int_equal(vls_dot_cmp(&by, &decision), 0);
    assert_true(vls_slice_eq(value, vls_slice_of("\x62MD", 3)));
}

static void
case_5_the_more_alarming_holds_until_somebody_who_saw_it_says_otherwise(void **state)
{
    struct world *w = *state;

    create(w, HAG, 't', "trip");
    put(w, HAG, 't', "trip", "status", "t:announced", VLS_CITE_NONE);
    sync_all(w);
    put(w, HAG, 't', "trip", "status", "t:cancelled", VLS_CITE_STATE);
    put(w, NYC, 't', "trip", "status", "t:confirmed", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 't', "trip", "status", "confirmed | cancelled", VLS_CONFLICT);
    put(w, HAG, 't', "trip", "status", "t:cancelled", VLS_CITE_STATE);
    sync_all(w);
    shows(w, 't', "trip", "status", "cancelled", VLS_QUIET);
}

static void
case_6_one_trip_entered_twice(void **state)
{
    struct world *w = *state;
    const struct vls_field *arrive = vls_field_by_name(vls_kind_by_name("leg"), "arrive");
    const struct vls_rival *r;
    struct vls_rival pooled[2];
    struct vls_link link[2];
    struct vls_grouped g[4];
    struct vls_verdict v;
    struct vls_date day;

    create(w, HAG, 'a', "leg");
    create(w, NYC, 'b', "leg");
    put(w, HAG, 'a', "leg", "arrive", "d:2025-04-03", VLS_CITE_OFFICIAL);
    put(w, NYC, 'b', "leg", "arrive", "d:2025-04-02", VLS_CITE_PRESS);
    sync_all(w);
    /* Judged the same: the lower id stands for both, and the rivals of both are judged as one register. */
    memcpy(link[0].a, rec('b'), VLS_ID_LEN);
    memcpy(link[0].b, rec('a'), VLS_ID_LEN);
    link[0].verdict = VLS_SAME_YES;
    link[1] = link[0];
    assert_int_equal(vls_links_settle(link, 1), 1);
    assert_int_equal(vls_links_group(g, link, 1), 2);
    assert_memory_equal(vls_group_of(g, 2, rec('b')), rec('a'), VLS_ID_LEN);
    assert_int_equal(replica_register(w->post[HAG], rec('a'), arrive->no, vls_slice_str(""), &r, &v), 1);
    pooled[0] = r[0];
    assert_int_equal(replica_register(w->post[HAG], rec('b'), arrive->no, vls_slice_str(""), &r, &v), 1);
    pooled[1] = r[0];
    vls_merge(&v, arrive, pooled, 2);
    assert_int_equal(v.attention, VLS_CONFLICT);
    assert_true(vls_date_read(&day, pooled[0].value));
    assert_true(vls_slice_eq(day.edtf, vls_slice_str("2025-04-03")));
    /* Meanwhile somebody says "different": unsure, nothing is joined. */
    link[1].verdict = VLS_SAME_NO;
    assert_int_equal(vls_links_settle(link, 2), 1);
    assert_int_equal(link[0].verdict, VLS_SAME_UNSURE);
    assert_int_equal(vls_links_group(g, link, 1), 2);
    assert_memory_equal(vls_group_of(g, 2, rec('b')), rec('b'), VLS_ID_LEN);
}

/* The verdict that a link's register makes at a post. */
static enum vls_same
verdict_of(struct world *w, int post, char link)
{
    enum vls_same live[8];
    const struct vls_rival *r;
    struct vls_verdict v;
    size_t n = replica_register(w->post[post], rec(link), no_of("identity-link", "verdict"), vls_slice_str(""), &r, &v);

    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++) {
        struct vls_cbor c = vls_cbor_of(r[i].value);

        live[i] = vls_same_of(vls_cbor_text(&c));
    }
    return vls_verdict_current(live, n);
}

static void
case_7_same_and_different_make_unsure(void **state)
{
    struct world *w = *state;

    create(w, CAP, 'i', "identity-link");
    sync_all(w);
    assert_int_equal(verdict_of(w, NYC, 'i'), VLS_SAME_UNJUDGED);
    put(w, HAG, 'i', "identity-link", "verdict", "t:same", VLS_CITE_NONE);
    put(w, NYC, 'i', "identity-link", "verdict", "t:different", VLS_CITE_NONE);
    assert_int_equal(verdict_of(w, HAG, 'i'), VLS_SAME_YES);
    sync_all(w);
    for (int i = 0; i < N_POSTS; i++)
        assert_int_equal(verdict_of(w, i, 'i'), VLS_SAME_UNSURE);
    decide(w, CAP, 'i', "identity-link", "verdict", "t:same");
    sync_all(w);
    assert_int_equal(verdict_of(w, NYC, 'i'), VLS_SAME_YES);
    shows(w, 'i', "identity-link", "verdict", "same", VLS_QUIET);
}

static void
case_8_an_addition_survives_a_removal_that_never_saw_it(void **state)
{
    struct world *w = *state;
    struct edit removal = {.type = VLS_OP_REMOVE, .kind = "person", .field = "tag"};
    struct vls_dot early, by;
    struct vls_slice value;

    create(w, HAG, 'p', "person");
    early = add(w, CAP, 'p', "person", "tag", "t:Kushaib");
    replica_pull(w->post[NYC], w->post[CAP]);
    removal.names[0] = early;
    removal.n_names = 1;
    commit(w, NYC, 'p', &removal);
    add(w, HAG, 'p', "person", "tag", "t:Kushaib");
    sync_all(w);
    shows(w, 'p', "person", "tag", "Kushaib", VLS_QUIET);
    assert_int_equal(replica_value(w->post[HAG], &early, &value, &by), REPLICA_PAST);
}

static void
case_11_a_withdrawal_holds_and_edits_made_meanwhile_are_kept(void **state)
{
    struct world *w = *state;
    struct vls_dot place;
    struct vls_dot by;
    struct vls_slice value;

    create(w, HAG, 'l', "leg");
    put(w, HAG, 'l', "leg", "life", "t:active", VLS_CITE_NONE);
    put(w, HAG, 'l', "leg", "place", "t:Addis", VLS_CITE_NONE);
    sync_all(w);
    put(w, HAG, 'l', "leg", "life", "t:retracted", VLS_CITE_NONE);
    place = put(w, NYC, 'l', "leg", "place", "t:Addis Ababa", VLS_CITE_NONE);
    put(w, NYC, 'l', "leg", "life", "t:superseded", VLS_CITE_OFFICIAL);
    commit(w, NYC, 'l', &(struct edit){.type = VLS_OP_APPEND, .kind = "leg", .field = "comment", .value = "m:text=t:seen"});
    sync_all(w);
    shows(w, 'l', "leg", "life", "retracted | superseded", VLS_NOTICE);
    shows(w, 'l', "leg", "place", "Addis Ababa", VLS_QUIET);
    assert_int_equal(replica_value(w->post[CAP], &place, &value, &by), REPLICA_LIVE);
    /* Only somebody who saw the withdrawal can take it back. */
    put(w, CAP, 'l', "leg", "life", "t:active", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 'l', "leg", "life", "active", VLS_QUIET);
}

static void
case_13_a_clock_of_2035_wins_nothing(void **state)
{
    struct world *w = *state;

    w->clock[CAP] = 2051222400; /* 2035 */
    create(w, HAG, 't', "trip");
    sync_all(w);
    put(w, CAP, 't', "trip", "occasion", "t:state visit", VLS_CITE_NONE);
    put(w, HAG, 't', "trip", "purpose", "t:private", VLS_CITE_NONE); /* HAG is one edit further */
    put(w, HAG, 't', "trip", "occasion", "t:summit", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 't', "trip", "occasion", "summit | state visit", VLS_CONFLICT);
}

static void
case_9_both_transmissions_stand(void **state)
{
    struct world *w = *state;

    create(w, HAG, 's', "transmission");
    create(w, NYC, 't', "transmission");
    put(w, HAG, 's', "transmission", "sent", "s:1804497000,60,1", VLS_CITE_NONE);
    put(w, NYC, 't', "transmission", "sent", "s:1804503600,-300,1", VLS_CITE_NONE);
    sync_all(w);
    shows(w, 's', "transmission", "sent", "2027-03-08T10:10:00+01:00", VLS_QUIET);
    shows(w, 't', "transmission", "sent", "2027-03-08T06:00:00-05:00", VLS_QUIET);
}

static void
case_10_consent_and_its_withdrawal_both_stand_in_order(void **state)
{
    struct world *w = *state;

    create(w, HAG, 's', "source");
    commit(
        w, HAG, 's',
        &(struct edit){
            .type = VLS_OP_APPEND, .kind = "source", .field = "consent", .value = "m:at=t:2027-01-01;given=t:given"});
    sync_all(w);
    commit(w, HAG, 's',
           &(struct edit){.type = VLS_OP_APPEND,
                          .kind = "source",
                          .field = "consent",
                          .value = "m:at=t:2027-03-09;given=t:withdrawn"});
    commit(
        w, NYC, 's',
        &(struct edit){
            .type = VLS_OP_APPEND, .kind = "source", .field = "consent", .value = "m:at=t:2027-03-08;given=t:given"});
    sync_all(w);
    {
        const struct vls_rival *r;
        struct vls_verdict v;

        assert_int_equal(
            replica_register(w->post[CAP], rec('s'), no_of("source", "consent"), vls_slice_str(""), &r, &v), 3);
        assert_int_equal(v.n_shown, 3);
        assert_int_equal(v.attention, VLS_QUIET);
        assert_non_null(memmem(r[2].value.p, r[2].value.n, "withdrawn", 9)); /* the last word */
    }
}

/* Case 12 needs membership: what a revoked device signed later is held apart. Removing devices is not in this version.
 */
static void
case_12_what_a_revoked_device_signed_later_is_held_apart(void **state)
{
    (void)state;
    skip();
}

static void
case_14_equal_documents_leave_it_to_a_person_and_rulings_are_stages(void **state)
{
    struct world *w = *state;

    create(w, HAG, 'p', "proceeding");
    create(w, CAP, 'q', "proceeding");
    sync_all(w);
    put(w, HAG, 'p', "proceeding", "referral", "t:referred", VLS_CITE_OFFICIAL);
    put(w, NYC, 'p', "proceeding", "referral", "t:reversed-on-appeal", VLS_CITE_OFFICIAL);
    put(w, CAP, 'q', "proceeding", "referral", "t:reversed-on-appeal", VLS_CITE_PRESS);
    sync_all(w);
    {
        const struct vls_rival *r;
        struct vls_verdict v;

        assert_int_equal(
            replica_register(w->post[CAP], rec('p'), no_of("proceeding", "referral"), vls_slice_str(""), &r, &v), 2);
        assert_int_equal(v.n_shown, 1);
        assert_int_equal(v.attention, VLS_CONFLICT);
    }
    shows(w, 'q', "proceeding", "referral", "reversed-on-appeal", VLS_QUIET);
}

/* A record as a post shows it, for those who read records. */
static void
feed(struct world *w, int post, char letter, const char *kind, struct vls_annual *a)
{
    struct vls_record r = {.kind = vls_kind_by_name(kind)};
    struct vls_row rows[16];
    uint8_t bytes[1024];
    struct vls_error err = {0};
    size_t n_header, used = 0;
    const struct vls_field *header = vls_header_fields(&n_header);

    memset(rows, 0, sizeof rows);
    memcpy(r.id, rec(letter), VLS_ID_LEN);
    vls_ref_print(r.ref, r.kind->prefix, r.id);
    r.kind_no = r.kind->no;
    r.rows = rows;
    for (size_t f = 0; f < r.kind->n_fields + n_header; f++) {
        const struct vls_field *field = f < r.kind->n_fields ? &r.kind->fields[f] : &header[f - r.kind->n_fields];
        const struct vls_rival *rivals;
        struct vls_verdict v;

        (void)replica_register(w->post[post], r.id, field->no, vls_slice_str(""), &rivals, &v);
        for (size_t i = 0; i < v.n_shown; i++) {
            struct vls_row *row = &rows[r.n_rows++];

            assert_true(r.n_rows <= 16 && used + rivals[i].value.n <= sizeof bytes);
            memcpy(bytes + used, rivals[i].value.p, rivals[i].value.n);
            row->field = field->no;
            row->value = vls_slice_of(bytes + used, rivals[i].value.n);
            row->delegation = row->post = "";
            used += rivals[i].value.n;
        }
    }
    r.compartment_name = "focal-points";
    r.common = true;
    if (r.n_rows != 0) /* this post has it */
        check_ok(vls__an_feed(a, &r, &err), &err);
}

/* The paragraph on States Parties as a post drafts it. */
static void
drafts(struct world *w, int post, enum vls_say say, size_t n_facts, size_t n_void)
{
    struct vls_error err = {0};
    struct vls_annual *a;
    const struct vls_para *p;
    const struct vls_point *q;
    size_t i, n, found = 0;

    check_ok(vls__an_new(&a, NULL, 1638000000, "en", &err), &err);
    feed(w, post, 'o', "period", a);
    feed(w, post, 'n', "nil-return", a);
    feed(w, post, 'p', "proceeding", a);
    check_ok(vls__an_index(a, &err), &err);
    check_ok(vls__an_build(a, rec('o'), &err), &err);
    p = vls_annual_paras(a, &n);
    for (i = 0; i < n && p[i].no != 17; i++)
        ;
    assert_true(i < n);
    assert_int_equal(p[i].say, say);
    assert_int_equal(p[i].state, VLS_PARA_READY);
    assert_int_equal(p[i].n_facts, n_facts);
    q = vls_annual_points(a, &n);
    for (i = 0; i < n; i++)
        found += q[i].kind == VLS_POINT_VOID && memcmp(q[i].id, rec('n'), VLS_ID_LEN) == 0;
    assert_int_equal(found, n_void);
    vls_annual_close(a);
}

static void
case_15_a_nil_return_is_void_once_a_finding_is_known_and_is_kept(void **state)
{
    struct world *w = *state;

    create(w, CAP, 'o', "period");
    put(w, CAP, 'o', "period", "name", "t:PER-20", VLS_CITE_NONE);
    put(w, CAP, 'o', "period", "opens", "d:2020-12-14", VLS_CITE_NONE);
    put(w, CAP, 'o', "period", "closes", "d:2021-12-06", VLS_CITE_NONE);
    create(w, HAG, 'n', "nil-return");
    put(w, HAG, 'n', "nil-return", "section", "t:states-parties", VLS_CITE_NONE);
    put(w, HAG, 'n', "nil-return", "period", "t:PER-20", VLS_CITE_NONE);
    sync_all(w);
    commit(w, HAG, 'n',
           &(struct edit){.type = VLS_OP_APPEND,
                          .kind = "nil-return",
                          .field = "asserted",
                          .value = "m:at=t:2021-11-20;by=t:Croatia;how=t:asked"});
    create(w, NYC, 'p', "proceeding");
    put(w, NYC, 'p', "proceeding", "tlp", "t:clear", VLS_CITE_NONE);
    put(w, NYC, 'p', "proceeding", "state", "t:HU", VLS_CITE_OFFICIAL);
    put(w, NYC, 'p', "proceeding", "decided", "d:2021-10-20", VLS_CITE_OFFICIAL);
    put(w, NYC, 'p', "proceeding", "finding", "t:non-compliance", VLS_CITE_OFFICIAL);
    drafts(w, HAG, VLS_SAY_NIL, 1, 0); /* that is all that The Hague knows */
    sync_all(w);
    shows(w, 'p', "proceeding", "finding", "non-compliance", VLS_QUIET);
    shows(w, 'n', "nil-return", "asserted", "at=2021-11-20; by=Croatia; how=asked", VLS_QUIET);
    for (int i = 0; i < N_POSTS; i++)
        drafts(w, i, VLS_SAY_PROCEEDINGS, 1, 1);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(case_1_the_stricter_marking_holds_and_the_new_text_is_kept),
        CASE(case_2_nested_dates_are_no_conflict),
        CASE(case_3_the_official_date_shows_until_a_person_decides),
        CASE(case_4_two_countries_stand_until_one_is_picked),
        CASE(case_5_the_more_alarming_holds_until_somebody_who_saw_it_says_otherwise),
        CASE(case_6_one_trip_entered_twice),
        CASE(case_7_same_and_different_make_unsure),
        CASE(case_8_an_addition_survives_a_removal_that_never_saw_it),
        CASE(case_11_a_withdrawal_holds_and_edits_made_meanwhile_are_kept),
        CASE(case_9_both_transmissions_stand),
        CASE(case_10_consent_and_its_withdrawal_both_stand_in_order),
        CASE(case_12_what_a_revoked_device_signed_later_is_held_apart),
        CASE(case_13_a_clock_of_2035_wins_nothing),
        CASE(case_14_equal_documents_leave_it_to_a_person_and_rulings_are_stages),
        CASE(case_15_a_nil_return_is_void_once_a_finding_is_known_and_is_kept),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
