/*
 * Merging one change set: its values go to the live or the past ones, its place in the compartment's
 * heads is noted, and the records it touches are remembered for judging. The outcome is a function of
 * the set of change sets alone (I2): schemas/store/README.md says how each table keeps to that.
 */
#include <string.h>

#include "store_int.h"

#define LIVE_COLUMNS 10
/* Records in a change set: those of a smaller one are likely to be edited by the next, and are judged once for both. */
#ifdef VLS_TEST_LIMITS
#define WHOLE_LEAST 2
#else
#define WHOLE_LEAST 64
#endif

/* A live value that is not in its table yet; borrows from the change set. */
struct fresh {
    int64_t record;
    struct vls_entry e;
};

/* One change set on its way in. */
struct incoming {
    struct vls_store *store;
    struct vls__envelope env;
    int64_t compartment;
    bool awaited; /* some of its values were retired before they came */
    bool gathers; /* it brings so many records that those it brings whole are judged at once */
    bool whole;   /* the record that was asked for last is new, and all that was seen of it is a plain value */
    /* Live values go to their table several at a time: a statement costs more than a row. */
    struct fresh fresh[VLS__LIVE_ROWS];
    size_t n_fresh;
    /* The record that was asked for last: operations come grouped. */
    bool have_last;
    uint8_t last_id[VLS_ID_LEN];
    int64_t last_n;
    uint32_t last_kind_no;
    const struct vls_kind *last_kind;
};

static void
bind_register(struct vls__stmt *q, int first, int64_t record, uint32_t field, struct vls_slice key)
{
    vls__bind_int(q, first, record);
    vls__bind_int(q, first + 1, field);
    vls__bind_blob(q, first + 2, key.p, key.n);
}

/* The columns that live and past have in common. */
static void
bind_value(struct vls__stmt *q, int first, int64_t record, int64_t envelope, const struct vls_entry *e)
{
    bind_register(q, first, record, e->field, e->key);
    vls__bind_int(q, first + 3, envelope);
    vls__bind_int(q, first + 4, e->dot.op);
    vls__bind_int(q, first + 5, e->type);
    vls__bind_int(q, first + 6, e->cite);
    vls__bind_blob(q, first + 7, e->value.p, e->value.n);
    vls__bind_slice_or_null(q, first + 8, e->cite_text);
    vls__bind_slice_or_null(q, first + 9, e->reason);
}

/* Before anything reads live. */
static enum vls_code
live_flush(struct incoming *in, struct vls_error *err)
{
    bool many = in->n_fresh == VLS__LIVE_ROWS;
    size_t step = many ? VLS__LIVE_ROWS : 1;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < in->n_fresh && rc == VLS_OK; i += step) {
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, in->store, many ? VLS__SQL_LIVE_ADD_MANY : VLS__SQL_LIVE_ADD, err)) != VLS_OK)
            break;
        for (size_t k = 0; k < step; k++)
            bind_value(&q, 1 + (int)k * LIVE_COLUMNS, in->fresh[i + k].record, in->env.n, &in->fresh[i + k].e);
        rc = vls__sql_run(&q, NULL, err);
    }
    in->n_fresh = 0;
    return rc;
}

/* When the room for touched records is full, they are judged. */
static enum vls_code
touch_n(struct incoming *in, int64_t record, struct vls_error *err)
{
    enum vls_code rc = in->store->n_touched == VLS__TOUCHED_MAX ? live_flush(in, err) : VLS_OK;

    return rc != VLS_OK ? rc : vls__touch(in->store, record, err);
}

static enum vls_code
whole_end(struct incoming *in, struct vls_error *err)
{
    bool judged = false;
    enum vls_code rc;

    if (!in->whole)
        return VLS_OK;
    in->whole = false;
    rc = vls__whole_judge(in->store, in->last_n, in->last_id, in->compartment, in->last_kind_no, &judged, err);
    return rc != VLS_OK || judged ? rc : touch_n(in, in->last_n, err);
}

/* There is more to it than its values. */
static enum vls_code
not_whole(struct incoming *in, struct vls_error *err)
{
    if (!in->whole)
        return VLS_OK;
    in->whole = false;
    return touch_n(in, in->last_n, err);
}

static enum vls_code
rehome(struct incoming *in, const uint8_t *id, struct vls_error *err)
{
    enum vls_code rc = live_flush(in, err); /* it touches records */

    return rc != VLS_OK ? rc : vls__rehome(in->store, id, err);
}

/* Columns of record that applying needs. */
struct found {
    int64_t n, created, created_op;
    uint32_t kind;
    bool twins; /* other compartments have a record of this id */
};

