/*
 * Laws of a single policy, over random rivals: the outcome depends on the set alone, is a permutation
 * of it, and what is shown is what a slow and direct reading of schemas/domain/merge.md shows.
 * VLS_SEED=n runs the one case n.
 */
#include "tests/support/check.h"

#include "tests/support/history.h"

#define RUNS 20000
#define RIVALS_MAX 12

struct rivals {
    const struct vls_field *field;
    struct vls_rival v[RIVALS_MAX];
    size_t n;
    struct vls_buf bytes[RIVALS_MAX];
};

static void
rivals_make(struct rivals *r, uint64_t seed)
{
    uint64_t random = seed;

    memset(r, 0, sizeof *r);
    r->field = history_field(1, (uint32_t)(1 + check_random(&random) % (HISTORY_N_FIELDS + 1)));
    r->n = (size_t)(check_random(&random) % (RIVALS_MAX + 1));
    for (size_t i = 0; i < r->n; i++) {
        struct vls_rival *x = &r->v[i];

        vls_buf_init(&r->bytes[i], 256);
        history_value(&r->bytes[i], r->field, &random);
        x->value = vls_buf_slice(&r->bytes[i]);
        x->lamport = 1 + check_random(&random) % 4;
        x->cite = (enum vls_cite)(check_random(&random) % 4);
        x->dot.change[0] = (uint8_t)(check_random(&random) % 3);
        x->dot.op = (uint32_t)i; /* unequal dots */
    }
}

static void
rivals_clear(struct rivals *r)
{
    for (size_t i = 0; i < r->n; i++)
        vls_buf_clear(&r->bytes[i]);
}

static void
shuffle(struct vls_rival *v, size_t n, uint64_t *random)
{
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)(check_random(random) % i);
        struct vls_rival t = v[k];

        v[k] = v[i - 1];
        v[i - 1] = t;
    }
}

static bool
same_order(const struct vls_rival *a, const struct vls_rival *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (vls_dot_cmp(&a[i].dot, &b[i].dot) != 0 || a[i].value.p != b[i].value.p || a[i].lamport != b[i].lamport ||
            a[i].cite != b[i].cite)
            return false;
    return true;
}

static void
outcome_is_of_the_set(struct rivals *r, uint64_t seed)
{
    struct vls_rival first[RIVALS_MAX], again[RIVALS_MAX];
    struct vls_verdict v, w;
    uint64_t random = ~seed;
    uint32_t seen = 0;

    memcpy(first, r->v, sizeof first);
    vls_merge(&v, r->field, first, r->n);
    for (int i = 0; i < 4; i++) {
        memcpy(again, i == 0 ? first : r->v, sizeof again); /* what is merged stays as it is */
        if (i > 0)
            shuffle(again, r->n, &random);
        vls_merge(&w, r->field, again, r->n);
        if (!same_order(first, again, r->n) || v.n_shown != w.n_shown || v.n_kept != w.n_kept || v.attention != w.attention)
            fail_msg("VLS_SEED=%llu: another order, another outcome", (unsigned long long)seed);
    }
    for (size_t i = 0; i < r->n; i++)
        seen |= 1u << first[i].dot.op;
    if (seen != (1u << r->n) - 1 || v.n_shown + v.n_kept != r->n ||
        (r->n > 0 && vls_merge_shows(r->field)) != (v.n_shown > 0))
        fail_msg("VLS_SEED=%llu: not a permutation", (unsigned long long)seed);
}

