#ifndef VALISE_REPORT_INT_H
#define VALISE_REPORT_INT_H

#include <string.h>

#include "valise/reconcile.h"
#include "valise/report.h"

/* Memory of one report: given out in pieces, wiped and freed as a whole. */
struct rp_block;
struct rp_arena {
    struct rp_block *head;
    enum vls_code bad; /* VLS_OK or VLS_ENOMEM */
};

/* Zeroed bytes, NULL when there are none left (and bad is set). */
void *vls__rp_alloc(struct rp_arena *a, size_t n, size_t size);
const char *vls__rp_strn(struct rp_arena *a, const void *p, size_t n); /* "" when memory is short */
const char *vls__rp_str(struct rp_arena *a, const char *s);
/* Moves a buffer's text into the arena and empties the buffer. */
const char *vls__rp_take(struct rp_arena *a, struct vls_buf *b);
void vls__rp_arena_clear(struct rp_arena *a);

/* Room for one more than n items: v itself, or a copy twice as large. NULL when memory is short. */
void *vls__rp_room(struct rp_arena *a, void *v, size_t n, size_t *cap, size_t size);

static inline enum vls_code
rp_no_memory(struct vls_error *err)
{
    return VLS_FAIL(err, VLS_ENOMEM, "no memory for a report");
}

static inline bool
rp_french(const char *lang)
{
    return lang != NULL && strncmp(lang, "fr", 2) == 0;
}

static inline bool
rp_same_id(const uint8_t a[VLS_ID_LEN], const uint8_t b[VLS_ID_LEN])
{
    return memcmp(a, b, VLS_ID_LEN) == 0; /* record ids are not secret from their reader */
}

#define RP_TEXT_MAX (256u * 1024) /* of one piece of text for people */

/* Kinds that a report reads, by the names in schemas/domain/. */
enum rp_kind {
    RP_PERSON,
    RP_NAME,
    RP_SOURCE,
    RP_INFO,
    RP_TRIP,
    RP_LEG,
    RP_TRANSMISSION,
    RP_ACTION,
    RP_OUTCOME,
    RP_TRIP_LINK,
    RP_IDENTITY_LINK,
    RP_N_KINDS
};

/* Copies of live records, ascending by id. */
struct rp_list {
    const struct vls_record **v;
    size_t n, cap;
};

/* What people said about pairs of one kind's records, and the groups that follow from it. */
struct rp_groups {
    size_t *root;          /* by position: that of the lowest id of its group, its own when it is alone */
    struct vls_link *link; /* settled */
    size_t n_links;
};

/* Which records belong to which: pairs of positions, ascending once rp_index_sort was called. */
struct rp_edge {
    size_t from, to;
};
struct rp_index {
    struct rp_edge *v;
    size_t n, cap;
};

/* A transmission to the Court or elsewhere, by what it covers. */
struct rp_cover {
    const uint8_t *covered;
    const struct vls_record *transmission;
};

/* A transmission that tells what has come to be known of an earlier one. */
struct rp_notice {
    const uint8_t *of;
    const struct vls_record *notice;
};

struct vls_report {
    struct rp_arena arena;
    struct vls_store *store; /* NULL in tests that feed records */
    int64_t now_unix;
    int32_t today;
    const char *lang;
    const char *last_delegation, *last_post, *last_compartment; /* the copies made last */
    struct rp_list list[RP_N_KINDS];
    struct rp_groups trips, persons;                /* those that were judged the same */
    struct rp_index legs, infos, actions, outcomes; /* of the group of a trip, by its root */
    struct rp_index trips_of;                       /* an info's trips, by the info */
    struct rp_index files;                          /* of the group of a person, by its root */
    struct rp_cover *cover;                         /* ascending by covered */
    size_t n_covers, cap_covers;
    struct vls_trip *trip; /* rows */
    size_t n_trips;
    size_t *trip_row; /* by position in list[RP_TRIP]: its row */
    struct vls_unshared *unshared;
    size_t n_unshared, cap_unshared, n_left_out;
    struct vls_pair *pair;
    size_t n_pairs, cap_pairs;
    uint64_t n_compared;
    struct rp_notice *notice; /* by what they are about; NULL: not looked for yet */
    size_t n_notices;
    struct rp_list extra; /* read one by one: what is withdrawn, or of another kind */
    struct vls_recall *recall;
    size_t n_recalls, cap_recalls;
    bool from_notes; /* only what is open was read; the pairs are counted */
    struct vls_pair_count noted;
};

/* ---- read.c: records and their values ---- */

/* Copies a record's live rows; records of other kinds are passed over. */
enum vls_code vls__rp_feed(struct vls_report *r, const struct vls_record *rec, struct vls_error *err);
/* The same for a list of the caller's, whatever the kind. */
enum vls_code vls__rp_keep(struct vls_report *r, struct rp_list *list, const struct vls_record *rec,
                           struct vls_error *err);
