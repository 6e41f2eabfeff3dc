/*
 * Notes of what is tedious to find out: pairs that may be the same, what brings persons together, reports that the
 * Court was not told. They are brought up to date from the records that have changed, by the same functions that read
 * everything, so that the answer is the same (Q9).
 */
#include <stdio.h>
#include <stdlib.h>

#include "valise/notes.h"
#include "noted_int.h"

#define VERSION 2u /* of what the notes mean: another one makes all anew */

/* ---- from a report of everything ---- */

static enum vls_code
note_token(void *ctx, const char *token, const uint8_t person[VLS_ID_LEN], struct vls_error *err)
{
    return vls_notes_token_add(ctx, vls_slice_str(token), person, err);
}

enum vls_code
vls__rp_note_pairs(struct vls_store *s, const struct vls_report *r, struct vls_error *err)
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
note_recalls(struct vls_store *s, const struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < r->n_recalls && rc == VLS_OK; i++)
        if (r->recall[i].open)
            rc = vls_notes_recall_put(s, r->recall[i].id, err);
    return rc;
}

static enum vls_code
note_all(struct vls_store *s, struct vls_report *r, struct vls_error *err)
{
    enum vls_code rc = vls_notes_begin(s, true, err);

    if (rc != VLS_OK)
        return rc;
    if ((rc = vls__rp_tokens(r, note_token, s, err)) == VLS_OK && (rc = vls__rp_note_pairs(s, r, err)) == VLS_OK &&
        (rc = note_duties(s, r, err)) == VLS_OK)
        rc = note_recalls(s, r, err);
    return vls_notes_end(s, VERSION, rc, err);
}

/* ---- from what has changed ---- */

/* After the persons: a person that has changed is no trip, and its pairs stay. */
static enum vls_code
changed_trips(struct rp_gather *g, const struct rp_ids *changed, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < changed->n && rc == VLS_OK; i++) {
        if ((rc = vls__rp_ids_add(&g->r->arena, &g->persons, changed->v[i], err)) == VLS_OK)
            rc = vls__rp_ids_add(&g->r->arena, &g->trips, changed->v[i], err);
    }
    if (rc != VLS_OK || (rc = vls__rp_gather_travel(g, err)) != VLS_OK)
        return rc;
    vls__rp_sort(g->r);
    for (i = 0; i < g->trips.n && rc == VLS_OK; i++) {
        if (vls__rp_find(g->r, RP_PERSON, g->trips.v[i]) == RP_NONE)
            rc = vls_notes_pair_drop(g->r->store, g->trips.v[i], NULL, err);
    }
    if (rc != VLS_OK || (rc = vls__rp_join(g->r, err)) != VLS_OK || (rc = vls__rp_indexes(g->r, err)) != VLS_OK ||
        (rc = vls__rp_trips(g->r, err)) != VLS_OK || (rc = vls__rp_pair_trips(g->r, err)) != VLS_OK)
        return rc;
    return vls__rp_note_pairs(g->r->store, g->r, err);
}

static enum vls_code
changed_reports(struct rp_gather *g, const struct rp_ids *changed, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;
    size_t i;

    for (i = 0; i < changed->n && rc == VLS_OK; i++) {
        if ((rc = vls_notes_duty_drop(g->r->store, changed->v[i], err)) == VLS_OK)
            rc = vls__rp_gather_one(g, changed->v[i], err);
    }
    for (i = 0; i < g->r->list[RP_INFO].n && rc == VLS_OK; i++)
        rc = vls__rp_gather_referring(g, RP_TRANSMISSION, g->r->list[RP_INFO].v[i]->id, NULL, NULL, err);
    if (rc != VLS_OK)
        return rc;
    vls__rp_sort(g->r);
    if ((rc = vls__rp_join(g->r, err)) != VLS_OK || (rc = vls__rp_indexes(g->r, err)) != VLS_OK)
        return rc;
    return note_duties(g->r->store, g->r, err);
}

