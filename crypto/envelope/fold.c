/*
 * Envelopes inside a packet. One that goes on from the envelope before it, as nearly all do, is written as a follower
 * without what it repeats of that one's head; unfolding gives back the very bytes that were signed. Nothing
 * is guessed: a follower that does not fit is left as it is, and refused like anything that is no envelope.
 */
#include <string.h>

#include "envelope_int.h"

#define FOLLOWER_ITEMS       7
#define FOLLOWER_AS_THEY_ARE 5                          /* seen, tag, commitment, payload, signature */
#define FOLLOWER_FIRST       (4u << 5 | FOLLOWER_ITEMS) /* the head of an array of so many */
#define HEAD_ITEMS           12
#define HEAD_BEFORE_SEEN     9 /* suite to member-heads */
#define ID_STRIDE            (VLS_HASH_LEN + 2)

/* Bytes of the ids of n membership heads as they are encoded, from the first byte of the first id on. */
static size_t
heads_len(size_t n)
{
    return n > 0 ? n * ID_STRIDE - 2 : 0;
}

static bool
goes_on(const struct vls_packing *p, const struct vls_buf *content, const struct vls_envelope *e)
{
    return p->any && e->seq == p->seq + 1 && e->n_member_heads == p->n_heads_ &&
           memcmp(e->group, p->group, VLS_HASH_LEN) == 0 && memcmp(e->device, p->device, VLS_DEVICE_LEN) == 0 &&
           memcmp(e->incarnation, p->incarnation, VLS_DEVICE_LEN) == 0 && memcmp(e->prev, p->id, VLS_HASH_LEN) == 0 &&
           (p->n_heads_ == 0 || memcmp(e->member_heads_, content->p + p->heads_at_, heads_len(p->n_heads_)) == 0);
}

static void
note(struct vls_packing *p, const struct vls_envelope *e)
{
    p->any = true;
    p->seq = e->seq;
    memcpy(p->group, e->group, VLS_HASH_LEN);
    memcpy(p->device, e->device, VLS_DEVICE_LEN);
    memcpy(p->incarnation, e->incarnation, VLS_DEVICE_LEN);
    memcpy(p->id, e->id, VLS_HASH_LEN);
}

/* The items of an envelope's head behind the member-heads, and those around it, one after another. */
static void
put_follower(struct vls_buf *out, const struct vls_envelope *e, struct vls_slice envelope)
{
    struct vls_cbor c = vls_cbor_of(envelope);

    (void)vls_cbor_array(&c, 3);
    (void)vls_cbor_array(&c, HEAD_ITEMS);
    for (int i = 0; i < HEAD_BEFORE_SEEN; i++)
        (void)vls_cbor_item(&c);
    vls_cbor_put_array(out, FOLLOWER_ITEMS);
    vls_cbor_put_uint(out, e->kind);
    vls_cbor_put_int(out, e->wall_unix_s);
    for (int i = 0; i < FOLLOWER_AS_THEY_ARE; i++)
        vls_buf_put_slice(out, vls_cbor_item(&c));
}

void
vls_packet_add(struct vls_buf *content, struct vls_packing *p, struct vls_slice envelope)
{
    size_t start = content->n;
    struct vls_envelope e;

    if (vls_envelope_read(&e, envelope, NULL) != VLS_OK) {
        p->any = false; /* whatever it is, it goes as it is */
        vls_buf_put_slice(content, envelope);
        return;
    }
    if (goes_on(p, content, &e)) {
        put_follower(content, &e, envelope);
    } else {
        vls_buf_put_slice(content, envelope);
        p->n_heads_ = e.n_member_heads;
        p->heads_at_ = e.n_member_heads > 0 ? start + (size_t)(e.member_heads_ - envelope.p) : start;
    }
    note(p, &e);
}

/* The envelope that a follower stands for, behind the one that was read to before. What is in it is not looked at: the
 * result is read like every envelope. */
static void
put_unfolded(struct vls_buf *out, const struct vls_envelope *before, struct vls_slice follower)
{
    struct vls_cbor c = vls_cbor_of(follower);

    (void)vls_cbor_array(&c, FOLLOWER_ITEMS);
    vls_cbor_put_array(out, 3);
    vls_cbor_put_array(out, HEAD_ITEMS);
    vls_cbor_put_uint(out, VLS_SUITE);
    vls_buf_put_slice(out, vls_cbor_item(&c)); /* kind */
    vls_cbor_put_bytes(out, before->group, VLS_HASH_LEN);
    vls_cbor_put_bytes(out, before->device, VLS_DEVICE_LEN);
    vls_cbor_put_bytes(out, before->incarnation, VLS_DEVICE_LEN);
    vls_cbor_put_uint(out, before->seq + 1);
    vls_cbor_put_bytes(out, before->id, VLS_HASH_LEN);
    vls_buf_put_slice(out, vls_cbor_item(&c)); /* wall */
    vls_cbor_put_array(out, before->n_member_heads);
    for (size_t i = 0; i < before->n_member_heads; i++)
        vls_cbor_put_bytes(out, vls_envelope_member_head(before, i), VLS_HASH_LEN);
    for (int i = 0; i < FOLLOWER_AS_THEY_ARE; i++)
        vls_buf_put_slice(out, vls_cbor_item(&c));
}

struct unfolding {
    struct vls_buf *out, one;
    size_t start, last_at, last_n; /* in out */
};

static enum vls_code
unfold_item(struct unfolding *u, struct vls_slice item, struct vls_error *err)
{
    struct vls_envelope before;
    enum vls_code rc;

    vls_buf_reset(&u->one);
    if (item.p[0] == FOLLOWER_FIRST && u->last_n > 0 &&
        vls_envelope_read(&before, vls_slice_of(u->out->p + u->last_at, u->last_n), NULL) == VLS_OK) {
        put_unfolded(&u->one, &before, item);
        item = vls_buf_slice(&u->one);
    }
    if (u->one.bad == VLS_ELIMIT || u->out->n - u->start + item.n > VLS_PACKET_UNFOLDED_MAX)
        return VLS_FAIL(err, VLS_EFORMAT, "a packet unfolds to more than %u bytes", VLS_PACKET_UNFOLDED_MAX);
    if ((rc = vls_buf_ok(&u->one, err)) != VLS_OK)
        return rc;
    u->last_at = u->out->n;
    u->last_n = item.n;
    vls_buf_put_slice(u->out, item);
    return vls_buf_ok(u->out, err);
}

enum vls_code
vls__packet_unfold(struct vls_buf *out, struct vls_slice content, struct vls_error *err)
{
    struct unfolding u = {.out = out, .start = out->n};
    struct vls_cbor c = vls_cbor_of(content);
    size_t done = 0;
    enum vls_code rc = VLS_OK;

    vls_buf_init(&u.one, VLS_PACKET_UNFOLDED_MAX);
    while (rc == VLS_OK && done < content.n) {
        struct vls_slice item = vls_cbor_item(&c);

        if (vls_cbor_bad(&c)) { /* what is no item is for whoever reads envelopes */
            item = vls_slice_of(content.p + done, content.n - done);
            u.last_n = 0;
        }
        done += item.n;
        rc = unfold_item(&u, item, err);
    }
    if (rc != VLS_OK)
        out->n = u.start;
    vls_buf_clear(&u.one);
    return rc;
}
