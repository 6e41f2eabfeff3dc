#ifndef CRYPTO_PRIM_INT_H
#define CRYPTO_PRIM_INT_H

#include "valise/prim.h"

/*
 * Test builds remember every nonce under the key it was used with, and end the process on a repeat (nonces.c); other
 * builds remember nothing.
 */
#ifdef VLS_TEST_LIMITS
void vls__nonce_used(const struct vls_secret *key, const uint8_t nonce[VLS_NONCE_LEN]);
/** How many were remembered since this process, or the one it was forked from, started. */
uint64_t vls__nonces_seen(void);
#else
#define vls__nonce_used(key, nonce) ((void)(key), (void)(nonce))
#endif

#endif
