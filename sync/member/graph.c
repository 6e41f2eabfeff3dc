/*
 * The membership graph. Each envelope is a node that names its predecessors; what an operation may
 * do is read off the facts in its own past and nothing else (I7), so the order of arrival cannot
 * matter. Facts only add up in this version; reductions join as further facts over the same pasts.
 */
#include <stdlib.h>
#include <string.h>

#include "member_int.h"

#define WORDS(n) (((n) + 63) / 64)

static bool
bit_get(const uint64_t *set, size_t i)
{
    return (set[i / 64] >> (i % 64) & 1) != 0;
}

static bool
sees(const struct view *v, const struct fact *f)
{
    if (v == NULL || f->node == GENESIS_NODE || f->node == v->self)
        return true;
    return f->node < v->self && bit_get(v->past, f->node);
}

/* Which of two facts about one id stands: concurrent authors may claim the same, so the choice must
 * not be that of arrival. The document comes first, then the lower envelope id. */
static bool
stands_before(const struct vls_members *m, const struct fact *a, const struct fact *b)
{
    if (a->node == GENESIS_NODE || b->node == GENESIS_NODE || a->node == b->node)
        return a->node == GENESIS_NODE;
    return memcmp(m->nodes[a->node].id, m->nodes[b->node].id, VLS_HASH_LEN) < 0;
}

/* The fact about one id that stands: of a device (ADD) or of a compartment. */
static const struct fact *
standing(const struct vls_members *m, const struct view *v, enum member_op op, const uint8_t *id)
{
    const struct fact *best = NULL;

    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op == op && memcmp(op == MEMBER_ADD ? f->device.id : f->room.id, id, VLS_DEVICE_LEN) == 0 &&
            sees(v, f) && (best == NULL || stands_before(m, f, best)))
            best = f;
    }
    return best;
}

const struct vls_member_device *
vls__member_device(const struct vls_members *m, const struct view *v, const uint8_t *id)
{
    const struct fact *f = standing(m, v, MEMBER_ADD, id);

    return f != NULL ? &f->device : NULL;
}

static bool
has_delegation(const struct vls_members *m, const struct view *v, const char *delegation)
{
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op == MEMBER_ADD && strcmp(f->device.delegation, delegation) == 0 && sees(v, f))
            return true;
    }
    return false;
}

const struct vls_member_compartment *
vls__member_room(const struct vls_members *m, const struct view *v, const uint8_t *id)
{
    const struct fact *f = standing(m, v, MEMBER_COMPARTMENT, id);

    return f != NULL ? &f->room : NULL;
}

static bool
is_group(const uint8_t *compartment)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];

    return memcmp(compartment, zeros, VLS_COMPARTMENT_LEN) == 0;
}

bool
vls__member_reads(const struct vls_members *m, const struct view *v, const struct vls_member_device *d,
                  const uint8_t *compartment)
{
    const struct vls_member_compartment *room;

    if (is_group(compartment))
        return true;
    if ((room = vls__member_room(m, v, compartment)) == NULL)
        return false;
    if (room->common || strcmp(room->owner, d->delegation) == 0)
        return true;
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op == MEMBER_GRANT && memcmp(f->room.id, compartment, VLS_COMPARTMENT_LEN) == 0 &&
            strcmp(f->delegation, d->delegation) == 0 && sees(v, f))
            return true;
    }
    return false;
}

static bool
epoch_known(const struct vls_members *m, const struct view *v, const uint8_t *compartment, const uint8_t *epoch)
{
    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        if (f->op == MEMBER_ROTATE && memcmp(f->room.id, compartment, VLS_COMPARTMENT_LEN) == 0 &&
            memcmp(f->epoch, epoch, VLS_HASH_LEN) == 0 && sees(v, f))
            return true;
    }
    return false;
}

/* ---- judging one operation ---- */

static const char *
judge_add(struct vls_members *m, const struct view *v, const struct vls_member_device *author, struct vls_cbor *c,
          struct fact *f)
{
    struct vls_slice body = vls_cbor_bytes(c);
    struct vls_join j;

