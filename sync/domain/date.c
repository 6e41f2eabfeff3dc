/*
 * Dates as people type them. EDTF and its shortened forms, days in numbers when they have one reading
 * only, and plain English or French ("14 April 2027") become EDTF; what has two readings is refused
 * with both; everything else is kept as words, because an odd date must never block a report.
 */
#include <stdio.h>
#include <string.h>

#include "sync/domain/domain_int.h"

#define TYPED_MAX 400  /* bytes of a date as typed; more is no date but a text */
#define TOKENS_MAX 12  /* "from 12 April 2027 to 15 April 2027" has eight */
#define EDTF_MAX 32    /* two ends with qualifiers and a slash take 23 */

static const char *const month_en[] = {"January", "February", "March",     "April",   "May",      "June",
                                       "July",    "August",   "September", "October", "November", "December"};

/* ---- three numbers ---- */

struct numbers {
    int v[3];
    size_t width[3];
};

/*
 * Length of "03/04/2027" at the start of s, three numbers with the same separator; 0: not there, or
 * the same separator goes on before or behind it. was is the character before s.
 */
static size_t
three_numbers(struct numbers *out, struct vls_slice s, uint8_t was)
{
    size_t i = 0;
    uint8_t sep = 0;

    memset(out, 0, sizeof *out);
    for (int k = 0; k < 3; k++) {
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && out->width[k] < 5; i++, out->width[k]++)
            out->v[k] = out->v[k] * 10 + (s.p[i] - '0');
        if (out->width[k] == 0)
            return 0;
        if (k == 2)
            break;
        if (i == s.n || memchr("/.-", s.p[i], 3) == NULL || (k == 1 && s.p[i] != sep))
            return 0;
        sep = s.p[i++];
    }
    return was == sep || (i < s.n && (s.p[i] == sep || (s.p[i] >= '0' && s.p[i] <= '9'))) ? 0 : i;
}

static enum vls_code
refuse_two_readings(struct vls_slice s, const int v[3], struct vls_error *err)
{
    return VLS_FAIL(err, VLS_EVALUE,
                    "“%.*s” can be read as %d %s or %d %s.\n"
                    "Write %04d-%02d-%02d or %04d-%02d-%02d. About that time: %04d-%02d~     See: valise help dates",
                    (int)s.n, (const char *)s.p, v[0], month_en[v[1] - 1], v[1], month_en[v[0] - 1], v[2], v[1],
                    v[0], v[2], v[0], v[1], v[2], v[1]);
}

/* The day that three numbers name. VLS_OK with *found false: no order of them is a day. */
static enum vls_code
read_numbers(char *edtf, bool *found, const struct numbers *n, struct vls_slice s, struct vls_error *err)
{
    int year = n->width[2] == 2 ? 2000 + n->v[2] : n->v[2];
    int32_t day, other;
    bool day_first, month_first;

    *found = false;
    if (n->width[0] == 4 && n->width[1] <= 2 && n->width[2] <= 2) {
        if ((*found = vls_day_of(&day, n->v[0], n->v[1], n->v[2])))
            vls__day_iso(edtf, day);
        return VLS_OK;
    }
    if (n->width[0] > 2 || n->width[1] > 2 || (n->width[2] != 4 && n->width[2] != 2))
        return VLS_OK;
    day_first = vls_day_of(&day, year, n->v[1], n->v[0]);
    month_first = vls_day_of(&other, year, n->v[0], n->v[1]);
    if (!day_first && !month_first)
        return VLS_OK;
    if (n->width[2] == 2)
        return VLS_FAIL(err, VLS_EVALUE,
                        "“%.*s” has a year of two digits.\n"
                        "Write year, month and day, as in 2027-04-03.     See: valise help dates",
                        (int)s.n, (const char *)s.p);
    if (day_first && month_first && day != other)
        return refuse_two_readings(s, n->v, err);
    vls__day_iso(edtf, day_first ? day : other);
    *found = true;
    return VLS_OK;
}

/*
 * Looks at each day in numbers, wherever it stands: words around an ambiguous one ("between 03/04/2027
 * and 09/04/2027") do not make it less so. *found: the whole text is one day, with one reading.
 */
