#ifndef CRYPTO_PAGELOG_INT_H
#define CRYPTO_PAGELOG_INT_H

#include "valise/pagelog.h"

/*
 * Inside of the page log. codec.c knows the bytes, map.c which block holds which page, space.c which
 * blocks are free, recover.c what a file means, commit.c how it changes, compact.c how it is rewritten.
 */

#define PL_FORMAT       1
#define PL_REF_LEN      20
#define PL_FANOUT       202 /* references in a node */
#define PL_ROOT_MAX     192 /* references in a superblock */
#define PL_ENTRIES_MAX  166
#define PL_SUPER_CLEAR  32
#define PL_SUPER_PLAIN  (VLS_PAGELOG_PAGE - PL_SUPER_CLEAR)
#define PL_NONCE_AT     VLS_PAGELOG_PAGE
#define PL_TAG_AT       (VLS_PAGELOG_PAGE + VLS_NONCE_LEN)
#define PL_STORE_ID_LEN 16
#define PL_ID_AT        16 /* of the store id in a superblock */
#define PL_FIRST_BLOCK  2
#define PL_SPACE_AT     16    /* of the bits in a space block */
#define PL_SPACE_BITS   32320 /* blocks that a space block tells of */

#define PL_COMMIT 1u
#define PL_SEAL   2u

/* Numbers are those of the associated data. */
enum pl_kind { PL_SUPER = 1, PL_HEADER = 2, PL_PAGE = 3, PL_LEAF = 4, PL_INDEX = 5, PL_SPACE = 6 };
#define PL_KINDS 7

struct pl_ref {
    uint32_t block; /* 0: nothing there */
    uint8_t tag[VLS_TAG_LEN];
};

struct pl_super {
    uint64_t generation, proven, sequence, txn;
    uint8_t head[VLS_HASH_LEN];
    uint32_t pages, next, n_root;
    struct pl_ref root[PL_ROOT_MAX];
};

struct pl_header {
    uint64_t sequence, txn;
    uint32_t flags, pages, next, n_entries;
    uint8_t previous[VLS_HASH_LEN];
    struct {
        uint32_t page;
        struct pl_ref ref;
    } entry[PL_ENTRIES_MAX];
};

/* Subkeys by kind, all in one piece of guarded memory: making one costs a handful of system calls. */
struct pl_keys {
    uint8_t store_id[PL_STORE_ID_LEN];
    struct vls_secret *all;          /* NULL: no keys yet */
    struct vls_secret key[PL_KINDS]; /* views into all */
};

/* A node of the map as it is sealed, so that loading and writing it needs no conversion. */
struct pl_node {
    bool dirty; /* differs from what the parent refers to */
    uint8_t plain[VLS_PAGELOG_PAGE];
};

/* A growing list of blocks. */
struct pl_list {
    uint32_t *at;
    size_t n, cap;
};

/* What a page was before the transaction touched it; each page once. */
struct pl_undo {
    uint32_t page;
    struct pl_ref old;
};

#define PL_SCRATCH 16  /* blocks read at once when looking for headers */
#define PL_BATCH   256 /* blocks gathered into one write; 1 MiB */

struct vls_pagelog {
    const struct vls_io *io;
    char *path, *path_new;
    int file;
    bool have_file, readonly, dead;
    struct pl_keys keys;

    /* state after the last durable transaction */
    uint64_t txn, sequence;
    uint8_t head[VLS_HASH_LEN];
    uint32_t next;        /* block of the next header */
    uint32_t pages;       /* with the unfinished transaction */
    struct pl_list chain; /* headers since the checkpoint */

    /* checkpoint */
    struct pl_super super;   /* as it stands in the newest slot */
    bool super_unsynced;     /* the newest slot is not known to be durable */
    bool mirrored;           /* both slots hold this checkpoint */
    bool sealed;             /* a valid SEAL stands at next */
    struct pl_list held;     /* free once the newest slot is durable (PL3) */
    struct pl_list replaced; /* nodes that the checkpoint under way replaces */

    /* map */
    struct pl_node **leaf, **index;
    uint32_t n_leaf, n_index; /* capacities of the arrays */
    uint8_t *touched;         /* bit per page: changed by the unfinished transaction */
    uint32_t touched_cap;     /* in pages */

    /* space */
    uint64_t *used;    /* bit per block */
    uint32_t used_cap; /* in blocks, a multiple of 64 */
    uint32_t end, n_used, file_blocks, cursor;
    bool runs; /* there may be eight free neighbours somewhere */
    bool space_ready;
    bool space_told;                    /* it was read from the SEAL, not built from the references */
    uint32_t n_told;                    /* space blocks of the SEAL at next */
    struct pl_ref told[PL_ENTRIES_MAX]; /* where they are */

    /* transaction */
    bool writing;
    uint32_t pages_before;
    struct pl_undo *undo;
    size_t n_undo, cap_undo;
    uint8_t *batch;                 /* PL_BATCH blocks; slot 0 is kept for the first header */
    uint32_t batch_block[PL_BATCH]; /* 0: slot not in use */
    size_t n_batch;

