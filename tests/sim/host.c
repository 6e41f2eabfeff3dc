/*
 * The host: hubs in memory behind struct vls_carrier. Every laptop is shown a view, a line of pieces with tips that
 * commit to all before them, as a branch does. An honest hub has one view for all; a lying one makes others.
 */
#include "sim.h"

#include "host.h"

/* The carrier's calls carry no context of ours; one run goes on at a time. */
struct sim *host_sim;

/* ---- pieces and views ---- */

size_t
host_piece(struct host *h, const uint8_t *p, size_t n, bool ours)
{
    struct piece *x;

    h->piece = sim_room(h->piece, h->n_pieces, &h->cap_pieces, sizeof *h->piece);
    x = &h->piece[h->n_pieces];
    memset(x, 0, sizeof *x);
    x->p = malloc(n + 1);
    assert_non_null(x->p);
    if (n > 0)
        memcpy(x->p, p, n);
    x->n = n;
    x->ours = ours;
    vls_remote_name(x->name, vls_slice_of(x->p, n));
    return h->n_pieces++;
}

void
host_view_add(const struct host *h, struct view *v, size_t piece, bool damaged)
{
    uint8_t sum[VLS_HASH_LEN], flag = damaged;
    struct entry *e;
    struct vls_slice parts[3];

    v->v = sim_room(v->v, v->n, &v->cap, sizeof *v->v);
    e = &v->v[v->n];
    parts[0] = v->n > 0 ? vls_slice_str(e[-1].tip) : vls_slice_of(NULL, 0);
    parts[1] = vls_slice_str(h->piece[piece].name);
    parts[2] = vls_slice_of(&flag, 1);
    vls_hash(sum, "sim tip", parts, 3);
    vls_hex(e->tip, sum, VLS_REMOTE_TIP_LEN / 2);
    e->piece = piece;
    e->damaged = damaged;
    v->n++;
}

struct view *
host_view_new(struct hub *hub, int *no)
{
    bool used[4 * SIM_DEVICES] = {false};

    for (int i = 0; i < SIM_DEVICES; i++)
        used[hub->of[i]] = true;
    for (*no = 0; *no < hub->n_views && (used[*no] || *no == 0); ++*no)
        ;
    if (*no == hub->n_views)
        hub->n_views++;
    assert_true(hub->n_views <= 4 * SIM_DEVICES);
    hub->view[*no].n = 0;
    hub->view[*no].alone = hub->view[*no].put_back = false;
    return &hub->view[*no];
}

/* The first n entries of a view as a view of its own. */
struct view *
host_view_clone(struct host *h, struct hub *hub, int from, size_t n, int *no)
{
    struct view *v = host_view_new(hub, no);

    for (size_t i = 0; i < n && i < hub->view[from].n; i++)
        host_view_add(h, v, hub->view[from].v[i].piece, hub->view[from].v[i].damaged);
    v->alone = hub->view[from].alone;
    return v;
}

/* Where a tip is in a view; false when it is not there any more. */
static bool
view_find(const struct view *v, const char *tip, size_t *at)
{
    *at = 0;
    if (tip[0] == '\0')
        return true;
    for (size_t i = v->n; i-- > 0;)
        if (strcmp(v->v[i].tip, tip) == 0) {
            *at = i + 1;
            return true;
        }
    return false;
}

struct view *
host_view_of(struct host *h, int hub, int dev)
{
    return &h->hub[hub].view[h->hub[hub].of[dev]];
}

/* ---- the carrier ---- */

static enum vls_code
carry_open(struct vls_remote **out, const char *courier, const char *url, unsigned flags, vls_remote_progress_fn *fn,
           void *ctx, struct vls_error *err)
{
    struct vls_remote *r;

    (void)flags;
    (void)fn;
    (void)ctx;
    *out = NULL;
    host_sim->host->calls++;
    if (host_sim->host->line == LINE_DOWN)
        return VLS_FAIL(err, VLS_EUNREACHABLE, "there is no line");
    r = calloc(1, sizeof *r);
    assert_non_null(r);
    r->dev = (int)strtol(courier, NULL, 10);
    r->hub = url[strlen(url) - 1] - '0';
    *out = r;
    return VLS_OK;
}

