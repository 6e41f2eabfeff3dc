/*
 * Recognising a folder as a remote, and creating one. What lies there is looked at as plain data: no
 * configuration, hook, link or alternate of it is ever followed. Source: schemas/wire/remote.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sync/courier/courier.h"

#define TOP_ENTRIES 1000 /* names looked at in the folder; a remote has about eight */

static const char config_text[] = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n";
static const char head_text[] = "ref: " VLS__REF "\n";

struct top {
    bool head, objects, refs;
    bool others; /* something that neither a repository nor an operating system puts there */
};

/* What desktops and file systems leave in any folder; it does not make an empty stick a full one. */
static bool
is_litter(const char *name)
{
    if (name[0] == '.')
        return strncmp(name, ".git", 4) != 0;
    return strcmp(name, "lost+found") == 0 || strcmp(name, "System Volume Information") == 0;
}

static bool
top_each(void *ctx, const char *name)
{
    struct top *top = ctx;

    if (strcasecmp(name, "HEAD") == 0) /* FAT may be mounted so that it shows in lower case */
        top->head = true;
    else if (strcmp(name, "objects") == 0)
        top->objects = true;
    else if (strcmp(name, "refs") == 0)
        top->refs = true;
    else if (strcmp(name, "config") != 0 && !is_litter(name))
        top->others = true;
    return true;
}

static enum vls_code
top_look(const struct hub *hub, struct top *out, struct vls_error *err)
{
    memset(out, 0, sizeof *out);
    if (folder_each(hub->fd, TOP_ENTRIES, top_each, out) == 0)
        return VLS_OK;
    if (errno == E2BIG)
        return VLS_FAIL(err, VLS_EFORMAT, "the folder holds other files; nothing was touched");
    if (errno == EACCES || errno == EPERM)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "no permission to look into it");
    return file_fail(err, errno, "its folder cannot be read");
}

static enum vls_code
dir_make(int dir, const char *name, mode_t mode, struct vls_error *err)
{
    if (mkdirat(dir, name, mode) != 0 && errno != EEXIST)
        return file_fail(err, errno, "a folder cannot be created");
    return VLS_OK;
}

static enum vls_code
file_make(int dir, const char *name, mode_t mode, const char *text, struct vls_error *err)
{
    char temp[64];
    enum vls_code rc = VLS_OK;
    int fd;

    file_temp_name(temp, sizeof temp, ".tmp_"); /* litter, should it be left: creating again goes on */
    if ((fd = openat(dir, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode & 0666)) < 0)
        return file_fail(err, errno, "a file cannot be created");
    /* once more under its name, as FAT wants it (ref.c) */
    if (!file_write(fd, text, strlen(text)) || !file_sync(fd) || renameat(dir, temp, dir, name) != 0 ||
        !file_sync(fd)) {
        rc = file_fail(err, errno, "a file cannot be written");
        (void)unlinkat(dir, temp, 0);
    }
    (void)close(fd);
    return rc;
}

static enum vls_code
synced(int fd, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    if (fd < 0 || !folder_sync(fd))
        rc = file_fail(err, errno, "a folder cannot be synced");
    if (fd >= 0)
        (void)close(fd);
    return rc;
}

/* HEAD comes last: without it the folder counts as not created, and creating it again goes on. */
static enum vls_code
hub_make(struct hub *hub, struct vls_error *err)
{
    static const char *const below[][3] = {{"objects", "info", "pack"}, {"refs", "heads", "tags"}};
    enum vls_code rc;

    for (size_t i = 0; i < sizeof below / sizeof below[0]; i++) {
        int fd;

        if ((rc = dir_make(hub->fd, below[i][0], hub->dir_mode, err)) != VLS_OK)
            return rc;
        if ((fd = folder_open(hub->fd, below[i][0], NULL)) < 0)
            return VLS_FAIL(err, VLS_EFORMAT, "something else than a plain folder lies in it");
        if ((rc = dir_make(fd, below[i][1], hub->dir_mode, err)) != VLS_OK ||
            (rc = dir_make(fd, below[i][2], hub->dir_mode, err)) != VLS_OK) {
            (void)close(fd);
            return rc;
        }
        if ((rc = synced(fd, err)) != VLS_OK)
            return rc;
    }
    if ((rc = file_make(hub->fd, "config", hub->dir_mode, config_text, err)) != VLS_OK ||
        (rc = file_make(hub->fd, "HEAD", hub->dir_mode, head_text, err)) != VLS_OK)
        return rc;
    return synced(fcntl(hub->fd, F_DUPFD_CLOEXEC, 3), err);
}

