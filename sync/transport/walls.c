/*
 * What the kernel of this machine keeps a courier from. A courier is the one to ask: it puts its walls up as always,
 * here around an empty folder that nobody else has touched, and its greeting says which of them stand.
 */
#include <stdio.h>

#include "sync/transport/transport_int.h"

enum vls_code
vls_courier_walls(struct vls_walls *out, const char *courier_path, struct vls_error *err)
{
    struct vls_remote *r;
    enum vls_code rc;

    *out = (struct vls_walls){.landlock = 0};
    if ((rc = vls__remote_new(&r, courier_path, VLS_REMOTE_READONLY, err)) != VLS_OK)
        return rc;
    (void)snprintf(r->shown, sizeof r->shown, "an empty folder");
    if ((rc = vls__scratch_make(r, err)) == VLS_OK) {
        (void)snprintf(r->url, sizeof r->url, "file:%s", r->scratch);
        rc = vls__remote_start(r, err);
    }
    if (rc == VLS_OK)
        *out = r->walls;
    vls__scratch_remove(r);
    vls_remote_close(r);
    return rc;
}
