#ifndef SYNC_STORE_STORE_INT_H
#define SYNC_STORE_STORE_INT_H

#include <sqlite3.h>

#include "valise/store_write.h"

/* ---- arena.c: memory of one record, wiped and freed at once ---- */

struct vls__arena {
    struct vls__block *newest;
    size_t left;
    bool bad; /* an allocation failed */
};

/* Zeroed and aligned for anything; NULL and bad without memory. */
void *vls__arena_alloc(struct vls__arena *a, size_t n);
/* A copy with a NUL behind it, so that text can be used as a string; p is never NULL on success. */
struct vls_slice vls__arena_copy(struct vls__arena *a, struct vls_slice s);
const char *vls__arena_str(struct vls__arena *a, const char *s);
void vls__arena_clear(struct vls__arena *a);

/* ---- sql.c: prepared statements ---- */

#include "sql.h"

/* A statement in use. Taken from the store's cache, given back by vls__sql_give or vls__sql_run. */
struct vls__stmt {
    struct vls_store *store;
    sqlite3_stmt *st;
    enum vls__sql id;
    int rc;   /* of the first bind that failed */
    bool bad; /* a column was not what the schema promises */
};

enum vls_code vls__sql_take(struct vls__stmt *q, struct vls_store *s, enum vls__sql id,
                            struct vls_error *err) VLS_MUST_USE;
void vls__sql_give(struct vls__stmt *q);
void vls__bind_int(struct vls__stmt *q, int i, int64_t v);
/* Borrowed until the statement is given back. */
void vls__bind_blob(struct vls__stmt *q, int i, const void *p, size_t n);
void vls__bind_slice_or_null(struct vls__stmt *q, int i, struct vls_slice s);
void vls__bind_text(struct vls__stmt *q, int i, const char *s);
void vls__bind_chars(struct vls__stmt *q, int i, struct vls_slice utf8);
/* *row tells whether there is one. Columns are borrowed until the next call for q. */
enum vls_code vls__sql_step(struct vls__stmt *q, bool *row, struct vls_error *err) VLS_MUST_USE;
/* Runs a statement without rows to its end and gives it back. n_changed may be NULL. */
enum vls_code vls__sql_run(struct vls__stmt *q, int *n_changed, struct vls_error *err) VLS_MUST_USE;
/* Runs a statement of one row at most, which begins with an integer, and gives it back. Without a row *out stays as it is. */
enum vls_code vls__sql_int(struct vls__stmt *q, int64_t min, int64_t max, int64_t *out,
                           struct vls_error *err) VLS_MUST_USE;
/* A column that is no integer between min and max, or no blob of n bytes, marks q bad and yields min, or zeros. */
int64_t vls__col_int(struct vls__stmt *q, int col, int64_t min, int64_t max);
void vls__col_fixed(struct vls__stmt *q, int col, uint8_t *out, size_t n);
struct vls_slice vls__col_blob(struct vls__stmt *q, int col); /* NULL counts as empty */
const char *vls__col_text(struct vls__stmt *q, int col);      /* never NULL */
/* VLS_EAUTH when a column was bad. */
enum vls_code vls__sql_ok(struct vls__stmt *q, struct vls_error *err) VLS_MUST_USE;
/* Turns SQLite's code into ours. */
enum vls_code vls__sql_fail(struct vls_store *s, int rc, const char *what, struct vls_error *err);

/* ---- the store ---- */

#define VLS__ENVELOPE_SLOTS 1024 /* power of two */
#define VLS__TOUCHED_MAX 4096    /* records that gather before they are judged */

struct vls__envelope {
    int64_t n; /* 0: empty */
    uint8_t id[VLS_CHANGE_ID_LEN];
    int64_t device;
    uint64_t lamport;
    int64_t wall_unix_s;
};

struct vls__compartment {
    int64_t n;
    uint8_t id[VLS_ID_LEN];
    char *name;
    bool common, dirty; /* dirty: lamport or state differ from the table */
    uint64_t lamport;
    struct vls_state state;
};

