/*
 * From what a person typed to a field's canonical CBOR. Refusals say what is wrong and, on a second
 * line, what to write instead; nothing is guessed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

#define ENTRY_KEYS_MAX 16 /* an entry has at most as many parts as its field has keys; the longest has 4 */
#define HINT_MAX 320      /* of the list of terms in a refusal */

bool
vls_text_blank(struct vls_slice text)
{
    static const char DOTS[] = "\xe2\x80\xa6";
    size_t i = 0;

    while (i < text.n) {
        if (text.p[i] == '.' || text.p[i] == ' ')
            i++;
        else if (text.n - i >= sizeof DOTS - 1 && memcmp(text.p + i, DOTS, sizeof DOTS - 1) == 0)
            i += sizeof DOTS - 1;
        else
            return false;
    }
    return true;
}

/* "PRD-8159TQX" in a text: whole, with the prefix of a kind, so that a slip shows before it is read as another word. */
static enum vls_code
mistyped_ref(struct vls_slice text, struct vls_error *err)
{
    char words[VLS_REF_TEXT], prefix[4];
    struct vls_error ignored;
    uint32_t bits;

    if (text.n < 5 || text.n >= sizeof words || text.p[3] != '-')
        return VLS_OK;
    memcpy(words, text.p, text.n);
    words[text.n] = '\0';
    memset(prefix, 0, sizeof prefix);
    for (size_t i = 0; i < 3; i++)
        prefix[i] = words[i] >= 'a' && words[i] <= 'z' ? (char)(words[i] - 32) : words[i];
    if (vls_kind_by_prefix(prefix) == NULL || vls_ref_parse(prefix, &bits, words, &ignored) != VLS_EVALUE)
        return VLS_OK;
    return vls_ref_parse(prefix, &bits, words, err);
}

static enum vls_code
typed_text(struct vls_buf *out, struct vls_slice words, struct vls_error *err)
{
    struct vls_buf clean;
    enum vls_code rc;

    vls_buf_init(&clean, 4 * (size_t)VLS_TEXT_MAX);
    if ((rc = vls_text_clean(&clean, words, err)) == VLS_OK) {
        if (clean.n == 0)
            rc = VLS_FAIL(err, VLS_EVALUE, "the text is empty");
        else if (vls_text_blank(vls_buf_slice(&clean)))
            rc = VLS_FAIL(err, VLS_EVALUE, "“…” stands where something is to be written\nWrite it in its place");
        else if (clean.n > VLS_TEXT_MAX)
            rc = VLS_FAIL(err, VLS_ELIMIT, "the text is longer than %d bytes", VLS_TEXT_MAX);
        else if ((rc = mistyped_ref(vls_buf_slice(&clean), err)) == VLS_OK)
            vls_cbor_put_text(out, vls_buf_slice(&clean));
    }
    vls_buf_clear(&clean);
    return rc;
}

static enum vls_code
refuse_term(const struct vls_field *field, struct vls_slice words, struct vls_error *err)
{
    char list[HINT_MAX];
    size_t n = 0;

    for (size_t i = 0; i < field->n_terms; i++) {
        size_t len = strlen(field->terms[i].name);

        if (n + len + 8 > sizeof list) {
            memcpy(list + n, ", …", sizeof ", …" - 1);
            n += sizeof ", …" - 1;
            break;
        }
        memcpy(list + n, ", ", i > 0 ? 2 : 0);
        n += i > 0 ? 2 : 0;
        memcpy(list + n, field->terms[i].name, len);
        n += len;
    }
    list[n] = '\0';
    return VLS_FAIL(err, VLS_EVALUE, "“%.*s” is no value of “%s”\nWrite one of: %s",
                    (int)(words.n < 60 ? words.n : 60), (const char *)words.p, field->name, list);
}

