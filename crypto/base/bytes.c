/*
 * Capped buffers and sticky readers: the only two ways in which bytes are put together and taken
 * apart. Both keep going after a failure and report it once, so that codecs read as straight lines.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "valise/bytes.h"

#define BUF_FIRST_CAP 256
#define ROOM_FIRST_CAP 8

struct vls_slice
vls_slice_of(const void *p, size_t n)
{
    struct vls_slice s = {p, n};

    return s;
}

struct vls_slice
vls_slice_str(const char *s)
{
    return vls_slice_of(s, s != NULL ? strlen(s) : 0);
}

int
vls_slice_cmp(struct vls_slice a, struct vls_slice b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n > 0 ? memcmp(a.p, b.p, n) : 0;

    if (c != 0)
        return c;
    return a.n < b.n ? -1 : a.n > b.n;
}

bool
vls_slice_eq(struct vls_slice a, struct vls_slice b)
{
    return a.n == b.n && vls_slice_cmp(a, b) == 0;
}

bool
vls_all_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}

void
vls_wipe(void *p, size_t n)
{
    if (p == NULL || n == 0)
        return;
    memset(p, 0, n);
    __asm__ __volatile__("" : : "r"(p) : "memory"); /* the store must not be seen as dead */
}

bool
vls_room(void *at, size_t *cap, size_t have, size_t more, size_t each)
{
    size_t want = *cap > 0 ? *cap : ROOM_FIRST_CAP;
    void *old, *p;

    if (have <= *cap && more <= *cap - have)
        return true;
    while (want < have || want - have < more) {
        if (want > SIZE_MAX / 2)
            return false;
        want *= 2;
    }
    if (want > SIZE_MAX / each || (p = malloc(want * each)) == NULL) /* not realloc, which would leave names behind */
        return false;
    memcpy(&old, at, sizeof old); /* a pointer of any type: all are kept alike */
    if (have > 0)
        memcpy(p, old, have * each);
    vls_wipe_free(old, have * each);
    memcpy(at, &p, sizeof p);
    *cap = want;
    return true;
}

void
vls_wipe_free(void *p, size_t n)
{
    vls_wipe(p, n);
    free(p);
}

void
vls_wipe_free_str(char *s)
{
    if (s != NULL)
        vls_wipe_free(s, strlen(s));
}

void
vls_buf_init(struct vls_buf *b, size_t max)
{
    memset(b, 0, sizeof *b);
    b->max = max < SIZE_MAX ? max : SIZE_MAX - 1; /* a NUL always has its place behind the contents */
}

void
vls_buf_clear(struct vls_buf *b)
{
    size_t max = b->max;

    vls_wipe_free(b->p, b->cap);
    vls_buf_init(b, max);
}

void
vls_buf_reset(struct vls_buf *b)
{
    b->n = 0;
    b->bad = VLS_OK;
}

/* Room for n more bytes and a NUL behind them; not by realloc, which would leave a copy unwiped. */
static bool
buf_reserve(struct vls_buf *b, size_t n)
{
    size_t want, cap;
    uint8_t *p;

    if (b->bad != VLS_OK)
        return false;
    if (n > b->max || b->n > b->max - n) {
        b->bad = VLS_ELIMIT;
        return false;
    }
    want = b->n + n + 1;
    if (want <= b->cap)
        return true;
    cap = b->cap > 0 ? b->cap : BUF_FIRST_CAP;
    while (cap < want)
        cap = cap > SIZE_MAX / 2 ? want : cap * 2;
    if (cap > b->max + 1)
        cap = b->max + 1;
    if ((p = malloc(cap)) == NULL) {
        b->bad = VLS_ENOMEM;
        return false;
    }
    if (b->n > 0)
        memcpy(p, b->p, b->n);
    vls_wipe_free(b->p, b->cap);
    b->p = p;
    b->cap = cap;
    return true;
}

uint8_t *
vls_buf_extend(struct vls_buf *b, size_t n)
{
    uint8_t *at;

    if (!buf_reserve(b, n))
        return NULL;
    at = b->p + b->n;
    b->n += n;
    return at;
}

