/*
 * A key file by anybody. The first byte chooses what the rest is laid over: nothing, or a genuine file,
 * with the sums made right or not. Whatever opens must open as the genuine one does, and what is refused
 * must name one of the refusals of keyfile.md. The source is compiled in under test limits, so that a
 * derivation costs microseconds in every build.
 */
#ifndef VLS_TEST_LIMITS
#define VLS_TEST_LIMITS
#endif
#include <stdlib.h>
#include <string.h>

#include "crypto/keyring/keyfile.c"
#include "crypto/keyring/keyfile_copy.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { OVER_GENUINE = 1, SUMS_RIGHT = 2, BOTH_COPIES = 4 };

static struct vls_secret *passphrase, *master;
static uint8_t genuine[VLS_KEYFILE_LEN];
static char path[64];
static int fd = -1;

static void
must(bool ok)
{
    if (!ok)
        abort();
}

static void
image_put(const uint8_t *bytes, size_t n)
{
    must(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, n, 0) == (ssize_t)n);
}

static void
clean_up(void)
{
    (void)unlink(path);
}

/* One genuine file, with constants instead of random bytes where findings are to be repeated. */
static void
prepare(void)
{
    static const uint8_t key[VLS_MASTER_LEN] = "the master key of every replay";
    const struct vls_argon2 cost = {VLS_ARGON2_FLOOR_OPS, VLS_ARGON2_FLOOR_KIB};

    must(vls_secret_start(NULL) == VLS_OK && vls_secret_copy(&passphrase, "p", 1, NULL) == VLS_OK &&
         vls_secret_copy(&master, key, sizeof key, NULL) == VLS_OK);
    memcpy(genuine, MAGIC, sizeof MAGIC);
    vls_store_le32(genuine + AT_VERSION, VERSION);
    vls_store_le32(genuine + AT_SUITE, VLS_SUITE);
    vls_store_le64(genuine + AT_GENERATION, 1);
    for (size_t i = 0; i < N_SLOTS; i++) {
        vls_store_le32(genuine + AT_SLOTS + i * SLOT_LEN + AT_OPS, cost.ops);
        vls_store_le32(genuine + AT_SLOTS + i * SLOT_LEN + AT_KIB, cost.kib);
    }
    must(vls__slot_seal(genuine, SLOT_PASSPHRASE, passphrase, &cost, master, NULL) == VLS_OK &&
         vls__copy_finish(genuine, master, NULL) == VLS_OK);
    memcpy(genuine + COPY_LEN, genuine, COPY_LEN);
    memcpy(path, "/tmp/valise-fuzz-XXXXXX", sizeof "/tmp/valise-fuzz-XXXXXX");
    must((fd = mkostemp(path, O_CLOEXEC)) >= 0);
    (void)atexit(clean_up);
}

/* The rest of the input is edits: offset (2 bytes), value. */
static size_t
image_build(uint8_t image[VLS_KEYFILE_LEN + 256], const uint8_t *data, size_t size)
{
    uint8_t how = data[0];
    size_t n = VLS_KEYFILE_LEN;

    data++, size--;
    memset(image, 0, VLS_KEYFILE_LEN + 256);
    if (how & OVER_GENUINE) {
        memcpy(image, genuine, sizeof genuine);
        for (size_t i = 0; i + 3 <= size; i += 3) {
            size_t at = ((size_t)data[i] << 8 | data[i + 1]) % VLS_KEYFILE_LEN;

            image[at] = data[i + 2];
            if (how & BOTH_COPIES)
                image[at ^ COPY_LEN] = data[i + 2];
        }
    } else {
        n = size < VLS_KEYFILE_LEN + 256 ? size : VLS_KEYFILE_LEN + 256;
        if (n > 0)
            memcpy(image, data, n);
    }
    if ((how & SUMS_RIGHT) && n >= VLS_KEYFILE_LEN)
        for (size_t i = 0; i < N_COPIES; i++)
            vls_hash1(image + i * COPY_LEN + AT_SUM, "valise keys sum", image + i * COPY_LEN, AT_SUM);
    return n;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[VLS_KEYFILE_LEN + 256];
    struct vls_keyfile_info info;
    struct vls_secret *out = NULL;
    enum vls_code rc, checked, changed;
    size_t n;

    if (size == 0)
        return 0;
    if (fd < 0)
        prepare();
    n = image_build(image, data, size);
    image_put(image, n);
    rc = vls_keyfile_open(&out, &info, path, passphrase, NULL);
    must((rc == VLS_OK) == (out != NULL));
    must(rc == VLS_OK || rc == VLS_EAUTH || rc == VLS_ELOCKED || rc == VLS_EVERSION);
    if (rc == VLS_OK) {
        must(vls_equal(out->bytes, master->bytes, VLS_MASTER_LEN) && info.generation == 1);
        must(memcmp(info.store_id, genuine + AT_STORE, VLS_STORE_ID_LEN) == 0);
        /* one copy at least is whole, and nothing else counted */
        must(memcmp(image, genuine, COPY_LEN) == 0 || memcmp(image + COPY_LEN, genuine, COPY_LEN) == 0);
        must(info.degraded == (n != VLS_KEYFILE_LEN || memcmp(image, genuine, sizeof genuine) != 0));
    }
    vls_secret_free(out);
    checked = vls_keyfile_check(&info, path, master, NULL);
    must(checked == VLS_OK || checked == VLS_EAUTH || checked == VLS_EVERSION);
    must(rc != VLS_OK || checked == VLS_OK);
    changed = vls_keyfile_set_passphrase(path, master, passphrase, NULL, NULL);
    must(changed == checked); /* only a file that verifies is written to, and then it is whole */
    if (changed == VLS_OK) {
        must(vls_keyfile_check(&info, path, master, NULL) == VLS_OK && !info.degraded && info.generation == 2);
    } else {
        static uint8_t after[VLS_KEYFILE_LEN + 256];

        must(pread(fd, after, sizeof after, 0) == (ssize_t)n && memcmp(after, image, n) == 0);
    }
    return 0;
}
