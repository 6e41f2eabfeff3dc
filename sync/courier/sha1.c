/* SHA-1 (FIPS 180-4, section 6.1), because git's pack format ends in one and libgit2 offers no plain hash. */
#include <string.h>

#include "sync/courier/sha1.h"

static uint32_t
rotl(uint32_t x, unsigned n)
{
    return x << n | x >> (32 - n);
}

static uint32_t
load_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

#define STEP(f, k, i)                                                                                        \
    do {                                                                                                     \
        uint32_t t_ = rotl(a, 5) + (f) + e + (k) + w[(i)&15];                                                \
        e = d;                                                                                               \
        d = c;                                                                                               \
        c = rotl(b, 30);                                                                                     \
        b = a;                                                                                               \
        a = t_;                                                                                              \
    } while (0)
#define NEXT(i) (w[(i)&15] = rotl(w[((i) + 13) & 15] ^ w[((i) + 8) & 15] ^ w[((i) + 2) & 15] ^ w[(i)&15], 1))

static void
sha1_block(uint32_t h[5], const uint8_t *p)
{
    uint32_t w[16], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    unsigned i;

    for (i = 0; i < 16; i++) {
        w[i] = load_be32(p + 4 * (size_t)i);
        STEP(d ^ (b & (c ^ d)), 0x5a827999u, i);
    }
    for (; i < 20; i++) {
        NEXT(i);
        STEP(d ^ (b & (c ^ d)), 0x5a827999u, i);
    }
    for (; i < 40; i++) {
        NEXT(i);
        STEP(b ^ c ^ d, 0x6ed9eba1u, i);
    }
    for (; i < 60; i++) {
        NEXT(i);
        STEP((b & c) | (d & (b | c)), 0x8f1bbcdcu, i);
    }
    for (; i < 80; i++) {
        NEXT(i);
        STEP(b ^ c ^ d, 0xca62c1d6u, i);
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void
sha1_init(struct sha1 *s)
{
    static const uint32_t start[5] = {0x67452301u, 0xefcdab89u, 0x98badcfeu, 0x10325476u, 0xc3d2e1f0u};

    memcpy(s->h, start, sizeof start);
    s->n = 0;
}

void
sha1_add(struct sha1 *s, const void *p, size_t n)
{
    const uint8_t *in = p;
    size_t have = s->n & 63;

    s->n += n;
    if (have > 0) {
        size_t take = n < 64 - have ? n : 64 - have;

        memcpy(s->block + have, in, take);
        in += take;
        n -= take;
        if (have + take < 64)
            return;
        sha1_block(s->h, s->block);
    }
    for (; n >= 64; in += 64, n -= 64)
        sha1_block(s->h, in);
    if (n > 0)
        memcpy(s->block, in, n);
}

void
sha1_end(struct sha1 *s, uint8_t out[20])
{
    static const uint8_t pad[64] = {0x80};
    uint64_t bits = s->n * 8;
    uint8_t len[8];

    for (int i = 0; i < 8; i++)
        len[i] = (uint8_t)(bits >> (56 - 8 * i));
    sha1_add(s, pad, 1 + ((119 - (s->n & 63)) & 63));
    sha1_add(s, len, sizeof len);
    for (int i = 0; i < 20; i++)
        out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}
