/* Membership: who may do what, judged in the author's own past, whatever arrives first. */
#include "tests/support/check.h"

#include "valise/member.h"

enum { IRELAND, CROATIA, CROATIA_2, CROATIA_3, KENYA, N_DEVICES };

struct device {
    uint8_t id[16], incarnation[16], sign_pk[32], box_pk[32], last[32];
    struct vls_secret *sign_sk, *box_sk;
    struct vls_join join;
    uint64_t seq;
};

struct world {
    struct device d[N_DEVICES];
    struct vls_buf genesis;
    uint8_t group[32];
    struct vls_members *m;
    struct vls_buf said[32]; /* what act() fed, in order */
    size_t n_said;
    struct vls_error err;
};

static void
device_new(struct world *w, int i, const char *delegation)
{
    struct device *d = &w->d[i];
    struct vls_door door;
    struct vls_buf blob;

    check_ok(vls_sign_keypair(d->sign_pk, &d->sign_sk, &w->err), &w->err);
    check_ok(vls_box_keypair(d->box_pk, &d->box_sk, &w->err), &w->err);
    vls_random(d->incarnation, sizeof d->incarnation);
    if (i == IRELAND)
        return;
    memcpy(door.group, w->group, 32);
    memcpy(door.pk, w->d[IRELAND].box_pk, 32);
    vls_random(d->join.nonce, sizeof d->join.nonce);
    memcpy(d->join.sign_pk, d->sign_pk, 32);
    memcpy(d->join.box_pk, d->box_pk, 32);
    (void)snprintf(d->join.delegation, sizeof d->join.delegation, "%s", delegation);
    (void)snprintf(d->join.post, sizeof d->join.post, "Post %d", i);
    vls_buf_init(&blob, 4096);
    check_ok(vls_join_write(&blob, &d->join, &door, d->sign_sk, &w->err), &w->err);
    vls_join_device(d->id, d->join.hash);
    vls_buf_clear(&blob);
}

static int
world_new(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct vls_genesis g;

    assert_non_null(w);
    check_ok(vls_secret_start(&w->err), &w->err);
    memset(&g, 0, sizeof g);
    device_new(w, IRELAND, "Ireland");
    (void)snprintf(g.title, sizeof g.title, "Focal points");
    (void)snprintf(g.delegation, sizeof g.delegation, "Ireland");
    (void)snprintf(g.post, sizeof g.post, "New York");
    memcpy(g.sign_pk, w->d[IRELAND].sign_pk, 32);
    memcpy(g.box_pk, w->d[IRELAND].box_pk, 32);
    memcpy(g.door_pk, w->d[IRELAND].box_pk, 32);
    vls_buf_init(&w->genesis, VLS_GENESIS_MAX);
    check_ok(vls_genesis_write(&w->genesis, &g, &w->err), &w->err);
    vls_genesis_group(w->group, vls_buf_slice(&w->genesis));
    vls_genesis_device(w->d[IRELAND].id, w->group);
    device_new(w, CROATIA, "Croatia");
    device_new(w, CROATIA_2, "Croatia");
    device_new(w, CROATIA_3, "Croatia");
    device_new(w, KENYA, "Kenya");
    check_ok(vls_members_new(&w->m, vls_buf_slice(&w->genesis), &w->err), &w->err);
    *state = w;
    return 0;
}

static int
world_free(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < N_DEVICES; i++) {
        vls_secret_free(w->d[i].sign_sk);
        vls_secret_free(w->d[i].box_sk);
    }
    for (size_t i = 0; i < w->n_said; i++)
        vls_buf_clear(&w->said[i]);
    vls_buf_clear(&w->genesis);
    vls_members_free(w->m);
    free(w);
    return 0;
}

