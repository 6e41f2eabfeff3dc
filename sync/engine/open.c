/*
 * Opening and closing a valise: key file, store, and transactions over it and what is kept beside it. Nothing here talks
 * to a remote.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine_int.h"

enum vls_code
vls__engine_path(char out[ENGINE_PATH_LEN], const char *folder, const char *name, struct vls_error *err)
{
    size_t a = strlen(folder), b = strlen(name);

    if (a + b + 2 > ENGINE_PATH_LEN)
        return VLS_FAIL(err, VLS_EUSAGE, "the path of the store is too long");
    memcpy(out, folder, a);
    out[a] = '/';
    memcpy(out + a + 1, name, b + 1);
    return VLS_OK;
}

enum vls_code
vls__engine_keys_path(char out[ENGINE_PATH_LEN], const struct vls_places *places, struct vls_error *err)
{
    return vls__engine_path(out, places->data, "keys", err);
}

bool
vls_engine_exists(const struct vls_places *places)
{
    char path[ENGINE_PATH_LEN];

    return vls__engine_keys_path(path, places, NULL) == VLS_OK && access(path, F_OK) == 0;
}

enum vls_code
vls_engine_store_id(const struct vls_places *places, uint8_t out[VLS_ID_LEN], struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc = vls__engine_keys_path(path, places, err);

    return rc != VLS_OK ? rc : vls_keyfile_store_id(out, path, err);
}

enum vls_code
vls_engine_unlock(struct vls_secret **master, const struct vls_places *places, const struct vls_secret *passphrase,
                  struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc;

    *master = NULL;
    if ((rc = vls__engine_keys_path(path, places, err)) != VLS_OK)
        return rc;
    return vls_keyfile_open(master, NULL, path, passphrase, err);
}

bool
vls_engine_key_fits(const struct vls_places *places, const struct vls_secret *master)
{
    struct vls_keyfile_info info;
    char path[ENGINE_PATH_LEN];

    return vls__engine_keys_path(path, places, NULL) == VLS_OK &&
           vls_keyfile_check(&info, path, master, NULL) == VLS_OK;
}

enum vls_code
vls_engine_new_passphrase(const struct vls_places *places, const struct vls_secret *master,
                          const struct vls_secret *passphrase, struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc = vls__engine_keys_path(path, places, err);

    return rc != VLS_OK ? rc : vls_keyfile_set_passphrase(path, master, passphrase, NULL, err);
}

enum vls_code
vls_engine_recovery(const struct vls_places *places, const struct vls_secret *master, struct vls_secret **text,
                    struct vls_error *err)
{
    char path[ENGINE_PATH_LEN];
    enum vls_code rc = vls__engine_keys_path(path, places, err);

    *text = NULL;
    return rc != VLS_OK ? rc : vls_keyfile_set_recovery(text, path, master, err);
}

/* ---- the engine's parts ---- */

enum vls_code
vls__engine_new(struct vls_engine **out, const struct vls_places *places, struct vls_error *err)
{
    struct vls_engine *e = calloc(1, sizeof *e);

    *out = e;
    if (e != NULL) {
        vls_buf_init(&e->genesis_buf, VLS_GENESIS_MAX);
        e->anchor.fd = -1;
        e->data = strdup(places->data);
        e->courier = places->courier != NULL ? strdup(places->courier) : NULL;
        e->io = places->io != NULL ? places->io : vls_io_os();
        e->carrier = vls__engine_carrier(places);
        e->remote_flags = places->batch ? VLS_REMOTE_BATCH : 0;
    }
    if (e == NULL || e->data == NULL || (places->courier != NULL && e->courier == NULL))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to open the valise");
    return VLS_OK;
}

void
vls_engine_close(struct vls_engine *e)
{
    if (e == NULL)
        return;
    vls__anchor_close(e);
    vls_store_close(e->store);
    vls_secret_free(e->kek);
    vls_secret_free(e->sign_sk);
    vls_secret_free(e->box_sk);
    vls__engine_standing_clear(e);
    vls_buf_clear(&e->genesis_buf);
    free(e->data);
    free(e->courier);
    vls_wipe(e, sizeof *e);
    free(e);
}

