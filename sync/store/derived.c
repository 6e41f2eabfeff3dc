/*
 * What follows from the merged values of a record: the records it refers to, the words it is found by, its conflicts.
 * Rows are written only where something differs.
 */
#include <stdlib.h>
#include <string.h>

#include "judge_int.h"

static int
link_cmp(const void *a, const void *b)
{
    return memcmp(a, b, VLS_ID_LEN);
}

/* The ids that shown values refer to, ascending and once each, behind the kind of the record. */
static void
collect_links(struct vls__judge *j, const struct vls_kind *kind, uint32_t kind_no)
{
    struct vls_buf *out = &j->links;
    size_t n = VLS__LINKS_HEAD;

    vls_buf_put_le32(out, kind_no);
    for (size_t i = 0; i < j->n_registers; i++) {
        const struct vls_register *g = &j->registers[i];
        const struct vls_field *field = vls_field_by_no(kind, (uint16_t)g->field);

        for (size_t k = 0; field != NULL && field->type == VLS_T_REF && k < g->n_shown; k++) {
            const uint8_t *id = vls__ref_of(g->rivals[k].value);

            if (id != NULL)
                vls_buf_put(out, id, VLS_ID_LEN);
        }
    }
    if (out->n <= VLS__LINKS_HEAD) {
        vls_buf_reset(out);
        return;
    }
    qsort(out->p + VLS__LINKS_HEAD, (out->n - VLS__LINKS_HEAD) / VLS_ID_LEN, VLS_ID_LEN, link_cmp);
    for (size_t at = VLS__LINKS_HEAD; at < out->n; at += VLS_ID_LEN)
        if (n == VLS__LINKS_HEAD || memcmp(out->p + n - VLS_ID_LEN, out->p + at, VLS_ID_LEN) != 0) {
            memmove(out->p + n, out->p + at, VLS_ID_LEN);
            n += VLS_ID_LEN;
        }
    out->n = n;
}

static void
collect_words(struct vls__judge *j, const struct vls_kind *kind)
{
    for (size_t i = 0; i < j->n_registers; i++) {
        const struct vls_register *g = &j->registers[i];
        const struct vls_field *field = vls_field_by_no(kind, (uint16_t)g->field);

        for (size_t k = 0; field != NULL && k < g->n_rivals; k++) /* what was set aside is found too */
            vls__words_of(&j->title, &j->body, field, g->rivals[k].value);
    }
}

static enum vls_code
save_link(struct vls_store *s, const struct vls__judged *r, enum vls__sql id, uint32_t kind_no, const uint8_t *target,
          struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, target, VLS_ID_LEN);
    vls__bind_int(&q, 2, kind_no);
    vls__bind_blob(&q, 3, r->id, VLS_ID_LEN);
    vls__bind_int(&q, 4, r->n);
    return vls__sql_run(&q, NULL, err);
}

/* The column links says which rows of link are this record's: their kind, then their targets. */
static enum vls_code
save_links(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, struct vls_error *err)
{
    const struct vls_buf *now = &j->links, *old = &j->old_links;
    enum vls_code rc = VLS_OK;

    if (vls_slice_eq(vls_buf_slice(now), vls_buf_slice(old)))
        return VLS_OK;
    r->changed = true;
    for (size_t at = VLS__LINKS_HEAD; at < old->n && rc == VLS_OK; at += VLS_ID_LEN)
        rc = save_link(s, r, VLS__SQL_LINK_DROP, vls_load_le32(old->p), old->p + at, err);
    for (size_t at = VLS__LINKS_HEAD; at < now->n && rc == VLS_OK; at += VLS_ID_LEN)
        rc = save_link(s, r, VLS__SQL_LINK_ADD, r->kind_no, now->p + at, err);
    return rc;
}

