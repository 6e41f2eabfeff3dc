/*
 * Text in a person's editor: a file that lies in memory, never on a disk, in a folder that nobody else
 * may enter. Editors that keep backups, swap files, undo files or a history are told not to, and the
 * folder is emptied afterwards whatever they did. A signal that would end us ends the editor first. The
 * folder is locked as long as we live, so that what a killed run left behind is known as such.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "editor.h"

#define FILE_NAME "record.txt"
#define PREFIX    "valise-edit-"
#define PATIENCE  2 /* seconds an editor may take to end after a signal */

/* ---- the folder ---- */

static bool
in_memory(const char *dir)
{
    struct statfs fs;

    return statfs(dir, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

#define PLACES 3

/* The i-th place in memory where our folders may lie, NULL when there is none. */
static const char *
place_of(size_t i, char user[64])
{
    const char *place = i == 0 ? getenv("XDG_RUNTIME_DIR") : i == 1 ? user : "/dev/shm";

    snprintf(user, 64, "/run/user/%u", (unsigned)getuid());
    return place != NULL && place[0] == '/' && in_memory(place) ? place : NULL;
}

/* The descriptor of a folder of ours whose owner no longer lives, locked; -1: it is none. */
static int
folder_own(int place, const char *name)
{
    int fd = openat(place, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) == 0 && st.st_uid == getuid() && flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 &&
        st.st_nlink > 0) /* not swept away before it could be locked */
        return fd;
    close(fd);
    return -1;
}

static enum vls_code
folder_make(struct cli *c, char dir[PATH_MAX], int *lock, struct vls_error *err)
{
    char user[64];
    const char *place;
    size_t i, attempt;

    for (i = 0; i < PLACES; i++)
        for (attempt = 0; attempt < 3 && (place = place_of(i, user)) != NULL; attempt++) {
            if (snprintf(dir, PATH_MAX, "%s/" PREFIX "XXXXXX", place) >= PATH_MAX || mkdtemp(dir) == NULL)
                break;
            if ((*lock = folder_own(AT_FDCWD, dir)) >= 0)
                return VLS_OK;
            rmdir(dir);
        }
    cli_advise(c, "%s", _("Give the fields as options instead; the command's --help lists them."));
    return cli_fail(c, err, VLS_EIO, _("there is no place in memory for the text, and it must not reach a disk"));
}

static void
file_wipe(int dir, const char *name)
{
    static const char zeros[4096];
    struct stat st;
    off_t at;
    int fd = openat(dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        for (at = 0; at < st.st_size; at += (off_t)sizeof(zeros))
            if (write(fd, zeros, sizeof(zeros)) < 0)
                break;
    if (fd >= 0)
        close(fd);
    unlinkat(dir, name, 0);
}

/* Takes the lock. */
static void
folder_wipe(int place, const char *dir, int lock)
{
    DIR *d = fdopendir(lock);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            file_wipe(dirfd(d), entry->d_name);
    unlinkat(place, dir, AT_REMOVEDIR);
    if (d != NULL)
        closedir(d);
    else
        close(lock);
}

void
editor_sweep(struct cli *c)
{
    char user[64];
    const char *place;
    struct dirent *entry;
    bool found = false;
    size_t i;
    DIR *d;
    int lock;

    for (i = 0; i < PLACES; i++) {
        if ((place = place_of(i, user)) == NULL || (d = opendir(place)) == NULL)
            continue;
        while ((entry = readdir(d)) != NULL)
            if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0 &&
                (lock = folder_own(dirfd(d), entry->d_name)) >= 0) {
                folder_wipe(dirfd(d), entry->d_name, lock);
                found = true;
            }
        closedir(d);
    }
    if (found)
        note(c, "%s", _("The text of an edit that was cut short was still in memory; it is wiped, and was not recorded."));
}

/* ---- the file ---- */

static enum vls_code
file_write(const char *path, struct vls_slice text, struct vls_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    size_t done = 0;

    if (fd < 0)
        return VLS_FAIL_SYS(err, VLS_EIO, errno, "writing the text for the editor");
    while (done < text.n) {
        ssize_t n = write(fd, text.p + done, text.n - done);

        if (n <= 0) {
            close(fd);
            return VLS_FAIL_SYS(err, VLS_EIO, errno, "writing the text for the editor");
        }
        done += (size_t)n;
    }
    close(fd);
    return VLS_OK;
}

/* Opened anew by its name: many editors replace the file instead of changing it. */
static enum vls_code
file_read(const char *path, struct vls_buf *text, struct vls_error *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    uint8_t part[4096];
    ssize_t n;

    vls_buf_reset(text);
    if (fd < 0)
        return errno == ENOENT ? VLS_OK : VLS_FAIL_SYS(err, VLS_EIO, errno, "reading the text again");
    while ((n = read(fd, part, sizeof(part))) > 0)
        vls_buf_put(text, part, (size_t)n);
    vls_wipe(part, sizeof(part));
    close(fd);
    return n < 0 ? VLS_FAIL_SYS(err, VLS_EIO, errno, "reading the text again") : vls_buf_ok(text, err);
}

/* ---- signals ---- */

static volatile sig_atomic_t arrived, running; /* running: the editor's process, 0 when there is none */

static void
tell(int sig)
{
    if (running > 0)
        (void)kill((pid_t)running, sig);
}

/* The editor gets the same signal, and the last one when it does not end of it. */
static void
on_end(int sig)
{
    int before = errno;

    if (sig == SIGALRM) {
        tell(SIGKILL);
    } else {
        arrived = sig;
        tell(sig);
        (void)alarm(PATIENCE);
    }
    errno = before;
}

static const int ending[] = {SIGHUP, SIGTERM, SIGALRM, SIGINT, SIGQUIT};
#define N_ENDING (sizeof(ending) / sizeof(ending[0]))

/* SIGINT and SIGQUIT are the editor's to handle. One that was ignored (nohup) stays so. */
static void
signals_hold(struct sigaction before[N_ENDING])
{
    struct sigaction act;
    size_t i;

    arrived = 0;
    running = 0;
    for (i = 0; i < N_ENDING; i++) {
        memset(&act, 0, sizeof(act));
        sigemptyset(&act.sa_mask);
        act.sa_handler = ending[i] == SIGINT || ending[i] == SIGQUIT ? SIG_IGN : on_end;
        sigaction(ending[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN || ending[i] == SIGALRM)
            sigaction(ending[i], &act, NULL);
    }
}

/* What was held back does now what it would have done. */
static void
signals_release(const struct sigaction before[N_ENDING])
{
    size_t i;

    (void)alarm(0);
    for (i = 0; i < N_ENDING; i++)
        sigaction(ending[i], &before[i], NULL);
    if (arrived != 0)
        raise(arrived);
}

/* ---- the editor ---- */

static const char *
editor_name(void)
{
    static const char *const variables[] = {"VALISE_EDITOR", "VISUAL", "EDITOR"};
    size_t i;

    for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
        const char *name = getenv(variables[i]);

        if (name != NULL && name[0] != '\0')
            return name;
    }
    return "editor";
}

/* Options that keep an editor from writing elsewhere. */
static size_t
editor_options(const char *editor, const char *option[6])
{
    const char *end = editor + strcspn(editor, " "), *base = end;
    size_t len, n = 0;

    while (base > editor && base[-1] != '/')
        base--;
    len = (size_t)(end - base);
    if ((len >= 2 && strncmp(base, "vi", 2) == 0) || (len >= 4 && strncmp(base, "nvim", 4) == 0)) {
        option[n++] = "-n";
        option[n++] = "-i";
        option[n++] = "NONE";
        option[n++] = "--cmd";
        option[n++] = "set nobackup nowritebackup noundofile nomodeline";
    } else if (len == 4 && strncmp(base, "nano", 4) == 0) {
        option[n++] = "-I"; /* its rc file may switch backups, lock files and history on */
    } else if (len >= 5 && strncmp(base, "emacs", 5) == 0) {
        option[n++] = "--eval";
        option[n++] = "(setq make-backup-files nil auto-save-default nil create-lockfiles nil)";
    }
    return n;
}

static void
editor_exec(const char *editor, const char *path)
{
    const char *option[6];
    size_t i, n = editor_options(editor, option);
    char command[PATH_MAX];
    const char *argv[12] = {"sh", "-c", command, "sh"};

    snprintf(command, sizeof(command), "%s \"$@\"", editor);
    for (i = 0; i < n; i++)
        argv[4 + i] = option[i];
    argv[4 + n] = path;
    argv[5 + n] = NULL;
    signal(SIGINT, SIG_DFL);
    signal(SIGQUIT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    execv("/bin/sh", (char *const *)(uintptr_t)argv);
    _exit(127);
}

static enum vls_code
editor_wait(struct cli *c, const char *path, struct vls_error *err)
{
    int status = 0;
    pid_t pid;

    out_flush(c);
    if ((pid = fork()) == 0)
        editor_exec(editor_name(), path);
    running = pid > 0 ? pid : 0;
    if (arrived != 0) /* before it was known whom to tell */
        tell(SIGTERM);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    running = 0;
    if (arrived != 0)
        return VLS_FAIL(err, VLS_EINTERRUPT, "interrupted");
    if (pid < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 127))
        return cli_fail(c, err, VLS_EIO, _("the editor “%.60s” cannot be started; set VALISE_EDITOR"), editor_name());
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return cli_fail(c, err, VLS_ECANCELLED, _("the editor ended with a failure; nothing was changed"));
    return VLS_OK;
}

enum vls_code
editor_run(struct cli *c, struct vls_buf *text, struct vls_error *err)
{
    char dir[PATH_MAX], path[PATH_MAX + sizeof(FILE_NAME)];
    struct sigaction before[N_ENDING];
    enum vls_code rc;
    int lock = -1;

    signals_hold(before);
    if ((rc = folder_make(c, dir, &lock, err)) != VLS_OK) {
        signals_release(before);
        return rc;
    }
    snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);
    if ((rc = file_write(path, vls_buf_slice(text), err)) == VLS_OK && (rc = editor_wait(c, path, err)) == VLS_OK)
        rc = file_read(path, text, err);
    folder_wipe(AT_FDCWD, dir, lock);
    signals_release(before);
    return rc;
}
