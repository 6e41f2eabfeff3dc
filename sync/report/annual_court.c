/*
 * Sections II to IV: what the Court decided on cooperation, by the standing of the State on the day of the conduct; and
 * where it decided nothing, whether somebody attests that. A ruling makes every nil return of its section, scope and
 * period void, whenever either was recorded: that is derived each time, and no attestation is touched.
 */
#include <stdio.h>
#include <stdlib.h>

#include "annual_int.h"

/* The paragraphs of one section: the duty, then what happened. A resolution has a block of its own. */
static const struct {
    unsigned duty, events;
    enum vls_section section;
    enum vls_standing standing;
    const char *resolution, *state; /* the State that it obliges; the table of countries says from when on */
} BLOCK[] = {
    {16, 17, VLS_SECTION_STATES_PARTIES, VLS_STATE_PARTY, "", ""},
    {18, 19, VLS_SECTION_COUNCIL, VLS_COUNCIL_OBLIGED, "1593", "SD"},
    {23, 24, VLS_SECTION_COUNCIL, VLS_COUNCIL_OBLIGED, "1970", "LY"},
    {25, 26, VLS_SECTION_NOT_PARTIES, VLS_NOT_PARTY, "", ""},
};
#define N_BLOCKS (sizeof BLOCK / sizeof *BLOCK)

static const char *const SECTION_TERM[VLS_N_STANDINGS] = {"states-parties", "security-council", "states-not-parties"};

/* ---- the day of the conduct ---- */

/* The first day on which a trip was in a country; failing that, of the trip. */
static bool
trip_day(const struct vls_annual *a, size_t trip, const struct vls_country *country, int32_t *day)
{
    const struct vls_report *r = a->r;
    bool there = false, found = false;
    struct vls_date d;
    size_t i, n;
    const struct rp_edge *e = vls__rp_edges(&r->legs, r->trips.root[trip], &n);

    for (i = 0; i < n; i++) {
        const struct vls_record *leg = r->list[RP_LEG].v[e[i].to];
        bool same = vls_slice_eq(vls__rp_text(leg, "country"), vls_slice_str(country->code));

        if (leg->withdrawn || !leg->common || !vls__an_date(leg, "arrive", &d) || !d.possible || d.first == VLS_DAY_MIN)
            continue;
        if (!found || (same && !there) || (same == there && d.first < *day))
            *day = d.first;
        there = there || same;
        found = true;
    }
    if (!there && r->list[RP_TRIP].v[trip]->common && vls__an_date(r->list[RP_TRIP].v[trip], "window", &d) &&
        d.possible && d.first > VLS_DAY_MIN) {
        *day = d.first;
        found = true;
    }
    return found;
}

static bool
conduct_day(const struct vls_annual *a, const struct vls_record *proceeding, const struct vls_country *country,
            int32_t *day)
{
    bool found = false;
    int32_t one = 0;
    size_t i, trip;

    for (i = 0; vls__rp_row(proceeding, "conduct", i) != NULL; i++) {
        const uint8_t *id = vls__rp_ref(proceeding, "conduct", i);

        trip = id == NULL ? RP_NONE : vls__rp_find(a->r, RP_TRIP, id);
        if (trip == RP_NONE || a->r->list[RP_TRIP].v[trip]->withdrawn || !trip_day(a, trip, country, &one))
            continue;
        if (!found || one < *day)
            *day = one;
        found = true;
    }
    return found;
}

struct an_scope
vls__an_scope_of(const struct vls_annual *a, const struct vls_record *proceeding)
{
    const struct vls_country *country = vls_country_by_code(vls__rp_text(proceeding, "state"));
    struct an_scope s = {.standing = -1, .resolution = ""};
    struct vls_date decided;
    int32_t day = 0;

    if (country == NULL)
        return s;
    if (!conduct_day(a, proceeding, country, &day)) {
        s.by_decision = true;
        if (!vls__an_date(proceeding, "decided", &decided) || !decided.possible)
            return s;
        day = decided.first;
    }
    s.standing = (int)vls_country_standing(country, day);
    if (s.standing == VLS_COUNCIL_OBLIGED)
        s.resolution = country->resolution;
    return s;
}

bool
vls__an_scopes(struct vls_annual *a)
{
    size_t i, n = a->list[AN_PROCEEDING].n;

    a->scope = vls__rp_alloc(&a->r->arena, n, sizeof *a->scope);
    for (i = 0; a->scope != NULL && i < n; i++)
        a->scope[i] = vls__an_scope_of(a, a->list[AN_PROCEEDING].v[i]);
    return a->scope != NULL;
}

/* ---- nil returns ---- */

