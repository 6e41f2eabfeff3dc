/*
 * Notes of what brings persons together, brought up to date from those that have changed: their tokens go and come
 * again, and a token that became common, or no longer is, brings others together or apart as well.
 */
#include <stdlib.h>

#include "noted_int.h"

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
    struct rp_gather *g;    /* the changed persons and their groups */
    struct key *key;        /* ascending, each once */
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
    const struct rp_groups *links = &n->g->r->persons;
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
        size_t a = vls__rp_person_of(n->g->r, links->link[i].a), b = vls__rp_person_of(n->g->r, links->link[i].b);

        rc = two_add(n, n->g->r->list[RP_PERSON].v[a]->id, n->g->r->list[RP_PERSON].v[b]->id, err);
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
    rc = vls__rp_gather_new(&g, n->s, n->g->r->now_unix, n->g->r->lang, err);
    for (i = 0; i < n->n_two && rc == VLS_OK; i++) {
        if ((rc = vls__rp_ids_add(&g.r->arena, &g.persons, n->two[i].a, err)) == VLS_OK)
            rc = vls__rp_ids_add(&g.r->arena, &g.persons, n->two[i].b, err);
    }
    if (rc == VLS_OK && (rc = vls__rp_gather_persons(&g, err)) == VLS_OK &&
        (rc = vls__rp_gather_names(&g, err)) == VLS_OK) {
        vls__rp_sort(g.r);
        if ((rc = vls__rp_join(g.r, err)) == VLS_OK && (rc = vls__rp_compare(g.r, n->two, n->n_two, err)) == VLS_OK)
            rc = vls__rp_note_pairs(n->s, g.r, err);
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

    for (i = 0; i < n->g->persons.n && rc == VLS_OK; i++)
        rc = vls_notes_tokens(n->s, n->g->persons.v[i], key_before, n, err);
    if (rc != VLS_OK || (rc = vls__rp_tokens(n->g->r, key_now, n, err)) != VLS_OK)
        return rc;
    keys_once(n);
    if ((rc = keys_count(n, false, err)) != VLS_OK)
        return rc;
    for (i = 0; i < n->g->persons.n && rc == VLS_OK; i++) {
        if ((rc = vls_notes_tokens_drop(n->s, n->g->persons.v[i], err)) == VLS_OK)
            rc = vls_notes_pair_drop(n->s, n->g->persons.v[i], NULL, err);
    }
    for (i = 0; i < n->n_held && rc == VLS_OK; i++)
        rc = vls_notes_token_add(n->s, vls_slice_str(n->held[i].text), n->held[i].person, err);
    return rc != VLS_OK ? rc : keys_count(n, true, err);
}

enum vls_code
vls__rp_note_persons(struct rp_gather *g, const struct rp_ids *changed, struct vls_error *err)
{
    struct noting n = {.s = g->r->store, .arena = &g->r->arena, .g = g};
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < changed->n && rc == VLS_OK; i++)
        rc = vls__rp_ids_add(n.arena, &g->persons, changed->v[i], err);
    if (rc != VLS_OK || (rc = vls__rp_gather_persons(g, err)) != VLS_OK ||
        (rc = vls__rp_gather_names(g, err)) != VLS_OK)
        return rc;
    vls__rp_sort(g->r);
    if ((rc = vls__rp_join(g->r, err)) != VLS_OK || (rc = tokens_replace(&n, err)) != VLS_OK ||
        (rc = meet_changed(&n, err)) != VLS_OK || (rc = meet_others(&n, err)) != VLS_OK)
        return rc;
    return compare_noted(&n, err);
}
