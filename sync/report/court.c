/*
 * Was the Court told, and how promptly (domain.md W4). Every report has its own delay, from its
 * receipt to the first transmission to the Court that covers this very report; what came from the
 * Court needs no return.
 */
#include <stdlib.h>

#include "valise/cbor.h"

#include "report_int.h"

static bool
starts_with(struct vls_slice text, const char *prefix)
{
    size_t n = strlen(prefix);

    return text.n >= n && memcmp(text.p, prefix, n) == 0;
}

bool
vls__rp_to_court(const struct vls_record *transmission)
{
    return starts_with(vls__rp_text(transmission, "to"), "court") &&
           vls__rp_text(transmission, "withheld-because").n == 0;
}

bool
vls__rp_court_left_out(const struct vls_report *r, const uint8_t id[VLS_ID_LEN])
{
    size_t i, n;
    const struct rp_cover *c = vls__rp_covers(r, id, &n);

    for (i = 0; i < n; i++) {
        if (starts_with(vls__rp_text(c[i].transmission, "to"), "court") &&
            vls__rp_text(c[i].transmission, "withheld-because").n != 0)
            return true;
    }
    return false;
}

bool
vls__rp_from_court(const struct vls_record *info)
{
    return starts_with(vls__rp_text(info, "from"), "court");
}

const struct vls_record *
vls__rp_sent_to_court(const struct vls_report *r, const uint8_t id[VLS_ID_LEN], struct vls_instant *sent)
{
    const struct vls_record *first = NULL;
    struct vls_instant at;
    size_t i, n;
    const struct rp_cover *c = vls__rp_covers(r, id, &n);

    for (i = 0; i < n; i++) {
        if (!vls__rp_to_court(c[i].transmission) || !vls__rp_instant(c[i].transmission, "sent", &at))
            continue;
        if (first == NULL || vls_instant_earlier(&at, sent) == &at) {
            first = c[i].transmission;
            *sent = at;
        }
    }
    return first;
}

bool
vls_report_delay(const struct vls_report *r, const uint8_t info[VLS_ID_LEN], struct vls_span *out)
{
    size_t i = vls__rp_find(r, RP_INFO, info);
    struct vls_instant received, sent;

    memset(out, 0, sizeof *out);
    if (i == RP_NONE || vls__rp_sent_to_court(r, info, &sent) == NULL)
        return false;
    if (vls__rp_instant(r->list[RP_INFO].v[i], "received", &received))
        vls_span_between(out, &received, &sent);
    return true;
}

/* ---- when the Court had it ---- */

/* The value of a text key of an entry, as it stands; an empty slice when there is none. */
static struct vls_slice
entry_value(struct vls_slice entry, const char *key)
{
    struct vls_cbor c = vls_cbor_of(entry);
    size_t i, n = vls_cbor_map(&c, SIZE_MAX);

    for (i = 0; i < n && !vls_cbor_bad(&c); i++) {
        struct vls_slice name = vls_cbor_text(&c), value = vls_cbor_item(&c);

        if (!vls_cbor_bad(&c) && vls_slice_eq(name, vls_slice_str(key)))
            return value;
    }
    return vls_slice_of(NULL, 0);
}

/* "at" of an acknowledgement is an instant, or an instant as typed; else the day it was noted down. */
static void
acknowledged_at(const struct vls_row *row, struct vls_instant *out)
{
    struct vls_slice at = entry_value(row->value, "at"), typed = vls__rp_item_text(at);
    char words[64];

    if (at.n != 0 && vls_instant_read(out, at))
        return;
    if (typed.n != 0 && typed.n < sizeof words) {
        memcpy(words, typed.p, typed.n);
        words[typed.n] = '\0';
        if (vls_instant_parse(out, words, 0))
            return;
    }
    *out = (struct vls_instant){row->wall_unix_s, 0, VLS_TO_MINUTE};
}

struct first_receipt {
    bool found;
    int64_t unix_s;
};

static enum vls_code
receipt(void *ctx, const struct vls_receipt *one, struct vls_error *err)
{
    struct first_receipt *first = ctx;

    (void)err;
    if (vls_delegation_is_court(one->delegation) && (!first->found || one->wall_unix_s < first->unix_s)) {
        first->found = true;
        first->unix_s = one->wall_unix_s;
    }
    return VLS_OK;
}

bool
vls_delegation_is_court(const char *delegation)
{
    static const char *const NAME[] = {"court", "cour", "international criminal court", "cour penale internationale"};
    struct vls_buf folded;
    const char *text;
    bool is = false;
    size_t i;

    vls_buf_init(&folded, RP_TEXT_MAX);
    vls_text_fold(&folded, vls_slice_str(delegation));
    text = vls_buf_str(&folded);
    for (i = 0; text != NULL && i < sizeof NAME / sizeof *NAME; i++)
        is = is || strcmp(text, NAME[i]) == 0;
    vls_buf_clear(&folded);
    return is;
}

