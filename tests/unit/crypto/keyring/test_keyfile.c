/*
 * The key file under test limits: its source is compiled in here, so that derivations are cheap and
 * counted. Offsets below are those of schemas/store/keyfile.md, written down a second time.
 */
#ifndef VLS_TEST_LIMITS
#define VLS_TEST_LIMITS
#endif
#include "tests/support/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

static unsigned n_derivations;

static int
counted_pwhash(unsigned char *out, unsigned long long out_len, const char *pw, unsigned long long pw_len,
               const unsigned char *salt, unsigned long long ops, size_t mem, int alg)
{
    n_derivations++;
    return crypto_pwhash(out, out_len, pw, pw_len, salt, ops, mem, alg);
}

#define crypto_pwhash counted_pwhash
#include "crypto/keyring/keyfile.c"
#undef crypto_pwhash

#define COPY 4096u
#define SLOT(i) (64u + (i) * 128u)

static char folder[64], path[96];
static struct vls_error err;

static int
setup(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/valise-keyfile-XXXXXX");
    if (vls_secret_start(&err) != VLS_OK || mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/keys", folder);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder); /* fails when something was left beside the file */
}

static struct vls_secret *
secret(const char *text)
{
    struct vls_secret *s;

    check_ok(vls_secret_copy(&s, text, strlen(text), &err), &err);
    return s;
}

static void
image_put(const uint8_t *bytes, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
    assert_int_equal(close(fd), 0);
}

static void
image_get(uint8_t bytes[2 * COPY])
{
    int fd = open(path, O_RDONLY);

    assert_true(fd >= 0);
    assert_int_equal(read(fd, bytes, 2 * COPY), 2 * COPY);
    assert_int_equal(close(fd), 0);
}

/* What whoever edits a copy can do without a key. */
static void
sum_fix(uint8_t *copy)
{
    vls_hash1(copy + 4064, "valise keys sum", copy, 4064);
}

/* A new file with this passphrase; its master key when out is not NULL. */
static void
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
static enum vls_code
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

static void
change(const struct vls_secret *master, const char *passphrase)
{
    struct vls_secret *p = secret(passphrase);

    check_ok(vls_keyfile_set_passphrase(path, master, p, NULL, &err), &err);
    vls_secret_free(p);
}

static void
a_new_file_opens_with_its_passphrase_only(void **state)
{
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY], id[VLS_STORE_ID_LEN];
    struct stat st;

    (void)state;
    make("six words or so", &m, image);
    check_ok(try_open("six words or so", m, &info), &err);
    assert_int_equal(info.generation, 1);
    assert_false(info.degraded);
    assert_int_equal(info.passphrase_cost.ops, VLS_ARGON2_FLOOR_OPS);
    assert_int_equal(info.passphrase_cost.kib, VLS_ARGON2_FLOOR_KIB);
    check_ok(vls_keyfile_store_id(id, path, &err), &err);
    assert_memory_equal(id, info.store_id, sizeof id);
    assert_memory_equal(id, image + 16, sizeof id);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
    assert_int_equal(st.st_size, 2 * COPY);

    assert_int_equal(try_open("six words or s", NULL, NULL), VLS_ELOCKED);
    assert_int_equal(try_open("six words or so ", NULL, NULL), VLS_ELOCKED);
    assert_int_equal(try_open("Six words or so", NULL, NULL), VLS_ELOCKED);
    assert_non_null(strstr(err.text, path));
    vls_secret_free(m);
}

