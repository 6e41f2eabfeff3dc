/*
 * Judging: after changes, each touched record's live values are read by one range scan, its registers
 * merged, and what is derived from them replaced: conflicts, digest and the sum of its compartment,
 * links, words, whether it is withdrawn. Records gather and are judged in batches, so that memory
 * stays flat; rows are written only where something differs. A record that one change set brings whole
 * is judged from its values as they come, without reading them back.
 */
#include <stdlib.h>
#include <string.h>

#include "judge_int.h"

#define VALUES_MAX (256u << 20) /* of one record; a single value is at most a change set */
#define WORDS_MAX (8u << 20)
#define TOUCHED_SLOTS (2 * VLS__TOUCHED_MAX)

_Static_assert(VLS__TOUCHED_MAX < UINT16_MAX, "positions fit the slots");
_Static_assert((TOUCHED_SLOTS & (TOUCHED_SLOTS - 1)) == 0, "a power of two");

void
vls__judge_free(struct vls__judge *j)
{
    if (j == NULL)
        return;
    vls_buf_clear(&j->bytes);
    vls_buf_clear(&j->links);
    vls_buf_clear(&j->old_links);
    vls_buf_clear(&j->title);
    vls_buf_clear(&j->body);
    vls__prose_clear(&j->prose);
    free(j->rivals);
    free(j->registers);
    free(j->attention);
    free(j->whole);
    free(j);
}

