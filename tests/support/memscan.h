#ifndef TESTS_SUPPORT_MEMSCAN_H
#define TESTS_SUPPORT_MEMSCAN_H

/*
 * Planted words and keys, and a search for them in the whole memory of this process: heap, stacks, data, mappings,
 * freed or not. The kernel reads, so that memory which may not be touched is seen too. The search itself holds
 * its needles masked, and all plaintext of the test in one room that is left out.
 */
#include "tests/support/check.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "crypto/base/sanitized.h"

#define MEMSCAN_NEEDLES 16
#define MEMSCAN_LEN     64
#define MEMSCAN_CHUNK   ((size_t)1 << 20)
#define MEMSCAN_MASK    0xa5
#define MEMSCAN_TEXT    ((size_t)1 << 22) /* for /proc/self/smaps, which sanitizers make long */

struct memscan_room {
    char word[MEMSCAN_NEEDLES][MEMSCAN_LEN]; /* in clear, for handing to what is tested */
    uint8_t chunk[MEMSCAN_CHUNK + MEMSCAN_LEN];
    char maps[MEMSCAN_TEXT];
};

/* What a scan found of one needle. */
struct memscan_found {
    unsigned guarded; /* in memory that is locked and left out of core dumps */
    unsigned heap;    /* in memory of malloc, live or freed */
    unsigned fixed;   /* on the stack, in data, in mapped files */
};

static inline unsigned
memscan_all(const struct memscan_found *f)
{
    return f->guarded + f->heap + f->fixed;
}

struct memscan {
    struct memscan_room *room;
    uint8_t masked[MEMSCAN_NEEDLES][MEMSCAN_LEN];
    size_t len[MEMSCAN_NEEDLES];
    unsigned n;
    struct memscan_found found[MEMSCAN_NEEDLES];
    size_t n_bytes; /* that the last scan looked at */
    bool tell;      /* print where */
};

static inline void
memscan_init(struct memscan *m)
{
    memset(m, 0, sizeof *m);
    m->room = mmap(NULL, sizeof *m->room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(m->room != MAP_FAILED);
}

static inline void
memscan_clear(struct memscan *m)
{
    (void)munmap(m->room, sizeof *m->room);
    m->room = NULL;
}

/* Bytes that exist already, such as a key; yields their number. */
static inline unsigned
memscan_bytes(struct memscan *m, const void *p, size_t n)
{
    const uint8_t *byte = p;

    assert_true(m->n < MEMSCAN_NEEDLES && n <= MEMSCAN_LEN);
    for (size_t i = 0; i < n; i++)
        m->masked[m->n][i] = byte[i] ^ MEMSCAN_MASK;
    m->len[m->n] = n;
    return m->n++;
}

/* A word that stands nowhere yet but in the room. */
static inline const char *
memscan_word(struct memscan *m, uint64_t *seed)
{
    char *word;

    assert_true(m->n < MEMSCAN_NEEDLES);
    word = m->room->word[m->n];
    for (size_t i = 0; i < 20; i++)
        word[i] = (char)('a' + check_random(seed) % 26);
    (void)memscan_bytes(m, word, 20);
    return word;
}

static inline void
memscan_chunk(struct memscan *m, uintptr_t at, size_t n, bool guarded, const char *name)
{
    bool heap = strstr(name, "[heap]") != NULL || strpbrk(name, "/[") == NULL; /* or a mapping without a file */
    uint8_t *p = m->room->chunk;

    for (size_t i = 0; i < n; i++)
        p[i] ^= MEMSCAN_MASK;
    for (unsigned k = 0; k < m->n; k++)
        for (const uint8_t *hit = p; (hit = memmem(hit, n - (size_t)(hit - p), m->masked[k], m->len[k])) != NULL;
             hit++) {
            *(guarded ? &m->found[k].guarded : heap ? &m->found[k].heap : &m->found[k].fixed) += 1;
            if (m->tell && !guarded && !heap)
                print_message("needle %u at %zx in %s\n", k, (size_t)(at + (uintptr_t)(hit - p)), name);
        }
}

static inline void
memscan_range(struct memscan *m, uintptr_t from, uintptr_t to, bool guarded, const char *name)
{
    uintptr_t room = (uintptr_t)m->room;
    size_t step;

    for (uintptr_t at = from; at < to; at += step) {
        size_t n = to - at < MEMSCAN_CHUNK ? to - at : MEMSCAN_CHUNK;
        struct iovec local = {m->room->chunk, n}, remote = {(void *)at, n};
        ssize_t got;

        if (at < room + sizeof *m->room && at + n > room) { /* the room may be merged with its neighbours */
            if (at >= room) {
                step = room + sizeof *m->room - at;
                continue;
            }
            n = room - at;
            local.iov_len = remote.iov_len = n;
        }
        got = process_vm_readv(getpid(), &local, 1, &remote, 1, 0);
        step = got > 0 ? (size_t)got : 4096;
        if (got <= 0)
            continue; /* a guard page */
        m->n_bytes += (size_t)got;
        memscan_chunk(m, at, (size_t)got, guarded, name);
        if (step == MEMSCAN_CHUNK && at + step < to)
            step -= MEMSCAN_LEN; /* what lies across two chunks */
    }
}

/* Looks everywhere. Counts what lies across a border of chunks at most twice. */
static inline void
memscan_run(struct memscan *m)
{
    char *line, *next, *text = m->room->maps;
    uintptr_t from = 0, to = 0;
    const char *name = "";
    size_t n = 0;
    bool readable = false;
    int fd = open("/proc/self/smaps", O_RDONLY | O_CLOEXEC);
    ssize_t got;

    assert_true(fd >= 0);
    while ((got = read(fd, text + n, MEMSCAN_TEXT - 1 - n)) > 0)
        n += (size_t)got;
    (void)close(fd);
    assert_true(n < MEMSCAN_TEXT - 1);
    text[n] = '\0';
    memset(m->found, 0, sizeof m->found);
    m->n_bytes = 0;
    for (line = text; *line != '\0'; line = next) {
        unsigned long long a, b;
        char mode[8];

        next = line + strcspn(line, "\n");
        if (*next == '\n')
            *next++ = '\0';
        if (sscanf(line, "%llx-%llx %7s", &a, &b, mode) == 3) {
            from = (uintptr_t)a;
            to = (uintptr_t)b;
            name = line;
            readable = mode[0] == 'r' && to - from < (uintptr_t)1 << 30; /* not a sanitizer's shadow */
        } else if (strncmp(line, "VmFlags:", 8) == 0 && readable) {
            memscan_range(m, from, to,
                          strstr(line, " dd") != NULL && (VLS_SANITIZED || strstr(line, " lo") != NULL), name);
        }
    }
    assert_true(m->n_bytes > 1 << 18);
}

#endif
