/*
 * How alike two trips or two persons are. Integers only, the same everywhere; weights and steps are
 * those of schemas/domain/merge.md section 7. What is not known speaks neither for nor against.
 */
#include <string.h>

#include "valise/reconcile.h"

#define FULL 1000
#define UNKNOWN 500

/* Parts of a trip's likeness, of 1000. The person is no part: without it nothing is proposed. */
#define WEIGHT_DATES 480
#define WEIGHT_COUNTRY 300
#define WEIGHT_PLACE 220

#define PLACE_SAME 800
#define PLACE_LIKE 700
#define NAME_LIKE 850 /* files of two persons; annex D of the domain: propose, never decide */
#define NEAR_DAYS 2

static bool
known(struct vls_days d)
{
    return d.first != VLS_DAY_MIN || d.last != VLS_DAY_MAX;
}

static int64_t
days_in(int32_t first, int32_t last)
{
    return (int64_t)last - first + 1;
}

static int
dates(struct vls_days a, struct vls_days b, unsigned *why)
{
    int32_t first = a.first > b.first ? a.first : b.first, last = a.last < b.last ? a.last : b.last;
    int32_t from = a.first < b.first ? a.first : b.first, to = a.last > b.last ? a.last : b.last;
    int64_t share;

    if (!known(a) || !known(b) || a.first > a.last || b.first > b.last)
        return UNKNOWN;
    if (a.first == b.first && a.last == b.last) {
        *why |= VLS_WHY_SAME_DATES;
        return FULL;
    }
    if (first > last) {
        if ((int64_t)first - last > NEAR_DAYS) {
            *why |= VLS_WHY_OTHER_DATES;
            return 0;
        }
        *why |= VLS_WHY_NEAR_DATES;
        return 400;
    }
    share = days_in(first, last) * FULL / days_in(from, to);
    if ((first == a.first && last == a.last) || (first == b.first && last == b.last)) {
        *why |= VLS_WHY_NESTED_DATES;
        return (int)(500 + share / 2);
    }
    *why |= VLS_WHY_OVERLAPPING_DATES;
    return (int)(250 + share / 2);
}

static int
countries(struct vls_slice a, struct vls_slice b, unsigned *why)
{
    if (a.n == 0 || b.n == 0)
        return UNKNOWN;
    if (vls_slice_eq(a, b)) {
        *why |= VLS_WHY_SAME_COUNTRY;
        return FULL;
    }
    *why |= VLS_WHY_OTHER_COUNTRY;
    return 0;
}

static int
places(struct vls_slice a, struct vls_slice b, unsigned *why)
{
    int likeness;

    if (a.n == 0 || b.n == 0)
        return UNKNOWN;
    likeness = vls_place_likeness(a, b);
    if (likeness >= PLACE_SAME) {
        *why |= VLS_WHY_SAME_PLACE;
        return FULL;
    }
    if (likeness < PLACE_LIKE)
        return 0;
    *why |= VLS_WHY_LIKE_PLACE;
    return likeness;
}

static struct vls_likeness
stages(const struct vls_match_stage *a, const struct vls_match_stage *b, struct vls_days whole_a,
       struct vls_days whole_b)
{
    bool both = known(a->days) && known(b->days);
    struct vls_likeness l = {0, 0};

    l.per_mille = (dates(both ? a->days : whole_a, both ? b->days : whole_b, &l.why) * WEIGHT_DATES +
                   countries(a->country, b->country, &l.why) * WEIGHT_COUNTRY +
                   places(a->place, b->place, &l.why) * WEIGHT_PLACE) /
                  FULL;
    return l;
}

/* The window of a trip, or what its stages span when it has none. */
static struct vls_days
whole(const struct vls_match_trip *t)
{
    struct vls_days d = t->days;

    for (size_t i = 0; i < t->n_stages && !known(t->days); i++) {
        const struct vls_days *s = &t->stages[i].days;

        if (!known(*s))
            continue;
        if (!known(d))
            d = *s;
        if (s->first < d.first)
            d.first = s->first;
        if (s->last > d.last)
            d.last = s->last;
    }
    return d;
}

static int
best_name(const struct vls_slice *a, size_t n_a, const struct vls_slice *b, size_t n_b)
{
    int best = 0;

    for (size_t i = 0; i < n_a; i++)
        for (size_t k = 0; k < n_b; k++) {
            int l = vls_name_likeness(a[i], b[k]);

            if (l > best)
                best = l;
        }
    return best;
}

