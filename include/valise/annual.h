#ifndef VALISE_ANNUAL_H
#define VALISE_ANNUAL_H

#include "valise/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The yearly report on non-cooperation, as facts: which paragraphs it has, what each rests on, and what has to be
 * looked at before it is signed. The sentences are the caller's. A function of the records that every member reads, so
 * that two posts draft one text (others are points, and keep a paragraph from denying them): nothing is written, nothing
 * is corrected. Only records marked CLEAR lend their words; travel, action and transmissions lend no more than that
 * there were some (category statements). Everything returned is borrowed and lives until vls_annual_close, which wipes
 * it. Source: domain.md 3.1, 3.3, W11.
 */
struct vls_annual;

/* Sections of the report; the machine names are "introduction", "states-parties", … */
enum vls_section {
    VLS_SECTION_INTRODUCTION,
    VLS_SECTION_STATES_PARTIES,
    VLS_SECTION_COUNCIL,
    VLS_SECTION_NOT_PARTIES,
    VLS_SECTION_ACTION,
    VLS_SECTION_COUNCIL_REPORTS,
    VLS_SECTION_CONSULTATIONS,
    VLS_SECTION_RECOMMENDATIONS,
    VLS_SECTION_ANNEX,
    VLS_SECTION_POINTERS,
    VLS_N_SECTIONS
};
VLS_API const char *vls_section_name(enum vls_section section);

/* What a paragraph says; the caller has the words. */
enum vls_say {
    VLS_SAY_BASIS,
    VLS_SAY_HISTORY,
    VLS_SAY_QUOTE, /* facts: adopted language, text and place */
    VLS_SAY_FOCAL_RULE,
    VLS_SAY_APPOINTED, /* facts: States, by date */
    VLS_SAY_PERIOD,
    VLS_SAY_REVIEW, /* facts: documents of the review by date, then recommendations of the experts by number */
    VLS_SAY_DUTY_PARTIES,
    VLS_SAY_PROCEEDINGS,  /* facts: rulings, by date */
    VLS_SAY_NIL,          /* that there were none; ready only when somebody attests it: by, at (a day) and how */
    VLS_SAY_DUTY_COUNCIL, /* number: the resolution */
    VLS_SAY_VISITS,       /* facts: visits and agreements, by date */
    VLS_SAY_ENCOURAGE,
    VLS_SAY_DUTY_OTHERS,
    VLS_SAY_PRESIDENT,
    VLS_SAY_RECEIVED, /* sources: the kinds that occur */
    VLS_SAY_SHARED,
    VLS_SAY_GROUPS,
    VLS_SAY_TOLD,
    VLS_SAY_COUNCIL, /* number: the resolution; facts: reports, each followed by its key points */
    VLS_SAY_CONSULTED,
    VLS_SAY_MEETINGS,  /* facts: by kind, then date */
    VLS_SAY_RECOMMEND, /* fact: the recommendation's text */
    VLS_SAY_LANGUAGE,  /* fact: proposed language, with what it replaces */
    VLS_SAY_PROCEDURES, /* annex II: where they stand */
    VLS_SAY_TOOLKIT,    /* annex III */
    VLS_SAY_BY_HAND    /* only what was written by hand */
};
VLS_API const char *vls_say_name(enum vls_say say);

enum vls_para_state {
    VLS_PARA_READY,
    VLS_PARA_GAP,     /* something stands against it: see the points */
    VLS_PARA_ATTEST,  /* somebody has to attest that there was nothing */
    VLS_PARA_WITHHELD /* by hand */
};
VLS_API const char *
vls_para_state_name(enum vls_para_state state); /* "ready", "gap", "needs-attestation", "withheld" */

