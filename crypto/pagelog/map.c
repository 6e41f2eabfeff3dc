/*
 * Which block holds which page, with which tag. Leaves and indexes are loaded when first needed and
 * checked against the reference that led there (PL16), so that opening a store does not depend on its
 * size. Index nodes and the superblock's references always are those of the checkpoint; leaves carry
 * what has happened since.
 */
#include <stdlib.h>
#include <string.h>

#include "pagelog_int.h"

static uint32_t
parts_of(uint32_t n)
{
    return n / PL_FANOUT + (n % PL_FANOUT != 0);
}

uint32_t
vls__pl_leaves(uint32_t pages)
{
    return parts_of(pages);
}

uint32_t
vls__pl_indexes(uint32_t pages)
{
    return parts_of(parts_of(pages));
}

/* Of the children first .. first + 201, how many exist when there are total. */
static uint32_t
live_of(uint32_t total, uint32_t node)
{
    uint32_t first = node * PL_FANOUT;

    if (total <= first)
        return 0;
    return total - first < PL_FANOUT ? total - first : PL_FANOUT;
}

/* Makes a node: what ref leads to, or an empty one. */
static enum vls_code
node_load(struct vls_pagelog *log, struct pl_node **out, enum pl_kind kind, uint32_t number, struct pl_ref ref,
          struct vls_error *err)
{
    const char *name = kind == PL_LEAF ? "leaf" : "index";
    uint32_t total = kind == PL_LEAF ? log->super.pages : vls__pl_leaves(log->super.pages);
    struct pl_node *node = NULL;
    enum vls_code rc = VLS_OK;

