#ifndef VALISE_REPORT_H
#define VALISE_REPORT_H

#include "valise/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Read-only questions over the store, answered as rows: what was not yet shared with the Court, what
 * is known about travel, which records may be the same, what a conflict is about, what would leave.
 * Nothing here prints or writes. Everything returned is borrowed from the report and lives until
 * vls_report_close, which wipes it. Source: schemas/output/README.md; domain.md W3, W4, W5, W9.
 */
struct vls_report;
struct rp_block;

/** Reads once what the questions below need. now_unix is the clock that is shown. */
VLS_API enum vls_code vls_report_open(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang,
                                      struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_report_close(struct vls_report *r);
/**
 * What waits, at the cost of what has changed since this was last asked: a report that answers vls_report_unshared,
 * vls_report_left_out, vls_report_recalls and vls_report_pair_count as one of vls_report_open does, and nothing else.
 * Keeps notes in the store (valise/notes.h); where they cannot be written it answers all the same, but on a full disk
 * nothing can be asked of the store afterwards: ask this last.
 */
VLS_API enum vls_code vls_report_open_waiting(struct vls_report **out, struct vls_store *s, int64_t now_unix,
                                              const char *lang, struct vls_error *err) VLS_MUST_USE;

/* ---- durations ---- */

/* How long something took or has lasted, in seconds; a range where an instant is known to the hour or
 * day only. */
struct vls_span {
    bool known;
    bool negative; /* sent before it was received, whatever the precision: an error in the records */
    int64_t min_s, max_s;
};

/** From one instant to another. A range that begins below zero but ends above it begins at zero. */
VLS_API void vls_span_between(struct vls_span *out, const struct vls_instant *from, const struct vls_instant *to);
/** The earlier one; of two that may overlap (one known to the day only) the one that may be earlier. */
VLS_API const struct vls_instant *vls_instant_earlier(const struct vls_instant *a, const struct vls_instant *b);

/* ---- what the Court does not know yet ---- */

enum vls_warning {
    VLS_WARN_NONE = 0,
    VLS_WARN_LATE = 1,  /* older than 24 hours */
    VLS_WARN_URGENT = 2 /* older than 2 hours and arrival within 72 hours, or travel has begun */
};

/* Levels, in seconds. Source: domain.md W4 (a proposal, no authority lays down a number of hours). */
#define VLS_LATE_S           (24 * 3600)
#define VLS_URGENT_S         (2 * 3600)
#define VLS_URGENT_ARRIVAL_S (72 * 3600)

VLS_API enum vls_warning vls_warning_of(const struct vls_span *age, bool has_arrival, int64_t to_arrival_s);

/* An info report that no transmission to the Court covers, and that did not come from the Court. */
struct vls_unshared {
    uint8_t id[VLS_ID_LEN];
    const char *ref, *title;
    const char *delegation, *post; /* who recorded it */
    bool has_received;
    struct vls_instant received;
    struct vls_span age;
    bool has_travel;
    int32_t days_to_travel; /* earliest possible day of travel minus today, negative once begun */
    enum vls_warning warning;
};
/** The most pressing first: warning, then days to travel, then age. */
VLS_API const struct vls_unshared *vls_report_unshared(const struct vls_report *r, size_t *n);
/** Reports that the Court was deliberately not told, a reason being on record. */
VLS_API size_t vls_report_left_out(const struct vls_report *r);

/* ---- travel ---- */

enum vls_court {
    VLS_COURT_NOT_TOLD = 0,
    VLS_COURT_TOLD = 1,
    VLS_COURT_IS_SOURCE = 2, /* every report of it came from the Court */
    VLS_COURT_NO_REPORT = 3, /* nobody told us anything: entered directly, and not sent */
    VLS_COURT_LEFT_OUT = 4   /* deliberately not told, with a reason */
};

/** True for the delegation name of the Court itself, in either language. */
VLS_API bool vls_delegation_is_court(const char *delegation);

enum vls_informed { VLS_NOT_INFORMED = 0, VLS_INFORMED = 1, VLS_LEFT_OUT = 2 /* deliberately, with a reason */ };

/* AFR, APG, EEG, GRULAC, WEOG: the order of vls_group_name. */
#define VLS_N_GROUPS 5
VLS_API const char *vls_group_name(size_t i);

/* One stage: a leg, or the legs of joined trips that can only be the same stay. */
struct vls_stage {
    const char *place;          /* "" when unknown */
    const char *const *country; /* alpha-2, sorted; several are rivals */
    size_t n_countries;
    const char *kind; /* machine value, "" when none */
    bool has_arrive, has_depart;
    bool conflict; /* a conflict in one of its legs is open */
    struct vls_date arrive, depart;
};

/* One trip, or several that were judged the same, shown once under the lowest id (domain.md W9). */
struct vls_trip {
    uint8_t id[VLS_ID_LEN];
    const char *ref;
    const char *const *alias; /* references of the others that were joined to it */
    size_t n_alias;
    const uint8_t (*member)[VLS_ID_LEN]; /* all of them, ascending; the first is id */
    size_t n_members;
    bool has_person;
    uint8_t person[VLS_ID_LEN];
    const char *person_ref, *person_name;
    const char *to;             /* "Addis Ababa ET"; "MN / MD" while contested; stages by "; " in order */
    bool contested;             /* a leg has rival countries: no draft to any of them */
    const char *const *country; /* alpha-2 codes of all active legs, overflights apart, sorted, each once */
    size_t n_countries;
    const struct vls_stage *stage; /* in travelling order, overflights and returns too */
    size_t n_stages;
    const char *occasion; /* "" when none */
    bool has_dates;
    struct vls_date dates;      /* of the whole journey; edtf and words borrowed */
    const char *dates_text;     /* "2027-04-12/15", words as written for an impossible date, "" */
    const char *status;         /* machine value, "" when none */
    const char *status_label;   /* in the report's language */
    bool fell_back;             /* the reports it rested on were retracted: shown as potential */
    bool conflict;              /* a conflict in one of its records is open */
    const char *const *differs; /* fields in which joined records disagree: the policy shows one of their values */
    size_t n_differs;
    int32_t days;                /* first possible day minus today; meaningful with has_dates */
    size_t n_reports, n_sources; /* reports resting under it; independent sources among them */
    enum vls_court court;
    struct vls_span delay; /* earliest receipt to earliest transmission */
    bool has_sent;
    struct vls_instant sent;
    bool has_receipt;
    struct vls_instant receipt; /* by the Court: its acknowledgement, or the proof in its envelopes */
    enum vls_informed group[VLS_N_GROUPS];
    size_t n_actions;
    bool has_outcome;
    const char *outcome; /* label */
    size_t n_recalls;    /* transmissions of it whose addressees wait to be told something */
};
/** By first possible day, those without dates last, then id. */
VLS_API const struct vls_trip *vls_report_trips(const struct vls_report *r, size_t *n);
/** The trip row that a trip (joined or not) belongs to; NULL when it is no live trip. */
VLS_API const struct vls_trip *vls_report_trip_of(const struct vls_report *r, const uint8_t trip[VLS_ID_LEN]);
/** The file that stands for a person, itself when it was joined to none. Borrowed. NULL: no live person. */
VLS_API const uint8_t *vls_report_person_of(const struct vls_report *r, const uint8_t person[VLS_ID_LEN]);
/** Earliest transmission to the Court that covers this very report, minus its receipt. False: not sent. */
VLS_API bool vls_report_delay(const struct vls_report *r, const uint8_t info[VLS_ID_LEN], struct vls_span *out);

/* ---- possible duplicates ---- */

enum vls_pair_kind { VLS_PAIR_TRIP = 0, VLS_PAIR_PERSON = 1 };

/* What is said beside two values that are compared; the caller has the words. */
enum vls_remark {
    VLS_REMARK_SAME = 0,
    VLS_REMARK_DIFFERENT,
    VLS_REMARK_ONE_ONLY,   /* only one of the two says anything */
    VLS_REMARK_SAME_PLACE, /* spelled differently */
    VLS_REMARK_SAME_COUNTRY,
    VLS_REMARK_NARROWER_SHOWN,
    VLS_REMARK_ALARMING_SHOWN,
    VLS_REMARK_BOTH_KEPT,
    VLS_REMARK_ALIKE
};
VLS_API const char *vls_remark_name(enum vls_remark remark); /* "same-place": stable, for machines */

/* One line of the comparison. */
struct vls_pair_line {
    const char *field; /* machine name: "to", "dates", "status", "told-by", "name", … */
    const char *a, *b; /* as text for people */
    enum vls_remark remark;
};

struct vls_pair {
    enum vls_pair_kind kind;
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN]; /* a < b */
    const char *ref_a, *ref_b;
    const char *by_a, *by_b;           /* delegations that recorded them */
    const char *subject_ref, *subject; /* the person whose trips they are; "" for persons */
    int likeness;                      /* per mille */
    unsigned why;                      /* enum vls_why of valise/reconcile.h */
    bool unsure;                       /* somebody looked and could not tell, or two answers disagree */
    const struct vls_pair_line *line;
    size_t n_lines;
};
/** Pairs that nobody has judged, the likeliest first, then by id. Those judged unsure come last. */
VLS_API const struct vls_pair *vls_report_pairs(const struct vls_report *r, size_t *n);
/* An answer that contradicts others: what is judged the same is not joined because of it. */
struct vls_obstacle {
    const char *ref_a, *ref_b;
    bool different; /* else unsure, or judged both ways */
};
/** What keeps a and b apart, although a chain of "same" leads from one to the other. False: nothing. */
VLS_API bool vls_report_obstacle(struct vls_report *r, enum vls_pair_kind kind, const uint8_t a[VLS_ID_LEN],
                                 const uint8_t b[VLS_ID_LEN], struct vls_obstacle *out);