static enum vls_code
judge_new(struct vls_store *s, struct vls_error *err)
{
    struct vls__judge *j;

    if (s->judge != NULL)
        return VLS_OK;
    if ((j = calloc(1, sizeof *j)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for judging");
    vls_buf_init(&j->bytes, VALUES_MAX);
    vls_buf_init(&j->links, VALUES_MAX);
    vls_buf_init(&j->old_links, VALUES_MAX);
    vls_buf_init(&j->title, WORDS_MAX);
    vls_buf_init(&j->body, WORDS_MAX);
    vls__prose_init(&j->prose);
    s->judge = j;
    return VLS_OK;
}

/* ---- what was touched ---- */

enum vls_code
vls__touch(struct vls_store *s, int64_t record, struct vls_error *err)
{
    size_t slot = ((uint64_t)record * UINT64_C(0x9e3779b97f4a7c15)) >> 51;
    enum vls_code rc;

    _Static_assert(TOUCHED_SLOTS == 1 << 13, "64 - 51 bits");
    for (; s->touched_slot[slot] != 0; slot = (slot + 1) & (TOUCHED_SLOTS - 1))
        if (s->touched[s->touched_slot[slot] - 1] == record)
            return VLS_OK;
    if (s->n_touched == VLS__TOUCHED_MAX) {
        if ((rc = vls__judge(s, err)) != VLS_OK)
            return rc;
        return vls__touch(s, record, err);
    }
    s->touched[s->n_touched++] = record;
    s->touched_slot[slot] = (uint16_t)s->n_touched;
    return VLS_OK;
}

/* ---- reading and merging ---- */

static enum vls_code
begin_register(struct vls__judge *j, uint32_t field, struct vls_slice key, struct vls_error *err)
{
    size_t cap = j->cap_registers;

    if (!vls_room(&j->attention, &cap, j->n_registers, 1, sizeof *j->attention) ||
        !vls_room(&j->registers, &j->cap_registers, j->n_registers, 1, sizeof *j->registers))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
    j->attention[j->n_registers] = VLS_QUIET;
    j->registers[j->n_registers++] = (struct vls_register){.field = field, .key = key};
    return VLS_OK;
}

/* Takes over one row. Until all are read, slices hold offsets into bytes, which may move. */
static enum vls_code
read_row(struct vls_store *s, struct vls__judge *j, struct vls__stmt *q, struct vls_error *err)
{
    uint32_t field = (uint32_t)vls__col_int(q, 0, 1, UINT16_MAX);
    struct vls_slice key = vls__col_blob(q, 1), value = vls__col_blob(q, 5);
    const struct vls_register *last = j->n_registers > 0 ? &j->registers[j->n_registers - 1] : NULL;
    struct vls__envelope e;
    struct vls_rival *r;
    enum vls_code rc;

    if (last == NULL || last->field != field || last->key.n != key.n ||
        (key.n > 0 && memcmp(j->bytes.p + (size_t)last->key.p, key.p, key.n) != 0)) {
        if ((rc = begin_register(j, field, (struct vls_slice){(void *)j->bytes.n, key.n}, err)) != VLS_OK)
            return rc;
        vls_buf_put_slice(&j->bytes, key);
    }
    if (!vls_room(&j->rivals, &j->cap_rivals, j->n_rivals, 1, sizeof *j->rivals))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
    if ((rc = vls__envelope_by_n(s, vls__col_int(q, 2, 1, INT64_MAX), &e, err)) != VLS_OK)
        return rc;
    r = &j->rivals[j->n_rivals++];
    memcpy(r->dot.change, e.id, sizeof r->dot.change);
    r->dot.op = (uint32_t)vls__col_int(q, 3, 0, UINT32_MAX);
    r->lamport = e.lamport;
    r->cite = (enum vls_cite)vls__col_int(q, 4, VLS_CITE_NONE, VLS_CITE_OFFICIAL);
    r->value = (struct vls_slice){(void *)j->bytes.n, value.n};
    vls_buf_put_slice(&j->bytes, value);
    j->registers[j->n_registers - 1].n_rivals++;
    return VLS_OK;
}

static void
offsets_to_pointers(struct vls__judge *j)
{
    for (size_t i = 0; i < j->n_rivals; i++)
        j->rivals[i].value.p = j->bytes.p + (size_t)j->rivals[i].value.p;
    for (size_t i = 0; i < j->n_registers; i++)
        j->registers[i].key.p = j->bytes.p + (size_t)j->registers[i].key.p;
}

/* Once all rivals are there, and move no more. */
static void
share_out_rivals(struct vls__judge *j)
{
    size_t first = 0;

    for (size_t i = 0; i < j->n_registers; i++) {
        j->registers[i].rivals = &j->rivals[first];
        first += j->registers[i].n_rivals;
    }
}

static enum vls_code
read_live(struct vls_store *s, struct vls__judge *j, int64_t record, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_JUDGE_LIVE, err);

    if (rc != VLS_OK)
        return rc;
    j->n_rivals = j->n_registers = 0;
    vls_buf_reset(&j->bytes);
    vls__bind_int(&q, 1, record);
    while ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && row)
        if ((rc = read_row(s, j, &q, err)) != VLS_OK)
            break;
    if (rc == VLS_OK && (rc = vls__sql_ok(&q, err)) == VLS_OK)
        rc = vls_buf_ok(&j->bytes, err);
    vls__sql_give(&q);
    if (rc == VLS_OK) {
        offsets_to_pointers(j);
        share_out_rivals(j);
    }
    return rc;
}

static enum vls_code
merge_registers(struct vls_store *s, struct vls__judge *j, int64_t record, const struct vls_kind *kind,
                struct vls_error *err)
{
    struct vls_rival *r = j->rivals;
    enum vls_code rc = VLS_OK;

    for (size_t i = 0; i < j->n_registers && rc == VLS_OK; i++) {
        struct vls_register *g = &j->registers[i];
        const struct vls_field *field = vls_field_by_no(kind, (uint16_t)g->field);
        struct vls_verdict v = {.n_shown = vls_merge_shows(field)}; /* of a single value (M4) */

        if (g->n_rivals > 1)
            vls_merge(&v, field, r, g->n_rivals);
        if (v.n_texts > 1)
            rc = vls__prose_merge(s, record, g->field, g->key, r, &v, &j->prose, err);
        g->n_shown = v.n_shown;
        j->attention[i] = v.attention;
        r += g->n_rivals;
    }
    return rc;
}

/* ---- what is derived ---- */

