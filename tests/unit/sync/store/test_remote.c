/* Remotes and their watermarks; receipts; keys. */
#include "tests/unit/sync/store/fixture.h"

static void
put(struct vls_store *s, unsigned device, uint64_t seq, unsigned kind)
{
    unsigned n = device * 1000 + (unsigned)seq;
    struct vls_stored_envelope e = {.seq = seq, .kind = kind, .wall_unix_s = (int64_t)n, .state = VLS_ENV_DONE,
                                    .why = "", .bytes = vls_slice_of(&n, sizeof n)};

    vls_hash1(e.id, "test envelope", &n, sizeof n);
    id_of(e.device, device);
    id_of(e.incarnation, 50 + device);
    check_ok(vls_store_envelope_put(s, &e, &fixture_err), &fixture_err);
}

static enum vls_code
note(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    char *text = ctx;
    unsigned n = 0;

    (void)err;
    assert_int_equal(e->bytes.n, sizeof n);
    memcpy(&n, e->bytes.p, sizeof n);
    (void)snprintf(text + strlen(text), 8, "%u ", n);
    return VLS_OK;
}

static void
check_to_send(struct vls_store *s, const char *name, const char *expected)
{
    char text[256] = "";

    check_ok(vls_store_to_send(s, name, note, text, &fixture_err), &fixture_err);
    assert_string_equal(text, expected);
}

static void
has(struct vls_store *s, const char *name, unsigned device, uint64_t seq)
{
    unsigned n = device * 1000 + (unsigned)seq;
    uint8_t id[VLS_HASH_LEN];

    vls_hash1(id, "test envelope", &n, sizeof n);
    check_ok(vls_store_remote_has(s, name, id, NULL, &fixture_err), &fixture_err);
}

static bool
rises(struct vls_store *s, const char *name, unsigned device, uint64_t seq)
{
    unsigned n = device * 1000 + (unsigned)seq;
    uint8_t id[VLS_HASH_LEN];
    bool rose;

    vls_hash1(id, "test envelope", &n, sizeof n);
    check_ok(vls_store_remote_has(s, name, id, &rose, &fixture_err), &fixture_err);
    return rose;
}

static void
only_the_next_of_a_chain_is_new_to_a_remote(void **state)
{
    struct vls_store *s = store_make();

    (void)state;
    check_ok(vls_store_remote_add(s, "stick", "/media/usb", &fixture_err), &fixture_err);
    check_ok(vls_store_remote_add(s, "hub", "https://hub.example", &fixture_err), &fixture_err);
    for (uint64_t seq = 1; seq <= 3; seq++)
        put(s, 1, seq, 1);
    put(s, 2, 1, 1);
    assert_false(rises(s, "stick", 1, 2)); /* before the first */
    assert_true(rises(s, "stick", 1, 1));
    assert_false(rises(s, "stick", 1, 1)); /* once more */
    assert_false(rises(s, "stick", 1, 3)); /* before the second */
    assert_true(rises(s, "stick", 1, 2));
    assert_true(rises(s, "stick", 1, 3));
    for (uint64_t seq = 1; seq <= 3; seq++)
        assert_false(rises(s, "stick", 1, seq));
    assert_true(rises(s, "stick", 2, 1));
    assert_false(rises(s, "stick", 3, 1)); /* not here */
    assert_true(rises(s, "hub", 1, 1));    /* another remote */
    vls_store_close(s);
}

static void
a_remote_is_sent_what_it_lacks(void **state)
{
    struct vls_store *s = store_make();

    (void)state;
    check_ok(vls_store_remote_add(s, "stick", "/media/usb/valise.git", &fixture_err), &fixture_err);
    check_to_send(s, "stick", "");
    put(s, 1, 1, 2);
    put(s, 2, 1, 1);
    put(s, 1, 2, 1);
    put(s, 1, 3, 3);
    check_ok(vls_store_remote_add(s, "hub", "https://hub.example/valise.git", &fixture_err), &fixture_err);
    check_to_send(s, "stick", "1001 2001 1002 1003 ");
    has(s, "stick", 1, 2); /* not the next one: it may lack the first */
    check_to_send(s, "stick", "1001 2001 1002 1003 ");
    has(s, "stick", 1, 1);
    has(s, "stick", 1, 2);
    has(s, "stick", 1, 2);
    check_to_send(s, "stick", "2001 1003 ");
    has(s, "stick", 1, 1); /* known */
    check_to_send(s, "stick", "2001 1003 ");
    check_to_send(s, "hub", "1001 2001 1002 1003 ");
    has(s, "stick", 2, 1);
    has(s, "stick", 2, 2); /* of what is not here nothing is noted */
    has(s, "stick", 3, 1);
    has(s, "stick", 1, 3);
    check_to_send(s, "stick", "");
    put(s, 2, 2, 1);
    put(s, 1, 4, 1);
    check_to_send(s, "stick", "2002 1004 ");
    check_ok(vls_store_remote_mark(s, "stick", "abc", 5, &fixture_err), &fixture_err);
    check_ok(vls_store_remote_reset(s, "stick", &fixture_err), &fixture_err);
    check_to_send(s, "stick", "1001 2001 1002 1003 2002 1004 ");
    assert_int_equal(vls_store_to_send(s, "nobody", note, NULL, &fixture_err), VLS_ENOTFOUND);
    vls_store_close(s);
}

