/*
 * Finding, starting and ending the courier process. It inherits one socket and nothing else: no
 * environment, no other descriptor, no terminal, no signal settings.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "crypto/base/sanitized.h"
#include "sync/transport/transport_int.h"

#define PROGRAM      "valise-courier"
#define REAP_LOOK_US 500
#define SCRATCH_BELOW_MAX 200

static bool
is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

enum vls_code
vls__courier_find(char *out, struct vls_error *err)
{
    static const char *const beside[] = {"/" PROGRAM, "/../libexec/valise/" PROGRAM};
    char self[VLS__URL_MAX + 1];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

    for (size_t i = 0; n > 0 && i < sizeof beside / sizeof beside[0]; i++) {
        int len;

        self[n] = '\0';
        len = snprintf(out, VLS__URL_MAX + 1, "%.*s%s", (int)(strrchr(self, '/') - self), self, beside[i]);
        if (len > 0 && (size_t)len <= VLS__URL_MAX && is_program(out))
            return VLS_OK;
    }
#ifdef VLS_LIBEXECDIR
    (void)snprintf(out, VLS__URL_MAX + 1, "%s/" PROGRAM, VLS_LIBEXECDIR);
    if (is_program(out))
        return VLS_OK;
#endif
    return VLS_FAIL(err, VLS_ENOTFOUND, "the program " PROGRAM " is missing beside valise; install valise again");
}

int
vls__spawn(pid_t *pid, const struct vls__spawn *what)
{
    short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t all, none;
    int rc;

    (void)sigfillset(&all);
    (void)sigemptyset(&none);
    if ((rc = posix_spawn_file_actions_init(&files)) != 0)
        return rc;
    if ((rc = posix_spawnattr_init(&attr)) != 0) {
        (void)posix_spawn_file_actions_destroy(&files);
        return rc;
    }
    if ((rc = posix_spawnattr_setflags(&attr, what->session ? (short)(flags | POSIX_SPAWN_SETSID) : flags)) == 0 &&
        (rc = posix_spawnattr_setsigdefault(&attr, &all)) == 0 &&
        (rc = posix_spawnattr_setsigmask(&attr, &none)) == 0 &&
        (rc = posix_spawn_file_actions_adddup2(&files, what->line, 0)) == 0 &&
        (rc = posix_spawn_file_actions_adddup2(&files, what->line, 1)) == 0 &&
        (rc = what->words >= 0 ? posix_spawn_file_actions_adddup2(&files, what->words, 2)
                               : posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0)) == 0 &&
        (rc = posix_spawn_file_actions_addclosefrom_np(&files, 3)) == 0)
        rc = (what->search ? posix_spawnp : posix_spawn)(pid, what->program, &files, &attr, what->argv, what->env);
    (void)posix_spawnattr_destroy(&attr);
    (void)posix_spawn_file_actions_destroy(&files);
    return rc;
}

enum vls_code
vls__courier_start(struct vls_remote *r, struct vls_error *err)
{
    char name[] = PROGRAM;
    char *const argv[] = {name, NULL};
    char *const env[] = {NULL};
    int pair[2], rc;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return VLS_FAIL_SYS(err, VLS_EIO, errno, "no pipe to a courier");
    /* A session of its own: the interrupt key reaches only valise, which decides, and the courier has no
     * terminal into which it could push input. */
    rc = vls__spawn(&r->pid, &(struct vls__spawn){.program = r->courier,
                                                  .argv = argv,
                                                  .env = env,
                                                  .line = pair[1],
                                                  /* which a sanitizer reports on */
                                                  .words = VLS_SANITIZED ? STDERR_FILENO : -1,
                                                  .session = true});
    (void)close(pair[1]);
    if (rc != 0) {
        (void)close(pair[0]);
        r->pid = 0;
        return VLS_FAIL_SYS(err,
                            rc == ENOENT || rc == EACCES ? VLS_ENOTFOUND
                            : rc == ENOMEM               ? VLS_ENOMEM
                                                         : VLS_EIO,
                            rc, "the program " PROGRAM " cannot be started");
    }
    r->fd = pair[0];
    vls_buf_reset(&r->in);
    r->in_at = 0;
    return VLS_OK;
}

/* ---- a folder for the courier of a line ---- */

enum vls_code
vls__scratch_make(struct vls_remote *r, struct vls_error *err)
{
    const char *below = getenv("TMPDIR");

    vls__scratch_remove(r);
    if (below == NULL || below[0] != '/' || strlen(below) > SCRATCH_BELOW_MAX)
        below = "/tmp";
    (void)snprintf(r->scratch, sizeof r->scratch, "%s/valise-line-XXXXXX", below);
    if (mkdtemp(r->scratch) == NULL) {
        r->scratch[0] = '\0';
        return VLS_FAIL_SYS(err, errno == ENOSPC ? VLS_EFULL : VLS_EIO, errno, "no folder for what is exchanged");
    }
    (void)snprintf(r->url, sizeof r->url, "%s:%s", r->host.by_curl ? "request" : "line", r->scratch);
    return VLS_OK;
}

/* What a courier left there may be anything, but lies below a folder that only we can enter. */
static int
scratch_each(const char *path, const struct stat *st, int kind, struct FTW *where)
{
    (void)st;
    (void)kind;
    (void)where;
    (void)remove(path);
    return 0;
}

void
vls__scratch_remove(struct vls_remote *r)
{
    if (r->scratch[0] != '\0')
        (void)nftw(r->scratch, scratch_each, 16, FTW_DEPTH | FTW_PHYS);
    r->scratch[0] = '\0';
}

int
vls__courier_stop(struct vls_remote *r, int grace_ms)
{
    const struct timespec look = {.tv_nsec = REAP_LOOK_US * 1000L};
    int64_t left = (int64_t)grace_ms * 1000;
    int status = -1;
    pid_t got;

    if (r->fd >= 0)
        (void)close(r->fd); /* the courier ends at the end of its input */
    r->fd = -1;
    if (r->pid <= 0) {
        vls__scratch_remove(r);
        return -1;
    }
    for (;;) {
        got = waitpid(r->pid, &status, WNOHANG);
        if (got != 0 && !(got < 0 && errno == EINTR))
            break;
        if (left <= 0) {
            (void)kill(r->pid, SIGKILL);
            do
                got = waitpid(r->pid, &status, 0);
            while (got < 0 && errno == EINTR);
            break;
        }
        (void)nanosleep(&look, NULL);
        left -= REAP_LOOK_US;
    }
    r->pid = 0;
    vls__scratch_remove(r);
    return got > 0 ? status : -1;
}