/* A value that is there already changes nothing but what is kept. */
static void
equal_values_add_nothing(struct rivals *r, uint64_t seed)
{
    struct vls_rival v[RIVALS_MAX + 1];
    struct vls_verdict before, after;
    const uint8_t *shown;

    if (r->n == 0)
        return;
    memcpy(v, r->v, sizeof r->v);
    vls_merge(&before, r->field, v, r->n);
    shown = v[0].value.p;
    v[r->n] = v[0];
    v[r->n].dot.op = 77;
    v[r->n].lamport = 0; /* neither newer nor better backed, and under IMM older than all */
    v[r->n].cite = VLS_CITE_NONE;
    vls_merge(&after, r->field, v, r->n + 1);
    if (before.n_shown != after.n_shown || before.attention != after.attention || after.n_kept != before.n_kept + 1 ||
        v[0].value.p != shown)
        fail_msg("VLS_SEED=%llu: an equal value changed the outcome", (unsigned long long)seed);
}

/* ---- what merge.md says, read slowly ---- */

static bool
shaped(const struct vls_field *f, struct vls_slice value)
{
    return f == NULL || f->policy == VLS_P_RWS || (f->type == VLS_T_ENUM && (value.p[0] & 0xe0) == 0x60) ||
           (f->type != VLS_T_ENUM && vls_value_ok(f, value));
}

static bool
newer(const struct vls_rival *a, const struct vls_rival *b)
{
    return a->lamport != b->lamport ? a->lamport > b->lamport : vls_dot_cmp(&a->dot, &b->dot) > 0;
}

static int
rank_of(const struct vls_field *f, struct vls_slice value)
{
    for (size_t i = 0; i < f->n_terms; i++)
        if (value.n == 1 + strlen(f->terms[i].name) && memcmp(value.p + 1, f->terms[i].name, value.n - 1) == 0)
            return (int)i;
    return 1000;
}

static bool
bounds(struct vls_slice value, int64_t *first, int64_t *last, unsigned *vague)
{
    struct vls_instant t;
    struct vls_date d;

    *vague = 0;
    if (vls_instant_read(&t, value)) {
        static const int64_t length[] = {1, 60, 3600, 86400};

        *first = t.unix_s;
        *last = t.unix_s + length[t.precision] - 1;
        return true;
    }
    if (!vls_date_read(&d, value) || !d.possible)
        return false;
    *first = d.first;
    *last = d.last;
    *vague = (unsigned)d.uncertain + (unsigned)d.approximate;
    return true;
}

static bool
contains_another(const struct rivals *r, const struct vls_rival *x)
{
    int64_t first, last, f, l;
    unsigned vague;

    if (!bounds(x->value, &first, &last, &vague))
        return false;
    for (size_t i = 0; i < r->n; i++)
        if (shaped(r->field, r->v[i].value) && bounds(r->v[i].value, &f, &l, &vague) && f >= first && l <= last &&
            (f != first || l != last))
            return true;
    return false;
}

/* a comes before b, both shaped and of unequal values or not. */
static bool
before(const struct rivals *r, const struct vls_rival *a, const struct vls_rival *b)
{
    enum vls_policy p = r->field != NULL ? r->field->policy : VLS_P_LWW;
    int64_t fa = 0, la = 0, fb = 0, lb = 0;
    unsigned va = 0, vb = 0;
    bool ia, ib, oa = a->cite == VLS_CITE_OFFICIAL, ob = b->cite == VLS_CITE_OFFICIAL;
    int ra, rb;

    switch (p) {
    case VLS_P_IMM:
    case VLS_P_REFDATA: return newer(b, a);
    case VLS_P_CITE:
    case VLS_P_MV:
        return a->cite != b->cite ? a->cite > b->cite : newer(a, b);
    case VLS_P_RESTRICT:
    case VLS_P_ALERT:
    case VLS_P_FWD:
        ra = rank_of(r->field, a->value);
        rb = rank_of(r->field, b->value);
        if ((r->field->flags & VLS_F_RELEASE) != 0 && oa != ob)
            return oa;
        if (ra != rb)
            return (r->field->flags & VLS_F_RELEASE) != 0 && oa ? ra < rb : ra > rb;
        return newer(a, b);
    case VLS_P_EARLY:
        ia = bounds(a->value, &fa, &la, &va);
        ib = bounds(b->value, &fb, &lb, &vb);
        if (ia != ib)
            return ia;
        if (fa != fb)
            return fa < fb;
        return la != lb ? la < lb : newer(a, b);
    case VLS_P_REFINE:
        ia = bounds(a->value, &fa, &la, &va);
        ib = bounds(b->value, &fb, &lb, &vb);
        if (ia != ib)
            return ia;
        if (contains_another(r, a) != contains_another(r, b))
            return contains_another(r, b);
        if (a->cite != b->cite)
            return a->cite > b->cite;
        return va != vb ? va < vb : newer(a, b);
    default:
        return newer(a, b);
    }
}

