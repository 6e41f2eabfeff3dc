/*
 * Making a valise: the founder's, which begins with its group, and the newcomer's, which begins with a
 * request. Both are made in a folder of their own and moved to their names when they are whole, key file
 * first: from then on the valise exists, and whoever opens it completes the move (I5). What fails or is cut
 * off before leaves nothing that the next beginning does not clear away.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "valise/file.h"

#include "engine_int.h"

#define WORK "begun"

/* A beginning: the folder in which it is made, held by a lock that dies with the process. */
struct beginning {
    const struct vls_places *places;
    char data[ENGINE_PATH_LEN], work[ENGINE_PATH_LEN];
    int fd; /* of work; -1 when there is none */
};

/* Files only: nobody but a beginning writes there. */
static void
work_empty(const struct beginning *b)
{
    int fd = openat(b->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *d;

    if (dir == NULL && fd >= 0)
        (void)close(fd);
    while (dir != NULL && (d = readdir(dir)) != NULL)
        if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
            (void)unlinkat(b->fd, d->d_name, 0);
    if (dir != NULL)
        (void)closedir(dir);
}

static enum vls_code
nothing_here(const struct vls_places *places, struct vls_error *err)
{
    char store[ENGINE_PATH_LEN];
    enum vls_code rc;

    if (vls_engine_exists(places))
        return VLS_FAIL(err, VLS_EEXIST, "there is a valise here already");
    if ((rc = vls__engine_path(store, places->data, "store", err)) != VLS_OK)
        return rc;
    /* whoever has lost the key file may still find a copy of it; the store is not ours to overwrite */
    if (access(store, F_OK) == 0)
        return VLS_FAIL(err, VLS_EEXIST, "a store without its key file lies in %s", places->data);
    return VLS_OK;
}

static void
beginning_end(struct beginning *b)
{
    if (b->fd < 0)
        return;
    work_empty(b);
    (void)rmdir(b->work);
    (void)rmdir(b->data); /* empty only when nothing came of it */
    (void)close(b->fd);
    b->fd = -1;
}

static enum vls_code
beginning_start(struct beginning *b, const struct vls_places *places, struct vls_error *err)
{
    enum vls_code rc;

    b->places = places;
    b->fd = -1;
    if ((rc = vls__engine_path(b->work, places->data, WORK, err)) != VLS_OK ||
        (rc = vls_file_folder(b->work, err)) != VLS_OK)
        return rc;
    (void)snprintf(b->data, sizeof b->data, "%s", places->data);
    if ((b->fd = open(b->work, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
        return VLS_FAIL_SYS(err, VLS_EIO, errno, "cannot open folder %s", b->work);
    if (flock(b->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        (void)close(b->fd);
        b->fd = -1;
        return VLS_FAIL(err, VLS_EBUSY, "another process is making a valise here");
    }
    if ((rc = nothing_here(places, err)) == VLS_OK) {
        work_empty(b);
        return VLS_OK;
    }
    (void)rmdir(b->work); /* somebody was faster; what lies in it may be theirs */
    (void)close(b->fd);
    b->fd = -1;
    return rc;
}

static enum vls_code
move_up(const struct vls_places *places, const char *name, struct vls_error *err)
{
    char from[ENGINE_PATH_LEN], to[ENGINE_PATH_LEN], below[sizeof WORK + 16];
    enum vls_code rc;

    (void)snprintf(below, sizeof below, WORK "/%s", name);
    if ((rc = vls__engine_path(from, places->data, below, err)) != VLS_OK ||
        (rc = vls__engine_path(to, places->data, name, err)) != VLS_OK)
        return rc;
    if (rename(from, to) != 0) {
        int sys = errno;

        rc = vls_file_code(sys);
        vls_error_set_sys(err, rc, sys, "cannot move %s to its place", name);
        return rc;
    }
    return vls_file_sync_parent(to, err);
}

enum vls_code
vls__engine_settle(const struct vls_places *places, struct vls_error *err)
{
    char store[ENGINE_PATH_LEN], begun[ENGINE_PATH_LEN];
    enum vls_code rc;

    if ((rc = vls__engine_path(store, places->data, "store", err)) != VLS_OK ||
        (rc = vls__engine_path(begun, places->data, WORK "/store", err)) != VLS_OK)
        return rc;
    if (access(store, F_OK) == 0 || !vls_engine_exists(places) || access(begun, F_OK) != 0)
        return VLS_OK;
    return move_up(places, "store", err);
}

void
vls__engine_tidy(const struct vls_places *places)
{
    char work[ENGINE_PATH_LEN];

    if (vls__engine_path(work, places->data, WORK, NULL) == VLS_OK)
        (void)rmdir(work);
}

/* Back into the folder, store first, so that a key file stands only where there is a store. */
static void
move_down(const struct beginning *b)
{
    static const char *const names[] = {"store", "keys"};
    char from[ENGINE_PATH_LEN], to[ENGINE_PATH_LEN];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vls__engine_path(from, b->data, names[i], NULL) == VLS_OK &&
            vls__engine_path(to, b->work, names[i], NULL) == VLS_OK)
            (void)rename(from, to);
}

/* The whole valise takes its place and is opened there, which moves the store. e is taken in any case. */
static enum vls_code
beginning_publish(struct beginning *b, struct vls_engine *e, struct vls_engine **out, const struct vls_secret *master,
                  struct vls_error *err)
{
    enum vls_code rc;

    vls_engine_close(e);
    if ((rc = move_up(b->places, "keys", err)) != VLS_OK ||
        (rc = vls_engine_open(out, b->places, master, err)) != VLS_OK)
        move_down(b);
    return rc;
}

enum vls_code
vls__engine_make(struct vls_engine *e, const char *path, const uint8_t *store_id, const struct vls_secret *master,
                 const struct vls_new *n, struct vls_error *err)
{
    struct vls_secret *page = NULL;
    enum vls_code rc;

    if ((rc = vls__engine_derive(e, store_id, master, &page, err)) != VLS_OK ||
        (rc = vls_store_open_on(&e->store, e->io, path, page, true, err)) != VLS_OK ||
        (rc = vls_sign_keypair(e->sign_pk, &e->sign_sk, err)) != VLS_OK ||
        (rc = vls_box_keypair(e->box_pk, &e->box_sk, err)) != VLS_OK ||
        (rc = vls_store_begin(e->store, err)) != VLS_OK ||
        (rc = vls__engine_key_put(e, KEY_SIGN, vls_slice_of(NULL, 0), e->sign_sk, err)) != VLS_OK)
        goto out;
    rc = vls__engine_key_put(e, KEY_BOX, vls_slice_of(NULL, 0), e->box_sk, err);
    vls_random(e->incarnation, sizeof e->incarnation);
    (void)vls__engine_label(e->me.delegation, sizeof e->me.delegation, vls_slice_str(n->delegation));
    (void)vls__engine_label(e->me.post, sizeof e->me.post, vls_slice_str(n->post));
out:
    vls_secret_free(page);
    return rc;
}

/* Key file and empty store with our own keys: the common half of init and join. */
static enum vls_code
begin_store(struct vls_engine *e, struct vls_secret **master, const struct beginning *b, const struct vls_new *n,
            const struct vls_secret *passphrase, struct vls_error *err)
{
    uint8_t store_id[VLS_STORE_ID_LEN];
    char keys[ENGINE_PATH_LEN], store[ENGINE_PATH_LEN];
    enum vls_code rc;

    if ((rc = vls__engine_path(keys, b->work, "keys", err)) != VLS_OK ||
        (rc = vls__engine_path(store, b->work, "store", err)) != VLS_OK ||
        (rc = vls_keyfile_create(store_id, master, keys, passphrase, NULL, err)) != VLS_OK)
        return rc;
    return vls__engine_make(e, store, store_id, *master, n, err);
}

static enum vls_code
labels_ok(const struct vls_new *n, struct vls_error *err)
{
    if (n->delegation == NULL || n->delegation[0] == '\0' || strlen(n->delegation) > VLS_LABEL_MAX || n->post == NULL ||
        n->post[0] == '\0' || strlen(n->post) > VLS_LABEL_MAX)
        return VLS_FAIL(err, VLS_EVALUE, "a delegation and a post are named with 1 to %d bytes each", VLS_LABEL_MAX);
    return VLS_OK;
}

static enum vls_code
found_group(struct vls_engine *e, const struct vls_new *n, struct vls_error *err)
{
    struct vls_genesis g;
    struct vls_buf b;
    enum vls_code rc;

    memset(&g, 0, sizeof g);
    vls_buf_init(&b, VLS_GENESIS_MAX);
    if (n->title == NULL || n->title[0] == '\0' || !vls__engine_label(g.title, sizeof g.title, vls_slice_str(n->title)))
        return VLS_FAIL(err, VLS_EVALUE, "a title has 1 to %d bytes", VLS_NAME_MAX);
    vls_random(g.nonce, sizeof g.nonce);
    memcpy(g.delegation, e->me.delegation, sizeof g.delegation);
    memcpy(g.post, e->me.post, sizeof g.post);
    memcpy(g.sign_pk, e->sign_pk, sizeof g.sign_pk);
    memcpy(g.box_pk, e->box_pk, sizeof g.box_pk);
    if ((rc = vls_box_keypair(g.door_pk, &e->door_sk, err)) == VLS_OK &&
        (rc = vls_genesis_write(&b, &g, err)) == VLS_OK &&
        (rc = vls__engine_found(e, vls_buf_slice(&b), true, err)) == VLS_OK) {
        vls_genesis_device(e->me.device, e->door.group);
        rc = vls__engine_key_put(e, KEY_DOOR, vls_slice_of(NULL, 0), e->door_sk, err);
    }
    vls_buf_clear(&b);
    return rc;
}

/* The first membership envelope: the group's first epoch and the compartments every valise begins with. */
static enum vls_code
first_operations(struct vls_engine *e, int64_t now_unix, struct vls_error *err)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];
    static const struct {
        const char *name;
        bool common;
    } first[] = {{DEFAULT_COMPARTMENT, true}, {COURT_COMPARTMENT, true}, {OWN_COMPARTMENT, false}};
    struct vls_buf ops;
    size_t n_ops = 1;
    enum vls_code rc;

    vls_buf_init(&ops, VLS_MEMBER_PAYLOAD_MAX);
    rc = vls__engine_rotate(e, &ops, whole_group, NULL, err);
    for (size_t i = 0; i < sizeof first / sizeof *first && rc == VLS_OK; i++) {
        uint8_t id[VLS_COMPARTMENT_LEN], nonce[VLS_MEMBER_NONCE_LEN];

        vls_random(nonce, sizeof nonce);
        vls_member_put_compartment(&ops, id, e->me.device, nonce, first[i].name, first[i].common);
        rc = vls__engine_rotate(e, &ops, id, vls_members_device(e->members, e->me.device), err);
        n_ops += 2;
    }
    if (rc == VLS_OK)
        rc = vls__engine_say(e, vls_buf_slice(&ops), n_ops, now_unix, err);
    vls_buf_clear(&ops);
    return rc;
}

enum vls_code
vls__engine_make_founder(struct vls_engine *e, const struct vls_new *n, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = found_group(e, n, err)) != VLS_OK || (rc = vls__engine_self_save(e, err)) != VLS_OK ||
        (rc = first_operations(e, n->now_unix, err)) != VLS_OK)
        return rc;
    return vls_store_commit(e->store, err);
}

