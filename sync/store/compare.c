/*
 * Two stores side by side: the records of one against those of another that merged the same change
 * sets afresh. What is compared is read from the rows, not from digests that were kept, so that a row
 * that changed without its digest is found as well; the past ones count too.
 */
#include <stdlib.h>
#include <string.h>

#include "store_int.h"

struct position {
    int64_t n; /* 0: after the last */
    uint8_t id[VLS_ID_LEN], compartment[VLS_ID_LEN];
    size_t len; /* 0: before the first */
};

static enum vls_code
next(struct vls_store *s, struct position *at, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_COMPARE_NEXT, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, at->id, at->len);
    vls__bind_blob(&q, 2, at->compartment, at->len);
    at->n = 0;
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        struct position to = {.n = vls__col_int(&q, 0, 1, INT64_MAX), .len = VLS_ID_LEN};

        vls__col_fixed(&q, 1, to.id, sizeof to.id);
        vls__col_fixed(&q, 2, to.compartment, sizeof to.compartment);
        if ((rc = vls__sql_ok(&q, err)) == VLS_OK)
            *at = to;
    }
    vls__sql_give(&q);
    return rc;
}

static int
position_cmp(const struct position *a, const struct position *b)
{
    int c;

    if (a->n == 0 || b->n == 0)
        return a->n != 0 ? -1 : b->n != 0;
    c = memcmp(a->id, b->id, VLS_ID_LEN);
    return c != 0 ? c : memcmp(a->compartment, b->compartment, VLS_ID_LEN);
}

/* Everything a row says but the names of its author, which are not merged. */
static void
hash_row(uint8_t sum[VLS_HASH_LEN], const struct vls_row *r)
{
    uint8_t head[4 * 9 + 8], before[VLS_HASH_LEN], *p = head;
    const uint32_t numbers[] = {r->field, (uint32_t)r->type, (uint32_t)r->state, (uint32_t)r->attention,
                                (uint32_t)r->cite, (uint32_t)r->key.n, (uint32_t)r->value.n,
                                (uint32_t)r->cite_text.n, r->dot.op};
    uint8_t by_op[4];
    const struct vls_slice parts[] = {{before, sizeof before}, {head, sizeof head}, {r->dot.change, VLS_CHANGE_ID_LEN},
                                      {r->by.change, VLS_CHANGE_ID_LEN}, {by_op, sizeof by_op}, r->key, r->value,
                                      r->cite_text, r->reason};

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++, p += 4)
        vls_store_le32(p, numbers[i]);
    vls_store_le64(p, r->lamport);
    vls_store_le32(by_op, r->by.op);
    memcpy(before, sum, sizeof before);
    vls_hash(sum, "valise compare", parts, sizeof parts / sizeof parts[0]);
}

