/*
 * Prose merged by paragraph: several texts that started from one. Paragraphs that only one of them
 * changed are taken from it; where two changed the same one, the text that ranks first wins there.
 * Each text is aligned with the base by a longest common subsequence of equal paragraphs.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/merge.h"

#define PARAGRAPHS_MAX 512 /* of one text; 150 KB of report has some 300 */
#define TEXTS_MAX 64
#define NOT_THERE UINT16_MAX

struct prose {
    struct vls_slice *para;
    size_t n;
    uint16_t *at; /* where each paragraph of the base stands in this text, or NOT_THERE */
};

/* A run of paragraphs. */
struct run {
    const struct vls_slice *para;
    size_t n;
};

/* Paragraphs are what stands between runs of two or more line feeds. para NULL: counts only. */
static size_t
split(struct vls_slice text, struct vls_slice *para, size_t max)
{
    size_t n = 0, i = 0;

    while (i < text.n && n <= max) {
        size_t from, end;

        while (i < text.n && text.p[i] == '\n')
            i++;
        from = i;
        while (i < text.n && !(text.p[i] == '\n' && (i + 1 == text.n || text.p[i + 1] == '\n')))
            i++;
        end = i;
        if (end == from)
            break;
        if (para != NULL && n < max)
            para[n] = vls_slice_of(text.p + from, end - from);
        n++;
    }
    return n;
}

static bool
prose_init(struct prose *p, struct vls_slice text, size_t n_base)
{
    p->n = split(text, NULL, PARAGRAPHS_MAX);
    p->para = calloc(p->n + 1, sizeof *p->para);
    p->at = calloc(n_base + 1, sizeof *p->at);
    if (p->para == NULL || p->at == NULL)
        return false;
    (void)split(text, p->para, p->n);
    return true;
}

/* Fills t->at. length has room for (base->n + 1) * (t->n + 1). Equal paragraphs are matched at the
 * first chance, and when both ways are equally long the base is passed over first. */
static void
align(const struct prose *base, struct prose *t, uint16_t *length)
{
    size_t w = t->n + 1, i, k;

    for (i = base->n + 1; i-- > 0;)
        for (k = w; k-- > 0;) {
            uint16_t *cell = &length[i * w + k];

            if (i == base->n || k == t->n)
                *cell = 0;
            else if (vls_slice_eq(base->para[i], t->para[k]))
                *cell = (uint16_t)(length[(i + 1) * w + k + 1] + 1);
            else
                *cell = length[(i + 1) * w + k] >= length[i * w + k + 1] ? length[(i + 1) * w + k]
                                                                          : length[i * w + k + 1];
        }
    for (i = 0, k = 0; i < base->n;) {
        t->at[i] = NOT_THERE;
        if (k < t->n && vls_slice_eq(base->para[i], t->para[k]))
            t->at[i++] = (uint16_t)k++;
        else if (k == t->n || length[(i + 1) * w + k] >= length[i * w + k + 1])
            i++;
        else
            k++;
    }
}

static bool
run_eq(struct run a, struct run b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (!vls_slice_eq(a.para[i], b.para[i]))
            return false;
    return true;
}

/* The merged text in the making, and who is told of clashes. */
struct loom {
    struct vls_buf *out; /* NULL: only clashes are told */
    bool first;
    size_t n_clashes;
    vls_clash_fn *fn;
    void *ctx;
};

static void
put(struct loom *l, struct run r)
{
    for (size_t i = 0; l->out != NULL && i < r.n; i++) {
        if (!l->first)
            vls_buf_put(l->out, "\n\n", 2);
        vls_buf_put_slice(l->out, r.para[i]);
        l->first = false;
    }
}

/* The piece of text that a run is. */
static struct vls_slice
piece(struct run r)
{
    const uint8_t *end;

    if (r.n == 0)
        return vls_slice_of(NULL, 0);
    end = r.para[r.n - 1].p + r.para[r.n - 1].n;
    return vls_slice_of(r.para[0].p, (size_t)(end - r.para[0].p));
}

