/*
 * A post's merged records in memory. Independent of the store, and close to the words of
 * schemas/domain/merge.md section 1.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/prim.h"

#include "tests/support/replica.h"

struct change {
    uint8_t id[VLS_CHANGE_ID_LEN];
    uint8_t *bytes;
    size_t n;
    bool applied;
};

struct kept {
    uint8_t record[VLS_ID_LEN];
    uint32_t field;
    struct vls_slice key, value; /* owned */
    struct vls_dot dot, by;
    bool retired;
    uint64_t lamport;
    size_t arrival;
    enum vls_op_type type;
    enum vls_cite cite;
};

/* A naming, effective within its register. */
struct naming {
    uint8_t record[VLS_ID_LEN];
    uint32_t field;
    struct vls_slice key; /* owned */
    struct vls_dot named, by;
};

struct known_record {
    uint8_t id[VLS_ID_LEN];
    uint32_t kind;
    bool created;
    struct vls_dot created_by;
    bool dirty, in_state;
    uint8_t digest[32];
};

/* A growing array of one type. */
#define LIST(type)                                                                                                     \
    struct {                                                                                                           \
        type *v;                                                                                                       \
        size_t n, cap;                                                                                                 \
    }

struct replica {
    replica_field_fn *field_of;
    LIST(struct change) changes; /* in order of arrival */
    LIST(struct kept) kept;
    LIST(struct naming) namings;
    LIST(struct known_record) records;
    LIST(struct vls_rival) rivals;
    LIST(struct vls_rival) shelf; /* of all registers of one record */
    LIST(struct vls_register) registers;
    struct vls_state state;
    uint64_t lamport;
};

static void *
room(void *v, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return v;
    *cap = *cap == 0 ? 16 : 2 * *cap;
    v = realloc(v, *cap * size);
    if (v == NULL)
        abort();
    return v;
}
#define PUSH(list) ((list).v = room((list).v, (list).n, &(list).cap, sizeof *(list).v), &(list).v[(list).n++])

static struct vls_slice
copy(struct vls_slice s)
{
    uint8_t *p = malloc(s.n + 1);

    if (p == NULL)
        abort();
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return vls_slice_of(p, s.n);
}

static const struct vls_field *
domain_field(uint32_t kind, uint32_t field)
{
    return vls_field_by_no(vls_kind_by_no((uint16_t)kind), (uint16_t)field);
}

struct replica *
replica_new(replica_field_fn *field_of)
{
    struct replica *r = calloc(1, sizeof *r);

    if (r == NULL)
        abort();
    r->field_of = field_of != NULL ? field_of : domain_field;
    vls_state_init(&r->state);
    return r;
}

static void
slice_free(struct vls_slice s)
{
    uint8_t *p;

    memcpy(&p, &s.p, sizeof p); /* our own copy, lent out as const */
    free(p);
}

void
replica_free(struct replica *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->changes.n; i++)
        free(r->changes.v[i].bytes);
    for (size_t i = 0; i < r->kept.n; i++) {
        slice_free(r->kept.v[i].key);
        slice_free(r->kept.v[i].value);
    }
    free(r->changes.v);
    free(r->kept.v);
    for (size_t i = 0; i < r->namings.n; i++)
        slice_free(r->namings.v[i].key);
    free(r->namings.v);
    free(r->records.v);
    free(r->rivals.v);
    free(r->shelf.v);
    free(r->registers.v);
    free(r);
}

/* ---- the table that vls_merge_apply calls ---- */

static struct known_record *
record_of(struct replica *r, const uint8_t *id)
{
    struct known_record *k;

    for (size_t i = 0; i < r->records.n; i++)
        if (memcmp(r->records.v[i].id, id, VLS_ID_LEN) == 0)
            return &r->records.v[i];
    k = PUSH(r->records);
    memset(k, 0, sizeof *k);
    memcpy(k->id, id, VLS_ID_LEN);
    return k;
}

static enum vls_code
on_create(void *ctx, const uint8_t *record, uint32_t kind, const struct vls_dot *dot, struct vls_error *err)
{
    struct known_record *k = record_of(ctx, record);

    (void)err;
    if (!k->created || vls_dot_cmp(dot, &k->created_by) < 0) {
        k->kind = kind;
        k->created = true;
        k->created_by = *dot;
    }
    k->dirty = true;
    return VLS_OK;
}

