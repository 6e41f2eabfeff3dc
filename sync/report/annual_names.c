/*
 * Who and what must not stand in a public report: every form of the name of a person whose travel is on record, every
 * informant, every place that travel leads to. Words that a paragraph borrows are searched for them, those that
 * somebody typed by hand first of all. Fixed sentences hold no borrowed word and are not searched.
 */
#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "annual_int.h"

#define FOLDED_MAX (4u * VLS_TEXT_MAX) /* folding may make a text longer */
#define TOKEN_MIN  5 /* letters of a part of a name that is looked for by itself: “haddad”, not “ali” */

enum word_kind { WORD_NAME, WORD_INFORMANT, WORD_PLACE, WORD_COUNTRY };

struct an_word {
    const char *text; /* folded, with a blank before and behind */
    enum word_kind kind;
    const char *ref; /* of the record that it is known from */
};

/* Bytes of a sign that is no letter: ASCII, Latin-1, general punctuation, Arabic comma, semicolon and question mark. */
static size_t
sign_at(struct vls_slice s, size_t i)
{
    uint8_t c = s.p[i], next = i + 1 < s.n ? s.p[i + 1] : 0;

    if (c < 0x80)
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? 0 : 1;
    if (c == 0xc2 || (c == 0xd8 && (next == 0x8c || next == 0x9b || next == 0x9f)))
        return 2;
    return c == 0xe2 && (next == 0x80 || next == 0x81) ? 3 : 0;
}

/* Folded letters and digits, everything else one blank, with a blank at both ends. */
static const char *
padded(struct vls_annual *a, struct vls_slice text)
{
    struct vls_buf folded, out;
    size_t i, n;

    vls_buf_init(&folded, FOLDED_MAX);
    vls_buf_init(&out, FOLDED_MAX + 2);
    vls_text_fold(&folded, text);
    vls_buf_put_u8(&out, ' ');
    for (i = 0; i < folded.n && out.bad == VLS_OK; i += n == 0 ? 1 : n) {
        n = sign_at(vls_buf_slice(&folded), i);
        if (n == 0)
            vls_buf_put_u8(&out, folded.p[i]);
        else if (out.p[out.n - 1] != ' ')
            vls_buf_put_u8(&out, ' ');
    }
    if (out.n > 1 && out.p[out.n - 1] != ' ')
        vls_buf_put_u8(&out, ' ');
    if (folded.bad != VLS_OK) /* unread words may name anybody */
        a->r->arena.bad = VLS_ENOMEM;
    vls_buf_clear(&folded);
    return vls__rp_take(&a->r->arena, &out);
}

static void
word_put(struct vls_annual *a, const char *folded, enum word_kind kind, const struct vls_record *rec)
{
    void *room = vls__rp_room(&a->r->arena, a->word, a->n_words, &a->cap_words, sizeof *a->word);

    if (room == NULL)
        return;
    a->word = room;
    a->word[a->n_words++] = (struct an_word){folded, kind, rec->ref};
}

static void
word_add(struct vls_annual *a, struct vls_slice text, enum word_kind kind, const struct vls_record *rec)
{
    const char *folded = padded(a, text);

    if (strlen(folded) >= 5) /* a letter or two would be found everywhere */
        word_put(a, folded, kind, rec);
}

/* A name whole, and each of its longer parts. */
static void
name_add(struct vls_annual *a, struct vls_slice name, const struct vls_record *rec)
{
    const char *p = padded(a, name);

    word_add(a, name, WORD_NAME, rec);
    while (*p == ' ')
        p++;
    while (*p != '\0') {
        size_t n = strcspn(p, " ");

        if (n >= TOKEN_MIN)
            word_add(a, vls_slice_of(p, n), WORD_NAME, rec);
        p += n;
        while (*p == ' ')
            p++;
    }
}

/* ---- countries ---- */

static bool
is_one_of(const char *word, size_t n, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == n && memcmp(*list, word, n) == 0)
            return true;
    }
    return false;
}

/* Folded words without those that join a State's name: “democratic republic congo”. */
static const char *
unjoined(struct rp_arena *arena, const char *p)
{
    static const char *const JOINS[] = {"the", "of", "la", "le", "les", "l", "de", "du", "des", "d", NULL};
    struct vls_buf out;
    size_t n;

    vls_buf_init(&out, FOLDED_MAX + 2);
    vls_buf_put_u8(&out, ' ');
    for (p += strspn(p, " "); *p != '\0'; p += n, p += strspn(p, " ")) {
        n = strcspn(p, " ");
        if (!is_one_of(p, n, JOINS))
            vls_buf_printf(&out, "%.*s ", (int)n, p);
    }
    return vls__rp_take(arena, &out);
}

