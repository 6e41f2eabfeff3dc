/*
 * Which persons may be the same. Only files that share a name token's consonants, an identifier or an
 * earlier judgement are compared (domain.md annex D); a person decides, always.
 */
#include <stdlib.h>

#include "report_int.h"

#define TOKEN_MAX  64
#define PAIRED_MAX 8 /* tokens of a form that also count in pairs: no real name has more that matter */

/* One accepted spelling of a person. */
struct form {
    size_t person; /* root position of the group of files */
    struct vls_slice text;
};

/* What brings two persons together: a token of a form by its consonants; two of them, with a blank between;
 * the whole of a form of one token, behind a blank; "=" and an identifier. */
struct token {
    const char *key;
    size_t person;
};

struct forms {
    struct form *v; /* ascending by person */
    size_t n, cap;
    size_t *first; /* by person: where its forms begin, n when it has none */
    struct token *token;
    size_t n_tokens, cap_tokens;
    const struct vls_match_person **match; /* by person: what comparing needs, made for the first meeting */
};

static enum vls_code
form_add(struct vls_report *r, struct forms *f, size_t person, struct vls_slice text, struct vls_error *err)
{
    void *room;

    if (text.n == 0)
        return VLS_OK;
    if ((room = vls__rp_room(&r->arena, f->v, f->n, &f->cap, sizeof *f->v)) == NULL)
        return rp_no_memory(err);
    f->v = room;
    f->v[f->n++] = (struct form){person, text};
    return VLS_OK;
}

static enum vls_code
token_add(struct vls_report *r, struct forms *f, size_t person, const char *key, struct vls_error *err)
{
    void *room = vls__rp_room(&r->arena, f->token, f->n_tokens, &f->cap_tokens, sizeof *f->token);

    if (room == NULL)
        return rp_no_memory(err);
    f->token = room;
    f->token[f->n_tokens++] = (struct token){key, person};
    return VLS_OK;
}

static bool
is_vowel(uint8_t ch)
{
    return ch != '\0' && strchr("aeiouy", ch) != NULL;
}

/* Consonants of a token, doubled ones once; the token itself where that leaves nothing, since an empty
 * key would match everyone. */
static size_t
skeleton(char out[TOKEN_MAX], const uint8_t *p, size_t n)
{
    size_t i, k = 0;

    for (i = 0; i < n && k < TOKEN_MAX - 1; i++) {
        if (!is_vowel(p[i]) && (k == 0 || p[i] >= 0x80 || out[k - 1] != (char)p[i]))
            out[k++] = (char)p[i];
    }
    if (k == 0) {
        k = n < TOKEN_MAX ? n : TOKEN_MAX - 1;
        memcpy(out, p, k);
    }
    return k;
}

/* Pairs of a form's tokens, or its only one, for when single tokens are too common. */
static enum vls_code
pair_tokens(struct vls_report *r, struct forms *f, size_t person, const char *const *word, size_t n,
            struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    struct vls_buf text;
    size_t i, k;

    for (i = 0; i < n && rc == VLS_OK; i++) {
        for (k = i + 1; (k < n || n == 1) && rc == VLS_OK; k++) {
            bool swap = n > 1 && strcmp(word[i], word[k]) > 0; /* in one order, whatever the name's was */

            vls_buf_init(&text, 2 * TOKEN_MAX + 2);
            vls_buf_printf(&text, "%s %s", n == 1 ? "" : word[swap ? k : i], word[n == 1 || swap ? i : k]);
            rc = token_add(r, f, person, vls__rp_take(&r->arena, &text), err);
            if (n == 1)
                break;
        }
    }
    return rc;
}