static void
carry_close(struct vls_remote *r)
{
    free(r->aside.v);
    free(r);
}

static void
carry_counts(const struct vls_remote *r, struct vls_remote_counts *out)
{
    *out = r->counts;
}

static enum vls_code
deliver(struct vls_remote *r, const struct view *v, size_t from, vls_remote_blob_fn *blob, void *ctx,
        struct vls_error *err)
{
    struct host *h = host_sim->host;
    size_t n = v->n, given = 0;
    enum vls_code rc = VLS_OK;

    for (size_t i = from; i < n && rc == VLS_OK; i++) {
        const struct piece *p = &h->piece[v->v[i].piece];

        if (h->line == LINE_CUTS_PULL && given++ >= h->after) {
            h->line = LINE_GOOD;
            if (h->shown == REPLACED) /* a host that has shown another past does not hide it by hanging up */
                h->shown = PERHAPS;
            sim_count(host_sim, EV_CUT_PULLS, 1);
            return VLS_FAIL(err, VLS_EUNREACHABLE, "the line was cut");
        }
        if (v->v[i].damaged) {
            r->counts.damaged++;
            continue;
        }
        r->counts.blobs++;
        rc = blob(ctx, p->name, vls_slice_of(p->p, p->n), err);
    }
    return rc;
}

/* Another group's door before ours: a laptop that does not know that ours is there may refuse it. */
static bool
other_door_first(const struct host *h, const struct view *v)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct piece *p = &h->piece[v->v[i].piece];
        struct vls_door door;

        if (v->v[i].piece == h->other[0])
            return true;
        if (p->ours && !v->v[i].damaged && vls_door_read(&door, vls_slice_of(p->p, p->n)))
            return false;
    }
    return false;
}

static bool
our_door(const struct host *h, const struct view *v)
{
    for (size_t i = 0; i < v->n; i++) {
        const struct piece *p = &h->piece[v->v[i].piece];
        struct vls_door door;

        if (p->ours && !v->v[i].damaged && vls_door_read(&door, vls_slice_of(p->p, p->n)))
            return true;
    }
    return false;
}

static enum vls_code
carry_pull(struct vls_remote *r, const char *known_tip, vls_remote_blob_fn *blob, void *ctx,
           char new_tip[VLS_REMOTE_TIP_LEN + 1], bool *rewritten, struct vls_error *err)
{
    struct host *h = host_sim->host;
    struct view *v = host_view_of(h, r->hub, r->dev);
    size_t from;
    bool there = view_find(v, known_tip, &from);
    enum vls_code rc;

    h->calls++;
    memset(&r->counts, 0, sizeof r->counts);
    if (!there || (h->weighs && known_tip[0] == '\0' && h->shown != SHOWN)) {
        enum shown is = host_holds(host_sim, v, r->dev, r->hub);

        sim_count(host_sim, EV_PUT_BACK_SEEN, is == SHOWN && v->put_back);
        if (is != REPLACED || !there)
            h->shown = is == REPLACED && (other_door_first(h, v) || !our_door(h, v)) ? PERHAPS : is;
    }
    if (there && h->shown == HIDDEN && from == 0 && other_door_first(h, v))
        h->shown = PERHAPS;
    if (!there && rewritten == NULL)
        return VLS_FAIL(err, VLS_ETRUST, "what was there before is no longer part of it");
    if (rewritten != NULL)
        *rewritten = !there;
    if ((rc = deliver(r, v, from, blob, ctx, err)) != VLS_OK)
        return rc;
    h->hub[r->hub].served[r->dev] = v->n;
    (void)snprintf(new_tip, VLS_REMOTE_TIP_LEN + 1, "%s", v->n > 0 ? v->v[v->n - 1].tip : "");
    return VLS_OK;
}

/* What one laptop leaves is shown to it, and to all whose view is not cut off from it. */
static void
leave(struct host *h, int hub_no, int dev, const struct vls_slice *blob)
{
    struct hub *hub = &h->hub[hub_no];
    size_t piece = host_piece(h, blob->p, blob->n, true);
    bool done[4 * SIM_DEVICES] = {false};

    hub->left = sim_room(hub->left, hub->n_left, &hub->cap_left, sizeof *hub->left);
    hub->left[hub->n_left++] = piece;
    host_view_add(h, host_view_of(h, hub_no, dev), piece, false);
    done[hub->of[dev]] = true;
    for (int i = 0; i < SIM_DEVICES; i++)
        if (!done[hub->of[i]] && !hub->view[hub->of[i]].alone && !host_view_of(h, hub_no, dev)->alone) {
            host_view_add(h, &hub->view[hub->of[i]], piece, false);
            done[hub->of[i]] = true;
        }
}

