/* Whatever a remote hands over, taken as every kind of blob and letter; and the same bytes sealed by a
 * member, so that they get past the seal. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t group[VLS_HASH_LEN] = {1};
static struct vls_secret *box_sk;
static struct vls_epoch *epoch;
static uint8_t box_pk[VLS_BOX_PK_LEN];

static void
start(void)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN], key_bytes[VLS_KEY_LEN] = {2};
    struct vls_secret *key;

    if (epoch != NULL)
        return;
    if (vls_secret_start(NULL) != VLS_OK || vls_box_keypair(box_pk, &box_sk, NULL) != VLS_OK ||
        vls_secret_copy(&key, key_bytes, sizeof key_bytes, NULL) != VLS_OK ||
        vls_epoch_new(&epoch, key, group, zeros, NULL) != VLS_OK)
        abort();
    vls_secret_free(key);
}

static enum vls_code
on_head(void *ctx, const struct vls_head *h, struct vls_error *err)
{
    uint64_t *sum = ctx;

    (void)err;
    assert(h->seq > 0);
    *sum += h->seq;
    return VLS_OK;
}

static void
as_envelope(struct vls_slice bytes)
{
    struct vls_envelope e;
    struct vls_buf out;
    uint64_t sum = 0;

    if (vls_envelope_read(&e, bytes, NULL) != VLS_OK)
        return;
    for (size_t i = 1; i < e.n_member_heads; i++)
        assert(memcmp(vls_envelope_member_head(&e, i - 1), vls_envelope_member_head(&e, i), VLS_HASH_LEN) < 0);
    assert(vls_envelope_seen(&e, on_head, &sum, NULL) == VLS_OK);
    assert(!vls_envelope_signed_by(&e, box_pk));
    vls_buf_init(&out, VLS_ENVELOPE_MAX);
    assert(!vls_envelope_is_under(&e, epoch) || vls_envelope_open(&out, &e, epoch, NULL) != VLS_OK);
    vls_buf_clear(&out);
}

/* Seals content and opens it again; only what unfolds to too much is refused. */
static bool
there_and_back(struct vls_buf *out, struct vls_slice content)
{
    struct vls_buf blob;
    enum vls_code rc;

    vls_buf_init(&blob, 4u * 1024 * 1024);
    if (vls_packet_seal(&blob, epoch, group, content, NULL) != VLS_OK)
        abort();
    rc = vls_packet_open(out, epoch, group, vls_buf_slice(&blob), NULL);
    assert(rc == VLS_OK || (rc == VLS_EFORMAT && out->n == 0));
    vls_buf_clear(&blob);
    return rc == VLS_OK;
}

/* A colleague's packet with these contents. Envelopes that came out of one go into another and come out alike. */
static void
as_packet(struct vls_slice content)
{
    struct vls_packing p = {.any = false};
    struct vls_buf out, folded, again;
    struct vls_envelope e;
    struct vls_cbor c;
    bool all = true;

    vls_buf_init(&out, 4u * 1024 * 1024);
    vls_buf_init(&again, 4u * 1024 * 1024);
    vls_buf_init(&folded, 4u * 1024 * 1024 - 64);
    if (!there_and_back(&out, content))
        goto out;
    for (c = vls_cbor_of(vls_buf_slice(&out)); !vls_cbor_bad(&c) && !vls_cbor_done(&c);) {
        struct vls_slice item = vls_cbor_item(&c);

        as_envelope(item);
        all = all && !vls_cbor_bad(&c) && vls_envelope_read(&e, item, NULL) == VLS_OK;
        vls_packet_add(&folded, &p, item);
    }
    if (!all)
        goto out;
    assert(folded.n <= out.n && there_and_back(&again, vls_buf_slice(&folded)));
    assert(vls_slice_eq(vls_buf_slice(&again), vls_buf_slice(&out)));
out:
    vls_buf_clear(&out);
    vls_buf_clear(&again);
    vls_buf_clear(&folded);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct vls_slice in = vls_slice_of(data, size);
    struct vls_buf out;
    struct vls_welcome w;
    struct vls_door door;
    struct vls_join j;

    start();
    as_envelope(in);
    (void)vls_door_read(&door, in);
    if (vls_join_body_read(&j, group, in, NULL) == VLS_OK)
        assert(j.body_len == size);
    vls_buf_init(&out, 4u * 1024 * 1024);
    assert(vls_packet_open(&out, epoch, group, in, NULL) != VLS_OK);
    assert(vls_join_read(&j, group, box_sk, in, NULL) != VLS_OK);
    if (vls_welcome_read(&w, &out, group, box_sk, in, NULL) == VLS_OK)
        abort();
    if (size < 1024u * 1024)
        as_packet(in);
    vls_buf_clear(&out);
    return 0;
}
