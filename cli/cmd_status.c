/*
 * status: what waits for the user. First what the Court has not been told yet, because that is the
 * duty; then what needs a decision, what waits to be sent, and how old the news of colleagues is.
 */
#include <string.h>

#include "valise/annual.h"

#include "incident.h"
#include "member.h"
#include "recall_view.h"
#include "report_signed.h"
#include "sending.h"
#include "silence.h"
#include "tasks.h"
#include "words.h"

#define COPY_DAYS 30 /* for so long status says that a colleague goes on as a new copy */
#define SHOWN_MAX 5 /* unshared reports in full; the rest is counted */

const struct opt opts_status[] = {
    {"state", 0, NULL, N_("the state alone; of a compartment when one is named"), NULL},
    {"check", 0, NULL, N_("exit with 6 when something needs attention"), NULL},
    {0},
};

/* Last news of one delegation's post. */
struct news {
    char delegation[64], post[64];
    int64_t unix_s;
};

struct asking {
    char delegation[64], post[64];
    bool may;                 /* this laptop may admit them */
    char by[64], by_post[64]; /* or else who may */
};

struct waiting_remote {
    char name[64];
    uint64_t n;
    int64_t contact, news;
};

struct status {
    struct cli *c;
    struct vls_report *report;
    const struct vls_unshared *unshared;
    const struct vls_recall *recall; /* addressees that wait to be told something */
    size_t n_recalls, n_to_tell;
    size_t n_unshared, n_pairs;
    uint64_t n_conflicts, n_notices;
    char state[VLS_STATE_TEXT];
    struct waiting_remote *remote;
    size_t n_remotes, cap_remotes;
    struct news *news;
    size_t n_news, cap_news;
    struct asking *asking; /* requests to join that nobody has answered */
    size_t n_asking, cap_asking, n_left_out;
    struct incidents known;
    struct vls_unread unread;
    struct silence silence;
    int64_t contact; /* with any remote, the last */

    struct tasks tasks; /* overdue or due soon */
    struct vls_void *voids; /* nil returns that do not count any more */
    size_t n_voids;
    struct report_changed changed; /* for people only */
};

/* ---- gathering ---- */

static enum vls_code
remote_add(void *ctx, const struct vls_remote_info *r, struct vls_error *err)
{
    struct status *s = ctx;

    if (!vls_room(&s->remote, &s->cap_remotes, s->n_remotes, 1, sizeof *s->remote))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the remotes");
    snprintf(s->remote[s->n_remotes].name, sizeof s->remote->name, "%s", r->name);
    s->remote[s->n_remotes].n = r->n_waiting;
    s->remote[s->n_remotes].news = r->last_news_unix;
    s->remote[s->n_remotes++].contact = r->last_contact_unix;
    if (r->last_contact_unix > s->contact)
        s->contact = r->last_contact_unix;
    return VLS_OK;
}

/* Several laptops of one post are one colleague: the newest word counts. */
static enum vls_code
member_add(void *ctx, const struct vls_member *m, struct vls_error *err)
{
    struct status *s = ctx;
    size_t i;

    if (m->me)
        return VLS_OK;
    for (i = 0; i < s->n_news; i++) {
        if (strcmp(s->news[i].delegation, m->delegation) == 0 && strcmp(s->news[i].post, m->post) == 0)
            break;
    }
    if (i == s->n_news) {
        if (!vls_room(&s->news, &s->cap_news, s->n_news, 1, sizeof *s->news))
            return VLS_FAIL(err, VLS_ENOMEM, "no memory for the members");
        memset(&s->news[i], 0, sizeof *s->news);
        snprintf(s->news[i].delegation, sizeof s->news->delegation, "%s", m->delegation);
        snprintf(s->news[i].post, sizeof s->news->post, "%s", m->post);
        s->n_news++;
    }
    if (m->last_news_unix > s->news[i].unix_s)
        s->news[i].unix_s = m->last_news_unix;
    return VLS_OK;
}

