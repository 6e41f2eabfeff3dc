#ifndef TESTS_UNIT_CRYPTO_KEYRING_KEYFILE_FIXTURE_H
#define TESTS_UNIT_CRYPTO_KEYRING_KEYFILE_FIXTURE_H

/*
 * What the tests of the key file share. Its source is compiled in under test limits, so that derivations
 * are cheap in every build, and counted. Offsets are those of schemas/store/keyfile.md, written down a
 * second time.
 */
#ifndef VLS_TEST_LIMITS
#define VLS_TEST_LIMITS
#endif
#include "tests/support/check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

static unsigned n_derivations;

static inline int
counted_pwhash(unsigned char *out, unsigned long long out_len, const char *pw, unsigned long long pw_len,
               const unsigned char *salt, unsigned long long ops, size_t mem, int alg)
{
    n_derivations++;
    return crypto_pwhash(out, out_len, pw, pw_len, salt, ops, mem, alg);
}

/* The writes and syncs of a change, of which the fail_at-th fails; a write has then done half its work. */
static unsigned n_steps, fail_at;

static ssize_t
faulty_pwrite(int fd, const void *p, size_t n, off_t at)
{
    if (++n_steps == fail_at) {
        if (pwrite(fd, p, n / 2, at) < 0)
            return -1;
        errno = ENOSPC;
        return -1;
    }
    return pwrite(fd, p, n, at);
}

static int
faulty_fdatasync(int fd)
{
    if (++n_steps == fail_at) {
        errno = EIO;
        return -1;
    }
    return fdatasync(fd);
}

#define crypto_pwhash counted_pwhash
#define pwrite faulty_pwrite
#define fdatasync faulty_fdatasync
#include "crypto/keyring/keyfile.c"
#include "crypto/keyring/keyfile_copy.c"
#undef crypto_pwhash
#undef pwrite
#undef fdatasync

#define COPY 4096u
#define SLOT(i) (64u + (i) * 128u)

static char folder[64], path[96];
static struct vls_error err;

static inline int
setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/valise-keyfile-XXXXXX");
    if (vls_secret_start(&err) != VLS_OK || mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/keys", folder);
    return 0;
}

static inline int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails when something was left beside the file */
}

static inline struct vls_secret *
secret(const char *text)
{
    struct vls_secret *s;

    check_ok(vls_secret_copy(&s, text, strlen(text), &err), &err);
    return s;
}

static inline void
image_put(const uint8_t *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600); /* not O_TRUNC, which some file systems answer with a sync */

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    assert_int_equal(ftruncate(fd, (off_t)n), 0);
    assert_int_equal(close(fd), 0);
}

static inline void
image_get(uint8_t bytes[2 * COPY])
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, bytes, 2 * COPY), 2 * COPY);
    assert_int_equal(close(fd), 0);
}

/* What whoever edits a copy can do without a key. */
static inline void
sum_fix(uint8_t *copy)
{
    vls_hash1(copy + 4064, "valise keys sum", copy, 4064);
}

/* A new file with this passphrase; its master key when out is not NULL. */
static inline void
make(const char *passphrase, struct vls_secret **out, uint8_t image[2 * COPY])
{
    struct vls_secret *p = secret(passphrase), *m;
    uint8_t id[VLS_STORE_ID_LEN];

    (void)unlink(path);
    check_ok(vls_keyfile_create(id, &m, path, p, NULL, &err), &err);
    if (image != NULL)
        image_get(image);
    if (out != NULL)
        *out = m;
    else
        vls_secret_free(m);
    vls_secret_free(p);
}

/* Opens with a passphrase; the master key must be the expected one. */
static inline enum vls_code
try_open(const char *passphrase, const struct vls_secret *expect, struct vls_keyfile_info *info)
{
    struct vls_secret *p = secret(passphrase), *m = NULL;
    enum vls_code rc = vls_keyfile_open(&m, info, path, p, &err);

    if (rc == VLS_OK) {
        assert_int_equal(m->len, VLS_MASTER_LEN);
        if (expect != NULL)
            assert_memory_equal(m->bytes, expect->bytes, VLS_MASTER_LEN);
    } else
        assert_null(m);
    vls_secret_free(m);
    vls_secret_free(p);
    return rc;
}

static inline void
change(const struct vls_secret *master, const char *passphrase)
{
    struct vls_secret *p = secret(passphrase);

    check_ok(vls_keyfile_set_passphrase(path, master, p, NULL, &err), &err);
    vls_secret_free(p);
}

#endif
