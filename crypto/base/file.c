/*
 * Whole files, read with a cap and replaced at once. The order of sync and rename is what keeps I5:
 * the new bytes are durable before their name is, and the name before the caller goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "valise/file.h"

enum vls_code
vls_file_code(int sys_errno)
{
    switch (sys_errno) {
    case ENOENT:
        return VLS_ENOTFOUND;
    case EEXIST:
        return VLS_EEXIST;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return VLS_EFULL;
    case EROFS:
    case EACCES:
    case EPERM:
        return VLS_EREADONLY;
    case ENOMEM:
        return VLS_ENOMEM;
    default:
        return VLS_EIO;
    }
}

/* For reading: a file that may not be read is not "read-only". */
static enum vls_code
read_code(int sys_errno)
{
    enum vls_code rc = vls_file_code(sys_errno);

    return rc == VLS_ENOTFOUND || rc == VLS_ENOMEM ? rc : VLS_EIO;
}

static enum vls_code
file_load(struct vls_buf *out, int fd, struct vls_error *err)
{
    uint8_t chunk[4096];
    ssize_t got;
    enum vls_code rc;

    for (;;) {
        got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        vls_buf_put(out, chunk, (size_t)got);
        if ((rc = vls_buf_ok(out, err)) != VLS_OK)
            goto out;
    }
    rc = got < 0 ? VLS_FAIL_SYS(err, VLS_EIO, errno, "a read failed") : VLS_OK;
out:
    vls_wipe(chunk, sizeof chunk);
    return rc;
}

enum vls_code
vls_file_read(struct vls_buf *out, const char *path, unsigned flags, struct vls_error *err)
{
    size_t before = out->n;
    struct stat st;
    enum vls_code rc = VLS_OK;
    /* O_NONBLOCK: opening a pipe that lies in the place of a file must not wait for its other end */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | (flags & VLS_FILE_NOFOLLOW ? O_NOFOLLOW : 0));

    if (fd < 0) {
        int sys = errno;

        rc = sys == ELOOP ? VLS_EFORMAT : read_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot open it");
        goto out;
    }
    if (fstat(fd, &st) != 0)
        rc = VLS_FAIL_SYS(err, VLS_EIO, errno, "cannot look at it");
    else if (!S_ISREG(st.st_mode))
        rc = VLS_FAIL(err, VLS_EFORMAT, "not a regular file");
    else if ((rc = file_load(out, fd, err)) != VLS_OK) {
        vls_wipe(out->p != NULL ? out->p + before : NULL, out->n - before);
        out->n = before;
        out->bad = VLS_OK;
    }
    (void)close(fd);
out:
    if (rc != VLS_OK)
        vls_while(err, "reading %s", path);
    return rc;
}

/* Folder part of path: "." when there is none. Owned by the caller, NULL without memory. */
static char *
parent_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 1 : slash == path ? 1 : (size_t)(slash - path);
    char *parent = malloc(n + 1);

    if (parent == NULL)
        return NULL;
    memcpy(parent, slash == NULL ? "." : path, n);
    parent[n] = '\0';
    return parent;
}

enum vls_code
vls_file_sync_parent(const char *path, struct vls_error *err)
{
    char *parent = parent_of(path);
    enum vls_code rc = VLS_OK;
    int fd;

    if (parent == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a path");
    if ((fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        int sys = errno;

        rc = read_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot open folder %s", parent);
    } else {
        /* EINVAL: a file system without folder sync, such as FAT; there is nothing more to do there */
        if (fsync(fd) != 0 && errno != EINVAL)
            rc = VLS_FAIL_SYS(err, VLS_EIO, errno, "cannot sync folder %s", parent);
        (void)close(fd);
    }
    free(parent);
    return rc;
}

static enum vls_code
temp_fill(int fd, struct vls_slice bytes, unsigned mode, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t at = 0;

    while (at < bytes.n) {
        ssize_t put = write(fd, bytes.p + at, bytes.n - at);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            goto failed;
        at += (size_t)put;
    }
    /* FAT refuses to change modes; the file is then as private as its mount */
    if (fchmod(fd, (mode_t)mode) != 0 && errno != EPERM && errno != ENOTSUP)
        goto failed;
    if (fsync(fd) != 0)
        goto failed;
    return VLS_OK;
failed:
    rc = vls_file_code(errno);
    vls_error_set_sys(err, rc, errno, "cannot write a temporary file of %zu bytes", bytes.n);
    return rc;
}

/* Gives temp its final name; with VLS_FILE_NEW in a way in which an existing file wins. */
static int
temp_publish(const char *temp, const char *path, unsigned flags)
{
    if (!(flags & VLS_FILE_NEW))
        return rename(temp, path);
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(temp, path) != 0) /* file systems without that flag */
        return -1;
    (void)unlink(temp);
    return 0;
}

enum vls_code
vls_file_write(const char *path, struct vls_slice bytes, unsigned mode, unsigned flags, struct vls_error *err)
{
    size_t len = strlen(path);
    char *temp = malloc(len + sizeof ".XXXXXX");
    enum vls_code rc;
    int fd = -1;

    if (temp == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a path");
    memcpy(temp, path, len);
    memcpy(temp + len, ".XXXXXX", sizeof ".XXXXXX");
    if ((fd = mkostemp(temp, O_CLOEXEC)) < 0) {
        int sys = errno;

        rc = vls_file_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot make a temporary file");
        goto out;
    }
    if ((rc = temp_fill(fd, bytes, mode, err)) == VLS_OK && temp_publish(temp, path, flags) != 0) {
        int sys = errno;

        rc = vls_file_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot rename the temporary file");
    }
    (void)close(fd);
    if (rc != VLS_OK)
        (void)unlink(temp);
    else
        rc = vls_file_sync_parent(path, err);
out:
    free(temp);
    if (rc != VLS_OK)
        vls_while(err, "writing %s", path);
    return rc;
}

static enum vls_code
folder_make(const char *path, struct vls_error *err)
{
    struct stat st;
    enum vls_code rc;
    int sys;

    if (mkdir(path, 0700) == 0)
        return vls_file_sync_parent(path, err);
    sys = errno;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return VLS_OK;
        return VLS_FAIL(err, VLS_EFORMAT, "%s is not a folder", path);
    }
    rc = vls_file_code(sys);
    vls_error_set_sys(err, rc, sys, "cannot make folder %s", path);
    return rc;
}

enum vls_code
vls_file_folder(const char *path, struct vls_error *err)
{
    char *part = strdup(path);
    enum vls_code rc = VLS_OK;

    if (part == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a path");
    for (char *p = part + 1; rc == VLS_OK && part[0] != '\0' && *p != '\0'; p++)
        if (*p == '/' && p[-1] != '/') {
            *p = '\0';
            rc = folder_make(part, err);
            *p = '/';
        }
    if (rc == VLS_OK)
        rc = folder_make(part, err);
    free(part);
    return rc;
}
