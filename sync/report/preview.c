/*
 * What would leave, and what stays, when a report or a trip is passed on (domain.md W3). The source,
 * the channel and the words as told never leave; caveats found on anything the record rests on hold
 * for all of it.
 */
#include "report_int.h"

/* ---- addressees ---- */

struct address_word {
    const char *word, *term;
    enum vls_addressee to;
};

static const struct address_word WORDS[] = {
    {"court", "court", VLS_TO_COURT},
    {"court:prosecutor", "court-prosecutor", VLS_TO_COURT},
    {"court-prosecutor", "court-prosecutor", VLS_TO_COURT},
    {"court:registry", "court-registry", VLS_TO_COURT},
    {"court-registry", "court-registry", VLS_TO_COURT},
    {"president", "president", VLS_TO_PRESIDENT},
    {"focal-points", "focal-points", VLS_TO_FOCAL_POINTS},
    {"groups", "all-groups", VLS_TO_ALL_GROUPS},
    {"all-groups", "all-groups", VLS_TO_ALL_GROUPS},
    {"secretariat", "secretariat", VLS_TO_SECRETARIAT},
};

static char
upper(char ch)
{
    return ch >= 'a' && ch <= 'z' ? (char)(ch - 'a' + 'A') : ch;
}

static bool
same_word(const char *a, const char *b)
{
    for (; *a != '\0' && upper(*a) == upper(*b); a++, b++)
        ;
    return *a == '\0' && *b == '\0';
}

enum vls_code
vls_address_parse(struct vls_address *out, const char *words, struct vls_error *err)
{
    size_t i;

    memset(out, 0, sizeof *out);
    for (i = 0; i < sizeof WORDS / sizeof *WORDS; i++) {
        if (same_word(words, WORDS[i].word)) {
            out->to = WORDS[i].to;
            out->term = WORDS[i].term;
            return VLS_OK;
        }
    }
    if (strncmp(words, "group:", 6) == 0) {
        for (i = 0; i < VLS_N_GROUPS; i++) {
            if (same_word(words + 6, vls_group_name(i))) {
                out->to = VLS_TO_GROUP;
                out->term = "group";
                out->group = i;
                memcpy(out->detail, vls_group_name(i), strlen(vls_group_name(i)) + 1);
                return VLS_OK;
            }
        }
    }
    if (strncmp(words, "state:", 6) == 0 && (out->state = vls_country_find(vls_slice_str(words + 6))) != NULL) {
        out->to = VLS_TO_STATE;
        out->term = "state";
        memcpy(out->detail, out->state->code, sizeof out->state->code);
        return VLS_OK;
    }
    return VLS_FAIL(err, VLS_EUSAGE, "no such addressee");
}

const char *
vls_refusal_name(enum vls_refusal refusal)
{
    static const char *const NAME[] = {
        [VLS_MAY_SHARE] = "",
        [VLS_REFUSED_RED] = "red",
        [VLS_REFUSED_SEALED] = "sealed-matter",
        [VLS_REFUSED_COURT_ONLY] = "court-only",
        [VLS_REFUSED_FOCAL_ONLY] = "focal-points-only",
        [VLS_REFUSED_DESTINATION] = "not-to-destination",
        [VLS_REFUSED_CONTESTED] = "contested-country",
        [VLS_REFUSED_WITHDRAWN] = "withdrawn",
        [VLS_REFUSED_RETURN] = "came-from-addressee",
        [VLS_REFUSED_CONSENT_WITHDRAWN] = "consent-withdrawn",
        [VLS_REFUSED_NO_CONSENT] = "no-consent",
    };

    return (size_t)refusal < sizeof NAME / sizeof *NAME ? NAME[refusal] : "";
}

/* ---- what is being shared ---- */

#define RED   4 /* rank in the field's order: clear green amber amber+strict red */
#define GREEN 1

/* The machine value of a rank; a newer version's order begins with ours. */
static const char *
marking(int rank)
{
    const struct vls_field *field = vls_field_by_no(NULL, VLS_H_TLP);

    return field == NULL || rank < 0 || (size_t)rank >= field->n_terms ? "red" : field->terms[rank].name;
}

struct sharing {
    struct vls_report *r;
    struct vls_preview *p;
    const struct vls_record *info; /* NULL: a trip is shared */
    const struct vls_trip **trip;
    size_t n_trips;
    int tlp; /* the strictest of what leaves */
    bool court_only, focal_only, not_to_destination, sealed;
    struct vls_share_line *leaves, *stays;
    size_t n_leaves, cap_leaves, n_stays, cap_stays;
};

