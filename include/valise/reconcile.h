#ifndef VALISE_RECONCILE_H
#define VALISE_RECONCILE_H

#include "valise/domain.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The matcher: how alike two trips or two persons are, what people judged about such pairs, and which
 * records stand for one another. Functions of their arguments, integers only; it proposes and never
 * decides. Source: schemas/domain/merge.md section 7.
 */

enum vls_why {
    VLS_WHY_SAME_PERSON = 1 << 0,  /* one file, or files judged the same */
    VLS_WHY_LIKE_PERSON = 1 << 1,  /* names of the two persons are alike */
    VLS_WHY_SAME_DATES = 1 << 2,
    VLS_WHY_NESTED_DATES = 1 << 3, /* one interval lies within the other */
    VLS_WHY_OVERLAPPING_DATES = 1 << 4,
    VLS_WHY_NEAR_DATES = 1 << 5,   /* at most two days apart */
    VLS_WHY_SAME_COUNTRY = 1 << 6,
    VLS_WHY_SAME_PLACE = 1 << 7,
    VLS_WHY_LIKE_PLACE = 1 << 8,
    VLS_WHY_SAME_OCCASION = 1 << 9,
    VLS_WHY_SAME_NAME = 1 << 10,   /* persons: equal after folding */
    VLS_WHY_LIKE_NAME = 1 << 11,
    VLS_WHY_SAME_IDENTIFIER = 1 << 12, /* a warrant number, a passport */
    VLS_WHY_SAME_BIRTH = 1 << 13,
    VLS_WHY_SAME_NATIONALITY = 1 << 14,
    VLS_WHY_OTHER_BIRTH = 1 << 15, /* speaks against */
    VLS_WHY_OTHER_DATES = 1 << 16, /* speaks against */
    VLS_WHY_OTHER_COUNTRY = 1 << 17/* speaks against */
};
#define VLS_N_WHY 18
/** Stable name of one reason, "same-person", for machines; NULL for anything but one bit of the above. */
VLS_API const char *vls_why_name(unsigned why);

struct vls_likeness {
    int per_mille; /* 0: never propose */
    unsigned why;  /* enum vls_why, or'ed */
};
#define VLS_LIKELY_TRIP 650   /* from here on a pair of trips is worth a person's look */
#define VLS_LIKELY_PERSON 750 /* likewise of persons */

/* Days, inclusive. A day that is not known: first VLS_DAY_MIN, last VLS_DAY_MAX. */
struct vls_days {
    int32_t first, last;
};

struct vls_match_stage {
    struct vls_slice country; /* "ET", empty when unknown; a stage with two rival countries is two stages */
    struct vls_slice place;   /* UTF-8, empty when unknown */
    struct vls_days days;     /* arrival to departure */
};

struct vls_match_trip {
    /* The file that stands for the traveller (vls_group_of); n_persons > 1 while a person is contested. */
    const uint8_t *const *persons;
    size_t n_persons;
    const struct vls_slice *names; /* names of those persons, for files that nobody has judged yet */
    size_t n_names;
    struct vls_days days;
    const struct vls_match_stage *stages;
    size_t n_stages;
    struct vls_slice occasion;
};

struct vls_match_person {
    const struct vls_slice *names; /* every accepted spelling */
    size_t n_names;
    const struct vls_name_parts *const *parts; /* of each name, for a person who meets many; may be NULL */
    const struct vls_slice *identifiers;
    size_t n_identifiers;
    const struct vls_slice *nationalities;
    size_t n_nationalities;
    struct vls_days birth;
};

/** Both are symmetric. A trip is like itself with 1000 per mille when its person, dates and place are known. */
VLS_API struct vls_likeness vls_match_trips(const struct vls_match_trip *a, const struct vls_match_trip *b);
VLS_API struct vls_likeness vls_match_persons(const struct vls_match_person *a, const struct vls_match_person *b);

/* ---- verdicts ---- */

enum vls_same {
    VLS_SAME_UNJUDGED = 0,
    VLS_SAME_YES = 1,
    VLS_SAME_NO = 2,
    VLS_SAME_UNSURE = 3 /* said so, or said differently by people who did not know of each other */
};
/** A term of the vocabulary "verdict"; a term of a newer version reads as unsure. */
VLS_API enum vls_same vls_same_of(struct vls_slice term);
VLS_API const char *vls_same_term(enum vls_same v); /* "same", "different", "unsure"; "" for unjudged */
/** The verdict that n live ones make: theirs when they agree, unsure when they do not. */
VLS_API enum vls_same vls_verdict_current(const enum vls_same *live, size_t n);

/* One judged pair; several links may judge the same pair, in either order. */
struct vls_link {
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN];
    enum vls_same verdict;
};

/* One record that some link names. */
struct vls_grouped {
    uint8_t id[VLS_ID_LEN];
    size_t canonical; /* index of the member that stands for it: the lowest id of its group */
    bool contested;   /* "same" in a chain that something contradicts: pooled with nobody */
};

/**
 * Makes one link of all that judge one pair and orders them by (a, b), a < b; links of a record with
 * itself go. Returns how many remain, at the front.
 */
VLS_API size_t vls_links_settle(struct vls_link *links, size_t n);
/** The verdict on a pair, in settled links. */
VLS_API enum vls_same vls_links_verdict(const struct vls_link *links, size_t n, const uint8_t x[VLS_ID_LEN],
                                        const uint8_t y[VLS_ID_LEN]);
/**
 * Joins what settled links judge the same, transitively. A group in which two members are judged
 * different or unsure is not joined at all. out has room for 2 * n members and receives them ordered by
 * id; returns their number.
 */
VLS_API size_t vls_links_group(struct vls_grouped *out, const struct vls_link *links, size_t n);
/**
 * The first link, in settled ones, that keeps x and y from being joined although a chain of "same" leads from one to
 * the other; NULL when nothing does, or no chain does. scratch has room for 2 * n members. Borrowed from links.
 */
VLS_API const struct vls_link *vls_links_obstacle(struct vls_grouped *scratch, const struct vls_link *links, size_t n,
                                                  const uint8_t x[VLS_ID_LEN], const uint8_t y[VLS_ID_LEN]);
/** The id that stands for id: its canonical one, or itself when no group has it. Borrowed from an argument. */
VLS_API const uint8_t *vls_group_of(const struct vls_grouped *groups, size_t n, const uint8_t id[VLS_ID_LEN]);

#ifdef __cplusplus
}
#endif
#endif
