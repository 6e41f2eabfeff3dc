/*
 * Letters of admission: requests to join and welcomes. They belong to no chain, so that nothing else tells when one
 * vanishes from a remote. Whoever wrote one keeps it until its device has spoken, and leaves it again wherever all was
 * read and it was not there. Source: schemas/wire/remote.md section 6.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

/* A letter is needed until its device is heard of: then it has been read. */
struct spoken {
    const uint8_t *device;
    bool yes;
};

static enum vls_code
spoken_look(void *ctx, const struct vls_stored_envelope *chain, struct vls_error *err)
{
    struct spoken *s = ctx;

    (void)err;
    s->yes = s->yes || (chain->seq > 0 && memcmp(s->device, chain->device, VLS_ID_LEN) == 0);
    return VLS_OK;
}

enum vls_code
vls__letter_needed(struct vls_engine *e, struct vls_slice device, bool *yes, struct vls_error *err)
{
    struct spoken s = {device.p, false};
    enum vls_code rc;

    *yes = false;
    if (device.n != VLS_DEVICE_LEN || (e->me.admitted && memcmp(device.p, e->me.device, VLS_DEVICE_LEN) == 0))
        return VLS_OK;
    rc = vls_store_chains(e->store, spoken_look, &s, err);
    *yes = rc == VLS_OK && !s.yes;
    return rc;
}

enum vls_code
vls__letter_keep(struct vls_engine *e, const uint8_t device[VLS_DEVICE_LEN], struct vls_slice letter,
                 struct vls_error *err)
{
    char kept[32];

    vls__outbox_name(kept, sizeof kept, BAG_REMOTE);
    return vls_store_key_put(e->store, kept, vls_slice_of(device, VLS_DEVICE_LEN), letter, err);
}

enum vls_code
vls__letter_leave(struct vls_engine *e, const char *remote, struct vls_slice letter, struct vls_error *err)
{
    uint8_t hash[VLS_HASH_LEN];
    char outbox[160];

    vls__outbox_name(outbox, sizeof outbox, remote);
    vls_hash1(hash, "vls letter", letter.p, letter.n);
    return vls_store_key_put(e->store, outbox, vls_slice_of(hash, sizeof hash), letter, err);
}

/* ---- one reading of all that lies somewhere ---- */

struct vls__letters {
    struct vls_engine *e;
    struct vls__letter {
        char name[VLS_REMOTE_NAME_LEN + 1]; /* that a remote gives it */
        bool met;
    } * v;
    size_t n, cap;
    const char *remote;
};

static enum vls_code
expect(void *ctx, struct vls_slice device, struct vls_slice letter, struct vls_error *err)
{
    struct vls__letters *l = ctx;
    struct vls__letter *p;
    bool needed;
    enum vls_code rc;

    if (!vls_room(&l->v, &l->cap, l->n, 1, sizeof *p))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the letters");
    p = l->v;
    if ((rc = vls__letter_needed(l->e, device, &needed, err)) == VLS_OK) {
        vls_remote_name(p[l->n].name, letter);
        p[l->n++].met = !needed;
    }
    return rc;
}

enum vls_code
vls__letters_expect(struct vls__letters **out, struct vls_engine *e, struct vls_error *err)
{
    struct vls__letters *l = calloc(1, sizeof *l);
    char kept[32];
    enum vls_code rc;

    *out = NULL;
    if (l == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the letters");
    l->e = e;
    vls__outbox_name(kept, sizeof kept, BAG_REMOTE);
    if ((rc = vls_store_keys(e->store, kept, expect, l, err)) == VLS_OK)
        *out = l;
    else
        vls__letters_free(l);
    return rc;
}

void
vls__letters_free(struct vls__letters *l)
{
    if (l != NULL)
        free(l->v);
    free(l);
}

void
vls__letters_meet(struct vls__letters *l, const char name[VLS_REMOTE_NAME_LEN + 1])
{
    for (size_t i = 0; i < l->n; i++)
        l->v[i].met = l->v[i].met || strcmp(l->v[i].name, name) == 0;
}

static enum vls_code
leave_missed(void *ctx, struct vls_slice device, struct vls_slice letter, struct vls_error *err)
{
    struct vls__letters *l = ctx;
    char name[VLS_REMOTE_NAME_LEN + 1];
    bool needed;
    enum vls_code rc = vls__letter_needed(l->e, device, &needed, err); /* its device may have spoken just now */

    vls_remote_name(name, letter);
    for (size_t i = 0; i < l->n && needed; i++)
        needed = !l->v[i].met || strcmp(l->v[i].name, name) != 0;
    return rc != VLS_OK || !needed ? rc : vls__letter_leave(l->e, l->remote, letter, err);
}

static enum vls_code
count_letter(void *ctx, struct vls_slice id, struct vls_slice letter, struct vls_error *err)
{
    (void)id;
    (void)letter;
    (void)err;
    ++*(uint64_t *)ctx;
    return VLS_OK;
}

enum vls_code
vls__letters_leave(struct vls__letters *l, const char *remote, uint64_t *n_left, struct vls_error *err)
{
    char kept[32], outbox[160];
    uint64_t n_before = 0, n_after = 0;
    enum vls_code rc;

    l->remote = remote;
    vls__outbox_name(kept, sizeof kept, BAG_REMOTE);
    vls__outbox_name(outbox, sizeof outbox, remote);
    if ((rc = vls_store_keys(l->e->store, outbox, count_letter, &n_before, err)) == VLS_OK &&
        (rc = vls_store_keys(l->e->store, kept, leave_missed, l, err)) == VLS_OK)
        rc = vls_store_keys(l->e->store, outbox, count_letter, &n_after, err);
    *n_left = n_after - n_before; /* without those that were still to be left there */
    return rc;
}
