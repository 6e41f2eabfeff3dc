/* IN-04, GH-03: one device signs two versions of its chain. Every device that gets to hold both ends up the same, in
 * whatever order they came; nothing of either is lost, nothing is refused, and everybody is told who it was. */
#include "back.h"

enum { MOST = 8, ROUNDS = BACK_SAMPLE(30, 9), IN_ORDER = ROUNDS * 2 / 3 };

static struct two *t;
static uint8_t person[VLS_ID_LEN], envoy[VLS_ID_LEN];
static struct vls_buf
    packet[MOST]; /* the lying device's envelopes, each sealed for the group: three of one version, then the other's */
static unsigned n_packets;
static uint64_t last_common;

/* ---- the two versions ---- */

static enum vls_code
keep_packet(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    static const uint8_t group[VLS_COMPARTMENT_LEN];
    struct vls_engine *liar = ctx;

    if (memcmp(s->device, liar->me.device, VLS_ID_LEN) != 0 || s->seq <= last_common)
        return VLS_OK;
    assert_in_range(n_packets, 0, MOST - 1);
    vls_buf_init(&packet[n_packets], 4u << 20);
    return vls_packet_seal(&packet[n_packets++], vls__engine_epoch_for(liar, group), liar->door.group, s->bytes, err);
}

static void
say(struct vls_buf *ops)
{
    check_ok(vls__engine_start(t->e[HAGUE], &t->err), &t->err);
    check_ok(vls__engine_end(t->e[HAGUE], vls__engine_say(t->e[HAGUE], vls_buf_slice(ops), 1, 5, &t->err), &t->err),
             &t->err);
    vls_buf_clear(ops);
}

/* A record, a right and an edit in the one; another edit, other keys and a record in the other. */
static void
write_version(int version)
{
    const struct vls_member_compartment *own = vls__engine_compartment(t->e[HAGUE], "own");
    struct vls_buf ops;

    assert_non_null(own);
    vls_buf_init(&ops, 1u << 20);
    if (version == 0) {
        two_person(t, HAGUE, "Mariam Osei", envoy);
        vls_member_put_grant(&ops, own->id, "Ireland");
        say(&ops);
        check_ok(two_set(t, HAGUE, person, "position", "as told to one"), &t->err);
    } else {
        check_ok(two_set(t, HAGUE, person, "position", "as told to the other"), &t->err);
        check_ok(vls__engine_rotate(t->e[HAGUE], &ops, own->id, NULL, &t->err), &t->err);
        say(&ops);
        two_person(t, HAGUE, "Tomas Lindqvist", envoy);
    }
    check_ok(vls_store_envelopes(t->e[HAGUE]->store, 0, (enum vls_envelope_state)0, keep_packet, t->e[HAGUE], &t->err),
             &t->err);
}

enum { BASE, ONE, OTHER };

static int
lie(void **state)
{
    uint8_t head[VLS_HASH_LEN];

    back_two_open(state);
    t = *state;
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", person);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", true);
    for (int i = 0; i < 2; i++) {
        check_ok(two_sync(t, HAGUE), &t->err);
        check_ok(two_sync(t, NY), &t->err);
        check_ok(two_sync(t, NAIROBI), &t->err);
    }
    check_ok(vls_store_chain_head(t->e[HAGUE]->store, t->e[HAGUE]->me.device, t->e[HAGUE]->incarnation, &last_common,
                                  head, &t->err),
             &t->err);
    for (int who = 0; who < N_LAPTOPS; who++)
        back_keep(t, who, BASE);
    back_hub(t, "hub", "hub-base");
    write_version(0);
    assert_int_equal(n_packets, 3);
    back_keep(t, HAGUE, ONE);
    back_put(t, HAGUE, BASE, BACK_ALL);
    back_open(t, HAGUE);
    write_version(1);
    assert_int_equal(n_packets, 6);
    back_keep(t, HAGUE, OTHER);
    return 0;
}

static int
end(void **state)
{
    for (unsigned i = 0; i < n_packets; i++)
        vls_buf_clear(&packet[i]);
    return two_close(state);
}

static void
all_base(void)
{
    back_hub(t, "hub-base", "hub");
    for (int who = 0; who < N_LAPTOPS; who++) {
        back_put(t, who, BASE, BACK_ALL);
        back_open(t, who);
    }
}

/* ---- delivery ---- */

struct order {
    const unsigned *which;
    unsigned n;
};

static enum vls_code
hand_over(void *ctx, struct receiver *r, bool from_start, struct vls_error *err)
{
    const struct order *o = ctx;
    enum vls_code rc = VLS_OK;

    (void)from_start;
    for (unsigned i = 0; i < o->n && rc == VLS_OK; i++)
        rc = vls__receive_blob(r, vls_buf_slice(&packet[o->which[i]]), err);
    return rc;
}

