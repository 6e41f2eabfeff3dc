/*
 * What came of an exchange, remote by remote, and what became known by it, see outcome.h. Settling conflicts by rule is
 * no failure.
 */
#include <string.h>
#include <unistd.h>

#include "agenda.h"
#include "carry.h"
#include "incident.h"
#include "member.h"
#include "outcome.h"
#include "reach.h"
#include "silence.h"

static bool
in_words(const struct cli *c)
{
    return !c->json && !c->plain && !c->quiet;
}

const struct remote_known *
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

#define FAILED_TEXT (VLS_ERROR_TEXT + 4096 + 256)

/* What came of one that failed, in a line. */
static const char *
failed_text(const struct exchange *x, const struct outcome *o, char out[FAILED_TEXT])
{
    const struct remote_known *known = known_of(x, o->remote);

    if (o->r.code != VLS_EUNREACHABLE)
        snprintf(out, FAILED_TEXT, "%s  %s", o->remote,
                 o->r.why.text[0] != '\0' ? o->r.why.text : vls_code_name(o->r.code));
    else if (is_line(known) && !reach_no_place(o->r.why.text))
        snprintf(out, FAILED_TEXT, _("%s  not reached: %s"), o->remote, o->r.why.text);
    else
        snprintf(out, FAILED_TEXT, _("%s  not there: %s"), o->remote, known != NULL ? known->url : "");
    return out;
}

static bool
has_failed(const struct outcome *o)
{
    return o->r.code != VLS_OK && o->r.code != VLS_ENOTADMITTED;
}

void
failures_say(struct exchange *x, const struct outcome *but)
{
    char text[FAILED_TEXT];
    size_t i;

    for (i = 0; i < x->n_done; i++)
        if (has_failed(&x->done[i]) && &x->done[i] != but)
            complain(x->c, "%s", failed_text(x, &x->done[i], text));
}

/* What waits for one that was not reached, beside others that were: of all together, unreached() speaks. */
static void
waits_line(struct exchange *x, const struct outcome *o)
{
    const struct remote_known *known = known_of(x, o->remote);
    bool others = false;
    size_t i;

    for (i = 0; i < x->n_done; i++)
        others = others || x->done[i].r.code != VLS_EUNREACHABLE;
    if (others && known != NULL && known->n_waiting > 0)
        note(x->c, P_("%llu change waits for it.", "%llu changes wait for it.", known->n_waiting),
             (unsigned long long)known->n_waiting);
}

