/*
 * Records in order, conflicts, and what the engine asks about registers. A list is read in short
 * pieces and each record loaded after the piece was put aside: nothing stays open while a callback
 * uses the store.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

#define PIECE 64 /* as in the statements */
#define CONFLICT_PREFIX "CNF"

struct listed {
    int64_t n;
    uint32_t kind;
    uint8_t id[VLS_ID_LEN];
};

/* The next piece after the position in last; its id of no bytes comes before all others. */
static enum vls_code
list_piece(struct vls_store *s, const struct vls_filter *f, const struct listed *last, size_t id_len,
           struct listed piece[PIECE], size_t *n, struct vls_error *err)
{
    static const enum vls__sql by[2][2] = {{VLS__SQL_LIST_ALL, VLS__SQL_LIST_KIND},
                                           {VLS__SQL_LIST_LINKS, VLS__SQL_LIST_LINKS_KIND}};
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, by[f->refers_to != NULL][f->kind_no != 0], err);

    *n = 0;
    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, f->kind_no != 0 ? f->kind_no : last->kind);
    vls__bind_blob(&q, 2, last->id, id_len);
    vls__bind_int(&q, 3, f->withdrawn);
    if (f->refers_to != NULL)
        vls__bind_blob(&q, 4, f->refers_to, VLS_ID_LEN);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row && *n < PIECE) {
        struct listed *l = &piece[(*n)++];

        l->n = vls__col_int(&q, 0, 1, INT64_MAX);
        l->kind = (uint32_t)vls__col_int(&q, 1, 1, VLS__KIND_MAX);
        vls__col_fixed(&q, 2, l->id, sizeof l->id);
    }
    if (rc == VLS_OK)
        rc = vls__sql_ok(&q, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_list(struct vls_store *s, const struct vls_filter *f, vls_record_fn *fn, void *ctx, struct vls_error *err)
{
    struct listed piece[PIECE], last = {0};
    size_t n, id_len = 0;
    enum vls_code rc = vls__judge(s, err);

    if (rc != VLS_OK)
        return rc;
    do {
        if ((rc = list_piece(s, f, &last, id_len, piece, &n, err)) != VLS_OK)
            return rc;
        for (size_t i = 0; i < n; i++) {
            struct vls_record *r = NULL;

            if ((rc = vls__record_load(s, piece[i].n, f->load, &r, err)) == VLS_OK)
                rc = fn(ctx, r, err);
            vls_record_free(r);
            if (rc != VLS_OK)
                return rc;
        }
        if (n > 0) {
            last = piece[n - 1];
            id_len = VLS_ID_LEN;
        }
    } while (n == PIECE);
    return VLS_OK;
}

enum vls_code
vls_store_count(struct vls_store *s, uint32_t kind_no, uint64_t *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__judge(s, err);

    *out = 0;
    if (rc != VLS_OK ||
        (rc = vls__sql_take(&q, s, kind_no != 0 ? VLS__SQL_COUNT_KIND : VLS__SQL_COUNT_ALL, err)) != VLS_OK)
        return rc;
    if (kind_no != 0)
        vls__bind_int(&q, 1, kind_no);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        *out = (uint64_t)vls__col_int(&q, 0, 0, INT64_MAX);
    vls__sql_give(&q);
    return rc;
}

/* ---- registers, for the engine ---- */

enum vls_code
vls_store_rivals(struct vls_store *s, const uint8_t record[VLS_ID_LEN], uint32_t field, struct vls_slice key,
                 vls_rival_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls__arena arena = {0};
    struct vls_rival *all = NULL;
    struct vls__stmt q;
    size_t n = 0, cap = 0;
    int64_t record_n = 0;
    bool row;
    enum vls_code rc;

    if ((rc = vls__record_home(s, record, &record_n, NULL, err)) != VLS_OK || record_n == 0 ||
        (rc = vls__sql_take(&q, s, VLS__SQL_RIVALS, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, record_n);
    vls__bind_int(&q, 2, field);
    vls__bind_blob(&q, 3, key.p, key.n);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        struct vls__envelope e;

        if (!vls_room(&all, &cap, n, 1, sizeof *all)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a register");
            break;
        }
        if ((rc = vls__envelope_by_n(s, vls__col_int(&q, 0, 1, INT64_MAX), &e, err)) != VLS_OK)
            break;
        all[n] = (struct vls_rival){.lamport = e.lamport};
        memcpy(all[n].dot.change, e.id, sizeof e.id);
        all[n].dot.op = (uint32_t)vls__col_int(&q, 1, 0, UINT32_MAX);
        all[n].cite = (enum vls_cite)vls__col_int(&q, 2, VLS_CITE_NONE, VLS_CITE_OFFICIAL);
        all[n++].value = vls__arena_copy(&arena, vls__col_blob(&q, 3));
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK && arena.bad)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for a register");
    vls__sql_give(&q);
    for (size_t i = 0; i < n && rc == VLS_OK; i++)
        rc = fn(ctx, &all[i], err);
    free(all);
    vls__arena_clear(&arena);
    return rc;
}

void
vls__ref_range(uint32_t bits30, uint8_t low[VLS_ID_LEN], uint8_t high[VLS_ID_LEN])
{
    memset(low, 0, VLS_ID_LEN);
    low[0] = (uint8_t)(bits30 >> 22);
    low[1] = (uint8_t)(bits30 >> 14);
    low[2] = (uint8_t)(bits30 >> 6);
    low[3] = (uint8_t)(bits30 << 2);
    memcpy(high, low, VLS_ID_LEN);
    high[3] |= 3;
    memset(high + 4, 0xff, VLS_ID_LEN - 4);
}

enum vls_code
vls_store_ref_taken(struct vls_store *s, const uint8_t id[VLS_ID_LEN], bool *out, struct vls_error *err)
{
    uint8_t low[VLS_ID_LEN], high[VLS_ID_LEN];
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_REF_TAKEN, err);

    if (rc != VLS_OK)
        return rc;
    vls__ref_range(vls_ref_bits(id), low, high);
    vls__bind_blob(&q, 1, low, sizeof low);
    vls__bind_blob(&q, 2, high, sizeof high);
    rc = vls__sql_step(&q, out, err);
    vls__sql_give(&q);
    return rc;
}

/* ---- conflicts ---- */

static void
conflict_read(struct vls__stmt *q, struct vls_conflict *c)
{
    *c = (struct vls_conflict){.field = (uint32_t)vls__col_int(q, 2, 1, UINT16_MAX)};
    vls__col_fixed(q, 0, c->id, sizeof c->id);
    vls__col_fixed(q, 1, c->record, sizeof c->record);
    c->key = vls__col_blob(q, 3);
    c->attention = (enum vls_attention)vls__col_int(q, 4, VLS_NOTICE, VLS_CONFLICT);
    vls_ref_print(c->ref, CONFLICT_PREFIX, c->id);
}

enum vls_code
vls_store_conflicts(struct vls_store *s, vls_conflict_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls__arena arena = {0};
    struct vls_conflict *all = NULL;
    struct vls__stmt q;
    size_t n = 0, cap = 0;
    bool row;
    enum vls_code rc;

    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = vls__sql_take(&q, s, VLS__SQL_CONFLICTS, err)) != VLS_OK)
        return rc;
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        if (!vls_room(&all, &cap, n, 1, sizeof *all)) {
            rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for conflicts");
            break;
        }
        conflict_read(&q, &all[n]);
        all[n].key = vls__arena_copy(&arena, all[n].key);
        n++;
    }
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK && arena.bad)
        rc = VLS_FAIL(err, VLS_ENOMEM, "no memory for conflicts");
    vls__sql_give(&q);
    for (size_t i = 0; i < n && rc == VLS_OK; i++)
        rc = fn(ctx, &all[i], err);
    free(all);
    vls__arena_clear(&arena);
    return rc;
}

