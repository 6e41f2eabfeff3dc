/*
 * The one branch of a hub: read without following links, moved by compare and swap under the lock file
 * that git itself uses. A reader sees the old tip or the new one, and a pack is in place before its tip.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sync/courier/pack.h"

#define LOCK VLS__REF_LEAF ".lock"
#define PACKED_MAX ((size_t)16 * 1024 * 1024)
#define LOOSE_MAX 1000 /* loose branches looked at in a repository that lacks ours */
#define LOCK_WAIT_MS 1500
#define LOCK_LOOK_MS 10
/* A writer holds the lock for a few syncs, seconds on the slowest stick. A lock of this age that no
 * living process holds was left by a crash or a stick that was pulled out. */
#define LOCK_STALE_S 300

static bool
loose_each(void *ctx, const char *name)
{
    uint64_t *n = ctx;

    if (strcmp(name, LOCK) != 0)
        ++*n;
    return true;
}

/* Any other loose branch or tag; a nested one shows by its folder. */
static uint64_t
loose_others(const struct hub *hub)
{
    static const char *const where[] = {"heads", "tags"};
    uint64_t n = 0;

    for (size_t i = 0; i < 2; i++) {
        int fd = folder_open(hub->fd, "refs", where[i]);

        if (fd < 0)
            continue;
        (void)folder_each(fd, LOOSE_MAX, loose_each, &n);
        (void)close(fd);
    }
    return n;
}

