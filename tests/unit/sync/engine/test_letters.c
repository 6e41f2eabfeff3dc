/* Requests and welcomes that vanish from a remote, with its history told anew: whoever wrote one leaves it again. */
#include "two.h"

/* ---- a host that takes letters out ---- */

struct rest {
    struct two *t;
    struct vls_slice blob[128];
    size_t n, n_out;
};

static bool
is_letter(struct two *t, struct vls_slice blob)
{
    struct vls_door door;
    struct vls_buf content;
    bool opens = vls_door_read(&door, blob);

    vls_buf_init(&content, 4u << 20);
    for (size_t i = 0; i < t->e[NY]->n_epochs && !opens; i++) {
        vls_buf_reset(&content);
        opens = vls_packet_open(&content, t->e[NY]->epochs[i], t->e[NY]->door.group, blob, NULL) == VLS_OK;
    }
    vls_buf_clear(&content);
    return !opens;
}

static enum vls_code
keep_others(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct rest *r = ctx;
    uint8_t *p;

    (void)name;
    (void)err;
    if (is_letter(r->t, blob)) {
        r->n_out++;
        return VLS_OK;
    }
    assert_true(r->n < sizeof r->blob / sizeof *r->blob);
    p = malloc(blob.n);
    assert_non_null(p);
    memcpy(p, blob.p, blob.n);
    r->blob[r->n++] = vls_slice_of(p, blob.n);
    return VLS_OK;
}

/* The history told anew without any letter; how many there were. */
static size_t
take_letters_out(struct two *t)
{
    char tip[VLS_REMOTE_TIP_LEN + 1], next[VLS_REMOTE_TIP_LEN + 1];
    struct rest r = {.t = t};
    struct vls_remote *remote;

    check_ok(vls_remote_open(&remote, t->courier, t->hub, 0, &t->err), &t->err);
    check_ok(vls_remote_pull(remote, "", keep_others, &r, tip, NULL, &t->err), &t->err);
    if (r.n_out > 0) {
        check_ok(vls_remote_push_aside(remote, r.blob, r.n, "", next, &t->err), &t->err);
        check_ok(vls_remote_move(remote, tip, next, &t->err), &t->err);
    }
    vls_remote_close(remote);
    while (r.n > 0)
        free((void *)(uintptr_t)r.blob[--r.n].p);
    return r.n_out;
}

static enum vls_code
count_request(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    (void)r;
    (void)err;
    ++*(unsigned *)ctx;
    return VLS_OK;
}

static unsigned
requests(struct two *t, int who)
{
    unsigned n = 0;

    check_ok(vls_engine_requests(t->e[who], count_request, &n, &t->err), &t->err);
    return n;
}

static void
admit(struct two *t)
{
    char number[VLS_SAFETY_TEXT];
    uint64_t shared;

    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_admit(t->e[NY], "Croatia", number, true, 1800000002, &shared, &t->err), &t->err);
}

/* ---- what becomes of it ---- */

static void
a_request_that_vanished_is_left_again(void **state)
{
    struct two *t = *state;
    size_t there = 0;

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    for (int again = 0; again < 3; again++) {
        assert_int_equal(take_letters_out(t), 1);
        check_ok(two_sync(t, NY), &t->err);
        assert_int_equal(requests(t, NY), 0);
        assert_int_equal(two_sync(t, HAGUE), VLS_ENOTADMITTED);
        assert_int_equal(t->result.letters_again, 1);
        assert_int_equal(two_sync(t, HAGUE), VLS_ENOTADMITTED);
        assert_int_equal(t->result.letters_again, 0); /* it is there */
    }
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(requests(t, NY), 1);
    admit(t);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.admitted_now);
    there = take_letters_out(t);
    check_ok(two_sync(t, HAGUE), &t->err); /* it was answered */
    assert_int_equal(t->result.letters_again, 0);
    assert_int_equal(there, 2);
}