/* An envelope with n operations, built on the heads of m; bytes is owned by the caller. */
static void
say_on(struct world *w, const struct vls_members *on, int who, struct vls_buf *bytes, struct vls_slice ops, size_t n)
{
    struct device *d = &w->d[who];
    struct vls_buf heads, payload;
    struct vls_envelope_draft draft = {.kind = VLS_ENV_MEMBER,
                                       .group = w->group,
                                       .device = d->id,
                                       .incarnation = d->incarnation,
                                       .seq = ++d->seq,
                                       .prev = d->last};
    uint8_t id[32];

    vls_buf_init(&heads, 4096);
    vls_buf_init(&payload, VLS_MEMBER_PAYLOAD_MAX);
    vls_buf_init(bytes, VLS_ENVELOPE_MAX);
    vls_members_heads(on, &heads);
    draft.member_heads = heads.p;
    draft.n_member_heads = heads.n / 32;
    vls_member_payload(&payload, ops, n);
    check_ok(vls_envelope_write(bytes, id, &draft, d->sign_sk, NULL, vls_buf_slice(&payload), &w->err), &w->err);
    memcpy(d->last, id, 32);
    vls_buf_clear(&heads);
    vls_buf_clear(&payload);
}

/* Feeds one envelope; returns how many of its operations were invalid. */
static size_t
feed(struct world *w, struct vls_members *m, const struct vls_buf *bytes, enum vls_code expect)
{
    struct vls_envelope e;
    size_t bad = 0;
    enum vls_code rc;

    check_ok(vls_envelope_read(&e, vls_buf_slice(bytes), &w->err), &w->err);
    rc = vls_members_feed(m, &e, &bad, &w->err);
    if (rc != expect)
        fail_msg("expected %s, got %s: %s", vls_code_name(expect), vls_code_name(rc), w->err.text);
    return bad;
}

/* Says and feeds in one step. */
static size_t
act(struct world *w, int who, const struct vls_buf *ops, size_t n)
{
    struct vls_buf *bytes = &w->said[w->n_said++];

    assert_in_range(w->n_said, 1, sizeof w->said / sizeof *w->said);
    say_on(w, w->m, who, bytes, vls_buf_slice(ops), n);
    return feed(w, w->m, bytes, VLS_OK);
}

static size_t
add(struct world *w, int who, int whom)
{
    struct vls_buf ops;
    size_t bad;

    vls_buf_init(&ops, 4096);
    vls_member_put_add(&ops, vls_slice_of(w->d[whom].join.body, w->d[whom].join.body_len));
    bad = act(w, who, &ops, 1);
    vls_buf_clear(&ops);
    return bad;
}

static void
the_founder_is_there_alone(void **state)
{
    struct world *w = *state;
    const struct vls_member_device *d = vls_members_device(w->m, w->d[IRELAND].id);

    assert_int_equal(vls_members_n_devices(w->m), 1);
    assert_non_null(d);
    assert_true(d->root);
    assert_int_equal(d->rank, 1);
    assert_null(vls_members_device(w->m, w->d[CROATIA].id));
}

static void
only_the_root_brings_in_a_delegation(void **state)
{
    struct world *w = *state;

    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    assert_int_equal(add(w, CROATIA, KENYA), 1);
    assert_null(vls_members_device(w->m, w->d[KENYA].id));
    assert_int_equal(add(w, IRELAND, KENYA), 0);
    assert_non_null(vls_members_device(w->m, w->d[KENYA].id));
}

static void
a_delegation_adds_its_own_devices(void **state)
{
    struct world *w = *state;

    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    assert_int_equal(add(w, IRELAND, CROATIA_2), 1); /* not even the root, R3 */
    assert_int_equal(add(w, CROATIA, CROATIA_2), 0);
    assert_int_equal(vls_members_device(w->m, w->d[CROATIA_2].id)->rank, 2);
    assert_false(vls_members_device(w->m, w->d[CROATIA_2].id)->root);
}

static void
a_device_is_added_once(void **state)
{
    struct world *w = *state;

    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    assert_int_equal(add(w, IRELAND, CROATIA), 1);
    assert_int_equal(vls_members_n_devices(w->m), 2);
}

static void
a_request_that_does_not_verify_adds_nobody(void **state)
{
    struct world *w = *state;

    w->d[CROATIA].join.body[40] ^= 1;
    assert_int_equal(add(w, IRELAND, CROATIA), 1);
    assert_int_equal(vls_members_n_devices(w->m), 1);
}

