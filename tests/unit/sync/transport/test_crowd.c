/*
 * What a history and a crowd cost. Who pushed leaves no trace, so that many devices are a long history: what is fetched
 * is what is new, counted in objects and bytes, whatever lies below. And many that push at one moment all get through.
 */
#include "tests/support/check.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "tests/unit/sync/transport/line.h"

#define NEW 7 /* blobs that are new; each comes with its tree and its commit */

static bool
is_long(void)
{
    return getenv("VLS_TEST_LONG") != NULL;
}

/* n different blobs of 40 bytes on top of tip. */
static void
history_put(struct line *l, struct vls_remote *r, unsigned first, unsigned n, char tip[VLS_REMOTE_TIP_LEN + 1])
{
    struct vls_slice *many = calloc(n, sizeof *many);
    uint8_t(*bytes)[40] = calloc(n, sizeof *bytes);

    assert_non_null(many);
    assert_non_null(bytes);
    for (unsigned i = 0; i < n; i++) {
        uint32_t x = (first + i) * 2654435761u + 1;

        for (size_t k = 0; k < sizeof bytes[i]; k++)
            bytes[i][k] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
        many[i] = vls_slice_of(bytes[i], sizeof bytes[i]);
    }
    check_ok(vls_remote_push(r, many, NULL, n, tip, tip, &l->s.err), &l->s.err);
    free(bytes);
    free(many);
}

static const unsigned devices[] = {1, 10, 300, 1125, 10000};

static size_t
n_devices(void)
{
    return is_long() ? 5 : 4;
}

static bool
told(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    uint64_t *most = ctx;

    (void)done;
    (void)total;
    *most = bytes > *most ? bytes : *most;
    return true;
}

