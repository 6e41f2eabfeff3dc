/*
 * Typed text: what is let in, and how it is folded for searching. Everything works on code points
 * through utf8proc, never through the locale, so that two laptops store the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

#define DECOMPOSED_MAX 32 /* the longest compatibility decomposition of one code point is 18 */

static bool
is_space(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

struct vls_slice
vls__trim(struct vls_slice s)
{
    while (s.n > 0 && is_space(s.p[0])) {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

/* The next code point of text that is known to be valid UTF-8; moves on. */
static utf8proc_int32_t
next_point(struct vls_slice *s)
{
    utf8proc_int32_t cp = 0xfffd;
    utf8proc_ssize_t n = utf8proc_iterate(s->p, (utf8proc_ssize_t)s->n, &cp);
    size_t step = n > 0 ? (size_t)n : 1;

    s->p += step;
    s->n -= step;
    return n > 0 ? cp : 0xfffd;
}

/*
 * Controls, and characters that change how their neighbours are shown without being seen: embeddings,
 * overrides and isolates, line separators, interlinear marks, the byte-order mark. The plain
 * direction marks and joiners stay: Arabic and Persian are written with them.
 */
static bool
is_forbidden(utf8proc_int32_t cp)
{
    return (cp < 0x20 && cp != '\n' && cp != '\t') || (cp >= 0x7f && cp <= 0x9f) ||
           (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x206f) ||
           (cp >= 0xfff9 && cp <= 0xfffb) || cp == 0xfeff || (cp >= 0xe0000 && cp <= 0xe007f) ||
           (cp >= 0xfdd0 && cp <= 0xfdef) || (cp & 0xfffe) == 0xfffe;
}

static bool
is_ascii(struct vls_slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] >= 0x80)
            return false;
    return true;
}

/* Appends the NFC of valid UTF-8. The work area is wiped, since utf8proc's own would not be. */
static void
put_nfc(struct vls_buf *out, struct vls_slice s)
{
    const utf8proc_option_t options = UTF8PROC_STABLE | UTF8PROC_COMPOSE;
    utf8proc_ssize_t n, room;
    utf8proc_int32_t *work;

    if (is_ascii(s)) {
        vls_buf_put_slice(out, s);
        return;
    }
    room = utf8proc_decompose(s.p, (utf8proc_ssize_t)s.n, NULL, 0, options);
    if (room < 0 || (work = malloc(((size_t)room + 1) * sizeof *work)) == NULL) {
        out->bad = VLS_ENOMEM;
        return;
    }
    n = utf8proc_decompose(s.p, (utf8proc_ssize_t)s.n, work, room, options);
    n = n >= 0 && n <= room ? utf8proc_reencode(work, n, options) : -1; /* in place, NUL-terminated */
    if (n >= 0)
        vls_buf_put(out, work, (size_t)n);
    else
        out->bad = VLS_ENOMEM;
    vls_wipe(work, ((size_t)room + 1) * sizeof *work);
    free(work);
}

enum vls_code
vls_text_clean(struct vls_buf *out, struct vls_slice typed, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    struct vls_slice s = typed;
    struct vls_buf lines;

    if (!vls_utf8_valid(typed))
        return VLS_FAIL(err, VLS_EVALUE, "the text is not UTF-8");
    if (typed.n > VLS_TEXT_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "the text is longer than %d bytes", VLS_TEXT_MAX);
    vls_buf_init(&lines, VLS_TEXT_MAX);
    if (s.n >= 3 && memcmp(s.p, "\xef\xbb\xbf", 3) == 0)
        s = vls_slice_of(s.p + 3, s.n - 3); /* a byte-order mark, as some editors put it */
    for (struct vls_slice rest = s; rest.n > 0;) {
        const uint8_t *at = rest.p;
        utf8proc_int32_t cp = next_point(&rest);

        if (cp == '\r') { /* CR LF and CR are line ends of other systems */
            if (rest.n == 0 || rest.p[0] != '\n')
                vls_buf_put_u8(&lines, '\n');
        } else if (is_forbidden(cp)) {
            rc = VLS_FAIL(err, VLS_EVALUE,
                          "the text holds the invisible character U+%04X\nRemove it, or type the words anew",
                          (unsigned)cp);
            goto out;
        } else {
            vls_buf_put(&lines, at, (size_t)(rest.p - at));
        }
    }
    if ((rc = vls_buf_ok(&lines, err)) == VLS_OK)
        put_nfc(out, vls_buf_slice(&lines));
    if (rc == VLS_OK)
        rc = vls_buf_ok(out, err);
out:
    vls_buf_clear(&lines);
    return rc;
}

bool
vls__text_ok(struct vls_slice s)
{
    struct vls_buf nfc;
    bool same;

    if (s.n > VLS_TEXT_MAX || !vls_utf8_valid(s))
        return false;
    for (struct vls_slice rest = s; rest.n > 0;)
        if (is_forbidden(next_point(&rest)))
            return false;
    if (is_ascii(s))
        return true;
    vls_buf_init(&nfc, 4 * (size_t)VLS_TEXT_MAX);
    put_nfc(&nfc, s);
    same = nfc.bad == VLS_OK && vls_slice_eq(vls_buf_slice(&nfc), s);
    vls_buf_clear(&nfc);
    return same;
}

void
vls__text_visible(struct vls_buf *out, struct vls_slice text)
{
    while (text.n > 0) {
        const uint8_t *at = text.p;
        utf8proc_int32_t cp = -1;
        utf8proc_ssize_t n = utf8proc_iterate(text.p, (utf8proc_ssize_t)text.n, &cp);
        size_t step = n > 0 ? (size_t)n : 1;

        text.p += step;
        text.n -= step;
        if (n <= 0)
            vls_buf_printf(out, "<%02X>", *at);
        else if (is_forbidden(cp))
            vls_buf_printf(out, "<U+%04X>", (unsigned)cp);
        else
            vls_buf_put(out, at, step);
    }
}

/* What Unicode does not decompose although readers see one letter in it. */
static utf8proc_int32_t
plain_letter(utf8proc_int32_t cp, utf8proc_int32_t *second)
{
    *second = 0;
    switch (cp) {
    case 0x00e6: *second = 'e'; return 'a'; /* ae */
    case 0x0153: *second = 'e'; return 'o'; /* oe */
    case 0x00fe: *second = 'h'; return 't'; /* thorn */
    case 0x00f0: case 0x0111: return 'd';
    case 0x00f8: return 'o';
    case 0x0142: return 'l';
    case 0x0131: return 'i';
    case 0x0127: return 'h';
    case 0x0671: return 0x0627; /* Arabic: alef wasla, teh marbuta, alef maksura, Persian kaf and yeh */
    case 0x0629: return 0x0647;
    case 0x0649: case 0x06cc: return 0x064a;
    case 0x06a9: return 0x0643;
    case 0x0640: return 0; /* tatweel only stretches a word */
    default:
        if (cp >= 0x0660 && cp <= 0x0669)
            return '0' + (cp - 0x0660);
        if (cp >= 0x06f0 && cp <= 0x06f9)
            return '0' + (cp - 0x06f0);
        return cp;
    }
}

static void
put_point(struct vls_buf *out, utf8proc_int32_t cp)
{
    uint8_t utf8[4];
    utf8proc_ssize_t n = utf8proc_encode_char(cp, utf8);

    if (n > 0)
        vls_buf_put(out, utf8, (size_t)n);
}

/* Appends the ASCII that text begins with, in lower case; moves on. */
static void
fold_ascii(struct vls_buf *out, struct vls_slice *text)
{
    size_t n = 0;
    uint8_t *at;

    while (n < text->n && text->p[n] < 0x80)
        n++;
    if (n > 0 && (at = vls_buf_extend(out, n)) != NULL)
        for (size_t i = 0; i < n; i++)
            at[i] = (uint8_t)(text->p[i] >= 'A' && text->p[i] <= 'Z' ? text->p[i] - 'A' + 'a' : text->p[i]);
    text->p += n;
    text->n -= n;
}

void
vls_text_fold(struct vls_buf *out, struct vls_slice text)
{
    const utf8proc_option_t options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD |
                                      UTF8PROC_STRIPMARK | UTF8PROC_IGNORE;
    utf8proc_int32_t parts[DECOMPOSED_MAX], second;
    int last_class = 0;

    if (!vls_utf8_valid(text))
        return;
    for (fold_ascii(out, &text); text.n > 0; fold_ascii(out, &text)) {
        utf8proc_int32_t cp = next_point(&text);
        utf8proc_ssize_t n;

        if (cp == 0xb4) { /* its compatibility form would be a space */
            vls_buf_put_u8(out, '\'');
            continue;
        }
        n = utf8proc_decompose_char(cp, parts, DECOMPOSED_MAX, options, &last_class);
        for (utf8proc_ssize_t i = 0; i < n && i < DECOMPOSED_MAX; i++) {
            cp = plain_letter(parts[i], &second);
            if (cp > 0)
                put_point(out, cp);
            if (second > 0)
                put_point(out, second);
        }
    }
}

/* Signs between letters that are part of the word: apostrophes of every kind, ayn and hamza. */
static bool
is_apostrophe(utf8proc_int32_t cp)
{
    return cp == '\'' || cp == '`' || cp == 0xb4 || cp == 0x2018 || cp == 0x2019 || cp == 0x201b ||
           (cp >= 0x2b9 && cp <= 0x2c0) || cp == 0x2bf || cp == 0x2c8 || cp == 0x2032 || cp == 0xa78c;
}

static bool
is_word_point(utf8proc_int32_t cp)
{
    switch (utf8proc_category(cp)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
        return true;
    default:
        return cp == '+';
    }
}

void
vls__words_split(struct vls__words *out, struct vls_slice text)
{
    struct vls_buf folded;
    struct vls_slice rest;
    bool gap = false;

    out->n = 0;
    vls_buf_init(&folded, 4 * VLS__WORDS_MAX);
    if (text.n > VLS__WORDS_MAX)
        text.n = VLS__WORDS_MAX;
    while (text.n > 0 && !vls_utf8_valid(text))
        text.n--; /* cut between characters */
    vls_text_fold(&folded, text);
    for (rest = vls_buf_slice(&folded); rest.n > 0;) {
        const uint8_t *at = rest.p;
        utf8proc_int32_t cp = next_point(&rest);
        size_t n = (size_t)(rest.p - at);

        if (is_apostrophe(cp))
            continue;
        if (!is_word_point(cp)) {
            gap = out->n > 0;
            continue;
        }
        if (out->n + gap + n >= sizeof out->text)
            break;
        if (gap)
            out->text[out->n++] = ' ';
        gap = false;
        memcpy(out->text + out->n, at, n);
        out->n += n;
    }
    out->text[out->n] = '\0';
    vls_buf_clear(&folded);
}

bool
vls__words_eq(const struct vls__words *a, struct vls_slice text)
{
    struct vls__words b;

    /* Tables are searched by folding their rows; most differ in a first letter that folds to itself. */
    if (text.n > 0 && text.p[0] < 0x80 && is_word_point(text.p[0] | 0x20) && (text.p[0] | 0x20) != a->text[0])
        return false;
    vls__words_split(&b, text);
    return a->n > 0 && a->n == b.n && memcmp(a->text, b.text, a->n) == 0;
}
