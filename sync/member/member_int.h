#ifndef VALISE_MEMBER_INT_H
#define VALISE_MEMBER_INT_H

#include "valise/member.h"

/* Operation numbers of schemas/wire/member.md. 7 to 15 are reserved for removal, suspension, demotion,
 * revocation, lifting, adoption and checkpoints; a reader of this version finds them invalid. */
enum member_op { MEMBER_ADD = 2, MEMBER_COMPARTMENT = 3, MEMBER_GRANT = 4, MEMBER_ROTATE = 5, MEMBER_SHARE = 6 };

/* ---- graph.c ---- */

/* One effective operation, in terms of what it made true. */
struct fact {
    enum member_op op;
    size_t node;                        /* where it was said; GENESIS_NODE for what the founding document says */
    struct vls_member_device device;    /* ADD */
    struct vls_member_compartment room; /* COMPARTMENT; its id alone: GRANT, ROTATE, SHARE */
    char delegation[VLS_LABEL_MAX + 1]; /* GRANT */
    uint8_t epoch[VLS_HASH_LEN];        /* ROTATE, SHARE */
    struct vls_member_wrap *wraps;      /* ROTATE, SHARE; owned */
    size_t n_wraps;
};

_Static_assert(VLS_DEVICE_LEN == VLS_COMPARTMENT_LEN, "one search serves both kinds of id");

#define GENESIS_NODE SIZE_MAX /* in everybody's past */

struct node {
    uint8_t id[VLS_HASH_LEN];
    uint8_t author[VLS_DEVICE_LEN], incarnation[VLS_DEVICE_LEN];
    uint64_t *past; /* bit per node */
    bool is_head;
};

struct vls_members {
    uint8_t group[VLS_HASH_LEN];
    struct vls_genesis genesis;
    struct node *nodes;
    size_t n_nodes, cap_nodes;
    struct fact *facts;
    size_t n_facts, cap_facts;
    size_t *devices, n_devices, cap_devices; /* indexes of ADD facts: the first of each id */
    size_t *rooms, n_rooms, cap_rooms;
    vls_precedes_fn *precedes; /* NULL: chains do not fork */
    void *precedes_ctx;
};

/* A point of view: the past of one node, including what it has said so far. NULL: everything. */
struct view {
    const uint64_t *past;
    size_t self;
};

/* What a point of view knows of an id; NULL: nothing. v NULL: everything that is here. */
const struct vls_member_device *vls__member_device(const struct vls_members *m, const struct view *v,
                                                   const uint8_t *id);
const struct vls_member_compartment *vls__member_room(const struct vls_members *m, const struct view *v,
                                                      const uint8_t *id);
bool vls__member_reads(const struct vls_members *m, const struct view *v, const struct vls_member_device *d,
                       const uint8_t *compartment);

/* The past of what an envelope says: its named predecessors and theirs, to be freed. Errors: VLS_ENOTFOUND, one is not
 * here yet; VLS_ENOMEM. */
enum vls_code vls__member_past(const struct vls_members *m, const struct vls_envelope *e, uint64_t **out,
                               struct vls_error *err) VLS_MUST_USE;

/* The id that a COMPARTMENT of this author gets: of the operation's bytes, so that nobody else can claim it. */
void vls__member_room_id(uint8_t id[VLS_COMPARTMENT_LEN], const uint8_t author[VLS_DEVICE_LEN], struct vls_slice op);

/* Copies a label of 1..max bytes; false for any other length. */
bool vls__label_take(char *out, size_t max, struct vls_slice s);

#endif
