/*
 * Likeness of personal names across spellings, as a proposal to a person and never as a decision.
 * Tokens are brought to families of spellings, compared through their consonants, and paired off so
 * that the total is greatest; order does not count. Integers and code points only: no locale.
 */
#include <string.h>

#include "sync/domain/name_int.h"

#define SINGLE_UNCOMMON 740 /* one rare token in common, and one of the names has no other */
#define SINGLE_COMMON 300   /* the same with "Ali" */
#define COMMON_ONLY 600     /* everything in common is a frequent given name */
#define FAMILY_NEAR 800     /* what a word must reach to be an unlisted spelling of a known family */

/* Spellings of one name; the first word of a row stands for all. */
static const char *const families[] = {
    "muhammad mohammed mohamed mohamad muhamad muhammed mohammad mhd mohd",
    "mahmud mahmoud mahmood mehmood",
    "ahmad ahmed",
    "omar umar omer",
    "hassan hasan",
    "hussein hussain husayn husain husein",
    "khalid khaled",
    "rahim raheem",
    "rahman rahmaan rehman",
    "harun haroun haroon",
    "gaddafi qaddafi qadhafi gadhafi kadhafi kaddafi",
    "abdallah abdullah abdalla abdulla abdellah abdoullah",
    "abu abou",
};
static const char *const particles[] = {"al", "el", "ul", "an", "ar", "as", "bin", "ibn", "ben", "ould",
                                        "ad", "ash", "az", "at", "ur"};
/* So frequent that sharing one says little; by family. */
static const char *const frequent[] = {"muhammad", "ahmad",  "ali",     "hassan",   "hussein", "omar",
                                       "khalid",   "mahmud", "ibrahim", "abdallah", "yusuf",   "mustafa",
                                       "salih",    "said",   "musa",    "isa",      "john",    "jean"};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static bool
among(const char *const *list, size_t n, const char *word)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(list[i], word) == 0)
            return true;
    return false;
}

/* ---- tokens ---- */

/* True when word is one of the space-separated words of row. */
static bool
row_has(const char *row, const char *word)
{
    size_t n = strlen(word);

    for (const char *p = row; p != NULL; p = strchr(p, ' ')) {
        p += *p == ' ';
        if (strncmp(p, word, n) == 0 && (p[n] == ' ' || p[n] == '\0'))
            return true;
    }
    return false;
}

/* Replaces a known spelling by the first of its family. */
static void
to_family(struct vls__token *t)
{
    for (size_t i = 0; i < COUNT(families); i++)
        if (row_has(families[i], t->text)) {
            size_t n = strcspn(families[i], " ");

            memcpy(t->text, families[i], n);
            t->text[n] = '\0';
            t->n = n;
            t->family = true;
            return;
        }
}

static void
cut_front(struct vls__token *t, size_t n)
{
    memmove(t->text, t->text + n, t->n - n + 1);
    t->n -= n;
}

static bool
is_vowel(char c)
{
    return c != '\0' && strchr("aeiouy", c) != NULL;
}

/* Length of an article written onto "abd": "abdelrahim", "abdurrahman", "abdrahman" (0); -1: no such word. */
static int
abd_prefix(const struct vls__token *t)
{
    static const char *const forms[] = {"abdul", "abdel", "abdal", "abdur", "abder", "abdar", "abdou", "abdi", "abd"};

    for (size_t i = 0; i < COUNT(forms); i++) {
        size_t n = strlen(forms[i]);

        if (strncmp(t->text, forms[i], n) == 0) /* "abdurahman": the r belongs to both */
            return (int)(n - (forms[i][n - 1] == 'r' && is_vowel(t->text[n])));
    }
    return -1;
}

/* Marks the token as compound: abd + X and abu + X are names of their own, and of X only X is kept. */
static void
make_compound(struct vls__token *t, char kind, size_t cut)
{
    cut_front(t, cut);
    if (t->n > 1 && t->text[0] == 'r' && t->text[1] == 'r') /* abdurrahman */
        cut_front(t, 1);
    t->compound = kind;
    to_family(t);
    if (kind == 'd' && (strcmp(t->text, "allah") == 0 || strcmp(t->text, "lah") == 0)) {
        memcpy(t->text, "abdallah", sizeof "abdallah");
        t->n = strlen(t->text);
        t->compound = 0;
        t->family = true;
    }
}

/* One token on its own: family, "abdelrahim" as abd + rahim, "almasri" as masri. */
static void
settle_token(struct vls__token *t)
{
    int abd;

    t->ascii = true;
    for (size_t i = 0; i < t->n; i++)
        t->ascii = t->ascii && (unsigned char)t->text[i] < 0x80;
    if (!t->ascii) {
        static const char arabic_article[] = "\xd8\xa7\xd9\x84"; /* alef lam */

        if (t->n >= 8 && memcmp(t->text, arabic_article, 4) == 0)
            cut_front(t, 4);
        return;
    }
    to_family(t);
    if (t->family)
        return;
    abd = abd_prefix(t);
    if (abd > 0 && t->n >= (size_t)abd + 3) {
        make_compound(t, 'd', (size_t)abd);
    } else if (t->n >= 6 && (t->text[0] == 'a' || t->text[0] == 'e') && t->text[1] == 'l' && !is_vowel(t->text[2])) {
        cut_front(t, 2);
        to_family(t);
    }
}