/* What is left of a State's name without what kind of State it is, before and behind: “congo”, “syrian”. */
static const char *
short_form(struct rp_arena *arena, const char *name)
{
    static const char *const TITLE[] = {"republic",      "republique", "democratic", "democratique", "federal",
                                        "federale",      "federation", "federative", "islamic",      "islamique",
                                        "arab",          "arabe",      "united",     "unie",         "unies",
                                        "unis",          "state",      "states",     "etat",         "etats",
                                        "kingdom",       "royaume",    "people",     "peoples",      "s",
                                        "populaire",     "socialist",  "socialiste", "bolivarian",   "bolivarienne",
                                        "plurinational", NULL};
    const char *first = name + strspn(name, " "), *end = name + strlen(name), *p;
    struct vls_buf out;
    size_t n;

    while (*first != '\0' && is_one_of(first, n = strcspn(first, " "), TITLE)) {
        first += n;
        first += strspn(first, " ");
    }
    for (;;) {
        while (end > first && end[-1] == ' ')
            end--;
        for (p = end; p > first && p[-1] != ' '; p--)
            ;
        if (end == first || !is_one_of(p, (size_t)(end - p), TITLE))
            break;
        end = p;
    }
    vls_buf_init(&out, FOLDED_MAX + 2);
    vls_buf_printf(&out, " %.*s ", (int)(end - first), first);
    return vls__rp_take(arena, &out);
}

/* By every name that the table of countries knows, whole and short. */
static void
country_add(struct vls_annual *a, struct vls_slice code, const struct vls_record *rec)
{
    const struct vls_country *c = vls_country_by_code(code);
    const char *name;
    size_t i;

    for (i = 0; c != NULL && (name = vls_country_name(c, i)) != NULL; i++) {
        const char *whole = unjoined(&a->r->arena, padded(a, vls_slice_str(name)));
        const char *brief = short_form(&a->r->arena, whole);

        if (strlen(whole) >= 4 && strcmp(whole, " us ") != 0) /* that is an English word */
            word_put(a, whole, WORD_COUNTRY, rec);
        if (strlen(brief) >= 6 && strcmp(brief, whole) != 0)
            word_put(a, brief, WORD_COUNTRY, rec);
    }
}

/* ---- the records ---- */

/* Every value of a field: the one that is shown, those beside it, and those that were corrected. */
static void
values_add(struct vls_annual *a, const struct vls_record *rec, const char *field, enum word_kind kind)
{
    const struct vls_field *f = vls__rp_field(rec, field);
    size_t i;

    for (i = 0; f != NULL && i < rec->n_rows; i++) {
        struct vls_slice text = vls__rp_item_text(rec->rows[i].value);

        if (rec->rows[i].field != f->no || text.n == 0)
            continue;
        if (kind == WORD_NAME)
            name_add(a, text, rec);
        else if (kind == WORD_COUNTRY)
            country_add(a, text, rec);
        else
            word_add(a, text, kind, rec);
    }
}

/* Persons that a field names, or named once. */
static void
travellers_mark(struct vls_annual *a, const struct vls_record *rec, const char *field)
{
    const struct vls_field *f = vls__rp_field(rec, field);
    size_t i, person;

    for (i = 0; f != NULL && i < rec->n_rows; i++) {
        if (rec->rows[i].field != f->no)
            continue;
        person = vls__rp_person_of(a->r, vls__rp_item_ref(rec->rows[i].value));
        if (person != RP_NONE)
            a->traveller[person] = true;
    }
}

static void
mark(struct vls_annual *a, const struct vls_record *rec)
{
    travellers_mark(a, rec, vls__rp_kind_of(rec) == RP_TRIP ? "person" : "about");
}

static void
person_words(struct vls_annual *a, const struct vls_record *rec)
{
    size_t i = vls__rp_find(a->r, RP_PERSON, rec->id);

    if (i != RP_NONE && a->traveller[a->r->persons.root[i]])
        values_add(a, rec, "display-name", WORD_NAME);
}

