/*
 * What people write: edits over the real kinds, withdrawals, duels and decisions; and what is known for certain
 * afterwards, with a power cut or a full disk in between or not.
 */
#include "sim.h"

#include "tests/support/value_spec.h"

const char *const sim_rooms[N_ROOMS] = {"focal-points", "court", "own"};

/* ---- values ---- */

static void
token(struct sim *s, char *out, size_t cap)
{
    (void)snprintf(out, cap, SIM_PLANT "%llx.%zu", (unsigned long long)s->seed, s->n_tokens++);
}

static void
put_ref(struct sim *s, struct vls_buf *out)
{
    uint8_t any[VLS_ID_LEN];

    vls_random(any, sizeof any);
    vls_cbor_put_bytes(out, s->n_rec > 0 ? s->rec[sim_below(s, s->n_rec)].id : any, VLS_ID_LEN);
}

/* A value of the field's shape, now and then one of another or of a newer version. */
static void
value_make(struct sim *s, struct vls_buf *out, const struct vls_field *f)
{
    static const char *const dates[] = {"d:2027", "d:2027-04", "d:2027-04-12", "d:2027-04-12/2027-04-15", "w:40 April"};
    char word[80], spec[100];

    token(s, word, sizeof word);
    if (sim_chance(s, 3)) {
        vls_cbor_put_str(out, word);
        return;
    }
    switch (f->type) {
    case VLS_T_ENUM:
        if (f->n_terms == 0 || sim_chance(s, 5))
            vls_cbor_put_str(out, "newer-term");
        else
            vls_cbor_put_str(out, f->terms[sim_below(s, f->n_terms)].name);
        break;
    case VLS_T_BOOL: vls_cbor_put_bool(out, sim_chance(s, 50)); break;
    case VLS_T_INT: vls_cbor_put_int(out, (int64_t)s->n_tokens); break;
    case VLS_T_DATE: value_put(out, dates[sim_below(s, 5)]); break;
    case VLS_T_INSTANT:
        (void)snprintf(spec, sizeof spec, "s:%lld,%d,%d", (long long)(1800000000 + s->n_tokens), 60, 1);
        value_put(out, spec);
        break;
    case VLS_T_COUNTRY: vls_cbor_put_str(out, sim_chance(s, 50) ? "HR" : "IE"); break;
    case VLS_T_REF: put_ref(s, out); break;
    case VLS_T_BYTES: vls_cbor_put_bytes(out, word, strlen(word)); break;
    case VLS_T_ENTRY:
        (void)snprintf(spec, sizeof spec, "m:%s=t:%s", f->n_terms > 0 ? f->terms[0].name : "text", word);
        value_put(out, spec);
        break;
    case VLS_T_TEXT: vls_cbor_put_str(out, word); break;
    }
}

/* ---- records ---- */

static const struct vls_field *
some_field(struct sim *s, const struct vls_kind *kind)
{
    const struct vls_field *header;
    size_t n_header;

    header = vls_header_fields(&n_header);
    if (sim_chance(s, 5)) /* every record takes them, from everybody */
        return vls_field_by_no(NULL, VLS_H_COMMENT);
    if (sim_chance(s, 10))
        return &header[1 + sim_below(s, n_header - 1)];                         /* life has a step of its own */
    return &kind->fields[sim_below(s, sim_chance(s, 50) ? 2 : kind->n_fields)]; /* posts meet in the same places */
}

/* A record of that room that this laptop has; NULL when there is none. */
static struct rec *
some_record(struct sim *s, struct device *d, enum sim_room room)
{
    for (int tries = 0; tries < 8 && s->n_rec > 0; tries++) {
        size_t latest = s->n_rec < 4 || sim_chance(s, 40) ? s->n_rec : 4;
        struct rec *r = &s->rec[s->n_rec - 1 - sim_below(s, latest)];
        uint8_t home[VLS_ID_LEN];

        if (r->room == room && (room != ROOM_OWN || r->delegation == d->delegation) &&
            vls_store_compartment_of(d->e->store, r->id, home, NULL) == VLS_OK)
            return r;
    }
    return NULL;
}

/* Whether a label names a compartment that this laptop can write in by now. */
static enum sim_room
some_room(struct sim *s, struct device *d)
{
    size_t dice = sim_below(s, 10);

    if (dice == 0)
        return ROOM_COURT;
    if (dice == 1 && vls__engine_compartment(d->e, OWN_COMPARTMENT) != NULL)
        return ROOM_OWN;
    return ROOM_FOCAL;
}

/* ---- the ledger ---- */

