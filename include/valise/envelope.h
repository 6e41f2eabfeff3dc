#ifndef VALISE_ENVELOPE_H
#define VALISE_ENVELOPE_H

#include "valise/cbor.h"
#include "valise/prim.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * What travels: envelopes (one signed link of a device's chain), packets (envelopes sealed for the
 * group, padded: what a remote sees), and the three letters of an admission (door, request, welcome).
 * Source: schemas/wire/envelope.md.
 */

#define VLS_DEVICE_LEN 16
#define VLS_COMPARTMENT_LEN 16
#define VLS_ENVELOPE_TAG_LEN 16
#define VLS_ENVELOPE_MAX (1008u * 1024) /* with its packet it fits the bucket of 1 MiB */
#define VLS_MEMBER_HEADS_MAX 1024
#define VLS_SEEN_MAX 4096

enum vls_envelope_kind {
    VLS_ENV_CHANGE = 1, /* a change set, sealed for the readers of one compartment */
    VLS_ENV_MEMBER = 2, /* membership operations, readable by every member */
    VLS_ENV_ACK = 3     /* nothing but the heads its author has seen */
};

/* ---- keys of one epoch ---- */

/* The key of one epoch of one compartment, with a subkey for each use. The group itself is the
 * compartment of 16 zero bytes; its epochs seal packets. */
struct vls_epoch;

