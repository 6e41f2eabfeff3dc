/*
 * A short history in the place of a long one: whoever comes by before, between or after goes on and loses nothing, and
 * a host that uses the occasion to drop or to put back something is found out by everybody who knew of it.
 */
#include "tests/support/check.h"

#include "two.h"

#include "sync/transport/transport_int.h"

static enum vls_code
compact_as(struct two *t, int who, bool dry_run, struct vls_compacted *out)
{
    struct vls_sync_opts o = {.remote = "stick", .now_unix = 1800000200, .dry_run = dry_run};

    return vls_engine_remote_compact(t->e[who], &o, out, &t->result, &t->err);
}

static void
branch_put(struct two *t, const char *text)
{
    char path[400];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/refs/heads/valise", t->hub);
    assert_non_null(f = fopen(path, "w"));
    (void)fputs(text, f);
    (void)fclose(f);
}

static void
branch_get(struct two *t, char text[64])
{
    char path[400];
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/refs/heads/valise", t->hub);
    assert_non_null(f = fopen(path, "r"));
    assert_non_null(fgets(text, 64, f));
    (void)fclose(f);
}

/* A colleague, and a history of many small pieces. */
static void
long_history(struct two *t, uint8_t id[VLS_ID_LEN])
{
    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    for (int i = 0; i < 6; i++) {
        char text[32];

        (void)snprintf(text, sizeof text, "Position %d", i);
        check_ok(two_set(t, i % 2 == 0 ? NY : HAGUE, id, "position", text), &t->err);
        check_ok(two_sync(t, NY), &t->err);
        check_ok(two_sync(t, HAGUE), &t->err);
    }
    check_ok(two_sync(t, NY), &t->err);
}

static struct {
    struct vls_carrier table;
    struct two *t;
    unsigned asides, moves; /* calls so far */
    unsigned die_aside, die_move;
    bool after; /* the answer is lost, not the question */
    unsigned races, n_races;
} by;

static enum vls_code
aside_or_die(struct vls_remote *r, const struct vls_slice *blobs, size_t n, const char *on_tip,
             char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    if (++by.asides == by.die_aside) {
        (void)vls__courier_stop(r, 0);
        return VLS_FAIL(err, VLS_EIO, "the courier was ended");
    }
    return vls_remote_push_aside(r, blobs, n, on_tip, new_tip, err);
}

static enum vls_code
move_or_die(struct vls_remote *r, const char *from_tip, const char *to_tip, struct vls_error *err)
{
    enum vls_code rc;

    if (by.races > 0) {
        by.races--;
        by.n_races++;
        check_ok(two_sync(by.t, HAGUE), &by.t->err);
    }
    if (++by.moves != by.die_move)
        return vls_remote_move(r, from_tip, to_tip, err);
    if (by.after) {
        rc = vls_remote_move(r, from_tip, to_tip, err);
        assert_int_equal(rc, VLS_OK);
        return VLS_FAIL(err, VLS_EUNREACHABLE, "the answer was lost");
    }
    (void)vls__courier_stop(r, 0);
    return vls_remote_move(r, from_tip, to_tip, err);
}

static void
by_carrier(struct two *t)
{
    memset(&by, 0, sizeof by);
    by.table = *vls_carrier_courier();
    by.table.push_aside = aside_or_die;
    by.table.move = move_or_die;
    by.t = t;
    t->e[NY]->carrier = &by.table;
}

static void
a_short_history_holds_everything(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is, again;
    char cmd[700], before[64], after[64];

    long_history(t, id);
    branch_get(t, before);
    check_ok(compact_as(t, NY, true, &is), &t->err);
    assert_false(is.replaced);
    branch_get(t, after);
    assert_string_equal(before, after);
    assert_true(is.pieces_before > 10 && is.pieces_after < 5);
    check_ok(compact_as(t, NY, false, &again), &t->err);
    assert_true(again.replaced);
    assert_int_equal(again.pieces_before, is.pieces_before);
    assert_int_equal(again.pieces_after, is.pieces_after);
    branch_get(t, after);
    assert_string_not_equal(before, after);
    (void)snprintf(cmd, sizeof cmd, "git -c safe.directory='*' --git-dir %s fsck --strict >%s/fsck 2>&1", t->hub,
                   t->dir);
    assert_int_equal(system(cmd), 0);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.rewritten);
    assert_int_equal(t->result.received + t->result.sent + t->result.refused, 0);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_false(t->result.rewritten); /* once */
    check_ok(two_sync(t, NY), &t->err);
    assert_false(t->result.rewritten); /* who did it knows */
    two_admit(t, NAIROBI, "Kenya", "Nairobi", true);
    two_equal(t, NY, NAIROBI);
    two_equal(t, NY, HAGUE);
}

