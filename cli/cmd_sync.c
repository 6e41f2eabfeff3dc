/*
 * sync: one line for each remote, then what the exchange brought up: requests, conflicts, possible
 * duplicates, reports that the Court does not know. Settling conflicts by rule is no failure.
 */
#include <string.h>
#include <unistd.h>

#include "valise/report.h"

#include "carry.h"
#include "incident.h"
#include "member.h"
#include "progress.h"
#include "reach.h"

struct remote_known {
    char *name, *url;
    uint64_t n_waiting;
};

struct outcome {
    char *remote;
    struct vls_sync_result r;
};

struct exchange {
    struct cli *c;
    struct remote_known *known;
    size_t n_known;
    struct outcome *done;
    size_t n_done;
    int64_t known_before; /* of colleagues' stores (incident.h) */
    struct progress progress;
    const char *file; /* a file of changes is read, and no remote */
};

/* ---- what happens meanwhile ---- */

static enum vls_code
remote_remember(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct exchange *x = ctx;
    struct remote_known *known = realloc(x->known, (x->n_known + 1) * sizeof(*known));

    if (known == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "remotes");
    x->known = known;
    known[x->n_known] = (struct remote_known){strdup(r->name), strdup(r->url), r->n_waiting};
    x->n_known++;
    return VLS_OK;
}

static bool
on_progress(void *ctx, const char *remote, uint64_t done, uint64_t total, uint64_t bytes)
{
    struct exchange *x = ctx;

    progress_step(x->c, &x->progress, remote, done, total, bytes);
    return !cli_interrupted();
}

static void
outcome_add(void *ctx, const char *remote, const struct vls_sync_result *r)
{
    struct exchange *x = ctx;
    struct outcome *done = realloc(x->done, (x->n_done + 1) * sizeof(*done));

    if (done == NULL)
        return;
    x->done = done;
    done[x->n_done].remote = strdup(remote);
    done[x->n_done].r = *r;
    x->n_done++;
}

static void
known_clear(struct exchange *x)
{
    size_t i;

    for (i = 0; i < x->n_known; i++) {
        free(x->known[i].name);
        free(x->known[i].url);
    }
    free(x->known);
    x->known = NULL;
    x->n_known = 0;
}

static enum vls_code
known_load(struct exchange *x, struct vls_error *err)
{
    known_clear(x);
    return vls_engine_remote_list(cli_opened(x->c), remote_remember, x, err);
}

static void
exchange_clear(struct exchange *x)
{
    size_t i;

    known_clear(x);
    for (i = 0; i < x->n_done; i++)
        free(x->done[i].remote);
    free(x->done);
}

/* ---- what it brought up ---- */

struct agenda {
    uint64_t n_conflicts, n_pairs, n_unshared;
    char conflict[128], pair[64], oldest[SPAN_TEXT];
    char state[VLS_STATE_TEXT];
    struct vls_unread unread;
};

static enum vls_code
first_conflict(void *ctx, const struct vls_conflict *conflict, struct vls_error *err)
{
    struct agenda *a = ((void **)ctx)[0];
    struct cli *c = ((void **)ctx)[1];
    struct vls_record *r = NULL;
    const struct vls_field *f;
    enum vls_code rc;

    if (a->conflict[0] != '\0' || conflict->attention != VLS_CONFLICT)
        return VLS_OK;
    if ((rc = vls_store_record(cli_store(c), conflict->record, VLS_LOAD_LIVE, &r, err)) != VLS_OK)
        return rc;
    f = vls_field_by_no(r->kind, (uint16_t)conflict->field);
    snprintf(a->conflict, sizeof(a->conflict), "%s %s", r->ref, f != NULL ? f->name : "");
    vls_record_free(r);
    return VLS_OK;
}

