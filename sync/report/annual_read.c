/*
 * The records of a yearly report, read once, and what each of them says by itself: its day, its marking, whether it
 * belongs to the period. What is odd about a record becomes a point; the record is never changed.
 */
#include <stdlib.h>

#include "valise/cbor.h"

#include "annual_int.h"

static const char *const KIND[AN_N_KINDS] = {
    [AN_PERIOD] = "period",
    [AN_NIL] = "nil-return",
    [AN_PROCEEDING] = "proceeding",
    [AN_MEETING] = "meeting",
    [AN_COUNCIL] = "sc-report",
    [AN_DRAFT] = "report-draft",
    [AN_PARAGRAPH] = "report-paragraph",
    [AN_APPOINTMENT] = "appointment",
    [AN_VISIT] = "official-visit",
    [AN_AGREEMENT] = "agreement",
    [AN_MANDATE] = "mandate-text",
    [AN_RECOMMENDATION] = "report-recommendation",
    [AN_REVIEW] = "review-recommendation",
    [AN_SESSION] = "session",
    [AN_DOCUMENT] = "document",
    [AN_WARRANT] = "warrant",
    [AN_CITATION] = "citation",
    [AN_EVENT] = "event",
    [AN_OFFICE] = "office-holding",
};

/* So near its ends a record may have been meant for the period: about the length of one. */
#define NEAR_DAYS 400

enum vls_code
vls__an_new(struct vls_annual **out, struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct vls_annual *a = *out = calloc(1, sizeof *a);
    enum vls_code rc;

    if (a == NULL)
        return rp_no_memory(err);
    if ((rc = vls__rp_new(&a->r, s, now_unix, lang, err)) != VLS_OK) {
        free(a);
        *out = NULL;
    }
    return rc;
}

void
vls_annual_close(struct vls_annual *a)
{
    if (a == NULL)
        return;
    vls_report_close(a->r);
    free(a);
}

enum vls_code
vls__an_ok(const struct vls_annual *a, struct vls_error *err)
{
    return a->r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

/* Who was once on record must not be named after a withdrawal or a correction either. */
static bool
is_guarded(enum rp_kind kind)
{
    return kind == RP_PERSON || kind == RP_NAME || kind == RP_SOURCE || kind == RP_INFO || kind == RP_TRIP ||
           kind == RP_LEG;
}

/* What a record said before it was corrected; it is kept apart, so that nothing but the guard reads it. */
static enum vls_code
feed_former(struct vls_annual *a, const struct vls_record *rec, struct vls_error *err)
{
    size_t i;

    for (i = 0; i < rec->n_rows && rec->rows[i].state != VLS_ROW_PAST; i++)
        ;
    return i == rec->n_rows || !is_guarded(vls__rp_kind_of(rec)) ? VLS_OK
                                                                 : vls__rp_keep_past(a->r, &a->former, rec, err);
}

enum vls_code
vls__an_feed(struct vls_annual *a, const struct vls_record *rec, struct vls_error *err)
{
    enum vls_code rc;
    size_t i;

    for (i = 0; rec->kind != NULL && i < AN_N_KINDS; i++) {
        if (strcmp(rec->kind->name, KIND[i]) == 0)
            return vls__rp_keep(a->r, vls__an_apart((enum an_kind)i, rec) ? &a->apart : &a->list[i], rec, err);
    }
    if ((rc = feed_former(a, rec, err)) != VLS_OK)
        return rc;
    return vls__rp_feed(a->r, rec, err);
}

static enum vls_code
feed(void *ctx, const struct vls_record *rec, struct vls_error *err)
{
    return vls__an_feed(ctx, rec, err);
}

static enum vls_code
read_kind(struct vls_annual *a, uint32_t kind_no, bool guarded, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = kind_no, .withdrawn = guarded, .load = guarded ? VLS_LOAD_PAST : VLS_LOAD_LIVE};

    return kind_no == 0 ? VLS_OK : vls_store_list(a->r->store, &f, feed, a, err);
}

