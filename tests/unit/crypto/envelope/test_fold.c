/* Followers in packets: shorter, and exactly what was signed once they are unfolded; whatever does not fit stays as it
 * is. */
#include "tests/support/check.h"

#include "valise/envelope.h"

#define CHAINS 3

struct chain {
    uint8_t device[16], incarnation[16], prev[32];
    uint64_t seq;
};

struct world {
    uint8_t group[32], sign_pk[32], heads[2 * 32];
    struct vls_secret *sign_sk;
    struct vls_epoch *epoch, *whole;
    struct chain chain[CHAINS];
    size_t n_heads;
    struct vls_error err;
};

static struct vls_epoch *
new_epoch(struct world *w, uint8_t compartment)
{
    uint8_t id[16];
    struct vls_secret *key;
    struct vls_epoch *e;

    memset(id, compartment, sizeof id);
    check_ok(vls_secret_random(&key, 32, &w->err), &w->err);
    check_ok(vls_epoch_new(&e, key, w->group, id, &w->err), &w->err);
    vls_secret_free(key);
    return e;
}

static int
world_new(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    check_ok(vls_secret_start(&w->err), &w->err);
    memset(w->group, 1, sizeof w->group);
    memset(w->heads, 5, 32);
    memset(w->heads + 32, 6, 32);
    check_ok(vls_sign_keypair(w->sign_pk, &w->sign_sk, &w->err), &w->err);
    w->epoch = new_epoch(w, 2);
    w->whole = new_epoch(w, 0);
    for (uint8_t i = 0; i < CHAINS; i++) {
        memset(w->chain[i].device, 16 + i / 2, 16); /* two lives of one device, and another one */
        memset(w->chain[i].incarnation, 32 + i, 16);
    }
    w->n_heads = 1;
    *state = w;
    return 0;
}

static int
world_free(void **state)
{
    struct world *w = *state;

    vls_secret_free(w->sign_sk);
    vls_epoch_free(w->epoch);
    vls_epoch_free(w->whole);
    free(w);
    return 0;
}

/* The next envelope of a chain, at the end of out. */
static struct vls_slice
say(struct world *w, struct vls_buf *out, size_t who, enum vls_envelope_kind kind, const struct vls_head *seen,
    size_t n)
{
    struct chain *c = &w->chain[who];
    struct vls_envelope_draft d = {.kind = kind,
                                   .group = w->group,
                                   .device = c->device,
                                   .incarnation = c->incarnation,
                                   .seq = ++c->seq,
                                   .prev = c->prev,
                                   .wall_unix_s = (int64_t)c->seq - 3,
                                   .member_heads = w->heads,
                                   .n_member_heads = w->n_heads,
                                   .seen = seen,
                                   .n_seen = n};
    uint8_t id[32];
    size_t at = out->n;

    check_ok(vls_envelope_write(out, id, &d, w->sign_sk, kind == VLS_ENV_CHANGE ? w->epoch : NULL,
                                kind == VLS_ENV_ACK ? vls_slice_of(NULL, 0) : vls_slice_str("what it says"), &w->err),
             &w->err);
    memcpy(c->prev, id, sizeof id);
    return vls_slice_of(out->p + at, out->n - at);
}

/* Seals content and opens it again into out, which is emptied. */
static enum vls_code
through_a_packet(struct world *w, struct vls_buf *out, struct vls_slice content)
{
    struct vls_buf blob;
    enum vls_code rc;

    vls_buf_init(&blob, 4u << 20);
    check_ok(vls_packet_seal(&blob, w->whole, w->group, content, &w->err), &w->err);
    vls_buf_reset(out);
    rc = vls_packet_open(out, w->whole, w->group, vls_buf_slice(&blob), &w->err);
    vls_buf_clear(&blob);
    return rc;
}