static enum vls_code
agenda_load(struct cli *c, struct agenda *a, struct vls_error *err)
{
    void *ctx[2] = {a, c};
    struct vls_report *report = NULL;
    const struct vls_unshared *unshared;
    struct vls_pair_count pairs;
    uint64_t notices;
    int64_t oldest = -1;
    size_t n, i;
    enum vls_code rc;

    memset(a, 0, sizeof(*a));
    if ((rc = vls_store_state(cli_store(c), NULL, a->state, err)) != VLS_OK ||
        (rc = vls_engine_unread(cli_opened(c), &a->unread, err)) != VLS_OK)
        return rc;
    if (!c->json && (c->plain || c->quiet)) /* nobody will read the rest */
        return VLS_OK;
    if ((rc = vls_store_conflict_count(cli_store(c), &a->n_conflicts, &notices, err)) != VLS_OK ||
        (rc = vls_store_conflicts(cli_store(c), first_conflict, ctx, err)) != VLS_OK ||
        (rc = vls_report_open_waiting(&report, cli_store(c), c->now, c->lang, err)) != VLS_OK)
        return rc;
    vls_report_pair_count(report, &pairs);
    a->n_pairs = pairs.n_sure;
    if (a->n_pairs > 0)
        snprintf(a->pair, sizeof(a->pair), "%s %s", pairs.ref_a, pairs.ref_b);
    unshared = vls_report_unshared(report, &n);
    a->n_unshared = n;
    for (i = 0; i < n; i++)
        if (unshared[i].age.known && unshared[i].age.max_s > oldest)
            oldest = unshared[i].age.max_s;
    if (oldest >= 0)
        span(a->oldest, oldest);
    vls_report_close(report);
    return VLS_OK;
}

static void
agenda_line(struct table *t, uint64_t n, const char *what, const char *example, const char *command)
{
    char count[24];

    if (n == 0)
        return;
    snprintf(count, sizeof(count), "%llu", (unsigned long long)n);
    table_row(t, what, count, example, command);
}

static void
agenda_show(struct cli *c, const struct agenda *a)
{
    char oldest[SPAN_TEXT + 32] = "";
    struct table t;

    if (a->n_conflicts + a->n_pairs + a->n_unshared == 0) {
        out_line(c, _("State %s, nothing to review."), a->state);
        return;
    }
    if (a->oldest[0] != '\0')
        snprintf(oldest, sizeof(oldest), _("oldest %s"), a->oldest);
    table_init(&t, 4, 0, 3);
    agenda_line(&t, a->n_conflicts, _("Settled by rule, please review"), a->conflict, "valise review");
    agenda_line(&t, a->n_pairs, _("Possible duplicates"), a->pair, "valise dedupe");
    agenda_line(&t, a->n_unshared, _("Not yet shared with the Court"), oldest, "valise status");
    table_print(c, &t);
    out_line(c, _("State %s"), a->state);
}

/* ---- saying it ---- */

static bool
in_words(const struct cli *c)
{
    return !c->json && !c->plain && !c->quiet;
}

static const struct remote_known *
known_of(const struct exchange *x, const char *name)
{
    size_t i;

    for (i = 0; i < x->n_known; i++)
        if (strcmp(x->known[i].name, name) == 0)
            return &x->known[i];
    return NULL;
}

/* Reached over a network, not by a folder. */
static bool
is_line(const struct remote_known *known)
{
    return known != NULL && reach_is_line(known->url);
}

/* A folder that is there, with nothing of ours in it. */
static bool
is_bare(const struct remote_known *known)
{
    return known != NULL && !reach_is_line(known->url) && access(known->url, F_OK) == 0;
}

static void
outcome_line(struct exchange *x, const struct outcome *o)
{
    const struct remote_known *known = known_of(x, o->remote);
    char more[128] = "";

    if (o->r.code == VLS_EUNREACHABLE) {
        if (is_line(known) && !reach_no_place(o->r.why.text)) {
            out_line(x->c, _("%s  not reached: %s"), o->remote, o->r.why.text);
            note(x->c, "%s", reach_advice(o->r.why.text));
            return;
        }
        out_line(x->c, _("%s  not there: %s"), o->remote, known != NULL ? known->url : "");
        if (is_line(known))
            note(x->c, "%s", reach_advice(o->r.why.text));
        else if (is_bare(known))
            note(x->c, _("The folder is there, but holds no valise. If it is to:  valise remote remove %s  and then  valise "
                         "remote add %s %s --create"),
                 o->remote, o->remote, known->url);
        if (o->r.why.text[0] != '\0' && x->c->verbose)
            note(x->c, "  %s", o->r.why.text);
        return;
    }
    if (o->r.code != VLS_OK && o->r.code != VLS_ENOTADMITTED) {
        out_line(x->c, "%s  %s", o->remote, o->r.why.text[0] != '\0' ? o->r.why.text : vls_code_name(o->r.code));
        return;
    }
    if (o->r.waiting > 0)
        snprintf(more, sizeof(more), _(", %llu wait for what they build on"), (unsigned long long)o->r.waiting);
    if (x->file != NULL) {
        out_line(x->c, x->c->dry_run ? _("%s  would receive %llu%s") : _("%s  received %llu%s"), o->remote,
                 (unsigned long long)o->r.received, more);
        return;
    }
    if (!x->c->dry_run && o->r.sent == 0 && o->r.membership > 0) {
        out_line(x->c, _("%s  sent 0, and who belongs and may read; received %llu%s"), o->remote,
                 (unsigned long long)o->r.received, more);
        return;
    }
    out_line(x->c, x->c->dry_run ? _("%s  would send %llu, would receive %llu%s") : _("%s  sent %llu, received %llu%s"),
             o->remote, (unsigned long long)o->r.sent, (unsigned long long)o->r.received, more);
}

