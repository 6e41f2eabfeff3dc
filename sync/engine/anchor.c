/*
 * The state file beside the store: read and compared at each opening, written after each commit. It may be
 * behind the store and never ahead of it, so a crash between the two is no alarm; a store that is behind its
 * state file was put back, and begins a new incarnation before it writes anything else. Everything about it is
 * schemas/store/anchor.md.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "valise/file.h"

#include "engine_int.h"

#define ANCHOR_FILE "anchor"

_Static_assert((int)VLS_WORDS_TEXT == (int)VLS_STATE_WORDS, "one length in both headers");

enum vls_notice
vls_engine_notice(const struct vls_engine *e)
{
    return e->notice;
}

void
vls_engine_words(struct vls_engine *e, char out[VLS_WORDS_TEXT])
{
    struct vls_store_place now, found;

    vls_store_place(e->store, &now, &found);
    vls_state_words(out, found.txn, found.head);
}

/* VLS_ENOTFOUND and VLS_EAUTH: there is none, or it is damaged. Others: it is to be left alone. */
static enum vls_code
file_load(struct vls_anchor *out, unsigned *slot, const char *path, const uint8_t *store_id,
          const struct vls_secret *key, struct vls_error *err)
{
    struct vls_buf bytes;
    enum vls_code rc;

    vls_buf_init(&bytes, VLS_ANCHOR_FILE_LEN);
    if ((rc = vls_file_read(&bytes, path, VLS_FILE_NOFOLLOW, err)) == VLS_OK)
        rc = vls_anchor_read(out, slot, vls_buf_slice(&bytes), store_id, key, err);
    else if (rc == VLS_ELIMIT)
        rc = VLS_EAUTH; /* longer than any */
    vls_buf_clear(&bytes);
    return rc;
}

enum vls_code
vls_engine_words_left(const struct vls_places *places, const struct vls_secret *master, char out[VLS_WORDS_TEXT],
                      struct vls_error *err)
{
    char keys[ENGINE_PATH_LEN], path[ENGINE_PATH_LEN];
    struct vls_keyfile_info info;
    struct vls_secret *key = NULL;
    struct vls_anchor a;
    unsigned slot;
    enum vls_code rc;

    if ((rc = vls__engine_keys_path(keys, places, err)) == VLS_OK &&
        (rc = vls__engine_path(path, places->state, ANCHOR_FILE, err)) == VLS_OK &&
        (rc = vls_keyfile_check(&info, keys, master, err)) == VLS_OK &&
        (rc = vls_keyfile_subkey(&key, master, info.store_id, VLS_SUBKEY_ANCHOR, err)) == VLS_OK &&
        (rc = file_load(&a, &slot, path, info.store_id, key, err)) == VLS_OK)
        vls_state_words(out, a.txn, a.head);
    vls_secret_free(key);
    return rc;
}

/* ---- writing ---- */

/* What is to stand there now; false when it does already, or cannot be told. */
static bool
present(struct vls_engine *e, struct vls_anchor *a)
{
    struct vls_store_place now, found;

    memset(a, 0, sizeof *a);
    vls_store_place(e->store, &now, &found);
    a->generation = e->anchor.last.generation + 1;
    a->txn = now.txn;
    memcpy(a->head, now.head, sizeof a->head);
    memcpy(a->device, e->me.device, sizeof a->device);
    memcpy(a->incarnation, e->incarnation, sizeof a->incarnation);
    /* public values all */
    if (a->generation == 0 || (a->txn == e->anchor.last.txn && memcmp(a->head, e->anchor.last.head, VLS_HASH_LEN) == 0))
        return false;
    return vls_store_chain_head(e->store, a->device, a->incarnation, &a->seq, a->envelope, NULL) == VLS_OK;
}

void
vls__anchor_write(struct vls_engine *e)
{
    uint8_t bytes[VLS_ANCHOR_SLOT_LEN];
    struct engine_anchor *here = &e->anchor;
    unsigned slot = here->slot == 0 ? 1 : 0;
    struct vls_anchor a;
    ssize_t n;

    if (here->fd < 0 || !present(e, &a))
        return;
    vls_anchor_seal(bytes, &a, here->store_id, here->key);
    do {
        n = pwrite(here->fd, bytes, sizeof bytes, (off_t)slot * VLS_ANCHOR_SLOT_AT);
    } while (n < 0 && errno == EINTR);
    if (n == (ssize_t)sizeof bytes) {
        here->last = a;
        here->slot = slot;
    }
}

void
vls__anchor_close(struct vls_engine *e)
{
    if (e->anchor.fd >= 0) {
        vls__anchor_write(e);
        (void)close(e->anchor.fd);
        e->anchor.fd = -1;
    }
    vls_secret_free(e->anchor.key);
    e->anchor.key = NULL;
}

