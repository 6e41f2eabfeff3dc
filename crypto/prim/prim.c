/*
 * Thin wrappers around libsodium, each with a label: hash, keyed hash, key derivation, AEAD,
 * signature and public-key wrap. Nothing here is an algorithm of our own; the module exists so that
 * no call elsewhere can leave its context out.
 */
#include <assert.h>
#include <string.h>

#include <sodium.h>

#include "prim_int.h"

_Static_assert(VLS_KEY_LEN == crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "AEAD key");
_Static_assert(VLS_NONCE_LEN == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES, "AEAD nonce");
_Static_assert(VLS_TAG_LEN == crypto_aead_xchacha20poly1305_ietf_ABYTES, "AEAD tag");
_Static_assert(VLS_SIGN_PK_LEN == crypto_sign_PUBLICKEYBYTES, "Ed25519 public key");
_Static_assert(VLS_SIGN_SK_LEN == crypto_sign_SECRETKEYBYTES, "Ed25519 secret key");
_Static_assert(VLS_SIG_LEN == crypto_sign_BYTES, "Ed25519 signature");
_Static_assert(VLS_BOX_PK_LEN == crypto_scalarmult_BYTES, "X25519 public key");
_Static_assert(VLS_BOX_SK_LEN == crypto_scalarmult_SCALARBYTES, "X25519 secret key");

#define LABEL_LEN 16
_Static_assert(LABEL_LEN == crypto_generichash_blake2b_PERSONALBYTES, "personalisation");

/* Associated data and signed messages are label + context; larger ones are hashed by the caller. */
#define AAD_MAX 512

static void
label_pad(uint8_t out[LABEL_LEN], const char *label)
{
    size_t n = strlen(label);

    assert(n > 0 && n <= LABEL_LEN);
    memset(out, 0, LABEL_LEN);
    memcpy(out, label, n);
}

static void
blake2b(uint8_t *out, size_t out_len, const char *label, const struct vls_secret *key, const struct vls_slice *parts,
        size_t n_parts)
{
    static const uint8_t no_salt[crypto_generichash_blake2b_SALTBYTES];
    crypto_generichash_blake2b_state st;
    uint8_t personal[LABEL_LEN];

    label_pad(personal, label);
    (void)crypto_generichash_blake2b_init_salt_personal(&st, key != NULL ? key->bytes : NULL,
                                                        key != NULL ? key->len : 0, out_len, no_salt, personal);
    for (size_t i = 0; i < n_parts; i++)
        (void)crypto_generichash_blake2b_update(&st, parts[i].p, parts[i].n);
    (void)crypto_generichash_blake2b_final(&st, out, out_len);
    sodium_memzero(&st, sizeof st);
}

void
vls_hash(uint8_t out[VLS_HASH_LEN], const char *label, const struct vls_slice *parts, size_t n_parts)
{
    blake2b(out, VLS_HASH_LEN, label, NULL, parts, n_parts);
}

void
vls_hash1(uint8_t out[VLS_HASH_LEN], const char *label, const void *p, size_t n)
{
    struct vls_slice part = vls_slice_of(p, n);

    vls_hash(out, label, &part, 1);
}

void
vls_mac(uint8_t *out, size_t out_len, const char *label, const struct vls_secret *key, const struct vls_slice *parts,
        size_t n_parts)
{
    blake2b(out, out_len, label, key, parts, n_parts);
}

/* What all blocks have in common is hashed once. */
void
vls_stretch(uint8_t *out, size_t n_blocks, const char *label, const uint8_t seed[VLS_HASH_LEN])
{
    static const uint8_t no_salt[crypto_generichash_blake2b_SALTBYTES];
    crypto_generichash_blake2b_state common, st;
    uint8_t personal[LABEL_LEN];

    assert(n_blocks <= 256);
    label_pad(personal, label);
    (void)crypto_generichash_blake2b_init_salt_personal(&common, NULL, 0, VLS_STRETCH_BLOCK, no_salt, personal);
    (void)crypto_generichash_blake2b_update(&common, seed, VLS_HASH_LEN);
    for (size_t i = 0; i < n_blocks; i++) {
        uint8_t counter = (uint8_t)i;

        st = common;
        (void)crypto_generichash_blake2b_update(&st, &counter, 1);
        (void)crypto_generichash_blake2b_final(&st, out + i * VLS_STRETCH_BLOCK, VLS_STRETCH_BLOCK);
    }
    sodium_memzero(&common, sizeof common);
    sodium_memzero(&st, sizeof st);
}

