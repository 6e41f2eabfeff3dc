/*
 * The edits of the commands: what is to be written is gathered in one change set that names what it replaces, and
 * recorded as a whole. It is applied by the same path that applies colleagues' work.
 */
#include <stdlib.h>
#include <string.h>

#include "engine_int.h"

#define HEADS_BYTES_MAX (64u * 1024 * 1024)

enum vls_code
vls_edit_begin(struct vls_edit **out, struct vls_engine *e, const char *compartment, struct vls_error *err)
{
    const struct vls_member_compartment *c;
    struct vls_edit *d;
    enum vls_code rc;

    *out = NULL;
    if ((rc = vls__engine_fresh(e, err)) != VLS_OK)
        return rc;
    if (!e->me.admitted)
        return VLS_FAIL(err, VLS_ENOTADMITTED, "your request to join still waits; nothing can be recorded yet");
    if (compartment == NULL)
        compartment = DEFAULT_COMPARTMENT;
    if ((c = vls__engine_compartment(e, compartment)) == NULL)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no compartment “%s” that you may read", compartment);
    if ((d = calloc(1, sizeof *d)) == NULL)
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for an edit");
    d->e = e;
    memcpy(d->compartment, c->id, sizeof d->compartment);
    if ((rc = vls_change_writer_new(&d->w, err)) != VLS_OK) {
        free(d);
        return rc;
    }
    *out = d;
    return VLS_OK;
}

enum vls_code
vls_edit_move(struct vls_edit *d, const char *compartment, struct vls_error *err)
{
    const struct vls_member_compartment *c = vls__engine_compartment(d->e, compartment);

    if (c == NULL)
        return VLS_FAIL(err, VLS_ENOTFOUND, "no compartment “%s” that you may read", compartment);
    memcpy(d->compartment, c->id, sizeof d->compartment);
    return VLS_OK;
}

void
vls_edit_abort(struct vls_edit *d)
{
    if (d == NULL)
        return;
    vls_change_writer_free(d->w);
    free(d);
}

bool
vls_edit_empty(const struct vls_edit *d)
{
    return vls_change_n_ops(d->w) == 0;
}

enum vls_code
vls_edit_create(struct vls_edit *d, const struct vls_kind *kind, uint8_t id[VLS_ID_LEN], struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_CREATE, .kind = kind->no, .record = id};
    bool taken = true;
    enum vls_code rc;

    while (taken) {
        vls_random(id, VLS_ID_LEN);
        if ((rc = vls_store_ref_taken(d->e->store, id, &taken, err)) != VLS_OK)
            return rc;
    }
    return vls_change_add(d->w, &op, NULL, 0, err);
}

/* The live values of one register, as dots to be named and as values to compare with. */
struct rivals {
    struct vls_dot *dots;
    size_t n, cap;
    struct vls_slice wanted;       /* only this value; p NULL: all */
    struct vls_slice value;        /* of the put at hand */
    bool all_equal;                /* every rival has that value */
    const struct vls_field *field; /* NULL: of no interest */
    int furthest;                  /* rank of the furthest stage or strictest marking, -1 for none */
};

/* Position of a stage; one that this version does not know is not judged. */
static int
stage(const struct vls_field *field, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice term = vls_cbor_text(&c);

    return vls_cbor_done(&c) ? vls_term_rank(field, term) : -1;
}

static enum vls_code
take_rival(void *ctx, const struct vls_rival *r, struct vls_error *err)
{
    struct rivals *all = ctx;

    if (!vls_slice_eq(r->value, all->value))
        all->all_equal = false;
    if (all->field != NULL && stage(all->field, r->value) > all->furthest)
        all->furthest = stage(all->field, r->value);
    if (all->wanted.p != NULL && !vls_slice_eq(r->value, all->wanted))
        return VLS_OK;
    if (!vls_room(&all->dots, &all->cap, all->n, 1, sizeof *all->dots))
        return VLS_FAIL(err, VLS_ENOMEM, "no memory for the values replaced");
    all->dots[all->n++] = r->dot;
    return VLS_OK;
}

