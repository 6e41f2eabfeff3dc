/*
 * timeline: travel by day, and what was done about it. Trips that were judged the same stand once,
 * under the id that every post shows.
 */
#include <string.h>

#include "member.h"
#include "words.h"

const struct opt opts_timeline[] = {
    {"of", 0, N_("PERSON"), N_("only the journeys of PERSON"), NULL},
    {"from", 0, N_("DATE"), N_("only journeys that end on DATE or later"), NULL},
    {"until", 0, N_("DATE"), N_("only journeys that begin on DATE or earlier"), NULL},
    {0},
};

struct wanted {
    bool has_person;
    uint8_t person[VLS_ID_LEN];
    int32_t from, until;
};

/* Dates that were entered but stand for no day. */
static bool
kept_as_words(const struct vls_trip *t)
{
    return *t->dates_text != '\0' && !t->dates.possible;
}

static bool
is_wanted(const struct vls_report *r, const struct vls_trip *t, const struct wanted *w)
{
    const uint8_t *person = w->has_person ? vls_report_person_of(r, w->person) : NULL;

    if (w->has_person && (person == NULL || !t->has_person || memcmp(person, t->person, VLS_ID_LEN) != 0))
        return false;
    if (w->from == VLS_DAY_MIN && w->until == VLS_DAY_MAX)
        return true;
    if (kept_as_words(t)) /* nobody can tell: shown and marked rather than lost */
        return true;
    return t->has_dates && t->dates.last >= w->from && t->dates.first <= w->until;
}

/* ---- for programs ---- */

static const char *
court_name(enum vls_court court)
{
    switch (court) {
    case VLS_COURT_TOLD: return "told";
    case VLS_COURT_IS_SOURCE: return "source";
    case VLS_COURT_NO_REPORT: return "no-report";
    case VLS_COURT_LEFT_OUT: return "left-out";
    case VLS_COURT_NOT_TOLD: break;
    }
    return "not-told";
}

static const char *
informed_name(enum vls_informed how)
{
    return how == VLS_INFORMED ? "informed" : how == VLS_LEFT_OUT ? "left-out" : "not-informed";
}

/* "AFR,EEG" */
static const char *
groups_plain(const struct vls_trip *t, enum vls_informed how, char out[WORDS_TEXT])
{
    size_t i;

    out[0] = '\0';
    for (i = 0; i < VLS_N_GROUPS; i++) {
        if (t->group[i] == how)
            snprintf(out + strlen(out), WORDS_TEXT - strlen(out), "%s%s", *out != '\0' ? "," : "", vls_group_name(i));
    }
    return out;
}

static const char *
edtf_text(const struct vls_trip *t, char out[WORDS_TEXT])
{
    struct vls_slice text = t->dates.possible && t->dates.edtf.n != 0 ? t->dates.edtf : t->dates.words;

    snprintf(out, WORDS_TEXT, "%.*s", *t->dates_text == '\0' ? 0 : (int)text.n, (const char *)text.p);
    return out;
}

/* Nothing that depends on the day of asking: two laptops with the same records print the same rows. */
static void
trip_plain(struct cli *c, const struct vls_trip *t)
{
    char dates[WORDS_TEXT], delay[WORDS_TEXT], sent[STAMP_TEXT], got[STAMP_TEXT], groups[WORDS_TEXT], n[4][24];
    char left_out[WORDS_TEXT];

    snprintf(n[0], sizeof n[0], "%zu", t->n_sources);
    snprintf(n[1], sizeof n[1], "%zu", t->n_reports);
    snprintf(n[2], sizeof n[2], "%zu", t->n_actions);
    snprintf(n[3], sizeof n[3], "%zu", t->n_members);
    out_row(c, t->ref, edtf_text(t, dates), t->status, t->person_ref, t->person_name, t->to, n[0], n[1],
            court_name(t->court), t->has_sent ? stamp_plain(sent, t->sent.unix_s) : "",
            words_delay_plain(delay, &t->delay), t->has_receipt ? stamp_plain(got, t->receipt.unix_s) : "",
            groups_plain(t, VLS_INFORMED, groups), groups_plain(t, VLS_LEFT_OUT, left_out), n[2], n[3],
            t->conflict ? "conflict" : "", t->occasion, NULL);
}