static void
retire_kept(struct kept *k, const struct naming *n)
{
    if (vls_dot_cmp(&k->dot, &n->named) != 0 || memcmp(k->record, n->record, VLS_ID_LEN) != 0 || k->field != n->field ||
        !vls_slice_eq(k->key, n->key))
        return;
    if (!k->retired || vls_dot_cmp(&n->by, &k->by) < 0)
        k->by = n->by;
    k->retired = true;
}

static enum vls_code
on_keep(void *ctx, const struct vls_entry *e, struct vls_error *err)
{
    struct replica *r = ctx;
    struct kept *k;

    (void)err;
    for (size_t i = 0; i < r->kept.n; i++)
        if (vls_dot_cmp(&r->kept.v[i].dot, &e->dot) == 0)
            return VLS_OK;
    k = PUSH(r->kept);
    memset(k, 0, sizeof *k);
    memcpy(k->record, e->record, VLS_ID_LEN);
    k->field = e->field;
    k->key = copy(e->key);
    k->value = copy(e->value);
    k->dot = e->dot;
    k->lamport = e->lamport;
    k->arrival = r->kept.n;
    k->type = e->type;
    k->cite = e->cite;
    for (size_t i = 0; i < r->namings.n; i++)
        retire_kept(k, &r->namings.v[i]);
    return VLS_OK;
}

static enum vls_code
on_retire(void *ctx, const struct vls_dot *named, const struct vls_entry *by, struct vls_error *err)
{
    struct replica *r = ctx;
    struct naming *n = PUSH(r->namings);

    (void)err;
    memcpy(n->record, by->record, VLS_ID_LEN);
    n->field = by->field;
    n->key = copy(by->key);
    n->named = *named;
    n->by = by->dot;
    for (size_t i = 0; i < r->kept.n; i++)
        retire_kept(&r->kept.v[i], n);
    return VLS_OK;
}

static enum vls_code
on_touch(void *ctx, const uint8_t *record, uint32_t field, struct vls_slice key, struct vls_error *err)
{
    (void)field;
    (void)key;
    (void)err;
    record_of(ctx, record)->dirty = true;
    return VLS_OK;
}

/* ---- change sets ---- */

bool
replica_has(const struct replica *r, const uint8_t id[VLS_CHANGE_ID_LEN])
{
    for (size_t i = 0; i < r->changes.n; i++)
        if (memcmp(r->changes.v[i].id, id, VLS_CHANGE_ID_LEN) == 0)
            return r->changes.v[i].applied;
    return false;
}

static bool
ready(const struct replica *r, const struct vls_change *c)
{
    for (size_t i = 0; i < c->n_deps; i++)
        if (!replica_has(r, vls_change_dep(c, i)))
            return false;
    return true;
}

static enum vls_code
apply(struct replica *r, struct change *ch, struct vls_error *err)
{
    struct vls_merge_store to = {on_create, on_keep, on_retire, on_touch, r};
    struct vls_change c;
    enum vls_code rc = vls_change_open(&c, vls_slice_of(ch->bytes, ch->n), err);

    if (rc == VLS_OK && c.lamport > r->lamport)
        r->lamport = c.lamport;
    return rc == VLS_OK ? vls_merge_apply(&to, ch->id, &c, err) : rc;
}

/* Applies what waits, as long as something becomes ready. */
static enum vls_code
apply_ready(struct replica *r, bool wait, struct vls_error *err)
{
    bool again = true;

    while (again) {
        again = false;
        for (size_t i = 0; i < r->changes.n; i++) {
            struct change ch = r->changes.v[i];
            struct vls_change c;
            enum vls_code rc;

            if (ch.applied || (rc = vls_change_open(&c, vls_slice_of(ch.bytes, ch.n), err)) != VLS_OK ||
                (wait && !ready(r, &c)))
                continue;
            r->changes.v[i].applied = true;
            if ((rc = apply(r, &ch, err)) != VLS_OK)
                return rc;
            again = true;
        }
    }
    return VLS_OK;
}

enum vls_code
replica_deliver(struct replica *r, const uint8_t id[VLS_CHANGE_ID_LEN], struct vls_slice bytes, bool wait,
                struct vls_error *err)
{
    struct vls_change c;
    struct change *ch;
    enum vls_code rc;

