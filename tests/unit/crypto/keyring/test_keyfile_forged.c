/* The key file after accidents and in the hands of a thief: damage, forgery, mixtures, torn writes. */
#include "keyfile_fixture.h"

/* Every byte of one copy damaged: the other one opens it, and the caller is told. */
static void
damage_to_one_copy_is_repaired_by_the_next_change(void **state)
{
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY], bad[2 * COPY];

    (void)state;
    make("p", &m, image);
    for (size_t at = 0; at < sizeof image; at += at % COPY < SLOT(2) || at % COPY >= 4030 ? 1 : 61) {
        memcpy(bad, image, sizeof bad);
        bad[at] ^= (uint8_t)(1u << at % 8);
        image_put(bad, sizeof bad);
        n_derivations = 0;
        check_ok(try_open("p", m, &info), &err);
        assert_true(info.degraded);
        assert_int_equal(n_derivations, 1); /* the sum saves the second one */
    }
    change(m, "q");
    check_ok(try_open("q", m, &info), &err);
    assert_false(info.degraded);
    assert_int_equal(info.generation, 2);
    assert_int_equal(try_open("p", NULL, NULL), VLS_ELOCKED);
    vls_secret_free(m);
}

static void
the_same_damage_to_both_copies_is_refused_without_deriving(void **state)
{
    uint8_t image[2 * COPY], bad[2 * COPY], id[VLS_STORE_ID_LEN];

    (void)state;
    make("p", NULL, image);
    for (size_t at = 0; at < COPY; at += at < SLOT(2) || at >= 4030 ? 1 : 61) {
        memcpy(bad, image, sizeof bad);
        bad[at] ^= (uint8_t)(1u << at % 8);
        bad[COPY + at] ^= (uint8_t)(1u << at % 8);
        image_put(bad, sizeof bad);
        n_derivations = 0;
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        assert_int_equal(n_derivations, 0);
        assert_int_equal(vls_keyfile_store_id(id, path, &err), VLS_EAUTH);
    }
    assert_non_null(strstr(err.text, path));
}

/* LL-03: a forger edits any bit and makes the sum right again. The mac, or the seal, refuses. */
static void
every_forged_bit_is_refused(void **state)
{
    struct vls_secret *m;
    uint8_t image[2 * COPY], bad[2 * COPY];
    unsigned n_tried = 0, n_auth = 0, n_locked = 0, n_version = 0;

    (void)state;
    make("p", &m, image);
    for (size_t bit = 0; bit < 4064 * 8; bit += bit / 8 < SLOT(1) || bit / 8 >= 4032 ? 1 : 43) {
        size_t at = bit / 8;
        enum vls_code rc;

        memcpy(bad, image, COPY);
        bad[at] ^= (uint8_t)(1u << bit % 8);
        sum_fix(bad);
        memcpy(bad + COPY, bad, COPY);
        image_put(bad, sizeof bad);
        rc = try_open("p", NULL, NULL);
        n_tried++;
        n_auth += rc == VLS_EAUTH;
        n_locked += rc == VLS_ELOCKED;
        n_version += rc == VLS_EVERSION;
        if (at >= SLOT(0) + 24 && at < SLOT(1))
            assert_int_equal(rc, VLS_ELOCKED); /* commitment and seal */
        assert_int_equal(vls_keyfile_check(NULL, path, m, &err), rc == VLS_EVERSION ? VLS_EVERSION : VLS_EAUTH);
    }
    /* every single one was refused, by each of the three ways */
    assert_int_equal(n_auth + n_locked + n_version, n_tried);
    assert_true(n_tried > 2000 && n_auth > 500 && n_locked >= (16 + 104) * 8 && n_version > 60);
    vls_secret_free(m);
}

static void
costs_out_of_range_start_no_derivation(void **state)
{
    static const struct vls_argon2 bad[] = {{0, 8},          {VLS_ARGON2_CEILING_OPS + 1, 8},
                                            {UINT32_MAX, 8}, {1, VLS_ARGON2_FLOOR_KIB - 1},
                                            {1, 0},          {1, VLS_ARGON2_CEILING_KIB + 1},
                                            {1, UINT32_MAX}, {UINT32_MAX, UINT32_MAX}};
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY], copy[2 * COPY];

    (void)state;
    make("p", &m, image);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (size_t slot = 0; slot < 8; slot++) {
            memcpy(copy, image, sizeof copy);
            vls_store_le32(copy + SLOT(slot) + 16, bad[i].ops);
            vls_store_le32(copy + SLOT(slot) + 20, bad[i].kib);
            sum_fix(copy);
            image_put(copy, sizeof copy);
            n_derivations = 0;
            check_ok(try_open("p", m, &info), &err); /* copy 1 is still good */
            assert_true(info.degraded);
            assert_int_equal(n_derivations, 1);

            memcpy(copy + COPY, copy, COPY);
            image_put(copy, sizeof copy);
            n_derivations = 0;
            assert_int_equal(try_open("p", m, NULL), VLS_EAUTH);
            assert_int_equal(n_derivations, 0);
        }
    vls_secret_free(m);
}

