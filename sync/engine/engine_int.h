#ifndef VALISE_ENGINE_INT_H
#define VALISE_ENGINE_INT_H

#include "valise/anchor.h"
#include "valise/bag.h"
#include "valise/engine.h"
#include "valise/keyfile.h"
#include "valise/member.h"
#include "valise/ring.h"
#include "valise/store_write.h"
#include "valise/transport.h"

/* Names in the store's meta table. */
#define META_GENESIS "genesis" /* founding document, once we are a member */
#define META_DOOR    "door"    /* group id 32, door key 32: what a newcomer asked to join */
#define META_SELF    "self"    /* our labels, public keys and incarnation, canonical CBOR */
#define META_REQUEST "request" /* body of our own request to join */
#define META_FORMER  "former"  /* last envelope of the incarnation before this one */
#define META_RETRY   "retry"   /* there since something that can be opened still lacked what it builds on */
#define META_UNACKED "unacked" /* there since something was received that we have not confirmed */
#define META_ANCHORED "anchored" /* there since a state file was made */
#define META_HEEDED   "heeded"   /* le64: generation of the state file that this incarnation was begun for */

/* Purposes in the store's key table. */
#define KEY_SIGN    "sign"
#define KEY_BOX     "box"
#define KEY_DOOR    "door"
#define KEY_EPOCH   "epoch"   /* id: compartment 16, epoch 32 */
#define KEY_REQUEST "request" /* id: request hash; body in clear: somebody asks to join */
/* That many wait at most, the oldest: whoever can write to a remote asks as often as it likes. */
#define REQUESTS_MAX 256
#define KEY_REFUSED "refused" /* id: request hash; a request that was forgotten on purpose and still lies on remotes */
#define KEY_OUTBOX  "outbox:" /* + remote; id: hash; a letter that must still be left there */

/* Those of them that lie there sealed: another master key seals each anew (rekey.c). */
#define KEYS_SEALED {KEY_SIGN, KEY_BOX, KEY_DOOR, KEY_EPOCH}

/* No remote can be called so: stands for files that somebody carries. */
#define BAG_REMOTE ""

#define DEFAULT_COMPARTMENT "focal-points"
#define OWN_COMPARTMENT     "own"
#define COURT_COMPARTMENT   "court"

/* The state file, as this process knows it. */
struct engine_anchor {
    struct vls_secret *key;
    uint8_t store_id[VLS_STORE_ID_LEN];
    struct vls_anchor last; /* what stands there; generation 0: nothing */
    unsigned slot;          /* where */
    int fd;                 /* -1: it can not be written */
};

struct vls_engine {
    char *data, *courier;
    const struct vls_io *io;           /* below the store */
    const struct vls_carrier *carrier; /* the way to remotes */
    unsigned remote_flags;             /* how every remote is opened: VLS_REMOTE_BATCH or 0 */
    struct engine_anchor anchor;
    enum vls_notice notice;
    struct vls_store *store;
    struct vls_secret *kek;                        /* seals keys inside the store */
    struct vls_secret *sign_sk, *box_sk, *door_sk; /* door_sk: NULL before admission */
    uint8_t sign_pk[VLS_SIGN_PK_LEN], box_pk[VLS_BOX_PK_LEN];
    uint8_t incarnation[VLS_ID_LEN];
    struct vls_door door;
    struct vls_members *members; /* NULL before the welcome came */
    struct vls_slice genesis;    /* in genesis_buf */
    struct vls_buf genesis_buf;
    struct vls_join request;   /* our own; body_len 0 for the founder */
    struct vls_epoch **epochs; /* held, oldest first; the group's among them */
    size_t n_epochs, cap_epochs;
    size_t last_epoch; /* where the last sealed envelope was recognised */
    bool stale;        /* what stands here beside the store is not what the store says: load it again first */
    struct vls_identity me;
};

/* ---- open.c ---- */

#define ENGINE_PATH_LEN 4096