/* By machine value or by label in either language, without regard to case and accents. */
static enum vls_code
typed_enum(struct vls_buf *out, const struct vls_field *field, struct vls_slice words, struct vls_error *err)
{
    struct vls__words typed;
    int rank = vls_term_rank(field, words);

    vls__words_split(&typed, words);
    for (size_t i = 0; i < field->n_terms && rank < 0; i++) {
        const struct vls_term *t = &field->terms[i];

        if (vls__words_eq(&typed, vls_slice_str(t->name)) || vls__words_eq(&typed, vls_slice_str(t->label.en)) ||
            vls__words_eq(&typed, vls_slice_str(t->label.fr)))
            rank = (int)i;
    }
    if (rank < 0)
        return refuse_term(field, words, err);
    vls_cbor_put_str(out, field->terms[rank].name);
    return VLS_OK;
}

static enum vls_code
typed_bool(struct vls_buf *out, struct vls_slice words, struct vls_error *err)
{
    static const struct {
        const char *word;
        bool value;
    } table[] = {{"true", true},   {"yes", true}, {"oui", true}, {"vrai", true},
                 {"false", false}, {"no", false}, {"non", false}, {"faux", false}};
    struct vls__words typed;

    vls__words_split(&typed, words);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(typed.text, table[i].word) == 0) {
            vls_cbor_put_bool(out, table[i].value);
            return VLS_OK;
        }
    return VLS_FAIL(err, VLS_EVALUE, "“%.*s” is neither yes nor no", (int)(words.n < 60 ? words.n : 60),
                    (const char *)words.p);
}

static enum vls_code
typed_int(struct vls_buf *out, const char *words, struct vls_error *err)
{
    long long v;
    char *end;

    errno = 0;
    v = strtoll(words, &end, 10);
    if (end == words || end[strspn(end, " \t\r\n")] != '\0' || errno != 0)
        return VLS_FAIL(err, VLS_EVALUE, "“%.60s” is no whole number", words);
    vls_cbor_put_int(out, v);
    return VLS_OK;
}

static enum vls_code
typed_instant(struct vls_buf *out, struct vls_slice words, const struct vls_value_ctx *ctx, struct vls_error *err)
{
    struct vls_instant t = {ctx->now_unix - (ctx->now_unix % 60 + 60) % 60, ctx->tz_offset_min, VLS_TO_MINUTE};
    struct vls__words typed;
    char text[64];

    vls__words_split(&typed, words);
    if (strcmp(typed.text, "now") != 0 && strcmp(typed.text, "maintenant") != 0) {
        if (words.n >= sizeof text)
            goto refuse;
        memcpy(text, words.p, words.n);
        text[words.n] = '\0';
        if (!vls_instant_parse(&t, text, ctx->tz_offset_min))
            goto refuse;
    }
    vls_instant_put(out, &t);
    return VLS_OK;
refuse:
    return VLS_FAIL(err, VLS_EVALUE,
                    "“%.*s” is no date and time\nWrite 2027-03-07T22:00Z, 2027-03-07 22:00 or 2027-03-07.     See: valise help dates",
                    (int)(words.n < 60 ? words.n : 60), (const char *)words.p);
}

static enum vls_code
typed_country(struct vls_buf *out, struct vls_slice words, struct vls_error *err)
{
    const struct vls_country *country = vls_country_find(words);

    if (country == NULL)
        return vls__no_country(words, err);
    vls_cbor_put_str(out, country->code);
    return VLS_OK;
}

static enum vls_code
typed_ref(struct vls_buf *out, const struct vls_field *field, const char *words, const struct vls_value_ctx *ctx,
          struct vls_error *err)
{
    uint8_t id[VLS_ID_LEN];
    enum vls_code rc;

    if (ctx->find_ref != NULL) {
        if ((rc = ctx->find_ref(ctx->ctx, field->ref_kind, words, id, err)) != VLS_OK)
            return rc;
    } else if (!vls_unhex(id, sizeof id, words)) {
        return VLS_FAIL(err, VLS_EVALUE, "“%.60s” is no record", words);
    }
    vls_cbor_put_bytes(out, id, sizeof id);
    return VLS_OK;
}

