/*
 * Bags: blobs in one file. Writing goes to a hidden file beside the place, which gets its name when all of it is on
 * the disk; reading is a strict walk over frames that stops where they stop making sense, and never before what
 * arrived whole was handed over. Source: schemas/wire/bag.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "valise/bag.h"
#include "valise/file.h"
#include "valise/prim.h"

#include "sync/transport/transport_int.h"

#define SUM_LABEL  "vls bag"
#define FRAME_HEAD (4 + VLS_HASH_LEN)
#define DOOR_LEN   1024u
#define FRAMES_MAX (1u << 20)
#define BYTES_MAX  ((uint64_t)64 << 30)

/* Adds a name to the sum over all of them. */
static void
sum_add(uint8_t sum[VLS_HASH_LEN], const uint8_t name[VLS_HASH_LEN])
{
    uint8_t both[2 * VLS_HASH_LEN];

    memcpy(both, sum, VLS_HASH_LEN);
    memcpy(both + VLS_HASH_LEN, name, VLS_HASH_LEN);
    vls_hash1(sum, SUM_LABEL, both, sizeof both);
}

static void
put_le32(uint8_t out[4], uint32_t n)
{
    for (int i = 0; i < 4; i++)
        out[i] = (uint8_t)(n >> (8 * i));
}

/* ---- writing ---- */

struct vls_bag {
    char *path, *temp;
    int fd;
    uint8_t sum[VLS_HASH_LEN];
};

static enum vls_code
write_fail(struct vls_error *err, int sys, const char *what)
{
    switch (sys) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return VLS_FAIL_SYS(err, VLS_EFULL, sys, "no space left");
    case EROFS:
    case EACCES:
    case EPERM: return VLS_FAIL_SYS(err, VLS_EREADONLY, sys, "the folder cannot be written");
    case ENOENT:
    case ENOTDIR: return VLS_FAIL_SYS(err, VLS_EUNREACHABLE, sys, "there is no such folder");
    case EEXIST: return VLS_FAIL_SYS(err, VLS_EEXIST, sys, "there is a file of that name already");
    default: return VLS_FAIL_SYS(err, VLS_EIO, sys, "%s", what);
    }
}

static enum vls_code
write_all(int fd, const uint8_t *p, size_t n, struct vls_error *err)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);

        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return write_fail(err, done < 0 ? errno : EIO, "a write failed");
        p += done;
        n -= (size_t)done;
    }
    return VLS_OK;
}

static void
bag_free(struct vls_bag *b)
{
    if (b->fd >= 0)
        (void)close(b->fd);
    free(b->path);
    free(b->temp);
    free(b);
}

