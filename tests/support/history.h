#ifndef TESTS_SUPPORT_HISTORY_H
#define TESTS_SUPPORT_HISTORY_H

#include "tests/support/replica.h"

/*
 * Random histories: some posts edit a few records and exchange change sets now and then, mostly as
 * honest programs do and sometimes not (names of anything, operations that do not fit their field,
 * values of other shapes, a second create).
 */
struct history {
    struct replica *post[5];
    size_t n_posts;
    struct replica *all; /* received every change set, in order of writing */
};

/* The same seed makes the same history; walls differ with wall_seed and nothing else does. */
void history_make(struct history *h, uint64_t seed, uint64_t wall_seed);
void history_clear(struct history *h);

/* The schema of histories: kind 1 has a field of every policy, kind 2 has them in another order. */
replica_field_fn history_field;
#define HISTORY_N_FIELDS 19

/* A random value of the field's pool (misfits included), appended as canonical CBOR. */
void history_value(struct vls_buf *out, const struct vls_field *field, uint64_t *random);

#endif
