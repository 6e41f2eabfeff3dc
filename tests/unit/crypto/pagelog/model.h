#ifndef TESTS_PAGELOG_MODEL_H
#define TESTS_PAGELOG_MODEL_H

#include "tests/support/check.h"

#include "crypto/pagelog/pagelog_int.h"

/*
 * What a log should hold: one number per page, from which the page's content is made. Number 0 stands for a
 * hole. A step is one random transaction on log and model alike.
 */

#define MODEL_PAGES 900

struct model {
    uint32_t n;
    uint32_t value[MODEL_PAGES];
};

static inline void
model_page(uint8_t out[VLS_PAGELOG_PAGE], uint32_t value)
{
    uint64_t seed = value;

    memset(out, 0, VLS_PAGELOG_PAGE);
    if (value == 0)
        return;
    vls_store_le32(out, value);
    for (size_t i = 8; i < 64; i += 8)
        vls_store_le64(out + i, check_random(&seed));
    vls_store_le32(out + VLS_PAGELOG_PAGE - 4, ~value);
}

/* VLS_OK when the log holds the model; VLS_EVALUE when it differs; else the log's own failure. */
static inline enum vls_code
model_compare(struct vls_pagelog *log, const struct model *m, struct vls_error *err)
{
    uint8_t page[VLS_PAGELOG_BLOCK], want[VLS_PAGELOG_PAGE];
    enum vls_code rc;

    if (vls_pagelog_pages(log) != m->n)
        return VLS_FAIL(err, VLS_EVALUE, "%u pages instead of %u", (unsigned)vls_pagelog_pages(log), (unsigned)m->n);
    for (uint32_t i = 0; i < m->n; i++) {
        if ((rc = vls_pagelog_get(log, i, page, err)) != VLS_OK)
            return rc;
        model_page(want, m->value[i]);
        if (memcmp(page, want, VLS_PAGELOG_PAGE) != 0)
            return VLS_FAIL(err, VLS_EVALUE, "page %u is not what it should be (%u)", (unsigned)i,
                            (unsigned)m->value[i]);
    }
    return VLS_OK;
}

static inline enum vls_code
model_put(struct vls_pagelog *log, struct model *m, uint32_t page, uint32_t value, struct vls_error *err)
{
    uint8_t plain[VLS_PAGELOG_PAGE];
    enum vls_code rc;

    model_page(plain, value);
    if ((rc = vls_pagelog_put(log, page, plain, err)) != VLS_OK)
        return rc;
    for (; m->n <= page; m->n++)
        m->value[m->n] = 0;
    m->value[page] = value;
    return VLS_OK;
}

static inline enum vls_code
model_truncate(struct vls_pagelog *log, struct model *m, uint32_t pages, struct vls_error *err)
{
    enum vls_code rc = vls_pagelog_truncate(log, pages, err);

    if (rc != VLS_OK)
        return rc;
    for (; m->n < pages; m->n++)
        m->value[m->n] = 0;
    for (uint32_t i = pages; i < m->n; i++)
        m->value[i] = 0;
    m->n = pages;
    return VLS_OK;
}

/*
 * One random transaction of about most pages, without its end. On failure the model is somewhere in between;
 * the caller keeps a copy.
 */
static inline enum vls_code
model_step(struct vls_pagelog *log, struct model *m, uint32_t most, uint64_t *seed, struct vls_error *err)
{
    uint32_t puts = (uint32_t)(check_random(seed) % (most + 1)), limit = m->n + 4;
    enum vls_code rc;

    if (limit > MODEL_PAGES)
        limit = MODEL_PAGES;
    if ((rc = vls_pagelog_begin(log, err)) != VLS_OK)
        return rc;
    for (uint32_t i = 0; i < puts; i++)
        if ((rc = model_put(log, m, (uint32_t)(check_random(seed) % limit), (uint32_t)(check_random(seed) >> 33) | 1,
                            err)) != VLS_OK)
            return rc;
    switch (check_random(seed) % 8) {
    case 0:
        if ((rc = model_truncate(log, m, (uint32_t)(check_random(seed) % (m->n + 1)), err)) != VLS_OK)
            return rc;
        break;
    case 1:
        if (m->n + 30 < MODEL_PAGES && (rc = model_truncate(log, m, m->n + 30, err)) != VLS_OK)
            return rc;
        break;
    default: break;
    }
    /* what was dropped and comes back in the same transaction */
    for (uint32_t i = 0; i < puts / 3; i++)
        if ((rc = model_put(log, m, (uint32_t)(check_random(seed) % (m->n + 2 < MODEL_PAGES ? m->n + 2 : MODEL_PAGES)),
                            (uint32_t)(check_random(seed) >> 33) | 1, err)) != VLS_OK)
            return rc;
    return VLS_OK;
}

/* A key that is the same in every run, so that files of one test can be opened by another. */
static inline struct vls_secret *
model_key(uint8_t first)
{
    struct vls_secret *key = NULL;
    struct vls_error err = {0};
    uint8_t bytes[VLS_KEY_LEN] = {first, 1, 2, 3};

    check_ok(vls_secret_copy(&key, bytes, sizeof bytes, &err), &err);
    return key;
}

#endif