enum vls_code
vls__an_read(struct vls_annual *a, unsigned kinds, bool base, struct vls_error *err)
{
    const struct vls_kind *kind;
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < AN_N_KINDS && rc == VLS_OK; i++) {
        kind = (kinds & 1u << i) != 0 ? vls_kind_by_name(KIND[i]) : NULL;
        rc = read_kind(a, kind == NULL ? 0 : kind->no, false, err);
    }
    for (i = 0; base && i < RP_N_KINDS && rc == VLS_OK; i++)
        rc = read_kind(a, vls__rp_kind_no((enum rp_kind)i), is_guarded((enum rp_kind)i), err);
    return rc;
}

static enum vls_code
read_trip(struct vls_annual *a, const uint8_t *id, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = vls__rp_kind_no(RP_LEG), .refers_to = id};
    struct vls_record *rec = NULL;
    enum vls_code rc = vls_store_record(a->r->store, id, VLS_LOAD_LIVE, &rec, err);
    size_t i;

    if (rc == VLS_ENOTFOUND)
        return VLS_OK;
    if (rc != VLS_OK)
        return rc;
    for (i = 0; i < a->r->list[RP_TRIP].n; i++) { /* two rulings on one visit */
        if (rp_same_id(a->r->list[RP_TRIP].v[i]->id, id))
            goto out;
    }
    if (vls__rp_kind_of(rec) == RP_TRIP && !rec->withdrawn && (rc = vls__an_feed(a, rec, err)) == VLS_OK)
        rc = vls_store_list(a->r->store, &f, feed, a, err);
out:
    vls_record_free(rec);
    return rc;
}

enum vls_code
vls__an_read_conduct(struct vls_annual *a, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    const uint8_t *id;
    size_t i, k;

    for (i = 0; i < a->list[AN_PROCEEDING].n; i++) {
        for (k = 0; rc == VLS_OK && vls__rp_row(a->list[AN_PROCEEDING].v[i], "conduct", k) != NULL; k++) {
            if ((id = vls__rp_ref(a->list[AN_PROCEEDING].v[i], "conduct", k)) != NULL)
                rc = read_trip(a, id, err);
        }
    }
    return rc;
}

static int
by_id(const void *a, const void *b)
{
    const struct vls_record *const *x = a, *const *y = b;

    return memcmp((*x)->id, (*y)->id, VLS_ID_LEN);
}

enum vls_code
vls__an_index(struct vls_annual *a, struct vls_error *err)
{
    enum vls_code rc;
    size_t i;

    for (i = 0; i < AN_N_KINDS; i++) {
        if (a->list[i].n != 0)
            qsort(a->list[i].v, a->list[i].n, sizeof *a->list[i].v, by_id);
    }
    if (a->apart.n != 0)
        qsort(a->apart.v, a->apart.n, sizeof *a->apart.v, by_id);
    vls__rp_sort(a->r);
    if ((rc = vls__rp_join(a->r, err)) != VLS_OK)
        return rc;
    if ((rc = vls__rp_indexes(a->r, err)) != VLS_OK)
        return rc;
    return vls__an_scopes(a) ? VLS_OK : rp_no_memory(err);
}

