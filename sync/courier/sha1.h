#ifndef SYNC_COURIER_SHA1_H
#define SYNC_COURIER_SHA1_H

#include <stddef.h>
#include <stdint.h>

/*
 * SHA-1 as the checksum at the end of a pack and of its index. Nothing is trusted because of it: blobs
 * are known by their BLAKE2b-256, which the parent checks.
 */
struct sha1 {
    uint32_t h[5];
    uint64_t n;
    uint8_t block[64];
};

void sha1_init(struct sha1 *s);
void sha1_add(struct sha1 *s, const void *p, size_t n);
void sha1_end(struct sha1 *s, uint8_t out[20]);

#endif
