/*
 * Deterministic CBOR, strict in both directions. No packaged library refuses non-canonical input,
 * and signatures and ids are taken over bytes, so one value must have exactly one encoding.
 */
#include <string.h>

#include "valise/cbor.h"

static void
put_head(struct vls_buf *b, unsigned major, uint64_t v)
{
    uint8_t h[9];
    size_t n;

    if (v < 24) {
        h[0] = (uint8_t)(major << 5 | v);
        n = 1;
    } else {
        unsigned len = v <= 0xff ? 0 : v <= 0xffff ? 1 : v <= 0xffffffff ? 2 : 3;

        h[0] = (uint8_t)(major << 5 | (24 + len));
        n = (size_t)1 << len;
        for (size_t i = 0; i < n; i++)
            h[1 + i] = (uint8_t)(v >> (8 * (n - 1 - i)));
        n++;
    }
    vls_buf_put(b, h, n);
}

void
vls_cbor_put_uint(struct vls_buf *b, uint64_t v)
{
    put_head(b, 0, v);
}

void
vls_cbor_put_int(struct vls_buf *b, int64_t v)
{
    if (v >= 0)
        put_head(b, 0, (uint64_t)v);
    else
        put_head(b, 1, (uint64_t)(-(v + 1)));
}

void
vls_cbor_put_bytes_head(struct vls_buf *b, size_t n)
{
    put_head(b, 2, n);
}

void
vls_cbor_put_bytes(struct vls_buf *b, const void *p, size_t n)
{
    put_head(b, 2, n);
    vls_buf_put(b, p, n);
}

void
vls_cbor_put_text(struct vls_buf *b, struct vls_slice utf8)
{
    put_head(b, 3, utf8.n);
    vls_buf_put_slice(b, utf8);
}

void
vls_cbor_put_str(struct vls_buf *b, const char *utf8)
{
    vls_cbor_put_text(b, vls_slice_str(utf8));
}

void
vls_cbor_put_array(struct vls_buf *b, size_t n_items)
{
    put_head(b, 4, n_items);
}

void
vls_cbor_put_map(struct vls_buf *b, size_t n_pairs)
{
    put_head(b, 5, n_pairs);
}

void
vls_cbor_put_bool(struct vls_buf *b, bool v)
{
    vls_buf_put_u8(b, v ? 0xf5 : 0xf4);
}

void
vls_cbor_put_null(struct vls_buf *b)
{
    vls_buf_put_u8(b, 0xf6);
}

struct vls_cbor
vls_cbor_of(struct vls_slice s)
{
    struct vls_cbor c = {vls_rd_of(s.p, s.n)};

    return c;
}

enum vls_cbor_type
vls_cbor_peek(const struct vls_cbor *c)
{
    unsigned major;

    if (c->rd.bad || c->rd.left == 0)
        return VLS_CBOR_BAD;
    major = *c->rd.p >> 5;
    if (major <= 5)
        return (enum vls_cbor_type)major;
    switch (*c->rd.p) {
    case 0xf4: return VLS_CBOR_FALSE;
    case 0xf5: return VLS_CBOR_TRUE;
    case 0xf6: return VLS_CBOR_NULL;
    default: return VLS_CBOR_BAD;
    }
}

/* The argument of a head of the wanted major type, refused unless it has its shortest form. */
static uint64_t
get_head(struct vls_cbor *c, unsigned major)
{
    static const uint64_t floor_of[] = {24, 0x100, 0x10000, 0x100000000};
    uint64_t v = 0;
    unsigned h, info;

    if (c->rd.bad || c->rd.left == 0 || (h = *c->rd.p) >> 5 != major || (info = h & 31) > 27) {
        c->rd.bad = true;
        return 0;
    }
    c->rd.p++;
    c->rd.left--;
    if (info < 24)
        return info;
    for (size_t i = 0; i < (size_t)1 << (info - 24); i++)
        v = v << 8 | vls_rd_u8(&c->rd);
    if (v < floor_of[info - 24])
        c->rd.bad = true;
    return c->rd.bad ? 0 : v;
}

uint64_t
vls_cbor_uint(struct vls_cbor *c)
{
    return get_head(c, 0);
}

int64_t
vls_cbor_int(struct vls_cbor *c)
{
    bool neg = vls_cbor_peek(c) == VLS_CBOR_NEGINT;
    uint64_t v = get_head(c, neg ? 1 : 0);

    if (v > INT64_MAX) {
        c->rd.bad = true;
        return 0;
    }
    return neg && !c->rd.bad ? -1 - (int64_t)v : (int64_t)v;
}

static struct vls_slice
get_string(struct vls_cbor *c, unsigned major)
{
    uint64_t n = get_head(c, major);
    const uint8_t *p;

    if (n > c->rd.left) {
        c->rd.bad = true;
        return vls_slice_of(NULL, 0);
    }
    p = vls_rd_take(&c->rd, (size_t)n);
    return vls_slice_of(p, c->rd.bad ? 0 : (size_t)n);
}

struct vls_slice
vls_cbor_bytes(struct vls_cbor *c)
{
    return get_string(c, 2);
}

const uint8_t *
vls_cbor_fixed(struct vls_cbor *c, size_t n)
{
    struct vls_slice s = get_string(c, 2);

    if (c->rd.bad || s.n != n) {
        c->rd.bad = true;
        return NULL;
    }
    return s.p;
}

