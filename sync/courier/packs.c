/*
 * The packs that lie in a hub. What they hold is asked of libgit2 by objects.c; here are their files: which belong
 * together, which git tends, which an interrupted transfer left.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/courier/packs.h"

#define FILES_MAX 4000 /* names looked at; a folder with more is git's own to tidy */
/* Seconds on the slowest stick, which is what the parent's patience is made for. */
#define SIGN_OF_LIFE_BYTES ((uint64_t)4 << 20)

/* What an interrupted push leaves: by its name nobody reads it, by its age nobody writes it. One whose time lies ahead
 * may be written this moment, by a laptop whose clock is right. */
static void
left_over_remove(const struct hub_packs *p, const char *name)
{
    struct stat st;

    if (fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_mtime + A_DAY_S < p->now)
        (void)unlinkat(p->dir, name, 0);
}

static struct hub_pack *
pack_find(struct hub_packs *p, const char *name)
{
    struct hub_pack *one;

    /* Files of one pack tend to be listed together; a search from the end is short. */
    for (size_t i = p->n; i-- > 0;)
        if (memcmp(p->at[i].stem, name, STEM_LEN) == 0)
            return &p->at[i];
    one = &p->at[p->n++];
    memset(one, 0, sizeof *one);
    memcpy(one->stem, name, STEM_LEN);
    return one;
}

static bool
list_each(void *ctx, const char *name)
{
    struct hub_packs *p = ctx;
    struct hub_pack *one;
    struct stat st;
    bool plain;

    if (strncmp(name, "tmp_", 4) == 0) {
        if (p->sweep)
            left_over_remove(p, name);
        return true;
    }
    if (strncmp(name, "pack-", 5) != 0) {
        p->tended = true;
        return true;
    }
    if (strlen(name) < STEM_LEN + 1 || strspn(name + 5, "0123456789abcdef") != STEM_LEN - 5)
        return true;
    one = pack_find(p, name);
    plain = fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
    if (strcmp(name + STEM_LEN, ".pack") == 0) {
        one->pack = plain;
        one->size = plain ? (uint64_t)st.st_size : 0;
        one->mtime = plain ? st.st_mtime : 0;
    } else if (strcmp(name + STEM_LEN, ".idx") == 0) {
        one->idx = plain;
        one->idx_size = plain ? (uint64_t)st.st_size : 0;
    } else {
        one->other = true;
    }
    return true;
}

bool
packs_list(const struct hub *hub, bool sweep, struct hub_packs *out)
{
    *out = (struct hub_packs){.dir = folder_open(hub->fd, "objects", "pack"), .sweep = sweep, .now = time(NULL)};
    return out->dir >= 0 && (out->at = calloc(FILES_MAX, sizeof *out->at)) != NULL &&
           folder_each(out->dir, FILES_MAX, list_each, out) == 0;
}

void
packs_close(struct hub_packs *p)
{
    free(p->at);
    if (p->dir >= 0)
        (void)close(p->dir);
    *p = (struct hub_packs){.dir = -1};
}

bool
packs_ids(const struct hub_pack *p, struct vls_buf *ids)
{
    char path[128];

    (void)snprintf(path, sizeof path, "objects/pack/%s.idx", p->stem);
    return objects_of_pack(path, ids);
}

static bool
tail_read(const struct hub_packs *p, const struct hub_pack *one, const char *extension, off_t from_end, uint8_t sum[20])
{
    char name[STEM_LEN + 8];
    struct stat st;
    bool ok;
    int fd;

    (void)snprintf(name, sizeof name, "%s%s", one->stem, extension);
    if ((fd = openat(p->dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) < 0)
        return false;
    ok = fstat(fd, &st) == 0 && st.st_size >= from_end && pread(fd, sum, 20, st.st_size - from_end) == 20;
    (void)close(fd);
    return ok;
}

bool
packs_is_cut(const struct hub_packs *p, const struct hub_pack *one)
{
    uint8_t said[20], found[20]; /* public: what git shows to everybody */
    struct vls_buf ids;
    bool cut;

    vls_buf_init(&ids, OBJECTS_MAX * VLS__OID);
    cut = !packs_ids(one, &ids) || !tail_read(p, one, ".idx", 40, said) || !tail_read(p, one, ".pack", 20, found) ||
          memcmp(said, found, sizeof said) != 0;
    vls_buf_clear(&ids);
    return cut;
}

static int
id_order(const void *a, const void *b)
{
    return memcmp(a, b, VLS__OID); /* public: what git shows to everybody */
}

void
packs_ids_sort(struct vls_buf *ids)
{
    size_t kept = 0;

    if (ids->n > 0)
        qsort(ids->p, ids->n / VLS__OID, VLS__OID, id_order);
    for (size_t at = 0; at < ids->n; at += VLS__OID)
        if (kept == 0 || id_order(ids->p + at, ids->p + kept - VLS__OID) != 0) {
            memmove(ids->p + kept, ids->p + at, VLS__OID);
            kept += VLS__OID;
        }
    ids->n = kept;
}

bool
packs_copy(struct hub *hub, const struct vls_buf *ids, struct pack *pack)
{
    uint64_t told = 0;

    for (size_t at = 0; at < ids->n; at += VLS__OID) {
        struct vls_slice bytes;
        enum object_kind kind;
        uint8_t id[VLS__OID];

        if (!object_read_any(hub, ids->p + at, &kind, &bytes) ||
            pack_add(pack, kind, bytes.p, bytes.n, id, NULL) != VLS_OK || memcmp(id, ids->p + at, VLS__OID) != 0)
            return false;
        if (pack->at - told >= SIGN_OF_LIFE_BYTES) {
            told = pack->at;
            if (!pipe_send_progress(0, 0, 0))
                return false;
        }
    }
    return true;
}

/* The index goes last: alone it leads nowhere, and whoever lists packs later can tell that it is waste. */
bool
packs_remove(const struct hub_packs *p, const struct hub_pack *one)
{
    char name[STEM_LEN + 8];

    (void)snprintf(name, sizeof name, "%s.pack", one->stem);
    if (unlinkat(p->dir, name, 0) != 0 && errno != ENOENT)
        return false;
    (void)snprintf(name, sizeof name, "%s.idx", one->stem);
    return unlinkat(p->dir, name, 0) == 0 || errno == ENOENT;
}