static void
annotate(struct vls_op *op, const struct vls_backing *why)
{
    if (why == NULL)
        return;
    op->cite = why->cite;
    op->cite_text = vls_slice_str(why->cite_text);
    op->reason = vls_slice_str(why->reason);
}

static bool
withdraws(uint32_t field, struct vls_slice value)
{
    struct vls_cbor c = vls_cbor_of(value);
    struct vls_slice term;

    if (field != VLS_H_LIFE)
        return false;
    term = vls_cbor_text(&c);
    return vls_cbor_done(&c) &&
           (vls_slice_eq(term, vls_slice_str("retracted")) || vls_slice_eq(term, vls_slice_str("purged")));
}

/* Originator control (domain 1.3): others may mark a record more strictly, and add caveats, but not take that back.
 * This keeps honest people from doing it unawares; merging does not know it (schemas/domain/README.md section 1). */
static enum vls_code
originator_only(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                struct vls_error *err)
{
    const char *who;
    enum vls_code rc = vls_store_originator(d->e->store, record, &who, err);

    if (rc != VLS_OK || strcmp(who, d->e->me.delegation) == 0)
        return rc;
    if (who[0] == '\0')
        return VLS_FAIL(err, VLS_EVALUE, "only who recorded it may lower its %s; who that is is not known here",
                        field->name);
    return VLS_FAIL(err, VLS_EVALUE, "%s recorded it, and alone may lower its %s; ask them", who, field->name);
}

static bool
lowers(const struct vls_field *field, struct vls_slice value, const struct rivals *r)
{
    return (field->flags & VLS_F_ORIGINATOR) != 0 && r->n > 0 && stage(field, value) < r->furthest;
}

/* A withdrawal names everything of its record that its author has (schemas/domain/merge.md section 1). A record with
 * more values than one operation can name is withdrawn without saying so. *unseen: it has what the last one did not
 * know. */
static enum vls_code
name_whole_record(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], struct rivals *r, bool *unseen,
                  struct vls_error *err)
{
    struct vls_record *rec = NULL;
    size_t n_own = r->n;
    enum vls_code rc = vls_store_record(d->e->store, record, VLS_LOAD_LIVE, &rec, err);

    *unseen = false;
    if (rc != VLS_OK)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc; /* made in this very edit */
    for (size_t i = 0; i < rec->n_rows && rc == VLS_OK; i++) {
        const struct vls_rival one = {.dot = rec->rows[i].dot, .value = r->value};

        *unseen = *unseen || rec->rows[i].unseen;
        if (rec->rows[i].field != VLS_H_LIFE)
            rc = take_rival(r, &one, err);
    }
    if (r->n > VLS_CHANGE_NAMES_MAX)
        r->n = n_own;
    vls_record_free(rec);
    return rc;
}

enum vls_code
vls_edit_put(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field, struct vls_slice key,
             struct vls_slice value, const struct vls_backing *why, struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_PUT, .record = record, .field = field->no, .key = key, .value = value};
    struct rivals r = {
        .value = value, .all_equal = true, .field = field->type == VLS_T_ENUM ? field : NULL, .furthest = -1};
    bool unseen = false;
    enum vls_code rc;

    if (!vls_merge_shows(field))
        return VLS_FAIL(err, VLS_EVALUE, "%s is not written: it is worked out, or comes with the program", field->name);
    if ((rc = vls_store_rivals(d->e->store, record, field->no, key, take_rival, &r, err)) != VLS_OK)
        goto out;
    if (r.n == 0)
        r.all_equal = false;
    if (withdraws(field->no, value) && (rc = name_whole_record(d, record, &r, &unseen, err)) != VLS_OK)
        goto out;
    if (r.all_equal && !unseen && (why == NULL || why->cite == VLS_CITE_NONE))
        goto out; /* nothing would change */
    if (r.n == 0 && vls_value_emptied(value))
        goto out; /* it is empty */
    if (r.n > 0 && field->policy == VLS_P_IMM) {
        rc = VLS_FAIL(err, VLS_EVALUE, "%s was fixed when the record was made; record a correction instead",
                      field->name);
        goto out;
    }
    if (lowers(field, value, &r) && (rc = originator_only(d, record, field, err)) != VLS_OK)
        goto out;
    annotate(&op, why);
    if (field->policy == VLS_P_FWD && stage(field, value) >= 0 && stage(field, value) < r.furthest) {
        if (op.reason.n == 0) {
            rc = VLS_FAIL(err, VLS_EVALUE, "%s only goes forward; to go back, say why with --reason", field->name);
            goto out;
        }
        op.type = VLS_OP_DECIDE;
    }
    rc = vls_change_add(d->w, &op, r.dots, engine_least(r.n, VLS_CHANGE_NAMES_MAX), err);
