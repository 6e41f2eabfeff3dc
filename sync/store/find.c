/*
 * What a person typed, as a record: a reference, or the beginnings of words of a name or title. Words of a part (a
 * name form, a stage of a trip) stand for the record it is a part of.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define CANDIDATES_MAX 4096 /* nobody reads more */

struct candidate {
    int64_t n;
    uint32_t kind;
    uint8_t id[VLS_ID_LEN];
    bool withdrawn, exact;
};

struct candidates {
    struct candidate *v;
    size_t n, cap;
};

static enum vls_code
add(struct candidates *cs, const struct candidate *c, struct vls_error *err)
{
    for (size_t i = 0; i < cs->n; i++)
        if (cs->v[i].n == c->n) { /* found by several names: the best counts */
            cs->v[i].withdrawn = cs->v[i].withdrawn && c->withdrawn;
            cs->v[i].exact = cs->v[i].exact || c->exact;
            return VLS_OK;
        }
    if (!vls_room(&cs->v, &cs->cap, cs->n, 1, sizeof *cs->v))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for what was found");
    cs->v[cs->n++] = *c;
    return VLS_OK;
}

static enum vls_code
read_candidate(struct vls__stmt *q, struct candidate *c, struct vls_error *err)
{
    *c = (struct candidate){.n = vls__col_int(q, 0, 1, INT64_MAX)};
    c->kind = (uint32_t)vls__col_int(q, 1, 0, VLS__KIND_MAX);
    c->withdrawn = vls__col_int(q, 2, 0, 1) != 0;
    vls__col_fixed(q, 3, c->id, sizeof c->id);
    return vls__sql_ok(q, err);
}

/* The record shown under an id, as a candidate; n is 0 when there is none. */
static enum vls_code
candidate_of(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct candidate *c, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_FIND_ID, err);

    *c = (struct candidate){0};
    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    vls__bind_blob(&q, 2, id, VLS_ID_LEN);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        rc = read_candidate(&q, c, err);
    vls__sql_give(&q);
    return rc;
}

/* ---- references ---- */

static enum vls_code
by_reference(struct vls_store *s, uint32_t kind_no, const char *prefix, const uint8_t low[VLS_ID_LEN],
             const uint8_t high[VLS_ID_LEN], struct candidates *out, struct vls_error *err)
{
    struct candidate c;
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_FIND_ID, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, low, VLS_ID_LEN);
    vls__bind_blob(&q, 2, high, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if ((rc = read_candidate(&q, &c, err)) != VLS_OK)
            break;
        if ((kind_no == 0 || c.kind == kind_no) && (prefix[0] == '\0' || strcmp(prefix, vls__prefix(c.kind)) == 0) &&
            (rc = add(out, &c, err)) != VLS_OK)
            break;
    }
    vls__sql_give(&q);
    return rc;
}

/* ---- names and titles ---- */

