#ifndef TESTS_UNIT_SYNC_MERGE_RIVALS_H
#define TESTS_UNIT_SYNC_MERGE_RIVALS_H

/*
 * Table tests of policies. A rival is written {letter, Lamport, class, value}, its letter being every
 * byte of its change-set id; the expected outcome is "shown|kept" in letters. Every permutation of
 * the rivals is tried.
 */
#include "tests/support/value_spec.h"

#include "valise/merge.h"

#define RIVALS_MAX 6

struct rival_spec {
    char letter;
    uint64_t lamport;
    enum vls_cite cite;
    const char *value;
};

struct merge_case {
    const char *name;
    const struct vls_field *field;
    struct rival_spec rival[RIVALS_MAX];
    const char *outcome;
    enum vls_attention attention;
};

/* The outcome of one arrangement as "shown|kept". */
static inline void
outcome_of(char *out, struct vls_verdict *v, const struct vls_field *field, const struct vls_rival *rivals, size_t n)
{
    struct vls_rival r[RIVALS_MAX];
    size_t len = 0;

    memcpy(r, rivals, n * sizeof *r);
    vls_merge(v, field, r, n);
    assert_int_equal(v->n_shown + v->n_kept, n);
    for (size_t i = 0; i < n; i++) {
        if (i == v->n_shown)
            out[len++] = '|';
        out[len++] = (char)r[i].dot.change[0];
    }
    if (n == v->n_shown)
        out[len++] = '|';
    out[len] = '\0';
}

/* Heap's algorithm, calling itself for every arrangement of the first k. */
static inline void
try_all(const struct merge_case *c, struct vls_rival *r, size_t k, size_t n)
{
    char got[RIVALS_MAX + 2];
    struct vls_verdict v;

    if (k <= 1) {
        outcome_of(got, &v, c->field, r, n);
        if (strcmp(got, c->outcome) != 0)
            fail_msg("%s: %s instead of %s", c->name, got, c->outcome);
        if (v.attention != c->attention)
            fail_msg("%s: attention %d instead of %d", c->name, (int)v.attention, (int)c->attention);
        return;
    }
    for (size_t i = 0; i < k; i++) {
        struct vls_rival t;
        size_t j = k % 2 == 0 ? i : 0;

        try_all(c, r, k - 1, n);
        t = r[j];
        r[j] = r[k - 1];
        r[k - 1] = t;
    }
}

static inline void
check_cases(const struct merge_case *cases, size_t n_cases)
{
    for (size_t i = 0; i < n_cases; i++) {
        const struct merge_case *c = &cases[i];
        struct vls_rival r[RIVALS_MAX];
        struct vls_buf values[RIVALS_MAX];
        size_t n = 0;

        for (; n < RIVALS_MAX && c->rival[n].letter != '\0'; n++) {
            vls_buf_init(&values[n], 4096);
            value_put(&values[n], c->rival[n].value);
            memset(&r[n], 0, sizeof r[n]);
            memset(r[n].dot.change, c->rival[n].letter, VLS_CHANGE_ID_LEN);
            r[n].lamport = c->rival[n].lamport;
            r[n].cite = c->rival[n].cite;
            r[n].value = vls_buf_slice(&values[n]);
        }
        try_all(c, r, n, n);
        for (size_t k = 0; k < n; k++)
            vls_buf_clear(&values[k]);
    }
}

#define CHECK_CASES(cases) check_cases((cases), sizeof(cases) / sizeof((cases)[0]))

#endif
