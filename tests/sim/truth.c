/*
 * What must hold, whatever happened: the invariants of the design, asked of the laptops' own stores.
 */
#include "sim.h"

#define ROOMS_MAX (sizeof((struct face *)0)->room / VLS_ID_LEN)

/* ---- the sets a laptop has merged, and the states they make ---- */

struct reading {
    struct sim *s;
    struct device *d;
    struct face *face;
    const uint8_t *only; /* compartment */
    uint8_t sum[VLS_HASH_LEN];
    size_t n;
};

static void
fold(uint8_t sum[VLS_HASH_LEN], const char *label, const void *p, size_t n)
{
    uint8_t before[VLS_HASH_LEN];
    const struct vls_slice parts[] = {{before, sizeof before}, {p, n}};

    memcpy(before, sum, sizeof before);
    vls_hash(sum, label, parts, 2);
}

static const uint8_t *
room_of(const struct device *d, const struct vls_envelope *env)
{
    static const uint8_t zeros[VLS_COMPARTMENT_LEN];

    for (size_t i = d->e->n_epochs; i-- > 0;)
        if (memcmp(vls_epoch_compartment(d->e->epochs[i]), zeros, sizeof zeros) != 0 &&
            vls_envelope_is_under(env, d->e->epochs[i]))
            return vls_epoch_compartment(d->e->epochs[i]);
    return NULL;
}

/* A set has no order: the sum of its members' hashes, word by word. */
static enum vls_code
add_to_set(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    struct reading *r = ctx;
    struct vls_envelope env;
    const uint8_t *room;

    (void)err;
    if (vls_envelope_read(&env, e->bytes, NULL) != VLS_OK || (room = room_of(r->d, &env)) == NULL)
        sim_fail(r->s, "a merged change set is sealed under no epoch that is here");
    for (size_t i = 0; i < r->face->n; i++)
        if (memcmp(room, r->face->room[i], VLS_ID_LEN) == 0) {
            for (size_t k = 0, carry = 0; k < VLS_HASH_LEN; k++) {
                carry += (size_t)r->face->set[i][k] + e->id[k];
                r->face->set[i][k] = (uint8_t)carry;
                carry >>= 8;
            }
            r->face->n_sets[i]++;
        }
    return VLS_OK;
}

static void
fold_row(uint8_t sum[VLS_HASH_LEN], const struct vls_row *w)
{
    const uint32_t head[] = {
        w->field, (uint32_t)w->type,  (uint32_t)w->state,   (uint32_t)w->attention,   (uint32_t)w->cite,    w->dot.op,
        w->by.op, (uint32_t)w->key.n, (uint32_t)w->value.n, (uint32_t)w->cite_text.n, (uint32_t)w->reason.n};
    const struct vls_slice parts[] = {
        {sum, VLS_HASH_LEN},           {(const uint8_t *)head, sizeof head}, w->key, w->value, w->cite_text, w->reason,
        {w->dot.change, VLS_HASH_LEN}, {w->by.change, VLS_HASH_LEN}};
    uint8_t out[VLS_HASH_LEN];

    vls_hash(out, "sim row", parts, sizeof parts / sizeof *parts);
    memcpy(sum, out, sizeof out);
}

static enum vls_code
add_record(void *ctx, const struct vls_record *rec, struct vls_error *err)
{
    struct reading *r = ctx;

    (void)err;
    for (size_t i = 0; i < r->face->n; i++) {
        if (memcmp(rec->compartment, r->face->room[i], VLS_ID_LEN) != 0)
            continue;
        fold(r->face->state[i], "sim record", rec->id, VLS_ID_LEN);
        fold(r->face->state[i], "sim kind", &rec->kind_no, sizeof rec->kind_no);
        for (size_t k = 0; k < rec->n_rows; k++)
            fold_row(r->face->state[i], &rec->rows[k]);
    }
    return VLS_OK;
}

