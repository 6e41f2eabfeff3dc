/* Change sets from anywhere: refused, or walked to the end and written again with the same meaning. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/change.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Writes again what was read; false when an operation of a newer version is among it. */
static bool
rewrite(struct vls_slice in, struct vls_buf *out)
{
    struct vls_change_writer *w = NULL;
    struct vls_change c;
    struct vls_op op;
    uint8_t *deps;
    bool known = true;

    if (vls_change_open(&c, in, NULL) != VLS_OK)
        return false;
    deps = malloc(c.n_deps * VLS_CHANGE_ID_LEN + 1);
    if (deps == NULL || vls_change_writer_new(&w, NULL) != VLS_OK)
        abort();
    for (size_t i = 0; i < c.n_deps; i++)
        memcpy(deps + i * VLS_CHANGE_ID_LEN, vls_change_dep(&c, i), VLS_CHANGE_ID_LEN);
    while (vls_change_next(&c, &op)) {
        struct vls_dot *named = calloc(op.n_names + 1, sizeof *named);

        if (named == NULL)
            abort();
        for (size_t i = 0; i < op.n_names; i++)
            vls_change_named(&c, &op, i, &named[i]);
        known = known && op.type <= VLS_OP_DECIDE;
        if (known && vls_change_add(w, &op, named, op.n_names, NULL) != VLS_OK)
            abort();
        free(named);
    }
    if (known && vls_change_finish(w, out, c.lamport, c.wall_unix_s, deps, c.n_deps, NULL) != VLS_OK)
        known = false; /* unused references were dropped or notes grew: only limits can end here */
    vls_change_writer_free(w);
    free(deps);
    return known;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vls_buf once, twice;

    vls_buf_init(&once, 2u * VLS_CHANGE_MAX);
    vls_buf_init(&twice, 2u * VLS_CHANGE_MAX);
    if (rewrite(vls_slice_of(data, size), &once)) {
        struct vls_change a, b;

        /* what we wrote is canonical: writing it again changes nothing */
        assert(rewrite(vls_buf_slice(&once), &twice));
        assert(vls_slice_eq(vls_buf_slice(&once), vls_buf_slice(&twice)));
        assert(vls_change_open(&a, vls_slice_of(data, size), NULL) == VLS_OK);
        assert(vls_change_open(&b, vls_buf_slice(&once), NULL) == VLS_OK);
        assert(a.lamport == b.lamport && a.wall_unix_s == b.wall_unix_s && a.n_deps == b.n_deps);
    }
    vls_buf_clear(&once);
    vls_buf_clear(&twice);
    return 0;
}