static void
the_file_shows_no_key_and_not_how_many_slots_are_used(void **state)
{
    struct vls_secret *m, *text;
    uint8_t before[2 * COPY], after[2 * COPY];

    (void)state;
    make("canary passphrase", &m, before);
    check_ok(vls_keyfile_set_recovery(&text, path, m, &err), &err);
    image_get(after);
    assert_null(memmem(after, sizeof after, m->bytes, m->len));
    assert_null(memmem(after, sizeof after, "canary", 6));
    assert_memory_equal(after, after + COPY, COPY);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(vls_load_le32(before + SLOT(i) + 16), VLS_ARGON2_FLOOR_OPS);
        assert_int_equal(vls_load_le32(after + SLOT(i) + 20), VLS_ARGON2_FLOOR_KIB);
        assert_false(sodium_is_zero(before + SLOT(i) + 24, 104));
        if (i != 1) /* only the recovery slot changed */
            assert_memory_equal(before + SLOT(i), after + SLOT(i), 128);
        else
            assert_memory_not_equal(before + SLOT(i), after + SLOT(i), 128);
    }
    vls_secret_free(text);
    vls_secret_free(m);
}

static void
bad_arguments_make_no_file(void **state)
{
    static const struct vls_argon2 bad[] = {{0, 8}, {5, 8}, {1, 7}, {1, 1025}, {UINT32_MAX, 8}, {1, UINT32_MAX}};
    struct vls_secret *p = secret("a passphrase"), *empty, *longest, *m;
    uint8_t id[VLS_STORE_ID_LEN];

    (void)state;
    (void)unlink(path);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(vls_keyfile_create(id, &m, path, p, &bad[i], &err), VLS_EVALUE);
    check_ok(vls_secret_new(&empty, 0, &err), &err);
    assert_int_equal(vls_keyfile_create(id, &m, path, empty, NULL, &err), VLS_EVALUE);
    check_ok(vls_secret_new(&longest, VLS_PASSPHRASE_MAX + 1, &err), &err);
    assert_int_equal(vls_keyfile_create(id, &m, path, longest, NULL, &err), VLS_EVALUE);
    assert_null(m);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(vls_keyfile_create(id, &m, "/nonexistent/keys", p, NULL, &err), VLS_ENOTFOUND);

    longest->len--;
    check_ok(vls_keyfile_create(id, &m, path, longest, NULL, &err), &err);
    vls_secret_free(m);
    assert_int_equal(vls_keyfile_create(id, &m, path, p, NULL, &err), VLS_EEXIST);
    assert_null(m);
    assert_int_equal(vls_keyfile_open(&m, NULL, path, p, &err), VLS_ELOCKED);
    check_ok(vls_keyfile_open(&m, NULL, path, longest, &err), &err);
    vls_secret_free(m);
    vls_secret_free(longest);
    vls_secret_free(empty);
    vls_secret_free(p);
}

static void
what_is_no_key_file_is_refused(void **state)
{
    struct vls_secret *m = NULL;
    uint8_t id[VLS_STORE_ID_LEN], image[2 * COPY];
    char other[128];

    (void)state;
    make("p", NULL, image);
    (void)unlink(path);
    assert_int_equal(try_open("p", NULL, NULL), VLS_ENOSTORE);
    assert_int_equal(vls_keyfile_store_id(id, path, &err), VLS_ENOSTORE);

    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(try_open("p", NULL, NULL), VLS_EFORMAT); /* and does not wait for a writer */
    (void)unlink(path);

    image_put(image, sizeof image);
    snprintf(other, sizeof other, "%s/other", folder);
    assert_int_equal(rename(path, other), 0);
    assert_int_equal(symlink(other, path), 0);
    assert_int_equal(try_open("p", NULL, NULL), VLS_EFORMAT);
    (void)unlink(path);
    (void)unlink(other);

    {
        static uint8_t huge[65537];

        image_put(huge, sizeof huge);
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        image_put(huge, 65536);
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        assert_non_null(strstr(err.text, path));
    }
    vls_secret_free(m);
}

