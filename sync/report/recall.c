/*
 * What has come to be known since something was passed on (domain.md W8, cases 1 and 10): a source has withdrawn its
 * consent, a record is withdrawn, a marking was raised. The transmission stays, since it happened; whoever got it
 * should be told, and has been once a further transmission says so. All of this is worked out from the records, so that
 * two laptops that find it out apart have the same to do, and not twice as much.
 */
#include <stdlib.h>

#include "recall_int.h"

#define RED 4 /* rank of the marking */

static const struct {
    const char *term, *aware, *unaware;
} WHY[] = {
    [VLS_RECALL_CONSENT] = {"consent-withdrawn", "sent-although", "sent-unaware"},
    [VLS_RECALL_WITHDRAWN] = {"withdrawn", "withdrawn", "withdrawn"},
    [VLS_RECALL_RESTRICTED] = {"restricted", "restricted", "restricted"},
};

const char *
vls_recall_term(enum vls_recall_why why)
{
    return WHY[why].term;
}

const char *
vls_recall_since(const struct vls_recall_cause *cause)
{
    return cause->knew == VLS_KNEW       ? WHY[cause->why].aware
           : cause->knew == VLS_KNEW_NOT ? WHY[cause->why].unaware
                                         : WHY[cause->why].term;
}

const struct vls_recall *
vls_report_recalls(const struct vls_report *r, size_t *n)
{
    *n = r->n_recalls;
    return r->recall;
}

/* ---- what was known ---- */

enum vls_code
vls__recall_dot_add(void *ctx, const struct vls_dot *dot, struct vls_error *err)
{
    struct collecting *c = ctx;
    struct vls_dot *room = vls__rp_room(&c->r->arena, c->out->v, c->out->n, &c->out->cap, sizeof *room);

    if (room == NULL)
        return rp_no_memory(err);
    c->out->v = room;
    c->out->v[c->out->n++] = *dot;
    return VLS_OK;
}

/* Of the register of a field, every value that stands there. */
static enum vls_code
field_known(struct vls_report *r, const struct vls_record *rec, const char *name, struct rp_dots *out,
            struct vls_error *err)
{
    const struct vls_field *field = vls__rp_field(rec, name);
    struct collecting c = {r, out};
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; field != NULL && i < rec->n_rows && rc == VLS_OK; i++)
        if (rec->rows[i].field == field->no && rec->rows[i].type != VLS_OP_REMOVE)
            rc = vls__recall_dot_add(&c, &rec->rows[i].dot, err);
    return rc;
}

enum vls_code
vls__rp_known(struct vls_report *r, const struct vls_record *rec, struct rp_dots *out, struct vls_error *err)
{
    static const char *const NAME[] = {"life", "tlp", "caveat"};
    const struct vls_record *source = vls__rp_kind_of(rec) == RP_INFO ? vls__rp_source_of(r, rec) : NULL;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < sizeof NAME / sizeof *NAME && rc == VLS_OK; i++)
        rc = field_known(r, rec, NAME[i], out, err);
    return rc != VLS_OK || source == NULL ? rc : field_known(r, source, "consent", out, err);
}

enum vls_code
vls__recall_proof(struct vls_report *r, const struct vls_record *transmission, struct proof *out, struct vls_error *err)
{
    struct collecting c = {r, &out->named};

    *out = (struct proof){.record = transmission, .to = vls__rp_row(transmission, "to", 0)};
    if (r->store == NULL || out->to == NULL)
        return VLS_OK;
    return vls_store_named(r->store, transmission->id, out->to->field, &out->to->dot, vls__recall_dot_add, &c, err);
}

bool
vls__recall_names(const struct rp_dots *dots, const struct vls_dot *dot)
{
    for (size_t i = 0; i < dots->n; i++)
        if (vls_dot_cmp(&dots->v[i], dot) == 0)
            return true;
    return false;
}

