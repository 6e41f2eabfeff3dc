/*
 * Notes of what is tedious to find out: pairs that may be the same, what brings persons together, reports that the
 * Court was not told. They are brought up to date from the records that have changed, by the same functions that read
 * everything, so that the answer is the same (Q9).
 */
#include <stdio.h>
#include <stdlib.h>

#include "valise/notes.h"

#include "report_int.h"

#define VERSION 1u /* of what the notes mean: another one makes all anew */

/* ---- from a report of everything ---- */

static enum vls_code
note_token(void *ctx, const char *token, const uint8_t person[VLS_ID_LEN], struct vls_error *err)
{
    return vls_notes_token_add(ctx, vls_slice_str(token), person, err);
}

static enum vls_code
note_pairs(struct vls_store *s, const struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < r->n_pairs && rc == VLS_OK; i++) {
        struct vls_note_pair p = {.kind = (int)r->pair[i].kind, .likeness = r->pair[i].likeness};

        memcpy(p.a, r->pair[i].a, VLS_ID_LEN);
        memcpy(p.b, r->pair[i].b, VLS_ID_LEN);
        p.unsure = r->pair[i].unsure;
        rc = vls_notes_pair_put(s, &p, err);
    }
    return rc;
}

static enum vls_code
note_duties(struct vls_store *s, const struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < r->list[RP_INFO].n && rc == VLS_OK; i++) {
        enum rp_duty duty = vls__rp_duty(r, r->list[RP_INFO].v[i]);

        if (duty != RP_DUTY_NONE)
            rc = vls_notes_duty_put(s, r->list[RP_INFO].v[i]->id, duty == RP_DUTY_LEFT_OUT, err);
    }
    return rc;
}

static enum vls_code
note_all(struct vls_store *s, struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = vls_notes_begin(s, true, err);

    if (rc != VLS_OK)
        return rc;
    if ((rc = vls__rp_tokens(r, note_token, s, err)) == VLS_OK && (rc = note_pairs(s, r, err)) == VLS_OK)
        rc = note_duties(s, r, err);
    return vls_notes_end(s, VERSION, rc, err);
}

/* ---- from what has changed ---- */

/* A token that a changed person has or had, and how many have it: up to one more than may. */
struct key {
    const char *text;
    size_t before, after;
};

/* A changed person's token. */
struct held {
    const char *text;
    const uint8_t *person;
};

struct noting {
    struct vls_store *s;
    struct rp_arena *arena; /* g's */
    struct rp_gather g;     /* the changed persons and their groups */
    struct rp_ids *changed;
    struct key *key; /* ascending, each once */
    size_t n_keys, cap_keys;
    struct held *held;
    size_t n_held, cap_held;
    struct rp_two *two; /* to be compared */
    size_t n_two, cap_two;
    struct rp_ids ids; /* of the last question */
};

static enum vls_code
key_add(struct noting *n, const char *text, struct vls_error *err)
{
    void *room = vls__rp_room(n->arena, n->key, n->n_keys, &n->cap_keys, sizeof *n->key);

    if (room == NULL)
        return rp_no_memory(err);
    n->key = room;
    n->key[n->n_keys++] = (struct key){text, 0, 0};
    return VLS_OK;
}

static enum vls_code
key_before(void *ctx, struct vls_slice token, struct vls_error *err)
{
    struct noting *n = ctx;

    return key_add(n, vls__rp_strn(n->arena, token.p, token.n), err);
}

static enum vls_code
key_now(void *ctx, const char *token, const uint8_t person[VLS_ID_LEN], struct vls_error *err)
{
    struct noting *n = ctx;
    void *room = vls__rp_room(n->arena, n->held, n->n_held, &n->cap_held, sizeof *n->held);

    if (room == NULL)
        return rp_no_memory(err);
    n->held = room;
    n->held[n->n_held++] = (struct held){token, person};
    return key_add(n, token, err);
}

static int
by_text(const void *x, const void *y)
{
    return strcmp(((const struct key *)x)->text, ((const struct key *)y)->text);
}

static void
keys_once(struct noting *n)
{
    size_t kept = 0;

    if (n->n_keys != 0)
        qsort(n->key, n->n_keys, sizeof *n->key, by_text);
    for (size_t i = 0; i < n->n_keys; i++) {
        if (kept == 0 || strcmp(n->key[kept - 1].text, n->key[i].text) != 0)
            n->key[kept++] = n->key[i];
    }
    n->n_keys = kept;
}

static enum vls_code
id_add(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct noting *n = ctx;

    return vls__rp_ids_add(n->arena, &n->ids, id, err);
}