    uint8_t *scratch; /* PL_SCRATCH blocks */
    uint8_t *ahead;   /* PL_SCRATCH blocks read in advance of a scan; NULL until the first one */
    uint32_t ahead_block, ahead_n, last_read;
    uint64_t dropped;
    bool was_sealed;

    uint32_t ckpt_headers, step_blocks, batch_max, tell_leaves; /* limits, made small by tests */
};

/* pagelog.c */
enum vls_code vls__pl_new(struct vls_pagelog **out, const struct vls_io *io, const char *path,
                          struct vls_error *err) VLS_MUST_USE;
/** Frees a handle and writes nothing; NULL does nothing. */
void vls__pl_free(struct vls_pagelog *log);
enum vls_code vls__pl_undo_reserve(struct vls_pagelog *log, size_t more, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__pl_batch_new(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/**
 * Opens a page into plain. *sealed receives its sealed block: in room, which may be plain, or where it was already;
 * valid until the next call.
 */
enum vls_code vls__pl_page_open(struct vls_pagelog *log, uint32_t page, const struct pl_ref *ref,
                                uint8_t room[VLS_PAGELOG_BLOCK], const uint8_t **sealed, uint8_t *plain,
                                struct vls_error *err) VLS_MUST_USE;
/** Small limits, so that tests cross them constantly. */
void vls__pl_limits(struct vls_pagelog *log, uint32_t ckpt_headers, uint32_t step_blocks, uint32_t batch_max);

/* codec.c */
enum vls_code vls__pl_keys_new(struct pl_keys *k, const struct vls_secret *key, const uint8_t id[PL_STORE_ID_LEN],
                               struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__pl_keys_copy(struct pl_keys *k, const struct pl_keys *from, struct vls_error *err) VLS_MUST_USE;
void vls__pl_keys_clear(struct pl_keys *k);
/** Seals plain as a block of the kind; superblocks take PL_SUPER_PLAIN bytes, all others VLS_PAGELOG_PAGE. */
void vls__pl_seal(uint8_t block[VLS_PAGELOG_BLOCK], const struct pl_keys *k, enum pl_kind kind, uint64_t number,
                  const uint8_t *plain);
/** Opens a block into as many bytes as were sealed; out may be block, but for a superblock. False: out holds zeros. */
bool vls__pl_unseal(uint8_t *out, const struct pl_keys *k, enum pl_kind kind, uint64_t number,
                    const uint8_t *block) VLS_MUST_USE;
void vls__pl_ref_put(uint8_t *p, const struct pl_ref *ref);
struct pl_ref vls__pl_ref_get(const uint8_t *p);
void vls__pl_super_encode(uint8_t out[PL_SUPER_PLAIN], const struct pl_super *s);
enum vls_code vls__pl_super_decode(struct pl_super *s, const uint8_t in[PL_SUPER_PLAIN],
                                   struct vls_error *err) VLS_MUST_USE;
/** What the clear part of a superblock says before any key is tried. */
enum pl_clear { PL_CLEAR_OTHER, PL_CLEAR_OURS, PL_CLEAR_NEWER };
enum pl_clear vls__pl_super_look(const uint8_t block[VLS_PAGELOG_BLOCK]);
void vls__pl_super_clear_part(uint8_t out[PL_SUPER_CLEAR], const uint8_t id[PL_STORE_ID_LEN]);
void vls__pl_header_encode(uint8_t out[VLS_PAGELOG_PAGE], const struct pl_header *h);
enum vls_code vls__pl_header_decode(struct pl_header *h, const uint8_t in[VLS_PAGELOG_PAGE],
                                    struct vls_error *err) VLS_MUST_USE;
/** The first n_live references may say something, the others nothing. */
enum vls_code vls__pl_node_check(const uint8_t in[VLS_PAGELOG_PAGE], uint32_t n_live,
                                 struct vls_error *err) VLS_MUST_USE;
/** head' = hash of head and the whole sealed header. */
void vls__pl_chain(uint8_t head[VLS_HASH_LEN], const uint8_t block[VLS_PAGELOG_BLOCK]);

/* file.c */
enum vls_code vls__pl_read(struct vls_pagelog *log, uint32_t block, uint32_t n, uint8_t *out,
                           struct vls_error *err) VLS_MUST_USE;
/** One block, read into room, or where it was read ahead because blocks are asked for in a row; valid until the next
 *  call. */
enum vls_code vls__pl_read_page(struct vls_pagelog *log, uint32_t block, uint8_t *room, const uint8_t **out,
                                struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__pl_write(struct vls_pagelog *log, uint32_t block, uint32_t n, const uint8_t *p,
                            struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__pl_sync(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/** VLS_EFULL, VLS_EREADONLY or VLS_EIO for an errno value. */
enum vls_code vls__pl_errno(int sys, const char *what, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__pl_list_reserve(struct pl_list *l, size_t more, struct vls_error *err) VLS_MUST_USE;
void vls__pl_list_put(struct pl_list *l, uint32_t block);
void vls__pl_list_clear(struct pl_list *l);

/* map.c */
enum vls_code vls__pl_map_get(struct vls_pagelog *log, uint32_t page, struct pl_ref *out,
                              struct vls_error *err) VLS_MUST_USE;
/** Changes a reference; the leaf must have been reached by vls__pl_map_reach before. */
void vls__pl_map_set(struct vls_pagelog *log, uint32_t page, const struct pl_ref *ref);
/** Loads or makes the leaf of a page, and room in the arrays. */
enum vls_code vls__pl_map_reach(struct vls_pagelog *log, uint32_t page, struct vls_error *err) VLS_MUST_USE;
/** Moves *page on to the next page of a leaf that exists, and loads that; to end when there is none. Whole leaves of
 *  holes cost nothing this way. */
enum vls_code vls__pl_map_next(struct vls_pagelog *log, uint32_t *page, uint32_t end,
                               struct vls_error *err) VLS_MUST_USE;
/** Loads every node that exists. */
enum vls_code vls__pl_map_load(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/** How many blocks a checkpoint will write. */
uint32_t vls__pl_map_dirty(const struct vls_pagelog *log);
uint32_t vls__pl_leaves(uint32_t pages);
uint32_t vls__pl_indexes(uint32_t pages);
struct pl_ref vls__pl_leaf_ref(const struct vls_pagelog *log, uint32_t leaf);
void vls__pl_map_clear(struct vls_pagelog *log);
bool vls__pl_touched(const struct vls_pagelog *log, uint32_t page);
/** Marks a page that vls__pl_map_reach has reached. */
void vls__pl_touch(struct vls_pagelog *log, uint32_t page, bool on);
/**
 * Seals the changed nodes into free blocks and makes log->super.root refer to them; what they replace goes
 * to log->replaced. Room for both, vls__pl_map_dirty of each, must have been reserved.
 */
enum vls_code vls__pl_map_checkpoint(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;

/* space.c */
/**
 * Builds the bitmap of used blocks from map, chain and superblock; every block once (PL17). torn: for recovery only,
 * which has yet to judge the last transaction; what refers beyond the end of the file is then passed over.
 */
enum vls_code vls__pl_space_build(struct vls_pagelog *log, bool torn, struct vls_error *err) VLS_MUST_USE;
/** Makes sure that the next count allocations succeed. */
enum vls_code vls__pl_space_reserve(struct vls_pagelog *log, uint32_t count, struct vls_error *err) VLS_MUST_USE;
uint32_t vls__pl_space_take(struct vls_pagelog *log);
void vls__pl_space_free(struct vls_pagelog *log, uint32_t block);
bool vls__pl_space_is_used(const struct vls_pagelog *log, uint32_t block);
/**
 * Reads the bitmap from what the SEAL tells of it, when a whole one belongs to this state; otherwise space_ready stays
 * false and the bitmap must be built.
 */
enum vls_code vls__pl_space_load(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/**
 * Writes the bitmap into free blocks and lets seal refer to them, when that is worth it. Only for closing: blocks that
 * wait for the newest slot are told as free, since whoever opens makes it durable first (PL4).
 */
enum vls_code vls__pl_space_tell(struct vls_pagelog *log, struct pl_header *seal, struct vls_error *err) VLS_MUST_USE;
/** Gives unused steps at the end of the file back. */
void vls__pl_space_trim(struct vls_pagelog *log);

/* commit.c */
enum vls_code vls__pl_super_write(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/** Frees what waited for the newest slot to be durable; call after a sync. */
void vls__pl_super_durable(struct vls_pagelog *log);
/** SEAL and proven (PL5); everything accepted must be durable. tell: with the bitmap, nothing is done afterwards. */
enum vls_code vls__pl_mark_closed(struct vls_pagelog *log, bool tell, struct vls_error *err) VLS_MUST_USE;
enum vls_code vls__pl_batch_flush(struct vls_pagelog *log, struct vls_error *err) VLS_MUST_USE;
/** The place of a block in the batch, NULL when it is not there. */
uint8_t *vls__pl_batch_find(struct vls_pagelog *log, uint32_t block);
/** A place in the batch for a block; flushes when full. */
enum vls_code vls__pl_batch_slot(struct vls_pagelog *log, uint32_t block, uint8_t **out,
                                 struct vls_error *err) VLS_MUST_USE;
void vls__pl_batch_drop(struct vls_pagelog *log, uint32_t block);
void vls__pl_batch_reset(struct vls_pagelog *log);

/* recover.c */
enum vls_code vls__pl_recover(struct vls_pagelog *log, const struct vls_secret *key,
                              struct vls_error *err) VLS_MUST_USE;

/* create and compact: compact.c */
enum vls_code vls__pl_create(struct vls_pagelog *log, const struct vls_secret *key, struct vls_error *err) VLS_MUST_USE;

#endif
