/*
 * The yearly report as facts: which period, which paragraphs, and what is to be looked at. The sections are built by
 * the files beside this one; here they are put in order.
 */
#include <stdlib.h>

#include "valise/prim.h"

#include "annual_int.h"

/* ---- stable names ---- */

const char *
vls_section_name(enum vls_section section)
{
    static const char *const NAME[VLS_N_SECTIONS] = {
        "introduction", "states-parties",  "security-council", "states-not-parties",
        "action",       "council-reports", "consultations",    "recommendations",
        "annex",        "pointers"};

    return section < VLS_N_SECTIONS ? NAME[section] : "";
}

const char *
vls_say_name(enum vls_say say)
{
    static const char *const NAME[] = {
        "basis",        "history",     "quote",    "focal-rule",   "appointed", "period",    "review",
        "duty-parties", "proceedings", "nil",      "duty-council", "visits",    "encourage", "duty-others",
        "president",    "received",    "shared",   "groups",       "told",      "council",   "consulted",
        "meetings",     "recommend",   "language", "procedures",   "toolkit",   "by-hand"};

    return (size_t)say < sizeof NAME / sizeof *NAME ? NAME[say] : "";
}

const char *
vls_para_state_name(enum vls_para_state state)
{
    static const char *const NAME[] = {"ready", "gap", "needs-attestation", "withheld"};

    return (size_t)state < sizeof NAME / sizeof *NAME ? NAME[state] : "";
}

static const struct {
    const char *name;
    bool gap;
} POINT[VLS_N_POINTS] = {
    [VLS_POINT_UNSHARED] = {"unshared", true},
    [VLS_POINT_LEFT_OUT] = {"left-out", true},
    [VLS_POINT_NO_NIL] = {"no-attestation", true},
    [VLS_POINT_NIL_UNSAID] = {"not-asserted", true},
    [VLS_POINT_NIL_LACKS] = {"attestation-lacks", true},
    [VLS_POINT_NOT_CLEAR] = {"not-clear", true},
    [VLS_POINT_NAMES] = {"names", true},
    [VLS_POINT_VOID] = {"void", false},
    [VLS_POINT_NIL_SCOPE] = {"scope", false},
    [VLS_POINT_NO_STATE] = {"no-state", true},
    [VLS_POINT_UNPLACED] = {"may-belong", true},
    [VLS_POINT_APART_HOLDS] = {"apart-holds", true},
    [VLS_POINT_NO_CONDUCT] = {"no-conduct", false},
    [VLS_POINT_OUTSIDE] = {"outside", false},
    [VLS_POINT_STRADDLES] = {"straddles", false},
    [VLS_POINT_IMPOSSIBLE] = {"impossible-date", false},
    [VLS_POINT_YEAR_INFERRED] = {"year-inferred", false},
    [VLS_POINT_WEEKEND] = {"weekend", false},
    [VLS_POINT_NO_ACTOR] = {"no-actor", false},
    [VLS_POINT_CITED_OLDER] = {"cited-older", false},
    [VLS_POINT_CITED_SUPERSEDED] = {"cited-superseded", false},
    [VLS_POINT_FIFTH] = {"fifth", false},
    [VLS_POINT_GROUP_TWICE] = {"group-twice", false},
    [VLS_POINT_PRESENTERS] = {"presenters", false},
    [VLS_POINT_CONSIDERED] = {"considered", false},
    [VLS_POINT_EVENT] = {"event", false},
    [VLS_POINT_NIL_PERIOD] = {"no-such-period", false},
    [VLS_POINT_TWICE] = {"twice", false},
    [VLS_POINT_APART] = {"apart", false},
    [VLS_POINT_UNKNOWN_TERM] = {"unknown-term", true},
    [VLS_POINT_NO_OPENING] = {"no-opening", true},
    [VLS_POINT_TWO_TEXTS] = {"two-texts", false},
};

const char *
vls_point_name(enum vls_point_kind kind)
{
    return kind < VLS_N_POINTS ? POINT[kind].name : "";
}

bool
vls_point_is_gap(enum vls_point_kind kind)
{
    return kind < VLS_N_POINTS && POINT[kind].gap;
}

/* ---- building ---- */