/* Appends the opening of a compartment; nonce tells apart those of one name. */
static void
put_room(const struct world *w, int who, struct vls_buf *ops, uint8_t id[VLS_COMPARTMENT_LEN], uint8_t nonce,
         const char *name, bool common)
{
    vls_member_put_compartment(ops, id, w->d[who].id, (const uint8_t[VLS_MEMBER_NONCE_LEN]){nonce}, name, common);
}

static void
compartments_belong_to_their_delegation(void **state)
{
    struct world *w = *state;
    uint8_t own[VLS_COMPARTMENT_LEN], common[VLS_COMPARTMENT_LEN], stolen[VLS_COMPARTMENT_LEN];
    struct vls_buf ops;

    vls_buf_init(&ops, 4096);
    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    put_room(w, CROATIA, &ops, own, 1, "own", false);
    put_room(w, CROATIA, &ops, own, 1, "own", false);
    put_room(w, CROATIA, &ops, stolen, 3, "for all", true);
    assert_int_equal(act(w, CROATIA, &ops, 3), 2); /* the same twice; common by somebody who is not root */
    vls_buf_reset(&ops);
    put_room(w, IRELAND, &ops, common, 2, "focal-points", true);
    vls_member_put_grant(&ops, own, "Ireland");
    assert_int_equal(act(w, IRELAND, &ops, 2), 1); /* a grant of what it does not own */
    assert_true(vls_members_reads(w->m, w->d[CROATIA].id, own));
    assert_false(vls_members_reads(w->m, w->d[IRELAND].id, own));
    assert_true(vls_members_reads(w->m, w->d[IRELAND].id, common));
    assert_true(vls_members_reads(w->m, w->d[CROATIA].id, common));
    vls_buf_reset(&ops);
    vls_member_put_grant(&ops, own, "Ireland");
    vls_member_put_grant(&ops, own, "Atlantis");
    assert_int_equal(act(w, CROATIA, &ops, 2), 1);
    assert_true(vls_members_reads(w->m, w->d[IRELAND].id, own));
    vls_buf_clear(&ops);
}

static void
an_epoch_is_for_exactly_the_readers(void **state)
{
    struct world *w = *state;
    uint8_t room[VLS_COMPARTMENT_LEN], e1[32] = {1}, e2[32] = {2}, e3[32] = {3}, e4[32] = {4};
    struct vls_member_wrap wraps[3];
    struct vls_buf ops;

    memset(wraps, 0, sizeof wraps);
    vls_buf_init(&ops, 65536);
    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    memcpy(wraps[0].device, w->d[IRELAND].id, 16);
    memcpy(wraps[1].device, w->d[CROATIA].id, 16);
    memcpy(wraps[2].device, w->d[KENYA].id, 16);
    put_room(w, IRELAND, &ops, room, 1, "room", true);
    vls_member_put_rotate(&ops, room, e1, wraps, 1); /* leaves Croatia (or Ireland) out: IN-08 */
    assert_int_equal(act(w, IRELAND, &ops, 2), 1);
    vls_buf_reset(&ops);
    memcpy(wraps[0].device, w->d[IRELAND].id, 16);
    memcpy(wraps[1].device, w->d[CROATIA].id, 16);
    memcpy(wraps[2].device, w->d[KENYA].id, 16);
    vls_member_put_rotate(&ops, room, e2, wraps, 3); /* with a stranger */
    assert_int_equal(act(w, IRELAND, &ops, 1), 1);
    vls_buf_reset(&ops);
    memcpy(wraps[0].device, w->d[IRELAND].id, 16);
    memcpy(wraps[1].device, w->d[CROATIA].id, 16);
    vls_member_put_rotate(&ops, room, e3, wraps, 2);
    vls_member_put_share(&ops, room, e4, &wraps[0]); /* of an epoch nobody made */
    assert_int_equal(act(w, CROATIA, &ops, 2), 1);
    assert_true(vls_members_epoch_covers(w->m, room, e3));
    assert_false(vls_members_epoch_covers(w->m, room, e1));
    assert_int_equal(add(w, IRELAND, KENYA), 0);
    assert_false(vls_members_epoch_covers(w->m, room, e3)); /* a new reader does not hold it */
    vls_buf_reset(&ops);
    memcpy(wraps[0].device, w->d[KENYA].id, 16);
    vls_member_put_share(&ops, room, e3, &wraps[0]);
    assert_int_equal(act(w, CROATIA, &ops, 1), 0);
    assert_true(vls_members_epoch_covers(w->m, room, e3));
    vls_buf_clear(&ops);
}