/* Every byte of one copy damaged: the other one opens it, and the caller is told. */
static void
damage_to_one_copy_is_repaired_by_the_next_change(void **state)
{
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY], bad[2 * COPY];

    (void)state;
    make("p", &m, image);
    for (size_t at = 0; at < sizeof image; at += at % COPY < SLOT(2) || at % COPY >= 4030 ? 1 : 61) {
        memcpy(bad, image, sizeof bad);
        bad[at] ^= (uint8_t)(1u << at % 8);
        image_put(bad, sizeof bad);
        n_derivations = 0;
        check_ok(try_open("p", m, &info), &err);
        assert_true(info.degraded);
        assert_int_equal(n_derivations, 1); /* the sum saves the second one */
    }
    change(m, "q");
    check_ok(try_open("q", m, &info), &err);
    assert_false(info.degraded);
    assert_int_equal(info.generation, 2);
    assert_int_equal(try_open("p", NULL, NULL), VLS_ELOCKED);
    vls_secret_free(m);
}

static void
the_same_damage_to_both_copies_is_refused_without_deriving(void **state)
{
    uint8_t image[2 * COPY], bad[2 * COPY], id[VLS_STORE_ID_LEN];

    (void)state;
    make("p", NULL, image);
    for (size_t at = 0; at < COPY; at += at < SLOT(2) || at >= 4030 ? 1 : 61) {
        memcpy(bad, image, sizeof bad);
        bad[at] ^= (uint8_t)(1u << at % 8);
        bad[COPY + at] ^= (uint8_t)(1u << at % 8);
        image_put(bad, sizeof bad);
        n_derivations = 0;
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        assert_int_equal(n_derivations, 0);
        assert_int_equal(vls_keyfile_store_id(id, path, &err), VLS_EAUTH);
    }
    assert_non_null(strstr(err.text, path));
}

/* LL-03: a forger edits any bit and makes the sum right again. The mac, or the seal, refuses. */
static void
every_forged_bit_is_refused(void **state)
{
    struct vls_secret *m;
    uint8_t image[2 * COPY], bad[2 * COPY];
    unsigned n_tried = 0, n_auth = 0, n_locked = 0, n_version = 0;

    (void)state;
    make("p", &m, image);
    for (size_t bit = 0; bit < 4064 * 8; bit += bit / 8 < SLOT(1) || bit / 8 >= 4032 ? 1 : 43) {
        size_t at = bit / 8;
        enum vls_code rc;

        memcpy(bad, image, COPY);
        bad[at] ^= (uint8_t)(1u << bit % 8);
        sum_fix(bad);
        memcpy(bad + COPY, bad, COPY);
        image_put(bad, sizeof bad);
        rc = try_open("p", NULL, NULL);
        n_tried++;
        n_auth += rc == VLS_EAUTH;
        n_locked += rc == VLS_ELOCKED;
        n_version += rc == VLS_EVERSION;
        if (at >= SLOT(0) + 24 && at < SLOT(1))
            assert_int_equal(rc, VLS_ELOCKED); /* commitment and seal */
        assert_int_equal(vls_keyfile_check(NULL, path, m, &err), rc == VLS_EVERSION ? VLS_EVERSION : VLS_EAUTH);
    }
    /* every single one was refused, by each of the three ways */
    assert_int_equal(n_auth + n_locked + n_version, n_tried);
    assert_true(n_tried > 2000 && n_auth > 500 && n_locked >= (16 + 104) * 8 && n_version > 60);
    vls_secret_free(m);
}

static void
costs_out_of_range_start_no_derivation(void **state)
{
    static const struct vls_argon2 bad[] = {{0, 8},          {VLS_ARGON2_CEILING_OPS + 1, 8},
                                            {UINT32_MAX, 8}, {1, VLS_ARGON2_FLOOR_KIB - 1},
                                            {1, 0},          {1, VLS_ARGON2_CEILING_KIB + 1},
                                            {1, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}};
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY], copy[2 * COPY];

    (void)state;
    make("p", &m, image);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t slot = 0; slot < 8; slot++) {
            memcpy(copy, image, sizeof copy);
            vls_store_le32(copy + SLOT(slot) + 16, bad[i].ops);
            vls_store_le32(copy + SLOT(slot) + 20, bad[i].kib);
            sum_fix(copy);
            image_put(copy, sizeof copy);
            n_derivations = 0;
            check_ok(try_open("p", m, &info), &err); /* copy 1 is still good */
            assert_true(info.degraded);
            assert_int_equal(n_derivations, 1);

            memcpy(copy + COPY, copy, COPY);
            image_put(copy, sizeof copy);
            n_derivations = 0;
            assert_int_equal(try_open("p", m, NULL), VLS_EAUTH);
            assert_int_equal(n_derivations, 0);
        }
    vls_secret_free(m);
}

