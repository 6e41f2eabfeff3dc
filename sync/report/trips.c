/*
 * Trips as they are told on the timeline: one row for every group of joined trips, with who told of
 * it, whether the Court and the regional groups know, and what was done.
 */
#include <stdlib.h>

#include "report_int.h"

static const char *const GROUP[VLS_N_GROUPS] = {"AFR", "APG", "EEG", "GRULAC", "WEOG"};

const char *
vls_group_name(size_t i)
{
    return i < VLS_N_GROUPS ? GROUP[i] : "";
}

/* ---- one row ---- */

/* What a row is made of while it is being filled. */
struct making {
    struct vls_report *r;
    struct vls_trip *t;
    const struct vls_record **member;
    size_t n_members;
    const struct rp_edge *info;
    size_t n_infos;
    unsigned differs; /* enum rp_differs */
    bool open;        /* a conflict within one of the records waits */
};

static void
note_merged(struct making *m, const struct rp_merged *merged, unsigned bit)
{
    m->open = m->open || merged->open;
    m->differs |= merged->differs ? bit : 0u;
}

static enum vls_code
fill_identity(struct making *m, struct vls_error *err)
{
    struct rp_arena *a = &m->r->arena;
    uint8_t(*ids)[VLS_ID_LEN] = vls__rp_alloc(a, m->n_members, sizeof *ids);
    const char **alias = vls__rp_alloc(a, m->n_members, sizeof *alias);
    size_t i;

    if (ids == NULL || alias == NULL)
        return rp_no_memory(err);
    for (i = 0; i < m->n_members; i++) {
        memcpy(ids[i], m->member[i]->id, VLS_ID_LEN);
        if (i != 0)
            alias[i - 1] = m->member[i]->ref;
    }
    memcpy(m->t->id, ids[0], VLS_ID_LEN);
    m->t->ref = m->member[0]->ref;
    m->t->alias = alias;
    m->t->n_alias = m->n_members - 1;
    m->t->member = (const uint8_t(*)[VLS_ID_LEN])ids;
    m->t->n_members = m->n_members;
    return VLS_OK;
}

/* All records of the group of a person. */
static enum vls_code
person_files(struct vls_report *r, size_t root, const struct vls_record ***out, size_t *n, struct vls_error *err)
{
    const struct rp_edge *e = vls__rp_edges(&r->files, root, n);
    size_t i;

    if ((*out = vls__rp_alloc(&r->arena, *n, sizeof **out)) == NULL)
        return rp_no_memory(err);
    for (i = 0; i < *n; i++)
        (*out)[i] = r->list[RP_PERSON].v[e[i].to];
    return VLS_OK;
}

/* The person as the group of files says; two persons of a contested trip stand side by side. */
static enum vls_code
fill_person(struct making *m, struct vls_error *err)
{
    struct vls_report *r = m->r;
    struct rp_merged person, name;
    const struct vls_record **files;
    size_t i, n, root, seen = RP_NONE;
    struct vls_buf text;
    enum vls_code rc = vls__rp_merge(r, &person, m->member, m->n_members, "person", err);

    vls_buf_init(&text, RP_TEXT_MAX);
    m->t->person_ref = "";
    m->open = m->open || person.open;
    for (i = 0; i < person.verdict.n_shown && rc == VLS_OK; i++) {
        root = vls__rp_person_of(r, vls__rp_item_ref(person.rival[i].value));
        if (root == RP_NONE || root == seen) /* two files of one person are no dispute */
            continue;
        if (seen != RP_NONE) {
            vls_buf_put(&text, " / ", 3);
            m->differs |= person.open ? 0u : RP_DIFFER_PERSON;
        }
        if ((rc = person_files(r, root, &files, &n, err)) != VLS_OK ||
            (rc = vls__rp_merge(r, &name, files, n, "display-name", err)) != VLS_OK)
            break;
        vls_buf_put_slice(&text, vls__rp_item_text(vls__rp_shown(&name, 0)));
        if (!m->t->has_person) {
            m->t->has_person = true;
            memcpy(m->t->person, r->list[RP_PERSON].v[root]->id, VLS_ID_LEN);
            m->t->person_ref = r->list[RP_PERSON].v[root]->ref;
        }
        seen = root;
    }
    m->t->person_name = vls__rp_take(&r->arena, &text);
    return rc;
}

static bool
counts_as_presence(const struct vls_stage *s)
{
    return strcmp(s->kind, "overflight") != 0;
}

static int
by_text(const void *a, const void *b)
{
    const char *const *x = a, *const *y = b;

    return strcmp(*x, *y);
}

static enum vls_code
fill_places(struct making *m, const struct vls_stage *s, size_t n, struct vls_error *err)
{
    size_t i, k, n_all = 0, n_codes = 0;
    struct vls_buf text;
    const char **code;

    for (i = 0; i < n; i++)
        n_all += s[i].n_countries;
    if ((code = vls__rp_alloc(&m->r->arena, n_all, sizeof *code)) == NULL)
        return rp_no_memory(err);
    vls_buf_init(&text, RP_TEXT_MAX);
    for (i = 0; i < n; i++) {
        m->open = m->open || s[i].conflict;
        if (!counts_as_presence(&s[i]) || strcmp(s[i].kind, "return") == 0)
            continue;
        if (text.n != 0)
            vls_buf_put(&text, "; ", 2);
        vls_buf_printf(&text, "%s", s[i].place);
        for (k = 0; k < s[i].n_countries; k++) {
            vls_buf_printf(&text, "%s%s", k != 0 ? " / " : *s[i].place != '\0' ? " " : "", s[i].country[k]);
            code[n_codes++] = s[i].country[k];
        }
        m->t->contested = m->t->contested || s[i].n_countries > 1;
    }
    if (n_codes > 1)
        qsort(code, n_codes, sizeof *code, by_text);
    for (i = 0; i < n_codes; i++) {
        if (m->t->n_countries == 0 || strcmp(code[m->t->n_countries - 1], code[i]) != 0)
            code[m->t->n_countries++] = code[i];
    }
    m->t->country = code;
    m->t->to = vls__rp_take(&m->r->arena, &text);
    return VLS_OK;
}

/* From the first arrival to the last departure. EDTF of both ends when each is one date of its own. */
static void
hull(struct making *m, const struct vls_date *from, const struct vls_date *to)
{
    struct vls_slice start, end, other;
    struct vls_buf text;

    m->t->dates = *from;
    if (to != NULL && to->last >= from->first && !vls_slice_eq(from->edtf, to->edtf)) {
        vls_edtf_ends(from->edtf, &start, &other);
        vls_edtf_ends(to->edtf, &other, &end);
        m->t->dates.last = to->last;
        m->t->dates.possible = from->possible && to->possible;
        vls_buf_init(&text, RP_TEXT_MAX);
        vls_buf_put_slice(&text, from->possible ? start : from->words);
        vls_buf_put(&text, "/", 1);
        vls_buf_put_slice(&text, to->possible ? end : to->words);
        m->t->dates.edtf = vls_slice_str(vls__rp_take(&m->r->arena, &text));
        m->t->dates.words = m->t->dates.edtf;
    }
}

