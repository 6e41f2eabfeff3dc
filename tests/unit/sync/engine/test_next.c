/*
 * Two versions of the program in one group: laptops of a made-up later one (tests/next) and of this one. What this
 * version does not know (kinds, fields, terms, operations, notes, change sets) it carries on untouched and merges; each
 * version shows the same everywhere; and a laptop that gets the later version judges all it has by its rules.
 */
#include "two.h"

/* ---- the version that is at work ---- */

extern const struct vls_kind next_vls__kinds[];
extern const size_t next_vls__n_kinds;
extern const struct vls_field next_vls__header[];
extern const size_t next_vls__n_header;

static bool next;

#define WRAPPED(result, name, ...)                                                                                     \
    result __real_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__);                                                                                 \
    result __wrap_##name(__VA_ARGS__)

WRAPPED(const struct vls_kind *, vls_kinds, size_t *n)
{
    if (!next)
        return __real_vls_kinds(n);
    *n = next_vls__n_kinds;
    return next_vls__kinds;
}

WRAPPED(const struct vls_field *, vls_header_fields, size_t *n)
{
    if (!next)
        return __real_vls_header_fields(n);
    *n = next_vls__n_header;
    return next_vls__header;
}

WRAPPED(const struct vls_kind *, vls_kind_by_no, uint16_t no)
{
    if (!next)
        return __real_vls_kind_by_no(no);
    for (size_t i = 0; i < next_vls__n_kinds; i++)
        if (next_vls__kinds[i].no == no)
            return &next_vls__kinds[i];
    return NULL;
}

WRAPPED(const struct vls_kind *, vls_kind_by_name, const char *name)
{
    if (!next)
        return __real_vls_kind_by_name(name);
    for (size_t i = 0; i < next_vls__n_kinds; i++)
        if (strcmp(next_vls__kinds[i].name, name) == 0)
            return &next_vls__kinds[i];
    return NULL;
}

WRAPPED(const struct vls_kind *, vls_kind_by_prefix, const char *prefix)
{
    if (!next)
        return __real_vls_kind_by_prefix(prefix);
    for (size_t i = 0; i < next_vls__n_kinds; i++)
        if (strcmp(next_vls__kinds[i].prefix, prefix) == 0)
            return &next_vls__kinds[i];
    return NULL;
}

static const struct vls_field *
find_field(const struct vls_field *f, size_t n, uint16_t no, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (name != NULL ? strcmp(f[i].name, name) == 0 : f[i].no == no)
            return &f[i];
    return NULL;
}

static const struct vls_field *
next_field(const struct vls_kind *kind, uint16_t no, const char *name)
{
    const struct vls_field *f = kind != NULL ? find_field(kind->fields, kind->n_fields, no, name) : NULL;

    return f != NULL ? f : find_field(next_vls__header, next_vls__n_header, no, name);
}

WRAPPED(const struct vls_field *, vls_field_by_no, const struct vls_kind *kind, uint16_t no)
{
    return next ? next_field(kind, no, NULL) : __real_vls_field_by_no(kind, no);
}

WRAPPED(const struct vls_field *, vls_field_by_name, const struct vls_kind *kind, const char *name)
{
    return next ? next_field(kind, 0, name) : __real_vls_field_by_name(kind, name);
}

/* ---- three laptops: NY and Nairobi of the later version, The Hague between them of this one ---- */

enum version { THIS, NEXT };

static const enum version version_of[N_LAPTOPS] = {NEXT, THIS, NEXT};

static void
at(int who)
{
    next = version_of[who] == NEXT;
}

static enum vls_code
sync_as(struct two *t, int who)
{
    enum vls_code rc;

    at(who);
    rc = two_sync(t, who);
    assert_int_equal(t->result.refused, 0);
    assert_int_equal(t->result.waiting, 0);
    return rc;
}

/* Opens a laptop with one version or the other, as an upgrade or its contrary would. */
static void
reopen(struct two *t, int who, enum version v)
{
    struct vls_places p = two_places(t, who);

    vls_engine_close(t->e[who]);
    t->e[who] = NULL;
    next = v == NEXT;
    check_ok(vls_engine_open(&t->e[who], &p, t->master[who], &t->err), &t->err);
}