enum vls_code
ref_read(const struct hub *hub, struct vls__tip *out, uint64_t *others, struct vls_error *err)
{
    struct vls_buf text;
    enum vls_code rc;
    uint64_t packed = 0;
    int dir = folder_open(hub->fd, "refs", "heads");

    memset(out, 0, sizeof *out);
    vls_buf_init(&text, PACKED_MAX);
    if (dir < 0 && errno != ENOENT) {
        rc = errno == ENOTDIR || errno == ELOOP ? VLS_FAIL(err, VLS_EFORMAT, "its branch is not a plain file")
                                                : file_fail(err, errno, "its branch cannot be read");
        goto out;
    }
    if (dir < 0 && faccessat(hub->fd, "refs", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        rc = VLS_FAIL(err, VLS_EUNREACHABLE, "gone while it was in use"); /* git removes heads, never refs */
        goto out;
    }
    rc = dir < 0 ? VLS_ENOTFOUND : file_load(&text, dir, VLS__REF_LEAF, 4096, err);
    if (rc == VLS_OK) {
        out->set = vls__ref_decode(out->id, vls_buf_slice(&text));
        if (!out->set)
            rc = VLS_FAIL(err, VLS_EFORMAT, "its branch is unreadable");
        goto out;
    }
    if (rc != VLS_ENOTFOUND)
        goto out;
    rc = file_load(&text, hub->fd, "packed-refs", PACKED_MAX, err);
    if (rc == VLS_OK)
        out->set = vls__packed_find(out->id, vls_buf_slice(&text), &packed);
    else if (rc == VLS_ENOTFOUND)
        rc = VLS_OK;
    if (rc == VLS_OK && others != NULL)
        *others = packed + (out->set ? 0 : loose_others(hub));
out:
    if (dir >= 0)
        (void)close(dir);
    vls_buf_clear(&text);
    return rc;
}

static bool
same_file(int dir, int fd)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && fstatat(dir, LOCK, &b, AT_SYMLINK_NOFOLLOW) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
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
 * Looks at a lock that was there already. A living courier holds a kernel lock on the file, so getting
 * that one shows that the owner is git itself (young) or dead (old). A dead one's file is not removed
 * but taken over, since between removing and creating two heirs could each believe to be the only one.
 */
static enum lock_state
lock_adopt(int dir, int *out)
{
    int fd = openat(dir, LOCK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum lock_state state;

    if (fd < 0)
        return errno == ENOENT ? LOCK_GONE : LOCK_FAILED;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        state = LOCK_HELD;
    else if (!same_file(dir, fd))
        state = LOCK_GONE;
    else if (!is_stale(fd))
        state = LOCK_LEFT;
    else
        state = ftruncate(fd, 0) == 0 ? LOCK_MINE : LOCK_FAILED;
    if (state == LOCK_MINE)
        *out = fd;
    else
        (void)close(fd);
    return state;
}

static enum lock_state
lock_try(int dir, mode_t mode, int *out)
{
    const struct timespec instant = {.tv_nsec = 1000000L};
    int fd = openat(dir, LOCK, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0666);

    if (fd < 0)
        return errno == EEXIST ? lock_adopt(dir, out) : LOCK_FAILED;
    /* Whoever looks at it this instant holds it for that long. It may not be given up meanwhile: nobody
     * else would own it. */
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK; waited++) {
        if (waited == LOCK_WAIT_MS) {
            (void)close(fd);
            return LOCK_HELD;
        }
        (void)nanosleep(&instant, NULL);
    }
    if (!same_file(dir, fd)) { /* taken over, by someone whose clock made it look old */
        (void)close(fd);
        return LOCK_GONE;
    }
    *out = fd;
    return LOCK_MINE;
}

static enum vls_code
lock_take(int dir, mode_t mode, int *out, struct vls_error *err)
{
    const struct timespec look = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
    enum lock_state state = LOCK_GONE;

    for (int waited = 0; waited < LOCK_WAIT_MS; waited += LOCK_LOOK_MS) {
        state = lock_try(dir, mode, out);
        if (state == LOCK_MINE)
            return VLS_OK;
        if (state == LOCK_FAILED)
            return file_fail(err, errno, "its branch cannot be locked");
        (void)nanosleep(&look, NULL);
    }
    if (state == LOCK_LEFT)
        return VLS_FAIL(
            err, VLS_EBUSY,
            "an interrupted transfer left its mark; it is cleared by itself after 5 minutes, try then");
    return VLS_FAIL(err, VLS_ERACE, "somebody else is writing to it");
}

static bool
tip_same(const struct vls__tip *a, const struct vls__tip *b)
{
    /* Public: what git shows to everybody. */
    return a->set == b->set && (!a->set || memcmp(a->id, b->id, sizeof a->id) == 0);
}

static enum vls_code
branch_folder(const struct hub *hub, int *out, struct vls_error *err)
{
    int refs;

    if ((*out = folder_open(hub->fd, "refs", "heads")) >= 0)
        return VLS_OK;
    if (errno == ENOENT && (refs = folder_open(hub->fd, "refs", NULL)) >= 0) { /* git removes it when empty */
        if (mkdirat(refs, "heads", hub->dir_mode) == 0)
            *out = folder_open(refs, "heads", NULL);
        (void)close(refs);
    }
    return *out >= 0 ? VLS_OK : file_fail(err, errno, "its branch cannot be locked");
}

enum vls_code
ref_move(const struct hub *hub, const struct vls__tip *on, const uint8_t to[VLS__OID], struct pack *pack,
         struct vls_error *err)
{
    char line[2 * VLS__OID + 2];
    struct vls__tip now;
    enum vls_code rc;
    int dir = -1, lock = -1;

    vls_hex(line, to, VLS__OID);
    line[2 * VLS__OID] = '\n';
    if ((rc = branch_folder(hub, &dir, err)) != VLS_OK ||
        (rc = lock_take(dir, hub->dir_mode, &lock, err)) != VLS_OK)
        goto out;
    if ((rc = ref_read(hub, &now, NULL, err)) != VLS_OK)
        goto unlock;
    if (!tip_same(&now, on)) {
        rc = VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
        goto unlock;
    }
    if (!file_write(lock, line, 2 * VLS__OID + 1) || fdatasync(lock) != 0) {
        rc = file_fail(err, errno, "its branch cannot be written");
        goto unlock;
    }
    if ((rc = pack_publish(pack, err)) != VLS_OK)
        goto unlock;
    if (!same_file(dir, lock) || renameat(dir, LOCK, dir, VLS__REF_LEAF) != 0) {
        rc = file_fail(err, errno, "its branch cannot be moved");
        goto unlock;
    }
    if (!folder_sync(dir))
        rc = file_fail(err, errno, "its branch cannot be synced");
    goto out;
unlock:
    if (same_file(dir, lock))
        (void)unlinkat(dir, LOCK, 0);
out:
    if (lock >= 0)
        (void)close(lock);
    if (dir >= 0)
        (void)close(dir);
    return rc;
}
