/*
 * What the courier gives up before it looks at hostile bytes. Limits and filters are set by the process
 * on itself, so that a sanitizer build can leave out the ones that a sanitizer cannot live with.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "crypto/base/sanitized.h"
#include "sync/courier/courier.h"

/* Address space: libgit2's windows (32 MiB), the indexes of the packs, two blobs, libraries. */
#define LIMIT_MEMORY ((rlim_t)768 * 1024 * 1024)
#define LIMIT_FILE ((rlim_t)1024 * 1024 * 1024) /* four times the largest pack that is folded */
#define LIMIT_CPU_S 900                         /* ten times what reading a full pull budget takes */
#define LIMIT_FILES 128                         /* libgit2 keeps 32 packs open */

/* Lowers a limit, never raises one that the parent or the user made tighter. */
static bool
limit_set(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit now;

    if (getrlimit(what, &now) != 0)
        return false;
    if (now.rlim_cur == RLIM_INFINITY || now.rlim_cur > most)
        now.rlim_cur = most;
    if (now.rlim_max == RLIM_INFINITY || now.rlim_max > most)
        now.rlim_max = most;
    return setrlimit(what, &now) == 0;
}

bool
confine_process(void)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};

    /* A write to a parent that is gone, or past the file limit, fails with an errno instead. */
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 || sigaction(SIGXFSZ, &ignore, NULL) != 0)
        return false;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
        return false;
    if (!VLS_SANITIZED && !limit_set(RLIMIT_AS, LIMIT_MEMORY)) /* shadow memory takes terabytes of it */
        return false;
    return limit_set(RLIMIT_FSIZE, LIMIT_FILE) && limit_set(RLIMIT_CPU, LIMIT_CPU_S) &&
           limit_set(RLIMIT_CORE, 0) && limit_set(RLIMIT_NOFILE, LIMIT_FILES);
}

/* Newer than the headers of Debian 12; the running kernel says by its version whether it knows them. */
#define ACCESS_TRUNCATE (UINT64_C(1) << 14)
#define ACCESS_IOCTL_DEV (UINT64_C(1) << 15)

struct ruleset {
    uint64_t fs, net, scoped;
};

/* Every right that version abi of Landlock can take away. */
static struct ruleset
ruleset_of(int abi)
{
    struct ruleset r = {.fs = (UINT64_C(1) << 13) - 1};

    if (abi >= 2)
        r.fs |= LANDLOCK_ACCESS_FS_REFER;
    if (abi >= 3)
        r.fs |= ACCESS_TRUNCATE;
    if (abi >= 4)
        r.net = 3; /* bind and connect by TCP */
    if (abi >= 5)
        r.fs |= ACCESS_IOCTL_DEV;
    if (abi >= 6)
        r.scoped = 3; /* abstract sockets, signals to other processes */
    return r;
}

static size_t
ruleset_size(int abi)
{
    return abi >= 6 ? 24 : abi >= 4 ? 16 : 8;
}

int
confine_to_folder(int dir, bool writable)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    struct landlock_path_beneath_attr rule = {.parent_fd = dir};
    struct ruleset all;
    int set;
    bool ok;

    if (abi < 1)
        return 0;
    all = ruleset_of((int)abi);
    rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
    if (writable)
        rule.allowed_access |= LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                               LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                               LANDLOCK_ACCESS_FS_MAKE_DIR | (all.fs & ACCESS_TRUNCATE);
    if ((set = (int)syscall(SYS_landlock_create_ruleset, &all, ruleset_size((int)abi), 0)) < 0)
        return 0;
    ok = syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
    if (VLS_SANITIZED) { /* the leak checker reads its own entry there */
        rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
        rule.parent_fd = open("/proc", O_PATH | O_CLOEXEC);
        ok = ok && syscall(SYS_landlock_add_rule, set, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
        (void)close(rule.parent_fd);
    }
    ok = ok && syscall(SYS_landlock_restrict_self, set, 0) == 0;
    (void)close(set);
    return !ok ? 0 : abi > 255 ? 255 : (int)abi;
}

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef THIS_ARCH

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define REFUSE BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM)
#define DENY(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), REFUSE

bool
confine_calls(void)
{
    /* A list of what is refused, not of what is allowed: the latter breaks with every C library, and
     * files are Landlock's concern. */
    static struct sock_filter filter[] = {
        LOAD(arch),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        LOAD(nr),
#ifdef __x86_64__
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1), /* the x32 numbers of the same calls */
        REFUSE,
        DENY(fork),
        DENY(vfork),
#endif
        DENY(execve),
        DENY(execveat),
        DENY(socket),
        DENY(socketpair),
        DENY(connect),
        DENY(bind),
        DENY(listen),
        DENY(accept),
        DENY(accept4),
        DENY(truncate), /* by its name: for Landlock before version 3 no right of its own */
        DENY(process_vm_readv),
        DENY(process_vm_writev),
        DENY(mount),
        DENY(umount2),
        DENY(pivot_root),
        DENY(chroot),
        DENY(setns),
        DENY(unshare),
        DENY(add_key),
        DENY(request_key),
        DENY(keyctl),
        DENY(bpf),
        DENY(perf_event_open),
        DENY(userfaultfd),
        DENY(io_uring_setup), /* its requests pass no filter */
        DENY(pidfd_getfd),
        DENY(init_module),
        DENY(finit_module),
        DENY(kexec_load),
        DENY(kill), /* signals are no file: only Landlock from version 6 keeps them in */
        DENY(tkill),
        DENY(rt_sigqueueinfo),
        DENY(rt_tgsigqueueinfo),
        DENY(pidfd_send_signal),
#if !VLS_SANITIZED
        DENY(tgkill), /* a sanitizer ends its own process by it, */
        DENY(ptrace), /* and the leak checker stops its own */
#endif
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_prlimit64, 0, 3), /* limits: its own alone */
        LOAD(args[0]),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 0),
        REFUSE,
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog prog = {.len = sizeof filter / sizeof filter[0], .filter = filter};

    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog, 0, 0) == 0;
}

#else

bool
confine_calls(void)
{
    return false; /* the numbers of the calls are not known for this machine */
}

#endif