enum vls_fact_kind {
    VLS_FACT_PROCEEDING,  /* text: decision, term: kind, detail: finding, second: referral, country, date */
    VLS_FACT_NIL,         /* what it is attested by */
    VLS_FACT_MEETING,     /* term: kind, date */
    VLS_FACT_COUNCIL,     /* number: ordinal, text: presenter or "", date */
    VLS_FACT_KEY_POINT,   /* text */
    VLS_FACT_APPOINTMENT, /* country, date, detail: regional group */
    VLS_FACT_VISIT,       /* text: visitor, detail: places, country, date */
    VLS_FACT_AGREEMENT,   /* term: kind, text: subject, date */
    VLS_FACT_TEXT,        /* text, detail: where it stands; second: the text it replaces */
    VLS_FACT_REVIEW,      /* text: number */
    VLS_FACT_DOCUMENT,    /* text: title, detail: symbol, date */
    VLS_FACT_RESTS        /* a record that a category statement rests on: none of its words may be used */
};

struct vls_fact {
    enum vls_fact_kind kind;
    uint8_t id[VLS_ID_LEN];
    const char *ref;
    bool has_date;
    struct vls_date date;
    const struct vls_country *country; /* NULL: none */
    int64_t number;
    /* From here to the end nothing but strings, "" when there is none: the guard against names reads them all. */
    const char *term, *label; /* machine value, and its label in the report's language */
    const char *text, *detail, *second;
};

/* Kinds of source, as bits, in the order in which they are named. What nobody told (press, own observation) is none. */
enum vls_told_by {
    VLS_TOLD_COURT = 1 << 0,
    VLS_TOLD_STATES_PARTIES = 1 << 1,
    VLS_TOLD_CIVIL_SOCIETY = 1 << 2,
    VLS_TOLD_OTHER_STATES = 1 << 3,
    VLS_TOLD_ORGANISATIONS = 1 << 4
};

struct vls_para {
    unsigned no; /* of the template: a paragraph without records is left out, the others keep their number */
    enum vls_section section;
    enum vls_say say;
    enum vls_para_state state;
    int64_t number;                    /* a resolution; 0: none */
    const struct vls_country *country; /* the State that it obliges; NULL: none */
    unsigned told_by;                  /* enum vls_told_by */
    const struct vls_fact *fact;
    size_t n_facts;
    const char *by_hand; /* what stands in its place, "" when nothing does */
    const char *by_hand_ref;
    bool locked;
};

/* Something to look at. Gaps keep a paragraph from being printed as it stands; the others do not. */
enum vls_point_kind {
    VLS_POINT_UNSHARED,    /* gap: a report of a State or of civil society that the Court was not told of */
    VLS_POINT_LEFT_OUT,    /* gap: the same, deliberately */
    VLS_POINT_NO_NIL,      /* gap: no attestation; detail: section, other: scope */
    VLS_POINT_NIL_UNSAID,  /* gap: a nil return that nobody has asserted */
    VLS_POINT_NIL_LACKS,   /* gap: one whose attestation does not say what makes it one; detail: which of by, at, how */
    VLS_POINT_NOT_CLEAR,   /* gap: the record belongs here and is not marked CLEAR */
    VLS_POINT_NAMES,       /* gap: the words name a traveller, a destination or an informant; other: where from */
    VLS_POINT_VOID,        /* the nil return (ref) does not count since the proceeding (other) */
    VLS_POINT_NIL_SCOPE,   /* a nil return on the Council's situations without a known resolution */
    VLS_POINT_NO_STATE,    /* gap: a proceeding whose State is not known */
    VLS_POINT_UNPLACED,    /* gap: a proceeding that may belong here: its day, or its State, is not known */
    VLS_POINT_APART_HOLDS, /* gap: a proceeding that not every member reads; detail: its compartment */
    VLS_POINT_NO_CONDUCT,  /* category by the day of the decision: the conduct is not recorded */
    VLS_POINT_OUTSIDE,     /* dated outside this period, and in no other one on record */
    VLS_POINT_STRADDLES,   /* its date is too wide to tell */
    VLS_POINT_IMPOSSIBLE,  /* a date that names no day; detail: the words */
    VLS_POINT_YEAR_INFERRED, /* the words as written have no year; detail: the words */
    VLS_POINT_WEEKEND,
    VLS_POINT_NO_ACTOR,         /* an action whose actor is not recorded */
    VLS_POINT_CITED_OLDER,      /* the document cited is older than what it is cited for */
    VLS_POINT_CITED_SUPERSEDED, /* the document cited was revised by other */
    VLS_POINT_FIFTH,            /* five are appointed, and no request of the President is recorded */
    VLS_POINT_GROUP_TWICE,      /* two appointed of one regional group; other: the second */
    VLS_POINT_PRESENTERS,       /* reports of one paragraph by different office holders */
    VLS_POINT_CONSIDERED,       /* considered in a year that ends before the session that decides */
    VLS_POINT_EVENT,            /* an event of the period that no paragraph of its section tells */
    VLS_POINT_NIL_PERIOD,       /* a nil return that speaks of no period on record; detail: which */
    VLS_POINT_TWICE,            /* entered twice; other: the one that is told */
    VLS_POINT_APART,            /* not every member reads it, so it is not told; detail: its compartment */
    VLS_POINT_UNKNOWN_TERM,     /* gap: a value of a list that this version does not know */
    VLS_POINT_NO_OPENING,       /* gap: the day on which the period begins is not known */
    VLS_POINT_TWO_TEXTS,        /* a second text by hand for one paragraph; other: the first */
    VLS_N_POINTS
};
VLS_API const char *vls_point_name(enum vls_point_kind kind);
VLS_API bool vls_point_is_gap(enum vls_point_kind kind);

