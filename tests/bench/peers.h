#ifndef TESTS_BENCH_PEERS_H
#define TESTS_BENCH_PEERS_H

/*
 * Command line git, and libgit2 as it comes, at the same exchange: what ours is measured against. Both have
 * a bare repository where valise has its store, and move the same blobs over the same folders and lines.
 */
#include <git2.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/transport.h>
#include <sys/socket.h>

#include "tests/bench/bench.h"

#define PEER_REF  "refs/heads/valise"
#define PEER_SPEC "+" PEER_REF ":" PEER_REF

/* ---- git ---- */

/* Runs a script of sh with $1 to $3. */
static inline void
peer_shell(const char *script, const char *a, const char *b, const char *c)
{
    const char *const argv[] = {"sh", "-ec", script, "sh", a, b, c, NULL};

    (void)bench_command(NULL, argv, NULL);
}

/* Nobody's configuration but this; both libraries and programs read it. */
static inline void
peer_start(const char *home)
{
    (void)setenv("HOME", home, 1);
    bench_git_settle();
    (void)setenv("GIT_SSH", "ssh", 1);
    (void)setenv("GIT_SSH_VARIANT", "ssh", 1);
}

/* One more commit with a blob of n random bytes on a bare repository's branch. */
static inline void
peer_commit(const char *repo, size_t n)
{
    char count[24];

    (void)snprintf(count, sizeof count, "%zu", n);
    peer_shell("cd $1; b=$(head -c $2 /dev/urandom | git hash-object -w --stdin); "
               "t=$(printf '100644 blob %s\\t%s%s\\n' $b $b 000000000000000000000000 | git mktree); "
               "git update-ref " PEER_REF " $(git commit-tree $t -p " PEER_REF " -m sealed)",
               repo, count, "");
}

/* ---- libgit2 ---- */

static inline void
peer_must(int rc, const char *what)
{
    const git_error *e = git_error_last();

    if (rc >= 0)
        return;
    fprintf(stderr, "libgit2, %s: %s\n", what, e != NULL ? e->message : "?");
    exit(1);
}

/* The line as a transport of libgit2: what its own one for ssh does, over the same program. */
struct peer_stream {
    git_smart_subtransport_stream base;
    int fd;
    pid_t pid;
};

struct peer_line {
    git_smart_subtransport base;
    struct peer_stream *stream;
};

static inline int
peer__read(git_smart_subtransport_stream *base, char *out, size_t cap, size_t *got)
{
    ssize_t n = recv(((struct peer_stream *)(void *)base)->fd, out, cap, 0);

    *got = n > 0 ? (size_t)n : 0;
    return n < 0 ? -1 : 0;
}

static inline int
peer__write(git_smart_subtransport_stream *base, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t put = send(((struct peer_stream *)(void *)base)->fd, p, n, MSG_NOSIGNAL);

        if (put <= 0)
            return -1;
        p += put;
        n -= (size_t)put;
    }
    return 0;
}

static inline void
peer__hang_up(git_smart_subtransport_stream *base)
{
    struct peer_stream *s = (struct peer_stream *)(void *)base;
    struct peer_line *line = (struct peer_line *)(void *)s->base.subtransport;
    int status;

    (void)close(s->fd);
    (void)waitpid(s->pid, &status, 0);
    line->stream = NULL;
    free(s);
}

static inline int
peer__action(git_smart_subtransport_stream **out, git_smart_subtransport *base, const char *url,
             git_smart_service_t action)
{
    struct peer_line *line = (struct peer_line *)(void *)base;
    char command[400];
    int pair[2];

    if (action == GIT_SERVICE_UPLOADPACK_LS || action == GIT_SERVICE_RECEIVEPACK_LS) {
        bench_check((line->stream = calloc(1, sizeof *line->stream)) != NULL &&
                        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0,
                    "line");
        (void)snprintf(command, sizeof command, "git-%s-pack '%.300s'",
                       action == GIT_SERVICE_UPLOADPACK_LS ? "upload" : "receive", strchr(url + 6, '/'));
        bench_check((line->stream->pid = fork()) >= 0, "fork");
        if (line->stream->pid == 0) {
            (void)dup2(pair[1], 0);
            (void)dup2(pair[1], 1);
            (void)execlp("ssh", "ssh", "host.example", command, (char *)NULL);
            _exit(127);
        }
        (void)close(pair[1]);
        line->stream->fd = pair[0];
        line->stream->base.subtransport = base;
        line->stream->base.read = peer__read;
        line->stream->base.write = peer__write;
        line->stream->base.free = peer__hang_up;
    }
    *out = &line->stream->base;
    return 0;
}

static inline int
peer__close(git_smart_subtransport *base)
{
    struct peer_line *line = (struct peer_line *)(void *)base;

    if (line->stream != NULL)
        peer__hang_up(&line->stream->base);
    return 0;
}

static inline void
peer__free(git_smart_subtransport *base)
{
    (void)peer__close(base);
    free(base);
}

