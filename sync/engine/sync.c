/*
 * One sync: pull, judge, answer, push. Everything a pull brings is one transaction with the tip that
 * was reached, so that a stop at any moment leaves the state before or after (I5), and what was pushed
 * without being noted is recognised by its ids the next time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_int.h"

#define RACES_MAX 40 /* lost races before giving up: 300 at one moment lose 19, 50 over a line 17 */

void
vls__outbox_name(char *out, size_t cap, const char *remote)
{
    (void)snprintf(out, cap, "%s%s", KEY_OUTBOX, remote);
}

/* ---- the first look of a newcomer ---- */

struct knock {
    struct vls_door door;
    size_t n;
};

static enum vls_code
find_door(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct knock *k = ctx;
    struct vls_door d;

    (void)name;
    if (!vls_door_read(&d, blob))
        return VLS_OK;
    if (k->n > 0 && memcmp(&d, &k->door, sizeof d) != 0)
        return VLS_FAIL(err, VLS_ETRUST, "more than one valise lies there; ask a member which remote to use");
    k->door = d;
    k->n++;
    return VLS_OK;
}

const struct vls_carrier *
vls__engine_carrier(const struct vls_places *places)
{
    return places->carrier != NULL ? places->carrier : vls_carrier_courier();
}

enum vls_code
vls__engine_knock(struct vls_door *out, const struct vls_places *places, const char *url, struct vls_error *err)
{
    const struct vls_carrier *by = vls__engine_carrier(places);
    struct knock k = {.n = 0};
    struct vls_remote *r = NULL;
    struct vls_bag_counts counts;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    bool rewritten = false;
    enum vls_code rc;

    if (vls_bag_is_file(url)) {
        rc = vls_bag_read(url, find_door, &k, &counts, NULL, NULL, err);
    } else if ((rc = by->open(&r, places->courier, url, VLS_REMOTE_READONLY | (places->batch ? VLS_REMOTE_BATCH : 0u),
                              NULL, NULL, err)) == VLS_OK) {
        rc = by->pull(r, "", find_door, &k, tip, &rewritten, err);
        by->close(r);
    }
    if (rc == VLS_OK && k.n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no valise lies there yet; a member syncs first");
    *out = k.door;
    return rc;
}

/* ---- one remote ---- */

static bool
on_progress(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct run *r = ctx;

    return r->o->progress == NULL || r->o->progress(r->o->ctx, r->name, done, total, bytes);
}

static void
door_name(char *out, size_t cap, const char *remote)
{
    (void)snprintf(out, cap, "door:%s", remote);
}

/* What all of a remote is read with. */
struct anew {
    struct run *r;
    struct receiver *rx;
    bool own; /* a failure is of this store, not of the remote */
};

static enum vls_code
anew_blob(void *ctx, const char name[VLS_REMOTE_NAME_LEN + 1], struct vls_slice blob, struct vls_error *err)
{
    struct anew *a = ctx;
    enum vls_code rc = vls__receive_named(a->rx, name, blob, err);

    if (rc == VLS_OK && a->r->also != NULL)
        rc = a->r->also(a->r->also_ctx, a->rx->settled, blob, err);
    a->own = rc != VLS_OK;
    return rc;
}

/* Reads all of it. The history may be another one than last time: replaced by a shorter one, which anybody may do, or
 * an older copy was put back. Nobody's word counts for that but what lies there: when it holds whatever it was known to
 * hold, nothing has vanished (schemas/wire/remote.md 6). */
static enum vls_code
read_anew(struct run *r, struct receiver *rx, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct anew a = {r, rx, false};
    bool rewritten = false;
    uint64_t missing;
    enum vls_code rc;

    if ((rc = vls_store_remote_recount(e->store, r->name, err)) != VLS_OK)
        return rc;
    rx->door_known = false; /* of two valises there, ours comes first */
    rc = e->carrier->pull(r->remote, "", anew_blob, &a, r->reached, &rewritten, err);
    if (rc == VLS_ENOMEM || rc == VLS_EINTERRUPT || (rc != VLS_OK && (a.own || r->also != NULL)))
        return rc;
    if (rc != VLS_OK) /* a host that has shown another past does not hide it by hanging up when it is looked at */
        return VLS_FAIL(err, VLS_ETRUST,
                        "its history is another one than last time, and could not be read to its end to see whether "
                        "anything is missing; sync again");
    if ((rc = vls_store_remote_recounted(e->store, r->name, &missing, err)) != VLS_OK)
        return rc;
    if (missing > 0 || (r->has_door && !rx->door_seen))
        return VLS_FAIL(err, VLS_ETRUST,
                        "it no longer holds what it held last time: somebody put back an older copy, "
                        "or emptied it");
    r->result->rewritten = r->result->rewritten || r->also == NULL;
    return VLS_OK;
}

static enum vls_code
pull_once(void *ctx, struct receiver *rx, bool from_start, struct vls_error *err)
{
    struct run *r = ctx;
    const char *from = from_start ? "" : r->known;
    bool rewritten = false;
    enum vls_code rc;

    if (r->also != NULL)
        return read_anew(r, rx, err);
    if (from[0] == '\0')
        return r->e->carrier->pull(r->remote, from, vls__receive_named, rx, r->reached, &rewritten, err);
    rc = r->e->carrier->pull(r->remote, from, vls__receive_named, rx, r->reached, NULL, err);
    /* nothing delivered: the transport itself refused, not one of the blobs */
    return rc == VLS_ETRUST && rx->n_blobs == 0 ? read_anew(r, rx, err) : rc;
}

/* Pieces that did not arrive whole, or for which there was no room, are asked for again the next time, so the tip is not
 * kept. */
static bool
damaged(struct run *r, const struct receiver *rx)
{
    struct vls_remote_counts counts;

    r->e->carrier->counts(r->remote, &counts);
    r->result->damaged = counts.damaged + rx->n_turned_away;
    return r->result->damaged > 0;
}

/* Pulls and judges in one transaction. */
enum vls_code
vls__run_pull(struct run *r, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct receiver rx = {.e = e, .remote = r->name, .result = r->result, .door_known = r->has_door};
    const struct vls_sync_result before = *r->result;
    char door[160];
    enum vls_code rc;

    r->reached[0] = '\0';
    door_name(door, sizeof door, r->name);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    rc = vls__receive_all(&rx, pull_once, r, err);
    if (rc == VLS_OK && rx.door_seen)
        rc = vls_store_meta_put(e->store, door, vls_slice_str("1"), err);
    if (rc == VLS_OK)
        rc = vls_store_remote_mark(e->store, r->name, damaged(r, &rx) ? r->known : r->reached, r->o->now_unix, err);
    if (rc == VLS_OK && r->o->dry_run)
        vls__engine_drop(e);
    else
        rc = vls__engine_end(e, rc, err);
    if (rc == VLS_OK) {
        memcpy(r->tip, r->reached, sizeof r->tip);
        if (!damaged(r, &rx))
            memcpy(r->known, r->reached, sizeof r->known);
        r->has_door = r->has_door || rx.door_seen;
    } else {
        struct vls_error why = r->result->why; /* err points there */

        *r->result = before; /* what was undone was not received */
        r->result->why = why;
    }
    vls_buf_clear(&rx.packet);
    return rc;
}

/* ---- sending ---- */

/* Blobs of one push and what they hold. */
struct load {
    struct run *r;
    struct vls__packer pack;
    struct vls_buf blobs; /* sealed blobs, one after another */
    size_t ends[1024], n; /* where each ends */
    struct sent {
        uint8_t id[VLS_HASH_LEN];
    } * sent;
    size_t n_sent, cap_sent;
    uint64_t n_counted, n_membership;
    size_t n_letters;
    bool full;
};

static enum vls_code
load_blob_done(struct load *l, struct vls_error *err)
{
    enum vls_code rc = vls_buf_ok(&l->blobs, err);

    if (rc == VLS_OK) {
        l->ends[l->n++] = l->blobs.n;
        l->full = l->blobs.n >= PUSH_BYTES / 2 || l->n == sizeof l->ends / sizeof *l->ends;
    }
    return rc;
}

static enum vls_code
load_packet(void *ctx, struct vls_slice packet, struct vls_error *err)
{
    struct load *l = ctx;

    vls_buf_put_slice(&l->blobs, packet);
    return load_blob_done(l, err);
}

static enum vls_code
load_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct load *l = ctx;
    enum vls_code rc;

    if (l->full)
        return VLS_OK;
    if ((rc = vls__packer_room(&l->pack, s->bytes.n, err)) != VLS_OK || l->full)
        return rc;
    if (l->n_sent == l->cap_sent) {
        size_t cap = l->cap_sent > 0 ? l->cap_sent * 2 : 64;
        struct sent *p = realloc(l->sent, cap * sizeof *p);

        if (p == NULL)
            return VLS_FAIL(err, VLS_ENOMEM, "no memory to send");
        l->sent = p;
        l->cap_sent = cap;
    }
    memcpy(l->sent[l->n_sent++].id, s->id, VLS_HASH_LEN);
    l->n_counted += s->kind == VLS_ENV_CHANGE;
    l->n_membership += s->kind == VLS_ENV_MEMBER;
    return vls__packer_add(&l->pack, s->bytes, err);
}

