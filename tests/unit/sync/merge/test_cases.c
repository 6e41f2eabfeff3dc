/*
 * The fifteen cases of the domain and further ones as far as merging decides them, by their numbers there, with the
 * real kinds. HAG, NYC and CAP are posts; each is a replica. At the end of a case all of them hold the same change sets
 * and must show the same, whatever order they came in.
 */
#include "tests/unit/sync/merge/rivals.h"
#include "tests/support/replica.h"

#include "valise/reconcile.h"

#include "sync/report/annual_int.h"

enum { HAG, NYC, CAP, N_POSTS };

struct world {
    struct replica *post[N_POSTS];
    int64_t clock[N_POSTS];
};

static int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    if (w == NULL)
        return -1;
    for (int i = 0; i < N_POSTS; i++) {
        w->post[i] = replica_new(NULL);
        w->clock[i] = 1799000000 + i; /* so that no two change sets are equal */
    }
    *state = w;
    return 0;
}

static int
teardown(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < N_POSTS; i++)
        replica_free(w->post[i]);
    free(w);
    return 0;
}

/* A record of the case, by a letter. */
static const uint8_t *
rec(char letter)
{
    static uint8_t ids[26][VLS_ID_LEN];

    memset(ids[letter - 'a'], letter, VLS_ID_LEN);
    return ids[letter - 'a'];
}

static uint32_t
no_of(const char *kind, const char *field)
{
    const struct vls_kind *k = vls_kind_by_name(kind);
    const struct vls_field *f;

    assert_non_null(k);
    f = vls_field_by_name(k, field);
    if (f == NULL)
        fail_msg("%s has no %s", kind, field);
    return f->no;
}

struct edit {
    enum vls_op_type type;
    const char *kind, *field, *key, *value, *reason;
    enum vls_cite cite;
    struct vls_dot names[8];
    size_t n_names;
};

/* One change set with one operation; returns its dot. */
static struct vls_dot
commit(struct world *w, int post, char record, const struct edit *e)
{
    struct vls_op op = {.type = e->type, .record = rec(record), .cite = e->cite};
    struct vls_change_writer *cw;
    struct vls_error err = {0};
    struct vls_dot dot = {{0}, 0};
    struct vls_buf value;

    vls_buf_init(&value, 4096);
    if (e->value != NULL)
        value_put(&value, e->value);
    if (e->type == VLS_OP_CREATE)
        op.kind = vls_kind_by_name(e->kind)->no;
    else
        op.field = no_of(e->kind, e->field);
    op.value = vls_buf_slice(&value);
    op.key = vls_slice_str(e->key != NULL ? e->key : "");
    op.reason = vls_slice_str(e->reason != NULL ? e->reason : "");
    check_ok(vls_change_writer_new(&cw, &err), &err);
    check_ok(vls_change_add(cw, &op, e->names, e->n_names, &err), &err);
    replica_commit(w->post[post], cw, w->clock[post], NULL, dot.change);
    vls_buf_clear(&value);
    return dot;
}

static void
create(struct world *w, int post, char record, const char *kind)
{
    (void)commit(w, post, record, &(struct edit){.type = VLS_OP_CREATE, .kind = kind});
}

/* A put that names everything live there, as a person's edit does. */
static struct vls_dot
put(struct world *w, int post, char record, const char *kind, const char *field, const char *value, enum vls_cite cite)
{
    struct edit e = {.type = VLS_OP_PUT, .kind = kind, .field = field, .value = value, .cite = cite};

    e.n_names = replica_live(w->post[post], rec(record), no_of(kind, field), vls_slice_str(""), e.names, 8);
    return commit(w, post, record, &e);
}

static struct vls_dot
decide(struct world *w, int post, char record, const char *kind, const char *field, const char *value)
{
    struct edit e = {.type = VLS_OP_DECIDE, .kind = kind, .field = field, .value = value, .reason = "checked"};

    e.n_names = replica_live(w->post[post], rec(record), no_of(kind, field), vls_slice_str(""), e.names, 8);
    return commit(w, post, record, &e);
}

