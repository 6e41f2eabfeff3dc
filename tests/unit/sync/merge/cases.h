#ifndef TESTS_SYNC_MERGE_CASES_H
#define TESTS_SYNC_MERGE_CASES_H

/* Three posts, each a replica, which write to records of the real kinds and at the end hold the same change sets. */

#include "tests/unit/sync/merge/rivals.h"
#include "tests/support/replica.h"

enum { HAG, NYC, CAP, N_POSTS };

struct world {
    struct replica *post[N_POSTS];
    int64_t clock[N_POSTS];
};

static inline int
setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);

    if (w == NULL)
        return -1;
    for (int i = 0; i < N_POSTS; i++) {
        w->post[i] = replica_new(NULL);
        w->clock[i] = 1799000000 + i; /* so that no two change sets are equal */
    }
    *state = w;
    return 0;
}

static inline int
teardown(void **state)
{
    struct world *w = *state;

    for (int i = 0; i < N_POSTS; i++)
        replica_free(w->post[i]);
    free(w);
    return 0;
}

/* A record of the case, by a letter. */
static inline const uint8_t *
rec(char letter)
{
    static uint8_t ids[26][VLS_ID_LEN];

    memset(ids[letter - 'a'], letter, VLS_ID_LEN);
    return ids[letter - 'a'];
}

static inline uint32_t
no_of(const char *kind, const char *field)
{
    const struct vls_kind *k = vls_kind_by_name(kind);
    const struct vls_field *f;

    assert_non_null(k);
    f = vls_field_by_name(k, field);
    if (f == NULL)
        fail_msg("%s has no %s", kind, field);
    return f->no;
}

struct edit {
    enum vls_op_type type;
    const char *kind, *field, *key, *value, *reason;
    enum vls_cite cite;
    struct vls_dot names[8];
    size_t n_names;
};

/* One change set with one operation; returns its dot. */
static inline struct vls_dot
commit(struct world *w, int post, char record, const struct edit *e)
{
    struct vls_op op = {.type = e->type, .record = rec(record), .cite = e->cite};
    struct vls_change_writer *cw;
    struct vls_error err = {0};
    struct vls_dot dot = {{0}, 0};
    struct vls_buf value;

    vls_buf_init(&value, 4096);
    if (e->value != NULL)
        value_put(&value, e->value);
    if (e->type == VLS_OP_CREATE)
        op.kind = vls_kind_by_name(e->kind)->no;
    else
        op.field = no_of(e->kind, e->field);
    op.value = vls_buf_slice(&value);
    op.key = vls_slice_str(e->key != NULL ? e->key : "");
    op.reason = vls_slice_str(e->reason != NULL ? e->reason : "");
    check_ok(vls_change_writer_new(&cw, &err), &err);
    check_ok(vls_change_add(cw, &op, e->names, e->n_names, &err), &err);
    replica_commit(w->post[post], cw, w->clock[post], NULL, dot.change);
    vls_buf_clear(&value);
    return dot;
}

static inline void
create(struct world *w, int post, char record, const char *kind)
{
    (void)commit(w, post, record, &(struct edit){.type = VLS_OP_CREATE, .kind = kind});
}

/* A put that names everything live there, as a person's edit does. */
static inline struct vls_dot
put(struct world *w, int post, char record, const char *kind, const char *field, const char *value, enum vls_cite cite)
{
    struct edit e = {.type = VLS_OP_PUT, .kind = kind, .field = field, .value = value, .cite = cite};

    e.n_names = replica_live(w->post[post], rec(record), no_of(kind, field), vls_slice_str(""), e.names, 8);
    return commit(w, post, record, &e);
}

static inline struct vls_dot
decide(struct world *w, int post, char record, const char *kind, const char *field, const char *value)
{
    struct edit e = {.type = VLS_OP_DECIDE, .kind = kind, .field = field, .value = value, .reason = "checked"};

    e.n_names = replica_live(w->post[post], rec(record), no_of(kind, field), vls_slice_str(""), e.names, 8);
    return commit(w, post, record, &e);
}

/* Everybody gets everything, and all agree to the byte. */
static inline void
sync_all(struct world *w)
{
    struct vls_buf want, got;
    uint8_t state[32], other[32];

    for (int i = 0; i < N_POSTS; i++)
        for (int k = N_POSTS - 1; k >= 0; k--)
            replica_pull(w->post[i], w->post[k]);
    vls_buf_init(&want, 1 << 20);
    vls_buf_init(&got, 1 << 20);
    replica_dump(w->post[0], &want);
    replica_state(w->post[0], state);
    for (int i = 1; i < N_POSTS; i++) {
        vls_buf_reset(&got);
        replica_dump(w->post[i], &got);
        assert_true(vls_slice_eq(vls_buf_slice(&want), vls_buf_slice(&got)));
        replica_state(w->post[i], other);
        assert_memory_equal(state, other, 32);
        replica_state_afresh(w->post[i], other);
        assert_memory_equal(state, other, 32);
    }
    vls_buf_clear(&want);
    vls_buf_clear(&got);
}

/* "shown, shown | kept": plain values of a register at HAG. */
static inline void
shows(struct world *w, char record, const char *kind, const char *field, const char *want, enum vls_attention attention)
{
    const struct vls_field *f = vls_field_by_name(vls_kind_by_name(kind), field);
    const struct vls_rival *r;
    struct vls_verdict v;
    struct vls_buf out;
    size_t n = replica_register(w->post[HAG], rec(record), f->no, vls_slice_str(""), &r, &v);

    vls_buf_init(&out, 4096);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            vls_buf_printf(&out, "%s", i == v.n_shown ? " | " : ", ");
        vls_value_plain(&out, f, r[i].value);
    }
    assert_string_equal(vls_buf_str(&out), want);
    assert_int_equal(v.attention, attention);
    vls_buf_clear(&out);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