#define REFUSED(n)                                                                                                     \
    P_("%s  %llu piece refused: not authentic or not allowed; nothing of it was taken over",                           \
       "%s  %llu pieces refused: not authentic or not allowed; nothing of them was taken over", n)

/* What was not taken over, on stderr: it is not what people did, and must not drown in it. */
static void
trouble_line(struct exchange *x, const struct outcome *o, bool refused)
{
    if (refused && o->r.refused > 0)
        note(x->c, REFUSED(o->r.refused), o->remote, (unsigned long long)o->r.refused);
    if (o->r.rewritten && o->r.code == VLS_OK)
        note(x->c, _("%s  has another history than last time; nothing that it held is missing"), o->remote);
    if (x->file != NULL)
        carry_trouble(x->c, o->remote, &o->r);
    else if (o->r.damaged > 0)
        note(x->c,
             P_("%s  %llu piece did not arrive whole; the next sync asks for it again",
                "%s  %llu pieces did not arrive whole; the next sync asks for them again", o->r.damaged),
             o->remote, (unsigned long long)o->r.damaged);
}

/* The most that waits for one remote. */
static uint64_t
waiting_most(const struct exchange *x)
{
    uint64_t waiting = 0;
    size_t i;

    for (i = 0; i < x->n_done; i++) {
        const struct remote_known *known = known_of(x, x->done[i].remote);

        if (known != NULL && known->n_waiting > waiting)
            waiting = known->n_waiting;
    }
    return waiting;
}

/* "Nothing was sent; 2 changes wait." when no remote was reached at all. */
static void
unreached(struct exchange *x)
{
    uint64_t waiting = waiting_most(x);
    size_t i, n_lines = 0;
    bool bare = false;

    for (i = 0; i < x->n_done; i++) {
        if (x->done[i].r.code != VLS_EUNREACHABLE)
            return;
        n_lines += is_line(known_of(x, x->done[i].remote));
        bare = bare || is_bare(known_of(x, x->done[i].remote));
    }
    if (bare)
        out_line(x->c, P_("Nothing was sent; %llu change waits.", "Nothing was sent; %llu changes wait.", waiting),
                 (unsigned long long)waiting);
    else if (n_lines == x->n_done)
        out_line(x->c,
                 P_("Nothing was sent; %llu change waits. When there is a line, run:  valise sync",
                    "Nothing was sent; %llu changes wait. When there is a line, run:  valise sync", waiting),
                 (unsigned long long)waiting);
    else
        out_line(x->c,
                 P_("Nothing was sent; %llu change waits. Plug the stick in and run:  valise sync",
                    "Nothing was sent; %llu changes wait. Plug the stick in and run:  valise sync", waiting),
                 (unsigned long long)waiting);
}

static json_t *
outcomes_json(const struct exchange *x)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; i < x->n_done; i++) {
        const struct vls_sync_result *r = &x->done[i].r;
        const struct remote_known *known = known_of(x, x->done[i].remote);
        json_t *one = json_object();

        json_object_set_new(one, "remote", json_text(vls_slice_str(x->done[i].remote)));
        json_object_set_new(one, "code", json_string(vls_code_name(r->code)));
        json_object_set_new(one, "message", json_text(vls_slice_str(r->code == VLS_OK ? "" : r->why.text)));
        json_object_set_new(one, "sent", json_integer((json_int_t)r->sent));
        json_object_set_new(one, "membership", json_integer((json_int_t)r->membership));
        json_object_set_new(one, "unsent", json_integer((json_int_t)(known != NULL ? known->n_waiting : 0)));
        json_object_set_new(one, "received", json_integer((json_int_t)r->received));
        json_object_set_new(one, "waiting", json_integer((json_int_t)r->waiting));
        json_object_set_new(one, "refused", json_integer((json_int_t)r->refused));
        json_object_set_new(one, "foreign", json_integer((json_int_t)r->foreign));
        json_object_set_new(one, "damaged", json_integer((json_int_t)r->damaged));
        json_object_set_new(one, "cut", json_boolean(r->cut));
        json_object_set_new(one, "admitted_now", json_boolean(r->admitted_now));
        json_object_set_new(one, "was_older", json_boolean(r->was_older));
        json_object_set_new(one, "rewritten", json_boolean(r->rewritten));
        json_array_append_new(list, one);
    }
    return list;
}

