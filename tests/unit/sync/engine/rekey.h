#ifndef TESTS_SYNC_ENGINE_REKEY_H
#define TESTS_SYNC_ENGINE_REKEY_H

/* A laptop whose master key is changed: its two files, and what opens them. */

#include "two.h"

#include <fcntl.h>

#include "valise/file.h"

static struct vls_secret *other; /* the passphrase after the change */
static uint8_t person[VLS_ID_LEN];

static inline int
open_all(void **state)
{
    struct two *t;

    if (two_open(state) != 0)
        return -1;
    t = *state;
    check_ok(vls_secret_copy(&other, "quite another passphrase", 24, &t->err), &t->err);
    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_person(t, NY, "Invented Person", person);
    check_ok(two_sync(t, NY), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    return 0;
}

static inline int
close_all(void **state)
{
    vls_secret_free(other);
    return two_close(state);
}

static inline void
shut(struct two *t, int who)
{
    vls_engine_close(t->e[who]);
    t->e[who] = NULL;
}

static inline enum vls_code
unlock(struct two *t, int who, const struct vls_secret *passphrase, struct vls_secret **master)
{
    struct vls_places p = two_places(t, who);

    return vls_engine_unlock(master, &p, passphrase, &t->err);
}

static inline enum vls_code
open_with(struct two *t, int who, const struct vls_secret *master)
{
    struct vls_places p = two_places(t, who);

    return vls_engine_open(&t->e[who], &p, master, &t->err);
}

/* rekey with the shut valise, whose key in t->master becomes the new one. */
static inline enum vls_code
rekey(struct two *t, int who, const struct vls_secret *passphrase)
{
    struct vls_places p = two_places(t, who);
    struct vls_secret *fresh = NULL;
    enum vls_code rc = vls_engine_rekey(&fresh, &p, t->master[who], passphrase, &t->err);

    if (rc == VLS_OK) {
        vls_secret_free(t->master[who]);
        t->master[who] = fresh;
    } else {
        assert_null(fresh);
    }
    return rc;
}

static inline void
path_of(const struct two *t, int who, const char *name, char out[400])
{
    (void)snprintf(out, 400, "%s/%s", t->data[who], name);
}

static inline void
file_get(const struct two *t, int who, const char *name, struct vls_buf *out)
{
    char path[400];

    path_of(t, who, name, path);
    vls_buf_init(out, 64u << 20);
    assert_int_equal(vls_file_read(out, path, 0, NULL), VLS_OK);
}

static inline void
file_put(const struct two *t, int who, const char *name, const struct vls_buf *bytes)
{
    char path[400];
    int fd;

    path_of(t, who, name, path);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes->p, bytes->n), bytes->n);
    assert_int_equal(close(fd), 0);
}

static inline bool
there(const struct two *t, int who, const char *name)
{
    char path[400];

    path_of(t, who, name, path);
    return access(path, F_OK) == 0;
}

static inline bool
has_person(struct two *t, int who)
{
    struct vls_record *r = NULL;
    enum vls_code rc = vls_store_record(vls_engine_store(t->e[who]), person, VLS_LOAD_LIVE, &r, &t->err);

    vls_record_free(r);
    return rc == VLS_OK;
}

struct epochs {
    struct two *t;
    unsigned n;
};

static inline enum vls_code
unsealed(void *ctx, struct vls_slice id, struct vls_slice sealed, struct vls_error *err)
{
    struct epochs *e = ctx;
    struct vls_secret *key = NULL;
    enum vls_code rc = vls_ring_unseal(&key, e->t->e[NY]->kek, KEY_EPOCH, id, sealed, err);

    e->n += rc == VLS_OK;
    vls_secret_free(key);
    return rc;
}

#endif