/* "abd al rahman", "abdul rahman", "abu r rahman": the words from i on that make one name. 0: none. */
static size_t
join_at(struct vls__token *out, const struct vls__token *t, size_t n, size_t i)
{
    static const char *const articles[] = {"al", "ul", "el", "ur", "ar", "er", "r", "as", "ad", "an", "ash", "az"};
    static const char *const abds[] = {"abd", "abdul", "abdel", "abdal", "abdur", "abder", "abdar"};
    static const char *const abus[] = {"abu", "abou"};
    bool abd = among(abds, COUNT(abds), t[i].text), abu = among(abus, COUNT(abus), t[i].text);
    size_t next = i + 1;

    if (!abd && !abu)
        return 0;
    if (next + 1 < n && among(articles, COUNT(articles), t[next].text))
        next++;
    if (next >= n)
        return 0;
    *out = t[next];
    out->ascii = true;
    make_compound(out, abd ? 'd' : 'u', 0);
    return next + 1 - i;
}

static void
add_token(struct vls__name *out, const struct vls__token *t)
{
    if (t->n == 0 || out->n == VLS__NAME_TOKENS)
        return;
    for (size_t i = 0; i < out->n; i++)
        if (strcmp(out->t[i].text, t->text) == 0 && out->t[i].compound == t->compound)
            return; /* a set: "Ali Muhammad Ali" has two tokens */
    out->t[out->n++] = *t;
}

static size_t
split_words(struct vls__token *t, size_t max, const struct vls__words *words)
{
    const char *p = words->text;
    size_t n = 0;

    while (*p != '\0' && n < max) {
        size_t len = strcspn(p, " "), keep = len < sizeof t->text ? len : sizeof t->text - 1;

        memset(&t[n], 0, sizeof t[n]);
        while (keep < len && keep > 0 && ((unsigned char)p[keep] & 0xc0) == 0x80)
            keep--; /* cut between characters */
        memcpy(t[n].text, p, keep);
        t[n].n = keep;
        n++;
        p += len;
        p += *p == ' ';
    }
    return n;
}

void
vls__name_of(struct vls__name *out, struct vls_slice name)
{
    struct vls__token raw[2 * VLS__NAME_TOKENS], joined;
    struct vls__words words;
    size_t n, used;

    out->n = 0;
    vls__words_split(&words, name);
    n = split_words(raw, COUNT(raw), &words);
    for (size_t i = 0; i < n; i += used) {
        if ((used = join_at(&joined, raw, n, i)) > 0) {
            add_token(out, &joined);
            continue;
        }
        used = 1;
        if (!among(particles, COUNT(particles), raw[i].text)) {
            settle_token(&raw[i]);
            add_token(out, &raw[i]);
        }
    }
    for (size_t i = 0; i < n && out->n == 0; i++) { /* "El Al": particles are better than nothing */
        settle_token(&raw[i]);
        add_token(out, &raw[i]);
    }
}

/* ---- the key ---- */

static int
token_cmp(const struct vls__token *a, const struct vls__token *b)
{
    return a->compound != b->compound ? a->compound - b->compound : strcmp(a->text, b->text);
}

void
vls_name_key(struct vls_buf *out, struct vls_slice name)
{
    struct vls__name parts;

    vls__name_of(&parts, name);
    for (size_t done = 0; done < parts.n; done++) { /* a handful: take the least each time */
        size_t least = done;
        struct vls__token t;

        for (size_t i = done + 1; i < parts.n; i++)
            if (token_cmp(&parts.t[i], &parts.t[least]) < 0)
                least = i;
        t = parts.t[least];
        parts.t[least] = parts.t[done];
        parts.t[done] = t;
        vls_buf_printf(out, "%s%s%s", done > 0 ? " " : "", t.compound == 'd' ? "abd-" : t.compound == 'u' ? "abu-" : "",
                       t.text);
    }
}

/* ---- likeness ---- */

static bool
is_frequent(const struct vls__token *t)
{
    return t->compound == 0 && among(frequent, COUNT(frequent), t->text);
}

static int
weight_of(const struct vls__token *t)
{
    return t->n == 1 ? 300 : t->frequent ? 500 : 1000;
}