static enum vls_code
count_request(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    (void)r;
    (void)err;
    ++*(uint64_t *)ctx;
    return VLS_OK;
}

static void
report_json(const struct exchange *x, const struct agenda *a, uint64_t n_requests, const struct incidents *known)
{
    json_t *doc = json_doc("sync");

    json_object_set_new(doc, "dry_run", json_boolean(x->c->dry_run));
    json_object_set_new(doc, "remotes", outcomes_json(x));
    json_object_set_new(doc, "gaps", gaps_json(x->c));
    json_object_set_new(doc, "incidents", incidents_json(known));
    json_object_set_new(doc, "state", a->state[0] != '\0' ? json_string(a->state) : json_null());
    json_object_set_new(doc, "requests", json_integer((json_int_t)n_requests));
    json_object_set_new(doc, "conflicts", json_integer((json_int_t)a->n_conflicts));
    json_object_set_new(doc, "duplicates", json_integer((json_int_t)a->n_pairs));
    json_object_set_new(doc, "unshared", json_integer((json_int_t)a->n_unshared));
    json_object_set_new(doc, "unread", unread_json(&a->unread));
    out_json(x->c, doc);
}

/* remote, code, sent, received, waiting, refused; what became known of colleagues' stores; at the end "state" and the
 * digest */
static void
report_plain(const struct exchange *x, const struct agenda *a, const struct incidents *known)
{
    size_t i;

    for (i = 0; i < x->n_done; i++) {
        const struct vls_sync_result *r = &x->done[i].r;
        char number[4][24];
        const uint64_t of[4] = {r->sent, r->received, r->waiting, r->refused};
        size_t k;

        for (k = 0; k < 4; k++)
            snprintf(number[k], sizeof(number[k]), "%llu", (unsigned long long)of[k]);
        out_row(x->c, x->done[i].remote, vls_code_name(r->code), number[0], number[1], number[2], number[3], NULL);
    }
    incidents_rows(known);
    unread_row(x->c, &a->unread);
    if (a->state[0] != '\0')
        out_row(x->c, "state", a->state, NULL);
}

/* That this laptop's own store was behind what it had sent, or is in use twice. */
static void
was_older_say(const struct exchange *x)
{
    size_t i;

    for (i = 0; i < x->n_done; i++)
        if (x->done[i].r.was_older) {
            out_line(x->c, "%s",
                     _("This valise was put back from an older copy, or a copy of it is in use elsewhere. What had "
                       "been sent is here again; what had not is in that other copy, or gone. It goes on as a new copy."));
            return;
        }
}

static void
report_text(struct exchange *x, const struct agenda *a, uint64_t n_requests, const struct outcome *but,
            const struct incidents *known, struct vls_error *err)
{
    const struct vls_identity *me = vls_engine_me(cli_opened(x->c));
    size_t i;

    for (i = 0; i < x->n_done; i++)
        if (x->done[i].r.admitted_now) {
            out_line(x->c, _("You are admitted to “%s”."), me->title);
            break;
        }
    for (i = 0; i < x->n_done; i++)
        if (&x->done[i] != but)
            outcome_line(x, &x->done[i]);
    was_older_say(x);
    incidents_say(known);
    unread_say(x->c, &a->unread);
    if (n_requests > 0 && requests_show(x->c, err) != VLS_OK)
        return;
    if (a->state[0] != '\0' && (n_requests == 0 || a->n_conflicts + a->n_pairs + a->n_unshared > 0))
        agenda_show(x->c, a);
}