static void
count_digest(struct vls__judge *j, struct vls__compartment *home, struct vls__judged *r)
{
    static const uint8_t never[VLS_HASH_LEN];
    uint8_t digest[VLS_HASH_LEN];

    vls_record_digest(digest, r->id, r->kind_no, j->registers, j->n_registers);
    if (memcmp(digest, r->digest, sizeof digest) == 0)
        return;
    if (memcmp(r->digest, never, sizeof never) != 0)
        vls_state_sub(&home->state, r->digest);
    vls_state_add(&home->state, digest);
    home->dirty = true;
    memcpy(r->digest, digest, sizeof digest);
    r->changed = true;
}

/* The place of the register that withdraws the record; n_registers when none does. */
static size_t
withdrawing(const struct vls__judge *j)
{
    for (size_t i = 0; i < j->n_registers; i++)
        if (j->registers[i].field == VLS_H_LIFE && j->registers[i].key.n == 0)
            return vls__life_withdraws(j->registers[i].rivals[0].value) ? i : j->n_registers;
    return j->n_registers;
}

/* What a colleague wrote without sight of the withdrawal is hidden with the record: somebody should look. */
static enum vls_code
announce_unseen(struct vls_store *s, struct vls__judge *j, int64_t record, const struct vls_kind *kind, size_t life,
                struct vls_error *err)
{
    struct vls__seen seen;
    bool unseen = false;
    enum vls_code rc = vls__seen_load(s, record, &j->registers[life].rivals[0].dot, &seen, err);

    if (rc != VLS_OK)
        return rc;
    for (size_t i = 0; i < j->n_registers && !unseen; i++)
        for (size_t k = 0; k < j->registers[i].n_rivals && !unseen; k++)
            unseen = vls__unseen(&seen, kind, j->registers[i].field, &j->registers[i].rivals[k].dot);
    if (unseen)
        j->attention[life] = VLS_CONFLICT;
    vls__seen_clear(&seen);
    return VLS_OK;
}

/* ---- one record ---- */

static enum vls_code
read_record(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, struct vls_error *err)
{
    struct vls__stmt q;
    bool row;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_JUDGE_RECORD, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, r->n);
    if ((rc = vls__sql_step(&q, &row, err)) == VLS_OK && !row)
        rc = VLS_FAIL(err, VLS_EAUTH, "record %lld is not in the store", (long long)r->n);
    if (rc == VLS_OK) {
        vls__col_fixed(&q, 0, r->id, sizeof r->id);
        r->compartment = vls__col_int(&q, 1, 1, INT64_MAX);
        r->kind_no = (uint32_t)vls__col_int(&q, 2, 0, VLS__KIND_MAX);
        r->hidden = vls__col_int(&q, 3, 0, 1) != 0;
        r->withdrawn = vls__col_int(&q, 4, 0, 1) != 0;
        r->n_conflicts = vls__col_int(&q, 5, 0, INT64_MAX);
        r->words = vls__col_int(&q, 6, 0, INT64_MAX);
        vls__col_fixed(&q, 7, r->digest, sizeof r->digest);
        vls_buf_reset(&j->old_links);
        vls_buf_put_slice(&j->old_links, vls__col_blob(&q, 8));
        if ((rc = vls__sql_ok(&q, err)) == VLS_OK && j->old_links.n > 0 &&
            j->old_links.n % VLS_ID_LEN != VLS__LINKS_HEAD)
            rc = VLS_FAIL(err, VLS_EAUTH, "the store holds a malformed row");
        if (rc == VLS_OK)
            rc = vls_buf_ok(&j->old_links, err);
    }
    vls__sql_give(&q);
    return rc;
}

static enum vls_code
save_record(struct vls_store *s, const struct vls__judge *j, const struct vls__judged *r, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = vls__sql_take(&q, s, VLS__SQL_JUDGE_SAVE, err);

    if (rc != VLS_OK)
        return rc;
    vls__bind_int(&q, 1, r->n);
    vls__bind_int(&q, 2, r->n_conflicts);
    vls__bind_int(&q, 3, r->words);
    vls__bind_blob(&q, 4, r->digest, sizeof r->digest);
    vls__bind_blob(&q, 5, j->links.p, j->links.n);
    return vls__sql_run(&q, NULL, err);
}

