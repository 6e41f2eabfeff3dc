#ifndef VALISE_MERGE_H
#define VALISE_MERGE_H

#include "valise/change.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The merge engine: functions of their arguments, without I/O, clock, randomness, locale or order of
 * arrival (I2). What is merged is a register: the values of one (record, field, key) that no other
 * value replaces. Source: schemas/domain/merge.md.
 */

/* One of several values that nobody replaced. */
struct vls_rival {
    struct vls_dot dot;
    uint64_t lamport;
    enum vls_cite cite;
    struct vls_slice value; /* canonical CBOR, borrowed */
};

enum vls_attention {
    VLS_QUIET = 0,   /* nothing to look at */
    VLS_NOTICE = 1,  /* the rule's choice is safe; said once, no decision needed */
    VLS_CONFLICT = 2 /* settled by rule; a person should look */
};

struct vls_verdict {
    size_t n_shown; /* the first n_shown rivals, as reordered, are what the record shows */
    size_t n_kept;  /* all others are kept and listed: n - n_shown */
    size_t n_texts; /* PARA: how many different texts there are, the first of rivals; 0 under other policies */
    size_t n_misfits; /* PARA: how many different values are no text */
    enum vls_attention attention;
    enum vls_policy policy;
};

/**
 * Applies a field's policy to the rivals of one register. Reorders rivals so that what is shown comes
 * first, in the order in which it is shown; the result, order included, depends on the set alone.
 * Rivals with equal values count as one: the first in the policy's own order stands for them (under CITE
 * the best backed one) and the others follow the kept ones; equal values are never a conflict. field may
 * be NULL (unknown to this version): then as LWW+K. Sets and logs: every distinct value is shown. Values
 * of another shape than the field's come after those of its shape. Under REFDATA and DERIVED nothing is shown.
 * n == 0 gives nothing shown. Tie-break: greater Lamport counter, then greater change-set id, then
 * greater operation number, wins (I6).
 */
VLS_API void vls_merge(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n);

/**
 * True when the field's values are never replaced (IMM, GSET, LOG, REFDATA): whoever collects the rivals for
 * vls_merge then takes the retired values too, so that nobody can take back what was said.
 */
VLS_API bool vls_merge_permanent(const struct vls_field *field);
/** False under REFDATA and DERIVED, where even a single value is kept and not shown. */
VLS_API bool vls_merge_shows(const struct vls_field *field);

/**
 * RWS: whether a narrowing, as it stands in the register of the empty key, names an element. What is no array is no
 * narrowing and keeps nobody out. An element is in the list when its own register shows true and every narrowing
 * shown names it.
 */
VLS_API bool vls_merge_narrowing_names(struct vls_slice narrowing, struct vls_slice element);

/** The content-derived id of the conflict that these rivals make, in any order; the same wherever it is found (I2). */
VLS_API void vls_conflict_id(uint8_t out[VLS_ID_LEN], const uint8_t record[VLS_ID_LEN], uint32_t field,
                             struct vls_slice key, const struct vls_rival *rivals, size_t n);

/* A place where several texts changed the same: what each has there. Slices are borrowed for the call. */
struct vls_clash {
    struct vls_slice base;        /* empty when something was added */
    const struct vls_slice *text; /* one for each text, in their order; those that left it alone have base */
    size_t n;
    size_t chosen;                /* the one that stands in the merged text */
};
typedef void vls_clash_fn(void *ctx, const struct vls_clash *clash);

/**
 * Merges prose by paragraph (PARA): texts that all started from base, in the order in which vls_merge left
 * them. out, which is emptied first, receives the text in which every paragraph that only one of them changed is that
 * one's; where several changed the same, the first in order wins, n_clashes counts it and fn, which may be NULL,
 * is told. Paragraphs are set apart by empty lines. n >= 1. More than 64 texts or 512 paragraphs, or a result
 * larger than out may grow: the first text, one clash.
 *
 * Errors: VLS_ENOMEM; VLS_ELIMIT, out is too small for the first text too.
 */
