/*
 * Loose objects, as git hosts leave them after small pushes. libgit2 1.5.1 trusts the length in an
 * object's head and writes past its buffer when more follows, so they are unfolded here, into a buffer
 * of exactly the claimed length.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <zlib.h>

#include "sync/courier/courier.h"

#define HEAD_MAX 32 /* "commit ", ten digits, NUL, and to spare */

/* "<kind> <length>" and a NUL, in its one form; returns its length, 0 for anything else. */
static size_t
head_read(const uint8_t *p, size_t n, enum object_kind *kind, size_t *len)
{
    static const char *const names[] = {
        [OBJECT_COMMIT] = "commit ", [OBJECT_TREE] = "tree ", [OBJECT_BLOB] = "blob "};
    size_t at = 0;

    for (size_t k = OBJECT_COMMIT; k <= OBJECT_BLOB && at == 0; k++)
        if (n > strlen(names[k]) && memcmp(p, names[k], strlen(names[k])) == 0) {
            *kind = (enum object_kind)k;
            at = strlen(names[k]);
        }
    if (at == 0 || (p[at] == '0' && at + 1 < n && p[at + 1] != '\0'))
        return 0;
    for (*len = 0; at < n && p[at] >= '0' && p[at] <= '9'; at++) {
        if (*len > UINT32_MAX)
            return 0;
        *len = *len * 10 + (size_t)(p[at] - '0');
    }
    return at < n && p[at] == '\0' && p[at - 1] != ' ' ? at + 1 : 0;
}

/* Inflates until n bytes are out or the input ends; the number of bytes that came. */
static size_t
unfold(z_stream *z, uint8_t *out, size_t n, int *state)
{
    z->next_out = out;
    z->avail_out = (uInt)n;
    *state = inflate(z, Z_SYNC_FLUSH);
    return n - z->avail_out;
}

static enum object_found
unfold_object(z_stream *z, enum object_kind kind, size_t max, struct vls_buf *out)
{
    uint8_t head[HEAD_MAX], *at, more;
    enum object_kind found = kind;
    size_t got, len = 0, head_len, rest;
    int state;

    got = unfold(z, head, sizeof head, &state);
    if ((head_len = head_read(head, got, &found, &len)) == 0)
        return OBJECT_DAMAGED;
    if (found != kind || len > max)
        return OBJECT_ODD;
    rest = got - head_len;
    if (rest > len || (at = vls_buf_extend(out, len)) == NULL)
        return OBJECT_DAMAGED;
    memcpy(at, head + head_len, rest);
    if (state == Z_OK && rest < len)
        rest += unfold(z, at + rest, len - rest, &state);
    if (state == Z_OK && unfold(z, &more, 1, &state) != 0)
        return OBJECT_DAMAGED; /* more than it claims */
    return state == Z_STREAM_END && rest == len ? OBJECT_OK : OBJECT_DAMAGED;
}

static enum object_found
loose_load(const struct hub *hub, const uint8_t id[VLS__OID], size_t max, struct vls_buf *out)
{
    char hex[2 * VLS__OID + 1], dir[3];
    enum vls_code rc;
    int fd;

    vls_hex(hex, id, VLS__OID);
    memcpy(dir, hex, 2);
    dir[2] = '\0';
    if ((fd = folder_open(hub->fd, "objects", dir)) < 0)
        return errno == ENOENT ? OBJECT_DAMAGED : OBJECT_ODD;
    rc = file_load(out, fd, hex + 2, max, NULL);
    (void)close(fd);
    return rc == VLS_OK ? OBJECT_OK : rc == VLS_EFORMAT ? OBJECT_ODD : OBJECT_DAMAGED;
}

enum object_found
loose_read(const struct hub *hub, const uint8_t id[VLS__OID], enum object_kind kind, size_t max,
           struct vls_buf *out)
{
    uint8_t check[VLS__OID];
    enum object_found found;
    struct vls_buf raw;
    z_stream z = {0};

    vls_buf_reset(out);
    vls_buf_init(&raw, max + max / 100 + 1024); /* deflate never adds as much */
    if ((found = loose_load(hub, id, raw.max, &raw)) != OBJECT_OK || inflateInit(&z) != Z_OK)
        goto out;
    z.next_in = raw.p;
    z.avail_in = (uInt)raw.n;
    found = unfold_object(&z, kind, max, out);
    (void)inflateEnd(&z);
    /* Git's id, so not for trust: it tells damage before the parent has to. */
    if (found == OBJECT_OK && (!object_id(check, kind, out->p, out->n) || memcmp(check, id, VLS__OID) != 0))
        found = OBJECT_DAMAGED;
out:
    vls_buf_clear(&raw);
    return found;
}
