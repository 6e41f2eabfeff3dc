/*
 * Remotes over a line. What is new is fetched into a folder of our own that looks like a hub, and from there on it is
 * one: the same walk, the same budgets, the same pack for what is sent. The last tip is named to the host as what we
 * have, although only its id is here: a stand-in without ancestors takes its place while the two sides negotiate, so
 * that what is fetched is what is new, whatever the history holds (I9). Source: schemas/wire/remote.md section 9.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>
#include <git2/sys/transport.h>

#include "sync/courier/net.h"

/* Also before the object itself where it is here: its ancestors are not. */
#define BEFORE_ALL 100
#define URL        "ssh://line/" /* the parent knows the real one */
#define PACKS_MAX  20000u        /* names in our own folder of packs */

struct stand_in {
    git_odb_backend base;
    git_oid id;
    bool set;
};

struct net {
    git_repository *repo;
    git_remote *remote;        /* NULL when no conversation is open */
    struct stand_in *stand_in; /* owned by the repository's object database */
    uint64_t last;             /* bytes at the last word to the parent */
    bool over;                 /* a budget was exceeded */
    bool partial;              /* what lies in our folder builds on what does not */
    char refusal[VLS__TEXT_MAX + 1];
    bool refused, sending;
};

/* ---- the stand-in for what the host has and we need not have ---- */

static const char nothing[] = "tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
                              "author valise <valise@localhost> 1000000000 +0000\n"
                              "committer valise <valise@localhost> 1000000000 +0000\n\nsealed\n";

static bool
stands_for(const git_odb_backend *base, const git_oid *id)
{
    const struct stand_in *s = (const struct stand_in *)(const void *)base;

    return s->set && git_oid_equal(&s->id, id) != 0;
}

static int
stand_in_read(void **out, size_t *n, git_object_t *kind, git_odb_backend *base, const git_oid *id)
{
    if (!stands_for(base, id))
        return GIT_ENOTFOUND;
    if ((*out = git_odb_backend_data_alloc(base, sizeof nothing - 1)) == NULL)
        return -1;
    memcpy(*out, nothing, sizeof nothing - 1);
    *n = sizeof nothing - 1;
    *kind = GIT_OBJECT_COMMIT;
    return 0;
}

static int
stand_in_header(size_t *n, git_object_t *kind, git_odb_backend *base, const git_oid *id)
{
    *n = sizeof nothing - 1;
    *kind = GIT_OBJECT_COMMIT;
    return stands_for(base, id) ? 0 : GIT_ENOTFOUND;
}

static int
stand_in_exists(git_odb_backend *base, const git_oid *id)
{
    return stands_for(base, id);
}

static void
stand_in_free(git_odb_backend *base)
{
    free(base);
}

static bool
stand_in_add(struct net *net)
{
    struct stand_in *s = calloc(1, sizeof *s);
    git_odb *odb = NULL;
    bool ok = s != NULL && git_odb_init_backend(&s->base, GIT_ODB_BACKEND_VERSION) == 0 &&
              git_repository_odb(&odb, net->repo) == 0;

    if (ok) {
        s->base.read = stand_in_read;
        s->base.read_header = stand_in_header;
        s->base.exists = stand_in_exists;
        s->base.free = stand_in_free;
        ok = git_odb_add_backend(odb, &s->base, BEFORE_ALL) == 0;
    }
    git_odb_free(odb);
    if (ok)
        net->stand_in = s;
    else
        free(s);
    return ok;
}

static void
stand_in_for(struct net *net, const struct vls__tip *tip)
{
    net->stand_in->set = tip != NULL && tip->set;
    if (net->stand_in->set)
        memcpy(net->stand_in->id.id, tip->id, VLS__OID);
}

/* ---- conversations ---- */

static void
net_hang_up(struct net *net)
{
    if (net->remote != NULL)
        (void)git_remote_disconnect(net->remote);
    git_remote_free(net->remote);
    net->remote = NULL;
}

static int
on_transfer(const git_indexer_progress *p, void *ctx)
{
    struct net *net = ctx;

    if (p->received_bytes > VLS__PULL_BYTES || p->total_objects > 4u * VLS__PULL_BLOBS) {
        net->over = true;
        return -1;
    }
    if (p->received_bytes - net->last >= (uint64_t)64 * 1024 || p->received_objects == p->total_objects) {
        net->last = p->received_bytes;
        if (!pipe_send_progress(p->received_objects / 3, p->total_objects / 3, p->received_bytes))
            return -1; /* three objects to a blob: itself, its tree and its step */
    }
    return 0;
}

static int
on_push_transfer(unsigned now, unsigned total, size_t bytes, void *ctx)
{
    (void)ctx;
    return pipe_send_progress(now / 3, total / 3, bytes) ? 0 : -1;
}

