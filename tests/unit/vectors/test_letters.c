/*
 * Founding documents, keys, envelopes, packets and the letters of an admission against tests/vectors/wire.txt.
 */
#include "lines.h"

#include "valise/member.h"

static struct vls_epoch *
epoch_of(const struct line *l, const char *key, const uint8_t group[VLS_HASH_LEN])
{
    uint8_t compartment[VLS_COMPARTMENT_LEN];
    struct vls_secret *secret = line_secret(l, key);
    struct vls_epoch *e;

    line_fixed(compartment, l, "compartment", sizeof compartment);
    check_ok(vls_epoch_new(&e, secret, group, compartment, &lines_err), &lines_err);
    vls_secret_free(secret);
    return e;
}

/* ---- founding documents, keys ---- */

static void
genesis_agrees(const struct line *l, const struct vls_genesis *g, struct vls_slice data)
{
    uint8_t group[VLS_HASH_LEN], device[VLS_DEVICE_LEN];
    struct vls_buf again;

    vls_genesis_group(group, data);
    vls_genesis_device(device, group);
    expect_bytes(l, "group", group, sizeof group);
    expect_bytes(l, "device", device, sizeof device);
    expect_bytes(l, "title", g->title, strlen(g->title));
    expect_bytes(l, "delegation", g->delegation, strlen(g->delegation));
    expect_bytes(l, "post", g->post, strlen(g->post));
    expect_bytes(l, "root", g->sign_pk, sizeof g->sign_pk);
    expect_bytes(l, "box", g->box_pk, sizeof g->box_pk);
    expect_bytes(l, "door", g->door_pk, sizeof g->door_pk);
    vls_buf_init(&again, VLS_GENESIS_MAX);
    check_ok(vls_genesis_write(&again, g, &lines_err), &lines_err);
    expect_bytes(l, "data", again.p, again.n);
    vls_buf_clear(&again);
}

static void
founding_documents_are_read_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("genesis", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_genesis g;

        if (expect_verdict(l, vls_genesis_read(&g, data, &lines_err)))
            genesis_agrees(l, &g, data);
        bytes_free(data);
    }
    LINES_END(met, 20);
}

static void
epochs_have_the_same_names(void **state)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];
    uint8_t group[VLS_HASH_LEN];
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("epoch", &at)) != NULL; met++) {
        struct vls_epoch *e;
        struct vls_secret *key, *sub;
        struct vls_slice x;
        uint8_t where[VLS_HASH_LEN + VLS_COMPARTMENT_LEN];
        static const char *const name[][2] = {
            {"seal", "vls epoch seal"}, {"tag", "vls epoch tag"}, {"commit", "vls epoch commit"}};

        line_fixed(group, l, "group", sizeof group);
        e = epoch_of(l, "key", group);
        expect_bytes(l, "id", vls_epoch_id(e), VLS_HASH_LEN);
        expect_bytes(l, "compartment", vls_epoch_compartment(e), sizeof zeros);
        /* The subkeys are private; their definitions in terms of the primitive are not. */
        memcpy(where, group, sizeof group);
        memcpy(where + sizeof group, vls_epoch_compartment(e), sizeof zeros);
        x = vls_slice_of(where, sizeof where);
        key = line_secret(l, "key");
        for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
            check_ok(vls_kdf(&sub, name[i][1], key, x, &lines_err), &lines_err);
            expect_bytes(l, name[i][0], sub->bytes, sub->len);
            vls_secret_free(sub);
        }
        vls_secret_free(key);
        vls_epoch_free(e);
    }
    LINES_END(met, 2);
}

static void
wrapped_keys_open_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("unwrap", &at)) != NULL; met++) {
        uint8_t wrap[VLS_EPOCH_WRAP_LEN], group[VLS_HASH_LEN], compartment[VLS_COMPARTMENT_LEN], id[VLS_HASH_LEN],
            device[VLS_DEVICE_LEN];
        struct vls_secret *box = line_secret(l, "box"), *psk = line_secret(l, "psk");
        struct vls_epoch *e = NULL;

        line_fixed(wrap, l, "wrapped", sizeof wrap);
        line_fixed(group, l, "group", sizeof group);
        line_fixed(compartment, l, "compartment", sizeof compartment);
        line_fixed(id, l, "id", sizeof id);
        line_fixed(device, l, "device", sizeof device);
        if (expect_verdict(l, vls_epoch_unwrap(&e, wrap, group, compartment, id, device, box, psk, &lines_err)))
            expect_bytes(l, "key", vls_epoch_key(e)->bytes, VLS_KEY_LEN);
        vls_epoch_free(e);
        vls_secret_free(psk);
        vls_secret_free(box);
    }
    LINES_END(met, 10);
}