static enum vls_code
tokens_of_form(struct vls_report *r, struct forms *f, const struct form *form, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    const char *words[PAIRED_MAX];
    char word[TOKEN_MAX];
    struct vls_buf key;
    size_t i, end, n, n_words = 0;

    vls_buf_init(&key, RP_TEXT_MAX);
    vls_name_key(&key, form->text);
    for (i = 0; i < key.n && rc == VLS_OK; i = end + 1) {
        for (end = i; end < key.n && key.p[end] != ' '; end++)
            ;
        n = skeleton(word, key.p + i, end - i);
        if (n == 0)
            continue;
        if (n_words < PAIRED_MAX)
            words[n_words++] = vls__rp_strn(&r->arena, word, n);
        rc = token_add(r, f, form->person, vls__rp_strn(&r->arena, word, n), err);
    }
    vls_buf_clear(&key);
    return rc != VLS_OK ? rc : pair_tokens(r, f, form->person, words, n_words, err);
}

static enum vls_code
tokens_of_file(struct vls_report *r, struct forms *f, size_t file, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    const struct vls_row *row;
    struct vls_buf text;
    size_t i;

    for (i = 0; rc == VLS_OK && (row = vls__rp_row(r->list[RP_PERSON].v[file], "identifier", i)) != NULL; i++) {
        vls_buf_init(&text, RP_TEXT_MAX);
        vls_buf_put(&text, "=", 1);
        vls_buf_put_slice(&text, vls__rp_item_text(row->value));
        rc = token_add(r, f, r->persons.root[file], vls__rp_take(&r->arena, &text), err);
    }
    return rc;
}

static int
by_person(const void *x, const void *y)
{
    const struct form *a = x, *b = y;

    if (a->person != b->person)
        return a->person < b->person ? -1 : 1;
    return vls_slice_cmp(a->text, b->text);
}

static int
by_key(const void *x, const void *y)
{
    const struct token *a = x, *b = y;
    int c = strcmp(a->key, b->key);

    return c != 0 ? c : a->person < b->person ? -1 : a->person > b->person;
}

static bool
is_rejected(const struct vls_record *name)
{
    const struct vls_row *row = vls__rp_row(name, "rejected", 0);

    return row != NULL && row->value.n == 1 && row->value.p[0] == 0xf5; /* CBOR true */
}

/* Each person's spellings, sorted and each once. */
static enum vls_code
collect(struct vls_report *r, struct forms *f, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i, person, n = 0;

    for (i = 0; i < r->list[RP_PERSON].n && rc == VLS_OK; i++)
        rc = form_add(r, f, r->persons.root[i], vls__rp_text(r->list[RP_PERSON].v[i], "display-name"), err);
    for (i = 0; i < r->list[RP_NAME].n && rc == VLS_OK; i++) {
        const struct vls_record *name = r->list[RP_NAME].v[i];

        person = vls__rp_person_of(r, vls__rp_ref(name, "person", 0));
        if (person != RP_NONE && !is_rejected(name))
            rc = form_add(r, f, person, vls__rp_text(name, "text"), err);
    }
    if (rc != VLS_OK || f->n == 0)
        return rc;
    qsort(f->v, f->n, sizeof *f->v, by_person);
    for (i = 0; i < f->n; i++) {
        if (n == 0 || by_person(&f->v[n - 1], &f->v[i]) != 0)
            f->v[n++] = f->v[i];
    }
    f->n = n;
    return VLS_OK;
}

static enum vls_code
forms_of_all(struct vls_report *r, struct forms *f, struct vls_error *err)
{
    enum vls_code rc;
    size_t i, n = 0;

    memset(f, 0, sizeof *f);
    f->first = vls__rp_alloc(&r->arena, r->list[RP_PERSON].n, sizeof *f->first);
    f->match = vls__rp_alloc(&r->arena, r->list[RP_PERSON].n, sizeof *f->match);
    if (f->first == NULL || f->match == NULL)
        return rp_no_memory(err);
    if ((rc = collect(r, f, err)) != VLS_OK)
        return rc;
    for (i = 0; i < r->list[RP_PERSON].n; i++)
        f->first[i] = f->n;
    for (i = f->n; i-- > 0;)
        f->first[f->v[i].person] = i;
    for (i = 0; i < f->n && rc == VLS_OK; i++)
        rc = tokens_of_form(r, f, &f->v[i], err);
    for (i = 0; i < r->list[RP_PERSON].n && rc == VLS_OK; i++)
        rc = tokens_of_file(r, f, i, err);
    if (f->n_tokens == 0)
        return rc;
    qsort(f->token, f->n_tokens, sizeof *f->token, by_key);
    for (i = 1; i < f->n_tokens; i++) { /* each token of a person once, however many spellings have it */
        if (by_key(&f->token[n], &f->token[i]) != 0)
            f->token[++n] = f->token[i];
    }
    f->n_tokens = n + 1;
    return rc;
}

