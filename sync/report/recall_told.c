/*
 * Whether an addressee was told since: by a further transmission that went to the very same, and whose author had what
 * it tells of. What only looks like one silences nothing.
 */
#include <stdlib.h>

#include "recall_int.h"

/* A notice says so from the start: what is put on a transmission later makes none of it. */
static bool
tells_that(const struct vls_record *transmission, const char *term)
{
    const struct vls_row *of = vls__rp_row(transmission, "correction-of", 0), *row;

    for (size_t i = 0; of != NULL && (row = vls__rp_row(transmission, "recall", i)) != NULL; i++)
        if (memcmp(row->dot.change, of->dot.change, sizeof of->dot.change) == 0 &&
            (term == NULL || vls_slice_eq(vls__rp_item_text(row->value), vls_slice_str(term))))
            return true;
    return false;
}

bool
vls__recall_is_notice(const struct vls_record *transmission)
{
    return tells_that(transmission, NULL);
}

/* It went, and to whoever got what it is about. */
static bool
reached(const struct vls_record *notice, const struct vls_record *transmission)
{
    return !notice->withdrawn && vls__rp_text(notice, "withheld-because").n == 0 &&
           vls__rp_row(notice, "sent", 0) != NULL &&
           vls_slice_eq(vls__rp_text(notice, "to"), vls__rp_text(transmission, "to")) &&
           vls_slice_eq(vls__rp_text(notice, "to-detail"), vls__rp_text(transmission, "to-detail"));
}

static bool
withdraws(const struct vls_row *life)
{
    struct vls_slice term = vls__rp_item_text(life->value);

    return life->type == VLS_OP_PUT &&
           (vls_slice_eq(term, vls_slice_str("retracted")) || vls_slice_eq(term, vls_slice_str("purged")));
}

static const struct vls_row *
row_of(const struct vls_record *rec, uint32_t field, const struct vls_dot *dot)
{
    for (size_t i = 0; i < rec->n_rows; i++)
        if (rec->rows[i].field == field && vls_dot_cmp(&rec->rows[i].dot, dot) == 0)
            return &rec->rows[i];
    return NULL;
}

/* The dots of the present withdrawal, and of those that it goes back to without a life between them: a record that is
 * edited while withdrawn is withdrawn anew each time. all: with its past. */
static enum vls_code
withdrawal_dots(struct vls_report *r, const struct vls_record *all, uint32_t life, struct rp_dots *out,
                struct vls_error *err)
{
    struct rp_dots named = {.n = 0};
    struct collecting before = {r, &named}, withdrawals = {r, out};
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < all->n_rows && rc == VLS_OK; i++)
        if (all->rows[i].field == life && all->rows[i].state != VLS_ROW_PAST && withdraws(&all->rows[i]))
            rc = vls__recall_dot_add(&withdrawals, &all->rows[i].dot, err);
    for (size_t i = 0; i < out->n && r->store != NULL && rc == VLS_OK; i++) {
        struct vls_dot of = out->v[i];

        named.n = 0;
        rc = vls_store_named(r->store, all->id, life, &of, vls__recall_dot_add, &before, err);
        for (size_t k = 0; k < named.n && rc == VLS_OK; k++) {
            const struct vls_row *row = row_of(all, life, &named.v[k]);

            if (row != NULL && withdraws(row) && !vls__recall_names(out, &row->dot))
                rc = vls__recall_dot_add(&withdrawals, &row->dot, err);
        }
    }
    return rc;
}

/* Whether the author of a notice had one of these withdrawals. Who names nothing is believed, unless it cannot be. */
static bool
knew_one(const struct proof *p, const struct vls_record *all, uint32_t life, const struct rp_dots *withdrawals)
{
    bool later = memcmp(p->record->compartment, all->compartment, VLS_ID_LEN) == 0 && p->to != NULL;

    for (size_t i = 0; i < withdrawals->n; i++) {
        const struct vls_row *row = row_of(all, life, &withdrawals->v[i]);

        if (vls__recall_names(&p->named, &withdrawals->v[i]))
            return true;
        later = later && row != NULL && row->lamport >= p->to->lamport;
    }
    return p->named.n == 0 && !later;
}

