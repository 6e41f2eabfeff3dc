/* A host that lies: every attempt is made for real, counted, and changes nothing but a counter (I8). Cases of the threat
 * catalogue are named at their test. */
#include "hostile.h"

/* GH-09, US-01: bytes nobody sealed. */
static void
junk_is_ignored(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], junk[3][4096];
    struct vls_slice blobs[] = {{junk[0], 1024}, {junk[1], 4096}, {junk[2], 77}};
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    with_a_colleague(t, id);
    vls_random(junk, sizeof junk);
    two_plant(t, blobs, 3);
    two_state(t, HAGUE, before);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.foreign, 3);
    assert_int_equal(t->result.received, 0);
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
}

/* GH-09: one bit of every sealed blob changed, everything planted as new. */
static void
flipped_copies_of_everything_are_refused(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_slice blobs[64];
    struct kept k;
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    with_a_colleague(t, id);
    fetch_all(t, &k);
    assert_true(k.count >= 5); /* door, request, welcome, packets */
    for (size_t i = 0; i < k.count; i++) {
        k.p[i][k.n[i] / 2] ^= 1;
        blobs[i] = vls_slice_of(k.p[i], k.n[i]);
    }
    two_plant(t, blobs, k.count);
    two_state(t, NY, before);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.foreign, k.count);
    two_state(t, NY, after);
    assert_string_equal(before, after);
    kept_free(&k);
}

/* GH-07, GH-08: everything again in the opposite order, under new names where padding allows. */
static void
a_replay_in_reverse_changes_nothing(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_slice blobs[64];
    struct kept k;
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    uint64_t n;

    with_a_colleague(t, id);
    fetch_all(t, &k);
    for (size_t i = 0; i < k.count; i++)
        blobs[i] = vls_slice_of(k.p[k.count - 1 - i], k.n[k.count - 1 - i]);
    two_plant(t, blobs, k.count);
    two_state(t, HAGUE, before);
    n = two_count(t, HAGUE);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(t->result.received, 0);
    assert_int_equal(t->result.refused, 0);
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    assert_int_equal(two_count(t, HAGUE), n);
    kept_free(&k);
}

static void
put_hub_file(struct two *t, const char *text)
{
    char path[400];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/refs/heads/valise", t->hub);
    f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
}

static void
get_hub_file(struct two *t, char text[64])
{
    char path[400];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/refs/heads/valise", t->hub);
    f = fopen(path, "r");
    assert_non_null(f);
    assert_non_null(fgets(text, 64, f));
    (void)fclose(f);
}

/* GH-01: the branch is put back to what it was. */
static void
a_rolled_back_remote_is_a_trust_failure(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], second[VLS_ID_LEN];
    char old[64], before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    with_a_colleague(t, id);
    get_hub_file(t, old);
    two_person(t, NY, "Mariam Osei", second);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_state(t, HAGUE, before);
    put_hub_file(t, old);
    assert_int_equal(two_sync(t, HAGUE), VLS_ETRUST);
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    assert_int_equal(two_count(t, HAGUE), 2);
}

/* The courier, until its second pull: there the line is cut. */
static struct {
    struct vls_carrier table;
    unsigned n;
} hanging;

static enum vls_code
hang_up(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob, void *ctx,
        char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten, struct vls_error *err)
{
    if (hanging.n++ > 0)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "the line was cut");
    return vls_remote_pull(r, known_tip, blob, ctx, new_tip, rewritten, err);
}

/* GH-01: whoever puts back an older copy cannot pass it off as a bad line when the laptop looks closer. */
static void
a_rolled_back_remote_that_hangs_up_is_a_trust_failure(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], second[VLS_ID_LEN];
    char old[64];

    with_a_colleague(t, id);
    get_hub_file(t, old);
    two_person(t, NY, "Mariam Osei", second);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    put_hub_file(t, old);
    hanging.table = *vls_carrier_courier();
    hanging.table.pull = hang_up;
    hanging.n = 0;
    t->e[HAGUE]->carrier = &hanging.table;
    assert_int_equal(two_sync(t, HAGUE), VLS_ETRUST);
    assert_int_equal(hanging.n, 2); /* it did look, and the line was cut */
}