struct vls_pair_count {
    size_t n_sure, n_unsure;              /* judged by nobody; judged unsure */
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN]; /* the likeliest of those that nobody judged, when there is one */
    char ref_a[VLS_REF_TEXT], ref_b[VLS_REF_TEXT];
};
VLS_API void vls_report_pair_count(const struct vls_report *r, struct vls_pair_count *out);
/** How many pairs were compared in detail; lets tests see that buckets work. */
VLS_API uint64_t vls_report_pairs_compared(const struct vls_report *r);

/* ---- conflicts ---- */

/* Why a rule chose what it chose; the caller has the words. */
enum vls_rule {
    VLS_RULE_ORDER = 0, /* neither knew of the other; one is shown until somebody decides */
    VLS_RULE_DOCUMENT,  /* the value that the better document backs is shown */
    VLS_RULE_NARROWER,  /* the narrower date is shown */
    VLS_RULE_ALARMING,  /* the more alarming is shown */
    VLS_RULE_ALL_SHOWN, /* all are shown until somebody picks one */
    VLS_RULE_STRICTER,  /* the stricter is kept */
    VLS_RULE_EARLIER,   /* the earlier is kept */
    VLS_RULE_FURTHER,   /* the further stage is kept */
    VLS_RULE_WITHDRAWN, /* withdrawn by somebody who did not have all of its values; it stays so */
    VLS_RULE_PARAGRAPH  /* each paragraph as whoever changed it left it; where several did, one stands */
};
VLS_API const char *vls_rule_name(enum vls_rule rule); /* "document": stable, for machines */

