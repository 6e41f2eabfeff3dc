/*
 * What was recorded before somebody was admitted: handed over afterwards, epoch by epoch (SHARE), and counted where
 * it lies unread.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

/* ---- handing over ---- */

struct handing {
    struct vls_engine *e;
    struct vls_shared *out;
    struct vls_buf ops, records; /* records: ids, one after another */
    size_t n_ops;
    bool *shared; /* which of our epochs somebody got */
};

static enum vls_code
hand_say(struct handing *h, int64_t now_unix, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    if (h->n_ops > 0)
        rc = vls__engine_say(h->e, vls_buf_slice(&h->ops), h->n_ops, now_unix, err);
    vls_buf_reset(&h->ops);
    h->n_ops = 0;
    return rc;
}

/* What one device may read and lacks. */
static enum vls_code
hand_to(struct handing *h, const struct vls_member_device *to, int64_t now_unix, struct vls_error *err)
{
    struct vls_engine *e = h->e;
    bool lacked = false;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < e->n_epochs && rc == VLS_OK; i++) {
        const uint8_t *compartment = vls_epoch_compartment(e->epochs[i]);

        if (!vls_members_reads(e->members, to->id, compartment) ||
            !vls_members_reads(e->members, e->me.device, compartment) ||
            vls_members_holds(e->members, to->id, compartment, vls_epoch_id(e->epochs[i])))
            continue;
        if ((h->n_ops == SHARES_MAX && (rc = hand_say(h, now_unix, err)) != VLS_OK) ||
            (rc = vls__engine_share_epoch(e, &h->ops, e->epochs[i], to, err)) != VLS_OK)
            break;
        h->n_ops++;
        h->out->n_epochs++;
        h->shared[i] = true;
        lacked = true;
    }
    h->out->n_devices += lacked;
    return rc;
}

/* The records that a change set under one of the epochs speaks of. */
static enum vls_code
note_records(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct handing *h = ctx;
    struct vls_envelope env;
    struct vls_change c;
    struct vls_buf plain;
    struct vls_op op;

    if (vls_envelope_read(&env, s->bytes, NULL) != VLS_OK)
        return VLS_OK; /* what is wrong with it is the business of check */
    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    for (size_t i = 0; i < h->e->n_epochs; i++) {
        if (!h->shared[i] || !vls_envelope_is_under(&env, h->e->epochs[i]))
            continue;
        if (vls_envelope_open(&plain, &env, h->e->epochs[i], NULL) == VLS_OK &&
            vls_change_open(&c, vls_buf_slice(&plain), NULL) == VLS_OK)
            while (vls_change_next(&c, &op))
                if (h->records.n == 0 || memcmp(h->records.p + h->records.n - VLS_ID_LEN, op.record, VLS_ID_LEN) != 0)
                    vls_buf_put(&h->records, op.record, VLS_ID_LEN);
        break;
    }
    vls_buf_clear(&plain);
    return vls_buf_ok(&h->records, err);
}

static int
id_cmp(const void *a, const void *b)
{
    return memcmp(a, b, VLS_ID_LEN);
}

static enum vls_code
count_records(struct handing *h, struct vls_error *err)
{
    enum vls_code rc = vls_store_envelopes(h->e->store, VLS_ENV_CHANGE, VLS_ENV_DONE, note_records, h, err);
    size_t n = h->records.n / VLS_ID_LEN;

    if (rc != VLS_OK || n == 0)
        return rc;
    qsort(h->records.p, n, VLS_ID_LEN, id_cmp);
    for (size_t i = 0; i < n; i++)
        h->out->n_records += i == 0 || id_cmp(h->records.p + (i - 1) * VLS_ID_LEN, h->records.p + i * VLS_ID_LEN) != 0;
    return rc;
}

#define RECORDS_MAX (64u * 1024 * 1024) /* ids of four million records, beyond what a store is made for */

enum vls_code
vls_engine_share_history(struct vls_engine *e, const char *delegation, int64_t now_unix, struct vls_shared *out,
                         struct vls_error *err)
{
    struct handing h = {.e = e, .out = out};
    size_t n_devices = 0;
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = vls__engine_fresh(e, err)) != VLS_OK)
        return rc;
    if (e->members == NULL || !e->me.admitted)
        return VLS_FAIL(err, VLS_ENOTADMITTED, "you are not admitted yourself yet");
    if ((h.shared = calloc(e->n_epochs + 1, sizeof *h.shared)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the epochs");
    vls_buf_init(&h.ops, VLS_MEMBER_PAYLOAD_MAX);
    vls_buf_init(&h.records, RECORDS_MAX);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        goto out;
    for (size_t i = 0; i < vls_members_n_devices(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_device *d = vls_members_device_at(e->members, i);
        struct vls_member_device to = *d; /* a copy: facts may move while we speak */

        if (strcmp(d->delegation, delegation) != 0 || memcmp(d->id, e->me.device, VLS_DEVICE_LEN) == 0)
            continue;
        n_devices++;
        rc = hand_to(&h, &to, now_unix, err);
    }
    if (rc == VLS_OK && n_devices == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no other laptop of “%s” is a member", delegation);
    if (rc == VLS_OK && (rc = hand_say(&h, now_unix, err)) == VLS_OK && out->n_epochs > 0)
        rc = count_records(&h, err);
    rc = vls__engine_end(e, rc, err);
out:
    if (rc != VLS_OK)
        memset(out, 0, sizeof *out);
    vls_buf_clear(&h.ops);
    vls_buf_clear(&h.records);
    free(h.shared);
    return rc;
}

/* ---- what lies unread ---- */

struct unread {
    struct vls_engine *e;
    struct vls_unread *out;
};

static enum vls_code
lacking(void *ctx, const uint8_t *compartment, const uint8_t *epoch, const struct vls_member_device *from,
        struct vls_error *err)
{
    struct unread *u = ctx;

    (void)err;
    if (u->out->delegation[0] != '\0' || vls__engine_epoch(u->e, compartment, epoch) != NULL)
        return VLS_OK;
    memcpy(u->out->delegation, from->delegation, sizeof u->out->delegation);
    memcpy(u->out->post, from->post, sizeof u->out->post);
    return VLS_OK;
}

/* Whoever knew of us wrote for us, or in a compartment of its own; only what is older waits for keys. */
static enum vls_code
count_unread(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct unread *u = ctx;
    struct vls_envelope env;
    bool knew = false;
    enum vls_code rc;

    if (vls_envelope_read(&env, s->bytes, NULL) != VLS_OK)
        return VLS_OK;
    rc = vls_members_knew(u->e->members, &env, u->e->me.device, &knew, err);
    if (rc == VLS_OK || rc == VLS_ENOTFOUND) {
        u->out->n_changes += rc == VLS_OK && !knew;
        rc = VLS_OK;
    }
    return rc;
}

enum vls_code
vls_engine_unread(struct vls_engine *e, struct vls_unread *out, struct vls_error *err)
{
    struct unread u = {e, out};
    enum vls_code rc;

    memset(out, 0, sizeof *out);
    if ((rc = vls__engine_fresh(e, err)) != VLS_OK || e->members == NULL || !e->me.admitted)
        return rc;
    if ((rc = vls_members_lacks(e->members, e->me.device, lacking, &u, err)) == VLS_OK && out->delegation[0] != '\0')
        rc = vls_store_envelopes(e->store, VLS_ENV_CHANGE, VLS_ENV_UNREADABLE, count_unread, &u, err);
    if (rc != VLS_OK || out->n_changes == 0)
        memset(out, 0, sizeof *out);
    return rc;
}