static enum vls_code
fill_dates(struct making *m, const struct vls_stage *s, size_t n, struct vls_error *err)
{
    const struct vls_date *from = NULL, *to = NULL, *d;
    struct rp_merged window;
    struct vls_buf text;
    enum vls_code rc;
    size_t i;

    if ((rc = vls__rp_merge(m->r, &window, m->member, m->n_members, "window", err)) != VLS_OK)
        return rc;
    note_merged(m, &window, RP_DIFFER_DATES);
    for (i = 0; i < n; i++) {
        if (!counts_as_presence(&s[i]))
            continue;
        d = s[i].has_arrive ? &s[i].arrive : s[i].has_depart ? &s[i].depart : NULL;
        if (d != NULL && (from == NULL || d->first < from->first))
            from = d;
        d = s[i].has_depart ? &s[i].depart : s[i].has_arrive ? &s[i].arrive : NULL;
        if (d != NULL && (to == NULL || d->last > to->last))
            to = d;
    }
    m->t->has_dates = true;
    if (from != NULL)
        hull(m, from, to);
    else
        m->t->has_dates = window.verdict.n_shown != 0 && vls_date_read(&m->t->dates, window.rival[0].value);
    m->t->dates_text = "";
    if (m->t->has_dates) {
        vls_buf_init(&text, RP_TEXT_MAX);
        vls__rp_date_print(&text, &m->t->dates);
        m->t->dates_text = vls__rp_take(&m->r->arena, &text);
        m->t->has_dates = m->t->dates.possible && m->t->dates.first > VLS_DAY_MIN;
        m->t->days = m->t->has_dates ? m->t->dates.first - m->r->today : 0;
    }
    return VLS_OK;
}

/* A trip that rested on retracted reports alone falls back to "potential" (domain.md W8): the
 * retraction takes the ground away from under whatever was believed. */
static bool
falls_back(const struct making *m, const struct vls_field *field, struct vls_slice status)
{
    int rank = field == NULL ? -1 : vls_term_rank(field, status);
    size_t i;

    for (i = 0; i < m->n_infos; i++) {
        if (!m->r->list[RP_INFO].v[m->info[i].to]->withdrawn)
            return false;
    }
    return m->n_infos != 0 && rank > vls_term_rank(field, vls_slice_str("potential"));
}

static enum vls_code
fill_status(struct making *m, struct vls_error *err)
{
    struct rp_merged status;
    struct vls_slice term;
    struct vls_buf label;
    int rank;
    enum vls_code rc = vls__rp_merge(m->r, &status, m->member, m->n_members, "status", err);

    if (rc != VLS_OK)
        return rc;
    term = vls__rp_item_text(vls__rp_shown(&status, 0));
    if (falls_back(m, status.field, term)) {
        term = vls_slice_str("potential");
        m->t->fell_back = true;
    }
    note_merged(m, &status, RP_DIFFER_STATUS);
    m->t->status = vls__rp_strn(&m->r->arena, term.p, term.n);
    rank = status.field == NULL ? -1 : vls_term_rank(status.field, term);
    vls_buf_init(&label, RP_TEXT_MAX);
    vls_buf_printf(&label, "%s", rank < 0 ? m->t->status : vls_label_in(status.field->terms[rank].label, m->r->lang));
    m->t->status_label = vls__rp_take(&m->r->arena, &label);
    return VLS_OK;
}

static enum vls_code
fill_occasion(struct making *m, struct vls_error *err)
{
    struct rp_merged occasion;
    struct vls_slice text;
    enum vls_code rc = vls__rp_merge(m->r, &occasion, m->member, m->n_members, "occasion", err);

    if (rc != VLS_OK)
        return rc;
    text = vls__rp_item_text(vls__rp_shown(&occasion, 0));
    m->t->occasion = vls__rp_strn(&m->r->arena, text.p, text.n);
    note_merged(m, &occasion, RP_DIFFER_OCCASION);
    return VLS_OK;
}

static enum vls_code
fill_differs(struct making *m, struct vls_error *err)
{
    const char **name = vls__rp_alloc(&m->r->arena, 8 * sizeof m->differs, sizeof *name);
    unsigned i;

    if (name == NULL)
        return rp_no_memory(err);
    for (i = 0; vls__rp_differs_name(i) != NULL; i++) {
        if ((m->differs & 1u << i) != 0)
            name[m->t->n_differs++] = vls__rp_differs_name(i);
    }
    m->t->differs = name;
    m->t->conflict = m->open;
    return VLS_OK;
}

/* ---- who knows of it ---- */

/* The first transmission to the Court of this record, if it is earlier than what is known. */
static void
note_sent(struct making *m, const uint8_t id[VLS_ID_LEN], const struct vls_record **first)
{
    struct vls_instant sent;
    const struct vls_record *t = vls__rp_sent_to_court(m->r, id, &sent);

    if (t != NULL && (*first == NULL || vls_instant_earlier(&sent, &m->t->sent) == &sent)) {
        *first = t;
        m->t->sent = sent;
    }
}

