/*
 * The founding document and the encodings of membership operations. What an operation means is
 * decided in graph.c; here are only bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "member_int.h"

#define L_GENESIS     "vls genesis"
#define L_FOUNDER     "vls founder"
#define L_COMPARTMENT "vls compartment"
#define VERSION       1
#define ROOT_KEYS_MAX 9

enum vls_code
vls_genesis_write(struct vls_buf *out, const struct vls_genesis *g, struct vls_error *err)
{
    vls_cbor_put_array(out, 8);
    vls_cbor_put_uint(out, VERSION);
    vls_cbor_put_uint(out, VLS_SUITE);
    vls_cbor_put_str(out, g->title);
    vls_cbor_put_bytes(out, g->nonce, sizeof g->nonce);
    vls_cbor_put_uint(out, 1); /* signatures a root act needs */
    vls_cbor_put_array(out, 1);
    vls_cbor_put_bytes(out, g->sign_pk, sizeof g->sign_pk);
    vls_cbor_put_bytes(out, g->door_pk, sizeof g->door_pk);
    vls_cbor_put_array(out, 4);
    vls_cbor_put_str(out, g->delegation);
    vls_cbor_put_str(out, g->post);
    vls_cbor_put_bytes(out, g->sign_pk, sizeof g->sign_pk);
    vls_cbor_put_bytes(out, g->box_pk, sizeof g->box_pk);
    return vls_buf_ok(out, err);
}

