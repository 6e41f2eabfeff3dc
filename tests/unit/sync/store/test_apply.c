/* Merging change sets into a store: I2, I3 and I6 of the design, and what schemas/store/README.md says. */
#include "tests/support/replica.h"
#include "tests/unit/sync/store/fixture.h"

#define N_SETS 60
#define N_RECORDS 5
#define N_ORDERS 8

struct value {
    struct vls_dot dot;
    unsigned record, field;
};

struct world {
    struct set sets[N_SETS];
    struct value values[N_SETS * 8];
    size_t n_sets, n_values;
};

/* Person fields of different policies: CITE, LWW+K, AWS, LOG, REFINE, PARA; the header's RESTRICT; and one that
 * this version does not know. */
static const char *const FIELDS[] = {"display-name", "position", "situation", "function", "born",
                                     "summary",      "life",     "identifier"};
#define N_FIELDS (sizeof FIELDS / sizeof FIELDS[0])
#define UNKNOWN_FIELD 900

static uint32_t
nth_field(size_t i)
{
    return i < N_FIELDS ? field_no("person", FIELDS[i]) : UNKNOWN_FIELD;
}

/* A value for the field: sometimes of another shape than its own. */
static void
random_value(struct vls_buf *out, size_t field, uint64_t *seed)
{
    static const char *const lives[] = {"active", "superseded", "retracted", "purged", "new-in-2031"};
    static const char *const dates[] = {"1961", "1961-02", "1961-02-03", "1960/1962", ""};
    uint64_t r = check_random(seed);
    char text[40];

    (void)snprintf(text, sizeof text, "value %u\n\nof many", (unsigned)(r % 7));
    if (r % 23 == 0)
        vls_cbor_put_uint(out, r % 5);
    else if (field == 6)
        vls_cbor_put_str(out, lives[r % 5]);
    else if (field == 4)
        vls_date_put(out, vls_slice_str(dates[r % 5]), vls_slice_str("so"));
    else if (field == 3) {
        vls_cbor_put_map(out, 1);
        vls_cbor_put_str(out, "title");
        vls_cbor_put_str(out, text);
    } else
        vls_cbor_put_str(out, text);
}

/* One register's earlier values, some of them, and now and then one of another register or of nobody. */
static size_t
random_named(const struct world *w, unsigned record, unsigned field, struct vls_dot *out, uint64_t *seed)
{
    size_t n = 0;

    for (size_t i = 0; i < w->n_values && n < 6; i++) {
        bool own = w->values[i].record == record && w->values[i].field == field;

        if (check_random(seed) % (own ? 2 : 97) == 0)
            out[n++] = w->values[i].dot;
    }
    if (check_random(seed) % 11 == 0) {
        memset(&out[n], 0x5a, sizeof out[n]);
        out[n++].op = 3;
    }
    return n;
}

static void
world_make(struct world *w, uint64_t seed)
{
    static const uint8_t *const homes[] = {FOCAL, FOCAL, FOCAL, OWN, COURT};
    uint8_t record[VLS_ID_LEN];

    memset(w, 0, sizeof *w);
    for (w->n_sets = 0; w->n_sets < N_SETS; w->n_sets++) {
        struct set *c = &w->sets[w->n_sets];
        unsigned n = (unsigned)(check_random(&seed) % N_RECORDS), op = 0;
        struct value made[8];

        for (size_t i = 0; i < 8; i++)
            made[i].dot.op = UINT32_MAX; /* a create is no value */
        id_of(record, n);
        set_begin(c, homes[check_random(&seed) % 5], (unsigned)w->n_sets % 3, w->n_sets / 3 + 1,
                  1 + check_random(&seed) % (w->n_sets + 1));
        for (size_t i = 0; i < w->n_sets; i++)
            if (check_random(&seed) % 5 == 0 && w->sets[i].compartment == c->compartment)
                set_dep(c, &w->sets[i]);
        if (check_random(&seed) % 3 == 0) {
            set_create(c, record, check_random(&seed) % 4 == 0 ? "meeting" : "person");
            op++;
        }
        for (size_t k = 1 + check_random(&seed) % 6; k-- > 0; op++) {
            unsigned field = (unsigned)(check_random(&seed) % (N_FIELDS + 1));
            static const enum vls_op_type types[] = {VLS_OP_PUT, VLS_OP_PUT, VLS_OP_ADD, VLS_OP_APPEND,
                                                     VLS_OP_REMOVE, VLS_OP_DECIDE};
            enum vls_op_type type = types[check_random(&seed) % 6];
            struct vls_dot named[8];
            struct vls_buf value;
            size_t n_named = random_named(w, n, field, named, &seed);

            vls_buf_init(&value, 4096);
            random_value(&value, field, &seed);
            if (n_named == 0 && (type == VLS_OP_REMOVE || type == VLS_OP_DECIDE))
                type = VLS_OP_PUT;
            if (type == VLS_OP_ADD || type == VLS_OP_APPEND)
                n_named = 0;
            set_value(c, record, type, nth_field(field), type == VLS_OP_PUT && field == 1 ? "k" : "",
                      type == VLS_OP_REMOVE ? vls_slice_of(NULL, 0) : vls_buf_slice(&value), named, n_named);
            made[op % 8] = (struct value){.dot.op = op, .record = n, .field = field};
            vls_buf_clear(&value);
        }
        set_end(c);
        for (unsigned i = 0; i < op && i < 8; i++) {
            memcpy(made[i].dot.change, c->id, sizeof c->id);
            if (made[i].dot.op == i)
                w->values[w->n_values++] = made[i];
        }
    }
}

