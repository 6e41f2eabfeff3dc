/*
 * The laws of merging for each policy by its name: three posts write one field of one record, now and then seeing each
 * other, and what a replica shows must not depend on order, grouping, repetition or batches; nor may a value that was
 * once shown ever be gone. VLS_SEED=n runs the one case n for every policy; a failure names both.
 */
#include "tests/support/check.h"

#include "tests/support/history.h"

#define RUNS    80
#define POSTS   3
#define SETS    14
#define ACK_MAX 256
#define DUMP    (1u << 20)

static const uint8_t record[VLS_ID_LEN] = {0x51};

/* The policy under test, as field 1 of kind 1. */
static const struct vls_field *tested;

static const struct vls_field *
field_of(uint32_t kind, uint32_t field)
{
    return kind == 1 && field == 1 ? tested : NULL;
}

/* ---- one case ---- */

static bool
one_of_many(enum vls_policy p)
{
    return p == VLS_P_AWS || p == VLS_P_GSET || p == VLS_P_LOG || p == VLS_P_REFDATA;
}

static const char *
key_for(enum vls_policy p, uint64_t *random)
{
    static const char *const keys[] = {"", "a", "b"};

    return p == VLS_P_MAP || p == VLS_P_RWS ? keys[check_random(random) % 3] : "";
}

static void
write_something(struct replica *post, uint64_t *random)
{
    struct vls_op op = {.record = record, .field = 1, .cite = (enum vls_cite)(check_random(random) % 4)};
    struct vls_dot named[64];
    struct vls_change_writer *w;
    struct vls_buf value;
    uint8_t id[VLS_CHANGE_ID_LEN];
    size_t n = 0;

    vls_buf_init(&value, 4096);
    history_value(&value, tested, random);
    op.key = vls_slice_str(key_for(tested->policy, random));
    op.value = vls_buf_slice(&value);
    assert_int_equal(vls_change_writer_new(&w, NULL), VLS_OK);
    if (replica_n_changes(post) == 0) {
        const struct vls_op create = {.type = VLS_OP_CREATE, .record = record, .kind = 1};

        assert_int_equal(vls_change_add(w, &create, NULL, 0, NULL), VLS_OK);
    }
    if (one_of_many(tested->policy)) {
        op.type = tested->policy == VLS_P_LOG || tested->policy == VLS_P_REFDATA ? VLS_OP_APPEND : VLS_OP_ADD;
        if (check_random(random) % 4 == 0 && (n = replica_live(post, record, 1, op.key, named, 64)) > 0) {
            op.type = VLS_OP_REMOVE;
            op.value = vls_slice_of(NULL, 0);
        }
    } else {
        op.type = VLS_OP_PUT;
        n = replica_live(post, record, 1, op.key, named, 64);
        if (n > 0 && check_random(random) % 5 == 0)
            op.type = VLS_OP_DECIDE;
    }
    if (op.type == VLS_OP_APPEND)
        op.cite = VLS_CITE_NONE;
    assert_int_equal(vls_change_add(w, &op, named, n, NULL), VLS_OK);
    replica_commit(post, w, (int64_t)(check_random(random) % 1000), NULL, id);
    vls_buf_clear(&value);
}

struct made {
    struct replica *post[POSTS], *all;
    uint64_t seed;
};

static void
case_make(struct made *m, uint64_t seed)
{
    uint64_t random = seed;

    m->seed = seed;
    m->all = replica_new(field_of);
    for (int i = 0; i < POSTS; i++)
        m->post[i] = replica_new(field_of);
    for (int i = 0; i < SETS; i++) {
        struct replica *post = m->post[check_random(&random) % POSTS];

        if (check_random(&random) % 3 == 0)
            replica_pull(post, m->post[check_random(&random) % POSTS]);
        write_something(post, &random);
    }
    for (int i = 0; i < POSTS; i++)
        replica_pull(m->all, m->post[i]);
}

static void
case_clear(struct made *m)
{
    replica_free(m->all);
    for (int i = 0; i < POSTS; i++)
        replica_free(m->post[i]);
}

static void
same(const struct made *m, struct replica *got, const char *law)
{
    struct vls_buf a, b;

    vls_buf_init(&a, DUMP);
    vls_buf_init(&b, DUMP);
    replica_dump(m->all, &a);
    replica_dump(got, &b);
    if (a.bad != VLS_OK || !vls_slice_eq(vls_buf_slice(&a), vls_buf_slice(&b)))
        fail_msg("%s, VLS_SEED=%llu: not %s\n--- wanted\n%.*s--- got\n%.*s", vls_policy_name(tested->policy),
                 (unsigned long long)m->seed, law, (int)a.n, (const char *)a.p, (int)b.n, (const char *)b.p);
    vls_buf_clear(&a);
    vls_buf_clear(&b);
}

/* ---- the laws ---- */

static void
commutative(struct made *m)
{
    static const int orders[][POSTS] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

    for (size_t i = 0; i < 6; i++) {
        struct replica *r = replica_new(field_of);

        for (int k = 0; k < POSTS; k++)
            replica_pull(r, m->post[orders[i][k]]);
        same(m, r, "commutative");
        replica_free(r);
    }
}

