/*
 * The primitives against bytes from another implementation (tests/vectors/prim.txt), and against every
 * wrong label, key, context and bit.
 */
#include "tests/support/check.h"

#include "valise/prim.h"

#define VECTORS "tests/vectors/prim.txt" /* tests run in the project's folder */
#define FIELDS_MAX 8

static struct vls_error err;

static int
setup(void **state)
{
    (void)state;
    return vls_secret_start(&err) == VLS_OK ? 0 : -1;
}

static struct vls_secret *
key_of(const void *p, size_t n)
{
    struct vls_secret *s;

    check_ok(vls_secret_copy(&s, p, n, &err), &err);
    return s;
}

static struct vls_secret *
random_key(void)
{
    struct vls_secret *s;

    check_ok(vls_secret_random(&s, VLS_KEY_LEN, &err), &err);
    return s;
}

/* ---- vectors ---- */

struct field {
    const char *name;
    uint8_t bytes[512];
    size_t n;
};

struct vector {
    char line[4096];
    const char *kind;
    struct field field[FIELDS_MAX];
    size_t n;
};

static bool
vector_next(struct vector *v, FILE *f)
{
    char *rest = v->line, *word;

    do
        if (fgets(v->line, sizeof v->line, f) == NULL)
            return false;
    while (v->line[0] == '#');
    v->line[strcspn(v->line, "\n")] = '\0';
    v->kind = strsep(&rest, " ");
    for (v->n = 0; (word = strsep(&rest, " ")) != NULL; v->n++) {
        struct field *to = &v->field[v->n];
        char *hex = strchr(word, '=');

        assert_true(v->n < FIELDS_MAX && hex != NULL);
        *hex++ = '\0';
        to->name = word;
        to->n = strlen(hex) / 2;
        assert_true(to->n < sizeof to->bytes && vls_unhex(to->bytes, to->n, hex));
        to->bytes[to->n] = 0; /* labels are strings */
    }
    return true;
}

static struct field *
get(struct vector *v, const char *name)
{
    for (size_t i = 0; i < v->n; i++)
        if (strcmp(v->field[i].name, name) == 0)
            return &v->field[i];
    fail_msg("%s without %s", v->kind, name);
    return NULL;
}

static struct vls_slice
slice(const struct field *f)
{
    return vls_slice_of(f->bytes, f->n);
}

static void
check_vector(struct vector *v)
{
    const char *label = (const char *)get(v, "label")->bytes;
    uint8_t out[512];
    struct vls_secret *key = NULL, *other = NULL;

    if (strcmp(v->kind, "hash") == 0) {
        vls_hash1(out, label, get(v, "data")->bytes, get(v, "data")->n);
        assert_memory_equal(out, get(v, "out")->bytes, VLS_HASH_LEN);
    } else if (strcmp(v->kind, "mac") == 0) {
        struct vls_slice data = slice(get(v, "data"));
        struct field *expect = get(v, "out");

        key = key_of(get(v, "key")->bytes, get(v, "key")->n);
        vls_mac(out, expect->n, label, key, &data, 1);
        assert_memory_equal(out, expect->bytes, expect->n);
        if (expect->n == VLS_KEY_LEN) {
            check_ok(vls_kdf(&other, label, key, data, &err), &err);
            assert_memory_equal(other->bytes, expect->bytes, VLS_KEY_LEN);
        }
    } else if (strcmp(v->kind, "seal") == 0) {
        struct field *plain = get(v, "plain"), *sealed = get(v, "sealed");

        assert_int_equal(sealed->n, plain->n + VLS_SEAL_EXTRA);
        key = key_of(get(v, "key")->bytes, VLS_KEY_LEN);
        check_ok(vls_unseal(out, key, label, slice(get(v, "aad")), sealed->bytes, sealed->n, &err), &err);
        assert_memory_equal(out, plain->bytes, plain->n);
        assert_true(vls_unseal_at(out, key, label, slice(get(v, "aad")), sealed->bytes + VLS_NONCE_LEN, plain->n,
                                  sealed->bytes, sealed->bytes + VLS_NONCE_LEN + plain->n));
        assert_memory_equal(out, plain->bytes, plain->n);
    } else if (strcmp(v->kind, "sign") == 0) {
        memcpy(out, get(v, "seed")->bytes, 32);
        memcpy(out + 32, get(v, "pk")->bytes, VLS_SIGN_PK_LEN);
        key = key_of(out, VLS_SIGN_SK_LEN); /* libsodium's secret key is seed and public key */
        vls_sign(out, key, label, slice(get(v, "msg")));
        assert_memory_equal(out, get(v, "sig")->bytes, VLS_SIG_LEN);
        assert_true(vls_sign_ok(get(v, "sig")->bytes, get(v, "pk")->bytes, label, slice(get(v, "msg"))));
    } else if (strcmp(v->kind, "wrap") == 0) {
        struct field *plain = get(v, "plain"), *wrapped = get(v, "wrapped");

        assert_int_equal(wrapped->n, plain->n + VLS_WRAP_EXTRA);
        key = key_of(get(v, "sk")->bytes, VLS_BOX_SK_LEN);
        other = key_of(get(v, "psk")->bytes, VLS_KEY_LEN);
        vls_box_public(out, key);
        assert_memory_equal(out, get(v, "pk")->bytes, VLS_BOX_PK_LEN);
        check_ok(vls_unwrap(out, key, other, label, slice(get(v, "aad")), wrapped->bytes, wrapped->n, &err), &err);
        assert_memory_equal(out, plain->bytes, plain->n);
        /* no pre-shared secret is one of zeros */
        assert_int_equal(vls_unwrap(out, key, NULL, label, slice(get(v, "aad")), wrapped->bytes, wrapped->n, &err),
                         vls_equal(other->bytes, (uint8_t[VLS_KEY_LEN]){0}, VLS_KEY_LEN) ? VLS_OK : VLS_EAUTH);
    } else
        fail_msg("a vector of unknown kind %s", v->kind);
    vls_secret_free(key);
    vls_secret_free(other);
}