enum vls_code
hub_look(struct hub *hub, bool create, struct vls_error *err)
{
    struct vls__tip tip;
    struct top top;
    uint64_t others = 0;
    enum vls_code rc;
    bool loose;

    if ((rc = top_look(hub, &top, err)) != VLS_OK)
        return rc;
    if (!top.head || !top.objects || !top.refs) {
        if (top.others || top.head)
            return VLS_FAIL(err, VLS_EFORMAT, "the folder holds other files; nothing was touched");
        if (create && (rc = hub_make(hub, err)) != VLS_OK)
            return rc;
        hub->made = create;
        return VLS_OK;
    }
    hub->made = true;
    if ((rc = objects_check(hub, &loose, err)) != VLS_OK ||
        (rc = ref_read(hub, &tip, &others, err)) != VLS_OK)
        return rc;
    if (!tip.set && others > 0)
        return VLS_FAIL(err, VLS_ETRUST,
                        "somebody's repository, not a remote of valise; nothing was touched");
    return VLS_OK;
}

/* Opens the folder; with create, makes it when only its last name is missing. */
static int
folder_find(const char *path, bool create, bool *writable)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char up[VLS__URL_MAX + 4];
    struct stat st;
    size_t n = strlen(path);

    *writable = true;
    if (fd >= 0 || errno != ENOENT || !create || n + 4 > sizeof up)
        return fd;
    memcpy(up, path, n + 1);
    while (n > 1 && up[n - 1] != '/')
        n--;
    up[n] = '\0'; /* the folder around it, with its slash */
    if (stat(up, &st) != 0)
        return -1;
    if (mkdir(path, st.st_mode & 0777) != 0) {
        *writable = errno != EACCES && errno != EROFS && errno != EPERM;
        return -1;
    }
    if ((fd = open(up, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) >= 0) {
        (void)folder_sync(fd);
        (void)close(fd);
    }
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static enum vls_code
folder_fail(struct vls_error *err, int sys, bool writable)
{
    if (!writable)
        return VLS_FAIL(err, VLS_EREADONLY, "the folder around it cannot be written");
    switch (sys) {
    case ENOTDIR: return VLS_FAIL(err, VLS_EFORMAT, "a file, not a folder");
    case EACCES:
    case EPERM: return VLS_FAIL(err, VLS_EUNREACHABLE, "no permission to look into it");
    case ENOSPC:
    case EDQUOT: return VLS_FAIL(err, VLS_EFULL, "no space left");
    default: return VLS_FAIL(err, VLS_EUNREACHABLE, "not there");
    }
}

enum vls_code
hub_open(struct hub *hub, const char *path, unsigned flags, struct vls__msg *hello, struct vls_error *err)
{
    bool create = (flags & VLS__OPEN_CREATE) != 0, writable;
    enum vls_code rc = VLS_OK;
    struct stat st;

    *hub = (struct hub){.fd = -1, .writable = (flags & VLS__OPEN_READONLY) == 0};
    (void)umask(0); /* modes follow the folder's own, so that whoever shares it can write to it */
    if ((hub->fd = folder_find(path, create, &writable)) < 0)
        return folder_fail(err, errno, writable);
    if (fstat(hub->fd, &st) != 0 || fchdir(hub->fd) != 0) {
        rc = folder_fail(err, errno, true);
    } else {
        hub->dir_mode = (st.st_mode & 0777) | 0700;
        hello->u.hello.landlock = (uint8_t)confine_to_folder(hub->fd, hub->writable);
        hello->u.hello.seccomp = confine_calls() ? 1 : 0;
        rc = hub_look(hub, create, err);
    }
    if (rc != VLS_OK)
        hub_close(hub);
    return rc;
}

void
hub_close(struct hub *hub)
{
    objects_close(hub);
    if (hub->fd >= 0)
        (void)close(hub->fd);
    hub->fd = -1;
}
