#ifndef SYNC_COURIER_PACKS_H
#define SYNC_COURIER_PACKS_H

#include <time.h>

#include "sync/courier/pack.h"

/* The packs that lie in a hub: listed, read, copied, removed. For fold.c and tidy.c. */

#define STEM_LEN    45                /* "pack-" and 40 hex digits */
#define OBJECTS_MAX ((size_t)1 << 18) /* in one pack that is made of others */
#define A_DAY_S     (24 * 3600)

struct hub_pack {
    char stem[STEM_LEN + 1];
    bool pack, idx, other; /* other: .keep, .bitmap and whatever else says that git tends it */
    uint64_t size, idx_size;
    time_t mtime;
};

struct hub_packs {
    int dir; /* objects/pack, -1 when closed */
    struct hub_pack *at;
    size_t n;
    bool tended; /* an index over several packs would name packs that are gone */
    bool sweep;  /* left-over temporary files go */
    time_t now;
};

/** Lists them. False: unreadable, or more files than valise looks at. packs_close may follow whatever happens. */
bool packs_list(const struct hub *hub, bool sweep, struct hub_packs *out);
void packs_close(struct hub_packs *p);
/** Appends the ids in one of them. */
bool packs_ids(const struct hub_pack *p, struct vls_buf *ids);
/** Whether its index cannot be read, or is not that of what the pack ends with: a repair of FAT cuts files. */
bool packs_is_cut(const struct hub_packs *p, const struct hub_pack *one);
/** Sorts ids and drops the second of equal ones. */
void packs_ids_sort(struct vls_buf *ids);
/** Adds the objects of these ids to a pack that was begun for as many, with signs of life to the parent. */
bool packs_copy(struct hub *hub, const struct vls_buf *ids, struct pack *pack);
/** Removes one, both files of it. False when it cannot. */
bool packs_remove(const struct hub_packs *p, const struct hub_pack *one);

#endif