static void
strangers_and_forgetful_authors_are_void(void **state)
{
    struct world *w = *state;
    uint8_t id[VLS_COMPARTMENT_LEN];
    struct vls_buf ops, first, second, alien;
    struct vls_members *early;

    vls_buf_init(&ops, 4096);
    put_room(w, IRELAND, &ops, id, 1, "x", false);
    say_on(w, w->m, KENYA, &alien, vls_buf_slice(&ops), 1);
    (void)feed(w, w->m, &alien, VLS_EFORMAT); /* no member in its own past */
    check_ok(vls_members_new(&early, vls_buf_slice(&w->genesis), &w->err), &w->err);
    say_on(w, early, IRELAND, &first, vls_buf_slice(&ops), 1);
    say_on(w, early, IRELAND, &second, vls_buf_slice(&ops), 1); /* does not build on first */
    (void)feed(w, early, &first, VLS_OK);
    (void)feed(w, early, &second, VLS_EFORMAT);
    assert_int_equal(vls_members_n_compartments(early), 1);
    vls_members_free(early);
    vls_buf_clear(&ops);
    vls_buf_clear(&first);
    vls_buf_clear(&second);
    vls_buf_clear(&alien);
}

struct chains {
    bool one_chain; /* the second stands behind the first; else they are two branches */
    unsigned asked;
};

static enum vls_code
precedes(void *ctx, const uint8_t id[VLS_HASH_LEN], const struct vls_envelope *e, bool *out, struct vls_error *err)
{
    struct chains *c = ctx;

    (void)id;
    (void)e;
    (void)err;
    c->asked++;
    *out = c->one_chain;
    return VLS_OK;
}

static enum vls_code
cannot_tell(void *ctx, const uint8_t id[VLS_HASH_LEN], const struct vls_envelope *e, bool *out, struct vls_error *err)
{
    (void)ctx;
    (void)id;
    (void)e;
    (void)out;
    return VLS_FAIL(err, VLS_EIO, "as told");
}

/* IN-04: two versions of a chain forget each other, and both stand; one chain that forgets itself does not. */
static void
branches_of_a_chain_need_not_know_of_each_other(void **state)
{
    struct world *w = *state;
    uint8_t id[VLS_COMPARTMENT_LEN];
    struct vls_buf ops, said[2];

    vls_buf_init(&ops, 4096);
    for (uint8_t i = 0; i < 2; i++) {
        vls_buf_reset(&ops);
        put_room(w, IRELAND, &ops, id, (uint8_t)(1 + i), i == 0 ? "one" : "other", false);
        say_on(w, w->m, IRELAND, &said[i], vls_buf_slice(&ops), 1); /* neither builds on the other */
    }
    for (unsigned order = 0; order < 2; order++)
        for (unsigned one = 0; one < 2; one++) {
            struct chains c = {one == 1, 0};
            struct vls_members *m;

            check_ok(vls_members_new(&m, vls_buf_slice(&w->genesis), &w->err), &w->err);
            vls_members_forks(m, precedes, &c);
            (void)feed(w, m, &said[order], VLS_OK);
            assert_int_equal(c.asked, 0); /* there is nothing that could be missing */
            (void)feed(w, m, &said[1 - order], one == 1 ? VLS_EFORMAT : VLS_OK);
            assert_int_equal(c.asked, 1);
            assert_int_equal(vls_members_n_compartments(m), one == 1 ? 1 : 2);
            vls_members_free(m);
            check_ok(vls_members_new(&m, vls_buf_slice(&w->genesis), &w->err), &w->err);
            vls_members_forks(m, cannot_tell, NULL);
            (void)feed(w, m, &said[order], VLS_OK);
            (void)feed(w, m, &said[1 - order], VLS_EIO); /* and is no node: it is fed again */
            vls_members_forks(m, precedes, &c);
            (void)feed(w, m, &said[1 - order], one == 1 ? VLS_EFORMAT : VLS_OK);
            vls_members_free(m);
        }
    vls_buf_clear(&ops);
    vls_buf_clear(&said[0]);
    vls_buf_clear(&said[1]);
}