/* With the values that were replaced, too. */
enum vls_code vls__rp_keep_past(struct vls_report *r, struct rp_list *list, const struct vls_record *rec,
                                struct vls_error *err);
/* A report without records. */
enum vls_code vls__rp_new(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang,
                          struct vls_error *err);
uint32_t vls__rp_kind_no(enum rp_kind kind);
enum rp_kind vls__rp_kind_of(const struct vls_record *rec); /* RP_N_KINDS for all others */
void vls__rp_sort(struct vls_report *r);
/* Sorts what was fed and answers everything that needs no store. */
enum vls_code vls__rp_build(struct vls_report *r, struct vls_error *err);

#define RP_NONE SIZE_MAX
/* Position of a record in its list, RP_NONE when it is not live. */
size_t vls__rp_find(const struct vls_report *r, enum rp_kind kind, const uint8_t id[VLS_ID_LEN]);
const struct vls_field *vls__rp_field(const struct vls_record *rec, const char *name);
/* The i-th shown row of a field; NULL after the last. */
const struct vls_row *vls__rp_row(const struct vls_record *rec, const char *name, size_t i);
/* First shown value as text (TEXT, ENUM, COUNTRY); an empty slice when there is none. */
struct vls_slice vls__rp_text(const struct vls_record *rec, const char *name);
const char *vls__rp_term(struct vls_report *r, const struct vls_record *rec,
                         const char *name); /* NUL-terminated copy */
/* i-th shown REF of a field; NULL after the last and for what is no reference. */
const uint8_t *vls__rp_ref(const struct vls_record *rec, const char *name, size_t i);
bool vls__rp_instant(const struct vls_record *rec, const char *name, struct vls_instant *out);
bool vls__rp_has_text(const struct vls_record *rec, const char *name, const char *text);
/* The earliest live value: by whom and when the record was made. NULL when there is none. */
const struct vls_row *vls__rp_origin(const struct vls_record *rec);
const char *vls__rp_origin_name(const struct vls_record *rec); /* its delegation, "" when unknown */
/* The text of a CBOR text item; an empty slice for anything else. */
struct vls_slice vls__rp_item_text(struct vls_slice item);
/* The id of a CBOR REF item, borrowed; NULL for anything else. */
const uint8_t *vls__rp_item_ref(struct vls_slice item);
int32_t vls__rp_day(int64_t unix_s); /* days since 1970-01-01, UTC */

/* ---- join.c: what people joined ---- */

/* What was said about a pair so far, over all links that name it. */
enum vls_same vls__rp_judgement(const struct rp_groups *g, const uint8_t a[VLS_ID_LEN], const uint8_t b[VLS_ID_LEN]);
enum vls_code vls__rp_join(struct vls_report *r, struct vls_error *err);
/* The position of the person that stands for the group of this one; RP_NONE when it is not live. */
size_t vls__rp_person_of(const struct vls_report *r, const uint8_t *person);

/* ---- index.c: what belongs to what ---- */

enum vls_code vls__rp_indexes(struct vls_report *r, struct vls_error *err);
/* The edges that begin at from; *n receives their number. */
const struct rp_edge *vls__rp_edges(const struct rp_index *x, size_t from, size_t *n);
/* The transmissions that cover a record. */
const struct rp_cover *vls__rp_covers(const struct vls_report *r, const uint8_t id[VLS_ID_LEN], size_t *n);

/* ---- merged.c: several records shown as one ---- */

/* Rivals of one field over several records of a kind, judged by the field's policy. */
struct rp_merged {
    const struct vls_field *field;
    struct vls_rival *rival;
    size_t n;
    struct vls_verdict verdict;
    bool open;    /* a conflict within one of the records waits for a person */
    bool differs; /* the records disagree with each other: people joined them knowing it */
};
enum vls_code vls__rp_merge(struct vls_report *r, struct rp_merged *out, const struct vls_record *const *recs, size_t n,
                            const char *field, struct vls_error *err);
bool vls__rp_read_shown(const struct rp_merged *m, struct vls_date *out); /* the first one, as a date */
struct vls_slice vls__rp_shown(const struct rp_merged *m, size_t i);      /* an empty slice after the last */
/* "2027-04-12/15": EDTF with a repeated year and month left out; the words of an impossible date. */
void vls__rp_date_print(struct vls_buf *out, const struct vls_date *d);
/* True when a day fits both; unknown dates fit all. */
bool vls__rp_dates_meet(const struct vls_date *a, const struct vls_date *b);