static void
costs_in_range_are_kept_and_shown(void **state)
{
    static const struct vls_argon2 cost = {2, 16};
    struct vls_secret *m, *q = secret("q");
    struct vls_keyfile_info info;

    (void)state;
    make("p", &m, NULL);
    check_ok(vls_keyfile_set_passphrase(path, m, q, &cost, &err), &err);
    check_ok(try_open("q", m, &info), &err);
    assert_int_equal(info.passphrase_cost.ops, 2);
    assert_int_equal(info.passphrase_cost.kib, 16);
    vls_secret_free(q);
    vls_secret_free(m);
}

static void
a_short_file_opens_only_with_a_whole_copy(void **state)
{
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY + 7] = {0};

    (void)state;
    make("p", &m, image);
    for (size_t n = 0; n < 2 * COPY; n += n % COPY < 130 || n % COPY > 3950 ? 1 : 97) {
        image_put(image, n);
        if (n < COPY) {
            assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        } else {
            check_ok(try_open("p", m, &info), &err);
            assert_true(info.degraded);
        }
    }
    image_put(image, sizeof image); /* longer: harmless, and cut by the next change */
    check_ok(try_open("p", m, &info), &err);
    assert_true(info.degraded);
    change(m, "q");
    check_ok(try_open("q", m, &info), &err);
    assert_false(info.degraded);
    vls_secret_free(m);
}