static void
world_free(struct world *w)
{
    for (size_t i = 0; i < w->n_sets; i++)
        set_free(&w->sets[i]);
}

/* Every set once, in a random order, in transactions of random length, some of them twice. */
static void
world_deliver(const struct world *w, struct vls_store *s, uint64_t seed)
{
    size_t order[N_SETS];
    bool open = false;

    for (size_t i = 0; i < w->n_sets; i++)
        order[i] = i;
    for (size_t i = w->n_sets; i-- > 1;) {
        size_t k = check_random(&seed) % (i + 1), x = order[i];

        order[i] = order[k];
        order[k] = x;
    }
    for (size_t i = 0; i < w->n_sets; i++) {
        if (!open)
            check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
        open = true;
        deliver(s, &w->sets[order[i]]);
        if (check_random(&seed) % 4 == 0)
            apply(s, &w->sets[order[check_random(&seed) % (i + 1)]]);
        if (check_random(&seed) % 3 == 0) {
            check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
            open = false;
        }
    }
    if (open)
        check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
}

static void
every_order_gives_the_same_rows(void **state)
{
    uint64_t seed = check_seed(20270412), base = seed;
    struct world *w = calloc(1, sizeof *w);

    (void)state;
    for (unsigned round = 0; round < 4; round++) {
        struct vls_buf first = {0};
        struct vls_store *a = NULL;

        world_make(w, seed = base + round);
        for (unsigned i = 0; i < N_ORDERS; i++) {
            struct vls_store *s = store_make();
            struct vls_buf now;
            uint64_t n, differ;

            world_deliver(w, s, check_random(&seed));
            dump(s, &now);
            if (i == 0) {
                first = now;
                a = s;
                continue;
            }
            if (!vls_slice_eq(vls_buf_slice(&first), vls_buf_slice(&now)))
                fail_msg("order %u of VLS_SEED=%llu differs", i, (unsigned long long)(base + round));
            check_ok(vls_store_compare(a, s, NULL, NULL, &n, &differ, &fixture_err), &fixture_err);
            assert_int_equal(differ, 0);
            assert_true(n >= N_RECORDS);
            check_ok(vls_store_verify(s, &fixture_err), &fixture_err);
            vls_buf_clear(&now);
            vls_store_close(s);
        }
        vls_buf_clear(&first);
        vls_store_close(a);
        world_free(w);
    }
    free(w);
}

/* "5F2C-91AB-77D0" as schemas/store/README.md has it, over one compartment. */
static void
state_text(char out[VLS_STATE_TEXT], const uint8_t compartment[VLS_ID_LEN], const uint8_t digest[VLS_HASH_LEN])
{
    uint8_t before[VLS_HASH_LEN], sum[VLS_HASH_LEN];
    const struct vls_slice parts[] = {{before, sizeof before}, {compartment, VLS_ID_LEN}, {digest, VLS_HASH_LEN}};

    vls_hash(before, "valise state txt", NULL, 0);
    vls_hash(sum, "valise state txt", parts, 3);
    (void)snprintf(out, VLS_STATE_TEXT, "%02X%02X-%02X%02X-%02X%02X", sum[0], sum[1], sum[2], sum[3], sum[4], sum[5]);
}

