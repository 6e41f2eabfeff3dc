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
word_add(struct vls_annual *a, struct vls_slice text, enum word_kind kind, const struct vls_record *rec)
{
    const char *folded = padded(a, text);
    void *room;

    if (strlen(folded) < 4 + (kind == WORD_COUNTRY ? 0u : 1u)) /* a letter or two would be found everywhere */
        return;
    room = vls__rp_room(&a->r->arena, a->word, a->n_words, &a->cap_words, sizeof *a->word);
    if (room == NULL)
        return;
    a->word = room;
    a->word[a->n_words++] = (struct an_word){folded, kind, rec->ref};
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

/* Persons who travel, or of whom somebody told, by the file that stands for each. */
static void
travellers_mark(const struct vls_report *r, enum rp_kind kind, const char *field, bool *traveller)
{
    size_t i, k, person;

    for (i = 0; i < r->list[kind].n; i++) {
        for (k = 0; vls__rp_row(r->list[kind].v[i], field, k) != NULL; k++) {
            person = vls__rp_person_of(r, vls__rp_ref(r->list[kind].v[i], field, k));
            if (person != RP_NONE)
                traveller[person] = true;
        }
    }
}

static void
persons_add(struct vls_annual *a)
{
    const struct vls_report *r = a->r;
    bool *traveller = vls__rp_alloc(&a->r->arena, r->list[RP_PERSON].n, sizeof *traveller);
    size_t i, person;

    if (traveller == NULL)
        return;
    travellers_mark(r, RP_TRIP, "person", traveller);
    travellers_mark(r, RP_INFO, "about", traveller);
    for (i = 0; i < r->list[RP_PERSON].n; i++)
        traveller[i] = traveller[i] || a->sealed_person[i];
    for (i = 0; i < r->list[RP_PERSON].n; i++) {
        if (traveller[r->persons.root[i]])
            name_add(a, vls__rp_text(r->list[RP_PERSON].v[i], "display-name"), r->list[RP_PERSON].v[i]);
    }
    for (i = 0; i < r->list[RP_NAME].n; i++) {
        person = vls__rp_person_of(r, vls__rp_ref(r->list[RP_NAME].v[i], "person", 0));
        if (person != RP_NONE && traveller[person])
            name_add(a, vls__rp_text(r->list[RP_NAME].v[i], "text"), r->list[RP_NAME].v[i]);
    }
}

enum vls_code
vls__an_words(struct vls_annual *a, struct vls_error *err)
{
    const struct vls_report *r = a->r;
    const struct vls_country *c;
    size_t i;

    persons_add(a);
    for (i = 0; i < r->list[RP_INFO].n; i++) {
        const struct vls_record *info = r->list[RP_INFO].v[i];

        name_add(a, vls__rp_text(info, "person-as-written"), info);
        word_add(a, vls__rp_text(info, "place-as-written"), WORD_PLACE, info);
        word_add(a, vls__rp_text(info, "source"), WORD_INFORMANT, info);
        word_add(a, vls__rp_text(info, "sender-reference"), WORD_INFORMANT, info);
    }
    for (i = 0; i < r->list[RP_SOURCE].n; i++)
        word_add(a, vls__rp_text(r->list[RP_SOURCE].v[i], "codename"), WORD_INFORMANT, r->list[RP_SOURCE].v[i]);
    for (i = 0; i < r->list[RP_LEG].n; i++) {
        const struct vls_record *leg = r->list[RP_LEG].v[i];

        word_add(a, vls__rp_text(leg, "place"), WORD_PLACE, leg);
        if ((c = vls_country_by_code(vls__rp_text(leg, "country"))) != NULL) {
            word_add(a, vls_slice_str(c->name.en), WORD_COUNTRY, leg);
            word_add(a, vls_slice_str(c->name.fr), WORD_COUNTRY, leg);
        }
    }
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

static bool
finds(const struct vls_annual *a, unsigned para, const char *folded, const char **ref)
{
    size_t i;

    for (i = 0; i < a->n_words; i++) {
        if (concerns(a->word[i].kind, para) && strstr(folded, a->word[i].text) != NULL) {
            *ref = a->word[i].ref;
            return true;
        }
    }
    return false;
}

bool
vls_annual_names(const struct vls_annual *a, unsigned para, struct vls_slice text, const char **ref)
{
    struct vls_annual scratch = {.r = a->r}; /* padded() needs the arena alone */

    *ref = "";
    if (text.n == 0)
        return false;
    return finds(a, para, padded(&scratch, text), ref) || a->r->arena.bad != VLS_OK; /* unread words may name anybody */
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