/* A reading of so many of them; the result says what became of them. */
static void
deliver(int who, const unsigned *which, unsigned n)
{
    struct order o = {which, n};
    struct receiver r = {.e = t->e[who], .result = &t->result};

    memset(&t->result, 0, sizeof t->result);
    check_ok(vls__engine_start(t->e[who], &t->err), &t->err);
    check_ok(vls__engine_end(t->e[who], vls__receive_all(&r, hand_over, &o, &t->err), &t->err), &t->err);
    vls_buf_clear(&r.packet);
    assert_int_equal(t->result.refused, 0);
    assert_int_equal(t->result.foreign, 0);
}

/* What every device must agree about beyond the records: the rights that the two versions gave. */
static void
both_stand(int who)
{
    const struct vls_engine *e = t->e[who];
    const struct vls_member_compartment *own = NULL;

    for (size_t i = 0; i < vls_members_n_compartments(e->members); i++) {
        const struct vls_member_compartment *c = vls_members_compartment_at(e->members, i);

        if (strcmp(c->owner, "Croatia") == 0 && strcmp(c->name, "own") == 0)
            own = c;
    }
    assert_non_null(own);
    assert_true(vls_members_reads(e->members, t->e[NY]->me.device, own->id));
    assert_false(vls_members_reads(e->members, t->e[NAIROBI]->me.device, own->id));
    assert_true(back_holds(t, who, person, "as told to one"));
    assert_true(back_holds(t, who, person, "as told to the other"));
    assert_int_equal(two_count(t, who), 3);
    back_sound(t, who);
}

/* The n-th of the 20 orders in which two chains of three can mix; 0 to 2 in order, 3 to 5 in order. */
static void
mix(unsigned n, unsigned out[6])
{
    unsigned at = 0;

    for (unsigned mask = 0; mask < 64; mask++)
        if (__builtin_popcount(mask) == 3 && n-- == 0) {
            unsigned a = 0, b = 3;

            for (unsigned i = 0; i < 6; i++)
                out[at++] = mask >> i & 1 ? a++ : b++;
            return;
        }
    fail();
}

static void
shuffle(uint64_t *seed, unsigned out[6])
{
    for (unsigned i = 0; i < 6; i++)
        out[i] = i;
    for (unsigned i = 5; i > 0; i--) {
        unsigned k = (unsigned)(check_random(seed) % (i + 1)), x = out[i];

        out[i] = out[k];
        out[k] = x;
    }
}

static void
twins_in_any_order_end_the_same(void **state)
{
    uint64_t seed = check_seed(4);
    char first[VLS_STATE_TEXT] = "", now[VLS_STATE_TEXT];
    unsigned delivered = 0, singly = 0, out_of_order = 0;

    (void)state;
    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < ROUNDS; round++) {
        all_base();
        for (int who = 0; who < N_LAPTOPS; who++) {
            unsigned order[6], at = (round + 7 * (unsigned)who) % 20;
            bool one_by_one = (round + (unsigned)who) % 2 == 0;

            if (round < IN_ORDER)
                mix(at, order);
            else
                shuffle(&seed, order);
            for (unsigned i = 0; i < 6; i += one_by_one ? 1 : 6)
                deliver(who, order + i, one_by_one ? 1 : 6);
            assert_int_equal(t->result.waiting, 0);
            both_stand(who);
            two_state(t, who, now);
            if (first[0] == '\0')
                memcpy(first, now, sizeof first);
            assert_string_equal(now, first);
            assert_int_equal(back_incidents(t, who, VLS_INCIDENT_TWINS), 1);
            delivered += 6;
            singly += one_by_one;
            out_of_order += round >= IN_ORDER;
        }
    }
    print_message("%u envelopes of two versions in %u deliveries, %u of them one by one, %u in no order\n", delivered,
                  ROUNDS * N_LAPTOPS, singly, out_of_order);
    assert_int_equal(delivered, ROUNDS * N_LAPTOPS * 6);
    assert_in_range(singly, ROUNDS * N_LAPTOPS / 2, ROUNDS * N_LAPTOPS / 2 + 1);
    assert_int_equal(out_of_order, (ROUNDS - IN_ORDER) * N_LAPTOPS);
}

/* One version in New York, the other in Nairobi: the first exchange shows both to both (GH-03). */
static void
each_post_gets_the_others_version_by_the_first_exchange(void **state)
{
    static const unsigned one[] = {0, 1, 2}, other[] = {3, 4, 5};

    (void)state;
    all_base();
    deliver(NY, one, 3);
    deliver(NAIROBI, other, 3);
    assert_int_equal(back_incidents(t, NY, VLS_INCIDENT_TWINS), 0);
    assert_int_equal(back_incidents(t, NAIROBI, VLS_INCIDENT_TWINS), 0);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, NAIROBI), &t->err);
    assert_int_equal(back_incidents(t, NAIROBI, VLS_INCIDENT_TWINS), 1);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(back_incidents(t, NY, VLS_INCIDENT_TWINS), 1);
    both_stand(NY);
    both_stand(NAIROBI);
    two_equal(t, NY, NAIROBI);
    /* and it stays so when the store is opened again */
    back_shut(t, NY);
    back_open(t, NY);
    assert_int_equal(back_incidents(t, NY, VLS_INCIDENT_TWINS), 1);
    both_stand(NY);
    /* who has received what is known for both versions: a new remote gets every envelope of both */
    check_ok(vls_engine_remote_remove(t->e[NY], "stick", &t->err), &t->err);
    check_ok(vls_engine_remote_remove(t->e[NAIROBI], "stick", &t->err), &t->err);
    (void)snprintf(t->hub, sizeof t->hub, "%s/hub2", t->dir);
    check_ok(vls_engine_remote_add(t->e[NY], "stick", t->hub, true, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    back_put(t, HAGUE, BASE, BACK_ALL);
    back_open(t, HAGUE);
    check_ok(vls_engine_remote_remove(t->e[HAGUE], "stick", &t->err), &t->err);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "stick", t->hub, false, &t->err), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    both_stand(HAGUE);
    two_equal(t, NY, HAGUE);
    (void)snprintf(t->hub, sizeof t->hub, "%s/hub", t->dir);
}

