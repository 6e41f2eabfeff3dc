/* Lists, conflicts, registers. */
#include "tests/unit/sync/store/people.h"

struct seen {
    struct vls_store *store;
    uint8_t last[VLS_ID_LEN];
    uint32_t last_kind;
    size_t n;
    bool nested; /* lists again inside each call */
    size_t n_nested, stop_after;
};

static enum vls_code
look(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct seen *seen = ctx;

    if (seen->n > 0)
        assert_true(r->kind_no > seen->last_kind ||
                    (r->kind_no == seen->last_kind && memcmp(r->id, seen->last, VLS_ID_LEN) > 0));
    memcpy(seen->last, r->id, VLS_ID_LEN);
    seen->last_kind = r->kind_no;
    seen->n++;
    if (seen->nested) {
        struct seen inner = {.store = seen->store};
        struct vls_filter f = {.kind_no = r->kind_no};
        struct vls_buf title;

        check_ok(vls_store_list(seen->store, &f, look, &inner, &fixture_err), &fixture_err);
        seen->n_nested += inner.n;
        vls_buf_init(&title, 4096);
        vls_record_title(&title, seen->store, r, "en");
        vls_buf_clear(&title);
    }
    if (seen->stop_after != 0 && seen->n == seen->stop_after)
        return VLS_FAIL(err, VLS_ECANCELLED, "enough");
    return VLS_OK;
}

static size_t
list(struct vls_store *s, const char *kind, unsigned refers_to, bool withdrawn)
{
    struct seen seen = {.store = s};
    uint8_t id[VLS_ID_LEN];
    struct vls_filter f = {.kind_no = kind != NULL ? vls_kind_by_name(kind)->no : 0, .withdrawn = withdrawn};

    id_of(id, refers_to);
    if (refers_to != 0)
        f.refers_to = id;
    check_ok(vls_store_list(s, &f, look, &seen, &fixture_err), &fixture_err);
    return seen.n;
}

