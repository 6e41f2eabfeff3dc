#ifndef TESTS_CRYPTO_PAGELOG_IMAGE_H
#define TESTS_CRYPTO_PAGELOG_IMAGE_H

/* A small store whose bytes are kept and changed, and every state that it has been in. */

#include "disk.h"

#define STATES 24

/* A store's bytes and every state it has been in, the newest last. */
struct image {
    uint8_t *bytes;
    size_t n;
    struct model state[STATES];
    int n_states;
    uint32_t last_header, last_page, seal; /* blocks: of the last transaction, and where the chain goes on */
};

static inline void
image_keep(struct image *im)
{
    free(im->bytes);
    im->bytes = disk_keep(&im->n);
}

static inline void
image_free(struct image *im)
{
    free(im->bytes);
    free(im);
}

/* A store of a few pages and commits, small enough to try everything; ckpt is the number of headers kept. */
static inline struct image *
image_new(int commits, int closed, uint32_t ckpt)
{
    struct image *im = calloc(1, sizeof *im);
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    struct model *m = &im->state[0];
    struct pl_ref ref;

    memio_clear(&disk);
    check_ok(vls_pagelog_open(&log, &disk.io, "store", key, VLS_PAGELOG_CREATE, &err), &err);
    vls__pl_limits(log, ckpt, 4, 16);
    check_ok(vls_pagelog_begin(log, &err), &err);
    for (uint32_t i = 0; i < 4; i++)
        check_ok(model_put(log, m, i, 100 + i, &err), &err);
    check_ok(vls_pagelog_commit(log, &err), &err);
    check_ok(vls_pagelog_compact(log, NULL, &err), &err); /* gives back the first step of 1 MiB */
    im->n_states = 1;
    for (int c = 0; c < commits; c++) {
        m = &im->state[im->n_states];
        *m = im->state[im->n_states - 1];
        im->last_header = log->next;
        check_ok(vls_pagelog_begin(log, &err), &err);
        check_ok(model_put(log, m, 0, 1000 + (uint32_t)c, &err), &err);
        check_ok(model_put(log, m, 1 + (uint32_t)c % 4, 2000 + (uint32_t)c, &err), &err);
        check_ok(vls_pagelog_commit(log, &err), &err);
        im->n_states++;
    }
    check_ok(vls__pl_map_get(log, 0, &ref, &err), &err);
    im->last_page = ref.block;
    im->seal = log->next;
    if (closed)
        vls_pagelog_close(log);
    else
        vls__pl_free(log);
    image_keep(im);
    return im;
}

/* Which state the bytes on the disk are: its number, or -1 - code when they were refused. */
static inline int
judge_with(const struct image *im, const struct vls_secret *k, unsigned flags)
{
    struct vls_pagelog *log = NULL;
    struct vls_error err = {0};
    enum vls_code rc = vls_pagelog_open(&log, &disk.io, "store", k, flags, &err);
    int found = -1;

    if (rc != VLS_OK) {
        assert_null(log);
        assert_true(err.text[0] != '\0');
        return -1 + (int)rc;
    }
    rc = VLS_EVALUE;
    for (int i = im->n_states - 1; i >= 0 && rc == VLS_EVALUE; i--)
        if ((rc = model_compare(log, &im->state[i], &err)) == VLS_OK)
            found = i;
    if (rc == VLS_EVALUE)
        fail_msg("a state that never was: %s", err.text);
    vls_pagelog_close(log);
    return rc == VLS_OK ? found : -1 + (int)rc;
}

#define REFUSED(code) (-1 + (int)(code))

static inline int
judge(const struct image *im, const uint8_t *bytes, size_t n)
{
    memio_load(&disk, "store", bytes, n);
    return judge_with(im, key, 0);
}

#endif
