/*
 * Writing change sets. Operations are kept as they come and put into canonical order when the set is
 * finished: by record, within a record as added; named change sets sorted and written once.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/change.h"

struct kept_op {
    struct vls_op op; /* slices are offsets into the arena until finish */
    uint8_t record[VLS_ID_LEN];
    size_t key_at, value_at, cite_at, reason_at;
    size_t named_at; /* first of n_names in writer->named */
    size_t order;
};

struct vls_change_writer {
    struct kept_op *ops;
    size_t n_ops, cap_ops;
    struct vls_dot *named;
    size_t n_named, cap_named;
    struct vls_buf arena;
    size_t size;
};

enum vls_code
vls_change_writer_new(struct vls_change_writer **out, struct vls_error *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a change set");
    vls_buf_init(&(*out)->arena, 4u * VLS_CHANGE_MAX);
    return VLS_OK;
}

void
vls_change_writer_free(struct vls_change_writer *w)
{
    if (w == NULL)
        return;
    vls_buf_clear(&w->arena);
    free(w->ops);
    free(w->named);
    free(w);
}

static size_t
keep(struct vls_buf *arena, struct vls_slice s)
{
    size_t at = arena->n;

    vls_buf_put_slice(arena, s);
    return at;
}

enum vls_code
vls_change_add(struct vls_change_writer *w, const struct vls_op *op, const struct vls_dot *named, size_t n,
               struct vls_error *err)
{
    struct kept_op *k;

    if (w->n_ops >= VLS_CHANGE_OPS_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "more than %u operations in one change set", VLS_CHANGE_OPS_MAX);
    if (!vls_room(&w->ops, &w->cap_ops, w->n_ops, 1, sizeof *w->ops) ||
        !vls_room(&w->named, &w->cap_named, w->n_named, n, sizeof *w->named))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for an operation");
    k = &w->ops[w->n_ops];
    k->op = *op;
    memcpy(k->record, op->record, VLS_ID_LEN);
    k->key_at = keep(&w->arena, op->key);
    k->value_at = keep(&w->arena, op->value);
    k->cite_at = keep(&w->arena, op->cite_text);
    k->reason_at = keep(&w->arena, op->reason);
    k->named_at = w->n_named;
    k->op.n_names = n;
    k->order = w->n_ops;
    if (n > 0)
        memcpy(w->named + w->n_named, named, n * sizeof *named);
    w->n_named += n;
    w->n_ops++;
    w->size += 32 + op->key.n + op->value.n + op->cite_text.n + op->reason.n + n * 8;
    return vls_buf_ok(&w->arena, err);
}

size_t
vls_change_n_ops(const struct vls_change_writer *w)
{
    return w->n_ops;
}

size_t
vls_change_size(const struct vls_change_writer *w)
{
    return w->size;
}

static int
by_record(const void *a, const void *b)
{
    const struct kept_op *x = a, *y = b;
    int c = memcmp(x->record, y->record, VLS_ID_LEN);

    if (c != 0)
        return c;
    return x->order < y->order ? -1 : 1;
}

static int
by_id(const void *a, const void *b)
{
    return memcmp(a, b, VLS_CHANGE_ID_LEN);
}

static int
by_dot(const void *a, const void *b)
{
    return vls_dot_cmp(a, b);
}

static size_t
sort_unique_ids(uint8_t *ids, size_t n)
{
    size_t kept = 0;

    if (n == 0)
        return 0;
    qsort(ids, n, VLS_CHANGE_ID_LEN, by_id);
    for (size_t i = 0; i < n; i++)
        if (kept == 0 ||
            memcmp(ids + (kept - 1) * VLS_CHANGE_ID_LEN, ids + i * VLS_CHANGE_ID_LEN, VLS_CHANGE_ID_LEN) != 0)
            memmove(ids + kept++ * VLS_CHANGE_ID_LEN, ids + i * VLS_CHANGE_ID_LEN, VLS_CHANGE_ID_LEN);
    return kept;
}

static bool
has_id(const uint8_t *ids, size_t n, const uint8_t *id)
{
    return n > 0 && bsearch(id, ids, n, VLS_CHANGE_ID_LEN, by_id) != NULL;
}

