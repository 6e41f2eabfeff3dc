/*
 * What a file means: the valid superblock, the chain of headers behind it, and the decision about a tail
 * that may be torn (PL8 to PL15). Dropping is allowed for one transaction only, the newest without proof that
 * it was durable; everything else that does not verify is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "pagelog_int.h"

/* What recovery finds out and does not keep. */
struct recovery {
    struct pl_header h;
    struct pl_list reject; /* headers of the transaction in flight or dropped (PL15) */
    size_t n_last;         /* headers of the last transaction, at the end of the chain */
    bool proven;           /* the last transaction is known to have been durable */
};

/* One superblock slot. log->keys stay those of the first slot that opened. */
static enum vls_code
slot_read(struct vls_pagelog *log, uint32_t slot, const struct vls_secret *key, struct pl_super *s, bool *valid,
          enum pl_clear *look, struct vls_error *err)
{
    const uint8_t *id = log->scratch + PL_ID_AT;
    uint8_t plain[PL_SUPER_PLAIN];
    struct pl_keys other = {.all = NULL};
    const struct pl_keys *keys = &log->keys;
    enum vls_code rc;

    *valid = false;
    *look = PL_CLEAR_OTHER;
    if (slot >= log->file_blocks)
        return VLS_OK;
    if ((rc = vls__pl_read(log, slot, 1, log->scratch, err)) != VLS_OK)
        return rc;
    if ((*look = vls__pl_super_look(log->scratch)) != PL_CLEAR_OURS)
        return VLS_OK;
    if (keys->all == NULL || memcmp(keys->store_id, id, PL_STORE_ID_LEN) != 0) { /* public */
        if ((rc = vls__pl_keys_new(&other, key, id, err)) != VLS_OK)
            return rc;
        keys = &other;
    }
    if (!vls__pl_unseal(plain, keys, PL_SUPER, slot, log->scratch))
        goto out;
    *valid = true;
    rc = vls__pl_super_decode(s, plain, err);
    if (rc == VLS_OK && (s->generation & 1) != slot)
        rc = VLS_FAIL(err, VLS_EFORMAT, "superblock generation %llu in slot %u", (unsigned long long)s->generation,
                      (unsigned)slot);
    if (rc == VLS_OK && log->keys.all == NULL) {
        log->keys = other;
        other.all = NULL;
    } else if (rc == VLS_OK && keys == &other) {
        rc = VLS_FAIL(err, VLS_EFORMAT, "blocks 0 and 1 belong to two stores");
    }
out:
    vls__pl_keys_clear(&other);
    return rc;
}

static bool
same_checkpoint(const struct pl_super *a, const struct pl_super *b)
{
    return a->sequence == b->sequence && a->txn == b->txn && a->next == b->next && a->pages == b->pages &&
           a->n_root == b->n_root && memcmp(a->head, b->head, VLS_HASH_LEN) == 0 && /* public */
           memcmp(a->root, b->root, sizeof a->root) == 0;
}