static void
fill_court(struct making *m)
{
    const struct vls_record *first = NULL;
    struct vls_instant received, at;
    bool has_received = false, left_out = false;
    size_t i, n_court = 0, n_left_out = 0;

    for (i = 0; i < m->n_members; i++) {
        note_sent(m, m->member[i]->id, &first);
        left_out = left_out || vls__rp_court_left_out(m->r, m->member[i]->id);
    }
    for (i = 0; i < m->n_infos; i++) {
        const struct vls_record *info = m->r->list[RP_INFO].v[m->info[i].to];

        if (info->withdrawn)
            continue;
        m->t->n_reports++;
        if (vls__rp_from_court(info)) {
            n_court++;
            continue;
        }
        note_sent(m, info->id, &first);
        n_left_out += vls__rp_court_left_out(m->r, info->id);
        if (vls__rp_instant(info, "received", &at) && (!has_received || vls_instant_earlier(&at, &received) == &at)) {
            received = at;
            has_received = true;
        }
    }
    m->t->n_sources = vls__rp_sources(m->r, m->info, m->n_infos);
    left_out = left_out || (n_left_out != 0 && n_left_out + n_court == m->t->n_reports);
    if (first == NULL) {
        m->t->court = left_out                     ? VLS_COURT_LEFT_OUT
                      : m->t->n_reports == 0       ? VLS_COURT_NO_REPORT
                      : n_court == m->t->n_reports ? VLS_COURT_IS_SOURCE
                                                   : VLS_COURT_NOT_TOLD;
        return;
    }
    m->t->court = VLS_COURT_TOLD;
    m->t->has_sent = true;
    if (has_received)
        vls_span_between(&m->t->delay, &received, &m->t->sent);
    m->t->has_receipt = vls__rp_court_receipt(m->r, first, &m->t->receipt);
}

static void
note_groups(struct making *m, const uint8_t id[VLS_ID_LEN])
{
    size_t i, g, n;
    const struct rp_cover *c = vls__rp_covers(m->r, id, &n);

    for (i = 0; i < n; i++) {
        const struct vls_record *t = c[i].transmission;
        bool all = vls__rp_has_text(t, "to", "all-groups"), one = vls__rp_has_text(t, "to", "group");
        enum vls_informed how = vls__rp_text(t, "withheld-because").n != 0 ? VLS_LEFT_OUT : VLS_INFORMED;

        for (g = 0; g < VLS_N_GROUPS; g++) {
            if ((all || (one && vls__rp_has_text(t, "to-detail", GROUP[g]))) && m->t->group[g] != VLS_INFORMED)
                m->t->group[g] = how;
        }
    }
}

static void
fill_groups(struct making *m)
{
    size_t i;

    for (i = 0; i < m->n_members; i++)
        note_groups(m, m->member[i]->id);
    for (i = 0; i < m->n_infos; i++) {
        if (!m->r->list[RP_INFO].v[m->info[i].to]->withdrawn)
            note_groups(m, m->r->list[RP_INFO].v[m->info[i].to]->id);
    }
}

static void
fill_ending(struct making *m, size_t root)
{
    size_t n;
    const struct rp_edge *e = vls__rp_edges(&m->r->outcomes, root, &n);
    const struct vls_row *row = n == 0 ? NULL : vls__rp_row(m->r->list[RP_OUTCOME].v[e[0].to], "result", 0);
    struct vls_buf label;

    (void)vls__rp_edges(&m->r->actions, root, &m->t->n_actions);
    m->t->outcome = "";
    if (row == NULL)
        return;
    m->t->has_outcome = true;
    vls_buf_init(&label, RP_TEXT_MAX);
    vls_value_print(&label, vls__rp_field(m->r->list[RP_OUTCOME].v[e[0].to], "result"), row->value, m->r->lang);
    m->t->outcome = vls__rp_take(&m->r->arena, &label);
}