/* folder/name. Errors: VLS_EUSAGE, too long. */
enum vls_code vls__engine_path(char out[ENGINE_PATH_LEN], const char *folder, const char *name, struct vls_error *err);
enum vls_code vls__engine_keys_path(char out[ENGINE_PATH_LEN], const struct vls_places *places, struct vls_error *err);
/* The subkeys that a process needs; the master key itself is not kept. */
enum vls_code vls__engine_derive(struct vls_engine *e, const uint8_t *store_id, const struct vls_secret *master,
                                 struct vls_secret **page, struct vls_error *err);

/* Opens without a key file, which has told store_id and has proved master. */
enum vls_code vls__engine_open_by_id(struct vls_engine **out, const struct vls_places *places, const uint8_t *store_id,
                                     const struct vls_secret *master, struct vls_error *err);
/* An engine over a store, without keys or membership yet. */
enum vls_code vls__engine_new(struct vls_engine **out, const struct vls_places *places, struct vls_error *err);

/* A transaction of the store and of what this process knows beside it: membership, epochs, keys. end commits when rc
 * is VLS_OK; otherwise, or when that fails, both go back to what they were. */
enum vls_code vls__engine_start(struct vls_engine *e, struct vls_error *err);
/* Before what stands beside the store is looked at: loads it again when going back to it had failed. */
enum vls_code vls__engine_fresh(struct vls_engine *e, struct vls_error *err);
enum vls_code vls__engine_end(struct vls_engine *e, enum vls_code rc, struct vls_error *err);
void vls__engine_drop(struct vls_engine *e);

/* ---- epochs.c ---- */

enum vls_code vls__engine_key_put(struct vls_engine *e, const char *purpose, struct vls_slice id,
                                  const struct vls_secret *key, struct vls_error *err);
/* The newest key of a purpose; *out stays NULL when there is none. */
enum vls_code vls__engine_key_load(struct vls_engine *e, const char *purpose, struct vls_secret **out,
                                   struct vls_error *err);
/* Holds an epoch (taken in any case); stores its key when keep is set. A held one is dropped quietly. */
enum vls_code vls__engine_hold(struct vls_engine *e, struct vls_epoch *epoch, bool keep, bool *added,
                               struct vls_error *err);
struct vls_epoch *vls__engine_epoch(struct vls_engine *e, const uint8_t *compartment, const uint8_t *id);
/* The epoch to write a compartment under: one that every reader holds, the lowest id of several. NULL: none. */
struct vls_epoch *vls__engine_epoch_for(struct vls_engine *e, const uint8_t *compartment);
/* The epoch that an envelope's content is sealed under, trying first the one that fitted last. NULL: none held. */
struct vls_epoch *vls__engine_epoch_under(struct vls_engine *e, const struct vls_envelope *env);
/* The epoch of a compartment that came last; NULL: none held. */
struct vls_epoch *vls__engine_newest(struct vls_engine *e, const uint8_t *compartment);
/* Holds every epoch whose key the store has. */
enum vls_code vls__engine_epochs_load(struct vls_engine *e, struct vls_error *err);

/* ---- standing.c ---- */

/* Copies a label; false when it does not fit. */
bool vls__engine_label(char *out, size_t cap, struct vls_slice s);
/* Stores who we are: labels, keys, incarnation. */
enum vls_code vls__engine_self_save(struct vls_engine *e, struct vls_error *err);
enum vls_code vls__engine_self_load(struct vls_engine *e, struct vls_error *err);
/* Takes over the founding document: membership, group id and title. Stores it when keep is set. */
enum vls_code vls__engine_found(struct vls_engine *e, struct vls_slice genesis, bool keep, struct vls_error *err);
/* After membership grew: names and compartments for the store, epochs wrapped for us, our own standing. */
enum vls_code vls__engine_refresh(struct vls_engine *e, bool *new_epochs, struct vls_error *err);
/* Names a compartment that we read to a store; another delegation's carries its owner's name. */
enum vls_code vls__engine_room(const struct vls_engine *e, struct vls_store *store,
                               const struct vls_member_compartment *c, struct vls_error *err);