static void
add_marking(struct sharing *s, const struct vls_record *rec)
{
    const struct vls_field *field = vls_field_by_no(rec->kind, VLS_H_TLP);
    struct vls_slice term = vls__rp_text(rec, "tlp");
    int rank;

    if (term.n == 0)
        term = vls_slice_str(rec->kind->tlp == NULL ? "amber" : rec->kind->tlp);
    rank = field == NULL ? -1 : vls_term_rank(field, term);

    if (rank < 0) /* a marking of a newer version: as strict as can be */
        rank = RED;
    s->tlp = rank > s->tlp ? rank : s->tlp;
}

static void
add_caveats(struct sharing *s, const struct vls_record *rec)
{
    const struct vls_row *row;
    struct vls_slice term;
    size_t i;

    for (i = 0; (row = vls__rp_row(rec, "caveat", i)) != NULL; i++) {
        term = vls__rp_item_text(row->value);
        s->court_only = s->court_only || vls_slice_eq(term, vls_slice_str("court-only"));
        s->focal_only = s->focal_only || vls_slice_eq(term, vls_slice_str("focal-points-only"));
        s->not_to_destination = s->not_to_destination || vls_slice_eq(term, vls_slice_str("not-to-destination"));
        s->sealed = s->sealed || vls_slice_eq(term, vls_slice_str("sealed-matter"));
        s->p->no_attribution = s->p->no_attribution || vls_slice_eq(term, vls_slice_str("no-attribution"));
    }
}

static void
add_trip_rules(struct sharing *s, const struct vls_trip *t)
{
    size_t i, n, at;
    const struct rp_edge *e;

    for (i = 0; i < t->n_members; i++) {
        at = vls__rp_find(s->r, RP_TRIP, t->member[i]);
        add_marking(s, s->r->list[RP_TRIP].v[at]);
        add_caveats(s, s->r->list[RP_TRIP].v[at]);
    }
    e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, t->id)], &n);
    for (i = 0; i < n; i++) { /* a marking or caveat added anywhere must hold everywhere */
        const struct vls_record *info = s->r->list[RP_INFO].v[e[i].to];

        if (!info->withdrawn) {
            add_marking(s, info);
            add_caveats(s, info);
        }
    }
}

/* True when the State of destination would be among the readers. */
static bool
reaches_destination(const struct sharing *s)
{
    const struct vls_address *to = &s->p->to;
    size_t i, k;

    for (i = 0; i < s->n_trips; i++) {
        for (k = 0; k < s->trip[i]->n_countries; k++) {
            const struct vls_country *c = vls_country_by_code(vls_slice_str(s->trip[i]->country[k]));

            if (c == NULL)
                continue;
            if ((to->to == VLS_TO_ALL_GROUPS && *c->group != '\0') ||
                (to->to == VLS_TO_GROUP && strcmp(c->group, vls_group_name(to->group)) == 0) ||
                (to->to == VLS_TO_STATE && strcmp(c->code, to->state->code) == 0))
                return true;
        }
    }
    return false;
}

static enum vls_refusal
ask_source(const struct sharing *s, const struct vls_record *info)
{
    const struct vls_record *source;
    char name[RP_CONSENT_NAME];
    enum rp_consent consent = vls__rp_consent(s->r, info, s->p->to.to, &source, name);

    if (consent == RP_CONSENT_FREE || info->withdrawn)
        return VLS_MAY_SHARE;
    s->p->source_ref = source->ref;
    memcpy(s->p->withdrawal, name, sizeof name);
    return consent == RP_CONSENT_WITHDRAWN ? VLS_REFUSED_CONSENT_WITHDRAWN : VLS_REFUSED_NO_CONSENT;
}

/* A report needs its own source's consent; a trip that of every source that told of it, since what it says may be
 * anybody's. */
static enum vls_refusal
ask_sources(const struct sharing *s)
{
    enum vls_refusal refusal = s->info != NULL ? ask_source(s, s->info) : VLS_MAY_SHARE;
    const struct rp_edge *e;
    size_t n, i, k;

    for (i = 0; s->info == NULL && i < s->n_trips; i++) {
        e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, s->trip[i]->id)], &n);
        for (k = 0; k < n && refusal == VLS_MAY_SHARE; k++)
            refusal = ask_source(s, s->r->list[RP_INFO].v[e[k].to]);
    }
    return refusal;
}