static enum vls_code
request_add(void *ctx, const struct vls_request *r, struct vls_error *err)
{
    struct status *s = ctx;

    if (!vls_room(&s->asking, &s->cap_asking, s->n_asking, 1, sizeof *s->asking))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the requests");
    snprintf(s->asking[s->n_asking].delegation, sizeof s->asking->delegation, "%s", r->delegation);
    snprintf(s->asking[s->n_asking].post, sizeof s->asking->post, "%s", r->post);
    snprintf(s->asking[s->n_asking].by, sizeof s->asking->by, "%s", r->by_delegation);
    snprintf(s->asking[s->n_asking].by_post, sizeof s->asking->by_post, "%s", r->by_post);
    s->asking[s->n_asking++].may = r->may;
    return VLS_OK;
}

static enum vls_code
gather(struct status *s, struct vls_error *err)
{
    struct vls_engine *e = cli_opened(s->c);
    struct vls_pair_count pairs;
    enum vls_code rc;

    if ((rc = vls_store_state(cli_store(s->c), NULL, s->state, err)) != VLS_OK ||
        (rc = vls_store_conflict_count(cli_store(s->c), &s->n_conflicts, &s->n_notices, err)) != VLS_OK ||
        (rc = vls_engine_remote_list(e, remote_add, s, err)) != VLS_OK ||
        (rc = vls_engine_requests(e, request_add, s, err)) != VLS_OK ||
        (rc = vls_engine_members(e, member_add, s, err)) != VLS_OK ||
        (rc = vls_engine_unread(e, &s->unread, err)) != VLS_OK ||
        (rc = silence_load(&s->silence, s->c, err)) != VLS_OK ||
        (rc = incidents_load(&s->known, s->c, 0, err)) != VLS_OK ||
        (rc = tasks_load(&s->tasks, s->c, err)) != VLS_OK ||
        (rc = vls_annual_voids(&s->voids, &s->n_voids, cli_store(s->c), err)) != VLS_OK ||
        (rc = vls_report_open_waiting(&s->report, cli_store(s->c), s->c->now, s->c->lang, err)) != VLS_OK)
        return rc;
    if (!s->c->json && !s->c->plain && !s->c->quiet && (rc = report_changed_load(&s->changed, s->c, err)) != VLS_OK)
        return rc;
    s->n_left_out = vls_report_left_out(s->report);
    s->unshared = vls_report_unshared(s->report, &s->n_unshared);
    s->recall = vls_report_recalls(s->report, &s->n_recalls);
    for (size_t i = 0; i < s->n_recalls; i++)
        s->n_to_tell += s->recall[i].open;
    vls_report_pair_count(s->report, &pairs);
    s->n_pairs = pairs.n_sure + pairs.n_unsure;
    return VLS_OK;
}

/* ---- for programs ---- */

static const char *
warning_name(enum vls_warning w)
{
    return w == VLS_WARN_URGENT ? "urgent" : w == VLS_WARN_LATE ? "late" : "";
}

static json_t *
unshared_json(const struct vls_unshared *u)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "ref", u->ref, "title",
                     json_text(vls_slice_str(u->title)), "delegation", json_text(vls_slice_str(u->delegation)), "post",
                     json_text(vls_slice_str(u->post)), "received",
                     u->has_received ? json_instant(u->received.unix_s) : json_null(), "age", words_delay_json(&u->age),
                     "days_to_travel", u->has_travel ? json_integer(u->days_to_travel) : json_null(), "warning",
                     warning_name(u->warning));
}

static json_t *
voids_json(const struct status *s)
{
    json_t *all = json_array();
    size_t i;

    for (i = 0; i < s->n_voids; i++)
        json_array_append_new(all, json_pack("{s:s, s:s, s:o}", "ref", s->voids[i].nil_ref, "since", s->voids[i].since_ref,
                                             "delegation", json_text(vls_slice_str(s->voids[i].by))));
    return all;
}

static json_t *
recalls_json(const struct status *s)
{
    json_t *all = json_array();
    size_t i;

    for (i = 0; i < s->n_recalls; i++)
        if (s->recall[i].open)
            json_array_append_new(all, json_pack("{s:s, s:s, s:s, s:o}", "ref", s->recall[i].ref, "to", s->recall[i].to,
                                                 "to_detail", s->recall[i].to_detail, "causes",
                                                 recall_causes_json(&s->recall[i])));
    return all;
}