static void
vectors_of_another_implementation_agree(void **state)
{
    static struct vector v;
    FILE *f = fopen(VECTORS, "r");
    size_t n = 0;

    (void)state;
    if (f == NULL)
        fail_msg("no %s here", VECTORS);
    for (; vector_next(&v, f); n++)
        check_vector(&v);
    (void)fclose(f);
    assert_int_equal(n, 32);
}

/* ---- hashing ---- */

static void
labels_and_keys_separate_hashes(void **state)
{
    static const char *const labels[] = {"a", "b", "ab", "sixteen letters!", "sixteen letters?"};
    uint8_t out[10][VLS_HASH_LEN];
    struct vls_secret *k = random_key();
    struct vls_slice msg = vls_slice_str("message");

    (void)state;
    for (size_t i = 0; i < 5; i++) {
        vls_hash(out[i], labels[i], &msg, 1);
        vls_mac(out[5 + i], VLS_HASH_LEN, labels[i], k, &msg, 1);
    }
    for (size_t i = 0; i < 10; i++)
        for (size_t j = 0; j < i; j++)
            assert_memory_not_equal(out[i], out[j], VLS_HASH_LEN);
    vls_secret_free(k);
}

static void
parts_are_joined(void **state)
{
    struct vls_slice parts[] = {vls_slice_str("one"), vls_slice_str(""), vls_slice_str("two")};
    uint8_t a[VLS_HASH_LEN], b[VLS_HASH_LEN];

    (void)state;
    vls_hash(a, "label", parts, 3);
    vls_hash1(b, "label", "onetwo", 6);
    assert_memory_equal(a, b, sizeof a);
    vls_hash(a, "label", NULL, 0);
    vls_hash1(b, "label", "", 0);
    assert_memory_equal(a, b, sizeof a);
}

static void
macs_of_two_lengths_are_unrelated(void **state)
{
    uint8_t a[32], b[64];
    struct vls_secret *k = random_key();
    struct vls_slice msg = vls_slice_str("message");

    (void)state;
    vls_mac(a, 32, "label", k, &msg, 1);
    vls_mac(b, 64, "label", k, &msg, 1);
    assert_memory_not_equal(a, b, 16);
    vls_secret_free(k);
}

static void
a_stretched_seed_is_its_hash_with_each_number(void **state)
{
    static uint8_t out[256 * VLS_STRETCH_BLOCK + 1];
    uint8_t seed[VLS_HASH_LEN], expect[VLS_STRETCH_BLOCK], number;
    struct vls_slice parts[2] = {{seed, sizeof seed}, {&number, 1}};

    (void)state;
    vls_random(seed, sizeof seed);
    memset(out, 0xee, sizeof out);
    vls_stretch(out, 256, "label", seed);
    assert_int_equal(out[sizeof out - 1], 0xee);
    for (size_t i = 0; i < 256; i++) {
        number = (uint8_t)i;
        vls_mac(expect, sizeof expect, "label", NULL, parts, 2);
        assert_memory_equal(out + i * VLS_STRETCH_BLOCK, expect, sizeof expect);
        vls_mac(expect, sizeof expect, "lapel", NULL, parts, 2);
        assert_memory_not_equal(out + i * VLS_STRETCH_BLOCK, expect, sizeof expect);
    }
    vls_stretch(out, 0, "label", seed);
    vls_mac(expect, sizeof expect, "label", NULL, (struct vls_slice[]){{seed, sizeof seed}, {(const uint8_t *)"", 1}},
            2);
    assert_memory_equal(out, expect, sizeof expect);
}