const struct vls_record *
vls__an_in(const struct rp_list *list, const uint8_t *id)
{
    size_t lo = 0, hi = id == NULL ? 0 : list->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = memcmp(list->v[mid]->id, id, VLS_ID_LEN);

        if (c == 0)
            return list->v[mid];
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

const struct vls_record *
vls__an_find(const struct vls_annual *a, enum an_kind kind, const uint8_t *id)
{
    return vls__an_in(&a->list[kind], id);
}

/* ---- values ---- */

bool
vls__an_date(const struct vls_record *rec, const char *field, struct vls_date *out)
{
    const struct vls_row *row = vls__rp_row(rec, field, 0);

    return row != NULL && vls_date_read(out, row->value);
}

bool
vls__an_int(const struct vls_record *rec, const char *field, int64_t *out)
{
    const struct vls_row *row = vls__rp_row(rec, field, 0);
    struct vls_cbor c;

    if (row == NULL)
        return false;
    c = vls_cbor_of(row->value);
    *out = vls_cbor_int(&c);
    return vls_cbor_done(&c);
}

bool
vls__an_clear(const struct vls_record *rec)
{
    return vls__rp_has_text(rec, "tlp", "clear") && vls__rp_row(rec, "tlp", 1) == NULL &&
           vls__rp_row(rec, "caveat", 0) == NULL;
}

bool
vls__an_has_caveat(const struct vls_record *rec, const char *term)
{
    const struct vls_row *row;
    size_t i;

    for (i = 0; (row = vls__rp_row(rec, "caveat", i)) != NULL; i++) {
        if (vls_slice_eq(vls__rp_item_text(row->value), vls_slice_str(term)))
            return true;
    }
    return false;
}

const char *
vls__an_text(struct vls_annual *a, const struct vls_record *rec, const char *field)
{
    return vls__rp_term(a->r, rec, field);
}

const char *
vls__an_label(struct vls_annual *a, const struct vls_record *rec, const char *field)
{
    const struct vls_field *f = vls__rp_field(rec, field);
    struct vls_slice text = vls__rp_text(rec, field);
    int rank = f == NULL || text.n == 0 ? -1 : vls_term_rank(f, text);

    return rank < 0 ? "" : vls_label_in(f->terms[rank].label, a->r->lang);
}

const char *
vls__an_tlp(const struct vls_record *rec)
{
    const struct vls_field *f = vls__rp_field(rec, "tlp");
    struct vls_slice text = vls__rp_text(rec, "tlp");
    int rank = f == NULL || text.n == 0 ? -1 : vls_term_rank(f, text);

    return rank < 0 ? "red" : f->terms[rank].name;
}

bool
vls__an_terms_known(const struct vls_record *rec)
{
    size_t i;

    for (i = 0; i < rec->n_rows; i++) {
        const struct vls_row *row = &rec->rows[i];
        const struct vls_field *f =
            row->state != VLS_ROW_SHOWN ? NULL : vls_field_by_no(rec->kind, (uint16_t)row->field);
        struct vls_slice text = f == NULL ? vls_slice_of(NULL, 0) : vls__rp_item_text(row->value);

        if (f != NULL && f->type == VLS_T_ENUM && text.n != 0 && vls_term_rank(f, text) < 0)
            return false;
    }
    return true;
}

/* What is under seal feeds nothing. A ruling does keep its paragraph from denying it. */
bool
vls__an_passed_over(const struct vls_record *rec)
{
    return vls__an_has_caveat(rec, "sealed-matter") && rec->kind != NULL &&
           strcmp(rec->kind->name, KIND[AN_PROCEEDING]) != 0;
}

bool
vls__an_same_folded(const struct vls_annual *a, struct vls_slice one, struct vls_slice other)
{
    struct vls_buf x, y;
    bool same;

    vls_buf_init(&x, RP_TEXT_MAX);
    vls_buf_init(&y, RP_TEXT_MAX);
    vls_text_fold(&x, one);
    vls_text_fold(&y, other);
    same = vls_slice_eq(vls_buf_slice(&x), vls_buf_slice(&y));
    if (x.bad == VLS_ENOMEM || y.bad == VLS_ENOMEM)
        a->r->arena.bad = VLS_ENOMEM;
    vls_buf_clear(&x);
    vls_buf_clear(&y);
    return same;
}

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

bool
vls__an_holds_number(struct vls_slice text, const char *number)
{
    size_t i, n = strlen(number);

    for (i = 0; n != 0 && i + n <= text.n; i++) {
        if (memcmp(text.p + i, number, n) == 0 && (i == 0 || !is_digit(text.p[i - 1])) &&
            (i + n == text.n || !is_digit(text.p[i + n])))
            return true;
    }
    return false;
}

int64_t
vls__an_leading_number(struct vls_slice text)
{
    int64_t v = 0;
    size_t i;

    for (i = 0; i < text.n && i < 9 && is_digit(text.p[i]); i++)
        v = v * 10 + (text.p[i] - '0');
    return v;
}

/* ---- the period ---- */

void
vls__an_period(struct vls_annual *a, const struct vls_record *period)
{
    struct vls_period *p = &a->period;
    struct vls_instant cut;

    a->record = period;
    memset(p, 0, sizeof *p);
    memcpy(p->id, period->id, VLS_ID_LEN);
    p->ref = period->ref;
    p->name = vls__an_text(a, period, "name");
    p->draft_ref = p->release = "";
    p->marking = "green";
    p->has_sessions =
        vls__an_int(period, "from-session", &p->from_session) && vls__an_int(period, "to-session", &p->to_session);
    a->first = vls__an_date(period, "opens", &p->opens) && p->opens.possible ? p->opens.first : VLS_DAY_MIN;
    p->has_closes = vls__an_date(period, "closes", &p->closes) && p->closes.possible;
    a->last = p->has_closes ? p->closes.last : VLS_DAY_MAX;
    if (!p->has_closes)
        p->closes = (struct vls_date){.first = VLS_DAY_MAX, .last = VLS_DAY_MAX};
    a->before_unix = INT64_MAX;
    if (vls__rp_instant(period, "cut-off", &cut)) {
        a->before_unix = cut.unix_s + (cut.precision == VLS_TO_DAY ? 86400 : 1);
        if (vls__rp_day(a->before_unix - 1) < a->last)
            a->last = vls__rp_day(a->before_unix - 1);
    }
}

bool
vls__an_instant_in(const struct vls_annual *a, const struct vls_record *rec, const char *field)
{
    struct vls_instant t;
    int32_t day;

    if (!vls__rp_instant(rec, field, &t))
        return false;
    day = vls__rp_day(t.unix_s);
    return day >= a->first && day <= a->last && t.unix_s < a->before_unix;
}

enum an_when
vls__an_when(const struct vls_annual *a, const struct vls_date *d)
{
    if (!d->possible)
        return AN_NO_DAY;
    if (d->first >= a->first && d->last <= a->last)
        return AN_INSIDE;
    return d->last < a->first || d->first > a->last ? AN_OUTSIDE : AN_STRADDLES;
}

/* In another period on record, whose report will have it. */
static bool
elsewhere(const struct vls_annual *a, const struct vls_date *d)
{
    struct vls_date opens, closes;
    size_t i;

    for (i = 0; i < a->list[AN_PERIOD].n; i++) {
        const struct vls_record *p = a->list[AN_PERIOD].v[i];

        if (p == a->record || !vls__an_date(p, "opens", &opens) || !opens.possible)
            continue;
        if (!vls__an_date(p, "closes", &closes) || !closes.possible)
            closes.last = VLS_DAY_MAX;
        if (d->last >= opens.first && d->first <= closes.last)
            return true;
    }
    return false;
}

static bool
is_near(const struct vls_annual *a, const struct vls_date *d)
{
    return (int64_t)d->last >= (int64_t)a->first - NEAR_DAYS && (int64_t)d->first <= (int64_t)a->last + NEAR_DAYS;
}

/* "12 May": a day is written, and no year. */
static bool
lacks_year(const struct vls_date *d)
{
    size_t i, run = 0, longest = 0;

    for (i = 0; i <= d->words.n; i++) {
        run = i < d->words.n && is_digit(d->words.p[i]) ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    return d->possible && d->edtf.n != 0 && longest >= 1 && longest <= 2;
}

static const char *
words_of(struct vls_annual *a, const struct vls_date *d)
{
    return vls__rp_strn(&a->r->arena, d->words.p, d->words.n);
}

static void
date_point(struct vls_annual *a, enum vls_point_kind kind, unsigned para, const struct vls_record *rec,
           const struct vls_date *d)
{
    struct vls_point *p = vls__an_point(a, kind, para, rec);

    if (p == NULL)
        return;
    p->has_date = d->possible;
    p->date = *d;
    p->detail = words_of(a, d);
}

void
vls__an_odd_date(struct vls_annual *a, unsigned para, const struct vls_record *rec, const struct vls_date *d)
{
    if (!d->possible)
        date_point(a, VLS_POINT_IMPOSSIBLE, para, rec, d);
    else if (lacks_year(d))
        date_point(a, VLS_POINT_YEAR_INFERRED, para, rec, d);
}

bool
vls__an_belongs(struct vls_annual *a, unsigned para, const struct vls_record *rec, const char *field,
                struct vls_date *out)
{
    enum an_when when;

    if (!vls__an_date(rec, field, out) || vls__an_passed_over(rec))
        return false;
    when = vls__an_when(a, out);
    if (when != AN_OUTSIDE)
        vls__an_odd_date(a, para, rec, out);
    if (when == AN_STRADDLES)
        date_point(a, VLS_POINT_STRADDLES, para, rec, out);
    else if (when == AN_OUTSIDE && is_near(a, out) && !elsewhere(a, out))
        date_point(a, VLS_POINT_OUTSIDE, para, rec, out);
    return when == AN_INSIDE || when == AN_STRADDLES;
}