/* Our own request, and the letter that carries it. */
static enum vls_code
ask(struct vls_engine *e, const struct vls_door *door, const struct vls_new *n, struct vls_buf *letter,
    struct vls_error *err)
{
    enum vls_code rc;

    e->door = *door;
    vls_random(e->request.nonce, sizeof e->request.nonce);
    memcpy(e->request.sign_pk, e->sign_pk, sizeof e->sign_pk);
    memcpy(e->request.box_pk, e->box_pk, sizeof e->box_pk);
    memcpy(e->request.delegation, e->me.delegation, sizeof e->request.delegation);
    memcpy(e->request.post, e->me.post, sizeof e->request.post);
    e->request.wall_unix_s = n->now_unix;
    if ((rc = vls_join_write(letter, &e->request, door, e->sign_sk, err)) == VLS_OK)
        vls_join_device(e->me.device, e->request.hash);
    return rc;
}

/* What a newcomer has to keep until it is admitted, in the transaction that begin_store opened. */
static enum vls_code
keep_request(struct vls_engine *e, const struct vls_new *n, const char *remote, const struct vls_buf *letter,
             struct vls_error *err)
{
    uint8_t both[VLS_HASH_LEN + VLS_BOX_PK_LEN];
    enum vls_code rc;

    memcpy(both, e->door.group, VLS_HASH_LEN);
    memcpy(both + VLS_HASH_LEN, e->door.pk, VLS_BOX_PK_LEN);
    if ((rc = vls_store_meta_put(e->store, META_DOOR, vls_slice_of(both, sizeof both), err)) != VLS_OK ||
        (rc = vls_store_meta_put(e->store, META_REQUEST, vls_slice_of(e->request.body, e->request.body_len), err)) !=
            VLS_OK ||
        (rc = vls__engine_self_save(e, err)) != VLS_OK ||
        (rc = vls__letter_keep(e, e->me.device, vls_buf_slice(letter), err)) != VLS_OK)
        return rc;
    if (vls_bag_is_file(n->remote_url))
        return vls_store_commit(e->store, err);
    if ((rc = vls__engine_note_remote(e, remote, n->remote_url, err)) != VLS_OK ||
        (rc = vls__letter_leave(e, remote, vls_buf_slice(letter), err)) != VLS_OK)
        return rc;
    return vls_store_commit(e->store, err);
}