/* After the reports: what is noted of a changed transmission is gone by now. */
static enum vls_code
changed_recalls(struct rp_gather *g, const struct rp_ids *changed, struct vls_error *err)
{
    struct rp_ids concerned = {.n = 0};
    enum vls_code rc = VLS_OK;
    size_t i, at;

    for (i = 0; i < changed->n && rc == VLS_OK; i++)
        rc = vls__rp_resting_on(g, changed->v[i], &concerned, err);
    for (i = 0; i < concerned.n && rc == VLS_OK; i++)
        rc = vls_notes_duty_drop(g->r->store, concerned.v[i], err);
    if (rc != VLS_OK || (rc = vls__rp_gather_recalls(g, &concerned, err)) != VLS_OK)
        return rc;
    vls__rp_sort(g->r);
    for (i = 0; i < concerned.n && rc == VLS_OK; i++)
        if ((at = vls__rp_find(g->r, RP_TRANSMISSION, concerned.v[i])) != RP_NONE)
            rc = vls__rp_recall(g->r, g->r->list[RP_TRANSMISSION].v[at], err);
    return rc != VLS_OK ? rc : note_recalls(g->r->store, g->r, err);
}

struct changed {
    struct rp_arena *arena;
    struct rp_ids ids;
};

static enum vls_code
changed_add(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct changed *c = ctx;

    return vls__rp_ids_add(c->arena, &c->ids, id, err);
}

/* Within a transaction of the notes. */
static enum vls_code
note_changes(struct vls_store *s, int64_t now_unix, const char *lang, struct vls_error *err)
{
    struct rp_gather persons = {.r = NULL}, trips = {.r = NULL}, reports = {.r = NULL}, recalls = {.r = NULL};
    struct changed changed = {.ids = {.n = 0}};
    enum vls_code rc;

    if ((rc = vls__rp_gather_new(&persons, s, now_unix, lang, err)) != VLS_OK ||
        (rc = vls__rp_gather_new(&trips, s, now_unix, lang, err)) != VLS_OK ||
        (rc = vls__rp_gather_new(&reports, s, now_unix, lang, err)) != VLS_OK ||
        (rc = vls__rp_gather_new(&recalls, s, now_unix, lang, err)) != VLS_OK)
        goto out;
    changed.arena = &persons.r->arena;
    if ((rc = vls_notes_changed(s, changed_add, &changed, err)) == VLS_OK &&
        (rc = vls__rp_note_persons(&persons, &changed.ids, err)) == VLS_OK &&
        (rc = changed_trips(&trips, &changed.ids, err)) == VLS_OK &&
        (rc = changed_reports(&reports, &changed.ids, err)) == VLS_OK)
        rc = changed_recalls(&recalls, &changed.ids, err);
out:
    vls__rp_gather_clear(&persons);
    vls__rp_gather_clear(&trips);
    vls__rp_gather_clear(&reports);
    vls__rp_gather_clear(&recalls);
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

static enum vls_code
recall_id(void *ctx, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct changed *c = ctx;

    return vls__rp_ids_add(c->arena, &c->ids, id, err);
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
    struct changed recalls = {.ids = {.n = 0}};
    enum vls_code rc;

    if ((rc = vls__rp_gather_new(&g, s, now_unix, lang, err)) != VLS_OK || (rc = gather_open(&g, err)) != VLS_OK)
        goto out;
    recalls.arena = &g.r->arena;
    if ((rc = vls_notes_recalls(s, recall_id, &recalls, err)) != VLS_OK ||
        (rc = vls__rp_gather_recalls(&g, &recalls.ids, err)) != VLS_OK)
        goto out;
    vls__rp_sort(g.r);
    for (size_t i = 0; i < recalls.ids.n && rc == VLS_OK; i++) {
        size_t at = vls__rp_find(g.r, RP_TRANSMISSION, recalls.ids.v[i]);

        if (at != RP_NONE)
            rc = vls__rp_recall(g.r, g.r->list[RP_TRANSMISSION].v[at], err);
    }
    if (rc != VLS_OK)
        goto out;
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
