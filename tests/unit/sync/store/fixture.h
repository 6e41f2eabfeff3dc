#ifndef TESTS_UNIT_SYNC_STORE_FIXTURE_H
#define TESTS_UNIT_SYNC_STORE_FIXTURE_H

/* Change sets built by hand and stores in memory that take them in. All names in here are invented. */

#include "tests/support/check.h"

#include "valise/store_write.h"

static const uint8_t FOCAL[VLS_ID_LEN] = {0xf0, 1}, OWN[VLS_ID_LEN] = {0x0e, 2}, COURT[VLS_ID_LEN] = {0xc0, 3};

#define MAX_OPS 64

/* One change set of one device, and the envelope that carries it. */
struct set {
    uint8_t id[VLS_HASH_LEN], device[VLS_ID_LEN], incarnation[VLS_ID_LEN];
    const uint8_t *compartment;
    uint64_t seq, lamport;
    int64_t wall;
    struct vls_buf bytes, deps;
    struct vls_change_writer *w;
    uint32_t n_ops;
};

static struct vls_error fixture_err;

static inline void
id_of(uint8_t id[VLS_ID_LEN], unsigned n)
{
    uint8_t hash[VLS_HASH_LEN];

    vls_hash1(hash, "test id", &n, sizeof n);
    memcpy(id, hash, VLS_ID_LEN);
}

static inline struct vls_store *
store_make(void)
{
    struct vls_store *s = NULL;

    check_ok(vls_store_memory(&s, &fixture_err), &fixture_err);
    check_ok(vls_store_compartment_put(s, FOCAL, "focal-points", true, &fixture_err), &fixture_err);
    check_ok(vls_store_compartment_put(s, OWN, "own", false, &fixture_err), &fixture_err);
    check_ok(vls_store_compartment_put(s, COURT, "court", false, &fixture_err), &fixture_err);
    return s;
}

static inline void
set_begin(struct set *c, const uint8_t *compartment, unsigned device, uint64_t seq, uint64_t lamport)
{
    memset(c, 0, sizeof *c);
    id_of(c->device, 1000 + device);
    id_of(c->incarnation, 2000 + device);
    c->compartment = compartment;
    c->seq = seq;
    c->lamport = lamport;
    c->wall = 1800000000 + (int64_t)(device * 1000 + seq);
    vls_buf_init(&c->bytes, VLS_CHANGE_MAX);
    vls_buf_init(&c->deps, 1 << 20);
    check_ok(vls_change_writer_new(&c->w, &fixture_err), &fixture_err);
}

static inline void
set_dep(struct set *c, const struct set *on)
{
    vls_buf_put(&c->deps, on->id, sizeof on->id);
}

static inline void
set_op(struct set *c, const struct vls_op *op, const struct vls_dot *named, size_t n)
{
    check_ok(vls_change_add(c->w, op, named, n, &fixture_err), &fixture_err);
    c->n_ops++;
}

/* Operations are numbered by record id, so a test that names one keeps to one record per change set. */
static inline void
set_create(struct set *c, const uint8_t *record, const char *kind)
{
    const struct vls_kind *k = vls_kind_by_name(kind);
    struct vls_op op = {.type = VLS_OP_CREATE, .record = record, .kind = k != NULL ? k->no : 0};

    assert_non_null(k);
    set_op(c, &op, NULL, 0);
}

static inline uint32_t
field_no(const char *kind, const char *field)
{
    const struct vls_field *f = vls_field_by_name(vls_kind_by_name(kind), field);

    assert_non_null(f);
    return f->no;
}

static inline void
set_value(struct set *c, const uint8_t *record, enum vls_op_type type, uint32_t field, const char *key,
          struct vls_slice value, const struct vls_dot *named, size_t n)
{
    struct vls_op op = {.type = type, .record = record, .field = field, .key = vls_slice_str(key), .value = value};

    if (type == VLS_OP_DECIDE)
        op.reason = vls_slice_str("it is so");
    set_op(c, &op, named, n);
}

/* A text, enum or country value. */
static inline void
set_put(struct set *c, const uint8_t *record, uint32_t field, const char *text, const struct vls_dot *named, size_t n)
{
    struct vls_buf b;

    vls_buf_init(&b, 1 << 20);
    vls_cbor_put_str(&b, text);
    set_value(c, record, VLS_OP_PUT, field, "", vls_buf_slice(&b), named, n);
    vls_buf_clear(&b);
}

static inline void
set_add(struct set *c, const uint8_t *record, uint32_t field, const char *text)
{
    struct vls_buf b;

    vls_buf_init(&b, 1 << 20);
    vls_cbor_put_str(&b, text);
    set_value(c, record, VLS_OP_ADD, field, "", vls_buf_slice(&b), NULL, 0);
    vls_buf_clear(&b);
}

static inline void
set_remove(struct set *c, const uint8_t *record, uint32_t field, const struct vls_dot *named, size_t n)
{
    set_value(c, record, VLS_OP_REMOVE, field, "", vls_slice_of(NULL, 0), named, n);
}

static inline void
set_ref(struct set *c, const uint8_t *record, uint32_t field, const uint8_t *to)
{
    struct vls_buf b;

    vls_buf_init(&b, 64);
    vls_cbor_put_bytes(&b, to, VLS_ID_LEN);
    set_value(c, record, VLS_OP_PUT, field, "", vls_buf_slice(&b), NULL, 0);
    vls_buf_clear(&b);
}

static inline void
set_date(struct set *c, const uint8_t *record, uint32_t field, const char *edtf)
{
    struct vls_buf b;

    vls_buf_init(&b, 256);
    vls_date_put(&b, vls_slice_str(edtf), vls_slice_str(edtf));
    set_value(c, record, VLS_OP_PUT, field, "", vls_buf_slice(&b), NULL, 0);
    vls_buf_clear(&b);
}

