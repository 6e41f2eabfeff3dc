/*
 * Prose that several people edited at once (PARA), merged by paragraph from the text that all of them
 * started from. Source: schemas/domain/merge.md section 4. Only registers with several texts come
 * here, so that nothing else pays for it.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define TEXTS_MAX 64 /* more are not merged (vls_merge_paragraphs) */
#define DEPTH_MAX 16 /* how far back several texts are merged to know what was started from */

void
vls__prose_init(struct vls__prose *p)
{
    p->n_clashes = 0;
    vls_buf_init(&p->merged, VLS_TEXT_MAX);
    vls_buf_init(&p->base, VLS_TEXT_MAX);
}

void
vls__prose_clear(struct vls__prose *p)
{
    vls_buf_clear(&p->merged);
    vls_buf_clear(&p->base);
}

static void
bind_register(struct vls__stmt *q, int64_t record, uint32_t field, struct vls_slice key)
{
    vls__bind_int(q, 1, record);
    vls__bind_int(q, 2, field);
    vls__bind_blob(q, 3, key.p, key.n);
}

/* Values that several later ones started from, in tie-break order, with their texts as values. */
struct level {
    struct vls_rival *v;
    size_t n;
};

/* One register whose texts are merged. */
struct weaving {
    struct vls_store *s;
    int64_t record;
    uint32_t field;
    struct vls_slice key;
    struct vls__arena arena;
    struct vls_naming *naming;
    size_t n_namings;
    struct level level[DEPTH_MAX];
    size_t n_levels;
};

/* Everything that the values of the register name. */
static enum vls_code
namings(struct weaving *w, struct vls_error *err)
{
    size_t cap = 0;
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, w->s, VLS__SQL_NAMED_BY_REGISTER, err);

    if (rc != VLS_OK)
        return rc;
    bind_register(&q, w->record, w->field, w->key);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        struct vls_naming *one;
        struct vls__envelope e;

        if (!vls_room(&w->naming, &cap, w->n_namings, 1, sizeof *w->naming)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a text");
            break;
        }
        if ((rc = vls__envelope_by_n(w->s, vls__col_int(&q, 0, 1, INT64_MAX), &e, err)) != VLS_OK)
            break;
        one = &w->naming[w->n_namings++];
        memcpy(one->by.change, e.id, sizeof one->by.change);
        one->by.op = (uint32_t)vls__col_int(&q, 1, 0, UINT32_MAX);
        vls__col_fixed(&q, 2, one->named.change, sizeof one->named.change);
        one->named.op = (uint32_t)vls__col_int(&q, 3, 0, UINT32_MAX);
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    return rc;
}

/* Fills in counter and text of a past value of the register; *here tells whether it is one. */
static enum vls_code
past_value(struct weaving *w, struct vls_rival *r, bool *here, struct vls_error *err)
{
    struct vls__envelope e;
    struct vls__stmt q;
    enum vls_code rc = vls__envelope_by_id(w->s, r->dot.change, &e, err);

    *here = false;
    if (rc != VLS_OK || e.n == 0 || (rc = vls__sql_take(&q, w->s, VLS__SQL_PAST_VALUE, err)) != VLS_OK)
        return rc;
    bind_register(&q, w->record, w->field, w->key);
    vls__bind_int(&q, 4, e.n);
    vls__bind_int(&q, 5, r->dot.op);
    if ((rc = vls__sql_step(&q, here, err)) == VLS_OK && *here) {
        r->value = vls__arena_copy(&w->arena, vls__col_blob(&q, 0));
        r->lamport = e.lamport;
    }
    vls__sql_give(&q);
    return rc;
}

static int
tie_cmp(const void *a, const void *b)
{
    const struct vls_rival *x = a, *y = b;

    if (x->lamport != y->lamport)
        return x->lamport > y->lamport ? -1 : 1;
    return vls_dot_cmp(&y->dot, &x->dot);
}