static void
a_copy_of_a_newer_version_stops_everything(void **state)
{
    struct vls_secret *m, *p = secret("p"), *out, *text;
    uint8_t image[2 * COPY], bad[2 * COPY], after[2 * COPY], id[VLS_STORE_ID_LEN];
    struct vls_keyfile_info info;

    (void)state;
    make("p", &m, image);
    for (size_t copy = 0; copy < 2; copy++)
        for (size_t field = 8; field <= 12; field += 4) {
            memcpy(bad, image, sizeof bad);
            vls_store_le32(bad + copy * COPY + field, 2);
            sum_fix(bad + copy * COPY);
            image_put(bad, sizeof bad);
            assert_int_equal(vls_keyfile_open(&out, NULL, path, p, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_check(&info, path, m, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_store_id(id, path, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_set_passphrase(path, m, p, NULL, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_set_recovery(&text, path, m, &err), VLS_EVERSION);
            image_get(after);
            assert_memory_equal(after, bad, sizeof bad);
        }
    vls_secret_free(p);
    vls_secret_free(m);
}

/* LL-03, two-header mixes: for every pair of generations the later one alone counts. */
static void
of_two_generations_the_later_counts(void **state)
{
    enum { N = 4 };
    static const char *const pass[N] = {"one", "two", "three", "four"};
    static uint8_t image[N][2 * COPY];
    uint8_t mix[2 * COPY];
    struct vls_secret *m;
    struct vls_keyfile_info info;

    (void)state;
    make(pass[0], &m, image[0]);
    for (size_t g = 1; g < N; g++) {
        change(m, pass[g]);
        image_get(image[g]);
    }
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < N; b++) {
            memcpy(mix, image[a], COPY);
            memcpy(mix + COPY, image[b], COPY);
            image_put(mix, sizeof mix);
            for (size_t g = 0; g < N; g++) {
                enum vls_code rc = try_open(pass[g], m, &info);

                assert_int_equal(rc, g == (a > b ? a : b) ? VLS_OK : VLS_ELOCKED);
                if (rc == VLS_OK) {
                    assert_int_equal(info.generation, g + 1);
                    assert_int_equal(info.degraded, a != b);
                }
            }
        }
    vls_secret_free(m);
}

/* I5: the writing of a change stops after any number of sectors, in either order of sectors. */
static void
a_torn_change_leaves_the_old_passphrase_or_the_new(void **state)
{
    uint8_t old[2 * COPY], new[2 * COPY], torn[2 * COPY];
    uint64_t seed = check_seed(0x6b657973), s = seed;
    struct vls_secret *m;
    unsigned n_old = 0, n_new = 0;

    (void)state;
    make("old", &m, old);
    change(m, "new");
    image_get(new);
    /* copy 1 is being written, then copy 0; a mask says which sectors of 512 bytes arrived */
    for (unsigned round = 0; round < 2 * 64; round++) {
        size_t writing = round < 64 ? 1 : 0;
        unsigned mask = round % 64 <= 8 ? (1u << round % 64) - 1 : (unsigned)check_random(&s) & 0xff;
        enum vls_code with_old, with_new;
        struct vls_keyfile_info info;

        memcpy(torn, old, sizeof torn);
        if (writing == 0)
            memcpy(torn + COPY, new + COPY, COPY);
        for (size_t sector = 0; sector < 8; sector++)
            if (mask >> sector & 1)
                memcpy(torn + writing * COPY + sector * 512, new + writing * COPY + sector * 512, 512);
        image_put(torn, sizeof torn);
        with_old = try_open("old", m, NULL);
        with_new = try_open("new", m, &info);
        if ((with_old == VLS_OK) == (with_new == VLS_OK))
            fail_msg("mask %02x of copy %zu: %d and %d; VLS_SEED=%llu", mask, writing, with_old, with_new,
                     (unsigned long long)seed);
        if (writing == 0)
            assert_int_equal(with_new, VLS_OK);
        else if (mask != 0xff)
            assert_int_equal(with_old, with_new == VLS_OK ? VLS_ELOCKED : VLS_OK);
        n_old += with_old == VLS_OK;
        n_new += with_new == VLS_OK;

        change(m, "next"); /* whatever it was, the next change makes it whole */
        check_ok(try_open("next", m, &info), &err);
        assert_false(info.degraded);
    }
    assert_true(n_old >= 8 && n_new >= 64);
    vls_secret_free(m);
}

static void
a_copy_from_elsewhere_does_not_open(void **state)
{
    uint8_t mine[2 * COPY], foreign[2 * COPY], mix[2 * COPY];
    struct vls_secret *m, *other;
    struct vls_keyfile_info info;

    (void)state;
    make("p", &other, foreign);
    make("p", &m, mine);
    /* swapped copies are the same file */
    memcpy(mix, mine + COPY, COPY);
    memcpy(mix + COPY, mine, COPY);
    assert_memory_equal(mix, mine, sizeof mix);
    /* one copy of another valise with the same passphrase: whichever is taken, it is taken whole */
    memcpy(mix, mine, COPY);
    memcpy(mix + COPY, foreign, COPY);
    image_put(mix, sizeof mix);
    check_ok(try_open("p", m, &info), &err);
    assert_true(info.degraded);
    assert_int_equal(vls_keyfile_check(&info, path, m, &err), VLS_OK);
    assert_memory_equal(info.store_id, mine + 16, 16);
    vls_secret_free(other);
    vls_secret_free(m);
}

static void
moved_and_exchanged_slots_are_refused(void **state)
{
    uint8_t mine[2 * COPY], foreign[2 * COPY], old[2 * COPY], bad[2 * COPY];
    struct vls_secret *m;

    (void)state;
    make("p", NULL, foreign);
    make("p", &m, old);
    change(m, "q");
    image_get(mine);

    /* the slot of another valise with the same passphrase: bound to its store id */
    memcpy(bad, mine, COPY);
    memcpy(bad + SLOT(0), foreign + SLOT(0), 128);
    sum_fix(bad);
    memcpy(bad + COPY, bad, COPY);
    image_put(bad, sizeof bad);
    assert_int_equal(try_open("p", NULL, NULL), VLS_ELOCKED);

    /* LL-08: last year's slot in today's file opens, gives the right key, and the mac still refuses */
    memcpy(bad, mine, COPY);
    memcpy(bad + SLOT(0), old + SLOT(0), 128);
    sum_fix(bad);
    memcpy(bad + COPY, bad, COPY);
    image_put(bad, sizeof bad);
    assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
    /* beside one good copy it opens nothing either, and the good copy's passphrase works on */
    memcpy(bad + COPY, mine, COPY);
    image_put(bad, sizeof bad);
    assert_int_not_equal(try_open("p", NULL, NULL), VLS_OK);
    check_ok(try_open("q", m, NULL), &err);

    /* the passphrase slot moved to where the recovery code is looked for, and back */
    memcpy(bad, mine, COPY);
    memcpy(bad + SLOT(1), mine + SLOT(0), 128);
    memcpy(bad + SLOT(0), mine + SLOT(1), 128);
    sum_fix(bad);
    memcpy(bad + COPY, bad, COPY);
    image_put(bad, sizeof bad);
    assert_int_equal(try_open("q", NULL, NULL), VLS_ELOCKED);

    /* a claimed generation decides what is tried first, not what counts */
    memcpy(bad, old, COPY);
    memcpy(bad + COPY, mine + COPY, COPY);
    vls_store_le64(bad + 32, UINT64_MAX);
    sum_fix(bad);
    image_put(bad, sizeof bad);
    assert_int_not_equal(try_open("p", NULL, NULL), VLS_OK);
    check_ok(try_open("q", m, NULL), &err);
    vls_secret_free(m);
}

/* A restored file that was changed again: two authentic copies of one generation. */
static void
of_two_histories_the_first_copy_counts(void **state)
{
    uint8_t start[2 * COPY], left[2 * COPY], right[2 * COPY], mix[2 * COPY];
    struct vls_secret *m;
    struct vls_keyfile_info info;

    (void)state;
    make("start", &m, start);
    change(m, "left");
    image_get(left);
    image_put(start, sizeof start);
    change(m, "right");
    image_get(right);
    memcpy(mix, left, COPY);
    memcpy(mix + COPY, right, COPY);
    image_put(mix, sizeof mix);
    check_ok(try_open("left", m, &info), &err);
    assert_true(info.degraded);
    assert_int_equal(try_open("right", m, NULL), VLS_ELOCKED);
    vls_secret_free(m);
}

static void
only_the_right_master_key_may_change_it(void **state)
{
    struct vls_secret *m, *wrong, *q = secret("q"), *empty, *text;
    uint8_t before[2 * COPY], after[2 * COPY];
    struct vls_keyfile_info info;
    int fd;

    (void)state;
    make("p", &m, before);
    check_ok(vls_secret_random(&wrong, VLS_MASTER_LEN, &err), &err);
    check_ok(vls_secret_new(&empty, 0, &err), &err);
    assert_int_equal(vls_keyfile_check(&info, path, wrong, &err), VLS_EAUTH);
    assert_int_equal(vls_keyfile_set_passphrase(path, wrong, q, NULL, &err), VLS_EAUTH);
    assert_int_equal(vls_keyfile_set_recovery(&text, path, wrong, &err), VLS_EAUTH);
    assert_null(text);
    assert_int_equal(vls_keyfile_set_passphrase(path, m, empty, NULL, &err), VLS_EVALUE);

    assert_true((fd = open(path, O_RDWR)) >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_int_equal(vls_keyfile_set_passphrase(path, m, q, NULL, &err), VLS_EBUSY);
    (void)close(fd);
    image_get(after);
    assert_memory_equal(before, after, sizeof after);

    (void)unlink(path);
    assert_int_equal(vls_keyfile_set_passphrase(path, m, q, NULL, &err), VLS_ENOSTORE);
    vls_secret_free(empty);
    vls_secret_free(wrong);
    vls_secret_free(q);
    vls_secret_free(m);
}

static void
a_recovery_code_opens_until_it_is_replaced(void **state)
{
    struct vls_secret *m, *first, *second, *out;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY];

    (void)state;
    make("p", &m, image);
    check_ok(vls_keyfile_set_recovery(&first, path, m, &err), &err);
    assert_int_equal(first->len, VLS_RECOVERY_TEXT);
    check_ok(vls_keyfile_open_recovery(&out, &info, path, first, &err), &err);
    assert_memory_equal(out->bytes, m->bytes, VLS_MASTER_LEN);
    assert_int_equal(info.generation, 2);
    vls_secret_free(out);
    check_ok(try_open("p", m, NULL), &err);

    change(m, "q"); /* leaves the code in force */
    check_ok(vls_keyfile_open_recovery(&out, NULL, path, first, &err), &err);
    vls_secret_free(out);
    check_ok(vls_keyfile_set_recovery(&second, path, m, &err), &err);
    assert_memory_not_equal(first->bytes, second->bytes, 11);
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, first, &err), VLS_ELOCKED);
    assert_null(out);
    check_ok(vls_keyfile_open_recovery(&out, NULL, path, second, &err), &err);
    vls_secret_free(out);

    image_put(image, sizeof image); /* a file without a code */
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, second, &err), VLS_ELOCKED);
    make("p", NULL, NULL); /* another valise */
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, second, &err), VLS_ETRUST);
    second->bytes[3] = '?';
    assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, second, &err), VLS_EVALUE);
    vls_secret_free(first);
    vls_secret_free(second);
    vls_secret_free(m);
}