static void
from_a_folder_comes_what_is_new_whatever_lies_below(void **state)
{
    struct line *l = *state;

    for (size_t i = 0; i < n_devices(); i++) {
        char tip[VLS_REMOTE_TIP_LEN + 1] = "", seen[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
        struct vls_remote_counts counts;
        uint64_t bytes = 0;
        struct vls_remote *r;

        (void)snprintf(l->s.hub, sizeof l->s.hub, "%s/folder-%u", l->s.dir, devices[i]);
        r = client_open(&l->s, VLS_REMOTE_CREATE);
        history_put(l, r, 0, devices[i], tip);
        memcpy(seen, tip, sizeof seen);
        history_put(l, r, devices[i], NEW, tip);
        vls_remote_close(r);
        r = client_open(&l->s, 0);
        vls_remote_progress(r, told, &bytes);
        check_ok(pull_seen(&l->s, r, seen, got), &l->s.err);
        vls_remote_counts(r, &counts);
        assert_string_equal(got, tip);
        assert_int_equal(l->s.seen.n, NEW);
        assert_int_equal(counts.blobs, NEW);
        assert_int_equal(counts.damaged + counts.ignored, 0);
        assert_int_equal(bytes, NEW * 40);
        vls_remote_close(r);
    }
}

/* In place of ssh, for git and for valise: what comes down is kept, whole. */
static const char kept_down[] = "#!/bin/sh\n"
                                "trap '' TERM\n"
                                "for a; do c=$a; done\n"
                                "sh -c \"git -c safe.directory='*' ${c#git-}\" | tee -p $T/down\n";

/* What came down behind the list, in packets; words on the side are the host's to choose and are left out. */
static long
packets(const uint8_t *p, size_t n)
{
    long sum = 0;
    size_t at = 0;
    bool list = true;

    while (at + 4 <= n) {
        char digits[5] = {(char)p[at], (char)p[at + 1], (char)p[at + 2], (char)p[at + 3]};
        size_t len = strtoul(digits, NULL, 16);

        if (!list && len > 4 && p[at + 4] != 2)
            sum += (long)len;
        list = list && len > 0;
        at += len < 4 ? 4 : len;
    }
    assert_int_equal(at, n);
    return sum;
}

/* How many objects the pack in "down" says that it has, and how many bytes it took to say all. */
static uint32_t
objects_down(const struct line *l, long *bytes)
{
    static uint8_t text[1 << 20];
    long n = file_size(l, "down");
    const uint8_t *p;
    char path[400];
    FILE *f;

    assert_in_range(n, 100, (long)sizeof text - 1);
    (void)snprintf(path, sizeof path, "%s/down", l->s.dir);
    assert_non_null(f = fopen(path, "r"));
    assert_int_equal(fread(text, 1, sizeof text, f), (size_t)n);
    (void)fclose(f);
    *bytes = packets(text, (size_t)n);
    assert_non_null(p = memmem(text, (size_t)n, "PACK\0\0\0\2", 8));
    return (uint32_t)p[8] << 24 | (uint32_t)p[9] << 16 | (uint32_t)p[10] << 8 | p[11];
}

/* The same fetch by git itself, into a copy that has what we have seen. */
static void
git_fetches(const struct line *l, const char *seen)
{
    char script[2048];

    (void)snprintf(
        script, sizeof script,
        "set -e; cd '%s'; rm -rf copy; git -c safe.directory='*' clone -q --bare '%s' copy; cd copy\n"
        "git update-ref refs/heads/valise %.40s; git reflog expire --expire=now --all; git gc -q --prune=now\n"
        "GIT_SSH='%s/ssh' GIT_SSH_VARIANT=ssh exec git -c protocol.version=0 fetch -q '%s' +refs/heads/valise:refs/x\n",
        l->s.dir, l->s.hub, seen, l->bin, l->url);
    assert_int_equal(run((const char *const[]){"sh", "-c", script, NULL}), 0);
}

static void
over_a_line_comes_what_is_new_whatever_lies_below(void **state)
{
    struct line *l = *state;

    for (size_t i = 0; i < n_devices(); i++) {
        char tip[VLS_REMOTE_TIP_LEN + 1] = "", seen[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
        struct vls_remote *r;
        long ours, gits;

        (void)snprintf(l->s.hub, sizeof l->s.hub, "%s/folder-%u", l->s.dir, devices[i]);
        (void)snprintf(l->url, sizeof l->url, "ssh://host.example%s", l->s.hub);
        r = client_open(&l->s, VLS_REMOTE_CREATE);
        history_put(l, r, 0, devices[i], tip);
        memcpy(seen, tip, sizeof seen);
        history_put(l, r, devices[i], NEW, tip);
        vls_remote_close(r);
        script_put(l, kept_down);
        r = dial(l, 0);
        check_ok(pull_seen(&l->s, r, seen, got), &l->s.err);
        vls_remote_close(r);
        assert_string_equal(got, tip);
        assert_int_equal(l->s.seen.n, NEW);
        assert_int_equal(objects_down(l, &ours), 3 * NEW);
        git_fetches(l, seen);
        assert_int_equal(objects_down(l, &gits), 3 * NEW);
        print_message("# %u below: %ld bytes come down, to git %ld\n", devices[i], ours, gits);
        assert_in_range(ours, 1, gits + gits / 10);
    }
}

/* In place of ssh: what goes up is kept. */
static const char kept_up[] = "#!/bin/sh\n"
                              "for a; do c=$a; done\n"
                              "tee $T/up | sh -c \"git -c safe.directory='*' ${c#git-}\"\n";

/* Sealed bytes do not get shorter; these would, if anybody tried. */
static void
over_a_line_nobody_looks_for_what_repeats(void **state)
{
    static const uint8_t same[50000];
    struct vls_slice blob = vls_slice_of(same, sizeof same);
    char tip[VLS_REMOTE_TIP_LEN + 1], got[VLS_REMOTE_TIP_LEN + 1];
    struct line *l = *state;
    struct vls_remote *r;

    script_put(l, kept_up);
    r = dial(l, 0);
    check_ok(vls_remote_push(r, &blob, NULL, 1, "", tip, &l->s.err), &l->s.err);
    vls_remote_close(r);
    assert_in_range(file_size(l, "up"), (long)sizeof same, (long)sizeof same + 1000);
    git_does(l, "fsck", "--strict", "--full");
    r = dial(l, 0);
    check_ok(pull_seen(&l->s, r, "", got), &l->s.err);
    vls_remote_close(r);
    assert_string_equal(got, tip);
    assert_int_equal(l->s.seen.n, 1);
    assert_int_equal(l->s.seen.len[0], sizeof same);
}

/* ---- many at one moment ---- */

#define GIVES_UP 40 /* RACES_MAX in sync/engine/sync.c */

/* What the pushers count together. */
struct tally {
    unsigned races, worst;
};

static int
one_of_many(struct line *l, int who, int gate, bool line, struct tally *tally)
{
    char tip[VLS_REMOTE_TIP_LEN + 1] = "", text[32], c;
    struct vls_slice blob;
    struct vls_remote *r = NULL;
    unsigned races = 0;
    enum vls_code rc;

    (void)snprintf(text, sizeof text, "device %d speaks", who);
    blob = vls_slice_str(text);
    if (vls_remote_open(&r, l->s.courier, line ? l->url : l->s.hub, VLS_REMOTE_BATCH, &l->s.err) != VLS_OK ||
        vls_remote_pull(r, tip, seen_add, &l->s.seen, tip, NULL, &l->s.err) != VLS_OK)
        return 1;
    while (read(gate, &c, 1) > 0) /* all have looked; now */
        ;
    while ((rc = vls_remote_push(r, &blob, NULL, 1, tip, tip, &l->s.err)) == VLS_ERACE) {
        vls_remote_pause(races++);
        l->s.seen.n = 0;
        if ((rc = vls_remote_pull(r, tip, seen_add, &l->s.seen, tip, NULL, &l->s.err)) != VLS_OK)
            break;
    }
    vls_remote_close(r);
    (void)__atomic_add_fetch(&tally->races, races, __ATOMIC_RELAXED);
    if (races > tally->worst) /* only shown */
        tally->worst = races;
    if (rc != VLS_OK)
        print_error("device %d after %u races: %s\n", who, races, l->s.err.text);
    return rc == VLS_OK ? 0 : 2;
}

static double
cpu_s(void)
{
    struct rusage u;

    assert_int_equal(getrusage(RUSAGE_CHILDREN, &u), 0);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void
all_get_through(struct line *l, unsigned n, bool line)
{
    pid_t *pid = calloc(n, sizeof *pid);
    struct tally *tally = mmap(NULL, sizeof *tally, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    char tip[VLS_REMOTE_TIP_LEN + 1], name[VLS_REMOTE_NAME_LEN + 1], text[32];
    double start = now_s(), cpu = cpu_s();
    struct vls_remote *r;
    unsigned failed = 0;
    int gate[2];

    assert_non_null(pid);
    assert_ptr_not_equal(tally, MAP_FAILED);
    assert_int_equal(pipe(gate), 0);
    for (unsigned i = 0; i < n; i++) {
        if ((pid[i] = fork()) == 0) {
            (void)close(gate[1]);
            _exit(one_of_many(l, (int)i, gate[0], line, tally));
        }
        assert_true(pid[i] > 0);
    }
    (void)close(gate[0]);
    (void)close(gate[1]); /* opens it for those that wait, and for those that come later */
    for (unsigned i = 0; i < n; i++) {
        int status;

        assert_int_equal(waitpid(pid[i], &status, 0), pid[i]);
        failed += status != 0;
    }
    assert_int_equal(failed, 0);
    print_message("# %u at one moment, %s: %u races lost, at most %u by one, %.1f s, %.1f s of processor time\n", n,
                  line ? "over a line" : "by a folder", tally->races, tally->worst, now_s() - start, cpu_s() - cpu);
    assert_true(tally->races > 0); /* it was a crowd */
    assert_true(tally->worst <= GIVES_UP);
    r = client_open(&l->s, 0);
    check_ok(pull_seen(&l->s, r, "", tip), &l->s.err);
    vls_remote_close(r);
    assert_int_equal(l->s.seen.n, n); /* each once, and nothing else */
    for (unsigned i = 0; i < n; i++) {
        unsigned found = 0;

        (void)snprintf(text, sizeof text, "device %u speaks", i);
        vls_remote_name(name, vls_slice_str(text));
        for (size_t k = 0; k < l->s.seen.n; k++)
            found += strcmp(l->s.seen.name[k], name) == 0;
        assert_int_equal(found, 1);
    }
    git_does(l, "fsck", "--strict", "--full");
    (void)munmap(tally, sizeof *tally);
    free(pid);
}

static void
fifty_that_push_to_a_folder_at_one_moment_get_through(void **state)
{
    struct line *l = *state;
    struct vls_remote *r;

    (void)snprintf(l->s.hub, sizeof l->s.hub, "%s/folder", l->s.dir);
    r = client_open(&l->s, VLS_REMOTE_CREATE);
    vls_remote_close(r);
    all_get_through(l, is_long() ? 300 : 50, false);
}

static void
a_crowd_over_a_line_gets_through(void **state)
{
    all_get_through(*state, is_long() ? 50 : 8, true);
}

#define OVER_A_LINE(f) cmocka_unit_test_setup_teardown(f, line_new, line_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        OVER_A_LINE(from_a_folder_comes_what_is_new_whatever_lies_below),
        OVER_A_LINE(over_a_line_comes_what_is_new_whatever_lies_below),
        OVER_A_LINE(over_a_line_nobody_looks_for_what_repeats),
        OVER_A_LINE(fifty_that_push_to_a_folder_at_one_moment_get_through),
        OVER_A_LINE(a_crowd_over_a_line_gets_through),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
