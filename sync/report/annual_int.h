#ifndef VALISE_ANNUAL_INT_H
#define VALISE_ANNUAL_INT_H

#include "valise/annual.h"

#include "report_int.h"

/* Kinds that only the yearly report reads, by their names in schemas/domain/; one that a version does not have has no
 * records. */
enum an_kind {
    AN_PERIOD,
    AN_NIL,
    AN_PROCEEDING,
    AN_MEETING,
    AN_COUNCIL,
    AN_DRAFT,
    AN_PARAGRAPH,
    AN_APPOINTMENT,
    AN_VISIT,
    AN_AGREEMENT,
    AN_MANDATE,
    AN_RECOMMENDATION,
    AN_REVIEW,
    AN_SESSION,
    AN_WARRANT,
    AN_DOCUMENT,
    AN_CITATION,
    AN_EVENT,
    AN_OFFICE,
    AN_N_KINDS
};

struct an_word; /* one word that must not stand in a report (annual_names.c) */

struct vls_annual {
    struct vls_report *r; /* reports, travel, transmissions, actions; its arena holds everything here */
    struct rp_list list[AN_N_KINDS];
    struct rp_list apart; /* of compartments that not every member reads: they feed nothing, and points name them */
    struct rp_list former; /* guarded records that were corrected, with what they said before */
    struct vls_period period;
    const struct vls_record *record; /* of the period */
    struct an_scope *scope;          /* of each proceeding */
    int32_t first, last;             /* days that belong to it */
    int64_t before_unix;             /* cut-off: what comes in from then on belongs to the next one */
    struct vls_para *para;
    size_t n_paras, cap_paras;
    struct vls_point *point;
    size_t n_points, cap_points;
    bool *sealed_person, *sealed_trip; /* by the root of their groups */
    bool *traveller; /* by the root of the person's group */
    struct an_word *word;
    size_t n_words, cap_words;
};

/* ---- annual_read.c: records, periods, days ---- */

enum vls_code vls__an_new(struct vls_annual **out, struct vls_store *s, int64_t now_unix, const char *lang,
                          struct vls_error *err);
/* A record of any kind that is read; others are passed over. */
enum vls_code vls__an_feed(struct vls_annual *a, const struct vls_record *rec, struct vls_error *err);
/* All records of some kinds, by the bits of enum an_kind; with the base kinds (travel and what was done about it) or
 * not. */
enum vls_code vls__an_read(struct vls_annual *a, unsigned kinds, bool base, struct vls_error *err);
/* The trips that the proceedings are about, and their stages, for when not everything is read. */
enum vls_code vls__an_read_conduct(struct vls_annual *a, struct vls_error *err);
/* Sorts and indexes what was fed. */
enum vls_code vls__an_index(struct vls_annual *a, struct vls_error *err);
/* Makes a period record the one that is asked about. */
void vls__an_period(struct vls_annual *a, const struct vls_record *period);
/* Everything of a period: paragraphs and points. VLS_ENOTFOUND: no such one. */
enum vls_code vls__an_build(struct vls_annual *a, const uint8_t *period, struct vls_error *err);
/* The i-th document that a record cites, or names in a field (NULL: none); NULL after the last. */
const struct vls_record *vls__an_cited(const struct vls_annual *a, const struct vls_record *rec, const char *field, size_t i);
/* Who held the Prosecutor's office on a day, by what is recorded of offices; NULL: not known, or two. */
const struct vls_record *vls__an_prosecutor(const struct vls_annual *a, int32_t day);
/* In a list that vls__an_index has sorted. */
const struct vls_record *vls__an_in(const struct rp_list *list, const uint8_t *id);
const struct vls_record *vls__an_find(const struct vls_annual *a, enum an_kind kind, const uint8_t *id);

bool vls__an_date(const struct vls_record *rec, const char *field, struct vls_date *out);
bool vls__an_int(const struct vls_record *rec, const char *field, int64_t *out);
/* Marked CLEAR, without a caveat. */
bool vls__an_clear(const struct vls_record *rec);
bool vls__an_has_caveat(const struct vls_record *rec, const char *term);
/* A copy of the first shown text. */
const char *vls__an_text(struct vls_annual *a, const struct vls_record *rec, const char *field);
/* The label of an ENUM field's value in the report's language; "" where this version does not know it. */
const char *vls__an_label(struct vls_annual *a, const struct vls_record *rec, const char *field);
/* The marking as a word that this version knows; what it does not know, and what is not marked, is RED. */
const char *vls__an_tlp(const struct vls_record *rec);
/* Whether this version knows every value that a record has of a list. */
bool vls__an_terms_known(const struct vls_record *rec);
/* Under seal, and nothing that a paragraph could deny. */
bool vls__an_passed_over(const struct vls_record *rec);
/* Equal but for case and accents. Without memory nothing is made of this report (vls__an_ok). */
bool vls__an_same_folded(const struct vls_annual *a, struct vls_slice one, struct vls_slice other);
/* Whether a text holds a number as a number of its own ("resolution 1593 (2005)" holds 1593). */
bool vls__an_holds_number(struct vls_slice text, const char *number);
/* The number in the text that begins it, or 0: "1593 (2005)" is 1593. */
int64_t vls__an_leading_number(struct vls_slice text);
bool vls__an_instant_in(const struct vls_annual *a, const struct vls_record *rec, const char *field);

