#ifndef TESTS_SYNC_ENGINE_HOSTILE_H
#define TESTS_SYNC_ENGINE_HOSTILE_H

/* Two laptops at one remote, all of which somebody may keep and change: the host, or a colleague. */

#include "two.h"

static inline void
with_a_colleague(struct two *t, uint8_t id[VLS_ID_LEN])
{
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
}

struct kept {
    uint8_t *p[64];
    size_t n[64], count;
};

static inline enum vls_code
keep_blob(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct kept *k = ctx;

    (void)name;
    (void)err;
    assert_in_range(k->count, 0, 63);
    k->p[k->count] = malloc(blob.n);
    assert_non_null(k->p[k->count]);
    memcpy(k->p[k->count], blob.p, blob.n);
    k->n[k->count++] = blob.n;
    return VLS_OK;
}

static inline void
fetch_all(struct two *t, struct kept *k)
{
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    memset(k, 0, sizeof *k);
    check_ok(vls_remote_open(&r, t->courier, t->hub, 0, &t->err), &t->err);
    check_ok(vls_remote_pull(r, "", keep_blob, k, tip, NULL, &t->err), &t->err);
    vls_remote_close(r);
}

static inline void
kept_free(struct kept *k)
{
    for (size_t i = 0; i < k->count; i++)
        free(k->p[i]);
}

#define HOSTILE(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

#endif