static void
an_envelope_waits_for_what_it_builds_on(void **state)
{
    struct world *w = *state;
    uint8_t id[VLS_COMPARTMENT_LEN];
    struct vls_members *late;
    struct vls_buf ops, first, second;

    vls_buf_init(&ops, 4096);
    vls_member_put_add(&ops, vls_slice_of(w->d[CROATIA].join.body, w->d[CROATIA].join.body_len));
    say_on(w, w->m, IRELAND, &first, vls_buf_slice(&ops), 1);
    (void)feed(w, w->m, &first, VLS_OK);
    vls_buf_reset(&ops);
    put_room(w, CROATIA, &ops, id, 1, "x", false);
    say_on(w, w->m, CROATIA, &second, vls_buf_slice(&ops), 1);
    check_ok(vls_members_new(&late, vls_buf_slice(&w->genesis), &w->err), &w->err);
    (void)feed(w, late, &second, VLS_ENOTFOUND);
    assert_int_equal(vls_members_n_compartments(late), 0);
    (void)feed(w, late, &first, VLS_OK);
    (void)feed(w, late, &second, VLS_OK);
    (void)feed(w, late, &second, VLS_OK); /* again: nothing */
    assert_int_equal(vls_members_n_compartments(late), 1);
    vls_members_free(late);
    vls_buf_clear(&ops);
    vls_buf_clear(&first);
    vls_buf_clear(&second);
}

/* I7: what an author may write is read off its own past, before and after a grant that it did not know. */
static void
writing_is_judged_in_the_authors_past(void **state)
{
    struct world *w = *state;
    uint8_t own[VLS_COMPARTMENT_LEN];
    struct vls_buf ops, before, after;
    struct vls_members *early;
    struct vls_envelope e;
    bool writes;

    vls_buf_init(&ops, 4096);
    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    put_room(w, IRELAND, &ops, own, 1, "own", false);
    assert_int_equal(act(w, IRELAND, &ops, 1), 0);
    say_on(w, w->m, CROATIA, &before, vls_buf_slice(&ops), 1);
    vls_buf_reset(&ops);
    vls_member_put_grant(&ops, own, "Croatia");
    assert_int_equal(act(w, IRELAND, &ops, 1), 0);
    say_on(w, w->m, CROATIA, &after, vls_buf_slice(&ops), 1);
    check_ok(vls_envelope_read(&e, vls_buf_slice(&before), &w->err), &w->err);
    check_ok(vls_members_writes(w->m, &e, own, &writes, &w->err), &w->err);
    assert_false(writes);
    check_ok(vls_envelope_read(&e, vls_buf_slice(&after), &w->err), &w->err);
    check_ok(vls_members_writes(w->m, &e, own, &writes, &w->err), &w->err);
    assert_true(writes);
    check_ok(vls_members_new(&early, vls_buf_slice(&w->genesis), &w->err), &w->err);
    assert_int_equal(vls_members_writes(early, &e, own, &writes, &w->err), VLS_ENOTFOUND);
    assert_false(writes);
    vls_members_free(early);
    vls_buf_clear(&ops);
    vls_buf_clear(&before);
    vls_buf_clear(&after);
}

/* The members as they are when the three envelopes come in this order, the rest of what was said behind them. */
static struct vls_members *
members_of(struct world *w, struct vls_buf env[3], const int order[3])
{
    struct vls_members *m;

    check_ok(vls_members_new(&m, vls_buf_slice(&w->genesis), &w->err), &w->err);
    for (int i = 0; i < 3; i++)
        (void)feed(w, m, &env[order[i]], VLS_ENOTFOUND); /* without their past they wait */
    for (size_t i = 0; i < w->n_said; i++)
        (void)feed(w, m, &w->said[i], VLS_OK);
    for (int i = 0; i < 3; i++)
        (void)feed(w, m, &env[order[i]], VLS_OK);
    return m;
}

