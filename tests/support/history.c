/*
 * Generates histories. The ids of change sets are made from the seed and a count, not from the bytes,
 * so that two histories that differ in their clocks only can be compared byte by byte.
 */
#include "tests/support/value_spec.h"

#include "valise/prim.h"

#include "tests/support/history.h"

#define N_RECORDS 3
#define NAMED_MAX 64

static const struct vls_term terms[] = {{"low", {"", ""}}, {"mid", {"", ""}}, {"high", {"", ""}}, {"top", {"", ""}}};

#define ENUM_TERMS .terms = terms, .n_terms = 4
static const struct vls_field fields[HISTORY_N_FIELDS] = {
    {.no = 1, .type = VLS_T_TEXT, .policy = VLS_P_IMM},
    {.no = 2, .type = VLS_T_TEXT, .policy = VLS_P_LWW},
    {.no = 3, .type = VLS_T_TEXT, .policy = VLS_P_CITE},
    {.no = 4, .type = VLS_T_DATE, .policy = VLS_P_REFINE},
    {.no = 5, .type = VLS_T_TEXT, .policy = VLS_P_MV},
    {.no = 6, .type = VLS_T_ENUM, .policy = VLS_P_RESTRICT, ENUM_TERMS},
    {.no = 7, .type = VLS_T_ENUM, .policy = VLS_P_RESTRICT, .flags = VLS_F_RELEASE, ENUM_TERMS},
    {.no = 8, .type = VLS_T_ENUM, .policy = VLS_P_ALERT, ENUM_TERMS},
    {.no = 9, .type = VLS_T_INSTANT, .policy = VLS_P_EARLY},
    {.no = 10, .type = VLS_T_DATE, .policy = VLS_P_EARLY},
    {.no = 11, .type = VLS_T_ENUM, .policy = VLS_P_FWD, ENUM_TERMS},
    {.no = 12, .type = VLS_T_TEXT, .policy = VLS_P_AWS},
    {.no = 13, .type = VLS_T_TEXT, .policy = VLS_P_GSET},
    {.no = 14, .type = VLS_T_TEXT, .policy = VLS_P_RWS},
    {.no = 15, .type = VLS_T_ENTRY, .policy = VLS_P_LOG},
    {.no = 16, .type = VLS_T_TEXT, .policy = VLS_P_PARA},
    {.no = 17, .type = VLS_T_TEXT, .policy = VLS_P_MAP},
    {.no = 18, .type = VLS_T_TEXT, .policy = VLS_P_REFDATA},
    {.no = 19, .type = VLS_T_ENUM, .policy = VLS_P_DERIVED, ENUM_TERMS},
};

const struct vls_field *
history_field(uint32_t kind, uint32_t field)
{
    if (field < 1 || field > HISTORY_N_FIELDS || kind < 1 || kind > 2)
        return NULL;
    return &fields[kind == 1 ? field - 1 : (field + 4) % HISTORY_N_FIELDS];
}

/* ---- values ---- */

#define POOL(...) {__VA_ARGS__, NULL}
static const char *const pools[][12] = {
    [VLS_T_TEXT] = POOL("t:a", "t:b", "t:c", "t:dd", "t:", "i:5", "b:1", "a:x,y", "b:0"),
    [VLS_T_ENUM] = POOL("t:low", "t:mid", "t:high", "t:top", "t:newer", "t:newest", "i:1", "t:low", "t:high"),
    [VLS_T_DATE] = POOL("d:2027", "d:2027-04", "d:2027-04-12", "d:2027-04-12/2027-04-15", "d:2027-04-13/2027-04-20",
                        "d:2027-04-12~", "d:2027-04-12/2027-04-12", "w:40 April", "w:41 April", "d:2027-04-12/..", "t:x"),
    [VLS_T_INSTANT] = POOL("s:1804496400,0,1", "s:1804496400,-300,1", "s:1804496400,0,3", "s:1804492800,0,0", "s:0,60,2", "t:x"),
    [VLS_T_ENTRY] = POOL("m:text=t:x", "m:text=t:y", "m:at=t:2027-03-08", "m:at=s:1804496400,0,1", "m:on=d:2027-03", "m:on=w:soon",
                         "t:x", "m:at=t:2027-03-08;text=t:z"),
};