static void
a_short_history_is_left_alone(void **state)
{
    struct two *t = *state;
    struct vls_compacted is;
    uint8_t id[VLS_ID_LEN];
    char before[64], after[64];

    long_history(t, id);
    check_ok(compact_as(t, NY, false, &is), &t->err);
    branch_get(t, before);
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_false(is.replaced);
    branch_get(t, after);
    assert_string_equal(before, after);
}

/* Both write, sync and replace the history in whatever order a seed chooses. */
static void
whoever_comes_late_goes_on_and_loses_nothing(void **state)
{
    uint64_t seed = check_seed(20270314), n_rewritten = 0, n_late = 0, n_replaced = 0;
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    bool unsent[2] = {false, false};
    char text[32];

    long_history(t, id);
    for (int i = 0; i < 60; i++) {
        int who = check_random(&seed) % 2 == 0 ? NY : HAGUE;
        struct vls_compacted is;

        switch (check_random(&seed) % 6) {
        case 0:
        case 1:
        case 2:
            (void)snprintf(text, sizeof text, "Position %d of %d", i, who);
            check_ok(two_set(t, who, id, "position", text), &t->err);
            unsent[who] = true;
            break;
        case 3:
        case 4:
            check_ok(two_sync(t, who), &t->err);
            n_rewritten += t->result.rewritten;
            n_late += t->result.rewritten && unsent[who];
            unsent[who] = false;
            break;
        default:
            check_ok(compact_as(t, who, false, &is), &t->err);
            n_rewritten += t->result.rewritten;
            n_replaced += is.replaced;
            unsent[who] = false;
        }
        assert_int_equal(t->result.refused + t->result.waiting + t->result.damaged, 0);
    }
    assert_true(n_replaced > 2 && n_rewritten > 2 && n_late > 0);
    for (int i = 0; i < 3; i++)
        check_ok(two_sync(t, i % 2), &t->err);
    two_equal(t, NY, HAGUE);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", true);
    two_equal(t, NY, NAIROBI);
}

/* GH-01, GH-13: a short history is no licence to put an older copy back. */
static void
a_rollback_to_before_or_after_it_is_found_out(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;
    char old[64], shortened[64], newest[64], before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    long_history(t, id);
    branch_get(t, old);
    by_carrier(t);
    by.table.tidy = NULL; /* a host that puts an old history back has all of it */
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced);
    branch_get(t, shortened);
    check_ok(two_sync(t, HAGUE), &t->err);
    branch_put(t, old); /* it holds as much */
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.rewritten);
    branch_put(t, shortened);
    check_ok(two_set(t, NY, id, "position", "Newest"), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    branch_get(t, newest);
    two_state(t, HAGUE, before);
    for (int i = 0; i < 2; i++) {
        branch_put(t, i == 0 ? old : shortened);
        assert_int_equal(two_sync(t, HAGUE), VLS_ETRUST);
        assert_false(t->result.rewritten);
        assert_int_equal(two_sync(t, NY), VLS_ETRUST);
        assert_int_equal(compact_as(t, NY, false, &is), VLS_ETRUST);
        assert_false(is.replaced);
    }
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    branch_put(t, newest);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(two_sync(t, NY), &t->err);
}

struct kept {
    struct vls_slice blob[64];
    size_t n;
};

static enum vls_code
keep_blob(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct kept *k = ctx;
    uint8_t *p = malloc(blob.n);

    (void)name;
    (void)err;
    assert_in_range(k->n, 0, 63);
    assert_non_null(p);
    memcpy(p, blob.p, blob.n);
    k->blob[k->n++] = vls_slice_of(p, blob.n);
    return VLS_OK;
}

static bool
is_needed(struct two *t, struct vls_slice blob)
{
    struct vls_door door;
    struct vls_buf content;
    bool yes = vls_door_read(&door, blob);

    vls_buf_init(&content, 4u << 20);
    for (size_t i = 0; i < t->e[NY]->n_epochs && !yes; i++) {
        vls_buf_reset(&content);
        yes = vls_packet_open(&content, t->e[NY]->epochs[i], t->e[NY]->door.group, blob, NULL) == VLS_OK;
    }
    vls_buf_clear(&content);
    return yes;
}