static json_t *
date_json(bool has, const struct vls_date *d)
{
    if (!has)
        return json_null();
    return d->possible && d->edtf.n != 0 ? json_text(d->edtf) : json_text(d->words);
}

static json_t *
texts_json(const char *const *v, size_t n)
{
    json_t *all = json_array();
    size_t i;

    for (i = 0; i < n; i++)
        json_array_append_new(all, json_text(vls_slice_str(v[i])));
    return all;
}

static json_t *
stages_json(const struct vls_trip *t)
{
    json_t *all = json_array();
    size_t i;

    for (i = 0; i < t->n_stages; i++) {
        const struct vls_stage *s = &t->stage[i];

        json_array_append_new(all,
                              json_pack("{s:o, s:o, s:s, s:o, s:o, s:b}", "place", json_text(vls_slice_str(s->place)),
                                        "countries", texts_json(s->country, s->n_countries), "kind", s->kind, "arrive",
                                        date_json(s->has_arrive, &s->arrive), "depart",
                                        date_json(s->has_depart, &s->depart), "conflict", s->conflict));
    }
    return all;
}

static json_t *
trip_json(const struct vls_trip *t)
{
    json_t *o = json_object(), *groups = json_object();
    size_t i;

    for (i = 0; i < VLS_N_GROUPS; i++)
        json_object_set_new(groups, vls_group_name(i), json_string(informed_name(t->group[i])));
    json_object_set_new(o, "ref", json_string(t->ref));
    json_object_set_new(o, "aliases", texts_json(t->alias, t->n_alias));
    json_object_set_new(o, "person", json_string(t->person_ref));
    json_object_set_new(o, "person_name", json_text(vls_slice_str(t->person_name)));
    json_object_set_new(o, "to", json_text(vls_slice_str(t->to)));
    json_object_set_new(o, "contested_country", json_boolean(t->contested));
    json_object_set_new(o, "countries", texts_json(t->country, t->n_countries));
    json_object_set_new(o, "stages", stages_json(t));
    json_object_set_new(o, "dates", date_json(*t->dates_text != '\0', &t->dates));
    json_object_set_new(o, "days_to_travel", t->has_dates ? json_integer(t->days) : json_null());
    json_object_set_new(o, "status", json_string(t->status));
    json_object_set_new(o, "fell_back", json_boolean(t->fell_back));
    json_object_set_new(o, "conflict", json_boolean(t->conflict));
    json_object_set_new(o, "differs", texts_json(t->differs, t->n_differs));
    json_object_set_new(o, "occasion", json_text(vls_slice_str(t->occasion)));
    json_object_set_new(o, "reports", json_integer((json_int_t)t->n_reports));
    json_object_set_new(o, "independent_sources", json_integer((json_int_t)t->n_sources));
    json_object_set_new(o, "court", json_string(court_name(t->court)));
    json_object_set_new(o, "court_sent", t->has_sent ? json_instant(t->sent.unix_s) : json_null());
    json_object_set_new(o, "court_delay", words_delay_json(&t->delay));
    json_object_set_new(o, "court_received", t->has_receipt ? json_instant(t->receipt.unix_s) : json_null());
    json_object_set_new(o, "groups", groups);
    json_object_set_new(o, "actions", json_integer((json_int_t)t->n_actions));
    json_object_set_new(o, "recalls", json_integer((json_int_t)t->n_recalls));
    json_object_set_new(o, "outcome", t->has_outcome ? json_text(vls_slice_str(t->outcome)) : json_null());
    return o;
}

/* ---- for people ---- */

static const char *
day_text(int64_t unix_s, char out[STAMP_TEXT])
{
    stamp(out, unix_s);
    out[10] = '\0';
    return out;
}

/* Nobody is to be told now of what did not take place. */
static bool
is_off(const struct vls_trip *t)
{
    return strcmp(t->status, "disproved") == 0 || strcmp(t->status, "did-not-occur") == 0;
}

