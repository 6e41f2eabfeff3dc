/* Merging change sets into a store: I2, I3 and I6 of the design, and what schemas/store/README.md says. */
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
    for (unsigned round = 0; round < 6; round++) {
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

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_gives_the_same_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
