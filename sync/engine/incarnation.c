/*
 * Lives of a store: a chain of envelopes belongs to one of them. A store that was put back, copied or opened
 * with its recovery code must not go on with numbers that another copy of it may have used.
 */
#include <string.h>

#include "engine_int.h"

/* The newest envelope that is here of the present incarnation; none: the one noted before stays. */
static enum vls_code
newest_here(struct vls_engine *e, uint8_t head[VLS_HASH_LEN], bool *any, struct vls_error *err)
{
    uint64_t seq = 0;
    enum vls_code rc = vls_store_chain_head(e->store, e->me.device, e->incarnation, &seq, head, err);

    *any = seq > 0;
    return rc;
}

enum vls_code
vls__engine_new_life(struct vls_engine *e, const uint8_t *former, struct vls_error *err)
{
    uint8_t head[VLS_HASH_LEN];
    bool any = former != NULL;
    enum vls_code rc = VLS_OK;

    if (any)
        memcpy(head, former, sizeof head);
    else
        rc = newest_here(e, head, &any, err);
    if (rc == VLS_OK && any)
        rc = vls_store_meta_put(e->store, META_FORMER, vls_slice_of(head, sizeof head), err);
    if (rc != VLS_OK)
        return rc;
    vls_random(e->incarnation, sizeof e->incarnation); /* going back loads the former one again */
    return vls__engine_self_save(e, err);
}

enum vls_code
vls__engine_new_incarnation(struct vls_engine *e, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = vls_store_begin(e->store, err)) != VLS_OK)
        return rc;
    if ((rc = vls__engine_new_life(e, NULL, err)) == VLS_OK)
        return vls_store_commit(e->store, err);
    vls_store_rollback(e->store);
    return rc;
}

enum vls_code
vls_engine_restore(struct vls_secret **master, const struct vls_places *places, const struct vls_secret *code,
                   const struct vls_secret *passphrase, struct vls_error *err)
{
    struct vls_engine *e = NULL;
    char keys[ENGINE_PATH_LEN];
    enum vls_code rc;

    *master = NULL;
    if ((rc = vls__engine_keys_path(keys, places, err)) != VLS_OK ||
        (rc = vls_keyfile_open_recovery(master, NULL, keys, code, err)) != VLS_OK ||
        (rc = vls_engine_open(&e, places, *master, err)) != VLS_OK)
        goto out;
    /* opening may have begun one already */
    if (e->notice == VLS_NOTICE_NONE)
        rc = vls__engine_new_incarnation(e, err);
    if (rc == VLS_OK)
        rc = vls_keyfile_set_passphrase(keys, *master, passphrase, NULL, err);
out:
    vls_engine_close(e);
    if (rc != VLS_OK) {
        vls_secret_free(*master);
        *master = NULL;
    }
    return rc;
}