    if (vls_cbor_bad(c) || vls_join_body_read(&j, m->group, body, NULL) != VLS_OK)
        return "it quotes a request that does not verify";
    vls_join_device(f->device.id, j.hash);
    if (vls__member_device(m, v, f->device.id) != NULL)
        return "the device is there already";
    memcpy(f->device.delegation, j.delegation, sizeof j.delegation);
    memcpy(f->device.post, j.post, sizeof j.post);
    memcpy(f->device.sign_pk, j.sign_pk, sizeof j.sign_pk);
    memcpy(f->device.box_pk, j.box_pk, sizeof j.box_pk);
    if (strcmp(author->delegation, j.delegation) == 0)
        f->device.rank = author->rank + 1;
    else if (!author->root)
        return "only the root may bring in a new delegation";
    else if (has_delegation(m, v, j.delegation))
        return "a delegation adds its own devices";
    else
        f->device.rank = 1;
    return NULL;
}

static const char *
judge_compartment(struct vls_members *m, const struct view *v, const struct vls_member_device *author,
                  struct vls_slice op, struct vls_cbor *c, struct fact *f)
{
    struct vls_slice name;

    (void)vls_cbor_fixed(c, VLS_MEMBER_NONCE_LEN);
    name = vls_cbor_text(c);
    f->room.common = vls_cbor_bool(c);
    if (!vls_cbor_done(c) || !vls__label_take(f->room.name, VLS_NAME_MAX, name))
        return "malformed";
    vls__member_room_id(f->room.id, author->id, op);
    memcpy(f->room.owner, author->delegation, sizeof author->delegation);
    if (vls__member_room(m, v, f->room.id) != NULL)
        return "the compartment is there already";
    if (f->room.common && !author->root)
        return "only the root may open a compartment for everybody";
    return NULL;
}

static const char *
judge_grant(struct vls_members *m, const struct view *v, const struct vls_member_device *author, struct vls_cbor *c,
            struct fact *f)
{
    const uint8_t *id = vls_cbor_fixed(c, VLS_COMPARTMENT_LEN);
    struct vls_slice delegation = vls_cbor_text(c);
    const struct vls_member_compartment *room;

    if (vls_cbor_bad(c) || !vls__label_take(f->delegation, VLS_LABEL_MAX, delegation))
        return "malformed";
    memcpy(f->room.id, id, VLS_COMPARTMENT_LEN);
    room = vls__member_room(m, v, id);
    if (room == NULL || strcmp(room->owner, author->delegation) != 0)
        return "only its owner may grant a compartment";
    if (!has_delegation(m, v, f->delegation))
        return "no such delegation";
    return NULL;
}

static bool
take_wrap(struct vls_cbor *c, struct vls_member_wrap *w)
{
    const uint8_t *device = vls_cbor_fixed(c, VLS_DEVICE_LEN);
    const uint8_t *wrap = vls_cbor_fixed(c, VLS_EPOCH_WRAP_LEN);

    if (vls_cbor_bad(c))
        return false;
    memcpy(w->device, device, VLS_DEVICE_LEN);
    memcpy(w->wrap, wrap, VLS_EPOCH_WRAP_LEN);
    return true;
}

static bool
take_epoch(struct vls_cbor *c, struct fact *f)
{
    const uint8_t *id = vls_cbor_fixed(c, VLS_COMPARTMENT_LEN), *epoch = vls_cbor_fixed(c, VLS_HASH_LEN);

    if (vls_cbor_bad(c))
        return false;
    memcpy(f->room.id, id, VLS_COMPARTMENT_LEN);
    memcpy(f->epoch, epoch, VLS_HASH_LEN);
    return true;
}

static size_t
count_readers(const struct vls_members *m, const struct view *v, const uint8_t *compartment)
{
    size_t n = 0;

    for (size_t i = 0; i < m->n_facts; i++) {
        const struct fact *f = &m->facts[i];

        /* concurrent additions of one device are one device */
        if (f->op == MEMBER_ADD && sees(v, f) && vls__member_device(m, v, f->device.id) == &f->device &&
            vls__member_reads(m, v, &f->device, compartment))
            n++;
    }
    return n;
}

/* A failure of ours is no verdict: it ends the feeding instead. */
static const char no_memory[] = "no memory";

static const char *
judge_rotate(struct vls_members *m, const struct view *v, const struct vls_member_device *author, struct vls_cbor *c,
             struct fact *f)
{
    size_t n;