/* The compartment a name means to us: one for all, or our own delegation's; what others call theirs never counts. */
const struct vls_member_compartment *vls__engine_compartment(struct vls_engine *e, const char *name);
/* Ourselves, our request and the membership, afresh from the store. On failure there is no membership, and e is stale. */
enum vls_code vls__engine_standing_load(struct vls_engine *e, struct vls_error *err);
/* Forgets membership and the keys that came with it. */
void vls__engine_standing_clear(struct vls_engine *e);

/* ---- anchor.c ---- */

/* Reads the state file and compares: a store that is older than it was begins a new incarnation before anything else is
 * written. What cannot be read or written there is no failure. */
enum vls_code vls__anchor_open(struct vls_engine *e, const struct vls_places *places,
                               const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *master,
                               struct vls_error *err);
/* After a commit: how far the store has come. */
void vls__anchor_write(struct vls_engine *e);
void vls__anchor_close(struct vls_engine *e);

/* ---- incarnation.c ---- */

/* Another life of the store, inside a transaction. former: the last envelope of the one before it, NULL for the newest
 * that is here. */
enum vls_code vls__engine_new_life(struct vls_engine *e, const uint8_t *former, struct vls_error *err);
/* The same as a transaction of its own. */
enum vls_code vls__engine_new_incarnation(struct vls_engine *e, struct vls_error *err);

struct receiver;
/* Somebody has an envelope of a life of ours. One of the present life that was not here proves that this store was put back
 * or copied; at the end of the reading another life begins (vls__own_settle). */
enum vls_code vls__own_news(struct receiver *r, const struct vls_head *h, struct vls_error *err);
enum vls_code vls__own_settle(struct receiver *r, struct vls_error *err);

/* ---- begin.c ---- */

/* Completes a beginning that was cut off after it had been decided: the key file is there, its store not yet. Once the
 * store is open, tidy removes the folder in which it was made. */
enum vls_code vls__engine_settle(const struct vls_places *places, struct vls_error *err);
void vls__engine_tidy(const struct vls_places *places);

/* The halves of init and join that know no folder and no key file: a store of our own at path, in an open transaction;
 * then what makes it a founder's, or a newcomer's that asks at the remote of that name. Both commit. */
enum vls_code vls__engine_make(struct vls_engine *e, const char *path, const uint8_t *store_id,
                               const struct vls_secret *master, const struct vls_new *n, struct vls_error *err);
enum vls_code vls__engine_make_founder(struct vls_engine *e, const struct vls_new *n, struct vls_error *err);
enum vls_code vls__engine_make_newcomer(struct vls_engine *e, const struct vls_new *n, const struct vls_door *door,
                                        struct vls_error *err);

/* ---- rekey.c ---- */

/* Ends a change of the master key that had reached the key file and not the store: true when the store under its name
 * is another one now. Only a store that opens under this key is put there. */
bool vls__engine_rekey_settle(const struct vls_places *places, const uint8_t *store_id,
                              const struct vls_secret *master);
/* Clears away what an interrupted change left. For whoever has the store open, whose lock says that nobody is at it. */
void vls__engine_rekey_tidy(const struct vls_places *places);

/* ---- write.c ---- */

