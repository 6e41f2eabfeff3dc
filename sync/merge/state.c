/*
 * Digests of merged records and their sum. A record's digest is a chain of hashes, so that it needs
 * no memory for any number of values; the sum of records is LtHash with 1024 lanes of 16 bits
 * (Lewi, Kim, Maykov, Weis: Securing Update Propagation with Homomorphic Hashing, 2019).
 */
#include <string.h>

#include "valise/merge.h"
#include "valise/prim.h"

#define STATE_LEN (2 * VLS_STATE_LANES)

_Static_assert(STATE_LEN % VLS_STRETCH_BLOCK == 0, "whole blocks");

/* digest = hash(digest before, head, tail); tail's length stands in head. */
static void
chain(uint8_t digest[VLS_HASH_LEN], const char *label, const uint8_t *head, size_t head_len, struct vls_slice tail)
{
    uint8_t before[VLS_HASH_LEN];
    struct vls_slice parts[3] = {{before, sizeof before}, {head, head_len}, tail};

    memcpy(before, digest, sizeof before);
    vls_hash(digest, label, parts, 3);
}

static void
chain_rival(uint8_t digest[VLS_HASH_LEN], const struct vls_rival *r)
{
    uint8_t head[VLS_CHANGE_ID_LEN + 4 + 8 + 4 + 4];

    memcpy(head, r->dot.change, VLS_CHANGE_ID_LEN);
    vls_store_le32(head + 32, r->dot.op);
    vls_store_le64(head + 36, r->lamport);
    vls_store_le32(head + 44, (uint32_t)r->cite);
    vls_store_le32(head + 48, (uint32_t)r->value.n);
    chain(digest, "valise rival", head, sizeof head, r->value);
}

void
vls_record_digest(uint8_t out[32], const uint8_t record[VLS_ID_LEN], uint32_t kind,
                  const struct vls_register *registers, size_t n)
{
    uint8_t head[16], digest[VLS_HASH_LEN], kind_le[4];
    struct vls_slice parts[2] = {{record, VLS_ID_LEN}, {kind_le, sizeof kind_le}};

    vls_store_le32(kind_le, kind);
    vls_hash(digest, "valise record", parts, 2);
    for (size_t i = 0; i < n; i++) {
        const struct vls_register *g = &registers[i];

        vls_store_le32(head, g->field);
        vls_store_le32(head + 4, (uint32_t)g->n_rivals);
        vls_store_le32(head + 8, (uint32_t)g->n_shown);
        vls_store_le32(head + 12, (uint32_t)g->key.n);
        chain(digest, "valise register", head, sizeof head, g->key);
        for (size_t k = 0; k < g->n_rivals; k++)
            chain_rival(digest, &g->rivals[k]);
    }
    memcpy(out, digest, VLS_HASH_LEN);
}

void
vls_state_init(struct vls_state *s)
{
    memset(s, 0, sizeof *s);
}

/* The digest stretched to all lanes, added (sign 1) or taken away (sign 0xffff), modulo 2^16. */
static void
accumulate(struct vls_state *s, const uint8_t record_digest[32], unsigned sign)
{
    uint8_t bytes[STATE_LEN];

    vls_stretch(bytes, STATE_LEN / VLS_STRETCH_BLOCK, "valise lanes", record_digest);
    for (size_t i = 0; i < VLS_STATE_LANES; i++) {
        unsigned v = bytes[2 * i] | (unsigned)bytes[2 * i + 1] << 8;

        s->lane[i] = (uint16_t)(s->lane[i] + sign * v);
    }
}

void
vls_state_add(struct vls_state *s, const uint8_t record_digest[32])
{
    accumulate(s, record_digest, 1);
}

void
vls_state_sub(struct vls_state *s, const uint8_t record_digest[32])
{
    accumulate(s, record_digest, 0xffff);
}

void
vls_state_digest(uint8_t out[32], const struct vls_state *s)
{
    uint8_t bytes[STATE_LEN];

    for (size_t i = 0; i < VLS_STATE_LANES; i++) {
        bytes[2 * i] = (uint8_t)(s->lane[i] & 0xff);
        bytes[2 * i + 1] = (uint8_t)(s->lane[i] >> 8);
    }
    vls_hash1(out, "valise state", bytes, sizeof bytes);
}