VLS_API enum vls_code vls_merge_paragraphs(struct vls_buf *out, size_t *n_clashes, struct vls_slice base,
                                           const struct vls_slice *texts, size_t n, vls_clash_fn *fn, void *ctx,
                                           struct vls_error *err) VLS_MUST_USE;

/* The value at by names the one at named; both of one register. */
struct vls_naming {
    struct vls_dot by, named;
};

/**
 * What several values started from: the values that all of them named, directly or through others, and that no
 * other such value named. out, with room for n_namings, receives them ascending; usually there is one.
 * n_rivals >= 1. The dots need not be here: a value is known by what names it.
 *
 * Errors: VLS_ENOMEM.
 */
VLS_API enum vls_code vls_merge_ancestors(struct vls_dot *out, size_t *n_out, const struct vls_naming *namings,
                                          size_t n_namings, const struct vls_rival *rivals, size_t n_rivals,
                                          struct vls_error *err) VLS_MUST_USE;

/* ---- applying change sets ---- */

/* Everything one value brings along; slices borrowed for the call. */
struct vls_entry {
    const uint8_t *record;
    uint32_t field;
    struct vls_slice key;
    struct vls_dot dot;
    uint64_t lamport;
    enum vls_op_type type;
    struct vls_slice value;
    enum vls_cite cite;
    struct vls_slice cite_text, reason;
};

/*
 * Where values are kept: the store fills this table, tests fake it. Each returns VLS_OK or stops the
 * change set. Only touch may come twice with the same arguments for one change set.
 */
struct vls_merge_store {
    /** A record exists from now on; a second create of one id is kept with the smaller dot deciding. */
    enum vls_code (*create)(void *ctx, const uint8_t *record, uint32_t kind, const struct vls_dot *dot,
                            struct vls_error *err);
    /** Keeps a value: among the live ones, or with the past when it was retired before it came. */
    enum vls_code (*keep)(void *ctx, const struct vls_entry *e, struct vls_error *err);
    /**
     * Moves the named value to the past if it lies in the register of by (same record, field and key): who may
     * write one register takes nothing out of another. If it is not there yet, remembers that it is retired.
     * A value may be named by several; the smallest dot counts. by is the naming entry, borrowed for the call.
     */
    enum vls_code (*retire)(void *ctx, const struct vls_dot *named, const struct vls_entry *by, struct vls_error *err);
    /** This register changed and must be judged again before anybody reads it. */
    enum vls_code (*touch)(void *ctx, const uint8_t *record, uint32_t field, struct vls_slice key,
                           struct vls_error *err);
    void *ctx;
};

/**
 * Applies one change set whose dependencies were applied before, given its id. change was opened, none of its
 * operations read yet; it is not moved on. Operations of unknown types are passed over (their bytes stay in the
 * envelope). Removals are kept like values, so that history shows them.
 *
 * Errors: those of the table.
 */
VLS_API enum vls_code vls_merge_apply(const struct vls_merge_store *to, const uint8_t id[VLS_CHANGE_ID_LEN],
                                      const struct vls_change *change, struct vls_error *err) VLS_MUST_USE;

/* ---- the state digest ---- */

#define VLS_STATE_LANES 1024

/* Sum of record digests, lane by lane modulo 2^16 (LtHash): adding and taking away commute. */
struct vls_state {
    uint16_t lane[VLS_STATE_LANES];
};

/**
 * Digest of one record's merged content. registers come ordered by (field, key); within one register
 * the rivals as vls_merge left them.
 */
struct vls_register {
    uint32_t field;
    struct vls_slice key;
    const struct vls_rival *rivals;
    size_t n_rivals, n_shown;
};
VLS_API void vls_record_digest(uint8_t out[32], const uint8_t record[VLS_ID_LEN], uint32_t kind,
                               const struct vls_register *registers, size_t n);
VLS_API void vls_state_init(struct vls_state *s);
VLS_API void vls_state_add(struct vls_state *s, const uint8_t record_digest[32]);
VLS_API void vls_state_sub(struct vls_state *s, const uint8_t record_digest[32]);
/** BLAKE2b-256 over the lanes in little endian. */
VLS_API void vls_state_digest(uint8_t out[32], const struct vls_state *s);

#ifdef __cplusplus
}
#endif
#endif