static enum vls_code
load_letter(void *ctx, struct vls_slice id, struct vls_slice blob, struct vls_error *err)
{
    struct load *l = ctx;

    (void)id;
    if (l->full)
        return VLS_OK;
    vls_buf_put_slice(&l->blobs, blob);
    l->n_letters++;
    return load_blob_done(l, err);
}

static enum vls_code
load_fill(struct load *l, struct vls_error *err)
{
    struct run *r = l->r;
    char outbox[160];
    enum vls_code rc = VLS_OK;

    vls__outbox_name(outbox, sizeof outbox, r->name);
    if (r->e->me.admitted && !r->has_door) {
        if ((rc = vls_door_write(&l->blobs, &r->e->door, err)) == VLS_OK)
            rc = load_blob_done(l, err);
    }
    if (rc == VLS_OK)
        rc = vls_store_keys(r->e->store, outbox, load_letter, l, err);
    if (rc != VLS_OK || !r->e->me.admitted)
        return rc;
    if ((rc = vls__packer_init(&l->pack, r->e, load_packet, l, err)) == VLS_OK &&
        (rc = vls_store_to_send(r->e->store, r->name, load_envelope, l, err)) == VLS_OK && !l->full)
        rc = vls__packer_end(&l->pack, err);
    return rc;
}