/* What the values of a level started from, as the next level. */
static enum vls_code
level_add(struct weaving *w, const struct vls_rival *rivals, size_t n, struct vls_error *err)
{
    struct level *l = &w->level[w->n_levels];
    struct vls_dot *common = calloc(w->n_namings + 1, sizeof *common);
    size_t n_common = 0;
    enum vls_code rc;

    l->n = 0;
    if (common == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a text");
    rc = vls_merge_ancestors(common, &n_common, w->naming, w->n_namings, rivals, n, err);
    l->v = vls__arena_alloc(&w->arena, (n_common + 1) * sizeof *l->v);
    for (size_t i = 0; i < n_common && rc == VLS_OK && !w->arena.bad; i++) {
        bool here;

        l->v[l->n].dot = common[i];
        if ((rc = past_value(w, &l->v[l->n], &here, err)) == VLS_OK)
            l->n += here;
    }
    free(common);
    if (rc == VLS_OK && w->arena.bad)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a text");
    if (rc == VLS_OK && l->n > 1)
        qsort(l->v, l->n, sizeof *l->v, tie_cmp);
    if (rc == VLS_OK)
        w->n_levels++;
    return rc;
}

static struct vls_slice
text_of(struct vls_slice value)
{
    static const struct vls_field prose = {.type = VLS_T_TEXT, .policy = VLS_P_PARA};

    return vls_value_ok(&prose, value) ? vls__text_of(value) : vls_slice_of("", 0);
}

/* Merges n values, of which what is no text is the empty one, into out. */
static enum vls_code
merge_texts(struct vls_buf *out, size_t *n_clashes, struct vls_slice base, const struct vls_rival *v, size_t n,
            struct vls_error *err)
{
    struct vls_slice text[TEXTS_MAX + 1];

    if (n > TEXTS_MAX)
        n = TEXTS_MAX + 1;
    for (size_t i = 0; i < n; i++)
        text[i] = text_of(v[i].value);
    return vls_merge_paragraphs(out, n_clashes, base, text, n, NULL, NULL, err);
}

/*
 * What the authors of all rivals had before them. Where they started from several texts, that is what
 * these were merged to, by what they in turn started from; and so on back to one text, or to none.
 */
static enum vls_code
find_base(struct weaving *w, const struct vls_rival *rivals, size_t n, struct vls_buf *base, struct vls_error *err)
{
    struct vls_buf merged;
    size_t n_clashes;
    enum vls_code rc = level_add(w, rivals, n, err);

    /* Of more texts than are merged the first one stands, whatever they started from. */
    while (rc == VLS_OK && w->level[w->n_levels - 1].n > 1 && w->level[w->n_levels - 1].n <= TEXTS_MAX &&
           w->n_levels < DEPTH_MAX)
        rc = level_add(w, w->level[w->n_levels - 1].v, w->level[w->n_levels - 1].n, err);
    if (rc != VLS_OK)
        return rc;
    vls_buf_init(&merged, VLS_TEXT_MAX);
    if (w->level[w->n_levels - 1].n > 0)
        vls_buf_put_slice(base, text_of(w->level[w->n_levels - 1].v[0].value));
    rc = vls_buf_ok(base, err);
    for (size_t i = w->n_levels - 1; i-- > 0 && rc == VLS_OK;) {
        rc = merge_texts(&merged, &n_clashes, vls_buf_slice(base), w->level[i].v, w->level[i].n, err);
        vls_buf_reset(base);
        vls_buf_put_slice(base, vls_buf_slice(&merged));
        if (rc == VLS_OK)
            rc = vls_buf_ok(base, err);
    }
    vls_buf_clear(&merged);
    return rc;
}

enum vls_code
vls__prose_merge(struct vls_store *s, int64_t record, uint32_t field, struct vls_slice key,
                 const struct vls_rival *rivals, struct vls_verdict *v, struct vls__prose *out, struct vls_error *err)
{
    struct weaving w = {.s = s, .record = record, .field = field, .key = key};
    enum vls_code rc = VLS_OK;

    vls_buf_reset(&out->base);
    if (v->n_texts > TEXTS_MAX ||
        ((rc = namings(&w, err)) == VLS_OK && (rc = find_base(&w, rivals, v->n_texts, &out->base, err)) == VLS_OK))
        rc = merge_texts(&out->merged, &out->n_clashes, vls_buf_slice(&out->base), rivals, v->n_texts, err);
    if (rc == VLS_OK && out->n_clashes == 0 && v->n_misfits == 0)
        v->attention = VLS_NOTICE;
    free(w.naming);
    vls__arena_clear(&w.arena);
    return rc;
}
