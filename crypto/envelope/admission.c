/*
 * The three letters of an admission: the door that says which group this is, the request that is
 * sealed to it, and the welcome that is sealed to the newcomer. None of them gives a right; rights
 * come from signed membership operations alone, after people have compared the safety number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "envelope_int.h"

#define L_DOOR        "vls door"
#define L_REQUEST     "vls request"
#define L_REQUEST_SIG "vls request sig"
#define L_REQUEST_ID  "vls request id"
#define L_DEVICE      "vls device"
#define L_WELCOME     "vls welcome"
#define L_SAFETY      "vls safety"

#define VERSION        1
#define DOOR_LEN       1024u
#define DOOR_CHECK_LEN 16

enum vls_code
vls_door_write(struct vls_buf *out, const struct vls_door *d, struct vls_error *err)
{
    uint8_t *at = vls_buf_extend(out, DOOR_LEN), check[VLS_HASH_LEN];

    if (at == NULL)
        return vls_buf_ok(out, err);
    memcpy(at + DOOR_CHECK_LEN, d->group, VLS_HASH_LEN);
    memcpy(at + DOOR_CHECK_LEN + VLS_HASH_LEN, d->pk, VLS_BOX_PK_LEN);
    vls_random(at + DOOR_CHECK_LEN + VLS_HASH_LEN + VLS_BOX_PK_LEN,
               DOOR_LEN - DOOR_CHECK_LEN - VLS_HASH_LEN - VLS_BOX_PK_LEN);
    vls_hash1(check, L_DOOR, at + DOOR_CHECK_LEN, DOOR_LEN - DOOR_CHECK_LEN);
    memcpy(at, check, DOOR_CHECK_LEN);
    return VLS_OK;
}

bool
vls_door_read(struct vls_door *d, struct vls_slice blob)
{
    uint8_t check[VLS_HASH_LEN];

    if (blob.n != DOOR_LEN)
        return false;
    vls_hash1(check, L_DOOR, blob.p + DOOR_CHECK_LEN, DOOR_LEN - DOOR_CHECK_LEN);
    if (!vls_equal(check, blob.p, DOOR_CHECK_LEN))
        return false;
    memcpy(d->group, blob.p + DOOR_CHECK_LEN, VLS_HASH_LEN);
    memcpy(d->pk, blob.p + DOOR_CHECK_LEN + VLS_HASH_LEN, VLS_BOX_PK_LEN);
    return true;
}

/* Wraps content (length, content, zeros) to pk as one blob of a bucket's size. */
static enum vls_code
letter_seal(struct vls_buf *out, const uint8_t *pk, const char *label, const uint8_t *group, struct vls_slice content,
            struct vls_error *err)
{
    struct vls_buf plain;
    size_t blob_len;
    uint8_t *at;
    enum vls_code rc;

    if ((rc = vls__fill(&plain, &blob_len, content, VLS_WRAP_EXTRA, err)) == VLS_OK) {
        if ((at = vls_buf_extend(out, blob_len)) == NULL)
            rc = vls_buf_ok(out, err);
        else if ((rc = vls_wrap(at, pk, NULL, label, vls_slice_of(group, VLS_HASH_LEN), plain.p, plain.n, err)) !=
                 VLS_OK)
            out->n -= blob_len;
    }
    vls_buf_clear(&plain);
    return rc;
}

