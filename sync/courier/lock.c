/*
 * The lock on the branch: the file that git itself uses, with a kernel lock on it and a mark in it. The kernel
 * lock tells whether the owner lives, but only within one running kernel: some network file systems keep it to
 * themselves. So the mark tells whether the owner ran under this kernel; then a lock that nobody holds is
 * taken over at once, and any other one when it is old.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sync/courier/courier.h"
#include "sync/courier/sha1.h"

#define LOCK         VLS__REF_LEAF ".lock"
#define TEMP         VLS__REF_LEAF "-" /* + 16 hex digits + .lock, a name that git takes for no branch */
#define TAIL         ".lock"
#define LOCK_WAIT_MS 1500
#define LOCK_LOOK_MS 10
/* A writer holds the lock for a few syncs, seconds on the slowest stick. A lock of this age that no
 * living process holds was left by a crash or a stick that was pulled out. */
#define LOCK_STALE_S 300
#define TEMPS_MAX    1000

/* The mark: a nonce and its hash with the kernel's own id, which it therefore does not tell (RM3). */
#define NONCE_LEN 8
#define MARK_LEN  (2 * (NONCE_LEN + 20) + 1)

static struct {
    char id[64]; /* of the running kernel; empty when it is not known */
} kernel;

void
lock_begin(void)
{
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, kernel.id, sizeof kernel.id - 1) : -1;

    kernel.id[n > 0 ? n : 0] = '\0';
    if (fd >= 0)
        (void)close(fd);
}

bool
lock_is_name(const char *name)
{
    size_t n = strlen(name);

    return n >= sizeof TAIL - 1 && strcmp(name + n - (sizeof TAIL - 1), TAIL) == 0;
}

static void
mark_make(char out[MARK_LEN + 1], const uint8_t nonce[NONCE_LEN])
{
    struct sha1 sha;
    uint8_t sum[20];

    sha1_init(&sha);
    sha1_add(&sha, nonce, NONCE_LEN);
    sha1_add(&sha, kernel.id, strlen(kernel.id));
    sha1_end(&sha, sum);
    vls_hex(out, nonce, NONCE_LEN);
    vls_hex(out + 2 * NONCE_LEN, sum, sizeof sum);
    out[MARK_LEN - 1] = '\n';
    out[MARK_LEN] = '\0';
}

/* Of this kernel: then getting the kernel lock has shown that its owner is dead. */
static bool
mark_is_ours(int fd)
{
    char found[MARK_LEN + 2] = "", ours[MARK_LEN + 1], hex[2 * NONCE_LEN + 1];
    uint8_t nonce[NONCE_LEN];

    if (kernel.id[0] == '\0' || pread(fd, found, sizeof found - 1, 0) != MARK_LEN)
        return false;
    memcpy(hex, found, sizeof hex - 1);
    hex[sizeof hex - 1] = '\0';
    if (!vls_unhex(nonce, sizeof nonce, hex))
        return false;
    mark_make(ours, nonce);
    return memcmp(found, ours, MARK_LEN) == 0; /* public: anybody may read and write the remote */
}

static bool
mark_put(int fd)
{
    char name[2 * NONCE_LEN + 1], mark[MARK_LEN + 1];
    uint8_t nonce[NONCE_LEN] = {0};

    file_temp_name(name, sizeof name, "");
    (void)vls_unhex(nonce, sizeof nonce, name);
    mark_make(mark, nonce);
    /* over the old one, so that whoever is killed in here leaves one of the two and never an empty file */
    return pwrite(fd, mark, MARK_LEN, 0) == MARK_LEN && ftruncate(fd, MARK_LEN) == 0;
}

bool
lock_mine(int dir, int fd)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && fstatat(dir, LOCK, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static int
temp_open(int dir, mode_t mode, char name[LOCK_NAME])
{
    char stem[LOCK_NAME - sizeof TAIL + 1];

    file_temp_name(stem, sizeof stem, TEMP);
    (void)snprintf(name, LOCK_NAME, "%s" TAIL, stem);
    return openat(dir, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0666);
}

int
lock_file_make(int dir, mode_t mode, const char *text, size_t n, char name[LOCK_NAME])
{
    int fd = temp_open(dir, mode, name), sys;

    if (fd >= 0 && file_write(fd, text, n) && file_sync(fd))
        return fd;
    sys = errno;
    if (fd >= 0) {
        (void)close(fd);
        (void)unlinkat(dir, name, 0);
    }
    name[0] = '\0';
    errno = sys;
    return -1;
}

static bool
is_stale(int fd)
{
    struct timespec now;
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || clock_gettime(CLOCK_REALTIME, &now) != 0)
        return false;
    /* In the future counts too: the laptop that left it may have had another time. */
    return st.st_mtime + LOCK_STALE_S < now.tv_sec || st.st_mtime > now.tv_sec + LOCK_STALE_S;
}

