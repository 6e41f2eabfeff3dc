/*
 * Passphrases on their way in, from a descriptor straight into guarded memory (no stdio, whose
 * buffers nobody wipes), and generated ones made of words.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "valise/unlock.h"

#include "words.h"

extern char **environ;

#define REST_MAX ((size_t)1 << 20) /* 1 MiB; a command that says more is broken off */

/* Fills buf until a line end or the end of input; *len is what came before it. */
static enum vls_code
line_read(uint8_t *buf, size_t cap, size_t *len, int fd, struct vls_error *err)
{
    size_t n = 0;
    const uint8_t *end = NULL;

    while (end == NULL && n < cap) {
        ssize_t got = read(fd, buf + n, cap - n);

        if (got < 0)
            return errno == EINTR ? VLS_FAIL(err, VLS_EINTERRUPT, "interrupted")
                                  : VLS_FAIL_SYS(err, VLS_EIO, errno, "cannot read the passphrase");
        if (got == 0)
            break;
        end = memchr(buf + n, '\n', (size_t)got);
        n += (size_t)got;
    }
    *len = end != NULL ? (size_t)(end - buf) : n;
    if (end != NULL && *len > 0 && buf[*len - 1] == '\r')
        --*len;
    return VLS_OK;
}

enum vls_code
vls_passphrase_read(struct vls_secret **out, int fd, struct vls_error *err)
{
    struct vls_secret *line = NULL;
    enum vls_code rc;
    size_t len;

    *out = NULL;
    /* two more: a line end of CR LF behind the longest passphrase */
    if ((rc = vls_secret_new(&line, VLS_PASSPHRASE_MAX + 2, err)) != VLS_OK ||
        (rc = line_read(line->bytes, line->len, &len, fd, err)) != VLS_OK)
        goto out;
    if (len == 0)
        rc = VLS_FAIL(err, VLS_ELOCKED, "the passphrase is empty");
    else if (len > VLS_PASSPHRASE_MAX)
        rc = VLS_FAIL(err, VLS_ELIMIT, "the passphrase is longer than %d bytes", VLS_PASSPHRASE_MAX);
    else if (memchr(line->bytes, '\0', len) != NULL)
        rc = VLS_FAIL(err, VLS_EVALUE, "the passphrase contains a zero byte");
    else
        rc = vls_secret_copy(out, line->bytes, len, err);
out:
    vls_secret_free(line);
    return rc;
}

enum vls_code
vls_passphrase_read_file(struct vls_secret **out, const char *path, struct vls_error *err)
{
    enum vls_code rc;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    *out = NULL;
    if (fd < 0)
        return VLS_FAIL_SYS(err, VLS_ELOCKED, errno, "cannot open passphrase file %s", path);
    if ((rc = vls_passphrase_read(out, fd, err)) != VLS_OK)
        vls_while(err, "passphrase file %s", path);
    (void)close(fd);
    return rc;
}

static int
command_start(pid_t *pid, int write_end, const char *command)
{
    static char shell[] = "/bin/sh", dash_c[] = "-c";
    char *text = strdup(command), *argv[] = {shell, dash_c, text, NULL};
    posix_spawn_file_actions_t actions;
    int sys = ENOMEM;

    if (text == NULL)
        return sys;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        /* both ends are closed on exec; the copy as standard output is not */
        if ((sys = posix_spawn_file_actions_adddup2(&actions, write_end, STDOUT_FILENO)) == 0)
            sys = posix_spawn(pid, shell, &actions, NULL, argv, environ);
        (void)posix_spawn_file_actions_destroy(&actions);
    }
    free(text);
    return sys;
}

/* Lets the command finish what it has to say, within reason: further lines are notes, not ours. */
static void
rest_discard(int fd)
{
    uint8_t chunk[1024];
    size_t left = REST_MAX;
    ssize_t got;

    while (left > 0 && ((got = read(fd, chunk, sizeof chunk)) > 0 || (got < 0 && errno == EINTR)))
        left -= got > 0 ? (size_t)got : 0;
    vls_wipe(chunk, sizeof chunk);
}

enum vls_code
vls_passphrase_read_command(struct vls_secret **out, const char *command, struct vls_error *err)
{
    int ends[2], sys, status = 0;
    enum vls_code rc;
    pid_t pid;

    *out = NULL;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return VLS_FAIL_SYS(err, VLS_EIO, errno, "no pipe for the passphrase command");
    sys = command_start(&pid, ends[1], command);
    (void)close(ends[1]);
    if (sys != 0) {
        (void)close(ends[0]);
        return VLS_FAIL_SYS(err, VLS_ELOCKED, sys, "cannot start the passphrase command");
    }
    rc = vls_passphrase_read(out, ends[0], err);
    if (rc == VLS_OK)
        rest_discard(ends[0]);
    (void)close(ends[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    /* what a failing command printed is a message, not a passphrase */
    if (status != 0 && (rc == VLS_OK || rc == VLS_ELOCKED)) {
        vls_secret_free(*out);
        *out = NULL;
        rc = VLS_FAIL(err, VLS_ELOCKED, "the passphrase command failed (%s %d)",
                      WIFSIGNALED(status) ? "signal" : "exit status",
                      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return rc;
}

enum vls_code
vls_passphrase_generate(struct vls_secret **out, struct vls_error *err)
{
    struct vls_secret *picks = NULL;
    uint32_t *pick;
    size_t len = VLS_PASSPHRASE_WORDS - 1; /* the spaces */
    enum vls_code rc;
    uint8_t *p;

    *out = NULL;
    if ((rc = vls_secret_new(&picks, VLS_PASSPHRASE_WORDS * sizeof *pick, err)) != VLS_OK)
        return rc;
    pick = (uint32_t *)(void *)picks->bytes; /* guarded memory is aligned for it */
    for (size_t i = 0; i < VLS_PASSPHRASE_WORDS; i++) {
        pick[i] = randombytes_uniform(VLS__N_WORDS);
        len += strlen(vls__words[pick[i]]);
    }
    if ((rc = vls_secret_new(out, len + 1, err)) != VLS_OK)
        goto out;
    p = (*out)->bytes;
    for (size_t i = 0; i < VLS_PASSPHRASE_WORDS; i++) {
        size_t n = strlen(vls__words[pick[i]]);

        if (i > 0)
            *p++ = ' ';
        memcpy(p, vls__words[pick[i]], n);
        p += n;
    }
    (*out)->len = len; /* the NUL behind it stays */
out:
    vls_secret_free(picks);
    return rc;
}
