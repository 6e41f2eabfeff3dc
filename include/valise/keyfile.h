#ifndef VALISE_KEYFILE_H
#define VALISE_KEYFILE_H

#include "valise/secret.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The key file beside the sealed store: the master key, sealed under a passphrase and a recovery code,
 * in two authenticated copies. Source: schemas/store/keyfile.md. Whoever changes it holds the store's lock.
 */

#define VLS_STORE_ID_LEN 16
#define VLS_MASTER_LEN 32
#define VLS_KEYFILE_LEN 8192
#define VLS_PASSPHRASE_MAX 1024 /* bytes; the longest line that any source yields */

/* Argon2id. The floor is what 2026 hardware makes expensive and a weak laptop finishes in a second;
 * the ceiling is what a forged file may make us spend. */
#ifdef VLS_TEST_LIMITS
#define VLS_ARGON2_FLOOR_OPS 1u
#define VLS_ARGON2_FLOOR_KIB 8u
#define VLS_ARGON2_CEILING_OPS 4u
#define VLS_ARGON2_CEILING_KIB 1024u
#else
#define VLS_ARGON2_FLOOR_OPS 3u
#define VLS_ARGON2_FLOOR_KIB (256u * 1024)
#define VLS_ARGON2_CEILING_OPS 12u
#define VLS_ARGON2_CEILING_KIB (1024u * 1024)
#endif

struct vls_argon2 {
    uint32_t ops; /* passes */
    uint32_t kib; /* memory */
};

struct vls_keyfile_info {
    uint8_t store_id[VLS_STORE_ID_LEN];
    uint64_t generation; /* one more with each change */
    struct vls_argon2 passphrase_cost;
    bool degraded; /* one copy is damaged or older; the next change repairs it */
};

/**
 * Makes a new key file with a random store id and master key.
 *
 * store_id    receives the id that page log, key file and recovery code share.
 * master      receives the 32-byte master key, owned by the caller; NULL on failure.
 * passphrase  1 to VLS_PASSPHRASE_MAX bytes, borrowed.
 * cost        NULL for the floor.
 *
 * Errors: VLS_EEXIST, path is there; VLS_EVALUE, empty passphrase or cost outside floor and ceiling;
 * VLS_ENOMEM, not enough for Argon2; those of vls_file_write.
 */
VLS_API enum vls_code vls_keyfile_create(uint8_t store_id[VLS_STORE_ID_LEN], struct vls_secret **master,
                                         const char *path, const struct vls_secret *passphrase,
                                         const struct vls_argon2 *cost, struct vls_error *err) VLS_MUST_USE;
/**
 * The store id, not authenticated: good for finding a cached master key, for nothing else.
 *
 * Errors: VLS_ENOSTORE, no such file; VLS_EAUTH, no copy is whole; VLS_EVERSION; VLS_EIO.
 */
VLS_API enum vls_code vls_keyfile_store_id(uint8_t store_id[VLS_STORE_ID_LEN], const char *path,
                                           struct vls_error *err) VLS_MUST_USE;
/**
 * The master key by passphrase (slow by intention). info may be NULL.
 *
 * Errors: VLS_ELOCKED, wrong or replaced passphrase; VLS_ENOSTORE; VLS_EAUTH, both copies are damaged;
 * VLS_EVERSION, of a newer program; VLS_ENOMEM, not enough for Argon2; VLS_EIO.
 */
VLS_API enum vls_code vls_keyfile_open(struct vls_secret **master, struct vls_keyfile_info *info, const char *path,
                                       const struct vls_secret *passphrase, struct vls_error *err) VLS_MUST_USE;
/**
 * The master key by recovery code as typed. Its use begins a new incarnation.
 *
 * Errors: those of vls_keyfile_open and vls_recovery_parse.
 */
VLS_API enum vls_code vls_keyfile_open_recovery(struct vls_secret **master, struct vls_keyfile_info *info,
                                                const char *path, const struct vls_secret *typed,
                                                struct vls_error *err) VLS_MUST_USE;
/**
 * Proves that a master key from elsewhere (the unlock cache) is this file's, without any derivation.
 *
 * Errors: VLS_EAUTH, no copy verifies under it; VLS_ENOSTORE; VLS_EVERSION; VLS_EIO.
 */
VLS_API enum vls_code vls_keyfile_check(struct vls_keyfile_info *info, const char *path,
                                        const struct vls_secret *master, struct vls_error *err) VLS_MUST_USE;
/**
 * Seals the master key under another passphrase; the old one opens the file no more. A copy of the file
 * taken before still opens with the old one: callers say so. cost NULL: the floor.
 *
 * Errors: VLS_EAUTH, master is not of this file; VLS_EVALUE, as in vls_keyfile_create; VLS_EBUSY, another
 * process is changing it; VLS_ENOSTORE; VLS_EVERSION; VLS_ENOMEM; VLS_EFULL; VLS_EREADONLY; VLS_EIO.
 */
