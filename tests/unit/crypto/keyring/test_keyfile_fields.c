/*
 * LL-03, the thief who edits the key file: each field of it alone, with every value that could mean something, in one
 * copy or both, with the sum made right or not; and every mixture of two files. Nothing but the mac decides.
 */
#include "keyfile_fixture.h"

#define LL_03_FIELDS (6 + 8 * 7 + 3)

struct field {
    size_t at, n;
};

static struct field fields[LL_03_FIELDS];

/* Offsets and lengths of schemas/store/keyfile.md, written down a second time. */
static void
fields_make(void)
{
    static const struct field head[] = {{0, 8}, {8, 4}, {12, 4}, {16, 16}, {32, 8}, {40, 24}};
    static const struct field slot[] = {{0, 16}, {16, 4}, {20, 4}, {24, 32}, {56, 24}, {80, 32}, {112, 16}};
    static const struct field tail[] = {{1088, 2944}, {4032, 32}, {4064, 32}};
    size_t n = 0;

    for (size_t i = 0; i < 6; i++)
        fields[n++] = head[i];
    for (size_t s = 0; s < 8; s++)
        for (size_t i = 0; i < 7; i++)
            fields[n++] = (struct field){SLOT(s) + slot[i].at, slot[i].n};
    for (size_t i = 0; i < 3; i++)
        fields[n++] = tail[i];
    assert_int_equal(n, LL_03_FIELDS);
    for (size_t i = 0, at = 0; i < n; at = fields[i].at + fields[i].n, i++)
        assert_int_equal(fields[i].at, at); /* without a gap */
    assert_int_equal(fields[n - 1].at + fields[n - 1].n, COPY);
}

enum value { ZEROS, ONES, ONE_MORE, ONE_LESS, NOISE, OF_THE_PAST, OF_ANOTHER, N_VALUES };

static uint8_t mine[2 * COPY], past[2 * COPY], other[2 * COPY];

/* Writes a value into a field of a copy; false when that changes nothing. */
static bool
edit(uint8_t *copy, const struct field *f, enum value v)
{
    uint8_t before[COPY];
    uint8_t *p = copy + f->at;
    unsigned carry = 1;

    memcpy(before, p, f->n);
    switch (v) {
    case ZEROS: memset(p, 0, f->n); break;
    case ONES: memset(p, 0xff, f->n); break;
    case NOISE: vls_random(p, f->n); break;
    case OF_THE_PAST: memcpy(p, past + f->at, f->n); break;
    case OF_ANOTHER: memcpy(p, other + f->at, f->n); break;
    default: /* little-endian numbers; the rest are bytes like any other */
        for (size_t i = 0; i < f->n && carry; i++) {
            carry = v == ONE_MORE ? p[i] == 0xff : p[i] == 0;
            p[i] = (uint8_t)(v == ONE_MORE ? p[i] + 1 : p[i] - 1);
        }
    }
    return memcmp(before, p, f->n) != 0;
}

/* A file with a past, and another one with the same passphrase. */
static void
files_make(struct vls_secret **m)
{
    fields_make();
    make("p", NULL, other);
    make("p", m, past);
    change(*m, "p"); /* the same passphrase under another salt, one generation later */
    image_get(mine);
}