static enum vls_refusal
decide(const struct sharing *s)
{
    enum vls_addressee to = s->p->to.to;
    enum vls_refusal consent;
    bool to_states = to == VLS_TO_GROUP || to == VLS_TO_ALL_GROUPS || to == VLS_TO_STATE;
    size_t i;

    if (s->info != NULL && s->info->withdrawn)
        return VLS_REFUSED_WITHDRAWN;
    if ((consent = ask_sources(s)) != VLS_MAY_SHARE)
        return consent;
    if (to == VLS_TO_COURT)
        return s->info != NULL && vls__rp_from_court(s->info) ? VLS_REFUSED_RETURN
               : s->focal_only                                ? VLS_REFUSED_FOCAL_ONLY
                                                              : VLS_MAY_SHARE;
    if (s->sealed)
        return VLS_REFUSED_SEALED;
    if (s->court_only)
        return VLS_REFUSED_COURT_ONLY;
    if (s->focal_only && to != VLS_TO_FOCAL_POINTS)
        return VLS_REFUSED_FOCAL_ONLY;
    if (s->tlp >= RED && to_states)
        return VLS_REFUSED_RED;
    if (s->not_to_destination && reaches_destination(s))
        return VLS_REFUSED_DESTINATION;
    for (i = 0; i < s->n_trips && to_states; i++) {
        if (s->trip[i]->contested)
            return VLS_REFUSED_CONTESTED;
    }
    return VLS_MAY_SHARE;
}

/* ---- lines ---- */

static void
line(struct sharing *s, bool leaves, const char *name, const char *text)
{
    struct vls_share_line **v = leaves ? &s->leaves : &s->stays;
    size_t *n = leaves ? &s->n_leaves : &s->n_stays, *cap = leaves ? &s->cap_leaves : &s->cap_stays;
    void *room = vls__rp_room(&s->r->arena, *v, *n, cap, sizeof **v);

    if (room == NULL)
        return; /* the arena remembers */
    *v = room;
    (*v)[(*n)++] = (struct vls_share_line){name, text};
}

static const char *
label_of(struct vls_report *r, const struct vls_record *rec, const char *field)
{
    const struct vls_row *row = vls__rp_row(rec, field, 0);
    struct vls_buf text;

    vls_buf_init(&text, RP_TEXT_MAX);
    if (row != NULL)
        vls_value_print(&text, vls__rp_field(rec, field), row->value, r->lang);
    return vls__rp_take(&r->arena, &text);
}

static const char *
person_name(struct sharing *s)
{
    struct vls_report *r = s->r;
    struct vls_slice text = vls_slice_of(NULL, 0);
    size_t person = RP_NONE;

    if (s->n_trips != 0 && s->trip[0]->has_person)
        return s->trip[0]->person_name;
    if (s->info != NULL) {
        person = vls__rp_person_of(r, vls__rp_ref(s->info, "about", 0));
        text = person == RP_NONE ? vls__rp_text(s->info, "person-as-written")
                                 : vls__rp_text(r->list[RP_PERSON].v[person], "display-name");
    }
    return vls__rp_strn(&r->arena, text.p, text.n);
}

static void
leave_trip(struct sharing *s, const struct vls_trip *t)
{
    struct vls_buf text;

    vls_buf_init(&text, RP_TEXT_MAX);
    vls_buf_printf(&text, "%s", t->to);
    if (*t->dates_text != '\0')
        vls_buf_printf(&text, "%s%s", text.n != 0 ? " " : "", t->dates_text);
    if (text.n != 0)
        line(s, true, "trip", vls__rp_take(&s->r->arena, &text));
    vls_buf_clear(&text);
}

/* The day or days that a report gave, as its words were read when it came in. */
static bool
dates_as_told(const struct sharing *s, struct vls_buf *value, struct vls_date *out)
{
    const struct vls_kind *trip = vls_kind_by_name("trip");
    const struct vls_field *window = trip == NULL ? NULL : vls_field_by_name(trip, "window");
    const char *words = vls__rp_term(s->r, s->info, "dates-as-written");
    struct vls_value_ctx ctx = {.now_unix = s->r->now_unix};
    struct vls_instant received;

    if (*words == '\0' || window == NULL)
        return false;
    if (vls__rp_instant(s->info, "received", &received)) {
        ctx.now_unix = received.unix_s;
        ctx.tz_offset_min = received.offset_min;
    }
    return vls_value_parse(value, window, words, &ctx, NULL) == VLS_OK && vls_date_read(out, vls_buf_slice(value));
}

