#ifndef TESTS_UNIT_SYNC_TRANSPORT_RAW_H
#define TESTS_UNIT_SYNC_TRANSPORT_RAW_H

/* Packs whose objects claim what they like. Include after hostile.h. */
#define OBJECTS_MAX 8
enum { BLOB = 3, DELTA = 6 };

struct raw_pack {
    struct vls_buf bytes;
    size_t n;
    struct {
        uint8_t id[VLS__OID];
        size_t at;
    } object[OBJECTS_MAX];
};

static inline void
put_be32(struct vls_buf *b, uint32_t v)
{
    vls_buf_put(b, (uint8_t[]){(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v}, 4);
}

static inline void
raw_begin(struct raw_pack *p, uint32_t n)
{
    memset(p, 0, sizeof *p);
    vls_buf_init(&p->bytes, 64 << 20);
    vls_buf_put(&p->bytes, "PACK", 4);
    put_be32(&p->bytes, 2);
    put_be32(&p->bytes, n);
}

/* Adds an object that claims to have claimed bytes; a delta is based on the object before it. Ids are
 * invented: what cannot be unfolded is never compared with its id. */
static inline void
raw_add(struct raw_pack *p, unsigned kind, uint64_t claimed, const uint8_t *bytes, size_t n)
{
    size_t at = p->bytes.n, back;
    uint8_t c = (uint8_t)(kind << 4 | (claimed & 15)), ofs[10];
    int i = 9;

    for (claimed >>= 4; claimed > 0; claimed >>= 7) {
        vls_buf_put_u8(&p->bytes, c | 0x80);
        c = claimed & 0x7f;
    }
    vls_buf_put_u8(&p->bytes, c);
    if (kind == DELTA) {
        back = at - p->object[p->n - 1].at;
        ofs[i] = back & 0x7f;
        while ((back >>= 7) > 0)
            ofs[--i] = (uint8_t)(0x80 | (--back & 0x7f));
        vls_buf_put(&p->bytes, ofs + i, (size_t)(10 - i));
    }
    stored_put(&p->bytes, bytes, n);
    p->object[p->n].at = at;
    p->object[p->n].id[0] = (uint8_t)(0x10 * (p->n + 1)); /* ascending, as the index wants them */
    p->n++;
}

static inline void
put_varint(struct vls_buf *b, uint64_t v)
{
    for (; v > 0x7f; v >>= 7)
        vls_buf_put_u8(b, (uint8_t)(v | 0x80));
    vls_buf_put_u8(b, (uint8_t)v);
}

/* A delta from size bytes that copies len bytes (at most 2^24 - 1) times over. */
static inline uint64_t
delta_put(struct vls_buf *b, uint64_t size, uint32_t len, unsigned times)
{
    vls_buf_reset(b);
    put_varint(b, size);
    put_varint(b, (uint64_t)len * times);
    for (unsigned i = 0; i < times; i++)
        vls_buf_put(b, (uint8_t[]){0xf0, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16)}, 4);
    return (uint64_t)len * times;
}

#endif