/* ---- seal ---- */

/* No plaintext comes out of a failed opening: the place holds what it held, or zeros. */
static void
no_plain(const uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        assert_true(out[i] == 0xee || out[i] == 0);
}

#define PLAIN "forty-two bytes of text that nobody reads."

static void
a_seal_opens_only_as_it_was_made(void **state)
{
    struct vls_slice aad = vls_slice_str("context"), less = vls_slice_str("contex"), none = {NULL, 0};
    uint8_t sealed[sizeof PLAIN + VLS_SEAL_EXTRA], again[sizeof sealed], bad[sizeof sealed + 1], out[sizeof bad];
    struct vls_secret *k = random_key(), *other = random_key();

    (void)state;
    vls_seal(sealed, k, "label", aad, PLAIN, sizeof PLAIN);
    check_ok(vls_unseal(out, k, "label", aad, sealed, sizeof sealed, &err), &err);
    assert_memory_equal(out, PLAIN, sizeof PLAIN);
    vls_seal(again, k, "label", aad, PLAIN, sizeof PLAIN);
    assert_memory_not_equal(sealed, again, VLS_NONCE_LEN);
    assert_memory_not_equal(sealed + VLS_NONCE_LEN, again + VLS_NONCE_LEN, sizeof PLAIN);

    memset(out, 0xee, sizeof out);
    assert_int_equal(vls_unseal(out, other, "label", aad, sealed, sizeof sealed, &err), VLS_EAUTH);
    assert_int_equal(vls_unseal(out, k, "labe", aad, sealed, sizeof sealed, &err), VLS_EAUTH);
    assert_int_equal(vls_unseal(out, k, "label2", aad, sealed, sizeof sealed, &err), VLS_EAUTH);
    assert_int_equal(vls_unseal(out, k, "label", less, sealed, sizeof sealed, &err), VLS_EAUTH);
    assert_int_equal(vls_unseal(out, k, "label", none, sealed, sizeof sealed, &err), VLS_EAUTH);
    for (size_t n = 0; n < sizeof sealed; n++)
        assert_int_equal(vls_unseal(out, k, "label", aad, sealed, n, &err), VLS_EAUTH);
    memcpy(bad, sealed, sizeof sealed);
    bad[sizeof sealed] = 0;
    assert_int_equal(vls_unseal(out, k, "label", aad, bad, sizeof bad, &err), VLS_EAUTH);
    for (size_t bit = 0; bit < sizeof sealed * 8; bit++) {
        memcpy(bad, sealed, sizeof sealed);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vls_unseal(out, k, "label", aad, bad, sizeof sealed, &err), VLS_EAUTH);
    }
    no_plain(out, sizeof out);
    assert_null(strstr(err.text, "forty"));
    vls_secret_free(k);
    vls_secret_free(other);
}

/* A label and its context are not one string: what moves from one to the other is noticed. */
static void
the_border_of_label_and_context_counts(void **state)
{
    uint8_t sealed[4 + VLS_SEAL_EXTRA], out[4];
    struct vls_secret *k = random_key();

    (void)state;
    vls_seal(sealed, k, "label", vls_slice_str("x"), "text", 4);
    assert_int_equal(vls_unseal(out, k, "labelx", vls_slice_str(""), sealed, sizeof sealed, &err), VLS_EAUTH);
    vls_seal(sealed, k, "sixteen letters!", vls_slice_str("x"), "text", 4);
    assert_int_equal(vls_unseal(out, k, "sixteen letters", vls_slice_str("!x"), sealed, sizeof sealed, &err), VLS_EAUTH);
    vls_secret_free(k);
}

