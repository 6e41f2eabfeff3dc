/*
 * Reading change sets. The whole set is checked once when it is opened, so that the walk over its
 * operations afterwards cannot fail. Nothing is copied and nothing is allocated.
 */
#include <string.h>

#include "valise/change.h"

/* Known keys of an operation's annotations; others come from newer versions and stay in the bytes. */
enum { META_CITE = 1, META_CITE_TEXT = 2, META_REASON = 3 };

#define FIELD_NO_MAX 0xffff
#define KIND_NO_MAX  0xffff
#define META_MAX     64
#define OP_ITEMS_MAX 16

static const uint8_t *
named_change(const struct vls_change *c, uint64_t ref)
{
    if (ref < c->n_deps)
        return c->deps_.p + ref * (VLS_CHANGE_ID_LEN + 2);
    return c->refs_.p + (ref - c->n_deps) * (VLS_CHANGE_ID_LEN + 2);
}

/* An array of ids, strictly ascending. Each is encoded as 58 20 and 32 bytes, so the i-th id can be
 * found without walking: the slice begins at the first id's bytes. */
static size_t
read_ids(struct vls_cbor *c, struct vls_slice *out)
{
    size_t n = vls_cbor_array(c, VLS_CHANGE_REFS_MAX);
    const uint8_t *last = NULL;

    *out = vls_slice_of(NULL, 0);
    for (size_t i = 0; i < n && !vls_cbor_bad(c); i++) {
        const uint8_t *id = vls_cbor_fixed(c, VLS_CHANGE_ID_LEN);

        if (id == NULL || (last != NULL && memcmp(last, id, VLS_CHANGE_ID_LEN) >= 0)) {
            vls_cbor_fail(c); /* ids are public: plain comparison */
            return 0;
        }
        if (i == 0)
            out->p = id;
        last = id;
    }
    out->n = n;
    return n;
}

/* The two ascending lists have nothing in common. */
static bool
disjoint(const struct vls_change *c)
{
    size_t i = 0, k = 0;

    while (i < c->n_deps && k < c->n_refs) {
        int d = memcmp(named_change(c, i), named_change(c, c->n_deps + k), VLS_CHANGE_ID_LEN);

        if (d == 0)
            return false;
        if (d < 0)
            i++;
        else
            k++;
    }
    return true;
}

static void
read_named(const struct vls_change *c, struct vls_cbor *r, struct vls_op *op)
{
    uint64_t last_ref = 0, last_op = 0;

    op->n_names = vls_cbor_array(r, VLS_CHANGE_NAMES_MAX);
    op->names_ = *r;
    for (size_t i = 0; i < op->n_names && !vls_cbor_bad(r); i++) {
        uint64_t ref, no;

        if (vls_cbor_array(r, 2) != 2) {
            vls_cbor_fail(r);
            return;
        }
        ref = vls_cbor_uint(r);
        no = vls_cbor_uint(r);
        if (ref >= c->n_deps + c->n_refs || no >= VLS_CHANGE_OPS_MAX ||
            (i > 0 && (ref < last_ref || (ref == last_ref && no <= last_op))))
            vls_cbor_fail(r);
        last_ref = ref;
        last_op = no;
    }
}

static void
read_meta(struct vls_cbor *r, struct vls_op *op)
{
    struct vls_slice whole = vls_cbor_item(r); /* canonical, keys ascending */
    struct vls_cbor m = vls_cbor_of(whole);
    size_t n;

    if (vls_cbor_bad(r))
        return;
    n = vls_cbor_map(&m, META_MAX);
    for (size_t i = 0; i < n && !vls_cbor_bad(&m); i++) {
        uint64_t key = vls_cbor_uint(&m), cite;

        switch (key) {
        case META_CITE:
            cite = vls_cbor_uint(&m);
            if (cite < VLS_CITE_PRESS || cite > VLS_CITE_OFFICIAL)
                vls_cbor_fail(&m);
            else
                op->cite = (enum vls_cite)cite;
            break;
        case META_CITE_TEXT: op->cite_text = vls_cbor_text(&m); break;
        case META_REASON: op->reason = vls_cbor_text(&m); break;
        default: (void)vls_cbor_item(&m);
        }
    }
    if (!vls_cbor_done(&m))
        vls_cbor_fail(r);
}

static uint32_t
read_no(struct vls_cbor *r, uint32_t max)
{
    uint64_t v = vls_cbor_uint(r);

    if (v == 0 || v > max) {
        vls_cbor_fail(r);
        return 0;
    }
    return (uint32_t)v;
}

/* One operation; r is left behind it. op's record and number are the caller's. */
static void
read_op(const struct vls_change *c, struct vls_cbor *r, struct vls_op *op)
{
    static const size_t items[] = {0, 2, 6, 4, 4, 3, 6};
    size_t n = vls_cbor_array(r, OP_ITEMS_MAX);
    uint64_t type = vls_cbor_uint(r);

    if (n == 0 || type == 0 || type > 0xffff) {
        vls_cbor_fail(r);
        return;
    }
    op->type = (unsigned)type;
    if (type > VLS_OP_DECIDE) {
        for (size_t i = 1; i < n; i++)
            (void)vls_cbor_item(r);
        return;
    }
    if (n != items[type]) {
        vls_cbor_fail(r);
        return;
    }
    if (type == VLS_OP_CREATE) {
        op->kind = read_no(r, KIND_NO_MAX);
        return;
    }
    op->field = read_no(r, FIELD_NO_MAX);
    if (type == VLS_OP_PUT || type == VLS_OP_DECIDE)
        op->key = vls_cbor_text(r);
    if (type != VLS_OP_REMOVE)
        op->value = vls_cbor_item(r);
    if (type == VLS_OP_PUT || type == VLS_OP_DECIDE || type == VLS_OP_REMOVE)
        read_named(c, r, op);
    if (type != VLS_OP_APPEND)
        read_meta(r, op);
    if ((type == VLS_OP_DECIDE && (op->n_names == 0 || op->reason.p == NULL)) ||
        (type == VLS_OP_REMOVE && op->n_names == 0))
        vls_cbor_fail(r);
}

