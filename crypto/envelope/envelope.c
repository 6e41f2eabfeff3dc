/*
 * Envelopes: signed links of a device's chain. Every member can verify author, order and gaps; only
 * readers of the compartment can open the payload, whose associated data is the whole signed head,
 * so that a re-signed or moved copy does not open.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "envelope_int.h"

#define L_ENVELOPE "vls envelope"
#define L_SIGNED   "vls envelope sig"
#define L_PAYLOAD  "vls payload"
#define L_CONTEXT  "vls context"
#define L_TAG      "vls tag"
#define L_COMMIT   "vls commitment"

#define CORE_ITEMS 12
#define ID_STRIDE  (VLS_HASH_LEN + 2) /* an id is encoded as 58 20 and its bytes */

static void
blind(uint8_t *out, size_t out_len, const char *label, const struct vls_secret *key, const uint8_t *device,
      const uint8_t *incarnation, uint64_t seq)
{
    uint8_t le[8];
    struct vls_slice parts[] = {{device, VLS_DEVICE_LEN}, {incarnation, VLS_DEVICE_LEN}, {le, sizeof le}};

    vls_store_le64(le, seq);
    vls_mac(out, out_len, label, key, parts, 3);
}

static void
envelope_id(uint8_t out[VLS_HASH_LEN], struct vls_slice core, struct vls_slice payload)
{
    uint8_t hash[VLS_HASH_LEN];
    struct vls_slice parts[] = {core, {hash, sizeof hash}};

    vls_hash1(hash, L_PAYLOAD, payload.p, payload.n);
    vls_hash(out, L_ENVELOPE, parts, 2);
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, VLS_HASH_LEN);
}

static int
by_chain(const void *a, const void *b)
{
    const struct vls_head *x = a, *y = b;
    int c = memcmp(x->device, y->device, VLS_DEVICE_LEN);

    return c != 0 ? c : memcmp(x->incarnation, y->incarnation, VLS_DEVICE_LEN);
}

static enum vls_code
put_heads(struct vls_buf *out, const struct vls_envelope_draft *d, struct vls_error *err)
{
    uint8_t *ids = malloc(d->n_member_heads * VLS_HASH_LEN + 1);
    struct vls_head *seen = malloc((d->n_seen + 1) * sizeof *seen);
    enum vls_code rc = VLS_OK;

    if (ids == NULL || seen == NULL) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for an envelope");
        goto out;
    }
    if (d->n_member_heads > 0) {
        memcpy(ids, d->member_heads, d->n_member_heads * VLS_HASH_LEN);
        qsort(ids, d->n_member_heads, VLS_HASH_LEN, by_bytes);
    }
    vls_cbor_put_array(out, d->n_member_heads);
    for (size_t i = 0; i < d->n_member_heads; i++)
        vls_cbor_put_bytes(out, ids + i * VLS_HASH_LEN, VLS_HASH_LEN);
    if (d->n_seen > 0) {
        memcpy(seen, d->seen, d->n_seen * sizeof *seen);
        qsort(seen, d->n_seen, sizeof *seen, by_chain);
    }
    vls_cbor_put_array(out, d->n_seen);
    for (size_t i = 0; i < d->n_seen; i++) {
        vls_cbor_put_array(out, 4);
        vls_cbor_put_bytes(out, seen[i].device, VLS_DEVICE_LEN);
        vls_cbor_put_bytes(out, seen[i].incarnation, VLS_DEVICE_LEN);
        vls_cbor_put_uint(out, seen[i].seq);
        vls_cbor_put_bytes(out, seen[i].id, VLS_HASH_LEN);
    }
out:
    free(ids);
    free(seen);
    return rc;
}

static enum vls_code
put_core(struct vls_buf *out, const struct vls_envelope_draft *d, const struct vls_epoch *epoch, struct vls_error *err)
{
    uint8_t tag[VLS_ENVELOPE_TAG_LEN], commitment[VLS_HASH_LEN];
    bool sealed = epoch != NULL;
    enum vls_code rc;

    vls_cbor_put_array(out, CORE_ITEMS);
    vls_cbor_put_uint(out, VLS_SUITE);
    vls_cbor_put_uint(out, d->kind);
    vls_cbor_put_bytes(out, d->group, VLS_HASH_LEN);
    vls_cbor_put_bytes(out, d->device, VLS_DEVICE_LEN);
    vls_cbor_put_bytes(out, d->incarnation, VLS_DEVICE_LEN);
    vls_cbor_put_uint(out, d->seq);
    vls_cbor_put_bytes(out, d->prev, VLS_HASH_LEN);
    vls_cbor_put_int(out, d->wall_unix_s);
    if ((rc = put_heads(out, d, err)) != VLS_OK)
        return rc;
    if (sealed) {
        blind(tag, sizeof tag, L_TAG, &epoch->tag, d->device, d->incarnation, d->seq);
        blind(commitment, sizeof commitment, L_COMMIT, &epoch->commit, d->device, d->incarnation, d->seq);
    }
    vls_cbor_put_bytes(out, tag, sealed ? sizeof tag : 0);
    vls_cbor_put_bytes(out, commitment, sealed ? sizeof commitment : 0);
    return vls_buf_ok(out, err);
}