static void
a_remote_that_is_read_again_is_held_against_what_it_held(void **state)
{
    struct vls_store *s = store_make();
    uint64_t missing;

    (void)state;
    check_ok(vls_store_remote_add(s, "stick", "/media/usb/valise.git", &fixture_err), &fixture_err);
    check_ok(vls_store_remote_add(s, "hub", "https://hub.example/valise.git", &fixture_err), &fixture_err);
    put(s, 1, 1, 2);
    put(s, 2, 1, 1);
    put(s, 1, 2, 1);
    put(s, 1, 3, 3);
    has(s, "stick", 1, 1);
    has(s, "stick", 1, 2);
    has(s, "stick", 2, 1);
    has(s, "hub", 1, 1);
    check_ok(vls_store_remote_recount(s, "stick", &fixture_err), &fixture_err);
    check_to_send(s, "stick", "1001 2001 1002 1003 ");
    check_ok(vls_store_remote_recounted(s, "stick", &missing, &fixture_err), &fixture_err);
    assert_int_equal(missing, 2); /* branches: nothing was met */
    has(s, "stick", 1, 1);
    has(s, "stick", 1, 2);
    has(s, "stick", 2, 1);
    check_ok(vls_store_remote_recount(s, "stick", &fixture_err), &fixture_err);
    has(s, "stick", 2, 1);
    has(s, "stick", 1, 2); /* behind a gap */
    has(s, "stick", 1, 1);
    check_ok(vls_store_remote_recounted(s, "stick", &missing, &fixture_err), &fixture_err);
    assert_int_equal(missing, 1);
    has(s, "stick", 1, 2);
    check_ok(vls_store_remote_recount(s, "stick", &fixture_err), &fixture_err);
    for (uint64_t seq = 1; seq <= 3; seq++)
        has(s, "stick", 1, seq);
    has(s, "stick", 2, 1);
    check_ok(vls_store_remote_recounted(s, "stick", &missing, &fixture_err), &fixture_err);
    assert_int_equal(missing, 0); /* more is not less */
    check_to_send(s, "stick", "");
    check_to_send(s, "hub", "2001 1002 1003 ");
    assert_int_equal(vls_store_remote_recount(s, "nobody", &fixture_err), VLS_ENOTFOUND);
    assert_int_equal(vls_store_remote_recounted(s, "nobody", &missing, &fixture_err), VLS_ENOTFOUND);
    vls_store_close(s);
}

static enum vls_code
describe(void *ctx, const struct vls_stored_remote *r, struct vls_error *err)
{
    char *text = ctx;

    (void)err;
    (void)snprintf(text + strlen(text), 160, "%s %s %s %lld %llu\n", r->name, r->url, r->tip,
                   (long long)r->last_contact_unix, (unsigned long long)r->n_waiting);
    return VLS_OK;
}