static void
show_json(struct status *s)
{
    const struct vls_identity *me = vls_engine_me(cli_opened(s->c));
    json_t *doc = json_doc("status"), *unshared = json_array(), *remotes = json_array(), *news = json_array();
    json_t *asking = json_array();
    size_t i;

    for (i = 0; i < s->n_unshared; i++)
        json_array_append_new(unshared, unshared_json(&s->unshared[i]));
    for (i = 0; i < s->n_remotes; i++)
        json_array_append_new(remotes,
                              json_pack("{s:s, s:I, s:o, s:o}", "name", s->remote[i].name, "to_send",
                                        (json_int_t)s->remote[i].n, "last_contact", json_instant(s->remote[i].contact),
                                        "last_news", json_instant(s->remote[i].news)));
    for (i = 0; i < s->n_news; i++)
        json_array_append_new(
            news, json_pack("{s:o, s:o, s:o}", "delegation", json_text(vls_slice_str(s->news[i].delegation)), "post",
                            json_text(vls_slice_str(s->news[i].post)), "last_news", json_instant(s->news[i].unix_s)));
    for (i = 0; i < s->n_asking; i++)
        json_array_append_new(asking,
                              json_pack("{s:o, s:o}", "delegation", json_text(vls_slice_str(s->asking[i].delegation)),
                                        "post", json_text(vls_slice_str(s->asking[i].post))));
    json_object_set_new(doc, "title", json_text(vls_slice_str(me->title)));
    json_object_set_new(doc, "delegation", json_text(vls_slice_str(me->delegation)));
    json_object_set_new(doc, "post", json_text(vls_slice_str(me->post)));
    json_object_set_new(doc, "admitted", json_boolean(me->admitted));
    json_object_set_new(doc, "state", json_string(s->state));
    json_object_set_new(doc, "not_shared_with_court", unshared);
    json_object_set_new(doc, "court_left_out", json_integer((json_int_t)s->n_left_out));
    json_object_set_new(doc, "to_be_told", recalls_json(s));
    json_object_set_new(doc, "to_review", json_integer((json_int_t)s->n_conflicts));
    json_object_set_new(doc, "notices", json_integer((json_int_t)s->n_notices));
    json_object_set_new(doc, "possible_duplicates", json_integer((json_int_t)s->n_pairs));
    json_object_set_new(doc, "void_nil_returns", voids_json(s));
    json_object_set_new(doc, "tasks_due", tasks_json(&s->tasks));
    json_object_set_new(doc, "requests", asking);
    json_object_set_new(doc, "remotes", remotes);
    json_object_set_new(doc, "colleagues", news);
    json_object_set_new(doc, "incidents", incidents_json(&s->known));
    json_object_set_new(doc, "unread", unread_json(&s->unread));
    json_object_set_new(doc, "silence", silence_json(&s->silence));
    out_json(s->c, doc);
}

static void
count_row(struct cli *c, const char *name, uint64_t n)
{
    char text[32];

    snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    out_row(c, name, text, NULL);
}

/* The word in the first column says what kind of row it is. */
static void
show_plain(struct status *s)
{
    const struct vls_identity *me = vls_engine_me(cli_opened(s->c));
    char days[16], age[WORDS_TEXT], at[STAMP_TEXT], n[32];
    size_t i;

    out_row(s->c, "state", s->state, NULL);
    out_row(s->c, "valise", me->title, me->delegation, me->post, me->admitted ? "admitted" : "waiting", NULL);
    for (i = 0; i < s->n_unshared; i++) {
        const struct vls_unshared *u = &s->unshared[i];

        snprintf(days, sizeof days, "%ld", (long)u->days_to_travel);
        out_row(s->c, "unshared", u->ref, u->delegation, u->has_received ? stamp_plain(at, u->received.unix_s) : "",
                words_delay_plain(age, &u->age), u->has_travel ? days : "", warning_name(u->warning), NULL);
    }
    if (s->n_left_out != 0)
        count_row(s->c, "court-left-out", s->n_left_out);
    for (i = 0; i < s->n_recalls; i++)
        if (s->recall[i].open)
            out_row(s->c, "to-be-told", s->recall[i].ref, s->recall[i].to, s->recall[i].to_detail, NULL);
    for (i = 0; i < s->n_asking; i++)
        out_row(s->c, "asks-to-join", s->asking[i].delegation, s->asking[i].post, NULL);
    count_row(s->c, "to-review", s->n_conflicts);
    count_row(s->c, "possible-duplicates", s->n_pairs);
    tasks_rows(s->c, &s->tasks);
    for (i = 0; i < s->n_voids; i++)
        out_row(s->c, "void", s->voids[i].nil_ref, s->voids[i].since_ref, s->voids[i].by, NULL);
    for (i = 0; i < s->n_remotes; i++) {
        snprintf(n, sizeof n, "%llu", (unsigned long long)s->remote[i].n);
        out_row(s->c, "to-send", s->remote[i].name, n,
                s->remote[i].contact != 0 ? stamp_plain(at, s->remote[i].contact) : "", NULL);
    }
    for (i = 0; i < s->n_news; i++)
        out_row(s->c, "last-news", s->news[i].delegation, s->news[i].post,
                s->news[i].unix_s != 0 ? stamp_plain(at, s->news[i].unix_s) : "", NULL);
    incidents_rows(&s->known);
    unread_row(s->c, &s->unread);
    silence_plain(s->c, &s->silence);
}