bool
vls__an_nil_of(const struct vls_annual *a, const struct vls_record *nil, const struct vls_record *period)
{
    struct vls_slice words = vls__rp_text(nil, "period"), name = vls__rp_text(period, "name");
    struct vls_date said, opens;
    int64_t from, to;
    char text[64];

    if (words.n == 0)
        return false;
    if (vls__an_same_folded(a, words, vls_slice_str(period->ref)) ||
        (name.n != 0 && vls__an_same_folded(a, words, name)))
        return true;
    if (vls__an_int(period, "from-session", &from) && vls__an_int(period, "to-session", &to)) {
        snprintf(text, sizeof text, "SES-%lld/SES-%lld", (long long)from, (long long)to);
        if (vls__an_same_folded(a, words, vls_slice_str(text)))
            return true;
    }
    /* "2020-12-14/2021-12-06": its days, which begin where the period does */
    return vls_edtf_bounds(&said, words) && vls__an_date(period, "opens", &opens) && opens.possible &&
           said.first == opens.first;
}

static bool
nil_scope(const struct vls_record *nil, enum vls_standing standing, const char *resolution)
{
    return vls__rp_has_text(nil, "section", SECTION_TERM[standing]) &&
           (*resolution == '\0' || vls__an_holds_number(vls__rp_text(nil, "scope"), resolution));
}

/* A ruling counts against nil returns also while its day is known too widely to tell. */
static bool
counts(const struct vls_annual *a, const struct vls_record *proceeding)
{
    struct vls_date d;
    enum an_when when;

    if (!vls__an_date(proceeding, "decided", &d))
        return false;
    when = vls__an_when(a, &d);
    return when == AN_INSIDE || when == AN_STRADDLES;
}

/* The earliest decided, then by id. */
static bool
is_before(const struct vls_record *x, const struct vls_record *y)
{
    struct vls_date dx, dy;

    if (!vls__an_date(x, "decided", &dx) || !vls__an_date(y, "decided", &dy) || dx.first == dy.first)
        return memcmp(x->id, y->id, VLS_ID_LEN) < 0;
    return dx.first < dy.first;
}

const struct vls_record *
vls__an_contrary(const struct vls_annual *a, const struct vls_record *nil)
{
    const struct vls_record *first = NULL;
    size_t i;

    for (i = 0; i < a->list[AN_PROCEEDING].n; i++) {
        const struct vls_record *p = a->list[AN_PROCEEDING].v[i];
        struct an_scope s = a->scope[i];

        if (s.standing >= 0 && counts(a, p) && nil_scope(nil, (enum vls_standing)s.standing, s.resolution) &&
            (first == NULL || is_before(p, first)))
            first = p;
    }
    return first;
}

/* ---- the paragraphs ---- */

static struct vls_fact *
proceeding_fact(struct vls_annual *a, struct an_facts *to, const struct vls_record *p)
{
    struct vls_fact *f = vls__an_fact(a, to, VLS_FACT_PROCEEDING, p);

    if (f == NULL)
        return NULL;
    f->has_date = vls__an_date(p, "decided", &f->date);
    f->country = vls_country_by_code(vls__rp_text(p, "state"));
    f->term = vls__an_text(a, p, "kind");
    f->label = vls__an_label(a, p, "kind");
    f->text = vls__an_text(a, p, "decision");
    f->detail = vls__an_text(a, p, "finding");
    f->second = vls__an_text(a, p, "referral");
    return f;
}

static bool
rulings_take(struct vls_annual *a, struct vls_para *para, size_t block, struct an_facts *facts)
{
    bool any = false;
    size_t i;

    for (i = 0; i < a->list[AN_PROCEEDING].n; i++) {
        const struct vls_record *p = a->list[AN_PROCEEDING].v[i];
        struct an_scope s = vls__an_scope_of(a, p);
        struct vls_date decided = {0};

        if (s.standing != (int)BLOCK[block].standing || strcmp(s.resolution, BLOCK[block].resolution) != 0)
            continue;
        if (!vls__an_belongs(a, para->no, p, "decided", &decided)) {
            if (!decided.possible) { /* it may be of this period: nobody can say that there was none */
                para->state = VLS_PARA_GAP;
                (void)vls__an_point(a, VLS_POINT_UNPLACED, para->no, p);
            }
            continue;
        }
        any = true;
        if (s.by_decision)
            (void)vls__an_point(a, VLS_POINT_NO_CONDUCT, para->no, p);
        if (vls__an_lends(a, para, p))
            (void)proceeding_fact(a, facts, p);
    }
    vls__an_facts_sort(facts);
    return any;
}