struct vls_store *
vls_engine_store(struct vls_engine *e)
{
    return e->store;
}

const struct vls_identity *
vls_engine_me(struct vls_engine *e)
{
    return &e->me;
}

/* ---- transactions ---- */

enum vls_code
vls__engine_fresh(struct vls_engine *e, struct vls_error *err)
{
    return e->stale ? vls__engine_standing_load(e, err) : VLS_OK;
}

enum vls_code
vls__engine_start(struct vls_engine *e, struct vls_error *err)
{
    enum vls_code rc = vls__engine_fresh(e, err);

    return rc != VLS_OK ? rc : vls_store_begin(e->store, err);
}

void
vls__engine_drop(struct vls_engine *e)
{
    vls_store_rollback(e->store);
    (void)!vls__engine_standing_load(e, NULL); /* stale when it failed: tried again before the next transaction */
}

enum vls_code
vls__engine_end(struct vls_engine *e, enum vls_code rc, struct vls_error *err)
{
    if (rc == VLS_OK)
        rc = vls_store_commit(e->store, err);
    if (rc != VLS_OK)
        vls__engine_drop(e);
    else
        vls__anchor_write(e);
    return rc;
}

enum vls_code
vls__engine_derive(struct vls_engine *e, const uint8_t *store_id, const struct vls_secret *master,
                   struct vls_secret **page, struct vls_error *err)
{
    enum vls_code rc = vls_keyfile_subkey(page, master, store_id, VLS_SUBKEY_PAGE_LOG, err);

    return rc != VLS_OK ? rc : vls_keyfile_subkey(&e->kek, master, store_id, VLS_SUBKEY_DEVICE, err);
}

enum vls_code
vls__engine_open_by_id(struct vls_engine **out, const struct vls_places *places, const uint8_t *store_id,
                       const struct vls_secret *master, struct vls_error *err)
{
    struct vls_secret *page = NULL;
    struct vls_engine *e = NULL;
    char store[ENGINE_PATH_LEN];
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls__engine_path(store, places->data, "store", err)) != VLS_OK ||
        (rc = vls__engine_new(&e, places, err)) != VLS_OK ||
        (rc = vls__engine_derive(e, store_id, master, &page, err)) != VLS_OK ||
        (rc = vls_store_open_on(&e->store, e->io, store, page, false, err)) != VLS_OK ||
        (rc = vls__engine_key_load(e, KEY_SIGN, &e->sign_sk, err)) != VLS_OK ||
        (rc = vls__engine_key_load(e, KEY_BOX, &e->box_sk, err)) != VLS_OK || (rc = vls__engine_standing_load(e, err)) != VLS_OK)
        goto out;
    if (e->sign_sk == NULL || e->box_sk == NULL) {
        rc = VLS_FAIL(err, VLS_EFORMAT, "the store lacks this device's keys");
        goto out;
    }
    if ((rc = vls__anchor_open(e, places, store_id, master, err)) != VLS_OK ||
        (rc = vls__engine_learn_names(e, err)) != VLS_OK)
        goto out;
    *out = e;
    e = NULL;
out:
    vls_secret_free(page);
    vls_engine_close(e);
    return rc;
}

enum vls_code
vls_engine_open(struct vls_engine **out, const struct vls_places *places, const struct vls_secret *master,
                struct vls_error *err)
{
    struct vls_keyfile_info info;
    char keys[ENGINE_PATH_LEN];
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls__engine_keys_path(keys, places, err)) == VLS_OK && (rc = vls__engine_settle(places, err)) == VLS_OK &&
        (rc = vls_keyfile_check(&info, keys, master, err)) == VLS_OK) {
        rc = vls__engine_open_by_id(out, places, info.store_id, master, err);
        if (rc == VLS_EAUTH && vls__engine_rekey_settle(places, info.store_id, master))
            rc = vls__engine_open_by_id(out, places, info.store_id, master, err);
    }
    if (rc == VLS_OK) {
        vls__engine_tidy(places);
        vls__engine_rekey_tidy(places);
    }
    if (rc != VLS_OK)
        vls_while(err, "opening the valise");
    return rc;
}