enum vls_code
vls_kdf(struct vls_secret **out, const char *label, const struct vls_secret *key, struct vls_slice ctx,
        struct vls_error *err)
{
    enum vls_code rc = vls_secret_new(out, VLS_KEY_LEN, err);

    if (rc == VLS_OK)
        blake2b((*out)->bytes, VLS_KEY_LEN, label, key, &ctx, 1);
    return rc;
}

static size_t
aad_build(uint8_t out[AAD_MAX], const char *label, struct vls_slice aad)
{
    assert(aad.n <= AAD_MAX - LABEL_LEN);
    label_pad(out, label);
    if (aad.n > 0)
        memcpy(out + LABEL_LEN, aad.p, aad.n);
    return LABEL_LEN + aad.n;
}

void
vls_seal(uint8_t *out, const struct vls_secret *key, const char *label, struct vls_slice aad, const void *plain,
         size_t n)
{
    uint8_t ad[AAD_MAX];
    size_t ad_len = aad_build(ad, label, aad);

    assert(key->len == VLS_KEY_LEN);
    vls_random(out, VLS_NONCE_LEN);
    vls__nonce_used(key, out);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + VLS_NONCE_LEN, NULL, plain, n, ad, ad_len, NULL, out,
                                                     key->bytes);
}

enum vls_code
vls_unseal(uint8_t *out, const struct vls_secret *key, const char *label, struct vls_slice aad, const void *in,
           size_t in_len, struct vls_error *err)
{
    const uint8_t *p = in;
    uint8_t ad[AAD_MAX];
    size_t ad_len = aad_build(ad, label, aad);

    assert(key->len == VLS_KEY_LEN);
    if (in_len < VLS_SEAL_EXTRA ||
        /* libsodium checks the tag before it writes any plaintext */
        crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, p + VLS_NONCE_LEN, in_len - VLS_NONCE_LEN, ad,
                                                   ad_len, p, key->bytes) != 0)
        return VLS_FAIL(err, VLS_EAUTH, "sealed bytes (%zu) do not verify as %s", in_len, label);
    return VLS_OK;
}

void
vls_seal_at(uint8_t *cipher, uint8_t nonce[VLS_NONCE_LEN], uint8_t tag[VLS_TAG_LEN], const struct vls_secret *key,
            const char *label, struct vls_slice aad, const void *plain, size_t n)
{
    uint8_t ad[AAD_MAX];
    size_t ad_len = aad_build(ad, label, aad);

    assert(key->len == VLS_KEY_LEN);
    vls_random(nonce, VLS_NONCE_LEN);
    vls__nonce_used(key, nonce);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(cipher, tag, NULL, plain, n, ad, ad_len, NULL, nonce,
                                                              key->bytes);
}

bool
vls_unseal_at(uint8_t *out, const struct vls_secret *key, const char *label, struct vls_slice aad, const void *cipher,
              size_t n, const uint8_t nonce[VLS_NONCE_LEN], const uint8_t tag[VLS_TAG_LEN])
{
    uint8_t ad[AAD_MAX];
    size_t ad_len = aad_build(ad, label, aad);

    assert(key->len == VLS_KEY_LEN);
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(out, NULL, cipher, n, tag, ad, ad_len, nonce,
                                                               key->bytes) == 0;
}

enum vls_code
vls_sign_keypair(uint8_t pk[VLS_SIGN_PK_LEN], struct vls_secret **sk, struct vls_error *err)
{
    enum vls_code rc = vls_secret_new(sk, VLS_SIGN_SK_LEN, err);

    if (rc == VLS_OK)
        (void)crypto_sign_keypair(pk, (*sk)->bytes);
    return rc;
}

/* Signatures cover label and a hash of the message under the same label: one size, no copies. */
static void
sign_message(uint8_t out[LABEL_LEN + VLS_HASH_LEN], const char *label, struct vls_slice msg)
{
    label_pad(out, label);
    vls_hash(out + LABEL_LEN, label, &msg, 1);
}

void
vls_sign(uint8_t sig[VLS_SIG_LEN], const struct vls_secret *sk, const char *label, struct vls_slice msg)
{
    uint8_t m[LABEL_LEN + VLS_HASH_LEN];

    assert(sk->len == VLS_SIGN_SK_LEN);
    sign_message(m, label, msg);
    (void)crypto_sign_detached(sig, NULL, m, sizeof m, sk->bytes);
}