/* GH-25: the hub is lost; either laptop fills a new one, and a newcomer can join there. */
static void
a_lost_remote_is_rebuilt_from_any_laptop(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    with_a_colleague(t, id);
    check_ok(vls_engine_remote_remove(t->e[HAGUE], "stick", &t->err), &t->err);
    (void)snprintf(t->hub, sizeof t->hub, "%s/hub2", t->dir);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "stick", t->hub, true, &t->err), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(vls_engine_remote_remove(t->e[NY], "stick", &t->err), &t->err);
    check_ok(vls_engine_remote_add(t->e[NY], "stick", t->hub, false, &t->err), &t->err);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", true);
    two_equal(t, NY, NAIROBI);
    assert_int_equal(two_count(t, NAIROBI), 1);
}

static void
another_valise_on_the_remote_is_refused(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    struct kept a, b;

    two_found(t);
    two_init(t, HAGUE, "Croatia", "The Hague");
    two_person(t, HAGUE, "Mariam Osei", id);
    two_state(t, HAGUE, before);
    fetch_all(t, &a);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "stick", t->hub, false, &t->err), &t->err);
    assert_int_equal(two_sync(t, HAGUE), VLS_ETRUST);
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    fetch_all(t, &b);
    assert_int_equal(a.count, b.count); /* and nothing was left there */
    kept_free(&a);
    kept_free(&b);
}

/* A piece that did not arrive whole is asked for again once it is there: the tip is not kept. */
static void
a_damaged_piece_is_asked_for_again(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], second[VLS_ID_LEN];
    char pack[700] = "", cmd_find[400], whole[720];
    FILE *f;
    int c;

    with_a_colleague(t, id);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_person(t, NY, "Mariam Osei", second);
    check_ok(two_sync(t, NY), &t->err);
    /* the newest pack holds what The Hague lacks; one byte of its blob is turned over, then put back */
    (void)snprintf(cmd_find, sizeof cmd_find, "ls -t %s/objects/pack/*.pack", t->hub);
    f = popen(cmd_find, "r");
    assert_non_null(f);
    assert_non_null(fgets(pack, sizeof pack, f));
    (void)pclose(f);
    pack[strcspn(pack, "\n")] = '\0';
    (void)snprintf(whole, sizeof whole, "%s", pack);
    assert_int_equal(chmod(whole, 0600), 0);
    for (int round = 0; round < 2; round++) {
        f = fopen(whole, "r+b");
        assert_non_null(f);
        assert_int_equal(fseek(f, 200, SEEK_SET), 0);
        c = fgetc(f);
        assert_int_equal(fseek(f, 200, SEEK_SET), 0);
        assert_int_equal(fputc(c ^ 1, f), c ^ 1);
        assert_int_equal(fclose(f), 0);
        if (round == 0) {
            enum vls_code rc = two_sync(t, HAGUE);

            assert_true(rc != VLS_OK || t->result.damaged > 0);
            assert_int_equal(two_count(t, HAGUE), 1);
        }
    }
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_int_equal(two_count(t, HAGUE), 2);
    two_equal(t, NY, HAGUE);
}

/* GH-04, GH-05: a middle packet is withheld; what follows waits, and comes in when it is there. */
static void
a_gap_waits_and_heals(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], p[VLS_ID_LEN];
    struct kept k;
    struct vls_slice last;
    char hub[300];

    with_a_colleague(t, id);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_person(t, NY, "First", p);
    check_ok(two_sync(t, NY), &t->err);
    two_person(t, NY, "Second", p);
    check_ok(two_sync(t, NY), &t->err);
    fetch_all(t, &k);
    last = vls_slice_of(k.p[k.count - 1], k.n[k.count - 1]);
    /* a second hub shows The Hague the last packet alone */
    (void)snprintf(hub, sizeof hub, "%s", t->hub);
    (void)snprintf(t->hub, sizeof t->hub, "%s/other", t->dir);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "other", t->hub, true, &t->err), &t->err);
    two_plant(t, &last, 1);
    {
        struct vls_sync_opts o = {.remote = "other"};

        check_ok(vls_engine_sync(t->e[HAGUE], &o, two_keep_result, t, &t->err), &t->err);
    }
    assert_int_equal(t->result.waiting, 1);
    assert_int_equal(t->result.received, 0);
    (void)snprintf(t->hub, sizeof t->hub, "%s", hub);
    {
        struct vls_sync_opts o = {.remote = "stick"};

        check_ok(vls_engine_sync(t->e[HAGUE], &o, two_keep_result, t, &t->err), &t->err);
    }
    assert_int_equal(t->result.waiting, 0);
    assert_int_equal(t->result.received, 2);
    two_equal(t, NY, HAGUE);
    kept_free(&k);
}

