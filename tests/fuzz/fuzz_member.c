/* Membership operations by the root itself, as hostile as they come: the graph stands, nobody who was not
 * asked in is a member, and feeding the same again changes nothing. */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/member.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct vls_members *
found(void)
{
    struct vls_genesis g = {.title = "t", .delegation = "d", .post = "p", .sign_pk = {1}, .box_pk = {2}};
    struct vls_members *m;
    struct vls_buf b;

    vls_buf_init(&b, VLS_GENESIS_MAX);
    if (vls_genesis_write(&b, &g, NULL) != VLS_OK || vls_members_new(&m, vls_buf_slice(&b), NULL) != VLS_OK)
        abort();
    vls_buf_clear(&b);
    return m;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t incarnation[VLS_DEVICE_LEN] = {3}, prev[VLS_HASH_LEN];
    struct vls_members *m;
    struct vls_genesis g;
    uint8_t device[VLS_DEVICE_LEN];
    struct vls_envelope e = {.kind = VLS_ENV_MEMBER, .incarnation = incarnation, .prev = prev, .seq = 1};
    size_t n_devices, n_rooms, n_invalid = 0;
    enum vls_code first;

    if (vls_genesis_read(&g, vls_slice_of(data, size), NULL) == VLS_OK)
        assert(g.title[0] != '\0');
    m = found();
    vls_genesis_device(device, vls_members_group(m));
    e.group = vls_members_group(m);
    e.device = device;
    e.payload = vls_slice_of(data, size);
    e.id[0] = 9;
    first = vls_members_feed(m, &e, &n_invalid, NULL);
    assert(first == VLS_OK || first == VLS_EFORMAT);
    n_devices = vls_members_n_devices(m);
    n_rooms = vls_members_n_compartments(m);
    assert(n_devices == 1); /* no request verifies by accident */
    for (size_t i = 0; i < n_rooms; i++)
        assert(vls_members_reads(m, device, vls_members_compartment_at(m, i)->id));
    assert(vls_members_feed(m, &e, NULL, NULL) == VLS_OK || size > VLS_MEMBER_PAYLOAD_MAX);
    assert(vls_members_n_devices(m) == n_devices && vls_members_n_compartments(m) == n_rooms);
    vls_members_free(m);
    return 0;
}
