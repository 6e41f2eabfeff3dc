#ifndef VALISE_NOTES_H
#define VALISE_NOTES_H

#include "valise/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What reports note down between two looks, so that the next look costs what has changed (I9): which pairs of records
 * may be the same, what brings persons together, which reports the Court was not told. Derived from the records,
 * never sent, forgotten and made anew at will. The store lists what has changed; the rest is the report's.
 */

enum vls_notes_state {
    VLS_NOTES_CURRENT = 0, /* nothing has changed since the last look */
    VLS_NOTES_BEHIND = 1,  /* vls_notes_changed lists what has */
    VLS_NOTES_NONE = 2     /* there are none, those of other rules, or so much has changed that all is made anew */
};

/** version: of what the notes mean. Errors: those of reading. */
VLS_API enum vls_code vls_notes_look(struct vls_store *s, uint32_t version, enum vls_notes_state *out,
                                     struct vls_error *err) VLS_MUST_USE;
/** There are none from now on, until a look makes them. */
VLS_API enum vls_code vls_notes_forget(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;

/** Begins to bring notes up to date, one transaction; anew: from nothing. Errors: those of writing. */
VLS_API enum vls_code vls_notes_begin(struct vls_store *s, bool anew, struct vls_error *err) VLS_MUST_USE;
/** Ends it: with VLS_OK what was noted stands and nothing has changed since; else nothing of it. Yields the outcome. */
VLS_API enum vls_code vls_notes_end(struct vls_store *s, uint32_t version, enum vls_code rc,
                                    struct vls_error *err) VLS_MUST_USE;

typedef enum vls_code vls_id_fn(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err);
typedef enum vls_code vls_text_fn(void *ctx, struct vls_slice text, struct vls_error *err);

/** Ids of records that were judged since the last look, and of what they refer to or referred to. */
VLS_API enum vls_code vls_notes_changed(struct vls_store *s, vls_id_fn *fn, void *ctx,
                                        struct vls_error *err) VLS_MUST_USE;

/* ---- what brings persons together ---- */

VLS_API enum vls_code vls_notes_token_add(struct vls_store *s, struct vls_slice token, const uint8_t person[VLS_ID_LEN],
                                          struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_notes_tokens_drop(struct vls_store *s, const uint8_t person[VLS_ID_LEN],
                                            struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_notes_tokens(struct vls_store *s, const uint8_t person[VLS_ID_LEN], vls_text_fn *fn,
                                       void *ctx, struct vls_error *err) VLS_MUST_USE;
/** The first most persons of a token, ascending. */
VLS_API enum vls_code vls_notes_token_persons(struct vls_store *s, struct vls_slice token, size_t most, vls_id_fn *fn,
                                              void *ctx, struct vls_error *err) VLS_MUST_USE;

/* ---- pairs ---- */

struct vls_note_pair {
    uint8_t a[VLS_ID_LEN], b[VLS_ID_LEN]; /* a < b */
    int kind;                             /* the report's */
    int likeness;                         /* per mille */
    bool unsure;
};
typedef enum vls_code vls_note_pair_fn(void *ctx, const struct vls_note_pair *p, struct vls_error *err);

VLS_API enum vls_code vls_notes_pair_put(struct vls_store *s, const struct vls_note_pair *p,
                                         struct vls_error *err) VLS_MUST_USE;
/** With this record on either side; other NULL: with whomever. */
VLS_API enum vls_code vls_notes_pair_drop(struct vls_store *s, const uint8_t id[VLS_ID_LEN], const uint8_t *other,
                                          struct vls_error *err) VLS_MUST_USE;
/** From this record on, as a; id NULL: all pairs in the order in which they are shown, at most most. */
VLS_API enum vls_code vls_notes_pairs(struct vls_store *s, const uint8_t *id, size_t most, vls_note_pair_fn *fn,
                                      void *ctx, struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_notes_pair_count(struct vls_store *s, size_t *sure, size_t *unsure,
                                           struct vls_error *err) VLS_MUST_USE;

/* ---- reports that the Court has not, and addressees that wait to be told ---- */

/** left_out: it was deliberately not told. */
VLS_API enum vls_code vls_notes_duty_put(struct vls_store *s, const uint8_t info[VLS_ID_LEN], bool left_out,
                                         struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_notes_duty_drop(struct vls_store *s, const uint8_t info[VLS_ID_LEN],
                                          struct vls_error *err) VLS_MUST_USE;
/** A transmission whose addressee waits to be told something. Dropped like a report. */
VLS_API enum vls_code vls_notes_recall_put(struct vls_store *s, const uint8_t transmission[VLS_ID_LEN],
                                           struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_notes_recalls(struct vls_store *s, vls_id_fn *fn, void *ctx,
                                        struct vls_error *err) VLS_MUST_USE;
/** Those not left out; *n_left_out receives the number of the others. */
VLS_API enum vls_code vls_notes_duties(struct vls_store *s, vls_id_fn *fn, void *ctx, size_t *n_left_out,
                                       struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