static enum vls_code
add_conflict(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    struct reading *r = ctx;
    uint8_t room[VLS_ID_LEN];

    if (vls_store_compartment_of(r->d->e->store, c->record, room, err) != VLS_OK)
        sim_fail(r->s, "a conflict of a record that is not here");
    for (size_t i = 0; i < r->face->n; i++)
        if (memcmp(room, r->face->room[i], VLS_ID_LEN) == 0)
            fold(r->face->state[i], "sim conflict", c->id, VLS_ID_LEN);
    r->n++;
    return VLS_OK;
}

/* Conflicts stand in an order of their own (attention first), the same for equal states. */
static void
read_states(struct reading *r)
{
    const struct vls_filter all = {.withdrawn = true, .load = VLS_LOAD_PAST};
    struct sim *s = r->s;

    SIM_OK(s, vls_store_list(r->d->e->store, &all, add_record, r, &s->err));
    SIM_OK(s, vls_store_conflicts(r->d->e->store, add_conflict, r, &s->err));
}

void
truth_face(struct sim *s, struct device *d, struct face *out)
{
    struct reading r = {.s = s, .d = d, .face = out};

    memset(out, 0, sizeof *out);
    for (size_t i = 0; d->e->members != NULL && i < vls_members_n_compartments(d->e->members); i++) {
        const struct vls_member_compartment *c = vls_members_compartment_at(d->e->members, i);

        if (!vls_members_reads(d->e->members, d->e->me.device, c->id) || out->n == ROOMS_MAX)
            continue;
        memcpy(out->room[out->n], c->id, VLS_ID_LEN);
        out->common[out->n++] = c->common;
    }
    SIM_OK(s, vls_store_envelopes(d->e->store, VLS_ENV_CHANGE, VLS_ENV_DONE, add_to_set, &r, &s->err));
    read_states(&r);
}

void
truth_sets(struct sim *s, struct device *d)
{
    struct face f;

    (void)device_on(s, d);
    truth_face(s, d, &f);
    for (size_t i = 0; i < f.n; i++) {
        uint8_t set[VLS_HASH_LEN];
        bool known = false;

        memcpy(set, f.set[i], sizeof set);
        fold(set, "sim room", f.room[i], VLS_ID_LEN);
        for (size_t k = 0; k < s->n_known && !known; k++) {
            known = memcmp(s->known[k].set, set, sizeof set) == 0;
            if (known && memcmp(s->known[k].state, f.state[i], VLS_HASH_LEN) != 0)
                sim_fail(s, "I2: laptop %d has merged the %zu change sets that another has, and another state", d->no,
                         f.n_sets[i]);
        }
        sim_count(s, EV_EQUAL_SETS, known && f.n_sets[i] > 0);
        if (known)
            continue;
        s->known = sim_room(s->known, s->n_known, &s->cap_known, sizeof *s->known);
        memcpy(s->known[s->n_known].set, set, sizeof set);
        memcpy(s->known[s->n_known++].state, f.state[i], VLS_HASH_LEN);
    }
}

/* ---- I3 ---- */

static bool
has_value(const struct vls_record *rec, const struct value *v)
{
    for (size_t i = 0; i < rec->n_rows; i++) {
        const struct vls_row *w = &rec->rows[i];

        if (w->field == v->field && memcmp(w->dot.change, v->change, VLS_CHANGE_ID_LEN) == 0 &&
            vls_slice_eq(w->key, vls_slice_str(v->key)) && w->value.n == v->n &&
            (v->n == 0 || memcmp(w->value.p, v->bytes, v->n) == 0) &&
            (w->type == VLS_OP_REMOVE) == (v->type == VLS_OP_REMOVE))
            return true;
    }
    return false;
}

static bool
reads_room(const struct device *d, const struct rec *r)
{
    return r->room != ROOM_OWN || r->delegation == d->delegation;
}

