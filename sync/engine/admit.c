/*
 * Newcomers: who asks, the number that two people compare, and the operations that let one in. The
 * welcome carries keys and no authority; what counts is the signed ADD.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

struct request_ctx {
    struct vls_engine *e;
    vls_request_fn *fn;
    void *ctx;
};

/* True for a request that still waits: well-formed and not a member yet. */
static bool
open_request(struct vls_engine *e, struct vls_slice body, struct vls_join *j)
{
    uint8_t device[VLS_DEVICE_LEN];

    if (vls_join_body_read(j, e->door.group, body, NULL) != VLS_OK)
        return false;
    vls_join_device(device, j->hash);
    return vls_members_device(e->members, device) == NULL;
}

/* Who else has to admit a laptop of that delegation: one of its own, or the founder; NULL: we may. */
static const struct vls_member_device *
who_may_admit(struct vls_engine *e, const char *delegation)
{
    uint8_t founder[VLS_DEVICE_LEN];

    if (e->me.admitted && strcmp(delegation, e->me.delegation) == 0)
        return NULL;
    for (size_t i = 0; i < vls_members_n_devices(e->members); i++)
        if (strcmp(vls_members_device_at(e->members, i)->delegation, delegation) == 0)
            return vls_members_device_at(e->members, i);
    if (e->me.root)
        return NULL;
    vls_genesis_device(founder, vls_members_group(e->members));
    return vls_members_device(e->members, founder);
}

static enum vls_code
show_request(void *ctx, struct vls_slice id, struct vls_slice body, struct vls_error *err)
{
    struct request_ctx *r = ctx;
    const struct vls_member_device *by;
    struct vls_join j;
    struct vls_request shown;

    (void)id;
    if (!open_request(r->e, body, &j))
        return VLS_OK;
    by = who_may_admit(r->e, j.delegation);
    shown = (struct vls_request){.delegation = j.delegation,
                                 .post = j.post,
                                 .wall_unix_s = j.wall_unix_s,
                                 .may = by == NULL,
                                 .by_delegation = by != NULL ? by->delegation : "",
                                 .by_post = by != NULL ? by->post : ""};
    return r->fn(r->ctx, &shown, err);
}

enum vls_code
vls_engine_requests(struct vls_engine *e, vls_request_fn *fn, void *ctx, struct vls_error *err)
{
    struct request_ctx r = {e, fn, ctx};
    enum vls_code rc = vls__engine_fresh(e, err);

    return rc != VLS_OK || e->members == NULL ? rc : vls_store_keys(e->store, KEY_REQUEST, show_request, &r, err);
}

/* Requests in the name of one delegation: anybody who can write to the remote can leave one, so there
 * may be several, and only the number tells them apart. */
struct candidates {
    struct vls_engine *e;
    const char *delegation;
    struct vls_join *all;
    size_t n;
};

#define CANDIDATES_MAX 64 /* the newest: a tenth of a second is spent on each */

