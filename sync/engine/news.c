/*
 * When this laptop last learned anything by another's hand: by any way, and over each remote. What counts was signed by
 * another member's device and was not known before, so that a host that repeats itself, asks to join or makes something
 * up is as silent as one that shows the same view for ever (GH-02). By this laptop's own clock, which decides nothing
 * else.
 */
#include <stdio.h>
#include <string.h>

#include "engine_int.h"

#define META_NEWS "news" /* le64, seconds; with a colon and a remote's name behind it: over that remote */

static void
news_name(char *out, size_t cap, const char *remote)
{
    (void)snprintf(out, cap, META_NEWS "%s%s", remote[0] != '\0' ? ":" : "", remote);
}

static enum vls_code
news_get(struct vls_engine *e, const char *remote, int64_t *unix_s, struct vls_error *err)
{
    struct vls_buf b;
    char name[160];
    enum vls_code rc;

    vls_buf_init(&b, 64);
    news_name(name, sizeof name, remote);
    rc = vls_store_meta_get(e->store, name, &b, err);
    *unix_s = rc == VLS_OK && b.n == 8 ? (int64_t)(vls_load_le64(b.p) & INT64_MAX) : 0;
    vls_buf_clear(&b);
    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

/* Nobody is missed by whoever is alone. */
static bool
has_others(const struct vls_engine *e)
{
    bool others = false;

    for (size_t i = 0; e->members != NULL && i < vls_members_n_devices(e->members); i++)
        others = others || memcmp(vls_members_device_at(e->members, i)->id, e->me.device, VLS_ID_LEN) != 0;
    return others;
}

/* The first exchange begins the count, as does each one before there is another member. What lies ahead of the clock
 * was written when that was wrong. */
static enum vls_code
news_put(struct vls_engine *e, const char *remote, bool came, int64_t now_unix, struct vls_error *err)
{
    uint8_t bytes[8];
    char name[160];
    int64_t last;
    enum vls_code rc = news_get(e, remote, &last, err);

    if (rc != VLS_OK || (!came && last != 0 && last <= now_unix))
        return rc;
    vls_store_le64(bytes, now_unix > 0 ? (uint64_t)now_unix : 0);
    news_name(name, sizeof name, remote);
    return vls_store_meta_put(e->store, name, vls_slice_of(bytes, sizeof bytes), err);
}

enum vls_code
vls__news_note(const struct receiver *r, int64_t now_unix, struct vls_error *err)
{
    bool alone = !has_others(r->e);
    enum vls_code rc = news_put(r->e, "", alone || r->news, now_unix, err);

    if (rc == VLS_OK && r->remote != NULL)
        rc = news_put(r->e, r->remote, alone || r->brought, now_unix, err);
    return rc;
}

enum vls_code
vls__news_forget(struct vls_engine *e, const char *remote, struct vls_error *err)
{
    char name[160];

    news_name(name, sizeof name, remote);
    return vls_store_meta_put(e->store, name, vls_slice_of(NULL, 0), err);
}

enum vls_code
vls__news_of(struct vls_engine *e, const char *remote, int64_t *unix_s, struct vls_error *err)
{
    return news_get(e, remote, unix_s, err);
}

enum vls_code
vls_engine_last_news(struct vls_engine *e, int64_t *unix_s, struct vls_error *err)
{
    enum vls_code rc = vls__engine_fresh(e, err);

    *unix_s = 0;
    return rc == VLS_OK && has_others(e) ? news_get(e, "", unix_s, err) : rc;
}
