#ifndef CRYPTO_KEYRING_COPY_INT_H
#define CRYPTO_KEYRING_COPY_INT_H

#include "valise/keyfile.h"

/* One of the copies in a key file, as bytes (schemas/store/keyfile.md). What is not marked otherwise takes a copy that
 * was looked at and is whole. */
#define COPY_LEN 4096u
#define N_COPIES 2u

enum slot { SLOT_PASSPHRASE = 0, SLOT_RECOVERY = 1 };

enum copy_state { COPY_DAMAGED, COPY_NEWER, COPY_WHOLE };

/* What can be said of a copy without a key. The sum comes first: it is the same in every version. */
enum copy_state vls__copy_look(const uint8_t *copy);
bool vls__cost_ok(uint32_t ops, uint32_t kib);

uint64_t vls__copy_generation(const uint8_t *copy);
const uint8_t *vls__copy_store_id(const uint8_t *copy);
/* What opening by passphrase costs. */
struct vls_argon2 vls__copy_cost(const uint8_t *copy);

/* A new copy whose slots are all unused; it has no mac and no sum yet. */
void vls__copy_make(uint8_t copy[COPY_LEN], const uint8_t store_id[VLS_STORE_ID_LEN], uint64_t generation);
void vls__copy_set_generation(uint8_t *copy, uint64_t generation);
/* After a change: its mac and its sum. */
enum vls_code vls__copy_finish(uint8_t *copy, const struct vls_secret *master, struct vls_error *err);
/* Whether its mac is the one under this master key. */
enum vls_code vls__copy_authentic(bool *out, const uint8_t *copy, const struct vls_secret *master,
                                  struct vls_error *err);

/* Errors: VLS_ELOCKED, secret does not open the slot; VLS_ENOMEM. The master key is to be believed only once the mac
 * under it has verified. */
enum vls_code vls__slot_open(struct vls_secret **master, const uint8_t *copy, enum slot no,
                             const struct vls_secret *secret, struct vls_error *err);
/* Seals the master key under another secret, with a new salt. */
enum vls_code vls__slot_seal(uint8_t *copy, enum slot no, const struct vls_secret *secret,
                             const struct vls_argon2 *cost, const struct vls_secret *master, struct vls_error *err);

#endif
