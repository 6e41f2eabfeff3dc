#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

/*
 * The disk under an opened store: memio behind a vls_io that fails a chosen call, or notes down what a run did to
 * the disk, so that damage.h can say what a power cut would have left at any moment of it. It stands in for the
 * operating system by its name: this program has its own vls_io_os.
 */
#include "tests/support/check.h"
#include "tests/support/scarce.h"
#include "tests/unit/crypto/pagelog/memio.h"

enum call {
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_SYNC,
    CALL_TRUNCATE,
    CALL_ALLOCATE,
    CALL_SIZE,
    CALL_RENAME,
    CALL_UNLINK,
    CALL_DIRSYNC,
    CALLS
};
#define CALL_ALL ((1u << CALLS) - 1)

static const char *const call_names[CALLS] = {"open",     "read", "write",  "sync",   "truncate",
                                              "allocate", "size", "rename", "unlink", "dirsync"};

/* One thing that was done to the disk. */
struct op {
    enum call call;
    int file;
    bool created; /* of an open: the file was not there */
    uint64_t off; /* of the write or the room; the size of a truncate */
    size_t n;
    uint8_t *bytes;
    char from[16], to[16]; /* of names */
};

struct film {
    bool on;
    struct op *op;
    size_t n, cap;
};

struct disk {
    struct memio m;
    struct vls_io io;
    unsigned long met[CALLS], n; /* calls since disk_fail */
    unsigned kinds;              /* those that are counted in n and fail */
    unsigned long at, fired[CALLS], n_fired;
    int sys;
    bool for_good;
    struct film film;
    void (*after)(struct disk *d, enum call call); /* a sync or dirsync has worked */
};

static struct disk *disk_now; /* what vls_io_os stands for */

const struct vls_io *
vls_io_os(void)
{
    return &disk_now->io;
}

static int
disk_fails(struct disk *d, enum call call)
{
    d->met[call]++;
    if ((d->kinds >> call & 1) == 0)
        return 0;
    d->n++;
    if (d->at == 0 || d->n < d->at || (d->n > d->at && !d->for_good))
        return 0;
    d->fired[call]++;
    d->n_fired++;
    return d->sys;
}

static void
film_add(struct disk *d, struct op o, const void *p)
{
    struct film *f = &d->film;

    if (!f->on)
        return;
    if (f->n == f->cap) {
        f->cap = f->cap == 0 ? 256 : 2 * f->cap;
        f->op = realloc(f->op, f->cap * sizeof *f->op);
        assert_non_null(f->op);
    }
    if (p != NULL) {
        o.bytes = malloc(o.n);
        assert_non_null(o.bytes);
        memcpy(o.bytes, p, o.n);
    }
    f->op[f->n++] = o;
}

static void
film_clear(struct film *f)
{
    for (size_t i = 0; i < f->n; i++)
        free(f->op[i].bytes);
    free(f->op);
    memset(f, 0, sizeof *f);
}

static void
op_name(char out[16], const char *path)
{
    assert_true(strlen(path) < 16);
    memcpy(out, path, strlen(path) + 1);
}

/* Every call: the test's own memory stays out of the count, a failing call does nothing. */
#define DISK_BEGIN(call)                                                                                               \
    struct disk *d = ctx;                                                                                              \
    int sys;                                                                                                           \
                                                                                                                       \
    if ((sys = disk_fails(d, (call))) != 0)                                                                            \
        return sys;                                                                                                    \
    scarce.quiet++
#define DISK_END                                                                                                       \
    scarce.quiet--;                                                                                                    \
    return sys

static int
disk_open(void *ctx, int *file, const char *path, unsigned flags)
{
    DISK_BEGIN(CALL_OPEN);
    struct op o = {.call = CALL_OPEN, .created = memio_find(d->m.now, path)->file < 0};

    sys = memio_open(&d->m, file, path, flags);
    if (sys == 0 && o.created) {
        o.file = *file;
        op_name(o.to, path);
        film_add(d, o, NULL);
    }
    DISK_END;
}

static void
disk_close(void *ctx, int file)
{
    memio_close(&((struct disk *)ctx)->m, file);
}

static int
disk_pread(void *ctx, int file, void *p, size_t n, uint64_t off, size_t *got)
{
    *got = 0;
    {
        DISK_BEGIN(CALL_READ);
        sys = memio_pread(&d->m, file, p, n, off, got);
        DISK_END;
    }
}

static int
disk_pwrite(void *ctx, int file, const void *p, size_t n, uint64_t off)
{
    struct disk *d = ctx;
    int sys = disk_fails(d, CALL_WRITE);

    scarce.quiet++;
    if (sys != 0) { /* half of it may have been written all the same */
        memio_put(&d->m.file[file], p, d->n % 2 == 0 ? n / 2 : 0, (size_t)off);
    } else {
        sys = memio_pwrite(&d->m, file, p, n, off);
        film_add(d, (struct op){.call = CALL_WRITE, .file = file, .off = off, .n = n}, p);
    }
    scarce.quiet--;
    return sys;
}

static int
disk_fdatasync(void *ctx, int file)
{
    DISK_BEGIN(CALL_SYNC);
    sys = memio_fdatasync(&d->m, file);
    film_add(d, (struct op){.call = CALL_SYNC, .file = file}, NULL);
    if (d->after != NULL)
        d->after(d, CALL_SYNC);
    DISK_END;
}