/* The values of one edit, before it is known whether they are kept. */
struct draft {
    struct value v[8];
    size_t n;
    struct vls_edit *edit;
    enum sim_room room;
    size_t new_rec; /* position of a record it makes, SIZE_MAX */
};

static size_t
rec_add(struct sim *s, const struct rec *r)
{
    s->rec = sim_room(s->rec, s->n_rec, &s->cap_rec, sizeof *s->rec);
    s->rec[s->n_rec] = *r;
    return s->n_rec++;
}

static void
draft_note(struct sim *s, struct draft *t, struct device *d, const struct rec *r, const struct vls_field *f,
           enum vls_op_type type, const char *key, const struct vls_buf *value)
{
    struct value *v = &t->v[t->n++];

    memset(v, 0, sizeof *v);
    v->dev = d->no;
    v->rec = (size_t)(r - s->rec);
    v->field = f->no;
    v->type = type;
    (void)snprintf(v->key, sizeof v->key, "%s", key);
    assert_true(value->n <= sizeof v->bytes);
    if (value->n > 0)
        memcpy(v->bytes, value->p, value->n);
    v->n = value->n;
}

struct rivals {
    size_t n, n_equal, n_ours;
    struct vls_slice value;
    const uint8_t *change;
};

static enum vls_code
count_rival(void *ctx, const struct vls_rival *r, struct vls_error *err)
{
    struct rivals *all = ctx;

    (void)err;
    all->n++;
    all->n_equal += vls_slice_eq(r->value, all->value);
    all->n_ours += all->change != NULL && memcmp(r->dot.change, all->change, VLS_CHANGE_ID_LEN) == 0;
    return VLS_OK;
}

static struct rivals
rivals_of(struct sim *s, struct device *d, const uint8_t *id, uint32_t field, const char *key, struct vls_slice value,
          const uint8_t *change)
{
    struct rivals r = {0, 0, 0, value, change};

    SIM_OK(s, vls_store_rivals(d->e->store, id, field, vls_slice_str(key), count_rival, &r, &s->err));
    return r;
}

static bool
noted(const struct draft *t, const struct sim *s, const struct rec *r, uint32_t field, const char *key)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->v[i].rec == (size_t)(r - s->rec) && t->v[i].field == field && strcmp(t->v[i].key, key) == 0)
            return true;
    return t->n == sizeof t->v / sizeof *t->v;
}

/* Only who recorded it lowers a marking; anybody else is refused. */
static bool
not_theirs(const struct device *d, const struct rec *r, const struct vls_field *f, enum vls_code rc)
{
    return rc == VLS_EVALUE && (f->flags & VLS_F_ORIGINATOR) != 0 && r->delegation != d->delegation;
}

/* One value into the edit, by whatever operation its policy takes. */
static void
draft_put(struct sim *s, struct draft *t, struct device *d, const struct rec *r, const struct vls_field *f)
{
    struct vls_backing why = {.cite = (enum vls_cite)sim_below(s, 4), .cite_text = SIM_PLANT " note", .reason = NULL};
    const char *key = f->policy == VLS_P_MAP ? (sim_chance(s, 50) ? "k1" : "k2") : "";
    const struct vls_backing *backing = sim_chance(s, 30) ? &why : NULL;
    enum vls_op_type type = VLS_OP_PUT;
    enum sim_event event = EV_PUTS;
    struct vls_buf value;
    struct rivals before;
    enum vls_code rc = VLS_OK;

    if (!vls_merge_shows(f) || noted(t, s, r, f->no, key)) /* nobody writes what is worked out */
        return;
    vls_buf_init(&value, 160);
    value_make(s, &value, f);
    before = rivals_of(s, d, r->id, f->no, key, vls_buf_slice(&value), NULL);
    if (f->policy == VLS_P_AWS || f->policy == VLS_P_GSET) {
        type = VLS_OP_ADD;
        event = EV_ADDS;
        rc = vls_edit_add(t->edit, r->id, f, vls_buf_slice(&value), backing, &s->err);
    } else if (f->policy == VLS_P_LOG) {
        type = VLS_OP_APPEND;
        event = EV_APPENDS;
        rc = vls_edit_append(t->edit, r->id, f, vls_buf_slice(&value), &s->err);
    } else if (before.n > 0 && before.n == before.n_equal && (backing == NULL || backing->cite == VLS_CITE_NONE)) {
        event = N_EVENTS; /* nothing would change */
    } else {
        rc = vls_edit_put(t->edit, r->id, f, vls_slice_str(key), vls_buf_slice(&value), backing, &s->err);
        if (rc == VLS_EVALUE && f->policy == VLS_P_FWD) { /* back only with a reason */
            why.reason = SIM_PLANT " second thoughts";
            rc = vls_edit_put(t->edit, r->id, f, vls_slice_str(key), vls_buf_slice(&value), &why, &s->err);
        }
        if (rc == VLS_EVALUE && f->policy == VLS_P_IMM && before.n > 0) {
            rc = VLS_OK; /* fixed when it was made */
            event = N_EVENTS;
        }
    }
    if (not_theirs(d, r, f, rc)) {
        rc = VLS_OK;
        event = N_EVENTS;
    }
    SIM_OK(s, rc);
    if (event != N_EVENTS) {
        draft_note(s, t, d, r, f, type, key, &value);
        sim_count(s, event, 1);
    }
    vls_buf_clear(&value);
}