static enum vls_code
save_withdrawn(struct vls_store *s, struct vls__judged *r, bool withdrawn, struct vls_error *err)
{
    struct vls__stmt q;
    enum vls_code rc = VLS_OK;

    if (r->withdrawn == withdrawn)
        return VLS_OK;
    if ((rc = vls__sql_take(&q, s, VLS__SQL_JUDGE_WITHDRAWN, err)) != VLS_OK)
        return rc;
    r->withdrawn = withdrawn;
    vls__bind_int(&q, 1, r->n);
    vls__bind_int(&q, 2, withdrawn);
    return vls__sql_run(&q, NULL, err);
}

/* Merges the registers that j holds and replaces what stands in the tables about the record. */
static enum vls_code
judge_registers(struct vls_store *s, struct vls__judge *j, struct vls__judged *r, struct vls_error *err)
{
    const struct vls_kind *kind = vls_kind_by_no((uint16_t)r->kind_no);
    struct vls__compartment *home = vls__compartment_by_n(s, r->compartment);
    bool shown = !r->hidden && r->kind_no != 0, withdrawn;
    size_t life;
    enum vls_code rc;

    if (home == NULL)
        return VLS_FAIL(err, VLS_EAUTH, "a record of compartment %lld, which is not in the store",
                        (long long)r->compartment);
    if ((rc = merge_registers(s, j, r->n, kind, err)) != VLS_OK)
        return rc;
    count_digest(j, home, r);
    vls_buf_reset(&j->links);
    vls_buf_reset(&j->title);
    vls_buf_reset(&j->body);
    if (shown)
        vls__derive(j, kind, r->kind_no);
    /* Words beyond the maximum are left out; without memory nothing goes on. */
    if (j->links.bad != VLS_OK || j->title.bad == VLS_ENOMEM || j->body.bad == VLS_ENOMEM)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the words of a record");
    life = withdrawing(j);
    withdrawn = life < j->n_registers;
    if (withdrawn && (rc = announce_unseen(s, j, r->n, kind, life, err)) != VLS_OK)
        return rc;
    if ((rc = save_withdrawn(s, r, withdrawn, err)) != VLS_OK ||
        (rc = vls__derived_save(s, j, r, shown, err)) != VLS_OK)
        return rc;
    return r->changed ? save_record(s, j, r, err) : VLS_OK;
}

static enum vls_code
judge_record(struct vls_store *s, int64_t n, struct vls_error *err)
{
    struct vls__judge *j = s->judge;
    struct vls__judged r = {.n = n};
    enum vls_code rc;

    if ((rc = read_record(s, j, &r, err)) != VLS_OK || (rc = read_live(s, j, n, err)) != VLS_OK)
        return rc;
    return judge_registers(s, j, &r, err);
}