/* Whether a change set is here and merged; it may be one that was sealed before this laptop could read. */
static bool
merged(struct sim *s, struct device *d, const struct value *v, bool all)
{
    enum vls_envelope_state state = VLS_ENV_REFUSED;
    bool found = false;

    SIM_OK(s, vls_store_envelope_find(d->e->store, v->change, &found, &state, &s->err));
    if (!found && all)
        sim_fail(s, "I3: laptop %d never received a change set of laptop %d", d->no, v->dev);
    if (found && state == VLS_ENV_REFUSED)
        sim_fail(s, "laptop %d refuses a change set of laptop %d", d->no, v->dev);
    if (found && state == VLS_ENV_UNREADABLE && reads_room(d, &s->rec[v->rec]) && (d->history || v->dev == d->no))
        sim_fail(s, "I3: laptop %d was given the history and cannot read a change set of laptop %d", d->no, v->dev);
    return found && state == VLS_ENV_DONE;
}

/* Values of one record, which is loaded once. */
static void
look_for(struct sim *s, struct device *d, size_t rec, bool own_only)
{
    struct vls_record *r = NULL;

    for (size_t i = 0; i < s->n_value; i++) {
        const struct value *v = &s->value[i];

        if (v->rec != rec || (own_only && v->dev != d->no) || !merged(s, d, v, own_only || v->dev == d->no))
            continue;
        if (r == NULL && vls_store_record(d->e->store, s->rec[rec].id, VLS_LOAD_PAST, &r, &s->err) != VLS_OK) {
            if (!d->history)
                return; /* it was made before this laptop could read; its values wait for their record */
            sim_fail(s, "I3: laptop %d merged a change set of laptop %d and lacks the record: %s", d->no, v->dev,
                     s->err.text);
        }
        if (!has_value(r, v))
            sim_fail(s, "I3: a value of field %u that laptop %d wrote is gone from laptop %d", (unsigned)v->field,
                     v->dev, d->no);
        sim_count(s, EV_VALUES_FOUND, 1);
    }
    vls_record_free(r);
}

void
truth_own(struct sim *s, struct device *d)
{
    (void)device_on(s, d);
    for (size_t i = 0; i < s->n_rec && !d->behind; i++)
        if (reads_room(d, &s->rec[i]))
            look_for(s, d, i, true);
}

/* ---- at the end ---- */

#define CHAIN_LEN (2 * VLS_ID_LEN + VLS_HASH_LEN)

static enum vls_code
add_chain(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    struct vls_buf *b = ctx;

    (void)err;
    if (e->seq == 0)
        return VLS_OK;
    vls_buf_put(b, e->device, VLS_ID_LEN);
    vls_buf_put(b, e->incarnation, VLS_ID_LEN);
    vls_buf_put(b, e->id, VLS_HASH_LEN);
    return VLS_OK;
}

static int
by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, CHAIN_LEN);
}

/* Everybody holds the same chains up to the same envelope, and agrees on who belongs. */
static void
same_chains(struct sim *s, struct device *d, struct vls_buf *first)
{
    struct vls_buf here;
    uint64_t waiting;

    vls_buf_init(&here, 1 << 20);
    SIM_OK(s, vls_store_chains(d->e->store, add_chain, &here, &s->err));
    for (size_t i = 0; i < vls_members_n_devices(d->e->members); i++) {
        static const uint8_t nothing[VLS_ID_LEN + VLS_HASH_LEN];

        vls_buf_put(&here, vls_members_device_at(d->e->members, i)->id, VLS_ID_LEN);
        vls_buf_put(&here, nothing, sizeof nothing);
    }
    qsort(here.p, here.n / CHAIN_LEN, CHAIN_LEN, by_bytes);
    if (first->n == 0)
        vls_buf_put_slice(first, vls_buf_slice(&here));
    else
        SIM_CHECK(s, vls_slice_eq(vls_buf_slice(first), vls_buf_slice(&here)),
                  "laptop %d holds other chains or other members than the first, once quiet", d->no);
    SIM_OK(s, vls_store_waiting(d->e->store, NULL, NULL, &waiting, &s->err));
    SIM_CHECK(s, waiting == 0 || !host_clean(s, 0) || !host_clean(s, 1), "%d envelopes still wait on laptop %d",
              (int)waiting, d->no);
    vls_buf_clear(&here);
}

