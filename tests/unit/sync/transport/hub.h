#ifndef TESTS_UNIT_SYNC_TRANSPORT_HUB_H
#define TESTS_UNIT_SYNC_TRANSPORT_HUB_H

/* A scratch folder with hubs in it, clients of them, and what they received. Include after check.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "valise/transport.h"

#define SEEN_MAX 4096

struct seen {
    size_t n;
    char name[SEEN_MAX][VLS_REMOTE_NAME_LEN + 1];
    size_t len[SEEN_MAX];
};

struct scratch {
    char dir[64];
    char hub[128];
    char courier[600];
    struct vls_error err;
    struct seen seen;
};

/* build/x/tests/unit/…/test_y: the courier is build/x/valise-courier. */
static inline void
courier_path(char *out, size_t cap)
{
    const char *given = getenv("VALISE_COURIER");
    char self[512];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *cut;

    assert_true(n > 0);
    self[n] = '\0';
    if ((cut = strstr(self, "/tests/")) != NULL)
        *cut = '\0';
    (void)snprintf(out, cap, "%s%s", given != NULL ? given : self, given != NULL ? "" : "/valise-courier");
    if (access(out, X_OK) != 0)
        fail_msg("the courier is not built: %s", out);
}

static inline int
scratch_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static inline int
scratch_open(void **state)
{
    struct scratch *s = calloc(1, sizeof *s);

    assert_non_null(s);
    (void)snprintf(s->dir, sizeof s->dir, "/tmp/valise-remote-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    assert_int_equal(chmod(s->dir, 0755), 0);
    (void)snprintf(s->hub, sizeof s->hub, "%s/hub", s->dir);
    courier_path(s->courier, sizeof s->courier);
    *state = s;
    return 0;
}

static inline int
scratch_close(void **state)
{
    struct scratch *s = *state;

    (void)nftw(s->dir, scratch_unlink, 16, FTW_DEPTH | FTW_PHYS);
    free(s);
    return 0;
}

static inline enum vls_code
seen_add(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct seen *seen = ctx;

    if (seen->n == SEEN_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "more than the test expects");
    memcpy(seen->name[seen->n], name, VLS_REMOTE_NAME_LEN + 1);
    seen->len[seen->n++] = blob.n;
    return VLS_OK;
}

static inline struct vls_remote *
client_open(struct scratch *s, unsigned flags)
{
    struct vls_remote *r = NULL;

    check_ok(vls_remote_open(&r, s->courier, s->hub, flags, &s->err), &s->err);
    assert_non_null(r);
    return r;
}

/* Pushes one blob made of text. */
static inline enum vls_code
push_text(struct scratch *s, struct vls_remote *r, const char *text, const char *on, char *tip)
{
    struct vls_slice blob = vls_slice_str(text);

    return vls_remote_push(r, &blob, NULL, 1, on, tip, &s->err);
}

/* Pulls from *tip and pushes one blob, until nobody is faster; tip follows. */
static inline enum vls_code
push_through(struct scratch *s, struct vls_remote *r, const struct vls_slice *blob, char tip[VLS_REMOTE_TIP_LEN + 1])
{
    enum vls_code rc = VLS_ERACE;

    for (unsigned race = 0; rc == VLS_ERACE && race < 30; race++) {
        if (race > 0)
            vls_remote_pause(race);
        if ((rc = vls_remote_pull(r, tip, seen_add, &s->seen, tip, NULL, &s->err)) == VLS_OK)
            rc = vls_remote_push(r, blob, NULL, 1, tip, tip, &s->err);
    }
    return rc;
}

/* Pulls into s->seen from scratch; rewritten is an error. */
static inline enum vls_code
pull_seen(struct scratch *s, struct vls_remote *r, const char *known, char *tip)
{
    s->seen.n = 0;
    return vls_remote_pull(r, known, seen_add, &s->seen, tip, NULL, &s->err);
}

static inline bool
seen_text(const struct scratch *s, size_t i, const char *text)
{
    char name[VLS_REMOTE_NAME_LEN + 1];

    vls_remote_name(name, vls_slice_str(text));
    return i < s->seen.n && strcmp(s->seen.name[i], name) == 0;
}

static inline void
hub_path(const struct scratch *s, char *out, size_t cap, const char *below)
{
    (void)snprintf(out, cap, "%s/%s", s->hub, below);
}

static inline void
file_put(const char *path, const void *p, size_t n)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, p, n), (ssize_t)n);
    assert_int_equal(close(fd), 0);
}

/* How many entries of a folder end in suffix. */
static inline unsigned
count_files(const char *path, const char *suffix)
{
    DIR *d = opendir(path);
    struct dirent *e;
    unsigned n = 0;

    if (d == NULL)
        return 0;
    while ((e = readdir(d)) != NULL) {
        size_t len = strlen(e->d_name), end = strlen(suffix);

        if (e->d_name[0] != '.' && len >= end && strcmp(e->d_name + len - end, suffix) == 0)
            n++;
    }
    (void)closedir(d);
    return n;
}

static inline double
now_s(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Runs a program found in the usual places, quietly; its exit status, -1 when there is none such. */
static inline int
run(const char *const argv[])
{
    pid_t pid = fork();
    int status;

    if (pid == 0) {
        union {
            const char *const *in;
            char *const *out;
        } args = {argv};
        int null = open("/dev/null", O_RDWR);
        char home[] = "HOME=/nonexistent", path[] = "PATH=/usr/local/bin:/usr/bin:/bin",
             system[] = "GIT_CONFIG_NOSYSTEM=1";
        char *const env[] = {home, path, system, NULL};

        (void)dup2(null, 0);
        (void)dup2(null, 1);
        if (getenv("VALISE_TEST_LOUD") == NULL)
            (void)dup2(null, 2);
        (void)execvpe(argv[0], args.out, env);
        _exit(127);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif
