/*
 * How alike two words sound once the habits of transliteration are set aside: doubled letters, vowels,
 * q and k, sh and s. Also places, which are compared with the same means and a table of other names.
 */
#include <string.h>

#include "sync/domain/name_int.h"

#define SKELETON_MAX VLS__TOKEN_MAX
#define PLACE_TOKENS 8
#define PLACE_ALIAS 950 /* listed as names of one place: "The Hague", "La Haye" */

static bool
is_vowel(char c)
{
    return c != '\0' && strchr("aeiouy", c) != NULL;
}

/* One spelling for vowels that languages write differently, and no doubled letters: "aly" is "ali". */
static void
normal_form(char *out, const char *word)
{
    size_t n = 0;

    for (const char *p = word; *p != '\0' && n + 1 < SKELETON_MAX; p++) {
        char c = *p;

        if (c == 'o') { /* o, ou and oo stand for the same vowel */
            p += p[1] == 'u' || p[1] == 'o';
            c = 'u';
        } else if (c == 'e' && p[1] == 'e') {
            p++;
            c = 'i';
        } else if (c == 'e' && (p[1] == 'i' || p[1] == 'y')) {
            c = 'a';
        } else if (c == 'p' && p[1] == 'h') {
            p++;
            c = 'f';
        } else if (c == 'y' && (p[1] == '\0' || !is_vowel(p[1]))) {
            c = 'i';
        }
        if (n == 0 || out[n - 1] != c)
            out[n++] = c;
    }
    out[n] = '\0';
}

/* Consonants only, digraphs as one; a first vowel is kept as 'a', so that Osama is Usama but not Sama. */
static void
skeleton(char *out, const char *word)
{
    size_t n = 0;

    for (const char *p = word; *p != '\0' && n + 1 < SKELETON_MAX; p++) {
        char c = *p;

        if (is_vowel(c) && !(c == 'y' && p == word)) {
            if (p == word)
                out[n++] = 'a';
            continue;
        }
        if (c == 'w' && p != word && !is_vowel(p[1]))
            continue; /* "ow" */
        if (c == 'h' && p != word && (p[1] == '\0' || strchr("skgdtcp", p[-1]) != NULL))
            continue; /* sh, kh, gh, dh, th, and a silent h at the end */
        c = c == 'q' || c == 'c' ? 'k' : c == 'z' ? 's' : c == 'p' && p[1] == 'h' ? 'f' : c == 'v' ? 'w' : c;
        if (n == 0 || out[n - 1] != c || is_vowel(p[-1]))
            out[n++] = c;
    }
    out[n] = '\0';
}

/* Whether one insertion, deletion, substitution or exchange of neighbours leads from a to b. */
static bool
one_edit_apart(const char *a, const char *b)
{
    size_t la = strlen(a), lb = strlen(b), i = 0, j = 0;

    while (a[i] != '\0' && a[i] == b[i])
        i++;
    while (j < la - i && j < lb - i && a[la - 1 - j] == b[lb - 1 - j])
        j++;
    la -= i + j;
    lb -= i + j;
    return (la <= 1 && lb <= 1) || (la == 2 && lb == 2 && a[i] == b[i + 1] && a[i + 1] == b[i]);
}

int
vls__sound_likeness(const char *a, const char *b)
{
    char x[SKELETON_MAX], y[SKELETON_MAX];
    size_t n;
    bool near;

    if (strcmp(a, b) == 0)
        return 1000;
    normal_form(x, a);
    normal_form(y, b);
    if (strcmp(x, y) == 0)
        return 950;
    near = one_edit_apart(x, y);
    skeleton(x, a);
    skeleton(y, b);
    n = strlen(x) < strlen(y) ? strlen(x) : strlen(y);
    if (strcmp(x, y) == 0)
        return n >= 3 ? (near ? 850 : 720) : n == 2 && strlen(a) >= 4 && strlen(b) >= 4 ? 650 : 0;
    return n >= 4 && one_edit_apart(x, y) ? 700 : 0;
}

/* ---- places ---- */

/* Which line of the table of other names holds these words; -1: none. */
static int
place_line(const struct vls__words *words)
{
    for (size_t i = 0; i < vls__n_place_aliases; i++)
        if (vls__words_eq(words, vls_slice_str(vls__place_aliases[i].name)))
            return vls__place_aliases[i].at;
    return -1;
}

static size_t
place_tokens(char out[][VLS__TOKEN_MAX], const struct vls__words *words)
{
    size_t n = 0;

    for (const char *p = words->text; *p != '\0' && n < PLACE_TOKENS;) {
        size_t len = strcspn(p, " "), keep = len < VLS__TOKEN_MAX ? len : VLS__TOKEN_MAX - 1;

        memcpy(out[n], p, keep);
        out[n++][keep] = '\0';
        p += len;
        p += *p == ' ';
    }
    return n;
}

static bool
is_ascii(const char *s)
{
    for (; *s != '\0'; s++)
        if ((unsigned char)*s >= 0x80)
            return false;
    return true;
}

/* The mean over the words of the place that has more of them; each finds its best in the other. */
static int
words_likeness(char a[][VLS__TOKEN_MAX], size_t na, char b[][VLS__TOKEN_MAX], size_t nb)
{
    int total = 0;

    for (size_t i = 0; i < na; i++) {
        int best = 0;

        for (size_t j = 0; j < nb; j++) {
            int like = strcmp(a[i], b[j]) == 0             ? 1000
                       : is_ascii(a[i]) && is_ascii(b[j]) ? vls__sound_likeness(a[i], b[j])
                                                          : 0;

            best = like > best ? like : best;
        }
        total += best;
    }
    return na > 0 ? total / (int)na : 0;
}

int
vls_place_likeness(struct vls_slice a, struct vls_slice b)
{
    char x[PLACE_TOKENS][VLS__TOKEN_MAX], y[PLACE_TOKENS][VLS__TOKEN_MAX];
    struct vls__words wa, wb;
    size_t nx, ny;
    int there, back, line;

    vls__words_split(&wa, a);
    vls__words_split(&wb, b);
    if (wa.n == 0 || wb.n == 0)
        return 0;
    if (wa.n == wb.n && memcmp(wa.text, wb.text, wa.n) == 0)
        return 1000;
    if ((line = place_line(&wa)) >= 0 && line == place_line(&wb))
        return PLACE_ALIAS;
    nx = place_tokens(x, &wa);
    ny = place_tokens(y, &wb);
    there = words_likeness(x, nx, y, ny);
    back = words_likeness(y, ny, x, nx);
    return there < back ? there : back;
}