/* Two groups of persons with a token in common. */
struct meeting {
    size_t a, b; /* a < b, root positions */
};

static int
by_persons(const void *x, const void *y)
{
    const struct meeting *m = x, *o = y;

    if (m->a != o->a)
        return m->a < o->a ? -1 : 1;
    return m->b < o->b ? -1 : m->b > o->b;
}

static enum vls_code
meeting_add(struct vls_report *r, struct meeting **v, size_t *n, size_t *cap, size_t a, size_t b, struct vls_error *err)
{
    void *room;

    if (a == b)
        return VLS_OK;
    if ((room = vls__rp_room(&r->arena, *v, *n, cap, sizeof **v)) == NULL)
        return rp_no_memory(err);
    *v = room;
    (*v)[(*n)++] = (struct meeting){a < b ? a : b, a < b ? b : a};
    return VLS_OK;
}

/* Persons who share a token, an identifier, or a judgement, each pair once. */
static enum vls_code
meetings(struct vls_report *r, const struct forms *f, struct meeting **out, size_t *n, struct vls_error *err)
{
    const struct rp_groups *g = &r->persons;
    enum vls_code rc = VLS_OK;
    size_t i, k, at, end, cap = 0, kept = 0;

    *out = NULL;
    *n = 0;
    for (i = 0; i < f->n_tokens && rc == VLS_OK; i = end) {
        for (end = i + 1; end < f->n_tokens && strcmp(f->token[end].key, f->token[i].key) == 0; end++)
            ;
        if (end - i > RP_COMMON && vls__rp_can_be_common(f->token[i].key))
            continue;
        for (at = i; at < end; at++) {
            for (k = at + 1; k < end && rc == VLS_OK; k++)
                rc = meeting_add(r, out, n, &cap, f->token[at].person, f->token[k].person, err);
        }
    }
    for (i = 0; i < g->n_links && rc == VLS_OK; i++)
        rc = meeting_add(r, out, n, &cap, g->root[vls__rp_find(r, RP_PERSON, g->link[i].a)],
                         g->root[vls__rp_find(r, RP_PERSON, g->link[i].b)], err);
    if (rc != VLS_OK)
        return rc;
    if (*n != 0)
        qsort(*out, *n, sizeof **out, by_persons);
    for (i = 0; i < *n; i++) {
        if (kept == 0 || by_persons(&(*out)[kept - 1], &(*out)[i]) != 0)
            (*out)[kept++] = (*out)[i];
    }
    *n = kept;
    return VLS_OK;
}

static const char *
field_text(struct vls_report *r, const struct vls_record *rec, const char *name)
{
    const struct vls_row *row;
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, RP_TEXT_MAX);
    for (i = 0; (row = vls__rp_row(rec, name, i)) != NULL; i++) {
        if (text.n != 0)
            vls_buf_put(&text, "; ", 2);
        vls_value_print(&text, vls__rp_field(rec, name), row->value, r->lang);
    }
    return vls__rp_take(&r->arena, &text);
}

static const char *
names_text(struct vls_report *r, const struct forms *f, size_t person)
{
    struct vls_buf text;
    size_t i;

    vls_buf_init(&text, RP_TEXT_MAX);
    for (i = f->first[person]; i < f->n && f->v[i].person == person; i++) {
        if (text.n != 0)
            vls_buf_put(&text, "; ", 2);
        vls_buf_put_slice(&text, f->v[i].text);
    }
    return vls__rp_take(&r->arena, &text);
}

