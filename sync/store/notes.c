/*
 * Notes that reports keep between two looks, and the list of what has changed since (I9). All of it is
 * derived and local: a missing note costs time, and is found by making all anew.
 */
#include <stdlib.h>
#include <string.h>

#include "valise/notes.h"

#include "store_int.h"

#define NAME        "notes" /* in meta: the version that the notes are of */
#define CHANGED_MIN 2000    /* so many changes are looked at one by one whatever the store holds */

static enum vls_code
run1(struct vls_store *s, enum vls__sql id, const uint8_t *a, const uint8_t *b, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    if (a != NULL)
        vls__bind_blob(&q, 1, a, VLS_ID_LEN);
    if (b != NULL)
        vls__bind_blob(&q, 2, b, VLS_ID_LEN);
    return vls__sql_run(&q, NULL, err);
}

static enum vls_code
drop_version(struct vls_store *s, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_META_DROP, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_text(&q, 1, NAME);
    return vls__sql_run(&q, NULL, err);
}

/* The version that stands there, 0 for none. */
static enum vls_code
version_get(struct vls_store *s, uint32_t *out, struct vls_error *err)
{
    struct vls_buf b;
    enum vls_code rc;

    vls_buf_init(&b, 64);
    rc = vls_store_meta_get(s, NAME, &b, err);
    *out = rc == VLS_OK && b.n == 4 ? vls_load_le32(b.p) : 0;
    vls_buf_clear(&b);
    return rc == VLS_ENOTFOUND ? VLS_OK : rc;
}

enum vls_code
vls__noting(struct vls_store *s, bool *out, struct vls_error *err)
{
    uint32_t version;
    enum vls_code rc;

    *out = s->noting == 1;
    if (s->noting >= 0)
        return VLS_OK;
    if ((rc = version_get(s, &version, err)) == VLS_OK)
        s->noting = version != 0;
    *out = s->noting == 1;
    return rc;
}

enum vls_code
vls__note_change(struct vls_store *s, const uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    return run1(s, VLS__SQL_CHANGED_ADD, id, NULL, err);
}

/* The one number that a statement of one parameter yields. */
static enum vls_code
one_number(struct vls_store *s, enum vls__sql id, size_t parameter, size_t *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    *out = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, (int64_t)parameter);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        *out = (size_t)vls__col_int(&q, 0, 0, INT64_MAX);
        rc = vls__sql_ok(&q, err);
    }
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_notes_look(struct vls_store *s, uint32_t version, enum vls_notes_state *out, struct vls_error *err)
{
    uint32_t theirs;
    uint64_t records = 0;
    size_t n, most;
    enum vls_code rc;

    *out = VLS_NOTES_NONE;
    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = version_get(s, &theirs, err)) != VLS_OK || theirs != version)
        return rc;
    if ((rc = one_number(s, VLS__SQL_CHANGED_COUNT, CHANGED_MIN + 1, &n, err)) != VLS_OK)
        return rc;
    if (n > CHANGED_MIN) { /* when an eighth of all has changed, reading all is quicker */
        if ((rc = vls_store_count(s, 0, &records, err)) != VLS_OK)
            return rc;
        most = records / 8 > CHANGED_MIN ? (size_t)records / 8 : CHANGED_MIN;
        if ((rc = one_number(s, VLS__SQL_CHANGED_COUNT, most + 1, &n, err)) != VLS_OK || n > most)
            return rc;
    }
    *out = n == 0 ? VLS_NOTES_CURRENT : VLS_NOTES_BEHIND;
    return VLS_OK;
}

static enum vls_code
clear(struct vls_store *s, struct vls_error *err)
{
    static const enum vls__sql all[] = {VLS__SQL_TOKEN_CLEAR, VLS__SQL_PAIR_CLEAR, VLS__SQL_PAIRS_UNCOUNTED,
                                        VLS__SQL_DUTY_CLEAR, VLS__SQL_CHANGED_CLEAR};
    enum vls_code rc = drop_version(s, err);

    for (size_t i = 0; i < sizeof all / sizeof all[0] && rc == VLS_OK; i++)
        rc = run1(s, all[i], NULL, NULL, err);
    return rc;
}

enum vls_code
vls_notes_forget(struct vls_store *s, struct vls_error *err)
{
    bool own;
    enum vls_code rc = vls__scope_begin(s, &own, err);

    if (rc != VLS_OK)
        return rc;
    if ((rc = clear(s, err)) == VLS_OK)
        s->noting = 0;
    return vls__scope_end(s, own, rc, err);
}

enum vls_code
vls_notes_begin(struct vls_store *s, bool anew, struct vls_error *err)
{
    enum vls_code rc = vls_store_begin(s, err);

    if (rc == VLS_OK && anew && (rc = clear(s, err)) != VLS_OK)
        vls_store_rollback(s);
    return rc;
}

