/*
 * What the membership graph says now: devices, compartments, readers, and who holds which epoch. All of
 * it follows from the facts that graph.c has judged.
 */
#include <stdlib.h>
#include <string.h>

#include "member_int.h"

void
vls_members_forks(struct vls_members *m, vls_precedes_fn *fn, void *ctx)
{
    m->precedes = fn;
    m->precedes_ctx = ctx;
}

const uint8_t *
vls_members_group(const struct vls_members *m)
{
    return m->group;
}

const struct vls_genesis *
vls_members_genesis(const struct vls_members *m)
{
    return &m->genesis;
}

size_t
vls_members_n_devices(const struct vls_members *m)
{
    return m->n_devices;
}

const struct vls_member_device *
vls_members_device_at(const struct vls_members *m, size_t i)
{
    return vls__member_device(m, NULL, m->facts[m->devices[i]].device.id);
}

const struct vls_member_device *
vls_members_device(const struct vls_members *m, const uint8_t id[VLS_DEVICE_LEN])
{
    return vls__member_device(m, NULL, id);
}

size_t
vls_members_n_compartments(const struct vls_members *m)
{
    return m->n_rooms;
}

const struct vls_member_compartment *
vls_members_compartment_at(const struct vls_members *m, size_t i)
{
    return vls__member_room(m, NULL, m->facts[m->rooms[i]].room.id);
}

bool
vls_members_reads(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN],
                  const uint8_t compartment[VLS_COMPARTMENT_LEN])
{
    const struct vls_member_device *d = vls__member_device(m, NULL, device);

    return d != NULL && vls__member_reads(m, NULL, d, compartment);
}

bool
vls_members_holds(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN],
                  const uint8_t compartment[VLS_COMPARTMENT_LEN], const uint8_t epoch[VLS_HASH_LEN])
{
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if ((f->op != MEMBER_ROTATE && f->op != MEMBER_SHARE) ||
            memcmp(f->room.id, compartment, VLS_COMPARTMENT_LEN) != 0 || memcmp(f->epoch, epoch, VLS_HASH_LEN) != 0)
            continue;
        for (size_t w = 0; w < f->n_wraps; w++)
            if (memcmp(f->wraps[w].device, device, VLS_DEVICE_LEN) == 0)
                return true;
    }
    return false;
}

bool
vls_members_epoch_covers(const struct vls_members *m, const uint8_t compartment[VLS_COMPARTMENT_LEN],
                         const uint8_t epoch[VLS_HASH_LEN])
{
    for (size_t i = 0; i < m->n_devices; i++) {
        const struct vls_member_device *d = vls_members_device_at(m, i);

        if (vls__member_reads(m, NULL, d, compartment) && !vls_members_holds(m, d->id, compartment, epoch))
            return false;
    }
    return true;
}

/* Whether an admission of the device was made by somebody who knew of that node. */
static bool
admitted_knowing(const struct vls_members *m, const uint8_t *device, size_t node)
{
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op != MEMBER_ADD || memcmp(f->device.id, device, VLS_DEVICE_LEN) != 0 || f->node == GENESIS_NODE)
            continue;
        if (node == f->node || node == GENESIS_NODE ||
            (node < f->node && (m->nodes[f->node].past[node / 64] >> (node % 64) & 1) != 0))
            return true;
    }
    return false;
}

enum vls_code
vls_members_owed(const struct vls_members *m, const uint8_t author[VLS_DEVICE_LEN], vls_owed_fn *fn, void *ctx,
                 struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < m->n_facts && rc == VLS_OK; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op != MEMBER_ROTATE || f->node == GENESIS_NODE ||
            memcmp(m->nodes[f->node].author, author, VLS_DEVICE_LEN) != 0)
            continue;
        for (size_t k = 0; k < m->n_devices && rc == VLS_OK; k++) {
            const struct vls_member_device *d = vls_members_device_at(m, k);

            if (vls__member_reads(m, NULL, d, f->room.id) && !vls_members_holds(m, d->id, f->room.id, f->epoch) &&
                !admitted_knowing(m, d->id, f->node))
                rc = fn(ctx, f->room.id, f->epoch, d, err);
        }
    }
    return rc;
}

/* Whom to ask for an epoch: whoever admitted the device, if that one has it, or else its maker, who does. */
static const struct vls_member_device *
who_has(const struct vls_members *m, const uint8_t *device, const struct fact *rotate)
{
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op == MEMBER_ADD && f->node != GENESIS_NODE && memcmp(f->device.id, device, VLS_DEVICE_LEN) == 0 &&
            vls_members_holds(m, m->nodes[f->node].author, rotate->room.id, rotate->epoch))
            return vls__member_device(m, NULL, m->nodes[f->node].author);
    }
    return vls__member_device(m, NULL, m->nodes[rotate->node].author);
}

enum vls_code
vls_members_lacks(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN], vls_owed_fn *fn, void *ctx,
                  struct vls_error *err)
{
    const struct vls_member_device *me = vls__member_device(m, NULL, device), *from;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < m->n_facts && me != NULL && rc == VLS_OK; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op == MEMBER_ROTATE && vls__member_reads(m, NULL, me, f->room.id) &&
            !vls_members_holds(m, device, f->room.id, f->epoch) && (from = who_has(m, device, f)) != NULL)
            rc = fn(ctx, f->room.id, f->epoch, from, err);
    }
    return rc;
}

enum vls_code
vls_members_knew(const struct vls_members *m, const struct vls_envelope *e, const uint8_t device[VLS_DEVICE_LEN],
                 bool *out, struct vls_error *err)
{
    uint64_t *past = NULL;
    struct view v;
    enum vls_code rc = vls__member_past(m, e, &past, err);

    *out = false;
    if (rc == VLS_OK) {
        v = (struct view){past, m->n_nodes};
        *out = vls__member_device(m, &v, device) != NULL;
    }
    free(past);
    return rc;
}

enum vls_code
vls_members_wraps(const struct vls_members *m, const uint8_t device[VLS_DEVICE_LEN], vls_wrap_fn *fn, void *ctx,
                  struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < m->n_facts && rc == VLS_OK; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op != MEMBER_ROTATE && f->op != MEMBER_SHARE)
            continue;
        for (size_t w = 0; w < f->n_wraps && rc == VLS_OK; w++)
            if (memcmp(f->wraps[w].device, device, VLS_DEVICE_LEN) == 0)
                rc = fn(ctx, f->room.id, f->epoch, f->wraps[w].wrap, err);
    }
    return rc;
}
