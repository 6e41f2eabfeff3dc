/*
 * The one branch of a hub: read without following links, moved by compare and swap under the lock file
 * that git itself uses. A reader sees the old tip or the new one, and a pack is in place before its tip.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/courier/pack.h"
#include "sync/courier/reach.h"

#define PACKED_MAX ((size_t)16 * 1024 * 1024)
#define LOOSE_MAX  1000 /* loose branches looked at in a repository that lacks ours */

struct others {
    const char *ours; /* a branch of this name is none of them */
    uint64_t n;
};

static bool
loose_each(void *ctx, const char *name)
{
    struct others *others = ctx;

    if (!lock_is_name(name) && strcmp(name, others->ours) != 0)
        others->n++;
    return true;
}

/* Any other loose branch or tag; a nested one shows by its folder. Our own branch was not there a moment ago: if it
 * is now, somebody's first push came in between. */
static uint64_t
loose_others(const struct hub *hub)
{
    static const struct {
        const char *folder, *ours;
    } where[] = {{"heads", VLS__REF_LEAF}, {"tags", ""}};
    uint64_t n = 0;

    for (size_t i = 0; i < 2; i++) {
        int fd = folder_open(hub->fd, "refs", where[i].folder);
        struct others others = {.ours = where[i].ours};

        if (fd < 0)
            continue;
        (void)folder_each(fd, LOOSE_MAX, loose_each, &others);
        (void)close(fd);
        n += others.n;
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

/* What was put aside is looked at once more under the lock: whoever removes what nothing leads to takes that too, and may
 * have thought it to be left over. */
static enum vls_code
whole(struct hub *hub, const uint8_t to[VLS__OID], struct vls_error *err)
{
    struct reach_set set = {0};
    enum vls_code rc;

    objects_close(hub);
    rc = reach_from(hub, vls_slice_of(to, VLS__OID), &set, err);
    reach_clear(&set);
    return rc == VLS_EFORMAT ? VLS_FAIL(err, VLS_ERACE, "what was put aside there was cleared away") : rc;
}

/*
 * Moves the branch to the file temp, which is open as fd. FAT keeps where a file lies beside its name and, when that
 * name gets another file, writes it there with the file, not with the folder; while the old file is open, it does not
 * let go of the place that the name on the medium still leads to.
 */
static enum vls_code
branch_rename(int dir, int *lock, char temp[LOCK_NAME], int fd, struct vls_error *err)
{
    int old = openat(dir, VLS__REF_LEAF, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    enum vls_code rc = VLS_OK;

    if (!lock_mine(dir, *lock) || renameat(dir, temp, dir, VLS__REF_LEAF) != 0) {
        rc = file_fail(err, errno, "its branch cannot be moved");
        goto out;
    }
    temp[0] = '\0';
    lock_give(dir, lock); /* before the syncs, which then make its going durable too */
    if (!file_sync(fd) || !folder_sync(dir))
        rc = file_fail(err, errno, "its branch cannot be synced");
out:
    if (old >= 0)
        (void)close(old);
    return rc;
}

enum vls_code
ref_move(struct hub *hub, const struct vls__tip *on, const uint8_t to[VLS__OID], struct pack *pack,
         struct vls_error *err)
{
    char line[2 * VLS__OID + 2], temp[LOCK_NAME] = "";
    struct vls__tip now;
    enum vls_code rc;
    int dir = -1, lock = -1, fd = -1;

    vls_hex(line, to, VLS__OID);
    line[2 * VLS__OID] = '\n';
    if ((rc = branch_folder(hub, &dir, err)) != VLS_OK || (rc = lock_take(dir, hub->dir_mode, &lock, err)) != VLS_OK ||
        (rc = ref_read(hub, &now, NULL, err)) != VLS_OK)
        goto out;
    if (!tip_same(&now, on)) {
        rc = VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
        goto out;
    }
    if (pack == NULL && (rc = whole(hub, to, err)) != VLS_OK)
        goto out;
    if ((fd = lock_file_make(dir, hub->dir_mode, line, 2 * VLS__OID + 1, temp)) < 0) {
        rc = file_fail(err, errno, "its branch cannot be written");
        goto out;
    }
    if (pack != NULL && (rc = pack_publish(pack, err)) != VLS_OK)
        goto out;
    rc = branch_rename(dir, &lock, temp, fd, err);
out:
    if (temp[0] != '\0')
        (void)unlinkat(dir, temp, 0);
    if (fd >= 0)
        (void)close(fd);
    lock_give(dir, &lock);
    if (dir >= 0)
        (void)close(dir);
    return rc;
}