static enum vls_code
read_all_numbers(char *edtf, bool *found, struct vls_slice s, struct vls_error *err)
{
    struct numbers v;
    size_t whole = s.n, n;
    uint8_t was = 0;
    enum vls_code rc;

    *found = false;
    while (s.n > 0) {
        if ((n = three_numbers(&v, s, was)) > 0) {
            if ((rc = read_numbers(edtf, found, &v, vls_slice_of(s.p, n), err)) != VLS_OK)
                return rc;
            *found = *found && n == whole;
        } else { /* over the whole of a number, so that no part of one is taken for a day */
            while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
                n++;
            n += n == 0;
        }
        was = s.p[n - 1];
        s.p += n;
        s.n -= n;
    }
    return VLS_OK;
}

/* ---- EDTF, whole or shortened ---- */

/* "2027-04-12/15", "2027-04-12/05-02", "2027-04/05": the second end borrows what it lacks. */
static bool
read_edtf(char *edtf, struct vls_slice s)
{
    struct vls_slice start, end;
    struct vls_date ignored;
    char packed[EDTF_MAX];
    size_t n = 0, borrowed = 0;

    for (size_t i = 0; i < s.n; i++) { /* "2027-04-12 / 2027-04-15" */
        if (s.p[i] == ' ' && ((i > 0 && s.p[i - 1] == '/') || (i + 1 < s.n && s.p[i + 1] == '/')))
            continue;
        if (n + 1 >= sizeof packed)
            return false;
        packed[n++] = (char)s.p[i];
    }
    vls_edtf_ends(vls_slice_of(packed, n), &start, &end);
    if (start.n == 10 && end.n != 4 && end.n < 10 && start.n != n)
        borrowed = end.n == 2 || end.n == 3 ? 8 : end.n == 5 || end.n == 6 ? 5 : 0;
    else if (start.n == 7 && (end.n == 2 || end.n == 3))
        borrowed = 5;
    if (end.n > 0 && end.p[0] == '.')
        borrowed = 0;
    if (start.n + 1 + borrowed + end.n >= EDTF_MAX)
        return false;
    if (start.n == n)
        (void)snprintf(edtf, EDTF_MAX, "%.*s", (int)n, packed);
    else
        (void)snprintf(edtf, EDTF_MAX, "%.*s/%.*s%.*s", (int)start.n, packed, (int)borrowed, packed, (int)end.n,
                       (const char *)end.p);
    return vls_edtf_bounds(&ignored, vls_slice_str(edtf));
}

/* ---- words ---- */

struct token {
    char class; /* D day, M month, Y year, W weekday */
    int value;
};

struct sentence {
    struct token t[TOKENS_MAX];
    size_t n;
    int weekday; /* -1 when none was named */
    bool about, doubt;
};