/* Where there is none yet, or a damaged one: whole at once, and durable before the store counts on it. */
static bool
file_make(struct vls_engine *e, const char *folder, const char *path)
{
    uint8_t bytes[VLS_ANCHOR_FILE_LEN] = {0};
    struct vls_anchor a;

    if (vls_file_folder(folder, NULL) != VLS_OK || !present(e, &a))
        return false;
    vls_anchor_seal(bytes, &a, e->anchor.store_id, e->anchor.key);
    if (vls_file_write(path, vls_slice_of(bytes, sizeof bytes), 0600, 0, NULL) != VLS_OK)
        return false;
    e->anchor.last = a;
    e->anchor.slot = 0;
    return true;
}

/* ---- comparing ---- */

/* A note of the store; *number when it is one. */
static enum vls_code
noted(struct vls_engine *e, const char *name, bool *there, uint64_t *number, struct vls_error *err)
{
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, 64);
    rc = vls_store_meta_get(e->store, name, &b, err);
    *there = rc == VLS_OK && b.n > 0;
    *number = *there && b.n == 8 ? vls_load_le64(b.p) : 0;
    vls_buf_clear(&b);
    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

static enum vls_code
older(struct vls_engine *e, bool *out, struct vls_error *err)
{
    const struct vls_anchor *a = &e->anchor.last;
    struct vls_store_place now, found;
    bool there = true;
    enum vls_code rc = VLS_OK;

    vls_store_place(e->store, &now, &found);
    if (a->seq > 0)
        rc = vls_store_envelope_find(e->store, a->envelope, &there, NULL, err);
    *out = a->txn > found.txn || (a->txn == found.txn && memcmp(a->head, found.head, VLS_HASH_LEN) != 0) || !there;
    return rc;
}

/* Begins another life and notes for which state file: it is answered once. */
static enum vls_code
answer(struct vls_engine *e, enum vls_notice what, struct vls_error *err)
{
    const struct vls_anchor *a = &e->anchor.last;
    uint8_t generation[8];
    enum vls_code rc;

    vls_store_le64(generation, a->generation);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    if ((rc = vls__engine_new_life(e, a->seq > 0 ? a->envelope : NULL, err)) == VLS_OK)
        rc = what == VLS_NOTICE_OLDER
                 ? vls_store_meta_put(e->store, META_HEEDED, vls_slice_of(generation, sizeof generation), err)
                 : vls_store_meta_put(e->store, META_ANCHORED, vls_slice_of(NULL, 0), err);
    if ((rc = vls__engine_end(e, rc, err)) == VLS_OK)
        e->notice = what;
    return rc;
}

static enum vls_code
compare(struct vls_engine *e, enum vls_code read, struct vls_error *err)
{
    uint64_t heeded;
    bool old = false, there;
    enum vls_code rc;

    if (read != VLS_OK) {
        if ((rc = noted(e, META_ANCHORED, &there, &heeded, err)) == VLS_OK && there)
            rc = answer(e, VLS_NOTICE_NO_STATE, err);
        return rc;
    }
    if ((rc = older(e, &old, err)) != VLS_OK || !old || (rc = noted(e, META_HEEDED, &there, &heeded, err)) != VLS_OK ||
        (there && heeded == e->anchor.last.generation))
        return rc;
    return answer(e, VLS_NOTICE_OLDER, err);
}

/* The store counts on the file from now on. */
static enum vls_code
count_on(struct vls_engine *e, struct vls_error *err)
{
    uint64_t unused;
    bool there;
    enum vls_code rc = noted(e, META_ANCHORED, &there, &unused, err);

    if (rc != VLS_OK || there || (rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    return vls__engine_end(e, vls_store_meta_put(e->store, META_ANCHORED, vls_slice_str("1"), err), err);
}

enum vls_code
vls__anchor_open(struct vls_engine *e, const struct vls_places *places, const uint8_t store_id[VLS_STORE_ID_LEN],
                 const struct vls_secret *master, struct vls_error *err)
{
    struct engine_anchor *here = &e->anchor;
    char path[ENGINE_PATH_LEN];
    enum vls_code rc, read;

    if (places->state == NULL || places->io != NULL)
        return VLS_OK; /* files of another kind have no second place */
    memcpy(here->store_id, store_id, sizeof here->store_id);
    if ((rc = vls__engine_path(path, places->state, ANCHOR_FILE, err)) != VLS_OK ||
        (rc = vls_keyfile_subkey(&here->key, master, store_id, VLS_SUBKEY_ANCHOR, err)) != VLS_OK)
        return rc;
    read = file_load(&here->last, &here->slot, path, store_id, here->key, err);
    if (read == VLS_ENOMEM)
        return read;
    if (read != VLS_OK && read != VLS_ENOTFOUND && read != VLS_EAUTH)
        return VLS_OK; /* of a newer version, or out of reach: neither believed nor overwritten */
    if ((rc = compare(e, read, err)) != VLS_OK || (read != VLS_OK && !file_make(e, places->state, path)))
        return rc;
    here->fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (here->fd >= 0 && (rc = count_on(e, err)) == VLS_OK)
        vls__anchor_write(e);
    return rc;
}