/* What is believed of a trip may come from other reports that were joined to it: a report that said something else
 * goes out with its own days and its own place (domain.md section 0: what somebody told, and what we believe). */
static bool
told_otherwise(const struct sharing *s, const struct vls_trip *t)
{
    const char *words = vls__rp_term(s->r, s->info, "place-as-written");
    const struct vls_country *country;
    struct vls_slice place;
    struct vls_date dates;
    struct vls_buf value;
    bool other = false;
    size_t i;

    vls_buf_init(&value, RP_TEXT_MAX);
    if (dates_as_told(s, &value, &dates) && *t->dates_text != '\0') /* words that name no day contradict none */
        other = dates.possible && (dates.first != t->dates.first || dates.last != t->dates.last);
    vls_buf_clear(&value);
    if (vls_place_parse(&place, &country, vls_slice_str(words), NULL) != VLS_OK || t->n_stages != 1)
        return other;
    for (i = 0; i < t->n_countries && strcmp(t->country[i], country->code) != 0; i++)
        ;
    return other || i == t->n_countries ||
           (place.n != 0 && *t->stage[0].place != '\0' &&
            vls_place_likeness(place, vls_slice_str(t->stage[0].place)) < VLS_LIKELY);
}

/* What is known of the journey when nobody has entered a trip: where and when, not the words around it. */
static void
leave_as_written(struct sharing *s)
{
    const char *place = vls__rp_term(s->r, s->info, "place-as-written"),
               *dates = vls__rp_term(s->r, s->info, "dates-as-written");

    if (s->p->told_otherwise && *place == '\0')
        place = s->trip[0]->to;
    if (s->p->told_otherwise && *dates == '\0')
        dates = s->trip[0]->dates_text;
    if (*place != '\0')
        line(s, true, "place", place);
    if (*dates != '\0')
        line(s, true, "dates", dates);
    s->p->place = place;
}

static void
leaving(struct sharing *s)
{
    struct vls_preview *p = s->p;
    size_t i;

    p->person = person_name(s);
    if (*p->person != '\0')
        line(s, true, "person", p->person);
    p->told_otherwise = s->info != NULL && s->n_trips == 1 && told_otherwise(s, s->trip[0]);
    for (i = 0; i < s->n_trips && !p->told_otherwise; i++)
        leave_trip(s, s->trip[i]);
    if (s->info == NULL) {
        p->status = s->trip[0]->status;
        line(s, true, "status", s->trip[0]->status_label);
        return;
    }
    if (s->n_trips == 0 || p->told_otherwise)
        leave_as_written(s);
    p->claim = vls__rp_term(s->r, s->info, "claim");
    if (*p->claim != '\0')
        line(s, true, "claim", label_of(s->r, s->info, "claim"));
    p->free_text = vls__rp_term(s->r, s->info, "sanitised");
    if (*p->free_text != '\0')
        line(s, true, "sanitised", p->free_text);
}

static void
staying_of(struct sharing *s, const struct vls_record *info)
{
    const char *source = vls__rp_term(s->r, info, "source"), *from = label_of(s->r, info, "from");
    const char *by = label_of(s->r, info, "by"), *number = vls__rp_term(s->r, info, "sender-reference");
    struct vls_buf text;

    vls_buf_init(&text, RP_TEXT_MAX);
    vls_buf_printf(&text, "%s%s%s", source, *source != '\0' && *from != '\0' ? ", " : "", from);
    if (text.n != 0)
        line(s, false, "source", vls__rp_take(&s->r->arena, &text));
    vls_buf_clear(&text);
    if (*by != '\0')
        line(s, false, "channel", by);
    if (*number != '\0')
        line(s, false, "sender-reference", number);
    if (vls__rp_text(info, "text").n != 0)
        line(s, false, "text", "");
}

static void
staying(struct sharing *s)
{
    size_t i, k, n;
    const struct rp_edge *e;

    if (s->info != NULL)
        staying_of(s, s->info);
    for (i = 0; s->info == NULL && i < s->n_trips; i++) {
        e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, s->trip[i]->id)], &n);
        for (k = 0; k < n; k++) {
            if (!s->r->list[RP_INFO].v[e[k].to]->withdrawn)
                staying_of(s, s->r->list[RP_INFO].v[e[k].to]);
        }
    }
}

/* ---- what the proof will cover ---- */

