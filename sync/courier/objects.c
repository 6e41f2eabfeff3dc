/*
 * Reading objects, the one place where libgit2 meets hostile bytes. Never a repository: only an object
 * database over the folder of packs, so that no configuration, alternate, graft or owner check of the hub
 * takes part. What lies in the folder is looked at before libgit2 opens it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <git2.h>
#include <git2/sys/odb_backend.h>

#include "sync/courier/courier.h"

#define PACK_FILES 20000   /* names in the folder of packs; folding keeps a hub at about forty */
#define LOOSE_FOLDERS 1000 /* names in the folder of objects; there are at most 258 */
/* What is mapped at once, so that reading a long history takes no more memory than a short one. A pull
 * reads each object once, so none is kept. */
#define WINDOW ((size_t)8 * 1024 * 1024)
#define MAPPED ((size_t)32 * 1024 * 1024)
#define OPEN_PACKS ((size_t)32)

struct objects {
    git_odb *odb;
    git_odb_object *last;
    bool loose;              /* there are folders of loose objects */
    struct vls_buf unfolded; /* the last loose one */
};

bool
objects_init(void)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                 GIT_CONFIG_LEVEL_GLOBAL};
    bool ok = git_libgit2_init() > 0;

    for (size_t i = 0; ok && i < sizeof levels / sizeof levels[0]; i++)
        ok = git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") == 0;
    return ok && git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW) == 0 &&
           git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, MAPPED) == 0 &&
           git_libgit2_opts(GIT_OPT_SET_MWINDOW_FILE_LIMIT, OPEN_PACKS) == 0 &&
           git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1) == 0 &&
           git_libgit2_opts(GIT_OPT_ENABLE_CACHING, 0) == 0;
}

void
objects_exit(void)
{
    (void)git_libgit2_shutdown();
}

struct names_ctx {
    int dir;
    bool odd, loose;
};

static bool
pack_file_each(void *ctx, const char *name)
{
    struct names_ctx *c = ctx;
    struct stat st;

    if (fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISREG(st.st_mode))
        c->odd = true;
    return !c->odd;
}

