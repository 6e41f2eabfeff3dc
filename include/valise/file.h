#ifndef VALISE_FILE_H
#define VALISE_FILE_H

#include "valise/bytes.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Whole files: read with a cap, replaced all at once. A crash leaves the old contents or the new
 * (I5), and at worst a temporary file "<path>.XXXXXX" beside them.
 */

enum vls_file_flag {
    VLS_FILE_NOFOLLOW = 1 << 0, /* the last component may not be a symbolic link */
    VLS_FILE_NEW = 1 << 1       /* write: refuse when something is there already */
};

/**
 * Appends the contents of a regular file to out, whose maximum is the cap; out is as before on failure.
 *
 * Errors: VLS_ENOTFOUND; VLS_ELIMIT, more than out still takes; VLS_EFORMAT, not a regular file or a
 * link that flags forbid; VLS_EIO.
 */
VLS_API enum vls_code vls_file_read(struct vls_buf *out, const char *path, unsigned flags,
                                    struct vls_error *err) VLS_MUST_USE;
/**
 * Makes path hold exactly these bytes: temporary file beside it, sync, rename, sync of the folder. A
 * symbolic link at path is replaced, not followed.
 *
 * mode   permission bits of the new file, not narrowed by the umask.
 * flags  VLS_FILE_NEW.
 *
 * Errors: VLS_EEXIST, only with VLS_FILE_NEW; VLS_ENOTFOUND, no such folder; VLS_EFULL; VLS_EREADONLY;
 * VLS_EIO. After any of them path holds the old bytes, or after a failed sync of the folder the new ones.
 */
VLS_API enum vls_code vls_file_write(const char *path, struct vls_slice bytes, unsigned mode, unsigned flags,
                                     struct vls_error *err) VLS_MUST_USE;
/** Syncs the folder that holds path, so that a rename or an unlink in it lasts. Errors: VLS_EIO, VLS_ENOTFOUND. */
VLS_API enum vls_code vls_file_sync_parent(const char *path, struct vls_error *err) VLS_MUST_USE;
/**
 * Makes a folder and what is missing above it, each with mode 0700; one that exists is left as it is.
 *
 * Errors: VLS_EFORMAT, something else is in the way; VLS_EFULL; VLS_EREADONLY; VLS_EIO.
 */
VLS_API enum vls_code vls_file_folder(const char *path, struct vls_error *err) VLS_MUST_USE;
/** The code of a failed system call on a file: VLS_ENOTFOUND, VLS_EEXIST, VLS_EFULL, VLS_EREADONLY, VLS_ENOMEM or VLS_EIO. */
VLS_API enum vls_code vls_file_code(int sys_errno);

#ifdef __cplusplus
}
#endif
#endif
