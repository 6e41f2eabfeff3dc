/*
 * One copy in a key file: its slots, each of which seals the master key, and the mac and the sum over it. The costs are
 * bounded before Argon2 runs, and nothing else is believed until the mac under the master key has verified.
 */
#include <string.h>

#include <sodium.h>

#include "valise/prim.h"

#include "copy_int.h"

#define MAGIC   "valkeys" /* with its NUL: 8 bytes */
#define VERSION 1u
#define N_SLOTS 8u

/* offsets in a copy */
#define AT_VERSION    8u
#define AT_SUITE      12u
#define AT_STORE      16u
#define AT_GENERATION 32u
#define AT_RESERVED   40u
#define AT_SLOTS      64u
#define AT_PADDING    (AT_SLOTS + N_SLOTS * SLOT_LEN)
#define AT_MAC        4032u
#define AT_SUM        4064u

/* offsets in a slot */
#define SLOT_LEN  128u
#define SALT_LEN  16u
#define AT_OPS    16u
#define AT_KIB    20u
#define AT_COMMIT 24u
#define AT_SEAL   56u

#define CONTEXT_LEN (4 + 4 + VLS_STORE_ID_LEN + 4 + SALT_LEN + 4 + 4)

_Static_assert(AT_SEAL + VLS_SEAL_EXTRA + VLS_MASTER_LEN == SLOT_LEN, "a slot ends with its seal");
_Static_assert(AT_SUM + VLS_HASH_LEN == COPY_LEN, "a copy ends with its sum");
_Static_assert(sizeof MAGIC == AT_VERSION, "magic");
_Static_assert(SALT_LEN == crypto_pwhash_SALTBYTES, "Argon2 salt");
_Static_assert(VLS_MASTER_LEN == VLS_KEY_LEN, "the master key is a key");
_Static_assert(VLS_ARGON2_FLOOR_KIB * 1024ull >= crypto_pwhash_argon2id_MEMLIMIT_MIN, "Argon2 memory");
_Static_assert(VLS_ARGON2_FLOOR_OPS >= crypto_pwhash_argon2id_OPSLIMIT_MIN, "Argon2 passes");

uint64_t
vls__copy_generation(const uint8_t *copy)
{
    return vls_load_le64(copy + AT_GENERATION);
}

bool
vls__cost_ok(uint32_t ops, uint32_t kib)
{
    return ops >= VLS_ARGON2_FLOOR_OPS && ops <= VLS_ARGON2_CEILING_OPS && kib >= VLS_ARGON2_FLOOR_KIB &&
           kib <= VLS_ARGON2_CEILING_KIB;
}

enum copy_state
vls__copy_look(const uint8_t *copy)
{
    uint8_t sum[VLS_HASH_LEN];
    uint32_t version = vls_load_le32(copy + AT_VERSION);

    vls_hash1(sum, "valise keys sum", copy, AT_SUM);
    /* memcmp: both sides are public */
    if (memcmp(copy, MAGIC, sizeof MAGIC) != 0 || memcmp(sum, copy + AT_SUM, sizeof sum) != 0 || version == 0)
        return COPY_DAMAGED;
    if (version != VERSION || vls_load_le32(copy + AT_SUITE) != VLS_SUITE)
        return COPY_NEWER;
    if (vls__copy_generation(copy) == 0 || !vls_all_zero(copy + AT_RESERVED, AT_SLOTS - AT_RESERVED) ||
        !vls_all_zero(copy + AT_PADDING, AT_MAC - AT_PADDING))
        return COPY_DAMAGED;
    for (size_t i = 0; i < N_SLOTS; i++) {
        const uint8_t *slot = copy + AT_SLOTS + i * SLOT_LEN;

        if (!vls__cost_ok(vls_load_le32(slot + AT_OPS), vls_load_le32(slot + AT_KIB)))
            return COPY_DAMAGED;
    }
    return COPY_WHOLE;
}

const uint8_t *
vls__copy_store_id(const uint8_t *copy)
{
    return copy + AT_STORE;
}

