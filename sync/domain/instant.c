/*
 * Instants: a moment in UTC, the offset of the place where it was read off a clock, and how exactly it
 * is known. RFC 3339 with shortened forms; a leap second has no place here and is refused.
 */
#include <stdio.h>
#include <string.h>

#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

#define DAY_S 86400
#define OFFSET_MAX 1439 /* minutes: RFC 3339 writes offsets up to 23:59 */
/* 0000-01-01T00:00Z and 9999-12-31T23:59:59Z: what four digits of a year can show. */
#define UNIX_MIN (-62167219200)
#define UNIX_MAX 253402300799

static bool
in_range(const struct vls_instant *t)
{
    int64_t local;

    if (t->unix_s < UNIX_MIN || t->unix_s > UNIX_MAX || t->offset_min < -OFFSET_MAX || t->offset_min > OFFSET_MAX)
        return false;
    local = t->unix_s + (int64_t)t->offset_min * 60;
    return local >= UNIX_MIN && local <= UNIX_MAX;
}

bool
vls_instant_read(struct vls_instant *out, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_instant t;
    int64_t offset;
    uint64_t precision;

    if (vls_cbor_array(&c, 3) != 3)
        return false;
    t.unix_s = vls_cbor_int(&c);
    offset = vls_cbor_int(&c);
    precision = vls_cbor_uint(&c);
    if (!vls_cbor_done(&c) || offset < -OFFSET_MAX || offset > OFFSET_MAX || precision > VLS_TO_DAY)
        return false;
    t.offset_min = (int)offset;
    t.precision = (enum vls_precision)precision;
    if (!in_range(&t))
        return false;
    *out = t;
    return true;
}

void
vls_instant_put(struct vls_buf *out, const struct vls_instant *t)
{
    vls_cbor_put_array(out, 3);
    vls_cbor_put_int(out, t->unix_s);
    vls_cbor_put_int(out, t->offset_min);
    vls_cbor_put_uint(out, (uint64_t)t->precision);
}

/* Two digits of at most max; -1 when there are none. Moves on. */
static int
two(const char **at, int max)
{
    const char *p = *at;
    int v;

    if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
        return -1;
    v = (p[0] - '0') * 10 + (p[1] - '0');
    *at = p + 2;
    return v <= max ? v : -1;
}

/* "", "Z", " UTC", "+02:00", "-0530" or "+02". */
static bool
read_offset(const char *p, int *offset_min)
{
    int h, m = 0, sign;

    if (*p == '\0')
        return true;
    if (strcmp(p, "Z") == 0 || strcmp(p, "z") == 0 || strcmp(p, " UTC") == 0 || strcmp(p, " Z") == 0) {
        *offset_min = 0;
        return true;
    }
    if (*p != '+' && *p != '-')
        return false;
    sign = *p == '-' ? -1 : 1;
    p++;
    if ((h = two(&p, 23)) < 0)
        return false;
    if (*p == ':')
        p++;
    else if (*p == '\0')
        goto done;
    if ((m = two(&p, 59)) < 0 || *p != '\0')
        return false;
done:
    *offset_min = sign * (h * 60 + m);
    return true;
}

/* The time of day behind the date; leaves *at at the offset. */
static bool
read_clock(const char **at, int64_t *seconds, enum vls_precision *precision)
{
    int h, m, s;

    if ((h = two(at, 23)) < 0)
        return false;
    *seconds = h * 3600;
    *precision = VLS_TO_HOUR;
    if (**at != ':')
        return true;
    (*at)++;
    if ((m = two(at, 59)) < 0)
        return false;
    *seconds += m * 60;
    *precision = VLS_TO_MINUTE;
    if (**at != ':')
        return true;
    (*at)++;
    if ((s = two(at, 59)) < 0)
        return false;
    *seconds += s;
    *precision = VLS_TO_SECOND;
    if (**at == '.') { /* a fraction is read over: no clock of a delegation is that exact */
        if ((*at)[1] < '0' || (*at)[1] > '9')
            return false;
        do
            (*at)++;
        while (**at >= '0' && **at <= '9');
    }
    return true;
}

bool
vls_instant_parse(struct vls_instant *out, const char *words, int default_offset_min)
{
    struct vls_instant t = {0, default_offset_min, VLS_TO_DAY};
    struct vls_date day;
    int64_t seconds = 0;
    const char *p = words;

    if (strlen(words) < 10 || !vls_edtf_bounds(&day, vls_slice_of(words, 10)) || day.first != day.last)
        return false;
    p += 10;
    if (*p == 'T' || *p == 't' || (*p == ' ' && p[1] >= '0' && p[1] <= '9')) {
        p++;
        if (!read_clock(&p, &seconds, &t.precision) || !read_offset(p, &t.offset_min))
            return false;
    } else if (*p != '\0') {
        return false;
    }
    t.unix_s = (int64_t)day.first * DAY_S + seconds - (int64_t)t.offset_min * 60;
    if (!in_range(&t))
        return false;
    *out = t;
    return true;
}

/* Splits seconds since 1970 into a day and the seconds in it. */
static int
split_day(int64_t unix_s, int32_t *day)
{
    int64_t in_day = unix_s % DAY_S;

    if (in_day < 0)
        in_day += DAY_S;
    *day = (int32_t)((unix_s - in_day) / DAY_S);
    return (int)in_day;
}

void
vls_instant_print(struct vls_buf *out, const struct vls_instant *t)
{
    int32_t day;
    int s;
    char iso[11];

    if (!in_range(t)) {
        vls_buf_printf(out, "@%lld", (long long)t->unix_s);
        return;
    }
    if (t->precision == VLS_TO_DAY) { /* the day where it was read, not the one in Greenwich */
        (void)split_day(t->unix_s + (int64_t)t->offset_min * 60, &day);
        vls__day_iso(iso, day);
        vls_buf_printf(out, "%s", iso);
        return;
    }
    s = split_day(t->unix_s, &day);
    vls__day_iso(iso, day);
    if (t->precision == VLS_TO_SECOND)
        vls_buf_printf(out, "%s %02d:%02d:%02d UTC", iso, s / 3600, s / 60 % 60, s % 60);
    else if (t->precision == VLS_TO_MINUTE || s % 3600 != 0) /* offsets of half an hour */
        vls_buf_printf(out, "%s %02d:%02d UTC", iso, s / 3600, s / 60 % 60);
    else
        vls_buf_printf(out, "%s %02d h UTC", iso, s / 3600);
}

void
vls_instant_plain(struct vls_buf *out, const struct vls_instant *t)
{
    int off = t->offset_min, abs_off = off < 0 ? -off : off, s;
    int32_t day;
    char iso[11];

    if (!in_range(t)) {
        vls_buf_printf(out, "@%lld", (long long)t->unix_s);
        return;
    }
    s = split_day(t->unix_s + (int64_t)off * 60, &day);
    vls__day_iso(iso, day);
    vls_buf_printf(out, "%s", iso);
    if (t->precision == VLS_TO_DAY)
        return;
    vls_buf_printf(out, "T%02d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
    if (off == 0)
        vls_buf_put_u8(out, 'Z');
    else
        vls_buf_printf(out, "%c%02d:%02d", off < 0 ? '-' : '+', abs_off / 60, abs_off % 60);
}
