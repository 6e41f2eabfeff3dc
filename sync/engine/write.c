/*
 * Everything this device says: the next envelope of its chain, membership operations, and new epochs.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

/* Heads that were not named by us before: the confirmation that colleagues wait for. */
struct seen_list {
    struct vls_engine *e;
    struct vls_head *heads;
    size_t n, cap;
    bool looked, more; /* more: something is left for the next envelope */
};

/* One envelope names one branch of a chain at most (schemas/wire/envelope.md 2). */
static bool
other_branch_named(const struct seen_list *l, const struct vls_stored_envelope *head)
{
    for (size_t i = 0; i < l->n; i++)
        if (memcmp(l->heads[i].device, head->device, VLS_ID_LEN) == 0 &&
            memcmp(l->heads[i].incarnation, head->incarnation, VLS_ID_LEN) == 0)
            return true;
    return false;
}

static enum vls_code
note_seen(void *ctx, const struct vls_stored_envelope *head, struct vls_error *err)
{
    struct seen_list *l = ctx;

    if (head->fork == 0 && memcmp(head->device, l->e->me.device, VLS_ID_LEN) == 0 &&
        memcmp(head->incarnation, l->e->incarnation, VLS_ID_LEN) == 0)
        return VLS_OK;
    if (l->n == VLS_SEEN_MAX || (head->fork > 0 && other_branch_named(l, head))) {
        l->more = true;
        return VLS_OK;
    }
    if (!vls_room(&l->heads, &l->cap, l->n, 1, sizeof *l->heads))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the heads seen");
    memcpy(l->heads[l->n].device, head->device, VLS_ID_LEN);
    memcpy(l->heads[l->n].incarnation, head->incarnation, VLS_ID_LEN);
    memcpy(l->heads[l->n].id, head->id, VLS_HASH_LEN);
    l->heads[l->n++].seq = head->seq;
    return VLS_OK;
}

/* The first envelope of an incarnation follows the last of the one before it. */
static enum vls_code
former_head(struct vls_engine *e, uint8_t prev[VLS_HASH_LEN], struct vls_error *err)
{
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, VLS_HASH_LEN);
    rc = vls_store_meta_get(e->store, META_FORMER, &b, err);
    if (rc == VLS_OK && b.n == VLS_HASH_LEN)
        memcpy(prev, b.p, VLS_HASH_LEN);
    vls_buf_clear(&b);
    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

/* Only after something was received is there anything new to name; otherwise this costs nothing (I9). */
static enum vls_code
gather_seen(struct seen_list *l, struct vls_error *err)
{
    struct vls_buf flag;
    enum vls_code rc;

    vls_buf_init(&flag, 64);
    rc = vls_store_meta_get(l->e->store, META_UNACKED, &flag, err);
    l->looked = rc == VLS_OK && flag.n > 0;
    if (l->looked)
        rc = vls_store_unnamed(l->e->store, l->e->me.device, note_seen, l, err);
    vls_buf_clear(&flag);
    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

static enum vls_code
settle_seen(const struct seen_list *l, int64_t now_unix, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < l->n && rc == VLS_OK; i++) {
        rc = vls_store_seen(l->e->store, l->e->me.device, l->heads[i].id, now_unix, err);
        if (rc == VLS_OK && memcmp(l->heads[i].device, l->e->me.device, VLS_ID_LEN) == 0 &&
            memcmp(l->heads[i].incarnation, l->e->incarnation, VLS_ID_LEN) != 0)
            rc = vls_store_own_up(l->e->store, l->e->me.device, l->heads[i].id, err);
    }
    if (rc == VLS_OK && l->looked && !l->more)
        rc = vls_store_meta_put(l->e->store, META_UNACKED, vls_slice_of(NULL, 0), err);
    return rc;
}

enum vls_code
vls__engine_confirm(struct vls_engine *e, int64_t now_unix, struct vls_error *err)
{
    struct seen_list l = {.e = e};
    uint8_t id[VLS_HASH_LEN];
    enum vls_code rc = gather_seen(&l, err);

    /* what came may be named by our own envelopes that came with it: those of this laptop before it was put back */
    if (rc == VLS_OK)
        rc = l.n > 0 ? vls__engine_write(e, VLS_ENV_ACK, NULL, vls_slice_of(NULL, 0), now_unix, id, err)
                     : vls_store_meta_put(e->store, META_UNACKED, vls_slice_of(NULL, 0), err);
    free(l.heads);
    return rc;
}

enum vls_code
vls__engine_write(struct vls_engine *e, enum vls_envelope_kind kind, const struct vls_epoch *epoch,
                  struct vls_slice payload, int64_t now_unix, uint8_t id[VLS_HASH_LEN], struct vls_error *err)
{
    struct seen_list seen = {.e = e};
    struct vls_envelope_draft d = {.kind = kind,
                                   .group = e->door.group,
                                   .device = e->me.device,
                                   .incarnation = e->incarnation,
                                   .wall_unix_s = now_unix};
    struct vls_stored_envelope s;
    struct vls_buf heads, out;
    uint8_t prev[VLS_HASH_LEN];
    enum vls_code rc;

