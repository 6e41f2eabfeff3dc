/* The courier as a process: what it inherits, what it gives up, and that valise outlives whatever it
 * does. For the last this program plays a courier itself: started under that name, it misbehaves as the
 * address that it is given says. */
#include "tests/support/check.h"

#include <poll.h>
#include <signal.h>
#include <sys/time.h>

#include "tests/unit/sync/transport/hub.h"

#include "sync/transport/transport_int.h"

/* ---- a courier that cannot be trusted ---- */

static void
say(const void *p, size_t n)
{
    if (write(1, p, n) != (ssize_t)n)
        _exit(9);
}

static void
say_msg(const struct vls__msg *msg)
{
    struct vls_buf b;

    vls_buf_init(&b, 1 << 20);
    vls__msg_encode(&b, msg);
    say(b.p, b.n);
    vls_buf_clear(&b);
}

static void
say_hello(uint8_t version)
{
    const struct vls__msg hello = {.type = VLS__F_HELLO, .u.hello = {.version = version}};

    say_msg(&hello);
}

static void
wait_for_request(void)
{
    struct pollfd p = {.fd = 0, .events = POLLIN};
    char some[65536];

    (void)poll(&p, 1, -1);
    if (read(0, some, sizeof some) <= 0)
        _exit(0);
}

static void
say_error(enum vls_code code, const char *text)
{
    struct vls__msg msg = {.type = VLS__F_ERROR};

    msg.u.error.code = code;
    msg.u.error.text = vls_slice_str(text);
    say_msg(&msg);
}

static int
play_courier(void)
{
    static const uint8_t name[32] = {1};
    struct vls__msg progress = {.type = VLS__F_PROGRESS}, go = {.type = VLS__F_GO},
                    pushed = {.type = VLS__F_PUSHED}, blob = {.type = VLS__F_BLOB},
                    pulled = {.type = VLS__F_PULLED};
    char request[5000] = "";
    ssize_t n = read(0, request, sizeof request - 1);
    int mode = n > 0 ? atoi(strrchr(request + 7, '-') + 1) : 0;

    blob.u.blob.name = name;
    blob.u.blob.bytes = vls_slice_str("forged");
    switch (mode) {
    case 1: return 5;
    case 2: say("\xff\xff\xff\xff\x04", 5); break;
    case 3: say_hello(VLS__PIPE_VERSION + 1); break;
    case 4: say_error(VLS_EUNREACHABLE, "a\x1b]0;evil\x07 b"); break;
    case 5:
        say("\x05\x00\x00\x00\x15\xfc\x00\x00\x00\x00", 10);
        break; /* says that the passphrase is wrong */
    case 6: say_msg(&blob); break;
    case 7: abort();
    default: say_hello(VLS__PIPE_VERSION); break;
    }
    wait_for_request();
    switch (mode) {
    case 20: return 5;
    case 21: say("garbage garbage garbage", 23); break;
    case 22: say_msg(&go); break;
    case 23: say_hello(VLS__PIPE_VERSION); break;
    case 24:
        say_msg(&blob);
        say_msg(&pulled);
        break;
    case 25: pause(); break;
    case 26:
        for (;;)
            say_msg(&progress);
    case 33: /* a slow line, until everything is here */
        progress.u.progress.total = 56;
        for (unsigned i = 0; i < 56; i++) {
            progress.u.progress.bytes += 1024u * 1024;
            say_msg(&progress);
            (void)poll(NULL, 0, 80);
        }
        say_msg(&pulled);
        break;
    case 27:
        say("\x00\x10\x00\x00\x04 half a blob", 17);
        raise(SIGKILL);
        break;
    case 28: say_msg(&pushed); break;
    case 30:
        say_msg(&go);
        wait_for_request();
        say_msg(&pushed); /* without a tip */
        break;
    case 31:
        say_msg(&go);
        close(0);
        return 5;
    case 32:
        say_msg(&go);
        pause();
        break;
    default: break;
    }
    for (;;)
        wait_for_request();
}

