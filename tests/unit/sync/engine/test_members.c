/* What the commands' edits may do to lists from which removals take at once, and to other fields with a rule for
 * writers. */
#include "two.h"

struct made {
    uint8_t id[VLS_ID_LEN];
    const struct vls_field *field;
};

static struct vls_edit *
begin(struct two *t)
{
    struct vls_edit *d;

    check_ok(vls_edit_begin(&d, t->e[NY], NULL, &t->err), &t->err);
    return d;
}

static enum vls_code
put_text(struct two *t, const struct made *m, const char *field, const char *text, const char *reason)
{
    const struct vls_record *r = NULL;
    struct vls_record *rec = NULL;
    struct vls_backing why = {VLS_CITE_NONE, NULL, reason};
    struct vls_edit *d = begin(t);
    struct vls_buf value;
    enum vls_code rc;

    check_ok(vls_store_record(vls_engine_store(t->e[NY]), m->id, VLS_LOAD_LIVE, &rec, &t->err), &t->err);
    r = rec;
    vls_buf_init(&value, 256);
    if (text != NULL)
        vls_cbor_put_str(&value, text);
    else
        vls_cbor_put_null(&value);
    rc = vls_edit_put(d, m->id, vls_field_by_name(r->kind, field), vls_slice_str(""), vls_buf_slice(&value), &why,
                      &t->err);
    vls_buf_clear(&value);
    vls_record_free(rec);
    if (rc != VLS_OK) {
        vls_edit_abort(d);
        return rc;
    }
    return vls_edit_commit(d, 1800000000, &t->err);
}

static void
make(struct two *t, struct made *m, const char *kind, const char *field)
{
    const struct vls_kind *k = vls_kind_by_name(kind);
    struct vls_edit *d;

    assert_non_null(k);
    if (t->e[NY] == NULL)
        two_init(t, NY, "Ireland", "New York");
    d = begin(t);
    check_ok(vls_edit_create(d, k, m->id, &t->err), &t->err);
    check_ok(vls_edit_commit(d, 1800000000, &t->err), &t->err);
    m->field = vls_field_by_name(k, field);
    assert_non_null(m->field);
}

/* Elements as words set apart by blanks. */
static size_t
words(struct vls_slice *out, const char *s)
{
    size_t n = 0;

    while (*s != '\0') {
        size_t len = strcspn(s, " ");

        out[n++] = vls_slice_of(s, len);
        s += len + (s[len] != '\0');
    }
    return n;
}

static enum vls_code
members(struct two *t, const struct made *m, const char *in, const char *out, bool only)
{
    struct vls_slice list_in[8], list_out[8];
    struct vls_members change = {.in = list_in, .out = list_out, .only = only};
    struct vls_edit *d = begin(t);
    enum vls_code rc;

    change.n_in = words(list_in, in);
    change.n_out = words(list_out, out);
    if ((rc = vls_edit_members(d, m->id, m->field, &change, NULL, &t->err)) != VLS_OK) {
        vls_edit_abort(d);
        return rc;
    }
    return vls_edit_commit(d, 1800000000, &t->err);
}

static void
holds(struct two *t, const struct made *m, const char *want)
{
    struct vls_record *r = NULL;
    char got[256] = "";

    check_ok(vls_store_record(vls_engine_store(t->e[NY]), m->id, VLS_LOAD_LIVE, &r, &t->err), &t->err);
    for (size_t i = 0; i < r->n_rows; i++) {
        const struct vls_row *row = &r->rows[i];

        if (row->field == m->field->no && row->key.n > 0 && row->state == VLS_ROW_SHOWN && !row->outside)
            (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%.*s", got[0] != '\0' ? " " : "",
                           (int)row->key.n, (const char *)row->key.p);
    }
    assert_string_equal(got, want);
    vls_record_free(r);
}

