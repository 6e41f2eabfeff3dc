/*
 * Laws of merging, over random histories: the state is a function of the set of change sets (I2),
 * nothing ever written is lost (I3), causality comes before rules and clocks count for nothing (I6).
 * VLS_SEED=n runs the one history n; VLS_RUNS=n tries n histories.
 */
#include "tests/support/check.h"

#include "tests/support/history.h"

#define RUNS 1200
#define DUMP_MAX (8u << 20)

struct seen {
    struct vls_buf dump;
    uint8_t state[32];
};

static void
look(struct seen *s, struct replica *r, uint64_t seed)
{
    uint8_t afresh[32];

    vls_buf_init(&s->dump, DUMP_MAX);
    replica_dump(r, &s->dump);
    replica_state(r, s->state);
    replica_state_afresh(r, afresh);
    if (memcmp(s->state, afresh, 32) != 0)
        fail_msg("VLS_SEED=%llu: the state kept up to date is not the state made afresh", (unsigned long long)seed);
}

static void
same_as(const struct seen *want, struct replica *r, uint64_t seed, const char *what)
{
    struct seen got;

    look(&got, r, seed);
    if (!vls_slice_eq(vls_buf_slice(&want->dump), vls_buf_slice(&got.dump)))
        fail_msg("VLS_SEED=%llu: %s: another state\n--- wanted\n%.*s--- got\n%.*s", (unsigned long long)seed, what,
                 (int)want->dump.n, (const char *)want->dump.p, (int)got.dump.n, (const char *)got.dump.p);
    if (memcmp(want->state, got.state, 32) != 0)
        fail_msg("VLS_SEED=%llu: %s: another state digest", (unsigned long long)seed, what);
    vls_buf_clear(&got.dump);
}

static size_t *
shuffled(size_t n, uint64_t *random)
{
    size_t *order = calloc(n + 1, sizeof *order);

    assert_non_null(order);
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)(check_random(random) % (i + 1));

        order[i] = order[k];
        order[k] = i;
    }
    return order;
}

/* Delivers everything in a random order, some of it twice, judging now and then in between. */
static struct replica *
replay(const struct replica *all, uint64_t *random, bool wait)
{
    size_t n = replica_n_changes(all), *order = shuffled(n, random);
    struct replica *r = replica_new(history_field);
    uint8_t state[32];

    for (size_t i = 0; i < n; i++) {
        struct vls_slice bytes;
        const uint8_t *id = replica_change(all, order[i], &bytes);

        assert_int_equal(replica_deliver(r, id, bytes, wait, NULL), VLS_OK);
        if (check_random(random) % 8 == 0)
            replica_state(r, state);
        if (check_random(random) % 4 == 0) {
            id = replica_change(all, order[check_random(random) % (i + 1)], &bytes);
            assert_int_equal(replica_deliver(r, id, bytes, wait, NULL), VLS_OK);
        }
    }
    assert_int_equal(replica_n_waiting(r), 0);
    free(order);
    return r;
}

static void
any_order_any_batches(struct history *h, const struct seen *want, uint64_t seed)
{
    uint64_t random = seed ^ 0x6f72646572;

    for (int i = 0; i < 2; i++) {
        struct replica *r = replay(h->all, &random, true);

        same_as(want, r, seed, "in an order that waits for dependencies");
        replica_free(r);
        r = replay(h->all, &random, false);
        same_as(want, r, seed, "in any order at all");
        replica_free(r);
    }
}

/* (a + b) + c, c + (b + a), a + a. */
static void
posts_join_in_any_grouping(struct history *h, const struct seen *want, uint64_t seed)
{
    struct replica *left = replica_new(history_field), *right = replica_new(history_field);
    struct seen before, again;

    look(&before, h->post[0], seed);
    replica_pull(h->post[0], h->post[0]);
    same_as(&before, h->post[0], seed, "a post joined with itself");
    vls_buf_clear(&before.dump);
    for (size_t i = 0; i < h->n_posts; i++) {
        replica_pull(left, h->post[i]);
        replica_pull(right, h->post[h->n_posts - 1 - i]);
    }
    same_as(want, left, seed, "posts joined from the first");
    same_as(want, right, seed, "posts joined from the last");
    look(&again, left, seed);
    replica_pull(left, right);
    same_as(&again, left, seed, "joined with what is known");
    vls_buf_clear(&again.dump);
    replica_free(left);
    replica_free(right);
}