static void
a_chain_is_shorter_in_a_packet_and_comes_out_as_it_was_signed(void **state)
{
    struct world *w = *state;
    struct vls_head seen = {.device = {9}, .incarnation = {8}, .seq = 7, .id = {6}};
    struct vls_packing p = {.any = false};
    struct vls_buf signed_, content, out;

    vls_buf_init(&signed_, 1u << 20);
    vls_buf_init(&content, 1u << 20);
    vls_buf_init(&out, 1u << 20);
    for (int i = 0; i < 40; i++)
        vls_packet_add(&content, &p,
                       say(w, &signed_, 0,
                           i % 5 == 4   ? VLS_ENV_ACK
                           : i % 7 == 6 ? VLS_ENV_MEMBER
                                        : VLS_ENV_CHANGE,
                           &seen, i % 3 == 1));
    check_ok(vls_buf_ok(&content, &w->err), &w->err);
    /* group, device, incarnation, prev, one membership head and three heads of arrays: 34 + 17 + 17 + 34 + 34 + 3 */
    assert_true(signed_.n - content.n >= 39u * 139);
    check_ok(through_a_packet(w, &out, vls_buf_slice(&content)), &w->err);
    assert_true(vls_slice_eq(vls_buf_slice(&out), vls_buf_slice(&signed_)));
    vls_buf_clear(&signed_);
    vls_buf_clear(&content);
    vls_buf_clear(&out);
}

static size_t
below(uint64_t *state, size_t n)
{
    return (size_t)(check_random(state) % n);
}

static void
any_mixture_comes_out_as_it_was_signed(void **state)
{
    struct world *w = *state;
    uint64_t seed = check_seed(17);
    size_t n_followers = 0, n_whole = 0;

    for (int round = 0; round < 200; round++) {
        struct vls_packing p = {.any = false};
        struct vls_buf signed_, content, out;
        size_t who = 0;

        vls_buf_init(&signed_, 1u << 20);
        vls_buf_init(&content, 1u << 20);
        vls_buf_init(&out, 1u << 20);
        for (int i = 0; i < 12; i++) {
            size_t before = content.n;
            struct vls_slice e;

            if (below(&seed, 4) == 0)
                who = below(&seed, CHAINS);
            if (below(&seed, 8) == 0)
                w->n_heads = below(&seed, 3);
            if (below(&seed, 10) == 0)
                w->chain[who].seq++;     /* one that went elsewhere */
            if (below(&seed, 12) == 0) { /* no envelope at all */
                e = vls_slice_str("\x81\x01");
                vls_buf_put_slice(&signed_, e);
            } else {
                e = say(w, &signed_, who, below(&seed, 2) == 0 ? VLS_ENV_ACK : VLS_ENV_CHANGE, NULL, 0);
            }
            vls_packet_add(&content, &p, e);
            n_followers += content.n - before < e.n;
            n_whole += content.n - before == e.n;
        }
        check_ok(vls_buf_ok(&content, &w->err), &w->err);
        if (through_a_packet(w, &out, vls_buf_slice(&content)) != VLS_OK ||
            !vls_slice_eq(vls_buf_slice(&out), vls_buf_slice(&signed_)))
            fail_msg("round %d differs", round);
        vls_buf_clear(&signed_);
        vls_buf_clear(&content);
        vls_buf_clear(&out);
    }
    assert_true(n_followers > 500 && n_whole > 500);
}

/* Content of two envelopes of a chain, the second of them a follower from *at on. */
static void
two(struct world *w, struct vls_buf *content, struct vls_buf *signed_, size_t *at)
{
    struct vls_packing p = {.any = false};

    vls_buf_init(content, 4u << 20);
    vls_buf_init(signed_, 1u << 20);
    vls_packet_add(content, &p, say(w, signed_, 0, VLS_ENV_CHANGE, NULL, 0));
    *at = content->n;
    vls_packet_add(content, &p, say(w, signed_, 0, VLS_ENV_CHANGE, NULL, 0));
    assert_int_equal(content->p[*at], 0x87);
}

