/*
 * The key file: the master key sealed under a passphrase and a recovery code, twice. Every byte of it
 * may have been edited by whoever had the laptop, so the costs are bounded before Argon2 runs, and
 * nothing else is believed until the mac under the master key has verified.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "valise/file.h"
#include "valise/keyfile.h"
#include "valise/prim.h"

#include "copy_int.h"
#include "keyfile_int.h"

#define FILE_CAP 65536u /* what is read at most, so that a later, longer version can still be named */

_Static_assert(N_COPIES * COPY_LEN == VLS_KEYFILE_LEN, "the file is its copies");

struct keyfile {
    uint8_t bytes[VLS_KEYFILE_LEN]; /* zeros where the file is shorter */
    size_t len;                     /* of the file, which may be longer than bytes */
    enum copy_state state[N_COPIES];
};

static const uint8_t *
copy_at(const struct keyfile *f, size_t i)
{
    return f->bytes + i * COPY_LEN;
}

/* Reads and looks at both copies; at least one is whole afterwards. */
static enum vls_code
file_load(struct keyfile *f, const char *path, struct vls_error *err)
{
    struct vls_buf b;
    enum vls_code rc;

    memset(f, 0, sizeof *f);
    vls_buf_init(&b, FILE_CAP);
    rc = vls_file_read(&b, path, VLS_FILE_NOFOLLOW, err);
    if (rc == VLS_ENOTFOUND)
        rc = VLS_FAIL(err, VLS_ENOSTORE, "there is no key file %s", path);
    else if (rc == VLS_ELIMIT)
        rc = VLS_FAIL(err, VLS_EAUTH, "%s is damaged: more than %u bytes", path, FILE_CAP);
    if (rc != VLS_OK)
        goto out;
    f->len = b.n;
    if (b.n > 0)
        memcpy(f->bytes, b.p, b.n < sizeof f->bytes ? b.n : sizeof f->bytes);
    for (size_t i = 0; i < N_COPIES; i++) {
        f->state[i] = vls__copy_look(copy_at(f, i));
        if (f->state[i] == COPY_NEWER) {
            rc = VLS_FAIL(err, VLS_EVERSION, "%s was written by a newer version of this program", path);
            goto out;
        }
    }
    if (f->state[0] != COPY_WHOLE && f->state[1] != COPY_WHOLE)
        rc = VLS_FAIL(err, VLS_EAUTH, "both copies in %s are damaged", path);
out:
    vls_buf_clear(&b);
    return rc;
}

/*
 * The copy that counts under this master key: authentic, of the greatest generation, the first of
 * equals. Errors: VLS_EAUTH, neither is authentic.
 */
static enum vls_code
file_judge(const struct keyfile *f, const struct vls_secret *master, bool authentic[N_COPIES], size_t *winner,
           struct vls_error *err)
{
    enum vls_code rc;

    *winner = N_COPIES;
    for (size_t i = 0; i < N_COPIES; i++) {
        const uint8_t *copy = copy_at(f, i);

        authentic[i] = false;
        if (f->state[i] != COPY_WHOLE)
            continue;
        if ((rc = vls__copy_authentic(&authentic[i], copy, master, err)) != VLS_OK)
            return rc;
        if (authentic[i] &&
            (*winner == N_COPIES || vls__copy_generation(copy) > vls__copy_generation(copy_at(f, *winner))))
            *winner = i;
    }
    if (*winner == N_COPIES)
        return VLS_FAIL(err, VLS_EAUTH, "no copy in it verifies under its own key: damaged or forged");
    return VLS_OK;
}

static bool
copies_same(const struct keyfile *f)
{
    /* memcmp: both sides are public */
    return memcmp(copy_at(f, 0), copy_at(f, 1), COPY_LEN) == 0;
}

static void
info_fill(struct vls_keyfile_info *info, const struct keyfile *f, size_t winner)
{
    const uint8_t *copy = copy_at(f, winner);

    if (info == NULL)
        return;
    memcpy(info->store_id, vls__copy_store_id(copy), VLS_STORE_ID_LEN);
    info->generation = vls__copy_generation(copy);
    info->passphrase_cost = vls__copy_cost(copy);
    info->degraded = f->len != VLS_KEYFILE_LEN || !copies_same(f);
}

