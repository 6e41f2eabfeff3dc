/*
 * One pack and its index, written by ourselves: libgit2 would search deltas in sealed bytes and deflate
 * them, and its indexer writes through memory maps, where a full disk is a signal and not an error.
 * Formats: git's gitformat-pack(5), pack version 2 and index version 2; RFC 1950 and 1951 for stored blocks.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "sync/courier/pack.h"

#define BUF_SIZE ((size_t)64 * 1024)
#define STORED_MAX ((size_t)65535)    /* bytes in one stored block of deflate */
#define PACK_MAX UINT64_C(0x7fffffff) /* larger offsets need another table in the index */
/* Data is pushed to the medium while more arrives, so that no single sync takes minutes on a slow stick. */
#define SYNC_EVERY ((uint64_t)8 * 1024 * 1024)

static void
store_be32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (24 - 8 * i));
}

static bool
pack_flush(struct pack *p)
{
    if (!file_write(p->fd, p->buf, p->buf_n))
        return false;
    p->buf_n = 0;
    if (p->at - p->synced >= SYNC_EVERY) {
        if (!file_sync(p->fd))
            return false;
        p->synced = p->at;
    }
    return true;
}

/* Appends bytes to the file; they count in its checksum. */
static bool
pack_put(struct pack *p, const void *bytes, size_t n)
{
    const uint8_t *in = bytes;

    sha1_add(&p->sha, in, n);
    p->crc = (uint32_t)crc32_z(p->crc, in, n);
    while (n > 0) {
        size_t take = BUF_SIZE - p->buf_n < n ? BUF_SIZE - p->buf_n : n;

        memcpy(p->buf + p->buf_n, in, take);
        p->buf_n += take;
        p->at += take;
        in += take;
        n -= take;
        if (p->buf_n == BUF_SIZE && !pack_flush(p))
            return false;
    }
    return true;
}

static int
temp_open(const struct pack *p, char *name, size_t cap, const char *prefix)
{
    int fd;

    file_temp_name(name, cap, prefix);
    fd = openat(p->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, p->mode);
    if (fd < 0)
        name[0] = '\0';
    return fd;
}

