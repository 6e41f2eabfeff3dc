/*
 * What a check finds wrong in the merged records is mended from the sealed change sets, which are signed and of which
 * nothing was lost. What stood there is set aside first: nobody signed it, but somebody may have acted on it.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

struct place {
    uint8_t id[VLS_ID_LEN], compartment[VLS_ID_LEN];
};

struct found {
    struct place *v;
    size_t n, cap;
    vls_record_fn *fn;
    void *ctx;
};

static enum vls_code
note_place(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct found *f = ctx;

    if (!vls_room(&f->v, &f->cap, f->n, 1, sizeof *f->v))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the records that differ");
    memcpy(f->v[f->n].id, r->id, VLS_ID_LEN);
    memcpy(f->v[f->n++].compartment, r->compartment, VLS_ID_LEN);
    return f->fn != NULL ? f->fn(f->ctx, r, err) : VLS_OK;
}

/* The check has opened every one of them a moment ago. */
static enum vls_code
merge_again(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct vls_engine *e = ctx;
    const struct vls_epoch *epoch;
    struct vls_envelope env;
    struct vls_buf plain;
    enum vls_code rc;

    if ((rc = vls_envelope_read(&env, s->bytes, err)) != VLS_OK)
        return rc;
    if ((epoch = vls__engine_epoch_under(e, &env)) == NULL)
        return VLS_FAIL(err, VLS_EAUTH, "a change set is sealed under no key that is here");
    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    if ((rc = vls_envelope_open(&plain, &env, epoch, err)) == VLS_OK)
        rc = vls_store_apply(e->store, env.id, vls_epoch_compartment(epoch), vls_buf_slice(&plain), err);
    vls_buf_clear(&plain);
    return rc;
}

static enum vls_code
rebuild(struct vls_engine *e, const struct found *f, int64_t now_unix, uint64_t *n_aside, struct vls_error *err)
{
    bool there;
    enum vls_code rc;

    *n_aside = 0;
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < f->n && rc == VLS_OK; i++) {
        rc = vls_store_set_aside(e->store, f->v[i].id, f->v[i].compartment, now_unix, &there, err);
        *n_aside += rc == VLS_OK && there;
    }
    if (rc == VLS_OK && (rc = vls_store_unmerge(e->store, err)) == VLS_OK)
        rc = vls_store_envelopes(e->store, VLS_ENV_CHANGE, VLS_ENV_DONE, merge_again, e, err);
    return vls__engine_end(e, rc, err);
}

enum vls_code
vls_engine_heal(struct vls_engine *e, int64_t now_unix, struct vls_check *out, vls_record_fn *differing, void *ctx,
                struct vls_error *err)
{
    struct found f = {.fn = differing, .ctx = ctx};
    struct vls_check again;
    enum vls_code rc;

    if ((rc = vls_engine_check(e, out, note_place, &f, err)) == VLS_OK && (out->n_differ > 0 || out->rest_differs) &&
        out->n_bad == 0) {
        if ((rc = rebuild(e, &f, now_unix, &out->n_aside, err)) == VLS_OK)
            rc = vls_engine_check(e, &again, NULL, NULL, err);
        out->healed = rc == VLS_OK && again.n_differ == 0 && !again.rest_differs;
        if (rc != VLS_OK)
            vls_while(err, "merging everything anew");
    }
    free(f.v);
    return rc;
}
