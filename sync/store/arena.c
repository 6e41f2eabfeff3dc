/*
 * Memory that belongs together and goes together: the rows of one record. Blocks are wiped before they
 * are freed, since they hold record text.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define BLOCK_MIN 2048
#define ALIGN _Alignof(max_align_t)

struct vls__block {
    struct vls__block *older;
    size_t size, used;
    _Alignas(max_align_t) uint8_t bytes[];
};

void *
vls__arena_alloc(struct vls__arena *a, size_t n)
{
    size_t want = (n + ALIGN - 1) / ALIGN * ALIGN, size;
    struct vls__block *b = a->newest;

    if (want < n) {
        a->bad = true;
        return NULL;
    }
    if (b == NULL || a->left < want) {
        size = b != NULL ? 2 * b->size : BLOCK_MIN;
        if (size > 65536)
            size = 65536;
        if (size < want)
            size = want;
        if ((b = calloc(1, sizeof *b + size)) == NULL) {
            a->bad = true;
            return NULL;
        }
        b->older = a->newest;
        b->size = size;
        a->newest = b;
        a->left = size;
    }
    a->left -= want;
    b->used += want;
    return b->bytes + b->used - want;
}

struct vls_slice
vls__arena_copy(struct vls__arena *a, struct vls_slice s)
{
    uint8_t *p = s.n < SIZE_MAX ? vls__arena_alloc(a, s.n + 1) : NULL;

    if (p == NULL)
        return vls_slice_of("", 0);
    if (s.n > 0)
        memcpy(p, s.p, s.n);
    return vls_slice_of(p, s.n);
}

const char *
vls__arena_str(struct vls__arena *a, const char *s)
{
    return (const char *)vls__arena_copy(a, vls_slice_str(s)).p;
}

void
vls__arena_clear(struct vls__arena *a)
{
    while (a->newest != NULL) {
        struct vls__block *b = a->newest;

        a->newest = b->older;
        vls_wipe(b->bytes, b->used);
        free(b);
    }
    a->left = 0;
    a->bad = false;
}