/* The Hague joins New York on one hub; Nairobi meets only The Hague, on another. */
static void
three(struct two *t)
{
    char hub[300];

    at(NY);
    two_found(t);
    two_admit(t, HAGUE, "Croatia", "The Hague", true);
    two_admit(t, NAIROBI, "Kenya", "Nairobi", true);
    check_ok(two_sync(t, HAGUE), &t->err);
    (void)snprintf(hub, sizeof hub, "%s/second", t->dir);
    check_ok(vls_engine_remote_add(t->e[HAGUE], "second", hub, true, &t->err), &t->err);
    check_ok(vls_engine_remote_remove(t->e[NAIROBI], "stick", &t->err), &t->err);
    check_ok(two_sync(t, HAGUE), &t->err);
    check_ok(vls_engine_remote_add(t->e[NAIROBI], "second", hub, false, &t->err), &t->err);
    check_ok(two_sync(t, NAIROBI), &t->err);
    for (int i = 0; i < N_LAPTOPS; i++)
        reopen(t, i, version_of[i]);
}

/* There and back, until everybody has everything. */
static void
round_trip(struct two *t)
{
    static const int order[] = {NY, HAGUE, NAIROBI, HAGUE, NY, HAGUE, NAIROBI, HAGUE, NY};

    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        check_ok(sync_as(t, order[i]), &t->err);
}

/* ---- edits in words ---- */

struct edit {
    struct two *t;
    int who;
    struct vls_edit *d;
    const struct vls_kind *kind;
    const uint8_t *id;
};

static void
set(struct edit *e, const char *field, const char *key, const char *words)
{
    const struct vls_field *f = vls_field_by_name(e->kind, field);
    struct vls_value_ctx ctx = {0};
    struct vls_buf v;
    enum vls_code rc;

    assert_non_null(f);
    vls_buf_init(&v, 4096);
    if (f->type == VLS_T_ENTRY) {
        vls_cbor_put_map(&v, 1);
        vls_cbor_put_str(&v, f->terms[0].name);
        vls_cbor_put_str(&v, words);
    } else {
        check_ok(vls_value_parse(&v, f, words, &ctx, &e->t->err), &e->t->err);
    }
    if (f->policy == VLS_P_AWS)
        rc = vls_edit_add(e->d, e->id, f, vls_buf_slice(&v), NULL, &e->t->err);
    else if (f->policy == VLS_P_LOG)
        rc = vls_edit_append(e->d, e->id, f, vls_buf_slice(&v), &e->t->err);
    else
        rc = vls_edit_put(e->d, e->id, f, vls_slice_str(key), vls_buf_slice(&v), NULL, &e->t->err);
    check_ok(rc, &e->t->err);
    vls_buf_clear(&v);
}

static struct edit
begin(struct two *t, int who, const char *kind, uint8_t id[VLS_ID_LEN], bool create)
{
    struct edit e = {t, who, NULL, NULL, id};

    at(who);
    e.kind = vls_kind_by_name(kind);
    assert_non_null(e.kind);
    check_ok(vls_edit_begin(&e.d, t->e[who], NULL, &t->err), &t->err);
    if (create)
        check_ok(vls_edit_create(e.d, e.kind, id, &t->err), &t->err);
    return e;
}

static void
end(struct edit *e)
{
    check_ok(vls_edit_commit(e->d, 1800000300 + e->who, &e->t->err), &e->t->err);
}

/* ---- what a store shows ---- */

struct sums {
    uint8_t shown[VLS_HASH_LEN]; /* everything, in order: what one version shows */
    uint8_t kept[VLS_HASH_LEN];  /* every value with its place and origin, without order: what no version may change */
    size_t n_rows, n_unknown;
};

static enum vls_code
sum_record(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct sums *s = ctx;

    (void)err;
    s->n_unknown += r->kind == NULL;
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct vls_row *w = &r->rows[i];
        const uint32_t said[] = {r->kind_no, w->field, (uint32_t)w->type, (uint32_t)w->cite, w->dot.op};
        const uint32_t judged[] = {(uint32_t)w->state, (uint32_t)w->attention};
        const struct vls_slice what[] = {
            {r->id, VLS_ID_LEN}, {(const uint8_t *)said, sizeof said}, w->key, w->value, w->cite_text,
            w->reason,           {w->dot.change, VLS_CHANGE_ID_LEN}};
        const struct vls_slice order[] = {{s->shown, VLS_HASH_LEN},
                                          what[0],
                                          what[1],
                                          what[2],
                                          what[3],
                                          what[6],
                                          {(const uint8_t *)judged, sizeof judged}};
        uint8_t one[VLS_HASH_LEN], all[VLS_HASH_LEN];

        vls_hash(one, "next kept", what, sizeof what / sizeof *what);
        for (size_t k = 0, carry = 0; k < VLS_HASH_LEN; k++, carry >>= 8)
            s->kept[k] = (uint8_t)(carry += (size_t)s->kept[k] + one[k]);
        vls_hash(all, "next shown", order, sizeof order / sizeof *order);
        memcpy(s->shown, all, sizeof all);
        s->n_rows++;
    }
    return VLS_OK;
}

