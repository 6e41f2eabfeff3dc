#ifndef TESTS_PAGELOG_MEMIO_H
#define TESTS_PAGELOG_MEMIO_H

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/pagelog.h"

/*
 * A file system in memory behind struct vls_io. It can fail the n-th call, and it knows what a power cut
 * may leave: everything synced, and of the rest any subset of 512-byte sectors. Names work the same
 * way: renames and removals are certain only after dirsync.
 */

#define MEMIO_FILES  16
#define MEMIO_NAMES  4
#define MEMIO_SECTOR 512

struct memio_file {
    uint8_t *now, *durable; /* what is read, and what a power cut leaves for certain */
    size_t n_now, n_durable, cap;
    uint8_t *dirty; /* one byte per sector, written since the last sync */
    int handles;
};

struct memio_name {
    char text[64];
    int file; /* -1: no such file */
};

struct memio {
    struct vls_io io;
    struct memio_file file[MEMIO_FILES];
    int n_files;
    struct memio_name now[MEMIO_NAMES], durable[MEMIO_NAMES];
    long calls;   /* that changed or read something */
    long fail_at; /* this call fails, 0 for none */
    int fail_errno;
    int fail_always; /* and so do all later ones */
    int fail_writes_only;
    long fired;
    int torn_write; /* a failing write leaves its first half */
    int aside;      /* calls are a test's own: none counts, and none fails on a disk that has not failed yet */
    size_t full_at; /* fallocate and ftruncate refuse a larger size; 0 for no limit */
};

static int
memio_fails(struct memio *m, int is_write)
{
    if (m->fail_writes_only && !is_write)
        return 0;
    if (m->aside)
        return m->fired > 0 && m->fail_always ? m->fail_errno : 0;
    m->calls++;
    if (m->fail_at == 0 || m->calls < m->fail_at || (m->calls > m->fail_at && !m->fail_always))
        return 0;
    m->fired++;
    return m->fail_errno;
}

static void
memio_room(struct memio_file *f, size_t n)
{
    size_t cap = f->cap < 65536 ? 65536 : f->cap;

    if (n <= f->cap)
        return;
    while (cap < n)
        cap *= 2;
    f->now = realloc(f->now, cap);
    f->durable = realloc(f->durable, cap);
    f->dirty = realloc(f->dirty, cap / MEMIO_SECTOR);
    memset(f->now + f->cap, 0, cap - f->cap);
    memset(f->durable + f->cap, 0, cap - f->cap);
    memset(f->dirty + f->cap / MEMIO_SECTOR, 0, (cap - f->cap) / MEMIO_SECTOR);
    f->cap = cap;
}

static struct memio_name *
memio_find(struct memio_name *names, const char *path)
{
    struct memio_name *free_one = NULL;

    for (int i = 0; i < MEMIO_NAMES; i++) {
        if (strcmp(names[i].text, path) == 0)
            return &names[i];
        if (names[i].text[0] == '\0' && free_one == NULL)
            free_one = &names[i];
    }
    if (free_one == NULL || strlen(path) >= sizeof free_one->text)
        abort();
    memcpy(free_one->text, path, strlen(path) + 1);
    free_one->file = -1;
    return free_one;
}

/* A file that nothing leads to. */
static int
memio_unused(struct memio *m)
{
    for (int i = 0; i < m->n_files; i++) {
        int named = m->file[i].handles;

        for (int k = 0; k < MEMIO_NAMES; k++)
            named += (m->now[k].text[0] != '\0' && m->now[k].file == i) +
                     (m->durable[k].text[0] != '\0' && m->durable[k].file == i);
        if (named == 0) {
            free(m->file[i].now);
            free(m->file[i].durable);
            free(m->file[i].dirty);
            memset(&m->file[i], 0, sizeof m->file[i]);
            return i;
        }
    }
    if (m->n_files == MEMIO_FILES)
        abort();
    memset(&m->file[m->n_files], 0, sizeof m->file[0]);
    return m->n_files++;
}

static int
memio_open(void *ctx, int *file, const char *path, unsigned flags)
{
    struct memio *m = ctx;
    struct memio_name *name = memio_find(m->now, path);
    int sys = memio_fails(m, 0);

    if (sys != 0)
        return sys;
    if (name->file < 0) {
        if ((flags & VLS_IO_CREATE) == 0)
            return ENOENT;
        name->file = memio_unused(m);
    }
    *file = name->file;
    m->file[*file].handles++;
    return 0;
}

