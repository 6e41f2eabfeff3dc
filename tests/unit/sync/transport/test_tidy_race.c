/* Giving back room while others read, write and do the same, and being stopped in it: what is needed is there. */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>

#include "tests/unit/sync/transport/tidy.h"

struct meanwhile {
    struct scratch *s;
    struct vls_remote *by;
    char *tip;
    unsigned n;
};

static enum vls_code
replaced_meanwhile(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct meanwhile *m = ctx;

    (void)name;
    (void)blob;
    (void)err;
    if (m->n++ == 0) {
        replace(m->s, m->by, "meanwhile", m->tip);
        assert_true(tidy(m->s, m->by, 0).after < 4000);
    }
    return VLS_OK;
}

static void
a_reader_in_the_middle_begins_anew(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *by = client_open(s, VLS_REMOTE_CREATE), *reader = client_open(s, VLS_REMOTE_READONLY);
    char tip[TIP] = "", got[TIP] = "same";
    struct meanwhile m = {s, by, tip, 0};

    put(s, "objects/pack/multi-pack-index", ""); /* keeps them apart: more packs than stay open */
    fill(s, by, "large", 48, 80000, tip);        /* more than the pipe takes at once */
    gone(s, "objects/pack/multi-pack-index");
    assert_int_equal(vls_remote_pull(reader, "", replaced_meanwhile, &m, got, NULL, &s->err), VLS_ERACE);
    assert_string_equal(got, "same");
    assert_in_range(m.n, 1, 47);
    check_ok(pull_seen(s, reader, "", got), &s->err); /* the same courier goes on */
    assert_int_equal(s->seen.n, 2);
    vls_remote_close(by);
    vls_remote_close(reader);
}

/* Whoever clears away takes what another is just putting aside for left over; that one begins anew. */
static void
what_is_being_put_aside_may_go_and_is_missed(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *a = client_open(s, VLS_REMOTE_CREATE), *b = client_open(s, 0);
    char tip[TIP] = "", aside[TIP], next[TIP], text[] = "aside";
    struct vls_slice blob = vls_slice_str(text);

    fill(s, a, "old", 20, 500, tip);
    for (int again = 0; again < 2; again++) {
        check_ok(vls_remote_push_aside(a, &blob, 1, "", aside, &s->err), &s->err);
        if (again == 0) {
            assert_true(tidy(s, b, 0).after > 0);
            assert_int_equal(vls_remote_push_aside(a, &blob, 1, aside, next, &s->err), VLS_ERACE);
            assert_int_equal(vls_remote_move(a, tip, aside, &s->err), VLS_ERACE);
            assert_int_equal(all_there(s), 20);
        }
    }
    check_ok(vls_remote_move(a, tip, aside, &s->err), &s->err);
    assert_int_equal(all_there(s), 1);
    git_is_content(s);
    vls_remote_close(a);
    vls_remote_close(b);
}

static void
under_somebody_elses_lock_nothing_goes(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE), *only = client_open(s, VLS_REMOTE_READONLY);
    struct vls_remote_room room;
    char tip[TIP] = "", path[256];
    int fd;

    fill(s, r, "old", 20, 500, tip);
    replace(s, r, "new", tip);
    hub_path(s, path, sizeof path, "refs/heads/valise.lock");
    file_put(path, "", 0);
    assert_true((fd = open(path, O_RDWR | O_CLOEXEC)) >= 0);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    room = tidy(s, r, 0);
    assert_true(room.before == room.after && room.waiting > 20 * 500 && !room.foreign);
    (void)close(fd);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(vls_remote_tidy(only, 0, &room, &s->err), VLS_EREADONLY);
    check_ok(vls_remote_tidy(only, VLS_REMOTE_TIDY_COUNT, &room, &s->err), &s->err);
    assert_true(room.after < 2000 && room.before > 20 * 500);
    assert_int_equal(vls_remote_tidy(r, 4, &room, &s->err), VLS_EUSAGE);
    assert_true(tidy(s, r, 0).after < 2000);
    vls_remote_close(r);
    vls_remote_close(only);
}

#define PUSHERS 3
#define EACH    8

static volatile int *told; /* how often the history was told anew; shared by the processes */

/* Pushes through whatever happens: a history that was replaced is read anew. */
static int
push_on(struct scratch *s, int who)
{
    struct vls_remote *r = client_open(s, 0);
    const struct timespec rest = {.tv_nsec = 2000000};
    char tip[TIP] = "", text[32];
    bool rewritten;

    for (int i = 0; i < EACH; i++) {
        struct vls_slice blob;
        enum vls_code rc = VLS_ERACE;

        for (int waits = 0; *told < i / 2 && waits < 20000; waits++) /* so that it is told anew meanwhile */
            (void)nanosleep(&rest, NULL);
        (void)snprintf(text, sizeof text, "%d says %d", who, i);
        blob = vls_slice_str(text);
        for (unsigned race = 0; rc == VLS_ERACE && race < 60; race++) {
            if (race > 0)
                vls_remote_pause(race);
            s->seen.n = 0;
            if ((rc = vls_remote_pull(r, tip, seen_add, &s->seen, tip, &rewritten, &s->err)) == VLS_OK)
                rc = vls_remote_push(r, &blob, NULL, 1, tip, tip, &s->err);
        }
        if (rc != VLS_OK) {
            print_error("pusher %d: %s\n", who, s->err.text);
            return 1;
        }
    }
    vls_remote_close(r);
    return 0;
}

struct held {
    struct vls_slice blob[256];
    size_t n;
};