/* Opens such a blob into hold; content is borrowed from it. */
static enum vls_code
letter_open(struct vls_buf *hold, struct vls_slice *content, const struct vls_secret *sk, const char *label,
            const uint8_t *group, struct vls_slice blob, struct vls_error *err)
{
    size_t plain_len;
    uint8_t *at;
    enum vls_code rc;

    if (blob.n < DOOR_LEN || blob.n != vls_bucket(blob.n))
        return VLS_FAIL(err, VLS_EAUTH, "a blob of %zu bytes is no letter", blob.n);
    plain_len = blob.n - VLS_WRAP_EXTRA;
    if ((at = vls_buf_extend(hold, plain_len)) == NULL)
        return vls_buf_ok(hold, err);
    rc = vls_unwrap(at, sk, NULL, label, vls_slice_of(group, VLS_HASH_LEN), blob.p, blob.n, err);
    if (rc != VLS_OK)
        return rc;
    return vls__unfill(content, vls_slice_of(at, plain_len))
               ? VLS_OK
               : VLS_FAIL(err, VLS_EFORMAT, "a letter that is not filled as it should be");
}

static void
put_request(struct vls_buf *b, const struct vls_join *j, const uint8_t *group)
{
    vls_cbor_put_array(b, 8);
    vls_cbor_put_uint(b, VERSION);
    vls_cbor_put_bytes(b, group, VLS_HASH_LEN);
    vls_cbor_put_bytes(b, j->nonce, sizeof j->nonce);
    vls_cbor_put_bytes(b, j->sign_pk, sizeof j->sign_pk);
    vls_cbor_put_bytes(b, j->box_pk, sizeof j->box_pk);
    vls_cbor_put_str(b, j->delegation);
    vls_cbor_put_str(b, j->post);
    vls_cbor_put_int(b, j->wall_unix_s);
}

enum vls_code
vls_join_write(struct vls_buf *out, struct vls_join *j, const struct vls_door *d, const struct vls_secret *sign_sk,
               struct vls_error *err)
{
    uint8_t sig[VLS_SIG_LEN];
    struct vls_buf body;
    enum vls_code rc;

    vls_buf_init(&body, VLS_JOIN_BODY_MAX);
    put_request(&body, j, d->group);
    if ((rc = vls_buf_ok(&body, err)) != VLS_OK)
        goto out;
    vls_hash1(j->hash, L_REQUEST_ID, body.p, body.n);
    vls_sign(sig, sign_sk, L_REQUEST_SIG, vls_buf_slice(&body));
    vls_buf_put(&body, sig, sizeof sig);
    if ((rc = vls_buf_ok(&body, err)) != VLS_OK)
        goto out;
    memcpy(j->body, body.p, body.n);
    j->body_len = body.n;
    rc = letter_seal(out, d->pk, L_REQUEST, d->group, vls_buf_slice(&body), err);
out:
    vls_buf_clear(&body);
    return rc;
}

static bool
take_label(char out[VLS_LABEL_MAX + 1], struct vls_slice s)
{
    if (s.n == 0 || s.n > VLS_LABEL_MAX)
        return false;
    memcpy(out, s.p, s.n);
    out[s.n] = '\0';
    return true;
}

static bool
read_request(struct vls_join *j, const uint8_t *group, struct vls_slice body)
{
    struct vls_cbor c = vls_cbor_of(body);
    const uint8_t *for_group, *nonce, *sign_pk, *box_pk;
    struct vls_slice delegation, post;

    if (vls_cbor_array(&c, 8) != 8 || vls_cbor_uint(&c) != VERSION)
        return false;
    for_group = vls_cbor_fixed(&c, VLS_HASH_LEN);
    nonce = vls_cbor_fixed(&c, sizeof j->nonce);
    sign_pk = vls_cbor_fixed(&c, VLS_SIGN_PK_LEN);
    box_pk = vls_cbor_fixed(&c, VLS_BOX_PK_LEN);
    delegation = vls_cbor_text(&c);
    post = vls_cbor_text(&c);
    j->wall_unix_s = vls_cbor_int(&c);
    if (!vls_cbor_done(&c) || !vls_equal(for_group, group, VLS_HASH_LEN) || !take_label(j->delegation, delegation) ||
        !take_label(j->post, post))
        return false;
    memcpy(j->nonce, nonce, sizeof j->nonce);
    memcpy(j->sign_pk, sign_pk, sizeof j->sign_pk);
    memcpy(j->box_pk, box_pk, sizeof j->box_pk);
    return true;
}

