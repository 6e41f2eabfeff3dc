/*
 * CBOR and change sets against tests/vectors/wire.txt, which another implementation wrote from schemas/wire/: what it
 * accepts is accepted, says the same and is written again byte by byte; what it refuses is refused for the same reason.
 */
#include "lines.h"

#include "valise/change.h"

static void
items_are_read_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("cbor", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data"), item;
        struct vls_cbor c = vls_cbor_of(data);

        item = vls_cbor_item(&c);
        if (vls_cbor_done(&c) != line_is(l, "ok"))
            disagree(l, "%s expected", l->verdict);
        else if (line_is(l, "ok") && (item.p != data.p || item.n != data.n))
            disagree(l, "not the whole item");
        bytes_free(data);
    }
    LINES_END(met, 80);
}

/* ---- change sets ---- */

static void
named_agree(const struct line *l, const struct vls_change *c, const struct vls_op *op, struct vls_buf *dots)
{
    struct vls_buf text;

    vls_buf_init(&text, LINES_VALUE_MAX);
    for (size_t i = 0; i < op->n_names; i++) {
        struct vls_dot dot;
        char hex[2 * VLS_CHANGE_ID_LEN + 1];

        vls_change_named(c, op, i, &dot);
        vls_buf_put(dots, &dot, sizeof dot);
        vls_hex(hex, dot.change, sizeof dot.change);
        vls_buf_printf(&text, "%s%s:%u", i > 0 ? "," : "", hex, (unsigned)dot.op);
    }
    if (strcmp(op->n_names > 0 ? vls_buf_str(&text) : "-", line_text(l, "named")) != 0)
        disagree(l, "names other values");
    vls_buf_clear(&text);
}

static void
operation_agrees(const struct line *l, const struct vls_change *c, const struct vls_op *op, struct vls_buf *dots)
{
    expect_bytes(l, "record", op->record, VLS_ID_LEN);
    expect_number(l, "code", op->type);
    if (line_text(l, "kind") != NULL)
        expect_number(l, "kind", op->kind);
    if (line_text(l, "field") == NULL)
        return;
    expect_number(l, "field", op->field);
    expect_bytes(l, "key", op->key.p, op->key.n);
    if (line_text(l, "value") != NULL)
        expect_bytes(l, "value", op->value.p, op->value.n);
    expect_number(l, "class", op->cite);
    if (line_text(l, "cited") != NULL)
        expect_bytes(l, "cited", op->cite_text.p, op->cite_text.n);
    if (line_text(l, "reason") != NULL)
        expect_bytes(l, "reason", op->reason.p, op->reason.n);
    named_agree(l, c, op, dots);
}

/* The lines behind a change set describe its operations; written again they give the same bytes. */
static void
change_agrees(const struct line *l, const struct vls_change *c, struct vls_slice data)
{
    struct vls_change_writer *w;
    struct vls_change walk = *c;
    struct vls_buf deps, dots, out;
    struct vls_op op;
    long long n = 0;
    bool again = line_number(l, "again") == 1;

    check_ok(vls_change_writer_new(&w, &lines_err), &lines_err);
    vls_buf_init(&deps, LINES_VALUE_MAX);
    vls_buf_init(&dots, LINES_VALUE_MAX);
    vls_buf_init(&out, VLS_CHANGE_MAX);
    expect_number(l, "lamport", (long long)c->lamport);
    expect_number(l, "wall", c->wall_unix_s);
    for (size_t i = 0; i < c->n_deps; i++)
        vls_buf_put(&deps, vls_change_dep(c, i), VLS_CHANGE_ID_LEN);
    expect_bytes(l, "deps", deps.p, deps.n);
    for (; vls_change_next(&walk, &op); n++) {
        const struct line *about = l + 1 + n;

        if (about >= lines.line + lines.n || strcmp(about->kind, "op") != 0) {
            disagree(l, "more operations than described");
            break;
        }
        vls_buf_reset(&dots);
        operation_agrees(about, c, &op, &dots);
        if (again)
            check_ok(vls_change_add(w, &op, (const struct vls_dot *)(const void *)dots.p, op.n_names, &lines_err),
                     &lines_err);
    }
    expect_number(l, "ops", n);
    if (again) {
        check_ok(vls_change_finish(w, &out, c->lamport, c->wall_unix_s, deps.p, c->n_deps, &lines_err), &lines_err);
        if (!vls_slice_eq(vls_buf_slice(&out), data))
            disagree(l, "written again it is another");
    }
    vls_buf_clear(&out);
    vls_buf_clear(&dots);
    vls_buf_clear(&deps);
    vls_change_writer_free(w);
}

static void
change_sets_are_read_alike(void **state)
{
    struct line *l;
    size_t at = 0, met = 0;

    (void)state;
    LINES_BEGIN();
    for (; (l = line_next("change", &at)) != NULL; met++) {
        struct vls_slice data = line_bytes(l, "data");
        struct vls_change c;

        if (expect_verdict(l, vls_change_open(&c, data, &lines_err)) && line_text(l, "lamport") != NULL)
            change_agrees(l, &c, data);
        bytes_free(data);
    }
    LINES_END(met, 120);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_are_read_alike),
        cmocka_unit_test(change_sets_are_read_alike),
    };

    return cmocka_run_group_tests(tests, lines_load, lines_free);
}
