/*
 * Values as they are stored: whether bytes have the shape of a field's type, and what people and
 * machines see of them. What has another shape is shown in diagnostic notation and never interpreted.
 */
#include <string.h>

#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

#define BYTES_SHOWN 6 /* of a byte string in front of people */
#define TERM_MAX 64

/* The text of a TEXT, ENUM or COUNTRY value; false for anything else. */
static bool
read_text(struct vls_slice *out, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);

    *out = vls_cbor_text(&c);
    return vls_cbor_done(&c);
}

/* The characters of which terms are made, so that a term of a newer version is told from a sentence. */
static bool
is_term(struct vls_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= 'a' && s.p[i] <= 'z') || (s.p[i] >= '0' && s.p[i] <= '9') ||
              ((s.p[i] == '-' || s.p[i] == '+') && i > 0)))
            return false;
    return s.n > 0 && s.n <= TERM_MAX;
}

static bool
is_country(struct vls_slice s)
{
    return s.n == 2 && s.p[0] >= 'A' && s.p[0] <= 'Z' && s.p[1] >= 'A' && s.p[1] <= 'Z';
}

/* A map with text keys; vls_cbor_item has looked at order and depth. */
static bool
is_entry(struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value), again = c;
    size_t n;

    if (vls_cbor_item(&c).n == 0 || !vls_cbor_done(&c) || vls_cbor_peek(&again) != VLS_CBOR_MAP)
        return false;
    n = vls_cbor_map(&again, SIZE_MAX);
    for (size_t i = 0; i < n; i++) {
        if (!vls__text_ok(vls_cbor_text(&again)) || vls_cbor_bad(&again))
            return false;
        (void)vls_cbor_item(&again);
    }
    return n > 0;
}

bool
vls_value_ok(const struct vls_field *field, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_instant t;
    struct vls_date d;
    struct vls_slice s;

    if (field == NULL)
        return false;
    switch (field->type) {
    case VLS_T_TEXT:
        return read_text(&s, value) && s.n > 0 && vls__text_ok(s);
    case VLS_T_ENUM:
        return read_text(&s, value) && is_term(s);
    case VLS_T_COUNTRY:
        return read_text(&s, value) && is_country(s);
    case VLS_T_BOOL:
        (void)vls_cbor_bool(&c);
        return vls_cbor_done(&c);
    case VLS_T_INT:
        (void)vls_cbor_int(&c);
        return vls_cbor_done(&c);
    case VLS_T_DATE:
        return vls_date_read(&d, value);
    case VLS_T_INSTANT:
        return vls_instant_read(&t, value);
    case VLS_T_REF:
        (void)vls_cbor_fixed(&c, VLS_ID_LEN);
        return vls_cbor_done(&c);
    case VLS_T_BYTES:
        (void)vls_cbor_bytes(&c);
        return vls_cbor_done(&c);
    case VLS_T_ENTRY:
        return is_entry(value);
    }
    return false;
}

bool
vls_value_emptied(struct vls_slice value)
{
    return value.n == 1 && value.p[0] == 0xf6;
}

bool
vls_field_empties(const struct vls_field *field)
{
    switch (field->policy) {
    case VLS_P_LWW:
    case VLS_P_CITE:
    case VLS_P_REFINE:
    case VLS_P_MV:
    case VLS_P_EARLY:
    case VLS_P_PARA:
    case VLS_P_MAP: return (field->flags & VLS_F_REQUIRED) == 0;
    default: return false;
    }
}

/* ---- showing ---- */

static const struct vls_term *
term_of(const struct vls_field *field, struct vls_slice name)
{
    int rank = vls_term_rank(field, name);

    return rank >= 0 ? &field->terms[rank] : NULL;
}

static void
put_bytes(struct vls_buf *out, struct vls_slice s, size_t max)
{
    for (size_t i = 0; i < s.n && i < max; i++)
        vls_buf_printf(out, "%02x", s.p[i]);
    if (s.n > max)
        vls_buf_printf(out, "…");
}

static void
put_ref(struct vls_buf *out, const struct vls_field *field, const uint8_t *id)
{
    const struct vls_kind *kind = field->ref_kind != 0 ? vls_kind_by_no(field->ref_kind) : NULL;
    char text[VLS_REF_TEXT];

    vls_ref_print(text, kind != NULL ? kind->prefix : "", id);
    vls_buf_printf(out, "%s", text);
}

