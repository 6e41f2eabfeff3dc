/* Whoever can write to a remote asks to join as often as it likes: what is kept of that has an end, which is said. */
#include "tests/support/check.h"

#include "two.h"

#include "valise/prim.h"

#define PER_PLANT 64

/* Plants n further requests, each in a name of its own from first on. */
static void
ask(struct two *t, unsigned first, unsigned n)
{
    static struct vls_buf blob[PER_PLANT];
    struct vls_slice all[PER_PLANT];

    for (unsigned done = 0; done < n; done += PER_PLANT) {
        unsigned some = n - done < PER_PLANT ? n - done : PER_PLANT;

        for (unsigned i = 0; i < some; i++) {
            struct vls_join j = {.wall_unix_s = 1800000001};
            struct vls_secret *sign_sk = NULL, *box_sk = NULL;

            check_ok(vls_sign_keypair(j.sign_pk, &sign_sk, &t->err), &t->err);
            check_ok(vls_box_keypair(j.box_pk, &box_sk, &t->err), &t->err);
            vls_random(j.nonce, sizeof j.nonce);
            (void)snprintf(j.delegation, sizeof j.delegation, "State %u", first + done + i);
            (void)snprintf(j.post, sizeof j.post, "Elsewhere");
            vls_buf_init(&blob[i], 65536);
            check_ok(vls_join_write(&blob[i], &j, &t->e[NY]->door, sign_sk, &t->err), &t->err);
            all[i] = vls_buf_slice(&blob[i]);
            vls_secret_free(sign_sk);
            vls_secret_free(box_sk);
        }
        two_plant(t, all, some);
        for (unsigned i = 0; i < some; i++)
            vls_buf_clear(&blob[i]);
    }
}

struct waiting {
    unsigned n;
    bool oldest, newest;
    const char *newest_name;
};

static enum vls_code
count(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct waiting *w = ctx;

    (void)err;
    w->n++;
    w->oldest = w->oldest || strcmp(r->delegation, "State 0") == 0;
    w->newest = w->newest || strcmp(r->delegation, w->newest_name) == 0;
    return VLS_OK;
}

static struct waiting
waiting(struct two *t, const char *newest)
{
    struct waiting w = {.newest_name = newest};

    check_ok(vls_engine_requests(t->e[NY], count, &w, &t->err), &t->err);
    return w;
}

/* ---- tests ---- */

static void
so_many_requests_wait_and_no_more(void **state)
{
    struct two *t = *state;
    struct waiting w;
    size_t n;

    two_found(t);
    ask(t, 0, REQUESTS_MAX);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.received, REQUESTS_MAX);
    assert_int_equal(t->result.requests_left, 0);
    ask(t, REQUESTS_MAX, 3);
    for (int again = 0; again < 2; again++) { /* said each time */
        check_ok(two_sync(t, NY), &t->err);
        assert_int_equal(t->result.received, 0);
        assert_int_equal(t->result.requests_left, 3);
        assert_int_equal(t->result.damaged, 0);
        w = waiting(t, "State 258");
        assert_int_equal(w.n, REQUESTS_MAX);
        assert_true(w.oldest && !w.newest);
    }
    for (unsigned i = 1; i < 4; i++) { /* room is made, and what was left comes without being asked anew */
        char name[32];

        (void)snprintf(name, sizeof name, "State %u", i);
        check_ok(vls_engine_refuse(t->e[NY], name, NULL, &n, &t->err), &t->err);
        assert_int_equal(n, 1);
    }
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.received, 3);
    assert_int_equal(t->result.requests_left, 0);
    w = waiting(t, "State 258");
    assert_int_equal(w.n, REQUESTS_MAX);
    assert_true(w.oldest && w.newest);
}

/* A refused one, and one that waits, are known again by their number alone. */
static void
what_was_asked_before_is_not_taken_twice(void **state)
{
    struct two *t = *state;
    struct waiting w;
    size_t n;

    two_found(t);
    ask(t, 0, 2);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(vls_engine_refuse(t->e[NY], "State 1", NULL, &n, &t->err), &t->err);
    check_ok(vls_engine_remote_remove(t->e[NY], "stick", &t->err), &t->err); /* all of it is read once more */
    check_ok(vls_engine_remote_add(t->e[NY], "stick", t->hub, false, &t->err), &t->err);
    check_ok(two_sync(t, NY), &t->err);
    assert_int_equal(t->result.received, 0);
    w = waiting(t, "State 1");
    assert_int_equal(w.n, 1);
    assert_true(w.oldest && !w.newest);
}

#define TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TWO(so_many_requests_wait_and_no_more),
        TWO(what_was_asked_before_is_not_taken_twice),
    };

    return cmocka_run_group_tests_name("requests to join", tests, NULL, NULL);
}