static void
every_field_edited_alone_opens_nothing_LL_03(void **state)
{
    unsigned tried = 0, by_mac = 0, locked = 0, newer = 0, saved = 0;
    uint8_t image[2 * COPY], after[2 * COPY];
    struct vls_secret *m;

    (void)state;
    files_make(&m);
    for (size_t i = 0; i < LL_03_FIELDS; i++)
        for (enum value v = ZEROS; v < N_VALUES; v++)
            for (unsigned where = 1; where <= 3; where++) /* copy 0, copy 1, both */
                for (int right_sum = 0; right_sum < 2; right_sum++) {
                    struct vls_keyfile_info info;
                    enum vls_code rc;

                    memcpy(image, mine, sizeof image);
                    if (!edit(image, &fields[i], v))
                        continue;
                    if (right_sum) {
                        sum_fix(image);
                        if (memcmp(image, mine, COPY) == 0)
                            continue; /* the sum itself, made right again */
                    }
                    memcpy(image + COPY, where & 2 ? image : mine, COPY);
                    if (!(where & 1))
                        memcpy(image, mine, COPY);
                    image_put(image, sizeof image);
                    n_derivations = 0;
                    rc = try_open("p", m, &info); /* a key that is not ours fails in there */
                    image_get(after);
                    assert_memory_equal(after, image, sizeof image);
                    assert_true(n_derivations <= 2);
                    tried++;
                    if (rc == VLS_EVERSION) { /* what claims to be of a later program is left alone */
                        assert_true(right_sum && fields[i].at >= 8 && fields[i].at <= 12);
                        newer++;
                    } else if (where != 3) {
                        assert_int_equal(rc, VLS_OK);
                        assert_true(info.degraded);
                        saved++;
                    } else {
                        if (rc != VLS_EAUTH && rc != VLS_ELOCKED)
                            fail_msg("field at %zu, value %u: %s", fields[i].at, (unsigned)v, vls_code_name(rc));
                        if (!right_sum)
                            assert_int_equal(rc, VLS_EAUTH);
                        by_mac += rc == VLS_EAUTH && right_sum;
                        locked += rc == VLS_ELOCKED;
                    }
                }
    print_message("%u edits: %u refused by the mac, %u fit no passphrase, %u newer, %u saved by the other copy\n",
                  tried, by_mac, locked, newer, saved);
    assert_true(tried > 2000 && by_mac > 200 && locked > 20 && newer > 10 && saved > 1200);
    vls_secret_free(m);
}

/* The regions of a copy, each from one file or from the other, with the sum made right. */
static void
no_mixture_of_two_files_opens_LL_03(void **state)
{
    static const struct field region[] = {{0, 32},        {32, 32},     {SLOT(0), 128}, {SLOT(1), 128},
                                          {SLOT(2), 768}, {1088, 2944}, {4032, 32}};
    enum { REGIONS = sizeof region / sizeof region[0] };
    uint8_t image[2 * COPY];
    unsigned refused = 0, whole = 0;
    struct vls_secret *m;

    (void)state;
    files_make(&m);
    for (int with = 0; with < 2; with++)
        for (unsigned mask = 0; mask < 1u << REGIONS; mask++) {
            const uint8_t *second = with == 0 ? past : other;
            struct vls_secret *p = secret("p"), *got = NULL;
            enum vls_code rc;

            memcpy(image, mine, COPY);
            for (size_t i = 0; i < REGIONS; i++)
                if (mask >> i & 1)
                    memcpy(image + region[i].at, second + region[i].at, region[i].n);
            sum_fix(image);
            memcpy(image + COPY, image, COPY);
            image_put(image, sizeof image);
            rc = vls_keyfile_open(&got, NULL, path, p, &err);
            if (memcmp(image, mine, COPY) == 0 || memcmp(image, second, COPY) == 0) {
                assert_int_equal(rc, VLS_OK);
                whole++;
            } else {
                assert_true(rc == VLS_EAUTH || rc == VLS_ELOCKED);
                assert_null(got);
                refused++;
            }
            vls_secret_free(got);
            vls_secret_free(p);
        }
    print_message("%u mixtures refused, %u were whole files\n", refused, whole);
    assert_true(refused > 180 && whole >= 4);
    vls_secret_free(m);
}

/* ---- LL-09: a recovery code is right or it is not ---- */

/* The text of a code that agrees with the right one in its first bits, and is well formed. */
static struct vls_secret *
code_beside(const struct vls_secret *right, const uint8_t id[VLS_STORE_ID_LEN], size_t bits)
{
    struct vls_secret *code = NULL, *near = NULL, *text = NULL;

    check_ok(vls_recovery_parse(&code, id, right, &err), &err);
    assert_int_equal(code->len * 8, 128);
    check_ok(vls_secret_random(&near, code->len, &err), &err);
    for (size_t bit = 0; bit < bits; bit++) {
        uint8_t mask = (uint8_t)(0x80 >> bit % 8);

        near->bytes[bit / 8] = (uint8_t)((near->bytes[bit / 8] & ~mask) | (code->bytes[bit / 8] & mask));
    }
    near->bytes[bits / 8] = (uint8_t)((near->bytes[bits / 8] & ~(0x80 >> bits % 8)) |
                                      (~code->bytes[bits / 8] & (0x80 >> bits % 8))); /* the next one differs */
    check_ok(vls_recovery_print(&text, id, near, &err), &err);
    vls_secret_free(near);
    vls_secret_free(code);
    return text;
}