/* Rows as merged now, and the digest as it was kept. */
static enum vls_code
fingerprint(struct vls_store *s, int64_t n, uint8_t rows[VLS_HASH_LEN], bool *kept_ok, struct vls_error *err)
{
    uint8_t kept[VLS_HASH_LEN] = {0}, fresh[VLS_HASH_LEN], kind[4];
    struct vls_record *r = NULL;
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    if ((rc = vls__record_load(s, n, VLS_LOAD_PAST, &r, err)) != VLS_OK)
        return rc;
    vls_store_le32(kind, r->kind_no);
    vls_hash1(rows, "valise compare", kind, sizeof kind);
    for (size_t i = 0; i < r->n_rows; i++)
        hash_row(rows, &r->rows[i]);
    vls_record_free(r);
    if ((rc = vls__judge_digest(s, n, fresh, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_JUDGE_RECORD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        vls__col_fixed(&q, 7, kept, sizeof kept);
    vls__sql_give(&q);
    *kept_ok = memcmp(kept, fresh, sizeof kept) == 0;
    return rc;
}

static enum vls_code
same(struct vls_store *s, int64_t n, struct vls_store *other, int64_t other_n, bool *out, struct vls_error *err)
{
    uint8_t a[VLS_HASH_LEN], b[VLS_HASH_LEN];
    bool a_ok = false, b_ok = false;
    enum vls_code rc;

    if ((rc = fingerprint(s, n, a, &a_ok, err)) != VLS_OK || (rc = fingerprint(other, other_n, b, &b_ok, err)) != VLS_OK)
        return rc;
    *out = a_ok && b_ok && memcmp(a, b, sizeof a) == 0;
    return VLS_OK;
}

static enum vls_code
report(struct vls_store *s, int64_t n, vls_record_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls_record *r = NULL;
    enum vls_code rc;

    if (fn == NULL)
        return VLS_OK;
    if ((rc = vls__record_load(s, n, VLS_LOAD_PAST, &r, err)) == VLS_OK)
        rc = fn(ctx, r, err);
    vls_record_free(r);
    return rc;
}

enum vls_code
vls_store_compare(struct vls_store *s, struct vls_store *other, vls_record_fn *fn, void *ctx, uint64_t *n_records,
                  uint64_t *n_differ, struct vls_error *err)
{
    struct position a = {0}, b = {0};
    enum vls_code rc;

    *n_records = *n_differ = 0;
    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = vls__judge(other, err)) != VLS_OK ||
        (rc = next(s, &a, err)) != VLS_OK || (rc = next(other, &b, err)) != VLS_OK)
        return rc;
    while (rc == VLS_OK && (a.n != 0 || b.n != 0)) {
        int c = position_cmp(&a, &b);
        bool equal = false;

        if (c == 0 && (rc = same(s, a.n, other, b.n, &equal, err)) != VLS_OK)
            break;
        *n_records += c <= 0;
        if (!equal) {
            ++*n_differ;
            if ((rc = c <= 0 ? report(s, a.n, fn, ctx, err) : report(other, b.n, fn, ctx, err)) != VLS_OK)
                break;
        }
        if (c <= 0)
            rc = next(s, &a, err);
        if (c >= 0 && rc == VLS_OK)
            rc = next(other, &b, err);
    }
    return rc;
}

/* ---- everything else that was derived ---- */

/* Rows in whatever order: a sum of their hashes, byte by byte with carry. */
static enum vls_code
table_sum(struct vls_store *s, enum vls__sql id, uint8_t sum[VLS_HASH_LEN], struct vls_error *err)
{
    struct vls__stmt q;
    bool row = true;
    enum vls_code rc = vls__sql_take(&q, s, id, err);

    memset(sum, 0, VLS_HASH_LEN);
    if (rc != VLS_OK)
        return rc;
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        uint8_t one[VLS_HASH_LEN] = {0}, before[VLS_HASH_LEN];
        size_t carry = 0;

        for (int col = 0; col < sqlite3_column_count(q.st); col++) {
            /* integers as their text; the type tells them from blobs of the same bytes */
            uint8_t type = (uint8_t)sqlite3_column_type(q.st, col);
            const void *p = sqlite3_column_blob(q.st, col);
            size_t n = (size_t)sqlite3_column_bytes(q.st, col);
            const struct vls_slice parts[] = {{before, sizeof before}, {&type, 1}, {p, n}};

            memcpy(before, one, sizeof before);
            vls_hash(one, "valise compare", parts, 3);
        }
        for (size_t i = 0; i < VLS_HASH_LEN; i++, carry >>= 8)
            sum[i] = (uint8_t)(carry += (size_t)sum[i] + one[i]);
    }
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_compare_rest(struct vls_store *s, struct vls_store *other, bool *equal, struct vls_error *err)
{
    static const enum vls__sql tables[] = {VLS__SQL_REST_RECORDS, VLS__SQL_REST_CONFLICTS,    VLS__SQL_REST_LINKS,
                                           VLS__SQL_REST_RETIRED, VLS__SQL_REST_NAMED,        VLS__SQL_REST_HEADS,
                                           VLS__SQL_REST_AWAITED, VLS__SQL_REST_COMPARTMENTS, VLS__SQL_REST_WORDS};
    uint8_t a[VLS_HASH_LEN], b[VLS_HASH_LEN];
    enum vls_code rc;

    *equal = true;
    if ((rc = vls__judge(s, err)) != VLS_OK || (rc = vls__judge(other, err)) != VLS_OK)
        return rc;
    for (size_t i = 0; i < sizeof tables / sizeof *tables && rc == VLS_OK; i++) {
        if ((rc = table_sum(s, tables[i], a, err)) == VLS_OK && (rc = table_sum(other, tables[i], b, err)) == VLS_OK)
            *equal = *equal && memcmp(a, b, sizeof a) == 0;
    }
    return rc;
}
