/*
 * Another master key. A copy of the store is made in a folder of its own, sealed under the new key, with the
 * keys in it sealed anew and a life of its own; then the key file is replaced, which is the moment
 * when it counts (E9), and the copy takes the store's place. Whoever opens the valise between the two
 * finds a store that the key file does not open, and ends the exchange.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "valise/file.h"

#include "engine_int.h"

#define WORK "rekey"

static const char *const sealed_purposes[] = KEYS_SEALED;
#define N_SEALED (sizeof sealed_purposes / sizeof *sealed_purposes)

/* ---- the folder ---- */

/* What a change makes there, the temporary name of its key file included. */
static bool
is_ours(const char *name)
{
    return strcmp(name, "store") == 0 || strcmp(name, "store.new") == 0 || strncmp(name, "keys", 4) == 0;
}

/* Never through a link, which would lead to files of somebody else's choice. */
static void
work_empty(const char *work)
{
    int fd = open(work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *d;

    if (dir == NULL && fd >= 0)
        (void)close(fd);
    while (dir != NULL && (d = readdir(dir)) != NULL)
        if (is_ours(d->d_name))
            (void)unlinkat(dirfd(dir), d->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
}

void
vls__engine_rekey_tidy(const struct vls_places *places)
{
    char work[ENGINE_PATH_LEN];
    struct stat st;

    if (vls__engine_path(work, places->data, WORK, NULL) != VLS_OK || lstat(work, &st) != 0)
        return;
    work_empty(work);
    if (S_ISDIR(st.st_mode))
        (void)rmdir(work);
    else
        (void)unlink(work);
}

/* The store's name for the store that lies in the folder; the key file's new name must last before that. */
static enum vls_code
store_exchange(const char *from, const char *to, struct vls_error *err)
{
    enum vls_code rc = vls_file_sync_parent(to, err);

    if (rc != VLS_OK)
        return rc;
    if (rename(from, to) != 0) {
        int sys = errno;

        rc = vls_file_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot move the store to its place");
        return rc;
    }
    return vls_file_sync_parent(to, err);
}

bool
vls__engine_rekey_settle(const struct vls_places *places, const uint8_t *store_id, const struct vls_secret *master)
{
    char from[ENGINE_PATH_LEN], to[ENGINE_PATH_LEN];
    struct vls_secret *page = NULL;
    struct vls_store *s = NULL;
    bool ours;

    if (places->io != NULL || vls__engine_path(from, places->data, WORK "/store", NULL) != VLS_OK ||
        vls__engine_path(to, places->data, "store", NULL) != VLS_OK || access(from, F_OK) != 0)
        return false;
    ours = vls_keyfile_subkey(&page, master, store_id, VLS_SUBKEY_PAGE_LOG, NULL) == VLS_OK &&
           vls_store_open(&s, from, page, false, NULL) == VLS_OK;
    vls_store_close(s);
    vls_secret_free(page);
    return ours && store_exchange(from, to, NULL) == VLS_OK;
}

/* ---- the copy ---- */

struct reseal {
    const struct vls_engine *from;
    struct vls_engine *to;
    const char *purpose;
};

static enum vls_code
reseal_one(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err)
{
    struct reseal *r = ctx;
    struct vls_secret *key = NULL;
    enum vls_code rc = vls_ring_unseal(&key, r->from->kek, r->purpose, id, sealed, err);

    if (rc == VLS_OK)
        rc = vls__engine_key_put(r->to, r->purpose, id, key, err);
    vls_secret_free(key);
    return rc;
}

static enum vls_code
reseal_all(struct vls_engine *to, const struct vls_engine *from, struct vls_error *err)
{
    struct reseal r = {from, to, NULL};
    enum vls_code rc;

    if ((rc = vls_store_begin(to->store, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < N_SEALED && rc == VLS_OK; i++) {
        r.purpose = sealed_purposes[i];
        rc = vls_store_keys(from->store, r.purpose, reseal_one, &r, err);
    }
    if (rc == VLS_OK) /* the state file is sealed under the former key: another takes its place */
        rc = vls_store_meta_put(to->store, META_ANCHORED, vls_slice_of(NULL, 0), err);
    if (rc == VLS_OK)
        return vls_store_commit(to->store, err);
    vls_store_rollback(to->store);
    return rc;
}

/* The whole new store under this name, read once more before anything depends on it. */
static enum vls_code
copy_make(struct vls_engine *old, const struct vls_places *places, const char *path, const uint8_t *store_id,
          const struct vls_secret *fresh, struct vls_error *err)
{
    struct vls_engine *to = NULL;
    struct vls_secret *page = NULL;
    enum vls_code rc;

    if ((rc = vls__engine_new(&to, places, err)) == VLS_OK &&
        (rc = vls__engine_derive(to, store_id, fresh, &page, err)) == VLS_OK &&
        (rc = vls_store_copy(old->store, path, page, err)) == VLS_OK &&
        (rc = vls_store_open(&to->store, path, page, false, err)) == VLS_OK &&
        (rc = vls__engine_self_load(to, err)) == VLS_OK && (rc = reseal_all(to, old, err)) == VLS_OK &&
        (rc = vls__engine_new_incarnation(to, err)) == VLS_OK)
        rc = vls_store_verify(to->store, err);
    vls_secret_free(page);
    vls_engine_close(to);
    return rc;
}

enum vls_code
vls_engine_rekey(struct vls_secret **fresh, const struct vls_places *places, const struct vls_secret *master,
                 const struct vls_secret *passphrase, struct vls_error *err)
{
    char keys[ENGINE_PATH_LEN], store[ENGINE_PATH_LEN], work[ENGINE_PATH_LEN], new_keys[ENGINE_PATH_LEN],
        new_store[ENGINE_PATH_LEN];
    uint8_t store_id[VLS_ID_LEN];
    struct vls_engine *old = NULL;
    struct vls_secret *key = NULL;
    enum vls_code rc;

    *fresh = NULL;
    if (passphrase->len == 0 || passphrase->len > VLS_PASSPHRASE_MAX) /* before the store is copied for nothing */
        return VLS_FAIL(err, VLS_EVALUE, "a passphrase has 1 to %d bytes", VLS_PASSPHRASE_MAX);
    if ((rc = vls__engine_keys_path(keys, places, err)) != VLS_OK ||
        (rc = vls__engine_path(store, places->data, "store", err)) != VLS_OK ||
        (rc = vls__engine_path(work, places->data, WORK, err)) != VLS_OK ||
        (rc = vls__engine_path(new_keys, work, "keys", err)) != VLS_OK ||
        (rc = vls__engine_path(new_store, work, "store", err)) != VLS_OK ||
        (rc = vls_engine_open(&old, places, master, err)) != VLS_OK || /* and its lock, to the end */
        (rc = vls_engine_store_id(places, store_id, err)) != VLS_OK ||
        (rc = vls_secret_random(&key, VLS_MASTER_LEN, err)) != VLS_OK || (rc = vls_file_folder(work, err)) != VLS_OK)
        goto out;
    if ((rc = copy_make(old, places, new_store, store_id, key, err)) != VLS_OK ||
        (rc = vls_keyfile_rekey(keys, new_keys, master, key, passphrase, NULL, err)) != VLS_OK) {
        if (vls_keyfile_check(&(struct vls_keyfile_info){.generation = 0}, keys, master, NULL) == VLS_OK)
            vls__engine_rekey_tidy(places); /* the old key file stands: what was made is of no use */
        goto out;
    }
    if ((rc = store_exchange(new_store, store, err)) != VLS_OK)
        goto out;
    (void)rmdir(work);
    *fresh = key;
    key = NULL;
out:
    vls_engine_close(old);
    vls_secret_free(key);
    if (rc != VLS_OK)
        vls_while(err, "changing the master key");
    return rc;
}

enum vls_code
vls_engine_room(const struct vls_places *places, uint64_t *store, uint64_t *available, struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    struct statvfs fs;
    struct stat st;
    enum vls_code rc = vls__engine_path(path, places->data, "store", err);

    if (rc != VLS_OK)
        return rc;
    if (stat(path, &st) != 0 || statvfs(places->data, &fs) != 0)
        return VLS_FAIL_SYS(err, errno == ENOENT ? VLS_ENOSTORE : VLS_EIO, errno, "looking at the store");
    *store = (uint64_t)st.st_size;
    *available = (uint64_t)fs.f_bavail * fs.f_frsize;
    return VLS_OK;
}