/* "status: at large; on: 2021-03", or the text alone when an entry has nothing else. */
static void
put_entry(struct vls_buf *out, const struct vls_field *field, struct vls_slice value, const char *lang)
{
    struct vls_cbor c = vls_cbor_of(value);
    size_t n = vls_cbor_map(&c, SIZE_MAX);

    for (size_t i = 0; i < n; i++) {
        struct vls_slice key = vls_cbor_text(&c), item;
        const struct vls_term *term = term_of(field, key);
        struct vls_slice text;

        if (i > 0)
            vls_buf_printf(out, "; ");
        if (n > 1 || !vls_slice_eq(key, vls_slice_str("text"))) {
            if (term != NULL && lang != NULL)
                vls_buf_printf(out, "%s", vls_label_in(term->label, lang));
            else
                vls_buf_put_slice(out, key);
            vls_buf_printf(out, lang != NULL ? ": " : "=");
        }
        item = vls_cbor_item(&c);
        if (read_text(&text, item))
            vls__text_visible(out, text);
        else
            vls__diag(out, item);
    }
}

/* What both forms share: everything but labels, country names and instants. lang is NULL for machines. */
static void
put_common(struct vls_buf *out, const struct vls_field *field, struct vls_slice value, const char *lang)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_date d;

    switch (field->type) {
    case VLS_T_TEXT:
    case VLS_T_ENUM:
    case VLS_T_COUNTRY:
        vls_buf_put_slice(out, vls_cbor_text(&c));
        break;
    case VLS_T_BOOL:
        vls_buf_printf(out, vls_cbor_bool(&c) ? "true" : "false");
        break;
    case VLS_T_INT:
        vls_buf_printf(out, "%lld", (long long)vls_cbor_int(&c));
        break;
    case VLS_T_DATE:
        if (vls_date_read(&d, value))
            vls_buf_put_slice(out, d.edtf.n > 0 ? d.edtf : d.words);
        break;
    case VLS_T_REF:
        put_ref(out, field, vls_cbor_fixed(&c, VLS_ID_LEN));
        break;
    case VLS_T_BYTES:
        put_bytes(out, vls_cbor_bytes(&c), lang != NULL ? BYTES_SHOWN : SIZE_MAX);
        break;
    case VLS_T_ENTRY:
        put_entry(out, field, value, lang);
        break;
    case VLS_T_INSTANT:
        break;
    }
}

void
vls_value_print(struct vls_buf *out, const struct vls_field *field, struct vls_slice value, const char *lang)
{
    const struct vls_country *country;
    const struct vls_term *term;
    struct vls_instant t;
    struct vls_slice s;
    bool french = lang != NULL && strncmp(lang, "fr", 2) == 0;

    if (vls_value_emptied(value))
        return;
    if (!vls_value_ok(field, value)) {
        vls__diag(out, value);
        return;
    }
    if (field->type == VLS_T_ENUM && read_text(&s, value) && (term = term_of(field, s)) != NULL)
        vls_buf_printf(out, "%s", vls_label_in(term->label, lang));
    else if (field->type == VLS_T_COUNTRY && read_text(&s, value) && (country = vls_country_by_code(s)) != NULL)
        vls_buf_printf(out, "%s", vls_label_in(country->name, lang));
    else if (field->type == VLS_T_BOOL)
        vls_buf_printf(out, value.p[0] == 0xf5 ? (french ? "oui" : "yes") : (french ? "non" : "no"));
    else if (field->type == VLS_T_INSTANT && vls_instant_read(&t, value))
        vls_instant_print(out, &t);
    else
        put_common(out, field, value, lang != NULL ? lang : "en");
}

void
vls_value_plain(struct vls_buf *out, const struct vls_field *field, struct vls_slice value)
{
    struct vls_instant t;

    if (vls_value_emptied(value))
        return;
    if (!vls_value_ok(field, value))
        vls__diag(out, value);
    else if (field->type == VLS_T_INSTANT && vls_instant_read(&t, value))
        vls_instant_plain(out, &t);
    else
        put_common(out, field, value, NULL);
}
