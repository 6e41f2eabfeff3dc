/*
 * Reading the store once. A report keeps copies of the live rows of the kinds it asks about, so that
 * every question is a function of those copies and can be tested without a store.
 */
#include <stdlib.h>

#include "valise/cbor.h"

#include "report_int.h"

static const char *const KIND[RP_N_KINDS] = {
    [RP_PERSON] = "person",
    [RP_NAME] = "name",
    [RP_SOURCE] = "source",
    [RP_INFO] = "info",
    [RP_TRIP] = "trip",
    [RP_LEG] = "leg",
    [RP_TRANSMISSION] = "transmission",
    [RP_ACTION] = "action",
    [RP_OUTCOME] = "outcome",
    [RP_TRIP_LINK] = "trip-link",
    [RP_IDENTITY_LINK] = "identity-link",
};

enum rp_kind
vls__rp_kind_of(const struct vls_record *rec)
{
    size_t i;

    if (rec->kind != NULL) {
        for (i = 0; i < RP_N_KINDS; i++) {
            if (strcmp(rec->kind->name, KIND[i]) == 0)
                return (enum rp_kind)i;
        }
    }
    return RP_N_KINDS;
}

static struct vls_slice
slice_copy(struct rp_arena *a, struct vls_slice s)
{
    return vls_slice_of(vls__rp_strn(a, s.p, s.n), s.n);
}

/* Names of authors, kept once for all values in a row of one author. */
static const char *
author(struct rp_arena *a, const char **last, const char *name)
{
    if (*last == NULL || strcmp(*last, name) != 0)
        *last = vls__rp_str(a, name);
    return *last;
}

enum vls_code
vls__rp_feed(struct vls_report *r, const struct vls_record *rec, struct vls_error *err)
{
    enum rp_kind kind = vls__rp_kind_of(rec);

    return kind == RP_N_KINDS ? VLS_OK : vls__rp_keep(r, &r->list[kind], rec, err);
}

