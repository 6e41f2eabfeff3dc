/*
 * Documents for programs. Every one names its schema and version first; the schemas are in
 * schemas/output/. Controls that JSON allows but a terminal might obey are written as escapes.
 */
#include <string.h>

#include "cli.h"

json_t *
json_doc(const char *name)
{
    return json_pack("{s:o}", "schema", json_sprintf("valise.%s/1", name));
}

json_t *
json_text(struct vls_slice s)
{
    struct vls_buf clean;
    json_t *text;

    if (s.n == 0)
        return json_string("");
    if ((text = json_stringn((const char *)s.p, s.n)) != NULL)
        return text;
    vls_buf_init(&clean, 8 * s.n + 1);
    sanitise(&clean, s, true);
    text = json_stringn((const char *)clean.p, clean.n);
    vls_buf_clear(&clean);
    return text;
}

json_t *
json_instant(int64_t unix_s)
{
    char text[STAMP_TEXT];

    return unix_s == 0 ? json_null() : json_string(stamp_plain(text, unix_s));
}

/* Length of a character that is legal in JSON but must not reach a terminal raw, 0 for all others. */
static size_t
unsafe_len(const uint8_t *p, size_t n)
{
    if (n >= 1 && p[0] == 0x7f)
        return 1;
    if (n >= 2 && ((p[0] == 0xc2 && p[1] < 0xa0) || (p[0] == 0xd8 && p[1] == 0x9c)))
        return 2;
    if (n >= 3 && p[0] == 0xe2 &&
        ((p[1] == 0x80 && (p[2] == 0x8e || p[2] == 0x8f || (p[2] >= 0xa8 && p[2] <= 0xae))) ||
         (p[1] == 0x81 && p[2] >= 0xa6 && p[2] <= 0xa9)))
        return 3;
    return 0;
}

static unsigned
code_point(const uint8_t *p, size_t len)
{
    if (len == 1)
        return p[0];
    if (len == 2)
        return (p[0] & 0x1fu) << 6 | (p[1] & 0x3fu);
    return (p[0] & 0x0fu) << 12 | (p[1] & 0x3fu) << 6 | (p[2] & 0x3fu);
}

void
json_escape(struct vls_buf *out, struct vls_slice text)
{
    size_t i = 0, from = 0, len;

    while (i < text.n) {
        if ((len = unsafe_len(text.p + i, text.n - i)) == 0) {
            i++;
            continue;
        }
        vls_buf_put(out, text.p + from, i - from);
        vls_buf_printf(out, "\\u%04x", code_point(text.p + i, len));
        i += len;
        from = i;
    }
    vls_buf_put(out, text.p + from, text.n - from);
}

void
out_json(struct cli *c, json_t *doc)
{
    char *text = json_dumps(doc, JSON_INDENT(2));
    struct vls_buf safe;

    json_decref(doc);
    if (text == NULL)
        return;
    vls_buf_init(&safe, SIZE_MAX / 2);
    json_escape(&safe, vls_slice_str(text));
    vls_buf_put_u8(&safe, '\n');
    if (vls_buf_str(&safe) != NULL)
        out_raw(c, vls_buf_str(&safe));
    vls_buf_clear(&safe);
    free(text);
}