static void
elements_go_in_and_out(void **state)
{
    struct two *t = *state;
    struct made m;

    make(t, &m, "sharing-group", "member");
    check_ok(members(t, &m, "b a", "", false), &t->err);
    holds(t, &m, "a b");
    check_ok(members(t, &m, "c", "a", false), &t->err);
    holds(t, &m, "b c");
    assert_int_equal(members(t, &m, "", "a", false), VLS_ENOTFOUND);
    assert_int_equal(members(t, &m, "", "never", false), VLS_ENOTFOUND);
    check_ok(members(t, &m, "a", "", false), &t->err);
    holds(t, &m, "a b c");
}

static void
a_narrowing_keeps_out_until_somebody_adds_who_knows_of_it(void **state)
{
    struct two *t = *state;
    struct made m;

    make(t, &m, "sharing-group", "member");
    check_ok(members(t, &m, "a b c", "", false), &t->err);
    check_ok(members(t, &m, "b", "", true), &t->err);
    holds(t, &m, "b");
    check_ok(members(t, &m, "d c", "", false), &t->err); /* both in one narrowing */
    holds(t, &m, "b c d");
    check_ok(members(t, &m, "a a b", "", true), &t->err);
    holds(t, &m, "a b");
    check_ok(members(t, &m, "", "b", false), &t->err);
    holds(t, &m, "a");
}

static void
lists_and_narrowings_of_two_fields_are_apart(void **state)
{
    struct two *t = *state;
    struct made m, admin;

    make(t, &m, "sharing-group", "member");
    admin = m;
    admin.field = vls_field_by_name(vls_kind_by_name("sharing-group"), "admin");
    check_ok(members(t, &m, "a", "", true), &t->err);
    check_ok(members(t, &admin, "b", "", false), &t->err);
    holds(t, &m, "a");
    holds(t, &admin, "b");
}

static void
a_stage_goes_back_only_with_a_reason(void **state)
{
    struct two *t = *state;
    struct vls_record *r = NULL;
    const struct vls_row *row;
    struct made m;

    make(t, &m, "matter", "status");
    check_ok(put_text(t, &m, "status", "dialogue", NULL), &t->err);
    assert_int_equal(put_text(t, &m, "status", "open", NULL), VLS_EVALUE);
    assert_int_equal(put_text(t, &m, "status", "open", ""), VLS_EVALUE);
    check_ok(put_text(t, &m, "status", "reported", NULL), &t->err);
    check_ok(put_text(t, &m, "status", "open", "the State wrote again"), &t->err);
    check_ok(vls_store_record(vls_engine_store(t->e[NY]), m.id, VLS_LOAD_LIVE, &r, &t->err), &t->err);
    row = vls_record_row(r, m.field->no, vls_slice_str(""), 0);
    assert_int_equal(row->type, VLS_OP_DECIDE);
    assert_true(vls_slice_eq(row->reason, vls_slice_str("the State wrote again")));
    vls_record_free(r);
}

static void
emptying_what_is_empty_writes_nothing(void **state)
{
    struct two *t = *state;
    uint64_t seq_before, seq;
    uint8_t head[VLS_HASH_LEN];
    struct made m;

    make(t, &m, "person", "position");
    check_ok(
        vls_store_chain_head(t->e[NY]->store, t->e[NY]->me.device, t->e[NY]->incarnation, &seq_before, head, &t->err),
        &t->err);
    check_ok(put_text(t, &m, "position", NULL, NULL), &t->err);
    check_ok(vls_store_chain_head(t->e[NY]->store, t->e[NY]->me.device, t->e[NY]->incarnation, &seq, head, &t->err),
             &t->err);
    assert_int_equal(seq, seq_before);
    check_ok(put_text(t, &m, "position", "Mayor", NULL), &t->err);
    check_ok(put_text(t, &m, "position", NULL, NULL), &t->err);
    check_ok(put_text(t, &m, "position", NULL, NULL), &t->err);
    check_ok(vls_store_chain_head(t->e[NY]->store, t->e[NY]->me.device, t->e[NY]->incarnation, &seq, head, &t->err),
             &t->err);
    assert_int_equal(seq, seq_before + 2);
}

