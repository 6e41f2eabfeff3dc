/*
 * Guarded memory for keys, and the random bytes that keys and nonces are made of. libsodium's own
 * allocator ignores a failing lock, so locking is proved once at start and refused if it fails.
 */
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sodium.h>

#include "valise/secret.h"

#define POOL_LEN 4096

enum vls_code
vls_secret_start(struct vls_error *err)
{
    const struct rlimit no_core = {0, 0};
    uint8_t *probe;
    int locked;

    if (sodium_init() < 0)
        return VLS_FAIL(err, VLS_EIO, "libsodium finds no source of randomness");
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &no_core);
    if ((probe = sodium_malloc(64)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no guarded memory for keys");
    locked = sodium_mlock(probe, 64);
    sodium_free(probe);
    if (locked != 0)
        return VLS_FAIL(err, VLS_ENOMEM,
                        "memory for keys cannot be locked, so they could reach the swap; nothing was opened\n"
                        "Raise the limit and try again:  ulimit -l 8192");
    return VLS_OK;
}

enum vls_code
vls_secret_new(struct vls_secret **out, size_t len, struct vls_error *err)
{
    struct vls_secret *s;

    *out = NULL;
    /* the handle lives in the guarded region too; rounded up, since sodium_malloc aligns the end */
    if (len > SIZE_MAX / 2 || (s = sodium_malloc(sizeof *s + (len + 15) / 16 * 16)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no guarded memory for a secret of %zu bytes", len);
    s->bytes = (uint8_t *)(s + 1);
    s->len = len;
    memset(s->bytes, 0, len);
    *out = s;
    return VLS_OK;
}

enum vls_code
vls_secret_random(struct vls_secret **out, size_t len, struct vls_error *err)
{
    enum vls_code rc = vls_secret_new(out, len, err);

    if (rc == VLS_OK)
        randombytes_buf((*out)->bytes, len);
    return rc;
}

enum vls_code
vls_secret_copy(struct vls_secret **out, const void *p, size_t len, struct vls_error *err)
{
    enum vls_code rc = vls_secret_new(out, len, err);

    if (rc == VLS_OK && len > 0)
        memcpy((*out)->bytes, p, len);
    return rc;
}

enum vls_code
vls_secret_clone(struct vls_secret **out, const struct vls_secret *s, struct vls_error *err)
{
    return vls_secret_copy(out, s->bytes, s->len, err);
}

void
vls_secret_hide(struct vls_secret *s)
{
    (void)sodium_mprotect_noaccess(s); /* the handle lies in the same pages */
}

void
vls_secret_show(struct vls_secret *s)
{
    (void)sodium_mprotect_readwrite(s);
}

void
vls_secret_free(struct vls_secret *s)
{
    sodium_free(s); /* wipes the whole region, handle included */
}

/*
 * Fast key erasure: a pool of keystream whose first 32 bytes become the next key at once, and whose
 * bytes are wiped as they are handed out, so that a later look at memory tells nothing about nonces
 * already used. A child process must not go on with its parent's pool: the process id is checked.
 */
static struct {
    uint8_t key[crypto_stream_chacha20_KEYBYTES];
    uint8_t bytes[POOL_LEN];
    size_t used;
    pid_t owner;
} pool;

static void
pool_refill(void)
{
    static const uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

    if (pool.owner != getpid()) {
        randombytes_buf(pool.key, sizeof pool.key);
        pool.owner = getpid();
    }
    (void)crypto_stream_chacha20(pool.bytes, sizeof pool.bytes, nonce, pool.key);
    memcpy(pool.key, pool.bytes, sizeof pool.key);
    sodium_memzero(pool.bytes, sizeof pool.key);
    pool.used = sizeof pool.key;
}

void
vls_random(void *out, size_t n)
{
    uint8_t *p = out;

    while (n > 0) {
        size_t take;

        if (pool.owner != getpid() || pool.used == POOL_LEN)
            pool_refill();
        take = POOL_LEN - pool.used < n ? POOL_LEN - pool.used : n;
        memcpy(p, pool.bytes + pool.used, take);
        sodium_memzero(pool.bytes + pool.used, take);
        pool.used += take;
        p += take;
        n -= take;
    }
}