static void
each_purpose_and_store_has_a_subkey_of_its_own(void **state)
{
    struct vls_secret *m, *key[2 * VLS_SUBKEY_COUNT];
    uint8_t id[VLS_STORE_ID_LEN] = {7};

    (void)state;
    check_ok(vls_secret_random(&m, VLS_MASTER_LEN, &err), &err);
    for (size_t i = 0; i < 2 * VLS_SUBKEY_COUNT; i++) {
        id[15] = (uint8_t)(i / VLS_SUBKEY_COUNT);
        check_ok(vls_keyfile_subkey(&key[i], m, id, (enum vls_subkey)(i % VLS_SUBKEY_COUNT), &err), &err);
        assert_int_equal(key[i]->len, VLS_KEY_LEN);
        assert_memory_not_equal(key[i]->bytes, m->bytes, VLS_KEY_LEN);
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(key[i]->bytes, key[k]->bytes, VLS_KEY_LEN);
    }
    for (size_t i = 0; i < 2 * VLS_SUBKEY_COUNT; i++)
        vls_secret_free(key[i]);
    vls_secret_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_opens_with_its_passphrase_only),
        cmocka_unit_test(the_file_shows_no_key_and_not_how_many_slots_are_used),
        cmocka_unit_test(bad_arguments_make_no_file),
        cmocka_unit_test(what_is_no_key_file_is_refused),
        cmocka_unit_test(damage_to_one_copy_is_repaired_by_the_next_change),
        cmocka_unit_test(the_same_damage_to_both_copies_is_refused_without_deriving),
        cmocka_unit_test(every_forged_bit_is_refused),
        cmocka_unit_test(costs_out_of_range_start_no_derivation),
        cmocka_unit_test(costs_in_range_are_kept_and_shown),
        cmocka_unit_test(a_short_file_opens_only_with_a_whole_copy),
        cmocka_unit_test(a_copy_of_a_newer_version_stops_everything),
        cmocka_unit_test(of_two_generations_the_later_counts),
        cmocka_unit_test(a_torn_change_leaves_the_old_passphrase_or_the_new),
        cmocka_unit_test(a_copy_from_elsewhere_does_not_open),
        cmocka_unit_test(moved_and_exchanged_slots_are_refused),
        cmocka_unit_test(of_two_histories_the_first_copy_counts),
        cmocka_unit_test(only_the_right_master_key_may_change_it),
        cmocka_unit_test(a_recovery_code_opens_until_it_is_replaced),
        cmocka_unit_test(each_purpose_and_store_has_a_subkey_of_its_own),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