enum vls_code
vls_notes_end(struct vls_store *s, uint32_t version, enum vls_code rc, struct vls_error *err)
{
    uint8_t bytes[4];

    vls_store_le32(bytes, version);
    if (rc == VLS_OK && (rc = run1(s, VLS__SQL_CHANGED_CLEAR, NULL, NULL, err)) == VLS_OK &&
        (rc = vls_store_meta_put(s, NAME, vls_slice_of(bytes, sizeof bytes), err)) == VLS_OK &&
        (rc = vls_store_commit(s, err)) == VLS_OK) {
        s->noting = 1;
        return VLS_OK;
    }
    vls_store_rollback(s);
    return rc;
}

/* ---- lists: put aside before a callback may use the store (ST7) ---- */

static enum vls_code
give_ids(struct vls_store *s, enum vls__sql id, struct vls_slice a, size_t most, vls_id_fn *fn, void *ctx,
         struct vls_error *err)
{
    struct vls__stmt q;
    struct vls_buf ids;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    vls_buf_init(&ids, SIZE_MAX / 4);
    if (a.p != NULL)
        vls__bind_blob(&q, 1, a.p, a.n);
    if (most > 0)
        vls__bind_int(&q, 2, most < INT32_MAX ? (int64_t)most : INT32_MAX);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        uint8_t one[VLS_ID_LEN];

        vls__col_fixed(&q, 0, one, sizeof one);
        vls_buf_put(&ids, one, sizeof one);
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK)
        rc = vls_buf_ok(&ids, err);
    vls__sql_give(&q);
    for (size_t at = 0; at < ids.n && rc == VLS_OK; at += VLS_ID_LEN)
        rc = fn(ctx, ids.p + at, err);
    vls_buf_clear(&ids);
    return rc;
}

enum vls_code
vls_notes_changed(struct vls_store *s, vls_id_fn *fn, void *ctx, struct vls_error *err)
{
    return give_ids(s, VLS__SQL_CHANGED_AFTER, vls_slice_of("", 0), INT32_MAX, fn, ctx, err);
}

enum vls_code
vls_notes_token_add(struct vls_store *s, struct vls_slice token, const uint8_t person[VLS_ID_LEN],
                    struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_TOKEN_ADD, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, token.p, token.n);
    vls__bind_blob(&q, 2, person, VLS_ID_LEN);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_notes_tokens_drop(struct vls_store *s, const uint8_t person[VLS_ID_LEN], struct vls_error *err)
{
    return run1(s, VLS__SQL_TOKENS_DROP, person, NULL, err);
}

enum vls_code
vls_notes_tokens(struct vls_store *s, const uint8_t person[VLS_ID_LEN], vls_text_fn *fn, void *ctx,
                 struct vls_error *err)
{
    struct vls__arena arena = {0};
    struct vls_slice *all = NULL;
    size_t n = 0, cap = 0;
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_TOKENS_OF, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, person, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&all, &cap, n, 1, sizeof *all)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for what brings persons together");
            break;
        }
        all[n++] = vls__arena_copy(&arena, vls__col_blob(&q, 0));
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK && arena.bad)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for what brings persons together");
    vls__sql_give(&q);
    for (size_t i = 0; i < n && rc == VLS_OK; i++)
        rc = fn(ctx, all[i], err);
    free(all);
    vls__arena_clear(&arena);
    return rc;
}

enum vls_code
vls_notes_token_persons(struct vls_store *s, struct vls_slice token, size_t most, vls_id_fn *fn, void *ctx,
                        struct vls_error *err)
{
    return give_ids(s, VLS__SQL_TOKEN_PERSONS, token, most, fn, ctx, err);
}

/* ---- pairs ---- */

static enum vls_code
count(struct vls_store *s, bool unsure, int64_t more, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc;

    if (more == 0)
        return VLS_OK;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_PAIRS_COUNTED, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, unsure);
    vls__bind_int(&q, 2, more);
    return vls__sql_run(&q, NULL, err);
}

/* Runs a statement that yields a row for each pair that it takes out. */
static enum vls_code
drop(struct vls_store *s, enum vls__sql id, const uint8_t *a, const uint8_t *b, struct vls_error *err)
{
    int64_t gone[2] = {0, 0};
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, a, VLS_ID_LEN);
    if (b != NULL)
        vls__bind_blob(&q, 2, b, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        gone[vls__col_int(&q, 0, 0, 1)]++;
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    if (rc != VLS_OK || (rc = count(s, false, -gone[0], err)) != VLS_OK)
        return rc;
    return count(s, true, -gone[1], err);
}