/** Derives everything from 32 key bytes (borrowed); owned by the caller. */
VLS_API enum vls_code vls_epoch_new(struct vls_epoch **out, const struct vls_secret *key,
                                    const uint8_t group[VLS_HASH_LEN], const uint8_t compartment[VLS_COMPARTMENT_LEN],
                                    struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_epoch_free(struct vls_epoch *e);
/** 32 bytes that commit to the key: the epoch's name. */
VLS_API const uint8_t *vls_epoch_id(const struct vls_epoch *e);
VLS_API const uint8_t *vls_epoch_compartment(const struct vls_epoch *e);
VLS_API const struct vls_secret *vls_epoch_key(const struct vls_epoch *e); /* borrowed */

/** Wraps the epoch's key for one device; out holds VLS_EPOCH_WRAP_LEN bytes. psk may be NULL. */
#define VLS_EPOCH_WRAP_LEN (VLS_KEY_LEN + VLS_WRAP_EXTRA)
VLS_API enum vls_code vls_epoch_wrap(uint8_t out[VLS_EPOCH_WRAP_LEN], const struct vls_epoch *e,
                                     const uint8_t group[VLS_HASH_LEN], const uint8_t device[VLS_DEVICE_LEN],
                                     const uint8_t box_pk[VLS_BOX_PK_LEN], const struct vls_secret *psk,
                                     struct vls_error *err) VLS_MUST_USE;
/** Opens such a wrap and checks that the key is the one that epoch_id commits to. Errors: VLS_EAUTH. */
VLS_API enum vls_code vls_epoch_unwrap(struct vls_epoch **out, const uint8_t wrap[VLS_EPOCH_WRAP_LEN],
                                       const uint8_t group[VLS_HASH_LEN],
                                       const uint8_t compartment[VLS_COMPARTMENT_LEN],
                                       const uint8_t epoch_id[VLS_HASH_LEN], const uint8_t device[VLS_DEVICE_LEN],
                                       const struct vls_secret *box_sk, const struct vls_secret *psk,
                                       struct vls_error *err) VLS_MUST_USE;

/* ---- envelopes ---- */

struct vls_head {
    uint8_t device[VLS_DEVICE_LEN], incarnation[VLS_DEVICE_LEN];
    uint64_t seq;
    uint8_t id[VLS_HASH_LEN]; /* of the envelope there */
};

/* What an author writes. Pointers are borrowed for the call. */
struct vls_envelope_draft {
    enum vls_envelope_kind kind;
    const uint8_t *group;       /* VLS_HASH_LEN */
    const uint8_t *device, *incarnation;
    uint64_t seq;               /* 1 for the first of an incarnation */
    const uint8_t *prev;        /* VLS_HASH_LEN; zeros before seq 1 of the first incarnation */
    int64_t wall_unix_s;
    const uint8_t *member_heads;/* n ids one after another, any order */
    size_t n_member_heads;
    const struct vls_head *seen;/* heads new to the author since its last envelope, any order */
    size_t n_seen;
};

/** Appends a signed envelope; payload is sealed under epoch for VLS_ENV_CHANGE, plain otherwise
 *  (epoch NULL). id receives its name. Errors: VLS_ELIMIT. */
VLS_API enum vls_code vls_envelope_write(struct vls_buf *out, uint8_t id[VLS_HASH_LEN],
                                         const struct vls_envelope_draft *d, const struct vls_secret *sign_sk,
                                         const struct vls_epoch *epoch, struct vls_slice payload,
                                         struct vls_error *err) VLS_MUST_USE;

/* An envelope as read; everything is borrowed from its bytes. */
struct vls_envelope {
    enum vls_envelope_kind kind;
    const uint8_t *group, *device, *incarnation, *prev;
    uint64_t seq;
    int64_t wall_unix_s;
    size_t n_member_heads, n_seen;
    uint8_t id[VLS_HASH_LEN];
    struct vls_slice payload; /* sealed for VLS_ENV_CHANGE */
    const uint8_t *member_heads_, *tag_, *commitment_, *signature_;
    struct vls_cbor seen_;
    uint8_t context_[VLS_HASH_LEN];
};

/** Reads one envelope strictly; proves nothing yet. Errors: VLS_EFORMAT; VLS_EVERSION, another suite. */
VLS_API enum vls_code vls_envelope_read(struct vls_envelope *e, struct vls_slice bytes,
                                        struct vls_error *err) VLS_MUST_USE;
VLS_API const uint8_t *vls_envelope_member_head(const struct vls_envelope *e, size_t i);
/** Calls fn for each head seen, in order. */
typedef enum vls_code vls_head_fn(void *ctx, const struct vls_head *h, struct vls_error *err);
VLS_API enum vls_code vls_envelope_seen(const struct vls_envelope *e, vls_head_fn *fn, void *ctx,
                                        struct vls_error *err) VLS_MUST_USE;
VLS_API bool vls_envelope_signed_by(const struct vls_envelope *e, const uint8_t pk[VLS_SIGN_PK_LEN]) VLS_MUST_USE;
/** True when it was sealed under this epoch: recognised by its blinded tag. */
VLS_API bool vls_envelope_is_under(const struct vls_envelope *e, const struct vls_epoch *epoch) VLS_MUST_USE;
/** Appends the payload, opened under epoch, after checking the key commitment. Errors: VLS_EAUTH. */
VLS_API enum vls_code vls_envelope_open(struct vls_buf *out, const struct vls_envelope *e,
                                        const struct vls_epoch *epoch, struct vls_error *err) VLS_MUST_USE;

/* ---- packets ---- */

#define VLS_PACKET_FILL (64u * 1024 - 64) /* envelopes are gathered up to this; a larger one goes alone */

#define VLS_PACKET_UNFOLDED_MAX (2u * 1024 * 1024) /* bytes of envelopes that one packet may stand for */

/* What the last envelope in a packet's content said; all zero at the beginning of a packet. Its members are private. */
struct vls_packing {
    bool any;
    uint8_t group[VLS_HASH_LEN], device[VLS_DEVICE_LEN], incarnation[VLS_DEVICE_LEN], id[VLS_HASH_LEN];
    uint64_t seq;
    size_t heads_at_, n_heads_; /* where its membership heads stand in the content */
};

/** Appends an envelope to the content of a packet, without what it repeats of the one before it. */
VLS_API void vls_packet_add(struct vls_buf *content, struct vls_packing *p, struct vls_slice envelope);
/** The padded length of a blob that holds n bytes: 1, 4, 16, 64, 256 KiB, then multiples of 256 KiB. */
VLS_API size_t vls_bucket(size_t n);
/** Seals content for the group: envelopes that vls_packet_add put there. Appends a whole blob. */
VLS_API enum vls_code vls_packet_seal(struct vls_buf *out, const struct vls_epoch *group_epoch,
                                      const uint8_t group[VLS_HASH_LEN], struct vls_slice content,
                                      struct vls_error *err) VLS_MUST_USE;
/** Appends the envelopes of a blob, each as it was signed. Errors: VLS_EAUTH, not sealed under this epoch; VLS_EFORMAT. */
VLS_API enum vls_code vls_packet_open(struct vls_buf *out, const struct vls_epoch *group_epoch,
                                      const uint8_t group[VLS_HASH_LEN], struct vls_slice blob,
                                      struct vls_error *err) VLS_MUST_USE;

/* ---- admission ---- */

/* The door: a constant blob on each remote that tells a newcomer which group it is and to which key a
 * request is sealed. It looks random and names nobody. */
struct vls_door {
    uint8_t group[VLS_HASH_LEN];
    uint8_t pk[VLS_BOX_PK_LEN];
};

VLS_API enum vls_code vls_door_write(struct vls_buf *out, const struct vls_door *d,
                                     struct vls_error *err) VLS_MUST_USE;
VLS_API bool vls_door_read(struct vls_door *d, struct vls_slice blob);

#define VLS_LABEL_MAX 63 /* bytes of a delegation's or post's name */

#define VLS_JOIN_BODY_MAX 960

struct vls_join {
    uint8_t nonce[16];
    uint8_t sign_pk[VLS_SIGN_PK_LEN], box_pk[VLS_BOX_PK_LEN];
    char delegation[VLS_LABEL_MAX + 1], post[VLS_LABEL_MAX + 1];
    int64_t wall_unix_s;
    uint8_t hash[VLS_HASH_LEN]; /* names the request; computed by write and read */
    uint8_t body[VLS_JOIN_BODY_MAX]; /* the request as signed, with its signature: what an admission quotes */
    size_t body_len;
};

/** Seals a request to the door; signs it with the newcomer's own key (proof of possession) and fills j->hash. */
VLS_API enum vls_code vls_join_write(struct vls_buf *out, struct vls_join *j, const struct vls_door *d,
                                     const struct vls_secret *sign_sk, struct vls_error *err) VLS_MUST_USE;
/** Opens a request with the door's secret key. Errors: VLS_EAUTH, not one; VLS_EFORMAT. */
VLS_API enum vls_code vls_join_read(struct vls_join *j, const uint8_t group[VLS_HASH_LEN],
                                    const struct vls_secret *door_sk, struct vls_slice blob,
                                    struct vls_error *err) VLS_MUST_USE;
/** Reads a signed body on its own, as an admission quotes it. Errors: VLS_EFORMAT, VLS_EAUTH. */
VLS_API enum vls_code vls_join_body_read(struct vls_join *j, const uint8_t group[VLS_HASH_LEN], struct vls_slice body,
                                         struct vls_error *err) VLS_MUST_USE;
/** The id of the device that a request becomes. */
VLS_API void vls_join_device(uint8_t device[VLS_DEVICE_LEN], const uint8_t request_hash[VLS_HASH_LEN]);
/** 30 digits in six groups' worth, no spaces, over group, door key and request; slow on purpose (Argon2id).
 *  Errors: VLS_ENOMEM. */
VLS_API enum vls_code vls_safety_number(char out[31], const struct vls_door *d,
                                        const uint8_t request_hash[VLS_HASH_LEN], struct vls_error *err) VLS_MUST_USE;

#define VLS_WELCOME_KEYS_MAX 1024

/* What an admitted newcomer needs to begin: the genesis, the door's secret and the group's epochs. */
struct vls_welcome {
    struct vls_slice genesis;          /* borrowed from the buffer given to read */
    uint8_t request[VLS_HASH_LEN];
    struct vls_secret *door_sk;
    struct vls_epoch **epochs;         /* of the group, oldest first */
    size_t n_epochs;
};

VLS_API enum vls_code vls_welcome_write(struct vls_buf *out, const struct vls_welcome *w,
                                        const uint8_t group[VLS_HASH_LEN], const uint8_t box_pk[VLS_BOX_PK_LEN],
                                        struct vls_error *err) VLS_MUST_USE;
/** hold receives the opened text and must outlive w; w's secrets are freed by vls_welcome_clear. Errors: VLS_EAUTH. */
VLS_API enum vls_code vls_welcome_read(struct vls_welcome *w, struct vls_buf *hold, const uint8_t group[VLS_HASH_LEN],
                                       const struct vls_secret *box_sk, struct vls_slice blob,
                                       struct vls_error *err) VLS_MUST_USE;
VLS_API void vls_welcome_clear(struct vls_welcome *w);

#ifdef __cplusplus
}
#endif
#endif