/* The record that a part belongs to; n is 0 when it is no part, or of something that is not here. */
static enum vls_code
parent_of(struct vls_store *s, const struct candidate *part, struct candidate *out, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_no((uint16_t)part->kind);
    struct vls_record *r = NULL;
    enum vls_code rc = VLS_OK;

    *out = (struct candidate){0};
    if (kind == NULL || kind->parent == 0)
        return VLS_OK;
    if ((rc = vls__record_load(s, part->n, VLS_LOAD_LIVE, &r, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < kind->n_fields && rc == VLS_OK && out->n == 0; i++) {
        const struct vls_row *row = (kind->fields[i].flags & VLS_F_PARENT) != 0
                                        ? vls_record_row(r, kind->fields[i].no, vls_slice_of(NULL, 0), 0)
                                        : NULL;
        const uint8_t *id = row != NULL ? vls__ref_of(row->value) : NULL;

        if (id != NULL)
            rc = candidate_of(s, id, out, err);
    }
    vls_record_free(r);
    out->withdrawn = out->withdrawn || part->withdrawn;
    out->exact = part->exact;
    return rc;
}

/* One of the lines of a folded title is exactly what was typed. */
static bool
has_line(struct vls_slice title, struct vls_slice line)
{
    const uint8_t *at = title.p, *end = title.p + title.n, *stop;

    for (; at < end; at = stop + 1) {
        if ((stop = memchr(at, '\n', (size_t)(end - at))) == NULL)
            stop = end;
        if (vls_slice_eq(vls_slice_of(at, (size_t)(stop - at)), line))
            return true;
    }
    return false;
}

static enum vls_code
by_name(struct vls_store *s, uint32_t kind_no, const char *words, struct candidates *out, struct vls_error *err)
{
    struct vls_buf query, folded;
    struct candidate c, whole;
    struct vls__stmt q = {0};
    bool row;
    enum vls_code rc = VLS_OK;

    vls_buf_init(&query, 4 * VLS__TYPED_MAX);
    vls_buf_init(&folded, VLS__TYPED_MAX);
    vls_text_fold(&folded, vls_slice_str(words));
    if (!vls__words_query(&query, words, true) || folded.bad != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_FIND_WORDS, err)) != VLS_OK)
        goto out; /* no word, or more than anybody types, finds nothing */
    vls__bind_chars(&q, 1, vls_buf_slice(&query));
    while (out->n < CANDIDATES_MAX && (rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if ((rc = read_candidate(&q, &c, err)) != VLS_OK)
            break;
        c.exact = has_line(vls__col_blob(&q, 4), vls_buf_slice(&folded));
        if ((rc = parent_of(s, &c, &whole, err)) != VLS_OK)
            break;
        if (((kind_no == 0 && whole.n == 0) || c.kind == kind_no) && (rc = add(out, &c, err)) != VLS_OK)
            break;
        if (whole.n != 0 && (kind_no == 0 || whole.kind == kind_no) && (rc = add(out, &whole, err)) != VLS_OK)
            break;
    }
out:
    vls__sql_give(&q);
    vls_buf_clear(&query);
    vls_buf_clear(&folded);
    return rc;
}

struct referring {
    struct vls_store *store;
    struct candidates *out;
};

static enum vls_code
add_referring(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct referring *to = ctx;
    struct candidate c;
    enum vls_code rc = candidate_of(to->store, r->id, &c, err);

    return rc == VLS_OK && c.n != 0 && to->out->n < CANDIDATES_MAX ? add(to->out, &c, err) : rc;
}

/* A trip has no name of its own; its title begins with that of its person. */
static enum vls_code
by_name_of_other(struct vls_store *s, uint32_t kind_no, const char *words, struct candidates *out,
                 struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_no((uint16_t)kind_no);
    struct referring to = {s, out};
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; kind != NULL && i < kind->n_fields && rc == VLS_OK; i++) {
        const struct vls_field *field = &kind->fields[i];
        struct candidates others = {0};

        if (field->type != VLS_T_REF || (field->flags & VLS_F_TITLE) == 0 || field->ref_kind == 0)
            continue;
        rc = by_name(s, field->ref_kind, words, &others, err);
        for (size_t k = 0; k < others.n && rc == VLS_OK; k++) {
            struct vls_filter f = {.kind_no = kind_no, .refers_to = others.v[k].id, .withdrawn = true};

            rc = vls_store_list(s, &f, add_referring, &to, err);
        }
        free(others.v);
    }
    return rc;
}

/* ---- choosing ---- */

static int
order(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;

    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    return memcmp(x->id, y->id, VLS_ID_LEN);
}

/* Leaves the withdrawn ones only when there are no others, and a single exact match alone. */
static void
narrow(struct candidates *cs)
{
    size_t n_active = 0, n_exact = 0, kept = 0;

    for (size_t i = 0; i < cs->n; i++)
        n_active += !cs->v[i].withdrawn;
    for (size_t i = 0; i < cs->n; i++)
        if (n_active == 0 || !cs->v[i].withdrawn)
            cs->v[kept++] = cs->v[i];
    cs->n = kept;
    for (size_t i = 0; i < cs->n; i++)
        n_exact += cs->v[i].exact;
    for (size_t i = 0; i < cs->n && n_exact == 1; i++)
        if (cs->v[i].exact) {
            cs->v[0] = cs->v[i];
            cs->n = 1;
        }
    if (cs->n > 1)
        qsort(cs->v, cs->n, sizeof *cs->v, order);
}

/* How well a kind answers to words alone: what has a name before the rest, and before what merely says
 * something about other records (copies that left, proofs of it, judgements). */
static int
standing(uint32_t kind_no)
{
    static const char *const ABOUT[] = {"view", "transmission", "trip-link", "identity-link"};
    const struct vls_kind *kind = vls_kind_by_no((uint16_t)kind_no);

    for (size_t i = 0; kind != NULL && i < sizeof ABOUT / sizeof *ABOUT; i++)
        if (strcmp(kind->name, ABOUT[i]) == 0)
            return 0;
    for (size_t i = 0; kind != NULL && i < kind->n_fields; i++)
        if ((kind->fields[i].flags & VLS_F_NAME) != 0)
            return 2;
    return 1;
}

/* Of records found by words among all kinds: only those of the best standing, the withdrawn last. */
static void
outrank(struct candidates *cs)
{
    int best = 0;
    bool active = false;
    size_t kept = 0;

    for (size_t i = 0; i < cs->n; i++)
        active = active || (!cs->v[i].withdrawn && standing(cs->v[i].kind) > 0);
    for (size_t i = 0; i < cs->n; i++) {
        int is = standing(cs->v[i].kind);

        if ((!active || !cs->v[i].withdrawn) && is > best)
            best = is;
    }
    for (size_t i = 0; i < cs->n; i++)
        if (standing(cs->v[i].kind) == best)
            cs->v[kept++] = cs->v[i];
    cs->n = kept;
}