static void
cover(struct sharing *s, uint8_t (*covers)[VLS_ID_LEN], const struct vls_record *rec)
{
    struct vls_instant at;

    memcpy(covers[s->p->n_covers++], rec->id, VLS_ID_LEN);
    if (vls__rp_instant(rec, "received", &at) &&
        (!s->p->has_received || vls_instant_earlier(&at, &s->p->received) == &at)) {
        s->p->received = at;
        s->p->has_received = true;
    }
}

static void
covering(struct sharing *s, const char *mine)
{
    uint8_t(*covers)[VLS_ID_LEN];
    const struct rp_edge *e = NULL;
    size_t i, n = 0;

    if (s->info == NULL)
        e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, s->trip[0]->id)], &n);
    if ((covers = vls__rp_alloc(&s->r->arena, n + 1, sizeof *covers)) == NULL)
        return;
    s->p->covers = (const uint8_t(*)[VLS_ID_LEN])covers;
    if (s->info != NULL) {
        cover(s, covers, s->info);
        return;
    }
    cover(s, covers, s->r->list[RP_TRIP].v[vls__rp_find(s->r, RP_TRIP, s->trip[0]->id)]);
    for (i = 0; i < n && s->p->to.to == VLS_TO_COURT; i++) {
        const struct vls_record *info = s->r->list[RP_INFO].v[e[i].to];

        if (!info->withdrawn && !vls__rp_from_court(info) && strcmp(vls__rp_origin_name(info), mine) == 0)
            cover(s, covers, info);
    }
}

/* The last transmission to this very addressee that covers the record, not counting what was left out. */
static void
find_sent_before(struct sharing *s, const uint8_t id[VLS_ID_LEN])
{
    size_t i, n;
    const struct rp_cover *c = vls__rp_covers(s->r, id, &n);
    struct vls_instant at;

    for (i = 0; i < n; i++) {
        const struct vls_record *t = c[i].transmission;

        if (vls__rp_text(t, "withheld-because").n != 0 ||
            !vls_slice_eq(vls__rp_text(t, "to"), vls_slice_str(s->p->to.term)) ||
            !vls_slice_eq(vls__rp_text(t, "to-detail"), vls_slice_str(s->p->to.detail)))
            continue;
        if (!s->p->sent_before)
            s->p->sent_before_ref = t->ref;
        s->p->sent_before = true;
        if (vls__rp_instant(t, "sent", &at) && (!s->p->has_sent_before_at || at.unix_s > s->p->sent_before_at.unix_s)) {
            s->p->has_sent_before_at = true;
            s->p->sent_before_at = at;
            s->p->sent_before_ref = t->ref;
        }
    }
}

/* A trip that is not on, or no longer: whoever is told of it should be told that. */
static void
find_trip_off(struct sharing *s)
{
    static const char *const OFF[] = {"cancelled", "did-not-occur", "disproved", "completed"};
    size_t i, k;

    for (i = 0; i < s->n_trips && s->p->trip_off == NULL; i++) {
        for (k = 0; k < sizeof OFF / sizeof *OFF; k++) {
            if (strcmp(s->trip[i]->status, OFF[k]) == 0)
                s->p->trip_off = s->trip[i];
        }
    }
}

/* The records whose values leave: a conflict in one of them is a conflict about what is told. */
static void
resting_on(struct sharing *s)
{
    uint8_t(*ids)[VLS_ID_LEN];
    const struct rp_edge *e;
    size_t i, k, n, at, cap = 1;

    for (i = 0; i < s->n_trips; i++) {
        (void)vls__rp_edges(&s->r->legs, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, s->trip[i]->id)], &n);
        cap += n + s->trip[i]->n_members;
    }
    if ((ids = vls__rp_alloc(&s->r->arena, cap, sizeof *ids)) == NULL)
        return; /* the arena remembers */
    if (s->info != NULL)
        memcpy(ids[s->p->n_rests_on++], s->info->id, VLS_ID_LEN);
    for (i = 0; i < s->n_trips; i++) {
        for (k = 0; k < s->trip[i]->n_members; k++)
            memcpy(ids[s->p->n_rests_on++], s->trip[i]->member[k], VLS_ID_LEN);
        at = vls__rp_find(s->r, RP_TRIP, s->trip[i]->id);
        e = vls__rp_edges(&s->r->legs, s->r->trips.root[at], &n);
        for (k = 0; k < n; k++)
            memcpy(ids[s->p->n_rests_on++], s->r->list[RP_LEG].v[e[k].to]->id, VLS_ID_LEN);
    }
    s->p->rests_on = (const uint8_t(*)[VLS_ID_LEN])ids;
}

/* ---- together ---- */

