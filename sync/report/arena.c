/*
 * The memory of one report. Rows carry decrypted text, so all of it is wiped when the report closes;
 * giving it out from blocks makes that one place instead of one per string.
 */
#include <stdlib.h>

#include "report_int.h"

enum { BLOCK = 64 * 1024 };

struct rp_block {
    struct rp_block *next;
    size_t n, cap;
    max_align_t bytes[];
};

void *
vls__rp_alloc(struct rp_arena *a, size_t n, size_t size)
{
    struct rp_block *b = a->head;
    size_t want;
    void *p;

    if (n != 0 && size > (SIZE_MAX / 2) / n) {
        a->bad = VLS_ENOMEM;
        return NULL;
    }
    want = (n * size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    if (b == NULL || b->cap - b->n < want) {
        size_t cap = want > BLOCK ? want : BLOCK;

        b = malloc(sizeof *b + cap);
        if (b == NULL) {
            a->bad = VLS_ENOMEM;
            return NULL;
        }
        b->next = a->head;
        b->n = 0;
        b->cap = cap;
        a->head = b;
    }
    p = (uint8_t *)b->bytes + b->n;
    b->n += want;
    memset(p, 0, want);
    return p;
}

const char *
vls__rp_strn(struct rp_arena *a, const void *p, size_t n)
{
    char *s;

    if (n == 0 || (s = vls__rp_alloc(a, n + 1, 1)) == NULL)
        return "";
    memcpy(s, p, n);
    return s;
}

const char *
vls__rp_str(struct rp_arena *a, const char *s)
{
    return vls__rp_strn(a, s, strlen(s));
}

const char *
vls__rp_take(struct rp_arena *a, struct vls_buf *b)
{
    const char *s = vls__rp_strn(a, b->p, b->n);

    if (b->bad != VLS_OK)
        a->bad = VLS_ENOMEM;
    vls_buf_clear(b);
    return s;
}

void *
vls__rp_room(struct rp_arena *a, void *v, size_t n, size_t *cap, size_t size)
{
    size_t more = *cap == 0 ? 8 : *cap * 2;
    void *p;

    if (n < *cap)
        return v;
    if ((p = vls__rp_alloc(a, more, size)) == NULL)
        return NULL;
    if (n != 0)
        memcpy(p, v, n * size);
    *cap = more;
    return p;
}

void
vls__rp_arena_clear(struct rp_arena *a)
{
    struct rp_block *b, *next;

    for (b = a->head; b != NULL; b = next) {
        next = b->next;
        vls_wipe(b->bytes, b->n);
        free(b);
    }
    a->head = NULL;
    a->bad = VLS_OK;
}
