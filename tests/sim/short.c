/*
 * Short histories in the place of long ones: what the host does with them, what it may lie about them, and what is
 * known for certain after a laptop has made one.
 */
#include "sim.h"

#include "host.h"

#include "sync/store/store_int.h"

/* ---- the host ---- */

static const char *
view_tip(const struct view *v)
{
    return v->n > 0 ? v->v[v->n - 1].tip : "";
}

enum vls_code
short_push_aside(struct vls_remote *r, const struct vls_slice *blobs, size_t n, const char *on_tip,
                 char new_tip[VLS_REMOTE_TIP_LEN + 1], struct vls_error *err)
{
    struct sim *s = host_sim;
    struct host *h = s->host;

    h->calls++;
    if (h->line == LINE_CUTS_ASIDE) {
        h->line = LINE_GOOD;
        sim_count(s, EV_COMPACT_CUT, 1);
        return VLS_FAIL(err, VLS_EFULL, "the stick is full");
    }
    if (on_tip[0] == '\0')
        r->aside.n = 0;
    SIM_CHECK(s, strcmp(on_tip, view_tip(&r->aside)) == 0, "what is put aside builds on something else");
    for (size_t i = 0; i < n; i++)
        host_view_add(h, &r->aside, host_piece(h, blobs[i].p, blobs[i].n, true), false);
    (void)snprintf(new_tip, VLS_REMOTE_TIP_LEN + 1, "%s", view_tip(&r->aside));
    return VLS_OK;
}

static void
view_become(struct host *h, struct view *v, const struct view *other, size_t n)
{
    v->n = 0;
    v->put_back = false;
    for (size_t i = 0; i < n; i++)
        host_view_add(h, v, other->v[i].piece, other->v[i].damaged);
}

/* The branch moves for everybody who sees the same; a host that has lied may keep some on what they were shown. */
static void
replace(struct sim *s, struct vls_remote *r)
{
    struct host *h = s->host;
    struct hub *hub = &h->hub[r->hub];
    int mine = hub->of[r->dev];
    bool moves[4 * SIM_DEVICES] = {false};
    struct view shown = r->aside;

    for (size_t i = 0; i < r->aside.n; i++) {
        hub->left = sim_room(hub->left, hub->n_left, &hub->cap_left, sizeof *hub->left);
        hub->left[hub->n_left++] = r->aside.v[i].piece;
    }
    if (h->drops && shown.n > 1) /* all but the door, which comes first */
        shown = (struct view){.v = r->aside.v, .n = 1};
    view_become(h, &hub->before, &hub->view[mine], hub->view[mine].n);
    for (int i = 0; i < SIM_DEVICES; i++) {
        const struct view *v = &hub->view[hub->of[i]];

        moves[hub->of[i]] = moves[hub->of[i]] || hub->of[i] == mine ||
                            (!v->alone && !hub->view[mine].alone && (!hub->lied || sim_chance(s, 50)));
    }
    for (int i = 0; i < 4 * SIM_DEVICES; i++)
        if (moves[i])
            view_become(h, &hub->view[i], &shown, shown.n);
    for (int i = 0; i < SIM_DEVICES; i++)
        if (moves[hub->of[i]])
            hub->served[i] = i == r->dev ? shown.n : 0;
}

enum vls_code
short_move(struct vls_remote *r, const char *from_tip, const char *to_tip, struct vls_error *err)
{
    struct sim *s = host_sim;
    struct host *h = s->host;
    enum line line = h->line;

    h->calls++;
    host_let_in(h);
    if (strcmp(view_tip(host_view_of(h, r->hub, r->dev)), from_tip) != 0) {
        sim_count(s, EV_COMPACT_RACES, 1);
        return VLS_FAIL(err, VLS_ERACE, "somebody was faster");
    }
    SIM_CHECK(s, r->aside.n > 0 && strcmp(to_tip, view_tip(&r->aside)) == 0, "it moves to what was not put aside");
    if (line == LINE_REFUSES || line == LINE_LOSES_MOVE)
        h->line = LINE_GOOD;
    if (line == LINE_REFUSES) {
        sim_count(s, EV_COMPACT_REFUSED, 1);
        return VLS_FAIL(err, VLS_EREADONLY, "the host does not let a history be replaced");
    }
    replace(s, r);
    if (line == LINE_LOSES_MOVE) {
        sim_count(s, EV_COMPACT_UNSURE, 1);
        return VLS_FAIL(err, VLS_EUNREACHABLE, "the line was cut");
    }
    return VLS_OK;
}

