/*
 * Trusting nothing that was computed before: every page, every signature and every chain once more,
 * and all records merged afresh from the sealed change sets into an empty store in memory.
 */
#include <string.h>

#include "engine_int.h"

struct check_ctx {
    struct vls_engine *e;
    struct vls_store *fresh;
    struct vls_check *out;
};

/* Signature and id; the chain's order is what the store iterates in. */
static bool
still_valid(struct check_ctx *c, const struct vls_stored_envelope *s, struct vls_envelope *env)
{
    const struct vls_member_device *author;

    if (vls_envelope_read(env, s->bytes, NULL) != VLS_OK || memcmp(env->id, s->id, VLS_HASH_LEN) != 0 ||
        env->seq != s->seq || memcmp(env->device, s->device, VLS_ID_LEN) != 0)
        return false;
    author = vls_members_device(c->e->members, env->device);
    return author != NULL && vls_envelope_signed_by(env, author->sign_pk);
}

static struct vls_epoch *
epoch_of(struct vls_engine *e, const struct vls_envelope *env)
{
    for (size_t i = e->n_epochs; i-- > 0;)
        if (vls_envelope_is_under(env, e->epochs[i]))
            return e->epochs[i];
    return NULL;
}

static enum vls_code
check_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct check_ctx *c = ctx;
    struct vls_stored_envelope copy = *s;
    struct vls_envelope env;
    struct vls_epoch *epoch;
    struct vls_buf plain;
    enum vls_code rc;

    if (!still_valid(c, s, &env)) {
        c->out->n_bad++;
        return VLS_OK;
    }
    c->out->n_changes += env.kind == VLS_ENV_CHANGE;
    copy.bytes = vls_slice_of(NULL, 0); /* the fresh store judges records; it need not carry letters */
    if ((rc = vls_store_envelope_put(c->fresh, &copy, err)) != VLS_OK || env.kind != VLS_ENV_CHANGE ||
        s->state != VLS_ENV_DONE)
        return rc;
    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    epoch = epoch_of(c->e, &env);
    if (epoch == NULL || vls_envelope_open(&plain, &env, epoch, NULL) != VLS_OK)
        c->out->n_bad++;
    else
        rc = vls_store_apply(c->fresh, env.id, vls_epoch_compartment(epoch), vls_buf_slice(&plain), err);
    vls_buf_clear(&plain);
    return rc;
}

static enum vls_code
merge_afresh(struct check_ctx *c, struct vls_error *err)
{
    struct vls_engine *e = c->e;
    enum vls_code rc = vls_store_begin(c->fresh, err);

    for (size_t i = 0; i < vls_members_n_devices(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_device *d = vls_members_device_at(e->members, i);

        c->out->n_devices++;
        rc = vls_store_device_put(c->fresh, d->id, d->delegation, d->post, err);
    }
    for (size_t i = 0; i < vls_members_n_compartments(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_compartment *room = vls_members_compartment_at(e->members, i);

        if (vls_members_reads(e->members, e->me.device, room->id))
            rc = vls_store_compartment_put(c->fresh, room->id, room->name, room->common, err);
    }
    if (rc == VLS_OK)
        rc = vls_store_envelopes(e->store, 0, (enum vls_envelope_state)0, check_envelope, c, err);
    if (rc == VLS_OK)
        return vls_store_commit(c->fresh, err);
    vls_store_rollback(c->fresh);
    return rc;
}

enum vls_code
vls_engine_check(struct vls_engine *e, struct vls_check *out, vls_record_fn *differing, void *ctx,
                 struct vls_error *err)
{
    struct check_ctx c = {e, NULL, out};
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = vls_store_verify(e->store, err)) != VLS_OK)
        return rc;
    out->store_ok = true;
    if (e->members == NULL)
        return VLS_OK;
    if ((rc = vls_store_memory(&c.fresh, err)) == VLS_OK && (rc = merge_afresh(&c, err)) == VLS_OK &&
        (rc = vls_store_compare(e->store, c.fresh, differing, ctx, &out->n_records, &out->n_differ, err)) == VLS_OK)
        rc = vls_store_waiting(e->store, NULL, NULL, &out->n_missing, err);
    vls_store_close(c.fresh);
    if (rc != VLS_OK)
        vls_while(err, "checking");
    return rc;
}