VLS_API enum vls_code vls_keyfile_set_passphrase(const char *path, const struct vls_secret *master,
                                                 const struct vls_secret *passphrase,
                                                 const struct vls_argon2 *cost,
                                                 struct vls_error *err) VLS_MUST_USE;
/**
 * Makes a recovery code, replacing an earlier one. text receives its four lines for paper, NUL-terminated
 * (len counts the NUL), owned by the caller; it cannot be had again.
 *
 * Errors: those of vls_keyfile_set_passphrase.
 */
VLS_API enum vls_code vls_keyfile_set_recovery(struct vls_secret **text, const char *path,
                                               const struct vls_secret *master, struct vls_error *err) VLS_MUST_USE;

/**
 * Replaces the file by one for another master key: the same store id, the next generation, one passphrase, no recovery
 * code. Nothing that opened the old file opens the new one. What is sealed under the old master key must have been
 * sealed anew before.
 *
 * beside  where the new file is written first; the same file system, replaced when it is there.
 * fresh   the new master key, 32 random bytes; borrowed.
 *
 * Errors: those of vls_keyfile_set_passphrase. path then leads to the old file, and after a failed sync of the folder
 * perhaps to the new one.
 */
VLS_API enum vls_code vls_keyfile_rekey(const char *path, const char *beside, const struct vls_secret *master,
                                        const struct vls_secret *fresh, const struct vls_secret *passphrase,
                                        const struct vls_argon2 *cost, struct vls_error *err) VLS_MUST_USE;

/* Purposes with a subkey of their own, keyfile.md section 3. */
enum vls_subkey {
    VLS_SUBKEY_KEYS_MAC,
    VLS_SUBKEY_PAGE_LOG,
    VLS_SUBKEY_DEVICE,
    VLS_SUBKEY_ANCHOR,
    VLS_SUBKEY_SEARCH,
    VLS_SUBKEY_ATTACHMENT,
    VLS_SUBKEY_EXPORT,
    VLS_SUBKEY_COUNT
};

/** The 32-byte subkey for one purpose, owned by the caller. Errors: VLS_ENOMEM. */
VLS_API enum vls_code vls_keyfile_subkey(struct vls_secret **out, const struct vls_secret *master,
                                         const uint8_t store_id[VLS_STORE_ID_LEN], enum vls_subkey purpose,
                                         struct vls_error *err) VLS_MUST_USE;

/* ---- the recovery code as text, keyfile.md section 4 ---- */

#define VLS_RECOVERY_LEN 16                          /* bytes of the code */
#define VLS_RECOVERY_LINES 4
#define VLS_RECOVERY_TEXT (VLS_RECOVERY_LINES * 12 + 1) /* "XXXX-XXXX-X\n" each, and a NUL */

/** Four lines as a NUL-terminated secret of VLS_RECOVERY_TEXT bytes, owned by the caller. Errors: VLS_ENOMEM. */
VLS_API enum vls_code vls_recovery_print(struct vls_secret **text, const uint8_t store_id[VLS_STORE_ID_LEN],
                                         const struct vls_secret *code, struct vls_error *err) VLS_MUST_USE;
/**
 * Looks at one typed line alone: its nine signs, the last of which proves the others.
 *
 * line  0 to VLS_RECOVERY_LINES - 1.
 *
 * Errors: VLS_EVALUE, mistyped (the message names the line).
 */
VLS_API enum vls_code vls_recovery_check_line(size_t line, const struct vls_secret *typed,
                                              struct vls_error *err) VLS_MUST_USE;
#define VLS_RECOVERY_PAGE_MAX 8192 /* bytes of a file that holds the page */

/** A file that holds the code, straight into guarded memory, owned by the caller. Errors: VLS_ELOCKED, it cannot be opened
 *  or is empty; VLS_ELIMIT, longer than VLS_RECOVERY_PAGE_MAX; VLS_EIO; VLS_ENOMEM. */
VLS_API enum vls_code vls_recovery_read_file(struct vls_secret **out, const char *path,
                                             struct vls_error *err) VLS_MUST_USE;
/** The typed lines as one text, owned by the caller. Errors: VLS_ENOMEM. */
VLS_API enum vls_code vls_recovery_join(struct vls_secret **out, struct vls_secret *const lines[VLS_RECOVERY_LINES],
                                        struct vls_error *err) VLS_MUST_USE;
/** True when a text is as long as a whole code, whatever its signs are. */
VLS_API bool vls_recovery_whole(const struct vls_secret *typed);
/**
 * Reads a typed code, tolerant of case, spacing, O for 0, I and L for 1; a final NUL is allowed. A text with exactly four
 * words of the form XXXX-XXXX-X (the page of "key recovery" as a file) is read as these.
 *
 * Errors: VLS_EVALUE, mistyped (the message names the line); VLS_ETRUST, the code of another valise;
 * VLS_ENOMEM.
 */
VLS_API enum vls_code vls_recovery_parse(struct vls_secret **code, const uint8_t store_id[VLS_STORE_ID_LEN],
                                         const struct vls_secret *typed, struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