    for (size_t i = 0; i < r->changes.n; i++)
        if (memcmp(r->changes.v[i].id, id, VLS_CHANGE_ID_LEN) == 0)
            return VLS_OK;
    if ((rc = vls_change_open(&c, bytes, err)) != VLS_OK)
        return rc;
    ch = PUSH(r->changes);
    memcpy(ch->id, id, VLS_CHANGE_ID_LEN);
    ch->bytes = malloc(bytes.n + 1);
    if (ch->bytes == NULL)
        abort();
    memcpy(ch->bytes, bytes.p, bytes.n);
    ch->n = bytes.n;
    ch->applied = false;
    return apply_ready(r, wait, err);
}

enum vls_code
replica_repeat(struct replica *r, size_t i, struct vls_error *err)
{
    return apply(r, &r->changes.v[i], err);
}

void
replica_pull(struct replica *r, const struct replica *other)
{
    for (size_t i = 0; i < other->changes.n; i++) {
        const struct change *ch = &other->changes.v[i];

        if (ch->applied && replica_deliver(r, ch->id, vls_slice_of(ch->bytes, ch->n), true, NULL) != VLS_OK)
            abort(); /* the other has read it */
    }
}

size_t
replica_n_waiting(const struct replica *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->changes.n; i++)
        n += !r->changes.v[i].applied;
    return n;
}

size_t
replica_n_changes(const struct replica *r)
{
    return r->changes.n - replica_n_waiting(r);
}

const uint8_t *
replica_change(const struct replica *r, size_t i, struct vls_slice *bytes)
{
    *bytes = vls_slice_of(r->changes.v[i].bytes, r->changes.v[i].n);
    return r->changes.v[i].id;
}

uint64_t
replica_lamport(const struct replica *r)
{
    return r->lamport;
}

static bool
depended_on(const struct replica *r, const uint8_t *id)
{
    for (size_t i = 0; i < r->changes.n; i++) {
        struct vls_change c;

        if (!r->changes.v[i].applied ||
            vls_change_open(&c, vls_slice_of(r->changes.v[i].bytes, r->changes.v[i].n), NULL) != VLS_OK)
            continue;
        for (size_t k = 0; k < c.n_deps; k++)
            if (memcmp(vls_change_dep(&c, k), id, VLS_CHANGE_ID_LEN) == 0)
                return true;
    }
    return false;
}

size_t
replica_heads(const struct replica *r, struct vls_buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < r->changes.n; i++)
        if (r->changes.v[i].applied && !depended_on(r, r->changes.v[i].id)) {
            vls_buf_put(out, r->changes.v[i].id, VLS_CHANGE_ID_LEN);
            n++;
        }
    return n;
}

void
replica_commit(struct replica *r, struct vls_change_writer *w, int64_t wall_unix_s, const uint8_t *id,
               uint8_t id_out[VLS_CHANGE_ID_LEN])
{
    struct vls_buf heads, bytes;
    size_t n_heads;

    vls_buf_init(&heads, VLS_CHANGE_MAX);
    vls_buf_init(&bytes, VLS_CHANGE_MAX);
    n_heads = replica_heads(r, &heads);
    if (vls_change_finish(w, &bytes, r->lamport + 1, wall_unix_s, heads.p, n_heads, NULL) != VLS_OK)
        abort();
    if (id != NULL)
        memcpy(id_out, id, VLS_CHANGE_ID_LEN);
    else
        vls_hash1(id_out, "test change", bytes.p, bytes.n);
    if (replica_deliver(r, id_out, vls_buf_slice(&bytes), true, NULL) != VLS_OK)
        abort();
    vls_change_writer_free(w);
    vls_buf_clear(&heads);
    vls_buf_clear(&bytes);
}

size_t
replica_live(const struct replica *r, const uint8_t record[VLS_ID_LEN], uint32_t field, struct vls_slice key,
             struct vls_dot *out, size_t max)
{
    size_t n = 0;

    for (size_t i = 0; i < r->kept.n && n < max; i++) {
        const struct kept *k = &r->kept.v[i];

        if (memcmp(k->record, record, VLS_ID_LEN) == 0 && k->field == field && vls_slice_eq(k->key, key) && !k->retired &&
            k->type != VLS_OP_REMOVE)
            out[n++] = k->dot;
    }
    return n;
}

/* ---- judging ---- */