static void
name_words(struct vls_annual *a, const struct vls_record *rec)
{
    size_t person = vls__rp_person_of(a->r, vls__rp_ref(rec, "person", 0));

    if (person != RP_NONE && a->traveller[person])
        values_add(a, rec, "text", WORD_NAME);
}

static void
info_words(struct vls_annual *a, const struct vls_record *rec)
{
    values_add(a, rec, "person-as-written", WORD_NAME);
    values_add(a, rec, "place-as-written", WORD_PLACE);
    values_add(a, rec, "source", WORD_INFORMANT);
    values_add(a, rec, "sender-reference", WORD_INFORMANT);
}

static void
source_words(struct vls_annual *a, const struct vls_record *rec)
{
    values_add(a, rec, "codename", WORD_INFORMANT);
}

static void
leg_words(struct vls_annual *a, const struct vls_record *rec)
{
    values_add(a, rec, "place", WORD_PLACE);
    values_add(a, rec, "country", WORD_COUNTRY);
}

/* Records of a kind, then the same as they were before. */
static void
each(struct vls_annual *a, enum rp_kind kind, void (*fn)(struct vls_annual *a, const struct vls_record *rec))
{
    size_t i;

    for (i = 0; i < a->r->list[kind].n; i++)
        fn(a, a->r->list[kind].v[i]);
    for (i = 0; i < a->former.n; i++) {
        if (vls__rp_kind_of(a->former.v[i]) == kind)
            fn(a, a->former.v[i]);
    }
}

enum vls_code
vls__an_words(struct vls_annual *a, struct vls_error *err)
{
    size_t i;

    a->traveller = vls__rp_alloc(&a->r->arena, a->r->list[RP_PERSON].n, sizeof *a->traveller);
    if (a->traveller == NULL)
        return rp_no_memory(err);
    for (i = 0; i < a->r->list[RP_PERSON].n; i++)
        a->traveller[i] = a->sealed_person[i];
    each(a, RP_TRIP, mark);
    each(a, RP_INFO, mark);
    each(a, RP_PERSON, person_words);
    each(a, RP_NAME, name_words);
    each(a, RP_INFO, info_words);
    each(a, RP_SOURCE, source_words);
    each(a, RP_LEG, leg_words);
    return vls__an_ok(a, err);
}

/*
 * A country is a destination in section V only, where nothing but categories is said: elsewhere States are named as
 * States. Visits of office holders go to the same towns and are told with them.
 */
static bool
concerns(enum word_kind kind, unsigned para)
{
    switch (kind) {
    case WORD_COUNTRY: return para >= 27 && para <= 31;
    case WORD_PLACE: return para != 20;
    case WORD_NAME:
    case WORD_INFORMANT: break;
    }
    return true;
}

bool
vls_annual_names(const struct vls_annual *a, unsigned para, struct vls_slice text, const char **ref)
{
    struct vls_annual scratch = {.r = a->r}; /* padded() needs the arena alone */
    const char *folded, *bare;
    size_t i;

    *ref = "";
    if (text.n == 0)
        return false;
    folded = padded(&scratch, text);
    bare = concerns(WORD_COUNTRY, para) ? unjoined(&a->r->arena, folded) : "";
    for (i = 0; i < a->n_words; i++) {
        const struct an_word *w = &a->word[i];

        if (concerns(w->kind, para) && strstr(w->kind == WORD_COUNTRY ? bare : folded, w->text) != NULL) {
            *ref = w->ref;
            return true;
        }
    }
    return a->r->arena.bad != VLS_OK; /* unread words may name anybody */
}

/* All strings that a fact ends with, whatever they are called, and its date, as it is printed and as it was written. */
static bool
fact_names(const struct vls_annual *a, unsigned para, const struct vls_fact *f, const char **ref)
{
    const char *word;
    size_t at;

    static_assert((sizeof *f - offsetof(struct vls_fact, term)) % sizeof word == 0, "a fact ends with strings");
    for (at = offsetof(struct vls_fact, term); at < sizeof *f; at += sizeof word) {
        memcpy(&word, (const char *)f + at, sizeof word);
        if (vls_annual_names(a, para, vls_slice_str(word), ref))
            return true;
    }
    return f->has_date &&
           (vls_annual_names(a, para, f->date.edtf, ref) || vls_annual_names(a, para, f->date.words, ref));
}

