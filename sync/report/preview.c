/*
 * What would leave, and what stays, when a report or a trip is passed on (domain.md W3). The source, the channel and the
 * words as told never leave.
 */
#include "preview_int.h"

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

/* What leaves rests on every report of a trip, whoever recorded it; and whoever sends it knows this much of all that it
 * rests on. */
static enum vls_code
knowing(struct sharing *s, struct vls_error *err)
{
    uint8_t(*beneath)[VLS_ID_LEN] = NULL;
    const struct rp_edge *e = NULL;
    struct rp_dots known = {.n = 0};
    size_t n = 0, i, k, at;
    enum vls_code rc = VLS_OK;

    if (s->info == NULL)
        e = vls__rp_edges(&s->r->infos, s->r->trips.root[vls__rp_find(s->r, RP_TRIP, s->trip[0]->id)], &n);
    if (n > 0 && (beneath = vls__rp_alloc(&s->r->arena, n, sizeof *beneath)) == NULL)
        return rp_no_memory(err);
    for (i = 0; i < n; i++) {
        const struct vls_record *info = s->r->list[RP_INFO].v[e[i].to];

        for (k = 0; k < s->p->n_covers && !rp_same_id(s->p->covers[k], info->id); k++)
            ;
        if (k == s->p->n_covers && !info->withdrawn)
            memcpy(beneath[s->p->n_beneath++], info->id, VLS_ID_LEN);
    }
    s->p->beneath = (const uint8_t(*)[VLS_ID_LEN])beneath;
    for (i = 0; i < s->p->n_covers + s->p->n_beneath && rc == VLS_OK; i++) {
        const uint8_t *id = i < s->p->n_covers ? s->p->covers[i] : s->p->beneath[i - s->p->n_covers];

        if ((at = vls__rp_find(s->r, RP_INFO, id)) != RP_NONE)
            rc = vls__rp_known(s->r, s->r->list[RP_INFO].v[at], &known, err);
        else if ((at = vls__rp_find(s->r, RP_TRIP, id)) != RP_NONE)
            rc = vls__rp_known(s->r, s->r->list[RP_TRIP].v[at], &known, err);
    }
    s->p->known = known.v;
    s->p->n_known = known.n;
    return rc;
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

        if (!vls_slice_eq(vls__rp_text(t, "to"), vls_slice_str(s->p->to.term)) ||
            !vls_slice_eq(vls__rp_text(t, "to-detail"), vls_slice_str(s->p->to.detail)))
            continue;
        if (vls__rp_text(t, "withheld-because").n != 0) {
            s->p->left_out_ref = t->ref;
            continue;
        }
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

    memset(out, 0, sizeof *out);
    memset(&s, 0, sizeof s);
    memcpy(out->id, record, VLS_ID_LEN);
    out->to = *to;
    out->source_ref = out->sent_before_ref = out->left_out_ref = out->person = out->place = out->claim = out->status =
        out->free_text = out->country = "";
    s.r = r;
    s.p = out;
    if ((rc = find_what(&s, record, err)) != VLS_OK)
        return rc;
    out->ref = s.info != NULL ? s.info->ref : s.trip[0]->ref;
    vls__share_rules(&s);
    out->refusal = vls__share_decide(&s);
    out->to_destination = to->to == VLS_TO_STATE && vls__share_reaches_destination(&s);
    vls__share_mark(&s);
    find_sent_before(&s, record);
    find_trip_off(&s);
    resting_on(&s);
    leaving(&s);
    staying(&s);
    covering(&s, mine);
    if ((rc = knowing(&s, err)) != VLS_OK)
        return rc;
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
    out->leaves = s.leaves;
    out->n_leaves = s.n_leaves;
    out->stays = s.stays;
    out->n_stays = s.n_stays;
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}
