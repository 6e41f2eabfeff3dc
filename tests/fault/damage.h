#ifndef TESTS_FAULT_DAMAGE_H
#define TESTS_FAULT_DAMAGE_H

/*
 * What a power cut leaves. A film of what a run did to the disk is played up to some moment; what was synced by then
 * is certain, and of the rest any part may be there, in any order, torn in any sector, or in another's place.
 */
#include "disk.h"

enum damage {
    DAMAGE_NOTHING_KEPT,
    DAMAGE_ALL_KEPT, /* the process was killed, the power stayed */
    DAMAGE_PREFIX,   /* in order up to somewhere, the last one torn */
    DAMAGE_SUBSET,   /* any of them, torn or whole, in their order */
    DAMAGE_SHUFFLED, /* any of them in any order */
    DAMAGE_SWAPPED,  /* and two of them in each other's place */
    DAMAGE_ASTRAY,   /* all, but one lands anywhere in the file, on what was synced perhaps */
    DAMAGES
};

static const char *const damage_names[DAMAGES] = {"nothing kept", "all kept", "prefix", "subset",
                                                  "shuffled",     "swapped",  "astray"};

#define SECTOR 512

struct layer {
    uint8_t *bytes; /* what is certain */
    size_t n, cap;
    size_t pending[512]; /* operations of the film that are not */
    size_t n_pending;
};

struct player {
    const struct film *film;
    size_t at; /* operations that have happened */
    struct layer layer[MEMIO_FILES];
    struct memio_name names[MEMIO_NAMES]; /* those that are certain */
    size_t pending_names[16];
    size_t n_pending_names;
};

static void
bytes_resize(uint8_t **p, size_t *n, size_t *cap, size_t want)
{
    if (want > *cap) {
        *cap = want + 65536;
        *p = realloc(*p, *cap);
        assert_non_null(*p);
    }
    if (want > *n)
        memset(*p + *n, 0, want - *n);
    *n = want;
}

static void
layer_apply(struct layer *l, const struct op *o)
{
    switch (o->call) {
    case CALL_WRITE:
        if (o->off + o->n > l->n)
            bytes_resize(&l->bytes, &l->n, &l->cap, (size_t)o->off + o->n);
        memcpy(l->bytes + o->off, o->bytes, o->n);
        break;
    case CALL_TRUNCATE: bytes_resize(&l->bytes, &l->n, &l->cap, (size_t)o->off); break;
    default:
        if (o->off > l->n)
            bytes_resize(&l->bytes, &l->n, &l->cap, (size_t)o->off);
        break;
    }
}

static void
names_apply(struct memio_name *names, const struct op *o)
{
    if (o->call == CALL_OPEN) {
        memio_find(names, o->to)->file = o->file;
        return;
    }
    if (o->call == CALL_RENAME)
        memio_find(names, o->to)->file = memio_find(names, o->from)->file;
    memio_find(names, o->from)->file = -1;
}

static void
player_init(struct player *p, const struct film *film)
{
    memset(p, 0, sizeof *p);
    p->film = film;
}

static void
player_clear(struct player *p)
{
    for (int i = 0; i < MEMIO_FILES; i++)
        free(p->layer[i].bytes);
    memset(p, 0, sizeof *p);
}

/* The disk at the beginning, numbered as disk_load does: the store, and what lies beside it. */
static void
player_start(struct player *p, const struct image *store, const struct image *beside)
{
    const struct image *both[2] = {store, beside};
    int file = 0;

    for (int i = 0; i < 2; i++) {
        struct layer *l = &p->layer[file];

        if (both[i] == NULL || both[i]->bytes == NULL)
            continue;
        bytes_resize(&l->bytes, &l->n, &l->cap, both[i]->n);
        if (l->n > 0)
            memcpy(l->bytes, both[i]->bytes, both[i]->n);
        memio_find(p->names, i == 0 ? "store" : "store.new")->file = file++;
    }
}

/* One more operation has happened. */
static void
player_step(struct player *p)
{
    const struct op *o = &p->film->op[p->at];
    struct layer *l = &p->layer[o->file];

    switch (o->call) {
    case CALL_OPEN: /* a new file, perhaps with the number of one that is gone */
        l->n = 0;
        l->n_pending = 0;
        /* fall through */
    case CALL_RENAME:
    case CALL_UNLINK:
        assert_true(p->n_pending_names < 16);
        p->pending_names[p->n_pending_names++] = p->at;
        break;
    case CALL_DIRSYNC:
        for (size_t i = 0; i < p->n_pending_names; i++)
            names_apply(p->names, &p->film->op[p->pending_names[i]]);
        p->n_pending_names = 0;
        break;
    case CALL_SYNC:
        for (size_t i = 0; i < l->n_pending; i++)
            layer_apply(l, &p->film->op[l->pending[i]]);
        l->n_pending = 0;
        break;
    default:
        assert_true(l->n_pending < 512);
        l->pending[l->n_pending++] = p->at;
        break;
    }
    p->at++;
}