static void
memio_close(void *ctx, int file)
{
    struct memio *m = ctx;

    m->file[file].handles--;
}

static int
memio_pread(void *ctx, int file, void *p, size_t n, uint64_t off, size_t *got)
{
    struct memio *m = ctx;
    const struct memio_file *f = &m->file[file];
    int sys = memio_fails(m, 0);

    *got = 0;
    if (sys != 0)
        return sys;
    if (off < f->n_now)
        *got = f->n_now - (size_t)off < n ? f->n_now - (size_t)off : n;
    if (*got > 0)
        memcpy(p, f->now + off, *got);
    return 0;
}

static void
memio_put(struct memio_file *f, const void *p, size_t n, size_t off)
{
    if (n == 0)
        return;
    memio_room(f, off + n);
    memcpy(f->now + off, p, n);
    if (off + n > f->n_now)
        f->n_now = off + n;
    for (size_t s = off / MEMIO_SECTOR; s <= (off + n - 1) / MEMIO_SECTOR; s++)
        f->dirty[s] = 1;
}

static int
memio_pwrite(void *ctx, int file, const void *p, size_t n, uint64_t off)
{
    struct memio *m = ctx;
    int sys = memio_fails(m, 1);

    if (sys != 0 && m->torn_write)
        memio_put(&m->file[file], p, n / 2, (size_t)off);
    if (sys != 0)
        return sys;
    memio_put(&m->file[file], p, n, (size_t)off);
    return 0;
}

static int
memio_fdatasync(void *ctx, int file)
{
    struct memio *m = ctx;
    struct memio_file *f = &m->file[file];
    int sys = memio_fails(m, 1);

    if (sys != 0)
        return sys;
    for (size_t s = 0; s < f->cap / MEMIO_SECTOR; s++)
        if (f->dirty[s]) {
            memcpy(f->durable + s * MEMIO_SECTOR, f->now + s * MEMIO_SECTOR, MEMIO_SECTOR);
            f->dirty[s] = 0;
        }
    f->n_durable = f->n_now;
    return 0;
}

static int
memio_ftruncate(void *ctx, int file, uint64_t size)
{
    struct memio *m = ctx;
    struct memio_file *f = &m->file[file];
    int sys = memio_fails(m, 1);

    if (sys != 0)
        return sys;
    memio_room(f, (size_t)size);
    if (size < f->n_now)
        memset(f->now + size, 0, f->n_now - (size_t)size);
    f->n_now = (size_t)size;
    return 0;
}

static int
memio_fallocate(void *ctx, int file, uint64_t off, uint64_t n)
{
    struct memio *m = ctx;
    struct memio_file *f = &m->file[file];
    int sys = memio_fails(m, 1);

    if (sys != 0)
        return sys;
    if (m->full_at > 0 && off + n > m->full_at)
        return ENOSPC;
    memio_room(f, (size_t)(off + n));
    if (off + n > f->n_now)
        f->n_now = (size_t)(off + n);
    return 0;
}

static int
memio_size(void *ctx, int file, uint64_t *out)
{
    struct memio *m = ctx;

    *out = m->file[file].n_now;
    return memio_fails(m, 0);
}

static int
memio_rename(void *ctx, const char *from, const char *to)
{
    struct memio *m = ctx;
    struct memio_name *a = memio_find(m->now, from), *b = memio_find(m->now, to);
    int sys = memio_fails(m, 1);

    if (sys != 0)
        return sys;
    if (a->file < 0)
        return ENOENT;
    b->file = a->file;
    a->file = -1;
    return 0;
}

static int
memio_unlink(void *ctx, const char *path)
{
    struct memio *m = ctx;
    struct memio_name *name = memio_find(m->now, path);
    int sys = memio_fails(m, 1);

    if (sys != 0)
        return sys;
    if (name->file < 0)
        return ENOENT;
    name->file = -1;
    return 0;
}

