/*
 * Trusting nothing that was computed before: every page, every signature and every chain once more,
 * and all records merged afresh from the sealed change sets into an empty store in memory.
 */
#include <stdio.h>
#include <string.h>

#include "valise/notes.h"

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

static enum vls_code
check_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct check_ctx *c = ctx;
    struct vls_stored_envelope copy = *s;
    struct vls_envelope env;
    struct vls_epoch *epoch;
    struct vls_buf plain;
    bool valid;
    enum vls_code rc;

    valid = still_valid(c, s, &env);
    c->out->n_bad += !valid;
    c->out->n_changes += valid && env.kind == VLS_ENV_CHANGE;
    copy.prev = valid ? env.prev : NULL;
    copy.bytes = vls_slice_of(NULL, 0); /* the fresh store judges records; it need not carry letters */
    /* one that is bad holds its place, for those that follow it */
    rc = vls_store_envelope_put(c->fresh, &copy, err);
    if (rc == VLS_EFORMAT || rc == VLS_EEXIST) {
        c->out->n_bad += valid; /* its place cannot be told any more */
        return VLS_OK;
    }
    if (rc != VLS_OK || !valid || env.kind != VLS_ENV_CHANGE || s->state != VLS_ENV_DONE)
        return rc;
    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    epoch = vls__engine_epoch_under(c->e, &env);
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
            rc = vls__engine_room(e, c->fresh, room, err);
    }
    if (rc == VLS_OK)
        rc = vls_store_envelopes(e->store, 0, (enum vls_envelope_state)0, check_envelope, c, err);
    if (rc == VLS_OK)
        return vls_store_commit(c->fresh, err);
    vls_store_rollback(c->fresh);
    return rc;
}

/* ---- dates that are none ---- */

static enum vls_code
count_words(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    uint64_t *n = ctx;

    (void)err;
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)r->rows[i].field);
        struct vls_date d;

        if (f != NULL && f->type == VLS_T_DATE && vls_date_read(&d, r->rows[i].value) && !d.possible)
            (*n)++;
    }
    return VLS_OK;
}

/* ---- what a finder of the remote would see ---- */

#define CHI_MAX 600 /* sealed bytes: about 255 with a spread of 23; a page of text: thousands */

/* Pearson's statistic over the 256 byte values, in integers. */
static bool
looks_random(struct vls_slice s)
{
    uint64_t count[256] = {0}, sum = 0;

    for (size_t i = 0; i < s.n; i++)
        count[s.p[i]]++;
    for (size_t i = 0; i < 256; i++)
        sum += count[i] * count[i];
    return sum * 256 / s.n - s.n < CHI_MAX;
}

struct look {
    const struct vls_engine *e;
    struct vls_remote_check *out;
    bool ours, another; /* doors that lie there */
};

static enum vls_code
look_at(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct look *look = ctx;
    struct vls_remote_check *c = look->out;
    struct vls_door door;

    (void)name;
    (void)err;
    c->n_blobs++;
    if (vls_door_read(&door, blob)) { /* in clear by design: what a newcomer knocks at */
        if (memcmp(door.group, look->e->door.group, VLS_HASH_LEN) == 0)
            look->ours = true;
        else
            look->another = true;
    }
    c->n_plain += blob.n != vls_bucket(blob.n) || !looks_random(blob);
    return VLS_OK;
}

struct wanted {
    const char *name;
    char url[4096];
};

static enum vls_code
find_url(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct wanted *w = ctx;

    (void)err;
    if (strcmp(r->name, w->name) == 0)
        (void)snprintf(w->url, sizeof w->url, "%s", r->url);
    return VLS_OK;
}

enum vls_code
vls_engine_check_remote(struct vls_engine *e, const char *name, struct vls_remote_check *out, struct vls_error *err)
{
    struct wanted w = {.name = name, .url = ""};
    struct look look = {.e = e, .out = out};
    struct vls_remote_counts counts;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    struct vls_remote *r = NULL;
    bool rewritten = false;
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = vls_engine_remote_list(e, find_url, &w, err)) != VLS_OK)
        return rc;
    if (w.url[0] == '\0')
        return VLS_FAIL(err, VLS_ENOTFOUND, "no remote “%s”", name);
    if ((rc = e->carrier->open(&r, e->courier, w.url, VLS_REMOTE_READONLY | e->remote_flags, NULL, NULL, err)) !=
        VLS_OK)
        return rc;
    rc = e->carrier->pull(r, "", look_at, &look, tip, &rewritten, err);
    e->carrier->counts(r, &counts);
    out->n_damaged = counts.damaged;
    out->foreign = look.another && !look.ours; /* anybody may leave a door beside ours */
    e->carrier->close(r);
    return rc;
}

enum vls_code
vls_engine_check(struct vls_engine *e, struct vls_check *out, vls_record_fn *differing, void *ctx,
                 struct vls_error *err)
{
    const struct vls_filter everything = {.withdrawn = true};
    struct check_ctx c = {e, NULL, out};
    bool equal = true;
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = vls__engine_fresh(e, err)) != VLS_OK || (rc = vls_store_verify(e->store, err)) != VLS_OK)
        return rc;
    out->store_ok = true;
    if (e->members == NULL)
        return VLS_OK;
    if ((rc = vls_store_memory(&c.fresh, err)) == VLS_OK && (rc = merge_afresh(&c, err)) == VLS_OK &&
        (rc = vls_store_compare(e->store, c.fresh, differing, ctx, &out->n_records, &out->n_differ, err)) == VLS_OK &&
        (rc = vls_store_compare_rest(e->store, c.fresh, &equal, err)) == VLS_OK) {
        out->rest_differs = !equal;
        rc = vls_store_waiting(e->store, NULL, NULL, &out->n_missing, err);
    }
    if (rc == VLS_OK)
        rc = vls_store_list(e->store, &everything, count_words, &out->n_dates_impossible, err);
    /* What reports noted down is made anew at the next look. A disk that takes nothing is no fault of the store. */
    if (rc == VLS_OK && (rc = vls_notes_forget(e->store, err)) != VLS_ENOMEM)
        rc = VLS_OK;
    vls_store_close(c.fresh);
    if (rc != VLS_OK)
        vls_while(err, "checking");
    return rc;
}