static enum vls_code
find_what(struct sharing *s, const uint8_t record[VLS_ID_LEN], struct vls_error *err)
{
    size_t i, n = 1, info = vls__rp_find(s->r, RP_INFO, record), trip = vls__rp_find(s->r, RP_TRIP, record);
    const struct rp_edge *e = NULL;

    if (info == RP_NONE && trip == RP_NONE)
        return VLS_FAIL(err, VLS_EVALUE, "neither a report nor a trip");
    if (info != RP_NONE) {
        s->info = s->r->list[RP_INFO].v[info];
        e = vls__rp_edges(&s->r->trips_of, info, &n);
    }
    if ((s->trip = vls__rp_alloc(&s->r->arena, n, sizeof *s->trip)) == NULL)
        return rp_no_memory(err);
    for (i = 0; i < n; i++)
        s->trip[i] = e == NULL ? vls_report_trip_of(s->r, record) : &s->r->trip[s->r->trip_row[e[i].to]];
    s->n_trips = n;
    return VLS_OK;
}

static void
plain_text(struct sharing *s)
{
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, RP_TEXT_MAX);
    for (i = 0; i < s->n_leaves; i++)
        vls_buf_printf(&text, "%s: %s\n", s->leaves[i].name, s->leaves[i].text);
    s->p->text = vls__rp_take(&s->r->arena, &text);
}

/* The view says what left. */
static void
view_as_told(struct sharing *s)
{
    const char *words = vls__rp_term(s->r, s->info, "place-as-written");
    const struct vls_country *country;
    struct vls_slice place;
    struct vls_date dates;
    struct vls_buf value;

    if (vls_place_parse(&place, &country, vls_slice_str(words), NULL) == VLS_OK) {
        s->p->place = vls__rp_strn(&s->r->arena, place.p, place.n);
        s->p->country = country->code;
    }
    vls_buf_init(&value, RP_TEXT_MAX);
    if (dates_as_told(s, &value, &dates)) {
        dates.edtf = vls_slice_of(vls__rp_strn(&s->r->arena, dates.edtf.p, dates.edtf.n), dates.edtf.n);
        dates.words = vls_slice_of(vls__rp_strn(&s->r->arena, dates.words.p, dates.words.n), dates.words.n);
        s->p->has_dates = true;
        s->p->dates = dates;
    }
    vls_buf_clear(&value);
}

enum vls_code
vls_report_preview(struct vls_report *r, const uint8_t record[VLS_ID_LEN], const char *mine,
                   const struct vls_address *to, struct vls_preview *out, struct vls_error *err)
{
    struct sharing s;
    enum vls_code rc;
    size_t i;

    memset(out, 0, sizeof *out);
    memset(&s, 0, sizeof s);
    memcpy(out->id, record, VLS_ID_LEN);
    out->to = *to;
    out->source_ref = out->sent_before_ref = out->person = out->place = out->claim = out->status = out->free_text =
        out->country = "";
    s.r = r;
    s.p = out;
    if ((rc = find_what(&s, record, err)) != VLS_OK)
        return rc;
    out->ref = s.info != NULL ? s.info->ref : s.trip[0]->ref;
    if (s.info != NULL) {
        add_marking(&s, s.info);
        add_caveats(&s, s.info);
    }
    for (i = 0; i < s.n_trips; i++)
        add_trip_rules(&s, s.trip[i]);
    out->refusal = decide(&s);
    out->to_destination = to->to == VLS_TO_STATE && reaches_destination(&s);
    find_sent_before(&s, record);
    find_trip_off(&s);
    resting_on(&s);
    leaving(&s);
    staying(&s);
    covering(&s, mine);
    plain_text(&s);
    if (s.n_trips == 1) {
        const struct vls_trip *t = s.trip[0];

        out->place = t->n_stages == 1 ? t->stage[0].place : t->to;
        out->country = t->n_countries == 1 ? t->country[0] : "";
        out->has_dates = *t->dates_text != '\0';
        out->dates = t->dates;
        out->trip = t;
        if (out->told_otherwise)
            view_as_told(&s);
    }
    out->marking_here = marking(s.tlp);
    if (to->to == VLS_TO_GROUP || to->to == VLS_TO_ALL_GROUPS)
        s.tlp = s.tlp < GREEN ? s.tlp : GREEN; /* one text per group at GREEN or lower: domain.md W5 */
    out->marking = marking(s.tlp);
    out->leaves = s.leaves;
    out->n_leaves = s.n_leaves;
    out->stays = s.stays;
    out->n_stays = s.n_stays;
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}
