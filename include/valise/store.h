#ifndef VALISE_STORE_H
#define VALISE_STORE_H

#include "valise/merge.h"
#include "valise/prim.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Reading what the sealed store holds. A store is opened by the engine (valise/engine.h), which is
 * also the only writer. Everything returned is owned as said; record text never leaves by an error.
 */
struct vls_store;

/* What became of one value (I3: none is ever lost). */
enum vls_row_state {
    VLS_ROW_SHOWN = 0, /* part of what the record says */
    VLS_ROW_KEPT = 1,  /* a rival that a rule set aside; listed for review when attention says so */
    VLS_ROW_PAST = 2   /* replaced by somebody who had seen it, or an addition that was removed */
};

/* One value with its origin. Slices and strings are borrowed from the record. */
struct vls_row {
    uint32_t field;
    struct vls_slice key;
    struct vls_slice value;   /* canonical CBOR; empty for a removal (type VLS_OP_REMOVE) */
    enum vls_op_type type;
    enum vls_row_state state;
    enum vls_attention attention; /* of the register this row belongs to */
    struct vls_dot dot, by;   /* by: what replaced it, when state is VLS_ROW_PAST */
    uint64_t lamport;
    int64_t wall_unix_s;      /* author's clock: shown, never compared to decide */
    enum vls_cite cite;
    struct vls_slice cite_text, reason; /* UTF-8 */
    const char *delegation, *post;      /* who wrote it; "" when unknown */
    bool outside;                       /* RWS: an element that is not in the list: out, or not named by a narrowing */
    bool unseen;                        /* live, in a record whose withdrawal did not know of it */
    /* Prose (PARA) that several edited: value is the merged text (CBOR null when nothing is left of it), and */
    struct vls_slice typed;  /* what this author typed, canonical CBOR; empty in every other row */
    struct vls_slice base;   /* the text that all of them started from, UTF-8 */
    size_t n_texts;          /* that many rows, from this one on, are the texts */
    size_t n_clashes;        /* passages that several changed */
};

/** What its author typed: value, but in a row whose value several people's texts were merged to. */
VLS_API struct vls_slice vls_row_typed(const struct vls_row *row);

struct vls_record {
    uint8_t id[VLS_ID_LEN];
    uint32_t kind_no;
    const struct vls_kind *kind;    /* NULL: a kind of a newer version */
    char ref[VLS_REF_TEXT];         /* "PER-7K3MQ2V" */
    uint8_t compartment[VLS_ID_LEN];
    const char *compartment_name;   /* "focal-points", "own", "court", … */
    bool common;                    /* every member reads that compartment */
    const struct vls_row *rows;     /* by (field, key); in a register: shown, kept, then past (newest first) */
    size_t n_rows;
    bool withdrawn;                 /* life is retracted or purged */
};

enum vls_load {
    VLS_LOAD_LIVE = 0,
    VLS_LOAD_PAST = 1 << 0, /* past values and removals too */
    VLS_LOAD_TITLE = 1 << 1 /* of a kind that has names: only the fields that its title is made of, and the header */
};

/** One record, owned by the caller until vls_record_free. Errors: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_store_record(struct vls_store *s, const uint8_t id[VLS_ID_LEN], unsigned load,
                                       struct vls_record **out, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_record_free(struct vls_record *r);
/** The i-th shown row of a field; any key when key.p is NULL. NULL when there is none. */
VLS_API const struct vls_row *vls_record_row(const struct vls_record *r, uint32_t field, struct vls_slice key,
                                             size_t i);
/** The first shown value of the field with this option name; empty slice when there is none, or when it was emptied. */
VLS_API struct vls_slice vls_record_value(const struct vls_record *r, const char *field_name);
/** That value as text for people, appended to out; nothing when there is none. */
VLS_API void vls_record_print(struct vls_buf *out, const struct vls_record *r, const char *field_name,
                              const char *lang);
/** One line about the record ("Idris al-Haddad", "Idris al-Haddad → Addis Ababa ET  2027-04-12/15"). */
VLS_API void vls_record_title(struct vls_buf *out, struct vls_store *s, const struct vls_record *r, const char *lang);

typedef enum vls_code vls_record_fn(void *ctx, const struct vls_record *r, struct vls_error *err);