/* The host tells the history anew and leaves one piece out, each in turn. */
static void
a_history_that_lacks_one_piece_is_found_out(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct kept k = {.n = 0};
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1], next[VLS_REMOTE_TIP_LEN + 1], before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    size_t n_found = 0, n_letters = 0;

    long_history(t, id);
    two_state(t, HAGUE, before);
    check_ok(vls_remote_open(&r, t->courier, t->hub, 0, &t->err), &t->err);
    check_ok(vls_remote_pull(r, "", keep_blob, &k, tip, NULL, &t->err), &t->err);
    for (size_t gone = 0; gone < k.n; gone++) {
        struct vls_slice rest[64];
        size_t n = 0;

        for (size_t i = 0; i < k.n; i++)
            if (i != gone)
                rest[n++] = k.blob[i];
        check_ok(vls_remote_push_aside(r, rest, n, "", next, &t->err), &t->err);
        check_ok(vls_remote_move(r, tip, next, &t->err), &t->err);
        memcpy(tip, next, sizeof tip);
        if (is_needed(t, k.blob[gone])) {
            for (int who = NY; who <= HAGUE; who++)
                assert_int_equal(two_sync(t, who), VLS_ETRUST);
            n_found++;
        } else {
            check_ok(two_sync(t, HAGUE), &t->err); /* a letter that was read */
            assert_true(t->result.rewritten);
            n_letters++;
        }
    }
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    assert_true(n_found > 8);
    assert_int_equal(n_letters, 2); /* a request and a welcome */
    vls_remote_close(r);
    for (size_t i = 0; i < k.n; i++)
        free((void *)(uintptr_t)k.blob[i].p);
}

/* ---- interrupted ---- */

static void
an_interruption_leaves_the_old_or_the_new(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;
    char before[64], after[64];
    unsigned n_old = 0, n_new = 0;

    long_history(t, id);
    for (int i = 0; i < 3; i++) {
        check_ok(two_set(t, NY, id, "position", "One more"), &t->err);
        check_ok(two_sync(t, NY), &t->err);
        branch_get(t, before);
        by_carrier(t);
        by.die_aside = i == 0;
        by.die_move = i > 0;
        by.after = i == 2;
        assert_int_equal(compact_as(t, NY, false, &is), i == 2 ? VLS_EUNREACHABLE : VLS_EIO);
        assert_false(is.replaced);
        branch_get(t, after);
        n_old += strcmp(before, after) == 0;
        n_new += strcmp(before, after) != 0;
        t->e[NY]->carrier = vls_carrier_courier();
        for (int who = NY; who <= HAGUE; who++) {
            check_ok(two_sync(t, who), &t->err);
            assert_int_equal(t->result.rewritten, i == 2);
        }
        two_equal(t, NY, HAGUE);
    }
    assert_int_equal(n_old, 2);
    assert_int_equal(n_new, 1);
    check_ok(two_set(t, NY, id, "position", "And more"), &t->err);
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_equal(t, NY, HAGUE);
}

static void
what_comes_in_between_is_not_lost(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;

    long_history(t, id);
    check_ok(two_set(t, HAGUE, id, "position", "In between"), &t->err);
    by_carrier(t);
    by.races = 1;
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced);
    assert_int_equal(by.n_races, 1);
    assert_int_equal(by.moves, 2);
    two_equal(t, NY, HAGUE);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.rewritten);
}

/* A reader whose history goes away under it: the carrier says so after some of it was delivered. */
static struct {
    struct vls_carrier table;
    unsigned left, n;
} gone;

static enum vls_code
pull_gone(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob, void *ctx,
          char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten, struct vls_error *err)
{
    enum vls_code rc = vls_remote_pull(r, known_tip, blob, ctx, new_tip, rewritten, err);

    if (rc != VLS_OK || gone.left == 0)
        return rc;
    gone.left--;
    gone.n++;
    return VLS_FAIL(err, VLS_ERACE, "its history was replaced while it was read");
}

