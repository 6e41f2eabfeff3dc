/* Chains that fork: each branch keeps its own numbers, receipts and watermarks. */
#include "tests/unit/sync/store/fixture.h"

/* Envelope `n` of device 1, whose chain is a tree: id of n, number seq, behind `prev` (0: a beginning). */
static void
id_at(uint8_t out[VLS_HASH_LEN], unsigned n)
{
    vls_hash1(out, "test envelope", &n, sizeof n);
}

static enum vls_code
try_put(struct vls_store *s, unsigned n, uint64_t seq, unsigned prev)
{
    uint8_t before[VLS_HASH_LEN] = {0};
    struct vls_stored_envelope e = {.seq = seq,
                                    .kind = 1,
                                    .wall_unix_s = (int64_t)n,
                                    .state = VLS_ENV_DONE,
                                    .why = "",
                                    .bytes = vls_slice_of(&n, sizeof n),
                                    .prev = before};

    if (prev != 0)
        id_at(before, prev);
    id_at(e.id, n);
    id_of(e.device, 1);
    id_of(e.incarnation, 51);
    return vls_store_envelope_put(s, &e, &fixture_err);
}

static void
put(struct vls_store *s, unsigned n, uint64_t seq, unsigned prev)
{
    check_ok(try_put(s, n, seq, prev), &fixture_err);
}

/*
 *   11 - 12 - 13 - 14          two that leave behind 12, one of which forks again; and another beginning
 *           \ 23 - 24 - 25
 *           |        \ 35
 *           \ 43
 *   51 - 52
 */
static struct vls_store *
tree(void)
{
    struct vls_store *s = store_make();

    put(s, 11, 1, 0);
    put(s, 12, 2, 11);
    put(s, 13, 3, 12);
    put(s, 23, 3, 12);
    put(s, 24, 4, 23);
    put(s, 14, 4, 13);
    put(s, 25, 5, 24);
    put(s, 35, 5, 24);
    put(s, 43, 3, 12);
    put(s, 51, 1, 0);
    put(s, 52, 2, 51);
    return s;
}

static enum vls_code
list(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    char *text = ctx;

    (void)err;
    (void)snprintf(text + strlen(text), 16, "%d/%u ", (int)e->wall_unix_s, e->fork);
    return VLS_OK;
}