static enum vls_code
save_words(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, struct vls_error *err)
{
    const struct vls_slice parts[3] = {vls_buf_slice(&j->title), {(const uint8_t *)"", 1}, vls_buf_slice(&j->body)};
    uint8_t hash[VLS_HASH_LEN];
    int64_t words = 0;
    struct vls__stmt q;
    enum vls_code rc = VLS_OK;

    if (j->title.n + j->body.n > 0) {
        vls_hash(hash, "valise words", parts, 3);
        words = (int64_t)(vls_load_le64(hash) >> 1 | 1); /* never 0 */
    }
    if (words == r->words)
        return VLS_OK;
    r->changed = true;
    if (r->words != 0) {
        if ((rc = vls__sql_take(&q, s, VLS__SQL_WORDS_DROP, err)) != VLS_OK)
            return rc;
        vls__bind_int(&q, 1, r->n);
        if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK)
            return rc;
    }
    r->words = words;
    if (words == 0)
        return VLS_OK;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_WORDS_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, r->n);
    vls__bind_chars(&q, 2, vls_buf_slice(&j->title));
    vls__bind_chars(&q, 3, vls_buf_slice(&j->body));
    return vls__sql_run(&q, NULL, err);
}

static enum vls_code
save_conflict(struct vls_store *s, const struct vls__judged *r, const struct vls_register *g,
              enum vls_attention attention, struct vls_error *err)
{
    uint8_t id[VLS_ID_LEN];
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_CONFLICT_ADD, err);

    if (rc != VLS_OK)
        return rc;
    vls_conflict_id(id, r->id, g->field, g->key, g->rivals, g->n_rivals);
    vls__bind_int(&q, 1, r->n);
    vls__bind_int(&q, 2, g->field);
    vls__bind_blob(&q, 3, g->key.p, g->key.n);
    vls__bind_blob(&q, 4, id, sizeof id);
    vls__bind_int(&q, 5, attention);
    return vls__sql_run(&q, NULL, err);
}

static enum vls_code
save_conflicts(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, bool shown, struct vls_error *err)
{
    int64_t n = 0;
    struct vls__stmt q;
    enum vls_code rc = VLS_OK;

    if (r->n_conflicts > 0) {
        if ((rc = vls__sql_take(&q, s, VLS__SQL_CONFLICT_CLEAR, err)) != VLS_OK)
            return rc;
        vls__bind_int(&q, 1, r->n);
        rc = vls__sql_run(&q, NULL, err);
    }
    for (size_t i = 0; shown && i < j->n_registers && rc == VLS_OK; i++)
        if (j->attention[i] != VLS_QUIET) {
            rc = save_conflict(s, r, &j->registers[i], j->attention[i], err);
            n++;
        }
    r->changed = r->changed || n != r->n_conflicts;
    r->n_conflicts = n;
    return rc;
}

/* Whoever keeps notes about records will look at this one again, and at what it refers to or referred to. */
static enum vls_code
note_change(struct vls_store *s, const struct vls__judge *j, const struct vls__judged *r, struct vls_error *err)
{
    const struct vls_buf *links[2] = {&j->links, &j->old_links};
    bool noting;
    enum vls_code rc = vls__noting(s, &noting, err);

    if (rc != VLS_OK || !noting)
        return rc;
    rc = vls__note_change(s, r->id, err);
    for (size_t i = 0; i < 2; i++)
        for (size_t at = VLS__LINKS_HEAD; at < links[i]->n && rc == VLS_OK; at += VLS_ID_LEN)
            rc = vls__note_change(s, links[i]->p + at, err);
    return rc;
}

void
vls__derive(struct vls__judge *j, const struct vls_kind *kind, uint32_t kind_no)
{
    collect_links(j, kind, kind_no);
    collect_words(j, kind);
}

enum vls_code
vls__derived_save(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, bool shown, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = note_change(s, j, r, err)) != VLS_OK || (rc = save_links(s, j, r, err)) != VLS_OK ||
        (rc = save_words(s, j, r, err)) != VLS_OK)
        return rc;
    return save_conflicts(s, j, r, shown, err);
}
