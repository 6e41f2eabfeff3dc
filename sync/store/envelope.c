/*
 * Envelopes as they came: put, found, listed in order of arrival, and looked up by what values refer
 * to. Rows are copied before a callback sees them, so that it may do anything with the store.
 */
#include <string.h>

#include "store_int.h"

/* An envelope holds at most VLS_ENVELOPE_MAX bytes; the waiting ones may be packets with some more. */
#define SEALED_MAX (4u << 20)
#define WHY_MAX    4096

/* ---- the copies ---- */

static struct vls__envelope *
slot_by_n(struct vls_store *s, int64_t n)
{
    return &s->by_n[(uint64_t)n & (VLS__ENVELOPE_SLOTS - 1)];
}

static struct vls__envelope *
slot_by_id(struct vls_store *s, const uint8_t id[VLS_HASH_LEN])
{
    return &s->by_id[vls_load_le32(id) & (VLS__ENVELOPE_SLOTS - 1)]; /* ids are hashes */
}

void
vls__envelope_forget(struct vls_store *s, int64_t n, const uint8_t id[VLS_HASH_LEN])
{
    slot_by_n(s, n)->n = 0;
    slot_by_id(s, id)->n = 0;
}

static enum vls_code
lookup(struct vls__stmt *q, struct vls__envelope *out, struct vls_error *err)
{
    bool row;
    enum vls_code rc = vls__sql_step(q, &row, err);

    *out = (struct vls__envelope){0};
    if (rc == VLS_OK && row) {
        out->n = vls__col_int(q, 0, 1, INT64_MAX);
        vls__col_fixed(q, 1, out->id, sizeof out->id);
        out->lamport = (uint64_t)vls__col_int(q, 2, 0, INT64_MAX);
        out->wall_unix_s = vls__col_int(q, 3, INT64_MIN, INT64_MAX);
        out->device = vls__col_int(q, 4, 1, INT64_MAX);
        rc = vls__sql_ok(q, err);
    }
    vls__sql_give(q);
    return rc;
}

