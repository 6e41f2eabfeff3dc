/*
 * What the references of a hub lead to: ours, and those that somebody else may have put there, such as a branch that
 * keeps an old history. Whatever is met that cannot be followed to its end is a reason to remove nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/courier/reach.h"

#define REFS_MAX     4000 /* references, and names in one folder of them */
#define DEPTH_MAX    8    /* of folders of references */
#define PACKED_MAX   ((size_t)16 * 1024 * 1024)
#define SIGN_OF_LIFE 2048 /* objects between two words to the parent */

/* ---- references ---- */

struct refs {
    struct vls_buf *ids;
    int dir;
    unsigned depth;
    bool odd;
};

static void refs_below(struct refs *r, int dir, unsigned depth);

/* "ref: …" leads to another reference, which is met by itself. */
static bool
ref_take(struct refs *r, struct vls_slice text)
{
    uint8_t id[VLS__OID];

    if (text.n > 5 && memcmp(text.p, "ref: ", 5) == 0)
        return true;
    if (!vls__ref_decode(id, text) || r->ids->n / VLS__OID >= REFS_MAX)
        return false;
    vls_buf_put(r->ids, id, sizeof id);
    return true;
}

static bool
file_take(struct refs *r, int dir, const char *name)
{
    struct vls_buf text;
    bool ok;

    vls_buf_init(&text, 4096);
    ok = file_load(&text, dir, name, 4096, NULL) == VLS_OK && ref_take(r, vls_buf_slice(&text));
    vls_buf_clear(&text);
    return ok;
}