static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* M1: three envelopes at once, two of them bringing in the same device under other ranks; every order of arrival gives
 * one result. */
static void
concurrent_envelopes_give_one_result(void **state)
{
    static const int who[] = {CROATIA, CROATIA_2, KENYA};
    struct world *w = *state;
    const struct device *third = &w->d[CROATIA_3];
    struct vls_buf ops, env[3];
    unsigned rank = 0;

    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    assert_int_equal(add(w, IRELAND, KENYA), 0);
    assert_int_equal(add(w, CROATIA, CROATIA_2), 0);
    vls_buf_init(&ops, 4096);
    vls_member_put_add(&ops, vls_slice_of(third->join.body, third->join.body_len));
    for (int i = 0; i < 3; i++)
        say_on(w, w->m, who[i], &env[i], vls_buf_slice(&ops), 1); /* Kenya has no right to */
    for (int o = 0; o < 6; o++) {
        struct vls_members *m = members_of(w, env, orders[o]);
        const struct vls_member_device *d = vls_members_device(m, third->id);

        assert_non_null(d);
        assert_in_range(d->rank, 2, 3);
        if (o == 0)
            rank = d->rank;
        assert_int_equal(d->rank, rank);
        vls_members_free(m);
    }
    for (int i = 0; i < 3; i++)
        vls_buf_clear(&env[i]);
    vls_buf_clear(&ops);
}

/* A compartment is its maker's: who copies the operation, at once or from the past, opens another one, and can
 * neither lend nor lock the first. */
static void
a_compartment_cannot_be_claimed(void **state)
{
    static const int who[] = {IRELAND, CROATIA, KENYA};
    struct world *w = *state;
    struct vls_buf ops, env[3];
    uint8_t id[3][VLS_COMPARTMENT_LEN];
    unsigned tried = 0;

    vls_buf_init(&ops, 4096);
    assert_int_equal(add(w, IRELAND, CROATIA), 0);
    assert_int_equal(add(w, IRELAND, KENYA), 0);
    for (int i = 0; i < 3; i++) {
        vls_buf_reset(&ops);
        put_room(w, who[i], &ops, id[i], 7, "room", false);
        if (i > 0)
            vls_member_put_grant(&ops, id[0], i == 1 ? "Croatia" : "Kenya");
        say_on(w, w->m, who[i], &env[i], vls_buf_slice(&ops), i > 0 ? 2 : 1);
    }
    for (int o = 0; o < 6; o++) {
        struct vls_members *m = members_of(w, env, orders[o]);

        assert_int_equal(vls_members_n_compartments(m), 3);
        for (int i = 0; i < 3; i++)
            for (int k = 0; k < 3; k++, tried++)
                assert_int_equal(vls_members_reads(m, w->d[who[i]].id, id[k]), i == k);
        vls_members_free(m);
    }
    assert_int_equal(tried, 54);
    for (int i = 0; i < 3; i++)
        vls_buf_clear(&env[i]);
    vls_buf_clear(&ops);
}

#define IN_A_WORLD(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(the_founder_is_there_alone),
        IN_A_WORLD(only_the_root_brings_in_a_delegation),
        IN_A_WORLD(a_delegation_adds_its_own_devices),
        IN_A_WORLD(a_device_is_added_once),
        IN_A_WORLD(a_request_that_does_not_verify_adds_nobody),
        IN_A_WORLD(compartments_belong_to_their_delegation),
        IN_A_WORLD(an_epoch_is_for_exactly_the_readers),
        IN_A_WORLD(strangers_and_forgetful_authors_are_void),
        IN_A_WORLD(branches_of_a_chain_need_not_know_of_each_other),
        IN_A_WORLD(an_envelope_waits_for_what_it_builds_on),
        IN_A_WORLD(writing_is_judged_in_the_authors_past),
        IN_A_WORLD(concurrent_envelopes_give_one_result),
        IN_A_WORLD(a_compartment_cannot_be_claimed),
    };

    return cmocka_run_group_tests_name("graph", tests, NULL, NULL);
}