enum vls_side { VLS_SIDE_SHOWN = 0, VLS_SIDE_OTHER = 1, VLS_SIDE_BEFORE = 2 };

struct vls_rival_row {
    enum vls_side side;
    struct vls_slice value; /* canonical */
    const char *delegation, *post;
    int64_t wall_unix_s;
    const char *cite; /* "" or what backs it */
    const char *reason;
};

/* A passage that several of the texts changed, in the order of the rows: what each has there. */
struct vls_passage {
    const char *before;      /* "" when something was added */
    const char *const *text; /* dispute.n_texts of them; "" where it was taken out */
};

struct vls_unseen_row {
    uint32_t field_no;
    const struct vls_field *field; /* NULL: unknown to this version */
    struct vls_slice value;        /* canonical */
    const char *delegation, *post;
    int64_t wall_unix_s;
};

struct vls_dispute {
    struct vls_conflict c;
    const char *record_ref, *title;
    const struct vls_field *field; /* NULL: unknown to this version */
    const char *compartment;
    enum vls_rule rule;
    const struct vls_rival_row *row; /* shown, others, then at most one before */
    size_t n_rows;
    /* Prose merged by paragraph: the first n_texts rows are the texts. A row's value is then the merged text in
     * which the row's own passages stand, CBOR null when nothing is left of it. */
    size_t n_texts; /* 0: no prose, or no two texts */
    const struct vls_passage *passage;
    size_t n_passages;
    /* VLS_RULE_WITHDRAWN: the values that the withdrawal did not know of. */
    const struct vls_unseen_row *unseen;
    size_t n_unseen;
    struct rp_block *mem_; /* private */
};
/** What a conflict is about; owned by the caller until vls_dispute_clear. Needs no report, since it is
 *  one record's matter (I9). Errors: those of vls_store_record. */