static struct sums
sums_of(struct two *t, int who)
{
    const struct vls_filter everything = {.withdrawn = true, .load = VLS_LOAD_PAST};
    struct vls_check c;
    struct sums s;

    memset(&s, 0, sizeof s);
    check_ok(vls_store_list(vls_engine_store(t->e[who]), &everything, sum_record, &s, &t->err), &t->err);
    check_ok(vls_engine_check(t->e[who], &c, NULL, NULL, &t->err), &t->err);
    assert_true(c.store_ok);
    assert_int_equal(c.n_bad + c.n_differ + c.n_missing, 0); /* as merged afresh by the version at work */
    return s;
}

/* The matrix: every laptop under every version. One version shows one thing, whoever carried it; no version loses or
 * changes a value of another. */
static void
matrix_holds(struct two *t, size_t least_unknown)
{
    struct sums by[2][N_LAPTOPS];
    char words[2][N_LAPTOPS][VLS_STATE_TEXT];

    for (int v = THIS; v <= NEXT; v++)
        for (int i = 0; i < N_LAPTOPS; i++) {
            reopen(t, i, (enum version)v);
            by[v][i] = sums_of(t, i);
            two_state(t, i, words[v][i]);
        }
    for (int i = 0; i < N_LAPTOPS; i++) {
        for (int v = THIS; v <= NEXT; v++) {
            assert_memory_equal(by[v][i].kept, by[THIS][NY].kept, VLS_HASH_LEN);
            assert_int_equal(by[v][i].n_rows, by[THIS][NY].n_rows);
            assert_memory_equal(by[v][i].shown, by[v][NY].shown, VLS_HASH_LEN);
            assert_string_equal(words[v][i], words[v][NY]);
        }
        assert_int_equal(by[NEXT][i].n_unknown, 0);
        assert_true(by[THIS][i].n_unknown >= least_unknown); /* there was something that this version does not know */
    }
    for (int i = 0; i < N_LAPTOPS; i++)
        reopen(t, i, version_of[i]);
}

/* ---- tests ---- */

static void
what_this_version_does_not_know_passes_through_it(void **state)
{
    struct two *t = *state;
    uint8_t person[VLS_ID_LEN], trip[VLS_ID_LEN], convoy[VLS_ID_LEN];
    struct vls_record *r;
    struct vls_buf text;
    struct edit e;

    three(t);
    e = begin(t, NY, "person", person, true);
    set(&e, "display-name", "", "Idris al-Haddad");
    set(&e, "call-sign", "", "Falcon");
    set(&e, "risk", "", "low");
    set(&e, "alias", "k", "The Hat");
    set(&e, "note", "", "First.\n\nSecond.");
    set(&e, "tlp", "", "red+eyes");
    end(&e);
    e = begin(t, NY, "trip", trip, true);
    set(&e, "status", "", "postponed");
    end(&e);
    e = begin(t, NY, "convoy", convoy, true);
    set(&e, "vehicles", "", "7");
    set(&e, "plate", "", "IRL 1");
    set(&e, "log", "", "left");
    end(&e);
    check_ok(sync_as(t, NY), &t->err);
    check_ok(sync_as(t, HAGUE), &t->err);
    assert_int_equal(t->result.received, 3);
    /* the older one shows what it can, and works on the same record */
    at(HAGUE);
    check_ok(vls_store_record(vls_engine_store(t->e[HAGUE]), person, 0, &r, &t->err), &t->err);
    vls_buf_init(&text, 4096);
    vls_record_print(&text, r, "display-name", "en");
    assert_string_equal(vls_buf_str(&text), "Idris al-Haddad");
    assert_null(vls_field_by_name(r->kind, "risk"));
    assert_non_null(vls_record_row(r, 91, vls_slice_of(NULL, 0), 0)); /* as it came */
    vls_record_free(r);
    vls_buf_clear(&text);
    check_ok(vls_store_record(vls_engine_store(t->e[HAGUE]), convoy, 0, &r, &t->err), &t->err);
    assert_null(r->kind);
    assert_int_equal(r->kind_no, 90);
    assert_int_equal(r->n_rows, 3);
    vls_record_free(r);
    e = begin(t, HAGUE, "person", person, false);
    set(&e, "position", "", "Minister");
    end(&e);
    /* the far one of the later version answers what came through */
    check_ok(sync_as(t, HAGUE), &t->err);
    check_ok(sync_as(t, NAIROBI), &t->err);
    e = begin(t, NAIROBI, "person", person, false);
    set(&e, "risk", "", "high");
    set(&e, "call-sign", "", "Heron");
    end(&e);
    e = begin(t, NAIROBI, "convoy", convoy, false);
    set(&e, "vehicles", "", "8");
    end(&e);
    round_trip(t);
    matrix_holds(t, 1);
}

