/*
 * Turns the operations of one change set into calls on the place where values are kept. The order of
 * change sets does not matter to the outcome: a value that was retired before it came is kept with
 * the past at once.
 */
#include <string.h>

#include "valise/merge.h"

struct place {
    const uint8_t *record;
    uint32_t field;
    struct vls_slice key;
};

static enum vls_code
retire_named(const struct vls_merge_store *to, const struct vls_change *c, const struct vls_op *op,
             const struct vls_entry *by, struct vls_error *err)
{
    struct vls_op names = *op;
    enum vls_code rc = VLS_OK;
    struct vls_dot named;

    while (rc == VLS_OK && vls_change_next_named(c, &names, &named))
        rc = to->retire(to->ctx, &named, by, err);
    return rc;
}

static enum vls_code
touch(const struct vls_merge_store *to, const struct vls_op *op, struct place *last, struct vls_error *err)
{
    if (last->record == op->record && last->field == op->field && vls_slice_eq(last->key, op->key))
        return VLS_OK;
    *last = (struct place){op->record, op->field, op->key};
    return to->touch(to->ctx, op->record, op->field, op->key, err);
}

static enum vls_code
apply_op(const struct vls_merge_store *to, const struct vls_change *c, const struct vls_op *op,
         const struct vls_dot *dot, struct place *last, struct vls_error *err)
{
    struct vls_entry e = {
        .record = op->record, .field = op->field, .key = op->key, .dot = *dot, .lamport = c->lamport,
        .type = (enum vls_op_type)op->type, .value = op->value, .cite = op->cite, .cite_text = op->cite_text,
        .reason = op->reason,
    };
    enum vls_code rc;

    switch (op->type) {
    case VLS_OP_CREATE:
        return to->create(to->ctx, op->record, op->kind, dot, err);
    case VLS_OP_PUT:
    case VLS_OP_ADD:
    case VLS_OP_REMOVE:
    case VLS_OP_APPEND:
    case VLS_OP_DECIDE:
        if ((rc = to->keep(to->ctx, &e, err)) != VLS_OK)
            return rc;
        if ((rc = retire_named(to, c, op, &e, err)) != VLS_OK)
            return rc;
        return touch(to, op, last, err);
    default:
        return VLS_OK; /* of a newer version; its bytes stay in the envelope */
    }
}

enum vls_code
vls_merge_apply(const struct vls_merge_store *to, const uint8_t id[VLS_CHANGE_ID_LEN], const struct vls_change *change,
                struct vls_error *err)
{
    struct place last = {NULL, 0, {NULL, 0}};
    struct vls_change c = *change;
    struct vls_dot dot;
    struct vls_op op;
    enum vls_code rc = VLS_OK;

    memcpy(dot.change, id, VLS_CHANGE_ID_LEN);
    while (rc == VLS_OK && vls_change_next(&c, &op)) {
        dot.op = op.no;
        rc = apply_op(to, &c, &op, &dot, &last, err);
    }
    return rc;
}