static inline void
set_end(struct set *c)
{
    check_ok(vls_change_finish(c->w, &c->bytes, c->lamport, c->wall, c->deps.p, c->deps.n / VLS_HASH_LEN, &fixture_err),
             &fixture_err);
    vls_change_writer_free(c->w);
    c->w = NULL;
    vls_hash1(c->id, "test change", c->bytes.p, c->bytes.n);
}

static inline void
set_free(struct set *c)
{
    vls_change_writer_free(c->w);
    vls_buf_clear(&c->bytes);
    vls_buf_clear(&c->deps);
}

static inline struct vls_dot
dot_of(const struct set *c, uint32_t op)
{
    struct vls_dot d = {.op = op};

    memcpy(d.change, c->id, sizeof d.change);
    return d;
}

static inline void
deliver_envelope(struct vls_store *s, const struct set *c)
{
    struct vls_stored_envelope e = {.seq = c->seq, .kind = 1, .wall_unix_s = c->wall, .state = VLS_ENV_DONE, .why = "",
                                    .bytes = vls_buf_slice(&c->bytes)};

    memcpy(e.id, c->id, sizeof e.id);
    memcpy(e.device, c->device, sizeof e.device);
    memcpy(e.incarnation, c->incarnation, sizeof e.incarnation);
    check_ok(vls_store_envelope_put(s, &e, &fixture_err), &fixture_err);
}

static inline void
apply(struct vls_store *s, const struct set *c)
{
    check_ok(vls_store_apply(s, c->id, c->compartment, vls_buf_slice(&c->bytes), &fixture_err), &fixture_err);
}

static inline void
deliver(struct vls_store *s, const struct set *c)
{
    deliver_envelope(s, c);
    apply(s, c);
}

/* ---- what a store says ---- */

static inline struct vls_record *
record_get(struct vls_store *s, const uint8_t *id, unsigned load)
{
    struct vls_record *r = NULL;

    check_ok(vls_store_record(s, id, load, &r, &fixture_err), &fixture_err);
    return r;
}

static inline enum vls_code
dump_record(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct vls_buf *out = ctx;

    vls_buf_put(out, r->id, VLS_ID_LEN);
    vls_buf_put(out, r->compartment, VLS_ID_LEN);
    vls_buf_put_le32(out, r->kind_no);
    vls_buf_put_u8(out, r->withdrawn);
    vls_buf_put_le32(out, (uint32_t)r->n_rows);
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct vls_row *row = &r->rows[i];

        vls_buf_put_le32(out, row->field);
        vls_buf_put_le32(out, (uint32_t)row->key.n);
        vls_buf_put_slice(out, row->key);
        vls_buf_put_le32(out, (uint32_t)row->value.n);
        vls_buf_put_slice(out, row->value);
        vls_buf_put_le32(out, (uint32_t)row->type);
        vls_buf_put_le32(out, (uint32_t)row->state);
        vls_buf_put_le32(out, (uint32_t)row->attention);
        vls_buf_put(out, row->dot.change, VLS_CHANGE_ID_LEN);
        vls_buf_put_le32(out, row->dot.op);
        vls_buf_put(out, row->by.change, VLS_CHANGE_ID_LEN);
        vls_buf_put_le32(out, row->by.op);
        vls_buf_put_le64(out, row->lamport);
        vls_buf_put_le64(out, (uint64_t)row->wall_unix_s);
        vls_buf_put_le32(out, (uint32_t)row->cite);
        vls_buf_put_slice(out, row->cite_text);
        vls_buf_put_slice(out, row->reason);
    }
    return vls_buf_ok(out, err);
}

static inline enum vls_code
dump_conflict(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    struct vls_buf *out = ctx;

    vls_buf_put(out, c->id, VLS_ID_LEN);
    vls_buf_put(out, c->ref, strlen(c->ref));
    vls_buf_put(out, c->record, VLS_ID_LEN);
    vls_buf_put_le32(out, c->field);
    vls_buf_put_slice(out, c->key);
    vls_buf_put_le32(out, (uint32_t)c->attention);
    return vls_buf_ok(out, err);
}

/* Everything that must be equal wherever the same change sets were merged. */
static inline void
dump(struct vls_store *s, struct vls_buf *out)
{
    static const char *const states[] = {NULL, "focal-points", "own", "court"};
    static const uint8_t *const homes[] = {FOCAL, OWN, COURT};
    struct vls_filter f = {.withdrawn = true, .load = VLS_LOAD_PAST};
    uint64_t lamport;
    char state[VLS_STATE_TEXT];

    vls_buf_init(out, 64u << 20);
    for (size_t i = 0; i < 4; i++) {
        check_ok(vls_store_state(s, states[i], state, &fixture_err), &fixture_err);
        vls_buf_put(out, state, strlen(state));
    }
    for (size_t i = 0; i < 3; i++) {
        check_ok(vls_store_heads(s, homes[i], out, &lamport, &fixture_err), &fixture_err);
        vls_buf_put_le64(out, lamport);
    }
    check_ok(vls_store_list(s, &f, dump_record, out, &fixture_err), &fixture_err);
    check_ok(vls_store_conflicts(s, dump_conflict, out, &fixture_err), &fixture_err);
}

static inline struct vls_slice
text_in(struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);

    return vls_cbor_text(&c);
}

static inline bool
says(const struct vls_record *r, const char *field, const char *text)
{
    return vls_slice_eq(text_in(vls_record_value(r, field)), vls_slice_str(text));
}

#endif