struct vls__device {
    int64_t n;
    char *delegation, *post;
};

struct vls_store {
    sqlite3 *db;
    sqlite3_stmt *cached[VLS__SQL_COUNT];
    struct vls_store_place found; /* when it was opened */
    bool in_memory, in_tx;
    bool broken;          /* going back failed: nothing is read or written until it succeeds */
    enum vls_code doomed; /* why the transaction can only be rolled back */

    /* Copies of what the tables hold; forgotten by a rollback. */
    struct vls__envelope by_n[VLS__ENVELOPE_SLOTS], by_id[VLS__ENVELOPE_SLOTS];
    struct vls__compartment *compartments; /* by id */
    size_t n_compartments, cap_compartments;
    bool have_compartments;
    struct vls__device *devices; /* by n */
    size_t n_devices;
    bool have_devices;
    int64_t n_waiting; /* -1: not counted yet */
    int noting;        /* changes are listed for the next look at the notes; -1: not known yet */

    int64_t touched[VLS__TOUCHED_MAX];
    uint16_t touched_slot[2 * VLS__TOUCHED_MAX]; /* hash set over it: position + 1 */
    size_t n_touched;
    struct vls__judge *judge; /* buffers that judging reuses */

    struct vls_buf conflict_key; /* what the last vls_store_conflict returned */
};

/* ---- open.c ---- */

/* Statement by statement, each list ending with NULL. Generated from schemas/store. */
extern const char *const *const vls__migrations[];
extern const int vls__n_migrations;

