/*
 * The unlock cache: the master key in the kernel's keyring of the user. The key is made in the
 * thread's own keyring, where we possess it whatever the session looks like (a session without a link
 * to the user's keyring would refuse us permissions and timeout), and linked when it is complete, so
 * that no moment shows it without its timeout.
 */
#include <errno.h>
#include <string.h>

#include <keyutils.h>

#include "valise/prim.h"
#include "valise/unlock.h"

#define TYPE "user"
#define NAME_PREFIX "valise:"
#define NAME_LEN (sizeof NAME_PREFIX + 2 * VLS_HASH_LEN)

/* The owner and whoever possesses it; nothing for group and others. */
#define KEY_RIGHTS                                                                                            \
    (KEY_POS_VIEW | KEY_POS_READ | KEY_POS_SEARCH | KEY_POS_SETATTR | KEY_POS_LINK | KEY_USR_VIEW |           \
     KEY_USR_READ | KEY_USR_SEARCH | KEY_USR_SETATTR | KEY_USR_LINK)

/* The hash hides the store id from those who list keys. */
static void
key_name(char name[NAME_LEN], const uint8_t store_id[VLS_STORE_ID_LEN])
{
    uint8_t hash[VLS_HASH_LEN];

    vls_hash1(hash, "valise cache", store_id, VLS_STORE_ID_LEN);
    memcpy(name, NAME_PREFIX, sizeof NAME_PREFIX - 1);
    vls_hex(name + sizeof NAME_PREFIX - 1, hash, sizeof hash);
}

static enum vls_code
key_fail(int sys, const char *what, struct vls_error *err)
{
    switch (sys) {
    case ENOKEY:
    case EKEYEXPIRED:
    case EKEYREVOKED:
        return VLS_FAIL(err, VLS_ENOTFOUND, "locked");
    case EDQUOT:
        return VLS_FAIL_SYS(err, VLS_EFULL, sys, "%s: this user's key quota is used up", what);
    case ENOMEM:
        return VLS_FAIL_SYS(err, VLS_ENOMEM, sys, "%s", what);
    default:
        return VLS_FAIL_SYS(err, VLS_EUNREACHABLE, sys, "%s: the kernel offers no keyring here", what);
    }
}

static key_serial_t
key_find(const char *name)
{
    long id = keyctl_search(KEY_SPEC_USER_KEYRING, TYPE, name, 0);

    return id > 0 ? (key_serial_t)id : -1;
}

enum vls_code
vls_unlock_put(const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *master, unsigned seconds,
               struct vls_error *err)
{
    char name[NAME_LEN];
    key_serial_t key, old;
    enum vls_code rc = VLS_OK;

    if (seconds == 0 || seconds > VLS_UNLOCK_SECONDS_MAX)
        return VLS_FAIL(err, VLS_EVALUE, "unlocked for 1 to %u seconds, not %u", VLS_UNLOCK_SECONDS_MAX, seconds);
    key_name(name, store_id);
    old = key_find(name);
    if ((key = add_key(TYPE, name, master->bytes, master->len, KEY_SPEC_THREAD_KEYRING)) < 0)
        return key_fail(errno, "keeping the key for later commands", err);
    if (keyctl_setperm(key, KEY_RIGHTS) != 0 || keyctl_set_timeout(key, seconds) != 0 ||
        keyctl_link(key, KEY_SPEC_USER_KEYRING) != 0) {
        rc = key_fail(errno, "keeping the key for later commands", err);
        (void)keyctl_revoke(key);
    } else if (old > 0 && old != key)
        (void)keyctl_revoke(old); /* the link displaced it; nobody who still holds it may read it */
    (void)keyctl_unlink(key, KEY_SPEC_THREAD_KEYRING);
    return rc;
}

enum vls_code
vls_unlock_get(struct vls_secret **master, const uint8_t store_id[VLS_STORE_ID_LEN], struct vls_error *err)
{
    char name[NAME_LEN];
    struct vls_secret *s = NULL;
    key_serial_t key;
    enum vls_code rc;
    long len;

    *master = NULL;
    key_name(name, store_id);
    if ((key = key_find(name)) < 0)
        return key_fail(errno, "looking for the key", err);
    if ((rc = vls_secret_new(&s, VLS_MASTER_LEN, err)) != VLS_OK)
        return rc;
    len = keyctl_read(key, (char *)s->bytes, s->len);
    if (len == (long)s->len) {
        *master = s;
        return VLS_OK;
    }
    /* one of another length is not ours; to the caller the valise is locked */
    rc = len < 0 ? key_fail(errno, "reading the key", err) : VLS_FAIL(err, VLS_ENOTFOUND, "locked");
    vls_secret_free(s);
    return rc;
}

enum vls_code
vls_unlock_revoke(const uint8_t store_id[VLS_STORE_ID_LEN], struct vls_error *err)
{
    char name[NAME_LEN];
    key_serial_t key;

    key_name(name, store_id);
    if ((key = key_find(name)) < 0)
        return key_fail(errno, "looking for the key", err);
    if (keyctl_revoke(key) != 0)
        return key_fail(errno, "locking", err);
    (void)keyctl_unlink(key, KEY_SPEC_USER_KEYRING); /* frees the quota; revoked it is unreadable already */
    return VLS_OK;
}
