/*
 * Joining small packs, since every push leaves one and each costs every later reader a look. Packs are
 * joined with others of their size class only, so that a byte is copied a few times in its life. The new
 * pack is durable before an old one goes; whoever is reading an old one finds its objects in the new.
 */
#include <string.h>
#include <unistd.h>

#include "sync/courier/packs.h"

/* A class is joined when it holds more packs than this; the result usually belongs to the next one. With what else
 * lies there that is at most forty files, however small the syncs are. */
static const struct {
    uint64_t size;
    size_t keep;
} classes[] = {{(uint64_t)64 << 10, 8}, {(uint64_t)1 << 20, 5}, {(uint64_t)16 << 20, 5}};
#define N_CLASSES (sizeof classes / sizeof classes[0])

static size_t
class_of(const struct hub_pack *p)
{
    size_t c = 0;

    if (!p->pack || !p->idx || p->other)
        return N_CLASSES;
    while (c < N_CLASSES && p->size > classes[c].size)
        c++;
    return c;
}

/* Moves the packs of the first class that is over its number to the front; 0 when there is none. */
static size_t
class_choose(struct hub_packs *l)
{
    for (size_t c = 0; c < N_CLASSES; c++) {
        size_t n = 0;

        for (size_t i = 0; i < l->n; i++)
            n += class_of(&l->at[i]) == c;
        if (n <= classes[c].keep)
            continue;
        n = 0;
        for (size_t i = 0; i < l->n; i++) {
            struct hub_pack p = l->at[i];

            if (class_of(&p) != c)
                continue;
            l->at[i] = l->at[n];
            l->at[n++] = p;
        }
        return n;
    }
    return 0;
}

/* The distinct ids in the chosen packs. */
static bool
ids_collect(const struct hub_packs *l, size_t chosen, struct vls_buf *ids)
{
    for (size_t i = 0; i < chosen; i++)
        if (!packs_ids(&l->at[i], ids))
            return false;
    packs_ids_sort(ids);
    return ids->bad == VLS_OK && ids->n > 0;
}

static void
folded_remove(const struct hub_packs *l, size_t chosen, const char *keep)
{
    for (size_t i = 0; i < chosen; i++)
        if (strncmp(l->at[i].stem, keep, STEM_LEN) != 0 && !packs_remove(l, &l->at[i]))
            return;
    (void)folder_sync(l->dir);
}

/* Under the lock, so that whoever removes what nothing leads to does not see packs come and go meanwhile. */
static void
folded_replace(struct hub *hub, const struct hub_packs *l, size_t chosen, struct pack *pack)
{
    int dir = folder_open(hub->fd, "refs", "heads"), lock = -1;
    char keep[PACK_NAME];

    if (dir < 0)
        return;
    if (lock_take(dir, hub->dir_mode, &lock, NULL) == VLS_OK && pack_publish(pack, NULL) == VLS_OK) {
        pack_name(pack, keep, sizeof keep, "");
        folded_remove(l, chosen, keep);
        objects_close(hub); /* it still holds the old packs open */
    }
    lock_give(dir, &lock);
    (void)close(dir);
}

static void
fold(struct hub *hub, const struct hub_packs *l, size_t chosen)
{
    struct pack pack = PACK_CLOSED;
    struct vls_buf ids;

    vls_buf_init(&ids, OBJECTS_MAX * VLS__OID);
    if (ids_collect(l, chosen, &ids) && pack_begin(&pack, hub, (uint32_t)(ids.n / VLS__OID), NULL) == VLS_OK &&
        packs_copy(hub, &ids, &pack) && pack_finish(&pack, NULL) == VLS_OK)
        folded_replace(hub, l, chosen, &pack);
    pack_abort(&pack);
    vls_buf_clear(&ids);
}

/* One that cannot be copied may not keep the others from being joined for ever. */
static bool
cut_left_out(struct hub_packs *l, size_t chosen)
{
    bool any = false;

    for (size_t i = 0; i < chosen; i++)
        if (packs_is_cut(l, &l->at[i]))
            l->at[i].other = any = true;
    return any;
}

void
hub_fold(struct hub *hub)
{
    struct hub_packs l;
    size_t chosen = 0;

    if (packs_list(hub, true, &l) && !l.tended)
        do
            chosen = class_choose(&l);
        while (cut_left_out(&l, chosen));
    if (chosen > 0)
        fold(hub, &l, chosen);
    packs_close(&l);
}
