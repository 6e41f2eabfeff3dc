/* Envelopes, packets and letters: opened by whom they are for, refused when anything was touched. */
#include "tests/support/check.h"

#include "valise/envelope.h"

struct world {
    uint8_t group[32], compartment[16], device[16], incarnation[16], prev[32];
    uint8_t sign_pk[32], box_pk[32];
    struct vls_secret *sign_sk, *box_sk;
    struct vls_epoch *epoch, *other, *whole;
    struct vls_error err;
};

static struct vls_epoch *
new_epoch(struct world *w, const uint8_t *compartment)
{
    struct vls_secret *key;
    struct vls_epoch *e;

    check_ok(vls_secret_random(&key, 32, &w->err), &w->err);
    check_ok(vls_epoch_new(&e, key, w->group, compartment, &w->err), &w->err);
    vls_secret_free(key);
    return e;
}

static int
world_new(void **state)
{
    static const uint8_t zeros[16];
    struct world *w = calloc(1, sizeof *w);

    assert_non_null(w);
    check_ok(vls_secret_start(&w->err), &w->err);
    memset(w->group, 1, sizeof w->group);
    memset(w->compartment, 2, sizeof w->compartment);
    memset(w->device, 3, sizeof w->device);
    memset(w->incarnation, 4, sizeof w->incarnation);
    check_ok(vls_sign_keypair(w->sign_pk, &w->sign_sk, &w->err), &w->err);
    check_ok(vls_box_keypair(w->box_pk, &w->box_sk, &w->err), &w->err);
    w->epoch = new_epoch(w, w->compartment);
    w->other = new_epoch(w, w->compartment);
    w->whole = new_epoch(w, zeros);
    *state = w;
    return 0;
}

static int
world_free(void **state)
{
    struct world *w = *state;

    vls_secret_free(w->sign_sk);
    vls_secret_free(w->box_sk);
    vls_epoch_free(w->epoch);
    vls_epoch_free(w->other);
    vls_epoch_free(w->whole);
    free(w);
    return 0;
}

static struct vls_envelope_draft
draft(const struct world *w, enum vls_envelope_kind kind)
{
    return (struct vls_envelope_draft){.kind = kind,
                                       .group = w->group,
                                       .device = w->device,
                                       .incarnation = w->incarnation,
                                       .seq = 1,
                                       .prev = w->prev,
                                       .wall_unix_s = 1700000000};
}

static void
write_change(struct world *w, struct vls_buf *out, const char *text, uint8_t id[32])
{
    struct vls_envelope_draft d = draft(w, VLS_ENV_CHANGE);
    uint8_t heads[64];
    struct vls_head seen[2];

    memset(heads, 9, 32);
    memset(heads + 32, 8, 32);
    memset(seen, 5, sizeof seen);
    seen[0].seq = 7;
    seen[0].device[0] = 6;
    seen[1].seq = 2;
    d.member_heads = heads;
    d.n_member_heads = 2;
    d.seen = seen;
    d.n_seen = 2;
    vls_buf_init(out, VLS_ENVELOPE_MAX);
    check_ok(vls_envelope_write(out, id, &d, w->sign_sk, w->epoch, vls_slice_str(text), &w->err), &w->err);
}

struct seen_sum {
    size_t n;
    uint64_t seqs[4];
};

static enum vls_code
count_seen(void *ctx, const struct vls_head *h, struct vls_error *err)
{
    struct seen_sum *s = ctx;

    (void)err;
    s->seqs[s->n++] = h->seq;
    return VLS_OK;
}