static void
a_seal_in_place_opens_in_place(void **state)
{
    uint8_t page[sizeof PLAIN], kept[sizeof PLAIN], nonce[VLS_NONCE_LEN], tag[VLS_TAG_LEN];
    struct vls_secret *k = random_key();
    struct vls_slice aad = vls_slice_str("page 7");

    (void)state;
    memcpy(page, PLAIN, sizeof page);
    vls_seal_at(page, nonce, tag, k, "label", aad, page, sizeof page);
    assert_memory_not_equal(page, PLAIN, 16);
    memcpy(kept, page, sizeof page);
    assert_true(vls_unseal_at(page, k, "label", aad, page, sizeof page, nonce, tag));
    assert_memory_equal(page, PLAIN, sizeof page);
    for (size_t bit = 0; bit < (VLS_NONCE_LEN + VLS_TAG_LEN) * 8; bit++) {
        uint8_t *at = bit / 8 < VLS_NONCE_LEN ? &nonce[bit / 8] : &tag[bit / 8 - VLS_NONCE_LEN];

        *at ^= (uint8_t)(1u << bit % 8);
        assert_false(vls_unseal_at(page, k, "label", aad, kept, sizeof kept, nonce, tag));
        *at ^= (uint8_t)(1u << bit % 8);
    }
    assert_false(vls_unseal_at(page, k, "label", vls_slice_str("page 8"), kept, sizeof kept, nonce, tag));
    assert_false(vls_unseal_at(page, k, "labels", aad, kept, sizeof kept, nonce, tag));
    vls_secret_free(k);
}

/* ---- signatures ---- */

