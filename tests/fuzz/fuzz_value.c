/*
 * Arbitrary bytes as values of every field, as typed words, as EDTF and as names. Nothing may crash,
 * what was accepted must be canonical and say the same twice, and likeness must be symmetric.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "valise/cbor.h"
#include "valise/domain.h"

#define REQUIRE(c)                                                                                 \
    do {                                                                                           \
        if (!(c))                                                                                  \
            abort();                                                                               \
    } while (0)

#define OUT_MAX 1048576

/* The field that a first byte selects: of all kinds in order, then of the header, then an unknown one. */
static const struct vls_field *
select_field(uint8_t choice)
{
    const struct vls_field *header;
    const struct vls_kind *kinds;
    size_t n, n_header, left = choice;

    kinds = vls_kinds(&n);
    for (size_t k = 0; k < n; k++) {
        if (left < kinds[k].n_fields)
            return &kinds[k].fields[left];
        left -= kinds[k].n_fields;
    }
    header = vls_header_fields(&n_header);
    return left < n_header ? &header[left] : NULL;
}

static void
check_date(struct vls_slice value)
{
    struct vls_date d, again;

    if (!vls_date_read(&d, value))
        return;
    REQUIRE(d.first <= d.last);
    REQUIRE(d.possible == (d.edtf.n > 0));
    if (d.possible) {
        REQUIRE(vls_edtf_bounds(&again, d.edtf));
        REQUIRE(again.first == d.first && again.last == d.last && again.uncertain == d.uncertain &&
                again.approximate == d.approximate);
    } else {
        REQUIRE(d.first == VLS_DAY_MIN && d.last == VLS_DAY_MAX);
    }
}

/* A value that is ok is printed without what could steer a terminal. */
static void
check_printed(struct vls_slice printed)
{
    REQUIRE(printed.n == 0 || vls_utf8_valid(printed));
    for (size_t i = 0; i < printed.n; i++)
        REQUIRE((printed.p[i] >= 0x20 || printed.p[i] == '\n' || printed.p[i] == '\t') && printed.p[i] != 0x7f);
}

static void
as_value(const struct vls_field *field, struct vls_slice value)
{
    struct vls_instant t, again;
    struct vls_buf out;
    bool ok = vls_value_ok(field, value);

    vls_buf_init(&out, OUT_MAX);
    vls_value_print(&out, field, value, "fr");
    check_printed(vls_buf_slice(&out));
    vls_buf_reset(&out);
    vls_value_plain(&out, field, value);
    check_printed(vls_buf_slice(&out));
    REQUIRE(!ok || out.n > 0 || field->type == VLS_T_BYTES);
    vls_buf_reset(&out);
    check_date(value);
    if (vls_instant_read(&t, value)) {
        vls_instant_put(&out, &t);
        REQUIRE(vls_slice_eq(vls_buf_slice(&out), value));
        REQUIRE(vls_instant_read(&again, vls_buf_slice(&out)) && again.unix_s == t.unix_s);
    }
    vls_buf_clear(&out);
}

/* What was typed and taken is a value of its field, and its plain form can be typed again where that
 * form is complete. */
static void
as_typed(const struct vls_field *field, const char *words)
{
    static const struct vls_value_ctx ctx = {1804456815, -300, NULL, NULL};
    struct vls_buf value, plain, again;
    struct vls_error err;

    vls_buf_init(&value, OUT_MAX);
    vls_buf_init(&plain, OUT_MAX);
    vls_buf_init(&again, OUT_MAX);
    if (vls_value_parse(&value, field, words, &ctx, &err) != VLS_OK) {
        REQUIRE(value.n == 0 && err.code != VLS_OK && err.len < VLS_ERROR_TEXT);
        goto out;
    }
    REQUIRE(vls_value_ok(field, vls_buf_slice(&value)));
    as_value(field, vls_buf_slice(&value));
    vls_value_plain(&plain, field, vls_buf_slice(&value));
    if (field->type == VLS_T_ENUM || field->type == VLS_T_COUNTRY || field->type == VLS_T_BOOL ||
        field->type == VLS_T_INT || field->type == VLS_T_BYTES || field->type == VLS_T_TEXT) {
        REQUIRE(vls_value_parse(&again, field, vls_buf_str(&plain), &ctx, &err) == VLS_OK);
        REQUIRE(vls_slice_eq(vls_buf_slice(&again), vls_buf_slice(&value)));
    }
out:
    vls_buf_clear(&value);
    vls_buf_clear(&plain);
    vls_buf_clear(&again);
}

static void
as_names(struct vls_slice s)
{
    size_t half = s.n / 2;
    struct vls_slice a = vls_slice_of(s.p, half), b = vls_slice_of(s.p + half, s.n - half), place;
    const struct vls_country *country;
    struct vls_buf key;
    struct vls_error err;
    struct vls_date d;
    int like = vls_name_likeness(a, b);

    REQUIRE(like >= 0 && like <= 1000 && like == vls_name_likeness(b, a));
    like = vls_place_likeness(a, b);
    REQUIRE(like >= 0 && like <= 1000 && like == vls_place_likeness(b, a));
    vls_buf_init(&key, OUT_MAX);
    vls_name_key(&key, s);
    REQUIRE(key.n == 0 || vls_name_likeness(s, s) == 1000);
    REQUIRE(key.n > 0 || vls_name_likeness(s, s) == 0);
    vls_buf_reset(&key);
    vls_text_fold(&key, s);
    vls_buf_clear(&key);
    if (vls_place_parse(&place, &country, s, &err) == VLS_OK)
        REQUIRE(country != NULL && place.n <= s.n);
    if (vls_edtf_bounds(&d, s))
        REQUIRE(d.first <= d.last && d.possible);
}

static void
as_reference(const char *words)
{
    char prefix[4], text[VLS_REF_TEXT];
    uint8_t id[VLS_ID_LEN] = {0};
    struct vls_error err;
    uint32_t bits, again;

    if (vls_ref_parse(prefix, &bits, words, &err) != VLS_OK)
        return;
    for (int i = 0; i < 4; i++)
        id[i] = (uint8_t)(bits << 2 >> (24 - 8 * i));
    vls_ref_print(text, prefix, id);
    REQUIRE(vls_ref_parse(prefix, &again, text, &err) == VLS_OK && again == bits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct vls_field *field;
    char *words;

    if (size == 0)
        return 0;
    field = select_field(data[0]);
    data++;
    size--;
    as_value(field, vls_slice_of(data, size));
    if ((words = malloc(size + 1)) == NULL)
        return 0;
    if (size > 0)
        memcpy(words, data, size);
    words[size] = '\0';
    if (field != NULL)
        as_typed(field, words);
    as_names(vls_slice_of(data, size));
    as_reference(words);
    free(words);
    return 0;
}
