#ifndef TESTS_SUPPORT_REPLICA_INT_H
#define TESTS_SUPPORT_REPLICA_INT_H

/* The inside of a replica, for replica.c and replica_show.c. */
#include <stdlib.h>

#include "tests/support/replica.h"

struct change {
    uint8_t id[VLS_CHANGE_ID_LEN];
    uint8_t *bytes;
    size_t n;
    bool applied;
};

struct kept {
    uint8_t record[VLS_ID_LEN];
    uint32_t field;
    struct vls_slice key, value; /* owned */
    struct vls_dot dot, by;
    bool retired;
    uint64_t lamport;
    size_t arrival;
    enum vls_op_type type;
    enum vls_cite cite;
};

/* A naming, effective within its register. */
struct naming {
    uint8_t record[VLS_ID_LEN];
    uint32_t field;
    struct vls_slice key; /* owned */
    struct vls_dot named, by;
};

struct known_record {
    uint8_t id[VLS_ID_LEN];
    uint32_t kind;
    bool created;
    struct vls_dot created_by;
    bool dirty, in_state;
    uint8_t digest[32];
};

/* A growing array of one type. */
#define LIST(type)                                                                                                     \
    struct {                                                                                                           \
        type *v;                                                                                                       \
        size_t n, cap;                                                                                                 \
    }

struct replica {
    replica_field_fn *field_of;
    LIST(struct change) changes; /* in order of arrival */
    LIST(struct kept) kept;
    LIST(struct naming) namings;
    LIST(struct known_record) records;
    LIST(struct vls_rival) rivals;
    LIST(struct vls_rival) shelf; /* of all registers of one record */
    LIST(struct vls_register) registers;
    struct vls_state state;
    uint64_t lamport;
};

static inline void *
replica_room(void *v, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return v;
    *cap = *cap == 0 ? 16 : 2 * *cap;
    v = realloc(v, *cap * size);
    if (v == NULL)
        abort();
    return v;
}

#define PUSH(list) ((list).v = replica_room((list).v, (list).n, &(list).cap, sizeof *(list).v), &(list).v[(list).n++])

/* What is known of a record; made when it is new. */
struct known_record *replica_record_of(struct replica *r, const uint8_t *id);

#endif
