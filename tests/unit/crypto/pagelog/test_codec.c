/* The bytes of the page log: what round-trips, and everything that must not open or decode. */
#include "model.h"

static struct vls_secret *key;
static struct pl_keys keys;
static const uint8_t id[PL_STORE_ID_LEN] = {9, 8, 7};

static int
setup(void **state)
{
    struct vls_error err = {0};

    (void)state;
    check_ok(vls_secret_start(&err), &err);
    key = model_key(1);
    check_ok(vls__pl_keys_new(&keys, key, id, &err), &err);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    vls__pl_keys_clear(&keys);
    vls_secret_free(key);
    return 0;
}

static size_t
plain_len(enum pl_kind kind)
{
    return kind == PL_SUPER ? PL_SUPER_PLAIN : VLS_PAGELOG_PAGE;
}

static void
a_block_opens_as_what_it_is(void **state)
{
    uint8_t plain[VLS_PAGELOG_PAGE], block[VLS_PAGELOG_BLOCK], out[VLS_PAGELOG_PAGE];

    (void)state;
    for (int kind = PL_SUPER; kind < PL_KINDS; kind++) {
        model_page(plain, 77);
        vls__pl_seal(block, &keys, (enum pl_kind)kind, 5, plain);
        assert_true(vls__pl_unseal(out, &keys, (enum pl_kind)kind, 5, block));
        assert_memory_equal(out, plain, plain_len((enum pl_kind)kind));
        if (kind == PL_SUPER)
            continue;
        assert_true(vls__pl_unseal(block, &keys, (enum pl_kind)kind, 5, block)); /* in its own place */
        assert_memory_equal(block, plain, VLS_PAGELOG_PAGE);
    }
}

static void
two_seals_of_one_page_differ(void **state)
{
    uint8_t plain[VLS_PAGELOG_PAGE] = {0}, a[VLS_PAGELOG_BLOCK], b[VLS_PAGELOG_BLOCK];

    (void)state;
    vls__pl_seal(a, &keys, PL_PAGE, 5, plain);
    vls__pl_seal(b, &keys, PL_PAGE, 5, plain);
    assert_memory_not_equal(a, b, VLS_PAGELOG_PAGE);
    assert_memory_not_equal(a + PL_NONCE_AT, b + PL_NONCE_AT, VLS_NONCE_LEN);
}

static void
no_block_opens_as_another_kind_number_store_or_key(void **state)
{
    uint8_t plain[VLS_PAGELOG_PAGE], block[VLS_PAGELOG_BLOCK], out[VLS_PAGELOG_PAGE];
    static const uint8_t zeros[VLS_PAGELOG_PAGE];
    struct vls_secret *other_key = model_key(2);
    struct pl_keys other_id, other;
    const uint8_t id2[PL_STORE_ID_LEN] = {9, 8, 6};
    struct vls_error err = {0};

    (void)state;
    check_ok(vls__pl_keys_new(&other_id, key, id2, &err), &err);
    check_ok(vls__pl_keys_new(&other, other_key, id, &err), &err);
    for (int kind = PL_SUPER; kind < PL_KINDS; kind++) {
        model_page(plain, 77);
        vls__pl_seal(block, &keys, (enum pl_kind)kind, 5, plain);
        for (int as = PL_SUPER; as < PL_KINDS; as++)
            if (as != kind)
                assert_false(vls__pl_unseal(out, &keys, (enum pl_kind)as, 5, block));
        assert_false(vls__pl_unseal(out, &keys, (enum pl_kind)kind, 4, block));
        assert_false(vls__pl_unseal(out, &keys, (enum pl_kind)kind, 5 + (UINT64_C(1) << 32), block));
        assert_false(vls__pl_unseal(out, &other_id, (enum pl_kind)kind, 5, block));
        assert_false(vls__pl_unseal(out, &other, (enum pl_kind)kind, 5, block));
        assert_memory_equal(out, zeros, plain_len((enum pl_kind)kind)); /* nothing unverified is handed out */
    }
    vls__pl_keys_clear(&other_id);
    vls__pl_keys_clear(&other);
    vls_secret_free(other_key);
}