static void
lists_are_ordered_and_filtered(void **state)
{
    struct vls_store *s = people();
    uint64_t n;

    (void)state;
    assert_int_equal(list(s, NULL, 0, false), 9);
    assert_int_equal(list(s, NULL, 0, true), 10);
    assert_int_equal(list(s, "person", 0, false), 2);
    assert_int_equal(list(s, "person", 0, true), 3);
    assert_int_equal(list(s, "leg", TRIP, false), 3);
    assert_int_equal(list(s, "person", TRIP, false), 0);
    assert_int_equal(list(s, NULL, IDRIS, false), 3); /* name, warrant, trip */
    assert_int_equal(list(s, "warrant", IDRIS, false), 1);
    assert_int_equal(list(s, NULL, 77, false), 1); /* of something that is not here */
    assert_int_equal(list(s, NULL, 12345, false), 0);
    check_ok(vls_store_count(s, vls_kind_by_name("leg")->no, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 3);
    check_ok(vls_store_count(s, 9999, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 0);
    vls_store_close(s);
}

static void
links_follow_what_is_shown(void **state)
{
    struct vls_store *s = people();
    struct vls_record *r;
    struct vls_dot dot;
    uint8_t id[VLS_ID_LEN];

    (void)state;
    id_of(id, TRIP);
    r = record_get(s, id, 0);
    dot = vls_record_row(r, field_no("trip", "person"), vls_slice_of(NULL, 0), 0)->dot;
    vls_record_free(r);
    {
        struct set c;
        struct vls_buf value;
        uint8_t margit[VLS_ID_LEN];

        id_of(margit, MARGIT);
        vls_buf_init(&value, 64);
        vls_cbor_put_bytes(&value, margit, VLS_ID_LEN);
        set_begin(&c, FOCAL, 9, 1, 99);
        set_value(&c, id, VLS_OP_PUT, field_no("trip", "person"), "", vls_buf_slice(&value), &dot, 1);
        set_end(&c);
        deliver(s, &c);
        set_free(&c);
        vls_buf_clear(&value);
    }
    assert_int_equal(list(s, "trip", IDRIS, false), 0);
    assert_int_equal(list(s, "trip", MARGIT, false), 1);
    vls_store_close(s);
}

static void
a_long_list_crosses_pieces_and_callbacks_may_ask_anything(void **state)
{
    enum { MANY = 200 };
    struct vls_store *s = store_make();
    struct seen seen = {.store = s, .nested = true};
    struct vls_filter f = {0};

    (void)state;
    check_ok(vls_store_begin(s, &fixture_err), &fixture_err);
    for (unsigned i = 0; i < MANY; i++)
        PUT(s, 1000 + i, i % 2 ? "person" : "meeting", i % 2 ? "display-name" : "title", "x");
    check_ok(vls_store_commit(s, &fixture_err), &fixture_err);
    check_ok(vls_store_list(s, &f, look, &seen, &fixture_err), &fixture_err);
    assert_int_equal(seen.n, MANY);
    assert_int_equal(seen.n_nested, MANY * MANY / 2);
    seen = (struct seen){.store = s, .stop_after = 70};
    assert_int_equal(vls_store_list(s, &f, look, &seen, &fixture_err), VLS_ECANCELLED);
    assert_int_equal(seen.n, 70);
    vls_store_close(s);
}

/* ---- conflicts ---- */

struct conflicts {
    struct vls_conflict v[16];
    size_t n;
};

static enum vls_code
keep(void *ctx, const struct vls_conflict *c, struct vls_error *err)
{
    struct conflicts *all = ctx;

    (void)err;
    all->v[all->n++] = *c;
    return VLS_OK;
}

static void
conflicts_come_before_notices(void **state)
{
    struct vls_store *s = people();
    struct vls_dot nobody = {.op = 1};
    struct conflicts all = {0};
    struct vls_conflict one;
    uint64_t conflicts, notices;

    (void)state;
    people_put(s, 2, MARGIT, "person", (const char *const[]){"tlp", "red", NULL}, &nobody, 1);
    people_put(s, 3, MARGIT, "person", (const char *const[]){"tlp", "green", NULL}, &nobody, 1);
    people_put(s, 2, IDRIS, "person", (const char *const[]){"position", "Consul", NULL}, &nobody, 1);
    people_put(s, 2, MARGIT, "person", (const char *const[]){"position", "Consul", NULL}, &nobody, 1);
    check_ok(vls_store_conflicts(s, keep, &all, &fixture_err), &fixture_err);
    assert_int_equal(all.n, 3);
    assert_int_equal(all.v[0].attention, VLS_CONFLICT);
    assert_int_equal(all.v[1].attention, VLS_CONFLICT);
    assert_true(memcmp(all.v[0].record, all.v[1].record, VLS_ID_LEN) < 0);
    assert_int_equal(all.v[2].attention, VLS_NOTICE);
    assert_int_equal(all.v[2].field, VLS_H_TLP);
    check_ok(vls_store_conflict_count(s, &conflicts, &notices, &fixture_err), &fixture_err);
    assert_int_equal(conflicts, 2);
    assert_int_equal(notices, 1);
    for (size_t i = 0; i < all.n; i++) {
        check_ok(vls_store_conflict(s, all.v[i].ref, &one, &fixture_err), &fixture_err);
        assert_memory_equal(one.id, all.v[i].id, VLS_ID_LEN);
        check_ok(vls_store_conflict(s, all.v[i].ref + 4, &one, &fixture_err), &fixture_err);
        assert_memory_equal(one.id, all.v[i].id, VLS_ID_LEN);
    }
    assert_int_equal(vls_store_conflict(s, "haddad", &one, &fixture_err), VLS_ENOTFOUND);
    assert_int_equal(vls_store_conflict(s, "", &one, &fixture_err), VLS_ENOTFOUND);
    {
        char ref[VLS_REF_TEXT];
        uint8_t id[VLS_ID_LEN];

        vls_ref_print(ref, "PER", all.v[0].id);
        assert_int_equal(vls_store_conflict(s, ref, &one, &fixture_err), VLS_ENOTFOUND);
        id_of(id, 1);
        vls_ref_print(ref, "CNF", id);
        assert_int_equal(vls_store_conflict(s, ref, &one, &fixture_err), VLS_ENOTFOUND);
        ref[10] = ref[10] == '7' ? '8' : '7';
        assert_int_equal(vls_store_conflict(s, ref, &one, &fixture_err), VLS_EVALUE);
    }
    vls_store_close(s);
}

/* ---- registers ---- */

static enum vls_code
count_rival(void *ctx, const struct vls_rival *r, struct vls_error *err)
{
    size_t *n = ctx;

    (void)err;
    assert_true(r->value.n > 0);
    assert_true(r->lamport > 0);
    ++*n;
    return VLS_OK;
}

static void
rivals_are_the_live_values_of_one_register(void **state)
{
    struct vls_store *s = people();
    struct vls_dot nobody = {.op = 1};
    uint8_t id[VLS_ID_LEN], none[VLS_ID_LEN] = {1};
    uint32_t position = field_no("person", "position");
    size_t n = 0;
    bool taken;

    (void)state;
    id_of(id, IDRIS);
    people_put(s, 2, IDRIS, "person", (const char *const[]){"position", "Consul", NULL}, &nobody, 1);
    check_ok(vls_store_rivals(s, id, position, vls_slice_of("", 0), count_rival, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 2);
    check_ok(vls_store_rivals(s, id, position, vls_slice_str("k"), count_rival, &n, &fixture_err), &fixture_err);
    check_ok(vls_store_rivals(s, none, position, vls_slice_of("", 0), count_rival, &n, &fixture_err), &fixture_err);
    assert_int_equal(n, 2);
    check_ok(vls_store_ref_taken(s, id, &taken, &fixture_err), &fixture_err);
    assert_true(taken);
    id[3] ^= 1; /* the last two bits of the fourth byte are not in the reference */
    id[15] ^= 1;
    check_ok(vls_store_ref_taken(s, id, &taken, &fixture_err), &fixture_err);
    assert_true(taken);
    id[3] ^= 4;
    check_ok(vls_store_ref_taken(s, id, &taken, &fixture_err), &fixture_err);
    assert_false(taken);
    vls_store_close(s);
}

/* Titles, withdrawal and the fields that are marked, of one record after the other. */
struct brief {
    struct vls_store *s;
    struct vls_buf text;
    size_t n_rows;
};

static enum vls_code
take_brief(void *ctx, const struct vls_record *r, struct vls_error *err)
{
    struct brief *b = ctx;

    vls_buf_put(&b->text, r->id, VLS_ID_LEN);
    vls_buf_put_u8(&b->text, r->withdrawn);
    vls_record_title(&b->text, b->s, r, "en");
    for (size_t i = 0; i < r->kind->n_fields; i++) {
        const struct vls_row *row;

        for (size_t k = 0; (r->kind->fields[i].flags & VLS_F_TITLE) != 0 &&
                           (row = vls_record_row(r, r->kind->fields[i].no, vls_slice_of(NULL, 0), k)) != NULL;
             k++)
            vls_buf_put_slice(&b->text, row->value);
    }
    b->n_rows += r->n_rows;
    return vls_buf_ok(&b->text, err);
}

static void
a_list_of_titles_reads_no_more_than_they_need(void **state)
{
    struct vls_store *s = people();
    struct brief all = {.s = s}, brief = {.s = s};
    struct vls_filter f = {.withdrawn = true};
    struct vls_dot none = {.op = 0};

    (void)state;
    people_put(s, 2, MARGIT, "person", (const char *const[]){"display-name", "Margit Angstrom", NULL}, &none, 0);
    people_put(s, 2, IDRIS, "person", (const char *const[]){"life", "retracted", NULL}, &none, 0);
    vls_buf_init(&all.text, 1 << 20);
    vls_buf_init(&brief.text, 1 << 20);
    check_ok(vls_store_list(s, &f, take_brief, &all, &fixture_err), &fixture_err);
    f.load = VLS_LOAD_TITLE;
    check_ok(vls_store_list(s, &f, take_brief, &brief, &fixture_err), &fixture_err);
    assert_int_equal(all.text.n, brief.text.n);
    assert_memory_equal(all.text.p, brief.text.p, all.text.n);
    assert_true(brief.n_rows + 3 <= all.n_rows);
    vls_buf_clear(&all.text);
    vls_buf_clear(&brief.text);
    vls_store_close(s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_are_ordered_and_filtered),
        cmocka_unit_test(links_follow_what_is_shown),
        cmocka_unit_test(a_long_list_crosses_pieces_and_callbacks_may_ask_anything),
        cmocka_unit_test(conflicts_come_before_notices),
        cmocka_unit_test(rivals_are_the_live_values_of_one_register),
        cmocka_unit_test(a_list_of_titles_reads_no_more_than_they_need),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