/* ---- for people ---- */

static void
unshared_rows(struct status *s, struct table *t)
{
    char n[32], age[WORDS_TEXT], days[WORDS_TEXT], travel[2 * WORDS_TEXT], more[WORDS_TEXT];
    size_t i;

    snprintf(n, sizeof n, "%zu", s->n_unshared);
    if (s->n_unshared == 0)
        table_row(t, _("Not yet shared with the Court"), n, "", "", "", "");
    for (i = 0; i < s->n_unshared && i < SHOWN_MAX; i++) {
        const struct vls_unshared *u = &s->unshared[i];
        const char *warning = words_warning(u->warning);

        travel[0] = '\0';
        if (u->has_travel)
            snprintf(travel, sizeof travel, _("travel %s"), words_days(days, u->days_to_travel));
        if (*warning != '\0')
            snprintf(travel + strlen(travel), sizeof travel - strlen(travel), "%s%s", *travel != '\0' ? ", " : "",
                     warning);
        table_row(t, i == 0 ? _("Not yet shared with the Court") : "", i == 0 ? n : "", u->ref, u->delegation,
                  u->age.known ? words_delay(age, &u->age) : "", travel);
    }
    if (s->n_unshared > SHOWN_MAX) {
        snprintf(more, sizeof more, _("and %zu more"), s->n_unshared - SHOWN_MAX);
        table_row(t, "", "", more, "", "", "");
    }
}

/* Whoever got what no longer stands. */
static void
recall_status_rows(struct status *s, struct table *t)
{
    char n[32], command[WORDS_TEXT];
    size_t i, k;

    snprintf(n, sizeof n, "%zu", s->n_to_tell);
    for (i = k = 0; i < s->n_recalls; i++) {
        const struct vls_recall *r = &s->recall[i];
        size_t at = 0;
        bool known;

        while (r->open && (r->cause[at].over || *r->cause[at].told_ref != '\0'))
            at++;
        if (!r->open)
            continue;
        /* a word that this version does not know is somebody's text, and no part of a command */
        known = vls_term_rank(sending_field("channel"), vls_slice_str(r->channel)) >= 0;
        snprintf(command, sizeof command, "valise share %s --recall%s%s", r->ref, known ? " --channel " : "",
                 known ? r->channel : "");
        table_row(t, k == 0 ? _("Addressees to be told") : "", k == 0 ? n : "", r->addressee,
                  recall_words(s->c, &r->cause[at]), "", command);
        k++;
    }
}

static void
asking_rows(struct status *s, struct table *t)
{
    char n[32], who[WORDS_TEXT], by[WORDS_TEXT], command[2 * WORDS_TEXT];
    size_t i;

    snprintf(n, sizeof n, "%zu", s->n_asking);
    for (i = 0; i < s->n_asking; i++) {
        const struct asking *a = &s->asking[i];
        const char *quote = strpbrk(a->delegation, " \t'\"\\$") != NULL ? "\"" : "";

        if (a->may)
            snprintf(command, sizeof command, "valise admit %s%s%s", quote, a->delegation, quote);
        else
            snprintf(command, sizeof command, _("%s can admit them"), words_who(by, a->by, a->by_post));
        table_row(t, i == 0 ? _("Asks to join") : "", i == 0 ? n : "", words_who(who, a->delegation, a->post), command,
                  "", "");
    }
}