static enum vls_code
record_find(struct incoming *in, const uint8_t *id, struct found *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, in->store, VLS__SQL_RECORD_BY_ID, err);

    *out = (struct found){0};
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (vls__col_int(&q, 1, 1, INT64_MAX) != in->compartment) {
            out->twins = true;
            continue;
        }
        out->n = vls__col_int(&q, 0, 1, INT64_MAX);
        out->kind = (uint32_t)vls__col_int(&q, 2, 0, VLS__KIND_MAX);
        out->created = vls__col_int(&q, 3, 0, INT64_MAX);
        out->created_op = vls__col_int(&q, 4, 0, UINT32_MAX);
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    return rc;
}

static void
remember(struct incoming *in, const uint8_t *id, const struct found *f)
{
    memcpy(in->last_id, id, VLS_ID_LEN);
    in->last_n = f->n;
    in->last_kind_no = f->kind;
    in->last_kind = vls_kind_by_no((uint16_t)f->kind);
    in->have_last = true;
}

static enum vls_code
record_add(struct incoming *in, const uint8_t *id, uint32_t kind, uint32_t op, struct found *f, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, in->store, VLS__SQL_RECORD_ADD, err);

    if (rc != VLS_OK)
        return rc;
    f->kind = kind;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    vls__bind_int(&q, 2, in->compartment);
    vls__bind_int(&q, 3, kind);
    vls__bind_int(&q, 4, kind != 0 ? in->env.n : 0);
    vls__bind_int(&q, 5, op);
    if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK)
        return rc;
    f->n = sqlite3_last_insert_rowid(in->store->db);
    return f->twins ? rehome(in, id, err) : VLS_OK;
}

/* The number of a record of this compartment, made when it is new. */
static enum vls_code
record_n(struct incoming *in, const uint8_t *id, struct vls_error *err)
{
    struct found f;
    enum vls_code rc;

    if (in->have_last && memcmp(in->last_id, id, VLS_ID_LEN) == 0)
        return VLS_OK;
    if ((rc = whole_end(in, err)) != VLS_OK)
        return rc;
    in->have_last = false;
    if ((rc = record_find(in, id, &f, err)) != VLS_OK || (f.n == 0 && (rc = record_add(in, id, 0, 0, &f, err)) != VLS_OK))
        return rc;
    remember(in, id, &f);
    return VLS_OK;
}

