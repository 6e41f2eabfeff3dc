/*
 * Another master key: the key file is replaced by one that shares nothing with it but the store's id. It is
 * written whole elsewhere and takes the name by one rename, so that the name leads to the old file or to
 * the new one; the old one is overwritten where it lay when nothing needs it any more.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "valise/file.h"
#include "valise/prim.h"

#include "keyfile_int.h"

/* Random bytes over the old file, as far as the disk lets anybody overwrite: failing to is no failure. */
static void
old_overwrite(int fd)
{
    uint8_t noise[VLS_KEYFILE_LEN];

    vls_random(noise, sizeof noise);
    if (pwrite(fd, noise, sizeof noise, 0) == (ssize_t)sizeof noise)
        (void)fdatasync(fd);
}

enum vls_code
vls_keyfile_rekey(const char *path, const char *beside, const struct vls_secret *master, const struct vls_secret *fresh,
                  const struct vls_secret *passphrase, const struct vls_argon2 *cost, struct vls_error *err)
{
    struct vls_keyfile_info info;
    uint8_t bytes[VLS_KEYFILE_LEN];
    enum vls_code rc;
    int fd = -1;

    if ((rc = vls__keyfile_hold(&fd, &info, path, master, err)) != VLS_OK)
        goto out;
    if (info.generation == UINT64_MAX) {
        rc = VLS_FAIL(err, VLS_ELIMIT, "no generation is left");
        goto out;
    }
    if ((rc = vls__keyfile_image(bytes, info.store_id, info.generation + 1, fresh, passphrase, cost, err)) != VLS_OK ||
        (rc = vls_file_write(beside, vls_slice_of(bytes, sizeof bytes), 0600, 0, err)) != VLS_OK)
        goto out;
    if (rename(beside, path) != 0) {
        int sys = errno;

        rc = vls_file_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot move it to its place");
        goto out;
    }
    /* the new name first: a power cut must not leave the file under no name at all */
    if ((rc = vls_file_sync_parent(path, err)) == VLS_OK && (rc = vls_file_sync_parent(beside, err)) == VLS_OK)
        old_overwrite(fd);
out:
    if (fd >= 0)
        (void)close(fd);
    if (rc != VLS_OK)
        vls_while(err, "replacing %s", path);
    return rc;
}