static void
each_compartment_is_what_a_naive_replica_of_it_makes(void **state)
{
    static const struct {
        const char *name;
        const uint8_t *id;
    } homes[] = {{"focal-points", FOCAL}, {"own", OWN}, {"court", COURT}};
    uint64_t seed = check_seed(31), base = seed;
    struct world *w = calloc(1, sizeof *w);

    (void)state;
    for (unsigned round = 0; round < 8; round++) {
        struct vls_store *s = store_make();

        world_make(w, base + round);
        world_deliver(w, s, check_random(&seed));
        for (size_t h = 0; h < 3; h++) {
            struct replica *r = replica_new(NULL);
            char expected[VLS_STATE_TEXT], got[VLS_STATE_TEXT];
            uint8_t digest[VLS_HASH_LEN];

            for (size_t i = 0; i < w->n_sets; i++)
                if (w->sets[i].compartment == homes[h].id)
                    check_ok(replica_deliver(r, w->sets[i].id, vls_buf_slice(&w->sets[i].bytes), false, &fixture_err),
                             &fixture_err);
            replica_state_afresh(r, digest);
            state_text(expected, homes[h].id, digest);
            check_ok(vls_store_state(s, homes[h].name, got, &fixture_err), &fixture_err);
            if (strcmp(expected, got) != 0)
                fail_msg("%s of VLS_SEED=%llu", homes[h].name, (unsigned long long)(base + round));
            replica_free(r);
        }
        vls_store_close(s);
        world_free(w);
    }
    free(w);
}

/* ---- I3: nothing vanishes ---- */

struct tally {
    size_t n;
};

static enum vls_code
count_rows(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct tally *t = ctx;

    (void)err;
    t->n += r->n_rows;
    return VLS_OK;
}

static void
every_operation_is_a_row_somewhere(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct vls_store *s = store_make();
    struct vls_filter f = {.withdrawn = true, .load = VLS_LOAD_PAST};
    uint8_t record[VLS_ID_LEN], home[VLS_ID_LEN];
    struct tally t = {0};
    size_t expected = 0;

    (void)state;
    world_make(w, check_seed(77));
    for (unsigned n = 0; n < N_RECORDS; n++) { /* a first create, so that all are listed */
        struct set *c = calloc(1, sizeof *c);

        id_of(record, n);
        set_begin(c, FOCAL, 7, n + 1, 1);
        set_create(c, record, "person");
        set_end(c);
        deliver(s, c);
        set_free(c);
        free(c);
    }
    world_deliver(w, s, 5);
    for (size_t i = 0; i < w->n_values; i++) {
        const struct set *from = NULL;

        for (size_t k = 0; k < w->n_sets; k++)
            if (memcmp(w->sets[k].id, w->values[i].dot.change, VLS_CHANGE_ID_LEN) == 0)
                from = &w->sets[k];
        assert_non_null(from);
        id_of(record, w->values[i].record);
        check_ok(vls_store_compartment_of(s, record, home, &fixture_err), &fixture_err);
        expected += memcmp(home, from->compartment, VLS_ID_LEN) == 0;
    }
    check_ok(vls_store_list(s, &f, count_rows, &t, &fixture_err), &fixture_err);
    assert_true(expected > 50);
    assert_int_equal(t.n, expected);
    vls_store_close(s);
    world_free(w);
    free(w);
}

/* ---- single cases ---- */

/* A position, and two posts that replaced it without knowing of each other. */
struct rivalry {
    uint8_t record[VLS_ID_LEN];
    uint32_t position;
    struct set base, x, y;
};

static void
rivalry_make(struct rivalry *v)
{
    struct vls_dot first;

    id_of(v->record, 1);
    v->position = field_no("person", "position");
    set_begin(&v->base, FOCAL, 1, 1, 1);
    set_create(&v->base, v->record, "person");
    set_put(&v->base, v->record, v->position, "Minister of Defence and Security", NULL, 0);
    set_end(&v->base);
    first = dot_of(&v->base, 1);
    set_begin(&v->x, FOCAL, 1, 2, 2);
    set_dep(&v->x, &v->base);
    set_put(&v->x, v->record, v->position, "Minister of Defence", &first, 1);
    set_end(&v->x);
    set_begin(&v->y, FOCAL, 2, 1, 2);
    set_dep(&v->y, &v->base);
    set_put(&v->y, v->record, v->position, "Former Minister of Defence", &first, 1);
    set_end(&v->y);
}