    if ((node = calloc(1, sizeof *node)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a map block");
    if (ref.block == 0) {
        *out = node;
        return VLS_OK;
    }
    if ((rc = vls__pl_read(log, ref.block, 1, log->scratch, err)) != VLS_OK)
        goto out;
    if (memcmp(log->scratch + PL_TAG_AT, ref.tag, VLS_TAG_LEN) != 0 || /* public */
        !vls__pl_unseal(node->plain, &log->keys, kind, number, log->scratch)) {
        rc = VLS_FAIL(err, VLS_EAUTH, "block %u does not verify", (unsigned)ref.block);
        goto out;
    }
    if ((rc = vls__pl_node_check(node->plain, live_of(total, number), err)) != VLS_OK)
        goto out;
    *out = node;
    node = NULL;
out:
    free(node);
    if (rc != VLS_OK)
        vls_while(err, "loading %s %u of the page map", name, (unsigned)number);
    return rc;
}

static enum vls_code
nodes_grow(struct pl_node ***at, uint32_t *cap, uint32_t need, struct vls_error *err)
{
    uint32_t want = *cap < 16 ? 16 : *cap;
    struct pl_node **p;

    if (need <= *cap)
        return VLS_OK;
    while (want < need)
        want *= 2;
    if ((p = realloc(*at, want * sizeof(struct pl_node *))) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the page map");
    memset(p + *cap, 0, (want - *cap) * sizeof(struct pl_node *));
    *at = p;
    *cap = want;
    return VLS_OK;
}

static enum vls_code
touched_grow(struct vls_pagelog *log, uint32_t page, struct vls_error *err)
{
    uint32_t cap = log->touched_cap < 4096 ? 4096 : log->touched_cap;
    uint8_t *p;

    if (page < log->touched_cap)
        return VLS_OK;
    while (cap <= page)
        cap *= 2;
    if ((p = realloc(log->touched, cap / 8)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the page map");
    memset(p + log->touched_cap / 8, 0, (cap - log->touched_cap) / 8);
    log->touched = p;
    log->touched_cap = cap;
    return VLS_OK;
}

static enum vls_code
index_reach(struct vls_pagelog *log, uint32_t index, struct vls_error *err)
{
    struct pl_ref none = {0, {0}};
    enum vls_code rc;

    if ((rc = nodes_grow(&log->index, &log->n_index, index + 1, err)) != VLS_OK || log->index[index] != NULL)
        return rc;
    return node_load(log, &log->index[index], PL_INDEX, index,
                     index < log->super.n_root ? log->super.root[index] : none, err);
}

enum vls_code
vls__pl_map_reach(struct vls_pagelog *log, uint32_t page, struct vls_error *err)
{
    uint32_t leaf = page / PL_FANOUT;
    enum vls_code rc;

    if (page < log->touched_cap && leaf < log->n_leaf && log->leaf[leaf] != NULL)
        return VLS_OK;
    if ((rc = touched_grow(log, page, err)) != VLS_OK ||
        (rc = nodes_grow(&log->leaf, &log->n_leaf, leaf + 1, err)) != VLS_OK || log->leaf[leaf] != NULL)
        return rc;
    if ((rc = index_reach(log, leaf / PL_FANOUT, err)) != VLS_OK)
        return rc;
    return node_load(log, &log->leaf[leaf], PL_LEAF, leaf, vls__pl_leaf_ref(log, leaf), err);
}

struct pl_ref
vls__pl_leaf_ref(const struct vls_pagelog *log, uint32_t leaf)
{
    return vls__pl_ref_get(log->index[leaf / PL_FANOUT]->plain + (size_t)(leaf % PL_FANOUT) * PL_REF_LEN);
}

enum vls_code
vls__pl_map_get(struct vls_pagelog *log, uint32_t page, struct pl_ref *out, struct vls_error *err)
{
    enum vls_code rc = vls__pl_map_reach(log, page, err);

    if (rc == VLS_OK)
        *out = vls__pl_ref_get(log->leaf[page / PL_FANOUT]->plain + (size_t)(page % PL_FANOUT) * PL_REF_LEN);
    return rc;
}

void
vls__pl_map_set(struct vls_pagelog *log, uint32_t page, const struct pl_ref *ref)
{
    struct pl_node *leaf = log->leaf[page / PL_FANOUT];

    vls__pl_ref_put(leaf->plain + (size_t)(page % PL_FANOUT) * PL_REF_LEN, ref);
    leaf->dirty = true;
}

enum vls_code
vls__pl_map_next(struct vls_pagelog *log, uint32_t *page, uint32_t end, struct vls_error *err)
{
    enum vls_code rc;

    while (*page < end) {
        uint32_t leaf = *page / PL_FANOUT;

        if ((rc = nodes_grow(&log->leaf, &log->n_leaf, leaf + 1, err)) != VLS_OK)
            return rc;
        if (log->leaf[leaf] != NULL)
            return VLS_OK;
        if ((rc = index_reach(log, leaf / PL_FANOUT, err)) != VLS_OK)
            return rc;
        if (vls__pl_leaf_ref(log, leaf).block != 0)
            return vls__pl_map_reach(log, *page, err);
        *page = (leaf + 1) * PL_FANOUT;
    }
    *page = end;
    return VLS_OK;
}

enum vls_code
vls__pl_map_load(struct vls_pagelog *log, struct vls_error *err)
{
    uint32_t pages = log->pages > log->super.pages ? log->pages : log->super.pages;
    enum vls_code rc = VLS_OK;

    for (uint32_t page = 0; page < pages && rc == VLS_OK; page += PL_FANOUT)
        rc = vls__pl_map_next(log, &page, pages, err);
    return rc;
}

uint32_t
vls__pl_map_dirty(const struct vls_pagelog *log)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < log->n_leaf; i++)
        n += log->leaf[i] != NULL && log->leaf[i]->dirty;
    return n + log->n_index; /* an upper bound: every index may change */
}

/* Writes one node through the batch, or forgets it when the database no longer reaches that far. */
static enum vls_code
node_write(struct vls_pagelog *log, enum pl_kind kind, uint32_t number, struct pl_node *node, struct pl_ref *ref,
           bool live, struct vls_error *err)
{
    enum vls_code rc;
    uint8_t *slot;

    if (ref->block != 0)
        vls__pl_list_put(&log->replaced, ref->block);
    memset(ref, 0, sizeof *ref);
    node->dirty = false;
    if (!live)
        return VLS_OK;
    ref->block = vls__pl_space_take(log);
    if ((rc = vls__pl_batch_slot(log, ref->block, &slot, err)) != VLS_OK)
        return rc;
    vls__pl_seal(slot, &log->keys, kind, number, node->plain);
    memcpy(ref->tag, slot + PL_TAG_AT, VLS_TAG_LEN);
    return VLS_OK;
}

enum vls_code
vls__pl_map_checkpoint(struct vls_pagelog *log, struct vls_error *err)
{
    uint32_t leaves = vls__pl_leaves(log->pages), indexes = vls__pl_indexes(log->pages);
    enum vls_code rc = VLS_OK;

    for (uint32_t i = 0; i < log->n_leaf && rc == VLS_OK; i++) {
        struct pl_node *parent;
        struct pl_ref ref;

        if (log->leaf[i] == NULL || !log->leaf[i]->dirty)
            continue;
        parent = log->index[i / PL_FANOUT];
        ref = vls__pl_leaf_ref(log, i);
        rc = node_write(log, PL_LEAF, i, log->leaf[i], &ref, i < leaves, err);
        vls__pl_ref_put(parent->plain + (size_t)(i % PL_FANOUT) * PL_REF_LEN, &ref);
        parent->dirty = true;
    }
    for (uint32_t i = 0; i < log->n_index && rc == VLS_OK; i++)
        if (log->index[i] != NULL && log->index[i]->dirty)
            rc = node_write(log, PL_INDEX, i, log->index[i], &log->super.root[i], i < indexes, err);
    log->super.n_root = indexes;
    return rc;
}

void
vls__pl_map_clear(struct vls_pagelog *log)
{
    for (uint32_t i = 0; i < log->n_leaf; i++)
        free(log->leaf[i]);
    for (uint32_t i = 0; i < log->n_index; i++)
        free(log->index[i]);
    free(log->leaf);
    free(log->index);
    free(log->touched);
    log->leaf = log->index = NULL;
    log->touched = NULL;
    log->n_leaf = log->n_index = log->touched_cap = 0;
}

bool
vls__pl_touched(const struct vls_pagelog *log, uint32_t page)
{
    return page < log->touched_cap && (log->touched[page / 8] >> (page % 8) & 1) != 0;
}

void
vls__pl_touch(struct vls_pagelog *log, uint32_t page, bool on)
{
    uint8_t bit = (uint8_t)(1u << (page % 8));

    if (on)
        log->touched[page / 8] |= bit;
    else
        log->touched[page / 8] &= (uint8_t)~bit;
}