/* The valid slot with the higher generation counts (PL8). */
static enum vls_code
super_load(struct vls_pagelog *log, const struct vls_secret *key, struct vls_error *err)
{
    struct pl_super *s = calloc(2, sizeof *s);
    enum pl_clear look[2];
    bool valid[2];
    enum vls_code rc;
    int best;

    if (s == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the superblocks");
    for (uint32_t slot = 0; slot < 2; slot++)
        if ((rc = slot_read(log, slot, key, &s[slot], &valid[slot], &look[slot], err)) != VLS_OK)
            goto out;
    if (!valid[0] && !valid[1]) {
        bool newer = look[0] == PL_CLEAR_NEWER || look[1] == PL_CLEAR_NEWER;

        if (newer && look[0] != PL_CLEAR_OURS && look[1] != PL_CLEAR_OURS)
            rc = VLS_FAIL(err, VLS_EVERSION, "the store was written by a newer version");
        else
            rc = VLS_FAIL(err, VLS_EAUTH, "blocks 0 and 1 do not verify: another key, damaged, or not a store");
        goto out;
    }
    if (log->file_blocks <= PL_FIRST_BLOCK) { /* else one slot alone could stand for the store it was made as */
        rc = VLS_FAIL(err, VLS_EAUTH, "the store is cut off after block %u", (unsigned)log->file_blocks - 1);
        goto out;
    }
    best = valid[0] && (!valid[1] || s[0].generation > s[1].generation) ? 0 : 1;
    log->super = s[best];
    log->super_unsynced = true; /* whoever wrote it may not have synced it */
    log->mirrored = valid[0] && valid[1] && same_checkpoint(&s[0], &s[1]);
    rc = VLS_OK;
out:
    free(s);
    return rc;
}

/* Applies the entries gathered in the undo list as one transaction. */
static enum vls_code
apply(struct vls_pagelog *log, uint32_t pages, struct vls_error *err)
{
    const struct pl_ref none = {0, {0}};
    enum vls_code rc;

    for (uint32_t page = pages;; page++) {
        if ((rc = vls__pl_map_next(log, &page, log->pages, err)) != VLS_OK)
            return rc;
        if (page >= log->pages)
            break;
        vls__pl_map_set(log, page, &none);
    }
    for (size_t i = 0; i < log->n_undo; i++) {
        uint32_t page = log->undo[i].page;

        if ((rc = vls__pl_map_reach(log, page, err)) != VLS_OK)
            return rc;
        if (vls__pl_touched(log, page))
            return VLS_FAIL(err, VLS_EFORMAT, "page %u occurs twice in one transaction", (unsigned)page);
        vls__pl_touch(log, page, true);
        vls__pl_map_set(log, page, &log->undo[i].old);
    }
    for (size_t i = 0; i < log->n_undo; i++)
        vls__pl_touch(log, log->undo[i].page, false);
    log->pages = pages;
    return VLS_OK;
}

/* Reads a block as a header; *is_one tells whether it opened as one. */
static enum vls_code
header_read(struct vls_pagelog *log, uint32_t block, const uint8_t *sealed, struct pl_header *h, bool *is_one,
            struct vls_error *err)
{
    uint8_t plain[VLS_PAGELOG_PAGE];
    enum vls_code rc;

    *is_one = vls__pl_unseal(plain, &log->keys, PL_HEADER, block, sealed);
    if (!*is_one)
        return VLS_OK;
    if ((rc = vls__pl_header_decode(h, plain, err)) != VLS_OK)
        vls_while(err, "header in block %u", (unsigned)block);
    return rc;
}

/* Back to the checkpoint. */
static void
rewind_to_checkpoint(struct vls_pagelog *log)
{
    vls__pl_map_clear(log);
    log->txn = log->super.txn;
    log->sequence = log->super.sequence;
    log->next = log->super.next;
    log->pages = log->super.pages;
    memcpy(log->head, log->super.head, VLS_HASH_LEN);
    log->chain.n = 0;
    log->n_undo = 0;
    log->sealed = false;
    log->space_ready = false;
}

/* One transaction under way in the walk. */
struct group {
    uint64_t sequence;
    uint8_t head[VLS_HASH_LEN];
    uint32_t next, pages;
    size_t n_headers, n_entries;
};

/* Is h the header that must come next (PL9)? */
static bool
header_follows(const struct vls_pagelog *log, const struct group *g, const struct pl_header *h)
{
    if (h->sequence != g->sequence || memcmp(h->previous, g->head, VLS_HASH_LEN) != 0) /* public */
        return false;
    if (h->flags == PL_SEAL)
        return g->n_headers == 0 && h->txn == log->txn;
    return h->txn == log->txn + 1 && (g->n_headers == 0 || h->pages == g->pages);
}

/* Takes a header into the group: its entries wait in the undo list until the COMMIT. */
static enum vls_code
group_add(struct vls_pagelog *log, struct group *g, const struct pl_header *h, struct vls_error *err)
{
    enum vls_code rc;

    if (g->n_headers == 0)
        log->n_undo = 0;
    if ((rc = vls__pl_undo_reserve(log, h->n_entries, err)) != VLS_OK ||
        (rc = vls__pl_list_reserve(&log->chain, 1, err)) != VLS_OK)
        return rc;
    for (uint32_t i = 0; i < h->n_entries; i++) {
        log->undo[log->n_undo].page = h->entry[i].page;
        log->undo[log->n_undo++].old = h->entry[i].ref;
    }
    vls__pl_list_put(&log->chain, g->next);
    vls__pl_chain(g->head, log->scratch);
    g->sequence++;
    g->next = h->next;
    g->pages = h->pages;
    g->n_headers++;
    return VLS_OK;
}

/* Follows the chain up to transaction limit (PL9, PL10); log is at the last whole transaction afterwards. */
static enum vls_code
walk(struct vls_pagelog *log, struct recovery *r, uint64_t limit, struct vls_error *err)
{
    struct group g = {.sequence = log->super.sequence, .next = log->super.next};
    enum vls_code rc = VLS_OK;
    bool is_one;

    rewind_to_checkpoint(log);
    memcpy(g.head, log->head, VLS_HASH_LEN);
    r->n_last = 0;
    while (log->txn < limit && g.next < log->file_blocks) {
        if ((rc = vls__pl_read(log, g.next, 1, log->scratch, err)) != VLS_OK ||
            (rc = header_read(log, g.next, log->scratch, &r->h, &is_one, err)) != VLS_OK)
            return rc;
        if (!is_one || !header_follows(log, &g, &r->h))
            break;
        if (r->h.flags == PL_SEAL) {
            log->sealed = true;
            log->n_told = r->h.n_entries;
            for (uint32_t i = 0; i < log->n_told; i++)
                log->told[i] = r->h.entry[i].ref;
            break;
        }
        if ((rc = group_add(log, &g, &r->h, err)) != VLS_OK)
            return rc;
        if (r->h.flags != PL_COMMIT)
            continue;
        if ((rc = apply(log, g.pages, err)) != VLS_OK)
            return rc;
        log->txn++;
        log->sequence = g.sequence;
        log->next = g.next;
        memcpy(log->head, g.head, VLS_HASH_LEN);
        r->n_last = g.n_headers;
        g.n_headers = 0;
    }
    if (g.n_headers == 0)
        return VLS_OK;
    /* headers without a COMMIT: nothing, but to be destroyed */
    if ((rc = vls__pl_list_reserve(&r->reject, g.n_headers, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < g.n_headers; i++)
        vls__pl_list_put(&r->reject, log->chain.at[--log->chain.n]);
    log->n_undo = 0;
    r->proven = true; /* the one before was synced before these were written (PL14) */
    return VLS_OK;
}

/* Looks at one free block for a header that must not exist (PL13). */
static enum vls_code
scan_block(struct vls_pagelog *log, struct recovery *r, uint32_t block, const uint8_t *sealed, struct vls_error *err)
{
    enum vls_code rc;
    bool is_one;

    if ((rc = header_read(log, block, sealed, &r->h, &is_one, err)) != VLS_OK || !is_one || r->h.txn <= log->txn)
        return rc;
    if (r->h.txn > log->txn + 1 || r->h.flags == PL_SEAL)
        return VLS_FAIL(err, VLS_EAUTH,
                        "the chain breaks at block %u, after transaction %llu, but block %u proves transaction %llu",
                        (unsigned)log->next, (unsigned long long)log->txn, (unsigned)block,
                        (unsigned long long)r->h.txn);
    r->proven = true;
    if ((rc = vls__pl_list_reserve(&r->reject, 1, err)) == VLS_OK)
        vls__pl_list_put(&r->reject, block);
    return rc;
}

static enum vls_code
scan(struct vls_pagelog *log, struct recovery *r, uint32_t file_blocks, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (uint32_t block = PL_FIRST_BLOCK, n; block < file_blocks && rc == VLS_OK; block += n) {
        n = 1;
        if (vls__pl_space_is_used(log, block))
            continue;
        while (n < PL_SCRATCH && block + n < file_blocks && !vls__pl_space_is_used(log, block + n))
            n++;
        rc = vls__pl_read(log, block, n, log->scratch, err);
        for (uint32_t i = 0; i < n && rc == VLS_OK; i++)
            rc = scan_block(log, r, block + i, log->scratch + (size_t)i * VLS_PAGELOG_BLOCK, err);
    }
    return rc;
}

/* Opens every page of the last transaction, whose entries are still in the undo list; VLS_EAUTH when it was torn. */
static enum vls_code
last_verify(struct vls_pagelog *log, struct vls_error *err)
{
    uint8_t page[VLS_PAGELOG_BLOCK];
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < log->n_undo && rc == VLS_OK; i++)
        rc = vls_pagelog_get(log, log->undo[i].page, page, err);
    vls_wipe(page, sizeof page);
    return rc;
}

static enum vls_code
last_drop(struct vls_pagelog *log, struct recovery *r, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = vls__pl_list_reserve(&r->reject, r->n_last, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < r->n_last; i++)
        vls__pl_list_put(&r->reject, log->chain.at[log->chain.n - 1 - i]);
    log->dropped = log->txn;
    return walk(log, r, log->txn - 1, err);
}

/* Destroys what was rejected and makes the decision durable (PL15). */
static enum vls_code
settle(struct vls_pagelog *log, const struct recovery *r, struct vls_error *err)
{
    enum vls_code rc;

    memset(log->scratch, 0, VLS_PAGELOG_BLOCK);
    for (size_t i = 0; i < r->reject.n; i++)
        if ((rc = vls__pl_write(log, r->reject.at[i], 1, log->scratch, err)) != VLS_OK)
            return rc;
    if ((rc = vls__pl_sync(log, err)) != VLS_OK)
        return rc;
    vls__pl_super_durable(log);
    return vls__pl_mark_closed(log, false, err);
}

/* The end of a chain without a SEAL: torn, or damaged? */
static enum vls_code
tail_judge(struct vls_pagelog *log, struct recovery *r, struct vls_error *err)
{
    uint32_t file_blocks = log->file_blocks;
    bool suspect;
    enum vls_code rc;

    if ((rc = vls__pl_space_build(log, true, err)) != VLS_OK || (rc = scan(log, r, file_blocks, err)) != VLS_OK)
        return rc;
    log->file_blocks = file_blocks;
    suspect = log->txn > log->super.proven && !r->proven;
    if (suspect && (rc = last_verify(log, err)) == VLS_EAUTH)
        rc = last_drop(log, r, err);
    if (rc != VLS_OK)
        return rc;
    return vls__pl_space_build(log, false, err);
}

enum vls_code
vls__pl_recover(struct vls_pagelog *log, const struct vls_secret *key, struct vls_error *err)
{
    struct recovery *r = calloc(1, sizeof *r);
    enum vls_code rc;

    if (r == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for recovery");
    if ((rc = super_load(log, key, err)) != VLS_OK || (rc = walk(log, r, UINT64_MAX, err)) != VLS_OK)
        goto out;
    if (log->txn < log->super.proven) {
        rc = VLS_FAIL(err, VLS_EAUTH, "block %u should hold transaction %llu: damaged or forged", (unsigned)log->next,
                      (unsigned long long)log->txn + 1);
        goto out;
    }
    log->was_sealed = log->sealed;
    if (!log->sealed &&
        ((rc = tail_judge(log, r, err)) != VLS_OK || (!log->readonly && (rc = settle(log, r, err)) != VLS_OK)))
        goto out;
out:
    log->n_undo = 0;
    vls__pl_list_clear(&r->reject);
    free(r);
    return rc;
}