/* The nil returns of a block: what attests it, or why none does. */
static void
nils_take(struct vls_annual *a, struct vls_para *para, size_t block, bool rulings, struct an_facts *facts)
{
    bool said = false, unsaid = false;
    struct vls_point *point;
    char lacks[AN_LACKS];
    size_t i;

    for (i = 0; i < a->list[AN_NIL].n; i++) {
        const struct vls_record *nil = a->list[AN_NIL].v[i], *against;

        if (!vls__an_nil_of(a, nil, a->record) || !nil_scope(nil, BLOCK[block].standing, BLOCK[block].resolution))
            continue;
        against = vls__an_contrary(a, nil);
        if (against != NULL) {
            if ((point = vls__an_point(a, VLS_POINT_VOID, para->no, nil)) != NULL)
                point->other = against->ref;
        } else if (!vls__an_attested(nil, lacks)) {
            unsaid = true;
            if (!rulings && (point = vls__an_point(a, *lacks == '\0' ? VLS_POINT_NIL_UNSAID : VLS_POINT_NIL_LACKS,
                                                   para->no, nil)) != NULL)
                point->detail = vls__rp_str(&a->r->arena, lacks);
        } else if (!rulings) {
            said = true;
            (void)vls__an_fact(a, facts, VLS_FACT_NIL, nil);
        }
    }
    if (rulings || said)
        return;
    para->state = VLS_PARA_ATTEST;
    if (!unsaid && (point = vls__an_point(a, VLS_POINT_NO_NIL, para->no, NULL)) != NULL) {
        point->detail = SECTION_TERM[BLOCK[block].standing];
        point->other = BLOCK[block].resolution;
    }
}

static void
block_build(struct vls_annual *a, size_t block)
{
    struct an_facts facts = {0};
    struct vls_para *para;
    bool rulings;

    para = vls__an_para(a, BLOCK[block].duty, BLOCK[block].section,
                        BLOCK[block].standing == VLS_STATE_PARTY       ? VLS_SAY_DUTY_PARTIES
                        : BLOCK[block].standing == VLS_COUNCIL_OBLIGED ? VLS_SAY_DUTY_COUNCIL
                                                                       : VLS_SAY_DUTY_OTHERS);
    if (para == NULL)
        return;
    para->number = vls__an_leading_number(vls_slice_str(BLOCK[block].resolution));
    if ((para = vls__an_para(a, BLOCK[block].events, BLOCK[block].section, VLS_SAY_NIL)) == NULL)
        return;
    para->number = vls__an_leading_number(vls_slice_str(BLOCK[block].resolution));
    para->country = vls_country_by_code(vls_slice_str(BLOCK[block].state));
    rulings = rulings_take(a, para, block, &facts);
    if (rulings)
        para->say = VLS_SAY_PROCEEDINGS;
    nils_take(a, para, block, rulings, &facts);
    para->fact = facts.v;
    para->n_facts = facts.n;
}

/* A ruling whose section cannot be told may belong to any: none of them can say that there was none. */
static void
none_is_known(struct vls_annual *a, const struct vls_record *ruling)
{
    size_t i;

    for (i = 0; i < a->n_paras; i++) {
        if (a->para[i].say != VLS_SAY_NIL || a->para[i].state == VLS_PARA_ATTEST)
            continue;
        a->para[i].state = VLS_PARA_GAP;
        (void)vls__an_point(a, VLS_POINT_UNPLACED, a->para[i].no, ruling);
    }
}

/* A ruling that falls nowhere, a nil return on the Council's situations that says of which: neither is passed over in
 * silence. */
static void
strays(struct vls_annual *a)
{
    size_t i, k;

    for (i = 0; i < a->list[AN_PROCEEDING].n; i++) {
        const struct vls_record *p = a->list[AN_PROCEEDING].v[i];
        struct vls_date d = {0};
        int standing = vls__an_scope_of(a, p).standing;

        if (standing < 0 && (vls__an_belongs(a, 17, p, "decided", &d) || !d.possible)) {
            if (vls_country_by_code(vls__rp_text(p, "state")) == NULL)
                (void)vls__an_point(a, VLS_POINT_NO_STATE, 17, p);
            none_is_known(a, p);
        }
    }
    for (i = 0; i < a->list[AN_NIL].n; i++) {
        const struct vls_record *nil = a->list[AN_NIL].v[i];
        bool known = !vls__rp_has_text(nil, "section", SECTION_TERM[VLS_COUNCIL_OBLIGED]);

        for (k = 0; k < N_BLOCKS; k++)
            known = known || (*BLOCK[k].resolution != '\0' &&
                              vls__an_holds_number(vls__rp_text(nil, "scope"), BLOCK[k].resolution));
        if (!known && vls__an_nil_of(a, nil, a->record))
            (void)vls__an_point(a, VLS_POINT_NIL_SCOPE, 19, nil);
    }
}