static void
a_signature_counts_for_its_label_message_and_key_only(void **state)
{
    uint8_t pk[VLS_SIGN_PK_LEN], other_pk[VLS_SIGN_PK_LEN], sig[VLS_SIG_LEN], zeros[VLS_SIG_LEN] = {0};
    struct vls_secret *sk, *other;
    struct vls_slice msg = vls_slice_str("message");

    (void)state;
    check_ok(vls_sign_keypair(pk, &sk, &err), &err);
    check_ok(vls_sign_keypair(other_pk, &other, &err), &err);
    vls_sign(sig, sk, "label", msg);
    assert_true(vls_sign_ok(sig, pk, "label", msg));
    assert_false(vls_sign_ok(sig, other_pk, "label", msg));
    assert_false(vls_sign_ok(sig, pk, "labels", msg));
    assert_false(vls_sign_ok(sig, pk, "label", vls_slice_str("messag")));
    assert_false(vls_sign_ok(sig, pk, "label", vls_slice_str("")));
    assert_false(vls_sign_ok(zeros, pk, "label", msg));
    for (size_t bit = 0; bit < sizeof sig * 8; bit++) {
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(vls_sign_ok(sig, pk, "label", msg));
        sig[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    for (size_t bit = 0; bit < sizeof pk * 8; bit++) {
        pk[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(vls_sign_ok(sig, pk, "label", msg));
        pk[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_true(vls_sign_ok(sig, pk, "label", msg));
    vls_secret_free(sk);
    vls_secret_free(other);
}

/* S plus the group order is the same number: one signature has one form (RFC 8032 5.1.7). */
static void
a_signature_has_one_form(void **state)
{
    static const uint8_t order[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
                                      0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    uint8_t pk[VLS_SIGN_PK_LEN], sig[VLS_SIG_LEN];
    struct vls_secret *sk;
    unsigned carry = 0;

    (void)state;
    check_ok(vls_sign_keypair(pk, &sk, &err), &err);
    vls_sign(sig, sk, "label", vls_slice_str("message"));
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)sig[32 + i] + order[i];
        sig[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    assert_false(vls_sign_ok(sig, pk, "label", vls_slice_str("message")));
    vls_secret_free(sk);
}

/* With a public key of low order one signature would fit many messages. */
static void
low_order_signing_keys_are_refused(void **state)
{
    uint8_t pk[VLS_SIGN_PK_LEN] = {1}, sig[VLS_SIG_LEN] = {1}; /* the neutral element; R neutral, S zero */

    (void)state;
    assert_false(vls_sign_ok(sig, pk, "label", vls_slice_str("any message")));
}

/* ---- wrap ---- */

static void
a_wrap_opens_only_with_everything_right(void **state)
{
    uint8_t pk[VLS_BOX_PK_LEN], other_pk[VLS_BOX_PK_LEN], wrapped[sizeof PLAIN + VLS_WRAP_EXTRA],
        bad[sizeof wrapped], out[sizeof wrapped];
    struct vls_secret *sk, *other, *psk = random_key(), *other_psk = random_key();
    struct vls_slice aad = vls_slice_str("context");

    (void)state;
    check_ok(vls_box_keypair(pk, &sk, &err), &err);
    check_ok(vls_box_keypair(other_pk, &other, &err), &err);
    check_ok(vls_wrap(wrapped, pk, psk, "label", aad, PLAIN, sizeof PLAIN, &err), &err);
    check_ok(vls_unwrap(out, sk, psk, "label", aad, wrapped, sizeof wrapped, &err), &err);
    assert_memory_equal(out, PLAIN, sizeof PLAIN);

    memset(out, 0xee, sizeof out);
    assert_int_equal(vls_unwrap(out, other, psk, "label", aad, wrapped, sizeof wrapped, &err), VLS_EAUTH);
    assert_int_equal(vls_unwrap(out, sk, other_psk, "label", aad, wrapped, sizeof wrapped, &err), VLS_EAUTH);
    assert_int_equal(vls_unwrap(out, sk, NULL, "label", aad, wrapped, sizeof wrapped, &err), VLS_EAUTH);
    assert_int_equal(vls_unwrap(out, sk, psk, "lable", aad, wrapped, sizeof wrapped, &err), VLS_EAUTH);
    assert_int_equal(vls_unwrap(out, sk, psk, "label", vls_slice_str("contexts"), wrapped, sizeof wrapped, &err),
                     VLS_EAUTH);
    for (size_t n = 0; n < sizeof wrapped; n++)
        assert_int_equal(vls_unwrap(out, sk, psk, "label", aad, wrapped, n, &err), VLS_EAUTH);
    for (size_t bit = 0; bit < sizeof wrapped * 8; bit++) {
        memcpy(bad, wrapped, sizeof bad);
        bad[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(vls_unwrap(out, sk, psk, "label", aad, bad, sizeof bad, &err), VLS_EAUTH);
    }
    no_plain(out, sizeof out);

    /* made without a pre-shared secret, it does not open with one */
    check_ok(vls_wrap(wrapped, pk, NULL, "label", aad, PLAIN, sizeof PLAIN, &err), &err);
    assert_int_equal(vls_unwrap(out, sk, psk, "label", aad, wrapped, sizeof wrapped, &err), VLS_EAUTH);
    check_ok(vls_unwrap(out, sk, NULL, "label", aad, wrapped, sizeof wrapped, &err), &err);
    vls_secret_free(sk);
    vls_secret_free(other);
    vls_secret_free(psk);
    vls_secret_free(other_psk);
}

/* The seven u-coordinates of small order and their non-canonical twins, RFC 7748 section 7. */
static void
low_order_points_are_refused(void **state)
{
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"};
    uint8_t pk[VLS_BOX_PK_LEN], wrapped[sizeof PLAIN + VLS_WRAP_EXTRA], out[sizeof PLAIN];
    struct vls_secret *sk;

    (void)state;
    check_ok(vls_box_keypair(pk, &sk, &err), &err);
    check_ok(vls_wrap(wrapped, pk, NULL, "label", vls_slice_str(""), PLAIN, sizeof PLAIN, &err), &err);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        for (int high = 0; high < 2; high++) { /* the top bit is ignored by X25519 */
            uint8_t point[VLS_BOX_PK_LEN];

            assert_true(vls_unhex(point, sizeof point, points[i]));
            point[31] |= (uint8_t)(high << 7);
            assert_int_equal(
                vls_wrap(wrapped, point, NULL, "label", vls_slice_str(""), PLAIN, sizeof PLAIN, &err), VLS_EAUTH);
            memcpy(wrapped, point, sizeof point);
            assert_int_equal(vls_unwrap(out, sk, NULL, "label", vls_slice_str(""), wrapped, sizeof wrapped, &err),
                             VLS_EAUTH);
        }
    vls_secret_free(sk);
}

static void
equal_compares_every_bit(void **state)
{
    uint8_t a[40], b[40];

    (void)state;
    memset(a, 7, sizeof a);
    memcpy(b, a, sizeof a);
    assert_true(vls_equal(a, b, sizeof a));
    assert_true(vls_equal(a, b, 0));
    for (size_t bit = 0; bit < sizeof a * 8; bit++) {
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_false(vls_equal(a, b, sizeof a));
        b[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_another_implementation_agree),
        cmocka_unit_test(labels_and_keys_separate_hashes),
        cmocka_unit_test(parts_are_joined),
        cmocka_unit_test(macs_of_two_lengths_are_unrelated),
        cmocka_unit_test(a_stretched_seed_is_its_hash_with_each_number),
        cmocka_unit_test(a_seal_opens_only_as_it_was_made),
        cmocka_unit_test(the_border_of_label_and_context_counts),
        cmocka_unit_test(a_seal_in_place_opens_in_place),
        cmocka_unit_test(a_signature_counts_for_its_label_message_and_key_only),
        cmocka_unit_test(a_signature_has_one_form),
        cmocka_unit_test(low_order_signing_keys_are_refused),
        cmocka_unit_test(a_wrap_opens_only_with_everything_right),
        cmocka_unit_test(low_order_points_are_refused),
        cmocka_unit_test(equal_compares_every_bit),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
