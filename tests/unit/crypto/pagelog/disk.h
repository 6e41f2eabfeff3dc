#ifndef TESTS_CRYPTO_PAGELOG_DISK_H
#define TESTS_CRYPTO_PAGELOG_DISK_H

/* A disk in memory and two keys, for all the tests of a file. */
#include "memio.h"
#include "model.h"

static struct vls_secret *key, *other_key;
static struct memio disk;

static inline int
disk_setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    key = model_key(1);
    other_key = model_key(2);
    memio_init(&disk);
    return 0;
}

static inline int
disk_teardown(void **state)
{
    (void)state;
    memio_clear(&disk);
    vls_secret_free(key);
    vls_secret_free(other_key);
    return 0;
}

static inline uint8_t *
block_at(uint8_t *bytes, uint32_t block)
{
    return bytes + (size_t)block * VLS_PAGELOG_BLOCK;
}

/* What the disk holds of the store, to be freed. */
static inline uint8_t *
disk_keep(size_t *n)
{
    struct memio_file *f = memio_named(&disk, "store");
    uint8_t *p = malloc(f->n_now);

    assert_non_null(p);
    memcpy(p, f->now, f->n_now);
    *n = f->n_now;
    return p;
}

/* The disk holds what it was given. */
static inline void
unchanged(const uint8_t *bytes, size_t n)
{
    const struct memio_file *f = memio_named(&disk, "store");

    assert_int_equal(f->n_now, n);
    if (n > 0 && memcmp(f->now, bytes, n) != 0)
        fail_msg("a refused store was changed");
}

#endif