/* ---- envelopes ---- */

static enum vls_code
gather(void *ctx, const struct vls_head *h, struct vls_error *err)
{
    vls_buf_put(ctx, h, sizeof *h);
    return vls_buf_ok(ctx, err);
}

static void
put_heads(struct vls_buf *out, const struct vls_envelope *e)
{
    for (size_t i = 0; i < e->n_member_heads; i++)
        vls_buf_put(out, vls_envelope_member_head(e, i), VLS_HASH_LEN);
}

/* Kinds that are not sealed are the same whenever they are written. */
static void
envelope_written_again(const struct line *l, const struct vls_envelope *e, struct vls_slice data)
{
    uint8_t id[VLS_HASH_LEN], sk[VLS_SIGN_SK_LEN];
    struct vls_secret *sign;
    struct vls_buf heads, seen, out;

    line_fixed(sk, l, "seed", VLS_KEY_LEN);
    line_fixed(sk + VLS_KEY_LEN, l, "key", VLS_SIGN_PK_LEN); /* libsodium's secret key is seed and public key */
    check_ok(vls_secret_copy(&sign, sk, sizeof sk, &lines_err), &lines_err);
    vls_buf_init(&heads, LINES_VALUE_MAX);
    vls_buf_init(&seen, LINES_VALUE_MAX);
    vls_buf_init(&out, VLS_ENVELOPE_MAX);
    put_heads(&heads, e);
    check_ok(vls_envelope_seen(e, gather, &seen, &lines_err), &lines_err);
    check_ok(vls_envelope_write(&out, id,
                                &(struct vls_envelope_draft){
                                    .kind = e->kind,
                                    .group = e->group,
                                    .device = e->device,
                                    .incarnation = e->incarnation,
                                    .seq = e->seq,
                                    .prev = e->prev,
                                    .wall_unix_s = e->wall_unix_s,
                                    .member_heads = heads.p,
                                    .n_member_heads = e->n_member_heads,
                                    .seen = (const struct vls_head *)(const void *)seen.p,
                                    .n_seen = e->n_seen,
                                },
                                sign, NULL, e->payload, &lines_err),
             &lines_err);
    expect_bytes(l, "id", id, sizeof id);
    if (!vls_slice_eq(vls_buf_slice(&out), data))
        disagree(l, "written again it is another");
    vls_buf_clear(&out);
    vls_buf_clear(&seen);
    vls_buf_clear(&heads);
    vls_secret_free(sign);
}

static void
envelope_agrees(const struct line *l, const struct vls_envelope *e, struct vls_slice data)
{
    struct vls_buf heads;

    expect_bytes(l, "id", e->id, sizeof e->id);
    expect_number(l, "kind", e->kind);
    expect_bytes(l, "group", e->group, VLS_HASH_LEN);
    expect_bytes(l, "device", e->device, VLS_DEVICE_LEN);
    expect_bytes(l, "incarnation", e->incarnation, VLS_DEVICE_LEN);
    expect_number(l, "seq", (long long)e->seq);
    expect_bytes(l, "prev", e->prev, VLS_HASH_LEN);
    expect_number(l, "wall", e->wall_unix_s);
    expect_number(l, "seen", (long long)e->n_seen);
    vls_buf_init(&heads, LINES_VALUE_MAX);
    put_heads(&heads, e);
    expect_bytes(l, "members", heads.p, heads.n);
    vls_buf_clear(&heads);
    if (line_text(l, "seed") != NULL)
        envelope_written_again(l, e, data);
}