enum vls_code
vls_envelope_write(struct vls_buf *out, uint8_t id[VLS_HASH_LEN], const struct vls_envelope_draft *d,
                   const struct vls_secret *sign_sk, const struct vls_epoch *epoch, struct vls_slice payload,
                   struct vls_error *err)
{
    size_t start = out->n, sealed_len = payload.n + (epoch != NULL ? VLS_SEAL_EXTRA : 0);
    uint8_t context[VLS_HASH_LEN], sig[VLS_SIG_LEN], *at;
    struct vls_slice core, body;
    size_t core_at, core_len, body_at;
    enum vls_code rc;

    assert((d->kind == VLS_ENV_CHANGE) == (epoch != NULL));
    vls_cbor_put_array(out, 3);
    core_at = out->n;
    if ((rc = put_core(out, d, epoch, err)) != VLS_OK)
        return rc;
    core_len = out->n - core_at;
    vls_cbor_put_bytes_head(out, sealed_len);
    body_at = out->n;
    if ((at = vls_buf_extend(out, sealed_len)) == NULL)
        return vls_buf_ok(out, err);
    core = vls_slice_of(out->p + core_at, core_len);
    if (epoch != NULL) {
        vls_hash1(context, L_CONTEXT, core.p, core.n);
        vls_seal(at, &epoch->seal, L_PAYLOAD, vls_slice_of(context, sizeof context), payload.p, payload.n);
    } else if (payload.n > 0) {
        memcpy(at, payload.p, payload.n);
    }
    body = vls_slice_of(out->p + body_at, sealed_len);
    envelope_id(id, core, body);
    vls_sign(sig, sign_sk, L_SIGNED, vls_slice_of(id, VLS_HASH_LEN));
    vls_cbor_put_bytes(out, sig, sizeof sig);
    if ((rc = vls_buf_ok(out, err)) == VLS_OK && out->n - start > VLS_ENVELOPE_MAX)
        rc = VLS_FAIL(err, VLS_ELIMIT, "envelope of %zu bytes", out->n - start);
    return rc;
}

static void
read_member_heads(struct vls_cbor *c, struct vls_envelope *e)
{
    const uint8_t *last = NULL;

    e->n_member_heads = vls_cbor_array(c, VLS_MEMBER_HEADS_MAX);
    for (size_t i = 0; i < e->n_member_heads; i++) {
        const uint8_t *id = vls_cbor_fixed(c, VLS_HASH_LEN);

        if (id == NULL || (last != NULL && memcmp(last, id, VLS_HASH_LEN) >= 0)) { /* public ids */
            vls_cbor_fail(c);
            return;
        }
        if (i == 0)
            e->member_heads_ = id;
        last = id;
    }
}

static void
read_head(struct vls_cbor *c, struct vls_head *h)
{
    const uint8_t *device, *incarnation, *id;

    if (vls_cbor_array(c, 4) != 4)
        vls_cbor_fail(c);
    device = vls_cbor_fixed(c, VLS_DEVICE_LEN);
    incarnation = vls_cbor_fixed(c, VLS_DEVICE_LEN);
    h->seq = vls_cbor_uint(c);
    id = vls_cbor_fixed(c, VLS_HASH_LEN);
    if (vls_cbor_bad(c) || h->seq == 0 || h->seq > INT64_MAX) {
        vls_cbor_fail(c);
        return;
    }
    memcpy(h->device, device, VLS_DEVICE_LEN);
    memcpy(h->incarnation, incarnation, VLS_DEVICE_LEN);
    memcpy(h->id, id, VLS_HASH_LEN);
}

static void
read_seen(struct vls_cbor *c, struct vls_envelope *e)
{
    struct vls_head last, h;

    e->n_seen = vls_cbor_array(c, VLS_SEEN_MAX);
    e->seen_ = *c;
    for (size_t i = 0; i < e->n_seen && !vls_cbor_bad(c); i++) {
        read_head(c, &h);
        if (!vls_cbor_bad(c) && i > 0 && by_chain(&last, &h) >= 0)
            vls_cbor_fail(c);
        last = h;
    }
}