static const char *
court_words(const struct vls_trip *t, char out[3 * WORDS_TEXT])
{
    char delay[WORDS_TEXT], at[WORDS_TEXT];
    size_t n;

    switch (t->court) {
    case VLS_COURT_IS_SOURCE: snprintf(out, 3 * WORDS_TEXT, "%s", _("told us")); return out;
    case VLS_COURT_LEFT_OUT: snprintf(out, 3 * WORDS_TEXT, "%s", _("deliberately not told")); return out;
    case VLS_COURT_NOT_TOLD:
    case VLS_COURT_NO_REPORT:
        if (is_off(t)) {
            snprintf(out, 3 * WORDS_TEXT, "%s", _("not told"));
            return out;
        }
        snprintf(out, 3 * WORDS_TEXT, _("not told        valise share %s --to court"), t->ref);
        return out;
    case VLS_COURT_TOLD: break;
    }
    if (!t->delay.known)
        snprintf(out, 3 * WORDS_TEXT, "%s", _("told"));
    else if (t->delay.negative)
        snprintf(out, 3 * WORDS_TEXT, _("told, %s"), words_delay(delay, &t->delay));
    else
        snprintf(out, 3 * WORDS_TEXT, _("told, %s after first word"), words_delay(delay, &t->delay));
    n = strlen(out);
    if (t->has_receipt)
        snprintf(out + n, 3 * WORDS_TEXT - n, _("; received by Court %s"), words_instant(at, &t->receipt));
    return out;
}

/* "group:AFR": that of the destination; all of them where it sits in none, or is not known. */
static const char *
group_of(const struct vls_trip *t, char out[WORDS_TEXT])
{
    const struct vls_country *c = t->n_countries == 1 ? vls_country_by_code(vls_slice_str(t->country[0])) : NULL;

    if (c == NULL || *c->group == '\0')
        return "all-groups";
    snprintf(out, WORDS_TEXT, "group:%s", c->group);
    return out;
}

static const char *
groups_words(const struct vls_trip *t, char out[3 * WORDS_TEXT])
{
    char group[WORDS_TEXT];
    char informed[WORDS_TEXT], left_out[WORDS_TEXT], open[WORDS_TEXT];
    size_t n;

    groups_plain(t, VLS_INFORMED, informed);
    groups_plain(t, VLS_LEFT_OUT, left_out);
    groups_plain(t, VLS_NOT_INFORMED, open);
    if (*informed == '\0' && *left_out == '\0' && is_off(t)) {
        snprintf(out, 3 * WORDS_TEXT, "%s", _("none informed"));
        return out;
    }
    if (*informed == '\0' && *left_out == '\0') {
        snprintf(out, 3 * WORDS_TEXT, _("none informed        valise share %s --to %s"), t->ref, group_of(t, group));
        return out;
    }
    out[0] = '\0';
    if (*informed != '\0')
        snprintf(out, 3 * WORDS_TEXT, _("informed: %s"), informed);
    n = strlen(out);
    if (*left_out != '\0')
        snprintf(out + n, 3 * WORDS_TEXT - n, _("%sdeliberately not: %s"), n != 0 ? "; " : "", left_out);
    n = strlen(out);
    if (*open != '\0')
        snprintf(out + n, 3 * WORDS_TEXT - n, _("; not yet: %s"), open);
    return out;
}

static const char *
action_words(const struct vls_trip *t, char out[3 * WORDS_TEXT])
{
    if (t->n_actions == 0)
        snprintf(out, 3 * WORDS_TEXT, _("none recorded        valise action add --trip %s"), t->ref);
    else
        snprintf(out, 3 * WORDS_TEXT, P_("%zu recorded", "%zu recorded", t->n_actions), t->n_actions);
    return out;
}

#define NARROW 60 /* columns below which details are not set in below the dates */