/* 1000 for one traveller, the likeness of their names for two files, 0 for two persons. */
static int
travellers(const struct vls_match_trip *a, const struct vls_match_trip *b, unsigned *why)
{
    int best;

    for (size_t i = 0; i < a->n_persons; i++)
        for (size_t k = 0; k < b->n_persons; k++)
            if (memcmp(a->persons[i], b->persons[k], VLS_ID_LEN) == 0) { /* ids are public */
                *why |= VLS_WHY_SAME_PERSON;
                return FULL;
            }
    best = best_name(a->names, a->n_names, b->names, b->n_names);
    if (best < NAME_LIKE)
        return 0;
    *why |= VLS_WHY_LIKE_PERSON;
    return best;
}

struct vls_likeness
vls_match_trips(const struct vls_match_trip *a, const struct vls_match_trip *b)
{
    static const struct vls_match_stage nowhere = {{NULL, 0}, {NULL, 0}, {VLS_DAY_MIN, VLS_DAY_MAX}};
    struct vls_likeness best = {-1, 0};
    unsigned why = 0;
    int person = travellers(a, b, &why);

    if (person == 0)
        return (struct vls_likeness){0, 0};
    for (size_t i = 0; i < (a->n_stages > 0 ? a->n_stages : 1); i++)
        for (size_t k = 0; k < (b->n_stages > 0 ? b->n_stages : 1); k++) {
            struct vls_likeness l = stages(a->n_stages > 0 ? &a->stages[i] : &nowhere,
                                           b->n_stages > 0 ? &b->stages[k] : &nowhere, whole(a), whole(b));

            /* Of equally alike stages the one with the smaller set of reasons: an order that does not
             * depend on which trip comes first. */
            if (l.per_mille > best.per_mille || (l.per_mille == best.per_mille && l.why < best.why))
                best = l;
        }
    if (a->occasion.n > 0 && vls_slice_eq(a->occasion, b->occasion)) {
        best.per_mille += (FULL - best.per_mille) / 3;
        why |= VLS_WHY_SAME_OCCASION;
    }
    best.per_mille = best.per_mille * person / FULL;
    best.why |= why;
    return best;
}

/* The same over names that were taken apart before. */
static int
best_parts(const struct vls_match_person *a, const struct vls_match_person *b)
{
    int best = 0;

    for (size_t i = 0; i < a->n_names; i++)
        for (size_t k = 0; k < b->n_names; k++) {
            int l = vls_name_parts_likeness(a->parts[i], b->parts[k]);

            if (l > best)
                best = l;
        }
    return best;
}

static bool
share_any(const struct vls_slice *a, size_t n_a, const struct vls_slice *b, size_t n_b)
{
    for (size_t i = 0; i < n_a; i++)
        for (size_t k = 0; k < n_b; k++)
            if (a[i].n > 0 && vls_slice_eq(a[i], b[k]))
                return true;
    return false;
}

struct vls_likeness
vls_match_persons(const struct vls_match_person *a, const struct vls_match_person *b)
{
    bool apart = a->parts != NULL && b->parts != NULL;
    struct vls_likeness l = {apart ? best_parts(a, b) : best_name(a->names, a->n_names, b->names, b->n_names), 0};

    if (l.per_mille >= FULL)
        l.why |= VLS_WHY_SAME_NAME;
    else if (l.per_mille > 0)
        l.why |= VLS_WHY_LIKE_NAME;
    if (share_any(a->identifiers, a->n_identifiers, b->identifiers, b->n_identifiers)) {
        l.why |= VLS_WHY_SAME_IDENTIFIER;
        l.per_mille = l.per_mille < 900 ? 900 : l.per_mille;
    }
    if (l.per_mille == 0)
        return l;
    if (share_any(a->nationalities, a->n_nationalities, b->nationalities, b->n_nationalities)) {
        l.why |= VLS_WHY_SAME_NATIONALITY;
        l.per_mille += (FULL - l.per_mille) / 10;
    }
    if (known(a->birth) && known(b->birth)) {
        if (a->birth.first <= b->birth.last && b->birth.first <= a->birth.last) {
            l.why |= VLS_WHY_SAME_BIRTH;
            l.per_mille += (FULL - l.per_mille) / 4;
        } else {
            l.why |= VLS_WHY_OTHER_BIRTH;
            l.per_mille -= l.per_mille / 4;
        }
    }
    return l;
}

const char *
vls_why_name(unsigned why)
{
    static const char *const names[VLS_N_WHY] = {
        "same-person",   "like-person",     "same-dates", "nested-dates",     "overlapping-dates", "near-dates",
        "same-country",  "same-place",      "like-place", "same-occasion",    "same-name",         "like-name",
        "same-identifier", "same-birth",    "same-nationality", "other-birth", "other-dates",      "other-country",
    };

    for (unsigned i = 0; i < VLS_N_WHY; i++)
        if (why == 1u << i)
            return names[i];
    return NULL;
}