static int
on_push_result(const char *ref, const char *status, void *ctx)
{
    struct net *net = ctx;

    (void)ref;
    net->refused = status != NULL;
    if (net->refused)
        vls__escape(net->refusal, vls_slice_str(status));
    return 0;
}

static enum vls_code
line_fail(struct net *net, struct vls_error *err, const char *what)
{
    const git_error *last = git_error_last();

    if (net->over || line_is_flooded())
        return VLS_FAIL(err, VLS_ELIMIT, "it holds more than valise reads");
    if (last != NULL && !net->sending &&
        (last->klass == GIT_ERROR_INDEXER || last->klass == GIT_ERROR_ZLIB || last->klass == GIT_ERROR_ODB))
        return VLS_FAIL(err, VLS_EFORMAT, "what it sends is damaged");
    if (last != NULL && last->klass == GIT_ERROR_NOMEMORY)
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    return VLS_FAIL(err, VLS_EUNREACHABLE, "%s", what);
}

/* Dials and reads what the host says it has. */
static enum vls_code
net_dial(struct hub *hub, git_direction direction, struct vls__tip *tip, uint64_t *others, struct vls_error *err)
{
    git_remote_callbacks calls;
    const git_remote_head **heads;
    struct net *net = hub->net;
    size_t n;

    memset(tip, 0, sizeof *tip);
    *others = 0;
    net->over = false;
    net->sending = direction == GIT_DIRECTION_PUSH;
    net->last = 0;
    if (net->repo == NULL || git_remote_init_callbacks(&calls, GIT_REMOTE_CALLBACKS_VERSION) != 0 ||
        git_remote_create_anonymous(&net->remote, net->repo, URL) != 0)
        return VLS_FAIL(err, VLS_EIO, "the courier cannot prepare a conversation");
    if (git_remote_connect(net->remote, direction, &calls, NULL, NULL) != 0 ||
        git_remote_ls(&heads, &n, net->remote) != 0)
        return direction == GIT_DIRECTION_FETCH || line_is_flooded()
                   ? line_fail(net, err, "no answer, or no repository of that name")
                   : VLS_FAIL(err, VLS_EREADONLY, "can be read but not written");
    for (size_t i = 0; i < n; i++) {
        if (strcmp(heads[i]->name, VLS__REF) == 0) {
            tip->set = true;
            memcpy(tip->id, heads[i]->oid.id, VLS__OID);
        } else if (strncmp(heads[i]->name, "refs/heads/", 11) == 0 || strncmp(heads[i]->name, "refs/tags/", 10) == 0) {
            ++*others;
        }
    }
    if (!tip->set && *others > 0)
        return VLS_FAIL(err, VLS_ETRUST, "somebody's repository, not a remote of valise; nothing was touched");
    return VLS_OK;
}

/* ---- opening ---- */

/* The folder is ours; a delta search would never win on sealed bytes, and this key of libgit2 1.5 is what switches it
 * off. */
static enum vls_code
repository_open(struct net *net, struct vls_error *err)
{
    git_config *config = NULL;
    bool ok = git_repository_open_bare(&net->repo, ".") == 0 && git_repository_config(&config, net->repo) == 0 &&
              git_config_set_int64(config, "pack.deltaCacheSize", 1) == 0 && stand_in_add(net);

    git_config_free(config);
    return ok ? VLS_OK : VLS_FAIL(err, VLS_EIO, "the courier cannot prepare its folder");
}

static bool
pack_drop(void *ctx, const char *name)
{
    return unlinkat(*(const int *)ctx, name, 0) == 0;
}

/* libgit2 asks for no tip that is here, also when what it builds on is not: to have everything, nothing may be here. */
static enum vls_code
net_empty(struct hub *hub, struct vls_error *err)
{
    struct net *net = hub->net;
    int dir = folder_open(hub->fd, "objects", "pack");
    bool ok = dir >= 0 && folder_each(dir, PACKS_MAX, pack_drop, &dir) == 0;

    if (dir >= 0)
        (void)close(dir);
    objects_close(hub);
    git_repository_free(net->repo);
    net->repo = NULL;
    net->stand_in = NULL;
    net->partial = false;
    return ok ? repository_open(net, err) : VLS_FAIL(err, VLS_EIO, "the courier cannot empty its folder");
}

static enum vls_code
net_open(struct hub *hub, const char *scratch, bool requests, unsigned flags, struct vls__msg *hello,
         struct vls_error *err)
{
    struct vls__tip tip;
    struct net *net;
    uint64_t others;
    enum vls_code rc;