static void
outcome_line(struct exchange *x, const struct outcome *o)
{
    const struct remote_known *known = known_of(x, o->remote);
    char more[128] = "", text[FAILED_TEXT];

    if (has_failed(o))
        out_line(x->c, "%s", failed_text(x, o, text));
    if (o->r.code == VLS_EUNREACHABLE) {
        waits_line(x, o);
        if (is_line(known))
            note(x->c, "%s", reach_advice(o->r.why.text));
        else if (is_bare(known))
            note(x->c,
                 _("The folder is there, but holds no valise. If it is to:  valise remote remove %s  and then  valise "
                   "remote add %s %s --create"),
                 o->remote, o->remote, known->url);
        if (o->r.why.text[0] != '\0' && x->c->verbose && (!is_line(known) || reach_no_place(o->r.why.text)))
            note(x->c, "  %s", o->r.why.text);
        return;
    }
    if (has_failed(o))
        return;
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

void
trouble_line(struct exchange *x, const struct outcome *o, bool refused)
{
    if (refused && o->r.refused > 0)
        note(x->c, REFUSED(o->r.refused), o->remote, (unsigned long long)o->r.refused);
    if (o->r.rewritten && o->r.code == VLS_OK)
        note(x->c, _("%s  has another history than last time; nothing that it held is missing"), o->remote);
    if (o->r.letters_again > 0)
        note(x->c,
             P_("%s  %llu letter of admission had vanished there, and is left again",
                "%s  %llu letters of admission had vanished there, and are left again", o->r.letters_again),
             o->remote, (unsigned long long)o->r.letters_again);
    if (o->r.requests_left > 0)
        note(x->c,
             _("%s  brings more requests to join than are kept; the oldest wait. To forget those that nobody expects:  "
               "valise admit DELEGATION --refuse"),
             o->remote);
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
        json_object_set_new(one, "letters_again", json_integer((json_int_t)r->letters_again));
        json_object_set_new(one, "requests_left", json_integer((json_int_t)r->requests_left));
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
report_json(const struct exchange *x, const struct agenda *a, uint64_t n_requests, const struct incidents *known,
            const struct silence *silence)
{
    json_t *doc = json_doc("sync");
    uint64_t more = 0;

    json_object_set_new(doc, "dry_run", json_boolean(x->c->dry_run));
    json_object_set_new(doc, "remotes", outcomes_json(x));
    json_object_set_new(doc, "gaps", gaps_json(x->c, &more));
    json_object_set_new(doc, "gaps_more", json_integer((json_int_t)more));
    json_object_set_new(doc, "incidents", incidents_json(known));
    json_object_set_new(doc, "state", a->state[0] != '\0' ? json_string(a->state) : json_null());
    json_object_set_new(doc, "requests", json_integer((json_int_t)n_requests));
    json_object_set_new(doc, "conflicts", json_integer((json_int_t)a->n_conflicts));
    json_object_set_new(doc, "duplicates", json_integer((json_int_t)a->n_pairs));
    json_object_set_new(doc, "unshared", json_integer((json_int_t)a->n_unshared));
    json_object_set_new(doc, "void_nil_returns", json_integer((json_int_t)a->n_voids));
    json_object_set_new(doc, "tasks_due", json_integer((json_int_t)a->n_tasks));
    json_object_set_new(doc, "unread", unread_json(&a->unread));
    json_object_set_new(doc, "silence", silence_json(silence));
    out_json(x->c, doc);
}

/* remote, code, sent, received, waiting, refused; what became known of colleagues' stores; at the end "state" and the
 * digest */
static void
report_plain(const struct exchange *x, const struct agenda *a, const struct incidents *known,
             const struct silence *silence)
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
    silence_plain(x->c, silence);
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
            out_line(
                x->c, "%s",
                _("This valise was put back from an older copy, or a copy of it is in use elsewhere. What had "
                  "been sent is here again; what had not is in that other copy, or gone. It goes on as a new copy."));
            return;
        }
}

static void
report_text(struct exchange *x, const struct agenda *a, uint64_t n_requests, const struct outcome *but,
            const struct incidents *known, const struct silence *silence, struct vls_error *err)
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
    silence_say(x->c, silence);
    if (n_requests > 0 && requests_show(x->c, err) != VLS_OK)
        return;
    if (a->state[0] != '\0' &&
        (n_requests == 0 || a->n_conflicts + a->n_pairs + a->n_unshared + a->n_voids + a->n_tasks + a->changed.n > 0))
        agenda_show(x->c, a);
}

const struct outcome *
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

void
outcomes_report(struct exchange *x, enum vls_code exchanged)
{
    struct vls_error ignored = {.code = VLS_OK};
    struct agenda a = {.n_conflicts = 0};
    struct incidents known;
    struct silence silence = {.is = false};
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
            agenda_load(x->c, &a, &ignored) != VLS_OK || silence_load(&silence, x->c, &ignored) != VLS_OK)
            note(x->c, "%s", ignored.text);
    }
    if (incidents_load(&known, x->c, x->known_before, &ignored) != VLS_OK)
        note(x->c, "%s", ignored.text);
    if (x->c->json)
        report_json(x, &a, n_requests, &known, &silence);
    else if (x->c->plain)
        report_plain(x, &a, &known, &silence);
    else if (!x->c->quiet)
        report_text(x, &a, n_requests, ending_of(x, exchanged), &known, &silence, &ignored);
    incidents_clear(&known);
    if (in_words(x->c) && n_unreached > 0)
        unreached(x);
}
