/*
 * Giving back the room of a history that was replaced: packs that valise wrote and that nothing leads to any more. What
 * is to go is found without the lock; under it nothing may have changed, and what leads to the rest is on the medium
 * before the first file goes. Stopped at any moment, every history is whole. Source: schemas/wire/remote.md 11.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sync/courier/packs.h"
#include "sync/courier/reach.h"

#define TRIES    4
#define NEW_PACK ((uint64_t)256 * 1024 * 1024) /* of what is taken out of packs that go */
#define NEW_MAX  64

enum fate { FATE_STAYS, FATE_PERHAPS, FATE_GOES };

struct plan {
    struct hub *hub;
    struct hub_packs packs;
    enum fate *fate; /* of each pack */
    struct vls_buf roots, ids;
    struct vls__tip head;
    struct reach_set live;
    struct vls_buf rescue; /* live objects that only packs that go hold */
    char made[NEW_MAX][STEM_LEN + 1];
    size_t n_made;
    uint64_t before, gone;
};

static uint64_t
room_of(const struct hub_pack *p)
{
    return p->size + p->idx_size;
}

/* ---- whose a pack is ---- */

/* The names that a tree or commit of ours gives to others; false when it is not in the one form that valise writes. */
static bool
names_of(enum object_kind kind, struct vls_slice bytes, struct vls_buf *named)
{
    struct vls__tree_rd rd = vls__tree_of(bytes);
    struct vls__commit c;
    struct vls__entry e;
    struct vls_buf text;
    bool same;

    if (kind == OBJECT_TREE) {
        while (vls__tree_next(&rd, &e))
            vls_buf_put(named, e.oid, VLS__OID);
        return rd.ignored == 0 && rd.any;
    }
    if (vls__commit_decode(&c, bytes, NULL) != VLS_OK)
        return false;
    vls_buf_init(&text, VLS__COMMIT_MAX);
    vls__commit_encode(&text, &c);
    same = text.bad == VLS_OK && vls_slice_eq(vls_buf_slice(&text), bytes);
    vls_buf_clear(&text);
    vls_buf_put(named, c.tree, VLS__OID);
    return same;
}

static int
id_order(const void *a, const void *b)
{
    return memcmp(a, b, VLS__OID);
}

/* Steps, trees and the blobs that they name, stored as pack.c stores them, and nothing else. */
static bool
is_ours(struct hub *hub, const struct hub_pack *p, const struct vls_buf *ids)
{
    uint64_t size = PACK_FRAME;
    struct vls_slice bytes;
    enum object_kind kind;
    struct vls_buf named;
    bool ours = true;
    size_t n;

    vls_buf_init(&named, 2 * OBJECTS_MAX * VLS__OID);
    for (size_t at = 0; ours && at < ids->n; at += VLS__OID) {
        ours = object_look(hub, ids->p + at, &kind, &n) && kind >= OBJECT_COMMIT && kind <= OBJECT_BLOB &&
               (size += pack_object_size(kind, n)) <= p->size;
        if (ours && kind != OBJECT_BLOB)
            ours = object_read(hub, ids->p + at, kind, kind == OBJECT_TREE ? VLS__TREE_MAX : VLS__COMMIT_MAX, &bytes) ==
                       OBJECT_OK &&
                   names_of(kind, bytes, &named);
    }
    ours = ours && size == p->size && named.bad == VLS_OK && named.n > 0;
    if (ours)
        qsort(named.p, named.n / VLS__OID, VLS__OID, id_order);
    for (size_t at = 0; ours && at < ids->n; at += VLS__OID)
        ours = object_look(hub, ids->p + at, &kind, &n) &&
               (kind == OBJECT_COMMIT || bsearch(ids->p + at, named.p, named.n / VLS__OID, VLS__OID, id_order) != NULL);
    vls_buf_clear(&named);
    return ours;
}

/* ---- what goes ---- */

static enum vls_code
pack_ids(struct plan *p, size_t i, struct vls_error *err)
{
    vls_buf_reset(&p->ids);
    return packs_ids(&p->packs.at[i], &p->ids) ? VLS_OK
                                               : VLS_FAIL(err, VLS_EFORMAT, "a part of its history is missing");
}

static size_t
live_in(const struct plan *p)
{
    size_t n = 0;

    for (size_t at = 0; at < p->ids.n; at += VLS__OID)
        n += reach_find(&p->live, p->ids.p + at) != NULL;
    return n;
}