/* Several writes outside a transaction of the caller's become one: begin, then end with the outcome. */
enum vls_code vls__scope_begin(struct vls_store *s, bool *own, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__scope_end(struct vls_store *s, bool own, enum vls_code rc, struct vls_error *err) VLS_MUST_USE;
/* Forgets every copy of what the tables hold. */
void vls__store_go_back(struct vls_store *s); /* out of a transaction; sets broken when that fails */
void vls__store_forget(struct vls_store *s);
/* Brings an opened database's schema up to date and prepares s to use it. */
enum vls_code vls__store_begin_use(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;

/* ---- roster.c: who and where ---- */

/* A device's row; *n is 0 when there is none. */
enum vls_code vls__device_find(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n,
                               struct vls_error *err) VLS_MUST_USE;
/* The same, made when it is new. */
enum vls_code vls__device_n(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n,
                            struct vls_error *err) VLS_MUST_USE;
/* Names of a device; "" when unknown. Borrowed until the store changes. */
enum vls_code vls__device_names(struct vls_store *s, int64_t n, const char **delegation, const char **post,
                                struct vls_error *err) VLS_MUST_USE;
void vls__devices_forget(struct vls_store *s);
enum vls_code vls__compartments(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
/* NULL when there is none; vls__compartments came before. */
struct vls__compartment *vls__compartment_by_n(struct vls_store *s, int64_t n);
/* Errors: VLS_ENOTFOUND. */
enum vls_code vls__compartment_by_id(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct vls__compartment **out,
                                     struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__compartments_save(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
void vls__compartments_forget(struct vls_store *s);

/* ---- apply.c ---- */

/* Decides anew which of the records of one id in several compartments is shown. */
enum vls_code vls__rehome(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct vls_error *err) VLS_MUST_USE;

/* ---- heads.c ---- */

/* A change set was merged. */
enum vls_code vls__heads_update(struct vls_store *s, int64_t compartment, const struct vls__envelope *e,
                                const struct vls_change *c, struct vls_error *err) VLS_MUST_USE;

/* ---- envelope.c ---- */

/* Errors: VLS_EAUTH, a value names an envelope that is not there. */
enum vls_code vls__envelope_by_n(struct vls_store *s, int64_t n, struct vls__envelope *out,
                                 struct vls_error *err) VLS_MUST_USE;
/* out->n is 0 when it is not here. */
enum vls_code vls__envelope_by_id(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls__envelope *out,
                                  struct vls_error *err) VLS_MUST_USE;
/* A changed row must not be answered from the copies. */
void vls__envelope_forget(struct vls_store *s, int64_t n, const uint8_t id[VLS_HASH_LEN]);

/* Passes these envelopes to fn, with bytes. */
enum vls_code vls__envelopes_of(struct vls_store *s, const int64_t *n, size_t n_envelopes, vls_stored_fn *fn, void *ctx,
                                struct vls_error *err) VLS_MUST_USE;

/* ---- chain.c ---- */

/* A chain's row; *n is 0 when it is new and not to be made. */
enum vls_code vls__chain_n(struct vls_store *s, const uint8_t device[VLS_ID_LEN],
                           const uint8_t incarnation[VLS_ID_LEN], bool make, int64_t *n,
                           struct vls_error *err) VLS_MUST_USE;

/* ---- fork.c ---- */

/* Where an envelope lies; chain 0: it is not here. */
struct vls__place {
    int64_t chain;
    uint64_t seq;
    bool is_head;
    uint8_t device[VLS_ID_LEN], incarnation[VLS_ID_LEN];
};
enum vls_code vls__place(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls__place *out,
                         struct vls_error *err) VLS_MUST_USE;
/* Goes on to the branch that *chain leaves; *seq is the last number that both have. 0 and 0: it leaves none. */
enum vls_code vls__chain_leaves(struct vls_store *s, int64_t *chain, uint64_t *seq, struct vls_error *err) VLS_MUST_USE;
/* The branch that an envelope goes on; a new one when it does not follow a head. */
enum vls_code vls__branch_for(struct vls_store *s, const struct vls_stored_envelope *e, int64_t *chain,
                              struct vls_error *err) VLS_MUST_USE;

/* ---- retire.c: replaced values ---- */

/* A value that was named, in the register of the operation that names it. */
struct vls__retired {
    int64_t record;
    uint32_t field;
    struct vls_slice key;
    struct vls_dot named;
};

/* The operation that names it; envelope 0: none. */
struct vls__by {
    int64_t envelope;
    uint32_t op;
};

/* Moves it to the past ones; *moved tells whether it was here. */
enum vls_code vls__retire(struct vls_store *s, const struct vls__retired *r, const struct vls__by *by, bool *moved,
                          struct vls_error *err) VLS_MUST_USE;
/* Remembers that it is retired: it has not come yet, or its field keeps it nevertheless. */
enum vls_code vls__retired_add(struct vls_store *s, const struct vls__retired *r, const struct vls__by *by,
                               struct vls_error *err) VLS_MUST_USE;
/* True when anything of this change set was retired before it came. */
enum vls_code vls__retired_any(struct vls_store *s, const uint8_t change[VLS_CHANGE_ID_LEN], bool *out,
                               struct vls_error *err) VLS_MUST_USE;
/* What retired it before it came, and forgets it. */
enum vls_code vls__retired_take(struct vls_store *s, const struct vls__retired *r, struct vls__by *best,
                                struct vls_error *err) VLS_MUST_USE;
/* The record's kind, or the rules of its kind, changed: moves values between live and past ones. */
enum vls_code vls__rekind(struct vls_store *s, int64_t record, uint32_t kind_no, struct vls_error *err) VLS_MUST_USE;

/* ---- prose.c: texts merged by paragraph ---- */

struct vls__prose {
    struct vls_buf merged, base; /* UTF-8; merged may be empty: every paragraph was taken out by somebody */
    size_t n_clashes;
};

void vls__prose_init(struct vls__prose *p);
void vls__prose_clear(struct vls__prose *p);
/* Merges the v->n_texts > 1 texts that vls_merge put in front, and lowers v->attention when nothing clashes. */
enum vls_code vls__prose_merge(struct vls_store *s, int64_t record, uint32_t field, struct vls_slice key,
                               const struct vls_rival *rivals, struct vls_verdict *v, struct vls__prose *out,
                               struct vls_error *err) VLS_MUST_USE;

/* ---- unseen.c: edits that a withdrawal did not know of ---- */

struct vls__seen {
    struct vls_dot *dot; /* what the withdrawal names, ascending */
    size_t n;
    uint8_t change[VLS_CHANGE_ID_LEN]; /* its change set, which knows itself */
    bool speaks;                       /* it names more than its own register: it says what its author had */
};

enum vls_code vls__seen_load(struct vls_store *s, int64_t record, const struct vls_dot *withdrawal,
                             struct vls__seen *out, struct vls_error *err) VLS_MUST_USE;
void vls__seen_clear(struct vls__seen *seen);
/* Whether a live value of the record came in without the withdrawal's knowledge. */
bool vls__unseen(const struct vls__seen *seen, const struct vls_kind *kind, uint32_t field, const struct vls_dot *dot);

/* ---- judge.c ---- */

/* The record will be judged again before anything derived from its values is read. */
enum vls_code vls__touch(struct vls_store *s, int64_t record, struct vls_error *err) VLS_MUST_USE;
/* Judges what was touched. */
enum vls_code vls__judge(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
/* A record that a change set creates and that is not in the tables yet: its values, then the end. What *judged leaves
 * to the caller is to be touched, once its values are in live. */
enum vls_code vls__whole_begin(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__whole_value(struct vls_store *s, const struct vls_entry *e, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__whole_judge(struct vls_store *s, int64_t n, const uint8_t id[VLS_ID_LEN], int64_t compartment,
                               uint32_t kind_no, bool *judged, struct vls_error *err) VLS_MUST_USE;
/* Digest of a record's live values as they are now. */
enum vls_code vls__judge_digest(struct vls_store *s, int64_t record, uint8_t out[VLS_HASH_LEN],
                                struct vls_error *err) VLS_MUST_USE;
void vls__judge_free(struct vls__judge *j);

/* ---- rules.c ---- */

/* Judges every record anew when kinds or policies of this version differ from those of the last one. */
enum vls_code vls__judge_by_new_rules(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;

/* ---- words.c ---- */

#define VLS__TYPED_MAX 4096u /* bytes that a person types to find something */

/* Appends what a live value adds to the full-text row; nothing for most fields. */
void vls__words_of(struct vls_buf *title, struct vls_buf *body, const struct vls_field *field, struct vls_slice value);
/* Turns what a person typed into an FTS5 query of prefixes; false when it holds no word. */
bool vls__words_query(struct vls_buf *out, const char *words, bool title_only);

/* ---- record.c ---- */

#define VLS__KIND_MAX 0xffff

/* Number of the record shown under an id, 0 when there is none. */
enum vls_code vls__record_n(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n,
                            struct vls_error *err) VLS_MUST_USE;
/* The record of an id whose compartment counts, shown or still without its create; 0 when there is none. */
enum vls_code vls__record_home(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t *n, int64_t *compartment,
                               struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__record_load(struct vls_store *s, int64_t n, unsigned load, struct vls_record **out,
                               struct vls_error *err) VLS_MUST_USE;
/* The lowest and the highest id with this reference. */
void vls__ref_range(uint32_t bits30, uint8_t low[VLS_ID_LEN], uint8_t high[VLS_ID_LEN]);
/* The 16 bytes of a REF value, borrowed; NULL for anything else. */
const uint8_t *vls__ref_of(struct vls_slice value);
/* The characters of a text value; empty for anything else. */
struct vls_slice vls__text_of(struct vls_slice value);
/* Three letters for references, "REC" for a kind of a newer version. */
const char *vls__prefix(uint32_t kind_no);
/* Values of the header field life that withdraw a record. */
bool vls__life_withdraws(struct vls_slice value);

/* ---- notes.c ---- */

/* Are changes listed for a later look? */
enum vls_code vls__noting(struct vls_store *s, bool *out, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__note_change(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct vls_error *err) VLS_MUST_USE;

#endif
