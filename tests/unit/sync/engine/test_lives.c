/* What lives mean beside one another: against the rule written down naively, and for more of them than can be compared
 * each with each. */
#include "tests/support/check.h"

#include <unistd.h>

#include "sync/engine/incarnation.c" /* in the place of the library's */

#define SEED   20270308u
#define ROUNDS 4000
#define MOST   14
#define MANY   300000

static bool
naive(const struct lives *all, size_t i, uint8_t *kind)
{
    const struct vls_life *l = &all->v[i];
    size_t n_open = 0;
    bool later = false, another = false;

    for (size_t k = 0; k < all->n; k++) {
        const struct vls_life *o = &all->v[k];
        bool device = memcmp(o->device, l->device, VLS_ID_LEN) == 0,
             life = device && memcmp(o->incarnation, l->incarnation, VLS_ID_LEN) == 0;

        n_open += life && !o->owned;
        later = later || (life && o->n > l->n);
        another = another || (device && !life && o->n < l->n);
    }
    *kind = (uint8_t)(l->fork > 0 ? VLS_INCIDENT_TWINS : VLS_INCIDENT_NEW_COPY);
    return l->fork > 0 ? !later && n_open > 1 : another;
}

static uint32_t
some(uint32_t *x, uint32_t below)
{
    *x = *x * 1664525u + 1013904223u;
    return (*x >> 16) % below;
}

static void
every_mixture_is_judged_by_the_rule(void **state)
{
    struct vls_life v[MOST];
    uint8_t kinds[MOST], kind;
    struct vls_error err = {0};
    size_t n_twins = 0, n_copies = 0, n_nothing = 0;
    uint32_t x = SEED;

    (void)state;
    print_message("VLS_SEED=%u\n", SEED);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct lives all = {v, some(&x, MOST + 1), MOST};

        memset(v, 0, sizeof v);
        for (size_t i = 0; i < all.n; i++) {
            v[i].n = (int64_t)i + 1;
            v[i].device[0] = (uint8_t)some(&x, 3);
            v[i].incarnation[0] = (uint8_t)some(&x, 4);
            v[i].fork = some(&x, 3);
            v[i].owned = some(&x, 2) == 1;
        }
        check_ok(lives_judge(&all, kinds, &err), &err);
        for (size_t i = 0; i < all.n; i++) {
            bool any = naive(&all, i, &kind);

            if (kinds[i] != (any ? kind : NO_INCIDENT))
                fail_msg("round %u: life %zu of %zu", round, i, all.n);
            n_twins += any && kind == VLS_INCIDENT_TWINS;
            n_copies += any && kind == VLS_INCIDENT_NEW_COPY;
            n_nothing += !any;
        }
    }
    assert_true(n_twins > 1000 && n_copies > 1000 && n_nothing > 1000);
}

/* A member signs as many as it likes; each sync and status looks at them. */
static void
very_many_lives_keep_nobody(void **state)
{
    struct vls_life *v = calloc(MANY, sizeof *v);
    uint8_t *kinds = malloc(MANY);
    struct lives all = {v, MANY, MANY};
    struct vls_error err = {0};

    (void)state;
    assert_true(v != NULL && kinds != NULL);
    for (size_t i = 0; i < MANY; i++) {
        v[i].n = (int64_t)i + 1;
        v[i].fork = i % 2 == 0 ? 0 : 1;
        vls_store_le32(v[i].incarnation, (uint32_t)(i % 2 == 0 ? i : 0));
    }
    (void)alarm(20); /* each with each would take minutes */
    check_ok(lives_judge(&all, kinds, &err), &err);
    (void)alarm(0);
    assert_int_equal(kinds[MANY - 1], VLS_INCIDENT_TWINS);
    assert_int_equal(kinds[MANY - 2], VLS_INCIDENT_NEW_COPY);
    assert_int_equal(kinds[1], NO_INCIDENT);
    free(kinds);
    free(v);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mixture_is_judged_by_the_rule),
        cmocka_unit_test(very_many_lives_keep_nobody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
