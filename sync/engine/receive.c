/*
 * What comes from a remote: blobs that may be anything, envelopes that must prove themselves, and
 * change sets that may have to wait for what they build on. Refusing changes nothing but a counter (I8).
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

#define PACKET_MAX (2u * 1024 * 1024)

enum outcome { ACCEPTED, KNOWN, WAITS, REFUSED };

/* ---- one envelope ---- */

struct seen_ctx {
    struct receiver *r;
    const struct vls_envelope *env;
};

static enum vls_code
keep_seen(void *ctx, const struct vls_head *h, struct vls_error *err)
{
    struct seen_ctx *s = ctx;
    struct vls_engine *e = s->r->e;
    const struct vls_envelope *env = s->env;
    enum vls_code rc;

    if (memcmp(h->device, env->device, VLS_ID_LEN) == 0) /* a life of its own before this one */
        return memcmp(h->incarnation, env->incarnation, VLS_ID_LEN) != 0
                   ? vls_store_own_up(e->store, env->device, h->id, err)
                   : VLS_OK;
    /* a head that is not here proves nothing about what is */
    if ((rc = vls__own_news(s->r, h, err)) == VLS_OK)
        rc = vls_store_seen(e->store, env->device, h->id, env->wall_unix_s, err);
    return rc;
}

static enum vls_code
deps_here(struct vls_engine *e, const struct vls_change *c, bool *all, struct vls_error *err)
{
    enum vls_envelope_state state;
    enum vls_code rc = VLS_OK;

    *all = true;
    for (size_t i = 0; i < c->n_deps && *all && rc == VLS_OK; i++)
        rc = vls_store_envelope_find(e->store, vls_change_dep(c, i), all, &state, err);
    return rc;
}

/* The payload of a change envelope. */
struct opened {
    enum vls_envelope_state state; /* what becomes of it */
    bool waits;
    struct vls_error why;
    const struct vls_epoch *epoch;
    struct vls_buf plain;
    struct vls_change change; /* in plain, when it is DONE */
};

static void
opened_init(struct opened *o)
{
    memset(o, 0, sizeof *o);
    vls_buf_init(&o->plain, VLS_ENVELOPE_MAX);
}

static enum vls_code
open_change(struct vls_engine *e, const struct vls_envelope *env, struct opened *o, struct vls_error *err)
{
    bool all = false, writes = false;
    enum vls_code rc;

    o->state = VLS_ENV_UNREADABLE;
    if ((o->epoch = vls__engine_epoch_under(e, env)) == NULL ||
        !vls_members_reads(e->members, e->me.device, vls_epoch_compartment(o->epoch)))
        return VLS_OK; /* a key without its compartment opens nothing */
    rc = vls_members_writes(e->members, env, vls_epoch_compartment(o->epoch), &writes, err);
    o->waits = rc == VLS_ENOTFOUND;
    if (rc != VLS_OK)
        return o->waits ? VLS_OK : rc;
    o->state = VLS_ENV_REFUSED;
    if (!writes) {
        vls_error_set(&o->why, VLS_ETRUST, "its author may not write in that compartment");
        return VLS_OK;
    }
    if ((rc = vls_envelope_open(&o->plain, env, o->epoch, &o->why)) != VLS_OK)
        return rc == VLS_EAUTH ? VLS_OK : rc;
    rc = vls_change_open(&o->change, vls_buf_slice(&o->plain), &o->why);
    if (rc == VLS_EVERSION)
        o->state = VLS_ENV_UNREADABLE; /* a newer version will read it */
    if (rc != VLS_OK)
        return VLS_OK;
    if ((rc = deps_here(e, &o->change, &all, err)) != VLS_OK)
        return rc;
    o->waits = !all;
    o->state = VLS_ENV_DONE;
    return VLS_OK;
}

