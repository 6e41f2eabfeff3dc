#ifndef TESTS_SUPPORT_CHECK_H
#define TESTS_SUPPORT_CHECK_H

/* cmocka and the headers it needs, in the order it needs them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "valise/error.h"

/* Fails the test with the error's own text when a call did not succeed. */
#define check_ok(call, err)                                                                        \
    do {                                                                                           \
        enum vls_code check_rc_ = (call);                                                          \
        if (check_rc_ != VLS_OK)                                                                   \
            fail_msg("%s: %s: %s", #call, vls_code_name(check_rc_), (err)->text);                  \
    } while (0)

/* The seed of a generated test: VLS_SEED from the environment, or the given one. */
static inline uint64_t
check_seed(uint64_t preset)
{
    const char *s = getenv("VLS_SEED");

    return s != NULL ? strtoull(s, NULL, 0) : preset;
}

/* splitmix64: a deterministic generator for tests. */
static inline uint64_t
check_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

#endif