/* What is live in it and in no pack before becomes covered by it; with out, it is also taken out of it. */
static void
cover(struct plan *p, struct vls_buf *out)
{
    for (size_t at = 0; at < p->ids.n; at += VLS__OID) {
        struct reach_entry *e = reach_find(&p->live, p->ids.p + at);

        if (e == NULL || e->covered)
            continue;
        e->covered = true;
        if (out != NULL)
            vls_buf_put(out, e->id, VLS__OID);
    }
}

/* Packs of nothing but what is live stay, and all that are not ours. */
static enum vls_code
plan_judge(struct plan *p, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < p->packs.n && rc == VLS_OK; i++) {
        const struct hub_pack *one = &p->packs.at[i];

        p->before += room_of(one);
        p->fate[i] = FATE_STAYS;
        if (!one->idx || one->other)
            continue; /* without an index it is being written; one that git tends is git's */
        if (!one->pack) {
            p->fate[i] = FATE_GOES; /* an index that leads nowhere: somebody was stopped while removing */
            continue;
        }
        if (packs_is_cut(&p->packs, one))
            continue; /* what leads to something in it was found elsewhere, or nothing would go */
        if ((rc = pack_ids(p, i, err)) != VLS_OK)
            break;
        if (p->ids.n > 0 && live_in(p) < p->ids.n / VLS__OID && is_ours(p->hub, one, &p->ids))
            p->fate[i] = FATE_PERHAPS;
        else
            cover(p, NULL);
        if (!pipe_send_progress(0, 0, 0))
            rc = VLS_FAIL(err, VLS_EIO, "nobody listens");
    }
    for (size_t i = 0; i < p->packs.n && rc == VLS_OK; i++) {
        if (p->fate[i] == FATE_PERHAPS && (rc = pack_ids(p, i, err)) == VLS_OK) {
            cover(p, &p->rescue);
            p->fate[i] = FATE_GOES;
        }
        p->gone += p->fate[i] == FATE_GOES ? room_of(&p->packs.at[i]) : 0;
    }
    return rc == VLS_OK ? vls_buf_ok(&p->rescue, err) : rc;
}

static void
plan_clear(struct plan *p)
{
    packs_close(&p->packs);
    free(p->fate);
    vls_buf_clear(&p->roots);
    vls_buf_clear(&p->ids);
    vls_buf_clear(&p->rescue);
    reach_clear(&p->live);
}