static void
put_ids(struct vls_buf *out, const uint8_t *ids, size_t n)
{
    vls_cbor_put_array(out, n);
    for (size_t i = 0; i < n; i++)
        vls_cbor_put_bytes(out, ids + i * VLS_CHANGE_ID_LEN, VLS_CHANGE_ID_LEN);
}

struct id_table {
    uint8_t *deps, *refs;
    size_t n_deps, n_refs;
};

static uint64_t
ref_of(const struct id_table *t, const uint8_t *id)
{
    const uint8_t *at = t->n_deps > 0 ? bsearch(id, t->deps, t->n_deps, VLS_CHANGE_ID_LEN, by_id) : NULL;

    if (at != NULL)
        return (uint64_t)(at - t->deps) / VLS_CHANGE_ID_LEN;
    at = bsearch(id, t->refs, t->n_refs, VLS_CHANGE_ID_LEN, by_id);
    return t->n_deps + (uint64_t)(at - t->refs) / VLS_CHANGE_ID_LEN;
}

static int
by_ref(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    if (x[0] != y[0])
        return x[0] < y[0] ? -1 : 1;
    return x[1] < y[1] ? -1 : x[1] > y[1];
}

/* The numbers come after deps and refs are sorted apart, so their order is not that of the dots. */
static enum vls_code
put_named(struct vls_buf *out, const struct id_table *t, struct vls_dot *named, size_t n, struct vls_error *err)
{
    uint64_t(*pairs)[2];
    size_t kept = 0;

    if (n > 0)
        qsort(named, n, sizeof *named, by_dot);
    if ((pairs = malloc((n + 1) * sizeof *pairs)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for an operation");
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && vls_dot_cmp(&named[i - 1], &named[i]) == 0)
            continue;
        pairs[kept][0] = ref_of(t, named[i].change);
        pairs[kept][1] = named[i].op;
        kept++;
    }
    if (kept > 0)
        qsort(pairs, kept, sizeof *pairs, by_ref);
    vls_cbor_put_array(out, kept);
    for (size_t i = 0; i < kept; i++) {
        vls_cbor_put_array(out, 2);
        vls_cbor_put_uint(out, pairs[i][0]);
        vls_cbor_put_uint(out, pairs[i][1]);
    }
    free(pairs);
    return VLS_OK;
}

static void
put_meta(struct vls_buf *out, const struct vls_op *op, const uint8_t *cite_text, const uint8_t *reason)
{
    bool has_reason = op->reason.n > 0 || op->type == VLS_OP_DECIDE;

    vls_cbor_put_map(out,
                     (op->cite != VLS_CITE_NONE ? 1u : 0u) + (op->cite_text.n > 0 ? 1u : 0u) + (has_reason ? 1u : 0u));
    if (op->cite != VLS_CITE_NONE) {
        vls_cbor_put_uint(out, 1);
        vls_cbor_put_uint(out, op->cite);
    }
    if (op->cite_text.n > 0) {
        vls_cbor_put_uint(out, 2);
        vls_cbor_put_text(out, vls_slice_of(cite_text, op->cite_text.n));
    }
    if (has_reason) {
        vls_cbor_put_uint(out, 3);
        vls_cbor_put_text(out, vls_slice_of(reason, op->reason.n));
    }
}

static enum vls_code
put_op(struct vls_change_writer *w, struct vls_buf *out, const struct id_table *t, const struct kept_op *k,
       struct vls_error *err)
{
    static const size_t items[] = {0, 2, 6, 4, 4, 3, 6};
    static const uint8_t nothing[1];
    const struct vls_op *op = &k->op;
    const uint8_t *base = w->arena.p != NULL ? w->arena.p : nothing; /* a removal may bring no bytes at all */
    enum vls_code rc = VLS_OK;

