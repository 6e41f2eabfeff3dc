/*
 * Section V: the President's appeals, information on travel and what was done with it. These are category statements:
 * that something occurred, never who, where or how often. So they rest on records of any marking and borrow no word of
 * them. What concerns a matter under seal feeds nothing at all.
 */
#include "annual_int.h"

/* ---- which records count ---- */

static const struct {
    const char *term;
    enum vls_told_by by;
} SOURCE[] = {
    {"court-prosecutor", VLS_TOLD_COURT},
    {"court-registry", VLS_TOLD_COURT},
    {"court-chamber", VLS_TOLD_COURT},
    {"state-party", VLS_TOLD_STATES_PARTIES},
    {"civil-society", VLS_TOLD_CIVIL_SOCIETY},
    {"state-not-party", VLS_TOLD_OTHER_STATES},
    {"international-organisation", VLS_TOLD_ORGANISATIONS},
};

static unsigned
told_by(const struct vls_record *info)
{
    size_t i;

    for (i = 0; i < sizeof SOURCE / sizeof *SOURCE; i++) {
        if (vls__rp_has_text(info, "from", SOURCE[i].term))
            return SOURCE[i].by;
    }
    return 0;
}

/* The duty to pass on to the Court is for what States and civil society tell. */
#define DUTY (VLS_TOLD_STATES_PARTIES | VLS_TOLD_CIVIL_SOCIETY | VLS_TOLD_OTHER_STATES)

/* Not every member reads it: it feeds nothing, and is named. */
static bool
is_apart(struct vls_annual *a, unsigned no, const struct vls_record *rec)
{
    struct vls_point *point;

    if (rec->common)
        return false;
    if ((point = vls__an_point(a, VLS_POINT_APART, no, rec)) != NULL)
        point->detail = rec->compartment_name;
    return true;
}

static bool
info_counts(const struct vls_annual *a, const struct vls_record *info)
{
    return !info->withdrawn && vls__an_instant_in(a, info, "received") && !vls__an_sealed(a, info);
}

/* "The President", "la Présidente", "Présidence de l’Assemblée". */
static bool
is_president(const struct vls_annual *a, struct vls_slice actor)
{
    struct vls_buf folded;
    const char *text;
    bool is;

    vls_buf_init(&folded, RP_TEXT_MAX);
    vls_text_fold(&folded, actor);
    if (folded.bad == VLS_ENOMEM)
        a->r->arena.bad = VLS_ENOMEM;
    text = vls_buf_str(&folded);
    is = text != NULL && strstr(text, "presiden") != NULL;
    vls_buf_clear(&folded);
    return is;
}

static bool
may_be_mentioned(const struct vls_annual *a, const struct vls_record *action)
{
    return !action->withdrawn && !vls__rp_has_text(action, "attribution", "not-to-be-mentioned") &&
           !vls__an_sealed(a, action);
}

/* ---- the paragraphs ---- */

static void
statement(struct vls_annual *a, unsigned no, enum vls_say say, const struct an_facts *facts, unsigned told,
          enum vls_para_state state)
{
    struct vls_para *p;

    if (facts->n == 0 || (p = vls__an_para(a, no, VLS_SECTION_ACTION, say)) == NULL)
        return;
    p->fact = facts->v;
    p->n_facts = facts->n;
    p->told_by = told;
    p->state = state;
}

static void
information(struct vls_annual *a)
{
    struct an_facts received = {0}, shared = {0};
    enum vls_para_state state = VLS_PARA_READY;
    unsigned told = 0, by;
    size_t i;

    for (i = 0; i < a->r->list[RP_INFO].n; i++) {
        const struct vls_record *info = a->r->list[RP_INFO].v[i];
        enum rp_duty duty;

        if (!info_counts(a, info) || (by = told_by(info)) == 0 || is_apart(a, 28, info))
            continue;
        told |= by;
        (void)vls__an_fact(a, &received, VLS_FACT_RESTS, info);
        if ((by & DUTY) == 0)
            continue;
        (void)vls__an_fact(a, &shared, VLS_FACT_RESTS, info);
        duty = vls__rp_duty(a->r, info);
        if (duty != RP_DUTY_NONE) {
            state = VLS_PARA_GAP;
            (void)vls__an_point(a, duty == RP_DUTY_OPEN ? VLS_POINT_UNSHARED : VLS_POINT_LEFT_OUT, 29, info);
        }
    }
    statement(a, 28, VLS_SAY_RECEIVED, &received, told, VLS_PARA_READY);
    statement(a, 29, VLS_SAY_SHARED, &shared, told & DUTY, state);
}

static void
groups(struct vls_annual *a)
{
    struct an_facts facts = {0};
    size_t i;

    for (i = 0; i < a->r->list[RP_TRANSMISSION].n; i++) {
        const struct vls_record *t = a->r->list[RP_TRANSMISSION].v[i];

        if ((vls__rp_has_text(t, "to", "group") || vls__rp_has_text(t, "to", "all-groups")) &&
            vls__rp_text(t, "withheld-because").n == 0 && vls__an_instant_in(a, t, "sent") && !vls__an_sealed(a, t) &&
            !is_apart(a, 30, t))
            (void)vls__an_fact(a, &facts, VLS_FACT_RESTS, t);
    }
    statement(a, 30, VLS_SAY_GROUPS, &facts, 0, VLS_PARA_READY);
}

/* A State Party on the day on which it told. */
static bool
by_state_party(const struct vls_record *action, struct vls_slice actor)
{
    const struct vls_country *c = vls_country_find(actor);
    struct vls_instant told;

    return c != NULL && vls__rp_instant(action, "told-focal-points", &told) &&
           vls_country_party_on(c, vls__rp_day(told.unix_s));
}

static void
actions(struct vls_annual *a)
{
    struct an_facts president = {0}, told = {0};
    struct vls_date on;
    size_t i;

    for (i = 0; i < a->r->list[RP_ACTION].n; i++) {
        const struct vls_record *action = a->r->list[RP_ACTION].v[i];
        struct vls_slice actor = vls__rp_text(action, "actor");

        if (!may_be_mentioned(a, action))
            continue;
        if (is_president(a, actor)) {
            if (vls__an_date(action, "on", &on) && vls__an_when(a, &on) == AN_INSIDE && !is_apart(a, 27, action))
                (void)vls__an_fact(a, &president, VLS_FACT_RESTS, action);
        } else if (vls__an_instant_in(a, action, "told-focal-points") && !is_apart(a, 31, action)) {
            if (by_state_party(action, actor))
                (void)vls__an_fact(a, &told, VLS_FACT_RESTS, action);
            else if (actor.n == 0)
                (void)vls__an_point(a, VLS_POINT_NO_ACTOR, 31, action);
        }
    }
    statement(a, 27, VLS_SAY_PRESIDENT, &president, 0, VLS_PARA_READY);
    statement(a, 31, VLS_SAY_TOLD, &told, 0, VLS_PARA_READY);
}

void
vls__an_travel(struct vls_annual *a)
{
    information(a);
    groups(a);
    actions(a);
}