static void
rivalry_free(struct rivalry *v)
{
    set_free(&v->base);
    set_free(&v->x);
    set_free(&v->y);
}

static void
counted(struct vls_store *s, uint64_t conflicts, uint64_t notices)
{
    uint64_t n, m;

    check_ok(vls_store_conflict_count(s, &n, &m, &fixture_err), &fixture_err);
    assert_int_equal(n, conflicts);
    assert_int_equal(m, notices);
}

/* The one conflict of a store, found by its whole id; by its reference it is the same in another. */
static struct vls_conflict
one_conflict(struct vls_store *a, struct vls_store *b, const struct rivalry *v)
{
    struct vls_conflict in_a, in_b;
    char hex[2 * VLS_ID_LEN + 1];
    struct vls_buf all;

    vls_buf_init(&all, 65536);
    check_ok(vls_store_conflicts(a, dump_conflict, &all, &fixture_err), &fixture_err);
    vls_hex(hex, all.p, VLS_ID_LEN);
    vls_buf_clear(&all);
    check_ok(vls_store_conflict(a, hex, &in_a, &fixture_err), &fixture_err);
    check_ok(vls_store_conflict(b, in_a.ref, &in_b, &fixture_err), &fixture_err);
    assert_memory_equal(in_a.id, in_b.id, VLS_ID_LEN);
    assert_memory_equal(in_b.record, v->record, VLS_ID_LEN);
    assert_int_equal(in_b.field, v->position);
    assert_int_equal(in_b.attention, VLS_CONFLICT);
    return in_a;
}

static void
rivals_make_one_conflict_with_one_id_and_a_decision_closes_it(void **state)
{
    struct vls_store *a = store_make(), *b = store_make();
    struct vls_conflict conflict;
    struct rivalry v;
    struct set decision;
    struct vls_dot rivals[2];
    struct vls_record *r;
    struct vls_buf value;

    (void)state;
    rivalry_make(&v);
    deliver(a, &v.base);
    deliver(a, &v.x);
    counted(a, 0, 0);
    deliver(a, &v.y);
    deliver(b, &v.y);
    deliver(b, &v.x);
    deliver(b, &v.base);
    counted(a, 1, 0);
    conflict = one_conflict(a, b, &v);
    r = record_get(b, v.record, VLS_LOAD_PAST);
    assert_int_equal(r->n_rows, 3);
    assert_int_equal(r->rows[0].state, VLS_ROW_SHOWN);
    assert_int_equal(r->rows[1].state, VLS_ROW_KEPT);
    assert_int_equal(r->rows[2].state, VLS_ROW_PAST);
    assert_int_equal(r->rows[2].attention, VLS_CONFLICT);
    assert_memory_equal(r->rows[2].dot.change, v.base.id, VLS_HASH_LEN);
    /* Both replaced it: the smaller dot counts, at every post. */
    assert_memory_equal(r->rows[2].by.change, memcmp(v.x.id, v.y.id, VLS_HASH_LEN) < 0 ? v.x.id : v.y.id, VLS_HASH_LEN);
    vls_record_free(r);

    rivals[0] = dot_of(&v.x, 0);
    rivals[1] = dot_of(&v.y, 0);
    set_begin(&decision, FOCAL, 2, 2, 3);
    set_dep(&decision, &v.x);
    set_dep(&decision, &v.y);
    vls_buf_init(&value, 64);
    vls_cbor_put_str(&value, "Minister of Defence");
    set_value(&decision, v.record, VLS_OP_DECIDE, v.position, "", vls_buf_slice(&value), rivals, 2);
    set_end(&decision);
    deliver(a, &decision);
    counted(a, 0, 0);
    assert_int_equal(vls_store_conflict(a, conflict.ref, &conflict, &fixture_err), VLS_ENOTFOUND);
    r = record_get(a, v.record, VLS_LOAD_LIVE);
    assert_int_equal(r->n_rows, 1);
    assert_int_equal(r->rows[0].type, VLS_OP_DECIDE);
    assert_true(vls_slice_eq(r->rows[0].reason, vls_slice_str("it is so")));
    assert_true(says(r, "position", "Minister of Defence"));
    vls_record_free(r);
    set_free(&decision);
    rivalry_free(&v);
    vls_buf_clear(&value);
    vls_store_close(a);
    vls_store_close(b);
}