/* Persons of a token, at most most, into n->ids. */
static enum vls_code
persons_of(struct noting *n, const char *token, size_t most, struct vls_error *err)
{
    memset(&n->ids, 0, sizeof n->ids);
    return vls_notes_token_persons(n->s, vls_slice_str(token), most, id_add, n, err);
}

static enum vls_code
keys_count(struct noting *n, bool after, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n->n_keys && rc == VLS_OK; i++) {
        if (!vls__rp_can_be_common(n->key[i].text))
            continue;
        rc = persons_of(n, n->key[i].text, RP_COMMON + 1, err);
        *(after ? &n->key[i].after : &n->key[i].before) = n->ids.n;
    }
    return rc;
}

static enum vls_code
two_add(struct noting *n, const uint8_t a[VLS_ID_LEN], const uint8_t b[VLS_ID_LEN], struct vls_error *err)
{
    bool swap = memcmp(a, b, VLS_ID_LEN) > 0; /* ids are no secrets from their reader */
    void *room;

    if (rp_same_id(a, b))
        return VLS_OK;
    if ((room = vls__rp_room(n->arena, n->two, n->n_two, &n->cap_two, sizeof *n->two)) == NULL)
        return rp_no_memory(err);
    n->two = room;
    memcpy(n->two[n->n_two].a, swap ? b : a, VLS_ID_LEN);
    memcpy(n->two[n->n_two++].b, swap ? a : b, VLS_ID_LEN);
    return VLS_OK;
}

static int
by_two(const void *x, const void *y)
{
    return memcmp(x, y, sizeof(struct rp_two));
}

/* Whom the changed persons meet now: by their tokens, and by what somebody said of them. */
static enum vls_code
meet_changed(struct noting *n, struct vls_error *err)
{
    const struct rp_groups *links = &n->g.r->persons;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n->n_held && rc == VLS_OK; i++) {
        const struct key wanted = {n->held[i].text, 0, 0},
                         *key = bsearch(&wanted, n->key, n->n_keys, sizeof *n->key, by_text);

        if (key->after > RP_COMMON)
            continue;
        rc = persons_of(n, key->text, SIZE_MAX, err);
        for (size_t k = 0; k < n->ids.n && rc == VLS_OK; k++)
            rc = two_add(n, n->held[i].person, n->ids.v[k], err);
    }
    for (size_t i = 0; i < links->n_links && rc == VLS_OK; i++) {
        size_t a = vls__rp_person_of(n->g.r, links->link[i].a), b = vls__rp_person_of(n->g.r, links->link[i].b);

        rc = two_add(n, n->g.r->list[RP_PERSON].v[a]->id, n->g.r->list[RP_PERSON].v[b]->id, err);
    }
    return rc;
}

/* ---- tokens that became common, or no longer are: they bring others together or apart as well ---- */

struct meeting {
    struct noting *n;
    const uint8_t *other;
    struct rp_ids holders; /* of the token that became common */
    bool met;
};

static enum vls_code
is_other(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct meeting *m = ctx;

    (void)err;
    m->met = m->met || rp_same_id(id, m->other);
    return VLS_OK;
}

static enum vls_code
shares(void *ctx, struct vls_slice token, struct vls_error *err)
{
    struct meeting *m = ctx;
    const char *text = vls__rp_strn(m->n->arena, token.p, token.n);
    enum vls_code rc = VLS_OK;

    if (m->met)
        return VLS_OK;
    if (vls__rp_can_be_common(text) && (rc = persons_of(m->n, text, RP_COMMON + 1, err)) == VLS_OK &&
        m->n->ids.n > RP_COMMON)
        return VLS_OK;
    return rc != VLS_OK ? rc : vls_notes_token_persons(m->n->s, token, SIZE_MAX, is_other, m, err);
}

/* A pair of two others who have the token: it goes unless something else brings them together. */
static enum vls_code
part(void *ctx, const struct vls_note_pair *p, struct vls_error *err)
{
    struct meeting *m = ctx;
    enum vls_code rc;

    if (p->kind != VLS_PAIR_PERSON || p->unsure || !vls__rp_ids_have(&m->holders, p->b))
        return VLS_OK;
    m->other = p->b;
    m->met = false;
    if ((rc = vls_notes_tokens(m->n->s, p->a, shares, m, err)) != VLS_OK || m->met)
        return rc;
    return vls_notes_pair_drop(m->n->s, p->a, p->b, err);
}