static struct vls_dot
add(struct world *w, int post, char record, const char *kind, const char *field, const char *value)
{
    return commit(w, post, record, &(struct edit){.type = VLS_OP_ADD, .kind = kind, .field = field, .value = value});
}

/* Everybody gets everything, and all agree to the byte. */
static void
sync_all(struct world *w)
{
    struct vls_buf want, got;
    uint8_t state[32], other[32];

    for (int i = 0; i < N_POSTS; i++)
        for (int k = N_POSTS - 1; k >= 0; k--)
            replica_pull(w->post[i], w->post[k]);
    vls_buf_init(&want, 1 << 20);
    vls_buf_init(&got, 1 << 20);
    replica_dump(w->post[0], &want);
    replica_state(w->post[0], state);
    for (int i = 1; i < N_POSTS; i++) {
        vls_buf_reset(&got);
        replica_dump(w->post[i], &got);
        assert_true(vls_slice_eq(vls_buf_slice(&want), vls_buf_slice(&got)));
        replica_state(w->post[i], other);
        assert_memory_equal(state, other, 32);
        replica_state_afresh(w->post[i], other);
        assert_memory_equal(state, other, 32);
    }
    vls_buf_clear(&want);
    vls_buf_clear(&got);
}

/* "shown, shown | kept": plain values of a register at HAG. */
static void
shows(struct world *w, char record, const char *kind, const char *field, const char *want, enum vls_attention attention)
{
    const struct vls_field *f = vls_field_by_name(vls_kind_by_name(kind), field);
    const struct vls_rival *r;
    struct vls_verdict v;
    struct vls_buf out;
    size_t n = replica_register(w->post[HAG], rec(record), f->no, vls_slice_str(""), &r, &v);

    vls_buf_init(&out, 4096);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            vls_buf_printf(&out, "%s", i == v.n_shown ? " | " : ", ");
        vls_value_plain(&out, f, r[i].value);
    }
    assert_string_equal(vls_buf_str(&out), want);
    assert_int_equal(v.attention, attention);
    vls_buf_clear(&out);
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
    commit(
        w, HAG, 'n',
        &(struct edit){
            .type = VLS_OP_APPEND, .kind = "nil-return", .field = "asserted", .value = "m:by=t:Croatia;how=t:asked"});
    create(w, NYC, 'p', "proceeding");
    put(w, NYC, 'p', "proceeding", "tlp", "t:clear", VLS_CITE_NONE);
    put(w, NYC, 'p', "proceeding", "state", "t:HU", VLS_CITE_OFFICIAL);
    put(w, NYC, 'p', "proceeding", "decided", "d:2021-10-20", VLS_CITE_OFFICIAL);
    put(w, NYC, 'p', "proceeding", "finding", "t:non-compliance", VLS_CITE_OFFICIAL);
    drafts(w, HAG, VLS_SAY_NIL, 1, 0); /* that is all that The Hague knows */
    sync_all(w);
    shows(w, 'p', "proceeding", "finding", "non-compliance", VLS_QUIET);
    shows(w, 'n', "nil-return", "asserted", "by=Croatia; how=asked", VLS_QUIET);
    for (int i = 0; i < N_POSTS; i++)
        drafts(w, i, VLS_SAY_PROCEEDINGS, 1, 1);
}

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

        assert_int_equal(replica_register(w->post[HAG], rec('a'), no_of("action", "told-focal-points"), vls_slice_str(""), &r, &v), 2);
        assert_int_equal(v.attention, VLS_NOTICE);
        assert_true(vls_instant_read(&t, r[0].value));
        assert_int_equal(t.unix_s, 1804492800);
    }
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

        assert_int_equal(replica_register(w->post[HAG], rec('l'), no_of("leg", "country"), vls_slice_str(""), &r, &v), 2);
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

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
        CASE(further_a_removal_beats_an_addition_that_did_not_know_of_it),
        CASE(further_a_stage_goes_forward_and_what_is_left_out_is_said),
        CASE(further_presented_and_published_are_two_days),
        CASE(further_what_is_emptied_stands_behind_what_was_typed_meanwhile),
        CASE(further_the_earlier_deadline_holds),
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