static int
n_cmp(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

enum vls_code
vls__judge(struct vls_store *s, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    if (s->n_touched == 0)
        return VLS_OK;
    if ((rc = judge_new(s, err)) != VLS_OK || (rc = vls__compartments(s, err)) != VLS_OK)
        return rc;
    qsort(s->touched, s->n_touched, sizeof *s->touched, n_cmp); /* rows lie in this order */
    for (size_t i = 0; i < s->n_touched && rc == VLS_OK; i++)
        rc = judge_record(s, s->touched[i], err);
    if (rc != VLS_OK) {
        if (s->in_tx)
            s->doomed = rc;
        vls_while(err, "judging %zu records", s->n_touched);
    }
    memset(s->touched_slot, 0, sizeof s->touched_slot);
    s->n_touched = 0;
    return rc;
}

/* ---- records that come whole ---- */

enum vls_code
vls__whole_begin(struct vls_store *s, struct vls_error *err)
{
    enum vls_code rc;

    if ((rc = judge_new(s, err)) != VLS_OK || (rc = vls__compartments(s, err)) != VLS_OK)
        return rc;
    s->judge->n_whole = 0;
    return VLS_OK;
}

enum vls_code
vls__whole_value(struct vls_store *s, const struct vls_entry *e, struct vls_error *err)
{
    struct vls__judge *j = s->judge;

    if (!vls_room(&j->whole, &j->cap_whole, j->n_whole, 1, sizeof *j->whole))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
    j->whole[j->n_whole++] =
        (struct vls__whole_value){.field = e->field, .key = e->key, .rival = {e->dot, e->lamport, e->cite, e->value}};
    return VLS_OK;
}

/* The order in which rows lie in live. */
static int
whole_cmp(const void *a, const void *b)
{
    const struct vls__whole_value *x = a, *y = b;
    int c;

    if (x->field != y->field)
        return x->field < y->field ? -1 : 1;
    if ((c = vls_slice_cmp(x->key, y->key)) != 0)
        return c;
    return x->rival.dot.op < y->rival.dot.op ? -1 : x->rival.dot.op > y->rival.dot.op;
}

static enum vls_code
take_whole(struct vls__judge *j, struct vls_error *err)
{
    enum vls_code rc = VLS_OK;

    if (j->n_whole > 0)
        qsort(j->whole, j->n_whole, sizeof *j->whole, whole_cmp);
    j->n_rivals = j->n_registers = 0;
    for (size_t i = 0; i < j->n_whole && rc == VLS_OK; i++) {
        const struct vls__whole_value *v = &j->whole[i], *last = i > 0 ? v - 1 : NULL;

        if (!vls_room(&j->rivals, &j->cap_rivals, j->n_rivals, 1, sizeof *j->rivals))
            return VLS_FAIL(err, VLS_ENOMEM, "no memory for a record");
        if (last == NULL || last->field != v->field || !vls_slice_eq(last->key, v->key))
            rc = begin_register(j, v->field, v->key, err);
        if (rc == VLS_OK) {
            j->rivals[j->n_rivals++] = v->rival;
            j->registers[j->n_registers - 1].n_rivals++;
        }
    }
    share_out_rivals(j);
    return rc;
}

/* Several texts of one field are merged with what they name, and so is a withdrawal: that is in the tables. */
static bool
speaks_for_itself(const struct vls__judge *j, const struct vls_kind *kind)
{
    for (size_t i = 0; i < j->n_registers; i++) {
        const struct vls_field *field = vls_field_by_no(kind, (uint16_t)j->registers[i].field);

        if (j->registers[i].field == VLS_H_LIFE ||
            (field != NULL && field->policy == VLS_P_PARA && j->registers[i].n_rivals > 1))
            return false;
    }
    return true;
}

enum vls_code
vls__whole_judge(struct vls_store *s, int64_t n, const uint8_t id[VLS_ID_LEN], int64_t compartment, uint32_t kind_no,
                 bool *judged, struct vls_error *err)
{
    struct vls__judged r = {.n = n, .compartment = compartment, .kind_no = kind_no};
    enum vls_code rc = take_whole(s->judge, err);

    *judged = rc == VLS_OK && speaks_for_itself(s->judge, vls_kind_by_no((uint16_t)kind_no));
    if (!*judged)
        return rc;
    memcpy(r.id, id, sizeof r.id);
    vls_buf_reset(&s->judge->old_links);
    return judge_registers(s, s->judge, &r, err);
}

enum vls_code
vls__judge_digest(struct vls_store *s, int64_t record, uint8_t out[VLS_HASH_LEN], struct vls_error *err)
{
    struct vls__judged r = {.n = record};
    enum vls_code rc;

    if ((rc = judge_new(s, err)) != VLS_OK || (rc = read_record(s, s->judge, &r, err)) != VLS_OK ||
        (rc = read_live(s, s->judge, record, err)) != VLS_OK ||
        (rc = merge_registers(s, s->judge, record, vls_kind_by_no((uint16_t)r.kind_no), err)) != VLS_OK)
        return rc;
    vls_record_digest(out, r.id, r.kind_no, s->judge->registers, s->judge->n_registers);
    return VLS_OK;
}