/* A nil return that nobody will ever read, because its period is not written as any that is on record. */
static void
lost_nils(struct vls_annual *a)
{
    struct vls_point *point;
    size_t i, k;

    for (i = 0; i < a->list[AN_NIL].n; i++) {
        const struct vls_record *nil = a->list[AN_NIL].v[i];

        for (k = 0; k < a->list[AN_PERIOD].n && !vls__an_nil_of(a, nil, a->list[AN_PERIOD].v[k]); k++)
            ;
        if (k == a->list[AN_PERIOD].n && !vls__an_passed_over(nil) &&
            (point = vls__an_point(a, VLS_POINT_NIL_PERIOD, vls__an_para_of_nil(nil), nil)) != NULL)
            point->detail = vls__an_text(a, nil, "period");
    }
}

unsigned
vls__an_para_of_nil(const struct vls_record *nil)
{
    size_t b;

    for (b = 0; b < N_BLOCKS; b++) {
        if (nil_scope(nil, BLOCK[b].standing, BLOCK[b].resolution))
            return BLOCK[b].events;
    }
    return 19;
}

int
vls__an_block_of(unsigned para)
{
    size_t b;

    for (b = 0; b < N_BLOCKS; b++) {
        if (BLOCK[b].events == para)
            return (int)BLOCK[b].standing;
    }
    return -1;
}

void
vls__an_court(struct vls_annual *a)
{
    size_t i;

    for (i = 0; i < N_BLOCKS; i++)
        block_build(a, i);
    strays(a);
    lost_nils(a);
}

/* ---- what is void, whatever the period ---- */

static enum vls_code
void_add(struct vls_void **out, size_t *n, size_t *cap, const struct vls_record *nil, const struct vls_record *since,
         struct vls_error *err)
{
    struct vls_void *more;

    if (!vls_room(out, cap, *n, 1, sizeof **out))
        return rp_no_memory(err);
    more = *out + (*n)++;
    memset(more, 0, sizeof *more);
    memcpy(more->nil, nil->id, VLS_ID_LEN);
    memcpy(more->since, since->id, VLS_ID_LEN);
    snprintf(more->nil_ref, sizeof more->nil_ref, "%s", nil->ref);
    snprintf(more->since_ref, sizeof more->since_ref, "%s", since->ref);
    snprintf(more->by, sizeof more->by, "%s", vls__rp_origin_name(nil));
    return VLS_OK;
}

static enum vls_code
voids_of(struct vls_annual *a, struct vls_void **out, size_t *n, struct vls_error *err)
{
    const struct vls_record *since;
    enum vls_code rc = VLS_OK;
    size_t i, k, cap = 0;

    for (i = 0; i < a->list[AN_NIL].n && rc == VLS_OK; i++) {
        for (k = 0; k < a->list[AN_PERIOD].n; k++) {
            if (!vls__an_nil_of(a, a->list[AN_NIL].v[i], a->list[AN_PERIOD].v[k]))
                continue;
            vls__an_period(a, a->list[AN_PERIOD].v[k]);
            if ((since = vls__an_contrary(a, a->list[AN_NIL].v[i])) != NULL) {
                rc = void_add(out, n, &cap, a->list[AN_NIL].v[i], since, err);
                break;
            }
        }
    }
    return rc == VLS_OK ? vls__an_ok(a, err) : rc;
}

enum vls_code
vls_annual_voids(struct vls_void **out, size_t *n, struct vls_store *s, struct vls_error *err)
{
    struct vls_annual *a;
    enum vls_code rc = vls__an_new(&a, s, 0, "en", err);

    *out = NULL;
    *n = 0;
    if (rc == VLS_OK && (rc = vls__an_read(a, 1u << AN_NIL | 1u << AN_PERIOD, false, err)) == VLS_OK &&
        a->list[AN_NIL].n != 0 && a->list[AN_PERIOD].n != 0 &&
        (rc = vls__an_read(a, 1u << AN_PROCEEDING, false, err)) == VLS_OK &&
        (rc = vls__an_read_conduct(a, err)) == VLS_OK && (rc = vls__an_index(a, err)) == VLS_OK)
        rc = voids_of(a, out, n, err);
    if (rc != VLS_OK) {
        free(*out);
        *out = NULL;
        *n = 0;
        vls_while(err, "looking at nil returns");
    }
    vls_annual_close(a);
    return rc;
}
