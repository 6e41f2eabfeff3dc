/* Change sets: what is written is read back, and nothing else is accepted. */
#include "tests/support/check.h"

#include "valise/change.h"

static const uint8_t rec_a[16] = "record-aaaaaaaaa";
static const uint8_t rec_b[16] = "record-bbbbbbbbb";

struct sample {
    struct vls_buf bytes;
    struct vls_error err;
};

static struct vls_dot
dot(uint8_t fill, uint32_t op)
{
    struct vls_dot d;

    memset(d.change, fill, sizeof d.change);
    d.op = op;
    return d;
}

/* A change set with every operation, two deps (given unsorted) and a further named change set. */
static void
sample_make(struct sample *s)
{
    struct vls_change_writer *w;
    uint8_t deps[64];
    struct vls_dot named[] = {dot(9, 4), dot(7, 1), dot(9, 2)};
    struct vls_op ops[] = {
        {.type = VLS_OP_CREATE, .record = rec_b, .kind = 1},
        {.type = VLS_OP_PUT, .record = rec_b, .field = 3, .key = vls_slice_str("fr"), .value = vls_slice_of("\x61x", 2),
         .cite = VLS_CITE_PRESS, .cite_text = vls_slice_str("a paper"), .reason = vls_slice_str("why")},
        {.type = VLS_OP_ADD, .record = rec_a, .field = 4, .value = vls_slice_of("\x01", 1)},
        {.type = VLS_OP_REMOVE, .record = rec_a, .field = 4},
        {.type = VLS_OP_APPEND, .record = rec_a, .field = 5, .value = vls_slice_of("\xa0", 1)},
        {.type = VLS_OP_DECIDE, .record = rec_a, .field = 6, .value = vls_slice_of("\xf5", 1)},
    };

    memset(deps, 8, 32);
    memset(deps + 32, 7, 32);
    vls_buf_init(&s->bytes, VLS_CHANGE_MAX);
    check_ok(vls_change_writer_new(&w, &s->err), &s->err);
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        bool names = ops[i].type == VLS_OP_REMOVE || ops[i].type == VLS_OP_DECIDE || ops[i].type == VLS_OP_PUT;

        check_ok(vls_change_add(w, &ops[i], named, names ? 3 : 0, &s->err), &s->err);
    }
    check_ok(vls_change_finish(w, &s->bytes, 12, -5, deps, 2, &s->err), &s->err);
    vls_change_writer_free(w);
}

static void
everything_written_is_read_back(void **state)
{
    struct sample s;
    struct vls_change c;
    struct vls_op op;
    struct vls_dot d;
    unsigned types[6], n = 0;

    (void)state;
    sample_make(&s);
    check_ok(vls_change_open(&c, vls_buf_slice(&s.bytes), &s.err), &s.err);
    assert_int_equal(c.lamport, 12);
    assert_int_equal(c.wall_unix_s, -5);
    assert_int_equal(c.n_deps, 2);
    assert_int_equal(vls_change_dep(&c, 0)[0], 7); /* sorted */
    assert_int_equal(vls_change_dep(&c, 1)[0], 8);
    while (vls_change_next(&c, &op)) {
        assert_int_equal(op.no, n);
        types[n++] = op.type;
        if (op.type == VLS_OP_PUT) {
            assert_memory_equal(op.record, rec_b, 16);
            assert_true(vls_slice_eq(op.key, vls_slice_str("fr")));
            assert_int_equal(op.cite, VLS_CITE_PRESS);
            assert_true(vls_slice_eq(op.reason, vls_slice_str("why")));
            assert_int_equal(op.n_names, 3);
            vls_change_named(&c, &op, 0, &d); /* by number of the named change set: deps come first */
            assert_int_equal(d.change[0], 7);
            vls_change_named(&c, &op, 2, &d);
            assert_int_equal(d.change[0], 9);
            assert_int_equal(d.op, 4);
        }
    }
    assert_int_equal(n, 6);
    assert_int_equal(types[0], VLS_OP_ADD); /* record a first */
    assert_int_equal(types[4], VLS_OP_CREATE);
    vls_buf_clear(&s.bytes);
}