static void
draft_withdraw(struct sim *s, struct draft *t, struct device *d, const struct rec *r)
{
    const struct vls_field *life = vls_field_by_no(r->kind, VLS_H_LIFE);
    struct vls_buf value;
    struct rivals before;

    if (noted(t, s, r, life->no, ""))
        return;
    vls_buf_init(&value, 160);
    vls_cbor_put_str(&value, sim_chance(s, 70) ? "retracted" : "active");
    before = rivals_of(s, d, r->id, life->no, "", vls_buf_slice(&value), NULL);
    if (before.n == 0 || before.n != before.n_equal) {
        SIM_OK(s, vls_edit_put(t->edit, r->id, life, vls_slice_of(NULL, 0), vls_buf_slice(&value), NULL, &s->err));
        draft_note(s, t, d, r, life, VLS_OP_PUT, "", &value);
        sim_count(s, EV_WITHDRAWALS, 1);
    }
    vls_buf_clear(&value);
}

struct element {
    uint8_t bytes[160];
    size_t n;
};

static enum vls_code
keep_element(void *ctx, const struct vls_rival *r, struct vls_error *err)
{
    struct element *e = ctx;

    (void)err;
    if (e->n == 0 && r->value.n <= sizeof e->bytes) {
        memcpy(e->bytes, r->value.p, r->value.n);
        e->n = r->value.n;
    }
    return VLS_OK;
}

static void
draft_remove(struct sim *s, struct draft *t, struct device *d, const struct rec *r)
{
    for (size_t i = 0; i < r->kind->n_fields; i++) {
        const struct vls_field *f = &r->kind->fields[i];
        struct element e = {{0}, 0};
        struct vls_buf nothing;

        if (f->policy != VLS_P_AWS || noted(t, s, r, f->no, ""))
            continue;
        SIM_OK(s, vls_store_rivals(d->e->store, r->id, f->no, vls_slice_of(NULL, 0), keep_element, &e, &s->err));
        if (e.n == 0)
            continue;
        SIM_OK(s, vls_edit_remove(t->edit, r->id, f, vls_slice_of(e.bytes, e.n), NULL, &s->err));
        vls_buf_init(&nothing, 1);
        draft_note(s, t, d, r, f, VLS_OP_REMOVE, "", &nothing);
        sim_count(s, EV_REMOVES, 1);
        return;
    }
}

/* Begins an edit and fills it; false when there is nothing to edit there. */
static bool
draft_make(struct sim *s, struct draft *t, struct device *d)
{
    enum vls_code rc;

    memset(t, 0, sizeof *t);
    t->new_rec = SIZE_MAX;
    t->room = some_room(s, d);
    rc = vls_edit_begin(&t->edit, d->e, sim_rooms[t->room], &s->err);
    if (rc == VLS_ENOTFOUND)
        return false; /* what names the compartments has not come yet */
    SIM_OK(s, rc);
    if (sim_chance(s, 25) || some_record(s, d, t->room) == NULL) {
        size_t n_kinds;
        const struct vls_kind *kinds = vls_kinds(&n_kinds);
        struct rec r = {.kind = &kinds[sim_below(s, n_kinds)], .room = t->room, .delegation = d->delegation};

        SIM_OK(s, vls_edit_create(t->edit, r.kind, r.id, &s->err));
        t->new_rec = rec_add(s, &r);
        sim_count(s, EV_CREATES, 1);
    }
    for (size_t i = 0; i < 1 + sim_below(s, 4); i++) {
        struct rec *r = t->new_rec != SIZE_MAX ? &s->rec[t->new_rec] : some_record(s, d, t->room);
        size_t dice = sim_below(s, 20);

        if (r == NULL)
            continue;
        if (dice == 0 && t->new_rec == SIZE_MAX)
            draft_withdraw(s, t, d, r);
        else if (dice < 4 && t->new_rec == SIZE_MAX)
            draft_remove(s, t, d, r);
        else
            draft_put(s, t, d, r, some_field(s, r->kind));
    }
    sim_count(s, EV_OWN_EDITS, t->room == ROOM_OWN);
    sim_count(s, EV_COURT_EDITS, t->room == ROOM_COURT);
    return true;
}

