/* Members that misbehave: what they may not say is void for everybody, and silences nobody but themselves (I8). Cases of
 * the threat catalogue are named at their test. */
#include "hostile.h"

static struct vls_epoch *
group_epoch(struct vls_engine *e)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];
    struct vls_epoch *k = vls__engine_epoch_for(e, zeros);

    assert_non_null(k);
    return k;
}

/* Seals one envelope for the group, as a member can, and leaves it on the hub. */
static void
plant_envelope(struct two *t, int by, const struct vls_buf *envelope)
{
    struct vls_buf blob;
    struct vls_slice one;

    vls_buf_init(&blob, 4u * 1024 * 1024);
    check_ok(vls_packet_seal(&blob, group_epoch(t->e[by]), t->e[by]->door.group, vls_buf_slice(envelope), &t->err),
             &t->err);
    one = vls_buf_slice(&blob);
    two_plant(t, &one, 1);
    vls_buf_clear(&blob);
}

struct forged {
    const char *what;
    int as;       /* whose device stands in it */
    int64_t skip; /* added to the right sequence number */
    bool wrong_prev, wrong_group, future;
    uint64_t refused, waiting;
};

/* IN-01, IN-03, IN-04, IN-05, GH-16: envelopes of a member that lie about author, place or group. */
static void
forged_envelopes_are_refused(void **state)
{
    static const struct forged table[] = {
        {"in the name of a colleague", NY, 0, false, false, false, 1, 0},
        {"behind one that stands elsewhere in its chain", HAGUE, 1, false, false, false, 1, 0},
        {"a predecessor that is none", HAGUE, 0, true, false, false, 0, 1}, /* it might still come */
        {"of another group", HAGUE, 0, false, true, false, 1, 1},
        {"a number far ahead", HAGUE, 1000000, false, false, true, 0, 2},
    };
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    with_a_colleague(t, id);
    check_ok(two_sync(t, HAGUE), &t->err);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct forged *f = &table[i];
        struct vls_engine *liar = t->e[HAGUE], *as = t->e[f->as];
        uint8_t prev[VLS_HASH_LEN], env_id[VLS_HASH_LEN], other[VLS_HASH_LEN] = {1};
        struct vls_envelope_draft d = {.kind = VLS_ENV_ACK,
                                       .group = f->wrong_group ? other : liar->door.group,
                                       .device = as->me.device,
                                       .incarnation = as->incarnation};
        struct vls_buf env;
        uint64_t seq;

        check_ok(vls_store_chain_head(liar->store, as->me.device, as->incarnation, &seq, prev, &t->err), &t->err);
        d.seq = (uint64_t)((int64_t)seq + 1 + f->skip);
        prev[0] ^= f->wrong_prev || f->future;
        d.prev = prev;
        vls_buf_init(&env, VLS_ENVELOPE_MAX);
        check_ok(vls_envelope_write(&env, env_id, &d, liar->sign_sk, NULL, vls_slice_str(""), &t->err), &t->err);
        plant_envelope(t, HAGUE, &env);
        two_state(t, NY, before);
        check_ok(two_sync(t, NY), &t->err);
        if (t->result.refused != f->refused || t->result.waiting != f->waiting)
            fail_msg("%s: refused %d, waiting %d", f->what, (int)t->result.refused, (int)t->result.waiting);
        two_state(t, NY, after);
        assert_string_equal(before, after);
        vls_buf_clear(&env);
    }
}

/* IN-14: a change set that breaks the format keeps its place in the chain and carries nothing. */
static void
a_malformed_change_set_is_void_and_the_chain_goes_on(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], env_id[VLS_HASH_LEN];
    struct vls_epoch *epoch;
    uint64_t n;

    with_a_colleague(t, id);
    epoch = vls__engine_epoch_for(t->e[HAGUE], vls__engine_compartment(t->e[HAGUE], "focal-points")->id);
    assert_non_null(epoch);
    check_ok(vls_store_begin(t->e[HAGUE]->store, &t->err), &t->err);
    check_ok(
        vls__engine_write(t->e[HAGUE], VLS_ENV_CHANGE, epoch, vls_slice_str("not a change set"), 0, env_id, &t->err),
        &t->err);
    check_ok(vls_store_commit(t->e[HAGUE]->store, &t->err), &t->err);
    check_ok(two_set(t, HAGUE, id, "position", "afterwards"), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    n = two_count(t, NY);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.refused, 1);
    assert_int_equal(t->result.received, 1);
    assert_int_equal(two_count(t, NY), n);
    two_equal(t, NY, HAGUE);
}

/* NAIROBI asks, and who says that it is added, without any key for it. */
static void
add_nairobi(struct two *t, int who)
{
    struct vls_buf ops;

    two_join(t, NAIROBI, "Kenya", "Nairobi");
    vls_buf_init(&ops, 4096);
    vls_member_put_add(&ops, vls_slice_of(t->e[NAIROBI]->request.body, t->e[NAIROBI]->request.body_len));
    check_ok(vls_store_begin(t->e[who]->store, &t->err), &t->err);
    check_ok(vls__engine_say(t->e[who], vls_buf_slice(&ops), 1, 0, &t->err), &t->err);
    check_ok(vls_store_commit(t->e[who]->store, &t->err), &t->err);
    vls_buf_clear(&ops);
}

/* IN-10, GH-16: a member that adds a delegation it may not add. */
static void
an_admission_without_the_right_is_void(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    with_a_colleague(t, id);
    add_nairobi(t, HAGUE);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    assert_null(vls_members_device(t->e[NY]->members, t->e[NAIROBI]->me.device));
    assert_null(vls_members_device(t->e[HAGUE]->members, t->e[NAIROBI]->me.device));
    assert_int_equal(two_sync(t, NAIROBI), VLS_ENOTADMITTED);
}