/* Fields in which joined records may disagree, as bits; vls__rp_differs_name names bit i, NULL after the last. */
enum rp_differs {
    RP_DIFFER_PERSON = 1 << 0,
    RP_DIFFER_DATES = 1 << 1,
    RP_DIFFER_STATUS = 1 << 2,
    RP_DIFFER_OCCASION = 1 << 3,
    RP_DIFFER_PLACE = 1 << 4,
    RP_DIFFER_COUNTRY = 1 << 5,
    RP_DIFFER_ARRIVE = 1 << 6,
    RP_DIFFER_DEPART = 1 << 7
};
const char *vls__rp_differs_name(unsigned i);
/* The stages of a group of trips, in travelling order; bits are added to differs. */
enum vls_code vls__rp_stages(struct vls_report *r, size_t trip_root, const struct vls_stage **out, size_t *n,
                             unsigned *differs, struct vls_error *err);

/* ---- dispute.c ---- */

/* Everything about the conflict out->c of rec (loaded with its past) but the record's title. */
enum vls_code vls__rp_dispute(struct vls_dispute *out, struct rp_arena *a, const struct vls_record *rec,
                              struct vls_error *err);

/* ---- trips.c, court.c, pairs.c, persons.c ---- */

enum vls_code vls__rp_trips(struct vls_report *r, struct vls_error *err);
/* Independent sources among reports. */
size_t vls__rp_sources(struct vls_report *r, const struct rp_edge *infos, size_t n);
bool vls__rp_to_court(const struct vls_record *transmission);
bool vls__rp_from_court(const struct vls_record *info);
/* Somebody put on record that the Court is deliberately not told of this very record. */
bool vls__rp_court_left_out(const struct vls_report *r, const uint8_t id[VLS_ID_LEN]);
/* The earliest transmission to the Court that covers this very record; NULL when there is none. */
const struct vls_record *vls__rp_sent_to_court(const struct vls_report *r, const uint8_t id[VLS_ID_LEN],
                                               struct vls_instant *sent);
/* When the Court received it: its acknowledgement, or the proof in its envelopes. */
bool vls__rp_court_receipt(const struct vls_report *r, const struct vls_record *transmission, struct vls_instant *out);
/* Days of travel of the trips that a report is about; false when nobody knows any. */
bool vls__rp_travel_of(const struct vls_report *r, size_t info, struct vls_date *out);
enum rp_duty { RP_DUTY_NONE, RP_DUTY_OPEN, RP_DUTY_LEFT_OUT };
/* Must the Court still be told of a report? */
enum rp_duty vls__rp_duty(const struct vls_report *r, const struct vls_record *info);
enum vls_code vls__rp_unshared(struct vls_report *r, struct vls_error *err);
enum vls_code vls__rp_pairs(struct vls_report *r, struct vls_error *err);
enum vls_code vls__rp_pair_trips(struct vls_report *r, struct vls_error *err);
enum vls_code vls__rp_pair_persons(struct vls_report *r, struct vls_error *err);

/* A token that more persons than this share (a very common name) brings nobody together by itself: then two
 * tokens in common are asked for, or it being the whole name. Small in tests, so that tokens come and go. */
#ifdef VLS_TEST_LIMITS
#define RP_COMMON 6
#else
#define RP_COMMON 48
#endif
bool vls__rp_can_be_common(const char *token);
typedef enum vls_code rp_token_fn(void *ctx, const char *token, const uint8_t person[VLS_ID_LEN],
                                  struct vls_error *err);
/* What brings each person together with others, each token once. */
enum vls_code vls__rp_tokens(struct vls_report *r, rp_token_fn *fn, void *ctx, struct vls_error *err);
struct rp_two {
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN];
};
/* Compares the persons of given pairs, whatever brought them together. */
enum vls_code vls__rp_compare(struct vls_report *r, const struct rp_two *two, size_t n, struct vls_error *err);

struct rp_lines {
    struct vls_pair_line *v;
    size_t n, cap;
};
enum vls_code vls__rp_pair_add(struct vls_report *r, const struct vls_pair *p, struct vls_error *err);
/* A line of a comparison, unless both are empty. */
enum vls_code vls__rp_line_add(struct vls_report *r, struct rp_lines *l, const char *field, const char *a,
                               const char *b, enum vls_remark remark, struct vls_error *err);
enum vls_remark vls__rp_same_or(const char *a, const char *b, enum vls_remark otherwise);
struct vls_days vls__rp_days_of(bool known, const struct vls_date *d);

/* ---- gather.c: the records around some records ---- */

