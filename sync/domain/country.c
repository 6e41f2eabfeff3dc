/*
 * Countries by code and by what people call them, and places that name one. The table is data
 * (schemas/domain/countries.tsv); membership of the Statute is asked for a day, never for "now".
 */
#include <string.h>

#include "valise/cbor.h"

#include "sync/domain/domain_int.h"

const struct vls_country *
vls_country_by_code(struct vls_slice code)
{
    size_t low = 0, high = vls__n_countries;

    while (low < high) { /* the table ascends by code */
        size_t mid = low + (high - low) / 2;
        int c = vls_slice_cmp(vls_slice_str(vls__countries[mid].code), code);

        if (c == 0)
            return &vls__countries[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const char *
vls_country_name(const struct vls_country *country, size_t i)
{
    if (i < 2)
        return i == 0 ? country->name.en : country->name.fr;
    i -= 2;
    for (size_t k = 0; k < vls__n_country_aliases; k++)
        if (&vls__countries[vls__country_aliases[k].at] == country && i-- == 0)
            return vls__country_aliases[k].name;
    return NULL;
}

bool
vls_country_party_on(const struct vls_country *country, int32_t day)
{
    return country->party_from <= day && day < country->party_until;
}

enum vls_standing
vls_country_standing(const struct vls_country *country, int32_t day)
{
    if (vls_country_party_on(country, day))
        return VLS_STATE_PARTY;
    return country->obliged_from <= day ? VLS_COUNCIL_OBLIGED : VLS_NOT_PARTY;
}

/* "The Gambia", "la Gambie", "l’Italie": the article is no part of the name. */
static struct vls_slice
without_article(struct vls_slice s)
{
    static const char *const articles[] = {"the ", "la ", "le ", "les ", "l'", "l’"};

    for (size_t i = 0; i < sizeof articles / sizeof articles[0]; i++) {
        size_t n = strlen(articles[i]), k = 0;

        while (k < n && k < s.n && (articles[i][k] == (char)s.p[k] || articles[i][k] == (char)(s.p[k] | 0x20)))
            k++;
        if (k == n && s.n > n)
            return vls__trim(vls_slice_of(s.p + n, s.n - n));
    }
    return s;
}

/* A name that two States go by is no name to record by, though the table gives it to one of them. */
static const struct {
    const char *name, *one, *other, *called; /* how the table calls the other, said in full */
} SHARED[] = {{"Congo", "CD", "CG", "Republic of the Congo"}};

#define N_SHARED (sizeof SHARED / sizeof SHARED[0])

static size_t
shared_name(struct vls_slice words)
{
    struct vls_slice name = without_article(words);
    struct vls__words typed;
    size_t i = 0;

    if (name.n == 0 || name.n > VLS__WORDS_MAX)
        return N_SHARED;
    vls__words_split(&typed, name);
    while (i < N_SHARED && !vls__words_eq(&typed, vls_slice_str(SHARED[i].name)))
        i++;
    return i;
}

enum vls_code
vls__no_country(struct vls_slice words, struct vls_error *err)
{
    struct vls_slice s = vls__trim(words);
    size_t i = shared_name(s);
    int n = (int)(s.n < 60 ? s.n : 60);

    if (i == N_SHARED)
        return VLS_FAIL(err, VLS_EVALUE, "no country is called “%.*s”\nWrite its name or its two letters, as in ET", n,
                        (const char *)s.p);
    return VLS_FAIL(err, VLS_EVALUE, "two countries are called “%.*s”\nWrite %s (%s) or %s (%s)", n, (const char *)s.p,
                    SHARED[i].one, vls_country_by_code(vls_slice_str(SHARED[i].one))->name.en, SHARED[i].other,
                    SHARED[i].called);
}

static const struct vls_country *
find_name(struct vls_slice words)
{
    struct vls__words typed;

    if (shared_name(words) < N_SHARED)
        return NULL;
    vls__words_split(&typed, words);
    for (size_t i = 0; i < vls__n_countries; i++)
        if (vls__words_eq(&typed, vls_slice_str(vls__countries[i].name.en)) ||
            vls__words_eq(&typed, vls_slice_str(vls__countries[i].name.fr)))
            return &vls__countries[i];
    for (size_t i = 0; i < vls__n_country_aliases; i++)
        if (vls__words_eq(&typed, vls_slice_str(vls__country_aliases[i].name)))
            return &vls__countries[vls__country_aliases[i].at];
    return NULL;
}

const struct vls_country *
vls_country_find(struct vls_slice words)
{
    struct vls_slice s = vls__trim(words), bare;
    const struct vls_country *found;

    if (s.n == 0 || s.n > VLS__WORDS_MAX)
        return NULL;
    if (s.n == 2) {
        uint8_t code[2] = {s.p[0] >= 'a' && s.p[0] <= 'z' ? (uint8_t)(s.p[0] - 32) : s.p[0],
                           s.p[1] >= 'a' && s.p[1] <= 'z' ? (uint8_t)(s.p[1] - 32) : s.p[1]};

        if ((found = vls_country_by_code(vls_slice_of(code, 2))) != NULL)
            return found;
    }
    if ((found = find_name(s)) != NULL)
        return found;
    bare = without_article(s);
    return bare.n < s.n ? find_name(bare) : NULL;
}

/* Where the country begins behind the last c in s; s.n when there is none. */
static size_t
after_last(struct vls_slice s, uint8_t c)
{
    size_t i = s.n;

    while (i > 0 && s.p[i - 1] != c)
        i--;
    return i > 0 ? i : s.n;
}

enum vls_code
vls_place_parse(struct vls_slice *place, const struct vls_country **country, struct vls_slice words,
                struct vls_error *err)
{
    struct vls_slice s = vls__trim(words), tail;
    size_t comma = after_last(s, ','), space = after_last(s, ' '), bracket = after_last(s, '(');

    *place = vls_slice_of(s.p, 0);
    if ((*country = vls_country_find(s)) != NULL) /* "Korea, …" has its comma inside the name */
        return VLS_OK;
    if (comma < s.n) {
        tail = vls__trim(vls_slice_of(s.p + comma, s.n - comma));
        *place = vls__trim(vls_slice_of(s.p, comma - 1));
    } else if (bracket < s.n && s.p[s.n - 1] == ')') { /* "Addis Ababa (Ethiopia)" */
        tail = vls_slice_of(s.p + bracket, s.n - bracket - 1);
        *place = vls__trim(vls_slice_of(s.p, bracket - 1));
    } else if (space < s.n && s.n - space == 2 && s.p[space] < 'a' && s.p[space + 1] < 'a') { /* "Addis Ababa ET" */
        tail = vls_slice_of(s.p + space, 2);
        *place = vls__trim(vls_slice_of(s.p, space - 1));
    } else if (shared_name(s) < N_SHARED) {
        return vls__no_country(s, err);
    } else {
        return VLS_FAIL(err, VLS_EVALUE, "“%.*s” does not say the country\nWrite the place, a comma and the country: Addis Ababa, ET",
                        (int)(s.n < 60 ? s.n : 60), (const char *)s.p);
    }
    if ((*country = vls_country_find(tail)) == NULL || !vls_utf8_valid(*place)) {
        *place = vls_slice_of(s.p, 0);
        *country = NULL;
        return vls__no_country(tail, err);
    }
    return VLS_OK;
}