static void
every_flipped_bit_is_refused(void **state)
{
    uint8_t plain[VLS_PAGELOG_PAGE], block[VLS_PAGELOG_BLOCK], out[VLS_PAGELOG_PAGE];

    (void)state;
    for (int kind = PL_SUPER; kind < PL_KINDS; kind++) {
        size_t from = kind == PL_SUPER ? PL_SUPER_CLEAR : 0; /* the clear part is judged before the seal */

        model_page(plain, 77);
        vls__pl_seal(block, &keys, (enum pl_kind)kind, 5, plain);
        for (size_t bit = from * 8; bit < sizeof block * 8; bit += kind == PL_HEADER ? 1 : 5) {
            block[bit / 8] ^= (uint8_t)(1u << bit % 8);
            if (vls__pl_unseal(out, &keys, (enum pl_kind)kind, 5, block))
                fail_msg("kind %d opens with bit %zu flipped", kind, bit);
            block[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void
the_clear_part_is_judged_bit_by_bit(void **state)
{
    uint8_t block[VLS_PAGELOG_BLOCK] = {0};
    int newer = 0;

    (void)state;
    vls__pl_super_clear_part(block, id);
    assert_int_equal(vls__pl_super_look(block), PL_CLEAR_OURS);
    for (size_t bit = 0; bit < PL_ID_AT * 8; bit++) {
        enum pl_clear look;

        block[bit / 8] ^= (uint8_t)(1u << bit % 8);
        look = vls__pl_super_look(block);
        assert_int_not_equal(look, PL_CLEAR_OURS);
        newer += look == PL_CLEAR_NEWER;
        block[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    assert_int_equal(newer, 30); /* every bit of the two numbers but the one that makes them 0 */
}

static void
super_fill(struct pl_super *s)
{
    memset(s, 0, sizeof *s);
    s->generation = 11;
    s->proven = 9;
    s->sequence = 12;
    s->txn = 8;
    s->head[0] = 1;
    s->pages = PL_FANOUT * PL_FANOUT + 1;
    s->next = 40;
    s->n_root = 2;
    s->root[0].block = 6;
    s->root[0].tag[3] = 4;
}

static void
superblock_round_trips(void **state)
{
    uint8_t a[PL_SUPER_PLAIN], b[PL_SUPER_PLAIN];
    struct pl_super s, t;
    struct vls_error err = {0};

    (void)state;
    super_fill(&s);
    vls__pl_super_encode(a, &s);
    check_ok(vls__pl_super_decode(&t, a, &err), &err);
    vls__pl_super_encode(b, &t);
    assert_memory_equal(a, b, sizeof a);
    assert_int_equal(t.proven, 9);
    assert_int_equal(t.root[0].block, 6);
    s.pages = VLS_PAGELOG_PAGES_MAX;
    s.n_root = PL_ROOT_MAX;
    vls__pl_super_encode(a, &s);
    check_ok(vls__pl_super_decode(&t, a, &err), &err);
}

static void
impossible_superblocks_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
    } bad[] = {
        {67, 0x7f},                 /* too many pages */
        {64, 0},                    /* pages that need one index only */
        {72, 3},                    /* one reference too many */
        {72, 1},                    /* one too few */
        {68, 1},                    /* the chain goes on in a slot */
        {68, 0},                    /* or nowhere */
        {8, 7},                     /* proven before the checkpoint */
        {76, 1},                    /* unused */
        {79, 1},                    /* unused */
        {80, 1},                    /* an index in slot 1 */
        {80, 0},                    /* block 0 with a tag */
        {80 + 40, 1},               /* beyond the references */
        {PL_SUPER_PLAIN - 1, 0x80}, /* at the very end */
    };
    uint8_t plain[PL_SUPER_PLAIN];
    struct pl_super s, t;

    (void)state;
    super_fill(&s);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        vls__pl_super_encode(plain, &s);
        plain[bad[i].at] = bad[i].byte;
        if (vls__pl_super_decode(&t, plain, NULL) != VLS_EFORMAT)
            fail_msg("case %zu is accepted", i);
    }
}

static void
header_fill(struct pl_header *h)
{
    memset(h, 0, sizeof *h);
    h->sequence = 5;
    h->txn = 4;
    h->flags = PL_COMMIT;
    h->pages = 300;
    h->next = 70;
    h->n_entries = 2;
    h->previous[31] = 3;
    h->entry[0].page = 299;
    h->entry[0].ref.block = 12;
    h->entry[0].ref.tag[0] = 1;
    h->entry[1].page = 7; /* a hole */
}

static void
header_round_trips(void **state)
{
    uint8_t a[VLS_PAGELOG_PAGE], b[VLS_PAGELOG_PAGE];
    struct pl_header h, t;
    struct vls_error err = {0};

    (void)state;
    header_fill(&h);
    vls__pl_header_encode(a, &h);
    check_ok(vls__pl_header_decode(&t, a, &err), &err);
    vls__pl_header_encode(b, &t);
    assert_memory_equal(a, b, sizeof a);
    h.n_entries = PL_ENTRIES_MAX; /* full to the last entry */
    for (uint32_t i = 0; i < PL_ENTRIES_MAX; i++) {
        h.entry[i].page = i;
        h.entry[i].ref.block = 1000 + i;
    }
    vls__pl_header_encode(a, &h);
    check_ok(vls__pl_header_decode(&t, a, &err), &err);
    vls__pl_header_encode(b, &t);
    assert_memory_equal(a, b, sizeof a);
}

static void
impossible_headers_are_refused(void **state)
{
    static const struct {
        size_t at;
        uint8_t byte;
    } bad[] = {
        {16, 3},                      /* COMMIT and SEAL */
        {16, 4},                      /* an unknown flag */
        {19, 1},                      /* an unknown flag */
        {16, 2},                      /* a SEAL that goes on and has entries */
        {23, 0x7f},                   /* too many pages */
        {24, 1},                      /* the chain goes on in a slot */
        {24, 0},                      /* or nowhere */
        {28, 167},                    /* too many entries */
        {28, 1},                      /* fewer entries than there are */
        {31, 0xff},                   /* far too many */
        {64 + 3, 1},                  /* an entry beyond the last page */
        {64 + 4, 1},                  /* a page in slot 1 */
        {64 + 4, 0},                  /* a hole with a tag */
        {64 + 48, 1},                 /* behind the entries */
        {VLS_PAGELOG_PAGE - 1, 0x80}, /* at the very end */
    };
    uint8_t plain[VLS_PAGELOG_PAGE];
    struct pl_header h, t;

    (void)state;
    header_fill(&h);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        vls__pl_header_encode(plain, &h);
        plain[bad[i].at] = bad[i].byte;
        if (vls__pl_header_decode(&t, plain, NULL) != VLS_EFORMAT)
            fail_msg("case %zu is accepted", i);
    }
}

static void
entries_of_a_seal_are_numbered_space_blocks(void **state)
{
    uint8_t plain[VLS_PAGELOG_PAGE];
    struct pl_header h, t;
    struct vls_error err = {0};

    (void)state;
    header_fill(&h);
    h.flags = PL_SEAL;
    h.next = h.pages = 0; /* more of them than pages is fine */
    for (uint32_t i = 0; i < h.n_entries; i++)
        h.entry[i].page = i;
    vls__pl_header_encode(plain, &h);
    check_ok(vls__pl_header_decode(&t, plain, &err), &err);
    assert_int_equal(t.n_entries, h.n_entries);
    assert_int_equal(t.entry[1].ref.block, h.entry[1].ref.block);
    for (uint32_t page = 0; page < 4; page++) {
        h.entry[1].page = page;
        vls__pl_header_encode(plain, &h);
        assert_int_equal(vls__pl_header_decode(&t, plain, NULL), page == 1 ? VLS_OK : VLS_EFORMAT);
    }
}

static void
nodes_refer_only_as_far_as_there_are_pages(void **state)
{
    uint8_t node[VLS_PAGELOG_PAGE] = {0};
    const struct pl_ref ref = {9, {1}}, slot = {1, {0}}, tagged_hole = {0, {1}};
    struct vls_error err = {0};

    (void)state;
    vls__pl_ref_put(node + 3 * PL_REF_LEN, &ref);
    check_ok(vls__pl_node_check(node, 4, &err), &err);
    check_ok(vls__pl_node_check(node, PL_FANOUT, &err), &err);
    assert_int_equal(vls__pl_node_check(node, 3, NULL), VLS_EFORMAT);
    vls__pl_ref_put(node + 3 * PL_REF_LEN, &slot);
    assert_int_equal(vls__pl_node_check(node, 4, NULL), VLS_EFORMAT);
    vls__pl_ref_put(node + 3 * PL_REF_LEN, &tagged_hole);
    assert_int_equal(vls__pl_node_check(node, 4, NULL), VLS_EFORMAT);
    memset(node, 0, sizeof node);
    node[VLS_PAGELOG_PAGE - 1] = 1;
    assert_int_equal(vls__pl_node_check(node, PL_FANOUT, NULL), VLS_EFORMAT);
}

static void
a_key_of_another_length_is_refused(void **state)
{
    struct vls_secret *shorter = NULL;
    struct vls_error err = {0};
    struct pl_keys k;

    (void)state;
    check_ok(vls_secret_new(&shorter, 31, &err), &err);
    assert_int_equal(vls__pl_keys_new(&k, shorter, id, NULL), VLS_EFORMAT);
    vls_secret_free(shorter);
}

static void
the_chain_depends_on_every_byte_and_on_what_was_before(void **state)
{
    uint8_t block[VLS_PAGELOG_BLOCK] = {0}, a[VLS_HASH_LEN] = {0}, b[VLS_HASH_LEN] = {0}, c[VLS_HASH_LEN] = {1};

    (void)state;
    vls__pl_chain(a, block);
    vls__pl_chain(c, block);
    assert_memory_not_equal(a, c, sizeof a);
    for (size_t i = 0; i < sizeof block; i += 111) {
        block[i] ^= 1;
        memset(b, 0, sizeof b);
        vls__pl_chain(b, block);
        assert_memory_not_equal(a, b, sizeof a);
        block[i] ^= 1;
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_block_opens_as_what_it_is),
        cmocka_unit_test(two_seals_of_one_page_differ),
        cmocka_unit_test(no_block_opens_as_another_kind_number_store_or_key),
        cmocka_unit_test(every_flipped_bit_is_refused),
        cmocka_unit_test(the_clear_part_is_judged_bit_by_bit),
        cmocka_unit_test(superblock_round_trips),
        cmocka_unit_test(impossible_superblocks_are_refused),
        cmocka_unit_test(header_round_trips),
        cmocka_unit_test(impossible_headers_are_refused),
        cmocka_unit_test(entries_of_a_seal_are_numbered_space_blocks),
        cmocka_unit_test(nodes_refer_only_as_far_as_there_are_pages),
        cmocka_unit_test(a_key_of_another_length_is_refused),
        cmocka_unit_test(the_chain_depends_on_every_byte_and_on_what_was_before),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