static const struct vls_field *
field_in(struct replica *r, const uint8_t *record, uint32_t field)
{
    return r->field_of(record_of(r, record)->kind, field);
}

static bool
is_rival(const struct kept *k, const struct vls_field *field)
{
    return k->type != VLS_OP_REMOVE && (!k->retired || vls_merge_permanent(field));
}

size_t
replica_register(struct replica *r, const uint8_t record[VLS_ID_LEN], uint32_t field, struct vls_slice key,
                 const struct vls_rival **rivals, struct vls_verdict *v)
{
    const struct vls_field *f = field_in(r, record, field);

    r->rivals.n = 0;
    for (size_t i = 0; i < r->kept.n; i++) {
        const struct kept *k = &r->kept.v[i];

        if (memcmp(k->record, record, VLS_ID_LEN) == 0 && k->field == field && vls_slice_eq(k->key, key) && is_rival(k, f))
            *PUSH(r->rivals) = (struct vls_rival){k->dot, k->lamport, k->cite, k->value};
    }
    vls_merge(v, f, r->rivals.v, r->rivals.n);
    *rivals = r->rivals.v;
    return r->rivals.n;
}

enum replica_fate
replica_value(const struct replica *r, const struct vls_dot *dot, struct vls_slice *value, struct vls_dot *by)
{
    for (size_t i = 0; i < r->kept.n; i++)
        if (vls_dot_cmp(&r->kept.v[i].dot, dot) == 0) {
            *value = r->kept.v[i].value;
            *by = r->kept.v[i].by;
            return r->kept.v[i].retired ? REPLICA_PAST : REPLICA_LIVE;
        }
    return REPLICA_LOST;
}

/* By record, field, key: registers lie together. Within one in order of arrival, so that vls_merge gets no help. */
static int
kept_cmp(const void *x, const void *y)
{
    const struct kept *a = x, *b = y;
    int c = memcmp(a->record, b->record, VLS_ID_LEN);

    if (c == 0 && a->field != b->field)
        c = a->field < b->field ? -1 : 1;
    if (c == 0)
        c = vls_slice_cmp(a->key, b->key);
    if (c == 0 && a->arrival != b->arrival)
        c = a->arrival < b->arrival ? -1 : 1;
    return c;
}

static int
dot_cmp(const void *x, const void *y)
{
    return vls_dot_cmp(&((const struct kept *)x)->dot, &((const struct kept *)y)->dot);
}

static int
record_cmp(const void *x, const void *y)
{
    return memcmp(((const struct known_record *)x)->id, ((const struct known_record *)y)->id, VLS_ID_LEN);
}

static void
order(struct replica *r)
{
    if (r->kept.n > 1)
        qsort(r->kept.v, r->kept.n, sizeof *r->kept.v, kept_cmp);
    if (r->records.n > 1)
        qsort(r->records.v, r->records.n, sizeof *r->records.v, record_cmp);
}

static bool
same_register(const struct kept *a, const struct kept *b)
{
    return memcmp(a->record, b->record, VLS_ID_LEN) == 0 && a->field == b->field && vls_slice_eq(a->key, b->key);
}

/* Needs order. */
static void
digest_record(struct replica *r, const struct known_record *rec, uint8_t out[32])
{
    size_t n_before = 0;

    r->registers.n = r->shelf.n = 0;
    for (size_t i = 0; i < r->kept.n; i++) {
        const struct kept *k = &r->kept.v[i];
        const struct vls_rival *rivals;
        struct vls_verdict v;
        size_t n;

        if (memcmp(k->record, rec->id, VLS_ID_LEN) != 0 || (i > 0 && same_register(k - 1, k)))
            continue;
        n = replica_register(r, rec->id, k->field, k->key, &rivals, &v);
        if (n == 0)
            continue;
        *PUSH(r->registers) = (struct vls_register){k->field, k->key, NULL, n, v.n_shown};
        for (size_t m = 0; m < n; m++)
            *PUSH(r->shelf) = rivals[m];
    }
    for (size_t i = 0; i < r->registers.n; i++) {
        r->registers.v[i].rivals = r->shelf.v + n_before;
        n_before += r->registers.v[i].n_rivals;
    }
    vls_record_digest(out, rec->id, rec->kind, r->registers.v, r->registers.n);
}