static void
record(struct host *h, const struct vls_slice *blobs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        vls_buf_put_slice(h->record, blobs[i]);
    assert_int_equal(vls_buf_ok(h->record, NULL), VLS_OK);
}

void
host_let_in(struct host *h)
{
    const enum shown shown = h->shown;
    const bool weighs = h->weighs;
    int other = h->race;

    if (other < 0)
        return;
    h->race = -1;
    h->weighs = false;
    (void)work_sync(host_sim, &host_sim->dev[other], false);
    h->weighs = weighs;
    h->shown = shown; /* what the one that waits has met */
}

static enum vls_code
carry_push(struct vls_remote *r, const struct vls_slice *blobs, const char (*names)[VLS_REMOTE_NAME_LEN + 1], size_t n,
           const char *on_tip, char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    struct host *h = host_sim->host;
    enum line line = h->line;
    struct view *v;

    (void)names;
    h->calls++;
    (void)snprintf(new_tip, VLS_REMOTE_TIP_LEN + 1, "%s", on_tip);
    if (n == 0)
        return VLS_OK;
    if (h->record != NULL)
        return record(h, blobs, n), VLS_OK;
    host_let_in(h);
    v = host_view_of(h, r->hub, r->dev);
    if (strcmp(v->n > 0 ? v->v[v->n - 1].tip : "", on_tip) != 0) {
        sim_count(host_sim, EV_RACES, 1);
        return VLS_FAIL(err, VLS_ERACE, "somebody was faster");
    }
    if (line == LINE_LOSES_ANSWER || line == LINE_TAKES_PART)
        h->line = LINE_GOOD;
    if (line == LINE_TAKES_PART && n > 1) {
        leave(h, r->hub, r->dev, &blobs[0]);
        sim_count(host_sim, EV_PART_PUSHES, 1);
        return VLS_FAIL(err, VLS_EFULL, "the stick is full");
    }
    for (size_t i = 0; i < n; i++)
        leave(h, r->hub, r->dev, &blobs[i]);
    if (line == LINE_LOSES_ANSWER) {
        sim_count(host_sim, EV_LOST_ANSWERS, 1);
        return VLS_FAIL(err, VLS_EUNREACHABLE, "the line was cut");
    }
    v = host_view_of(h, r->hub, r->dev);
    (void)snprintf(new_tip, VLS_REMOTE_TIP_LEN + 1, "%s", v->v[v->n - 1].tip);
    h->hub[r->hub].served[r->dev] = v->n;
    return VLS_OK;
}

static void
carry_pause(unsigned race)
{
    (void)race;
}

const struct vls_carrier host_carrier = {
    .open = carry_open,
    .close = carry_close,
    .counts = carry_counts,
    .pull = carry_pull,
    .push = carry_push,
    .push_aside = short_push_aside,
    .move = short_move,
    .pause = carry_pause,
};

/* ---- making ---- */

/* Another group's door and packets, and one that is sealed for nobody. */
static void
others_make(struct sim *s, struct host *h)
{
    struct vls_buf b;
    struct vls_door door;
    struct vls_secret *sk = NULL, *key = NULL;
    struct vls_epoch *epoch = NULL;
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];

    vls_buf_init(&b, 1 << 20);
    vls_random(door.group, sizeof door.group);
    SIM_OK(s, vls_box_keypair(door.pk, &sk, &s->err));
    SIM_OK(s, vls_door_write(&b, &door, &s->err));
    h->other[0] = host_piece(h, b.p, b.n, false);
    SIM_OK(s, vls_secret_random(&key, VLS_KEY_LEN, &s->err));
    SIM_OK(s, vls_epoch_new(&epoch, key, door.group, zeros, &s->err));
    for (size_t i = 1; i < OTHERS; i++) {
        uint8_t content[2000];

        vls_random(content, sizeof content);
        vls_buf_reset(&b);
        SIM_OK(s, vls_packet_seal(&b, epoch, door.group, vls_slice_of(content, 300 * i), &s->err));
        h->other[i] = host_piece(h, b.p, b.n, false);
    }
    vls_epoch_free(epoch);
    vls_secret_free(key);
    vls_secret_free(sk);
    vls_buf_clear(&b);
}

