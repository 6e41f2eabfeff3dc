/*
 * Records of compartments that not every member reads, a delegation's own for instance. Two posts draft one text, and
 * sign one hash: so such a record lends nothing, and whoever reads it is told that it was left out. What it says is not
 * denied either: the paragraph that would is not drafted where the record is known, until a person has decided.
 */
#include "annual_int.h"

bool
vls__an_apart(enum an_kind kind, const struct vls_record *rec)
{
    return !rec->common && kind != AN_PERIOD && kind != AN_WARRANT && kind != AN_DRAFT;
}

/* The field by which a kind belongs to a period, and the paragraph that would tell it. */
static const struct {
    const char *kind, *dated;
    unsigned para;
} TOLD[] = {
    {"appointment", "on", 13}, {"official-visit", "dates", 20}, {"agreement", "signed", 20},
    {"event", "on", 22},       {"sc-report", "presented", 32},  {"meeting", "on", 36},
};

static void
name_as(struct vls_annual *a, enum vls_point_kind kind, unsigned para, const struct vls_record *rec)
{
    struct vls_point *point = vls__an_point(a, kind, para, rec);

    if (point != NULL)
        point->detail = rec->compartment_name;
}

static void
name(struct vls_annual *a, unsigned para, const struct vls_record *rec)
{
    name_as(a, VLS_POINT_APART, para, rec);
}

/* Of this period, or of a day that nobody can tell. */
static bool
may_belong(const struct vls_annual *a, const struct vls_record *rec, const char *field)
{
    struct vls_date d;

    return vls__an_date(rec, field, &d) && vls__an_when(a, &d) != AN_OUTSIDE;
}

/* By the number that the record itself gives. */
static void
numbered(struct vls_annual *a, const struct vls_record *rec, bool language)
{
    const uint8_t *period = vls__rp_ref(rec, "period", 0);
    int64_t no, session;

    if (language ? vls__an_int(rec, "session", &session) && a->period.has_sessions &&
                       (session == a->period.from_session || session == a->period.to_session)
                 : period != NULL && rp_same_id(period, a->period.id)) {
        if (vls__an_int(rec, language ? "order" : "paragraph", &no) && no > 0 && no <= 99)
            name(a, (unsigned)no + (language && session == a->period.to_session ? 100 : 0), rec);
    }
}

static void
ruling(struct vls_annual *a, const struct vls_record *rec)
{
    struct an_scope s = vls__an_scope_of(a, rec);
    size_t i;

    if (!may_belong(a, rec, "decided"))
        return;
    for (i = 0; i < a->n_paras; i++) {
        struct vls_para *p = &a->para[i];

        if (p->say != VLS_SAY_NIL && p->say != VLS_SAY_PROCEEDINGS)
            continue;
        if (s.standing >= 0 &&
            (vls__an_block_of(p->no) != s.standing || p->number != vls__an_leading_number(vls_slice_str(s.resolution))))
            continue;
        if (p->say == VLS_SAY_NIL && p->state == VLS_PARA_READY)
            p->state = VLS_PARA_GAP;
        name_as(a, p->say == VLS_SAY_NIL && p->state == VLS_PARA_GAP ? VLS_POINT_APART_HOLDS : VLS_POINT_APART, p->no,
                rec);
    }
}

static void
by_hand(struct vls_annual *a, const struct vls_record *rec)
{
    int64_t no;

    if (vls__rp_has_text(rec, "in", a->r->lang) && vls__an_int(rec, "number", &no) && no > 0 && no < 400)
        name(a, (unsigned)no, rec);
}

void
vls__an_left_apart(struct vls_annual *a)
{
    size_t i, k;

    if (!a->record->common)
        name(a, 14, a->record);
    for (i = 0; i < a->apart.n; i++) {
        const struct vls_record *rec = a->apart.v[i];
        const char *kind = rec->kind->name;

        for (k = 0; k < sizeof TOLD / sizeof *TOLD; k++) {
            if (strcmp(kind, TOLD[k].kind) == 0 && may_belong(a, rec, TOLD[k].dated))
                name(a, TOLD[k].para, rec);
        }
        if (strcmp(kind, "proceeding") == 0)
            ruling(a, rec);
        else if (strcmp(kind, "nil-return") == 0 && vls__an_nil_of(a, rec, a->record))
            name(a, vls__an_para_of_nil(rec), rec);
        else if (strcmp(kind, "report-recommendation") == 0 || strcmp(kind, "mandate-text") == 0)
            numbered(a, rec, kind[0] == 'm');
        else if (strcmp(kind, "review-recommendation") == 0)
            name(a, 15, rec);
        else if (strcmp(kind, "report-paragraph") == 0)
            by_hand(a, rec);
    }
}
