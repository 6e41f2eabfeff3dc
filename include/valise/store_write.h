#ifndef VALISE_STORE_WRITE_H
#define VALISE_STORE_WRITE_H

#include "valise/pagelog.h"
#include "valise/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The writing half of the store, for sync/engine only: envelopes as they came, their merged records,
 * and what is known of chains, remotes and keys. Signatures, chains and membership are the engine's
 * business; what reaches these functions is already believed.
 */

/** Opens or creates the sealed database at path with the 32-byte key (borrowed for the call) and brings
 *  its schema up to date. Errors: VLS_ENOSTORE, VLS_EEXIST, VLS_EBUSY, VLS_EAUTH, VLS_EVERSION. */
VLS_API enum vls_code vls_store_open(struct vls_store **out, const char *path, const struct vls_secret *key, bool create,
                                     struct vls_error *err) VLS_MUST_USE;
/** The same over another file system, borrowed until vls_store_close; NULL: the operating system's. */
VLS_API enum vls_code vls_store_open_on(struct vls_store **out, const struct vls_io *io, const char *path,
                                        const struct vls_secret *key, bool create, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_store_close(struct vls_store *s);
/** Seals everything anew under another store key in a file of another name, which is meant to take this one's place;
 *  this store only reads from then on. Errors: VLS_EBUSY, inside a transaction; VLS_EFULL; VLS_EAUTH; VLS_EIO. */
VLS_API enum vls_code vls_store_copy(struct vls_store *s, const char *path, const struct vls_secret *new_key,
                                     struct vls_error *err) VLS_MUST_USE;

/* How far the page log had come: its last durable transaction and the chain head after it. */
struct vls_store_place {
    uint64_t txn;
    uint8_t head[VLS_HASH_LEN];
};
/** Now, and as the file was found, before migrations wrote to it; zeros for a store in memory. */
VLS_API void vls_store_place(struct vls_store *s, struct vls_store_place *now, struct vls_store_place *found);

/** One transaction at a time. commit first judges every touched record (see vls_store_apply). */
VLS_API enum vls_code vls_store_begin(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_commit(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_store_rollback(struct vls_store *s);

/** Small named values; get appends to out. Errors of get: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_store_meta_put(struct vls_store *s, const char *name, struct vls_slice value,
                                         struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_meta_get(struct vls_store *s, const char *name, struct vls_buf *out,
                                         struct vls_error *err) VLS_MUST_USE;

/** Names of authors, for display; again for the same device: replaces. */
VLS_API enum vls_code vls_store_device_put(struct vls_store *s, const uint8_t device[VLS_ID_LEN],
                                           const char *delegation, const char *post,
                                           struct vls_error *err) VLS_MUST_USE;
/** common: read by every member, so part of the common state digest. */
VLS_API enum vls_code vls_store_compartment_put(struct vls_store *s, const uint8_t id[VLS_ID_LEN], const char *name,
                                                bool common, struct vls_error *err) VLS_MUST_USE;
/** Errors: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_store_compartment_of(struct vls_store *s, const uint8_t record[VLS_ID_LEN],
                                               uint8_t out[VLS_ID_LEN], struct vls_error *err) VLS_MUST_USE;

/** Delegation whose laptop recorded it, borrowed until names are put; "" when nobody has named that laptop. Errors:
 *  VLS_ENOTFOUND, also while its beginning has not come. */
VLS_API enum vls_code vls_store_originator(struct vls_store *s, const uint8_t record[VLS_ID_LEN], const char **out,
                                           struct vls_error *err) VLS_MUST_USE;

/* ---- envelopes ---- */

enum vls_envelope_state {
    VLS_ENV_DONE = 1,      /* applied, or nothing to apply */
    VLS_ENV_UNREADABLE = 2,/* sealed for readers that we are not (yet) */
    VLS_ENV_REFUSED = 3    /* in its chain, but its contents are not allowed; kept with its reason */
};

struct vls_stored_envelope {
    uint8_t id[VLS_HASH_LEN];
    uint8_t device[VLS_ID_LEN], incarnation[VLS_ID_LEN];
    uint64_t seq;
    unsigned kind;           /* enum vls_envelope_kind */
    int64_t wall_unix_s;
    enum vls_envelope_state state;
    const char *why;         /* VLS_ENV_REFUSED: the reason; else "" */
    const uint8_t *prev;     /* put: the envelope before it, NULL: the head of the chain; else NULL */
    unsigned fork;           /* 0: on the branch of its chain that came first here */
    struct vls_slice bytes;  /* the envelope as signed; borrowed */
};
typedef enum vls_code vls_stored_fn(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err);

/**
 * Appends to the author's chain; id is new. One that does not follow a head begins another branch: the envelope before
 * it must be here then. Errors: VLS_EEXIST; VLS_EFORMAT.
 */
VLS_API enum vls_code vls_store_envelope_put(struct vls_store *s, const struct vls_stored_envelope *e,
                                             struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_envelope_state(struct vls_store *s, const uint8_t id[VLS_HASH_LEN],
                                               enum vls_envelope_state state, const char *why,
                                               struct vls_error *err) VLS_MUST_USE;
/** *found tells whether it is here, *state what became of it. */
VLS_API enum vls_code vls_store_envelope_find(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], bool *found,
                                              enum vls_envelope_state *state, struct vls_error *err) VLS_MUST_USE;
/** Newest of the branch of a chain that came first here: seq 0 and zeros when there is none. */
VLS_API enum vls_code vls_store_chain_head(struct vls_store *s, const uint8_t device[VLS_ID_LEN],
                                           const uint8_t incarnation[VLS_ID_LEN], uint64_t *seq,
                                           uint8_t head[VLS_HASH_LEN], struct vls_error *err) VLS_MUST_USE;

/* Whether an envelope may be put: what stands before it in its chain is here; is not; or is none of its chain. */
enum vls_follows { VLS_FOLLOWS, VLS_FOLLOWS_LATER, VLS_FOLLOWS_NEVER };
VLS_API enum vls_code vls_store_follows(struct vls_store *s, const uint8_t device[VLS_ID_LEN],
                                        const uint8_t incarnation[VLS_ID_LEN], uint64_t seq,
                                        const uint8_t prev[VLS_HASH_LEN], enum vls_follows *out,
                                        struct vls_error *err) VLS_MUST_USE;
/** Whether id is tip or stands before it in its chain. False too when one of them is not here. */
VLS_API enum vls_code vls_store_precedes(struct vls_store *s, const uint8_t id[VLS_HASH_LEN],
                                         const uint8_t tip[VLS_HASH_LEN], bool *out, struct vls_error *err) VLS_MUST_USE;

/** A device has named an envelope of another incarnation of its own, which need not be here. */
VLS_API enum vls_code vls_store_own_up(struct vls_store *s, const uint8_t device[VLS_ID_LEN],
                                       const uint8_t id[VLS_HASH_LEN], struct vls_error *err) VLS_MUST_USE;

/* One branch of one incarnation. */
struct vls_life {
    int64_t n; /* in the order in which they were first heard of here */
    uint8_t device[VLS_ID_LEN], incarnation[VLS_ID_LEN];
    unsigned fork;       /* as in vls_stored_envelope */
    int64_t wall_unix_s; /* of its first envelope */
    bool owned;          /* another incarnation of the device has named it */
};
typedef enum vls_code vls_life_fn(void *ctx, const struct vls_life *l, struct vls_error *err);
/** All of which an envelope is here, by n. */
VLS_API enum vls_code vls_store_lives(struct vls_store *s, vls_life_fn *fn, void *ctx,
                                      struct vls_error *err) VLS_MUST_USE;
/** Every branch of every chain: fn's envelope has device, incarnation, seq and id of the head, wall of it, no bytes. */
VLS_API enum vls_code vls_store_chains(struct vls_store *s, vls_stored_fn *fn, void *ctx,
                                       struct vls_error *err) VLS_MUST_USE;
/** Those of them whose head `by` has not said that it saw. */
VLS_API enum vls_code vls_store_unnamed(struct vls_store *s, const uint8_t by[VLS_ID_LEN], vls_stored_fn *fn, void *ctx,
                                        struct vls_error *err) VLS_MUST_USE;
/** Envelopes of a kind (0: all) and state (0: all), in order of arrival, which respects every chain. */
VLS_API enum vls_code vls_store_envelopes(struct vls_store *s, unsigned kind, enum vls_envelope_state state,
                                          vls_stored_fn *fn, void *ctx, struct vls_error *err) VLS_MUST_USE;

/** Envelopes that cannot be used yet, kept as they came; at most VLS_WAITING_MAX, VLS_ELIMIT beyond. */
#define VLS_WAITING_MAX 16384
VLS_API enum vls_code vls_store_wait(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes,
                                     struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_wait_done(struct vls_store *s, const uint8_t id[VLS_HASH_LEN],
                                          struct vls_error *err) VLS_MUST_USE;
/** Appends the bytes of one that waits. Errors: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_store_wait_get(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_buf *out,
                                         struct vls_error *err) VLS_MUST_USE;
typedef enum vls_code vls_waiting_fn(void *ctx, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes,
                                     struct vls_error *err);
/** fn may call vls_store_wait_done and everything else here. */
VLS_API enum vls_code vls_store_waiting(struct vls_store *s, vls_waiting_fn *fn, void *ctx, uint64_t *n,
                                        struct vls_error *err) VLS_MUST_USE;

/* ---- merging ---- */

/**
 * Merges one change set (already stored as envelope id) into a compartment: values, heads, Lamport
 * counter. Records it touches are judged again (shown values, conflicts, digest, search index, links)
 * at commit, or earlier when many have gathered.
 */
VLS_API enum vls_code vls_store_apply(struct vls_store *s, const uint8_t id[VLS_HASH_LEN],
                                      const uint8_t compartment[VLS_ID_LEN], struct vls_slice change,
                                      struct vls_error *err) VLS_MUST_USE;
/** The same of one that vls_change_open has opened, and that nobody has begun to walk through. */
VLS_API enum vls_code vls_store_apply_opened(struct vls_store *s, const uint8_t id[VLS_HASH_LEN],
                                             const uint8_t compartment[VLS_ID_LEN], const struct vls_change *change,
                                             struct vls_error *err) VLS_MUST_USE;
/** Notes what the values of a change set that was merged before name, for a store of a version that did not. */
VLS_API enum vls_code vls_store_learn_names(struct vls_store *s, const uint8_t id[VLS_HASH_LEN],
                                            const uint8_t compartment[VLS_ID_LEN], struct vls_slice change,
                                            struct vls_error *err) VLS_MUST_USE;
/** Appends the ids of the compartment's heads (change sets nobody here depends on) to out; *lamport its counter. */
VLS_API enum vls_code vls_store_heads(struct vls_store *s, const uint8_t compartment[VLS_ID_LEN], struct vls_buf *out,
                                      uint64_t *lamport, struct vls_error *err) VLS_MUST_USE;
/** Live values of one register: calls fn for each. */
typedef enum vls_code vls_rival_fn(void *ctx, const struct vls_rival *r, struct vls_error *err);
VLS_API enum vls_code vls_store_rivals(struct vls_store *s, const uint8_t record[VLS_ID_LEN], uint32_t field,
                                       struct vls_slice key, vls_rival_fn *fn, void *ctx,
                                       struct vls_error *err) VLS_MUST_USE;
/** True when some record here has this reference (first 30 bits of its id). */
VLS_API enum vls_code vls_store_ref_taken(struct vls_store *s, const uint8_t id[VLS_ID_LEN], bool *out,
                                          struct vls_error *err) VLS_MUST_USE;

/** An author says it has seen an envelope, and so its chain up to there; nothing when that is not here. */
VLS_API enum vls_code vls_store_seen(struct vls_store *s, const uint8_t by[VLS_ID_LEN],
                                     const uint8_t id[VLS_HASH_LEN], int64_t wall_unix_s,
                                     struct vls_error *err) VLS_MUST_USE;
/** How far `by` has said it saw the branch that an envelope lies on, 0 for nothing. */
VLS_API enum vls_code vls_store_seen_of(struct vls_store *s, const uint8_t by[VLS_ID_LEN],
                                        const uint8_t id[VLS_HASH_LEN], uint64_t *seq,
                                        struct vls_error *err) VLS_MUST_USE;

/* ---- keys (sealed by the engine before they come here) and letters ---- */

/** Keeps a value under (purpose, id); an empty one forgets it. */
VLS_API enum vls_code vls_store_key_put(struct vls_store *s, const char *purpose, struct vls_slice id,
                                        struct vls_slice sealed, struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_key_has(struct vls_store *s, const char *purpose, struct vls_slice id, bool *out,
                                        struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_key_count(struct vls_store *s, const char *purpose, uint64_t *out,
                                          struct vls_error *err) VLS_MUST_USE;
typedef enum vls_code vls_key_fn(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err);
/** Keys of a purpose, oldest first. */
VLS_API enum vls_code vls_store_keys(struct vls_store *s, const char *purpose, vls_key_fn *fn, void *ctx,
                                     struct vls_error *err) VLS_MUST_USE;

/* ---- remotes ---- */

struct vls_stored_remote {
    const char *name, *url;
    char tip[65];              /* last tip seen, "" for none */
    int64_t last_contact_unix; /* 0: never */
    uint64_t n_waiting;        /* envelopes of kind change that are not there yet, our own and others' */
};
typedef enum vls_code vls_stored_remote_fn(void *ctx, const struct vls_stored_remote *r, struct vls_error *err);

/** Errors: VLS_EEXIST. */
VLS_API enum vls_code vls_store_remote_add(struct vls_store *s, const char *name, const char *url,
                                           struct vls_error *err) VLS_MUST_USE;
/** Errors: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_store_remote_remove(struct vls_store *s, const char *name, struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_remotes(struct vls_store *s, vls_stored_remote_fn *fn, void *ctx,
                                        struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_remote_mark(struct vls_store *s, const char *name, const char *tip,
                                            int64_t contact_unix, struct vls_error *err) VLS_MUST_USE;
/** The remote holds this envelope; one that is not here is no matter. Only the next one after what it is known to hold of
 *  a chain counts, so that a gap on the remote is filled again; *rose (may be NULL) tells that it was such a one. */
VLS_API enum vls_code vls_store_remote_has(struct vls_store *s, const char *name, const uint8_t id[VLS_HASH_LEN],
                                           bool *rose, struct vls_error *err) VLS_MUST_USE;
/** Forgets all that vls_store_remote_has said, and the tip (a remote that was lost or made anew). */
VLS_API enum vls_code vls_store_remote_reset(struct vls_store *s, const char *name, struct vls_error *err) VLS_MUST_USE;
/**
 * For reading all of a remote again: recount puts aside what is known to be there, vls_store_remote_has then begins at
 * nothing, and recounted tells of how many branches less was met than was known, and forgets what was put aside. All
 * three belong in one transaction, which whoever misses something undoes.
 */
VLS_API enum vls_code vls_store_remote_recount(struct vls_store *s, const char *name,
                                               struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_store_remote_recounted(struct vls_store *s, const char *name, uint64_t *missing,
                                                 struct vls_error *err) VLS_MUST_USE;
/** Envelopes the remote does not hold yet, in order of arrival, with bytes. Costs what is new, not the history (I9). */
VLS_API enum vls_code vls_store_to_send(struct vls_store *s, const char *name, vls_stored_fn *fn, void *ctx,
                                        struct vls_error *err) VLS_MUST_USE;

/** Envelopes that not every other device has confirmed to have, in order of arrival, with bytes. me: our own device,
 *  which has them all. Costs what is not confirmed. */
VLS_API enum vls_code vls_store_unconfirmed(struct vls_store *s, const uint8_t me[VLS_ID_LEN], vls_stored_fn *fn,
                                            void *ctx, struct vls_error *err) VLS_MUST_USE;

/* ---- check ---- */

/** Verifies every page. Errors: VLS_EAUTH naming the place. */
VLS_API enum vls_code vls_store_verify(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
/**
 * Compares with a second store (for instance one in memory that was merged afresh): calls fn with each
 * record of s whose digest or presence differs there; *n_records of s, *n_differ.
 */
VLS_API enum vls_code vls_store_compare(struct vls_store *s, struct vls_store *other, vls_record_fn *fn, void *ctx,
                                        uint64_t *n_records, uint64_t *n_differ, struct vls_error *err) VLS_MUST_USE;
/** The same for all else that merging has made: heads, counters, conflicts, links, words, names of values. */
VLS_API enum vls_code vls_store_compare_rest(struct vls_store *s, struct vls_store *other, bool *equal,
                                             struct vls_error *err) VLS_MUST_USE;
/** Keeps a record of a compartment as it stands now, for vls_store_asides; *there: it was there. In a transaction. */
VLS_API enum vls_code vls_store_set_aside(struct vls_store *s, const uint8_t id[VLS_ID_LEN],
                                          const uint8_t compartment[VLS_ID_LEN], int64_t wall_unix_s, bool *there,
                                          struct vls_error *err) VLS_MUST_USE;
/** Forgets everything that merging has made, in the open transaction: the caller applies every change set again. */
VLS_API enum vls_code vls_store_unmerge(struct vls_store *s, struct vls_error *err) VLS_MUST_USE;
/** An empty store in memory, never on disk. */
VLS_API enum vls_code vls_store_memory(struct vls_store **out, struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