struct vls_argon2
vls__copy_cost(const uint8_t *copy)
{
    const uint8_t *slot = copy + AT_SLOTS + SLOT_PASSPHRASE * SLOT_LEN;

    return (struct vls_argon2){.ops = vls_load_le32(slot + AT_OPS), .kib = vls_load_le32(slot + AT_KIB)};
}

/* ---- one slot ---- */

/* Everything a seal depends on beside the secret that opens it. */
static struct vls_slice
slot_context(uint8_t out[CONTEXT_LEN], const uint8_t *copy, enum slot no)
{
    const uint8_t *slot = copy + AT_SLOTS + (size_t)no * SLOT_LEN;
    uint8_t *p = out;

    vls_store_le32(p, VERSION);
    vls_store_le32(p + 4, VLS_SUITE);
    memcpy(p + 8, copy + AT_STORE, VLS_STORE_ID_LEN);
    p += 8 + VLS_STORE_ID_LEN;
    vls_store_le32(p, (uint32_t)no);
    memcpy(p + 4, slot, AT_COMMIT); /* salt, passes, memory */
    return vls_slice_of(out, CONTEXT_LEN);
}

/* S of section 2: what seals the master key in this slot. The costs were checked by vls__copy_look. */
static enum vls_code
slot_key(struct vls_secret **out, const uint8_t *copy, enum slot no, const struct vls_secret *secret,
         struct vls_error *err)
{
    const uint8_t *slot = copy + AT_SLOTS + (size_t)no * SLOT_LEN;
    uint32_t ops = vls_load_le32(slot + AT_OPS), kib = vls_load_le32(slot + AT_KIB);
    uint8_t context[CONTEXT_LEN];
    struct vls_secret *derived = NULL;
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls_secret_new(&derived, VLS_KEY_LEN, err)) != VLS_OK)
        return rc;
    if (crypto_pwhash(derived->bytes, derived->len, (const char *)secret->bytes, secret->len, slot, ops,
                      (size_t)kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for key derivation, which takes %u MiB", (unsigned)(kib / 1024));
    else
        rc = vls_kdf(out, "valise slot key", derived, slot_context(context, copy, no), err);
    vls_secret_free(derived);
    return rc;
}

static void
slot_commitment(uint8_t out[VLS_HASH_LEN], const uint8_t *copy, enum slot no, const struct vls_secret *key)
{
    uint8_t context[CONTEXT_LEN];
    struct vls_slice part = slot_context(context, copy, no);

    vls_mac(out, VLS_HASH_LEN, "valise slot cmt", key, &part, 1);
}

enum vls_code
vls__slot_open(struct vls_secret **master, const uint8_t *copy, enum slot no, const struct vls_secret *secret,
               struct vls_error *err)
{
    const uint8_t *slot = copy + AT_SLOTS + (size_t)no * SLOT_LEN;
    uint8_t context[CONTEXT_LEN], commitment[VLS_HASH_LEN];
    struct vls_secret *key = NULL, *plain = NULL;
    enum vls_code rc;

    *master = NULL;
    if ((rc = slot_key(&key, copy, no, secret, err)) != VLS_OK ||
        (rc = vls_secret_new(&plain, VLS_MASTER_LEN, err)) != VLS_OK)
        goto out;
    slot_commitment(commitment, copy, no, key);
    if (!vls_equal(commitment, slot + AT_COMMIT, sizeof commitment) ||
        vls_unseal(plain->bytes, key, "valise slot", slot_context(context, copy, no), slot + AT_SEAL,
                   SLOT_LEN - AT_SEAL, NULL) != VLS_OK) {
        rc = VLS_FAIL(err, VLS_ELOCKED,
                      no == SLOT_RECOVERY ? "this recovery code does not open it" : "wrong passphrase");
        goto out;
    }
    *master = plain;
    plain = NULL;
out:
    vls_secret_free(key);
    vls_secret_free(plain);
    return rc;
}

enum vls_code
vls__slot_seal(uint8_t *copy, enum slot no, const struct vls_secret *secret, const struct vls_argon2 *cost,
               const struct vls_secret *master, struct vls_error *err)
{
    uint8_t *slot = copy + AT_SLOTS + (size_t)no * SLOT_LEN;
    uint8_t context[CONTEXT_LEN];
    struct vls_secret *key = NULL;
    enum vls_code rc;

    vls_random(slot, SALT_LEN);
    vls_store_le32(slot + AT_OPS, cost->ops);
    vls_store_le32(slot + AT_KIB, cost->kib);
    if ((rc = slot_key(&key, copy, no, secret, err)) != VLS_OK)
        return rc;
    slot_commitment(slot + AT_COMMIT, copy, no, key);
    vls_seal(slot + AT_SEAL, key, "valise slot", slot_context(context, copy, no), master->bytes, master->len);
    vls_secret_free(key);
    return VLS_OK;
}

/* ---- a copy under the master key ---- */

enum vls_code
vls_keyfile_subkey(struct vls_secret **out, const struct vls_secret *master, const uint8_t store_id[VLS_STORE_ID_LEN],
                   enum vls_subkey purpose, struct vls_error *err)
{
    static const char *const label[VLS_SUBKEY_COUNT] = {
        [VLS_SUBKEY_KEYS_MAC] = "valise k keysmac", [VLS_SUBKEY_PAGE_LOG] = "valise k pagelog",
        [VLS_SUBKEY_DEVICE] = "valise k device",    [VLS_SUBKEY_ANCHOR] = "valise k anchor",
        [VLS_SUBKEY_SEARCH] = "valise k search",    [VLS_SUBKEY_ATTACHMENT] = "valise k attach",
        [VLS_SUBKEY_EXPORT] = "valise k export"};

    return vls_kdf(out, label[purpose], master, vls_slice_of(store_id, VLS_STORE_ID_LEN), err);
}

static enum vls_code
copy_mac(uint8_t out[VLS_HASH_LEN], const uint8_t *copy, const struct vls_secret *master, struct vls_error *err)
{
    struct vls_slice part = vls_slice_of(copy, AT_MAC);
    struct vls_secret *key = NULL;
    enum vls_code rc = vls_keyfile_subkey(&key, master, copy + AT_STORE, VLS_SUBKEY_KEYS_MAC, err);

    if (rc == VLS_OK)
        vls_mac(out, VLS_HASH_LEN, "valise keys mac", key, &part, 1);
    vls_secret_free(key);
    return rc;
}

enum vls_code
vls__copy_finish(uint8_t *copy, const struct vls_secret *master, struct vls_error *err)
{
    enum vls_code rc = copy_mac(copy + AT_MAC, copy, master, err);

    if (rc == VLS_OK)
        vls_hash1(copy + AT_SUM, "valise keys sum", copy, AT_SUM);
    return rc;
}

enum vls_code
vls__copy_authentic(bool *out, const uint8_t *copy, const struct vls_secret *master, struct vls_error *err)
{
    uint8_t mac[VLS_HASH_LEN];
    enum vls_code rc = copy_mac(mac, copy, master, err);

    *out = rc == VLS_OK && vls_equal(mac, copy + AT_MAC, sizeof mac);
    return rc;
}

void
vls__copy_make(uint8_t copy[COPY_LEN], const uint8_t store_id[VLS_STORE_ID_LEN], uint64_t generation)
{
    memset(copy, 0, COPY_LEN);
    memcpy(copy, MAGIC, sizeof MAGIC);
    vls_store_le32(copy + AT_VERSION, VERSION);
    vls_store_le32(copy + AT_SUITE, VLS_SUITE);
    memcpy(copy + AT_STORE, store_id, VLS_STORE_ID_LEN);
    vls__copy_set_generation(copy, generation);
    vls_random(copy + AT_SLOTS, (size_t)N_SLOTS * SLOT_LEN);
    for (size_t i = 0; i < N_SLOTS; i++) {
        vls_store_le32(copy + AT_SLOTS + i * SLOT_LEN + AT_OPS, VLS_ARGON2_FLOOR_OPS);
        vls_store_le32(copy + AT_SLOTS + i * SLOT_LEN + AT_KIB, VLS_ARGON2_FLOOR_KIB);
    }
}

void
vls__copy_set_generation(uint8_t *copy, uint64_t generation)
{
    vls_store_le64(copy + AT_GENERATION, generation);
}
