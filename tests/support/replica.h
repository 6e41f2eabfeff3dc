#ifndef TESTS_SUPPORT_REPLICA_H
#define TESTS_SUPPORT_REPLICA_H

#include "valise/merge.h"

/*
 * A post's merged records in memory, for tests: simple where the store is fast. Linear searches
 * everywhere, every record judged from scratch. Running out of memory aborts the test.
 */
struct replica;

/* Finds a field; NULL from it means unknown to this version. */
typedef const struct vls_field *replica_field_fn(uint32_t kind, uint32_t field);

/* field_of NULL: the kinds of the domain. */
struct replica *replica_new(replica_field_fn *field_of);
void replica_free(struct replica *r);

/* Takes a change set (bytes are copied). With wait, one whose dependencies are missing is held back until
 * they come; without, it is applied at once. One that is known already is passed over. */
enum vls_code replica_deliver(struct replica *r, const uint8_t id[VLS_CHANGE_ID_LEN], struct vls_slice bytes, bool wait,
                              struct vls_error *err);
/* Applies a known change set once more, whatever that does. */
enum vls_code replica_repeat(struct replica *r, size_t i, struct vls_error *err);
/* Everything that other has, in its order of arrival. */
void replica_pull(struct replica *r, const struct replica *other);
size_t replica_n_changes(const struct replica *r); /* applied */
size_t replica_n_waiting(const struct replica *r);
bool replica_has(const struct replica *r, const uint8_t id[VLS_CHANGE_ID_LEN]);
const uint8_t *replica_change(const struct replica *r, size_t i, struct vls_slice *bytes);
/* Greatest Lamport counter applied. */
uint64_t replica_lamport(const struct replica *r);
/* Ids of change sets that no applied one depends on, appended to out. */
size_t replica_heads(const struct replica *r, struct vls_buf *out);

/* Commits what w holds on top of everything applied, frees w and applies it here. id NULL: a hash of the
 * bytes; else a chosen one, which lets histories that differ in their clocks only be compared. */
void replica_commit(struct replica *r, struct vls_change_writer *w, int64_t wall_unix_s, const uint8_t *id,
                    uint8_t id_out[VLS_CHANGE_ID_LEN]);
/* Dots of the register's values that nothing retired; at most max. */
size_t replica_live(const struct replica *r, const uint8_t record[VLS_ID_LEN], uint32_t field, struct vls_slice key,
                    struct vls_dot *out, size_t max);

/* One register as vls_merge leaves it; rivals are borrowed until the next call on r. */
size_t replica_register(struct replica *r, const uint8_t record[VLS_ID_LEN], uint32_t field, struct vls_slice key,
                        const struct vls_rival **rivals, struct vls_verdict *v);
enum replica_fate { REPLICA_LOST, REPLICA_LIVE, REPLICA_PAST };
/* What became of a value; *value its bytes, *by what retired it. */
enum replica_fate replica_value(const struct replica *r, const struct vls_dot *dot, struct vls_slice *value,
                                struct vls_dot *by);

/* State digest kept up to date by what was touched, and made afresh from all records. */
void replica_state(struct replica *r, uint8_t out[32]);
void replica_state_afresh(struct replica *r, uint8_t out[32]);
/* Everything that must not depend on the order of arrival, in a canonical form: kinds, shown and kept values
 * in order, attention, conflict ids, the past with what retired it. */
void replica_dump(struct replica *r, struct vls_buf *out);

#endif
