#ifndef SYNC_TRANSPORT_LAYOUT_H
#define SYNC_TRANSPORT_LAYOUT_H

#include "valise/bytes.h"

/*
 * What lies on a remote, as bytes: names, trees, commits, references, and the budgets of a reader.
 * Pure functions over hostile input. Source: schemas/wire/remote.md.
 */

#define VLS__REF_DIR "refs/heads"
#define VLS__REF_LEAF "valise"
#define VLS__REF VLS__REF_DIR "/" VLS__REF_LEAF

#define VLS__OID 20
#define VLS__NAME 32
#define VLS__EPOCH UINT64_C(1000000000) /* seconds; the time of a commit is this plus its depth */
#define VLS__DEPTH_MAX UINT64_C(0x3fffffff)

#define VLS__ENTRY_LEN (7 + 64 + 1 + VLS__OID)
#define VLS__TREE_ENTRIES 4096u /* blobs in one commit; a push of more makes several */
#define VLS__TREE_MAX ((size_t)VLS__TREE_ENTRIES * VLS__ENTRY_LEN)
#define VLS__PUSH_BYTES ((uint64_t)64 * 1024 * 1024) /* blobs in one commit, so that one pack stays small */
#define VLS__COMMIT_MAX ((size_t)64 * 1024)
#define VLS__COMMITS (UINT32_C(1) << 20)    /* walked in one pull */
#define VLS__PULL_BLOBS (UINT64_C(1) << 22) /* listed in one pull */
#define VLS__LISTING_BYTES ((size_t)16 << 20) /* in which a host says what it has, over a line */
#define VLS__PULL_BYTES (UINT64_C(1) << 33) /* read in one pull */

struct vls__entry {
    uint8_t name[VLS__NAME];
    const uint8_t *oid; /* borrowed from the tree */
};

/* Walks the allowed entries of a tree and counts the others. */
struct vls__tree_rd {
    struct vls_rd rd;
    bool any;
    uint8_t last[VLS__NAME];
    uint64_t ignored; /* entries outside the allow-list; the rest of an unreadable tree is one */
};

struct vls__tree_rd vls__tree_of(struct vls_slice bytes);
/** The next entry of mode 100644 whose name is 64 lower-case hex digits, above all before it. */
bool vls__tree_next(struct vls__tree_rd *t, struct vls__entry *out);
/** Appends one entry. The caller adds names in ascending order. */
void vls__tree_put(struct vls_buf *out, const uint8_t name[VLS__NAME], const uint8_t oid[VLS__OID]);

struct vls__commit {
    uint8_t tree[VLS__OID];
    bool has_parent;
    uint8_t parent[VLS__OID];
    uint64_t depth; /* from its time; 0 when the time is outside the range */
};

/** Reads tree, parent and time; everything else in a commit is skipped. Errors: VLS_EFORMAT, not a
 *  commit, or one with several parents. */
enum vls_code vls__commit_decode(struct vls__commit *out, struct vls_slice bytes,
                                 struct vls_error *err) VLS_MUST_USE;
/** Appends the one form in which valise writes a commit. */
void vls__commit_encode(struct vls_buf *out, const struct vls__commit *c);

/** Reads a loose reference: 40 lower-case hex digits and a newline, nothing else. */
bool vls__ref_decode(uint8_t out[VLS__OID], struct vls_slice bytes);
/** Looks for our branch among packed references. *others counts the other branches and tags. */
bool vls__packed_find(uint8_t out[VLS__OID], struct vls_slice bytes, uint64_t *others);

#endif