static int
disk_ftruncate(void *ctx, int file, uint64_t size)
{
    DISK_BEGIN(CALL_TRUNCATE);
    sys = memio_ftruncate(&d->m, file, size);
    film_add(d, (struct op){.call = CALL_TRUNCATE, .file = file, .off = size}, NULL);
    DISK_END;
}

static int
disk_fallocate(void *ctx, int file, uint64_t off, uint64_t n)
{
    DISK_BEGIN(CALL_ALLOCATE);
    sys = memio_fallocate(&d->m, file, off, n);
    if (sys == 0)
        film_add(d, (struct op){.call = CALL_ALLOCATE, .file = file, .off = off + n}, NULL);
    DISK_END;
}

static int
disk_size(void *ctx, int file, uint64_t *out)
{
    *out = 0;
    {
        DISK_BEGIN(CALL_SIZE);
        sys = memio_size(&d->m, file, out);
        DISK_END;
    }
}

static int
disk_rename(void *ctx, const char *from, const char *to)
{
    DISK_BEGIN(CALL_RENAME);
    struct op o = {.call = CALL_RENAME};

    op_name(o.from, from);
    op_name(o.to, to);
    sys = memio_rename(&d->m, from, to);
    film_add(d, o, NULL);
    DISK_END;
}

static int
disk_unlink(void *ctx, const char *path)
{
    DISK_BEGIN(CALL_UNLINK);
    struct op o = {.call = CALL_UNLINK};

    op_name(o.from, path);
    sys = memio_unlink(&d->m, path);
    if (sys == 0)
        film_add(d, o, NULL);
    DISK_END;
}

static int
disk_dirsync(void *ctx, const char *path)
{
    DISK_BEGIN(CALL_DIRSYNC);
    sys = memio_dirsync(&d->m, path);
    film_add(d, (struct op){.call = CALL_DIRSYNC}, NULL);
    if (d->after != NULL)
        d->after(d, CALL_DIRSYNC);
    DISK_END;
}

static void
disk_init(struct disk *d)
{
    memset(d, 0, sizeof *d);
    memio_init(&d->m);
    d->io = (struct vls_io){
        .ctx = d,
        .open = disk_open,
        .close = disk_close,
        .pread = disk_pread,
        .pwrite = disk_pwrite,
        .fdatasync = disk_fdatasync,
        .ftruncate = disk_ftruncate,
        .fallocate = disk_fallocate,
        .size = disk_size,
        .rename = disk_rename,
        .unlink = disk_unlink,
        .dirsync = disk_dirsync,
    };
}

static void
disk_clear(struct disk *d)
{
    scarce.quiet++;
    film_clear(&d->film);
    memio_clear(&d->m);
    scarce.quiet--;
}

/* The at-th call among those kinds fails, alone or with all of those kinds that follow; at 0: none. */
static void
disk_fail(struct disk *d, unsigned kinds, unsigned long at, int sys, bool for_good)
{
    memset(d->met, 0, sizeof d->met);
    memset(d->fired, 0, sizeof d->fired);
    d->n = d->n_fired = 0;
    d->kinds = kinds;
    d->at = at;
    d->sys = sys;
    d->for_good = for_good;
}

/* A file as it was at some moment; no bytes: it was not there. */
struct image {
    uint8_t *bytes;
    size_t n;
};

static void
image_clear(struct image *i)
{
    scarce.quiet++;
    free(i->bytes);
    scarce.quiet--;
    memset(i, 0, sizeof *i);
}

static struct image
image_of(const uint8_t *p, size_t n)
{
    struct image i = {NULL, n};

    scarce.quiet++;
    i.bytes = malloc(n + 1);
    assert_non_null(i.bytes);
    if (n > 0)
        memcpy(i.bytes, p, n);
    scarce.quiet--;
    return i;
}

/* A file as a reader sees it, or as it is certain to survive. */
static struct image
disk_image(struct disk *d, const char *name, bool durable)
{
    int file = memio_find(durable ? d->m.durable : d->m.now, name)->file;
    const struct memio_file *f = file < 0 ? NULL : &d->m.file[file];

    if (f == NULL)
        return (struct image){NULL, 0};
    return durable ? image_of(f->durable, f->n_durable) : image_of(f->now, f->n_now);
}

/* The disk holds these two files, durably, and nobody has one open. */
static void
disk_load(struct disk *d, const struct image *store, const struct image *beside)
{
    scarce.quiet++;
    for (int i = 0; i < d->m.n_files; i++)
        d->m.file[i].handles = 0; /* of a process that is gone */
    memio_load(&d->m, "store", store->bytes, store->bytes != NULL ? store->n : 0);
    if (store->bytes == NULL)
        memio_find(d->m.now, "store")->file = -1;
    if (beside != NULL && beside->bytes != NULL) {
        struct memio_name *name = memio_find(d->m.now, "store.new");

        name->file = memio_unused(&d->m);
        memio_put(&d->m.file[name->file], beside->bytes, beside->n, 0);
    }
    memcpy(d->m.durable, d->m.now, sizeof d->m.durable);
    scarce.quiet--;
    disk_fail(d, 0, 0, 0, false);
}

static int
disk_handles(const struct disk *d)
{
    int n = 0;

    for (int i = 0; i < d->m.n_files; i++)
        n += d->m.file[i].handles;
    return n;
}

#endif
