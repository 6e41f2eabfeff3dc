/*
 * Record references: the first 30 bits of a record id in six Crockford base-32 symbols and a check
 * symbol. The check is a code over GF(32), so it uses the same alphabet, and since every position has
 * a weight of its own it catches each single wrong symbol and each exchange of two symbols.
 */
#include <string.h>

#include "sync/domain/domain_int.h"

#define DATA_SYMBOLS 6

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Multiplication by x in GF(2)[x] / (x^5 + x^2 + 1). */
static uint8_t
times_x(uint8_t v)
{
    v = (uint8_t)(v << 1);
    return v & 32 ? v ^ 37 : v;
}

/* Sum of x^(6-i) * symbol i, symbol 0 being the first one; the check symbol has the weight x^0. */
static uint8_t
check_of(uint32_t bits30)
{
    uint8_t sum = 0;

    for (int i = DATA_SYMBOLS - 1; i >= 0; i--)
        sum = times_x(sum ^ (uint8_t)(bits30 >> (5 * i) & 31));
    return sum;
}

static int
symbol_value(char c)
{
    const char *at;

    if (c >= 'a' && c <= 'z')
        c = (char)(c - 'a' + 'A');
    if (c == 'O')
        return 0;
    if (c == 'I' || c == 'L')
        return 1;
    at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -1;
}

static bool
is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

uint32_t
vls_ref_bits(const uint8_t id[VLS_ID_LEN])
{
    return (uint32_t)id[0] << 22 | (uint32_t)id[1] << 14 | (uint32_t)id[2] << 6 | (uint32_t)id[3] >> 2;
}

void
vls_ref_print(char out[VLS_REF_TEXT], const char *prefix, const uint8_t id[VLS_ID_LEN])
{
    uint32_t bits = vls_ref_bits(id);
    size_t n = 0;

    for (; n < 3 && prefix[n] != '\0'; n++)
        out[n] = prefix[n];
    if (n > 0)
        out[n++] = '-';
    for (int i = DATA_SYMBOLS - 1; i >= 0; i--)
        out[n++] = alphabet[bits >> (5 * i) & 31];
    out[n++] = alphabet[check_of(bits)];
    out[n] = '\0';
}

enum vls_code
vls_ref_parse(char prefix[4], uint32_t *bits30, const char *text, struct vls_error *err)
{
    size_t len = strlen(text), skip = len == DATA_SYMBOLS + 5 && text[3] == '-' ? 4 : 0;
    uint32_t bits = 0;
    bool digit = false;

    prefix[0] = '\0';
    *bits30 = 0;
    if (len - skip != DATA_SYMBOLS + 1)
        return VLS_FAIL(err, VLS_ENOTFOUND, "“%.40s” is no reference", text);
    for (size_t i = 0; i < skip && i < 3; i++)
        if (!is_letter(text[i]))
            return VLS_FAIL(err, VLS_ENOTFOUND, "“%.40s” is no reference", text);
    for (size_t i = skip; i < len; i++) {
        int v = symbol_value(text[i]);

        if (v < 0)
            return VLS_FAIL(err, VLS_ENOTFOUND, "“%.40s” is no reference", text);
        digit = digit || (text[i] >= '0' && text[i] <= '9');
        if (i < len - 1)
            bits = bits << 5 | (uint32_t)v;
    }
    if (symbol_value(text[len - 1]) != check_of(bits)) {
        if (skip == 0 && !digit) /* seven letters: rather a name, "Gaddafi" */
            return VLS_FAIL(err, VLS_ENOTFOUND, "“%s” is no reference", text);
        return VLS_FAIL(err, VLS_EVALUE, "“%s” is mistyped: its last character does not fit the others", text);
    }
    for (size_t i = 0; i < skip && i < 3; i++)
        prefix[i] = text[i] >= 'a' ? (char)(text[i] - 'a' + 'A') : text[i];
    prefix[skip > 0 ? 3 : 0] = '\0';
    *bits30 = bits;
    return VLS_OK;
}