enum vls_code
vls_join_body_read(struct vls_join *j, const uint8_t group[VLS_HASH_LEN], struct vls_slice body, struct vls_error *err)
{
    struct vls_slice text = vls_slice_of(body.p, body.n >= VLS_SIG_LEN ? body.n - VLS_SIG_LEN : 0);

    memset(j, 0, sizeof *j);
    if (text.n == 0 || body.n > sizeof j->body || !read_request(j, group, text))
        return VLS_FAIL(err, VLS_EFORMAT, "a malformed request to join");
    if (!vls_sign_ok(body.p + text.n, j->sign_pk, L_REQUEST_SIG, text))
        return VLS_FAIL(err, VLS_EAUTH, "a request to join that its own key did not sign");
    vls_hash1(j->hash, L_REQUEST_ID, text.p, text.n);
    memcpy(j->body, body.p, body.n);
    j->body_len = body.n;
    return VLS_OK;
}

enum vls_code
vls_join_read(struct vls_join *j, const uint8_t group[VLS_HASH_LEN], const struct vls_secret *door_sk,
              struct vls_slice blob, struct vls_error *err)
{
    struct vls_slice content;
    struct vls_buf hold;
    enum vls_code rc;

    if (blob.n != DOOR_LEN) /* every request has this size: others are not tried */
        return VLS_FAIL(err, VLS_EAUTH, "a blob of %zu bytes is no request", blob.n);
    vls_buf_init(&hold, DOOR_LEN);
    if ((rc = letter_open(&hold, &content, door_sk, L_REQUEST, group, blob, err)) == VLS_OK)
        rc = vls_join_body_read(j, group, content, err);
    vls_buf_clear(&hold);
    return rc;
}

void
vls_join_device(uint8_t device[VLS_DEVICE_LEN], const uint8_t request_hash[VLS_HASH_LEN])
{
    uint8_t h[VLS_HASH_LEN];

    vls_hash1(h, L_DEVICE, request_hash, VLS_HASH_LEN);
    memcpy(device, h, VLS_DEVICE_LEN);
}

/* About 0.1 s and 64 MiB a try: with about 100 bits to hit, a host that wants its own key to show the
 * same digits gains nothing from being fast. */
#define SAFETY_OPS    2
#define SAFETY_MEM    (64u * 1024 * 1024)
#define SAFETY_GROUPS 6

enum vls_code
vls_safety_number(char out[31], const struct vls_door *d, const uint8_t request_hash[VLS_HASH_LEN],
                  struct vls_error *err)
{
    static const uint8_t salt[crypto_pwhash_SALTBYTES] = "valise safety 1";
    struct vls_slice parts[] = {{d->group, VLS_HASH_LEN}, {d->pk, VLS_BOX_PK_LEN}, {request_hash, VLS_HASH_LEN}};
    uint8_t all[VLS_HASH_LEN], digits[SAFETY_GROUPS * 5];