static enum vls_code
plan_make(struct plan *p, struct hub *hub, bool sweep, struct vls_error *err)
{
    enum vls_code rc;

    memset(p, 0, sizeof *p);
    p->hub = hub;
    vls_buf_init(&p->roots, (size_t)1 << 20);
    vls_buf_init(&p->ids, REACH_MAX * VLS__OID);
    vls_buf_init(&p->rescue, REACH_MAX * VLS__OID);
    objects_close(hub); /* fresh eyes: what was put there meanwhile counts */
    hub->fresh_looks = FRESH_LOOKS;
    if (!packs_list(hub, sweep, &p->packs) || p->packs.tended)
        return VLS_FAIL(err, VLS_EUSAGE, "git tends what lies there");
    if ((p->fate = calloc(p->packs.n + 1, sizeof *p->fate)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    if ((rc = reach_roots(hub, &p->roots, &p->head, err)) != VLS_OK ||
        (rc = reach_from(hub, vls_buf_slice(&p->roots), &p->live, err)) != VLS_OK)
        return rc;
    return plan_judge(p, err);
}

/* The packs that rescue makes, with their indexes. */
static uint64_t
room_of_rescue(struct plan *p)
{
    uint64_t room = p->rescue.n > 0 ? PACK_FRAME + INDEX_FRAME : 0;
    enum object_kind kind;
    size_t n;

    for (size_t at = 0; at < p->rescue.n; at += VLS__OID)
        if (object_look(p->hub, p->rescue.p + at, &kind, &n))
            room += pack_object_size(kind, n) + INDEX_OBJECT;
    return room;
}

/* ---- who may still be reading ---- */

/* File systems that one running kernel has to itself. Behind any other one, laptops may see old and new files mixed. */
static bool
is_shared(const struct hub *hub)
{
    static const uint32_t alone[] = {
        0xef53,     /* ext2, ext3, ext4 */
        0x58465342, /* xfs */
        0x9123683e, /* btrfs */
        0xf2f52010, /* f2fs */
        0x01021994, /* tmpfs */
        0x4d44,     /* vfat */
        0x2011bab0, /* exfat */
        0x7366746e, /* ntfs3 */
        0x482b,     /* hfs+ */
        0x15013346, /* udf */
        0x794c7630, /* overlayfs */
        0x2fc12fc1, /* zfs */
        0xca451a4e, /* bcachefs */
        0x3153464a, /* jfs */
        0x52654973, /* reiserfs */
    };
    struct statfs fs;

    if (fstatfs(hub->fd, &fs) != 0)
        return true;
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++)
        if ((uint32_t)fs.f_type == alone[i])
            return false;
    return true;
}

/* Whether the history began more than a day ago: then nobody reads the one before it any more. A time far ahead tells
 * nothing, and a reader who is surprised begins anew. */
static bool
is_settled(struct plan *p)
{
    struct vls__commit c = {.has_parent = p->head.set};
    struct vls_slice bytes;
    uint8_t root[VLS__OID];
    bool settled = true;

    memcpy(c.parent, p->head.id, VLS__OID);
    while (c.has_parent) {
        memcpy(root, c.parent, sizeof root);
        if (object_read(p->hub, root, OBJECT_COMMIT, VLS__COMMIT_MAX, &bytes) != OBJECT_OK ||
            vls__commit_decode(&c, bytes, NULL) != VLS_OK)
            return false;
    }
    for (size_t i = 0; i < p->packs.n && p->head.set; i++) {
        time_t at = p->packs.at[i].mtime;
        bool young = at + A_DAY_S >= p->packs.now && at <= p->packs.now + A_DAY_S;

        if (p->fate[i] == FATE_GOES || !p->packs.at[i].idx || !young || pack_ids(p, i, NULL) != VLS_OK)
            continue;
        for (size_t k = 0; settled && k < p->ids.n; k += VLS__OID)
            settled = memcmp(p->ids.p + k, root, sizeof root) != 0;
    }
    return settled;
}

/* ---- going ---- */

/* Live objects of packs that go, in packs of their own: durable and with their names before anything goes. */
static enum vls_code
rescue(struct plan *p, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t at = 0;

    while (rc == VLS_OK && at < p->rescue.n) {
        struct pack pack = PACK_CLOSED;
        struct vls_buf some = {.p = p->rescue.p + at};
        uint64_t bytes = 0;
        enum object_kind kind;
        size_t n;

        while (at < p->rescue.n && bytes < NEW_PACK && some.n / VLS__OID < OBJECTS_MAX) {
            if (object_look(p->hub, p->rescue.p + at, &kind, &n))
                bytes += n;
            some.n += VLS__OID;
            at += VLS__OID;
        }
        if (p->n_made == NEW_MAX)
            rc = VLS_FAIL(err, VLS_ELIMIT, "it lists more than valise follows");
        else if ((rc = pack_begin(&pack, p->hub, (uint32_t)(some.n / VLS__OID), err)) == VLS_OK) {
            rc = packs_copy(p->hub, &some, &pack) ? VLS_OK : VLS_FAIL(err, VLS_EIO, "a part of it cannot be copied");
            if (rc == VLS_OK && (rc = pack_finish(&pack, err)) == VLS_OK && (rc = pack_publish(&pack, err)) == VLS_OK)
                pack_name(&pack, p->made[p->n_made++], STEM_LEN + 1, "");
        }
        pack_abort(&pack);
    }
    return rc;
}

static bool
stands(const struct plan *p, const char *stem)
{
    char name[STEM_LEN + 8];

    (void)snprintf(name, sizeof name, "%s.idx", stem);
    if (faccessat(p->packs.dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    (void)snprintf(name, sizeof name, "%s.pack", stem);
    return faccessat(p->packs.dir, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Under the lock: the references name what they named, and the packs that stay are there. */
static enum vls_code
nothing_changed(const struct plan *p, struct vls_error *err)
{
    struct vls__tip head;
    struct vls_buf roots;
    bool same;
    enum vls_code rc;

    vls_buf_init(&roots, (size_t)1 << 20);
    if ((rc = reach_roots(p->hub, &roots, &head, err)) == VLS_OK) {
        same = vls_slice_eq(vls_buf_slice(&roots), vls_buf_slice(&p->roots));
        for (size_t i = 0; same && i < p->packs.n; i++)
            same = p->fate[i] == FATE_GOES || !p->packs.at[i].idx || stands(p, p->packs.at[i].stem);
        for (size_t i = 0; same && i < p->n_made; i++)
            same = stands(p, p->made[i]);
        if (!same)
            rc = VLS_FAIL(err, VLS_ERACE, "somebody else is writing to it");
    }
    vls_buf_clear(&roots);
    return rc;
}

static bool
made_now(const struct plan *p, const char *stem)
{
    for (size_t i = 0; i < p->n_made; i++)
        if (strcmp(p->made[i], stem) == 0)
            return true;
    return false;
}

/* An index was listed without its pack, which was just getting its name. */
static bool
came_after(const struct plan *p, const struct hub_pack *one)
{
    return !one->pack && stands(p, one->stem);
}

static enum vls_code
go(struct plan *p, int refs, int lock, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    if ((rc = nothing_changed(p, err)) != VLS_OK)
        return rc;
    /* a stick that is pulled out in here may not forget the new history and remember that the old one went */
    if (syncfs(p->hub->fd) != 0)
        return file_fail(err, errno, "it cannot be synced");
    for (size_t i = 0; i < p->packs.n && rc == VLS_OK; i++) {
        if (p->fate[i] != FATE_GOES || made_now(p, p->packs.at[i].stem) || came_after(p, &p->packs.at[i]))
            continue;
        if (!lock_mine(refs, lock))
            rc = VLS_FAIL(err, VLS_ERACE, "somebody else is writing to it");
        else if (!packs_remove(&p->packs, &p->packs.at[i]))
            rc = file_fail(err, errno, "what is not needed any more cannot be removed");
    }
    objects_close(p->hub); /* it holds open what went */
    if (!folder_sync(p->packs.dir) && rc == VLS_OK)
        rc = file_fail(err, errno, "a folder cannot be synced");
    return rc;
}

static enum vls_code
go_locked(struct plan *p, struct vls_error *err)
{
    int refs, lock = -1;
    enum vls_code rc;

    if ((rc = rescue(p, err)) != VLS_OK)
        return rc;
    if ((refs = folder_open(p->hub->fd, "refs", "heads")) < 0)
        return file_fail(err, errno, "its branch cannot be locked");
    if ((rc = lock_take(refs, p->hub->dir_mode, &lock, err)) == VLS_OK)
        rc = go(p, refs, lock, err);
    else if (rc == VLS_ERACE)
        rc = VLS_EBUSY; /* it was waited for */
    lock_give(refs, &lock);
    (void)close(refs);
    return rc;
}

/* ---- the request ---- */

static uint64_t
room_now(const struct hub *hub)
{
    struct hub_packs packs;
    uint64_t room = 0;

    if (packs_list(hub, false, &packs))
        for (size_t i = 0; i < packs.n; i++)
            room += room_of(&packs.at[i]);
    packs_close(&packs);
    return room;
}

enum vls_code
hub_tidy(struct hub *hub, unsigned flags, struct vls__msg *reply, struct vls_error *err)
{
    bool dry = (flags & VLS__TIDY_COUNT) != 0;
    struct plan p;
    enum vls_code rc;

    reply->type = VLS__F_TIDIED;
    if (!hub->made && (rc = hub_look(hub, false, err)) != VLS_OK)
        return rc;
    reply->u.tidied.before = reply->u.tidied.after = room_now(hub);
    if (!hub->made)
        return VLS_OK;
    if (!dry && !hub->writable)
        return VLS_FAIL(err, VLS_EREADONLY, "was opened for reading only");
    for (unsigned i = 0;; i++) {
        if ((rc = plan_make(&p, hub, !dry, err)) == VLS_OK && p.gone > 0) {
            bool waits = ((flags & VLS__TIDY_SHARED) != 0 || is_shared(hub)) && !is_settled(&p);

            reply->u.tidied.waiting = p.gone;
            if (dry && !waits)
                reply->u.tidied.after = p.before - p.gone + room_of_rescue(&p);
            else if (!dry && !waits)
                rc = go_locked(&p, err);
            if (rc == VLS_OK && !waits)
                reply->u.tidied.waiting = 0;
        }
        plan_clear(&p);
        if (rc != VLS_ERACE || i == TRIES)
            break;
    }
    /* nothing is removed where there is more than valise can follow, or while others are at it: no failure */
    reply->u.tidied.foreign = rc == VLS_EUSAGE || rc == VLS_EFORMAT || rc == VLS_ELIMIT;
    if (reply->u.tidied.foreign || rc == VLS_ERACE || rc == VLS_EBUSY)
        rc = VLS_OK;
    if (rc == VLS_OK && !dry)
        reply->u.tidied.after = room_now(hub);
    return rc;
}