static enum vls_code
leave_request(struct vls_engine *e, const char *remote, int64_t now_unix, struct vls_error *err)
{
    struct vls_sync_opts o = {.remote = remote, .now_unix = now_unix};
    enum vls_code rc = vls_engine_sync(e, &o, NULL, NULL, err);

    return rc == VLS_ENOTADMITTED ? VLS_OK : rc;
}

enum vls_code
vls__engine_make_newcomer(struct vls_engine *e, const struct vls_new *n, const struct vls_door *door,
                          struct vls_error *err)
{
    const char *remote = n->remote_name != NULL ? n->remote_name : "stick";
    struct vls_buf letter;
    enum vls_code rc;

    vls_buf_init(&letter, 4096);
    if ((rc = ask(e, door, n, &letter, err)) == VLS_OK && (rc = keep_request(e, n, remote, &letter, err)) == VLS_OK &&
        !vls_bag_is_file(n->remote_url))
        rc = leave_request(e, remote, n->now_unix, err);
    vls_buf_clear(&letter);
    return rc;
}

/* ---- the two beginnings ---- */

/* door: at which a newcomer asks; NULL: nobody is asked, a valise is founded. */
static enum vls_code
begin(struct vls_engine **out, struct vls_secret **master, const struct vls_places *places, const struct vls_new *n,
      const struct vls_door *door, const struct vls_secret *passphrase, struct vls_error *err)
{
    struct vls_engine *e = NULL;
    struct beginning b;
    enum vls_code rc;

    if ((rc = beginning_start(&b, places, err)) == VLS_OK && (rc = vls__engine_new(&e, places, err)) == VLS_OK &&
        (rc = begin_store(e, master, &b, n, passphrase, err)) == VLS_OK &&
        (rc = door == NULL ? vls__engine_make_founder(e, n, err) : vls__engine_make_newcomer(e, n, door, err)) ==
            VLS_OK) {
        rc = beginning_publish(&b, e, out, *master, err);
        e = NULL;
    }
    vls_engine_close(e);
    beginning_end(&b);
    if (rc != VLS_OK) {
        vls_secret_free(*master);
        *master = NULL;
    }
    return rc;
}