enum vls_code
vls_notes_pair_put(struct vls_store *s, const struct vls_note_pair *p, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc;

    if ((rc = drop(s, VLS__SQL_PAIR_DROP, p->a, p->b, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_PAIR_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, p->a, VLS_ID_LEN);
    vls__bind_blob(&q, 2, p->b, VLS_ID_LEN);
    vls__bind_int(&q, 3, p->kind);
    vls__bind_int(&q, 4, p->likeness);
    vls__bind_int(&q, 5, p->unsure);
    rc = vls__sql_run(&q, NULL, err);
    return rc != VLS_OK ? rc : count(s, p->unsure, 1, err);
}

enum vls_code
vls_notes_pair_drop(struct vls_store *s, const uint8_t id[VLS_ID_LEN], const uint8_t *other, struct vls_error *err)
{
    enum vls_code rc;

    if (other != NULL) {
        bool first = memcmp(id, other, VLS_ID_LEN) < 0; /* ids are no secrets from their reader */

        return drop(s, VLS__SQL_PAIR_DROP, first ? id : other, first ? other : id, err);
    }
    rc = drop(s, VLS__SQL_PAIRS_DROP_A, id, NULL, err);
    return rc != VLS_OK ? rc : drop(s, VLS__SQL_PAIRS_DROP_B, id, NULL, err);
}

enum vls_code
vls_notes_pairs(struct vls_store *s, const uint8_t *id, size_t most, vls_note_pair_fn *fn, void *ctx,
                struct vls_error *err)
{
    struct vls_note_pair *all = NULL;
    size_t n = 0, cap = 0;
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, id != NULL ? VLS__SQL_PAIRS_OF : VLS__SQL_PAIRS_SHOWN, err);

    if (rc != VLS_OK)
        return rc;
    if (id != NULL)
        vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    vls__bind_int(&q, 2, most < INT32_MAX ? (int64_t)most : INT32_MAX);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&all, &cap, n, 1, sizeof *all)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for pairs");
            break;
        }
        vls__col_fixed(&q, 0, all[n].a, VLS_ID_LEN);
        vls__col_fixed(&q, 1, all[n].b, VLS_ID_LEN);
        all[n].kind = (int)vls__col_int(&q, 2, 0, INT32_MAX);
        all[n].likeness = (int)vls__col_int(&q, 3, 0, INT32_MAX);
        all[n++].unsure = vls__col_int(&q, 4, 0, 1) != 0;
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    for (size_t i = 0; i < n && rc == VLS_OK; i++)
        rc = fn(ctx, &all[i], err);
    free(all);
    return rc;
}

enum vls_code
vls_notes_pair_count(struct vls_store *s, size_t *sure, size_t *unsure, struct vls_error *err)
{
    enum vls_code rc = one_number(s, VLS__SQL_PAIR_COUNT, 0, sure, err);

    return rc != VLS_OK ? rc : one_number(s, VLS__SQL_PAIR_COUNT, 1, unsure, err);
}

/* ---- reports that the Court has not ---- */

#define RECALL 2 /* beside 0 and 1, whether a report is left out */

static enum vls_code
duty_put(struct vls_store *s, const uint8_t id[VLS_ID_LEN], int64_t what, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_DUTY_PUT, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_ID_LEN);
    vls__bind_int(&q, 2, what);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_notes_duty_put(struct vls_store *s, const uint8_t info[VLS_ID_LEN], bool left_out, struct vls_error *err)
{
    return duty_put(s, info, left_out, err);
}

enum vls_code
vls_notes_recall_put(struct vls_store *s, const uint8_t transmission[VLS_ID_LEN], struct vls_error *err)
{
    return duty_put(s, transmission, RECALL, err);
}

enum vls_code
vls_notes_recalls(struct vls_store *s, vls_id_fn *fn, void *ctx, struct vls_error *err)
{
    return give_ids(s, VLS__SQL_RECALLS, vls_slice_of(NULL, 0), 0, fn, ctx, err);
}

enum vls_code
vls_notes_duty_drop(struct vls_store *s, const uint8_t info[VLS_ID_LEN], struct vls_error *err)
{
    return run1(s, VLS__SQL_DUTY_DROP, info, NULL, err);
}

enum vls_code
vls_notes_duties(struct vls_store *s, vls_id_fn *fn, void *ctx, size_t *n_left_out, struct vls_error *err)
{
    enum vls_code rc = one_number(s, VLS__SQL_DUTY_LEFT_OUT, 1, n_left_out, err);

    return rc != VLS_OK ? rc : give_ids(s, VLS__SQL_DUTIES, vls_slice_of(NULL, 0), 0, fn, ctx, err);
}
