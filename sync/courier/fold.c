/*
 * Joining small packs, since every push leaves one and each costs every later reader a look. Packs are
 * joined with others of their size class only, so that a byte is copied a few times in its life. The new
 * pack is durable before an old one goes; whoever is reading an old one finds its objects in the new.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "sync/courier/pack.h"

#define FILES_MAX 4000 /* names looked at; a folder with more is git's own to tidy */
#define OBJECTS_MAX ((size_t)1 << 18)
#define STEM_LEN 45 /* "pack-" and 40 hex digits */
#define LEFT_OVER_S (24 * 3600)
/* Seconds on the slowest stick, which is what the parent's patience is made for. */
#define SIGN_OF_LIFE_BYTES ((uint64_t)4 << 20)

/* A class is joined when it holds more packs than this; the result usually belongs to the next one. */
static const struct {
    uint64_t size;
    size_t keep;
} classes[] = {{(uint64_t)64 << 10, 16}, {(uint64_t)1 << 20, 8}, {(uint64_t)16 << 20, 8}};
#define N_CLASSES (sizeof classes / sizeof classes[0])

struct small {
    char stem[STEM_LEN + 1];
    bool pack, idx, other; /* other: .keep, .bitmap and whatever else says that git tends it */
    uint64_t size;
};

struct listing {
    int dir;
    struct small *at;
    size_t n;
    bool tended; /* an index over several packs would name packs that are gone */
    time_t now;
};

/* What an interrupted push leaves: by its name nobody reads it, by its age nobody writes it. */
static void
left_over_remove(const struct listing *l, const char *name)
{
    struct stat st;

    if (fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
        (st.st_mtime + LEFT_OVER_S < l->now || st.st_mtime > l->now + LEFT_OVER_S))
        (void)unlinkat(l->dir, name, 0);
}

static struct small *
small_find(struct listing *l, const char *name)
{
    struct small *s;

    /* Files of one pack tend to be listed together; a search from the end is short. */
    for (size_t i = l->n; i-- > 0;)
        if (memcmp(l->at[i].stem, name, STEM_LEN) == 0)
            return &l->at[i];
    s = &l->at[l->n++];
    memset(s, 0, sizeof *s);
    memcpy(s->stem, name, STEM_LEN);
    return s;
}

static bool
listing_each(void *ctx, const char *name)
{
    struct listing *l = ctx;
    struct small *s;
    struct stat st;

    if (strncmp(name, "tmp_", 4) == 0) {
        left_over_remove(l, name);
        return true;
    }
    if (strncmp(name, "pack-", 5) != 0) {
        l->tended = true;
        return true;
    }
    if (strlen(name) < STEM_LEN + 1 || strspn(name + 5, "0123456789abcdef") != STEM_LEN - 5)
        return true;
    s = small_find(l, name);
    if (strcmp(name + STEM_LEN, ".pack") == 0) {
        s->pack = fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
        s->size = s->pack ? (uint64_t)st.st_size : 0;
    } else if (strcmp(name + STEM_LEN, ".idx") == 0) {
        s->idx = true;
    } else {
        s->other = true;
    }
    return true;
}

static size_t
class_of(const struct small *s)
{
    size_t c = 0;

    if (!s->pack || !s->idx || s->other)
        return N_CLASSES;
    while (c < N_CLASSES && s->size > classes[c].size)
        c++;
    return c;
}

/* Moves the packs of the first class that is over its number to the front; 0 when there is none. */
static size_t
class_choose(struct listing *l)
{
    for (size_t c = 0; c < N_CLASSES; c++) {
        size_t n = 0;

        for (size_t i = 0; i < l->n; i++)
            n += class_of(&l->at[i]) == c;
        if (n <= classes[c].keep)
            continue;
        n = 0;
        for (size_t i = 0; i < l->n; i++) {
            struct small s = l->at[i];

            if (class_of(&s) != c)
                continue;
            l->at[i] = l->at[n];
            l->at[n++] = s;
        }
        return n;
    }
    return 0;
}