static enum vls_code
person_lines(struct vls_report *r, const struct forms *f, struct vls_pair *p, const struct meeting *m,
             struct vls_error *err)
{
    static const char *const FIELD[] = {"born", "nationality", "position", "case", "identifier"};
    const struct vls_record *a = r->list[RP_PERSON].v[m->a], *b = r->list[RP_PERSON].v[m->b];
    const char *x = names_text(r, f, m->a), *y = names_text(r, f, m->b);
    struct rp_lines l = {NULL, 0, 0};
    enum vls_code rc = vls__rp_line_add(r, &l, "name", x, y, vls__rp_same_or(x, y, VLS_REMARK_ALIKE), err);
    size_t i;

    for (i = 0; i < sizeof FIELD / sizeof *FIELD && rc == VLS_OK; i++) {
        x = field_text(r, a, FIELD[i]);
        y = field_text(r, b, FIELD[i]);
        rc = vls__rp_line_add(r, &l, FIELD[i], x, y, vls__rp_same_or(x, y, VLS_REMARK_DIFFERENT), err);
    }
    p->line = l.v;
    p->n_lines = l.n;
    return rc;
}

/* Everything that was said between the files of two persons' groups. */
static enum vls_same
judged_persons(const struct vls_report *r, const struct meeting *m)
{
    const struct rp_groups *g = &r->persons;
    enum vls_same all = VLS_SAME_UNJUDGED;
    size_t i;

    for (i = 0; i < g->n_links; i++) {
        size_t a = g->root[vls__rp_find(r, RP_PERSON, g->link[i].a)],
               b = g->root[vls__rp_find(r, RP_PERSON, g->link[i].b)];

        if ((a != m->a || b != m->b) && (a != m->b || b != m->a))
            continue;
        if (g->link[i].verdict == VLS_SAME_NO)
            return VLS_SAME_NO;
        all = VLS_SAME_UNSURE;
    }
    return all;
}

/* Shown values of a field as slices, of text for identifiers and countries. */
static enum vls_code
values_of(struct vls_report *r, const struct vls_record *rec, const char *name, const struct vls_slice **out, size_t *n,
          struct vls_error *err)
{
    struct vls_slice *v = vls__rp_alloc(&r->arena, rec->n_rows, sizeof *v);
    const struct vls_row *row;

    if (v == NULL)
        return rp_no_memory(err);
    for (*n = 0; (row = vls__rp_row(rec, name, *n)) != NULL; (*n)++)
        v[*n] = vls__rp_item_text(row->value);
    *out = v;
    return VLS_OK;
}

/* Spellings as slices, and taken apart: most who meet anybody meet many. */
static enum vls_code
match_names(struct vls_report *r, const struct forms *f, size_t person, struct vls_match_person *out,
            struct vls_error *err)
{
    const struct vls_name_parts **parts;
    struct vls_slice *names;
    size_t i;

    for (i = f->first[person]; i < f->n && f->v[i].person == person; i++)
        out->n_names++;
    names = vls__rp_alloc(&r->arena, out->n_names, sizeof *names);
    parts = vls__rp_alloc(&r->arena, out->n_names, sizeof *parts);
    if (names == NULL || parts == NULL)
        return rp_no_memory(err);
    for (i = 0; i < out->n_names; i++) {
        struct vls_name_parts *one = vls__rp_alloc(&r->arena, 1, vls_name_parts_size());

        if (one == NULL)
            return rp_no_memory(err);
        names[i] = f->v[f->first[person] + i].text;
        vls_name_take_apart(one, names[i]);
        parts[i] = one;
    }
    out->names = names;
    out->parts = parts;
    return VLS_OK;
}

static enum vls_code
match_person(struct vls_report *r, struct forms *f, size_t person, const struct vls_match_person **out,
             struct vls_error *err)
{
    const struct vls_record *rec = r->list[RP_PERSON].v[person];
    struct vls_match_person *made;
    const struct vls_row *born;
    struct vls_date day;
    enum vls_code rc;