enum lock_state { LOCK_MINE, LOCK_HELD, LOCK_LEFT, LOCK_GONE, LOCK_FAILED };

/*
 * Looks at a lock that was there already. A living courier holds the kernel lock on the file, so getting
 * that one shows that the owner is git itself (young), under another kernel (young), or dead. A dead one's
 * file is not removed but taken over, since between removing and creating two heirs could each believe to be
 * the only one.
 */
static enum lock_state
lock_adopt(int dir, int *out)
{
    int fd = openat(dir, LOCK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum lock_state state;

    if (fd < 0)
        return errno == ENOENT ? LOCK_GONE : LOCK_FAILED;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        state = errno == EWOULDBLOCK ? LOCK_HELD : is_stale(fd) ? LOCK_MINE : LOCK_LEFT;
    else if (!lock_mine(dir, fd))
        state = LOCK_GONE;
    else
        state = mark_is_ours(fd) || is_stale(fd) ? LOCK_MINE : LOCK_LEFT;
    if (state == LOCK_MINE && !mark_put(fd))
        state = LOCK_FAILED;
    if (state == LOCK_MINE)
        *out = fd;
    else
        (void)close(fd);
    return state;
}

/* Without a rename that respects what is there: the file comes first, kernel lock and mark an instant later. */
static enum lock_state
lock_create(int dir, mode_t mode, int *out)
{
    const struct timespec instant = {.tv_nsec = 1000000L};
    int fd = openat(dir, LOCK, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0666);

    if (fd < 0)
        return errno == EEXIST ? LOCK_GONE : LOCK_FAILED;
    /* Whoever looks at it this instant holds it for that long. It may not be given up meanwhile: nobody
     * else would own it. */
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; waited++) {
        if (waited == LOCK_WAIT_MS) {
            (void)close(fd);
            return LOCK_HELD;
        }
        (void)nanosleep(&instant, NULL);
    }
    if (!lock_mine(dir, fd) || !mark_put(fd)) { /* taken over, by someone whose clock made it look old */
        (void)close(fd);
        return LOCK_GONE;
    }
    *out = fd;
    return LOCK_MINE;
}

/* The lock appears with kernel lock and mark, so that no moment shows one that seems left. */
static enum lock_state
lock_try(int dir, mode_t mode, int *out)
{
    char temp[LOCK_NAME];
    enum lock_state state = LOCK_FAILED;
    int fd, sys;

    if (faccessat(dir, LOCK, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return lock_adopt(dir, out);
    if ((fd = temp_open(dir, mode, temp)) < 0)
        return LOCK_FAILED;
    (void)flock(fd, LOCK_EX | LOCK_NB); /* where there are no kernel locks, age decides */
    if (mark_put(fd) && renameat2(dir, temp, dir, LOCK, RENAME_NOREPLACE) == 0) {
        *out = fd;
        return LOCK_MINE;
    }
    sys = errno;
    (void)unlinkat(dir, temp, 0);
    (void)close(fd);
    if (sys == EEXIST || sys == ENOENT) /* somebody was faster, or swept it away */
        state = LOCK_GONE;
    else if (sys == EINVAL || sys == ENOSYS || sys == ENOTSUP)
        state = lock_create(dir, mode, out);
    else
        errno = sys;
    return state;
}

static bool
sweep_each(void *ctx, const char *name)
{
    const int *dir = ctx;

    if (strncmp(name, TEMP, sizeof TEMP - 1) == 0 && lock_is_name(name))
        (void)unlinkat(*dir, name, 0);
    return true;
}

enum vls_code
lock_take(int dir, mode_t mode, int *out, struct vls_error *err)
{
    const struct timespec look = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
    enum lock_state state = LOCK_GONE;

    for (int waited = 0; waited < LOCK_WAIT_MS; waited += LOCK_LOOK_MS) {
        state = lock_try(dir, mode, out);
        if (state == LOCK_MINE) {
            (void)folder_each(dir, TEMPS_MAX, sweep_each, &dir); /* whoever is about to lock makes another */
            return VLS_OK;
        }
        if (state == LOCK_FAILED)
            return file_fail(err, errno, "its branch cannot be locked");
        (void)nanosleep(&look, NULL);
    }
    if (state == LOCK_LEFT)
        return VLS_FAIL(err, VLS_EBUSY,
                        "an interrupted transfer left its mark; it is cleared by itself after 5 minutes, try then");
    return VLS_FAIL(err, VLS_ERACE, "somebody else is writing to it");
}

void
lock_give(int dir, int *lock)
{
    if (*lock < 0)
        return;
    if (lock_mine(dir, *lock))
        (void)unlinkat(dir, LOCK, 0);
    (void)close(*lock);
    *lock = -1;
}