static enum vls_code
pass(struct vls_store *s, const struct candidates *cs, vls_record_fn *fn, void *ctx, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < cs->n && rc == VLS_OK; i++) {
        struct vls_record *r = NULL;

        if ((rc = vls__record_load(s, cs->v[i].n, VLS_LOAD_LIVE, &r, err)) == VLS_OK)
            rc = fn(ctx, r, err);
        vls_record_free(r);
    }
    return rc;
}

static enum vls_code
candidates(struct vls_store *s, uint32_t kind_no, const char *words, struct candidates *out, struct vls_error *err)
{
    uint8_t low[VLS_ID_LEN], high[VLS_ID_LEN];
    struct vls_error mistyped;
    char prefix[4];
    uint32_t bits;
    enum vls_code rc, ref;

    if (vls_unhex(low, VLS_ID_LEN, words))
        return by_reference(s, kind_no, "", low, low, out, err);
    ref = vls_ref_parse(prefix, &bits, words, &mistyped);
    if (ref == VLS_OK) {
        vls__ref_range(bits, low, high);
        if ((rc = by_reference(s, kind_no, prefix, low, high, out, err)) != VLS_OK || out->n > 0)
            return rc;
        if (prefix[0] != '\0')
            return VLS_OK;
    }
    /* Seven characters of a name can look like a mistyped reference without its prefix. */
    if (ref != VLS_EVALUE || strchr(words, '-') == NULL) {
        if ((rc = by_name(s, kind_no, words, out, err)) != VLS_OK || out->n > 0 ||
            (rc = by_name_of_other(s, kind_no, words, out, err)) != VLS_OK || out->n > 0) {
            if (rc == VLS_OK && kind_no == 0)
                outrank(out);
            return rc;
        }
    }
    if (ref != VLS_EVALUE)
        return VLS_OK;
    if (err != NULL)
        *err = mistyped;
    return VLS_EVALUE;
}

enum vls_code
vls_store_find(struct vls_store *s, uint32_t kind_no, const char *words, uint8_t out[VLS_ID_LEN], vls_record_fn *fn,
               void *ctx, struct vls_error *err)
{
    struct candidates cs = {0};
    enum vls_code rc;

    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = candidates(s, kind_no, words, &cs, err)) != VLS_OK)
        goto out;
    narrow(&cs);
    if (cs.n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "nothing found for “%.60s”", words);
    else if (cs.n == 1)
        memcpy(out, cs.v[0].id, VLS_ID_LEN);
    else if (fn == NULL || (rc = pass(s, &cs, fn, ctx, err)) == VLS_OK)
        rc = VLS_FAIL(err, VLS_EAMBIGUOUS, "“%.60s” stands for %zu records", words, cs.n);
out:
    free(cs.v);
    return rc;
}

/* ---- full text ---- */

/* By its id, when that is what was typed. */
static enum vls_code
search_reference(struct vls_store *s, const char *words, struct candidates *out, struct vls_error *err)
{
    uint8_t low[VLS_ID_LEN], high[VLS_ID_LEN];
    char prefix[4];
    uint32_t bits;

    if (vls_ref_parse(prefix, &bits, words, NULL) != VLS_OK)
        return VLS_OK;
    vls__ref_range(bits, low, high);
    return by_reference(s, 0, prefix, low, high, out, err);
}

/* What speaks for itself before what merely says something about it; within both the order is kept. */
static enum vls_code
search_pass(struct vls_store *s, const struct candidates *cs, vls_record_fn *fn, void *ctx, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (int about = 0; about < 2; about++)
        for (size_t i = 0; i < cs->n && rc == VLS_OK; i++) {
            struct candidates one = {.v = &cs->v[i], .n = 1};

            if ((standing(cs->v[i].kind) == 0) == (about == 1))
                rc = pass(s, &one, fn, ctx, err);
        }
    return rc;
}

enum vls_code
vls_store_search(struct vls_store *s, const char *words, size_t max, vls_record_fn *fn, void *ctx,
                 struct vls_error *err)
{
    struct candidates cs = {0};
    struct candidate c, whole;
    struct vls__stmt q = {0};
    struct vls_buf query;
    bool row;
    enum vls_code rc = vls__judge(s, err);

    vls_buf_init(&query, 4 * VLS__TYPED_MAX);
    if (rc != VLS_OK || (rc = search_reference(s, words, &cs, err)) != VLS_OK ||
        !vls__words_query(&query, words, false) || (rc = vls__sql_take(&q, s, VLS__SQL_SEARCH, err)) != VLS_OK)
        goto out;
    vls__bind_chars(&q, 1, vls_buf_slice(&query));
    while (cs.n < max && cs.n < CANDIDATES_MAX && (rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        if ((rc = read_candidate(&q, &c, err)) != VLS_OK || (rc = parent_of(s, &c, &whole, err)) != VLS_OK ||
            (rc = add(&cs, whole.n != 0 ? &whole : &c, err)) != VLS_OK)
            break;
    vls__sql_give(&q);
    if (rc == VLS_OK)
        rc = search_pass(s, &cs, fn, ctx, err);
out:
    vls__sql_give(&q);
    vls_buf_clear(&query);
    free(cs.v);
    return rc;
}
