/*
 * Values that were replaced: moved from the live to the past ones, remembered when they have not come
 * yet, and moved back when their record turns out to be of a kind whose field keeps everything. Of
 * several operations that name a value the one with the smallest dot counts, whatever came first.
 */
#include <string.h>

#include "store_int.h"

static void
bind_value(struct vls__stmt *q, const struct vls__retired *r, int64_t envelope)
{
    vls__bind_int(q, 1, r->record);
    vls__bind_int(q, 2, r->field);
    vls__bind_blob(q, 3, r->key.p, r->key.n);
    vls__bind_int(q, 4, envelope);
    vls__bind_int(q, 5, r->named.op);
}

static void
bind_named(struct vls__stmt *q, const struct vls__retired *r)
{
    vls__bind_blob(q, 1, r->named.change, VLS_CHANGE_ID_LEN);
    vls__bind_int(q, 2, r->named.op);
    vls__bind_int(q, 3, r->record);
    vls__bind_int(q, 4, r->field);
    vls__bind_blob(q, 5, r->key.p, r->key.n);
}

static enum vls_code
by_dot(struct vls_store *s, const struct vls__by *by, struct vls_dot *out, struct vls_error *err)
{
    struct vls__envelope e;
    enum vls_code rc = vls__envelope_by_n(s, by->envelope, &e, err);

    if (rc != VLS_OK)
        return rc;
    memcpy(out->change, e.id, sizeof out->change);
    out->op = by->op;
    return VLS_OK;
}

/* *best becomes the one of the two with the smaller dot; nobody loses against anybody. */
static enum vls_code
by_smaller(struct vls_store *s, struct vls__by *best, const struct vls__by *other, bool *changed, struct vls_error *err)
{
    struct vls_dot a, b;
    enum vls_code rc;

    *changed = false;
    if (best->envelope != 0) {
        if (best->envelope == other->envelope && best->op == other->op)
            return VLS_OK;
        if ((rc = by_dot(s, best, &a, err)) != VLS_OK || (rc = by_dot(s, other, &b, err)) != VLS_OK)
            return rc;
        if (vls_dot_cmp(&a, &b) <= 0)
            return VLS_OK;
    }
    *best = *other;
    *changed = true;
    return VLS_OK;
}

/* ---- values that are here ---- */

static enum vls_code
past_by(struct vls_store *s, const struct vls__retired *r, int64_t envelope, struct vls__by *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_PAST_BY, err);

    *out = (struct vls__by){0, 0};
    if (rc != VLS_OK)
        return rc;
    bind_value(&q, r, envelope);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        out->envelope = vls__col_int(&q, 0, 1, INT64_MAX);
        out->op = (uint32_t)vls__col_int(&q, 1, 0, UINT32_MAX);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    return rc;
}

static enum vls_code
run_value(struct vls_store *s, enum vls__sql id, const struct vls__retired *r, int64_t envelope,
          const struct vls__by *by, int *n_changed, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    bind_value(&q, r, envelope);
    if (by != NULL) {
        vls__bind_int(&q, 6, by->envelope);
        vls__bind_int(&q, 7, by->op);
    }
    return vls__sql_run(&q, n_changed, err);
}

enum vls_code
vls__retire(struct vls_store *s, const struct vls__retired *r, const struct vls__by *by, bool *moved,
            struct vls_error *err)
{
    struct vls__envelope named;
    struct vls__by best;
    bool changed;
    int n = 0;
    enum vls_code rc;

    *moved = false;
    if ((rc = vls__envelope_by_id(s, r->named.change, &named, err)) != VLS_OK || named.n == 0)
        return rc;
    if ((rc = run_value(s, VLS__SQL_RETIRE, r, named.n, by, &n, err)) != VLS_OK)
        return rc;
    if (n > 0) {
        *moved = true;
        return run_value(s, VLS__SQL_LIVE_DROP, r, named.n, NULL, NULL, err);
    }
    if ((rc = past_by(s, r, named.n, &best, err)) != VLS_OK || best.envelope == 0)
        return rc;
    *moved = true;
    if ((rc = by_smaller(s, &best, by, &changed, err)) != VLS_OK || !changed)
        return rc;
    return run_value(s, VLS__SQL_PAST_SET_BY, r, named.n, &best, NULL, err);
}

/* ---- values that are not ---- */

