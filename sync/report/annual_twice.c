/*
 * One thing that two posts recorded without knowing of each other is told once. Both records stay; the second is named,
 * so that somebody withdraws it or says what is different about it.
 */
#include "annual_int.h"

static bool
same_date(const struct vls_fact *a, const struct vls_fact *b)
{
    return a->has_date && b->has_date && a->date.possible && b->date.possible && a->date.first == b->date.first &&
           a->date.last == b->date.last;
}

static bool
same_title(const struct vls_annual *an, const struct vls_fact *a, const struct vls_fact *b)
{
    const struct vls_record *x = vls__an_find(an, AN_MEETING, a->id), *y = vls__an_find(an, AN_MEETING, b->id);

    return x != NULL && y != NULL && vls__an_same_folded(an, vls__rp_text(x, "title"), vls__rp_text(y, "title"));
}

/* By what two posts would write alike. A date alone makes nothing the same: two meetings may fall on one day. */
static bool
same_thing(const struct vls_annual *an, const struct vls_fact *a, const struct vls_fact *b)
{
    if (a->kind != b->kind || rp_same_id(a->id, b->id))
        return a->kind == b->kind && a->kind == VLS_FACT_KEY_POINT && strcmp(a->text, b->text) == 0;
    switch (a->kind) {
    case VLS_FACT_PROCEEDING: return a->country == b->country && a->text[0] != '\0' && strcmp(a->text, b->text) == 0;
    case VLS_FACT_COUNCIL:
        return a->number == b->number &&
               vls__an_leading_number(vls_slice_str(a->detail)) == vls__an_leading_number(vls_slice_str(b->detail));
    case VLS_FACT_APPOINTMENT: return a->country == b->country && same_date(a, b);
    case VLS_FACT_MEETING: /* “in May” two may have met */
        return strcmp(a->term, b->term) == 0 && same_date(a, b) && a->date.first == a->date.last && same_title(an, a, b);
    case VLS_FACT_VISIT:
    case VLS_FACT_AGREEMENT: return strcmp(a->text, b->text) == 0 && strcmp(a->term, b->term) == 0 && same_date(a, b);
    case VLS_FACT_REVIEW:
    case VLS_FACT_KEY_POINT: return strcmp(a->text, b->text) == 0;
    case VLS_FACT_NIL:
    case VLS_FACT_TEXT:
    case VLS_FACT_DOCUMENT:
    case VLS_FACT_RESTS: break;
    }
    return false;
}

void
vls__an_once(struct vls_annual *a)
{
    size_t i, k, m, n;

    for (i = 0; i < a->n_paras; i++) {
        struct vls_para *p = &a->para[i];
        struct vls_fact *kept = vls__rp_alloc(&a->r->arena, p->n_facts, sizeof *kept);

        for (k = n = 0; kept != NULL && k < p->n_facts; k++) {
            struct vls_point *point;

            for (m = 0; m < n && !same_thing(a, &kept[m], &p->fact[k]); m++)
                ;
            if (m == n) {
                kept[n++] = p->fact[k];
                continue;
            }
            if (rp_same_id(kept[m].id, p->fact[k].id) || p->fact[k].kind == VLS_FACT_KEY_POINT ||
                (point = vls__an_point(a, VLS_POINT_TWICE, p->no, NULL)) == NULL)
                continue;
            memcpy(point->id, p->fact[k].id, VLS_ID_LEN);
            point->ref = p->fact[k].ref;
            point->other = kept[m].ref;
        }
        p->fact = kept;
        p->n_facts = kept == NULL ? 0 : n;
    }
}