static bool
ref_each(void *ctx, const char *name)
{
    struct refs *r = ctx;
    struct stat st;
    int below;

    if (lock_is_name(name))
        return true;
    if (fstatat(r->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT; /* git deletes one; those that are left are read again under the lock */
    if (!S_ISDIR(st.st_mode)) {
        r->odd = r->odd || !file_take(r, r->dir, name);
        return !r->odd;
    }
    if ((below = folder_open(r->dir, name, NULL)) < 0) {
        r->odd = true;
        return false;
    }
    refs_below(r, below, r->depth + 1);
    (void)close(below);
    return !r->odd;
}

static void
refs_below(struct refs *r, int dir, unsigned depth)
{
    struct refs here = {.ids = r->ids, .dir = dir, .depth = depth};

    here.odd = depth > DEPTH_MAX || folder_each(dir, REFS_MAX, ref_each, &here) != 0 || here.odd;
    r->odd = r->odd || here.odd;
}

/* "<id> <name>" each; "^<id>" behind a tag is what it leads to. */
static bool
packed_take(struct refs *r, struct vls_slice text)
{
    while (text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        size_t n = end != NULL ? (size_t)(end - text.p) : text.n;
        uint8_t line[2 * VLS__OID + 1], id[VLS__OID];

        if (n > 2 * VLS__OID + 1 && text.p[0] != '#' && text.p[0] != '^') {
            memcpy(line, text.p, 2 * VLS__OID);
            line[2 * VLS__OID] = '\n';
            if (text.p[2 * VLS__OID] != ' ' || !vls__ref_decode(id, vls_slice_of(line, sizeof line)) ||
                r->ids->n / VLS__OID >= REFS_MAX)
                return false;
            vls_buf_put(r->ids, id, sizeof id);
        }
        text.p += n + (end != NULL);
        text.n -= n + (end != NULL);
    }
    return true;
}

/* Names at the top of a repository that lead to objects and are no references, as git calls them. */
static bool
top_each(void *ctx, const char *name)
{
    static const char *const odd[] = {"logs", "worktrees", "modules", "index", "shallow", "reftable", "commondir"};
    struct refs *r = ctx;
    size_t n = strlen(name);

    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++)
        r->odd = r->odd || strcmp(name, odd[i]) == 0;
    r->odd = r->odd || (n > 5 && strcmp(name + n - 5, "_HEAD") == 0);
    return !r->odd;
}

static int
id_order(const void *a, const void *b)
{
    return memcmp(a, b, VLS__OID);
}

enum vls_code
reach_roots(const struct hub *hub, struct vls_buf *ids, struct vls__tip *head, struct vls_error *err)
{
    struct refs r = {.ids = ids};
    struct vls_buf packed;
    int dir = folder_open(hub->fd, "refs", NULL);
    enum vls_code rc = ref_read(hub, head, NULL, err), there;

    vls_buf_init(&packed, PACKED_MAX);
    if (rc == VLS_OK) {
        r.odd =
            dir < 0 || folder_each(hub->fd, REFS_MAX, top_each, &r) != 0 || r.odd || !file_take(&r, hub->fd, "HEAD");
        if (!r.odd)
            refs_below(&r, dir, 0);
        there = file_load(&packed, hub->fd, "packed-refs", PACKED_MAX, NULL);
        r.odd = r.odd || (there != VLS_OK && there != VLS_ENOTFOUND) || !packed_take(&r, vls_buf_slice(&packed));
        if (r.odd || ids->bad != VLS_OK)
            rc = VLS_FAIL(err, VLS_EUSAGE, "more than one history lies there");
        else if (ids->n > 0)
            qsort(ids->p, ids->n / VLS__OID, VLS__OID, id_order);
    }
    if (dir >= 0)
        (void)close(dir);
    vls_buf_clear(&packed);
    return rc;
}

/* ---- the set ---- */

static size_t
place_of(const struct reach_set *s, const uint8_t id[VLS__OID])
{
    uint64_t h;
    size_t at;

    memcpy(&h, id, sizeof h);
    h = (h ^ s->salt) * UINT64_C(0x9e3779b97f4a7c15);
    for (at = (size_t)(h >> 20) & (s->cap - 1); s->at[at].set && memcmp(s->at[at].id, id, VLS__OID) != 0;)
        at = (at + 1) & (s->cap - 1);
    return at;
}

struct reach_entry *
reach_find(const struct reach_set *s, const uint8_t id[VLS__OID])
{
    size_t at = s->cap > 0 ? place_of(s, id) : 0;

    return s->cap > 0 && s->at[at].set ? &s->at[at] : NULL;
}

static bool
set_grow(struct reach_set *s)
{
    struct reach_set more = *s;

    more.cap = s->cap > 0 ? 2 * s->cap : 1024;
    if (s->cap == 0)
        (void)!getrandom(&more.salt, sizeof more.salt, 0);
    if ((more.at = calloc(more.cap, sizeof *more.at)) == NULL)
        return false;
    for (size_t i = 0; i < s->cap; i++)
        if (s->at[i].set)
            more.at[place_of(&more, s->at[i].id)] = s->at[i];
    free(s->at);
    *s = more;
    return true;
}

/* False when it was there, or *rc says why it cannot be. */
static bool
set_add(struct reach_set *s, const uint8_t id[VLS__OID], enum vls_code *rc)
{
    size_t at;

    if (s->n >= REACH_MAX) {
        *rc = VLS_ELIMIT;
        return false;
    }
    if (2 * s->n >= s->cap && !set_grow(s)) {
        *rc = VLS_ENOMEM;
        return false;
    }
    at = place_of(s, id);
    if (s->at[at].set)
        return false;
    memcpy(s->at[at].id, id, VLS__OID);
    s->at[at].set = true;
    s->n++;
    return true;
}

void
reach_clear(struct reach_set *s)
{
    free(s->at);
    memset(s, 0, sizeof *s);
}

/* ---- following ---- */

struct todo {
    struct vls_buf ids; /* commits and trees to follow */
    struct reach_set *set;
    enum vls_code rc;
};

static void
todo_add(struct todo *t, const uint8_t id[VLS__OID])
{
    if (t->rc == VLS_OK && set_add(t->set, id, &t->rc))
        vls_buf_put(&t->ids, id, VLS__OID);
}

/* Its tree and all its parents, whoever wrote it. */
static void
commit_follow(struct todo *t, struct vls_slice bytes)
{
    static const char *const words[] = {"tree ", "parent "};
    const uint8_t *end;
    uint8_t id[VLS__OID];
    size_t n_tree = 0;

    while (t->rc == VLS_OK && (end = memchr(bytes.p, '\n', bytes.n)) != NULL) {
        size_t n = (size_t)(end - bytes.p), which = n_tree == 0 ? 0 : 1, len = strlen(words[which]);

        if (n < len || memcmp(bytes.p, words[which], len) != 0)
            break;
        if (!vls__ref_decode(id, vls_slice_of(bytes.p + len, n + 1 - len)))
            t->rc = VLS_EUSAGE;
        n_tree++;
        todo_add(t, id);
        bytes.p += n + 1;
        bytes.n -= n + 1;
    }
    if (n_tree == 0)
        t->rc = VLS_EUSAGE;
}

/* "<mode> <name>" NUL id each. A link to another repository's commit leads nowhere here. */
static void
tree_follow(struct todo *t, struct vls_slice bytes)
{
    while (bytes.n > 0 && t->rc == VLS_OK) {
        const uint8_t *nul = memchr(bytes.p, '\0', bytes.n);
        size_t n = nul != NULL ? (size_t)(nul - bytes.p) + 1 : 0;

        if (n < 4 || bytes.n < n + VLS__OID) {
            t->rc = VLS_EUSAGE;
            return;
        }
        if (n < 8 || memcmp(bytes.p, "160000 ", 7) != 0)
            todo_add(t, bytes.p + n);
        bytes.p += n + VLS__OID;
        bytes.n -= n + VLS__OID;
    }
}

static enum vls_code
follow_one(struct hub *hub, struct todo *t, const uint8_t id[VLS__OID], struct vls_error *err)
{
    struct vls_slice bytes = vls_slice_of(NULL, 0);
    enum object_kind kind;
    size_t n;

    if (!object_look(hub, id, &kind, &n))
        return VLS_FAIL(err, VLS_EFORMAT, "a part of its history is missing");
    if (kind == OBJECT_BLOB)
        return VLS_OK;
    if (kind != OBJECT_COMMIT && kind != OBJECT_TREE)
        return VLS_FAIL(err, VLS_EUSAGE, "more than one history lies there");
    switch (object_read(hub, id, kind, kind == OBJECT_COMMIT ? VLS__COMMIT_MAX : VLS__TREE_MAX, &bytes)) {
    case OBJECT_DAMAGED: return VLS_FAIL(err, VLS_EFORMAT, "a part of its history is missing");
    case OBJECT_ODD: return VLS_FAIL(err, VLS_EUSAGE, "more than one history lies there");
    case OBJECT_OK: break;
    }
    if (kind == OBJECT_TREE)
        tree_follow(t, bytes);
    else
        commit_follow(t, bytes);
    if (t->rc == VLS_ELIMIT)
        return VLS_FAIL(err, VLS_ELIMIT, "it lists more than valise follows");
    if (t->rc != VLS_OK)
        return t->rc == VLS_ENOMEM ? VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left")
                                   : VLS_FAIL(err, VLS_EUSAGE, "more than one history lies there");
    return VLS_OK;
}

enum vls_code
reach_from(struct hub *hub, struct vls_slice ids, struct reach_set *set, struct vls_error *err)
{
    struct todo t = {.set = set, .rc = VLS_OK};
    enum vls_code rc = VLS_OK;
    size_t done = 0;

    vls_buf_init(&t.ids, REACH_MAX * VLS__OID);
    for (size_t at = 0; at < ids.n; at += VLS__OID)
        todo_add(&t, ids.p + at);
    while (rc == VLS_OK && t.rc == VLS_OK && t.ids.n > 0) {
        uint8_t id[VLS__OID];

        t.ids.n -= VLS__OID; /* the last first: blobs and trees do not pile up */
        memcpy(id, t.ids.p + t.ids.n, sizeof id);
        rc = follow_one(hub, &t, id, err);
        if (rc == VLS_OK && ++done % SIGN_OF_LIFE == 0 && !pipe_send_progress(0, 0, 0))
            rc = VLS_FAIL(err, VLS_EIO, "nobody listens");
    }
    if (rc == VLS_OK && (t.rc != VLS_OK || t.ids.bad != VLS_OK))
        rc = VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    vls_buf_clear(&t.ids);
    return rc;
}