static void
associative(struct made *m)
{
    struct replica *left = replica_new(field_of), *right = replica_new(field_of);

    replica_pull(left, m->post[0]); /* (a + b) + c */
    replica_pull(left, m->post[1]);
    replica_pull(left, m->post[2]);
    replica_pull(right, m->post[1]); /* a + (b + c) */
    replica_pull(right, m->post[2]);
    replica_pull(right, m->post[0]);
    same(m, left, "associative");
    same(m, right, "associative");
    replica_pull(left, right);
    same(m, left, "idempotent");
    replica_free(left);
    replica_free(right);
}

static void
idempotent(struct made *m)
{
    struct replica *r = replica_new(field_of);
    uint64_t random = m->seed;

    replica_pull(r, m->all);
    replica_pull(r, m->all);
    for (size_t n = replica_n_changes(r), i = 0; i < n; i++)
        assert_int_equal(replica_repeat(r, (size_t)(check_random(&random) % n), NULL), VLS_OK);
    same(m, r, "idempotent");
    replica_free(r);
}

/* What has been shown by now, by dot. */
struct shown {
    struct vls_dot dot[ACK_MAX];
    size_t n;
};

static void
acknowledge(struct shown *s, struct replica *r)
{
    static const char *const keys[] = {"", "a", "b"};

    for (size_t k = 0; k < 3; k++) {
        const struct vls_rival *rivals;
        struct vls_verdict v;

        (void)replica_register(r, record, 1, vls_slice_str(keys[k]), &rivals, &v);
        if (!vls_merge_shows(tested)) /* kept in plain sight is all that is promised */
            v.n_shown = v.n_kept;
        for (size_t i = 0; i < v.n_shown && s->n < ACK_MAX; i++) {
            size_t at = 0;

            while (at < s->n && vls_dot_cmp(&s->dot[at], &rivals[i].dot) != 0)
                at++;
            if (at == s->n)
                s->dot[s->n++] = rivals[i].dot;
        }
    }
}

static size_t
nothing_shown_is_gone(const struct made *m, const struct shown *s, struct replica *r)
{
    size_t n_past = 0;

    for (size_t i = 0; i < s->n; i++) {
        struct vls_slice value;
        struct vls_dot by;
        enum replica_fate fate = replica_value(r, &s->dot[i], &value, &by);

        if (fate == REPLICA_LOST)
            fail_msg("%s, VLS_SEED=%llu: a value that was shown is gone", vls_policy_name(tested->policy),
                     (unsigned long long)m->seed);
        n_past += fate == REPLICA_PAST;
    }
    return n_past;
}

/* Change sets one by one, in any order, looked at in between: the batches of a sync mean nothing. */
static size_t
independent_of_batches_and_monotone(struct made *m)
{
    struct replica *r = replica_new(field_of);
    size_t n = replica_n_changes(m->all), order[SETS], n_past = 0;
    uint64_t random = ~m->seed;
    struct shown shown = {.n = 0};
    uint8_t state[32];

    assert_int_equal(n, SETS);
    for (size_t i = 0; i < n; i++) {
        size_t k = (size_t)(check_random(&random) % (i + 1));

        order[i] = order[k];
        order[k] = i;
    }
    for (size_t i = 0; i < n; i++) {
        struct vls_slice bytes;
        const uint8_t *id = replica_change(m->all, order[i], &bytes);

        assert_int_equal(replica_deliver(r, id, bytes, check_random(&random) % 2 == 0, NULL), VLS_OK);
        if (check_random(&random) % 2 == 0)
            replica_state(r, state);
        acknowledge(&shown, r);
        n_past = nothing_shown_is_gone(m, &shown, r);
    }
    same(m, r, "independent of batches");
    replica_free(r);
    return n_past;
}

/* ---- each policy ---- */

static void
the_laws_hold(void **state)
{
    const char *one = getenv("VLS_SEED");
    uint64_t first = one != NULL ? check_seed(1) : 1, last = one != NULL ? first : RUNS;
    size_t n_rival = 0, n_past = 0;

    tested = *state;
    for (uint64_t seed = first; seed <= last; seed++) {
        const struct vls_rival *rivals;
        struct vls_verdict v;
        struct made m;

        case_make(&m, seed);
        commutative(&m);
        associative(&m);
        idempotent(&m);
        n_past += independent_of_batches_and_monotone(&m);
        n_rival += replica_register(m.all, record, 1, vls_slice_str(""), &rivals, &v) > 1;
        case_clear(&m);
    }
    if (one == NULL && (n_rival < RUNS / 3 || (n_past == 0 && !vls_merge_permanent(tested))))
        fail_msg("%s: %zu cases with rivals, %zu shown values replaced: the laws hold for nothing",
                 vls_policy_name(tested->policy), n_rival, n_past);
}

int
main(void)
{
    struct CMUnitTest tests[HISTORY_N_FIELDS];
    static char names[HISTORY_N_FIELDS][80];

    for (uint32_t i = 0; i < HISTORY_N_FIELDS; i++) {
        const struct vls_field *f = history_field(1, i + 1);

        (void)snprintf(names[i], sizeof names[i], "%s (field %u) keeps the laws", vls_policy_name(f->policy),
                       (unsigned)f->no);
        tests[i] = (struct CMUnitTest){names[i], the_laws_hold, NULL, NULL, (void *)(uintptr_t)f};
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