static enum vls_code
apply_opened(struct vls_engine *e, const struct vls_envelope *env, const struct opened *o, struct vls_error *err)
{
    return o->state != VLS_ENV_DONE
               ? VLS_OK
               : vls_store_apply_opened(e->store, env->id, vls_epoch_compartment(o->epoch), &o->change, err);
}

static enum vls_code
put_envelope(struct receiver *r, const struct vls_envelope *env, struct vls_slice bytes, enum vls_envelope_state state,
             const char *why, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct vls_stored_envelope s;
    struct seen_ctx seen = {r, env};
    enum vls_code rc;

    memset(&s, 0, sizeof s);
    memcpy(s.id, env->id, VLS_HASH_LEN);
    memcpy(s.device, env->device, VLS_ID_LEN);
    memcpy(s.incarnation, env->incarnation, VLS_ID_LEN);
    s.seq = env->seq;
    s.kind = env->kind;
    s.wall_unix_s = env->wall_unix_s;
    s.state = state;
    s.why = why;
    s.bytes = bytes;
    s.prev = env->prev;
    if ((rc = vls_store_envelope_put(e->store, &s, err)) != VLS_OK ||
        (env->seq == 1 && (rc = vls_store_own_up(e->store, env->device, env->prev, err)) != VLS_OK) ||
        (rc = vls_envelope_seen(env, keep_seen, &seen, err)) != VLS_OK)
        return rc;
    if (env->kind != VLS_ENV_ACK && memcmp(env->device, e->me.device, VLS_ID_LEN) != 0)
        rc = vls_store_meta_put(e->store, META_UNACKED, vls_slice_str("1"), err);
    return rc;
}

static enum vls_code
accept_change(struct receiver *r, const struct vls_envelope *env, struct vls_slice bytes, enum outcome *how,
              struct vls_error *err)
{
    struct opened o;
    enum vls_code rc;

    opened_init(&o);
    if ((rc = open_change(r->e, env, &o, err)) != VLS_OK)
        goto out;
    if (o.waits) {
        *how = WAITS;
        goto out;
    }
    *how = o.state == VLS_ENV_REFUSED ? REFUSED : ACCEPTED;
    if ((rc = put_envelope(r, env, bytes, o.state, o.why.text, err)) == VLS_OK)
        rc = apply_opened(r->e, env, &o, err);
out:
    vls_buf_clear(&o.plain);
    return rc;
}

static enum vls_code
accept_member(struct receiver *r, const struct vls_envelope *env, struct vls_slice bytes, enum outcome *how,
              struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct vls_error why = {VLS_OK, 0, 0, ""};
    bool new_epochs = false;
    enum vls_code rc = vls_members_feed(e->members, env, NULL, &why);

    if (rc == VLS_ENOTFOUND) {
        *how = WAITS;
        return VLS_OK;
    }
    if (rc != VLS_OK && rc != VLS_EFORMAT)
        return VLS_FAIL(err, rc, "%s", why.text);
    *how = rc == VLS_OK ? ACCEPTED : REFUSED;
    if ((rc = put_envelope(r, env, bytes, *how == ACCEPTED ? VLS_ENV_DONE : VLS_ENV_REFUSED, why.text, err)) !=
            VLS_OK ||
        (rc = vls__engine_refresh(e, &new_epochs, err)) != VLS_OK)
        return rc;
    return new_epochs ? vls__receive_unreadable(e, err) : VLS_OK;
}

/* What its kind makes of one whose author and place were proved. */
static enum vls_code
accept(struct receiver *r, const struct vls_envelope *env, struct vls_slice bytes, enum outcome *how,
       struct vls_error *err)
{
    switch (env->kind) {
    case VLS_ENV_CHANGE: return accept_change(r, env, bytes, how, err);
    case VLS_ENV_MEMBER: return accept_member(r, env, bytes, how, err);
    case VLS_ENV_ACK: *how = ACCEPTED; return put_envelope(r, env, bytes, VLS_ENV_DONE, "", err);
    }
    return VLS_OK;
}