static void
a_short_file_opens_only_with_a_whole_copy(void **state)
{
    struct vls_secret *m;
    struct vls_keyfile_info info;
    uint8_t image[2 * COPY + 7] = {0};

    (void)state;
    make("p", &m, image);
    for (size_t n = 0; n < 2 * COPY; n += n % COPY < 130 || n % COPY > 3950 ? 1 : 97) {
        image_put(image, n);
        if (n < COPY) {
            assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        } else {
            check_ok(try_open("p", m, &info), &err);
            assert_true(info.degraded);
        }
    }
    image_put(image, sizeof image); /* longer: harmless, and cut by the next change */
    check_ok(try_open("p", m, &info), &err);
    assert_true(info.degraded);
    change(m, "q");
    check_ok(try_open("q", m, &info), &err);
    assert_false(info.degraded);
    vls_secret_free(m);
}

static void
a_copy_of_a_newer_version_stops_everything(void **state)
{
    struct vls_secret *m, *p = secret("p"), *out, *text;
    uint8_t image[2 * COPY], bad[2 * COPY], after[2 * COPY], id[VLS_STORE_ID_LEN];
    struct vls_keyfile_info info;

    (void)state;
    make("p", &m, image);
    for (size_t copy = 0; copy < 2; copy++)
        for (size_t field = 8; field <= 12; field += 4) {
            memcpy(bad, image, sizeof bad);
            vls_store_le32(bad + copy * COPY + field, 2);
            sum_fix(bad + copy * COPY);
            image_put(bad, sizeof bad);
            assert_int_equal(vls_keyfile_open(&out, NULL, path, p, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_check(&info, path, m, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_store_id(id, path, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_set_passphrase(path, m, p, NULL, &err), VLS_EVERSION);
            assert_int_equal(vls_keyfile_set_recovery(&text, path, m, &err), VLS_EVERSION);
            image_get(after);
            assert_memory_equal(after, bad, sizeof bad);
        }
    vls_secret_free(p);
    vls_secret_free(m);
}

/* LL-03, two-header mixes: for every pair of generations the later one alone counts. */
static void
of_two_generations_the_later_counts(void **state)
{
    enum { N = 4 };
    static const char *const pass[N] = {"one", "two", "three", "four"};
    static uint8_t image[N][2 * COPY];
    uint8_t mix[2 * COPY];
    struct vls_secret *m;
    struct vls_keyfile_info info;

    (void)state;
    make(pass[0], &m, image[0]);
    for (size_t g = 1; g < N; g++) {
        change(m, pass[g]);
        image_get(image[g]);
    }
    for (size_t a = 0; a < N; a++)
        for (size_t b = 0; b < N; b++) {
            memcpy(mix, image[a], COPY);
            memcpy(mix + COPY, image[b], COPY);
            image_put(mix, sizeof mix);
            for (size_t g = 0; g < N; g++) {
                enum vls_code rc = try_open(pass[g], m, &info);

                assert_int_equal(rc, g == (a > b ? a : b) ? VLS_OK : VLS_ELOCKED);
                if (rc == VLS_OK) {
                    assert_int_equal(info.generation, g + 1);
                    assert_int_equal(info.degraded, a != b);
                }
            }
        }
    vls_secret_free(m);
}

/* I5: the writing of a change stops after any number of sectors, in either order of sectors. */
static void
a_torn_change_leaves_the_old_passphrase_or_the_new(void **state)
{
    uint8_t old[2 * COPY], new[2 * COPY], torn[2 * COPY];
    uint64_t seed = check_seed(0x6b657973), s = seed;
    struct vls_secret *m;
    unsigned n_old = 0, n_new = 0;

    (void)state;
    make("old", &m, old);
    change(m, "new");
    image_get(new);
    /* copy 1 is being written, then copy 0; a mask says which sectors of 512 bytes arrived */
    for (unsigned round = 0; round < 2 * 64; round++) {
        size_t writing = round < 64 ? 1 : 0;
        unsigned mask = round % 64 <= 8 ? (1u << round % 64) - 1 : (unsigned)check_random(&s) & 0xff;
        enum vls_code with_old, with_new;
        struct vls_keyfile_info info;

        memcpy(torn, old, sizeof torn);
        if (writing == 0)
            memcpy(torn + COPY, new + COPY, COPY);
        for (size_t sector = 0; sector < 8; sector++)
            if (mask >> sector & 1)
                memcpy(torn + writing * COPY + sector * 512, new + writing * COPY + sector * 512, 512);
        image_put(torn, sizeof torn);
        with_old = try_open("old", m, NULL);
        with_new = try_open("new", m, &info);
        if ((with_old == VLS_OK) == (with_new == VLS_OK))
            fail_msg("mask %02x of copy %zu: %d and %d; VLS_SEED=%llu", mask, writing, with_old, with_new,
                     (unsigned long long)seed);
        if (writing == 0)
            assert_int_equal(with_new, VLS_OK);
        else if (mask != 0xff)
            assert_int_equal(with_old, with_new == VLS_OK ? VLS_ELOCKED : VLS_OK);
        n_old += with_old == VLS_OK;
        n_new += with_new == VLS_OK;

        if (round % 8 == 3) { /* whatever it was, the next change makes it whole */
            change(m, "next");
            check_ok(try_open("next", m, &info), &err);
            assert_false(info.degraded);
        }
    }
    assert_true(n_old >= 8 && n_new >= 64);
    vls_secret_free(m);
}

/* The same with the real calls: each write and sync fails in turn, with either copy damaged before. */
static void
a_failing_change_leaves_the_old_passphrase_or_the_new(void **state)
{
    uint8_t image[2 * COPY], start[2 * COPY];
    struct vls_secret *m, *q = secret("new");
    unsigned n_failed = 0;

    (void)state;
    make("old", &m, image);
    for (size_t damaged = 0; damaged <= 2; damaged++) {
        memcpy(start, image, sizeof start);
        if (damaged < 2)
            start[damaged * COPY + 100] ^= 1;
        for (unsigned n = 1;; n++) {
            enum vls_code rc, with_old, with_new;

            image_put(start, sizeof start);
            n_steps = 0;
            fail_at = n;
            rc = vls_keyfile_set_passphrase(path, m, q, NULL, &err);
            fail_at = 0;
            with_old = try_open("old", m, NULL);
            with_new = try_open("new", m, NULL);
            if (n_steps < n) { /* the whole path has been covered */
                assert_int_equal(rc, VLS_OK);
                assert_int_equal(with_new, VLS_OK);
                break;
            }
            assert_int_equal(rc, n % 2 == 1 ? VLS_EFULL : VLS_EIO);
            assert_int_not_equal(with_old == VLS_OK, with_new == VLS_OK);
            n_failed++;
        }
    }
    assert_int_equal(n_failed, 3 * 4); /* two writes and two syncs */
    vls_secret_free(q);
    vls_secret_free(m);
}

/* Whoever has the master key can still write nonsense; one value has one encoding all the same. */
static void
an_authentic_copy_of_another_form_is_damaged(void **state)
{
    static const size_t at[] = {32, 40, 63, 1088, 2000, 4031};
    struct vls_secret *m;
    uint8_t image[2 * COPY], bad[2 * COPY];

    (void)state;
    make("p", &m, image);
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        memcpy(bad, image, sizeof bad);
        bad[at[i]] ^= 1; /* at 32: generation 1 becomes 0 */
        check_ok(vls__copy_finish(bad, m, &err), &err);
        memcpy(bad + COPY, bad, COPY);
        image_put(bad, sizeof bad);
        assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
        assert_int_equal(vls_keyfile_check(NULL, path, m, &err), VLS_EAUTH);
    }
    vls_secret_free(m);
}

static void
a_copy_from_elsewhere_does_not_open(void **state)
{
    uint8_t mine[2 * COPY], foreign[2 * COPY], mix[2 * COPY];
    struct vls_secret *m, *other;
    struct vls_keyfile_info info;

    (void)state;
    make("p", &other, foreign);
    make("p", &m, mine);
    /* swapped copies are the same file */
    memcpy(mix, mine + COPY, COPY);
    memcpy(mix + COPY, mine, COPY);
    assert_memory_equal(mix, mine, sizeof mix);
    /* one copy of another valise with the same passphrase: whichever is taken, it is taken whole */
    memcpy(mix, mine, COPY);
    memcpy(mix + COPY, foreign, COPY);
    image_put(mix, sizeof mix);
    check_ok(try_open("p", m, &info), &err);
    assert_true(info.degraded);
    assert_int_equal(vls_keyfile_check(&info, path, m, &err), VLS_OK);
    assert_memory_equal(info.store_id, mine + 16, 16);
    vls_secret_free(other);
    vls_secret_free(m);
}

static void
moved_and_exchanged_slots_are_refused(void **state)
{
    uint8_t mine[2 * COPY], foreign[2 * COPY], old[2 * COPY], bad[2 * COPY];
    struct vls_secret *m;

    (void)state;
    make("p", NULL, foreign);
    make("p", &m, old);
    change(m, "q");
    image_get(mine);

    /* the slot of another valise with the same passphrase: bound to its store id */
    memcpy(bad, mine, COPY);
    memcpy(bad + SLOT(0), foreign + SLOT(0), 128);
    sum_fix(bad);
    memcpy(bad + COPY, bad, COPY);
    image_put(bad, sizeof bad);
    assert_int_equal(try_open("p", NULL, NULL), VLS_ELOCKED);

    /* LL-08: last year's slot in today's file opens, gives the right key, and the mac still refuses */
    memcpy(bad, mine, COPY);
    memcpy(bad + SLOT(0), old + SLOT(0), 128);
    sum_fix(bad);
    memcpy(bad + COPY, bad, COPY);
    image_put(bad, sizeof bad);
    assert_int_equal(try_open("p", NULL, NULL), VLS_EAUTH);
    /* beside one good copy it opens nothing either, and the good copy's passphrase works on */
    memcpy(bad + COPY, mine, COPY);
    image_put(bad, sizeof bad);
    assert_int_not_equal(try_open("p", NULL, NULL), VLS_OK);
    check_ok(try_open("q", m, NULL), &err);

    /* the passphrase slot moved to where the recovery code is looked for, and back */
    memcpy(bad, mine, COPY);
    memcpy(bad + SLOT(1), mine + SLOT(0), 128);
    memcpy(bad + SLOT(0), mine + SLOT(1), 128);
    sum_fix(bad);
    memcpy(bad + COPY, bad, COPY);
    image_put(bad, sizeof bad);
    assert_int_equal(try_open("q", NULL, NULL), VLS_ELOCKED);

    /* a claimed generation decides what is tried first, not what counts */
    memcpy(bad, old, COPY);
    memcpy(bad + COPY, mine + COPY, COPY);
    vls_store_le64(bad + 32, UINT64_MAX);
    sum_fix(bad);
    image_put(bad, sizeof bad);
    assert_int_not_equal(try_open("p", NULL, NULL), VLS_OK);
    check_ok(try_open("q", m, NULL), &err);
    vls_secret_free(m);
}

/* A restored file that was changed again: two authentic copies of one generation. */
static void
of_two_histories_the_first_copy_counts(void **state)
{
    uint8_t start[2 * COPY], left[2 * COPY], right[2 * COPY], mix[2 * COPY];
    struct vls_secret *m;
    struct vls_keyfile_info info;

    (void)state;
    make("start", &m, start);
    change(m, "left");
    image_get(left);
    image_put(start, sizeof start);
    change(m, "right");
    image_get(right);
    memcpy(mix, left, COPY);
    memcpy(mix + COPY, right, COPY);
    image_put(mix, sizeof mix);
    check_ok(try_open("left", m, &info), &err);
    assert_true(info.degraded);
    assert_int_equal(try_open("right", m, NULL), VLS_ELOCKED);
    vls_secret_free(m);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(damage_to_one_copy_is_repaired_by_the_next_change),
        cmocka_unit_test(the_same_damage_to_both_copies_is_refused_without_deriving),
        cmocka_unit_test(every_forged_bit_is_refused),
        cmocka_unit_test(costs_out_of_range_start_no_derivation),
        cmocka_unit_test(a_short_file_opens_only_with_a_whole_copy),
        cmocka_unit_test(a_copy_of_a_newer_version_stops_everything),
        cmocka_unit_test(of_two_generations_the_later_counts),
        cmocka_unit_test(a_torn_change_leaves_the_old_passphrase_or_the_new),
        cmocka_unit_test(a_failing_change_leaves_the_old_passphrase_or_the_new),
        cmocka_unit_test(an_authentic_copy_of_another_form_is_damaged),
        cmocka_unit_test(a_copy_from_elsewhere_does_not_open),
        cmocka_unit_test(moved_and_exchanged_slots_are_refused),
        cmocka_unit_test(of_two_histories_the_first_copy_counts),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
