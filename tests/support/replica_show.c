/*
 * What a replica shows: its registers judged by their policies, the state that follows, and its canonical form in text.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/prim.h"

#include "tests/support/replica_int.h"

/* ---- judging ---- */

static const struct vls_field *
field_in(struct replica *r, const uint8_t *record, uint32_t field)
{
    return r->field_of(replica_record_of(r, record)->kind, field);
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
