/* Operations of a change set as calls on the place where values are kept. */
#include "tests/support/check.h"

#include "valise/merge.h"

/* What was called, one word per call, and after how many calls to fail. */
struct script {
    char said[4096];
    size_t len;
    unsigned fail_at, n;
};

static enum vls_code
say(struct script *s, struct vls_error *err, const char *what, unsigned a, unsigned b, struct vls_slice text)
{
    if (++s->n == s->fail_at)
        return VLS_FAIL(err, VLS_EFULL, "no space");
    s->len += (size_t)snprintf(s->said + s->len, sizeof s->said - s->len, "%s:%x.%u:%.*s ", what, a, b, (int)text.n,
                               (const char *)text.p);
    return VLS_OK;
}

static enum vls_code
on_create(void *ctx, const uint8_t *record, uint32_t kind, const struct vls_dot *dot, struct vls_error *err)
{
    assert_int_equal(dot->change[0], 0x77);
    return say(ctx, err, "create", record[0], kind * 100 + dot->op, vls_slice_str(""));
}

static enum vls_code
on_keep(void *ctx, const struct vls_entry *e, struct vls_error *err)
{
    assert_int_equal(e->dot.change[0], 0x77);
    assert_int_equal(e->lamport, 9);
    return say(ctx, err, "keep", (unsigned)e->type, e->dot.op, e->value);
}

static enum vls_code
on_retire(void *ctx, const struct vls_dot *named, const struct vls_entry *by, struct vls_error *err)
{
    return say(ctx, err, "retire", named->change[0], named->op * 100 + by->dot.op, vls_slice_str(""));
}

static enum vls_code
on_touch(void *ctx, const uint8_t *record, uint32_t field, struct vls_slice key, struct vls_error *err)
{
    return say(ctx, err, "touch", record[0], field, key);
}

static struct vls_slice
text_value(const char *s)
{
    static uint8_t room[16][32];
    static size_t at;
    struct vls_buf b;
    size_t n;

    vls_buf_init(&b, sizeof room[0]);
    vls_cbor_put_str(&b, s);
    n = b.n;
    at = (at + 1) % 16;
    memcpy(room[at], b.p, n);
    vls_buf_clear(&b);
    return vls_slice_of(room[at], n);
}

/* One record with every operation there is. */
static void
build(struct vls_buf *out)
{
    static const uint8_t record[VLS_ID_LEN] = {5};
    struct vls_dot named[2] = {{{1}, 3}, {{2}, 4}};
    struct vls_change_writer *w;
    struct vls_error err = {0};
    struct vls_op ops[] = {
        {.type = VLS_OP_CREATE, .kind = 6},
        {.type = VLS_OP_PUT, .field = 1, .value = text_value("a")},
        {.type = VLS_OP_PUT, .field = 1, .value = text_value("b")},
        {.type = VLS_OP_PUT, .field = 2, .key = vls_slice_str("k"), .value = text_value("c")},
        {.type = VLS_OP_PUT, .field = 2, .key = vls_slice_str("l"), .value = text_value("d")},
        {.type = VLS_OP_ADD, .field = 3, .value = text_value("e")},
        {.type = VLS_OP_REMOVE, .field = 3},
        {.type = VLS_OP_APPEND, .field = 4, .value = text_value("f")},
        {.type = VLS_OP_DECIDE, .field = 1, .value = text_value("g"), .reason = vls_slice_str("why")},
    };

    check_ok(vls_change_writer_new(&w, &err), &err);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        bool names = ops[i].type == VLS_OP_REMOVE || ops[i].type == VLS_OP_DECIDE;

        ops[i].record = record;
        check_ok(vls_change_add(w, &ops[i], named, names ? 2 : 0, &err), &err);
    }
    check_ok(vls_change_finish(w, out, 9, 0, named[0].change, 1, &err), &err);
    vls_change_writer_free(w);
}

static enum vls_code
run(struct script *s, struct vls_slice bytes, struct vls_error *err)
{
    struct vls_merge_store to = {on_create, on_keep, on_retire, on_touch, s};
    uint8_t id[VLS_CHANGE_ID_LEN];
    struct vls_change c;
    enum vls_code rc = vls_change_open(&c, bytes, err);

    memset(id, 0x77, sizeof id);
    return rc == VLS_OK ? vls_merge_apply(&to, id, &c, err) : rc;
}

static const char expected[] =
    "create:5.600: "
    "keep:2.1:aa touch:5.1: keep:2.2:ab "
    "keep:2.3:ac touch:5.2:k keep:2.4:ad touch:5.2:l "
    "keep:3.5:ae touch:5.3: "
    "keep:4.6: retire:1.306: retire:2.406: "
    "keep:5.7:af touch:5.4: "
    "keep:6.8:ag retire:1.308: retire:2.408: touch:5.1: ";

static void
every_operation_is_kept_retires_and_touches(void **state)
{
    struct script s = {.len = 0};
    struct vls_error err = {0};
    struct vls_buf bytes;

    (void)state;
    vls_buf_init(&bytes, VLS_CHANGE_MAX);
    build(&bytes);
    check_ok(run(&s, vls_buf_slice(&bytes), &err), &err);
    assert_string_equal(s.said, expected);
    vls_buf_clear(&bytes);
}

static void
a_failure_of_the_place_stops_the_change_set(void **state)
{
    struct vls_buf bytes;
    struct vls_error err = {0};
    size_t last = 0;
    unsigned n;

    (void)state;
    vls_buf_init(&bytes, VLS_CHANGE_MAX);
    build(&bytes);
    for (n = 1;; n++) {
        struct script s = {.fail_at = n};
        enum vls_code rc = run(&s, vls_buf_slice(&bytes), &err);

        if (rc == VLS_OK)
            break;
        assert_int_equal(rc, VLS_EFULL);
        assert_int_equal(s.n, n);
        assert_memory_equal(s.said, expected, s.len);
        assert_true(n == 1 || s.len > last);
        last = s.len;
    }
    assert_int_equal(n, 20); /* one more than there are calls */
    vls_buf_clear(&bytes);
}

static void
a_change_set_that_cannot_be_read_calls_nothing(void **state)
{
    struct vls_error err = {0};
    struct vls_buf bytes;

    (void)state;
    vls_buf_init(&bytes, VLS_CHANGE_MAX);
    build(&bytes);
    for (size_t n = 0; n < bytes.n; n++) {
        struct script s = {.len = 0};
        uint8_t *exact = malloc(n + 1);

        assert_non_null(exact);
        memcpy(exact, bytes.p, n);
        assert_int_not_equal(run(&s, vls_slice_of(exact, n), &err), VLS_OK);
        assert_int_equal(s.n, 0);
        free(exact);
    }
    vls_buf_clear(&bytes);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_operation_is_kept_retires_and_touches),
        cmocka_unit_test(a_failure_of_the_place_stops_the_change_set),
        cmocka_unit_test(a_change_set_that_cannot_be_read_calls_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