/* Words that name no day are no date: a fact goes on without them. */
static void
date_drop(struct vls_fact *f)
{
    if (f->has_date && (!f->date.possible || f->date.edtf.n == 0)) {
        f->has_date = false;
        memset(&f->date, 0, sizeof f->date);
    }
}

/* The period's name stands above every text, and its first day in one. */
void
vls__an_guard_period(struct vls_annual *a, struct vls_para *p)
{
    struct vls_point *point;
    const char *ref;

    if (!a->period.opens.possible || a->period.opens.edtf.n == 0) {
        p->state = VLS_PARA_GAP;
        (void)vls__an_point(a, VLS_POINT_NO_OPENING, p->no, a->record);
    }
    if (!vls_annual_names(a, p->no, vls_slice_str(a->period.name), &ref))
        return;
    a->period.name = a->period.ref;
    p->state = VLS_PARA_GAP;
    if ((point = vls__an_point(a, VLS_POINT_NAMES, p->no, a->record)) != NULL)
        point->other = ref;
}

void
vls__an_guard(struct vls_annual *a)
{
    size_t i, k, n;

    for (i = 0; i < a->n_paras; i++) {
        struct vls_para *p = &a->para[i];
        struct vls_fact *kept = vls__rp_alloc(&a->r->arena, p->n_facts, sizeof *kept);

        for (k = n = 0; kept != NULL && k < p->n_facts; k++) {
            struct vls_point *point;
            const char *ref;

            if (!fact_names(a, p->no, &p->fact[k], &ref)) {
                kept[n] = p->fact[k];
                date_drop(&kept[n++]);
                continue;
            }
            p->state = p->state == VLS_PARA_READY ? VLS_PARA_GAP : p->state;
            if ((point = vls__an_point(a, VLS_POINT_NAMES, p->no, NULL)) != NULL) {
                memcpy(point->id, p->fact[k].id, VLS_ID_LEN);
                point->ref = p->fact[k].ref;
                point->other = ref;
            }
        }
        p->fact = kept;
        p->n_facts = kept == NULL ? 0 : n;
    }
}

static const struct vls_record *
record_of(const struct vls_annual *a, const struct vls_point *p)
{
    const struct vls_record *rec = p->ref[0] == '\0' ? NULL : vls__an_in(&a->apart, p->id);
    size_t i, at;

    for (i = 0; p->ref[0] != '\0' && rec == NULL && i < AN_N_KINDS; i++)
        rec = vls__an_find(a, (enum an_kind)i, p->id);
    for (i = 0; p->ref[0] != '\0' && rec == NULL && i < RP_N_KINDS; i++) {
        at = vls__rp_find(a->r, (enum rp_kind)i, p->id);
        rec = at == RP_NONE ? NULL : a->r->list[i].v[at];
    }
    return rec;
}

/* Whether what a point tells of its record may be told; what is our own word may. */
static bool
point_may_say(const struct vls_annual *a, const struct vls_point *p, const struct vls_record *rec)
{
    const char *ref;

    switch (p->kind) {
    case VLS_POINT_NO_NIL:
    case VLS_POINT_NOT_CLEAR:
    case VLS_POINT_NIL_LACKS:
    case VLS_POINT_APART:
    case VLS_POINT_APART_HOLDS: return true;
    default: break;
    }
    if (rec == NULL || !vls__an_clear(rec) || vls_annual_names(a, p->para, vls_slice_str(p->detail), &ref))
        return false;
    return !p->has_date ||
           !(vls_annual_names(a, p->para, p->date.edtf, &ref) || vls_annual_names(a, p->para, p->date.words, &ref));
}

void
vls__an_guard_points(struct vls_annual *a)
{
    size_t i, n = 0;

    for (i = 0; i < a->n_points; i++) {
        struct vls_point *p = &a->point[i];
        const struct vls_record *rec = record_of(a, p);
        const char *ref;

        if (rec != NULL && !vls_point_is_gap(p->kind) && vls__an_has_caveat(rec, "sealed-matter"))
            continue;
        if (!point_may_say(a, p, rec)) {
            p->detail = "";
            p->has_date = false;
            memset(&p->date, 0, sizeof p->date);
        }
        if (vls_annual_names(a, p->para, vls_slice_str(p->other), &ref))
            p->other = "";
        a->point[n++] = *p;
    }
    a->n_points = n;
}
