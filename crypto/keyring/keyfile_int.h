#ifndef CRYPTO_KEYRING_KEYFILE_INT_H
#define CRYPTO_KEYRING_KEYFILE_INT_H

#include "valise/keyfile.h"

/* What keyfile.c does for rekey.c. */

/* A whole key file as bytes: the passphrase's slot, all others unused. cost NULL: the floor. Errors: VLS_EVALUE,
 * VLS_ENOMEM. */
enum vls_code vls__keyfile_image(uint8_t bytes[VLS_KEYFILE_LEN], const uint8_t store_id[VLS_STORE_ID_LEN],
                                 uint64_t generation, const struct vls_secret *master,
                                 const struct vls_secret *passphrase, const struct vls_argon2 *cost,
                                 struct vls_error *err);
/* Opens the file for changing and locks it until fd is closed. Errors: VLS_EAUTH, master is not of this file;
 * VLS_EBUSY; VLS_ENOSTORE; VLS_EVERSION; VLS_EIO. fd is -1 then. */
enum vls_code vls__keyfile_hold(int *fd, struct vls_keyfile_info *info, const char *path,
                                const struct vls_secret *master, struct vls_error *err);

#endif