static uint64_t
open_conflicts(struct two *t)
{
    uint64_t conflicts, notices;

    check_ok(vls_store_conflict_count(vls_engine_store(t->e[NY]), &conflicts, &notices, &t->err), &t->err);
    return conflicts;
}

static void
an_edit_that_knows_of_the_withdrawal_is_not_announced(void **state)
{
    struct two *t = *state;
    struct vls_edit *d;
    struct vls_buf value;
    struct made m;

    make(t, &m, "person", "position");
    check_ok(put_text(t, &m, "position", "Mayor", NULL), &t->err);
    check_ok(put_text(t, &m, "life", "retracted", NULL), &t->err);
    assert_int_equal(open_conflicts(t), 0);
    vls_buf_init(&value, 64);
    vls_cbor_put_str(&value, "Governor");
    d = begin(t);
    check_ok(vls_edit_put(d, m.id, m.field, vls_slice_str(""), vls_buf_slice(&value), NULL, &t->err), &t->err);
    check_ok(vls_edit_still_withdrawn(d, m.id, &t->err), &t->err);
    check_ok(vls_edit_commit(d, 1800000000, &t->err), &t->err);
    assert_int_equal(open_conflicts(t), 0);
    /* One that does not say so is, and stays so whatever is edited then, until somebody withdraws anew. */
    check_ok(put_text(t, &m, "birth-place", "Elsewhere", NULL), &t->err);
    assert_int_equal(open_conflicts(t), 1);
    vls_buf_reset(&value);
    vls_cbor_put_str(&value, "Senator");
    d = begin(t);
    check_ok(vls_edit_put(d, m.id, m.field, vls_slice_str(""), vls_buf_slice(&value), NULL, &t->err), &t->err);
    check_ok(vls_edit_still_withdrawn(d, m.id, &t->err), &t->err);
    check_ok(vls_edit_commit(d, 1800000000, &t->err), &t->err);
    assert_int_equal(open_conflicts(t), 1);
    check_ok(put_text(t, &m, "life", "retracted", NULL), &t->err);
    assert_int_equal(open_conflicts(t), 0);
    vls_buf_clear(&value);
}

/* learn.c: the flag that a migration leaves is taken down, and nothing else changes. */
static void
what_is_to_be_learned_is_learned_at_the_next_opening(void **state)
{
    struct two *t = *state;
    struct vls_places p = two_places(t, NY);
    const uint8_t wanted = 1;
    struct vls_buf flag;
    struct made m;

    make(t, &m, "person", "position");
    check_ok(put_text(t, &m, "position", "Mayor", NULL), &t->err);
    check_ok(put_text(t, &m, "position", "Governor", NULL), &t->err);
    check_ok(vls_store_begin(t->e[NY]->store, &t->err), &t->err);
    check_ok(vls_store_meta_put(t->e[NY]->store, "unnamed", vls_slice_of(&wanted, 1), &t->err), &t->err);
    check_ok(vls_store_commit(t->e[NY]->store, &t->err), &t->err);
    vls_engine_close(t->e[NY]);
    t->e[NY] = NULL;
    check_ok(vls_engine_open(&t->e[NY], &p, t->master[NY], &t->err), &t->err);
    vls_buf_init(&flag, 8);
    check_ok(vls_store_meta_get(t->e[NY]->store, "unnamed", &flag, &t->err), &t->err);
    assert_int_equal(flag.n, 0);
    vls_buf_clear(&flag);
    check_ok(put_text(t, &m, "position", "Senator", NULL), &t->err);
}

#define WITH_TWO(f) cmocka_unit_test_setup_teardown(f, two_open, two_close)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_TWO(elements_go_in_and_out),
        WITH_TWO(a_narrowing_keeps_out_until_somebody_adds_who_knows_of_it),
        WITH_TWO(lists_and_narrowings_of_two_fields_are_apart),
        WITH_TWO(a_stage_goes_back_only_with_a_reason),
        WITH_TWO(emptying_what_is_empty_writes_nothing),
        WITH_TWO(what_is_to_be_learned_is_learned_at_the_next_opening),
        WITH_TWO(an_edit_that_knows_of_the_withdrawal_is_not_announced),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