enum vls_code
vls_engine_init(struct vls_engine **out, struct vls_secret **master, const struct vls_places *places,
                const struct vls_new *n, const struct vls_secret *passphrase, struct vls_error *err)
{
    enum vls_code rc;

    *out = NULL;
    *master = NULL;
    if ((rc = labels_ok(n, err)) != VLS_OK || (rc = nothing_here(places, err)) != VLS_OK)
        return rc;
    if ((rc = begin(out, master, places, n, NULL, passphrase, err)) != VLS_OK)
        vls_while(err, "making the valise");
    return rc;
}

enum vls_code
vls_engine_join(struct vls_engine **out, struct vls_secret **master, const struct vls_places *places,
                const struct vls_new *n, const struct vls_secret *passphrase, struct vls_error *err)
{
    struct vls_door door;
    enum vls_code rc;

    *out = NULL;
    *master = NULL;
    if ((rc = labels_ok(n, err)) != VLS_OK || (rc = nothing_here(places, err)) != VLS_OK ||
        (rc = vls__engine_knock(&door, places, n->remote_url, err)) != VLS_OK)
        return rc; /* nothing was made yet */
    if ((rc = begin(out, master, places, n, &door, passphrase, err)) != VLS_OK)
        vls_while(err, "asking to join");
    return rc;
}
