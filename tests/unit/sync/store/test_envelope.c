/* Envelopes as they came, and those that wait. */
#include "tests/unit/sync/store/fixture.h"

static void
envelope(struct vls_stored_envelope *e, unsigned device, uint64_t seq, unsigned kind, enum vls_envelope_state state)
{
    unsigned n = device * 100000 + (unsigned)seq;

    *e = (struct vls_stored_envelope){.seq = seq, .kind = kind, .wall_unix_s = -5 + (int64_t)seq, .state = state,
                                      .why = state == VLS_ENV_REFUSED ? "nobody may say so" : "",
                                      .bytes = vls_slice_str("sealed bytes")};
    vls_hash1(e->id, "test envelope", &n, sizeof n);
    id_of(e->device, device);
    id_of(e->incarnation, 50 + device);
}

static void
put(struct vls_store *s, unsigned device, uint64_t seq, unsigned kind, enum vls_envelope_state state)
{
    struct vls_stored_envelope e;

    envelope(&e, device, seq, kind, state);
    check_ok(vls_store_envelope_put(s, &e, &fixture_err), &fixture_err);
}

struct walk {
    struct vls_store *store;
    char text[512]; /* "device.seq " of each */
    enum vls_envelope_state set_to; /* 0: leave it */
};

static enum vls_code
note(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    struct walk *w = ctx;
    size_t at = strlen(w->text);
    uint8_t id[VLS_ID_LEN];

    for (unsigned d = 1; d < 9; d++) {
        id_of(id, d);
        if (memcmp(id, e->device, VLS_ID_LEN) == 0) {
            uint8_t incarnation[VLS_ID_LEN];

            id_of(incarnation, 50 + d);
            assert_memory_equal(e->incarnation, incarnation, VLS_ID_LEN);
            (void)snprintf(w->text + at, sizeof w->text - at, "%u.%u ", d, (unsigned)e->seq);
        }
    }
    assert_int_equal(e->wall_unix_s, -5 + (int64_t)e->seq);
    assert_string_equal(e->why, e->state == VLS_ENV_REFUSED ? "nobody may say so" : "");
    if (w->set_to != 0)
        return vls_store_envelope_state(w->store, e->id, w->set_to, "", err);
    return VLS_OK;
}

static void
check_walk(struct vls_store *s, unsigned kind, enum vls_envelope_state state, const char *expected)
{
    struct walk w = {.store = s};

    check_ok(vls_store_envelopes(s, kind, state, note, &w, &fixture_err), &fixture_err);
    assert_string_equal(w.text, expected);
}

static void
envelopes_come_back_in_order_of_arrival(void **state)
{
    struct vls_store *s = store_make();
    struct vls_stored_envelope e;
    enum vls_envelope_state what;
    struct walk w = {.store = s, .set_to = VLS_ENV_DONE};
    bool found;

    (void)state;
    put(s, 1, 1, 2, VLS_ENV_DONE);
    put(s, 2, 1, 1, VLS_ENV_DONE);
    put(s, 1, 2, 1, VLS_ENV_UNREADABLE);
    put(s, 2, 2, 3, VLS_ENV_DONE);
    put(s, 1, 3, 1, VLS_ENV_REFUSED);
    put(s, 3, 1, 2, VLS_ENV_REFUSED);
    put(s, 1, 4, 1, VLS_ENV_UNREADABLE);
    check_walk(s, 0, 0, "1.1 2.1 1.2 2.2 1.3 3.1 1.4 ");
    check_walk(s, 1, 0, "2.1 1.2 1.3 1.4 ");
    check_walk(s, 2, 0, "1.1 3.1 ");
    check_walk(s, 3, 0, "2.2 ");
    check_walk(s, 9, 0, "");
    check_walk(s, 0, VLS_ENV_DONE, "1.1 2.1 2.2 ");
    check_walk(s, 2, VLS_ENV_DONE, "1.1 ");
    check_walk(s, 0, VLS_ENV_UNREADABLE, "1.2 1.4 ");
    check_walk(s, 1, VLS_ENV_REFUSED, "1.3 ");
    check_walk(s, 2, VLS_ENV_REFUSED, "3.1 ");
    envelope(&e, 1, 3, 1, VLS_ENV_REFUSED);
    check_ok(vls_store_envelope_find(s, e.id, &found, &what, &fixture_err), &fixture_err);
    assert_true(found);
    assert_int_equal(what, VLS_ENV_REFUSED);
    e.id[0] ^= 1;
    check_ok(vls_store_envelope_find(s, e.id, &found, &what, &fixture_err), &fixture_err);
    assert_false(found);
    assert_int_equal(vls_store_envelope_state(s, e.id, VLS_ENV_DONE, "", &fixture_err), VLS_ENOTFOUND);
    /* A key came: while walking, what was unreadable becomes done. */
    check_ok(vls_store_envelopes(s, 0, VLS_ENV_UNREADABLE, note, &w, &fixture_err), &fixture_err);
    assert_string_equal(w.text, "1.2 1.4 ");
    check_walk(s, 0, VLS_ENV_UNREADABLE, "");
    vls_store_close(s);
}

