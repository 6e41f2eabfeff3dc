#ifndef VALISE_MEMBER_H
#define VALISE_MEMBER_H

#include "valise/envelope.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Who belongs: a graph of signed operations, each judged in its author's own past alone (I7), so that
 * the result depends on the set of operations and not on their arrival. No I/O.
 * Source: schemas/wire/member.md.
 */

#define VLS_GENESIS_MAX        (16u * 1024)
#define VLS_MEMBER_NODES_MAX   8192 /* membership envelopes; checkpoints will let old ones go */
#define VLS_MEMBER_PAYLOAD_MAX (512u * 1024)
#define VLS_NAME_MAX           127 /* bytes of a title or a compartment's name */
#define VLS_MEMBER_NONCE_LEN   16  /* bytes that keep two compartments of one name and maker apart */

struct vls_member_device {
    uint8_t id[VLS_DEVICE_LEN];
    char delegation[VLS_LABEL_MAX + 1], post[VLS_LABEL_MAX + 1];
    uint8_t sign_pk[VLS_SIGN_PK_LEN], box_pk[VLS_BOX_PK_LEN];
    unsigned rank; /* 1: head of its delegation; otherwise one more than whoever added it */
    bool root;     /* its key is a root key: may bring in new delegations */
};

struct vls_member_compartment {
    uint8_t id[VLS_COMPARTMENT_LEN];
    char name[VLS_NAME_MAX + 1];
    char owner[VLS_LABEL_MAX + 1]; /* delegation */
    bool common;                   /* every member reads it */
};

struct vls_genesis {
    char title[VLS_NAME_MAX + 1];
    uint8_t nonce[16];
    uint8_t door_pk[VLS_BOX_PK_LEN];
    char delegation[VLS_LABEL_MAX + 1], post[VLS_LABEL_MAX + 1]; /* of the founding device */
    uint8_t sign_pk[VLS_SIGN_PK_LEN], box_pk[VLS_BOX_PK_LEN];
};

/** Appends the founding document; its root is the founding device's key, one signature. */
VLS_API enum vls_code vls_genesis_write(struct vls_buf *out, const struct vls_genesis *g,
                                        struct vls_error *err) VLS_MUST_USE;
/** Errors: VLS_EFORMAT, VLS_EVERSION. */
VLS_API enum vls_code vls_genesis_read(struct vls_genesis *g, struct vls_slice bytes,
                                       struct vls_error *err) VLS_MUST_USE;
/** The group's id: the hash of its genesis. The founding device's id follows from it. */
VLS_API void vls_genesis_group(uint8_t group[VLS_HASH_LEN], struct vls_slice bytes);
VLS_API void vls_genesis_device(uint8_t device[VLS_DEVICE_LEN], const uint8_t group[VLS_HASH_LEN]);

/* ---- operations, appended to one payload in the order in which they are to hold ---- */

VLS_API void vls_member_put_add(struct vls_buf *out, struct vls_slice request_body);
/**
 * id      receives the compartment's id, which commits to its maker and to the whole operation.
 * author  the device that will sign it.
 * nonce   fresh random bytes.
 */
VLS_API void vls_member_put_compartment(struct vls_buf *out, uint8_t id[VLS_COMPARTMENT_LEN],
                                        const uint8_t author[VLS_DEVICE_LEN], const uint8_t nonce[VLS_MEMBER_NONCE_LEN],
                                        const char *name, bool common);
VLS_API void vls_member_put_grant(struct vls_buf *out, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                                  const char *delegation);
struct vls_member_wrap {
    uint8_t device[VLS_DEVICE_LEN];
    uint8_t wrap[VLS_EPOCH_WRAP_LEN];
};
/** wraps: one for each reader; sorted by this function. */
VLS_API void vls_member_put_rotate(struct vls_buf *out, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                                   const uint8_t epoch[VLS_HASH_LEN], struct vls_member_wrap *wraps, size_t n);
VLS_API void vls_member_put_share(struct vls_buf *out, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                                  const uint8_t epoch[VLS_HASH_LEN], const struct vls_member_wrap *wrap);
/** Wraps n_ops operations into the payload of one envelope. */
VLS_API void vls_member_payload(struct vls_buf *out, struct vls_slice ops, size_t n_ops);

/* ---- the graph ---- */

struct vls_members;