static void
no_plain_words(struct sim *s, struct device *d)
{
    size_t n;
    const uint8_t *p = device_disk(d, &n);

    SIM_CHECK(s, n == 0 || memmem(p, n, SIM_PLANT, strlen(SIM_PLANT)) == NULL, "I1: a planted word is on disk %d",
              d->no);
    SIM_CHECK(s, n == 0 || memmem(p, n, d->master->bytes, d->master->len) == NULL, "I1: a key is on disk %d", d->no);
    sim_count(s, EV_SCANNED_KIB, n / 1024);
}

static void
checks_clean(struct sim *s, struct device *d)
{
    struct vls_check c;

    SIM_OK(s, vls_engine_check(d->e, &c, NULL, NULL, &s->err));
    SIM_CHECK(s, c.store_ok && c.n_bad == 0 && c.n_differ == 0 && !c.rest_differs, "check finds %d bad, %d differing", (int)c.n_bad,
              (int)c.n_differ);
}

/* ---- I2, I6: the same set again, in another order and under other clocks ---- */

struct pool {
    struct vls_stored_envelope *v;
    size_t n, cap;
};

static enum vls_code
keep_envelope(void *ctx, const struct vls_stored_envelope *e, struct vls_error *err)
{
    struct pool *p = ctx;
    uint8_t *bytes = malloc(e->bytes.n + 1);

    (void)err;
    assert_non_null(bytes);
    memcpy(bytes, e->bytes.p, e->bytes.n);
    p->v = sim_room(p->v, p->n, &p->cap, sizeof *p->v);
    p->v[p->n] = *e;
    p->v[p->n].why = "";
    p->v[p->n++].bytes = vls_slice_of(bytes, e->bytes.n);
    return VLS_OK;
}

/* The change set with another wall clock in it, under its old id: nothing may depend on it. */
static void
other_wall(struct sim *s, struct vls_buf *out, struct vls_slice plain)
{
    struct vls_cbor c = vls_cbor_of(plain);
    uint64_t lamport;

    (void)vls_cbor_array(&c, 6);
    (void)vls_cbor_uint(&c);
    lamport = vls_cbor_uint(&c);
    (void)vls_cbor_int(&c);
    assert_false(vls_cbor_bad(&c));
    vls_cbor_put_array(out, 6);
    vls_cbor_put_uint(out, VLS_CHANGE_VERSION);
    vls_cbor_put_uint(out, lamport);
    vls_cbor_put_int(out, (int64_t)check_random(&s->random));
    for (int i = 0; i < 3; i++)
        vls_buf_put_slice(out, vls_cbor_item(&c));
    assert_true(vls_cbor_done(&c));
}

static void
apply_other(struct sim *s, struct device *d, struct vls_store *fresh, struct vls_stored_envelope *e)
{
    struct vls_envelope env;
    struct vls_buf plain, other;
    const struct vls_epoch *epoch = NULL;

    vls_buf_init(&plain, VLS_ENVELOPE_MAX);
    vls_buf_init(&other, VLS_ENVELOPE_MAX);
    SIM_OK(s, vls_envelope_read(&env, e->bytes, &s->err));
    for (size_t i = 0; i < d->e->n_epochs && epoch == NULL; i++)
        if (vls_envelope_is_under(&env, d->e->epochs[i]))
            epoch = d->e->epochs[i];
    assert_non_null(epoch);
    SIM_OK(s, vls_envelope_open(&plain, &env, epoch, &s->err));
    other_wall(s, &other, vls_buf_slice(&plain));
    e->wall_unix_s = (int64_t)check_random(&s->random);
    e->bytes = vls_slice_of(NULL, 0);
    SIM_OK(s, vls_store_envelope_put(fresh, e, &s->err));
    SIM_OK(s, vls_store_apply(fresh, env.id, vls_epoch_compartment(epoch), vls_buf_slice(&other), &s->err));
    vls_buf_clear(&plain);
    vls_buf_clear(&other);
}