static void
rivals_of_unknown_fields_are_judged_alike_and_anew(void **state)
{
    struct two *t = *state;
    uint8_t person[VLS_ID_LEN], trip[VLS_ID_LEN];
    uint64_t seed = check_seed(90), conflicts, notices;
    struct edit e;

    print_message("VLS_SEED=%llu\n", (unsigned long long)seed);
    three(t);
    e = begin(t, NY, "person", person, true);
    set(&e, "display-name", "", "Idris al-Haddad");
    end(&e);
    e = begin(t, NY, "trip", trip, true);
    set(&e, "status", "", "potential");
    end(&e);
    round_trip(t);
    for (int i = 0; i < 24; i++) {
        static const char *const risks[] = {"low", "high"}, *const states[] = {"postponed", "potential", "confirmed"},
                                 *const tlps[] = {"red+eyes", "red", "green"};
        int who = (int)(check_random(&seed) % N_LAPTOPS);
        char words[40];

        (void)snprintf(words, sizeof words, "words %d", i);
        e = begin(t, who, i % 4 == 3 ? "trip" : "person", i % 4 == 3 ? trip : person, false);
        if (i % 4 == 3) {
            set(&e, "status", "",
                states[check_random(&seed) % (version_of[who] == NEXT ? 2 : 1) + (version_of[who] != NEXT)]);
            set(&e, "tlp", "", tlps[check_random(&seed) % 2 + (version_of[who] != NEXT)]);
        } else if (version_of[who] == NEXT) {
            set(&e, "risk", "", risks[check_random(&seed) % 2]);
            set(&e, "alias", check_random(&seed) % 2 == 0 ? "k" : "l", words);
            set(&e, "note", "", words);
        } else {
            set(&e, "position", "", words);
        }
        end(&e);
        if (i % 5 == 4)
            check_ok(sync_as(t, (int)(check_random(&seed) % N_LAPTOPS)), &t->err);
    }
    round_trip(t);
    at(NY);
    check_ok(vls_store_conflict_count(vls_engine_store(t->e[NY]), &conflicts, &notices, &t->err), &t->err);
    assert_true(conflicts + notices > 0); /* they did meet */
    matrix_holds(t, 0);
}

/* A change set by hand: what a later version writes and no version here can. */
static void
say(struct two *t, int who, const struct vls_buf *change)
{
    const struct vls_member_compartment *room = vls__engine_compartment(t->e[who], DEFAULT_COMPARTMENT);
    uint8_t id[VLS_HASH_LEN];

    check_ok(vls__engine_start(t->e[who], &t->err), &t->err);
    check_ok(vls__engine_end(t->e[who],
                             vls__engine_write(t->e[who], VLS_ENV_CHANGE, vls__engine_epoch_for(t->e[who], room->id),
                                               vls_buf_slice(change), 1800000400, id, &t->err),
                             &t->err),
             &t->err);
}

static void
change_head(struct vls_buf *b, unsigned version, uint64_t lamport)
{
    vls_cbor_put_array(b, 6);
    vls_cbor_put_uint(b, version);
    vls_cbor_put_uint(b, lamport);
    vls_cbor_put_int(b, 1800000400);
    vls_cbor_put_array(b, 0);
    vls_cbor_put_array(b, 0);
}

struct bytes {
    uint8_t sum[VLS_HASH_LEN];
    size_t n, n_unreadable, n_refused;
};

static enum vls_code
sum_envelope(void *ctx, const struct vls_stored_envelope *s, struct vls_error *err)
{
    struct bytes *b = ctx;
    uint8_t one[VLS_HASH_LEN];

    (void)err;
    vls_hash1(one, "next envelope", s->bytes.p, s->bytes.n);
    for (size_t k = 0; k < VLS_HASH_LEN; k++)
        b->sum[k] ^= one[k];
    b->n++;
    b->n_unreadable += s->state == VLS_ENV_UNREADABLE;
    b->n_refused += s->state == VLS_ENV_REFUSED;
    return VLS_OK;
}

static struct bytes
bytes_of(struct two *t, int who)
{
    struct bytes b;

    memset(&b, 0, sizeof b);
    check_ok(
        vls_store_envelopes(t->e[who]->store, VLS_ENV_CHANGE, (enum vls_envelope_state)0, sum_envelope, &b, &t->err),
        &t->err);
    return b;
}