static void
enter_entry(struct vls_change *c, struct vls_cbor *r)
{
    if (vls_cbor_array(r, 2) != 2)
        vls_cbor_fail(r);
    c->record_ = vls_cbor_fixed(r, VLS_ID_LEN);
    c->n_left_in_entry_ = vls_cbor_array(r, VLS_CHANGE_OPS_MAX);
}

static bool
entries_ok(const struct vls_change *opened, struct vls_cbor *r)
{
    struct vls_change c = *opened;
    const uint8_t *last = NULL;
    size_t n_ops = 0;

    for (size_t i = 0; i < c.n_entries_ && !vls_cbor_bad(r); i++) {
        enter_entry(&c, r);
        if (vls_cbor_bad(r) || c.n_left_in_entry_ == 0 || (last != NULL && memcmp(last, c.record_, VLS_ID_LEN) >= 0))
            return false;
        last = c.record_;
        n_ops += c.n_left_in_entry_;
        if (n_ops > VLS_CHANGE_OPS_MAX)
            return false;
        for (; c.n_left_in_entry_ > 0 && !vls_cbor_bad(r); c.n_left_in_entry_--) {
            struct vls_op op = {0};

            read_op(&c, r, &op);
        }
    }
    return vls_cbor_done(r);
}

enum vls_code
vls_change_open(struct vls_change *c, struct vls_slice bytes, struct vls_error *err)
{
    struct vls_cbor r = vls_cbor_of(bytes);
    uint64_t version;

    memset(c, 0, sizeof *c);
    if (bytes.n > VLS_CHANGE_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "change set of %zu bytes", bytes.n);
    if (vls_cbor_array(&r, 64) < 1 || (version = vls_cbor_uint(&r), vls_cbor_bad(&r)))
        return VLS_FAIL(err, VLS_EFORMAT, "not a change set");
    if (version != VLS_CHANGE_VERSION)
        return VLS_FAIL(err, VLS_EVERSION, "change set of version %llu", (unsigned long long)version);
    r = vls_cbor_of(bytes);
    if (vls_cbor_array(&r, 6) != 6)
        return VLS_FAIL(err, VLS_EFORMAT, "change set without its six parts");
    (void)vls_cbor_uint(&r);
    c->lamport = vls_cbor_uint(&r);
    c->wall_unix_s = vls_cbor_int(&r);
    c->n_deps = read_ids(&r, &c->deps_);
    c->n_refs = read_ids(&r, &c->refs_);
    if (vls_cbor_bad(&r) || c->lamport == 0 || c->lamport > INT64_MAX || !disjoint(c))
        return VLS_FAIL(err, VLS_EFORMAT, "change set with a malformed head");
    c->n_entries_ = vls_cbor_array(&r, VLS_CHANGE_OPS_MAX);
    c->entries_ = r;
    if (!entries_ok(c, &r))
        return VLS_FAIL(err, VLS_EFORMAT, "change set with a malformed operation %zu bytes before its end", r.rd.left);
    return VLS_OK;
}

size_t
vls_change_n_records(const struct vls_change *c)
{
    return c->n_entries_;
}

const uint8_t *
vls_change_dep(const struct vls_change *c, size_t i)
{
    return named_change(c, i);
}

bool
vls_change_next(struct vls_change *c, struct vls_op *op)
{
    memset(op, 0, sizeof *op);
    if (c->n_left_in_entry_ == 0) {
        if (c->n_entries_ == 0)
            return false;
        enter_entry(c, &c->entries_);
        c->n_entries_--;
    }
    read_op(c, &c->entries_, op);
    c->n_left_in_entry_--;
    op->record = c->record_;
    op->no = c->next_no_++;
    return true;
}

void
vls_change_named(const struct vls_change *c, const struct vls_op *op, size_t i, struct vls_dot *out)
{
    struct vls_cbor r = op->names_;
    uint64_t ref = 0, no = 0;

    for (size_t k = 0; k <= i; k++) {
        (void)vls_cbor_array(&r, 2);
        ref = vls_cbor_uint(&r);
        no = vls_cbor_uint(&r);
    }
    memcpy(out->change, named_change(c, ref), VLS_CHANGE_ID_LEN);
    out->op = (uint32_t)no;
}

bool
vls_change_next_named(const struct vls_change *c, struct vls_op *op, struct vls_dot *out)
{
    uint64_t ref;

    if (op->n_names == 0)
        return false;
    op->n_names--;
    (void)vls_cbor_array(&op->names_, 2);
    ref = vls_cbor_uint(&op->names_);
    out->op = (uint32_t)vls_cbor_uint(&op->names_);
    memcpy(out->change, named_change(c, ref), VLS_CHANGE_ID_LEN);
    return true;
}

int
vls_dot_cmp(const struct vls_dot *a, const struct vls_dot *b)
{
    int c = memcmp(a->change, b->change, VLS_CHANGE_ID_LEN);

    if (c != 0)
        return c;
    return a->op < b->op ? -1 : a->op > b->op;
}