/* A forged line can be read and is not signed by the key. */
static void
envelopes_are_read_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("envelope", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        uint8_t key[VLS_SIGN_PK_LEN];
        struct vls_envelope e;
        enum vls_code rc = vls_envelope_read(&e, data, &lines_err);

        if (rc == VLS_OK && line_text(l, "key") != NULL) {
            line_fixed(key, l, "key", sizeof key);
            if (!vls_envelope_signed_by(&e, key))
                rc = VLS_FAIL(&lines_err, VLS_EAUTH, "signature");
        }
        if (expect_verdict(l, rc) && line_text(l, "id") != NULL)
            envelope_agrees(l, &e, data);
        bytes_free(data);
    }
    LINES_END(met, 60);
}

static void
payloads_open_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("open", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_epoch *epoch;
        struct vls_envelope e;
        struct vls_buf plain;

        vls_buf_init(&plain, VLS_ENVELOPE_MAX);
        check_ok(vls_envelope_read(&e, data, &lines_err), &lines_err);
        epoch = epoch_of(l, "epoch", e.group);
        if (line_is(l, "ok") && !vls_envelope_is_under(&e, epoch))
            disagree(l, "its epoch is not recognised");
        if (expect_verdict(l, vls_envelope_open(&plain, &e, epoch, &lines_err)))
            expect_bytes(l, "plain", plain.p, plain.n);
        else if (plain.n > 0)
            disagree(l, "refused and yet handed out");
        vls_buf_clear(&plain);
        vls_epoch_free(epoch);
        bytes_free(data);
    }
    LINES_END(met, 10);
}

/* ---- packets and letters ---- */

/* Opens a packet and takes its envelopes apart. */
static enum vls_code
packet_items(struct vls_buf *out, size_t *n, const struct vls_epoch *epoch, const uint8_t *group, struct vls_slice data)
{
    enum vls_code rc = vls_packet_open(out, epoch, group, data, &lines_err);
    struct vls_cbor c;

    if (rc != VLS_OK)
        return rc;
    c = vls_cbor_of(vls_buf_slice(out));
    for (*n = 0; !vls_cbor_done(&c); ++*n) {
        vls_cbor_item(&c);
        if (vls_cbor_bad(&c))
            return VLS_FAIL(&lines_err, VLS_EFORMAT, "a packet of no envelopes");
    }
    return VLS_OK;
}

static void
packets_open_alike(void **state)
{
    uint8_t group[VLS_HASH_LEN];
    struct line *l;
    size_t at = 0, met = 0, n = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("packet", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_epoch *epoch;
        struct vls_buf out;

        vls_buf_init(&out, LINES_VALUE_MAX);
        line_fixed(group, l, "group", sizeof group);
        epoch = epoch_of(l, "epoch", group);
        if (expect_verdict(l, packet_items(&out, &n, epoch, group, data))) {
            expect_number(l, "count", (long long)n);
            expect_bytes(l, "envelopes", out.p, out.n);
        }
        vls_epoch_free(epoch);
        vls_buf_clear(&out);
        bytes_free(data);
    }
    LINES_END(met, 27);
}

static void
doors_are_recognised_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("door", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_door d;

        if (vls_door_read(&d, data) != line_is(l, "ok"))
            disagree(l, "%s expected", l->verdict);
        else if (line_is(l, "ok")) {
            expect_bytes(l, "group", d.group, sizeof d.group);
            expect_bytes(l, "key", d.pk, sizeof d.pk);
        }
        bytes_free(data);
    }
    LINES_END(met, 8);
}

static void
request_agrees(const struct line *l, const struct vls_join *j, const uint8_t group[VLS_HASH_LEN])
{
    static struct vls_join again;
    uint8_t device[VLS_DEVICE_LEN];

    expect_bytes(l, "body", j->body, j->body_len);
    expect_bytes(l, "id", j->hash, sizeof j->hash);
    expect_bytes(l, "sign", j->sign_pk, sizeof j->sign_pk);
    expect_bytes(l, "box", j->box_pk, sizeof j->box_pk);
    expect_bytes(l, "delegation", j->delegation, strlen(j->delegation));
    expect_bytes(l, "post", j->post, strlen(j->post));
    expect_number(l, "wall", j->wall_unix_s);
    vls_join_device(device, j->hash);
    expect_bytes(l, "device", device, sizeof device);
    if (vls_join_body_read(&again, group, vls_slice_of(j->body, j->body_len), &lines_err) != VLS_OK)
        disagree(l, "its body alone is refused: %s", lines_err.text);
    else
        expect_bytes(l, "id", again.hash, sizeof again.hash);
}