/*
 * Tries the copies, greater claimed generation first, and accepts a master key only when the copy it
 * came from is the one that counts.
 */
static enum vls_code
file_open(struct vls_secret **master, struct vls_keyfile_info *info, const struct keyfile *f, enum slot no,
          const struct vls_secret *secret, struct vls_error *err)
{
    size_t first = f->state[1] == COPY_WHOLE && (f->state[0] != COPY_WHOLE || vls__copy_generation(copy_at(f, 1)) >
                                                                                  vls__copy_generation(copy_at(f, 0)));
    size_t n = f->state[1 - first] == COPY_WHOLE && !copies_same(f) ? 2 : 1;
    bool authentic[N_COPIES], forged = false;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n; i++) {
        size_t at = i == 0 ? first : 1 - first, winner;
        struct vls_secret *key;

        if ((rc = vls__slot_open(&key, copy_at(f, at), no, secret, err)) == VLS_ELOCKED)
            continue;
        if (rc != VLS_OK)
            return rc;
        if ((rc = file_judge(f, key, authentic, &winner, err)) == VLS_OK && winner == at) {
            info_fill(info, f, winner);
            *master = key;
            return VLS_OK;
        }
        vls_secret_free(key);
        if (rc == VLS_OK && authentic[at]) /* the other copy is later: what was typed opens the past only */
            return VLS_FAIL(err, VLS_ELOCKED, "it was replaced by a later one");
        if (rc != VLS_OK && rc != VLS_EAUTH)
            return rc;
        forged = true;
    }
    return forged ? VLS_FAIL(err, VLS_EAUTH, "a copy in it is forged or damaged, and the other does not open") : rc;
}

static enum vls_code
passphrase_ok(const struct vls_secret *passphrase, const struct vls_argon2 *cost, struct vls_error *err)
{
    if (passphrase->len == 0 || passphrase->len > VLS_PASSPHRASE_MAX)
        return VLS_FAIL(err, VLS_EVALUE, "a passphrase has 1 to %d bytes", VLS_PASSPHRASE_MAX);
    if (!vls__cost_ok(cost->ops, cost->kib))
        return VLS_FAIL(err, VLS_EVALUE, "key derivation takes %u to %u passes over %u to %u KiB", VLS_ARGON2_FLOOR_OPS,
                        VLS_ARGON2_CEILING_OPS, VLS_ARGON2_FLOOR_KIB, VLS_ARGON2_CEILING_KIB);
    return VLS_OK;
}

static const struct vls_argon2 cost_floor = {VLS_ARGON2_FLOOR_OPS, VLS_ARGON2_FLOOR_KIB};

/* ---- the calls ---- */

enum vls_code
vls__keyfile_image(uint8_t bytes[VLS_KEYFILE_LEN], const uint8_t store_id[VLS_STORE_ID_LEN], uint64_t generation,
                   const struct vls_secret *master, const struct vls_secret *passphrase, const struct vls_argon2 *cost,
                   struct vls_error *err)
{
    enum vls_code rc;

    if (cost == NULL)
        cost = &cost_floor;
    if ((rc = passphrase_ok(passphrase, cost, err)) != VLS_OK)
        return rc;
    vls__copy_make(bytes, store_id, generation);
    if ((rc = vls__slot_seal(bytes, SLOT_PASSPHRASE, passphrase, cost, master, err)) == VLS_OK &&
        (rc = vls__copy_finish(bytes, master, err)) == VLS_OK)
        memcpy(bytes + COPY_LEN, bytes, COPY_LEN);
    return rc;
}

