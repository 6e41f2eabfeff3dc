/* Bags: what is written is read; what is cut, damaged or no bag at all is said and never delivered. */
#include "tests/support/check.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "valise/bag.h"
#include "valise/file.h"
#include "valise/prim.h"
#include "valise/secret.h"

#define LINES "tests/vectors/bag.txt" /* tests run in the project's folder */

struct got {
    struct vls_buf all; /* names and blobs, one after another */
    char starts[4096];  /* the first bytes of each, as the vectors have them */
    size_t n, stop_at;
};

static enum vls_code
take(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct got *g = ctx;
    char expected[VLS_REMOTE_NAME_LEN + 1], start[17];

    vls_remote_name(expected, blob);
    assert_string_equal(name, expected); /* BG1 */
    vls_buf_put_slice(&g->all, blob);
    vls_hex(start, blob.p, blob.n < 8 ? blob.n : 8);
    if (strlen(g->starts) + 20 < sizeof g->starts)
        (void)sprintf(g->starts + strlen(g->starts), "%s%s", g->n > 0 ? "," : "", start);
    return ++g->n == g->stop_at ? VLS_FAIL(err, VLS_ELIMIT, "enough") : VLS_OK;
}

static void
got_reset(struct got *g)
{
    vls_buf_clear(&g->all);
    *g = (struct got){.n = 0};
    vls_buf_init(&g->all, 64u << 20);
}

static void
vectors_are_read_as_their_page_says(void **state)
{
    char *line = NULL, name[64], verdict[16], starts[256];
    static char hex[65536];
    static uint8_t bytes[32768];
    unsigned n_blobs, n_damaged, cut, n_bags = 0, n_refused = 0;
    size_t cap = 0;
    FILE *f = fopen(LINES, "r");
    struct got g = {.n = 0};

    (void)state;
    assert_non_null(f);
    vls_buf_init(&g.all, 64u << 20);
    while (getline(&line, &cap, f) > 0) {
        struct vls_bag_counts counts;
        struct vls_error err = {0};
        enum vls_code rc;
        size_t n;

        if (line[0] == '#')
            continue;
        assert_int_equal(
            sscanf(line, "%63s %15s %u %u %u %255s %65535s", name, verdict, &n_blobs, &n_damaged, &cut, starts, hex),
            7);
        n = strcmp(hex, "-") == 0 ? 0 : strlen(hex) / 2;
        assert_true(n == 0 || vls_unhex(bytes, n, hex));
        got_reset(&g);
        rc = vls_bag_decode(vls_slice_of(bytes, n), take, &g, &counts, &err);
        if (rc != (strcmp(verdict, "bag") == 0 ? VLS_OK : VLS_EFORMAT) || counts.blobs != n_blobs ||
            counts.damaged != n_damaged || counts.cut != (cut != 0) || g.n != n_blobs ||
            strcmp(g.n > 0 ? g.starts : "-", starts) != 0)
            fail_msg("%s: code %d, %u blobs, %u damaged, cut %d, %s", name, rc, (unsigned)counts.blobs,
                     (unsigned)counts.damaged, counts.cut, g.starts);
        n_bags += rc == VLS_OK;
        n_refused += rc != VLS_OK;
    }
    free(line);
    (void)fclose(f);
    vls_buf_clear(&g.all);
    assert_true(n_bags >= 20 && n_refused >= 8);
}

struct scratch {
    char dir[64], path[128];
    uint8_t door[1024], blob[3000];
    struct vls_error err;
};

static int
scratch_new(void **state)
{
    struct scratch *s = calloc(1, sizeof *s);

    assert_non_null(s);
    check_ok(vls_secret_start(&s->err), &s->err);
    (void)snprintf(s->dir, sizeof s->dir, "build/bag.XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    (void)snprintf(s->path, sizeof s->path, "%s/news.bag", s->dir);
    memset(s->door, 7, sizeof s->door);
    vls_random(s->blob, sizeof s->blob);
    *state = s;
    return 0;
}

static unsigned
files_in(const char *dir, char *one, size_t cap)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    unsigned n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            n++;
            if (one != NULL)
                (void)snprintf(one, cap, "%s", e->d_name);
        }
    (void)closedir(d);
    return n;
}

