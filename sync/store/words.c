/*
 * What people search by. Each shown record has one row of folded words: a title part (names and other
 * text that titles are made of), by which beginnings of words stand for a record, and a body for the rest.
 */
#include <string.h>

#include "store_int.h"

#define QUERY_WORDS_MAX 16

static void
put_folded(struct vls_buf *out, struct vls_slice text)
{
    if (text.n == 0)
        return;
    vls_text_fold(out, text);
    vls_buf_put_u8(out, '\n'); /* sets values apart, see find.c */
}

/* The texts of an entry's map, whatever their keys. */
static void
put_entry(struct vls_buf *out, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    size_t n = vls_cbor_peek(&c) == VLS_CBOR_MAP ? vls_cbor_map(&c, 64) : 0;

    for (size_t i = 0; i < n && !vls_cbor_bad(&c); i++) {
        (void)vls_cbor_item(&c);
        put_folded(out, vls__text_of(vls_cbor_item(&c)));
    }
}

static void
put_country(struct vls_buf *out, struct vls_slice code)
{
    const struct vls_country *country = vls_country_by_code(code);

    put_folded(out, code);
    if (country == NULL)
        return;
    put_folded(out, vls_slice_str(country->name.en));
    put_folded(out, vls_slice_str(country->name.fr));
}

void
vls__words_of(struct vls_buf *title, struct vls_buf *body, const struct vls_field *field, struct vls_slice value)
{
    switch (field->type) {
    case VLS_T_TEXT:
        if (field->flags & (VLS_F_TITLE | VLS_F_NAME))
            put_folded(title, vls__text_of(value));
        else if (field->flags & VLS_F_SEARCH)
            put_folded(body, vls__text_of(value));
        return;
    case VLS_T_ENTRY:
        if (field->flags & VLS_F_SEARCH)
            put_entry(body, value);
        return;
    case VLS_T_COUNTRY:
        if (field->flags & (VLS_F_TITLE | VLS_F_SEARCH))
            put_country(body, vls__text_of(value));
        return;
    default:
        return;
    }
}

/* A piece without any character of a word would match nothing, and everything with it. */
static bool
has_word(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] >= 0x80 || (p[i] >= '0' && p[i] <= '9') || (p[i] >= 'a' && p[i] <= 'z'))
            return true;
    return false;
}

#define ARTICLE   "\xd8\xa7\xd9\x84" /* alef lam, written onto its word */
#define ARTICLE_N (sizeof ARTICLE - 1)
#define BARE_MIN  6 /* bytes that must be left for it to be an article: three letters */

static void
put_beginning(struct vls_buf *out, const char *before, const uint8_t *p, size_t n)
{
    vls_buf_put_u8(out, '"');
    vls_buf_put(out, before, strlen(before));
    vls_buf_put(out, p, n);
    vls_buf_put(out, "\" *", 3);
}

/* A word of Arabic is found with its article and without, whichever way it was typed or recorded. */
static void
put_word(struct vls_buf *out, const uint8_t *p, size_t n)
{
    bool has = n >= ARTICLE_N + BARE_MIN && memcmp(p, ARTICLE, ARTICLE_N) == 0;

    if (p[0] < 0xd8 || p[0] > 0xdb) { /* no Arabic letter */
        put_beginning(out, "", p, n);
        return;
    }
    vls_buf_put_u8(out, '(');
    put_beginning(out, "", p, n);
    vls_buf_put(out, " OR ", 4);
    put_beginning(out, has ? "" : ARTICLE, has ? p + ARTICLE_N : p, has ? n - ARTICLE_N : n);
    vls_buf_put_u8(out, ')');
}

bool
vls__words_query(struct vls_buf *out, const char *words, bool title_only)
{
    struct vls_buf folded;
    size_t n_words = 0, at = 0;

    vls_buf_init(&folded, VLS__TYPED_MAX);
    vls_text_fold(&folded, vls_slice_str(words));
    if (title_only)
        vls_buf_put(out, "title : (", 9);
    while (folded.bad == VLS_OK && at < folded.n && n_words < QUERY_WORDS_MAX) {
        size_t end = at;

        while (end < folded.n && folded.p[end] > ' ' && folded.p[end] != '"')
            end++;
        if (has_word(folded.p + at, end - at)) {
            if (n_words++ > 0)
                vls_buf_put(out, " AND ", 5);
            put_word(out, folded.p + at, end - at);
        }
        at = end + 1;
    }
    if (title_only)
        vls_buf_put_u8(out, ')');
    vls_buf_clear(&folded);
    return n_words > 0 && out->bad == VLS_OK;
}