/* An honest device whose home was copied says so with its next life: colleagues are told, and no longer alarmed. */
static void
a_fork_that_is_owned_up_to_is_no_alarm(void **state)
{
    static const unsigned one[] = {0, 1, 2};
    uint8_t old[VLS_ID_LEN];

    (void)state;
    all_base();
    deliver(NY, one, 3);
    back_put(t, HAGUE, OTHER, BACK_ALL); /* the other copy, which knows of nothing */
    back_open(t, HAGUE);
    memcpy(old, t->e[HAGUE]->incarnation, sizeof old);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.was_older);
    assert_memory_not_equal(t->e[HAGUE]->incarnation, old, sizeof old);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, NAIROBI), &t->err);
    for (int who = 0; who < N_LAPTOPS; who++) {
        both_stand(who);
        two_equal(t, NY, who);
        assert_int_equal(back_incidents(t, who, VLS_INCIDENT_TWINS), 0);
        assert_int_equal(back_incidents(t, who, VLS_INCIDENT_NEW_COPY), 1);
    }
}

/* A colleague names an envelope of ours that never was: the price is another life, once. */
static void
a_lie_about_our_own_chain_costs_one_life(void **state)
{
    uint8_t old[VLS_ID_LEN], prev[VLS_HASH_LEN], id[VLS_HASH_LEN];
    struct vls_head never;
    struct vls_envelope_draft d;
    struct vls_buf env;
    unsigned lives = 0, own = n_packets;
    uint64_t seq;

    (void)state;
    all_base();
    for (unsigned round = 0; round < 3; round++) {
        static const uint8_t group[VLS_COMPARTMENT_LEN];
        struct vls_engine *liar = t->e[HAGUE];

        memcpy(old, t->e[NY]->incarnation, sizeof old);
        memset(&never, 0, sizeof never);
        memcpy(never.device, t->e[NY]->me.device, VLS_ID_LEN);
        memcpy(never.incarnation, old, VLS_ID_LEN);
        never.seq = 1000000;
        vls_random(never.id, sizeof never.id);
        check_ok(vls_store_chain_head(liar->store, liar->me.device, liar->incarnation, &seq, prev, &t->err), &t->err);
        d = (struct vls_envelope_draft){.kind = VLS_ENV_ACK,
                                        .group = liar->door.group,
                                        .device = liar->me.device,
                                        .incarnation = liar->incarnation,
                                        .seq = seq + 1,
                                        .prev = prev,
                                        .seen = &never,
                                        .n_seen = 1};
        vls_buf_init(&env, VLS_ENVELOPE_MAX);
        check_ok(vls_envelope_write(&env, id, &d, liar->sign_sk, NULL, vls_slice_str(""), &t->err), &t->err);
        vls_buf_init(&packet[own], 4u << 20);
        check_ok(vls_packet_seal(&packet[own], vls__engine_epoch_for(liar, group), liar->door.group,
                                 vls_buf_slice(&env), &t->err),
                 &t->err);
        deliver(NY, &own, 1);
        assert_true(t->result.was_older);
        assert_memory_not_equal(t->e[NY]->incarnation, old, sizeof old);
        memcpy(old, t->e[NY]->incarnation, sizeof old);
        deliver(NY, &own, 1); /* known by now */
        assert_memory_equal(t->e[NY]->incarnation, old, sizeof old);
        deliver(HAGUE, &own, 1); /* so that the liar's next one follows */
        vls_buf_clear(&packet[own]);
        vls_buf_clear(&env);
        lives++;
        check_ok(two_set(t, NY, person, "position", round % 2 == 0 ? "goes on" : "goes on all the same"), &t->err);
        check_ok(two_sync(t, NY), &t->err);
        check_ok(two_sync(t, NAIROBI), &t->err);
        two_equal(t, NY, NAIROBI);
    }
    assert_int_equal(lives, 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(twins_in_any_order_end_the_same),
        cmocka_unit_test(each_post_gets_the_others_version_by_the_first_exchange),
        cmocka_unit_test(a_fork_that_is_owned_up_to_is_no_alarm),
        cmocka_unit_test(a_lie_about_our_own_chain_costs_one_life),
    };

    return cmocka_run_group_tests_name("twins", tests, lie, end);
}