out:
    free(r.dots);
    return rc;
}

enum vls_code
vls_edit_put_knowing(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                     struct vls_slice value, const struct vls_dot *known, size_t n, struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_PUT, .record = record, .field = field->no, .value = value};

    return vls_change_add(d->w, &op, known, n <= VLS_CHANGE_NAMES_MAX ? n : 0, err);
}

enum vls_code
vls_edit_still_withdrawn(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_PUT, .record = record, .field = VLS_H_LIFE};
    struct vls_record *rec = NULL;
    const struct vls_row *life;
    struct rivals r = {.n = 0};
    bool unseen;
    enum vls_code rc;

    if (vls_edit_empty(d))
        return VLS_OK;
    if ((rc = vls_store_record(d->e->store, record, VLS_LOAD_LIVE, &rec, err)) != VLS_OK)
        return rc == VLS_ENOTFOUND ? VLS_OK : rc;
    life = vls_record_row(rec, VLS_H_LIFE, vls_slice_str(""), 0);
    /* What is announced stays so until somebody decides about it. */
    if (rec->withdrawn && life != NULL && life->attention == VLS_QUIET) {
        op.value = r.value = life->value;
        if ((rc = vls_store_rivals(d->e->store, record, op.field, op.key, take_rival, &r, err)) == VLS_OK &&
            (rc = name_whole_record(d, record, &r, &unseen, err)) == VLS_OK)
            rc = vls_change_add(d->w, &op, r.dots, r.n, err);
    }
    free(r.dots);
    vls_record_free(rec);
    return rc;
}

enum vls_code
vls_edit_add(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
             struct vls_slice value, const struct vls_backing *why, struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_ADD, .record = record, .field = field->no, .value = value};

    annotate(&op, why);
    return vls_change_add(d->w, &op, NULL, 0, err);
}

enum vls_code
vls_edit_remove(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                struct vls_slice value, const struct vls_backing *why, struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_REMOVE, .record = record, .field = field->no};
    struct rivals r = {.wanted = value, .value = value, .all_equal = true};
    enum vls_code rc;

    rc = vls_store_rivals(d->e->store, record, field->no, vls_slice_of(NULL, 0), take_rival, &r, err);
    if (rc == VLS_OK && r.n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "%s holds no such entry", field->name);
    if (rc == VLS_OK && (field->flags & VLS_F_ORIGINATOR) != 0)
        rc = originator_only(d, record, field, err);
    annotate(&op, why);
    if (rc == VLS_OK)
        rc = vls_change_add(d->w, &op, r.dots, engine_least(r.n, VLS_CHANGE_NAMES_MAX), err);
    free(r.dots);
    return rc;
}

enum vls_code
vls_edit_append(struct vls_edit *d, const uint8_t record[VLS_ID_LEN], const struct vls_field *field,
                struct vls_slice entry, struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_APPEND, .record = record, .field = field->no, .value = entry};

    return vls_change_add(d->w, &op, NULL, 0, err);
}

enum vls_code
vls_edit_decide(struct vls_edit *d, const struct vls_conflict *c, struct vls_slice value, const char *reason,
                struct vls_error *err)
{
    struct vls_op op = {.type = VLS_OP_DECIDE, .record = c->record, .field = c->field, .key = c->key, .value = value};
    const struct vls_field *header = vls_field_by_no(NULL, (uint16_t)c->field);
    struct rivals r = {.value = value, .field = header, .furthest = -1};
    bool unseen;
    enum vls_code rc;