static void
repeating_changes_nothing(struct history *h, const struct seen *want, uint64_t seed)
{
    uint64_t random = seed ^ 0x7265706561;
    size_t n = replica_n_changes(h->all);

    for (size_t i = 0; i < n; i++)
        assert_int_equal(replica_repeat(h->all, (size_t)(check_random(&random) % n), NULL), VLS_OK);
    same_as(want, h->all, seed, "change sets applied again");
}

static void
clocks_change_nothing(const struct seen *want, uint64_t seed)
{
    struct history other;

    history_make(&other, seed, ~seed);
    same_as(want, other.all, seed, "with other clocks");
    history_clear(&other);
}

/* ---- I3 ---- */

/* A value's register and dot, borrowed from the change set. */
struct place {
    const uint8_t *record;
    uint32_t field;
    struct vls_slice key;
    struct vls_dot dot;
};

#define PLACES_MAX 8192

/* What all operations name, read from the change sets by themselves. */
static size_t
read_names(const struct history *h, struct place *out)
{
    size_t n = 0;

    for (size_t i = 0; i < replica_n_changes(h->all); i++) {
        struct vls_slice bytes;
        struct vls_change c;
        struct vls_op op;

        (void)replica_change(h->all, i, &bytes);
        assert_int_equal(vls_change_open(&c, bytes, NULL), VLS_OK);
        while (vls_change_next(&c, &op))
            for (size_t k = op.n_names; k-- > 0; n++) {
                assert_true(n < PLACES_MAX);
                out[n] = (struct place){op.record, op.field, op.key, {{0}, 0}};
                assert_true(vls_change_next_named(&c, &op, &out[n].dot));
            }
    }
    return n;
}

static bool
names_it(const struct place *p, const struct vls_op *op, const struct vls_dot *dot)
{
    return vls_dot_cmp(&p->dot, dot) == 0 && memcmp(p->record, op->record, VLS_ID_LEN) == 0 && p->field == op->field &&
           vls_slice_eq(p->key, op->key);
}

static void
value_is_there(struct history *h, const struct vls_op *op, const struct vls_dot *dot, bool retired, uint64_t seed)
{
    bool listed = false;
    const struct vls_rival *r;
    struct vls_slice value;
    struct vls_verdict v;
    struct vls_dot by;
    enum replica_fate fate = replica_value(h->all, dot, &value, &by);
    size_t n;

    if (fate != (retired ? REPLICA_PAST : REPLICA_LIVE) || !vls_slice_eq(value, op->value))
        fail_msg("VLS_SEED=%llu: a value of field %u is %s", (unsigned long long)seed, (unsigned)op->field,
                 fate == REPLICA_LOST ? "lost" : "not where it belongs");
    if (op->type == VLS_OP_REMOVE || fate == REPLICA_PAST)
        return;
    n = replica_register(h->all, op->record, op->field, op->key, &r, &v);
    for (size_t i = 0; i < n; i++)
        listed = listed || vls_dot_cmp(&r[i].dot, dot) == 0;
    if (!listed || (v.n_shown == 0 && v.policy != VLS_P_REFDATA && v.policy != VLS_P_DERIVED))
        fail_msg("VLS_SEED=%llu: a live value of field %u is not in its register", (unsigned long long)seed,
                 (unsigned)op->field);
}

static void
nothing_vanishes(struct history *h, uint64_t seed)
{
    struct place *names = calloc(PLACES_MAX, sizeof *names);
    size_t n_names;

    assert_non_null(names);
    n_names = read_names(h, names);
    for (size_t i = 0; i < replica_n_changes(h->all); i++) {
        struct vls_slice bytes;
        struct vls_dot dot;
        struct vls_change c;
        struct vls_op op;

        memcpy(dot.change, replica_change(h->all, i, &bytes), VLS_CHANGE_ID_LEN);
        assert_int_equal(vls_change_open(&c, bytes, NULL), VLS_OK);
        while (vls_change_next(&c, &op)) {
            bool retired = false;

            dot.op = op.no;
            for (size_t k = 0; k < n_names && !retired; k++)
                retired = names_it(&names[k], &op, &dot);
            if (op.type != VLS_OP_CREATE)
                value_is_there(h, &op, &dot, retired, seed);
        }
    }
    free(names);
}

/* ---- decisions at the end of any history ---- */