struct vls_filter {
    uint32_t kind_no;        /* 0: every kind */
    const uint8_t *refers_to;/* only records with a live REF to this id (legs of a trip, warrants of a person) */
    bool withdrawn;          /* withdrawn ones too */
    unsigned load;           /* enum vls_load */
};

/** Calls fn for each record, in order of (kind, id); fn's record lives for the call. Stops at fn's error. */
VLS_API enum vls_code vls_store_list(struct vls_store *s, const struct vls_filter *f, vls_record_fn *fn, void *ctx,
                                     struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_count(struct vls_store *s, uint32_t kind_no, uint64_t *out,
                                      struct vls_error *err) VLS_MUST_USE;

/**
 * Resolves what a person typed: a reference (with or without prefix; of a joined record too), or the
 * beginnings of words of a name or title. kind_no 0: any kind. Candidates are passed to fn when there are
 * several (fn may be NULL).
 *
 * Errors: VLS_ENOTFOUND; VLS_EAMBIGUOUS, several; VLS_EVALUE, a mistyped reference (check character).
 */
VLS_API enum vls_code vls_store_find(struct vls_store *s, uint32_t kind_no, const char *words,
                                     uint8_t out[VLS_ID_LEN], vls_record_fn *fn, void *ctx,
                                     struct vls_error *err) VLS_MUST_USE;
/** Full-text search with diacritics folded, or a record by its id; best first, views, proofs and judgements last, at
 *  most max. */
VLS_API enum vls_code vls_store_search(struct vls_store *s, const char *words, size_t max, vls_record_fn *fn, void *ctx,
                                       struct vls_error *err) VLS_MUST_USE;

/* A register that needs a person (or that a rule settled with a notice). */
struct vls_conflict {
    uint8_t id[VLS_ID_LEN];
    char ref[VLS_REF_TEXT]; /* "CNF-2HT6W4B" */
    uint8_t record[VLS_ID_LEN];
    uint32_t field;
    struct vls_slice key;
    enum vls_attention attention;
};
typedef enum vls_code vls_conflict_fn(void *ctx, const struct vls_conflict *c, struct vls_error *err);

/** Open ones in order of (attention descending, record, field, key). */
VLS_API enum vls_code vls_store_conflicts(struct vls_store *s, vls_conflict_fn *fn, void *ctx,
                                          struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_conflict_count(struct vls_store *s, uint64_t *conflicts, uint64_t *notices,
                                               struct vls_error *err) VLS_MUST_USE;
/** By reference or id text. c's key is borrowed until the next call. Errors: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_store_conflict(struct vls_store *s, const char *ref, struct vls_conflict *out,
                                         struct vls_error *err) VLS_MUST_USE;

/** "5F2C-91AB-77D0" over the compartments all members read, or over one by name. out holds 15 chars. */
#define VLS_STATE_TEXT 15
VLS_API enum vls_code vls_store_state(struct vls_store *s, const char *compartment /* NULL: common */,
                                      char out[VLS_STATE_TEXT], struct vls_error *err) VLS_MUST_USE;

/** A record as it stood before a check merged it anew; at_unix_s: when. r lives for the call. */
typedef enum vls_code vls_aside_fn(void *ctx, const struct vls_record *r, int64_t at_unix_s, struct vls_error *err);
/** What checks have set aside, oldest first. */
VLS_API enum vls_code vls_store_asides(struct vls_store *s, vls_aside_fn *fn, void *ctx,
                                       struct vls_error *err) VLS_MUST_USE;

typedef enum vls_code vls_dot_fn(void *ctx, const struct vls_dot *dot, struct vls_error *err);
/** The dots that a value of the register (record, field, empty key) names, wherever they point: what its author says it
 *  knew. Nothing when there is no such value. */
VLS_API enum vls_code vls_store_named(struct vls_store *s, const uint8_t record[VLS_ID_LEN], uint32_t field,
                                      const struct vls_dot *value, vls_dot_fn *fn, void *ctx,
                                      struct vls_error *err) VLS_MUST_USE;

/* Who has received a change: proved by the heads named in envelopes (design.md section 5). */
struct vls_receipt {
    const char *delegation, *post;
    int64_t wall_unix_s; /* clock of the envelope that named it */
};
typedef enum vls_code vls_receipt_fn(void *ctx, const struct vls_receipt *r, struct vls_error *err);
VLS_API enum vls_code vls_store_receipts(struct vls_store *s, const struct vls_dot *dot, vls_receipt_fn *fn, void *ctx,
                                         struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