enum vls_code
vls__rehome(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    int64_t flip[2] = {0, 0}; /* one is hidden, one comes forth; whoever came third was hidden before */
    size_t n_flips = 0, place = 0;
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    if ((rc = vls__sql_take(&q, s, VLS__SQL_RECORD_RIVALS, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        int64_t n = vls__col_int(&q, 0, 1, INT64_MAX);
        bool hidden = vls__col_int(&q, 1, 0, 1) != 0;

        if (hidden != (place++ > 0) && n_flips < 2)
            flip[n_flips++] = n;
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    for (size_t i = n_flips; i-- > 0 && rc == VLS_OK;) { /* hide first: the other takes over its links */
        if ((rc = vls__sql_take(&q, s, VLS__SQL_RECORD_FLIP, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, flip[i]);
        if ((rc = vls__sql_run(&q, NULL, err)) == VLS_OK)
            rc = vls__touch(s, flip[i], err);
    }
    return rc;
}

/* ---- the table of vls_merge_apply ---- */

/* Whether a create of (change, op) comes before the one that decided so far. */
static enum vls_code
create_decides(struct incoming *in, const struct found *f, const struct vls_dot *dot, bool *out, struct vls_error *err)
{
    struct vls__envelope before;
    struct vls_dot other;
    enum vls_code rc;

    *out = true;
    if (f->kind == 0)
        return VLS_OK;
    if ((rc = vls__envelope_by_n(in->store, f->created, &before, err)) != VLS_OK)
        return rc;
    memcpy(other.change, before.id, sizeof other.change);
    other.op = (uint32_t)f->created_op;
    *out = vls_dot_cmp(dot, &other) < 0;
    return VLS_OK;
}

static enum vls_code
on_create(void *ctx, const uint8_t *record, uint32_t kind, const struct vls_dot *dot, struct vls_error *err)
{
    struct incoming *in = ctx;
    struct vls__stmt q;
    struct found f;
    bool decides;
    enum vls_code rc;

    if ((rc = whole_end(in, err)) != VLS_OK)
        return rc;
    in->have_last = false;
    if ((rc = record_find(in, record, &f, err)) != VLS_OK)
        return rc;
    if (f.n == 0) {
        if ((rc = record_add(in, record, kind, dot->op, &f, err)) != VLS_OK)
            return rc;
        if (in->gathers && !in->awaited && !f.twins) {
            remember(in, record, &f);
            in->whole = true;
            return vls__whole_begin(in->store, err);
        }
    } else {
        if ((rc = create_decides(in, &f, dot, &decides, err)) != VLS_OK || !decides)
            return rc;
        if ((rc = vls__sql_take(&q, in->store, VLS__SQL_RECORD_CREATE, err)) != VLS_OK)
            return rc;
        vls__bind_int(&q, 1, f.n);
        vls__bind_int(&q, 2, kind);
        vls__bind_int(&q, 3, in->env.n);
        vls__bind_int(&q, 4, dot->op);
        if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK || (f.twins && (rc = rehome(in, record, err)) != VLS_OK))
            return rc;
        /* What its fields do with retired values depends on the kind. */
        if (f.kind != kind &&
            ((rc = live_flush(in, err)) != VLS_OK || (rc = vls__rekind(in->store, f.n, kind, err)) != VLS_OK))
            return rc;
        f.kind = kind;
    }
    remember(in, record, &f);
    return touch_n(in, f.n, err);
}

static enum vls_code
live_add(struct incoming *in, const struct vls_entry *e, struct vls_error *err)
{
    in->fresh[in->n_fresh++] = (struct fresh){in->last_n, *e};
    return in->n_fresh == VLS__LIVE_ROWS ? live_flush(in, err) : VLS_OK;
}

static enum vls_code
past_add(struct incoming *in, const struct vls_entry *e, const struct vls__by *by, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, in->store, VLS__SQL_PAST_ADD, err);

    if (rc != VLS_OK)
        return rc;
    bind_value(&q, 1, in->last_n, in->env.n, e);
    vls__bind_int(&q, LIVE_COLUMNS + 1, by->envelope);
    vls__bind_int(&q, LIVE_COLUMNS + 2, by->op);
    return vls__sql_run(&q, NULL, err);
}

static bool
permanent(const struct vls_kind *kind, uint32_t field)
{
    return vls_merge_permanent(vls_field_by_no(kind, (uint16_t)field));
}

static enum vls_code
on_keep(void *ctx, const struct vls_entry *e, struct vls_error *err)
{
    static const struct vls__by nobody = {0, 0};
    struct incoming *in = ctx;
    struct vls__by by = {0, 0};
    enum vls_code rc;

    if ((rc = record_n(in, e->record, err)) != VLS_OK)
        return rc;
    if (e->type == VLS_OP_REMOVE && (rc = not_whole(in, err)) != VLS_OK)
        return rc;
    if (e->type == VLS_OP_REMOVE)
        return past_add(in, e, &nobody, err);
    if (in->awaited && !permanent(in->last_kind, e->field)) {
        struct vls__retired r = {.record = in->last_n, .field = e->field, .key = e->key, .named = e->dot};

        if ((rc = vls__retired_take(in->store, &r, &by, err)) != VLS_OK)
            return rc;
    }
    if (in->whole && (rc = vls__whole_value(in->store, e, err)) != VLS_OK)
        return rc;
    return by.envelope != 0 ? past_add(in, e, &by, err) : live_add(in, e, err);
}

/* Whatever it points at: prose and withdrawals ask later. */
static enum vls_code
named_add(struct incoming *in, const struct vls_dot *named, const struct vls_entry *by, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, in->store, VLS__SQL_NAMED_ADD, err);

    if (rc != VLS_OK)
        return rc;
    bind_register(&q, 1, in->last_n, by->field, by->key);
    vls__bind_int(&q, 4, in->env.n);
    vls__bind_int(&q, 5, by->dot.op);
    vls__bind_blob(&q, 6, named->change, VLS_CHANGE_ID_LEN);
    vls__bind_int(&q, 7, named->op);
    return vls__sql_run(&q, NULL, err);
}

static enum vls_code
on_retire(void *ctx, const struct vls_dot *named, const struct vls_entry *by_entry, struct vls_error *err)
{
    struct incoming *in = ctx;
    struct vls__retired r = {.field = by_entry->field, .key = by_entry->key, .named = *named};
    struct vls__by by = {in->env.n, by_entry->dot.op};
    bool moved = false;
    enum vls_code rc;

    if ((rc = record_n(in, by_entry->record, err)) != VLS_OK || (rc = not_whole(in, err)) != VLS_OK)
        return rc;
    r.record = in->last_n;
    if (by_entry->type != VLS_OP_REMOVE && (rc = named_add(in, named, by_entry, err)) != VLS_OK)
        return rc;
    if (!permanent(in->last_kind, r.field) && (rc = vls__retire(in->store, &r, &by, &moved, err)) != VLS_OK)
        return rc;
    return moved ? VLS_OK : vls__retired_add(in->store, &r, &by, err);
}

static enum vls_code
on_touch(void *ctx, const uint8_t *record, uint32_t field, struct vls_slice key, struct vls_error *err)
{
    struct incoming *in = ctx;
    enum vls_code rc = record_n(in, record, err);

    (void)field; /* the digest needs the whole record anyway */
    (void)key;
    return rc != VLS_OK || in->whole ? rc : touch_n(in, in->last_n, err);
}

/* ---- applying ---- */

static enum vls_code
merge(struct vls_store *s, struct incoming *in, const struct vls_change *c, struct vls__compartment *home,
      struct vls_error *err)
{
    const struct vls_merge_store to = {
        .create = on_create, .keep = on_keep, .retire = on_retire, .touch = on_touch, .ctx = in};
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_MERGED, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, in->env.n);
    vls__bind_int(&q, 2, in->compartment);
    vls__bind_int(&q, 3, (int64_t)c->lamport);
    if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK)
        return rc;
    vls__envelope_forget(s, in->env.n, in->env.id);
    if (home->lamport < c->lamport)
        home->lamport = c->lamport;
    home->dirty = true;
    if ((rc = vls__heads_update(s, in->compartment, &in->env, c, err)) != VLS_OK ||
        (rc = vls__retired_any(s, in->env.id, &in->awaited, err)) != VLS_OK)
        return rc;
    in->gathers = vls_change_n_records(c) >= WHOLE_LEAST;
    if ((rc = vls_merge_apply(&to, in->env.id, c, err)) != VLS_OK || (rc = whole_end(in, err)) != VLS_OK)
        return rc;
    return live_flush(in, err);
}

