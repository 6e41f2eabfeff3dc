/*
 * The recovery code as text: four lines for paper, each with a check symbol over GF(32) that finds
 * every single wrong symbol and every exchange of two, so that a reader can name the line to look at.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "valise/keyfile.h"
#include "valise/prim.h"

#define TAG_LEN   4 /* bytes that say which valise the code is for */
#define LINE_DATA 8 /* symbols before the check symbol */
#define LINE_LEN  (LINE_DATA + 1)
#define N_SYMBOLS (VLS_RECOVERY_LINES * LINE_LEN)
#define BODY_LEN  (VLS_RECOVERY_LEN + TAG_LEN)

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
vls_recovery_check_line(size_t line, const struct vls_secret *typed, struct vls_error *err)
{
    uint8_t symbols[LINE_LEN] = {0};
    size_t n = 0;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < typed->len && rc == VLS_OK; i++) {
        int v = symbol_value(typed->bytes[i]);

        if (v == -2)
            rc = VLS_FAIL(err, VLS_EVALUE, "line %zu of the recovery code has a sign that no code has", line + 1);
        if (v >= 0 && n < LINE_LEN)
            symbols[n] = (uint8_t)v;
        n += v >= 0;
    }
    if (rc == VLS_OK && n != LINE_LEN)
        rc = VLS_FAIL(err, VLS_EVALUE, "line %zu of the recovery code has %zu signs instead of %d", line + 1, n,
                      LINE_LEN);
    if (rc == VLS_OK && line_check(symbols, line) != symbols[LINE_DATA])
        rc = VLS_FAIL(err, VLS_EVALUE, "line %zu of the recovery code is mistyped", line + 1);
    vls_wipe(symbols, sizeof symbols);
    return rc;
}

enum vls_code
vls_recovery_read_file(struct vls_secret **out, const char *path, struct vls_error *err)
{
    struct vls_secret *page = NULL;
    size_t n = 0;
    ssize_t got = 1;
    enum vls_code rc;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    *out = NULL;
    if (fd < 0)
        return VLS_FAIL_SYS(err, VLS_ELOCKED, errno, "cannot open recovery code file %s", path);
    if ((rc = vls_secret_new(&page, VLS_RECOVERY_PAGE_MAX + 1, err)) != VLS_OK)
        goto out;
    while (got > 0 && n < page->len) {
        got = read(fd, page->bytes + n, page->len - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    if (got < 0)
        rc = VLS_FAIL_SYS(err, VLS_EIO, errno, "cannot read recovery code file %s", path);
    else if (n == 0)
        rc = VLS_FAIL(err, VLS_ELOCKED, "recovery code file %s is empty", path);
    else if (n > VLS_RECOVERY_PAGE_MAX)
        rc = VLS_FAIL(err, VLS_ELIMIT, "recovery code file %s is longer than %d bytes", path, VLS_RECOVERY_PAGE_MAX);
    else
        rc = vls_secret_copy(out, page->bytes, n, err);
out:
    vls_secret_free(page);
    (void)close(fd);
    return rc;
}

enum vls_code
vls_recovery_join(struct vls_secret **out, struct vls_secret *const lines[VLS_RECOVERY_LINES], struct vls_error *err)
{
    size_t n = 0;
    enum vls_code rc;

    for (size_t i = 0; i < VLS_RECOVERY_LINES; i++)
        n += lines[i]->len + 1;
    if ((rc = vls_secret_new(out, n, err)) != VLS_OK)
        return rc;
    n = 0;
    for (size_t i = 0; i < VLS_RECOVERY_LINES; i++) {
        memcpy((*out)->bytes + n, lines[i]->bytes, lines[i]->len);
        n += lines[i]->len;
        (*out)->bytes[n++] = '\n';
    }
    return VLS_OK;
}

bool
vls_recovery_whole(const struct vls_secret *typed)
{
    size_t n = 0;

    for (size_t i = 0; i < typed->len; i++)
        n += symbol_value(typed->bytes[i]) >= 0;
    return n == N_SYMBOLS;
}

#define WORD_LEN 11 /* XXXX-XXXX-X */

static bool
is_code_word(const uint8_t *p, size_t n)
{
    if (n != WORD_LEN)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((i == 4 || i == 9) != (p[i] == '-') || (p[i] != '-' && symbol_value(p[i]) < 0))
            return false;
    return true;
}

/* The four lines of a page with other text around them; *out stays NULL when it is no such page. */
static enum vls_code
page_lines(struct vls_secret **out, const struct vls_secret *typed, struct vls_error *err)
{
    size_t at[VLS_RECOVERY_LINES], n = 0, from = 0;
    enum vls_code rc;

    *out = NULL;
    for (size_t i = 0; i <= typed->len; i++) {
        if (i < typed->len && typed->bytes[i] > ' ')
            continue;
        if (is_code_word(typed->bytes + from, i - from)) {
            if (n < VLS_RECOVERY_LINES)
                at[n] = from;
            n++;
        }
        from = i + 1;
    }
    if (n != VLS_RECOVERY_LINES)
        return VLS_OK;
    if ((rc = vls_secret_new(out, VLS_RECOVERY_LINES * (WORD_LEN + 1), err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < n; i++) {
        memcpy((*out)->bytes + i * (WORD_LEN + 1), typed->bytes + at[i], WORD_LEN);
        (*out)->bytes[i * (WORD_LEN + 1) + WORD_LEN] = '\n';
    }
    return VLS_OK;
}

enum vls_code
vls_recovery_parse(struct vls_secret **code, const uint8_t store_id[VLS_STORE_ID_LEN], const struct vls_secret *typed,
                   struct vls_error *err)
{
    struct vls_secret *symbols = NULL, *body = NULL, *page = NULL;
    uint8_t tag[TAG_LEN];
    enum vls_code rc;

    *code = NULL;
    if ((rc = page_lines(&page, typed, err)) != VLS_OK || (rc = vls_secret_new(&symbols, N_SYMBOLS, err)) != VLS_OK ||
        (rc = vls_secret_new(&body, BODY_LEN, err)) != VLS_OK ||
        (rc = symbols_take(symbols->bytes, page != NULL ? page : typed, err)) != VLS_OK)
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
    vls_secret_free(page);
    vls_secret_free(symbols);
    vls_secret_free(body);
    return rc;
}