static bool
loose_folder_each(void *ctx, const char *name)
{
    struct names_ctx *c = ctx;
    struct stat st;

    if (strlen(name) != 2 || strspn(name, "0123456789abcdef") != 2)
        return true;
    c->loose = true;
    if (fstatat(c->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISDIR(st.st_mode))
        c->odd = true;
    return !c->odd;
}

/* Looks at one folder of objects, a missing one is empty. */
static enum vls_code
folder_check(struct names_ctx *c, int dir, unsigned max, folder_each_fn *each, struct vls_error *err)
{
    int rc;

    if (dir < 0 && errno == ENOENT)
        return VLS_OK;
    if (dir < 0)
        return VLS_FAIL(err, VLS_EFORMAT, "its folder of objects is not a plain folder");
    c->dir = dir;
    rc = folder_each(dir, max, each, c) == 0 ? 0 : errno;
    (void)close(dir);
    if (c->odd)
        return VLS_FAIL(err, VLS_EFORMAT, "something else than plain files lies among its objects");
    if (rc == E2BIG)
        return VLS_FAIL(err, VLS_ELIMIT, "too many files among its objects");
    return rc == 0 ? VLS_OK : file_fail(err, rc, "its folder of objects cannot be read");
}

enum vls_code
objects_check(const struct hub *hub, bool *loose, struct vls_error *err)
{
    struct names_ctx c = {0};
    enum vls_code rc;

    if ((rc = folder_check(&c, folder_open(hub->fd, "objects", NULL), LOOSE_FOLDERS, loose_folder_each,
                           err)) == VLS_OK)
        rc = folder_check(&c, folder_open(hub->fd, "objects", "pack"), PACK_FILES, pack_file_each, err);
    *loose = c.loose;
    return rc;
}

void
objects_close(struct hub *hub)
{
    if (hub->objects == NULL)
        return;
    git_odb_object_free(hub->objects->last);
    git_odb_free(hub->objects->odb);
    vls_buf_clear(&hub->objects->unfolded);
    free(hub->objects);
    hub->objects = NULL;
}

static bool
backend_add(git_odb *odb, git_odb_backend *backend, int priority)
{
    if (git_odb_add_backend(odb, backend, priority) == 0)
        return true;
    backend->free(backend);
    return false;
}

/* The working directory is the hub, so that short relative paths lead nowhere else. */
static bool
objects_open(struct hub *hub)
{
    struct objects *o;
    git_odb_backend *backend = NULL;
    bool loose;

    if (hub->objects != NULL)
        return true;
    if (objects_check(hub, &loose, NULL) != VLS_OK || (o = calloc(1, sizeof *o)) == NULL)
        return false;
    hub->objects = o;
    o->loose = loose;
    vls_buf_init(&o->unfolded, VLS__BLOB_MAX);
    if (git_odb_new(&o->odb) == 0 && git_odb_backend_pack(&backend, "objects") == 0 &&
        backend_add(o->odb, backend, 1))
        return true;
    objects_close(hub);
    return false;
}

static enum object_found
object_read_once(struct hub *hub, const git_oid *oid, git_object_t kind, size_t max, struct vls_slice *out)
{
    struct objects *o;
    git_object_t found;
    size_t n;
    int rc;

    if (!objects_open(hub))
        return OBJECT_DAMAGED;
    o = hub->objects;
    git_odb_object_free(o->last);
    o->last = NULL;
    if ((rc = git_odb_read_header(&n, &found, o->odb, oid)) == GIT_ENOTFOUND && o->loose) {
        enum object_found state = loose_read(hub, oid->id, (enum object_kind)kind, max, &o->unfolded);

        *out = vls_buf_slice(&o->unfolded);
        return state;
    }
    if (rc != 0)
        return OBJECT_DAMAGED;
    if (found != kind || n > max)
        return OBJECT_ODD;
    if (git_odb_read(&o->last, o->odb, oid) != 0)
        return OBJECT_DAMAGED;
    *out = vls_slice_of(git_odb_object_data(o->last), git_odb_object_size(o->last));
    /* The header is only what the pack claims; a delta may unfold to something else. */
    return git_odb_object_type(o->last) == kind && out->n <= max ? OBJECT_OK : OBJECT_ODD;
}

enum object_found
object_read(struct hub *hub, const uint8_t id[VLS__OID], enum object_kind kind, size_t max,
            struct vls_slice *out)
{
    enum object_found found;
    git_oid oid;

    memcpy(oid.id, id, VLS__OID);
    if ((found = object_read_once(hub, &oid, (git_object_t)kind, max, out)) == OBJECT_DAMAGED &&
        hub->fresh_looks > 0) {
        hub->fresh_looks--;
        /* Somebody may have folded packs since they were listed: look once more with fresh eyes. */
        objects_close(hub);
        found = object_read_once(hub, &oid, (git_object_t)kind, max, out);
    }
    return found;
}

bool
object_read_any(struct hub *hub, const uint8_t id[VLS__OID], enum object_kind *kind, struct vls_slice *out)
{
    static const enum object_kind kinds[] = {OBJECT_BLOB, OBJECT_TREE, OBJECT_COMMIT};
    static const size_t max[] = {VLS__BLOB_MAX, VLS__TREE_MAX, VLS__COMMIT_MAX};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        enum object_found found = object_read(hub, id, kinds[i], max[i], out);

        *kind = kinds[i];
        if (found != OBJECT_ODD)
            return found == OBJECT_OK;
    }
    return false;
}

bool
object_look(struct hub *hub, const uint8_t id[VLS__OID], enum object_kind *kind, size_t *n)
{
    git_object_t found = GIT_OBJECT_INVALID;
    struct vls_slice bytes;
    git_oid oid;

    memcpy(oid.id, id, VLS__OID);
    for (int looks = 0; looks < 2; looks++) {
        if (objects_open(hub) && git_odb_read_header(n, &found, hub->objects->odb, &oid) == 0) {
            *kind = (enum object_kind)found;
            return true;
        }
        if (looks > 0 || hub->fresh_looks == 0)
            break;
        hub->fresh_looks--;
        objects_close(hub);
    }
    if (hub->objects == NULL || !hub->objects->loose || !object_read_any(hub, id, kind, &bytes))
        return false;
    *n = bytes.n;
    return true;
}

static int
pack_each(const git_oid *oid, void *payload)
{
    vls_buf_put(payload, oid->id, VLS__OID);
    return 0;
}

bool
objects_of_pack(const char *idx, struct vls_buf *ids)
{
    git_odb_backend *backend = NULL;
    git_odb *odb = NULL;
    bool ok = git_odb_new(&odb) == 0 && git_odb_backend_one_pack(&backend, idx) == 0 &&
              backend_add(odb, backend, 1) && git_odb_foreach(odb, pack_each, ids) == 0;

    git_odb_free(odb);
    return ok && ids->bad == VLS_OK;
}

bool
object_id(uint8_t out[VLS__OID], enum object_kind kind, const void *p, size_t n)
{
    git_oid oid;

    if (git_odb_hash(&oid, p, n, (git_object_t)kind) != 0)
        return false;
    memcpy(out, oid.id, VLS__OID);
    return true;
}