static void
shown_first_is_what_the_page_says(struct rivals *r, uint64_t seed)
{
    enum vls_policy p = r->field != NULL ? r->field->policy : VLS_P_LWW;
    const struct vls_rival *best = NULL;
    struct vls_rival v[RIVALS_MAX];
    struct vls_verdict verdict;

    if (p == VLS_P_AWS || p == VLS_P_GSET || p == VLS_P_LOG || p == VLS_P_RWS)
        return;
    for (size_t i = 0; i < r->n; i++)
        if (shaped(r->field, r->v[i].value) && (best == NULL || before(r, &r->v[i], best)))
            best = &r->v[i];
    if (best == NULL)
        return;
    memcpy(v, r->v, sizeof v);
    vls_merge(&verdict, r->field, v, r->n);
    if (vls_dot_cmp(&v[0].dot, &best->dot) != 0)
        fail_msg("VLS_SEED=%llu: %s shows another value than the page says", (unsigned long long)seed, vls_policy_name(p));
}

/* In registers of one value, attention is for values that differ in meaning. */
static void
attention_is_what_the_page_says(struct rivals *r, uint64_t seed)
{
    enum vls_policy p = r->field != NULL ? r->field->policy : VLS_P_LWW;
    bool differ = false, expected;
    struct vls_verdict v;

    for (size_t i = 1; i < r->n; i++)
        differ = differ || !vls_slice_eq(r->v[0].value, r->v[i].value);
    vls_merge(&v, r->field, r->v, r->n);
    switch (p) {
    case VLS_P_IMM:
    case VLS_P_AWS:
    case VLS_P_GSET:
    case VLS_P_LOG:
    case VLS_P_REFDATA:
    case VLS_P_DERIVED: expected = v.attention == VLS_QUIET; break;
    case VLS_P_RESTRICT:
        expected = v.attention == (differ ? VLS_NOTICE : VLS_QUIET);
        break;
    case VLS_P_EARLY:
    case VLS_P_FWD:
    case VLS_P_RWS:
        expected = v.attention != VLS_CONFLICT && (differ || v.attention == VLS_QUIET);
        break;
    case VLS_P_REFINE:
        expected = v.attention != VLS_NOTICE && (differ || v.attention == VLS_QUIET);
        break;
    default:
        expected = v.attention == (differ ? VLS_CONFLICT : VLS_QUIET);
    }
    if (!expected)
        fail_msg("VLS_SEED=%llu: %s: attention %d", (unsigned long long)seed, vls_policy_name(p), (int)v.attention);
}

static void
one_case(uint64_t seed)
{
    struct rivals r;

    rivals_make(&r, seed);
    outcome_is_of_the_set(&r, seed);
    if (r.field == NULL || (r.field->policy != VLS_P_IMM && r.field->policy != VLS_P_REFDATA))
        equal_values_add_nothing(&r, seed);
    shown_first_is_what_the_page_says(&r, seed);
    attention_is_what_the_page_says(&r, seed);
    rivals_clear(&r);
}

static void
policies_are_functions_of_the_set(void **state)
{
    (void)state;
    if (getenv("VLS_SEED") != NULL) {
        one_case(check_seed(0));
        return;
    }
    for (uint64_t seed = 1; seed <= RUNS; seed++)
        one_case(seed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(policies_are_functions_of_the_set)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