struct vls_para *
vls__an_para(struct vls_annual *a, unsigned no, enum vls_section section, enum vls_say say)
{
    void *room = vls__rp_room(&a->r->arena, a->para, a->n_paras, &a->cap_paras, sizeof *a->para);
    struct vls_para *p;

    if (room == NULL)
        return NULL;
    a->para = room;
    p = &a->para[a->n_paras++];
    memset(p, 0, sizeof *p);
    p->no = no;
    p->section = section;
    p->say = say;
    p->by_hand = p->by_hand_ref = "";
    return p;
}

struct vls_fact *
vls__an_fact(struct vls_annual *a, struct an_facts *to, enum vls_fact_kind kind, const struct vls_record *rec)
{
    void *room = vls__rp_room(&a->r->arena, to->v, to->n, &to->cap, sizeof *to->v);
    struct vls_fact *f;

    if (room == NULL)
        return NULL;
    to->v = room;
    f = &to->v[to->n++];
    memset(f, 0, sizeof *f);
    f->kind = kind;
    memcpy(f->id, rec->id, VLS_ID_LEN);
    f->ref = rec->ref;
    f->term = f->label = f->text = f->detail = f->second = "";
    return f;
}

static int
by_date(const void *x, const void *y)
{
    const struct vls_fact *a = x, *b = y;
    int32_t day_a = a->has_date && a->date.possible ? a->date.first : VLS_DAY_MAX;
    int32_t day_b = b->has_date && b->date.possible ? b->date.first : VLS_DAY_MAX;

    if (day_a != day_b)
        return day_a < day_b ? -1 : 1;
    return memcmp(a->id, b->id, VLS_ID_LEN);
}

void
vls__an_facts_sort(struct an_facts *f)
{
    if (f->n > 1)
        qsort(f->v, f->n, sizeof *f->v, by_date);
}

struct vls_point *
vls__an_point(struct vls_annual *a, enum vls_point_kind kind, unsigned para, const struct vls_record *rec)
{
    void *room = vls__rp_room(&a->r->arena, a->point, a->n_points, &a->cap_points, sizeof *a->point);
    struct vls_point *p;

    if (room == NULL)
        return NULL;
    a->point = room;
    p = &a->point[a->n_points++];
    memset(p, 0, sizeof *p);
    p->kind = kind;
    p->para = para;
    if (rec != NULL)
        memcpy(p->id, rec->id, VLS_ID_LEN);
    p->ref = rec != NULL ? rec->ref : "";
    p->other = p->detail = "";
    return p;
}

bool
vls__an_lends(struct vls_annual *a, struct vls_para *p, const struct vls_record *rec)
{
    struct vls_point *point;

    bool clear = vls__an_clear(rec);

    if (vls__an_passed_over(rec))
        return false;
    if (clear && vls__an_terms_known(rec))
        return true;
    if (p->state == VLS_PARA_READY)
        p->state = VLS_PARA_GAP;
    point = vls__an_point(a, clear ? VLS_POINT_UNKNOWN_TERM : VLS_POINT_NOT_CLEAR, p->no, rec);
    if (point != NULL && !clear)
        point->detail = vls__an_tlp(rec);
    return false;
}

/* ---- in order ---- */

static int
by_no(const void *x, const void *y)
{
    const struct vls_para *a = x, *b = y;

    if (a->no != b->no)
        return a->no < b->no ? -1 : 1;
    if (a->n_facts == 0 || b->n_facts == 0) /* two records for one number */
        return a->n_facts != 0 ? -1 : b->n_facts != 0;
    return memcmp(a->fact[0].id, b->fact[0].id, VLS_ID_LEN);
}

static int
by_para(const void *x, const void *y)
{
    const struct vls_point *a = x, *b = y;
    int c;

    if (a->para != b->para)
        return a->para < b->para ? -1 : 1;
    if (vls_point_is_gap(a->kind) != vls_point_is_gap(b->kind))
        return vls_point_is_gap(a->kind) ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if ((c = memcmp(a->id, b->id, VLS_ID_LEN)) != 0)
        return c;
    return strcmp(a->other, b->other) != 0 ? strcmp(a->other, b->other) : strcmp(a->detail, b->detail);
}

/* One record is named once for one thing in one paragraph. */
static void
points_sort(struct vls_annual *a)
{
    size_t i, n = 0;

    if (a->n_points == 0)
        return;
    qsort(a->point, a->n_points, sizeof *a->point, by_para);
    for (i = 0; i < a->n_points; i++) {
        if (n == 0 || by_para(&a->point[n - 1], &a->point[i]) != 0)
            a->point[n++] = a->point[i];
    }
    a->n_points = n;
}