static const struct {
    int mode;
    enum vls_code open, pull, push; /* VLS_OK for opening: it fails later */
} bad[] = {
    {1, VLS_EIO, 0, 0},
    {2, VLS_EIO, 0, 0},
    {3, VLS_EIO, 0, 0},
    {4, VLS_EUNREACHABLE, 0, 0},
    {5, VLS_EIO, 0, 0},
    {6, VLS_EIO, 0, 0},
    {7, VLS_EIO, 0, 0},
    {20, 0, VLS_EIO, VLS_EIO},
    {21, 0, VLS_EIO, VLS_EIO},
    {22, 0, VLS_EIO, 1},
    {23, 0, VLS_EIO, VLS_EIO},
    {24, 0, VLS_OK, VLS_EIO},
    {25, 0, VLS_EUNREACHABLE, VLS_EUNREACHABLE},
    {26, 0, VLS_EUNREACHABLE, VLS_EUNREACHABLE},
    {27, 0, VLS_EIO, VLS_EIO},
    {28, 0, VLS_EIO, VLS_EIO},
    {30, 0, VLS_EIO, VLS_EIO},
    {31, 0, VLS_EIO, VLS_EIO},
    {32, 0, VLS_EIO, VLS_EUNREACHABLE},
};

static void
no_courier_left(void)
{
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static struct vls_remote *
bad_open(struct scratch *s, int mode, enum vls_code *rc)
{
    struct vls_remote *r = NULL;
    char url[64];

    (void)snprintf(url, sizeof url, "/bad-%d", mode);
    *rc = vls_remote_open(&r, "/proc/self/exe", url, 0, &s->err);
    if (r != NULL)
        r->stall_ms = 60;
    return r;
}

static void
printable(const struct vls_error *err)
{
    for (size_t i = 0; i < err->len; i++)
        assert_true(err->text[i] >= 0x20 && err->text[i] < 0x7f);
}

static void
no_courier_can_do_more_than_fail(void **state)
{
    struct scratch *s = *state;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        for (int push = 0; push < 2; push++) {
            char tip[VLS_REMOTE_TIP_LEN + 1] = "untouched";
            enum vls_code rc, want = push ? bad[i].push : bad[i].pull;
            struct vls_remote *r = bad_open(s, bad[i].mode, &rc);
            struct vls_remote_counts counts;

            if (rc != bad[i].open)
                fail_msg("%d: opening: %s", bad[i].mode, s->err.text);
            if (rc != VLS_OK) {
                printable(&s->err);
                no_courier_left();
                continue;
            }
            rc = push ? push_text(s, r, "mine", "", tip) : pull_seen(s, r, "", tip);
            if (rc == VLS_OK && !(push == 0 && bad[i].mode == 24))
                fail_msg("%d: accepted", bad[i].mode);
            if (want != 1 && rc != want)
                fail_msg("%d: %s: %s", bad[i].mode, vls_code_name(rc), s->err.text);
            if (rc != VLS_OK)
                assert_string_equal(tip, "untouched");
            vls_remote_counts(r, &counts);
            assert_int_equal(counts.blobs, 0);
            if (bad[i].mode == 24 && push == 0) /* a forged blob is counted, never delivered */
                assert_int_equal(counts.damaged, 1);
            assert_int_equal(s->seen.n, 0);
            printable(&s->err);
            vls_remote_close(r);
            no_courier_left();
        }
}

static void
a_large_push_to_a_silent_courier_ends(void **state)
{
    struct scratch *s = *state;
    struct vls_slice blob = {calloc(1, VLS_REMOTE_BLOB_MAX), VLS_REMOTE_BLOB_MAX};
    char tip[VLS_REMOTE_TIP_LEN + 1];
    enum vls_code rc;
    struct vls_remote *r;

    assert_non_null(blob.p);
    for (int mode = 31; mode <= 32; mode++) {
        r = bad_open(s, mode, &rc);
        check_ok(rc, &s->err);
        if (mode == 31) /* its end is awaited, on however slow a machine, and not its silence */
            r->stall_ms = 60000;
        rc = vls_remote_push(r, &blob, NULL, 1, "", tip, &s->err);
        assert_true(mode == 31 ? rc == VLS_EIO : rc == VLS_EUNREACHABLE);
        vls_remote_close(r);
        no_courier_left();
    }
    free((void *)(uintptr_t)blob.p);
}

static void
a_slow_line_may_take_its_time(void **state)
{
    struct scratch *s = *state;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    enum vls_code rc;
    struct vls_remote *r = bad_open(s, 33, &rc);

    check_ok(rc, &s->err);
    r->stall_ms = 400; /* ten times that is less than it takes */
    check_ok(pull_seen(s, r, "", tip), &s->err);
    vls_remote_close(r);
    no_courier_left();
}

/* ---- the real one ---- */

static void
proc_load(pid_t pid, const char *what, struct vls_buf *out)
{
    char path[64], part[4096];
    ssize_t got;
    int fd;

    (void)snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    assert_true((fd = open(path, O_RDONLY | O_CLOEXEC)) >= 0);
    vls_buf_init(out, 1 << 20);
    while ((got = read(fd, part, sizeof part)) > 0)
        vls_buf_put(out, part, (size_t)got);
    assert_int_equal(got, 0);
    (void)close(fd);
}

static void
the_courier_inherits_nothing(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r;
    struct vls_buf b;
    char path[64];
    struct stat st;
    int extra = open("/etc/hostname", O_RDONLY); /* without O_CLOEXEC, on purpose */

    assert_true(extra >= 0);
    assert_int_equal(setenv("VALISE_PLANTED", "canary", 1), 0);
    assert_int_equal(setenv("GIT_DIR", "/etc", 1), 0);
    r = client_open(s, VLS_REMOTE_CREATE);
    proc_load(r->pid, "environ", &b);
    assert_int_equal(b.n, 0);
    vls_buf_clear(&b);
    proc_load(r->pid, "cmdline", &b);
    assert_true(vls_slice_eq(vls_buf_slice(&b), vls_slice_of("valise-courier", 15)));
    vls_buf_clear(&b);
    (void)snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)r->pid, extra);
    if (stat(path, &st) == 0) { /* the number may be used again, the file may not */
        char target[256];
        ssize_t n = readlink(path, target, sizeof target - 1);

        assert_true(n > 0);
        target[n] = '\0';
        assert_null(strstr(target, "hostname"));
    }
    assert_int_equal(getsid(r->pid), r->pid);
    (void)close(extra);
    (void)unsetenv("VALISE_PLANTED");
    (void)unsetenv("GIT_DIR");
    vls_remote_close(r);
}