static void
a_follower_with_any_bit_changed_is_not_signed_by_its_author(void **state)
{
    struct world *w = *state;
    struct vls_buf content, signed_, out;
    size_t at, n_read = 0;

    two(w, &content, &signed_, &at);
    vls_buf_init(&out, 1u << 20);
    for (size_t bit = at * 8; bit < content.n * 8; bit++) {
        struct vls_envelope e;
        struct vls_cbor c;
        struct vls_slice second;

        content.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
        check_ok(through_a_packet(w, &out, vls_buf_slice(&content)), &w->err);
        c = vls_cbor_of(vls_buf_slice(&out));
        (void)vls_cbor_item(&c);
        second = vls_cbor_item(&c);
        if (!vls_cbor_bad(&c) && vls_envelope_read(&e, second, NULL) == VLS_OK) {
            assert_false(vls_envelope_signed_by(&e, w->sign_pk));
            n_read++;
        }
        content.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(n_read > 500); /* tags, payload and signature may be anything */
    vls_buf_clear(&content);
    vls_buf_clear(&signed_);
    vls_buf_clear(&out);
}

static void
a_follower_behind_nothing_or_no_envelope_stays_as_it_is(void **state)
{
    struct world *w = *state;
    static const char *const before[] = {"", "\x80", "\x83\x80\x40\x40", "\x87\x01\x02\x80\x40\x40\x40\x40"};
    struct vls_buf content, signed_, out, odd;
    size_t at;

    two(w, &content, &signed_, &at);
    vls_buf_init(&out, 1u << 20);
    vls_buf_init(&odd, 1u << 20);
    for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
        vls_buf_reset(&odd);
        vls_buf_put_slice(&odd, vls_slice_str(before[i]));
        vls_buf_put(&odd, content.p + at, content.n - at);
        vls_buf_put(&odd, content.p + at, content.n - at);
        check_ok(through_a_packet(w, &out, vls_buf_slice(&odd)), &w->err);
        assert_true(vls_slice_eq(vls_buf_slice(&out), vls_buf_slice(&odd)));
    }
    vls_buf_clear(&content);
    vls_buf_clear(&signed_);
    vls_buf_clear(&out);
    vls_buf_clear(&odd);
}

static void
a_cut_follower_is_left_to_whoever_reads_envelopes(void **state)
{
    struct world *w = *state;
    struct vls_buf content, signed_, out;
    size_t at;

    two(w, &content, &signed_, &at);
    vls_buf_init(&out, 1u << 20);
    for (size_t n = at; n < content.n; n++) {
        check_ok(through_a_packet(w, &out, vls_slice_of(content.p, n)), &w->err);
        assert_true(vls_slice_eq(vls_buf_slice(&out), vls_slice_of(content.p, n)));
    }
    vls_buf_clear(&content);
    vls_buf_clear(&signed_);
    vls_buf_clear(&out);
}

static void
a_packet_that_stands_for_too_much_is_refused_whole(void **state)
{
    static const uint8_t follower[] = {0x87, 3, 0, 0x80, 0x40, 0x40, 0x40, 0x58, 64};
    static uint8_t heads[VLS_MEMBER_HEADS_MAX][32];
    struct world *w = *state;
    struct vls_envelope_draft d = {.kind = VLS_ENV_ACK,
                                   .group = w->group,
                                   .device = w->chain[0].device,
                                   .incarnation = w->chain[0].incarnation,
                                   .seq = 1,
                                   .prev = w->chain[0].prev,
                                   .member_heads = heads[0],
                                   .n_member_heads = VLS_MEMBER_HEADS_MAX};
    struct vls_buf content, out;
    uint8_t id[32];
    size_t n = 1, largest = 0;

    for (size_t i = 0; i < VLS_MEMBER_HEADS_MAX; i++) {
        heads[i][0] = (uint8_t)(i >> 8);
        heads[i][1] = (uint8_t)i;
    }
    vls_buf_init(&content, 1u << 20);
    vls_buf_init(&out, 8u << 20);
    check_ok(vls_envelope_write(&content, id, &d, w->sign_sk, NULL, vls_slice_of(NULL, 0), &w->err), &w->err);
    while (through_a_packet(w, &out, vls_buf_slice(&content)) == VLS_OK) {
        assert_true(out.n > largest && out.n <= VLS_PACKET_UNFOLDED_MAX);
        largest = out.n;
        vls_buf_put(&content, follower, sizeof follower);
        vls_buf_put_zeros(&content, 64);
        assert_true(++n < 100);
    }
    assert_int_equal(w->err.code, VLS_EFORMAT);
    assert_int_equal(out.n, 0);
    assert_true(n > 50 && content.n < 64u * 1024);
    assert_true(largest + largest / (n - 2) > VLS_PACKET_UNFOLDED_MAX);
    vls_buf_clear(&content);
    vls_buf_clear(&out);
}

#define IN_A_WORLD(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_chain_is_shorter_in_a_packet_and_comes_out_as_it_was_signed),
        IN_A_WORLD(any_mixture_comes_out_as_it_was_signed),
        IN_A_WORLD(a_follower_with_any_bit_changed_is_not_signed_by_its_author),
        IN_A_WORLD(a_follower_behind_nothing_or_no_envelope_stays_as_it_is),
        IN_A_WORLD(a_cut_follower_is_left_to_whoever_reads_envelopes),
        IN_A_WORLD(a_packet_that_stands_for_too_much_is_refused_whole),
    };

    return cmocka_run_group_tests_name("fold", tests, NULL, NULL);
}
