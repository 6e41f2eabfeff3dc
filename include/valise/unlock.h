#ifndef VALISE_UNLOCK_H
#define VALISE_UNLOCK_H

#include "valise/keyfile.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Between commands the master key waits in the Linux kernel's keyring of the user, with a timeout: no
 * agent, nothing on disk, gone after a restart. Every process of the same user can read it meanwhile.
 */

#define VLS_UNLOCK_SECONDS_MAX (24u * 60 * 60) /* a working day and its night; longer is not "unlocked for a while" */

/**
 * Puts the master key into the cache, replacing what was there, for the given time from now.
 *
 * seconds  1 to VLS_UNLOCK_SECONDS_MAX.
 *
 * Errors: VLS_EUNREACHABLE, the kernel offers no keyring here (containers often forbid it), the caller goes on
 * without; VLS_EFULL, the user's key quota is used up; VLS_EVALUE, seconds out of range.
 */
VLS_API enum vls_code vls_unlock_put(const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *master,
                                     unsigned seconds, struct vls_error *err) VLS_MUST_USE;
/**
 * The cached master key, owned by the caller; what it opens is still to be proved (vls_keyfile_check).
 *
 * Errors: VLS_ENOTFOUND, locked: never put, expired or revoked; VLS_EUNREACHABLE, no keyring here; VLS_ENOMEM.
 */
VLS_API enum vls_code vls_unlock_get(struct vls_secret **master, const uint8_t store_id[VLS_STORE_ID_LEN],
                                     struct vls_error *err) VLS_MUST_USE;
/** Takes the key out of the cache at once. Errors: VLS_ENOTFOUND, it was locked; VLS_EUNREACHABLE. */
VLS_API enum vls_code vls_unlock_revoke(const uint8_t store_id[VLS_STORE_ID_LEN], struct vls_error *err) VLS_MUST_USE;

/* ---- passphrases, from a source straight into guarded memory ---- */

/**
 * The first line of a descriptor, without its line end (LF or CRLF), owned by the caller. Reads no
 * further than that line when the descriptor is a terminal, and may read up to VLS_PASSPHRASE_MAX bytes
 * elsewhere; the descriptor stays open.
 *
 * Errors: VLS_ELOCKED, empty; VLS_ELIMIT, longer than VLS_PASSPHRASE_MAX bytes; VLS_EVALUE, contains a NUL;
 * VLS_EINTERRUPT, a signal came; VLS_EIO; VLS_ENOMEM.
 */
VLS_API enum vls_code vls_passphrase_read(struct vls_secret **out, int fd, struct vls_error *err) VLS_MUST_USE;
/** The same from a file. Errors also: VLS_ELOCKED, it cannot be opened. */
VLS_API enum vls_code vls_passphrase_read_file(struct vls_secret **out, const char *path,
                                               struct vls_error *err) VLS_MUST_USE;
/** The same from the output of a shell command, which keeps our standard input and error.
 *  Errors also: VLS_ELOCKED, it failed or cannot be started. */
VLS_API enum vls_code vls_passphrase_read_command(struct vls_secret **out, const char *command,
                                                  struct vls_error *err) VLS_MUST_USE;

#define VLS_PASSPHRASE_WORDS 6 /* of 2048: 66 bits */

/** A generated passphrase, words with single spaces between, NUL-terminated (len does not count the NUL).
 *  Errors: VLS_ENOMEM. */
VLS_API enum vls_code vls_passphrase_generate(struct vls_secret **out, struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
