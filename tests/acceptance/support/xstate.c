/*
 * Loaded before a user-mode Linux kernel (kernel.py). Such a kernel keeps its processes' extended registers in a place
 * of a fixed size, and dies at once on a processor that has more of them: here the part that it knows is exchanged and
 * the rest stays as it is. And its processes end with it, even when it is killed.
 */
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define ALL_OF_IT 65536 /* more than any processor has */

static long
call(int request, pid_t pid, void *addr, void *data)
{
    return syscall(SYS_ptrace, (long)request, (long)pid, addr, data);
}

static long
registers(int request, pid_t pid, void *addr, struct iovec *known)
{
    static char all[ALL_OF_IT];
    struct iovec whole = {all, sizeof all};
    long rc = call(PTRACE_GETREGSET, pid, addr, &whole);

    if (rc < 0)
        return rc;
    if (known->iov_len > whole.iov_len)
        known->iov_len = whole.iov_len;
    if (request == PTRACE_GETREGSET) {
        memcpy(known->iov_base, all, known->iov_len);
        return rc;
    }
    memcpy(all, known->iov_base, known->iov_len);
    return call(PTRACE_SETREGSET, pid, addr, &whole);
}

__attribute__((visibility("default"))) long
ptrace(enum __ptrace_request request, ...)
{
    va_list ap;
    pid_t pid;
    void *addr, *data;

    va_start(ap, request);
    pid = va_arg(ap, pid_t);
    addr = va_arg(ap, void *);
    data = va_arg(ap, void *);
    va_end(ap);
    switch ((int)request) {
    case PTRACE_GETREGSET:
    case PTRACE_SETREGSET:
        if ((long)addr == NT_X86_XSTATE)
            return registers((int)request, pid, addr, data);
        break;
    case PTRACE_PEEKTEXT:
    case PTRACE_PEEKDATA:
    case PTRACE_PEEKUSER: { /* the system call stores what the function returns */
        long word = 0;

        return call((int)request, pid, addr, &word) < 0 ? -1 : word;
    }
    case PTRACE_SETOPTIONS:
    case 21: /* its old number, which it uses */ data = (void *)((long)data | PTRACE_O_EXITKILL); break;
    default: break;
    }
    return call((int)request, pid, addr, data);
}