/* Whether the author had a value of a record; two people may have written the same, and one of them is enough, but of
 * withdrawals one that was over says nothing of one that stands. What says nothing about it can still not have known
 * what was counted as later. */
enum vls_knew
vls__recall_knew(const struct proof *p, enum vls_addressee to, const struct vls_record *rec,
                 const struct vls_row *value)
{
    bool source = vls__rp_kind_of(rec) == RP_SOURCE, over = source && vls__rp_renewed(rec, value, to);
    bool later = memcmp(p->record->compartment, rec->compartment, VLS_ID_LEN) == 0;

    for (size_t i = 0; i < rec->n_rows; i++) {
        const struct vls_row *row = &rec->rows[i];

        if (row->field != value->field || !vls_slice_eq(row->key, value->key) ||
            !vls_slice_eq(row->value, value->value) || (source && vls__rp_renewed(rec, row, to) != over))
            continue;
        if (vls__recall_names(&p->named, &row->dot))
            return VLS_KNEW;
        later = later && p->to != NULL && row->lamport >= p->to->lamport;
    }
    return p->named.n > 0 || later ? VLS_KNEW_NOT : VLS_KNEW_UNSAID;
}

/* ---- one transmission ---- */

/* A newer version's addressee may be anybody: as a State. */
static enum vls_addressee
addressee_of(const struct vls_record *transmission)
{
    static const struct {
        const char *term;
        enum vls_addressee to;
    } TO[] = {
        {"court", VLS_TO_COURT},           {"court-prosecutor", VLS_TO_COURT},    {"court-registry", VLS_TO_COURT},
        {"president", VLS_TO_PRESIDENT},   {"focal-points", VLS_TO_FOCAL_POINTS}, {"group", VLS_TO_GROUP},
        {"all-groups", VLS_TO_ALL_GROUPS}, {"secretariat", VLS_TO_SECRETARIAT},
    };

    for (size_t i = 0; i < sizeof TO / sizeof *TO; i++)
        if (vls__rp_has_text(transmission, "to", TO[i].term))
            return TO[i].to;
    return VLS_TO_STATE;
}

/* A record that is in no list: withdrawn, or of a kind that reports do not read. NULL: it is not here. */
static enum vls_code
look(struct vls_report *r, const uint8_t *id, const struct vls_record **out, struct vls_error *err)
{
    struct vls_record *rec = NULL;
    enum vls_code rc;
    size_t at;

    *out = NULL;
    for (int kind = 0; kind < RP_N_KINDS; kind++)
        if ((at = vls__rp_find(r, (enum rp_kind)kind, id)) != RP_NONE) {
            *out = r->list[kind].v[at];
            return VLS_OK;
        }
    for (size_t i = 0; i < r->extra.n; i++)
        if (rp_same_id(r->extra.v[i]->id, id)) {
            *out = r->extra.v[i];
            return VLS_OK;
        }
    if (r->store == NULL)
        return VLS_OK;
    if ((rc = vls_store_record(r->store, id, VLS_LOAD_LIVE, &rec, err)) != VLS_OK)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc;
    if ((rc = vls__rp_keep(r, &r->extra, rec, err)) == VLS_OK)
        *out = r->extra.v[r->extra.n - 1];
    vls_record_free(rec);
    return rc;
}

static enum vls_code
cause_add(struct finding *f, enum vls_recall_why why, const struct vls_record *rec, const struct vls_row *row,
          bool over)
{
    struct cause *room = vls__rp_room(&f->r->arena, f->cause, f->n, &f->cap, sizeof *room);
    enum vls_knew k = vls__recall_knew(&f->proof, f->to, rec, row);

    if (room == NULL)
        return rp_no_memory(f->err);
    f->cause = room;
    if (over && k != VLS_KNEW_NOT) /* nothing that anybody would have to know any more */
        return VLS_OK;
    for (size_t i = 0; i < f->n; i++) /* two reports of one source */
        if (f->cause[i].said.why == why && vls_dot_cmp(&f->cause[i].row->dot, &row->dot) == 0)
            return VLS_OK;
    f->cause[f->n++] = (struct cause){
        {.why = why,
         .knew = k,
         .over = over,
         .record_ref = rec->ref,
         .delegation = row->delegation,
         .post = row->post,
         .wall_unix_s = row->wall_unix_s,
         .dot = row->dot,
         .told_ref = ""},
        rec,
        row,
    };
    return VLS_OK;
}

