#ifndef SYNC_COURIER_PACK_H
#define SYNC_COURIER_PACK_H

#include "sync/courier/courier.h"
#include "sync/courier/sha1.h"

/*
 * Writes one pack and its index (git's formats, version 2 of both). Objects are stored, not compressed:
 * sealed bytes do not shrink. Until pack_publish nothing has a name that a reader looks at.
 */
struct pack {
    int dir; /* objects/pack, -1 when closed */
    int fd, idx; /* the pack being written and its index, -1 when closed */
    mode_t mode;
    char temp_pack[32], temp_idx[32]; /* "" when there is no such file */
    uint8_t sum[20];
    struct sha1 sha;
    uint32_t want, n; /* objects announced, objects written */
    uint64_t at, synced;
    uint32_t crc;
    struct pack_entry {
        uint8_t id[VLS__OID];
        uint32_t crc, at;
    } *entry;
    size_t buf_n;
    uint8_t *buf;
};

#define PACK_CLOSED {.dir = -1, .fd = -1, .idx = -1}

/** Starts a pack of exactly n objects. p may be passed to pack_abort whatever happens. */
enum vls_code pack_begin(struct pack *p, const struct hub *hub, uint32_t n,
                         struct vls_error *err) VLS_MUST_USE;
/** Adds an object; id receives its id. */
enum vls_code pack_add(struct pack *p, enum object_kind kind, const void *bytes, size_t n,
                       uint8_t id[VLS__OID], struct vls_error *err) VLS_MUST_USE;
/** The bytes that such an object of n bytes takes. */
uint64_t pack_object_size(enum object_kind kind, size_t n);
/** Those of a pack without objects. */
#define PACK_FRAME   32
#define INDEX_FRAME  (8 + 4 * 256 + 2 * 20) /* of an index, and what each object takes there */
#define INDEX_OBJECT (VLS__OID + 4 + 4)
/** Completes and syncs both files. */
enum vls_code pack_finish(struct pack *p, struct vls_error *err) VLS_MUST_USE;
/** Gives them their names, pack first, and makes these durable. */
enum vls_code pack_publish(struct pack *p, struct vls_error *err) VLS_MUST_USE;
/** Removes what was not published and frees. */
void pack_abort(struct pack *p);
#define PACK_NAME 64
/** The name of a finished pack, with ".pack" or ".idx". */
void pack_name(const struct pack *p, char *out, size_t cap, const char *extension);

#endif
