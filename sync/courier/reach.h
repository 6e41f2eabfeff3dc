#ifndef SYNC_COURIER_REACH_H
#define SYNC_COURIER_REACH_H

#include "sync/courier/courier.h"

/* What the references of a hub lead to, ours and anybody's. For tidy.c, and for hub_move. */

#define REACH_MAX ((size_t)1 << 21) /* objects; a history of more is not short */

struct reach_set {
    struct reach_entry {
        uint8_t id[VLS__OID];
        bool set, covered; /* covered: a pack that stays holds it (tidy.c) */
    } * at;
    size_t n, cap; /* cap: a power of two, or 0 */
    uint64_t salt; /* so that nobody can choose ids that meet in one place */
};

/**
 * Collects what every reference names, sorted, so that equal bytes are equal references. *head receives where our
 * branch is. Errors: VLS_EUSAGE, something lies there that may lead to more than can be told here.
 */
enum vls_code reach_roots(const struct hub *hub, struct vls_buf *ids, struct vls__tip *head,
                          struct vls_error *err) VLS_MUST_USE;
/**
 * Adds all that these ids lead to; each object of it is there. Errors: VLS_EFORMAT, one is missing or unreadable;
 * VLS_EUSAGE, one is nothing that valise reads; VLS_ELIMIT; VLS_EIO, nobody listens.
 */
enum vls_code reach_from(struct hub *hub, struct vls_slice ids, struct reach_set *set,
                         struct vls_error *err) VLS_MUST_USE;
/** NULL when nothing leads to it. */
struct reach_entry *reach_find(const struct reach_set *set, const uint8_t id[VLS__OID]);
void reach_clear(struct reach_set *set);

#endif
