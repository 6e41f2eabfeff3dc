/*
 * Envelopes that go out, gathered into packets sealed for the whole group, whichever way these then take.
 */
#include <string.h>

#include "engine_int.h"

enum vls_code
vls__packer_init(struct vls__packer *p, struct vls_engine *e, vls__packet_fn *put, void *ctx, struct vls_error *err)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];

    memset(p, 0, sizeof *p);
    p->e = e;
    p->put = put;
    p->ctx = ctx;
    vls_buf_init(&p->content, VLS_ENVELOPE_MAX);
    vls_buf_init(&p->packet, VLS_REMOTE_BLOB_MAX);
    /* a device that was added without the group's key must not silence everybody else */
    if ((p->epoch = vls__engine_epoch_for(e, whole_group)) == NULL &&
        (p->epoch = vls__engine_newest(e, whole_group)) == NULL)
        return VLS_FAIL(err, VLS_ENOTADMITTED, "no key of the group is here");
    return VLS_OK;
}

enum vls_code
vls__packer_end(struct vls__packer *p, struct vls_error *err)
{
    enum vls_code rc;

    if (p->content.n == 0)
        return VLS_OK;
    vls_buf_reset(&p->packet);
    rc = vls_packet_seal(&p->packet, p->epoch, p->e->door.group, vls_buf_slice(&p->content), err);
    vls_buf_reset(&p->content);
    memset(&p->packing, 0, sizeof p->packing);
    return rc != VLS_OK ? rc : p->put(p->ctx, vls_buf_slice(&p->packet), err);
}

enum vls_code
vls__packer_room(struct vls__packer *p, size_t n, struct vls_error *err)
{
    return p->content.n > 0 && p->content.n + n > VLS_PACKET_FILL ? vls__packer_end(p, err) : VLS_OK;
}

enum vls_code
vls__packer_add(struct vls__packer *p, struct vls_slice envelope, struct vls_error *err)
{
    vls_packet_add(&p->content, &p->packing, envelope);
    return vls_buf_ok(&p->content, err);
}

void
vls__packer_clear(struct vls__packer *p)
{
    vls_buf_clear(&p->content);
    vls_buf_clear(&p->packet);
}