void
replica_state(struct replica *r, uint8_t out[32])
{
    order(r);
    for (size_t i = 0; i < r->records.n; i++) {
        struct known_record *rec = &r->records.v[i];

        if (!rec->dirty)
            continue;
        if (rec->in_state)
            vls_state_sub(&r->state, rec->digest);
        digest_record(r, rec, rec->digest);
        vls_state_add(&r->state, rec->digest);
        rec->in_state = true;
        rec->dirty = false;
    }
    vls_state_digest(out, &r->state);
}

void
replica_state_afresh(struct replica *r, uint8_t out[32])
{
    struct vls_state s;
    uint8_t digest[32];

    vls_state_init(&s);
    order(r);
    for (size_t i = 0; i < r->records.n; i++) {
        digest_record(r, &r->records.v[i], digest);
        vls_state_add(&s, digest);
    }
    vls_state_digest(out, &s);
}

/* ---- the canonical form ---- */

static void
dump_dot(struct vls_buf *out, const char *what, const struct vls_dot *d)
{
    char hex[2 * VLS_CHANGE_ID_LEN + 1];

    vls_hex(hex, d->change, VLS_CHANGE_ID_LEN);
    vls_buf_printf(out, " %s %s.%u", what, hex, (unsigned)d->op);
}

static void
dump_bytes(struct vls_buf *out, const char *what, struct vls_slice s)
{
    vls_buf_printf(out, " %s ", what);
    for (size_t i = 0; i < s.n; i++) {
        char hex[3];

        vls_hex(hex, s.p + i, 1);
        vls_buf_put(out, hex, 2);
    }
}

static void
dump_register(struct replica *r, struct vls_buf *out, const struct kept *k)
{
    const struct vls_rival *rivals;
    struct vls_verdict v;
    size_t n = replica_register(r, k->record, k->field, k->key, &rivals, &v);
    uint8_t id[VLS_ID_LEN];

    vls_buf_printf(out, " field %u", (unsigned)k->field);
    dump_bytes(out, "key", k->key);
    vls_buf_printf(out, " attention %d policy %d\n", (int)v.attention, (int)v.policy);
    for (size_t i = 0; i < n; i++) {
        vls_buf_printf(out, "  %s", i < v.n_shown ? "shown" : "kept");
        dump_bytes(out, "value", rivals[i].value);
        vls_buf_printf(out, " lamport %llu cite %d", (unsigned long long)rivals[i].lamport, (int)rivals[i].cite);
        dump_dot(out, "dot", &rivals[i].dot);
        vls_buf_put(out, "\n", 1);
    }
    if (v.attention == VLS_QUIET)
        return;
    vls_conflict_id(id, k->record, k->field, k->key, rivals, n);
    dump_bytes(out, " conflict", vls_slice_of(id, sizeof id));
    vls_buf_put(out, "\n", 1);
}

/* What is retired, and removals, in order of their dots. */
static void
dump_past(struct vls_buf *out, const struct kept *k, size_t n)
{
    struct kept *past = malloc((n + 1) * sizeof *past);

    if (past == NULL)
        abort();
    memcpy(past, k, n * sizeof *past);
    qsort(past, n, sizeof *past, dot_cmp);
    for (size_t i = 0; i < n; i++) {
        if (!past[i].retired && past[i].type != VLS_OP_REMOVE)
            continue;
        vls_buf_printf(out, "  past type %d", (int)past[i].type);
        dump_bytes(out, "value", past[i].value);
        dump_dot(out, "dot", &past[i].dot);
        if (past[i].retired)
            dump_dot(out, "by", &past[i].by);
        vls_buf_put(out, "\n", 1);
    }
    free(past);
}

void
replica_dump(struct replica *r, struct vls_buf *out)
{
    order(r);
    for (size_t i = 0; i < r->records.n; i++) {
        const uint8_t *id = r->records.v[i].id;

        dump_bytes(out, "record", vls_slice_of(id, VLS_ID_LEN));
        vls_buf_printf(out, " kind %u\n", (unsigned)r->records.v[i].kind);
        for (size_t k = 0, n; k < r->kept.n; k += n) {
            const struct kept *first = &r->kept.v[k];

            for (n = 1; k + n < r->kept.n && same_register(first, first + n); n++)
                ;
            if (memcmp(first->record, id, VLS_ID_LEN) != 0)
                continue;
            dump_register(r, out, first);
            dump_past(out, first, n);
        }
    }
}