static bool
has_line(const struct vls_buf *b, const char *line)
{
    return memmem(b->p, b->n, line, strlen(line)) != NULL;
}

static void
the_courier_gives_up_its_rights(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_buf b;

    proc_load(r->pid, "status", &b);
    assert_true(has_line(&b, "\nNoNewPrivs:\t1\n"));
#if defined(__x86_64__) || defined(__aarch64__)
    assert_true(has_line(&b, "\nSeccomp:\t2\n"));
#endif
    assert_true(has_line(&b, "\nThreads:\t1\n"));
    vls_buf_clear(&b);
    proc_load(r->pid, "limits", &b);
    assert_true(has_line(&b, "\nMax core file size        0 "));
    assert_true(has_line(&b, "\nMax open files            128 "));
    assert_true(has_line(&b, "\nMax file size             1073741824 "));
    vls_buf_clear(&b);
    vls_remote_close(r);
}

struct killer {
    struct vls_remote *r;
    size_t at, n;
    bool stop;
};

static enum vls_code
kill_at(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct killer *k = ctx;

    (void)name;
    (void)blob;
    (void)err;
    if (k->n++ == k->at)
        assert_int_equal(kill(k->r->pid, SIGKILL), 0);
    return VLS_OK;
}

static void
a_courier_killed_in_a_transfer_is_replaced(void **state)
{
    static uint8_t large[64][65536];
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_slice blobs[64];
    char tip[VLS_REMOTE_TIP_LEN + 1], other[VLS_REMOTE_TIP_LEN + 1] = "same";

    for (size_t i = 0; i < 64; i++) {
        large[i][0] = (uint8_t)i;
        blobs[i] = vls_slice_of(large[i], sizeof large[i]);
    }
    check_ok(vls_remote_push(r, blobs, NULL, 64, "", tip, &s->err), &s->err);
    for (size_t at = 0; at < 40; at += 13) {
        struct killer k = {.r = r, .at = at};

        assert_int_equal(vls_remote_pull(r, "", kill_at, &k, other, NULL, &s->err), VLS_EIO);
        assert_non_null(strstr(s->err.text, "signal 9"));
        assert_string_equal(other, "same");
        no_courier_left();
        assert_true(k.n > at);
    }
    check_ok(pull_seen(s, r, "", tip), &s->err); /* a new one is started */
    assert_int_equal(s->seen.n, 64);
    vls_remote_close(r);
    no_courier_left();
}

static void
a_courier_killed_before_a_request_is_noticed(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    char tip[VLS_REMOTE_TIP_LEN + 1];
    siginfo_t ended;

    assert_int_equal(kill(r->pid, SIGKILL), 0);
    assert_int_equal(waitid(P_PID, (id_t)r->pid, &ended, WEXITED | WNOWAIT), 0);
    assert_int_equal(push_text(s, r, "x", "", tip), VLS_EIO); /* and no SIGPIPE */
    check_ok(push_text(s, r, "x", "", tip), &s->err);
    vls_remote_close(r);
}

static enum vls_code
refuse(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    (void)ctx;
    (void)name;
    (void)blob;
    return VLS_FAIL(err, VLS_EVALUE, "the receiver says no");
}

