/*
 * A post's merged records in memory. Independent of the store, and close to the words of
 * schemas/domain/merge.md section 1.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/prim.h"

#include "tests/support/replica_int.h"

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

struct known_record *
replica_record_of(struct replica *r, const uint8_t *id)
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
    struct known_record *k = replica_record_of(ctx, record);

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
    replica_record_of(ctx, record)->dirty = true;
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