struct head {
    uint64_t seq;
    uint8_t id[VLS_HASH_LEN];
};

static struct head
head_of(struct sim *s, struct device *d)
{
    struct head h;

    SIM_OK(s, vls_store_chain_head(d->e->store, d->e->me.device, d->e->incarnation, &h.seq, h.id, &s->err));
    return h;
}

/* It is kept: from now on it must be found (I3), and where nobody wrote at the same time it stands alone (I6). */
static void
draft_kept(struct sim *s, const struct draft *t, struct device *d, const struct head *head)
{
    for (size_t i = 0; i < t->n; i++) { /* none when nothing would have changed */
        struct value *v;
        const struct rec *r = &s->rec[t->v[i].rec];
        const struct vls_field *f = vls_field_by_no(r->kind, (uint16_t)t->v[i].field);

        s->value = sim_room(s->value, s->n_value, &s->cap_value, sizeof *s->value);
        v = &s->value[s->n_value++];
        *v = t->v[i];
        memcpy(v->change, head->id, sizeof v->change);
        if (v->type == VLS_OP_PUT && !vls_merge_permanent(f)) {
            struct rivals now = rivals_of(s, d, r->id, v->field, v->key, vls_slice_of(v->bytes, v->n), v->change);

            SIM_CHECK(s, now.n == 1 && now.n_ours == 1, "I6: an edit that saw %zu others does not stand alone", now.n);
        }
    }
}

/* Everything of it, or nothing. */
static void
draft_after_cut(struct sim *s, const struct draft *t, struct device *d, const struct head *before,
                const struct face *old)
{
    struct head now;
    struct face face;

    device_power_cut(s, d);
    (void)device_on(s, d);
    now = head_of(s, d);
    if (now.seq == before->seq) {
        truth_face(s, d, &face);
        SIM_CHECK(s, memcmp(&face, old, sizeof face) == 0, "I5: the edit is gone, but the state is not the old one");
        sim_count(s, EV_CRASH_EDITS_OLD, 1);
        if (t->new_rec != SIZE_MAX)
            s->n_rec = t->new_rec;
        return;
    }
    draft_kept(s, t, d, &now);
    sim_count(s, EV_CRASH_EDITS_NEW, 1);
}

void
work_edit(struct sim *s, struct device *d, bool crash)
{
    uint64_t calls = host_calls(s);
    struct draft t;
    struct face old;
    struct head before, now;
    bool empty;
    enum vls_code rc;

    (void)device_on(s, d);
    if (!device_member(d) || !draft_make(s, &t, d))
        return;
    before = head_of(s, d);
    if (crash) {
        truth_face(s, d, &old);
        device_break(s, d, 1 + sim_below(s, 5), false);
        sim_count(s, EV_CRASH_EDITS, 1);
    }
    empty = vls_edit_empty(t.edit);
    rc = vls_edit_commit(t.edit, device_clock(s, d), &s->err);
    if (crash && device_broke(d)) {
        draft_after_cut(s, &t, d, &before, &old);
        return;
    }
    if (crash)
        device_mend(d);
    SIM_OK(s, rc);
    now = head_of(s, d);
    SIM_CHECK(s, empty == (now.seq == before.seq), "an edit %s", empty ? "without content wrote" : "wrote nothing");
    draft_kept(s, &t, d, &now);
    if (crash) /* it was acknowledged: nothing may take it back */
        device_power_cut(s, d);
    SIM_CHECK(s, host_calls(s) == calls, "I4: an edit asked a remote");
    sim_count(s, EV_LOCAL_STEPS, 1);
}

static void
put_one(struct sim *s, struct device *d, const struct rec *r, const struct vls_field *f)
{
    struct draft t = {.n = 0, .new_rec = SIZE_MAX};
    struct head head;

    SIM_OK(s, vls_edit_begin(&t.edit, d->e, sim_rooms[r->room], &s->err));
    draft_put(s, &t, d, r, f);
    SIM_OK(s, vls_edit_commit(t.edit, device_clock(s, d), &s->err));
    head = head_of(s, d);
    draft_kept(s, &t, d, &head);
}

