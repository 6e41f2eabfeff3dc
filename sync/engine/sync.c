/*
 * One sync: pull, judge, answer, push. Everything a pull brings is one transaction with the tip that
 * was reached, so that a stop at any moment leaves the state before or after (I5), and what was pushed
 * without being noted is recognised by its ids the next time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run_int.h"

#define REPLACED_MAX 8 /* histories replaced while one is read: a few in a year */
#define RACES_MAX 40 /* lost races before giving up: 300 at one moment lose 19, 50 over a line 17 */

/* ---- one remote ---- */

static bool
on_progress(void *ctx, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct run *r = ctx;

    return r->o->progress == NULL || r->o->progress(r->o->ctx, r->name, done, total, bytes);
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

/* All of it will be read: then a letter of ours that is not met is not there. */
static enum vls_code
expect_letters(struct receiver *rx, struct vls_error *err)
{
    return rx->letters != NULL ? VLS_OK : vls__letters_expect(&rx->letters, rx->e, err);
}

/* Reads all of it. The history may be another one than last time: replaced by a shorter one, which anybody may do, or
 * an older copy was put back. Nobody's word counts for that but what lies there: when it holds whatever it was known to
 * hold, nothing has vanished (schemas/wire/remote.md 6). */
static enum vls_code
read_anew(struct run *r, struct receiver *rx, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct anew a = {r, rx, false};
    bool rewritten = false, brought = rx->brought;
    uint64_t missing;
    enum vls_code rc;

    if ((rc = vls_store_remote_recount(e->store, r->name, err)) != VLS_OK || (rc = expect_letters(rx, err)) != VLS_OK)
        return rc;
    rx->door_known = false; /* of two valises there, ours comes first */
    rc = e->carrier->pull(r->remote, "", anew_blob, &a, r->reached, &rewritten, err);
    if (rc == VLS_ENOMEM || rc == VLS_EINTERRUPT || (rc != VLS_OK && (a.own || r->also != NULL)))
        return rc;
    if (rc == VLS_ERACE && ++r->n_replaced <= REPLACED_MAX)
        return rc; /* replaced once more, just now */
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
    rx->brought = brought || rx->news; /* what it was known to hold has been met again */
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
    if (from[0] == '\0' && (rc = expect_letters(rx, err)) != VLS_OK)
        return rc;
    if (from[0] == '\0')
        return r->e->carrier->pull(r->remote, from, vls__receive_named, rx, r->reached, &rewritten, err);
    rc = r->e->carrier->pull(r->remote, from, vls__receive_named, rx, r->reached, NULL, err);
    /* nothing delivered: the transport itself refused, not one of the blobs */
    return rc == VLS_ETRUST && rx->n_blobs == 0 ? read_anew(r, rx, err) : rc;
}

/* Pieces that did not arrive whole, or for which there was no room, are asked for again the next time, so the tip is not
 * kept. */
static bool
asks_again(struct run *r, const struct receiver *rx)
{
    struct vls_remote_counts counts;

    r->e->carrier->counts(r->remote, &counts);
    r->result->damaged = counts.damaged + rx->n_turned_away;
    return r->result->damaged > 0 || r->result->requests_left > 0;
}

/* Pulls and judges in one transaction. */
enum vls_code
vls__run_pull(struct run *r, struct vls_error *err)
{
    struct vls_engine *e = r->e;
    struct receiver rx = {.e = e, .remote = r->name, .result = r->result, .door_known = r->has_door};
    const struct vls_sync_result before = *r->result;
    uint64_t n_left = 0;
    char door[160];
    enum vls_code rc;

    r->reached[0] = '\0';
    vls__door_name(door, sizeof door, r->name);
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        return rc;
    r->result->requests_left = 0; /* of this reading */
    rc = vls__receive_all(&rx, pull_once, r, err);
    if (rc == VLS_OK && rx.door_seen)
        rc = vls_store_meta_put(e->store, door, vls_slice_str("1"), err);
    if (rc == VLS_OK && rx.letters != NULL)
        rc = vls__letters_leave(rx.letters, r->name, &n_left, err);
    if (rc == VLS_OK && r->has_door) /* otherwise they are left there for the first time */
        r->result->letters_again += n_left;
    if (rc == VLS_OK)
        rc = vls__news_note(&rx, r->o->now_unix, err);
    if (rc == VLS_OK)
        rc = vls_store_remote_mark(e->store, r->name, asks_again(r, &rx) ? r->known : r->reached, r->o->now_unix, err);
    if (rc == VLS_OK && r->o->dry_run)
        vls__engine_drop(e);
    else
        rc = vls__engine_end(e, rc, err);
    if (rc == VLS_OK) {
        memcpy(r->tip, r->reached, sizeof r->tip);
        if (!asks_again(r, &rx))
            memcpy(r->known, r->reached, sizeof r->known);
        r->has_door = r->has_door || rx.door_seen;
    } else {
        struct vls_error why = r->result->why; /* err points there */

        *r->result = before; /* what was undone was not received */
        r->result->why = why;
    }
    vls_buf_clear(&rx.packet);
    vls__letters_free(rx.letters);
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
        if ((rc = vls__run_pull(r, err)) == VLS_OK) {
            if (r->e->me.admitted && !answered && !r->o->dry_run &&
                (rc = vls__engine_answer(r->e, r->o->now_unix, err)) != VLS_OK)
                return rc;
            answered = true;
            do {
                rc = vls__run_push(r, &more, err);
            } while (rc == VLS_OK && more);
        }
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
    vls__door_name(door, sizeof door, r->name);
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