static enum vls_code
keep(struct vls_report *r, struct rp_list *list, const struct vls_record *rec, bool past, struct vls_error *err)
{
    struct vls_record *copy;
    void *room;
    struct vls_row *rows;
    size_t i, n = 0;

    copy = vls__rp_alloc(&r->arena, 1, sizeof *copy);
    rows = vls__rp_alloc(&r->arena, rec->n_rows, sizeof *rows);
    room = vls__rp_room(&r->arena, list->v, list->n, &list->cap, sizeof *list->v);
    if (copy == NULL || rows == NULL || room == NULL)
        return rp_no_memory(err);
    list->v = room;
    *copy = *rec;
    for (i = 0; i < rec->n_rows; i++) {
        const struct vls_row *from = &rec->rows[i];

        if (from->state == VLS_ROW_PAST && !past)
            continue;
        rows[n] = *from;
        rows[n].key = slice_copy(&r->arena, from->key);
        rows[n].value = slice_copy(&r->arena, from->value);
        rows[n].cite_text = slice_copy(&r->arena, from->cite_text);
        rows[n].reason = slice_copy(&r->arena, from->reason);
        rows[n].delegation = author(&r->arena, &r->last_delegation, from->delegation);
        rows[n].post = author(&r->arena, &r->last_post, from->post);
        n++;
    }
    copy->rows = rows;
    copy->n_rows = n;
    copy->compartment_name = author(&r->arena, &r->last_compartment, rec->compartment_name);
    list->v[list->n++] = copy;
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

enum vls_code
vls__rp_keep(struct vls_report *r, struct rp_list *list, const struct vls_record *rec, struct vls_error *err)
{
    return keep(r, list, rec, false, err);
}

enum vls_code
vls__rp_keep_past(struct vls_report *r, struct rp_list *list, const struct vls_record *rec, struct vls_error *err)
{
    return keep(r, list, rec, true, err);
}

static enum vls_code
feed(void *ctx, const struct vls_record *rec, struct vls_error *err)
{
    return vls__rp_feed(ctx, rec, err);
}

static int
by_id(const void *a, const void *b)
{
    const struct vls_record *const *x = a, *const *y = b;

    return memcmp((*x)->id, (*y)->id, VLS_ID_LEN);
}

void
vls__rp_sort(struct vls_report *r)
{
    size_t i;

    for (i = 0; i < RP_N_KINDS; i++) {
        if (r->list[i].n != 0)
            qsort(r->list[i].v, r->list[i].n, sizeof *r->list[i].v, by_id);
    }
}

enum vls_code
vls__rp_build(struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc;

    vls__rp_sort(r);
    if ((rc = vls__rp_join(r, err)) != VLS_OK || (rc = vls__rp_indexes(r, err)) != VLS_OK ||
        (rc = vls__rp_trips(r, err)) != VLS_OK || (rc = vls__rp_unshared(r, err)) != VLS_OK ||
        (rc = vls__rp_recalls(r, err)) != VLS_OK)
        return rc;
    return vls__rp_pairs(r, err);
}

enum vls_code
vls__rp_new(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct vls_report *r = *out = calloc(1, sizeof *r);

    if (r == NULL)
        return rp_no_memory(err);
    r->store = s;
    r->now_unix = now_unix;
    r->today = vls__rp_day(now_unix);
    r->lang = rp_french(lang) ? "fr" : "en";
    return VLS_OK;
}

uint32_t
vls__rp_kind_no(enum rp_kind kind)
{
    const struct vls_kind *k = vls_kind_by_name(KIND[kind]);

    return k != NULL ? k->no : 0;
}

enum vls_code
vls_report_open(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct vls_report *r;
    enum vls_code rc = vls__rp_new(&r, s, now_unix, lang, err);
    size_t i;

    *out = NULL;
    for (i = 0; i < RP_N_KINDS && rc == VLS_OK; i++) {
        const struct vls_kind *kind = vls_kind_by_name(KIND[i]);
        struct vls_filter f = {0};

        if (kind == NULL)
            continue;
        f.kind_no = kind->no;
        /* A trip must know that what it rested on was retracted, and a consent stays withdrawn with its source's file.
         */
        f.withdrawn = i == RP_INFO || i == RP_SOURCE;
        rc = vls_store_list(s, &f, feed, r, err);
    }
    if (rc == VLS_OK)
        rc = vls__rp_build(r, err);
    if (rc != VLS_OK) {
        vls_while(err, "reading the records");
        vls_report_close(r);
        return rc;
    }
    *out = r;
    return VLS_OK;
}

void
vls_report_close(struct vls_report *r)
{
    if (r == NULL)
        return;
    vls__rp_arena_clear(&r->arena);
    free(r);
}

size_t
vls__rp_find(const struct vls_report *r, enum rp_kind kind, const uint8_t id[VLS_ID_LEN])
{
    const struct rp_list *list = &r->list[kind];
    size_t lo = 0, hi = list->n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = memcmp(list->v[mid]->id, id, VLS_ID_LEN);

        if (c == 0)
            return mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return RP_NONE;
}

const struct vls_field *
vls__rp_field(const struct vls_record *rec, const char *name)
{
    return rec->kind == NULL ? NULL : vls_field_by_name(rec->kind, name);
}

const struct vls_row *
vls__rp_row(const struct vls_record *rec, const char *name, size_t i)
{
    const struct vls_field *field = vls__rp_field(rec, name);
    size_t k;

    if (field == NULL)
        return NULL;
    for (k = 0; k < rec->n_rows; k++) {
        const struct vls_row *row = &rec->rows[k];

        if (row->field == field->no && row->state == VLS_ROW_SHOWN && i-- == 0)
            return row;
    }
    return NULL;
}

struct vls_slice
vls__rp_item_text(struct vls_slice item)
{
    struct vls_cbor c = vls_cbor_of(item);
    struct vls_slice text = vls_cbor_text(&c);

    return vls_cbor_done(&c) ? text : vls_slice_of(NULL, 0);
}

struct vls_slice
vls__rp_text(const struct vls_record *rec, const char *name)
{
    const struct vls_row *row = vls__rp_row(rec, name, 0);

    return row == NULL ? vls_slice_of(NULL, 0) : vls__rp_item_text(row->value);
}

const char *
vls__rp_term(struct vls_report *r, const struct vls_record *rec, const char *name)
{
    struct vls_slice text = vls__rp_text(rec, name);

    return vls__rp_strn(&r->arena, text.p, text.n);
}

bool
vls__rp_has_text(const struct vls_record *rec, const char *name, const char *text)
{
    return vls_slice_eq(vls__rp_text(rec, name), vls_slice_str(text));
}

const uint8_t *
vls__rp_item_ref(struct vls_slice item)
{
    struct vls_cbor c = vls_cbor_of(item);
    const uint8_t *id = vls_cbor_fixed(&c, VLS_ID_LEN);

    return vls_cbor_done(&c) ? id : NULL;
}

const uint8_t *
vls__rp_ref(const struct vls_record *rec, const char *name, size_t i)
{
    const struct vls_row *row = vls__rp_row(rec, name, i);

    return row == NULL ? NULL : vls__rp_item_ref(row->value);
}

bool
vls__rp_instant(const struct vls_record *rec, const char *name, struct vls_instant *out)
{
    const struct vls_row *row = vls__rp_row(rec, name, 0);

    return row != NULL && vls_instant_read(out, row->value);
}

const struct vls_row *
vls__rp_origin(const struct vls_record *rec)
{
    const struct vls_row *first = NULL;
    size_t i;

    for (i = 0; i < rec->n_rows; i++) {
        if (first == NULL || rec->rows[i].lamport < first->lamport)
            first = &rec->rows[i];
    }
    return first;
}

const char *
vls__rp_origin_name(const struct vls_record *rec)
{
    const struct vls_row *row = vls__rp_origin(rec);

    return row == NULL || row->delegation == NULL ? "" : row->delegation;
}

int32_t
vls__rp_day(int64_t unix_s)
{
    int64_t day = unix_s / 86400 - (unix_s % 86400 < 0);

    return day <= VLS_DAY_MIN ? VLS_DAY_MIN + 1 : day >= VLS_DAY_MAX ? VLS_DAY_MAX - 1 : (int32_t)day;
}