VLS_API enum vls_code vls_dispute_load(struct vls_dispute *out, struct vls_store *s, const struct vls_conflict *c,
                                       const char *lang, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_dispute_clear(struct vls_dispute *d);

/* ---- what addressees of earlier transmissions should be told ---- */

enum vls_recall_why {
    VLS_RECALL_CONSENT = 0, /* the source of a report that it rests on has withdrawn its consent to that */
    VLS_RECALL_WITHDRAWN,   /* a record that it rests on is withdrawn */
    VLS_RECALL_RESTRICTED   /* a record that it rests on is marked so that this addressee would not be told now */
};
VLS_API const char *vls_recall_term(enum vls_recall_why why); /* value of the field "recall" */

enum vls_knew {
    VLS_KNEW_NOT = 0,   /* sent before it was known there */
    VLS_KNEW = 1,       /* sent although it was known there */
    VLS_KNEW_UNSAID = 2 /* the transmission does not say what its author knew */
};

struct vls_recall_cause {
    enum vls_recall_why why;
    enum vls_knew knew;
    bool over;                     /* the source has consented again, knowing of the withdrawal */
    const char *record_ref;        /* the source, or what is withdrawn or marked */
    const char *delegation, *post; /* who withdrew or marked it */
    int64_t wall_unix_s;
    struct vls_dot dot;   /* the value that did */
    const char *told_ref; /* the transmission by which the addressee was told, "" when there is none */
};

struct vls_recall {
    uint8_t id[VLS_ID_LEN]; /* of the transmission */
    const char *ref;
    const char *to, *to_detail; /* machine values */
    const char *addressee;      /* label and detail */
    const char *marking;        /* at sending, machine value */
    const char *channel;        /* by which it went, machine value; "" when unknown */
    const struct vls_recall_cause *cause;
    size_t n_causes;
    bool open; /* one of them is neither over nor told */
};
/** Transmissions of which something has come to be known since, by id; of a report of what waits, only the open ones.
 */
VLS_API const struct vls_recall *vls_report_recalls(const struct vls_report *r, size_t *n);
/** A report that answers vls_report_recalls for one transmission, at the cost of what it rests on, and nothing else. */
VLS_API enum vls_code vls_report_open_recall(struct vls_report **out, struct vls_store *s,
                                             const uint8_t transmission[VLS_ID_LEN], int64_t now_unix, const char *lang,
                                             struct vls_error *err) VLS_MUST_USE;
/** The value of the field "since" that a cause makes. */
VLS_API const char *vls_recall_since(const struct vls_recall_cause *cause);

/* ---- sharing ---- */

enum vls_addressee {
    VLS_TO_COURT = 0,
    VLS_TO_PRESIDENT,
    VLS_TO_FOCAL_POINTS,
    VLS_TO_GROUP,
    VLS_TO_ALL_GROUPS,
    VLS_TO_STATE,
    VLS_TO_SECRETARIAT
};

struct vls_address {
    enum vls_addressee to;
    size_t group;                    /* VLS_TO_GROUP: index of vls_group_name */
    const struct vls_country *state; /* VLS_TO_STATE */
    const char *term;                /* value of the transmission's "to" field */
    char detail[16];                 /* its detail: group or country code, "" otherwise */
};
/** Reads "court", "court:prosecutor", "president", "group:AFR", "groups", "state:IE". Errors: VLS_EUSAGE. */
VLS_API enum vls_code vls_address_parse(struct vls_address *out, const char *words, struct vls_error *err) VLS_MUST_USE;

enum vls_refusal {
    VLS_MAY_SHARE = 0,
    VLS_REFUSED_RED,    /* RED cannot be released to a group, a State or the focal points together */
    VLS_REFUSED_SEALED, /* SEALED-MATTER */
    VLS_REFUSED_COURT_ONLY,
    VLS_REFUSED_FOCAL_ONLY,
    VLS_REFUSED_DESTINATION, /* NOT-TO-DESTINATION, and the destination would read it */
    VLS_REFUSED_CONTESTED,   /* rival countries, and the addressee is a State or a group */
    VLS_REFUSED_WITHDRAWN,
    VLS_REFUSED_RETURN,            /* it came from this very addressee */
    VLS_REFUSED_CONSENT_WITHDRAWN, /* its source has withdrawn its consent to that */
    VLS_REFUSED_NO_CONSENT,        /* its source has consented to other things only */
    VLS_REFUSED_CONSENT_UNREAD     /* of its source's consent something is logged in words that are not known here */
};
VLS_API const char *vls_refusal_name(enum vls_refusal refusal); /* "court-only": stable, for machines */

/** The words that an entry in a source's log of consent is written in, the i-th of "scope" and of "given"; NULL behind
 *  the last. */
VLS_API const char *vls_consent_scope(size_t i);
VLS_API const char *vls_consent_given(size_t i);
/** The scope that a release to an addressee needs. */
VLS_API const char *vls_consent_scope_of(enum vls_addressee to);
/**
 * Appends a typed entry as it is to be kept. A consent names in "renews" all that stands against it in the file as it is
 * here: whoever logs it has seen that.
 *
 * typed: an entry as vls_value_parse makes it. source: the file, NULL for a new one. n_renewed: withdrawals among them.
 *
 * Errors: VLS_EVALUE, scope or given is none of the words above.
 */
VLS_API enum vls_code vls_consent_entry(struct vls_buf *out, struct vls_slice typed, const struct vls_record *source,
                                        size_t *n_renewed, struct vls_error *err) VLS_MUST_USE;

struct vls_share_line {
    const char *name; /* machine name: "person", "trip", "claim", "source", "channel", "text" */
    const char *text; /* for "text" among what stays: "" (as told) */
};

struct vls_preview {
    uint8_t id[VLS_ID_LEN];
    const char *ref;
    struct vls_address to;
    enum vls_refusal refusal;
    const char *source_ref; /* of the source whose consent is lacking, else "" */
    const struct vls_share_line *leaves, *stays;
    size_t n_leaves, n_stays;
    const char *marking;                   /* tlp machine value of what leaves */
    const char *marking_here;              /* of the strictest record it rests on; differs when it is lowered */
    bool sent_before;                      /* something of this record was sent to this very addressee */
    const char *sent_before_ref;           /* the last such transmission, "" when there is none */
    const char *left_out_ref; /* the transmission that says that this very addressee was left out, "" when there is none */
    bool has_sent_before_at;
    struct vls_instant sent_before_at;
    const struct vls_trip *trip;     /* the one it is about; NULL: none, or several */
    const struct vls_trip *trip_off; /* the first that is cancelled, disproved or over; NULL: none */
    bool told_otherwise; /* the report gave other days or another place than its trip shows: its own leave */
    bool to_destination;                   /* the addressee is a State that the travel leads to */
    const uint8_t (*rests_on)[VLS_ID_LEN]; /* records whose values leave: report, trips, their stages */
    size_t n_rests_on;
    bool no_attribution;                 /* the receiving post may not be named as the origin either */
    const uint8_t (*covers)[VLS_ID_LEN]; /* what the transmission will cover */
    size_t n_covers;
    const uint8_t (*beneath)[VLS_ID_LEN]; /* other reports that what leaves rests on */
    size_t n_beneath;
    const struct vls_dot *known; /* values that the transmission says it knew: consents, markings, states of records */
    size_t n_known;
    bool has_received;
    struct vls_instant received; /* earliest receipt among them */
    const char *text;            /* what leaves, one "name: value" a line; its hash goes with the proof */
    const char *person, *place, *claim, *status, *free_text; /* what leaves, for the view; "" when not */
    bool has_dates;
    struct vls_date dates; /* edtf and words, for the view */
    const char *country;   /* "" when none, or contested */
};
/**
 * record: an info report or a trip. mine: the delegation that shares; a trip told to the Court covers
 * its reports of that trip too, those of others keep their own clock.
 *
 * Errors: VLS_ENOTFOUND; VLS_EVALUE, a kind that is not shared.
 */
VLS_API enum vls_code vls_report_preview(struct vls_report *r, const uint8_t record[VLS_ID_LEN], const char *mine,
                                         const struct vls_address *to, struct vls_preview *out,
                                         struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