    files_pass();
    if ((rc = hub_open(hub, scratch, VLS__OPEN_CREATE, hello, err)) != VLS_OK)
        return rc;
    hub->writable = (flags & VLS__OPEN_READONLY) == 0;
    if ((net = calloc(1, sizeof *net)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "the courier has no memory left");
    hub->net = net;
    if ((rc = repository_open(net, err)) == VLS_OK &&
        /* what a fetch brings is hashed as it comes, and the stand-in is not what its id says */
        (git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0) != 0 ||
         git_transport_register("ssh", requests ? request_transport : line_transport, NULL) != 0))
        rc = VLS_FAIL(err, VLS_EIO, "the courier cannot prepare its folder");
    if (rc == VLS_OK && (flags & (VLS__OPEN_LOOK | VLS__OPEN_CREATE)) != 0) {
        rc = net_dial(hub, GIT_DIRECTION_FETCH, &tip, &others, err);
        net_hang_up(net);
    }
    return rc;
}

enum vls_code
net_open_line(struct hub *hub, const char *scratch, unsigned flags, struct vls__msg *hello, struct vls_error *err)
{
    return net_open(hub, scratch, false, flags, hello, err);
}

enum vls_code
net_open_requests(struct hub *hub, const char *scratch, unsigned flags, struct vls__msg *hello, struct vls_error *err)
{
    return net_open(hub, scratch, true, flags, hello, err);
}

void
net_close(struct hub *hub)
{
    if (hub->net == NULL)
        return;
    net_hang_up(hub->net);
    git_repository_free(hub->net->repo);
    (void)git_transport_unregister("ssh");
    free(hub->net);
    hub->net = NULL;
}

/* ---- fetching ---- */

/* The branch of our own folder, without a look at what it names, which need not be here. */
static enum vls_code
branch_set(struct hub *hub, const struct vls__tip *tip, struct vls_error *err)
{
    char line[2 * VLS__OID + 2];
    int dir = folder_open(hub->fd, "refs", "heads"), fd = -1;
    bool ok;

    if (!tip->set) {
        ok = dir >= 0 && (unlinkat(dir, VLS__REF_LEAF, 0) == 0 || errno == ENOENT);
    } else {
        vls_hex(line, tip->id, VLS__OID);
        line[2 * VLS__OID] = '\n';
        ok = dir >= 0 &&
             (fd = openat(dir, VLS__REF_LEAF, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600)) >= 0 &&
             file_write(fd, line, 2 * VLS__OID + 1);
    }
    if (fd >= 0)
        (void)close(fd);
    if (dir >= 0)
        (void)close(dir);
    return ok ? VLS_OK : VLS_FAIL(err, VLS_EIO, "the courier cannot write to its folder");
}

/* Fetches what lies between have and tip; everything when have is not set. */
static enum vls_code
net_fetch(struct hub *hub, const struct vls__tip *have, const struct vls__tip *tip, struct vls_error *err)
{
    char spec[] = VLS__REF ":refs/valise/fetched";
    char *specs[] = {spec};
    const git_strarray what = {specs, 1};
    git_fetch_options o;
    struct net *net = hub->net;
    enum vls_code rc;

    if (git_fetch_options_init(&o, GIT_FETCH_OPTIONS_VERSION) != 0)
        return VLS_FAIL(err, VLS_EIO, "the courier cannot prepare a conversation");
    o.callbacks.transfer_progress = on_transfer;
    o.callbacks.payload = net;
    o.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    o.update_fetchhead = 0;
    stand_in_for(net, have);
    net->partial = net->partial || have->set;
    if ((rc = branch_set(hub, have, err)) == VLS_OK && git_remote_download(net->remote, &what, &o) != 0)
        rc = line_fail(net, err, "the transfer was cut off");
    stand_in_for(net, NULL);
    objects_close(hub); /* the next read sees the new pack */
    return rc == VLS_OK ? branch_set(hub, tip, err) : rc;
}

enum vls_code
net_pull(struct hub *hub, bool all, const struct vls__tip *known, struct vls__msg *reply, struct vls_error *err)
{
    static const struct vls__tip none = {.set = false};
    struct vls__tip tip;
    uint64_t others;
    enum vls_code rc;
    bool same;

    if ((!known->set && hub->net->partial && (rc = net_empty(hub, err)) != VLS_OK) ||
        (rc = net_dial(hub, GIT_DIRECTION_FETCH, &tip, &others, err)) != VLS_OK)
        goto out;
    same = tip.set == known->set && (!tip.set || memcmp(tip.id, known->id, VLS__OID) == 0);
    if (same || !tip.set) {
        if ((rc = branch_set(hub, &tip, err)) == VLS_OK)
            rc = hub_pull(hub, all, known, reply, err);
        goto out;
    }
    if ((rc = net_fetch(hub, known, &tip, err)) != VLS_OK)
        goto out;
    rc = hub_pull(hub, all, known, reply, err);
    if (rc == VLS_EFORMAT && hub->net->partial) {
        /* what the host left out because we claimed to have it is not below the last tip: its history is another one */
        net_hang_up(hub->net);
        if ((rc = net_empty(hub, err)) == VLS_OK &&
            (rc = net_dial(hub, GIT_DIRECTION_FETCH, &tip, &others, err)) == VLS_OK &&
            (rc = net_fetch(hub, &none, &tip, err)) == VLS_OK)
            rc = hub_pull(hub, all, known, reply, err);
    }
out:
    net_hang_up(hub->net);
    return rc;
}