static enum vls_code
typed_bytes(struct vls_buf *out, struct vls_slice words, struct vls_error *err)
{
    struct vls_buf bytes;
    enum vls_code rc = VLS_OK;
    char pair[3] = "";

    vls_buf_init(&bytes, VLS_TEXT_MAX);
    if (words.n == 0 || words.n % 2 != 0)
        rc = VLS_FAIL(err, VLS_EVALUE, "bytes are written as pairs of hexadecimal digits");
    for (size_t i = 0; i < words.n && rc == VLS_OK; i += 2) {
        uint8_t byte = 0;

        memcpy(pair, words.p + i, 2);
        if (!vls_unhex(&byte, 1, pair))
            rc = VLS_FAIL(err, VLS_EVALUE, "bytes are written as pairs of hexadecimal digits");
        vls_buf_put_u8(&bytes, byte);
    }
    if (rc == VLS_OK)
        rc = vls_buf_ok(&bytes, err);
    if (rc == VLS_OK)
        vls_cbor_put_bytes(out, bytes.p, bytes.n);
    vls_buf_clear(&bytes);
    return rc;
}

/* ---- entries of a log: "status=at large; on=2021-03", or plain words for the key "text" ---- */

struct entry_part {
    struct vls_slice key, text;
};

/* The key in front of '=', when it is one of the field's; NULL key otherwise. */
static struct entry_part
split_part(const struct vls_field *field, struct vls_slice words)
{
    const uint8_t *eq = words.n > 0 ? memchr(words.p, '=', words.n) : NULL;
    struct entry_part part = {{NULL, 0}, words};

    if (eq != NULL) {
        struct vls_slice key = vls__trim(vls_slice_of(words.p, (size_t)(eq - words.p)));
        int rank = vls_term_rank(field, key);

        if (rank >= 0) {
            part.key = vls_slice_str(field->terms[rank].name);
            part.text = vls__trim(vls_slice_of(eq + 1, words.n - (size_t)(eq + 1 - words.p)));
        }
    }
    return part;
}

/* The word in front of '=', where a person would write a key: one word, of no field's keys. */
static struct vls_slice
other_key(struct vls_slice words)
{
    const uint8_t *eq = words.n > 0 ? memchr(words.p, '=', words.n) : NULL;
    struct vls_slice key =
        eq == NULL ? vls_slice_of(NULL, 0) : vls__trim(vls_slice_of(words.p, (size_t)(eq - words.p)));
    size_t i;

    for (i = 0; i < key.n; i++) {
        uint8_t c = key.p[i] >= 'A' && key.p[i] <= 'Z' ? (uint8_t)(key.p[i] + 32) : key.p[i];

        if (c < 0x80 && (c < 'a' || c > 'z') && (i == 0 || ((c < '0' || c > '9') && c != '-' && c != '_')))
            return vls_slice_of(NULL, 0);
    }
    return key;
}

static enum vls_code
refuse_key(const struct vls_field *field, struct vls_slice key, struct vls_error *err)
{
    char list[HINT_MAX];
    size_t n = 0;

    list[0] = '\0';
    for (size_t i = 0; i < field->n_terms && n + strlen(field->terms[i].name) + sizeof "; =…" < sizeof list; i++)
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s=…", i > 0 ? ";" : "", field->terms[i].name);
    return VLS_FAIL(err, VLS_EVALUE, "“%.*s” is no part of “%s”\nWrite what you know of: %s",
                    (int)(key.n < 60 ? key.n : 60), (const char *)key.p, field->name, list);
}