static int
scratch_free(void **state)
{
    struct scratch *s = *state;
    char name[256], path[512];

    while (files_in(s->dir, name, sizeof name) > 0) {
        (void)snprintf(path, sizeof path, "%s/%s", s->dir, name);
        assert_int_equal(remove(path), 0);
    }
    assert_int_equal(rmdir(s->dir), 0);
    free(s);
    return 0;
}

static void
bag_write(struct scratch *s, const char *path, size_t n_blobs)
{
    struct vls_bag *b;

    check_ok(vls_bag_create(&b, path, vls_slice_of(s->door, sizeof s->door), &s->err), &s->err);
    for (size_t i = 0; i < n_blobs; i++)
        check_ok(vls_bag_put(b, vls_slice_of(s->blob + i, sizeof s->blob - i), &s->err), &s->err);
    check_ok(vls_bag_finish(b, &s->err), &s->err);
}

static void
what_is_written_is_read(void **state)
{
    struct scratch *s = *state;
    struct vls_bag_counts counts;
    struct got g = {.n = 0};
    struct stat st;

    bag_write(s, s->path, 50);
    assert_int_equal(files_in(s->dir, NULL, 0), 1);
    assert_int_equal(stat(s->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    got_reset(&g);
    check_ok(vls_bag_read(s->path, take, &g, &counts, NULL, NULL, &s->err), &s->err);
    assert_int_equal(counts.blobs, 51);
    assert_int_equal(counts.damaged, 0);
    assert_false(counts.cut);
    assert_int_equal(g.all.n, sizeof s->door + 50 * sizeof s->blob - 49 * 50 / 2);
    vls_buf_clear(&g.all);
}

/* BG2: nothing but the blobs decides a byte. */
static void
two_writers_make_the_same_file(void **state)
{
    struct scratch *s = *state;
    struct vls_buf a, b;
    char other[128];

    (void)snprintf(other, sizeof other, "%s/other.bag", s->dir);
    bag_write(s, s->path, 3);
    bag_write(s, other, 3);
    vls_buf_init(&a, 1u << 20);
    vls_buf_init(&b, 1u << 20);
    check_ok(vls_file_read(&a, s->path, 0, &s->err), &s->err);
    check_ok(vls_file_read(&b, other, 0, &s->err), &s->err);
    assert_true(vls_slice_eq(vls_buf_slice(&a), vls_buf_slice(&b)));
    vls_buf_clear(&a);
    vls_buf_clear(&b);
}

static void
a_folder_gives_a_neutral_name(void **state)
{
    struct scratch *s = *state;
    char name[256] = "";

    bag_write(s, s->dir, 1);
    assert_int_equal(files_in(s->dir, name, sizeof name), 1);
    assert_int_equal(strlen(name), sizeof VLS_BAG_NAME - 1);
    assert_int_equal(strspn(name, "0123456789abcdef"), 16);
    assert_string_equal(name + 16, ".bag");
}

/* BG4 */
static void
nothing_is_replaced_and_nothing_half_is_left(void **state)
{
    struct scratch *s = *state;
    struct vls_slice door = vls_slice_of(s->door, sizeof s->door);
    struct vls_bag *b, *late;
    struct vls_buf a;
    char none[160];

    check_ok(vls_bag_create(&late, s->path, door, &s->err), &s->err);
    check_ok(vls_bag_create(&b, s->path, door, &s->err), &s->err);
    assert_int_equal(access(s->path, F_OK), -1);
    check_ok(vls_bag_finish(b, &s->err), &s->err);
    assert_int_equal(vls_bag_finish(late, &s->err), VLS_EEXIST);
    assert_int_equal(vls_bag_create(&b, s->path, door, &s->err), VLS_EEXIST);
    assert_null(b);
    assert_int_equal(files_in(s->dir, NULL, 0), 1);
    vls_buf_init(&a, 4096);
    check_ok(vls_file_read(&a, s->path, 0, &s->err), &s->err);
    assert_int_equal(a.n, 4 + 32 + 1024 + 36);
    vls_buf_clear(&a);

    assert_int_equal(remove(s->path), 0);
    check_ok(vls_bag_create(&b, s->path, door, &s->err), &s->err);
    assert_int_equal(vls_bag_put(b, vls_slice_of(s->blob, 0), &s->err), VLS_ELIMIT);
    vls_bag_abort(b);
    vls_bag_abort(NULL);
    assert_int_equal(vls_bag_create(&b, s->path, vls_slice_of(s->door, 1023), &s->err), VLS_EFORMAT);
    (void)snprintf(none, sizeof none, "%s/none/x.bag", s->dir);
    assert_int_equal(vls_bag_create(&b, none, door, &s->err), VLS_EUNREACHABLE);
    assert_int_equal(files_in(s->dir, NULL, 0), 0);
}

static void
a_full_disk_says_so(void **state)
{
    struct scratch *s = *state;
    struct rlimit was, tiny;
    struct vls_bag *b;

    check_ok(vls_bag_create(&b, s->path, vls_slice_of(s->door, sizeof s->door), &s->err), &s->err);
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    tiny = was;
    tiny.rlim_cur = 2000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tiny), 0);
    assert_int_equal(vls_bag_put(b, vls_slice_of(s->blob, sizeof s->blob), &s->err), VLS_EFULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
    vls_bag_abort(b);
    assert_int_equal(files_in(s->dir, NULL, 0), 0);
}

static void
other_things_are_no_bags(void **state)
{
    struct scratch *s = *state;
    struct vls_bag_counts counts;
    struct got g = {.n = 0};
    char fifo[160];

    got_reset(&g);
    (void)snprintf(fifo, sizeof fifo, "%s/fifo", s->dir);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(vls_bag_read(fifo, take, &g, &counts, NULL, NULL, &s->err), VLS_EFORMAT);
    assert_int_equal(vls_bag_read(s->dir, take, &g, &counts, NULL, NULL, &s->err), VLS_EFORMAT);
    assert_int_equal(vls_bag_read("/dev/zero", take, &g, &counts, NULL, NULL, &s->err), VLS_EFORMAT);
    assert_int_equal(vls_bag_read(s->path, take, &g, &counts, NULL, NULL, &s->err), VLS_EUNREACHABLE);
    assert_int_equal(g.n, 0);
    assert_false(vls_bag_is_file(s->dir));
    assert_false(vls_bag_is_file(fifo));
    vls_buf_clear(&g.all);
}

/* Each byte of a bag altered, and each length of it: never a blob that was not written, and never unsaid. */
static void
every_flip_and_every_cut_is_noticed(void **state)
{
    struct scratch *s = *state;
    struct vls_bag_counts counts;
    struct got g = {.n = 0};
    struct vls_buf a;
    unsigned n_flips = 0, n_cuts = 0;

    memset(s->blob, 9, sizeof s->blob);
    {
        struct vls_bag *b;

        check_ok(vls_bag_create(&b, s->path, vls_slice_of(s->door, sizeof s->door), &s->err), &s->err);
        check_ok(vls_bag_put(b, vls_slice_of(s->blob, 40), &s->err), &s->err);
        check_ok(vls_bag_put(b, vls_slice_of(s->blob, 7), &s->err), &s->err);
        check_ok(vls_bag_finish(b, &s->err), &s->err);
    }
    vls_buf_init(&a, 1u << 20);
    check_ok(vls_file_read(&a, s->path, 0, &s->err), &s->err);
    for (size_t i = 0; i < a.n; i++)
        for (int bit = 0; bit < 8; bit += 7, n_flips++) {
            enum vls_code rc;

            a.p[i] ^= (uint8_t)(1 << bit);
            got_reset(&g);
            rc = vls_bag_decode(vls_buf_slice(&a), take, &g, &counts, &s->err);
            assert_true(rc == VLS_EFORMAT || (rc == VLS_OK && (counts.damaged > 0 || counts.cut)));
            a.p[i] ^= (uint8_t)(1 << bit);
        }
    for (size_t n = 0; n < a.n; n++, n_cuts++) {
        enum vls_code rc;

        got_reset(&g);
        rc = vls_bag_decode(vls_slice_of(a.p, n), take, &g, &counts, &s->err);
        assert_true(rc == VLS_EFORMAT || (rc == VLS_OK && counts.cut && counts.damaged == 0));
    }
    assert_true(n_flips == 2 * a.n && n_cuts == a.n && a.n > 1100);
    vls_buf_clear(&a);
    vls_buf_clear(&g.all);
}

static bool
stop_there(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    (void)total;
    (void)bytes;
    return done < *(uint64_t *)ctx;
}

static void
reading_stops_when_told_to(void **state)
{
    struct scratch *s = *state;
    struct vls_bag_counts counts;
    struct got g = {.n = 0};
    uint64_t most = 3;

    bag_write(s, s->path, 5);
    got_reset(&g);
    assert_int_equal(vls_bag_read(s->path, take, &g, &counts, stop_there, &most, &s->err), VLS_EINTERRUPT);
    assert_int_equal(g.n, 3);
    got_reset(&g);
    g.stop_at = 2;
    assert_int_equal(vls_bag_read(s->path, take, &g, &counts, NULL, NULL, &s->err), VLS_ELIMIT);
    assert_int_equal(g.n, 2);
    vls_buf_clear(&g.all);
}

static bool
never(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    (void)total;
    (void)bytes;
    ++*(unsigned *)ctx;
    return done == 1 && *(unsigned *)ctx == 1; /* on behind the door, and not on behind the next piece */
}

/* Many gigabytes of pieces that are none must not keep anybody. */
static void
reading_stops_among_damaged_pieces(void **state)
{
    struct scratch *s = *state;
    struct vls_bag_counts counts;
    struct got g = {.n = 0};
    unsigned n_told = 0;
    uint8_t flip[1];
    int fd;

    bag_write(s, s->path, 5);
    assert_true((fd = open(s->path, O_RDWR)) >= 0);
    assert_int_equal(pread(fd, flip, 1, 36 + 1024 + 36), 1); /* of the piece behind the door */
    flip[0] ^= 1;
    assert_int_equal(pwrite(fd, flip, 1, 36 + 1024 + 36), 1);
    assert_int_equal(close(fd), 0);
    got_reset(&g);
    assert_int_equal(vls_bag_read(s->path, take, &g, &counts, never, &n_told, &s->err), VLS_EINTERRUPT);
    assert_int_equal(n_told, 2);
    assert_int_equal(counts.damaged, 1);
    assert_int_equal(g.n, 1);
    vls_buf_clear(&g.all);
}

#define IN_A_FOLDER(f) cmocka_unit_test_setup_teardown(f, scratch_new, scratch_free)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_are_read_as_their_page_says),
        IN_A_FOLDER(what_is_written_is_read),
        IN_A_FOLDER(two_writers_make_the_same_file),
        IN_A_FOLDER(a_folder_gives_a_neutral_name),
        IN_A_FOLDER(nothing_is_replaced_and_nothing_half_is_left),
        IN_A_FOLDER(a_full_disk_says_so),
        IN_A_FOLDER(other_things_are_no_bags),
        IN_A_FOLDER(every_flip_and_every_cut_is_noticed),
        IN_A_FOLDER(reading_stops_when_told_to),
        IN_A_FOLDER(reading_stops_among_damaged_pieces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