/* Ids, each once, in the order in which they were added. */
struct rp_ids {
    uint8_t (*v)[VLS_ID_LEN];
    size_t n, cap;
    size_t *slot; /* hash set: position + 1 */
    size_t n_slots;
};
bool vls__rp_ids_have(const struct rp_ids *x, const uint8_t id[VLS_ID_LEN]);
enum vls_code vls__rp_ids_add(struct rp_arena *a, struct rp_ids *x, const uint8_t id[VLS_ID_LEN],
                              struct vls_error *err);

/* A report that is fed piece by piece with what surrounds some records. */
struct rp_gather {
    struct vls_report *r;
    struct rp_ids fed;            /* records that are in r */
    struct rp_ids persons, trips; /* whose groups are wanted; they grow while groups are followed */
};
enum vls_code vls__rp_gather_new(struct rp_gather *g, struct vls_store *s, int64_t now_unix, const char *lang,
                                 struct vls_error *err);
void vls__rp_gather_clear(struct rp_gather *g);
/* One record, unless it is withdrawn and no report, or of another kind. */
enum vls_code vls__rp_gather_one(struct rp_gather *g, const uint8_t id[VLS_ID_LEN], struct vls_error *err);
/* All records of a kind that refer to this one; what they refer to by field is added to refs, if that is not NULL. */
enum vls_code vls__rp_gather_referring(struct rp_gather *g, enum rp_kind kind, const uint8_t target[VLS_ID_LEN],
                                       const char *const *fields, struct rp_ids *refs, struct vls_error *err);
/* The persons of g->persons and all who are linked to them, with those links. */
enum vls_code vls__rp_gather_persons(struct rp_gather *g, struct vls_error *err);
/* The same for trips, with their stages. */
enum vls_code vls__rp_gather_trips(struct rp_gather *g, struct vls_error *err);
/* Both, and all trips of the persons, and the persons of the trips, until nothing is added. */
enum vls_code vls__rp_gather_travel(struct rp_gather *g, struct vls_error *err);
/* The name forms of the persons. */
enum vls_code vls__rp_gather_names(struct rp_gather *g, struct vls_error *err);

/* ---- sources.c ---- */

bool vls__rp_same_folded(struct vls_slice a, struct vls_slice b);

/* ---- consent.c: what a source allows ---- */

enum rp_consent {
    RP_CONSENT_FREE,      /* allowed, or nothing is logged of this source */
    RP_CONSENT_WITHDRAWN, /* withdrawn, and no consent since then names that withdrawal */
    RP_CONSENT_UNREAD,    /* an entry is in words that are not known here, and no consent since then names it */
    RP_CONSENT_OTHER      /* it consented to something else only */
};
#define RP_CONSENT_NAME 9 /* eight hex digits that name an entry */

/* Whether what a report says may go to an addressee; source receives the file of its informant or NULL. */
enum rp_consent vls__rp_consent(const struct vls_report *r, const struct vls_record *info, enum vls_addressee to,
                                const struct vls_record **source);
struct rp_withdrawal {
    const struct vls_row *row;
    bool over; /* a later consent names it */
};
/* The i-th withdrawal in a source's file that concerns an addressee. */
bool vls__rp_withdrawal(const struct vls_record *source, enum vls_addressee to, size_t i, struct rp_withdrawal *out);
/* Whether a consent that such an addressee needs names an entry. */
bool vls__rp_renewed(const struct vls_record *source, const struct vls_row *entry, enum vls_addressee to);
/* The file of an informant: named by reference, or else by its codename. */
const struct vls_record *vls__rp_source_of(const struct vls_report *r, const struct vls_record *info);

/* ---- may_share.c ---- */

/* Whether an addressee is no officer who could be named. */
bool vls__rp_to_several(enum vls_addressee to);

/* ---- recall.c: what addressees should be told ---- */

/* Appends what is known of one transmission to r->recall, if there is anything. */
enum vls_code vls__rp_recall(struct vls_report *r, const struct vls_record *transmission, struct vls_error *err);
/* Of all transmissions. */
enum vls_code vls__rp_recalls(struct vls_report *r, struct vls_error *err);
/* Everything that vls__rp_recall needs for these transmissions; the lists are then to be sorted. */
enum vls_code vls__rp_gather_recalls(struct rp_gather *g, const struct rp_ids *transmissions, struct vls_error *err);
/* Transmissions that rest on a record or on what a source told, and the record itself if it is one. */
enum vls_code vls__rp_resting_on(struct rp_gather *g, const uint8_t id[VLS_ID_LEN], struct rp_ids *out,
                                 struct vls_error *err);

struct rp_dots {
    struct vls_dot *v;
    size_t n, cap;
};
/* What whoever passes on a record knows of it: its state, its markings, the consent of its source. */
enum vls_code vls__rp_known(struct vls_report *r, const struct vls_record *rec, struct rp_dots *out,
                            struct vls_error *err);

#endif