struct vls_point {
    enum vls_point_kind kind;
    unsigned para;
    uint8_t id[VLS_ID_LEN];
    const char *ref; /* "" when there is no record */
    const char *other;
    const char *detail;
    bool has_date;
    struct vls_date date;
    bool settled; /* no gap any more: somebody wrote the paragraph by hand, or holds it back */
};

struct vls_sign_off {
    const char *by, *at, *language, *hash;
};

struct vls_period {
    uint8_t id[VLS_ID_LEN];
    const char *ref, *name;
    bool has_sessions;
    int64_t from_session, to_session;
    struct vls_date opens, closes; /* closes.last is VLS_DAY_MAX while it is not known */
    bool has_closes;
    bool has_draft;
    uint8_t draft[VLS_ID_LEN];
    const char *draft_ref, *release; /* "" without a draft */
    const char *marking; /* of the draft as a paper, until it is published: "green" unless its record says otherwise */
    const struct vls_sign_off *sign_off;
    size_t n_sign_offs;
};

/**
 * The report of a period; NULL: of the one that is open at now_unix, else of the last that has opened. lang is that of
 * labels and of what was written by hand.
 *
 * Errors: VLS_ENOTFOUND, no such period is recorded; those of vls_store_list.
 */
VLS_API enum vls_code vls_annual_open(struct vls_annual **out, struct vls_store *s, const uint8_t *period,
                                      int64_t now_unix, const char *lang, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_annual_close(struct vls_annual *a);
VLS_API const struct vls_period *vls_annual_period(const struct vls_annual *a);
/** By number. */
VLS_API const struct vls_para *vls_annual_paras(const struct vls_annual *a, size_t *n);
/** By paragraph, gaps first, then by kind and record. */
VLS_API const struct vls_point *vls_annual_points(const struct vls_annual *a, size_t *n);
/** What a text that is to stand in a paragraph names and must not: the record it is known from. False: nothing. */
VLS_API bool vls_annual_names(const struct vls_annual *a, unsigned para, struct vls_slice text, const char **ref);

/**
 * The hash that a sign-off holds (schemas/domain/report-draft.kind): begun with the language, then each paragraph in
 * order, with its text, empty when it is not ready.
 */
VLS_API void vls_annual_hash_begin(uint8_t hash[VLS_HASH_LEN], const char *lang);
VLS_API void vls_annual_hash_add(uint8_t hash[VLS_HASH_LEN], const struct vls_para *p, struct vls_slice text);

/* A nil return that does not count any more; nothing was deleted. */
struct vls_void {
    uint8_t nil[VLS_ID_LEN], since[VLS_ID_LEN];
    char nil_ref[VLS_REF_TEXT], since_ref[VLS_REF_TEXT];
    char by[64]; /* the delegation that recorded the nil return */
};
/**
 * All of them, by id, at the cost of nil returns and proceedings, however many other records there are. *out is the
 * caller's to free.
 */
VLS_API enum vls_code vls_annual_voids(struct vls_void **out, size_t *n, struct vls_store *s,
                                       struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