/* Proves author and place in the chain, then lets its kind decide. A second one with a number that is taken is another
 * branch: what was signed stands, and everybody gets to see it (schemas/wire/envelope.md 5). */
static enum vls_code
judge(struct receiver *r, const struct vls_envelope *env, struct vls_slice bytes, enum outcome *how,
      struct vls_error *err)
{
    struct vls_engine *e = r->e;
    const struct vls_member_device *author;
    struct vls_head self = {.seq = env->seq};
    enum vls_envelope_state state;
    enum vls_follows follows;
    bool found = false;
    enum vls_code rc;

    *how = REFUSED;
    if (memcmp(env->group, e->door.group, VLS_HASH_LEN) != 0) /* public values */
        return VLS_OK;
    if ((rc = vls_store_envelope_find(e->store, env->id, &found, &state, err)) != VLS_OK)
        return rc;
    if (found) {
        *how = KNOWN;
        return VLS_OK;
    }
    if ((author = vls_members_device(e->members, env->device)) == NULL) {
        *how = WAITS; /* its admission may still be on the way */
        return VLS_OK;
    }
    if (!vls_envelope_signed_by(env, author->sign_pk))
        return VLS_OK;
    memcpy(self.device, env->device, VLS_ID_LEN);
    memcpy(self.incarnation, env->incarnation, VLS_ID_LEN);
    memcpy(self.id, env->id, VLS_HASH_LEN);
    if ((rc = vls__own_news(r, &self, err)) != VLS_OK ||
        (rc = vls_store_follows(e->store, env->device, env->incarnation, env->seq, env->prev, &follows, err)) != VLS_OK)
        return rc;
    if (follows == VLS_FOLLOWS_LATER)
        *how = WAITS;
    return follows == VLS_FOLLOWS ? accept(r, env, bytes, how, err) : VLS_OK;
}

static enum vls_code
receive_envelope(struct receiver *r, struct vls_slice bytes, bool waited, enum outcome *how, struct vls_error *err)
{
    struct vls_envelope env;
    bool others, rose;
    enum vls_code rc;

    *how = REFUSED;
    if (vls_envelope_read(&env, bytes, NULL) != VLS_OK) {
        r->result->refused++;
        return VLS_OK;
    }
    if ((rc = judge(r, &env, bytes, how, err)) != VLS_OK)
        return rc;
    others = memcmp(env.device, r->e->me.device, VLS_ID_LEN) != 0;
    switch (*how) {
    case ACCEPTED:
        r->result->received += others && env.kind == VLS_ENV_CHANGE;
        r->news = r->news || others;
        break;
    case KNOWN: break;
    case WAITS:
        /* a full waiting room turns away what comes last; the tip is not kept, so that a later sync brings it again */
        if (!waited && (rc = vls_store_wait(r->e->store, env.id, bytes, err)) != VLS_OK)
            return rc == VLS_ELIMIT ? (r->n_turned_away++, VLS_OK) : rc;
        return VLS_OK;
    case REFUSED: r->result->refused++; return VLS_OK;
    }
    if (r->remote == NULL || waited)
        return VLS_OK;
    if ((rc = vls_store_remote_has(r->e->store, r->remote, env.id, &rose, err)) == VLS_OK)
        r->brought = r->brought || (others && rose);
    return rc;
}

enum vls_code
vls__receive_again(struct receiver *r, struct vls_slice bytes, bool *waits, struct vls_error *err)
{
    enum outcome how;
    enum vls_code rc = receive_envelope(r, bytes, true, &how, err);

    *waits = rc == VLS_OK && how == WAITS;
    return rc;
}

/* ---- what could not be read ---- */

