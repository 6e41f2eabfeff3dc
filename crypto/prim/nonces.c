/*
 * The registry of nonces in test builds (P8): no nonce is used twice under one key, in a whole test process and in
 * everything it forks. A repeat would give away the plaintexts of both messages, and no other test could see it.
 */
#include <assert.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include <sodium.h>

#include "prim_int.h"

_Static_assert(VLS_KEY_LEN == 32, "fingerprints are of whole keys");

#ifdef VLS_TEST_LIMITS

/*
 * 64-bit fingerprints in sets of one cache line, 16 MiB of addresses of which only what is used takes memory. A full
 * set forgets one of its members: bounded, and two million seals fit before that becomes common.
 */
#define SETS ((size_t)1 << 18)
#define WAYS ((size_t)8)

struct registry {
    atomic_uint_least64_t seen;
    _Alignas(64) atomic_uint_least64_t of[SETS][WAYS];
};

static struct registry *registry;

/* Before main, so that every child shares the table of the process it was forked from. */
__attribute__((constructor)) static void
registry_new(void)
{
    void *p = mmap(NULL, sizeof *registry, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    assert(p != MAP_FAILED);
    registry = p;
}

static uint64_t
fingerprint(const struct vls_secret *key, const uint8_t nonce[VLS_NONCE_LEN])
{
    static const uint8_t fixed[crypto_shorthash_siphashx24_KEYBYTES];
    uint8_t both[VLS_KEY_LEN + VLS_NONCE_LEN], out[crypto_shorthash_siphashx24_BYTES];
    uint64_t f;

    assert(key->len == VLS_KEY_LEN);
    memcpy(both, key->bytes, VLS_KEY_LEN);
    memcpy(both + VLS_KEY_LEN, nonce, VLS_NONCE_LEN);
    (void)crypto_shorthash_siphashx24(out, both, sizeof both, fixed);
    sodium_memzero(both, sizeof both);
    f = vls_load_le64(out);
    return f != 0 ? f : 1; /* 0 marks an empty place */
}

void
vls__nonce_used(const struct vls_secret *key, const uint8_t nonce[VLS_NONCE_LEN])
{
    uint64_t f = fingerprint(key, nonce), empty;
    atomic_uint_least64_t *set = registry->of[f % SETS];

    for (size_t i = 0; i < WAYS; i++) {
        empty = 0;
        if (atomic_compare_exchange_strong(&set[i], &empty, f)) {
            atomic_fetch_add(&registry->seen, 1);
            return;
        }
        assert(empty != f && "a nonce is used twice under one key (SD-04)");
    }
    atomic_store(&set[f >> 61], f);
    atomic_fetch_add(&registry->seen, 1);
}

uint64_t
vls__nonces_seen(void)
{
    return atomic_load(&registry->seen);
}

#endif