static void
every_truncation_is_refused(void **state)
{
    struct sample s;
    struct vls_change c;
    size_t refused = 0;

    (void)state;
    sample_make(&s);
    for (size_t n = 0; n < s.bytes.n; n++) {
        uint8_t *exact = malloc(n > 0 ? n : 1);

        assert_non_null(exact);
        memcpy(exact, s.bytes.p, n);
        assert_int_not_equal(vls_change_open(&c, vls_slice_of(exact, n), &s.err), VLS_OK);
        refused++;
        free(exact);
    }
    assert_int_equal(refused, s.bytes.n);
    vls_buf_put_u8(&s.bytes, 0);
    assert_int_equal(vls_change_open(&c, vls_buf_slice(&s.bytes), &s.err), VLS_EFORMAT); /* and one byte more */
    vls_buf_clear(&s.bytes);
}

/* Whatever one changed bit makes of it: refused, or a change set that can be walked to its end. */
static void
no_flipped_bit_is_misread(void **state)
{
    struct sample s;
    struct vls_change c;
    struct vls_op op;
    struct vls_dot d;
    size_t refused = 0;

    (void)state;
    sample_make(&s);
    for (size_t bit = 0; bit < s.bytes.n * 8; bit++) {
        size_t n_ops = 0;

        s.bytes.p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
        if (vls_change_open(&c, vls_buf_slice(&s.bytes), &s.err) != VLS_OK) {
            refused++;
        } else {
            while (vls_change_next(&c, &op)) {
                for (size_t i = 0; i < op.n_names; i++)
                    vls_change_named(&c, &op, i, &d);
                n_ops++;
            }
            assert_in_range(n_ops, 1, 6);
        }
        s.bytes.p[bit / 8] ^= (uint8_t)(1 << (bit % 8));
    }
    assert_true(refused > s.bytes.n); /* most heads have one form only */
    vls_buf_clear(&s.bytes);
}

struct refusal {
    const char *what, *hex;
    enum vls_code code;
};

#define DEP7 "58200707070707070707070707070707070707070707070707070707070707070707"
#define DEP8 "58200808080808080808080808080808080808080808080808080808080808080808"
#define REC "507265636f72642d616161616161616161"

static void
malformed_sets_are_refused(void **state)
{
    static const struct refusal table[] = {
        {"nothing", "", VLS_EFORMAT},
        {"not an array", "00", VLS_EFORMAT},
        {"a newer version", "8702010080808000", VLS_EVERSION},
        {"five parts", "850101008080", VLS_EFORMAT},
        {"counter zero", "860100008080" "80", VLS_EFORMAT},
        {"counter not shortest", "86011801008080" "80", VLS_EFORMAT},
        {"counter beyond 63 bits", "86011bffffffffffffffff00808080", VLS_EFORMAT},
        {"a dependency twice", "86010100" "82" DEP7 DEP7 "8080", VLS_EFORMAT},
        {"dependencies descending", "86010100" "82" DEP8 DEP7 "8080", VLS_EFORMAT},
        {"a reference that is a dependency", "86010100" "81" DEP7 "81" DEP7 "80", VLS_EFORMAT},
        {"an entry without operations", "860101008080" "8182" REC "80", VLS_EFORMAT},
        {"a record twice", "860101008080" "8282" REC "81820101" "82" REC "81820101", VLS_EFORMAT},
        {"a record id of 15 bytes", "860101008080" "8182" "4f7265636f72642d6161616161616161" "81820101", VLS_EFORMAT},
        {"kind zero", "860101008080" "8182" REC "81820100", VLS_EFORMAT},
        {"operation type zero", "860101008080" "8182" REC "81820001", VLS_EFORMAT},
        {"create with three items", "860101008080" "8182" REC "8183010101", VLS_EFORMAT},
        {"field zero", "860101008080" "8182" REC "8184030001a0", VLS_EFORMAT},
        {"a name out of range", "860101008080" "8182" REC "818602016001818200" "00a0", VLS_EFORMAT},
        {"names descending", "86010100" "81" DEP7 "80" "8182" REC "818602016001" "82820001820000" "a0", VLS_EFORMAT},
        {"a removal of nothing", "860101008080" "8182" REC "8184040180a0", VLS_EFORMAT},
        {"a decision of nothing", "860101008080" "8182" REC "818606016001" "80" "a10360", VLS_EFORMAT},
        {"a decision without a reason", "86010100" "81" DEP7 "80" "8182" REC "818606016001" "81820000" "a0", VLS_EFORMAT},
        {"a class of citation 4", "860101008080" "8182" REC "8186020160" "0180" "a10104", VLS_EFORMAT},
        {"notes out of order", "860101008080" "8182" REC "8186020160" "0180" "a203600101", VLS_EFORMAT},
        {"a float as value", "860101008080" "8182" REC "81840301" "f93c00" "a0", VLS_EFORMAT},
        {"an entry count beyond the input", "860101008080" "9affffffff", VLS_EFORMAT},
    };
    struct vls_change c;
    struct vls_error err;

    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        size_t n = strlen(table[i].hex) / 2;
        uint8_t *b = malloc(n > 0 ? n : 1);

        assert_non_null(b);
        assert_true(vls_unhex(b, n, table[i].hex));
        if (vls_change_open(&c, vls_slice_of(b, n), &err) != table[i].code)
            fail_msg("%s: got %s", table[i].what, vls_code_name(err.code));
        free(b);
    }
}