    op.reason = vls_slice_str(reason != NULL ? reason : "");
    rc = vls_store_rivals(d->e->store, c->record, c->field, c->key, take_rival, &r, err);
    if (rc == VLS_OK && r.n == 0)
        rc = VLS_FAIL(err, VLS_ENOTFOUND, "nothing is left to decide there");
    if (rc == VLS_OK && header != NULL && lowers(header, value, &r))
        rc = originator_only(d, c->record, header, err);
    if (rc == VLS_OK && c->key.n == 0 && withdraws(c->field, value))
        rc = name_whole_record(d, c->record, &r, &unseen, err);
    if (rc == VLS_OK)
        rc = vls_change_add(d->w, &op, r.dots, engine_least(r.n, VLS_CHANGE_NAMES_MAX), err);
    free(r.dots);
    return rc;
}

/* A compartment without an epoch that all its readers hold gets a new one first. */
static enum vls_code
epoch_ready(struct vls_engine *e, const uint8_t *compartment, int64_t now_unix, struct vls_epoch **out,
            struct vls_error *err)
{
    struct vls_buf ops;
    enum vls_code rc = VLS_OK;

    if ((*out = vls__engine_epoch_for(e, compartment)) != NULL)
        return VLS_OK;
    vls_buf_init(&ops, VLS_MEMBER_PAYLOAD_MAX);
    if ((rc = vls__engine_rotate(e, &ops, compartment, NULL, err)) == VLS_OK &&
        (rc = vls__engine_say(e, vls_buf_slice(&ops), 1, now_unix, err)) == VLS_OK &&
        (*out = vls__engine_epoch_for(e, compartment)) == NULL)
        rc = VLS_FAIL(err, VLS_ENOTADMITTED, "no key that every reader of this compartment holds");
    vls_buf_clear(&ops);
    return rc;
}

enum vls_code
vls_edit_commit(struct vls_edit *d, int64_t now_unix, struct vls_error *err)
{
    struct vls_engine *e = d->e;
    struct vls_epoch *epoch = NULL;
    struct vls_buf heads, change;
    uint8_t id[VLS_HASH_LEN];
    uint64_t lamport = 0;
    enum vls_code rc;

    vls_buf_init(&heads, HEADS_BYTES_MAX);
    vls_buf_init(&change, VLS_CHANGE_MAX);
    if (vls_edit_empty(d)) {
        vls_edit_abort(d);
        return VLS_OK;
    }
    if ((rc = vls__engine_start(e, err)) != VLS_OK)
        goto out;
    if ((rc = epoch_ready(e, d->compartment, now_unix, &epoch, err)) == VLS_OK &&
        (rc = vls_store_heads(e->store, d->compartment, &heads, &lamport, err)) == VLS_OK &&
        (rc = vls_change_finish(d->w, &change, lamport < INT64_MAX ? lamport + 1 : INT64_MAX, now_unix, heads.p,
                                engine_least(heads.n / VLS_CHANGE_ID_LEN, VLS_CHANGE_REFS_MAX / 2), err)) == VLS_OK &&
        (rc = vls__engine_write(e, VLS_ENV_CHANGE, epoch, vls_buf_slice(&change), now_unix, id, err)) == VLS_OK)
        rc = vls_store_apply(e->store, id, d->compartment, vls_buf_slice(&change), err);
    rc = vls__engine_end(e, rc, err);
out:
    vls_buf_clear(&heads);
    vls_buf_clear(&change);
    vls_edit_abort(d);
    if (rc != VLS_OK)
        vls_while(err, "recording");
    return rc;
}

const char *
vls_engine_home_of(struct vls_engine *e, const uint8_t record[VLS_ID_LEN])
{
    uint8_t id[VLS_COMPARTMENT_LEN];

    if (vls_store_compartment_of(e->store, record, id, NULL) != VLS_OK)
        return NULL;
    for (size_t i = 0; e->members != NULL && i < vls_members_n_compartments(e->members); i++) {
        const struct vls_member_compartment *c = vls_members_compartment_at(e->members, i);

        if (memcmp(c->id, id, VLS_COMPARTMENT_LEN) == 0)
            return c->name;
    }
    return NULL;
}