/* The failure that ends the run is said on stderr; its remote, or NULL. */
static const struct outcome *
ending_of(const struct exchange *x, enum vls_code rc)
{
    size_t i;

    if (rc == VLS_OK || rc == VLS_EPARTIAL || rc == VLS_EUNREACHABLE || rc == VLS_ENOTADMITTED)
        return NULL;
    for (i = 0; i < x->n_done; i++)
        if (x->done[i].r.code == rc)
            return &x->done[i];
    return NULL;
}

static void
report(struct exchange *x, enum vls_code exchanged)
{
    struct vls_error ignored = {.code = VLS_OK};
    struct agenda a = {.n_conflicts = 0};
    struct incidents known;
    uint64_t n_requests = 0;
    size_t i, n_unreached = 0;
    bool news = exchanged == VLS_OK || exchanged == VLS_EPARTIAL;

    for (i = 0; i < x->n_done; i++) {
        n_unreached += x->done[i].r.code == VLS_EUNREACHABLE;
        news = news || x->done[i].r.code == VLS_OK; /* beside one that is not what it should be */
    }
    /* Where no remote was reached there is nothing new to tell; a script wants the counts all the same. */
    if (x->c->json || (news && n_unreached < x->n_done)) {
        if (vls_engine_requests(cli_opened(x->c), count_request, &n_requests, &ignored) != VLS_OK ||
            agenda_load(x->c, &a, &ignored) != VLS_OK)
            note(x->c, "%s", ignored.text);
    }
    if (incidents_load(&known, x->c, x->known_before, &ignored) != VLS_OK)
        note(x->c, "%s", ignored.text);
    if (x->c->json)
        report_json(x, &a, n_requests, &known);
    else if (x->c->plain)
        report_plain(x, &a, &known);
    else if (!x->c->quiet)
        report_text(x, &a, n_requests, ending_of(x, exchanged), &known, &ignored);
    incidents_clear(&known);
    if (in_words(x->c) && n_unreached > 0)
        unreached(x);
}

/* ---- the command ---- */

/* How much still waits, and what to do about the remote. */
static void
advise_waiting(struct exchange *x, const struct outcome *o, const char *next)
{
    const struct remote_known *known = known_of(x, o->remote);
    uint64_t n = known != NULL ? known->n_waiting : 0;
    char waiting[160];

    snprintf(waiting, sizeof(waiting),
             o->r.sent == 0 ? P_("Nothing was sent; %llu change waits.", "Nothing was sent; %llu changes wait.", n)
                            : P_("%llu change still waits.", "%llu changes still wait.", n),
             (unsigned long long)n);
    cli_advise(x->c, "%s %s", waiting, next);
}

static void
advise_remote(struct exchange *x, const struct outcome *o)
{
    switch (o->r.code) {
    case VLS_ETRUST:
        cli_advise(x->c,
                   _("Nothing was read or written. If the place was replaced or restored on purpose:  valise remote "
                     "remove %s  and then  valise remote add %s PLACE"),
                   o->remote, o->remote);
        break;
    case VLS_EREADONLY:
        advise_waiting(x, o, _("Make the place writable, or use another one, and run:  valise sync"));
        break;
    case VLS_EFULL: advise_waiting(x, o, _("Make room there and run:  valise sync")); break;
    case VLS_EFORMAT:
        advise_waiting(x, o, _("If the place stays damaged, make another:  valise remote add NAME PLACE --create"));
        break;
    default: break;
    }
}

/* An exchange that ended well but brought what nobody may have written is a failure of trust. */
static enum vls_code
refused(struct exchange *x, enum vls_code rc, struct vls_error *err)
{
    const struct outcome *first = NULL;
    size_t i;

    for (i = 0; i < x->n_done; i++) {
        const struct outcome *o = &x->done[i];
        bool ends = o->r.refused > 0 && first == NULL && (rc == VLS_OK || rc == VLS_EPARTIAL);

        trouble_line(x, o, !ends);
        if (ends)
            first = o;
    }
    if (first == NULL)
        return rc;
    cli_advise(x->c, "%s", _("See:  valise check"));
    return cli_fail(x->c, err, VLS_ETRUST, REFUSED(first->r.refused), first->remote,
                    (unsigned long long)first->r.refused);
}