enum vls_code
vls_keyfile_create(uint8_t store_id[VLS_STORE_ID_LEN], struct vls_secret **master, const char *path,
                   const struct vls_secret *passphrase, const struct vls_argon2 *cost, struct vls_error *err)
{
    uint8_t bytes[VLS_KEYFILE_LEN], id[VLS_STORE_ID_LEN];
    struct vls_secret *key = NULL;
    enum vls_code rc;

    *master = NULL;
    vls_random(id, sizeof id);
    if ((rc = vls_secret_random(&key, VLS_MASTER_LEN, err)) != VLS_OK ||
        (rc = vls__keyfile_image(bytes, id, 1, key, passphrase, cost, err)) != VLS_OK ||
        (rc = vls_file_write(path, vls_slice_of(bytes, sizeof bytes), 0600, VLS_FILE_NEW, err)) != VLS_OK)
        goto out;
    memcpy(store_id, id, sizeof id);
    *master = key;
    key = NULL;
out:
    vls_secret_free(key);
    if (rc != VLS_OK)
        vls_while(err, "making the key file");
    return rc;
}

enum vls_code
vls_keyfile_store_id(uint8_t store_id[VLS_STORE_ID_LEN], const char *path, struct vls_error *err)
{
    struct keyfile f;
    enum vls_code rc = file_load(&f, path, err);

    if (rc == VLS_OK)
        memcpy(store_id, vls__copy_store_id(copy_at(&f, f.state[0] == COPY_WHOLE ? 0 : 1)), VLS_STORE_ID_LEN);
    return rc;
}

enum vls_code
vls_keyfile_open(struct vls_secret **master, struct vls_keyfile_info *info, const char *path,
                 const struct vls_secret *passphrase, struct vls_error *err)
{
    struct keyfile f;
    enum vls_code rc;

    *master = NULL;
    if ((rc = file_load(&f, path, err)) == VLS_OK &&
        (rc = file_open(master, info, &f, SLOT_PASSPHRASE, passphrase, err)) != VLS_OK)
        vls_while(err, "opening %s", path);
    return rc;
}

enum vls_code
vls_keyfile_open_recovery(struct vls_secret **master, struct vls_keyfile_info *info, const char *path,
                          const struct vls_secret *typed, struct vls_error *err)
{
    struct keyfile f;
    struct vls_secret *code = NULL;
    enum vls_code rc;

    *master = NULL;
    if ((rc = file_load(&f, path, err)) != VLS_OK)
        return rc;
    rc = vls_recovery_parse(&code, vls__copy_store_id(copy_at(&f, f.state[0] == COPY_WHOLE ? 0 : 1)), typed, err);
    if (rc == VLS_OK && (rc = file_open(master, info, &f, SLOT_RECOVERY, code, err)) != VLS_OK)
        vls_while(err, "opening %s", path);
    vls_secret_free(code);
    return rc;
}

enum vls_code
vls_keyfile_check(struct vls_keyfile_info *info, const char *path, const struct vls_secret *master,
                  struct vls_error *err)
{
    struct keyfile f;
    bool authentic[N_COPIES];
    size_t winner;
    enum vls_code rc = file_load(&f, path, err);

    if (rc != VLS_OK)
        return rc;
    if ((rc = file_judge(&f, master, authentic, &winner, err)) == VLS_OK)
        info_fill(info, &f, winner);
    else
        vls_while(err, "checking %s", path);
    return rc;
}

/* ---- changing it ---- */

static enum vls_code
copy_write(int fd, size_t at, const uint8_t *copy, struct vls_error *err)
{
    size_t done = 0;
    bool ok = true;
    enum vls_code rc;

    while (ok && done < COPY_LEN) {
        ssize_t put = pwrite(fd, copy + done, COPY_LEN - done, (off_t)(at * COPY_LEN + done));

        if (put > 0)
            done += (size_t)put;
        else
            ok = put < 0 && errno == EINTR;
    }
    if (ok && fdatasync(fd) == 0)
        return VLS_OK;
    rc = vls_file_code(errno);
    vls_error_set_sys(err, rc, errno, "cannot write copy %zu", at);
    return rc;
}

/* Opens for changing; a second process that is at it makes VLS_EBUSY. */
static enum vls_code
file_lock(int *fd, const char *path, struct vls_error *err)
{
    enum vls_code rc;
    int sys;

    if ((*fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)) < 0) {
        sys = errno;
        rc = sys == ENOENT ? VLS_ENOSTORE : vls_file_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot open it for writing");
        return rc;
    }
    if (flock(*fd, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) /* no locks on this file system: go on */
        return VLS_OK;
    (void)close(*fd);
    *fd = -1;
    return VLS_FAIL(err, VLS_EBUSY, "another process is changing it");
}