static enum vls_code
became_common(struct noting *n, const char *token, struct vls_error *err)
{
    struct meeting m = {.n = n};
    enum vls_code rc = persons_of(n, token, SIZE_MAX, err);

    m.holders = n->ids;
    for (size_t i = 0; i < m.holders.n && rc == VLS_OK; i++)
        rc = vls_notes_pairs(n->s, m.holders.v[i], SIZE_MAX, part, &m, err);
    return rc;
}

static enum vls_code
became_rare(struct noting *n, const char *token, struct vls_error *err)
{
    enum vls_code rc = persons_of(n, token, SIZE_MAX, err);

    for (size_t i = 0; i < n->ids.n; i++) {
        for (size_t k = i + 1; k < n->ids.n && rc == VLS_OK; k++)
            rc = two_add(n, n->ids.v[i], n->ids.v[k], err);
    }
    return rc;
}

static enum vls_code
meet_others(struct noting *n, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n->n_keys && rc == VLS_OK; i++) {
        const struct key *k = &n->key[i];

        if (k->before <= RP_COMMON && k->after > RP_COMMON)
            rc = became_common(n, k->text, err);
        else if (k->before > RP_COMMON && k->after <= RP_COMMON)
            rc = became_rare(n, k->text, err);
    }
    return rc;
}

/* ---- persons ---- */

static enum vls_code
compare_noted(struct noting *n, struct vls_error *err)
{
    struct rp_gather g;
    enum vls_code rc;
    size_t i, kept = 0;

    if (n->n_two == 0)
        return VLS_OK;
    qsort(n->two, n->n_two, sizeof *n->two, by_two);
    for (i = 0; i < n->n_two; i++) {
        if (kept == 0 || by_two(&n->two[kept - 1], &n->two[i]) != 0)
            n->two[kept++] = n->two[i];
    }
    n->n_two = kept;
    rc = vls__rp_gather_new(&g, n->s, n->g.r->now_unix, n->g.r->lang, err);
    for (i = 0; i < n->n_two && rc == VLS_OK; i++) {
        if ((rc = vls__rp_ids_add(&g.r->arena, &g.persons, n->two[i].a, err)) == VLS_OK)
            rc = vls__rp_ids_add(&g.r->arena, &g.persons, n->two[i].b, err);
    }
    if (rc == VLS_OK && (rc = vls__rp_gather_persons(&g, err)) == VLS_OK &&
        (rc = vls__rp_gather_names(&g, err)) == VLS_OK) {
        vls__rp_sort(g.r);
        if ((rc = vls__rp_join(g.r, err)) == VLS_OK && (rc = vls__rp_compare(g.r, n->two, n->n_two, err)) == VLS_OK)
            rc = note_pairs(n->s, g.r, err);
    }
    vls__rp_gather_clear(&g);
    return rc;
}

/* Tokens and pairs of the changed persons go and come again. */
static enum vls_code
tokens_replace(struct noting *n, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < n->g.persons.n && rc == VLS_OK; i++)
        rc = vls_notes_tokens(n->s, n->g.persons.v[i], key_before, n, err);
    if (rc != VLS_OK || (rc = vls__rp_tokens(n->g.r, key_now, n, err)) != VLS_OK)
        return rc;
    keys_once(n);
    if ((rc = keys_count(n, false, err)) != VLS_OK)
        return rc;
    for (i = 0; i < n->g.persons.n && rc == VLS_OK; i++) {
        if ((rc = vls_notes_tokens_drop(n->s, n->g.persons.v[i], err)) == VLS_OK)
            rc = vls_notes_pair_drop(n->s, n->g.persons.v[i], NULL, err);
    }
    for (i = 0; i < n->n_held && rc == VLS_OK; i++)
        rc = vls_notes_token_add(n->s, vls_slice_str(n->held[i].text), n->held[i].person, err);
    return rc != VLS_OK ? rc : keys_count(n, true, err);
}

static enum vls_code
changed_persons(struct noting *n, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < n->changed->n && rc == VLS_OK; i++)
        rc = vls__rp_ids_add(n->arena, &n->g.persons, n->changed->v[i], err);
    if (rc != VLS_OK || (rc = vls__rp_gather_persons(&n->g, err)) != VLS_OK ||
        (rc = vls__rp_gather_names(&n->g, err)) != VLS_OK)
        return rc;
    vls__rp_sort(n->g.r);
    if ((rc = vls__rp_join(n->g.r, err)) != VLS_OK || (rc = tokens_replace(n, err)) != VLS_OK ||
        (rc = meet_changed(n, err)) != VLS_OK || (rc = meet_others(n, err)) != VLS_OK)
        return rc;
    return compare_noted(n, err);
}

