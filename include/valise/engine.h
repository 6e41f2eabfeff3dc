#ifndef VALISE_ENGINE_H
#define VALISE_ENGINE_H

#include "valise/store.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * One opened valise: store, keys, membership, remotes. The place where the modules meet, and the
 * only way in which anything is written. Nothing here prints or prompts.
 */
struct vls_engine;
struct vls_io;
struct vls_carrier;

struct vls_places {
    const char *data;    /* folder of the sealed store and the key file; made with mode 0700 */
    const char *state;   /* folder of the sealed state file (rollback anchor) */
    const char *courier; /* path of valise-courier, NULL: beside the program */
    bool batch;          /* nobody may be asked anything while a remote is reached */
    /* What stands below: files and the way to remotes. NULL: the operating system, the courier. */
    const struct vls_io *io;
    const struct vls_carrier *carrier;
};

struct vls_identity {
    char title[128];
    char delegation[64];
    char post[64];
    char delegation_device[24]; /* short device name for lists, "Ireland, New York" when unique */
    uint8_t device[VLS_ID_LEN];
    bool admitted; /* false between join and admission */
    bool root;     /* may admit new delegations */
};

/* ---- beginning ---- */

struct vls_new {
    const char *title; /* init only */
    const char *delegation, *post;
    const char *remote_url;  /* join only: where the request is left */
    const char *remote_name; /* join only: what to call it; NULL: "stick" */
    int64_t now_unix;
};

/** True when a key file is there (it may be locked). */
VLS_API bool vls_engine_exists(const struct vls_places *places);
/** The id that names this store in the unlock cache; needs no key. Errors: VLS_ENOSTORE. */
VLS_API enum vls_code vls_engine_store_id(const struct vls_places *places, uint8_t out[VLS_ID_LEN],
                                          struct vls_error *err) VLS_MUST_USE;

/**
 * Makes a new valise (init) or the empty store of a newcomer with its request on the remote (join).
 * On failure nothing is left behind. out is open; master is the key for the unlock cache, owned by the caller.
 *
 * Errors: VLS_EEXIST, a valise is here already; join: those of vls_engine_sync.
 */