enum vls_code
vls_store_conflict_count(struct vls_store *s, uint64_t *conflicts, uint64_t *notices, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    *conflicts = *notices = 0;
    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = vls__sql_take(&q, s, VLS__SQL_CONFLICT_COUNT, err)) != VLS_OK)
        return rc;
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        *conflicts = (uint64_t)vls__col_int(&q, 0, 0, INT64_MAX);
        *notices = (uint64_t)vls__col_int(&q, 1, 0, INT64_MAX);
    }
    vls__sql_give(&q);
    return rc;
}

/* The range of ids that a reference or a whole id in hex stands for. */
static enum vls_code
conflict_range(const char *ref, uint8_t low[VLS_ID_LEN], uint8_t high[VLS_ID_LEN], struct vls_error *err)
{
    char prefix[4];
    uint32_t bits;
    enum vls_code rc;

    if (vls_unhex(low, VLS_ID_LEN, ref)) {
        memcpy(high, low, VLS_ID_LEN);
        return VLS_OK;
    }
    if ((rc = vls_ref_parse(prefix, &bits, ref, err)) != VLS_OK)
        return rc;
    if (prefix[0] != '\0' && strcmp(prefix, CONFLICT_PREFIX) != 0)
        return VLS_FAIL(err, VLS_ENOTFOUND, "%s is no conflict", ref);
    vls__ref_range(bits, low, high);
    return VLS_OK;
}

enum vls_code
vls_store_conflict(struct vls_store *s, const char *ref, struct vls_conflict *out, struct vls_error *err)
{
    uint8_t low[VLS_ID_LEN], high[VLS_ID_LEN];
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    if ((rc = conflict_range(ref, low, high, err)) != VLS_OK || (rc = vls__judge(s, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_CONFLICT_BY_ID, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, low, sizeof low);
    vls__bind_blob(&q, 2, high, sizeof high);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && !row)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no open conflict %s", ref);
    if (rc == VLS_OK) {
        conflict_read(&q, out);
        vls_buf_reset(&s->conflict_key);
        vls_buf_put_slice(&s->conflict_key, out->key);
        out->key = vls_buf_slice(&s->conflict_key);
        if ((rc = vls__sql_ok(&q, err)) == VLS_OK && (rc = vls_buf_ok(&s->conflict_key, err)) == VLS_OK)
            rc = vls__sql_step(&q, &row, err);
        if (rc == VLS_OK && row)
            rc = VLS_FAIL(err, VLS_EAMBIGUOUS, "%s stands for several conflicts; give the whole id", ref);
    }
    vls__sql_give(&q);
    return rc;
}