static enum vls_code
try_unreadable(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct vls_engine *e = ctx;
    struct vls_envelope env;
    struct opened o;
    enum vls_code rc;

    opened_init(&o);
    if ((rc = vls_envelope_read(&env, s->bytes, err)) != VLS_OK || (rc = open_change(e, &env, &o, err)) != VLS_OK ||
        (o.state == VLS_ENV_UNREADABLE && !o.waits))
        goto out;
    if (o.waits) { /* what it builds on may come with a later sync */
        rc = vls_store_meta_put(e->store, META_RETRY, vls_slice_str("1"), err);
        goto out;
    }
    if ((rc = vls_store_envelope_state(e->store, env.id, o.state, o.why.text, err)) == VLS_OK)
        rc = apply_opened(e, &env, &o, err);
out:
    vls_buf_clear(&o.plain);
    return rc;
}

enum vls_code
vls__receive_unreadable(struct vls_engine *e, struct vls_error *err)
{
    return vls_store_envelopes(e->store, VLS_ENV_CHANGE, VLS_ENV_UNREADABLE, try_unreadable, e, err);
}

/* ---- blobs ---- */

/* A welcome makes a newcomer a member; true when this blob was ours. */
static enum vls_code
receive_welcome(struct receiver *r, struct vls_slice blob, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct vls_welcome w;
    struct vls_buf hold;
    uint8_t group[VLS_HASH_LEN], door_pk[VLS_BOX_PK_LEN];
    bool added = false;
    enum vls_code rc;

    vls_buf_init(&hold, 1024u * 1024);
    if ((rc = vls_welcome_read(&w, &hold, e->door.group, e->box_sk, blob, err)) != VLS_OK) {
        vls_buf_clear(&hold);
        return rc == VLS_ENOMEM ? rc : VLS_OK; /* not for us */
    }
    vls_genesis_group(group, w.genesis);
    vls_box_public(door_pk, w.door_sk);
    if (!vls_equal(group, e->door.group, VLS_HASH_LEN) || !vls_equal(door_pk, e->door.pk, VLS_BOX_PK_LEN) ||
        !vls_equal(w.request, e->request.hash, VLS_HASH_LEN)) {
        rc = VLS_OK; /* somebody knows our key, but not the group whose number was compared */
        r->result->refused++;
        goto out;
    }
    if ((e->members == NULL && (rc = vls__engine_found(e, w.genesis, true, err)) != VLS_OK) ||
        (rc = vls__engine_key_put(e, KEY_DOOR, vls_slice_of(NULL, 0), w.door_sk, err)) != VLS_OK)
        goto out;
    vls_secret_free(e->door_sk);
    e->door_sk = w.door_sk;
    w.door_sk = NULL;
    for (size_t i = 0; i < w.n_epochs && rc == VLS_OK; i++) {
        rc = vls__engine_hold(e, w.epochs[i], true, &added, err);
        w.epochs[i] = NULL;
        r->welcomed = r->welcomed || added;
    }
out:
    vls_welcome_clear(&w);
    vls_buf_clear(&hold);
    return rc;
}

static enum vls_code
receive_request(struct receiver *r, const struct vls_join *j, struct vls_error *err)
{
    struct vls_slice id = vls_slice_of(j->hash, VLS_HASH_LEN);
    uint8_t device[VLS_DEVICE_LEN];
    bool waits = false, refused = false;
    uint64_t n = 0;
    enum vls_code rc;

    vls_join_device(device, j->hash);
    if (vls_members_device(r->e->members, device) != NULL) {
        r->settled = true; /* it was answered */
        return VLS_OK;
    }
    if ((rc = vls_store_key_has(r->e->store, KEY_REQUEST, id, &waits, err)) != VLS_OK || waits ||
        (rc = vls_store_key_has(r->e->store, KEY_REFUSED, id, &refused, err)) != VLS_OK || refused ||
        (rc = vls_store_key_count(r->e->store, KEY_REQUEST, &n, err)) != VLS_OK)
        return rc;
    if (n >= REQUESTS_MAX) { /* as with envelopes that wait: the tip is not kept, a later sync brings it again */
        r->result->requests_left++;
        return VLS_OK;
    }
    r->result->received++; /* and no news: what the door takes, a host can write at will */
    return vls_store_key_put(r->e->store, KEY_REQUEST, id, vls_slice_of(j->body, j->body_len), err);
}