enum vls_code
vls__envelope_by_n(struct vls_store *s, int64_t n, struct vls__envelope *out, struct vls_error *err)
{
    struct vls__envelope *slot = slot_by_n(s, n);
    struct vls__stmt q;
    enum vls_code rc;

    if (slot->n == n && n > 0) {
        *out = *slot;
        return VLS_OK;
    }
    if ((rc = vls__sql_take(&q, s, VLS__SQL_ENVELOPE_BY_N, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    if ((rc = lookup(&q, out, err)) != VLS_OK)
        return rc;
    if (out->n == 0)
        return VLS_FAIL(err, VLS_EAUTH, "a value of envelope %lld, which is not in the store", (long long)n);
    *slot = *out;
    return VLS_OK;
}

enum vls_code
vls__envelope_by_id(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls__envelope *out,
                    struct vls_error *err)
{
    struct vls__envelope *slot = slot_by_id(s, id);
    struct vls__stmt q;
    enum vls_code rc;

    if (slot->n != 0 && memcmp(slot->id, id, VLS_HASH_LEN) == 0) {
        *out = *slot;
        return VLS_OK;
    }
    if ((rc = vls__sql_take(&q, s, VLS__SQL_ENVELOPE_BY_ID, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    if ((rc = lookup(&q, out, err)) == VLS_OK && out->n != 0)
        *slot = *out;
    return rc;
}

/* ---- putting and finding ---- */

static enum vls_code
envelope_add(struct vls_store *s, const struct vls_stored_envelope *e, int64_t chain, struct vls_error *err)
{
    struct vls__stmt q;
    int64_t n;
    enum vls_code rc;

    if ((rc = vls__sql_take(&q, s, VLS__SQL_ENVELOPE_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, e->id, VLS_HASH_LEN);
    vls__bind_int(&q, 2, chain);
    vls__bind_int(&q, 3, (int64_t)e->seq);
    vls__bind_int(&q, 4, (int64_t)e->kind);
    vls__bind_int(&q, 5, e->wall_unix_s);
    vls__bind_int(&q, 6, e->state);
    vls__bind_text(&q, 7, e->why != NULL ? e->why : "");
    if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK)
        return rc;
    n = sqlite3_last_insert_rowid(s->db);
    if ((rc = vls__sql_take(&q, s, VLS__SQL_SEALED_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, n);
    vls__bind_blob(&q, 2, e->bytes.p, e->bytes.n);
    if ((rc = vls__sql_run(&q, NULL, err)) != VLS_OK ||
        (rc = vls__sql_take(&q, s, VLS__SQL_CHAIN_ADVANCE, err)) != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, chain);
    vls__bind_int(&q, 2, (int64_t)e->seq);
    vls__bind_int(&q, 3, n);
    return vls__sql_run(&q, NULL, err);
}

enum vls_code
vls_store_envelope_put(struct vls_store *s, const struct vls_stored_envelope *e, struct vls_error *err)
{
    int64_t chain = 0;
    bool own;
    enum vls_code rc;

    if (e->seq == 0 || e->seq > INT64_MAX || e->kind == 0 || e->kind > UINT16_MAX)
        return VLS_FAIL(err, VLS_EFORMAT, "envelope %llu of kind %u", (unsigned long long)e->seq, e->kind);
    if (e->bytes.n > SEALED_MAX || (e->why != NULL && strlen(e->why) > WHY_MAX))
        return VLS_FAIL(err, VLS_ELIMIT, "envelope of %zu bytes", e->bytes.n);
    if ((rc = vls__scope_begin(s, &own, err)) != VLS_OK)
        return rc;
    if ((rc = vls__branch_for(s, e, &chain, err)) == VLS_OK)
        rc = envelope_add(s, e, chain, err);
    if (rc == VLS_EEXIST)
        vls_while(err, "envelope %llu of a chain", (unsigned long long)e->seq);
    return vls__scope_end(s, own, rc, err);
}

enum vls_code
vls_store_envelope_state(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], enum vls_envelope_state state,
                         const char *why, struct vls_error *err)
{
    struct vls__stmt q;
    int n_changed = 0;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_ENVELOPE_STATE, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    vls__bind_int(&q, 2, state);
    vls__bind_text(&q, 3, why != NULL ? why : "");
    if ((rc = vls__sql_run(&q, &n_changed, err)) == VLS_OK && n_changed == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "no such envelope");
    return rc;
}

enum vls_code
vls_store_envelope_find(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], bool *found,
                        enum vls_envelope_state *state, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_ENVELOPE_FIND, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    if ((rc = vls__sql_step(&q, found, err)) == VLS_OK && *found) {
        int64_t v = vls__col_int(&q, 0, VLS_ENV_DONE, VLS_ENV_REFUSED);

        if ((rc = vls__sql_ok(&q, err)) == VLS_OK && state != NULL)
            *state = (enum vls_envelope_state)v;
    }
    vls__sql_give(&q);
    return rc;
}

/* ---- walking ---- */

/* Copies the row of q; bytes and why lie in text, one behind the other. */
static enum vls_code
envelope_read(struct vls__stmt *q, struct vls_stored_envelope *e, int64_t *n, struct vls_buf *text,
              struct vls_error *err)
{
    const char *why = vls__col_text(q, 8);
    struct vls_slice bytes = vls__col_blob(q, 9);
    enum vls_code rc;

    memset(e, 0, sizeof *e);
    *n = vls__col_int(q, 0, 1, INT64_MAX);
    vls__col_fixed(q, 1, e->device, sizeof e->device);
    vls__col_fixed(q, 2, e->incarnation, sizeof e->incarnation);
    e->seq = (uint64_t)vls__col_int(q, 3, 1, INT64_MAX);
    vls__col_fixed(q, 4, e->id, sizeof e->id);
    e->kind = (unsigned)vls__col_int(q, 5, 1, UINT16_MAX);
    e->wall_unix_s = vls__col_int(q, 6, INT64_MIN, INT64_MAX);
    e->state = (enum vls_envelope_state)vls__col_int(q, 7, VLS_ENV_DONE, VLS_ENV_REFUSED);
    e->fork = (unsigned)vls__col_int(q, 10, 0, INT32_MAX);
    vls_buf_reset(text);
    vls_buf_put_slice(text, bytes);
    vls_buf_put(text, why, strlen(why) + 1);
    if ((rc = vls__sql_ok(q, err)) != VLS_OK || (rc = vls_buf_ok(text, err)) != VLS_OK)
        return rc;
    e->bytes = vls_slice_of(text->p, bytes.n);
    e->why = (const char *)text->p + bytes.n;
    return VLS_OK;
}

/* One row of a bound statement to fn; *n becomes its number, 0 after the last. */
static enum vls_code
envelope_pass(struct vls__stmt *q, int64_t *n, struct vls_buf *text, vls_stored_fn *fn, void *ctx,
              struct vls_error *err)
{
    struct vls_stored_envelope e;
    bool row;
    enum vls_code rc = vls__sql_step(q, &row, err);

    *n = 0;
    if (rc == VLS_OK && row)
        rc = envelope_read(q, &e, n, text, err);
    vls__sql_give(q);
    return rc == VLS_OK && row ? fn(ctx, &e, err) : rc;
}

enum vls_code
vls_store_envelopes(struct vls_store *s, unsigned kind, enum vls_envelope_state state, vls_stored_fn *fn, void *ctx,
                    struct vls_error *err)
{
    /* The partial indexes hold what is rare: other kinds than changes, other states than done. */
    enum vls__sql id = state > VLS_ENV_DONE ? VLS__SQL_ENVELOPE_NEXT_STATE
                       : kind > 1           ? VLS__SQL_ENVELOPE_NEXT_KIND
                                            : VLS__SQL_ENVELOPE_NEXT;
    struct vls_buf text;
    int64_t n = 0;
    enum vls_code rc;

    vls_buf_init(&text, SEALED_MAX + WHY_MAX + 1);
    do {
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, id, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, n);
        vls__bind_int(&q, 2, (int64_t)kind);
        vls__bind_int(&q, 3, (int64_t)state);
        rc = envelope_pass(&q, &n, &text, fn, ctx, err);
    } while (rc == VLS_OK && n != 0);
    vls_buf_clear(&text);
    return rc;
}

/* Heads by a statement that goes from chain to chain. */
static enum vls_code
heads_by(struct vls_store *s, enum vls__sql id, int64_t device, vls_stored_fn *fn, void *ctx, struct vls_error *err)
{
    struct vls_buf text;
    int64_t n = 0;
    enum vls_code rc;

    vls_buf_init(&text, WHY_MAX + 1);
    do {
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, id, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, n);
        if (id == VLS__SQL_CHAIN_UNNAMED)
            vls__bind_int(&q, 2, device);
        rc = envelope_pass(&q, &n, &text, fn, ctx, err);
    } while (rc == VLS_OK && n != 0);
    vls_buf_clear(&text);
    return rc;
}

enum vls_code
vls_store_chains(struct vls_store *s, vls_stored_fn *fn, void *ctx, struct vls_error *err)
{
    return heads_by(s, VLS__SQL_CHAIN_NEXT, 0, fn, ctx, err);
}

enum vls_code
vls_store_unnamed(struct vls_store *s, const uint8_t by[VLS_ID_LEN], vls_stored_fn *fn, void *ctx,
                  struct vls_error *err)
{
    int64_t n;
    enum vls_code rc = vls__device_find(s, by, &n, err);

    return rc != VLS_OK ? rc : heads_by(s, VLS__SQL_CHAIN_UNNAMED, n, fn, ctx, err);
}

enum vls_code
vls__envelopes_of(struct vls_store *s, const int64_t *n, size_t n_envelopes, vls_stored_fn *fn, void *ctx,
                  struct vls_error *err)
{
    struct vls_buf text;
    enum vls_code rc = VLS_OK;

    vls_buf_init(&text, SEALED_MAX + WHY_MAX + 1);
    for (size_t i = 0; i < n_envelopes && rc == VLS_OK; i++) {
        struct vls__stmt q;
        int64_t got;

        if ((rc = vls__sql_take(&q, s, VLS__SQL_ENVELOPE_GET, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, n[i]);
        rc = envelope_pass(&q, &got, &text, fn, ctx, err);
    }
    vls_buf_clear(&text);
    return rc;
}

/* ---- waiting ---- */

static enum vls_code
count_waiting(struct vls_store *s, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc;

    if (s->n_waiting >= 0)
        return VLS_OK;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_WAIT_COUNT, err)) != VLS_OK)
        return rc;
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        s->n_waiting = vls__col_int(&q, 0, 0, INT64_MAX);
    vls__sql_give(&q);
    return rc;
}

static enum vls_code
is_waiting(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], bool *out, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_WAIT_FIND, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    rc = vls__sql_step(&q, out, err);
    vls__sql_give(&q);
    return rc;
}

enum vls_code
vls_store_wait(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_slice bytes, struct vls_error *err)
{
    struct vls__stmt q;
    bool already = false;
    enum vls_code rc;

    if (bytes.n > SEALED_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "envelope of %zu bytes", bytes.n);
    if ((rc = count_waiting(s, err)) != VLS_OK || (rc = is_waiting(s, id, &already, err)) != VLS_OK || already)
        return rc;
    if (s->n_waiting >= VLS_WAITING_MAX)
        return VLS_FAIL(err, VLS_ELIMIT, "%d envelopes are waiting already", VLS_WAITING_MAX);
    if ((rc = vls__sql_take(&q, s, VLS__SQL_WAIT_ADD, err)) != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    vls__bind_blob(&q, 2, bytes.p, bytes.n);
    if ((rc = vls__sql_run(&q, NULL, err)) == VLS_OK)
        s->n_waiting++;
    return rc;
}

enum vls_code
vls_store_wait_done(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_error *err)
{
    struct vls__stmt q;
    int n_changed = 0;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_WAIT_DONE, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    rc = vls__sql_run(&q, &n_changed, err);
    if (n_changed > 0 && s->n_waiting > 0)
        s->n_waiting--;
    return rc;
}

enum vls_code
vls_store_wait_get(struct vls_store *s, const uint8_t id[VLS_HASH_LEN], struct vls_buf *out, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_WAIT_GET, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_blob(&q, 1, id, VLS_HASH_LEN);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
        vls_buf_put_slice(out, vls__col_blob(&q, 0));
        rc = vls_buf_ok(out, err);
    }
    vls__sql_give(&q);
    return rc == VLS_OK && !row ? VLS_FAIL(err, VLS_ENOTFOUND, "no such envelope waits") : rc;
}

enum vls_code
vls_store_waiting(struct vls_store *s, vls_waiting_fn *fn, void *ctx, uint64_t *n, struct vls_error *err)
{
    struct vls_buf bytes;
    int64_t at = 0;
    bool row;
    enum vls_code rc;

    if ((rc = count_waiting(s, err)) != VLS_OK)
        return rc;
    if (n != NULL)
        *n = (uint64_t)s->n_waiting;
    if (fn == NULL)
        return VLS_OK;
    vls_buf_init(&bytes, SEALED_MAX);
    do {
        uint8_t id[VLS_HASH_LEN];
        struct vls__stmt q;

        if ((rc = vls__sql_take(&q, s, VLS__SQL_WAIT_NEXT, err)) != VLS_OK)
            break;
        vls__bind_int(&q, 1, at);
        if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row) {
            at = vls__col_int(&q, 0, 1, INT64_MAX);
            vls__col_fixed(&q, 1, id, sizeof id);
            vls_buf_reset(&bytes);
            vls_buf_put_slice(&bytes, vls__col_blob(&q, 2));
            if ((rc = vls__sql_ok(&q, err)) == VLS_OK)
                rc = vls_buf_ok(&bytes, err);
        }
        vls__sql_give(&q);
        if (rc == VLS_OK && row)
            rc = fn(ctx, id, vls_buf_slice(&bytes), err);
    } while (rc == VLS_OK && row);
    vls_buf_clear(&bytes);
    return rc;
}