VLS_API enum vls_code vls_engine_init(struct vls_engine **out, struct vls_secret **master,
                                      const struct vls_places *places, const struct vls_new *n,
                                      const struct vls_secret *passphrase, struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_engine_join(struct vls_engine **out, struct vls_secret **master,
                                      const struct vls_places *places, const struct vls_new *n,
                                      const struct vls_secret *passphrase, struct vls_error *err) VLS_MUST_USE;

/** Derives the master key from the passphrase (slow). Errors: VLS_ENOSTORE, VLS_ELOCKED, VLS_EAUTH. */
VLS_API enum vls_code vls_engine_unlock(struct vls_secret **master, const struct vls_places *places,
                                        const struct vls_secret *passphrase, struct vls_error *err) VLS_MUST_USE;
/** Whether a master key is that of the key file: tells a key of another valise from a damaged store. */
VLS_API bool vls_engine_key_fits(const struct vls_places *places, const struct vls_secret *master);
/** Opens with the master key, borrowed for the call. Errors: VLS_ENOSTORE, VLS_EBUSY, VLS_EAUTH. */
VLS_API enum vls_code vls_engine_open(struct vls_engine **out, const struct vls_places *places,
                                      const struct vls_secret *master, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_engine_close(struct vls_engine *e);

/* What opening found about the store's own past (schemas/store/anchor.md section 3). After the latter two it goes on
 * as a new incarnation. */
enum vls_notice {
    VLS_NOTICE_NONE = 0,
    VLS_NOTICE_OLDER,   /* older than the state file says, or another copy of it was used since */
    VLS_NOTICE_NO_STATE /* the state file that was there is gone: moved, copied or put back */
};
VLS_API enum vls_notice vls_engine_notice(const struct vls_engine *e);

/** Four words for the state in which the store was found (VLS_STATE_WORDS of valise/anchor.h). */
#define VLS_WORDS_TEXT 32
VLS_API void vls_engine_words(struct vls_engine *e, char out[VLS_WORDS_TEXT]);
/** The same from the state file, without opening the store. Errors: VLS_ENOTFOUND, there is none; VLS_EAUTH; VLS_ENOSTORE;
 *  VLS_EVERSION. */
VLS_API enum vls_code vls_engine_words_left(const struct vls_places *places, const struct vls_secret *master,
                                            char out[VLS_WORDS_TEXT], struct vls_error *err) VLS_MUST_USE;

VLS_API struct vls_store *vls_engine_store(struct vls_engine *e);
VLS_API const struct vls_identity *vls_engine_me(struct vls_engine *e);

/** Keys of this valise's key file. */
VLS_API enum vls_code vls_engine_new_passphrase(const struct vls_places *places, const struct vls_secret *master,
                                                const struct vls_secret *passphrase,
                                                struct vls_error *err) VLS_MUST_USE;
/** Makes (or replaces) the recovery code; text is for paper, owned by the caller as a secret. */
VLS_API enum vls_code vls_engine_recovery(const struct vls_places *places, const struct vls_secret *master,
                                          struct vls_secret **text, struct vls_error *err) VLS_MUST_USE;

/**
 * Opens with the recovery code as typed and sets a new passphrase. The store begins a new incarnation,
 * since a code may be used on a copy. master is for the unlock cache, owned by the caller.
 *
 * Errors: VLS_EVALUE, mistyped (the message names the line); VLS_ETRUST, the code of another valise;
 * VLS_ELOCKED, a code that was replaced; VLS_EBUSY; VLS_EAUTH.
 */
VLS_API enum vls_code vls_engine_restore(struct vls_secret **master, const struct vls_places *places,
                                         const struct vls_secret *code, const struct vls_secret *passphrase,
                                         struct vls_error *err) VLS_MUST_USE;

/**
 * Gives the valise another master key: the store is sealed anew under it and begins a new incarnation, and a key file
 * with this passphrase and no recovery code takes the old one's place. Whoever has a copy of the old key file and what
 * opened it opens nothing of the store any more. A cut at any moment leaves the old pair or the new one (I5). Takes
 * room for a second store while it runs.
 *
 * fresh       receives the new master key for the unlock cache, owned by the caller; NULL on failure.
 * passphrase  the one of the new key file, which may be the old one's.
 *
 * Errors: VLS_EBUSY; VLS_EFULL; VLS_EVALUE, an empty passphrase; VLS_EAUTH; VLS_ENOSTORE. After VLS_EIO the valise may
 * have either key: fresh is then gone, and the passphrase tells.
 */
VLS_API enum vls_code vls_engine_rekey(struct vls_secret **fresh, const struct vls_places *places,
                                       const struct vls_secret *master, const struct vls_secret *passphrase,
                                       struct vls_error *err) VLS_MUST_USE;
/** Bytes of the store's file, and those free beside it: what a change of the master key needs. Errors: VLS_ENOSTORE;
 * VLS_EIO. */
VLS_API enum vls_code vls_engine_room(const struct vls_places *places, uint64_t *store, uint64_t *available,
                                      struct vls_error *err) VLS_MUST_USE;

/* ---- writing ---- */

/* Edits of one compartment that become one change set. */
struct vls_edit;

/* What backs a value and why it was chosen; a zeroed one says nothing. */
struct vls_backing {
    enum vls_cite cite;
    const char *cite_text, *reason; /* borrowed for the call, may be NULL */
};

/** compartment: name, NULL for "focal-points". Errors: VLS_ENOTADMITTED; VLS_ENOTFOUND. */
VLS_API enum vls_code vls_edit_begin(struct vls_edit **out, struct vls_engine *e, const char *compartment,
                                     struct vls_error *err) VLS_MUST_USE;
/** Before anything is committed: all of it goes into that compartment instead. Errors: VLS_ENOTFOUND. */
VLS_API enum vls_code vls_edit_move(struct vls_edit *d, const char *compartment, struct vls_error *err) VLS_MUST_USE;
/** A new record; its reference collides with none known here. */
VLS_API enum vls_code vls_edit_create(struct vls_edit *d, const struct vls_kind *kind, uint8_t id[VLS_ID_LEN],
                                      struct vls_error *err) VLS_MUST_USE;
/** Sets a register; names every value it replaces that is known here. An IMM register that already
 *  has a value is refused (VLS_EVALUE). Setting what is already shown alone does nothing, and emptying (CBOR null) what
 *  is empty. An earlier stage (FWD) needs a reason (VLS_EVALUE) and is written as a decision. A withdrawal (life) names
 *  the record's other values too (schemas/domain/merge.md section 1). */
VLS_API enum vls_code vls_edit_put(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                                   struct vls_slice key, struct vls_slice value, const struct vls_backing *why,
                                   struct vls_error *err) VLS_MUST_USE;
/** As vls_edit_put of a field of a record made in this edit, and says what its author had before it: the values at
 * these dots are named, and not replaced (schemas/domain/merge.md section 1). More than VLS_CHANGE_NAMES_MAX: nothing
 * is said. */
VLS_API enum vls_code vls_edit_put_knowing(struct vls_edit *d, const uint8_t record[VLS_ID_LEN],
                                           const struct vls_field *field, struct vls_slice value,
                                           const struct vls_dot *known, size_t n, struct vls_error *err) VLS_MUST_USE;
/* What becomes of a list from which removals take at once (RWS). */
struct vls_members {
    const struct vls_slice *in, *out; /* elements, UTF-8 */
    size_t n_in, n_out;
    bool only; /* a narrowing: the list holds in and nothing else, also nothing that somebody adds meanwhile */
};
/** Called once for a field in an edit. Errors: VLS_ENOTFOUND, what is to go out is not in; VLS_ELIMIT. */
VLS_API enum vls_code vls_edit_members(struct vls_edit *d, const uint8_t record[VLS_ID_LEN],
                                       const struct vls_field *field, const struct vls_members *m,
                                       const struct vls_backing *why, struct vls_error *err) VLS_MUST_USE;
/** What was written so far knows that the record is withdrawn: it stays so, and nothing is announced as unseen by
 *  the withdrawal. Does nothing to a record that is not withdrawn, or of which something is announced already. */
VLS_API enum vls_code vls_edit_still_withdrawn(struct vls_edit *d, const uint8_t record[VLS_ID_LEN],
                                               struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_edit_add(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                                   struct vls_slice value, const struct vls_backing *why,
                                   struct vls_error *err) VLS_MUST_USE;
/** Takes a value out of a set. Errors: VLS_ENOTFOUND, it is not in it. */
VLS_API enum vls_code vls_edit_remove(struct vls_edit *d, const uint8_t record[VLS_ID_LEN],
                                      const struct vls_field *field, struct vls_slice value,
                                      const struct vls_backing *why, struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_edit_append(struct vls_edit *d, const uint8_t record[VLS_ID_LEN],
                                      const struct vls_field *field, struct vls_slice entry,
                                      struct vls_error *err) VLS_MUST_USE;
/** Settles a conflict with value: a put that names all rivals. */
VLS_API enum vls_code vls_edit_decide(struct vls_edit *d, const struct vls_conflict *c, struct vls_slice value,
                                      const char *reason, struct vls_error *err) VLS_MUST_USE;
VLS_API bool vls_edit_empty(const struct vls_edit *d);
/** Seals and applies in one transaction (I5), frees d in any case. now_unix is shown, never compared. */
VLS_API enum vls_code vls_edit_commit(struct vls_edit *d, int64_t now_unix, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_edit_abort(struct vls_edit *d);
/** The compartment's name a record lives in; NULL when it is unknown. Static for the engine's life. */
VLS_API const char *vls_engine_home_of(struct vls_engine *e, const uint8_t record[VLS_ID_LEN]);

/* ---- remotes and syncing ---- */

struct vls_remote_info {
    const char *name, *url;
    int64_t last_contact_unix; /* 0: never */
    int64_t last_news_unix;    /* when it last brought anything by another's hand; 0: it was never read */
    uint64_t n_waiting;        /* change sets not yet sent there */
};
typedef enum vls_code vls_remote_fn(void *ctx, const struct vls_remote_info *r, struct vls_error *err);

VLS_API enum vls_code vls_engine_remote_add(struct vls_engine *e, const char *name, const char *url, bool create,
                                            struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_engine_remote_remove(struct vls_engine *e, const char *name,
                                               struct vls_error *err) VLS_MUST_USE;
VLS_API enum vls_code vls_engine_remote_list(struct vls_engine *e, vls_remote_fn *fn, void *ctx,
                                             struct vls_error *err) VLS_MUST_USE;

struct vls_sync_opts {
    const char *remote; /* name, NULL: all of them */
    bool dry_run;
    int64_t now_unix;
    /* Progress: done of total (0: unknown) and bytes so far; return false to stop. May be NULL. */
    bool (*progress)(void *ctx, const char *remote, uint64_t done, uint64_t total, uint64_t bytes);
    void *ctx;
};

struct vls_sync_result {
    uint64_t sent, received;     /* change sets and requests to join: what people did */
    uint64_t membership;         /* of what was sent: who belongs and may read, and answers to requests */
    uint64_t waiting;            /* received, but something they build on is missing */
    uint64_t refused;            /* not authentic or not allowed; kept aside */
    uint64_t foreign;            /* blobs that nothing here opens */
    uint64_t damaged;            /* pieces that did not arrive whole, or had no room to wait; asked for again by the next sync */
    bool cut;                    /* a file of changes that ends before its end */
    bool admitted_now;           /* this sync made us a member */
    uint64_t letters_again;      /* requests and welcomes of ours that had vanished there, and are left once more */
    uint64_t requests_left;      /* requests to join that were not taken, since too many wait for an answer already */
    bool rewritten;              /* the history there is another one; nothing that it held is missing */
    bool was_older;              /* this store was put back or copied: it has begun another life */
    enum vls_code code;          /* how it ended with this remote */
    struct vls_error why;
};
typedef void vls_sync_fn(void *ctx, const char *remote, const struct vls_sync_result *r);

/**
 * Exchanges with the remotes, calling fn once for each. Local work is never undone by a remote (I4).
 *
 * Errors: VLS_EPARTIAL, at least one remote was not reached (fn has said which); VLS_ETRUST, a remote
 * is not what it was; VLS_EAUTH, VLS_EFORMAT, a remote is damaged (these three whatever else
 * happened); VLS_ENOTFOUND, no such remote; VLS_ENOTADMITTED, our request still waits.
 */
VLS_API enum vls_code vls_engine_sync(struct vls_engine *e, const struct vls_sync_opts *o, vls_sync_fn *fn, void *ctx,
                                      struct vls_error *err) VLS_MUST_USE;

/* What lies on a remote, before its history was replaced and after. */
struct vls_compacted {
    uint64_t pieces_before, bytes_before;
    uint64_t pieces_after, bytes_after;
    bool replaced; /* false: with dry_run, and when nothing would be gained */
    /* the room that all of it takes in a folder, older histories too; 0 on a host */
    uint64_t room_before, room_after;
    uint64_t room_waiting; /* could be given back, but others may be reading or writing: by another call, a day later */
    bool room_foreign;     /* nothing is given back: something lies there that valise did not write, or git tends it */
    bool room_failed;      /* the history was replaced, but room could not be given back now; a later call does it */
    struct vls_error room_why;
};

/**
 * Syncs with one remote and then puts a short history in the place of its own: few full pieces with all that is in it.
 * Others find everything there that they knew to be there, so that they go on without an alarm and lose nothing that
 * they have not sent (schemas/wire/remote.md 10). What cannot be read here is carried over as it is. In a folder the
 * room of what was replaced, now or before, is given back (11); that it could not be is no failure once the history is
 * replaced.
 *
 * out     with o->dry_run: how it would be, without what has not been received yet.
 * result  of the sync before.
 *
 * Errors: VLS_ENOTFOUND, no such remote; VLS_EREADONLY, also a host that allows nobody to replace a history;
 * VLS_EFORMAT, something there does not arrive whole; VLS_ELIMIT, too much lies there that cannot be read here; those
 * of vls_engine_sync. After each of them the old history is there, or the new one.
 */
VLS_API enum vls_code vls_engine_remote_compact(struct vls_engine *e, const struct vls_sync_opts *o,
                                                struct vls_compacted *out, struct vls_sync_result *result,
                                                struct vls_error *err) VLS_MUST_USE;

/* What a file of changes holds. */
struct vls_bag_written {
    struct vls_buf path; /* where it is */
    uint64_t n_changes;  /* change sets in it */
    uint64_t n_letters;  /* requests to join and answers to them */
    uint64_t bytes;
};

/**
 * Writes a file of changes: what not every colleague has confirmed to have, or everything. A newcomer's holds its request.
 *
 * path  the file to be made, or a folder in which it gets a neutral name; NULL only counts what it would hold.
 * out   cleared by the caller (vls_bag_written_clear); empty on failure.
 *
 * Errors: VLS_EEXIST; VLS_EUNREACHABLE, no such folder; VLS_EREADONLY; VLS_EFULL; VLS_ENOTADMITTED.
 */
VLS_API enum vls_code vls_engine_bag_write(struct vls_engine *e, const char *path, bool all, int64_t now_unix,
                                           struct vls_bag_written *out, struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_bag_written_clear(struct vls_bag_written *out);
/**
 * Takes in a file of changes, in one transaction; again and in any order with the same result.
 *
 * o       its remote is not looked at.
 * result  as for a remote; damaged counts places that are not what was written. What arrived whole was used.
 *
 * Errors: VLS_EUNREACHABLE, no such file; VLS_EFORMAT, no file of changes; VLS_ETRUST, of another valise; VLS_ELIMIT;
 * VLS_EINTERRUPT.
 */
VLS_API enum vls_code vls_engine_bag_read(struct vls_engine *e, const char *path, const struct vls_sync_opts *o,
                                          struct vls_sync_result *result,
                                          struct vls_error *err) VLS_MUST_USE;

/* Numbers of one device's chain that have not come, although later ones have. */
struct vls_gap {
    const char *delegation, *post; /* "" for a device that is not known here */
    uint64_t first, last;
};
typedef enum vls_code vls_gap_fn(void *ctx, const struct vls_gap *gap, struct vls_error *err);
#define VLS_GAPS_MAX  64 /* a screen or two; a member could make thousands */
#define VLS_GAPS_EACH 4  /* of one device, or of all that are not known here */
/** Names gaps, those of colleagues first. *more: how many beyond VLS_GAPS_EACH of a device and VLS_GAPS_MAX in all. */
VLS_API enum vls_code vls_engine_gaps(struct vls_engine *e, vls_gap_fn *fn, void *ctx, uint64_t *more,
                                      struct vls_error *err) VLS_MUST_USE;

/* ---- membership ---- */

struct vls_request {
    const char *delegation, *post;
    int64_t wall_unix_s;
    bool may;                           /* this laptop may admit it */
    const char *by_delegation, *by_post; /* who may, when this one may not: the founder, or a laptop of its own */
};
typedef enum vls_code vls_request_fn(void *ctx, const struct vls_request *r, struct vls_error *err);
VLS_API enum vls_code vls_engine_requests(struct vls_engine *e, vls_request_fn *fn, void *ctx,
                                          struct vls_error *err) VLS_MUST_USE;

/** 30 digits. A newcomer's own number; a member passes the delegation that asks. out holds 31 chars. */
#define VLS_SAFETY_TEXT 31
VLS_API enum vls_code vls_engine_safety_number(struct vls_engine *e, const char *delegation,
                                               char out[VLS_SAFETY_TEXT], struct vls_error *err) VLS_MUST_USE;
/**
 * Who that number would admit; post receives its post, VLS_POST_TEXT chars. Errors: those of vls_engine_admit.
 */
#define VLS_POST_TEXT 64
VLS_API enum vls_code vls_engine_who_asks(struct vls_engine *e, const char *delegation, const char *safety_number,
                                          char post[VLS_POST_TEXT], struct vls_error *err) VLS_MUST_USE;
/**
 * Forgets requests here, for good; a new request of the same people is another one. Nothing is told to anybody.
 *
 * safety_number  the one to forget; NULL: all in the name of the delegation.
 * n              receives how many.
 *
 * Errors: VLS_ENOTFOUND, nobody of that name asks; VLS_ETRUST, none of them has that number.
 */
VLS_API enum vls_code vls_engine_refuse(struct vls_engine *e, const char *delegation, const char *safety_number,
                                        size_t *n, struct vls_error *err) VLS_MUST_USE;
/**
 * Admits the delegation that asks after comparing the number that was read out (spaces allowed).
 * n_shared receives the number of records whose history was handed over.
 *
 * Errors: VLS_ENOTFOUND, nobody of that name asks; VLS_ETRUST, the number differs: nobody is admitted;
 * VLS_ENOTADMITTED, this device may not admit.
 */
VLS_API enum vls_code vls_engine_admit(struct vls_engine *e, const char *delegation, const char *safety_number,
                                       bool share_history, int64_t now_unix, uint64_t *n_shared,
                                       struct vls_error *err) VLS_MUST_USE;

/* What was handed over to members who were admitted without it. */
struct vls_shared {
    uint64_t n_devices; /* that lacked something */
    uint64_t n_epochs;  /* keys handed over, one for each device; 0: they had all that this laptop has */
    uint64_t n_records; /* that what they open now speaks of */
};
/**
 * Hands every laptop of a delegation the epochs held here of what it may read and lacks; their next exchange opens
 * what lay unread. Again with the same result: what they have is not said twice.
 *
 * Errors: VLS_ENOTFOUND, no other laptop of that delegation is a member; VLS_ENOTADMITTED, we are none.
 */
VLS_API enum vls_code vls_engine_share_history(struct vls_engine *e, const char *delegation, int64_t now_unix,
                                               struct vls_shared *out, struct vls_error *err) VLS_MUST_USE;

/* What lies here and cannot be opened, because it was recorded before we were admitted. */
struct vls_unread {
    uint64_t n_changes; /* change sets; those that others keep in a compartment of their own are among them */
    char delegation[64], post[64]; /* who can hand over the keys */
};
/** All zero when no key of anything that we may read is missing. */
VLS_API enum vls_code vls_engine_unread(struct vls_engine *e, struct vls_unread *out,
                                        struct vls_error *err) VLS_MUST_USE;

struct vls_member {
    const char *delegation, *post;
    uint8_t device[VLS_ID_LEN];
    bool me;
    int64_t last_news_unix; /* newest wall time in an envelope of this device, 0: none */
};
typedef enum vls_code vls_member_fn(void *ctx, const struct vls_member *m, struct vls_error *err);
VLS_API enum vls_code vls_engine_members(struct vls_engine *e, vls_member_fn *fn, void *ctx,
                                         struct vls_error *err) VLS_MUST_USE;

/**
 * When this laptop last learned anything new and authentic by another's hand, by any way and by its own clock; the
 * first exchange begins the count. 0: it has had none, or there is nobody else.
 */
VLS_API enum vls_code vls_engine_last_news(struct vls_engine *e, int64_t *unix_s, struct vls_error *err) VLS_MUST_USE;

/* ---- what is to be known of colleagues' stores ---- */

enum vls_incident_kind {
    VLS_INCIDENT_NEW_COPY, /* its store was put back, copied, opened with its code or sealed anew: no alarm */
    VLS_INCIDENT_TWINS     /* it signed two versions with one number, and has not said that its store was copied */
};
struct vls_incident {
    enum vls_incident_kind kind;
    int64_t n; /* grows with the order in which they became known here */
    const char *delegation, *post;
    bool me;         /* our own device */
    bool elsewhere;  /* and not this copy of its store */
    int64_t wall_unix_s;
};
typedef enum vls_code vls_incident_fn(void *ctx, const struct vls_incident *i, struct vls_error *err);
/** Those that became known after `since` (0: all), oldest first. *newest, when not NULL, receives the greatest n there is. */
VLS_API enum vls_code vls_engine_incidents(struct vls_engine *e, int64_t since, int64_t *newest, vls_incident_fn *fn,
                                           void *ctx, struct vls_error *err) VLS_MUST_USE;

/* ---- check ---- */

struct vls_check {
    uint64_t n_changes, n_devices, n_missing, n_bad; /* bad: sealed change sets that no longer verify */
    uint64_t n_records, n_differ;  /* records whose incremental state differs from a fresh merge */
    bool rest_differs;             /* something else that follows from the change sets does: heads, links, words, … */
    bool store_ok;                 /* every page verified */
    uint64_t n_dates_impossible;   /* values kept as words only */
    uint64_t n_aside;              /* vls_engine_heal: records that were kept as they stood */
    bool healed;                   /* vls_engine_heal: everything was merged anew, and now agrees */
};
/** Verifies the store's pages and every sealed change set, merges everything afresh and compares. */
VLS_API enum vls_code vls_engine_check(struct vls_engine *e, struct vls_check *out, vls_record_fn *differing,
                                       void *ctx, struct vls_error *err) VLS_MUST_USE;
/**
 * The same, and where records differ while every change set verifies, mends them in one transaction (I5): what stood
 * there is set aside (vls_store_asides), everything merged is made anew and compared once more. Where a change set does
 * not verify, nothing is touched: what it said may be in the records alone.
 */
VLS_API enum vls_code vls_engine_heal(struct vls_engine *e, int64_t now_unix, struct vls_check *out,
                                      vls_record_fn *differing, void *ctx, struct vls_error *err) VLS_MUST_USE;

/* What lies on one remote, as far as its bytes show. */
struct vls_remote_check {
    uint64_t n_blobs;
    uint64_t n_plain; /* of another size than sealed ones have, or not looking random */
    uint64_t n_damaged; /* missing, unreadable, or not what their name says */
    bool foreign;       /* it holds a different valise */
};
/** Reads everything on a remote and writes nothing. Errors: VLS_ENOTFOUND, no such remote; those of a sync. */
VLS_API enum vls_code vls_engine_check_remote(struct vls_engine *e, const char *name, struct vls_remote_check *out,
                                              struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