static void
commit_one(struct replica *r, struct vls_op *op, const char *value)
{
    struct vls_dot named[512];
    struct vls_change_writer *w;
    uint8_t bytes[16], id[VLS_CHANGE_ID_LEN];
    size_t n = replica_live(r, op->record, op->field, op->key, named, 512);

    bytes[0] = (uint8_t)(0x60 + strlen(value));
    memcpy(bytes + 1, value, strlen(value));
    op->value = vls_slice_of(bytes, 1 + strlen(value));
    op->type = VLS_OP_PUT;
    assert_int_equal(vls_change_writer_new(&w, NULL), VLS_OK);
    assert_int_equal(vls_change_add(w, op, named, n, NULL), VLS_OK);
    replica_commit(r, w, 0, NULL, id);
}

static void
what_saw_everything_stands_alone_until_others_write(struct history *h, uint64_t seed)
{
    static const uint8_t record[VLS_ID_LEN] = {0x20, [15] = 1};
    struct replica *a = replica_new(history_field), *b = replica_new(history_field);
    struct vls_op op = {.record = record, .field = 99}; /* of no kind: as LWW+K */
    const struct vls_rival *r;
    struct vls_verdict v;

    replica_pull(a, h->all);
    commit_one(a, &op, "base");
    replica_pull(b, a);
    if (replica_register(a, record, 99, op.key, &r, &v) != 1 || v.attention != VLS_QUIET)
        fail_msg("VLS_SEED=%llu: an edit that saw everything does not stand alone", (unsigned long long)seed);
    commit_one(a, &op, "this");
    commit_one(b, &op, "that");
    replica_pull(a, b);
    replica_pull(b, a);
    if (replica_register(a, record, 99, op.key, &r, &v) != 2 || v.n_shown != 1 || v.attention != VLS_CONFLICT)
        fail_msg("VLS_SEED=%llu: two edits that did not see each other are no conflict", (unsigned long long)seed);
    commit_one(a, &op, "this");
    commit_one(b, &op, "that");
    replica_pull(a, b);
    if (replica_register(a, record, 99, op.key, &r, &v) != 2 || v.attention != VLS_CONFLICT)
        fail_msg("VLS_SEED=%llu: two decisions that differ do not reopen", (unsigned long long)seed);
    commit_one(a, &op, "this");
    if (replica_register(a, record, 99, op.key, &r, &v) != 1 || v.attention != VLS_QUIET)
        fail_msg("VLS_SEED=%llu: a decision that saw all does not close", (unsigned long long)seed);
    replica_free(a);
    replica_free(b);
}

static void
one_history(uint64_t seed)
{
    struct history h;
    struct seen want;

    history_make(&h, seed, seed);
    look(&want, h.all, seed);
    any_order_any_batches(&h, &want, seed);
    posts_join_in_any_grouping(&h, &want, seed);
    clocks_change_nothing(&want, seed);
    nothing_vanishes(&h, seed);
    repeating_changes_nothing(&h, &want, seed);
    what_saw_everything_stands_alone_until_others_write(&h, seed);
    vls_buf_clear(&want.dump);
    history_clear(&h);
}

static void
random_histories_keep_the_laws(void **state)
{
    const char *runs = getenv("VLS_RUNS");
    uint64_t n = runs != NULL ? strtoull(runs, NULL, 0) : RUNS;

    (void)state;
    if (getenv("VLS_SEED") != NULL) {
        one_history(check_seed(0));
        return;
    }
    for (uint64_t seed = 1; seed <= n; seed++)
        one_history(seed);
}

/* The generator must reach what the laws are about, or they hold for nothing. */
static void
histories_hold_rivals_pasts_and_withheld_changes(void **state)
{
    size_t n_rival = 0, n_conflict = 0, n_past = 0, n_waiting = 0, n_behind = 0;

    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct vls_buf dump;
        struct history h;
        const char *text;

        history_make(&h, seed, seed);
        vls_buf_init(&dump, DUMP_MAX);
        replica_dump(h.all, &dump);
        text = vls_buf_str(&dump);
        n_rival += strstr(text, "  kept value") != NULL;
        n_conflict += strstr(text, "attention 2") != NULL;
        n_past += strstr(text, " by ") != NULL;
        for (size_t i = 0; i < h.n_posts; i++) {
            n_waiting += replica_n_waiting(h.post[i]) > 0;
            n_behind += replica_n_changes(h.post[i]) < replica_n_changes(h.all);
        }
        vls_buf_clear(&dump);
        history_clear(&h);
    }
    assert_true(n_rival > 30);
    assert_true(n_conflict > 30);
    assert_true(n_past > 30);
    assert_true(n_waiting > 5);
    assert_true(n_behind > 60);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(histories_hold_rivals_pasts_and_withheld_changes),
        cmocka_unit_test(random_histories_keep_the_laws),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