static void
a_welcome_that_vanished_is_left_again(void **state)
{
    struct two *t = *state;
    uint8_t id[VLS_ID_LEN];

    two_found(t);
    two_person(t, NY, "Idris al-Haddad", id);
    two_join(t, HAGUE, "Croatia", "The Hague");
    check_ok(two_sync(t, NY), &t->err);
    admit(t);
    check_ok(two_sync(t, NY), &t->err);
    for (int again = 0; again < 2; again++) {
        assert_int_equal(take_letters_out(t), again == 0 ? 2 : 1);
        check_ok(two_sync(t, NY), &t->err);
        assert_true(t->result.rewritten);
        assert_int_equal(t->result.letters_again, 1);
        check_ok(two_sync(t, NY), &t->err);
        assert_int_equal(t->result.letters_again, 0);
    }
    check_ok(two_sync(t, HAGUE), &t->err);
    assert_true(t->result.admitted_now);
    check_ok(two_sync(t, NY), &t->err);
    two_equal(t, NY, HAGUE);
    assert_true(take_letters_out(t) > 0); /* its laptop has spoken: it was read */
    check_ok(two_sync(t, NY), &t->err);
    assert_true(t->result.rewritten);
    assert_int_equal(t->result.letters_again, 0);
    assert_int_equal(take_letters_out(t), 0);
}

/* Nothing was there before, so that nothing had vanished; but whoever asked may look here first. */
static void
a_welcome_lies_on_a_remote_that_came_later(void **state)
{
    struct two *t = *state;
    struct vls_sync_opts o = {.remote = "second", .now_unix = 1800000100};
    char second[400];

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    check_ok(two_sync(t, NY), &t->err);
    admit(t);
    check_ok(two_sync(t, NY), &t->err);
    (void)snprintf(second, sizeof second, "%s-second", t->hub);
    check_ok(vls_engine_remote_add(t->e[NY], "second", second, true, &t->err), &t->err);
    check_ok(vls_engine_sync(t->e[NY], &o, two_keep_result, t, &t->err), &t->err);
    assert_int_equal(t->result.letters_again, 0);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "second", second, false, &t->err), &t->err);
    check_ok(vls_engine_sync(t->e[HAGUE], &o, two_keep_result, t, &t->err), &t->err);
    assert_true(t->result.admitted_now);
    check_ok(vls_engine_sync(t->e[NY], &o, two_keep_result, t, &t->err), &t->err);
    two_equal(t, NY, HAGUE);
}

/* A letter that is put back is none of ours to obey: what was refused stays refused, what was answered answered. */
static void
old_letters_that_come_back_do_nothing(void **state)
{
    struct two *t = *state;
    char number[VLS_SAFETY_TEXT], before[VLS_STATE_TEXT], after[VLS_STATE_TEXT];
    size_t n = 0;

    two_found(t);
    two_join(t, HAGUE, "Croatia", "The Hague");
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_safety_number(t->e[HAGUE], NULL, number, &t->err), &t->err);
    check_ok(vls_engine_refuse(t->e[NY], "Croatia", number, &n, &t->err), &t->err);
    assert_int_equal(n, 1);
    assert_int_equal(take_letters_out(t), 1);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(two_sync(t, HAGUE), VLS_ENOTADMITTED); /* leaves it again */
    assert_int_equal(t->result.letters_again, 1);
    two_state(t, NY, before);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(requests(t, NY), 0);
    two_state(t, NY, after);
    assert_string_equal(before, after);
}

#define WITH_TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(a_request_that_vanished_is_left_again),
        WITH_TWO(a_welcome_that_vanished_is_left_again),
        WITH_TWO(a_welcome_lies_on_a_remote_that_came_later),
        WITH_TWO(old_letters_that_come_back_do_nothing),
    };

    return cmocka_run_group_tests_name("letters", tests, NULL, NULL);
}