/* The caveat or the marking for which this addressee would not be told now. */
static const struct vls_row *
restriction(const struct finding *f, const struct vls_record *rec)
{
    const struct vls_field *tlp = vls_field_by_no(rec->kind, VLS_H_TLP);
    const struct vls_row *row = vls__rp_row(rec, "tlp", 0);
    int rank = row != NULL && tlp != NULL ? vls_term_rank(tlp, vls__rp_item_text(row->value)) : 0;

    if (row != NULL && vls__rp_to_several(f->to) && (rank < 0 || rank >= RED))
        return row;
    for (size_t i = 0; (row = vls__rp_row(rec, "caveat", i)) != NULL; i++) {
        struct vls_slice term = vls__rp_item_text(row->value);

        if ((f->to != VLS_TO_COURT &&
             (vls_slice_eq(term, vls_slice_str("sealed-matter")) || vls_slice_eq(term, vls_slice_str("court-only")))) ||
            (f->to != VLS_TO_FOCAL_POINTS && vls_slice_eq(term, vls_slice_str("focal-points-only"))))
            return row;
    }
    return NULL;
}

static enum vls_code
look_at(struct finding *f, const uint8_t *id)
{
    const struct vls_record *rec, *source;
    const struct vls_row *row;
    struct rp_withdrawal w;
    enum vls_code rc = look(f->r, id, &rec, f->err);

    if (rc != VLS_OK || rec == NULL || vls__rp_kind_of(rec) == RP_TRANSMISSION)
        return rc;
    if (rec->withdrawn && (row = vls__rp_row(rec, "life", 0)) != NULL)
        rc = cause_add(f, VLS_RECALL_WITHDRAWN, rec, row, false);
    else if (!rec->withdrawn && (row = restriction(f, rec)) != NULL)
        rc = cause_add(f, VLS_RECALL_RESTRICTED, rec, row, false);
    if (rc != VLS_OK || vls__rp_kind_of(rec) != RP_INFO || (source = vls__rp_source_of(f->r, rec)) == NULL)
        return rc;
    for (size_t i = 0; rc == VLS_OK && vls__rp_withdrawal(source, f->to, i, &w); i++)
        rc = cause_add(f, VLS_RECALL_CONSENT, source, w.row, w.over);
    return rc;
}

static int
by_cause(const void *x, const void *y)
{
    const struct vls_recall_cause *a = x, *b = y;

    return a->why != b->why ? (a->why < b->why ? -1 : 1) : vls_dot_cmp(&a->dot, &b->dot);
}

static const char *
addressee_label(struct vls_report *r, const struct vls_record *t)
{
    const struct vls_row *to = vls__rp_row(t, "to", 0), *detail = vls__rp_row(t, "to-detail", 0);
    struct vls_buf text;

    vls_buf_init(&text, RP_TEXT_MAX);
    if (to != NULL)
        vls_value_print(&text, vls__rp_field(t, "to"), to->value, r->lang);
    if (detail != NULL && text.n > 0)
        vls_buf_put_u8(&text, ' ');
    if (detail != NULL)
        vls_value_print(&text, vls__rp_field(t, "to-detail"), detail->value, r->lang);
    return vls__rp_take(&r->arena, &text);
}