/* What a reader's limits leave of a list: colleagues can make more of anything than one envelope may name. */
static inline size_t
engine_least(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

/* Seals, signs and stores the next envelope of our chain; id receives its name. Inside a transaction. */
enum vls_code vls__engine_write(struct vls_engine *e, enum vls_envelope_kind kind, const struct vls_epoch *epoch,
                                struct vls_slice payload, int64_t now_unix, uint8_t id[VLS_HASH_LEN],
                                struct vls_error *err);
/* Confirms what was received, if there is anything that we have not named yet. Inside a transaction. */
enum vls_code vls__engine_confirm(struct vls_engine *e, int64_t now_unix, struct vls_error *err);
/* Writes membership operations of our own and lets the graph judge them. Inside a transaction. */
enum vls_code vls__engine_say(struct vls_engine *e, struct vls_slice ops, size_t n_ops, int64_t now_unix,
                              struct vls_error *err);
/* Makes a new epoch of a compartment for all its present readers and, if also is not NULL, for that
 * device, and appends the ROTATE operation. The epoch is held at once. */
enum vls_code vls__engine_rotate(struct vls_engine *e, struct vls_buf *ops, const uint8_t *compartment,
                                 const struct vls_member_device *also, struct vls_error *err);
/* Epochs of ours for readers who were admitted while we made them (admit.c). Inside a transaction. */
enum vls_code vls__engine_share_owed(struct vls_engine *e, int64_t now_unix, struct vls_error *err);
/* Our delegation's own compartment, if it has none yet. */
enum vls_code vls__engine_make_own(struct vls_engine *e, int64_t now_unix, struct vls_error *err);

/* ---- admit.c, history.c ---- */

#define SHARES_MAX 1024 /* in one envelope */

/* Appends the SHARE that hands one epoch to a device. */
enum vls_code vls__engine_share_epoch(struct vls_engine *e, struct vls_buf *ops, const struct vls_epoch *epoch,
                                      const struct vls_member_device *to, struct vls_error *err);

/* ---- sync.c ---- */

/* What has to be said before anything is sent: our own compartment, and the confirmation of what came. */
enum vls_code vls__engine_answer(struct vls_engine *e, int64_t now_unix, struct vls_error *err);

/* ---- remotes.c ---- */

/* Looks at a remote for the first time and reads its door. Errors: VLS_ENOTFOUND, no valise there yet;
 * VLS_ETRUST, more than one. */
enum vls_code vls__engine_knock(struct vls_door *out, const struct vls_places *places, const char *url,
                                struct vls_error *err);
/* The way to remotes that these places name. */
const struct vls_carrier *vls__engine_carrier(const struct vls_places *places);
/* Notes a remote under the place its address means from here. Inside a transaction. Errors: VLS_EEXIST. */
enum vls_code vls__engine_note_remote(struct vls_engine *e, const char *name, const char *url, struct vls_error *err);
/* The key-table purpose under which letters for a remote wait. */
void vls__outbox_name(char *out, size_t cap, const char *remote);

/* ---- pack.c ---- */

typedef enum vls_code vls__packet_fn(void *ctx, struct vls_slice packet, struct vls_error *err);

/* Envelopes in, sealed packets out, to put. Clear it also after a failed init. */
struct vls__packer {
    struct vls_engine *e;
    struct vls_epoch *epoch;
    struct vls_buf content, packet;
    struct vls_packing packing; /* of content */
    vls__packet_fn *put;
    void *ctx;
};

/* Errors: VLS_ENOTADMITTED, no key of the group is here. */
enum vls_code vls__packer_init(struct vls__packer *p, struct vls_engine *e, vls__packet_fn *put, void *ctx,
                               struct vls_error *err);
/* Ends the packet at hand if n more bytes do not fit into it. */
enum vls_code vls__packer_room(struct vls__packer *p, size_t n, struct vls_error *err);
enum vls_code vls__packer_add(struct vls__packer *p, struct vls_slice envelope, struct vls_error *err);
/* Ends the packet at hand. */
enum vls_code vls__packer_end(struct vls__packer *p, struct vls_error *err);
void vls__packer_clear(struct vls__packer *p);

/* ---- bag.c ---- */


/* ---- receive.c ---- */

struct receiver {
    struct vls_engine *e;
    const char *remote;
    struct vls_sync_result *result;
    bool door_seen, welcomed;
    bool news;       /* an envelope of another member's was not known before */
    bool brought;    /* an envelope of another member's was not known to lie on this remote before */
    bool settled;    /* all that the last blob holds is in the store */
    bool door_known; /* our door was seen there by an earlier sync */
    uint64_t n_blobs;
    uint64_t n_turned_away; /* envelopes that were to wait, where too many did */
    struct vls_buf packet;  /* kept from blob to blob */
    struct vls__letters *letters; /* NULL: not all of it is read */
    /* Our own chain, as others have it and this store did not: the newest such envelope. Number 0: there is none. */
    struct vls_head own;
    struct vls_head own_head; /* ours before that: number and id */
};

enum vls_code vls__receive_blob(struct receiver *r, struct vls_slice blob, struct vls_error *err);
/* The same as a vls_remote_blob_fn; ctx is the receiver. The name proves nothing that the seal does not prove. */
enum vls_code vls__receive_named(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob,
                                 struct vls_error *err);
/* Hands over what lies somewhere: what is new there, or all of it from the start. */
typedef enum vls_code vls__read_fn(void *ctx, struct receiver *r, bool from_start, struct vls_error *err);
/* One reading of a place and all that follows from it: a newcomer reads everything, and once more when its welcome was
 * there; then what waited is tried. Inside a transaction. */
enum vls_code vls__receive_all(struct receiver *r, vls__read_fn *read, void *ctx, struct vls_error *err);
/* One that waited once more; *waits tells that it still does. */
enum vls_code vls__receive_again(struct receiver *r, struct vls_slice bytes, bool *waits, struct vls_error *err);
/* Tries what waited until nothing moves any more (waiting.c). */
enum vls_code vls__receive_waiting(struct receiver *r, struct vls_error *err);
/* Opens what became readable by epochs that were handed over later. */
enum vls_code vls__receive_unreadable(struct vls_engine *e, struct vls_error *err);

/* ---- letters.c ---- */

/* Keeps a letter until its device has spoken: for files, and to leave it again. */
enum vls_code vls__letter_keep(struct vls_engine *e, const uint8_t device[VLS_DEVICE_LEN], struct vls_slice letter,
                               struct vls_error *err);
/* Puts it where the next push to that remote finds it. */
enum vls_code vls__letter_leave(struct vls_engine *e, const char *remote, struct vls_slice letter,
                                struct vls_error *err);
/* Whether the letter of that device, as it was kept, has not been read yet. */
enum vls_code vls__letter_needed(struct vls_engine *e, struct vls_slice device, bool *yes, struct vls_error *err);
/* While all of a remote is read: which of our letters lie there. Those that are missing are left again. */
struct vls__letters;
enum vls_code vls__letters_expect(struct vls__letters **out, struct vls_engine *e, struct vls_error *err);
void vls__letters_meet(struct vls__letters *l, const char name[VLS_REMOTE_NAME_LEN + 1]);
enum vls_code vls__letters_leave(struct vls__letters *l, const char *remote, uint64_t *n_left, struct vls_error *err);
void vls__letters_free(struct vls__letters *l);

/* ---- news.c ---- */

/* Notes what a reading of a remote, or of a file, brought. Inside a transaction. */
enum vls_code vls__news_note(const struct receiver *r, int64_t now_unix, struct vls_error *err);
enum vls_code vls__news_forget(struct vls_engine *e, const char *remote, struct vls_error *err);
/* When a remote last brought anything by another's hand, 0: it was never read. */
enum vls_code vls__news_of(struct vls_engine *e, const char *remote, int64_t *unix_s, struct vls_error *err);

/* ---- learn.c ---- */

/* What an older version did not note of values is learned from the change sets; does nothing most times. */
enum vls_code vls__engine_learn_names(struct vls_engine *e, struct vls_error *err) VLS_MUST_USE;

/* ---- edit.c ---- */

struct vls_edit {
    struct vls_engine *e;
    uint8_t compartment[VLS_COMPARTMENT_LEN];
    struct vls_change_writer *w;
};

#endif
