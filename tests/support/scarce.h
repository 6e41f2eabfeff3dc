#ifndef TESTS_SUPPORT_SCARCE_H
#define TESTS_SUPPORT_SCARCE_H

/*
 * Memory that runs out: the n-th allocation after scarce_at(n) fails, alone or with all that follow, wherever it is
 * made: here, in SQLite, in libsodium. What is alive is counted, so that a leak shows on the very path that leaked.
 * It takes the place of the C library's allocator, so one file of a test program includes it.
 *
 * Under a sanitizer, which owns these names, only the program's own calls come by here (SQLite's go through ours), and
 * the sanitizer looks for leaks.
 */
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "valise/error.h"

#include "crypto/base/sanitized.h"

#if VLS_SANITIZED
void *__interceptor_malloc(size_t n);
void *__interceptor_calloc(size_t n, size_t each);
void *__interceptor_realloc(void *p, size_t n);
void __interceptor_free(void *p);
#define scarce_malloc  __interceptor_malloc
#define scarce_calloc  __interceptor_calloc
#define scarce_realloc __interceptor_realloc
#define scarce_free    __interceptor_free
#else
VLS_API void *malloc(size_t n); /* seen by the libraries too */
VLS_API void *calloc(size_t n, size_t each);
VLS_API void *realloc(void *p, size_t n);
VLS_API void free(void *p);
VLS_API void *mmap(void *at, size_t n, int prot, int flags, int fd, off_t off);
VLS_API int munmap(void *at, size_t n);
void *__libc_malloc(size_t n);
void *__libc_calloc(size_t n, size_t each);
void *__libc_realloc(void *p, size_t n);
void __libc_free(void *p);
#define scarce_malloc  __libc_malloc
#define scarce_calloc  __libc_calloc
#define scarce_realloc __libc_realloc
#define scarce_free    __libc_free
#endif

static struct {
    bool on, for_good;
    int quiet;       /* above 0: the test's own memory, neither counted nor refused */
    unsigned long n; /* allocations since scarce_at */
    unsigned long at, fired;
    long alive; /* blocks and mappings that were not given back */
    void (*met)(void); /* called at each allocation that counts; NULL: nobody looks */
} scarce;

/* From now on the n-th allocation fails; 0: none does. */
static inline void
scarce_at(unsigned long n, bool for_good)
{
    scarce.n = scarce.fired = 0;
    scarce.at = n;
    scarce.for_good = for_good;
    scarce.on = true;
}

/* There is memory again. Yields how many allocations failed. */
static inline unsigned long
scarce_end(void)
{
    scarce.on = false;
    return scarce.fired;
}

static bool
scarce_fails(void)
{
    if (!scarce.on || scarce.quiet > 0)
        return false;
    scarce.n++;
    if (scarce.met != NULL)
        scarce.met();
    if (scarce.at == 0 || scarce.n < scarce.at || (scarce.n > scarce.at && !scarce.for_good))
        return false;
    scarce.fired++;
    errno = ENOMEM;
    return true;
}

static void *
scarce_new(void *p)
{
    scarce.alive += p != NULL && scarce.quiet == 0;
    return p;
}

void *
malloc(size_t n)
{
    return scarce_fails() ? NULL : scarce_new(scarce_malloc(n));
}

void *
calloc(size_t n, size_t each)
{
    return scarce_fails() ? NULL : scarce_new(scarce_calloc(n, each));
}

void *
realloc(void *p, size_t n)
{
    if (scarce_fails())
        return NULL;
    return p == NULL ? scarce_new(scarce_realloc(p, n)) : scarce_realloc(p, n);
}

void
free(void *p)
{
    scarce.alive -= p != NULL && scarce.quiet == 0;
    scarce_free(p);
}

#if !VLS_SANITIZED
/* Guarded memory for keys does not come from malloc. */
void *
mmap(void *at, size_t n, int prot, int flags, int fd, off_t off)
{
    long r;

    if (scarce_fails())
        return MAP_FAILED;
    r = syscall(SYS_mmap, at, n, prot, flags, fd, off);
    scarce.alive += r != -1 && scarce.quiet == 0;
    return (void *)(uintptr_t)r;
}

int
munmap(void *at, size_t n)
{
    scarce.alive -= scarce.quiet == 0;
    return (int)syscall(SYS_munmap, at, n);
}
#endif

#endif