enum vls_code
vls__retired_add(struct vls_store *s, const struct vls__retired *r, const struct vls__by *by, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RETIRED_ADD, err);

    if (rc != VLS_OK)
        return rc;
    bind_named(&q, r);
    vls__bind_int(&q, 6, by->envelope);
    vls__bind_int(&q, 7, by->op);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls__retired_any(struct vls_store *s, const uint8_t change[VLS_CHANGE_ID_LEN], bool *out, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RETIRED_ANY, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, change, VLS_CHANGE_ID_LEN);
    rc = vls__sql_step(&q, out, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls__retired_take(struct vls_store *s, const struct vls__retired *r, struct vls__by *best, struct vls_error *err)
{
    struct vls__by one;
    struct vls__stmt q;
    bool row, changed;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_RETIRED_OF, err);

    *best = (struct vls__by){0, 0};
    if (rc != VLS_OK)
        return rc;
    bind_named(&q, r);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        one.envelope = vls__col_int(&q, 0, 1, INT64_MAX);
        one.op = (uint32_t)vls__col_int(&q, 1, 0, UINT32_MAX);
        if ((rc = vls__sql_ok(&q, err)) != VLS_OK || (rc = by_smaller(s, best, &one, &changed, err)) != VLS_OK)
            break;
    }
    vls__sql_give(&q);
    if (rc != VLS_OK || best->envelope == 0)
        return rc;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_RETIRED_DROP, err)) != VLS_OK)
        return rc;
    bind_named(&q, r);
    return vls__sql_run(&q, NULL, err);
}

/* ---- when the kind of a record changes ---- */

/* One value that stands where its kind does not want it, with what named it. */
struct stray {
    struct vls__arena arena;
    struct vls__retired value;
    int64_t envelope;
    struct vls__by by;
};

/* The next past value after x that was replaced, or the next live value that retired names. */
static enum vls_code
next_stray(struct vls_store *s, enum vls__sql id, struct stray *x, bool *row, struct vls_error *err)
{
    struct vls__envelope e;
    struct vls__stmt q;
    struct vls_slice key = {NULL, 0};
    struct vls__arena before = x->arena;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    bind_value(&q, &x->value, x->envelope);
    x->arena = (struct vls__arena){0};
    if ((rc = vls__sql_step(&q, row, err)) == VLS_OK && *row) {
        x->value.field = (uint32_t)vls__col_int(&q, 0, 1, UINT16_MAX);
        key = vls__arena_copy(&x->arena, vls__col_blob(&q, 1));
        x->envelope = vls__col_int(&q, 2, 1, INT64_MAX);
        x->value.named.op = (uint32_t)vls__col_int(&q, 3, 0, UINT32_MAX);
        x->by.envelope = vls__col_int(&q, 4, 1, INT64_MAX);
        x->by.op = (uint32_t)vls__col_int(&q, 5, 0, UINT32_MAX);
        if ((rc = vls__sql_ok(&q, err)) == VLS_OK && x->arena.bad)
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a value");
    }
    vls__sql_give(&q);
    vls__arena_clear(&before);
    x->value.key = key;
    if (rc == VLS_OK && *row && (rc = vls__envelope_by_n(s, x->envelope, &e, err)) == VLS_OK)
        memcpy(x->value.named.change, e.id, sizeof e.id);
    return rc;
}

/* Past to live: the field keeps everything under the new kind. */
static enum vls_code
bring_back(struct vls_store *s, const struct stray *x, struct vls_error *err)
{
    enum vls_code rc = run_value(s, VLS__SQL_UNRETIRE, &x->value, x->envelope, NULL, NULL, err);

    if (rc == VLS_OK)
        rc = run_value(s, VLS__SQL_PAST_DROP, &x->value, x->envelope, NULL, NULL, err);
    return rc == VLS_OK ? vls__retired_add(s, &x->value, &x->by, err) : rc;
}

static enum vls_code
retire_after_all(struct vls_store *s, const struct stray *x, struct vls_error *err)
{
    struct vls__by by;
    bool moved;
    enum vls_code rc = vls__retired_take(s, &x->value, &by, err);

    return rc == VLS_OK && by.envelope != 0 ? vls__retire(s, &x->value, &by, &moved, err) : rc;
}

enum vls_code
vls__rekind(struct vls_store *s, int64_t record, uint32_t kind_no, struct vls_error *err)
{
    static const enum vls__sql walk[] = {VLS__SQL_STRAY_PAST, VLS__SQL_STRAY_LIVE};
    const struct vls_kind *kind = vls_kind_by_no((uint16_t)kind_no);
    enum vls_code rc = VLS_OK;

    for (int live = 0; live < 2 && rc == VLS_OK; live++) {
        struct stray x = {.value.record = record};
        bool row = true;

        while (rc == VLS_OK && (rc = next_stray(s, walk[live], &x, &row, err)) == VLS_OK && row) {
            bool keeps = vls_merge_permanent(vls_field_by_no(kind, (uint16_t)x.value.field));

            if (!live && keeps)
                rc = bring_back(s, &x, err);
            else if (live && !keeps)
                rc = retire_after_all(s, &x, err);
        }
        vls__arena_clear(&x.arena);
    }
    return rc;
}
