/*
 * The recovery code as text: four lines for paper, each with a check symbol over GF(32) that finds
 * every single wrong symbol and every exchange of two, so that a reader can name the line to look at.
 */
#include <string.h>

#include "valise/keyfile.h"
#include "valise/prim.h"

#define TAG_LEN 4  /* bytes that say which valise the code is for */
#define LINE_DATA 8 /* symbols before the check symbol */
#define LINE_LEN (LINE_DATA + 1)
#define N_SYMBOLS (VLS_RECOVERY_LINES * LINE_LEN)
#define BODY_LEN (VLS_RECOVERY_LEN + TAG_LEN)

_Static_assert(BODY_LEN * 8 == VLS_RECOVERY_LINES * LINE_DATA * 5, "the lines hold code and tag exactly");

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* Multiplies by the generator 2 modulo x^5 + x^2 + 1; its powers run through all 31 nonzero elements. */
static unsigned
times_two(unsigned v)
{
    v <<= 1;
    return (v & 32) != 0 ? v ^ 0x25 : v;
}

/* The check symbol of a line. The line's number is mixed in, so that exchanged lines are found too. */
static uint8_t
line_check(const uint8_t symbols[LINE_DATA], size_t line)
{
    unsigned sum = 0, start = 1;

    /* Horner, last symbol first: sum = s0 a + s1 a^2 + ... */
    for (size_t i = LINE_DATA; i-- > 0;)
        sum = times_two(sum ^ symbols[i]);
    for (size_t i = 0; i < line; i++)
        start = times_two(start);
    return (uint8_t)(sum ^ start);
}

static void
store_tag(uint8_t tag[TAG_LEN], const uint8_t store_id[VLS_STORE_ID_LEN])
{
    uint8_t hash[VLS_HASH_LEN];

    vls_hash1(hash, "valise rec tag", store_id, VLS_STORE_ID_LEN);
    memcpy(tag, hash, TAG_LEN);
}

enum vls_code
vls_recovery_print(struct vls_secret **text, const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *code,
                   struct vls_error *err)
{
    struct vls_secret *body = NULL;
    uint8_t symbols[LINE_DATA];
    enum vls_code rc;
    char *p;

    *text = NULL;
    if ((rc = vls_secret_new(&body, BODY_LEN, err)) != VLS_OK ||
        (rc = vls_secret_new(text, VLS_RECOVERY_TEXT, err)) != VLS_OK)
        goto out;
    memcpy(body->bytes, code->bytes, VLS_RECOVERY_LEN);
    store_tag(body->bytes + VLS_RECOVERY_LEN, store_id);
    p = (char *)(*text)->bytes;
    for (size_t line = 0; line < VLS_RECOVERY_LINES; line++) {
        for (size_t i = 0; i < LINE_DATA; i++) {
            size_t bit = (line * LINE_DATA + i) * 5;
            unsigned pair = (unsigned)body->bytes[bit / 8] << 8;

            if (bit / 8 + 1 < BODY_LEN)
                pair |= body->bytes[bit / 8 + 1];
            symbols[i] = (uint8_t)(pair >> (11 - bit % 8) & 31);
            if (i == LINE_DATA / 2)
                *p++ = '-';
            *p++ = alphabet[symbols[i]];
        }
        *p++ = '-';
        *p++ = alphabet[line_check(symbols, line)];
        *p++ = '\n';
    }
    *p = '\0';
out:
    vls_wipe(symbols, sizeof symbols);
    vls_secret_free(body);
    return rc;
}

/* The value of a typed symbol, -1 for a separator, -2 for anything else. */
static int
symbol_value(uint8_t c)
{
    const char *at;

    if (c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '-' || c == '.')
        return -1;
    if (c >= 'a' && c <= 'z')
        c = (uint8_t)(c - 'a' + 'A');
    c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    at = c != '\0' ? strchr(alphabet, c) : NULL;
    return at != NULL ? (int)(at - alphabet) : -2;
}

/* Checks the shape as far as a person can be told about it: lines as typed, nine symbols in each. */
static enum vls_code
symbols_take(uint8_t out[N_SYMBOLS], const struct vls_secret *typed, struct vls_error *err)
{
    size_t n = 0, len = typed->len, lines = 0, in_line = 0, odd_line = 0, odd_count = 0;

    if (len > 0 && typed->bytes[len - 1] == '\0')
        len--;
    for (size_t i = 0; i <= len; i++) {
        int v = i < len ? symbol_value(typed->bytes[i]) : -1;

        if (v == -2)
            return VLS_FAIL(err, VLS_EVALUE, "line %zu of the recovery code has a sign that no code has",
                            lines > 0 ? lines + 1 : n / LINE_LEN + 1);
        if (v >= 0) {
            if (n < N_SYMBOLS)
                out[n] = (uint8_t)v;
            n++;
            in_line++;
        } else if (in_line > 0 && (i == len || typed->bytes[i] == '\n')) {
            lines++;
            if (in_line != LINE_LEN && odd_line == 0) {
                odd_line = lines;
                odd_count = in_line;
            }
            in_line = 0;
        }
    }
    if (lines == VLS_RECOVERY_LINES && odd_line != 0)
        return VLS_FAIL(err, VLS_EVALUE, "line %zu of the recovery code has %zu signs instead of %d", odd_line,
                        odd_count, LINE_LEN);
    if (n != N_SYMBOLS)
        return VLS_FAIL(err, VLS_EVALUE, "the recovery code has %d lines of %d signs, %d in all; these are %zu",
                        VLS_RECOVERY_LINES, LINE_LEN, N_SYMBOLS, n);
    return VLS_OK;
}

enum vls_code
vls_recovery_parse(struct vls_secret **code, const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *typed,
                   struct vls_error *err)
{
    struct vls_secret *symbols = NULL, *body = NULL;
    uint8_t tag[TAG_LEN];
    enum vls_code rc;

    *code = NULL;
    if ((rc = vls_secret_new(&symbols, N_SYMBOLS, err)) != VLS_OK ||
        (rc = vls_secret_new(&body, BODY_LEN, err)) != VLS_OK ||
        (rc = symbols_take(symbols->bytes, typed, err)) != VLS_OK)
        goto out;
    for (size_t line = 0; line < VLS_RECOVERY_LINES; line++) {
        const uint8_t *s = symbols->bytes + line * LINE_LEN;

        if (line_check(s, line) != s[LINE_DATA]) {
            rc = VLS_FAIL(err, VLS_EVALUE, "line %zu of the recovery code is mistyped", line + 1);
            goto out;
        }
        for (size_t i = 0; i < LINE_DATA * 5; i++) {
            size_t bit = line * LINE_DATA * 5 + i;
            unsigned one = (unsigned)s[i / 5] >> (4 - i % 5) & 1u;

            body->bytes[bit / 8] = (uint8_t)(body->bytes[bit / 8] | one << (7 - bit % 8));
        }
    }
    store_tag(tag, store_id);
    if (memcmp(tag, body->bytes + VLS_RECOVERY_LEN, TAG_LEN) != 0) { /* not secret: it follows from the store id */
        rc = VLS_FAIL(err, VLS_ETRUST, "this is the recovery code of another valise");
        goto out;
    }
    rc = vls_secret_copy(code, body->bytes, VLS_RECOVERY_LEN, err);
out:
    vls_secret_free(symbols);
    vls_secret_free(body);
    return rc;
}