struct vls_slice
vls_cbor_text(struct vls_cbor *c)
{
    struct vls_slice s = get_string(c, 3);

    if (!c->rd.bad && !vls_utf8_valid(s))
        c->rd.bad = true;
    return c->rd.bad ? vls_slice_of(NULL, 0) : s;
}

/* Each item takes a byte at least, so a count beyond what is left cannot be honest. */
static size_t
get_count(struct vls_cbor *c, unsigned major, size_t max, size_t least_bytes)
{
    uint64_t n = get_head(c, major);

    if (n > max || n > c->rd.left / least_bytes) {
        c->rd.bad = true;
        return 0;
    }
    return (size_t)n;
}

size_t
vls_cbor_array(struct vls_cbor *c, size_t max)
{
    return get_count(c, 4, max, 1);
}

size_t
vls_cbor_map(struct vls_cbor *c, size_t max)
{
    return get_count(c, 5, max, 2);
}

bool
vls_cbor_bool(struct vls_cbor *c)
{
    uint8_t h = vls_rd_u8(&c->rd);

    if (h != 0xf4 && h != 0xf5)
        c->rd.bad = true;
    return !c->rd.bad && h == 0xf5;
}

void
vls_cbor_null(struct vls_cbor *c)
{
    if (vls_rd_u8(&c->rd) != 0xf6)
        c->rd.bad = true;
}

static void skip_item(struct vls_cbor *c, int depth);

static void
skip_map(struct vls_cbor *c, int depth)
{
    size_t n = vls_cbor_map(c, SIZE_MAX);
    struct vls_slice last = {NULL, 0};

    for (size_t i = 0; i < n && !c->rd.bad; i++) {
        struct vls_slice key = {c->rd.p, 0};

        skip_item(c, depth);
        if (c->rd.bad)
            return;
        key.n = (size_t)(c->rd.p - key.p);
        if (i > 0 && vls_slice_cmp(last, key) >= 0)
            c->rd.bad = true;
        last = key;
        skip_item(c, depth);
    }
}

static void
skip_item(struct vls_cbor *c, int depth)
{
    if (depth <= 0) {
        c->rd.bad = true;
        return;
    }
    switch (vls_cbor_peek(c)) {
    case VLS_CBOR_UINT:
        (void)get_head(c, 0);
        break;
    case VLS_CBOR_NEGINT:
        (void)vls_cbor_int(c); /* what no int64 holds is refused here as everywhere */
        break;
    case VLS_CBOR_BYTES:
        (void)vls_cbor_bytes(c);
        break;
    case VLS_CBOR_TEXT:
        (void)vls_cbor_text(c);
        break;
    case VLS_CBOR_ARRAY: {
        size_t n = vls_cbor_array(c, SIZE_MAX);

        for (size_t i = 0; i < n && !c->rd.bad; i++)
            skip_item(c, depth - 1);
        break;
    }
    case VLS_CBOR_MAP:
        skip_map(c, depth - 1);
        break;
    case VLS_CBOR_FALSE:
    case VLS_CBOR_TRUE:
    case VLS_CBOR_NULL:
        (void)vls_rd_u8(&c->rd);
        break;
    case VLS_CBOR_BAD:
        c->rd.bad = true;
        break;
    }
}

struct vls_slice
vls_cbor_item(struct vls_cbor *c)
{
    struct vls_slice s = {c->rd.p, 0};

    skip_item(c, VLS_CBOR_DEPTH_MAX);
    if (c->rd.bad)
        return vls_slice_of(NULL, 0);
    s.n = (size_t)(c->rd.p - s.p);
    return s;
}

bool
vls_cbor_bad(const struct vls_cbor *c)
{
    return c->rd.bad;
}

bool
vls_cbor_done(const struct vls_cbor *c)
{
    return vls_rd_done(&c->rd);
}

void
vls_cbor_fail(struct vls_cbor *c)
{
    c->rd.bad = true;
}

/* True for eight bytes of ASCII without NUL: taking one from each borrows from the next, or sets a high bit, only at a NUL. */
static bool
is_plain(const uint8_t *p)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return ((v | (v - ones)) & ones << 7) == 0;
}

bool
vls_utf8_valid(struct vls_slice s)
{
    size_t i = 0;

    while (i < s.n) {
        uint8_t a = s.p[i];
        size_t more = a < 0x80 ? 0 : a >= 0xc2 && a < 0xe0 ? 1 : a >= 0xe0 && a < 0xf0 ? 2
                      : a >= 0xf0 && a < 0xf5                                    ? 3
                                                                                 : 9;

        if (s.n - i >= 8 && is_plain(s.p + i)) { /* most text, most of the time */
            i += 8;
            continue;
        }
        if (a == 0 || more > 3 || s.n - i <= more)
            return false;
        for (size_t k = 1; k <= more; k++)
            if ((s.p[i + k] & 0xc0) != 0x80)
                return false;
        if ((a == 0xe0 && s.p[i + 1] < 0xa0) || (a == 0xed && s.p[i + 1] > 0x9f) ||
            (a == 0xf0 && s.p[i + 1] < 0x90) || (a == 0xf4 && s.p[i + 1] > 0x8f))
            return false;
        i += 1 + more;
    }
    return true;
}