static void
send_rows(struct status *s, struct table *t)
{
    char n[WORDS_TEXT];
    size_t i;

    if (s->n_remotes == 0)
        table_row(t, _("To send"), "", _("no remote yet"), "valise remote add NAME URL --create", "", "");
    for (i = 0; i < s->n_remotes; i++) {
        uint64_t k = s->remote[i].n;

        snprintf(n, sizeof n, P_("%llu change", "%llu changes", k), (unsigned long long)k);
        table_row(t, i == 0 ? _("To send") : "", "", n, s->n_remotes > 1 ? s->remote[i].name : "",
                  k != 0 ? "valise sync" : "", "");
    }
}

/* Whoever attested that there was nothing is told what stands against it, and so is everybody else. */
static void
void_rows(struct status *s, struct table *t)
{
    char n[32], since[WORDS_TEXT];
    size_t i;

    snprintf(n, sizeof n, "%zu", s->n_voids);
    for (i = 0; i < s->n_voids; i++) {
        snprintf(since, sizeof since, _("since %s"), s->voids[i].since_ref);
        table_row(t, i == 0 ? _("Nil return void") : "", i == 0 ? n : "", s->voids[i].nil_ref, s->voids[i].by, since,
                  i == 0 ? "valise report --gaps" : "");
    }
}

/* Another one of the same laptop and kind comes later. */
static bool
is_superseded(const struct incidents *all, size_t i)
{
    for (size_t k = 0; k < all->n; k++)
        if (k != i && all->v[k].kind == all->v[i].kind && strcmp(all->v[k].delegation, all->v[i].delegation) == 0 &&
            strcmp(all->v[k].post, all->v[i].post) == 0 &&
            (all->v[k].unix_s > all->v[i].unix_s || (all->v[k].unix_s == all->v[i].unix_s && k > i)))
            return true;
    return false;
}

/* Two versions stay until they are explained; a new copy is news for a while, and only the last of a laptop. */
static void
known_rows(struct status *s, struct table *t)
{
    char who[WORDS_TEXT], at[STAMP_TEXT];
    size_t i;

    for (i = 0; i < s->known.n; i++) {
        const struct incident *in = &s->known.v[i];

        if (in->kind == VLS_INCIDENT_TWINS)
            table_row(t, _("SIGNED TWO VERSIONS"), "", words_who(who, in->delegation, in->post), stamp(at, in->unix_s), "",
                      "");
        else if (in->unix_s > s->c->now - COPY_DAYS * 86400 && !is_superseded(&s->known, i))
            table_row(t, _("Goes on as a new copy"), "", words_who(who, in->delegation, in->post), stamp(at, in->unix_s), "",
                      "");
    }
}

/* How old the news of each colleague is; and where nobody was heard of for long, what to do about it. Whoever has not
 * exchanged anything in that time does that first. */
static void
news_rows(struct status *s, struct table *t)
{
    char who[WORDS_TEXT], at[STAMP_TEXT], age[SPAN_TEXT], old[WORDS_TEXT];
    size_t i;

    for (i = 0; i < s->n_news; i++) {
        const struct news *n = &s->news[i];

        old[0] = '\0';
        if (n->unix_s != 0 && s->c->now - n->unix_s >= SILENCE_S)
            snprintf(old, sizeof old, _("%s ago"), span(age, s->c->now - n->unix_s));
        table_row(t, i == 0 ? _("Last news from") : "", "", words_who(who, n->delegation, n->post),
                  n->unix_s != 0 ? stamp(at, n->unix_s) : _("nothing yet"), old, "");
    }
    if (s->silence.is)
        table_row(t, _("Nothing new from anybody"), "", span(age, s->silence.seconds),
                  s->contact - s->silence.since >= SILENCE_S ? _("ask by phone:  valise status --state")
                                                             : "valise sync",
                  "", "");
}