enum an_when { AN_OUTSIDE, AN_INSIDE, AN_STRADDLES, AN_NO_DAY };
enum an_when vls__an_when(const struct vls_annual *a, const struct vls_date *d);

/* ---- paragraphs and points ---- */

/* NULL when memory is short. */
struct vls_para *vls__an_para(struct vls_annual *a, unsigned no, enum vls_section section, enum vls_say say);
/* A fact of the last paragraph of a list; zeroed but for what a record gives by itself. */
struct an_facts {
    struct vls_fact *v;
    size_t n, cap;
};
struct vls_fact *vls__an_fact(struct vls_annual *a, struct an_facts *to, enum vls_fact_kind kind,
                              const struct vls_record *rec);
void vls__an_facts_sort(struct an_facts *f); /* by date, then id; key points stay behind their report */
struct vls_point *vls__an_point(struct vls_annual *a, enum vls_point_kind kind, unsigned para,
                                const struct vls_record *rec);
/* Says in a point that a date names no day, or had no year. */
void vls__an_odd_date(struct vls_annual *a, unsigned para, const struct vls_record *rec, const struct vls_date *d);
/* Whether a dated record belongs to the period; a point says what is odd about its date. */
bool vls__an_belongs(struct vls_annual *a, unsigned para, const struct vls_record *rec, const char *field,
                     struct vls_date *out);
/* The marking of a record that belongs: false, and a point, when the record may not lend its words. */
bool vls__an_lends(struct vls_annual *a, struct vls_para *p, const struct vls_record *rec);
enum vls_code vls__an_ok(const struct vls_annual *a, struct vls_error *err);

/* ---- annual_court.c: sections II to IV ---- */

/* The section of a nil return or proceeding, and the resolution within the Council's; -1 when it cannot be told. */
struct an_scope {
    int standing; /* enum vls_standing */
    const char *resolution;
    bool by_decision; /* by the day of the decision: no conduct with a day is recorded */
};
struct an_scope vls__an_scope_of(const struct vls_annual *a, const struct vls_record *proceeding);
/* Of all proceedings, in the order of their list, once for all nil returns. */
bool vls__an_scopes(struct vls_annual *a);
/* The proceeding that stands against a nil return of the present period; NULL: none. */
const struct vls_record *vls__an_contrary(const struct vls_annual *a, const struct vls_record *nil);
/* Whether a nil return speaks of this period. */
bool vls__an_nil_of(const struct vls_annual *a, const struct vls_record *nil, const struct vls_record *period);
/* The paragraph that a nil return speaks for; the first of its section where it does not say which situation. */
unsigned vls__an_para_of_nil(const struct vls_record *nil);
/* The standing of the States that a paragraph on proceedings is about; -1 for another paragraph. */
int vls__an_block_of(unsigned para);
void vls__an_court(struct vls_annual *a);

/* ---- annual_attest.c ---- */

#define AN_LACKS sizeof "by, at, how"
/* Whether one entry of a nil return says by whom, on which day and how; else what the best of them lacks ("at, how"), ""
 * where there is no entry at all. */
bool vls__an_attested(const struct vls_record *nil, char lacks[AN_LACKS]);

/* ---- annual_apart.c: what not every member reads ---- */

/* Whether a record is left to that list; periods, drafts and what seals count wherever they are. */
bool vls__an_apart(enum an_kind kind, const struct vls_record *rec);
/* Names what was left out; a ruling among it keeps its paragraph from denying it. */
void vls__an_left_apart(struct vls_annual *a);

/* ---- the other sections ---- */

void vls__an_introduction(struct vls_annual *a); /* annual_intro.c */
void vls__an_visits(struct vls_annual *a); /* annual_told.c, with the Council's reports, meetings, recommendations */
void vls__an_travel(struct vls_annual *a); /* annual_travel.c */
void vls__an_council(struct vls_annual *a);
void vls__an_meetings(struct vls_annual *a);
void vls__an_recommendations(struct vls_annual *a);
void vls__an_checks(struct vls_annual *a); /* annual_check.c */

/* ---- annual_twice.c: what two posts recorded is told once ---- */

void vls__an_once(struct vls_annual *a);

/* ---- annual_seal.c: what is under seal ---- */

enum vls_code vls__an_seals(struct vls_annual *a, struct vls_error *err);
/* A report, action or transmission that is about something under seal. */
bool vls__an_sealed(const struct vls_annual *a, const struct vls_record *rec);

/* ---- annual_names.c: who and what must not be named; annual_hand.c: what was written by hand ---- */

enum vls_code vls__an_words(struct vls_annual *a, struct vls_error *err);
/* Looks at every word that a paragraph borrows; what names somebody is taken out, and a point says so. */
void vls__an_guard(struct vls_annual *a);
/* A point of a record that is not CLEAR, or whose words name somebody, keeps its reference only; one of a record under
 * seal goes, unless it is a gap. */
void vls__an_guard_points(struct vls_annual *a);
/* Keeps the words of the period itself out of the text when they name somebody, and when they name no day. */
void vls__an_guard_period(struct vls_annual *a, struct vls_para *p);
void vls__an_by_hand(struct vls_annual *a);

#endif