static size_t
below(uint64_t *random, size_t n)
{
    return (size_t)(check_random(random) % n);
}

void
history_value(struct vls_buf *out, const struct vls_field *field, uint64_t *random)
{
    const char *const *pool = pools[field != NULL ? field->type : VLS_T_TEXT];
    size_t n = 0;

    while (pool[n] != NULL)
        n++;
    value_put(out, pool[below(random, n)]);
}

/* ---- edits ---- */

struct maker {
    struct history *h;
    uint64_t random, wall_random, seed, n_made;
};

static void
record_id(uint8_t id[VLS_ID_LEN], size_t i)
{
    memset(id, 0, VLS_ID_LEN);
    id[0] = (uint8_t)(0x10 * (N_RECORDS - i)); /* not in order of their numbers */
    id[15] = (uint8_t)i;
}

static int
dots_cmp(const void *a, const void *b)
{
    return vls_dot_cmp(a, b);
}

/* What an edit names: mostly everything live, sometimes some of it, rarely something out of anywhere. */
static size_t
names(struct maker *m, const struct replica *r, const struct vls_op *op, struct vls_dot *named)
{
    size_t n = replica_live(r, op->record, op->field, op->key, named, NAMED_MAX), kept = 0, dice = below(&m->random, 20);
    struct vls_slice bytes;

    if (dice == 0 && replica_n_changes(r) > 0) {
        const uint8_t *id = replica_change(r, below(&m->random, replica_n_changes(r)), &bytes);

        if (replica_has(r, id)) {
            memcpy(named[0].change, id, VLS_CHANGE_ID_LEN);
            named[0].op = (uint32_t)below(&m->random, 4);
            return 1;
        }
    }
    if (dice < 4) {
        for (size_t i = 0; i < n; i++)
            if (below(&m->random, 2) == 0)
                named[kept++] = named[i];
        n = kept;
    }
    if (n > 1)
        qsort(named, n, sizeof *named, dots_cmp);
    return n;
}

static void
put_op(struct maker *m, struct replica *r, struct vls_change_writer *w, size_t record)
{
    static const char *const keys[] = {"k1", "k2", ""};
    struct vls_dot named[NAMED_MAX];
    struct vls_op op = {.type = VLS_OP_PUT};
    const struct vls_field *field;
    uint8_t id[VLS_ID_LEN];
    struct vls_buf value;
    size_t n = 0, dice = below(&m->random, 40);

    record_id(id, record);
    op.record = id;
    op.field = (uint32_t)(1 + below(&m->random, HISTORY_N_FIELDS + 1)); /* one more than there are */
    op.cite = (enum vls_cite)below(&m->random, 4);
    field = history_field(1, op.field);
    vls_buf_init(&value, 256);
    history_value(&value, field, &m->random);
    op.value = vls_buf_slice(&value);
    if (field != NULL && (field->policy == VLS_P_AWS || field->policy == VLS_P_GSET))
        op.type = below(&m->random, 3) == 0 ? VLS_OP_REMOVE : VLS_OP_ADD;
    else if (field != NULL && (field->policy == VLS_P_LOG || field->policy == VLS_P_REFDATA))
        op.type = VLS_OP_APPEND;
    else if (field != NULL && (field->policy == VLS_P_MAP || field->policy == VLS_P_RWS))
        op.key = vls_slice_str(keys[below(&m->random, 3)]);
    else if (dice < 8)
        op.type = VLS_OP_DECIDE;
    else if (dice == 8)
        op.type = (unsigned)(VLS_OP_ADD + below(&m->random, 3));
    if (op.type == VLS_OP_PUT || op.type == VLS_OP_DECIDE || op.type == VLS_OP_REMOVE)
        n = names(m, r, &op, named);
    if (n == 0 && op.type == VLS_OP_DECIDE)
        op.type = VLS_OP_PUT;
    if (n == 0 && op.type == VLS_OP_REMOVE)
        op.type = VLS_OP_ADD;
    if (op.type == VLS_OP_DECIDE)
        op.reason = vls_slice_str("looked at it");
    if (op.type == VLS_OP_REMOVE)
        op.value = vls_slice_of(NULL, 0);
    if (op.type == VLS_OP_APPEND)
        op.cite = VLS_CITE_NONE;
    if (vls_change_add(w, &op, named, n, NULL) != VLS_OK)
        fail_msg("seed %llu: cannot add an operation", (unsigned long long)m->seed);
    vls_buf_clear(&value);
}