void
short_lie(struct sim *s, struct hub *hub, struct view *v, int from, enum lie lie)
{
    const struct view *is = lie == LIE_BEFORE ? &hub->before : &hub->view[from];
    size_t n = is->n, without = SIZE_MAX;

    if (lie == LIE_BEFORE) {
        view_become(s->host, v, is, sim_chance(s, 50) ? n : sim_below(s, n + 1));
        v->put_back = true;
        return;
    }
    if (sim_chance(s, 70))
        without = sim_below(s, n + 1);
    host_view_add(s->host, v, s->host->other[1], false); /* nobody's; every step behind it is another one */
    for (size_t i = 0; i < n; i++)
        if (i != without)
            host_view_add(s->host, v, is->v[i].piece, is->v[i].damaged);
}

/* ---- a laptop ---- */

static enum vls_code
count_envelope(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    (void)err;
    *(unsigned *)ctx += e->kind == VLS_ENV_CHANGE;
    return VLS_OK;
}

static void
judge(struct sim *s, int hub, enum vls_code rc, enum shown shown, const struct vls_compacted *is,
      const struct vls_sync_result *r)
{
    if (shown == SHOWN)
        SIM_CHECK(s, rc == VLS_ETRUST && !is->replaced, "the host showed another past, and was believed: %s: %s",
                  vls_code_name(rc), s->err.text);
    if (shown == HIDDEN || shown == REPLACED)
        SIM_CHECK(s, rc != VLS_ETRUST && rc != VLS_EAUTH, "a trust failure without a lie: %s", s->err.text);
    SIM_CHECK(s, is->replaced == (rc == VLS_OK && is->pieces_after < is->pieces_before),
              "it ended with %s and says that it was %sreplaced", vls_code_name(rc), is->replaced ? "" : "not ");
    if (host_clean(s, hub))
        SIM_CHECK(s, shown != SHOWN && rc != VLS_EFORMAT && r->refused == 0 && r->damaged == 0,
                  "an honest hub lacks what it held");
    SIM_CHECK(s,
              rc == VLS_OK || rc == VLS_ETRUST || rc == VLS_EFORMAT || rc == VLS_EUNREACHABLE || rc == VLS_EFULL ||
                  rc == VLS_EREADONLY,
              "it ended with %s: %s", vls_code_name(rc), s->err.text);
}

void
work_compact(struct sim *s, struct device *d, int hub, bool crash)
{
    static const char *const names[SIM_HUBS] = {"stick", "second"};
    struct vls_sync_opts o = {.remote = names[hub], .now_unix = device_clock(s, d)};
    struct vls_sync_result r;
    struct vls_compacted is;
    unsigned unsent = 0;
    enum shown shown;
    enum vls_code rc;

    (void)device_on(s, d);
    if (!device_member(d) || !d->stick[hub])
        return;
    d->met = true;
    SIM_OK(s, vls_store_to_send(d->e->store, names[hub], count_envelope, &unsent, &s->err));
    (void)host_shown(s);
    host_weighs(s, true);
    if (crash)
        device_break(s, d, 1 + sim_below(s, 40), false);
    rc = vls_engine_remote_compact(d->e, &o, &is, &r, &s->err);
    host_weighs(s, false);
    shown = host_shown(s);
    if (crash && device_broke(d)) {
        device_power_cut(s, d);
        truth_own(s, d);
        sim_count(s, EV_CRASH_COMPACTS, 1);
        return;
    }
    device_mend(d);
    judge(s, hub, rc, shown, &is, &r);
    sim_count(s, EV_COMPACTIONS, is.replaced);
    sim_count(s, EV_COMPACTED_BEHIND, is.replaced && unsent > 0);
    sim_count(s, EV_COMPACT_DISTRUST, rc == VLS_ETRUST);
    sim_count(s, EV_RECEIVED, r.received);
}

/* ---- the simulator tested ---- */

static int blind;

enum vls_code __real_vls_store_remote_recounted(struct vls_store *s, const char *name, uint64_t *missing,
                                                struct vls_error *err);
enum vls_code __wrap_vls_store_remote_recounted(struct vls_store *s, const char *name, uint64_t *missing,
                                                struct vls_error *err);

enum vls_code
__wrap_vls_store_remote_recounted(struct vls_store *s, const char *name, uint64_t *missing, struct vls_error *err)
{
    enum vls_code rc = __real_vls_store_remote_recounted(s, name, missing, err);

    if (blind != 0)
        *missing = blind > 0;
    return rc;
}

void
short_blind(int how)
{
    blind = how;
}