    if (!take_epoch(c, f))
        return "malformed";
    n = vls_cbor_array(c, VLS_MEMBER_NODES_MAX);
    if (vls_cbor_bad(c))
        return "malformed";
    if ((f->wraps = calloc(n + 1, sizeof *f->wraps)) == NULL)
        return no_memory;
    for (f->n_wraps = 0; f->n_wraps < n; f->n_wraps++) {
        struct vls_member_wrap *w = &f->wraps[f->n_wraps];
        const struct vls_member_device *d;

        if (vls_cbor_array(c, 2) != 2 || !take_wrap(c, w) ||
            (f->n_wraps > 0 && memcmp(w[-1].device, w->device, VLS_DEVICE_LEN) >= 0))
            return "malformed";
        d = vls__member_device(m, v, w->device);
        if (d == NULL || !vls__member_reads(m, v, d, f->room.id))
            return "a recipient is no reader";
    }
    if (!vls__member_reads(m, v, author, f->room.id) || (is_group(f->room.id) && !author->root))
        return "its author may not make an epoch there";
    if (n != count_readers(m, v, f->room.id))
        return "a reader is left out";
    return NULL;
}

static const char *
judge_share(struct vls_members *m, const struct view *v, const struct vls_member_device *author, struct vls_cbor *c,
            struct fact *f)
{
    const struct vls_member_device *d;

    if (!take_epoch(c, f))
        return "malformed";
    if ((f->wraps = calloc(1, sizeof *f->wraps)) == NULL)
        return no_memory;
    if (!take_wrap(c, f->wraps))
        return "malformed";
    f->n_wraps = 1;
    d = vls__member_device(m, v, f->wraps->device);
    if (d == NULL || !vls__member_reads(m, v, d, f->room.id))
        return "the recipient is no reader";
    if (!vls__member_reads(m, v, author, f->room.id) || !epoch_known(m, v, f->room.id, f->epoch))
        return "its author does not hold that epoch";
    return NULL;
}

static const char *
judge(struct vls_members *m, const struct view *v, const struct vls_member_device *author, struct vls_slice op,
      struct fact *f)
{
    static const size_t items[] = {0, 0, 2, 4, 3, 4, 5};
    struct vls_cbor c = vls_cbor_of(op);
    size_t n = vls_cbor_array(&c, 64);
    uint64_t type = vls_cbor_uint(&c);
    const char *why;

    if (vls_cbor_bad(&c) || type < MEMBER_ADD || type > MEMBER_SHARE)
        return "an operation that this version does not know";
    if (n != items[type])
        return "malformed";
    f->op = (enum member_op)type;
    switch (f->op) {
    case MEMBER_ADD: why = judge_add(m, v, author, &c, f); break;
    case MEMBER_COMPARTMENT: why = judge_compartment(m, v, author, op, &c, f); break;
    case MEMBER_GRANT: why = judge_grant(m, v, author, &c, f); break;
    case MEMBER_ROTATE: why = judge_rotate(m, v, author, &c, f); break;
    default: why = judge_share(m, v, author, &c, f); break;
    }
    return why != NULL || vls_cbor_done(&c) ? why : "malformed";
}

/* ---- the graph ---- */

static enum vls_code
note_fact(struct vls_members *m, const struct fact *f, struct vls_error *err)
{
    bool first_device = f->op == MEMBER_ADD && vls__member_device(m, NULL, f->device.id) == NULL;
    bool first_room = f->op == MEMBER_COMPARTMENT && vls__member_room(m, NULL, f->room.id) == NULL;

    if (!vls_room(&m->facts, &m->cap_facts, m->n_facts, 1, sizeof *m->facts) ||
        (first_device && !vls_room(&m->devices, &m->cap_devices, m->n_devices, 1, sizeof *m->devices)) ||
        (first_room && !vls_room(&m->rooms, &m->cap_rooms, m->n_rooms, 1, sizeof *m->rooms)))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the membership");
    if (first_device)
        m->devices[m->n_devices++] = m->n_facts;
    if (first_room)
        m->rooms[m->n_rooms++] = m->n_facts;
    m->facts[m->n_facts++] = *f;
    return VLS_OK;
}