/** The membership of a group with its founding device alone; copies genesis. */
VLS_API enum vls_code vls_members_new(struct vls_members **out, struct vls_slice genesis,
                                      struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_members_free(struct vls_members *m);
/**
 * Chains may fork: fn tells whether the envelope of that id stands before e in e's own chain. Without it every membership
 * envelope of e's incarnation that was fed does.
 */
typedef enum vls_code vls_precedes_fn(void *ctx, const uint8_t id[VLS_HASH_LEN], const struct vls_envelope *e, bool *out,
                                      struct vls_error *err);
VLS_API void vls_members_forks(struct vls_members *m, vls_precedes_fn *fn, void *ctx);
VLS_API const uint8_t *vls_members_group(const struct vls_members *m);
VLS_API const struct vls_genesis *vls_members_genesis(const struct vls_members *m);

/**
 * Adds one membership envelope whose signature and chain were verified. Its operations are judged in
 * order, each in the past that the envelope names. An operation its author had no right to is invalid
 * for ever, everywhere; the others of the envelope still count.
 *
 * n_invalid, when not NULL, receives how many were invalid, and err the reason of the first.
 * Errors: VLS_ENOTFOUND, a membership head it names is not here yet: feed it again later;
 * VLS_EFORMAT, the payload cannot be read or the author's own past is not in its past: void as a whole.
 */
VLS_API enum vls_code vls_members_feed(struct vls_members *m, const struct vls_envelope *e, size_t *n_invalid,
                                       struct vls_error *err) VLS_MUST_USE;
/** Appends the ids of the graph's heads, VLS_HASH_LEN bytes each. */
VLS_API void vls_members_heads(const struct vls_members *m, struct vls_buf *out);

VLS_API size_t vls_members_n_devices(const struct vls_members *m);
VLS_API const struct vls_member_device *vls_members_device_at(const struct vls_members *m, size_t i);
VLS_API const struct vls_member_device *vls_members_device(const struct vls_members *m,
                                                           const uint8_t id[VLS_DEVICE_LEN]); /* NULL: none */
VLS_API size_t vls_members_n_compartments(const struct vls_members *m);
VLS_API const struct vls_member_compartment *vls_members_compartment_at(const struct vls_members *m, size_t i);
VLS_API bool vls_members_reads(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN],
                               const uint8_t compartment[VLS_COMPARTMENT_LEN]);
/**
 * Whether the author of an envelope may write in a compartment, judged in the past that the envelope
 * names (I7), so that the answer is the same whatever arrives before or after it.
 *
 * Errors: VLS_ENOTFOUND, a membership head it names is not here yet: ask again later; VLS_ENOMEM.
 */
VLS_API enum vls_code vls_members_writes(const struct vls_members *m, const struct vls_envelope *e,
                                         const uint8_t compartment[VLS_COMPARTMENT_LEN], bool *out,
                                         struct vls_error *err) VLS_MUST_USE;
/** True when every present reader of the compartment holds this epoch's key, so that it may be written under. */
VLS_API bool vls_members_epoch_covers(const struct vls_members *m, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                                      const uint8_t epoch[VLS_HASH_LEN]);
/** Calls fn for every wrap made for the device, in the order in which they were fed. */
typedef enum vls_code vls_wrap_fn(void *ctx, const uint8_t *compartment, const uint8_t *epoch, const uint8_t *wrap,
                                  struct vls_error *err);
VLS_API enum vls_code vls_members_wraps(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN],
                                        vls_wrap_fn *fn, void *ctx, struct vls_error *err) VLS_MUST_USE;
/**
 * Calls fn for each epoch that author made and a present reader lacks whose admission did not know of it: the two
 * were said without each other, so nobody chose to keep the one from the other.
 */
typedef enum vls_code vls_owed_fn(void *ctx, const uint8_t *compartment, const uint8_t *epoch,
                                  const struct vls_member_device *to, struct vls_error *err);
VLS_API enum vls_code vls_members_owed(const struct vls_members *m, const uint8_t author[VLS_DEVICE_LEN],
                                       vls_owed_fn *fn, void *ctx, struct vls_error *err) VLS_MUST_USE;
/** Whether the key of an epoch was ever wrapped for the device. */
VLS_API bool vls_members_holds(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN],
                               const uint8_t compartment[VLS_COMPARTMENT_LEN], const uint8_t epoch[VLS_HASH_LEN]);
/** Calls fn for each epoch of what the device reads that was never wrapped for it, with a device that holds it: the one
 *  that admitted it where that is so, or the maker. */
VLS_API enum vls_code vls_members_lacks(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN],
                                        vls_owed_fn *fn, void *ctx, struct vls_error *err) VLS_MUST_USE;
/** Whether the author of an envelope knew of the device, in the past that the envelope names. Errors: VLS_ENOTFOUND, a
 *  membership head it names is not here yet; VLS_ENOMEM. */
VLS_API enum vls_code vls_members_knew(const struct vls_members *m, const struct vls_envelope *e,
                                       const uint8_t device[VLS_DEVICE_LEN], bool *out,
                                       struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
