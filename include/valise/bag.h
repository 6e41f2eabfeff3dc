#ifndef VALISE_BAG_H
#define VALISE_BAG_H

#include "valise/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Bags: sealed blobs in one file, for mail, a disc or a stick. No git in it, so no courier: the format is small
 * enough to be read here, as hostile bytes. Source: schemas/wire/bag.md.
 */

/* One that is being written: a hidden file beside its place until it is finished. */
struct vls_bag;

#define VLS_BAG_NAME "0123456789abcdef.bag" /* what a bag in a folder is called, in other digits */

/**
 * Begins a bag.
 *
 * out   owned by the caller (vls_bag_finish or vls_bag_abort); NULL on failure.
 * path  the file to be made, or a folder in which it gets a neutral name; borrowed.
 * door  the group's door, which every bag begins with.
 *
 * Errors: VLS_EEXIST, there is a file of that name; VLS_EUNREACHABLE, no such folder; VLS_EREADONLY; VLS_EFULL;
 * VLS_ENOMEM; VLS_EIO.
 */
VLS_API enum vls_code vls_bag_create(struct vls_bag **out, const char *path, struct vls_slice door,
                                     struct vls_error *err) VLS_MUST_USE;
/** Where it will be, static for the bag's life. */
VLS_API const char *vls_bag_path(const struct vls_bag *b);
/** Errors: VLS_EFULL; VLS_EIO; VLS_ELIMIT, a blob is empty or longer than VLS_REMOTE_BLOB_MAX. */
VLS_API enum vls_code vls_bag_put(struct vls_bag *b, struct vls_slice blob, struct vls_error *err) VLS_MUST_USE;
/** Ends it, durably, gives it its name, and frees. Errors: VLS_EEXIST, somebody made such a file meanwhile; VLS_EFULL;
 *  VLS_EIO: then no file is left. */
VLS_API enum vls_code vls_bag_finish(struct vls_bag *b, struct vls_error *err) VLS_MUST_USE;
/** Removes what was written, and frees. b may be NULL. */
VLS_API void vls_bag_abort(struct vls_bag *b);

/* What a reading met. */
struct vls_bag_counts {
    uint64_t blobs, bytes; /* delivered */
    uint64_t damaged;      /* places where the bytes are not what was written */
    bool cut;              /* it ends before its end */
};

/** True when a place is a file, not a folder: a bag may lie there, and no other remote. */
VLS_API bool vls_bag_is_file(const char *path);

/**
 * Delivers the blobs of a bag, the door first, as vls_remote_pull does.
 *
 * counts    out, also on failure.
 * progress  may be NULL; done counts blobs, total is always 0, bytes the part of the file read so far.
 *
 * Errors: VLS_EUNREACHABLE, no such file, or it cannot be read; VLS_EFORMAT, no bag; VLS_ELIMIT; VLS_EINTERRUPT;
 * VLS_EIO; and what blob returns. A bag that is cut or damaged is no failure: see counts.
 */
VLS_API enum vls_code vls_bag_read(const char *path, vls_remote_blob_fn *blob, void *ctx, struct vls_bag_counts *counts,
                                   vls_remote_progress_fn *progress, void *progress_ctx,
                                   struct vls_error *err) VLS_MUST_USE;
/** The same from memory: the format without files. */
VLS_API enum vls_code vls_bag_decode(struct vls_slice bytes, vls_remote_blob_fn *blob, void *ctx,
                                     struct vls_bag_counts *counts, struct vls_error *err) VLS_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
