/*
 * LL-02, guessing the passphrase: what one guess costs in a program as it is delivered. The key file's source is
 * compiled in with the real limits here, which all other tests make small.
 */
#undef VLS_TEST_LIMITS
#include "tests/support/check.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

static struct {
    unsigned n; /* derivations */
    unsigned long long ops;
    size_t bytes;
    int alg;
} spent;

static inline int
counted_pwhash(unsigned char *out, unsigned long long out_len, const char *pw, unsigned long long pw_len,
               const unsigned char *salt, unsigned long long ops, size_t mem, int alg)
{
    spent.n++;
    spent.ops = ops;
    spent.bytes = mem;
    spent.alg = alg;
    return crypto_pwhash(out, out_len, pw, pw_len, salt, ops, mem, alg);
}

#define crypto_pwhash counted_pwhash
#include "crypto/keyring/keyfile.c"
#include "crypto/keyring/keyfile_copy.c"
#undef crypto_pwhash

#define SLOT_0 64u

static char folder[64], path[96];
static struct vls_error err;

static int
setup(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/valise-keyfile-XXXXXX");
    if (vls_secret_start(&err) != VLS_OK || mkdtemp(folder) == NULL)
        return -1;
    (void)snprintf(path, sizeof path, "%s/keys", folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

static double
cpu_ms(void)
{
    struct rusage u;

    assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
    return 1e3 * (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e3;
}

/* Shown, not judged: how long it takes is the machine's business, how much is asked of it is ours. */
static void
one_guess_costs_three_passes_over_256_mib_LL_02(void **state)
{
    struct vls_secret *p, *m, *wrong;
    uint8_t id[VLS_STORE_ID_LEN], image[VLS_KEYFILE_LEN];
    struct rusage u;
    double begun;
    int fd;

    (void)state;
    check_ok(vls_secret_copy(&p, "six words", 9, &err), &err);
    check_ok(vls_secret_copy(&wrong, "six wordz", 9, &err), &err);
    begun = cpu_ms();
    check_ok(vls_keyfile_create(id, &m, path, p, NULL, &err), &err);
    print_message("making it: %.0f ms of CPU\n", cpu_ms() - begun);
    vls_secret_free(m);
    assert_true((fd = open(path, O_RDONLY)) >= 0);
    assert_int_equal(read(fd, image, sizeof image), sizeof image);
    (void)close(fd);
    assert_int_equal(vls_load_le32(image + SLOT_0 + 16), 3);
    assert_int_equal(vls_load_le32(image + SLOT_0 + 20), 256 * 1024);
    memset(&spent, 0, sizeof spent);
    begun = cpu_ms();
    assert_int_equal(vls_keyfile_open(&m, NULL, path, wrong, &err), VLS_ELOCKED);
    assert_int_equal(getrusage(RUSAGE_SELF, &u), 0);
    print_message("one guess: %u derivation, %llu passes over %zu MiB, %.0f ms of CPU, %ld MiB resident\n", spent.n,
                  spent.ops, spent.bytes >> 20, cpu_ms() - begun, u.ru_maxrss / 1024);
    assert_int_equal(spent.n, 1); /* two copies that agree do not help, nor does another slot */
    assert_int_equal(spent.ops, 3);
    assert_int_equal(spent.bytes, (size_t)256 << 20);
    assert_int_equal(spent.alg, crypto_pwhash_ALG_ARGON2ID13);
    assert_true(u.ru_maxrss >= 256 * 1024); /* the memory was really used */
    vls_secret_free(wrong);
    vls_secret_free(p);
}

static void
nothing_is_made_or_opened_below_the_floor_LL_02(void **state)
{
    static const struct vls_argon2 below[] = {{2, 256 * 1024},
                                              {3, 256 * 1024 - 1},
                                              {3, 8},
                                              {1, 1024 * 1024},
                                              {0, 0},
                                              {12, 64 * 1024},
                                              {1, 8},
                                              {2, 1024 * 1024 - 1},
                                              {13, 262144},
                                              {3, 1024 * 1024 + 1},
                                              {UINT32_MAX, UINT32_MAX}};
    struct vls_secret *p, *m;
    uint8_t id[VLS_STORE_ID_LEN], image[VLS_KEYFILE_LEN], edited[VLS_KEYFILE_LEN];
    unsigned n = 0;
    int fd;

    (void)state; /* the file of the test before */
    check_ok(vls_secret_copy(&p, "six words", 9, &err), &err);
    assert_true((fd = open(path, O_RDWR)) >= 0);
    assert_int_equal(read(fd, image, sizeof image), sizeof image);
    memset(&spent, 0, sizeof spent);
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++)
        for (size_t slot = 0; slot < 8; slot++, n++) {
            memcpy(edited, image, sizeof edited);
            vls_store_le32(edited + SLOT_0 + slot * 128 + 16, below[i].ops);
            vls_store_le32(edited + SLOT_0 + slot * 128 + 20, below[i].kib);
            vls_hash1(edited + 4064, "valise keys sum", edited, 4064);
            memcpy(edited + 4096, edited, 4096);
            assert_int_equal(pwrite(fd, edited, sizeof edited, 0), sizeof edited);
            assert_int_equal(vls_keyfile_open(&m, NULL, path, p, &err), VLS_EAUTH);
        }
    (void)close(fd);
    (void)unlink(path);
    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++, n++) {
        assert_int_equal(vls_keyfile_create(id, &m, path, p, &below[i], &err), VLS_EVALUE);
        assert_null(m);
        assert_int_equal(access(path, F_OK), -1);
    }
    assert_int_equal(n, 9 * sizeof below / sizeof below[0]);
    assert_int_equal(spent.n, 0); /* not one derivation, neither a cheap one nor one that exhausts the machine */
    vls_secret_free(p);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_guess_costs_three_passes_over_256_mib_LL_02),
        cmocka_unit_test(nothing_is_made_or_opened_below_the_floor_LL_02),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