static void
requests_open_alike(void **state)
{
    static struct vls_join j;
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("request", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_secret *secret = line_secret(l, "secret");
        uint8_t group[VLS_HASH_LEN];

        line_fixed(group, l, "group", sizeof group);
        if (expect_verdict(l, vls_join_read(&j, group, secret, data, &lines_err)))
            request_agrees(l, &j, group);
        vls_secret_free(secret);
        bytes_free(data);
    }
    LINES_END(met, 20);
}

static void
safety_numbers_agree(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("safety", &at)) != NULL; met++) {
        uint8_t request[VLS_HASH_LEN];
        struct vls_door d;
        char digits[31], printed[36];

        line_fixed(d.group, l, "group", sizeof d.group);
        line_fixed(d.pk, l, "door", sizeof d.pk);
        line_fixed(request, l, "request", sizeof request);
        check_ok(vls_safety_number(digits, &d, request, &lines_err), &lines_err);
        snprintf(printed, sizeof printed, "%.5s-%.5s-%.5s-%.5s-%.5s-%.5s", digits, digits + 5, digits + 10, digits + 15,
                 digits + 20, digits + 25);
        if (strcmp(printed, line_text(l, "number")) != 0)
            disagree(l, "%s, not %s", printed, line_text(l, "number"));
    }
    LINES_END(met, 2);
}

/* Opens a welcome and believes it as far as it can: the founding document and the request are the newcomer's. */
static enum vls_code
welcome_believed(struct vls_welcome *w, struct vls_buf *hold, const struct line *l, struct vls_slice data)
{
    uint8_t group[VLS_HASH_LEN], request[VLS_HASH_LEN], founded[VLS_HASH_LEN];
    struct vls_secret *box = line_secret(l, "box");
    enum vls_code rc;

    line_fixed(group, l, "group", sizeof group);
    line_fixed(request, l, "request", sizeof request);
    rc = vls_welcome_read(w, hold, group, box, data, &lines_err);
    vls_secret_free(box);
    if (rc != VLS_OK)
        return rc;
    vls_genesis_group(founded, w->genesis);
    if (memcmp(founded, group, sizeof group) != 0 || memcmp(request, w->request, sizeof request) != 0)
        return VLS_FAIL(&lines_err, VLS_EAUTH, "of another group or request");
    return VLS_OK;
}

static void
welcomes_open_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("welcome", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_welcome w = {0};
        struct vls_buf hold, keys;

        vls_buf_init(&hold, LINES_VALUE_MAX);
        vls_buf_init(&keys, LINES_VALUE_MAX);
        if (expect_verdict(l, welcome_believed(&w, &hold, l, data))) {
            for (size_t i = 0; i < w.n_epochs; i++)
                vls_buf_put(&keys, vls_epoch_key(w.epochs[i])->bytes, VLS_KEY_LEN);
            expect_bytes(l, "keys", keys.p, keys.n);
            expect_bytes(l, "genesis", w.genesis.p, w.genesis.n);
            expect_bytes(l, "door", w.door_sk->bytes, w.door_sk->len);
        }
        vls_welcome_clear(&w);
        vls_buf_clear(&keys);
        vls_buf_clear(&hold);
        bytes_free(data);
    }
    LINES_END(met, 15);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(founding_documents_are_read_alike),
        cmocka_unit_test(epochs_have_the_same_names),
        cmocka_unit_test(wrapped_keys_open_alike),
        cmocka_unit_test(envelopes_are_read_alike),
        cmocka_unit_test(payloads_open_alike),
        cmocka_unit_test(packets_open_alike),
        cmocka_unit_test(doors_are_recognised_alike),
        cmocka_unit_test(requests_open_alike),
        cmocka_unit_test(safety_numbers_agree),
        cmocka_unit_test(welcomes_open_alike),
    };

    return cmocka_run_group_tests(tests, lines_load, lines_free);
}