/* Position of a word in a NULL-ended table whose every row is a space-separated list; -1 when nowhere. */
static int
row_of(const char *const *rows, const char *word, size_t n)
{
    for (int i = 0; rows[i] != NULL; i++)
        for (const char *p = rows[i]; p != NULL && *p != '\0'; p = strchr(p, ' ')) {
            p += *p == ' ';
            if (strncmp(p, word, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
                return i;
        }
    return -1;
}

static const char *const months[] = {
    "january jan janvier janv",       "february feb fevrier fevr fev", "march mar mars",
    "april apr avril avr",            "may mai",                       "june jun juin",
    "july jul juillet juil",          "august aug aout",               "september sept sep septembre",
    "october oct octobre",            "november nov novembre",         "december dec decembre",
    NULL};
static const char *const weekdays[] = {"monday mon lundi",       "tuesday tue mardi",   "wednesday wed mercredi",
                                       "thursday thu jeudi",     "friday fri vendredi", "saturday sat samedi",
                                       "sunday sun dimanche",    NULL};
static const char *const fillers[] = {"from to until till through on of the du au le jusquau de", NULL};
static const char *const abouts[] = {"about around circa ca approximately vers environ", NULL};

/* "14", "1st", "22nd", "1er", "2027". */
static bool
number_token(struct token *t, const char *word, size_t n)
{
    static const char *const suffixes[] = {"st nd rd th er", NULL};
    size_t len = 0;
    int v = 0;

    for (; len < n && len < 5 && word[len] >= '0' && word[len] <= '9'; len++)
        v = v * 10 + (word[len] - '0');
    if (len == 0 || (len < n && (len > 2 || row_of(suffixes, word + len, n - len) < 0)))
        return false;
    if (len == 4)
        *t = (struct token){'Y', v};
    else if (len <= 2)
        *t = (struct token){'D', v};
    else
        return false;
    return true;
}

/* Every word must be understood, or the sentence is not: "mid-April" is not April. */
static bool
read_sentence(struct sentence *out, const struct vls__words *words)
{
    const char *p = words->text;

    memset(out, 0, sizeof *out);
    out->weekday = -1;
    while (*p != '\0') {
        size_t n = strcspn(p, " ");
        int row;

        if (row_of(abouts, p, n) >= 0) {
            if (out->n > 0 || out->about)
                return false;
            out->about = true;
        } else if ((row = row_of(weekdays, p, n)) >= 0) {
            if (out->weekday >= 0)
                return false;
            out->weekday = row;
        } else if (row_of(fillers, p, n) < 0) {
            if (out->n == TOKENS_MAX)
                return false;
            if ((row = row_of(months, p, n)) >= 0)
                out->t[out->n] = (struct token){'M', row + 1};
            else if (!number_token(&out->t[out->n], p, n))
                return false;
            out->n++;
        }
        p += n;
        p += *p == ' ';
    }
    return out->n > 0;
}

/*
 * The orders in which days are written, and where each end takes its year, month and day from; '-'
 * marks what an end does not have.
 */
static const struct {
    const char *classes;
    const char *ends[2]; /* positions of year, month, day */
} orders[] = {
    {"DMY", {"210", NULL}},    {"MDY", {"201", NULL}},       {"MY", {"10-", NULL}},      {"Y", {"0--", NULL}},
    {"YMD", {"012", NULL}},    {"DDMY", {"320", "321"}},     {"MDDY", {"301", "302"}},   {"DMDMY", {"410", "432"}},
    {"MDMDY", {"401", "423"}}, {"DMYDMY", {"210", "543"}},   {"MDYMDY", {"201", "534"}}, {"MMY", {"20-", "21-"}},
    {"MYMY", {"10-", "32-"}},  {"YY", {"0--", "1--"}},
};

static int
print_end(char *out, size_t room, const struct sentence *s, const char *at)
{
    int n = snprintf(out, room, "%04d", s->t[at[0] - '0'].value);

    if (at[1] != '-')
        n += snprintf(out + n, room - (size_t)n, "-%02d", s->t[at[1] - '0'].value);
    if (at[2] != '-')
        n += snprintf(out + n, room - (size_t)n, "-%02d", s->t[at[2] - '0'].value);
    if (s->about || s->doubt)
        n += snprintf(out + n, room - (size_t)n, s->about && s->doubt ? "%%" : s->doubt ? "?" : "~");
    return n;
}

/*
 * Signs carry meaning too: '?' and '~' are qualifiers, a comma stands before a year and nowhere else
 * ("14, 16 April" are two days and no span), and what is none of these is not understood.
 */
static bool
read_signs(bool *about, bool *doubt, struct vls_slice typed)
{
    static const char strange[] = "!\"#$%&()*+:;<=>@[\\]^_{|}";

    *about = *doubt = false;
    for (size_t i = 0; i < typed.n; i++) {
        uint8_t c = typed.p[i];

        *about = *about || c == '~';
        *doubt = *doubt || c == '?';
        if (c == ',') {
            struct vls_slice rest = vls__trim(vls_slice_of(typed.p + i + 1, typed.n - i - 1));

            if (rest.n < 4 || (rest.n > 4 && rest.p[4] >= '0' && rest.p[4] <= '9'))
                return false;
            for (size_t k = 0; k < 4; k++)
                if (rest.p[k] < '0' || rest.p[k] > '9')
                    return false;
        } else if (memchr(strange, c, sizeof strange - 1) != NULL) {
            return false;
        }
    }
    return true;
}

static bool
read_words(char *edtf, struct vls_slice typed)
{
    char classes[TOKENS_MAX + 1] = "";
    struct vls__words words;
    struct sentence s;
    struct vls_date d;
    bool about, doubt;

    vls__words_split(&words, typed);
    if (typed.n > VLS__WORDS_MAX || !read_sentence(&s, &words) || !read_signs(&about, &doubt, typed))
        return false;
    s.about = s.about || about;
    s.doubt = doubt;
    for (size_t i = 0; i < s.n; i++)
        classes[i] = s.t[i].class;
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        int n;

        if (strcmp(orders[i].classes, classes) != 0)
            continue;
        n = print_end(edtf, EDTF_MAX, &s, orders[i].ends[0]);
        if (orders[i].ends[1] != NULL) {
            edtf[n++] = '/';
            (void)print_end(edtf + n, EDTF_MAX - (size_t)n, &s, orders[i].ends[1]);
        }
        if (!vls_edtf_bounds(&d, vls_slice_str(edtf)))
            return false;
        return s.weekday < 0 || (d.first == d.last && vls_day_weekday(d.first) == s.weekday);
    }
    return false;
}

/* Words that mean a day only on the day they are typed. */
static bool
read_relative(char *edtf, struct vls_slice typed, const struct vls_value_ctx *ctx)
{
    static const char *const rows[] = {"yesterday hier", "today aujourdhui", "tomorrow demain", NULL};
    struct vls__words words;
    int64_t local, day;
    bool about, doubt;
    int row;

    vls__words_split(&words, typed);
    if (words.n == 0 || strchr(words.text, ' ') != NULL || (row = row_of(rows, words.text, words.n)) < 0 ||
        !read_signs(&about, &doubt, typed) || about || doubt)
        return false;
    local = ctx->now_unix + (int64_t)ctx->tz_offset_min * 60;
    day = (local >= 0 ? local : local - 86399) / 86400 + row - 1;
    vls__day_iso(edtf, (int32_t)day);
    return true;
}

/* "2021-05-12 (12 May)": the date, and the words as they were written, which may say less. */
static bool
read_with_words(char *edtf, struct vls_slice *words, struct vls_slice typed)
{
    const uint8_t *open = memchr(typed.p, '(', typed.n);
    struct vls_slice inner;

    if (open == NULL || typed.p[typed.n - 1] != ')')
        return false;
    inner = vls__trim(vls_slice_of(open + 1, (size_t)(typed.p + typed.n - open) - 2));
    if (inner.n == 0 || !read_edtf(edtf, vls__trim(vls_slice_of(typed.p, (size_t)(open - typed.p))))) {
        edtf[0] = '\0';
        return false;
    }
    *words = inner;
    return true;
}

enum vls_code
vls__date_typed(struct vls_buf *out, const char *words, const struct vls_value_ctx *ctx, struct vls_error *err)
{
    struct vls_slice typed = vls_slice_str(words);
    struct vls_buf clean;
    char edtf[EDTF_MAX] = "";
    bool found = false;
    enum vls_code rc;

    vls_buf_init(&clean, TYPED_MAX);
    if ((rc = vls_text_clean(&clean, vls__trim(typed), err)) != VLS_OK)
        goto out;
    typed = vls_buf_slice(&clean);
    if (typed.n == 0) {
        rc = VLS_FAIL(err, VLS_EVALUE, "the date is empty\nWrite 2027-04-12, 2027-04 or 2027-04-12/2027-04-15");
    } else if (read_edtf(edtf, typed) || read_relative(edtf, typed, ctx)) {
        vls_date_put(out, vls_slice_str(edtf), vls_slice_str(edtf));
    } else if (read_with_words(edtf, &typed, typed)) {
        vls_date_put(out, vls_slice_str(edtf), typed);
    } else if ((rc = read_all_numbers(edtf, &found, typed, err)) == VLS_OK) {
        bool known = found || read_words(edtf, typed);

        vls_date_put(out, vls_slice_str(known ? edtf : ""), typed);
    }
    if (rc == VLS_OK)
        rc = vls_buf_ok(out, err);
out:
    vls_buf_clear(&clean);
    return rc;
}