static void
every_branch_has_its_head(void **state)
{
    struct vls_store *s = tree();
    uint8_t device[VLS_ID_LEN], incarnation[VLS_ID_LEN], head[VLS_HASH_LEN], id[VLS_HASH_LEN];
    char text[256] = "";
    uint64_t seq;

    (void)state;
    check_ok(vls_store_chains(s, list, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "14/0 25/1 35/2 43/3 52/4 ");
    text[0] = '\0';
    check_ok(vls_store_envelopes(s, 0, (enum vls_envelope_state)0, list, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "11/0 12/0 13/0 23/1 24/1 14/0 25/1 35/2 43/3 51/4 52/4 ");
    id_of(device, 1);
    id_of(incarnation, 51);
    id_at(id, 14);
    check_ok(vls_store_chain_head(s, device, incarnation, &seq, head, &fixture_err), &fixture_err);
    assert_int_equal(seq, 4);
    assert_memory_equal(head, id, sizeof id);
    vls_store_close(s);
}

static void
what_follows_nothing_of_its_chain_is_refused(void **state)
{
    struct vls_store *s = tree();

    (void)state;
    assert_int_equal(try_put(s, 90, 4, 12), VLS_EFORMAT); /* a number is left out */
    assert_int_equal(try_put(s, 90, 2, 12), VLS_EFORMAT);
    assert_int_equal(try_put(s, 90, 3, 99), VLS_EFORMAT); /* nobody has it */
    assert_int_equal(try_put(s, 25, 5, 24), VLS_EEXIST);
    put(s, 90, 5, 14); /* and nothing of that is left */
    vls_store_close(s);
}

static enum vls_follows
follows(struct vls_store *s, unsigned device, uint64_t seq, unsigned prev)
{
    uint8_t d[VLS_ID_LEN], i[VLS_ID_LEN], before[VLS_HASH_LEN];
    enum vls_follows out;

    id_of(d, device);
    id_of(i, 51);
    id_at(before, prev);
    check_ok(vls_store_follows(s, d, i, seq, before, &out, &fixture_err), &fixture_err);
    return out;
}

static void
a_place_is_known_missing_or_wrong(void **state)
{
    struct vls_store *s = tree();

    (void)state;
    assert_int_equal(follows(s, 1, 1, 99), VLS_FOLLOWS); /* a beginning follows whatever it says */
    assert_int_equal(follows(s, 1, 5, 14), VLS_FOLLOWS);
    assert_int_equal(follows(s, 1, 3, 12), VLS_FOLLOWS); /* one more branch */
    assert_int_equal(follows(s, 1, 3, 99), VLS_FOLLOWS_LATER);
    assert_int_equal(follows(s, 1, 6, 14), VLS_FOLLOWS_NEVER);
    assert_int_equal(follows(s, 2, 5, 14), VLS_FOLLOWS_NEVER); /* of another device */
    vls_store_close(s);
}

static bool
precedes(struct vls_store *s, unsigned a, unsigned tip)
{
    uint8_t x[VLS_HASH_LEN], y[VLS_HASH_LEN];
    bool out;

    id_at(x, a);
    id_at(y, tip);
    check_ok(vls_store_precedes(s, x, y, &out, &fixture_err), &fixture_err);
    return out;
}

static void
only_its_own_branch_stands_before_an_envelope(void **state)
{
    static const struct {
        unsigned tip, before[6];
    } table[] = {{14, {11, 12, 13, 14}},
                 {25, {11, 12, 23, 24, 25}},
                 {35, {11, 12, 23, 24, 35}},
                 {43, {11, 12, 43}},
                 {52, {51, 52}},
                 {12, {11, 12}},
                 {99, {0}}};
    static const unsigned all[] = {11, 12, 13, 14, 23, 24, 25, 35, 43, 51, 52, 99};
    struct vls_store *s = tree();
    unsigned n = 0;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (size_t k = 0; k < sizeof all / sizeof *all; k++, n++) {
            bool expected = false;

            for (size_t b = 0; b < 6; b++)
                expected = expected || table[i].before[b] == all[k];
            if (precedes(s, all[k], table[i].tip) != expected)
                fail_msg("%u before %u", all[k], table[i].tip);
        }
    assert_int_equal(n, 84);
    vls_store_close(s);
}

static uint64_t
seen_of(struct vls_store *s, unsigned by, unsigned n)
{
    uint8_t b[VLS_ID_LEN], id[VLS_HASH_LEN];
    uint64_t seq;

    id_of(b, by);
    id_at(id, n);
    check_ok(vls_store_seen_of(s, b, id, &seq, &fixture_err), &fixture_err);
    return seq;
}

/* A receipt for one version is none for the other. */
static void
whoever_saw_a_branch_saw_what_it_left(void **state)
{
    struct vls_store *s = tree();
    uint8_t by[VLS_ID_LEN], id[VLS_HASH_LEN];

    (void)state;
    id_of(by, 2);
    id_at(id, 35);
    check_ok(vls_store_seen(s, by, id, 700, &fixture_err), &fixture_err);
    assert_int_equal(seen_of(s, 2, 35), 5);
    assert_int_equal(seen_of(s, 2, 25), 4);
    assert_int_equal(seen_of(s, 2, 14), 2);
    assert_int_equal(seen_of(s, 2, 43), 0);
    assert_int_equal(seen_of(s, 2, 52), 0);
    assert_int_equal(seen_of(s, 3, 35), 0);
    vls_store_close(s);
}

static enum vls_code
note(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    char *text = ctx;

    (void)err;
    (void)snprintf(text + strlen(text), 8, "%d ", (int)e->wall_unix_s);
    return VLS_OK;
}

static void
has(struct vls_store *s, unsigned n)
{
    uint8_t id[VLS_HASH_LEN];

    id_at(id, n);
    check_ok(vls_store_remote_has(s, "stick", id, NULL, &fixture_err), &fixture_err);
}

static void
a_remote_is_sent_every_branch_once(void **state)
{
    struct vls_store *s = tree();
    char text[256] = "";

    (void)state;
    check_ok(vls_store_remote_add(s, "stick", "/media/usb", &fixture_err), &fixture_err);
    for (unsigned n = 11; n <= 14; n++)
        has(s, n);
    has(s, 25); /* not the next of its branch */
    has(s, 23);
    has(s, 43);
    check_ok(vls_store_to_send(s, "stick", note, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "24 25 35 51 52 ");
    has(s, 24);
    has(s, 25);
    has(s, 35);
    has(s, 51);
    has(s, 52);
    text[0] = '\0';
    check_ok(vls_store_to_send(s, "stick", note, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "");
    vls_store_close(s);
}

static enum vls_code
tell(void *ctx, const struct vls_life *l, struct vls_error *err)
{
    char *text = ctx;

    (void)err;
    (void)snprintf(text + strlen(text), 16, "%d%s ", (int)l->wall_unix_s, l->owned ? "!" : "");
    return VLS_OK;
}

static void
a_branch_is_owned_by_any_envelope_of_it_whenever_it_comes(void **state)
{
    struct vls_store *s = tree();
    uint8_t device[VLS_ID_LEN], other[VLS_ID_LEN], id[VLS_HASH_LEN];
    char text[256] = "";

    (void)state;
    id_of(device, 1);
    id_of(other, 2);
    check_ok(vls_store_lives(s, tell, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "11 23 35 43 51 "); /* the first envelope of each */
    id_at(id, 24);
    check_ok(vls_store_own_up(s, device, id, &fixture_err), &fixture_err);
    check_ok(vls_store_own_up(s, device, id, &fixture_err), &fixture_err);
    id_at(id, 43);
    check_ok(vls_store_own_up(s, other, id, &fixture_err), &fixture_err); /* not its to own */
    id_at(id, 53);
    check_ok(vls_store_own_up(s, device, id, &fixture_err), &fixture_err); /* not here yet */
    text[0] = '\0';
    check_ok(vls_store_lives(s, tell, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "11 23! 35 43 51 ");
    put(s, 53, 3, 52);
    text[0] = '\0';
    check_ok(vls_store_lives(s, tell, text, &fixture_err), &fixture_err);
    assert_string_equal(text, "11 23! 35 43 51! ");
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_branch_has_its_head),
        cmocka_unit_test(what_follows_nothing_of_its_chain_is_refused),
        cmocka_unit_test(a_place_is_known_missing_or_wrong),
        cmocka_unit_test(only_its_own_branch_stands_before_an_envelope),
        cmocka_unit_test(whoever_saw_a_branch_saw_what_it_left),
        cmocka_unit_test(a_remote_is_sent_every_branch_once),
        cmocka_unit_test(a_branch_is_owned_by_any_envelope_of_it_whenever_it_comes),
    };

    return cmocka_run_group_tests_name("fork", tests, NULL, NULL);
}