static void
a_history_that_goes_while_it_is_read_is_read_anew(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;
    char before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];

    long_history(t, id);
    gone.table = *vls_carrier_courier();
    gone.table.pull = pull_gone;
    t->e[HAGUE]->carrier = &gone.table;
    for (unsigned compacted = 0; compacted < 2; compacted++) {
        check_ok(two_set(t, NY, id, "position", compacted ? "Here" : "There"), &t->err);
        check_ok(two_set(t, HAGUE, id, "birth-place", compacted ? "Here" : "There"), &t->err);
        if (compacted)
            check_ok(compact_as(t, NY, false, &is), &t->err);
        else
            check_ok(two_sync(t, NY), &t->err);
        gone.left = 3;
        check_ok(two_sync(t, HAGUE), &t->err);
        assert_int_equal(t->result.rewritten, compacted);
        assert_int_equal(t->result.received, 1); /* once, however often it was read */
        check_ok(two_sync(t, NY), &t->err);
        two_equal(t, NY, HAGUE);
    }
    gone.left = 2;
    check_ok(compact_as(t, HAGUE, false, &is), &t->err);
    assert_int_equal(gone.n, 8);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_set(t, NY, id, "position", "Again"), &t->err);
    check_ok(compact_as(t, NY, false, &is), &t->err);
    two_state(t, HAGUE, before);
    gone.left = 1000; /* no host hides another past behind that for ever */
    assert_int_equal(two_sync(t, HAGUE), VLS_ETRUST);
    gone.left = 0;
    two_state(t, HAGUE, after);
    assert_string_equal(before, after);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_equal(t, NY, HAGUE);
}

/* ---- what only others can read ---- */

static enum vls_code
count_request(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    (void)r;
    (void)err;
    ++*(unsigned *)ctx;
    return VLS_OK;
}

static void
requests_and_welcomes_outlast_it(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;
    char number[VLS_SAFETY_TEXT];
    unsigned n = 0;
    uint64_t shared;

    long_history(t, id);
    two_join(t, NAIROBI, "Kenya", "Nairobi");
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(vls_engine_requests(t->e[HAGUE], count_request, &n, &t->err), &t->err);
    assert_int_equal(n, 1);
    check_ok(vls_engine_safety_number(t->e[NAIROBI], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], "Kenya", number, true, 1800000002, &shared, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(compact_as(t, HAGUE, false, &is), &t->err);
    assert_true(is.replaced);
    check_ok(two_sync(t, NAIROBI), &t->err);
    assert_true(vls_engine_me(t->e[NAIROBI])->admitted);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, NAIROBI), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    two_equal(t, NY, NAIROBI);
    two_equal(t, NY, HAGUE);
}

/* What somebody will be able to read is not thrown away by somebody who cannot. */
static void
what_cannot_be_read_is_carried_over(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN], junk[2][1024];
    struct vls_slice blobs[2] = {{junk[0], 1024}, {junk[1], 1000}};
    struct vls_compacted is;

    long_history(t, id);
    vls_random(junk, sizeof junk);
    two_plant(t, blobs, 2);
    check_ok(compact_as(t, NY, false, &is), &t->err);
    assert_true(is.replaced);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.rewritten && t->result.foreign >= 2);
    assert_int_equal(t->result.refused, 0);
}

static void
who_may_not_or_cannot_is_told(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];
    struct vls_compacted is;
    struct vls_sync_opts o = {.remote = "nobody", .now_unix = 1800000200};
    char before[64], after[64];

    long_history(t, id);
    branch_get(t, before);
    assert_int_equal(vls_engine_remote_compact(t->e[NY], &o, &is, &t->result, &t->err), VLS_ENOTFOUND);
    two_join(t, NAIROBI, "Kenya", "Nairobi");
    branch_get(t, before);
    assert_int_equal(compact_as(t, NAIROBI, false, &is), VLS_ENOTADMITTED);
    by_carrier(t);
    by.table.move = NULL;
    assert_int_equal(compact_as(t, NY, false, &is), VLS_EUSAGE);
    assert_int_equal(by.asides, 0);
    branch_get(t, after);
    assert_string_equal(before, after);
}

#define WITH_TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(a_short_history_holds_everything),
        WITH_TWO(a_short_history_is_left_alone),
        WITH_TWO(whoever_comes_late_goes_on_and_loses_nothing),
        WITH_TWO(a_rollback_to_before_or_after_it_is_found_out),
        WITH_TWO(a_history_that_lacks_one_piece_is_found_out),
        WITH_TWO(an_interruption_leaves_the_old_or_the_new),
        WITH_TWO(what_comes_in_between_is_not_lost),
        WITH_TWO(a_history_that_goes_while_it_is_read_is_read_anew),
        WITH_TWO(requests_and_welcomes_outlast_it),
        WITH_TWO(what_cannot_be_read_is_carried_over),
        WITH_TWO(who_may_not_or_cannot_is_told),
    };

    return cmocka_run_group_tests_name("compact", tests, NULL, NULL);
}
