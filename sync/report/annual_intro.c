/*
 * Section I: what the report rests on. Most of it is fixed; the language that the Assembly adopted, the appointments
 * and the recommendations of the experts come from records.
 */
#include <stdlib.h>

#include "annual_int.h"

#define QUOTES_FIRST 3 /* paragraphs of the template for the resolution's own; its annex stands in one */
#define QUOTES_LAST  10
#define MANDATES     11

static void
para_facts(struct vls_annual *a, unsigned no, enum vls_say say, const struct an_facts *facts)
{
    struct vls_para *p = facts->n == 0 ? NULL : vls__an_para(a, no, VLS_SECTION_INTRODUCTION, say);

    if (p == NULL)
        return;
    p->fact = facts->v;
    p->n_facts = facts->n;
}

static int
by_place(const void *x, const void *y)
{
    const struct vls_fact *a = x, *b = y;
    int c = strcmp(a->detail, b->detail);

    return c != 0 ? c : memcmp(a->id, b->id, VLS_ID_LEN);
}

/* What the session at which the period opened adopted: quoted, so only with its text. */
static void
quotes(struct vls_annual *a)
{
    struct an_facts by_no[QUOTES_LAST + 2] = {{0}};
    int64_t session, order;
    size_t i, no;

    for (i = 0; i < a->list[AN_MANDATE].n; i++) {
        const struct vls_record *m = a->list[AN_MANDATE].v[i];
        struct vls_fact *f;

        if (!vls__rp_has_text(m, "state", "adopted") || !a->period.has_sessions ||
            !vls__an_int(m, "session", &session) || session != a->period.from_session ||
            !vls__an_int(m, "order", &order) || vls__rp_text(m, "text").n == 0 || !vls__an_clear(m))
            continue;
        no = order < QUOTES_FIRST ? QUOTES_FIRST : order > MANDATES ? MANDATES : (size_t)order;
        if ((f = vls__an_fact(a, &by_no[no], VLS_FACT_TEXT, m)) != NULL) {
            f->text = vls__an_text(a, m, "text");
            f->detail = vls__an_text(a, m, "place");
        }
    }
    for (no = QUOTES_FIRST; no <= MANDATES; no++) {
        if (by_no[no].n > 1)
            qsort(by_no[no].v, by_no[no].n, sizeof *by_no[no].v, by_place);
        para_facts(a, (unsigned)no, VLS_SAY_QUOTE, &by_no[no]);
    }
}

static void
appointed(struct vls_annual *a)
{
    struct vls_para *p;
    struct an_facts facts = {0};
    struct vls_date on;
    size_t i, at = a->n_paras;

    if ((p = vls__an_para(a, 13, VLS_SECTION_INTRODUCTION, VLS_SAY_APPOINTED)) == NULL)
        return;
    for (i = 0; i < a->list[AN_APPOINTMENT].n; i++) {
        const struct vls_record *rec = a->list[AN_APPOINTMENT].v[i];
        struct vls_fact *f;

        if (vls__rp_has_text(rec, "basis", "ex-officio") || !vls__an_belongs(a, 13, rec, "on", &on) ||
            !vls__an_lends(a, p, rec) || (f = vls__an_fact(a, &facts, VLS_FACT_APPOINTMENT, rec)) == NULL)
            continue;
        f->has_date = true;
        f->date = on;
        f->country = vls_country_by_code(vls__rp_text(rec, "state"));
        f->detail = f->country == NULL ? "" : f->country->group;
    }
    vls__an_facts_sort(&facts);
    p->fact = facts.v;
    p->n_facts = facts.n;
    if (facts.n == 0 && p->state == VLS_PARA_READY)
        a->n_paras = at;
}

/* The documents that the recommendations rest on, each once. */
static void
review_documents(struct vls_annual *a, struct vls_para *p, struct an_facts *facts)
{
    const struct vls_record *document;
    struct vls_fact *f;
    size_t i, k, n;

    for (i = 0; i < a->list[AN_REVIEW].n; i++) {
        for (k = 0; (document = vls__an_cited(a, a->list[AN_REVIEW].v[i], "allocated-by", k)) != NULL; k++) {
            for (n = 0; n < facts->n && !rp_same_id(facts->v[n].id, document->id); n++)
                ;
            if (n < facts->n || !vls__an_lends(a, p, document) ||
                (f = vls__an_fact(a, facts, VLS_FACT_DOCUMENT, document)) == NULL)
                continue;
            f->text = vls__an_text(a, document, "title");
            f->detail = vls__an_text(a, document, "symbol");
            f->has_date = vls__an_date(document, "dated", &f->date);
            if (f->has_date)
                vls__an_odd_date(a, 15, document, &f->date);
        }
    }
    vls__an_facts_sort(facts);
}

static int
by_number(const void *x, const void *y)
{
    const struct vls_fact *a = x, *b = y;
    int c = strcmp(a->text, b->text);

    return c != 0 ? c : memcmp(a->id, b->id, VLS_ID_LEN);
}

static void
reviewed(struct vls_annual *a)
{
    struct an_facts facts = {0};
    struct vls_fact *f;
    size_t i, n_documents, at = a->n_paras;
    struct vls_para *p = vls__an_para(a, 15, VLS_SECTION_INTRODUCTION, VLS_SAY_REVIEW);

    if (p == NULL)
        return;
    review_documents(a, p, &facts);
    n_documents = facts.n;
    for (i = 0; i < a->list[AN_REVIEW].n; i++) {
        if (vls__an_lends(a, p, a->list[AN_REVIEW].v[i]) &&
            (f = vls__an_fact(a, &facts, VLS_FACT_REVIEW, a->list[AN_REVIEW].v[i])) != NULL)
            f->text = vls__an_text(a, a->list[AN_REVIEW].v[i], "number");
    }
    if (facts.n > n_documents)
        qsort(facts.v + n_documents, facts.n - n_documents, sizeof *facts.v, by_number);
    p->fact = facts.v;
    p->n_facts = facts.n;
    if (facts.n == 0 && p->state == VLS_PARA_READY)
        a->n_paras = at;
}

void
vls__an_introduction(struct vls_annual *a)
{
    struct vls_para *p;

    (void)vls__an_para(a, 1, VLS_SECTION_INTRODUCTION, VLS_SAY_BASIS);
    (void)vls__an_para(a, 2, VLS_SECTION_INTRODUCTION, VLS_SAY_HISTORY);
    quotes(a);
    (void)vls__an_para(a, 12, VLS_SECTION_INTRODUCTION, VLS_SAY_FOCAL_RULE);
    appointed(a);
    if ((p = vls__an_para(a, 14, VLS_SECTION_INTRODUCTION, VLS_SAY_PERIOD)) != NULL)
        vls__an_guard_period(a, p);
    reviewed(a);
}