static enum vls_code
recall_add(struct finding *f, struct vls_error *err)
{
    struct vls_report *r = f->r;
    struct vls_recall *room = vls__rp_room(&r->arena, r->recall, r->n_recalls, &r->cap_recalls, sizeof *room), *out;
    struct vls_recall_cause *cause = vls__rp_alloc(&r->arena, f->n, sizeof *cause);
    const struct vls_record *t = f->proof.record;

    if (room == NULL || cause == NULL)
        return rp_no_memory(err);
    for (size_t i = 0; i < f->n; i++)
        cause[i] = f->cause[i].said;
    qsort(cause, f->n, sizeof *cause, by_cause);
    r->recall = room;
    out = &r->recall[r->n_recalls++];
    *out = (struct vls_recall){.ref = t->ref, .cause = cause, .n_causes = f->n};
    memcpy(out->id, t->id, VLS_ID_LEN);
    out->to = vls__rp_term(r, t, "to");
    out->to_detail = vls__rp_term(r, t, "to-detail");
    out->marking = vls__rp_term(r, t, "tlp-at-sending");
    out->channel = vls__rp_term(r, t, "channel");
    out->addressee = addressee_label(r, t);
    for (size_t i = 0; i < f->n; i++)
        out->open = out->open || (!cause[i].over && *cause[i].told_ref == '\0');
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

enum vls_code
vls__rp_recall(struct vls_report *r, const struct vls_record *transmission, struct vls_error *err)
{
    static const char *const RESTS[] = {"covers", "rests-on"};
    struct finding f = {.r = r, .to = addressee_of(transmission), .err = err};
    enum vls_code rc;

    if (transmission->withdrawn || vls__rp_text(transmission, "withheld-because").n != 0 ||
        vls__recall_is_notice(transmission))
        return VLS_OK; /* nothing was sent, or only that something no longer stands */
    if ((rc = vls__recall_proof(r, transmission, &f.proof, err)) != VLS_OK)
        return rc;
    for (size_t k = 0; k < sizeof RESTS / sizeof *RESTS; k++)
        for (size_t i = 0; rc == VLS_OK && vls__rp_row(transmission, RESTS[k], i) != NULL; i++) {
            const uint8_t *id = vls__rp_ref(transmission, RESTS[k], i);

            if (id != NULL)
                rc = look_at(&f, id);
        }
    if (rc != VLS_OK || f.n == 0)
        return rc;
    rc = vls__recall_told(&f, transmission);
    return rc != VLS_OK ? rc : recall_add(&f, err);
}

/* Each trip that a transmission is about, once. */
static void
count_on_trips(struct vls_report *r, const struct vls_record *transmission)
{
    size_t last = RP_NONE;

    for (size_t i = 0; vls__rp_row(transmission, "covers", i) != NULL; i++) {
        const uint8_t *id = vls__rp_ref(transmission, "covers", i);
        size_t info = id != NULL ? vls__rp_find(r, RP_INFO, id) : RP_NONE, n = 0;
        size_t trip = id != NULL ? vls__rp_find(r, RP_TRIP, id) : RP_NONE;
        const struct rp_edge *e = info != RP_NONE ? vls__rp_edges(&r->trips_of, info, &n) : NULL;

        for (size_t k = 0; k < n + (trip != RP_NONE); k++) {
            size_t row = r->trip_row[k < n ? e[k].to : trip];

            if (row != last)
                r->trip[row].n_recalls++;
            last = row;
        }
    }
}

enum vls_code
vls__rp_recalls(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < r->list[RP_TRANSMISSION].n && rc == VLS_OK; i++) {
        size_t before = r->n_recalls;

        rc = vls__rp_recall(r, r->list[RP_TRANSMISSION].v[i], err);
        if (r->n_recalls > before && r->recall[before].open)
            count_on_trips(r, r->list[RP_TRANSMISSION].v[i]);
    }
    return rc;
}

/* ---- a part of the store ---- */

static enum vls_code
feed_source(void *ctx, const struct vls_record *rec, struct vls_error *err)
{
    struct rp_gather *g = ctx;

    return vls__rp_gather_one(g, rec->id, err);
}

