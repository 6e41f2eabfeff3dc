/*
 * The rules that records were judged by. A version with other kinds, fields or policies judges every
 * record anew when it first opens a store, so that what is derived never mixes two sets of rules.
 */
#include <string.h>

#include "store_int.h"

#define RULES_META "rules"

static void
hash_field(uint8_t sum[VLS_HASH_LEN], const struct vls_field *f)
{
    uint8_t before[VLS_HASH_LEN], head[20];
    struct vls_slice parts[3] = {{before, sizeof before}, {head, sizeof head}, {NULL, 0}};

    vls_store_le32(head, f->no);
    vls_store_le32(head + 4, (uint32_t)f->type);
    vls_store_le32(head + 8, (uint32_t)f->policy);
    vls_store_le32(head + 12, f->flags);
    vls_store_le32(head + 16, (uint32_t)f->n_terms);
    memcpy(before, sum, sizeof before);
    vls_hash(sum, "valise rules", parts, 2);
    for (size_t i = 0; i < f->n_terms; i++) {
        memcpy(before, sum, sizeof before);
        parts[2] = vls_slice_str(f->terms[i].name);
        vls_hash(sum, "valise rules", parts, 3);
    }
}

/* Everything that judging takes from the domain's tables, and RULES_VERSION for what it takes from code. */
static void
hash_rules(uint8_t out[VLS_HASH_LEN])
{
    static const uint8_t rules_version = 2; /* raise when policies, digests or words change */
    size_t n_kinds, n_header;
    const struct vls_kind *kinds = vls_kinds(&n_kinds);
    const struct vls_field *header = vls_header_fields(&n_header);
    uint8_t no[4], before[VLS_HASH_LEN];
    const struct vls_slice parts[2] = {{before, sizeof before}, {no, sizeof no}};

    vls_hash1(out, "valise rules", &rules_version, 1);
    for (size_t i = 0; i < n_header; i++)
        hash_field(out, &header[i]);
    for (size_t k = 0; k < n_kinds; k++) {
        vls_store_le32(no, kinds[k].no);
        memcpy(before, out, sizeof before);
        vls_hash(out, "valise rules", parts, 2);
        for (size_t i = 0; i < kinds[k].n_fields; i++)
            hash_field(out, &kinds[k].fields[i]);
    }
}

static enum vls_code
rejudge_all(struct vls_store *s, struct vls_error *err)
{
    int64_t n = 0;
    bool row = true;
    enum vls_code rc = VLS_OK;

    while (rc == VLS_OK && row) {
        uint32_t kind = 0;
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, VLS__SQL_RECORD_AFTER, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, n);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            n = vls__col_int(&q, 0, 1, INT64_MAX);
            kind = (uint32_t)vls__col_int(&q, 1, 0, VLS__KIND_MAX);
            rc = vls__sql_ok(&q, err);
        }
        vls__sql_give(&q);
        if (rc == VLS_OK && row && (rc = vls__rekind(s, n, kind, err)) == VLS_OK)
            rc = vls__touch(s, n, err);
    }
    return rc;
}

enum vls_code
vls__judge_by_new_rules(struct vls_store *s, struct vls_error *err)
{
    uint8_t rules[VLS_HASH_LEN];
    struct vls_buf known;
    bool own;
    enum vls_code rc;

    hash_rules(rules);
    vls_buf_init(&known, sizeof rules);
    rc = vls_store_meta_get(s, RULES_META, &known, err);
    if (rc == VLS_OK && known.n == sizeof rules && memcmp(known.p, rules, sizeof rules) == 0)
        goto out;
    if (rc != VLS_OK && rc != VLS_ENOTFOUND && rc != VLS_ELIMIT)
        goto out;
    if ((rc = vls__scope_begin(s, &own, err)) != VLS_OK)
        goto out;
    if ((rc = rejudge_all(s, err)) == VLS_OK)
        rc = vls_store_meta_put(s, RULES_META, vls_slice_of(rules, sizeof rules), err);
    rc = vls__scope_end(s, own, rc, err);
    if (rc != VLS_OK)
        vls_while(err, "judging all records by the rules of this version");
out:
    vls_buf_clear(&known);
    return rc;
}
