/*
 * What people wrote by hand: a text in the place of a paragraph, one that is held back, and who signed which text.
 */
#include "valise/cbor.h"

#include "annual_int.h"

static const char *
entry_text(struct vls_annual *a, struct vls_slice entry, const char *key)
{
    struct vls_cbor c = vls_cbor_of(entry);
    size_t i, n = vls_cbor_map(&c, SIZE_MAX);

    for (i = 0; i < n && !vls_cbor_bad(&c); i++) {
        struct vls_slice name = vls_cbor_text(&c), value = vls_cbor_item(&c);

        if (!vls_cbor_bad(&c) && vls_slice_eq(name, vls_slice_str(key))) {
            value = vls__rp_item_text(value);
            return vls__rp_strn(&a->r->arena, value.p, value.n);
        }
    }
    return "";
}

/* Who recorded it, which is proved, and not whom it names. */
static const char *
signer(struct vls_annual *a, const struct vls_row *row)
{
    return row->delegation != NULL && row->delegation[0] != '\0' ? row->delegation : entry_text(a, row->value, "by");
}

static void
sign_offs_take(struct vls_annual *a, const struct vls_record *draft)
{
    struct vls_sign_off *v = NULL;
    const struct vls_row *row;
    size_t i, cap = 0;

    for (i = 0; (row = vls__rp_row(draft, "sign-off", i)) != NULL; i++) {
        void *room = vls__rp_room(&a->r->arena, v, i, &cap, sizeof *v);

        if (room == NULL)
            return;
        v = room;
        v[i] = (struct vls_sign_off){signer(a, row), entry_text(a, row->value, "at"),
                                     entry_text(a, row->value, "language"), entry_text(a, row->value, "hash")};
    }
    a->period.sign_off = v;
    a->period.n_sign_offs = i;
}

/* The first made of several: the lowest id, since nobody saw the others. One that not every member reads is no draft of
 * a period that they do: what is written into it would stand at one post only. */
static const struct vls_record *
draft_of(const struct vls_annual *a)
{
    size_t i;

    for (i = 0; i < a->list[AN_DRAFT].n; i++) {
        const uint8_t *period = vls__rp_ref(a->list[AN_DRAFT].v[i], "period", 0);

        if (period != NULL && rp_same_id(period, a->period.id) &&
            (a->list[AN_DRAFT].v[i]->common || !a->record->common))
            return a->list[AN_DRAFT].v[i];
    }
    return NULL;
}

/* Of any draft of this period: a colleague who began another one meanwhile is heard as well. */
static bool
of_period(const struct vls_annual *a, const struct vls_record *text)
{
    const struct vls_record *draft = vls__an_find(a, AN_DRAFT, vls__rp_ref(text, "draft", 0));
    const uint8_t *period = draft == NULL ? NULL : vls__rp_ref(draft, "period", 0);

    return period != NULL && rp_same_id(period, a->period.id);
}

static struct vls_para *
para_of(struct vls_annual *a, int64_t no)
{
    size_t i;

    for (i = 0; i < a->n_paras; i++) {
        if ((int64_t)a->para[i].no == no)
            return &a->para[i];
    }
    return NULL;
}

/* A paragraph that the records alone would not have made. */
static struct vls_para *
para_new(struct vls_annual *a, int64_t no)
{
    static const struct {
        int64_t last;
        enum vls_section section;
    } AT[] = {{15, VLS_SECTION_INTRODUCTION},  {17, VLS_SECTION_STATES_PARTIES},  {24, VLS_SECTION_COUNCIL},
              {26, VLS_SECTION_NOT_PARTIES},   {31, VLS_SECTION_ACTION},          {34, VLS_SECTION_COUNCIL_REPORTS},
              {36, VLS_SECTION_CONSULTATIONS}, {99, VLS_SECTION_RECOMMENDATIONS}, {199, VLS_SECTION_ANNEX},
              {399, VLS_SECTION_POINTERS}};
    size_t i;

    for (i = 0; no > 0 && i < sizeof AT / sizeof *AT; i++) {
        if (no <= AT[i].last)
            return vls__an_para(a, (unsigned)no, AT[i].section, VLS_SAY_BY_HAND);
    }
    return NULL;
}