struct forget {
    struct vls_engine *e;
    const char *outbox;
    size_t n; /* the oldest that many */
};

static enum vls_code
forget_letter(void *ctx, struct vls_slice id, struct vls_slice blob, struct vls_error *err)
{
    struct forget *f = ctx;

    (void)blob;
    return f->n == 0 ? VLS_OK : (f->n--, vls_store_key_put(f->e->store, f->outbox, id, vls_slice_of(NULL, 0), err));
}

/* What was pushed is noted with the tip that holds it. */
static enum vls_code
load_note(struct load *l, const char *tip, struct vls_error *err)
{
    struct run *r = l->r;
    char outbox[160], door[160];
    struct forget f = {r->e, outbox, l->n_letters};
    bool whole = r->result->damaged == 0;
    enum vls_code rc;

    vls__outbox_name(outbox, sizeof outbox, r->name);
    door_name(door, sizeof door, r->name);
    if ((rc = vls__engine_start(r->e, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < l->n_sent && rc == VLS_OK; i++)
        rc = vls_store_remote_has(r->e->store, r->name, l->sent[i].id, err);
    if (rc == VLS_OK)
        rc = vls_store_keys(r->e->store, outbox, forget_letter, &f, err);
    if (rc == VLS_OK && r->e->me.admitted)
        rc = vls_store_meta_put(r->e->store, door, vls_slice_str("1"), err);
    if (rc == VLS_OK) /* sending does not make up for what has not arrived whole */
        rc = vls_store_remote_mark(r->e->store, r->name, whole ? tip : r->known, r->o->now_unix, err);
    if ((rc = vls__engine_end(r->e, rc, err)) == VLS_OK) {
        memcpy(r->tip, tip, VLS_REMOTE_TIP_LEN + 1);
        if (whole)
            memcpy(r->known, tip, VLS_REMOTE_TIP_LEN + 1);
        r->has_door = r->has_door || r->e->me.admitted;
        r->result->sent += l->n_counted;
        r->result->membership += l->n_membership;
    }
    return rc;
}

/* Sends one load. *more: something is left for another. Errors: VLS_ERACE, somebody was faster. */
static enum vls_code
push(struct run *r, bool *more, struct vls_error *err)
{
    struct load *l = calloc(1, sizeof *l);
    struct vls_slice *blobs = NULL;
    char tip[VLS_REMOTE_TIP_LEN + 1];
    enum vls_code rc;

    *more = false;
    if (l == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory to send");
    l->r = r;
    vls_buf_init(&l->blobs, PUSH_BYTES);
    if ((rc = load_fill(l, err)) != VLS_OK)
        goto out;
    if (r->o->dry_run) {
        r->result->sent += l->n_counted;
        r->result->membership += l->n_membership;
        goto out;
    }
    if (l->n == 0)
        goto out;
    if ((blobs = calloc(l->n, sizeof *blobs)) == NULL) {
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory to send");
        goto out;
    }
    for (size_t i = 0; i < l->n; i++) {
        size_t from = i > 0 ? l->ends[i - 1] : 0;

        blobs[i] = vls_slice_of(l->blobs.p + from, l->ends[i] - from);
    }
    if ((rc = r->e->carrier->push(r->remote, blobs, NULL, l->n, r->tip, tip, err)) == VLS_OK)
        rc = load_note(l, tip, err);
    *more = l->full;
out:
    free(blobs);
    free(l->sent);
    vls__packer_clear(&l->pack);
    vls_buf_clear(&l->blobs);
    free(l);
    return rc;
}

/* What a pull brought is confirmed at most once, and only if nothing else goes out that says so. */
enum vls_code
vls__engine_answer(struct vls_engine *e, int64_t now_unix, struct vls_error *err)
{
    struct vls_buf flag;
    enum vls_code rc;

    vls_buf_init(&flag, 64);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    if ((rc = vls__engine_make_own(e, now_unix, err)) == VLS_OK &&
        (rc = vls__engine_share_owed(e, now_unix, err)) == VLS_OK) {
        rc = vls_store_meta_get(e->store, META_UNACKED, &flag, err);
        if (rc == VLS_OK && flag.n > 0)
            rc = vls__engine_confirm(e, now_unix, err);
        else if (rc == VLS_ENOTFOUND)
            rc = VLS_OK;
    }
    rc = vls__engine_end(e, rc, err);
    vls_buf_clear(&flag);
    return rc;
}

enum vls_code
vls__run_exchange(struct run *r, struct vls_error *err)
{
    bool more = true, answered = false;
    unsigned races = 0;
    enum vls_code rc = VLS_OK;

    while (more) {
        if ((rc = vls__run_pull(r, err)) != VLS_OK)
            return rc;
        if (r->e->me.admitted && !answered && !r->o->dry_run &&
            (rc = vls__engine_answer(r->e, r->o->now_unix, err)) != VLS_OK)
            return rc;
        answered = true;
        do {
            rc = push(r, &more, err);
        } while (rc == VLS_OK && more);
        if (rc != VLS_ERACE)
            break;
        if (++races > RACES_MAX)
            return VLS_FAIL(err, VLS_ERACE, "others kept writing at the same moment; sync again");
        more = true;
        r->e->carrier->pause(races);
    }
    if (rc == VLS_OK && !r->e->me.admitted)
        return VLS_FAIL(err, VLS_ENOTADMITTED, "your request is there; nobody has admitted you yet");
    return rc;
}

enum vls_code
vls__run_open(struct run *r, struct vls_engine *e, const struct vls_stored_remote *s, const struct vls_sync_opts *o,
              struct vls_sync_result *result, struct vls_error *err)
{
    struct vls_buf flag;
    char door[160];

    memset(r, 0, sizeof *r);
    r->e = e;
    r->o = o;
    r->result = result;
    (void)snprintf(r->name, sizeof r->name, "%s", s->name);
    (void)snprintf(r->url, sizeof r->url, "%s", s->url);
    (void)snprintf(r->known, sizeof r->known, "%s", s->tip);
    vls_buf_init(&flag, 16);
    door_name(door, sizeof door, r->name);
    r->has_door = vls_store_meta_get(e->store, door, &flag, NULL) == VLS_OK && flag.n > 0;
    vls_buf_clear(&flag);
    return e->carrier->open(&r->remote, e->courier, r->url, e->remote_flags, on_progress, r, err);
}

static void
sync_one(struct vls_engine *e, const struct vls_stored_remote *s, const struct vls_sync_opts *o,
         struct vls_sync_result *result)
{
    struct run r;

    memset(result, 0, sizeof *result);
    result->code = vls__run_open(&r, e, s, o, result, &result->why);
    if (result->code != VLS_OK)
        return;
    result->code = vls__run_exchange(&r, &result->why);
    e->carrier->close(r.remote);
}

/* ---- all of them ---- */

struct remote_list {
    struct vls_stored_remote *all;
    size_t n;
    const char *only;
};

static char *
copy_text(const char *s)
{
    return s != NULL ? strdup(s) : NULL;
}

static enum vls_code
list_remote(void *ctx, const struct vls_stored_remote *s, struct vls_error *err)
{
    struct remote_list *l = ctx;
    struct vls_stored_remote *p;

    if (l->only != NULL && strcmp(l->only, s->name) != 0)
        return VLS_OK;
    if ((p = realloc(l->all, (l->n + 1) * sizeof *p)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the remotes");
    l->all = p;
    p[l->n] = *s;
    p[l->n].name = copy_text(s->name);
    p[l->n].url = copy_text(s->url);
    l->n++;
    if (p[l->n - 1].name == NULL || p[l->n - 1].url == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the remotes");
    return VLS_OK;
}

static void
list_free(struct remote_list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        vls_wipe_free_str((char *)(uintptr_t)l->all[i].name);
        vls_wipe_free_str((char *)(uintptr_t)l->all[i].url);
    }
    free(l->all);
}

/* A place that is not what it should be, or does not hold what was left there. */
static bool
is_alarm(enum vls_code code)
{
    return code == VLS_ETRUST || code == VLS_EAUTH || code == VLS_EFORMAT;
}

/* Trust and damage before reach: the worst that happened names the whole. */
static enum vls_code
worst(enum vls_code a, enum vls_code b)
{
    static const enum vls_code order[] = {VLS_ETRUST, VLS_EAUTH, VLS_EFORMAT, VLS_EINTERRUPT, VLS_ENOTADMITTED};

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (a == order[i] || b == order[i])
            return order[i];
    return a != VLS_OK ? a : b;
}

enum vls_code
vls_engine_sync(struct vls_engine *e, const struct vls_sync_opts *o, vls_sync_fn *fn, void *ctx, struct vls_error *err)
{
    struct remote_list l = {NULL, 0, o->remote};
    struct vls_error first = {VLS_OK, 0, 0, ""};
    size_t n_failed = 0;
    enum vls_code all = VLS_OK, rc;

    if ((rc = vls_store_remotes(e->store, list_remote, &l, err)) != VLS_OK)
        goto out;
    if (l.n == 0) {
        rc = o->remote != NULL ? VLS_FAIL(err, VLS_ENOTFOUND, "no remote “%s”", o->remote)
                               : VLS_FAIL(err, VLS_ENOTFOUND, "there is no remote yet");
        goto out;
    }
    for (size_t i = 0; i < l.n; i++) {
        struct vls_sync_result result;

        sync_one(e, &l.all[i], o, &result);
        if (result.code != VLS_OK) {
            n_failed++;
            if (worst(all, result.code) != all || first.text[0] == '\0')
                first = result.why;
        }
        all = worst(all, result.code);
        if (fn != NULL)
            fn(ctx, l.all[i].name, &result);
        if (result.code == VLS_EINTERRUPT)
            break;
    }
    rc = all;
    if (all != VLS_OK && err != NULL)
        *err = first;
    if (n_failed > 0 && !is_alarm(all) && all != VLS_EINTERRUPT && all != VLS_ENOTADMITTED && l.n > 1)
        rc = VLS_FAIL(err, VLS_EPARTIAL, "%zu of %zu remotes were not synced", n_failed, l.n);
out:
    list_free(&l);
    return rc;
}

/* ---- remotes as a list ---- */

enum vls_code
vls__engine_note_remote(struct vls_engine *e, const char *name, const char *url, struct vls_error *err)
{
    struct vls_buf place;
    enum vls_code rc;

    vls_buf_init(&place, 4095);
    if ((rc = vls_remote_place(&place, url, err)) == VLS_OK)
        rc = vls_store_remote_add(e->store, name, vls_buf_str(&place), err);
    vls_buf_clear(&place);
    return rc;
}

enum vls_code
vls_engine_remote_add(struct vls_engine *e, const char *name, const char *url, bool create, struct vls_error *err)
{
    struct vls_remote *r = NULL;
    enum vls_code rc;

    if (name == NULL || name[0] == '\0' || strlen(name) > 100)
        return VLS_FAIL(err, VLS_EVALUE, "a remote's name has 1 to 100 bytes");
    if ((rc = e->carrier->open(&r, e->courier, url,
                               e->remote_flags | VLS_REMOTE_LOOK | (create ? VLS_REMOTE_CREATE : 0u), NULL, NULL,
                               err)) != VLS_OK)
        return rc;
    e->carrier->close(r);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    return vls__engine_end(e, vls__engine_note_remote(e, name, url, err), err);
}

enum vls_code
vls_engine_remote_remove(struct vls_engine *e, const char *name, struct vls_error *err)
{
    char door[160];
    enum vls_code rc;

    door_name(door, sizeof door, name);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    if ((rc = vls_store_remote_remove(e->store, name, err)) == VLS_OK)
        rc = vls_store_meta_put(e->store, door, vls_slice_of(NULL, 0), err);
    return vls__engine_end(e, rc, err);
}

struct list_ctx {
    vls_remote_fn *fn;
    void *ctx;
};

static enum vls_code
show_remote(void *ctx, const struct vls_stored_remote *s, struct vls_error *err)
{
    struct list_ctx *l = ctx;
    struct vls_remote_info info = {s->name, s->url, s->last_contact_unix, s->n_waiting};

    return l->fn(l->ctx, &info, err);
}

enum vls_code
vls_engine_remote_list(struct vls_engine *e, vls_remote_fn *fn, void *ctx, struct vls_error *err)
{
    struct list_ctx l = {fn, ctx};

    return vls_store_remotes(e->store, show_remote, &l, err);
}