void
vls_buf_put(struct vls_buf *b, const void *p, size_t n)
{
    uint8_t *at = vls_buf_extend(b, n);

    if (at != NULL && n > 0)
        memcpy(at, p, n);
}

void
vls_buf_put_slice(struct vls_buf *b, struct vls_slice s)
{
    vls_buf_put(b, s.p, s.n);
}

void
vls_buf_put_u8(struct vls_buf *b, uint8_t v)
{
    vls_buf_put(b, &v, 1);
}

void
vls_buf_put_le32(struct vls_buf *b, uint32_t v)
{
    uint8_t *at = vls_buf_extend(b, 4);

    if (at != NULL)
        vls_store_le32(at, v);
}

void
vls_buf_put_le64(struct vls_buf *b, uint64_t v)
{
    uint8_t *at = vls_buf_extend(b, 8);

    if (at != NULL)
        vls_store_le64(at, v);
}

void
vls_buf_put_zeros(struct vls_buf *b, size_t n)
{
    uint8_t *at = vls_buf_extend(b, n);

    if (at != NULL && n > 0)
        memset(at, 0, n);
}

void
vls_buf_printf(struct vls_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    uint8_t *at;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    /* the reserve of one byte behind the contents takes vsnprintf's NUL */
    if (n > 0 && (at = vls_buf_extend(b, (size_t)n)) != NULL)
        (void)vsnprintf((char *)at, (size_t)n + 1, fmt, again);
    va_end(again);
}

const char *
vls_buf_str(struct vls_buf *b)
{
    if (!buf_reserve(b, 0))
        return NULL;
    b->p[b->n] = '\0';
    return (const char *)b->p;
}

struct vls_slice
vls_buf_slice(const struct vls_buf *b)
{
    return vls_slice_of(b->p, b->n);
}

enum vls_code
vls_buf_ok(const struct vls_buf *b, struct vls_error *err)
{
    switch (b->bad) {
    case VLS_OK:
        return VLS_OK;
    case VLS_ELIMIT:
        return VLS_FAIL(err, VLS_ELIMIT, "more than %zu bytes", b->max);
    default:
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a buffer");
    }
}

struct vls_rd
vls_rd_of(const void *p, size_t n)
{
    struct vls_rd r = {p, n, false};

    return r;
}

const uint8_t *
vls_rd_take(struct vls_rd *r, size_t n)
{
    const uint8_t *at = r->p;

    if (r->bad || n > r->left) {
        r->bad = true;
        return NULL;
    }
    if (n > 0)
        r->p += n;
    r->left -= n;
    return at;
}

uint8_t
vls_rd_u8(struct vls_rd *r)
{
    const uint8_t *p = vls_rd_take(r, 1);

    return p != NULL ? *p : 0;
}

uint32_t
vls_rd_le32(struct vls_rd *r)
{
    const uint8_t *p = vls_rd_take(r, 4);

    return p != NULL ? vls_load_le32(p) : 0;
}

uint64_t
vls_rd_le64(struct vls_rd *r)
{
    const uint8_t *p = vls_rd_take(r, 8);

    return p != NULL ? vls_load_le64(p) : 0;
}

bool
vls_rd_done(const struct vls_rd *r)
{
    return !r->bad && r->left == 0;
}

void
vls_store_le32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

void
vls_store_le64(uint8_t *p, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

uint32_t
vls_load_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t
vls_load_le64(const uint8_t *p)
{
    return (uint64_t)vls_load_le32(p) | (uint64_t)vls_load_le32(p + 4) << 32;
}

void
vls_hex(char *out, const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[p[i] >> 4];
        out[2 * i + 1] = digits[p[i] & 15];
    }
    out[2 * n] = '\0';
}

static int
hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool
vls_unhex(uint8_t *out, size_t n, const char *s)
{
    if (strlen(s) != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int hi = hex_digit(s[2 * i]), lo = hex_digit(s[2 * i + 1]);

        if (hi < 0 || lo < 0)
            return false;
        out[i] = (uint8_t)(hi << 4 | lo);
    }
    return true;
}