bool
vls_sign_ok(const uint8_t sig[VLS_SIG_LEN], const uint8_t pk[VLS_SIGN_PK_LEN], const char *label, struct vls_slice msg)
{
    uint8_t m[LABEL_LEN + VLS_HASH_LEN];

    sign_message(m, label, msg);
    return crypto_sign_verify_detached(sig, m, sizeof m, pk) == 0;
}

enum vls_code
vls_box_keypair(uint8_t pk[VLS_BOX_PK_LEN], struct vls_secret **sk, struct vls_error *err)
{
    enum vls_code rc = vls_secret_random(sk, VLS_BOX_SK_LEN, err);

    if (rc == VLS_OK)
        vls_box_public(pk, *sk);
    return rc;
}

void
vls_box_public(uint8_t pk[VLS_BOX_PK_LEN], const struct vls_secret *sk)
{
    (void)crypto_scalarmult_base(pk, sk->bytes);
}

/* Key of one wrap: X25519 secret, pre-shared secret and both public keys, hashed under the label. */
static enum vls_code
wrap_key(struct vls_secret **out, const char *label, const struct vls_secret *sk, const uint8_t *peer,
         const uint8_t *eph_pk, const uint8_t *to_pk, const struct vls_secret *psk, struct vls_error *err)
{
    static const uint8_t zeros[VLS_KEY_LEN];
    struct vls_secret *dh = NULL, *key = NULL;
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls_secret_new(&dh, crypto_scalarmult_BYTES, err)) != VLS_OK ||
        (rc = vls_secret_new(&key, VLS_KEY_LEN, err)) != VLS_OK)
        goto out;
    if (crypto_scalarmult(dh->bytes, sk->bytes, peer) != 0) {
        rc = VLS_FAIL(err, VLS_EAUTH, "a public key is a point of low order");
        goto out;
    }
    {
        struct vls_slice parts[] = {{dh->bytes, dh->len},
                                    {psk != NULL ? psk->bytes : zeros, VLS_KEY_LEN},
                                    {eph_pk, VLS_BOX_PK_LEN},
                                    {to_pk, VLS_BOX_PK_LEN}};

        blake2b(key->bytes, key->len, label, NULL, parts, 4);
    }
    *out = key;
    key = NULL;
out:
    vls_secret_free(dh);
    vls_secret_free(key);
    return rc;
}

enum vls_code
vls_wrap(uint8_t *out, const uint8_t to_pk[VLS_BOX_PK_LEN], const struct vls_secret *psk, const char *label,
         struct vls_slice aad, const void *plain, size_t n, struct vls_error *err)
{
    /* a wrap key is used once, so its nonce is constant */
    static const uint8_t nonce[VLS_NONCE_LEN];
    struct vls_secret *eph = NULL, *key = NULL;
    uint8_t ad[AAD_MAX];
    size_t ad_len = aad_build(ad, label, aad);
    enum vls_code rc;

    if ((rc = vls_box_keypair(out, &eph, err)) != VLS_OK ||
        (rc = wrap_key(&key, label, eph, to_pk, out, to_pk, psk, err)) != VLS_OK)
        goto out;
    vls__nonce_used(key, nonce);
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt(out + VLS_BOX_PK_LEN, NULL, plain, n, ad, ad_len, NULL, nonce,
                                                     key->bytes);
out:
    vls_secret_free(eph);
    vls_secret_free(key);
    return rc;
}

enum vls_code
vls_unwrap(uint8_t *out, const struct vls_secret *sk, const struct vls_secret *psk, const char *label,
           struct vls_slice aad, const void *in, size_t in_len, struct vls_error *err)
{
    static const uint8_t nonce[VLS_NONCE_LEN];
    const uint8_t *p = in;
    struct vls_secret *key = NULL;
    uint8_t to_pk[VLS_BOX_PK_LEN], ad[AAD_MAX];
    size_t ad_len = aad_build(ad, label, aad);
    enum vls_code rc;

    if (in_len < VLS_WRAP_EXTRA)
        return VLS_FAIL(err, VLS_EAUTH, "a wrap of %zu bytes is too short", in_len);
    vls_box_public(to_pk, sk);
    if ((rc = wrap_key(&key, label, sk, p, p, to_pk, psk, err)) != VLS_OK)
        goto out;
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(out, NULL, NULL, p + VLS_BOX_PK_LEN, in_len - VLS_BOX_PK_LEN, ad,
                                                   ad_len, nonce, key->bytes) != 0)
        rc = VLS_FAIL(err, VLS_EAUTH, "a wrap (%zu bytes) does not open as %s", in_len, label);
out:
    vls_secret_free(key);
    return rc;
}

bool
vls_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}