static enum vls_code
read_core(struct vls_envelope *e, struct vls_cbor *c, struct vls_error *err)
{
    struct vls_slice tag, commitment;
    uint64_t suite, kind;

    if (vls_cbor_array(c, 64) < 1 || (suite = vls_cbor_uint(c), vls_cbor_bad(c)))
        return VLS_FAIL(err, VLS_EFORMAT, "not an envelope");
    if (suite != VLS_SUITE)
        return VLS_FAIL(err, VLS_EVERSION, "envelope of suite %llu", (unsigned long long)suite);
    kind = vls_cbor_uint(c);
    e->group = vls_cbor_fixed(c, VLS_HASH_LEN);
    e->device = vls_cbor_fixed(c, VLS_DEVICE_LEN);
    e->incarnation = vls_cbor_fixed(c, VLS_DEVICE_LEN);
    e->seq = vls_cbor_uint(c);
    e->prev = vls_cbor_fixed(c, VLS_HASH_LEN);
    e->wall_unix_s = vls_cbor_int(c);
    read_member_heads(c, e);
    read_seen(c, e);
    tag = vls_cbor_bytes(c);
    commitment = vls_cbor_bytes(c);
    if (vls_cbor_bad(c) || e->seq == 0 || e->seq > INT64_MAX || kind < VLS_ENV_CHANGE || kind > VLS_ENV_ACK)
        return VLS_FAIL(err, VLS_EFORMAT, "envelope with a malformed head");
    e->kind = (enum vls_envelope_kind)kind;
    if (tag.n != (e->kind == VLS_ENV_CHANGE ? VLS_ENVELOPE_TAG_LEN : 0) ||
        commitment.n != (e->kind == VLS_ENV_CHANGE ? VLS_HASH_LEN : 0))
        return VLS_FAIL(err, VLS_EFORMAT, "envelope whose kind and tag do not fit");
    e->tag_ = tag.p;
    e->commitment_ = commitment.p;
    return VLS_OK;
}

enum vls_code
vls_envelope_read(struct vls_envelope *e, struct vls_slice bytes, struct vls_error *err)
{
    struct vls_cbor c = vls_cbor_of(bytes);
    struct vls_slice core;
    struct vls_cbor inside;
    enum vls_code rc;

    memset(e, 0, sizeof *e);
    if (bytes.n > VLS_ENVELOPE_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "envelope of %zu bytes", bytes.n);
    if (vls_cbor_array(&c, 3) != 3)
        return VLS_FAIL(err, VLS_EFORMAT, "not an envelope");
    core = vls_cbor_item(&c);
    inside = vls_cbor_of(core);
    if ((rc = read_core(e, &inside, err)) != VLS_OK)
        return rc;
    e->payload = vls_cbor_bytes(&c);
    e->signature_ = vls_cbor_fixed(&c, VLS_SIG_LEN);
    if (!vls_cbor_done(&c) || !vls_cbor_done(&inside) || (e->kind == VLS_ENV_CHANGE && e->payload.n < VLS_SEAL_EXTRA) ||
        (e->kind == VLS_ENV_ACK && e->payload.n != 0))
        return VLS_FAIL(err, VLS_EFORMAT, "envelope with a malformed body");
    vls_hash1(e->context_, L_CONTEXT, core.p, core.n);
    envelope_id(e->id, core, e->payload);
    return VLS_OK;
}

const uint8_t *
vls_envelope_member_head(const struct vls_envelope *e, size_t i)
{
    return e->member_heads_ + i * ID_STRIDE;
}

enum vls_code
vls_envelope_seen(const struct vls_envelope *e, vls_head_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls_cbor c = e->seen_;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < e->n_seen && rc == VLS_OK; i++) {
        struct vls_head h;

        read_head(&c, &h);
        rc = fn(ctx, &h, err);
    }
    return rc;
}

bool
vls_envelope_signed_by(const struct vls_envelope *e, const uint8_t pk[VLS_SIGN_PK_LEN])
{
    return vls_sign_ok(e->signature_, pk, L_SIGNED, vls_slice_of(e->id, VLS_HASH_LEN));
}

bool
vls_envelope_is_under(const struct vls_envelope *e, const struct vls_epoch *epoch)
{
    uint8_t tag[VLS_ENVELOPE_TAG_LEN];

    if (e->kind != VLS_ENV_CHANGE)
        return false;
    blind(tag, sizeof tag, L_TAG, &epoch->tag, e->device, e->incarnation, e->seq);
    return vls_equal(tag, e->tag_, sizeof tag);
}

enum vls_code
vls_envelope_open(struct vls_buf *out, const struct vls_envelope *e, const struct vls_epoch *epoch,
                  struct vls_error *err)
{
    uint8_t commitment[VLS_HASH_LEN], *at;
    size_t before = out->n;
    enum vls_code rc;

    blind(commitment, sizeof commitment, L_COMMIT, &epoch->commit, e->device, e->incarnation, e->seq);
    if (e->kind != VLS_ENV_CHANGE || !vls_equal(commitment, e->commitment_, sizeof commitment))
        return VLS_FAIL(err, VLS_EAUTH, "the envelope commits to another key");
    if ((at = vls_buf_extend(out, e->payload.n - VLS_SEAL_EXTRA)) == NULL)
        return vls_buf_ok(out, err);
    rc = vls_unseal(at, &epoch->seal, L_PAYLOAD, vls_slice_of(e->context_, sizeof e->context_), e->payload.p,
                    e->payload.n, err);
    if (rc != VLS_OK)
        out->n = before;
    return rc;
}