/* Likeness of two tokens in per mille. */
static int
token_likeness(const struct vls__token *a, const struct vls__token *b)
{
    int like;

    if (a->compound != b->compound)
        return 0; /* Abd-al-Rahman is not Abu Rahman, and neither is Rahman */
    if (strcmp(a->text, b->text) == 0)
        return 1000;
    if (!a->ascii || !b->ascii || (a->family && b->family))
        return 0; /* two known families differ: Muhammad and Mahmud, Hassan and Hussein */
    if (a->n == 1 || b->n == 1)
        return a->text[0] == b->text[0] && a->compound == 0 ? 700 : 0; /* an initial */
    like = vls__sound_likeness(a->text, b->text);
    return (a->family || b->family) && like < FAMILY_NEAR ? 0 : like; /* Omar is not Amir */
}

/*
 * The pairing with the greatest total weight, by dynamic programming over the sets of b's tokens. It
 * is the same from either side, which a greedy choice would not be.
 */
static int
best_total(const struct vls__name *a, const struct vls__name *b, const int pair[][VLS__NAME_TOKENS])
{
    int best[1 << VLS__NAME_TOKENS];
    size_t n_sets = (size_t)1 << b->n;

    for (size_t set = 0; set < n_sets; set++)
        best[set] = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t set = n_sets; set-- > 0;) /* from large to small, so that i is used once */
            for (size_t j = 0; j < b->n; j++)
                if ((set >> j & 1) != 0 && best[set ^ (size_t)1 << j] + pair[i][j] > best[set])
                    best[set] = best[set ^ (size_t)1 << j] + pair[i][j];
    return best[n_sets - 1];
}

/* Whether something rarer than a frequent given name is alike, and how many tokens are at all. */
static void
survey(const struct vls__name *a, const struct vls__name *b, const int pair[][VLS__NAME_TOKENS], bool *rare,
       size_t *n_alike)
{
    size_t in_a = 0, in_b = 0;

    *rare = false;
    for (size_t i = 0; i < a->n; i++) {
        bool alike = false;

        for (size_t j = 0; j < b->n; j++)
            if (pair[i][j] > 0) {
                alike = true;
                *rare = *rare || (!a->t[i].frequent && !b->t[j].frequent && a->t[i].n > 1 && b->t[j].n > 1);
            }
        in_a += alike;
    }
    for (size_t j = 0; j < b->n; j++) {
        bool alike = false;

        for (size_t i = 0; i < a->n && !alike; i++)
            alike = pair[i][j] > 0;
        in_b += alike;
    }
    *n_alike = in_a < in_b ? in_a : in_b;
}

struct vls_name_parts {
    struct vls__name name;
};

size_t
vls_name_parts_size(void)
{
    return sizeof(struct vls_name_parts);
}

void
vls_name_take_apart(struct vls_name_parts *out, struct vls_slice name)
{
    vls__name_of(&out->name, name);
    for (size_t i = 0; i < out->name.n; i++)
        out->name.t[i].frequent = is_frequent(&out->name.t[i]);
}

int
vls_name_likeness(struct vls_slice a, struct vls_slice b)
{
    struct vls_name_parts x, y;

    vls_name_take_apart(&x, a);
    vls_name_take_apart(&y, b);
    return vls_name_parts_likeness(&x, &y);
}

int
vls_name_parts_likeness(const struct vls_name_parts *a, const struct vls_name_parts *b)
{
    const struct vls__name *x = &a->name, *y = &b->name;
    int pair[VLS__NAME_TOKENS][VLS__NAME_TOKENS];
    int wx = 0, wy = 0, total, low, high, score;
    size_t n_alike;
    bool rare;

    if (x->n == 0 || y->n == 0)
        return 0; /* what cannot be folded matches nobody, instead of everybody */
    for (size_t i = 0; i < x->n; i++)
        wx += weight_of(&x->t[i]);
    for (size_t j = 0; j < y->n; j++)
        wy += weight_of(&y->t[j]);
    for (size_t i = 0; i < x->n; i++)
        for (size_t j = 0; j < y->n; j++) {
            int w = weight_of(&x->t[i]), v = weight_of(&y->t[j]);

            pair[i][j] = token_likeness(&x->t[i], &y->t[j]) * (w < v ? w : v) / 1000;
        }
    total = best_total(x, y, (const int(*)[VLS__NAME_TOKENS])pair);
    low = wx < wy ? wx : wy;
    high = wx < wy ? wy : wx;
    /* How much of the shorter name is found counts twice as much as how much of the longer one is. */
    score = (2 * (total * 1000 / low) + total * 1000 / high) / 3;
    survey(x, y, (const int(*)[VLS__NAME_TOKENS])pair, &rare, &n_alike);
    if (x->n == y->n && n_alike == x->n && total == low && low == high)
        return score; /* the same tokens: nothing to hold against it */
    if (n_alike == 1 && (x->n == 1) != (y->n == 1))
        return total * (rare ? SINGLE_UNCOMMON : SINGLE_COMMON) / low;
    if (!rare && score > COMMON_ONLY)
        return COMMON_ONLY;
    return score;
}