enum vls_code
vls_members_new(struct vls_members **out, struct vls_slice genesis, struct vls_error *err)
{
    struct fact founder = {.op = MEMBER_ADD, .node = GENESIS_NODE};
    struct vls_members *m;
    enum vls_code rc;

    *out = NULL;
    if ((m = calloc(1, sizeof *m)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the membership");
    if ((rc = vls_genesis_read(&m->genesis, genesis, err)) != VLS_OK)
        goto fail;
    vls_genesis_group(m->group, genesis);
    vls_genesis_device(founder.device.id, m->group);
    memcpy(founder.device.delegation, m->genesis.delegation, sizeof founder.device.delegation);
    memcpy(founder.device.post, m->genesis.post, sizeof founder.device.post);
    memcpy(founder.device.sign_pk, m->genesis.sign_pk, VLS_SIGN_PK_LEN);
    memcpy(founder.device.box_pk, m->genesis.box_pk, VLS_BOX_PK_LEN);
    founder.device.rank = 1;
    founder.device.root = true;
    if ((rc = note_fact(m, &founder, err)) != VLS_OK)
        goto fail;
    *out = m;
    return VLS_OK;
fail:
    vls_members_free(m);
    return rc;
}

void
vls_members_free(struct vls_members *m)
{
    if (m == NULL)
        return;
    for (size_t i = 0; i < m->n_nodes; i++)
        free(m->nodes[i].past);
    for (size_t i = 0; i < m->n_facts; i++)
        free(m->facts[i].wraps);
    free(m->nodes);
    vls_wipe_free(m->facts, m->n_facts * sizeof *m->facts);
    free(m->devices);
    free(m->rooms);
    vls_wipe_free(m, sizeof *m);
}

static size_t
find_node(const struct vls_members *m, const uint8_t *id)
{
    for (size_t i = m->n_nodes; i-- > 0;)
        if (memcmp(m->nodes[i].id, id, VLS_HASH_LEN) == 0)
            return i;
    return GENESIS_NODE;
}

enum vls_code
vls__member_past(const struct vls_members *m, const struct vls_envelope *e, uint64_t **out, struct vls_error *err)
{
    uint64_t *past = calloc(WORDS(m->n_nodes + 1), sizeof *past);

    if (past == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the membership");
    for (size_t i = 0; i < e->n_member_heads; i++) {
        size_t n = find_node(m, vls_envelope_member_head(e, i));

        if (n == GENESIS_NODE) {
            free(past);
            return VLS_FAIL(err, VLS_ENOTFOUND, "a membership operation it builds on is not here yet");
        }
        for (size_t w = 0; w < WORDS(n); w++)
            past[w] |= m->nodes[n].past[w];
        past[n / 64] |= (uint64_t)1 << (n % 64);
    }
    *out = past;
    return VLS_OK;
}

/* Whether an earlier membership envelope of its own chain is missing from its past. Arrival follows the chain, so without
 * forks every node of its incarnation that is here is an earlier one; with them the caller tells. */
static enum vls_code
forgets_itself(const struct vls_members *m, const struct vls_envelope *e, const uint64_t *past, bool *out,
               struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    *out = false;
    for (size_t i = 0; i < m->n_nodes && !*out && rc == VLS_OK; i++) {
        if (memcmp(m->nodes[i].author, e->device, VLS_DEVICE_LEN) != 0 ||
            memcmp(m->nodes[i].incarnation, e->incarnation, VLS_DEVICE_LEN) != 0 || bit_get(past, i))
            continue;
        if (m->precedes != NULL)
            rc = m->precedes(m->precedes_ctx, m->nodes[i].id, e, out, err);
        else
            *out = true;
    }
    return rc;
}

/* Every operation in turn; the first reason for an invalid one goes to err. */
static enum vls_code
judge_all(struct vls_members *m, const struct view *v, const struct vls_member_device *author, struct vls_cbor c,
          size_t n_ops, size_t *bad, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n_ops && rc == VLS_OK; i++) {
        struct fact f = {.node = v->self};
        struct vls_slice op = vls_cbor_item(&c);
        const char *why = judge(m, v, author, op, &f);

        if (why == no_memory) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for the membership");
        } else if (why != NULL) {
            free(f.wraps);
            if ((*bad)++ == 0)
                vls_error_set(err, VLS_EFORMAT, "membership operation %zu of %zu: %s", i + 1, n_ops, why);
        } else if ((rc = note_fact(m, &f, err)) != VLS_OK) {
            free(f.wraps);
        }
    }
    return rc;
}

/* The operations of a payload, 0 and false when it cannot be read as a whole. */
static bool
payload_ok(struct vls_slice payload, struct vls_cbor *ops, size_t *n_ops)
{
    struct vls_cbor c = vls_cbor_of(payload);

    *n_ops = vls_cbor_array(&c, VLS_MEMBER_NODES_MAX);
    *ops = c;
    for (size_t i = 0; i < *n_ops; i++)
        (void)vls_cbor_item(&c);
    return vls_cbor_done(&c);
}

enum vls_code
vls_members_feed(struct vls_members *m, const struct vls_envelope *e, size_t *n_invalid, struct vls_error *err)
{
    const struct vls_member_device *found;
    struct vls_member_device author;
    struct vls_cbor ops;
    struct view v;
    struct node *node;
    uint64_t *past = NULL;
    size_t n_ops, bad = 0;
    bool forgets;
    enum vls_code rc;

    if (n_invalid != NULL)
        *n_invalid = 0;
    if (e->kind != VLS_ENV_MEMBER || m->n_nodes >= VLS_MEMBER_NODES_MAX)
        return VLS_FAIL(err, VLS_EFORMAT, "no membership operation, or beyond the limit of %u", VLS_MEMBER_NODES_MAX);
    if (find_node(m, e->id) != GENESIS_NODE)
        return VLS_OK;
    if ((rc = vls__member_past(m, e, &past, err)) != VLS_OK)
        return rc;
    if (!vls_room(&m->nodes, &m->cap_nodes, m->n_nodes, 1, sizeof *m->nodes)) {
        free(past);
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the membership");
    }
    if ((rc = forgets_itself(m, e, past, &forgets, err)) != VLS_OK) {
        free(past);
        return rc;
    }
    v = (struct view){past, m->n_nodes};
    found = vls__member_device(m, &v, e->device);
    if (found == NULL)
        rc = VLS_FAIL(err, VLS_EFORMAT, "its author is no member in its own past");
    else if (forgets)
        rc = VLS_FAIL(err, VLS_EFORMAT, "it forgets its author's earlier membership operations");
    else if (e->payload.n > VLS_MEMBER_PAYLOAD_MAX || !payload_ok(e->payload, &ops, &n_ops))
        rc = VLS_FAIL(err, VLS_EFORMAT, "membership operations that cannot be read");
    else
        author = *found; /* a copy: facts may move while it speaks */
    /* a void envelope stays a node, since others may build on it */
    node = &m->nodes[m->n_nodes++];
    memcpy(node->id, e->id, VLS_HASH_LEN);
    memcpy(node->author, e->device, VLS_DEVICE_LEN);
    memcpy(node->incarnation, e->incarnation, VLS_DEVICE_LEN);
    node->past = past;
    node->is_head = true;
    for (size_t i = 0; i < e->n_member_heads; i++)
        m->nodes[find_node(m, vls_envelope_member_head(e, i))].is_head = false;
    if (rc == VLS_OK)
        rc = judge_all(m, &v, &author, ops, n_ops, &bad, err);
    if (n_invalid != NULL)
        *n_invalid = bad;
    return rc;
}

/* True when the envelope builds on everything that is here, which is nearly always so. */
static bool
knows_all(const struct vls_members *m, const struct vls_envelope *e)
{
    size_t n_heads = 0;

    for (size_t i = m->n_nodes; i-- > 0;) {
        bool named = false;

        if (!m->nodes[i].is_head)
            continue;
        if (++n_heads > e->n_member_heads)
            return false;
        for (size_t k = 0; k < e->n_member_heads && !named; k++)
            named = memcmp(m->nodes[i].id, vls_envelope_member_head(e, k), VLS_HASH_LEN) == 0;
        if (!named)
            return false;
    }
    return n_heads == e->n_member_heads;
}

enum vls_code
vls_members_writes(const struct vls_members *m, const struct vls_envelope *e,
                   const uint8_t compartment[VLS_COMPARTMENT_LEN], bool *out, struct vls_error *err)
{
    const struct vls_member_device *author;
    uint64_t *past = NULL;
    struct view v, *seen = NULL;
    enum vls_code rc;

    *out = false;
    if (!knows_all(m, e)) {
        if ((rc = vls__member_past(m, e, &past, err)) != VLS_OK)
            return rc;
        v = (struct view){past, m->n_nodes};
        seen = &v;
    }
    author = vls__member_device(m, seen, e->device);
    *out = author != NULL && vls__member_reads(m, seen, author, compartment);
    free(past);
    return VLS_OK;
}

void
vls_members_heads(const struct vls_members *m, struct vls_buf *out)
{
    for (size_t i = 0; i < m->n_nodes; i++)
        if (m->nodes[i].is_head)
            vls_buf_put(out, m->nodes[i].id, VLS_HASH_LEN);
}