static void
remotes_are_listed_with_what_waits(void **state)
{
    struct vls_store *s = store_make();
    char text[512] = "", tip[80];
    uint8_t id[VLS_HASH_LEN] = {0};

    (void)state;
    check_ok(vls_store_remote_add(s, "stick", "/media/usb", &fixture_err), &fixture_err);
    check_ok(vls_store_remote_add(s, "hub", "https://hub.example", &fixture_err), &fixture_err);
    assert_int_equal(vls_store_remote_add(s, "hub", "elsewhere", &fixture_err), VLS_EEXIST);
    put(s, 1, 1, 2);
    put(s, 1, 2, 1);
    put(s, 1, 3, 1);
    put(s, 1, 4, 3);
    has(s, "stick", 1, 1);
    has(s, "stick", 1, 2);
    memset(tip, 'a', sizeof tip);
    tip[64] = '\0';
    check_ok(vls_store_remote_mark(s, "stick", tip, 1800000000, &fixture_err), &fixture_err);
    tip[64] = 'a';
    tip[65] = '\0';
    assert_int_equal(vls_store_remote_mark(s, "stick", tip, 1, &fixture_err), VLS_ELIMIT);
    tip[3] = '\0';
    check_ok(vls_store_remote_mark(s, "stick", tip, 5, &fixture_err), &fixture_err);
    check_ok(vls_store_remotes(s, describe, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "hub https://hub.example  0 2\nstick /media/usb aaa 1800000000 1\n");
    check_ok(vls_store_remote_remove(s, "hub", &fixture_err), &fixture_err);
    assert_int_equal(vls_store_remote_remove(s, "hub", &fixture_err), VLS_ENOTFOUND);
    assert_int_equal(vls_store_remote_mark(s, "hub", "", 0, &fixture_err), VLS_ENOTFOUND);
    assert_int_equal(vls_store_remote_has(s, "hub", id, NULL, &fixture_err), VLS_ENOTFOUND);
    check_ok(vls_store_remote_has(s, "stick", id, NULL, &fixture_err), &fixture_err); /* not ours to know */
    assert_int_equal(vls_store_remote_reset(s, "hub", &fixture_err), VLS_ENOTFOUND);
    /* One that is added again has everything to learn. */
    check_ok(vls_store_remote_remove(s, "stick", &fixture_err), &fixture_err);
    check_ok(vls_store_remote_add(s, "stick", "/media/usb", &fixture_err), &fixture_err);
    check_to_send(s, "stick", "1001 1002 1003 1004 ");
    vls_store_close(s);
}

/* ---- receipts ---- */

static enum vls_code
receipt(void *ctx, const struct vls_receipt *r, struct vls_error *err)
{
    char *text = ctx;

    (void)err;
    (void)snprintf(text + strlen(text), 100, "%s/%s@%lld ", r->delegation, r->post, (long long)r->wall_unix_s);
    return VLS_OK;
}

static void
seen(struct vls_store *s, unsigned by, unsigned device, uint64_t seq, int64_t wall)
{
    unsigned n = device * 1000 + (unsigned)seq;
    uint8_t b[VLS_ID_LEN], id[VLS_HASH_LEN];

    id_of(b, by);
    vls_hash1(id, "test envelope", &n, sizeof n);
    check_ok(vls_store_seen(s, b, id, wall, &fixture_err), &fixture_err);
}

static void
check_receipts(struct vls_store *s, unsigned device, unsigned seq, const char *expected)
{
    unsigned n = device * 1000 + seq;
    char text[512] = "";
    struct vls_dot dot = {.op = 4};

    vls_hash1(dot.change, "test envelope", &n, sizeof n);
    check_ok(vls_store_receipts(s, &dot, receipt, text, &fixture_err), &fixture_err);
    assert_string_equal(text, expected);
}

static void
a_receipt_is_the_first_proof(void **state)
{
    struct vls_store *s = store_make();
    uint8_t id[VLS_ID_LEN], change[VLS_HASH_LEN];
    unsigned n = 1003;
    uint64_t seq;

    (void)state;
    for (unsigned d = 1; d < 5; d++) {
        static const char *const names[][2] = {
            {"Ireland", "New York"}, {"Court", "The Hague"}, {"Croatia", "The Hague"}, {"Croatia", "The Hague"}};

        id_of(id, d);
        check_ok(vls_store_device_put(s, id, names[d - 1][0], names[d - 1][1], &fixture_err), &fixture_err);
    }
    for (uint64_t i = 1; i < 6; i++)
        put(s, 1, i, 1);
    check_receipts(s, 1, 1, "");
    seen(s, 2, 1, 4, 500);
    seen(s, 2, 1, 2, 200); /* came later, says less */
    seen(s, 1, 1, 5, 900); /* the author itself */
    seen(s, 3, 1, 2, 700);
    seen(s, 4, 1, 3, 600); /* another laptop of the same post */
    check_receipts(s, 1, 1, "Court/The Hague@200 Croatia/The Hague@600 ");
    check_receipts(s, 1, 2, "Court/The Hague@200 Croatia/The Hague@600 ");
    check_receipts(s, 1, 3, "Court/The Hague@500 Croatia/The Hague@600 ");
    check_receipts(s, 1, 4, "Court/The Hague@500 ");
    check_receipts(s, 1, 5, "");
    check_receipts(s, 7, 1, ""); /* nobody knows that change */
    seen(s, 2, 7, 1, 100); /* of what is not here nothing is known */
    id_of(id, 2);
    vls_hash1(change, "test envelope", &n, sizeof n);
    check_ok(vls_store_seen_of(s, id, change, &seq, &fixture_err), &fixture_err);
    assert_int_equal(seq, 4);
    id_of(id, 51);
    check_ok(vls_store_seen_of(s, id, change, &seq, &fixture_err), &fixture_err);
    assert_int_equal(seq, 0);
    change[0] ^= 1;
    id_of(id, 2);
    check_ok(vls_store_seen_of(s, id, change, &seq, &fixture_err), &fixture_err);
    assert_int_equal(seq, 0);
    vls_store_close(s);
}

static enum vls_code
add_seq(void *ctx, const struct vls_stored_envelope *head, struct vls_error *err)
{
    (void)err;
    *(uint64_t *)ctx = *(uint64_t *)ctx * 10 + head->seq;
    return VLS_OK;
}

/* The heads that a device has not named, as digits. */
static uint64_t
unnamed(struct vls_store *s, unsigned device)
{
    uint8_t id[VLS_ID_LEN];
    uint64_t digits = 0;

    id_of(id, device);
    check_ok(vls_store_unnamed(s, id, add_seq, &digits, &fixture_err), &fixture_err);
    return digits;
}

static void
heads_are_unnamed_until_they_are_said_to_be_seen(void **state)
{
    struct vls_store *s = store_make();

    (void)state;
    assert_int_equal(unnamed(s, 2), 0);
    for (uint64_t i = 1; i < 6; i++)
        put(s, 1, i, 1);
    put(s, 3, 1, 1);
    assert_int_equal(unnamed(s, 2), 51); /* of whom nobody has heard, too */
    seen(s, 2, 1, 4, 500);
    assert_int_equal(unnamed(s, 2), 51);
    seen(s, 2, 1, 5, 500);
    assert_int_equal(unnamed(s, 2), 1);
    assert_int_equal(unnamed(s, 3), 51);
    put(s, 1, 6, 1);
    assert_int_equal(unnamed(s, 2), 61);
    seen(s, 2, 3, 1, 500);
    assert_int_equal(unnamed(s, 2), 6);
    vls_store_close(s);
}

/* ---- keys ---- */

static enum vls_code
key(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err)
{
    struct vls_buf *out = ctx;

    vls_buf_put_slice(out, id);
    vls_buf_put_u8(out, '=');
    vls_buf_put_slice(out, sealed);
    vls_buf_put_u8(out, ' ');
    return vls_buf_ok(out, err);
}

static void
keys_come_by_purpose_oldest_first(void **state)
{
    struct vls_store *s = store_make();
    struct vls_buf out;

    (void)state;
    check_ok(vls_store_key_put(s, "epoch", vls_slice_str("b"), vls_slice_str("1"), &fixture_err), &fixture_err);
    check_ok(vls_store_key_put(s, "device", vls_slice_str("b"), vls_slice_str("2"), &fixture_err), &fixture_err);
    check_ok(vls_store_key_put(s, "epoch", vls_slice_str("a"), vls_slice_str("3"), &fixture_err), &fixture_err);
    check_ok(vls_store_key_put(s, "epoch", vls_slice_str("b"), vls_slice_str("4"), &fixture_err), &fixture_err);
    vls_buf_init(&out, 100);
    check_ok(vls_store_keys(s, "epoch", key, &out, &fixture_err), &fixture_err);
    assert_string_equal(vls_buf_str(&out), "b=4 a=3 ");
    check_ok(vls_store_key_put(s, "epoch", vls_slice_str("b"), vls_slice_str(""), &fixture_err), &fixture_err);
    check_ok(vls_store_key_put(s, "epoch", vls_slice_str("none"), vls_slice_str(""), &fixture_err), &fixture_err);
    vls_buf_reset(&out);
    check_ok(vls_store_keys(s, "epoch", key, &out, &fixture_err), &fixture_err);
    assert_string_equal(vls_buf_str(&out), "a=3 "); /* an empty value forgets */
    vls_buf_reset(&out);
    check_ok(vls_store_keys(s, "none", key, &out, &fixture_err), &fixture_err);
    assert_int_equal(out.n, 0);
    vls_buf_clear(&out);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_remote_that_is_read_again_is_held_against_what_it_held),
        cmocka_unit_test(a_remote_is_sent_what_it_lacks),
        cmocka_unit_test(only_the_next_of_a_chain_is_new_to_a_remote),
        cmocka_unit_test(remotes_are_listed_with_what_waits),
        cmocka_unit_test(a_receipt_is_the_first_proof),
        cmocka_unit_test(heads_are_unnamed_until_they_are_said_to_be_seen),
        cmocka_unit_test(keys_come_by_purpose_oldest_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