/* ---- trips and reports ---- */

/* After the persons: a person that has changed is no trip, and its pairs stay. */
static enum vls_code
changed_trips(struct noting *n, struct rp_gather *g, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < n->changed->n && rc == VLS_OK; i++) {
        if ((rc = vls__rp_ids_add(&g->r->arena, &g->persons, n->changed->v[i], err)) == VLS_OK)
            rc = vls__rp_ids_add(&g->r->arena, &g->trips, n->changed->v[i], err);
    }
    if (rc != VLS_OK || (rc = vls__rp_gather_travel(g, err)) != VLS_OK)
        return rc;
    vls__rp_sort(g->r);
    for (i = 0; i < g->trips.n && rc == VLS_OK; i++) {
        if (vls__rp_find(g->r, RP_PERSON, g->trips.v[i]) == RP_NONE)
            rc = vls_notes_pair_drop(n->s, g->trips.v[i], NULL, err);
    }
    if (rc != VLS_OK || (rc = vls__rp_join(g->r, err)) != VLS_OK || (rc = vls__rp_indexes(g->r, err)) != VLS_OK ||
        (rc = vls__rp_trips(g->r, err)) != VLS_OK || (rc = vls__rp_pair_trips(g->r, err)) != VLS_OK)
        return rc;
    return note_pairs(n->s, g->r, err);
}

static enum vls_code
changed_reports(struct noting *n, struct rp_gather *g, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < n->changed->n && rc == VLS_OK; i++) {
        if ((rc = vls_notes_duty_drop(n->s, n->changed->v[i], err)) == VLS_OK)
            rc = vls__rp_gather_one(g, n->changed->v[i], err);
    }
    for (i = 0; i < g->r->list[RP_INFO].n && rc == VLS_OK; i++)
        rc = vls__rp_gather_referring(g, RP_TRANSMISSION, g->r->list[RP_INFO].v[i]->id, NULL, NULL, err);
    if (rc != VLS_OK)
        return rc;
    vls__rp_sort(g->r);
    if ((rc = vls__rp_join(g->r, err)) != VLS_OK || (rc = vls__rp_indexes(g->r, err)) != VLS_OK)
        return rc;
    return note_duties(n->s, g->r, err);
}

static enum vls_code
changed_add(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct noting *n = ctx;

    return vls__rp_ids_add(n->arena, n->changed, id, err);
}

/* Within a transaction of the notes. */
static enum vls_code
note_changes(struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct rp_gather trips = {.r = NULL}, reports = {.r = NULL};
    struct rp_ids changed = {.n = 0};
    struct noting n = {.s = s, .changed = &changed};
    enum vls_code rc;

    if ((rc = vls__rp_gather_new(&n.g, s, now_unix, lang, err)) != VLS_OK ||
        (rc = vls__rp_gather_new(&trips, s, now_unix, lang, err)) != VLS_OK ||
        (rc = vls__rp_gather_new(&reports, s, now_unix, lang, err)) != VLS_OK)
        goto out;
    n.arena = &n.g.r->arena;
    if ((rc = vls_notes_changed(s, changed_add, &n, err)) == VLS_OK && (rc = changed_persons(&n, err)) == VLS_OK &&
        (rc = changed_trips(&n, &trips, err)) == VLS_OK)
        rc = changed_reports(&n, &reports, err);
out:
    vls__rp_gather_clear(&n.g);
    vls__rp_gather_clear(&trips);
    vls__rp_gather_clear(&reports);
    return rc;
}

/* ---- asking ---- */

/* Notes that cannot be written are done without. */
static bool
unwritable(enum vls_code rc)
{
    return rc == VLS_EFULL || rc == VLS_EREADONLY || rc == VLS_EIO || rc == VLS_EBUSY;
}

static enum vls_code
gather_id(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    return vls__rp_gather_one(ctx, id, err);
}

/* The reports that are open, with what covers them, the trips they name and the persons they are about. */
static enum vls_code
gather_open(struct rp_gather *g, struct vls_error *err)
{
    static const char *const fields[] = {"trip", "about"};
    struct rp_ids *const into[] = {&g->trips, &g->persons};
    size_t n_left_out;
    enum vls_code rc = vls_notes_duties(g->r->store, gather_id, g, &n_left_out, err);

    g->r->n_left_out = n_left_out;
    for (size_t i = 0; i < g->r->list[RP_INFO].n && rc == VLS_OK; i++) {
        const struct vls_record *info = g->r->list[RP_INFO].v[i];

        for (size_t f = 0; f < 2; f++) {
            for (size_t k = 0; rc == VLS_OK && vls__rp_row(info, fields[f], k) != NULL; k++) {
                if (vls__rp_ref(info, fields[f], k) != NULL)
                    rc = vls__rp_ids_add(&g->r->arena, into[f], vls__rp_ref(info, fields[f], k), err);
            }
        }
        if (rc == VLS_OK)
            rc = vls__rp_gather_referring(g, RP_TRANSMISSION, info->id, NULL, NULL, err);
    }
    if (rc != VLS_OK || (rc = vls__rp_gather_trips(g, err)) != VLS_OK)
        return rc;
    return vls__rp_gather_persons(g, err);
}