static enum vls_code
gather(void *ctx, struct vls_slice id, struct vls_slice body, struct vls_error *err)
{
    struct candidates *c = ctx;
    struct vls_join j, *p;

    (void)id;
    if (!open_request(c->e, body, &j) || strcmp(j.delegation, c->delegation) != 0)
        return VLS_OK;
    if (c->n == CANDIDATES_MAX) {
        memmove(c->all, c->all + 1, (CANDIDATES_MAX - 1) * sizeof *c->all);
        c->all[CANDIDATES_MAX - 1] = j;
        return VLS_OK;
    }
    if ((p = malloc((c->n + 1) * sizeof *p)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the requests");
    if (c->n > 0)
        memcpy(p, c->all, c->n * sizeof *p);
    vls_wipe_free(c->all, c->n * sizeof *p);
    c->all = p;
    p[c->n++] = j;
    return VLS_OK;
}

static enum vls_code
candidates_of(struct candidates *c, struct vls_engine *e, const char *delegation, struct vls_error *err)
{
    enum vls_code rc;

    *c = (struct candidates){e, delegation, NULL, 0};
    if ((rc = vls__engine_fresh(e, err)) != VLS_OK)
        return rc;
    if (e->members == NULL)
        return VLS_FAIL(err, VLS_ENOTADMITTED, "you are not admitted yourself yet");
    rc = vls_store_keys(e->store, KEY_REQUEST, gather, c, err);
    if (rc == VLS_OK && c->n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "nobody of “%s” asks to join; sync first", delegation);
    return rc;
}

enum vls_code
vls_engine_safety_number(struct vls_engine *e, const char *delegation, char out[VLS_SAFETY_TEXT], struct vls_error *err)
{
    struct candidates c;
    enum vls_code rc;

    if (delegation == NULL) {
        if (e->request.body_len == 0)
            return VLS_FAIL(err, VLS_ENOTFOUND, "the founder has no number of its own; name the delegation that asks");
        return vls_safety_number(out, &e->door, e->request.hash, err);
    }
    if ((rc = candidates_of(&c, e, delegation, err)) == VLS_OK)
        rc = vls_safety_number(out, &e->door, c.all[c.n - 1].hash, err);
    vls_wipe_free(c.all, c.n * sizeof *c.all);
    return rc;
}

/* Keeps the digits; false when there are not 30 of them or something else than spaces between. */
static bool
digits_of(char out[VLS_SAFETY_TEXT], const char *typed)
{
    size_t n = 0;

    for (; *typed != '\0'; typed++) {
        if (*typed == ' ' || *typed == '-' || *typed == '\t')
            continue;
        if (*typed < '0' || *typed > '9' || n == VLS_SAFETY_TEXT - 1)
            return false;
        out[n++] = *typed;
    }
    out[n] = '\0';
    return n == VLS_SAFETY_TEXT - 1;
}

static enum vls_code
find_match(const struct candidates *c, const char *typed, const struct vls_join **out, struct vls_error *err)
{
    char digits[VLS_SAFETY_TEXT], number[VLS_SAFETY_TEXT];
    enum vls_code rc;

    *out = NULL;
    if (!digits_of(digits, typed))
        return VLS_FAIL(err, VLS_EVALUE, "a safety number has 30 digits");
    for (size_t i = 0; i < c->n; i++) {
        if ((rc = vls_safety_number(number, &c->e->door, c->all[i].hash, err)) != VLS_OK)
            return rc;
        if (vls_equal(number, digits, sizeof number))
            *out = &c->all[i];
    }
    if (*out == NULL)
        return VLS_FAIL(err, VLS_ETRUST, "the safety number differs: nobody was admitted");
    return VLS_OK;
}

/* The device as it will be once the ADD stands. */
static struct vls_member_device
device_of(const struct vls_join *j)
{
    struct vls_member_device d;

    memset(&d, 0, sizeof d);
    vls_join_device(d.id, j->hash);
    memcpy(d.delegation, j->delegation, sizeof d.delegation);
    memcpy(d.post, j->post, sizeof d.post);
    memcpy(d.sign_pk, j->sign_pk, sizeof d.sign_pk);
    memcpy(d.box_pk, j->box_pk, sizeof d.box_pk);
    return d;
}

enum vls_code
vls__engine_share_epoch(struct vls_engine *e, struct vls_buf *ops, const struct vls_epoch *epoch,
                        const struct vls_member_device *to, struct vls_error *err)
{
    struct vls_member_wrap w;
    enum vls_code rc;

    memcpy(w.device, to->id, VLS_DEVICE_LEN);
    if ((rc = vls_epoch_wrap(w.wrap, epoch, e->door.group, to->id, to->box_pk, NULL, err)) == VLS_OK) {
        vls_member_put_share(ops, vls_epoch_compartment(epoch), vls_epoch_id(epoch), &w);
        rc = vls_buf_ok(ops, err);
    }
    return rc;
}

struct owed {
    struct vls_engine *e;
    struct vls_buf ops;
    size_t n;
};

static enum vls_code
share_owed(void *ctx, const uint8_t *compartment, const uint8_t *id, const struct vls_member_device *to,
           struct vls_error *err)
{
    struct owed *o = ctx;
    const struct vls_epoch *epoch = vls__engine_epoch(o->e, compartment, id);

    if (epoch == NULL || o->n == SHARES_MAX) /* the rest the next time */
        return VLS_OK;
    o->n++;
    return vls__engine_share_epoch(o->e, &o->ops, epoch, to, err);
}

enum vls_code
vls__engine_share_owed(struct vls_engine *e, int64_t now_unix, struct vls_error *err)
{
    struct owed o = {.e = e};
    enum vls_code rc;

    vls_buf_init(&o.ops, VLS_MEMBER_PAYLOAD_MAX);
    if ((rc = vls_members_owed(e->members, e->me.device, share_owed, &o, err)) == VLS_OK && o.n > 0)
        rc = vls__engine_say(e, vls_buf_slice(&o.ops), o.n, now_unix, err);
    vls_buf_clear(&o.ops);
    return rc;
}

/* Every epoch we hold of one compartment; *n grows by the operations written. */
static enum vls_code
share_all(struct vls_engine *e, struct vls_buf *ops, const uint8_t *compartment, const struct vls_member_device *to,
          size_t *n, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < e->n_epochs && rc == VLS_OK; i++)
        if (memcmp(vls_epoch_compartment(e->epochs[i]), compartment, VLS_COMPARTMENT_LEN) == 0) {
            rc = vls__engine_share_epoch(e, ops, e->epochs[i], to, err);
            (*n)++;
        }
    return rc;
}

/* ADD, the group's epochs, and for each compartment the newcomer will read its history or a new epoch. */
static enum vls_code
admission_ops(struct vls_engine *e, struct vls_buf *ops, size_t *n, const struct vls_join *j, bool share_history,
              struct vls_error *err)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];
    struct vls_member_device d = device_of(j);
    enum vls_code rc;

    vls_member_put_add(ops, vls_slice_of(j->body, j->body_len));
    *n = 1;
    rc = share_all(e, ops, whole_group, &d, n, err);
    for (size_t i = 0; i < vls_members_n_compartments(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_compartment *c = vls_members_compartment_at(e->members, i);

        if ((!c->common && strcmp(c->owner, d.delegation) != 0) || !vls_members_reads(e->members, e->me.device, c->id))
            continue;
        if (share_history) {
            rc = share_all(e, ops, c->id, &d, n, err);
        } else {
            rc = vls__engine_rotate(e, ops, c->id, &d, err);
            (*n)++;
        }
    }
    return rc;
}