static void
a_nearly_right_code_is_as_wrong_as_any_other_LL_09(void **state)
{
    char said[2][VLS_ERROR_TEXT] = {"", ""};
    struct vls_secret *m, *text, *out, *part;
    uint8_t id[VLS_STORE_ID_LEN];
    unsigned tried = 0;

    (void)state;
    make("p", &m, NULL);
    check_ok(vls_keyfile_set_recovery(&text, path, m, &err), &err);
    check_ok(vls_keyfile_store_id(id, path, &err), &err);
    for (size_t bits = 0; bits < 128; bits++, tried++) {
        struct vls_secret *near = code_beside(text, id, bits);

        n_derivations = 0;
        assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, near, &err), VLS_ELOCKED);
        assert_null(out);
        assert_int_equal(n_derivations, 1); /* the same work, and the same words */
        if (bits == 0)
            (void)snprintf(said[0], sizeof said[0], "%s", err.text);
        assert_string_equal(err.text, said[0]);
        vls_secret_free(near);
    }
    /* its first lines alone: refused before anything is derived, whether they are right or not */
    for (int right = 0; right < 2; right++)
        for (size_t lines = 1; lines < VLS_RECOVERY_LINES; lines++, tried++) {
            struct vls_secret *near = code_beside(text, id, 3);

            check_ok(vls_secret_copy(&part, right ? text->bytes : near->bytes, 12 * lines, &err), &err);
            n_derivations = 0;
            assert_int_equal(vls_keyfile_open_recovery(&out, NULL, path, part, &err), VLS_EVALUE);
            assert_int_equal(n_derivations, 0);
            if (!right && lines == 2)
                (void)snprintf(said[1], sizeof said[1], "%s", err.text);
            if (right && lines == 2)
                assert_string_equal(err.text, said[1]);
            vls_secret_free(part);
            vls_secret_free(near);
        }
    assert_int_equal(tried, 128 + 2 * (VLS_RECOVERY_LINES - 1));
    check_ok(vls_keyfile_open_recovery(&out, NULL, path, text, &err), &err);
    vls_secret_free(out);
    vls_secret_free(text);
    vls_secret_free(m);
}

static void
codes_are_128_bits_that_all_vary_LL_09(void **state)
{
    enum { CODES = 40 };
    uint8_t seen[CODES][VLS_RECOVERY_LEN], id[VLS_STORE_ID_LEN], ones[VLS_RECOVERY_LEN] = {0},
                                                                 zeros[VLS_RECOVERY_LEN] = {0};
    struct vls_secret *m;

    (void)state;
    _Static_assert(VLS_RECOVERY_LEN * 8 >= 128, "LL-09");
    make("p", &m, NULL);
    check_ok(vls_keyfile_store_id(id, path, &err), &err);
    for (size_t i = 0; i < CODES; i++) {
        struct vls_secret *text, *code;

        check_ok(vls_keyfile_set_recovery(&text, path, m, &err), &err);
        check_ok(vls_recovery_parse(&code, id, text, &err), &err);
        memcpy(seen[i], code->bytes, sizeof seen[i]);
        for (size_t k = 0; k < VLS_RECOVERY_LEN; k++) {
            ones[k] |= seen[i][k];
            zeros[k] |= (uint8_t)~seen[i][k];
        }
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(seen[i], seen[k], 8); /* not even half of it repeats */
        vls_secret_free(code);
        vls_secret_free(text);
    }
    for (size_t k = 0; k < VLS_RECOVERY_LEN; k++) /* a bit that never changed would: 128 in 2^39 */
        assert_true(ones[k] == 0xff && zeros[k] == 0xff);
    vls_secret_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_edited_alone_opens_nothing_LL_03),
        cmocka_unit_test(no_mixture_of_two_files_opens_LL_03),
        cmocka_unit_test(a_nearly_right_code_is_as_wrong_as_any_other_LL_09),
        cmocka_unit_test(codes_are_128_bits_that_all_vary_LL_09),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