/* GH-17, EN-01: the host puts a request of its own under the newcomer's name. */
static void
a_substituted_request_does_not_pass_the_number(void **state)
{
    struct two *t = *state;
    struct vls_join fake;
    struct vls_secret *sk;
    struct vls_buf blob;
    struct vls_slice one;
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;
    uint8_t fake_device[VLS_DEVICE_LEN];

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    memset(&fake, 0, sizeof fake);
    check_ok(vls_sign_keypair(fake.sign_pk, &sk, &t->err), &t->err);
    memcpy(fake.box_pk, t->e[HAGUE]->box_pk, sizeof fake.box_pk);
    (void)snprintf(fake.delegation, sizeof fake.delegation, "Croatia");
    (void)snprintf(fake.post, sizeof fake.post, "The Hague");
    vls_buf_init(&blob, 4096);
    check_ok(vls_join_write(&blob, &fake, &t->e[HAGUE]->door, sk, &t->err), &t->err);
    one = vls_buf_slice(&blob);
    two_plant(t, &one, 1);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], "Croatia", number, true, 0, &shared, &t->err), &t->err);
    vls_join_device(fake_device, fake.hash);
    assert_null(vls_members_device(t->e[NY]->members, fake_device));
    assert_non_null(vls_members_device(t->e[NY]->members, t->e[HAGUE]->me.device));
    vls_secret_free(sk);
    vls_buf_clear(&blob);
}

/* A member opens a compartment of that name and lets us in: what we put into “own” must stay ours. */
static void
a_colleague_cannot_lend_us_its_own(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], lent[VLS_COMPARTMENT_LEN], nonce[VLS_MEMBER_NONCE_LEN] = {0};
    struct vls_edit *d;
    struct vls_buf ops;

    with_a_colleague(t, id);
    vls_buf_init(&ops, 4096);
    do { /* ground until it comes before ours */
        vls_buf_reset(&ops);
        nonce[0]++;
        vls_member_put_compartment(&ops, lent, t->e[HAGUE]->me.device, nonce, "own", false);
    } while (memcmp(lent, vls__engine_compartment(t->e[NY], "own")->id, sizeof lent) > 0 && nonce[0] < 255);
    vls_member_put_grant(&ops, lent, "Ireland");
    check_ok(vls_store_begin(t->e[HAGUE]->store, &t->err), &t->err);
    check_ok(vls__engine_say(t->e[HAGUE], vls_buf_slice(&ops), 2, 0, &t->err), &t->err);
    check_ok(vls_store_commit(t->e[HAGUE]->store, &t->err), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    assert_true(vls_members_reads(t->e[NY]->members, t->e[NY]->me.device, lent)); /* the loan arrived */
    check_ok(vls_edit_begin(&d, t->e[NY], "own", &t->err), &t->err);
    vls_edit_abort(d);
    assert_memory_not_equal(vls__engine_compartment(t->e[NY], "own")->id, lent, VLS_COMPARTMENT_LEN);
    assert_string_equal(vls__engine_compartment(t->e[NY], "own")->owner, "Ireland");
    vls_buf_clear(&ops);
}

/* Writes one change envelope of The Hague's with a payload of its choosing and delivers it to New York. */
static void
say_change(struct two *t, const struct vls_epoch *epoch, struct vls_slice payload)
{
    uint8_t env_id[VLS_HASH_LEN];

    check_ok(vls_store_begin(t->e[HAGUE]->store, &t->err), &t->err);
    check_ok(vls__engine_write(t->e[HAGUE], VLS_ENV_CHANGE, epoch, payload, 0, env_id, &t->err), &t->err);
    check_ok(vls_store_commit(t->e[HAGUE]->store, &t->err), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
}

/* One envelope must never end everybody's syncing or recording. */
static void
no_single_change_stops_the_others(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_change_writer *w;
    struct vls_buf change;

    with_a_colleague(t, id);
    vls_buf_init(&change, VLS_CHANGE_MAX);
    check_ok(vls_change_writer_new(&w, &t->err), &t->err);
    check_ok(vls_change_finish(w, &change, INT64_MAX, INT64_MIN, NULL, 0, &t->err), &t->err);
    /* sealed under the group's epoch, which is no compartment's */
    say_change(t, group_epoch(t->e[HAGUE]), vls_buf_slice(&change));
    /* the greatest counter there is, where everybody writes */
    say_change(t, vls__engine_epoch_for(t->e[HAGUE], vls__engine_compartment(t->e[HAGUE], "focal-points")->id),
               vls_buf_slice(&change));
    check_ok(two_set(t, NY, id, "position", "still here"), &t->err);
    check_ok(two_set(t, HAGUE, id, "summary", "and here"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    two_equal(t, NY, HAGUE);
    vls_change_writer_free(w);
    vls_buf_clear(&change);
}

/* A device added without the group's key silences nobody. */
static void
an_admission_without_a_key_silences_nobody(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    with_a_colleague(t, id);
    add_nairobi(t, NY);
    check_ok(two_set(t, NY, id, "position", "goes on"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_equal(t, NY, HAGUE);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(forged_envelopes_are_refused),
        HOSTILE(a_malformed_change_set_is_void_and_the_chain_goes_on),
        HOSTILE(an_admission_without_the_right_is_void),
        HOSTILE(a_substituted_request_does_not_pass_the_number),
        HOSTILE(a_colleague_cannot_lend_us_its_own),
        HOSTILE(no_single_change_stops_the_others),
        HOSTILE(an_admission_without_a_key_silences_nobody),
    };

    return cmocka_run_group_tests_name("misbehave", tests, NULL, NULL);
}