static void
edit(struct maker *m, size_t post)
{
    struct replica *r = m->h->post[post];
    struct vls_change_writer *w;
    uint8_t id[VLS_CHANGE_ID_LEN], made[VLS_CHANGE_ID_LEN], what[16], rec[VLS_ID_LEN];
    size_t n = 1 + below(&m->random, 4);
    int64_t wall = (int64_t)(check_random(&m->wall_random) % 4102444800u); /* until 2100 */

    if (vls_change_writer_new(&w, NULL) != VLS_OK)
        abort();
    if (m->n_made < N_RECORDS || below(&m->random, 20) == 0) {
        struct vls_op create = {.type = VLS_OP_CREATE, .record = rec, .kind = (uint32_t)(1 + below(&m->random, 3))};

        if (m->n_made < N_RECORDS)
            create.kind = 1;
        record_id(rec, m->n_made % N_RECORDS);
        if (vls_change_add(w, &create, NULL, 0, NULL) != VLS_OK)
            abort();
    }
    while (n-- > 0)
        put_op(m, r, w, below(&m->random, N_RECORDS));
    vls_store_le64(what, m->seed);
    vls_store_le64(what + 8, m->n_made++);
    vls_hash1(id, "test history", what, sizeof what);
    replica_commit(r, w, wall, id, made);
    replica_pull(m->h->all, r);
}

/* Some of what another post has, in some order; what comes too early waits. */
static void
exchange(struct maker *m, size_t post)
{
    const struct replica *from = m->h->post[below(&m->random, m->h->n_posts)];
    size_t n = replica_n_changes(from);
    bool partly = below(&m->random, 3) == 0;

    if (!partly) {
        replica_pull(m->h->post[post], from);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct vls_slice bytes;
        const uint8_t *id = replica_change(from, below(&m->random, n), &bytes);

        if (replica_has(from, id) && replica_deliver(m->h->post[post], id, bytes, true, NULL) != VLS_OK)
            abort();
    }
}

void
history_make(struct history *h, uint64_t seed, uint64_t wall_seed)
{
    struct maker m = {h, seed, wall_seed, seed, 0};
    size_t n_steps;

    memset(h, 0, sizeof *h);
    h->n_posts = 2 + below(&m.random, 4);
    n_steps = 4 + below(&m.random, 36);
    h->all = replica_new(history_field);
    for (size_t i = 0; i < h->n_posts; i++)
        h->post[i] = replica_new(history_field);
    for (size_t i = 0; i < n_steps; i++) {
        size_t post = below(&m.random, h->n_posts);

        if (below(&m.random, 3) == 0)
            exchange(&m, post);
        else
            edit(&m, post);
    }
}

void
history_clear(struct history *h)
{
    replica_free(h->all);
    for (size_t i = 0; i < h->n_posts; i++)
        replica_free(h->post[i]);
    memset(h, 0, sizeof *h);
}
