/* Record digests, their sum, conflict ids. The fixed values come from another implementation of
 * merge.md sections 5 and 6 (tests/vectors/merge/state.py). */
#include "tests/support/check.h"

#include "valise/merge.h"

static void
hex_is(const uint8_t *p, size_t n, const char *want)
{
    char got[129];

    vls_hex(got, p, n);
    assert_string_equal(got, want);
}

static const uint8_t value_x[] = {0x61, 'x'}, value_y[] = {0x61, 'y'};

static void
two_rivals(struct vls_rival r[2])
{
    memset(r, 0, 2 * sizeof *r);
    memset(r[0].dot.change, 0xaa, VLS_CHANGE_ID_LEN);
    r[0].dot.op = 3;
    r[0].lamport = 0x0102030405060708;
    r[0].cite = VLS_CITE_OFFICIAL;
    r[0].value = vls_slice_of(value_x, sizeof value_x);
    memset(r[1].dot.change, 0xbb, VLS_CHANGE_ID_LEN);
    r[1].lamport = 2;
    r[1].value = vls_slice_of(value_y, sizeof value_y);
}

static void
a_sample(uint8_t digest[32])
{
    static const uint8_t record[VLS_ID_LEN] = {1, 2, 3};
    struct vls_rival r[2];
    struct vls_register g[2] = {
        {7, vls_slice_of(NULL, 0), r, 2, 1},
        {9, vls_slice_str("key"), r + 1, 1, 1},
    };

    two_rivals(r);
    vls_record_digest(digest, record, 6, g, 2);
}

static void
digests_are_those_of_another_implementation(void **state)
{
    static const uint8_t record[VLS_ID_LEN] = {1, 2, 3};
    uint8_t digest[32], id[VLS_ID_LEN];
    struct vls_rival r[2];
    struct vls_state s;

    (void)state;
    vls_state_init(&s);
    vls_state_digest(digest, &s);
    hex_is(digest, 32, "f14cb6368ead5092d018311e867859f2ba8f01a339cb73117ce552a3561f96bf");
    vls_record_digest(digest, record, 6, NULL, 0);
    hex_is(digest, 32, "528ec4313a0be3ab48b5fc4243dd5f7e87bc32629ea229bdd62ef9d352d1e3b1");
    a_sample(digest);
    hex_is(digest, 32, "2c5efd44c1a1b1a762a08cd622104e0ab68cfb5b18334826b8ea3388b0981e00");
    vls_state_add(&s, digest);
    vls_state_digest(digest, &s);
    hex_is(digest, 32, "9bc6a19a72c51ab5860edaf454b746118782b070ea7edffa7328f45c515fe967");
    two_rivals(r);
    vls_conflict_id(id, record, 7, vls_slice_str("key"), r, 2);
    hex_is(id, VLS_ID_LEN, "d3c66fe49e9b9382a196e5adbf90e06d");
}

static void
the_sum_forgets_order_and_knows_number(void **state)
{
    uint8_t a[32], b[32], x[32], y[32];
    struct vls_state s, t;

    (void)state;
    memset(a, 1, sizeof a);
    memset(b, 2, sizeof b);
    vls_state_init(&s);
    vls_state_init(&t);
    vls_state_add(&s, a);
    vls_state_add(&s, b);
    vls_state_add(&t, b);
    vls_state_add(&t, a);
    vls_state_digest(x, &s);
    vls_state_digest(y, &t);
    assert_memory_equal(x, y, 32);
    vls_state_add(&t, a);
    vls_state_digest(y, &t);
    assert_memory_not_equal(x, y, 32);
    vls_state_sub(&t, a);
    vls_state_sub(&t, b);
    vls_state_sub(&t, a);
    vls_state_sub(&t, a); /* below zero and back */
    vls_state_add(&t, a);
    vls_state_init(&s);
    assert_memory_equal(&s, &t, sizeof s);
}

/* Everything that the digest covers, changed by the least there is. */
static void
a_record_digest_covers_everything(void **state)
{
    static const uint8_t record[VLS_ID_LEN] = {1}, other[VLS_ID_LEN] = {2};
    uint8_t seen[16][32];
    size_t n = 0;

    (void)state;
    for (size_t change = 0; change < 13; change++) {
        struct vls_rival r[2];
        struct vls_register g = {7, vls_slice_str("k"), r, 2, 1};

        two_rivals(r);
        switch (change) {
        case 1: r[0].dot.change[31] ^= 1; break;
        case 2: r[0].dot.op++; break;
        case 3: r[0].lamport++; break;
        case 4: r[0].cite = VLS_CITE_STATE; break;
        case 5: r[0].value.n--; break;
        case 6: r[0].value = r[1].value; break;
        case 7: g.n_shown = 2; break;
        case 8: g.n_rivals = 1; break;
        case 9: g.field++; break;
        case 10: g.key.n = 0; break;
        default: break;
        }
        vls_record_digest(seen[n++], change == 11 ? other : record, change == 12 ? 5 : 6, &g, 1);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(seen[i], seen[k], 32);
}

static void
a_conflict_is_its_place_and_its_rivals_in_any_order(void **state)
{
    static const uint8_t record[VLS_ID_LEN] = {1}, other[VLS_ID_LEN] = {2};
    struct vls_rival r[2], t;
    uint8_t seen[8][VLS_ID_LEN], again[VLS_ID_LEN];
    size_t n = 0;

    (void)state;
    two_rivals(r);
    vls_conflict_id(seen[n++], record, 7, vls_slice_str("key"), r, 2);
    t = r[0];
    r[0] = r[1];
    r[1] = t;
    vls_conflict_id(again, record, 7, vls_slice_str("key"), r, 2);
    assert_memory_equal(seen[0], again, VLS_ID_LEN);
    vls_conflict_id(seen[n++], other, 7, vls_slice_str("key"), r, 2);
    vls_conflict_id(seen[n++], record, 8, vls_slice_str("key"), r, 2);
    vls_conflict_id(seen[n++], record, 7, vls_slice_str("ke"), r, 2);
    vls_conflict_id(seen[n++], record, 7, vls_slice_str("key"), r, 1);
    r[0].dot.op++;
    vls_conflict_id(seen[n++], record, 7, vls_slice_str("key"), r, 2);
    r[1].dot.change[5] ^= 1;
    vls_conflict_id(seen[n++], record, 7, vls_slice_str("key"), r, 2);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_memory_not_equal(seen[i], seen[k], VLS_ID_LEN);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_another_implementation),
        cmocka_unit_test(the_sum_forgets_order_and_knows_number),
        cmocka_unit_test(a_record_digest_covers_everything),
        cmocka_unit_test(a_conflict_is_its_place_and_its_rivals_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