static enum vls_code
make_row(struct vls_report *r, struct vls_trip *t, size_t root, const struct vls_record **member, size_t n_members,
         struct vls_error *err)
{
    struct making m = {r, t, member, n_members, NULL, 0, 0, false};
    const struct vls_stage *stages;
    enum vls_code rc;
    size_t n;

    m.info = vls__rp_edges(&r->infos, root, &m.n_infos);
    if ((rc = fill_identity(&m, err)) != VLS_OK || (rc = fill_person(&m, err)) != VLS_OK ||
        (rc = vls__rp_stages(r, root, &stages, &n, &m.differs, err)) != VLS_OK ||
        (rc = fill_places(&m, stages, n, err)) != VLS_OK || (rc = fill_dates(&m, stages, n, err)) != VLS_OK ||
        (rc = fill_status(&m, err)) != VLS_OK)
        return rc;
    t->stage = stages;
    t->n_stages = n;
    if ((rc = fill_occasion(&m, err)) != VLS_OK || (rc = fill_differs(&m, err)) != VLS_OK)
        return rc;
    fill_court(&m);
    fill_groups(&m);
    fill_ending(&m, root);
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

/* ---- all rows ---- */

struct place_in_row {
    size_t root, trip;
};

static int
by_root(const void *x, const void *y)
{
    const struct place_in_row *a = x, *b = y;

    if (a->root != b->root)
        return a->root < b->root ? -1 : 1;
    return a->trip < b->trip ? -1 : a->trip > b->trip;
}

static int
by_day(const void *x, const void *y)
{
    const struct vls_trip *a = x, *b = y;

    if (a->has_dates != b->has_dates)
        return a->has_dates ? -1 : 1;
    if (a->has_dates && a->dates.first != b->dates.first)
        return a->dates.first < b->dates.first ? -1 : 1;
    return memcmp(a->id, b->id, VLS_ID_LEN);
}

enum vls_code
vls__rp_trips(struct vls_report *r, struct vls_error *err)
{
    size_t i, k, n = r->list[RP_TRIP].n;
    struct place_in_row *at = vls__rp_alloc(&r->arena, n, sizeof *at);
    const struct vls_record **member = vls__rp_alloc(&r->arena, n, sizeof *member);
    enum vls_code rc = VLS_OK;

    r->trip = vls__rp_alloc(&r->arena, n, sizeof *r->trip);
    r->trip_row = vls__rp_alloc(&r->arena, n, sizeof *r->trip_row);
    if (at == NULL || member == NULL || r->trip == NULL || r->trip_row == NULL)
        return rp_no_memory(err);
    for (i = 0; i < n; i++)
        at[i] = (struct place_in_row){r->trips.root[i], i};
    if (n != 0)
        qsort(at, n, sizeof *at, by_root);
    for (i = 0; i < n && rc == VLS_OK; i += k) {
        for (k = 0; i + k < n && at[i + k].root == at[i].root; k++)
            member[i + k] = r->list[RP_TRIP].v[at[i + k].trip];
        rc = make_row(r, &r->trip[r->n_trips++], at[i].root, &member[i], k, err);
    }
    if (rc != VLS_OK)
        return rc;
    if (r->n_trips != 0)
        qsort(r->trip, r->n_trips, sizeof *r->trip, by_day);
    for (i = 0; i < r->n_trips; i++) {
        for (k = 0; k < r->trip[i].n_members; k++)
            r->trip_row[vls__rp_find(r, RP_TRIP, r->trip[i].member[k])] = i;
    }
    return VLS_OK;
}

const struct vls_trip *
vls_report_trips(const struct vls_report *r, size_t *n)
{
    *n = r->n_trips;
    return r->trip;
}

const struct vls_trip *
vls_report_trip_of(const struct vls_report *r, const uint8_t trip[VLS_ID_LEN])
{
    size_t i = vls__rp_find(r, RP_TRIP, trip);

    return i == RP_NONE ? NULL : &r->trip[r->trip_row[i]];
}