struct letter_ctx {
    struct vls_engine *e;
    struct vls_buf letter;
};

/* The newcomer may look at any remote first. */
static enum vls_code
leave_letter(void *ctx, const struct vls_stored_remote *remote, struct vls_error *err)
{
    struct letter_ctx *l = ctx;

    return vls__letter_leave(l->e, remote->name, vls_buf_slice(&l->letter), err);
}

static enum vls_code
welcome(struct vls_engine *e, const struct vls_join *j, struct vls_error *err)
{
    static const uint8_t whole_group[VLS_COMPARTMENT_LEN];
    struct vls_welcome w = {.genesis = e->genesis, .door_sk = e->door_sk};
    struct vls_epoch **epochs = calloc(e->n_epochs + 1, sizeof(struct vls_epoch *));
    struct letter_ctx l = {.e = e};
    uint8_t device[VLS_DEVICE_LEN];
    enum vls_code rc;

    if (epochs == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the welcome");
    vls_buf_init(&l.letter, 1024u * 1024);
    memcpy(w.request, j->hash, VLS_HASH_LEN);
    w.epochs = epochs;
    for (size_t i = 0; i < e->n_epochs; i++)
        if (memcmp(vls_epoch_compartment(e->epochs[i]), whole_group, VLS_COMPARTMENT_LEN) == 0)
            epochs[w.n_epochs++] = e->epochs[i];
    if ((rc = vls_welcome_write(&l.letter, &w, e->door.group, j->box_pk, err)) == VLS_OK)
        rc = vls_store_remotes(e->store, leave_letter, &l, err);
    if (rc == VLS_OK) {
        vls_join_device(device, j->hash);
        rc = vls__letter_keep(e, device, vls_buf_slice(&l.letter), err);
    }
    vls_buf_clear(&l.letter);
    free(epochs);
    return rc;
}

static enum vls_code
may_admit(struct vls_engine *e, const struct vls_join *j, struct vls_error *err)
{
    const struct vls_member_device *by = who_may_admit(e, j->delegation);

    if (by == NULL)
        return VLS_OK;
    if (strcmp(by->delegation, j->delegation) == 0)
        return VLS_FAIL(err, VLS_ENOTADMITTED, "%s is a member already; one of its own laptops admits this one",
                        j->delegation);
    return VLS_FAIL(err, VLS_ENOTADMITTED, "only %s, %s may admit a new delegation", by->delegation, by->post);
}

enum vls_code
vls_engine_who_asks(struct vls_engine *e, const char *delegation, const char *safety_number, char post[VLS_POST_TEXT],
                    struct vls_error *err)
{
    const struct vls_join *j;
    struct candidates c;
    enum vls_code rc;

    post[0] = '\0';
    if ((rc = candidates_of(&c, e, delegation, err)) == VLS_OK &&
        (rc = find_match(&c, safety_number, &j, err)) == VLS_OK && (rc = may_admit(e, j, err)) == VLS_OK)
        memcpy(post, j->post, sizeof j->post);
    vls_wipe_free(c.all, c.n * sizeof *c.all);
    return rc;
}

_Static_assert(VLS_LABEL_MAX + 1 == VLS_POST_TEXT, "a post fits what callers give");

enum vls_code
vls_engine_refuse(struct vls_engine *e, const char *delegation, const char *safety_number, size_t *n,
                  struct vls_error *err)
{
    const struct vls_join *only = NULL;
    struct candidates c;
    enum vls_code rc;

    *n = 0;
    if ((rc = candidates_of(&c, e, delegation, err)) != VLS_OK ||
        (safety_number != NULL && (rc = find_match(&c, safety_number, &only, err)) != VLS_OK) ||
        (rc = vls__engine_start(e, err)) != VLS_OK)
        goto out;
    for (size_t i = 0; i < c.n && rc == VLS_OK; i++) {
        struct vls_slice id = vls_slice_of(c.all[i].hash, VLS_HASH_LEN);

        if (only != NULL && only != &c.all[i])
            continue;
        if ((rc = vls_store_key_put(e->store, KEY_REQUEST, id, vls_slice_of(NULL, 0), err)) == VLS_OK)
            rc = vls_store_key_put(e->store, KEY_REFUSED, id, vls_slice_str("1"), err);
        ++*n;
    }
    rc = vls__engine_end(e, rc, err);
out:
    vls_wipe_free(c.all, c.n * sizeof *c.all);
    return rc;
}

enum vls_code
vls_engine_admit(struct vls_engine *e, const char *delegation, const char *safety_number, bool share_history,
                 int64_t now_unix, uint64_t *n_shared, struct vls_error *err)
{
    const struct vls_join *j;
    struct candidates c;
    struct vls_buf ops;
    size_t n_ops = 0;
    enum vls_code rc;

    *n_shared = 0;
    vls_buf_init(&ops, VLS_MEMBER_PAYLOAD_MAX);
    if ((rc = candidates_of(&c, e, delegation, err)) != VLS_OK ||
        (rc = find_match(&c, safety_number, &j, err)) != VLS_OK || (rc = may_admit(e, j, err)) != VLS_OK ||
        (rc = vls__engine_start(e, err)) != VLS_OK)
        goto out;
    if ((rc = admission_ops(e, &ops, &n_ops, j, share_history, err)) == VLS_OK &&
        (rc = vls__engine_say(e, vls_buf_slice(&ops), n_ops, now_unix, err)) == VLS_OK &&
        (rc = welcome(e, j, err)) == VLS_OK && share_history)
        rc = vls_store_count(e->store, 0, n_shared, err);
    rc = vls__engine_end(e, rc, err);
out:
    vls_wipe_free(c.all, c.n * sizeof *c.all);
    vls_buf_clear(&ops);
    return rc;
}

/* ---- who is there ---- */

struct news {
    const uint8_t *device;
    int64_t newest;
};

static enum vls_code
note_news(void *ctx, const struct vls_stored_envelope *head, struct vls_error *err)
{
    struct news *n = ctx;

    (void)err;
    if (memcmp(head->device, n->device, VLS_ID_LEN) == 0 && head->wall_unix_s > n->newest)
        n->newest = head->wall_unix_s;
    return VLS_OK;
}

enum vls_code
vls_engine_members(struct vls_engine *e, vls_member_fn *fn, void *ctx, struct vls_error *err)
{
    enum vls_code rc = vls__engine_fresh(e, err);

    for (size_t i = 0; e->members != NULL && i < vls_members_n_devices(e->members) && rc == VLS_OK; i++) {
        const struct vls_member_device *d = vls_members_device_at(e->members, i);
        struct news news = {d->id, 0};
        struct vls_member m = {.delegation = d->delegation, .post = d->post};

        memcpy(m.device, d->id, VLS_ID_LEN);
        m.me = memcmp(d->id, e->me.device, VLS_ID_LEN) == 0;
        if ((rc = vls_store_chains(e->store, note_news, &news, err)) == VLS_OK) {
            m.last_news_unix = news.newest;
            rc = fn(ctx, &m, err);
        }
    }
    return rc;
}