static void
operations_notes_and_change_sets_of_later_versions_are_carried_on(void **state)
{
    struct two *t = *state;
    uint8_t person[VLS_ID_LEN];
    struct vls_buf b;
    struct bytes of[N_LAPTOPS];
    struct edit e;

    three(t);
    e = begin(t, NY, "person", person, true);
    set(&e, "display-name", "", "Idris al-Haddad");
    end(&e);
    round_trip(t);
    vls_buf_init(&b, 4096);
    /* an operation 7 of three items, a put with a note 9, an operation 65,535 */
    change_head(&b, VLS_CHANGE_VERSION, 50);
    vls_cbor_put_array(&b, 1);
    vls_cbor_put_array(&b, 2);
    vls_cbor_put_bytes(&b, person, sizeof person);
    vls_cbor_put_array(&b, 3);
    vls_cbor_put_array(&b, 3);
    vls_cbor_put_uint(&b, 7);
    vls_cbor_put_str(&b, "something");
    vls_cbor_put_uint(&b, 1);
    vls_cbor_put_array(&b, 6);
    vls_cbor_put_uint(&b, VLS_OP_PUT);
    vls_cbor_put_uint(&b, 2); /* position */
    vls_cbor_put_str(&b, "");
    vls_cbor_put_str(&b, "Envoy");
    vls_cbor_put_array(&b, 0);
    vls_cbor_put_map(&b, 1);
    vls_cbor_put_uint(&b, 9);
    vls_cbor_put_str(&b, "a note of tomorrow");
    vls_cbor_put_array(&b, 1);
    vls_cbor_put_uint(&b, 65535);
    say(t, NY, &b);
    /* and a change set of version 2, of which nothing else can be known */
    vls_buf_reset(&b);
    vls_cbor_put_array(&b, 2);
    vls_cbor_put_uint(&b, VLS_CHANGE_VERSION + 1);
    vls_cbor_put_str(&b, "anything");
    say(t, NY, &b);
    /* life goes on behind them */
    e = begin(t, NY, "person", person, false);
    set(&e, "summary", "", "Afterwards");
    end(&e);
    round_trip(t);
    for (int i = 0; i < N_LAPTOPS; i++)
        of[i] = bytes_of(t, i);
    for (int i = HAGUE; i < N_LAPTOPS; i++) {
        assert_memory_equal(of[i].sum, of[NY].sum, VLS_HASH_LEN);
        assert_int_equal(of[i].n, of[NY].n);
        assert_int_equal(of[i].n_refused, 0);
        assert_int_equal(of[i].n_unreadable, 1);
    }
    for (int i = HAGUE; i < N_LAPTOPS; i++) {
        struct vls_record *r;
        struct vls_buf text;

        at(i);
        vls_buf_init(&text, 4096);
        check_ok(vls_store_record(vls_engine_store(t->e[i]), person, 0, &r, &t->err), &t->err);
        vls_record_print(&text, r, "position", "en");
        assert_string_equal(vls_buf_str(&text), "Envoy");
        vls_buf_reset(&text);
        vls_record_print(&text, r, "summary", "en");
        assert_string_equal(vls_buf_str(&text), "Afterwards");
        vls_record_free(r);
        vls_buf_clear(&text);
    }
    vls_buf_clear(&b);
}

static void
the_made_up_version_is_another_one(void **state)
{
    (void)state;
    next = false;
    assert_null(vls_kind_by_name("convoy"));
    assert_null(vls_field_by_name(vls_kind_by_name("person"), "risk"));
    next = true;
    assert_non_null(vls_kind_by_name("convoy"));
    assert_non_null(vls_field_by_name(vls_kind_by_name("person"), "risk"));
    assert_true(vls_term_rank(vls_field_by_name(vls_kind_by_name("trip"), "status"), vls_slice_str("postponed")) > 0);
    next = false;
    assert_int_equal(vls_term_rank(vls_field_by_name(vls_kind_by_name("trip"), "status"), vls_slice_str("postponed")),
                     -1);
}

#define NEXT_TEST(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_made_up_version_is_another_one),
        NEXT_TEST(what_this_version_does_not_know_passes_through_it),
        NEXT_TEST(rivals_of_unknown_fields_are_judged_alike_and_anew),
        NEXT_TEST(operations_notes_and_change_sets_of_later_versions_are_carried_on),
    };

    return cmocka_run_group_tests_name("next", tests, NULL, NULL);
}