    if ((*out = f->match[person]) != NULL)
        return VLS_OK;
    born = vls__rp_row(rec, "born", 0);
    if ((made = vls__rp_alloc(&r->arena, 1, sizeof *made)) == NULL)
        return rp_no_memory(err);
    made->birth = vls__rp_days_of(born != NULL && vls_date_read(&day, born->value), &day);
    if ((rc = match_names(r, f, person, made, err)) != VLS_OK ||
        (rc = values_of(r, rec, "identifier", &made->identifiers, &made->n_identifiers, err)) != VLS_OK ||
        (rc = values_of(r, rec, "nationality", &made->nationalities, &made->n_nationalities, err)) != VLS_OK)
        return rc;
    *out = f->match[person] = made;
    return VLS_OK;
}

static enum vls_code
compare_persons(struct vls_report *r, struct forms *f, const struct meeting *m, struct vls_error *err)
{
    const struct vls_record *a = r->list[RP_PERSON].v[m->a], *b = r->list[RP_PERSON].v[m->b];
    enum vls_same judged = judged_persons(r, m);
    const struct vls_match_person *x, *y;
    struct vls_likeness likeness;
    struct vls_pair p;
    enum vls_code rc;

    if (judged == VLS_SAME_NO)
        return VLS_OK;
    if ((rc = match_person(r, f, m->a, &x, err)) != VLS_OK || (rc = match_person(r, f, m->b, &y, err)) != VLS_OK)
        return rc;
    likeness = vls_match_persons(x, y);
    r->n_compared++;
    if (likeness.per_mille < VLS_LIKELY_PERSON && judged == VLS_SAME_UNJUDGED)
        return VLS_OK;
    memset(&p, 0, sizeof p);
    p.kind = VLS_PAIR_PERSON;
    memcpy(p.a, a->id, VLS_ID_LEN);
    memcpy(p.b, b->id, VLS_ID_LEN);
    p.ref_a = a->ref;
    p.ref_b = b->ref;
    p.by_a = vls__rp_origin_name(a);
    p.by_b = vls__rp_origin_name(b);
    p.subject_ref = p.subject = "";
    p.likeness = likeness.per_mille;
    p.why = likeness.why;
    p.unsure = judged != VLS_SAME_UNJUDGED;
    if ((rc = person_lines(r, f, &p, m, err)) != VLS_OK)
        return rc;
    return vls__rp_pair_add(r, &p, err);
}

enum vls_code
vls__rp_pair_persons(struct vls_report *r, struct vls_error *err)
{
    struct forms f;
    struct meeting *m;
    enum vls_code rc;
    size_t i, n;

    if ((rc = forms_of_all(r, &f, err)) != VLS_OK || (rc = meetings(r, &f, &m, &n, err)) != VLS_OK)
        return rc;
    for (i = 0; i < n && rc == VLS_OK; i++)
        rc = compare_persons(r, &f, &m[i], err);
    return rc;
}

bool
vls__rp_can_be_common(const char *token)
{
    return strpbrk(token, " =") == NULL;
}

enum vls_code
vls__rp_tokens(struct vls_report *r, rp_token_fn *fn, void *ctx, struct vls_error *err)
{
    struct forms f;
    enum vls_code rc = forms_of_all(r, &f, err);
    size_t i;

    for (i = 0; i < f.n_tokens && rc == VLS_OK; i++)
        rc = fn(ctx, f.token[i].key, r->list[RP_PERSON].v[f.token[i].person]->id, err);
    return rc;
}

enum vls_code
vls__rp_compare(struct vls_report *r, const struct rp_two *two, size_t n, struct vls_error *err)
{
    struct forms f;
    enum vls_code rc = forms_of_all(r, &f, err);
    size_t i;

    for (i = 0; i < n && rc == VLS_OK; i++) {
        size_t a = vls__rp_person_of(r, two[i].a), b = vls__rp_person_of(r, two[i].b);
        struct meeting m = {a < b ? a : b, a < b ? b : a};

        if (a != RP_NONE && b != RP_NONE && a != b)
            rc = compare_persons(r, &f, &m, err);
    }
    return rc;
}
