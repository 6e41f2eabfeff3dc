/*
 * Calendar days and the subset of EDTF (ISO 8601-2, levels 0 and 1) that records hold: year, month,
 * day, each with ?, ~ or %, and intervals of these with ".." as an open end. Proleptic Gregorian.
 */
#include <stdio.h>
#include <string.h>

#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

/* Days from 0000-03-01 to 1970-01-01: eras of 400 years are counted from a March, so that the leap
 * day is the last of its year. */
#define EPOCH_SHIFT 719468
#define ERA_DAYS 146097

static bool
is_leap(int year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int
month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

bool
vls_day_of(int32_t *out, int year, int month, int day)
{
    int y, era, yoe, doy;

    if (year < 0 || year > 9999 || month < 1 || month > 12 || day < 1 || day > month_days(year, month))
        return false;
    y = month <= 2 ? year - 1 : year;
    era = (y >= 0 ? y : y - 399) / 400;
    yoe = y - era * 400;
    doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    *out = era * ERA_DAYS + yoe * 365 + yoe / 4 - yoe / 100 + doy - EPOCH_SHIFT;
    return true;
}

void
vls_day_civil(int32_t day, int *year, int *month, int *mday)
{
    int64_t z = (int64_t)day + EPOCH_SHIFT;
    int64_t era = (z >= 0 ? z : z - (ERA_DAYS - 1)) / ERA_DAYS;
    int doe = (int)(z - era * ERA_DAYS);
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;

    *mday = doy - (153 * mp + 2) / 5 + 1;
    *month = mp < 10 ? mp + 3 : mp - 9;
    *year = (int)(yoe + era * 400) + (*month <= 2);
}

int
vls_day_weekday(int32_t day)
{
    return (int)((((int64_t)day + 3) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
}

void
vls__day_iso(char *out, int32_t day)
{
    int y, m, d;

    vls_day_civil(day, &y, &m, &d);
    (void)snprintf(out, 11, "%04u-%02u-%02u", (unsigned)y % 10000, (unsigned)m % 100, (unsigned)d % 100);
}

/* n digits at p as a number, -1 when one of them is none. */
static int
digits(const uint8_t *p, size_t n)
{
    int v = 0;

    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9')
            return -1;
        v = v * 10 + (p[i] - '0');
    }
    return v;
}

/* One end: YYYY, YYYY-MM or YYYY-MM-DD, then at most one qualifier. */
static bool
read_end(struct vls_date *out, int32_t *first, int32_t *last, struct vls_slice s)
{
    int year, month, day;

    if (s.n > 0 && memchr("?~%", s.p[s.n - 1], 3) != NULL) {
        out->uncertain = out->uncertain || s.p[s.n - 1] != '~';
        out->approximate = out->approximate || s.p[s.n - 1] != '?';
        s.n--;
    }
    if ((s.n != 4 && s.n != 7 && s.n != 10) || (year = digits(s.p, 4)) < 0)
        return false;
    if (s.n == 4)
        return vls_day_of(first, year, 1, 1) && vls_day_of(last, year, 12, 31);
    if (s.p[4] != '-' || (month = digits(s.p + 5, 2)) < 1 || month > 12)
        return false;
    if (s.n == 7)
        return vls_day_of(first, year, month, 1) && vls_day_of(last, year, month, month_days(year, month));
    if (s.p[7] != '-' || (day = digits(s.p + 8, 2)) < 1 || !vls_day_of(first, year, month, day))
        return false;
    *last = *first;
    return true;
}

static bool
is_open(struct vls_slice s)
{
    return s.n == 2 && s.p[0] == '.' && s.p[1] == '.';
}

void
vls_edtf_ends(struct vls_slice edtf, struct vls_slice *start, struct vls_slice *end)
{
    const uint8_t *slash = edtf.n > 0 ? memchr(edtf.p, '/', edtf.n) : NULL;

    *start = *end = edtf;
    if (slash != NULL) {
        start->n = (size_t)(slash - edtf.p);
        *end = vls_slice_of(slash + 1, edtf.n - start->n - 1);
    }
}

bool
vls_edtf_bounds(struct vls_date *out, struct vls_slice edtf)
{
    struct vls_date d = {VLS_DAY_MIN, VLS_DAY_MAX, false, false, true, edtf, {NULL, 0}};
    struct vls_slice start, end;
    int32_t ignored;

    vls_edtf_ends(edtf, &start, &end);
    if (start.n == edtf.n) { /* no interval */
        if (!read_end(&d, &d.first, &d.last, edtf))
            return false;
    } else {
        if (is_open(start) && is_open(end))
            return false;
        if (!is_open(start) && !read_end(&d, &d.first, &ignored, start))
            return false;
        if (!is_open(end) && !read_end(&d, &ignored, &d.last, end))
            return false;
        if (d.first > d.last)
            return false;
    }
    *out = d;
    return true;
}

bool
vls_date_read(struct vls_date *out, struct vls_slice value)
{
    struct vls_date d = {VLS_DAY_MIN, VLS_DAY_MAX, false, false, false, {NULL, 0}, {NULL, 0}};
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice edtf, words;

    if (vls_cbor_array(&c, 2) != 2)
        return false;
    edtf = vls_cbor_text(&c);
    words = vls_cbor_text(&c);
    if (!vls_cbor_done(&c) || !vls__text_ok(words) || (edtf.n == 0 && words.n == 0))
        return false;
    if (edtf.n > 0 && !vls_edtf_bounds(&d, edtf))
        return false;
    d.edtf = edtf;
    d.words = words;
    *out = d;
    return true;
}

void
vls_date_put(struct vls_buf *out, struct vls_slice edtf, struct vls_slice words)
{
    vls_cbor_put_array(out, 2);
    vls_cbor_put_text(out, edtf);
    vls_cbor_put_text(out, words);
}

void
vls_edtf_short(struct vls_buf *out, struct vls_slice edtf)
{
    struct vls_slice a, b;
    size_t same = 0;

    vls_edtf_ends(edtf, &a, &b);
    if (a.n == 10 && b.n == 10 && a.n != edtf.n) {
        if (memcmp(a.p, b.p, 8) == 0)
            same = 8;
        else if (memcmp(a.p, b.p, 5) == 0)
            same = 5;
    }
    if (same == 0) {
        vls_buf_put_slice(out, edtf);
        return;
    }
    vls_buf_put_slice(out, a);
    vls_buf_put_u8(out, '/');
    vls_buf_put(out, b.p + same, b.n - same);
}