static bool
interrupt_at(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct killer *k = ctx;

    (void)bytes;
    assert_true(total == 0 || done <= total);
    k->n++;
    return !k->stop && k->n <= k->at;
}

static void
the_receiver_and_the_user_can_stop_a_transfer(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r = client_open(s, VLS_REMOTE_CREATE);
    struct vls_slice blobs[3] = {vls_slice_str("a"), vls_slice_str("b"), vls_slice_str("c")};
    struct killer k = {.at = 1};
    char tip[VLS_REMOTE_TIP_LEN + 1], other[VLS_REMOTE_TIP_LEN + 1];

    check_ok(vls_remote_push(r, blobs, NULL, 3, "", tip, &s->err), &s->err);
    assert_int_equal(vls_remote_pull(r, "", refuse, NULL, other, NULL, &s->err), VLS_EVALUE);
    assert_string_equal(s->err.text, "the receiver says no");
    vls_remote_progress(r, interrupt_at, &k);
    assert_int_equal(pull_seen(s, r, "", other), VLS_EINTERRUPT);
    no_courier_left();
    k = (struct killer){.at = 1};
    assert_int_equal(vls_remote_push(r, blobs, NULL, 3, tip, other, &s->err), VLS_EINTERRUPT);
    no_courier_left();
    vls_remote_progress(r, NULL, NULL);
    check_ok(pull_seen(s, r, tip, other), &s->err);
    assert_string_equal(other, tip); /* the interrupted push left nothing */
    vls_remote_close(r);
}

static struct killer *interrupted;

static void
on_alarm(int signal)
{
    (void)signal;
    interrupted->stop = true;
}

static void
a_signal_ends_a_wait(void **state)
{
    struct scratch *s = *state;
    struct sigaction on = {.sa_handler = on_alarm}, before;
    struct itimerval soon = {.it_value.tv_usec = 50000}, none = {0};
    struct killer k = {.at = 1000};
    enum vls_code rc;
    struct vls_remote *r = bad_open(s, 25, &rc); /* never answers */
    char tip[VLS_REMOTE_TIP_LEN + 1];
    double start = now_s();

    check_ok(rc, &s->err);
    r->stall_ms = 20000;
    interrupted = &k;
    vls_remote_progress(r, interrupt_at, &k);
    assert_int_equal(sigaction(SIGALRM, &on, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    assert_int_equal(pull_seen(s, r, "", tip), VLS_EINTERRUPT);
    assert_int_equal(setitimer(ITIMER_REAL, &none, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_true(now_s() - start < 10);
    vls_remote_close(r);
    no_courier_left();
}

static void
it_works_where_dead_children_are_not_reported(void **state)
{
    struct scratch *s = *state;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    struct vls_remote *r;
    char tip[VLS_REMOTE_TIP_LEN + 1];

    assert_int_equal(sigaction(SIGCHLD, &ignore, &before), 0);
    r = client_open(s, VLS_REMOTE_CREATE);
    check_ok(push_text(s, r, "x", "", tip), &s->err);
    vls_remote_close(r);
    assert_int_equal(sigaction(SIGCHLD, &before, NULL), 0);
}

static void
a_missing_program_is_said(void **state)
{
    struct scratch *s = *state;
    struct vls_remote *r;
    char path[256];

    assert_int_equal(vls_remote_open(&r, "/nonexistent/valise-courier", s->hub, VLS_REMOTE_CREATE, &s->err),
                     VLS_ENOTFOUND);
    assert_null(r);
    (void)snprintf(path, sizeof path, "%s/plain", s->dir);
    file_put(path, "x", 1);
    assert_int_equal(vls_remote_open(&r, path, s->hub, VLS_REMOTE_CREATE, &s->err), VLS_ENOTFOUND);
    no_courier_left();
}

int
main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_courier_can_do_more_than_fail, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_large_push_to_a_silent_courier_ends, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_slow_line_may_take_its_time, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(the_courier_inherits_nothing, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(the_courier_gives_up_its_rights, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(a_courier_killed_in_a_transfer_is_replaced, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_courier_killed_before_a_request_is_noticed, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(the_receiver_and_the_user_can_stop_a_transfer, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_signal_ends_a_wait, scratch_open, scratch_close),
        cmocka_unit_test_setup_teardown(it_works_where_dead_children_are_not_reported, scratch_open,
                                        scratch_close),
        cmocka_unit_test_setup_teardown(a_missing_program_is_said, scratch_open, scratch_close),
    };

    if (argc == 1 && strcmp(argv[0], "valise-courier") == 0)
        return play_courier();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