static void
a_reader_gets_back_what_was_written(void **state)
{
    struct world *w = *state;
    struct vls_buf bytes, plain;
    struct vls_envelope e;
    struct seen_sum seen = {0, {0}};
    uint8_t id[32];

    write_change(w, &bytes, "told in confidence", id);
    check_ok(vls_envelope_read(&e, vls_buf_slice(&bytes), &w->err), &w->err);
    assert_memory_equal(e.id, id, 32);
    assert_memory_equal(e.device, w->device, 16);
    assert_int_equal(e.seq, 1);
    assert_int_equal(e.n_member_heads, 2);
    assert_int_equal(vls_envelope_member_head(&e, 0)[0], 8); /* sorted */
    check_ok(vls_envelope_seen(&e, count_seen, &seen, &w->err), &w->err);
    assert_int_equal(seen.n, 2);
    assert_int_equal(seen.seqs[0], 2);
    assert_true(vls_envelope_signed_by(&e, w->sign_pk));
    assert_false(vls_envelope_signed_by(&e, w->box_pk));
    assert_true(vls_envelope_is_under(&e, w->epoch));
    assert_false(vls_envelope_is_under(&e, w->other));
    vls_buf_init(&plain, 4096);
    check_ok(vls_envelope_open(&plain, &e, w->epoch, &w->err), &w->err);
    assert_true(vls_slice_eq(vls_buf_slice(&plain), vls_slice_str("told in confidence")));
    assert_null(memmem(bytes.p, bytes.n, "confidence", 10));
    assert_int_equal(vls_envelope_open(&plain, &e, w->other, &w->err), VLS_EAUTH); /* committed to one key */
    vls_buf_clear(&plain);
    vls_buf_clear(&bytes);
}