    vls_cbor_put_array(out, items[op->type]);
    vls_cbor_put_uint(out, op->type);
    if (op->type == VLS_OP_CREATE) {
        vls_cbor_put_uint(out, op->kind);
        return VLS_OK;
    }
    vls_cbor_put_uint(out, op->field);
    if (op->type == VLS_OP_PUT || op->type == VLS_OP_DECIDE)
        vls_cbor_put_text(out, vls_slice_of(base + k->key_at, op->key.n));
    if (op->type != VLS_OP_REMOVE)
        vls_buf_put(out, base + k->value_at, op->value.n);
    if (op->type == VLS_OP_PUT || op->type == VLS_OP_DECIDE || op->type == VLS_OP_REMOVE)
        rc = put_named(out, t, op->n_names > 0 ? w->named + k->named_at : NULL, op->n_names, err);
    if (op->type != VLS_OP_APPEND)
        put_meta(out, op, base + k->cite_at, base + k->reason_at);
    return rc;
}

static enum vls_code
put_entries(struct vls_change_writer *w, struct vls_buf *out, const struct id_table *t, struct vls_error *err)
{
    size_t n_entries = 0;
    enum vls_code rc = VLS_OK;

    if (w->n_ops > 0)
        qsort(w->ops, w->n_ops, sizeof *w->ops, by_record);
    for (size_t i = 0; i < w->n_ops; i++)
        n_entries += i == 0 || memcmp(w->ops[i - 1].record, w->ops[i].record, VLS_ID_LEN) != 0;
    vls_cbor_put_array(out, n_entries);
    for (size_t i = 0; i < w->n_ops && rc == VLS_OK;) {
        size_t end = i + 1;

        while (end < w->n_ops && memcmp(w->ops[i].record, w->ops[end].record, VLS_ID_LEN) == 0)
            end++;
        vls_cbor_put_array(out, 2);
        vls_cbor_put_bytes(out, w->ops[i].record, VLS_ID_LEN);
        vls_cbor_put_array(out, end - i);
        for (; i < end && rc == VLS_OK; i++)
            rc = put_op(w, out, t, &w->ops[i], err);
    }
    return rc;
}

enum vls_code
vls_change_finish(struct vls_change_writer *w, struct vls_buf *out, uint64_t lamport, int64_t wall_unix_s,
                  const uint8_t *deps, size_t n_deps, struct vls_error *err)
{
    struct id_table t = {NULL, NULL, 0, 0};
    size_t start = out->n;
    enum vls_code rc;

    t.deps = malloc((n_deps + 1) * VLS_CHANGE_ID_LEN);
    t.refs = malloc((w->n_named + 1) * VLS_CHANGE_ID_LEN);
    if (t.deps == NULL || t.refs == NULL) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a change set");
        goto out;
    }
    if (n_deps > 0)
        memcpy(t.deps, deps, n_deps * VLS_CHANGE_ID_LEN);
    t.n_deps = sort_unique_ids(t.deps, n_deps);
    for (size_t i = 0; i < w->n_named; i++)
        if (!has_id(t.deps, t.n_deps, w->named[i].change))
            memcpy(t.refs + t.n_refs++ * VLS_CHANGE_ID_LEN, w->named[i].change, VLS_CHANGE_ID_LEN);
    t.n_refs = sort_unique_ids(t.refs, t.n_refs);
    if (t.n_deps > VLS_CHANGE_REFS_MAX || t.n_refs > VLS_CHANGE_REFS_MAX) {
        rc = VLS_FAIL(err, VLS_ELIMIT, "one change set names more than %u others", VLS_CHANGE_REFS_MAX);
        goto out;
    }
    vls_cbor_put_array(out, 6);
    vls_cbor_put_uint(out, VLS_CHANGE_VERSION);
    vls_cbor_put_uint(out, lamport);
    vls_cbor_put_int(out, wall_unix_s);
    put_ids(out, t.deps, t.n_deps);
    put_ids(out, t.refs, t.n_refs);
    if ((rc = put_entries(w, out, &t, err)) != VLS_OK || (rc = vls_buf_ok(out, err)) != VLS_OK)
        goto out;
    if (out->n - start > VLS_CHANGE_MAX)
        rc = VLS_FAIL(err, VLS_ELIMIT, "change set of %zu bytes", out->n - start);
out:
    free(t.deps);
    free(t.refs);
    return rc;
}