static void
heads_are_what_nobody_depends_on_in_any_order(void **state)
{
    static const size_t orders[][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}};
    struct set sets[4];
    uint8_t record[VLS_ID_LEN];

    (void)state;
    id_of(record, 4);
    for (size_t i = 0; i < 4; i++) { /* 0 <- 1 <- 2, 0 <- 3 */
        set_begin(&sets[i], FOCAL, (unsigned)i, 1, i + 1);
        if (i > 0)
            set_dep(&sets[i], &sets[i == 2 ? 1 : 0]);
        set_add(&sets[i], record, VLS_H_TAG, "x");
        set_end(&sets[i]);
    }
    for (size_t o = 0; o < 3; o++) {
        struct vls_store *s = store_make();
        struct vls_buf heads;
        uint64_t lamport;

        for (size_t i = 0; i < 4; i++)
            deliver(s, &sets[orders[o][i]]);
        vls_buf_init(&heads, 4096);
        check_ok(vls_store_heads(s, FOCAL, &heads, &lamport, &fixture_err), &fixture_err);
        assert_int_equal(heads.n, 2 * VLS_HASH_LEN);
        assert_true(memcmp(heads.p, sets[2].id, VLS_HASH_LEN) == 0 || memcmp(heads.p, sets[3].id, VLS_HASH_LEN) == 0);
        assert_int_equal(lamport, 4);
        vls_buf_reset(&heads);
        check_ok(vls_store_heads(s, OWN, &heads, &lamport, &fixture_err), &fixture_err);
        assert_int_equal(heads.n + lamport, 0);
        vls_buf_clear(&heads);
        vls_store_close(s);
    }
    for (size_t i = 0; i < 4; i++)
        set_free(&sets[i]);
}

static void
what_is_wrong_is_refused_before_anything_is_written(void **state)
{
    struct vls_store *s = store_make();
    struct vls_buf before, after;
    uint8_t record[VLS_ID_LEN], nowhere[VLS_ID_LEN] = {9};
    struct set good, bad;

    (void)state;
    id_of(record, 5);
    set_begin(&good, FOCAL, 1, 1, 1);
    set_create(&good, record, "person");
    set_end(&good);
    set_begin(&bad, FOCAL, 1, 2, 2);
    set_add(&bad, record, VLS_H_TAG, "x");
    set_end(&bad);
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    deliver(s, &good);
    deliver_envelope(s, &bad);
    dump(s, &before);
    for (size_t cut = 0; cut < bad.bytes.n; cut++)
        assert_int_not_equal(vls_store_apply(s, bad.id, FOCAL, vls_slice_of(bad.bytes.p, cut), &fixture_err), VLS_OK);
    assert_int_equal(vls_store_apply(s, bad.id, nowhere, vls_buf_slice(&bad.bytes), &fixture_err), VLS_ENOTFOUND);
    {
        uint8_t unknown[VLS_HASH_LEN] = {7};

        assert_int_equal(vls_store_apply(s, unknown, FOCAL, vls_buf_slice(&bad.bytes), &fixture_err), VLS_ENOTFOUND);
    }
    dump(s, &after);
    assert_true(vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)));
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err); /* the rest of the transaction is not lost */
    apply(s, &bad);
    vls_buf_clear(&after);
    dump(s, &after);
    assert_false(vls_slice_eq(vls_buf_slice(&before), vls_buf_slice(&after)));
    vls_buf_clear(&before);
    vls_buf_clear(&after);
    set_free(&good);
    set_free(&bad);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_the_same_rows),
        cmocka_unit_test(each_compartment_is_what_a_naive_replica_of_it_makes),
        cmocka_unit_test(every_operation_is_a_row_somewhere),
        cmocka_unit_test(rivals_make_one_conflict_with_one_id_and_a_decision_closes_it),
        cmocka_unit_test(heads_are_what_nobody_depends_on_in_any_order),
        cmocka_unit_test(what_is_wrong_is_refused_before_anything_is_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
