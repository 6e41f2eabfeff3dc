/*
 * A store of a version that did not note what values name learns it from its change sets, once: prose and
 * withdrawals ask for it (schemas/store/0003_named.sql).
 */
#include "engine_int.h"

#define META_UNNAMED "unnamed"

static enum vls_code
learn_one(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct vls_engine *e = ctx;
    const struct vls_epoch *epoch;
    struct vls_envelope env;
    struct vls_buf plain;
    enum vls_code rc = VLS_OK;

    if (vls_envelope_read(&env, s->bytes, NULL) != VLS_OK || (epoch = vls__engine_epoch_under(e, &env)) == NULL)
        return VLS_OK; /* what is wrong with it is the business of check */
    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    if (vls_envelope_open(&plain, &env, epoch, NULL) == VLS_OK)
        rc = vls_store_learn_names(e->store, env.id, vls_epoch_compartment(epoch), vls_buf_slice(&plain), err);
    vls_buf_clear(&plain);
    return rc;
}

enum vls_code
vls__engine_learn_names(struct vls_engine *e, struct vls_error *err)
{
    struct vls_buf flag;
    bool wanted;
    enum vls_code rc;

    vls_buf_init(&flag, 8);
    rc = vls_store_meta_get(e->store, META_UNNAMED, &flag, err);
    wanted = rc == VLS_OK && flag.n > 0;
    vls_buf_clear(&flag);
    if (!wanted)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc;
    if ((rc = vls_store_begin(e->store, err)) != VLS_OK)
        return rc;
    if ((rc = vls_store_envelopes(e->store, VLS_ENV_CHANGE, VLS_ENV_DONE, learn_one, e, err)) == VLS_OK &&
        (rc = vls_store_meta_put(e->store, META_UNNAMED, vls_slice_of(NULL, 0), err)) == VLS_OK)
        return vls_store_commit(e->store, err);
    vls_store_rollback(e->store);
    return rc;
}
