#ifndef TESTS_UNIT_SYNC_TRANSPORT_LINE_H
#define TESTS_UNIT_SYNC_TRANSPORT_LINE_H

/* Remotes over a line, with a program of ours in the place of ssh or curl. Include after check.h. */
#include "tests/unit/sync/transport/hub.h"

#include "sync/transport/transport_int.h"

/* $T is the scratch folder. The last argument is the command for the host. */
static const char honest[] =
    "#!/bin/sh\n"
    "env >\"$T/env\"; printf '%s\\n' \"$@\" >\"$T/args\"; ls -l /proc/self/fd | wc -l >\"$T/fds\"\n"
    "for a; do c=$a; done\n"
    "echo \"$c\" >>\"$T/commands\"\n"
    "exec sh -c \"git -c safe.directory='*' ${c#git-}\"\n";

struct line {
    struct scratch s;
    char url[512], bin[300], path[600];
};

static inline void
script_put(struct line *l, const char *text)
{
    char whole[4096], file[400];
    size_t n = strcspn(text, "\n") + 1;

    (void)snprintf(whole, sizeof whole, "%.*sT=%s\n%s", (int)n, text, l->s.dir, text + n);
    (void)snprintf(file, sizeof file, "%s/ssh", l->bin);
    file_put(file, whole, strlen(whole));
    assert_int_equal(chmod(file, 0755), 0);
}

static inline int
line_new(void **state)
{
    struct line *l = calloc(1, sizeof *l);
    void *inner = NULL;

    assert_non_null(l);
    assert_int_equal(scratch_open(&inner), 0);
    l->s = *(struct scratch *)inner;
    free(inner);
    (void)snprintf(l->bin, sizeof l->bin, "%s/bin", l->s.dir);
    assert_int_equal(mkdir(l->bin, 0755), 0);
    (void)snprintf(l->path, sizeof l->path, "%s:/usr/local/bin:/usr/bin:/bin", l->bin);
    assert_int_equal(setenv("PATH", l->path, 1), 0);
    assert_int_equal(setenv("VALISE_PASSPHRASE_FILE", "/a/secret/place", 1), 0);
    assert_int_equal(setenv("LANG", "fr_FR.UTF-8", 1), 0);
    (void)unsetenv("LC_ALL");
    script_put(l, honest);
    assert_int_equal(run((const char *const[]){"git", "init", "-q", "--bare", l->s.hub, NULL}), 0);
    (void)snprintf(l->url, sizeof l->url, "ssh://joe@host.example:2222%s", l->s.hub);
    *state = l;
    return 0;
}

static inline int
line_free(void **state)
{
    struct line *l = *state;
    struct scratch *s = malloc(sizeof *s);
    void *inner = s;

    assert_non_null(s);
    *s = l->s;
    free(l);
    (void)unsetenv("VALISE_PASSPHRASE_FILE");
    return scratch_close(&inner);
}

static inline struct vls_remote *
dial(struct line *l, unsigned flags)
{
    struct vls_remote *r = NULL;

    check_ok(vls_remote_open(&r, l->s.courier, l->url, flags | VLS_REMOTE_BATCH, &l->s.err), &l->s.err);
    return r;
}

static inline void
file_get(const struct line *l, const char *name, char *out, size_t cap)
{
    char path[400];
    size_t n;
    FILE *f;

    (void)snprintf(path, sizeof path, "%s/%s", l->s.dir, name);
    assert_non_null(f = fopen(path, "r"));
    n = fread(out, 1, cap - 1, f);
    out[n] = '\0';
    (void)fclose(f);
}

static inline long
file_size(const struct line *l, const char *name)
{
    char path[400];
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/%s", l->s.dir, name);
    return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

static inline void
git_does(struct line *l, const char *what, const char *a, const char *b)
{
    const char *const argv[] = {"git", "-c", "safe.directory=*", "--git-dir", l->s.hub, what, a, b, NULL};

    assert_int_equal(run(argv), 0);
}

/* Blobs of 3 KB, so that bytes can be told from envelopes of the protocol. */
static inline enum vls_code
push_one(struct line *l, struct vls_remote *r, unsigned i, const char *on, char *tip)
{
    static uint8_t bytes[3000];
    struct vls_slice blob = vls_slice_of(bytes, sizeof bytes);
    uint32_t x = i * 2654435761u + 1;

    for (size_t k = 0; k < sizeof bytes; k++)
        bytes[k] = (uint8_t)((x = x * 1664525u + 1013904223u) >> 24);
    return vls_remote_push(r, &blob, NULL, 1, on, tip, &l->s.err);
}

#endif