static void
tell(struct loom *l, struct run base, const struct run *runs, size_t n, size_t chosen)
{
    struct vls_slice text[TEXTS_MAX];
    const struct vls_clash clash = {piece(base), text, n, chosen};

    l->n_clashes++;
    if (l->fn == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        text[i] = piece(runs[i]);
    l->fn(l->ctx, &clash);
}

/* The first of the runs that differs from the base, n when none does; *clash when a later one differs from both. */
static size_t
choose(struct run base, const struct run *runs, size_t n, bool *clash)
{
    size_t chosen = n;

    *clash = false;
    for (size_t i = 0; i < n; i++) {
        if (run_eq(runs[i], base))
            continue;
        if (chosen == n)
            chosen = i;
        else if (!run_eq(runs[i], runs[chosen]))
            *clash = true;
    }
    return chosen;
}

static void
put_choice(struct loom *l, struct run base, const struct run *runs, size_t n)
{
    bool clash;
    size_t chosen = choose(base, runs, n, &clash);

    put(l, chosen < n ? runs[chosen] : base);
    if (clash)
        tell(l, base, runs, n, chosen);
}

/* Between two paragraphs that stand in all texts. Runs as long as the base's are compared paragraph
 * by paragraph, so that edits of neighbours do not clash. */
static void
put_gap(struct loom *l, struct run base, const struct run *runs, size_t n)
{
    struct run one[TEXTS_MAX];
    bool clash, same_length = true;

    (void)choose(base, runs, n, &clash);
    for (size_t i = 0; i < n; i++)
        same_length = same_length && runs[i].n == base.n;
    if (!clash || !same_length) {
        put_choice(l, base, runs, n);
        return;
    }
    for (size_t p = 0; p < base.n; p++) {
        for (size_t i = 0; i < n; i++)
            one[i] = (struct run){runs[i].para + p, 1};
        put_choice(l, (struct run){base.para + p, 1}, one, n);
    }
}

static bool
in_all(const struct prose *t, size_t n, size_t base_at)
{
    for (size_t i = 0; i < n; i++)
        if (t[i].at[base_at] == NOT_THERE)
            return false;
    return true;
}

static void
weave(struct loom *l, const struct prose *base, const struct prose *t, size_t n)
{
    struct run runs[TEXTS_MAX];
    size_t from[TEXTS_MAX] = {0}, base_from = 0;

    l->first = true;
    l->n_clashes = 0;
    for (size_t b = 0; b <= base->n; b++) {
        if (b < base->n && !in_all(t, n, b))
            continue;
        for (size_t i = 0; i < n; i++) {
            size_t to = b < base->n ? t[i].at[b] : t[i].n;

            runs[i] = (struct run){t[i].para + from[i], to - from[i]};
            from[i] = to + 1;
        }
        put_gap(l, (struct run){base->para + base_from, b - base_from}, runs, n);
        if (b < base->n)
            put(l, (struct run){base->para + b, 1});
        base_from = b + 1;
    }
}

/* Too many to compare: the first text stands whole. */
static bool
too_many(struct vls_slice base, const struct vls_slice *texts, size_t n)
{
    bool over = n > TEXTS_MAX || split(base, NULL, PARAGRAPHS_MAX) > PARAGRAPHS_MAX;

    for (size_t i = 0; i < n && !over; i++)
        over = split(texts[i], NULL, PARAGRAPHS_MAX) > PARAGRAPHS_MAX;
    return over;
}

/* The first text whole, as one clash. */
static enum vls_code
first_stands(struct vls_buf *out, size_t *n_clashes, struct vls_slice base, const struct vls_slice *texts, size_t n,
             vls_clash_fn *fn, void *ctx, struct vls_error *err)
{
    const struct vls_clash clash = {base, texts, n, 0};

    *n_clashes = 1;
    if (fn != NULL)
        fn(ctx, &clash);
    vls_buf_reset(out);
    vls_buf_put_slice(out, texts[0]);
    return vls_buf_ok(out, err);
}

enum vls_code
vls_merge_paragraphs(struct vls_buf *out, size_t *n_clashes, struct vls_slice base, const struct vls_slice *texts,
                     size_t n, vls_clash_fn *fn, void *ctx, struct vls_error *err)
{
    struct prose root = {NULL, 0, NULL}, t[TEXTS_MAX] = {{NULL, 0, NULL}};
    struct loom l = {.out = out}, tells = {.fn = fn, .ctx = ctx};
    uint16_t *length = NULL;
    enum vls_code rc = VLS_OK;
    bool ok;

    *n_clashes = 0;
    vls_buf_reset(out);
    if (too_many(base, texts, n))
        return first_stands(out, n_clashes, base, texts, n, fn, ctx, err);
    length = calloc((PARAGRAPHS_MAX + 1) * (PARAGRAPHS_MAX + 1), sizeof *length);
    ok = length != NULL && prose_init(&root, base, 0);
    for (size_t i = 0; i < n && ok; i++) {
        ok = prose_init(&t[i], texts[i], root.n);
        if (ok)
            align(&root, &t[i], length);
    }
    if (!ok) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory to merge paragraphs");
        goto out;
    }
    weave(&l, &root, t, n);
    *n_clashes = l.n_clashes;
    if (out->bad == VLS_ELIMIT) /* together they are longer than a text may be */
        rc = first_stands(out, n_clashes, base, texts, n, fn, ctx, err);
    else if ((rc = vls_buf_ok(out, err)) == VLS_OK && fn != NULL)
        weave(&tells, &root, t, n);
out:
    free(length);
    free(root.para);
    free(root.at);
    for (size_t i = 0; i < n; i++) {
        free(t[i].para);
        free(t[i].at);
    }
    return rc;
}