static enum vls_code
knew_withdrawal(struct finding *f, const struct proof *p, const struct cause *c, bool *out)
{
    struct rp_dots withdrawals = {.n = 0};
    struct vls_record *past = NULL;
    const struct vls_record *all = c->rec;
    enum vls_code rc = VLS_OK;

    if (f->r->store != NULL && (rc = vls_store_record(f->r->store, c->rec->id, VLS_LOAD_PAST, &past, f->err)) == VLS_OK)
        all = past;
    if (rc == VLS_OK && (rc = withdrawal_dots(f->r, all, c->row->field, &withdrawals, f->err)) == VLS_OK)
        *out = knew_one(p, all, c->row->field, &withdrawals);
    vls_record_free(past);
    return rc;
}

/* A notice tells of what its author had; of a marking by what it says. One that names nothing was written down by hand:
 * it is believed unless it cannot have known. */
static enum vls_code
told_by(struct finding *f, const struct vls_record *notice)
{
    struct proof p;
    enum vls_code rc = vls__recall_proof(f->r, notice, &p, f->err);

    for (size_t i = 0; i < f->n && rc == VLS_OK; i++) {
        const struct cause *c = &f->cause[i];
        struct vls_recall_cause *said = &f->cause[i].said;
        bool had = true;

        if (!tells_that(notice, vls_recall_term(said->why)) ||
            (*said->told_ref != '\0' && strcmp(notice->ref, said->told_ref) >= 0))
            continue;
        if (said->why == VLS_RECALL_CONSENT)
            had = vls__recall_knew(&p, f->to, c->rec, c->row) != VLS_KNEW_NOT;
        else if (said->why == VLS_RECALL_WITHDRAWN)
            rc = knew_withdrawal(f, &p, c, &had);
        if (rc == VLS_OK && had)
            said->told_ref = notice->ref;
    }
    return rc;
}

static int
by_corrected(const void *x, const void *y)
{
    const struct rp_notice *a = x, *b = y;
    int order = memcmp(a->of, b->of, VLS_ID_LEN);

    return order != 0 ? order : memcmp(a->notice->id, b->notice->id, VLS_ID_LEN);
}

/* The notices of all transmissions, by what they are about: once for a report. */
static enum vls_code
notices(struct vls_report *r, struct vls_error *err)
{
    const struct rp_list *all = &r->list[RP_TRANSMISSION];

    if (r->notice != NULL || all->n == 0)
        return VLS_OK;
    if ((r->notice = vls__rp_alloc(&r->arena, all->n, sizeof *r->notice)) == NULL)
        return rp_no_memory(err);
    for (size_t i = 0; i < all->n; i++) {
        const uint8_t *of = vls__rp_ref(all->v[i], "correction-of", 0);

        if (of != NULL && vls__recall_is_notice(all->v[i]))
            r->notice[r->n_notices++] = (struct rp_notice){of, all->v[i]};
    }
    qsort(r->notice, r->n_notices, sizeof *r->notice, by_corrected);
    return VLS_OK;
}

enum vls_code
vls__recall_told(struct finding *f, const struct vls_record *transmission)
{
    const struct vls_report *r = f->r;
    enum vls_code rc = notices(f->r, f->err);
    size_t at = 0, end = r->n_notices;

    while (at < end) {
        size_t middle = at + (end - at) / 2;

        if (memcmp(r->notice[middle].of, transmission->id, VLS_ID_LEN) < 0)
            at = middle + 1;
        else
            end = middle;
    }
    for (; at < r->n_notices && rp_same_id(r->notice[at].of, transmission->id) && rc == VLS_OK; at++)
        if (reached(r->notice[at].notice, transmission))
            rc = told_by(f, r->notice[at].notice);
    return rc;
}