/* Two lines of a trip begin in one column; the rest is indented below its first line. */
static void
trip_show(struct cli *c, const struct vls_trip *t)
{
    char days[WORDS_TEXT], text[3 * WORDS_TEXT];
    struct table head, details;
    struct vls_buf who;
    size_t i;

    out_line(c, "%s", "");
    table_init(&head, 5, 0, 3);
    vls_buf_init(&who, 2 * VLS_TEXT_MAX);
    vls_buf_printf(&who, "%s → %s", *t->person_name != '\0' ? t->person_name : _("unknown person"),
                   *t->to != '\0' ? t->to : "?");
    table_row(&head, *t->dates_text != '\0' ? t->dates_text : _("no date"),
              t->has_dates ? words_days(days, t->days) : "-", *t->status_label != '\0' ? t->status_label : "-",
              vls_buf_str(&who), t->ref);
    vls_buf_clear(&who);
    table_print(c, &head);
    table_init(&details, 2, c->columns > 0 && c->columns < NARROW ? 4 : 16, 3);
    details.labelled = true;
    snprintf(text, sizeof text, P_("%zu independent source", "%zu independent sources", t->n_sources), t->n_sources);
    table_row(&details, _("told by"), t->n_reports == 0 ? _("no report attached") : text);
    table_row(&details, _("Court"), court_words(t, text));
    table_row(&details, _("groups"), groups_words(t, text));
    table_row(&details, _("action"), action_words(t, text));
    if (t->n_recalls > 0) {
        snprintf(text, sizeof text,
                 P_("%zu addressee is to be told something        valise status",
                    "%zu addressees are to be told something        valise status", t->n_recalls),
                 t->n_recalls);
        table_row(&details, _("recall"), text);
    }
    if (t->has_outcome)
        table_row(&details, _("outcome"), t->outcome);
    for (i = 0; i < t->n_alias && c->verbose; i++)
        table_row(&details, i == 0 ? _("also") : "", t->alias[i]);
    if (kept_as_words(t))
        table_row(&details, _("notice"),
                  _("its dates are kept as words, since they are no days of the calendar; it is shown whatever days "
                    "are asked for"));
    if (t->fell_back)
        table_row(&details, _("notice"), _("the reports it rested on were retracted"));
    if (t->contested)
        table_row(&details, _("notice"), _("the country is contested: no draft to any of them before it is settled"));
    if (t->conflict)
        table_row(&details, _("review"), _("something about it waits for a decision        valise review"));
    table_print(c, &details);
}

/* ---- the command ---- */

static enum vls_code
day_option(struct cli *c, const char *name, bool last, int32_t *out, struct vls_error *err)
{
    const char *words = args_value(&c->args, name);
    struct vls_date d;

    if (words == NULL)
        return VLS_OK;
    if (!vls_edtf_bounds(&d, vls_slice_str(words)))
        return cli_fail(c, err, VLS_EUSAGE, _("“%.40s” is no date; write 2027-04-12, 2027-04 or 2027"), words);
    *out = last ? d.last : d.first;
    return VLS_OK;
}

static enum vls_code
wanted_take(struct cli *c, struct wanted *w, struct vls_error *err)
{
    const char *person = args_value(&c->args, "of");
    enum vls_code rc;

    w->has_person = person != NULL;
    w->from = VLS_DAY_MIN;
    w->until = VLS_DAY_MAX;
    if (person != NULL && (rc = record_find(c, vls_kind_by_name("person"), person, w->person, err)) != VLS_OK)
        return rc;
    if ((rc = day_option(c, "from", false, &w->from, err)) != VLS_OK)
        return rc;
    return day_option(c, "until", true, &w->until, err);
}

static void
trips_show(struct cli *c, const struct vls_report *r, const struct wanted *w)
{
    size_t i, n, n_shown = 0;
    const struct vls_trip *trips = vls_report_trips(r, &n);
    json_t *doc = NULL, *all = json_array();
    char today[STAMP_TEXT];

    if (!c->json && !c->plain && !c->quiet)
        out_line(c, _("Today %s"), day_text(c->now, today));
    for (i = 0; i < n; i++) {
        if (!is_wanted(r, &trips[i], w))
            continue;
        n_shown++;
        if (c->json)
            json_array_append_new(all, trip_json(&trips[i]));
        else if (c->plain)
            trip_plain(c, &trips[i]);
        else if (c->quiet)
            out_line(c, "%s", trips[i].ref);
        else
            trip_show(c, &trips[i]);
    }
    if (c->json) {
        doc = json_doc("timeline");
        json_object_set(doc, "trips", all);
        out_json(c, doc);
    } else if (n_shown == 0 && !c->plain && !c->quiet && !waiting_say(c)) {
        out_line(c, "%s", _("No travel is recorded."));
    }
    json_decref(all);
}

enum vls_code
cmd_timeline(struct cli *c, struct vls_error *err)
{
    struct vls_report *r;
    struct wanted w;
    enum vls_code rc;

    memset(&w, 0, sizeof w);
    if ((rc = wanted_take(c, &w, err)) != VLS_OK || (rc = report_load(c, &r, err)) != VLS_OK)
        return rc;
    trips_show(c, r, &w);
    vls_report_close(r);
    return VLS_OK;
}
