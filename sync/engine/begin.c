/*
 * Making a valise: the founder's, which begins with its group, and the newcomer's, which begins with a
 * request. What fails half-way leaves nothing behind.
 */
#include <string.h>
#include <unistd.h>

#include "valise/file.h"

#include "engine_int.h"

/* Key file and empty store with our own keys: the common half of init and join. */
static enum vls_code
begin_store(struct vls_engine *e, struct vls_secret **master, const struct vls_places *places, const struct vls_new *n,
            const struct vls_secret *passphrase, struct vls_error *err)
{
    uint8_t store_id[VLS_STORE_ID_LEN];
    struct vls_secret *page = NULL;
    char keys[ENGINE_PATH_LEN], store[ENGINE_PATH_LEN];
    enum vls_code rc;

    if ((rc = vls__engine_keys_path(keys, places, err)) != VLS_OK ||
        (rc = vls__engine_path(store, places->data, "store", err)) != VLS_OK ||
        (rc = vls_keyfile_create(store_id, master, keys, passphrase, NULL, err)) != VLS_OK ||
        (rc = vls__engine_derive(e, store_id, *master, &page, err)) != VLS_OK ||
        (rc = vls_store_open(&e->store, store, page, true, err)) != VLS_OK ||
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

static enum vls_code
labels_ok(const struct vls_new *n, struct vls_error *err)
{
    if (n->delegation == NULL || n->delegation[0] == '\0' || strlen(n->delegation) > VLS_LABEL_MAX || n->post == NULL ||
        n->post[0] == '\0' || strlen(n->post) > VLS_LABEL_MAX)
        return VLS_FAIL(err, VLS_EVALUE, "a delegation and a post are named with 1 to %d bytes each", VLS_LABEL_MAX);
    return VLS_OK;
}

/* What a failed beginning leaves is removed: it was never usable. */
static void
begin_undo(const struct vls_places *places)
{
    static const char *const names[] = {"store", "keys"};
    char path[ENGINE_PATH_LEN];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vls__engine_path(path, places->data, names[i], NULL) == VLS_OK)
            (void)unlink(path);
    (void)rmdir(places->data);
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
        uint8_t id[VLS_COMPARTMENT_LEN];

        vls_random(id, sizeof id);
        vls_member_put_compartment(&ops, id, first[i].name, first[i].common);
        rc = vls__engine_rotate(e, &ops, id, vls_members_device(e->members, e->me.device), err);
        n_ops += 2;
    }
    if (rc == VLS_OK)
        rc = vls__engine_say(e, vls_buf_slice(&ops), n_ops, now_unix, err);
    vls_buf_clear(&ops);
    return rc;
}

enum vls_code
vls_engine_init(struct vls_engine **out, struct vls_secret **master, const struct vls_places *places,
                const struct vls_new *n, const struct vls_secret *passphrase, struct vls_error *err)
{
    struct vls_engine *e = NULL;
    enum vls_code rc;

    *out = NULL;
    *master = NULL;
    if ((rc = labels_ok(n, err)) != VLS_OK)
        return rc;
    if (vls_engine_exists(places))
        return VLS_FAIL(err, VLS_EEXIST, "there is a valise here already");
    if ((rc = vls_file_folder(places->data, err)) != VLS_OK || (rc = vls__engine_new(&e, places, err)) != VLS_OK ||
        (rc = begin_store(e, master, places, n, passphrase, err)) != VLS_OK ||
        (rc = found_group(e, n, err)) != VLS_OK || (rc = vls__engine_self_save(e, err)) != VLS_OK ||
        (rc = first_operations(e, n->now_unix, err)) != VLS_OK || (rc = vls_store_commit(e->store, err)) != VLS_OK)
        goto fail;
    *out = e;
    return VLS_OK;
fail:
    vls_engine_close(e);
    vls_secret_free(*master);
    *master = NULL;
    begin_undo(places);
    vls_while(err, "making the valise");
    return rc;
}

enum vls_code
vls_engine_join(struct vls_engine **out, struct vls_secret **master, const struct vls_places *places,
                const struct vls_new *n, const struct vls_secret *passphrase, struct vls_error *err)
{
    struct vls_engine *e = NULL;
    struct vls_door door;
    struct vls_buf letter;
    const char *remote = n->remote_name != NULL ? n->remote_name : "stick";
    uint8_t hash[VLS_HASH_LEN];
    char outbox[128];
    enum vls_code rc;

    *out = NULL;
    *master = NULL;
    vls_buf_init(&letter, 4096);
    if ((rc = labels_ok(n, err)) != VLS_OK)
        return rc;
    if (vls_engine_exists(places))
        return VLS_FAIL(err, VLS_EEXIST, "there is a valise here already");
    if ((rc = vls__engine_knock(&door, places->courier, n->remote_url, err)) != VLS_OK)
        return rc; /* nothing was made yet */
    if ((rc = vls_file_folder(places->data, err)) != VLS_OK || (rc = vls__engine_new(&e, places, err)) != VLS_OK ||
        (rc = begin_store(e, master, places, n, passphrase, err)) != VLS_OK)
        goto fail;
    e->door = door;
    vls_random(e->request.nonce, sizeof e->request.nonce);
    memcpy(e->request.sign_pk, e->sign_pk, sizeof e->sign_pk);
    memcpy(e->request.box_pk, e->box_pk, sizeof e->box_pk);
    memcpy(e->request.delegation, e->me.delegation, sizeof e->request.delegation);
    memcpy(e->request.post, e->me.post, sizeof e->request.post);
    e->request.wall_unix_s = n->now_unix;
    if ((rc = vls_join_write(&letter, &e->request, &door, e->sign_sk, err)) != VLS_OK)
        goto fail;
    vls_join_device(e->me.device, e->request.hash);
    vls_hash1(hash, "vls letter", letter.p, letter.n);
    {
        uint8_t both[VLS_HASH_LEN + VLS_BOX_PK_LEN];

        memcpy(both, door.group, VLS_HASH_LEN);
        memcpy(both + VLS_HASH_LEN, door.pk, VLS_BOX_PK_LEN);
        vls__outbox_name(outbox, sizeof outbox, remote);
        if ((rc = vls_store_meta_put(e->store, META_DOOR, vls_slice_of(both, sizeof both), err)) != VLS_OK ||
            (rc = vls_store_meta_put(e->store, META_REQUEST, vls_slice_of(e->request.body, e->request.body_len),
                                     err)) != VLS_OK ||
            (rc = vls__engine_self_save(e, err)) != VLS_OK ||
            (rc = vls_store_remote_add(e->store, remote, n->remote_url, err)) != VLS_OK ||
            (rc = vls_store_key_put(e->store, outbox, vls_slice_of(hash, sizeof hash), vls_buf_slice(&letter), err)) !=
                VLS_OK ||
            (rc = vls_store_commit(e->store, err)) != VLS_OK)
            goto fail;
    }
    {
        struct vls_sync_opts o = {.remote = remote, .now_unix = n->now_unix};

        rc = vls_engine_sync(e, &o, NULL, NULL, err);
        if (rc != VLS_OK && rc != VLS_ENOTADMITTED)
            goto fail;
    }
    vls_buf_clear(&letter);
    *out = e;
    return VLS_OK;
fail:
    vls_buf_clear(&letter);
    vls_engine_close(e);
    vls_secret_free(*master);
    *master = NULL;
    begin_undo(places);
    vls_while(err, "asking to join");
    return rc;
}
