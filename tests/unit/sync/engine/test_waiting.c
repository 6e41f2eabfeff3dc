/* What waits is tried in the order of its chains, over a store that counts how often it is asked. */
#include "tests/support/check.h"

/* The real ones are in the library that this is linked with. */
#define vls_store_waiting       room_waiting
#define vls_store_wait_get      room_get
#define vls_store_wait_done     room_done
#define vls_store_meta_get      room_meta_get
#define vls_store_meta_put      room_meta_put
#define vls__receive_again      room_judge
#define vls__receive_waiting    room_receive
#define vls__receive_unreadable room_unreadable
#include "sync/engine/waiting.c"

#define MOST   400
#define CHAINS 4

struct held {
    uint8_t id[VLS_HASH_LEN], bytes[512];
    size_t n_bytes;
    unsigned chain;
    uint64_t seq;
    int needs; /* position of another one that must have come, -1 for none */
    bool gone;
};

/* The store and the judge in one: chains that grow, and a counter of looks. */
static struct {
    struct held v[MOST];
    size_t n, n_looks;
    uint64_t head[CHAINS];
    struct vls_secret *sk;
    int fail_at; /* the look that fails, -1 for none */
    bool retry;  /* something opened once lacked what it builds on */
    size_t n_retries;
} room;

enum vls_code
vls_store_waiting(struct vls_store *s, vls_waiting_fn *fn, void *ctx, uint64_t *n, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    (void)s;
    *n = 0;
    for (size_t i = 0; i < room.n && rc == VLS_OK; i++)
        if (!room.v[i].gone) {
            (*n)++;
            if (fn != NULL)
                rc = fn(ctx, room.v[i].id, vls_slice_of(room.v[i].bytes, room.v[i].n_bytes), err);
        }
    return rc;
}

static struct held *
held_find(const uint8_t *id)
{
    for (size_t i = 0; i < room.n; i++)
        if (memcmp(room.v[i].id, id, VLS_HASH_LEN) == 0)
            return &room.v[i];
    fail_msg("asked for what does not wait");
    return NULL;
}

enum vls_code
vls_store_wait_get(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_buf *out, struct vls_error *err)
{
    const struct held *h = held_find(id);

    (void)s;
    vls_buf_put(out, h->bytes, h->n_bytes);
    return vls_buf_ok(out, err);
}

enum vls_code
vls_store_wait_done(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_error *err)
{
    (void)s;
    (void)err;
    held_find(id)->gone = true;
    return VLS_OK;
}

enum vls_code
vls__receive_again(struct receiver *r, struct vls_slice bytes, bool *waits, struct vls_error *err)
{
    struct vls_envelope env;
    struct held *h;

    (void)r;
    if ((int)room.n_looks++ == room.fail_at)
        return VLS_FAIL(err, VLS_EIO, "as told");
    check_ok(vls_envelope_read(&env, bytes, err), err);
    h = held_find(env.id);
    *waits = h->seq > room.head[h->chain] + 1 || (h->needs >= 0 && !room.v[h->needs].gone);
    if (!*waits && h->seq == room.head[h->chain] + 1)
        room.head[h->chain]++; /* an earlier number is another branch */
    return VLS_OK;
}

enum vls_code
vls_store_meta_get(struct vls_store *s, const char *name, struct vls_buf *out, struct vls_error *err)
{
    (void)s;
    assert_string_equal(name, META_RETRY);
    if (!room.retry)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no such value");
    vls_buf_put_u8(out, 1);
    return VLS_OK;
}

enum vls_code
vls_store_meta_put(struct vls_store *s, const char *name, struct vls_slice value, struct vls_error *err)
{
    (void)s;
    (void)err;
    assert_string_equal(name, META_RETRY);
    room.retry = value.n > 0;
    return VLS_OK;
}

enum vls_code
vls__receive_unreadable(struct vls_engine *e, struct vls_error *err)
{
    (void)e;
    (void)err;
    assert_false(room.retry); /* noted as done before, so that it may ask for another time */
    room.n_retries++;
    return VLS_OK;
}

static void
hold(unsigned chain, uint64_t seq, int needs)
{
    static const uint8_t zeros[VLS_HASH_LEN];
    const struct held *before = NULL;
    struct held *h = &room.v[room.n++];
    uint8_t device[VLS_DEVICE_LEN] = {(uint8_t)chain};
    struct vls_envelope_draft d = {.kind = VLS_ENV_ACK,
                                   .group = zeros,
                                   .device = device,
                                   .incarnation = zeros,
                                   .seq = seq,
                                   .prev = zeros,
                                   .wall_unix_s = (int64_t)room.n};
    struct vls_error err;
    struct vls_buf out;

    for (size_t i = 0; i + 1 < room.n; i++)
        if (room.v[i].chain == chain && room.v[i].seq + 1 == seq)
            before = &room.v[i];
    if (before != NULL)
        d.prev = before->id;
    vls_buf_init(&out, sizeof h->bytes);
    check_ok(vls_envelope_write(&out, h->id, &d, room.sk, NULL, vls_slice_of(NULL, 0), &err), &err);
    memcpy(h->bytes, out.p, out.n);
    h->n_bytes = out.n;
    h->chain = chain;
    h->seq = seq;
    h->needs = needs;
    h->gone = false;
    vls_buf_clear(&out);
}