enum vls_code
vls__rp_gather_recalls(struct rp_gather *g, const struct rp_ids *transmissions, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = vls__rp_kind_no(RP_SOURCE), .withdrawn = true};
    enum vls_code rc = VLS_OK;

    if (transmissions->n > 0) /* there are few, and reports may name them by their codename alone */
        rc = vls_store_list(g->r->store, &f, feed_source, g, err);
    for (size_t i = 0; i < transmissions->n && rc == VLS_OK; i++)
        if ((rc = vls__rp_gather_one(g, transmissions->v[i], err)) == VLS_OK)
            rc = vls__rp_gather_referring(g, RP_TRANSMISSION, transmissions->v[i], NULL, NULL, err);
    return rc;
}

struct resting {
    struct rp_gather *g;
    const struct vls_record *source; /* NULL: the transmissions themselves are taken */
    struct rp_ids *out;
};

static enum vls_code
take_transmission(void *ctx, const struct vls_record *rec, struct vls_error *err)
{
    struct resting *to = ctx;

    return vls__rp_ids_add(&to->g->r->arena, to->out, rec->id, err);
}

static enum vls_code
transmissions_on(struct rp_gather *g, const uint8_t id[VLS_ID_LEN], struct rp_ids *out, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = vls__rp_kind_no(RP_TRANSMISSION), .refers_to = id};
    struct resting to = {g, NULL, out};

    return vls_store_list(g->r->store, &f, take_transmission, &to, err);
}

static enum vls_code
take_info(void *ctx, const struct vls_record *info, struct vls_error *err)
{
    struct resting *to = ctx;
    const uint8_t *id = vls__rp_ref(info, "informant", 0);

    if (id != NULL ? !rp_same_id(id, to->source->id)
                   : !vls__rp_same_folded(vls__rp_text(info, "source"), vls__rp_text(to->source, "codename")))
        return VLS_OK;
    return transmissions_on(to->g, info->id, to->out, err);
}

enum vls_code
vls__rp_resting_on(struct rp_gather *g, const uint8_t id[VLS_ID_LEN], struct rp_ids *out, struct vls_error *err)
{
    struct vls_filter f = {.kind_no = vls__rp_kind_no(RP_INFO), .withdrawn = true};
    struct vls_record *rec = NULL;
    struct resting to = {g, NULL, out};
    enum vls_code rc = vls_store_record(g->r->store, id, VLS_LOAD_LIVE, &rec, err);

    if (rc != VLS_OK)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc;
    if (vls__rp_kind_of(rec) == RP_TRANSMISSION)
        rc = vls__rp_ids_add(&g->r->arena, out, id, err);
    else
        rc = transmissions_on(g, id, out, err);
    to.source = rec;
    if (rc == VLS_OK && vls__rp_kind_of(rec) == RP_SOURCE && vls__rp_row(rec, "consent", 0) != NULL)
        rc = vls_store_list(g->r->store, &f, take_info, &to, err);
    vls_record_free(rec);
    return rc;
}

enum vls_code
vls_report_open_recall(struct vls_report **out, struct vls_store *s, const uint8_t transmission[VLS_ID_LEN],
                       int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct rp_gather g = {.r = NULL};
    struct rp_ids one = {.n = 0};
    enum vls_code rc;
    size_t at;

    *out = NULL;
    if ((rc = vls__rp_gather_new(&g, s, now_unix, lang, err)) != VLS_OK ||
        (rc = vls__rp_ids_add(&g.r->arena, &one, transmission, err)) != VLS_OK ||
        (rc = vls__rp_gather_recalls(&g, &one, err)) != VLS_OK)
        goto out;
    vls__rp_sort(g.r);
    at = vls__rp_find(g.r, RP_TRANSMISSION, transmission);
    if (at != RP_NONE && (rc = vls__rp_recall(g.r, g.r->list[RP_TRANSMISSION].v[at], err)) != VLS_OK)
        goto out;
    *out = g.r;
    g.r = NULL;
out:
    vls__rp_gather_clear(&g);
    return rc;
}