/* Writes some sectors of an operation: a prefix, the rest, or any. */
static void
tear(struct layer *to, const struct op *o, uint64_t *seed)
{
    size_t sectors = o->n / SECTOR, cut = (size_t)(check_random(seed) % (sectors + 1));
    unsigned how = (unsigned)(check_random(seed) % 3);

    for (size_t s = 0; s < sectors; s++) {
        struct op part = {.call = CALL_WRITE, .off = o->off + s * SECTOR, .n = SECTOR, .bytes = o->bytes + s * SECTOR};

        if (how == 0 ? s < cut : how == 1 ? s >= cut : (check_random(seed) & 1) != 0)
            layer_apply(to, &part);
    }
}

/* Two writes change places, each cut to what the other wrote. */
static void
swap_two(struct op *ops, size_t n, uint64_t *seed)
{
    struct op *a = &ops[check_random(seed) % n], *b = &ops[check_random(seed) % n];
    uint64_t off = a->off;

    if (a->call != CALL_WRITE || b->call != CALL_WRITE || a == b)
        return;
    if (a->n > b->n)
        a->n = b->n;
    b->n = a->n;
    a->off = b->off;
    b->off = off;
}

static void
send_astray(struct op *ops, size_t n, size_t size, uint64_t *seed)
{
    struct op *o = &ops[check_random(seed) % n];

    if (o->call != CALL_WRITE || size < 2 * VLS_PAGELOG_BLOCK)
        return;
    o->n = VLS_PAGELOG_BLOCK;
    o->off = check_random(seed) % (size / VLS_PAGELOG_BLOCK) * VLS_PAGELOG_BLOCK;
}

/* One file as the cut leaves it. */
static struct image
layer_cut(const struct player *p, const struct layer *l, enum damage damage, uint64_t *seed)
{
    struct layer to = {.bytes = NULL};
    struct op *ops = malloc((l->n_pending + 1) * sizeof *ops);
    size_t n = l->n_pending, cut = n > 0 ? (size_t)(check_random(seed) % n) : 0;
    bool whole = damage == DAMAGE_ALL_KEPT || damage == DAMAGE_ASTRAY;

    assert_non_null(ops);
    bytes_resize(&to.bytes, &to.n, &to.cap, l->n);
    if (l->n > 0)
        memcpy(to.bytes, l->bytes, l->n);
    for (size_t i = 0; i < n; i++)
        ops[i] = p->film->op[l->pending[i]];
    for (size_t i = n; damage >= DAMAGE_SHUFFLED && !whole && i > 1; i--) {
        size_t other = (size_t)(check_random(seed) % i);
        struct op o = ops[i - 1];

        ops[i - 1] = ops[other];
        ops[other] = o;
    }
    if (damage == DAMAGE_SWAPPED && n > 1)
        swap_two(ops, n, seed);
    if (damage == DAMAGE_ASTRAY && n > 0)
        send_astray(ops, n, l->n, seed);
    for (size_t i = 0; i < n && damage != DAMAGE_NOTHING_KEPT; i++) {
        bool torn = damage == DAMAGE_PREFIX ? i == cut : !whole && check_random(seed) % 4 == 0;

        if (damage == DAMAGE_PREFIX ? i > cut : !whole && check_random(seed) % 3 == 0)
            continue;
        if (torn && ops[i].call == CALL_WRITE)
            tear(&to, &ops[i], seed);
        else
            layer_apply(&to, &ops[i]);
    }
    free(ops);
    if (to.bytes == NULL) { /* an empty file is one all the same */
        bytes_resize(&to.bytes, &to.n, &to.cap, 1);
        to.n = 0;
    }
    return (struct image){to.bytes, to.n};
}

/* What is found after a cut at this moment, as the disk to go on with. */
static void
player_cut(const struct player *p, enum damage damage, uint64_t *seed, struct disk *out)
{
    struct memio_name names[MEMIO_NAMES];
    struct image found[2] = {{NULL, 0}, {NULL, 0}};
    size_t n_names = p->n_pending_names;

    scarce.quiet++;
    memcpy(names, p->names, sizeof names);
    if (damage == DAMAGE_NOTHING_KEPT)
        n_names = 0;
    else if (damage != DAMAGE_ALL_KEPT && damage != DAMAGE_ASTRAY)
        n_names = (size_t)(check_random(seed) % (n_names + 1));
    for (size_t i = 0; i < n_names; i++)
        names_apply(names, &p->film->op[p->pending_names[i]]);
    for (int i = 0; i < 2; i++) {
        const char *name = i == 0 ? "store" : "store.new";
        int file = memio_find(names, name)->file;

        if (file >= 0)
            found[i] = layer_cut(p, &p->layer[file], damage, seed);
    }
    disk_load(out, &found[0], &found[1]);
    image_clear(&found[0]);
    image_clear(&found[1]);
    scarce.quiet--;
}

#endif
