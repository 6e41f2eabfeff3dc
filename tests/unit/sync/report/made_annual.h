#ifndef TESTS_REPORT_MADE_ANNUAL_H
#define TESTS_REPORT_MADE_ANNUAL_H

#include "made_up.h"

#include "tests/support/value_spec.h"

#include "sync/report/annual_int.h"

/*
 * A yearly report over made-up records, without a store: the period from 14 December 2020 to 6 December 2021. All
 * persons, places of work, sources and decisions are invented.
 */
#define PERIOD 1

/* field, value, …, NULL; values as in value_spec.h, "r:20" for the record of that id, "x:2021-05-12|12 May"
 * for a date and its words. Marked as its kind is unless
 * told. The field "compartment" (its bare name) puts it where not every member reads it. */
static inline void
an_add(struct vls_annual *a, const char *kind, int id, ...)
{
    struct vls_error err = {0};
    const char *field, *spec;
    bool marked = false;
    struct made m;
    va_list ap;

    made_new(&m, kind, (uint8_t)id, "Croatia");
    va_start(ap, id);
    while ((field = va_arg(ap, const char *)) != NULL) {
        struct vls_buf b;

        spec = va_arg(ap, const char *);
        marked = marked || strcmp(field, "tlp") == 0;
        if (spec[0] == 'r') {
            made_ref(&m, field, (uint8_t)atoi(spec + 2));
            continue;
        }
        if (strcmp(field, "compartment") == 0) {
            m.rec.compartment_name = spec;
            m.rec.common = false;
            continue;
        }
        m.rec.withdrawn = m.rec.withdrawn || strcmp(spec, "t:retracted") == 0;
        vls_buf_init(&b, MADE_BYTES);
        if (spec[0] == 'x')
            vls_date_put(&b, vls_slice_of(spec + 2, strcspn(spec + 2, "|")), vls_slice_str(strchr(spec, '|') + 1));
        else
            value_put(&b, spec);
        made_value(&m, field, &b);
    }
    va_end(ap);
    if (!marked)
        made_text(&m, "tlp", m.rec.kind->tlp);
    check_ok(vls__an_feed(a, &m.rec, &err), &err);
}

static inline struct vls_annual *
an_new(const char *lang)
{
    struct vls_error err = {0};
    struct vls_annual *a;

    check_ok(vls__an_new(&a, NULL, 1638000000, lang, &err), &err); /* November 2021 */
    an_add(a, "period", PERIOD, "name", "t:PER-20", "from-session", "i:19", "to-session", "i:20", "opens",
           "d:2020-12-14", "closes", "d:2021-12-06", NULL);
    return a;
}

/* Whatever is not drafted has a point that keeps it from being so, and what is drafted has none that is not settled. */
static inline void
an_gaps_are_named(const struct vls_annual *a)
{
    size_t i, k, n, n_points, open;
    const struct vls_para *p = vls_annual_paras(a, &n);
    const struct vls_point *q = vls_annual_points(a, &n_points);

    for (i = 0; i < n; i++) {
        for (k = open = 0; k < n_points; k++)
            open += q[k].para == p[i].no && vls_point_is_gap(q[k].kind) && !q[k].settled;
        if ((open != 0) != (p[i].state == VLS_PARA_GAP || p[i].state == VLS_PARA_ATTEST))
            fail_msg("paragraph %u is %s, with %zu gaps", p[i].no, vls_para_state_name(p[i].state), open);
    }
}

static inline void
an_build(struct vls_annual *a)
{
    struct vls_error err = {0};

    check_ok(vls__an_index(a, &err), &err);
    check_ok(vls__an_build(a, NULL, &err), &err);
    an_gaps_are_named(a);
}

static inline const struct vls_para *
an_para(const struct vls_annual *a, unsigned no)
{
    size_t i, n;
    const struct vls_para *p = vls_annual_paras(a, &n);

    for (i = 0; i < n; i++) {
        if (p[i].no == no)
            return &p[i];
    }
    return NULL;
}

static inline void
an_state(const struct vls_annual *a, unsigned no, enum vls_say say, enum vls_para_state state, size_t n_facts)
{
    const struct vls_para *p = an_para(a, no);

    if (p == NULL)
        fail_msg("no paragraph %u", no);
    assert_string_equal(vls_say_name(p->say), vls_say_name(say));
    assert_string_equal(vls_para_state_name(p->state), vls_para_state_name(state));
    assert_int_equal(p->n_facts, n_facts);
}

/* How many points there are of a kind in a paragraph about a record (0: about any). */
static inline size_t
an_points(const struct vls_annual *a, enum vls_point_kind kind, unsigned para, uint8_t id)
{
    size_t i, n, found = 0;
    const struct vls_point *p = vls_annual_points(a, &n);

    for (i = 0; i < n; i++)
        found += p[i].kind == kind && p[i].para == para && (id == 0 || p[i].id[0] == id);
    return found;
}

#endif