static int
memio_dirsync(void *ctx, const char *path)
{
    struct memio *m = ctx;
    int sys = memio_fails(m, 1);

    (void)path;
    if (sys == 0)
        memcpy(m->durable, m->now, sizeof m->durable);
    return sys;
}

static inline void
memio_init(struct memio *m)
{
    memset(m, 0, sizeof *m);
    m->io = (struct vls_io){
        .ctx = m,
        .open = memio_open,
        .close = memio_close,
        .pread = memio_pread,
        .pwrite = memio_pwrite,
        .fdatasync = memio_fdatasync,
        .ftruncate = memio_ftruncate,
        .fallocate = memio_fallocate,
        .size = memio_size,
        .rename = memio_rename,
        .unlink = memio_unlink,
        .dirsync = memio_dirsync,
    };
}

static inline void
memio_clear(struct memio *m)
{
    for (int i = 0; i < m->n_files; i++) {
        free(m->file[i].now);
        free(m->file[i].durable);
        free(m->file[i].dirty);
    }
    memio_init(m);
}

/* The file that a name leads to, NULL when there is none. */
static inline struct memio_file *
memio_named(struct memio *m, const char *path)
{
    int file = memio_find(m->now, path)->file;

    return file < 0 ? NULL : &m->file[file];
}

/* Makes m hold one file of the given bytes, durable. */
static inline void
memio_load(struct memio *m, const char *path, const uint8_t *p, size_t n)
{
    struct memio_file *f = &m->file[0];

    if (m->n_files == 0)
        m->n_files = 1; /* its memory is used again: this runs tens of thousands of times */
    memset(m->now, 0, sizeof m->now);
    memio_find(m->now, path)->file = 0;
    memcpy(m->durable, m->now, sizeof m->durable);
    memio_room(f, n);
    if (f->cap > 0) {
        memset(f->now, 0, f->cap);
        memset(f->dirty, 0, f->cap / MEMIO_SECTOR);
    }
    if (n > 0)
        memcpy(f->now, p, n);
    if (f->cap > 0)
        memcpy(f->durable, f->now, f->cap);
    f->n_now = f->n_durable = n;
    m->calls = 0;
}

/* The power goes: keeps what was synced and, of the rest, what rnd decides. */
static inline void
memio_power_cut(struct memio *m, uint64_t (*rnd)(uint64_t *), uint64_t *state)
{
    int mode = (int)(rnd(state) % 5); /* nothing, everything, a prefix, single sectors, whole blocks */

    for (int i = 0; i < m->n_files; i++) {
        struct memio_file *f = &m->file[i];
        size_t cut = f->cap > 0 ? (size_t)(rnd(state) % (f->cap / MEMIO_SECTOR)) : 0;
        int block_kept = 0;

        if (f->cap == 0)
            continue;
        for (size_t s = 0; s < f->cap / MEMIO_SECTOR; s++) {
            int keep = mode == 1 || (mode == 2 && s < cut) || (mode == 3 && (rnd(state) & 1) != 0);

            if (mode == 4 && s % 8 == 0)
                block_kept = (int)(rnd(state) & 1);
            if (mode == 4)
                keep = block_kept;
            if (f->dirty[s] && !keep)
                memcpy(f->now + s * MEMIO_SECTOR, f->durable + s * MEMIO_SECTOR, MEMIO_SECTOR);
            f->dirty[s] = 0;
        }
        if (f->n_now < f->n_durable && (mode == 0 || (rnd(state) & 1) != 0)) { /* a shrink may be lost, ... */
            memcpy(f->now + f->n_now, f->durable + f->n_now, f->n_durable - f->n_now);
            f->n_now = f->n_durable;
        }
        if (f->n_now > f->n_durable && (mode == 0 || rnd(state) % 3 == 0))
            f->n_now = f->n_durable; /* ... and so may a growth, whatever was written into it */
        if (f->n_now < f->cap)
            memset(f->now + f->n_now, 0, f->cap - f->n_now);
        memcpy(f->durable, f->now, f->cap);
        f->n_durable = f->n_now;
    }
    if (mode == 0 || (mode != 1 && (rnd(state) & 1) != 0))
        memcpy(m->now, m->durable, sizeof m->now);
    memcpy(m->durable, m->now, sizeof m->durable);
    m->fail_at = m->fail_always = 0;
}

#endif