    vls_buf_init(&heads, (size_t)VLS_MEMBER_NODES_MAX * VLS_HASH_LEN);
    vls_buf_init(&out, VLS_ENVELOPE_MAX);
    vls_members_heads(e->members, &heads);
    if ((rc = vls_buf_ok(&heads, err)) != VLS_OK ||
        (rc = vls_store_chain_head(e->store, e->me.device, e->incarnation, &d.seq, prev, err)) != VLS_OK ||
        (d.seq == 0 && (rc = former_head(e, prev, err)) != VLS_OK) || (rc = gather_seen(&seen, err)) != VLS_OK)
        goto out;
    d.seq++;
    d.prev = prev;
    d.member_heads = heads.p;
    d.n_member_heads = engine_least(heads.n / VLS_HASH_LEN, VLS_MEMBER_HEADS_MAX); /* the rest is folded in next time */
    d.seen = seen.heads;
    d.n_seen = seen.n;
    if ((rc = vls_envelope_write(&out, id, &d, e->sign_sk, epoch, payload, err)) != VLS_OK)
        goto out;
    memset(&s, 0, sizeof s);
    memcpy(s.id, id, VLS_HASH_LEN);
    memcpy(s.device, e->me.device, VLS_ID_LEN);
    memcpy(s.incarnation, e->incarnation, VLS_ID_LEN);
    s.seq = d.seq;
    s.kind = kind;
    s.wall_unix_s = now_unix;
    s.state = VLS_ENV_DONE;
    s.why = "";
    s.bytes = vls_buf_slice(&out);
    s.prev = prev;
    if ((rc = vls_store_envelope_put(e->store, &s, err)) == VLS_OK && d.seq == 1)
        rc = vls_store_own_up(e->store, e->me.device, prev, err);
    if (rc == VLS_OK)
        rc = settle_seen(&seen, now_unix, err);
    if (rc == VLS_OK && kind == VLS_ENV_MEMBER) {
        struct vls_envelope own;

        if ((rc = vls_envelope_read(&own, vls_buf_slice(&out), err)) == VLS_OK)
            rc = vls_members_feed(e->members, &own, NULL, err);
    }
out:
    free(seen.heads);
    vls_buf_clear(&heads);
    vls_buf_clear(&out);
    return rc;
}

enum vls_code
vls__engine_say(struct vls_engine *e, struct vls_slice ops, size_t n_ops, int64_t now_unix, struct vls_error *err)
{
    uint8_t id[VLS_HASH_LEN];
    struct vls_buf payload;
    enum vls_code rc;

    vls_buf_init(&payload, VLS_MEMBER_PAYLOAD_MAX);
    vls_member_payload(&payload, ops, n_ops);
    if ((rc = vls_buf_ok(&payload, err)) == VLS_OK &&
        (rc = vls__engine_write(e, VLS_ENV_MEMBER, NULL, vls_buf_slice(&payload), now_unix, id, err)) == VLS_OK)
        rc = vls__engine_refresh(e, NULL, err);
    vls_buf_clear(&payload);
    return rc;
}

static enum vls_code
wrap_for(struct vls_engine *e, const struct vls_epoch *epoch, const struct vls_member_device *d,
         struct vls_member_wrap *out, struct vls_error *err)
{
    memcpy(out->device, d->id, VLS_DEVICE_LEN);
    return vls_epoch_wrap(out->wrap, epoch, e->door.group, d->id, d->box_pk, NULL, err);
}

enum vls_code
vls__engine_rotate(struct vls_engine *e, struct vls_buf *ops, const uint8_t *compartment,
                   const struct vls_member_device *also, struct vls_error *err)
{
    size_t n_devices = vls_members_n_devices(e->members), n = 0;
    struct vls_member_wrap *wraps = calloc(n_devices + 1, sizeof *wraps);
    struct vls_secret *key = NULL;
    struct vls_epoch *epoch = NULL;
    enum vls_code rc = VLS_OK;

    if (wraps == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for an epoch");
    if ((rc = vls_secret_random(&key, VLS_KEY_LEN, err)) != VLS_OK ||
        (rc = vls_epoch_new(&epoch, key, e->door.group, compartment, err)) != VLS_OK)
        goto out;
    for (size_t i = 0; i < n_devices && rc == VLS_OK; i++) {
        const struct vls_member_device *d = vls_members_device_at(e->members, i);

        if (vls_members_reads(e->members, d->id, compartment) &&
            (also == NULL || memcmp(d->id, also->id, VLS_DEVICE_LEN) != 0))
            rc = wrap_for(e, epoch, d, &wraps[n++], err);
    }
    if (rc == VLS_OK && also != NULL)
        rc = wrap_for(e, epoch, also, &wraps[n++], err);
    if (rc == VLS_OK && (rc = vls_buf_ok(ops, err)) == VLS_OK) {
        vls_member_put_rotate(ops, compartment, vls_epoch_id(epoch), wraps, n);
        rc = vls__engine_hold(e, epoch, true, NULL, err);
        epoch = NULL;
    }
out:
    vls_epoch_free(epoch);
    vls_secret_free(key);
    free(wraps);
    return rc;
}

enum vls_code
vls__engine_make_own(struct vls_engine *e, int64_t now_unix, struct vls_error *err)
{
    uint8_t id[VLS_COMPARTMENT_LEN], nonce[VLS_MEMBER_NONCE_LEN];
    struct vls_buf ops;
    enum vls_code rc;

    if (!e->me.admitted || vls__engine_compartment(e, OWN_COMPARTMENT) != NULL)
        return VLS_OK;
    vls_buf_init(&ops, VLS_MEMBER_PAYLOAD_MAX);
    vls_random(nonce, sizeof nonce);
    vls_member_put_compartment(&ops, id, e->me.device, nonce, OWN_COMPARTMENT, false);
    /* the graph does not know the compartment yet: its readers are the delegation's devices */
    if ((rc = vls__engine_rotate(e, &ops, id, vls_members_device(e->members, e->me.device), err)) == VLS_OK)
        rc = vls__engine_say(e, vls_buf_slice(&ops), 2, now_unix, err);
    vls_buf_clear(&ops);
    return rc;
}