/* Every changed bit is refused by the reader, the signature or the seal, and nothing plain comes out. */
static void
no_flipped_bit_survives(void **state)
{
    struct world *w = *state;
    struct vls_buf bytes, plain;
    struct vls_envelope e;
    uint8_t id[32];
    size_t by_reader = 0, by_signature = 0;

    write_change(w, &bytes, "text", id);
    vls_buf_init(&plain, 4096);
    for (size_t bit = 0; bit < bytes.n * 8; bit++) {
        bytes.p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        if (vls_envelope_read(&e, vls_buf_slice(&bytes), &w->err) != VLS_OK)
            by_reader++;
        else if (!vls_envelope_signed_by(&e, w->sign_pk))
            by_signature++;
        else
            fail_msg("bit %zu was changed and nobody noticed", bit);
        bytes.p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    assert_int_equal(by_reader + by_signature, bytes.n * 8);
    assert_true(by_signature > 0);
    for (size_t n = 0; n < bytes.n; n++)
        assert_int_not_equal(vls_envelope_read(&e, vls_slice_of(bytes.p, n), &w->err), VLS_OK);
    vls_buf_clear(&plain);
    vls_buf_clear(&bytes);
}

/* IN-02, IN-03: the payload of one author's envelope does not open inside another's head. */
static void
a_payload_does_not_open_under_another_head(void **state)
{
    struct world *w = *state;
    struct vls_envelope_draft d = draft(w, VLS_ENV_CHANGE);
    struct vls_buf a, b, plain;
    struct vls_envelope ea, eb;
    uint8_t id[32];

    write_change(w, &a, "same", id);
    vls_buf_init(&b, VLS_ENVELOPE_MAX);
    vls_buf_init(&plain, 4096);
    d.seq = 2;
    check_ok(vls_envelope_write(&b, id, &d, w->sign_sk, w->epoch, vls_slice_str("same"), &w->err), &w->err);
    check_ok(vls_envelope_read(&ea, vls_buf_slice(&a), &w->err), &w->err);
    check_ok(vls_envelope_read(&eb, vls_buf_slice(&b), &w->err), &w->err);
    eb.payload = ea.payload;
    assert_int_equal(vls_envelope_open(&plain, &eb, w->epoch, &w->err), VLS_EAUTH);
    assert_int_equal(plain.n, 0);
    vls_buf_clear(&a);
    vls_buf_clear(&b);
    vls_buf_clear(&plain);
}

static void
kinds_carry_what_they_may(void **state)
{
    struct world *w = *state;
    struct vls_envelope_draft d = draft(w, VLS_ENV_MEMBER);
    struct vls_buf b;
    struct vls_envelope e;
    uint8_t id[32];

    vls_buf_init(&b, VLS_ENVELOPE_MAX);
    check_ok(vls_envelope_write(&b, id, &d, w->sign_sk, NULL, vls_slice_str("\x80"), &w->err), &w->err);
    check_ok(vls_envelope_read(&e, vls_buf_slice(&b), &w->err), &w->err);
    assert_int_equal(e.kind, VLS_ENV_MEMBER);
    assert_true(vls_slice_eq(e.payload, vls_slice_str("\x80")));
    assert_false(vls_envelope_is_under(&e, w->epoch));
    vls_buf_reset(&b);
    d.kind = VLS_ENV_ACK;
    check_ok(vls_envelope_write(&b, id, &d, w->sign_sk, NULL, vls_slice_str("x"), &w->err), &w->err);
    assert_int_equal(vls_envelope_read(&e, vls_buf_slice(&b), &w->err), VLS_EFORMAT); /* not empty */
    vls_buf_clear(&b);
}

static void
an_envelope_has_a_largest_size(void **state)
{
    struct world *w = *state;
    struct vls_envelope_draft d = draft(w, VLS_ENV_CHANGE);
    struct vls_buf b;
    uint8_t id[32], *big = calloc(1, VLS_ENVELOPE_MAX);

    assert_non_null(big);
    vls_buf_init(&b, 2u * VLS_ENVELOPE_MAX);
    assert_int_equal(
        vls_envelope_write(&b, id, &d, w->sign_sk, w->epoch, vls_slice_of(big, VLS_ENVELOPE_MAX), &w->err), VLS_ELIMIT);
    free(big);
    vls_buf_clear(&b);
}

static void
packets_come_in_few_sizes(void **state)
{
    static const size_t sizes[][2] = {{0, 1024},        {1024, 1024},     {1025, 4096},      {4097, 16384},
                                      {16385, 65536},   {65537, 262144},  {262145, 524288},  {524289, 786432}};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_equal(vls_bucket(sizes[i][0]), sizes[i][1]);
}

static void
packets_open_for_the_group_alone(void **state)
{
    struct world *w = *state;
    struct vls_buf blob, content;
    uint8_t other_group[32] = {7};

    vls_buf_init(&blob, 4096);
    vls_buf_init(&content, 4096);
    check_ok(vls_packet_seal(&blob, w->whole, w->group, vls_slice_str("envelopes"), &w->err), &w->err);
    assert_int_equal(blob.n, 1024);
    check_ok(vls_packet_open(&content, w->whole, w->group, vls_buf_slice(&blob), &w->err), &w->err);
    assert_true(vls_slice_eq(vls_buf_slice(&content), vls_slice_str("envelopes")));
    vls_buf_reset(&content);
    assert_int_equal(vls_packet_open(&content, w->epoch, w->group, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
    assert_int_equal(vls_packet_open(&content, w->whole, other_group, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
    for (size_t i = 0; i < blob.n; i++) {
        blob.p[i] ^= 1;
        assert_int_equal(vls_packet_open(&content, w->whole, w->group, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
        blob.p[i] ^= 1;
    }
    for (size_t n = 0; n < blob.n; n += 31)
        assert_int_equal(vls_packet_open(&content, w->whole, w->group, vls_slice_of(blob.p, n), &w->err), VLS_EAUTH);
    assert_int_equal(content.n, 0);
    vls_buf_clear(&blob);
    vls_buf_clear(&content);
}

static void
an_epoch_key_reaches_its_device_only(void **state)
{
    struct world *w = *state;
    uint8_t wrap[VLS_EPOCH_WRAP_LEN], device2[16] = {9}, compartment2[16] = {8}, group2[32] = {8};
    struct vls_epoch *got;

    check_ok(vls_epoch_wrap(wrap, w->epoch, w->group, w->device, w->box_pk, NULL, &w->err), &w->err);
    check_ok(vls_epoch_unwrap(&got, wrap, w->group, w->compartment, vls_epoch_id(w->epoch), w->device, w->box_sk, NULL,
                              &w->err),
             &w->err);
    assert_memory_equal(vls_epoch_id(got), vls_epoch_id(w->epoch), 32);
    vls_epoch_free(got);
    /* GH-19: for another device, compartment, epoch or group it does not open */
    assert_int_equal(vls_epoch_unwrap(&got, wrap, w->group, w->compartment, vls_epoch_id(w->epoch), device2, w->box_sk,
                                      NULL, &w->err),
                     VLS_EAUTH);
    assert_int_equal(vls_epoch_unwrap(&got, wrap, w->group, compartment2, vls_epoch_id(w->epoch), w->device, w->box_sk,
                                      NULL, &w->err),
                     VLS_EAUTH);
    assert_int_equal(vls_epoch_unwrap(&got, wrap, w->group, w->compartment, vls_epoch_id(w->other), w->device,
                                      w->box_sk, NULL, &w->err),
                     VLS_EAUTH);
    assert_int_equal(vls_epoch_unwrap(&got, wrap, group2, w->compartment, vls_epoch_id(w->epoch), w->device,
                                      w->box_sk, NULL, &w->err),
                     VLS_EAUTH);
    for (size_t i = 0; i < sizeof wrap; i++) {
        wrap[i] ^= 4;
        assert_int_equal(vls_epoch_unwrap(&got, wrap, w->group, w->compartment, vls_epoch_id(w->epoch), w->device,
                                          w->box_sk, NULL, &w->err),
                         VLS_EAUTH);
        assert_null(got);
        wrap[i] ^= 4;
    }
}

/* ---- admission ---- */

static struct vls_join
a_request(const struct world *w)
{
    struct vls_join j;

    memset(&j, 0, sizeof j);
    memset(j.nonce, 5, sizeof j.nonce);
    memcpy(j.sign_pk, w->sign_pk, 32);
    memcpy(j.box_pk, w->box_pk, 32);
    memcpy(j.delegation, "Croatia", 8);
    memcpy(j.post, "The Hague", 10);
    j.wall_unix_s = 1700000000;
    return j;
}

static void
a_door_is_recognised_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct vls_door d, got;
    struct vls_buf blob;

    memcpy(d.group, w->group, 32);
    memcpy(d.pk, w->box_pk, 32);
    vls_buf_init(&blob, 4096);
    check_ok(vls_door_write(&blob, &d, &w->err), &w->err);
    assert_int_equal(blob.n, 1024);
    assert_true(vls_door_read(&got, vls_buf_slice(&blob)));
    assert_memory_equal(&got, &d, sizeof d);
    for (size_t i = 0; i < blob.n; i++) {
        blob.p[i] ^= 128;
        assert_false(vls_door_read(&got, vls_buf_slice(&blob)));
        blob.p[i] ^= 128;
    }
    assert_false(vls_door_read(&got, vls_slice_of(blob.p, blob.n - 1)));
    vls_buf_clear(&blob);
}

static void
a_request_is_read_at_its_door_only(void **state)
{
    struct world *w = *state;
    struct vls_join j = a_request(w), got;
    struct vls_secret *door_sk, *wrong_sk;
    struct vls_door d;
    struct vls_buf blob;
    uint8_t pk[32], other_group[32] = {3};

    memcpy(d.group, w->group, 32);
    check_ok(vls_box_keypair(d.pk, &door_sk, &w->err), &w->err);
    check_ok(vls_box_keypair(pk, &wrong_sk, &w->err), &w->err);
    vls_buf_init(&blob, 4096);
    check_ok(vls_join_write(&blob, &j, &d, w->sign_sk, &w->err), &w->err);
    assert_int_equal(blob.n, 1024);
    assert_null(memmem(blob.p, blob.n, "Croatia", 7));
    check_ok(vls_join_read(&got, w->group, door_sk, vls_buf_slice(&blob), &w->err), &w->err);
    assert_string_equal(got.delegation, "Croatia");
    assert_string_equal(got.post, "The Hague");
    assert_memory_equal(got.hash, j.hash, 32);
    assert_int_equal(vls_join_read(&got, w->group, wrong_sk, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
    assert_int_equal(vls_join_read(&got, other_group, door_sk, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
    for (size_t i = 0; i < blob.n; i += 3) {
        blob.p[i] ^= 1;
        assert_int_not_equal(vls_join_read(&got, w->group, door_sk, vls_buf_slice(&blob), &w->err), VLS_OK);
        blob.p[i] ^= 1;
    }
    vls_secret_free(door_sk);
    vls_secret_free(wrong_sk);
    vls_buf_clear(&blob);
}

/* EN-04: somebody else's public key cannot be claimed. */
static void
a_request_proves_possession_of_its_key(void **state)
{
    struct world *w = *state;
    struct vls_join j = a_request(w), got;
    struct vls_secret *thief;
    struct vls_door d;
    struct vls_buf blob;
    uint8_t pk[32];

    memcpy(d.group, w->group, 32);
    memcpy(d.pk, w->box_pk, 32);
    check_ok(vls_sign_keypair(pk, &thief, &w->err), &w->err);
    vls_buf_init(&blob, 4096);
    check_ok(vls_join_write(&blob, &j, &d, thief, &w->err), &w->err);
    assert_int_equal(vls_join_read(&got, w->group, w->box_sk, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
    for (size_t i = 0; i < j.body_len; i++) {
        j.body[i] ^= 1;
        assert_int_not_equal(vls_join_body_read(&got, w->group, vls_slice_of(j.body, j.body_len), &w->err), VLS_OK);
        j.body[i] ^= 1;
    }
    vls_secret_free(thief);
    vls_buf_clear(&blob);
}

/* EN-01: a swapped group, door or request shows in the number. */
static void
the_safety_number_covers_both_sides(void **state)
{
    struct world *w = *state;
    struct vls_door d;
    uint8_t request[32] = {1};
    char first[31], again[31];

    memset(&d, 6, sizeof d);
    check_ok(vls_safety_number(first, &d, request, &w->err), &w->err);
    assert_int_equal(strlen(first), 30);
    assert_int_equal(strspn(first, "0123456789"), 30);
    check_ok(vls_safety_number(again, &d, request, &w->err), &w->err);
    assert_string_equal(first, again);
    request[31] ^= 1;
    check_ok(vls_safety_number(again, &d, request, &w->err), &w->err);
    assert_string_not_equal(first, again);
    request[31] ^= 1;
    d.pk[0] ^= 1;
    check_ok(vls_safety_number(again, &d, request, &w->err), &w->err);
    assert_string_not_equal(first, again);
    d.pk[0] ^= 1;
    d.group[31] ^= 1;
    check_ok(vls_safety_number(again, &d, request, &w->err), &w->err);
    assert_string_not_equal(first, again);
}

static void
a_welcome_opens_for_the_newcomer(void **state)
{
    struct world *w = *state;
    struct vls_epoch *epochs[] = {w->whole};
    struct vls_welcome out = {.genesis = vls_slice_str("the founding document"),
                              .door_sk = w->box_sk,
                              .epochs = epochs,
                              .n_epochs = 1},
                       in;
    struct vls_secret *sk;
    struct vls_buf blob, hold;
    uint8_t pk[32];

    check_ok(vls_box_keypair(pk, &sk, &w->err), &w->err);
    vls_buf_init(&blob, 8192);
    vls_buf_init(&hold, 8192);
    check_ok(vls_welcome_write(&blob, &out, w->group, pk, &w->err), &w->err);
    check_ok(vls_welcome_read(&in, &hold, w->group, sk, vls_buf_slice(&blob), &w->err), &w->err);
    assert_true(vls_slice_eq(in.genesis, out.genesis));
    assert_int_equal(in.n_epochs, 1);
    assert_memory_equal(vls_epoch_id(in.epochs[0]), vls_epoch_id(w->whole), 32);
    vls_welcome_clear(&in);
    assert_int_equal(vls_welcome_read(&in, &hold, w->group, w->box_sk, vls_buf_slice(&blob), &w->err), VLS_EAUTH);
    for (size_t i = 0; i < blob.n; i += 5) {
        blob.p[i] ^= 2;
        assert_int_not_equal(vls_welcome_read(&in, &hold, w->group, sk, vls_buf_slice(&blob), &w->err), VLS_OK);
        blob.p[i] ^= 2;
    }
    vls_secret_free(sk);
    vls_buf_clear(&blob);
    vls_buf_clear(&hold);
}

#define IN_A_WORLD(f) cmocka_unit_test_setup_teardown(f, world_new, world_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_WORLD(a_reader_gets_back_what_was_written),
        IN_A_WORLD(no_flipped_bit_survives),
        IN_A_WORLD(a_payload_does_not_open_under_another_head),
        IN_A_WORLD(kinds_carry_what_they_may),
        IN_A_WORLD(an_envelope_has_a_largest_size),
        IN_A_WORLD(packets_come_in_few_sizes),
        IN_A_WORLD(packets_open_for_the_group_alone),
        IN_A_WORLD(an_epoch_key_reaches_its_device_only),
        IN_A_WORLD(a_door_is_recognised_and_nothing_else),
        IN_A_WORLD(a_request_is_read_at_its_door_only),
        IN_A_WORLD(a_request_proves_possession_of_its_key),
        IN_A_WORLD(the_safety_number_covers_both_sides),
        IN_A_WORLD(a_welcome_opens_for_the_newcomer),
    };

    return cmocka_run_group_tests_name("envelope", tests, NULL, NULL);
}