static void
show(struct status *s)
{
    const struct vls_identity *me = vls_engine_me(cli_opened(s->c));
    char n[32], who[WORDS_TEXT], head[sizeof me->title + WORDS_TEXT + 16], state[VLS_STATE_TEXT + WORDS_TEXT];
    char task[2 * WORDS_TEXT];
    struct table t;

    table_init(&t, 2, 0, 4);
    snprintf(state, sizeof state, _("State %s"), s->state);
    if (me->title[0] != '\0')
        snprintf(head, sizeof head, _("“%s”, %s"), me->title, words_who(who, me->delegation, me->post));
    else /* it is told with the admission */
        snprintf(head, sizeof head, "%s", words_who(who, me->delegation, me->post));
    table_row(&t, head, state);
    table_print(s->c, &t);
    if (!me->admitted)
        out_line(s->c, "%s", _("Your request to join waits for a member:  valise key safety-number"));
    table_init(&t, 6, 0, 3);
    t.labelled = true;
    unshared_rows(s, &t);
    snprintf(n, sizeof n, "%zu", s->n_left_out);
    if (s->n_left_out != 0)
        table_row(&t, _("Court deliberately not told"), n, "", "", "", "");
    recall_status_rows(s, &t);
    asking_rows(s, &t);
    snprintf(n, sizeof n, "%llu", (unsigned long long)s->n_conflicts);
    table_row(&t, _("To review"), n, s->n_conflicts != 0 ? "valise review" : "", "", "", "");
    snprintf(n, sizeof n, "%zu", s->n_pairs);
    if (s->n_pairs != 0)
        table_row(&t, _("Possible duplicates"), n, "valise dedupe", "", "", "");
    if (s->tasks.n != 0) {
        snprintf(n, sizeof n, "%zu", s->tasks.n);
        table_row(&t, s->tasks.n_overdue != 0 ? _("Tasks overdue or due") : _("Tasks due"), n, tasks_first(&s->tasks, task),
                  tasks_when(&s->tasks, who), "valise task list", "");
    }
    void_rows(s, &t);
    snprintf(n, sizeof n, "%zu", s->changed.n);
    if (s->changed.n != 0)
        table_row(&t, _("Signed text was changed"), n, s->changed.example, s->changed.command, "", "");
    send_rows(s, &t);
    news_rows(s, &t);
    known_rows(s, &t);
    table_print(s->c, &t);
    unread_say(s->c, &s->unread);
}

static enum vls_code
state_only(struct cli *c, struct vls_error *err)
{
    const char *compartment = c->args.n == 1 ? c->args.pos[0] : NULL;
    char state[VLS_STATE_TEXT];
    json_t *doc;
    enum vls_code rc = vls_store_state(cli_store(c), compartment, state, err);

    if (rc == VLS_ENOTFOUND)
        return cli_fail(c, err, rc, _("no compartment “%.60s”; see: valise compartment list"), compartment);
    if (rc != VLS_OK)
        return rc;
    if (c->json) {
        doc = json_doc("state");
        json_object_set_new(doc, "state", json_string(state));
        json_object_set_new(doc, "compartment", compartment == NULL ? json_null() : json_string(compartment));
        out_json(c, doc);
    } else {
        out_line(c, "%s", state);
    }
    return VLS_OK;
}

enum vls_code
cmd_status(struct cli *c, struct vls_error *err)
{
    struct status s = {.c = c};
    enum vls_code rc;

    if (args_flag(&c->args, "state"))
        return state_only(c, err);
    if (c->args.n != 0)
        return cli_fail(c, err, VLS_EUSAGE, _("a compartment goes with --state"));
    if ((rc = gather(&s, err)) == VLS_OK) {
        if (c->json)
            show_json(&s);
        else if (c->plain)
            show_plain(&s);
        else if (c->quiet)
            out_line(c, "%s", s.state);
        else
            show(&s);
    }
    if (rc == VLS_OK && args_flag(&c->args, "check") &&
        (s.n_unshared != 0 || s.n_conflicts != 0 || s.n_pairs != 0 || s.n_to_tell != 0 || incidents_alarm(&s.known)))
        rc = cli_fail(c, err, VLS_EATTENTION, _("something needs your attention: valise status"));
    vls_report_close(s.report);
    incidents_clear(&s.known);
    tasks_clear(&s.tasks);
    free(s.voids);
    free(s.remote);
    free(s.news);
    free(s.asking);
    return rc;
}