static enum vls_code
refusal_read(const struct net *net, bool replace, struct vls_error *err)
{
    if (strstr(net->refusal, "lock") != NULL || strstr(net->refusal, "failed to update ref") != NULL)
        return VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
    if (replace)
        return VLS_FAIL(err, VLS_EREADONLY,
                        "the host does not let a history be replaced; whoever runs it can allow that for a while");
    if (strstr(net->refusal, "fast-forward") != NULL || strstr(net->refusal, "fetch first") != NULL)
        return VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
    return VLS_FAIL(err, VLS_EREADONLY, "the host refuses what is sent");
}

/* Hands what hub_push put on our own branch to the host; replace: in the place of what is there. Either way the host
 * compares what it has with what it told us. */
static enum vls_code
net_send(struct hub *hub, const struct vls__tip *on, bool replace, struct vls_error *err)
{
    char spec[] = "+" VLS__REF ":" VLS__REF;
    char *specs[] = {replace ? spec : spec + 1};
    const git_strarray what = {specs, 1};
    git_push_options o;
    struct net *net = hub->net;
    struct vls__tip now;
    uint64_t others;
    enum vls_code rc;
    int sent;

    if (git_push_options_init(&o, GIT_PUSH_OPTIONS_VERSION) != 0)
        return VLS_FAIL(err, VLS_EIO, "the courier cannot prepare a conversation");
    o.callbacks.push_transfer_progress = on_push_transfer;
    o.callbacks.push_update_reference = on_push_result;
    o.callbacks.payload = net;
    o.pb_parallelism = 1;
    net->refused = false;
    if ((rc = net_dial(hub, GIT_DIRECTION_PUSH, &now, &others, err)) != VLS_OK)
        return rc;
    if (now.set != on->set || (on->set && memcmp(now.id, on->id, VLS__OID) != 0))
        return VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
    stand_in_for(net, on);
    sent = git_remote_upload(net->remote, &what, &o);
    stand_in_for(net, NULL);
    if (sent == GIT_ENONFASTFORWARD)
        return VLS_FAIL(err, VLS_ERACE, "somebody else was faster");
    if (sent != 0)
        return line_fail(net, err, "the transfer was cut off");
    return net->refused ? refusal_read(net, replace, err) : VLS_OK;
}

enum vls_code
net_push(struct hub *hub, const struct vls__msg *push, struct vls__msg *reply, struct vls_error *err)
{
    const struct vls__tip *on = &push->u.push.on;
    struct vls_error ignored = {0};
    enum vls_code rc;

    if ((push->u.push.flags & VLS__PUSH_ASIDE) != 0)
        return hub_push(hub, push, reply, err); /* it stays here until all of it is handed over */
    hub->net->partial = hub->net->partial || on->set;
    if ((rc = branch_set(hub, on, err)) != VLS_OK || (rc = hub_push(hub, push, reply, err)) != VLS_OK)
        return rc;
    rc = net_send(hub, on, false, err);
    net_hang_up(hub->net);
    if (rc != VLS_OK)
        (void)branch_set(hub, on, &ignored);
    return rc;
}

enum vls_code
net_move(struct hub *hub, const struct vls__tip *from, const struct vls__tip *to, struct vls__msg *reply,
         struct vls_error *err)
{
    struct vls_error ignored = {0};
    enum vls_code rc;

    if ((rc = branch_set(hub, from, err)) != VLS_OK || (rc = hub_move(hub, from, to, reply, err)) != VLS_OK)
        return rc;
    rc = net_send(hub, from, true, err);
    net_hang_up(hub->net);
    if (rc != VLS_OK)
        (void)branch_set(hub, from, &ignored);
    return rc;
}

enum vls_code
net_tidy(struct hub *hub, unsigned flags, struct vls__msg *reply, struct vls_error *err)
{
    (void)hub;
    (void)flags;
    (void)err;
    reply->type = VLS__F_TIDIED;
    return VLS_OK;
}