/* The two paths: where it will be, and the hidden one beside it. */
static enum vls_code
bag_places(struct vls_bag *b, const char *path, struct vls_error *err)
{
    const char *slash;
    uint8_t random[16];
    char digits[2 * sizeof random + 1];
    size_t n = strlen(path) + sizeof digits + 16;
    struct stat st;

    vls_random(random, sizeof random);
    vls_hex(digits, random, sizeof random);
    if ((b->path = malloc(n)) == NULL || (b->temp = malloc(n)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a path");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        (void)snprintf(b->path, n, "%s/%.16s.bag", path, digits);
    else
        (void)snprintf(b->path, n, "%s", path);
    slash = strrchr(b->path, '/');
    (void)snprintf(b->temp, n, "%.*s.%.16s.part", slash == NULL ? 0 : (int)(slash - b->path + 1), b->path, digits + 16);
    return VLS_OK;
}

enum vls_code
vls_bag_create(struct vls_bag **out, const char *path, struct vls_slice door, struct vls_error *err)
{
    struct vls_bag *b = calloc(1, sizeof *b);
    struct stat st;
    enum vls_code rc;

    *out = NULL;
    if (b == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a file of changes");
    b->fd = -1;
    if (door.n != DOOR_LEN) {
        rc = VLS_FAIL(err, VLS_EFORMAT, "a door of %zu bytes", door.n);
    } else if ((rc = bag_places(b, path, err)) == VLS_OK) {
        if (lstat(b->path, &st) == 0)
            rc = write_fail(err, EEXIST, "");
        else if ((b->fd = open(b->temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)) < 0)
            rc = write_fail(err, errno, "it cannot be created");
        else
            rc = vls_bag_put(b, door, err);
    }
    if (rc == VLS_OK)
        *out = b;
    else
        vls_bag_abort(b);
    return rc;
}

const char *
vls_bag_path(const struct vls_bag *b)
{
    return b->path;
}

enum vls_code
vls_bag_put(struct vls_bag *b, struct vls_slice blob, struct vls_error *err)
{
    uint8_t head[FRAME_HEAD];
    enum vls_code rc;

    if (blob.n == 0 || blob.n > VLS_REMOTE_BLOB_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "a blob of %zu bytes", blob.n);
    put_le32(head, (uint32_t)blob.n);
    vls_hash1(head + 4, VLS__BLOB_LABEL, blob.p, blob.n);
    sum_add(b->sum, head + 4);
    if ((rc = write_all(b->fd, head, sizeof head, err)) == VLS_OK)
        rc = write_all(b->fd, blob.p, blob.n, err);
    return rc;
}

/* Gives the file its name unless somebody else has taken it meanwhile. */
static enum vls_code
bag_publish(const struct vls_bag *b, struct vls_error *err)
{
    if (renameat2(AT_FDCWD, b->temp, AT_FDCWD, b->path, RENAME_NOREPLACE) == 0)
        return VLS_OK;
    if (errno != EINVAL && errno != ENOSYS)
        return write_fail(err, errno, "it cannot be named");
    /* a file system that knows no such renaming: a link never replaces, and where there are no links we look */
    if (link(b->temp, b->path) == 0)
        return unlink(b->temp) == 0 ? VLS_OK : write_fail(err, errno, "it cannot be named");
    if (errno == EEXIST || access(b->path, F_OK) == 0)
        return write_fail(err, EEXIST, "");
    return rename(b->temp, b->path) == 0 ? VLS_OK : write_fail(err, errno, "it cannot be named");
}

enum vls_code
vls_bag_finish(struct vls_bag *b, struct vls_error *err)
{
    uint8_t end[FRAME_HEAD] = {0};
    enum vls_code rc;

    memcpy(end + 4, b->sum, VLS_HASH_LEN);
    if ((rc = write_all(b->fd, end, sizeof end, err)) == VLS_OK && fsync(b->fd) != 0)
        rc = write_fail(err, errno, "it cannot be synced");
    if (rc == VLS_OK && (rc = bag_publish(b, err)) == VLS_OK) {
        free(b->temp);
        b->temp = NULL;
        /* the file once more: FAT keeps where it lies beside its name, and writes it there with the file */
        if (fdatasync(b->fd) != 0)
            rc = write_fail(err, errno, "it cannot be synced");
        if (rc != VLS_OK || (rc = vls_file_sync_parent(b->path, err)) != VLS_OK)
            (void)unlink(b->path);
    }
    vls_bag_abort(b);
    return rc;
}

void
vls_bag_abort(struct vls_bag *b)
{
    if (b == NULL)
        return;
    if (b->fd >= 0 && b->temp != NULL)
        (void)unlink(b->temp);
    bag_free(b);
}

/* ---- reading ---- */

/* Where bytes come from: fills up to n of them, fewer only at the end. */
struct source {
    enum vls_code (*take)(struct source *s, uint8_t *out, size_t n, size_t *got, struct vls_error *err);
    int fd;
    struct vls_slice bytes;
    vls_remote_progress_fn *progress;
    void *progress_ctx;
};

static enum vls_code
take_from_file(struct source *s, uint8_t *out, size_t n, size_t *got, struct vls_error *err)
{
    for (*got = 0; *got < n;) {
        ssize_t r = read(s->fd, out + *got, n - *got);

        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return VLS_FAIL_SYS(err, VLS_EIO, errno, "a read failed");
        if (r == 0)
            break;
        *got += (size_t)r;
    }
    return VLS_OK;
}

static enum vls_code
take_from_memory(struct source *s, uint8_t *out, size_t n, size_t *got, struct vls_error *err)
{
    (void)err;
    *got = n < s->bytes.n ? n : s->bytes.n;
    if (*got > 0)
        memcpy(out, s->bytes.p, *got);
    s->bytes = vls_slice_of(s->bytes.p + *got, s->bytes.n - *got);
    return VLS_OK;
}

struct walk {
    struct source *from;
    struct vls_bag_counts *counts;
    struct vls_slice blob; /* of the frame; its bytes in hold */
    uint8_t head[FRAME_HEAD], sum[VLS_HASH_LEN];
    uint8_t *hold;
    size_t cap;
    uint64_t n_frames, n_bytes;
    bool over; /* nothing more to be read */
};

static enum vls_code
walk_hold(struct walk *w, size_t n, struct vls_error *err)
{
    uint8_t *p;

    if (n <= w->cap)
        return VLS_OK;
    if ((p = realloc(w->hold, n)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a piece of %zu bytes", n);
    w->hold = p;
    w->cap = n;
    return VLS_OK;
}

/* The end: nothing behind it, and the sum of what was read. */
static enum vls_code
walk_end(struct walk *w, struct vls_error *err)
{
    uint8_t one;
    size_t got;
    enum vls_code rc = w->from->take(w->from, &one, 1, &got, err);

    w->over = true;
    if (rc == VLS_OK && (got != 0 || memcmp(w->sum, w->head + 4, VLS_HASH_LEN) != 0)) /* public */
        w->counts->damaged++;
    return rc;
}

/* Reads one frame; *whole: blob is what its name says. */
static enum vls_code
walk_next(struct walk *w, bool *whole, struct vls_error *err)
{
    uint8_t name[VLS_HASH_LEN];
    size_t got, n = 0;
    enum vls_code rc;

    *whole = false;
    if ((rc = w->from->take(w->from, w->head, sizeof w->head, &got, err)) != VLS_OK)
        return rc;
    for (int i = 4; i-- > 0;)
        n = n << 8 | w->head[i];
    if (got < sizeof w->head) {
        w->over = w->counts->cut = true;
        return VLS_OK;
    }
    if (n == 0)
        return walk_end(w, err);
    if (n > VLS_REMOTE_BLOB_MAX) {
        w->over = true;
        w->counts->damaged++;
        return VLS_OK;
    }
    w->n_bytes += sizeof w->head + n;
    if (++w->n_frames > FRAMES_MAX || w->n_bytes > BYTES_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "it is larger than any file of changes");
    if ((rc = walk_hold(w, n, err)) != VLS_OK || (rc = w->from->take(w->from, w->hold, n, &got, err)) != VLS_OK)
        return rc;
    if (got < n) {
        w->over = w->counts->cut = true;
        return VLS_OK;
    }
    sum_add(w->sum, w->head + 4);
    w->blob = vls_slice_of(w->hold, n);
    vls_hash1(name, VLS__BLOB_LABEL, w->hold, n);
    *whole = memcmp(name, w->head + 4, sizeof name) == 0; /* public: a name in the file */
    if (!*whole)
        w->counts->damaged++;
    return VLS_OK;
}

static enum vls_code
walk_all(struct source *from, vls_remote_blob_fn *blob, void *ctx, struct vls_bag_counts *counts, struct vls_error *err)
{
    struct walk w = {.from = from, .counts = counts};
    char name[VLS_REMOTE_NAME_LEN + 1];
    bool whole, first = true;
    enum vls_code rc;

    memset(counts, 0, sizeof *counts);
    do {
        if ((rc = walk_next(&w, &whole, err)) != VLS_OK)
            break;
        if (first && (!whole || w.blob.n != DOOR_LEN)) {
            memset(counts, 0, sizeof *counts);
            rc = VLS_FAIL(err, VLS_EFORMAT, "it is no file of changes, or its beginning is damaged");
            break;
        }
        first = false;
        if (whole) {
            vls_hex(name, w.head + 4, VLS_HASH_LEN);
            if ((rc = blob(ctx, name, w.blob, err)) != VLS_OK)
                break;
            counts->blobs++;
            counts->bytes += w.blob.n;
        }
        if (from->progress != NULL && !from->progress(from->progress_ctx, counts->blobs, 0, w.n_bytes))
            rc = VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    } while (rc == VLS_OK && !w.over);
    free(w.hold);
    return rc;
}

bool
vls_bag_is_file(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

enum vls_code
vls_bag_read(const char *path, vls_remote_blob_fn *blob, void *ctx, struct vls_bag_counts *counts,
             vls_remote_progress_fn *progress, void *progress_ctx, struct vls_error *err)
{
    struct source from = {.take = take_from_file, .progress = progress, .progress_ctx = progress_ctx};
    struct stat st;
    enum vls_code rc;

    memset(counts, 0, sizeof *counts);
    if ((from.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)) < 0)
        return VLS_FAIL_SYS(err, VLS_EUNREACHABLE, errno, errno == ENOENT ? "no such file" : "it cannot be read");
    if (fstat(from.fd, &st) != 0 || !S_ISREG(st.st_mode))
        rc = VLS_FAIL(err, VLS_EFORMAT, "not a plain file");
    else
        rc = walk_all(&from, blob, ctx, counts, err);
    (void)close(from.fd);
    return rc;
}

enum vls_code
vls_bag_decode(struct vls_slice bytes, vls_remote_blob_fn *blob, void *ctx, struct vls_bag_counts *counts,
               struct vls_error *err)
{
    struct source from = {.take = take_from_memory, .bytes = bytes};

    return walk_all(&from, blob, ctx, counts, err);
}