enum vls_code
pack_begin(struct pack *p, const struct hub *hub, uint32_t n, struct vls_error *err)
{
    uint8_t head[12] = "PACK";

    memset(p, 0, sizeof *p);
    p->fd = p->idx = -1;
    p->mode = hub->dir_mode & 0666;
    p->want = n;
    sha1_init(&p->sha);
    if ((p->dir = folder_open(hub->fd, "objects", "pack")) < 0)
        return file_fail(err, errno, "its folder of packs cannot be opened");
    if ((p->entry = calloc(n, sizeof *p->entry)) == NULL || (p->buf = malloc(BUF_SIZE)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    if ((p->fd = temp_open(p, p->temp_pack, sizeof p->temp_pack, "tmp_pack_")) < 0)
        return file_fail(err, errno, "a file cannot be created");
    store_be32(head + 4, 2);
    store_be32(head + 8, n);
    if (!pack_put(p, head, sizeof head))
        return file_fail(err, errno, "a file cannot be written");
    return VLS_OK;
}

/* The head of a packed object: kind, and length in groups of 4, 7, 7… bits. */
static size_t
object_head(uint8_t out[10], enum object_kind kind, size_t n)
{
    size_t len = 0;
    unsigned c = (unsigned)kind << 4 | (unsigned)(n & 15);

    n >>= 4;
    while (n > 0) {
        out[len++] = (uint8_t)(c | 0x80);
        c = n & 0x7f;
        n >>= 7;
    }
    out[len++] = (uint8_t)c;
    return len;
}

/* A zlib stream of stored blocks. */
static bool
stored_put(struct pack *p, const uint8_t *bytes, size_t n)
{
    static const uint8_t zlib_head[2] = {0x78, 0x01};
    uint32_t sum = (uint32_t)adler32_z(1, bytes, n);
    uint8_t tail[4];

    if (!pack_put(p, zlib_head, sizeof zlib_head))
        return false;
    do {
        size_t len = n < STORED_MAX ? n : STORED_MAX;
        uint8_t head[5] = {len == n, (uint8_t)len, (uint8_t)(len >> 8), (uint8_t)~len, (uint8_t)(~len >> 8)};

        if (!pack_put(p, head, sizeof head) || !pack_put(p, bytes, len))
            return false;
        bytes += len;
        n -= len;
    } while (n > 0);
    store_be32(tail, sum);
    return pack_put(p, tail, sizeof tail);
}

enum vls_code
pack_add(struct pack *p, enum object_kind kind, const void *bytes, size_t n, uint8_t id[VLS__OID],
         struct vls_error *err)
{
    struct pack_entry *e = &p->entry[p->n];
    uint8_t head[10];

    if (p->n == p->want || p->at + n + n / STORED_MAX * 5 + 64 > PACK_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "too much for one transfer");
    if (!object_id(e->id, kind, bytes, n))
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    e->at = (uint32_t)p->at;
    p->crc = 0;
    if (!pack_put(p, head, object_head(head, kind, n)) || !stored_put(p, bytes, n))
        return file_fail(err, errno, "a file cannot be written");
    e->crc = p->crc;
    p->n++;
    memcpy(id, e->id, VLS__OID);
    return VLS_OK;
}

uint64_t
pack_object_size(enum object_kind kind, size_t n)
{
    uint8_t head[10];
    size_t blocks = n > 0 ? (n - 1) / STORED_MAX + 1 : 1;

    return object_head(head, kind, n) + 2 + 5 * (uint64_t)blocks + n + 4;
}

static int
entry_order(const void *a, const void *b)
{
    const struct pack_entry *x = a, *y = b;

    return memcmp(x->id, y->id, VLS__OID);
}

/* The index: heads, counts by first byte, ids, checksums, offsets, and the two sums. */
static bool
index_encode(struct pack *p, struct vls_buf *out)
{
    static const uint8_t head[8] = {0xff, 't', 'O', 'c', 0, 0, 0, 2};
    struct sha1 sha;
    uint32_t n = 0;
    uint8_t v[4], sum[20];

    qsort(p->entry, p->n, sizeof *p->entry, entry_order);
    vls_buf_put(out, head, sizeof head);
    for (unsigned first = 0; first < 256; first++) {
        while (n < p->n && p->entry[n].id[0] == first)
            n++;
        store_be32(v, n);
        vls_buf_put(out, v, sizeof v);
    }
    for (n = 0; n < p->n; n++)
        vls_buf_put(out, p->entry[n].id, VLS__OID);
    for (n = 0; n < p->n; n++) {
        store_be32(v, p->entry[n].crc);
        vls_buf_put(out, v, sizeof v);
    }
    for (n = 0; n < p->n; n++) {
        store_be32(v, p->entry[n].at);
        vls_buf_put(out, v, sizeof v);
    }
    vls_buf_put(out, p->sum, sizeof p->sum);
    sha1_init(&sha);
    sha1_add(&sha, out->p, out->bad == VLS_OK ? out->n : 0);
    sha1_end(&sha, sum);
    vls_buf_put(out, sum, sizeof sum);
    return out->bad == VLS_OK;
}

enum vls_code
pack_finish(struct pack *p, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    struct vls_buf index;

    vls_buf_init(&index, 2000 + (size_t)p->n * (VLS__OID + 8));
    if (p->n != p->want) {
        rc = VLS_FAIL(err, VLS_EIO, "fewer objects than announced");
        goto out;
    }
    sha1_end(&p->sha, p->sum);
    if (!pack_put(p, p->sum, sizeof p->sum) || !pack_flush(p)) {
        rc = file_fail(err, errno, "a file cannot be written");
        goto out;
    }
    if (!index_encode(p, &index)) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
        goto out;
    }
    if ((p->idx = temp_open(p, p->temp_idx, sizeof p->temp_idx, "tmp_idx_")) < 0 ||
        !file_write(p->idx, index.p, index.n) || !file_sync(p->fd) || !file_sync(p->idx))
        rc = file_fail(err, errno, "a file cannot be written");
out:
    vls_buf_clear(&index);
    return rc;
}

void
pack_name(const struct pack *p, char *out, size_t cap, const char *extension)
{
    char hex[2 * sizeof p->sum + 1];

    vls_hex(hex, p->sum, sizeof p->sum);
    (void)snprintf(out, cap, "pack-%s%s", hex, extension);
}

/*
 * Gives a temporary file its name, for good: FAT keeps where a file lies beside its name, and writes it there with the
 * file, not with the folder.
 */
static bool
temp_name(struct pack *p, int fd, char *temp, const char *extension)
{
    char name[PACK_NAME];

    pack_name(p, name, sizeof name, extension);
    if (renameat(p->dir, temp, p->dir, name) != 0)
        return false;
    temp[0] = '\0';
    return file_sync(fd);
}

enum vls_code
pack_publish(struct pack *p, struct vls_error *err)
{
    if (!temp_name(p, p->fd, p->temp_pack, ".pack") || !temp_name(p, p->idx, p->temp_idx, ".idx"))
        return file_fail(err, errno, "a file cannot be renamed");
    if (!folder_sync(p->dir))
        return file_fail(err, errno, "a folder cannot be synced");
    return VLS_OK;
}

void
pack_abort(struct pack *p)
{
    if (p->temp_pack[0] != '\0')
        (void)unlinkat(p->dir, p->temp_pack, 0);
    if (p->temp_idx[0] != '\0')
        (void)unlinkat(p->dir, p->temp_idx, 0);
    if (p->fd >= 0)
        (void)close(p->fd);
    if (p->idx >= 0)
        (void)close(p->idx);
    if (p->dir >= 0)
        (void)close(p->dir);
    free(p->entry);
    free(p->buf);
    memset(p, 0, sizeof *p);
    p->dir = p->fd = p->idx = -1;
}
