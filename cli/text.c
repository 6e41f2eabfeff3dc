/*
 * Text as it may reach a terminal. Record text comes from colleagues who are known but not always
 * harmless, so that nothing printed may move the cursor, change colours, forge a line or reorder what
 * stands around it. Also widths, instants and durations, which every table needs.
 */
#include <string.h>

#include <utf8proc.h>

#include "cli.h"

/* Marks, embeddings, overrides and isolates that reorder neighbouring text. */
static bool
is_bidi(utf8proc_int32_t c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool
is_control(utf8proc_int32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0);
}

/* Line and paragraph separator, which some terminals obey. */
static bool
is_separator(utf8proc_int32_t c)
{
    return c == 0x2028 || c == 0x2029;
}

void
sanitise(struct vls_buf *out, struct vls_slice text, bool keep_lf)
{
    size_t i = 0;

    while (i < text.n) {
        utf8proc_int32_t c;
        utf8proc_ssize_t len = utf8proc_iterate(text.p + i, (utf8proc_ssize_t)(text.n - i), &c);

        if (len <= 0) {
            vls_buf_printf(out, "<%02X>", text.p[i]);
            i++;
            continue;
        }
        if (keep_lf && (c == '\n' || c == '\t'))
            vls_buf_put_u8(out, (uint8_t)c);
        else if (is_control(c))
            vls_buf_printf(out, "^%c", c == 0x7f ? '?' : (char)((c & 0x1f) + '@'));
        else if (is_bidi(c) || is_separator(c))
            vls_buf_printf(out, "<U+%04X>", (unsigned)c);
        else
            vls_buf_put(out, text.p + i, (size_t)len);
        i += (size_t)len;
    }
}

size_t
text_width(const char *text)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    size_t width = 0;

    while (*p != '\0') {
        utf8proc_int32_t c;
        utf8proc_ssize_t len = utf8proc_iterate(p, -1, &c);
        int w;

        if (len <= 0) {
            p++;
            width++;
            continue;
        }
        w = utf8proc_charwidth(c);
        width += w > 0 ? (size_t)w : 0;
        p += len;
    }
    return width;
}

bool
text_rtl(const char *text)
{
    const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)text;
    utf8proc_int32_t c;

    for (; *p != '\0'; p++)
        if (utf8proc_iterate(p, -1, &c) > 0 && ((c >= 0x0590 && c <= 0x08ff) || (c >= 0xfb1d && c <= 0xfdff) ||
                                                (c >= 0xfe70 && c <= 0xfeff)))
            return true;
    return false;
}

/* ---- instants and durations ---- */

static void
civil(int64_t unix_s, int *year, int *month, int *mday, int *second_of_day)
{
    int64_t day = unix_s / 86400;

    if (unix_s % 86400 < 0)
        day--;
    *second_of_day = (int)(unix_s - day * 86400);
    vls_day_civil((int32_t)day, year, month, mday);
}

const char *
stamp(char out[STAMP_TEXT], int64_t unix_s)
{
    int y, m, d, s;

    civil(unix_s, &y, &m, &d, &s);
    snprintf(out, STAMP_TEXT, "%04d-%02d-%02d %02d:%02d UTC", y, m, d, s / 3600, s / 60 % 60);
    return out;
}

const char *
stamp_plain(char out[STAMP_TEXT], int64_t unix_s)
{
    int y, m, d, s;

    civil(unix_s, &y, &m, &d, &s);
    snprintf(out, STAMP_TEXT, "%04d-%02d-%02dT%02d:%02d:%02dZ", y, m, d, s / 3600, s / 60 % 60, s % 60);
    return out;
}

const char *
span(char out[SPAN_TEXT], int64_t seconds)
{
    long long min = (long long)(seconds / 60);
    char part[SPAN_TEXT];

    if (min < 60) {
        snprintf(out, SPAN_TEXT, P_("%lld minute", "%lld minutes", min), min);
    } else if (min < 48 * 60) {
        snprintf(out, SPAN_TEXT, P_("%lld hour", "%lld hours", min / 60), min / 60);
        if (min % 60 != 0) {
            snprintf(part, sizeof(part), _(" %lld min"), min % 60);
            strncat(out, part, SPAN_TEXT - strlen(out) - 1);
        }
    } else {
        snprintf(out, SPAN_TEXT, P_("%lld day", "%lld days", min / (24 * 60)), min / (24 * 60));
    }
    return out;
}

static int64_t
unit_seconds(char unit)
{
    switch (unit) {
    case 's': return 1;
    case 'm': return 60;
    case 'h': return 3600;
    case 'd': return 86400;
    default: return 0;
    }
}

bool
span_parse(int64_t *out, const char *text)
{
    int64_t total = 0, last = INT64_MAX;

    do {
        int64_t n = 0, unit;
        int digits = 0;

        for (; *text >= '0' && *text <= '9'; text++, digits++) {
            if (digits == 6) /* a week in seconds has six; nothing here lasts that long */
                return false;
            n = 10 * n + (*text - '0');
        }
        unit = unit_seconds(*text);
        if (digits == 0 || unit == 0 || unit >= last) /* "30m1h" is more likely a slip than meant */
            return false;
        last = unit;
        total += n * unit;
        text++;
    } while (*text != '\0');
    *out = total;
    return total > 0;
}
