/*
 * Folders and small files of a hub. Every name is opened relative to a folder that is already open,
 * without following links, without blocking on a pipe, and refused unless it is what it should be.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/courier/courier.h"

enum vls_code
file_fail(struct vls_error *err, int sys, const char *what)
{
    enum vls_code code = VLS_EIO;
    const char *text = what;

    switch (sys) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        code = VLS_EFULL;
        text = "no space left";
        break;
    case EROFS:
    case EACCES:
    case EPERM:
        code = VLS_EREADONLY;
        text = "can be read but not written";
        break;
    case ENODEV:
    case ENXIO:
    case ESTALE:
    case ENOTCONN:
        code = VLS_EUNREACHABLE;
        text = "gone while it was in use";
        break;
    case ENOMEM:
        code = VLS_ENOMEM;
        text = "the courier has no memory left";
        break;
    default: break;
    }
    vls_error_set(err, code, "%s", text);
    if (err != NULL)
        err->sys = sys;
    return code;
}

int
folder_open(int dir, const char *a, const char *b)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int first = openat(dir, a, flags), second, sys;

    if (first < 0 || b == NULL)
        return first;
    second = openat(first, b, flags);
    sys = errno;
    (void)close(first);
    errno = sys;
    return second;
}

static bool passing;

void
files_pass(void)
{
    passing = true;
}

bool
file_sync(int fd)
{
    return passing || fdatasync(fd) == 0;
}

bool
folder_sync(int dir)
{
    if (passing)
        return true;
    /* Some network and user-space file systems know no sync of a folder, only one of everything. */
    return fsync(dir) == 0 || ((errno == EINVAL || errno == ENOTSUP) && syncfs(dir) == 0);
}

int
folder_each(int dir, unsigned max, folder_each_fn *each, void *ctx)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), sys = 0;
    DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *e;
    unsigned n = 0;

    if (d == NULL) {
        sys = errno;
        if (fd >= 0)
            (void)close(fd);
        errno = sys;
        return -1;
    }
    for (;;) {
        errno = 0;
        if ((e = readdir(d)) == NULL) {
            sys = errno;
            break;
        }
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (n++ == max) {
            sys = E2BIG;
            break;
        }
        if (!each(ctx, e->d_name))
            break;
    }
    (void)closedir(d);
    errno = sys;
    return sys == 0 ? 0 : -1;
}

enum vls_code
file_load(struct vls_buf *out, int dir, const char *name, size_t max, struct vls_error *err)
{
    int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    enum vls_code rc = VLS_OK;
    struct stat st;

    if (fd < 0 && errno == ENOENT)
        return VLS_FAIL(err, VLS_ENOTFOUND, "a file is missing");
    if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
        return VLS_FAIL(err, VLS_EFORMAT, "something else than a plain file lies in it");
    if (fd < 0)
        return file_fail(err, errno, "a file cannot be opened");
    if (fstat(fd, &st) != 0) {
        rc = file_fail(err, errno, "a file cannot be read");
        goto out;
    }
    if (!S_ISREG(st.st_mode) || st.st_size < 0 || (uint64_t)st.st_size > max) {
        rc = VLS_FAIL(err, VLS_EFORMAT, "something else than a plain file lies in it");
        goto out;
    }
    for (;;) {
        uint8_t part[4096];
        ssize_t got = read(fd, part, sizeof part);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            rc = file_fail(err, errno, "a file cannot be read");
            goto out;
        }
        if (got == 0)
            break;
        if ((size_t)got > max - out->n) {
            rc = VLS_FAIL(err, VLS_EFORMAT, "a file in it grows while it is read");
            goto out;
        }
        vls_buf_put(out, part, (size_t)got);
    }
    rc = vls_buf_ok(out, err);
out:
    (void)close(fd);
    return rc;
}

bool
file_write(int fd, const void *p, size_t n)
{
    const uint8_t *at = p;

    while (n > 0) {
        ssize_t put = write(fd, at, n);

        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0) {
            if (put == 0)
                errno = ENOSPC;
            return false;
        }
        at += put;
        n -= (size_t)put;
    }
    return true;
}

void
file_temp_name(char *out, size_t cap, const char *prefix)
{
    uint8_t raw[8] = {0};
    char hex[2 * sizeof raw + 1];

    /* Only uniqueness counts; a name that is taken fails at O_EXCL. */
    (void)!getrandom(raw, sizeof raw, 0);
    vls_hex(hex, raw, sizeof raw);
    (void)snprintf(out, cap, "%s%s", prefix, hex);
}