static inline int
peer__new(git_smart_subtransport **out, git_transport *owner, void *param)
{
    struct peer_line *line = calloc(1, sizeof *line);

    (void)owner;
    (void)param;
    bench_check(line != NULL, "line");
    line->base.action = peer__action;
    line->base.close = peer__close;
    line->base.free = peer__free;
    *out = &line->base;
    return 0;
}

static inline int
peer__transport(git_transport **out, git_remote *owner, void *param)
{
    static git_smart_subtransport_definition definition = {.callback = peer__new};

    (void)param;
    return git_transport_smart(out, owner, &definition);
}

static inline void
peer_fetch(const char *repo, const char *url)
{
    char spec[] = PEER_SPEC, *specs[] = {spec};
    const git_strarray what = {specs, 1};
    git_fetch_options o;
    git_repository *r = NULL;
    git_remote *remote = NULL;

    peer_must(git_libgit2_init(), "start");
    peer_must(git_transport_register("ssh", peer__transport, NULL), "line");
    peer_must(git_repository_open_bare(&r, repo), "open");
    peer_must(git_remote_create_anonymous(&remote, r, url), "remote");
    peer_must(git_fetch_options_init(&o, GIT_FETCH_OPTIONS_VERSION), "options");
    o.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    peer_must(git_remote_fetch(remote, &what, &o, NULL), "fetch");
    git_remote_free(remote);
    git_repository_free(r);
    (void)git_libgit2_shutdown();
}

static inline void
peer_push(const char *repo, const char *url)
{
    char spec[] = PEER_REF ":" PEER_REF, *specs[] = {spec};
    const git_strarray what = {specs, 1};
    git_push_options o;
    git_repository *r = NULL;
    git_remote *remote = NULL;

    peer_must(git_libgit2_init(), "start");
    peer_must(git_transport_register("ssh", peer__transport, NULL), "line");
    peer_must(git_repository_open_bare(&r, repo), "open");
    peer_must(git_remote_create_anonymous(&remote, r, url), "remote");
    peer_must(git_push_options_init(&o, GIT_PUSH_OPTIONS_VERSION), "options");
    peer_must(git_remote_push(remote, &what, &o), "push");
    git_remote_free(remote);
    git_repository_free(r);
    (void)git_libgit2_shutdown();
}

/* n commits of a blob each, one below the other, into a new repository: loose, or gathered in memory and dumped as one
 * pack; the branch moves once. */
static inline void
peer_write(const char *repo, bool in_memory, const uint8_t *blobs, size_t blob_len, size_t n)
{
    git_odb_backend *memory = NULL;
    git_repository *r = NULL;
    git_signature *me = NULL;
    git_odb *odb = NULL;
    git_oid at;

    peer_must(git_libgit2_init(), "start");
    peer_must(git_repository_init(&r, repo, 1), "init");
    peer_must(git_repository_odb(&odb, r), "objects");
    if (in_memory) {
        peer_must(git_mempack_new(&memory), "mempack");
        peer_must(git_odb_add_backend(odb, memory, 999), "mempack");
    }
    peer_must(git_signature_new(&me, "a", "a@invalid", 1000000000, 0), "author");
    for (size_t i = 0; i < n; i++) {
        git_treebuilder *b = NULL;
        git_commit *parent = NULL;
        git_tree *t = NULL;
        git_oid blob, tree;

        peer_must(git_odb_write(&blob, odb, blobs + i * blob_len, blob_len, GIT_OBJECT_BLOB), "blob");
        peer_must(git_treebuilder_new(&b, r, NULL), "tree");
        peer_must(git_treebuilder_insert(NULL, b, "blob", &blob, GIT_FILEMODE_BLOB), "tree");
        peer_must(git_treebuilder_write(&tree, b), "tree");
        peer_must(git_tree_lookup(&t, r, &tree), "tree");
        if (i > 0)
            peer_must(git_commit_lookup(&parent, r, &at), "parent");
        peer_must(git_commit_create_v(&at, r, NULL, me, me, NULL, "sealed", t, i > 0 ? 1 : 0, parent), "commit");
        git_treebuilder_free(b);
        git_commit_free(parent);
        git_tree_free(t);
    }
    if (in_memory) {
        git_buf pack = GIT_BUF_INIT;
        git_odb_writepack *w = NULL;
        git_indexer_progress p = {0};
        git_odb *plain = NULL;
        git_odb_backend *packs = NULL;
        char path[400];

        peer_must(git_mempack_dump(&pack, r, memory), "dump");
        (void)snprintf(path, sizeof path, "%.380s/objects", repo);
        peer_must(git_odb_new(&plain), "objects");
        peer_must(git_odb_backend_pack(&packs, path), "packs");
        peer_must(git_odb_add_backend(plain, packs, 1), "packs");
        peer_must(git_odb_write_pack(&w, plain, NULL, NULL), "pack");
        peer_must(w->append(w, pack.ptr, pack.size, &p), "pack");
        peer_must(w->commit(w, &p), "pack");
        w->free(w);
        git_buf_dispose(&pack);
        git_odb_free(plain);
    }
    git_signature_free(me);
    git_odb_free(odb);
    git_repository_free(r);
    (void)git_libgit2_shutdown();
}

#endif
