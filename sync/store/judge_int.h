#ifndef SYNC_STORE_JUDGE_INT_H
#define SYNC_STORE_JUDGE_INT_H

/*
 * What judging a record works on: judge.c fills it and merges, derived.c writes what follows.
 */
#include "store_int.h"

#define VLS__LINKS_HEAD 4u /* bytes in front of the ids in the column links */

/* What stands in the tables about a record. */
struct vls__judged {
    int64_t n, compartment, words;
    uint8_t id[VLS_ID_LEN], digest[VLS_HASH_LEN];
    uint32_t kind_no;
    bool hidden, withdrawn, changed;
    int64_t n_conflicts;
};

/* One value of a record that comes whole; borrows from the change set. */
struct vls__whole_value {
    uint32_t field;
    struct vls_slice key;
    struct vls_rival rival;
};

struct vls__judge {
    struct vls_rival *rivals;
    struct vls_register *registers;
    enum vls_attention *attention; /* of each register */
    size_t n_rivals, cap_rivals, n_registers, cap_registers;
    struct vls_buf bytes; /* keys and values of the record */
    struct vls_buf links, old_links, title, body;
    struct vls__prose prose;
    struct vls__whole_value *whole; /* of a record that comes whole */
    size_t n_whole, cap_whole;
};

/* Collects what follows from the merged registers: links and words. */
void vls__derive(struct vls__judge *j, const struct vls_kind *kind, uint32_t kind_no);
/* Writes what differs from the tables, and says in r->changed whether its row does. shown: it has conflicts. */
enum vls_code vls__derived_save(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, bool shown,
                                struct vls_error *err) VLS_MUST_USE;

#endif
