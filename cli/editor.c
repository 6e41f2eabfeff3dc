/*
 * Text in a person's editor: a file that lies in memory, never on a disk, in a folder that nobody else
 * may enter. Editors that keep backups, swap files, undo files or a history are told not to, and the
 * folder is emptied afterwards whatever they did.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "editor.h"

#define FILE_NAME "record.txt"

/* ---- the folder ---- */

static bool
in_memory(const char *dir)
{
    struct statfs fs;

    return statfs(dir, &fs) == 0 && (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

static enum vls_code
folder_make(struct cli *c, char dir[PATH_MAX], struct vls_error *err)
{
    char user[64];
    const char *places[3] = {getenv("XDG_RUNTIME_DIR"), user, "/dev/shm"};
    size_t i;

    snprintf(user, sizeof(user), "/run/user/%u", (unsigned)getuid());
    for (i = 0; i < 3; i++) {
        if (places[i] == NULL || places[i][0] != '/' || !in_memory(places[i]))
            continue;
        if (snprintf(dir, PATH_MAX, "%s/valise-edit-XXXXXX", places[i]) < PATH_MAX && mkdtemp(dir) != NULL)
            return VLS_OK;
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

static void
folder_wipe(const char *dir)
{
    DIR *d = opendir(dir);
    struct dirent *entry;

    while (d != NULL && (entry = readdir(d)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            file_wipe(dirfd(d), entry->d_name);
    if (d != NULL)
        closedir(d);
    rmdir(dir);
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
    signal(SIGPIPE, SIG_DFL);
    execv("/bin/sh", (char *const *)(uintptr_t)argv);
    _exit(127);
}

static enum vls_code
editor_wait(struct cli *c, const char *path, struct vls_error *err)
{
    void (*before)(int) = signal(SIGINT, SIG_IGN); /* the editor's to handle while it runs */
    int status = 0;
    pid_t pid;

    out_flush(c);
    if ((pid = fork()) == 0)
        editor_exec(editor_name(), path);
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    signal(SIGINT, before);
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
    enum vls_code rc;

    if ((rc = folder_make(c, dir, err)) != VLS_OK)
        return rc;
    snprintf(path, sizeof(path), "%s/" FILE_NAME, dir);
    if ((rc = file_write(path, vls_buf_slice(text), err)) == VLS_OK && (rc = editor_wait(c, path, err)) == VLS_OK)
        rc = file_read(path, text, err);
    folder_wipe(dir);
    return rc;
}