/* Room for what is written by hand, before anybody looks for a paragraph by its place in the list. */
static void
paras_for_texts(struct vls_annual *a)
{
    int64_t no;
    size_t i;

    for (i = 0; i < a->list[AN_PARAGRAPH].n; i++) {
        const struct vls_record *rec = a->list[AN_PARAGRAPH].v[i];

        if (vls__rp_has_text(rec, "in", a->r->lang) && of_period(a, rec) && vls__an_int(rec, "number", &no) &&
            para_of(a, no) == NULL)
            (void)para_new(a, no);
    }
}

static bool
is_before(const struct vls_record *x, const struct vls_record *y)
{
    const struct vls_row *a = vls__rp_origin(x), *b = vls__rp_origin(y);

    if (a == NULL || b == NULL || a->lamport == b->lamport)
        return memcmp(x->id, y->id, VLS_ID_LEN) < 0;
    return a->lamport < b->lamport;
}

static void
stands(struct vls_annual *a, struct vls_para *p, const struct vls_record *rec)
{
    struct vls_slice text = vls__rp_text(rec, "text");
    struct vls_point *point;
    const char *ref;

    p->by_hand_ref = rec->ref;
    p->locked = vls__rp_has_text(rec, "hold", "locked");
    if (vls__rp_has_text(rec, "hold", "withheld")) {
        p->state = VLS_PARA_WITHHELD;
        return;
    }
    if (text.n == 0)
        return;
    if (vls_annual_names(a, p->no, text, &ref)) {
        p->state = VLS_PARA_GAP;
        p->fact = NULL;
        p->n_facts = 0;
        if ((point = vls__an_point(a, VLS_POINT_NAMES, p->no, rec)) != NULL)
            point->other = ref;
        return;
    }
    p->by_hand = vls__rp_strn(&a->r->arena, text.p, text.n);
    if (p->state == VLS_PARA_GAP) /* what stood against the generated sentence; it stays among the points */
        p->state = VLS_PARA_READY;
}

/* What kept a paragraph from being drafted keeps nobody from anything once a person has decided. */
static void
settle(struct vls_annual *a)
{
    const struct vls_para *p;
    size_t i;

    for (i = 0; i < a->n_points; i++) {
        p = para_of(a, a->point[i].para);
        a->point[i].settled = p != NULL && vls_point_is_gap(a->point[i].kind) &&
                              (p->state == VLS_PARA_WITHHELD || (p->state == VLS_PARA_READY && p->by_hand[0] != '\0'));
    }
}

void
vls__an_by_hand(struct vls_annual *a)
{
    const struct vls_record *draft = draft_of(a), *other;
    const struct vls_record **first;
    struct vls_point *point;
    int64_t no, its;
    size_t i, k;

    if (draft == NULL)
        return;
    a->period.has_draft = true;
    memcpy(a->period.draft, draft->id, VLS_ID_LEN);
    a->period.draft_ref = draft->ref;
    a->period.release = vls__an_text(a, draft, "release");
    if (vls__rp_text(draft, "tlp").n != 0)
        a->period.marking = vls__an_tlp(draft);
    sign_offs_take(a, draft);
    paras_for_texts(a);
    first = vls__rp_alloc(&a->r->arena, a->n_paras, sizeof(const struct vls_record *));
    for (i = 0; first != NULL && i < a->list[AN_PARAGRAPH].n; i++) {
        const struct vls_record *rec = a->list[AN_PARAGRAPH].v[i];
        struct vls_para *p;

        if (!vls__rp_has_text(rec, "in", a->r->lang) || !of_period(a, rec) || !vls__an_int(rec, "number", &no) ||
            (p = para_of(a, no)) == NULL)
            continue;
        k = (size_t)(p - a->para);
        if (first[k] == NULL || is_before(rec, first[k]))
            first[k] = rec;
    }
    for (k = 0; first != NULL && k < a->n_paras; k++) {
        if (first[k] == NULL)
            continue;
        stands(a, &a->para[k], first[k]);
        for (i = 0; i < a->list[AN_PARAGRAPH].n; i++) {
            other = a->list[AN_PARAGRAPH].v[i];
            if (other != first[k] && vls__rp_has_text(other, "in", a->r->lang) && of_period(a, other) &&
                vls__an_int(other, "number", &its) && its == (int64_t)a->para[k].no &&
                (point = vls__an_point(a, VLS_POINT_TWO_TEXTS, a->para[k].no, other)) != NULL)
                point->other = first[k]->ref;
        }
    }
    settle(a);
}