enum vls_code
vls__keyfile_hold(int *fd, struct vls_keyfile_info *info, const char *path, const struct vls_secret *master,
                  struct vls_error *err)
{
    struct keyfile f;
    bool authentic[N_COPIES];
    size_t winner;
    enum vls_code rc;

    if ((rc = file_lock(fd, path, err)) != VLS_OK)
        return rc;
    if ((rc = file_load(&f, path, err)) == VLS_OK && (rc = file_judge(&f, master, authentic, &winner, err)) == VLS_OK)
        info_fill(info, &f, winner);
    if (rc != VLS_OK) {
        (void)close(*fd);
        *fd = -1;
    }
    return rc;
}

/* Seals slot no anew in the copy that counts and writes both copies, the one that counts last. */
static enum vls_code
file_change(const char *path, const struct vls_secret *master, enum slot no, const struct vls_secret *secret,
            const struct vls_argon2 *cost, struct vls_error *err)
{
    struct keyfile f;
    uint8_t copy[COPY_LEN];
    bool authentic[N_COPIES];
    size_t winner;
    enum vls_code rc;
    int fd = -1;

    if ((rc = file_lock(&fd, path, err)) != VLS_OK || (rc = file_load(&f, path, err)) != VLS_OK ||
        (rc = file_judge(&f, master, authentic, &winner, err)) != VLS_OK)
        goto out;
    memcpy(copy, copy_at(&f, winner), COPY_LEN);
    if (vls__copy_generation(copy) == UINT64_MAX) {
        rc = VLS_FAIL(err, VLS_ELIMIT, "no generation is left");
        goto out;
    }
    vls__copy_set_generation(copy, vls__copy_generation(copy) + 1);
    if ((rc = vls__slot_seal(copy, no, secret, cost, master, err)) != VLS_OK ||
        (rc = vls__copy_finish(copy, master, err)) != VLS_OK)
        goto out;
    /* with two equal copies the first is the winner, so copy 1 goes first as keyfile.md says */
    if ((rc = copy_write(fd, 1 - winner, copy, err)) != VLS_OK || (rc = copy_write(fd, winner, copy, err)) != VLS_OK)
        goto out;
    if (f.len > VLS_KEYFILE_LEN && ftruncate(fd, VLS_KEYFILE_LEN) != 0)
        rc = VLS_FAIL_SYS(err, VLS_EIO, errno, "cannot cut it to its size");
out:
    if (fd >= 0)
        (void)close(fd);
    if (rc != VLS_OK)
        vls_while(err, "changing %s", path);
    return rc;
}

enum vls_code
vls_keyfile_set_passphrase(const char *path, const struct vls_secret *master, const struct vls_secret *passphrase,
                           const struct vls_argon2 *cost, struct vls_error *err)
{
    enum vls_code rc;

    if (cost == NULL)
        cost = &cost_floor;
    if ((rc = passphrase_ok(passphrase, cost, err)) != VLS_OK)
        return rc;
    return file_change(path, master, SLOT_PASSPHRASE, passphrase, cost, err);
}

enum vls_code
vls_keyfile_set_recovery(struct vls_secret **text, const char *path, const struct vls_secret *master,
                         struct vls_error *err)
{
    struct vls_secret *code = NULL, *printed = NULL;
    struct vls_keyfile_info info;
    enum vls_code rc;

    *text = NULL;
    /* the text is made before the file changes, so that no code is in force that nobody ever saw */
    if ((rc = vls_keyfile_check(&info, path, master, err)) != VLS_OK ||
        (rc = vls_secret_random(&code, VLS_RECOVERY_LEN, err)) != VLS_OK ||
        (rc = vls_recovery_print(&printed, info.store_id, code, err)) != VLS_OK ||
        (rc = file_change(path, master, SLOT_RECOVERY, code, &cost_floor, err)) != VLS_OK)
        goto out;
    *text = printed;
    printed = NULL;
out:
    vls_secret_free(code);
    vls_secret_free(printed);
    return rc;
}