static enum vls_code
receive_packet(struct receiver *r, struct vls_error *err)
{
    struct vls_cbor c = vls_cbor_of(vls_buf_slice(&r->packet));
    enum vls_code rc = VLS_OK;
    bool settled = true;

    while (rc == VLS_OK && !vls_cbor_done(&c)) {
        struct vls_slice env = vls_cbor_item(&c);
        enum outcome how;

        if (vls_cbor_bad(&c)) {
            r->result->refused++;
            return VLS_OK;
        }
        rc = receive_envelope(r, env, false, &how, err);
        settled = settled && (how == ACCEPTED || how == KNOWN);
    }
    r->settled = settled;
    return rc;
}

/* VLS_EAUTH: no packet of this group. */
static enum vls_code
open_packet(struct receiver *r, struct vls_slice blob, struct vls_error *err)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];
    struct vls_engine *e = r->e;
    enum vls_code rc = VLS_EAUTH;

    for (size_t i = e->n_epochs; i-- > 0 && rc != VLS_OK && rc != VLS_ENOMEM;) {
        if (memcmp(vls_epoch_compartment(e->epochs[i]), whole_group, VLS_COMPARTMENT_LEN) != 0)
            continue;
        vls_buf_reset(&r->packet);
        rc = vls_packet_open(&r->packet, e->epochs[i], e->door.group, blob, err);
    }
    return rc;
}

enum vls_code
vls__receive_blob(struct receiver *r, struct vls_slice blob, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct vls_door door;
    struct vls_join j;
    enum vls_code rc;

    r->n_blobs++;
    r->settled = false;
    if (vls_door_read(&door, blob)) {
        if (memcmp(door.group, e->door.group, VLS_HASH_LEN) == 0)
            r->settled = r->door_seen = true;
        else if (r->door_seen || r->door_known)
            r->result->foreign++; /* ours lies there as well: anybody can leave a second door */
        else
            return VLS_FAIL(err, VLS_ETRUST, "it holds a different valise");
        return VLS_OK;
    }
    if (e->members == NULL)
        return receive_welcome(r, blob, err);
    if ((rc = open_packet(r, blob, err)) == VLS_OK)
        return receive_packet(r, err);
    if (rc != VLS_ENOMEM && e->door_sk != NULL &&
        (rc = vls_join_read(&j, e->door.group, e->door_sk, blob, err)) == VLS_OK)
        return receive_request(r, &j, err);
    if (rc == VLS_ENOMEM)
        return rc;
    if (!e->me.admitted) /* until it is admitted, a newcomer believes no welcome to be the last */
        return receive_welcome(r, blob, err);
    r->result->foreign++; /* a welcome for somebody else, or nothing of ours */
    return VLS_OK;
}

enum vls_code
vls__receive_named(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct receiver *r = ctx;

    if (r->letters != NULL)
        vls__letters_meet(r->letters, name);
    return vls__receive_blob(r, blob, err);
}

enum vls_code
vls__receive_all(struct receiver *r, vls__read_fn *read, void *ctx, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    bool was_member = e->members != NULL;
    enum vls_code rc;

    if (r->packet.max == 0)
        vls_buf_init(&r->packet, PACKET_MAX);
    rc = read(ctx, r, !was_member, err);
    if (rc == VLS_OK && r->welcomed)
        rc = read(ctx, r, true, err);
    if (rc == VLS_OK && e->members != NULL) {
        rc = vls__receive_waiting(r, err);
        if (rc == VLS_OK && !was_member)
            rc = vls__engine_refresh(e, NULL, err);
        if (rc == VLS_OK)
            rc = vls__own_settle(r, err);
    }
    r->result->admitted_now = r->result->admitted_now || (!was_member && e->me.admitted);
    return rc;
}