static enum vls_code
first_pair(void *ctx, const struct vls_note_pair *p, struct vls_error *err)
{
    struct vls_report *r = ctx;
    struct vls_record *a = NULL, *b = NULL;
    enum vls_code rc = VLS_OK;

    if (p->unsure)
        return VLS_OK;
    if ((rc = vls_store_record(r->store, p->a, VLS_LOAD_LIVE, &a, err)) == VLS_OK &&
        (rc = vls_store_record(r->store, p->b, VLS_LOAD_LIVE, &b, err)) == VLS_OK) {
        memcpy(r->noted.a, p->a, VLS_ID_LEN);
        memcpy(r->noted.b, p->b, VLS_ID_LEN);
        (void)snprintf(r->noted.ref_a, sizeof r->noted.ref_a, "%s", a->ref);
        (void)snprintf(r->noted.ref_b, sizeof r->noted.ref_b, "%s", b->ref);
    }
    vls_record_free(a);
    vls_record_free(b);
    return rc;
}

/* The answer as the notes stand. */
static enum vls_code
answer(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct rp_gather g = {.r = NULL};
    enum vls_code rc;

    if ((rc = vls__rp_gather_new(&g, s, now_unix, lang, err)) != VLS_OK || (rc = gather_open(&g, err)) != VLS_OK)
        goto out;
    vls__rp_sort(g.r);
    if ((rc = vls__rp_join(g.r, err)) != VLS_OK || (rc = vls__rp_indexes(g.r, err)) != VLS_OK ||
        (rc = vls__rp_trips(g.r, err)) != VLS_OK || (rc = vls__rp_unshared(g.r, err)) != VLS_OK ||
        (rc = vls_notes_pair_count(s, &g.r->noted.n_sure, &g.r->noted.n_unsure, err)) != VLS_OK ||
        (rc = vls_notes_pairs(s, NULL, 1, first_pair, g.r, err)) != VLS_OK)
        goto out;
    g.r->from_notes = true;
    *out = g.r;
    g.r = NULL;
out:
    vls__rp_gather_clear(&g);
    return rc;
}

/* The answer is read before the commit: on a full disk it stands all the same. */
static enum vls_code
catch_up(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    enum vls_code rc = vls_notes_begin(s, false, err), end;

    if (rc != VLS_OK)
        return rc;
    if ((rc = note_changes(s, now_unix, lang, err)) == VLS_OK)
        rc = answer(out, s, now_unix, lang, err);
    end = vls_notes_end(s, VERSION, rc, err);
    if (end == VLS_OK || (rc == VLS_OK && unwritable(end)))
        return VLS_OK;
    vls_report_close(*out);
    *out = NULL;
    return end;
}

static enum vls_code
read_all(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang, bool note,
         struct vls_error *err)
{
    enum vls_code rc = vls_report_open(out, s, now_unix, lang, err);

    if (rc != VLS_OK || !note || (rc = note_all(s, *out, err)) == VLS_OK || unwritable(rc))
        return *out != NULL ? VLS_OK : rc;
    vls_report_close(*out);
    *out = NULL;
    return rc;
}

enum vls_code
vls_report_open_waiting(struct vls_report **out, struct vls_store *s, int64_t now_unix, const char *lang,
                        struct vls_error *err)
{
    enum vls_notes_state state;
    enum vls_code rc = vls_notes_look(s, VERSION, &state, err);

    *out = NULL;
    if (rc != VLS_OK)
        return rc;
    switch (state) {
    case VLS_NOTES_CURRENT: rc = answer(out, s, now_unix, lang, err); break;
    case VLS_NOTES_BEHIND:
        rc = catch_up(out, s, now_unix, lang, err);
        if (unwritable(rc))
            rc = read_all(out, s, now_unix, lang, false, err);
        break;
    default: rc = read_all(out, s, now_unix, lang, true, err); break;
    }
    if (rc != VLS_OK)
        vls_while(err, "reading what waits");
    return rc;
}