void
work_duel(struct sim *s, struct device *a, struct device *b)
{
    uint8_t home[VLS_ID_LEN];
    const struct vls_field *f;
    struct rec *r;

    (void)device_on(s, a);
    (void)device_on(s, b);
    if (!device_member(a) || !device_member(b) || (r = some_record(s, a, ROOM_FOCAL)) == NULL ||
        vls_store_compartment_of(b->e->store, r->id, home, NULL) != VLS_OK)
        return;
    f = &r->kind->fields[sim_below(s, r->kind->n_fields)];
    put_one(s, a, r, f);
    put_one(s, b, r, f);
    sim_count(s, EV_DUELS, 1);
}

void
work_edit_on_full_disk(struct sim *s, struct device *d)
{
    struct draft t;
    struct face old, now;
    struct head before;
    enum vls_code rc;

    (void)device_on(s, d);
    if (!device_member(d) || !draft_make(s, &t, d))
        return;
    before = head_of(s, d);
    truth_face(s, d, &old);
    device_break(s, d, 1 + sim_below(s, 4), true);
    rc = vls_edit_commit(t.edit, device_clock(s, d), &s->err);
    if (!device_broke(d)) {
        device_mend(d);
        SIM_OK(s, rc);
        before = head_of(s, d);
        draft_kept(s, &t, d, &before);
        return;
    }
    device_off(d); /* the folder has room again, and somebody starts anew */
    device_mend(d);
    (void)device_on(s, d);
    if (rc == VLS_OK || head_of(s, d).seq != before.seq) {
        before = head_of(s, d);
        draft_kept(s, &t, d, &before);
        return;
    }
    truth_face(s, d, &now);
    SIM_CHECK(s, memcmp(&old, &now, sizeof old) == 0, "I5: a full disk left another state");
    if (t.new_rec != SIZE_MAX)
        s->n_rec = t.new_rec;
    sim_count(s, EV_FULL_DISKS, 1);
}

/* ---- decisions ---- */

struct pick {
    struct vls_conflict c;
    char key[16];
    size_t n, wanted;
};

static enum vls_code
pick_conflict(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    struct pick *p = ctx;

    (void)err;
    if (p->n++ == p->wanted && c->key.n < sizeof p->key) {
        p->c = *c;
        if (c->key.n > 0)
            memcpy(p->key, c->key.p, c->key.n);
        p->c.key = vls_slice_of(p->key, c->key.n);
    }
    return VLS_OK;
}

void
work_decide(struct sim *s, struct device *d)
{
    struct pick p = {.n = 0};
    struct draft t = {.n = 0, .new_rec = SIZE_MAX};
    const struct vls_field *f;
    struct rec *r = NULL;
    struct vls_buf value;
    struct head head;
    enum vls_code rc;
    char key[17] = "";

    (void)device_on(s, d);
    if (!device_member(d))
        return;
    SIM_OK(s, vls_store_conflicts(d->e->store, pick_conflict, &p, &s->err));
    p.wanted = sim_below(s, p.n);
    p.n = 0;
    SIM_OK(s, vls_store_conflicts(d->e->store, pick_conflict, &p, &s->err));
    for (size_t i = 0; i < s->n_rec && p.n > p.wanted; i++)
        if (memcmp(s->rec[i].id, p.c.record, VLS_ID_LEN) == 0)
            r = &s->rec[i];
    if (r == NULL || (r->room == ROOM_OWN && r->delegation != d->delegation))
        return;
    f = vls_field_by_no(r->kind, (uint16_t)p.c.field);
    if (f == NULL || vls_merge_permanent(f))
        return;
    SIM_OK(s, vls_edit_begin(&t.edit, d->e, sim_rooms[r->room], &s->err));
    vls_buf_init(&value, 160);
    value_make(s, &value, f);
    rc = vls_edit_decide(t.edit, &p.c, vls_buf_slice(&value), SIM_PLANT " reason", &s->err);
    if (not_theirs(d, r, f, rc)) {
        vls_edit_abort(t.edit);
        vls_buf_clear(&value);
        return;
    }
    SIM_OK(s, rc);
    memcpy(key, p.key, p.c.key.n);
    draft_note(s, &t, d, r, f, VLS_OP_PUT, key, &value);
    SIM_OK(s, vls_edit_commit(t.edit, device_clock(s, d), &s->err));
    head = head_of(s, d);
    draft_kept(s, &t, d, &head);
    sim_count(s, EV_DECISIONS, 1);
    vls_buf_clear(&value);
}