/* Canonical order of short text keys: the shorter first, then by bytes. */
static int
by_key(const void *va, const void *vb)
{
    const struct entry_part *a = va, *b = vb;

    if (a->key.n != b->key.n)
        return a->key.n < b->key.n ? -1 : 1;
    return vls_slice_cmp(a->key, b->key);
}

static enum vls_code
put_parts(struct vls_buf *out, struct entry_part *parts, size_t n, struct vls_error *err)
{
    qsort(parts, n, sizeof *parts, by_key);
    for (size_t i = 1; i < n; i++)
        if (vls_slice_eq(parts[i - 1].key, parts[i].key))
            return VLS_FAIL(err, VLS_EVALUE, "“%s” is given twice", (const char *)parts[i].key.p);
    vls_cbor_put_map(out, n);
    for (size_t i = 0; i < n; i++) {
        enum vls_code rc;

        vls_cbor_put_text(out, parts[i].key);
        if ((rc = typed_text(out, parts[i].text, err)) != VLS_OK)
            return rc;
    }
    return VLS_OK;
}

static enum vls_code
typed_entry(struct vls_buf *out, const struct vls_field *field, struct vls_slice words, struct vls_error *err)
{
    bool prose = vls_term_rank(field, vls_slice_str("text")) >= 0; /* plain words, in which any '=' may stand */
    struct entry_part parts[ENTRY_KEYS_MAX];
    struct vls_slice rest = words, other;
    size_t n = 0;

    while (rest.n > 0) {
        const uint8_t *end = memchr(rest.p, ';', rest.n);
        size_t len = end != NULL ? (size_t)(end - rest.p) : rest.n;
        struct entry_part part = split_part(field, vls__trim(vls_slice_of(rest.p, len)));

        other = other_key(vls__trim(vls_slice_of(rest.p, len)));
        if (part.key.p == NULL && !prose && other.n > 0)
            return refuse_key(field, other, err);
        if (part.key.p == NULL && n == 0)
            break; /* plain words */
        if (part.key.p == NULL) /* a semicolon inside the text before */
            parts[n - 1].text.n = (size_t)(rest.p + len - parts[n - 1].text.p);
        else if (n == ENTRY_KEYS_MAX)
            return VLS_FAIL(err, VLS_EVALUE, "the entry has more parts than “%s” knows", field->name);
        else
            parts[n++] = part;
        rest.p += len + (end != NULL);
        rest.n -= len + (end != NULL);
    }
    if (n == 0) {
        parts[n].key = vls_slice_str(prose ? "text" : field->terms[0].name);
        parts[n++].text = words;
    }
    return put_parts(out, parts, n, err);
}

enum vls_code
vls_value_parse(struct vls_buf *out, const struct vls_field *field, const char *words,
                const struct vls_value_ctx *ctx, struct vls_error *err)
{
    struct vls_slice typed = vls__trim(vls_slice_str(words));
    size_t before = out->n;
    enum vls_code rc = VLS_OK;

    switch (field->type) {
    case VLS_T_TEXT: rc = typed_text(out, typed, err); break;
    case VLS_T_ENUM: rc = typed_enum(out, field, typed, err); break;
    case VLS_T_BOOL: rc = typed_bool(out, typed, err); break;
    case VLS_T_INT: rc = typed_int(out, words, err); break;
    case VLS_T_DATE: rc = vls__date_typed(out, words, ctx, err); break;
    case VLS_T_INSTANT: rc = typed_instant(out, typed, ctx, err); break;
    case VLS_T_COUNTRY: rc = typed_country(out, typed, err); break;
    case VLS_T_REF: rc = typed_ref(out, field, words, ctx, err); break;
    case VLS_T_BYTES: rc = typed_bytes(out, typed, err); break;
    case VLS_T_ENTRY: rc = typed_entry(out, field, typed, err); break;
    }
    if (rc == VLS_OK)
        rc = vls_buf_ok(out, err);
    if (rc != VLS_OK)
        out->n = before; /* nothing half-written is left */
    return rc;
}