struct host *
host_new(struct sim *s)
{
    struct host *h = calloc(1, sizeof *h);

    assert_non_null(h);
    host_sim = s;
    h->race = -1;
    for (int i = 0; i < SIM_HUBS; i++)
        h->hub[i].n_views = 1;
    others_make(s, h);
    return h;
}

struct host *
host_copy(struct sim *s, const struct host *from)
{
    struct host *h = calloc(1, sizeof *h);

    assert_non_null(h);
    host_sim = s;
    h->race = -1;
    memcpy(h->other, from->other, sizeof h->other);
    for (size_t i = 0; i < from->n_pieces; i++) {
        h->piece = sim_room(h->piece, h->n_pieces, &h->cap_pieces, sizeof *h->piece);
        h->piece[h->n_pieces] = from->piece[i];
        h->piece[h->n_pieces++].borrowed = true;
    }
    for (int i = 0; i < SIM_HUBS; i++) {
        struct hub *to = &h->hub[i];

        to->n_views = 1;
        memcpy(to->served, from->hub[i].served, sizeof to->served);
        for (size_t k = 0; k < from->hub[i].n_left; k++) {
            to->left = sim_room(to->left, to->n_left, &to->cap_left, sizeof *to->left);
            to->left[to->n_left++] = from->hub[i].left[k];
        }
        for (size_t k = 0; k < from->hub[i].view[0].n; k++)
            host_view_add(h, &to->view[0], from->hub[i].view[0].v[k].piece, false);
    }
    return h;
}

void
host_free(struct host *h)
{
    if (h == NULL)
        return;
    for (size_t i = 0; i < h->n_pieces; i++)
        if (!h->piece[i].borrowed)
            free(h->piece[i].p);
    for (int i = 0; i < SIM_HUBS; i++) {
        for (int k = 0; k < 4 * SIM_DEVICES; k++)
            free(h->hub[i].view[k].v);
        free(h->hub[i].before.v);
        free(h->hub[i].left);
    }
    free(h->piece);
    free(h);
}

/* ---- questions ---- */

bool
host_lied(const struct sim *s, int hub)
{
    return s->host->hub[hub].lied;
}

bool
host_clean(const struct sim *s, int hub)
{
    return !s->host->hub[hub].spoilt;
}

bool
host_has_door(struct sim *s, int hub, const struct device *d)
{
    const struct view *v = host_view_of(s->host, hub, d->no);
    bool ours = false;

    for (size_t i = 0; i < v->n; i++) {
        struct vls_door door;
        const struct piece *p = &s->host->piece[v->v[i].piece];

        if (v->v[i].piece == s->host->other[0])
            return false;
        ours = ours || (!v->v[i].damaged && p->ours && vls_door_read(&door, vls_slice_of(p->p, p->n)));
    }
    return ours;
}

uint64_t
host_calls(const struct sim *s)
{
    return s->host->calls;
}

size_t
host_pieces(const struct sim *s)
{
    return s->host->n_pieces;
}

void
host_scan(struct sim *s)
{
    for (size_t i = 0; i < s->host->n_pieces; i++) {
        const struct piece *p = &s->host->piece[i];

        if (p->borrowed)
            continue;
        SIM_CHECK(s, memmem(p->p, p->n, SIM_PLANT, strlen(SIM_PLANT)) == NULL, "I1: a planted word is on a hub");
        sim_count(s, EV_SCANNED_KIB, p->n / 1024);
    }
}

void
host_line(struct sim *s, enum line line, size_t after)
{
    s->host->line = line;
    s->host->after = after;
}

void
host_race(struct sim *s, int other)
{
    s->host->race = other;
}

void
host_record(struct sim *s, struct vls_buf *into)
{
    s->host->record = into;
}

enum shown
host_shown(struct sim *s)
{
    enum shown shown = s->host->shown;

    s->host->shown = HIDDEN;
    return shown;
}