static void
operations_of_newer_versions_are_passed_on(void **state)
{
    /* [9, "later", {1: 2}] on a record, then a create */
    static const char hex[] = "860101008080" "8182" REC "82" "8309656c61746572a10102" "820101";
    uint8_t b[sizeof hex / 2];
    struct vls_change c;
    struct vls_error err;
    struct vls_op op;

    (void)state;
    assert_true(vls_unhex(b, sizeof hex / 2, hex));
    check_ok(vls_change_open(&c, vls_slice_of(b, sizeof hex / 2), &err), &err);
    assert_true(vls_change_next(&c, &op));
    assert_int_equal(op.type, 9);
    assert_true(vls_change_next(&c, &op));
    assert_int_equal(op.type, VLS_OP_CREATE);
    assert_int_equal(op.no, 1);
    assert_false(vls_change_next(&c, &op));
}

static void
the_order_of_adding_does_not_matter_between_records(void **state)
{
    struct vls_change_writer *w[2];
    struct vls_buf out[2];
    struct vls_error err;
    struct vls_op a = {.type = VLS_OP_CREATE, .record = rec_a, .kind = 1};
    struct vls_op b = {.type = VLS_OP_CREATE, .record = rec_b, .kind = 2};

    (void)state;
    for (int i = 0; i < 2; i++) {
        vls_buf_init(&out[i], 4096);
        check_ok(vls_change_writer_new(&w[i], &err), &err);
        check_ok(vls_change_add(w[i], i == 0 ? &a : &b, NULL, 0, &err), &err);
        check_ok(vls_change_add(w[i], i == 0 ? &b : &a, NULL, 0, &err), &err);
        check_ok(vls_change_finish(w[i], &out[i], 1, 0, NULL, 0, &err), &err);
        vls_change_writer_free(w[i]);
    }
    assert_true(vls_slice_eq(vls_buf_slice(&out[0]), vls_buf_slice(&out[1])));
    vls_buf_clear(&out[0]);
    vls_buf_clear(&out[1]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_written_is_read_back),
        cmocka_unit_test(every_truncation_is_refused),
        cmocka_unit_test(no_flipped_bit_is_misread),
        cmocka_unit_test(malformed_sets_are_refused),
        cmocka_unit_test(operations_of_newer_versions_are_passed_on),
        cmocka_unit_test(the_order_of_adding_does_not_matter_between_records),
    };

    return cmocka_run_group_tests_name("change", tests, NULL, NULL);
}