static int
id_order(const void *a, const void *b)
{
    return memcmp(a, b, VLS__OID);
}

/* The distinct ids in the chosen packs. */
static bool
ids_collect(const struct listing *l, size_t chosen, struct vls_buf *ids)
{
    size_t kept = 0;

    for (size_t i = 0; i < chosen; i++) {
        char path[128];

        (void)snprintf(path, sizeof path, "objects/pack/%s.idx", l->at[i].stem);
        if (!objects_of_pack(path, ids))
            return false;
    }
    if (ids->bad != VLS_OK || ids->n == 0)
        return false;
    qsort(ids->p, ids->n / VLS__OID, VLS__OID, id_order);
    for (size_t at = 0; at < ids->n; at += VLS__OID)
        if (kept == 0 || id_order(ids->p + at, ids->p + kept - VLS__OID) != 0) {
            memmove(ids->p + kept, ids->p + at, VLS__OID);
            kept += VLS__OID;
        }
    ids->n = kept;
    return true;
}

static bool
objects_copy(struct hub *hub, const struct vls_buf *ids, struct pack *pack)
{
    uint64_t told = 0;

    for (size_t at = 0; at < ids->n; at += VLS__OID) {
        struct vls_slice bytes;
        enum object_kind kind;
        uint8_t id[VLS__OID];

        if (!object_read_any(hub, ids->p + at, &kind, &bytes) ||
            pack_add(pack, kind, bytes.p, bytes.n, id, NULL) != VLS_OK ||
            memcmp(id, ids->p + at, VLS__OID) != 0)
            return false;
        if (pack->at - told >= SIGN_OF_LIFE_BYTES) {
            told = pack->at;
            if (!pipe_send_progress(0, 0, 0))
                return false;
        }
    }
    return true;
}

/* The index goes first: without it a pack is not looked at, while an index alone leads nowhere. */
static void
folded_remove(const struct listing *l, size_t chosen, const char *keep)
{
    for (size_t i = 0; i < chosen; i++) {
        char name[STEM_LEN + 8];

        if (strncmp(l->at[i].stem, keep, STEM_LEN) == 0)
            continue;
        (void)snprintf(name, sizeof name, "%s.idx", l->at[i].stem);
        if (unlinkat(l->dir, name, 0) != 0 && errno != ENOENT)
            return;
        (void)snprintf(name, sizeof name, "%s.pack", l->at[i].stem);
        (void)unlinkat(l->dir, name, 0);
    }
    (void)folder_sync(l->dir);
}

static void
fold(struct hub *hub, const struct listing *l, size_t chosen)
{
    struct pack pack = {.dir = -1, .fd = -1};
    char keep[PACK_NAME];
    struct vls_buf ids;

    vls_buf_init(&ids, OBJECTS_MAX * VLS__OID);
    if (ids_collect(l, chosen, &ids) &&
        pack_begin(&pack, hub, (uint32_t)(ids.n / VLS__OID), NULL) == VLS_OK &&
        objects_copy(hub, &ids, &pack) && pack_finish(&pack, NULL) == VLS_OK &&
        pack_publish(&pack, NULL) == VLS_OK) {
        pack_name(&pack, keep, sizeof keep, "");
        folded_remove(l, chosen, keep);
        objects_close(hub); /* it still holds the old packs open */
    }
    pack_abort(&pack);
    vls_buf_clear(&ids);
}

void
hub_fold(struct hub *hub)
{
    struct listing l = {.dir = folder_open(hub->fd, "objects", "pack"), .now = time(NULL)};
    size_t chosen;

    if (l.dir < 0)
        return;
    if ((l.at = calloc(FILES_MAX, sizeof *l.at)) != NULL &&
        folder_each(l.dir, FILES_MAX, listing_each, &l) == 0 && !l.tended && (chosen = class_choose(&l)) > 0)
        fold(hub, &l, chosen);
    free(l.at);
    (void)close(l.dir);
}