/* The one that is open today; else the last that has opened; else the first that will. */
static const struct vls_record *
current_period(const struct vls_annual *a)
{
    const struct vls_record *best = NULL;
    struct vls_date opens, best_opens = {0};
    size_t i;

    for (i = 0; i < a->list[AN_PERIOD].n; i++) {
        const struct vls_record *p = a->list[AN_PERIOD].v[i];
        bool begun, better;

        if (!vls__an_date(p, "opens", &opens) || !opens.possible)
            continue;
        begun = opens.first <= a->r->today;
        if (best == NULL)
            better = true;
        else if (begun != (best_opens.first <= a->r->today))
            better = begun;
        else
            better = begun ? opens.first > best_opens.first : opens.first < best_opens.first;
        if (better) {
            best = p;
            best_opens = opens;
        }
    }
    return best;
}

enum vls_code
vls__an_build(struct vls_annual *a, const uint8_t *period, struct vls_error *err)
{
    const struct vls_record *rec = period == NULL ? current_period(a) : vls__an_find(a, AN_PERIOD, period);
    enum vls_code rc;

    if (rec == NULL)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no such reporting period is recorded");
    vls__an_period(a, rec);
    if ((rc = vls__an_seals(a, err)) != VLS_OK || (rc = vls__an_words(a, err)) != VLS_OK)
        return rc;
    vls__an_introduction(a);
    vls__an_court(a);
    vls__an_visits(a);
    vls__an_travel(a);
    vls__an_council(a);
    vls__an_meetings(a);
    vls__an_recommendations(a);
    vls__an_left_apart(a);
    vls__an_once(a);
    vls__an_guard(a);
    vls__an_by_hand(a);
    vls__an_checks(a);
    vls__an_guard_points(a);
    if (a->n_paras != 0)
        qsort(a->para, a->n_paras, sizeof *a->para, by_no);
    points_sort(a);
    return vls__an_ok(a, err);
}

enum vls_code
vls_annual_open(struct vls_annual **out, struct vls_store *s, const uint8_t *period, int64_t now_unix, const char *lang,
                struct vls_error *err)
{
    struct vls_annual *a;
    enum vls_code rc = vls__an_new(&a, s, now_unix, lang, err);

    *out = NULL;
    if (rc == VLS_OK && (rc = vls__an_read(a, (1u << AN_N_KINDS) - 1, true, err)) == VLS_OK &&
        (rc = vls__an_index(a, err)) == VLS_OK && (rc = vls__an_build(a, period, err)) == VLS_OK) {
        *out = a;
        return VLS_OK;
    }
    vls_while(err, "drafting the report");
    vls_annual_close(a);
    return rc;
}

const struct vls_period *
vls_annual_period(const struct vls_annual *a)
{
    return &a->period;
}

const struct vls_para *
vls_annual_paras(const struct vls_annual *a, size_t *n)
{
    *n = a->n_paras;
    return a->para;
}

const struct vls_point *
vls_annual_points(const struct vls_annual *a, size_t *n)
{
    *n = a->n_points;
    return a->point;
}

/* ---- the text that is signed ---- */

void
vls_annual_hash_begin(uint8_t hash[VLS_HASH_LEN], const char *lang)
{
    vls_hash1(hash, "vls report lang", lang, strlen(lang));
}

/* The parts before the text are of a fixed length, so that no two texts come to the same bytes. */
void
vls_annual_hash_add(uint8_t hash[VLS_HASH_LEN], const struct vls_para *p, struct vls_slice text)
{
    const char *state = vls_para_state_name(p->state);
    uint8_t head[24];
    struct vls_slice parts[] = {vls_slice_of(hash, VLS_HASH_LEN), vls_slice_of(head, sizeof head),
                                vls_slice_str(state), text};
    uint8_t next[VLS_HASH_LEN];

    vls_store_le64(head, p->no);
    vls_store_le64(head + 8, strlen(state));
    vls_store_le64(head + 16, text.n);
    vls_hash(next, "vls report para", parts, sizeof parts / sizeof *parts);
    memcpy(hash, next, sizeof next);
}