static void
chains_know_their_heads(void **state)
{
    struct vls_store *s = store_make();
    struct vls_stored_envelope e;
    struct walk w = {.store = s};
    uint8_t head[VLS_HASH_LEN], zeros[VLS_HASH_LEN] = {0};
    uint64_t seq;

    (void)state;
    put(s, 1, 1, 1, VLS_ENV_DONE);
    put(s, 2, 1, 1, VLS_ENV_DONE);
    put(s, 1, 2, 1, VLS_ENV_DONE);
    envelope(&e, 1, 2, 1, VLS_ENV_DONE);
    check_ok(vls_store_chain_head(s, e.device, e.incarnation, &seq, head, &fixture_err), &fixture_err);
    assert_int_equal(seq, 2);
    assert_memory_equal(head, e.id, VLS_HASH_LEN);
    check_ok(vls_store_chain_head(s, e.device, e.device, &seq, head, &fixture_err), &fixture_err);
    assert_int_equal(seq, 0);
    assert_memory_equal(head, zeros, VLS_HASH_LEN);
    check_ok(vls_store_chains(s, note, &w, &fixture_err), &fixture_err);
    assert_string_equal(w.text, "1.2 2.1 ");
    vls_store_close(s);
}

static void
repetitions_and_nonsense_are_refused(void **state)
{
    struct vls_store *s = store_make();
    struct vls_stored_envelope e;
    uint8_t *large = calloc(1, 5u << 20);

    (void)state;
    put(s, 1, 1, 1, VLS_ENV_DONE);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    envelope(&e, 1, 1, 1, VLS_ENV_DONE);
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_EEXIST);
    e.id[0] ^= 1; /* a fork: the same place in the chain */
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_EEXIST);
    e.id[0] ^= 1;
    e.seq = 2; /* the same id elsewhere */
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_EEXIST);
    e.id[0] ^= 1;
    e.seq = 0;
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_EFORMAT);
    e.seq = UINT64_MAX;
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_EFORMAT);
    e.seq = 2;
    e.kind = 0;
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_EFORMAT);
    e.kind = 1;
    e.bytes = vls_slice_of(large, 5u << 20);
    assert_int_equal(vls_store_envelope_put(s, &e, &fixture_err), VLS_ELIMIT);
    e.bytes = vls_slice_of(NULL, 0);
    e.wall_unix_s = -3;
    check_ok(vls_store_envelope_put(s, &e, &fixture_err), &fixture_err);
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err); /* a refusal spoils nothing else */
    check_walk(s, 0, 0, "1.1 1.2 ");
    free(large);
    vls_store_close(s);
}

/* ---- waiting ---- */

static enum vls_code
done_with(void *ctx, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes, struct vls_error *err)
{
    struct vls_store *s = ctx;

    assert_int_equal(bytes.n, 3);
    assert_int_equal(bytes.p[2], '!');
    return bytes.p[0] % 2 == 0 ? vls_store_wait_done(s, id, err) : VLS_OK;
}

static enum vls_code
ascending(void *ctx, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes, struct vls_error *err)
{
    unsigned *last = ctx, n = (unsigned)(bytes.p[0] << 8 | bytes.p[1]);

    (void)id;
    (void)err;
    assert_true(n + 1 > *last); /* order of arrival */
    *last = n + 1;
    return VLS_OK;
}

static void
what_waits_has_a_limit(void **state)
{
    struct vls_store *s = store_make();
    uint8_t id[VLS_HASH_LEN], bytes[3] = {0, 0, '!'};
    unsigned last = 0;
    uint64_t n;

    (void)state;
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    for (unsigned i = 0; i < VLS_WAITING_MAX; i++) {
        vls_hash1(id, "test wait", &i, sizeof i);
        bytes[0] = (uint8_t)(i >> 8);
        bytes[1] = (uint8_t)i;
        check_ok(vls_store_wait(s, id, vls_slice_of(bytes, 3), &fixture_err), &fixture_err);
    }
    check_ok(vls_store_wait(s, id, vls_slice_of(bytes, 3), &fixture_err), &fixture_err); /* it is there already */
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    id[0] ^= 1;
    assert_int_equal(vls_store_wait(s, id, vls_slice_of(bytes, 3), &fixture_err), VLS_ELIMIT);
    check_ok(vls_store_waiting(s, ascending, &last, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, VLS_WAITING_MAX);
    assert_int_equal(last, VLS_WAITING_MAX);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    check_ok(vls_store_waiting(s, done_with, s, &n, &fixture_err), &fixture_err);
    check_ok(vls_store_waiting(s, NULL, NULL, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, VLS_WAITING_MAX / 2);
    vls_store_rollback(s);
    check_ok(vls_store_waiting(s, NULL, NULL, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, VLS_WAITING_MAX);
    check_ok(vls_store_wait_done(s, id, &fixture_err), &fixture_err); /* nobody waits under that id */
    id[0] ^= 1;
    check_ok(vls_store_wait_done(s, id, &fixture_err), &fixture_err);
    check_ok(vls_store_waiting(s, NULL, NULL, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, VLS_WAITING_MAX - 1);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(envelopes_come_back_in_order_of_arrival),
        cmocka_unit_test(chains_know_their_heads),
        cmocka_unit_test(repetitions_and_nonsense_are_refused),
        cmocka_unit_test(what_waits_has_a_limit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
