/*
 * Remotes as this laptop knows them: the list, the names under which the store keeps what belongs to one, and the first
 * look of a newcomer.
 */
#include <stdio.h>
#include <string.h>

#include "run_int.h"

void
vls__outbox_name(char *out, size_t cap, const char *remote)
{
    (void)snprintf(out, cap, "%s%s", KEY_OUTBOX, remote);
}

void
vls__door_name(char *out, size_t cap, const char *remote)
{
    (void)snprintf(out, cap, "door:%s", remote);
}

/* ---- the first look of a newcomer ---- */

struct knock {
    struct vls_door door;
    size_t n;
};

static enum vls_code
find_door(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct knock *k = ctx;
    struct vls_door d;

    (void)name;
    if (!vls_door_read(&d, blob))
        return VLS_OK;
    if (k->n > 0 && memcmp(&d, &k->door, sizeof d) != 0)
        return VLS_FAIL(err, VLS_ETRUST, "more than one valise lies there; ask a member which remote to use");
    k->door = d;
    k->n++;
    return VLS_OK;
}

const struct vls_carrier *
vls__engine_carrier(const struct vls_places *places)
{
    return places->carrier != NULL ? places->carrier : vls_carrier_courier();
}

enum vls_code
vls__engine_knock(struct vls_door *out, const struct vls_places *places, const char *url, struct vls_error *err)
{
    const struct vls_carrier *by = vls__engine_carrier(places);
    struct knock k = {.n = 0};
    struct vls_remote *r = NULL;
    struct vls_bag_counts counts;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten = false;
    enum vls_code rc;

    if (vls_bag_is_file(url)) {
        rc = vls_bag_read(url, find_door, &k, &counts, NULL, NULL, err);
    } else if ((rc = by->open(&r, places->courier, url, VLS_REMOTE_READONLY | (places->batch ? VLS_REMOTE_BATCH : 0u),
                              NULL, NULL, err)) == VLS_OK) {
        rc = by->pull(r, "", find_door, &k, tip, &rewritten, err);
        by->close(r);
    }
    if (rc == VLS_OK && k.n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no valise lies there yet; a member syncs first");
    *out = k.door;
    return rc;
}

/* ---- remotes as a list ---- */

enum vls_code
vls__engine_note_remote(struct vls_engine *e, const char *name, const char *url, struct vls_error *err)
{
    struct vls_buf place;
    enum vls_code rc;

    vls_buf_init(&place, 4095);
    if ((rc = vls_remote_place(&place, url, err)) == VLS_OK)
        rc = vls_store_remote_add(e->store, name, vls_buf_str(&place), err);
    vls_buf_clear(&place);
    return rc;
}

enum vls_code
vls_engine_remote_add(struct vls_engine *e, const char *name, const char *url, bool create, struct vls_error *err)
{
    struct vls_remote *r = NULL;
    enum vls_code rc;

    if (name == NULL || name[0] == '\0' || strlen(name) > 100)
        return VLS_FAIL(err, VLS_EVALUE, "a remote's name has 1 to 100 bytes");
    if ((rc = e->carrier->open(&r, e->courier, url,
                               e->remote_flags | VLS_REMOTE_LOOK | (create ? VLS_REMOTE_CREATE : 0u), NULL, NULL,
                               err)) != VLS_OK)
        return rc;
    e->carrier->close(r);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    return vls__engine_end(e, vls__engine_note_remote(e, name, url, err), err);
}

enum vls_code
vls_engine_remote_remove(struct vls_engine *e, const char *name, struct vls_error *err)
{
    char door[160];
    enum vls_code rc;

    vls__door_name(door, sizeof door, name);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    if ((rc = vls_store_remote_remove(e->store, name, err)) == VLS_OK)
        rc = vls_store_meta_put(e->store, door, vls_slice_of(NULL, 0), err);
    if (rc == VLS_OK)
        rc = vls__news_forget(e, name, err);
    return vls__engine_end(e, rc, err);
}

struct list_ctx {
    struct vls_engine *e;
    vls_remote_fn *fn;
    void *ctx;
};

static enum vls_code
show_remote(void *ctx, const struct vls_stored_remote *s, struct vls_error *err)
{
    struct list_ctx *l = ctx;
    struct vls_remote_info info = {s->name, s->url, s->last_contact_unix, 0, s->n_waiting};
    enum vls_code rc = vls__news_of(l->e, s->name, &info.last_news_unix, err);

    return rc == VLS_OK ? l->fn(l->ctx, &info, err) : rc;
}

enum vls_code
vls_engine_remote_list(struct vls_engine *e, vls_remote_fn *fn, void *ctx, struct vls_error *err)
{
    struct list_ctx l = {e, fn, ctx};

    return vls_store_remotes(e->store, show_remote, &l, err);
}
