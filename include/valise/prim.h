#ifndef VALISE_PRIM_H
#define VALISE_PRIM_H

#include "valise/secret.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The primitives of suite 1, each use under a label of its own. Source: schemas/wire/README.md
 * section 2. A label is at most 16 ASCII characters; it personalises BLAKE2b or opens the associated
 * data, so that nothing made for one purpose verifies for another.
 */

#define VLS_SUITE 1
#define VLS_HASH_LEN 32
#define VLS_KEY_LEN 32
#define VLS_NONCE_LEN 24
#define VLS_TAG_LEN 16
#define VLS_SEAL_EXTRA (VLS_NONCE_LEN + VLS_TAG_LEN)
#define VLS_SIGN_PK_LEN 32
#define VLS_SIGN_SK_LEN 64
#define VLS_SIG_LEN 64
#define VLS_BOX_PK_LEN 32
#define VLS_BOX_SK_LEN 32
#define VLS_WRAP_EXTRA (VLS_BOX_PK_LEN + VLS_TAG_LEN)

/** BLAKE2b-256 of the parts one after another, personalised by label. Parts of variable length must
 *  carry their lengths themselves. */
VLS_API void vls_hash(uint8_t out[VLS_HASH_LEN], const char *label, const struct vls_slice *parts, size_t n_parts);
VLS_API void vls_hash1(uint8_t out[VLS_HASH_LEN], const char *label, const void *p, size_t n);
/** Keyed BLAKE2b of out_len (16 to 64) bytes, personalised by label. */
VLS_API void vls_mac(uint8_t *out, size_t out_len, const char *label, const struct vls_secret *key,
                     const struct vls_slice *parts, size_t n_parts);
#define VLS_STRETCH_BLOCK 64
/** Stretches a seed: block i, from 0 to at most 255, is BLAKE2b-512 of seed and the byte i, personalised by label. */
VLS_API void vls_stretch(uint8_t *out, size_t n_blocks, const char *label, const uint8_t seed[VLS_HASH_LEN]);
/** A 32-byte subkey of key for one purpose and a context of ctx bytes; owned by the caller. */
VLS_API enum vls_code vls_kdf(struct vls_secret **out, const char *label, const struct vls_secret *key,
                              struct vls_slice ctx, struct vls_error *err) VLS_MUST_USE;

/**
 * XChaCha20-Poly1305 with a random nonce: out receives nonce 24, ciphertext n, tag 16. The associated
 * data is the padded label followed by aad. out and plain must not overlap.
 */
VLS_API void vls_seal(uint8_t *out, const struct vls_secret *key, const char *label, struct vls_slice aad,
                      const void *plain, size_t n);
/** Opens what vls_seal made of in_len bytes; out receives in_len - 40 bytes; untouched or
 *  zeroed on failure.
 *  Errors: VLS_EAUTH. */
VLS_API enum vls_code vls_unseal(uint8_t *out, const struct vls_secret *key, const char *label,
                                 struct vls_slice aad, const void *in, size_t in_len,
                                 struct vls_error *err) VLS_MUST_USE;

/**
 * vls_seal with places of the caller's choice, for blocks that end with nonce and tag. cipher receives n
 * bytes and may be plain itself, but not overlap it otherwise.
 */
VLS_API void vls_seal_at(uint8_t *cipher, uint8_t nonce[VLS_NONCE_LEN], uint8_t tag[VLS_TAG_LEN],
                         const struct vls_secret *key, const char *label, struct vls_slice aad, const void *plain,
                         size_t n);
/** Opens what vls_seal_at made; out may be cipher itself, and is zeroed when false is returned. */
VLS_API bool vls_unseal_at(uint8_t *out, const struct vls_secret *key, const char *label, struct vls_slice aad,
                           const void *cipher, size_t n, const uint8_t nonce[VLS_NONCE_LEN],
                           const uint8_t tag[VLS_TAG_LEN]) VLS_MUST_USE;

/** Ed25519. sk holds 64 bytes, owned by the caller. */
VLS_API enum vls_code vls_sign_keypair(uint8_t pk[VLS_SIGN_PK_LEN], struct vls_secret **sk,
                                       struct vls_error *err) VLS_MUST_USE;
/** Signs the padded label followed by msg. */
VLS_API void vls_sign(uint8_t sig[VLS_SIG_LEN], const struct vls_secret *sk, const char *label, struct vls_slice msg);
VLS_API bool vls_sign_ok(const uint8_t sig[VLS_SIG_LEN], const uint8_t pk[VLS_SIGN_PK_LEN], const char *label,
                         struct vls_slice msg) VLS_MUST_USE;

/** X25519. */
VLS_API enum vls_code vls_box_keypair(uint8_t pk[VLS_BOX_PK_LEN], struct vls_secret **sk,
                                      struct vls_error *err) VLS_MUST_USE;
/** The public half of sk. */
VLS_API void vls_box_public(uint8_t pk[VLS_BOX_PK_LEN], const struct vls_secret *sk);
/**
 * Seals n bytes to one public key with a fresh ephemeral key: out receives ephemeral key 32,
 * ciphertext n, tag 16. psk (32 bytes, may be NULL for zeros) is mixed into the key, so that without
 * it the X25519 secret alone opens nothing.
 *
 * Errors: VLS_EAUTH, to_pk is a point of low order.
 */
VLS_API enum vls_code vls_wrap(uint8_t *out, const uint8_t to_pk[VLS_BOX_PK_LEN], const struct vls_secret *psk,
                               const char *label, struct vls_slice aad, const void *plain, size_t n,
                               struct vls_error *err) VLS_MUST_USE;
/** Opens what vls_wrap made; out receives in_len - 48 bytes; untouched or zeroed on failure.
 *  Errors: VLS_EAUTH. */
VLS_API enum vls_code vls_unwrap(uint8_t *out, const struct vls_secret *sk, const struct vls_secret *psk,
                                 const char *label, struct vls_slice aad, const void *in, size_t in_len,
                                 struct vls_error *err) VLS_MUST_USE;

/** Constant-time comparison. */
VLS_API bool vls_equal(const void *a, const void *b, size_t n) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
