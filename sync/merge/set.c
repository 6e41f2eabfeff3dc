/*
 * Policies under which every value stands: AWS and GSET (sets), LOG, and RWS, whose elements are
 * registers of their own in which "out" beats "in".
 */
#include <string.h>

#include "merge_int.h"

#define DECLARED_TEXT_MAX 48

int
vls__order_set(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    int c = vls_slice_cmp(a->value, b->value);

    (void)field;
    return c != 0 ? c : vls__merge_tie(a, b);
}

void
vls__settle_set(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_set, field, rivals, n);
    out->n_shown = n;
    out->attention = VLS_QUIET;
}

/* ---- LOG ---- */

/* Seconds since 1970 of a date, an instant or text that reads as one of them. */
static bool
moment(struct vls_slice value, int64_t *out)
{
    char words[DECLARED_TEXT_MAX];
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice text;
    struct vls_instant t;
    struct vls_date d;

    if (vls_instant_read(&t, value)) {
        *out = t.unix_s;
        return true;
    }
    if (vls_date_read(&d, value)) {
        *out = (int64_t)d.first * 86400;
        return d.possible;
    }
    if (vls_cbor_peek(&c) != VLS_CBOR_TEXT)
        return false;
    text = vls_cbor_text(&c);
    if (vls_edtf_bounds(&d, text)) {
        *out = (int64_t)d.first * 86400;
        return true;
    }
    if (text.n == 0 || text.n >= sizeof words)
        return false;
    memcpy(words, text.p, text.n);
    words[text.n] = '\0';
    if (!vls_instant_parse(&t, words, 0))
        return false;
    *out = t.unix_s;
    return true;
}

/* The time an entry declares under "at", or else "on". */
static bool
declared(struct vls_slice entry, int64_t *out)
{
    struct vls_cbor c = vls_cbor_of(entry);
    bool found = false;
    size_t n;

    if (vls_cbor_peek(&c) != VLS_CBOR_MAP)
        return false;
    n = vls_cbor_map(&c, SIZE_MAX);
    for (size_t i = 0; i < n && !vls_cbor_bad(&c); i++) {
        struct vls_slice key = vls_cbor_item(&c), value = vls_cbor_item(&c);
        struct vls_cbor k = vls_cbor_of(key);
        struct vls_slice name = vls_cbor_peek(&k) == VLS_CBOR_TEXT ? vls_cbor_text(&k) : vls_slice_of(NULL, 0);

        /* Keys ascend, so "at" comes first and decides. */
        if (!found && (vls_slice_eq(name, vls_slice_str("at")) || vls_slice_eq(name, vls_slice_str("on"))))
            found = moment(value, out);
    }
    return found && !vls_cbor_bad(&c);
}

int
vls__order_log(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    int64_t ta = 0, tb = 0;
    bool da = declared(a->value, &ta), db = declared(b->value, &tb);

    (void)field;
    if (da != db)
        return da ? -1 : 1;
    if (da && ta != tb)
        return ta < tb ? -1 : 1;
    return vls__merge_tie(b, a);
}

void
vls__settle_log(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    vls__merge_sort(vls__order_log, field, rivals, n);
    out->n_shown = n;
    out->attention = VLS_QUIET;
}

/* ---- RWS ---- */

static enum vls_cbor_type
type_of(struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);

    return vls_cbor_peek(&c);
}

static int
rws_class(struct vls_slice value)
{
    switch (type_of(value)) {
    case VLS_CBOR_FALSE:
        return 0;
    case VLS_CBOR_TRUE:
        return 1;
    default:
        return 2;
    }
}

int
vls__order_rws(const struct vls_field *field, const struct vls_rival *a, const struct vls_rival *b)
{
    int ca = rws_class(a->value), cb = rws_class(b->value);

    if (ca != cb)
        return ca < cb ? -1 : 1;
    return vls__order_set(field, a, b);
}

void
vls__settle_rws(struct vls_verdict *out, const struct vls_field *field, struct vls_rival *rivals, size_t n)
{
    bool member, narrowing;

    vls__merge_sort(vls__order_rws, field, rivals, n);
    member = rws_class(rivals[0].value) < 2;
    narrowing = type_of(rivals[0].value) == VLS_CBOR_ARRAY;
    out->n_shown = member ? 1 : n;
    out->attention = n > 1 && (member || narrowing) ? VLS_NOTICE : VLS_QUIET;
}

bool
vls_merge_narrowing_names(struct vls_slice narrowing, struct vls_slice element)
{
    struct vls_cbor c = vls_cbor_of(narrowing);
    size_t n;

    if (vls_cbor_peek(&c) != VLS_CBOR_ARRAY)
        return true;
    n = vls_cbor_array(&c, SIZE_MAX);
    for (size_t i = 0; i < n && !vls_cbor_bad(&c); i++) {
        struct vls_cbor item = vls_cbor_of(vls_cbor_item(&c));
        struct vls_slice text = vls_cbor_peek(&item) == VLS_CBOR_TEXT ? vls_cbor_text(&item) : vls_slice_of(NULL, 0);

        if (vls_slice_eq(text, element))
            return true;
    }
    return false;
}