bool
vls__label_take(char *out, size_t max, struct vls_slice s)
{
    if (s.n == 0 || s.n > max)
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

enum vls_code
vls_genesis_read(struct vls_genesis *g, struct vls_slice bytes, struct vls_error *err)
{
    struct vls_cbor c = vls_cbor_of(bytes);
    const uint8_t *nonce, *root, *door, *sign_pk, *box_pk;
    struct vls_slice title, delegation, post;
    uint64_t version, suite, needed;
    size_t n_root;

    memset(g, 0, sizeof *g);
    if (bytes.n > VLS_GENESIS_MAX || vls_cbor_array(&c, 64) < 2)
        return VLS_FAIL(err, VLS_EFORMAT, "not a founding document");
    version = vls_cbor_uint(&c);
    suite = vls_cbor_uint(&c);
    if (!vls_cbor_bad(&c) && (version != VERSION || suite != VLS_SUITE))
        return VLS_FAIL(err, VLS_EVERSION, "founding document of version %llu, suite %llu", (unsigned long long)version,
                        (unsigned long long)suite);
    title = vls_cbor_text(&c);
    nonce = vls_cbor_fixed(&c, sizeof g->nonce);
    needed = vls_cbor_uint(&c);
    n_root = vls_cbor_array(&c, ROOT_KEYS_MAX);
    root = vls_cbor_fixed(&c, VLS_SIGN_PK_LEN);
    door = vls_cbor_fixed(&c, VLS_BOX_PK_LEN);
    if (vls_cbor_array(&c, 4) != 4)
        vls_cbor_fail(&c);
    delegation = vls_cbor_text(&c);
    post = vls_cbor_text(&c);
    sign_pk = vls_cbor_fixed(&c, VLS_SIGN_PK_LEN);
    box_pk = vls_cbor_fixed(&c, VLS_BOX_PK_LEN);
    if (!vls_cbor_done(&c) || needed != 1 || n_root != 1 || memcmp(root, sign_pk, VLS_SIGN_PK_LEN) != 0 ||
        !vls__label_take(g->title, VLS_NAME_MAX, title) || !vls__label_take(g->delegation, VLS_LABEL_MAX, delegation) ||
        !vls__label_take(g->post, VLS_LABEL_MAX, post))
        return VLS_FAIL(err, VLS_EFORMAT, "malformed founding document");
    memcpy(g->nonce, nonce, sizeof g->nonce);
    memcpy(g->door_pk, door, sizeof g->door_pk);
    memcpy(g->sign_pk, sign_pk, sizeof g->sign_pk);
    memcpy(g->box_pk, box_pk, sizeof g->box_pk);
    return VLS_OK;
}

void
vls_genesis_group(uint8_t group[VLS_HASH_LEN], struct vls_slice bytes)
{
    vls_hash1(group, L_GENESIS, bytes.p, bytes.n);
}

void
vls_genesis_device(uint8_t device[VLS_DEVICE_LEN], const uint8_t group[VLS_HASH_LEN])
{
    uint8_t h[VLS_HASH_LEN];

    vls_hash1(h, L_FOUNDER, group, VLS_HASH_LEN);
    memcpy(device, h, VLS_DEVICE_LEN);
}

void
vls_member_put_add(struct vls_buf *out, struct vls_slice request_body)
{
    vls_cbor_put_array(out, 2);
    vls_cbor_put_uint(out, MEMBER_ADD);
    vls_cbor_put_bytes(out, request_body.p, request_body.n);
}

void
vls__member_room_id(uint8_t id[VLS_COMPARTMENT_LEN], const uint8_t author[VLS_DEVICE_LEN], struct vls_slice op)
{
    const struct vls_slice parts[] = {vls_slice_of(author, VLS_DEVICE_LEN), op};
    uint8_t h[VLS_HASH_LEN];

    vls_hash(h, L_COMPARTMENT, parts, 2);
    memcpy(id, h, VLS_COMPARTMENT_LEN);
}

void
vls_member_put_compartment(struct vls_buf *out, uint8_t id[VLS_COMPARTMENT_LEN], const uint8_t author[VLS_DEVICE_LEN],
                           const uint8_t nonce[VLS_MEMBER_NONCE_LEN], const char *name, bool common)
{
    size_t start = out->n;

    vls_cbor_put_array(out, 4);
    vls_cbor_put_uint(out, MEMBER_COMPARTMENT);
    vls_cbor_put_bytes(out, nonce, VLS_MEMBER_NONCE_LEN);
    vls_cbor_put_str(out, name);
    vls_cbor_put_bool(out, common);
    vls__member_room_id(id, author, vls_slice_of(out->p + start, out->n - start)); /* a failed buffer is never sent */
}

void
vls_member_put_grant(struct vls_buf *out, const uint8_t compartment[VLS_COMPARTMENT_LEN], const char *delegation)
{
    vls_cbor_put_array(out, 3);
    vls_cbor_put_uint(out, MEMBER_GRANT);
    vls_cbor_put_bytes(out, compartment, VLS_COMPARTMENT_LEN);
    vls_cbor_put_str(out, delegation);
}

static int
by_device(const void *a, const void *b)
{
    const struct vls_member_wrap *x = a, *y = b;

    return memcmp(x->device, y->device, VLS_DEVICE_LEN);
}

static void
put_wrap(struct vls_buf *out, const struct vls_member_wrap *w)
{
    vls_cbor_put_bytes(out, w->device, VLS_DEVICE_LEN);
    vls_cbor_put_bytes(out, w->wrap, VLS_EPOCH_WRAP_LEN);
}

void
vls_member_put_rotate(struct vls_buf *out, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                      const uint8_t epoch[VLS_HASH_LEN], struct vls_member_wrap *wraps, size_t n)
{
    if (n > 0)
        qsort(wraps, n, sizeof *wraps, by_device);
    vls_cbor_put_array(out, 4);
    vls_cbor_put_uint(out, MEMBER_ROTATE);
    vls_cbor_put_bytes(out, compartment, VLS_COMPARTMENT_LEN);
    vls_cbor_put_bytes(out, epoch, VLS_HASH_LEN);
    vls_cbor_put_array(out, n);
    for (size_t i = 0; i < n; i++) {
        vls_cbor_put_array(out, 2);
        put_wrap(out, &wraps[i]);
    }
}

void
vls_member_put_share(struct vls_buf *out, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                     const uint8_t epoch[VLS_HASH_LEN], const struct vls_member_wrap *wrap)
{
    vls_cbor_put_array(out, 5);
    vls_cbor_put_uint(out, MEMBER_SHARE);
    vls_cbor_put_bytes(out, compartment, VLS_COMPARTMENT_LEN);
    vls_cbor_put_bytes(out, epoch, VLS_HASH_LEN);
    put_wrap(out, wrap);
}

void
vls_member_payload(struct vls_buf *out, struct vls_slice ops, size_t n_ops)
{
    vls_cbor_put_array(out, n_ops);
    vls_buf_put_slice(out, ops);
}