/* What was held in order, in the opposite one. */
static void
turn_round(void)
{
    for (size_t i = 0; i < room.n / 2; i++) {
        struct held h = room.v[i];

        room.v[i] = room.v[room.n - 1 - i];
        room.v[room.n - 1 - i] = h;
    }
}

static enum vls_code
run(uint64_t *waiting, struct vls_error *err)
{
    struct vls_engine e = {.store = NULL};
    struct vls_sync_result result = {.waiting = 99};
    struct receiver r = {.e = &e, .result = &result};
    enum vls_code rc = vls__receive_waiting(&r, err);

    *waiting = result.waiting;
    return rc;
}

static int
empty_room(void **state)
{
    uint8_t pk[VLS_SIGN_PK_LEN];
    struct vls_error err;

    (void)state;
    memset(&room, 0, sizeof room);
    room.fail_at = -1;
    check_ok(vls_secret_start(&err), &err);
    check_ok(vls_sign_keypair(pk, &room.sk, &err), &err);
    return 0;
}

static int
close_room(void **state)
{
    (void)state;
    vls_secret_free(room.sk);
    return 0;
}

static void
runs(uint64_t waiting_then, size_t most_looks)
{
    struct vls_error err;
    uint64_t waiting;

    check_ok(run(&waiting, &err), &err);
    assert_int_equal(waiting, waiting_then);
    assert_in_range(room.n_looks, 0, most_looks);
}

static void
an_empty_room_is_left_alone(void **state)
{
    (void)state;
    runs(0, 0);
}

static void
a_chain_in_reverse_takes_one_look_each(void **state)
{
    (void)state;
    for (uint64_t seq = 1; seq <= MOST; seq++)
        hold(0, seq, -1);
    turn_round();
    runs(0, MOST);
    assert_int_equal(room.head[0], MOST);
}

static void
behind_a_gap_only_the_first_is_looked_at(void **state)
{
    struct held gap;

    (void)state;
    for (uint64_t seq = 1; seq <= MOST; seq++)
        hold(0, seq, -1);
    turn_round();
    gap = room.v[MOST - 100];
    assert_int_equal(gap.seq, 100);
    room.v[MOST - 100] = room.v[--room.n];
    runs(MOST - 100, 99 + 2); /* once more after the first ones have moved */
    room.n_looks = 0;
    runs(MOST - 100, 1);
    room.v[room.n++] = gap;
    room.n_looks = 0;
    runs(0, MOST);
    assert_int_equal(room.head[0], MOST);
}

/* Each builds on the one before it, over all chains in turn: as many rounds as there are. */
static void
chains_that_build_on_each_other_all_come_in(void **state)
{
    (void)state;
    for (int i = 0; i < MOST; i++)
        hold((unsigned)(i % CHAINS), (uint64_t)(i / CHAINS + 1), i - 1);
    runs(0, (size_t)MOST * CHAINS);
    for (int i = 0; i < CHAINS; i++)
        assert_int_equal(room.head[i], MOST / CHAINS);
}

/* Two branches of a chain: one waits for ever, the other must not wait with it, nor what follows it. */
static void
a_branch_that_waits_does_not_hold_up_another(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        room.n = room.head[0] = room.head[3] = room.n_looks = 0;
        hold(3, 7, -1); /* waits for ever */
        hold(0, 1, order == 0 ? 0 : -1);
        hold(0, 1, order == 0 ? -1 : 0);
        hold(0, 2, -1); /* follows the one held last: that which comes in, then that which waits */
        runs(order == 0 ? 2 : 3, 16);
        assert_int_equal(room.head[0], order == 0 ? 2 : 1);
    }
}

static void
a_failure_ends_it_and_leaves_the_rest(void **state)
{
    struct vls_error err;
    uint64_t waiting;
    size_t gone = 0;

    (void)state;
    for (uint64_t seq = 10; seq > 0; seq--)
        hold(0, seq, -1);
    room.fail_at = 4;
    assert_int_equal(run(&waiting, &err), VLS_EIO);
    for (size_t i = 0; i < room.n; i++)
        gone += room.v[i].gone;
    assert_int_equal(gone, 4);
}

static void
what_could_not_be_used_is_tried_when_asked_for(void **state)
{
    (void)state;
    runs(0, 0);
    assert_int_equal(room.n_retries, 0);
    room.retry = true;
    runs(0, 0);
    runs(0, 0);
    assert_int_equal(room.n_retries, 1);
}

#define IN_A_ROOM(f) cmocka_unit_test_setup_teardown(f, empty_room, close_room)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_ROOM(an_empty_room_is_left_alone),
        IN_A_ROOM(a_chain_in_reverse_takes_one_look_each),
        IN_A_ROOM(behind_a_gap_only_the_first_is_looked_at),
        IN_A_ROOM(chains_that_build_on_each_other_all_come_in),
        IN_A_ROOM(a_branch_that_waits_does_not_hold_up_another),
        IN_A_ROOM(a_failure_ends_it_and_leaves_the_rest),
        IN_A_ROOM(what_could_not_be_used_is_tried_when_asked_for),
    };

    return cmocka_run_group_tests_name("waiting", tests, NULL, NULL);
}