static void
merge_afresh(struct sim *s, struct device *d)
{
    struct vls_store *fresh = NULL, *real = d->e->store;
    struct pool p = {NULL, 0, 0};
    struct face now, again;
    struct reading r = {.s = s, .d = d, .face = &again};

    truth_face(s, d, &now);
    SIM_OK(s, vls_store_envelopes(real, VLS_ENV_CHANGE, VLS_ENV_DONE, keep_envelope, &p, &s->err));
    SIM_OK(s, vls_store_memory(&fresh, &s->err));
    SIM_OK(s, vls_store_begin(fresh, &s->err));
    for (size_t i = 0; i < now.n; i++)
        SIM_OK(s, vls_store_compartment_put(fresh, now.room[i], "room", now.common[i], &s->err));
    for (size_t i = p.n; i > 0; i--) {
        size_t k = sim_below(s, i);
        struct vls_stored_envelope e = p.v[k];

        p.v[k] = p.v[i - 1];
        e.seq = p.n - i + 1; /* one chain of its own, in this order */
        memset(e.device, 1, sizeof e.device);
        memset(e.incarnation, 1, sizeof e.incarnation);
        p.v[i - 1] = e;
        apply_other(s, d, fresh, &e);
        free((void *)(uintptr_t)p.v[i - 1].bytes.p);
    }
    SIM_OK(s, vls_store_commit(fresh, &s->err));
    again = now;
    memset(again.state, 0, sizeof again.state);
    d->e->store = fresh;
    read_states(&r);
    d->e->store = real;
    SIM_CHECK(s, memcmp(again.state, now.state, sizeof now.state) == 0,
              "I2, I6: %zu change sets in another order under other clocks make another state", p.n);
    vls_store_close(fresh);
    free(p.v);
    sim_count(s, EV_MERGED_AFRESH, 1);
}

/* Whoever has all history shows the same state words. */
static void
same_state(struct sim *s, struct device *d, char first[VLS_STATE_TEXT])
{
    char text[VLS_STATE_TEXT];

    if (!d->history)
        return;
    SIM_OK(s, vls_store_state(d->e->store, NULL, text, &s->err));
    if (first[0] == '\0')
        memcpy(first, text, sizeof text);
    SIM_CHECK(s, strcmp(first, text) == 0, "I2: laptop %d shows state %s, another %s", d->no, text, first);
}

void
truth_end(struct sim *s)
{
    char state[VLS_STATE_TEXT] = "";
    struct vls_buf chains;
    uint64_t conflicts, notices;
    struct device *d;

    s->doing = "the end";
    vls_buf_init(&chains, 1 << 20);
    for (int i = 0; i < s->n_dev; i++) {
        d = &s->dev[i];
        if (!d->begun || device_on(s, d) == NULL || !device_member(d))
            continue;
        same_chains(s, d, &chains);
        truth_sets(s, d);
        same_state(s, d, state);
        for (size_t k = 0; k < s->n_rec; k++)
            if (reads_room(d, &s->rec[k]))
                look_for(s, d, k, false);
        for (size_t k = 0; k < s->n_value; k++) /* read or not, it is here */
            (void)merged(s, d, &s->value[k], true);
    }
    d = sim_member(s);
    if (sim_chance(s, 20))
        checks_clean(s, d);
    else if (sim_chance(s, 50))
        merge_afresh(s, d);
    SIM_OK(s, vls_store_conflict_count(d->e->store, &conflicts, &notices, &s->err));
    sim_count(s, EV_CONFLICTS, conflicts);
    for (int i = 0; i < s->n_dev; i++)
        no_plain_words(s, &s->dev[i]);
    host_scan(s);
    vls_buf_clear(&chains);
}