    vls_hash(all, L_SAFETY, parts, 3);
    if (crypto_pwhash(digits, sizeof digits, (const char *)all, sizeof all, salt, SAFETY_OPS, SAFETY_MEM,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory (64 MiB) to compute the safety number");
    for (size_t g = 0; g < SAFETY_GROUPS; g++) {
        uint64_t v = 0;

        for (size_t i = 0; i < 5; i++)
            v = v << 8 | digits[5 * g + i];
        (void)snprintf(out + 5 * g, 6, "%05u", (unsigned)(v % 100000));
    }
    return VLS_OK;
}

#define WELCOME_MAX (256u * 1024)

enum vls_code
vls_welcome_write(struct vls_buf *out, const struct vls_welcome *w, const uint8_t group[VLS_HASH_LEN],
                  const uint8_t box_pk[VLS_BOX_PK_LEN], struct vls_error *err)
{
    struct vls_buf body;
    enum vls_code rc;

    vls_buf_init(&body, WELCOME_MAX);
    vls_cbor_put_array(&body, 5);
    vls_cbor_put_uint(&body, VERSION);
    vls_cbor_put_bytes(&body, w->request, VLS_HASH_LEN);
    vls_cbor_put_bytes(&body, w->genesis.p, w->genesis.n);
    vls_cbor_put_bytes(&body, w->door_sk->bytes, w->door_sk->len);
    vls_cbor_put_array(&body, w->n_epochs);
    for (size_t i = 0; i < w->n_epochs; i++)
        vls_cbor_put_bytes(&body, w->epochs[i]->key.bytes, VLS_KEY_LEN);
    if ((rc = vls_buf_ok(&body, err)) == VLS_OK)
        rc = letter_seal(out, box_pk, L_WELCOME, group, vls_buf_slice(&body), err);
    vls_buf_clear(&body);
    return rc;
}

static enum vls_code
read_epochs(struct vls_welcome *w, struct vls_cbor *c, const uint8_t *group, struct vls_error *err)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];
    size_t n = vls_cbor_array(c, VLS_WELCOME_KEYS_MAX);
    enum vls_code rc = VLS_OK;

    if ((w->epochs = calloc(n + 1, sizeof(struct vls_epoch *))) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a welcome");
    for (size_t i = 0; i < n && rc == VLS_OK; i++) {
        const uint8_t *key = vls_cbor_fixed(c, VLS_KEY_LEN);
        struct vls_secret *s = NULL;

        if (key == NULL)
            break;
        if ((rc = vls_secret_copy(&s, key, VLS_KEY_LEN, err)) == VLS_OK &&
            (rc = vls_epoch_new(&w->epochs[w->n_epochs], s, group, whole_group, err)) == VLS_OK)
            w->n_epochs++;
        vls_secret_free(s);
    }
    return rc;
}

enum vls_code
vls_welcome_read(struct vls_welcome *w, struct vls_buf *hold, const uint8_t group[VLS_HASH_LEN],
                 const struct vls_secret *box_sk, struct vls_slice blob, struct vls_error *err)
{
    const uint8_t *request, *door;
    struct vls_slice content;
    struct vls_cbor c;
    enum vls_code rc;

    memset(w, 0, sizeof *w);
    vls_buf_reset(hold);
    if ((rc = letter_open(hold, &content, box_sk, L_WELCOME, group, blob, err)) != VLS_OK)
        return rc;
    c = vls_cbor_of(content);
    if (vls_cbor_array(&c, 5) != 5 || vls_cbor_uint(&c) != VERSION)
        return VLS_FAIL(err, VLS_EFORMAT, "a malformed welcome");
    request = vls_cbor_fixed(&c, VLS_HASH_LEN);
    w->genesis = vls_cbor_bytes(&c);
    door = vls_cbor_fixed(&c, VLS_BOX_SK_LEN);
    if (vls_cbor_bad(&c))
        return VLS_FAIL(err, VLS_EFORMAT, "a malformed welcome");
    memcpy(w->request, request, VLS_HASH_LEN);
    if ((rc = vls_secret_copy(&w->door_sk, door, VLS_BOX_SK_LEN, err)) == VLS_OK &&
        (rc = read_epochs(w, &c, group, err)) == VLS_OK && (!vls_cbor_done(&c) || w->n_epochs == 0))
        rc = VLS_FAIL(err, VLS_EFORMAT, "a malformed welcome");
    if (rc != VLS_OK)
        vls_welcome_clear(w);
    return rc;
}

void
vls_welcome_clear(struct vls_welcome *w)
{
    vls_secret_free(w->door_sk);
    for (size_t i = 0; i < w->n_epochs; i++)
        vls_epoch_free(w->epochs[i]);
    free(w->epochs);
    memset(w, 0, sizeof *w);
}