static enum vls_code
room_leave(void *ctx, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes, struct vls_error *err)
{
    (void)bytes;
    return vls_store_wait_done(ctx, id, err);
}

static enum vls_code
other_sync(struct two *t)
{
    struct vls_sync_opts o = {.remote = "other"};

    return vls_engine_sync(t->e[HAGUE], &o, two_keep_result, t, &t->err);
}

/* GH-08: what comes before what it builds on, when too much waits already, is asked for again. */
static void
what_a_full_waiting_room_turns_away_comes_again(void **state)
{
    struct two *t = *state;
    struct vls_store *store;
    uint8_t id[VLS_ID_LEN];
    struct kept k;
    struct vls_slice late, early;
    uint64_t n;

    with_a_colleague(t, id);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_person(t, NY, "First", id);
    check_ok(two_sync(t, NY), &t->err);
    two_person(t, NY, "Second", id);
    check_ok(two_sync(t, NY), &t->err);
    fetch_all(t, &k);
    early = vls_slice_of(k.p[k.count - 2], k.n[k.count - 2]);
    late = vls_slice_of(k.p[k.count - 1], k.n[k.count - 1]);
    (void)snprintf(t->hub, sizeof t->hub, "%s/other", t->dir);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "other", t->hub, true, &t->err), &t->err);
    two_plant(t, &late, 1);
    store = vls_engine_store(t->e[HAGUE]);
    check_ok(vls_store_begin(store, &t->err), &t->err);
    for (unsigned i = 0; i < VLS_WAITING_MAX; i++) {
        uint8_t waiting[VLS_HASH_LEN];

        vls_hash1(waiting, "test wait", &i, sizeof i);
        check_ok(vls_store_wait(store, waiting, vls_slice_of(waiting, 1), &t->err), &t->err);
    }
    check_ok(vls_store_commit(store, &t->err), &t->err);
    check_ok(other_sync(t), &t->err);
    assert_int_equal(t->result.refused, 0); /* it is not false */
    assert_int_equal(t->result.damaged, 1);
    assert_int_equal(t->result.waiting, VLS_WAITING_MAX);
    check_ok(vls_store_begin(store, &t->err), &t->err);
    check_ok(vls_store_waiting(store, room_leave, store, &n, &t->err), &t->err);
    check_ok(vls_store_commit(store, &t->err), &t->err);
    two_plant(t, &early, 1);
    check_ok(other_sync(t), &t->err);
    assert_int_equal(t->result.received, 2);
    assert_int_equal(t->result.damaged, 0);
    two_equal(t, NY, HAGUE);
    kept_free(&k);
}

/* Anybody who can write there can leave a door; ours lies there too. */
static void
a_second_door_stops_nobody(void **state)
{
    struct two *t = *state;
    struct vls_door other;
    struct vls_buf blob;
    struct vls_slice one;
    uint8_t id[VLS_ID_LEN];

    with_a_colleague(t, id);
    memset(&other, 7, sizeof other);
    vls_buf_init(&blob, 4096);
    check_ok(vls_door_write(&blob, &other, &t->err), &t->err);
    one = vls_buf_slice(&blob);
    two_plant(t, &one, 1);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.foreign, 1);
    vls_buf_clear(&blob);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(junk_is_ignored),
        HOSTILE(flipped_copies_of_everything_are_refused),
        HOSTILE(a_replay_in_reverse_changes_nothing),
        HOSTILE(a_rolled_back_remote_is_a_trust_failure),
        HOSTILE(a_rolled_back_remote_that_hangs_up_is_a_trust_failure),
        HOSTILE(a_lost_remote_is_rebuilt_from_any_laptop),
        HOSTILE(another_valise_on_the_remote_is_refused),
        HOSTILE(a_damaged_piece_is_asked_for_again),
        HOSTILE(a_gap_waits_and_heals),
        HOSTILE(what_a_full_waiting_room_turns_away_comes_again),
        HOSTILE(a_second_door_stops_nobody),
    };

    return cmocka_run_group_tests_name("hostile", tests, NULL, NULL);
}