bool
vls__rp_court_receipt(const struct vls_report *r, const struct vls_record *transmission, struct vls_instant *out)
{
    struct first_receipt first = {false, 0};
    const struct vls_row *row;
    struct vls_instant at;
    bool found = false;
    size_t i;

    for (i = 0; (row = vls__rp_row(transmission, "acknowledgement", i)) != NULL; i++) {
        acknowledged_at(row, &at);
        if (!found || vls_instant_earlier(&at, out) == &at)
            *out = at;
        found = true;
    }
    row = vls__rp_origin(transmission);
    if (!found && r->store != NULL && row != NULL &&
        vls_store_receipts(r->store, &row->dot, receipt, &first, NULL) == VLS_OK && first.found) {
        *out = (struct vls_instant){first.unix_s, 0, VLS_TO_MINUTE};
        found = true;
    }
    return found;
}

/* ---- what it does not know yet ---- */

bool
vls__rp_travel_of(const struct vls_report *r, size_t info, struct vls_date *out)
{
    size_t i, n;
    const struct rp_edge *e = vls__rp_edges(&r->trips_of, info, &n);
    bool found = false;

    for (i = 0; i < n; i++) {
        const struct vls_trip *t = &r->trip[r->trip_row[e[i].to]];

        if (t->has_dates && (!found || t->dates.first < out->first)) {
            *out = t->dates;
            found = true;
        }
    }
    return found || vls_edtf_bounds(out, vls__rp_text(r->list[RP_INFO].v[info], "dates-as-written"));
}

static const char *
info_title(struct vls_report *r, const struct vls_record *info)
{
    size_t person = vls__rp_person_of(r, vls__rp_ref(info, "about", 0));
    struct vls_slice text;

    text = person != RP_NONE ? vls__rp_text(r->list[RP_PERSON].v[person], "display-name")
                             : vls__rp_text(info, "person-as-written");
    return vls__rp_strn(&r->arena, text.p, text.n);
}

static int
by_pressure(const void *x, const void *y)
{
    const struct vls_unshared *a = x, *b = y;
    int32_t days_a = a->has_travel ? a->days_to_travel : VLS_DAY_MAX;
    int32_t days_b = b->has_travel ? b->days_to_travel : VLS_DAY_MAX;

    if (a->warning != b->warning)
        return a->warning > b->warning ? -1 : 1;
    if (days_a != days_b)
        return days_a < days_b ? -1 : 1;
    if (a->age.max_s != b->age.max_s)
        return a->age.max_s > b->age.max_s ? -1 : 1;
    return memcmp(a->id, b->id, VLS_ID_LEN);
}

enum rp_duty
vls__rp_duty(const struct vls_report *r, const struct vls_record *info)
{
    struct vls_instant sent;

    if (info->withdrawn || vls__rp_from_court(info) || vls__rp_sent_to_court(r, info->id, &sent) != NULL)
        return RP_DUTY_NONE;
    return vls__rp_court_left_out(r, info->id) ? RP_DUTY_LEFT_OUT : RP_DUTY_OPEN;
}

enum vls_code
vls__rp_unshared(struct vls_report *r, struct vls_error *err)
{
    struct vls_instant now = {r->now_unix, 0, VLS_TO_SECOND};
    size_t i;

    for (i = 0; i < r->list[RP_INFO].n; i++) {
        const struct vls_record *info = r->list[RP_INFO].v[i];
        const struct vls_row *origin = vls__rp_origin(info);
        struct vls_unshared *u;
        struct vls_date travel;
        void *room;

        if (vls__rp_duty(r, info) != RP_DUTY_OPEN) {
            r->n_left_out += vls__rp_duty(r, info) == RP_DUTY_LEFT_OUT;
            continue;
        }
        room = vls__rp_room(&r->arena, r->unshared, r->n_unshared, &r->cap_unshared, sizeof *r->unshared);
        if (room == NULL)
            return rp_no_memory(err);
        r->unshared = room;
        u = &r->unshared[r->n_unshared++];
        memset(u, 0, sizeof *u);
        memcpy(u->id, info->id, VLS_ID_LEN);
        u->ref = info->ref;
        u->title = info_title(r, info);
        u->delegation = vls__rp_origin_name(info);
        u->post = origin == NULL || origin->post == NULL ? "" : origin->post;
        u->has_received = vls__rp_instant(info, "received", &u->received);
        if (u->has_received)
            vls_span_between(&u->age, &u->received, &now);
        u->has_travel = vls__rp_travel_of(r, i, &travel) && travel.first > VLS_DAY_MIN;
        if (u->has_travel)
            u->days_to_travel = travel.first - r->today;
        u->warning = vls_warning_of(&u->age, u->has_travel, (int64_t)u->days_to_travel * 86400);
    }
    if (r->n_unshared != 0)
        qsort(r->unshared, r->n_unshared, sizeof *r->unshared, by_pressure);
    return r->arena.bad == VLS_OK ? VLS_OK : rp_no_memory(err);
}

const struct vls_unshared *
vls_report_unshared(const struct vls_report *r, size_t *n)
{
    *n = r->n_unshared;
    return r->unshared;
}

size_t
vls_report_left_out(const struct vls_report *r)
{
    return r->n_left_out;
}