enum vls_code
vls_store_apply_opened(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], const uint8_t compartment[VLS_ID_LEN],
                       const struct vls_change *change, struct vls_error *err)
{
    struct incoming in = {.store = s};
    struct vls__compartment *home = NULL;
    bool own;
    enum vls_code rc;

    if ((rc = vls__envelope_by_id(s, id, &in.env, err)) != VLS_OK ||
        (rc = vls__compartment_by_id(s, compartment, &home, err)) != VLS_OK)
        return rc;
    if (in.env.n == 0)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no envelope holds this change set");
    if (in.env.lamport != 0)
        return VLS_OK; /* merged before: a repetition changes nothing */
    in.compartment = home->n;
    if ((rc = vls__scope_begin(s, &own, err)) != VLS_OK)
        return rc;
    rc = merge(s, &in, change, home, err);
    if (rc != VLS_OK) {
        s->doomed = rc; /* half of it stands in the tables */
        vls_while(err, "merging a change set");
    }
    return vls__scope_end(s, own, rc, err);
}

enum vls_code
vls_store_apply(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], const uint8_t compartment[VLS_ID_LEN],
                struct vls_slice change, struct vls_error *err)
{
    struct vls_change c;
    enum vls_code rc = vls_change_open(&c, change, err); /* what is wrong with it is found before anything is written */

    return rc != VLS_OK ? rc : vls_store_apply_opened(s, id, compartment, &c, err);
}

/* ---- learning what an older version did not note ---- */

static enum vls_code
ignore_create(void *ctx, const uint8_t *record, uint32_t kind, const struct vls_dot *dot, struct vls_error *err)
{
    (void)ctx, (void)record, (void)kind, (void)dot, (void)err;
    return VLS_OK;
}

static enum vls_code
ignore_value(void *ctx, const struct vls_entry *e, struct vls_error *err)
{
    (void)ctx, (void)e, (void)err;
    return VLS_OK;
}

static enum vls_code
learn_name(void *ctx, const struct vls_dot *named, const struct vls_entry *by, struct vls_error *err)
{
    struct incoming *in = ctx;
    enum vls_code rc;

    if (by->type == VLS_OP_REMOVE)
        return VLS_OK;
    rc = record_n(in, by->record, err);
    return rc != VLS_OK ? rc : named_add(in, named, by, err);
}

enum vls_code
vls_store_learn_names(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], const uint8_t compartment[VLS_ID_LEN],
                      struct vls_slice change, struct vls_error *err)
{
    struct incoming in = {.store = s};
    const struct vls_merge_store to = {
        .create = ignore_create, .keep = ignore_value, .retire = learn_name, .touch = on_touch, .ctx = &in};
    struct vls__compartment *home = NULL;
    struct vls_change c;
    bool own;
    enum vls_code rc;

    if ((rc = vls_change_open(&c, change, err)) != VLS_OK ||
        (rc = vls__envelope_by_id(s, id, &in.env, err)) != VLS_OK ||
        (rc = vls__compartment_by_id(s, compartment, &home, err)) != VLS_OK)
        return rc;
    if (in.env.n == 0 || in.env.lamport == 0)
        return VLS_OK; /* not merged here */
    in.compartment = home->n;
    if ((rc = vls__scope_begin(s, &own, err)) != VLS_OK)
        return rc;
    rc = vls_merge_apply(&to, id, &c, err);
    if (rc != VLS_OK)
        s->doomed = rc;
    return vls__scope_end(s, own, rc, err);
}