/* Which of several, for those who are told nothing else. */
static enum vls_code
partly(struct exchange *x, enum vls_code rc, struct vls_error *err)
{
    struct vls_buf names;
    size_t i, n = 0;

    if (!x->c->quiet) { /* each has had its line */
        x->c->said = true;
        return rc;
    }
    vls_buf_init(&names, 65536);
    for (i = 0; i < x->n_done; i++)
        if (x->done[i].r.code != VLS_OK)
            vls_buf_printf(&names, n++ > 0 ? ", %s" : "%s", x->done[i].remote);
    if (x->n_done > 1 && vls_buf_str(&names) != NULL)
        rc = cli_fail(x->c, err, rc, _("%zu of %zu remotes were not synced: %s"), n, x->n_done, vls_buf_str(&names));
    vls_buf_clear(&names);
    return rc;
}

static enum vls_code
advise(struct exchange *x, enum vls_code rc, struct vls_error *err)
{
    const struct outcome *ending = ending_of(x, rc);
    struct cli *c = x->c;
    enum vls_code judged = refused(x, rc, err);

    if (judged != rc)
        return judged;
    if (rc == VLS_EBUSY && ending != NULL) /* not our own store: that is open */
        return cli_fail(c, err, VLS_EUNREACHABLE,
                        _("%s: an interrupted transfer left its mark there, which counts for 5 minutes; sync again "
                          "after that"),
                        ending->remote);
    if (ending != NULL) {
        vls_while(err, "%s", ending->remote);
        advise_remote(x, ending);
    } else if (rc == VLS_EPARTIAL || rc == VLS_EUNREACHABLE) {
        return partly(x, rc, err);
    } else if (rc == VLS_ENOTADMITTED) {
        cli_advise(c, "%s", _("Read your safety number to a member:  valise key safety-number"));
        return cli_fail(c, err, rc, _("your request waits on the remote; nobody has admitted you yet"));
    }
    return rc;
}

static enum vls_code
with_remotes(struct exchange *x, const struct vls_sync_opts *o, struct vls_error *err)
{
    struct vls_error ignored = {.code = VLS_OK};
    enum vls_code rc = known_load(x, err);

    if (rc == VLS_OK && x->n_known == 0) {
        cli_advise(x->c, "%s", "valise remote add stick /media/usb/valise.git --create");
        return cli_fail(x->c, err, VLS_ENOTFOUND, _("there is no remote yet"));
    }
    if (rc != VLS_OK)
        return rc;
    rc = vls_engine_sync(cli_opened(x->c), o, outcome_add, x, err);
    progress_clear(&x->progress);
    if (x->n_done == 0)
        return rc;
    if (known_load(x, &ignored) != VLS_OK) /* what waits now */
        note(x->c, "%s", ignored.text);
    report(x, rc);
    return advise(x, rc, err);
}

static enum vls_code
from_file(struct exchange *x, const struct vls_sync_opts *o, struct vls_error *err)
{
    struct vls_sync_result result;
    enum vls_code rc = vls_engine_bag_read(cli_opened(x->c), x->file, o, &result, err);

    progress_clear(&x->progress);
    if (rc != VLS_OK)
        return carry_failed(x->c, x->file, rc, err);
    outcome_add(x, carry_name(x->file), &result);
    report(x, rc);
    rc = advise(x, rc, err);
    return rc != VLS_OK ? rc : carry_lacking(x->c, &result, err);
}

enum vls_code
cmd_sync(struct cli *c, struct vls_error *err)
{
    struct exchange x = {.c = c, .file = args_value(&c->args, "from-file")};
    struct vls_sync_opts o = {.remote = c->args.n > 0 ? c->args.pos[0] : NULL,
                              .dry_run = c->dry_run,
                              .now_unix = c->now,
                              .progress = on_progress,
                              .ctx = &x};
    const char *to = args_value(&c->args, "to-file");
    enum vls_code rc;

    if ((to != NULL) + (x.file != NULL) + (o.remote != NULL) > 1)
        return cli_fail(c, err, VLS_EUSAGE, _("a remote, --to-file and --from-file exclude one another"));
    if (to == NULL && args_flag(&c->args, "all"))
        return cli_fail(c, err, VLS_EUSAGE, _("--all goes with --to-file"));
    c->exchanging = true;
    if ((rc = vls_engine_incidents(cli_opened(c), INT64_MAX, &x.known_before, NULL, NULL, err)) != VLS_OK)
        return rc;
    rc = to != NULL ? carry_write(c, to, err) : x.file != NULL ? from_file(&x, &o, err) : with_remotes(&x, &o, err);
    exchange_clear(&x);
    return rc;
}
