/*
 * The operating system behind struct vls_io: whole reads and writes, room taken in advance, and a lock
 * that dies with the process. The lock is an flock on the file itself; because compaction puts another
 * file under the name, the name is looked at again once the lock is held.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "valise/pagelog.h"

#define LOCK_TRIES    101
#define LOCK_PAUSE_NS 20000000 /* 100 pauses make the 2 s of the contract */

static int
os_try_open(int *file, const char *path, unsigned flags)
{
    int mode = (flags & VLS_IO_READONLY ? O_RDONLY : O_RDWR) | (flags & VLS_IO_CREATE ? O_CREAT : 0);
    int fd = open(path, mode | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600), sys = 0;
    struct stat held, named;

    if (fd < 0)
        return errno;
    if (flock(fd, (flags & VLS_IO_READONLY ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0 || fstat(fd, &held) != 0)
        sys = errno;
    else if (!S_ISREG(held.st_mode))
        sys = EINVAL;
    else if (lstat(path, &named) != 0 || named.st_ino != held.st_ino || named.st_dev != held.st_dev)
        sys = EWOULDBLOCK; /* renamed over between open and lock: try again with what is there now */
    if (sys != 0) {
        (void)close(fd);
        return sys;
    }
    *file = fd;
    return 0;
}

static int
os_open(void *ctx, int *file, const char *path, unsigned flags)
{
    const struct timespec pause = {0, LOCK_PAUSE_NS};
    int sys = 0;

    (void)ctx;
    for (int i = 0; i < LOCK_TRIES; i++) {
        sys = os_try_open(file, path, flags);
        if (sys != EWOULDBLOCK && sys != EINTR)
            break;
        if (i + 1 < LOCK_TRIES)
            (void)nanosleep(&pause, NULL);
    }
    return sys;
}

static void
os_close(void *ctx, int file)
{
    (void)ctx;
    (void)close(file);
}

static int
os_pread(void *ctx, int file, void *p, size_t n, uint64_t off, size_t *got)
{
    (void)ctx;
    *got = 0;
    while (*got < n) {
        ssize_t r = pread(file, (uint8_t *)p + *got, n - *got, (off_t)(off + *got));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return errno;
        if (r == 0)
            break;
        *got += (size_t)r;
    }
    return 0;
}

static int
os_pwrite(void *ctx, int file, const void *p, size_t n, uint64_t off)
{
    size_t done = 0;

    (void)ctx;
    while (done < n) {
        ssize_t r = pwrite(file, (const uint8_t *)p + done, n - done, (off_t)(off + done));

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return errno;
        if (r == 0)
            return ENOSPC;
        done += (size_t)r;
    }
    return 0;
}

static int
os_fdatasync(void *ctx, int file)
{
    (void)ctx;
    return fdatasync(file) != 0 ? errno : 0;
}

static int
os_ftruncate(void *ctx, int file, uint64_t size)
{
    (void)ctx;
    return ftruncate(file, (off_t)size) != 0 ? errno : 0;
}

static int
os_size(void *ctx, int file, uint64_t *out)
{
    struct stat st;

    (void)ctx;
    if (fstat(file, &st) != 0)
        return errno;
    *out = (uint64_t)st.st_size;
    return 0;
}

static int
os_fallocate(void *ctx, int file, uint64_t off, uint64_t n)
{
    uint64_t size;
    int sys;

    do
        sys = fallocate(file, 0, (off_t)off, (off_t)n) != 0 ? errno : 0;
    while (sys == EINTR);
    if (sys != EOPNOTSUPP && sys != ENOSYS && sys != EINVAL)
        return sys;
    /* a file system without it: the size grows, and a full disk shows at the write */
    if ((sys = os_size(ctx, file, &size)) != 0)
        return sys;
    return size < off + n ? os_ftruncate(ctx, file, off + n) : 0;
}

static int
os_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return rename(from, to) != 0 ? errno : 0;
}

static int
os_unlink(void *ctx, const char *path)
{
    (void)ctx;
    return unlink(path) != 0 ? errno : 0;
}

static int
os_dirsync(void *ctx, const char *path)
{
    char copy[PATH_MAX];
    int fd, sys;

    (void)ctx;
    if (strlen(path) >= sizeof copy)
        return ENAMETOOLONG;
    memcpy(copy, path, strlen(path) + 1);
    if ((fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        return errno;
    sys = fsync(fd) != 0 ? errno : 0;
    (void)close(fd);
    return sys == EINVAL ? 0 : sys; /* file systems that cannot sync a folder say so this way */
}

const struct vls_io *
vls_io_os(void)
{
    static const struct vls_io io = {
        .open = os_open,
        .close = os_close,
        .pread = os_pread,
        .pwrite = os_pwrite,
        .fdatasync = os_fdatasync,
        .ftruncate = os_ftruncate,
        .fallocate = os_fallocate,
        .size = os_size,
        .rename = os_rename,
        .unlink = os_unlink,
        .dirsync = os_dirsync,
    };

    return &io;
}