static enum vls_code
hold(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct held *h = ctx;
    uint8_t *p = malloc(blob.n);

    (void)name;
    (void)err;
    assert_non_null(p);
    assert_true(h->n < 256);
    memcpy(p, blob.p, blob.n);
    h->blob[h->n++] = vls_slice_of(p, blob.n);
    return VLS_OK;
}

static void
let_go(struct held *h)
{
    while (h->n > 0)
        free((void *)(uintptr_t)h->blob[--h->n].p);
}

/* Tells the whole history anew, and clears away; the number of times that it was not too late. */
static unsigned
replace_on(struct scratch *s, unsigned times, uint64_t *freed)
{
    struct vls_remote *r = client_open(s, 0);
    struct held h = {.n = 0};
    unsigned n = 0;

    for (unsigned i = 0; i < times; i++) {
        char tip[TIP], next[TIP];
        enum vls_code rc;

        rc = vls_remote_pull(r, "", hold, &h, tip, NULL, &s->err);
        for (size_t k = 0; k < h.n / 2; k++) { /* in the same order it would be the same */
            struct vls_slice other = h.blob[k];

            h.blob[k] = h.blob[h.n - 1 - k];
            h.blob[h.n - 1 - k] = other;
        }
        if (rc == VLS_OK && h.n > 0 && (rc = vls_remote_push_aside(r, h.blob, h.n, "", next, &s->err)) == VLS_OK &&
            (rc = vls_remote_move(r, tip, next, &s->err)) == VLS_OK) {
            struct vls_remote_room room = tidy(s, r, 0);

            n++;
            ++*told;
            *freed += room.after < room.before ? room.before - room.after : 0;
        }
        assert_true(rc == VLS_OK || rc == VLS_ERACE);
        let_go(&h);
    }
    vls_remote_close(r);
    return n;
}

static void
everybody_at_once_loses_nothing(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    pid_t pid[PUSHERS];
    uint64_t freed = 0;
    unsigned n = 0, running = PUSHERS;
    size_t at;

    vls_remote_close(r);
    told = mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(told != MAP_FAILED);
    for (int i = 0; i < PUSHERS; i++)
        if ((pid[i] = fork()) == 0)
            _exit(push_on(s, i));
    while (running > 0) {
        int status;

        n += replace_on(s, 1, &freed);
        for (int i = 0; i < PUSHERS; i++)
            if (pid[i] > 0 && waitpid(pid[i], &status, WNOHANG) == pid[i]) {
                assert_int_equal(status, 0);
                pid[i] = 0;
                running--;
            }
    }
    n += replace_on(s, 1, &freed);
    print_message("# %u times told anew, %llu bytes given back\n", n, (unsigned long long)freed);
    assert_true(n >= EACH / 2 && freed > 0);
    (void)munmap((void *)(uintptr_t)told, sizeof *told);
    assert_int_equal(all_there(s), PUSHERS * EACH);
    for (int i = 0; i < PUSHERS; i++)
        for (int k = 0; k < EACH; k++) {
            char text[32];

            (void)snprintf(text, sizeof text, "%d says %d", i, k);
            for (at = 0; at < s->seen.n && !seen_text(s, at, text); at++)
                ;
            assert_true(at < s->seen.n);
        }
    git_is_content(s);
}

/* ---- stopped at any moment ---- */

static void
a_crash_at_any_moment_leaves_all_that_is_needed(void **state)
{
    struct scratch *s = *state;
    uint64_t seed = check_seed(20270401), span_us = 0;
    unsigned n_cut = 0, n_part = 0;
    char tip[TIP] = "";

    for (unsigned i = 0; i < 25; i++) {
        struct vls_remote *r = client_open(s, i == 0 ? VLS_REMOTE_CREATE : 0);
        struct vls_remote_room room;
        double start = now_s();
        enum vls_code rc;
        unsigned before;
        pid_t killer = 0;
        int status;

        fill(s, r, "old", 14, 900, tip);
        replace(s, r, "new", tip);
        fill(s, r, "after", 6, 900, tip);
        before = packs(s, ".pack");
        start = now_s();
        if (i > 0 && (killer = fork()) == 0) {
            struct timespec t = {.tv_nsec = (long)(check_random(&seed) % (span_us + 300)) * 1000};

            (void)nanosleep(&t, NULL);
            (void)kill(r->pid, SIGKILL);
            _exit(0);
        }
        (void)check_random(&seed);
        rc = vls_remote_tidy(r, 0, &room, &s->err);
        if (i == 0)
            span_us = (uint64_t)((now_s() - start) * 1e6);
        else
            assert_int_equal(waitpid(killer, &status, 0), killer);
        vls_remote_close(r);
        assert_true(rc == VLS_OK || (i > 0 && rc == VLS_EIO));
        n_cut += rc != VLS_OK;
        n_part += rc != VLS_OK && packs(s, ".pack") != before;
        assert_int_equal(all_there(s), 8);
        git_is_content(s);
    }
    assert_true(n_cut > 0);
    print_message("# %u of 24 were cut off, %u of them with something done\n", n_cut, n_part);
}

#define WITH(f) cmocka_unit_test_setup_teardown(f, scratch_open, scratch_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(a_reader_in_the_middle_begins_anew),
        WITH(what_is_being_put_aside_may_go_and_is_missed),
        WITH(under_somebody_elses_lock_nothing_goes),
        WITH(everybody_at_once_loses_nothing),
        WITH(a_crash_at_any_moment_leaves_all_that_is_needed),
    };

    return cmocka_run_group_tests_name("tidying at once", tests, NULL, NULL);
}
